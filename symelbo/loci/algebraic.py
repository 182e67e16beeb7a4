"""Real algebraic numbers: the field Q(alpha) of one real root, with signs certified by rational intervals.

An element is a polynomial in alpha below the degree of its minimal polynomial, coefficients constant term first.
Equality is that of coefficients; the sign is found by bisection of the isolating interval, which ends because a
nonzero element is a nonzero number.  Reference: Cohen (1993), A Course in Computational Algebraic Number Theory, 4.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

import sympy

from symelbo.errors import ExactnessError
from symelbo.exact import RationalFunction

__all__ = ["AlgebraicNumber", "RealRoot", "evaluate", "nullspace", "rank", "real_roots"]

Coefficients: TypeAlias = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class RealRoot:
    """A real root alpha of an irreducible polynomial: the only one between ``low`` and ``high``.

    >>> root = real_roots([-2, 0, 1])[1]
    >>> root.generator() * root.generator()
    2
    """

    minimal: Coefficients
    low: Fraction
    high: Fraction
    symbolic: sympy.Expr = field(compare=False)

    def element(self, coefficients: Iterable[Fraction | int]) -> AlgebraicNumber:
        """Return ``sum_k c_k alpha**k``."""
        return AlgebraicNumber(self, _remainder([Fraction(c) for c in coefficients], self.minimal))

    def generator(self) -> AlgebraicNumber:
        """Return alpha."""
        return self.element([0, 1])

    def constant(self, value: object) -> AlgebraicNumber:
        """Return a rational number as an element."""
        return self.element([_fraction(value)])

    def refined(self) -> RealRoot:
        """Return the same root in an interval of half the width."""
        middle = (self.low + self.high) / 2
        at = _value(self.minimal, middle)
        if not at:
            return RealRoot(self.minimal, middle, middle, self.symbolic)
        same = (at > 0) == (_value(self.minimal, self.low) > 0)
        low, high = (middle, self.high) if same else (self.low, middle)
        return RealRoot(self.minimal, low, high, self.symbolic)


@dataclass(frozen=True, slots=True)
class AlgebraicNumber:
    """An element of Q(alpha)."""

    root: RealRoot
    coefficients: Coefficients

    def __bool__(self) -> bool:
        return any(self.coefficients)

    def __add__(self, other: AlgebraicNumber) -> AlgebraicNumber:
        return self.root.element(_add(self.coefficients, other.coefficients))

    def __neg__(self) -> AlgebraicNumber:
        return AlgebraicNumber(self.root, tuple(-c for c in self.coefficients))

    def __sub__(self, other: AlgebraicNumber) -> AlgebraicNumber:
        return self + (-other)

    def __mul__(self, other: AlgebraicNumber) -> AlgebraicNumber:
        return self.root.element(_times(self.coefficients, other.coefficients))

    def __truediv__(self, other: AlgebraicNumber) -> AlgebraicNumber:
        return self * other.inverse()

    def __pow__(self, exponent: int) -> AlgebraicNumber:
        base = self if exponent >= 0 else self.inverse()
        result = self.root.constant(1)
        for _ in range(abs(exponent)):
            result = result * base
        return result

    def inverse(self) -> AlgebraicNumber:
        """Return 1/self, by the extended Euclidean algorithm."""
        if not self:
            raise ZeroDivisionError("division by the algebraic number 0")
        a, b = list(self.root.minimal), list(self.coefficients)
        s: list[Fraction] = []
        t = [Fraction(1)]
        while len(b) > 1:
            quotient, rest = _divide(a, b)
            a, b = b, rest
            s, t = t, _add(s, [-c for c in _times(quotient, t)])
        return self.root.element([c / b[0] for c in t])

    def sign(self) -> int:
        """Return the sign, exactly."""
        if not self:
            return 0
        root = self.root
        while True:
            low, high = _enclosure(self.coefficients, root.low, root.high)
            if low > 0:
                return 1
            if high < 0:
                return -1
            root = root.refined()

    def to_sympy(self) -> sympy.Expr:
        """Return the number as a sympy expression in the root."""
        powers = (sympy.Rational(c.numerator, c.denominator) * self.root.symbolic**k
                  for k, c in enumerate(self.coefficients))  # fmt: skip
        return sympy.expand(sympy.Add(*powers))

    def __repr__(self) -> str:
        return str(self.to_sympy())


def real_roots(coefficients: Sequence[object]) -> list[RealRoot]:
    """Return the distinct real roots of a polynomial over Q (constant term first), in increasing order.

    >>> [r.symbolic for r in real_roots([-2, -1, 2, 1])]
    [-2, -1, 1]
    """
    x = sympy.Symbol("x")
    exact = [sympy.Rational(c.numerator, c.denominator) for c in map(_fraction, coefficients)]
    _, factors = sympy.Poly(exact[::-1], x, domain=sympy.QQ).factor_list()
    found = []
    for factor, _ in factors:
        if factor.degree() < 1:
            continue
        minimal = tuple(_fraction(c) for c in reversed(factor.monic().all_coeffs()))
        symbolic = factor.real_roots() if factor.degree() > 2 else sorted(sympy.roots(factor, x), key=sympy.re)
        symbolic = [r for r in symbolic if r.is_real]
        for (interval, _), value in zip(factor.intervals(), symbolic, strict=True):
            low, high = (_fraction(e) for e in interval)
            if minimal[0] and low <= 0 <= high and low < high:
                low, high = _away_from_zero(minimal, low, high)
            found.append(RealRoot(minimal, low, high, value))
    return sorted(found, key=lambda r: sympy.N(r.symbolic, 30))


def _away_from_zero(minimal: Coefficients, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    positive = (_value(minimal, Fraction(0)) > 0) == (_value(minimal, low) > 0)
    return (Fraction(0), high) if positive and low < 0 else (low, high) if low == 0 else (low, Fraction(0))


def evaluate(element: RationalFunction, values: Sequence[AlgebraicNumber], root: RealRoot) -> AlgebraicNumber:
    """Return the value of a rational function at algebraic values of the generators."""

    def polynomial(terms: Iterable[tuple[tuple[int, ...], object]]) -> AlgebraicNumber:
        total = root.constant(0)
        for exponents, c in terms:
            term = root.constant(c)
            for v, k in zip(values, exponents, strict=True):
                if k:
                    term = term * v ** int(k)
            total = total + term
        return total

    return polynomial(element.num.to_dict().items()) / polynomial(element.den.to_dict().items())


def rank(rows: Sequence[Sequence[AlgebraicNumber]]) -> int:
    """Return the rank of a matrix over Q(alpha)."""
    return len(_reduced(rows)[1])


def nullspace(rows: Sequence[Sequence[AlgebraicNumber]], root: RealRoot) -> list[list[AlgebraicNumber]]:
    """Return a basis of the null space of a matrix over Q(alpha)."""
    reduced, pivots = _reduced(rows)
    width = len(rows[0])
    basis = []
    for free in (j for j in range(width) if j not in pivots):
        vector = [root.constant(0)] * width
        vector[free] = root.constant(1)
        for row, pivot in zip(reduced, pivots, strict=False):
            vector[pivot] = -row[free]
        basis.append(vector)
    return basis


def _reduced(rows: Sequence[Sequence[AlgebraicNumber]]) -> tuple[list[list[AlgebraicNumber]], list[int]]:
    work = [list(r) for r in rows]
    pivots: list[int] = []
    for j in range(len(work[0]) if work else 0):
        top = len(pivots)
        found = next((i for i in range(top, len(work)) if work[i][j]), None)
        if found is None:
            continue
        work[top], work[found] = work[found], work[top]
        inverse = work[top][j].inverse()
        work[top] = [e * inverse for e in work[top]]
        for i, row in enumerate(work):
            if i != top and row[j]:
                factor = row[j]
                work[i] = [a - factor * b if b else a for a, b in zip(row, work[top], strict=True)]
        pivots.append(j)
    return work, pivots


def _fraction(value: object) -> Fraction:
    if isinstance(value, int | Fraction):
        return Fraction(value)
    for top, bottom in (("p", "q"), ("numerator", "denominator")):
        if hasattr(value, top):
            return Fraction(int(getattr(value, top)), int(getattr(value, bottom)))
    raise ExactnessError(f"{value!r} is not a rational number")


def _trimmed(values: list[Fraction]) -> list[Fraction]:
    while values and not values[-1]:
        values.pop()
    return values


def _add(a: Sequence[Fraction], b: Sequence[Fraction]) -> list[Fraction]:
    n = max(len(a), len(b))
    zero = Fraction(0)
    return _trimmed([(a[k] if k < len(a) else zero) + (b[k] if k < len(b) else zero) for k in range(n)])


def _times(a: Sequence[Fraction], b: Sequence[Fraction]) -> list[Fraction]:
    if not a or not b:
        return []
    result = [Fraction(0)] * (len(a) + len(b) - 1)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            result[i + j] += x * y
    return _trimmed(result)


def _divide(a: Sequence[Fraction], b: Sequence[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
    rest = list(a)
    quotient = [Fraction(0)] * max(len(a) - len(b) + 1, 0)
    while len(rest) >= len(b):
        factor, shift = rest[-1] / b[-1], len(rest) - len(b)
        quotient[shift] = factor
        for k, c in enumerate(b):
            rest[shift + k] -= factor * c
        rest.pop()
        _trimmed(rest)
    return quotient, rest


def _remainder(a: Sequence[Fraction], b: Sequence[Fraction]) -> Coefficients:
    return tuple(_trimmed(_divide(_trimmed(list(a)), b)[1]))


def _value(coefficients: Sequence[Fraction], at: Fraction) -> Fraction:
    total = Fraction(0)
    for c in reversed(coefficients):
        total = total * at + c
    return total


def _enclosure(coefficients: Sequence[Fraction], low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """Bounds of a polynomial on an interval, by Horner's scheme."""
    below = above = Fraction(0)
    for c in reversed(coefficients):
        products = (below * low, below * high, above * low, above * high)
        below, above = min(products) + c, max(products) + c
    return below, above
