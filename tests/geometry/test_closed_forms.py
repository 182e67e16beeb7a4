"""The closed form of the defect agrees with exact linear algebra at points, and stays small."""

from fractions import Fraction

import pytest
import sympy

import symelbo as se
from symelbo.errors import DomainError, ModelError

NETWORKS = {
    "naive Bayes, 2 leaves": se.naive_bayes(2),
    "naive Bayes, 3 leaves": se.naive_bayes(3),
    "naive Bayes, 4 leaves": se.naive_bayes(4),
    "three classes, 5 leaves": se.naive_bayes(5, 3),
    "a product": se.bayesian_network(
        [("h", "a"), ("h", "b"), ("h", "c"), ("g", "e"), ("g", "f")],
        states={**dict.fromkeys("aefbghc", 2), "alone": 3},
        hidden=["g", "h"],
    ),
}


def somewhere(model):
    return {p: Fraction(k % 3 + 1, k % 5 + 5 + len(model.parameters)) for k, p in enumerate(model.parameters)}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n.startswith("three") else ()) for n in NETWORKS]
)
def test_the_closed_form_is_the_defect(name):
    model = NETWORKS[name]
    at = somewhere(model)
    assert se.defect_formula(model).at(at) == se.defect(model, at=at)


@pytest.mark.parametrize("leaves", [2, 3, 4])
def test_definitions_are_a_straight_line_of_small_expressions(leaves):
    model = se.naive_bayes(leaves)
    formula = se.defect_formula(model)
    known = set(model.parameters)
    for symbol, expression in formula.definitions:
        assert expression.free_symbols <= known
        assert symbol not in known
        known.add(symbol)
    assert formula.F.free_symbols | formula.X.free_symbols <= known
    assert max(sympy.count_ops(e) for _, e in formula.definitions) < 600
    assert formula.entry(0, 1).free_symbols <= known


def test_the_entry_of_the_papers_model_is_kappa():
    formula = se.defect_formula(se.model_b())
    ((_, kappa),) = formula.definitions
    x, y1, y2, z1, z2 = se.model_b().parameters
    assert sympy.expand(kappa - x * y1 * (1 - y1) * z1 * (1 - z1) - (1 - x) * y2 * (1 - y2) * z2 * (1 - z2)) == 0


def test_where_no_closed_form_exists_the_reason_is_given():
    with pytest.raises(ModelError, match="Bayesian networks"):
        se.defect_formula(se.restricted_boltzmann_machine(2, 1))
    tree = se.bayesian_network([("h", "a"), ("h", "b"), ("a", "c"), ("b", "d")], hidden=["h"])
    with pytest.raises(ModelError, match="neither d = "):
        se.defect_formula(tree)
    with pytest.raises(DomainError, match="no value for v22"):
        se.defect_formula(se.naive_bayes(2)).at({"h": 1, "v11": 1, "v12": 1, "v21": 1})


def test_a_defect_that_no_page_holds_as_fractions_is_a_program():
    model = se.naive_bayes(4)
    at = somewhere(model)
    delta = se.defect(model)
    assert delta.definitions
    assert delta.at(at) == se.defect(model, at)


def test_at_an_inadmissible_point_the_closed_form_is_refused():
    model = se.model_b()
    at = dict(zip(model.parameters, ["1/2", "1/3", "1/3", "1/4", "1/4"], strict=True))
    with pytest.raises(DomainError, match="not admissible"):
        se.defect_formula(model).at(at)
    assert se.defect(model, at).is_zero_matrix
