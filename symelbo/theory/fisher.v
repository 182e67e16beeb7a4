From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import inner submersion gradients.

(******************************************************************************)
(* Finite probability: marginalisation is a Riemannian submersion for the     *)
(* Fisher metric.                                                             *)
(*                                                                            *)
(* X and V are finite types, f : X -> V the map by which states are seen.  A  *)
(* vector on X is a row indexed by enum X:                                    *)
(*          at A x == its value at x     vec a == the row of a function a     *)
(*  distribution R X == functions p with p x > 0 and sum 1                    *)
(*    marginal p sf == the distribution on V, for sf : forall v, exists x,    *)
(*                     f x = v                                                *)
(*          tangent == the vectors with sum 0                                 *)
(*         fisher p == the Fisher metric, sum_x A(x) B(x) / p(x)              *)
(*     expect p a v == the conditional expectation E_p[a | v]                 *)
(* marginalisation p sf == the submersion: sums over the fibres, with adjoint *)
(*                     B(v) |-> p(x|v) B(v)                                   *)
(* S2: fisherE, dpiE, liftE, hprojE_expect, horizontalE, verticalE,           *)
(*     rank_tangent, rank_horizontal_tangent, rank_vertical_states            *)
(* S11: cut_horizontal, cut_vertical, cut_model                               *)
(* S12: missing_information_covariance                                        *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Vectors.

Variables (R : realFieldType) (X : finType).
Implicit Types (A B l : 'rV[R]_#|X|) (x : X) (a : X -> R).

Definition at_state (A : 'rV[R]_#|X|) (x : X) : R := A 0 (enum_rank x).
Definition vec (a : X -> R) : 'rV[R]_#|X| := \row_i a (enum_val i).

Lemma vecE a x : at_state (vec a) x = a x.
Proof. by rewrite /at_state mxE enum_rankK. Qed.

Lemma at_inj A B : (forall x, at_state A x = at_state B x) -> A = B.
Proof.
by move=> e; apply/rowP => i; have := e (enum_val i); rewrite /at_state enum_valK.
Qed.

Lemma atK A : vec (at_state A) = A.
Proof. by apply: at_inj => x; rewrite vecE. Qed.

Lemma sum_states (F : 'I_#|X| -> R) : \sum_i F i = \sum_x F (enum_rank x).
Proof.
rewrite (reindex enum_rank) //; exists enum_val => x _.
  exact: enum_rankK.
exact: enum_valK.
Qed.

Lemma pairE l A : pair l A = \sum_x at_state l x * at_state A x.
Proof.
by rewrite /pair mxE sum_states; apply: eq_bigr => x _; rewrite mxE mulrC.
Qed.

Lemma atD A B x : at_state (A + B) x = at_state A x + at_state B x.
Proof. exact: mxE. Qed.

Lemma atN A x : at_state (- A) x = - at_state A x.
Proof. exact: mxE. Qed.

Lemma atB A B x : at_state (A - B) x = at_state A x - at_state B x.
Proof. by rewrite atD atN. Qed.

Lemma atZ c A x : at_state (c *: A) x = c * at_state A x.
Proof. exact: mxE. Qed.

Record distribution := Distribution {
  prob :> X -> R;
  prob_gt0 : forall x, 0 < prob x;
  prob_sum : \sum_x prob x = 1
}.

Section Fisher.

Variable p : distribution.

Lemma prob_neq0 x : p x != 0.
Proof. by rewrite gt_eqF ?prob_gt0. Qed.

Definition fisher_mx : 'M[R]_#|X| := diag_mx (vec (fun x => (p x)^-1)).

Fact fisher_form A B :
  (A *m fisher_mx *m B^T) 0 0 = \sum_x at_state A x * at_state B x / p x.
Proof.
rewrite mxE sum_states; apply: eq_bigr => x _.
rewrite mul_mx_diag !mxE enum_rankK mulrAC //.
Qed.

Fact fisher_sym : fisher_mx^T = fisher_mx. Proof. exact: tr_diag_mx. Qed.

Fact fisher_gt0 A : A != 0 -> 0 < (A *m fisher_mx *m A^T) 0 0.
Proof.
move=> A0; rewrite fisher_form lt_def; apply/andP; split; last first.
  by apply: sumr_ge0 => x _; rewrite divr_ge0 ?(ltW (prob_gt0 p x)) // -expr2 sqr_ge0.
apply: contra A0; rewrite psumr_eq0 => [/allP e|x _]; last first.
  by rewrite divr_ge0 ?(ltW (prob_gt0 p x)) // -expr2 sqr_ge0.
apply/eqP/at_inj => x; have := e x (mem_index_enum _).
rewrite /= !mulf_eq0 invr_eq0 (negbTE (prob_neq0 x)) orbF orbb => /eqP ->.
by rewrite /at_state mxE.
Qed.

Definition fisher : metric R #|X| := Metric fisher_sym fisher_gt0.

Lemma fisherE A B :
  dot fisher A B = \sum_x at_state A x * at_state B x / p x.
Proof. exact: fisher_form. Qed.

End Fisher.

(* The tangent space of the simplex: vectors with sum 0. *)
Definition total_mx : 'cV[R]_#|X| := const_mx 1.
Definition tangent : 'M[R]_#|X| := kermx total_mx.

Lemma total_mxE A : (A *m total_mx) 0 0 = \sum_x at_state A x.
Proof. by rewrite mxE sum_states; apply: eq_bigr => x _; rewrite mxE mulr1. Qed.

Lemma tangentP A : reflect (\sum_x at_state A x = 0) (A <= tangent)%MS.
Proof.
apply: (iffP sub_kermxP) => [e | e]; first by rewrite -total_mxE e mxE.
by apply/matrixP => i j; rewrite !ord1 total_mxE e mxE.
Qed.

Lemma rank_tangent (x0 : X) : \rank tangent = #|X|.-1.
Proof.
rewrite mxrank_ker -subn1; congr (_ - _)%N; apply/eqP; rewrite eqn_leq rank_leq_col.
rewrite lt0n mxrank_eq0; apply/eqP => /matrixP/(_ (enum_rank x0) 0).
by rewrite !mxE => /eqP; rewrite oner_eq0.
Qed.

End Vectors.

Section Marginalisation.

Variables (R : realFieldType) (X V : finType) (f : X -> V).
Hypothesis sf : forall v, exists x, f x = v.
Variable p : distribution R X.
Implicit Types (A B : 'rV[R]_#|X|) (b : 'rV[R]_#|V|) (a : X -> R).

Definition fibre_sum a v : R := \sum_(x | f x == v) a x.

Lemma sum_fibres a : \sum_v fibre_sum a v = \sum_x a x.
Proof. by rewrite [RHS](partition_big f xpredT). Qed.

Fact marginal_gt0 v : 0 < fibre_sum p v.
Proof.
have [x fx] := sf v; rewrite /fibre_sum (bigD1 x) ?fx //=.
by rewrite ltr_paddr ?prob_gt0 // sumr_ge0 // => y _; rewrite ltW ?prob_gt0.
Qed.

Fact marginal_sum : \sum_v fibre_sum p v = 1.
Proof. by rewrite sum_fibres prob_sum. Qed.

Definition marginal : distribution R V := Distribution marginal_gt0 marginal_sum.
Notation pV := marginal.

(* E_p[a | v] and p(x | f x) *)
Definition expect a v : R := fibre_sum (fun x => p x * a x) v / pV v.
Definition conditional x : R := p x / pV (f x).

Definition dpi_mx : 'M[R]_(#|X|, #|V|) :=
  \matrix_(i, j) (f (enum_val i) == enum_val j)%:R.
Definition lift_mx : 'M[R]_(#|V|, #|X|) :=
  \matrix_(j, i) ((f (enum_val i) == enum_val j)%:R * conditional (enum_val i)).

Fact dpi_mxE A v : at_state (A *m dpi_mx) v = fibre_sum (at_state A) v.
Proof.
rewrite /at_state mxE sum_states /fibre_sum [RHS]big_mkcond.
by apply: eq_bigr => x _; rewrite mxE !enum_rankK; case: eqP; rewrite ?mulr1 ?mulr0.
Qed.

Fact lift_mxE b x : at_state (b *m lift_mx) x = conditional x * at_state b (f x).
Proof.
rewrite /at_state mxE sum_states (bigD1 (f x)) //= big1 => [|v ne]; last first.
  by rewrite mxE !enum_rankK eq_sym (negbTE ne) mul0r mulr0.
by rewrite addr0 mxE !enum_rankK eqxx mul1r mulrC.
Qed.

Fact lift_mx_adjoint :
  dpi_mx *m fisher pV = fisher p *m lift_mx^T.
Proof.
apply/matrixP => i j; rewrite /= mul_mx_diag mul_diag_mx !mxE /conditional.
case: eqP => [-> | _]; rewrite ?mul0r ?mulr0 // mul1r mul1r mulrA mulVf ?mul1r //.
exact: prob_neq0.
Qed.

Fact conditional_sum v : fibre_sum conditional v = 1.
Proof.
transitivity (fibre_sum p v / pV v); last by rewrite divff // (prob_neq0 pV).
by rewrite /fibre_sum mulr_suml; apply: eq_bigr => x /eqP <-.
Qed.

Fact lift_mx_dpi : lift_mx *m dpi_mx = 1%:M.
Proof.
apply: mulmx_row_inj => b; rewrite mulmx1 mulmxA; apply: at_inj => v.
rewrite dpi_mxE -[RHS]mul1r -(conditional_sum v) /fibre_sum mulr_suml.
by apply: eq_bigr => x /eqP fx; rewrite lift_mxE fx.
Qed.

Definition marginalisation : submersion (fisher p) (fisher pV) :=
  @Submersion _ _ _ (fisher p) (fisher pV) dpi_mx lift_mx lift_mx_adjoint lift_mx_dpi.
Local Notation pi := marginalisation.

(** S2 in terms of states *)

Lemma dpiE A v : at_state (A *m pi) v = \sum_(x | f x == v) at_state A x.
Proof. exact: dpi_mxE. Qed.

Lemma liftE b x : at_state (b *m lift pi) x = p x / pV (f x) * at_state b (f x).
Proof. exact: lift_mxE. Qed.

(* The orthogonal projection onto the horizontal space is the conditional
   expectation of scores. *)
Theorem hprojE_expect a (A := vec (fun x => p x * a x)) x :
  at_state (A *m hproj pi) x = p x * expect a (f x).
Proof.
rewrite hprojE mulmxA liftE dpiE /expect mulrAC -mulrA; congr (_ * (_ / _)).
by apply: eq_bigr => y _; rewrite vecE.
Qed.

Theorem horizontalE A :
  (A <= horizontal pi)%MS <-> exists s, forall x, at_state A x = p x * s (f x).
Proof.
split=> [/submxP[b ->] | [s e]].
  by exists (fun v => at_state b v / pV v) => x; rewrite liftE -mulrA (mulrC _^-1).
apply/submxP; exists (vec (fun v => pV v * s v)); apply: at_inj => x.
by rewrite liftE vecE e mulrA divfK // (prob_neq0 pV).
Qed.

Theorem verticalE A :
  (A <= vertical pi)%MS <-> forall v, \sum_(x | f x == v) at_state A x = 0.
Proof.
split=> [/verticalP e v | e]; first by rewrite -dpiE e /at_state mxE.
by apply/verticalP/at_inj => v; rewrite dpiE e /at_state mxE.
Qed.

Theorem rank_vertical_states : \rank (vertical pi) = (#|X| - #|V|)%N.
Proof. exact: rank_vertical. Qed.

Lemma total_dpi : dpi_mx *m total_mx R V = total_mx R X.
Proof.
apply: mulmx_row_inj => A; apply/matrixP => i j; rewrite !ord1 mulmxA !total_mxE.
by rewrite -sum_fibres; apply: eq_bigr => v _; rewrite dpi_mxE.
Qed.

Lemma dpi_tangent m (A : 'M_(m, #|X|)) :
  (A *m pi <= tangent R V)%MS = (A <= tangent R X)%MS.
Proof. by rewrite !(sameP sub_kermxP eqP) -mulmxA total_dpi. Qed.

Lemma vertical_tangent : (vertical pi <= tangent R X)%MS.
Proof.
have := submx_refl (vertical pi) => /verticalP e.
by rewrite -dpi_tangent e sub0mx.
Qed.

Theorem rank_horizontal_tangent (v0 : V) :
  \rank (tangent R X :&: horizontal pi)%MS = #|V|.-1.
Proof.
rewrite -(rank_tangent R v0) -[RHS](mxrankMfree _ (_ : row_free (lift pi))).
  apply/eqmx_rank/eqmxP/eqmxP/andP; split; last first.
    rewrite sub_capmx submxMl andbT -dpi_tangent -mulmxA lift_dpi mulmx1.
    exact: submx_refl.
  have /horizontalP e := capmxSr (tangent R X) (horizontal pi).
  rewrite -{1}e hprojE mulmxA submxMr // dpi_tangent; exact: capmxSl.
by apply/row_freeP; exists (pi : 'M_(_, _)); exact: lift_dpi.
Qed.

(** S11: p(x) = a(f x) b(x), with parameters for a and other ones for b *)

Theorem cut_model d1 d2 (a : V -> R) (b : X -> R)
    (da : 'I_d1 -> V -> R) (db : 'I_d2 -> X -> R) :
  (forall x, p x = a (f x) * b x) ->
  (forall j v, \sum_(x | f x == v) db j x = 0) ->
  cylindrical pi (col_mx
    (\matrix_(i, x) (da i (f (enum_val x)) * b (enum_val x)))
    (\matrix_(j, x) (a (f (enum_val x)) * db j (enum_val x)))).
Proof.
move=> ep db0; have a0 x : a (f x) != 0.
  by have := prob_neq0 p x; rewrite ep mulf_eq0 negb_or => /andP[].
rewrite (eqmx_cylindrical _ (eqmx_sym (addsmxE _ _))).
apply: cut_cylindrical; apply/row_subP => i.
  apply/horizontalE; exists (fun v => da i v / a v) => x; rewrite ep.
  rewrite /at_state !mxE enum_rankK (mulrC (a _)) -mulrA (mulrCA (a _)).
  by rewrite divff // mulr1 mulrC.
apply/verticalE => v; transitivity (a v * \sum_(x | f x == v) db i x).
  rewrite mulr_sumr; apply: eq_bigr => x /eqP <-.
  by rewrite /at_state !mxE enum_rankK.
by rewrite db0 mulr0.
Qed.

(** S12 in terms of scores: the covariance given what is seen *)

Definition covariance (a b : X -> R) v : R :=
  expect (fun x => (a x - expect a v) * (b x - expect b v)) v.

Theorem missing_information_covariance d (s : 'I_d -> X -> R) i j
    (J := \matrix_(i, x) (p (enum_val x) * s i (enum_val x)) : 'M[R]_(d, #|X|)) :
  (J *m fisher p *m J^T) i j =
  ((J *m pi) *m fisher pV *m (J *m pi)^T) i j
    + \sum_v pV v * covariance (s i) (s j) v.
Proof.
rewrite (missing_information pi J) mxE; congr (_ + _).
set JH := _ - _; have rowJ k x : at_state (row k JH) x = p x * (s k x - expect (s k) (f x)).
  have -> : row k JH = vec (fun x => p x * s k x) - vec (fun x => p x * s k x) *m hproj pi.
    have -> : vec (fun x => p x * s k x) = row k J by apply/rowP => y; rewrite !mxE.
    by rewrite /JH linearB /= row_mul.
  by rewrite atB hprojE_expect vecE mulrBr.
have -> : (JH *m fisher p *m JH^T) i j = dot (fisher p) (row i JH) (row j JH).
  by rewrite /dot tr_row -!row_mul !mxE; apply: eq_bigr => y _; rewrite !mxE.
rewrite fisherE -sum_fibres; apply: eq_bigr => v _; rewrite /covariance /expect.
rewrite mulrC divfK ?prob_neq0 //; apply: eq_bigr => x /eqP fx.
rewrite !rowJ fx -/(expect _ _) -/(expect _ _).
by rewrite mulrACA -mulrA mulrAC divff ?prob_neq0 // mul1r.
Qed.

End Marginalisation.
