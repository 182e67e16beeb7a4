"""Cuts as proofs: where null vectors would take long, and where they cite nothing."""

import pytest

import symelbo as se
from symelbo import checker
from symelbo.verification.tables import TableExamination

TRIANGLE = [["a", "b"], ["b", "c"], ["a", "c"]]
STATES = {"a": 3, "b": 3, "c": 2}


@pytest.mark.parametrize("hidden", ["a", "b", "c"])
def test_a_collapsible_model_whose_null_vectors_are_long_is_proved_by_its_cut(hidden: str) -> None:
    verdict = se.is_cylindrical(se.log_linear(TRIANGLE, states=STATES, hidden=[hidden]))
    assert isinstance(verdict, se.Proved)
    assert "collapsible" in verdict.detail
    assert checker.check(verdict.certificate.to_json()).accepted


def test_the_neighbour_without_the_generator_of_the_boundary_is_refuted() -> None:
    verdict = se.is_cylindrical(se.log_linear([["a", "b"], ["b", "c"]], states=STATES, hidden=["b"]))
    assert isinstance(verdict, se.Refuted)


@pytest.mark.parametrize("model", [se.model_a(), se.bayesian_network([("x", "y"), ("y", "z")], hidden=["x"])])
def test_short_null_vectors_are_preferred_to_a_cut(model: se.Parametrization) -> None:
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Proved)
    assert verdict.certificate.witness["kind"] == "null-vectors"


def test_where_the_ranks_cannot_be_had_the_graph_refutes_and_what_follows_is_decided(monkeypatch) -> None:
    monkeypatch.setattr(TableExamination, "exact_generic_ranks", None)
    monkeypatch.setattr(TableExamination, "counterexample", None)
    model = se.bayesian_network([("x", "y"), ("x", "z")], hidden=["x"])
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Refuted)
    assert verdict.certificate.witness["kind"] == "graph-obstruction"
    assert verdict.scope == se.Where.GENERICALLY
    assert isinstance(se.verify(model, "S9"), se.Proved)
    assert isinstance(se.verify(model, "S8"), se.NotApplicable)
