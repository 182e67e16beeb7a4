"""The generators of a field: symbols and exponentials of polynomials in them, algebraically independent.

What is known of them without arithmetic: which are exponentials, of what, and whether every number is a value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Self

import sympy

from symelbo.errors import ExactnessError
from symelbo.exact.exponents import Exponent, constants_in, exponent_of, generators_of, polynomial_form, rank_of


class Generators:
    """Generators over ``Q`` and the parameters with respect to which their rational functions are differentiated.

    >>> a, b = sympy.symbols("a b")
    >>> Generators([a, b], [sympy.exp(a), sympy.exp(2 * b)]).is_free, Generators([a], [a, sympy.exp(a)]).is_free
    (True, False)
    """

    __slots__ = ("_exponents", "_index", "_key", "constants", "generators", "parameters")

    def __init__(self, parameters: Sequence[sympy.Symbol], generators: Sequence[sympy.Expr] | None = None) -> None:
        self.parameters: tuple[sympy.Symbol, ...] = tuple(parameters)
        chosen = self.parameters if generators is None else tuple(generators)
        self.generators: tuple[sympy.Expr, ...] = chosen
        self._key = (self.generators, self.parameters)
        self._index: dict[sympy.Expr, int] = {g: i for i, g in enumerate(chosen)}
        self.constants = tuple(c for c in constants_in(chosen) if c not in self.parameters)
        self._exponents: tuple[Exponent | None, ...] = tuple(
            None if g.is_Symbol else polynomial_form(exponent_of(g), self.symbols) for g in chosen
        )

    @classmethod
    def containing(
        cls,
        expressions: Iterable[sympy.Expr],
        parameters: Sequence[sympy.Symbol],
        where: Callable[[int], str] = lambda _: "exponent",
    ) -> Self:
        """Return the smallest such generators of a field that contains the expressions.

        ``where`` says what expression number k is, for messages.

        Raises
        ------
        ExactnessError
            For floats, other functions, and exponents that are no polynomials over ``Q``.
        """
        generators = generators_of(expressions, parameters, where)
        exponentials = {str(g) for g in generators if not g.is_Symbol}
        if twice := next((p for p in parameters if p.name in exponentials), None):
            raise ExactnessError(
                f"the parameter {twice.name} has the name of an exponential of the model; give it another one"
            )
        return cls(parameters, generators)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        inside = ", ".join(map(str, self.generators))
        return f"Q({inside})" if inside else "Q"

    def __reduce__(self) -> tuple[type[Self], tuple[object, ...]]:
        return type(self), (self.parameters, self.generators)

    @property
    def symbols(self) -> tuple[sympy.Symbol, ...]:
        """Parameters and known constants: exponents are polynomials in them."""
        return (*self.parameters, *self.constants)

    def is_exponential(self, index: int) -> bool:
        """Whether the generator with this index is an exponential (and hence positive)."""
        return self._exponents[index] is not None

    def exponent(self, index: int) -> Exponent:
        """The exponent of an exponential generator: coefficients by the powers of :attr:`symbols`."""
        form = self._exponents[index]
        if form is None:
            raise ExactnessError(f"{self.generators[index]} is not an exponential")
        return form

    def linear_form(self, index: int) -> tuple[Fraction, ...] | None:
        """Coefficients ``(c_1, ..., c_d, c_0)`` of an exponent that is linear in the parameters alone, else None."""
        form, d = dict(self.exponent(index)), len(self.parameters)
        unit = [tuple(int(i == k) for k in range(len(self.symbols))) for i in range(d + 1)]
        unit[d] = (0,) * len(self.symbols)
        coefficients = tuple(form.pop(key, Fraction(0)) for key in unit)
        return None if form else coefficients

    @property
    def is_free(self) -> bool:
        """Whether every assignment of numbers (positive ones to exponentials) is the value at real parameters.

        So it is when no symbol occurs both inside and outside exponentials and the exponents are linear, and
        linearly independent without their constants; then rational values of the generators are exact points.
        """
        forms = [f for f in self._exponents if f is not None]
        keys = {key for f in forms for key in f if any(key)}
        tied = any(k and s in self._index for key in keys for s, k in zip(self.symbols, key, strict=True))
        return not tied and all(sum(key) == 1 for key in keys) and rank_of(forms, sorted(keys)) == len(forms)
