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


def aligned(rows: Iterable[tuple[Any, Any]], order: Sequence[sympy.Symbol] = ()) -> str:
    r"""Return equations between values, all in full, as amsmath's ``aligned``; a left side may be LaTeX or nothing.

    >>> x = sympy.Symbol("x")
    >>> print(aligned([("G", x / 2), (x, 1)]))
    \begin{aligned} G &= \frac{x}{2} \\ x &= 1 \end{aligned}
    """
    printer = Printer(order)
    sides = ((a if isinstance(a, str) else printer.doprint(a), printer.doprint(b)) for a, b in rows)
    lines = (f"{left} &= {right}" if left else f"& {right}" for left, right in sides)
    return r"\begin{aligned} " + expanded(r" \\ ".join(lines)) + r" \end{aligned}"


def size(value: Any) -> str:
    """Return how large a value is, in words.

    >>> size(sympy.eye(3)), size(sympy.Symbol("x") + 1)
    ('3 x 3 matrix', '2 symbols')
    """
    if isinstance(value, sympy.MatrixBase):
        return f"{value.rows} x {value.cols} matrix"
    return f"{length(value)} symbols"


def value_latex(value: Any, order: Sequence[sympy.Symbol] = (), *, largest: int = LARGEST) -> str:
    r"""Return the LaTeX of a value; of a very long one only its size.

    >>> x = sympy.Symbol("x")
    >>> print(value_latex(sympy.Add(*(x**k for k in range(400)))))
    \text{... 798 symbols}
    """
    return Printer(order).doprint(value) if length(value) <= largest else rf"\text{{... {size(value)}}}"


def tuple_latex(values: Iterable[Any], order: Sequence[sympy.Symbol] = ()) -> str:
    """Return the LaTeX of values in parentheses, separated by commas; at most 16 of them."""
    items = list(values)
    shown = [value_latex(v, order) for v in items[:EQUATIONS_SHOWN]]
    if len(items) > len(shown):
        shown.append(rf"\dots \text{{ {len(items) - len(shown)} more}}")
    return r"\left(" + ", ".join(shown) + r"\right)"
