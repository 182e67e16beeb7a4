From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import inner submersion gradients fisher.

(******************************************************************************)
(* Divergences, evidence, ELBO and gap, by their differentials: the theorems  *)
(* on natural gradients.                                                      *)
(*                                                                            *)
(* The differential at p of D(q||.) along A is - sum_x q(x) A(x)/p(x), since  *)
(* (log t)' = 1/t; no logarithm is left.  (information.v has the identities   *)
(* of the values.)  For a measure q on X, p* on V:                            *)
(*  d_divergence p q A == d D(q||.)(A) at p                                   *)
(* d_data_divergence ps A == d D(Q||.)(A), = d D(p*||.)(dpi A) (S6)           *)
(*        d_gap q A == the differential of GAP(q,.), from its own definition  *)
(*      posterior ps == qhat, p*(v) p(x|v), as a vector                       *)
(* is_gradient G T phi g == g in T and <g, A> = phi(A) for all A in T         *)
(* Theorems:                                                                  *)
(*   S4 seven_conditions                                                      *)
(*   S5 gradient_divergence, gradient_data_divergence, gradient_visible,      *)
(*      gradient_gap_vertical, unconstrained_agree                            *)
(*   S6 d_data_divergenceE      S7 elbo_decomposition (differential form)     *)
(*   S8 elbo_equivalence        S9 converse_objective, converse_elbo          *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Definition is_gradient (R : realFieldType) n (G : metric R n) m
    (T : 'M[R]_(m, n)) (phi : 'rV_n -> R) (g : 'rV_n) : Prop :=
  (g <= T)%MS /\ forall A, (A <= T)%MS -> dot G g A = phi A.

Section Uniqueness.

Variables (R : realFieldType) (n : nat) (G : metric R n).
Variables (m : nat) (T : 'M[R]_(m, n)).

Lemma is_gradient_dot w phi : (forall A, (A <= T)%MS -> phi A = dot G w A) ->
  forall g, is_gradient G T phi g <-> g = w *m proj G T.
Proof.
move=> e g; split=> [[gT eg] | ->].
  by apply: proj_unique => // v vT; rewrite eg // e.
by split=> [|A AT]; rewrite ?proj_sub // proj_dotr // e.
Qed.

Lemma is_gradient_pair l g : is_gradient G T (pair l) g <-> g = grad G T l.
Proof.
split=> [[gT e] | ->]; first exact: grad_unique.
by split; [exact: grad_sub | exact: gradP].
Qed.

End Uniqueness.

Section Divergence.

Variables (R : realFieldType) (X : finType) (p : distribution R X).

Definition d_divergence (q : X -> R) (A : 'rV[R]_#|X|) : R :=
  - \sum_x q x * (at_state A x / p x).

Lemma d_divergenceE q A : d_divergence q A = dot (fisher p) (- vec q) A.
Proof.
rewrite dotNl fisherE; congr (- _); apply: eq_bigr => x _.
by rewrite vecE mulrA.
Qed.

Lemma dot_prob A : dot (fisher p) (vec p) A = \sum_x at_state A x.
Proof.
rewrite fisherE; apply: eq_bigr => x _.
by rewrite vecE mulrAC divff ?mul1r ?prob_neq0.
Qed.

Lemma proj_prob m (T : 'M_(m, #|X|)) : (T <= tangent R X)%MS ->
  vec p *m proj (fisher p) T = 0.
Proof.
move=> sub; apply/eqP; rewrite -proj_eq0; apply/orthoP => A AT.
by rewrite dot_prob; apply/tangentP; exact: submx_trans AT sub.
Qed.

(** S5: in the whole simplex the negative gradient of D(q||.) is q - p *)

Lemma vec_tangent (q r : X -> R) : \sum_x q x = \sum_x r x ->
  (vec q - vec r <= tangent R X)%MS.
Proof.
move=> e; apply/tangentP; rewrite -[RHS](subrr (\sum_x q x)) {2}e -sumrB.
by apply: eq_bigr => x _; rewrite atB !vecE.
Qed.

Theorem gradient_divergence q : \sum_x q x = 1 ->
  is_gradient (fisher p) (tangent R X) (d_divergence q) (- (vec q - vec p)).
Proof.
move=> q1; split=> [|A /tangentP A0].
  by rewrite eqmx_opp vec_tangent // q1 prob_sum.
by rewrite d_divergenceE !dotNl dotBl dot_prob A0 subr0.
Qed.

End Divergence.

Section Elbo.

Variables (R : realFieldType) (X V : finType) (f : X -> V).
Hypothesis sf : forall v, exists x, f x = v.
Variable p : distribution R X.
Implicit Types (A : 'rV[R]_#|X|) (q : X -> R) (ps : V -> R).

Local Notation pV := (marginal sf p).
Local Notation pi := (marginalisation sf p).
Local Notation G := (fisher p).
Local Notation GV := (fisher pV).
Local Notation seen q := (fibre_sum f q).

Definition posterior ps : X -> R := fun x => ps (f x) * (p x / pV (f x)).

Definition d_data_divergence ps A : R := d_divergence pV ps (A *m pi).

(* GAP(q,p) = sum_x q(x) log(q(x|v) / p(x|v)), and d log p(x|v) is
   A(x)/p(x) - (dpi A)(v)/p_V(v). *)
Definition d_gap q A : R :=
  - \sum_x q x * (at_state A x / p x - at_state (A *m pi) (f x) / pV (f x)).

Lemma vec_posterior ps : vec (posterior ps) = vec ps *m lift pi.
Proof. by apply: at_inj => x; rewrite liftE !vecE mulrC. Qed.

Lemma vec_seen q : vec q *m pi = vec (seen q).
Proof.
by apply: at_inj => v; rewrite dpiE vecE; apply: eq_bigr => x _; rewrite vecE.
Qed.

Lemma seen_posterior ps v : seen (posterior ps) v = ps v.
Proof.
by rewrite -(vecE (seen _)) -vec_seen vec_posterior -mulmxA lift_dpi mulmx1 vecE.
Qed.

(** S6: the differential of D(Q||.) is that of D(qhat||.) *)

Theorem d_data_divergenceE ps A :
  d_data_divergence ps A = d_divergence p (posterior ps) A.
Proof.
by rewrite /d_data_divergence !d_divergenceE vec_posterior !dotNl dotC dot_dpi dotC.
Qed.

(** S7: ELBO = evidence - gap: D(q||p) = D(q_V||p_V) + GAP(q,p) *)

Theorem elbo_decomposition q A :
  d_divergence p q A = d_divergence pV (seen q) (A *m pi) + d_gap q A.
Proof.
rewrite /d_divergence /d_gap -opprD; congr (- _).
have -> : \sum_v seen q v * (at_state (A *m pi) v / pV v)
    = \sum_x q x * (at_state (A *m pi) (f x) / pV (f x)).
  rewrite -[RHS](sum_fibres f); apply: eq_bigr => v _; rewrite mulr_suml.
  by apply: eq_bigr => x /eqP ->.
by rewrite -big_split /=; apply: eq_bigr => x _; rewrite -mulrDr addrC subrK.
Qed.

Lemma d_gapE q A :
  d_gap q A = dot G (- (vec q - vec (posterior (seen q)))) A.
Proof.
have := elbo_decomposition q A; rewrite -/(d_data_divergence _ _).
rewrite d_data_divergenceE !d_divergenceE !dotNl dotBl opprB => e.
by rewrite e addNKr.
Qed.

Lemma gap_vertical q : (vec q - vec (posterior (seen q)) <= vertical pi)%MS.
Proof. by rewrite vec_posterior -vec_seen -mulmxA -hprojE sub_hproj_vertical. Qed.

(** S5, continued: qhat - p is horizontal, q - qhat is vertical *)

Lemma posterior_marginal x : posterior pV x = p x.
Proof. by rewrite /posterior mulrC divfK ?prob_neq0. Qed.

Lemma posterior_sum ps : \sum_x posterior ps x = \sum_v ps v.
Proof.
by rewrite -(sum_fibres f); apply: eq_bigr => v _; exact: seen_posterior.
Qed.

Theorem gradient_data_divergence ps : \sum_v ps v = 1 ->
  is_gradient G (tangent R X) (d_data_divergence ps)
    (- (vec (posterior ps) - vec p)) /\
  (vec (posterior ps) - vec p <= horizontal pi)%MS.
Proof.
move=> ps1; split.
  have [] := @gradient_divergence _ _ p (posterior ps); first by rewrite posterior_sum.
  by move=> sub e; split=> // A AT; rewrite d_data_divergenceE e.
have -> : vec p = vec (posterior pV).
  by apply: at_inj => x; rewrite !vecE posterior_marginal.
by rewrite !vec_posterior -mulmxBl submxMl.
Qed.

Theorem gradient_visible ps : \sum_v ps v = 1 ->
  is_gradient GV (tangent R V) (d_divergence pV ps) (- (vec ps - vec pV)).
Proof. exact: gradient_divergence. Qed.

Theorem gradient_gap_vertical q :
  is_gradient G (tangent R X) (d_gap q)
    (- (vec q - vec (posterior (seen q)))) /\
  (vec q - vec (posterior (seen q)) <= vertical pi)%MS.
Proof.
split; last exact: gap_vertical.
split=> [|A AT]; last by rewrite d_gapE.
by rewrite eqmx_opp (submx_trans (gap_vertical q)) // vertical_tangent.
Qed.

(* Seen in P(V), the three unconstrained gradients are one. *)
Theorem unconstrained_agree q :
  (vec q - vec p) *m pi = vec (seen q) - vec pV /\
  (vec (posterior (seen q)) - vec p) *m pi = vec (seen q) - vec pV.
Proof.
rewrite !mulmxBl !vec_seen; split=> //; congr (_ - _).
by apply: at_inj => v; rewrite !vecE seen_posterior.
Qed.

Section Model.

Variables (m : nat) (T : 'M[R]_(m, #|X|)).
Hypothesis sub_tangent : (T <= tangent R X)%MS.

Local Notation TV := (T *m pi).

Lemma gradient_divergenceP q g :
  is_gradient G T (d_divergence p q) g <-> g = - vec q *m proj G T.
Proof. by apply: is_gradient_dot => A _; exact: d_divergenceE. Qed.

Lemma gradient_visibleP ps g :
  is_gradient GV TV (d_divergence pV ps) g <-> g = - vec ps *m proj GV TV.
Proof. by apply: is_gradient_dot => A _; exact: d_divergenceE. Qed.

Lemma gradient_dataP ps g :
  is_gradient G T (d_data_divergence ps) g <->
  g = - vec (posterior ps) *m proj G T.
Proof.
by apply: is_gradient_dot => A _; rewrite d_data_divergenceE d_divergenceE.
Qed.

Lemma gradient_gapP q g : is_gradient G T (d_gap q) g <->
  g = - (vec q - vec (posterior (seen q))) *m proj G T.
Proof. by apply: is_gradient_dot => A _; exact: d_gapE. Qed.

(** S8, the main theorem.  If the model is cylindrical at p and q_V = p*, the
    natural gradients on the model of D(q||.) and of D(Q||.), seen in P(V), are
    the natural gradient of D(p*||.) on the visible model. *)

Theorem elbo_equivalence q ps g gQ gV : cylindrical pi T ->
  (forall v, seen q v = ps v) ->
  is_gradient G T (d_divergence p q) g ->
  is_gradient G T (d_data_divergence ps) gQ ->
  is_gradient GV TV (d_divergence pV ps) gV ->
  g *m pi = gV /\ gQ *m pi = gV.
Proof.
move=> cyl eq /gradient_divergenceP -> /gradient_dataP -> /gradient_visibleP ->.
rewrite !cylindrical_proj // !mulNmx vec_seen vec_posterior -(mulmxA (vec ps)) lift_dpi.
by rewrite mulmx1; have -> : vec (seen q) = vec ps by apply: at_inj => v; rewrite !vecE.
Qed.

(** S9: the converse, constructed *)

Theorem converse_objective : ~~ cylindrical pi T ->
  exists l g gV, [/\ is_gradient G T (pair (l *m (pi : 'M_(_, _))^T)) g,
    is_gradient GV TV (pair l) gV & g *m pi != gV].
Proof.
move=> /not_cylindrical_objective[l ne].
exists l, (grad G T (l *m (pi : 'M_(_, _))^T)), (grad GV TV l).
by split=> //; apply/is_gradient_pair.
Qed.

(* p + e w is a distribution with the same marginals, for a small e. *)
Lemma perturbed A : (A <= vertical pi)%MS ->
  exists e : R, exists q : distribution R X,
    [/\ 0 < e, forall x, q x = p x + e * at_state A x & seen q =1 pV].
Proof.
move=> AV; pose B := \sum_x `|at_state A x| / p x.
have ge0 x : 0 <= `|at_state A x| / p x.
  by rewrite divr_ge0 ?(ltW (prob_gt0 p x)).
have B0 : 0 <= B by apply: sumr_ge0.
have B1 : 0 < 1 + B by rewrite ltr_paddr.
pose e := (1 + B)^-1; have e0 : 0 < e by rewrite invr_gt0.
have q0 x : 0 < p x + e * at_state A x.
  have lt1 : e * (`|at_state A x| / p x) < 1.
    have le : `|at_state A x| / p x <= B by rewrite /B (bigD1 x) //= ler_addl sumr_ge0.
    by rewrite mulrC ltr_pdivr_mulr // mul1r (le_lt_trans le) // ltr_addr ltr01.
  rewrite -[e * _]opprK subr_gt0 (le_lt_trans (ler_norm _)) // normrN normrM.
  rewrite (gtr0_norm e0) -[X in _ < X]mul1r -ltr_pdivr_mulr ?prob_gt0 //.
  by rewrite -mulrA.
have A0 := iffLR (verticalE sf p A) AV.
have qV v : seen (fun x => p x + e * at_state A x) v = pV v.
  by rewrite /fibre_sum big_split /= -mulr_sumr A0 mulr0 addr0.
have q1 : \sum_x (p x + e * at_state A x) = 1.
  by rewrite -(sum_fibres f) (eq_bigr _ (fun v _ => qV v)) prob_sum.
by exists e, (Distribution q0 q1); split.
Qed.

Theorem converse_elbo : ~~ cylindrical pi T ->
  exists q : distribution R X, exists g gV,
    [/\ is_gradient G T (d_divergence p q) g,
        is_gradient GV TV (d_divergence pV (seen q)) gV & g *m pi != gV].
Proof.
move=> /not_cylindrical_vertical[A AV ne].
have [e [q [e0 eq qV]]] := perturbed AV.
exists q, (- vec q *m proj G T), (- vec (seen q) *m proj GV TV); split.
- by apply/gradient_divergenceP.
- by apply/gradient_visibleP.
have -> : vec (seen q) = vec pV by apply: at_inj => v; rewrite !vecE qV.
have -> : vec q = vec p + e *: A.
  by apply: at_inj => x; rewrite atD atZ !vecE.
rewrite opprD mulmxDl !mulNmx !proj_prob ?dpi_tangent // !oppr0 add0r mulNmx oppr_eq0.
by rewrite -!scalemxAl scaler_eq0 (gt_eqF e0).
Qed.

(** S4: the seven conditions *)

Theorem seven_conditions
    (GT := T *m G *m T^T) (GTV := TV *m GV *m TV^T)
    (K := proj G T *m hproj pi *m proj G T) : [<->
  (* (a) *) cylindrical pi T;
  (* (b) *) (\rank T = \rank TV + \rank (T *m (1%:M - hproj pi)))%N;
  (* (c) *) GTV *m pinvmx GT *m GTV = GTV;
  (* (d) *) forall l, grad G T (l *m (pi : 'M_(_, _))^T) *m pi = grad GV TV l;
  (* (e) *) proj G T *m hproj pi = hproj pi *m proj G T;
  (* (f) *) K *m K = K;
  (* (g) *) forall q : distribution R X, forall g,
              is_gradient G T (d_gap q) g -> g *m pi = 0].
Proof.
have c := cylindrical_metrics pi (mulmxKpV (submx_refl GT)).
do !apply: AllIffConj.
- by rewrite cylindrical_ranks => /eqP.
- by move/eqP; rewrite -cylindrical_ranks c => /eqP.
- by move/eqP; rewrite -c => /cylindrical_gradients.
- by move/cylindrical_gradients; rewrite cylindrical_commute => /eqP.
- by move/eqP; rewrite -cylindrical_commute cylindrical_idempotent => /eqP.
- move/eqP; rewrite -cylindrical_idempotent => /cylindrical_vertical e q g.
  move/gradient_gapP => ->; rewrite !mulNmx; apply/eqP; rewrite oppr_eq0.
  by rewrite e // gap_vertical.
move=> e; apply/cylindrical_vertical => A AV.
have [c0 [q [e0 eq qV]]] := perturbed AV.
have /e : is_gradient G T (d_gap q) (- (c0 *: A) *m proj G T).
  apply/gradient_gapP; congr (- _ *m _).
  apply: at_inj => x; rewrite atB atZ !vecE eq.
  have -> : posterior (seen q) x = posterior pV x by rewrite /posterior qV.
  by rewrite posterior_marginal addrC addrA addNr add0r.
rewrite !mulNmx -!scalemxAl => /eqP.
by rewrite oppr_eq0 scaler_eq0 (gt_eqF e0) => /eqP.
Qed.

End Model.

End Elbo.
