"""Signs on the domain of a Gaussian model that are seen at once: of products and sums of what is positive there."""

from __future__ import annotations

from typing import Any

from symelbo.certificates.data import polynomial_data
from symelbo.exact import RationalFunction
from symelbo.models.gaussian import Gaussian

__all__ = ["signs"]


def signs(model: Gaussian, polynomial: RationalFunction) -> tuple[int, list[Any]] | None:
    """The sign of a polynomial and its terms as products of what is positive on the domain; None if that is not seen.

    Terms of one sign, each of generators that are positive or occur with an even power, one of positive ones alone.
    """
    if not polynomial or not polynomial.den.is_one():
        return None
    known = {str(c.element): k for k, c in enumerate(model.domain.constraints)}
    divided: dict[int, int] = {}
    for k, c in enumerate(model.domain.constraints):
        while c.element.den.is_one() and not c.element.is_constant and (rest := polynomial / c.element).den.is_one():
            polynomial, divided[k] = rest, divided.get(k, 0) + 1
    forms: list[tuple[str, int] | None] = []
    for i in range(len(model.field.generators)):
        name = str(model.field.generator(i))
        forms.append(("g", i) if model.field.is_exponential(i) else ("d", known[name]) if name in known else None)
    terms, strict, signs = [], False, set()
    for coefficient, exponents in polynomial_data(polynomial):
        powers, positive = {("d", k): e for k, e in divided.items()}, True
        for i, exponent in enumerate(exponents):
            form = forms[i]
            if exponent and form is not None:
                powers[form] = powers.get(form, 0) + exponent
            elif exponent:
                if exponent % 2:
                    return None
                powers["g", i] = exponent // 2
                positive = False
        signs.add(-1 if coefficient.startswith("-") else 1)
        strict = strict or positive
        terms.append([coefficient.removeprefix("-"), sorted([*form, e] for form, e in powers.items())])
    return (signs.pop(), terms) if strict and len(signs) == 1 else None
