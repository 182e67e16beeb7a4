"""Plain text for terminals."""

from __future__ import annotations

import textwrap

from symelbo.derivation.blocks import Block, Row
from symelbo.derivation.steps import Derivation, Math, Words
from symelbo.typesetting import plain, plain_text

__all__ = ["text"]


def text(derivation: Derivation, width: int = 100) -> str:
    """The derivation as lines of at most this width (a long formula may be wider)."""
    title = plain_text(derivation.title)
    parts = [title + "\n" + "=" * len(title)]
    for k, assumption in enumerate(derivation.assumptions):
        parts.append(_filled(f"A{k + 1}. {sentence(assumption)}", width))
    parts += [_filled(sentence(n), width) for n in derivation.notation]
    parts += [_block(b, width) for b in derivation.layout]
    if derivation.verdicts:
        rows = [f"  {v.id:<4} {v.title:<60} {v.verdict:<15} {v.scope}".rstrip() for v in derivation.verdicts]
        parts.append("\n".join(["Verdicts", *rows]))
    return "\n\n".join(parts) + "\n"


def sentence(parts: Words) -> str:
    """A sentence with its formulas."""
    return "".join(" ".join(plain(p.latex).split()) if isinstance(p, Math) else plain_text(p) for p in parts)


def _filled(paragraph: str, width: int) -> str:
    return textwrap.fill(paragraph, width, break_long_words=False, break_on_hyphens=False)


def _block(block: Block, width: int) -> str:
    parts = [_filled(f"{plain_text(block.heading)}. {sentence(block.text)}", width)]
    for shown in block.displays:
        rows = [line for row in shown.rows for line in _row(row)]
        parts.append("\n".join("    " + line for line in rows))
    tail = " ".join(filter(None, (sentence(block.after).strip(), sentence(block.foot))))
    return "\n".join([*parts, _filled(tail, width)])


def _row(row: Row) -> list[str]:
    head = f"{row.left} {row.relation} {row.lines[0]}" if row.relation else f"{row.left} {row.lines[0]}"
    lines = plain(head).split("\n")
    for line in row.lines[1:]:
        lines += ["    " + part for part in plain(line).split("\n")]
    return lines
