"""S10, locality (Ay 2023): the Fisher metric of a Bayesian network with free tables is block diagonal.

Claim. One block for each node and state of its parents: p(pa) times the Fisher metric of one categorical distribution,
for a binary node p(pa) / (theta (1 - theta)).

Why. The score of a table entry depends on (node, parents) alone and has mean zero given the parents, so scores of
different families, or of different rows of one, are uncorrelated.

False neighbour. Tables tied to one parameter t are no longer free: their blocks add up in G_tt.
"""

import sympy

import symelbo as se


def main() -> bool:
    """Check the closed form on M(b) and on a network with a three-state node."""
    M = se.model_b()
    x, y1, y2, z1, z2 = M.parameters
    closed = sympy.diag(
        1 / (x * (1 - x)),
        x / (y1 * (1 - y1)),
        (1 - x) / (y2 * (1 - y2)),
        x / (z1 * (1 - z1)),
        (1 - x) / (z2 * (1 - z2)),
    )
    J, p = se.jacobian(M), se.probabilities(M)
    from_table = J.T * sympy.diag(*(1 / a for a in p)) * J
    equal = se.check_equal(from_table, closed, M)
    verdict = se.verify(M, "S10")
    three = se.verify(se.bayesian_network([("a", "b")], states={"a": 3, "b": 3}, hidden=["a"]), "S10")
    print(
        f"S10 on {M.name}: {verdict}\n  closed form against the table: {equal}\n  on a -> b with three states: {three}"
    )

    t = sympy.Symbol("t")
    tied = {s: e.subs({y1: t, y2: 1 - t, z1: t, z2: t}) for s, e in M.table.items()}
    neighbour = se.Parametrization(M.space, tied, [x, t], [x > 0, x < 1, t > 0, t < 1])
    off_diagonal = se.fisher_metric(neighbour)[1, 1]
    same = se.check_equal(off_diagonal, x / (t * (1 - t)), neighbour)
    print(f"False neighbour, tied tables: G_tt = {off_diagonal}, not the block of one row ({type(same).__name__})")
    return all(isinstance(v, se.Proved) for v in (verdict, three, equal)) and isinstance(same, se.Refuted)


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S10"))
