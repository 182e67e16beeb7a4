"""Tables are checked without being multiplied out: their sum variable by variable, signs factor by factor."""

import pytest
import sympy

import symelbo as se
from symelbo.models.factors import total


def logistic_items(items, nodes, share=None):
    """Items of two parameters on nodes with equal shares."""
    slopes, places = sympy.symbols(f"a1:{items + 1}"), sympy.symbols(f"c1:{items + 1}")
    space = se.SampleSpace(visible={f"x{i}": 2 for i in range(items)}, hidden={"z": len(nodes)})
    table = {}
    for s in space.states:
        odds = [sympy.exp(a * nodes[int(s[-1])] + c) for a, c in zip(slopes, places, strict=True)]
        answers = [e if int(x) else 1 for x, e in zip(s[:-1], odds, strict=True)]
        table[s] = sympy.prod(e / (1 + o) for e, o in zip(answers, odds, strict=True)) * (
            share or sympy.Rational(1, len(nodes))
        )
    return space, table, [*slopes, *places]


@pytest.mark.parametrize(
    "build", [se.model_a, se.model_b, lambda: se.naive_bayes(3, 2), lambda: se.hidden_markov_model(3)]
)
def test_the_sum_variable_by_variable_is_that_of_all_weights(build):
    for model in (build(), se.restricted_boltzmann_machine(2, 2)):
        assert total(model.space.digits, model.field, model.factor_table) == model.field.sum(model.weights)


def test_a_sum_that_cancels_in_part_is_exact():
    x, y = sympy.symbols("x y")
    space = se.SampleSpace(visible={"v": 2, "w": 2}, hidden={"h": 2})
    model = se.Parametrization(space, [x, y, x * y, 1, x / (x + y), y / (x + y), 2, 3], [x, y], weights=True)
    assert total(model.space.digits, model.field, model.factor_table) == model.field.from_sympy(x + y + x * y + 7)


def test_five_items_on_five_nodes_are_one_model_and_a_wrong_share_is_refused():
    model = se.Parametrization(*logistic_items(5, [-2, -1, 0, 1, 2]))
    assert model.domain.constraints == ()
    with pytest.raises(se.ModelError, match="sum to 5/6"):
        se.Parametrization(*logistic_items(5, [-2, -1, 0, 1, 2], sympy.Rational(1, 6)))


def test_the_default_domain_is_where_all_probabilities_are_positive():
    """A quartet under Jukes and Cantor's model, binary: sums and differences of exponentials."""
    lengths = sympy.symbols("t1:6")
    space = se.SampleSpace(visible=dict.fromkeys("abcd", 2), hidden={"u": 2, "v": 2})
    pairs = [("a", "u"), ("b", "u"), ("c", "v"), ("d", "v"), ("u", "v")]
    table = {}
    for s in space.states:
        at = dict(zip([v.name for v in space.variables], s, strict=True))
        signs = [1 if at[i] == at[j] else -1 for i, j in pairs]
        table[s] = sympy.prod((1 + k * sympy.exp(-2 * t)) / 2 for k, t in zip(signs, lengths, strict=True)) / 2
    model = se.Parametrization(space, table, lengths)
    assert len(model.domain.constraints) == 5
    declared = se.Parametrization(space, table, lengths, [t > 0 for t in lengths])
    assert se.ranks(model) == se.ranks(declared)
    for values in model.domain.interior_points(seed=2):
        assert declared.domain.contains(values)
        assert all(w > 0 for w in model.factor_table.weights_at(values))
        break


def test_products_that_determine_no_sign_alone_stay_products():
    x, y = sympy.symbols("x y")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    model = se.Parametrization(space, [x * y, 1, 1, 1], [x, y], weights=True)
    assert [c.text for c in model.domain.constraints] == ["x*y > 0"]
    with pytest.raises(se.ModelError, match="no rational parameter"):
        se.Parametrization(space, [x * y, -x, y, 1], [x, y], weights=True)
