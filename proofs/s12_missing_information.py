"""S12, the missing information principle (Orchard and Woodbury 1972).

Claim. G = G_V + E_p[Cov(s | v)], both terms positive semidefinite.

Why. The law of total covariance for the scores, whose conditional means E[s | v] are the visible scores.

False neighbour. With the covariance instead of the conditional one the sum counts the visible part twice.
"""

import symelbo as se


def main() -> bool:
    """Check the identity on M(a), M(b) and a network with a hidden collider."""
    collider = se.bayesian_network([("v", "h"), ("w", "h")], hidden=["h"], name="v -> h <- w")
    verdicts = []
    for M in (se.model_a(), se.model_b(), collider):
        verdict = se.verify(M, "S12")
        verdicts.append(verdict)
        print(f"S12 on {M.name}: {verdict}")

    a = se.model_a()
    G, G_V = se.fisher_metric(a), se.visible_fisher_metric(a)
    by_hand = se.check_equal(G, G_V + se.missing_information(a), a)
    neighbour = se.check_equal(G, G_V + G, a)
    print(f"On M(a) by hand: {by_hand}\nFalse neighbour: {neighbour}: {neighbour.counterexample}")
    return all(isinstance(v, se.Proved) for v in (*verdicts, by_hand)) and isinstance(neighbour, se.Refuted)


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S12"))
