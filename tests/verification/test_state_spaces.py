"""Verdicts on models whose states are no product of variables: any map from states to what is seen of them."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.geometry import generic_ranks
from symelbo.verification.report import report_data
from tests.certificates.build import PUBLISHED, state_models
from tests.oracle import Oracle, Ranks, exponential_values, random_model, ranks_of, rational, values_from_table
from tests.translation import drawn_model, point_of, report_of

RANKS = json.loads((PUBLISHED / "ranks.json").read_text(encoding="utf-8"))
FILES = sorted(PUBLISHED.glob("*.toml"))
X, Y = sympy.symbols("x y")


def assert_every_verdict_has_an_accepted_certificate(report: se.Report) -> None:
    assert len(report.verdicts) == 12
    assert not report.undecided
    for verdict in report.verdicts:
        if isinstance(verdict, se.Proved | se.Refuted):
            for certificate in filter(None, (verdict.certificate, verdict.extent_certificate)):
                data = certificate.as_dict()
                assert data["version"] == 2
                assert checker.check(certificate.to_json(), data["sha256"]).accepted


def assert_equal(left: Any, right: Any, model: se.Parametrization) -> None:
    assert isinstance(se.check_equal(left, right, model), se.Proved)


# ------------------------------------------------------------------------------------------------- closed forms


def test_blood_groups_have_ranks_2_2_2_and_are_cylindrical_nowhere() -> None:
    model = state_models()["abo"]
    report = se.verify(model)
    assert report.ranks == (2, 2, 2)
    assert report["S3"].scope == se.Where.NOWHERE
    assert_every_verdict_has_an_accepted_certificate(report)
    assert [v.statement.id for v in report.verdicts if v.kind == "not applicable"] == ["S8", "S10", "S11"]


def test_the_defect_of_the_blood_groups_has_its_closed_form() -> None:
    model = state_models()["abo"]
    a, b = model.parameters
    o = 1 - a - b
    K = sympy.Matrix([[a**2 * (2 * o + a * b), a**2 * b**2], [a**2 * b**2, b**2 * (2 * o + a * b)]])
    K = K / (8 * (1 - a) * (1 - b))
    J = sympy.Matrix([[2 * o, -2 * a], [-2 * b, 2 * o], [2 * b, 2 * a], [-2 * o, -2 * o]])
    assert_equal(se.defect(model), J * K * J.T, model)
    e, f = sympy.Matrix([1, -1, 0, 0]), sympy.Matrix([0, 0, 1, -1])
    at = {"a": "1/3", "b": "1/3"}
    assert se.defect(model, at=at) == e * e.T / 54 + 2 * f * f.T / 81


def test_gradients_of_the_blood_groups_in_small_numbers() -> None:
    model, at = state_models()["abo"], {"a": "1/4", "b": "1/4"}
    uniform = dict.fromkeys(("AA", "AO", "BB", "BO", "AB", "OO"), "1/6")
    seen = {"A": "1/3", "B": "1/3", "AB": "1/6", "O": "1/6"}
    expected = [
        (se.divergence(uniform), ["1/24", "1/24", "1/12", "-1/6"]),
        (se.data_divergence(seen), ["1/60", "1/60", "1/30", "-1/15"]),
        (se.visible_divergence(seen), ["1/48", "1/48", "1/24", "-1/12"]),
    ]
    for objective, values in expected:
        gradient = se.natural_gradient(objective, model, at=at).projected
        assert [-v for v in gradient] == [sympy.Rational(v) for v in values]


def test_the_defect_of_the_linkage_model_is_a_multiple_of_one_matrix() -> None:
    s = sympy.Symbol("s")
    space = se.StateSpace({"1": "125", "2": "125", "3": "18", "4": "20", "5": "34"})
    weights = [sympy.Rational(1, 2), s / 4, (1 - s) / 4, (1 - s) / 4, s / 4]
    model = se.Parametrization(space, weights, [s], [s > 0, s < 1])
    e = sympy.Matrix([1, -1, -1, 1])
    assert_equal(se.defect(model), s * (1 - s) ** 2 / (8 * (1 + 2 * s)) * e * e.T, model)
    report = se.verify(model)
    assert report.ranks == (1, 1, 1)
    assert report["S3"].scope == se.Where.NOWHERE
    assert_every_verdict_has_an_accepted_certificate(report)


# ------------------------------------------------------------------------------------------- published models


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_published_models_have_their_ranks_and_certificates_within_three_seconds(path: Path) -> None:
    """Ranks and verdicts of an oracle that shares nothing with the engine."""
    expected = RANKS[path.stem]
    start = time.process_time()
    model = se.load_model(path)
    report = se.verify(model)
    assert time.process_time() - start < 3
    assert report.ranks == tuple(expected[k] for k in ("joint", "visible", "vertical"))
    assert (model.space.n_states, model.space.n_visible) == (expected["states"], expected["visible_states"])
    assert report["S3"].kind == ("proved" if expected["cylindrical"] else "refuted")
    assert_every_verdict_has_an_accepted_certificate(report)


def test_all_twenty_published_models_are_there() -> None:
    assert {p.stem for p in FILES} == set(RANKS)
    assert len(FILES) == 20


# --------------------------------------------------------------------------------------------- extreme fibres

HARDY = [X**2, 2 * X * (1 - X), (1 - X) ** 2]
UNIT = [X > 0, X < 1]


@pytest.mark.parametrize(
    ("seen", "ranks"),
    [(["A", "B", "C"], (1, 1, 0)), (["A", "A", "A"], (1, 0, 1)), (["A", "A", "B"], (1, 1, 1))],
    ids=["nothing hidden", "nothing visible", "neither"],
)
def test_a_model_is_cylindrical_where_nothing_is_hidden_or_nothing_visible(
    seen: list[str], ranks: tuple[int, int, int]
) -> None:
    space = se.StateSpace(dict(zip(["aa", "ab", "bb"], seen, strict=True)))
    report = se.verify(se.Parametrization(space, HARDY, [X], UNIT))
    assert report.ranks == ranks
    assert report["S3"].kind == ("refuted" if 0 not in ranks else "proved")
    assert_every_verdict_has_an_accepted_certificate(report)
    at = se.verify(se.Parametrization(space, HARDY, [X], UNIT), at={"x": "1/3"})
    assert at["S3"].kind == report["S3"].kind
    assert not at.undecided


@pytest.mark.parametrize(
    ("seen", "table", "parameters"),
    [
        ({"a": "A"}, [1], []),
        ({"a": "A"}, [X], [X]),
        ({"a": "A", "b": "A", "c": "B"}, [1, 2, 3], []),
        ({"a": "A", "b": "B"}, [1, 2], [X, Y]),
        ({"a": "A", "b": "B", "c": "C"}, [X * Y, X, 1], [X, Y]),
        ({"a": "A", "b": "A", "c": "A"}, [X * Y, X, 1], [X, Y]),
        ({"a": "A", "b": "A", "c": "B"}, [sympy.exp(X), sympy.exp(-X) * Y, 1], [X, Y]),
    ],
)
def test_the_smallest_models_are_decided(
    seen: dict[str, str], table: list[Any], parameters: list[sympy.Symbol]
) -> None:
    report = se.verify(se.Parametrization(se.StateSpace(seen), table, parameters, weights=True))
    assert report["S3"].kind == "proved"
    assert_every_verdict_has_an_accepted_certificate(report)


def test_statements_about_networks_do_not_apply_where_the_states_are_no_product() -> None:
    for model in state_models().values():
        verdict = se.verify(model, "S10")
        assert isinstance(verdict, se.NotApplicable)
        assert "the states are no product of variables" in str(verdict)
    y, z = sympy.symbols("y z")
    assert "no product" in str(se.verify(se.model_b().observe({"total": y + z}), "S10"))


def test_a_cut_by_constant_directions_needs_no_product() -> None:
    """Size and composition of a sample: what is seen is the size."""
    space = se.StateSpace({"a": "one", "b": "one", "c": "two", "d": "two", "e": "two"})
    table = [X * Y, X * (1 - Y), (1 - X) * Y / 2, (1 - X) * Y / 2, (1 - X) * (1 - Y)]
    model = se.Parametrization(space, table, [X, Y], [X > 0, X < 1, Y > 0, Y < 1])
    verdict = se.verify(model, "S11")
    assert isinstance(verdict, se.Proved)
    assert verdict.certificate.as_dict()["version"] == 2


def test_json_names_states_by_their_texts() -> None:
    data = report_data(se.verify(state_models()["abo"]))
    found = data["counterexample"]
    assert list(found["q"]) == ["AA", "AO", "BB", "BO", "AB", "OO"]
    assert list(found["visible_gradient"]) == list(found["projected_elbo_gradient"]) == ["A", "B", "AB", "O"]
    y, z = sympy.symbols("y z")
    found = report_data(se.verify(se.model_b().observe({"total": y + z})))["counterexample"]
    assert set(found["q"]) == {se.model_b().space.key(s) for s in se.model_b().space.states}
    assert list(found["visible_gradient"]) == ["2", "1", "0"]


def test_a_large_space_is_decided_by_minors() -> None:
    """Two coins, one of them thrown nine times: the number of heads is seen."""
    w, s, t = sympy.symbols("w s t")
    table = {}
    for coin, *throws in itertools.product((0, 1), repeat=10):
        p, k = (t if coin else s), sum(throws)
        table[coin, *throws] = (w if coin else 1 - w) * p**k * (1 - p) ** (9 - k)
    space = se.StateSpace({state: sum(state[1:]) for state in table})
    model = se.Parametrization(space, table, [w, s, t], [e for q in (w, s, t) for e in (q > 0, q < 1)])
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Refuted)
    assert (model.space.n_states, model.space.n_visible) == (1024, 10)
    data = verdict.certificate.as_dict()
    assert (data["version"], data["witness"]["kind"]) == (2, "minors")


# ------------------------------------------------------------------------------------- against the slow oracle

KINDS = ["bayesian_network", "mixture", "curved", "redundant", "cut", "affine", "rational", "exponential", "log_linear"]

# Their minors have many terms; the others of their kinds say the same.
SLOW = {("mixture", 0), ("mixture", 1), ("redundant", 1)}


def drawn_models(seeds: int) -> Any:
    cases = [(k, s) for k in KINDS for s in range(seeds + (k == "mixture"))]
    return pytest.mark.parametrize(
        ("kind", "seed"), [pytest.param(*c, marks=[pytest.mark.slow] * (c in SLOW)) for c in cases]
    )


def shown(report: se.Report) -> list[tuple[str, str, Any]]:
    return [(v.statement.id, v.kind, v.scope) for v in report.verdicts if v.statement.id not in ("S10", "S11")]


@drawn_models(2)
def test_a_product_written_as_a_list_of_states_has_the_same_verdicts(kind: str, seed: int) -> None:
    drawn, product = drawn_model(kind, seed)
    n = drawn.n_visible
    space = se.StateSpace({s: s[:n] for s in product.space.states})
    listed = se.Parametrization(space, drawn.table, drawn.parameters, drawn.domain or None, weights=drawn.weights)
    first, second = report_of(kind, seed), se.verify(listed)
    assert first.ranks == second.ranks
    assert shown(first) == shown(second)
    assert_every_verdict_has_an_accepted_certificate(second)
    at = point_of(drawn, product)
    assert se.defect(product, at=at) == se.defect(listed, at=at)
    if first.counterexample is None:
        assert second.counterexample is None
    else:
        a, b = (report_data(r)["counterexample"] for r in (first, second))
        assert a["parameters"] == b["parameters"]
        for key in ("q", "projected_elbo_gradient", "visible_gradient"):
            assert list(a[key].values()) == list(b[key].values())


@dataclass
class Drawn:
    """A random model on some of the states of a product, with some of what is seen merged."""

    model: se.Parametrization
    states: list[tuple[Any, ...]]  # (what is seen, state), in the order of the engine
    table: dict[tuple[Any, ...], sympy.Expr]
    statistics: list[tuple[int, ...]]
    base: list[int]

    def ranks(self, rng: random.Random) -> Ranks:
        """The generic ranks, from random points."""
        found = [ranks_of(self.states, 1, *self.values(self.random_point(rng))) for _ in range(3)]
        return Ranks(*(max(values) for values in zip(*found, strict=True)))

    def random_point(self, rng: random.Random) -> list[Fraction]:
        return [Fraction(rng.randint(1, 999), 1000 * len(self.model.parameters)) for _ in self.model.parameters]

    def values(self, values: Sequence[Fraction]) -> tuple[list[Fraction], list[list[Fraction]]]:
        """p and J at values of the parameters, or of their exponentials."""
        if self.statistics:
            return exponential_values(self.statistics, values, self.base)
        at = dict(zip(self.model.parameters, values, strict=True))
        return values_from_table(self.states, self.table, self.model.parameters, at, weights=True)

    def oracle(self, values: Sequence[Fraction]) -> Oracle:
        return Oracle(tuple(self.states), 1, *self.values(values))


def merged(kind: str, seed: int) -> Drawn:
    """Structural zeros, a random order of states, and random names of what is seen."""
    drawn, rng = random_model(kind, seed), random.Random(seed)
    states = list(drawn.table)
    names = {s[: drawn.n_visible]: rng.randrange(1, 4) for s in states}
    # Mixtures on part of the states have long denominators.
    impossible = set(rng.sample(states, rng.randrange(0, 1 + len(states) // 3))) if kind != "mixture" else set()
    rng.shuffle(states)
    space = se.StateSpace({s: f"seen{names[s[: drawn.n_visible]]}" for s in states})
    table = {s: sympy.Integer(0) if s in impossible else drawn.table[s] for s in states}
    weights = drawn.weights or bool(impossible)
    model = se.Parametrization(space, table, drawn.parameters, drawn.domain or None, weights=weights)
    listed = [
        (f"seen{names[s[: drawn.n_visible]]}", s) for s in (tuple(map(str, state)) for state in model.space.states)
    ]
    place = {s: k for k, s in enumerate(drawn.states)}
    return Drawn(
        model,
        listed,
        {(v, s): drawn.table[s] for v, s in listed},
        [drawn.statistics[place[s]] for _, s in listed] if drawn.statistics else [],
        [drawn.base[place[s]] for _, s in listed] if drawn.statistics else [],
    )


@drawn_models(4)
def test_merged_and_impossible_states_agree_with_the_slow_oracle(kind: str, seed: int) -> None:
    drawn = merged(kind, seed)
    model, rng = drawn.model, random.Random(seed)
    expected = drawn.ranks(rng)
    assert tuple(generic_ranks(model)) == tuple(expected)
    report = se.verify(model)
    assert report["S3"].kind == ("proved" if expected.joint == expected.visible + expected.vertical else "refuted")
    assert_every_verdict_has_an_accepted_certificate(report)
    found = report.counterexample
    if found is not None and found.point.is_rational:
        values = [rational(found.parameters[t]) for t in model.parameters]
        oracle = drawn.oracle(
            [rational(sympy.exp(v)) for v in found.parameters.values()] if drawn.statistics else values
        )
        assert oracle.Delta == [[rational(e) for e in row] for row in se.defect(model, at=found.point).tolist()]
        q = [rational(v) for v in found.q.values()]
        assert [rational(v) for v in found.projected_elbo_gradient.values()] == oracle.negative_gradient_q(q).projected
        visible = oracle.negative_gradient_visible([sum(q[x] for x in fibre) for fibre in model.space.fibration])
        assert [rational(v) for v in found.visible_gradient.values()] == visible.tangent
