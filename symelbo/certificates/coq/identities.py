"""Equality of expressions in Coq wherever the denominators are not 0, inequality at a point, positivity on a domain."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from symelbo.budget import LIMITS
from symelbo.certificates.coq.signs import SIGNS, Known, known_tree, powers_of
from symelbo.certificates.coq.trees import (
    Tree,
    as_fraction,
    coq_number,
    count_terms,
    denominators,
    expression_tree,
    one_quotient,
    polynomial_tree,
    rational_at,
    reflected,
    tree_product,
)
from symelbo.certificates.coq.vernacular import Vernacular, plain_names, polynomial_text
from symelbo.errors import ModelError

__all__ = ["write_identity", "write_positivity"]

_REFLECTION = """\
(* Reflection: two polynomials with the same normal form are equal. *)
Definition qeval := PEeval 0 1 Qplus Qmult Qminus Qopp (fun q : Q => q) (fun n : N => n) (pow_N 1 Qmult).
Definition qnorm := norm_subst 0 1 Qplus' Qmult' Qminus' Qopp Qeq_bool (triv_div 0 1 Qeq_bool) 0 [].
Lemma qmorph : ring_morph 0 1 Qplus Qmult Qminus Qopp Qeq 0 1 Qplus' Qmult' Qminus' Qopp Qeq_bool (fun q => q).
Proof. constructor; try (intros; apply Qred_correct || reflexivity). intros; now apply Qeq_bool_eq. Qed.
Lemma qpow : power_theory 1 Qmult Qeq (fun n : N => n) (pow_N 1 Qmult).
Proof. constructor. intros. reflexivity. Qed.
Lemma qext : ring_eq_ext Qplus Qmult Qopp Qeq.
Proof. constructor; repeat intro; [now apply Qplus_comp | now apply Qmult_comp | now apply Qopp_comp]. Qed.
Lemma by_reflection : forall l f1 f2, Peq Qeq_bool (qnorm f1) (qnorm f2) = true -> qeval l f1 == qeval l f2.
Proof.
  intros l f1 f2 H. pose (A := Rth_ARth Q_Setoid qext Qsrt).
  exact (ring_correct Q_Setoid qext A qmorph qpow (triv_div_th Q_Setoid qext A qmorph) 0 l [] f1 f2 I H).
Qed."""

_FRACTIONS = """\
Lemma equal_fractions : forall n1 m1 n2 m2 : Q, ~ m1 == 0 -> ~ m2 == 0 -> n1 * m2 == n2 * m1 -> n1 / m1 == n2 / m2.
Proof. intros n1 m1 n2 m2 H1 H2 E. rewrite <- (Qdiv_mult_l (n1 / m1) m2) by exact H2. unfold Qdiv in *.
  setoid_replace (n1 * / m1 * m2) with (n1 * m2 * / m1) by ring. rewrite E. field. now split. Qed."""


class _Scene:
    """The variables of a claim, a point, and trees as text."""

    def __init__(self, data: dict[str, Any]) -> None:
        model = data["claim"]["model"]
        names = [g["name"] for g in model["generators"]]
        self.variables = plain_names(names)
        self.point = [Fraction(v) for v in data["interior_point"]]
        self.binders = f"({' '.join(self.variables)} : Q)" if self.variables else ""
        self.legend = [f"{v} stands for {n}" for v, n in zip(self.variables, names, strict=True) if v != n]

    def text(self, tree: Tree, level: int = 0) -> str:
        return polynomial_text(tree, self.variables, level)

    @property
    def exists(self) -> str:
        """The first step of a proof that something exists: the point."""
        return f"exists {', '.join(map(coq_number, self.point))}. " if self.variables else ""


def write_identity(page: Vernacular, data: dict[str, Any]) -> None:
    """Equality of expressions wherever the denominators are not 0, or inequality at the point."""
    claim, scene = data["claim"], _Scene(data)
    if any("exponent" in g for g in claim["model"]["generators"]):
        page.comment("Exponentials stand for themselves: variables that may take any value.")
    if scene.legend:
        page.comment(*scene.legend)
    start = len(page.lines)
    reflects = False
    for k, (a, b) in enumerate(zip(claim["left"], claim["right"], strict=True)):
        left, right = one_quotient(expression_tree(a)), one_quotient(expression_tree(b))
        if claim["verdict"] == "refuted":
            _different(page, scene, k + 1, left, right)
        else:
            reflects |= _equal(page, scene, k + 1, left, right)
    if reflects:
        page.lines[start:start] = [_REFLECTION, _FRACTIONS]


def _different(page: Vernacular, scene: _Scene, k: int, left: Tree, right: Tree) -> None:
    for side, tree in (("left", left), ("right", right)):
        binders = f" {scene.binders}" if scene.binders else ""
        page.text(f"Definition {side}_{k}{binders} : Q := {scene.text(tree)}.")
    if rational_at(left, scene.point) == rational_at(right, scene.point):
        return
    at = " ".join(map(coq_number, scene.point))
    for side, tree in (("left", left), ("right", right)):
        value = coq_number(rational_at(tree, scene.point))
        page.theorem(
            f"value_of_{side}_{k}", f"{side}_{k} {at} == {value}".replace("  ", " "), "vm_compute. reflexivity."
        )
    statement = f"~ left_{k} {at} == right_{k} {at}".replace("  ", " ")
    page.theorem(f"different_{k}", statement, "intro H; vm_compute in H; discriminate H.")
    parts = [t for t in denominators(left) + denominators(right) if not isinstance(t, Fraction)]
    if parts:
        nonzero = list(dict.fromkeys(_at_point(scene, scene.text(t)) for t in parts))
        page.theorem(
            f"defined_{k}",
            " /\\ ".join(f"~ {t} == 0" for t in nonzero),
            "repeat split; intro H; vm_compute in H; discriminate H.",
        )


def _at_point(scene: _Scene, text: str) -> str:
    for variable, v in zip(scene.variables, scene.point, strict=True):
        text = re.sub(rf"\b{variable}\b", coq_number(v), text)
    return text


def _equal(page: Vernacular, scene: _Scene, k: int, left: Tree, right: Tree) -> bool:
    """One equality; whether it needs reflection."""
    (above, below), (over, under) = as_fraction(left), as_fraction(right)
    parts = [as_fraction(t)[0] for t in denominators(left) + denominators(right)]
    nonzero = list(dict.fromkeys(scene.text(t) for t in parts if not isinstance(t, Fraction)))
    cross = tree_product(above, under), tree_product(over, below)
    reflects = count_terms(cross[0]) + count_terms(cross[1]) > LIMITS.coq_field_terms
    statement = f"{scene.text(left)} == {scene.text(right)}"
    hypotheses = [f"~ {text} == 0" for text in nonzero]
    variables = "; ".join(scene.variables)
    by_reflection = (
        f"change (qeval [{variables}] ({reflected(cross[0])}) == qeval [{variables}] ({reflected(cross[1])})); "
        "apply by_reflection; vm_compute; reflexivity"
    )
    close = "try assumption; intro Z; match goal with H : ~ _ == 0 |- _ => apply H; rewrite <- Z; ring end"
    if not nonzero:
        proof = f"intros. {by_reflection}." if reflects else "intros. ring."
        if reflects and cross != (left, right):
            proof = f"intros. assert (E : {scene.text(cross[0])} == {scene.text(cross[1])}) by ({by_reflection}). lra."
    elif reflects:
        # Nothing is expanded by field: sides that are quotients of polynomials as they stand are only multiplied out.
        simple = all(
            not isinstance(t, Fraction) and t[0] == "/" and not denominators(t[1]) + denominators(t[2])
            for t in (left, right)
        )
        if not simple:
            proof = f"intros. field; repeat split; {close}."
        else:
            proof = f"intros. apply equal_fractions; [{close} | {close} | {by_reflection}]."
    else:
        proof = f"intros. field; repeat split; {close}."
    satisfied = f"{scene.exists}repeat split; intro H; vm_compute in H; discriminate H."
    page.theorem(f"identity_{k}", statement, proof, binders=scene.binders, hypotheses=hypotheses, witness=satisfied)
    return reflects


def write_positivity(page: Vernacular, data: dict[str, Any]) -> None:
    """Expressions that are positive where the inequalities of the domain hold, by sums of products of known ones."""
    claim, witness, scene = data["claim"], data["witness"], _Scene(data)
    model = claim["model"]
    page.comment("The hypotheses are inequalities of the domain; exponentials are positive variables.", *scene.legend)
    page.text(SIGNS)
    known = Known(scene.text)
    parts = [*witness["steps"], *(p for pair in witness["proofs"] for p in pair)]
    used = sorted({(kind, k) for part in parts for kind, k, _ in powers_of(part) if kind != "s"})
    hypotheses = [f"0 < {known.learn(kind, k, known_tree(model, kind, k))}" for kind, k in used]
    steps = []
    for k, step in enumerate(witness["steps"]):
        polynomial = known.learn("s", k, polynomial_tree(step["polynomial"]))
        steps.append(f"assert (S{k} : 0 < {polynomial}) by ({_by_products(step, known)}).")
    for number, (expression, (above, below)) in enumerate(zip(claim["expressions"], witness["proofs"], strict=True)):
        tree = one_quotient(expression_tree(expression))
        proof = _by_products(above, known)
        if denominators(tree):
            if tree[0] != "/":
                raise ModelError("Coq: write the expression as one quotient")
            proof = f"apply quotient_positive; [{proof} | {_by_products(below, known)}]"
        page.theorem(
            f"positive_{number + 1}",
            f"0 < {scene.text(tree)}",
            f"intros. {' '.join(steps)}\n  {proof}.",
            binders=scene.binders,
            hypotheses=hypotheses,
            witness=f"{scene.exists}repeat split; vm_compute; reflexivity.",
        )


def _by_products(part: dict[str, Any], known: Known) -> str:
    """P m = sum c prod known**e with everything on the right, and m, positive."""
    total, multiplier = known.total(part), known.product(part["multiplier"])
    return f"apply (factor_positive _ ({total}) ({multiplier})); [positive | positive | ring]"
