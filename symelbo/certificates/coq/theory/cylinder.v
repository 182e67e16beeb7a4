(* ---- Horizontal, vertical and null directions that together span the parameters split T ---- *)
Definition combination (theta : generator -> Q) (l : list (Q * (parameter -> poly))) (i : parameter) : Q :=
  sum l (fun t => fst t * at_ theta (snd t) i).
Definition spanned (theta : generator -> Q) : Prop := forall c : parameter -> Q, exists k l m, forall i,
  c i == combination theta (combine k N_H) i + (combination theta (combine l N_V) i + combination theta (combine m
  N_0) i).
Lemma along_combination : forall theta l v h,
  along theta (combination theta l) v h == sum l (fun t => fst t * along theta (at_ theta (snd t)) v h).
Proof.
  intros theta l v h. induction l as [|t l IH].
  - apply sum_zero. intros i. cbn. ring.
  - rewrite sum_cons, <- IH, <- along_scale, <- along_add. apply along_ext. intros i. apply sum_cons.
Qed.
Lemma horizontal_combination : forall theta N, Forall (fun n => horizontal theta (along theta (at_ theta n))) N ->
  forall k, horizontal theta (along theta (combination theta (combine k N))).
Proof.
  intros theta N H k v h h'. rewrite !along_combination. revert k.
  induction H as [|n N Hn _ IH]; intros [|q k]; cbn [combine]; try (cbn [sum]; ring).
  rewrite !sum_cons. cbn [fst snd]. specialize (IH k). pose proof (Hn v h h') as E.
  rewrite !Qmult_plus_distr_l, IH, <- !Qmult_assoc, E. reflexivity.
Qed.
Lemma vertical_combination : forall theta N, Forall (fun n => vertical (along theta (at_ theta n))) N ->
  forall k, vertical (along theta (combination theta (combine k N))).
Proof.
  intros theta N H k v. unfold marginal. rewrite (sum_ext _ hiddens _ _ (fun h => along_combination theta _ v h)).
  rewrite sum_swap. revert k. induction H as [|n N Hn _ IH]; intros [|q k]; cbn [combine]; try reflexivity.
  rewrite sum_cons, IH, sum_scale. cbn [fst snd]. specialize (Hn v). unfold marginal in Hn. rewrite Hn. ring.
Qed.
Lemma vertical_null : forall A, (forall v h, A v h == 0) -> vertical A.
Proof. intros A H v. apply sum_zero. intros h. apply H. Qed.
Lemma vertical_add : forall A B, vertical A -> vertical B -> vertical (fun v h => A v h + B v h).
Proof. intros A B H K v. unfold marginal. rewrite (sum_add _ hiddens (fun h => A v h) (fun h => B v h)).
  specialize (H v). specialize (K v).
  unfold marginal in H, K. rewrite H, K. ring. Qed.
Lemma cylindrical_by : forall theta,
  Forall (fun n => horizontal theta (along theta (at_ theta n))) N_H ->
  Forall (fun n => vertical (along theta (at_ theta n))) N_V ->
  Forall (fun n => forall v h, along theta (at_ theta n) v h == 0) N_0 ->
  spanned theta -> cylindrical_at theta.
Proof.
  intros theta HH HV H0 S A [c Hc]. destruct (S c) as [k [l [m E]]].
  assert (K0 : Forall (fun n => vertical (along theta (at_ theta n))) N_0).
  { eapply Forall_impl; [|exact H0]. intros n Hn. now apply vertical_null. }
  exists (along theta (combination theta (combine k N_H))),
    (along theta (fun i => combination theta (combine l N_V) i + combination theta (combine m N_0) i)).
  repeat split.
  - eexists; intros; reflexivity.
  - now apply horizontal_combination.
  - eexists; intros; reflexivity.
  - intros v. rewrite (marginal_ext _ _ v (fun v' h => along_add theta _ _ v' h)).
    now apply vertical_add; apply vertical_combination.
  - intros v h. rewrite Hc, <- along_add. now apply along_ext.
Qed.
(* That directions span is seen from a dual family: K_k (c) are the coefficients of c. *)
Definition coefficients (c : parameter -> Q) (K : list (parameter -> Q)) : list Q :=
  map (fun f => sum parameters (fun j => f j * c j)) K.
Definition dual_combination (theta : generator -> Q) (K : list (parameter -> Q)) (N : list (parameter ->
  poly)) (i j : parameter) : Q :=
  combination theta (combine (map (fun f => f j) K) N) i.
Lemma combination_coefficients : forall theta c N i K,
  combination theta (combine (coefficients c K) N) i ==
  sum parameters (fun j => dual_combination theta K N i j * c j).
Proof.
  intros theta c N i K. unfold dual_combination. revert N. induction K as [|f K IH]; intros [|n N].
  1-3: symmetry; apply sum_zero; intros j; unfold combination; cbn [map combine sum]; ring.
  cbn [coefficients map combine]. fold (coefficients c K). unfold combination in *. rewrite sum_cons, IH.
  cbn [fst snd].
  rewrite Qmult_comm, <- sum_scale, <- sum_add. apply sum_ext. intros j. rewrite sum_cons. cbn [fst snd]. ring.
Qed.
Lemma spanned_by : forall theta K_H K_V K_0,
  forallb (fun i => forallb (fun j => Qeq_bool (dual_combination theta K_H N_H i j
    + (dual_combination theta K_V N_V i j + dual_combination theta K_0 N_0 i j)) (unit_at i j)) parameters)
      parameters = true ->
  spanned theta.
Proof.
  intros theta K_H K_V K_0 H c. exists (coefficients c K_H), (coefficients c K_V), (coefficients c K_0). intros i.
  rewrite !combination_coefficients, <- !sum_add.
  rewrite (sum_ext _ parameters _ (fun j => (if Nat.eqb (number_p i) (number_p j) then 1 else 0) * c j)).
  - symmetry. apply sum_unit with (b := O); [exact parameters_numbered|lia|]. rewrite Nat.sub_0_r.
    apply parameters_listed.
  - intros j. pose proof (every _ _ _ parameters_listed _ H i) as E.
    pose proof (every _ _ _ parameters_listed _ E j) as F.
    apply Qeq_bool_eq in F. fold (unit_at i j). rewrite <- F. ring.
Qed.
