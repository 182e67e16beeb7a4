"""What models say of themselves: names of parameters that can be predicted and changed, meanings that are kept."""

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.models import model_from_text

FAMILIES = [
    se.model_b(),
    se.naive_bayes(2, 3, n_states=3),
    se.log_linear([["x", "y"]], states={"x": 2, "y": ["a", "b", "c"]}, hidden=["x"]),
    se.restricted_boltzmann_machine(2, 1),
    se.sigmoid_belief_network([("h", "v")], hidden=["h"]),
    se.mixture(se.independence({"y": 2, "z": 2, "one": 1}, hidden=["one"]), 2),
    se.ExponentialFamily(se.SampleSpace({"x": 2}, {"h": 2}), [sympy.Symbol("x") * sympy.Symbol("h")]),
    se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"]),
    se.factor_analysis(3),
    se.bayesian_network([("h", "y")], hidden=["h"], tables={"h": [[sympy.Rational(1, 3), sympy.Rational(2, 3)]]}),
]


@pytest.mark.parametrize("M", FAMILIES, ids=lambda M: M.name or "given")
def test_every_parameter_of_a_family_has_a_meaning_that_other_names_keep(M):
    told = M.describe()
    assert tuple(told.parameters) == tuple(M.parameters)
    assert all(told.parameters.values())
    others = {str(p): f"q{k}" for k, p in enumerate(M.parameters)}
    renamed = M.rename(others)
    assert tuple(map(str, renamed.parameters)) == tuple(others.values())
    assert list(renamed.describe().parameters.values()) == list(told.parameters.values())
    for text in told.parameters.values():
        assert text in repr(told)
    assert told._repr_latex_().startswith("$$")


def test_the_meaning_of_a_tied_parameter_is_all_that_it_stands_for():
    M = se.hidden_markov_model(3, homogeneous=True)
    assert M.meanings[sympy.Symbol("h21")] == "p(h2 = 0 | h1 = 0) = p(h3 = 0 | h2 = 0)"
    assert "Bayesian network: h1 -> h2, v1" in repr(M.describe())
    assert M.describe().domain == tuple(f"0 < {p} < 1" for p in M.parameters)
    assert se.model_b().iid(2).meanings == se.model_b().meanings
    assert set(se.model_b().on("y1 = y2, x = 1/2").meanings) == set(sympy.symbols("y2 z1 z2"))


def test_states_seen_alike_graphs_without_a_table_and_constants_are_described():
    q, x = se.known("q"), sympy.Symbol("x")
    space = se.StateSpace({"AA": "A", "AO": "A", "OO": "O"})
    told = se.Parametrization(space, [x**2, 2 * x * (1 - x) * q, 1 + x], [x], [x > 0, q > 0, x < 1], weights=True)
    assert "AA, AO are seen as A" in repr(told.describe())
    assert "constants   q" in repr(told.describe())
    assert "h -> v1, v2" in repr(se.naive_bayes(30).describe())


def test_tied_tables_are_those_with_equal_parameters_and_the_shared_tables_of_a_network():
    edges = [("h", "y1"), ("h", "y2"), ("h", "y3")]
    shared = se.bayesian_network(edges, hidden=["h"], tables={"y2": "y1", "y3": "y1"})
    tied = se.bayesian_network(edges, hidden=["h"]).tie({"y3": "y2", "y2": "y1"})
    assert tied.table == shared.table
    one_by_one = se.bayesian_network(edges, hidden=["h"]).tie({"y21": "y11", "y22": "y12", "y31": "y11", "y32": "y12"})
    assert one_by_one.table == tied.table
    assert tuple(se.ranks(tied)) == (3, 3, 2)
    gaussian = se.factor_analysis(3).tie({"w2": "w1", "w3": "w1"})
    assert [str(p) for p in gaussian.parameters if str(p).startswith("w")] == ["w1"]


def test_a_homogeneous_chain_of_four_steps_and_its_ordered_symbols_have_certificates():
    M = model_from_text("""
        [model]
        kind = "hidden-markov-model"
        length = 3
        homogeneous = true
        rename = {h1 = "pi", h21 = "a", h22 = "b", v11 = "e", v12 = "f"}
        domain = ["e < f < 1/2"]
    """)
    assert tuple(se.ranks(M)) == (5, 5, 5)
    verdict = se.is_cylindrical(M)
    assert isinstance(verdict, se.Refuted)
    point = dict(verdict.counterexample.point.as_dict())
    assert point[sympy.Symbol("e")] < point[sympy.Symbol("f")] < sympy.Rational(1, 2)
    for certificate in (verdict.certificate, verdict.extent_certificate):
        assert checker.check(certificate.to_json()).accepted


def test_words_name_the_variables_as_they_are_called_now():
    M = se.model_b().relabel({"x": "disease"}, {"y": ["+", "-"]})
    assert M.meanings[sympy.Symbol("y1")] == "p(y = + | disease = 1)"
    assert se.model_b().observe({"s": sympy.Symbol("y")}).meanings == se.model_b().meanings
    assert not se.restricted_boltzmann_machine(1, 1).relabel({"v1": "v"}).meanings


def test_what_has_no_table_says_what_is_missing():
    with pytest.raises(AttributeError, match="no tie: that needs the probabilities of all states, and this is Naive"):
        se.naive_bayes(30).tie({"v2": "v1"})
    with pytest.raises(AttributeError, match=r"ask it of one copy, M.one_copy.on"):
        se.model_b().iid(50).on("y1 = y2")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda M: M.tie({"z": "y"}).tie({"z": "y"}), "nodes are tied before other changes"),
        (lambda M: M.tie({"y": "q"}), "y and q are not two parameters"),
        (lambda M: M.tie({"y1": "y2", "y2": "y1"}), "y1 = y2 = y1 is a circle"),
        (lambda M: M.tie({"y": "x"}), "y cannot share the table of x"),
        (lambda M: M.tie("y"), "is not a mapping"),
        (lambda M: M.rename({"y1": "y2"}), "two parameters would have the name y2"),
        (lambda M: M.rename({"y1": "exp"}), "'exp' is not a name that an expression can contain"),
        (lambda M: M.rename({"q": "a"}), "q is no parameter; the parameters are x, y1"),
        (lambda M: M.within("y1 < y2, y2 < y1"), "empty"),
    ],
)
def test_changes_that_cannot_be_made_are_named(change, message):
    with pytest.raises(se.ModelError, match=message):
        change(se.model_b())


HEAD = '[variables]\nh = 2\ny = 2\nz = 2\nhidden = ["h"]\n[model]\nkind = "bayesian-network"\n'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("tie = 3", r'tie = 3: expected parameters or nodes, such as tie = \{v2 = "v1"\}'),
        ('tie = {z = "x"}', "z and x are not two parameters"),
        ('domain = "y1 < z1"', "expected inequalities, such as"),
        ('domain = ["y1 < q"]', "unknown name 'q'"),
        ('copies = "2"', "expected a number of copies"),
        ('on = ["y1"]', "is not of the form"),
    ],
)
def test_wrong_changes_in_files_are_named(line, message):
    with pytest.raises(se.SymelboError, match=message):
        model_from_text(f'{HEAD}edges = [["h", "y"], ["h", "z"]]\n{line}\n')


def test_a_file_changes_a_model_of_any_kind():
    M = model_from_text(f"""{HEAD}edges = [["h", "y"], ["h", "z"]]
        rename = {{h = "w"}}
        tie = {{z = "y"}}
        on = ["w = 1/3"]
        domain = ["y1 < y2"]
        copies = 2
    """)
    by_hand = se.bayesian_network([("h", "y"), ("h", "z")], hidden=["h"]).tie({"z": "y"}).on("h = 1/3").within("y1<y2")
    assert list(M.table.values()) == list(by_hand.iid(2).table.values())
    assert repr(M.domain) == repr(by_hand.domain)
    G = model_from_text(
        '[model]\nkind = "factor-analysis"\nn = 3\ntie = {w2 = "w1"}\non = ["l1 = 1"]\ndomain = ["w3 < w1"]'
    )
    assert [str(p) for p in G.parameters] == ["m1", "m2", "m3", "l2", "l3", "w1", "w3"]
    assert "w3 < w1" in repr(G.domain)
