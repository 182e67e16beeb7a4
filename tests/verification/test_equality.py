"""check_equal: exact comparison of formulas, with a point and both values where they differ."""

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Matrix, Rational, exp, log, symbols

import symelbo as se

a, b = symbols("a b")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((a**2 - b**2) / (a - b), a + b),
        (exp(a) * exp(b), exp(a + b)),
        (exp(2 * a) - 1, (exp(a) - 1) * (exp(a) + 1)),
        (Matrix([[a, 1 / a]]), Matrix([[a**2 / a, a / a**2]])),
        (Rational(1, 3), Rational(2, 6)),
        (0, a - a),
    ],
)
def test_equal_formulas_are_proved_equal(left, right):
    assert isinstance(se.check_equal(left, right), se.Proved)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((a + b) ** 2, a**2 + b**2),
        (exp(a) + exp(b), exp(a + b)),
        (a * exp(a), a),
        (exp(a), exp(b)),
        (Matrix([[a, b], [b, a]]), Matrix([[a, b], [a, b]])),
        (1, 2),
        (a / (a + 1), a / (a + 2)),
    ],
)
def test_different_formulas_are_refuted_with_values_that_really_differ(left, right):
    verdict = se.check_equal(left, right)
    assert isinstance(verdict, se.Refuted)
    found = verdict.counterexample
    at = found.point.substitution()
    sides = [sympy.sympify(side if found.position is None else side[found.position]).subs(at) for side in (left, right)]
    assert [sympy.expand(s) for s in sides] == [sympy.expand(found.left), sympy.expand(found.right)]
    assert found.left != found.right


@given(st.lists(st.integers(-3, 3), min_size=4, max_size=4), st.lists(st.integers(-3, 3), min_size=4, max_size=4))
def test_polynomials_are_equal_exactly_when_their_coefficients_are(c, d):
    left, right = (sum(k * a**i for i, k in enumerate(e)) for e in (c, d))
    assert isinstance(se.check_equal(left, right), se.Proved if c == d else se.Refuted)


def test_the_position_of_the_first_different_entry_is_given():
    verdict = se.check_equal(Matrix([[1, a], [b, 0]]), Matrix([[1, a], [a, 0]]))
    assert verdict.counterexample.position == (1, 0)


def test_with_a_model_the_point_lies_in_its_domain():
    model = se.model_b()
    x = model.parameters[0]
    for left, right in ((x, x**2), (exp(x), 1 + x), (1 / x, x)):
        verdict = se.check_equal(left, right, model)
        assert isinstance(verdict, se.Refuted)
        value = verdict.counterexample.point.substitution()[x]
        assert 0 < value < 1


def test_a_formula_of_one_s_own_is_compared_with_the_engine_s():
    model = se.model_a()
    G = sympy.diag(*(1 / (t * (1 - t)) for t in model.parameters))
    assert isinstance(se.check_equal(se.fisher_metric(model), G, model), se.Proved)
    verdict = se.check_equal(se.fisher_metric(model), 2 * G, model)
    assert verdict.counterexample.right == 2 * verdict.counterexample.left


@pytest.mark.parametrize(
    ("left", "right", "says"),
    [
        (a * 0.5, a / 2, ["left side", "Rational(1, 2)"]),
        (a, 0.5, ["right side", "0.5"]),
        (Matrix([[a, b]]), Matrix([a, b]), ["1 x 2", "2 x 1"]),
        (Matrix([[a]]), a, ["1 x 1", "scalar"]),
        (sympy.sin(a), a, ["left side", "sin"]),
        (Matrix([[a, log(a)]]), Matrix([[a, a]]), ["left side", "(0, 1)", "log"]),
        (sympy.sqrt(2), 1, ["sqrt(2)"]),
        (1 / (a - a), 1, ["not a number"]),
        ("a", a, ["left side", "'a'"]),
        (None, a, ["left side", "None"]),
    ],
)
def test_what_cannot_be_compared_exactly_is_refused_and_named(left, right, says):
    with pytest.raises((se.ExactnessError, se.ModelError)) as caught:
        se.check_equal(left, right)
    assert all(s in str(caught.value) for s in says), caught.value


def test_with_a_model_foreign_symbols_are_refused():
    with pytest.raises(se.ExactnessError, match=r"symbol a .*x, y, z"):
        se.check_equal(a, a, se.model_a())


def test_an_identity_with_a_denominator_that_may_vanish_says_where_it_holds():
    M = se.model_b()
    x = M.parameters[0]
    assert "wherever both sides are defined" in repr(se.check_equal(1 / (2 * x - 1), 1 / (2 * x - 1), M))
    assert repr(se.check_equal(1 / x + 1 / (1 - x), 1 / (x * (1 - x)), M)) == "Proved at every admissible point"


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(se.ModelError, match="nothing to compare"):
        se.check_equal([], [])
    with pytest.raises(se.ModelError, match="rows of equal length"):
        se.check_equal([[1, 2], [3]], [[1], [2]])
    with pytest.raises(se.ModelError, match="not a model"):
        se.check_equal(1, 1, "model")
    with pytest.raises(se.ExactnessError, match="two symbols a"):
        se.check_equal(a, sympy.Symbol("a", positive=True))


def test_common_factors_are_cancelled_step_by_step_so_that_the_judge_multiplies_small_polynomials():
    c, d = (a + b + 1) ** 12, (a - b + 3) ** 12
    quotient = ((a**2 - b**2) * c * d + c * d**2) / (c * d) * (c + d) / (c**2 - d**2)
    verdict = se.check_equal(quotient, (a**2 - b**2 + d) / (c - d))
    assert isinstance(verdict, se.Proved)
    assert any(verdict.certificate.as_dict()["witness"]["steps"])
