From mathcomp Require Import all_ssreflect all_algebra ring.
From Symelbo Require Import inner submersion fisher.

(******************************************************************************)
(* The values of divergence, evidence, ELBO and gap.                          *)
(*                                                                            *)
(* ln is any function with ln (x y) = ln x + ln y and ln x < x - 1, x != 1,   *)
(* on positive numbers: the logarithm, where R has one.                       *)
(*   divergence q p == D(q||p) = sum_x q(x) (ln q(x) - ln p(x))               *)
(*       elbo q p v == sum_h q(h|v) (ln p(v,h) - ln q(h|v))                   *)
(*  inner_gap q p v == D(q(.|v) || p(.|v))                                    *)
(*          gap q p == sum_v q_V(v) D(q(.|v) || p(.|v))                       *)
(* S6: data_divergence_le, data_divergence_eq   S7: elbo_le_evidence,         *)
(*     evidence_minus_elbo, divergence_chain    Gibbs: gibbs, gibbs_eq        *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Information.

Variables (R : realFieldType) (ln : R -> R).
Hypothesis lnM : forall x y, 0 < x -> 0 < y -> ln (x * y) = ln x + ln y.
Hypothesis ln_lt : forall x, 0 < x -> x != 1 -> ln x < x - 1.

Lemma ln1 : ln 1 = 0.
Proof. by apply: (addrI (ln 1)); rewrite -lnM ?ltr01 // mulr1 addr0. Qed.

Lemma ln_le x : 0 < x -> ln x <= x - 1.
Proof.
by have [-> _|ne x0] := eqVneq x 1; [rewrite subrr ln1 | rewrite ltW ?ln_lt].
Qed.

Lemma lnV x : 0 < x -> ln x^-1 = - ln x.
Proof.
move=> x0; apply/eqP; rewrite -addr_eq0 -lnM ?invr_gt0 //.
by rewrite mulVf ?lt0r_neq0 // ln1.
Qed.

Lemma ln_div x y : 0 < x -> 0 < y -> ln (x / y) = ln x - ln y.
Proof. by move=> x0 y0; rewrite lnM ?invr_gt0 // lnV. Qed.

(* Gibbs' inequality, for positive measures of the same mass on a subset P *)
Section Gibbs.

Variables (X : finType) (P : pred X) (q p : X -> R).
Hypothesis q0 : forall x, 0 < q x.
Hypothesis p0 : forall x, 0 < p x.
Hypothesis same_mass : \sum_(x | P x) q x = \sum_(x | P x) p x.

Lemma gibbs_term x : q x - p x <= q x * (ln (q x) - ln (p x)).
Proof.
rewrite -[_ - ln _]opprB mulrN ler_oppr opprB -ln_div //.
apply: le_trans (_ : q x * (p x / q x - 1) <= _).
  by rewrite ler_pmul2l // ln_le // divr_gt0.
by rewrite mulrBr mulr1 mulrCA divff ?lt0r_neq0 // mulr1.
Qed.

Lemma gibbs_term_eq x :
  q x * (ln (q x) - ln (p x)) = q x - p x -> q x = p x.
Proof.
move=> e; apply/eqP; apply: contraT => ne.
have : p x / q x != 1.
  by apply: contra ne => /eqP e1; rewrite -[p x](divfK (lt0r_neq0 (q0 x))) e1 mul1r.
move=> /(ln_lt (divr_gt0 (p0 x) (q0 x))); rewrite -(ltr_pmul2l (q0 x)).
rewrite mulrBr mulr1 mulrCA divff ?lt0r_neq0 // mulr1 ln_div //.
by rewrite -[ln _ - _]opprB mulrN e opprB ltxx.
Qed.

Lemma gibbs : 0 <= \sum_(x | P x) q x * (ln (q x) - ln (p x)).
Proof.
apply: le_trans (_ : \sum_(x | P x) (q x - p x) <= _).
  by rewrite sumrB same_mass subrr.
by apply: ler_sum => x _; exact: gibbs_term.
Qed.

Lemma gibbs_eq : \sum_(x | P x) q x * (ln (q x) - ln (p x)) = 0 ->
  forall x, P x -> q x = p x.
Proof.
move=> e x Px; apply: gibbs_term_eq; apply/eqP; rewrite -subr_eq0.
have := psumr_eq0P (P := P) (F := fun x => q x * (ln (q x) - ln (p x)) - (q x - p x)).
move=> -> //.
  by move=> y _; rewrite subr_ge0 gibbs_term.
by rewrite sumrB e sumrB same_mass subrr subr0.
Qed.

End Gibbs.

Definition divergence (X : finType) (q p : X -> R) : R :=
  \sum_x q x * (ln (q x) - ln (p x)).

Variables (X V : finType) (f : X -> V).
Hypothesis sf : forall v, exists x, f x = v.
Implicit Types p q : distribution R X.

Local Notation seen p := (marginal sf p).
Local Notation given p := (conditional sf p).

Definition elbo q p v : R :=
  \sum_(x | f x == v) given q x * (ln (p x) - ln (given q x)).
Definition inner_gap q p v : R :=
  \sum_(x | f x == v) given q x * (ln (given q x) - ln (given p x)).
Definition gap q p : R := \sum_v seen q v * inner_gap q p v.

Lemma given_gt0 p x : 0 < given p x.
Proof. by rewrite divr_gt0 ?prob_gt0. Qed.

Lemma prob_given p x : p x = seen p (f x) * given p x.
Proof. by rewrite mulrC divfK ?prob_neq0. Qed.

Lemma ln_given p x : ln (given p x) = ln (p x) - ln (seen p (f x)).
Proof. by rewrite ln_div ?prob_gt0. Qed.

(** S7 *)

Theorem evidence_minus_elbo q p v :
  ln (seen p v) - elbo q p v = inner_gap q p v.
Proof.
rewrite -[ln _]mul1r -(conditional_sum sf q v) /fibre_sum mulr_suml -sumrB.
apply: eq_bigr => x /eqP <-; rewrite -mulrBr (ln_given p).
by rewrite !opprB [in LHS]addrC addrAC addrA.
Qed.

Theorem elbo_le_evidence q p v : elbo q p v <= ln (seen p v).
Proof.
rewrite -subr_ge0 evidence_minus_elbo; apply: gibbs => [x|x|]; rewrite ?given_gt0 //.
by rewrite [LHS](conditional_sum sf q) [RHS](conditional_sum sf p).
Qed.

Theorem divergence_chain q p :
  divergence q p = divergence (seen q) (seen p) + gap q p.
Proof.
rewrite /divergence /gap -big_split /= -(sum_fibres f); apply: eq_bigr => v _.
rewrite /inner_gap mulr_sumr.
rewrite [fibre_sum f q v * (ln _ - _)]mulr_suml -big_split /=.
apply: eq_bigr => x /eqP fx; rewrite -fx mulrA -[_ * given q x](prob_given q).
rewrite -mulrDr !ln_given /=; congr (_ * _).
by move: (ln _) (ln _) (ln _) (ln _) => a b c d; ring.
Qed.

(** S6: the minimum of D(q||p) over the q with q_V = p* is D(p*||p_V), attained
    at p*(v) p(x|v) only *)

Lemma gap_ge0 q p : 0 <= gap q p.
Proof.
apply: sumr_ge0 => v _; rewrite mulr_ge0 ?(ltW (prob_gt0 _ _)) //.
by rewrite -evidence_minus_elbo subr_ge0 elbo_le_evidence.
Qed.

Theorem data_divergence_le q p : divergence (seen q) (seen p) <= divergence q p.
Proof. by rewrite divergence_chain ler_addl gap_ge0. Qed.

Theorem data_divergence_eq q p :
  divergence q p = divergence (seen q) (seen p) <->
  forall x, q x = seen q (f x) * given p x.
Proof.
rewrite divergence_chain; split=> [/eqP | e].
  rewrite -subr_eq0 addrC addKr => /eqP e x; rewrite {1}(prob_given q).
  congr (_ * _).
  have ge0 v : 0 <= seen q v * inner_gap q p v.
    rewrite mulr_ge0 ?(ltW (prob_gt0 _ _)) //.
    by rewrite -evidence_minus_elbo subr_ge0 elbo_le_evidence.
  have /eqP : seen q (f x) * inner_gap q p (f x) = 0.
    by apply: (psumr_eq0P (fun v _ => ge0 v) e).
  rewrite mulf_eq0 (negbTE (prob_neq0 _ _)) /= => /eqP e0.
  apply: (gibbs_eq (P := fun y => f y == f x) _ _ _ e0) => // [y|y|].
  - exact: given_gt0.
  - exact: given_gt0.
  by rewrite [LHS](conditional_sum sf q) [RHS](conditional_sum sf p).
suff -> : gap q p = 0 by rewrite addr0.
rewrite /gap big1 // => v _; rewrite /inner_gap big1 ?mulr0 // => x /eqP fx.
have -> : given q x = given p x.
  by apply: (mulfI (prob_neq0 (seen q) (f x))); rewrite -prob_given.
by rewrite subrr mulr0.
Qed.

End Information.
