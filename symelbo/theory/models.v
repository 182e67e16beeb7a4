From Coq Require Import QArith.
From mathcomp Require Import all_ssreflect all_algebra ring.
From Symelbo Require Import rationals polynomials inner submersion gradients fisher elbo.

(******************************************************************************)
(* Models with polynomial tables, at every point of every ordered field.      *)
(*                                                                            *)
(* A model M lists, for its states, the number of what is seen of each and    *)
(* its weight, and for its parameters the derivatives of the generators.  At  *)
(* theta (values of the generators):                                          *)
(*     positive M theta == all weights are positive                           *)
(*        table M theta == and everything that is counted as seen is seen     *)
(*     p theta ok, pi ok == the distribution w / sum w, the marginalisation   *)
(*         jacobian M theta == its derivatives, row by row: T is their space  *)
(*  joint_rank, visible_rank == the ranks of J and of J dpi                   *)
(*      splitting M theta == T splits, and for every measure q the natural    *)
(*                    gradients of D(q||.) on the model, seen in P(V), and of *)
(*                    D(q_V||.) on the visible model are one (S3, S8)         *)
(*        failing M theta == T does not split, and for some distribution q    *)
(*                    the two gradients differ (S9)                           *)
(* A direction c lists polynomials, one for every parameter:                  *)
(*   horizontal_check, vertical_check, null_check M c == c J is horizontal,   *)
(*                    vertical or 0, by identities of polynomials             *)
(*  spanned M C theta == the directions C span all parameters                 *)
(*  independent M C theta == they are independent                             *)
(* Theorems: splitting_by, spanned_by, joint_rank_le, visible_rank_le         *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Notation ordered_field := Num.RealField.type.
Notation rational_field := rat_realFieldType.

Record model := Model {
  seen : seq nat;
  weights : seq expr;
  rates : seq (seq expr)
}.

Definition values (R : realFieldType) : Type := seq R.

Section Model.

Variable M : model.

Definition n_states := size (weights M).
Definition n_seen := (foldr maxn 0%N (seen M)).+1.
Definition n_parameters := size (rates M).
Local Notation n := n_states.
Local Notation k := n_seen.
Local Notation d := n_parameters.
Local Notation F x := (nth 0%N (seen M) x).

Definition weight (x : nat) : expr := nth (Num Q0) (weights M) x.
Definition slope (i x : nat) : expr := D (nth [::] (rates M) i) (weight x).
Definition fibre (v : nat) : seq nat := [seq x <- iota 0%N n | F x == v].
Definition first (v : nat) : nat := find (fun x => F x == v) (iota 0%N n).

Fact seen_lt x : (F x < k)%N.
Proof.
rewrite ltnS; elim: (seen M) x => [|v s IH] [|x] //=; first exact: leq_maxl.
exact: leq_trans (IH x) (leq_maxr _ _).
Qed.

Definition see (x : 'I_n) : 'I_k := Ordinal (seen_lt x).

Definition sound : bool :=
  (0 < n)%N && all (fun v => has (fun x => F x == v) (iota 0%N n)) (iota 0%N k).

(** Directions, and what polynomials say about them *)

Definition along (c : seq expr) (x : nat) : expr :=
  sum_of (iota 0%N d) (fun i => Mul (nth (Num Q0) c i) (slope i x)).
Definition along_fibre (c : seq expr) (v : nat) : expr := sum_of (fibre v) (along c).
Definition weight_fibre (v : nat) : expr := sum_of (fibre v) weight.

Definition horizontal_check (c : seq expr) : bool :=
  all (fun x => let y := first (F x) in
    same (Mul (along c x) (weight y)) (Mul (along c y) (weight x))) (iota 0%N n).
(* E is a multiple of E' on the first numbers below m: 0, or by E 0 / E' 0 *)
Definition multiple_check (m : nat) (E E' : nat -> expr) : bool :=
  all (fun v => same (E v) (Num Q0)) (iota 0%N m) ||
  all (fun v => same (Mul (E v) (E' 0%N)) (Mul (E 0%N) (E' v))) (iota 0%N m).
Definition vertical_check (c : seq expr) : bool :=
  multiple_check k (along_fibre c) weight_fibre.
Definition null_check (c : seq expr) : bool := multiple_check n (along c) weight.

Hypothesis ok_map : sound.

Lemma has_first v : (v < k)%N -> has (fun x => F x == v) (iota 0%N n).
Proof. by case/andP: ok_map => _ /allP/(_ v); rewrite mem_iota /= => e /e. Qed.

Lemma first_lt v : (v < k)%N -> (first v < n)%N.
Proof. by move=> /has_first; rewrite has_find size_iota. Qed.

Lemma see_first v : (v < k)%N -> F (first v) = v.
Proof.
move=> lt; have := nth_find 0%N (has_first lt); rewrite -/(first v) nth_iota ?first_lt //.
by move/eqP.
Qed.

Lemma see_onto (v : 'I_k) : exists x, see x = v.
Proof.
by exists (Ordinal (first_lt (ltn_ord v))); apply: val_inj; exact: see_first.
Qed.

End Model.

(** The rank of a matrix with an invertible minor, up to a change of columns *)

Section Rank.

Variables (R : realFieldType) (d n : nat) (A : 'M[R]_(d, #|'I_n|)).
Variables (I : seq nat) (S : nat -> seq (nat * R)) (a : R).
Variable entry : nat -> nat -> R.
Hypothesis entryE : forall (i : 'I_d) (x : 'I_n), A i (enum_rank x) = entry i x.

Lemma rank_by : a != 0 -> all (fun i => (i < d)%N) I ->
  (forall j : 'I_(size I), all (fun t => (t.1 < n)%N) (S j)) ->
  (forall i j : 'I_(size I), \sum_(t <- S j) entry (nth 0%N I i) t.1 * t.2 = a *+ (i == j)) ->
  (size I <= \rank A)%N.
Proof.
move=> a0 /(all_nthP 0%N) Id Sn e.
pose B : 'M[R]_(size I, d) := \matrix_(i, k) (k == Ordinal (Id _ (ltn_ord i)))%:R.
pose C : 'M[R]_(#|'I_n|, size I) :=
  \matrix_(y, j) \sum_(t <- S j | t.1 == (enum_val y : 'I_n)) t.2.
have BAC : B *m A *m C = a%:M.
  apply/matrixP => i j; rewrite [RHS]mxE -e mxE sum_states.
  have eBA x : (B *m A) i (enum_rank x) = entry (nth 0%N I i) x.
    rewrite mxE (bigD1 (Ordinal (Id _ (ltn_ord i)))) //= mxE eqxx mul1r entryE big1 ?addr0 //.
    by move=> k /negbTE ne; rewrite mxE ne mul0r.
  under eq_bigr do rewrite eBA mxE enum_rankK mulr_sumr big_mkcond.
  rewrite exchange_big /=; apply: eq_big_seq => t tS.
  have lt : (t.1 < n)%N by exact: (allP (Sn j)).
  rewrite (bigD1 (Ordinal lt)) //= eqxx big1 ?addr0 // => x ne.
  by case: eqP => // ex; case/eqP: ne; apply: val_inj.
have <- : \rank (B *m A *m C) = size I by rewrite BAC -scalemx1 (eqmx_scale _ a0) mxrank1.
exact: leq_trans (mxrankM_maxl _ _) (mxrankM_maxr _ _).
Qed.

End Rank.

Section Point.

Variables (M : model) (R : realFieldType) (theta : seq R).
Local Notation n := (n_states M).
Local Notation k := (n_seen M).
Local Notation d := (n_parameters M).
Local Notation F x := (nth 0%N (seen M) x).
Local Notation val f := (value theta f).
Local Notation along := (along M).
Local Notation W x := (value theta (weight M x)).

Definition positive : bool := all_positive theta (weights M).
Definition mass : R := \sum_(x < n) W x.
Definition probability (x : 'I_n) : R := W x / mass.
(* The derivatives of w / sum w *)
Definition jacobian : 'M[R]_(d, #|'I_n|) :=
  \matrix_(i, x) let y : 'I_n := enum_val x in
    ((val (slope M i y) - probability y * \sum_(z < n) val (slope M i z)) / mass).
Definition visible_jacobian : 'M[R]_(d, #|'I_k|) := jacobian *m dpi_mx R (@see M).
Definition joint_rank : nat := \rank jacobian.
Definition visible_rank : nat := \rank visible_jacobian.

Definition table : bool := sound M && positive.

Section Table.

Hypothesis ok : table.
Let ok_map : sound M. Proof. by case/andP: ok. Qed.

Lemma weight_gt0 (x : 'I_n) : 0 < W x.
Proof. by case/andP: ok => _ /(all_nthP (Num Q0))/(_ x (ltn_ord x)). Qed.

Lemma mass_gt0 : 0 < mass.
Proof.
case/andP: ok_map => n0 _; rewrite /mass (bigD1 (Ordinal n0)) //=.
apply: ltr_paddr; last exact: (weight_gt0 (Ordinal n0)).
by apply: sumr_ge0 => x _; rewrite ltW ?weight_gt0.
Qed.

Lemma mass_neq0 : mass != 0. Proof. by rewrite gt_eqF ?mass_gt0. Qed.

Fact probability_gt0 x : 0 < probability x.
Proof. by rewrite divr_gt0 ?weight_gt0 ?mass_gt0. Qed.

Fact probability_sum : \sum_x probability x = 1.
Proof. by rewrite -mulr_suml divff ?mass_neq0. Qed.

Definition p : distribution R [finType of 'I_n] :=
  Distribution probability_gt0 probability_sum.
Definition p_V := marginal (see_onto ok_map) p.
Definition pi := marginalisation (see_onto ok_map) p.

Definition splits : bool := cylindrical pi jacobian.
Definition gradients_agree (q : 'I_n -> R) : Prop := forall g gV,
  is_gradient (fisher p) jacobian (d_divergence p q) g ->
  is_gradient (fisher p_V) visible_jacobian (d_divergence p_V (fibre_sum (@see M) q)) gV ->
  g *m pi = gV.

Lemma sum_jacobian i : \sum_x at_state (row i jacobian) x = 0.
Proof.
rewrite /at_state; under eq_bigr do rewrite !mxE enum_rankK.
by rewrite -mulr_suml sumrB -mulr_suml -/mass probability_sum mul1r subrr mul0r.
Qed.

Lemma jacobian_tangent : (jacobian <= tangent R [finType of 'I_n])%MS.
Proof. by apply/row_subP => i; apply/tangentP/sum_jacobian. Qed.

(** Directions *)

Definition coordinates (c : seq expr) : 'rV[R]_d := \row_i val (nth (Num Q0) c i).

Lemma value_along c x :
  val (along c x) = \sum_(i < d) val (nth (Num Q0) c i) * val (slope M i x).
Proof. exact: value_below. Qed.

Lemma alongE c x : at_state (coordinates c *m jacobian) x =
  (val (along c x) - probability x * \sum_(y < n) val (along c y)) / mass.
Proof.
rewrite /at_state mxE; under eq_bigr do rewrite !mxE enum_rankK mulrA mulrBr.
rewrite -mulr_suml sumrB value_along; congr ((_ - _) / _).
under [in RHS]eq_bigr do rewrite value_along; rewrite exchange_big /= mulr_sumr.
by apply: eq_bigr => i _; rewrite mulrCA mulr_sumr.
Qed.

Lemma value_fibre (E : nat -> expr) (v : 'I_k) :
  val (sum_of (fibre M v) E) = \sum_(x | see x == v) val (E x).
Proof.
rewrite value_sum big_filter -{1}(subn0 n) -/(index_iota 0%N n) big_mkord.
by apply: eq_bigl => x; rewrite -val_eqE.
Qed.

Lemma weight_neq0 (x : 'I_n) : W x != 0. Proof. by rewrite gt_eqF ?weight_gt0. Qed.

Lemma mem_below m (x : 'I_m) : (x : nat) \in iota 0%N m. Proof. by rewrite mem_iota /=. Qed.

Lemma multiple_by m (E E' : nat -> expr) : (forall x : 'I_m, val (E' x) != 0) ->
  multiple_check m E E' -> exists a, forall x : 'I_m, val (E x) = a * val (E' x).
Proof.
move=> ne /orP[] /allP e.
  exists 0 => x; rewrite mul0r (same_value theta (e x (mem_below x))); exact: qR0.
case: m ne e => [|m] ne e; first by exists 0 => -[].
exists (val (E 0%N) / val (E' 0%N)) => x; rewrite mulrAC.
have /= <- := same_value theta (e x (mem_below x)).
by rewrite mulfK // (ne ord0).
Qed.

Lemma horizontal_by c : horizontal_check M c ->
  (coordinates c *m jacobian <= horizontal pi)%MS.
Proof.
move=> /allP e; apply/horizontalE.
exists (fun v : 'I_k => val (along c (first M v)) / W (first M v)
  - (\sum_(y < n) val (along c y)) / mass) => x; rewrite alongE /= /probability.
have /= ex := same_value theta (e x (mem_below x)).
have lt := first_lt ok_map (seen_lt M x).
have ne := weight_neq0 (Ordinal lt); rewrite /= in ne.
have -> : val (along c x) = W x * (val (along c (first M (F x))) / W (first M (F x))).
  by rewrite mulrA (mulrC (W x)) -ex mulfK.
by rewrite [RHS]mulrBr mulrBl; congr (_ - _); [rewrite mulrAC | rewrite mulrA].
Qed.

Lemma weight_fibre_gt0 (v : 'I_k) : 0 < val (weight_fibre M v).
Proof.
rewrite value_fibre; have [x <-] := see_onto ok_map v; rewrite (bigD1 x) //=.
by apply: ltr_paddr; [apply: sumr_ge0 => y _; rewrite ltW ?weight_gt0 | exact: weight_gt0].
Qed.

Lemma visible_along c v : at_state (coordinates c *m visible_jacobian) v =
  (val (along_fibre M c v) - val (weight_fibre M v) / mass * \sum_(y < n) val (along c y)) / mass.
Proof.
rewrite mulmxA (dpi_mxE (@see M) (coordinates c *m jacobian)) /fibre_sum.
under eq_bigr do rewrite alongE; rewrite -mulr_suml sumrB !value_fibre.
by rewrite -mulr_suml /probability -mulr_suml.
Qed.

Lemma vertical_by c : vertical_check M c -> coordinates c *m visible_jacobian = 0.
Proof.
move=> /multiple_by[v|a e]; first by rewrite gt_eqF ?weight_fibre_gt0.
apply: at_inj => v; rewrite visible_along e [RHS]mxE.
have -> : \sum_(y < n) val (along c y) = a * mass.
  rewrite -(sum_fibres (@see M) (fun y : 'I_n => val (along c y))) /mass.
  rewrite -(sum_fibres (@see M) (fun y : 'I_n => W y)) mulr_sumr.
  by apply: eq_bigr => u _; rewrite /fibre_sum -!value_fibre -/(along_fibre M c u) e.
by rewrite (mulrC a) (mulrC a) mulrA divfK ?mass_neq0 // subrr mul0r.
Qed.

Lemma null_by c : null_check M c -> coordinates c *m jacobian = 0.
Proof.
move=> /multiple_by[x|a e]; first exact: weight_neq0.
apply: at_inj => x; rewrite alongE e [RHS]mxE /probability.
under eq_bigr do rewrite e; rewrite -mulr_sumr -/mass.
by rewrite (mulrC a) (mulrC a) mulrA divfK ?mass_neq0 // subrr mul0r.
Qed.

Definition directions (C : seq (seq expr)) : 'M[R]_(size C, d) :=
  \matrix_(j, i) val (nth (Num Q0) (nth [::] C j) i).
Definition spanned C : bool := row_full (directions C).
Definition independent C : bool := row_free (directions C).

Lemma row_directions C j : row j (directions C) = coordinates (nth [::] C j).
Proof. by apply/rowP => i; rewrite !mxE. Qed.

(** S3 and S8 wherever horizontal and vertical directions span *)

Theorem cylindrical_by H V : all (horizontal_check M) H -> all (vertical_check M) V ->
  spanned (H ++ V) -> splits.
Proof.
move=> /(all_nthP [::]) hH /(all_nthP [::]) hV /row_fullP[Y eY].
rewrite /splits cylindricalE; set N := directions _ in Y eY.
have -> : jacobian *m hproj pi = Y *m (N *m jacobian *m hproj pi) by rewrite !mulmxA eY mul1mx.
apply: submx_trans (submxMl _ _) _; apply/row_subP => j; rewrite !row_mul row_directions.
have := ltn_ord j; rewrite [in X in (_ < X)%N -> _]size_cat nth_cat => lt; case: ifP => lj.
  by have /horizontalP -> := horizontal_by (hH _ lj); exact: submxMl.
have /vertical_by e : vertical_check M (nth [::] V (j - size H)).
  by apply: hV; rewrite ltn_subLR // leqNgt lj.
by rewrite hprojE mulmxA -[_ *m pi]mulmxA e mul0mx sub0mx.
Qed.

Lemma agree q : splits -> gradients_agree q.
Proof.
move=> cyl g gV /gradient_divergenceP -> /gradient_visibleP ->.
by rewrite cylindrical_proj // !mulNmx vec_seen.
Qed.

(** Ranks *)

Lemma null_rows C : all (null_check M) C -> directions C *m jacobian = 0.
Proof.
move=> /(all_nthP [::]) e; apply/row_matrixP => j.
by rewrite row_mul row_directions row0 null_by // e.
Qed.

Lemma vertical_rows C : all (vertical_check M) C -> directions C *m visible_jacobian = 0.
Proof.
move=> /(all_nthP [::]) e; apply/row_matrixP => j.
by rewrite row_mul row_directions row0 vertical_by // e.
Qed.

Lemma joint_rank_le C : all (null_check M) C -> independent C ->
  (joint_rank <= minn (d - size C) n.-1)%N.
Proof.
move=> /null_rows /mulmx0_rank_max le /eqP free; rewrite free in le.
rewrite leq_min; apply/andP; split.
  by rewrite leq_subRL // (leq_trans _ le) ?leq_addr.
case/andP: (ok_map) => n0 _.
apply: leq_trans (mxrankS jacobian_tangent) _.
by rewrite (rank_tangent R (Ordinal n0)) card_ord.
Qed.

Lemma visible_rank_le C : all (vertical_check M) C -> independent C ->
  (visible_rank <= minn (d - size C) k.-1)%N.
Proof.
move=> /vertical_rows /mulmx0_rank_max le /eqP free; rewrite free in le.
rewrite leq_min; apply/andP; split.
  by rewrite leq_subRL // (leq_trans _ le) ?leq_addr.
have := jacobian_tangent; rewrite -(dpi_tangent (see_onto ok_map) p) => /mxrankS le1.
by apply: leq_trans le1 _; rewrite (rank_tangent R (ord0 : 'I_k)) card_ord.
Qed.

(** S3 fails where the rank of the vertical part is too large *)

Definition vertical_part (i x : nat) : expr :=
  Sub (Mul (slope M i x) (weight_fibre M (F x)))
      (Mul (weight M x) (sum_of (fibre M (F x)) (slope M i))).

Lemma vertical_partE i (x : 'I_n) :
  at_state (row i (jacobian *m (1%:M - hproj pi))) x * (val (weight_fibre M (F x)) * mass)
  = val (vertical_part i x).
Proof.
have pV : p_V (see x) = val (weight_fibre M (F x)) / mass.
  by rewrite /weight_fibre (value_fibre _ (see x)) mulr_suml.
have ne : val (weight_fibre M (F x)) != 0 by rewrite gt_eqF // (weight_fibre_gt0 (see x)).
have rowJ y : at_state (row i jacobian) y = (val (slope M i y)
    - W y / mass * \sum_(z < n) val (slope M i z)) / mass.
  by rewrite /at_state !mxE enum_rankK.
rewrite mulmxBr mulmx1 linearB atB /= row_mul hprojE mulmxA liftE dpiE -/p_V pV rowJ.
under eq_bigr do rewrite rowJ.
rewrite -mulr_suml sumrB -!mulr_suml -(value_fibre (slope M i) (see x)).
rewrite -(value_fibre (weight M) (see x)) -/(weight_fibre M (F x)) /=.
rewrite -/(weight_fibre M (F x)) /probability /=.
by field; rewrite mass_neq0.
Qed.

Definition failing_at : Prop :=
  ~~ splits /\ exists q : distribution R [finType of 'I_n], ~ gradients_agree q.

Lemma failing_by : ~~ splits -> failing_at.
Proof.
move=> ne; split=> //; have [q [g [gV [eg egV d]]]] := converse_elbo jacobian_tangent ne.
by exists q => /(_ _ _ eg egV) e; case/eqP: d.
Qed.

Lemma nowhere_by r m : (r <= visible_rank)%N ->
  (m <= \rank (jacobian *m (1%:M - hproj pi)))%N -> (d < r + m)%N -> failing_at.
Proof.
move=> le1 le2 lt; apply: failing_by; rewrite /splits cylindrical_ranks.
apply/negP => /eqP e; move: lt; rewrite ltnNge => /negP; apply.
by apply: leq_trans (rank_leq_row jacobian); rewrite e leq_add.
Qed.

(** Where a minor of the vertical part is not 0: cofactors are its inverse *)

Definition minor (I X : seq nat) : seq (seq expr) :=
  [seq [seq vertical_part i x | x <- X] | i <- I].
Definition cofactor_column (X : seq nat) (C : nat -> nat -> expr) (j : nat) : seq (nat * R) :=
  mkseq (fun m => let x := nth 0%N X m in
    (x, val (C m j) * (val (weight_fibre M (F x)) * mass))) (size X).

Lemma vertical_rank_by I X C delta : val delta != 0 ->
  all (fun i => (i < d)%N) I -> all (fun x => (x < n)%N) X ->
  all (fun i => all (fun j =>
    same (sum_of (iota 0%N (size X)) (fun m => Mul (vertical_part (nth 0%N I i) (nth 0%N X m)) (C m j)))
      (if i == j then delta else Num Q0)) (iota 0%N (size I))) (iota 0%N (size I)) ->
  (size I <= \rank (jacobian *m (1%:M - hproj pi)))%N.
Proof.
move=> d0 Id /(all_nthP 0%N) Xn e.
pose A := jacobian *m (1%:M - hproj pi).
pose entry i x : R := if insub x is Some y then if insub i is Some j then
  at_state (row (j : 'I_d) A) (y : 'I_n) else 0 else 0.
apply: (@rank_by R d n A I (cofactor_column X C) (val delta) entry) => //.
- by move=> i x; rewrite /entry !valK /at_state [RHS]mxE.
- move=> j; apply/(all_nthP (0%N, 0)) => m; rewrite size_mkseq => lt.
  by rewrite nth_mkseq //= Xn.
move=> i j; have /= ij := same_value theta (allP (allP e i (mem_below i)) j (mem_below j)).
have -> : val delta *+ (i == j) = val (if i == j :> nat then delta else Num Q0).
  by rewrite -val_eqE; case: eqP => //=; rewrite qR0.
rewrite -ij value_sum /cofactor_column big_map; apply: eq_big_seq => m; rewrite mem_iota /= => lt.
rewrite /entry (insubT (fun x => (x < n)%N) (Xn _ lt)) /=.
have li : (nth 0%N I i < d)%N by exact: (all_nthP 0%N Id).
rewrite (insubT (fun x => (x < d)%N) li).
transitivity (val (C m j) * val (vertical_part (nth 0%N I i) (nth 0%N X m))); last exact: mulrC.
by rewrite -(vertical_partE (Ordinal li) (Ordinal (Xn _ lt))) mulrCA.
Qed.

End Table.
End Point.

(** For files of polynomials: what the theorems say of an instance *)

Section Instances.

Variables (M : model) (R : realFieldType) (theta : seq R).
Local Notation n := (n_states M).
Local Notation d := (n_parameters M).

Definition splitting : Prop :=
  exists ok : table M theta, splits ok /\ forall q, gradients_agree ok q.
Definition failing : Prop := exists ok : table M theta, failing_at ok.

Theorem splitting_by (H V : seq (seq expr)) :
  [&& sound M, all (horizontal_check M) H & all (vertical_check M) V] ->
  positive M theta -> spanned M theta (H ++ V) -> splitting.
Proof.
move=> /and3P[s h v] pos span; have ok : table M theta by exact/andP.
have cyl : splits ok by exact: cylindrical_by span.
by exists ok; split=> // q; exact: agree.
Qed.

(* Directions with a left or a right inverse, where eq finds the values of two
   polynomials equal: everywhere (same), or at a rational point (same_at). *)
Section Inverse.

Variable eq : rel expr.
Hypothesis eq_value : forall f g, eq f g -> value theta f = value theta g.

Definition unit (i j : nat) : expr := if i == j then Num Q1 else Num Q0.

Lemma value_unit m (i j : 'I_m) : value theta (unit i j) = (i == j)%:R.
Proof. by rewrite /unit -val_eqE; case: eqP => _ /=; rewrite ?qR0 ?qR1. Qed.

Definition left_inverse (C Y : seq (seq expr)) : bool :=
  all (fun i => all (fun j => eq (sum_of (iota 0%N (size C)) (fun m =>
      Mul (nth (Num Q0) (nth [::] Y i) m) (nth (Num Q0) (nth [::] C m) j))) (unit i j))
    (iota 0%N d)) (iota 0%N d).
Definition right_inverse (C Y : seq (seq expr)) : bool :=
  all (fun i => all (fun j => eq (sum_of (iota 0%N d) (fun m =>
      Mul (nth (Num Q0) (nth [::] C i) m) (nth (Num Q0) (nth [::] Y m) j))) (unit i j))
    (iota 0%N (size C))) (iota 0%N (size C)).

Lemma spanned_by C Y : left_inverse C Y -> spanned M theta C.
Proof.
move=> e; apply/row_fullP.
exists (\matrix_(i, m) value theta (nth (Num Q0) (nth [::] Y i) m)).
apply/matrixP => i j; rewrite !mxE.
have <- := value_unit i j.
rewrite -(eq_value (allP (allP e i (mem_below i)) j (mem_below j))) value_below.
by apply: eq_bigr => m _; rewrite !mxE.
Qed.

Lemma independent_by C Y : right_inverse C Y -> independent M theta C.
Proof.
move=> e; apply/row_freeP.
exists (\matrix_(m, j) value theta (nth (Num Q0) (nth [::] Y m) j)).
apply/matrixP => i j; rewrite !mxE.
have <- := value_unit i j.
rewrite -(eq_value (allP (allP e i (mem_below i)) j (mem_below j))) value_below.
by apply: eq_bigr => m _; rewrite !mxE.
Qed.

End Inverse.

Theorem spanned_everywhere C Y : left_inverse same C Y -> spanned M theta C.
Proof. by apply: spanned_by => f g; exact: same_value. Qed.

(* Bounds of the ranks where the stated directions are independent *)
Definition regular (N NV : seq (seq expr)) : bool :=
  [&& positive M theta, independent M theta N & independent M theta NV].

Definition ranks_at_most (r rV : nat) : Prop :=
  (joint_rank M theta <= r /\ visible_rank M theta <= rV)%N.

Theorem ranks_le (N NV : seq (seq expr)) r rV :
  [&& sound M, all (null_check M) N, all (vertical_check M) NV,
      (minn (d - size N) n.-1 <= r)%N & (minn (d - size NV) (n_seen M).-1 <= rV)%N] ->
  regular N NV -> ranks_at_most r rV.
Proof.
move=> /and5P[s h v le leV] /and3P[pos free freeV].
have ok : table M theta by exact/andP.
by split; [apply: leq_trans (joint_rank_le ok h free) le
  | apply: leq_trans (visible_rank_le ok v freeV) leV].
Qed.

(** Nowhere: a minor of the vertical part that is positive *)

Definition remove (T : Type) (j : nat) (s : seq T) : seq T := take j s ++ drop j.+1 s.
Definition signed (j : nat) (f : expr) : expr := if odd j then Sub (Num Q0) f else f.
Fixpoint det (m : nat) (A : seq (seq expr)) : expr :=
  if m is m.+1 then
    if A is row :: A then sum_of (iota 0%N m.+1) (fun j =>
      signed j (Mul (nth (Num Q0) row j) (det m (map (remove j) A))))
    else Num Q0
  else Num Q1.
Definition cofactor (A : seq (seq expr)) (m j : nat) : expr :=
  signed (m + j) (det (size A).-1 (map (remove m) (remove j A))).

Definition visible_rank_at_least (r : nat) : bool := (r <= visible_rank M theta)%N.

Definition nowhere_check (domain : seq expr) (I X : seq nat) (s : Q) (steps : seq step)
    (r : nat) : bool :=
  let A := minor M I X in let delta := det (size I) A in
  [&& sound M, all (fun i => (i < d)%N) I && all (fun x => (x < n)%N) X,
      all (fun i => all (fun j =>
        same (sum_of (iota 0%N (size X)) (fun m =>
            Mul (vertical_part M (nth 0%N I i) (nth 0%N X m)) (cofactor A m j)))
          (if i == j then delta else Num Q0)) (iota 0%N (size I))) (iota 0%N (size I)),
      follows (domain ++ weights M) steps &&
        same (Mul (Num s) delta) (last (Num Q0) (map stated steps)) &
      (0 < size steps) && (d < r + size I)]%N.

Theorem nowhere domain I X s steps r : nowhere_check domain I X s steps r ->
  positive M theta -> all_positive theta domain -> visible_rank_at_least r -> failing.
Proof.
case/and5P=> snd /andP[Id Xn] e /andP[f /(same_value theta) /= es] /andP[ne lt] pos dom le.
have ok : table M theta by exact/andP.
exists ok; apply: nowhere_by le (vertical_rank_by ok _ Id Xn e) lt.
have known : all_positive theta (domain ++ weights M).
  by rewrite /all_positive all_cat; apply/andP; split.
have := follows_positive known f; case: steps ne es {f} => //= t steps _ es.
move=> /andP[t0 ts]; have : 0 < value theta (last (stated t) (map stated steps)).
  by elim: (map _ _) (stated t) t0 ts => //= g l IH f _ /andP[g0 l0]; exact: IH.
by rewrite -es => gt0; apply: contraTneq gt0 => ->; rewrite mulr0 ltxx.
Qed.

End Instances.
