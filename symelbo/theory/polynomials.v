From Coq Require Import NArith QArith Ring_theory Ring_polynom BinList.
From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import rationals.

(******************************************************************************)
(* Polynomials with rational coefficients as expressions: equality of values  *)
(* over every realFieldType by one computation with normal forms, derivatives,*)
(* signs.                                                                     *)
(*       value theta f == the value of f where generator k is theta_k         *)
(*         at_ pt f    == the same in Coq's rational numbers, computed        *)
(*         rationals R pt == the numbers pt in R                              *)
(*            same f g == f and g have the same normal form (Ring_polynom)    *)
(*              D r f == the derivative of f, where generator k has the       *)
(*                       derivative r_k                                       *)
(*         sum_of I F == the sum of F i for i in the list I, as an expression *)
(* follows known steps == each step is positive where the known expressions   *)
(*                       and the steps before it are: it is a sum of products *)
(*                       of these, over a product of these                    *)
(* Theorems: same_value, D_derivative, follows_positive                       *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Arguments Qred : simpl never.
Arguments Qplus : simpl never.
Arguments Qminus : simpl never.
Arguments Qmult : simpl never.
Arguments qR : simpl never.

Inductive expr :=
  Num of Q | Gen of nat | Add of expr & expr | Sub of expr & expr
| Mul of expr & expr | Pow of expr & N.

Declare Scope expr_scope.
Delimit Scope expr_scope with expr.
Bind Scope expr_scope with expr.
Coercion Num : Q >-> expr.
Notation "f + g" := (Add f g) : expr_scope.
Notation "f - g" := (Sub f g) : expr_scope.
Notation "f * g" := (Mul f g) : expr_scope.
Notation "f ^ n" := (Pow f n) : expr_scope.

Section Value.

Variables (R : realFieldType) (theta : seq R).

Fixpoint value (f : expr) : R :=
  match f with
  | Num q => qR R q
  | Gen k => nth 0 theta k
  | Add f g => value f + value g
  | Sub f g => value f - value g
  | Mul f g => value f * value g
  | Pow f n => value f ^+ N.to_nat n
  end.

(** Equality by normal forms *)

Fact qR_opp q : qR R (Qopp q) = - qR R q.
Proof. by case: q => [[|a|a] b]; rewrite /qR /= ?mul0r ?mulNr ?oppr0 ?opprK. Qed.

Fact ring_R : ring_theory 0 1 +%R *%R (fun a b : R => a - b) -%R eq.
Proof.
split; [exact: add0r | exact: addrC | exact: addrA | exact: mul1r | exact: mulrC
  | exact: mulrA | exact: mulrDl | by [] | exact: subrr].
Qed.

Definition almost_ring_R := Rth_ARth (Eqsth R) (Eq_ext +%R *%R -%R) ring_R.

Fact qR_morph : ring_morph 0 1 +%R *%R (fun a b : R => a - b) -%R eq
  Q0 Q1 Qplus' Qmult' Qminus' Qopp Qeq_bool (qR R).
Proof.
apply: mkmorph => [||q r|q r|q r|q|q r].
- exact: qR0.
- exact: qR1.
- by rewrite (qR_eq _ (Qred_correct _)) qR_add.
- by rewrite (qR_eq _ (Qred_correct _)) qR_add qR_opp.
- by rewrite (qR_eq _ (Qred_correct _)) qR_mul.
- exact: qR_opp.
by move=> /Qeq_bool_eq/(qR_eq R).
Qed.

Fact power_R : power_theory 1 *%R (@eq R) N.to_nat (fun a n => a ^+ n).
Proof.
split=> a [|n] //=; elim/Pos.peano_ind: n => [|n IH]; first by rewrite expr1.
rewrite Pos2Nat.inj_succ exprS IH pow_pos_succ //; exact: mulrA.
Qed.

End Value.

Fixpoint reified (f : expr) : PExpr Q :=
  match f with
  | Num q => PEc q
  | Gen k => PEX Q (Pos.of_succ_nat k)
  | Add f g => PEadd (reified f) (reified g)
  | Sub f g => PEsub (reified f) (reified g)
  | Mul f g => PEmul (reified f) (reified g)
  | Pow f n => PEpow (reified f) n
  end.

Definition normal (f : expr) : Pol Q :=
  norm_subst Q0 Q1 Qplus' Qmult' Qminus' Qopp Qeq_bool (triv_div Q0 Q1 Qeq_bool)
    0 [::] (reified f).
Definition same (f g : expr) : bool := Peq Qeq_bool (normal f) (normal g).

Fact nth_listed (T : Type) (z : T) s k : BinList.nth z (Pos.of_succ_nat k) s = nth z s k.
Proof.
rewrite -[s]/(List.tl (z :: s)) nth_jump.
have -> : jump (Pos.of_succ_nat k) (z :: s) = drop k s; last first.
  by rewrite -[LHS]/(head z (drop k s)) -nth0 nth_drop addn0.
elim: k => [|k IH]; first by rewrite /= drop0.
rewrite [Pos.of_succ_nat _]/= jump_succ IH -[LHS]/(behead (drop k s)).
by rewrite -drop1 drop_drop.
Qed.

Lemma Peval (R : realFieldType) (theta : seq R) f :
  PEeval 0 1 +%R *%R (fun a b : R => a - b) -%R (qR R) N.to_nat
    (fun a n => a ^+ n) theta (reified f) = value theta f.
Proof. by elim: f => /= [q|k|f -> g ->|f -> g ->|f -> g ->|f -> n] //; exact: nth_listed. Qed.

Theorem same_value (R : realFieldType) f g (theta : seq R) : same f g -> value theta f = value theta g.
Proof.
move=> e; rewrite -!Peval.
exact: (ring_correct (Eqsth R) (Eq_ext +%R *%R -%R) (almost_ring_R R) (qR_morph R)
  (power_R R) (triv_div_th (Eqsth R) (Eq_ext +%R *%R -%R) (almost_ring_R R) (qR_morph R))
  0 theta [::] (reified f) (reified g) I e).
Qed.

(** At rational points *)

Fixpoint at_ (pt : seq Q) (f : expr) : Q :=
  match f with
  | Num q => q
  | Gen k => nth Q0 pt k
  | Add f g => Qred (Qplus (at_ pt f) (at_ pt g))
  | Sub f g => Qred (Qminus (at_ pt f) (at_ pt g))
  | Mul f g => Qred (Qmult (at_ pt f) (at_ pt g))
  | Pow f n => pow_N Q1 (fun q r => Qred (Qmult q r)) (at_ pt f) n
  end.

Definition rationals (R : realFieldType) (pt : seq Q) : seq R := map (qR R) pt.

Lemma value_at (R : realFieldType) pt f : value (rationals R pt) f = qR R (at_ pt f).
Proof.
have red q : qR R (Qred q) = qR R q by rewrite (qR_eq _ (Qred_correct q)).
elim: f => /= [q|k|f -> g ->|f -> g ->|f -> g ->|f -> n] //.
- by elim: k pt => [|k IH] [|q pt] //=; rewrite qR0.
- by rewrite red qR_add.
- by rewrite red qR_add qR_opp.
- by rewrite red qR_mul.
rewrite -[LHS]/(_ ^+ N.to_nat n) (rpow_pow_N (power_R R)).
case: n => [|n] /=; first by rewrite qR1.
by elim: n => //= n IH; rewrite !red ?qR_mul ?red ?qR_mul !IH.
Qed.

(** Sums over lists *)

Definition sum_of (I : seq nat) (F : nat -> expr) : expr :=
  foldr (fun i f => Add (F i) f) (Num Q0) I.

Lemma value_sum (R : realFieldType) (theta : seq R) I F :
  value theta (sum_of I F) = \sum_(i <- I) value theta (F i).
Proof. by elim: I => [|i I IH] /=; rewrite ?big_nil ?qR0 // big_cons IH. Qed.

Lemma value_below (R : realFieldType) (theta : seq R) n F :
  value theta (sum_of (iota 0%N n) F) = \sum_(i < n) value theta (F i).
Proof. by rewrite value_sum -(big_mkord xpredT (fun i => value theta (F i))) /index_iota subn0. Qed.

(** Derivatives *)

Fixpoint D (r : seq expr) (f : expr) : expr :=
  match f with
  | Num _ => Num Q0
  | Gen k => nth (Num Q0) r k
  | Add f g => Add (D r f) (D r g)
  | Sub f g => Sub (D r f) (D r g)
  | Mul f g => Add (Mul (D r f) g) (Mul f (D r g))
  | Pow f n =>
      Mul (Mul (Num (inject_Z (Z.of_N n))) (Pow f (N.pred n))) (D r f)
  end.

Section Line.

Variables (R : realFieldType) (theta : seq R) (r : seq expr).

(* The line through theta along which generator k moves with speed r_k *)
Definition line (e : R) : seq R :=
  mkseq (fun k => nth 0 theta k + e * value theta (nth (Num Q0) r k))
    (maxn (size theta) (size r)).

Lemma line_nth e k :
  nth 0 (line e) k = nth 0 theta k + e * value theta (nth (Num Q0) r k).
Proof.
have [lt|ge] := ltnP k (maxn (size theta) (size r)); first by rewrite nth_mkseq.
rewrite nth_default ?size_mkseq //; move: ge; rewrite geq_max => /andP[ge1 ge2].
by rewrite !nth_default // /= qR0 mulr0 addr0.
Qed.

(* D is the derivative of the values along that line. *)
Theorem D_derivative f : exists P : {poly R},
  (forall e, value (line e) f = P.[e]) /\ P^`().[0] = value theta (D r f).
Proof.
have at0 (P : {poly R}) g : (forall e, value (line e) g = P.[e]) -> P.[0] = value theta g.
  move=> <-; elim: g => /= [q|k|g -> h ->|g -> h ->|g -> h ->|g -> n] //.
  by rewrite line_nth mul0r addr0.
elim: f => [q|k|f [P [eP dP]] g [S [eS dS]]|f [P [eP dP]] g [S [eS dS]]
  |f [P [eP dP]] g [S [eS dS]]|f [P [eP dP]] n] /=.
- by exists (qR R q)%:P; rewrite derivC qR0 horner0; split=> // e; rewrite hornerC.
- exists ((nth 0 theta k)%:P + (value theta (nth (Num Q0) r k))%:P * 'X); split.
    by move=> e; rewrite line_nth !hornerE mulrC.
  by rewrite !derivE !hornerE /= ?mul0r ?add0r ?mulr0 ?addr0.
- by exists (P + S); rewrite derivD hornerD dP dS; split=> // e; rewrite hornerD eP eS.
- by exists (P - S); rewrite derivB hornerD hornerN dP dS; split=> // e; rewrite hornerD hornerN eP eS.
- exists (P * S); rewrite derivM hornerD !hornerM dP dS (at0 _ _ eP) (at0 _ _ eS).
  by split=> // e; rewrite hornerM eP eS.
exists (P ^+ N.to_nat n); split=> [e|]; first by rewrite horner_exp eP.
rewrite deriv_exp hornerMn hornerM horner_exp dP (at0 _ _ eP) N2Nat.inj_pred.
have -> : qR R (inject_Z (Z.of_N n)) = (N.to_nat n)%:R by case: n => [|n]; rewrite /qR /= divr1.
by rewrite -mulr_natl -mulrA; congr (_ * _); rewrite mulrC; congr (_ ^+ _ * _); case: (N.to_nat n).
Qed.

End Line.

(** Signs *)

(* P m = sum c K, with K and m products of known expressions (by number) and
   every c positive *)
Record step := Step {
  stated : expr;
  multiplier : seq nat;
  terms : seq (Q * seq nat)
}.

Definition product (known : seq expr) (I : seq nat) : expr :=
  foldr (fun i f => Mul (nth (Num Q1) known i) f) (Num Q1) I.
Definition total (known : seq expr) (s : seq (Q * seq nat)) : expr :=
  foldr (fun t f => Add (Mul (Num t.1) (product known t.2)) f) (Num Q0) s.

Definition correct (known : seq expr) (s : step) : bool :=
  [&& (0 < size (terms s))%N, all (fun t => positiveQ t.1) (terms s) &
      same (Mul (stated s) (product known (multiplier s))) (total known (terms s))].

Fixpoint follows (known : seq expr) (steps : seq step) : bool :=
  if steps is s :: steps then correct known s && follows (rcons known (stated s)) steps
  else true.

Section Signs.

Variables (R : realFieldType) (theta : seq R).

Definition all_positive (known : seq expr) : bool := all (fun f => 0 < value theta f) known.

Lemma product_gt0 known I : all_positive known -> 0 < value theta (product known I).
Proof.
move=> pos; elim: I => [|i I IH] /=; first by rewrite qR1 ltr01.
rewrite mulr_gt0 //; have [lt|ge] := ltnP i (size known); last first.
  by rewrite nth_default //= qR1 ltr01.
exact: (all_nthP (Num Q1) pos).
Qed.

Lemma total_gt0 known s : all_positive known -> (0 < size s)%N ->
  all (fun t => positiveQ t.1) s -> 0 < value theta (total known s).
Proof.
move=> pos; elim: s => // t s IH _ /= /andP[t0 s0].
have lt : 0 < qR R t.1 * value theta (product known t.2).
  by rewrite mulr_gt0 ?qR_gt0 ?product_gt0.
case: s IH s0 => [|u s] IH s0; first by rewrite /= qR0 addr0.
by apply: addr_gt0 => //; exact: IH.
Qed.

Theorem follows_positive known steps : all_positive known -> follows known steps ->
  all_positive (map stated steps).
Proof.
elim: steps known => // s steps IH known pos /= /andP[/and3P[s1 s2 /same_value e] f].
have lt : 0 < value theta (stated s).
  by have := total_gt0 pos s1 s2; rewrite -e /= pmulr_lgt0 ?product_gt0.
by rewrite lt (IH _ _ f) // /all_positive all_rcons lt.
Qed.

End Signs.
