"""Positive polynomials in Coq: sums of products of known ones, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from symelbo.certificates.coq.trees import Tree, coq_number, polynomial_tree, tree_product
from symelbo.errors import ModelError

__all__ = ["SIGNS", "Known", "known_tree", "powers_of"]

SIGNS = """\
Lemma sum_positive : forall r s : Q, 0 < r -> 0 < s -> 0 < r + s.
Proof. intros; lra. Qed.
Lemma product_positive : forall r s : Q, 0 < r -> 0 < s -> 0 < r * s.
Proof. intros; now apply Qmult_lt_0_compat. Qed.
Lemma factor_positive : forall r s m : Q, 0 < m -> 0 < s -> r * m == s -> 0 < r.
Proof. intros r s m M S E. rewrite <- E in S. apply Qmult_lt_r with m; [exact M|]. now rewrite Qmult_0_l. Qed.
Lemma quotient_positive : forall r s : Q, 0 < r -> 0 < s -> 0 < r / s.
Proof. intros. now apply Qlt_shift_div_l; [|rewrite Qmult_0_l]. Qed.
Ltac positive := repeat first [assumption | reflexivity | apply sum_positive | apply product_positive]."""
"""Lemmas and the tactic ``positive`` for sums of products."""


class Known:
    """The texts of the polynomials that are known to be positive, by kind and number."""

    def __init__(self, text: Callable[[Tree, int], str]) -> None:
        self._text = text
        self._known: dict[tuple[str, int], str] = {}

    def learn(self, kind: str, k: int, tree: Tree) -> str:
        """Add a polynomial; return its text."""
        self._known[kind, k] = self._text(tree, 2)
        return self._text(tree, 0)

    def product(self, powers: Sequence[Any]) -> str:
        """A product of powers, each written out."""
        return " * ".join([self._known[kind, k] for kind, k, e in powers for _ in range(e)]) or "1"

    def total(self, part: dict[str, Any]) -> str:
        """A sum of products with positive coefficients."""
        return " + ".join(f"{coq_number(Fraction(c))} * ({self.product(powers)})" for c, powers in part["terms"])


def powers_of(part: dict[str, Any]) -> list[tuple[str, int, int]]:
    """All powers of known polynomials in a step or a proof."""
    return [*map(tuple, part["multiplier"]), *(tuple(p) for _, powers in part["terms"] for p in powers)]


def known_tree(model: dict[str, Any], kind: str, k: int) -> Tree:
    """A polynomial that is known to be positive from the start."""
    if kind == "d":
        return tree_product(*(polynomial_tree(p) for p in model["domain"][k]))
    if kind == "g" and "exponent" in model["generators"][k]:
        return ("x", k)
    if kind == "w":
        c, powers = model["weights"][k]
        trees = ((polynomial_tree(model["factors"][f]), e if e > 0 else abs(e) % 2) for f, e in powers)
        return tree_product(Fraction(c), *(t if e == 1 else ("^", t, e) for t, e in trees if e))
    raise ModelError("Coq: a sign that rests on the square of a parameter has no form in Coq; use the checker")
