From Coq Require Import QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import rationals polynomials inner submersion gradients fisher elbo models.

(******************************************************************************)
(* Models at rational points: computations with rational numbers that imply   *)
(* the hypotheses of the theorems, in any realFieldType.                      *)
(*     probabilitiesQ M pt, jacobianQ M pt == p and J at the point            *)
(*       table_check M pt == the point is in the domain                       *)
(*     splits_check M pt Y == J hproj = Y J                                   *)
(*      fails_check M pt l == l vanishes on J but not on J hproj              *)
(* joint_rank_check M pt I S == the parameters I are independent: S is an     *)
(*                    inverse of their rows; visible_rank_check likewise      *)
(*   gradients_seen M theta q u v == the gradients of D(q||.) on the model,   *)
(*                    seen in P(V), and of D(q_V||.) are -u and -v            *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Lemma proj_by (R : realFieldType) n (G : metric R n) m (T : 'M[R]_(m, n)) u c :
  (forall i, dot G (c *m T - u) (row i T) = 0) -> u *m proj G T = c *m T.
Proof.
move=> e; apply/esym/proj_unique => [|v vT]; first exact: submxMl.
apply/eqP; rewrite -subr_eq0 -dotBl -pair_gram; apply/eqP; move: v vT.
apply/pair_parameters/rowP => i; rewrite [RHS]mxE -(e i) /dot !mxE.
by apply: eq_bigr => j _; rewrite !mxE.
Qed.

Section Point.

Variables (M : model) (pt : seq Q).
Local Notation n := (n_states M).
Local Notation k := (n_seen M).
Local Notation d := (n_parameters M).
Local Notation F x := (nth 0%N (seen M) x).

Definition table_check : bool :=
  sound M && all (fun f => positiveQ (at_ pt f)) (weights M).

Definition probabilitiesQ : seq Q :=
  let ws := map (at_ pt) (weights M) in
  let m := sumQ n predT (fun x => nth Q0 ws x) in
  mkseq (fun x => Qred (Qdiv (nth Q0 ws x) m)) n.

Definition jacobianQ : seq (seq Q) :=
  let ws := map (at_ pt) (weights M) in
  let m := sumQ n predT (fun x => nth Q0 ws x) in
  mkseq (fun i =>
    let ss := mkseq (fun x => at_ pt (slope M i x)) n in
    let s := sumQ n predT (fun x => nth Q0 ss x) in
    mkseq (fun x => Qred (Qdiv (Qminus (nth Q0 ss x) (Qmult (Qdiv (nth Q0 ws x) m) s)) m)) n) d.

(* The sums over all fibres in one pass *)
Definition fibre_sumsQ (A : nat -> Q) : seq Q :=
  foldr (fun y s => set_nth Q0 s (F y) (addQ (A y) (nth Q0 s (F y)))) [::] (iota 0 n).

Lemma fibre_sumsE A v : nth Q0 (fibre_sumsQ A) v = sumQ n (fun y => F y == v) A.
Proof.
rewrite /fibre_sumsQ /sumQ; elim: (iota 0 n) v => [|y s IH] v; first by rewrite nth_nil.
by rewrite [foldr _ _ _]/= nth_set_nth /= eq_sym !IH; case: eqP => // ->.
Qed.

(* J hproj = Y J *)
Definition splits_check (Y : seq (seq Q)) : bool :=
  let ps := probabilitiesQ in let J := jacobianQ in
  let mass := fibre_sumsQ (fun x => nth Q0 ps x) in
  all (fun i => let sums := fibre_sumsQ (fun x => nth Q0 (nth [::] J i) x) in all (fun x =>
    Qeq_bool (Qmult (nth Q0 ps x) (nth Q0 sums (F x))) (Qmult (nth Q0 mass (F x))
      (sumQ d predT (fun j => Qmult (nth Q0 (nth [::] Y i) j) (nth Q0 (nth [::] J j) x)))))
    (iota 0 n)) (iota 0 d).

Definition fails_check (l : seq Q) : bool :=
  let ps := probabilitiesQ in let J := jacobianQ in
  let mass := fibre_sumsQ (fun x => nth Q0 ps x) in
  all (fun i => Qeq_bool (sumQ n predT (fun x => Qmult (nth Q0 (nth [::] J i) x) (nth Q0 l x))) Q0)
      (iota 0 d) &&
  has (fun i => let sums := fibre_sumsQ (fun x => nth Q0 (nth [::] J i) x) in
    ~~ Qeq_bool (sumQ n predT (fun x => Qmult (Qdiv (Qmult (nth Q0 ps x)
         (nth Q0 sums (F x))) (nth Q0 mass (F x))) (nth Q0 l x))) Q0) (iota 0 d).

(* Columns as lists of states and coefficients *)
Definition inverse_check (entry : nat -> nat -> Q) (m : nat) (I : seq nat)
    (S : seq (seq (nat * Q))) : bool :=
  let r := size I in
  [&& all (fun i => (i < d)%N) I, all (fun s => all (fun t => (t.1 < m)%N) s) S &
      all (fun i => all (fun j => Qeq_bool
          (foldr (fun t q => addQ (Qmult (entry (nth 0%N I i) t.1) t.2) q) Q0 (nth [::] S j))
          (if i == j then Q1 else Q0)) (iota 0 r)) (iota 0 r)].
Definition joint_rank_check (I : seq nat) S : bool :=
  let J := jacobianQ in inverse_check (fun i x => nth Q0 (nth [::] J i) x) n I S.
Definition visible_rank_check (I : seq nat) S : bool :=
  let J := jacobianQ in
  let JV := mkseq (fun i => fibre_sumsQ (fun x => nth Q0 (nth [::] J i) x)) d in
  inverse_check (fun i v => nth Q0 (nth [::] JV i) v) k I S.

(* c and cV solve the normal equations of D(r||.) and of D(r_V||.), and their
   tangent vectors, seen in P(V), are u and v. *)
Definition gradients_check (r c cV u v : seq Q) : bool :=
  let ps := probabilitiesQ in let J := jacobianQ in
  let JV := mkseq (fun i => fibre_sumsQ (fun x => nth Q0 (nth [::] J i) x)) d in
  let pV := fibre_sumsQ (fun x => nth Q0 ps x) in
  let rV := fibre_sumsQ (fun x => nth Q0 r x) in
  let A := mkseq (fun x => sumQ d predT (fun i => Qmult (nth Q0 c i) (nth Q0 (nth [::] J i) x))) n in
  let B := mkseq (fun y => sumQ d predT (fun i => Qmult (nth Q0 cV i) (nth Q0 (nth [::] JV i) y))) k in
  let AV := fibre_sumsQ (fun x => nth Q0 A x) in
  [&& all (fun i => Qeq_bool (sumQ n predT (fun x => Qdiv (Qmult
        (Qplus (nth Q0 A x) (Qopp (nth Q0 r x))) (nth Q0 (nth [::] J i) x)) (nth Q0 ps x))) Q0) (iota 0 d),
      all (fun i => Qeq_bool (sumQ k predT (fun y => Qdiv (Qmult
        (Qplus (nth Q0 B y) (Qopp (nth Q0 rV y))) (nth Q0 (nth [::] JV i) y)) (nth Q0 pV y))) Q0) (iota 0 d),
      all (fun y => Qeq_bool (nth Q0 AV y) (nth Q0 u y)) (iota 0 k) &
      all (fun y => Qeq_bool (nth Q0 B y) (nth Q0 v y)) (iota 0 k)].

Section Field.

Variable R : realFieldType.
Local Notation q := (qR R).
Local Notation theta := (rationals R pt).
Local Notation J := (jacobian M theta).
Local Notation pQ x := (nth Q0 probabilitiesQ x).
Local Notation JQ i x := (nth Q0 (nth [::] jacobianQ i) x).

Lemma red r : q (Qred r) = q r. Proof. exact: qR_eq (Qred_correct r). Qed.

Lemma table_by : table_check -> table M theta.
Proof.
rewrite /table => /andP[-> /=]; rewrite /positive /all_positive; apply: sub_all => f /=.
by rewrite value_at; exact: qR_gt0.
Qed.

Lemma nth_at x : at_ pt (weight M x) = nth Q0 (map (at_ pt) (weights M)) x.
Proof.
have [lt|ge] := ltnP x n; first by rewrite (nth_map (Num Q0)).
by rewrite /weight !nth_default ?size_map.
Qed.

Lemma massE : mass M theta = q (sumQ n predT (fun x => nth Q0 (map (at_ pt) (weights M)) x)).
Proof. by rewrite qR_sum; apply: eq_bigr => x _; rewrite value_at nth_at. Qed.

Lemma probabilityE (x : 'I_n) : probability theta x = q (pQ x).
Proof.
by rewrite /probabilitiesQ; cbv zeta; rewrite nth_mkseq // red qR_div /probability value_at nth_at massE. Qed.

Lemma jacobianE (i : 'I_d) (x : 'I_n) : J i (enum_rank x) = q (JQ i x).
Proof.
rewrite /jacobianQ; cbv zeta; rewrite !nth_mkseq //= red qR_div /Qminus qR_add mxE enum_rankK massE; congr (_ / _).
rewrite qR_opp qR_mul qR_div -massE value_at /probability value_at nth_at.
congr (_ - _ * _); rewrite qR_sum; apply: eq_bigr => y _.
by rewrite value_at nth_mkseq.
Qed.

Hypothesis ok : table M theta.
Local Notation pi := (pi ok).

Lemma row_jacobian i x : at_state (row i J) x = q (JQ i x).
Proof. by rewrite /at_state mxE jacobianE. Qed.

Lemma marginE (v : 'I_k) : p_V ok v = q (sumQ n (fun x => F x == v) (fun x => pQ x)).
Proof. by rewrite qR_sum; apply: eq_bigr => x _; exact: probabilityE. Qed.

Lemma lifted (i : 'I_d) (x : 'I_n) : at_state (row i J *m hproj pi) x =
  q (Qmult (pQ x) (sumQ n (fun y => F y == F x) (fun y => JQ i y)))
    / q (sumQ n (fun y => F y == F x) (fun y => pQ y)).
Proof.
rewrite hprojE mulmxA liftE dpiE -/(p_V ok) marginE.
have -> : \sum_(y | see y == see x) at_state (row i J) y
    = q (sumQ n (fun y => F y == F x) (fun y => JQ i y)).
  by rewrite qR_sum; apply: eq_bigr => y _; exact: row_jacobian.
by rewrite qR_mul -probabilityE mulrAC.
Qed.

Theorem splits_by Y : splits_check Y -> splits ok.
Proof.
move=> c; rewrite /splits cylindricalE; apply/row_subP => i; rewrite row_mul.
apply/submxP; exists (\row_j q (nth Q0 (nth [::] Y i) j)); apply: at_inj => x.
move: c => /allP/(_ i (mem_below i))/allP/(_ x (mem_below x))/Qeq_bool_eq.
rewrite !fibre_sumsE lifted => /(qR_eq R) ->; rewrite qR_mul mulrAC divff ?mul1r; last first.
  by rewrite -(marginE (see x)) prob_neq0.
rewrite qR_sum /at_state mxE; apply: eq_bigr => j _.
by rewrite mxE jacobianE qR_mul.
Qed.

Theorem fails_by l : fails_check l -> ~~ splits ok.
Proof.
case/andP=> zero /hasP[i]; rewrite mem_iota add0n /= => lt ne.
apply: contraL isT => /cylindricalP cyl /=; pose i0 := Ordinal lt : 'I_d.
pose L : 'rV[R]_#|'I_n| := vec (fun x : 'I_n => q (nth Q0 l x)).
have ortho A : (A <= J)%MS -> pair L A = 0.
  move: A; apply/pair_parameters/rowP => j; rewrite !mxE sum_states.
  move: zero => /allP/(_ j (mem_below j))/Qeq_bool_eq/(qR_eq R).
  rewrite qR0 qR_sum => e; rewrite -[RHS]e; apply: eq_bigr => x _.
  by rewrite mxE mxE enum_rankK jacobianE qR_mul mulrC.
have := ortho _ (cyl _ (row_sub i0 J)); rewrite pairE => e.
case/negP: (qR_neq0 R ne); rewrite qR_sum; apply/eqP; rewrite -[RHS]e.
apply: eq_bigr => x _; rewrite vecE lifted qR_mul mulrC; congr (_ * _).
by rewrite !fibre_sumsE qR_div.
Qed.

Lemma inverse_by m (A : 'M[R]_(d, #|'I_m|)) (entry : nat -> nat -> Q) I S :
  (forall (i : 'I_d) (x : 'I_m), A i (enum_rank x) = q (entry i x)) ->
  inverse_check entry m I S -> (size I <= \rank A)%N.
Proof.
move=> eA /and3P[Id Sm e].
apply: (@rank_by R d m A I (fun j => map (fun t => (t.1, q t.2)) (nth [::] S j)) 1
  (fun i x => q (entry i x)) eA (oner_neq0 _) Id) => [j|i j].
  rewrite all_map; have [lt|ge] := ltnP j (size S); last by rewrite nth_default.
  by have /(all_nthP [::])/(_ _ lt) := Sm; apply: sub_all.
move: e => /allP/(_ i (mem_below i))/allP/(_ j (mem_below j))/Qeq_bool_eq/(qR_eq R).
rewrite big_map; have -> : q (if i == j :> nat then Q1 else Q0) = 1 *+ (i == j).
  by rewrite -val_eqE; case: eqP; rewrite ?qR1 ?qR0.
move=> <-; elim: (nth _ _ _) => [|t s IH]; first by rewrite big_nil qR0.
by rewrite big_cons /= /addQ red qR_add qR_mul IH.
Qed.

Lemma joint_rank_ge I S : joint_rank_check I S -> (size I <= joint_rank M theta)%N.
Proof. by apply: inverse_by => i x; exact: jacobianE. Qed.

Lemma visible_rank_ge I S : visible_rank_check I S -> (size I <= visible_rank M theta)%N.
Proof.
apply: inverse_by => i v; rewrite nth_mkseq // fibre_sumsE qR_sum.
transitivity (at_state (row i J *m dpi_mx R (@see M)) v); first by rewrite -row_mul /at_state [RHS]mxE.
by rewrite dpi_mxE /fibre_sum; apply: eq_bigr => x _; rewrite row_jacobian.
Qed.

(** The two gradients of a stated q *)

Definition gradients_seen (r : 'I_n -> R) (u v : 'I_k -> R) : Prop := forall g gV,
  is_gradient (fisher (p ok)) J (d_divergence (p ok) r) g ->
  is_gradient (fisher (p_V ok)) (visible_jacobian M theta)
    (d_divergence (p_V ok) (fibre_sum (@see M) r)) gV ->
  g *m pi = - vec u /\ gV = - vec v.

Lemma visible_entry i v : at_state (row i (visible_jacobian M theta)) v =
  q (nth Q0 (nth [::] (mkseq (fun i => fibre_sumsQ (fun x => JQ i x)) d) i) v).
Proof.
rewrite nth_mkseq // fibre_sumsE qR_sum row_mul dpi_mxE /fibre_sum.
by apply: eq_bigr => x _; rewrite row_jacobian.
Qed.

Theorem gradients_by r c cV u v : gradients_check r c cV u v ->
  gradients_seen (fun x => q (nth Q0 r x)) (fun y => q (nth Q0 u y)) (fun y => q (nth Q0 v y)).
Proof.
rewrite /gradients_check; cbv zeta => /and4P[nA nB eA eB].
pose cR (c : seq Q) : 'rV[R]_d := \row_i q (nth Q0 c i).
have A_at x : at_state (cR c *m J) x = q (sumQ d predT (fun i => Qmult (nth Q0 c i) (JQ i x))).
  rewrite qR_sum /at_state mxE; apply: eq_bigr => i _.
  by rewrite mxE jacobianE qR_mul.
set JV := mkseq _ d in nB eB *.
have B_at y : at_state (cR cV *m visible_jacobian M theta) y
    = q (sumQ d predT (fun i => Qmult (nth Q0 cV i) (nth Q0 (nth [::] JV i) y))).
  rewrite qR_sum /at_state mxE; apply: eq_bigr => i _; rewrite mxE qR_mul -visible_entry.
  by congr (_ * _); rewrite /at_state [RHS]mxE.
have rV_at y : fibre_sum (@see M) (fun x => q (nth Q0 r x)) y = q (nth Q0 (fibre_sumsQ (fun x => nth Q0 r x)) y).
  by rewrite fibre_sumsE qR_sum.
have pV_at y : p_V ok y = q (nth Q0 (fibre_sumsQ (fun x => pQ x)) y).
  by rewrite fibre_sumsE marginE.
move=> g gV /gradient_divergenceP -> /gradient_visibleP ->; rewrite !mulNmx.
rewrite (@proj_by _ _ _ _ J _ (cR c)) => [|i]; last first.
  rewrite fisherE; move: nA => /allP/(_ i (mem_below i))/Qeq_bool_eq/(qR_eq R).
  rewrite qR0 qR_sum => e; rewrite -[RHS]e; apply: eq_bigr => x _.
  by rewrite qR_div qR_mul qR_add qR_opp nth_mkseq // atB A_at vecE row_jacobian /= probabilityE.
rewrite (@proj_by _ _ _ _ (visible_jacobian M theta) _ (cR cV)) => [|i]; last first.
  rewrite fisherE; move: nB => /allP/(_ i (mem_below i))/Qeq_bool_eq/(qR_eq R).
  rewrite qR0 qR_sum => e; rewrite -[RHS]e; apply: eq_bigr => y _.
  rewrite qR_div qR_mul qR_add qR_opp nth_mkseq // atB B_at vecE rV_at visible_entry.
  by rewrite -/(p_V ok) pV_at.
split; congr (- _); apply: at_inj => y; rewrite vecE.
  rewrite (dpi_mxE (@see M) (cR c *m J)).
  move: eA => /allP/(_ y (mem_below y))/Qeq_bool_eq/(qR_eq R) <-.
  by rewrite fibre_sumsE qR_sum; apply: eq_bigr => x _; rewrite A_at nth_mkseq.
move: eB => /allP/(_ y (mem_below y))/Qeq_bool_eq/(qR_eq R) <-.
by rewrite B_at nth_mkseq.
Qed.

End Field.
End Point.

(** For files of numbers *)

Section Instances.

Variables (M : model) (pt : seq Q) (R : realFieldType).
Local Notation theta := (rationals R pt).

Definition same_at (f g : expr) : bool := Qeq_bool (at_ pt f) (at_ pt g).

Lemma same_atE f g : same_at f g -> value theta f = value theta g.
Proof. by move=> e; rewrite !value_at; apply/qR_eq/Qeq_bool_eq. Qed.

Theorem positive_at : table_check M pt -> positive M theta.
Proof. by move/(table_by R) => /andP[]. Qed.

Theorem all_positive_at domain : all (fun f => positiveQ (at_ pt f)) domain ->
  all_positive theta domain.
Proof. by apply: sub_all => f; rewrite value_at; exact: qR_gt0. Qed.

Theorem spanned_at C Y : left_inverse M same_at C Y -> spanned M theta C.
Proof. by apply: spanned_by => f g; exact: same_atE. Qed.

Theorem regular_at N NV Y YV :
  [&& table_check M pt, right_inverse M same_at N Y & right_inverse M same_at NV YV] ->
  regular M theta N NV.
Proof.
move=> /and3P[/positive_at pos r rV]; rewrite /regular pos.
by rewrite (independent_by same_atE r) (independent_by same_atE rV).
Qed.

Theorem splitting_at Y : table_check M pt && splits_check M pt Y -> splitting M theta.
Proof.
case/andP=> /(table_by R) ok c; have cyl : splits ok by exact: splits_by c.
by exists ok; split=> // q; exact: agree.
Qed.

Theorem failing_at_point l : table_check M pt && fails_check M pt l -> failing M theta.
Proof.
case/andP=> /(table_by R) ok c; exists ok; apply: failing_by; exact: fails_by c.
Qed.

Theorem joint_rank_at I S : joint_rank_check M pt I S -> (size I <= joint_rank M theta)%N.
Proof. exact: joint_rank_ge. Qed.

Theorem visible_rank_at I S r :
  visible_rank_check M pt I S && (size I == r) -> visible_rank_at_least M theta r.
Proof. by case/andP=> /visible_rank_ge + /eqP => /[swap] <-; apply. Qed.

(* The ranks reach their bounds. *)
Theorem ranks_at N NV Y YV I S IV SV r rV :
  [&& [&& table_check M pt, right_inverse M same_at N Y & right_inverse M same_at NV YV],
      joint_rank_check M pt I S && (size I == r),
      visible_rank_check M pt IV SV && (size IV == rV) &
      [&& sound M, all (null_check M) N, all (vertical_check M) NV,
        (minn (n_parameters M - size N) (n_states M).-1 <= r)%N &
        (minn (n_parameters M - size NV) (n_seen M).-1 <= rV)%N]] ->
  joint_rank M theta = r /\ visible_rank M theta = rV.
Proof.
case/and4P=> /regular_at reg /andP[/joint_rank_at ge /eqP sI] /visible_rank_at geV le.
have [le1 le2] := ranks_le le reg; rewrite sI in ge.
by split; apply/eqP; rewrite eqn_leq ?le1 ?le2.
Qed.

(* For q all natural gradients of D(q||.) on the model, seen in P(V), are -u,
   and those of D(q_V||.) on the visible model -v. *)
Definition gradients (q u v : seq Q) : Prop := exists ok : table M theta,
  gradients_seen ok (fun x => qR R (nth Q0 q x)) (fun y => qR R (nth Q0 u y))
    (fun y => qR R (nth Q0 v y)).

Theorem gradients_at q c cV u v : table_check M pt && gradients_check M pt q c cV u v ->
  gradients q u v.
Proof. by case/andP=> /(table_by R) ok e; exists ok; exact: gradients_by e. Qed.

End Instances.
