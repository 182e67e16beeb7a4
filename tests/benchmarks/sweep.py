"""Seconds of processor time and memory for structured formulas, models with at most 64 states and 25 parameters.

    python -m tests.benchmarks.sweep

The families and published models of tests/geometry/test_formulas.py, and more machines, networks, log-linear models
and mixtures up to that size, with a new model and a new process for every call; what takes more than a second is
listed.
"""

import random
import resource
import time
from functools import partial
from itertools import combinations

import symelbo as se
from symelbo.budget import Budget, limited
from tests.geometry.test_formulas import FAMILIES, MATRICES, every_objective


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
    for k, objective in enumerate(every_objective(make())):
        yield f"gradient of {objective.kind} {k}", lambda o=objective: se.natural_gradient(o, make())


def measured(call):
    """Seconds of processor time, and megabytes beyond those in use before, at the peak."""

    def work():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.process_time()
        call()
        seconds = time.process_time() - start
        return seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024

    return limited(Budget(), "a call", work)


def main():
    """Print the calls that take longer than a second, and the numbers."""
    str(se.defect(se.model_b()))  # what is imported when first used is not measured
    found = {}
    for name, make in [*FAMILIES.items(), *more()]:
        model = make()
        if model.space.n_states > 64 or len(model.parameters) > 25:
            continue
        for what, call in calls(make):
            found[name, what] = measured(call)
            if found[name, what][0] > 1:
                print(f"{name}, {what}: {found[name, what][0]:.2f} s", flush=True)
    models = len({name for name, _ in found})
    print(f"{models} models, {len(found)} calls")
    for unit, k in (("s", 0), ("MB", 1)):
        place, largest = max(found.items(), key=lambda item: item[1][k])
        numbers = sorted(f[k] for f in found.values())
        middle, late = numbers[len(numbers) // 2], numbers[len(numbers) * 99 // 100]
        print(f"median {middle:.3f} {unit}, 99 of 100 below {late:.2f}, largest {largest[k]:.2f}: {', '.join(place)}")


if __name__ == "__main__":
    main()
