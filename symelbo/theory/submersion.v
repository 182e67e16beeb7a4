From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import inner.

(******************************************************************************)
(* Linear submersions between spaces with inner products, and subspaces T     *)
(* that split into a horizontal and a vertical part.                          *)
(*                                                                            *)
(* A submersion pi from G to GV is a linear map dpi with a right inverse lift *)
(* that is adjoint to it.  It is all of marginalisation that the theorems on  *)
(* natural gradients need; fisher.v shows that marginalisation is one.        *)
(*   horizontal pi == the space of the vectors B lift                         *)
(*     vertical pi == the kernel of dpi                                       *)
(*        hproj pi == dpi *m lift, the orthogonal projection onto the former  *)
(* cylindrical pi T == T = (T n horizontal) + (T n vertical)                  *)
(*  grad_dpi pi T l == the gradient on T of the objective l o pi, seen by dpi *)
(*    grad_V pi T l == the gradient of l on the image of T                    *)
(* comp_submersion pi tau == the two submersions, one after the other         *)
(* Theorems (in the theory's numbering):                                      *)
(*   S2  horizontal_vertical, ortho_horizontal, horizontal_isometry,          *)
(*       hproj_is_projection, dpi_contracts, dpi_norm_eq, rank_vertical       *)
(*   T1  cylindricalE                                                         *)
(*   S4  cylindrical_ranks (b), cylindrical_metrics (c),                      *)
(*       cylindrical_gradients (d), cylindrical_commute (e),                  *)
(*       cylindrical_idempotent, cylindrical_eigenvalues (f),                 *)
(*       cylindrical_vertical (g)                                             *)
(*   S8  cylindrical_proj, cylindrical_projE                                  *)
(*   S11 cut_cylindrical                                                      *)
(*   S12 missing_information                                                  *)
(*   Tower law: tower, tower_visible                                          *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Record submersion (R : realFieldType) (n k : nat)
    (G : metric R n) (GV : metric R k) := Submersion {
  dpi :> 'M[R]_(n, k);
  lift : 'M[R]_(k, n);
  lift_adjoint : dpi *m GV = G *m lift^T;
  lift_dpi : lift *m dpi = 1%:M
}.

Section Submersion.

Variables (R : realFieldType) (n k : nat) (G : metric R n) (GV : metric R k).
Variable pi : submersion G GV.
Implicit Types (A B u w : 'rV[R]_n) (l b : 'rV[R]_k).

Definition horizontal : 'M_(k, n) := lift pi.
Definition vertical : 'M_n := kermx pi.
Fact hproj_key : unit. Proof. by []. Qed.
Definition hproj : 'M_n := locked_with hproj_key (pi *m lift pi).
Lemma hprojE : hproj = pi *m lift pi. Proof. exact: unlock. Qed.
Let Q : 'M_n := 1%:M - hproj.

(** S2: a Riemannian submersion *)

Lemma dot_dpi A b : dot GV (A *m pi) b = dot G A (b *m lift pi).
Proof.
rewrite /dot trmx_mul -(mulmxA A) lift_adjoint; congr (_ 0 0).
by rewrite !mulmxA.
Qed.

Lemma verticalP p (A : 'M_(p, n)) : reflect (A *m pi = 0) (A <= vertical)%MS.
Proof. exact: sub_kermxP. Qed.

Lemma hproj_dpi : hproj *m pi = pi.
Proof. by rewrite hprojE -mulmxA lift_dpi mulmx1. Qed.

Lemma lift_hproj : lift pi *m hproj = lift pi.
Proof. by rewrite hprojE mulmxA lift_dpi mul1mx. Qed.

Lemma hproj_idem : hproj *m hproj = hproj.
Proof. by rewrite hprojE mulmxA -(mulmxA pi) lift_dpi mulmx1. Qed.

Lemma horizontalP p (A : 'M_(p, n)) :
  reflect (A *m hproj = A) (A <= horizontal)%MS.
Proof.
apply: (iffP idP) => [/submxP[c ->] | <-]; last by rewrite hprojE mulmxA submxMl.
by rewrite -mulmxA lift_hproj.
Qed.

Lemma hproj_horizontal p (A : 'M_(p, n)) : (A *m hproj <= horizontal)%MS.
Proof. by apply/horizontalP; rewrite -mulmxA hproj_idem. Qed.

Lemma sub_hproj_vertical p (A : 'M_(p, n)) : (A - A *m hproj <= vertical)%MS.
Proof. by apply/verticalP; rewrite mulmxBl -mulmxA hproj_dpi subrr. Qed.

Lemma vertical_hproj p (A : 'M_(p, n)) :
  (A <= vertical)%MS = (A *m hproj == 0).
Proof.
apply/verticalP/eqP => [e | e]; first by rewrite hprojE mulmxA e mul0mx.
by rewrite -hproj_dpi mulmxA e mul0mx.
Qed.

Theorem horizontal_vertical A B :
  (A <= horizontal)%MS -> (B <= vertical)%MS -> dot G A B = 0.
Proof.
by move=> /submxP[b ->] /verticalP e; rewrite dotC -dot_dpi e dot0l.
Qed.

Lemma lift_gram : lift pi *m G = GV *m (pi : 'M_(_, _))^T.
Proof.
by rewrite -[LHS]trmxK trmx_mul gram_sym -lift_adjoint trmx_mul gram_sym.
Qed.

Lemma hproj_gram : hproj *m G = G *m hproj^T.
Proof. by rewrite hprojE -mulmxA lift_gram trmx_mul !mulmxA lift_adjoint. Qed.

(* hproj is the orthogonal projection onto the horizontal space. *)
Theorem hproj_is_projection : hproj = proj G horizontal.
Proof.
apply: mulmx_row_inj => u; apply: proj_unique => [|v /submxP[b ->]].
  exact: hproj_horizontal.
by rewrite -dot_dpi -mulmxA hproj_dpi dot_dpi.
Qed.

Theorem ortho_horizontal : (ortho G horizontal :=: vertical)%MS.
Proof.
apply/eqmxP/andP; split; apply/row_subP => i.
  have := row_sub i (ortho G horizontal).
  by rewrite proj_eq0 -hproj_is_projection -vertical_hproj.
have := row_sub i vertical.
by rewrite vertical_hproj hproj_is_projection -proj_eq0.
Qed.

Theorem horizontal_isometry A B : (A <= horizontal)%MS ->
  dot GV (A *m pi) (B *m pi) = dot G A B.
Proof.
move=> /horizontalP e; rewrite -{2}e dot_dpi -[B *m pi *m _]mulmxA -hprojE.
by rewrite hproj_is_projection proj_adjoint.
Qed.

Lemma norm2_dpi A : norm2 GV (A *m pi) = norm2 G (A *m hproj).
Proof.
rewrite /norm2 -horizontal_isometry ?hproj_horizontal //.
by rewrite -mulmxA hproj_dpi.
Qed.

Theorem dpi_contracts A : norm2 GV (A *m pi) <= norm2 G A.
Proof. by rewrite norm2_dpi hproj_is_projection proj_contracts. Qed.

Theorem dpi_norm_eq A :
  (norm2 GV (A *m pi) == norm2 G A) = (A <= horizontal)%MS.
Proof.
rewrite norm2_dpi [X in _ == X](pythagoras _ horizontal) -hproj_is_projection.
rewrite -subr_eq0 opprD addrA subrr sub0r oppr_eq0 norm2_eq0 subr_eq0.
by rewrite eq_sym; apply/eqP/horizontalP.
Qed.

Lemma rank_horizontal : \rank horizontal = k.
Proof.
apply/eqP; apply/row_freeP; exists (pi : 'M_(_, _)); exact: lift_dpi.
Qed.

Lemma rank_dpi : \rank (pi : 'M_(_, _)) = k.
Proof.
apply/eqP; rewrite -[_ == _]/(row_full _).
by apply/row_fullP; exists (lift pi); exact: lift_dpi.
Qed.

Theorem rank_vertical : \rank vertical = (n - k)%N.
Proof. by rewrite mxrank_ker rank_dpi. Qed.

Lemma pair_dpi l A : pair (l *m (pi : 'M_(_, _))^T) A = pair l (A *m pi).
Proof. by rewrite /pair trmx_mul trmxK mulmxA. Qed.

Section Subspace.

Variables (m : nat) (T : 'M[R]_(m, n)).
Let PT := proj G T.

Let PT_gram : PT *m G = G *m PT^T. Proof. exact: proj_gram. Qed.

Definition cylindrical : bool :=
  (T <= (T :&: horizontal) + (T :&: vertical))%MS.

(** T1: T splits if and only if conditional expectation maps it into itself *)

Theorem cylindricalE : cylindrical = (T *m hproj <= T)%MS.
Proof.
apply/idP/idP => [cyl | TH].
  rewrite (submx_trans (submxMr _ cyl)) // addsmxMr addsmx_sub; apply/andP; split.
    have /horizontalP -> := capmxSr T horizontal; exact: capmxSl.
  by have := capmxSr T vertical; rewrite vertical_hproj => /eqP ->; rewrite sub0mx.
rewrite /cylindrical -{1}(subrK (T *m hproj) T) addrC.
apply: addmx_sub_adds; rewrite sub_capmx ?TH ?hproj_horizontal //.
by rewrite sub_hproj_vertical andbT addmx_sub // eqmx_opp.
Qed.

Lemma cylindricalP :
  reflect (forall A, (A <= T)%MS -> (A *m hproj <= T)%MS) cylindrical.
Proof.
rewrite cylindricalE; apply: (iffP idP) => [TH A AT | TH].
  exact: submx_trans (submxMr _ AT) TH.
by apply/row_subP => i; rewrite row_mul TH ?row_sub.
Qed.

(** S4 (b): the ranks add up *)

Lemma rank_T_vertical :
  (\rank (T *m pi) + \rank (T :&: vertical)%MS)%N = \rank T.
Proof. exact: mxrank_mul_ker. Qed.

Lemma rank_T_horizontal :
  (\rank (T *m Q) + \rank (T :&: horizontal)%MS)%N = \rank T.
Proof.
rewrite -[RHS](mxrank_mul_ker T Q); congr (_ + _)%N; apply/eqmx_rank/eqmxP.
apply: cap_eqmx => //; apply/eqmxP/andP; split.
  by apply/sub_kermxP; rewrite mulmxBr mulmx1 lift_hproj subrr.
apply/horizontalP; apply/eqP; rewrite eq_sym -subr_eq0 -{1}[kermx _]mulmx1.
by rewrite -mulmxBr mulmx_ker.
Qed.

Lemma horizontal_vertical_disjoint :
  ((T :&: horizontal) :&: (T :&: vertical) = 0 :> 'M_n)%MS.
Proof.
apply/eqP; rewrite -submx0; set U := (_ :&: _)%MS.
have UH : (U <= horizontal)%MS by rewrite (submx_trans (capmxSl _ _)) ?capmxSr.
have UV : (U <= vertical)%MS by rewrite (submx_trans (capmxSr _ _)) ?capmxSr.
by move: UH => /horizontalP <-; move: UV; rewrite vertical_hproj => /eqP ->.
Qed.

Theorem cylindrical_ranks : cylindrical =
  (\rank T == \rank (T *m pi) + \rank (T *m (1%:M - hproj)))%N.
Proof.
have sub : ((T :&: horizontal) + (T :&: vertical) <= T)%MS.
  by rewrite addsmx_sub !capmxSl.
rewrite /cylindrical -(mxrank_leqif_sup sub) mxrank_disjoint_sum; last first.
  exact: horizontal_vertical_disjoint.
rewrite -(eqn_add2l (\rank (T *m pi) + \rank (T *m Q))) [X in (_ + X)%N]addnC.
by rewrite addnACA rank_T_vertical rank_T_horizontal eqn_add2r.
Qed.

(** S4 (e): the two projections commute *)

Theorem cylindrical_commute :
  cylindrical = (PT *m hproj == hproj *m PT).
Proof.
rewrite cylindricalE; apply/idP/eqP => [TH | e].
  apply: (selfadjoint_commute PT_gram hproj_gram).
  by apply: proj_id; apply: submx_trans (submxMr _ (proj_self_sub _ _)) TH.
apply/proj_idP; rewrite -/PT; have eT : T *m PT = T by exact: proj_self.
by rewrite -[in RHS]eT -[RHS]mulmxA e mulmxA.
Qed.

Lemma cylindrical_hproj p (C : 'M_(p, n)) : (C :=: T)%MS ->
  cylindrical = (C *m hproj *m (1%:M - PT) == 0).
Proof.
move=> eC; rewrite cylindricalE mulmxBr mulmx1 subr_eq0.
rewrite -(eqmxMr hproj eC).
by apply/idP/eqP => [TH | ->]; [exact/esym/proj_idP | exact: proj_sub].
Qed.

Lemma compl_gram p (C : 'M_(p, n)) (A := C *m hproj *m (1%:M - PT)) :
  A *m G *m A^T =
  C *m hproj *m G *m C^T - C *m hproj *m PT *m hproj *m G *m C^T.
Proof.
pose N := 1%:M - PT.
have eN : N *m G *m N^T = N *m G.
  rewrite -mulmxA -selfadjoint_compl ?PT_gram // mulmxA idem_compl //.
  exact: proj_idem.
have -> : A *m G *m A^T = C *m hproj *m (N *m G *m N^T) *m (C *m hproj)^T.
  by rewrite /A (trmx_mul _ N) !mulmxA.
rewrite eN trmx_mul -!mulmxA (mulmxA G) -hproj_gram mulmxBl mul1mx.
by rewrite !mulmxBr !mulmxA -(mulmxA C hproj hproj) hproj_idem.
Qed.

(** S4 (f): K, the projection onto the horizontal space seen from T, is a
    projection *)

Theorem cylindrical_idempotent (K := PT *m hproj *m PT) :
  cylindrical = (K *m K == K).
Proof.
have eC : (PT :=: T)%MS.
  by apply/eqmxP; rewrite proj_self_sub -{1}(proj_self G T) submxMl.
rewrite (cylindrical_hproj eC) -(gram_eq0 G) compl_gram.
rewrite -!(mulmxA _ G) -PT_gram !mulmxA -mulmxBl.
have inj := can_inj (mulmxK (gram_unit G)).
rewrite -(mul0mx _ (G : 'M_n)) (inj_eq (inj n)) subr_eq0 eq_sym.
by rewrite /K -(mulmxA _ PT PT) proj_idem.
Qed.

(** S4 (c): the Fisher metrics of the parameters; any generalised inverse *)

Let GT := T *m G *m T^T.
Let GTV := (T *m pi) *m GV *m (T *m pi)^T.

Lemma visible_metric : GTV = T *m hproj *m G *m T^T.
Proof.
rewrite /GTV trmx_mul -!mulmxA; congr (_ *m _).
by rewrite (mulmxA GV) -lift_gram hprojE !mulmxA.
Qed.

Theorem cylindrical_metrics (X : 'M_m) :
  GT *m X *m GT = GT -> cylindrical = (GTV *m X *m GTV == GTV).
Proof.
move=> /sharp_parameters eX.
rewrite (cylindrical_hproj (eqmx_refl T)) -(gram_eq0 G) compl_gram.
rewrite subr_eq0 eq_sym visible_metric; congr (_ == _).
by rewrite -!mulmxA (mulmxA T^T) (mulmxA _ T) eX /PT projE !mulmxA.
Qed.

Theorem cylindrical_eigenvalues a (c : 'rV_m) :
  cylindrical -> c *m GTV = a *: (c *m GT) -> c *m T != 0 -> a = 0 \/ a = 1.
Proof.
rewrite cylindrical_idempotent => /eqP eK e cT.
pose u := c *m T; have uT : u *m PT = u by exact/proj_id/submxMl.
have eu : u *m hproj *m PT = a *: u.
  have : (u *m hproj - a *: u) *m PT = 0.
    rewrite -grad_dot -[LHS](iffLR (@grad_parameters _ _ G _ T _ 0)) ?mul0mx //.
    rewrite mulmxBl mulmxBl -!scalemxAl visible_metric in e *.
    by rewrite !mulmxA in e *; rewrite e subrr.
  by rewrite mulmxBl -scalemxAl uT => /eqP; rewrite subr_eq0 => /eqP.
have uK : u *m (PT *m hproj *m PT) = a *: u.
  by rewrite !mulmxA uT.
have e2 := congr1 (mulmx u) eK.
rewrite mulmxA uK -scalemxAl uK scalerA in e2.
have : (a * a - a) *: u = 0 by rewrite scalerBl e2 subrr.
move/eqP; rewrite scaler_eq0 (negbTE cT) orbF -{3}[a]mulr1 -mulrBr mulf_eq0.
by rewrite subr_eq0 => /orP[] /eqP; [left | right].
Qed.

(** S4 (g): gradients of vertical vectors are vertical *)

Theorem cylindrical_vertical :
  cylindrical <-> forall w, (w <= vertical)%MS -> w *m PT *m pi = 0.
Proof.
split=> [|e].
  rewrite cylindrical_commute => /eqP e w; rewrite vertical_hproj => /eqP wH.
  by rewrite -hproj_dpi (mulmxA _ hproj) -(mulmxA w) e (mulmxA w) wH !mul0mx.
have d : (1%:M - hproj) *m PT *m pi = 0.
  apply: mulmx_row_inj => u; rewrite mulmx0 !mulmxA e //.
  by rewrite mulmxBr mulmx1 sub_hproj_vertical.
rewrite cylindrical_commute; apply/eqP.
apply: (selfadjoint_commute' PT_gram hproj_gram); apply/eqP.
rewrite -subr_eq0 -[X in _ - X]mul1mx -mulmxA -mulmxBl -oppr_eq0 -mulNmx opprB.
by rewrite hprojE !mulmxA -hprojE d mul0mx.
Qed.

(** S8, for the gradient of any measure: w is q - p, or q *)

Theorem cylindrical_proj : cylindrical ->
  forall w, w *m PT *m pi = w *m pi *m proj GV (T *m pi).
Proof.
rewrite cylindrical_commute => /eqP e w; apply: proj_unique.
  by apply: submxMr; exact: proj_sub.
move=> v /submxP[c ->]; rewrite mulmxA.
have cT : (c *m T <= T)%MS by exact: submxMl.
have cHT : (c *m T *m hproj <= T)%MS.
  by rewrite -(proj_id G cT) -/PT -mulmxA e mulmxA proj_sub.
by rewrite !dot_dpi -[c *m T *m pi *m _]mulmxA -hprojE proj_dotr.
Qed.

Theorem cylindrical_projE :
  cylindrical <-> PT *m pi = pi *m proj GV (T *m pi).
Proof.
split=> [/cylindrical_proj e | e].
  by apply: mulmx_row_inj => u; rewrite !mulmxA e.
apply/cylindrical_vertical => w /verticalP wV.
by rewrite -mulmxA e mulmxA wV mul0mx.
Qed.

(** S4 (d): the two gradients of every objective agree; S9 *)

Definition grad_dpi l := grad G T (l *m (pi : 'M_(_, _))^T) *m pi.
Definition grad_V l := grad GV (T *m pi) l.

Lemma grad_dpi_sub l : (grad_dpi l <= T *m pi)%MS.
Proof. by apply: submxMr; exact: grad_sub. Qed.

Lemma cylindrical_grad l : cylindrical -> grad_dpi l = grad_V l.
Proof.
move=> /cylindricalP TH; apply: grad_unique; first exact: grad_dpi_sub.
move=> v /submxP[c ->]; rewrite mulmxA dot_dpi -[c *m T *m pi *m _]mulmxA -hprojE.
have AT : (c *m T *m hproj <= T)%MS by rewrite TH // submxMl.
by rewrite gradP // pair_dpi -(mulmxA _ hproj) hproj_dpi.
Qed.

Theorem cylindrical_gradients :
  cylindrical <-> forall l, grad_dpi l = grad_V l.
Proof.
split=> [cyl l | e]; first exact: cylindrical_grad.
apply/cylindricalP => A AT.
have ApiV : (A *m pi <= T *m pi)%MS by exact: submxMr.
have := e (A *m pi *m GV); rewrite /grad_V grad_dot proj_id // /grad_dpi.
have -> : A *m pi *m GV *m (pi : 'M_(_, _))^T = A *m hproj *m G.
  by rewrite hprojE -mulmxA -lift_gram !mulmxA.
rewrite grad_dot => eA; apply/(proj_idP G); apply/eqP.
have := pythagoras G T (A *m hproj); rewrite -norm2_dpi -eA => eN.
have := dpi_contracts (A *m hproj *m PT); rewrite eN /PT ger_addl => le0.
by rewrite eq_sym -subr_eq0 -(norm2_eq0 G) eq_le le0 norm2_ge0.
Qed.

(** S12: what the hidden states tell *)

Theorem missing_information (J := T) (JH := J - J *m hproj) :
  J *m G *m J^T = (J *m pi) *m GV *m (J *m pi)^T + JH *m G *m JH^T.
Proof.
pose N := 1%:M - hproj.
have eN : N *m G *m N^T = N *m G.
  rewrite -mulmxA -selfadjoint_compl ?hproj_gram // mulmxA idem_compl //.
  exact: hproj_idem.
have -> : JH *m G *m JH^T = J *m (N *m G *m N^T) *m J^T.
  have -> : JH = J *m N by rewrite mulmxBr mulmx1.
  by rewrite trmx_mul !mulmxA.
rewrite -/GTV visible_metric eN mulmxBl mul1mx mulmxBr mulmxBl !mulmxA.
by rewrite addrC subrK.
Qed.

End Subspace.

Lemma eqmx_cylindrical m1 m2 (T1 : 'M_(m1, n)) (T2 : 'M_(m2, n)) :
  (T1 :=: T2)%MS -> cylindrical T1 = cylindrical T2.
Proof. by move=> e; rewrite !cylindricalE (eqmxMr _ e) e. Qed.

(** S11: a cut: what moves p_V alone and what moves p(.|v) alone *)

Theorem cut_cylindrical m1 m2 (T1 : 'M_(m1, n)) (T2 : 'M_(m2, n)) :
  (T1 <= horizontal)%MS -> (T2 <= vertical)%MS -> cylindrical (T1 + T2)%MS.
Proof.
move=> T1H T2V; rewrite /cylindrical addsmxS // sub_capmx ?T1H ?T2V andbT.
  exact: addsmxSl.
exact: addsmxSr.
Qed.

End Submersion.

(** The tower law, for two submersions in a row *)

Section Tower.

Variables (R : realFieldType) (n k h : nat).
Variables (G : metric R n) (GV : metric R k) (GU : metric R h).
Variables (pi : submersion G GV) (tau : submersion GV GU).

Fact comp_adjoint :
  (pi *m tau : 'M_(n, h)) *m GU = G *m (lift tau *m lift pi)^T.
Proof. by rewrite trmx_mul !mulmxA -lift_adjoint -mulmxA lift_adjoint mulmxA. Qed.

Fact comp_lift_dpi : lift tau *m lift pi *m (pi *m tau) = 1%:M.
Proof. by rewrite mulmxA -(mulmxA (lift tau)) lift_dpi mulmx1 lift_dpi. Qed.

Definition comp_submersion : submersion G GU :=
  Submersion comp_adjoint comp_lift_dpi.

Variables (m : nat) (T : 'M[R]_(m, n)).

Lemma comp_hproj :
  T *m hproj comp_submersion = T *m pi *m hproj tau *m lift pi.
Proof. by rewrite !hprojE /= !mulmxA. Qed.

Theorem tower : cylindrical pi T -> cylindrical tau (T *m pi) ->
  cylindrical comp_submersion T.
Proof.
rewrite !cylindricalE comp_hproj => TH TV.
by apply: submx_trans (submxMr _ TV) _; rewrite -mulmxA -hprojE.
Qed.

Theorem tower_visible : cylindrical comp_submersion T ->
  cylindrical tau (T *m pi).
Proof.
rewrite !cylindricalE comp_hproj => TU.
have := submxMr (pi : 'M_(_, _)) TU.
by rewrite -[_ *m lift pi *m _]mulmxA lift_dpi mulmx1.
Qed.

End Tower.
