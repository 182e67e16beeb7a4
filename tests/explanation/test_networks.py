"""Networks without a table are explained and derived by their graph, and mended by arrows within proved bounds."""

import itertools
import json
import random

import networkx as nx
import pytest
from click.testing import CliRunner

import symelbo as se
from symelbo.cli import main
from symelbo.explanation.arrows import fewest_arrows
from symelbo.explanation.networks import joining_arrows
from symelbo.graphs import MarkovCut, reveal
from tests.graphs.oracle import random_dag


def chain(n, hidden):
    return se.bayesian_network(
        [(f"h{i}", f"h{i + 1}") for i in range(n - 1)] + [(f"h{i}", f"v{i}") for i in range(n)], hidden=hidden
    )


def test_the_page_names_the_obstruction_and_says_what_would_mend_it() -> None:
    page = se.explain(chain(60, ["h30"])).text(200)
    assert "cylindrical nowhere: h29 -> h30 -> h31 leads from h29 to h31, not adjacent" in page
    assert "the path h29 → h30 → h31 joins h29 and h31, which are not adjacent, through the hidden h30" in page
    assert "With the arrows h29 → h31, h29 → v30, h31 → v30 it is a cut. No fewer arrows do." in page
    found = se.explain(chain(60, ["h30"])).as_dict()
    assert found["graph"]["obstruction"]["not_adjacent"] == ["h29", "h31"]
    json.dumps(found)


def test_the_derivation_of_a_cut_names_the_arrows_that_are_turned() -> None:
    text = se.derive(chain(60, ["h0"])).text(200)
    assert "is cylindrical" not in text.splitlines()[0]
    assert se.explain(chain(60, ["h59", "v59"])).text(200).count("it is a cut") == 1
    star = se.bayesian_network([("h", "v0"), *((f"v{i}", f"v{i + 1}") for i in range(40))], hidden=["h"])
    assert "The equivalent network with v0 → h" in se.derive(star).text(200)
    assert se.derive(star).certificates


@pytest.mark.parametrize("seed", range(6))
def test_arrows_that_join_make_a_cut_and_the_bound_is_not_above_the_fewest(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(8):
        dag = random_dag(6, rng)
        hidden = [n for n in sorted(dag) if rng.random() < 0.4]
        found = joining_arrows(dag, hidden)
        wider = nx.DiGraph([*dag.edges, *(found.arrows or ())])
        wider.add_nodes_from(dag)
        assert nx.is_directed_acyclic_graph(wider)
        assert isinstance(reveal(wider, hidden), MarkovCut)
        best = fewest_arrows(dag, hidden, sorted(dag))
        assert best.fewest
        assert found.at_least <= len(best.sets[0]) <= len(found.arrows or ())


def test_every_induced_subnetwork_of_a_cut_is_a_cut() -> None:
    rng = random.Random(5)
    for _ in range(60):
        dag = random_dag(6, rng)
        hidden = [n for n in sorted(dag) if rng.random() < 0.4]
        if isinstance(reveal(dag, hidden), MarkovCut):
            for kept in itertools.combinations(sorted(dag), 4):
                part = dag.subgraph(kept)
                assert isinstance(reveal(part, [h for h in hidden if h in kept]), MarkovCut)


def test_a_large_network_is_verified_explained_and_derived_from_the_command_line(tmp_path) -> None:
    path = tmp_path / "chain.toml"
    path.write_text('[model]\nkind = "hidden-markov-model"\nlength = 25\n', encoding="utf-8")
    printed = {}
    for command in (["verify", "--json"], ["explain"], ["explain", "--json"], ["derive"]):
        done = CliRunner().invoke(main, [command[0], str(path), *command[1:]])
        assert done.exit_code == 0, done.output
        assert "h1" in done.stdout
        printed[*command] = done.stdout
    data = json.loads(printed["verify", "--json"])
    assert data["cylindrical"]["verdict"] == "refuted"
    assert len(data["statements"]) == 12
    assert data["counterexample"]["visible_gradient"].keys() == {"0,0", "0,1", "1,0", "1,1"}
