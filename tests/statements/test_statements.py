"""The statements as values: complete, well attributed, their formulas evaluable and false when spoiled."""

import pytest
import sympy

import symelbo as se
from symelbo.geometry import geometry
from symelbo.statements import CONDITIONS, STATEMENTS, Formula
from symelbo.statements.formulas import NAMES
from symelbo.verification.evaluation import holds, quantity
from tests.translation import HALVES_AND_THIRDS, raw_model_b

FORMULAS = [(s.id, f) for s in STATEMENTS for f in s.formulas]
A_POINT = {"x": "1/2", "y": "1/3", "z": "1/5"}


def at(model, point):
    return geometry(model, model.point(point))


def test_there_are_twelve_statements_in_order_with_distinct_slugs():
    assert [s.id for s in STATEMENTS] == [f"S{k}" for k in range(1, 13)]
    assert len({s.slug for s in STATEMENTS}) == 12
    assert all(s.title and s.conclusion and s.quantifier and s.reference for s in STATEMENTS)


def test_only_proposition_1_definition_2_and_theorem_3_are_attributed_by_number():
    numbered = {s.id: s.reference for s in STATEMENTS if any(c.isdigit() for c in s.reference.split(")", 1)[-1])}
    named = {
        s.id for s in STATEMENTS if any(w in s.reference for w in ("Proposition", "Theorem", "Lemma", "Corollary"))
    }
    assert named == {"S1", "S4"}
    assert "Proposition 1" in numbered["S1"]
    assert "Theorem 3" in numbered["S4"]
    assert "Definition 2" in numbered["S3"]


def test_only_cylindricality_is_a_property_and_no_theorem():
    assert [s.id for s in STATEMENTS if not s.is_theorem] == ["S3"]


@pytest.mark.parametrize("name", ["S4", "s4", "cylindrical-characterisation", STATEMENTS[3]])
def test_a_statement_is_found_by_id_slug_or_itself(name):
    assert se.statement(name) is STATEMENTS[3]


def test_an_unknown_statement_is_an_error_that_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"S13.*S1 gradient-alignment"):
        se.statement("S13")


@pytest.mark.parametrize(("identifier", "formula"), FORMULAS, ids=str)
def test_every_formula_parses_back_and_uses_known_names(identifier, formula):
    assert Formula.parse(str(formula)) == formula
    assert formula.names() <= set(NAMES)
    assert formula.latex().count("=") == 1


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"L"}))
def test_every_name_denotes_a_matrix_at_a_point_and_over_the_field(name):
    model = se.model_a()
    point = model.point(A_POINT)
    symbolic = quantity(name, geometry(model))
    assert symbolic.evaluate(point.values) == quantity(name, geometry(model, point))


@pytest.mark.parametrize(("identifier", "formula"), FORMULAS, ids=str)
def test_every_formula_holds_on_model_a(identifier, formula):
    assert holds(formula, geometry(se.model_a()))


@pytest.mark.parametrize(("identifier", "formula"), FORMULAS, ids=str)
def test_on_model_b_exactly_the_formulas_that_suppose_cylindricality_fail(identifier, formula):
    assert holds(formula, at(se.model_b(), HALVES_AND_THIRDS)) is (identifier != "S8")


@pytest.mark.parametrize("condition", [c for c in CONDITIONS if c.formula], ids=lambda c: c.letter)
def test_the_conditions_with_a_formula_hold_on_model_a_and_fail_on_model_b(condition):
    assert holds(condition.formula, at(se.model_a(), A_POINT))
    assert not holds(condition.formula, at(se.model_b(), HALVES_AND_THIRDS))


@pytest.mark.parametrize(
    "spoiled",
    [
        "U' D_V W = W",  # S1 with w in place of u
        "pi C = pi C pi C + pi C",  # twice the identity
        "G = G_V - G_H",  # S12 with the wrong sign
        "C' D C = D_V + D_V",
        "P_T P_H = P_H",
        "P D - p p' D = I",  # S5 without the mean
    ],
)
def test_a_spoiled_formula_fails(spoiled):
    assert not holds(Formula.parse(spoiled), at(se.model_b(), HALVES_AND_THIRDS))


@pytest.mark.parametrize("text", ["G", "G = Q", "nonsense = 0"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(ValueError, match="formula"):
        Formula.parse(text)


def test_locality_needs_free_tables():
    """S10: true for a network; not applicable to the same model as a raw table; false for tied tables."""
    assert isinstance(se.verify(se.model_b(), "locality"), se.Proved)
    assert isinstance(se.verify(raw_model_b(), "locality"), se.NotApplicable)
    t = sympy.Symbol("t")
    tied = {s: e.subs({"y1": t, "z1": t}) for s, e in raw_model_b().table.items()}
    x, y2, z2 = sympy.symbols("x y2 z2")
    model = se.Parametrization(raw_model_b().space, tied, [x, t, y2, z2])
    assert se.fisher_metric(model).is_diagonal()
    tied = {s: e.subs({"y1": x}) for s, e in raw_model_b().table.items()}
    model = se.Parametrization(raw_model_b().space, tied, [x, y2, *sympy.symbols("z1 z2")])
    assert se.fisher_metric(model)[0, 0] != se.fisher_metric(se.model_b())[0, 0]
