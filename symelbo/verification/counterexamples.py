"""The search for counterexamples in small rational numbers (statement S9).

Candidates come from the domain's simple rational points; ranks modulo a prime select admissible points at which T does
not split, one coordinate after another is then replaced by a simpler number as long as that stays so.  Everything that
is reported is recomputed exactly at the point chosen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import singledispatch
from typing import Any

import sympy

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, InternalError
from symelbo.exact import Entry, Matrix, Value, as_rational
from symelbo.geometry import Geometry, Ranks, geometry, ranks_at, screen
from symelbo.models.parametrization import Parametrization, Point, no_model
from symelbo.models.rows import free_rows
from symelbo.spaces import State
from symelbo.verification.verdicts import ByState, Counterexample

__all__ = ["admissible_point", "counterexample_at", "find_counterexample", "oblique_ranks"]


def _screened(model: Parametrization, values: Sequence[Value]) -> Ranks | None:
    try:
        return screen(model, values).ranks()
    except DomainError:
        return None


def admissible_point(model: Parametrization, generic: Ranks) -> Point:
    """Return a simple point with the generic ranks of J and J_V (proved by minors modulo p).

    Where T does not split generically it does not at this point.

    Raises
    ------
    InternalError
        None was found among many: the generic ranks would be wrong.
    """
    point = _simple_point(model, generic) or _search(model, lambda r: r[:2] == generic[:2])
    if point is None:
        raise InternalError("no admissible point found among simple points of the domain")
    return point


def find_counterexample(model: Parametrization, generic: Ranks) -> Counterexample | None:
    """Return a counterexample at an admissible point of small height, or None if the search finds none."""
    point = _simple_point(model, generic)
    return None if point is None or generic.cylindrical else _on_table(model, point)


def _simple_point(model: Parametrization, generic: Ranks) -> Point | None:
    """A simple admissible point at which T splits only if it does generically (kept for the next call)."""

    def accept(r: Ranks) -> bool:
        return r[:2] == generic[:2] and r.cylindrical == generic.cylindrical

    return model.keep(f"simple point {tuple(generic)}", lambda: _search(model, accept))


def _search(model: Parametrization, accept: Callable[[Ranks], bool]) -> Point | None:
    """A simple point whose ranks modulo p are accepted; for a Bayesian network preferably a faithful one."""

    def good(values: Sequence[Value]) -> bool:
        ranks = _screened(model, values)
        return ranks is not None and accept(ranks)

    values = model.structure.varied_point()
    if len(model.parameters) > LIMITS.uneven_parameters and model.space.n_states <= LIMITS.simple_point_states:
        for mixed in _mixed_points(model):  # chosen one after the other, coordinates become tiny
            if model.domain.contains(mixed) and good(mixed):
                return Point(model.field, mixed)
    if model.space.n_states > LIMITS.simple_point_states and values is not None and good(values):
        return Point(model.field, values)
    patience = LIMITS.point_screening // (model.space.n_states * max(len(model.parameters), 1))
    values = model.domain.simple_point(
        lambda v: model.structure.every_part_matters(v, model.space) and good(v), patience=patience
    )
    if values is None:
        values = model.domain.simple_point(good, patience=patience)
    return None if values is None else Point(model.field, values)


@singledispatch
def counterexample_at(model: Any, point: Point) -> Any:  # noqa: ARG001  # the signature of all families
    """Return the counterexample of a model of any family at a point where T does not split; everything exact.

    Raises
    ------
    DomainError
        T splits at this point.
    """
    raise no_model(model)


def oblique_ranks(model: Any, point: Point) -> Ranks:
    """Return the ranks at a point; DomainError where T splits."""
    ranks = ranks_at(model, point)
    if ranks.cylindrical:
        raise DomainError(f"the tangent space splits at {point}: no counterexample there")
    return ranks


@counterexample_at.register
def _on_table(model: Parametrization, point: Point) -> Counterexample:
    ranks = oblique_ranks(model, point)
    at = geometry(model, point)
    optimal, optimal_gradient, exchange = _optimal_q(at)
    at_rest = [at.domain.zero] * at.n_visible
    q, elbo, visible = optimal, optimal_gradient, at_rest
    objective: list[Entry] = []
    projected: list[Entry] = []
    own: list[Entry] = []
    if at.n_visible <= LIMITS.counterexample_visible:
        q, elbo, visible = _moving_q(at)
        objective, projected, own = _objective(at)
    return Counterexample(
        point=point,
        parameters=point.substitution(),
        q=_by_state(at, q, visible=False),
        projected_elbo_gradient=_by_state(at, elbo, visible=True),
        visible_gradient=_by_state(at, visible, visible=True),
        optimal_q=_by_state(at, optimal, visible=False),
        optimal_gradient=_by_state(at, optimal_gradient, visible=True),
        objective=_by_state(at, objective, visible=True),
        objective_gradients=(_by_state(at, projected, visible=True), _by_state(at, own, visible=True)),
        ranks=ranks,
        space=at.model.space,
        exchange=exchange,
    )


def _by_state(at: Geometry, values: Sequence[Entry], *, visible: bool) -> Mapping[State, sympy.Expr]:
    """Values on X or on V by state, as sympy numbers."""
    return ByState(at.model.space, values, at.domain.to_sympy, visible=visible) if values else {}


def _projected_elbo_gradient(at: Geometry, q: Sequence[Entry]) -> list[Entry]:
    """``-dpi grad^M D(q||.)``, of length |V|."""
    return at.marginal_entries(at.tangent_vector(at.metric_inverse @ at.score_moment(q)))


def _moving_q(at: Geometry) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """The simplest q with different gradients, uniform or uniform with one state doubled, and both gradients.

    The difference of the two gradients is linear in q and not zero on R^X, and these distributions span R^X, so one
    of them works.
    """
    n = len(at.probabilities)

    def candidates() -> Iterator[list[Entry]]:
        yield [at.domain.constant(Fraction(1, n))] * n
        one, two = at.domain.constant(Fraction(1, n + 1)), at.domain.constant(Fraction(2, n + 1))
        for k in range(n):
            yield [two if x == k else one for x in range(n)]

    for q in candidates():
        ratio = [w / p for w, p in zip(at.marginal_entries(q), at.visible_probabilities, strict=True)]
        visible = (at.visible_cometric @ Matrix.column(at.domain, ratio)).column_entries()
        elbo = _projected_elbo_gradient(at, q)
        if elbo != visible:
            return q, elbo, visible
    raise InternalError("no q with different gradients at a point where the tangent space does not split")


def _optimal_q(at: Geometry) -> tuple[list[Entry], list[Entry], tuple[int, int, Entry]]:
    """A q with q_V = p_V whose ELBO gradient, seen in P(V), is not zero, that gradient, and (x, x + 1, epsilon).

    q = p + epsilon B with B = e(x) - e(y), x and y over one v, and dpi proj_T B != 0; epsilon is half the smaller
    probability concerned.  Neighbours in a fibre suffice: their differences span all vertical vectors.
    """
    p, below = at.probabilities, at.fibration.below.tolist()
    for x in range(len(p) - 1):
        if below[x] == below[x + 1]:
            epsilon = min(p[x], p[x + 1]) / at.domain.constant(2)
            direction = [at.domain.zero] * len(p)
            direction[x], direction[x + 1] = epsilon, -epsilon
            gradient = _projected_elbo_gradient(at, direction)  # p itself contributes nothing: its gradient is 0
            if any(gradient):
                optimal = [a + b if b else a for a, b in zip(p, direction, strict=True)]
                return optimal, gradient, (x, x + 1, epsilon)
    raise InternalError("no vertical direction is moved at a point where the tangent space does not split")


def _objective(at: Geometry) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """A unit differential l off the kernel of Delta, with ``U l`` and ``W l``."""
    projected, own = at.projected_cometric, at.visible_cometric
    for v in range(at.n_visible):
        u, w = projected.column_entries(v), own.column_entries(v)
        if u != w:
            return [at.domain.one if k == v else at.domain.zero for k in range(at.n_visible)], u, w
    raise InternalError("the defect vanishes at a point where the tangent space does not split")


def _mixed_points(model: Parametrization) -> Iterator[tuple[Value, ...]]:
    """Free distributions that look random, of integers over their sum: powers modulo 31, then less small ones."""
    rows, n = free_rows(model) or (), len(model.field.generators)
    if sum(len(row.parameters) for row in rows) < n:
        return
    for attempt in range(4):
        rng = random.Random(attempt)
        values: dict[int, Value] = {}
        for k, row in enumerate(rows):
            drawn = [rng.randrange(1, 64 << attempt) for _ in range(len(row.parameters) + 1)]
            weights = drawn if attempt else [pow(i + 2, k + 1, 31) + 1 for i in range(len(drawn))]
            values |= {i: as_rational(Fraction(w, sum(weights))) for i, w in zip(row.parameters, weights, strict=False)}
        yield tuple(values[i] for i in range(n))
