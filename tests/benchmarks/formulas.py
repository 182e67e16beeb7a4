"""Formulas of the Fisher metric of the visible model, and of the defect: seconds and characters, tool by tool.

    python -m tests.benchmarks.formulas [--limit SECONDS] [--write]

From the table of a model to text.  sympy is used as one writes it down: sums of products of derivatives, nothing
simplified; DomainMatrix works over the fraction field QQ(theta); SageMath, where it is installed, finds G_V alone in
its own fraction field.  Every measurement is a process of its own; ``--write`` puts the table into README.md.
"""

import argparse
import json
import shutil
import subprocess
import time
from pathlib import Path

import sympy
from sympy.polys.matrices import DomainMatrix

import symelbo as se
from tests.benchmarks.__main__ import answer

MODELS = {
    "M(b)": se.model_b,
    "naive Bayes 3": lambda: se.naive_bayes(3),
    "naive Bayes 4": lambda: se.naive_bayes(4),
    "hidden Markov 3": lambda: se.hidden_markov_model(3),
}
README = Path(__file__).parent / "README.md"
START = "## Formulas\n"


def by_symelbo(model):
    """Both matrices, with their definitions."""
    return [str(e) for m in (se.visible_fisher_metric(model), se.defect(model)) for e in (m, *m.definitions)]


def by_sympy(model):
    """``G_V`` and ``Delta``, where rank J_V = |V| - 1, or with the inverse of G_V."""
    p = list(model.table.values())
    fibres = [list(f) for f in model.space.fibration]
    p_v = [sympy.Add(*(p[x] for x in f)) for f in fibres]
    jacobian = sympy.Matrix([[sympy.diff(e, t) for t in model.parameters] for e in p_v])
    metric = jacobian.T * sympy.diag(*(1 / e for e in p_v)) * jacobian
    full = sympy.Matrix([[sympy.diff(e, t) for t in model.parameters] for e in p])
    inverse = (full.T * sympy.diag(*(1 / e for e in p)) * full).inv()
    v = sympy.Matrix(p_v)
    visible = sympy.diag(*p_v) - v * v.T if full_rank(model) else jacobian * metric.inv() * jacobian.T
    return [str(metric), str(visible - jacobian * inverse * jacobian.T)]


def by_domain_matrix(model):
    """The same over QQ(theta)."""
    field = sympy.QQ.frac_field(*model.parameters)
    p = [field.from_sympy(sympy.expand(e)) for e in model.table.values()]

    def matrix(rows):
        return DomainMatrix(rows, (len(rows), len(rows[0])), field)

    def diagonal(entries):
        n = len(entries)
        return matrix([[entries[i] if i == j else field.zero for j in range(n)] for i in range(n)])

    fibres = [list(f) for f in model.space.fibration]
    p_v = [sum((p[x] for x in f), field.zero) for f in fibres]
    jacobian, full = (matrix([[e.diff(g) for g in field.gens] for e in q]) for q in (p_v, p))
    metric = jacobian.transpose() * diagonal([1 / e for e in p_v]) * jacobian
    inverse = (full.transpose() * diagonal([1 / e for e in p]) * full).inv()
    if full_rank(model):
        visible = diagonal(p_v) - matrix([[a * b for b in p_v] for a in p_v])
    else:
        visible = jacobian * metric.inv() * jacobian.transpose()
    delta = visible - jacobian * inverse * jacobian.transpose()
    return [str(metric.to_Matrix()), str(delta.to_Matrix())]


def by_sagemath(model):
    """G_V alone, over the fraction field; then the seconds that SageMath took, without its start."""
    names = ",".join(map(str, model.parameters))
    p_v = ",".join(str(e).replace("**", "^") for e in se.marginals(model, form="factored"))
    script = f"R.<{names}> = QQ[]\nstart = cputime()\nK = R.fraction_field()\np = [R(e) for e in [{p_v}]]\n"
    script += "J = matrix(K, [[e.derivative(t) for t in R.gens()] for e in p])\n"
    script += "G = J.transpose() * diagonal_matrix(K, [1/K(e) for e in p]) * J\n"
    script += "print(G.list())\nprint(cputime(start))\n"
    done = subprocess.run(["sage", "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def full_rank(model):
    """Whether rank J_V = |V| - 1."""
    return se.ranks(model).visible == model.space.n_visible - 1


TOOLS = {"symelbo": by_symelbo, "sympy": by_sympy, "DomainMatrix": by_domain_matrix, "SageMath": by_sagemath}


def measured(tool, name, limit):
    """Seconds and characters, or why there are none."""
    if tool == "SageMath" and shutil.which("sage") is None:
        return "not installed"
    found = answer(["tests.benchmarks.formulas", "--one", tool, name], limit)
    return found if isinstance(found, str) else f"{found[0]:.3g} s, {found[1]:,}"


def one(tool, name):
    """Measure in this process."""
    str(se.defect(se.model_b()))  # what is imported when first used is not measured
    model = MODELS[name]()
    start = time.process_time()
    text = TOOLS[tool](model)
    elsewhere = float(text.pop()) if tool == "SageMath" else 0.0
    print(json.dumps([time.process_time() - start + elsewhere, sum(map(len, text))]))


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=float, default=60)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--one", nargs=2)
    given = parser.parse_args()
    if given.one:
        one(*given.one)
        return
    lines = [START, "G_V and Delta as text (SageMath: G_V alone), `python -m tests.benchmarks.formulas --limit "]
    lines[-1] += f"{given.limit:g} --write`:\nseconds of processor time, characters.\n"
    lines += [f"| model | {' | '.join(TOOLS)} |", "| --- |" + " ---: |" * len(TOOLS)]
    for name in MODELS:
        lines.append(f"| {name} | {' | '.join(measured(tool, name, given.limit) for tool in TOOLS)} |")
        print(lines[-1], flush=True)
    if given.write:
        before = README.read_text(encoding="utf-8").partition(START)[0].rstrip()
        README.write_text(before + "\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
