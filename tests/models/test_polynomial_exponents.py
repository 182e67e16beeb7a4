"""Exponents may be polynomials in parameters: products of rates and times, free locations of logistic curves."""

from fractions import Fraction
from functools import cache

import mpmath
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symelbo as se
from symelbo import checker
from symelbo.exact import Field

a, b, x = sympy.symbols("a b x")
NUMBERS = st.fractions(min_value=-2, max_value=2, max_denominator=3)
PAIR = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})


@st.composite
def exponents(draw):
    terms = draw(st.lists(st.tuples(NUMBERS, st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=3))
    return sympy.Add(*(sympy.Rational(c) * a**i * b**j for c, i, j in terms))


@settings(max_examples=15, deadline=None)
@given(st.lists(exponents(), min_size=1, max_size=3), st.tuples(NUMBERS, NUMBERS))
def test_values_and_derivatives_agree_with_fifty_digits(forms, at):
    expression = sum((k + 2) * sympy.exp(f) for k, f in enumerate(forms)) / (1 + sympy.exp(forms[0]))
    field = Field.containing([expression, a, b], [a, b])
    element = field.from_sympy(expression)
    values = field.values_at([sympy_number(v) for v in at])
    with mpmath.workdps(50):
        point = {a: sympy.Rational(at[0]), b: sympy.Rational(at[1])}
        partial = (expression.diff(s) for s in (a, b))
        for exact, own in ((expression, element), *zip(partial, element.gradient(), strict=True)):
            found = own.evaluate(values)
            shown = found.field.to_sympy(found) if hasattr(found, "field") else sympy.Rational(str(found))
            assert abs(sympy.N(exact.subs(point) - shown, 40)) < sympy.Float("1e-30")


def sympy_number(value):
    return Field([a]).constant(Fraction(value)).rational_value()


@settings(max_examples=15, deadline=None)
@given(st.lists(exponents(), min_size=2, max_size=2))
def test_the_zero_test_is_exact(forms):
    f, g = forms
    e = sympy.exp
    field = Field.containing([e(f), e(g)], [a, b])
    assert not field.from_sympy((e(f) + e(g)) ** 2 - e(2 * f) - e(2 * g) - 2 * e(f + g))
    assert bool(field.from_sympy(e(f) - e(g))) == bool(sympy.expand(f - g))


def test_generators_are_those_that_derivatives_need():
    q = se.known("q")
    assert Field.containing([sympy.exp(a * b)], [a, b]).generators == (a, b, sympy.exp(a * b))
    assert Field.containing([sympy.exp(q * a)], [a]).generators == (q, sympy.exp(a * q))
    assert Field.containing([sympy.exp(a + b)], [a, b]).generators == (sympy.exp(a + b),)


@pytest.mark.parametrize(
    "function",
    [sympy.tanh, sympy.sinh, sympy.cosh, sympy.coth, sympy.sech, sympy.csch, lambda f: sympy.sqrt(sympy.exp(f))],
)
def test_what_is_rational_in_exponentials_is_read(function):
    field = Field.containing([function(a * b)], [a, b])
    difference = field.to_sympy(field.from_sympy(function(a * b))) - function(a * b)
    assert abs(sympy.N(difference.subs({a: sympy.Rational(1, 3), b: 2}), 40)) < sympy.Float("1e-30")


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        (sympy.erf(a), ["erf", "probit", "logistic"]),
        (2 ** (-a), ["log(2)", "exp"]),
        (sympy.exp(a / b), ["polynomial"]),
        (sympy.exp(sympy.sqrt(2) * a), ["polynomial"]),
        (sympy.exp((a + b) ** 40), ["(a + b)**40", "16"]),
        (sympy.tan(a), ["tan", "tanh"]),
    ],
    ids=str,
)
def test_what_stays_outside_is_refused_by_name_with_what_is_accepted(expression, says):
    with pytest.raises(se.ExactnessError) as caught:
        se.Parametrization(PAIR, [expression, 1, a, b], [a, b], weights=True)
    assert all(s in str(caught.value) for s in says)
    assert "probability of (0, 0)" in str(caught.value)


@cache
def kimura():
    """A claw of three leaves under Kimura's two-parameter model: rate of transitions kappa, lengths t."""
    kappa, *lengths = sympy.symbols("kappa t1:4")
    space = se.SampleSpace(visible={"l1": 4, "l2": 4, "l3": 4}, hidden={"r": 4})

    def step(t, i, j):
        slow, fast = sympy.exp(-4 * t), sympy.exp(-2 * (kappa + 1) * t)
        return (1 - slow) / 4 if (i - j) % 2 else (1 + slow + (2 if i == j else -2) * fast) / 4

    table = {
        s: sympy.prod(step(t, int(leaf), int(s[3])) for t, leaf in zip(lengths, s, strict=False)) / 4
        for s in space.states
    }
    return se.Parametrization(space, table, [kappa, *lengths], [p > 0 for p in (kappa, *lengths)])


@cache
def located():
    """Three items of two parameters each, on two classes of ability."""
    slopes, places, w = sympy.symbols("a1:4"), sympy.symbols("b1:4"), sympy.Symbol("w")
    space = se.SampleSpace(visible={f"x{i}": 2 for i in range(3)}, hidden={"z": ["-1", "1"]})

    def item(i, answer, z):
        e = sympy.exp(slopes[i] * (int(z) - places[i]))
        return (e if answer == "1" else 1) / (1 + e)

    table = {
        s: (w if s[3] == "1" else 1 - w) * sympy.prod(item(i, str(s[i]), s[3]) for i in range(3)) for s in space.states
    }
    return se.Parametrization(space, table, [w, *slopes, *places], [w > 0, w < 1])


@pytest.mark.parametrize(("built", "ranks"), [(kimura, (4, 4, 4)), (located, (7, 7, 4))])
def test_rates_times_lengths_and_free_locations_are_decided(built, ranks):
    model = built()
    assert tuple(se.ranks(model)) == ranks
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Refuted)
    result = checker.check(verdict.certificate.to_json())
    assert result.accepted, result


def test_a_fixed_factor_of_an_exponent_gives_the_linear_model():
    for value in ("1/2", "2", "3"):
        fixed = kimura().fix({"kappa": value})
        assert fixed.field.generators != kimura().field.generators
        assert tuple(se.ranks(fixed)) == (3, 3, 3)


def test_a_proof_with_polynomial_exponents_is_accepted():
    """Independent variables, one of them with p = 1/(1 + exp(a b)): horizontal and vertical directions span."""
    e = sympy.exp(a * b)
    model = se.Parametrization(PAIR, [x * e, (1 - x) * e, x, 1 - x], [x, a, b], [x > 0, x < 1], weights=True)
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Proved)
    assert checker.check(verdict.certificate.to_json()).accepted
    tied = se.Parametrization(PAIR, [x * e, (1 - x), x, 1 - x], [x, a, b], [x > 0, x < 1], weights=True)
    assert isinstance(se.is_cylindrical(tied), se.Refuted)


@pytest.mark.parametrize("inequality", [a > 0, sympy.exp(a) > 1, sympy.exp(a / 2) > 1, 3 * sympy.exp(a) > 3])
def test_comparisons_of_exponents_are_accepted_in_domains(inequality):
    t = sympy.exp(-4 * a / 3)
    model = se.Parametrization(PAIR, [1 - t, 1 + t, 2, 1 + 3 * t], [a], [inequality], weights=True)
    assert model.domain.contains([2])
    assert not model.domain.contains([1])
    assert str(model.point({sympy.exp(4 * a / 3): 2})) == "a = 3*log(2)/4"


def test_other_inequalities_on_what_occurs_in_exponents_say_what_is_accepted():
    t = sympy.exp(-4 * a / 3)
    table = [1 - t, 1 + t, 2, 1 + 3 * t]
    with pytest.raises(se.ExactnessError, match=r"such as a > 0, and of exponentials, such as exp\(a\) > 2"):
        se.Parametrization(PAIR, table, [a], [a > 0, a**2 < 1], weights=True)
    with pytest.raises(se.ExactnessError, match=r"write a rational bound, such as exp\(a\) < 19/7"):
        se.Parametrization(PAIR, table, [a], [a > 0, a < 1], weights=True)
    assert se.Parametrization(PAIR, table, [a], [a > 0, sympy.exp(a) < sympy.Rational(19, 7)], weights=True).domain
