(* ---- Admissible: no regular point has larger ranks ---- *)
(* Regular points: positive, and the stated null directions are independent there (a dense set, if not empty). *)
Definition regular (theta : generator -> Q) : Prop := positive theta /\
  independent (map (at_ theta) null_directions) /\ independent (map (at_ theta) visible_null_directions).
Definition admissible (theta : generator -> Q) : Prop := regular theta /\ forall theta', regular theta' -> forall r,
  (rank_at_least r (joint_jacobian theta') -> rank_at_least r (joint_jacobian theta)) /\
  (rank_at_least r (visible_jacobian theta') -> rank_at_least r (visible_jacobian theta)).
Lemma admissible_by : forall theta r r_V, regular theta ->
  rank_at_least r (joint_jacobian theta) -> rank_at_least r_V (visible_jacobian theta) ->
  (forall theta', regular theta' -> forall k, rank_at_least k (joint_jacobian theta') -> (k <= r)%nat) ->
  (forall theta', regular theta' -> forall k, rank_at_least k (visible_jacobian theta') -> (k <= r_V)%nat) ->
  admissible theta.
Proof.
  intros theta r r_V R H HV B BV. split; [exact R|]. intros theta' R' k. split; intros K.
  - eapply rank_le; [eapply B; [exact R'|exact K]|exact H].
  - eapply rank_le; [eapply BV; [exact R'|exact K]|exact HV].
Qed.
Lemma sum_states : forall f : visible * hidden ->
  Q, sum (list_prod visibles hiddens) f == total (fun v h => f (v, h)).
Proof.
  intros f. unfold total, marginal. induction visibles as [|v l IH]; [reflexivity|].
  cbn [list_prod]. rewrite sum_cons, <- IH. induction hiddens as [|h m IHm] at 1 3; cbn [map app sum].
  - cbn. ring.
  - rewrite !Qred_correct, IHm. ring.
Qed.
