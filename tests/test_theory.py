"""The theory in Coq: it compiles, rests on no axiom, says what its table says, and no hypothesis of it is idle."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import symelbo as se
from symelbo.certificates.coq.gate import forbidden_words
from tests.coq import needs_mathcomp

THEORY = Path(se.__file__).parent / "theory"
FILES = [line for line in (THEORY / "_CoqProject").read_text().split() if line.endswith(".v")]
TABLE = (THEORY / "README.md").read_text()
LISTED = list(dict.fromkeys(re.findall(r"`(\w+\.(?!v`)\w+)`", TABLE)))
COQ = ["-q", "-w", "none", "-R", ".", "Symelbo"]


def compiled(folder: Path, name: str, source: str) -> subprocess.CompletedProcess[str]:
    (folder / name).write_text(source)
    return subprocess.run(["coqc", *COQ, name], cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def test_every_file_of_the_theory_is_in_the_project() -> None:
    assert sorted(FILES) == sorted(path.name for path in THEORY.glob("*.v"))


@pytest.mark.parametrize("name", FILES)
def test_nothing_in_the_theory_is_admitted_or_assumed(name: str) -> None:
    # Variables, hypotheses and contexts of sections become hypotheses of the theorems: Print Assumptions, below, looks.
    idle = {"Variable", "Variables", "Hypothesis", "Hypotheses", "Unset"}
    assert set(forbidden_words((THEORY / name).read_text())) <= idle


def test_every_theorem_of_the_theory_is_in_its_table() -> None:
    found = {
        f"{name[:-2]}.{own}"
        for name in FILES
        for own in re.findall(r"^Theorem (\w+)", (THEORY / name).read_text(), re.MULTILINE)
    }
    assert found <= set(LISTED)


@needs_mathcomp
def test_every_theorem_in_the_table_is_closed_under_the_global_context(compiled_theory: Path) -> None:
    # Of one tuple of all, for what they rest on in common is then walked through once; an axiom in a tuple is found.
    modules = " ".join(name[:-2] for name in FILES)
    source = f"""From Symelbo Require {modules}.
        Definition all_theorems := ({", ".join(f"@{name}" for name in LISTED)}).
        Print Assumptions all_theorems.
        Axiom planted : False. Definition one_is_assumed := (I, planted, I). Print Assumptions one_is_assumed."""
    run = compiled(compiled_theory, "assumptions.v", source)
    assert run.returncode == 0, run.stderr
    assert run.stdout.split("\n")[:-1] == ["Closed under the global context", "Axioms:", "planted : False"]


HEAD = """\
From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import inner submersion gradients fisher elbo information.
Set Implicit Arguments. Unset Strict Implicit. Unset Printing Implicit Defensive.
Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.
Section Neighbours.
Variables (R : realFieldType) (X V : finType) (f : X -> V) (sf : forall v, exists x, f x = v).
Variables (p : distribution R X) (m : nat) (T : 'M[R]_(m, #|X|)).
Local Notation pi := (marginalisation sf p).
"""

# A theorem with one hypothesis in braces, which its proof needs: without it the same proof has to fail.
NEIGHBOURS = {
    "main theorem": """\
Lemma neighbour q ps g gQ gV : {cylindrical pi T ->} (forall v, fibre_sum f q v = ps v) ->
  is_gradient (fisher p) T (d_divergence p q) g ->
  is_gradient (fisher p) T (d_data_divergence sf p ps) gQ ->
  is_gradient (fisher (marginal sf p)) (T *m pi) (d_divergence (marginal sf p) ps) gV -> g *m pi = gV /\\ gQ *m pi = gV.
Proof. by move=> *; apply: elbo_equivalence; eauto. Qed.""",
    "main theorem, q_V = p*": """\
Lemma neighbour q ps g gQ gV : cylindrical pi T -> {(forall v, fibre_sum f q v = ps v) ->}
  is_gradient (fisher p) T (d_divergence p q) g ->
  is_gradient (fisher p) T (d_data_divergence sf p ps) gQ ->
  is_gradient (fisher (marginal sf p)) (T *m pi) (d_divergence (marginal sf p) ps) gV -> g *m pi = gV /\\ gQ *m pi = gV.
Proof. by move=> *; apply: elbo_equivalence; eauto. Qed.""",
    "converse": """\
Lemma neighbour : {~~ cylindrical pi T ->} exists l : 'rV_#|V|, grad_dpi pi T l != grad_V pi T l.
Proof. by move=> *; apply: not_cylindrical_objective. Qed.""",
    "isometry": """\
Lemma neighbour A B : {(A <= horizontal pi)%MS ->}
  dot (fisher (marginal sf p)) (A *m pi) (B *m pi) = dot (fisher p) A B.
Proof. by move=> *; apply: horizontal_isometry. Qed.""",
    "cut": """\
Lemma neighbour k (S : 'M_(k, #|X|)) : (T <= horizontal pi)%MS -> {(S <= vertical pi)%MS ->}
  cylindrical pi (T + S)%MS.
Proof. by move=> *; apply: cut_cylindrical. Qed.""",
    "inclusion": """\
Lemma neighbour : {cylindrical pi T ->} (T *m hproj pi <= T)%MS.
Proof. by rewrite -cylindricalE. Qed.""",
    "positive alignment": """\
Lemma neighbour l : {(grad_dpi pi T l != 0) || (grad_V pi T l != 0) ->}
  0 < dot (fisher (marginal sf p)) (grad_dpi pi T l) (grad_V pi T l).
Proof. exact: alignment_gt0. Qed.""",
    "constant of alignment": """\
Lemma neighbour a l (u := grad_dpi pi T l) (w := grad_V pi T l) : 0 <= a < 1 -> {cosines_from pi T a ->}
  4%:R * a * norm2 (fisher (marginal sf p)) u * norm2 (fisher (marginal sf p)) w
    <= ((1 + a) * dot (fisher (marginal sf p)) u w) ^+ 2.
Proof. by move=> *; apply: alignment_constant. Qed.""",
    "tower": """\
Lemma neighbour (U : finType) (h : V -> U) (sh : forall u, exists v, h v = u)
    (tau := marginalisation sh (marginal sf p)) : cylindrical pi T -> {cylindrical tau (T *m pi) ->}
  cylindrical (comp_submersion pi tau) T.
Proof. by move=> *; apply: tower. Qed.""",
}


@needs_mathcomp
def test_no_hypothesis_of_the_main_theorems_can_be_dropped_from_their_proofs(compiled_theory: Path) -> None:
    source = HEAD
    for k, text in enumerate(NEIGHBOURS.values()):
        true = re.sub(r"[{}]", "", text)
        planted, dropped = re.subn(r"\{[^{}]*->\}", "", text)
        # The same tactic has to fail; an error in its syntax or in the statement is one in spite of Fail.
        failing, proofs = re.subn(r"Proof\. (.*) Qed\.", r"Proof. Fail \1 Abort.", planted)
        assert dropped == proofs == 1
        source += f"{true.replace('neighbour', f'true_{k}')}\n{failing}\n"
    run = compiled(compiled_theory, "neighbours.v", f"{source}End Neighbours.\n")
    assert run.returncode == 0, run.stderr
