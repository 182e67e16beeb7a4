(* ---- The distribution p = w / sum w, and its derivatives by the quotient rule ---- *)
Definition normaliser : poly := whole w.
Definition prob (theta : generator -> Q) (v : visible) (h : hidden) : Q := value theta (w v h) / value theta
  normaliser.
Definition J (theta : generator -> Q) (i : parameter) (v : visible) (h : hidden) : Q :=
  (value theta (D i (w v h)) * value theta normaliser - value theta (w v h) * value theta (D i normaliser))
  / (value theta normaliser * value theta normaliser).
