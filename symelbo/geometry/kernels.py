"""Kernels over the field: polynomial null vectors, each verified as an identity.

Vectors c with J c = 0 (``joint``), J_V c = 0 (``visible``) or (I - C dpi) J c = 0 (``vertical``).  The ranks modulo a
prime say how many there can be at most, so a basis that is found is known to be complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import singledispatch
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from symelbo.budget import LIMITS
from symelbo.errors import BudgetError, DomainError, InternalError
from symelbo.exact import (
    Entry,
    Matrix,
    Residues,
    interpolated_nullspace,
    nullspace_mod,
    pivots_mod,
    product_mod,
    rank_mod,
    rational_reconstruction,
)
from symelbo.geometry.local_kernels import derivatives, is_local_null_vector, local_visible_kernel, log_derivative
from symelbo.geometry.scorespace import score_space
from symelbo.geometry.screen import difference_basis, generic_screen, random_residues
from symelbo.geometry.tangent import geometry
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization
from symelbo.models.rows import free_rows


class Kernels(NamedTuple):
    """Null vectors over the field, as columns of d x k matrices with polynomial entries.

    ``joint``: J c = 0.  ``visible``: J_V c = 0.  ``vertical``: (I - C dpi) J c = 0.
    Bases of the whole kernels; the first is contained in the other two.
    """

    joint: Matrix
    visible: Matrix
    vertical: Matrix


def generic_kernels(model: Model) -> Kernels:
    """Return bases of the three kernels over the field."""
    return Kernels(*(kernel(model, kind) for kind in Kernels._fields))


def kernel(model: Model, kind: str, *, terms: int = LIMITS.elimination_terms, short: bool = False) -> Matrix:
    """Return a basis of one kernel over the field, d x k: constant vectors where they suffice, else polynomial ones.

    Completeness is proved by the rank modulo p (a lower bound of the rank is an upper bound of the nullity), the
    vectors themselves are verified as identities.

    Raises
    ------
    BudgetError
        The elimination has rows of more than ``terms`` terms; or only a ``short`` search was asked for, and found none.
    """
    d = len(model.parameters)
    matrices: list[Residues] = [getattr(generic_screen(model, seed=s), kind) for s in range(3)]
    rank = rank_mod(matrices[0], model.prime) - (kind != "vertical")
    if rank == d:
        return Matrix(model.field, [[] for _ in range(d)], 0)
    constant = _constant_kernel(model, matrices, kind)
    for vectors in chain([constant], null_vectors(model, kind, d - rank, terms, short=short)):
        if vectors is not None and vectors.ncols == d - rank and is_kernel(model, vectors, kind):
            return vectors
    raise InternalError(f"no {kind} kernel of the dimension {d - rank} that the rank modulo p says")


def _constant_kernel(model: Model, matrices: list[Residues], kind: str) -> Matrix | None:
    """Candidates for constant null vectors: common to several points.  In the cone each has its own column of ones."""
    ones = int(kind != "vertical")
    lifted = common_kernel([(m[:, :ones], m[:, ones:]) for m in matrices], model.prime)
    if any(None in vector for vector in lifted):
        return None
    columns = [list(map(model.field.constant, vector)) for vector in lifted if any(vector)]
    return Matrix.from_columns(model.field, columns, len(model.parameters))


def common_kernel(parts: Sequence[tuple[Residues, Residues]], p: int) -> list[list[Fraction | None]]:
    """Return a basis modulo p, lifted to Q, of all x with ``A_k y_k + B_k x = 0`` for all pairs A_k, B_k with some y_k.

    A coordinate that no small fraction explains is None.
    """
    widths = [own.shape[1] for own, _ in parts]
    rows = [
        np.concatenate([np.pad(own, ((0, 0), (sum(widths[:k]), sum(widths[k + 1 :])))), common], axis=1)
        for k, (own, common) in enumerate(parts)
    ]
    basis = nullspace_mod(np.concatenate(rows), p)[:, sum(widths) :]
    return [[rational_reconstruction(c, p) for c in vector] for vector in basis.tolist()]


@singledispatch
def is_kernel(model: Any, vectors: Matrix, kind: str) -> bool:
    """Whether columns are null vectors of the given kind, as identities over the field."""
    return (score_space(model).matrix(kind) @ vectors).is_zero()


@singledispatch
def null_vectors(model: Any, kind: str, nullity: int, terms: int, *, short: bool) -> Iterator[Matrix | None]:  # noqa: ARG001  # the signature of all families
    """Candidates for null vectors that depend on the point, from the cheapest to the most expensive."""
    yield (
        score_space(model).matrix(kind).nullspace(terms=min(terms, LIMITS.short_elimination_terms) if short else terms)
    )


@is_kernel.register
def _is_kernel_of_table(model: Parametrization, vectors: Matrix, kind: str) -> bool:
    """Null vectors of a finite table.

    With g = (log-derivatives of the factors) c the derivative of log w(x) along c is ``sum_f E[x, f] g_f``, so no
    table is multiplied out where the exponents alone decide: J c = 0 says that it is the same for all x, and
    (I - C dpi) J c = 0 that it is the same for all x over one v.  J_V c = 0 needs the weights of each fibre, or those
    of a few tables (:mod:`symelbo.geometry.local_kernels`).
    """
    if not vectors.ncols:
        return True
    logs = Matrix(model.field, model.log_derivatives, len(model.parameters)) @ vectors
    columns = [logs.column_entries(j) for j in range(logs.ncols)]
    exponents = model.factor_table.exponents.astype(np.int64)
    if kind == "visible":
        return all(
            is_local_null_vector(model, column) or _visible_derivative_is_zero(model, column, exponents)
            for column in columns
        )
    reference = exponents[0] if kind == "joint" else model.space.fibration.first(exponents)
    differences = np.unique(exponents - reference, axis=0)
    return not any(log_derivative(model, e, column) for e in differences for column in columns)


def _visible_derivative_is_zero(model: Parametrization, logs: Sequence[Entry], exponents: Residues) -> bool:
    """Whether ``sum_h w(v,h) (s(v,h) c - mean) = 0`` for every v, the mean being that of the whole model."""
    pi, field, coefficients = model.space.fibration, model.field, model.factor_table.coefficients
    mean = None
    if not model.normalised:
        first = pi[0]
        moved = (model.weights[x] * log_derivative(model, exponents[x], logs) for x in first)
        mean = field.sum(moved) / field.sum(model.weights[x] for x in first)
    places = (slice(fibre.start, fibre.stop) for fibre in pi)
    return not any(derivatives(model, exponents[v], [logs], mean=mean, coefficients=coefficients[v])[0] for v in places)


@null_vectors.register
def _null_vectors_of_table(
    model: Parametrization, kind: str, nullity: int, terms: int, *, short: bool
) -> Iterator[Matrix | None]:
    """Candidates for null vectors of a finite table.

    By structure: for J and the vertical part the exponent differences give a small sparse matrix with the same kernel;
    for J_V the projections of vertical vectors (on a cylindrical model they are null vectors), then vectors that a few
    hidden variables account for.  Then by a short elimination, by interpolation, by a long elimination.
    """
    if kind != "visible":
        matrix = _difference_matrix(model, kind)
        with suppress(BudgetError):
            yield matrix.nullspace(terms=min(terms, LIMITS.short_elimination_terms))
        _require_patience(kind, short)
        basis = difference_basis(model, kind)
        yield interpolated_nullspace(
            lambda at, p: product_mod(basis, model.factor_residues(at, p)[1], p), model.field, nullity, model.prime
        )
        yield matrix.nullspace(terms=terms)
        return
    if generic_screen(model).ranks().cylindrical:
        yield _projected_vertical(model, nullity)
    yield local_visible_kernel(model, nullity)
    rows = _visible_pivots(model, len(model.parameters) - nullity)
    affordable = model.n_entries <= LIMITS.jacobian_shape
    if affordable:
        with suppress(BudgetError):
            yield (
                geometry(model)
                .visible_jacobian.select(rows)
                .nullspace(terms=min(terms, LIMITS.short_elimination_terms))
            )
    _require_patience(kind, short)
    yield _interpolated_visible(model, rows, nullity)
    if not affordable:
        raise BudgetError(
            f"the visible Jacobian of {model.space.n_states} states in {len(model.parameters)} parameters is too large "
            "for an elimination over the function field"
        )
    yield geometry(model).visible_jacobian.select(rows).nullspace(terms=terms)


def _require_patience(kind: str, short: bool) -> None:
    if short:
        raise BudgetError(f"null vectors ({kind}) take an interpolation or a long elimination")


def _difference_matrix(model: Parametrization, kind: str) -> Matrix:
    field, basis = model.field, difference_basis(model, kind)
    integers = Matrix(field, [[field.constant(int(e)) for e in row] for row in basis], basis.shape[1])
    return integers @ Matrix(field, model.log_derivatives, len(model.parameters))


def _visible_pivots(model: Parametrization, rank: int) -> list[int]:
    """Visible states whose rows of [w_V | dw_V] carry the rank modulo p."""
    every = np.arange(model.space.n_visible, dtype=np.int64)
    for attempt in range(5):
        with suppress(DomainError):
            found = _visible_rows_mod(model, every, random_residues(model, 5 + attempt), model.prime)
            rows = pivots_mod(found, model.prime)[0]
            if len(rows) >= rank:
                return sorted(rows)
    raise InternalError("five random points modulo p are all special")


def _visible_rows_mod(model: Parametrization, visible: Residues, values: list[int], p: int) -> Residues:
    """Rows of ``[w_V | dw_V]`` modulo p (for a normalised model without the first column)."""
    pi, rows = model.space.fibration.over(visible)
    weights, scores = model.residues(values, p, rows=rows)
    derivatives: Residues = pi.sums(weights[:, None] * scores % p) % p
    if model.normalised:
        return derivatives
    return np.concatenate([pi.sums(weights)[:, None] % p, derivatives], axis=1)


def _interpolated_visible(model: Parametrization, rows: list[int], nullity: int) -> Matrix | None:
    """Null vectors of J_V from values of the rows that carry its rank."""
    chosen = np.array(rows, dtype=np.int64)

    def matrix(at: list[int], p: int) -> Residues:
        return _visible_rows_mod(model, chosen, at, p)

    found = interpolated_nullspace(matrix, model.field, nullity, model.prime, seed=17)
    if found is None or model.normalised:
        return found
    # The first coordinate belongs to the column w_V: minus the rate of the total mass.
    return found.select(range(1, found.nrows)).primitive_columns()


def _projected_vertical(model: Parametrization, nullity: int) -> Matrix | None:
    """The null vectors of J_V of a cylindrical model: ``G^{-1} (D L)^T`` and D the differences in fibres.

    The columns are the coordinates of proj_T of the vertical vectors e(v,h) - e(v,h0); T splits exactly when these are
    vertical.  Returns None where G has no closed form or they are not enough.
    """
    if free_rows(model) is None:
        return None
    scores = _difference_matrix(model, "vertical")
    candidates = (geometry(model).metric_inverse @ scores.T).primitive_columns()
    independent = _independent(candidates, model)
    return candidates.columns(independent) if len(independent) == nullity else None


def _independent(vectors: Matrix, model: Parametrization) -> list[int]:
    return pivots_mod(vectors.modulo(random_residues(model, 9), model.prime), model.prime)[1]
