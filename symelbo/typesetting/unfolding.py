"""How a notebook shows a value that holds others: one line, its repr, that unfolds into a table of what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from html import escape
from itertools import islice
from typing import Any

import sympy

from symelbo.typesetting.display import EQUATIONS_SHOWN, LARGEST, size, value_latex
from symelbo.typesetting.formula import expanded
from symelbo.typesetting.printer import Printer, length
from symelbo.typesetting.sentences import Math, spoken

# Rows and columns of a long matrix that are shown, and symbols in an entry of it.
CORNER = 8
SHORT = 40


class Unfolding:
    """A value whose HTML is its repr, which unfolds into its parts; nothing is left out, long parts unfold in turn."""

    __slots__ = ()

    def _parts(self) -> Iterable[tuple[Any, Any]]:
        """Names and values of what it holds: the fields of a dataclass."""
        return ((f.name.replace("_", " "), getattr(self, f.name)) for f in fields(self) if f.repr and f.compare)  # type: ignore[arg-type]

    def _repr_html_(self) -> str:
        return unfolding(repr(self), self._parts())


class ShownMatrix(sympy.Matrix):  # type: ignore[misc]  # sympy ships no types
    r"""A sympy matrix that a notebook shows in the order of the parameters, or if it is long by its size.

    >>> x, y = sympy.symbols("y x")
    >>> print(ShownMatrix.of(sympy.Matrix([[y * x, 0], [0, 1 - x]]), [x, y])._repr_latex_())
    $$\begin{pmatrix} y x & 0 \\ 0 & 1 - y \end{pmatrix}$$
    """

    parameters: tuple[sympy.Symbol, ...] = ()

    @classmethod
    def of(cls, matrix: Any, parameters: Iterable[sympy.Symbol] = ()) -> ShownMatrix:
        """The matrix with these entries, for a model with these parameters in declared order."""
        shown = cls(matrix)
        shown.parameters = tuple(parameters)
        return shown

    def _repr_latex_(self) -> str:
        """All entries, or of a long matrix those that are short, of many the first ones, and the size of the others."""
        if length(self) <= LARGEST:
            return f"$${Printer(self.parameters).doprint(self)}$$"
        rows, columns = min(self.rows, CORNER), min(self.cols, CORNER)
        lines = [[value_latex(self[i, j], self.parameters, largest=SHORT) for j in range(columns)] for i in range(rows)]
        if self.cols > columns:
            lines = [[*line, r"\cdots"] for line in lines]
        if self.rows > rows:
            lines.append([r"\vdots"] * len(lines[0]))
        return r"$$\begin{pmatrix} " + r" \\ ".join(map(" & ".join, lines)) + r" \end{pmatrix}$$"

    def _parts(self) -> Iterator[tuple[str, sympy.Expr]]:
        """The entries that are not 0."""
        return ((f"{i + 1}, {j + 1}", self[i, j]) for i in range(self.rows) for j in range(self.cols) if self[i, j])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        """A long matrix unfolds into its entries; in a terminal the long ones are replaced by their sizes."""
        if length(self) <= LARGEST:
            return {"text/plain": repr(self), "text/latex": self._repr_latex_()}
        corner = sympy.Matrix(self)[:CORNER, :CORNER]
        sized = corner.applyfunc(lambda e: e if length(e) <= SHORT else sympy.Symbol(f"({size(e)})"))
        entries = first(self._parts(), sum(map(bool, self)), "print() writes them out", CORNER**2)
        return {
            "text/plain": f"{size(self)}; print() writes it out\n{sized!r}",
            "text/latex": self._repr_latex_(),
            "text/html": unfolding(f"{size(self)}, by row and column", entries),
        }


def unfolding(line: str, parts: Iterable[tuple[Any, Any]], *, unfolded: bool = False) -> str:
    r"""Return a line that unfolds into a table of names and values; absent values (None, empty) have no row.

    >>> print(unfolding("a point", [("x", sympy.Rational(1, 2)), ("y", None)]).replace(' style="text-align: left"', ""))
    <details><summary>a point</summary><table><tr><td>x</td><td>$\frac{1}{2}$</td></tr></table></details>
    """
    rows = [(_shown(name), _shown(value)) for name, value in parts if not _is_absent(value)]
    head = escape(line, quote=False).replace("\n", "<br/>")
    if not rows:
        return f"<p>{head}</p>"
    cell = '<td style="text-align: left">'
    table = "".join(f"<tr>{cell}{name}</td>{cell}{value}</td></tr>" for name, value in rows)
    opened = ' open="open"' if unfolded else ""
    return f"<details{opened}><summary>{head}</summary><table>{table}</table></details>"


def first(rows: Iterable[tuple[Any, Any]], count: int, where: str, shown: int = EQUATIONS_SHOWN) -> Iterator[Any]:
    """Yield the first of so many rows, and how many there are more, and where.

    >>> list(first(((i, i * i) for i in range(100)), 100, "squares", shown=2))
    [(0, 0), (1, 1), ('...', '98 more: squares')]
    """
    yield from islice(rows, shown)
    if count > shown:
        yield "...", f"{count - shown} more: {where}"


def _is_absent(value: Any) -> bool:
    return value is None or (isinstance(value, Sequence | Mapping) and not len(value))


def _shown(value: Any) -> str:
    if isinstance(value, Unfolding):
        return value._repr_html_()
    if isinstance(value, sympy.Basic | sympy.MatrixBase):
        if length(value) <= LARGEST:
            return _formula(Printer().doprint(value))
        return _folded(size(value), str(value))
    if isinstance(value, Mapping):
        return unfolding(f"{len(value)} values", value.items())
    if isinstance(value, tuple | list):
        if hasattr(value, "_asdict"):
            return ", ".join(f"{name} {_shown(v)}" for name, v in value._asdict().items())
        if any(isinstance(v, Math) for v in value):
            return spoken(tuple(value), lambda text: escape(text, quote=False), _formula)
        atoms = all(isinstance(v, sympy.Basic | str | int) for v in value)
        return (", " if atoms else "<br/>").join(map(_shown, value))
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return escape(text, quote=False) if len(text) <= LARGEST else _folded(f"{text[:60]} ...", text)


def _formula(latex: str) -> str:
    return f"${escape(expanded(latex), quote=False)}$"


def _folded(line: str, text: str) -> str:
    return f"<details><summary>{escape(line, quote=False)}</summary><code>{escape(text, quote=False)}</code></details>"
