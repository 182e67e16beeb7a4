"""Numerators of sums in a program: over a common denominator in which no common divisor is looked for.

A sum of products of powers of atoms is a polynomial over a product of powers of other polynomials, the numerators of
atoms: ``1/(a + b) + 1/c = (c + a + b) / ((a + b) c)``.  It is 0 exactly where its numerator is, and what takes longest
in normal forms, greatest common divisors in many variables, is not needed to see that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from symelbo.budget import Work
from symelbo.exact.field import Field
from symelbo.exact.numbers import Rational
from symelbo.exact.polynomials import Polynomial

__all__ = ["Numerators"]

# A numerator, and by atom the powers of the numerators that it is divided by.
Quotient: TypeAlias = "tuple[Polynomial, dict[int, int]]"


class Numerators:
    """The numerators of the atoms of a program, which have ``.symbol``, ``.generator`` and ``.terms``."""

    def __init__(self, field: Field, atoms: Sequence[Any]) -> None:
        self.field = field
        self.atoms = atoms
        self._known: dict[int, Quotient | None] = {}

    def of(self, terms: Iterable[tuple[Iterable[tuple[int, int]], Rational]], work: Work) -> Quotient | None:
        """Return the numerator of a sum and what is below it; None where symbols beside the generators occur.

        Raises
        ------
        BudgetError
            The products of terms are more than the work.
        """
        parts: list[Quotient] = []
        for powers, c in terms:
            below: dict[int, int] = {}
            for a, e in powers:
                own = self._atom(a, work)
                if own is None:
                    return None
                below[a] = below.get(a, 0) - e
                for b, k in own[1].items():
                    below[b] = below.get(b, 0) + k * e
            above = {b: -k for b, k in below.items() if k < 0}
            parts.append((self._times(self.field.constant(c).num, above, work), below))
        common: dict[int, int] = {}
        for _, below in parts:
            common |= {b: k for b, k in below.items() if k > common.get(b, 0)}
        total = self.field.zero.num
        for num, below in parts:
            missing = {b: k - max(below.get(b, 0), 0) for b, k in common.items()}
            total = total + self._times(num, missing, work)
        return total, common

    def _times(self, num: Polynomial, powers: Mapping[int, int], work: Work) -> Polynomial:
        for b, k in powers.items():
            factor = self._known[b]
            assert factor is not None  # narrows the type
            for _ in range(k):
                work.spend(len(num) * len(factor[0]))
                num = num * factor[0]
        return num

    def _atom(self, number: int, work: Work) -> Quotient | None:
        if number not in self._known:
            atom, found = self.atoms[number], None
            if atom.symbol is None:
                found = self.of(atom.terms, work)
            elif atom.generator is not None:
                found = self.field.generator(atom.generator).num, {}
            self._known[number] = found
        return self._known[number]
