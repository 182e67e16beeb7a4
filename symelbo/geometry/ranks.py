"""The three exact ranks: generic, or at a point.

Lower bounds are ranks modulo a prime, nonzero minors; upper bounds are the trivial ones, those from the exponents,
those from the left (:mod:`symelbo.geometry.conormals`), or null vectors, each verified as an identity of the field.
Independent copies have the ranks of one (:mod:`symelbo.models.copies`).
"""

from __future__ import annotations

from symelbo.budget import LIMITS
from symelbo.errors import DomainError
from symelbo.geometry.conormals import related_bound, visible_bound
from symelbo.geometry.kernels import kernel
from symelbo.geometry.scorespace import Ranks, bounds, one_copy, score_space
from symelbo.geometry.screen import generic_screen, screen
from symelbo.models.model import Model
from symelbo.models.points import Point

# The name under which a model keeps its generic ranks.
KEPT = "generic ranks"


def generic_ranks(model: Model, *, shown: bool = True) -> Ranks:
    """Return the exact generic ranks: lower bounds by nonzero minors, upper bounds by shapes or null vectors.

    ``shown``: upper bounds are such as certificates can show; otherwise relations between marginals are among them.
    Where the lower bounds show already that T does not split only a short elimination is tried: what it would add is
    whether they are exact.

    Raises
    ------
    BudgetError
        The elimination for null vectors is too long.
    """
    one = one_copy(model)
    known: Ranks | None = one.kept(KEPT)
    if known is not None:
        return known
    found: Ranks = one.keep(KEPT if shown else f"{KEPT}, not shown", lambda: _generic_ranks(one, shown=shown))
    return found


def _generic_ranks(model: Model, *, shown: bool) -> Ranks:
    lower, upper = generic_screen(model).ranks(), bounds(model)._replace(visible=visible_bound(model))
    if lower.visible < upper.visible and not shown:
        upper = upper._replace(visible=related_bound(model))
    upper = upper._replace(joint=min(upper.joint, upper.visible + upper.vertical))
    refuted = lower.visible + lower.vertical > upper.joint
    terms = LIMITS.short_elimination_terms if refuted else LIMITS.elimination_terms
    d = len(model.parameters)
    found = [
        low if low == high else d - kernel(model, kind, terms=terms).ncols
        for low, high, kind in zip(lower, upper, Ranks._fields, strict=True)
    ]
    return Ranks(*found)


def ranks_at(model: Model, point: Point) -> Ranks:
    """Return the exact ranks at an exact point.

    The ranks modulo p are lower bounds; when they reach the bounds from the shapes or the exponents, or the generic
    ranks where these are known already, they are exact.  Otherwise the elimination is done over Q.
    """
    model = one_copy(model)
    try:
        lower = screen(model, point.values).ranks()
    except DomainError:
        lower = Ranks(0, 0, 0)
    if lower in (model.kept(KEPT), bounds(model)):
        return lower
    at = score_space(model, point)
    return Ranks(at.scores.rank(), at.visible_scores.rank(), at.vertical_scores.rank())
