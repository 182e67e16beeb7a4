"""Ranks and kernels: modulo a prime first, then exactly.

The three ranks that decide everything are those of J, of J_V and of the vertical part (I - C dpi) J.  With raw
scores s of (possibly unnormalised) weights they are read off without any normalisation (the cone of theory.md):

    rank J        = rank [1 | s] - 1
    rank J_V      = rank [1 | E[s|v]] - 1
    rank vertical = rank (s - E[s|v]).

A rank modulo p at an integer point is a proved lower bound of the generic rank.  Upper bounds are the trivial ones,
or exhibited null vectors: polynomial vectors c with J c = 0 (``null``), J_V c = 0 (``vertical``) or
(I - C dpi) J c = 0 (``horizontal``), each verified as an identity of the field.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from symelbo.errors import DomainError, InternalError
from symelbo.exact import (
    ELIMINATION_TERMS,
    PRIME,
    Entry,
    Matrix,
    Residues,
    compress,
    evaluate_mod,
    inverse_mod,
    pivots_mod,
    rank_mod,
)
from symelbo.geometry.specialised import specialised_visible_kernel
from symelbo.geometry.tangent import geometry
from symelbo.models.graphs import BayesianNetwork
from symelbo.models.parametrization import Parametrization, Point

__all__ = [
    "Kernels",
    "RankRows",
    "Ranks",
    "Screen",
    "generic_kernels",
    "generic_ranks",
    "rank_rows",
    "ranks_at",
    "screen",
    "structural_bounds",
    "upper_bounds",
]


# The size below which sums of products of integers are exact in floating point.
EXACT_FLOATS = 1 << 52


class Ranks(NamedTuple):
    """Ranks of J, of J_V and of the vertical part (I - C dpi) J.

    ``joint <= visible + vertical`` always, with equality exactly when T = (T n H_p) + (T n V_p).
    """

    joint: int
    visible: int
    vertical: int

    @property
    def oblique(self) -> int:
        """The number m of principal angles between T and H_p strictly between 0 and 90 degrees."""
        return self.visible + self.vertical - self.joint

    @property
    def cylindrical(self) -> bool:
        """Whether T = (T n H_p) + (T n V_p)."""
        return self.oblique == 0


class Screen(NamedTuple):
    """The three matrices modulo p at a point, compressed to few rows: ``[1 | s]``, ``[1 | E[s|v]]``, ``s - E[s|v]``."""

    joint: Residues
    visible: Residues
    vertical: Residues

    def ranks(self) -> Ranks:
        """The ranks modulo p."""
        return Ranks(rank_mod(self.joint) - 1, rank_mod(self.visible) - 1, rank_mod(self.vertical))


def screen(model: Parametrization, values: Sequence[int], *, seed: int = 0) -> Screen:
    """Return the three matrices modulo :data:`PRIME` at residues of the generators.

    Random combinations of rows replace rows where there are many, and of very many fibres a few are tried first: that
    can lower a rank, never raise it.

    Raises
    ------
    DomainError
        A denominator vanishes modulo the prime at this point.
    """
    fibres = sampled_fibres(model)
    if fibres is not None:
        found = _screen_of(model, values, seed, fibres)
        if found.ranks() == structural_bounds(model):
            return found
    return _screen_of(model, values, seed, None)


def sampled_fibres(model: Parametrization) -> Residues | None:
    """A few visible states drawn at random, where there are very many; None where all are looked at."""
    wanted = 3 * len(model.parameters) + 30
    if model.space.n_visible < 4 * wanted:
        return None
    return np.sort(np.random.default_rng(1).choice(model.space.n_visible, wanted, replace=False)).astype(np.int64)


class RankRows(NamedTuple):
    """Numbers of states, of visible states and of states: rows of the three matrices that carry their ranks."""

    joint: Residues
    visible: Residues
    vertical: Residues


def rank_rows(model: Parametrization, values: Sequence[int]) -> tuple[RankRows, Ranks]:
    """Return rows with maximal independent minors modulo the prime, and the ranks they prove (lower bounds).

    Raises
    ------
    DomainError
        A denominator vanishes modulo the prime at this point.
    """
    m = model.space.n_hidden
    fibres = sampled_fibres(model)
    while True:
        found = _matrices(model, values, fibres)
        rows = [np.array(sorted(pivots_mod(matrix)[0]), dtype=np.int64) for matrix in found]
        ranks = Ranks(len(rows[0]) - 1, len(rows[1]) - 1, len(rows[2]))
        if fibres is None:
            return RankRows(*rows), ranks
        if ranks == structural_bounds(model):
            joint, visible, vertical = rows
            return RankRows(
                fibres[joint // m] * m + joint % m, fibres[visible], fibres[vertical // m] * m + vertical % m
            ), ranks
        fibres = None


def _screen_of(model: Parametrization, values: Sequence[int], seed: int, fibres: Residues | None) -> Screen:
    rng, few = np.random.default_rng(seed), 2 * len(model.parameters) + 8
    joint, visible, vertical = _matrices(model, values, fibres)
    return Screen(compress(joint, few, rng), compress(visible, few, rng), compress(vertical, few, rng))


def _matrices(model: Parametrization, values: Sequence[int], fibres: Residues | None) -> Screen:
    """The three matrices themselves, on all fibres or on some."""
    m, d = model.space.n_hidden, len(model.parameters)
    rows = None if fibres is None else (fibres[:, None] * m + np.arange(m)).reshape(-1)
    weights, scores = model.residues(values, rows=rows)
    blocks = weights.reshape(-1, m)
    visible_weights = blocks.sum(axis=1) % PRIME
    if not visible_weights.all() or not weights.all():
        raise DomainError("a probability vanishes modulo p at this point")
    inverse = inverse_mod(visible_weights)
    conditionals = (blocks * inverse[:, None] % PRIME).reshape(-1)
    weighted = conditionals[:, None] * scores % PRIME
    visible = weighted.reshape(len(blocks), m, d).sum(axis=1) % PRIME
    vertical = (scores.reshape(len(blocks), m, d) - visible[:, None, :]).reshape(scores.shape) % PRIME

    def with_one(matrix: Residues) -> Residues:
        return np.concatenate([np.ones((matrix.shape[0], 1), dtype=np.int64), matrix], axis=1)

    return Screen(with_one(scores), with_one(visible), vertical)


def _random_residues(model: Parametrization, seed: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.randrange(1, PRIME) for _ in model.field.generators]


_SCREENS: WeakKeyDictionary[Parametrization, dict[int, Screen]] = WeakKeyDictionary()


def generic_screen(model: Parametrization, *, seed: int = 0) -> Screen:
    """Return the screen at a random point modulo the prime (kept for the next call: it is small)."""
    known = _SCREENS.setdefault(model, {})
    if seed not in known:
        known[seed] = _new_screen(model, seed)
    return known[seed]


def _new_screen(model: Parametrization, seed: int) -> Screen:
    for attempt in range(10):
        try:
            return screen(model, _random_residues(model, 1000 * seed + attempt), seed=seed)
        except DomainError:
            continue  # a random point hits a zero of a denominator with probability about 1/p
    raise InternalError("ten random points modulo p all lie on a denominator's zero set")


def ranks_at(model: Parametrization, point: Point) -> Ranks:
    """Return the exact ranks at an exact point.

    The ranks modulo p are lower bounds; when they reach the bounds from the shapes or from the exponents they are
    exact, otherwise the elimination is done over Q.
    """
    try:
        lower = screen(model, point.residues()).ranks()
    except DomainError:
        lower = Ranks(0, 0, 0)
    if lower in (upper_bounds(model), structural_bounds(model)):
        return lower
    at = geometry(model, point)
    return Ranks(at.jacobian.rank(), at.visible_jacobian.rank(), at.vertical_jacobian.rank())


def upper_bounds(model: Parametrization) -> Ranks:
    """The trivial upper bounds of the three ranks, from the shapes alone."""
    space, d = model.space, len(model.parameters)
    return Ranks(min(d, space.n_states - 1), min(d, space.n_visible - 1), min(d, space.n_states - space.n_visible))


def structural_bounds(model: Parametrization) -> Ranks:
    """Upper bounds of the three ranks, at every point, from the shapes and from the exponents.

    Scores are ``E L`` with the integer exponents E and the log-derivatives L of the factors, so the rank of J is at
    most that of the differences ``E[x] - E[x0]``, and the rank of the vertical part at most that of the differences
    within fibres.
    """
    trivial = upper_bounds(model)
    joint = min(trivial.joint, len(difference_basis(model, "null")))
    vertical = min(trivial.vertical, len(difference_basis(model, "horizontal")))
    return Ranks(joint, min(trivial.visible, joint), vertical)


_BASES: WeakKeyDictionary[Parametrization, dict[str, Residues]] = WeakKeyDictionary()


def difference_basis(model: Parametrization, kind: str) -> Residues:
    """A row basis, over Q, of the exponent differences: to state 0 (``"null"``) or within fibres (``"horizontal"``).

    J c = 0 exactly when ``D L c = 0`` for the first, (I - C dpi) J c = 0 exactly when it is for the second.
    """
    known = _BASES.setdefault(model, {})
    if kind not in known:
        known[kind] = _row_basis(_differences(model, kind))
    return known[kind]


def _differences(model: Parametrization, kind: str) -> Residues:
    exponents = model.factor_table.exponents
    m = model.space.n_hidden
    reference = exponents[0] if kind == "null" else np.repeat(exponents[::m], m, axis=0)
    differences: Residues = np.subtract(exponents, reference, dtype=np.int64)
    return differences


def _row_basis(rows: Residues) -> Residues:
    """Linearly independent rows that span all rows over Q.

    They are found among a few; as long as other rows are not orthogonal to their null vectors, some of those are added.
    Independence comes from a minor that is nonzero modulo p, the rest is verified over the integers.
    """
    count = rows.shape[0]
    few = 2 * rows.shape[1] + 50
    chosen = rows if count <= 2 * few else rows[np.random.default_rng(0).choice(count, few, replace=False)]
    basis = rows[:0]
    while True:
        part = np.unique(chosen, axis=0)
        smaller, basis = basis, part[sorted(pivots_mod(part % PRIME)[0])]
        if 0 < len(basis) <= len(smaller):
            raise InternalError("a row of exponents is independent of the others modulo p only")
        outside = np.flatnonzero(_products(rows, _integer_nullspace(basis)).any(axis=1))
        if not outside.size:
            return basis
        chosen = np.concatenate([basis, rows[outside[:few]]])


def _integer_nullspace(basis: Residues) -> list[list[int]]:
    """Integer vectors orthogonal to the rows modulo p, as many as the null space has dimensions."""
    columns = []
    for vector in _nullspace_mod(basis % PRIME):
        lifted = [_rational_reconstruction(c) for c in vector]
        if any(c is None for c in lifted):
            raise InternalError("the exponents have null vectors with large entries")
        scale = lcm(*(c.denominator for c in lifted if c is not None))
        columns.append([int(c * scale) for c in lifted if c is not None])
    return columns


def _products(rows: Residues, columns: list[list[int]]) -> Any:
    """The products of the rows with integer vectors: in floating point where that is exact."""
    if not columns:
        return np.zeros((rows.shape[0], 0))
    largest = max(abs(c) for column in columns for c in column)
    if rows.shape[1] * int(np.abs(rows).max(initial=0)) * largest < EXACT_FLOATS:
        return rows.astype(np.float64) @ np.array(columns, dtype=np.float64).T
    return rows.astype(object) @ np.array(columns, dtype=object).T


class Kernels(NamedTuple):
    """Null vectors over the field, as columns of d x k matrices with polynomial entries.

    ``null``: J c = 0.  ``visible``: J_V c = 0.  ``horizontal``: (I - C dpi) J c = 0.
    Bases of the whole kernels; the first is contained in the other two.
    """

    null: Matrix
    visible: Matrix
    horizontal: Matrix


def generic_ranks(model: Parametrization, *, terms: int = ELIMINATION_TERMS) -> Ranks:
    """Return the exact generic ranks: lower bounds by nonzero minors, upper bounds by shapes or null vectors.

    Raises
    ------
    BudgetError
        The elimination for null vectors has rows of more than ``terms`` terms.
    """
    lower, upper = generic_screen(model).ranks(), upper_bounds(model)
    if lower == upper:
        return lower
    upper = structural_bounds(model)
    d = len(model.parameters)
    found = [
        low if low == high else d - kernel(model, kind, terms=terms).ncols
        for low, high, kind in zip(lower, upper, ("null", "visible", "horizontal"), strict=True)
    ]
    return Ranks(*found)


def generic_kernels(model: Parametrization) -> Kernels:
    """Return bases of the three kernels over the field."""
    return Kernels(kernel(model, "null"), kernel(model, "visible"), kernel(model, "horizontal"))


def kernel(model: Parametrization, kind: str, *, terms: int = ELIMINATION_TERMS) -> Matrix:
    """Return a basis of one kernel over the field, d x k: constant vectors where they suffice, else polynomial ones.

    Completeness is proved by the rank modulo p (a lower bound of the rank is an upper bound of the nullity), the
    vectors themselves are verified as identities.
    """
    d = len(model.parameters)
    matrices = [_part(generic_screen(model, seed=s), kind) for s in range(3)]
    rank = rank_mod(matrices[0]) - (kind != "horizontal")
    if rank == d:
        return Matrix(model.field, [[] for _ in range(d)], 0)
    constant = _constant_kernel(model, matrices, kind)
    if constant is not None and constant.ncols == d - rank and is_kernel(model, constant, kind):
        return constant
    vectors = _polynomial_kernel(model, kind, rank, terms)
    if vectors.ncols != d - rank or not is_kernel(model, vectors, kind):
        raise InternalError(f"the {kind} kernel has {vectors.ncols} vectors, the rank modulo p says {d - rank}")
    return vectors


def _part(matrices: Screen, kind: str) -> Residues:
    return {"null": matrices.joint, "visible": matrices.visible, "horizontal": matrices.vertical}[kind]


def _constant_kernel(model: Parametrization, matrices: list[Residues], kind: str) -> Matrix | None:
    """Candidates for constant null vectors: the common kernel modulo p at several points, lifted to Q."""
    stacked = _stack_cones(matrices, cone=kind != "horizontal")
    extra = len(matrices) if kind != "horizontal" else 0
    basis = _nullspace_mod(stacked)
    d = len(model.parameters)
    columns = []
    for vector in basis:
        lifted = [_rational_reconstruction(int(c)) for c in vector[extra:]]
        if any(c is None for c in lifted):
            return None
        if any(lifted):
            columns.append([model.field.constant(c) for c in lifted])
    return Matrix.from_columns(model.field, columns, d)


def _stack_cones(matrices: list[Residues], *, cone: bool) -> Residues:
    """Matrices at several points on top of each other; in the cone each has its own column of ones."""
    if not cone:
        return np.concatenate(matrices)
    parts = []
    for k, matrix in enumerate(matrices):
        part = np.zeros((matrix.shape[0], len(matrices) + matrix.shape[1] - 1), dtype=np.int64)
        part[:, k] = matrix[:, 0]
        part[:, len(matrices) :] = matrix[:, 1:]
        parts.append(part)
    return np.concatenate(parts)


def _nullspace_mod(matrix: Residues) -> list[list[int]]:
    """A basis of the null space modulo p with an identity in the free columns."""
    rows, columns = pivots_mod(matrix)
    work = [[int(e) for e in matrix[r]] for r in rows]
    for k, j in enumerate(columns):
        inverse = pow(work[k][j], -1, PRIME) if work[k][j] else 0
        if not inverse:
            swap = next(i for i in range(k, len(work)) if work[i][j])
            work[k], work[swap] = work[swap], work[k]
            inverse = pow(work[k][j], -1, PRIME)
        work[k] = [e * inverse % PRIME for e in work[k]]
        for i, row in enumerate(work):
            if i != k and row[j]:
                factor = row[j]
                work[i] = [(a - factor * b) % PRIME for a, b in zip(row, work[k], strict=True)]
    free = [j for j in range(matrix.shape[1]) if j not in columns]
    basis = []
    for j in free:
        vector = [0] * matrix.shape[1]
        vector[j] = 1
        for row, pivot in zip(work, columns, strict=True):
            vector[pivot] = -row[j] % PRIME
        basis.append(vector)
    return basis


def _rational_reconstruction(value: int) -> Fraction | None:
    """The fraction a/b with a, b below sqrt(p/2) that is congruent to the value, or None (Wang 1981)."""
    bound = int((PRIME // 2) ** 0.5)
    r0, r1, s0, s1 = PRIME, value, 0, 1
    while r1 > bound:
        q = r0 // r1
        r0, r1, s0, s1 = r1, r0 - q * r1, s1, s0 - q * s1
    if not s1 or abs(s1) > bound:
        return None
    return Fraction(r1, s1)


def is_kernel(model: Parametrization, vectors: Matrix, kind: str) -> bool:
    """Whether columns are null vectors of the given kind, as identities over the field.

    With g = (log-derivatives of the factors) c the derivative of log w(x) along c is ``sum_f E[x, f] g_f``, so no
    table is multiplied out where the exponents alone decide: J c = 0 says that it is the same for all x, and
    (I - C dpi) J c = 0 that it is the same for all x over one v.  J_V c = 0 needs the weights of each fibre.
    """
    if not vectors.ncols:
        return True
    space, field = model.space, model.field
    logs = Matrix(field, model.log_derivatives, len(model.parameters)) @ vectors
    exponents = model.factor_table.exponents.astype(np.int64)
    if kind == "visible":
        return all(_visible_derivative_is_zero(model, logs, exponents, j) for j in range(vectors.ncols))
    reference = exponents[0] if kind == "null" else np.repeat(exponents[:: space.n_hidden], space.n_hidden, axis=0)
    for difference in np.unique(exponents - reference, axis=0):
        active = [(int(f), field.constant(int(difference[f]))) for f in np.flatnonzero(difference)]
        for j in range(vectors.ncols):
            if field.sum(e * logs[f, j] for f, e in active if logs[f, j]):
                return False
    return True


def _visible_derivative_is_zero(model: Parametrization, logs: Matrix, exponents: Residues, j: int) -> bool:
    """Whether ``sum_h w(v,h) (s(v,h) c - mean) = 0`` for every v, the mean being that of the whole model."""
    space, field = model.space, model.field
    values: dict[bytes, Entry] = {}

    def derivative(x: int) -> Entry:
        key = exponents[x].tobytes()
        if key not in values:
            active = ((int(f), int(exponents[x, f])) for f in np.flatnonzero(exponents[x]))
            values[key] = field.sum(field.constant(e) * logs[f, j] for f, e in active if logs[f, j])
        return values[key]

    mean = field.zero
    if not model.normalised:
        weights = model.weights
        mean = field.sum(weights[x] * derivative(x) for x in space.fibre(0)) / field.sum(
            weights[x] for x in space.fibre(0)
        )
    for fibre in space.fibres():
        # Factors common to the fibre are left out: only what distinguishes its states is multiplied.
        common = exponents[fibre.start : fibre.stop].min(axis=0)
        terms = []
        for x in fibre:
            rate = derivative(x) - mean
            if rate:
                for f in np.flatnonzero(exponents[x] - common):
                    rate = rate * model.factor_table.factors[f] ** int(exponents[x, f] - common[f])
                terms.append(rate * field.constant(model.factor_table.coefficients[x]))
        if field.sum(terms):
            return False
    return True


def _polynomial_kernel(model: Parametrization, kind: str, rank: int, terms: int) -> Matrix:
    """Null vectors by elimination over the field.

    For J and the vertical part the exponent differences give a small sparse matrix with the same kernel.  For J_V the
    projections of vertical vectors are tried first (on a cylindrical model they are null vectors, and no elimination is
    needed), then null vectors that depend on few parameters, then rows that carry the rank modulo p.
    """
    if kind != "visible":
        basis = difference_basis(model, kind)
        field = model.field
        integers = Matrix(field, [[field.constant(int(e)) for e in row] for row in basis], basis.shape[1])
        return (integers @ Matrix(field, model.log_derivatives, len(model.parameters))).nullspace(terms=terms)
    if generic_screen(model).ranks().cylindrical:
        projected = _projected_vertical(model, rank)
        if projected is not None:
            return projected
    specialised = specialised_visible_kernel(model, rank)
    if specialised is not None and is_kernel(model, specialised, "visible"):
        return specialised
    matrix = geometry(model).visible_jacobian
    values = _random_residues(model, 5)
    residues = np.array([[evaluate_mod(e, values) for e in r] for r in matrix.rows], dtype=np.int64)
    rows, _ = pivots_mod(residues.reshape(matrix.nrows, matrix.ncols))
    if len(rows) < rank:
        rows = list(range(matrix.nrows))
    return matrix.select(rows).nullspace(terms=terms)


def _projected_vertical(model: Parametrization, rank: int) -> Matrix | None:
    """The null vectors of J_V of a cylindrical Bayesian network: ``G^{-1} (D L)^T`` and D the differences in fibres.

    The columns are the coordinates of proj_T of the vertical vectors e(v,h) - e(v,h0); T splits exactly when these are
    vertical.  Returns None where G has no closed form or they are not enough.
    """
    if not isinstance(model.structure, BayesianNetwork):
        return None
    field = model.field
    basis = difference_basis(model, "horizontal")
    integers = Matrix(field, [[field.constant(int(e)) for e in row] for row in basis], basis.shape[1])
    scores = integers @ Matrix(field, model.log_derivatives, len(model.parameters))
    candidates = (geometry(model).metric_inverse @ scores.T).primitive_columns()
    independent = _independent(candidates, model)
    if len(independent) != len(model.parameters) - rank:
        return None
    vectors = candidates.columns(independent)
    return vectors if is_kernel(model, vectors, "visible") else None


def _independent(vectors: Matrix, model: Parametrization) -> list[int]:
    values = _random_residues(model, 9)
    residues = np.array([[evaluate_mod(e, values) for e in r] for r in vectors.rows], dtype=np.int64)
    return pivots_mod(residues.reshape(vectors.nrows, vectors.ncols))[1]
