(* ---- Finite sums; Qred writes a number in lowest terms and does not change it ---- *)
Fixpoint sum {T : Type} (l : list T) (f : T -> Q) : Q := match l with [] => 0 | k :: l => Qred (f k + sum l f) end.
Lemma sum_cons : forall (T : Type) (k : T) l f, sum (k :: l) f == f k + sum l f.
Proof. intros. apply Qred_correct. Qed.
Lemma sum_ext : forall (T : Type) l (f1 f2 : T -> Q), (forall k, f1 k == f2 k) -> sum l f1 == sum l f2.
Proof. intros T l f1 f2 H. induction l as [|k l IH]; [reflexivity|]. now rewrite !sum_cons, H, IH. Qed.
Lemma sum_add : forall (T : Type) l (f1 f2 : T -> Q), sum l (fun k => f1 k + f2 k) == sum l f1 + sum l f2.
Proof. intros T l f1 f2. induction l as [|k l IH]; [cbn [sum]; ring|]. rewrite !sum_cons, IH. ring. Qed.
Lemma sum_scale : forall (T : Type) l q (f : T -> Q), sum l (fun k => q * f k) == q * sum l f.
Proof. intros T l q f. induction l as [|k l IH]; [cbn [sum]; ring|]. rewrite !sum_cons, IH. ring. Qed.
Lemma sum_zero : forall (T : Type) l (f : T -> Q), (forall k, f k == 0) -> sum l f == 0.
Proof. intros T l f H. induction l as [|k l IH]; [reflexivity|]. rewrite sum_cons, H, IH. ring. Qed.
Lemma sum_swap : forall (T S : Type) l m (f : T -> S -> Q),
  sum l (fun k => sum m (fun j => f k j)) == sum m (fun j => sum l (fun k => f k j)).
Proof.
  intros T S l m f. induction l as [|k l IH]; [cbn [sum]; symmetry; now apply sum_zero|].
  rewrite sum_cons, IH, <- sum_add. apply sum_ext. intros. now rewrite sum_cons.
Qed.
Lemma sum_nonneg : forall (T : Type) l (f : T -> Q), (forall k, 0 <= f k) -> 0 <= sum l f.
Proof. intros T l f H. induction l as [|k l IH]; [discriminate|]. rewrite sum_cons. specialize (H k). lra. Qed.
Lemma sum_nonneg_zero : forall (T : Type) l (f : T -> Q), (forall k, 0 <= f k) -> sum l f == 0 ->
  forall k, In k l -> f k == 0.
Proof.
  intros T l f H. induction l as [|k l IH]; [contradiction|]. intros E j [<-|I]; rewrite sum_cons in E;
  pose proof (H k); pose proof (sum_nonneg T l f H); [lra|apply IH; [lra|assumption]].
Qed.
Lemma sum_pos : forall (T : Type) l (f : T -> Q) k, (forall j, 0 < f j) -> In k l -> 0 < sum l f.
Proof.
  intros T [|k l] f j H I; [contradiction|]. rewrite sum_cons. specialize (H k) as K.
  enough (0 <= sum l f) by lra. apply sum_nonneg. intros i. specialize (H i). lra.
Qed.
Lemma every : forall (T : Type) (l : list T) (n : T -> nat), (forall k, nth_error l (n k) = Some k) ->
  forall t, forallb t l = true -> forall k, t k = true.
Proof. intros T l n H t F k. rewrite forallb_forall in F. apply F. eapply nth_error_In, H. Qed.
Lemma sum_other : forall (T : Type) (n : T -> nat) (f : T -> Q) k l b, map n l = seq b (length l) -> (k < b)%nat ->
  sum l (fun j => (if Nat.eqb k (n j) then 1 else 0) * f j) == 0.
Proof.
  intros T n f k. induction l as [|j l IH]; intros b M L; [reflexivity|]. cbn [map length seq] in M.
  injection M as M1 M2.
  rewrite sum_cons, (IH (Datatypes.S b)); [|exact M2|lia].
  destruct (Nat.eqb_spec k (n j)); [lia|]. ring.
Qed.
Lemma sum_unit : forall (T : Type) (n : T -> nat) (f : T -> Q) i l b, map n l = seq b (length l) -> (b <= n i)%nat ->
  nth_error l (n i - b) = Some i -> sum l (fun j => (if Nat.eqb (n i) (n j) then 1 else 0) * f j) == f i.
Proof.
  intros T n f i. induction l as [|j l IH]; intros b M L E; [destruct (n i - b)%nat; discriminate E|].
  cbn [map length seq] in M. injection M as M1 M2. rewrite sum_cons. destruct (Nat.eqb_spec (n i) (n j)) as [N|N].
  - replace (n i - b)%nat with O in E by lia. injection E as ->.
    rewrite (sum_other _ _ _ _ _ (Datatypes.S b)); [ring|exact M2|lia].
  - rewrite (IH (Datatypes.S b)); [ring|exact M2|lia|].
    replace (n i - b)%nat with (Datatypes.S (n i - Datatypes.S b)) in E by lia. exact E.
Qed.
