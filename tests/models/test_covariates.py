"""Conditional models given covariates: scores of the conditional distribution, and answers for all weights."""

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.models import model_from_text


def network():
    """A hidden confounder of two outcomes of x."""
    edges = [("x", "y"), ("h", "y"), ("x", "z"), ("h", "z")]
    return se.bayesian_network(edges, hidden=["h"])


def slices(M, name):
    """The states of every state of a covariate, which is visible."""
    k = M.space.names.index(name)
    found = {}
    for s in M.space.states:
        found.setdefault(s[k], []).append(s)
    return found


@pytest.mark.parametrize(
    "M", [network(), se.model_b().hide("x"), se.mixture({"y": 3, "z": 2}, 2), se.restricted_boltzmann_machine(2, 1)]
)
def test_the_conditional_model_is_the_quotient_and_its_metric_the_mean_of_those_of_its_slices(M):
    name = M.space.visible[0].name
    n = len(M.space.visible[0])
    weights = [sympy.Rational(2 * k + 1, n * n) for k in range(n)]
    C = M.given({name: weights})
    values = C.domain.interior_point()
    point = {g: sympy.Rational(str(v)) for g, v in zip(C.field.generators, values, strict=True)}
    joint, table, metric = M.table, C.table, sympy.zeros(len(C.parameters))
    for states, w in zip(slices(M, name).values(), weights, strict=True):
        mass = sum(joint[s] for s in states)
        for s in states:
            assert sympy.cancel(table[s] - w * joint[s] / mass) == 0
        row = se.Parametrization(
            se.StateSpace({s: s for s in states}), [table[s] for s in states], C.parameters, weights=True
        )
        metric += w * se.fisher_metric(row, C.point(point).substitution())
    assert sympy.simplify(se.fisher_metric(C, point) - metric) == sympy.zeros(len(C.parameters))


def test_ranks_and_verdicts_are_those_of_all_weights_and_differ_from_the_joint_model():
    M = network()
    found = [M.given({"x": w}) for w in (["1/2", "1/2"], ["1/7", "6/7"])]
    assert [tuple(se.ranks(C)) for C in found] == [(9, 6, 6)] * 2
    assert tuple(se.ranks(M)) == (10, 7, 6)
    assert [str(p) for p in M.parameters if p not in found[0].parameters] == ["x"]
    verdict = se.is_cylindrical(found[1])
    assert isinstance(verdict, se.Refuted)
    assert checker.check(verdict.certificate.to_json()).accepted
    assert [se.identifiability(C).unidentifiable for C in found] == [found[0].parameters] * 2
    assert [se.identifiability(C).defect for C in (M, *found, found[0].on("h = 1/3"))] == [0] * 4


def test_what_is_seen_of_the_states_can_be_a_covariate():
    y, z = sympy.symbols("y z")
    M = se.model_b().observe({"total": y + z, "first": y})
    C = M.given("first")
    assert C.space == M.space
    table = C.table
    k = C.space.names.index("y")
    assert sympy.cancel(sum(p for s, p in table.items() if s[k] == 1)) == sympy.Rational(1, 2)
    assert tuple(se.ranks(C)) == tuple(se.ranks(se.model_b().given("y")))


def test_a_parameter_that_an_inequality_needs_stays():
    x, y = sympy.symbols("x y")
    space = se.SampleSpace({"v": 2, "w": 2}, {"h": 2})
    table = [a * b / 2 for a in (x, 1 - x) for b in (y, 1 - y) for _ in range(2)]
    free = se.Parametrization(space, table, [x, y], [x > 0, x < 1, y > 0, y < 1]).given("v")
    assert free.parameters == (y,)
    bound = se.Parametrization(space, table, [x, y], [x > 0, x < y, y < 1]).given("v")
    assert bound.parameters == (x, y)


FILE = """
[variables]
x = 2
y = 2
h = 2
hidden = ["h"]
[model]
kind = "parametrization"
parameters = ["a", "b"]
domain = ["0 < a < 1", "0 < b < 1"]
given = ["x"]
[model.probabilities]
"0,0,0" = "a*b"
"0,0,1" = "a*(1 - b)"
"0,1,0" = "(1 - a)*b"
"0,1,1" = "(1 - a)*(1 - b)"
"1,0,0" = "a/2"
"1,0,1" = "b/2"
"1,1,0" = "(1 - a)/2"
"1,1,1" = "(1 - b)/2"
"""


def test_a_file_gives_conditional_probabilities_and_what_they_sum_to_is_checked():
    M = model_from_text(FILE)
    assert sympy.expand(sum(M.table.values())) == 1
    assert M.table["0", "0", "0"] == sympy.sympify("a*b/2")
    weighted = model_from_text(FILE.replace('given = ["x"]', 'given = {x = ["1/3", "2/3"]}'))
    assert weighted.table["1", "0", "0"] == sympy.sympify("a/3")
    assert se.ranks(weighted) == se.ranks(M)
    with pytest.raises(se.ModelError, match=r"the probabilities given x = 1 sum to .*, not to 1"):
        model_from_text(FILE.replace('"b/2"', '"b/3"'))
    with pytest.raises(se.SymelboError, match="expected visible variables, such as"):
        model_from_text(FILE.replace('["x"]', '"x"'))


@pytest.mark.parametrize(
    ("covariates", "message"),
    [
        ("h", "h is no visible variable; those are x, y, z"),
        (["x", "y", "z"], "some of the visible variables as covariates"),
        ([], "some of the visible variables as covariates"),
        ({"x": ["1/3", "1/3"]}, "the weights of x, 1/3, 1/3, are not 2 positive numbers"),
        ({"x": ["1"]}, "not 2 positive numbers"),
        ({"x": [0.5, 0.5]}, r"write Rational\(1, 2\)"),
    ],
)
def test_covariates_are_visible_and_have_positive_weights(covariates, message):
    with pytest.raises(se.SymelboError, match=message):
        network().given(covariates)
