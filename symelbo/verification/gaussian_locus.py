"""Where a Gaussian model that is not cylindrical is cylindrical nevertheless, read off the factors of its defect.

Where rank J = d and (mu_V, Sigma_VV), or Sigma_VV alone, vary freely, Delta = W - J_V G^-1 J_V' with a W that is known:
at every admissible point its entries are those over the field.  One entry vanishes exactly on the zeros of its factors
that are not positive on the domain; the model is cylindrical there exactly where the other entries vanish too.
"""

from __future__ import annotations

from symelbo.errors import BudgetError
from symelbo.exact import RationalFunction
from symelbo.geometry import Ranks, bounds, gaussian_scores
from symelbo.loci import LocusComponent, Where
from symelbo.models.gaussian import Gaussian
from symelbo.verification.gaussian_counterexamples import find_point
from symelbo.verification.gaussian_signs import signs

__all__ = ["gaussian_locus"]

# Visible coordinates and parameters up to which the defect is multiplied out.
COORDINATES, PARAMETERS = 14, 12


def gaussian_locus(model: Gaussian, ranks: Ranks) -> Where | None:
    """Return where the model is cylindrical among its admissible points, or None where the factors do not say.

    >>> from symelbo.geometry import generic_ranks
    >>> from symelbo.models import linear_gaussian
    >>> M = linear_gaussian([("h", "b"), ("c", "b")], hidden=["h"], means=False)
    >>> print(gaussian_locus(M, generic_ranks(M)))
    exactly on {b_h_b = 0}
    """
    d, n = len(model.parameters), model.n_visible
    if ranks.joint < d or d > PARAMETERS or n * (n + 3) // 2 > COORDINATES:
        return None
    if ranks.visible != n * (n + 1) // 2 + (0 if model.is_centred else n) or ranks.visible > bounds(model).visible:
        return None
    try:
        entries = [e for row in gaussian_scores(model).defect.rows for e in row if e]
    except BudgetError:
        return None
    factors = min((_vanishing(model, e) for e in entries), key=len)
    components = []
    for factor in factors:
        if any(_divided(e, factor) is None for e in entries):
            return None
        component = _component(model, factor, ranks)
        if component is None:
            return None
        components.append(component)
    return Where.solved(components)


def _vanishing(model: Gaussian, entry: RationalFunction) -> list[RationalFunction]:
    """The factors of the numerator that are not seen to be of one sign on the domain."""
    field = model.field
    numerator = field.fraction(entry.num, field.one.num)
    return [f for f, _ in numerator.factors()[1] if signs(model, f) is None]


def _divided(entry: RationalFunction, factor: RationalFunction) -> RationalFunction | None:
    """The quotient of the numerator by a factor; None where it does not divide it."""
    quotient = entry.field.fraction(entry.num, entry.field.one.num) / factor
    return quotient if quotient.den.is_one() else None


def _component(model: Gaussian, factor: RationalFunction, ranks: Ranks) -> LocusComponent | None:
    """The set where a generator is 0, with an admissible point on it."""
    field = model.field
    found = next((i for i in range(len(field.generators)) if field.generator(i) == factor), None)
    if found is None:
        return None
    point = find_point(model, lambda r: r[:2] == ranks[:2] and r.cylindrical, zero=found)
    if point is None:
        return None
    g = field.generators[found]
    split = Ranks(ranks.joint, ranks.visible, ranks.joint - ranks.visible)
    return LocusComponent((g,), {g: g * 0}, (), len(field.generators) - 1, point, split, largest=True)
