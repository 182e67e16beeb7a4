"""Ranks and null vectors of Gaussian models: modulo a prime without an inverse, and over the field in short entries."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symelbo.errors import DomainError, InternalError
from symelbo.exact import (
    Entry,
    Matrix,
    Residues,
    evaluate_mod,
    nullspace_mod,
    pivots_mod,
    rank_mod,
)
from symelbo.geometry.gaussian import coordinates
from symelbo.geometry.kernels import common_kernel, null_vectors
from symelbo.geometry.scorespace import Ranks, Screen, bounds, score_space, screen_at
from symelbo.geometry.screen import random_residues
from symelbo.models.gaussian import Gaussian

# Points at which constants have to be the same.
SEEDS = 3


@screen_at.register
def _screen_of_gaussian(model: Gaussian, values: list[int], p: int, seed: int) -> Screen:  # noqa: ARG001  # as above
    n, seen = len(model.mean), model.n_visible
    given = model.matrix.modulo(values, p)
    # Rows that annihilate Sigma_{:V}, or K_{:H}.
    inside = given[:seen] if model.form == "covariance" else given[seen:]
    annihilator = nullspace_mod(inside, p)
    if rank_mod(given, p) != n or len(annihilator) != n - len(inside):
        raise DomainError("the covariance is singular modulo p at this point")
    every, visible, vertical = [], [], []
    for rate in model.rates:
        mean, matrix = np.zeros(n, dtype=np.int64), np.zeros((n, n), dtype=np.int64)
        for i, e in rate.mean.items():
            mean[i] = evaluate_mod(e, values, p)
        for (i, j), e in rate.matrix.items():
            matrix[i, j] = matrix[j, i] = evaluate_mod(e, values, p)
        every.append(np.concatenate([mean, matrix.ravel()]))
        across = _product(annihilator, matrix, p)
        if model.form == "covariance":
            own = _product(annihilator, mean[:, None], p)
            visible.append(np.concatenate([mean[:seen], matrix[:seen, :seen].ravel()]))
            vertical.append(np.concatenate([own.ravel(), across.ravel()]))
        else:
            own = _product(given[seen:], mean[:, None], p)
            visible.append(np.concatenate([mean[:seen], _product(across, annihilator.T, p).ravel()]))
            vertical.append(np.concatenate([own.ravel(), matrix[seen:].ravel()]))
    joint, shown, upright = (
        np.array(rows, dtype=np.int64).reshape(len(rows), -1 if rows else 0).T for rows in (every, visible, vertical)
    )
    return Screen(_with_one(joint), _with_one(shown), upright, p)


def _product(a: Residues, b: Residues, p: int) -> Residues:
    """The product of two small matrices of residues."""
    found: Residues = (a[:, :, None] * b[None, :, :] % p).sum(axis=1) % p
    return found


def _with_one(matrix: Residues) -> Residues:
    """The constant function as a row and column of its own: the others have mean zero."""
    found = np.zeros((matrix.shape[0] + 1, matrix.shape[1] + 1), dtype=np.int64)
    found[0, 0] = 1
    found[1:, 1:] = matrix
    return found


@bounds.register
def _bounds_of_gaussian(model: Gaussian) -> Ranks:
    d, n, seen = len(model.parameters), len(model.mean), model.n_visible
    moving = 0 if model.is_centred else 1
    unseen = n - seen
    joint, visible = (k * (k + 1) // 2 + moving * k for k in (n, seen))
    vertical = unseen * (unseen + 1) // 2 + unseen * seen + moving * unseen
    return Ranks(min(d, joint), min(d, visible), min(d, vertical))


@null_vectors.register
def _null_vectors_of_gaussian(
    model: Gaussian,
    kind: str,
    nullity: int,
    terms: int,
    *,
    short: bool,  # noqa: ARG001  # the signature of all families
) -> Iterator[Matrix | None]:
    """Changes of the hidden coordinates first; then elimination, block by block.

    Blocks share no row, as those of the means and of the covariances; where the rank is full none is eliminated.
    """
    if kind == "visible" and model.form == "covariance":
        yield _hidden_changes(model, nullity)
    matrix, d = score_space(model).matrix(kind), len(model.parameters)
    values, p = random_residues(model, 3), model.prime
    columns: list[list[Entry]] = []
    for block in _column_blocks(matrix):
        part = matrix.columns(block)
        part = part.select([i for i, row in enumerate(part.rows) if any(row)])
        if part.nrows and rank_mod(part.modulo(values, p), p) == len(block):
            continue
        found = part.nullspace(terms=terms) if part.nrows else Matrix.identity(model.field, len(block))
        for k in range(found.ncols):
            vector = [model.field.zero] * d
            for i, e in zip(block, found.column_entries(k), strict=True):
                vector[i] = e
            columns.append(vector)
    yield Matrix.from_columns(model.field, columns, d)
    if len(columns) != nullity:
        raise InternalError(f"{len(columns)} null vectors by elimination, {nullity} by the ranks modulo a prime")


def _hidden_changes(model: Gaussian, nullity: int) -> Matrix | None:
    """Directions that act as ``h -> h + epsilon (X h + t)`` with constants X, t: nothing that is seen moves.

    X and t are found modulo p, common to several points, and lifted; the coordinates c of ``J c = (X mu + t, X Sigma +
    Sigma X')`` then come from the rows of J that are shortest.
    """
    n, seen, d, p, field = len(model.mean), model.n_visible, len(model.parameters), model.prime, model.field
    changes = [(a, b) for a in range(seen, n) for b in (*range(seen, n), -1)]
    cells = coordinates(n)

    def moved(a: int, b: int) -> list[Entry]:
        zero = field.zero
        if b < 0:
            return [field.one if cell == (a,) else zero for cell in cells]
        column = []
        for cell in cells:
            if len(cell) == 1:
                column.append(model.mean[b] if cell[0] == a else zero)
                continue
            i, j = cell
            terms = [model.matrix[b, y] for x, y in ((i, j), (j, i)) if x == a]
            column.append(field.sum(terms) if terms else zero)
        return column

    jacobian, change = score_space(model).jacobian, Matrix.from_columns(field, [moved(*c) for c in changes], len(cells))
    parts = []
    for seed in range(SEEDS):
        found = jacobian.beside(change).modulo(random_residues(model, 40 + seed), p)
        parts.append((found[:, :d], -found[:, d:] % p))
    lifted = common_kernel(parts, p)
    constants = [list(map(field.constant, vector)) for vector in lifted if None not in vector]
    if len(constants) != nullity:
        return None
    target = change @ Matrix.from_columns(field, constants, len(changes))
    order = sorted(range(len(cells)), key=lambda i: sum(len(e.num) for e in jacobian.rows[i] if e))
    rows = [order[i] for i in pivots_mod(found[order][:, :d], p)[0]]
    solution = jacobian.select(rows).solve(target.select(rows))
    return None if solution is None else solution.primitive_columns()


def _column_blocks(matrix: Matrix) -> list[list[int]]:
    """Sets of columns that share no row."""
    group = list(range(matrix.ncols))
    for row in matrix.rows:
        inside = {group[j] for j, e in enumerate(row) if e}
        if len(inside) > 1:
            least = min(inside)
            group = [least if g in inside else g for g in group]
    return [[j for j, g in enumerate(group) if g == own] for own in sorted(set(group))]
