"""Exact points: rational ones, logarithms, and numbers in Q(exp(1/N)) for mixed models; the dual view."""

import itertools
from fractions import Fraction

import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import symelbo as se
from symelbo.exact import Field, is_positive

x, y, a = sympy.symbols("x y a")
SPACE = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
TABLE = [x * sympy.exp(x), 1, sympy.exp(y) * x, sympy.exp(x / 3)]


def mixed():
    return se.Parametrization(SPACE, TABLE, [x, y], [x > 0], weights=True)


def test_a_field_is_free_exactly_if_no_parameter_is_both_inside_and_outside_of_exponentials():
    assert Field.containing([sympy.exp(x + y), sympy.exp(x)], [x, y]).is_free
    assert Field.containing([sympy.exp(x), y], [x, y]).is_free
    assert not Field.containing([sympy.exp(x), x], [x]).is_free
    assert not Field.containing([sympy.exp(x), sympy.exp(x + 1)], [x]).is_free
    assert not Field.containing([sympy.E * x], [x]).is_free


def test_shared_factors_of_exponents_are_handled_exactly():
    K = Field.containing([sympy.exp(a / 2), sympy.exp(2 * a), sympy.exp(a + x)], [a, x])
    half = K.from_sympy(sympy.exp(a / 2))
    assert half**4 == K.from_sympy(sympy.exp(2 * a))
    assert K.from_sympy(sympy.exp(a + x)) * K.from_sympy(sympy.exp(-a)) ** 1 == K.from_sympy(sympy.exp(x))
    assert half.derivative(0) == half * K.constant(Fraction(1, 2))


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=5), st.integers(1, 4))
def test_signs_are_those_of_the_decimal_values(coefficients, n):
    t = sympy.exp(sympy.Rational(1, n))
    K = Field((), [t])
    element = K.sum(K.constant(c) * K.generator(0) ** k for k, c in enumerate(coefficients))
    with mpmath.workdps(50):
        value = mpmath.fsum(c * mpmath.exp(mpmath.mpf(k) / n) for k, c in enumerate(coefficients))
    assert element.sign() == (0 if not any(coefficients) else 1 if value > 0 else -1)


def test_a_close_inequality_is_certified_with_more_digits():
    # 325368125/119696244 is a convergent of e: the difference is about 1e-17.
    E = Field((), [sympy.E])
    convergent = sympy.Rational(325368125, 119696244)
    assert E.from_sympy(sympy.E - convergent).sign() == -E.from_sympy(convergent - sympy.E).sign() != 0
    assert not is_positive(E.zero)


def test_at_rational_parameters_of_a_mixed_model_everything_is_exact():
    M = mixed()
    at = {"x": "1/2", "y": "2/3"}
    point = M.point(at)
    assert repr(point.numbers) == "Q(exp(1/6))"
    assert point.substitution() == {x: sympy.Rational(1, 2), y: sympy.Rational(2, 3)}
    values = {x: sympy.Rational(1, 2), y: sympy.Rational(2, 3)}
    exact = se.fisher_metric(M, at)
    symbolic = se.fisher_metric(M).subs(values)
    for i, j in itertools.product(range(2), repeat=2):
        assert abs(sympy.N(exact[i, j] - symbolic[i, j], 60)) < sympy.Float("1e-50")


def test_a_logarithm_in_a_mixed_model_is_a_point_too():
    M = mixed()
    point = M.point({x: 1, y: sympy.log(2) + sympy.Rational(1, 3)})
    assert point.as_dict()[sympy.exp(y)] == 2 * sympy.exp(sympy.Rational(1, 3))
    assert point.substitution()[y] == sympy.log(2) + sympy.Rational(1, 3)


def test_ranks_at_a_point_are_not_those_of_independent_generators():
    # At x = 0 the weights do not depend on y, whatever is true generically.
    table = [sympy.exp(x), 1 + x * y, 1, 1]
    M = se.Parametrization(SPACE, table, [x, y], weights=True)
    assert se.ranks(M).joint == 2
    assert se.ranks(M, {"x": 0, "y": 1}).joint == 1
    assert se.ranks(M, {"x": 1, "y": 1}).joint == 2


def test_a_mixed_model_is_decided():
    verdict = se.is_cylindrical(mixed())
    assert isinstance(verdict, se.Refuted)
    independent = se.Parametrization(SPACE, [x * sympy.exp(a), x, sympy.exp(a), 1], [x, a], [x > 0], weights=True)
    assert isinstance(se.is_cylindrical(independent), se.Proved)


def test_the_domain_of_a_mixed_model_is_certified():
    M = se.Parametrization(SPACE, [sympy.exp(x) - x, 1, 1, x], [x], [x > 0, sympy.exp(x) < 3], weights=True)
    assert M.point({"x": 1}).values[1] == M.point({"x": 1}).numbers.from_sympy(sympy.E)
    with pytest.raises(se.DomainError, match="violates"):
        M.point({"x": "11/10"})


@pytest.mark.parametrize(
    ("at", "error", "message"),
    [
        ({"x": 1, sympy.exp(y): 2}, se.DomainError, "inside and outside"),
        ({"x": 1}, se.DomainError, "no value for exp\\(y\\)"),
        ({"x": 1, "y": 0.5}, se.ExactnessError, "Rational\\(1, 2\\)"),
        ({"x": 1, "y": sympy.sqrt(2)}, se.ExactnessError, "no rational combination"),
        ({"x": 1, "y": sympy.log(2) / 2}, se.ExactnessError, "no rational combination"),
        ({"x": 1, "z": 2}, se.DomainError, "no parameter"),
        ({"x": -1, "y": 0}, se.DomainError, "outside the domain"),
    ],
)
def test_a_wrong_point_is_named(at, error, message):
    with pytest.raises(error, match=message):
        mixed().point(at)


def test_contradicting_values_are_refused():
    M = se.boltzmann_machine([("v", "h")], hidden=["h"])
    at = {"b_v": "log(2)", "b_h": 0, "w_v_h": "log(3)", sympy.exp(sympy.Symbol("b_v")): 3}
    with pytest.raises(se.DomainError, match="its parameters give 2"):
        M.point(at)


FAMILIES = [
    se.log_linear([["x", "y"]], states={"x": 3, "y": 2}, hidden=["x"]),
    se.boltzmann_machine([("a", "b"), ("b", "c")], hidden=["b"], values=(-1, 1)),
    se.ExponentialFamily(SPACE, [[1, 2, 3, 5], [2, 4, 6, 10]], [1, 2, 3, 4]),
    se.ExponentialFamily(SPACE, [[Fraction(1, 2), 0, 3, 1], [0, 0, 1, 1]]),
]


@pytest.mark.parametrize("M", FAMILIES, ids=repr)
def test_the_dual_view_holds_as_identities(M):
    assert all(se.dual_view(M).identities().values())


@pytest.mark.parametrize("M", FAMILIES, ids=repr)
def test_the_gradient_in_expectation_parameters_is_that_of_the_general_formula(M):
    at = {p: sympy.log(sympy.Rational(k + 2, 3) ** 2) for k, p in enumerate(M.parameters)}
    n = M.space.n_states
    q = [sympy.Rational(2 * (k + 1), n * (n + 1)) for k in range(n)]
    dual = se.dual_view(M, at)
    gradient = se.natural_gradient(se.divergence(q), M, at=at)
    statistics = se.sufficient_statistics(M)
    assert statistics * gradient.tangent == dual.gradient(q)
    assert statistics * se.jacobian(M, at) == dual.covariance == se.fisher_metric(M, at)
    assert dual.expectation_of(q) == statistics * sympy.Matrix(q)


def test_a_model_without_natural_parameters_has_no_dual_view():
    with pytest.raises(se.ModelError, match="natural parameters"):
        se.dual_view(se.model_b())
    with pytest.raises(se.DomainError, match="sum 1"):
        se.dual_view(FAMILIES[2]).gradient([1, 1, 1, 1])


def test_a_point_is_written_in_the_parameters_and_can_be_given_so_again():
    model = se.restricted_boltzmann_machine(2, 1)
    point = model.point({"exp(b_v1)": "1/2", "b_v2": "log(3)", "b_h1": "-log(2)", "w_v1_h1": 0, "exp(w_v2_h1)": 1})
    assert str(point) == "b_v1 = -log(2), b_v2 = log(3), b_h1 = -log(2), w_v1_h1 = 0, w_v2_h1 = 0"
    assert model.point(dict(part.split(" = ") for part in str(point).split(", "))) == point
    other = model.point({"exp(b_v1)": "4/3", "b_v2": 0, "b_h1": 0, "w_v1_h1": 0, "w_v2_h1": 0})
    assert str(other).startswith("b_v1 = log(4/3), ")
