(* ---- Natural gradients ---- *)
(* c are coefficients of -grad^M D(q||.) on the model: g(J c, J_i) = sum q J_i / p for all i. *)
Definition elbo_gradient (theta : generator -> Q) (q : visible -> hidden -> Q) (c : parameter ->
  Q) : Prop := forall i,
  total (fun v h => J theta i v h * along theta c v h / prob theta v h) ==
  total (fun v h => J theta i v h * q v h / prob theta v h).
(* c are coefficients of -grad^{M_V} D(p*||.) on the visible model, p* = q_V. *)
Definition evidence_gradient (theta : generator -> Q) (q : visible -> hidden -> Q) (c : parameter ->
  Q) : Prop := forall i,
  sum visibles (fun v => marginal (J theta i) v * marginal (along theta c) v / marginal (prob theta) v) ==
  sum visibles (fun v => marginal (J theta i) v * marginal q v / marginal (prob theta) v).

Lemma total_sum : forall (c : parameter -> Q) (A : parameter -> visible -> hidden -> Q),
  total (fun v h => sum parameters (fun i => c i * A i v h)) == sum parameters (fun i => c i * total (A i)).
Proof.
  intros. unfold total. rewrite (sum_ext _ parameters _ (fun i => sum visibles (fun v => c i * marginal (A i) v))).
  - rewrite sum_swap. apply sum_ext. intros v. unfold marginal. rewrite sum_swap. apply sum_ext. intros i.
    now rewrite sum_scale.
  - intros i. now rewrite sum_scale.
Qed.
(* The normal equations for all tangent vectors, not only the J_i. *)
Lemma elbo_gradient_against : forall theta q c, elbo_gradient theta q c -> forall A, tangent theta A ->
  total (fun v h => A v h * along theta c v h / prob theta v h) == total (fun v h => A v h * q v h / prob theta v h).
Proof.
  intros theta q c H A [k K].
  assert (E : forall B, total (fun v h => A v h * B v h / prob theta v h) ==
    sum parameters (fun i => k i * total (fun v h => J theta i v h * B v h / prob theta v h))).
  { intros B. rewrite <- total_sum. apply total_ext. intros v h. rewrite K. unfold along, Qdiv.
    rewrite (sum_ext _ parameters (fun i => k i * (J theta i v h * B v h * / prob theta v h))
      (fun i => (B v h * / prob theta v h) * (k i * J theta i v h))) by (intros; ring).
    rewrite sum_scale. ring. }
  rewrite !E. apply sum_ext. intros i. now rewrite (H i).
Qed.
Lemma marginal_along : forall theta c v, marginal (along theta c) v ==
  sum parameters (fun i => c i * marginal (J theta i) v).
Proof. intros. unfold marginal, along. rewrite sum_swap. apply sum_ext. intros i. now rewrite sum_scale. Qed.
Lemma evidence_gradient_against : forall theta q c, evidence_gradient theta q c -> forall A, tangent theta A ->
  sum visibles (fun v => marginal A v * marginal (along theta c) v / marginal (prob theta) v) ==
  sum visibles (fun v => marginal A v * marginal q v / marginal (prob theta) v).
Proof.
  intros theta q c H A [k K].
  assert (E : forall b, sum visibles (fun v => marginal A v * b v / marginal (prob theta) v) ==
    sum parameters (fun i => k i * sum visibles (fun v => marginal (J theta i) v * b v / marginal (prob theta) v))).
  { intros b. rewrite (sum_ext _ parameters _ (fun i => sum visibles (fun v => k i * (marginal (J theta i) v * b v
    / marginal (prob theta) v)))) by (intros; now rewrite sum_scale).
    rewrite sum_swap. apply sum_ext. intros v. rewrite (marginal_ext _ _ v K), marginal_along. unfold Qdiv.
    rewrite (sum_ext _ parameters (fun i => k i * (marginal (J theta i) v * b v * / marginal (prob theta) v))
      (fun i => (b v * / marginal (prob theta) v) * (k i * marginal (J theta i) v))) by (intros; ring).
    rewrite sum_scale. ring. }
  rewrite !E. apply sum_ext. intros i. now rewrite (H i).
Qed.
Lemma square_over : forall q r, 0 < r -> 0 <= q * q / r.
Proof.
  intros q r H. unfold Qdiv. apply Qmult_le_0_compat; [nra|]. apply Qlt_le_weak, Qinv_lt_0_compat, H.
Qed.
Lemma square_over_zero : forall q r, 0 < r -> q * q / r == 0 -> q == 0.
Proof.
  intros q r H E. assert (K : q * q == 0).
  { setoid_replace (q * q) with (q * q / r * r) by (field; lra). rewrite E. ring. }
  apply Qmult_integral in K. tauto.
Qed.
Lemma total_zero : forall A, (forall v h, 0 <= A v h) -> total A == 0 -> forall v h, A v h == 0.
Proof.
  intros A P E v h. assert (I : In v visibles) by (eapply nth_error_In, visibles_listed).
  assert (K : In h hiddens) by (eapply nth_error_In, hiddens_listed).
  apply (sum_nonneg_zero _ hiddens (fun h' => A v h')); [intros; apply P| |exact K].
  apply (sum_nonneg_zero _ visibles (fun v' => marginal A v')); [|exact E|exact I].
  intros. apply sum_nonneg. intros. apply P.
Qed.
Lemma cancels : forall q, q + (-1) * q == 0. Proof. intros; ring. Qed.
(* Two solutions of the normal equations give the same tangent vector. *)
Lemma elbo_gradient_unique : forall theta q c k, positive theta -> elbo_gradient theta q c ->
  elbo_gradient theta q k ->
  forall v h, along theta c v h == along theta k v h.
Proof.
  intros theta q c k P Hc Hk. set (u := fun v h => along theta c v h - along theta k v h).
  assert (T : tangent theta u).
  { exists (fun i => c i + (-1) * k i). intros v h. unfold u. rewrite along_add, along_scale. ring. }
  assert (E : total (fun v h => u v h * u v h / prob theta v h) == 0).
  { rewrite (total_ext _ (fun v h => u v h * along theta c v h / prob theta v h + (-1) * (u v h * along theta k v h
    / prob theta v h)))
      by (intros; unfold u, Qdiv; ring).
    rewrite total_add, total_scale, (elbo_gradient_against _ _ _ Hc _ T), (elbo_gradient_against _ _ _ Hk _ T).
    apply cancels. }
  intros v h. enough (u v h == 0) by (unfold u in *; lra).
  apply square_over_zero with (prob theta v h); [apply P|].
  apply (total_zero (fun v h => u v h * u v h / prob theta v h)); [|exact E].
  intros. apply square_over, P.
Qed.
Lemma visible_zero : forall theta A, positive theta ->
  sum visibles (fun v => marginal A v * marginal A v / marginal (prob theta) v) == 0 -> forall v, marginal A v == 0.
Proof.
  intros theta A P E v. assert (I : In v visibles) by (eapply nth_error_In, visibles_listed).
  pose proof (marginal_positive theta P) as PV. apply square_over_zero with (marginal (prob theta) v); [apply PV|].
  apply (sum_nonneg_zero _ visibles (fun v' => marginal A v' * marginal A v' / marginal (prob theta) v'));
  [|exact E|exact I].
  intros. apply square_over, PV.
Qed.
Lemma evidence_gradient_unique : forall theta q c k, positive theta -> evidence_gradient theta q c ->
  evidence_gradient theta q k ->
  forall v, marginal (along theta c) v == marginal (along theta k) v.
Proof.
  intros theta q c k P Hc Hk v. set (u := along theta (fun i => c i + (-1) * k i)).
  assert (M : forall v, marginal u v == marginal (along theta c) v + (-1) * marginal (along theta k) v).
  { intros v'. unfold u. rewrite !marginal_along, <- sum_scale, <- sum_add. apply sum_ext. intros; ring. }
  assert (T : tangent theta u) by (eexists; intros; reflexivity).
  enough (marginal u v == 0) by (rewrite M in *; lra).
  apply (visible_zero theta u P).
  rewrite (sum_ext _ visibles _ (fun v => marginal u v * marginal (along theta c) v / marginal (prob theta) v
    + (-1) * (marginal u v * marginal (along theta k) v / marginal (prob theta) v))) by (intros v';
      rewrite (M v') at 2; unfold Qdiv; ring).
  rewrite sum_add, sum_scale, (evidence_gradient_against _ _ _ Hc _ T), (evidence_gradient_against _ _ _ Hk _ T).
  apply cancels.
Qed.
(* By computation at a point: what is left of the normal equations, divided by p, is tabulated once. *)
Definition table_of (A : visible -> hidden ->
  Q) : list (list Q) := map (fun v => map (fun h => Qred (A v h)) hiddens) visibles.
Definition entry (l : list (list Q)) (v : visible) (h : hidden) : Q := nth (number_h h) (nth (number_v v) l []) 0.
Lemma nth_listed : forall (T S : Type) (f : T -> S) l k n d, nth_error l n = Some k -> nth n (map f l) d = f k.
Proof. intros T S f l k n d H. apply nth_error_nth. now apply map_nth_error. Qed.
Lemma entry_table : forall A v h, entry (table_of A) v h == A v h.
Proof.
  intros A v h. unfold entry, table_of. rewrite (nth_listed _ _ _ _ _ _ _ (visibles_listed v)).
  rewrite (nth_listed _ _ _ _ _ _ _ (hiddens_listed h)). apply Qred_correct.
Qed.
Lemma difference_zero : forall r s : Q, r + (-1) * s == 0 -> r == s. Proof. intros; lra. Qed.
Lemma elbo_gradient_by : forall theta q c,
  (let l := table_of (fun v h => (along theta c v h - q v h) / prob theta v h) in
   forallb (fun i => Qeq_bool (total (fun v h => J theta i v h * entry l v h)) 0) parameters) = true ->
   elbo_gradient theta q c.
Proof.
  intros theta q c H i. cbv zeta in H. pose proof (every _ _ _ parameters_listed _ H i) as E. apply Qeq_bool_eq in E.
  apply difference_zero. rewrite <- total_scale, <- total_add, <- E. apply total_ext. intros v h.
  rewrite entry_table. unfold Qdiv. ring.
Qed.
Lemma evidence_gradient_by : forall theta q c,
  (let l := map (fun v => Qred ((marginal (along theta c) v - marginal q v) / marginal (prob theta) v)) visibles in
   forallb (fun i => Qeq_bool (sum visibles (fun v => marginal (J theta i) v * nth (number_v v) l 0)) 0)
   parameters) = true ->
  evidence_gradient theta q c.
Proof.
  intros theta q c H i. cbv zeta in H. pose proof (every _ _ _ parameters_listed _ H i) as E. apply Qeq_bool_eq in E.
  apply difference_zero. rewrite <- sum_scale, <- sum_add, <- E. apply sum_ext. intros v.
  rewrite (nth_listed _ _ _ _ _ _ _ (visibles_listed v)), Qred_correct. unfold Qdiv. ring.
Qed.
