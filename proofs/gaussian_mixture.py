"""A Gaussian mixture: the E-step's gap moves more than the mean.

All scores of a class are affine in v; those of a horizontal direction are the same in both classes: the exponential
tilt v - E v alone.  So the ELBO follows the evidence for L = E[v], and fails for L = E[v^2] wherever mu1 != mu2.
Where the weights follow the mean so that p(h|v) is constant, it follows for everything.  Counts with extra zeros are
a mixture too, in which even the defect is exact: the ELBO misses the second moment at every rate.
"""

import sympy

import symelbo as se


def main() -> bool:
    """Check the ranks, the metric, which objectives survive, and the direction that q moves a symmetric mixture in."""
    M = se.exponential_mixture("gaussian")
    p, a, b = M.parameters
    report = se.verify(M)
    print(report)
    print(report.counterexample)
    good = tuple(se.ranks(M)) == (3, 3, 2) and se.fisher_metric(M) == sympy.diag(1 / (p * (1 - p)), p, 1 - p)
    kept = [se.survives(se.objective(sympy.Symbol(name)), M) for name in ("E(v)", "E(v^2)")]
    print(f"E[v] and E[v^2] survive: {kept}")
    good = good and kept == [True, False] and isinstance(report["S3"], se.Refuted) and not report.undecided

    mu, half = sympy.Rational(2, 3), sympy.Rational(1, 2)
    q = {(h, v): half / 2 for h in (1, 2) for v in (1, -1)}
    moved = -se.natural_gradient(se.divergence(q), M, {p: half, a: mu, b: -mu}).parameters
    print(f"pi = 1/2, mu = (2/3, -2/3), q(h|v) = 1/2 at v = 1, -1: the ELBO moves by {list(moved)}")
    good = good and list(moved) == [0, -mu, mu]
    seen = {1: half, -1: half}
    followed = -se.natural_gradient(se.data_divergence(seen), M, {p: half, a: mu, b: -mu}).parameters
    expected = sympy.Matrix([0, sympy.tanh(mu) - mu, mu - sympy.tanh(mu)])
    print(f"with the posterior instead of q(h|v) by {list(followed)}, that is tanh mu - mu and mu - tanh mu")
    good = good and all(abs(sympy.N(e, 50)) < sympy.Float("1e-45") for e in followed - expected)

    m = sympy.Symbol("m")
    weights = [1 / (1 + sympy.exp(m)), sympy.exp(m) / (1 + sympy.exp(m))]
    classes = [{"v": ("gaussian", m, 1)}, {"v": ("gaussian", m + 1, 1)}]
    fixed = se.is_cylindrical(se.exponential_mixture(classes, weights=weights, parameters=[m]))
    known = se.is_cylindrical(se.exponential_mixture(classes, weights=[half, half], parameters=[m]))
    print(f"p(h|v) constant: {fixed}; weights 1/2: {known}")
    zeros = se.zero_inflated_poisson()
    inflated = se.is_cylindrical(zeros)
    print(f"zero-inflated Poisson: {inflated}; Delta in (E(v), E(v^2)): {se.defect(zeros)}")
    return good and [fixed.kind, known.kind, str(inflated.scope)] == ["proved", "refuted", "nowhere"]


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.exponential_mixture("gaussian")))
