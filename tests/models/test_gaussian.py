"""Gaussian models: their two forms, their domain, and what is refused."""

import pickle

import pytest
import sympy

import symelbo as se

s, w, a, b, c = sympy.symbols("s w a b c")
SIGNAL = [[s + w, s], [s, s]]


def signal(**options):
    return se.Gaussian(["v", "h"], None, SIGNAL, [s, w], hidden=["h"], **options)


def test_the_two_forms_of_a_network_are_inverse_to_each_other():
    edges = [("h", "a"), ("h", "b"), ("a", "c"), ("b", "c"), ("g", "h")]
    for M in (se.linear_gaussian(edges, hidden=["h", "g"]), se.factor_analysis(4, 2), se.linear_dynamical_system(3)):
        product = M.covariance @ M.precision
        assert product.to_sympy() == sympy.eye(len(M.variables))


def test_visible_variables_come_first_and_the_order_of_declaration_is_kept():
    M = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"])
    assert (M.order, M.variables, M.hide("a").variables) == (("h", "a", "b"), ("a", "b", "h"), ("h", "b", "a"))
    assert M.hide("a").hide("h").covariance == M.covariance


def test_the_domain_is_where_the_covariance_is_positive_definite():
    assert [str(c.element) for c in signal().domain.constraints] == ["s + w", "s*w"]
    with pytest.raises(se.DomainError, match=r"violates s\*w > 0"):
        signal().point({"s": 2, "w": -1})
    assert [str(c.element) for c in se.linear_dynamical_system(2).domain.constraints] == ["r", "s", "q"]


def test_parameters_are_fixed_and_tied():
    M = se.linear_dynamical_system(2).fix({"c": 1})
    assert M.parameters == sympy.symbols("a s q r")
    tied = se.factor_analysis(3).reparametrise({"w2": sympy.Symbol("w1"), "w3": sympy.Symbol("w1")})
    assert len(tied.parameters) == 7
    assert se.ranks(tied) == (7, 7, 5)  # PPCA
    assert str(signal().fix({"w": "1/2"}).covariance[0, 0]) == "s + 1/2"
    with pytest.raises(se.ModelError, match="z is no parameter; the parameters are s, w"):
        signal().fix({"z": 1})


def test_exponentials_are_elements_of_the_field():
    t = sympy.Symbol("t")
    M = se.Gaussian(
        ["v", "h"], None, [[sympy.exp(t) + w, sympy.exp(t)], [sympy.exp(t), sympy.exp(t)]], [t, w], hidden="h"
    )
    at = M.point({sympy.exp(t): 1, w: 1})
    assert se.defect(M, at)[1, 1] == 4
    assert se.ranks(M) == (2, 1, 2)


def test_a_model_survives_pickling():
    M = se.factor_analysis(3)
    se.fisher_metric(M)
    assert se.fisher_metric(pickle.loads(pickle.dumps(M))) == se.fisher_metric(M)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: se.Gaussian(["v", "h"], None, [[s, w], [s, w]], [s, w], hidden=["h"]), "not symmetric, w for"),
        (lambda: se.Gaussian(["v", "h"], None, [[-s, 0], [0, s]], [s], hidden=["h"]), "no rational parameters found"),
        (lambda: se.Gaussian(["v", "h"], None, [[-1, 0], [0, s]], [s], hidden=["h"]), "leading minor of size 1 is -1"),
        (lambda: signal(domain=[w < 0, s > 0]), "no rational parameters found in the domain"),
        (
            lambda: se.Gaussian(["v", "h"], None, [[s * a**2, s * a], [s * a, s]], [s, a], hidden=["h"]),
            "singular for all parameters, v, h are linearly dependent.*moves with the parameters; leave out a variable",
        ),
        (
            lambda: se.Gaussian(["v", "h"], None, [[s, 0.5], [0.5, s]], [s], hidden=["h"]),
            "covariance of v and h: 0.5 has a",
        ),
        (lambda: se.Gaussian(["v", "h"], [1.5, 0], SIGNAL, [s, w], hidden=["h"]), "mean of v: 1.5 has a floating"),
        (lambda: se.Gaussian(["v", "h"], [1], SIGNAL, [s, w], hidden=["h"]), "mean: 1 entries; expected one for each"),
        (lambda: se.Gaussian(["v", "h"], None, SIGNAL, [s], hidden=["h"]), "w"),
        (lambda: se.Gaussian(["v", "h"], None, SIGNAL, [s, w], hidden=[]), "nothing is hidden"),
        (lambda: se.Gaussian(["v", "h"], None, SIGNAL, [s, w], hidden=["x"]), "unknown variable x"),
        (lambda: se.Gaussian(["v", "h"], None, [[s]], [s], hidden=["h"]), "expected 2 rows of 2 entries"),
        (lambda: se.Gaussian(["v", "h"], None, parameters=[s], hidden=["h"]), "by its covariance or by its precision"),
        (lambda: se.linear_gaussian([("h", "v"), ("v", "h")], hidden=["h"]), "cycle"),
        (lambda: se.factor_analysis(0), "n = 0: expected an integer from 1"),
    ],
)
def test_what_is_no_gaussian_model_is_refused_and_named(build, message):
    with pytest.raises(se.SymelboError, match=message):
        build()
