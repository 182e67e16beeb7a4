"""S1, gradient alignment (Ay, van Oostrum, Datar 2025, Proposition 1).

Claim. For every model and every L on P(V), with u = dpi grad^M (L o pi) and w = grad^{M_V} L,

    g(u, w) = |grad^M (L o pi)|^2 >= 0:  the projected gradient never opposes the visible one.

Why. u = U dL and w = W dL with U = J_V G^- J_V^T and W = J_V G_V^- J_V^T.  W diag(1/p_V) is the projection onto the
visible tangent space, which contains the columns of U; so U^T diag(1/p_V) W = U, and the quadratic form of U in dL
is |grad^M (L o pi)|^2.

False neighbour. u = w does not follow: on M(b) the two differ.
"""

import symelbo as se

POINT = {"x": "1/2", "y1": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}


def main() -> bool:
    """Check the identity over the field, then one L in numbers."""
    M = se.model_b()
    verdict = se.verify(M, "S1")
    print(f"S1 on {M.name}: {verdict}")

    p = se.visible_probabilities(M.space)
    gradient = se.natural_gradient(se.objective(p[0] * p[1] - p[3]), M, at=POINT)
    u, w, tangent = gradient.projected, gradient.visible, gradient.tangent
    inner = sum(a * b / c for a, b, c in zip(u, w, se.marginals(M, at=POINT), strict=True))
    length = sum(a * a / c for a, c in zip(tangent, se.probabilities(M, at=POINT), strict=True))
    print(f"L = p(1,1) p(1,0) - p(0,0):\n  u = {tuple(u)}\n  w = {tuple(w)}")
    print(f"  g(u, w) = {inner} = |grad|^2 = {length}")
    print(f"False neighbour: u = w? {'yes' if u == w else 'no'}")
    return isinstance(verdict, se.Proved) and inner == length > 0 and u != w


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S1"))
