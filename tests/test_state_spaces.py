"""Any map from states to what is seen: genotypes and phenotypes, sums, missing data, impossible states."""

from fractions import Fraction

import numpy as np
import pytest
import sympy
from click.testing import CliRunner

import symelbo as se
from symelbo.cli import main
from symelbo.models.files import model_from_text
from symelbo.spaces import Fibration

A, B = sympy.symbols("a b")
O = 1 - A - B  # noqa: E741  # the third allele frequency
PHENOTYPES = {"AA": "A", "AO": "A", "BB": "B", "BO": "B", "AB": "AB", "OO": "O"}
GENOTYPES = {"AA": A**2, "AO": 2 * A * O, "BB": B**2, "BO": 2 * B * O, "AB": 2 * A * B, "OO": O**2}


def abo() -> se.Parametrization:
    domain = [A > 0, B > 0, A + B < 1]
    return se.Parametrization(se.StateSpace(PHENOTYPES), GENOTYPES, [A, B], domain, name="ABO")


def linkage() -> se.Parametrization:
    s = sympy.Symbol("s")
    space = se.StateSpace({"1a": "1", "1b": "1", "2": "2", "3": "3", "4": "4"})
    table = [sympy.Rational(1, 2), s / 4, (1 - s) / 4, (1 - s) / 4, s / 4]
    return se.Parametrization(space, table, [s], [s > 0, s < 1], name="linkage")


def test_states_that_are_seen_alike_stand_together_in_the_order_of_first_appearance():
    space = se.StateSpace({"p": "u", "q": "v", "r": "u", "s": "w", "t": "v"})
    assert [s for (s,) in space.states] == ["p", "r", "q", "t", "s"]
    assert space.visible_states == (("u",), ("v",), ("w",))
    assert list(space.fibration) == [range(0, 2), range(2, 4), range(4, 5)]
    assert (space.index("t"), space.visible_index("w")) == (3, 2)


def test_a_fibration_sums_and_lifts_over_fibres_of_any_size():
    pi = Fibration([1, 3, 2])
    values = np.arange(12).reshape(6, 2)
    assert pi.sums(values).tolist() == [[0, 1], [12, 15], [18, 20]]
    assert pi.lifted(np.array([7, 8, 9])).tolist() == [7, 8, 8, 8, 9, 9]
    assert pi.totals([Fraction(k) for k in range(6)], sum) == [0, 6, 9]
    part, numbers = pi.over(np.array([0, 2]))
    assert (list(part), numbers.tolist()) == ([range(0, 1), range(1, 3)], [0, 4, 5])


def test_genotypes_seen_as_phenotypes_have_the_defect_in_closed_form():
    model = abo()
    assert tuple(se.ranks(model)) == (2, 2, 2)
    scale = 1 / (8 * (1 - A) * (1 - B))
    K = scale * sympy.Matrix([[A**2 * (2 * O + A * B), A**2 * B**2], [A**2 * B**2, B**2 * (2 * O + A * B)]])
    rows = [[2 - 2 * A - 2 * B, -2 * A], [-2 * B, 2 - 2 * A - 2 * B], [2 * B, 2 * A], [-2 * O, -2 * O]]
    J_V = sympy.Matrix(rows)
    assert (se.visible_jacobian(model) - J_V).expand() == sympy.zeros(4, 2)
    assert (se.defect(model, form="factored") - J_V * K * J_V.T).applyfunc(sympy.cancel) == sympy.zeros(4, 4)


def test_genotypes_seen_as_phenotypes_have_three_different_gradients():
    model, at = abo(), {"a": "1/4", "b": "1/4"}
    q, p_star = [sympy.Rational(1, 6)] * 6, ["1/3", "1/3", "1/6", "1/6"]

    def descent(objective):
        return list(-se.natural_gradient(objective, model, at=at).projected)

    def ratios(text):
        return [sympy.Rational(r) for r in text.split()]

    assert descent(se.divergence(q)) == ratios("1/24 1/24 1/12 -1/6")
    assert descent(se.data_divergence(p_star)) == ratios("1/60 1/60 1/30 -1/15")
    assert descent(se.visible_divergence(p_star)) == ratios("1/48 1/48 1/24 -1/12")


def test_the_linkage_model_has_a_defect_of_rank_one():
    model = linkage()
    (s,) = model.parameters
    e = sympy.Matrix([1, -1, -1, 1])
    assert tuple(se.ranks(model)) == (1, 1, 1)
    difference = se.defect(model) - s * (1 - s) ** 2 / (8 * (1 + 2 * s)) * e * e.T
    assert difference.applyfunc(sympy.cancel) == sympy.zeros(4, 4)
    share = se.visible_fisher_metric(model)[0] / se.fisher_metric(model)[0]
    assert sympy.cancel(share - (1 + 2 * s) / (2 + s)) == 0


def test_the_em_step_of_the_linkage_model_is_the_one_of_dempster_laird_and_rubin():
    model, start = linkage(), sympy.Rational(1, 2)
    step = se.em_step(model, [sympy.Rational(n, 197) for n in (125, 18, 20, 34)], {"s": start})
    expected = 125 * start / (2 + start)
    assert step.em[0] == (expected + 34) / (expected + 34 + 18 + 20)


def test_the_em_step_of_allele_frequencies_counts_alleles():
    model, a, b = abo(), sympy.Rational(1, 4), sympy.Rational(1, 4)
    n = dict(zip(("A", "B", "AB", "O"), map(sympy.Rational, ("2/5", "1/5", "1/10", "3/10")), strict=True))
    o = 1 - a - b
    aa, bb = n["A"] * a / (a + 2 * o), n["B"] * b / (b + 2 * o)
    step = se.em_step(model, list(n.values()), {"a": a, "b": b})
    assert list(step.em) == [(n["A"] + aa + n["AB"]) / 2, (n["B"] + bb + n["AB"]) / 2]
    assert step.natural == step.em  # every state counts two alleles: the weights are 1


def test_a_product_seen_through_a_sum_is_the_quotient():
    y, z = sympy.symbols("y z")
    seen = se.model_b().observe({"total": y + z})
    assert seen.space.visible_states == ((2,), (1,), (0,))
    assert [len(f) for f in seen.space.fibration] == [2, 4, 2]
    by_hand = se.model_b().observe(lambda y, z, _: y + z)
    listed = se.model_b().observe({s: s[0] + s[1] for s in se.model_b().space.states})
    assert tuple(se.ranks(seen)) == tuple(se.ranks(by_hand)) == tuple(se.ranks(listed))
    assert se.defect(seen) == se.defect(by_hand) == se.defect(listed)


def test_what_all_of_a_model_shows_again_is_the_model():
    model = se.model_b()
    again = model.observe(lambda y, z, _: (y, z))
    assert tuple(se.ranks(again)) == tuple(se.ranks(model))
    assert se.defect(again) == se.defect(model)


def test_impossible_states_are_left_out_and_said():
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    model = se.Parametrization(space, [A, 0, B, 1 - A - B], [A, B])
    assert model.space.states == ((0, 0), (1, 0), (1, 1))
    assert model.impossible == ((0, 1),)
    assert model.remarks == ("impossible, with an entry that is identically 0, and left out: (0, 1)",)
    assert [len(f) for f in model.space.fibration] == [1, 2]
    with pytest.raises(se.ModelError, match="impossible"):
        model.space.index((0, 1))


@pytest.mark.parametrize(
    ("seen", "remark"),
    [({"p": "u", "q": "u"}, "nothing is visible"), ({"p": "u", "q": "v"}, "nothing is hidden")],
)
def test_all_states_seen_alike_or_all_differently_is_allowed_and_said(seen, remark):
    model = se.Parametrization(se.StateSpace(seen), {"p": A, "q": 1 - A}, [A])
    assert remark in repr(model.space)
    assert any(remark in r for r in model.remarks)
    assert se.ranks(model).cylindrical


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: se.StateSpace({}), "no mapping"),
        (lambda: se.StateSpace(["AA"]), "no mapping"),
        (lambda: se.StateSpace({"AA": None}), "AA"),
        (lambda: se.StateSpace({"AA": ""}), "AA"),
        (lambda: se.StateSpace({"AA": 0.5}), "0.5"),
        (lambda: se.StateSpace({1: "A", "1": "B"}), "given twice"),
        (lambda: se.StateSpace({"A,A": "A"}), "comma"),
        (lambda: se.StateSpace({("A", "O"): "A", "OO": "O"}), "different numbers of labels"),
        (lambda: abo().space.index("XX"), "no state 'XX'"),
        (lambda: se.model_b().observe({"total": sympy.Symbol("y") + sympy.Symbol("u")}), "unknown variable u"),
        (lambda: se.model_b().observe({"total": sympy.Symbol("y") * 0.5}), "0.5"),
        (lambda: se.model_b().observe({(1, 1, 1): "a"}), "nothing is said of the state"),
        (lambda: se.model_b().observe(lambda *_: None), "None"),
        (lambda: se.model_b().observe(3), "neither a mapping"),
        (lambda: se.Parametrization(se.StateSpace({"p": "u"}), {"p": 0}, [A]), "no state is possible"),
    ],
)
def test_a_wrong_map_is_one_clear_message(build, says):
    with pytest.raises(se.SymelboError, match=says):
        build()


FILE = """
[variables]
x = ["0", "1"]
y = ["0", "1"]
[observed]
total = "x + y"
[model]
kind = "parametrization"
parameters = ["p"]
domain = ["0 < p", "p < 1"]
probabilities = {"0,0" = "(1 - p)**2", "0,1" = "p*(1 - p)", "1,0" = "p*(1 - p)", "1,1" = "p**2"}
"""


def test_a_file_says_what_is_observed():
    model = model_from_text(FILE)
    assert [model.space.visible_key(v) for v in model.space.visible_states] == ["0", "1", "2"]
    assert tuple(se.ranks(model)) == (1, 1, 0)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('total = "x + y"', 'total = "x + u"', "'u'"),
        ('total = "x + y"', 'total = "0.5*x"', "0.5"),
        ('total = "x + y"', "", r"\[observed\]: expected"),
        ('y = ["0", "1"]', 'y = ["0", "1"]\nhidden = ["y"]', "leave one of the two out"),
        ('[observed]\ntotal = "x + y"', '[states]\nAA = "A"', "without"),
        ('x = ["0", "1"]\ny = ["0", "1"]\n[observed]\ntotal = "x + y"', 'hidden = []\n[states]\nAA = "A"', "without"),
    ],
)
def test_a_wrong_declaration_of_what_is_seen_is_named(old, new, says):
    with pytest.raises(se.SymelboError, match=says):
        model_from_text(FILE.replace(old, new))


def test_a_page_writes_states_by_their_names():
    page = se.derive(abo()).markdown()
    for shown in (
        r"p(\mathrm{AO})",
        r"p_{V}(A)",
        r"p(\mathrm{AA} \mid A)",
        r"\pi^{-1}(A) = \{\mathrm{AA}, \mathrm{AO}\}",
    ):
        assert shown in page
    assert "seen" not in page.replace("seen alike", "").replace("is seen of them", "").replace("not seen", "")


def test_an_explanation_says_where_how_badly_and_what_would_help():
    found = se.explain(linkage())
    text = " ".join(found.text().split())
    assert "cylindrical nowhere among its admissible points" in text
    assert "κ = t (1 − t)²/(8 (1 + 2 t))".replace("t", "s") in text
    assert "free tables" in text
    assert "observe the state itself: nothing is hidden then" in text


def test_a_file_of_states_gives_a_verdict_an_explanation_and_a_page(tmp_path):

    file = tmp_path / "linkage.toml"
    file.write_text(
        '[states]\n1a = "1"\n1b = "1"\n2 = "2"\n3 = "3"\n4 = "4"\n[model]\nkind = "parametrization"\n'
        'parameters = ["s"]\ndomain = ["0 < s", "s < 1"]\n'
        '[model.probabilities]\n1a = "1/2"\n1b = "s/4"\n2 = "(1 - s)/4"\n3 = "(1 - s)/4"\n4 = "s/4"\n'
    )

    def run(*arguments):
        return CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)

    verdict = run("verify", file, "--json")
    assert (verdict.exit_code, '"1a"' in verdict.output) == (0, True)
    assert run("explain", file).exit_code == 0
    assert run("derive", file, "-o", tmp_path / "page.tex").exit_code == 0


def test_a_list_is_refused_where_the_states_stand_in_another_order_than_they_were_given():
    p = sympy.Symbol("p")
    space = se.StateSpace({"aa": "even", "ab": "odd", "bb": "even"})
    table = {"aa": p**2, "ab": 2 * p * (1 - p), "bb": (1 - p) ** 2}
    M = se.Parametrization(space, table, [p])
    half, quarter = sympy.Rational(1, 2), sympy.Rational(1, 4)
    for listed in (
        lambda: se.Parametrization(space, list(table.values()), [p]),
        lambda: se.natural_gradient(se.divergence([half, quarter, quarter]), M),
        lambda: se.ExponentialFamily(space, [[0, 1, 2]]),
        lambda: se.recognition_model(space, [p, 1, 1 - p], [p]),
    ):
        with pytest.raises(se.ModelError, match=r"stand in another order than they were given, aa, bb, ab, by what"):
            listed()
    by_name = se.natural_gradient(se.divergence({"aa": half, "ab": quarter, "bb": quarter}), M, at={p: half})
    assert by_name.parameters == sympy.Matrix([-sympy.Rational(1, 8)]), "E log p is maximal at p = 5/8"
    assert se.natural_gradient(se.divergence([sympy.Rational(1, 3)] * 3), M) is not None
