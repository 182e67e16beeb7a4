"""S9, the converse: where a model is not cylindrical the equality fails, and one can say for which q.

Claim. If T does not split at an admissible p, some L violates dpi grad^M (L o pi) = grad^{M_V} L, and there is a q with
q_V = p_V, so that the evidence is optimal already, which the ELBO moves all the same.

Why. Take dL off the kernel of the defect; take q = p + epsilon B with B vertical and dpi proj_T B != 0.

False neighbour. Not every q does: q = p moves nothing, although the model is not cylindrical there.
"""

from sympy import Matrix

import symelbo as se


def main() -> bool:
    """Show the striking counterexample on M(b) and check it by hand."""
    M = se.model_b()
    verdict = se.verify(M, "S9")
    print(f"S9 on {M.name}: {verdict}")

    found = se.is_cylindrical(M).counterexample
    q = Matrix(list(found.optimal_q.values()))
    p_visible = se.marginals(M, at=found.parameters)
    optimal = se.marginalisation(M.space) * q == p_visible
    moved = -se.natural_gradient(se.divergence(list(q)), M, at=found.parameters).projected
    print(f"q = {tuple(q)}\n  q_V = p_V: {optimal}\n  -dpi grad D(q||.) = {tuple(moved)}")

    at_rest = se.natural_gradient(se.divergence(list(se.probabilities(M, at=found.parameters))), M, at=found.parameters)
    print(f"False neighbour, q = p: {tuple(at_rest.projected)}")
    return isinstance(verdict, se.Proved) and optimal and any(moved) and not any(at_rest.tangent)


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S9"))
