"""What symbolic evaluation would cost, estimated before it is begun: the estimate decides the route.

The entries of G, G_V, U and W have as common denominator the product of the distinct irreducible factors of the
probabilities, joint or visible; the number of terms of that product is what makes them large or small.  It is
computed exactly as long as it stays below the limit, so that the estimate is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symelbo.budget import LIMITS
from symelbo.exact import RationalFunction
from symelbo.geometry import generic_screen, geometry
from symelbo.models.parametrization import Parametrization

__all__ = ["Estimate", "estimate", "is_affordable"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """The size of a model's tables, and of the denominators of its formulas (None: not computed, or too large)."""

    states: int
    visible_states: int
    parameters: int
    terms: int | None

    @property
    def symbolic(self) -> bool:
        """Whether formulas are evaluated over the field; otherwise they are at exact points."""
        return self.terms is not None

    def __str__(self) -> str:
        size = f"|X| = {self.states}, |V| = {self.visible_states}, d = {self.parameters}"
        if self.terms is not None:
            return f"{size}, denominators of up to {self.terms} terms: formulas are evaluated over the field"
        if self.states * self.parameters > LIMITS.symbolic_shape:
            return f"{size}, |X| d > {LIMITS.symbolic_shape}: formulas are evaluated at exact points"
        return f"{size}, denominators or minors with too many terms: formulas are evaluated at exact points"


def estimate(model: Parametrization) -> Estimate:
    """Return what evaluating the statements' formulas over the field would cost."""
    size = model.space.n_states, model.space.n_visible, len(model.parameters)
    if size[0] * size[2] > LIMITS.symbolic_shape:
        return Estimate(*size, None)
    joint = _terms([*model.factor_table.factors, model.partition])
    visible = None if joint is None else _terms(geometry(model).visible_probabilities)
    if joint is None or visible is None:
        return Estimate(*size, None)
    terms = max(joint, visible)
    # W inverts a matrix of this order whose entries have these denominators; its minors have their powers.
    annihilator = size[1] - generic_screen(model).ranks().visible
    order = min(annihilator, size[1] - annihilator)
    return Estimate(*size, terms if terms**order <= LIMITS.inverse_terms else None)


def is_affordable(model: Parametrization) -> bool:
    """Whether the identities of the statements are evaluated over the field; otherwise they are at exact points."""
    return estimate(model).symbolic


def _terms(elements: Iterable[RationalFunction]) -> int | None:
    """The number of terms of the product of the distinct irreducible factors; None if beyond the limit."""
    distinct: dict[str, RationalFunction] = {}
    for element in elements:
        for factor, _ in element.factors()[1]:
            distinct.setdefault(str(factor.num), factor)
    factors = sorted(distinct.values(), key=lambda f: len(f.num))
    if not factors:
        return 1
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
        if len(product.num) > LIMITS.symbolic_terms:
            return None
    terms = len(product.num)
    return terms if terms <= LIMITS.symbolic_terms else None
