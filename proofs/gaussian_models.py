"""Gaussian models: whether their ELBO follows the evidence.

A score is a polynomial of degree 2, so a normal distribution has three ranks over Q(theta) like a table: of
(dmu, dSigma), of (dmu_V, dSigma_VV) and of what E[.|v] leaves.  Two leaves of a hidden cause have Delta = w_a w_b at
(ab, ab), and are cylindrical nowhere; factor analysis and probabilistic PCA are not cylindrical either, since the law
of their factors is fixed; a hidden effect of what is seen can be turned around, and is.
"""

import sympy

import symelbo as se

MODELS = (
    (se.factor_analysis(1), (3, 2, 3)),
    (se.factor_analysis(4), (12, 12, 6)),
    (se.probabilistic_pca(4, 2), (13, 12, 11)),
    (se.linear_dynamical_system(3), (5, 4, 5)),
    (se.linear_gaussian([("a", "h"), ("b", "h"), ("a", "b")], hidden=["h"], name="hidden effect"), (9, 5, 4)),
)


def main() -> bool:
    """Print the ranks of some Gaussian models, the defect of two leaves, and a counterexample for each."""
    good = True
    for M, expected in MODELS:
        verdict = se.is_cylindrical(M)
        print(f"{M.name}: ranks {tuple(se.ranks(M))}: {verdict}")
        good = good and tuple(se.ranks(M)) == expected
        good = good and isinstance(verdict, se.Proved if expected == (9, 5, 4) else se.Refuted)

    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False, name="two leaves")
    w_a, w_b = sympy.symbols("w_a w_b")
    Delta = se.defect(leaves)
    print(f"{leaves.name}: Delta at (ab, ab) = {Delta[3, 3]}, 0 elsewhere")
    good = good and Delta == sympy.diag(0, 0, 0, w_a * w_b, 0)
    report = se.verify(leaves)
    print(report)
    print(report.counterexample)
    return good and report["S3"].scope == se.Where.NOWHERE and not report.contradictions


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, MODELS[0][0]))
