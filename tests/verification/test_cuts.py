"""Cuts as proofs: where null vectors would take long, and where they cite nothing."""

import pytest

import symelbo as se
from symelbo import checker
from symelbo.certificates import Certificate
from symelbo.geometry import generic_ranks, structural_bounds
from symelbo.verification.counterexamples import admissible_point
from symelbo.verification.tables import TableExamination
from tests.certificates.build import models, saturated

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


def test_a_model_that_is_open_is_proved_by_bounds_of_its_ranks_where_null_vectors_are_long() -> None:
    model = saturated(2, 2, 2)
    for statement in ("S3", "S4", "S8", "S11"):
        verdict = se.verify(model, statement)
        assert isinstance(verdict, se.Proved)
        assert verdict.certificate.witness["kind"] == "bounds"
        assert verdict.scope == se.Where.EVERYWHERE
    assert isinstance(se.is_cylindrical(saturated(2, 2, fewer=1)), se.Refuted)


@pytest.mark.parametrize("name", ["a", "b", "chain", "loglinear", "vee", "simplex", "weights", "unused", "bent", "abo"])
def test_bounds_are_accepted_where_a_model_is_cylindrical_and_never_elsewhere(name: str) -> None:
    model = models()[name]
    cylindrical = isinstance(se.is_cylindrical(model), se.Proved)
    ranks = generic_ranks(model)
    certificate = Certificate.bounds(model, admissible_point(model, ranks))
    reached = structural_bounds(model).vertical == ranks.vertical
    assert checker.check(certificate.to_json()).accepted == (cylindrical and reached)
