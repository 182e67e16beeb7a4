"""Factor analysis: with a fixed law of the factor the E-step's gap moves what the evidence leaves alone.

v = m + Lambda h + e with h ~ N(0, 1) and noise Psi.  The ranks are (3n, n + min(2n, n(n+1)/2), n + 2), so T does not
split; free mean and variance of the factor make it a network, which is cylindrical for one item and not for two.
"""

import sympy

import symelbo as se


def main() -> bool:
    """Check ranks, the locus for one item, and the E-step against its classical form by the matrix inversion lemma."""
    good = True
    for n in (1, 2, 3, 5):
        M = se.factor_analysis(n)
        expected = (3 * n, n + min(2 * n, n * (n + 1) // 2), n + 2)
        verdict = se.is_cylindrical(M)
        print(f"{M.name}: ranks {tuple(se.ranks(M))}: {verdict}")
        good = good and tuple(se.ranks(M)) == expected and isinstance(verdict, se.Refuted)
    good = good and str(se.is_cylindrical(se.factor_analysis(1)).scope) == "exactly on {l1 = 0}"

    free = [se.is_cylindrical(se.linear_gaussian([("h", f"v{i}") for i in range(n)], hidden=["h"])) for n in (1, 2)]
    print(f"law of the factor free, one item and two: {free}")
    good = good and [v.kind for v in free] == ["proved", "refuted"]

    M = se.factor_analysis(2)
    l1, l2, w1, w2 = sympy.symbols("l1 l2 w1 w2")
    Lambda, Psi = sympy.Matrix([l1, l2]), sympy.diag(w1, w2)
    Omega = 1 / (1 + (Lambda.T * Psi.inv() * Lambda)[0])
    step = next(s for s in se.derive(M).steps if s.heading == "What is seen of what is hidden")
    B = next(r.right.value for r in step.relations if r.left.latex == "B" and r.right.value is not None)
    print(f"B = {B}")
    return good and (B - Omega * Lambda.T * Psi.inv()).applyfunc(sympy.cancel) == sympy.zeros(1, 2)


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.factor_analysis(2)))
