"""Numerical flows: conservation, descent, boundaries, misuse."""

import random
import sys

import mpmath
import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.flows.compiled import numeric
from symelbo.flows.directions import Direction
from tests.oracle import KINDS, random_model

R = sympy.Rational
TIMES = np.linspace(0, 3, 13)
START_B = ["1/2", "1/3", "1/4", "1/5", "1/6"]


def model_of(random_one):
    n = random_one.n_visible
    names = list(random_one.variables)
    space = se.SampleSpace(
        visible={v: random_one.variables[v] for v in names[:n]}, hidden={v: random_one.variables[v] for v in names[n:]}
    )
    return se.Parametrization(
        space, random_one.table, random_one.parameters, random_one.domain or None, weights=random_one.weights
    )


def targets(M, seed, *, boundary):
    """A random distribution; on the boundary of the simplex about a third of the states have probability 0."""
    rng = random.Random(seed)
    weights = [0 if boundary and rng.random() < 0.33 else rng.randint(1, 20) for _ in range(M.space.n_states)]
    weights[rng.randrange(len(weights))] += 1
    return [R(w, sum(weights)) for w in weights]


def check_run(flow, M):
    p = flow.probabilities
    assert len(flow.times) >= 1
    assert np.isfinite(p).all()
    assert p.min() > 0
    assert np.abs(p.sum(axis=1) - 1).max() < 1e-12
    assert numeric(M).inside(flow.parameters).all()
    assert np.diff(flow.values).max(initial=-1) < 1e-9 * (1 + abs(flow.values[0]))
    assert flow.completed or flow.remark


@pytest.mark.parametrize("boundary", [False, True], ids=["interior target", "target on the boundary"])
@pytest.mark.parametrize("kind", KINDS)
def test_runs_conserve_probability_and_descend_on_random_models(kind, boundary):
    random_one = random_model(kind, 3)
    M = model_of(random_one)
    q = targets(M, 5, boundary=boundary)
    p_star = [sum(q[x] for x in f) for f in M.space.fibration]
    start = [random_one.point[s] for s in M.parameters]
    for objective in (se.divergence(q), se.data_divergence(p_star), se.visible_divergence(p_star)):
        flow = se.gradient_flow(objective, M, start, TIMES, method="adaptive", tolerance=1e-8)
        check_run(flow, M)
        if objective.visible:
            # S1: the visible divergence decreases along the projected curve as well.
            direction = Direction.of(se.visible_divergence(p_star), M)
            seen = [direction.value_visible(v) for v in flow.visible]
            assert np.diff(seen).max(initial=-1) < 1e-8


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("kind", KINDS)
def test_runs_conserve_probability_and_descend_on_many_random_models(kind, seed):
    random_one = random_model(kind, seed)
    M = model_of(random_one)
    q = targets(M, seed, boundary=bool(seed % 2))
    p_star = [sum(q[x] for x in f) for f in M.space.fibration]
    start = [random_one.point[s] for s in M.parameters]
    for objective in (se.divergence(q), se.data_divergence(p_star), se.visible_divergence(p_star)):
        check_run(se.gradient_flow(objective, M, start, TIMES, method="adaptive", tolerance=1e-8), M)


@pytest.mark.parametrize("kind", KINDS)
def test_the_velocity_is_the_negative_natural_gradient_of_the_oracle(kind):
    random_one = random_model(kind, 7)
    M = model_of(random_one)
    q = targets(M, 8, boundary=False)
    p_star = [sum(q[x] for x in f) for f in M.space.fibration]
    oracle = random_one.oracle()
    theta = np.array([float(random_one.point[s]) for s in M.parameters])
    p, scores = (e[..., 0] for e in numeric(M).probabilities_and_scores(theta[None]))
    assert np.allclose(p, [float(e) for e in oracle.p], atol=1e-13)
    assert np.allclose(p[:, None] * scores, np.array([[float(e) for e in r] for r in oracle.J]), atol=1e-12)
    if not random_one.is_admissible(oracle):
        return
    at = M.point({s: random_one.point[s] for s in M.parameters})
    for objective in (
        se.divergence(q),
        se.data_divergence(p_star),
        se.visible_divergence(p_star),
        se.variational_gap(q),
    ):
        tangent = p * (scores @ Direction.of(objective, M).velocity(theta))
        seen = numeric(M).marginal(tangent)
        exact = -se.natural_gradient(objective, M, at=at).projected
        assert np.allclose(seen, np.array(exact.tolist(), dtype=float).ravel(), atol=1e-9)
        if not objective.on_visible_model:
            exact = -se.natural_gradient(objective, M, at=at).tangent
            assert np.allclose(tangent, np.array(exact.tolist(), dtype=float).ravel(), atol=1e-9)


def test_taylor_series_agree_with_the_closed_form_to_the_digits_asked_for():
    q = [R(k, 36) for k in range(1, 9)]
    flow = se.gradient_flow(se.divergence(q), se.model_b(), START_B, [0, 1], digits=25)
    form = se.gradient_flow(se.divergence(q), se.model_b(), START_B, [1]).closed_form
    assert flow.method == "taylor"
    with mpmath.workdps(40):
        for computed, expression in zip(flow.parameters[-1], form.parameters, strict=True):
            assert abs(computed - mpmath.mpf(sympy.N(expression.subs(form.time, 1), 40))) < mpmath.mpf(10) ** -22
    assert flow.error_estimate < 1e-20


def test_taylor_series_handle_a_singular_metric_and_a_single_parameter():
    x, y = sympy.symbols("x y")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    s = x + y
    redundant = se.Parametrization(space, [s / 2, s / 2, (1 - s) / 2, (1 - s) / 2], [x, y], [x > 0, y > 0, x + y < 1])
    single = se.Parametrization(space, [x / 2, x / 2, (1 - x) / 2, (1 - x) / 2], [x], [x > 0, x < 1])
    q = ["1/3", "1/3", "1/6", "1/6"]
    precise = se.gradient_flow(se.divergence(q), redundant, ["1/10", "1/5"], [1], digits=20)
    alone = se.gradient_flow(se.divergence(q), single, ["3/10"], [1], digits=20)
    adaptive = se.gradient_flow(se.divergence(q), redundant, ["1/10", "1/5"], [1], method="adaptive")
    with mpmath.workdps(30):
        assert abs(sum(precise.parameters[0]) - alone.parameters[0][0]) < 1e-18
    assert np.allclose(precise.parameters.astype(float), adaptive.parameters, atol=1e-9)
    expected = mpmath.mpf(2) / 3 + (mpmath.mpf(3) / 10 - mpmath.mpf(2) / 3) * mpmath.exp(-1)
    assert abs(alone.parameters[0][0] - expected) < 1e-14


def test_euler_says_when_it_leaves_the_domain_and_the_adaptive_method_stays_inside():
    """Starts as in the published experiment: for M(b) some Euler runs of the visible flow have parameters above 1."""
    M = se.model_b()
    starts = se.fisher_volume_sample(M, 6, 2, 0.02)
    q = se.jeffreys_simplex(4, 6, 3)
    left = 0
    for start, p_star in zip(starts.tolist(), q, strict=True):
        objective = se.visible_divergence(p_star)
        euler = se.gradient_flow(objective, M, start, np.linspace(0, 5, 501), method="euler", step=0.01)
        left += "leaves the domain" in euler.remark
        assert euler.completed == (not euler.remark)
        flow = se.gradient_flow(objective, M, start, TIMES)
        assert flow.completed
        assert numeric(M).inside(flow.parameters).all()
    assert left >= 2


def test_a_flow_that_reaches_the_boundary_in_finite_time_says_where():
    """D(p*||.) on v ~ (x, 1 - x) with the domain cut to x < 1/2: the curve x(t) crosses 1/2 at t = log(4/3)."""
    x = sympy.symbols("x")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    M = se.Parametrization(space, [x / 2, x / 2, (1 - x) / 2, (1 - x) / 2], [x], [x > 0, x < R(1, 2)])
    flow = se.gradient_flow(
        se.divergence(["1/2", "1/2", "0", "0"]), M, ["1/3"], np.linspace(0, 1, 101), method="adaptive"
    )
    assert not flow.completed
    assert "boundary of the domain (x < 1/2)" in flow.remark
    assert abs(float(flow.remark.split("t = ")[1]) - np.log(4 / 3)) < 1e-6
    assert flow.parameters.max() < 0.5
    assert len(flow.times) == 29


def test_the_visible_flow_of_a_restricted_boltzmann_machine_ends_where_its_visible_model_ends():
    M = se.restricted_boltzmann_machine(3, 1)
    p_star = se.jeffreys_simplex(16, 1, 4)[0].reshape(8, 2).sum(axis=1)
    flow = se.gradient_flow(se.visible_divergence(p_star), M, [R(k, 4) for k in range(7)], np.linspace(0, 2, 21))
    assert not flow.completed
    assert "edge of the model" in flow.remark
    assert flow.times[-1] < 1.25


def test_elbo_and_evidence_are_followed_upwards_along_the_same_curves():
    q = [R(k, 36) for k in range(1, 9)]
    p_star = [R(k, 10) for k in range(1, 5)]
    for up, down in ((se.elbo(q), se.divergence(q)), (se.evidence(p_star), se.data_divergence(p_star))):
        rising = se.gradient_flow(up, se.model_b(), START_B, TIMES)
        falling = se.gradient_flow(down, se.model_b(), START_B, TIMES)
        assert np.allclose(rising.parameters, falling.parameters)
        assert np.diff(rising.values).min() > 0
        sums = rising.values + falling.values
        assert np.ptp(sums) < 1e-9


def test_gap_and_functions_of_the_visible_probabilities_decrease():
    M = se.model_b()
    p = se.visible_probabilities(M.space)
    for objective in (se.variational_gap([R(k, 36) for k in range(1, 9)]), se.objective(p[0] * p[3] + sympy.log(p[1]))):
        flow = se.gradient_flow(objective, M, START_B, [0, 0.05, 0.1])
        assert flow.method == "adaptive"
        assert np.diff(flow.values).max() < 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": ["1/2", "1/3", "1/4", "1/5", "3/2"]}, "lies outside the domain: it violates z2 < 1"),
        ({"start": ["1/2", "1/3", "1/4", "1/5", "1"]}, "violates z2 < 1"),
        ({"start": ["1/2"]}, "start has 1 values; expected 5"),
        ({"start": {"x": "1/2"}}, "no value for y1"),
        ({"start": {"w": "1/2"}}, "gives a value for w"),
        ({"q": ["1/8"] * 7 + ["1/4"]}, "sums to 1.125"),
        ({"q": ["1/8"] * 6 + ["-1/8", "3/8"]}, "is negative"),
        ({"q": ["1/8"] * 7}, "q has 7 values; expected one for each of the 8 states"),
        ({"q": [float("nan")] * 8}, "not a finite number"),
        ({"times": [1, 0]}, "increasing order"),
        ({"times": []}, "at least one number"),
        ({"times": [-1]}, "at least one number"),
    ],
)
def test_starts_targets_and_times_outside_are_refused_by_name(change, message):
    given = {"q": ["1/8"] * 8, "start": START_B, "times": [0, 1]} | change
    with pytest.raises(se.DomainError, match=message.replace("(", r"\(")):
        se.gradient_flow(se.divergence(given["q"]), se.model_b(), given["start"], given["times"])


def test_euler_refuses_times_between_its_steps_and_steps_that_are_none():
    with pytest.raises(se.DomainError, match="multiples of the step"):
        se.gradient_flow(se.divergence(["1/8"] * 8), se.model_b(), START_B, [0.005], method="euler")
    with pytest.raises(se.DomainError, match="positive number"):
        se.gradient_flow(se.divergence(["1/8"] * 8), se.model_b(), START_B, [0], method="euler", step=0)
    with pytest.raises(se.ModelError, match="exponential families"):
        se.gradient_flow(
            se.divergence(["1/8"] * 8), se.model_b(), START_B, [0], method="euler", coordinates="expectation"
        )


def test_without_scipy_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.integrate", None)
    with pytest.raises(se.SymelboError, match=r"symelbo\[figures\]"):
        se.gradient_flow(se.divergence(["1/8"] * 8), se.model_b(), START_B, [0, 1], method="adaptive")
