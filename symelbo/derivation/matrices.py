"""How a matrix is shown: as such if it fits, as a diagonal, by its rows or columns, or by its nonzero entries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import sympy

from symelbo.derivation.steps import Side
from symelbo.typesetting import Measure, Printer
from symelbo.typesetting.printer import beside

# Entries of a matrix that are listed one by one; the rest is counted.
ENTRIES_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """Lines ``left = lines``, and entries, (label, row, column), that are written one by one after them."""

    lines: tuple[tuple[str, list[str]], ...] = ()
    entries: tuple[tuple[str, int, int], ...] = ()


def matrix_rows(
    side: Side, value: Any, left: str, printer: Printer, measure: Measure, *, short: bool, brief: bool
) -> Shown:
    """How a matrix is shown; ``short``: every entry may be written out, ``brief``: all of them together."""
    room = measure.room - measure.relation - measure.width(left)
    n, m = value.rows, value.cols
    diagonal = n == m and all(value[i, j] == 0 for i in range(n) for j in range(m) if i != j)
    if diagonal and short and 3 < n <= 2 * ENTRIES_SHOWN:
        texts = [printer.doprint(value[i, i]) for i in range(n)]
        return Shown(((left, listed(texts, r"\operatorname{diag}\Bigl(", r"\Bigr)", room, measure, small=False)),))
    latex = printer.doprint(value)
    if short and n <= 16 and measure.width(latex) <= room:
        return Shown(((left, [latex]),))
    if side.row and n <= 16 and brief:
        found = _by_rows(side, value, printer, measure)
        if found is not None:
            return found
    elif side.column and n <= 8 and m <= 16 and brief:
        found = _by_columns(side, value, printer, measure)
        if found is not None:
            return found
    return _by_entries(side, value, left, measure)


def _by_rows(side: Side, value: Any, printer: Printer, measure: Measure) -> Shown | None:
    """The rows of a matrix that is too wide, as vectors; None if an entry is too wide for that."""
    lefts = [side.row.replace("ROW", label) for label in side.rows]
    room = measure.room - measure.relation - max(map(measure.width, lefts))
    lines = []
    for i, left in enumerate(lefts):
        written = listed([printer.doprint(e) for e in value[i, :]], r"\bigl(", r"\bigr)", room, measure, small=True)
        if any(measure.width(line) > room for line in written):
            return None
        lines.append((left, written))
    return Shown(tuple(lines))


def _by_columns(side: Side, value: Any, printer: Printer, measure: Measure) -> Shown | None:
    """The columns of a matrix that is too wide, as vectors, common factors in front; None as above."""
    lefts = [side.column.replace("COLUMN", label) for label in side.columns]
    room = measure.room - measure.relation - max(map(measure.width, lefts))
    lines = []
    for j, left in enumerate(lefts):
        common, inside = _common(list(value[:, j]))
        front = reduce(beside, printer.product_parts(common)) if common else ""
        texts = [printer.doprint(e) for e in inside]
        written = listed(texts, rf"{front} \bigl(".strip(), r"\bigr)", room, measure, small=True)
        if any(measure.width(line) > room for line in written):
            return None
        lines.append((left, written))
    return Shown(tuple(lines))


def _by_entries(side: Side, value: Any, left: str, measure: Measure) -> Shown:
    """The nonzero entries of a matrix that is too wide."""
    symmetric = value.rows == value.cols and value.is_symmetric()
    positions = [
        (i, j) for i in range(value.rows) for j in range(value.cols) if value[i, j] != 0 and not (symmetric and j < i)
    ]
    entries = tuple(
        (side.entry.replace("ROW", side.rows[i]).replace("COLUMN", side.columns[j]), i, j)
        for i, j in positions[:ENTRIES_SHOWN]
    )
    told = f"{len(positions)} nonzero entries" + (" up to symmetry" if symmetric else "")
    end = "," if len(positions) > len(entries) else ":"
    lines = [rf"{left} \text{{ is }} {value.rows} \times {value.cols}", rf"\text{{ with {told}{end}}}"]
    if measure.width("".join(lines)) <= measure.room:
        lines = ["".join(lines)]
    if len(positions) > len(entries):
        lines.append(rf"\text{{the first {len(entries)} of them being}}")
    return Shown((("", lines),), entries)


def listed(
    texts: Sequence[str], opening: str, closing: str, room: float, measure: Measure, *, small: bool
) -> list[str]:
    """Entries in parentheses, separated by commas, broken after commas."""
    if small:
        texts = [t.replace(r"\frac", r"\tfrac") for t in texts]
    lines: list[str] = []
    current = opening
    for k, text in enumerate(texts):
        piece = text + (", " if k + 1 < len(texts) else closing)
        allowed = room if not lines else room - measure.indent
        if measure.width(f"{current} {piece}") > allowed and current != opening:
            lines.append(current)
            current = r"\," if piece[0] == "-" else ""  # a sign after space is no difference
        current = f"{current} {piece}".strip()
    return [*lines, current]


def _common(entries: list[sympy.Expr]) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
    """Factors that all nonzero entries share, and the entries without them."""
    factors = [list(sympy.Mul.make_args(e)) for e in entries if e != 0]
    first = factors[0] if factors else []
    common = [f for f in first if not f.is_number and all(f in o for o in factors)]
    inside = [e if e == 0 else sympy.Mul(*(f for f in sympy.Mul.make_args(e) if f not in common)) for e in entries]
    return common, inside
