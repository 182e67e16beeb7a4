"""Plain text for terminals."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from symelbo.derivation.layout import Block, Display, Row, laid_out
from symelbo.derivation.steps import Account, Verdicts
from symelbo.typesetting import plain, plain_text, terminal
from symelbo.typesetting.sentences import Words, spoken

INDENT = "    "


def text(derivation: Account, width: int = 80) -> str:
    """The derivation as lines of at most this width (a name or a factor that is longer takes a longer line)."""
    title = plain_text(derivation.title)
    parts = [f"{_filled(title, width)}\n{'=' * min(len(title), width)}"]
    for k, assumption in enumerate(derivation.assumptions):
        parts.append(_filled(f"A{k + 1}. {sentence(assumption)}", width))
    parts += [_filled(sentence(n), width) for n in derivation.notation]
    parts += [_block(b, width) for b in laid_out(derivation, terminal(width))]
    if derivation.verdicts:
        parts.append("\n".join(["Verdicts", *(line for v in derivation.verdicts for line in _verdict(v, width))]))
    return "\n\n".join(parts) + "\n"


def joined(title: str, derivations: Sequence[Account], width: int = 80) -> str:
    """Many derivations, one after the other."""
    return "\n\n".join([plain_text(title), *(text(d, width) for d in derivations)])


def sentence(parts: Words) -> str:
    """A sentence with its formulas."""
    return spoken(parts, plain_text, lambda latex: " ".join(plain(latex).split()))


def _filled(paragraph: str, width: int, hanging: str = "") -> str:
    return textwrap.fill(
        paragraph, width, subsequent_indent=hanging, break_long_words=False, break_on_hyphens=False
    )  # fmt: skip


def _verdict(row: Verdicts, width: int) -> list[str]:
    told = f"{row.verdict}{', ' + sentence(row.scope) if row.scope else ''}"
    certificate = f", certificate {row.certificate[:12]}" if row.certificate else ""
    indent = " " * 7
    return [
        *_filled(f"  {row.id:<4} {plain_text(row.title)}:", width, indent).split("\n"),
        *_filled(f"{indent}{told}{certificate}", width, indent).split("\n"),
    ]


def _block(block: Block, width: int) -> str:
    parts = [_filled(f"{plain_text(block.heading)}. {sentence(block.text)}", width)]
    for shown in block.displays:
        if shown.before:
            parts.append(shown.before)
        parts.append("\n".join(INDENT + line if line else "" for line in _display(shown)))
    tail = " ".join(filter(None, (sentence(block.after).strip(), sentence(block.foot))))
    return "\n".join([*parts, _filled(tail, width)] if tail else parts)


def _display(shown: Display) -> list[str]:
    """The rows of a display, aligned at their signs as long as their left sides are short."""
    lefts = [max(map(len, plain(row.left).split("\n"))) for row in shown.rows if row.left]
    widest = max((n for n in lefts if n <= 20), default=0)
    return [line for row in shown.rows for line in _row(row, widest)]


def _row(row: Row, widest: int) -> list[str]:
    head = f"{row.left} {row.relation} {row.lines[0]}" if row.relation else f"{row.left} {row.lines[0]}"
    missing = max(widest - len(plain(row.left)), 0) if row.left else 0
    lines = [" " * missing + line for line in plain(head).split("\n")]
    for line in row.lines[1:]:
        opened = "{} " + line if line[:1] in "+-" else line  # a sign at the beginning is a binary one
        lines += [" " * (widest if row.left else 0) + INDENT + part.lstrip() for part in plain(opened).split("\n")]
    return lines
