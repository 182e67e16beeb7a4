"""Recognition models and EM: gradients against the oracle and against finite differences at 50 digits."""

import random
from fractions import Fraction

import pytest
import sympy

import symelbo as se
from tests.loci.test_locus import collider, oracle, random_points
from tests.translation import HALVES_AND_THIRDS

HALF = sympy.Rational(1, 2)


def at_random(recognition, seed=0):
    rng = random.Random(seed)
    return {p: sympy.Rational(rng.randint(1, 9), 20) for p in recognition.parameters}


def joint(recognition, phi, data):
    values = [recognition.field.to_sympy(e).subs(phi) for e in recognition.conditionals]
    return [w * c for w, c in zip(recognition.space.fibration.repeated(list(data)), values, strict=True)]


def fraction(value):
    value = sympy.Rational(value)
    return Fraction(int(value.p), int(value.q))


def test_the_projected_gradient_is_the_one_of_the_paper_at_a_uniform_q():
    model = se.model_b()
    q = se.free_recognition(model.space)
    found = se.recognition_gradients(model, q, HALVES_AND_THIRDS, dict.fromkeys(q.parameters, HALF))
    third = sympy.Rational(1, 36)
    assert list(found.projected) == [sympy.Rational(1, 18), third, third, sympy.Rational(-1, 9)]
    assert list(found.visible) == [sympy.Rational(e, 72) for e in (5, 1, 1, -7)]


@pytest.mark.parametrize("family", [se.mean_field, se.free_recognition])
def test_the_wake_step_is_the_oracles_natural_gradient_of_the_elbo(family):
    model = se.restricted_boltzmann_machine(2, 2)
    q = family(model.space)
    phi, data = at_random(q, 1), [sympy.Rational(k, 10) for k in (1, 2, 3, 4)]
    at = random_points(model, 1, seed=2)[0]
    found = se.recognition_gradients(model, q, at, phi, data)
    reference = oracle(model, at).negative_gradient_q([fraction(e) for e in joint(q, phi, data)])
    assert [fraction(e) for e in found.projected] == reference.projected
    assert [fraction(e) for e in found.theta] == reference.parameters


def test_elbo_evidence_and_gap_are_the_sums_of_their_definitions():
    model = se.model_b()
    q = se.free_recognition(model.space)
    phi, data = at_random(q, 3), [sympy.Rational(k, 10) for k in (4, 3, 2, 1)]
    found = se.recognition_gradients(model, q, HALVES_AND_THIRDS, phi, data)
    p = list(se.probabilities(model, HALVES_AND_THIRDS))
    weights = joint(q, phi, data)
    conditional = [w / data[x // 2] for x, w in enumerate(weights)]
    elbo = sum(w * sympy.log(a / c) for w, a, c in zip(weights, p, conditional, strict=True))
    assert abs(sympy.N(found.elbo - elbo, 50)) < sympy.Float(10) ** -45
    assert sympy.N(found.gap) > 0
    assert abs(sympy.N(found.elbo - found.evidence + found.gap, 50)) < sympy.Float(10) ** -45


def test_the_gap_is_zero_exactly_at_the_posterior():
    model = se.model_b()
    q = se.free_recognition(model.space)
    posterior = se.conditionals(model, HALVES_AND_THIRDS)
    phi = {p: posterior[2 * k] for k, p in enumerate(q.parameters)}
    found = se.recognition_gradients(model, q, HALVES_AND_THIRDS, phi)
    assert found.gap == 0
    assert found.phi.is_zero_matrix
    assert found.sleep.is_zero_matrix
    assert list(found.projected) != list(found.visible)  # the posterior does not help: M(b) is not cylindrical


def test_the_gradient_in_phi_is_the_derivative_of_the_elbo_raised_by_the_metric_of_the_conditionals():
    """A one-parameter family: the metric is a number, the derivative is taken numerically at 50 digits."""
    model, t = se.model_b(), sympy.Symbol("t")
    table = [t, 1 - t, t / 2, 1 - t / 2, HALF, HALF, t**2, 1 - t**2]
    q = se.recognition_model(model.space, table, [t], [t > 0, t < 1])
    point, step = sympy.Rational(1, 3), sympy.Rational(1, 10**20)

    def elbo(value):
        return sympy.N(se.recognition_gradients(model, q, HALVES_AND_THIRDS, {t: value}).elbo, 80)

    derivative = (elbo(point + step) - elbo(point - step)) / (2 * step)
    metric = sum(
        sympy.Rational(1, 4) * sympy.diff(c, t).subs(t, point) ** 2 / c.subs(t, point)
        for c in map(sympy.sympify, table)
        if c.free_symbols
    )
    found = se.recognition_gradients(model, q, HALVES_AND_THIRDS, {t: point})
    assert abs(sympy.N(found.phi[0], 60) * metric - derivative) < sympy.Float(10) ** -35


def test_sleep_with_a_free_family_moves_towards_the_posterior():
    """With free tables the natural gradient of -D(p_theta || p_V q_phi) is p(h|v) - q(h|v)."""
    model = collider()
    q = se.free_recognition(model.space)
    at, phi = random_points(model, 1, seed=5)[0], at_random(q, 4)
    found = se.recognition_gradients(model, q, at, phi)
    posterior = se.conditionals(model, at)
    assert list(found.sleep) == [posterior[2 * k] - phi[p] for k, p in enumerate(q.parameters)]
    assert sympy.N(found.sleep_ascent) > 0


@pytest.mark.parametrize("family", [se.mean_field, se.free_recognition])
def test_on_a_cylindrical_model_no_recognition_model_is_seen(family):
    model = se.model_a()
    found = se.recognition_dependence(model, family(model.space), {"x": "1/3", "y": "1/4", "z": "1/5"})
    assert not found.depends
    assert found.seen == found.oblique == 0
    assert "cylindrical" in found.words


def test_on_the_locus_of_a_collider_nothing_is_seen_and_off_it_something_is():
    model = collider()
    q = se.free_recognition(model.space)
    locus = se.cylindrical_locus(model)
    assert not se.recognition_dependence(model, q, locus.components[0].at()).depends
    off = se.recognition_dependence(model, q, locus.fails)
    assert off.depends
    assert off.seen == off.oblique == 1


def test_a_free_family_sees_all_oblique_directions():
    model = se.naive_bayes(3)
    at = {p: sympy.Rational(k + 2, k + 5) for k, p in enumerate(model.parameters)}
    found = se.recognition_dependence(model, se.free_recognition(model.space), at)
    assert found.seen == found.oblique == 4
    assert found.reach == found.vertical == 8
    assert found.words.startswith("rich enough")


def test_a_poor_family_sees_less_and_a_constant_one_nothing():
    model, f = se.naive_bayes(3), sympy.Symbol("f")
    at = {p: sympy.Rational(k + 2, k + 5) for k, p in enumerate(model.parameters)}
    poor = se.recognition_model(model.space, [f, 1 - f] * 8, [f], [f > 0, f < 1])
    found = se.recognition_dependence(model, poor, at)
    assert (found.seen, found.reach) == (1, 1)
    constant = se.recognition_model(model.space, [HALF] * 16, [])
    blind = se.recognition_dependence(model, constant, at)
    assert not blind.depends
    assert "too poor" in blind.words


def test_dependence_agrees_with_two_gradients_at_different_phi():
    model = se.model_b()
    q = se.free_recognition(model.space)
    one, two = (se.recognition_gradients(model, q, HALVES_AND_THIRDS, at_random(q, s)).projected for s in (1, 2))
    assert se.recognition_dependence(model, q, HALVES_AND_THIRDS).depends == (one != two)
    restricted = se.model_b().on({"y1": "y2"})
    at = {"x": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/4"}
    one, two = (se.recognition_gradients(restricted, q, at, at_random(q, s)).projected for s in (1, 2))
    assert one == two
    assert not se.recognition_dependence(restricted, q, at).depends


def test_an_exponential_recognition_model_has_exact_points():
    a, b = sympy.symbols("a b")
    space = se.model_b().space
    one = [sympy.exp(a + k * b) / (1 + sympy.exp(a + k * b)) for k in range(4)]
    q = se.recognition_model(space, [e for s in one for e in (s, 1 - s)], [a, b])
    found = se.recognition_gradients(se.model_b(), q, HALVES_AND_THIRDS, {a: sympy.log(2), b: sympy.log(3)})
    assert sympy.N(found.gap) > 0
    assert se.recognition_dependence(se.model_b(), q, HALVES_AND_THIRDS).depends


def test_conditionals_that_do_not_sum_to_one_are_refused():
    f = sympy.Symbol("f")
    with pytest.raises(se.ModelError, match="does not sum to 1"):
        se.recognition_model(se.model_b().space, [f, f] * 4, [f])
    with pytest.raises(se.ModelError, match="different states"):
        se.recognition_dependence(se.model_b(), se.mean_field(se.naive_bayes(3).space), HALVES_AND_THIRDS)


# ---- EM ---------------------------------------------------------------------------------------------------


def test_for_an_exponential_family_the_em_step_is_the_natural_gradient_step_in_expectation_parameters():
    model = se.restricted_boltzmann_machine(2, 1)
    at = random_points(model, 1, seed=6)[0]
    step = se.em_step(model, ["1/10", "2/10", "3/10", "4/10"], at)
    assert step.coordinates == "expectation parameters"
    assert step.em == step.natural
    assert step.em != step.start


def test_for_a_network_em_is_the_natural_gradient_step_row_by_row_up_to_the_ratio_of_the_parents_weights():
    step = se.em_step(se.model_b(), ["1/2", "1/4", "1/8", "1/8"], HALVES_AND_THIRDS)
    assert step.natural - step.start == step.weights.multiply_elementwise(step.em - step.start)
    assert step.em != step.natural
    posterior, data = se.conditionals(se.model_b(), HALVES_AND_THIRDS), [HALF, HALF / 2, HALF / 4, HALF / 4]
    assert step.em[0] == sum(d * posterior[2 * k] for k, d in enumerate(data))


def test_em_never_lowers_the_evidence():
    data = [sympy.Rational(k, 10) for k in (1, 2, 3, 4)]
    model = se.model_b()
    step = se.em_step(model, data, HALVES_AND_THIRDS)
    after = dict(zip(model.parameters, step.em, strict=True))

    def evidence(at):
        return sympy.N(sum(d * sympy.log(p) for d, p in zip(data, se.marginals(model, at), strict=True)), 40)

    assert evidence(after) > evidence(HALVES_AND_THIRDS)


def test_the_derivative_of_em_at_a_fixed_point_is_one_minus_the_relative_visible_information():
    """At p_V = p* the point is fixed; EM is differentiated numerically there, at exact rational arguments."""
    model = se.model_b()
    data = list(se.marginals(model, HALVES_AND_THIRDS))
    step = se.em_step(model, data, HALVES_AND_THIRDS)
    assert step.em == step.start
    h = sympy.Rational(1, 10**12)
    for i, p in enumerate(model.parameters):
        sides = [
            se.em_step(model, data, {**HALVES_AND_THIRDS, str(p): sympy.Rational(HALVES_AND_THIRDS[str(p)]) + s * h}).em
            for s in (1, -1)
        ]
        slope = (sides[0] - sides[1]) / (2 * h)
        assert all(abs(a - b) < sympy.Rational(1, 10**15) for a, b in zip(slope, step.rate[:, i], strict=True))


def test_a_model_without_a_closed_m_step_is_refused():
    with pytest.raises(se.ModelError, match="closed form"):
        se.em_step(se.model_b().on({"y1": "y2**2"}), ["1/4"] * 4, {"x": HALF, "y2": HALF, "z1": HALF, "z2": HALF})


def test_where_tables_share_a_parameter_the_m_step_pools_their_counts():
    model, at = se.model_b().on({"y1": "1 - y2"}), {"x": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}
    data = [sympy.Rational(k, 10) for k in (1, 2, 3, 4)]
    step = se.em_step(model, data, at)
    lifted = se.horizontal_lift(model, at) * sympy.Matrix(data)
    expected = sympy.Add(*(w * sympy.log(p) for w, p in zip(lifted, model.table.values(), strict=True)))
    maximum = dict(zip(model.parameters, step.em, strict=True))
    assert all(sympy.diff(expected, p).subs(maximum) == 0 for p in model.parameters)
    assert step.natural - step.start == step.weights.multiply_elementwise(step.em - step.start)
