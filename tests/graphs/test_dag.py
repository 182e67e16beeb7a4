"""The graph decides networks: against equivalence classes, exact ranks at the recipes' points, and generic ranks."""

import itertools
import random
from functools import cache

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symelbo.atlas.families import FAMILIES, hidden_sets
from symelbo.errors import GraphError
from symelbo.graphs import (
    Chain,
    Collider,
    MarkovCut,
    MarkovObstruction,
    essential_graph,
    pinned_in_essential_graph,
    recipe_of_network,
    reveal,
    verify_reveal,
)
from symelbo.models.reduction import reduce_network
from tests.graphs.oracle import (
    FIXED,
    PRIME,
    all_dags,
    conditional_mean,
    equivalence_class,
    hidden_sets_with_a_cut,
    joint_states,
    network,
    network_defect,
    network_scores,
    numbered,
    questions,
    random_dag,
    rank,
    renamed,
    subsets,
)

M_B = network("xyz", [("x", "y"), ("x", "z")])


def test_paper_model_a_has_a_cut_and_model_b_a_chain() -> None:
    assert isinstance(reveal(network("xyz", []), ["x"]), MarkovCut)
    assert reveal(M_B, ["x"]) == MarkovObstruction((("y", "x"),), Chain(("y", "x", "z")))


def test_m_b_with_an_arrow_between_its_visible_nodes_has_a_cut() -> None:
    full = network("xyz", [("x", "y"), ("x", "z"), ("y", "z")])
    assert reveal(full, ["x"]) == MarkovCut((("y", "x"), ("y", "z"), ("z", "x")), ("y", "z", "x"))


def test_a_hidden_cause_with_a_visible_co_cause_is_a_collider() -> None:
    found = reveal(network("hvw", [("h", "v"), ("w", "v")]), ["h"])
    assert found == MarkovObstruction((), Collider(("h", "w"), ("v",)))
    assert str(found) == "h -> v <- w with h hidden and not adjacent to w"
    assert found.shape.drawing(["h"]) == "(h) --+\n      +--> v\nw   --+"


def test_a_hidden_collider_is_seen_through_a_path() -> None:
    found = reveal(nx.DiGraph([("h", "m"), ("k", "m"), ("m", "n"), ("n", "b")]), ["h", "k", "m", "n"])
    assert found == MarkovObstruction((), Collider(("h", "k"), ("m", "n", "b")))
    assert str(found) == "h -> m <- k with h hidden and not adjacent to k, seen through m -> n -> b"


def test_two_visible_parents_that_are_not_adjacent_do_no_harm() -> None:
    dag = nx.DiGraph([("a", "h"), ("c", "h"), ("a", "b"), ("c", "b"), ("h", "b")])
    answer = reveal(dag, ["h"])
    assert isinstance(answer, MarkovCut)
    assert ("b", "h") in answer.edges


def test_only_the_turned_arrows_that_the_obstruction_needs_are_named() -> None:
    far = [("k", "a"), ("h", "y"), ("h", "z")]
    assert reveal(nx.DiGraph(far), ["h", "k"]) == MarkovObstruction((("y", "h"),), Chain(("y", "h", "z")))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_answer_is_that_of_the_whole_equivalence_class_on_every_network(n: int) -> None:
    rng = random.Random(n)
    for standard in all_dags(n):
        dag = renamed(standard, rng)
        with_cut = hidden_sets_with_a_cut(dag)
        for hidden in subsets(dag):
            answer = reveal(dag, hidden)
            assert isinstance(answer, MarkovCut) == (hidden in with_cut)
            assert isinstance(answer, MarkovCut) == (pinned_in_essential_graph(dag, hidden) is None)
            assert verify_reveal(dag, hidden, answer)


def test_the_answer_is_that_of_the_whole_equivalence_class_on_random_networks_with_five_nodes() -> None:
    rng = random.Random(5)
    for _ in range(60):
        dag = random_dag(5, rng)
        with_cut = hidden_sets_with_a_cut(dag)
        for hidden in subsets(dag):
            answer = reveal(dag, hidden)
            assert isinstance(answer, MarkovCut) == (hidden in with_cut)
            assert verify_reveal(dag, hidden, answer)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_arrows_of_the_essential_graph_are_those_of_all_equivalent_networks(n: int) -> None:
    for dag in all_dags(n):
        common = set.intersection(*equivalence_class(dag))
        assert essential_graph(dag) == (common, set(dag.edges) - common)


@cache
def _refutes(turned: frozenset[tuple[int, int]], chain: bool, n: int, states: tuple[int, ...]) -> bool:
    """Whether the recipe refutes, nodes by their places: most obstructions look alike."""
    names = "abcdefgh"[:n]
    dag = network(names, [(names[a], names[b]) for a, b in turned])
    shape = Chain(tuple(names)) if chain else Collider((names[0], names[1]), tuple(names[2:]))
    hidden = names[1:-1] if chain else [n for n in names[:-1] if n != "b"]
    return all(
        recipe_of_network(dag, dict(zip(names, states, strict=True)), concealed, MarkovObstruction((), shape)).refutes()
        for concealed in ([hidden] if chain else [hidden, ["b", *hidden]])
    )


def assert_refuted(dag, hidden, answer, states) -> None:
    """The obstruction is right, and its recipe refutes exactly: rank [T | F] = d + 1."""
    assert verify_reveal(dag, hidden, answer)
    nodes = answer.shape.nodes
    place = {n: i for i, n in enumerate(nodes)}
    arrows = frozenset((place[a], place[b]) for a, b in answer.equivalent(dag).subgraph(nodes).edges)
    assert _refutes(arrows, isinstance(answer.shape, Chain), len(nodes), tuple(states[n] for n in nodes))


def decided(nodes: int) -> tuple[int, int]:
    """Pairs of the atlas and how many have a cut; every other answer is refuted by its recipe."""
    pairs = cuts = 0
    names = "abcdefg"[:nodes]
    for key in FAMILIES["bayesian-network"].models(nodes):
        dag = network(names, [] if key == "." else [tuple(part.split(">")) for part in key.split()])
        for hidden in hidden_sets(nodes):
            answer = reveal(dag, list(hidden))
            pairs += 1
            if isinstance(answer, MarkovCut):
                assert verify_reveal(dag, list(hidden), answer)
                cuts += 1
            else:
                assert_refuted(dag, list(hidden), answer, dict.fromkeys(names, 2))
    return pairs, cuts


@pytest.mark.parametrize(("nodes", "counts"), [(2, (4, 4)), (3, (66, 54)), (4, (2590, 1448))])
def test_every_no_of_the_atlas_is_exact_at_the_point_of_its_recipe(nodes, counts) -> None:
    assert decided(nodes) == counts


@pytest.mark.slow
def test_every_no_of_the_atlas_with_five_nodes_is_exact_at_the_point_of_its_recipe() -> None:
    assert decided(5) == (263_460, 90_330)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_every_binary_network_has_a_cut_exactly_if_it_is_cylindrical_by_ranks(n: int) -> None:
    rng = random.Random(n)
    for dag in all_dags(n):
        for hidden in subsets(dag):
            cylindrical = network_defect(dag, hidden, dict.fromkeys(dag, 2), rng) == 0
            assert isinstance(reveal(dag, hidden), MarkovCut) == cylindrical


def test_random_networks_to_eight_nodes_and_four_states_have_a_cut_exactly_if_cylindrical_by_ranks() -> None:
    rng, seen = random.Random(84), {True: 0, False: 0}
    while min(seen.values()) < 60:
        dag = random_dag(rng.randint(4, 8), rng)
        hidden = [node for node in sorted(dag) if rng.random() < 0.4]
        states = {node: rng.choice([2, 2, 2, 3, 4]) for node in dag}
        size = 1
        for count in states.values():
            size *= count
        if size > 700:
            continue
        answer = reveal(dag, hidden)
        assert isinstance(answer, MarkovCut) == (network_defect(dag, hidden, states, rng) == 0)
        if isinstance(answer, MarkovObstruction):
            assert_refuted(dag, hidden, answer, states)
        seen[isinstance(answer, MarkovCut)] += 1


def test_what_refutes_the_network_on_the_obstruction_refutes_the_whole_network() -> None:
    """All arrows that the recipe does not name are off: then F is outside the T of the whole network too."""
    rng, done = random.Random(7), 0
    while done < 60:
        dag = random_dag(rng.randint(3, 5), rng)
        hidden = [node for node in sorted(dag) if rng.random() < 0.5]
        answer = reveal(dag, hidden)
        if isinstance(answer, MarkovCut):
            continue
        done += 1
        states = {n: rng.choice([2, 3]) for n in dag}
        whole, shape = answer.equivalent(dag), answer.shape
        on = set(shape.arrows) - ({shape.arrows[-1]} if isinstance(shape, Chain) else set())

        def table(node, row, states=states, on=on):
            r, matter = states[node], [v for p, v in row.items() if (p, node) in on]
            prefer = bool(matter) and not any(matter)
            last = pow(r + 2 if prefer else r, -1, PRIME)
            return [(3 if prefer and not a else 1) * last % PRIME for a in range(r)]

        p, scores = network_scores(whole, states, table)
        names = sorted(whole)
        X = joint_states(names, states)
        first, last = shape.nodes[0], shape.nodes[-1]
        if isinstance(shape, Chain):
            f = (X[:, names.index(last)] == 0) - pow(states[last], -1, PRIME)
            f = f * (X[:, names.index(shape.nodes[-2])] == 0) % PRIME
        else:
            f = ((X[:, names.index(first)] == 0) - pow(states[first], -1, PRIME)) % PRIME
        visible = numbered(X, names, states, [n for n in names if n not in hidden])
        beside = [scores, conditional_mean(p, f, visible)[:, None]]
        d = scores.shape[1]
        assert rank(scores) == d
        assert rank(np.concatenate([scores, f[:, None]], axis=1)) == d
        assert rank(np.concatenate(beside, axis=1)) == d + 1


@FIXED
@given(questions(10))
def test_every_answer_is_verified_and_visible_nodes_keep_their_arrows(question) -> None:
    dag, hidden = question
    answer = reveal(dag, hidden)
    assert verify_reveal(dag, hidden, answer)
    assert isinstance(answer, MarkovCut) == (reduce_network(dag, hidden).subnetworks == ())
    if isinstance(answer, MarkovCut):
        visible = set(dag) - set(hidden)
        assert set(dag.subgraph(visible).edges) == set(nx.DiGraph(answer.edges).subgraph(visible).edges)


@FIXED
@given(questions(7), st.randoms(use_true_random=False))
def test_a_cut_does_not_depend_on_the_member_of_the_equivalence_class(question, rng) -> None:
    dag, hidden = question
    order = list(nx.topological_sort(dag))
    other = network(order, dag.edges)
    for _ in range(10):  # random covered arrow reversals (Chickering 1995)
        covered = [(a, b) for a, b in other.edges if {*other.predecessors(a), a} == set(other.predecessors(b))]
        if covered:
            a, b = rng.choice(sorted(covered))
            other.remove_edge(a, b)
            other.add_edge(b, a)
    assert isinstance(reveal(dag, hidden), MarkovCut) == isinstance(reveal(other, hidden), MarkovCut)


CHAIN = Chain(("y", "x", "z"))


@pytest.mark.parametrize(
    "forged",
    [
        MarkovCut((("x", "y"), ("x", "z")), ("x", "y", "z")),  # hidden first
        MarkovCut((("y", "x"), ("z", "x")), ("y", "z", "x")),  # a new v-structure
        MarkovCut((("y", "x"),), ("y", "z", "x")),  # another skeleton
        MarkovCut((("x", "y"), ("x", "z")), ("y", "z", "x")),  # arrows against the order
        MarkovCut((("y", "x"), ("z", "x")), ("y", "x")),  # a node is missing
        MarkovCut((("y", "x"), ("z", "w")), ("y", "z", "x")),  # an unknown node
        MarkovObstruction((), CHAIN),  # no arrow y -> x
        MarkovObstruction((("y", "x"), ("z", "x")), Collider(("y", "z"), ("x",))),  # not equivalent, x is hidden
        MarkovObstruction((("y", "x"), ("y", "z")), CHAIN),  # turns an arrow that is none
        MarkovObstruction((("y", "x"),), Chain(("y", "x"))),
        MarkovObstruction((("y", "x"),), Chain(("x", "z"))),
        MarkovObstruction((("y", "x"),), Chain(("y", "w", "z"))),
    ],
)
def test_a_forged_answer_for_m_b_is_rejected(forged) -> None:
    assert not verify_reveal(M_B, ["x"], forged)


@pytest.mark.parametrize(
    ("arrows", "hidden", "shape"),
    [
        ([("a", "h"), ("h", "b"), ("a", "b")], "h", Chain(("a", "h", "b"))),  # adjacent ends
        ([("a", "h"), ("h", "b")], "ha", Chain(("a", "h", "b"))),  # a hidden end
        ([("a", "m"), ("m", "b")], "", Chain(("a", "m", "b"))),  # visible in the middle
        ([("a", "m"), ("c", "m")], "m", Collider(("a", "c"), ("m",))),  # no hidden parent, seen nowhere
        ([("h", "m"), ("c", "m")], "h", Collider(("c", "h"), ("m",))),  # the first parent is visible
        ([("h", "m"), ("c", "m"), ("h", "c")], "h", Collider(("h", "c"), ("m",))),  # adjacent parents
        ([("h", "m"), ("c", "m"), ("m", "b")], "h", Collider(("h", "c"), ("m", "b"))),  # m is visible
    ],
)
def test_a_shape_that_is_no_obstruction_is_rejected(arrows, hidden, shape) -> None:
    assert not verify_reveal(nx.DiGraph(arrows), list(hidden), MarkovObstruction((), shape))


@pytest.mark.parametrize(
    ("graph", "hidden", "message"),
    [
        (nx.DiGraph([("a", "b"), ("b", "a")]), ["a"], "no directed cycle; got a -> b -> a"),
        (nx.DiGraph([("a", "b")]), ["c"], "hidden node c is not in the network; known: a, b"),
        (nx.DiGraph([("a", "b")]), "ab", "collection of names"),
        (nx.Graph([("a", "b")]), ["a"], r"networkx\.DiGraph; got Graph"),
        (nx.MultiDiGraph([("a", "b")]), ["a"], "got MultiDiGraph"),
        (nx.DiGraph([(1, 2)]), [1], "named by strings; got 1"),
    ],
)
def test_what_is_not_a_network_is_refused(graph, hidden, message) -> None:
    for ask in (reveal, reduce_network, pinned_in_essential_graph):
        with pytest.raises(GraphError, match=message):
            ask(graph, hidden)


def large_networks(n: int):
    rng = random.Random(n)
    names = [f"n{i}" for i in range(n)]
    sparse = nx.DiGraph([(names[p], names[i]) for i in range(1, n) for p in rng.sample(range(i), min(i, 3))])
    near = nx.DiGraph([(names[rng.randrange(max(0, i - 5), i)], names[i]) for i in range(1, n) for _ in range(2)])
    return [sparse, near, nx.DiGraph(itertools.pairwise(names))]


@pytest.mark.parametrize("n", [1_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_large_networks_are_decided_whatever_is_hidden(n: int) -> None:
    rng = random.Random(3)
    for k, dag in enumerate(large_networks(n)):
        nodes = sorted(dag)
        choices = [nodes[:-1], nodes[::2], [v for v in nodes if not dag.out_degree(v)], rng.sample(nodes, 3)]
        for hidden in choices if n < 10_000 else choices[k : k + 1]:
            assert verify_reveal(dag, hidden, reveal(dag, hidden))
