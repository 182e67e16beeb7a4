"""How a notebook shows a value that holds others: one line, its repr, that unfolds into a table of what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from html import escape
from typing import Any

import sympy

from symelbo.typesetting.display import LARGEST
from symelbo.typesetting.formula import expanded
from symelbo.typesetting.printer import Printer, length


class Unfolding:
    """A value whose HTML is its repr, which unfolds into its parts; nothing is left out, long parts unfold in turn."""

    __slots__ = ()

    def _parts(self) -> Iterable[tuple[str, Any]]:
        """Names and values of what it holds: the fields of a dataclass."""
        return ((f.name.replace("_", " "), getattr(self, f.name)) for f in fields(self) if f.repr and f.compare)  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        return unfolding(repr(self), self._parts())


def unfolding(line: str, parts: Iterable[tuple[Any, Any]]) -> str:
    r"""Return a line that unfolds into a table of names and values; absent values (None, empty) have no row.

    >>> print(unfolding("a point", [("x", sympy.Rational(1, 2)), ("y", None)]))
    <details><summary>a point</summary><table><tr><td>x</td><td>$\frac{1}{2}$</td></tr></table></details>
    """
    rows = [(_shown(name), _shown(value)) for name, value in parts if not _is_absent(value)]
    head = escape(line, quote=False).replace("\n", "<br/>")
    if not rows:
        return f"<p>{head}</p>"
    table = "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows)
    return f"<details><summary>{head}</summary><table>{table}</table></details>"


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, Sequence | Mapping) and not len(value))


def _shown(value: Any) -> str:
    if isinstance(value, Unfolding):
        return value._repr_html_()
    if isinstance(value, sympy.Basic | sympy.MatrixBase):
        if length(value) <= LARGEST:
            return f"${escape(expanded(Printer().doprint(value)), quote=False)}$"
        return _folded("a long formula", str(value))
    if isinstance(value, Mapping):
        return unfolding(f"{len(value)} values", value.items())
    if isinstance(value, tuple | list):
        atoms = all(isinstance(v, sympy.Basic | str | int) for v in value)
        return (", " if atoms else "<br/>").join(map(_shown, value))
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return escape(text, quote=False) if len(text) <= LARGEST else _folded(f"{text[:60]} ...", text)


def _folded(line: str, text: str) -> str:
    return f"<details><summary>{escape(line, quote=False)}</summary><code>{escape(text, quote=False)}</code></details>"
