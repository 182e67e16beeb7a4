From Coq Require Import QArith.
From mathcomp Require Import all_ssreflect all_algebra.

(******************************************************************************)
(* The rational numbers of Coq's library, with which one can compute, in any  *)
(* realFieldType.                                                             *)
(*            qR q == the rational number q in R                              *)
(*     positiveQ q == q > 0, by its sign                                      *)
(*      sumQ n P F == the sum of F i, i < n with P i, in lowest terms         *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Notation Q0 := (Qmake Z0 xH).
Notation Q1 := (Qmake (Zpos xH) xH).

Section Rationals.

Variable R : realFieldType.

Definition zR (z : Z) : R :=
  match z with
  | Z0 => 0
  | Zpos a => (Pos.to_nat a)%:R
  | Zneg a => - (Pos.to_nat a)%:R
  end.
Definition qR (q : Q) : R := zR (Qnum q) / (Pos.to_nat (Qden q))%:R.

Lemma posR_gt0 a : 0 < (Pos.to_nat a)%:R :> R.
Proof. by rewrite ltr0n; apply/ssrnat.ltP/Pos2Nat.is_pos. Qed.

Lemma posR_neq0 a : (Pos.to_nat a)%:R != 0 :> R.
Proof. by rewrite gt_eqF ?posR_gt0. Qed.

Lemma zR_opp z : zR (- z) = - zR z.
Proof. by case: z => [|a|a] /=; rewrite ?oppr0 ?opprK. Qed.

Lemma zR_pos_sub a b :
  zR (Z.pos_sub a b) = (Pos.to_nat a)%:R - (Pos.to_nat b)%:R.
Proof.
rewrite Z.pos_sub_spec; case: Pos.compare_spec => [->|lt|lt] /=; first by rewrite subrr.
  rewrite Pos2Nat.inj_sub // natrB ?opprB //.
  by apply/ssrnat.leP/Nat.lt_le_incl/Pos2Nat.inj_lt.
by rewrite Pos2Nat.inj_sub // natrB //; apply/ssrnat.leP/Nat.lt_le_incl/Pos2Nat.inj_lt.
Qed.

Lemma zR_add y z : zR (y + z) = zR y + zR z.
Proof.
case: y z => [|a|a] [|b|b] /=; rewrite ?add0r ?addr0 ?zR_pos_sub //.
- by rewrite Pos2Nat.inj_add natrD.
- by rewrite addrC.
- by rewrite Pos2Nat.inj_add natrD opprD.
Qed.

Lemma zR_mul y z : zR (y * z) = zR y * zR z.
Proof.
by case: y z => [|a|a] [|b|b] /=; rewrite ?mul0r ?mulr0 // Pos2Nat.inj_mul natrM
  ?mulrNN ?mulrN ?mulNr.
Qed.

Lemma qR_frac z a : qR (z # a) = zR z / (Pos.to_nat a)%:R. Proof. by []. Qed.

Lemma qR_eq q r : Qeq q r -> qR q = qR r.
Proof.
rewrite /Qeq /qR => /(congr1 zR); rewrite !zR_mul /= => e.
by apply/eqP; rewrite eqr_div ?posR_neq0 //; apply/eqP.
Qed.

Lemma qR_add q r : qR (Qplus q r) = qR q + qR r.
Proof.
rewrite /qR /= zR_add !zR_mul Pos2Nat.inj_mul natrM /=.
by rewrite addf_div ?posR_neq0.
Qed.

Lemma qR_mul q r : qR (Qmult q r) = qR q * qR r.
Proof. by rewrite /qR /= zR_mul Pos2Nat.inj_mul natrM mulf_div. Qed.

Lemma qR0 : qR Q0 = 0. Proof. by rewrite /qR mul0r. Qed.
Lemma qR1 : qR Q1 = 1. Proof. by rewrite /qR /= divr1. Qed.

Definition positiveQ (q : Q) : bool := if Qnum q is Zpos _ then true else false.

Lemma qR_gt0 q : positiveQ q -> 0 < qR q.
Proof. by case: q => [[|a|a] b] //= _; rewrite divr_gt0 ?posR_gt0. Qed.

Lemma qR_neq0 q : ~~ Qeq_bool q Q0 -> qR q != 0.
Proof.
case: q => [[|a|a] b] //= _; rewrite mulf_eq0 negb_or invr_eq0 ?oppr_eq0.
  by rewrite !posR_neq0.
by rewrite !posR_neq0.
Qed.

Lemma qR_div q r : qR (Qdiv q r) = qR q / qR r.
Proof.
rewrite qR_mul; congr (_ * _); case: r => [[|a|a] b].
- by rewrite /qR /= !mul0r invr0.
- by rewrite /qR /= invf_div.
- by rewrite /qR /= mulNr mulNr invrN invf_div.
Qed.

(* Sums over the numbers below n with a property, in lowest terms *)
Definition addQ q r : Q := Qred (Qplus q r).
Definition sumQ (n : nat) (P : pred nat) (F : nat -> Q) : Q :=
  foldr (fun i q => if P i then addQ (F i) q else q) Q0 (iota 0 n).

Lemma qR_sum n P F : qR (sumQ n P F) = \sum_(i < n | P i) qR (F i).
Proof.
rewrite -(big_mkord P (fun i => qR (F i))) /index_iota subn0 /sumQ.
elim: (iota 0 n) => [|i s IH]; first by rewrite big_nil qR0.
rewrite big_cons -{}IH; set r := foldr _ _ s.
rewrite -[foldr _ _ _]/(if P i then addQ (F i) r else r).
by case: (P i); rewrite // (qR_eq (Qred_correct _)) qR_add.
Qed.

End Rationals.
