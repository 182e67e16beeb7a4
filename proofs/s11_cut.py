"""S11, a cut makes a model cylindrical.

Claim. If p(v, h) = p(v; xi) p(h | v; chi) with xi and chi varying independently, M is cylindrical at every
admissible point.  A Bayesian network has a cut as soon as a Markov-equivalent graph has no arrow from a hidden into a
visible node.

Why. Directions in xi have scores that depend on v alone, directions in chi have scores with mean zero given v.

False neighbour. In h -> v -> w the arrow out of the hidden node can be turned, in the fork v <- h -> w it cannot.
"""

import symelbo as se

REVERSIBLE = se.bayesian_network([("h", "v"), ("v", "w")], hidden=["h"], name="h -> v -> w")


def main() -> bool:
    """Decide S11 and S3 on three graphs."""
    collider = se.bayesian_network([("v", "h"), ("w", "h")], hidden=["h"], name="v -> h <- w")
    fork = se.bayesian_network([("h", "v"), ("h", "w")], hidden=["h"], name="v <- h -> w")
    outcomes = []
    for M in (REVERSIBLE, collider, fork):
        cut, splits = se.verify(M, "S11"), se.is_cylindrical(M)
        print(f"{M.name}\n  S11: {cut}\n  S3:  {splits}")
        outcomes.append((type(cut), type(splits)))
    yes, no = (se.Proved, se.Proved), (se.NotApplicable, se.Refuted)
    return outcomes == [yes, yes, no]


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, REVERSIBLE, "S11"))
