"""Linear algebra over straight-line programs: what is independent, and solutions as short programs.

Nothing is searched for and nothing multiplied out: ``A = L diag(d) U`` by its recurrence, every entry one sum of
products of earlier ones.  Reference: Golub and Van Loan (2013), section 4.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from symelbo.errors import ModelError
from symelbo.exact.matrix import Matrix
from symelbo.exact.modular import Residues, pivots_mod
from symelbo.exact.programs import Node, Program

__all__ = ["independent_columns", "independent_rows", "inverse_times"]


def _pivots(matrix: Matrix) -> tuple[list[int], list[int]]:
    """Rows and columns of a minor that is nonzero modulo p at the random point, hence nonzero."""
    rows = [[e.value for e in row] for row in matrix.rows]
    residues: Residues = np.array(rows, dtype=np.int64).reshape(matrix.nrows, matrix.ncols)
    program: Any = matrix.domain
    return pivots_mod(residues, program.prime)


def independent_columns(matrix: Matrix) -> list[int]:
    """Return the first columns that are linearly independent."""
    return _pivots(matrix)[1]


def independent_rows(matrix: Matrix) -> list[int]:
    """Return as many rows that are linearly independent."""
    return _pivots(matrix)[0]


def inverse_times(matrix: Matrix, right: Matrix) -> Matrix:
    """Return ``A^{-1} B``, block by block, by ``A = L diag(d) U`` with 1 on the diagonals of L and U.

    No pivots are searched: A is symmetric positive definite (then U = L^T), or its leading minors do not vanish.

    >>> import sympy
    >>> from symelbo.exact import Field
    >>> x, y = sympy.symbols("x y")
    >>> K = Program(Field([x, y]))
    >>> A = Matrix(K, [[K.generator(0), K.one], [K.one, K.generator(1)]])
    >>> inverse_times(A, Matrix.identity(K, 2)).to_sympy()[1, 1]
    -1/(-y + 1/x)
    """
    program: Any = matrix.domain
    result = [list(row) for row in Matrix.zeros(program, matrix.nrows, right.ncols).rows]
    for block in matrix.blocks():
        lower, pivots, upper = _ldu(program, [[matrix[i, j] for j in block] for i in block])
        solved = [list(right.rows[i]) for i in block]
        n = len(block)
        for i in range(n):
            solved[i] = _combined(program, solved[i], ((lower[i][k], solved[k]) for k in range(i)))
        for i in range(n):
            solved[i] = [e / pivots[i] if e else e for e in solved[i]]
        for i in reversed(range(n)):
            solved[i] = _combined(program, solved[i], ((upper[i][k], solved[k]) for k in range(i + 1, n)))
            result[block[i]] = solved[i]
    return Matrix(program, result, right.ncols)


def _combined(program: Program, row: list[Node], others: Iterable[tuple[Node, list[Node]]]) -> list[Node]:
    """The row less multiples of others."""
    used = [(-c, r) for c, r in others if c]
    if not used:
        return row
    return [program.sum([e, *(c * r[j] for c, r in used if r[j])]) for j, e in enumerate(row)]


def _ldu(program: Program, rows: list[list[Node]]) -> tuple[list[list[Node]], list[Node], list[list[Node]]]:
    """``A = L diag(d) U``, column by column of L and row by row of U."""
    n = len(rows)
    symmetric = all(rows[i][j] == rows[j][i] for i in range(n) for j in range(i))
    lower = [[program.zero] * n for _ in range(n)]
    upper = lower if symmetric else [[program.zero] * n for _ in range(n)]  # transposed
    pivots: list[Node] = []

    def entry(i: int, j: int) -> Node:
        k = min(i, j)
        products = (lower[i][m] * pivots[m] * upper[j][m] for m in range(k) if lower[i][m] and upper[j][m])
        return program.sum([rows[i][j], *(-e for e in products)])

    for j in range(n):
        pivot = entry(j, j)
        if not pivot or not pivot.value:
            raise ModelError("the matrix is singular, or not positive definite")
        for i in range(j + 1, n):
            lower[i][j] = entry(i, j) / pivot
            if not symmetric:
                upper[i][j] = entry(j, i) / pivot
        pivots.append(pivot)
    return lower, pivots, [list(column) for column in zip(*upper, strict=True)]
