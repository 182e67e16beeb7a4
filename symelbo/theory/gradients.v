From mathcomp Require Import all_ssreflect all_algebra ring.
From Symelbo Require Import inner submersion.

(******************************************************************************)
(* The two gradients of an objective l on the visible space: grad_dpi, the    *)
(* one on T seen by dpi, and grad_V, the one on the image of T.               *)
(*     defect pi T == Delta: l *m defect = grad_V l - grad_dpi l              *)
(* cosines_from pi T a == a bounds from below the squared cosines of the      *)
(*                   angles, other than 90 degrees, of the horizontal space   *)
(*                   and T                                                    *)
(* Theorems (in the theory's numbering):                                      *)
(*   Delta  defectP, defect_sym, defect_ge0, defect_eq0, defect_kernel,       *)
(*          rank_defect                                                       *)
(*   S9     not_cylindrical_objective, not_cylindrical_vertical               *)
(*   S1     alignment, alignment_gt0, alignment_constant (Kantorovich),       *)
(*          alignment_sharp                                                   *)
(*   T4     objective_horizontal                                              *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

(* (B - a) (1 - B) >= 0, in numbers *)
Lemma kantorovich (R : realFieldType) (a s u w x : R) : a < 1 ->
  x - 2%:R * (a * u) + a ^+ 2 * s <= u - 2%:R * (a * s) + a ^+ 2 * w ->
  a * (w - 2%:R * s + u) <= s - 2%:R * u + x ->
  u + a * w <= (1 + a) * s.
Proof.
move=> a1 p1 p2; rewrite -(ler_pmul2l (_ : 0 < 1 - a)) ?subr_gt0 //.
rewrite -subr_ge0 in p1; rewrite -subr_ge0 in p2; rewrite -subr_ge0.
by have := addr_ge0 p1 p2; congr (0 <= _); ring.
Qed.

Lemma two_squares (R : realFieldType) (a u w t : R) : 0 <= a -> 0 <= u ->
  0 <= w -> u + a * w <= t -> 4%:R * a * u * w <= t ^+ 2.
Proof.
move=> a0 u0 w0 le; apply: le_trans (_ : (u + a * w) ^+ 2 <= _).
  rewrite -subr_ge0.
  have -> : (u + a * w) ^+ 2 - 4%:R * a * u * w = (u - a * w) ^+ 2 by ring.
  exact: sqr_ge0.
have ge0 : 0 <= u + a * w by rewrite addr_ge0 ?mulr_ge0.
by rewrite ler_sqr ?nnegrE // (le_trans ge0).
Qed.

Section Gradients.

Variables (R : realFieldType) (n k : nat) (G : metric R n) (GV : metric R k).
Variables (pi : submersion G GV) (m : nat) (T : 'M[R]_(m, n)).
Implicit Types (A B u : 'rV[R]_n) (l b : 'rV[R]_k).

Local Notation lift := (lift pi).
Local Notation hproj := (hproj pi).
Local Notation horizontal := (horizontal pi).
Local Notation vertical := (vertical pi).
Local Notation cylindrical := (cylindrical pi T).
Local Notation grad_dpi := (grad_dpi pi T).
Local Notation grad_V := (grad_V pi T).
Local Notation PT := (proj G T).

(** Delta *)

Definition defect : 'M_k :=
  sharp GV (T *m pi) - (pi : 'M_(_, _))^T *m sharp G T *m pi.

Lemma defectP l : l *m defect = grad_V l - grad_dpi l.
Proof. by rewrite mulmxBr !mulmxA. Qed.

Lemma defect_sym : defect^T = defect.
Proof.
by rewrite linearB /= sharp_sym !trmx_mul sharp_sym trmxK mulmxA.
Qed.

Theorem defect_eq0 : cylindrical = (defect == 0).
Proof.
apply/idP/eqP => [cyl | e].
  by apply: mulmx_row_inj => l; rewrite defectP cylindrical_grad // mulmx0 subrr.
apply/cylindrical_gradients => l; apply/eqP.
by rewrite eq_sym -subr_eq0 -defectP e mulmx0.
Qed.

(** S9: where T does not split, some objective and some vertical vector show
    it *)

Theorem not_cylindrical_objective :
  ~~ cylindrical -> exists l, grad_dpi l != grad_V l.
Proof.
rewrite defect_eq0 => /row_neq0[i ne]; exists (delta_mx 0 i).
by rewrite eq_sym -subr_eq0 -defectP -rowE.
Qed.

Theorem not_cylindrical_vertical : ~~ cylindrical ->
  exists2 w : 'rV_n, (w <= vertical)%MS & w *m PT *m pi != 0.
Proof.
move=> cyl; suff /row_neq0[i] : (1%:M - hproj) *m PT *m pi != 0.
  rewrite !row_mul => ne; exists (row i (1%:M - hproj)) => //.
  rewrite (submx_trans (row_sub _ _)) // -[1%:M - _]mul1mx mulmxBr mulmx1.
  exact: sub_hproj_vertical.
apply: contra cyl => /eqP e; apply/cylindrical_vertical => w wV.
have {1}-> : w = w *m (1%:M - hproj).
  by move: wV; rewrite mulmxBr mulmx1 vertical_hproj => /eqP ->; rewrite subr0.
by rewrite -!(mulmxA w) e mulmx0.
Qed.

(** S1: gradient alignment *)

Let g l := grad G T (l *m (pi : 'M_(_, _))^T).
Let gT l : (g l <= T)%MS. Proof. exact: grad_sub. Qed.

Lemma pair_grad_dpi l A : (A <= T)%MS -> dot G (g l) A = pair l (A *m pi).
Proof. by move=> AT; rewrite gradP // pair_dpi. Qed.

Theorem alignment l : dot GV (grad_dpi l) (grad_V l) = norm2 G (g l).
Proof. by rewrite dotC gradP ?grad_dpi_sub // -(pair_grad_dpi l (gT l)). Qed.

Lemma grad_V_eq0 l : (grad_V l == 0) = (g l == 0).
Proof.
apply/eqP/eqP => e; symmetry; apply: grad_unique; rewrite ?sub0mx // => v vT.
  have : (v *m pi <= T *m pi)%MS by exact: submxMr.
  by rewrite pair_dpi => /(gradP GV l) <-; rewrite -/(grad_V l) e !dot0l.
by have /submxP[c ->] := vT; rewrite mulmxA -pair_grad_dpi ?submxMl // e !dot0l.
Qed.

Lemma grad_dpi_eq0 l : (grad_dpi l == 0) = (g l == 0).
Proof.
apply/eqP/eqP => [e | e]; last by rewrite /grad_dpi -/(g l) e mul0mx.
by apply/eqP; rewrite -(norm2_eq0 G) -alignment e dot0l.
Qed.

(* As soon as one of the two gradients is not 0, their product is positive. *)
Theorem alignment_gt0 l : (grad_dpi l != 0) || (grad_V l != 0) ->
  0 < dot GV (grad_dpi l) (grad_V l).
Proof. by rewrite alignment norm2_gt0 grad_dpi_eq0 grad_V_eq0 orbb. Qed.

(* The gradient on T is the projection of the lifted visible gradient. *)
Lemma grad_V_lift l : g l = grad_V l *m lift *m PT.
Proof.
symmetry; apply: grad_unique => [|v vT]; first exact: proj_sub.
by rewrite proj_dotr // dotC -dot_dpi dotC gradP ?submxMr // pair_dpi.
Qed.

Lemma norm2_lift b : norm2 G (b *m lift) = norm2 GV b.
Proof. by rewrite /norm2 -dot_dpi -mulmxA lift_dpi mulmx1. Qed.

(* The sharp constant: a is a lower bound for the squared cosines between
   vectors of the horizontal space, not orthogonal to T, and T. *)
Definition cosines_from (a : R) : Prop :=
  forall A, (A <= T *m hproj)%MS -> a * norm2 G A <= norm2 G (A *m PT).

Theorem alignment_constant a l : 0 <= a < 1 -> cosines_from a ->
  4%:R * a * norm2 GV (grad_dpi l) * norm2 GV (grad_V l)
    <= ((1 + a) * dot GV (grad_dpi l) (grad_V l)) ^+ 2.
Proof.
move=> /andP[a0 a1] cosT; set u := grad_dpi l; set w := grad_V l.
have uT : (u <= T *m pi)%MS by exact: grad_dpi_sub.
have wT : (w <= T *m pi)%MS by exact: grad_sub.
pose S b := b *m lift *m PT.
have ST b : (S b <= T)%MS by exact: proj_sub.
have Sdot b c : dot GV (S b *m pi) c = dot G (S b) (S c).
  by rewrite dot_dpi dotC -(proj_dotr G _ (ST b)) dotC.
have Sw : S w *m pi = u by rewrite /S -grad_V_lift.
have contr b : norm2 G (S b) <= norm2 GV b.
  by rewrite -norm2_lift proj_contracts.
have lower b : (b <= T *m pi)%MS -> a * norm2 GV b <= norm2 G (S b).
  by move=> bT; rewrite -norm2_lift cosT // hprojE mulmxA submxMr.
have linS b c : S (b - c) = S b - S c by rewrite /S !mulmxBl.
have linZ x b : S (x *: b) = x *: S b by rewrite /S -!scalemxAl.
have p2 : a * norm2 GV (w - u) <= norm2 G (S (w - u)).
  by apply: lower; rewrite addmx_sub // eqmx_opp.
have p1 := contr (u - a *: w).
have sww : norm2 G (S w) = dot GV u w by rewrite -[norm2 _ _]Sdot Sw.
have swu : dot G (S w) (S u) = norm2 GV u by rewrite -Sdot Sw.
rewrite !linS linZ !norm2B !norm2Z !dotZr (dotC G (S u)) swu sww in p1 p2.
rewrite (dotC GV w u) in p2.
by apply: two_squares a0 (norm2_ge0 _ _) (norm2_ge0 _ _) (kantorovich a1 p1 p2).
Qed.

(* It is attained: by w1 + w2, where S^T S has the eigenvalues 1 and a. *)
Theorem alignment_sharp a (w1 w2 : 'rV[R]_k)
    (w := w1 + w2) (u := w *m lift *m PT *m pi) :
  w1 *m lift *m PT *m pi = w1 -> w2 *m lift *m PT *m pi = a *: w2 ->
  dot GV w1 w2 = 0 -> norm2 GV w1 = a * norm2 GV w2 ->
  ((1 + a) * dot GV u w) ^+ 2 = 4%:R * a * norm2 GV u * norm2 GV w.
Proof.
move=> e1 e2 o12 n12.
have eu : u = w1 + a *: w2 by rewrite /u /w !mulmxDl e1 e2.
rewrite eu /w !norm2D !norm2Z dotDl !dotDr !dotZl !dotZr (dotC GV w2) o12.
rewrite -![dot GV _ _]/(norm2 _ _) n12; move: (norm2 GV w2) => x; ring.
Qed.

(** T4: one objective *)

Theorem objective_horizontal l :
  (grad_dpi l == grad_V l) = (g l <= horizontal)%MS.
Proof.
apply/eqP/idP => [e | /horizontalP gH].
  by rewrite -dpi_norm_eq -[_ *m pi]/(grad_dpi l) -alignment -e eqxx.
apply: grad_unique; first exact: grad_dpi_sub.
move=> v /submxP[c ->]; rewrite mulmxA -pair_grad_dpi ?submxMl // dot_dpi.
rewrite -(mulmxA (c *m T)) -hprojE hproj_is_projection -proj_adjoint.
by rewrite -hproj_is_projection gH.
Qed.

Theorem defect_kernel l : (l *m defect == 0) = (g l <= horizontal)%MS.
Proof. by rewrite defectP subr_eq0 eq_sym objective_horizontal. Qed.

Theorem defect_ge0 l : 0 <= pair l (l *m defect).
Proof.
have e1 : pair l (grad_V l) = norm2 GV (grad_V l).
  by rewrite -(gradP GV l (grad_sub GV (T *m pi) l)).
have e2 : pair l (grad_dpi l) = norm2 G (g l).
  by rewrite -(gradP GV l (grad_dpi_sub pi T l)) dotC alignment.
have -> : pair l (l *m defect) = pair l (grad_V l) - pair l (grad_dpi l).
  by rewrite defectP ![pair l _]pairC pairBl.
by rewrite e1 e2 subr_ge0 grad_V_lift -norm2_lift proj_contracts.
Qed.

(* The rank of Delta: the number of principal angles strictly between. *)
Theorem rank_defect :
  (\rank defect + \rank T =
   \rank (T *m pi) + \rank (T *m (1%:M - hproj)))%N.
Proof.
pose N := 1%:M - lift *m PT *m pi.
have eD : defect = sharp GV (T *m pi) *m N.
  rewrite mulmxBr mulmx1 /defect; congr (_ - _).
  have -> : lift *m PT *m pi = GV *m ((pi : 'M_(_, _))^T *m sharp G T *m pi).
    by rewrite projE !mulmxA lift_gram.
  have [Y eY] := sub_sharpT G T (pi : 'M_(_, _)).
  have ePV : sharp GV (T *m pi) *m GV = (proj GV (T *m pi))^T.
    by rewrite projE trmx_mul sharp_sym gram_sym.
  have -> : (pi : 'M_(_, _))^T *m sharp G T *m pi = (T *m pi)^T *m Y.
    by rewrite -mulmxA eY trmx_mul mulmxA.
  by rewrite !mulmxA ePV -trmx_mul proj_self.
have eS : (sharp GV (T *m pi) :=: T *m pi)%MS.
  apply/eqmxP; rewrite -{1}[sharp _ _]mul1mx sub_sharp /=.
  by rewrite -{1}(proj_self GV (T *m pi)) projE mulmxA submxMl.
have eK : (sharp GV (T *m pi) :&: kermx N :=: (T :&: horizontal) *m pi)%MS.
  apply/eqmxP/andP; split; last first.
    rewrite sub_capmx eS submxMr ?capmxSl //=; apply/sub_kermxP.
    rewrite mulmxBr mulmx1 !mulmxA -(mulmxA _ pi) -hprojE.
    have /horizontalP -> := capmxSr T horizontal.
    by rewrite proj_id ?capmxSl // subrr.
  apply/row_subP => i; set w := row i _.
  have : (w <= sharp GV (T *m pi) :&: kermx N)%MS by exact: row_sub.
  rewrite sub_capmx eS => /andP[wT /sub_kermxP/eqP].
  rewrite mulmxBr mulmx1 subr_eq0 !mulmxA => /eqP eW.
  have wl : w *m lift *m PT = w *m lift.
    have := pythagoras G T (w *m lift); rewrite norm2_lift {1}eW => eN.
    have := dpi_contracts pi (w *m lift *m PT); rewrite eN ger_addl => le0.
    have : norm2 G (w *m lift - w *m lift *m PT) == 0.
      by rewrite eq_le le0 norm2_ge0.
    by rewrite norm2_eq0 subr_eq0 eq_sym => /eqP.
  rewrite eW wl submxMr // sub_capmx submxMl andbT.
  by apply/proj_idP; exact: wl.
have rK : \rank (sharp GV (T *m pi) :&: kermx N)%MS = \rank (T :&: horizontal)%MS.
  have /eqmxP/eqmx_rank -> := eK; rewrite -[RHS](mxrank_mul_ker _ (pi : 'M_(_, _))).
  suff -> : (T :&: horizontal :&: kermx pi = 0)%MS by rewrite mxrank0 addn0.
  apply/eqP; rewrite -submx0; set U := (_ :&: _)%MS.
  have UH : (U <= horizontal)%MS by rewrite (submx_trans (capmxSl _ _)) ?capmxSr.
  have UV : (U <= vertical)%MS by exact: capmxSr.
  by move: UH => /horizontalP <-; move: UV; rewrite vertical_hproj => /eqP ->.
have /eqmxP/eqmx_rank <- := eS; rewrite eD -(rank_T_horizontal pi T).
rewrite -(mxrank_mul_ker (sharp GV (T *m pi)) N) rK.
by rewrite addnCA [in RHS]addnC.
Qed.

End Gradients.
