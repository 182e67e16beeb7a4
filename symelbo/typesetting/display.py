r"""What a notebook shows of a value: a few equations between double dollars, the rest counted.

Notebooks read formulas with MathJax, so macros of the project are expanded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sympy

from symelbo.typesetting.formula import expanded
from symelbo.typesetting.printer import Printer, length

# Equations that are written out, and symbols in one of them.
EQUATIONS_SHOWN = 16
LARGEST = 400


def equations(rows: Iterable[tuple[str, str]], total: int | None = None) -> str:
    r"""Return equations ``left = right`` as one display; ``total`` says how many there are in all.

    >>> print(equations([("x", "1")]))
    $$\begin{aligned} x &= 1 \end{aligned}$$
    """
    shown = [f"{left} &= {right}" if left else f"& {right}" for left, right in rows]
    more = 0 if total is None else total - len(shown)
    if more > 0:
        shown.append(rf"& \dots \text{{ {more} more}}")
    return r"$$\begin{aligned} " + expanded(r" \\ ".join(shown)) + r" \end{aligned}$$"


def value_latex(value: Any, order: Sequence[sympy.Symbol] = ()) -> str:
    r"""Return the LaTeX of a value; of a very long one only its size.

    >>> x = sympy.Symbol("x")
    >>> print(value_latex(sympy.Add(*(x**k for k in range(400)))))
    \text{... 400 terms}
    """
    if length(value) > LARGEST:
        terms = value.rows * value.cols if isinstance(value, sympy.MatrixBase) else len(sympy.Add.make_args(value))
        what = "entries" if isinstance(value, sympy.MatrixBase) else "terms"
        return rf"\text{{... {terms} {what}}}"
    return Printer(order).doprint(value)


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
        size = length(self)
        if size > LARGEST:
            terms = sum(len(sympy.Add.make_args(sympy.fraction(e)[0])) for e in self)
            return rf"$${self.rows} \times {self.cols} \text{{ matrix, {terms} terms}}$$"
        return f"$${Printer(self.parameters).doprint(self)}$$"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        text = repr(self) if length(self) <= LARGEST else f"Matrix, {self.rows} x {self.cols}"
        return {"text/plain": text, "text/latex": self._repr_latex_()}


def tuple_latex(values: Iterable[Any], order: Sequence[sympy.Symbol] = ()) -> str:
    """Return the LaTeX of values in parentheses, separated by commas; at most 16 of them."""
    items = list(values)
    shown = [value_latex(v, order) for v in items[:EQUATIONS_SHOWN]]
    if len(items) > len(shown):
        shown.append(rf"\dots \text{{ {len(items) - len(shown)} more}}")
    return r"\left(" + ", ".join(shown) + r"\right)"
