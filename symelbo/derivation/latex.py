r"""LaTeX: a fragment that is pasted into a paper, a document that compiles.

The fragment uses ``align*`` and ``array`` and macros that MathJax and KaTeX know too.  The project's own macros are
expanded in it, or come first, as in a document, by ``\providecommand``: a paper's own definitions win.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from symelbo.derivation.layout import Block, Display, laid_out
from symelbo.derivation.steps import Account
from symelbo.typesetting import MACROS, TEXT_WIDTH, expanded, text_latex
from symelbo.typesetting.sentences import Words, spoken

PREAMBLE = r"""\documentclass[10pt]{article}
\usepackage{amsmath,amssymb}
\setlength{\textwidth}{%gpt}
\addtolength{\textheight}{140pt}
\addtolength{\topmargin}{-60pt}
\allowdisplaybreaks
\raggedbottom
\setlength{\parindent}{0pt}
\setlength{\parskip}{3pt plus 2pt}
\raggedright
\AtBeginDocument{\setlength{\abovedisplayskip}{2pt plus 2pt}\setlength{\belowdisplayskip}{2pt plus 2pt}}
"""


def definitions(text: str) -> str:
    """The definitions of the project's macros that occur in a text."""
    lines = []
    for name, (count, meaning) in MACROS.items():
        if re.search(rf"\\{name}(?![A-Za-z])", text):
            arguments = f"[{count}]" if count else ""
            lines.append(rf"\providecommand{{\{name}}}{arguments}{{{meaning}}}")
    return "\n".join(lines) + ("\n" if lines else "")


def fragment(derivation: Account, *, macros: bool = False) -> str:
    """The derivation without preamble, set ragged: lines of text with formulas in them cannot always be filled."""
    written = body(derivation, macros=macros)
    return definitions(written) + "\n{\\raggedright\\allowdisplaybreaks\n" + written + "\\par}\n"


def document(derivation: Account) -> str:
    """The derivation as a document."""
    written = body(derivation)
    title = text_latex(derivation.title)
    return (
        PREAMBLE % derivation.width + definitions(written) + "\\begin{document}\n"
        rf"\section*{{\raggedright {title}}}" + "\n\n" + written + "\\end{document}\n"
    )  # fmt: skip


def joined(title: str, derivations: Sequence[Account]) -> str:
    """Many derivations as one document: table of contents, sections, index of verdicts."""
    titles = [text_latex(d.title) for d in derivations]
    sections = [
        rf"\section[{{{t}}}]{{\raggedright {t}}}" + "\n\n" + body(d) for t, d in zip(titles, derivations, strict=True)
    ]
    index = _index(derivations)
    width = max((d.width for d in derivations), default=TEXT_WIDTH)
    written = "\n".join([*sections, index])
    return (
        PREAMBLE % width + definitions(written) + "\\begin{document}\n" + rf"\title{{{text_latex(title)}}}" + "\n"
        "\\author{}\n\\date{}\n\\maketitle\n\\tableofcontents\n\\newpage\n" + written + "\n\\end{document}\n"
    )  # fmt: skip


def _index(derivations: Sequence[Account]) -> str:
    """For every statement the models with its verdict."""
    found: dict[str, list[tuple[str, str]]] = {}
    titles: dict[str, str] = {}
    for number, d in enumerate(derivations):
        for v in d.verdicts:
            found.setdefault(v.id, []).append((v.verdict, f"{d.title} (section {number + 1})"))
            titles[v.id] = v.title
    parts = [r"\section{Index of verdicts}"]
    for key in sorted(found, key=lambda k: (len(k), k)):
        lines = [rf"\textbf{{{text_latex(key)}. {text_latex(titles[key])}.}}"]
        for verdict in dict.fromkeys(v for v, _ in found[key]):
            where = ", ".join(text_latex(t) for w, t in found[key] if w == verdict)
            lines.append(rf"\textit{{{text_latex(verdict)}}}: {where}.")
        parts.append("\n".join(lines))
    return "\n\n".join(map(wrapped, parts))


def body(derivation: Account, *, macros: bool = True) -> str:
    """Assumptions, notation, steps, verdicts."""
    parts = []
    if derivation.assumptions:
        items = [rf"\textbf{{A{k + 1}.}} {sentence(a)}" for k, a in enumerate(derivation.assumptions)]
        parts.append(r"\textbf{Assumptions.} " + "\n".join(items))
    if derivation.notation:
        parts.append(r"\textbf{Notation.} " + "\n".join(map(sentence, derivation.notation)))
    parts += map(_block, laid_out(derivation))
    if derivation.verdicts:
        parts.append(_verdicts(derivation))
    return "\n\n".join(wrapped(part if macros else expanded(part)) for part in parts) + "\n"


def sentence(parts: Words) -> str:
    """A sentence with its formulas."""
    return spoken(parts, text_latex, lambda latex: f"${latex}$")


def _block(block: Block) -> str:
    written = [rf"\textbf{{{text_latex(block.heading)}.}} {sentence(block.text)}"]
    for shown in block.displays:
        written += [shown.before, display(shown)] if shown.before else [display(shown)]
    foot = rf"\textit{{{sentence(block.foot)}}}" if block.foot else ""
    return "\n".join(filter(None, [*written, " ".join(filter(None, (sentence(block.after).strip(), foot)))]))


def display(shown: Display) -> str:
    """A display as ``align*``."""
    return "\\begin{align*}\n" + " \\\\\n".join(aligned_rows(shown, "& ")) + "\n\\end{align*}"


def aligned_rows(shown: Display, separator: str) -> list[str]:
    """The rows of an alignment: ``left &= right``, continuation lines indented after the sign."""
    result = []
    for group in shown.grid():
        first = []
        for row in group:
            head = row.lines[0]
            first.append(f"{row.left} &{row.relation} {head}" if row.relation else f"{row.left} & {head}")
        result.append(separator.join(first).strip())
        if len(group) == 1:
            result += [rf"&\quad {_opened(line)}" for line in group[0].lines[1:]]
    return result


def _opened(line: str) -> str:
    """A continuation line: a sign at its beginning is a binary one."""
    return "{} " + line if line[:1] in "+-" else line


def _verdicts(derivation: Account) -> str:
    lines = []
    for v in derivation.verdicts:
        told = f"{v.verdict}, {sentence(v.scope)}" if v.scope else v.verdict
        certificate = f"; certificate {v.certificate[:12]}" if v.certificate else ""
        lines.append(rf"\textbf{{{text_latex(v.id)}.}} {text_latex(v.title)}: \textit{{{told}{certificate}}}.")
    return "\\textbf{Verdicts.}\n\n" + "\n\n".join(lines)


def wrapped(text: str, width: int = 110) -> str:
    """Source lines of a readable length, broken at blanks outside of displays."""
    lines: list[str] = []
    inside = False
    for line in text.split("\n"):
        inside = inside or line.startswith(r"\begin{")
        if inside or len(line) <= width:
            lines.append(line)
        else:
            lines += _filled(line, width)
        inside = inside and not line.startswith(r"\end{align")
    return "\n".join(lines)


def _filled(line: str, width: int) -> Sequence[str]:
    lines, current = [], ""
    for word in line.split(" "):
        if current and len(current) + len(word) + 1 > width:
            lines.append(current)
            current = word
        else:
            current = f"{current} {word}" if current else word
    return [*lines, current]
