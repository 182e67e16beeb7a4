"""What inequalities leave of one generator, the others chosen or bounded: open intervals, and rationals in them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from symelbo.errors import DomainError
from symelbo.exact import Field, Rational, RationalFunction, as_rational

Interval: TypeAlias = tuple[Fraction | None, Fraction | None]


@dataclass(frozen=True, slots=True)
class Condition:
    """A constraint prepared for the search: the generators in it, and its coefficients when it is linear."""

    element: RationalFunction
    support: frozenset[int]
    linear: tuple[Fraction, dict[int, Fraction]] | None

    @classmethod
    def of(cls, element: RationalFunction) -> Condition:
        """Prepare ``element > 0``."""
        degrees = zip(element.num.degrees(), element.den.degrees(), strict=True)
        support = frozenset(i for i, (a, b) in enumerate(degrees) if a > 0 or b > 0)
        return cls(element, support, element.affine_form())

    def allowed(self, g: int, chosen: dict[int, Rational], bounds: list[Interval]) -> list[Interval] | None:
        """Intervals for generator g that the condition leaves open, None where it says nothing yet."""
        if self.linear is not None:
            return self._allowed_linear(g, chosen, bounds)
        if all(k == g or k in chosen for k in self.support):
            return _positive_intervals(self.element, g, chosen)
        return None

    def _allowed_linear(self, g: int, chosen: dict[int, Rational], bounds: list[Interval]) -> list[Interval] | None:
        """With the generators not yet chosen at the end of their bounds that is best for the condition."""
        best, coefficients = self.linear  # type: ignore[misc]  # only called when it is linear
        for k, c in coefficients.items():
            if k == g:
                continue
            if k in chosen:
                end: Fraction | None = Fraction(int(chosen[k].p), int(chosen[k].q))
            else:
                end = bounds[k][1] if c > 0 else bounds[k][0]
            if end is None:
                return None
            best += c * end
        root = -best / coefficients[g]
        return [(root, None)] if coefficients[g] > 0 else [(None, root)]


def bounds_of(field: Field, conditions: list[Condition]) -> list[Interval]:
    """Return for every generator the interval that the linear conditions on it alone leave."""
    result: list[Interval] = []
    for g in range(len(field.generators)):
        interval: Interval = (Fraction(0), None) if field.is_exponential(g) else (None, None)
        for condition in conditions:
            if condition.linear is not None and condition.support == {g}:
                for low, high in condition.allowed(g, {}, []) or []:
                    interval = (_extreme(max, interval[0], low), _extreme(min, interval[1], high))
        result.append(interval)
    return result


def _extreme(
    choose: Callable[[Fraction, Fraction], Fraction], a: Fraction | None, b: Fraction | None
) -> Fraction | None:
    """The larger (smaller) of two ends, None being no end."""
    return b if a is None else a if b is None else choose(a, b)


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """Return the rational of smallest denominator strictly between two rationals (Stern-Brocot).

    >>> simplest_between(Fraction(3, 10), Fraction(2, 5))
    Fraction(1, 3)
    """
    if low < 0 < high:
        return Fraction(0)
    if high <= 0:
        return -simplest_between(-high, -low)
    whole = low.numerator // low.denominator
    if whole + 1 < high:
        return Fraction(whole + 1)
    rest_low, rest_high = low - whole, high - whole
    if rest_low == 0:
        return whole + Fraction(1, int(1 / rest_high) + 1)
    return whole + 1 / simplest_between(1 / rest_high, 1 / rest_low)


def _positive_intervals(element: RationalFunction, g: int, chosen: dict[int, Rational]) -> list[Interval]:
    """Intervals of generator g on which the element is positive, up to rounding: a proposal, tested exactly later."""
    breaks = sorted({r for p in (element.num, element.den) for r in _real_roots(p, g, chosen)})
    ends: list[Fraction | None] = [None, *breaks, None]
    values = [chosen.get(i, as_rational(0)) for i in range(len(element.field.generators))]
    result: list[Interval] = []
    for low, high in pairwise(ends):
        values[g] = as_rational(_middle(low, high))
        try:
            if element.evaluate(values) > 0:
                result.append((low, high))
        except DomainError:
            continue
    return result


def _real_roots(polynomial: Any, g: int, chosen: dict[int, Rational]) -> list[Fraction]:
    """Approximate real roots in generator g with the others at their chosen values."""
    coefficients: dict[int, Fraction] = {}
    for exponents, c in polynomial.to_dict().items():
        value = c
        for i, e in enumerate(exponents):
            if i != g and e:
                value = value * chosen[i] ** int(e)
        k = int(exponents[g])
        coefficients[k] = coefficients.get(k, Fraction(0)) + Fraction(int(value.p), int(value.q))
    top = max((k for k, c in coefficients.items() if c), default=0)
    if top <= 1:
        return [-coefficients.get(0, Fraction(0)) / coefficients[1]] if top else []
    largest = max(map(abs, coefficients.values()))  # floats have a largest number, coefficients have none
    numeric = [float(coefficients.get(k, Fraction(0)) / largest) for k in range(top, -1, -1)]
    return [Fraction(r.real).limit_denominator(10**6) for r in np.roots(numeric) if abs(r.imag) < 1e-9]


def _middle(low: Fraction | None, high: Fraction | None) -> Fraction:
    if low is None:
        return Fraction(0) if high is None else high - 1
    return low + 1 if high is None else (low + high) / 2


def common(first: list[Interval], second: list[Interval]) -> list[Interval]:
    """Return what intervals have in common."""
    result = []
    for a, b in first:
        for c, d in second:
            low, high = _extreme(max, a, c), _extreme(min, b, d)
            if low is None or high is None or low < high:
                result.append((low, high))
    return result


def pick(
    low: Fraction | None,
    high: Fraction | None,
    *,
    rng: random.Random,
    spread: int,
    finer: int,
    scale: Fraction,
    offset: int,
) -> Fraction:
    """A rational in an open interval: at first a very simple one, then any one; after failures a finer choice."""
    scale /= 2 ** rng.randint(0, 4 * finer) if finer else 1
    if low is None and high is None:
        low, high = offset * scale, scale
    elif low is None:
        assert high is not None  # both None is the case above
        low = high - scale
    elif high is None:
        high = low + (scale if low or finer else 2 * spread)
    pieces = rng.choice((1, 2, 3) if spread == 1 else (1, 2, 3, 3 + spread))
    if finer:
        pieces *= rng.randint(1, 4**finer)
    k = rng.randrange(pieces)
    width = (high - low) / pieces
    return simplest_between(low + k * width, low + (k + 1) * width)
