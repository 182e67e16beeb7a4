"""Elements of a field ``Q(theta, t)`` in normal form: arithmetic, derivatives, values, and the only zero test.

Numerator and denominator are coprime, the denominator is primitive over the integers with positive leading coefficient
in the lexicographic order: an element is zero exactly when its numerator is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import flint

from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import polynomials
from symelbo.exact.numbers import Rational
from symelbo.exact.polynomials import Polynomial

if TYPE_CHECKING:
    from symelbo.exact.field import Field

__all__ = ["RationalFunction", "Value", "is_positive", "normal_form"]

Value: TypeAlias = Any  # a rational, or an element of a field of numbers Q(exp(1/N)); both have + - * / and order


class RationalFunction:
    """An element of a :class:`Field` in normal form; supports ``+ - * /``, integer powers, ``==`` and truth value.

    >>> import sympy
    >>> from symelbo.exact.field import Field
    >>> K = Field(sympy.symbols("x y"))
    >>> x, y = K.generator(0), K.generator(1)
    >>> (x * x - y * y) / (x + y) == x - y
    True
    """

    __slots__ = ("den", "field", "num")

    def __init__(self, field: Field, num: Polynomial, den: Polynomial) -> None:
        self.field = field
        self.num = num
        self.den = den

    def __bool__(self) -> bool:
        return not self.num.is_zero()

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RationalFunction):
            return bool(self.num == other.num and self.den == other.den)
        if isinstance(other, int):
            return bool(self.den.is_one() and self.num == self.field._context.constant(other))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # flint polynomials are unhashable

    def __repr__(self) -> str:
        return str(self.field.to_sympy(self))

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return _restored, (self.field, polynomials.terms(self.num), polynomials.terms(self.den))

    def __neg__(self) -> RationalFunction:
        return RationalFunction(self.field, -self.num, self.den)

    def __add__(self, other: RationalFunction) -> RationalFunction:
        if self.den == other.den:
            return normal_form(self.field, self.num + other.num, self.den)
        return normal_form(self.field, *polynomials.added(self.num, self.den, other.num, other.den))

    def __sub__(self, other: RationalFunction) -> RationalFunction:
        return self + (-other)

    def __mul__(self, other: RationalFunction) -> RationalFunction:
        a, b, c, d = self.num, self.den, other.num, other.den
        if a.is_zero() or c.is_zero():
            return self.field.zero
        # Cancel crosswise before multiplying: the product of normal forms is then one again.
        if not d.is_one():
            a, d = polynomials.cancelled(a, d)
        if not b.is_one():
            c, b = polynomials.cancelled(c, b)
        return _with_unit(self.field, a * c, b * d)

    def __truediv__(self, other: RationalFunction) -> RationalFunction:
        if other.num.is_zero():
            raise ZeroDivisionError("division by the zero element of " + repr(self.field))
        return self * _with_unit(self.field, other.den, other.num)

    def __pow__(self, exponent: int) -> RationalFunction:
        if exponent < 0:
            return self.field.one / self ** (-exponent)
        return RationalFunction(self.field, self.num**exponent, self.den**exponent)

    @property
    def is_constant(self) -> bool:
        """Whether the element is a rational number."""
        return bool(self.num.is_constant() and self.den.is_constant())

    def rational_value(self) -> Rational:
        """Return the value of a constant element."""
        if not self.is_constant:
            raise ExactnessError(f"{self} is not a constant")
        zero = (0,) * len(self.field.generators)
        return self.num[zero] / self.den[zero]

    def derivative(self, parameter: int) -> RationalFunction:
        """Return the derivative with respect to parameter number ``parameter``."""
        return self.gradient()[parameter]

    def gradient(self) -> list[RationalFunction]:
        """Return the derivatives with respect to all parameters."""
        field = self.field
        terms: list[list[RationalFunction]] = [[] for _ in field.parameters]
        support = zip(self.num.degrees(), self.den.degrees(), strict=True)
        for g in (g for g, degrees in enumerate(support) if max(degrees) > 0):
            outer_num, outer_den = self.num.derivative(g), self.den.derivative(g)
            numerator = outer_num * self.den - self.num * outer_den
            if numerator.is_zero():
                continue
            outer = normal_form(field, numerator, self.den * self.den)
            for parameter, inner in field.generator_derivatives(g).items():
                terms[parameter].append(outer * inner)
        zero = field.zero
        return [field.sum(t) if t else zero for t in terms]

    def evaluate(self, values: Sequence[Value]) -> Value:
        """Return the value at values of the generators; DomainError where the denominator vanishes.

        Values are rationals, or elements of one field of numbers (then so is the result).
        """
        den = _polynomial_value(self.den, values)
        if not den:
            raise DomainError(f"the denominator of {self} vanishes at this point")
        return _polynomial_value(self.num, values) / den

    def ball(self, bits: int = 64) -> flint.arb:
        """Return an interval that contains the number, for an element of a field of numbers."""
        if not self.field.is_number_field:
            raise ExactnessError(f"{self} is not a number")
        if not self.field.generators:
            return flint.arb(self.rational_value())
        before, flint.ctx.prec = flint.ctx.prec, bits
        try:
            constant = self.field.exponent(0)[-1]
            at = [flint.arb(flint.fmpq(constant.numerator, constant.denominator)).exp()]
            num, den = (
                sum((flint.arb(c) * at[0] ** int(k[0]) for k, c in p.to_dict().items()), flint.arb(0))
                for p in (self.num, self.den)
            )
            return num / den
        finally:
            flint.ctx.prec = before

    def sign(self) -> int:
        """Return the sign of a number: 0 by the normal form, otherwise certified by intervals of growing precision.

        ``exp(1/N)`` is transcendental (Lindemann), so an element with a nonzero normal form is a nonzero number and
        the intervals separate it from 0 in the end.
        """
        if not self:
            return 0
        bits = 64
        while True:
            ball = self.ball(bits)
            if ball > 0:
                return 1
            if ball < 0:
                return -1
            bits *= 2

    def __lt__(self, other: RationalFunction | Rational | int) -> bool:
        return self._minus(other).sign() < 0

    def __gt__(self, other: RationalFunction | Rational | int) -> bool:
        return self._minus(other).sign() > 0

    def __le__(self, other: RationalFunction | Rational | int) -> bool:
        return self._minus(other).sign() <= 0

    def __ge__(self, other: RationalFunction | Rational | int) -> bool:
        return self._minus(other).sign() >= 0

    def _minus(self, other: RationalFunction | Rational | int) -> RationalFunction:
        return self - (other if isinstance(other, RationalFunction) else self.field.constant(other))

    def __float__(self) -> float:
        return float(self.ball(128).mid())

    def terms(self) -> dict[tuple[int, ...], Rational]:
        """Return the terms of a polynomial element."""
        if not self.den.is_one():
            raise ExactnessError(f"{self} is not a polynomial")
        return dict(self.num.to_dict())

    def affine_form(self) -> tuple[Fraction, dict[int, Fraction]] | None:
        """Return ``c_0 + sum c_i g_i`` as (c_0, {i: c_i}), None for anything else."""
        if not self.den.is_one() or self.num.total_degree() > 1:
            return None
        linear = {k.index(1) if any(k) else None: Fraction(int(c.p), int(c.q)) for k, c in self.terms().items()}
        constant = linear.pop(None, Fraction(0))
        return constant, {i: c for i, c in linear.items() if i is not None}

    def factors(self) -> tuple[Rational, list[tuple[RationalFunction, int]]]:
        """Return ``(c, [(f, e), ...])`` with ``self = c * prod f**e``, the f irreducible with integer coefficients."""
        one = self.field._context.constant(1)
        unit, above = polynomials.signed_factors(self.num)
        denominator_unit, below = polynomials.signed_factors(self.den)
        powers = [(RationalFunction(self.field, f, one), e) for f, e in above]
        powers += [(RationalFunction(self.field, f, one), -e) for f, e in below]
        return unit / denominator_unit, powers


def _restored(
    field: Field, num: dict[tuple[int, ...], Rational], den: dict[tuple[int, ...], Rational]
) -> RationalFunction:
    """An element from the terms of its normal form."""
    return RationalFunction(field, field._context.from_dict(num), field._context.from_dict(den))


def is_positive(value: Value) -> bool:
    """Whether a number (rational, or in a field of numbers) is positive; exact.

    >>> import sympy
    >>> from symelbo.exact.field import Field
    >>> K = Field((), [sympy.exp(sympy.Rational(1, 2))])
    >>> is_positive(K.from_sympy(sympy.exp(1) - 2)), is_positive(K.from_sympy(sympy.exp(sympy.Rational(1, 2)) - 2))
    (True, False)
    """
    return bool(value > 0)


def _polynomial_value(polynomial: Polynomial, values: Sequence[Value]) -> Value:
    target = next((v.field for v in values if isinstance(v, RationalFunction)), None)
    if target is None:
        return flint.fmpq(polynomial(*values))
    terms = []
    for exponents, c in polynomial.to_dict().items():
        term = target.constant(c)
        for v, k in zip(values, exponents, strict=True):
            if k:
                term = term * v ** int(k)
        terms.append(term)
    return target.sum(terms)


def normal_form(field: Field, num: Polynomial, den: Polynomial) -> RationalFunction:
    """Return the quotient of two polynomials as an element."""
    if num.is_zero():
        return field.zero
    if den.is_one():
        return RationalFunction(field, num, den)
    return _with_unit(field, *polynomials.cancelled(num, den))


def _with_unit(field: Field, num: Polynomial, den: Polynomial) -> RationalFunction:
    """Move the rational content and the sign of a coprime denominator to the numerator."""
    if den.is_one():
        return RationalFunction(field, num, den)
    content = polynomials.content(den)
    if content != 1:
        num, den = num / content, den / content
    return RationalFunction(field, num, den)
