r"""Names in LaTeX: parameters, variables and labels of any spelling, safely.

A letter with digits is a letter with an index (``y1`` is y_1), Greek names are Greek letters, several letters stand
upright (``if`` is no product of i and f), what comes after an underscore is an index.  Every other character is
written by a macro that LaTeX, MathJax and KaTeX know; characters without one by their code point.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LOWER = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon "
    "phi chi psi omega"
)
_VARIANTS = "varepsilon vartheta varphi varrho hbar"
_UPPER = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
NAMED: frozenset[str] = frozenset(f"{_LOWER} {_UPPER} {_VARIANTS}".split())
_GREEK = {
    **dict(zip("αβγδεζηθικλμνξπρστυφχψω", _LOWER.split(), strict=True)),
    **dict(zip("ΓΔΘΛΞΠΣΥΦΨΩ", _UPPER.split(), strict=True)),
    "ς": "sigma",
    "ϵ": "epsilon",
    "ϑ": "theta",
    "ϕ": "phi",
    "µ": "mu",
}
_SAME_AS_LATIN = dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True))
_ACCENTS = {
    "\u0300": "grave",
    "\u0301": "acute",
    "\u0302": "hat",
    "\u0303": "tilde",
    "\u0304": "bar",
    "\u0306": "breve",
    "\u0307": "dot",
    "\u0308": "ddot",
    "\u030c": "check",
}
# Characters with a meaning in LaTeX, in mathematics.
_ESCAPED = {
    **{c: "\\" + c for c in "%#&$_{}"},
    "\\": r"\backslash ",
    "~": r"{\sim}",
    "^": r"{\wedge}",
    "|": r"\vert ",
    "-": r"\text{-}",
    " ": r"\ ",
    "'": r"{\prime}",
    '"': r"{\prime\prime}",
    "`": r"{\prime}",
    "<": r"{<}",
    ">": r"{>}",
    "@": r"\text{@}",
    **{c: "{" + c + "}" for c in "=+*/:;,!?."},
}
_BELOW = dict(zip(map(ord, "₀₁₂₃₄₅₆₇₈₉"), "0123456789", strict=True))
# As sympy's users write what is a keyword of Python.
_SPELT = {"lamda": "lambda"}
_PLAIN = re.compile(r"[A-Za-z0-9]+")
_NAME = re.compile(r"([^\W\d_]+)(\d*)((?:_[^_]*)*)")


def symbol_latex(name: str) -> str:
    r"""Return the LaTeX of a parameter's name.

    >>> print(symbol_latex("y1"), symbol_latex("theta12"), symbol_latex("x_1_2"), symbol_latex("if"))
    y_{1} \theta_{12} x_{1,2} \mathrm{if}
    >>> print(symbol_latex("lamda"), symbol_latex(r"\theta_1"), symbol_latex("θ₁"), symbol_latex("x_prime"))
    \lambda \theta_{1} \theta_{1} {x^{\prime}}
    """
    match = _NAME.fullmatch(_plainly(name))
    if match is None:
        return label_latex(name)
    head, digits, tail = match.groups()
    if tail.endswith("_prime"):
        return rf"{{{symbol_latex(head + digits + tail.removesuffix('_prime'))}^{{\prime}}}}"
    indices = [digits] if digits else []
    indices += [part for part in tail.split("_")[1:] if part]
    if tail.count("_") != len([p for p in tail.split("_")[1:] if p]):
        return label_latex(name)  # empty indices: written out as they stand
    letter = _letter(head)
    if not indices:
        return letter
    return f"{letter}_{{{','.join(_index(i) for i in indices)}}}"


def _plainly(name: str) -> str:
    r"""A name written as in LaTeX (``\theta_1``, ``x_{1}``) or with small digits below (``θ₁``) as other names are."""
    if name.startswith("\\") and name[1:].partition("_")[0].rstrip("0123456789") in NAMED:
        name = name[1:]
    name = re.sub(r"_\{(\w+)\}", r"_\1", name)
    return name.translate(_BELOW)


def _letter(head: str) -> str:
    head = _SPELT.get(head, head)
    if head in NAMED:
        return "\\" + head
    if len(head) == 1:
        return _character(head).strip()
    return label_latex(head)


def _index(text: str) -> str:
    return text if text.isascii() and (text.isdigit() or (len(text) == 1 and text.isalpha())) else label_latex(text)


def label_latex(label: object) -> str:
    r"""Return the LaTeX of a label or of the name of a variable, upright unless it is a single letter or a number.

    >>> print(label_latex(1), label_latex("x"), label_latex("50%"))
    1 x \mathrm{50\%}
    """
    text = str(label)
    if text.lstrip("-").isdigit() and text.isascii():
        return text
    if text in NAMED:
        return "\\" + text
    written = "".join(map(_character, text)).strip()
    return written if len(text) == 1 else f"\\mathrm{{{written}}}"


def _character(c: str) -> str:
    """One character in math mode."""
    if c.isascii():
        return _ESCAPED.get(c, c if c.isprintable() else _code_point(c))
    if c in _GREEK:
        return f"\\{_GREEK[c]} "
    if c in _SAME_AS_LATIN:
        return _SAME_AS_LATIN[c]
    decomposed = unicodedata.normalize("NFKD", c)
    base, marks = decomposed[0], decomposed[1:]
    if base.isascii() and base.isalnum() and not marks:
        return base  # letter-like and full-width forms, superscripts
    if base.isascii() and base.isalpha() and marks in _ACCENTS:
        return f"\\{_ACCENTS[marks]}{{{base}}}"
    return _code_point(c)


def _code_point(c: str) -> str:
    return f"\\text{{U+{ord(c):04X}}}"


def state_latex(labels: Iterable[object]) -> str:
    """Return the labels of a state, joined by commas."""
    return ",".join(map(label_latex, labels))


# Accents on letters of a text.
_TEXT_ACCENTS = dict(zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030c", "`'^~=u.\"v", strict=True))
# Characters with a meaning in LaTeX, in text.
_TEXT = {
    **{c: "\\" + c for c in "%#&$_{}"},
    "\\": r"$\backslash$",
    "~": r"$\sim$",
    "^": r"$\wedge$",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': "''",
    "–": "--",
    "“": "``",
    "”": "''",
    "’": "'",
    "…": "...",
    "→": r"$\to$",
}


def text_latex(text: str) -> str:
    r"""Return plain text as LaTeX text.

    >>> print(text_latex("100% of M(b)"))
    100\% of M(b)
    """
    written = []
    for c in text.replace("->", "→"):
        if c in _TEXT:
            written.append(_TEXT[c])
        elif c.isascii():
            written.append(c if c.isprintable() or c == "\n" else " ")
        elif (accented := unicodedata.normalize("NFD", c))[0].isascii() and accented[1:] in _TEXT_ACCENTS:
            accent = _TEXT_ACCENTS[accented[1:]]
            written.append(f"\\{accent}{{{accented[0]}}}" if accent.isalpha() else f"\\{accent}{accented[0]}")
        else:
            formula = _character(c)
            written.append(formula if formula.isascii() and formula.isalnum() else f"${formula.strip()}$")
    return "".join(written)


def plain_text(name: str) -> str:
    """Return a name for a line of text: control characters, which could break the line, become spaces."""
    return "".join(c if c.isprintable() else " " for c in name)
