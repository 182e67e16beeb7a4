"""Seconds of processor time for structured formulas on every model with at most 64 states and 25 parameters.

    python -m tests.benchmarks.sweep

The families and published models of tests/geometry/test_formulas.py, and more machines, networks, log-linear models
and mixtures up to that size, each with a new model for every call; what takes more than a second is listed.
"""

import random
import time
from functools import partial
from itertools import combinations

import symelbo as se
from tests.geometry.test_formulas import FAMILIES, MATRICES, objectives


def more():
    """Larger models of the families, and random ones."""
    for n, m in [(3, 2), (4, 2), (3, 3), (2, 3), (2, 4), (5, 1), (1, 5)]:
        yield f"RBM {n}x{m}", partial(se.restricted_boltzmann_machine, n, m)
    for leaves, classes in [(5, 2), (2, 4), (4, 3)]:
        yield f"naive Bayes {leaves}, {classes} classes", partial(se.naive_bayes, leaves, classes)
    for above, below in [("gh", "abcd"), ("fgh", "ab"), ("fgh", "abc")]:
        arrows = [(h, v) for h in above for v in below]
        yield f"sigmoid {above}-{below}", partial(se.sigmoid_belief_network, arrows, hidden=list(above))
    for n in (4, 5, 6):
        for k in range(1, n):
            edges, hidden = list(combinations("abcdef"[:n], 2)), list("abcdef"[:k])
            yield f"Boltzmann {n}, {k} hidden", partial(se.boltzmann_machine, edges, hidden=hidden)
    rng = random.Random(5)
    for k in range(40):
        nodes = "abcdef"[: rng.choice([4, 5, 6])]
        arrows = [pair for pair in combinations(nodes, 2) if rng.random() < 0.45]
        used = sorted({s for pair in arrows for s in pair})
        hidden = rng.sample(used, max(1, len(used) // 3)) if used else []
        if 0 < len(hidden) < len(used):
            yield f"network {k}: {arrows}, hidden {hidden}", partial(se.bayesian_network, arrows, hidden=hidden)
    for k in range(15):
        nodes = "abcdef"[: rng.choice([4, 5, 6])]
        parts = list(map(list, rng.sample([c for r in (2, 3) for c in combinations(nodes, r)], 5)))
        used = sorted({s for part in parts for s in part})
        model = partial(se.log_linear, parts, states=dict.fromkeys(used, 2), hidden=rng.sample(used, 2))
        yield f"log-linear {k}: {parts}", model
    for k, sizes in ((2, (2, 2, 2)), (3, (2, 2, 2)), (4, (5,))):
        yield f"mixture {k} of {sizes}", partial(se.mixture, dict(zip("abc", sizes, strict=False)), k)


def calls(make):
    """The calls on a model, each with a name."""
    yield from ((f.__name__, lambda f=f: f(make())) for f in MATRICES)
    for k, objective in enumerate(objectives(make())):
        yield f"gradient of {objective.kind} {k}", lambda o=objective: se.natural_gradient(o, make())


def main():
    """Print the calls that take longer than a second, and the numbers."""
    str(se.defect(se.model_b()))  # what is imported when first used is not measured
    found = {}
    for name, make in [*FAMILIES.items(), *more()]:
        model = make()
        if model.space.n_states > 64 or len(model.parameters) > 25:
            continue
        for what, call in calls(make):
            start = time.process_time()
            call()
            found[name, what] = time.process_time() - start
            if found[name, what] > 1:
                print(f"{name}, {what}: {found[name, what]:.2f} s", flush=True)
    slow = sum(t > 1 for t in found.values())
    times = sorted(found.values())
    models = len({name for name, _ in found})
    print(f"{models} models, {len(times)} calls: median {times[len(times) // 2]:.3f} s, longest {times[-1]:.2f} s;")
    print(f"{slow} above 1 s")


if __name__ == "__main__":
    main()
