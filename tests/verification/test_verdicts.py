"""Verdicts on random models agree with the oracle; every counterexample is verified again by the oracle."""

from fractions import Fraction

import pytest
import sympy
from sympy import Rational

import symelbo as se
from symelbo.exact import PRIME
from tests.oracle import KINDS, Oracle, apply, random_model, rational
from tests.translation import HALVES_AND_THIRDS, drawn_model, network_of, point_of, raw_model_b, report_of

FEW = range(3)
LONG = {("mixture", 1)}  # its minors have many terms
every_model = pytest.mark.parametrize(
    ("kind", "seed"),
    [
        pytest.param(k, s, marks=[] if s in FEW and (k, s) not in LONG else pytest.mark.slow)
        for k in KINDS
        for s in range(30)
    ],
)


def is_cylindrical(ranks):
    return ranks.joint == ranks.visible + ranks.vertical


def oracle_at(drawn, parameters):
    at = {t: parameters[t] for t in drawn.parameters}
    return drawn.oracle(at)


def check_counterexample(found, oracle):
    """All that a counterexample says, computed again by the oracle."""
    q, optimal = ([rational(v) for v in d.values()] for d in (found.q, found.optimal_q))
    assert not oracle.is_cylindrical
    assert tuple(found.ranks) == tuple(oracle.ranks)
    for distribution in (q, optimal):
        assert sum(distribution) == 1
        assert min(distribution) > 0
    elbo = oracle.negative_gradient_q(q).projected
    visible = oracle.negative_gradient_visible(apply(oracle.dpi, q)).projected
    assert list(found.projected_elbo_gradient.values()) == elbo
    assert list(found.visible_gradient.values()) == visible
    assert elbo != visible
    assert apply(oracle.dpi, optimal) == oracle.p_V  # the evidence is optimal ...
    moved = oracle.negative_gradient_q(optimal).projected
    assert list(found.optimal_gradient.values()) == moved
    assert any(moved)  # ... and the ELBO moves it
    assert not any(oracle.negative_gradient_visible(oracle.p_V).projected)
    slope = [rational(v) for v in found.objective.values()]
    projected, own = ([rational(v) for v in g.values()] for g in found.objective_gradients)
    assert projected == apply(oracle.U, slope)
    assert own == apply(oracle.W, slope)
    assert projected != own


@every_model
def test_the_verdict_agrees_with_the_generic_ranks_of_the_oracle(kind, seed):
    drawn, _ = drawn_model(kind, seed)
    verdict = report_of(kind, seed).cylindrical
    assert verdict.kind == ("proved" if is_cylindrical(drawn.generic_ranks) else "refuted")


@every_model
def test_no_theorem_is_refuted_and_nothing_is_left_undecided(kind, seed):
    report = report_of(kind, seed)
    assert len(report) == 12
    assert not report.contradictions
    assert not report.undecided


@every_model
def test_a_counterexample_is_admissible_and_says_what_the_oracle_finds(kind, seed):
    drawn, _ = drawn_model(kind, seed)
    found = report_of(kind, seed).counterexample
    if found is None:
        assert is_cylindrical(drawn.generic_ranks)
        return
    oracle = oracle_at(drawn, found.parameters)
    assert drawn.is_admissible(oracle)
    check_counterexample(found, oracle)


@every_model
def test_the_verdict_at_a_point_is_the_oracle_s_there_and_inadmissible_points_are_refused(kind, seed):
    drawn, model = drawn_model(kind, seed)
    at = point_of(drawn, model)
    oracle = drawn.oracle(at)
    if not drawn.is_admissible(oracle):
        with pytest.raises(se.DomainError, match="not admissible"):
            se.verify(model, "S3", at)
        return
    verdict = se.is_cylindrical(model, at)
    assert verdict.kind == ("proved" if oracle.is_cylindrical else "refuted")
    if isinstance(verdict, se.Refuted):
        check_counterexample(verdict.counterexample, oracle)
    report = se.verify(model, at=at)
    assert not report.contradictions
    assert not report.undecided


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(s, marks=pytest.mark.slow) for s in range(6, 40))])
def test_a_network_from_its_graph_has_the_verdict_of_its_raw_table(seed):
    drawn = random_model("bayesian_network", seed)
    model, at = network_of(drawn)
    verdict = se.is_cylindrical(model)
    assert verdict.kind == ("proved" if is_cylindrical(drawn.generic_ranks) else "refuted")
    assert se.is_cylindrical(model, at).kind == verdict.kind  # the drawn point lies in the open cube: admissible?
    if isinstance(verdict, se.Refuted):
        found = verdict.counterexample
        oracle = Oracle.from_table(model.space.states, drawn.n_visible, model.table, model.parameters, found.parameters)
        check_counterexample(found, oracle)


def test_cylindrical_models_have_null_vectors_and_cuts():
    report = se.verify(se.model_a())
    assert isinstance(report["S3"], se.Proved)
    assert report["S3"].scope == se.Where.EVERYWHERE
    assert isinstance(report["S8"], se.Proved)
    assert isinstance(report["S9"], se.NotApplicable)
    assert isinstance(report["S11"], se.Proved)


def test_non_cylindrical_models_have_no_cut_and_the_equivalence_does_not_apply():
    for model in (se.model_b(), raw_model_b()):
        report = se.verify(model)
        assert isinstance(report["cylindrical"], se.Refuted)
        assert report["cylindrical"].scope == se.Where.NOWHERE
        assert report["S4"].scope == report["S9"].scope == se.Where.EVERYWHERE
        assert isinstance(report["S8"], se.NotApplicable)
        assert isinstance(report["S9"], se.Proved)
        assert isinstance(report["S11"], se.NotApplicable)
        assert "all 7 conditions false" in report["S4"].detail


def test_a_cut_loses_its_splitting_when_the_posterior_shares_a_parameter():
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    a, b = sympy.symbols("a b")
    cube = [a > 0, a < 1, b > 0, b < 1]
    cut = se.Parametrization(space, [a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)], [a, b], cube)
    assert isinstance(se.verify(cut, "cut"), se.Proved)
    table = [a * a * b, a * (1 - a * b), (1 - a) * b, (1 - a) * (1 - b)]
    shared = se.Parametrization(space, table, [a, b], cube)
    assert isinstance(se.is_cylindrical(shared), se.Refuted)
    only = se.Parametrization(space, [sympy.sympify(e).subs(b, Rational(1, 2)) for e in table], [a], cube[:2])
    assert isinstance(se.is_cylindrical(only), se.Refuted)


def test_the_gap_moves_nothing_exactly_where_the_defect_vanishes():
    q = [Rational(k, 36) for k in range(1, 9)]
    on_a = se.natural_gradient(se.variational_gap(q), se.model_a(), {"x": "1/2", "y": "1/3", "z": "1/5"})
    assert on_a.projected == sympy.zeros(4, 1)
    on_b = se.natural_gradient(se.variational_gap(q), se.model_b(), HALVES_AND_THIRDS)
    assert on_b.projected != sympy.zeros(4, 1)


@pytest.mark.parametrize("kind", ["Proved", "Refuted", "NotApplicable", "Undecided"])
def test_a_verdict_has_no_truth_value(kind):
    verdict = {
        "Proved": se.Proved(None),
        "Refuted": se.Refuted(None, None),
        "NotApplicable": se.NotApplicable("no"),
        "Undecided": se.Undecided("why"),
    }[kind]
    with pytest.raises(TypeError, match="truth value"):
        bool(verdict)


def test_an_unknown_statement_is_an_error_that_lists_the_known_ones():
    with pytest.raises(se.DomainError, match=r"S99.*S1 gradient-alignment.*S12"):
        se.verify(se.model_a(), "S99")


def test_an_internal_error_becomes_undecided_and_never_a_no(monkeypatch):
    from symelbo.verification import procedures

    def broken(*_):
        raise se.InternalError("two routes disagree")

    monkeypatch.setitem(procedures._PROCEDURES, "S4", broken)
    verdict = se.verify(se.model_a(), "S4")
    assert isinstance(verdict, se.Undecided)
    assert "two routes disagree" in verdict.reason


def test_a_route_of_s4_that_disagrees_is_an_internal_error_that_names_it(monkeypatch):
    from symelbo.verification import tables

    holds = tables.holds
    monkeypatch.setattr(tables, "holds", lambda formula, at: "P_T" not in str(formula) and holds(formula, at))
    verdict = se.verify(se.model_a(), "S4")
    assert isinstance(verdict, se.Undecided)
    assert "condition (e)" in verdict.reason


def test_the_striking_counterexample_of_model_b_starts_at_the_optimum():
    found = se.is_cylindrical(se.model_b()).counterexample
    marginals = se.marginals(se.model_b(), found.parameters)
    q_v = [sum(list(found.optimal_q.values())[2 * v : 2 * v + 2]) for v in range(4)]
    assert q_v == list(marginals)
    assert any(found.optimal_gradient.values())
    assert sum(found.optimal_gradient.values()) == Fraction(0)


def test_a_large_model_with_a_graph_cut_is_proved_by_the_graph_alone() -> None:
    edges = [*((f"v{i}", f"v{i + 1}") for i in range(8)), ("v8", "h")]
    verdict = se.is_cylindrical(se.bayesian_network(edges, hidden=["h"]))
    assert isinstance(verdict, se.Proved)
    assert verdict.certificate.witness["kind"] == "graph-cut"
    assert "v8 -> h" in verdict.detail


@pytest.mark.parametrize("k", range(4))
def test_coefficients_that_the_usual_prime_divides_or_cannot_tell_apart_leave_the_right_verdict(k):
    a, b = sympy.symbols("a b")
    weights = [
        [1 + PRIME * a, 1, 1, b],
        [a / PRIME, b, 1, a],
        [1 + a, 1 + (1 + PRIME) * a, 1, b],
        [a, b, 1, PRIME * a + b],
    ][k]
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    M = se.Parametrization(space, weights, [a, b], [a > 0, b > 0], weights=True)
    assert se.ranks(M, {"a": 2, "b": 3}) == (2, 1, 2)  # so the model is not cylindrical
    report = se.verify(M)
    assert isinstance(report["S3"], se.Refuted)
    assert not report.contradictions
    assert not any(isinstance(v, se.Undecided) for v in report.verdicts)
