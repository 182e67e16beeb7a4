r"""Breaking formulas into lines that fit: at relations first, then between terms, then between factors.

A fraction too wide for a line is hoisted: its denominator becomes a factor ``\frac{1}{D}`` in front of the numerator,
whose terms are then broken.  Widths are estimates from font metrics, with a margin.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symelbo.typesetting.formula import width
from symelbo.typesetting.plain import plain
from symelbo.typesetting.printer import Printer, beside

# The width of the text of article.cls at 10 pt.
TEXT_WIDTH = 345.0
# Lines of one formula, beyond which only their number is told.
MAX_LINES = 14


@dataclass(frozen=True, slots=True)
class Measure:
    """How wide a line is, and how wide formulas are in it.

    Attributes
    ----------
    text : float
        The width of the text.
    width : callable
        The width of a formula.
    unit : float
        About a fifth of the width of a letter: one point in print.
    """

    text: float
    width: Callable[[str], float]
    unit: float

    @property
    def room(self) -> float:
        """The width of the text without a margin for what estimates may be wrong by."""
        return self.text - 12 * self.unit

    @property
    def relation(self) -> float:
        """The width of a sign of relation with its spaces."""
        return 16 * self.unit

    @property
    def indent(self) -> float:
        """By how much the lines after the first are shorter."""
        return 20 * self.unit


def page(text: float) -> Measure:
    """The measure of a page with a text of so many points."""
    return Measure(text, width, 1.0)


PAGE = page(TEXT_WIDTH)


def terminal(columns: int) -> Measure:
    """The measure of a terminal of so many columns, of which four are the indent of displays."""
    return Measure(max(columns - 4, 36) + 2.4, _columns, 0.2)


def _columns(latex: str) -> float:
    return float(max(map(len, plain(latex).split("\n"))))


def broken_lines(value: Any, printer: Printer, first: float, rest: float, measure: Measure = PAGE) -> list[str]:
    r"""Return the LaTeX of a value in lines, the first no wider than ``first``, the others than ``rest``.

    Lines after the first start with the sign or the ``\times`` that joins them to what came before.
    """
    whole = printer.doprint(value)
    if measure.width(whole) <= first or not isinstance(value, sympy.Expr):
        return [whole]
    if value.is_Atom:
        return at_commas(whole, first, rest, measure)
    if value.is_Add and not printer.turned(value):
        return _Breaking(printer, measure).shortened(value, first, rest, MAX_LINES)
    lines: list[str] = []
    for limit in (MAX_LINES, MAX_LINES // 2, 2):
        lines = _Breaking(printer, measure, limit).product(value, first, rest)
        if len(lines) <= MAX_LINES:
            break
    return lines


def at_commas(text: str, first: float, rest: float, measure: Measure) -> list[str]:
    """A name that is wider than a line, such as the probability of states with long labels, broken after commas."""
    parts = re.split(r"(?<=,)(?![^{]*})", text) if measure.width(text) > first else [text]
    lines = [parts[0]]
    for part in parts[1:]:
        if measure.width(lines[-1] + part) <= (first if len(lines) == 1 else rest):
            lines[-1] += part
        else:
            lines.append(part)
    return lines


class _Breaking:
    """Breaks sums between their terms and products between their factors, of which each has at most ``limit`` lines."""

    def __init__(self, printer: Printer, measure: Measure, limit: int = MAX_LINES) -> None:
        self.printer, self.measure, self.limit = printer, measure, limit
        self.width, self.unit = measure.width, measure.unit

    def shortened(self, value: sympy.Expr, first: float, rest: float, limit: int) -> list[str]:
        """A sum in at most ``limit`` lines: of a longer one as many whole terms as fit, and how many there are."""
        written = list(zip(self.printer.terms(value), self.printer.signed_terms(value), strict=True))
        lines = self.sum(written, first, rest)
        if len(lines) <= limit:
            return lines
        told = rf"+ \cdots \quad (\text{{{len(written)} terms in all}})"
        fits, longest = 1, len(written) - 1  # at least one term is written, however long it is
        while fits < longest:
            n = (fits + longest + 1) // 2
            fits, longest = (n, longest) if len(self.sum(written[:n], first, rest)) < limit else (fits, n - 1)
        return [*self.sum(written[:fits], first, rest), told]

    def sum(self, written: Sequence[tuple[sympy.Expr, str]], first: float, rest: float) -> list[str]:
        """Terms, each with its text and its sign, in lines."""
        lines: list[str] = []
        current, room = "", first
        for term, text in written:
            if self.width(current + text) <= room or (not current and self.width(text) <= room):
                current += text
                continue
            if current:
                lines.append(current)
                room = rest
            if self.width(text) <= room:
                current = text.strip()
                continue
            sign = text[: len(text) - len(text.lstrip(" +-"))].strip()
            negative = sign == "-"
            broken = broken_lines(term, self.printer, room - 10 * self.unit, rest, self.measure)
            if negative:
                broken[0] = broken[0].removeprefix("-").strip()
            lines += [f"{sign} {broken[0]}".strip(), *broken[1:-1]] if len(broken) > 1 else []
            current = broken[-1] if len(broken) > 1 else f"{sign} {broken[0]}".strip()
            room = rest
        return [*lines, current]

    def product(self, value: sympy.Expr, first: float, rest: float) -> list[str]:
        coefficient, above, below = self.printer.factors(value)
        sign = "-" if coefficient < 0 else ""
        number = abs(coefficient)
        pieces: list[list[str]] = []
        wide = [f for f in below if self.width(self.printer.doprint(f)) > 0.8 * rest]
        below = [f for f in below if f not in wide]
        if below or number.q != 1:
            # What is no sum stands in the numerator, as long as that is no wider than the denominator.
            denominator = self.printer.product([sympy.Integer(number.q)] * (number.q != 1) + below)
            short = [f for f in above if not f.is_Add]
            numerator = self.printer.product([sympy.Integer(number.p)] * (number.p != 1) + short)
            if self.width(numerator) > max(self.width(denominator), 60 * self.unit):
                numerator, short = str(number.p), []
            above = [f for f in above if f not in short]
            pieces += [[text] for text in self.fractions(numerator, number.q, below, rest)]
        elif number != 1:
            pieces.append([str(number)])
        alone = len(above) == 1 and not pieces and not sign and not wide
        for f in above:
            text = self.printer.doprint(f)
            if f.is_Add and not alone:
                pieces.append(self.bracketed(f, text, rest))
            else:
                pieces.append(
                    [text] if self.width(text) <= rest or not f.is_Atom else at_commas(text, rest, rest, self.measure)
                )
        for f in wide:
            base, exponent = f.as_base_exp()
            *lines, last = self.bracketed(base, self.printer.doprint(base), rest)
            pieces.append([*lines, f"{last}^{{-{exponent}}}"])
        return self.packed(sign, pieces, first, rest)

    def fractions(self, numerator: str, number: int, below: list[sympy.Expr], rest: float) -> list[str]:
        """A fraction, or where its denominator is too wide several ones."""
        found: list[str] = []
        factors: list[sympy.Expr] = [sympy.Integer(number)] * (number != 1) + below
        while factors:
            n = len(factors)
            while n > 1 and self.width(rf"\frac{{{numerator}}}{{{self.printer.product(factors[:n])}}}") > rest:
                n -= 1
            found.append(rf"\frac{{{numerator}}}{{{self.printer.product(factors[:n])}}}")
            factors, numerator = factors[n:], "1"
        return found

    def bracketed(self, f: sympy.Expr, text: str, rest: float) -> list[str]:
        if self.width(text) + 10 * self.unit <= rest:
            return [rf"\bigl({text}\bigr)" if "frac" in text else f"({text})"]
        lines = self.shortened(f, rest - self.measure.indent, rest - self.measure.indent, self.limit)
        return [rf"\Bigl({lines[0]}", *lines[1:-1], rf"{lines[-1]}\Bigr)"]

    def packed(self, sign: str, pieces: Sequence[list[str]], first: float, rest: float) -> list[str]:
        """Factors packed into lines; a factor of several lines starts where there is room for its first one."""
        lines: list[str] = []
        current, room = sign, first
        for piece in pieces:
            joined = beside(current, piece[0]) if current else piece[0]
            if self.width(joined) <= room or current in ("", "-"):
                current = joined
            else:
                lines.append(current)
                current, room = rf"{{}} \times {piece[0]}", rest
            if len(piece) > 1:
                lines += [current, *piece[1:-1]]
                current, room = piece[-1], rest
        return [*lines, current]
