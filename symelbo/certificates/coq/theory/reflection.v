(* ---- Reflection: polynomials with the same normal form have the same values ---- *)
Fixpoint reify (f : poly) : PExpr Q :=
  match f with
  | Num q => PEc q
  | Gen g => PEX Q (Pos.of_succ_nat (number g))
  | Add f1 f2 => PEadd (reify f1) (reify f2)
  | Sub f1 f2 => PEsub (reify f1) (reify f2)
  | Mul f1 f2 => PEmul (reify f1) (reify f2)
  | Pow f1 n => PEpow (reify f1) n
  end.
Definition normal (f : poly) : Pol Q :=
  norm_subst 0 1 Qplus' Qmult' Qminus' Qopp Qeq_bool (triv_div 0 1 Qeq_bool) 0 [] (reify f).
Lemma Q_morphism : ring_morph 0 1 Qplus Qmult Qminus Qopp Qeq 0 1 Qplus' Qmult' Qminus' Qopp Qeq_bool (fun q => q).
Proof. constructor; try (intros; apply Qred_correct || reflexivity). intros; now apply Qeq_bool_eq. Qed.
Lemma Q_power : power_theory 1 Qmult Qeq (fun n : N => n) (pow_N 1 Qmult).
Proof. constructor. intros. reflexivity. Qed.
Lemma Q_extensional : ring_eq_ext Qplus Qmult Qopp Qeq.
Proof. constructor; repeat intro; [now apply Qplus_comp | now apply Qmult_comp | now apply Qopp_comp]. Qed.
Definition reified_value (l : list Q) :=
  PEeval 0 1 Qplus Qmult Qminus Qopp (fun q : Q => q) (fun n : N => n) (pow_N 1 Qmult) l.
Lemma reified : forall theta f, reified_value (map theta generators) (reify f) == value theta f.
Proof.
  intros theta. unfold reified_value. induction f as [q|g|f1 H1 f2 H2|f1 H1 f2 H2|f1 H1 f2 H2|f1 H1 n];
  cbn [reify value PEeval];
  try rewrite H1, H2; try reflexivity.
  - now destruct g.
  - now apply pow_comp.
Qed.
Definition same (f1 f2 : poly) : bool := Peq Qeq_bool (normal f1) (normal f2).
Lemma by_reflection : forall f1 f2, same f1 f2 = true -> forall theta, value theta f1 == value theta f2.
Proof.
  intros f1 f2 H theta. rewrite <- !reified. pose (A := Rth_ARth Q_Setoid Q_extensional Qsrt).
  exact (ring_correct Q_Setoid Q_extensional A Q_morphism Q_power (triv_div_th Q_Setoid Q_extensional A Q_morphism)
    0 (map theta generators) [] (reify f1) (reify f2) I H).
Qed.
