"""From file to verdict (S3) on the models that users have: run with  python tests/benchmarks/families.py

Times are CPU times relative to a reference computation on the same machine (an exact inversion), so that numbers from
different machines can be compared; the last columns say where the time goes.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from pathlib import Path

import symelbo as se
from symelbo.exact import QQ, Matrix
from symelbo.verification.judgement import judged
from symelbo.verification.tables import TableExamination

TWELVE = [tuple(pair) for pair in ["ab", "ac", "bd", "cd", "ce", "df", "ef", "fg", "gh", "gi", "hj", "ij", "jk", "jl"]]


def network(*hidden: str) -> str:
    variables = "".join(f"{n} = 2\n" for n in "abcdefghijkl")
    edges = [list(e) for e in TWELVE]
    return f'[variables]\n{variables}hidden = {list(hidden)}\n[model]\nkind = "bayesian-network"\nedges = {edges}\n'


MODELS = {
    "naive Bayes, 10 leaves": '[model]\nkind = "naive-bayes"\nn_leaves = 10\n',
    "restricted Boltzmann machine 6 x 3": '[model]\nkind = "restricted-boltzmann-machine"\nn_visible=6\nn_hidden=3\n',
    "hidden Markov model of length 5": '[model]\nkind = "hidden-markov-model"\nlength = 5\n',
    "12 nodes, hidden c g j": network("c", "g", "j"),
    "12 nodes, hidden k l (cut)": network("k", "l"),
}


def reference() -> float:
    """Seconds for the exact inverse of a 60 x 60 Hilbert matrix."""
    hilbert = Matrix(QQ, [[QQ.constant(1) / (i + j + 1) for j in range(60)] for i in range(60)])
    found = []
    for _ in range(3):
        start = time.process_time()
        hilbert.inverse()
        found.append(time.process_time() - start)
    return min(found)


def measured(text: str) -> tuple[se.Parametrization, str, list[float]]:
    """The model, the kind of the verdict, and seconds to read, to decide and to judge the certificate."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.toml"
        path.write_text(text)
        times = [time.process_time()]
        model = se.load_model(path)
        times.append(time.process_time())
        verdict = TableExamination(model).cylindrical
        times.append(time.process_time())
        last = judged(verdict)
        times.append(time.process_time())
    return model, last.kind, [b - a for a, b in itertools.pairwise(times)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=2, help="take the best of so many runs")
    repeat = parser.parse_args().repeat
    unit = reference()
    print(f"reference: {unit:.3f} s; times in units of it\n")
    print(f"{'model':<36} {'states':>6} {'verdict':>8} {'total':>7} {'read':>6} {'decide':>7} {'judge':>6}")
    for name, text in MODELS.items():
        runs = [measured(text) for _ in range(repeat)]
        model, kind, times = min(runs, key=lambda run: sum(run[2]))
        read, decide, judge = (t / unit for t in times)
        total = read + decide + judge
        print(f"{name:<36} {model.space.n_states:>6} {kind:>8} {total:>7.1f} {read:>6.1f} {decide:>7.1f} {judge:>6.1f}")


if __name__ == "__main__":
    main()
