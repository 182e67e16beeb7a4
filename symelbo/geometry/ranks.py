"""The three exact ranks: generic, or at a point.

Lower bounds are ranks modulo a prime, nonzero minors; upper bounds are the trivial ones, those from the exponents, or
exhibited null vectors, each verified as an identity of the field.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from symelbo.budget import LIMITS
from symelbo.errors import DomainError
from symelbo.geometry.kernels import kernel
from symelbo.geometry.screen import Ranks, generic_screen, screen, structural_bounds, upper_bounds
from symelbo.geometry.tangent import geometry
from symelbo.models.parametrization import Parametrization, Point

__all__ = ["generic_ranks", "ranks_at"]

_GENERIC: WeakKeyDictionary[Parametrization, Ranks] = WeakKeyDictionary()


def generic_ranks(model: Parametrization) -> Ranks:
    """Return the exact generic ranks: lower bounds by nonzero minors, upper bounds by shapes or null vectors.

    Where the lower bounds show already that T does not split only a short elimination is tried: what it would add is
    whether they are exact.

    Raises
    ------
    BudgetError
        The elimination for null vectors is too long.
    """
    if model not in _GENERIC:
        _GENERIC[model] = _generic_ranks(model)
    return _GENERIC[model]


def _generic_ranks(model: Parametrization) -> Ranks:
    lower, upper = generic_screen(model).ranks(), upper_bounds(model)
    if lower == upper:
        return lower
    upper = structural_bounds(model)
    refuted = lower.visible + lower.vertical > upper.joint
    terms = LIMITS.short_elimination_terms if refuted else LIMITS.elimination_terms
    d = len(model.parameters)
    found = [
        low if low == high else d - kernel(model, kind, terms=terms).ncols
        for low, high, kind in zip(lower, upper, ("null", "visible", "horizontal"), strict=True)
    ]
    return Ranks(*found)


def ranks_at(model: Parametrization, point: Point) -> Ranks:
    """Return the exact ranks at an exact point.

    The ranks modulo p are lower bounds; when they reach the bounds from the shapes or the exponents, or the generic
    ranks where these are known already, they are exact.  Otherwise the elimination is done over Q.
    """
    try:
        lower = screen(model, point.values).ranks()
    except DomainError:
        lower = Ranks(0, 0, 0)
    if lower in (_GENERIC.get(model), upper_bounds(model), structural_bounds(model)):
        return lower
    at = geometry(model, point)
    return Ranks(at.jacobian.rank(), at.visible_jacobian.rank(), at.vertical_jacobian.rank())
