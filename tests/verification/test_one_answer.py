"""One question, one answer: where a model is cylindrical does not depend on who asks, or on the clock."""

import json
import time
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

import symelbo as se
from symelbo.cli import main
from symelbo.errors import InternalError
from symelbo.geometry import generic_screen
from symelbo.loci import where_cylindrical
from symelbo.loci.where import WORDS

INPUTS = Path(__file__).parent / "inputs"
NOWHERE = ("scope_differs", "scope_under_load", "stop_iteration")


@cache
def model(name):
    return se.load_model(INPUTS / f"{name}.toml")


def printed(command, name):
    result = CliRunner().invoke(main, [command, str(INPUTS / f"{name}.toml"), "--json"])
    return json.loads(result.stdout)["cylindrical"]


@pytest.mark.parametrize("name", NOWHERE)
def test_verify_explain_and_the_locus_say_the_same(name):
    assert se.is_cylindrical(model(name)).scope == se.cylindrical_locus(model(name)).where == se.Where.NOWHERE
    assert printed("verify", name)["scope"] == printed("explain", name)["scope"] == "nowhere"


@pytest.mark.parametrize("name", NOWHERE)
def test_a_scope_does_not_depend_on_the_clock(name, monkeypatch):
    hours = count(step=3600)
    monkeypatch.setattr(time, "monotonic", lambda: next(hours))
    new = model.__wrapped__(name)  # of which nothing is known yet
    assert se.is_cylindrical(new).scope == where_cylindrical(new) == se.Where.NOWHERE


def test_ranks_that_a_certificate_cannot_show_are_those_that_the_verdict_is_bounded_by():
    large = model("ranks_never")
    assert se.is_cylindrical(large).scope == se.Where.GENERICALLY
    assert se.ranks(large) == generic_screen(large).ranks() == (14, 9, 6)


def test_a_point_that_stands_in_for_transcendental_values_has_parameters():
    verdict = se.is_cylindrical(model("stop_iteration"))
    assert isinstance(verdict, se.Refuted)
    assert len(verdict.counterexample.parameters) == 4


def test_nothing_undecided_has_a_locus():
    with pytest.raises(InternalError):
        se.Undecided("why", scope=se.Where.NOWHERE)


def test_the_page_of_the_commands_lists_the_scopes():
    page = (Path(se.__file__).parent / "cli" / "README.md").read_text(encoding="utf-8")
    listed = page.split("Scopes are ", 1)[1].split("\n\n", 1)[0].replace("\n", " ")
    assert [s.strip('",. ') for s in listed.split('", "')] == [w.format("{...}") for w in WORDS.values()]
