(* ---- Where T splits, the ranks of J_V and of the vertical part add up to the rank of J ---- *)
(* It vanishes on horizontal vectors: (I - C dpi) A, times p_V. *)
Definition residual (theta : generator -> Q) (A : visible -> hidden -> Q) (v : visible) (h : hidden) : Q :=
  A v h * marginal (prob theta) v - prob theta v h * marginal A v.
Definition vertical_jacobian (theta : generator -> Q) (i : parameter) (s : visible * hidden) : Q :=
  residual theta (J theta i) (fst s) (snd s).
Lemma residual_ext : forall theta A B, (forall v h, A v h == B v h) ->
  forall v h, residual theta A v h == residual theta B v h.
Proof. intros theta A B H v h. unfold residual. now rewrite (H v h), (marginal_ext A B v H). Qed.
Lemma residual_horizontal : forall theta A, horizontal theta A -> forall v h, residual theta A v h == 0.
Proof.
  intros theta A H v h. unfold residual, marginal. rewrite <- !sum_scale.
  rewrite (sum_ext _ hiddens (fun h' => A v h * prob theta v h') (fun h' => prob theta v h * A v h')); [ring|].
  intros h'. rewrite (H v h h'). ring.
Qed.
Lemma residual_along : forall theta c s,
  sum parameters (fun i => c i * vertical_jacobian theta i s) == residual theta (along theta c) (fst s) (snd s).
Proof.
  intros theta c [v h]. unfold vertical_jacobian, residual. cbn [fst snd]. rewrite marginal_along. unfold along.
  set (m := marginal (prob theta) v). set (r := prob theta v h).
  rewrite (sum_ext _ parameters _ (fun i => m * (c i * J theta i v h) + (- r) * (c i * marginal (J theta i) v))) by
  (intros; ring).
  rewrite sum_add, !sum_scale. ring.
Qed.
Lemma along_unit : forall theta i v h, along theta (unit_at i) v h == J theta i v h.
Proof.
  intros theta i v h. unfold along, unit_at. apply sum_unit with (b := O) (f := fun j => J theta j v h);
  [exact parameters_numbered|lia|]. rewrite Nat.sub_0_r. apply parameters_listed.
Qed.
Lemma horizontal_parts : forall theta, cylindrical_at theta ->
  forall l : list parameter, exists m : list (parameter -> Q),
  length m = length l /\ Forall (fun c => horizontal theta (along theta c)) m /\
  forall k v, lin k (map (fun c v => marginal (along theta c) v) m) v == lin k (map (visible_jacobian theta) l) v.
Proof.
  intros theta S. induction l as [|i l [m [L [H E]]]]; [exists []; split; [reflexivity|split; [constructor|intros;
  reflexivity]]|].
  destruct (S (J theta i)) as [A [B [[c Hc] [HA [_ [VB AB]]]]]].
  { exists (unit_at i). intros v h. symmetry. apply along_unit. }
  exists (c :: m). split; [cbn; now rewrite L|]. split.
  - constructor; [|exact H]. intros v h h'. rewrite <- !Hc. apply HA.
  - intros [|q k] v; [reflexivity|]. cbn [map]. rewrite !lin_cons, E. unfold visible_jacobian at 2.
    rewrite (marginal_ext (J theta i) _ v AB). unfold marginal at 2.
    rewrite (sum_add _ hiddens (fun h => A v h) (fun h => B v h)).
    specialize (VB v). unfold marginal in VB. rewrite VB. rewrite <- (marginal_ext A _ v Hc). unfold marginal. ring.
Qed.
Lemma vertical_parts : forall theta, cylindrical_at theta ->
  forall l : list parameter, exists m : list (parameter -> Q),
  length m = length l /\ Forall (fun c => vertical (along theta c)) m /\
  forall k s, lin k (map (fun c s => residual theta (along theta c) (fst s) (snd s)) m) s ==
  lin k (map (vertical_jacobian theta) l) s.
Proof.
  intros theta S. induction l as [|i l [m [L [H E]]]]; [exists []; split; [reflexivity|split; [constructor|intros;
  reflexivity]]|].
  destruct (S (J theta i)) as [A [B [_ [HA [[c Hc] [VB AB]]]]]].
  { exists (unit_at i). intros v h. symmetry. apply along_unit. }
  exists (c :: m). split; [cbn; now rewrite L|]. split.
  - constructor; [|exact H]. intros v. rewrite <- (VB v). apply marginal_ext. intros. symmetry. apply Hc.
  - intros [|q k] [v h]; [reflexivity|]. cbn [map]. rewrite !lin_cons, E. unfold vertical_jacobian at 2.
    cbn [fst snd].
    rewrite <- (residual_ext theta B _ Hc v h), (residual_ext theta (J theta i) _ AB v h).
    assert (D : residual theta (fun v h => A v h + B v h) v h == residual theta A v h + residual theta B v h).
    { unfold residual, marginal. rewrite (sum_add _ hiddens (fun h => A v h) (fun h => B v h)). ring. }
    rewrite D, (residual_horizontal theta A HA v h). ring.
Qed.
Lemma lin_map_zero : forall (S : Type) (k : list Q) (l : list (S -> Q)), Forall (fun f => forall s, f s == 0) l ->
  forall s, lin k l s == 0.
Proof.
  intros S k l H s. revert k. induction H as [|f l Hf _ IH]; intros [|q k]; try reflexivity.
  rewrite lin_cons, IH, Hf. ring.
Qed.
Lemma ranks_add_up : forall theta r k, cylindrical_at theta ->
  rank_at_least r (visible_jacobian theta) -> rank_at_least k (vertical_jacobian theta) ->
  (r + k <= length parameters)%nat.
Proof.
  intros theta r k S [l [Ll Il]] [m [Lm Im]].
  destruct (Nat.le_gt_cases (r + k) (length parameters)) as [K|K]; [exact K|].
  destruct (horizontal_parts theta S l) as [b [Lb [Hb Eb]]]. destruct (vertical_parts theta S m) as [c [Lc [Hc Ec]]].
  destruct (dependent parameter parameters (b ++ c)) as [e [Le [NZ H]]]; [rewrite app_length; lia|].
  rewrite app_length in Le.
  assert (P : exists e1 e2, e = e1 ++ e2 /\ length e1 = length b /\ length e2 = length c).
  { exists (firstn (length b) e), (skipn (length b) e). rewrite firstn_skipn, firstn_length, skipn_length.
    repeat split; lia. }
  destruct P as [e1 [e2 [-> [L1 L2]]]]. exfalso.
  assert (H' : forall (T : Type) (M : parameter -> T ->
  Q) s, sum parameters (fun i => lin (e1 ++ e2) (b ++ c) i * M i s) == 0).
  { intros T M s. rewrite <- (sum_zero _ parameters (fun _ => 0)) by reflexivity. apply sum_ext. intros i.
    rewrite (H i); [ring|]. eapply nth_error_In, parameters_listed. }
  assert (Z1 : zeros e1).
  { apply Il; [rewrite map_length; lia|]. intros v. rewrite <- Eb. specialize (H' _ (visible_jacobian theta) v).
    rewrite image_lin, map_app, lin_app in H' by (rewrite map_length; exact L1).
    rewrite (lin_map_zero _ e2) in H'.
    - rewrite Qplus_0_r in H'. rewrite <- H'. apply lin_ext. intros f. apply marginal_along.
    - clear - Hc. induction Hc as [|f c Hf _ IH]; cbn [map]; constructor; [|exact IH].
      intros v. etransitivity; [symmetry; apply marginal_along|apply Hf]. }
  apply NZ, zeros_app. split; [exact Z1|]. apply Im; [rewrite map_length; lia|]. intros s. rewrite <- Ec.
  specialize (H' _ (vertical_jacobian theta) s).
  rewrite image_lin, map_app, lin_app in H' by (rewrite map_length; exact L1).
  rewrite (lin_zeros _ e1) in H' by exact Z1. rewrite Qplus_0_l in H'. rewrite <- H'. apply lin_ext. intros f.
  symmetry. apply residual_along.
Qed.
(* ---- Independence wherever a determinant is not 0: cofactors are a dual family ---- *)
Definition residual_poly (i : parameter) (s : visible * hidden) : poly :=
  (D i (w (fst s) (snd s)) * fibre (w (fst s)) - w (fst s) (snd s) * fibre (fun h => D i (w (fst s) h)))%poly.
Definition without {T : Type} (k : nat) (l : list T) : list T := firstn k l ++ skipn (S k) l.
Fixpoint poly_sum (l : list poly) : poly := match l with [] => Num 0 | f1 :: l => Add f1 (poly_sum l) end.
Definition signed (k : nat) (f1 : poly) : poly := if Nat.even k then f1 else Mul (Num (-1)) f1.
Fixpoint det (n : nat) (M : list (list poly)) : poly :=
  match n, M with
  | S n, l :: M => poly_sum (map (fun t => Mul (signed (fst t) (snd t)) (det n (map (without (fst t)) M))) (combine
  (seq 0 (length l)) l))
  | _, _ => Num 1
  end.
Definition square (l : list parameter) (rows : list (visible * hidden)) : list (list poly) :=
  map (fun s => map (fun i => residual_poly i s) l) rows.
Definition determinant (l : list parameter) (rows : list (visible * hidden)) : poly := det (length l) (square l rows).
Definition cofactor (l : list parameter) (rows : list (visible * hidden)) (j k : nat) : poly :=
  signed (j + k) (det (pred (length l)) (map (without k) (without j (square l rows)))).
Definition numbered (rows : list (visible * hidden)) := combine (seq 0 (length rows)) rows.
Definition cofactor_form (l : list parameter) (rows : list (visible * hidden)) (k : nat) (i : parameter) : poly :=
  poly_sum (map (fun t => Mul (cofactor l rows (fst t) k) (residual_poly i (snd t))) (numbered rows)).
Fixpoint unit_poly (d : poly) (k : nat) (m : list poly) : bool :=
  match m, k with
  | [], _ => true
  | f1 :: m, O => same f1 d && forallb (fun f2 => same f2 0) m
  | f1 :: m, S k => same f1 0 && unit_poly d k m
  end.
Definition cofactors_dual (l : list parameter) (rows : list (visible * hidden)) : bool :=
  forallb (fun k => unit_poly (determinant l rows) k (map (cofactor_form l rows k) l)) (seq 0 (length l)).
Lemma value_poly_sum : forall theta (T : Type) (g : T -> poly) l,
  value theta (poly_sum (map g l)) == sum l (fun t => value theta (g t)).
Proof. intros theta T g l. induction l as [|t l IH]; [reflexivity|]. cbn [map poly_sum value].
  now rewrite sum_cons, IH. Qed.
Lemma zero_units : forall theta d (T : Type) (g : T -> Q) (f : T ->
  poly) l, (forall t, g t * value theta d == value theta (f t)) ->
  ~ value theta d == 0 -> forallb (fun f2 => same f2 0) (map f l) = true ->
  forallb (fun q => Qeq_bool q 0) (map g l) = true.
Proof.
  intros theta d T g f l G N. induction l as [|t l IH]; [reflexivity|]. cbn [map forallb]. intros H.
  apply andb_true_iff in H. destruct H as [H K]. apply andb_true_iff. split; [|now apply IH].
  apply Qeq_bool_iff. pose proof (by_reflection _ _ H theta) as E. rewrite <- G in E. cbn [value] in E.
  apply Qmult_integral in E. tauto.
Qed.
Lemma is_unit_poly : forall theta d (T : Type) (g : T -> Q) (f : T -> poly) l k,
  (forall t, g t * value theta d == value theta (f t)) -> ~ value theta d == 0 ->
  unit_poly d k (map f l) = true -> is_unit k (map g l) = true.
Proof.
  intros theta d T g f l k G N. revert k. induction l as [|t l IH]; intros k H; [now destruct k|].
  cbn [map unit_poly is_unit] in *. destruct k; apply andb_true_iff in H; destruct H as [H K]; apply andb_true_iff;
  split.
  - apply Qeq_bool_iff. pose proof (by_reflection _ _ H theta) as E. rewrite <- G in E.
    setoid_replace (g t) with (g t * value theta d / value theta d) by (field; exact N). rewrite E. field. exact N.
  - now apply (zero_units theta d T g f).
  - apply Qeq_bool_iff. pose proof (by_reflection _ _ H theta) as E. rewrite <- G in E. cbn [value] in E.
    apply Qmult_integral in E. tauto.
  - now apply IH.
Qed.
Lemma dual_from_seq : forall (S : Type) (phi : nat -> list (Q * S)) l n k,
  (forall j, In j (seq k n) -> is_unit j (map (form (phi j)) l) = true) -> dual_from k (map phi (seq k n)) l = true.
Proof.
  intros S phi l n. induction n as [|n IH]; intros k H; [reflexivity|]. cbn [seq map dual_from]. apply andb_true_iff.
  split; [apply H; now left|]. apply IH. intros j I. apply H. now right.
Qed.
Lemma independent_where : forall l rows, cofactors_dual l rows = true ->
  forall theta, ~ value theta (determinant l rows) == 0 ->
  independent (map (vertical_jacobian theta) l).
Proof.
  intros l rows H theta N. set (d := determinant l rows) in *.
  set (phi := fun k => map (fun t => (value theta (cofactor l rows (fst t) k) / value theta d, snd t)) (numbered
  rows)).
  apply independent_by with (map phi (seq 0 (length l))). apply andb_true_iff. split.
  - rewrite !map_length, seq_length. apply Nat.eqb_refl.
  - apply dual_from_seq. intros k I. rewrite map_map.
    unfold cofactors_dual in H. rewrite forallb_forall in H. specialize (H k I). fold d in H.
    apply (is_unit_poly theta d _ _ (cofactor_form l rows k) l k); [|exact N|exact H].
    intros i. unfold form, phi, cofactor_form. rewrite value_poly_sum. clear H I.
    induction (numbered rows) as [|t m IH]; [cbn [map sum]; ring|]. cbn [map]. rewrite !sum_cons. cbn [fst snd value].
    rewrite Qmult_plus_distr_l, IH. apply Qplus_comp; [|reflexivity].
    assert (E : value theta (residual_poly i (snd t)) == vertical_jacobian theta i (snd t)).
    { unfold residual_poly. cbn [value]. rewrite !value_fibre. reflexivity. }
    rewrite E. field. exact N.
Qed.
