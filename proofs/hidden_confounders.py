"""Causal effects under hidden confounders are identities of the observed distribution, and checked as such.

Claim. u -> x, u -> y, x -> z -> y with u hidden (front door), and w -> z -> x -> y with u -> w, u -> x, v -> w, v -> y,
u and v hidden (napkin): p(y | do(x)), an average over hidden causes, is
    sum_z p(z | x) sum_x' p(y | x', z) p(x'),     sum_w p(x, y | z, w) p(w) / sum_w p(x | z, w) p(w), for any z,
in terms of visible probabilities alone, for all tables (Pearl, Causality, 2009, section 3.3; Pearl, Mackenzie 2018).

Why. Front door: x blocks the way back from z, and z screens y from x. Napkin: do(z) leaves u and v as they are, so
that the quotient is p(x, y | do(z)) / p(x | do(z)) = p(y | do(z), x) = p(y | do(x)).

False neighbours. p(y | x) is not p(y | do(x)); an arrow u -> z spoils the front door.
"""

from collections.abc import Callable

import sympy

import symelbo as se

Probability = Callable[..., sympy.Expr]
FRONT_DOOR = [("u", "x"), ("u", "y"), ("x", "z"), ("z", "y")]
NAPKIN = [("u", "w"), ("u", "x"), ("v", "w"), ("v", "y"), ("w", "z"), ("z", "x"), ("x", "y")]


def marginal(M: se.Parametrization) -> Probability:
    """Return p as a function of the values of some variables: a sum over the table."""
    names = [v.name for v in M.space.variables]
    rows = [(dict(zip(names, state, strict=True)), e) for state, e in M.table.items()]
    return lambda **at: sympy.Add(*(e for state, e in rows if at.items() <= state.items()))


def front_door(p: Probability) -> tuple[sympy.Expr, sympy.Expr]:
    """Return p(y=0 | do(x=0)) from what is seen, and as the average over u."""
    both = (0, 1)
    inner = {z: sum(p(x=k, y=0, z=z) / p(x=k, z=z) * p(x=k) for k in both) for z in both}
    effect = sum(p(u=u) * p(x=0, z=z) / p(x=0) * p(u=u, z=z, y=0) / p(u=u, z=z) for u in both for z in both)
    return sum(p(x=0, z=z) / p(x=0) * inner[z] for z in both), effect


def napkin(p: Probability) -> tuple[sympy.Expr, sympy.Expr]:
    """Return p(y=0 | do(x=0)) from what is seen, with z = 0, and as the average over v."""
    weight = {w: p(w=w) / p(w=w, z=0) for w in (0, 1)}
    above, below = (sum(p(w=w, z=0, x=0, **y) * weight[w] for w in weight) for y in ({"y": 0}, {}))
    return above / below, sum(p(v=v) * p(v=v, x=0, y=0) / p(v=v, x=0) for v in (0, 1))


def main() -> bool:
    """Check both estimands, and refute what one might take for them."""
    good = []
    for name, arrows, formulas in (("front door", FRONT_DOOR, front_door), ("napkin", NAPKIN, napkin)):
        M = se.bayesian_network(arrows, hidden=[n for n in "uv" if n in dict(arrows)])
        p = marginal(M)
        estimand, effect = formulas(p)
        equal, naive = se.check_equal(estimand, effect, M), se.check_equal(p(x=0, y=0) / p(x=0), effect, M)
        print(f"{name}: the estimand: {equal}\n  p(y | x) instead: {type(naive).__name__} {naive.counterexample}")
        good.append(isinstance(equal, se.Proved) and isinstance(naive, se.Refuted))
    confounded = se.bayesian_network([*FRONT_DOOR, ("u", "z")], hidden=["u"])
    p = marginal(confounded)
    rows = [p(u=u) * p(u=u, x=0, z=z) / p(u=u, x=0) * p(u=u, z=z, y=0) / p(u=u, z=z) for u in (0, 1) for z in (0, 1)]
    spoiled = se.check_equal(front_door(p)[0], sum(rows), confounded)
    print(f"front door with u -> z: {type(spoiled).__name__} {spoiled.counterexample}")
    return all(good) and isinstance(spoiled, se.Refuted)


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.bayesian_network(FRONT_DOOR, hidden=["u"]), "S3"))
