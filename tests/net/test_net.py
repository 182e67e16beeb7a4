"""What the engine says of the models of the net is what it said when they were frozen; see :mod:`tests.net.freeze`."""

import json
from typing import Any

import pytest

from tests.net.freeze import (
    CLOCK,
    EXAMPLES,
    PUBLISHED,
    SLOW,
    WRONG_INPUTS,
    Example,
    differences,
    frozen,
    observed,
    observed_atlases,
    observed_refusal,
)

RANKS = json.loads((PUBLISHED / "ranks.json").read_text(encoding="utf-8"))


def assert_unchanged(old: Any, new: Any, note: str = "") -> None:
    found = list(differences(old, json.loads(json.dumps(new))))
    assert not found, "\n".join([f"{len(found)} differences", *found[:40], note])


def parameters() -> list[Any]:
    return [pytest.param(e, id=e.name, marks=[pytest.mark.slow] * (e.name in SLOW)) for e in EXAMPLES.values()]


@pytest.mark.parametrize("example", parameters())
def test_verdicts_explanations_claims_and_ranks_are_the_frozen_ones(example: Example) -> None:
    found = observed(example)
    verified = found["verify"]["json"]
    if example.path.parent == PUBLISHED:  # computed by an oracle which shares nothing with the engine
        oracle = RANKS[example.name]
        assert verified["ranks"] == {k: oracle[k] for k in ("joint", "visible", "vertical")}
        assert (verified["cylindrical"]["verdict"] == "proved") == oracle["cylindrical"]
    note = f"depended on the clock when frozen: {CLOCK.get(example.name)}"
    assert_unchanged(frozen(example.name), found, note if example.name in CLOCK else "")


def test_the_command_and_the_library_give_the_same_verdicts_with_the_same_scopes() -> None:
    for name in EXAMPLES:
        data = frozen(name)
        printed = {s["id"]: (s["verdict"], s["scope"]) for s in data["verify"]["json"]["statements"]}
        assert printed == {k: (v["verdict"], v["scope"]) for k, v in data["claims"].items()}, name


def test_a_hash_that_stands_twice_is_of_one_claim() -> None:
    contents: dict[str, str] = {}

    def visit(value: Any) -> None:
        if isinstance(value, dict):
            if {"sha256", "content"} <= value.keys():
                assert contents.setdefault(value["sha256"], value["content"]) == value["content"]
            for v in value.values():
                visit(v)
        elif isinstance(value, list):
            for v in value:
                visit(v)

    for name in EXAMPLES:
        visit(frozen(name))
    assert len(set(contents.values())) == len(contents)


def test_the_oracle_knows_every_published_model() -> None:
    assert {e.name for e in EXAMPLES.values() if e.path.parent == PUBLISHED} == set(RANKS)


def test_small_atlases_have_the_frozen_counts() -> None:
    assert_unchanged(frozen("atlas"), observed_atlases())


@pytest.mark.parametrize("name", WRONG_INPUTS)
def test_a_wrong_input_is_refused_with_the_frozen_code_and_message(name: str) -> None:
    found = observed_refusal(name)
    assert found["exit_code"] == 2
    assert_unchanged(frozen("wrong_inputs")[name], found)
