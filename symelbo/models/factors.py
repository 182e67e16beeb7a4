"""The factor form of a table: ``w(x) = c(x) * prod_f f**E[x, f]`` with distinct irreducible polynomials f.

A product is never expanded; tables with hundreds of thousands of states have few factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt
import sympy

from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import QQ, Field, Rational, RationalFunction, Value, as_rational, numerals, require_short


@dataclass(frozen=True, slots=True, eq=False)
class FactorTable:
    """The table of a model in factor form: ``w(x) = coefficients[x] * prod_f factors[f] ** exponents[x, f]``."""

    factors: tuple[RationalFunction, ...]
    exponents: npt.NDArray[np.int16]
    coefficients: tuple[Rational, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FactorTable) and (
            np.array_equal(self.exponents, other.exponents)
            and self.coefficients == other.coefficients
            and self.factors == other.factors
        )

    def __hash__(self) -> int:
        return hash((len(self.factors), self.coefficients))

    def numerals(self, field: Field) -> frozenset[int]:
        """Return the integers that a prime has to suit: those in coefficients, factors and exponents of exponentials.

        Integer exponents enter through minors: the fourth power of the largest one is a measure for these.
        """
        exponentials = (field.exponent(i).values() for i in range(len(field.generators)) if field.is_exponential(i))
        rationals = [*{id(c): c for c in self.coefficients}.values(), *map(as_rational, chain(*exponentials))]
        largest = int(np.abs(self.exponents).max(initial=0))
        return frozenset({largest**4}.union(*map(numerals, (*self.factors, *rationals))))

    def select(self, states: npt.NDArray[np.int64]) -> FactorTable:
        """Return the rows of these states; factors that none of them has stay."""
        return FactorTable(self.factors, self.exponents[states], tuple(self.coefficients[x] for x in states.tolist()))

    def weight(self, field: Field, x: int) -> RationalFunction:
        """Return the weight of state number x, multiplied out."""
        product = field.constant(self.coefficients[x])
        for f in np.flatnonzero(self.exponents[x]):
            product = product * self.factors[f] ** int(self.exponents[x, f])
        return product

    def weights_at(self, values: Sequence[Value]) -> list[Value]:
        """Return all weights at values of the generators (rationals, or in one field of numbers)."""
        powers: dict[tuple[int, int], Value] = {}
        at = [f.evaluate(values) for f in self.factors]
        rows, columns = np.nonzero(self.exponents)
        entries = self.exponents[rows, columns].tolist()
        numbers = next((v.field for v in values if isinstance(v, RationalFunction)), QQ)
        result = [numbers.constant(c) for c in self.coefficients]
        for x, f, e in zip(rows.tolist(), columns.tolist(), entries, strict=True):
            power = powers.get((f, e))
            if power is None:
                if e < 0 and not at[f]:
                    raise DomainError(f"the denominator {self.factors[f]} vanishes at this point")
                power = powers[f, e] = at[f] ** e
            result[x] = result[x] * power
        return result


class FactorPool:
    """Distinct irreducible factors, numbered in order of appearance, while a table is read."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.factors: list[RationalFunction] = []
        self._numbers: dict[str, int] = {}
        self._cache: dict[sympy.Expr, tuple[Rational, dict[int, int]]] = {}

    def row(self, expression: object, where: str) -> tuple[Rational, dict[int, int]]:
        """Return coefficient and exponents of an expression, taking products and powers apart before expanding."""
        e = sympy.sympify(expression, strict=True)
        if e.is_Mul:
            coefficient = as_rational(1)
            powers: dict[int, int] = {}
            for argument in e.args:
                c, inner = self.row(argument, where)
                coefficient = coefficient * c
                for f, k in inner.items():
                    powers[f] = powers.get(f, 0) + k
            return coefficient, {f: k for f, k in powers.items() if k}
        if e.is_Pow and e.args[1].is_Integer:
            exponent = int(e.args[1])
            c, inner = self.row(e.args[0], where)
            if not c and exponent < 0:
                raise ExactnessError(f"{where}: {e} divides by zero")
            return c**exponent, {f: k * exponent for f, k in inner.items()}
        if e not in self._cache:
            self._cache[e] = self.factored(self.field.from_sympy(e, where))
        return self._cache[e]

    def factored(self, element: RationalFunction) -> tuple[Rational, dict[int, int]]:
        """Return coefficient and exponents of an element."""
        if not element:
            return as_rational(0), {}
        coefficient, powers = element.factors()
        return coefficient, {self.number(f): k for f, k in powers}

    def number(self, factor: RationalFunction) -> int:
        """Return the number of a factor, a new one on first sight."""
        key = str(factor.num)
        if key not in self._numbers:
            self._numbers[key] = len(self.factors)
            self.factors.append(factor)
        return self._numbers[key]

    def table(self, rows: list[tuple[Rational, dict[int, int]]]) -> FactorTable:
        """Return the factor table of the rows read; factors that cancelled everywhere are left out."""
        exponents = np.zeros((len(rows), len(self.factors)), dtype=np.int16)
        for x, (coefficient, powers) in enumerate(rows):
            require_short(int(coefficient.p), int(coefficient.q), f"the coefficient of state {x + 1}")
            for f, k in powers.items():
                if abs(k) > 1000:
                    raise ModelError(f"the exponent {k} is beyond the limit of 1000")
                exponents[x, f] = k
        used = np.flatnonzero(exponents.any(axis=0))
        factors = tuple(self.factors[f] for f in used)
        return FactorTable(factors, np.ascontiguousarray(exponents[:, used]), tuple(c for c, _ in rows))
