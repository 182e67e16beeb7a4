"""The search for counterexamples in small rational numbers (statement S9).

Candidates come from the domain's simple rational points; ranks modulo a prime select admissible points at which T does
not split, one coordinate after another is then replaced by a simpler number as long as that stays so.  Everything that
is reported is recomputed exactly at the point chosen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeVar

import sympy

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, InternalError
from symelbo.exact import Entry, Matrix, Value, as_rational
from symelbo.geometry import Geometry, Ranks, ScoreSpace, geometry, ranks_at, screen
from symelbo.models.parametrization import Parametrization, Point
from symelbo.models.rows import free_rows
from symelbo.spaces import State
from symelbo.verification.verdicts import ByState, Counterexample

Q = TypeVar("Q")


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
    return None if point is None or generic.cylindrical else counterexample_at(model, point)


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


def oblique_ranks(model: Any, point: Point) -> Ranks:
    """Return the ranks at a point; DomainError where T splits."""
    ranks = ranks_at(model, point)
    if ranks.cylindrical:
        raise DomainError(f"the tangent space splits at {point}: no counterexample there")
    return ranks


def moving(at: Any, candidates: Iterable[tuple[Q, Matrix]]) -> tuple[Q, Matrix, Matrix, Matrix]:
    """Return the first q, given with its moments, for which the two directions of learning differ, moments and both.

    The difference is linear in the moments and not zero, so one of candidates that span them will do.
    """
    for q, moments in candidates:
        elbo, evidence = at.elbo_direction(moments), at.evidence_direction(moments)
        if elbo != evidence:
            return q, moments, elbo, evidence
    raise InternalError("no q with different gradients at a point where the tangent space does not split")


def moved_optimum(at: ScoreSpace, candidates: Iterable[tuple[Q, Matrix]]) -> tuple[Q, Matrix, Matrix]:
    """Return the first q, of some for which the evidence is optimal, that is moved by the ELBO, moments, direction."""
    for q, moments in candidates:
        elbo = at.elbo_direction(moments)
        if not elbo.is_zero():
            return q, moments, elbo
    raise InternalError("no vertical direction is moved at a point where the tangent space does not split")


def objective(at: ScoreSpace) -> tuple[Matrix, Matrix, Matrix]:
    """Return a unit differential l off the kernel of Delta, with ``U l`` and ``W l``."""
    projected, own = at.projected_cometric, at.visible_cometric
    for v in range(own.ncols):
        u, w = projected.columns([v]), own.columns([v])
        if u != w:
            return Matrix.identity(at.domain, own.ncols).columns([v]), u, w
    raise InternalError("the defect vanishes at a point where the tangent space does not split")


def counterexample_at(model: Parametrization, point: Point) -> Counterexample:
    """Return the counterexample of a table at a point where T does not split; DomainError where it does."""
    ranks = oblique_ranks(model, point)
    at = geometry(model, point)

    def keyed(column: Matrix | None, *, visible: bool = True) -> Mapping[State, sympy.Expr]:
        if column is None:
            return {}
        return ByState(model.space, column.column_entries(), at.domain.to_sympy, visible=visible)

    exchange, direction, gradient = moved_optimum(at, _exchanges(at))
    optimal = Matrix.column(at.domain, at.probabilities) + direction  # the gradient of p itself is 0
    q, elbo, evidence = optimal, gradient, Matrix.zeros(at.domain, at.n_visible, 1)
    sides: tuple[Matrix | None, ...] = (None, None, None)
    if at.n_visible <= LIMITS.counterexample_visible:
        _, q, elbo, evidence = moving(at, _nearly_uniform(at))
        sides = objective(at)
    return Counterexample(
        point=point,
        parameters=point.substitution(),
        q=keyed(q, visible=False),
        projected_elbo_gradient=keyed(elbo),
        visible_gradient=keyed(evidence),
        optimal_q=keyed(optimal, visible=False),
        optimal_gradient=keyed(gradient),
        objective=keyed(sides[0]),
        objective_gradients=(keyed(sides[1]), keyed(sides[2])),
        ranks=ranks,
        space=model.space,
        exchange=exchange,
    )


def _nearly_uniform(at: Geometry) -> Iterator[tuple[None, Matrix]]:
    """The simplest distributions: uniform, or uniform with one state doubled."""
    n, constant = len(at.probabilities), at.domain.constant
    yield None, Matrix.column(at.domain, [constant(Fraction(1, n))] * n)
    one, two = constant(Fraction(1, n + 1)), constant(Fraction(2, n + 1))
    for k in range(n):
        yield None, Matrix.column(at.domain, [two if x == k else one for x in range(n)])


def _exchanges(at: Geometry) -> Iterator[tuple[tuple[int, int, Entry], Matrix]]:
    """(x, x + 1, epsilon) and B = epsilon (e(x) - e(x + 1)), so that q = p + B has q_V = p_V.

    Epsilon is half the smaller probability.  Neighbours in a fibre suffice: they span all vertical vectors.
    """
    p, below = at.probabilities, at.fibration.below.tolist()
    for x in range(len(p) - 1):
        if below[x] == below[x + 1]:
            epsilon = min(p[x], p[x + 1]) / at.domain.constant(2)
            direction = [at.domain.zero] * len(p)
            direction[x], direction[x + 1] = epsilon, -epsilon
            yield (x, x + 1, epsilon), Matrix.column(at.domain, direction)


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
