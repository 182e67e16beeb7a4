"""The domain of a table that states none: where all its weights are positive."""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from symelbo.budget import LIMITS
from symelbo.exact import Field, Value, as_rational
from symelbo.models.domain import Constraint, Domain, is_evident, vanishes_nowhere
from symelbo.models.factors import FactorTable


def natural_domain(field: Field, table: FactorTable) -> Domain:
    """All weights are positive; of many, the signs of factors are stated where some state has one alone.

    Where that leaves many, they are stated as they are at a simple point: one piece of where all weights are positive.
    """
    odd = [tuple(np.flatnonzero(row % 2).tolist()) for row in table.exponents]
    wanted = {(k, c > 0): None for k, c in zip(odd, table.coefficients, strict=True)}
    evident = {f: True for f, factor in enumerate(table.factors) if is_evident(factor)}
    plain = len(evident) == len(table.factors)
    many = len(wanted) > (LIMITS.stated_exponentials if plain else LIMITS.stated_products)
    if many:
        wanted = {(tuple(f for f in k if f not in evident), sign): None for k, sign in wanted}
    alone: dict[int, bool] = {}
    while many and (found := {k[0]: sign for k, sign in wanted if len(k) == 1 and k[0] not in alone}):
        alone |= found
        wanted = {_without(k, sign, found): None for k, sign in wanted}
    left = sorted({f for k, _ in wanted if len(k) > 1 for f in k})
    if many and len(left) < len(wanted) and (at := _positive_point(field, table)):
        wanted = {w: None for w in wanted if len(w[0]) == 1}
        wanted |= {((f,), table.factors[f].evaluate(at) > 0): None for f in left}
    constraints = []
    for k, sign in wanted:
        element = field.constant(1 if sign else -1)
        for f in k:
            element = element * table.factors[f]
        if not (element.is_constant and element.rational_value() > 0):
            constraints.append(Constraint(element, f"{field.to_sympy(element)} > 0"))
    # A factor with even exponents only has to be nonzero.
    even = ~(table.exponents % 2).any(axis=0) & table.exponents.any(axis=0)
    for factor in (table.factors[f] for f in np.flatnonzero(even)):
        if not vanishes_nowhere(factor):
            square = factor**2
            constraints.append(Constraint(square, f"{field.to_sympy(square)} > 0"))
    return Domain(field, tuple(constraints)).joined(Domain.assumed(field).constraints)


def _without(odd: tuple[int, ...], sign: bool, known: Mapping[int, bool]) -> tuple[tuple[int, ...], bool]:
    """The sign of a product without the factors whose sign is known."""
    if len(odd) == 1:
        return odd, sign
    negative = sum(not known[f] for f in odd if f in known)
    return tuple(f for f in odd if f not in known), sign ^ bool(negative % 2)


def _positive_point(field: Field, table: FactorTable) -> tuple[Value, ...] | None:
    """Simple values at which all weights are positive, if they are so at one of a few."""
    rng = random.Random(0)
    for scale in (1, 4, 16, 1, 4, 16) if field.is_free else ():
        values = tuple(as_rational(Fraction(rng.randint(1, 7), 8 * scale)) for _ in field.generators)
        if table.is_positive_at(values):
            return values
    return None
