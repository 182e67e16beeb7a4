(* ---- The main theorem: where T splits, the two gradients agree in P(V), for every q ---- *)
Lemma tangent_sub : forall theta A B, tangent theta A -> tangent theta B -> tangent theta (fun v h => A v h - B v h).
Proof.
  intros theta A B [c Hc] [k Hk]. exists (fun i => c i + (-1) * k i). intros v h.
  rewrite along_add, along_scale, Hc, Hk. ring.
Qed.
Lemma marginal_add : forall A B v, marginal (fun v h => A v h + B v h) v == marginal A v + marginal B v.
Proof. intros. unfold marginal. now rewrite (sum_add _ hiddens (fun h => A v h) (fun h => B v h)). Qed.
Lemma marginal_sub : forall A B v, marginal (fun v h => A v h - B v h) v == marginal A v - marginal B v.
Proof.
  intros. rewrite (marginal_ext _ (fun v h => A v h + (-1) * B v h)) by (intros; ring).
  rewrite (marginal_add A (fun v h => (-1) * B v h)). unfold marginal at 2.
  rewrite (sum_scale _ hiddens (-1) (fun h => B v h)).
  fold (marginal B v). ring.
Qed.
Lemma horizontal_score : forall theta A, positive theta -> horizontal theta A ->
  forall v h, A v h / prob theta v h == marginal A v / marginal (prob theta) v.
Proof.
  intros theta A P H v h. pose proof (P v h) as K. pose proof (marginal_positive theta P v) as L.
  assert (E : A v h * marginal (prob theta) v == prob theta v h * marginal A v).
  { unfold marginal. rewrite <- !sum_scale. apply sum_ext. intros h'. rewrite (H v h h'). ring. }
  setoid_replace (A v h) with (prob theta v h * marginal A v / marginal (prob theta) v) by (rewrite <- E; field; lra).
  field; lra.
Qed.
(* The product of a horizontal vector with any other is seen in P(V). *)
Lemma horizontal_product : forall theta A B, positive theta -> horizontal theta A ->
  total (fun v h => A v h * B v h / prob theta v h) ==
  sum visibles (fun v => marginal A v * marginal B v / marginal (prob theta) v).
Proof.
  intros theta A B P H. unfold total. apply sum_ext. intros v. unfold marginal at 1.
  rewrite (sum_ext _ hiddens _ (fun h => marginal A v / marginal (prob theta) v * B v h)).
  - rewrite (sum_scale _ hiddens _ (fun h => B v h)). fold (marginal B v). unfold Qdiv. ring.
  - intros h. rewrite <- (horizontal_score theta A P H v h). unfold Qdiv. ring.
Qed.
Lemma equivalence_where_split : forall theta, positive theta -> cylindrical_at theta -> forall q c k,
  elbo_gradient theta q c -> evidence_gradient theta q k ->
  forall v, marginal (along theta c) v == marginal (along theta k) v.
Proof.
  intros theta P S q c k Hc Hk v.
  destruct (S (along theta c)) as [A [A' [TA [HA [_ [VA EA]]]]]]; [eexists; intros; reflexivity|].
  destruct (S (along theta k)) as [B [B' [TB [HB [_ [VB EB]]]]]]; [eexists; intros; reflexivity|].
  set (u := fun v h => A v h - B v h).
  assert (T : tangent theta u) by now apply tangent_sub.
  assert (H : horizontal theta u).
  { intros v' h h'. unfold u. specialize (HA v' h h'). specialize (HB v' h h'). lra. }
  assert (MA : forall v, marginal (along theta c) v == marginal A v).
  { intros v'. rewrite (marginal_ext _ _ v' EA), marginal_add, (VA v'). ring. }
  assert (MB : forall v, marginal (along theta k) v == marginal B v).
  { intros v'. rewrite (marginal_ext _ _ v' EB), marginal_add, (VB v'). ring. }
  enough (E : marginal u v == 0) by (unfold u in E; rewrite marginal_sub in E; rewrite MA, MB; lra).
  apply (visible_zero theta u P).
  pose proof (elbo_gradient_against _ _ _ Hc _ T) as E1. pose proof (evidence_gradient_against _ _ _ Hk _ T) as E2.
  rewrite !horizontal_product in E1 by assumption.
  rewrite (sum_ext _ visibles _ (fun v => marginal u v * marginal (along theta c) v / marginal (prob theta) v
    + (-1) * (marginal u v * marginal (along theta k) v / marginal (prob theta) v))).
  - rewrite sum_add, sum_scale, E1, E2. apply cancels.
  - intros v'. rewrite MA, MB. unfold u at 2. rewrite marginal_sub. unfold Qdiv. ring.
Qed.
