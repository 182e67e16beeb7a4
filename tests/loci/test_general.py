"""The ranks given for a component are those at its general point, by an independent computation."""

import random
from fractions import Fraction
from functools import cache

import pytest
import sympy

import symelbo as se
from tests.derivation import examples
from tests.oracle import Oracle


def ternary():
    edges = [("h", "a"), ("h", "b")]
    return se.bayesian_network(edges, states={"h": 3, "a": 3, "b": 2}, hidden=["h"], name="three states")


def spins():
    space = se.SampleSpace(visible={"v": ["-1", "0", "1"], "u": ["0", "1"]}, hidden={"s": ["-1", "1"]})
    v, u, s = sympy.symbols("v u s")
    return se.ExponentialFamily(space, [v, v**2, u * s, v * s], name="spins")


def circle():
    """rank J_V drops on a curve that is given by an equation of degree 2."""
    a, b = sympy.symbols("a b")
    space = se.SampleSpace(visible={"v": 3}, hidden={"h": 2})
    first = (a**3 / 3 + a * b**2 - a / 2) / 9 + sympy.Rational(1, 3)
    table = [
        first / 2, first / 2,
        b * (1 - first) / 3, b * (1 - first) * 2 / 3,
        (1 - b) * (1 - first) / 2, (1 - b) * (1 - first) / 2,
    ]  # fmt: skip
    return se.Parametrization(space, table, [a, b], domain=[a > 0, a < 1, b > 0, b < 1], name="circle")


MODELS = {
    "naive Bayes": lambda: se.naive_bayes(4),
    "restricted Boltzmann machine": lambda: examples.model("restricted_boltzmann_machine"),
    "three states": ternary,
    "M(b)": se.model_b,
    "spins": spins,
    "chain": lambda: se.bayesian_network([("a", "b"), ("b", "c"), ("c", "d")], hidden=["b"], name="chain"),
}


@cache
def example(name):
    return MODELS[name]()


def independent_ranks(model, at):
    """Ranks of J and J_V by the oracle, from the table alone."""
    point = model.point(at)
    states = [tuple(s) for s in model.space.states]
    logarithms = {p: sympy.sympify(v) for p, v in point.substitution().items()}
    table = dict(zip(states, (model.field.to_sympy(w) for w in model.weights), strict=True))
    found = Oracle.from_table(
        states, len(model.space.visible), table, model.parameters, logarithms, weights=not model.normalised
    )
    return found.ranks[:2]


def somewhere_on(component, model, rng):
    """A random point of the component, with numbers of four digits."""
    for _ in range(200):
        free = {
            g: sympy.Rational(Fraction(rng.randrange(1, 400), 1237 if not model.field.is_exponential(i) else 331))
            for i, g in enumerate(model.field.generators)
        }
        at = {g: component.restriction.get(g, g).subs(free) if g in component.restriction else free[g] for g in free}
        try:
            model.point(at)
        except se.SymelboError:
            continue
        return at
    raise AssertionError("no point of the component found")


@pytest.mark.parametrize("name", MODELS)
def test_the_ranks_of_an_inadmissible_component_are_those_of_its_general_point(name):
    model = example(name)
    locus = se.cylindrical_locus(model)
    rng = random.Random(name)
    assert locus.inadmissible
    for component in locus.inadmissible[:3]:
        assert component.largest
        assert independent_ranks(model, component.at()) == component.ranks[:2]
        ranks = [independent_ranks(model, somewhere_on(component, model, rng)) for _ in range(2)]
        assert tuple(map(max, *ranks)) == component.ranks[:2]


def test_a_component_given_by_an_equation_has_its_ranks_at_an_algebraic_point():
    locus = se.cylindrical_locus(circle())
    (component,) = locus.inadmissible
    a, b = component.at().values()
    assert sympy.simplify(a**2 + b**2 - sympy.Rational(1, 2)) == 0
    assert component.ranks == (1, 1, 0)
    assert component.largest


def test_the_page_gives_generic_ranks_of_inadmissible_components():
    """At the simplest point, all entries 1/2, rank J_V is 4 only."""
    text = " ".join(examples.explanation("naive_bayes").text().split())
    assert "generically there rank J = 9 and rank J_V = 7" in text


def test_equations_between_exponentials_are_written_in_the_parameters():
    model = example("restricted Boltzmann machine")
    locus = se.cylindrical_locus(model)
    assert str(locus.inadmissible[0]) == "w_v3_h2 = 0, w_v3_h1 = 0"
    assert model.on(str(locus.inadmissible[0])).table == model.on(locus.inadmissible[0]).table
    page = " ".join(examples.explanation("restricted_boltzmann_machine").text().split())
    assert "The points of {w_{v3,h2} = 0, w_{v3,h1} = 0}, {" in page
    assert "e^" not in page
