From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import inner.

(******************************************************************************)
(* Lemma A, the martingale test, for any filtration.                          *)
(*                                                                            *)
(* H 0 <= H 1 <= ... <= H r are spaces of scores, H r all of them: in a       *)
(* network H u are the functions of the first u nodes of a topological order, *)
(* H 0 the constants.  S u <= H u.+1 are the functions of node u and its      *)
(* parents.  The scores of node u, with mean 0 given its parents, have mean 0 *)
(* given all nodes before it (the Markov property):                           *)
(*       own u == S u n (ortho H u), the scores of node u                     *)
(*      step u == E[.|H u.+1] - E[.|H u]                                      *)
(* martingale_test : F of mean 0 lies in the sum of all own u if and only if, *)
(*                   for every u, F step u is a function of u and its parents *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Martingale.

Variables (R : realFieldType) (n : nat) (G : metric R n) (r : nat).
Variables (H S : nat -> 'M[R]_n).
Hypothesis H_grows : forall u, (H u <= H u.+1)%MS.
Hypothesis H_all : (1%:M <= H r)%MS.
Hypothesis S_before : forall u, (S u <= H u.+1)%MS.
Implicit Types (A F : 'rV[R]_n) (u w : nat).

Definition step u : 'M[R]_n := proj G (H u.+1) - proj G (H u).
Definition own u : 'M[R]_n := (S u :&: ortho G (H u))%MS.

Lemma H_mono u w : (u <= w)%N -> (H u <= H w)%MS.
Proof.
move=> le; rewrite -(subnK le); elim: (w - u)%N => [|i IH]; first exact: submx_refl.
by rewrite addSn (submx_trans IH).
Qed.

Lemma ortho_anti (B C : 'M_n) A :
  (B <= C)%MS -> (A <= ortho G C)%MS -> (A <= ortho G B)%MS.
Proof. by move=> BC /orthoP e; apply/orthoP => v vB; apply: e (submx_trans vB BC). Qed.

Lemma step_ortho A u : (A *m step u <= ortho G (H u))%MS.
Proof.
pose P := proj G (H u); pose P' := proj G (H u.+1).
have e : P *m P' = P by apply: proj_id; apply: submx_trans (proj_self_sub _ _) _.
have c : P *m P' = P' *m P.
  apply: (selfadjoint_commute (proj_gram _ _) (proj_gram _ _)).
  by rewrite -/P -/P' e proj_idem.
by rewrite proj_eq0 -mulmxA mulmxBl -/P -/P' -c e proj_idem subrr mulmx0.
Qed.

Lemma own_step A u w : (A <= own u)%MS -> A *m step w = if u == w then A else 0.
Proof.
rewrite sub_capmx => /andP[AS Ao]; rewrite /step mulmxBr.
have AH : (A <= H u.+1)%MS := submx_trans AS (S_before u).
have zero v : (v <= u)%N -> A *m proj G (H v) = 0.
  by move=> le; apply/eqP; rewrite -proj_eq0; apply: ortho_anti Ao; exact: H_mono.
have same v : (u < v)%N -> A *m proj G (H v) = A.
  by move=> lt; rewrite proj_id // (submx_trans AH) // H_mono.
case: (ltngtP u w) => [lt|lt|<-]; last by rewrite same // zero // subr0.
  by rewrite !same ?subrr // ltnW.
by rewrite !zero ?subrr // ltnW.
Qed.

Theorem martingale_test F : (F <= ortho G (H 0%N))%MS ->
  (F <= \sum_(u < r) own u)%MS = [forall u : 'I_r, F *m step u <= S u]%MS.
Proof.
move=> F0; apply/idP/forallP => [/sub_sumsmxP[c ->] w | all].
  rewrite mulmx_suml (bigD1 w) //= big1 ?addr0 => [|u ne].
    by rewrite (own_step (u := w)) ?submxMl // eqxx (submx_trans (submxMl _ _)) // capmxSl.
  by rewrite (own_step (u := u)) ?submxMl // (inj_eq val_inj) (negbTE ne).
have -> : F = \sum_(u < r) F *m step u.
  rewrite -mulmx_sumr -(big_mkord xpredT step) telescope_sumr //.
  rewrite mulmxBr proj_id ?(submx_trans _ H_all) ?submx1 //.
  by move: F0; rewrite proj_eq0 => /eqP ->; rewrite subr0.
by apply: summx_sub_sums => u _; rewrite sub_capmx all step_ortho.
Qed.

End Martingale.
