"""The sum of a table in factor form, one variable after the other: products with a common factor are never expanded.

The sum over the states of one variable is a common factor times a short sum, which is factored; in tables that are
products of conditional distributions it is often 1.  The next variable is always the one whose short sums are shortest:
leaves of networks before their parents.
"""

from __future__ import annotations

from itertools import islice
from math import prod
from typing import TypeAlias

import numpy as np

from symelbo.exact import Field, Rational, RationalFunction
from symelbo.models.factors import FactorPool, FactorTable
from symelbo.variables import Numbers

Term: TypeAlias = tuple[Rational, tuple[tuple[int, int], ...]]  # coefficient, and powers of factors
Terms: TypeAlias = dict[tuple[int, ...], Term]  # by the positions of labels

LOOKED_AT = 32  # sums, to choose the next variable: an opinion only


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
        self.pool = FactorPool(field)
        for factor in table.factors:
            self.pool.number(factor)
        self._known: dict[tuple[Term, ...], tuple[Rational, dict[int, int]]] = {}

    def cost(self, groups: dict[tuple[int, ...], list[Term]]) -> int:
        """The number of terms of some of the sums."""
        chosen = islice(groups.values(), 0, None, max(1, len(groups) // LOOKED_AT))
        sizes = self.sizes()
        return max(sum(int(prod(sizes[f] ** e for f, e in powers)) for _, powers in _split(g)[1]) for g in chosen)

    def sizes(self) -> list[int]:
        """The numbers of terms of the factors."""
        return [len(f.num) for f in self.pool.factors]

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
