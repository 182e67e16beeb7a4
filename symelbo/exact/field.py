"""The field ``K = Q(theta, t)``: its generators, its derivations, and what is read into it.

A model lives over the rational functions in its parameters ``theta_i`` and in exponentials
``t_j = exp(<linear form in theta>)``.  The exponents are brought to a basis of the lattice they span, so that
``theta`` and the ``t_j`` are algebraically independent over ``Q`` and an element is zero exactly when its
normal form (:mod:`symelbo.exact.elements`) has the numerator 0.  Reference: Risch (1979), structure theorem, for the
independence of the generators.  Generators are ordered parameters first, then exponentials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm

import flint
import sympy

from symelbo.errors import ExactnessError
from symelbo.exact import polynomials
from symelbo.exact.elements import RationalFunction, Value, normal_form
from symelbo.exact.exponents import LinearForm, coordinates, exponent_of, lattice_basis, linear_form, refusal
from symelbo.exact.numbers import Rational, as_rational, rational_to_sympy, require_short
from symelbo.exact.polynomials import Polynomial
from symelbo.exact.presentation import present

__all__ = ["Field"]

# Factoring a numerator is presentation; past this many terms it is left expanded.
FACTOR_LIMIT = 4000
# A number in Q(exp(1/N)) with more terms gains nothing from factors, and its degree makes them expensive.
NUMBER_LIMIT = 60
# Largest power of an exponential generator.
EXPONENT_LIMIT = 1000


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
        self._exponents: tuple[LinearForm | None, ...] = tuple(
            None if g.is_Symbol else linear_form(exponent_of(g), self.parameters) for g in chosen
        )
        self._context = flint.fmpq_mpoly_ctx.get(tuple(f"g{i}" for i in range(len(chosen))), "lex")

    @classmethod
    def containing(
        cls,
        expressions: Iterable[sympy.Expr],
        parameters: Sequence[sympy.Symbol],
        where: Callable[[int], str] = lambda _: "exponent",
    ) -> Field:
        """Return the smallest field of this kind that contains the expressions.

        A parameter is a generator when it occurs outside exponentials or in no expression at all; exponents are
        replaced by a basis of the lattice they span.  ``where`` says what expression number k is, for messages.

        Raises
        ------
        ExactnessError
            For floats, functions other than ``exp`` and exponents that are not linear over ``Q``.
        """
        outside: set[sympy.Expr] = set()
        inside: set[sympy.Expr] = set()
        exponents: dict[LinearForm, None] = {}

        seen: set[sympy.Expr] = set()

        def scan(expression: sympy.Expr, k: int) -> None:
            if expression.is_Symbol:
                outside.add(expression)
            elif expression in seen:
                return
            elif isinstance(expression, sympy.exp) or expression is sympy.E:
                form = linear_form(exponent_of(expression), parameters, where(k))
                exponents[form] = None
                inside.update(expression.free_symbols)
            else:
                for argument in expression.args:
                    scan(argument, k)
            seen.add(expression)

        for k, expression in enumerate(expressions):
            scan(sympy.sympify(expression, strict=True) if isinstance(expression, int) else expression, k)
        symbols = [p for p in parameters if p in outside or p not in inside]
        return cls(parameters, [*symbols, *lattice_basis(list(exponents), parameters)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Field) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        inside = ", ".join(map(str, self.generators))
        return f"Q({inside})" if inside else "Q"

    def __reduce__(self) -> tuple[type[Field], tuple[object, ...]]:
        return Field, (self.parameters, self.generators)

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
        return normal_form(self, num, den)

    def is_exponential(self, index: int) -> bool:
        """Whether the generator with this index is an exponential (and hence positive)."""
        return self._exponents[index] is not None

    def exponent(self, index: int) -> tuple[Fraction, ...]:
        """Coefficients ``(c_1, ..., c_d, c_0)`` of the exponent of an exponential generator."""
        form = self._exponents[index]
        if form is None:
            raise ExactnessError(f"{self.generators[index]} is not an exponential")
        return form.coefficients

    def generator_derivatives(self, index: int) -> dict[int, RationalFunction]:
        """Return the nonzero ``d g / d theta_i`` of a generator g by i: 1 for a parameter, ``c_i t`` for exp."""
        form = self._exponents[index]
        if form is None:
            return {self.parameters.index(self.generators[index]): self.one}
        t = self.generator(index)
        return {i: t * self.constant(c) for i, c in enumerate(form.coefficients[:-1]) if c}

    @property
    def is_free(self) -> bool:
        """Whether every assignment of numbers (positive ones to exponentials) is the value at real parameters.

        So it is when no parameter occurs both inside and outside exponentials and the exponents are linearly
        independent without their constants; then rational values of the generators are exact points.
        """
        outside = {g for g in self.generators if g.is_Symbol}
        forms = [f.coefficients for f in self._exponents if f is not None]
        tied = [any(c and p in outside for p, c in zip(self.parameters, f, strict=False)) for f in forms]
        if any(tied):
            return False
        rows = [[flint.fmpq(c.numerator, c.denominator) for c in f[:-1]] for f in forms]
        return not rows or bool(self.parameters and flint.fmpq_mat(rows).rank() == len(rows))

    def values_at(self, parameters: Sequence[Rational]) -> tuple[Value, ...]:
        """Return the values of the generators at rational parameters, in the smallest ``Q(exp(q))``.

        >>> x = sympy.Symbol("x")
        >>> Field([x], [x, sympy.exp(x)]).values_at([flint.fmpq(1, 2)])
        (1/2, exp(1/2))
        """
        at = [*(Fraction(int(v.p), int(v.q)) for v in parameters), Fraction(1)]
        exponents = [
            None if f is None else sum((c * v for c, v in zip(f.coefficients, at, strict=True)), Fraction(0))
            for f in self._exponents
        ]
        nonzero = [e for e in exponents if e]
        plain = dict(zip(self.parameters, parameters, strict=True))
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
        return normal_form(self, *groups[0])

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
            require_short(e.p, e.q, where)
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
            return self._monomial(linear_form(exponent_of(e), self.parameters, where), e, where)
        raise ExactnessError(refusal(e, self.parameters, where))

    def _monomial(self, form: LinearForm, e: sympy.Expr, where: str) -> RationalFunction:
        """``exp(form)`` as a product of integer powers of the exponential generators."""
        basis = [(i, f.coefficients) for i, f in enumerate(self._exponents) if f is not None]
        powers = coordinates([c for _, c in basis], form.coefficients)
        if powers is None or any(c.denominator != 1 for c in powers):
            raise ExactnessError(
                f"{where}: {e} is not in the field {self}; the exponentials that may occur here are those of the "
                "table, their products and integer powers"
            )
        if any(abs(c) > EXPONENT_LIMIT for c in powers):
            raise ExactnessError(f"{where}: {e} is a power beyond {EXPONENT_LIMIT} of a generator of {self}")
        product = self.one
        for (index, _), power in zip(basis, powers, strict=True):
            product = product * self.generator(index) ** int(power)
        return product

    def to_sympy(self, element: RationalFunction, *, factored: bool = True) -> sympy.Expr:
        """Return an element as a sympy expression, by default factored with stable signs (``1 - x``, not ``x - 1``)."""
        num, den = element.num, element.den
        if self.is_number_field and len(num) + len(den) > NUMBER_LIMIT:
            return self._expanded(num) / self._expanded(den)
        if not factored or len(num) > FACTOR_LIMIT:
            return self._expanded(num) / self._factored(den)
        return present(self, num, den)

    def _factored(self, polynomial: Polynomial) -> sympy.Expr:
        return present(self, polynomial, self._context.constant(1))

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
