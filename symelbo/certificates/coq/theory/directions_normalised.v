Lemma along_slope : forall theta n v h, along theta (at_ theta n) v h == value theta (slope n v h).
Proof. intros. now rewrite value_slope. Qed.
Lemma horizontal_by : forall n, (forall theta v h h', value theta (slope n v h * w v h') ==
  value theta (slope n v h' * w v h)) ->
  forall theta, positive theta -> horizontal theta (along theta (at_ theta n)).
Proof. intros n H theta _ v h h'. rewrite !along_slope. exact (H theta v h h'). Qed.
Lemma vertical_by : forall n, (forall theta v, value theta (fibre (slope n v)) == value theta 0) ->
  forall theta, positive theta -> vertical (along theta (at_ theta n)).
Proof.
  intros n H theta _ v. rewrite <- (H theta v), value_fibre. unfold marginal. apply sum_ext. intros h.
  apply along_slope.
Qed.
Lemma null_by : forall n, (forall theta v h, value theta (slope n v h) == value theta 0) ->
  forall theta, positive theta -> forall v h, along theta (at_ theta n) v h == 0.
Proof. intros n H theta _ v h. rewrite along_slope. apply H. Qed.
