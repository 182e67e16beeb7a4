(* ---- How the splitting is refuted: a linear form on T that vanishes on T n H and on T n V, but not on T ---- *)
Definition form_H (theta : generator -> Q) (a : visible -> hidden -> Q) (A : visible -> hidden -> Q) : Q :=
  sum visibles (fun v => sum hiddens (fun h =>
    a v h * (A v h * marginal (prob theta) v - prob theta v h * marginal A v))).
Definition form_V (b : visible -> Q) (A : visible -> hidden -> Q) : Q := sum visibles (fun v => b v * marginal A v).
Lemma form_V_ext : forall b A B, (forall v h, A v h == B v h) -> form_V b A == form_V b B.
Proof. intros. apply sum_ext. intros. now rewrite (marginal_ext A B). Qed.
Lemma form_V_add : forall b A B, form_V b (fun v h => A v h + B v h) == form_V b A + form_V b B.
Proof.
  intros. unfold form_V. rewrite <- sum_add. apply sum_ext. intros v. unfold marginal.
  rewrite (sum_add _ hiddens (fun h => A v h) (fun h => B v h)). ring.
Qed.
Lemma form_V_vertical : forall b A, vertical A -> form_V b A == 0.
Proof. intros b A H. apply sum_zero. intros v. rewrite (H v). ring. Qed.
Lemma form_V_along : forall theta b c, form_V b (along theta c) ==
  sum parameters (fun i => c i * form_V b (J theta i)).
Proof.
  intros. unfold form_V, along, marginal.
  rewrite (sum_ext _ parameters _ (fun i => sum visibles (fun v => sum hiddens (fun h => b v * (c i * J theta i v
  h))))).
  - rewrite sum_swap. apply sum_ext. intros v. rewrite sum_swap, <- sum_scale. apply sum_ext. intros h.
    now rewrite <- sum_scale.
  - intros i. rewrite <- sum_scale. apply sum_ext. intros v.
    rewrite <- !sum_scale. apply sum_ext. intros h. ring.
Qed.
Lemma form_H_horizontal : forall theta a A, horizontal theta A -> form_H theta a A == 0.
Proof.
  intros theta a A H. apply sum_zero. intros v. apply sum_zero. intros h.
  unfold marginal. rewrite <- !sum_scale.
  rewrite (sum_ext _ hiddens (fun h' => A v h * prob theta v h') (fun h' => prob theta v h * A v h')); [ring|].
  intros h'. rewrite (H v h h'). ring.
Qed.
Lemma form_H_ext : forall theta a A B, (forall v h, A v h == B v h) -> form_H theta a A == form_H theta a B.
Proof. intros. apply sum_ext. intros. apply sum_ext. intros. now rewrite (marginal_ext A B), H. Qed.
Lemma form_H_along : forall theta a c, form_H theta a (along theta c) ==
  sum parameters (fun i => c i * form_H theta a (J theta i)).
Proof.
  intros. unfold form_H.
  rewrite (sum_ext _ parameters _ (fun i => sum visibles (fun v => sum hiddens (fun h =>
    c i * (a v h * (J theta i v h * marginal (prob theta) v - prob theta v h * marginal (J theta i) v)))))).
  - rewrite (sum_swap _ _ parameters visibles). apply sum_ext. intros v.
    rewrite (sum_swap _ _ parameters hiddens). apply sum_ext. intros h.
    assert (E : marginal (along theta c) v == sum parameters (fun i => c i * marginal (J theta i) v)).
    { unfold marginal, along. rewrite sum_swap. apply sum_ext. intros i. now rewrite <- sum_scale. }
    rewrite E. unfold along. set (m := marginal (prob theta) v). set (r := prob theta v h).
    rewrite (sum_ext _ parameters (fun i => c i * (a v h * (J theta i v h * m - r * marginal (J theta i) v)))
      (fun i => (a v h * m) * (c i * J theta i v h) + (- (a v h * r)) * (c i * marginal (J theta i) v))) by
      (intros; ring).
    rewrite sum_add, !sum_scale. ring.
  - intros i. rewrite <- sum_scale. apply sum_ext. intros v. now rewrite <- sum_scale.
Qed.
Lemma refuted_by : forall theta a b c,
  (forall i, form_H theta a (J theta i) == form_V b (J theta i)) -> ~ form_V b (along theta c) == 0 ->
  ~ cylindrical_at theta.
Proof.
  intros theta a b c E N S. apply N.
  assert (F : forall A, tangent theta A -> form_H theta a A == form_V b A).
  { intros A [c' H]. rewrite (form_H_ext _ _ _ _ H), (form_V_ext _ _ _ H), form_H_along, form_V_along.
    apply sum_ext. intros i. now rewrite E. }
  destruct (S (along theta c)) as [B [C [TB [HB [TC [VC AB]]]]]]; [now exists c|].
  rewrite (form_V_ext _ _ _ AB), form_V_add, (form_V_vertical b C VC), <- (F B TB), (form_H_horizontal theta a B
  HB). ring.
Qed.
