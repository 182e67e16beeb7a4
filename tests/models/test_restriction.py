"""Restriction to a component: the equations hold together, whatever their order and however they are written."""

from fractions import Fraction

import pytest
import sympy

import symelbo as se

X, Y1, Y2, Z1, Z2 = se.model_b().parameters
HALF = sympy.Rational(1, 2)


def b(component):
    return se.model_b().on(component)


@pytest.mark.parametrize(
    ("component", "left"),
    [
        ({"y1": "y2"}, "x y2 z1 z2"),
        ({Y1: Y2, Z1: Z2}, "x y2 z2"),
        ({"y1": "y2", "y2": "1/2"}, "x z1 z2"),
        ({"y2": "1/2", "y1": "y2"}, "x z1 z2"),
        ({"y1": "y2", "y2": "y1"}, "x y2 z1 z2"),
        ({"y1": "1 - y1"}, "x y2 z1 z2"),
        ({"y1": "y1"}, "x y1 y2 z1 z2"),
        ({"y1": Fraction(1, 2)}, "x y2 z1 z2"),
        ("y1 = y2, z1 = 1/2", "x y2 z2"),
        (sympy.Eq(Y1, Y2), "x y2 z1 z2"),
        ({}, "x y1 y2 z1 z2"),
    ],
)
def test_the_parameters_that_stay_are_those_of_the_solution(component, left):
    assert " ".join(map(str, b(component).parameters)) == left


def test_equations_hold_together_and_not_one_by_one():
    together = b({"y1": "y2", "y2": "1/2"})
    assert together.table[1, 1, 1] == X * Z1 / 2
    assert together.table[1, 1, 0] == Z2 * (1 - X) / 2
    assert together.table == b({"y2": "1/2"}).on({"y1": "1/2"}).table
    assert b({"y1": "1 - y1"}).table == b({"y1": HALF}).table


def test_a_chain_of_restrictions_is_one_restriction():
    assert b({"y1": "y2"}).on({"z1": "z2"}).table == b("y1 = y2, z1 = z2").table
    assert isinstance(se.is_cylindrical(b({"y1": "y2"}).on({"z1": "z2"})), se.Proved)


def test_parameters_in_exponents_are_restricted_by_themselves_or_by_their_exponentials():
    model = se.restricted_boltzmann_machine(2, 1)
    one, two = (sympy.Symbol(f"w_v{k}_h1") for k in (1, 2))
    assert model.on({one: 0}).table == model.on({sympy.exp(one): 1}).table == model.on("exp(w_v1_h1) = 1").table
    squared = model.on({"exp(w_v1_h1)": "exp(w_v2_h1)**2"})
    assert squared.table == model.on({one: 2 * two}).table
    assert model.on({"exp(w_v1_h1)": "exp(w_v2_h1)", "w_v2_h1": "0"}).table == model.on({one: 0, two: 0}).table


def test_the_component_of_a_locus_or_the_locus_itself_is_accepted():
    collider = se.bayesian_network([("x", "z"), ("y", "z")], hidden=["x"])
    locus = se.cylindrical_locus(collider)
    assert (
        collider.on(locus).table
        == collider.on(locus.components[0]).table
        == collider.on(str(locus.components[0])).table
    )
    with pytest.raises(se.ModelError, match="a locus with one component"):
        se.model_b().on(se.cylindrical_locus(se.model_b()))


@pytest.mark.parametrize(
    ("component", "message"),
    [
        ({"y1": "1/2", Y1: "1/3"}, "y1 = 1/3 contradicts the other equations"),
        ({"y1": "y2", "y2": "y1 + 1"}, "contradicts"),
        ({"y1": "y1**2"}, "is not solved for a parameter"),
        ({"q": "1/2"}, "unknown name 'q'"),
        ({"y1": "q"}, "unknown name 'q'"),
        ({sympy.Symbol("q"): HALF}, "q is no parameter; the parameters are x, y1"),
        ("y1", "is not of the form one equation"),
        ("y1 = y2 = z1", "unexpected character '='"),
        (3, "neither a mapping"),
        ({"y1": "y2 + 1"}, "empty"),
    ],
)
def test_equations_that_cannot_hold_or_be_solved_are_named(component, message):
    with pytest.raises(se.ModelError, match=message):
        b(component)


def test_values_outside_the_domain_and_floats_are_refused():
    with pytest.raises(se.DomainError, match="y2 < 1"):
        b({"y1": "1/2", "y2": "2"})
    with pytest.raises(se.ExactnessError, match=r"Rational\(1, 2\)"):
        b({"y1": 0.5})


def test_a_restricted_model_is_called_so_on_every_page():
    model = b("y1 = y2")
    assert model.name == "M(b) on {y1 = y2}"
    assert b({}).name == "M(b)"
    assert b({Y1: HALF}).on({"z1": "z2"}).name == "M(b) on {y1 = 1/2} on {z1 = z2}"
    assert se.explain(model).headline().startswith("M(b) on {y1 = y2} is cylindrical at every admissible point")
    derivation = se.derive(model)
    assert derivation.text().startswith("M(b) on {y1 = y2}\n")
    assert "M(b) on \\{y1 = y2\\}" in derivation.fragment()
    assert "M(b) on {y1 = y2}" in repr(se.verify(model)) + repr(model)
