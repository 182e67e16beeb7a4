"""The text of a Coq file: names, polynomials, definitions by cases, theorems with their companions.

Every theorem with hypotheses has a companion ``NAME_not_vacuous`` that says that these very hypotheses can be
satisfied, so that no theorem is true for lack of examples; every theorem is printed with its assumptions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cache

from symelbo.certificates.coq.trees import Tree, coq_number

__all__ = ["Vernacular", "commented", "plain_names", "polynomial_text", "reserved_words"]

_KEYWORDS = re.findall(
    r"\w+",
    "as at by cofix do e else end exists fix for forall fun if in let match mod prop return set then type using where "
    "with admit",
)
_OWN = re.findall(
    r"\w+",
    "w f1 f2 g h i k l m n r s t v list nat seq sum fst snd theta model point values rationals positive table "
    "expr value seen_numbers derivatives horizontal_directions vertical_directions null_directions "
    "visible_null_directions inverse witness q u coefficients domain inside steps rows own remainder used "
    "quotients independent spanned regular splitting failing det minor models points locality polynomials "
    "elbo_direction evidence_direction gradients same step qeval qnorm qmorph qpow qext qsum by_reflection leq",
)


@cache
def reserved_words() -> frozenset[str]:
    """Names that a file uses for its own purposes, and keywords."""
    return frozenset({*_KEYWORDS, *_OWN})


def plain_names(names: Sequence[str], *, prefix: str = "", fallback: str = "g") -> list[str]:
    """Identifiers of Coq for given names: with ``_`` at the end where a file uses the name itself, or with numbers."""
    found: list[str] = []
    for k, name in enumerate(names):
        text = prefix + name
        if text in reserved_words():
            text += "_"
        if not re.fullmatch(r"[a-z][A-Za-z0-9_]{0,15}", text) or text in reserved_words() or text in found:
            text = f"{fallback}{k + 1}_"
        found.append(text)
    return found


def polynomial_text(tree: Tree, variables: Sequence[str], level: int = 0) -> str:
    """A tree in Coq syntax; level 0 sum, 1 product, 2 power, 3 argument."""
    if isinstance(tree, Fraction):
        return coq_number(tree)
    if tree[0] == "x":
        return str(variables[tree[1]])
    if tree[0] == "+":
        body = polynomial_text(tree[1], variables)
        for term in tree[2:]:
            positive = _negated(term)
            if positive is None:
                body += f" + {polynomial_text(term, variables, 1)}"
            else:
                body += f" - {polynomial_text(positive, variables, 1)}"
    elif tree[0] == "^":
        body = f"{polynomial_text(tree[1], variables, 3)} ^ {tree[2]}"
    else:
        body = f" {tree[0]} ".join(polynomial_text(t, variables, 1 + (k > 0)) for k, t in enumerate(tree[1:]))
    return f"({body})" if {"+": 0, "*": 1, "/": 1, "^": 2}[tree[0]] < level else body


def _negated(tree: Tree) -> Tree | None:
    """Minus a term that begins with a negative number; None for any other term."""
    if isinstance(tree, Fraction):
        return -tree if tree < 0 else None
    if tree[0] == "*" and isinstance(tree[1], Fraction) and tree[1] < 0:
        rest = tree[2:] if tree[1] == -1 else (-tree[1], *tree[2:])
        return rest[0] if len(rest) == 1 else ("*", *rest)
    return None


class Vernacular:
    """A Coq file in the making: its lines and the names of its theorems."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.theorems: list[str] = []

    def text(self, *lines: str) -> None:
        """Lines as they are."""
        self.lines.extend(line.rstrip("\n") for line in lines)

    def comment(self, *lines: str) -> None:
        """A comment of some lines."""
        self.lines.append("(* " + "\n   ".join(map(_safe, lines)) + " *)")

    def heading(self, words: str) -> None:
        """The title of a part of the file."""
        self.lines.extend(("", f"(* ==== {words} ==== *)"))

    def theorem(
        self,
        name: str,
        conclusion: str,
        proof: str,
        *,
        binders: str = "",
        hypotheses: Sequence[str] = (),
        witness: str = "",
    ) -> None:
        """A theorem; with hypotheses also its companion, proved by ``witness``."""
        quantified = f"forall {binders},\n  " if binders else ""
        statement = " ->\n  ".join([*hypotheses, conclusion])
        self.text(f"Theorem {name} :\n  {quantified}{statement}.", f"Proof. {proof} Qed.")
        self.theorems.append(name)
        if hypotheses:
            some = f"exists {binders},\n  " if binders else ""
            satisfied = " /\\ ".join(hypotheses)
            self.text(f"Theorem {name}_not_vacuous :\n  {some}{satisfied}.", f"Proof. {witness} Qed.")
            self.theorems.append(f"{name}_not_vacuous")

    def source(self) -> str:
        """The whole file, with the assumptions of every theorem printed at its end."""
        return "\n".join([*self.lines, "", *(f"Print Assumptions {name}." for name in self.theorems)]) + "\n"


def commented(words: str) -> str:
    """A comment in one line; what could end it, and letters beyond ASCII, as ``?``."""
    return f"(* {_safe(words)} *)"


def _safe(words: str) -> str:
    return re.sub(r"[^ -~]|\(\*|\*\)|\"", "?", words)
