(* ---- The derivative with respect to a parameter: the rules of sums, products and powers ---- *)
Fixpoint D (i : parameter) (f : poly) : poly :=
  match f with
  | Num _ => Num 0
  | Gen g => d_generator i g
  | Add f1 f2 => Add (D i f1) (D i f2)
  | Sub f1 f2 => Sub (D i f1) (D i f2)
  | Mul f1 f2 => Add (Mul (D i f1) f2) (Mul f1 (D i f2))
  | Pow f1 n => Mul (Mul (Num (inject_Z (Z.of_N n))) (Pow f1 (N.pred n))) (D i f1)
  end.
(* A polynomial in one variable by its coefficients, the lowest first. *)
Fixpoint horner (l : list Q) (e : Q) : Q := match l with [] => 0 | q :: l => q + e * horner l e end.
Definition is_derivative (f : Q -> Q) (slope : Q) : Prop :=
  exists l, forall e, f e == f 0 + e * slope + e * e * horner l e.

Fixpoint list_add (l m : list Q) : list Q :=
  match l, m with [], _ => m | _, [] => l | q :: l, r :: m => (q + r) :: list_add l m end.
Fixpoint list_mul (l m : list Q) : list Q :=
  match l with [] => [] | q :: l => list_add (map (Qmult q) m) (0 :: list_mul l m) end.
Lemma horner_add : forall l m e, horner (list_add l m) e == horner l e + horner m e.
Proof. induction l as [|q l IH]; intros [|r m] e; cbn [list_add horner]; try rewrite IH; ring. Qed.
Lemma horner_map : forall q m e, horner (map (Qmult q) m) e == q * horner m e.
Proof. induction m as [|r m IH]; intros e; cbn [map horner]; try rewrite IH; ring. Qed.
Lemma horner_mul : forall l m e, horner (list_mul l m) e == horner l e * horner m e.
Proof.
  induction l as [|q l IH]; intros m e; cbn [list_mul horner]; [ring|].
  rewrite horner_add, horner_map. cbn [horner]. rewrite IH. ring.
Qed.
Lemma is_derivative_add : forall f1 f2 s1 s2, is_derivative f1 s1 -> is_derivative f2 s2 ->
  is_derivative (fun e => f1 e + f2 e) (s1 + s2).
Proof.
  intros f1 f2 s1 s2 [l H] [m K]. exists (list_add l m). intros e.
  rewrite (H e), (K e), horner_add. ring.
Qed.
Lemma is_derivative_scale : forall q f1 s1, is_derivative f1 s1 -> is_derivative (fun e => q * f1 e) (q * s1).
Proof. intros q f1 s1 [l H]. exists (map (Qmult q) l). intros e. rewrite (H e), horner_map. ring. Qed.
Lemma is_derivative_mul : forall f1 f2 s1 s2, is_derivative f1 s1 -> is_derivative f2 s2 ->
  is_derivative (fun e => f1 e * f2 e) (s1 * f2 0 + f1 0 * s2).
Proof.
  intros f1 f2 s1 s2 [l H] [m K].
  exists (list_add [s1 * s2] (list_add (list_mul l (f2 0 :: s2 :: m)) (list_add (map (Qmult (f1 0)) m) (0 :: map
  (Qmult s1) m)))).
  (* (f + e f' + e^2 l) (g + e g' + e^2 m), sorted by powers of e *)
  intros e. rewrite (H e), (K e), !horner_add, horner_mul. cbn [horner]. rewrite !horner_map. ring.
Qed.
Lemma is_derivative_ext : forall f1 f2 s1 s2, (forall e, f1 e == f2 e) -> s1 == s2 -> is_derivative f1 s1 ->
  is_derivative f2 s2.
Proof. intros f1 f2 s1 s2 H K [l L]. exists l. intros e. rewrite <- !H, <- K. apply L. Qed.
Lemma pow_succ : forall q n, pow_N 1 Qmult q (N.succ n) == q * pow_N 1 Qmult q n.
Proof.
  intros q [|n]; cbn; [ring|]. apply pow_pos_succ; try apply Q_Setoid.
  - repeat intro; now apply Qmult_comp.
  - intros; ring.
Qed.
Lemma pow_comp : forall q r n, q == r -> pow_N 1 Qmult q n == pow_N 1 Qmult r n.
Proof. intros q r n H. induction n as [|n IH] using N.peano_ind; [reflexivity|]. now rewrite !pow_succ, IH, H. Qed.
(* D is the derivative along any line theta(e) whose coordinates have the derivatives d_generator. *)
Lemma D_is_derivative : forall (i : parameter) (theta : generator -> Q) (line : Q -> generator -> Q),
  (forall e g, line e g == theta g + e * value theta (d_generator i g)) ->
  forall f, is_derivative (fun e => value (line e) f) (value theta (D i f)).
Proof.
  intros i theta line H.
  assert (line_0 : forall f, value (line 0) f == value theta f).
  { induction f as [q|g|f1 H1 f2 H2|f1 H1 f2 H2|f1 H1 f2 H2|f1 H1 n]; cbn [value]; try rewrite H1, H2;
    try reflexivity.
    - rewrite H. ring.
    - now apply pow_comp. }
  induction f; cbn [value D].
  - exists []. intros e. cbn [horner]. ring.
  - exists []. intros e. cbn [horner]. rewrite !H. ring.
  - now apply is_derivative_add.
  - apply is_derivative_ext with (fun e => value (line e) f1 + (-1) * value (line e) f2) (value theta (D i f1) +
    (-1) * value theta (D i f2)).
    + intros; ring.
    + ring.
    + apply is_derivative_add; [assumption|]. now apply is_derivative_scale.
  - eapply is_derivative_ext; [intros; reflexivity| |apply is_derivative_mul; eassumption].
    now rewrite !line_0.
  - induction n as [|n IH] using N.peano_ind.
    + exists []. intros e. cbn. ring.
    + apply is_derivative_ext with (fun e => value (line e) f * pow_N 1 Qmult (value (line e) f) n)
        (value theta (D i f) * pow_N 1 Qmult (value (line 0) f) n + value (line 0) f * (inject_Z (Z.of_N n) * pow_N
        1 Qmult (value theta f) (N.pred n) * value theta (D i f))).
      * intros. now rewrite pow_succ.
      * rewrite (pow_comp _ _ n (line_0 f)), line_0, N.pred_succ, N2Z.inj_succ, <- Z.add_1_r, inject_Z_plus.
        destruct n as [|n] using N.peano_ind; [cbn; ring|]. rewrite N.pred_succ, pow_succ. ring.
      * apply is_derivative_mul; assumption.
Qed.
Definition shift (theta : generator -> Q) (k : generator) (e : Q) (g : generator) : Q :=
  if Nat.eqb (number k) (number g) then theta g + e else theta g.
