"""Real roots of polynomials over Q, each with the field Q(alpha) that it generates, in sympy's arithmetic.

Elements of Q(alpha) are sympy's: equality is exact, and a matrix of them has its rank and null space in sympy.
The sign of a nonzero element, a polynomial in alpha, is that on an interval around alpha in which it has no root.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import sympy
from sympy.polys.matrices import DomainMatrix

from symelbo.exact import RationalFunction, as_rational, rational_to_sympy, value_in

X = sympy.Symbol("x")

# An element of RealRoot.numbers, a domain of sympy.
AlgebraicNumber: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class RealRoot:
    """A real root alpha of an irreducible polynomial over Q.

    Attributes
    ----------
    minimal : monic, in x
    interval : two rational numbers between which alpha is the only root
    symbolic : alpha, rational, in radicals of degree 2 or sympy's CRootOf
    numbers : the field Q(alpha), a domain of sympy

    >>> root = real_roots([-2, 0, 1])[1]
    >>> root.to_sympy(root.generator**2), root.sign(root.generator - 1)
    (2, 1)
    """

    minimal: sympy.Poly
    interval: tuple[sympy.Rational, sympy.Rational] = field(compare=False)
    symbolic: sympy.Expr
    numbers: Any = field(compare=False)

    @property
    def degree(self) -> int:
        """The degree of alpha over Q."""
        return int(self.minimal.degree())

    @property
    def generator(self) -> AlgebraicNumber:
        """Alpha as an element."""
        return self.numbers.from_sympy(self.symbolic) if self.degree == 1 else self.numbers.unit

    def constant(self, value: object) -> AlgebraicNumber:
        """Return a rational number as an element."""
        return self.numbers.from_sympy(rational_to_sympy(as_rational(value)))

    def to_sympy(self, number: AlgebraicNumber) -> sympy.Expr:
        """Return an element as a sympy expression in the root."""
        return self.numbers.to_sympy(number)

    def sign(self, number: AlgebraicNumber) -> int:
        """Return the sign of an element, exactly."""
        if self.degree == 1:
            return int(number > 0) - int(number < 0)
        polynomial = sympy.Poly(number.to_list(), X, domain=sympy.QQ)
        low, high = self.interval
        while polynomial and polynomial.count_roots(low, high):
            low, high = self.minimal.refine_root(low, high, steps=4)
        return int(sympy.sign(polynomial.eval(low)))

    def matrix(self, rows: Sequence[Sequence[AlgebraicNumber]]) -> DomainMatrix:
        """Return a matrix over Q(alpha)."""
        return DomainMatrix([list(r) for r in rows], (len(rows), len(rows[0])), self.numbers)


def real_roots(coefficients: Sequence[object]) -> list[RealRoot]:
    """Return the distinct real roots of a polynomial over Q (constant term first), in increasing order.

    >>> [r.symbolic for r in real_roots([-2, -1, 2, 1])]
    [-2, -1, 1]
    """
    exact = [rational_to_sympy(as_rational(c)) for c in reversed(coefficients)]
    found = []
    for factor, _ in sympy.Poly(exact, X, domain=sympy.QQ).factor_list()[1]:
        symbolic = factor.real_roots() if factor.degree() > 2 else sorted(sympy.roots(factor, X), key=sympy.re)
        values = [v for v in symbolic if v.is_real]
        for (interval, _), value in zip(factor.intervals(), values, strict=True):
            numbers = sympy.QQ if value.is_Rational else sympy.QQ.algebraic_field(value)
            found.append(RealRoot(factor.monic(), interval, value, numbers))
    return sorted(found, key=lambda r: sympy.N(r.symbolic, 30))


def evaluate(element: RationalFunction, values: Sequence[AlgebraicNumber], root: RealRoot) -> AlgebraicNumber:
    """Return the value of a rational function at algebraic values of the generators; ZeroDivisionError at a pole."""
    num, den = (
        value_in(p, values, root.constant, lambda t: sum(t, root.numbers.zero)) for p in (element.num, element.den)
    )
    if not den:
        raise ZeroDivisionError
    return num / den
