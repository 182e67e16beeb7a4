"""One measurement in a process of its own: ``python -m tests.benchmarks.peers TOOL FAMILY SIZE`` prints JSON.

The work is the same for all: from the table of a model to the three ranks that decide whether it is cylindrical, in
seconds of processor time.  Peers get the polynomial matrices [w | dw], [w_V | dw_V] and w_V dw - w dw_V, so that no
normalisation burdens them.
"""

from __future__ import annotations

import json
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from math import prod
from typing import Any

import sympy
from sympy.polys.matrices import DomainMatrix

import symelbo as se
from symelbo.geometry import generic_screen, structural_bounds, upper_bounds
from symelbo.verification.judgement import judged
from symelbo.verification.tables import TableExamination

PRIME = 2**31 - 1
Rows = list[list[sympy.Expr]]


def model_of(family: str, size: str) -> se.Parametrization:
    """The model of a family: ``naive-bayes 5``, ``rbm 3x2``, ``hmm 4``, ``dag 8``."""
    if family == "naive-bayes":
        return se.naive_bayes(int(size))
    if family == "rbm":
        return se.restricted_boltzmann_machine(*map(int, size.split("x")))
    if family == "hmm":
        return se.hidden_markov_model(int(size))
    rng = random.Random(int(size))
    nodes = [f"n{i}" for i in range(int(size))]
    edges = [(a, b) for j, b in enumerate(nodes) for a in rng.sample(nodes[:j], min(j, rng.choice((0, 1, 2))))]
    return se.bayesian_network(edges, isolated=nodes, hidden=rng.sample(nodes, int(size) // 3))


def matrices(model: se.Parametrization) -> tuple[list[Rows], list[sympy.Symbol]]:
    """The three polynomial matrices in symbols for the generators."""
    field, table = model.field, model.factor_table
    symbols = [sympy.Symbol(f"g{i}") for i in range(len(field.generators))]
    names = dict(zip(field.generators, symbols, strict=True))
    factors = [field.to_sympy(f).xreplace(names) for f in table.factors]
    pi, d = model.space.fibration, len(model.parameters)
    weights = [prod(f ** int(e) for f, e in zip(factors, row, strict=True) if e) for row in table.exponents]
    rows: Rows = []
    for w in weights:
        row = [sympy.sympify(w)]
        for i in range(d):
            parts = []
            for k, g in enumerate(symbols):
                shown = field.generators[k]  # a parameter, or exp of a linear form
                rate = sympy.diff(shown.args[0] if field.is_exponential(k) else shown, model.parameters[i])
                if rate:
                    factor = rate * (g if field.is_exponential(k) else 1)
                    parts.append(factor * sympy.diff(w, g))
            row.append(sympy.Add(*parts))
        rows.append(row)
    visible = [[sympy.Add(*c) for c in zip(*(rows[x] for x in fibre), strict=True)] for fibre in pi]
    vertical = [
        [below[0] * a - row[0] * b for a, b in zip(row[1:], below[1:], strict=True)]
        for row, below in zip(rows, pi.repeated(visible), strict=True)
    ]
    return [rows, visible, vertical], symbols


def _decided(found: list[int]) -> dict[str, Any]:
    joint, visible, vertical = found[0] - 1, found[1] - 1, found[2]
    return {"cylindrical": joint == visible + vertical}


def measure_symelbo(model: se.Parametrization) -> dict[str, Any]:
    """Screen: ranks modulo a prime.  Verdict: proved.  Certificate: accepted by the independent checker."""
    start = time.process_time()
    found = generic_screen(model).ranks()
    screen = time.process_time() - start
    total = found.visible + found.vertical
    cylindrical = total <= upper_bounds(model).joint and total <= structural_bounds(model).joint
    verdict = time.process_time() - start
    certified = judged(TableExamination(model).cylindrical)
    certificate = time.process_time() - start
    kind = certified.kind
    if isinstance(certified, se.Proved | se.Refuted):
        assert isinstance(certified, se.Proved if cylindrical else se.Refuted), certified
        kind = f"{kind} {certified.scope}"
    return {
        "cylindrical": cylindrical,
        "screen": screen,
        "verdict": certificate if cylindrical else verdict,  # lower bounds do not prove it: null vectors do
        "certificate": certificate,
        "states": model.space.n_states,
        "kind": kind,
    }


def measure_sympy(model: se.Parametrization) -> dict[str, Any]:
    """As one writes it down: symbolic matrices and their rank()."""
    start = time.process_time()
    parts, _ = matrices(model)
    found = [sympy.Matrix(rows).rank(simplify=True) for rows in parts]
    return {**_decided(found), "verdict": time.process_time() - start}


def measure_domainmatrix(model: se.Parametrization) -> dict[str, Any]:
    """Over the polynomial ring, sparse and without fractions: exact zero tests, nothing is simplified."""
    start = time.process_time()
    parts, symbols = matrices(model)
    ring = sympy.QQ[tuple(symbols)]
    found = []
    for rows in parts:
        entries = [[ring.from_sympy(e) for e in row] for row in rows]
        found.append(len(DomainMatrix(entries, (len(rows), len(rows[0])), ring).to_sparse().rref_den(method="FF")[2]))
    return {**_decided(found), "verdict": time.process_time() - start}


def measure_domainmatrix_point(model: se.Parametrization) -> dict[str, Any]:
    """At one random point modulo a prime: what an expert would do with sympy; no proof of the upper bounds."""
    start = time.process_time()
    parts, symbols = matrices(model)
    rng, field = random.Random(0), sympy.GF(PRIME, symmetric=False)
    values = {s: field(rng.randrange(1, PRIME)) for s in symbols}
    found = []
    for rows in parts:
        entries = [[_at(e, values, field) for e in row] for row in rows]
        found.append(DomainMatrix(entries, (len(rows), len(rows[0])), field).to_sparse().rank())
    return {**_decided(found), "verdict": time.process_time() - start}


def _at(e: sympy.Expr, values: dict[sympy.Symbol, Any], field: Any) -> Any:
    if e.is_Symbol:
        return values[e]
    if e.is_Rational:
        return field(int(e.p)) / field(int(e.q))
    parts = [_at(a, values, field) for a in e.args[: 1 if e.is_Pow else None]]
    if e.is_Add:
        return sum(parts, start=field(0))
    return parts[0] ** int(e.args[1]) if e.is_Pow else prod(parts, start=field(1))


def _lines(rows: Rows) -> str:
    return ",".join("{" + ",".join(str(e).replace("**", "^") for e in row) + "}" for row in rows)


def measure_macaulay2(model: se.Parametrization) -> dict[str, Any]:
    """Macaulay2: rank of the matrices over the polynomial ring."""
    start = time.process_time()
    parts, symbols = matrices(model)
    script = f"R = QQ[{','.join(map(str, symbols))}];\nstart = cpuTime();\n"
    script += "".join(f'print("RANK " | toString rank matrix {{{_lines(rows)}}});\n' for rows in parts)
    script += 'print("CPU " | toString(cpuTime() - start));\nexit 0\n'
    return _external(["M2", "--stop", "--silent", "--no-readline", "-q"], script, start)


def measure_sagemath(model: se.Parametrization) -> dict[str, Any]:
    """SageMath: rank of the matrices over the polynomial ring."""
    start = time.process_time()
    parts, symbols = matrices(model)
    script = f"R.<{','.join(map(str, symbols))}> = QQ[]\nstart = cputime()\n"
    for rows in parts:
        lines = ",".join("[" + ",".join(str(e).replace("**", "^") for e in row) + "]" for row in rows)
        script += f"print('RANK', matrix(R, [{lines}]).rank())\n"
    script += "print('CPU', cputime(start))\n"
    return _external(["sage", "-q", "--simple-prompt"], script, start)


def _external(command: list[str], script: str, start: float) -> dict[str, Any]:
    """The answer of another program, and its processor time without that of its start."""
    own = time.process_time() - start
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
    found = [int(n) for n in re.findall(r"RANK (\d+)", done.stdout)]
    (seconds,) = re.findall(r"CPU ([\d.e-]+)", done.stdout)
    return {**_decided(found), "verdict": own + float(seconds)}


TOOLS: dict[str, Callable[[se.Parametrization], dict[str, Any]]] = {
    "symelbo": measure_symelbo,
    "sympy": measure_sympy,
    "DomainMatrix": measure_domainmatrix,
    "DomainMatrix mod p": measure_domainmatrix_point,
    "Macaulay2": measure_macaulay2,
    "SageMath": measure_sagemath,
}
PROGRAMS = {"Macaulay2": "M2", "SageMath": "sage"}


def available(tool: str) -> bool:
    """Whether a tool is installed."""
    return tool not in PROGRAMS or shutil.which(PROGRAMS[tool]) is not None


REPEATS, SHORT = 3, 1.0


def measure(tool: str, family: str, size: str) -> dict[str, Any]:
    """Measure once, or, where that took less than a second, take the best of three, each with a new model."""
    warm = se.model_b()  # what is imported when first used is not measured
    rows, symbols = matrices(warm)
    DomainMatrix(
        [[sympy.QQ[tuple(symbols)].from_sympy(e) for e in r] for r in rows[1]], (4, 6), sympy.QQ[tuple(symbols)]
    ).rank()
    judged(TableExamination(warm).cylindrical)
    found = TOOLS[tool](model_of(family, size))
    for _ in range(REPEATS - 1 if found["verdict"] < SHORT and tool not in PROGRAMS else 0):
        again = TOOLS[tool](model_of(family, size))
        found |= {k: min(found[k], again[k]) for k in ("screen", "verdict", "certificate") if k in found}
    return found


def main(tool: str, family: str, size: str) -> None:
    """Measure and print."""
    found = measure(tool, family, size)
    usage = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps({**found, "memory": usage // 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
