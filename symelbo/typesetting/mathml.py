"""Formulas as MathML, which browsers show without any script."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from symelbo.typesetting.formula import Accent, Atom, Fraction, Node, Radical, Row, Scripts, Space, Table, kind, tree

_OPERANDS = ("ord", "close", "inner")


def mathml(text: str, *, display: bool = False) -> str:
    """Return a formula as a MathML element.

    >>> mathml("x")
    '<math><mi>x</mi></math>'
    """
    attribute = ' display="block"' if display else ""
    return f"<math{attribute}>{_mathml(tree(text))}</math>"


def _mathml(node: Node) -> str:
    if isinstance(node, Atom):
        return _atom_mathml(node)
    if node == Space(0.0):
        return ""
    if isinstance(node, Space):
        return f'<mspace width="{node.points / 10:.2f}em"/>'
    if isinstance(node, Row):
        inner = _row(node.items)
        return inner if len(node.items) == 1 else f"<mrow>{inner}</mrow>"
    if isinstance(node, Fraction):
        return f"<mfrac>{_one(node.above)}{_one(node.below)}</mfrac>"
    if isinstance(node, Radical):
        return f"<msqrt>{_mathml(node.inner)}</msqrt>"
    if isinstance(node, Accent):
        return f"<mover>{_one(node.base)}<mo>{node.mark}</mo></mover>"
    if isinstance(node, Scripts):
        limits = isinstance(node.base, Atom) and node.base.text in "∑∏"
        low, high, both = ("munder", "mover", "munderover") if limits else ("msub", "msup", "msubsup")
        base = _one(node.base)
        if node.below is None and node.above is not None:
            return f"<{high}>{base}{_one(node.above)}</{high}>"
        if node.above is None and node.below is not None:
            return f"<{low}>{base}{_one(node.below)}</{low}>"
        return f"<{both}>{base}{''.join(_one(s) for s in (node.below, node.above) if s is not None)}</{both}>"
    return _table_mathml(node)


def _row(items: Sequence[Node]) -> str:
    """Neighbours, with the thin space that separates log, rank, ... from what is not in parentheses."""
    parts: list[str] = []
    previous = "open"
    for item in items:
        klass = kind(item)
        named = isinstance(item, Space) or klass in ("close", "punct", "rel", "bin")
        apart = (previous == "op" and klass != "open" and not named) or (klass == "op" and previous in _OPERANDS)
        parts += ['<mspace width="0.17em"/>'] * apart + [_mathml(item)]
        previous = "space" if isinstance(item, Space) and item.points else klass
    return "".join(parts)


def _one(node: Node) -> str:
    """A single element, as scripts and fractions need it."""
    inner = _mathml(node)
    return inner if not isinstance(node, Row) or len(node.items) == 1 else f"{inner}"


def _atom_mathml(atom: Atom) -> str:
    text = escape(atom.text)
    if atom.kind == "word":
        return f"<mtext>{text.replace(' ', '&#160;')}</mtext>"
    if atom.kind in ("bin", "rel", "punct"):
        return f"<mo>{text}</mo>"
    if atom.kind in ("open", "close"):
        stretchy = "true" if atom.points > (5.5 if atom.text in "{}" else 4.5) else "false"
        return f'<mo stretchy="{stretchy}">{text}</mo>'
    if atom.kind == "op" and atom.text in "∑∏":
        return f"<mo>{text}</mo>"
    if atom.text.isdigit():
        return f"<mn>{text}</mn>"
    upright = ' mathvariant="normal"' if atom.upright and len(atom.text) == 1 else ""
    return f"<mi{upright}>{text}</mi>"


def _table_mathml(node: Table) -> str:
    align = {"aligned": "right left", "cases": "left left", "gathered": "center"}.get(node.environment, "")
    if node.environment == "array":
        align = " ".join({"l": "left", "r": "right", "c": "center"}[c] for c in node.columns if c in "lrc")
    attribute = f' columnalign="{align}"' if align else ""
    sides = align.split()

    def cell(j: int, content: Node) -> str:
        side = sides[j % len(sides)] if sides else "center"
        # Chromium aligns cells by its own name of the side only.
        style = f' style="text-align:{side};text-align:-webkit-{side}"' if side != "center" else ""
        shown = ' displaystyle="true"' if node.environment in ("aligned", "gathered") else ""
        return f"<mtd{style}><mrow{shown}>{_mathml(content)}</mrow></mtd>".replace("<mrow><mrow>", "<mrow><mrow>")

    rows = "".join("<mtr>" + "".join(cell(j, c) for j, c in enumerate(r)) + "</mtr>" for r in node.rows)
    table = f"<mtable{attribute}>{rows}</mtable>"
    if node.environment == "pmatrix":
        return f"<mrow><mo>(</mo>{table}<mo>)</mo></mrow>"
    return f"<mrow><mo>{{</mo>{table}</mrow>" if node.environment == "cases" else table
