From mathcomp Require Import all_ssreflect all_algebra.

(******************************************************************************)
(* Row vectors with an inner product, orthogonal projections and gradients.   *)
(*                                                                            *)
(* R is a realFieldType: nothing needs square roots or eigenvalues.  Vectors  *)
(* are rows, linear maps act on the right, a subspace is the row space of a   *)
(* matrix of any height (mxalgebra).  For G : metric R n (a symmetric matrix, *)
(* positive definite):                                                        *)
(*      dot G u v == the inner product of u and v                             *)
(*      norm2 G u == dot G u u                                                *)
(*     pair l u == the value of the covector l at u, sum_i l_i u_i            *)
(*      ortho G T == the vectors orthogonal to T                              *)
(*      sharp G T == the inverse metric of T, as a form on covectors          *)
(*       proj G T == the orthogonal projection onto T                         *)
(*     grad G T l == the gradient of the covector l on T: the vector of T     *)
(*                   whose inner product with A is l(A), for all A in T       *)
(*                   (gradP, grad_unique); in parameters: grad_parameters     *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Record metric (R : realFieldType) (n : nat) := Metric {
  gram :> 'M[R]_n;
  gram_sym : gram^T = gram;
  gram_gt0 : forall u : 'rV[R]_n, u != 0 -> 0 < (u *m gram *m u^T) 0 0
}.

Lemma mulmx_row_inj (R : fieldType) m n (A B : 'M[R]_(m, n)) :
  (forall u : 'rV_m, u *m A = u *m B) -> A = B.
Proof. by move=> e; apply/row_matrixP => i; rewrite !rowE e. Qed.

Lemma row_neq0 (R : fieldType) m n (A : 'M[R]_(m, n)) :
  A != 0 -> exists i, row i A != 0.
Proof.
move=> A0; have [i ne|e] := pickP (fun i => row i A != 0); first by exists i.
case/negP: A0; apply/eqP/row_matrixP => i; rewrite row0.
by apply/eqP; have := e i; case: eqP.
Qed.

Definition pair (R : realFieldType) (n : nat) (l u : 'rV[R]_n) : R :=
  (u *m l^T) 0 0.

Section Dot.

Variables (R : realFieldType) (n : nat) (G : metric R n).
Implicit Types (u v w l : 'rV[R]_n) (a : R).

Definition dot u v : R := (u *m G *m v^T) 0 0.
Definition norm2 u := dot u u.

Lemma dotC u v : dot u v = dot v u.
Proof.
transitivity ((u *m G *m v^T)^T 0 0); first by rewrite mxE.
by rewrite !trmx_mul trmxK gram_sym mulmxA.
Qed.

Lemma dotDl u v w : dot (u + v) w = dot u w + dot v w.
Proof. by rewrite /dot !mulmxDl mxE. Qed.

Lemma dotNl u v : dot (- u) v = - dot u v.
Proof. by rewrite /dot !mulNmx mxE. Qed.

Lemma dotBl u v w : dot (u - v) w = dot u w - dot v w.
Proof. by rewrite dotDl dotNl. Qed.

Lemma dotZl a u v : dot (a *: u) v = a * dot u v.
Proof. by rewrite /dot -!scalemxAl mxE. Qed.

Lemma dotDr u v w : dot u (v + w) = dot u v + dot u w.
Proof. by rewrite dotC dotDl !(dotC _ u). Qed.

Lemma dotNr u v : dot u (- v) = - dot u v.
Proof. by rewrite dotC dotNl dotC. Qed.

Lemma dotBr u v w : dot u (v - w) = dot u v - dot u w.
Proof. by rewrite dotDr dotNr. Qed.

Lemma dotZr a u v : dot u (a *: v) = a * dot u v.
Proof. by rewrite dotC dotZl dotC. Qed.

Lemma dot0l u : dot 0 u = 0.
Proof. by rewrite /dot !mul0mx mxE. Qed.

Lemma dot0r u : dot u 0 = 0.
Proof. by rewrite dotC dot0l. Qed.

Lemma norm2_ge0 u : 0 <= norm2 u.
Proof.
by have [->|/(gram_gt0 G)/ltW] := eqVneq u 0; first by rewrite /norm2 dot0l.
Qed.

Lemma norm2_eq0 u : (norm2 u == 0) = (u == 0).
Proof.
have [->|/(gram_gt0 G)] := eqVneq u 0; first by rewrite /norm2 dot0l eqxx.
by rewrite -/(dot u u) -/(norm2 u) => /lt0r_neq0/negbTE.
Qed.

Lemma norm2_gt0 u : (0 < norm2 u) = (u != 0).
Proof. by rewrite lt_def norm2_ge0 andbT norm2_eq0. Qed.

Lemma norm2D u v : norm2 (u + v) = norm2 u + 2%:R * dot u v + norm2 v.
Proof.
rewrite /norm2 dotDl !dotDr (dotC v u) mulr2n mulrDl mul1r.
by rewrite !addrA.
Qed.

Lemma norm2N u : norm2 (- u) = norm2 u.
Proof. by rewrite /norm2 dotNl dotNr opprK. Qed.

Lemma norm2B u v : norm2 (u - v) = norm2 u - 2%:R * dot u v + norm2 v.
Proof. by rewrite norm2D norm2N dotNr mulrN. Qed.

Lemma norm2Z a u : norm2 (a *: u) = a ^+ 2 * norm2 u.
Proof. by rewrite /norm2 dotZl dotZr mulrA expr2. Qed.

Lemma pairBl l1 l2 u : pair (l1 - l2) u = pair l1 u - pair l2 u.
Proof. by rewrite /pair linearB /= mulmxBr !mxE. Qed.

Lemma pairDl l1 l2 u : pair (l1 + l2) u = pair l1 u + pair l2 u.
Proof. by rewrite /pair linearD /= mulmxDr !mxE. Qed.

Lemma pairC l u : pair l u = pair u l.
Proof. by rewrite /pair !mxE; apply: eq_bigr => i _; rewrite !mxE mulrC. Qed.

Lemma pair_gram w u : pair (w *m G) u = dot w u.
Proof. by rewrite dotC /pair /dot trmx_mul gram_sym mulmxA. Qed.

(* A vector is known by its inner products. *)
Lemma dot_inj u v : (forall w, dot u w = dot v w) -> u = v.
Proof.
move=> e; apply/eqP; rewrite -subr_eq0 -norm2_eq0 /norm2.
by rewrite dotBl e subrr.
Qed.

(* Gram matrices of independent vectors are invertible. *)
Lemma gram_base_unit r (B : 'M_(r, n)) : row_free B -> B *m G *m B^T \in unitmx.
Proof.
move=> freeB; rewrite -row_free_unit -kermx_eq0; apply/rowV0P => u.
move/sub_kermxP => uB; apply/eqP; rewrite -(mulmx_free_eq0 _ freeB) -norm2_eq0.
have -> : norm2 (u *m B) = (u *m (B *m G *m B^T) *m u^T) 0 0.
  by rewrite /norm2 /dot trmx_mul !mulmxA.
by rewrite uB mul0mx mxE.
Qed.

Lemma gram_eq0 p (A : 'M_(p, n)) : (A *m G *m A^T == 0) = (A == 0).
Proof.
apply/eqP/eqP => [e | ->]; last by rewrite !mul0mx.
apply/row_matrixP => i; rewrite row0; apply/eqP; rewrite -norm2_eq0.
pose d : 'rV[R]_p := delta_mx 0 i; have -> : row i A = d *m A by rewrite -rowE.
have -> : norm2 (d *m A) = (d *m (A *m G *m A^T) *m d^T) 0 0.
  by rewrite /norm2 /dot trmx_mul !mulmxA.
by rewrite e mulmx0 mul0mx mxE.
Qed.

Lemma gram_unit : (G : 'M_n) \in unitmx.
Proof.
have := @gram_base_unit _ 1%:M; rewrite trmx1 mulmx1 mul1mx; apply.
by rewrite row_free_unit unitmx1.
Qed.

(* The inverse metric of a space with the independent rows of B as a base. *)
Definition sharp_base r (B : 'M_(r, n)) := B^T *m invmx (B *m G *m B^T) *m B.

Lemma sharp_base_sym r (B : 'M_(r, n)) : (sharp_base B)^T = sharp_base B.
Proof.
by rewrite !trmx_mul trmxK trmx_inv !trmx_mul trmxK gram_sym /sharp_base !mulmxA.
Qed.

Lemma sharp_baseK r (B : 'M_(r, n)) :
  row_free B -> B *m G *m sharp_base B = B.
Proof.
by move=> freeB; rewrite /sharp_base !mulmxA mulmxV ?gram_base_unit // mul1mx.
Qed.

(* Self-adjoint maps: A *m G = G *m A^T. *)
Lemma selfadjoint_sandwich (A B : 'M_n) : A *m G = G *m A^T ->
  B *m G = G *m B^T -> A *m B *m A *m G = G *m (A *m B *m A)^T.
Proof.
move=> eA eB; rewrite !trmx_mul -mulmxA eA !mulmxA -(mulmxA A) eB !mulmxA.
by rewrite eA.
Qed.

Lemma selfadjoint_commute (A B : 'M_n) : A *m G = G *m A^T ->
  B *m G = G *m B^T -> A *m B *m A = A *m B -> A *m B = B *m A.
Proof.
move=> eA eB e; apply: (can_inj (mulmxK gram_unit)).
rewrite -e selfadjoint_sandwich // e trmx_mul mulmxA -eB -!mulmxA.
by rewrite eA.
Qed.

Lemma selfadjoint_commute' (A B : 'M_n) : A *m G = G *m A^T ->
  B *m G = G *m B^T -> B *m A *m B = A *m B -> A *m B = B *m A.
Proof.
move=> eA eB e; apply/esym/selfadjoint_commute => //.
apply: (can_inj (mulmxK gram_unit)); rewrite selfadjoint_sandwich // e trmx_mul.
by rewrite mulmxA -eB -mulmxA -eA mulmxA.
Qed.

Lemma selfadjoint_compl (P : 'M_n) : P *m G = G *m P^T ->
  (1%:M - P) *m G = G *m (1%:M - P)^T.
Proof. by move=> e; rewrite linearB /= trmx1 mulmxBl mulmxBr mul1mx mulmx1 e. Qed.

Lemma idem_compl (P : 'M[R]_n) :
  P *m P = P -> (1%:M - P) *m (1%:M - P) = 1%:M - P.
Proof. by move=> e; rewrite mulmxBl mul1mx mulmxBr mulmx1 e subrr subr0. Qed.

Section Subspace.

Variables (m : nat) (T : 'M[R]_(m, n)).

Definition ortho : 'M_n := kermx (G *m T^T).

Lemma orthoP u :
  reflect (forall v, (v <= T)%MS -> dot u v = 0) (u <= ortho)%MS.
Proof.
apply: (iffP sub_kermxP) => [uT v /submxP[c ->] | uT].
  by rewrite /dot trmx_mul mulmxA -(mulmxA u) uT mul0mx mxE.
apply/rowP => j; rewrite [RHS]mxE -(uT _ (row_sub j T)) /dot rowE trmx_mul.
by rewrite trmx_delta !mulmxA -colE [RHS]mxE.
Qed.

Fact sharp_key : unit. Proof. by []. Qed.
Definition sharp : 'M_n := locked_with sharp_key (sharp_base (row_base T)).
Lemma sharpE : sharp = sharp_base (row_base T). Proof. exact: unlock. Qed.

Fact proj_key : unit. Proof. by []. Qed.
Definition proj : 'M_n := locked_with proj_key (G *m sharp).
Lemma projE : proj = G *m sharp. Proof. exact: unlock. Qed.

Definition grad l : 'rV_n := l *m sharp.

Lemma sharp_sym : sharp^T = sharp.
Proof. by rewrite sharpE sharp_base_sym. Qed.

Lemma sub_sharp p (A : 'M_(p, n)) : (A *m sharp <= T)%MS.
Proof.
by rewrite sharpE mulmxA (submx_trans (submxMl _ _)) // eq_row_base.
Qed.

Lemma proj_sub p (A : 'M_(p, n)) : (A *m proj <= T)%MS.
Proof. by rewrite projE mulmxA sub_sharp. Qed.

Lemma proj_id p (A : 'M_(p, n)) : (A <= T)%MS -> A *m proj = A.
Proof.
rewrite -(eq_row_base T) => /submxP[c ->]; rewrite projE sharpE.
by rewrite -mulmxA (mulmxA _ G) sharp_baseK ?row_base_free.
Qed.

Lemma proj_idP p (A : 'M_(p, n)) : reflect (A *m proj = A) (A <= T)%MS.
Proof. by apply: (iffP idP) => [/proj_id|<-]; rewrite ?proj_sub. Qed.

Lemma proj_idem : proj *m proj = proj.
Proof. by rewrite proj_id // projE sub_sharp. Qed.

Lemma proj_adjoint u v : dot (u *m proj) v = dot u (v *m proj).
Proof.
by rewrite /dot projE trmx_mul (trmx_mul G) sharp_sym gram_sym !mulmxA.
Qed.

Lemma proj_dotr u v : (v <= T)%MS -> dot (u *m proj) v = dot u v.
Proof. by move=> vT; rewrite proj_adjoint proj_id. Qed.

(* The projection is the only vector of T with the same products with T. *)
Lemma proj_unique u w : (w <= T)%MS ->
  (forall v, (v <= T)%MS -> dot w v = dot u v) -> w = u *m proj.
Proof.
move=> wT e; apply/eqP; rewrite -subr_eq0 -norm2_eq0 /norm2.
have vT : (w - u *m proj <= T)%MS by rewrite addmx_sub // eqmx_opp proj_sub.
by rewrite {1}dotBl proj_dotr // e // subrr.
Qed.

Lemma proj_ortho u : (u - u *m proj <= ortho)%MS.
Proof. by apply/orthoP => v vT; rewrite dotBl proj_dotr // subrr. Qed.

Lemma proj_eq0 u : (u <= ortho)%MS = (u *m proj == 0).
Proof.
apply/orthoP/eqP => [uT | uT v vT]; last by rewrite -(proj_dotr _ vT) uT dot0l.
by apply/esym/proj_unique => [|v vT]; rewrite ?sub0mx ?dot0l ?uT.
Qed.

Lemma pythagoras u : norm2 u = norm2 (u *m proj) + norm2 (u - u *m proj).
Proof.
have /orthoP/(_ _ (proj_sub u)) o := proj_ortho u.
by rewrite -{1}(subrK (u *m proj) u) [LHS]norm2D o mulr0 addr0 addrC.
Qed.

Lemma proj_contracts u : norm2 (u *m proj) <= norm2 u.
Proof. by rewrite (pythagoras u) ler_addl norm2_ge0. Qed.

Lemma proj_gram : proj *m G = G *m proj^T.
Proof. by rewrite projE (trmx_mul G) sharp_sym gram_sym mulmxA. Qed.

Lemma sub_sharpT p (A : 'M_(n, p)) : exists Y, sharp *m A = T^T *m Y.
Proof.
have /submxP[D e] := sub_sharp 1%:M; rewrite mul1mx in e.
by exists (D^T *m A); rewrite mulmxA -trmx_mul -e sharp_sym.
Qed.

Lemma proj_self_sub : (proj <= T)%MS.
Proof. by rewrite -[proj]mul1mx proj_sub. Qed.

Lemma proj_self : T *m proj = T.
Proof. exact: proj_id. Qed.

(* The gradient exists, is unique, and is one solution of the normal
   equations. *)
Lemma grad_sub l : (grad l <= T)%MS.
Proof. exact: sub_sharp. Qed.

Lemma gradP l v : (v <= T)%MS -> dot (grad l) v = pair l v.
Proof.
move=> vT; rewrite dotC /pair -{2}(proj_id vT) /dot /grad projE.
by rewrite trmx_mul sharp_sym !mulmxA.
Qed.

Lemma grad_unique l w : (w <= T)%MS ->
  (forall v, (v <= T)%MS -> dot w v = pair l v) -> w = grad l.
Proof.
move=> wT e; rewrite -(proj_id (grad_sub l)); apply: proj_unique => // v vT.
by rewrite e // gradP.
Qed.

Lemma grad_exists_unique l :
  exists! w, (w <= T)%MS /\ forall v, (v <= T)%MS -> dot w v = pair l v.
Proof.
exists (grad l); split=> [|w [wT e]]; last exact/esym/grad_unique.
by split; [exact: grad_sub | exact: gradP].
Qed.

(* The gradient of an inner product is a projection. *)
Lemma grad_dot w : grad (w *m G) = w *m proj.
Proof. by rewrite /grad projE mulmxA. Qed.

End Subspace.

Section Coordinates.

(* Rows of J: the derivatives of a point with respect to its parameters. *)
Variables (d : nat) (J : 'M[R]_(d, n)).

Lemma pair_parameters l :
  l *m J^T = 0 <-> forall v, (v <= J)%MS -> pair l v = 0.
Proof.
split=> [e v /submxP[c ->] | e].
  by rewrite /pair -mulmxA -[J *m _]trmxK trmx_mul trmxK e trmx0 mulmx0 mxE.
apply/rowP => j; rewrite [RHS]mxE -(e _ (row_sub j J)) /pair -row_mul !mxE.
by apply: eq_bigr => i _; rewrite !mxE mulrC.
Qed.

(* c solves the normal equations of the parameters if and only if c J is the
   gradient: c J does not depend on the solution. *)
Theorem grad_parameters l c :
  c *m (J *m G *m J^T) = l *m J^T <-> c *m J = grad J l.
Proof.
have key : c *m (J *m G *m J^T) - l *m J^T = (c *m J *m G - l) *m J^T.
  by rewrite mulmxBl !mulmxA.
split=> [/eqP | e].
  rewrite -subr_eq0 key => /eqP/pair_parameters e.
  apply: grad_unique => [|v /e/eqP]; first exact: submxMl.
  by rewrite pairBl pair_gram subr_eq0 => /eqP.
apply/eqP; rewrite -subr_eq0 key; apply/eqP/pair_parameters => v vT.
by rewrite pairBl pair_gram e gradP // subrr.
Qed.

(* Any generalised inverse of the metric of the parameters gives the sharp
   form. *)
Lemma sharp_parameters (X : 'M_d) (GJ := J *m G *m J^T) :
  GJ *m X *m GJ = GJ -> J^T *m X *m J = sharp J.
Proof.
move=> eX; suff solve : J^T *m X *m GJ = J^T.
  apply: mulmx_row_inj => l; rewrite -[RHS]/(grad J l) !mulmxA.
  by apply/grad_parameters; rewrite -!mulmxA -[RHS](congr1 _ solve) !mulmxA.
pose Z := X *m GJ - 1%:M.
have eZ : J^T *m Z = J^T *m X *m GJ - J^T by rewrite mulmxBr mulmx1 mulmxA.
apply/eqP; rewrite -subr_eq0 -eZ -[_ *m Z]trmxK trmx_eq0 trmx_mul trmxK.
rewrite -gram_eq0 trmx_mul trmxK -!mulmxA (mulmxA G) (mulmxA J) (mulmxA J).
by rewrite -/GJ mulmxBr mulmx1 mulmxA eX subrr mulmx0.
Qed.

Theorem grad_parameters_exist l : exists c, c *m (J *m G *m J^T) = l *m J^T.
Proof.
by have /submxP[c e] := grad_sub J l; exists c; apply/grad_parameters.
Qed.

End Coordinates.

End Dot.
