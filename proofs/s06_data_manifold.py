"""S6, the data manifold: D(Q||p) = D(p*||p_V), attained at qhat_p(v, h) = p*(v) p(h|v).

Claim. Besides, the differential of p -> D(Q||p) at p0 is that of D(qhat_{p0}||.) with qhat frozen there.

Why. D(q||p) = D(q||qhat_p) + D(p*||p_V) for q_V = p*, and the first term is >= 0, zero at q = qhat_p only.  The
differentials are -sum_v p*(v) A(v)/p_V(v) = -sum_x qhat(x) A(x)/p(x).

False neighbour. Freezing another q of the data manifold gives another differential.
"""

from sympy import Matrix, Rational

import symelbo as se

POINT = {"x": "1/2", "y1": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}


def main() -> bool:
    """Compare both gradients on M(b) at a point."""
    M = se.model_b()
    verdict = se.verify(M, "S6")
    print(f"S6 on {M.name}: {verdict}")

    p_star = Matrix([Rational(4, 10), Rational(3, 10), Rational(2, 10), Rational(1, 10)])
    qhat = list(se.horizontal_lift(M, at=POINT) * p_star)
    manifold = se.natural_gradient(se.data_divergence(list(p_star)), M, at=POINT).tangent
    frozen = se.natural_gradient(se.divergence(qhat), M, at=POINT).tangent
    print(f"grad D(Q||.) = {tuple(manifold)}\ngrad D(qhat||.) = {tuple(frozen)}")

    other = [p_star[x // 2] / 2 for x in range(8)]
    neighbour = se.natural_gradient(se.divergence(other), M, at=POINT).tangent
    print(f"False neighbour, q = p*/2 on each fibre: {tuple(neighbour)}")
    return isinstance(verdict, se.Proved) and manifold == frozen and manifold != neighbour


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S6"))
