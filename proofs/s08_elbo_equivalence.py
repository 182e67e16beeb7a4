"""S8, the main theorem: on a cylindrical model the ELBO follows the natural gradient of the evidence.

Claim. If M is cylindrical at p and q_V = p*, then
dpi grad^M D(q||.) = dpi grad^M D(Q||.) = grad^{M_V} D(p*||.).

Why. -dD(q||.) - (-dD(Q||.)) is the covector of the gap; it kills H_p, hence T n H_p, and its gradient is vertical when
T splits; D(Q||.) depends on p_V alone, and dpi is an isometry from T n H_p onto the visible tangent space.

False neighbour. M(b) is not cylindrical: three different vectors for one q.
"""

from collections.abc import Sequence

from sympy import Expr, Matrix, Rational, symbols

import symelbo as se

CHAIN = se.bayesian_network([("v", "w"), ("w", "h")], hidden=["h"], name="v -> w -> h")


def three_gradients(M: se.Parametrization, q: Sequence[Expr], at: dict[str, str] | None = None) -> list[Matrix]:
    """The negative gradients of D(q||.), D(Q||.) and D(p*||.), seen in P(V)."""
    p_star = list(se.marginalisation(M.space) * Matrix(q))
    objectives = se.divergence(q), se.data_divergence(p_star), se.visible_divergence(p_star)
    return [-se.natural_gradient(f, M, at=at).projected for f in objectives]


def main() -> bool:
    """Prove it on a cylindrical network, check the formulas for every q on families, then M(b) in numbers."""
    verdict = se.verify(CHAIN, "S8")
    print(f"S8 on {CHAIN.name}: {verdict}")

    collider = se.bayesian_network([("v", "h"), ("w", "h")], hidden=["h"], name="v -> h <- w")
    identities = []
    for M in (CHAIN, collider, se.model_a(), se.restricted_boltzmann_machine(1, 1)):
        q = symbols(f"q1:{M.space.n_states}")
        first, second, third = three_gradients(M, [*q, 1 - sum(q)])
        identities.append(se.check_equal(Matrix.hstack(first, second), Matrix.hstack(second, third)))
        print(f"The three formulas on {M.name}, for every q: {identities[-1]}")

    q = [Rational(k, 36) for k in range(1, 9)]
    b = {"x": "1/2", "y1": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}
    different = three_gradients(se.model_b(), q, b)
    print("False neighbour, M(b):")
    for vector in different:
        print(f"  {tuple(vector)}")
    proved = all(isinstance(v, se.Proved) for v in (verdict, *identities))
    return proved and len(set(map(tuple, different))) == 3


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, CHAIN, "S8"))
