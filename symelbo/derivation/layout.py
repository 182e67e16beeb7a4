"""From a derivation to blocks that every renderer writes: sentences, and displays whose lines fit the width of a text.

Nothing is computed: values are printed, subexpressions that occur often are given a name, long lines are broken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symelbo.derivation.matrices import listed, matrix_rows
from symelbo.derivation.steps import Account, Relation, Side, Step
from symelbo.typesetting import Measure, Printer, at_commas, broken_lines, in_form, length, page
from symelbo.typesetting.sentences import BREAK, Math, Words, together, words

# A subexpression of this many symbols that occurs this often in one step gets a name.
ABBREVIATED_LENGTH, ABBREVIATED_TIMES = 9, 3
# A value with a name in the text, such as a marginal probability, is written by it if it has this many symbols.
NAMED_LENGTH = 6
# What is longer than this is not written out; its size is told.
LARGEST = 600
# Names of formulas that are left out for their length; and the calls that have what a step leaves out.
OMITTED_NAMED = 6
CALLS = {
    "Model": "M.table",
    "Visible model": "se.marginals(M)",
    "Recognition": "se.conditionals(M)",
    "Scores": "se.scores(M)",
    "Visible scores and Jacobian": "se.visible_jacobian(M)",
    "Visible scores": "se.visible_jacobian(M)",
    "Fisher metric": "se.fisher_metric(M)",
    "Visible metric": "se.visible_fisher_metric(M)",
    "Natural gradient of the ELBO": "se.natural_gradient(se.divergence(q), M)",
    "Natural gradient of the evidence": "se.natural_gradient(se.data_divergence(p), M)",
    "Defect": "se.defect(M)",
    "Bases": "se.tangent_decomposition(M)",
    "Objectives for which the equality survives": "se.surviving_objectives(M)",
}
# What a formula says that is not written to its end.
PARTIAL = ("of them being", "terms in all")
# Where formulas that are given are broken: between factors, after commas and spaces, before signs.
FACTOR = r" \,"
_BEFORE = (" = ", " > ", " + ", " - ", r" \oplus ")
_BREAKS = (*_BEFORE, f"{FACTOR} ", BREAK, r", \qquad ")
_TOKEN = re.compile("|".join(map(re.escape, _BREAKS)) + r"|\\.|[{}()]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a display: left side (may be empty), sign, and the lines of the right side."""

    left: str
    relation: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Display:
    """Rows aligned at their signs; ``columns`` of them next to each other, filled column by column.

    ``before`` is what is said between this display and the one before it.
    """

    rows: tuple[Row, ...]
    columns: int = 1
    before: str = ""

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


def laid_out(derivation: Account, measure: Measure | None = None) -> list[Block]:
    """Return the steps of a derivation, laid out for a page of its width or for a terminal."""
    return _Layout(derivation, measure or page(derivation.width)).blocks()


class _Layout:
    def __init__(self, derivation: Account, measure: Measure) -> None:
        self.derivation, self.measure = derivation, measure
        self.width = measure.width
        self.printer = Printer(derivation.order, derivation.symbols)
        self.placeholders: dict[sympy.Expr, sympy.Symbol] = {}
        self.abbreviations = 0

    def blocks(self) -> list[Block]:
        return [self.block(step) for step in self.derivation.steps]

    def block(self, step: Step) -> Block:
        # What this step defines is named after it was written, for the steps that follow.
        written = [r.right.value for r in step.relations if r.right.latex is None and not r.names]
        definitions = self.abbreviate([value for value in written if value is not None])
        relations, omitted = self.written_out(step.relations)
        displays = [d for group in self.groups(relations) for d in self.display(group)]
        for r in relations:
            if r.names and is_worth_a_name(r.right.value):
                self.name(r.right.value, r.left.latex or "")
        after, call = step.after, CALLS.get(step.heading, "")
        shown = f"; {call} has {'it' if step.more == 1 and not omitted else 'them'}" if call else ""
        extra = self.needed(definitions, displays)
        if extra:
            displays.append(Display(tuple(extra), before="where"))
        if omitted:
            after = (*omitted, f"{'' if step.more else shown}.) ", *after)
        if step.more:
            others = f"{step.more} more" if displays else "It" if step.more == 1 else str(step.more)
            after = (f"({others} {'is' if step.more == 1 else 'are'} not written out{shown}.) ", *after)
        elif call and any(told in line for d in displays for row in d.rows for line in row.lines for told in PARTIAL):
            after = (f"({call} has the whole.) ", *after)
        return Block(step.heading, step.text, tuple(displays), after, _foot(step, self.derivation.feet))

    def written_out(self, relations: Sequence[Relation]) -> tuple[list[Relation], Words]:
        """The relations that are written out, and a sentence on several that are all too long for that."""
        sizes = {id(r): self.too_long(r) for r in relations}
        lengths = sorted(n for n in sizes.values() if n)
        if len(lengths) < 2:
            return list(relations), ()
        kept = [r for r in relations if not sizes[id(r)]]
        names = [Math(r.left.latex) for r in relations if sizes[id(r)] and r.left.latex]
        few = together(((name,) for name in names[:OMITTED_NAMED]), ", ")
        more = f" and {len(lengths) - OMITTED_NAMED} more" if len(lengths) > OMITTED_NAMED else ""
        return kept, ("(Not written out: ", *few, f"{more}, of {lengths[0]} to {lengths[-1]} symbols")

    def too_long(self, r: Relation) -> int:
        """The length of a value that is too long to be written, 0 of all others."""
        value = r.right.value
        if r.right.latex is not None or not isinstance(value, sympy.Expr):
            return 0
        n = length(value.xreplace(self.placeholders))
        return n if n > LARGEST else 0

    # -- names ----------------------------------------------------------------------------------------------------

    def name(self, value: Any, latex: str) -> None:
        """Write a value by its name from now on."""
        if isinstance(value, sympy.Expr) and not value.is_Atom:
            placeholder = sympy.Dummy(f"named{len(self.placeholders)}")
            self.placeholders[value] = placeholder
            self.printer.declare(placeholder, latex)

    def shown(self, value: Any) -> Any:
        """A value in the form asked for, with what has a name replaced by it."""
        form, order = self.derivation.form, self.derivation.order
        if isinstance(value, sympy.MatrixBase):
            return value.applyfunc(self.shown)
        return in_form(value.xreplace(self.placeholders), form, order)

    def abbreviate(self, values: Sequence[Any]) -> list[tuple[str, list[Row]]]:
        """Name long sums that occur often in a step, one name for a sum and its negative; return the definitions."""
        counts: Counter[sympy.Expr] = Counter()
        written: dict[sympy.Expr, set[sympy.Expr]] = {}
        for value in values:
            entries = list(value) if isinstance(value, sympy.MatrixBase) else [value]
            for e in (entry.xreplace(self.placeholders) for entry in entries):
                for part in sympy.preorder_traversal(e):
                    if part.is_Add and length(part) >= ABBREVIATED_LENGTH:
                        counts[self.printer.unsigned(part)] += 1
                        written.setdefault(self.printer.unsigned(part), set()).add(part)
                    if part.is_Pow and part.exp.is_negative and self.is_wide(part.base):
                        counts[self.printer.unsigned(part.base)] += ABBREVIATED_TIMES
                        written.setdefault(self.printer.unsigned(part.base), set()).add(part.base)
        chosen = [e for e, n in counts.items() if n >= ABBREVIATED_TIMES and e.is_Add and length(e) <= LARGEST]
        # As they occur, but parts of others before these.
        chosen.sort(key=lambda e: sum(e != other and e.has(other) for other in chosen))
        rows = []
        for e in chosen:
            self.abbreviations += 1
            latex = f"{self.derivation.letter}_{{{self.abbreviations}}}"
            rows.append((latex, self.rows(Relation(Side(latex), "=", Side(None, e)), 30.0 * self.measure.unit)))
            self.name(e, latex)
            for other in written[e] - {e}:
                self.placeholders[other] = -self.placeholders[e]
        return rows

    def needed(self, definitions: Sequence[tuple[str, list[Row]]], displays: Sequence[Display]) -> list[Row]:
        """The definitions of names that are displayed; the other names are forgotten."""
        shown = [line for d in displays for row in d.rows for line in (row.left, *row.lines)]
        kept: list[list[Row]] = []
        for latex, rows in reversed(definitions):
            if any(latex in line for line in shown):
                kept.insert(0, rows)
                shown += [line for row in rows for line in row.lines]
                continue
            gone = {p for p in self.placeholders.values() if latex in self.printer.doprint(p)}
            self.placeholders = {e: p for e, p in self.placeholders.items() if p not in gone}
        return [row for rows in kept for row in rows]

    def is_wide(self, e: sympy.Expr) -> bool:
        """Whether a sum takes a third of a printed line, in whatever rendering, so that all have the same names."""
        paper = page(self.derivation.width)
        return bool(e.is_Add and (length(e) > LARGEST or paper.width(self.printer.doprint(e)) > 0.35 * paper.text))

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
        matrix = isinstance(first.value, sympy.MatrixBase) and first.latex is None and first.value.rows > 1
        if len(relations) == 1 and matrix:
            return self.matrix(relations[0])
        lefts = [self.left(r) for r in relations]
        narrow = 0.45 * self.measure.text
        widest = max((self.width(left) for left in lefts if self.width(left) <= narrow), default=0.0)
        rows = [row for r in relations for row in self.rows(r, widest)]
        room = self.measure.room - self.measure.relation - widest
        if widest and any(self.width(line) > room + self.measure.unit for row in rows for line in row.lines):
            rows = [row for r in relations for row in self.hanging(r)]
        return [Display(tuple(rows), self.columns(rows))]

    def hanging(self, r: Relation) -> list[Row]:
        """A relation with its left side in a line of its own, where the lines beside it would be too narrow."""
        if r.left.latex is None:
            return self.rows(r, 0.0)
        left, room = self.left(r), self.measure.room
        lines = self.lines(r, room - self.measure.indent)
        if len(lines) == 1 and self.width(f"{left} {r.relation} {lines[0]}") <= room:
            return [Row("", "", (f"{left} {r.relation} {lines[0]}",))]
        *above, last = at_commas(f"{left} {r.relation} {{}}", room, room - self.measure.indent, self.measure)
        return [Row("", "", (*above, last, *lines))]

    def left(self, r: Relation) -> str:
        return r.left.latex if r.left.latex is not None else self.printer.doprint(self.shown(r.left.value))

    def rows(self, r: Relation, widest: float) -> list[Row]:
        """The rows of one relation: normally one, with its right side broken into lines."""
        left, measure = self.left(r), self.measure
        lines = self.lines(r, measure.room - measure.relation - widest)
        if self.width(left) > widest + measure.unit:
            whole = self.width(left) + self.width(lines[0]) + measure.relation
            if whole <= measure.room and len(lines) == 1:
                return [Row("", "", (f"{left} {r.relation} {lines[0]}",))]
            if r.left.latex is None:
                parts = broken_lines(
                    self.shown(r.left.value), self.printer, measure.room, measure.room - measure.indent, measure
                )
                *first, last = parts
                return [Row("", "", (*first, f"{last} {r.relation} {lines[0]}", *lines[1:]))]
            above = at_commas(left, measure.room, measure.room - measure.indent, measure)
            return [
                Row("", "", tuple(above)),
                Row("", r.relation, tuple(self.lines(r, measure.room - measure.relation))),
            ]
        return [Row(left, r.relation, tuple(lines))]

    def lines(self, r: Relation, room: float) -> list[str]:
        """The right side of a relation in lines."""
        rest = room - self.measure.indent
        if r.right.latex is not None:
            return self.packed(r.right.latex, room, rest)
        value = self.shown(r.right.value)
        size = length(value)
        if isinstance(value, sympy.MatrixBase):
            texts = [self.printer.doprint(e) for e in value]
            return listed(texts, r"\bigl(", r"\bigr)", room, self.measure, small=True)
        if size > LARGEST:
            n = len(sympy.Add.make_args(sympy.numer(value)))
            return [rf"\text{{(an expression with {size} symbols, {n} terms)}}"]
        return broken_lines(value, self.printer, room, rest, self.measure)

    def packed(self, latex: str, room: float, rest: float) -> list[str]:
        """A formula that is given, broken where it is too wide: after commas, before signs, between factors."""
        whole = latex.replace(BREAK, ", ")
        if self.width(whole) <= room:
            return [whole]
        lines = [""]
        for part in _parts(latex):
            joined = f"{lines[-1]} {part}".strip()
            if self.width(joined.removesuffix(FACTOR)) <= (room if len(lines) == 1 else rest) or not lines[-1]:
                lines[-1] = joined
                continue
            times = r"{} \times " if lines[-1].endswith(FACTOR) else ""
            lines[-1] = lines[-1].removesuffix(FACTOR).removesuffix(r"\qquad").strip()
            lines.append(times + part)
        return lines

    def columns(self, rows: Sequence[Row]) -> int:
        """Several columns for many short rows."""
        if len(rows) < 4 or any(len(row.lines) > 1 or not row.left for row in rows):
            return 1
        left = max(self.width(row.left) for row in rows)
        right = max(self.width(row.lines[0]) for row in rows)
        unit, each = self.measure.unit, left + right + self.measure.relation
        for columns in (3, 2):
            if columns * each + 22 * unit * (columns - 1) <= self.measure.room and len(rows) >= 2 * columns:
                return columns
        return 1

    def matrix(self, r: Relation) -> list[Display]:
        """A matrix as such if it fits, else by rows, by columns or by its entries."""
        left = self.left(r)
        value = self.shown(r.right.value)
        short = all(length(e) <= LARGEST for e in value)
        brief = sum(map(length, value)) <= LARGEST
        nonzero = [e for e in value if e != 0]
        if value.rows > 1 and nonzero and all(length(e) > LARGEST for e in nonzero):
            told = rf"\text{{ is a matrix whose {len(nonzero)} nonzero entries are all too long to be written out}}"
            return [Display((Row("", "", (left + told,)),))]
        found = matrix_rows(r.right, value, left, self.printer, self.measure, short=short, brief=brief)
        if found.lines:
            rows = tuple(Row(name, r.relation if name else "", tuple(lines)) for name, lines in found.lines)
        else:
            rows = ()
        displays = [Display(rows)] if rows else []
        named = [Relation(Side(label), "=", Side(None, r.right.value[i, j])) for label, i, j in found.entries]
        return displays + (self.display(named) if named else [])


def _parts(latex: str) -> Iterator[str]:
    """The parts of a formula between which it may be broken, outside of groups and of parentheses."""
    depth, start = 0, 0
    for m in _TOKEN.finditer(latex):
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(m.group(), 0)
        if depth == 0 and m.group() in _BREAKS:
            end = m.start() if m.group() in _BEFORE else m.end()
            if latex[start:end].strip():
                yield latex[start:end].replace(BREAK, ", ").strip()
            start = end
    yield latex[start:].strip()


def _foot(step: Step, feet: str) -> Words:
    """Rule, citation, status and certificate of a step; the certificate alone, or no answer; or nothing."""
    if feet == "none":
        return ()
    if feet == "certificates":
        short = f"certificate {step.certificate[:12]}" if step.certificate else step.status
        return ("[", short, "]") if step.certificate or step.status == "not decided" else ()
    parts: list[Words] = []
    if step.rule:
        parts.append(words(step.rule))
    if step.cites:
        parts.append((step.cites,))
    if step.certificate:
        parts.append((f"{step.status}, certificate {step.certificate[:12]}",))
    else:
        parts.append((f"{step.status}: ", *step.basis) if step.basis else (step.status,))
    return ("[", *together(parts, "; "), "]")


def is_worth_a_name(value: Any) -> bool:
    """Whether the name of a value is clearer than the value: of a sum that is longer than 1 - x or 1 - x - y.

    A sum is named where it is a factor or a denominator; a product could be a term of some other sum by chance.
    """
    return isinstance(value, sympy.Expr) and value.is_Add and (length(value) >= NAMED_LENGTH or value.has(sympy.exp))
