"""From a derivation to blocks that every renderer writes: sentences, and displays whose lines fit the width of a text.

Nothing is computed: values are printed, subexpressions that occur often are given a name, long lines are broken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symelbo.derivation.steps import Derivation, Math, Relation, Side, Step, Words, words
from symelbo.typesetting import TEXT_WIDTH, Printer, broken_lines, in_form, width

__all__ = ["Block", "Display", "Row", "blocks"]

# Entries of a matrix that are listed one by one; the rest is counted.
ENTRIES_SHOWN = 12
# A subexpression of this many symbols that occurs this often in one step gets a name.
ABBREVIATED_LENGTH, ABBREVIATED_TIMES = 9, 3
MARGIN = 12.0
RELATION = 16.0
# What is longer than this is not written out; its size is told.
LARGEST = 600


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a display: left side (may be empty), sign, and the lines of the right side."""

    left: str
    relation: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """Rows aligned at their signs; ``columns`` of them next to each other, filled column by column."""

    rows: tuple[Row, ...]
    columns: int = 1

    def grid(self) -> Iterator[list[Row]]:
        """The rows that stand next to each other."""
        height = -(-len(self.rows) // self.columns)
        for i in range(height):
            yield [self.rows[i + k * height] for k in range(self.columns) if i + k * height < len(self.rows)]


@dataclass(frozen=True, slots=True)
class Block:
    """A step, laid out."""

    heading: str
    text: Words
    displays: tuple[Display, ...]
    after: Words
    foot: Words


def blocks(derivation: Derivation) -> list[Block]:
    """Return the steps of a derivation, laid out."""
    return _Layout(derivation).blocks()


class _Layout:
    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation
        self.printer = Printer(derivation.order, derivation.symbols)
        self.placeholders: dict[sympy.Expr, sympy.Symbol] = {}
        heads = {s.name[:1] for s in derivation.order}
        self.letter = next((c for c in "abrsuwfghkmn" if c not in heads), r"\alpha")
        self.abbreviations = 0

    def blocks(self) -> list[Block]:
        return [self.block(step) for step in self.derivation.steps]

    def block(self, step: Step) -> Block:
        # What this step defines is named after it was written, for the steps that follow.
        relations = list(step.relations)
        extra = self.abbreviate(
            [r.right.value for r in relations if r.right.value is not None and r.right.latex is None and not r.names]
        )
        displays = [d for group in self.groups(relations) for d in self.display(group)]
        for r in relations:
            if r.names:
                self.name(r.right.value, r.left.latex or "")
        after = step.after
        if extra:
            displays.append(Display(tuple(extra)))
        if step.more:
            after = (f"({step.more} more of this kind are not written out.) ", *after)
        return Block(step.heading, step.text, tuple(displays), after, _foot(step))

    # -- names ----------------------------------------------------------------------------------------------------

    def name(self, value: Any, latex: str) -> None:
        """Write a value by its name from now on."""
        if isinstance(value, sympy.Expr) and not value.is_Atom:
            placeholder = sympy.Dummy(f"named{len(self.placeholders)}")
            self.placeholders[value] = placeholder
            self.printer.symbols[placeholder] = latex
            self.printer.rank[placeholder] = len(self.printer.rank)

    def shown(self, value: Any) -> Any:
        """A value in the form asked for, with what has a name replaced by it."""
        form, order = self.derivation.form, self.derivation.order
        if isinstance(value, sympy.MatrixBase):
            return value.applyfunc(self.shown)
        return in_form(value.xreplace(self.placeholders), form, order)

    def abbreviate(self, values: Sequence[Any]) -> list[Row]:
        """Name long sums that occur often in a step; return the definitions."""
        counts: Counter[sympy.Expr] = Counter()
        for value in values:
            entries = list(value) if isinstance(value, sympy.MatrixBase) else [value]
            for e in entries:
                for part in sympy.preorder_traversal(e.xreplace(self.placeholders)):
                    if part.is_Add and _length(part) >= ABBREVIATED_LENGTH:
                        counts[part] += 1
                    if part.is_Pow and part.exp.is_negative and self.is_wide(part.base):
                        counts[part.base] += ABBREVIATED_TIMES
        chosen = [e for e, n in counts.items() if n >= ABBREVIATED_TIMES and e.is_Add and _length(e) <= LARGEST]
        chosen.sort(key=lambda e: (_length(e), str(e)))
        rows = []
        for e in chosen:
            self.abbreviations += 1
            latex = f"{self.letter}_{{{self.abbreviations}}}"
            rows += self.rows(Relation(Side(latex), "=", Side(None, e)), 30.0)
            self.name(e, latex)
        return rows

    def is_wide(self, e: sympy.Expr) -> bool:
        """Whether a sum takes half of a line."""
        return bool(e.is_Add and (_length(e) > LARGEST or width(self.printer.doprint(e)) > 0.5 * TEXT_WIDTH))

    # -- displays -------------------------------------------------------------------------------------------------

    def groups(self, relations: Sequence[Relation]) -> list[list[Relation]]:
        """Matrices stand alone; relations between names are not mixed with values."""

        def kind(r: Relation) -> str:
            if r.right.latex is not None:
                return "named"
            matrix = isinstance(r.right.value, sympy.MatrixBase) and r.right.value.rows > 1
            return "matrix" if matrix else "value"

        groups: list[list[Relation]] = []
        few = sum(kind(r) == "value" for r in relations) < 4
        for r in relations:
            alike = groups and (kind(r) == kind(groups[-1][0]) or (few and kind(groups[-1][0]) != "matrix"))
            if alike and kind(r) != "matrix":
                groups[-1].append(r)
            else:
                groups.append([r])
        return groups

    def display(self, relations: Sequence[Relation]) -> list[Display]:
        """The displays of a group of relations."""
        first = relations[0].right
        if (
            len(relations) == 1
            and isinstance(first.value, sympy.MatrixBase)
            and first.latex is None
            and first.value.rows > 1
        ):
            return self.matrix(relations[0])
        lefts = [self.left(r) for r in relations]
        widest = max((width(left) for left in lefts if width(left) <= 0.45 * TEXT_WIDTH), default=0.0)
        rows = [row for r in relations for row in self.rows(r, widest)]
        return [Display(tuple(rows), _columns(rows))]

    def left(self, r: Relation) -> str:
        return r.left.latex if r.left.latex is not None else self.printer.doprint(self.shown(r.left.value))

    def rows(self, r: Relation, widest: float) -> list[Row]:
        """The rows of one relation: normally one, with its right side broken into lines."""
        left = self.left(r)
        room = TEXT_WIDTH - MARGIN - RELATION - widest
        if r.right.latex is not None:
            lines = [r.right.latex]
        else:
            value = self.shown(r.right.value)
            size = _length(value)
            if isinstance(value, sympy.MatrixBase):
                lines = _listed([self.printer.doprint(e) for e in value], r"\bigl(", r"\bigr)", room, small=True)
            elif size > LARGEST:
                n = len(sympy.Add.make_args(sympy.numer(value)))
                lines = [rf"\text{{(an expression with {size} symbols, {n} terms)}}"]
            else:
                lines = broken_lines(value, self.printer, room, room - 20)
        if width(left) > widest + 1:
            if width(left) + width(lines[0]) + RELATION + MARGIN <= TEXT_WIDTH and len(lines) == 1:
                return [Row("", "", (f"{left} {r.relation} {lines[0]}",))]
            if r.left.latex is None:
                parts = broken_lines(
                    self.shown(r.left.value), self.printer, TEXT_WIDTH - MARGIN, TEXT_WIDTH - MARGIN - 20
                )
                *first, last = parts
                return [Row("", "", (*first, f"{last} {r.relation} {lines[0]}", *lines[1:]))]
            return [Row("", "", (left,)), Row("", r.relation, tuple(lines))]
        return [Row(left, r.relation, tuple(lines))]

    def matrix(self, r: Relation) -> list[Display]:
        """A matrix as such if it fits, as a diagonal, as a vector, or by its nonzero entries."""
        left = self.left(r)
        value = self.shown(r.right.value)
        room = TEXT_WIDTH - MARGIN - RELATION - width(left)
        short = all(_length(e) <= LARGEST for e in value)
        diagonal = value.rows == value.cols and all(
            value[i, j] == 0 for i in range(value.rows) for j in range(value.cols) if i != j
        )
        if diagonal and short and 3 < value.rows <= 2 * ENTRIES_SHOWN:
            texts = [self.printer.doprint(value[i, i]) for i in range(value.rows)]
            lines = _listed(texts, r"\operatorname{diag}\Bigl(", r"\Bigr)", room, small=False)
            return [Display((Row(left, r.relation, tuple(lines)),))]
        latex = self.printer.doprint(value)
        if short and value.rows <= 16 and width(latex) <= room:
            return [Display((Row(left, r.relation, (latex,)),))]
        if r.right.row and value.rows <= 16 and sum(map(_length, value)) <= LARGEST:
            return self.by_rows(r, value)
        if r.right.column and value.rows <= 8 and value.cols <= 16 and sum(map(_length, value)) <= LARGEST:
            return self.by_columns(r, value)
        return self.entries(r, value)

    def by_rows(self, r: Relation, value: Any) -> list[Display]:
        """The rows of a matrix that is too wide, as vectors."""
        lefts = [r.right.row.replace("ROW", label) for label in r.right.rows]
        room = TEXT_WIDTH - MARGIN - RELATION - max(map(width, lefts))
        rows = []
        for i, left in enumerate(lefts):
            texts = [self.printer.doprint(e) for e in value[i, :]]
            lines = _listed(texts, r"\bigl(", r"\bigr)", room, small=True)
            if any(width(line) > room for line in lines):
                return self.entries(r, value)
            rows.append(Row(left, r.relation, tuple(lines)))
        return [Display(tuple(rows))]

    def by_columns(self, r: Relation, value: Any) -> list[Display]:
        """The columns of a matrix that is too wide, as vectors, common factors in front."""
        lefts = [r.right.column.replace("COLUMN", label) for label in r.right.columns]
        room = TEXT_WIDTH - MARGIN - RELATION - max(map(width, lefts))
        rows = []
        for j, left in enumerate(lefts):
            common, inside = _common(list(value[:, j]))
            front = " ".join(self.printer.product_parts(common))
            texts = [self.printer.doprint(e) for e in inside]
            rows.append(
                Row(left, r.relation, tuple(_listed(texts, rf"{front} \bigl(".strip(), r"\bigr)", room, small=True)))
            )
        return [Display(tuple(rows))]

    def entries(self, r: Relation, value: Any) -> list[Display]:
        """The nonzero entries of a matrix that is too wide."""
        symmetric = value.rows == value.cols and value.is_symmetric()
        positions = [
            (i, j)
            for i in range(value.rows)
            for j in range(value.cols)
            if value[i, j] != 0 and not (symmetric and j < i)
        ]
        named = []
        for i, j in positions[:ENTRIES_SHOWN]:
            label = r.right.entry.replace("ROW", r.right.rows[i]).replace("COLUMN", r.right.columns[j])
            named.append(Relation(Side(label), "=", Side(None, r.right.value[i, j])))
        size = rf"{value.rows} \times {value.cols}"
        told = f"{len(positions)} nonzero entries" + (r" on and above the diagonal" if symmetric else "")
        lines = [rf"{self.left(r)} \text{{ is }} {size} \text{{ with {told}" + ("," if not named else ":") + "}"]
        if len(positions) > ENTRIES_SHOWN:
            lines = [lines[0].replace(":", ","), rf"\text{{the first {ENTRIES_SHOWN} of them being}}"]
        return [Display((Row("", "", tuple(lines)),)), *self.display(named)]


def _columns(rows: Sequence[Row]) -> int:
    """Two columns for many short rows."""
    if len(rows) < 4 or any(len(row.lines) > 1 or not row.left for row in rows):
        return 1
    left = max(width(row.left) for row in rows)
    right = max(width(row.lines[0]) for row in rows)
    for columns in (3, 2):
        if columns * (left + right + RELATION) + 22 * (columns - 1) <= TEXT_WIDTH - MARGIN and len(rows) >= 2 * columns:
            return columns
    return 1


def _listed(texts: Sequence[str], opening: str, closing: str, room: float, *, small: bool) -> list[str]:
    """Entries in parentheses, separated by commas, broken after commas."""
    if small:
        texts = [t.replace(r"\frac", r"\tfrac") for t in texts]
    lines: list[str] = []
    current = opening
    for k, text in enumerate(texts):
        piece = text + (", " if k + 1 < len(texts) else closing)
        if width(f"{current} {piece}") > (room if not lines else room - 20) and current != opening:
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


def _foot(step: Step) -> Words:
    """Rule, citation, status and certificate of a step."""
    parts: list[Words] = []
    if step.rule:
        parts.append(words(step.rule))
    if step.cites:
        parts.append((step.cites,))
    status = step.status
    parts.append((f"{status}, certificate {step.certificate[:12]}" if step.certificate else str(status),))
    joined: list[str | Math] = ["["]
    for k, part in enumerate(parts):
        joined += ["; "] * (k > 0)
        joined += part
    return (*joined, "]")


def _length(value: Any) -> int:
    if isinstance(value, sympy.MatrixBase):
        return sum(map(_length, value))
    if not value.args:
        return 1
    return sum(map(_length, value.args))
