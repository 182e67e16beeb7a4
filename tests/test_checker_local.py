"""The checker verifies null vectors of J_V in a few local tables: what it accepts there the whole table confirms."""

import copy
import hashlib
import json
import random

import pytest

import symelbo as se
from symelbo import checker


@pytest.fixture(scope="module")
def certificate():
    verdict = se.is_cylindrical(se.hidden_markov_model(5))
    assert isinstance(verdict, se.Refuted)
    assert verdict.certificate.scope == "point"
    return json.loads(verdict.certificate.to_json())


def judged(data):
    text = json.dumps(data["claim"], sort_keys=True, separators=(",", ":"))
    data["sha256"] = hashlib.sha256(text.encode()).hexdigest()
    return checker.check(json.dumps(data, sort_keys=True, separators=(",", ":")), None)


def test_the_ends_of_a_hidden_markov_chain_are_verified_locally(certificate, monkeypatch):
    assert len(certificate["claim"]["model"]["tables"]) > 1
    assert len(certificate["witness"]["visible_null"]) == 4
    monkeypatch.setattr(checker.Table, "full", property(lambda _: pytest.fail("the whole table is multiplied out")))
    assert judged(copy.deepcopy(certificate)).accepted


def table_of(data):
    checker._budget.left = checker.MAX_WORK
    return checker.Table(data["claim"]["model"])


def columns_of(table, data):
    return checker._read(data["witness"]["visible_null"], [[table.polynomial, table.d]])


@pytest.mark.parametrize("seed", range(2))
def test_a_changed_coefficient_is_refused_locally_and_by_the_whole_table(certificate, seed, monkeypatch):
    data = copy.deepcopy(certificate)
    rng = random.Random(seed)
    column = rng.choice(data["witness"]["visible_null"])
    term = rng.choice([t for p in column for t in p])
    term[0] = str(int(term[0]) + 1) if term[0] != "-1" else "1"
    assert not judged(data).accepted


def test_what_is_accepted_locally_is_accepted_by_the_whole_table(certificate):
    table = table_of(certificate)
    for column in columns_of(table, certificate):
        assert table.is_local_null(column)
        assert not table.is_local_null([{**p, (0,) * table.n: 1} for p in column])
    small = json.loads(se.is_cylindrical(se.hidden_markov_model(4)).certificate.to_json())
    whole = table_of(small)
    columns = columns_of(whole, small)
    assert columns
    assert all(whole.is_null(c, whole.visible, [range(whole.n_visible)]) for c in columns)


def test_a_factor_shared_with_a_table_outside_counts_as_a_change_there():
    """A factor in two tables: a direction that moves it changes both, so that neither alone says anything."""
    x = [["1", [1]]]
    y = [["-1", [1]], ["1", [0]]]
    model = {
        "domain": [],
        "factors": [x, y],
        "generators": [{"name": "t"}],
        "hidden": ["h"],
        "parameters": ["t"],
        "variables": [["v", ["0", "1"]], ["h", ["0", "1"]]],
        "tables": [
            {"variables": ["h"], "rows": [["1", [[0, 1]]], ["1", [[1, 1]]]]},
            {"variables": ["v"], "rows": [["1", [[0, 1]]], ["1", [[1, 1]]]]},
        ],
    }
    checker._budget.left = checker.MAX_WORK
    table = checker.Table(model)
    one = {(0,): 1}
    assert not table.is_local_null([one])
    assert not table.is_null([one], table.visible, [range(table.n_visible)])
    # Alone, the hidden table is one: its sum over h is 1.
    model["tables"][1]["rows"] = [["1", []], ["1", []]]
    alone = checker.Table(model)
    assert alone.is_local_null([one])
