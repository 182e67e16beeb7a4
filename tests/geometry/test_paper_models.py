"""The exact facts about M(a) and M(b) (theory, section 4), from three descriptions of the same model."""

import pytest
import sympy
from sympy import Matrix, Rational

import symelbo as se
from symelbo.models import model_from_text
from tests.translation import (
    HALVES_AND_THIRDS,
    PAPER_SPACE,
    Y1,
    Y2,
    Z1,
    Z2,
    X,
    raw_model_a,
    raw_model_b,
)

HEADER = """
[variables]
x = ["1", "0"]
y = ["1", "0"]
z = ["1", "0"]
hidden = ["x"]
"""
GRAPH_FILE = HEADER + '[model]\nkind = "bayesian-network"\nedges = [["x", "y"], ["x", "z"]]\n'
RAW_FILE = (
    HEADER
    + """[model]
kind = "parametrization"
parameters = ["x", "y1", "y2", "z1", "z2"]
domain = ["0 < x", "x < 1", "0 < y1", "y1 < 1", "0 < y2", "y2 < 1", "0 < z1", "z1 < 1", "0 < z2", "z2 < 1"]
[model.probabilities]
"1,1,1" = "x*y1*z1"
"1,1,0" = "x*y1*(1 - z1)"
"1,0,1" = "x*(1 - y1)*z1"
"1,0,0" = "x*(1 - y1)*(1 - z1)"
"0,1,1" = "(1 - x)*y2*z2"
"0,1,0" = "(1 - x)*y2*(1 - z2)"
"0,0,1" = "(1 - x)*(1 - y2)*z2"
"0,0,0" = "(1 - x)*(1 - y2)*(1 - z2)"
"""
)
MODELS = {
    "model_b": se.model_b,
    "raw table": raw_model_b,
    "expanded table": lambda: se.Parametrization(
        PAPER_SPACE,
        {s: sympy.expand(e) for s, e in raw_model_b().table.items()},
        [X, Y1, Y2, Z1, Z2],
        [r for t in (X, Y1, Y2, Z1, Z2) for r in (t > 0, t < 1)],
    ),
    "weights": lambda: se.Parametrization(
        PAPER_SPACE,
        {s: 7 * e for s, e in raw_model_b().table.items()},
        [X, Y1, Y2, Z1, Z2],
        [r for t in (X, Y1, Y2, Z1, Z2) for r in (t > 0, t < 1)],
        weights=True,
    ),
    "graph in a file": lambda: model_from_text(GRAPH_FILE),
    "table in a file": lambda: model_from_text(RAW_FILE),
}
from_everywhere = pytest.mark.parametrize("build", MODELS.values(), ids=MODELS.keys())

KAPPA = X * Y1 * (1 - Y1) * Z1 * (1 - Z1) + (1 - X) * Y2 * (1 - Y2) * Z2 * (1 - Z2)
E_VECTOR = Matrix([1, -1, -1, 1])


@pytest.mark.parametrize("build", [se.model_a, raw_model_a], ids=["model_a", "raw table"])
def test_model_a_has_ranks_3_2_1_and_no_defect(build):
    model = build()
    assert tuple(se.ranks(model)) == (3, 2, 1)
    assert se.defect(model) == sympy.zeros(4, 4)
    assert tuple(se.tangent_decomposition(model).dims) == (2, 1, 0)


@from_everywhere
def test_model_b_has_ranks_5_3_3_and_one_oblique_direction(build):
    model = build()
    assert tuple(se.ranks(model)) == (5, 3, 3)
    assert tuple(se.tangent_decomposition(model).dims) == (2, 2, 1)


@from_everywhere
def test_the_defect_of_model_b_is_kappa_e_e_transposed(build):
    model = build()
    delta = se.defect(model)
    assert isinstance(se.check_equal(delta, KAPPA * E_VECTOR * E_VECTOR.T, model), se.Proved)
    almost = delta + Matrix(4, 4, lambda i, j: X if i == j == 3 else 0)
    assert isinstance(se.check_equal(almost, KAPPA * E_VECTOR * E_VECTOR.T, model), se.Refuted)


@from_everywhere
def test_the_metric_of_model_b_is_that_of_five_bernoulli_variables(build):
    model = build()
    weights = [1, X, 1 - X, X, 1 - X]
    G = sympy.diag(*(w / (t * (1 - t)) for w, t in zip(weights, (X, Y1, Y2, Z1, Z2), strict=True)))
    assert isinstance(se.check_equal(se.fisher_metric(model), G, model), se.Proved)


def test_every_description_of_model_b_gives_the_same_matrices():
    models = [build() for build in MODELS.values()]
    for quantity in (se.fisher_metric, se.visible_fisher_metric, se.defect, se.jacobian, se.missing_information):
        first = quantity(models[0])
        for model in models[1:]:
            assert model.parameters == models[0].parameters
            assert quantity(model) == first


@pytest.mark.parametrize("build", [se.model_b, MODELS["graph in a file"]])
def test_the_counterexample_of_model_b_has_the_small_numbers_of_the_theory(build):
    model = build()
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Refuted)
    found = verdict.counterexample
    assert {str(k): str(v) for k, v in found.parameters.items()} == HALVES_AND_THIRDS
    assert set(found.q.values()) == {Rational(1, 8)}
    assert [str(v) for v in found.projected_elbo_gradient.values()] == ["1/18", "1/36", "1/36", "-1/9"]
    assert [str(v) for v in found.visible_gradient.values()] == ["5/72", "1/72", "1/72", "-7/72"]
    assert se.defect(model, HALVES_AND_THIRDS)[0, 0] == Rational(145, 2592)


@from_everywhere
def test_every_description_of_model_b_has_a_counterexample_in_small_numbers(build):
    model = build()
    found = se.is_cylindrical(model).counterexample
    assert set(found.parameters.values()) <= {Rational(1, 2), Rational(1, 3)}
    assert se.is_admissible(model, found.parameters)
    assert found.projected_elbo_gradient != found.visible_gradient


HALF, THIRD = Rational(1, 2), Rational(1, 3)


@pytest.mark.parametrize(
    ("y", "z", "admissible"),
    [
        ((HALF, HALF), (THIRD, THIRD), False),
        ((HALF, HALF), (HALF, HALF), False),
        ((HALF, HALF), (HALF, THIRD), True),
        ((HALF, THIRD), (HALF, HALF), True),
        ((HALF, THIRD), (HALF, THIRD), True),
    ],
)
def test_a_point_of_model_b_is_inadmissible_exactly_where_y1_is_y2_and_z1_is_z2(y, z, admissible):
    at = {"x": Rational(2, 5), "y1": y[0], "y2": y[1], "z1": z[0], "z2": z[1]}
    assert se.is_admissible(se.model_b(), at) is admissible
    assert se.is_admissible(raw_model_b(), at) is admissible


def test_the_equality_survives_for_objectives_in_the_kernel_of_the_defect_and_for_no_other():
    model = se.model_b()
    p = se.visible_probabilities(model.space)
    survives = se.natural_gradient(se.objective(3 * p[0] + 2 * p[1] + p[2]), model, HALVES_AND_THIRDS)
    assert survives.projected == survives.visible  # 3 - 2 - 1 + 0 = 0
    fails = se.natural_gradient(se.objective(3 * p[0] + 2 * p[1]), model, HALVES_AND_THIRDS)
    assert fails.projected != fails.visible  # 3 - 2 - 0 + 0 = 1
