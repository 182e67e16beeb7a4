r"""Formulas: LaTeX in a small vocabulary, read into a tree.

The vocabulary is what LaTeX with amsmath and amssymb, MathJax and KaTeX have in common; anything outside it is an
error, so that a formula that was read can be pasted anywhere.  The project's own macros (:data:`MACROS`) are written
in formulas, defined by ``\providecommand`` in documents and expanded everywhere else.

Widths are those of Computer Modern at 10 pt, from its font metrics (Knuth 1986), spacing as in the TeXbook, chapter 18.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from symelbo.typesetting.glyphs import (
    ACCENTS,
    BIN,
    BLACKBOARD,
    CALLIGRAPHIC,
    CLOSE,
    ENVIRONMENTS,
    FONTS,
    GREEK,
    ITALIC,
    MACROS,
    OP,
    OPEN,
    ORD,
    PUNCT,
    REL,
    ROMAN,
    SIZES,
    SPACES,
)


class FormulaError(ValueError):
    """A formula outside the vocabulary."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A glyph or a word: ``kind`` is ord, op, bin, rel, open, close, punct or word."""

    text: str
    kind: str
    points: float
    upright: bool = False


@dataclass(frozen=True, slots=True)
class Space:
    """Horizontal space of some points."""

    points: float


@dataclass(frozen=True, slots=True)
class Row:
    """Formulas next to each other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """A fraction; ``small`` in text size."""

    above: Node
    below: Node
    small: bool


@dataclass(frozen=True, slots=True)
class Scripts:
    """A base with scripts."""

    base: Node
    below: Node | None
    above: Node | None


@dataclass(frozen=True, slots=True)
class Accent:
    """A base with a mark above it."""

    base: Node
    mark: str


@dataclass(frozen=True, slots=True)
class Radical:
    """A square root."""

    inner: Node


@dataclass(frozen=True, slots=True)
class Table:
    """A matrix, an array or an alignment."""

    rows: tuple[tuple[Node, ...], ...]
    environment: str
    columns: str = ""


Node: TypeAlias = Atom | Space | Row | Fraction | Scripts | Accent | Radical | Table

_OPENING = ("(", "[", r"\left", r"\bigl", r"\Bigl")
_TOKEN = re.compile(r"\\[A-Za-z]+\*?|\\.|[^\s\\]|\s+", re.DOTALL)


def vocabulary() -> frozenset[str]:
    """The macros, without backslash, that a formula may contain."""
    tables: Sequence[Mapping[str, Any]] = (GREEK, BIN, REL, ORD, OP, OPEN, CLOSE, PUNCT, SPACES, SIZES)
    names = {name for table in tables for name in table}
    return frozenset(names | {"frac", "tfrac", "dfrac", "sqrt", "begin", "end", "\\", *FONTS, *ACCENTS, *MACROS})


class _Reader:
    """Recursive descent over the tokens of one formula, macros expanded."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _TOKEN.findall(text)
        self.next = 0

    def peek(self) -> str:
        while self.next < len(self.tokens) and self.tokens[self.next].isspace():
            self.next += 1
        return self.tokens[self.next] if self.next < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise FormulaError(f"the formula ends too early: {self.text}")
        self.next += 1
        return token

    def whole(self) -> Node:
        row = self.row(())
        if self.peek():
            raise FormulaError(f"unexpected {self.peek()} in {self.text}")
        return row

    def row(self, stops: tuple[str, ...]) -> Node:
        items: list[Node] = []
        while True:
            token = self.peek()
            spaced = self.next > 0 and self.tokens[self.next - 1].isspace()
            if not token or token in stops or token == "}":
                break
            if spaced and items and (token in _OPENING or (isinstance(items[-1], Atom) and items[-1].text == ",")):
                items.append(Space(0.0))  # seen in lines of text alone: x (y), 1, 2
            items.append(self.scripted())
        return items[0] if len(items) == 1 else Row(tuple(items))

    def scripted(self) -> Node:
        base: Node = Row(()) if self.peek() in ("_", "^") else self.item()
        below: Node | None = None
        above: Node | None = None
        while self.peek() in ("_", "^"):
            if self.take() == "_":
                below = self.argument()
            else:
                above = self.argument()
        return base if below is None and above is None else Scripts(base, below, above)

    def argument(self) -> Node:
        return self.item()

    def group_text(self) -> str:
        """The raw text of a group in braces."""
        if self.take() != "{":
            raise FormulaError(f"expected {{ in {self.text}")
        depth = 1
        parts: list[str] = []
        while True:
            token = self.take()
            depth += (token == "{") - (token == "}")
            if not depth:
                return "".join(parts)
            parts.append(token)

    def item(self) -> Node:
        token = self.take()
        if token == "{":
            inner = self.row(())
            if self.take() != "}":
                raise FormulaError(f"unbalanced braces in {self.text}")
            return inner if isinstance(inner, Row) else Row((inner,))
        if token.startswith("\\"):
            return self.macro(token[1:])
        return _glyph(token, self.text)

    def macro(self, name: str) -> Node:
        if name in MACROS:
            return self.own_macro(name)
        if name in ("frac", "tfrac", "dfrac"):
            return Fraction(self.argument(), self.argument(), name == "tfrac")
        if name == "sqrt":
            return Radical(self.argument())
        if name in SIZES:
            return self.delimiter(name)
        if name in FONTS:
            return self.font(name)
        if name in ACCENTS:
            return Accent(self.argument(), ACCENTS[name])
        if name == "begin":
            return self.environment()
        if name in SPACES:
            return Space(SPACES[name])
        return _glyph(name, self.text, macro=True)

    def own_macro(self, name: str) -> Node:
        count, body = MACROS[name]
        for k in range(count):
            body = body.replace(f"#{k + 1}", "".join(self.group_tokens()))
        return Row((_Reader(body).whole(),))

    def group_tokens(self) -> list[str]:
        self.peek()
        start = self.next
        self.group_text()
        return self.tokens[start + 1 : self.next - 1]

    def delimiter(self, name: str) -> Node:
        token = self.take()
        if token == ".":
            return Space(1.2)
        glyph = _glyph(token.removeprefix("\\"), self.text, macro=token.startswith("\\"))
        if not isinstance(glyph, Atom):
            raise FormulaError(f"{token} is no delimiter in {self.text}")
        kind = "open" if name.endswith(("l", "left")) else "close" if name.endswith(("r", "right")) else glyph.kind
        return Atom(glyph.text, kind, glyph.points * SIZES[name])

    def font(self, name: str) -> Node:
        if name == "text":
            words = "".join(_unspaced(self.group_tokens()))
            return Atom(words, "word", sum(ROMAN.get(c, 5.0) for c in words), upright=True)
        tokens = [t for t in self.group_tokens() if not t.isspace()]
        if name in ("mathcal", "mathbb"):
            table = CALLIGRAPHIC if name == "mathcal" else BLACKBOARD
            text = "".join(table.get(t, t) for t in tokens)
            return Atom(text, "ord", 8.5 * len(text), upright=True)
        if name in ("mathbf", "boldsymbol") and all(t in ITALIC for t in tokens):
            return Atom("".join(map(_bold, tokens)), "ord", sum(1.15 * ROMAN[t] for t in tokens), upright=True)
        if name == "boldsymbol" and all(t.removeprefix("\\") in GREEK for t in tokens):
            points = sum(1.15 * GREEK[t[1:]][1] for t in tokens)
            return Atom("".join(_bold(GREEK[t[1:]][0]) for t in tokens), "ord", points, upright=True)
        inner = _Reader(_spaced(tokens)).whole()
        items = inner.items if isinstance(inner, Row) else (inner,)
        upright = tuple(_upright(i) for i in items)
        if name in ("operatorname", "mathrm") and all(isinstance(i, Atom) and i.kind == "ord" for i in upright):
            atoms = [i for i in upright if isinstance(i, Atom)]
            kind = "op" if name == "operatorname" else "ord"
            return Atom("".join(a.text for a in atoms), kind, sum(a.points for a in atoms), upright=True)
        return Row(upright)

    def row_space(self) -> None:
        r"""Additional space after a row, as in ``\\[4pt]``, is for LaTeX only."""
        if self.peek() == "[":
            while self.take() != "]":
                pass

    def environment(self) -> Node:
        name = self.group_text()
        if name not in ENVIRONMENTS:
            raise FormulaError(f"the environment {name} is outside the vocabulary: {self.text}")
        columns = self.group_text() if name == "array" else ""
        rows: list[tuple[Node, ...]] = []
        cells: list[Node] = []
        while True:
            cells.append(self.row(("&", "\\\\", "\\end")))
            stop = self.take()
            if stop == "&":
                continue
            rows.append(tuple(cells))
            cells = []
            self.row_space()
            if stop == "\\end":
                if self.group_text() != name:
                    raise FormulaError(f"environments overlap in {self.text}")
                break
            if self.peek() == "\\end":
                self.take()
                self.group_text()
                break
        return Table(tuple(rows), name, columns)


def _spaced(tokens: Sequence[str]) -> str:
    return "".join(t + " " if re.fullmatch(r"\\[A-Za-z]+", t) else t for t in tokens)


def _unspaced(tokens: Sequence[str]) -> list[str]:
    return [t[1:] if re.fullmatch(r"\\[%#&$_{} ]", t) else t for t in tokens]


def _bold(letter: str) -> str:
    """The mathematical bold letter of Unicode."""
    latin, greek = ((0x1D400, "A"), (0x1D6A8, "Α")) if letter.isupper() else ((0x1D41A, "a"), (0x1D6C2, "α"))
    first, start = latin if letter.isascii() else greek
    return chr(first + ord(letter) - ord(start))


def _upright(node: Node) -> Node:
    if isinstance(node, Atom) and len(node.text) == 1 and node.kind == "ord":
        return Atom(node.text, "ord", ROMAN.get(node.text, node.points), upright=True)
    return node


def _glyph(name: str, text: str, *, macro: bool = False) -> Node:
    if not macro or len(name) == 1:
        if not macro and name in ITALIC:
            return Atom(name, "ord", ITALIC[name])
        if not macro and name.isdigit() and name.isascii():
            return Atom(name, "ord", 5.0, upright=True)
        if macro and name not in "%#&$_{}|":
            raise FormulaError(f"\\{name} is outside the vocabulary: {text}")
        if not macro and name in "%#&$_{}@":
            raise FormulaError(f"a bare {name} in the formula {text}")
    for kind, table in (
        ("bin", BIN), ("rel", REL), ("ord", ORD), ("op", OP), ("open", OPEN), ("close", CLOSE), ("punct", PUNCT),
    ):  # fmt: skip
        if name in table:
            return Atom(table[name][0], kind, table[name][1], upright=kind == "op")
    if macro and name in GREEK:
        return Atom(GREEK[name][0], "ord", GREEK[name][1])
    shown = "\\" + name if macro else name
    raise FormulaError(f"{shown} is outside the vocabulary: {text}")


@lru_cache(maxsize=4096)
def tree(text: str) -> Node:
    """Return the tree of a formula; FormulaError for anything outside the vocabulary."""
    return _Reader(text).whole()


def expanded(text: str, macros: Collection[str] = tuple(MACROS)) -> str:
    r"""Return a formula with the project's own macros, or some of them, expanded.

    >>> print(expanded(r"\KL{q}{\cdot}"))
    D(q \,\Vert\, \cdot)
    """
    if not macros:
        return text
    pattern = re.compile(r"\\(" + "|".join(sorted(macros)) + r")(?![A-Za-z])")
    while match := pattern.search(text):
        count, body = MACROS[match.group(1)]
        end = match.end() if not count else text.index("{", match.end())
        for k in range(count):
            depth, start = 1, end + 1
            end = start
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0) if text[end - 1] != "\\" else 0
                end += 1
            body = body.replace(f"#{k + 1}", text[start : end - 1])
        rest = text[end:]
        text = text[: match.start()] + body + (" " if body[-1].isalpha() and rest[:1].isalpha() else "") + rest
    return text


def width(text: str, *, display: bool = True) -> float:
    """Return the estimated width of a formula in points, in Computer Modern at 10 pt."""
    return _width(tree(text), 1.0, display)


def _width(node: Node, scale: float, display: bool) -> float:
    if isinstance(node, Atom):
        return node.points * scale
    if isinstance(node, Space):
        return node.points
    if isinstance(node, Row):
        return _row_width(node.items, scale, display)
    if isinstance(node, Fraction):
        inner = scale * (1.0 if display and not node.small and scale == 1.0 else 0.81)
        return max(_width(node.above, inner, False), _width(node.below, inner, False)) + 2.6
    if isinstance(node, Scripts):
        small = max(scale * 0.81, 0.68)
        scripts = max(_width(s, small, False) for s in (node.below, node.above) if s is not None)
        limits = isinstance(node.base, Atom) and node.base.text in "∑∏" and display
        base = _width(node.base, scale, display)
        return max(base, scripts) if limits else base + scripts + 0.6
    if isinstance(node, Radical):
        return _width(node.inner, scale, False) + 8.5 * scale
    if isinstance(node, Accent):
        return _width(node.base, scale, display)
    return _table_width(node, scale)


def _table_width(node: Table, scale: float) -> float:
    n = max(map(len, node.rows))
    inside = node.environment in ("aligned", "gathered")
    columns = [max((_width(r[j], scale, inside) for r in node.rows if j < len(r)), default=0.0) for j in range(n)]
    if inside:
        return sum(columns) + 4 * n
    fences = {"pmatrix": 15.0, "cases": 10.0}.get(node.environment, 0.0)
    return sum(columns) + 10.0 * (n - (node.environment != "array")) + fences


def _row_width(items: Sequence[Node], scale: float, display: bool) -> float:
    total, previous = 0.0, "open"
    for item in items:
        total += _width(item, scale, display)
        if item == Space(0.0):
            continue
        klass = kind(item)
        if scale == 1.0:
            if klass == "rel":
                total += 5.56
            elif klass == "bin" and previous not in ("open", "rel", "bin", "punct"):
                total += 4.44
            elif klass in ("punct", "op"):
                total += 1.67
            elif klass == "inner":
                total += 3.0
        previous = klass
    return total


def kind(node: Node) -> str:
    """Return the class of a node: ord, op, bin, rel, open, close, punct, inner."""
    if isinstance(node, Atom):
        return node.kind
    if isinstance(node, Scripts):
        return kind(node.base)
    return "inner" if isinstance(node, Fraction) else "ord"
