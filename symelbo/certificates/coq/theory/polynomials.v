(* ---- Polynomials in the generators, and their values ---- *)
Inductive poly :=
  | Num (q : Q) | Gen (g : generator) | Add (f1 f2 : poly) | Sub (f1 f2 : poly) | Mul (f1 f2 : poly) | Pow (f1 :
  poly) (n : N).
Declare Scope poly_scope.
Delimit Scope poly_scope with poly.
Bind Scope poly_scope with poly.
Coercion Num : Q >-> poly.
Coercion Gen : generator >-> poly.
Notation "f1 + f2" := (Add f1 f2) : poly_scope.
Notation "f1 - f2" := (Sub f1 f2) : poly_scope.
Notation "f1 * f2" := (Mul f1 f2) : poly_scope.
Notation "f1 ^ n" := (Pow f1 n) : poly_scope.
Fixpoint value (theta : generator -> Q) (f : poly) : Q :=
  match f with
  | Num q => q
  | Gen g => theta g
  | Add f1 f2 => value theta f1 + value theta f2
  | Sub f1 f2 => value theta f1 - value theta f2
  | Mul f1 f2 => value theta f1 * value theta f2
  | Pow f1 n => pow_N 1 Qmult (value theta f1) n
  end.
