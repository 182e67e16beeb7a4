"""What symbolic evaluation would cost, estimated before it is begun.

The entries of G, G_V, U and W have as common denominator the product of the distinct irreducible factors of the
probabilities, joint or visible; the number of terms of that product is what makes them large or small.  It is
computed exactly as long as it stays below the limit, so that the estimate is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable

from symelbo.exact import RationalFunction
from symelbo.geometry import geometry
from symelbo.models.parametrization import Parametrization

__all__ = ["is_affordable"]

# |X| * d, and terms of the common denominator, up to which formulas are evaluated over the field.
SHAPE_LIMIT = 100
TERM_LIMIT = 6000


def is_affordable(model: Parametrization) -> bool:
    """Whether the identities of the statements are evaluated over the field; otherwise they are at exact points."""
    if model.space.n_states * len(model.parameters) > SHAPE_LIMIT:
        return False
    joint = [*model.factor_table.factors, model.partition]
    return _stays_small(joint) and _stays_small(geometry(model).visible_probabilities)


def _stays_small(elements: Iterable[RationalFunction]) -> bool:
    """Whether the product of the distinct irreducible factors has at most TERM_LIMIT terms."""
    distinct: dict[str, RationalFunction] = {}
    for element in elements:
        for factor, _ in element.factors()[1]:
            distinct.setdefault(str(factor.num), factor)
    factors = sorted(distinct.values(), key=lambda f: len(f.num))
    if not factors:
        return True
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
        if len(product.num) > TERM_LIMIT:
            return False
    return len(product.num) <= TERM_LIMIT
