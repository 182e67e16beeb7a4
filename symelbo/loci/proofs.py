"""Proofs that polynomials are positive on a domain, as data: what is known, steps, sums of products.

Known at first are, by lemma 10 of :mod:`symelbo.checker`: ``("d", k)`` numerator times denominator of inequality k of
the domain; ``("g", k)`` generator k if it is an exponential, and its square (only nonnegative) if not; ``("w", x)`` the
weight of state x.  What follows from these is a step ``("s", k)``: a polynomial P with ``P m = sum c prod known**e``,
all c positive, m a product of known polynomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, TypeAlias

import sympy

from symelbo.exact import RationalFunction

Exponents: TypeAlias = tuple[int, ...]
Form: TypeAlias = tuple[str, int]
Powers: TypeAlias = dict[Form, int]


@dataclass(frozen=True, slots=True)
class Step:
    """``polynomial * multiplier = sum of terms``, so that it is positive wherever what is known before is."""

    polynomial: RationalFunction
    multiplier: Powers
    terms: tuple[tuple[Fraction, Powers], ...]


class SumOfProducts(Protocol):
    """``sum_k c_k prod_j forms[j]**e_kj`` with positive c_k, as :class:`PositiveWitness`."""

    @property
    def forms(self) -> tuple[RationalFunction, ...]:
        """Expressions that are known to be positive, or squares of generators."""
        ...

    @property
    def terms(self) -> tuple[tuple[Fraction, tuple[int, ...]], ...]:
        """Pairs of a coefficient and an exponent for every form."""
        ...


@dataclass(frozen=True, slots=True)
class Products:
    """A sum of products by itself."""

    forms: tuple[RationalFunction, ...]
    terms: tuple[tuple[Fraction, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class PositiveWitness:
    """``polynomial = sum_k c_k prod_j forms[j] ** e_kj`` with positive c_k: positive wherever the forms are.

    Attributes
    ----------
    polynomial : RationalFunction
        With denominator 1.
    forms : expressions that are positive on the domain (a square ``g**2`` of a free parameter only non-negative)
    strict : for every form whether it is positive, not merely non-negative
    terms : pairs (coefficient, exponents)
    """

    polynomial: RationalFunction
    forms: tuple[RationalFunction, ...]
    strict: tuple[bool, ...]
    terms: tuple[tuple[Fraction, Exponents], ...]

    def expression(self) -> sympy.Expr:
        """Return the sum of products as it stands."""
        convert = self.polynomial.field.to_sympy
        return sympy.Add(
            *(
                sympy.Mul(
                    sympy.Rational(c.numerator, c.denominator),
                    *(convert(f) ** k for f, k in zip(self.forms, e, strict=True) if k),
                )
                for c, e in self.terms
            )
        )

    def as_dict(self) -> dict[str, object]:
        """Return the witness as data: kind "positive", the polynomial, the forms and the terms."""
        convert = self.polynomial.field.to_sympy
        used = [j for j in range(len(self.forms)) if any(e[j] for _, e in self.terms)]
        return {
            "kind": "positive",
            "polynomial": str(convert(self.polynomial, factored=False)),
            "forms": [str(convert(self.forms[j])) for j in used],
            "terms": [{"coefficient": str(c), "powers": [e[j] for j in used]} for c, e in self.terms],
        }

    def __str__(self) -> str:
        return str(self.expression())


def verify_positive(witness: PositiveWitness, positive: Sequence[RationalFunction]) -> bool:
    """Check a witness from its definition alone: multiply out, and look up its forms.

    Parameters
    ----------
    witness : PositiveWitness
    positive : elements known to be positive on the domain
        Every strict form has to be one of them; every other one the square of a generator.
    """
    field = witness.polynomial.field
    squares = [field.generator(i) ** 2 for i in range(len(field.generators))]
    for form, strict in zip(witness.forms, witness.strict, strict=True):
        if not any(form == known for known in (positive if strict else squares)):
            return False
    if any(c <= 0 for c, _ in witness.terms):
        return False
    if not any(all(s or not k for s, k in zip(witness.strict, e, strict=True)) for _, e in witness.terms):
        return False
    total = field.zero
    for c, exponents in witness.terms:
        term = field.constant(c)
        for form, k in zip(witness.forms, exponents, strict=True):
            term = term * form**k
        total = total + term
    return total == witness.polynomial


@dataclass(frozen=True, slots=True)
class Sign:
    """The sign +1 or -1 of a polynomial on a whole domain, with the witness for its absolute value.

    ``witness`` is None where the polynomial has one variable and no root in its interval (``reason`` says so).
    """

    sign: int
    witness: PositiveWitness | None
    reason: str
