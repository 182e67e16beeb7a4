(* ---- Directions in the parameters, polynomial in the generators ---- *)
Definition at_ (theta : generator -> Q) (n : parameter -> poly) (i : parameter) : Q := value theta (n i).
(* The derivative of a weight along n, as a polynomial; sums over a fibre and over all states. *)
Definition slope (n : parameter -> poly) (v : visible) (h : hidden) : poly :=
  fold_right (fun i f => Add (Mul (n i) (D i (w v h))) f) (Num 0) parameters.
Definition fibre (f : hidden -> poly) : poly := fold_right (fun h f' => Add (f h) f') (Num 0) hiddens.
Definition whole (f : visible -> hidden ->
  poly) : poly := fold_right (fun v f' => Add (fibre (f v)) f') (Num 0) visibles.
Lemma value_slope : forall theta n v h,
  value theta (slope n v h) == sum parameters (fun i => at_ theta n i * value theta (D i (w v h))).
Proof. intros. unfold slope. induction parameters as [|i l IH]; [reflexivity|]. cbn [fold_right value].
  now rewrite sum_cons, IH. Qed.
Lemma value_fibre : forall theta f, value theta (fibre f) == sum hiddens (fun h => value theta (f h)).
Proof. intros. unfold fibre. induction hiddens as [|i l IH]; [reflexivity|]. cbn [fold_right value].
  now rewrite sum_cons, IH. Qed.
Lemma value_whole : forall theta f, value theta (whole f) ==
  sum visibles (fun v => sum hiddens (fun h => value theta (f v h))).
Proof.
  intros. unfold whole. induction visibles as [|i l IH]; [reflexivity|].
  cbn [fold_right value]. now rewrite sum_cons, IH, value_fibre.
Qed.
