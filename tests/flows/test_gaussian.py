"""Flows and cosines of Gaussian models: against exact gradients, against each other, and where they coincide."""

import random
from fractions import Fraction

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.flows.command import parse_moments, run_flow
from symelbo.flows.directions import Direction

LEAVES = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
CUT = se.linear_gaussian([("a", "h"), ("b", "h"), ("a", "b")], hidden=["h"])
AT_CUT = {str(p): Fraction(k + 2, 3) for k, p in enumerate(CUT.parameters)}
Q = ([1, 0, "1/2"], [[2, 1, 0], [1, 3, 1], [0, 1, 1]])


def other_form(M):
    """The same model, given by its precision."""
    mean = [M.field.to_sympy(e) for e in M.mean]
    return se.Gaussian(M.variables, mean, precision=M.precision.to_sympy(), parameters=M.parameters, hidden=M.hidden)


@pytest.mark.parametrize("model", [LEAVES, other_form(LEAVES), se.factor_analysis(2), CUT], ids=repr)
def test_the_direction_of_every_objective_is_the_exact_natural_gradient(model):
    rng = random.Random(2)
    at = model.point({p: Fraction(rng.randint(1, 6), rng.randint(1, 4)) for p in model.parameters})
    theta = np.array([float(v) for v in at.values])
    seen = [v for v in model.order if v in model.visible]
    whole = [[rng.randint(-2, 3) for _ in model.order] for _ in range(6)]
    data = [[row[model.order.index(v)] for v in seen] for row in whole]
    first = f"S({model.visible[1]},{model.visible[0]})" if len(seen) > 1 else f"S({seen[0]},{seen[0]})"
    objectives = [
        (-1, se.divergence(whole)), (1, se.elbo(whole)), (-1, se.variational_gap(whole)),
        (-1, se.data_divergence(data)), (1, se.evidence(data)), (-1, se.visible_divergence(data)),
        (-1, se.objective(sympy.Symbol(first) ** 2)),
    ]  # fmt: skip
    for sign, objective in objectives:
        exact = sign * np.array(se.natural_gradient(objective, model, at).tangent, dtype=float)[:, 0]
        moved = np.array(se.jacobian(model, at), dtype=float) @ Direction.of(objective, model).velocity(theta)
        if objective.on_visible_model:  # the lift on M, not on all normal distributions: what is seen is the same
            moved = model_marginal(model, moved)
            exact = -np.array(se.natural_gradient(objective, model, at).visible, dtype=float)[:, 0]
        assert np.allclose(moved, exact, atol=1e-9), objective


def model_marginal(model, tangent):
    """The coordinates of what is seen."""
    n, seen = len(model.variables), len(model.visible)
    cells = [*((i,) for i in range(n)), *((i, j) for i in range(n) for j in range(i + 1))]
    return np.array([e for c, e in zip(cells, tangent, strict=True) if max(c) < seen])


def test_on_a_cut_the_three_flows_coincide_in_closed_form():
    curves = se.sigma_curves(CUT, Q, AT_CUT, [0, 1, 2])
    assert (curves.distance, curves.reason) == (0, "equal in closed form")
    closed, run = (se.gradient_flow(se.divergence(Q), CUT, AT_CUT, [0, 1, 2], method=m) for m in ("auto", "adaptive"))
    assert (closed.method, run.method) == ("closed form", "adaptive")
    assert np.allclose(closed.parameters, run.parameters, atol=1e-7)
    assert np.allclose(closed.probabilities, run.probabilities, atol=1e-7)
    assert closed.values[0] > closed.values[1] > closed.values[2] > 0
    # E[x] and E[x x'] approach those of q at the rate 1.
    u, start = np.exp(-1.0), closed.probabilities[0]
    mean = np.array([1, 0.5, 0])  # of a, b and h; q is given in the order of declaration, a, h, b
    assert np.allclose(closed.probabilities[1][:3], (1 - u) * mean + u * start[:3])


def test_on_two_leaves_of_a_hidden_cause_they_part():
    start = dict.fromkeys(map(str, LEAVES.parameters), 1)
    curves = se.sigma_curves(LEAVES, (None, sympy.eye(3)), start, [0, 1])
    covariance = [float(f.visible[-1][3]) for f in curves.flows]
    u = np.exp(-1.0)  # S(b,a) = b_h_a b_h_b w_h: here u on M_V, and u^2 where q is followed
    assert np.allclose([covariance[0], covariance[2]], [u, u**2], atol=1e-8)
    assert u**2 < u < covariance[1]  # perfect recognition is slower
    assert curves.distance > 0.1
    assert {k for k in curves.rows()[0] if k.startswith("sigma_0 S")} == {
        "sigma_0 S(a,a)", "sigma_0 S(b,a)", "sigma_0 S(b,b)"
    }  # fmt: skip


@pytest.mark.parametrize("model", [LEAVES, other_form(LEAVES), se.factor_analysis(3), CUT], ids=repr)
def test_exact_cosines_are_those_in_floating_point(model):
    rng = random.Random(1)
    points = [[rng.randint(1, 9) for _ in model.parameters] for _ in range(3)]
    n = len(model.order)
    root = sympy.Matrix([[rng.randint(-2, 2) for _ in range(n)] for _ in range(n)]) + 3 * sympy.eye(n)
    q = ([rng.randint(-2, 2) for _ in range(n)], root * root.T)
    found = se.cosine_similarities(model, q, points)
    for point, row in zip(points, found, strict=True):
        exact = se.exact_cosines(model, q, dict(zip(model.parameters, point, strict=True)))
        expected = [exact.elbo_visible, exact.evidence_visible, exact.elbo_evidence]
        assert np.allclose(row, np.array(expected, dtype=float))
    assert bool(np.allclose(found, 1)) == (model is CUT)
    assert (found[:, 1] > 0).all()  # S1: the projected gradient never opposes the visible one


def test_the_evidence_of_factor_analysis_grows_to_where_em_stands_still():
    M = se.factor_analysis(2)
    data = [[0.5, 1.25], [1, 2], [-1, 0.25], [0, 0]]
    start = dict(zip(map(str, M.parameters), [0, 0, 1, 1, 1, 1], strict=True))
    flow = se.gradient_flow(se.evidence(data), M, start, [0, 1, 4, 400])
    assert flow.completed
    assert (np.diff(flow.values) > 0).all()
    at = {p: sympy.Rational(str(round(v, 9))) for p, v in zip(M.parameters, flow.parameters[-1], strict=True)}
    exact = [[sympy.Rational(str(x)) for x in row] for row in data]
    step = se.em_step(M, exact, at)
    assert max(abs(e) for e in step.em - step.start) < 1e-6


def test_the_command_line_reads_the_moments_of_q():
    q = parse_moments("m(a) = 1; S(a,a) = 2; S(h,a) = 1/2", LEAVES)
    assert (q.variables, list(q.mean)) == (("h", "a", "b"), [0, 1, 0])
    assert [list(map(str, row)) for row in q.covariance] == [["1", "1/2", "0"], ["1/2", "2", "0"], ["0", "0", "1"]]
    start = "w_h=1, b_h_a=1, w_a=1, b_h_b=1, w_b=1"
    curves = run_flow(LEAVES, "standard", start, end=1.0, points=2)
    assert curves.rows()[0]["sigma_2 S(b,a)"] == 1.0
    for text, message in (
        ("S(a,x)=1", r"S\(a,x\) is no moment of h, a, b; expected such as m\(a\) or S\(a,b\)"),
        ("m(a,b)=1", "is no moment"),
        ("uniform", "not of the form moment=number"),
        ("S(a,h)=3", "not positive semidefinite"),
    ):
        with pytest.raises(se.SymelboError, match=message):
            parse_moments(text, LEAVES)


def test_what_flows_of_gaussian_models_do_not_do_is_refused_by_name():
    start = dict.fromkeys(map(str, LEAVES.parameters), 1)
    q = (None, sympy.eye(3))
    for options, message in (
        ({"digits": 30}, "are for models with a table"),
        ({"method": "euler", "step": 0.5, "coordinates": "expectation"}, "belong to exponential families"),
    ):
        with pytest.raises(se.SymelboError, match=message):
            se.gradient_flow(se.divergence(q), LEAVES, start, [0, 1], **options)
    with pytest.raises(se.DomainError, match=r"lies outside the domain: it violates 0 < w_a"):
        se.gradient_flow(se.divergence(q), LEAVES, {**start, "w_a": -1}, [0, 1])
    with pytest.raises(se.DomainError, match="not positive semidefinite"):
        se.cosine_similarities(LEAVES, (None, -sympy.eye(3)), [[1] * 5])
    with pytest.raises(se.ModelError, match="what is asked for needs"):
        se.gradient_flow(se.divergence(q), se.exponential_mixture("poisson"), {}, [0, 1])
    with pytest.raises(se.ModelError, match="numbers need values of the known constants e"):
        se.cosine_similarities(LEAVES.reparametrise({"w_a": se.known("e")}), q, [[1] * 4])
