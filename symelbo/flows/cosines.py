"""How far the gradients of the ELBO and of the evidence point apart, seen in P(V).

Three vectors of T P(V) at p_V, for q with marginal p* = q_V:

    a = dpi grad^M D(q||.),     b = dpi grad^M D(Q||.),     w = grad^{M_V} D(p*||.).

In P(X), -grad D(q||.) = q - p and -grad D(Q||.) = p(h|v) p*(v) - p; on the model they are projected onto T.  With
tangent vectors scaled so that the Fisher metric is the Euclidean one the projection is Q Q^T, Q an orthonormal
basis of the scaled scores (Gram-Schmidt for all points at once): no metric is formed, none is inverted.  The cosines
are those of the Fisher metric at p_V.  Source: Ay, van Oostrum, Datar (2025), section on experiments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import QQ, Matrix, rational_to_sympy
from symelbo.flows.compiled import Array, Numeric, numeric
from symelbo.geometry import generic_ranks, ranks_at, score_space
from symelbo.models.points import Point
from symelbo.objectives import data_divergence, differential, divergence
from symelbo.typesetting import Unfolding

# Columns that keep less than this part of their length after Gram-Schmidt count as dependent on the earlier ones.
DEPENDENT = 1e-11


@budgeted("the cosines")
def cosine_similarities(M: Any, q: Any, points: Any, *, budget: Limit = None) -> Array:
    """The cosines in P(V) between the projected gradients of D(q||.), of D(Q||.) and the visible gradient.

    Parameters
    ----------
    M : Parametrization or Gaussian
    q : mapping from state to number, or array in the order of the states, shape (|X|,); moments for Gaussian models
    points : (n, d) array of parameters in the order of the model, admissible points of its domain
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Returns
    -------
    numpy array, (n, 3)
        Columns: D(q||.) against visible, D(Q||.) against visible, D(q||.) against D(Q||.); Fisher metric at p_V.
        NaN where one of the two vectors vanishes.

    Raises
    ------
    DomainError
        q is no distribution, or a point lies outside the domain (row and inequality are named).

    >>> from symelbo.models import model_a, model_b
    >>> q = [1/8] * 8
    >>> cosine_similarities(model_a(), q, [[0.2, 0.3, 0.4]]).round(12)
    array([[1., 1., 1.]])
    >>> cosine_similarities(model_b(), q, [[0.5, 0.5, 0.9, 0.5, 0.2]]).round(4)
    array([[0.8988, 0.9945, 0.8479]])
    """
    compiled: Numeric = numeric(M)
    target = compiled.distribution(q)
    array = compiled.check_points(points)
    result = np.empty((len(array), 3))
    for part in compiled.chunks(len(array)):
        result[part] = _cosines(compiled, target, array[part]).T
    return result


def _cosines(compiled: Numeric, q: Array, points: Array) -> Array:
    at, p_star = compiled.scaled(points), compiled.marginal(q)
    visible = at.own(p_star)
    frame = orthonormal(at.basis[:, compiled.tangent_columns])
    seen = []
    for difference in (at.towards(q), at.lifted(visible)):
        tangent = np.einsum("xkn,kn->xn", frame, np.einsum("xkn,xn->kn", frame, difference))
        seen.append(at.seen(tangent))
    if compiled.ranks.visible < compiled.visible_dimension:
        frame_v = orthonormal(at.seen(at.basis[:, compiled.visible_columns]))
        visible = np.einsum("vkn,kn->vn", frame_v, np.einsum("vkn,vn->kn", frame_v, visible))
    pairs = ((seen[0], visible), (seen[1], visible), (seen[0], seen[1]))
    return np.stack([_cosine(a, b) for a, b in pairs])


def orthonormal(columns: Array) -> Array:
    """Orthonormal columns with the same span, for every point: (m, k, n) to (m, k, n), dependent columns become 0."""
    basis = np.ascontiguousarray(np.moveaxis(columns, 1, 0))  # (k, m, n): a column of all points is contiguous
    for j in range(len(basis)):
        column = basis[j]
        length = np.sqrt(np.einsum("mn,mn->n", column, column))
        for _ in range(2):  # once more, for columns that are nearly dependent
            if j:
                inner = np.einsum("imn,mn->in", basis[:j], column)
                column -= np.einsum("imn,in->mn", basis[:j], inner)
        rest = np.sqrt(np.einsum("mn,mn->n", column, column))
        with np.errstate(divide="ignore"):
            column *= np.where(rest > DEPENDENT * length, 1 / rest, 0.0)
    return np.moveaxis(basis, 0, 1)


def _cosine(a: Array, b: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        inner = np.einsum("vn,vn->n", a, b)
        squares = np.einsum("vn,vn->n", a, a) * np.einsum("vn,vn->n", b, b)
        return np.asarray(np.clip(inner / np.sqrt(squares), -1.0, 1.0))


@dataclass(frozen=True, slots=True)
class ExactCosines(Unfolding):
    """The three cosines at a point as algebraic numbers; None where one of the two gradients vanishes.

    Attributes
    ----------
    elbo_visible : sympy number
        dpi grad D(q||.) against the visible gradient.
    evidence_visible : sympy number
        dpi grad D(Q||.) against the visible gradient (never negative, by gradient alignment).
    elbo_evidence : sympy number
        dpi grad D(q||.) against dpi grad D(Q||.).
    """

    elbo_visible: sympy.Expr | None
    evidence_visible: sympy.Expr | None
    elbo_evidence: sympy.Expr | None

    def __repr__(self) -> str:
        values = ("elbo_visible", "evidence_visible", "elbo_evidence")
        return f"Cosines: {', '.join(f'{n} {getattr(self, n)}' for n in values)}"


@budgeted("the cosines")
def exact_cosines(M: Any, q: Any, at: Mapping[Any, Any] | Point, *, budget: Limit = None) -> ExactCosines:
    """The cosines of :func:`cosine_similarities` at one rational point, exactly: ``rational * sqrt(rational)``.

    Parameters
    ----------
    M : Parametrization or Gaussian
    q : mapping from state to exact number, or list in the order of the states; moments for Gaussian models
    at : mapping from parameter to rational
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    DomainError
        The point lies outside the domain or is not admissible.

    >>> from symelbo.models import model_b
    >>> at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    >>> exact_cosines(model_b(), ["1/8"] * 8, at).elbo_visible
    308*sqrt(100389)/100389
    """
    family = numeric(M)
    point = M.point(at)
    if point.numbers != QQ:
        raise ExactnessError(f"the point ({point}) is not rational; expected rational values of all generators")
    here, generic = ranks_at(M, point), generic_ranks(M)
    if here[:2] != generic[:2]:
        raise DomainError(f"the point ({point}) is not admissible: ranks {here}, generically {generic}")
    where = score_space(M, point)
    target, marginal = family.exact_pair(q)
    elbo, data = (differential(o, where) for o in (divergence(target), data_divergence(marginal)))
    # In parameters: dpi J c and dpi J c' have the inner product c' G_V c.
    a, b = (where.metric_inverse @ e for e in (elbo, data))
    w = where.visible_metric_inverse @ data
    return ExactCosines(*(_exact_cosine(where.visible_metric, x, y) for x, y in ((a, w), (b, w), (a, b))))


def _exact_cosine(metric: Matrix, a: Matrix, b: Matrix) -> sympy.Expr | None:
    inner, *squares = (rational_to_sympy((x.T @ metric @ y)[0, 0]) for x, y in ((a, b), (a, a), (b, b)))
    square = squares[0] * squares[1]
    return inner / sympy.sqrt(square) if square else None
