"""Objectives and natural gradients against the oracle, and their defining properties."""

import random
from fractions import Fraction
from functools import cache

import pytest
import sympy
from sympy import Rational

import symelbo as se
from tests.oracle import KINDS, apply, dot, random_distribution, transpose
from tests.translation import HALVES_AND_THIRDS, drawn_model, fractions_of, point_of, raw_model_b, vector_of

FEW = range(4)
MANY = range(4, 30)
every_model = pytest.mark.parametrize(
    ("kind", "seed"),
    [pytest.param(k, s, marks=[] if s in FEW else pytest.mark.slow) for k in KINDS for s in (*FEW, *MANY)],
)


@cache
def case(kind, seed):
    drawn, model = drawn_model(kind, seed)
    at = point_of(drawn, model)
    oracle = drawn.oracle(at)
    rng = random.Random(seed)
    q = random_distribution(len(oracle.p), rng)
    return model, at, oracle, q, apply(oracle.dpi, q)


def check(gradient, expected, sign=1):
    assert [sign * e for e in vector_of(gradient.parameters)] == expected.parameters
    assert [sign * e for e in vector_of(gradient.tangent)] == expected.tangent
    assert [sign * e for e in vector_of(gradient.projected)] == expected.projected


@every_model
def test_natural_gradients_of_all_objectives_are_those_of_the_oracle(kind, seed):
    model, at, oracle, q, p_star = case(kind, seed)
    check(se.natural_gradient(se.divergence(q), model, at), oracle.negative_gradient_q(q), -1)
    check(se.natural_gradient(se.elbo(q), model, at), oracle.negative_gradient_q(q))
    check(se.natural_gradient(se.variational_gap(q), model, at), oracle.negative_gradient_gap(q), -1)
    data = se.natural_gradient(se.data_divergence(p_star), model, at)
    check(data, oracle.negative_gradient_data(p_star), -1)
    check(se.natural_gradient(se.evidence(p_star), model, at), oracle.negative_gradient_data(p_star))
    visible = se.natural_gradient(se.visible_divergence(p_star), model, at)
    expected = oracle.negative_gradient_visible(p_star)
    assert [-e for e in vector_of(visible.parameters)] == expected.parameters  # the pseudoinverse of G_V
    assert [-e for e in vector_of(visible.projected)] == expected.projected
    assert vector_of(visible.tangent) == apply(oracle.C, vector_of(visible.projected))
    assert vector_of(data.visible) == vector_of(visible.projected)


@every_model
def test_the_gradient_represents_the_differential_and_is_tangent(kind, seed):
    model, at, oracle, q, _ = case(kind, seed)
    gradient = vector_of(se.natural_gradient(se.divergence(q), model, at).tangent)
    for column in transpose(oracle.J):
        differential = -sum((a * b / p for a, b, p in zip(q, column, oracle.p, strict=True)), Fraction(0))
        assert oracle.inner(gradient, column) == differential
    assert apply(oracle.tangent_projection, gradient) == gradient


@every_model
def test_any_differentiable_function_of_the_visible_probabilities_has_the_oracle_s_gradient(kind, seed):
    model, at, oracle, _, _ = case(kind, seed)
    p = se.visible_probabilities(model.space)
    L = sum((k + 1) * s**2 for k, s in enumerate(p)) + p[0] * p[-1]
    slope = [2 * (k + 1) * m for k, m in enumerate(oracle.p_V)]
    slope[0], slope[-1] = slope[0] + oracle.p_V[-1], slope[-1] + oracle.p_V[0]
    gradient = se.natural_gradient(se.objective(L), model, at)
    check(gradient, oracle.natural_gradient(oracle.pull_back(slope)))
    assert vector_of(gradient.visible) == oracle.visible_natural_gradient(slope).projected


def test_parameters_of_a_singular_model_have_minimum_norm():
    model, at, oracle, q, _ = case("redundant", 1)
    gradient = se.natural_gradient(se.divergence(q), model, at)
    c = vector_of(gradient.parameters)
    null = se.tangent_decomposition(model, at).null_parameters
    assert null.ncols
    for column in transpose(fractions_of(null.to_sympy())):
        assert dot(column, c) == 0
    assert apply(oracle.J, c) == vector_of(gradient.tangent)


def test_symbolic_gradients_evaluated_at_a_point_are_the_gradients_at_the_point():
    model = raw_model_b()
    at = {s: Rational(HALVES_AND_THIRDS[s.name]) for s in model.parameters}
    q = [Rational(k, 36) for k in range(1, 9)]
    p_star = [Rational(k, 10) for k in range(1, 5)]
    for f in (
        se.divergence(q), se.elbo(q), se.variational_gap(q), se.data_divergence(p_star), se.evidence(p_star),
        se.visible_divergence(p_star),
    ):  # fmt: skip
        symbolic, here = se.natural_gradient(f, model), se.natural_gradient(f, model, at)
        assert symbolic.tangent.subs(at) == here.tangent
        assert symbolic.projected.subs(at) == here.projected


def test_in_the_whole_simplex_the_gradients_are_differences_of_distributions():
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    model = se.full_simplex(space)
    at = {"p1": "1/10", "p2": "1/5", "p3": "3/10"}
    p = sympy.Matrix([Rational(k, 10) for k in (1, 2, 3, 4)])
    q = sympy.Matrix([Rational(1, 4)] * 4)
    assert -se.natural_gradient(se.divergence(list(q)), model, at).tangent == q - p
    lifted = sympy.Matrix([Rational(1, 2) * Rational(k, n) for k, n in ((1, 3), (2, 3), (3, 7), (4, 7))])
    half = [Rational(1, 2)] * 2
    assert -se.natural_gradient(se.data_divergence(half), model, at).tangent == lifted - p
    assert se.natural_gradient(se.variational_gap(list(q)), model, at).projected == sympy.zeros(2, 1)


def test_transcendental_objectives_have_exact_gradients_too():
    model = se.model_b()
    p = se.visible_probabilities(model.space)
    log = se.natural_gradient(se.objective(sympy.log(p[0])), model, HALVES_AND_THIRDS)
    point = se.natural_gradient(se.evidence([1, 0, 0, 0]), model, HALVES_AND_THIRDS)
    assert (log.projected, log.visible) == (point.projected, point.visible)
    root = se.natural_gradient(se.objective(sympy.sqrt(p[0])), model, HALVES_AND_THIRDS)
    value = se.marginals(model, HALVES_AND_THIRDS)[0]
    assert (root.projected - log.projected * sympy.sqrt(value) / 2).expand() == sympy.zeros(4, 1)


def test_a_distribution_may_be_a_mapping_from_states_in_any_order():
    model = se.model_b()
    q = {s: Rational(k + 1, 36) for k, s in enumerate(model.space.states)}
    backwards = dict(reversed(q.items()))
    listed = se.natural_gradient(se.divergence(list(q.values())), model, HALVES_AND_THIRDS)
    assert se.natural_gradient(se.divergence(backwards), model, HALVES_AND_THIRDS) == listed


UNIFORM = [Rational(1, 8)] * 8


@pytest.mark.parametrize(
    ("objective", "says"),
    [
        (se.divergence([Rational(1, 4)] * 4), ["q", "4 values", "8 states"]),
        (se.divergence([Rational(1, 4)] * 8), ["q sums to 2"]),
        (se.divergence([Rational(-1, 8), Rational(3, 8), *UNIFORM[2:]]), ["q(1, 1, 1)", "-1/8", "negative"]),
        (se.divergence([0.125] * 8), ["q(1, 1, 1)", "0.125", "Rational(1, 8)"]),
        (se.divergence({(1, 1, 1): 1}), ["q", "no value", "(1, 1, 0)"]),
        (se.divergence({(1, 1, 1): 0, ("1", 1, 1): 1}), ["(1, 1, 1)", "twice"]),
        (se.divergence({(1, 1, 5): 1}), ["x", "5"]),
        (se.divergence(3), ["q", "3", "mapping"]),
        (se.visible_divergence(UNIFORM), ["p*", "8 values", "4 states"]),
        (se.objective(sympy.Symbol("w")), ["w", "p(1,1)"]),
    ],
)
def test_what_is_no_distribution_or_function_is_refused_and_named(objective, says):
    with pytest.raises((se.DomainError, se.ExactnessError, se.ModelError)) as caught:
        se.natural_gradient(objective, se.model_b(), HALVES_AND_THIRDS)
    assert all(s in str(caught.value) for s in says), caught.value


def test_floats_and_other_objects_are_no_objectives():
    with pytest.raises(se.ExactnessError, match=r"Rational\(1, 2\)"):
        se.objective(0.5 * se.visible_probabilities(se.model_b().space)[0])
    with pytest.raises(se.ExactnessError, match="not an objective"):
        se.natural_gradient(lambda p: p, se.model_b())
    with pytest.raises(se.ModelError, match="not a model"):
        se.natural_gradient(se.divergence(UNIFORM), "M(b)")
