"""Values of expressions with names, in any kind of number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from operator import mul
from typing import Any

import sympy

from symelbo.errors import DomainError
from symelbo.exact.exponents import coordinates, polynomial_form
from symelbo.exact.names import Name
from symelbo.exact.numbers import as_rational

__all__ = ["evaluated"]


def evaluated(
    expressions: Iterable[sympy.Expr], at: Mapping[sympy.Expr, Any], constant: Callable[[Any], Any] = as_rational
) -> list[Any]:
    """Return the values of rational expressions at values of their generators, each name computed once.

    Parameters
    ----------
    expressions : sympy expressions
    at : mapping from symbol or exponential to numbers of any kind: rationals, residues, intervals, arrays
    constant : callable, optional
        A sympy rational as such a number; default: as an exact rational.

    Raises
    ------
    DomainError
        A denominator vanishes, or a symbol has no value.
    """
    known: dict[sympy.Expr, Any] = dict(at)

    def exponential(e: sympy.Expr) -> Any:
        """A product of powers of the given ones."""
        given = [g for g in at if isinstance(g, sympy.exp)]
        symbols = sorted(e.free_symbols.union(*(g.free_symbols for g in given)), key=str)
        powers = coordinates([polynomial_form(g.args[0], symbols) for g in given], polynomial_form(e.args[0], symbols))
        if powers is None or any(c.denominator != 1 for c in powers):
            raise DomainError(f"no value for {e}")
        return reduce(mul, (at[g] ** int(c) for g, c in zip(given, powers, strict=True) if c))

    def value(e: sympy.Expr) -> Any:
        found = known.get(e)
        if found is not None:
            return found
        if isinstance(e, Name):
            found = known[e] = value(e.definition)
            return found
        if e.is_Rational:
            return constant(e)
        if isinstance(e, sympy.exp):
            found = known[e] = exponential(e)
            return found
        if e.is_Add or e.is_Mul:
            found = value(e.args[0])
            for a in e.args[1:]:
                found = found + value(a) if e.is_Add else found * value(a)
            known[e] = found
            return found
        if e.is_Pow and e.args[1].is_Integer:
            base, exponent = value(e.args[0]), int(e.args[1])
            try:
                found = known[e] = base**exponent
            except ZeroDivisionError:
                raise DomainError(f"the denominator {e.args[0]} vanishes at this point") from None
            return found
        raise DomainError(f"no value for {e}")

    return [value(e) for e in expressions]
