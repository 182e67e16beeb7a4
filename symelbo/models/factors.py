"""The factor form of a table: ``w(x) = c(x) * prod_f f**E[x, f]`` with distinct irreducible polynomials f.

A product is never expanded; tables with hundreds of thousands of states have few factors.  A table is summed one
variable after the other: the sum over the states of one is a common factor times a short sum, which is factored; in
tables that are products of conditional distributions it is often 1.  The next variable is always the one whose short
sums are shortest: leaves of networks before their parents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, islice
from math import prod
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import sympy

from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import QQ, Field, Rational, RationalFunction, Value, as_rational, numerals, require_short
from symelbo.variables import Numbers

Term: TypeAlias = tuple[Rational, tuple[tuple[int, int], ...]]  # coefficient, and powers of factors
Terms: TypeAlias = dict[tuple[int, ...], Term]  # by the positions of labels

LOOKED_AT = 32  # sums, to choose the next variable: an opinion only


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

    def is_positive_at(self, values: Sequence[Value]) -> bool:
        """Whether all weights are positive: by the signs of the factors, without the weights themselves."""
        at = [f.evaluate(values) for f in self.factors]
        zero, negative = np.array([not v for v in at], dtype=bool), np.array([v < 0 for v in at], dtype=bool)
        flips = (self.exponents[:, negative] % 2).sum(axis=1) + np.array([c < 0 for c in self.coefficients])
        return bool(not self.exponents[:, zero].any() and not (flips % 2).any())

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

    def __init__(self, field: Field, known: Sequence[RationalFunction] = ()) -> None:
        self.field = field
        self.factors: list[RationalFunction] = []
        self._numbers: dict[str, int] = {}
        self._cache: dict[sympy.Expr, tuple[Rational, dict[int, int]]] = {}
        for factor in known:
            self.number(factor)

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


def total(digits: Numbers, field: Field, table: FactorTable) -> RationalFunction:
    """Return the sum of the weights of states, given by the positions of their labels.

    >>> from symelbo.models import model_b
    >>> M = model_b()
    >>> total(M.space.digits, M.field, M.factor_table)
    1
    """
    found = _Sums(field, table)
    rows = zip(map(tuple, digits.tolist()), table.coefficients, table.exponents, strict=True)
    terms: Terms = {state: (c, tuple((f, int(row[f])) for f in np.flatnonzero(row).tolist())) for state, c, row in rows}
    for left in range(digits.shape[1], 0, -1):
        options = [_grouped(terms, v) for v in range(left)]
        groups = min(options, key=found.cost) if terms else {}
        terms = {rest: term for rest, group in groups.items() if (term := found.of(group))[0]}
    return field.sum(found.element(*term) for term in terms.values())


def written_terms(table: FactorTable) -> int:
    """How many terms the numerators have when all weights are multiplied out, at most."""
    sizes = [len(f.num) for f in table.factors]
    return sum(prod(sizes[f] ** abs(int(row[f])) for f in np.flatnonzero(row).tolist()) for row in table.exponents)


def _grouped(terms: Terms, v: int) -> dict[tuple[int, ...], list[Term]]:
    groups: dict[tuple[int, ...], list[Term]] = {}
    for state, term in terms.items():
        groups.setdefault((*state[:v], *state[v + 1 :]), []).append(term)
    return groups


class _Sums:
    """Sums of few products; equal ones are computed once."""

    def __init__(self, field: Field, table: FactorTable) -> None:
        self.field = field
        self.pool = FactorPool(field, table.factors)
        self._known: dict[tuple[Term, ...], tuple[Rational, dict[int, int]]] = {}

    def cost(self, groups: dict[tuple[int, ...], list[Term]]) -> int:
        """The number of terms of some of the sums."""
        chosen = islice(groups.values(), 0, None, max(1, len(groups) // LOOKED_AT))
        sizes = [len(f.num) for f in self.pool.factors]
        return max(sum(int(prod(sizes[f] ** e for f, e in powers)) for _, powers in _split(g)[1]) for g in chosen)

    def of(self, group: list[Term]) -> Term:
        """The sum of some products."""
        common, rest = _split(group)
        key = tuple(sorted(rest, key=lambda t: (t[1], str(t[0]))))
        if key not in self._known:
            self._known[key] = self.pool.factored(self.field.sum(self.element(*t) for t in key))
        coefficient, powers = self._known[key]
        exponents = {f: common.get(f, 0) + powers.get(f, 0) for f in common.keys() | powers.keys()}
        return coefficient, tuple(sorted((f, e) for f, e in exponents.items() if e))

    def element(self, coefficient: Rational, powers: tuple[tuple[int, int], ...]) -> RationalFunction:
        """A product, multiplied out."""
        product = self.field.constant(coefficient)
        for f, e in powers:
            product = product * self.pool.factors[f] ** e
        return product


def _split(group: list[Term]) -> tuple[dict[int, int], list[Term]]:
    """Powers that are common to products, negative ones of all, and what is left of each."""
    rows = [dict(powers) for _, powers in group]
    common = {f: min(row.get(f, 0) for row in rows) for f in {f: None for row in rows for f in row}}
    rest = []
    for (c, _), row in zip(group, rows, strict=True):
        left = ((f, row.get(f, 0) - e) for f, e in common.items())
        rest.append((c, tuple(sorted((f, e) for f, e in left if e))))
    return {f: e for f, e in common.items() if e}, rest
