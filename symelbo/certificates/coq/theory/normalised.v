(* ---- The distribution and its derivatives ---- *)
Definition prob (theta : generator -> Q) (v : visible) (h : hidden) : Q := value theta (w v h).
Definition J (theta : generator -> Q) (i : parameter) (v : visible) (h : hidden) : Q := value theta (D i (w v h)).
