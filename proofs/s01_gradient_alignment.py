"""S1, gradient alignment (Ay, van Oostrum, Datar 2025, Proposition 1).

Claim. For every model and every L on P(V), with u = dpi grad^M (L o pi) and w = grad^{M_V} L,

    g(u, w) = |grad^M (L o pi)|^2 >= 0:  the projected gradient never opposes the visible one.

Why. u = U dL and w = W dL with U = J_V G^- J_V^T and W = J_V G_V^- J_V^T.  W diag(1/p_V) is the projection onto the
visible tangent space, which contains the columns of U; so U^T diag(1/p_V) W = U, and the quadratic form of U in dL
is |grad^M (L o pi)|^2.

False neighbour. u = w does not follow: on M(b) the two differ.
"""

from sympy import Matrix, diag

import symelbo as se

POINT = {"x": "1/2", "y1": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}


def both_sides(M: se.Parametrization) -> tuple[Matrix, Matrix]:
    """The matrices of g(u, w) and |grad|^2, which are quadratic in dL: entries for L = p(v), p(v')."""
    gradients = [se.natural_gradient(se.objective(p), M) for p in se.visible_probabilities(M.space)]
    u, w, tangent = (Matrix.hstack(*(getattr(g, k) for g in gradients)) for k in ("projected", "visible", "tangent"))
    visible, joint = (diag(*(1 / p for p in f(M))) for f in (se.marginals, se.probabilities))
    return u.T * visible * w, tangent.T * joint * tangent


def main() -> bool:
    """Prove it on M(b), check the formulas for every dL on families, then one L in numbers."""
    M = se.model_b()
    verdict = se.verify(M, "S1")
    print(f"S1 on {M.name}: {verdict}")

    collider = se.bayesian_network([("v", "h"), ("w", "h")], hidden=["h"], name="v -> h <- w")
    families = M, collider, se.naive_bayes(3), se.restricted_boltzmann_machine(1, 1)
    identities = [se.check_equal(*both_sides(family), family) for family in families]
    for family, identity in zip(families, identities, strict=True):
        print(f"g(u, w) = |grad|^2 as formulas in dL on {family.name}: {identity}")

    p = se.visible_probabilities(M.space)
    gradient = se.natural_gradient(se.objective(p[0] * p[1] - p[-1]), M, at=POINT)
    u, w = gradient.projected, gradient.visible
    length = sum(a * a / c for a, c in zip(gradient.tangent, se.probabilities(M, at=POINT), strict=True))
    inner = sum(a * b / c for a, b, c in zip(u, w, se.marginals(M, at=POINT), strict=True))
    print(f"L = p(1,1) p(1,0) - p(0,0):\n  u = {tuple(u)}\n  w = {tuple(w)}")
    print(f"  g(u, w) = {inner} = |grad|^2 = {length}")
    print(f"False neighbour: u = w? {'yes' if u == w else 'no'}")
    proved = all(isinstance(v, se.Proved) for v in (verdict, *identities))
    return proved and inner == length > 0 and u != w


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S1"))
