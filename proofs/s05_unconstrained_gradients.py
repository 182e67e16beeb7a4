"""S5, in the simplex the gap has vanishing natural gradient.

Claim. In P(X): -grad D(q||.) = q - p and -grad D(Q||.) = qhat - p, where qhat(v, h) = p*(v) p(h|v); so for q_V = p*
both project to p* - p_V = -grad D(p*||.), and the gradient of the gap is vertical.

Why. The natural gradient of a covector omega in the simplex is diag(p) omega - p <p, omega>; put omega = -q/p.

False neighbour. On a proper model it fails: M(b) is moved by the gap.
"""

from sympy import Matrix, Rational

import symelbo as se


def main() -> bool:
    """Check the claim on a 2 x 2 simplex for one q, and the neighbour on M(b)."""
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    M = se.full_simplex(space)
    verdict = se.verify(M, "S5")
    print(f"S5 on the {M.name}: {verdict}")

    q = Matrix([Rational(1, 10), Rational(2, 10), Rational(3, 10), Rational(4, 10)])
    gradient = se.natural_gradient(se.divergence(list(q)), M)
    learning = se.check_equal(-gradient.tangent, q - se.probabilities(M), M)
    gap = se.check_equal(se.natural_gradient(se.variational_gap(list(q)), M).projected, Matrix([0, 0]), M)
    print(f"-grad D(q||.) = q - p: {learning}\ndpi grad GAP = 0: {gap}")

    b = se.model_b()
    point = {"x": "1/2", "y1": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}
    moved = se.natural_gradient(se.variational_gap([Rational(1, 8)] * 8), b, at=point).projected
    print(f"False neighbour, dpi grad GAP on M(b) = {tuple(moved)}")
    return all(isinstance(v, se.Proved) for v in (verdict, learning, gap)) and any(moved)


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.full_simplex(se.SampleSpace(visible={"v": 2}, hidden={"h": 2})), "S5"))
