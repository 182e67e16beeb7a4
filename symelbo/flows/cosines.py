"""How far the gradients of the ELBO and of the evidence point apart, seen in P(V).

Three vectors of T P(V) at p_V, for q with marginal p* = q_V:

    a = dpi grad^M D(q||.),     b = dpi grad^M D(Q||.),     w = grad^{M_V} D(p*||.).

In P(X), -grad D(q||.) = q - p and -grad D(Q||.) = p(h|v) p*(v) - p; on the model they are projected onto T.  With
tangent vectors scaled by 1/sqrt(p) the Fisher metric is the Euclidean one and the projection is Q Q^T, Q an orthonormal
basis of the scaled scores (Gram-Schmidt for all points at once): no metric is formed, none is inverted.  The cosines
are those of the Fisher metric at p_V.  Source: Ay, van Oostrum, Datar (2025), section on experiments.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import QQ, Entry, Matrix
from symelbo.flows.compiled import Array, NumericModel, numeric, numeric_distribution, rational_distribution
from symelbo.geometry import Geometry, generic_ranks, geometry, ranks_at
from symelbo.models.parametrization import Parametrization, Point, as_model
from symelbo.objectives import covector, data_divergence, divergence, visible_divergence
from symelbo.typesetting import Unfolding

# Columns that keep less than this part of their length after Gram-Schmidt count as dependent on the earlier ones.
DEPENDENT = 1e-11


def cosine_similarities(M: Parametrization, q: Any, points: Any) -> Array:
    """The cosines in P(V) between the projected gradients of D(q||.), of D(Q||.) and the visible gradient.

    Parameters
    ----------
    M : Parametrization
    q : mapping from state to number, or array in the order of the states, shape (|X|,)
    points : (n, d) array of parameters in the order of the model, admissible points of its domain

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
    as_model(M)
    compiled = numeric(M)
    target = numeric_distribution(q, M.space)
    array = compiled.check_points(points)
    result = np.empty((len(array), 3))
    for part in compiled.chunks(len(array)):
        result[part] = _cosines(compiled, target, array[part]).T
    return result


def _cosines(compiled: NumericModel, q: Array, points: Array) -> Array:
    p, scores = compiled.probabilities_and_scores(points)
    p_v, p_star = compiled.marginal(p), compiled.marginal(q)[:, None]
    root, root_v = np.sqrt(p), np.sqrt(p_v)
    frame = orthonormal(root[:, None] * scores[:, compiled.tangent_columns])
    ratio = p_star / p_v
    seen = []
    for difference in ((q[:, None] - p) / root, compiled.lift(ratio - 1) * root):
        tangent = np.einsum("xkn,kn->xn", frame, np.einsum("xkn,xn->kn", frame, difference))
        seen.append(compiled.marginal(root * tangent) / root_v)
    visible = (p_star - p_v) / root_v
    if compiled.ranks.visible < compiled.space.n_visible - 1:
        raw = compiled.visible_scores(p, scores[:, compiled.visible_columns])
        frame_v = orthonormal(root_v[:, None] * raw)
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


def exact_cosines(M: Parametrization, q: Any, at: Mapping[Any, Any] | Point) -> ExactCosines:
    """The cosines of :func:`cosine_similarities` at one rational point, exactly: ``rational * sqrt(rational)``.

    Parameters
    ----------
    M : Parametrization
    q : mapping from state to exact number, or list in the order of the states
    at : mapping from parameter to rational

    Raises
    ------
    DomainError
        The point lies outside the domain or is not admissible.

    >>> from symelbo.models import model_b
    >>> at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    >>> exact_cosines(model_b(), ["1/8"] * 8, at).elbo_visible
    308*sqrt(100389)/100389
    """
    as_model(M)
    point = M.point(at)
    if point.numbers != QQ:
        raise ExactnessError(f"the point ({point}) is not rational; expected rational values of all generators")
    here, generic = ranks_at(M, point), generic_ranks(M)
    if here[:2] != generic[:2]:
        raise DomainError(f"the point ({point}) is not admissible: ranks {here}, generically {generic}")
    where = geometry(M, point)
    target = rational_distribution(q, M.space)
    marginal = M.space.fibration.totals(target, QQ.sum)
    a, b = (_projected(where, covector(o, where)) for o in (divergence(target), data_divergence(marginal)))
    w = where.visible_cometric @ covector(visible_divergence(marginal), where)
    columns = [c.column_entries() for c in (a, b, w)]
    return ExactCosines(*(_exact_cosine(where, columns[i], columns[j]) for i, j in ((0, 2), (1, 2), (0, 1))))


def _projected(where: Geometry, omega: Matrix) -> Matrix:
    return where.visible_jacobian @ (where.metric_inverse @ (where.jacobian.T @ omega))


def _exact_cosine(where: Geometry, a: list[Entry], b: list[Entry]) -> sympy.Expr | None:
    def product(first: list[Entry], second: list[Entry]) -> Any:
        weights = where.visible_probabilities
        return sum(s * t / w for s, t, w in zip(first, second, weights, strict=True))

    inner, squares = product(a, b), product(a, a) * product(b, b)
    if not squares:
        return None
    return sympy.Rational(int(inner.p), int(inner.q)) / sympy.sqrt(sympy.Rational(int(squares.p), int(squares.q)))
