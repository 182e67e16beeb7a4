"""How a polynomial is written: ``x*y1*z1 + (1 - x)*y2*z2`` rather than its expansion.

The value never changes, only its form.  A polynomial is factored; three ways to write an irreducible factor f are
compared, the shortest wins:

* expanded;
* as a mixture ``g_1 f(e_1) + ... + g_k f(e_k) + (1 - g_1 - ... - g_k) f(0)`` over parameters in which f is jointly
  affine (the probabilities of one hidden variable, say), with the parts factored;
* as a sum over groups of terms that share no generator, each group factored, where a constant 1 may move between
  them: ``(1 - y1)*(1 - z1) - (1 - y2)*(1 - z2)``.

A factor has a positive constant, or mostly positive terms: signs go to the front of the product.  The choice is greedy
and deterministic; polynomials beyond ``LIMITS.regrouped_terms`` terms stay expanded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import sympy

from symelbo.budget import LIMITS

Terms: TypeAlias = "dict[tuple[int, ...], Any]"
Factors: TypeAlias = Callable[[Terms], "tuple[Any, list[tuple[Terms, int]]]"]


def presented(generators: Sequence[sympy.Expr], num: Terms, den: Terms, factors: Factors) -> sympy.Expr:
    """Return ``num / den`` over the generators, both as products of factors in their most readable form.

    Parameters
    ----------
    generators : symbols and exponentials
    num, den : the rational coefficients of monomials, by their exponents
    factors : of such a polynomial a number, and the irreducible factors over Z with their exponents
    """
    writing = _Presentation(generators, factors)
    above, numerator = writing.powers(num)
    below, denominator = writing.powers(den)
    # One coefficient in front of everything: sympy would distribute a sign alone over a sum.
    return sympy.Mul(above / below, *numerator, *(1 / f for f in denominator))


def as_sum(generators: Sequence[sympy.Expr], terms: Terms) -> sympy.Expr:
    """Return a polynomial as the sum of its monomials."""
    return sympy.Add(
        *(
            sympy.Mul(
                sympy.Rational(int(c.numerator), int(c.denominator)),
                *(g ** int(k) for g, k in zip(generators, exponents, strict=True) if k),
            )
            for exponents, c in terms.items()
        )
    )


def length(expression: sympy.Expr) -> int:
    """Return how long an expression is on paper: the symbols and numbers to be written, exponents included.

    >>> x, y = sympy.symbols("x y")
    >>> length(x * y - 1), length(2 * x**2)
    (3, 3)
    """
    if expression.is_Mul:
        return sum(length(a) for a in expression.args if a is not sympy.S.NegativeOne)
    if expression.args and not isinstance(expression, sympy.exp):
        return sum(map(length, expression.args))
    return 1


class _Presentation:
    def __init__(self, generators: Sequence[sympy.Expr], factors: Factors) -> None:
        self.generators = generators
        self._factors_of = factors
        self.plain = [g.is_Symbol for g in generators]

    def written(self, terms: Terms) -> sympy.Expr:
        """The shortest of the three forms; on a tie the mixture."""
        best = as_sum(self.generators, terms)
        if len(terms) < 3 or len(terms) > LIMITS.regrouped_terms or all(sum(e) <= 1 for e in terms):
            return best  # a linear form is its own sum of groups
        shortest = length(best)
        parts = self._mixture(terms)
        if parts is not None:
            mixture = sympy.Add(*(weight * self.product(part) for weight, part in parts))
            if length(mixture) <= shortest:
                best, shortest = mixture, length(mixture)
        groups = self._groups(terms)
        if groups is not None:
            separate = sympy.Add(*map(self.product, groups))
            if length(separate) <= shortest:
                best = separate
        return best

    def product(self, terms: Terms) -> sympy.Expr:
        """Any polynomial, factored, each factor in its shortest form."""
        number, powers = self.powers(terms)
        return sympy.Mul(number, *powers)

    def powers(self, terms: Terms) -> tuple[sympy.Rational, list[sympy.Expr]]:
        """The rational coefficient and the powers of the factors, each in its shortest form."""
        unit, factors = self._factors(terms)
        number = sympy.Rational(int(unit.numerator), int(unit.denominator))
        powers = []
        for f, e in factors:
            factor = self.written(f)
            if self._looks_negative(factor):
                factor, number = self.written({k: -c for k, c in f.items()}), number * (-1) ** e
            powers.append(sympy.Pow(factor, e))
        return number, powers

    def _looks_negative(self, factor: sympy.Expr) -> bool:
        """Whether the constant is negative; without a constant whether most terms are, on a tie the first one."""
        terms = sympy.Add.make_args(factor)
        if terms[0].is_number:
            return bool(terms[0].is_negative)
        negative = sum(t.could_extract_minus_sign() for t in terms)
        if 2 * negative != len(terms):
            return bool(2 * negative > len(terms))
        first = min(terms, key=lambda t: [i for i, g in enumerate(self.generators) if t.has(g)])
        return bool(first.could_extract_minus_sign())

    def _factors(self, terms: Terms) -> tuple[Any, list[tuple[Terms, int]]]:
        return self._factors_of(terms) if terms else (0, [])

    def _cost(self, terms: Terms) -> int:
        """Length of a polynomial written as a product of expanded factors."""
        unit, factors = self._factors(terms)
        return (unit not in (1, -1)) + sum(_expanded_length(f) for f, _ in factors)

    def _cost_and_width(self, terms: Terms) -> tuple[int, int]:
        """The cost; among equals the one with the smaller factors."""
        return self._cost(terms), max((len(f) for f, _ in self._factors(terms)[1]), default=0)

    def _mixture(self, terms: Terms) -> list[tuple[sympy.Expr, Terms]] | None:
        """Weights and parts of the best mixture; None unless it has no more terms and is no longer than the expansion.

        That bound also makes the recursion into the parts finite and cheap.
        """
        best: tuple[int, list[int]] = _expanded_length(terms), []
        for chosen in self._mixable(terms):
            corners = _corners(terms, chosen)
            if sum(map(len, corners)) <= len(terms):
                cost = 2 * len(chosen) + 1 + sum(map(self._cost, corners))
                if cost < best[0] or (cost == best[0] and not best[1]):
                    best = cost, chosen
        chosen = best[1]
        if not chosen:
            return None
        symbols = [self.generators[i] for i in chosen]
        weights = [*symbols, 1 - sympy.Add(*symbols)]
        return list(zip(weights, _corners(terms, chosen), strict=True))

    def _mixable(self, terms: Terms) -> list[list[int]]:
        """Parameters in which f is affine, alone and with all others whose slopes share a term: ``-f(0)`` does that."""
        n = len(self.plain)
        affine = [i for i in range(n) if self.plain[i] and {e[i] for e in terms} == {0, 1}]
        slopes = {i: {((*e[:i], 0, *e[i + 1 :]), c) for e, c in terms.items() if e[i]} for i in affine}
        found = []
        for i in affine:
            chosen = [i]
            for j in affine:
                apart = j > i and not any(e[j] and any(e[k] for k in chosen) for e in terms)
                if apart and slopes[i] & slopes[j]:
                    chosen = [*chosen, j]
            found += [[i], chosen] if len(chosen) > 1 else [chosen]
        return found

    def _groups(self, terms: Terms) -> list[Terms] | None:
        """Groups of terms without common generators, each with the constant 0, 1 or -1 that makes it shortest."""
        constant = tuple(0 for _ in self.plain)
        components = _components([e for e in terms if e != constant])
        if len(components) < 2:
            return None
        rest = terms.get(constant, 0)
        groups = []
        for component in components:
            own = {e: terms[e] for e in component}
            choices = [own, *({**own, constant: c} for c in (1, -1))]
            group = min(choices, key=self._cost_and_width)
            rest = rest - group.get(constant, 0)
            groups.append(group)
        return [*groups, {constant: rest}] if rest != 0 else groups


def _expanded_length(terms: Mapping[tuple[int, ...], Any]) -> int:
    total = 0
    for exponents, c in terms.items():
        monomial = sum(1 + (k > 1) for k in exponents if k)
        total += monomial + (c not in (1, -1) or not monomial)
    return total


def _corners(terms: Terms, chosen: Sequence[int]) -> list[Terms]:
    """``f(e_1), ..., f(e_k), f(0)`` for f jointly affine in the chosen generators."""
    at_zero: Terms = {}
    slopes: list[Terms] = [{} for _ in chosen]
    for exponents, c in terms.items():
        active = [k for k, i in enumerate(chosen) if exponents[i]]
        if active:
            reduced = list(exponents)
            reduced[chosen[active[0]]] = 0
            slopes[active[0]][tuple(reduced)] = c
        else:
            at_zero[exponents] = c
    corners = []
    for slope in slopes:
        corner = dict(slope)
        for exponents, c in at_zero.items():
            corner[exponents] = corner.get(exponents, 0) + c
        corners.append({e: c for e, c in corner.items() if c != 0})
    return [*corners, at_zero]


def _components(monomials: list[tuple[int, ...]]) -> list[list[tuple[int, ...]]]:
    """Monomials grouped so that different groups have no generator in common, in order of first appearance."""
    groups: list[tuple[set[int], list[tuple[int, ...]]]] = []
    for exponents in monomials:
        support = {i for i, k in enumerate(exponents) if k}
        touched = [g for g in groups if g[0] & support]
        members = [m for _, own in touched for m in own]
        merged = (support.union(*(s for s, _ in touched)), [*members, exponents])
        first = groups.index(touched[0]) if touched else len(groups)
        groups = [g for g in groups if g not in touched]
        groups.insert(first, merged)
    return [own for _, own in groups]
