"""The field ``K = Q(theta, t)``: its elements in normal form, its derivations, and the zero test.

A model lives over the rational functions in its parameters ``theta_i`` and in exponentials
``t_j = exp(<linear form in theta>)``.  The exponents are brought to a basis of the lattice they span, so that
``theta`` and the ``t_j`` are algebraically independent over ``Q`` and an element is zero exactly when its
normal form (coprime numerator and denominator) has the numerator 0.  That normal form is the only zero test of
the package.  Reference: Risch (1979), structure theorem, for the independence of the generators.

Conventions: generators are ordered parameters first, then exponentials; a denominator is primitive over the
integers with positive leading coefficient in the lexicographic order, and coprime to its numerator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite, lcm
from typing import TypeAlias

import flint
import sympy

from symelbo.errors import DomainError, ExactnessError

__all__ = ["Field", "Rational", "RationalFunction", "as_rational", "rational_to_sympy"]

Polynomial: TypeAlias = "flint.fmpq_mpoly"
Rational: TypeAlias = "flint.fmpq"

# Factoring a numerator is presentation; past this many terms it is left expanded.
FACTOR_LIMIT = 4000


def as_rational(value: object, where: str = "value") -> Rational:
    """Return an int, Fraction, sympy Rational or exact string ``"p/q"`` as a flint rational.

    Raises
    ------
    ExactnessError
        If the value is a float or no rational number; the message names ``where`` and suggests the rational.

    >>> as_rational(Fraction(2, 6))
    1/3
    """
    if isinstance(value, flint.fmpq):
        return value
    if isinstance(value, bool):
        raise ExactnessError(f"{where}: {value!r} is a truth value; expected a rational number")
    if isinstance(value, int | flint.fmpz):
        return flint.fmpq(value)
    if isinstance(value, Fraction):
        return flint.fmpq(value.numerator, value.denominator)
    if isinstance(value, sympy.Rational):
        return flint.fmpq(int(value.p), int(value.q))
    if isinstance(value, str):
        try:
            parsed = Fraction(value)
        except (ValueError, ZeroDivisionError):
            raise ExactnessError(f"{where}: {value!r} is not a rational number like 1/3") from None
        return flint.fmpq(parsed.numerator, parsed.denominator)
    if isinstance(value, float | sympy.Float):
        raise ExactnessError(_float_message(value, where))
    if isinstance(value, sympy.Expr) and value.is_number:
        raise ExactnessError(f"{where}: {value} is not a rational number")
    integer = getattr(value, "__index__", None)
    if integer is not None:
        return flint.fmpq(int(integer()))
    raise ExactnessError(f"{where}: {value!r} is not a rational number; write an int, Fraction or sympy Rational")


def _float_message(value: object, where: str) -> str:
    number = float(value)  # type: ignore[arg-type]
    if not isfinite(number):
        return f"{where}: {value} is not a number; expected a rational number"
    guess = Fraction(repr(number)).limit_denominator(10**6)
    suggestion = f"Rational({guess.numerator}, {guess.denominator})"
    return f"{where}: {value} is a floating-point number and would make the answer inexact; write {suggestion}"


def rational_to_sympy(value: Rational) -> sympy.Rational:
    """Return a flint rational as a sympy one."""
    return sympy.Rational(int(value.p), int(value.q))


@dataclass(frozen=True, slots=True)
class _Exponent:
    """An exponent ``sum_i c_i theta_i + c_0`` as the vector ``(c_1, ..., c_d, c_0)`` of rationals."""

    coefficients: tuple[Fraction, ...]


class Field:
    """The field of rational functions over ``Q`` in parameters and exponentials of linear forms.

    Two fields are equal when they have the same generators and the same parameters.

    Parameters
    ----------
    parameters : sequence of Symbol
        The ``d`` parameters with respect to which elements are differentiated.
    generators : sequence of sympy expressions, optional
        Symbols (each a parameter) and ``exp(<linear form>)``; default: the parameters.  The exponents must be
        linearly independent over ``Q``; use :meth:`containing` to obtain such generators from expressions.

    >>> x, y = sympy.symbols("x y")
    >>> K = Field([x, y])
    >>> K.from_sympy((x**2 - y**2) / (x - y))
    x + y
    >>> a, b = sympy.symbols("a b")
    >>> K = Field.containing([sympy.exp(a + b), sympy.exp(a / 2)], [a, b])
    >>> K.generators
    (exp(a/2), exp(b))
    """

    __slots__ = ("_context", "_exponents", "_index", "_key", "generators", "parameters")

    def __init__(self, parameters: Sequence[sympy.Symbol], generators: Sequence[sympy.Expr] | None = None) -> None:
        self.parameters: tuple[sympy.Symbol, ...] = tuple(parameters)
        chosen = self.parameters if generators is None else tuple(generators)
        self.generators: tuple[sympy.Expr, ...] = chosen
        self._key = (self.generators, self.parameters)
        self._index: dict[sympy.Expr, int] = {g: i for i, g in enumerate(chosen)}
        self._exponents: tuple[_Exponent | None, ...] = tuple(
            None if g.is_Symbol else _linear_form(_exponent_of(g), self.parameters) for g in chosen
        )
        self._context = flint.fmpq_mpoly_ctx.get(tuple(f"g{i}" for i in range(len(chosen))), "lex")

    @classmethod
    def containing(cls, expressions: Iterable[sympy.Expr], parameters: Sequence[sympy.Symbol]) -> Field:
        """Return the smallest field of this kind that contains the expressions.

        A parameter is a generator when it occurs outside exponentials or in no expression at all; exponents are
        replaced by a basis of the lattice they span.

        Raises
        ------
        ExactnessError
            For floats, functions other than ``exp`` and exponents that are not linear over ``Q``.
        """
        outside: set[sympy.Expr] = set()
        inside: set[sympy.Expr] = set()
        exponents: dict[_Exponent, None] = {}

        def scan(expression: sympy.Expr) -> None:
            if expression.is_Symbol:
                outside.add(expression)
            elif isinstance(expression, sympy.exp) or expression is sympy.E:
                form = _linear_form(_exponent_of(expression), parameters)
                exponents[form] = None
                inside.update(expression.free_symbols)
            else:
                for argument in expression.args:
                    scan(argument)

        for expression in expressions:
            scan(sympy.sympify(expression) if isinstance(expression, int) else expression)
        symbols = [p for p in parameters if p in outside or p not in inside]
        return cls(parameters, [*symbols, *_lattice_basis(list(exponents), parameters)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        inside = ", ".join(map(str, self.generators))
        return f"Q({inside})" if inside else "Q"

    def __reduce__(self) -> tuple[type[Field], tuple[object, ...]]:
        return Field, (self.parameters, self.generators)

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
        return _normal_form(self, num, den)

    def is_exponential(self, index: int) -> bool:
        """Whether the generator with this index is an exponential (and hence positive)."""
        return self._exponents[index] is not None

    def exponent(self, index: int) -> tuple[Fraction, ...]:
        """Coefficients ``(c_1, ..., c_d, c_0)`` of the exponent of an exponential generator."""
        form = self._exponents[index]
        if form is None:
            raise ExactnessError(f"{self.generators[index]} is not an exponential")
        return form.coefficients

    def generator_derivative(self, index: int, parameter: int) -> RationalFunction:
        """Return ``d g / d theta_i`` for a generator g: 1 or 0 for a parameter, ``c_i t`` for an exponential."""
        form = self._exponents[index]
        if form is None:
            return self.one if self.generators[index] == self.parameters[parameter] else self.zero
        return self.generator(index) * self.constant(form.coefficients[parameter])

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
            paired = [_add(*groups[k], *groups[k + 1]) for k in range(0, len(groups) - 1, 2)]
            if len(groups) % 2:
                paired.append(groups[-1])
            groups = paired
        return _normal_form(self, *groups[0])

    def from_sympy(self, expression: object, where: str = "expression") -> RationalFunction:
        """Return a sympy expression as an element.

        Raises
        ------
        ExactnessError
            For floats, undeclared symbols and functions outside the field; the message names ``where``.
        """
        try:
            converted = sympy.sympify(expression, strict=True)
        except sympy.SympifyError:
            raise ExactnessError(f"{where}: {expression!r} is not an exact expression") from None
        return self._convert(converted, where)

    def _convert(self, e: sympy.Expr, where: str) -> RationalFunction:
        index = self._index.get(e)
        if index is not None:
            return self.generator(index)
        if e.is_Rational:
            return self.constant(e)
        if e.is_Add:
            return self.sum([self._convert(a, where) for a in e.args])
        if e.is_Mul:
            product = self.one
            for a in e.args:
                product = product * self._convert(a, where)
            return product
        if e.is_Pow and e.args[1].is_Integer:
            base = self._convert(e.args[0], where)
            if not base and e.args[1].is_negative:
                raise ExactnessError(f"{where}: {e} divides by zero")
            return base ** int(e.args[1])
        if isinstance(e, sympy.exp) or e is sympy.E:
            return self._monomial(_linear_form(_exponent_of(e), self.parameters, where), e, where)
        raise ExactnessError(_refusal(e, self.parameters, where))

    def _monomial(self, form: _Exponent, e: sympy.Expr, where: str) -> RationalFunction:
        """``exp(form)`` as a product of integer powers of the exponential generators."""
        basis = [(i, f.coefficients) for i, f in enumerate(self._exponents) if f is not None]
        powers = _coordinates([c for _, c in basis], form.coefficients)
        if powers is None or any(c.denominator != 1 for c in powers):
            raise ExactnessError(f"{where}: {e} is not in the field {self}")
        product = self.one
        for (index, _), power in zip(basis, powers, strict=True):
            product = product * self.generator(index) ** int(power)
        return product

    def to_sympy(self, element: RationalFunction, *, factored: bool = True) -> sympy.Expr:
        """Return an element as a sympy expression, by default factored with stable signs (``1 - x``, not ``x - 1``)."""
        num, den = element.num, element.den
        if not factored or len(num) > FACTOR_LIMIT:
            return self._expanded(num) / self._factored(den)
        return self._factored(num) / self._factored(den)

    def _factored(self, polynomial: Polynomial) -> sympy.Expr:
        if polynomial.is_zero():
            return sympy.Integer(0)
        unit, factors = _signed_factors(polynomial)
        return sympy.Mul(rational_to_sympy(unit), *(sympy.Pow(self._expanded(f), e) for f, e in factors))

    def _expanded(self, polynomial: Polynomial) -> sympy.Expr:
        return sympy.Add(
            *(
                sympy.Mul(
                    rational_to_sympy(c),
                    *(g ** int(k) for g, k in zip(self.generators, exponents, strict=True) if k),
                )
                for exponents, c in polynomial.to_dict().items()
            )
        )


class RationalFunction:
    """An element of a :class:`Field` in normal form; supports ``+ - * /``, integer powers, ``==`` and truth value.

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
            return bool(self.den.is_one() and self.num == other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]  # flint polynomials are unhashable

    def __repr__(self) -> str:
        return str(self.field.to_sympy(self))

    def __neg__(self) -> RationalFunction:
        return RationalFunction(self.field, -self.num, self.den)

    def __add__(self, other: RationalFunction) -> RationalFunction:
        if self.den == other.den:
            return _normal_form(self.field, self.num + other.num, self.den)
        return _normal_form(self.field, *_add(self.num, self.den, other.num, other.den))

    def __sub__(self, other: RationalFunction) -> RationalFunction:
        return self + (-other)

    def __mul__(self, other: RationalFunction) -> RationalFunction:
        a, b, c, d = self.num, self.den, other.num, other.den
        if a.is_zero() or c.is_zero():
            return self.field.zero
        # Cancel crosswise before multiplying: the product of normal forms is then one again.
        if not d.is_one():
            a, d = _cancel(a, d)
        if not b.is_one():
            c, b = _cancel(c, b)
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
        field = self.field
        terms = []
        for g in range(len(field.generators)):
            outer_num, outer_den = self.num.derivative(g), self.den.derivative(g)
            numerator = outer_num * self.den - self.num * outer_den
            if numerator.is_zero():
                continue
            inner = field.generator_derivative(g, parameter)
            if inner:
                terms.append(_normal_form(field, numerator, self.den * self.den) * inner)
        return field.sum(terms)

    def evaluate(self, values: Sequence[Rational]) -> Rational:
        """Return the value at rational values of the generators; DomainError where the denominator vanishes."""
        den = self.den(*values)
        if den == 0:
            raise DomainError(f"the denominator of {self} vanishes at this point")
        return flint.fmpq(self.num(*values)) / den

    def terms(self) -> dict[tuple[int, ...], Rational]:
        """Return the terms of a polynomial element."""
        if not self.den.is_one():
            raise ExactnessError(f"{self} is not a polynomial")
        return dict(self.num.to_dict())

    def factors(self) -> tuple[Rational, list[tuple[RationalFunction, int]]]:
        """Return ``(c, [(f, e), ...])`` with ``self = c * prod f**e``, the f irreducible with integer coefficients."""
        one = self.field._context.constant(1)
        unit, above = _signed_factors(self.num)
        denominator_unit, below = _signed_factors(self.den)
        powers = [(RationalFunction(self.field, f, one), e) for f, e in above]
        powers += [(RationalFunction(self.field, f, one), -e) for f, e in below]
        return unit / denominator_unit, powers


def _add(a: Polynomial, b: Polynomial, c: Polynomial, d: Polynomial) -> tuple[Polynomial, Polynomial]:
    """``a/b + c/d`` over the least common denominator, not reduced."""
    if b.is_one():
        return a * d + c, d
    if d.is_one():
        return a + c * b, b
    g = b.gcd(d)
    if g.is_one():
        return a * d + c * b, b * d
    b_rest, d_rest = b / g, d / g
    return a * d_rest + c * b_rest, b * d_rest


def _cancel(a: Polynomial, b: Polynomial) -> tuple[Polynomial, Polynomial]:
    g = a.gcd(b)
    return (a, b) if g.is_one() else (a / g, b / g)


def _normal_form(field: Field, num: Polynomial, den: Polynomial) -> RationalFunction:
    if num.is_zero():
        return field.zero
    if den.is_one():
        return RationalFunction(field, num, den)
    return _with_unit(field, *_cancel(num, den))


def _with_unit(field: Field, num: Polynomial, den: Polynomial) -> RationalFunction:
    """Move the rational content and the sign of a coprime denominator to the numerator."""
    if den.is_one():
        return RationalFunction(field, num, den)
    content = _content(den)
    if content != 1:
        num, den = num / content, den / content
    return RationalFunction(field, num, den)


def _signed_factors(polynomial: Polynomial) -> tuple[Rational, list[tuple[Polynomial, int]]]:
    """Irreducible factors over Z with one sign convention: positive constant term, else leading coefficient."""
    unit, factors = polynomial.factor()
    unit = flint.fmpq(unit)
    signed = []
    for factor, exponent in factors:
        constant = factor[(0,) * factor.context().nvars()]
        negative = (constant or factor.leading_coefficient()) < 0
        unit = unit * (-1) ** int(exponent) if negative else unit
        signed.append((-factor if negative else factor, int(exponent)))
    return unit, signed


def _content(polynomial: Polynomial) -> Rational:
    """The rational c for which ``polynomial / c`` is primitive over Z with positive leading coefficient."""
    numerator, denominator = flint.fmpz(0), flint.fmpz(1)
    for c in polynomial.coeffs():
        numerator = numerator.gcd(c.p)
        denominator = denominator.lcm(c.q)
    sign = -1 if polynomial.leading_coefficient() < 0 else 1
    return flint.fmpq(sign * numerator, denominator)


def _refusal(e: sympy.Expr, parameters: Sequence[sympy.Symbol], where: str) -> str:
    if e.is_Float:
        return _float_message(e, where)
    if e.is_Symbol:
        known = ", ".join(map(str, parameters))
        return f"{where}: the symbol {e} is not a declared parameter (declared: {known})"
    if e in (sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
        return f"{where}: {e} is not a number"
    if e.is_Pow:
        base, exponent = e.args
        if base.free_symbols and exponent.free_symbols:
            return f"{where}: in {e} parameters occur in the base and in the exponent; only exp(linear form) is exact"
        if exponent.free_symbols:
            return f"{where}: {e} has the base {base}; write exp(...) of a new parameter instead, its base is e"
        return f"{where}: the exponent of {e} is not an integer; only integer powers are rational"
    if e.is_number:
        return f"{where}: {e} is not a rational number"
    name = getattr(e, "func", type(e)).__name__
    return f"{where}: {name} in {e} is not accepted; accepted are + - * / integer powers and exp(linear form)"


def _exponent_of(exponential: sympy.Expr) -> sympy.Expr:
    return sympy.Integer(1) if exponential is sympy.E else exponential.args[0]


def _linear_form(exponent: sympy.Expr, parameters: Sequence[sympy.Symbol], where: str = "exponent") -> _Exponent:
    """Return the exponent as a linear form over Q, or raise ExactnessError."""
    coefficients = {p: Fraction(0) for p in parameters}
    constant = Fraction(0)
    for term in sympy.Add.make_args(sympy.expand(exponent)):
        coefficient, rest = term.as_coeff_Mul()
        if not coefficient.is_Rational:
            raise ExactnessError(_refusal(coefficient, parameters, where))
        value = Fraction(int(coefficient.p), int(coefficient.q))
        if rest == 1:
            constant += value
        elif rest in coefficients:
            coefficients[rest] += value
        elif rest.is_Symbol:
            raise ExactnessError(_refusal(rest, parameters, where))
        else:
            raise ExactnessError(
                f"{where}: the exponent {exponent} is not linear in the parameters with rational coefficients"
                f" (the term {term} is not)"
            )
    return _Exponent((*coefficients.values(), constant))


def _lattice_basis(forms: list[_Exponent], parameters: Sequence[sympy.Symbol]) -> list[sympy.Expr]:
    """``exp`` of a basis of the lattice spanned by the exponents (Hermite normal form)."""
    forms = [f for f in forms if any(f.coefficients)]
    if not forms:
        return []
    scale = lcm(*(c.denominator for f in forms for c in f.coefficients))
    matrix = flint.fmpz_mat([[int(c * scale) for c in f.coefficients] for f in forms]).hnf()
    symbols = [*parameters, sympy.Integer(1)]
    basis = []
    for row in matrix.tolist():
        if any(row):
            form = sympy.Add(*(sympy.Rational(int(c), scale) * s for c, s in zip(row, symbols, strict=True)))
            basis.append(sympy.exp(form))
    return basis


def _coordinates(basis: list[tuple[Fraction, ...]], vector: tuple[Fraction, ...]) -> list[Fraction] | None:
    """Coordinates of a vector in linearly independent rows, or None if it is not in their span."""
    if not any(vector):
        return [Fraction(0)] * len(basis)
    if not basis:
        return None

    def to_fmpq(c: Fraction) -> Rational:
        return flint.fmpq(c.numerator, c.denominator)

    augmented = flint.fmpq_mat([[*(to_fmpq(row[i]) for row in basis), to_fmpq(vector[i])] for i in range(len(vector))])
    reduced, rank = augmented.rref()
    n = len(basis)
    if rank != n or any(reduced[i, i] != 1 for i in range(n)):
        return None
    return [Fraction(int(reduced[i, n].p), int(reduced[i, n].q)) for i in range(n)]
