"""Estimands under hidden confounders: an identity certified and checked, against python-flint alone.

    python -m tests.benchmarks.identities

Both sides start from the sympy expressions of proofs/hidden_confounders.py.  The reference adds and multiplies
fractions of polynomials, divides by greatest common divisors after each operation, and writes and checks nothing.
"""

import runpy
import subprocess
import sys
from pathlib import Path

import flint
import sympy

import symelbo as se
from symelbo import checker
from tests.benchmarks.spine import best_times

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "proofs" / "hidden_confounders.py"))
NAMES = {"front door": "front_door", "napkin": "napkin"}


def sides(name):
    """A new model, and the estimand and the effect on it."""
    model = se.bayesian_network(arrows := SCRIPT[name.upper()], hidden=[n for n in "uv" if n in dict(arrows)])
    return model, *SCRIPT[name](SCRIPT["marginal"](model))


def by_symelbo(model, left, right):
    """Decided, certified and judged."""
    assert isinstance(se.check_equal(left, right, model), se.Proved)


def by_flint(model, left, right):
    """Whether both are one fraction."""
    context = flint.fmpq_mpoly_ctx.get([str(s) for s in model.parameters], "lex")
    generators, one = dict(zip(model.parameters, context.gens(), strict=True)), context.constant(1)

    def fraction(e):
        if e.is_Rational:
            return context.constant(flint.fmpq(int(e.p), int(e.q))), one
        if e.is_Symbol:
            return generators[e], one
        if e.is_Pow:
            n, d = (part ** abs(int(e.exp)) for part in fraction(e.base))
            return (n, d) if e.exp > 0 else (d, n)
        n, d = fraction(e.args[0])
        for m, c in map(fraction, e.args[1:]):
            if isinstance(e, sympy.Mul):
                n, d = n * m, d * c
            else:
                n, d = (n + m, d) if d == c else (n * c + m * d, d * c)
            if not d.is_one():
                n, d = n / (common := n.gcd(d)), d / common
        return n, d

    (n, d), (m, c) = fraction(left), fraction(right)
    assert n * c == m * d


def start_up():
    """Seconds of processor time until the checker, a program of its own, has judged nothing."""
    code = "import time, runpy, sys; runpy.run_path(sys.argv[1]); print(time.process_time())"
    command = [sys.executable, "-I", "-c", code, checker.__file__]
    return min(float(subprocess.run(command, capture_output=True, check=True, text=True).stdout) for _ in range(3))


def seconds(name, repeats=5):
    """The shortest times of symelbo and of flint."""
    ready = [sides(NAMES[name]) for _ in range(2 * repeats)]
    return best_times([lambda: by_symelbo(*ready.pop()), lambda: by_flint(*ready.pop())], repeats)


def main():
    print(f"start of the checker: {1000 * start_up():.1f} ms")
    for name in NAMES:
        ours, theirs = seconds(name)
        print(f"{name}: certified and checked {1000 * ours:.1f} ms, flint {1000 * theirs:.1f} ms: {ours / theirs:.1f}")


if __name__ == "__main__":
    main()
