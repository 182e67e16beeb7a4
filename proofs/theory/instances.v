From Coq Require Import QArith.
From mathcomp Require Import all_ssreflect all_algebra.
From Symelbo Require Import inner submersion gradients fisher elbo.

(******************************************************************************)
(* Instances: tables of rational numbers, and computations with them that     *)
(* imply the hypotheses of the theorems, in any realFieldType.                *)
(*                                                                            *)
(*            qR q == the rational number q of Coq's library in R             *)
(*  table n k fs ps == the checks that ps is a distribution on n states and   *)
(*                    fs, the numbers of what is seen, onto k of them         *)
(*   checked_f, checked_p == what these are, for a proof of table             *)
(*    mx_rows n J == the matrix with the rows J                               *)
(* splits fs ps J Y == J hproj = Y J, the certificate of a splitting space    *)
(*  fails fs ps J l == l vanishes on J but not on J hproj                     *)
(*  splitting R n k fs ps d J == T splits there, and for every measure q the  *)
(*                    two natural gradients agree in P(V) (S3, S8)            *)
(*    failing R n k fs ps d J == T does not split, and for some distribution  *)
(*                    q the two differ (S9)                                   *)
(* Theorems: cylindrical_by_computation, not_cylindrical_by_computation,      *)
(*           splitting_instance, failing_instance                             *)
(******************************************************************************)

Set Implicit Arguments.
Unset Strict Implicit.
Unset Printing Implicit Defensive.

Import Order.TTheory GRing.Theory Num.Theory.
Local Open Scope ring_scope.

Local Notation Q0 := (Qmake Z0 xH).
Local Notation Q1 := (Qmake (Zpos xH) xH).

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

Section Table.

Variables (R : realFieldType) (n k : nat) (fs : seq nat) (ps : seq Q).
Local Notation q := (qR R).
Local Notation pQ x := (nth Q0 ps x).
Local Notation fN x := (nth 0%N fs x).

Definition marginQ v : Q := sumQ n (fun x => fN x == v) (fun x => pQ x).

(* The sums over all fibres in one pass *)
Definition fibre_sumsQ (F : nat -> Q) : seq Q :=
  foldr (fun y s => set_nth Q0 s (fN y) (addQ (F y) (nth Q0 s (fN y)))) [::]
    (iota 0 n).

Lemma fibre_sumsE F v :
  nth Q0 (fibre_sumsQ F) v = sumQ n (fun y => fN y == v) F.
Proof.
rewrite /fibre_sumsQ /sumQ; elim: (iota 0 n) v => [|y s IH] v.
  by rewrite nth_nil.
rewrite [foldr _ _ _]/= nth_set_nth /= eq_sym !IH.
by case: eqP => // ->.
Qed.

Definition table : bool :=
  [&& all (fun x => positiveQ (pQ x)) (iota 0 n),
      Qeq_bool (sumQ n predT (fun x => pQ x)) Q1,
      all (fun x => (fN x < k)%N) (iota 0 n) &
      all (fun v => has (fun x => fN x == v) (iota 0 n)) (iota 0 k)].

Hypothesis checked : table.

Fact checked_gt0 (x : 'I_n) : 0 < q (pQ x).
Proof.
by case/and4P: checked => /allP/(_ x) + _ _ _; rewrite mem_iota ltn_ord => /(_ isT)/qR_gt0.
Qed.

Fact checked_sum : \sum_(x < n) q (pQ x) = 1.
Proof.
case/and4P: checked => _ /Qeq_bool_eq/(qR_eq R) e _ _.
by rewrite -(qR1 R) -e qR_sum.
Qed.

Definition checked_p : distribution R [finType of 'I_n] :=
  Distribution checked_gt0 checked_sum.

Fact checked_lt (x : 'I_n) : (fN x < k)%N.
Proof.
by case/and4P: checked => _ _ /allP/(_ x) + _; rewrite mem_iota ltn_ord => /(_ isT).
Qed.

Definition checked_f (x : 'I_n) : 'I_k := Ordinal (checked_lt x).

Fact checked_onto (v : 'I_k) : exists x, checked_f x = v.
Proof.
case/and4P: checked => _ _ _ /allP/(_ v); rewrite mem_iota ltn_ord => /(_ isT).
case/hasP => x; rewrite mem_iota add0n /= => lt /eqP fx.
by exists (Ordinal lt); apply: val_inj.
Qed.

Local Notation pi := (marginalisation checked_onto checked_p).

Section Rows.

Variables (d : nat) (J : seq (seq Q)).
Local Notation JQ i x := (nth Q0 (nth [::] J i) x).

Definition mx_rows : 'M[R]_(d, #|'I_n|) :=
  \matrix_(i, x) q (JQ i (enum_val x : 'I_n)).

(* (J hproj)(i, x) = p(x) sum_{f y = f x} J(i, y) / p_V(f x) *)
Definition liftedQ i x : Q :=
  Qmult (pQ x) (sumQ n (fun y => fN y == fN x) (fun y => JQ i y)).

Lemma marginE (x : 'I_n) :
  marginal checked_onto checked_p (checked_f x) = q (marginQ (fN x)).
Proof. by rewrite qR_sum. Qed.

Lemma lifted (i : 'I_d) (x : 'I_n) :
  at_state (row i mx_rows *m hproj pi) x = q (liftedQ i x) / q (marginQ (fN x)).
Proof.
rewrite hprojE mulmxA liftE dpiE marginE qR_mul qR_sum mulrAC.
congr (_ * _ / _); apply: eq_bigr => y _.
by rewrite /at_state !mxE enum_rankK.
Qed.

Lemma margin_neq0 (x : 'I_n) : q (marginQ (fN x)) != 0.
Proof. by rewrite -marginE prob_neq0. Qed.

Definition centred : bool :=
  all (fun i => Qeq_bool (sumQ n predT (fun x => JQ i x)) Q0) (iota 0 d).

Lemma centred_tangent : centred -> (mx_rows <= tangent R [finType of 'I_n])%MS.
Proof.
move=> ok; apply/row_subP => i; apply/tangentP.
move: ok => /allP/(_ i); rewrite mem_iota ltn_ord => /(_ isT)/Qeq_bool_eq.
move/(qR_eq R); rewrite qR0 qR_sum => e; rewrite -[RHS]e.
by apply: eq_bigr => x _; rewrite /at_state !mxE enum_rankK.
Qed.

Definition splits (Y : seq (seq Q)) : bool :=
  let mass := fibre_sumsQ (fun x => pQ x) in
  all (fun i => let sums := fibre_sumsQ (fun x => JQ i x) in all (fun x =>
    Qeq_bool (Qmult (pQ x) (nth Q0 sums (fN x))) (Qmult (nth Q0 mass (fN x))
      (sumQ d predT (fun j => Qmult (nth Q0 (nth [::] Y i) j) (JQ j x)))))
    (iota 0 n)) (iota 0 d).

Theorem cylindrical_by_computation Y : splits Y -> cylindrical pi mx_rows.
Proof.
move=> ok; rewrite cylindricalE; apply/row_subP => i; rewrite row_mul.
apply/submxP; exists (\row_j q (nth Q0 (nth [::] Y i) j)); apply: at_inj => x.
rewrite lifted /at_state mxE; move: ok => /allP/(_ i).
rewrite mem_iota ltn_ord => /(_ isT)/allP/(_ x); rewrite mem_iota ltn_ord.
move=> /(_ isT)/Qeq_bool_eq; rewrite !fibre_sumsE -/(liftedQ i x) => /(qR_eq R) ->.
rewrite qR_mul mulrAC divff ?margin_neq0 //.
rewrite mul1r qR_sum; apply: eq_bigr => j _.
by rewrite !mxE enum_rankK qR_mul.
Qed.

Definition fails (l : seq Q) : bool :=
  let mass := fibre_sumsQ (fun x => pQ x) in
  all (fun i => Qeq_bool (sumQ n predT (fun x => Qmult (JQ i x) (nth Q0 l x))) Q0)
      (iota 0 d) &&
  has (fun i => let sums := fibre_sumsQ (fun x => JQ i x) in
    ~~ Qeq_bool (sumQ n predT (fun x => Qmult (Qdiv (Qmult (pQ x)
         (nth Q0 sums (fN x))) (nth Q0 mass (fN x))) (nth Q0 l x))) Q0) (iota 0 d).

Theorem not_cylindrical_by_computation l : fails l -> ~~ cylindrical pi mx_rows.
Proof.
case/andP=> zero /hasP[i]; rewrite mem_iota add0n /= => lt ne.
apply: contraL isT => /cylindricalP cyl /=; pose i0 := Ordinal lt : 'I_d.
pose L : 'rV[R]_#|'I_n| := vec (fun x : 'I_n => q (nth Q0 l x)).
have ortho A : (A <= mx_rows)%MS -> pair L A = 0.
  move: A; apply/pair_parameters/rowP => j; rewrite !mxE sum_states.
  move: zero => /allP/(_ j); rewrite mem_iota ltn_ord => /(_ isT)/Qeq_bool_eq.
  move/(qR_eq R); rewrite qR0 qR_sum => e; rewrite -[RHS]e; apply: eq_bigr => x _.
  by rewrite !mxE enum_rankK qR_mul mulrC.
have := ortho _ (cyl _ (row_sub i0 mx_rows)); rewrite pairE => e.
case/negP: (qR_neq0 R ne); rewrite qR_sum; apply/eqP; rewrite -[RHS]e.
apply: eq_bigr => x _; rewrite vecE lifted qR_mul mulrC; congr (_ * _).
by rewrite !fibre_sumsE -/(liftedQ i x) qR_div.
Qed.

(* What the theory says of an instance, once the checks have been computed:
   S3 and S8, or their failure and S9. *)

Definition splitting_model : Prop :=
  cylindrical pi mx_rows /\
  forall q : 'rV_#|'I_n|,
    q *m proj (fisher checked_p) mx_rows *m pi =
    q *m pi *m proj (fisher (marginal checked_onto checked_p)) (mx_rows *m pi).

Definition failing_model : Prop :=
  ~~ cylindrical pi mx_rows /\
  exists q : distribution R [finType of 'I_n], exists g gV,
    [/\ is_gradient (fisher checked_p) mx_rows (d_divergence checked_p q) g,
        is_gradient (fisher (marginal checked_onto checked_p)) (mx_rows *m pi)
          (d_divergence (marginal checked_onto checked_p) (fibre_sum checked_f q)) gV &
        g *m pi != gV].

Theorem splitting_by_computation Y : splits Y -> splitting_model.
Proof.
move=> /cylindrical_by_computation cyl; split=> // q; exact: cylindrical_proj.
Qed.

Theorem failing_by_computation l : centred -> fails l -> failing_model.
Proof.
move=> /centred_tangent sub /not_cylindrical_by_computation cyl; split=> //.
exact: converse_elbo.
Qed.

End Rows.

End Table.

(* For files of numbers: the table, the rows of its derivatives, the map. *)

Definition splitting R n k fs ps d J : Prop :=
  exists ok : table n k fs ps, @splitting_model R n k fs ps ok d J.
Definition failing R n k fs ps d J : Prop :=
  exists ok : table n k fs ps, @failing_model R n k fs ps ok d J.

Theorem splitting_instance R n k fs ps d J Y :
  table n k fs ps && splits n fs ps d J Y -> @splitting R n k fs ps d J.
Proof. by case/andP=> ok c; exists ok; exact: splitting_by_computation c. Qed.

Theorem failing_instance R n k fs ps d J l :
  [&& table n k fs ps, centred n d J & fails n fs ps d J l] ->
  @failing R n k fs ps d J.
Proof.
by case/and3P=> ok s c; exists ok; exact: failing_by_computation s c.
Qed.
