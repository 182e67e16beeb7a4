"""Forged fibres: certificates of version 2 whose states are moved, merged, doubled or said in two ways."""

from __future__ import annotations

import copy
import itertools
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from symelbo import checker
from tests.certificates.build import rehashed
from tests.certificates.test_mutations import splits

ACCEPT = Path(__file__).parent / "accept"
Data = dict[str, Any]
ON_FIBRES = sorted(p.stem for p in ACCEPT.glob("*.json") if '"version":2' in p.read_text())
S3 = [name for name in ON_FIBRES if name.endswith(("S3", "nowhere"))]


def certificate(name: str) -> Data:
    return json.loads((ACCEPT / f"{name}.json").read_text())


def forged(data: Data, change: Callable[[Data], object]) -> Data:
    """The certificate with another model, which a forger gives the hash of its own claim."""
    other = copy.deepcopy(data)
    change(other["claim"]["model"])
    return other


def reordered(model: Data, order: list[int]) -> None:
    """The same states with their weights in another order."""
    for key in ("states", "weights"):
        model[key] = [model[key][x] for x in order]


def moves(data: Data) -> Iterator[Data]:
    """Every state moved to every other fibre: to its end, with its weight."""
    states = data["claim"]["model"]["states"]
    for x, (_, own) in enumerate(states):
        for v in dict.fromkeys(seen for _, seen in states):
            if v != own:
                last = max(k for k, (_, seen) in enumerate(states) if seen == v)
                order = [k for k in range(len(states)) if k != x]
                order.insert(order.index(last) + 1, x)

                def move(model: Data, x: int = x, v: str = v, order: list[int] = order) -> None:
                    model["states"][x][1] = v
                    reordered(model, order)

                yield forged(data, move)


def renamings(data: Data) -> Iterator[Data]:
    """The states as they stand, one of them seen as another one, or as nothing that is seen of others."""
    states = data["claim"]["model"]["states"]
    for x, (_, own) in enumerate(states):
        for v in [*dict.fromkeys(seen for _, seen in states), "another"]:
            if v != own:
                yield forged(data, lambda model, x=x, v=v: model["states"][x].__setitem__(1, v))


def mergers(data: Data) -> Iterator[Data]:
    """Two fibres with one label: neighbours merge, others lie apart."""
    for v, w in itertools.permutations(dict.fromkeys(seen for _, seen in data["claim"]["model"]["states"]), 2):
        yield forged(
            data, lambda m, v=v, w=w: m.update(states=[[x, w if seen == v else seen] for x, seen in m["states"]])
        )


def exchanges(data: Data) -> Iterator[Data]:
    """Two weights exchanged: each state has the other's probability."""
    for x, y in itertools.combinations(range(len(data["claim"]["model"]["weights"])), 2):

        def exchange(model: Data, x: int = x, y: int = y) -> None:
            weights = model["weights"]
            weights[x], weights[y] = weights[y], weights[x]

        yield forged(data, exchange)


@pytest.mark.parametrize("name", S3)
@pytest.mark.parametrize("kind", [moves, renamings, mergers, exchanges])
def test_a_certificate_on_other_fibres_is_accepted_only_where_its_claim_is_true(
    name: str, kind: Callable[[Data], Iterator[Data]]
) -> None:
    """Whether T splits is decided by sympy, from the definitions."""
    data = certificate(name)
    found = list(kind(data))
    accepted = 0
    for other in random.Random(name).sample(found, min(len(found), 24)):
        result = checker.check(rehashed(other))
        assert result.reason != "fault"
        assert not checker.check(rehashed(other), data["sha256"]).accepted or other["claim"] == data["claim"]
        if result.accepted and other["claim"] != data["claim"]:
            accepted += 1
            assert splits(other) == (data["claim"]["verdict"] == "proved")
    assert accepted < max(len(found), 1)


@pytest.mark.parametrize("name", ON_FIBRES)
def test_fibres_that_are_interleaved_are_no_fibres(name: str) -> None:
    data = certificate(name)
    states = data["claim"]["model"]["states"]
    rng, tried = random.Random(name), 0
    for _ in range(40):
        order = rng.sample(range(len(states)), len(states))
        seen = [states[x][1] for x in order]
        apart = [v for v, _ in itertools.groupby(seen)]
        if len(apart) > len(set(apart)):
            tried += 1
            result = checker.check(rehashed(forged(data, lambda model, order=order: reordered(model, order))))
            assert (result.exit, result.reason) == (2, "schema")
    assert tried or len({v for _, v in states}) in (1, len(states))


@pytest.mark.parametrize("name", ON_FIBRES)
def test_a_state_stands_once_and_a_certificate_has_one_version_and_one_space(name: str) -> None:
    data = certificate(name)
    for version in (0, 1, 3, True, "2", None, [2]):
        result = checker.check(rehashed({**data, "version": version}))
        assert (result.exit, result.reason) == (2, "version")
    states = data["claim"]["model"]["states"]
    variables = [["v", sorted({v for _, v in states})], ["h", ["0", "1"]]]
    for change in (
        lambda m: m["states"].insert(0, m["states"][0]),
        lambda m: m["states"].append([m["states"][0][0], m["states"][-1][1]]),
        lambda m: m["states"][0].__setitem__(0, m["states"][-1][0]),
        lambda m: m.update(hidden=["h"]),
        lambda m: m.update(variables=variables),
        lambda m: m.update(variables=variables, hidden=["h"]),
        lambda m: m.update(arrows=[]),
        lambda m: m.update(tables=[{"rows": m["weights"], "variables": []}]),
        lambda m: m.update(tables=[{"rows": m.pop("weights"), "variables": []}]),
        lambda m: m["states"].pop(),
        lambda m: m.update(states=[]),
        lambda m: m.update(states={}),
        lambda m: m.update(states=None),
        lambda m: m.update(states=[x for x, _ in m["states"]]),
        lambda m: m["states"][0].append("x"),
    ):
        result = checker.check(rehashed(forged(data, change)))
        assert (result.exit, result.reason) == (2, "schema"), result


@pytest.mark.parametrize("name", ["a-S3", "b-S3", "b-nowhere", "large-S3", "signs", "identity", "network-cut"])
def test_a_certificate_of_version_1_is_none_of_version_2(name: str) -> None:
    data = certificate(name)
    result = checker.check(rehashed({**data, "version": 2}))
    assert (result.exit, result.reason) == (2, "version")
    for version in (1, 2):
        other = forged(data, lambda model: model.update(states=[["x", "v"], ["y", "v"]]))
        result = checker.check(rehashed({**other, "version": version}))
        assert (result.exit, result.reason) == (2, "version" if version == 1 else "schema")


@pytest.mark.parametrize("name", ["a", "b", "chain", "weights", "collinear"])
def test_a_product_whose_states_are_listed_is_another_claim_that_is_as_true(name: str) -> None:
    """The same witness with the list of the states, which is of version 2, and has a hash of its own."""
    data = certificate(f"{name}-S3")
    other = copy.deepcopy(data)
    model = other["claim"]["model"]
    labels = [labels for _, labels in model.pop("variables")]
    n = len(labels) - len(model.pop("hidden"))
    model["states"] = [[",".join(state), ",".join(state[:n])] for state in itertools.product(*labels)]
    other["version"] = 2
    result = checker.check(rehashed(other))
    assert result.accepted
    assert result.sha256 != data["sha256"]
    assert not checker.check(rehashed(other), data["sha256"]).accepted


def test_what_is_seen_of_each_state_is_printed() -> None:
    result = checker.check((ACCEPT / "abo-S3.json").read_text())
    assert "  w(AO -> A) = 2 a (1 - a - b)" in result.report
    assert any("6 states x -> v, 4 visible states" in line for line in result.report)
    data = forged(certificate("abo-S3"), lambda m: m["states"].__setitem__(5, ["OO -> A) = 1", "O, A"]))
    result = checker.check(rehashed(data))
    assert result.accepted
    assert '  w("OO -> A) = 1" -> "O, A") = (1 - a - b)^2' in result.report
