Lemma normaliser_not_zero : forall theta, positive theta -> ~ value theta normaliser == 0.
Proof.
  intros theta P E. destruct first_state as [v h]. specialize (P v h). unfold prob, Qdiv in P. rewrite E in P.
  setoid_replace (value theta (w v h) * / 0) with 0 in P by (cbn; ring). discriminate P.
Qed.
Lemma weight_not_zero : forall theta, positive theta -> forall v h, ~ value theta (w v h) == 0.
Proof.
  intros theta P v h E. specialize (P v h). unfold prob, Qdiv in P. rewrite E, Qmult_0_l in P. discriminate P.
Qed.
Lemma value_D_whole : forall theta i f, value theta (D i (whole f)) == total (fun v h => value theta (D i (f v h))).
Proof.
  intros. unfold whole, total, marginal. induction visibles as [|v l IH]; [reflexivity|].
  cbn [fold_right D value]. rewrite sum_cons, IH. apply Qplus_comp; [|reflexivity].
  clear IH. unfold fibre. induction hiddens as [|h m IHm]; [reflexivity|]. cbn [fold_right D value].
  now rewrite sum_cons, IHm.
Qed.
Lemma value_total : forall theta f, value theta (whole f) == total (fun v h => value theta (f v h)).
Proof. intros. apply value_whole. Qed.
Lemma slope_normaliser : forall theta n,
  sum parameters (fun i => at_ theta n i * value theta (D i normaliser)) == value theta (whole (slope n)).
Proof.
  intros. rewrite value_total. unfold total, marginal.
  rewrite (sum_ext _ parameters _ (fun i => sum visibles (fun v => sum hiddens (fun h => at_ theta n i * value
  theta (D i (w v h)))))).
  - rewrite (sum_swap _ _ parameters visibles). apply sum_ext. intros v. rewrite (sum_swap _ _ parameters hiddens).
    apply sum_ext. intros h. now rewrite value_slope.
  - intros i. unfold normaliser. rewrite value_D_whole. unfold total, marginal. rewrite <- sum_scale.
    apply sum_ext. intros v. now rewrite sum_scale.
Qed.
Lemma along_slope : forall theta n v h, positive theta -> along theta (at_ theta n) v h ==
  (value theta (slope n v h) * value theta normaliser - value theta (w v h) * value theta (whole (slope n)))
  / (value theta normaliser * value theta normaliser).
Proof.
  intros theta n v h P. unfold along, J. rewrite <- slope_normaliser, value_slope. unfold Qdiv.
  set (r := / (value theta normaliser * value theta normaliser)). set (q := value theta normaliser).
  rewrite (sum_ext _ parameters _ (fun i => (q * r) * (at_ theta n i * value theta (D i (w v h)))
    + (- (value theta (w v h) * r)) * (at_ theta n i * value theta (D i normaliser)))) by (intros; ring).
  rewrite sum_add, !sum_scale. ring.
Qed.
Lemma horizontal_by : forall n, (forall theta v h h', value theta (slope n v h * w v h') ==
  value theta (slope n v h' * w v h)) ->
  forall theta, positive theta -> horizontal theta (along theta (at_ theta n)).
Proof.
  intros n H theta P v h h'. rewrite !along_slope by exact P. unfold prob. specialize (H theta v h h').
  cbn [value] in H.
  pose proof (normaliser_not_zero theta P) as N.
  set (q := value theta normaliser) in *. set (S := value theta (whole (slope n))).
  setoid_replace ((value theta (slope n v h) * q - value theta (w v h) * S) / (q * q) * (value theta (w v h') / q))
    with ((value theta (slope n v h) * value theta (w v h') * q - value theta (w v h) * value theta (w v h') * S) /
    (q * q * q))
    by (field; exact N).
  rewrite H. field. exact N.
Qed.
(* It is enough to compare with one state: ratios of sums. *)
Lemma cancel : forall s s0 u u0 S U : Q, ~ u0 == 0 -> s * u0 == s0 * u -> S * u0 == s0 * U -> s * U - u * S == 0.
Proof.
  intros s s0 u u0 S U N E F. assert (K : (s * U - u * S) * u0 == 0).
  { setoid_replace ((s * U - u * S) * u0) with (s * u0 * U - u * (S * u0)) by ring. rewrite E, F. ring. }
  apply Qmult_integral in K. tauto.
Qed.
Lemma vertical_by : forall n,
  (forall theta v, value theta (fibre (slope n v) * fibre (w (fst first_state))) ==
  value theta (fibre (slope n (fst first_state)) * fibre (w v))) ->
  forall theta, positive theta -> vertical (along theta (at_ theta n)).
Proof.
  intros n H theta P v. unfold marginal. rewrite (sum_ext _ hiddens _ _ (fun h => along_slope theta n v h P)).
  set (q := value theta normaliser). set (S := value theta (whole (slope n))).
  rewrite (sum_ext _ hiddens _ (fun h => (q / (q * q)) * value theta (slope n v h) + (- (S / (q * q))) * value
  theta (w v h))) by (intros; unfold Qdiv; ring).
  rewrite sum_add, !sum_scale, <- !value_fibre.
  setoid_replace (q / (q * q) * value theta (fibre (slope n v)) + - (S / (q * q)) * value theta (fibre (w v)))
    with ((value theta (fibre (slope n v)) * q - value theta (fibre (w v)) * S) * / (q * q)) by (unfold Qdiv; ring).
  rewrite (cancel _ (value theta (fibre (slope n (fst first_state)))) _ (value theta (fibre (w (fst first_state))))
  S q); [ring| |exact (H theta v)|].
  - pose proof (marginal_positive theta P (fst first_state)) as K. intros E. rewrite value_fibre in E.
    unfold marginal, prob, Qdiv in K.
    rewrite (sum_ext _ hiddens _ (fun h => / value theta normaliser * value theta (w (fst first_state) h))) in K by
    (intros; ring).
    rewrite sum_scale, E in K. lra.
  - unfold S, q, normaliser. rewrite !value_whole.
    rewrite (Qmult_comm _ (value theta (fibre (w _)))), <- !sum_scale. apply sum_ext. intros v'.
    rewrite <- !value_fibre. rewrite <- (H theta v'). cbn [value]. ring.
Qed.
Lemma null_by : forall n,
  (forall theta v h, value theta (slope n v h * w (fst first_state) (snd first_state))
    == value theta (slope n (fst first_state) (snd first_state) * w v h)) ->
  forall theta, positive theta -> forall v h, along theta (at_ theta n) v h == 0.
Proof.
  intros n H theta P v h. rewrite along_slope by exact P.
  rewrite (cancel _ (value theta (slope n (fst first_state) (snd first_state))) _ (value theta (w (fst first_state)
  (snd first_state)))
    (value theta (whole (slope n))) (value theta normaliser)); [unfold Qdiv;
    ring|now apply weight_not_zero|exact (H theta v h)|].
  unfold normaliser. rewrite !value_whole, (Qmult_comm _ (value theta (w _ _))), <- !sum_scale. apply sum_ext.
  intros v'.
  rewrite <- !sum_scale. apply sum_ext. intros h'. rewrite <- (H theta v' h'). cbn [value]. ring.
Qed.
Lemma tangent_sum : forall theta i, positive theta -> total (J theta i) == 0.
Proof.
  intros theta i P. unfold J. set (q := value theta normaliser). set (r := value theta (D i normaliser)).
  rewrite (total_ext _ (fun v h => (q / (q * q)) * value theta (D i (w v h)) + (- (r / (q * q))) * value theta (w v
  h)))
    by (intros; unfold Qdiv; ring).
  rewrite total_add, !total_scale, <- value_D_whole, <- value_total. fold normaliser. fold q. fold r. unfold Qdiv.
  ring.
Qed.
