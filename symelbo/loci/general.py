"""The general point of a component: the largest ranks that occur on it, and a point in the domain that has them.

Ranks are lower semicontinuous and a component is irreducible, so rank J, rank J_V and that of the vertical part are
largest at one and the same point, and at all points of the component outside a smaller set.  Lower bounds are ranks at
random exact points of the component, inside the domain or not; an upper bound is what the search for the component
knows already (a rank drops), or an elimination over the field of the component.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from symelbo.budget import LIMITS, Work
from symelbo.errors import BudgetError, DomainError
from symelbo.exact import Matrix, as_rational
from symelbo.geometry import Ranks
from symelbo.geometry.screen import screen
from symelbo.loci.components import AlgebraicPoint, AnyPoint, Case, Solver

LARGE = 10**6


@dataclass(frozen=True, slots=True)
class General:
    """A point of a component, with its three ranks."""

    point: AnyPoint
    ranks: Ranks


def general_point(
    solver: Solver, case: Case, start: AnyPoint, ranks_at: Callable[[AnyPoint], Ranks], work: Work
) -> General:
    """Return a point of a case in the domain at which the ranks are the largest found on the case.

    Parameters
    ----------
    solver : of the model
    case : irreducible
    start : a point of it in the domain, returned when no other one has larger ranks
    ranks_at : the exact ranks at a point
    work : when it is spent, ``start`` is returned
    """
    first = General(start, ranks_at(start))
    if work.is_spent:
        return first
    if case.left:
        return _largest_of_roots(solver, case, first, ranks_at, work)
    target = _random_ranks(solver, case, first.ranks)
    if target == first.ranks:
        return first

    def attains(point: AnyPoint) -> bool:
        return not work.is_spent and _screened(solver, point) == target

    point = solver.point(case, attains)
    return first if point is None else General(point, ranks_at(point))


def largest_rank(matrix: Matrix, case: Case) -> int | None:
    """Return the largest rank of a matrix on a case, by elimination over its field; None where that is too long."""
    if case.left:
        return None
    try:
        return len(matrix.map(lambda e: e.evaluate(case.values)).rref(terms=LIMITS.general_terms)[1])
    except (BudgetError, DomainError):
        return None


def _random_ranks(solver: Solver, case: Case, least: Ranks) -> Ranks:
    """The largest ranks at random exact points of a parametrised case: each is that of a minor that is not 0 there."""
    rng = random.Random(11)
    best = least
    for _ in range(LIMITS.general_samples):
        free = [as_rational(Fraction(rng.randrange(1, LARGE), rng.randrange(1, LARGE))) for _ in case.values]
        try:
            found = screen(solver.model, tuple(v.evaluate(free) for v in case.values)).ranks()
        except DomainError:
            continue
        best = _maximum(best, found)
    return best


def _screened(solver: Solver, point: AnyPoint) -> Ranks | None:
    if isinstance(point, AlgebraicPoint):
        return None
    try:
        return screen(solver.model, point.values).ranks()
    except DomainError:
        return None


def _largest_of_roots(
    solver: Solver, case: Case, first: General, ranks_at: Callable[[AnyPoint], Ranks], work: Work
) -> General:
    """The best of some points of a case that is given by an equation."""
    seen = [first]

    def enough(point: AnyPoint) -> bool:
        if not work.is_spent:
            seen.append(General(point, ranks_at(point)))
        return len(seen) > LIMITS.general_roots or work.is_spent

    solver.point(case, enough)
    return max(seen, key=lambda g: g.ranks)  # the first of the largest


def _maximum(a: Ranks, b: Ranks) -> Ranks:
    return Ranks(*(max(x, y) for x, y in zip(a, b, strict=True)))
