From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import inner submersion fisher.

(******************************************************************************)
(* The trace of G^- G_V, G^- any generalised inverse, is at most rank J_V,    *)
(* and T splits exactly where they are equal.                                 *)
(*     trace_proj : the trace of a projection is the dimension of its space   *)
(*  trace_metrics : tr (G^- G_V) = tr (P_T P_H)                               *)
(*  trace_le_rank, cylindrical_trace : for the Fisher metric                  *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Section Trace.

Variables (R : realFieldType) (n : nat) (G : metric R n).

Lemma trace_sharp_base r (B : 'M_(r, n)) :
  row_free B -> \tr (G *m sharp_base G B) = r%:R.
Proof.
move=> freeB; rewrite /sharp_base mulmxA mxtrace_mulC !mulmxA.
by rewrite mulmxV ?mxtrace1 ?gram_base_unit.
Qed.

Lemma trace_proj m (T : 'M[R]_(m, n)) : \tr (proj G T) = (\rank T)%:R.
Proof. by rewrite projE sharpE trace_sharp_base ?row_base_free. Qed.

Variables (k : nat) (GV : metric R k) (pi : submersion G GV).
Variables (m : nat) (T : 'M[R]_(m, n)).

Theorem trace_metrics (X : 'M_m) (GT := T *m G *m T^T)
    (GTV := (T *m pi) *m GV *m (T *m pi)^T) :
  GT *m X *m GT = GT -> \tr (X *m GTV) = \tr (proj G T *m hproj pi).
Proof.
move=> /sharp_parameters eX; rewrite /GTV visible_metric projE -eX.
have -> : G *m (T^T *m X *m T) *m hproj pi = G *m T^T *m (X *m T *m hproj pi).
  by rewrite !mulmxA.
by rewrite [RHS]mxtrace_mulC !mulmxA.
Qed.

Let W := T *m hproj pi.

Lemma rank_hproj : \rank W = \rank (T *m pi).
Proof.
rewrite /W hprojE mulmxA mxrankMfree //.
by apply/row_freeP; exists (pi : 'M_(_, _)); exact: lift_dpi.
Qed.

Lemma proj_hproj : proj G T *m hproj pi = proj G T *m proj G W.
Proof.
have WH : (W <= horizontal pi)%MS by exact: hproj_horizontal.
have e1 : proj G W *m hproj pi = proj G W.
  by apply/horizontalP; apply: submx_trans (proj_self_sub _ _) WH.
have e2 : proj G W *m hproj pi = hproj pi *m proj G W.
  apply: (selfadjoint_commute (proj_gram _ _) (hproj_gram _)).
  by rewrite e1 proj_idem.
have <- : proj G T *m hproj pi *m proj G W = proj G T *m hproj pi.
  by apply: proj_id; rewrite submxMr ?proj_self_sub.
by rewrite -mulmxA -e2 e1.
Qed.

Lemma trace_gap : (\rank (T *m pi))%:R - \tr (proj G T *m hproj pi) =
  \tr ((1%:M - proj G T) *m G *m (1%:M - proj G T)^T *m sharp G W).
Proof.
rewrite proj_hproj -rank_hproj -trace_proj -linearB /= -[X in \tr (X - _)]mul1mx.
rewrite -mulmxBl (projE G W) mulmxA; congr (\tr (_ *m _)).
rewrite -mulmxA -selfadjoint_compl ?proj_gram // mulmxA idem_compl //.
exact: proj_idem.
Qed.

Lemma cylindrical_sharp : cylindrical pi T =
  (row_base W *m (1%:M - proj G T) == 0).
Proof.
rewrite cylindricalE mulmxBr mulmx1 subr_eq0 -/W.
have -> : (W <= T)%MS = (row_base W <= T)%MS by rewrite eq_row_base.
by apply/idP/eqP => [/(proj_id G)-> // | ->]; exact: proj_sub.
Qed.

End Trace.

Section Fisher.

Variables (R : realFieldType) (X V : finType) (f : X -> V).
Variables (sf : forall v, exists x, f x = v) (p : distribution R X).
Variables (m : nat) (T : 'M[R]_(m, #|X|)).
Local Notation pi := (marginalisation sf p).
Local Notation G := (fisher p).

(* tr (S C G C^T) for S positive definite *)
Lemma trace_fisher r (S : metric R r) (C : 'M_(r, #|X|)) :
  \tr (S *m C *m G *m C^T) = \sum_x norm2 S (col x C)^T / p (enum_val x).
Proof.
have -> : \tr (S *m C *m G *m C^T) = \sum_x (C^T *m S *m C) x x / p (enum_val x).
  rewrite mxtrace_mulC !mulmxA; apply: eq_bigr => x _.
  by rewrite mul_mx_diag !mxE.
apply: eq_bigr => x _; congr (_ / _).
rewrite /norm2 /dot trmxK mxE [RHS]mxE; apply: eq_bigr => j _; rewrite !mxE.
by congr (_ * _); apply: eq_bigr => i _; rewrite !mxE.
Qed.

(* A form that is positive definite on rows is so on matrices. *)
Lemma trace_fisher_ge0 r (S : metric R r) (C : 'M_(r, #|X|)) :
  0 <= \tr (S *m C *m G *m C^T).
Proof.
rewrite trace_fisher sumr_ge0 // => x _.
by rewrite divr_ge0 ?norm2_ge0 // ltW ?prob_gt0.
Qed.

Lemma trace_fisher_eq0 r (S : metric R r) (C : 'M_(r, #|X|)) :
  \tr (S *m C *m G *m C^T) = 0 -> C = 0.
Proof.
rewrite trace_fisher => /eqP; rewrite psumr_eq0 => [/allP e|x _]; last first.
  by rewrite divr_ge0 ?norm2_ge0 // ltW ?prob_gt0.
apply/matrixP => i x; have := e x (mem_index_enum _).
rewrite /= mulf_eq0 invr_eq0 (negbTE (prob_neq0 _ _)) orbF norm2_eq0 => /eqP.
by move/matrixP/(_ 0 i); rewrite !mxE.
Qed.

(* The inverse of a positive definite matrix is one. *)
Section Inverse.
Variables (r : nat) (B : 'M[R]_(r, #|X|)).
Hypothesis freeB : row_free B.
Let M := B *m G *m B^T.

Fact inverse_sym : (invmx M)^T = invmx M.
Proof. by rewrite trmx_inv /M !trmx_mul trmxK gram_sym mulmxA. Qed.

Fact inverse_gt0 (u : 'rV_r) : u != 0 -> 0 < (u *m invmx M *m u^T) 0 0.
Proof.
have unitM : M \in unitmx by exact: gram_base_unit.
move=> u0; pose v := u *m invmx M *m B.
have -> : (u *m invmx M *m u^T) 0 0 = norm2 G v.
  have -> : norm2 G v = (u *m invmx M *m M *m (invmx M *m u^T)) 0 0.
    by rewrite /norm2 /dot /v !trmx_mul inverse_sym /M !mulmxA.
  by rewrite mulmxKV // mulmxA.
rewrite norm2_gt0 mulmx_free_eq0 //; apply: contra u0 => /eqP e.
by rewrite -[u](mulmxKV unitM) e mul0mx.
Qed.

Definition inverse_metric : metric R r := Metric inverse_sym inverse_gt0.

Lemma trace_sandwich (N : 'M_#|X|) : \tr (N *m G *m N^T *m sharp_base G B) =
  \tr (inverse_metric *m (B *m N) *m G *m (B *m N)^T).
Proof.
rewrite /sharp_base /= -/M trmx_mul !mulmxA; move: (invmx M) => Y.
by rewrite [LHS]mxtrace_mulC !mulmxA [LHS]mxtrace_mulC !mulmxA.
Qed.

End Inverse.

Let B := row_base (T *m hproj pi).
Let freeB : row_free B. Proof. exact: row_base_free. Qed.
Let N := 1%:M - proj G T.

Lemma trace_gap_fisher : (\rank (T *m pi))%:R - \tr (proj G T *m hproj pi) =
  \tr (inverse_metric freeB *m (B *m N) *m G *m (B *m N)^T).
Proof.
by rewrite trace_gap sharpE trace_sandwich.
Qed.

Theorem trace_le_rank : \tr (proj G T *m hproj pi) <= (\rank (T *m pi))%:R.
Proof. by rewrite -subr_ge0 trace_gap_fisher trace_fisher_ge0. Qed.

Theorem cylindrical_trace (X' : 'M_m) (GT := T *m G *m T^T)
    (GTV := (T *m pi) *m fisher (marginal sf p) *m (T *m pi)^T) :
  GT *m X' *m GT = GT ->
  cylindrical pi T = (\tr (X' *m GTV) == (\rank (T *m pi))%:R).
Proof.
move=> /(trace_metrics pi) ->; rewrite cylindrical_sharp -/B -/N.
rewrite [in RHS]eq_sym -[in RHS]subr_eq0 trace_gap_fisher; apply/eqP/eqP => [-> | /trace_fisher_eq0 //].
by rewrite mulmx0 mul0mx mul0mx mxtrace0.
Qed.

End Fisher.
