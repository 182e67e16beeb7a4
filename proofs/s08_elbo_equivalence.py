"""S8, the main theorem: on a cylindrical model the ELBO follows the natural gradient of the evidence.

Claim. If M is cylindrical at p and q_V = p*, then
dpi grad^M D(q||.) = dpi grad^M D(Q||.) = grad^{M_V} D(p*||.).

Why. -dD(q||.) - (-dD(Q||.)) is the covector of the gap; it kills H_p, hence T n H_p, and its gradient is vertical when
T splits; D(Q||.) depends on p_V alone, and dpi is an isometry from T n H_p onto the visible tangent space.

False neighbour. M(b) is not cylindrical: three different vectors for one q.
"""

from sympy import Matrix, Rational

import symelbo as se


def three_gradients(M: se.Parametrization, q: list[Rational], at: dict[str, str]) -> list[tuple[Rational, ...]]:
    """The negative gradients of D(q||.), D(Q||.) and D(p*||.), seen in P(V)."""
    p_star = list(se.marginalisation(M.space) * Matrix(q))
    objectives = se.divergence(q), se.data_divergence(p_star), se.visible_divergence(p_star)
    return [tuple(-se.natural_gradient(f, M, at=at).projected) for f in objectives]


def main() -> bool:
    """Compare the three gradients on a cylindrical network and on M(b)."""
    chain = se.bayesian_network([("v", "w"), ("w", "h")], hidden=["h"], name="v -> w -> h")
    verdict = se.verify(chain, "S8")
    print(f"S8 on {chain.name}: {verdict}")
    q = [Rational(k, 36) for k in range(1, 9)]
    at = {"v": "1/2", "w1": "1/3", "w2": "1/4", "h1": "1/5", "h2": "2/3"}
    equal = three_gradients(chain, q, at)
    for vector in equal:
        print(f"  {vector}")

    b = {"x": "1/2", "y1": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}
    different = three_gradients(se.model_b(), q, b)
    print("False neighbour, M(b):")
    for vector in different:
        print(f"  {vector}")
    return isinstance(verdict, se.Proved) and len(set(equal)) == 1 and len(set(different)) == 3


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_a(), "S8"))
