r"""Breaking formulas into lines that fit: at relations first, then between terms, then between factors.

A fraction too wide for a line is hoisted: its denominator becomes a factor ``\frac{1}{D}`` in front of the numerator,
whose terms are then broken.  Widths are estimates from font metrics, with a margin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from symelbo.typesetting.formula import width
from symelbo.typesetting.printer import Printer

__all__ = ["TEXT_WIDTH", "broken_lines", "matrix_fits"]

# The width of the text of article.cls at 10 pt.
TEXT_WIDTH = 345.0
# Lines of one formula, beyond which only their number is told.
MAX_LINES = 14


def matrix_fits(latex: str, room: float = TEXT_WIDTH) -> bool:
    """Whether a matrix is no wider than the room."""
    return width(latex) <= room


def broken_lines(value: Any, printer: Printer, first: float, rest: float) -> list[str]:
    r"""Return the LaTeX of a value in lines, the first no wider than ``first`` points, the others than ``rest``.

    Lines after the first start with the sign or the ``\times`` that joins them to what came before.
    """
    whole = printer.doprint(value)
    if width(whole) <= first or not isinstance(value, sympy.Expr) or value.is_Atom or value in printer.named:
        return [whole]
    if value.is_Add and not printer.turned(value):
        return _capped(_sum_lines(value, printer, first, rest), len(value.args))
    return _capped(_product_lines(value, printer, first, rest), 0)


def _capped(lines: list[str], n_terms: int) -> list[str]:
    if len(lines) <= MAX_LINES:
        return lines
    told = rf"\text{{{n_terms} terms in all}}" if n_terms else rf"\text{{{len(lines) - MAX_LINES + 1} more lines}}"
    return [*lines[: MAX_LINES - 1], rf"+ \cdots \quad ({told})"]


def _sum_lines(value: sympy.Expr, printer: Printer, first: float, rest: float) -> list[str]:
    lines: list[str] = []
    current, room = "", first
    terms = printer.terms(value)
    for term, text in zip(terms, printer.signed_terms(value), strict=True):
        if width(current + text) <= room or (not current and width(text) <= room):
            current += text
            continue
        if current:
            lines.append(current)
            room = rest
        if width(text) <= room:
            current = text.strip()
            continue
        sign = text[: len(text) - len(text.lstrip(" +-"))].strip()
        negative = sign == "-"
        broken = broken_lines(term, printer, room - 10, rest)
        if negative:
            broken[0] = broken[0].removeprefix("-").strip()
        lines += [f"{sign} {broken[0]}".strip(), *broken[1:-1]] if len(broken) > 1 else []
        current = broken[-1] if len(broken) > 1 else f"{sign} {broken[0]}".strip()
        room = rest
    return [*lines, current]


def _product_lines(value: sympy.Expr, printer: Printer, first: float, rest: float) -> list[str]:
    coefficient, above, below = printer.factors(value)
    sign = "-" if coefficient < 0 else ""
    number = abs(coefficient)
    pieces: list[list[str]] = []
    wide = [f for f in below if width(printer.doprint(f)) > 0.8 * rest]
    below = [f for f in below if f not in wide]
    if below or number.q != 1:
        # What is no sum stands in the numerator, as long as that is no wider than the denominator.
        denominator = printer.product([sympy.Integer(number.q)] * (number.q != 1) + below)
        short = [f for f in above if not f.is_Add]
        numerator = printer.product([sympy.Integer(number.p)] * (number.p != 1) + short)
        if width(numerator) > max(width(denominator), 60.0):
            numerator, short = str(number.p), []
        above = [f for f in above if f not in short]
        pieces.append([rf"\frac{{{numerator}}}{{{denominator}}}"])
    elif number != 1:
        pieces.append([str(number)])
    alone = len(above) == 1 and not pieces and not sign and not wide
    for f in above:
        text = printer.doprint(f)
        if f.is_Add and f not in printer.named and not alone:
            pieces.append(_bracketed_lines(f, text, printer, rest))
        else:
            pieces.append([text])
    for f in wide:
        base, exponent = f.as_base_exp()
        *lines, last = _bracketed_lines(base, printer.doprint(base), printer, rest)
        pieces.append([*lines, f"{last}^{{-{exponent}}}"])
    return _packed(sign, pieces, first, rest)


def _bracketed_lines(f: sympy.Expr, text: str, printer: Printer, rest: float) -> list[str]:
    if width(text) + 10 <= rest:
        return [rf"\bigl({text}\bigr)" if "frac" in text else f"({text})"]
    lines = _sum_lines(f, printer, rest - 20, rest - 20)
    return [rf"\Bigl({lines[0]}", *lines[1:-1], rf"{lines[-1]}\Bigr)"]


def _packed(sign: str, pieces: Sequence[list[str]], first: float, rest: float) -> list[str]:
    """Factors packed into lines; a factor of several lines starts where there is room for its first one."""
    lines: list[str] = []
    current, room = sign, first
    for piece in pieces:
        joined = f"{current} {piece[0]}".strip()
        if width(joined) <= room or current in ("", "-"):
            current = joined
        else:
            lines.append(current)
            current, room = rf"{{}} \times {piece[0]}", rest
        if len(piece) > 1:
            lines += [current, *piece[1:-1]]
            current, room = piece[-1], rest
    return [*lines, current]
