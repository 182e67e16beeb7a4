(* ---- The Fisher metric of a network of conditional tables ---- *)
Definition fisher (theta : generator -> Q) (i j : parameter) : Q :=
  total (fun v h => J theta i v h * J theta j v h / prob theta v h).
(* The probability of the parents' state of the row that a parameter belongs to. *)
Definition row_probability (i : parameter) : poly := whole (fun v h => if uses_row i v h then w v h else Num 0).
(* D_i w D_j w m = k w in every state, and the sum of the k is n: then m G_ij = n. *)
Definition entry_holds (i j : parameter) (m n : poly) : bool :=
  forallb (fun v => forallb (fun h => same (D i (w v h) * D j (w v h) * m)%poly (quotient i j v h * w v h)%poly)
  hiddens) visibles
  && same (whole (quotient i j)) n.
Lemma entry_by : forall i j m n, entry_holds i j m n = true -> forall theta, positive theta ->
  fisher theta i j * value theta m == value theta n.
Proof.
  intros i j m n H theta P. apply andb_true_iff in H. destruct H as [H K].
  rewrite <- (by_reflection _ _ K theta), value_whole. unfold fisher. rewrite Qmult_comm, <- total_scale.
  apply total_ext.
  intros v h. pose proof (by_reflection _ _ (all_states _ H v h) theta) as E. cbn [value] in E. specialize (P v h).
  unfold J, prob in *. setoid_replace (value theta m * (value theta (D i (w v h)) * value theta (D j (w v h)) /
  value theta (w v h)))
    with (value theta (D i (w v h)) * value theta (D j (w v h)) * value theta m / value theta (w v h)) by (unfold
    Qdiv; ring).
  rewrite E. field. intros Z. rewrite Z in P. discriminate P.
Qed.
