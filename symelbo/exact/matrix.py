"""Matrices over ``K = Q(theta, t)`` and over ``Q``, with the exact linear algebra that the geometry needs.

One class serves both: entries are :class:`RationalFunction` over a :class:`Field`, or flint rationals when the
domain is ``QQ``.  Over Q the dense algorithms of flint are called.  Over K elimination is fraction free on
primitive rows: every row is kept as a polynomial vector whose content (the gcd of its entries) is divided out
after each step.  Bareiss' one-step division alone keeps the entries minors of the matrix; the matrices of this
package have many common factors between their minors (each score has the denominators of its state), and the
content removal takes them out at once.

Reference: Bareiss (1968); Geddes, Czapor, Labahn (1992), chapter 9.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

import flint
import networkx as nx
import numpy as np
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import BudgetError, DomainError, ExactnessError, ModelError
from symelbo.exact.field import Field, RationalFunction
from symelbo.exact.modular import PRIME, Residues, evaluate_mod, pivots_mod, residue
from symelbo.exact.numbers import Rational, as_rational, rational_to_sympy

Entry: TypeAlias = Any  # RationalFunction over a Field, flint.fmpq over QQ; all operations exist on both


class RationalField:
    """The field Q with flint rationals as elements; the domain of everything evaluated at a rational point."""

    __slots__ = ()
    zero: Final[Entry] = flint.fmpq(0)
    one: Final[Entry] = flint.fmpq(1)

    def __repr__(self) -> str:
        return "Q"

    def __reduce__(self) -> str:
        return "QQ"

    def constant(self, value: object) -> Entry:
        """Return a rational number as an element."""
        return as_rational(value)

    def from_sympy(self, expression: object, where: str = "expression") -> Rational:
        """Return a sympy rational as an element."""
        return as_rational(expression, where)

    def to_sympy(self, element: Entry) -> sympy.Expr:
        """Return an element as a sympy rational."""
        return rational_to_sympy(element)

    def sum(self, terms: Iterable[Entry]) -> Entry:
        """Return the sum of many elements."""
        return sum(terms, start=flint.fmpq(0))


QQ: Final = RationalField()
Scalars: TypeAlias = Field | RationalField


class Matrix:
    """An immutable matrix over a domain.

    Parameters
    ----------
    domain : Field or QQ
    rows : sequence of sequences of elements of the domain
    ncols : int, optional
        The number of columns, needed when there are no rows.

    >>> A = Matrix.from_sympy(sympy.Matrix([[1, 2], [3, 4]]), QQ)
    >>> A.inverse().to_sympy()
    Matrix([
    [ -2,    1],
    [3/2, -1/2]])
    """

    __slots__ = ("domain", "ncols", "nrows", "rows")

    def __init__(self, domain: Scalars, rows: Sequence[Sequence[Entry]], ncols: int | None = None) -> None:
        self.domain = domain
        self.rows: tuple[tuple[Entry, ...], ...] = tuple(tuple(r) for r in rows)
        self.nrows = len(self.rows)
        self.ncols = len(self.rows[0]) if self.rows else (ncols or 0)
        if any(len(r) != self.ncols for r in self.rows):
            raise ModelError("the rows of a matrix have different lengths")

    @classmethod
    def from_sympy(cls, matrix: Any, domain: Scalars) -> Matrix:
        """Return a sympy matrix (or nested list) over the domain; floats and foreign symbols are refused."""
        rows = sympy.Matrix(matrix)
        return cls(
            domain,
            [[domain.from_sympy(rows[i, j], f"entry ({i}, {j})") for j in range(rows.cols)] for i in range(rows.rows)],
            rows.cols,
        )

    @classmethod
    def identity(cls, domain: Scalars, n: int) -> Matrix:
        """Return the n x n identity."""
        return cls.diagonal(domain, [domain.one] * n)

    @classmethod
    def diagonal(cls, domain: Scalars, entries: Sequence[Entry]) -> Matrix:
        """Return the diagonal matrix with these entries."""
        n = len(entries)
        return cls(domain, [[entries[i] if i == j else domain.zero for j in range(n)] for i in range(n)], n)

    @classmethod
    def zeros(cls, domain: Scalars, nrows: int, ncols: int) -> Matrix:
        """Return the zero matrix."""
        return cls(domain, [[domain.zero] * ncols for _ in range(nrows)], ncols)

    @classmethod
    def column(cls, domain: Scalars, entries: Sequence[Entry]) -> Matrix:
        """Return a single column."""
        return cls(domain, [[e] for e in entries], 1)

    @classmethod
    def from_columns(cls, domain: Scalars, columns: Sequence[Sequence[Entry]], nrows: int) -> Matrix:
        """Return the matrix with these columns."""
        return cls(domain, [[c[i] for c in columns] for i in range(nrows)], len(columns))

    @classmethod
    def symmetric(cls, domain: Scalars, n: int, entry: Callable[[int, int], Entry]) -> Matrix:
        """Return the symmetric n x n matrix with the entries (i, j), i <= j."""
        rows: list[list[Entry]] = []
        for i in range(n):
            rows.append([*(rows[j][i] for j in range(i)), *(entry(i, j) for j in range(i, n))])
        return cls(domain, rows, n)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of columns."""
        return self.nrows, self.ncols

    def __getitem__(self, position: tuple[int, int]) -> Entry:
        return self.rows[position[0]][position[1]]

    def __repr__(self) -> str:
        return f"Matrix({self.nrows} x {self.ncols} over {self.domain!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Matrix):
            return NotImplemented
        return self.shape == other.shape and self.rows == other.rows

    __hash__ = None  # type: ignore[assignment]  # entries are unhashable

    def to_sympy(self) -> sympy.Matrix:
        """Return the matrix with factored sympy entries."""
        return sympy.Matrix(self.nrows, self.ncols, [self.domain.to_sympy(e) for r in self.rows for e in r])

    @property
    def T(self) -> Matrix:
        """The transpose."""
        return Matrix(self.domain, list(zip(*self.rows, strict=True)) if self.rows else [[]] * self.ncols, self.nrows)

    def map(self, function: Callable[[Entry], Entry], domain: Scalars | None = None) -> Matrix:
        """Apply a function to every entry."""
        return Matrix(domain or self.domain, [[function(e) for e in r] for r in self.rows], self.ncols)

    def map_rows(self, function: Callable[[Sequence[Entry]], Sequence[Entry]]) -> Matrix:
        """Apply a function to every row."""
        return Matrix(self.domain, [function(r) for r in self.rows], self.ncols)

    def columns(self, indices: Sequence[int]) -> Matrix:
        """Return the matrix of these columns."""
        return Matrix(self.domain, [[r[j] for j in indices] for r in self.rows], len(indices))

    def select(self, rows: Sequence[int]) -> Matrix:
        """Return the matrix of these rows."""
        return Matrix(self.domain, [self.rows[i] for i in rows], self.ncols)

    def column_entries(self, j: int = 0) -> list[Entry]:
        """Return the entries of one column."""
        return [r[j] for r in self.rows]

    def beside(self, other: Matrix) -> Matrix:
        """Return ``[self other]``."""
        joined = [(*a, *b) for a, b in zip(self.rows, other.rows, strict=True)]
        return Matrix(self.domain, joined, self.ncols + other.ncols)

    def above(self, other: Matrix) -> Matrix:
        """Return self stacked on top of other."""
        return Matrix(self.domain, [*self.rows, *other.rows], self.ncols)

    def scale_rows(self, factors: Sequence[Entry]) -> Matrix:
        """Return ``diag(factors) @ self``."""
        return Matrix(self.domain, [[f * e for e in r] for f, r in zip(factors, self.rows, strict=True)], self.ncols)

    def scale_columns(self, factors: Sequence[Entry]) -> Matrix:
        """Return ``self @ diag(factors)``."""
        return Matrix(self.domain, [[e * f for e, f in zip(r, factors, strict=True)] for r in self.rows], self.ncols)

    def __neg__(self) -> Matrix:
        return self.map(lambda e: -e)

    def __add__(self, other: Matrix) -> Matrix:
        return self._entrywise(other, lambda a, b: a + b)

    def __sub__(self, other: Matrix) -> Matrix:
        return self._entrywise(other, lambda a, b: a - b)

    def _entrywise(self, other: Matrix, operation: Callable[[Entry, Entry], Entry]) -> Matrix:
        if self.shape != other.shape:
            raise ModelError(f"matrices of shapes {self.shape} and {other.shape} cannot be added")
        rows = [
            [operation(a, b) for a, b in zip(r, s, strict=True)] for r, s in zip(self.rows, other.rows, strict=True)
        ]
        return Matrix(self.domain, rows, self.ncols)

    def __matmul__(self, other: Matrix) -> Matrix:
        if self.ncols != other.nrows:
            raise ModelError(f"matrices of shapes {self.shape} and {other.shape} cannot be multiplied")
        if isinstance(self.domain, RationalField):
            if not self.nrows or not other.ncols or not self.ncols:
                return Matrix.zeros(self.domain, self.nrows, other.ncols)
            return Matrix(self.domain, (self._flint() * other._flint()).tolist(), other.ncols)
        columns = list(zip(*other.rows, strict=True)) if other.rows else [()] * other.ncols
        total = self.domain.sum
        rows = [[total(a * b for a, b in zip(r, c, strict=True) if a and b) for c in columns] for r in self.rows]
        return Matrix(self.domain, rows, other.ncols)

    def symmetric_product(self, other: Matrix) -> Matrix:
        """Return ``self @ other`` where that is known to be symmetric: only half of it is multiplied out."""
        if isinstance(self.domain, RationalField) or self.nrows != other.ncols:
            return self @ other
        columns = list(zip(*other.rows, strict=True)) if other.rows else [()] * other.ncols

        def entry(i: int, j: int) -> Entry:
            return self.domain.sum(a * b for a, b in zip(self.rows[i], columns[j], strict=True) if a and b)

        return Matrix.symmetric(self.domain, self.nrows, entry)

    def is_zero(self) -> bool:
        """Whether every entry is zero: the zero test of the package, entry by entry."""
        return not any(e for r in self.rows for e in r)

    def is_symmetric(self) -> bool:
        """Whether the matrix equals its transpose."""
        return self == self.T

    def evaluate(self, values: Sequence[Rational]) -> Matrix:
        """Return the matrix over Q at rational values of the field's generators."""
        return self.map(lambda e: e.evaluate(values), QQ)

    def modulo(self, values: list[int], p: int) -> Residues:
        """Return the residues modulo p, at residues of the field's generators."""
        rows = [[evaluate_mod(e, values, p) for e in row] for row in self.rows]
        return np.array(rows, dtype=np.int64).reshape(self.nrows, self.ncols)

    def blocks(self) -> list[list[int]]:
        """Index sets of the finest simultaneous block diagonal form of a square matrix (zero rows left out)."""
        graph = nx.Graph((i, j) for i, row in enumerate(self.rows) for j, e in enumerate(row) if e)
        return sorted(map(sorted, nx.connected_components(graph)))

    def rref(self, *, terms: int = LIMITS.elimination_terms) -> tuple[Matrix, list[int]]:
        """Return the reduced row echelon form without zero rows, and the pivot columns.

        Over K the rows are primitive polynomial vectors, so a pivot is a polynomial instead of 1.
        """
        if isinstance(self.domain, RationalField):
            return self._rref_rational()
        rows, pivots = _primitive_rref([_polynomial_row(r, terms) for r in self.rows], self.ncols, terms)
        return Matrix(self.domain, [[self.domain.fraction(e, _one(e)) for e in r] for r in rows], self.ncols), pivots

    def _rref_rational(self) -> tuple[Matrix, list[int]]:
        if not self.nrows or not self.ncols:
            return Matrix(self.domain, [], self.ncols), []
        reduced, rank = self._flint().rref()
        rows = reduced.tolist()[:rank]
        pivots = [next(j for j, e in enumerate(r) if e) for r in rows]
        return Matrix(self.domain, rows, self.ncols), pivots

    def rank(self) -> int:
        """Return the rank, by exact elimination."""
        return len(self.rref()[1])

    def nullspace(self, *, terms: int = LIMITS.elimination_terms) -> Matrix:
        """Return a matrix whose columns are a basis of the null space (over K: primitive polynomial vectors)."""
        reduced, pivots = self.rref(terms=terms)
        zero, one = self.domain.zero, self.domain.one
        columns = []
        for free in (j for j in range(self.ncols) if j not in pivots):
            vector = [zero] * self.ncols
            vector[free] = one
            for row, pivot in zip(reduced.rows, pivots, strict=True):
                if row[free]:
                    vector[pivot] = -row[free] / row[pivot]
            columns.append(self._primitive(vector))
        return Matrix.from_columns(self.domain, columns, self.ncols)

    def _primitive(self, vector: list[Entry]) -> list[Entry]:
        """The vector without denominators and common factors."""
        if isinstance(self.domain, RationalField):
            return vector
        return [self.domain.fraction(e, _one(e)) for e in _polynomial_row(vector)]

    def primitive_columns(self) -> Matrix:
        """Return the matrix with each column scaled to a primitive polynomial vector."""
        return Matrix.from_columns(
            self.domain, [self._primitive(self.column_entries(j)) for j in range(self.ncols)], self.nrows
        )

    def det(self, *, spend: Callable[[int], None] | None = None) -> Entry:
        """Return the determinant; ``spend`` is told how many products of terms come next, and may end it."""
        if self.nrows != self.ncols:
            raise ModelError(f"a matrix of shape {self.shape} has no determinant")
        if not self.nrows:
            return self.domain.one
        if isinstance(self.domain, RationalField):
            return self._flint().det()
        return _bareiss_determinant(self, spend or (lambda _: None))

    def solve(self, rhs: Matrix) -> Matrix | None:
        """Return one solution X of ``self @ X = rhs`` (free variables 0), or None if there is none."""
        if isinstance(self.domain, RationalField) and (found := self._solved_by_minor(rhs)) is not None:
            return found
        reduced, pivots = self.beside(rhs).rref()
        if any(p >= self.ncols for p in pivots):
            return None
        rows = [[self.domain.zero] * rhs.ncols for _ in range(self.ncols)]
        for row, pivot in zip(reduced.rows, pivots, strict=True):
            rows[pivot] = [e / row[pivot] if e else e for e in row[self.ncols :]]
        return Matrix(self.domain, rows, rhs.ncols)

    def _solved_by_minor(self, rhs: Matrix) -> Matrix | None:
        """The solution by a largest minor that is not 0 modulo a prime, where it is one: entries stay short."""
        try:
            residues = [[residue(e, PRIME) for e in row] for row in self.rows]
        except DomainError:
            return None
        chosen, pivots = pivots_mod(np.array(residues, dtype=np.int64).reshape(self.shape), PRIME)
        rows = [[self.domain.zero] * rhs.ncols for _ in range(self.ncols)]
        if pivots:
            minor = self.select(chosen).columns(pivots)
            for i, row in zip(pivots, minor._flint().solve(rhs.select(chosen)._flint()).tolist(), strict=True):
                rows[i] = row
        solution = Matrix(self.domain, rows, rhs.ncols)
        return solution if self @ solution == rhs else None

    def inverse(self) -> Matrix:
        """Return the inverse; ModelError for a singular matrix."""
        if self.nrows != self.ncols or self.rank() != self.nrows:
            raise ModelError("the matrix is singular and has no inverse")
        return self.generalised_inverse()

    def generalised_inverse(self) -> Matrix:
        """Return a symmetric-choice g-inverse of a symmetric matrix, block by block.

        ``A X A = A``: in each diagonal block a maximal set of linearly independent columns B is chosen, the
        principal submatrix ``A[B, B]`` is inverted and the rest is zero.  For a positive semidefinite A that
        principal submatrix is invertible.
        """
        domain = self.domain
        rows = [[domain.zero] * self.ncols for _ in range(self.nrows)]
        for block in self.blocks():
            sub = self.select(block).columns(block)
            pivots = sub.rref()[1]
            basis = [block[k] for k in pivots]
            principal = self.select(basis).columns(basis)
            inverse = principal.solve(Matrix.identity(domain, len(basis)))
            if inverse is None:
                raise ModelError("no g-inverse by a principal submatrix: the matrix is not positive semidefinite")
            for a, i in enumerate(basis):
                for b, j in enumerate(basis):
                    rows[i][j] = inverse[a, b]
        return Matrix(domain, rows, self.ncols)

    def characteristic_polynomial(self) -> list[Rational]:
        """Coefficients of ``det(lambda - self)`` over Q, constant term first."""
        if not isinstance(self.domain, RationalField):
            raise ExactnessError("characteristic polynomials are taken at rational points only")
        if not self.nrows:
            return [flint.fmpq(1)]
        return list(self._flint().charpoly().coeffs())

    def _flint(self) -> Any:
        return flint.fmpq_mat(self.nrows, self.ncols, [e for r in self.rows for e in r])


def _one(polynomial: Any) -> Any:
    return polynomial.context().constant(1)


def _polynomial_row(row: Sequence[RationalFunction], terms: int | None = None) -> list[Any]:
    """Multiply a row by the lcm of its denominators and divide by its content.

    With a limit on ``terms``: BudgetError where the products have too many pairs of terms to be worth multiplying out.
    """
    common: Any = row[0].den if row else None
    for e in row:
        if not e.den.is_one() and e.den != common:
            common = common * (e.den / common.gcd(e.den))
            # What is missing in a row has at least that many terms: a product has no more than its factors multiplied.
            _require_pairs(sum(len(f.num) * (len(common) // len(f.den)) for f in row), terms)
    missing = [common / e.den for e in row]
    _require_pairs(sum(len(e.num) * len(m) for e, m in zip(row, missing, strict=True)), terms)
    return _without_content([e.num * m for e, m in zip(row, missing, strict=True)])


def _require_pairs(pairs: int, terms: int | None) -> None:
    if terms is not None and pairs > LIMITS.elimination_pairs * terms:
        raise BudgetError(
            f"an elimination over the function field was ended at rows with {pairs} products of terms (limit {terms}, "
            f"{LIMITS.elimination_pairs} products for each)"
        )


def _without_content(row: list[Any]) -> list[Any]:
    """Divide by the gcd of the entries, the rational content included: coprime integer coefficients remain."""
    nonzero = sorted((e for e in row if not e.is_zero()), key=len)
    if not nonzero:
        return row
    content = nonzero[0]
    for e in nonzero[1:]:
        if content.is_constant():
            break
        content = content.gcd(e)
    numerator, denominator = flint.fmpz(0), flint.fmpz(1)
    for e in nonzero:
        for c in (e / content).coeffs():
            numerator, denominator = numerator.gcd(c.p), denominator.lcm(c.q)
    content = content * flint.fmpq(numerator, denominator)
    return row if content.is_one() else [e / content for e in row]


def _primitive_rref(rows: list[list[Any]], ncols: int, terms: int) -> tuple[list[list[Any]], list[int]]:
    """Gauss-Jordan on polynomial rows: ``row <- (pivot * row - entry * pivot_row) / content``.

    Invariant: ``done`` spans, over K, the same space as the rows taken from ``rows`` so far, each of its rows is
    primitive, and each pivot column is zero outside its own row.
    """
    left = [r for r in rows if not all(e.is_zero() for e in r)]
    for row in left:
        _require_affordable(row, terms)
    done: list[list[Any]] = []
    pivots: list[int] = []
    for j in range(ncols):
        candidates = [k for k, r in enumerate(left) if not r[j].is_zero()]
        if not candidates:
            continue
        best = min(candidates, key=lambda k: (len(left[k][j]), sum(len(e) for e in left[k])))
        pivot_row = left.pop(best)
        left = [r for r in (_eliminate(r, pivot_row, j, terms) for r in left) if r is not None]
        done = [_eliminate(r, pivot_row, j, terms) or r for r in done]
        done.append(pivot_row)
        pivots.append(j)
        if not left:
            break
    return done, pivots


def _require_affordable(row: list[Any], terms: int) -> None:
    """End an elimination whose rows swell beyond the limit: the same limit on every machine, instead of no answer."""
    size = sum(len(e) for e in row)
    if size > terms:
        raise BudgetError(f"an elimination over the function field was ended at rows of {size} terms (limit {terms})")


def _eliminate(row: list[Any], pivot_row: list[Any], j: int, terms: int) -> list[Any] | None:
    """Clear column j of a row with the pivot row; None if nothing is left of it."""
    entry, pivot = row[j], pivot_row[j]
    if entry.is_zero():
        return row
    g = entry.gcd(pivot)
    if not g.is_one():
        entry, pivot = entry / g, pivot / g
    combined = [pivot * a - entry * b for a, b in zip(row, pivot_row, strict=True)]
    if all(e.is_zero() for e in combined):
        return None
    # Before the content is taken out: that is what takes the time.
    _require_affordable(combined, LIMITS.elimination_swell * terms)
    reduced = _without_content(combined)
    _require_affordable(reduced, terms)
    return reduced


def _bareiss_determinant(matrix: Matrix, spend: Callable[[int], None]) -> RationalFunction:
    """Fraction-free elimination; invariant: after step k the entries are minors of order k + 1."""
    domain = matrix.domain
    if not isinstance(domain, Field):
        raise ExactnessError("Bareiss elimination is for matrices over a function field")
    scale = domain.one
    rows = []
    for r in matrix.rows:
        common = _one(r[0].num)
        for e in r:
            common = common * (e.den / common.gcd(e.den))
        rows.append([e.num * (common / e.den) for e in r])
        scale = scale * domain.fraction(common, _one(common))
    n, sign, previous = matrix.nrows, 1, _one(rows[0][0])
    for k in range(n - 1):
        pivot = next((i for i in range(k, n) if not rows[i][k].is_zero()), None)
        if pivot is None:
            return domain.zero
        if pivot != k:
            rows[k], rows[pivot], sign = rows[pivot], rows[k], -sign
        for i in range(k + 1, n):
            for j in range(k + 1, n):
                spend(len(rows[i][j]) * len(rows[k][k]) + len(rows[i][k]) * len(rows[k][j]))
                rows[i][j] = (rows[i][j] * rows[k][k] - rows[i][k] * rows[k][j]) / previous
        previous = rows[k][k]
    return domain.fraction(sign * rows[-1][-1], _one(previous)) / scale
