"""The lines of a Coq file: definitions, theorems and their proofs, with the names of the variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from symelbo.certificates.trees import Tree, coq_number, count_terms, reflected

__all__ = ["RING_LIMIT", "Writer"]

RING_LIMIT = 200
"""Expanded terms beyond which a polynomial identity is proved by reflection."""

_KEYWORDS = {"as", "at", "cofix", "do", "else", "end", "fix", "for", "fun", "if", "in", "let", "mod", "return", "then"}
_KEYWORDS |= {"using", "where", "with", "exists", "forall", "match", "e", "by", "type", "set", "prop"}


class Writer:
    """The lines of a file, its variables (one for each generator) and the names of its theorems."""

    def __init__(self, generators: Sequence[dict[str, Any]], point: Sequence[str]) -> None:
        self.generators = [g["name"] for g in generators]
        plain = [
            n if re.fullmatch(r"[a-z][a-z0-9]{0,7}", n) and n not in _KEYWORDS else f"g{k + 1}_"
            for k, n in enumerate(self.generators)
        ]
        self.variables = plain
        self.point = [Fraction(v) for v in point]
        self.at = " ".join(coq_number(v) for v in self.point)
        self.lines: list[str] = []
        self.theorems: list[str] = []
        self.reflects = False

    def legend(self) -> list[str]:
        """What the variables stand for, where the names differ."""
        named = ((v, re.sub(r"[^ -~]|[\"*]", "?", g)) for v, g in zip(self.variables, self.generators, strict=True))
        return [f"{v} = {g}" for v, g in named if v != g]

    @property
    def binder(self) -> str:
        """The variables, to be bound."""
        return f"({' '.join(self.variables)} : Q)" if self.variables else ""

    @property
    def arguments(self) -> str:
        """The variables, as arguments."""
        return " ".join(self.variables)

    def call(self, name: str) -> str:
        """A defined function of all variables."""
        return f"{name} {self.arguments}".rstrip()

    def text(self, tree: Tree, level: int = 0) -> str:
        """A tree in Coq syntax; level 0 sum, 1 product, 2 power, 3 argument."""
        if isinstance(tree, Fraction):
            return coq_number(tree)
        if tree[0] == "x":
            return str([*self.variables, "e"][tree[1]])
        if tree[0] == "name":
            return f"({tree[1]})" if level > 2 else str(tree[1])
        own: int = {"+": 0, "*": 1, "/": 1, "^": 2}[tree[0]]
        if tree[0] == "^":
            body = f"{self.text(tree[1], 3)} ^ {tree[2]}"
        else:
            symbol = f" {tree[0]} "
            parts = [self.text(t, own if k == 0 else own + 1) for k, t in enumerate(tree[1:])]
            body = symbol.join(parts)
        return f"({body})" if own < level else body

    def define(self, name: str, tree: Tree) -> None:
        """A definition of a function of all variables."""
        binder = f" {self.binder}" if self.variables else ""
        self.lines.append(f"Definition {name}{binder} : Q := {self.text(tree)}.")

    def theorem(self, name: str, statement: str, proof: str) -> None:
        """A theorem that is printed with its assumptions."""
        self.lines.append(f"Theorem {name} :\n  {statement}.\nProof. {proof} Qed.")
        self.theorems.append(name)

    def identities(self, name: str, pairs: Sequence[tuple[Tree, Tree, str, str]], used: Iterable[str]) -> None:
        """Polynomial identities (left, right as trees and as texts), each by ring or by reflection."""
        if not pairs:
            return
        proofs = []
        for left, right, _, _ in pairs:
            if count_terms(left) + count_terms(right) <= RING_LIMIT:
                proofs.append("ring")
            else:
                self.reflects = True
                variables = "; ".join(self.variables)
                proofs.append(
                    f"change (qeval [{variables}] ({reflected(left)}) == qeval [{variables}] ({reflected(right)})); "
                    "apply by_reflection; vm_compute; reflexivity"
                )
        statement = " /\\\n  ".join(f"{a} == {b}" for _, _, a, b in pairs)
        unfold = f"unfold {', '.join(used)}; " if used else ""
        quantified = f"forall {self.binder}, " if self.variables else ""
        if set(proofs) == {"ring"}:
            proof = f"intros. {unfold}repeat split; ring."
        elif len(proofs) == 1:
            proof = f"intros. {proofs[0]}."
        else:
            proof = "intros. repeat split; [ " + " | ".join(_unfolded(p, unfold) for p in proofs) + " ]."
        self.theorem(name, f"{quantified}{statement}", proof)


def _unfolded(proof: str, unfold: str) -> str:
    return f"{unfold}ring" if proof == "ring" else proof
