r"""Sentences with formulas inside, as every renderer takes them, and the ASCII in which short ones are written.

A formula in ASCII, such as ``T = (T n H_p) + (T n V_p)`` or ``dpi grad^M D(q||.)``, is read into LaTeX by
:func:`notation`; so a text that is data somewhere, in a certificate or in JSON, is a sentence on paper as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from symelbo.typesetting.names import symbol_latex

# A comma after which a formula in a sentence may be broken: there it ends, and another one begins; and the width of
# formulas, in points, that need not be broken.
BREAK = r",\allowbreak{} "
UNBROKEN = 130.0


@dataclass(frozen=True, slots=True)
class Math:
    """A formula inside a sentence; ``ascii`` where it is also written so."""

    latex: str
    ascii: str = ""


Words: TypeAlias = "tuple[str | Math, ...]"
_DOLLAR = re.compile(r"(?<!\\)\$")


def words(template: str, *names: object) -> Words:
    """Return a sentence with formulas between dollars; each ``{}`` is replaced by a name, taken literally.

    >>> words("The model {} has $d$ parameters.", "M$1")
    ('The model ', 'M$1', ' has ', Math(latex='d', ascii=''), ' parameters.')
    """
    parts: list[str | Math] = []
    remaining = iter(names)
    for k, piece in enumerate(_DOLLAR.split(template)):
        if k % 2:
            parts.append(Math(piece))
            continue
        texts = piece.split("{}")
        for j, text in enumerate(texts):
            if text:
                parts.append(text)
            if j + 1 < len(texts):
                name = next(remaining)
                parts.extend(name if isinstance(name, tuple) else (name if isinstance(name, Math) else str(name),))
    return tuple(parts)


def read(text: str) -> Words:
    r"""Return a sentence whose formulas, between dollars, are written in ASCII.

    >>> read("$H_p$ and $V_p$ are orthogonal")[:2]
    (Math(latex='\\horizontalspace', ascii='H_p'), ' and ')
    """
    pieces = enumerate(text.split("$"))
    return tuple(Math(notation(piece), piece) if k % 2 else piece for k, piece in pieces if piece)


def ascii_text(sentence: Words) -> str:
    """The sentence as one text, its formulas in ASCII."""
    return "".join(p.ascii if isinstance(p, Math) else p for p in sentence)


_DIVERGENCE = re.compile(r"D\(((?:[^()|]|\([^()]*\))+?) ?\|\| ?((?:[^()]|\([^()]*\))+?)\)")
_NORM = re.compile(r"\|([^|]+)\|\^2")
_PLAIN = re.compile(r"T_pM|M_V|\) \+ \(T|qhat|[A-Za-z]+\*|[A-Z]_p(?![A-Za-z])|[A-Za-z]+|->|[.|]|\^[+M]")
_READ = {
    "T": r"\tangent{\model}", "T_pM": r"\tangent{\model}", ") + (T": r") \oplus (\tangent{\model}",
    "M": r"\model", "M_V": r"\visiblemodel", "^M": r"^{\model}", "H_p": r"\horizontalspace", "V_p": r"\verticalspace",
    "E_p": r"\mathbb{E}_{p}", "Q": r"\datamanifold", "dpi": r"\dpi", "grad": r"\grad", "pi": r"\marginalisation",
    "theta": r"\theta", "xi": r"\xi",
    "chi": r"\chi", "phi": r"\phi", "o": r"\circ", "n": r"\cap",
    "v": r"\visible", "h": r"\hidden", "qhat": r"\hat{q}", "p*": r"p^{\ast}", "log": r"\log", "->": r"\to",
    ".": r"\cdot", "|": r"\mid ", "^+": "^{+}",
}  # fmt: skip
_OPERATORS = ("rank", "GAP", "ELBO", "Cov")


def notation(text: str) -> str:
    r"""Return the LaTeX of a formula in ASCII.

    >>> print(notation("dpi grad^M D(q||.) = 0"))
    \dpi \grad^{\model} \KL{q}{\cdot} = 0
    """
    for pattern, written in ((_DIVERGENCE, r"\KL{{{}}}{{{}}}"), (_NORM, r"\lVert {} \rVert^{{2}}")):
        if match := pattern.search(text):
            inner = written.format(*map(notation, match.groups()))
            return f"{notation(text[: match.start()])}{inner}{notation(text[match.end() :])}"

    def token(match: re.Match[str]) -> str:
        name = match.group()
        return rf"\operatorname{{{name}}}" if name in _OPERATORS else _READ.get(name, name)

    return _PLAIN.sub(token, text)


# What a reason may contain: names of the theory, arrows of networks, equations of a set.
_FORMULA = re.compile(
    r"E\[\.\|v\]|1/p_V|\blog p_V|\b[GJp]_V\b|\bP\(X\)|\b[pq]\b(?= (?:and q )?in P)|\w+(?: (?:->|<-) \w+)+|\{[\w\s=,]+\}"
)
_WRITTEN = {"E[.|v]": r"\mathbb{E}[\cdot \mid v]", "1/p_V": "1/p_V", "log p_V": r"\log p_V", "P(X)": "P(X)"}
_WRITTEN |= {f"{c}_V": f"{c}_V" for c in "GJp"} | {"p": "p", "q": "q"}


def reason(text: str) -> Words:
    r"""A reason as a sentence: its formulas in LaTeX, its names of variables as mathematics.

    >>> reason("no cut: y -> x in P(X)")
    ('no cut: ', Math(latex='y \\to x', ascii='y -> x'), ' in ', Math(latex='P(X)', ascii='P(X)'))
    """

    def formula(shown: str) -> Math:
        if shown in _WRITTEN:
            return Math(_WRITTEN[shown], shown)
        inside = re.sub(r"[^\W\d]\w*", lambda m: symbol_latex(m.group()), shown.strip("{}"))
        latex = inside.replace("->", r"\to").replace("<-", r"\leftarrow")
        latex = rf"\{{ {latex} \}}" if shown.startswith("{") else latex
        return Math(latex, shown)

    found: list[str | Math] = []
    end = 0
    for m in _FORMULA.finditer(text):
        found += [*filter(None, [text[end : m.start()]]), formula(m.group())]
        end = m.end()
    return (*found, *filter(None, [text[end:]]))


def together(parts: Iterable[Words], separator: str = ", ") -> Words:
    """Sentences or names joined to one."""
    joined: list[str | Math] = []
    for k, part in enumerate(parts):
        joined += [separator, *part] if k else part
    return tuple(joined)


def listed(names: Iterable[str]) -> str:
    """Names as one phrase.

    >>> listed("abc")
    'a, b and c'
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def enumerated(formulas: Iterable[str]) -> str:
    r"""Formulas with commas between them, as one formula, which if it is long may be broken after each comma.

    >>> print(enumerated(["x", "y"]))
    x,\allowbreak{} y
    """
    return BREAK.join(formulas)


def capitalised(sentence: Words) -> Words:
    """The sentence with its first letter in upper case, unless it begins with a formula."""
    first = sentence[0]
    return (first[:1].upper() + first[1:] if isinstance(first, str) else first, *sentence[1:])


def mapped(sentence: Words, write: Callable[[str], str]) -> Words:
    """The sentence with its formulas written otherwise."""
    return tuple(Math(write(p.latex)) if isinstance(p, Math) else p for p in sentence)


def spoken(sentence: Words, text: Callable[[str], str], formula: Callable[[str], str]) -> str:
    """A sentence as a renderer writes it: its texts by one function, its formulas by another."""

    def whole(latex: str) -> str:
        *parts, last = latex.split(BREAK)
        return " ".join([*(formula(f"{p},") for p in parts), formula(last)])

    return "".join(whole(p.latex) if isinstance(p, Math) else text(p) for p in sentence)
