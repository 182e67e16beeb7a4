"""The graph criteria against enumeration of equivalence classes and against ranks at random points modulo a prime.

The rank oracle differentiates nothing symbolically: the score of the free parameter (i, pa, s), s > 0, of a
table is 1/theta(s | pa) at x_i = s, -1/theta(0 | pa) at x_i = 0, and 0 off the parent state.  Ranks modulo a
random prime point are lower bounds of the generic ones and equal to them except with probability ~ d / 2^31.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symelbo.errors import GraphError
from symelbo.models.criteria import (
    CollapsibilityObstruction,
    CollapsibleCut,
    HiddenComponent,
    MarkovCut,
    MarkovObstruction,
    PinnedArrow,
    log_linear_cut,
    markov_cut,
    verify_markov_cut,
)
from symelbo.models.reduction import reduce_network

PRIME = 2_147_483_629
FIXED = settings(derandomize=True, deadline=None, max_examples=60)

# ---- Graphs ------------------------------------------------------------------------------------------------


def network(names: Sequence[str], arrows: Iterable[tuple[str, str]]) -> nx.DiGraph:
    dag = nx.DiGraph()
    dag.add_nodes_from(names)
    dag.add_edges_from(arrows)
    return dag


def all_dags(n: int) -> Iterator[nx.DiGraph]:
    """All DAGs on n labelled nodes whose names are a topological order: every DAG up to renaming."""
    names = "abcdefg"[:n]
    pairs = list(itertools.combinations(names, 2))
    for chosen in itertools.product([False, True], repeat=len(pairs)):
        yield network(names, itertools.compress(pairs, chosen))


def renamed(dag: nx.DiGraph, rng: random.Random) -> nx.DiGraph:
    """The same DAG under other names, so that ties are broken in another way."""
    names = sorted(dag)
    return nx.relabel_nodes(dag, dict(zip(names, rng.sample(names, len(names)), strict=True)))


def random_dag(n: int, rng: random.Random) -> nx.DiGraph:
    density, names = rng.uniform(0.2, 0.9), "abcdefghij"[:n]
    return renamed(network(names, [pair for pair in itertools.combinations(names, 2) if rng.random() < density]), rng)


def subsets(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    pool = sorted(names)
    return itertools.chain.from_iterable(itertools.combinations(pool, k) for k in range(len(pool) + 1))


@st.composite
def questions(draw: st.DrawFn, largest: int = 8) -> tuple[nx.DiGraph, tuple[str, ...]]:
    names = "abcdefghij"[: draw(st.integers(1, largest))]
    pairs = list(itertools.combinations(draw(st.permutations(names)), 2))
    chosen = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    hidden = draw(st.sets(st.sampled_from(names)))
    return network(names, itertools.compress(pairs, chosen)), tuple(sorted(hidden))


def colliders(arrows: set[tuple[str, str]]) -> frozenset[tuple[str, str, str]]:
    heads = {head for _, head in arrows}
    return frozenset(
        (a, c, b)
        for c in heads
        for a, b in itertools.combinations(sorted(t for t, head in arrows if head == c), 2)
        if (a, b) not in arrows and (b, a) not in arrows
    )


def equivalence_class(dag: nx.DiGraph) -> Iterator[set[tuple[str, str]]]:
    """All acyclic orientations of the skeleton with the same v-structures, by trying every orientation."""
    edges, wanted = list(dag.edges), colliders(set(dag.edges))
    for turned in itertools.product([False, True], repeat=len(edges)):
        arrows = {(b, a) if turn else (a, b) for (a, b), turn in zip(edges, turned, strict=True)}
        if colliders(arrows) == wanted and nx.is_directed_acyclic_graph(nx.DiGraph(list(arrows))):
            yield arrows


def hidden_sets_with_a_cut(dag: nx.DiGraph) -> set[tuple[str, ...]]:
    return {
        hidden
        for arrows in equivalence_class(dag)
        for hidden in subsets(dag)
        if not any(a in hidden and b not in hidden for a, b in arrows)
    }


# ---- Ranks modulo a prime ----------------------------------------------------------------------------------


def rank(matrix: np.ndarray) -> int:
    rows, pivots = matrix % PRIME, 0
    for column in range(rows.shape[1]):
        nonzero = np.flatnonzero(rows[pivots:, column])
        if not nonzero.size:
            continue
        chosen = pivots + int(nonzero[0])
        rows[[pivots, chosen]] = rows[[chosen, pivots]]
        rows[pivots] = rows[pivots] * pow(int(rows[pivots, column]), -1, PRIME) % PRIME
        below = rows[pivots + 1 :]
        rows[pivots + 1 :] = (below - below[:, [column]] * rows[pivots] % PRIME) % PRIME
        pivots += 1
        if pivots == rows.shape[0]:
            break
    return pivots


def defect_rank(p: np.ndarray, scores: np.ndarray, visible: np.ndarray) -> int:
    """m = r_V + r_vert - r; rows of `scores` are states, `visible` is the number of each row's visible state."""
    cells = int(visible.max()) + 1
    J = p[:, None] * scores % PRIME
    p_V, J_V = np.zeros(cells, dtype=np.int64), np.zeros((cells, scores.shape[1]), dtype=np.int64)
    np.add.at(p_V, visible, p)
    np.add.at(J_V, visible, J)
    # p_V (score - E[score | v]), rows scaled by units: (I - C dpi) J up to an invertible diagonal factor
    vertical = ((p_V % PRIME)[visible, None] * scores - (J_V % PRIME)[visible]) % PRIME
    return rank(J_V) + rank(vertical) - rank(J)


def network_defect(dag: nx.DiGraph, hidden: Iterable[str], states: Mapping[str, int], rng: random.Random) -> int:
    """Return m of a network with free tables at a random point modulo the prime."""
    names = sorted(dag)
    X = np.array(list(itertools.product(*(range(states[name]) for name in names))), dtype=np.int64)
    at = {name: X[:, k] for k, name in enumerate(names)}

    def number(nodes: Sequence[str]) -> np.ndarray:
        value = np.zeros(len(X), dtype=np.int64)
        for node in nodes:
            value = value * states[node] + at[node]
        return value

    p, columns = np.ones(len(X), dtype=np.int64), []
    for node in names:
        parent_state = number(sorted(dag.predecessors(node)))
        for s in range(int(parent_state.max()) + 1):
            table = [rng.randrange(1, PRIME) for _ in range(states[node] - 1)]
            table = [(1 - sum(table)) % PRIME, *table]
            here = parent_state == s
            p[here] = p[here] * np.array(table)[at[node][here]] % PRIME
            for value in range(1, states[node]):
                score = np.zeros(states[node], dtype=np.int64)
                score[value], score[0] = pow(table[value], -1, PRIME), -pow(table[0], -1, PRIME)
                columns.append(np.where(here, score[at[node]], 0) % PRIME)
    concealed = set(hidden)
    return defect_rank(p, np.stack(columns, axis=1), number([n for n in names if n not in concealed]))


def log_linear_defect(
    generators: Iterable[Iterable[str]], names: Sequence[str], hidden: Iterable[str], rng: random.Random
) -> int:
    """Return m of a binary hierarchical model, on the cone: the column of ones is adjoined to the scores."""
    X = np.array(list(itertools.product([0, 1], repeat=len(names))), dtype=np.int64)
    at = {name: X[:, k] for k, name in enumerate(names)}
    faces = sorted({face for generator in generators for face in subsets(generator)} | {()})
    columns = np.stack(
        [np.prod([at[n] for n in face] or [np.ones(len(X), dtype=np.int64)], axis=0) for face in faces], 1
    )
    p = np.ones(len(X), dtype=np.int64)
    for column in columns.T:
        p = p * np.where(column == 1, rng.randrange(1, PRIME), 1) % PRIME
    concealed = set(hidden)
    visible = np.zeros(len(X), dtype=np.int64)
    for name in names:
        visible = visible if name in concealed else visible * 2 + at[name]
    # r_V and r rise by one each on the cone, r_vert does not: the defect rank is unchanged
    return defect_rank(p, columns, visible)


# ---- Markov cuts -------------------------------------------------------------------------------------------


def test_paper_model_a_has_a_cut_and_model_b_has_none() -> None:
    assert isinstance(markov_cut(network("xyz", []), ["x"]), MarkovCut)
    answer = markov_cut(network("xyz", [("x", "y"), ("x", "z")]), ["x"])
    assert answer == MarkovObstruction(("x",), (PinnedArrow("x", "y", "z", "new collider"),))


def test_m_b_with_an_arrow_between_its_visible_nodes_has_a_cut() -> None:
    full = network("xyz", [("x", "y"), ("x", "z"), ("y", "z")])
    assert markov_cut(full, ["x"]) == MarkovCut((("y", "x"), ("y", "z"), ("z", "x")), ("y", "z", "x"))


def test_a_hidden_cause_with_a_visible_co_cause_is_pinned_by_the_collider() -> None:
    answer = markov_cut(network("hvw", [("h", "v"), ("w", "v")]), ["h"])
    assert answer == MarkovObstruction(("h",), (PinnedArrow("h", "v", "w", "lost collider"),))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_markov_cut_agrees_with_the_whole_equivalence_class_on_every_dag(n: int) -> None:
    rng = random.Random(n)
    for standard in all_dags(n):
        dag = renamed(standard, rng)
        with_cut = hidden_sets_with_a_cut(dag)
        for hidden in subsets(dag):
            answer = markov_cut(dag, hidden)
            assert isinstance(answer, MarkovCut) == (hidden in with_cut)
            assert verify_markov_cut(dag, hidden, answer)


def test_markov_cut_agrees_with_the_whole_equivalence_class_on_random_dags_with_five_nodes() -> None:
    rng = random.Random(5)
    for _ in range(60):
        dag = random_dag(5, rng)
        with_cut = hidden_sets_with_a_cut(dag)
        for hidden in subsets(dag):
            answer = markov_cut(dag, hidden)
            assert isinstance(answer, MarkovCut) == (hidden in with_cut)
            assert verify_markov_cut(dag, hidden, answer)


@FIXED
@given(questions(10))
def test_every_answer_is_verified_and_visible_nodes_keep_their_arrows(question) -> None:
    dag, hidden = question
    answer = markov_cut(dag, hidden)
    assert verify_markov_cut(dag, hidden, answer)
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
    assert isinstance(markov_cut(dag, hidden), MarkovCut) == isinstance(markov_cut(other, hidden), MarkovCut)


@pytest.mark.parametrize(
    "forged",
    [
        MarkovCut((("x", "y"), ("x", "z")), ("x", "y", "z")),  # hidden first
        MarkovCut((("y", "x"), ("z", "x")), ("y", "z", "x")),  # a new v-structure
        MarkovCut((("y", "x"),), ("y", "z", "x")),  # another skeleton
        MarkovCut((("x", "y"), ("x", "z")), ("y", "z", "x")),  # arrows against the order
        MarkovCut((("y", "x"), ("z", "x")), ("y", "x")),  # a node is missing
        MarkovCut((("y", "x"), ("z", "w")), ("y", "z", "x")),  # an unknown node
        MarkovObstruction((), ()),
        MarkovObstruction(("x",), ()),
        MarkovObstruction(("y",), (PinnedArrow("y", "x", "z", "new collider"),)),  # y is visible
        MarkovObstruction(("x",), (PinnedArrow("x", "y", "z", "lost collider"),)),
        MarkovObstruction(("x",), (PinnedArrow("x", "y", "x", "new collider"),)),
        MarkovObstruction(("x",), (PinnedArrow("x", "y", "w", "new collider"),)),
    ],
)
def test_a_forged_answer_for_m_b_is_rejected(forged) -> None:
    assert not verify_markov_cut(network("xyz", [("x", "y"), ("x", "z")]), ["x"], forged)


def test_an_obstruction_may_not_lean_on_a_removed_hidden_node() -> None:
    dag = network("hkv", [("h", "k"), ("h", "v")])
    forged = MarkovObstruction(("h",), (PinnedArrow("h", "v", "k", "new collider"),))
    assert isinstance(markov_cut(dag, ["h", "k"]), MarkovCut)
    assert not verify_markov_cut(dag, ["h", "k"], forged)


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
    with pytest.raises(GraphError, match=message):
        markov_cut(graph, hidden)
    with pytest.raises(GraphError, match=message):
        reduce_network(graph, hidden)


# ---- Log-linear models -------------------------------------------------------------------------------------


def test_the_boundary_must_lie_in_one_generator_not_only_be_a_clique() -> None:
    triangle = [["a", "b"], ["b", "c"], ["a", "c"], ["h", "a"], ["h", "b"], ["h", "c"]]
    failed = HiddenComponent(("h",), ("a", "b", "c"), None)
    assert log_linear_cut(triangle, ["h"]) == CollapsibilityObstruction((failed,))
    assert isinstance(log_linear_cut([*triangle, ["a", "b", "c"]], ["h"]), CollapsibleCut)


def test_adjacent_hidden_variables_are_one_component() -> None:
    answer = log_linear_cut([["a", "h"], ["h", "k"], ["k", "b"], ["l", "b"]], ["h", "k", "l"])
    assert answer == CollapsibilityObstruction((HiddenComponent(("h", "k"), ("a", "b"), None),))


def test_what_is_not_a_generating_class_is_refused() -> None:
    with pytest.raises(GraphError, match="hidden node q occurs in no generator; known: a, h"):
        log_linear_cut([["a", "h"]], ["q"])
    with pytest.raises(GraphError, match="collection"):
        log_linear_cut("ab", ["a"])
    with pytest.raises(GraphError, match="collection"):
        log_linear_cut([["a", "h"]], "h")
    with pytest.raises(GraphError, match="got the string 'ab'"):
        log_linear_cut(["ab"], ["a"])


def hierarchical_models(names: str) -> list[tuple[tuple[str, ...], ...]]:
    """All generating classes that contain every singleton: antichains that cover the names."""
    faces = [face for face in subsets(names) if face]
    return [
        chosen
        for size in range(1, len(faces) + 1)
        for chosen in itertools.combinations(faces, size)
        if set().union(*chosen) == set(names) and not any(set(a) < set(b) for a, b in itertools.permutations(chosen, 2))
    ]


def test_log_linear_cut_is_cylindrical_by_ranks_on_all_binary_models_with_three_variables() -> None:
    rng = random.Random(3)
    for generators in hierarchical_models("abc"):
        for hidden in subsets("abc"):
            if isinstance(log_linear_cut(generators, hidden), CollapsibleCut):
                assert log_linear_defect(generators, "abc", hidden, rng) == 0


def test_log_linear_cut_is_cylindrical_by_ranks_on_random_binary_models_with_five_variables() -> None:
    rng = random.Random(4)
    for _ in range(150):
        generators = [rng.sample("abcde", rng.randint(1, 4)) for _ in range(rng.randint(1, 5))]
        names = sorted(set().union(*generators))
        hidden = [name for name in names if rng.random() < 0.4]
        if isinstance(log_linear_cut(generators, hidden), CollapsibleCut):
            assert log_linear_defect(generators, names, hidden, rng) == 0


def test_m_b_as_a_log_linear_model_is_not_cylindrical_by_ranks() -> None:
    assert log_linear_defect([["x", "y"], ["x", "z"]], "xyz", ["x"], random.Random(0)) == 1


# ---- Reduction ---------------------------------------------------------------------------------------------


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
    if isinstance(markov_cut(dag, hidden), MarkovCut):
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
    assert (reduction.subnetworks == ()) == isinstance(markov_cut(dag, hidden), MarkovCut)
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
