Definition marginal (A : visible -> hidden -> Q) (v : visible) : Q := sum hiddens (fun h => A v h).
Definition total (A : visible -> hidden -> Q) : Q := sum visibles (fun v => marginal A v).
Definition along (theta : generator -> Q) (c : parameter -> Q) (v : visible) (h : hidden) : Q :=
  sum parameters (fun i => c i * J theta i v h).
Definition positive (theta : generator -> Q) : Prop := forall v h, 0 < prob theta v h.
(* T: tangent vectors of the model.  H: scores A/p that depend on v alone.  V: the kernel of the marginalisation. *)
Definition tangent (theta : generator -> Q) (A : visible -> hidden -> Q) : Prop :=
  exists c, forall v h, A v h == along theta c v h.
Definition horizontal (theta : generator -> Q) (A : visible -> hidden -> Q) : Prop :=
  forall v h h', A v h * prob theta v h' == A v h' * prob theta v h.
Definition vertical (A : visible -> hidden -> Q) : Prop := forall v, marginal A v == 0.
(* Cylindrical: T = (T n H) + (T n V). *)
Definition cylindrical_at (theta : generator -> Q) : Prop :=
  forall A, tangent theta A -> exists B C, tangent theta B /\ horizontal theta B /\ tangent theta C /\ vertical C /\
  forall v h, A v h == B v h + C v h.

Lemma all_states : forall t, forallb (fun v => forallb (fun h => t v h) hiddens) visibles = true ->
  forall v h, t v h = true.
Proof.
  intros t H v h. pose proof (every _ _ _ visibles_listed _ H v) as K. exact (every _ _ _ hiddens_listed _ K h).
Qed.
Lemma positive_by : forall theta,
  forallb (fun v => forallb (fun h => negb (Qle_bool (prob theta v h) 0)) hiddens) visibles = true -> positive theta.
Proof.
  intros theta H v h. pose proof (all_states _ H v h) as K. cbv beta in K.
  apply Qnot_le_lt. intros L. apply Qle_bool_iff in L. now rewrite L in K.
Qed.
Lemma along_ext : forall theta c c' v h, (forall i, c i == c' i) -> along theta c v h == along theta c' v h.
Proof. intros. apply sum_ext. intros. now rewrite H. Qed.
Lemma along_add : forall theta c c' v h, along theta (fun i => c i + c' i) v h ==
  along theta c v h + along theta c' v h.
Proof. intros. unfold along. rewrite <- sum_add. apply sum_ext. intros; ring. Qed.
Lemma along_scale : forall theta q c v h, along theta (fun i => q * c i) v h == q * along theta c v h.
Proof. intros. unfold along. rewrite <- sum_scale. apply sum_ext. intros; ring. Qed.
Lemma marginal_ext : forall A B v, (forall v h, A v h == B v h) -> marginal A v == marginal B v.
Proof. intros. apply sum_ext. intros; apply H. Qed.
Lemma marginal_positive : forall theta, positive theta -> forall v, 0 < marginal (prob theta) v.
Proof.
  intros theta P v. assert (E : exists h, In h hiddens) by (exists (snd first_state);
  eapply nth_error_In, hiddens_listed).
  destruct E as [h E]. apply sum_pos with h; [intros; apply P|exact E].
Qed.
Lemma every_fibre : forall t : visible -> hidden -> hidden -> bool,
  forallb (fun v => forallb (fun h => forallb (fun h' => t v h h') hiddens) hiddens) visibles = true ->
  forall v h h', t v h h' = true.
Proof. intros t H v h h'. pose proof (all_states _ H v h) as K. exact (every _ _ _ hiddens_listed _ K h'). Qed.
Lemma total_add : forall A B, total (fun v h => A v h + B v h) == total A + total B.
Proof.
  intros. unfold total, marginal. rewrite <- sum_add. apply sum_ext. intros v.
  now rewrite (sum_add _ hiddens (fun h => A v h) (fun h => B v h)).
Qed.
Lemma total_scale : forall q A, total (fun v h => q * A v h) == q * total A.
Proof.
  intros. unfold total, marginal. rewrite <- sum_scale. apply sum_ext. intros v.
  now rewrite (sum_scale _ hiddens q (fun h => A v h)).
Qed.
Lemma total_ext : forall A B, (forall v h, A v h == B v h) -> total A == total B.
Proof. intros. apply sum_ext. intros v. apply sum_ext. intros h. apply H. Qed.
Lemma equal_by : forall (T : Type) (l : list T) n f1 f2, (forall k, nth_error l (n k) = Some k) ->
  forallb (fun k => Qeq_bool (f1 k) (f2 k)) l = true -> forall k, f1 k == f2 k.
Proof. intros T l n f1 f2 L H k. apply Qeq_bool_eq. exact (every _ _ _ L _ H k). Qed.
Definition unit_at (i j : parameter) : Q := if Nat.eqb (number_p i) (number_p j) then 1 else 0.
Lemma parameter_pairs : forall t : parameter -> parameter -> bool,
  forallb (fun i => forallb (fun j => t i j) parameters) parameters = true -> forall i j, t i j = true.
Proof.
  intros t H i j. pose proof (every _ _ _ parameters_listed _ H i) as E. exact (every _ _ _ parameters_listed _ E j).
Qed.
