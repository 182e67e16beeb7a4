"""Reduction of networks at a point: ranks are those of the subnetworks, and nothing is left exactly for a cut."""

import random
from collections.abc import Iterable, Mapping, Sequence

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from symelbo.graphs import MarkovCut, reveal
from symelbo.models.reduction import reduce_network
from tests.graphs.oracle import FIXED, all_dags, network, network_defect, questions, random_dag, subsets


def total_defect(dag: nx.DiGraph, hidden: Iterable[str], states: Mapping[str, int], rng: random.Random) -> int:
    """Return the sum of m over the subnetworks and the joint states of their strata."""
    total = 0
    for part in reduce_network(dag, hidden).subnetworks:
        copies = int(np.prod([states[node] for node in part.strata], dtype=int))
        total += copies * network_defect(part.dag(), part.hidden, states, rng)
    return total


def check_by_ranks(dag: nx.DiGraph, hidden: Sequence[str], states: Mapping[str, int], rng: random.Random) -> None:
    m = network_defect(dag, hidden, states, rng)
    assert m == total_defect(dag, hidden, states, rng)
    if isinstance(reveal(dag, hidden), MarkovCut):
        assert m == 0


def test_the_rank_oracle_knows_the_papers_two_models() -> None:
    rng, binary = random.Random(0), dict.fromkeys("xyz", 2)
    assert network_defect(network("xyz", []), ["x"], binary, rng) == 0
    assert network_defect(network("xyz", [("x", "y"), ("x", "z")]), ["x"], binary, rng) == 1


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_ranks_of_every_binary_network_are_those_of_its_subnetworks_and_a_cut_is_cylindrical(n: int) -> None:
    rng = random.Random(n)
    for dag in all_dags(n):
        for hidden in subsets(dag):
            check_by_ranks(dag, hidden, dict.fromkeys(dag, 2), rng)


def test_ranks_of_random_networks_with_two_or_three_states_are_those_of_their_subnetworks() -> None:
    rng = random.Random(23)
    for _ in range(150):
        dag = random_dag(rng.choice([3, 4, 4]), rng)
        hidden = [node for node in sorted(dag) if rng.random() < 0.5]
        check_by_ranks(dag, hidden, {node: rng.choice([2, 3]) for node in dag}, rng)


def test_ranks_of_random_binary_networks_with_five_to_seven_nodes_are_those_of_their_subnetworks() -> None:
    rng = random.Random(57)
    for _ in range(150):
        dag = random_dag(rng.choice([5, 5, 6, 7]), rng)
        hidden = [node for node in sorted(dag) if rng.random() < 0.4]
        check_by_ranks(dag, hidden, dict.fromkeys(dag, 2), rng)


@pytest.mark.slow
def test_ranks_of_every_binary_network_with_five_nodes_are_those_of_its_subnetworks() -> None:
    rng = random.Random(5)
    for dag in all_dags(5):
        for hidden in subsets(dag):
            check_by_ranks(dag, hidden, dict.fromkeys(dag, 2), rng)


@FIXED
@given(questions(10))
def test_a_subnetwork_reduces_to_itself_and_none_is_left_exactly_for_a_cut(question) -> None:
    dag, hidden = question
    reduction = reduce_network(dag, hidden)
    assert (reduction.subnetworks == ()) == isinstance(reveal(dag, hidden), MarkovCut)
    for part in reduction.subnetworks:
        again = reduce_network(part.dag(), part.hidden)
        assert [(p.nodes, p.edges, p.hidden, p.context, p.strata) for p in again.subnetworks] == [
            (part.nodes, part.edges, part.hidden, part.context, ())
        ]
        assert (again.vertical, again.horizontal) == ((), part.context)


@FIXED
@given(questions(10))
def test_every_family_is_dropped_or_in_exactly_one_subnetwork(question) -> None:
    dag, hidden = question
    reduction = reduce_network(dag, hidden)
    kept = [node for part in reduction.subnetworks for node in part.nodes if node not in part.context]
    assert sorted([*kept, *reduction.vertical, *reduction.horizontal]) == sorted(dag)


def test_barren_hidden_nodes_are_vertical_and_visible_families_horizontal() -> None:
    dag = network("uvhkyz", [("u", "v"), ("h", "y"), ("h", "z"), ("y", "k"), ("v", "y")])
    reduction = reduce_network(dag, ["h", "k"])
    assert (reduction.vertical, reduction.horizontal) == (("k",), ("u", "v"))
    (part,) = reduction.subnetworks
    assert (part.nodes, part.context, part.strata) == (("h", "v", "y", "z"), ("v",), ())
    assert part.edges == (("h", "y"), ("h", "z"), ("v", "y"))
    assert any(reason.startswith("k: hidden") for reason in reduction.reasons)


def test_a_hidden_root_with_a_single_neighbour_is_vertical_although_it_has_visible_descendants() -> None:
    reduction = reduce_network(network("hkyz", [("h", "k"), ("k", "y"), ("k", "z")]), ["h", "k"])
    assert reduction.vertical == ("h",)
    assert [part.nodes for part in reduction.subnetworks] == [("k", "y", "z")]


def test_a_visible_parent_of_every_family_is_a_stratum() -> None:
    arrows = [("x", "y"), ("x", "z"), ("c", "x"), ("c", "y"), ("c", "z")]
    (part,) = reduce_network(network("cxyz", arrows), ["x"]).subnetworks
    assert (part.nodes, part.context, part.strata) == (("x", "y", "z"), (), ("c",))
    assert network_defect(network("cxyz", arrows), ["x"], dict.fromkeys("cxyz", 2), random.Random(1)) == 2


def test_strata_are_only_removed_when_every_family_has_them() -> None:
    arrows = [("x", "y"), ("x", "z"), ("c", "y"), ("c", "z")]
    (part,) = reduce_network(network("cxyz", arrows), ["x"]).subnetworks
    assert (part.context, part.strata) == (("c",), ())
