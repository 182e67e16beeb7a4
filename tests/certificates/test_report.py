"""What the checker prints is the model that it has judged: read back, the printed rows are those of the certificate."""

from __future__ import annotations

import copy
import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.certificates import canonical_json
from tests.certificates.build import rehashed

ACCEPT = Path(__file__).parent / "accept"
TABLES = sorted(p for p in ACCEPT.glob("*.json") if {"factors"} <= json.loads(p.read_text())["claim"]["model"].keys())


def load(name: str) -> Any:
    return json.loads((ACCEPT / f"{name}.json").read_text())


def report(data: Any, *, whole: bool = True) -> list[str]:
    result = checker.check(canonical_json(data), whole=whole)
    assert result.accepted, result
    return list(result.report)


class Model:
    """The model of a certificate in sympy."""

    def __init__(self, data: Any) -> None:
        self.data = data["claim"]["model"]
        self.names = {p: sympy.Symbol(p) for p in [*self.data["parameters"], *self.data.get("constants", [])]}
        self.generators = [
            self.exponential(g["exponent"]) if "exponent" in g else self.names[g["name"]]
            for g in self.data["generators"]
        ]

    def exponential(self, exponent: Any) -> sympy.Expr:
        """Of a linear form, or of a polynomial as its terms."""
        if isinstance(exponent[0], str):
            form = zip(exponent, [*map(self.names.__getitem__, self.data["parameters"]), 1], strict=True)
            return sympy.exp(sum(sympy.Rational(c) * p for c, p in form))
        powers = ((c, zip(self.names.values(), key, strict=True)) for c, key in exponent)
        return sympy.exp(sum(sympy.Rational(c) * sympy.prod(p**e for p, e in pairs) for c, pairs in powers))

    def polynomial(self, terms: Any) -> sympy.Expr:
        powers = ((c, zip(self.generators, key, strict=True)) for c, key in terms)
        return sympy.Add(*(sympy.Rational(c) * sympy.prod(g**e for g, e in pairs) for c, pairs in powers))

    def weight(self, row: Any) -> sympy.Expr:
        c, powers = row
        return sympy.Rational(c) * sympy.prod(self.polynomial(self.data["factors"][f]) ** e for f, e in powers)

    def read(self, text: str) -> sympy.Expr:
        """A printed expression: juxtaposition is multiplication."""
        joined = re.sub(r"(?<=[\w)]) (?=[\w(])", "*", text).replace("^", "**")
        return sympy.sympify(joined, locals={**self.names, "exp": sympy.exp})


@pytest.mark.parametrize("path", TABLES, ids=lambda p: p.stem)
def test_the_printed_rows_and_domain_are_those_that_were_judged(path: Path) -> None:
    data = json.loads(path.read_text())
    model, lines = Model(data), report(data)
    printed = [line.split(" = ", 1) for line in lines if re.match(r"  [w ]\(.*\) = ", line)]
    tables = model.data.get("tables", [{"rows": model.data.get("weights"), "variables": None}])
    rows = [row for table in tables for row in table["rows"]]
    assert len(printed) == len(rows)
    for (_, text), row in zip(printed, rows, strict=True):
        assert sympy.expand(model.read(text) - model.weight(row)) == 0
    (domain,) = (line.removeprefix("  domain: ") for line in lines if line.startswith("  domain: "))
    *inequalities, last = domain.split(", ")
    assert last == "all w > 0"
    for text, (num, den) in zip(inequalities, model.data["domain"], strict=True):
        quotient = model.polynomial(num) / model.polynomial(den)
        assert sympy.simplify(model.read(text.removesuffix(" > 0")) - quotient) == 0


def test_a_power_of_a_factor_with_one_term_is_printed_in_brackets() -> None:
    data = load("weights-S3")
    data["claim"]["model"]["factors"][0] = [["2", data["claim"]["model"]["factors"][0][0][1]]]
    table = checker.Case(json.loads(rehashed(data))).table
    assert table.row_shown(("3", {0: 2})) == f"3 ({table.shown(table.factors[0])})^2"
    assert table.shown(table.factors[0]).startswith("2*")


def test_a_smaller_domain_is_printed() -> None:
    data = load("b-nowhere")
    lines = report(data)
    assert any(line.startswith("  domain: x > 0, 1 - x > 0") for line in lines)
    without = [line for line in report(load("vee-nowhere")) if "domain:" in line]
    assert without == ["  domain: all w > 0"]


def test_tables_of_many_rows_are_printed_when_asked_for() -> None:
    data = load("large-S3")
    model = data["claim"]["model"]
    assert sum(len(t["rows"]) for t in model["tables"]) <= checker.SHOWN
    assert report(data) == report(data, whole=False)
    sizes = [len(labels) for _, labels in model["variables"]]
    one = copy.deepcopy(data)
    rows = []
    for state in product(*map(range, sizes)):
        digits = dict(zip((name for name, _ in model["variables"]), state, strict=True))
        powers: dict[int, int] = {}
        for table in model["tables"]:
            k = 0
            for name in table["variables"]:
                k = k * 2 + digits[name]
            for f, e in table["rows"][k][1]:
                powers[f] = powers.get(f, 0) + e
        rows.append(["1", [list(pair) for pair in sorted(powers.items())]])
    del one["claim"]["model"]["tables"]
    one["claim"]["model"]["weights"] = rows
    one["witness"]["gradient"] = None
    one = json.loads(rehashed(one))
    assert f"  weights: {len(rows)} rows in 1 tables, printed with --table" in report(one, whole=False)
    assert len(report(one)) > len(rows)


def test_claims_about_expressions_are_printed_with_their_names_and_domain() -> None:
    lines = report(load("b-kappa"))
    assert any(line.startswith("  domain: x > 0") for line in lines)
    assert any(line.endswith(" > 0") and "y1" in line and "domain" not in line for line in lines)
    lines = report(load("identity"))
    assert "['g', 0]" not in "\n".join(lines)
    assert any(" = " in line and "u" in line for line in lines)


@pytest.mark.parametrize("name", ["2", "1a", "a<b", "a + b", "a + -b", "x^2", "exp", "a, b", 'q"', "x'"])
def test_names_that_could_be_taken_for_something_else_are_quoted(name: str) -> None:
    x, y = sympy.Symbol(name), sympy.Symbol("y")
    space = se.SampleSpace({"v": 2}, {"h": 2})
    cube = [x > 0, x < 1, y > 0, y < 1]
    model = se.Parametrization(space, [x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)], [x, y], cube)
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Proved)
    quoted = json.dumps(name)
    lines = report(json.loads(verdict.certificate.to_json()))
    assert f"  domain: {quoted} > 0, 1 - {quoted} > 0, y > 0, 1 - y > 0, all w > 0" in lines
    assert f"  w(0, 1) = (1 - y) {quoted}" in lines or f"  w(0, 1) = {quoted} (1 - y)" in lines


def test_names_of_nodes_are_quoted_where_they_look_like_arrows() -> None:
    arrows = canonical_json(load("network-reduced")).replace('"v0"', '"v0 -> v9, h"')
    assert any('"v0 -> v9, h" -> v1' in line for line in report(json.loads(rehashed(json.loads(arrows)))))


def test_the_labels_of_a_graph_are_printed() -> None:
    data = load("network-chain")
    name, labels = data["claim"]["model"]["variables"][0]
    labels[:] = ["a b", "1,2", *(str(k) for k in range(100))]
    text = next(line for line in report(json.loads(rehashed(data))) if line.startswith("model: "))
    assert f'{name} (102 states: "a b", "1,2", 0, 1, ' in text
    assert ", 98, 99), " in text
    short = next(line for line in report(data, whole=False) if line.startswith("model: "))
    assert "98" not in short


def test_a_domain_that_may_be_empty_is_said_in_the_line_of_the_verdict() -> None:
    lines = report(load("mixed-S3"))
    (verdict,) = (line for line in lines if line.startswith("verdict: "))
    assert verdict.endswith("; assumed: that the domain is not empty (the interior point is formal)")
    assert not any(line.startswith("checked: the domain is not empty") for line in lines)
