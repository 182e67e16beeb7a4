"""M(b): one hidden cause x of two visible effects y and z; the paper's second model.

It is cylindrical nowhere among its admissible points: Delta = kappa e e^T with e = (1, -1, -1, 1) and
kappa = x y1(1-y1) z1(1-z1) + (1-x) y2(1-y2) z2(1-z2) > 0.  Objectives whose differential has no weight on the y-z
interaction, l(11) - l(10) - l(01) + l(00) = 0, are the ones for which the equality survives.
"""

import sympy

import symelbo as se


def main() -> bool:
    """Print the geometry of M(b), its defect and the counterexample."""
    M = se.model_b()
    x, y1, y2, z1, z2 = M.parameters
    print(M)
    print(f"G = {se.fisher_metric(M)}")
    found = se.tangent_decomposition(M)
    print(found)

    kappa = x * y1 * (1 - y1) * z1 * (1 - z1) + (1 - x) * y2 * (1 - y2) * z2 * (1 - z2)
    e = sympy.Matrix([1, -1, -1, 1])
    Delta = se.defect(M)
    print(f"Delta[0, 0] = {Delta[0, 0]}")
    formula = se.check_equal(Delta, kappa * e * e.T, M)
    print(f"Delta = kappa e e^T: {formula}")

    report = se.verify(M)
    print(report)
    print(report.counterexample)
    facts = tuple(found.ranks) == (5, 3, 3) and isinstance(formula, se.Proved)
    return facts and isinstance(report.cylindrical, se.Refuted) and not report.contradictions


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b()))
