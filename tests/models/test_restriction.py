"""Restriction to a component: the equations hold together, whatever their order and however they are written."""

from fractions import Fraction
from itertools import islice

import pytest
import sympy

import symelbo as se
from symelbo.exact import as_rational

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
        ({"y1": "y1**2"}, "y1 = y1\\*\\*2 holds nowhere in the domain"),
        ("y1**2 + y2**2 = 3", "holds nowhere in the domain"),
        ("y1**3 + y2**3 = 1", "neither linear in one, with a coefficient that has a sign"),
        ("(y1 - y2)*(z1 - z2) = 0", "several components, z1 - z2 = 0 or y1 - y2 = 0; choose"),
        ("y1**2 = 2*y2**2", "no rational point"),
        ("(y1 - 1/2)**2 + (y2 - 1/2)**2 = 1/9", "would leave out the points with y1 = 5/6; restrict the domain first"),
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


@pytest.mark.parametrize(
    ("equations", "dimension"),
    [
        ("2*y1 + y2 = 1, y1 + 2*y2 = 1", 3),
        ("y1*z2 = y2*z1", 4),
        ("y1**2 = 1/4", 4),
        ("y1**2 + 2*y1*y2 + y2**2 = 1", 4),
        ("y1**2 + y2**2 = 1", 4),
        ("y1**2 + y2**2 = 1/2, z1**2 + z2**2 = 1/2", 3),
        ("y1**2 - y2**2 = 1/4", 4),
        ("y1**2 + y1*y2 + y2**2 = 1/3", 4),
        ("y1**2 + y2**2 + z1**2 = 1, z2 = z1", 3),
        ("x*y1 + (1 - x)*y2 = 1/2", 4),
    ],
)
def test_solutions_satisfy_their_equations_and_lose_one_dimension_for_each(equations, dimension):
    M = b(equations)
    assert len(M.parameters) == dimension
    for values in islice(M.domain.interior_points(seed=1), 3):
        t = {s: Fraction(str(w)) for s, w in zip(M.space.states, M.factor_table.weights_at(values), strict=True)}
        x = sum(t[y, z, 1] for y in (0, 1) for z in (0, 1))
        y1, y2 = (sum(t[1, z, s] for z in (0, 1)) / p for s, p in ((1, x), (0, 1 - x)))
        z1, z2 = (sum(t[y, 1, s] for y in (0, 1)) / p for s, p in ((1, x), (0, 1 - x)))
        assert all(0 < v < 1 for v in (x, y1, y2, z1, z2))
        at = {p: sympy.Rational(v) for p, v in zip((X, Y1, Y2, Z1, Z2), (x, y1, y2, z1, z2), strict=True)}
        for equation in equations.split(","):
            left, right = (sympy.sympify(side).subs(at) for side in equation.split("="))
            assert left == right


def test_every_rational_point_of_a_conic_in_the_domain_is_a_point_of_its_parametrisation():
    M = b("y1**2 + y2**2 = 1, x = 1/2, z1 = 1/2, z2 = 1/2")
    (t,) = M.parameters
    assert M.meanings[t] == "y1 = 2*t/(t**2 + 1), y2 = (t - 1)*(t + 1)/(t**2 + 1)"
    for p, q, r in ((3, 4, 5), (5, 12, 13), (15, 8, 17)):
        wanted = sympy.Rational(p, 4 * r), sympy.Rational(q, 4 * r)
        roots = sympy.solve(M.table[1, 1, 1] - wanted[0], t)
        assert wanted[1] in [M.table[1, 1, 0].subs(t, root) for root in roots]


def test_exponentials_of_parameters_lie_on_a_conic():
    model = se.boltzmann_machine([("v", "h")], hidden=["h"]).on("exp(b_v)**2 + exp(b_h)**2 = 1")
    assert tuple(map(str, model.parameters)) == ("t", "w_v_h")
    assert isinstance(se.is_cylindrical(model), se.Proved | se.Refuted)


def test_a_known_constant_is_restricted_too():
    q, x = se.known("q"), sympy.Symbol("x")
    space = se.SampleSpace({"v": 2}, {"h": 2})
    M = se.Parametrization(space, [x * (1 - q), (1 - x) * q, x * q, (1 - x) * (1 - q)], [x])
    assert M.on("q = 1/3").table == M.fix({"q": "1/3"}).table
    assert M.on("q + x = 1").constants == (q,)


def test_where_a_denominator_vanishes_there_is_no_model():
    a, c = sympy.symbols("a c")
    table = [1 + a**2, 1 + c**2, 1 + (a + c) ** 2, 3]
    M = se.Parametrization(se.SampleSpace({"v": 2}, {"h": 2}), table, [a, c], [c > -10], weights=True)
    for equation, pole in (("a*c = 1", 0), ("a = 1/c", 0), ("a*c + a + 1 = 0", -1), ("a*(c**2 + 1) = c", None)):
        R = M.on(equation)
        assert pole is None or not R.domain.contains([as_rational(pole)])
        assert R.domain.contains([as_rational(7)])
        assert len(R.domain.constraints) == (1 if pole is None else 2)
        assert len(R.rename({"c": "e"}).on("e = e").domain.constraints) == len(R.domain.constraints)
    G = se.factor_analysis(2).on("m1*m2 = 1")
    assert repr(G.domain) == repr(G.rename({"m2": "m2"}).domain) == "0 < w1, 0 < w2, 0 < m2**2"
