"""S4, seven conditions equivalent to being cylindrical (contains Theorem 3).

Claim. At an admissible point the following are equivalent: (a) T splits; (b) r = r_V + r_vert; (c) G_V G^+ G_V = G_V;
(d) dpi grad^M (L o pi) = grad^{M_V} L for every L; (e) the projections onto T and H_p commute; (f) the eigenvalues of
G_V relative to G are 0 or 1; (g) dpi grad^M GAP(q, .) = 0 for every q.

Why. In an orthonormal basis of T, G_V becomes K = S^T S with 0 <= K <= 1, S the part of T in H_p; all seven say that
K is a projection.

False neighbour. (c) with G_V replaced by half of it: then the eigenvalues are 0 or 1/2 and the identity fails.
"""

import symelbo as se


def main() -> bool:
    """Decide S4 on both models; repeat (c) by hand on M(a)."""
    a, b = se.model_a(), se.model_b()
    verdicts = se.verify(a, "S4"), se.verify(b, "S4")
    for M, verdict in zip((a, b), verdicts, strict=True):
        print(f"S4 on {M.name}: {verdict}")

    G, G_V = se.fisher_metric(a), se.visible_fisher_metric(a)
    by_hand = se.check_equal(G_V * G.inv() * G_V, G_V, a)
    print(f"(c) on M(a) by hand: {by_hand}")
    neighbour = se.check_equal((G_V / 2) * G.inv() * (G_V / 2), G_V / 2, a)
    print(f"False neighbour: {neighbour}: {neighbour.counterexample}")
    proved = all(isinstance(v, se.Proved) for v in (*verdicts, by_hand))
    return proved and isinstance(neighbour, se.Refuted)


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S4"))
