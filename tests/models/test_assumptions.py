"""Sympy's assumptions on parameters are part of the domain."""

import pytest
import sympy

import symelbo as se

PAIR = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})


def independent(a, b, domain=None):
    return se.Parametrization(PAIR, [a * b, a * (1 - b), (1 - a) * b, (1 - a) * (1 - b)], [a, b], domain)


def test_a_bound_that_sympy_evaluates_to_true_is_kept():
    a, b = sympy.symbols("a b", positive=True)
    declared = independent(a, b, [a > 0, a < 1, b > 0, b < 1])
    assert sorted(c.text for c in declared.domain.constraints) == ["a < 1", "a > 0", "b < 1", "b > 0"]
    plain = independent(*sympy.symbols("a b"))
    verdicts = [[(v.statement.id, type(v), v.scope) for v in se.verify(m).verdicts] for m in (declared, plain)]
    assert verdicts[0] == verdicts[1]


@pytest.mark.parametrize("assumption", ["positive", "nonnegative"])
def test_weak_and_strict_signs_are_the_same_open_domain(assumption):
    a, b = sympy.symbols("a b", **{assumption: True})
    assert not independent(a, b, [a < 1, b < 1]).domain.contains((-1, -1))


def test_a_sign_of_a_parameter_in_exponents_bounds_the_exponential():
    a = sympy.Symbol("a", positive=True)
    model = se.Parametrization(PAIR, [sympy.exp(a), 1, 1, 1], [a], weights=True)
    with pytest.raises(se.DomainError, match="a > 0"):
        model.point({sympy.exp(a): "1/2"})
    assert str(model.point({sympy.exp(a): 2})) == "a = log(2)"


@pytest.mark.parametrize(
    ("symbols", "domain", "says"),
    [
        (sympy.symbols("a b", negative=True), None, "positive"),
        (sympy.symbols("a b", integer=True), None, "a is declared integer"),
        (sympy.symbols("a b", imaginary=True), None, "a is declared imaginary"),
        ((sympy.Symbol("a"), sympy.Symbol("a", positive=True)), None, "two symbols named a"),
        (sympy.symbols("a b"), "1", r"the probability of \(0, 1\) is -2 at a = -1, b = -1"),
    ],
)
def test_what_no_probability_can_be_is_refused(symbols, domain, says):
    bounds = None if domain is None else [s < 1 for s in symbols]
    with pytest.raises(se.ModelError, match=says):
        independent(*symbols, bounds)
