(* ---- Ranks: linear combinations, independence, and more vectors than coordinates ---- *)
Definition lin {S : Type} (c : list Q) (l : list (S ->
  Q)) (s : S) : Q := sum (combine c l) (fun t => fst t * snd t s).
Definition zeros (c : list Q) : Prop := Forall (fun q => q == 0) c.
Definition independent {S : Type} (l : list (S -> Q)) : Prop :=
  forall c, length c = length l -> (forall s, lin c l s == 0) -> zeros c.
Lemma lin_cons : forall (S : Type) q c (f : S -> Q) l s, lin (q :: c) (f :: l) s == q * f s + lin c l s.
Proof. intros. unfold lin. cbn [combine]. apply sum_cons. Qed.
Lemma lin_app : forall (S : Type) c1 c2 (l1 l2 : list (S -> Q)) s, length c1 = length l1 ->
  lin (c1 ++ c2) (l1 ++ l2) s == lin c1 l1 s + lin c2 l2 s.
Proof.
  intros S. induction c1 as [|q c1 IH]; intros c2 [|f l1] l2 s E; try discriminate; cbn [app].
  - unfold lin at 2. cbn [combine sum]. ring.
  - rewrite !lin_cons, IH by (cbn in E; lia). ring.
Qed.
Lemma lin_zeros : forall (S : Type) c (l : list (S -> Q)) s, zeros c -> lin c l s == 0.
Proof.
  intros S c l s H. revert l. induction H as [|q c Hq _ IH]; intros [|f l]; try reflexivity.
  rewrite lin_cons, IH, Hq. ring.
Qed.
Lemma zeros_app : forall c1 c2, zeros (c1 ++ c2) <-> zeros c1 /\ zeros c2.
Proof. intros. apply Forall_app. Qed.
Lemma dependent : forall (S : Type) (rows : list S) (l : list (S -> Q)), (length rows < length l)%nat ->
  exists c, length c = length l /\ ~ zeros c /\ forall s, In s rows -> lin c l s == 0.
Proof.
  intros S. induction rows as [|r rows IH]; intros l L.
  - destruct l as [|f l]; [cbn in L; lia|]. exists (1 :: map (fun _ => 0) l). split; [cbn; now rewrite map_length|].
    split; [|contradiction]. intros H. inversion H as [|q c Hq]. discriminate Hq.
  - destruct (Forall_Exists_dec (fun f : S -> Q => f r == 0) (fun f => Qeq_dec (f r) 0) l) as [A|E].
    + destruct (IH l) as [c [Lc [N H]]]; [cbn in L; lia|]. exists c. split; [exact Lc|]. split; [exact N|].
      intros s [<-|I]; [|now apply H]. clear - A. revert c.
      induction A as [|f l Hf _ IHl]; intros [|q c]; try reflexivity.
      rewrite lin_cons, Hf, IHl. ring.
    + apply Exists_exists in E. destruct E as [f [I F]]. apply in_split in I. destruct I as [l1 [l2 ->]].
      set (e := fun (g : S -> Q) s => g s - g r / f r * f s).
      destruct (IH (map e (l1 ++ l2))) as [c [Lc [N H]]].
      { rewrite map_length. rewrite app_length in *. cbn in L. lia. }
      rewrite map_length, app_length in Lc.
      assert (Ee : forall c l s, lin c (map e l) s == lin c l s - lin c l r / f r * f s).
      { clear - F. induction c as [|q c IHc]; intros [|g l] s; cbn [map]; try (unfold lin; cbn [combine sum];
        field; exact F).
        rewrite !lin_cons, IHc. unfold e. field. exact F. }
      assert (P : exists c1 c2, c = c1 ++ c2 /\ length c1 = length l1 /\ length c2 = length l2).
      { exists (firstn (length l1) c), (skipn (length l1) c). rewrite firstn_skipn, firstn_length, skipn_length.
        repeat split; lia. }
      destruct P as [c1 [c2 [-> [L1 L2]]]].
      set (q := - (lin (c1 ++ c2) (l1 ++ l2) r / f r)).
      assert (V : forall s, lin (c1 ++ q :: c2) (l1 ++ f :: l2) s == lin (c1 ++ c2) (map e (l1 ++ l2)) s).
      { intros s. rewrite Ee, !lin_app, lin_cons by exact L1. unfold q. rewrite !lin_app by exact L1. field.
        exact F. }
      exists (c1 ++ q :: c2). split; [rewrite !app_length; cbn; lia|]. split.
      * intros Z. apply N. apply zeros_app in Z. destruct Z as [Z1 Z2]. inversion Z2. now apply zeros_app.
      * intros s [<-|I]; rewrite V; [|now apply H]. rewrite Ee. field. exact F.
Qed.
(* Independence by a dual family of linear forms, each a combination of coordinates. *)
Definition form {S : Type} (phi : list (Q * S)) (f : S -> Q) : Q := sum phi (fun t => fst t * f (snd t)).
Fixpoint is_unit (k : nat) (m : list Q) : bool :=
  match m, k with
  | [], _ => true
  | q :: m, O => Qeq_bool q 1 && forallb (fun q => Qeq_bool q 0) m
  | q :: m, S k => Qeq_bool q 0 && is_unit k m
  end.
Fixpoint dual_from {S : Type} (k : nat) (phis : list (list (Q * S))) (l : list (S -> Q)) : bool :=
  match phis with [] => true | phi :: phis => is_unit k (map (form phi) l) && dual_from (Datatypes.S k) phis l end.
Definition dual {S : Type} (phis : list (list (Q * S))) (l : list (S -> Q)) : bool :=
  Nat.eqb (length phis) (length l) && dual_from 0 phis l.
Lemma form_lin : forall (S : Type) (phi : list (Q * S)) c l, (forall s, lin c l s == 0) ->
  sum (combine c (map (form phi) l)) (fun t => fst t * snd t) == 0.
Proof.
  intros S phi c l H.
  assert (E : sum (combine c (map (form phi) l)) (fun t => fst t * snd t) == form phi (lin c l)).
  { clear H. revert l. induction c as [|q c IH]; intros [|f l].
    1-3: cbn [map combine sum]; symmetry; apply sum_zero; intros t; unfold lin; cbn [combine sum]; ring.
    cbn [map combine]. rewrite sum_cons, IH. unfold form. cbn [fst snd].
    rewrite <- sum_scale, <- sum_add. apply sum_ext. intros t. rewrite lin_cons. ring. }
  rewrite E. apply sum_zero. intros t. rewrite H. ring.
Qed.
Lemma is_unit_zero : forall c m, length c = length m -> forallb (fun q => Qeq_bool q 0) m = true ->
  sum (combine c m) (fun t => fst t * snd t) == 0.
Proof.
  induction c as [|q c IH]; intros [|r m] L H; try reflexivity. cbn [forallb] in H. apply andb_true_iff in H.
  destruct H as [H K]. apply Qeq_bool_eq in H. cbn [combine]. rewrite sum_cons, IH; [|cbn in L; lia|exact K].
  cbn [fst snd]. rewrite H. ring.
Qed.
Lemma is_unit_at : forall c m k, length c = length m -> is_unit k m = true ->
  sum (combine c m) (fun t => fst t * snd t) == nth k c 0.
Proof.
  induction c as [|q c IH]; intros [|r m] k L H; try discriminate L.
  - destruct k; reflexivity.
  - cbn [combine]. rewrite sum_cons. cbn [fst snd]. cbn in L.
    destruct k; cbn [is_unit] in H; apply andb_true_iff in H;
    destruct H as [H K]; apply Qeq_bool_eq in H; rewrite H; cbn [nth].
    + rewrite is_unit_zero; [ring|lia|exact K].
    + rewrite IH with (k := k); [ring|lia|exact K].
Qed.
Lemma independent_by : forall (S : Type) (phis : list (list (Q * S))) l, dual phis l = true -> independent l.
Proof.
  intros S phis l H c L Z. apply andb_true_iff in H. destruct H as [H K]. apply Nat.eqb_eq in H.
  assert (E : forall j, (j < length phis)%nat -> forall k, dual_from k phis l = true -> nth (k + j) c 0 == 0).
  { clear H K. induction phis as [|phi phis IH]; intros j J k K; [cbn in J; lia|]. cbn [dual_from] in K.
    apply andb_true_iff in K. destruct K as [U K]. destruct j.
    - rewrite <- (is_unit_at c (map (form phi) l));
      [now apply form_lin|now rewrite map_length|now rewrite Nat.add_0_r].
    - replace (k + Datatypes.S j)%nat with (Datatypes.S k + j)%nat by lia. apply IH; [cbn in J; lia|exact K]. }
  apply Forall_forall. intros q I. apply In_nth with (d := 0) in I. destruct I as [j [J <-]].
  apply (E j) with (k := O); [lia|exact K].
Qed.
(* The rank of a family of functions of the parameters is at least r. *)
Definition rank_at_least {S : Type} (r : nat) (M : parameter -> S -> Q) : Prop :=
  exists l : list parameter, (r <= length l)%nat /\ independent (map M l).
Definition joint_jacobian (theta : generator ->
  Q) (i : parameter) (s : visible * hidden) : Q := J theta i (fst s) (snd s).
Definition visible_jacobian (theta : generator -> Q) (i : parameter) (v : visible) : Q := marginal (J theta i) v.
Lemma rank_le : forall (S : Type) (M : parameter -> S -> Q) r k, (r <= k)%nat -> rank_at_least k M ->
  rank_at_least r M.
Proof. intros S M r k L [l [H K]]. exists l. split; [lia|exact K]. Qed.
(* Upper bounds: null directions lower the rank, and so does a linear relation between the rows. *)
Lemma image_lin : forall (S : Type) (M : parameter -> S -> Q) s c l,
  sum parameters (fun i => lin c l i * M i s) == lin c (map (fun f s => sum parameters (fun i => f i * M i s)) l) s.
Proof.
  intros S M s c. induction c as [|q c IH]; intros l.
  - apply sum_zero. intros i. unfold lin. cbn [combine sum]. ring.
  - destruct l as [|f l]; [apply sum_zero; intros i; unfold lin; cbn [combine sum]; ring|].
    cbn [map]. rewrite lin_cons, <- IH, <- sum_scale, <- sum_add. apply sum_ext. intros i. rewrite lin_cons. ring.
Qed.
Lemma lin_ext : forall (S T : Type) (g g' : T -> S -> Q) s, (forall t, g t s == g' t s) ->
  forall c l, lin c (map g l) s == lin c (map g' l) s.
Proof.
  intros S T g g' s H. induction c as [|q c IH]; intros [|t l]; try reflexivity. cbn [map].
  now rewrite !lin_cons, IH, H.
Qed.
Lemma bound_by_null : forall (S : Type) (M : parameter -> S -> Q) (N : list (parameter -> Q)), independent N ->
  Forall (fun n => forall s, sum parameters (fun i => n i * M i s) == 0) N ->
  forall r, rank_at_least r M -> (r + length N <= length parameters)%nat.
Proof.
  intros S M N IN HN r [l [L IL]]. destruct (Nat.le_gt_cases (r + length N) (length parameters)) as [K|K]; [exact K|].
  destruct (dependent parameter parameters (map unit_at l ++ N)) as [c [Lc [NZ H]]].
  { rewrite app_length, map_length. lia. }
  rewrite app_length, map_length in Lc.
  assert (P : exists c1 c2, c = c1 ++ c2 /\ length c1 = length l /\ length c2 = length N).
  { exists (firstn (length l) c), (skipn (length l) c). rewrite firstn_skipn, firstn_length, skipn_length.
    repeat split; lia. }
  destruct P as [c1 [c2 [-> [L1 L2]]]].
  assert (H' : forall i, lin (c1 ++ c2) (map unit_at l ++ N) i == 0).
  { intros i. apply H. eapply nth_error_In, parameters_listed. }
  assert (Z1 : zeros c1).
  { apply IL; [now rewrite map_length|]. intros s.
    assert (E : sum parameters (fun i => lin (c1 ++ c2) (map unit_at l ++ N) i * M i s) == 0).
    { apply sum_zero. intros i. rewrite H'. ring. }
    rewrite image_lin, map_app, lin_app in E by now rewrite !map_length.
    rewrite map_map in E. rewrite (lin_ext _ _ _ M) in E.
    - assert (E2 : lin c2 (map (fun f s => sum parameters (fun i => f i * M i s)) N) s == 0).
      { clear - HN. revert c2. induction HN as [|n N Hn _ IH]; intros [|q c]; try reflexivity.
        cbn [map]. rewrite lin_cons, IH, (Hn s). ring. }
      rewrite E2 in E. rewrite Qplus_0_r in E. exact E.
    - intros i. unfold unit_at. apply sum_unit with (b := O); [exact parameters_numbered|lia|].
      rewrite Nat.sub_0_r. apply parameters_listed. }
  exfalso. apply NZ, zeros_app. split; [exact Z1|]. apply IN; [exact L2|]. intros i.
  specialize (H' i). rewrite lin_app in H' by now rewrite map_length.
  rewrite (lin_zeros _ _ _ _ Z1), Qplus_0_l in H'. exact H'.
Qed.
Lemma bound_by_rows : forall (S : Type) (M : parameter -> S -> Q) (s : S) rows, (forall t, In t (s :: rows)) ->
  (forall i, sum (s :: rows) (fun t => M i t) == 0) -> forall r, rank_at_least r M -> (r <= length rows)%nat.
Proof.
  intros S M s rows A H r [l [L IL]]. destruct (Nat.le_gt_cases r (length rows)) as [K|K]; [exact K|].
  destruct (dependent S rows (map M l)) as [c [Lc [NZ E]]]; [rewrite map_length; lia|]. exfalso.
  apply NZ, IL; [exact Lc|].
  assert (T : sum (s :: rows) (fun t => lin c (map M l) t) == 0).
  { clear - H. revert l. induction c as [|q c IH]; intros [|i l]; try (apply sum_zero; intros; reflexivity).
    cbn [map]. rewrite (sum_ext _ _ _ (fun t => q * M i t + lin c (map M l) t)) by (intros; apply lin_cons).
    rewrite sum_add, sum_scale, IH, H. ring. }
  rewrite sum_cons in T. intros t. destruct (A t) as [<-|I]; [|now apply E].
  enough (Z : sum rows (fun t => lin c (map M l) t) == 0) by (rewrite Z, Qplus_0_r in T; exact T).
  clear - E. induction rows as [|t rows IH]; [reflexivity|]. rewrite sum_cons, E, IH; [ring| |now left].
  intros t' I. apply E. now right.
Qed.
