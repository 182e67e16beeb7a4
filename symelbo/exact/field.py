"""The field ``K = Q(theta, t)``: its generators, its derivations, what is read into it, and its elements.

A model lives over the rational functions in its parameters ``theta_i``, in known constants, which are not
differentiated, and in exponentials ``t_j = exp(f_j)`` of polynomials ``f_j`` over ``Q`` in both.  The exponents are
brought to a basis of the lattice they span, so that ``theta`` and the ``t_j`` are algebraically independent over ``Q``:
products of powers of the ``t_j`` are exponentials of different polynomials, which are linearly independent over
``C(theta)`` when no two of these differ by a constant, and e is transcendental.  Elements are in normal form: numerator
and denominator coprime, the denominator primitive over the integers with positive leading coefficient in the
lexicographic order; so an element is zero exactly when its numerator is 0, the only zero test of the package.
Generators are ordered parameters first, then constants, then exponentials.  Reference: Risch (1979), structure theorem.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias

import flint
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import polynomials
from symelbo.exact.exponents import (
    Exponent,
    coordinates,
    exponent_of,
    in_exponentials,
    polynomial_form,
    refusal,
    value_of,
)
from symelbo.exact.generators import Generators
from symelbo.exact.names import Name
from symelbo.exact.numbers import Rational, as_rational, require_short
from symelbo.exact.polynomials import Polynomial, signed_factors, terms
from symelbo.typesetting.presentation import as_sum, presented

Value: TypeAlias = Any  # a rational, or an element of a field of numbers Q(exp(1/N)); both have + - * / and order


class Field(Generators):
    """The field of rational functions over ``Q`` in parameters, known constants and exponentials of polynomials.

    Two fields are equal when they have the same generators and the same parameters.

    Parameters
    ----------
    parameters : sequence of Symbol
        The ``d`` parameters with respect to which elements are differentiated.
    generators : sequence of sympy expressions, optional
        Symbols (each a parameter or a known constant) and ``exp(<polynomial>)``; default: the parameters.  The
        exponents must be linearly independent over ``Q`` and their derivatives polynomials in the symbols among the
        generators; use :meth:`containing` to obtain such generators from expressions.

    >>> x, y = sympy.symbols("x y")
    >>> K = Field([x, y])
    >>> K.from_sympy((x**2 - y**2) / (x - y))
    x + y
    >>> a, b = sympy.symbols("a b")
    >>> K = Field.containing([sympy.exp(a + b), sympy.exp(a / 2)], [a, b])
    >>> K.generators
    (exp(a/2), exp(b))
    >>> Field.containing([sympy.exp(-a * b)], [a, b]).generators
    (a, b, exp(a*b))
    """

    __slots__ = ("_context",)

    def __init__(self, parameters: Sequence[sympy.Symbol], generators: Sequence[sympy.Expr] | None = None) -> None:
        super().__init__(parameters, generators)
        self._context = flint.fmpq_mpoly_ctx.get(tuple(f"g{i}" for i in range(len(self.generators))), "lex")

    def renamed(self, parameters: Sequence[sympy.Symbol]) -> Field:
        """Return the same field with other names of its parameters."""
        names = dict(zip(self.parameters, parameters, strict=True))
        return Field(parameters, [g.xreplace(names) for g in self.generators])

    @property
    def zero(self) -> RationalFunction:
        """The element 0."""
        return RationalFunction(self, self._context.constant(0), self._context.constant(1))

    @property
    def one(self) -> RationalFunction:
        """The element 1."""
        return RationalFunction(self, self._context.constant(1), self._context.constant(1))

    def constant(self, value: object) -> RationalFunction:
        """Return a rational number as an element."""
        number = as_rational(value)
        return RationalFunction(self, self._context.constant(number), self._context.constant(1))

    def generator(self, index: int) -> RationalFunction:
        """Return the generator with this index as an element."""
        return RationalFunction(self, self._context.gen(index), self._context.constant(1))

    def polynomial(self, terms: Mapping[tuple[int, ...], object]) -> RationalFunction:
        """Return the polynomial with coefficients ``terms[exponents]``."""
        num = self._context.from_dict({k: as_rational(c) for k, c in terms.items()})
        return RationalFunction(self, num, self._context.constant(1))

    def fraction(self, num: Polynomial, den: Polynomial) -> RationalFunction:
        """Return ``num / den`` in normal form."""
        if num.is_zero():
            return self.zero
        return _with_unit(self, num, den) if den.is_one() else _with_unit(self, *polynomials.cancelled(num, den))

    def generator_rates(self, index: int) -> dict[int, RationalFunction]:
        """Return the nonzero ``d g / d theta_i`` of a symbol g, ``d log g / d theta_i`` of an exponential, by i."""
        form, d = self._exponents[index], len(self.parameters)
        if form is None:
            symbol = self.generators[index]
            return {self.parameters.index(symbol): self.one} if symbol in self.parameters else {}
        place = [self._index.get(s) for s in self.symbols]
        terms: dict[int, dict[tuple[int, ...], Fraction]] = {}
        for key, c in form.items():
            for i in (i for i in range(d) if key[i]):
                powers = [0] * len(self.generators)
                for k, (at, e) in enumerate(zip(place, key, strict=True)):
                    if left := e - (k == i):
                        if at is None:
                            raise ExactnessError(f"{self}: {self.symbols[k]} is missing, it occurs in a derivative")
                        powers[at] = left
                terms.setdefault(i, {})[tuple(powers)] = c * key[i]
        return {i: self.polynomial(part) for i, part in terms.items()}

    def values_at(self, symbols: Sequence[Rational]) -> tuple[Value, ...]:
        """Return the values of the generators at rational values of the symbols, in the smallest ``Q(exp(q))``.

        >>> x = sympy.Symbol("x")
        >>> Field([x], [x, sympy.exp(x)]).values_at([flint.fmpq(1, 2)])
        (1/2, exp(1/2))
        """
        at = [Fraction(int(v.p), int(v.q)) for v in symbols]
        exponents = [None if f is None else value_of(f, at) for f in self._exponents]
        nonzero = [e for e in exponents if e]
        plain = dict(zip(self.symbols, symbols, strict=True))
        if not nonzero:
            return tuple(
                plain[g] if e is None else flint.fmpq(1) for g, e in zip(self.generators, exponents, strict=True)
            )
        scale = lcm(*(e.denominator for e in nonzero))
        step = Fraction(gcd(*(int(e * scale) for e in nonzero)), scale)
        numbers = Field((), [sympy.exp(sympy.Rational(step.numerator, step.denominator))])
        t = numbers.generator(0)
        return tuple(
            numbers.constant(plain[g]) if e is None else t ** int(e / step)
            for g, e in zip(self.generators, exponents, strict=True)
        )

    @property
    def is_number_field(self) -> bool:
        """Whether the elements are real numbers: no parameters, and at most one generator ``exp(rational)``."""
        return not self.parameters and len(self.generators) <= 1

    def sum(self, terms: Iterable[RationalFunction]) -> RationalFunction:
        """Return the sum of many elements; terms over the same denominator are added without any gcd."""
        groups: list[tuple[Polynomial, Polynomial]] = []
        for term in terms:
            for k, (num, den) in enumerate(groups):
                if den == term.den:
                    groups[k] = (num + term.num, den)
                    break
            else:
                groups.append((term.num, term.den))
        if not groups:
            return self.zero
        while len(groups) > 1:  # pairwise, so that denominators stay balanced
            paired = [polynomials.added(*groups[k], *groups[k + 1]) for k in range(0, len(groups) - 1, 2)]
            if len(groups) % 2:
                paired.append(groups[-1])
            groups = paired
        return self.fraction(*groups[0])

    def from_sympy(
        self, expression: object, where: str = "expression", known: dict[sympy.Expr, RationalFunction] | None = None
    ) -> RationalFunction:
        """Return a sympy expression as an element; ``known`` keeps the sums, products and powers in it.

        Raises
        ------
        ExactnessError
            For floats, undeclared symbols and functions outside the field; the message names ``where``.
        """
        try:
            converted = sympy.sympify(expression, strict=True)
        except sympy.SympifyError:
            raise ExactnessError(f"{where}: {expression!r} is not an exact expression") from None
        return self._convert(converted, where, {} if known is None else known)

    def _convert(self, e: sympy.Expr, where: str, known: dict[sympy.Expr, RationalFunction]) -> RationalFunction:
        found = known.get(e)
        if found is None:
            found = known[e] = self._converted(e, where, known)
        return found

    def _converted(self, e: sympy.Expr, where: str, known: dict[sympy.Expr, RationalFunction]) -> RationalFunction:
        index = self._index.get(e)
        if index is not None:
            return self.generator(index)
        if isinstance(e, Name):
            return self._convert(e.definition, where, known)
        if e.is_Rational:
            require_short(e.p, e.q, where)
            return self.constant(e)
        if e.is_Add:
            return self.sum([self._convert(a, where, known) for a in e.args])
        if e.is_Mul:
            product = self._convert(e.args[0], where, known)
            for a in e.args[1:]:
                product = product * self._convert(a, where, known)
            return product
        if e.is_Pow and e.args[1].is_Integer:
            base = self._convert(e.args[0], where, known)
            if not base and e.args[1].is_negative:
                raise ExactnessError(f"{where}: {e} divides by zero")
            return base ** int(e.args[1])
        if isinstance(e, sympy.exp) or e is sympy.E:
            return self._monomial(polynomial_form(exponent_of(e), self.symbols, where), e, where)
        rewritten = in_exponentials(e)
        if rewritten is not None:
            return self._convert(rewritten, where, known)
        raise ExactnessError(refusal(e, self.symbols, where))

    def _monomial(self, form: Exponent, e: sympy.Expr, where: str) -> RationalFunction:
        """``exp(form)`` as a product of integer powers of the exponential generators."""
        basis = [(i, f) for i, f in enumerate(self._exponents) if f is not None]
        powers = coordinates([c for _, c in basis], form)
        if powers is None or any(c.denominator != 1 for c in powers):
            raise ExactnessError(
                f"{where}: {e} is not in the field {self}; the exponentials that may occur here are those of the "
                "table, their products and integer powers"
            )
        if any(abs(c) > LIMITS.exponent for c in powers):
            raise ExactnessError(f"{where}: {e} is a power beyond {LIMITS.exponent} of a generator of {self}")
        product = self.one
        for (index, _), power in zip(basis, powers, strict=True):
            product = product * self.generator(index) ** int(power)
        return product

    def power(self, exponent: sympy.Expr) -> tuple[RationalFunction, int] | None:
        """Return ``exp(N f)`` and the smallest N >= 1 for which it is in the field; None where there is none.

        >>> a = sympy.Symbol("a")
        >>> Field([a], [sympy.exp(4 * a / 3)]).power(a)
        (exp(4*a), 4)
        """
        try:
            form = polynomial_form(exponent, self.symbols)
        except ExactnessError:
            return None
        powers = coordinates([f for f in self._exponents if f is not None], form)
        if powers is None:
            return None
        n = lcm(*(c.denominator for c in powers))
        return self._monomial({key: n * c for key, c in form.items()}, exponent, "exponent"), n

    def to_sympy(self, element: RationalFunction, *, factored: bool = True) -> sympy.Expr:
        """Return an element as a sympy expression, by default factored with stable signs (``1 - x``, not ``x - 1``)."""
        g, num, den = self.generators, terms(element.num), terms(element.den)
        if self.is_number_field and len(num) + len(den) > LIMITS.factored_number_terms:
            return as_sum(g, num) / as_sum(g, den)
        if not factored or len(num) > LIMITS.factored_terms:
            return as_sum(g, num) / presented(g, den, terms(self._context.constant(1)), self._factors)
        return presented(g, num, den, self._factors)

    def _factors(self, polynomial: dict[tuple[int, ...], Rational]) -> tuple[Rational, list[tuple[Any, int]]]:
        unit, factors = signed_factors(self._context.from_dict(polynomial))
        return unit, [(terms(f), e) for f, e in factors]


class RationalFunction:
    """An element of a :class:`Field` in normal form; supports ``+ - * /``, integer powers, ``==`` and truth value.

    >>> import sympy
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
            return self.field.fraction(self.num + other.num, self.den)
        return self.field.fraction(*polynomials.added(self.num, self.den, other.num, other.den))

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
        return _with_unit(self.field, polynomials.product(a, c), polynomials.product(b, d))

    def __truediv__(self, other: RationalFunction) -> RationalFunction:
        if other.num.is_zero():
            raise ZeroDivisionError("division by the zero element of " + repr(self.field))
        return self * _with_unit(self.field, other.den, other.num)

    def __pow__(self, exponent: int) -> RationalFunction:
        if exponent < 0:
            return self.field.one / self ** (-exponent)
        return RationalFunction(
            self.field, polynomials.power(self.num, exponent), polynomials.power(self.den, exponent)
        )

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
            outer = field.fraction(numerator, self.den * self.den)
            inner = field.generator(g) if field.is_exponential(g) else field.one
            for parameter, rate in field.generator_rates(g).items():
                terms[parameter].append(outer * inner * rate)
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
            (constant,) = self.field.exponent(0).values()
            at = [flint.arb(flint.fmpq(constant.numerator, constant.denominator)).exp()]
            num, den = (polynomials.value_in(p, at, flint.arb) for p in (self.num, self.den))
            quotient: flint.arb = num / den
            return quotient
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
    >>> K = Field((), [sympy.exp(sympy.Rational(1, 2))])
    >>> is_positive(K.from_sympy(sympy.exp(1) - 2)), is_positive(K.from_sympy(sympy.exp(sympy.Rational(1, 2)) - 2))
    (True, False)
    """
    return bool(value > 0)


def _polynomial_value(polynomial: Polynomial, values: Sequence[Value]) -> Value:
    target = next((v.field for v in values if isinstance(v, RationalFunction)), None)
    if target is None:
        return flint.fmpq(polynomial(*values))
    return polynomials.value_in(polynomial, values, target.constant, target.sum)


def _with_unit(field: Field, num: Polynomial, den: Polynomial) -> RationalFunction:
    """Move the rational content and the sign of a coprime denominator to the numerator."""
    if den.is_one():
        return RationalFunction(field, num, den)
    content = polynomials.content(den)
    if content != 1:
        num, den = num / content, den / content
    return RationalFunction(field, num, den)
