"""Verdicts on networks without a table are judged by the independent checker, from the command line on."""

from __future__ import annotations

import json
import random
import subprocess
import sys

import networkx as nx
import pytest
from click.testing import CliRunner

import symelbo as se
from symelbo import checker
from symelbo.certificates import Certificate, NetworkCertificate
from symelbo.cli import main
from symelbo.geometry import generic_screen
from symelbo.graphs import MarkovObstruction, NonFace
from symelbo.models.criteria import graph_answer
from symelbo.models.graphs import Network
from symelbo.models.reduction import reduce_network
from symelbo.statements import statement
from tests.graphs.oracle import random_dag
from tests.model_files import network_file

CHAIN = [(f"v{i}", f"v{i + 1}") for i in range(40)]


@pytest.mark.parametrize(
    ("more", "hidden", "code"),
    [([("h", "v20"), ("v19", "h")], ["h"], "proved"), ([("h", "v20"), ("h", "v30")], ["h"], "refuted")],
)
def test_a_chain_of_forty_nodes_is_written_and_judged_by_the_script(tmp_path, more, hidden, code):
    edges = json.dumps([list(e) for e in (*CHAIN, *more)])
    nodes = sorted({n for e in (*CHAIN, *more) for n in e})
    lines = ["[variables]", *(f"{n} = 2" for n in nodes), f"hidden = {json.dumps(hidden)}"]
    model, certificate = tmp_path / "chain.toml", tmp_path / "certificate.json"
    model.write_text("\n".join([*lines, "[model]", 'kind = "bayesian-network"', f"edges = {edges}"]))
    CliRunner().invoke(main, ["verify", str(model), "--certificate", str(certificate)], catch_exceptions=False)
    done = subprocess.run(
        [sys.executable, "-I", checker.__file__, str(certificate)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert f"verdict: {code}" in done.stdout


@pytest.mark.parametrize("seed", range(8))
def test_the_checker_rebuilds_the_subnetworks_of_the_reduction(seed):
    rng = random.Random(seed)
    graph = nx.DiGraph()
    graph.add_nodes_from(f"n{i}" for i in range(14))
    graph.add_edges_from(
        (f"n{p}", f"n{i}") for i in range(1, 14) for p in rng.sample(range(i), min(i, rng.randint(0, 3)))
    )
    hidden = rng.sample(sorted(graph), 5)
    names = [*(n for n in sorted(graph) if n not in hidden), *(n for n in sorted(graph) if n in hidden)]
    data = {"arrows": sorted(map(list, graph.edges)), "hidden": [n for n in names if n in hidden]}
    checker._budget.left = checker.MAX_WORK
    rebuilt = checker._subnetworks(checker.Graph({**data, "variables": [[n, ["0", "1"]] for n in names]}))
    expected = {
        checker._key({n: ["0", "1"] for n in part.nodes}, part.hidden, part.edges)
        for part in reduce_network(graph, hidden).subnetworks
    }
    assert rebuilt == expected


def network(edges, hidden, rows):
    """A network of binary nodes that is not enumerated; numbers: for each node the probabilities of its state 0."""
    graph = nx.DiGraph(edges)
    visible = [n for n in rows if n not in hidden]
    space = se.SampleSpace(dict.fromkeys(visible, 2), dict.fromkeys(hidden, 2), order=list(rows))
    return Network.of(graph, space, file=network_file(graph, rows))


def test_at_the_numbers_of_a_file_a_network_that_is_cylindrical_nowhere_is_judged_as_a_whole():
    rows = {"s": ["1/2"], "x": ["1/2", "1/3"], "y": ["1/2", "1/3"]}
    verdict = se.verify(network([("s", "x"), ("s", "y")], ["s"], rows), "S3", "file")
    assert isinstance(verdict, se.Refuted)
    assert verdict.scope == se.Where.POINT
    assert "as at every admissible point" in verdict.detail
    judgement = checker.check(verdict.certificate.to_json())
    assert judgement.accepted
    assert "no-admissible-point" in judgement.message


def test_at_inadmissible_numbers_of_a_file_nothing_is_decided():
    rows = {"s": ["1/2"], "x": ["1/2", "1/2"], "y": ["1/2", "1/2"]}
    message = r"no admissible point: in the subnetwork of s the ranks of J and J_V are \(5, 2\)"
    with pytest.raises(se.DomainError, match=message):
        se.verify(network([("s", "x"), ("s", "y")], ["s"], rows), "S3", "file")


def test_a_verdict_at_the_numbers_of_a_file_says_what_is_assumed():
    rows = {"a": ["1/2"], "h": ["1/2"], "x": ["1/2", "1/3", "1/4", "1/5"]}
    verdict = se.verify(network([("a", "x"), ("h", "x")], ["h"], rows), "S3", "file")
    assert isinstance(verdict, se.Refuted)
    assert "assumed, not judged by the checker" in verdict.detail


def test_of_several_subnetworks_one_that_is_cylindrical_nowhere_is_named():
    graph = nx.DiGraph([*CHAIN, ("h", "v20"), ("k", "v30"), ("k", "v31")])
    verdict = se.is_cylindrical(se.bayesian_network(graph, hidden=["h", "k"]))
    assert verdict.scope == se.Where.NOWHERE
    assert verdict.certificate.scope == "generic"
    assert verdict.extent_certificate.scope == "no-admissible-point"
    assert "that of the subnetwork of k" in verdict.detail


@pytest.mark.parametrize("seed", range(5))
def test_the_checker_accepts_what_the_graph_answers_and_no_obstruction_where_there_is_a_cut(seed):
    rng = random.Random(seed)
    for _ in range(12):
        graph = random_dag(rng.randint(3, 6), rng)
        hidden = rng.sample(sorted(graph), rng.randint(1, len(graph) - 1))
        sizes = {n: rng.choice([1, 2, 2, 3]) for n in graph}
        space = se.SampleSpace(
            {n: sizes[n] for n in sorted(graph) if n not in hidden}, {n: sizes[n] for n in hidden}, order=sorted(graph)
        )
        M = Network.of(graph, space)
        found = graph_answer(M)
        assert checker.check(NetworkCertificate.of_graph(M, found).to_json()).accepted
        if isinstance(found, MarkovObstruction) and space.n_states <= 64:
            assert not isinstance(se.is_cylindrical(se.bayesian_network(graph, states=sizes, hidden=hidden)), se.Proved)


@pytest.mark.parametrize("seed", range(3))
def test_a_non_face_is_accepted_and_agrees_with_the_ranks_and_a_face_is_not_accepted_as_one(seed):
    rng = random.Random(seed)
    for _ in range(8):
        names = "abcde"[: rng.randint(3, 5)]
        sets = [sorted(rng.sample(names, rng.randint(2, 3))) for _ in range(rng.randint(2, 5))]
        hidden = rng.sample(names, rng.randint(1, 2))
        M = se.log_linear(
            [*sets, *map(list, names)], states={n: rng.choice([1, 2, 2, 3]) for n in names}, hidden=hidden
        )
        found = graph_answer(M)
        inside = M.point(dict.fromkeys(M.parameters, 0))
        refuted = isinstance(found, NonFace)
        assert generic_screen(M).ranks().cylindrical is not refuted
        near = [n for n in names if n not in hidden]
        contacts = tuple(hidden[:1] * len(near))
        forged = NonFace((), tuple(near), contacts, ())
        for answer, good in ((found, refuted), (forged, False)):
            if isinstance(answer, NonFace):
                result = checker.check(Certificate.of_graph(M, statement("S3"), inside, answer).to_json())
                assert result.exit < 2
                assert refuted if result.accepted else not good


def test_where_lemma_11_is_too_long_to_be_confirmed_at_its_point_the_judge_needs_the_lemma_alone():
    states = {"h": 21, "a": 21, "b": 21, **{f"v{i}": 2 for i in range(41)}}
    verdict = se.is_cylindrical(se.bayesian_network([*CHAIN, ("h", "b"), ("a", "b")], states=states, hidden=["h"]))
    assert isinstance(verdict, se.Refuted)
    judgement = checker.check(verdict.certificate.to_json())
    assert judgement.accepted
    assert not any("rank T + 1" in line for line in judgement.report)
