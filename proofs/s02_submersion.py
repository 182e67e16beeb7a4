"""S2, marginalisation is a Riemannian submersion (background to Definition 2).

Claim. H_p = {p(h|v) B(v)} and V_p = ker dpi are orthogonal, dpi restricted to H_p is an isometry onto T P(V), and the
orthogonal projection onto H_p is A -> p(h|v) (dpi A)(v): in scores, the conditional expectation.

Why. With the lift C of a visible vector: dpi C = 1 and C^T diag(1/p) C = diag(1/p_V).

False neighbour. The lift with the uniform distribution on H instead of p(h|v) is no isometry.
"""

import sympy

import symelbo as se


def main() -> bool:
    """Check both identities symbolically on M(b)."""
    M = se.model_b()
    verdict = se.verify(M, "S2")
    print(f"S2 on {M.name}: {verdict}")

    p, p_visible = se.probabilities(M), se.marginals(M)
    dpi, C = se.marginalisation(M.space), se.horizontal_lift(M)
    metric = sympy.diag(*(1 / a for a in p))
    visible_metric = sympy.diag(*(1 / a for a in p_visible))
    section = se.check_equal(dpi * C, sympy.eye(4), M)
    isometry = se.check_equal(C.T * metric * C, visible_metric, M)
    print(f"dpi C = 1: {section}\nC^T diag(1/p) C = diag(1/p_V): {isometry}")

    flat = dpi.T / 2
    neighbour = se.check_equal(flat.T * metric * flat, visible_metric, M)
    print(f"False neighbour, the uniform lift: {neighbour}")
    proved = all(isinstance(v, se.Proved) for v in (verdict, section, isometry))
    return proved and isinstance(neighbour, se.Refuted)


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S2"))
