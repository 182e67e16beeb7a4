"""The text of a Coq file: names, polynomials, definitions by cases, theorems with their companions.

Every theorem with hypotheses has a companion ``NAME_not_vacuous`` that says that these very hypotheses can be
satisfied, so that no theorem is true for lack of examples; every theorem is printed with its assumptions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from importlib.resources import files

from symelbo.certificates.coq.trees import Tree, coq_number

__all__ = ["Vernacular", "polynomial_text", "reserved_words", "theory"]

_KEYWORDS = re.findall(
    r"\w+",
    "as at by cofix do e else end exists fix for forall fun if in let match mod prop return set then type using where "
    "with admit",
)
_NUMBERED = re.compile(r"(v|h|d|n|c|null|visible|dual|left|right|step)_")
_OWN = re.findall(
    r"\w+",
    "f1 f2 g h i k l m n phi phis point poly q r s t v w moved number list sum fst snd theta uniform own row remainder "
    "quotient bound",
)


@cache
def theory(name: str) -> str:
    """A part of the theory that is the same in every file: definitions and lemmas in Coq, by the name of its file."""
    return str((files("symelbo.certificates.coq") / "theory" / f"{name}.v").read_text(encoding="ascii"))


@cache
def reserved_words() -> frozenset[str]:
    """Names that a file uses for its own purposes: all words of the theory, keywords, and a few more."""
    folder = files("symelbo.certificates.coq") / "theory"
    texts = [str(part.read_text(encoding="ascii")) for part in folder.iterdir() if part.name.endswith(".v")]
    words = re.findall(r"\w+", re.sub(r"\(\*.*?\*\)", " ", "\n".join(texts), flags=re.DOTALL))
    return frozenset({*words, *_KEYWORDS, *_OWN})


def plain_names(names: Sequence[str], *, prefix: str = "", fallback: str = "g") -> list[str]:
    """Identifiers of Coq for given names: with ``_`` at the end where a file uses the name itself, or with numbers."""
    found: list[str] = []
    for k, name in enumerate(names):
        text = prefix + name
        if text in reserved_words() or (not prefix and _NUMBERED.match(text)):
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
        safe = [re.sub(r"[^ -~]|\(\*|\*\)|\"", "?", line) for line in lines]
        self.lines.append("(* " + "\n   ".join(safe) + " *)")

    def heading(self, words: str) -> None:
        """The title of a part of the file."""
        self.lines.extend(("", f"(* ==== {words} ==== *)"))

    def theory(self, *names: str) -> None:
        """Parts of the fixed theory."""
        for name in names:
            self.lines.append(theory(name).rstrip("\n"))

    def enumeration(self, kind: str, constructors: Sequence[str], numbered: str) -> None:
        """A finite type with the list of its elements and their numbers."""
        self.text(f"Inductive {kind} := {' | '.join(constructors)}.")
        self.text(f"Definition {kind}s : list {kind} := [{'; '.join(constructors)}].")
        cases = " | ".join(f"{c} => {k}" for k, c in enumerate(constructors))
        self.text(f"Definition {numbered} (k : {kind}) : nat := match k with {cases} end.")
        self.text(
            f"Lemma {kind}s_listed : forall k, nth_error {kind}s ({numbered} k) = Some k. Proof. now destruct k. Qed."
        )

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


def by_cases(scrutinee: str, cases: Mapping[str, str] | Iterable[tuple[str, str]], default: str | None) -> str:
    """A definition by cases; equal ones at the end may be left to the default."""
    pairs = list(cases.items() if isinstance(cases, Mapping) else cases)
    lines = [f"  | {pattern} => {body}" for pattern, body in pairs if body != default]
    if default is not None and len(lines) < len(pairs):
        lines.append(f"  | {', '.join('_' for _ in scrutinee.split(','))} => {default}")
    return "\n".join([f"  match {scrutinee} with", *lines, "  end"])
