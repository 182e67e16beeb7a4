"""Verdicts at points whose values are numbers such as exp(1/2): exact, though no certificate can name the point."""

import pytest
import sympy

import symelbo as se

a, b = sympy.symbols("a b")
HALF = sympy.Rational(1, 2)
SPACE = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})


def table(p, q, r):
    """A conditional table: p for v, q and r for h where v is 0 and 1."""
    return [p * q, p * (1 - q), (1 - p) * r, (1 - p) * (1 - r)]


def mixed_cut():
    """Cylindrical: v has a rational table in a, h an exponential one in b, which occurs outside exponents too."""
    logistic = sympy.exp(b) / (1 + sympy.exp(b))
    return se.Parametrization(SPACE, table(a, logistic, b), [a, b], [a > 0, a < 1, b > 0, b < 1])


def mixed_oblique():
    return se.Parametrization(SPACE, [a * sympy.exp(b), 1 + a * b, 1, b], [a, b], weights=True)


def machine():
    return se.boltzmann_machine([("h", "v"), ("h", "w")], hidden=["h"])


@pytest.mark.parametrize("statement", [s.id for s in se.STATEMENTS])
def test_no_statement_is_left_open_at_a_point_where_exponentials_are_no_rationals(statement):
    ones = dict.fromkeys(machine().parameters, 1)
    for model, at in (
        (mixed_cut(), {"a": HALF, "b": HALF}),
        (mixed_oblique(), {"a": HALF, "b": 1}),
        (machine(), ones),
        (se.model_b(), {"x": sympy.exp(-1), "y1": HALF, "y2": HALF / 2, "z1": HALF, "z2": HALF / 2}),
    ):
        assert not isinstance(se.verify(model, statement, at=at), se.Undecided)


def test_a_cylindrical_model_splits_at_a_point_with_exponentials_as_at_every_other():
    verdict = se.is_cylindrical(mixed_cut(), at={"a": HALF, "b": HALF})
    assert isinstance(verdict, se.Proved)
    assert verdict.scope == se.Where.POINT
    assert verdict.certificate.scope == "every-admissible-point"


def test_a_refutation_at_such_a_point_has_a_generic_certificate_at_a_rational_stand_in():
    verdict = se.is_cylindrical(machine(), at=dict.fromkeys(machine().parameters, 1))
    assert isinstance(verdict, se.Refuted)
    assert verdict.scope == se.Where.POINT
    assert verdict.certificate.scope == "generic"
    assert set(verdict.counterexample.parameters.values()) == {1}


def test_a_split_on_a_smaller_set_only_is_undecided_there_and_never_a_proof():
    # The derivative of a exp(-a) vanishes at a = 1: there the tangent vector is horizontal, elsewhere oblique.
    q = a * sympy.exp(-a) / 2
    M = se.Parametrization(SPACE, table(a / (1 + a), q, q), [a], [a > 0])
    assert isinstance(se.is_cylindrical(M), se.Refuted)
    assert isinstance(se.is_cylindrical(M, at={"a": 2}), se.Refuted)
    assert se.is_admissible(M, {"a": 1})
    assert se.ranks(M, {"a": 1}).cylindrical
    verdict = se.is_cylindrical(M, at={"a": 1})
    assert isinstance(verdict, se.Undecided)
    assert "no certificate can name" in verdict.reason


def test_an_exponential_of_a_large_number_needs_no_floating_point():
    x, h = sympy.symbols("x h")
    M = se.ExponentialFamily(se.SampleSpace({"x": [0, 1]}, {"h": [0, 1]}), [x, h, x * h])
    assert isinstance(se.is_cylindrical(M, at={"theta1": 1000, "theta2": 1, "theta3": -1000}), se.Proved)
