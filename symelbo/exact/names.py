"""Names: symbols that know what they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakValueDictionary

import sympy

__all__ = ["Name", "definitions", "written_out"]


class Name(sympy.Symbol):  # type: ignore[misc]  # sympy ships no types
    """A symbol that stands for an expression: ``p(1,1)`` where ``p(1,1) = x*y1*z1 + y2*z2*(1 - x)``.

    >>> x = sympy.Symbol("x")
    >>> p = Name("p", 1 - x)
    >>> p**2, (p**2).subs(x, 3), sympy.diff(p**2, x)
    (p**2, 4, -2*p)
    """

    __slots__ = ("__weakref__", "_known", "definition")

    definition: sympy.Expr
    _known: set[sympy.Symbol] | None

    def __new__(cls, name: str, definition: sympy.Expr) -> Name:
        """Return the symbol with this name and definition, always the same one."""
        found = _NAMES.get((name, definition))
        if found is None:
            found = sympy.Symbol.__xnew__(cls, name, commutative=True)
            found.definition = definition
            found._known = None
            _NAMES[name, definition] = found
        return found

    def __eq__(self, other: object) -> bool:
        # Definitions of definitions are compared by the names in them: what has no end otherwise is immediate.
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __hash__(self) -> int:
        return int(super().__hash__())

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        return (self.name, self.definition), {}

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*super()._hashable_content(), self.definition)

    @property
    def free_symbols(self) -> set[sympy.Symbol]:
        """The symbols of the definition."""
        return set(self._symbols)

    @property
    def _symbols(self) -> set[sympy.Symbol]:
        if self._known is None:
            self._known = self.definition.free_symbols
        return self._known

    def _eval_subs(self, old: sympy.Basic, new: sympy.Basic) -> sympy.Expr | None:
        if not self._symbols & old.free_symbols:
            return None
        changed = self.definition._subs(old, new)
        return None if changed is self.definition else changed

    def _xreplace(self, rule: Mapping[sympy.Basic, sympy.Basic]) -> tuple[sympy.Basic, bool]:
        if self in rule:
            return rule[self], True
        changed, differs = self.definition._xreplace(rule)
        return (changed, True) if differs else (self, False)

    def _eval_derivative(self, symbol: sympy.Symbol) -> sympy.Expr:
        return sympy.S.One if self == symbol else self.definition.diff(symbol)

    def _eval_derivative_n_times(self, symbol: sympy.Symbol, n: int) -> sympy.Expr | None:
        # An atom of sympy is its own symbol and has no other derivative.
        return sympy.Basic._eval_derivative_n_times(self, symbol, n)

    def _eval_evalf(self, precision: int) -> sympy.Expr:
        return self.definition._eval_evalf(precision)

    def _eval_is_real(self) -> bool | None:
        real: bool | None = self.definition.is_real
        return real


_NAMES: WeakValueDictionary[tuple[str, sympy.Expr], Name] = WeakValueDictionary()


def written_out(expression: sympy.Expr) -> sympy.Expr:
    """Return an expression with the definitions of its names in their places."""
    rule: dict[sympy.Expr, sympy.Expr] = {}
    for name, definition in definitions([expression]):
        rule[name] = definition.xreplace(rule)
    return expression.xreplace(rule)


def definitions(expressions: Iterable[sympy.Expr]) -> list[tuple[Name, sympy.Expr]]:
    """Return the names in expressions with what they stand for; a definition uses earlier names only."""
    found: dict[Name, sympy.Expr] = {}
    seen: set[sympy.Basic] = set()

    def visit(e: sympy.Basic) -> None:
        if e in seen:
            return
        seen.add(e)
        for a in (e.definition,) if isinstance(e, Name) else e.args:
            visit(a)
        if isinstance(e, Name):
            found[e] = e.definition

    for e in expressions:
        visit(e)
    return list(found.items())
