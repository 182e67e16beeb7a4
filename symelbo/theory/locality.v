From Coq Require Import QArith.
From mathcomp Require Import all_ssreflect all_algebra ring.
From Symelbo Require Import rationals polynomials inner submersion gradients fisher elbo models.

(******************************************************************************)
(* S10, locality: the Fisher metric of a network of conditional tables is     *)
(* block diagonal over the rows of the tables, with known blocks.             *)
(*   fisher_entry M theta i j == an entry of the Fisher metric (fisher_entryE)*)
(* local_metric M theta rows own remainder used == it is 0 for parameters of  *)
(*                    different rows; in a row it is P(parents) / remainder,  *)
(*                    and P(parents) (1/own + 1/remainder) on the diagonal;   *)
(*                    used i lists the states with the row's parents          *)
(* Theorem: local_metric_by                                                   *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Locality.

Variables (M : model) (R : realFieldType) (theta : seq R).
Local Notation n := (n_states M).
Local Notation d := (n_parameters M).
Local Notation val f := (value theta f).

Definition derivative (i : nat) (x : 'I_n) : R :=
  (val (slope M i x) - probability theta x * \sum_(y < n) val (slope M i y)) / mass M theta.
Definition fisher_entry (i j : nat) : R :=
  \sum_x derivative i x * derivative j x / probability theta x.

Theorem fisher_entryE (ok : table M theta) (i j : 'I_d) :
  (jacobian M theta *m fisher (p ok) *m (jacobian M theta)^T) i j = fisher_entry i j.
Proof.
transitivity (dot (fisher (p ok)) (row i (jacobian M theta)) (row j (jacobian M theta))).
  by rewrite /dot tr_row -!row_mul !mxE; apply: eq_bigr => y _; rewrite !mxE.
by rewrite fisherE; apply: eq_bigr => x _; rewrite /at_state !mxE enum_rankK.
Qed.

Definition normalised : bool :=
  same (sum_of (iota 0%N n) (weight M)) (Num Q1) &&
  all (fun i => same (sum_of (iota 0%N n) (slope M i)) (Num Q0)) (iota 0%N d).

(* D_i w D_j w m = s w in every state, and the sum of the s is e *)
Definition entry_check (i j : nat) (s : seq expr) (m e : expr) : bool :=
  all (fun x => same (Mul (Mul (slope M i x) (slope M j x)) m)
                     (Mul (nth (Num Q0) s x) (weight M x))) (iota 0%N n) &&
  same (sum_of (iota 0%N n) (nth (Num Q0) s)) e.

Lemma entry_by i j s m e : table M theta -> normalised -> (i < d)%N -> (j < d)%N ->
  entry_check i j s m e -> fisher_entry i j * val m = val e.
Proof.
move=> ok /andP[/(same_value theta) /= m1 /allP z] li lj /andP[/allP c /(same_value theta) <-].
have mass1 : mass M theta = 1 by rewrite /mass -(value_below theta n (weight M)) m1 qR1.
have dE k x : (k < d)%N -> derivative k x = val (slope M k x).
  move=> lk; rewrite /derivative mass1 divr1 -(value_below theta n (slope M k)).
  have /= -> := same_value theta (z k (mem_below (Ordinal lk))).
  by rewrite qR0 mulr0 subr0.
rewrite value_below mulr_suml; apply: eq_bigr => x _.
rewrite !dE // /probability mass1 divr1 mulrAC.
have /= -> := same_value theta (c x (mem_below x)).
by rewrite mulfK // weight_neq0.
Qed.

Variables (rows : seq nat) (own remainder : seq expr) (used : seq (seq nat)).
Local Notation row i := (nth 0%N rows i).
Local Notation own_ i := (nth (Num Q0) own i).
Local Notation rest i := (nth (Num Q0) remainder i).

Definition parents (i : nat) : expr := sum_of (nth [::] used i) (weight M).

Definition local_metric : Prop := forall i j, (i < d)%N -> (j < d)%N ->
  [/\ row i != row j -> fisher_entry i j = 0,
      i = j -> fisher_entry i j * (val (own_ i) * val (rest i))
               = val (parents i) * (val (own_ i) + val (rest i)) &
      row i = row j -> i <> j -> fisher_entry i j * val (rest i) = val (parents i)].

Definition local_check (quotients : seq (seq (seq expr))) : bool :=
  [&& sound M, normalised & all (fun i => all (fun j =>
    let s := nth [::] (nth [::] quotients i) j in
    if row i != row j then entry_check i j s (Num Q1) (Num Q0)
    else if i == j then
      entry_check i j s (Mul (own_ i) (rest i)) (Mul (parents i) (Add (own_ i) (rest i)))
    else entry_check i j s (rest i) (parents i)) (iota 0%N d)) (iota 0%N d)].

Theorem local_metric_by quotients :
  local_check quotients -> positive M theta -> local_metric.
Proof.
case/and3P=> snd norm /allP c pos i j li lj; have ok : table M theta by exact/andP.
have /= := allP (c i (mem_below (Ordinal li))) j (mem_below (Ordinal lj)).
case: ifP => [ne /(entry_by ok norm li lj) e|/negbFE/eqP eq].
  split=> [_|e1|e1].
  - by rewrite -[LHS]mulr1 -(qR1 R) e /= qR0.
  - by move: ne; rewrite e1 eqxx.
  - by move: ne; rewrite e1 eqxx.
case: ifP => [/eqP eij|nij] /(entry_by ok norm li lj) e; split=> [|e1|e1 e2].
- by move=> /eqP ne; case: ne.
- exact: e.
- by case: e2.
- by move=> /eqP ne; case: ne.
- by move: nij; rewrite e1 eqxx.
- exact: e.
Qed.

End Locality.
