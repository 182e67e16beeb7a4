"""HTML with MathML, which browsers show by themselves: no script, no font, no network."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from symelbo.derivation.latex import aligned_rows
from symelbo.derivation.layout import Block, Display, laid_out
from symelbo.derivation.steps import Account, Verdicts
from symelbo.typesetting import mathml, plain_text
from symelbo.typesetting.sentences import Words, spoken

_STYLE = """
body { max-width: 46em; margin: 2em auto; padding: 0 1em; font: 16px/1.5 Georgia, serif; }
body { color: #111; background: #fff; }
h1, h2 { font-weight: normal; line-height: 1.2; }
p.foot { color: #555; font-size: 85%; margin-top: 0; }
div.display { overflow-x: auto; overflow-y: hidden; margin: 0.5em 0; padding: 0.2em 0; }
table.verdicts { border-collapse: collapse; font-size: 90%; }
table.verdicts td, table.verdicts th { text-align: left; padding: 0.15em 0.8em 0.15em 0; }
table.verdicts td { border-bottom: 1px solid #ddd; }
code { font-size: 85%; }
mtd { padding: 0.2em 0.25em; }
"""


def page(derivation: Account) -> str:
    """The derivation as a page of its own."""
    return _page(derivation.title, f"<h1>{_text(derivation.title)}</h1>\n{_content(derivation)}")


def body(derivation: Account) -> str:
    """The derivation as a part of a page."""
    return f"<div>\n<h3>{_text(derivation.title)}</h3>\n{_content(derivation)}</div>\n"


def joined(title: str, derivations: Sequence[Account]) -> str:
    """Many derivations, with links to each."""
    links = "\n".join(f'<li><a href="#d{k}">{_text(d.title)}</a></li>' for k, d in enumerate(derivations))
    parts = [f'<h2 id="d{k}">{_text(d.title)}</h2>\n{_content(d)}' for k, d in enumerate(derivations)]
    return _page(title, f"<h1>{_text(title)}</h1>\n<ol>\n{links}\n</ol>\n" + "\n".join(parts))


def _page(title: str, content: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{content}</body>\n</html>\n"
    )


def _text(text: str) -> str:
    return escape(plain_text(text))


def sentence(parts: Words) -> str:
    """A sentence with its formulas."""
    return spoken(parts, _text, mathml)


def _content(derivation: Account) -> str:
    parts = []
    if derivation.assumptions:
        items = "\n".join(f"<li><b>A{k + 1}.</b> {sentence(a)}</li>" for k, a in enumerate(derivation.assumptions))
        parts.append(f"<p><b>Assumptions.</b></p>\n<ul>\n{items}\n</ul>")
    if derivation.notation:
        parts.append(f"<p><b>Notation.</b> {' '.join(map(sentence, derivation.notation))}</p>")
    parts += map(_block, laid_out(derivation))
    if derivation.verdicts:
        parts.append(_verdicts(derivation.verdicts))
    return "\n".join(parts) + "\n"


def _block(block: Block) -> str:
    parts = [f"<p><b>{_text(block.heading)}.</b> {sentence(block.text)}</p>"]
    parts += map(_display, block.displays)
    if block.after:
        parts.append(f"<p>{sentence(block.after)}</p>")
    if block.foot:
        parts.append(f'<p class="foot">{sentence(block.foot)}</p>')
    return "\n".join(parts)


def _display(shown: Display) -> str:
    rows = r" \\ ".join(aligned_rows(shown, r"\qquad & "))
    formula = r"\begin{aligned} " + rows + r" \end{aligned}"
    before = f"<p>{_text(shown.before)}</p>\n" if shown.before else ""
    return f'{before}<div class="display">{mathml(formula, display=True)}</div>'


def _verdicts(rows: Sequence[Verdicts]) -> str:
    head = "<tr><th>statement</th><th>verdict</th><th>scope</th><th>certificate</th></tr>"
    lines = []
    for v in rows:
        certificate = f'<code title="{v.certificate}">{v.certificate[:12]}</code>' if v.certificate else ""
        cells = (f"{v.id} {_text(v.title)}", v.verdict, sentence(v.scope), certificate)
        lines.append("<tr>" + "".join(f"<td>{c}</td>" for c in cells) + "</tr>")
    table = "\n".join([head, *lines])
    return f'<p><b>Verdicts.</b></p>\n<table class="verdicts">\n{table}\n</table>'
