"""Markdown with formulas between dollars, as GitHub, Jupyter and pandoc read it; the project's macros are expanded."""

from __future__ import annotations

import re
from collections.abc import Sequence

from symelbo.derivation.latex import aligned_rows
from symelbo.derivation.layout import Block, laid_out
from symelbo.derivation.steps import Account, Verdicts
from symelbo.typesetting import expanded, plain_text
from symelbo.typesetting.sentences import Words, spoken

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~$&])")


def markdown(derivation: Account, level: int = 1) -> str:
    """The derivation as Markdown."""
    parts = [f"{'#' * level} {_escaped(derivation.title)}"]
    if derivation.assumptions:
        items = [f"- **A{k + 1}.** {sentence(a)}" for k, a in enumerate(derivation.assumptions)]
        parts.append("**Assumptions.**\n\n" + "\n".join(items))
    if derivation.notation:
        parts.append("**Notation.** " + " ".join(map(sentence, derivation.notation)))
    parts += map(_block, laid_out(derivation))
    if derivation.verdicts:
        parts.append(_verdicts(derivation.verdicts))
    return "\n\n".join(parts) + "\n"


def joined(title: str, derivations: Sequence[Account]) -> str:
    """Many derivations, a list of them first."""
    contents = "\n".join(f"{k + 1}. {_escaped(d.title)}" for k, d in enumerate(derivations))
    return "\n".join([f"# {_escaped(title)}\n\n{contents}\n", *(markdown(d, 2) for d in derivations)])


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", plain_text(text))


def sentence(parts: Words) -> str:
    """A sentence with its formulas."""
    return spoken(parts, _escaped, lambda latex: f"${_formula(latex)}$")


def _formula(latex: str) -> str:
    r"""A formula; ``<`` would begin a tag of HTML, ``\{`` and ``_`` are read before the formula by some readers."""
    return expanded(latex).replace("<", r"\lt ").replace(">", r"\gt ")


def _block(block: Block) -> str:
    parts = [f"**{_escaped(block.heading)}.** {sentence(block.text)}"]
    for shown in block.displays:
        if shown.before:
            parts.append(_escaped(shown.before))
        rows = " \\\\\n".join(aligned_rows(shown, r"\qquad & "))
        parts.append(f"$$\n\\begin{{aligned}}\n{_formula(rows)}\n\\end{{aligned}}\n$$")
    foot = f"*{sentence(block.foot)}*" if block.foot else ""
    return "\n\n".join(filter(None, [*parts, " ".join(filter(None, (sentence(block.after).strip(), foot)))]))


def _verdicts(rows: Sequence[Verdicts]) -> str:
    lines = ["| statement | verdict | scope | certificate |", "| --- | --- | --- | --- |"]
    for v in rows:
        certificate = f"`{v.certificate[:12]}`" if v.certificate else ""
        lines.append(f"| {v.id} {_escaped(v.title)} | {v.verdict} | {sentence(v.scope)} | {certificate} |")
    return "**Verdicts.**\n\n" + "\n".join(lines)
