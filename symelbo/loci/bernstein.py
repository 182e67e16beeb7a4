"""Polynomials in one group of generators as sums of products of the positive forms of a box, a simplex or a cone.

On a box or simplex that is the Bernstein basis, raised in degree by ``1 = sum_j c_j l_j`` (Bernstein 1915).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from symelbo.budget import LIMITS
from symelbo.errors import BudgetError
from symelbo.exact import QQ, Field, Matrix, RationalFunction
from symelbo.loci.proofs import Exponents

Expansion: TypeAlias = dict[Exponents, Fraction]


@dataclass(frozen=True, slots=True)
class Block:
    """A group of generators as combinations of positive forms.

    For a simplex the generators are ``sum_j vertices[j][i] l_j`` with ``sum_j l_j c_j = 1``; for a cone they are
    affine in the forms; without ``matrix`` the only form is the square of a free generator.
    """

    field: Field
    group: tuple[int, ...]
    numbers: tuple[int, ...]
    matrix: tuple[tuple[Fraction, ...], ...] | None  # per generator: coefficients of the forms, then the constant
    relation: tuple[Fraction, ...] | None  # simplex: the positive c_j with sum_j c_j l_j = 1

    @classmethod
    def of(cls, field: Field, group: list[int], forms: Sequence[tuple[int, list[Fraction], Fraction]]) -> Block | None:
        """Return the block of some generators in forms of these alone; None where they are no simplex and no cone."""
        if any(c for _, coefficients, _ in forms for i, c in enumerate(coefficients) if i not in group):
            return None
        rows = [[QQ.constant(coefficients[i]) for i in group] for _, coefficients, _ in forms]
        constants = [constant for _, _, constant in forms]
        numbers = tuple(j for j, _, _ in forms)
        linear = Matrix(QQ, rows, len(group))
        if linear.rank() < len(group):
            return None
        k = len(group)
        relation = None
        if len(forms) == k + 1:
            kernel = linear.T.nullspace()
            weights = [Fraction(int(e.p), int(e.q)) for e in kernel.column_entries()]
            total = sum((w * b for w, b in zip(weights, constants, strict=True)), Fraction(0))
            if not total or any(w / total <= 0 for w in weights):
                return None
            relation = tuple(w / total for w in weights)
        chosen = Matrix(QQ, rows[:k], k)
        if chosen.rank() < k:
            return None
        inverse = chosen.inverse()
        matrix = []
        for i in range(k):
            own = [Fraction(int(inverse[i, j].p), int(inverse[i, j].q)) for j in range(k)]
            shift = -sum((a * b for a, b in zip(own, constants[:k], strict=True)), Fraction(0))
            matrix.append((*own, *([Fraction(0)] * (len(forms) - k)), shift))
        return cls(field, tuple(group), numbers, tuple(matrix), relation)

    def expand(self, f: RationalFunction, elevation: int) -> list[tuple[dict[int, int], RationalFunction]] | None:
        """Coefficients of the products of the forms, as polynomials in the other generators."""
        outer: dict[Exponents, dict[Exponents, object]] = {}
        for exponents, c in f.terms().items():
            inner = tuple(int(exponents[i]) for i in self.group)
            rest = tuple(0 if i in self.group else int(e) for i, e in enumerate(exponents))
            outer.setdefault(inner, {})[rest] = c
        coefficients = {inner: self.field.polynomial(rest) for inner, rest in outer.items()}
        if self.matrix is None:
            if any(inner[0] % 2 for inner in coefficients):
                return None
            return [({self.numbers[0]: inner[0] // 2}, c) for inner, c in coefficients.items()]
        n = len(self.numbers)
        degree = max(map(sum, coefficients)) + (elevation if self.relation is not None else 0)
        total: dict[Exponents, RationalFunction] = {}
        for inner, coefficient in coefficients.items():
            part: dict[Exponents, Fraction] = {(0,) * n: Fraction(1)}
            for i, power in enumerate(inner):
                row = self.matrix[i]
                affine = {single((0,) * n, j): row[j] for j in range(n) if row[j]}
                if row[n]:
                    if self.relation is None:
                        affine[(0,) * n] = row[n]
                    else:
                        for j, share in enumerate(self.relation):
                            key = single((0,) * n, j)
                            affine[key] = affine.get(key, Fraction(0)) + row[n] * share
                for _ in range(power):
                    part = multiplied(part, affine)
            if self.relation is not None:
                one = {single((0,) * n, j): share for j, share in enumerate(self.relation)}
                for _ in range(degree - sum(inner)):
                    part = multiplied(part, one)
            for key, size in part.items():
                if size:
                    term = coefficient * self.field.constant(size)
                    total[key] = total[key] + term if key in total else term
        ordered = sorted(total.items(), reverse=True)
        return [({self.numbers[j]: k for j, k in enumerate(key) if k}, c) for key, c in ordered if c]


def single(zero: Exponents, j: int) -> Exponents:
    """Return the exponents of the form number j alone."""
    return (*zero[:j], 1, *zero[j + 1 :])


def multiplied(a: Mapping[Exponents, Fraction], b: Mapping[Exponents, Fraction]) -> Expansion:
    """Return the product of two sums of products; BudgetError where it has too many terms."""
    if len(a) * len(b) > 50 * LIMITS.products:
        raise BudgetError("a sum of products with too many terms")
    result: Expansion = {}
    for e, c in a.items():
        for g, d in b.items():
            key = tuple(x + y for x, y in zip(e, g, strict=True))
            result[key] = result.get(key, Fraction(0)) + c * d
    return result
