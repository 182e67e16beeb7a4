"""Models at the edge: redundant and unused parameters, one visible or hidden state, deficient ranks, thin domains."""

from itertools import pairwise

import pytest
import sympy
from sympy import Rational, eye, zeros

import symelbo as se
from tests.oracle import Oracle
from tests.translation import Y1, Y2, Z1, Z2, X, fractions_of, raw_model_b

a, b, c, s = sympy.symbols("a b c s")


def space(v, h):
    return se.SampleSpace(visible={"v": v}, hidden={"h": h})


def cube(*symbols):
    return [r for t in symbols for r in (t > 0, t < 1)]


INDEPENDENT = [a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)]


def test_a_redundant_parameter_changes_neither_ranks_nor_verdict_nor_tangent_gradients():
    plain = se.Parametrization(space(2, 2), INDEPENDENT, [a, b], cube(a, b))
    doubled = se.Parametrization(
        space(2, 2), [sympy.sympify(e).subs(a, a * c) for e in INDEPENDENT], [a, c, b], cube(a, b, c)
    )
    assert se.ranks(plain) == se.ranks(doubled) == (2, 1, 1)
    assert se.fisher_metric(doubled).det().equals(0)
    assert isinstance(se.is_cylindrical(doubled), se.Proved)
    assert len(se.tangent_decomposition(doubled).null_parameters.rows[0]) == 1
    q = [Rational(1, 10), Rational(1, 5), Rational(3, 10), Rational(2, 5)]
    at, same = {"a": "1/4", "b": "1/3"}, {"a": "1/2", "c": "1/2", "b": "1/3"}
    left = se.natural_gradient(se.divergence(q), plain, at)
    right = se.natural_gradient(se.divergence(q), doubled, same)
    assert left.tangent == right.tangent
    assert right.parameters[0] == right.parameters[1]  # the minimum norm at a = c


def test_an_unused_parameter_is_allowed_reported_and_in_the_kernel():
    model = se.Parametrization(space(2, 2), INDEPENDENT, [a, s, b], cube(a, b))
    assert model.unused_parameters == (s,)
    assert se.ranks(model) == (2, 1, 1)
    null = se.tangent_decomposition(model).null_parameters
    assert null.to_sympy() == sympy.Matrix([0, 1, 0])
    assert isinstance(se.is_cylindrical(model), se.Proved)


def test_with_one_hidden_state_the_joint_and_the_visible_model_are_the_same():
    model = se.Parametrization(space(4, 1), INDEPENDENT, [a, b], cube(a, b))
    assert se.fisher_metric(model) == se.visible_fisher_metric(model)
    assert se.missing_information(model) == zeros(2, 2)
    assert se.horizontal_projection(model) == eye(4)
    assert se.ranks(model) == (2, 2, 0)
    assert isinstance(se.is_cylindrical(model), se.Proved)


def test_with_one_visible_state_everything_is_vertical():
    model = se.Parametrization(space(1, 4), INDEPENDENT, [a, b], cube(a, b))
    assert se.visible_fisher_metric(model) == zeros(2, 2)
    assert se.defect(model) == zeros(1, 1)
    assert se.ranks(model) == (2, 0, 2)
    assert tuple(se.tangent_decomposition(model).dims) == (0, 2, 0)
    assert isinstance(se.is_cylindrical(model), se.Proved)


def test_a_constant_model_is_trivially_cylindrical():
    model = se.Parametrization(space(2, 2), [Rational(1, 4)] * 4, [a])
    assert se.ranks(model) == (0, 0, 0)
    assert isinstance(se.is_cylindrical(model), se.Proved)
    assert se.natural_gradient(se.divergence([1, 0, 0, 0]), model, {"a": 1}).tangent == zeros(4, 1)


@pytest.mark.parametrize(("classes", "expected"), [(1, (4, 4, 0)), (2, (9, 7, 5))])
def test_the_latent_class_model_on_three_by_three_states_has_visible_rank_7_with_two_classes(classes, expected):
    model = se.bayesian_network([("h", "y"), ("h", "z")], states={"h": classes, "y": 3, "z": 3}, hidden=["h"])
    assert tuple(se.ranks(model)) == expected  # visible: 3 x 3 matrices of rank 2; vertical: additive log odds


def test_with_two_classes_the_visible_rank_is_deficient_and_the_defect_still_agrees_with_the_oracle():
    model = se.bayesian_network([("h", "y"), ("h", "z")], states={"h": 2, "y": 3, "z": 3}, hidden=["h"])
    assert isinstance(se.is_cylindrical(model), se.Refuted)
    point = model.domain.interior_point()
    at = dict(zip(model.parameters, (Rational(int(v.p), int(v.q)) for v in point), strict=True))
    where = se.is_cylindrical(model).counterexample.parameters
    for values in (where, at):
        oracle = Oracle.from_table(
            model.space.states, 2, model.table, model.parameters, {k: values[k] for k in model.parameters}
        )
        assert tuple(se.ranks(model, values)) == tuple(oracle.ranks)
        if se.is_admissible(model, values):
            assert fractions_of(se.defect(model, values)) == oracle.Delta


def test_a_ternary_hidden_cause_of_two_binary_effects_is_not_cylindrical():
    model = se.bayesian_network([("x", "y"), ("x", "z")], states={"x": 3, "y": 2, "z": 2}, hidden=["x"])
    assert tuple(se.ranks(model)) == (8, 3, 6)
    assert isinstance(se.is_cylindrical(model), se.Refuted)


def curve(inner):
    """p(v) = 1/2 +- s/4 and p(h=0|v) = 1/2 + inner[v]/4: horizontal where inner' = 0."""
    rows = [(1 + sign * s / 2) / 2 * (1 + t * inner[v] / 2) / 2 for v, sign in enumerate((1, -1)) for t in (1, -1)]
    return se.Parametrization(space(2, 2), [sympy.expand(r) for r in rows], [s], [s > -1, s < 1])


def test_a_curve_that_is_horizontal_at_one_point_is_cylindrical_there_and_nowhere_else():
    model = curve([s**2, s**2])
    assert isinstance(se.is_cylindrical(model), se.Refuted)
    assert isinstance(se.is_cylindrical(model, {"s": 0}), se.Proved)
    assert isinstance(se.is_cylindrical(model, {"s": "1/100"}), se.Refuted)
    assert se.defect(model, {"s": 0}) == zeros(2, 2)


def test_a_curve_that_is_horizontal_everywhere_is_cylindrical_and_one_that_is_not_is_refuted():
    assert isinstance(se.is_cylindrical(curve([Rational(1, 2), Rational(1, 3)])), se.Proved)
    assert isinstance(se.is_cylindrical(curve([s, Rational(1, 3)])), se.Refuted)


def test_where_the_visible_rank_drops_a_curve_is_inadmissible_even_if_its_tangent_splits():
    rows = [(1 + sign * s**2 / 2) / 2 * (1 + t * s / 2) / 2 for sign in (1, -1) for t in (1, -1)]
    model = se.Parametrization(space(2, 2), [sympy.expand(r) for r in rows], [s], [s > -1, s < 1])
    assert se.is_admissible(model, {"s": "1/2"})
    assert not se.is_admissible(model, {"s": 0})
    with pytest.raises(se.DomainError, match="not admissible"):
        se.is_cylindrical(model, {"s": 0})


def test_a_counterexample_is_found_in_a_thin_domain():
    parameters = [X, Y1, Y2, Z1, Z2]
    chain = [X > 0, *(p < q for p, q in pairwise(parameters)), Rational(1, 10) > Z2]
    model = se.Parametrization(raw_model_b().space, raw_model_b().table, parameters, chain)
    found = se.is_cylindrical(model).counterexample
    values = [found.parameters[p] for p in parameters]
    assert all(p < q for p, q in zip([0, *values], [*values, Rational(1, 10)], strict=True))
    assert se.defect(model, found.parameters) != zeros(4, 4)


@pytest.mark.parametrize("n", [10**3, 10**6, 10**12])
def test_a_narrow_interval_does_not_stop_the_search(n):
    table = raw_model_b().table
    domain = [X * n > 1, X * n < 2, *(r for t in (Y1, Y2, Z1, Z2) for r in (t > 0, t < 1))]
    model = se.Parametrization(raw_model_b().space, table, [X, Y1, Y2, Z1, Z2], domain)
    found = se.is_cylindrical(model).counterexample
    assert Rational(1, n) < found.parameters[X] < Rational(2, n)


def test_a_model_without_parameters_is_a_point_and_trivially_cylindrical():
    model = se.Parametrization(space(2, 2), [Rational(1, 4)] * 4, [])
    assert se.ranks(model) == (0, 0, 0)
    report = se.verify(model)
    assert isinstance(report["S3"], se.Proved)
    assert not report.undecided


@pytest.mark.parametrize(
    "weights",
    [
        [1, sympy.exp(a), 1 + sympy.exp(a + 1), 1 + sympy.E],
        [1, a * sympy.exp(a), sympy.exp(b), 1 + a],
    ],
)
def test_where_no_point_is_rational_a_mixed_model_is_refuted_everywhere_or_generically_with_a_real_point(weights):
    parameters = sorted({t for e in weights for t in sympy.sympify(e).free_symbols}, key=str)
    domain = [a > 0] if b in parameters else None
    model = se.Parametrization(space(2, 2), weights, parameters, domain, weights=True)
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Refuted)
    assert verdict.scope in (se.Where.GENERICALLY, se.Where.NOWHERE)
    at = verdict.counterexample.point.as_dict()
    for generator, value in at.items():
        assert generator.subs(verdict.counterexample.parameters) == value  # no free value for exp(theta)


def test_a_sign_of_a_parameter_inside_exponentials_is_a_bound_of_its_exponential_and_other_bounds_are_refused():
    weights = [1, sympy.exp(a), sympy.exp(b), 1]
    with pytest.raises(se.ExactnessError, match=r"a > 1 is exp\(a\) > exp\(1\), which is not rational"):
        se.Parametrization(space(2, 2), weights, [a, b], [a > 1], weights=True)
    for bound in (a > 0, sympy.exp(a) > 1):
        model = se.Parametrization(space(2, 2), weights, [a, b], [bound], weights=True)
        assert se.is_cylindrical(model).counterexample.parameters[a] > 0
