"""Model files of every kind, networks from BIF files, and networks too large to enumerate."""

import random
from fractions import Fraction
from pathlib import Path

import networkx as nx
import pytest

import symelbo as se
from symelbo.models import model_from_text
from symelbo.models.formats.network import row_numbers
from symelbo.models.graphs import Network
from symelbo.models.networks import subnetwork_point
from tests.model_files import network_file

MODELS = Path(__file__).parents[2] / "proofs" / "models"

VERDICTS = {
    "boltzmann_machine": "refuted",
    "exponential": "refuted",
    "full_simplex": "proved",
    "hidden_markov_model": "refuted",
    "independence": "proved",
    "log_linear": "proved",
    "m_a": "proved",
    "m_b": "refuted",
    "mixture": "refuted",
    "naive_bayes": "refuted",
    "parametrization": "proved",
    "restricted_boltzmann_machine": "refuted",
    "sigmoid_belief_network": "refuted",
}


@pytest.mark.parametrize("name", VERDICTS)
def test_every_model_file_is_decided(name):
    assert se.is_cylindrical(se.load_model(MODELS / f"{name}.toml")).kind == VERDICTS[name]


def test_the_files_of_the_paper_are_its_models():
    for file, model in (("m_a", se.model_a()), ("m_b", se.model_b())):
        loaded = se.load_model(MODELS / f"{file}.toml")
        assert (loaded.parameters, loaded.name) == (model.parameters, model.name)
        assert list(loaded.table.values()) == list(model.table.values())


def test_another_hidden_set_can_be_given_for_a_file():
    M = se.load_model(MODELS / "m_b.toml", hidden=["y"])
    assert [v.name for v in M.space.hidden] == ["y"]
    assert isinstance(se.is_cylindrical(M), se.Proved)


VARIABLES = '[variables]\nx = ["0", "1"]\ny = ["0", "1"]\nhidden = ["x"]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (VARIABLES + '[model]\nkind = "boltzmann-machine"\nedges = [["x", "z"]]', "edges: unknown variable z"),
        (VARIABLES + '[model]\nkind = "log-linear"\ngenerators = [["x", "z"]]', "generators: unknown variable z"),
        (VARIABLES + '[model]\nkind = "log-linear"\ngenerators = ["x"]', "expected lists of names"),
        (VARIABLES + '[model]\nkind = "exponential"\nstatistics = ["x*z"]', "unknown name 'z'"),
        (VARIABLES + '[model]\nkind = "exponential"\nstatistics = ["x"]\nbase = "x"', "base measure is 0"),
        (VARIABLES + '[model]\nkind = "mixture"\ncomponent = "normal"', "one of full-simplex, independence"),
        (VARIABLES + '[model]\nkind = "naive-bayes"\nn_leaves = 2', "remove it"),
        ('[model]\nkind = "naive-bayes"\nn_leaves = 0', "n_leaves = 0"),
        ('[model]\nkind = "restricted-boltzmann-machine"\nn_visible = 2', "n_hidden = None"),
        (VARIABLES.replace("0", "a") + '[model]\nkind = "boltzmann-machine"\nedges = []', "same two numbers"),
        (
            VARIABLES + '[model]\nkind = "parametrization"\nparameters = ["a"]\nweights = {"0,0" = "exp(a*a)"}',
            "no prob",
        ),
        (
            VARIABLES
            + '[model]\nkind = "parametrization"\nparameters = ["a"]\n'
            + 'weights = {"0,0" = "exp(1/a)", "0,1" = "1", "1,0" = "1", "1,1" = "1"}',
            r"probability of \(0, 0\): the exponent 1/a is not a polynomial",
        ),
    ],
)
def test_a_wrong_file_is_one_clear_message(text, message):
    with pytest.raises(se.SymelboError, match=message):
        model_from_text(text, source="file.toml")


# ---- BIF files

RAIN = """
network rain { }
variable r { type discrete [ 2 ] { yes, no }; }
variable s { type discrete [ 3 ] { off, low, high }; }
variable g { type discrete [ 2 ] { wet, dry }; }
probability ( g | s, r ) {
  (off, yes) 0.9, 0.1; (off, no) 0.2, 0.8; (low, yes) 0.95, 0.05; (low, no) 0.6, 0.4;
  (high, yes) 0.99, 0.01; (high, no) 0.8, 0.2;
}
probability ( r ) { table 0.2, 0.8; }
probability ( s | r ) { (yes) 0.7, 0.2, 0.1; (no) 0.3, 0.3, 0.4; }
"""


def test_the_numbers_of_a_file_are_its_point(tmp_path):
    path = tmp_path / "rain.bif"
    path.write_text(RAIN)
    M = se.load_model(path, hidden=["r"])
    at = M.point("file")
    assert M.file_point == at
    # p(r = no, s = low, g = wet) = 0.8 * 0.3 * 0.6, whatever the order of the parents in the file
    weights = M.factor_table.weights_at(at.values)
    value = weights[M.space.index(("low", "wet", "no"))]
    assert Fraction(int(value.p), int(value.q)) == Fraction(8 * 3 * 6, 1000)
    assert isinstance(se.verify(M, "S3", "file"), se.Proved | se.Refuted)
    assert M.hide("s").file_values == M.file_values


def test_a_file_without_numbers_has_no_such_point():
    with pytest.raises(se.DomainError, match="not read from a file with numbers"):
        se.model_b().point("file")


def test_numbers_on_the_boundary_are_no_point():
    M = se.load_model(MODELS / "asia.bif", hidden=["either", "lung"])
    assert M.space.n_states == 256
    with pytest.raises(se.DomainError, match="either1"):
        M.point("file")


def test_a_bif_file_needs_hidden_variables(tmp_path):
    path = tmp_path / "rain.bif"
    path.write_text(RAIN)
    with pytest.raises(se.ModelFileError, match="which variables are hidden"):
        se.load_model(path)
    with pytest.raises(se.GraphError, match="unknown node u"):
        se.load_model(path, hidden=["u"])
    path.write_text(RAIN.replace("0.99, 0.01", "0.99, 0.02"))
    M = se.load_model(path, hidden=["r"])
    with pytest.raises(se.DomainError, match=r"rain.bif:\d+:\d+: the row \(high, yes\) of 'g' has the sum 101/100"):
        se.is_cylindrical(M, at="file")


def test_rows_are_reordered_with_the_parents():
    assert row_numbers(["a", "b"], ["b", "a"], {"a": 2, "b": 3}) == [0, 3, 1, 4, 2, 5]


# ---- Networks too large to enumerate


def chain(n):
    edges = [(f"h{i}", f"h{i + 1}") for i in range(n - 1)]
    return nx.DiGraph(edges + [(f"h{i}", f"v{i}") for i in range(n)])


def random_network(n, seed, parents=2):
    rng = random.Random(seed)
    graph = nx.DiGraph()
    graph.add_nodes_from(f"n{i}" for i in range(n))
    graph.add_edges_from(
        (f"n{p}", f"n{i}") for i in range(1, n) for p in rng.sample(range(i), min(i, rng.randint(0, parents)))
    )
    return graph


def test_hidden_leaves_of_a_large_network_are_a_cut():
    M = se.bayesian_network(chain(60), hidden=["v3", "v40"])
    assert isinstance(M, Network)
    report = se.verify(M)
    proved = [v.statement.id for v in report.verdicts if isinstance(v, se.Proved)]
    assert proved == ["S3", "S4", "S8", "S11"]
    assert not report.undecided
    assert isinstance(report.cylindrical, se.Proved)
    assert report.cylindrical.scope == se.Where.EVERYWHERE


def test_a_large_network_is_refuted_by_its_graph_and_a_small_subnetwork_says_nowhere():
    verdict = se.is_cylindrical(se.bayesian_network(chain(60), hidden=["h30"]))
    assert isinstance(verdict, se.Refuted)
    assert verdict.scope == se.Where.NOWHERE
    assert verdict.detail.startswith("h29 -> h30 -> h31 leads from h29 to h31, not adjacent, through the hidden h30")
    assert "the subnetwork of h29, h30, h31, v30" in verdict.detail
    assert verdict.counterexample is not None


def test_a_large_network_whose_subnetworks_are_large_too_is_refuted_by_its_graph():
    report = se.verify(se.bayesian_network(chain(60), hidden=[f"h{i}" for i in range(60)]))
    assert isinstance(report.cylindrical, se.Refuted)
    assert report.cylindrical.scope == se.Where.GENERICALLY
    assert "v0 -> h0 -> h1 -> v1 leads from v0 to v1" in report.cylindrical.detail
    assert [v.statement.id for v in report.verdicts if isinstance(v, se.Proved)] == ["S4", "S9"]
    assert not report.undecided
    found = report.cylindrical.counterexample
    assert found.projected_elbo_gradient != found.visible_gradient
    assert [v.name for v in found.space.variables] == ["v0", "v1", "h0", "h1"]


def test_nodes_with_one_state_are_left_out():
    edges = [(f"v{i}", f"v{i + 1}") for i in range(40)] + [("h", "v20"), ("u", "v20")]
    states = {n: 1 if n == "u" else 2 for edge in edges for n in edge}
    verdict = se.is_cylindrical(se.bayesian_network(edges, states=states, hidden=["h"]))
    assert isinstance(verdict, se.Refuted)
    assert verdict.detail.startswith("h -> v20 <- v19")
    alone = se.bayesian_network([*edges[:40], ("u", "v0")], states={**states, "u": 1}, hidden=["u", "h"])
    assert isinstance(se.is_cylindrical(alone), se.Proved)


def test_a_collider_that_needs_a_node_with_one_state_is_none():
    graph = {"states": {"h": 2, "u": 1, "b": 2}, "hidden": ["h"]}
    verdict = se.is_cylindrical(se.bayesian_network([("h", "b"), ("u", "b")], **graph))
    assert isinstance(verdict, se.Proved)


def test_a_network_without_a_table_says_so():
    M = se.bayesian_network(chain(60), hidden=["h3"])
    assert M.n_parameters == 1 + 59 * 2 + 60 * 2
    assert not isinstance(M, se.Parametrization)
    for use in (se.fisher_metric, se.ranks, se.tangent_decomposition):
        with pytest.raises(se.ModelError, match="too large for a table; what is asked for needs"):
            use(M)
    assert [v.name for v in M.hide("h4").space.hidden] == ["h4"]


@pytest.mark.parametrize("seed", range(12))
def test_reduction_decides_as_the_whole_network_does(seed):
    graph = random_network(6, seed)
    rng = random.Random(seed)
    hidden = rng.sample(sorted(graph), rng.choice([1, 2]))
    M = se.bayesian_network(graph, hidden=hidden)
    large = Network.of(graph, M.space)
    assert se.is_cylindrical(large).kind == se.is_cylindrical(M).kind


def test_the_numbers_of_a_large_file_are_read_in_its_subnetworks(tmp_path):
    rng = random.Random(2)
    lines = ["network large { }"]
    n = 40
    for i in range(n):
        lines.append(f"variable n{i} {{ type discrete [ 2 ] {{ a, b }}; }}")
    graph = random_network(n, 5)
    for i in range(n):
        parents = sorted(graph.predecessors(f"n{i}"), reverse=True)
        head = f"n{i}" + (f" | {', '.join(parents)}" if parents else "")
        rows = 2 ** len(parents)
        first = [Fraction(rng.randint(1, 9), 10) for _ in range(rows)]
        entries = [*(str(float(f)) for f in first), *(str(float(1 - f)) for f in first)]
        lines.append(f"probability ( {head} ) {{ table {', '.join(entries)}; }}")
    path = tmp_path / "large.bif"
    path.write_text("\n".join(lines).replace("0.30000000000000004", "0.3").replace("0.19999999999999996", "0.2"))
    hidden = next(v for v in graph if graph.in_degree(v) and graph.out_degree(v))
    M = se.load_model(path, hidden=[hidden], normalise=True)
    assert isinstance(M, Network)
    verdict = se.verify(M, "S3", "file")
    assert isinstance(verdict, se.Proved | se.Refuted)
    assert verdict.kind == se.is_cylindrical(M).kind
    with pytest.raises(se.DomainError, match="at='file'"):
        se.verify(M, "S3", {"n1": 1})


def test_a_point_of_a_subnetwork_takes_the_rows_of_its_stratum():
    # s and r are parents of x; given s = 1 the table of x is the second half of the file's.
    graph = nx.DiGraph([("s", "x"), ("r", "x")])
    space = se.SampleSpace({"r": 2, "x": 2}, {"s": 2}, order=["s", "r", "x"])
    rows = {"s": ["1/2"], "r": ["1/2"], "x": ["1/10", "2/10", "3/10", "4/10"]}
    network = Network.of(graph, space, file=network_file(graph, rows))
    part = se.bayesian_network([("r", "x")], hidden=["r"])
    point = subnetwork_point(network, part, ["r"], {"s": 1})
    assert [str(v) for v in point.values] == ["1/2", "3/10", "2/5"]
