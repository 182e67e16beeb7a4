"""How long calls that take long still run after an interrupt: seconds from SIGINT to KeyboardInterrupt.

python -m tests.benchmarks.interrupts [--after SECONDS]
"""

import argparse
import signal
import subprocess
import sys
import time

CALLS = {
    "G_V of naive Bayes 3, expanded": "se.visible_fisher_metric(se.naive_bayes(3), form='expanded')",
    "Delta of hidden Markov 3, expanded": "se.defect(se.hidden_markov_model(3), form='expanded')",
    "Delta of RBM 3x1, factored": "se.defect(se.restricted_boltzmann_machine(3, 1), form='factored')",
    "gradient on hidden Markov 3, expanded": "se.natural_gradient(se.divergence(['1/64'] * 64), "
    "se.hidden_markov_model(3), form='expanded')",
    "verify of naive Bayes 16": "[se.verify(se.naive_bayes(16)) for _ in range(9)]",
    "verify of RBM 6x4": "[se.verify(se.restricted_boltzmann_machine(6, 4)) for _ in range(9)]",
    "locus of hidden Markov 3": "[se.cylindrical_locus(se.hidden_markov_model(3)) for _ in range(9)]",
    "an identity of high degree": "se.check_equal((x + y + z + 1)**200 * (x - y + 2*z)**90, (x + y)**3)",
    "a probability of high degree": "se.Parametrization(se.SampleSpace({'v': 1}, {'h': 2}), "
    "[(x + y + z)**200 / 3**200, 1 - (x + y + z)**200 / 3**200], [x, y, z])",
    "derivation of hidden Markov 4": "[se.derive(se.hidden_markov_model(4)) for _ in range(9)]",
    "a page on RBM 3x2": "se.explain(se.restricted_boltzmann_machine(3, 2), budget=1000)",
    "G of a machine at a point with exponentials": "se.defect(M := se.restricted_boltzmann_machine(4, 2), "
    "{p: sympy.Rational(k, 7) for k, p in enumerate(M.parameters)})",
}
SCRIPT = """
import time
import sympy
import symelbo as se
x, y, z = sympy.symbols("x y z")
se.ranks(se.model_b())
print("begun", flush=True)
try:
    {call}
    print("done", flush=True)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
"""


def seconds(call, after):
    """Seconds from the interrupt to the end; None where the call had ended by itself."""
    command = [sys.executable, "-c", SCRIPT.format(call=call)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        time.sleep(after)
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        (end,) = process.stdout.read().split()
        process.wait()
    return None if end == "done" else float(end) - start


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--after", type=float, default=2)
    after = parser.parse_args().after
    for name, call in CALLS.items():
        found = seconds(call, after)
        print(f"{name}: {'had ended' if found is None else f'{found:.2f} s'}", flush=True)


if __name__ == "__main__":
    main()
