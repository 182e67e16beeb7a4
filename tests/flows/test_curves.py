"""sigma_0, sigma_1, sigma_2: equal on cylindrical models, different on M(b)."""

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.flows.command import parse_distribution, parse_start, run_flow

R = sympy.Rational
TIMES = np.linspace(0, 4, 17)

CYLINDRICAL = {
    "M(a)": se.model_a(),
    "simplex 2x2": se.full_simplex(se.SampleSpace(visible={"v": 2}, hidden={"h": 2})),
    "simplex 3x2": se.full_simplex(se.SampleSpace(visible={"v": 3}, hidden={"h": 2})),
    "independence 3x2x2": se.independence({"a": 3, "b": 2, "h": 2}, hidden=["h"]),
    "chain with a hidden end": se.bayesian_network([("a", "b"), ("b", "h")], hidden=["h"]),
    "fork with a hidden leaf": se.bayesian_network([("a", "b"), ("a", "h")], hidden=["h"]),
    "hidden root with one child": se.bayesian_network([("h", "a"), ("a", "b")], hidden=["h"]),
    "immorality with a hidden sink": se.bayesian_network([("a", "h"), ("b", "h")], hidden=["h"]),
    "log-linear with a hidden leaf": se.log_linear(
        [["h", "a"], ["a", "b"]], states={"h": 2, "a": 2, "b": 2}, hidden=["h"]
    ),
    "log-linear cycle with a hidden leaf": se.log_linear(
        [["h", "a"], ["a", "b"], ["b", "c"], ["a", "c"]], states={"h": 2, "a": 2, "b": 2, "c": 2}, hidden=["h"]
    ),
    "Boltzmann machine with a hidden leaf": se.boltzmann_machine([("a", "b"), ("b", "h")], hidden=["h"]),
}
OTHER = {
    "M(b)": se.model_b(),
    "restricted Boltzmann machine": se.restricted_boltzmann_machine(2, 1),
    "immorality with a hidden parent": se.bayesian_network([("a", "c"), ("h", "c")], hidden=["h"]),
}


def start_of(M, seed):
    rng = np.random.default_rng(seed)
    if not M.normalised:
        return [float(v) for v in rng.uniform(-1, 1, len(M.parameters)).round(2)]
    return [R(1, int(v)) for v in rng.integers(len(M.parameters) + 2, 3 * len(M.parameters) + 4, len(M.parameters))]


@pytest.mark.parametrize("name", CYLINDRICAL)
def test_the_three_curves_coincide_on_cylindrical_models(name):
    M = CYLINDRICAL[name]
    q = se.jeffreys_simplex(M.space.n_states, 1, 5)[0]
    curves = se.sigma_curves(M, q, start_of(M, 6), TIMES)
    assert curves.numeric_distance < 1e-9
    assert curves.distance == 0
    assert isinstance(curves.distance, sympy.Integer)
    adaptive = se.sigma_curves(M, q, start_of(M, 6), TIMES, method="adaptive", tolerance=1e-10)
    assert adaptive.numeric_distance < 1e-9
    assert np.abs(adaptive.sigma_2.visible - curves.sigma_2.visible).max() < 1e-9


@pytest.mark.parametrize("name", ["M(a)", "simplex 2x2", "independence 3x2x2", "chain with a hidden end"])
def test_they_coincide_identically_in_closed_form(name):
    M = CYLINDRICAL[name]
    q = [R(k + 1, sum(range(M.space.n_states + 1))) for k in range(M.space.n_states)]
    curves = se.sigma_curves(M, q, start_of(M, 7), TIMES)
    assert curves.reason == "equal in closed form"
    assert curves.distance == 0
    assert all(f.closed_form.verified for f in curves.flows)


@pytest.mark.parametrize("name", OTHER)
def test_the_three_curves_differ_on_models_that_are_not_cylindrical(name):
    M = OTHER[name]
    q = se.jeffreys_simplex(M.space.n_states, 1, 5)[0]
    curves = se.sigma_curves(M, q, start_of(M, 6), TIMES)
    assert curves.distance > 1e-3
    assert curves.distance == curves.numeric_distance


def test_on_model_b_the_three_curves_start_in_different_directions():
    """The counterexample in small numbers: negative gradients of theory, section 4."""
    M = se.model_b()
    start = ["1/2", "1/2", "1/3", "1/2", "1/3"]  # x, y1, y2, z1, z2
    h = 1e-5
    curves = se.sigma_curves(M, ["1/8"] * 8, start, [0, h], tolerance=1e-12)
    slopes = [(f.visible[1] - f.visible[0]) / h for f in curves.flows]
    assert np.allclose(slopes[2], [1 / 18, 1 / 36, 1 / 36, -1 / 9], atol=1e-5)
    assert np.allclose(slopes[0], [5 / 72, 1 / 72, 1 / 72, -7 / 72], atol=1e-5)


def test_euler_curves_of_the_independence_model_differ_by_its_error_only():
    curves = se.sigma_curves(
        se.model_a(), ["1/8"] * 8, ["1/4", "1/3", "1/5"], np.arange(11) / 10, method="euler", step=0.01
    )
    assert curves.numeric_distance < 1e-12  # one dimension at a time: Euler is exact up to (1-s)^k in each
    assert [f.method for f in curves.flows] == ["euler"] * 3


def test_the_rows_list_all_curves():
    curves = run_flow(se.model_b(), "uniform", "x=1/2, y1=0.25, y2=1/3, z1=1/5, z2=3/4", end=1, points=5)
    rows = curves.rows()
    assert [r["t"] for r in rows] == [0, 0.25, 0.5, 0.75, 1]
    assert abs(sum(v for k, v in rows[2].items() if k.startswith("sigma_1 p(")) - 1) < 1e-12
    assert rows[0]["sigma_0 divergence"] == pytest.approx(rows[0]["sigma_2 divergence"])


def test_texts_of_distributions_and_starts_are_read_or_refused():
    space = se.model_b().space
    assert parse_distribution("uniform", space) == parse_distribution(",".join(["0.125"] * 8), space)
    named = parse_distribution("1,1,1=1/4; 0,0,0=0.75", space)  # x, y, z as in the model's declaration
    assert named[space.index((1, 1, 1))] == R(1, 4)
    assert named[space.index((0, 0, 0))] == R(3, 4)
    assert parse_start("x=1/2,w=log(2)") == {"x": R(1, 2), "w": sympy.log(2)}
    for text in ("1/2,1/2", "1,1,1=1/2; 1,1,1=1/2", "1,1,1=0.5", "3,1,1=1"):
        with pytest.raises(se.SymelboError):
            parse_distribution(text, space)
    for text in ("x", "x=", "x=1,x=2", "x=log(-1)", "x=one"):
        with pytest.raises(se.SymelboError):
            parse_start(text)
