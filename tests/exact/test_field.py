"""The field Q(theta, t): conversions, normal forms, the exponential lattice, derivations, refusals."""

from dataclasses import replace
from fractions import Fraction

import flint
import mpmath
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import E, I, Rational, exp, log, oo, pi, sqrt

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import Field, as_rational, rational_to_sympy

x, y, z = sympy.symbols("x y z")
a, b = sympy.symbols("a b")
K = Field([x, y, z])
EXPRESSIONS = [
    sympy.Integer(0),
    Rational(-3, 7),
    x,
    (x**2 - y**2) / (x - y),
    1 / (1 - x) + 1 / x,
    (x + y) ** 4 - x * (1 - y) / (z + 2) ** 3,
    -x / (Rational(1, 3) - Rational(1, 6) * y),
    (x * y - 1) ** -2 / (z * (z - 1)),
]


def polynomials(symbols=(x, y, z), terms=4, degree=3):
    term = st.tuples(st.integers(-5, 5), st.integers(1, 4), st.tuples(*(st.integers(0, degree) for _ in symbols))).map(
        lambda t: Rational(t[0], t[1]) * sympy.Mul(*(s**k for s, k in zip(symbols, t[2], strict=True)))
    )
    return st.lists(term, min_size=0, max_size=terms).map(lambda ts: sympy.Add(*ts))


def fractions(**options):
    denominators = polynomials(**options).filter(lambda e: sympy.expand(e) != 0)
    return st.tuples(polynomials(**options), denominators).map(lambda pair: pair[0] / pair[1])


def same(left, right):
    """Equality decided by sympy's own polynomial arithmetic."""
    return sympy.cancel(left - right) == 0


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
@pytest.mark.parametrize("factored", [True, False])
def test_conversion_from_and_to_sympy_is_a_round_trip(expression, factored):
    element = K.from_sympy(expression)
    back = K.to_sympy(element, factored=factored)
    assert same(back, expression)
    assert K.from_sympy(back) == element


@given(fractions(), fractions())
def test_arithmetic_agrees_with_sympy_s_fraction_field(f, g):
    p, q = K.from_sympy(f), K.from_sympy(g)
    reference = sympy.QQ.frac_field(x, y, z)
    rf, rg = reference.from_sympy(sympy.together(f)), reference.from_sympy(sympy.together(g))
    for ours, theirs in ((p + q, rf + rg), (p - q, rf - rg), (p * q, rf * rg)):
        assert ours == K.from_sympy(reference.to_sympy(theirs))
    if q:
        assert p / q == K.from_sympy(reference.to_sympy(rf / rg))


@given(fractions(), polynomials())
def test_equal_elements_have_the_same_normal_form(f, g):
    p, q = K.from_sympy(f), K.from_sympy(g)
    if q:
        other = (p * q) / q
        assert (other.num, other.den) == (p.num, p.den)
    assert not (p - p)
    assert str(p.num.gcd(p.den)) == "1" or not p


@given(fractions())
def test_a_denominator_is_primitive_over_the_integers_with_positive_leading_coefficient(f):
    den = K.from_sympy(f).den
    coefficients = list(den.coeffs())
    assert all(c.q == 1 for c in coefficients)
    content = flint.fmpz(0)
    for c in coefficients:
        content = content.gcd(c.p)
    assert content == 1
    assert den.leading_coefficient() > 0


def test_the_zero_test_sees_through_any_form_of_zero():
    zero = (x + y) ** 3 - x**3 - 3 * x**2 * y - 3 * x * y**2 - y**3
    assert not K.from_sympy(zero)
    assert K.from_sympy(zero + x)
    assert K.from_sympy(x / (x + y) + y / (x + y)) == 1


def test_a_sum_of_terms_equals_their_repeated_addition_and_an_empty_sum_is_zero():
    elements = [K.from_sympy(e) for e in EXPRESSIONS]
    total = K.zero
    for e in elements:
        total = total + e
    assert K.sum(elements) == total
    assert K.sum([]) == K.zero


@given(fractions(terms=3, degree=2), st.sampled_from([0, 1, 2]))
def test_the_derivative_is_that_of_sympy(f, i):
    ours = K.from_sympy(f).derivative(i)
    assert ours == K.from_sympy(sympy.diff(f, (x, y, z)[i]))


@pytest.mark.parametrize(
    "expression",
    [exp(a) * a, exp(a + b) / (1 + exp(a)), a * exp(2 * a) + b * exp(-b / 3), (1 + exp(a / 2)) ** 3, exp(a + 1)],
    ids=str,
)
def test_the_derivative_of_exponentials_is_that_of_sympy(expression):
    L = Field.containing([expression, exp(a / 6), exp(b / 6), a, b], [a, b])
    for i, s in enumerate((a, b)):
        assert L.from_sympy(expression).derivative(i) == L.from_sympy(sympy.diff(expression, s))


def test_exponents_are_brought_to_a_basis_of_their_lattice():
    half_and_whole = Field.containing([exp(a / 2), exp(a + b), exp(2 * a), exp(sympy.Integer(1))], [a, b])
    assert half_and_whole.generators == (exp(a / 2), exp(b), E)
    u = half_and_whole.from_sympy(exp(a / 2))
    assert half_and_whole.from_sympy(exp(2 * a)) == u**4
    assert half_and_whole.from_sympy(exp(a) * exp(b)) == half_and_whole.from_sympy(exp(a + b))
    assert half_and_whole.from_sympy(exp(-a / 2)) * u == half_and_whole.one
    assert half_and_whole.from_sympy(exp(0)) == half_and_whole.one


def test_a_parameter_only_inside_exponentials_is_no_generator_one_outside_is():
    assert Field.containing([exp(a) + 1], [a]).generators == (exp(a),)
    assert Field.containing([a * exp(a)], [a]).generators == (a, exp(a))
    assert Field.containing([exp(a)], [a, b]).generators == (b, exp(a))


def test_exponentials_with_independent_exponents_are_never_identified():
    L = Field.containing([exp(a), exp(b), exp(a * 2), E], [a, b])
    assert L.from_sympy(exp(a)) != L.from_sympy(exp(b))
    assert L.from_sympy(exp(a) * E) != L.from_sympy(exp(a))
    assert L.from_sympy(exp(a) ** 2) == L.from_sympy(exp(2 * a))


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        (sympy.Float("0.25"), ["0.25", "Rational(1, 4)"]),
        (x * 0.1, ["0.1", "Rational(1, 10)"]),
        (sqrt(x), ["sqrt(x)", "integer"]),
        (sqrt(2) * x, ["sqrt(2)", "rational"]),
        (pi * x, ["pi"]),
        (I * x, ["I"]),
        (sympy.sin(x), ["sin", "accepted"]),
        (log(x), ["log", "accepted"]),
        (2**x, ["2**x", "exp"]),
        (x**y, ["x**y", "base"]),
        (exp(1 / x), ["1/x", "polynomial"]),
        (exp(x**2), ["x**2", "not in the field"]),
        (sympy.erf(x), ["erf", "probit", "logistic"]),
        (exp(pi * x), ["pi"]),
        (a, ["a", "x, y, z"]),
        (oo, ["oo", "not a number"]),
        (sympy.nan, ["nan", "not a number"]),
        (sympy.zoo, ["zoo", "not a number"]),
    ],
    ids=str,
)
def test_what_is_inexact_or_outside_the_field_is_refused_with_its_name(expression, says):
    with pytest.raises(ExactnessError) as caught:
        K.from_sympy(expression, "entry (1, 2)")
    message = str(caught.value)
    assert "entry (1, 2)" in message
    assert all(s in message for s in says)


@pytest.mark.parametrize("domain", [sympy.EX, sympy.RR, sympy.CC])
def test_elements_of_inexact_sympy_domains_are_refused(domain):
    value = domain.from_sympy(sqrt(x)) if domain is sympy.EX else domain.convert(0.5)
    with pytest.raises(ExactnessError):
        K.from_sympy(value)


def test_division_by_zero_in_an_expression_is_an_error_that_says_so():
    with pytest.raises(ExactnessError, match="divides by zero"):
        K.from_sympy(sympy.Pow(x * (y + 1) - x * y - x, -1, evaluate=False))
    with pytest.raises(ZeroDivisionError):
        K.one / K.zero


@pytest.mark.parametrize(
    ("value", "expected"),
    [(3, "3"), (Fraction(2, 6), "1/3"), (Rational(-1, 2), "-1/2"), ("4/6", "2/3"), (sympy.Integer(5), "5")],
)
def test_exact_numbers_of_every_kind_are_accepted(value, expected):
    assert str(as_rational(value)) == expected
    assert str(rational_to_sympy(as_rational(value))) == expected


@pytest.mark.parametrize("value", [0.5, float("nan"), float("inf"), True, "x", "1/0", "", None, sqrt(2), x, 1j])
def test_what_is_no_rational_number_is_refused_with_its_place(value):
    with pytest.raises(ExactnessError, match="value of x"):
        as_rational(value, "value of x")


@given(fractions(), st.tuples(*(st.fractions(min_value=-9, max_value=9, max_denominator=9) for _ in range(3))))
def test_evaluation_agrees_with_substitution_in_sympy_and_with_fifty_digits(f, point):
    element = K.from_sympy(f)
    values = [as_rational(v) for v in point]
    at = {s: Rational(v.numerator, v.denominator) for s, v in zip((x, y, z), point, strict=True)}
    reduced = sympy.cancel(f)
    if sympy.denom(reduced).subs(at) == 0:
        with pytest.raises(DomainError, match="vanishes"):
            element.evaluate(values)
        return
    exact = rational_to_sympy(element.evaluate(values))
    assert exact == reduced.subs(at)
    with mpmath.workdps(50):
        numeric = sympy.lambdify((x, y, z), reduced, "mpmath")(*(mpmath.mpf(v.p) / v.q for v in at.values()))
        assert mpmath.almosteq(numeric, mpmath.mpf(exact.p) / exact.q, rel_eps=mpmath.mpf(10) ** -40)


def test_factors_multiply_to_the_element_and_are_irreducible():
    element = K.from_sympy(6 * (x**2 - y**2) ** 2 / (5 * z * (1 - x)))
    unit, factors = element.factors()
    product = K.constant(unit)
    for f, e in factors:
        product = product * f**e
        assert len(sympy.factor_list(K.to_sympy(f))[1]) == 1
    assert product == element


def test_equal_fields_are_equal_and_different_ones_are_not():
    assert Field([x, y]) == Field([x, y])
    assert hash(Field([x, y])) == hash(Field([x, y]))
    assert Field([x, y]) != Field([y, x])
    assert Field.containing([exp(a)], [a]) != Field([a])


def test_printing_is_factored_with_stable_signs():
    assert str(K.to_sympy(K.from_sympy(x - x**2))) == "x*(1 - x)"
    assert str(K.to_sympy(K.from_sympy(1 / (y**2 - y)))) == "-1/(y*(1 - y))"


def test_long_arithmetic_in_another_process_gives_the_same(monkeypatch):
    def computed():
        first, second = (K.from_sympy(e) for e in ((x + y + 1) ** 3 / (x - y), (x**2 - y**2) * (x + 2)))
        return [first * second, first + second, second**4 * first, *(f for f, _ in (first * second).factors()[1])]

    here = computed()
    few = replace(LIMITS, uninterrupted_work=2, uninterrupted_terms=1)
    monkeypatch.setattr("symelbo.exact.polynomials.LIMITS", few)
    assert computed() == here
