"""Closed forms against the definition: derivatives, the engine's exact gradients, numerical runs."""

import math
import random

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.flows.solutions import closed_form, statistics_matrix
from symelbo.models.exhibits import exhibits

R = sympy.Rational
TIMES = np.linspace(0, 4, 9)


def rational_distribution(n, seed):
    rng = random.Random(seed)
    weights = [rng.randint(1, 30) for _ in range(n)]
    return [R(w, sum(weights)) for w in weights]


def rational_start(M, seed):
    rng = random.Random(seed)
    if statistics_matrix(M) is not None:
        return {p: sympy.log(R(rng.randint(1, 9), rng.randint(1, 9))) for p in M.parameters}
    return {p: R(1, rng.randint(len(M.parameters) + 2, 3 * len(M.parameters) + 6)) for p in M.parameters}


def exponential_table(space, statistics, symbols):
    weights = [sympy.exp(sympy.Add(*(s * a for s, a in zip(symbols, row, strict=True)))) for row in statistics]
    return se.Parametrization(space, weights, symbols, weights=True)


A, B, C = sympy.symbols("a b c")
TWO_BY_TWO = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
INDEPENDENT = exponential_table(TWO_BY_TWO, [(0, 0), (0, 1), (1, 0), (1, 1)], [A, B])
SATURATED = exponential_table(TWO_BY_TWO, [(0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 1)], [A, B, C])
CURVED = exponential_table(TWO_BY_TWO, [(0, 0), (0, 1), (1, 0), (1, 2)], [A, B])
REDUNDANT = exponential_table(TWO_BY_TWO, [(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 2)], [A, B, C])

DECOMPOSABLE = {
    "M(a)": se.model_a(),
    "M(b)": se.model_b(),
    "simplex": se.full_simplex(se.SampleSpace(visible={"v": 3}, hidden={"h": 2})),
    "chain": se.bayesian_network([("a", "b"), ("b", "c")], states={"a": 2, "b": 3, "c": 2}, hidden=["b"]),
    "perfect triangle": se.bayesian_network([("a", "b"), ("a", "c"), ("b", "c")], hidden=["a"]),
    "independent exponential": INDEPENDENT,
    "saturated exponential": SATURATED,
    "redundant exponential": REDUNDANT,
    "log-linear chain": se.log_linear([["h", "a"], ["a", "b"]], states={"h": 2, "a": 2, "b": 2}, hidden=["h"]),
}


@pytest.mark.parametrize("name", DECOMPOSABLE)
def test_the_closed_form_solves_the_equation_of_the_engine_exactly(name):
    """At a rational e^-t the derivative of p(t) is the engine's negative natural gradient, as rationals."""
    M = DECOMPOSABLE[name]
    q = rational_distribution(M.space.n_states, 1)
    start = rational_start(M, 2)
    form = closed_form(se.divergence(q), M, list(start.values()))
    assert form is not None
    assert form.verified[-1] == "S^T (q - dp/dt) = 0"
    statistics = statistics_matrix(M)
    for moment in (sympy.Integer(0), sympy.log(R(3, 2)), sympy.log(7)):
        p = sympy.Matrix([e.subs(form.time, moment) for e in form.probabilities])
        velocity = sympy.Matrix([sympy.diff(e, form.time).subs(form.time, moment) for e in form.probabilities])
        assert sum(p) == 1
        assert min(p) > 0
        if statistics is None:
            at = {s: e.subs(form.time, moment) for s, e in zip(M.parameters, form.parameters, strict=True)}
            assert list(se.probabilities(M, at=at)) == list(p)
            assert -se.natural_gradient(se.divergence(q), M, at=at).tangent == velocity
        else:  # the scores are F - eta, and p stays in the model: log p - log p_0 is spanned by F and 1
            F_s = statistics.to_sympy()
            assert F_s.T * velocity == F_s.T * (sympy.Matrix(q) - p)
            theta = np.array([float(e.subs(form.time, moment)) for e in form.parameters])
            weights = np.exp(np.array(F_s.tolist(), dtype=float) @ theta)
            assert np.allclose(weights / weights.sum(), [float(e) for e in p], atol=1e-13)


@pytest.mark.parametrize("name", DECOMPOSABLE)
def test_the_closed_form_agrees_with_the_adaptive_method(name):
    M = DECOMPOSABLE[name]
    q = rational_distribution(M.space.n_states, 3)
    start = rational_start(M, 4)
    exact = se.gradient_flow(se.divergence(q), M, start, TIMES)
    numeric = se.gradient_flow(se.divergence(q), M, start, TIMES, method="adaptive")
    assert exact.method == "closed form"
    assert numeric.method == "adaptive"
    assert np.abs(exact.probabilities - numeric.probabilities).max() < 1e-9
    assert np.abs(exact.parameters - numeric.parameters).max() < 1e-7
    assert numeric.error_estimate < 1e-7


@pytest.mark.parametrize(
    "M", [INDEPENDENT, SATURATED, CURVED, REDUNDANT], ids=["independent", "saturated", "curved", "redundant"]
)
def test_expectation_coordinates_approach_those_of_q_exponentially(M):
    q = rational_distribution(4, 5)
    flow = se.gradient_flow(se.divergence(q), M, dict.fromkeys(M.parameters, R(1, 3)), TIMES)
    form = flow.closed_form
    eta_q = form.statistics.T * sympy.Matrix(q)
    eta_0 = form.expectation.subs(form.time, 0)
    expected = eta_q + (eta_0 - eta_q) * sympy.exp(-form.time)
    for t, p in zip(TIMES, flow.probabilities, strict=True):
        eta = np.array(form.statistics.T.tolist(), dtype=float) @ p
        assert np.allclose(eta, np.array(expected.subs(form.time, t).evalf().tolist(), dtype=float).ravel(), atol=1e-12)
    numeric = se.gradient_flow(se.divergence(q), M, dict.fromkeys(M.parameters, R(1, 3)), TIMES, method="adaptive")
    assert np.abs(flow.probabilities - numeric.probabilities).max() < 1e-8


def test_an_euler_step_in_expectation_coordinates_multiplies_the_difference_by_one_minus_the_step():
    """Exactly: the engine's natural gradient at a rational point, seen in eta = F^T p, is eta_q - eta."""
    for M, at in (
        (INDEPENDENT, {A: sympy.log(2), B: sympy.log(R(1, 3))}),
        (CURVED, {A: sympy.log(3), B: sympy.log(R(2, 5))}),
    ):
        q = rational_distribution(4, 6)
        F = statistics_matrix(M).to_sympy()
        p = sympy.Matrix(list(se.probabilities(M, at=at)))
        tangent = -se.natural_gradient(se.divergence(q), M, at=at).tangent
        difference = F.T * p - F.T * sympy.Matrix(q)
        for step in (R(1, 10), R(1, 3), 1):
            assert F.T * (p + step * tangent) - F.T * sympy.Matrix(q) == (1 - step) * difference


@pytest.mark.parametrize("M", [INDEPENDENT, CURVED, REDUNDANT], ids=["independent", "curved", "redundant"])
def test_eulers_scheme_in_expectation_coordinates_follows_its_exact_law(M):
    q = rational_distribution(4, 7)
    step = 0.125
    times = step * np.arange(25)
    start = dict.fromkeys(M.parameters, R(1, 2))
    flow = se.gradient_flow(se.divergence(q), M, start, times, method="euler", step=step, coordinates="expectation")
    F = np.array(statistics_matrix(M).to_sympy().tolist(), dtype=float)
    eta = flow.probabilities @ F
    eta_q = np.array([float(v) for v in q]) @ F
    law = eta_q + (eta[0] - eta_q) * (1 - step) ** np.arange(25)[:, None]
    assert np.abs(eta - law).max() < 1e-12
    assert flow.completed


def test_eulers_scheme_in_parameters_follows_no_such_law_but_converges_with_its_step():
    M, q = se.model_b(), rational_distribution(8, 8)
    start = ["1/2", "1/3", "1/4", "1/5", "1/6"]
    exact = se.gradient_flow(se.divergence(q), M, start, TIMES)
    errors = []
    for step in (0.1, 0.05, 0.025):
        flow = se.gradient_flow(se.divergence(q), M, start, TIMES, method="euler", step=step)
        errors.append(np.abs(flow.probabilities - exact.probabilities).max())
        assert 0.2 < flow.error_estimate / errors[-1] < 1  # half of the error is seen when the step is halved
    assert 1.7 < errors[0] / errors[1] < 2.3
    assert 1.7 < errors[1] / errors[2] < 2.3


IMMORAL = {
    "a -> c <- b": ([("a", "c"), ("b", "c")], {"a": 2, "b": 2, "c": 2}),
    "three labels": ([("a", "c"), ("b", "c")], {"a": 3, "b": 2, "c": 3}),
    "with a chain above": ([("d", "a"), ("a", "c"), ("b", "c")], {"d": 2, "a": 2, "b": 2, "c": 2}),
}


@pytest.mark.parametrize("name", IMMORAL)
def test_a_network_with_an_immorality_flows_by_powers_of_functions_of_the_exponential(name):
    """There p(pa) is no straight line in e^-t, so eta(t) = eta_q + (eta_0 - eta_q) e^-t fails; powers replace it."""
    edges, states = IMMORAL[name]
    M = se.bayesian_network(edges, states=states, hidden=["a"])
    q = rational_distribution(M.space.n_states, 9)
    start = rational_start(M, 10)
    form = closed_form(se.divergence(q), M, list(start.values()))
    assert "d log W_k/dt = -q_k/p_k" in form.verified
    assert [e.subs(form.time, 0) for e in form.parameters] == list(start.values())
    exact = se.gradient_flow(se.divergence(q), M, start, TIMES)
    numeric = se.gradient_flow(se.divergence(q), M, start, TIMES, method="adaptive")
    assert exact.method == "closed form"
    assert np.abs(exact.probabilities - numeric.probabilities).max() < 1e-9
    line = exact.probabilities[-1] + (exact.probabilities[0] - exact.probabilities[-1]) * np.exp(-TIMES)[:, None]
    assert np.abs(exact.probabilities - line).max() > 1e-3


def test_a_node_below_an_immorality_is_left_to_the_numerical_method():
    M = se.bayesian_network([("a", "c"), ("b", "c"), ("c", "d"), ("a", "d")], hidden=["a"])
    q = rational_distribution(16, 9)
    start = [R(1, 2)] * len(M.parameters)
    assert closed_form(se.divergence(q), M, start) is None
    with pytest.raises(se.ModelError, match="no closed form"):
        se.gradient_flow(se.divergence(q), M, start, [0, 1], method="closed form")
    assert se.gradient_flow(se.divergence(q), M, start, [0, 1]).method == "adaptive"


def test_the_visible_flow_of_an_open_visible_model_is_a_segment_in_mixture_coordinates():
    M, p_star = se.model_b(), rational_distribution(4, 10)
    flow = se.gradient_flow(se.visible_divergence(p_star), M, ["1/2", "1/3", "1/4", "1/5", "1/6"], TIMES)
    assert flow.method == "closed form"
    assert flow.closed_form.scope.startswith("in P(V)")
    target = np.array([float(v) for v in p_star])
    expected = target + (flow.visible[0] - target) * np.exp(-TIMES)[:, None]
    assert np.allclose(flow.visible, expected, atol=1e-14)
    assert flow.error_estimate < 1e-8  # against the parameters above it
    assert np.allclose(flow.probabilities.reshape(-1, 4, 2).sum(axis=2), flow.visible, atol=1e-8)


def test_the_flow_of_the_evidence_has_a_closed_form_on_a_cylindrical_model_and_none_on_model_b():
    p_star = rational_distribution(4, 11)
    found = closed_form(se.evidence(p_star), se.model_a(), [R(1, 3), R(1, 4), R(1, 5)])
    assert found.verified[-1] == "S^T (p(h|v) p*(v) - dp/dt) = 0"
    assert found.parameters[0] == R(1, 3)  # the conditional of the hidden variable rests
    assert closed_form(se.evidence(p_star), se.model_b(), [R(1, k) for k in range(2, 7)]) is None


def test_a_target_on_the_boundary_is_approached_and_not_reached():
    q = [R(1, 2), 0, 0, R(1, 2), 0, 0, 0, 0]
    flow = se.gradient_flow(se.divergence(q), se.model_b(), [R(1, 2)] * 5, [0, 1, 10, 30])
    assert flow.probabilities.min() > 0
    assert np.allclose(flow.probabilities.sum(axis=1), 1)
    assert math.isclose(flow.parameters[-1][0], 0.5, abs_tol=1e-12)
    adaptive = se.gradient_flow(se.divergence(q), se.model_b(), [R(1, 2)] * 5, [0, 1, 10, 30], method="adaptive")
    assert adaptive.completed
    assert np.abs(adaptive.probabilities - flow.probabilities).max() < 1e-8


def test_every_standard_model_has_a_closed_form_for_the_divergence():
    for M in exhibits()[:4]:
        q = rational_distribution(M.space.n_states, 12)
        start = list(rational_start(M, 13).values())
        assert closed_form(se.divergence(q), M, start) is not None
