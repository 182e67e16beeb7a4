"""Formulas as text for terminals; matrices take several lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from symelbo.typesetting.formula import Accent, Atom, Fraction, Node, Radical, Row, Scripts, Space, Table, kind, tree
from symelbo.typesetting.glyphs import COMBINING


def plain(text: str) -> str:
    r"""Return a formula as text for a terminal; a matrix takes several lines.

    >>> print(plain(r"\frac{1}{x_{1} \left(1 - x\right)}"))
    1/(x1 (1 − x))
    """
    block = _plain(tree(text))
    return "\n".join(line.rstrip() for line in block.lines)


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of text of equal length, and the number of the line that aligns with its neighbours."""

    lines: tuple[str, ...]
    axis: int = 0

    @classmethod
    def beside(cls, blocks: Sequence[_Block]) -> _Block:
        above = max((b.axis for b in blocks), default=0)
        below = max((len(b.lines) - b.axis for b in blocks), default=1)
        padded = []
        for b in blocks:
            wide = len(b.lines[0]) if b.lines else 0
            blank = " " * wide
            padded.append([blank] * (above - b.axis) + list(b.lines) + [blank] * (below - len(b.lines) + b.axis))
        return cls(tuple("".join(parts) for parts in zip(*padded, strict=True)) or ("",), above)


def _plain(node: Node) -> _Block:
    if isinstance(node, Atom):
        return _Block((node.text,))
    if isinstance(node, Space):
        return _Block((_blanks(node),))
    if isinstance(node, Row):
        return _plain_row(node.items)
    if isinstance(node, Fraction):
        return _Block((f"{_operand(node.above, sums=True)}/{_operand(node.below, sums=False)}",))
    if isinstance(node, Radical):
        return _Block((f"√{_operand(node.inner, sums=False)}",))
    if isinstance(node, Accent):
        return _Block((_line(node.base) + COMBINING[node.mark],))
    if isinstance(node, Scripts):
        base = _line(node.base)
        below = "" if node.below is None else _plain_index(_line(node.below))
        above = "" if node.above is None else _plain_power(_line(node.above))
        return _Block((base + below + above,))
    return _plain_table(node)


def _blanks(space: Space) -> str:
    return "   " if space.points >= 10 else "" if space.points < 0 else " "


def _line(node: Node) -> str:
    return " ".join(part.strip() for part in _plain(node).lines).strip()


def _plain_index(text: str) -> str:
    return text if text.isdigit() else f"_{text}" if len(text) == 1 else f"_{{{text}}}"


def _plain_power(text: str) -> str:
    digits = dict(zip("0123456789+−⊤∗∘", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ*°", strict=True))
    if all(c in digits for c in text):
        return "".join(digits[c] for c in text)
    return f"^{text}" if len(text) == 1 else f"^({text})"


def _operand(node: Node, *, sums: bool) -> str:
    text = _line(node)
    simple = re.fullmatch(r"[\w′∗]+(_\{[^}]*\})?[⁰¹²³⁴⁵⁶⁷⁸⁹]*|[\w_{}]+\([\w,=∣| ]*\)", text)
    if text and not re.search(r"[\s()+−⋅/‖|,]", text):
        return text
    outside = text
    while (fewer := re.sub(r"\([^()]*\)", "", outside)) != outside:
        outside = fewer
    if simple or (sums and not re.search(r"[+−]", outside)):
        return text
    return f"({text})"


def _plain_row(items: Sequence[Node]) -> _Block:
    if len(items) == 1:
        return _plain(items[0])
    items = _fenced(items)
    blocks: list[_Block] = []
    previous = "open"
    for k, item in enumerate(items):
        if isinstance(item, Space):
            blank = bool(blocks) and blocks[-1].lines[blocks[-1].axis][-1:] == " "
            if blocks and not (blank and item.points < 10):
                blocks.append(_Block((_blanks(item),)))
            continue
        block, klass = _plain(item), kind(item)
        if isinstance(item, Fraction) and _has_factor(items[k + 1 :]):
            block = _Block((f"({block.lines[0]})",))
        following = next((kind(n) for n in items[k + 1 :] if not isinstance(n, Space)), "close")
        joins = previous not in ("open", "rel", "bin", "punct") and following not in ("close", "rel", "punct")
        if klass == "rel" or (klass == "bin" and joins):
            blank = bool(blocks) and blocks[-1].lines[blocks[-1].axis][-1:] == " "
            blocks += [_Block((" ",))] * (not blank) + [block, _Block((" ",))]
        else:
            if _apart(previous, klass, blocks, block):
                blocks.append(_Block((" ",)))
            blocks.append(block)
        previous = klass
    return _Block.beside([b for b in blocks if b.lines])


def _fenced(items: Sequence[Node]) -> Sequence[Node]:
    """Arrays between parentheses as matrices."""
    found: list[Node] = []
    for item in items:
        if found[1:] and isinstance(item, Atom) and item.text == ")" and isinstance(array := found[-1], Table):
            opening = found[-2]
            if array.environment == "array" and isinstance(opening, Atom) and opening.text == "(":
                found[-2:] = [Table(array.rows, "pmatrix")]
                continue
        found.append(item)
    return found


def _has_factor(following: Sequence[Node]) -> bool:
    """Whether what follows a fraction multiplies it: then the fraction stands in parentheses."""
    for item in following:
        if not isinstance(item, Space):
            return kind(item) not in ("bin", "rel", "close", "punct", "word")
        if item.points >= 10:
            return False
    return False


def _apart(previous: str, klass: str, blocks: list[_Block], block: _Block) -> bool:
    """Whether a blank separates two neighbours: factors of a product, words."""
    if not blocks or not blocks[-1].lines[-1] or not block.lines[0]:
        return False
    before, after = blocks[-1].lines[blocks[-1].axis][-1:], block.lines[block.axis][:1]
    if before.isspace() or after.isspace() or previous in ("open", "bin", "rel", "punct") or klass == "open":
        return False
    if before.isdigit() and after.isdigit() and previous == klass == "ord":
        return len(blocks[-1].lines[0]) > 1
    if (
        before + after in ("dπ", "d𝛑")
        or "/" in (before, after)
        or "‖" in (before, after)
        or after in "=<>."
        or before == "."
    ):
        return False
    follows = before.isalnum() or before in ")}⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᵀ′∗*"
    return klass not in ("close", "punct", "bin", "rel") and follows


def _plain_table(node: Table) -> _Block:
    cells = [[_line(c) for c in r] for r in node.rows]
    n = max(map(len, cells))
    for r in cells:
        r.extend([""] * (n - len(r)))
    wide = [max(len(r[j]) for r in cells) for j in range(n)]
    tight = node.environment in ("aligned", "gathered", "cases")
    lines = [(" " if tight else "  ").join(c.ljust(w) for c, w in zip(r, wide, strict=True)) for r in cells]
    if node.environment in ("pmatrix", "matrix"):
        if len(lines) == 1:
            return _Block((f"({lines[0]})",))
        last = len(lines) - 1
        ends = [("⎛", "⎞") if k == 0 else ("⎝", "⎠") if k == last else ("⎜", "⎟") for k in range(len(lines))]
        lines = [f"{a} {line} {b}" for line, (a, b) in zip(lines, ends, strict=True)]
    return _Block(tuple(lines), (len(lines) - 1) // 2)
