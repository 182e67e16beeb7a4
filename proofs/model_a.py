"""M(a): three independent binary variables, one of them hidden.

The paper's first model.  It is cylindrical: learning with the evidence lower bound follows the natural gradient of the
evidence, whatever the recognition distribution q.
"""

from sympy import Matrix, Rational

import symelbo as se


def main() -> bool:
    """Print the geometry of M(a) and all verdicts."""
    M = se.model_a()
    print(M)
    print(f"G   = {se.fisher_metric(M)}\nG_V = {se.visible_fisher_metric(M)}")
    found = se.tangent_decomposition(M)
    print(found)
    for name, basis in (("horizontal", found.horizontal), ("vertical", found.vertical)):
        for A in basis:
            print(f"  {name}: {tuple(A)}")
    print(f"Delta = 0: {se.defect(M).is_zero_matrix}")

    report = se.verify(M)
    print(report)
    q = [Rational(k, 36) for k in range(1, 9)]
    p_star = list(se.marginalisation(M.space) * Matrix(q))
    elbo = se.natural_gradient(se.divergence(q), M).projected
    evidence = se.natural_gradient(se.visible_divergence(p_star), M).projected
    print(f"For q = (1, ..., 8)/36: -dpi grad D(q||.) = {tuple(-elbo)}")
    agree = se.check_equal(elbo, evidence, M)
    print(f"It equals -grad D(p*||.) as a function of x, y, z: {agree}")
    facts = tuple(found.ranks) == (3, 2, 1) and isinstance(agree, se.Proved)
    return facts and isinstance(report.cylindrical, se.Proved) and not report.contradictions


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_a()))
