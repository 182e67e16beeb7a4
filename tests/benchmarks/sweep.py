"""Seconds of processor time for structured formulas on every model with at most 64 states and 25 parameters.

    python -m tests.benchmarks.sweep

The families and published models of tests/geometry/test_formulas.py, each with a new model for every call; what takes
more than a second is listed.
"""

import time

import symelbo as se
from tests.geometry.test_formulas import FAMILIES, MATRICES, objectives


def calls(make):
    """The calls on a model, each with a name."""
    yield from ((f.__name__, lambda f=f: f(make())) for f in MATRICES)
    for k, objective in enumerate(objectives(make())):
        yield f"gradient of {objective.kind} {k}", lambda o=objective: se.natural_gradient(o, make())


def main():
    """Print the calls that take longer than a second, and the numbers."""
    str(se.defect(se.model_b()))  # what is imported when first used is not measured
    found = {}
    for name, make in FAMILIES.items():
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
