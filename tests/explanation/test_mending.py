"""What would mend it: every proposed change is verified on the new model, and none that is smaller would do."""

from functools import partial
from itertools import combinations, pairwise, permutations, product

import networkx as nx
import pytest

import symelbo as se
from symelbo.explanation.arrows import fewest_arrows
from symelbo.explanation.mending import added_arrows, added_generators, extended_tangent, observed
from symelbo.graphs import MarkovCut, reveal
from tests.loci.test_locus import collider, oracle, random_points
from tests.oracle import intersection, rank, rational, row_echelon


def test_model_b_is_mended_by_an_arrow_between_its_leaves_or_by_observation():
    arrow, observation = se.repairs(se.model_b())
    assert arrow.words == "add the arrow y -> z (or z -> y)"
    assert arrow.verified
    assert arrow.parameters == 7
    assert isinstance(se.is_cylindrical(arrow.model), se.Proved)
    assert observation.words == "observe x: nothing is hidden then"


@pytest.mark.parametrize(
    ("edges", "hidden", "size"),
    [
        ([("x", "y"), ("x", "z")], ["x"], 1),
        ([("x", "z"), ("y", "z")], ["x"], 1),
        ([("h", "a"), ("h", "b"), ("h", "c")], ["h"], 3),
        ([("h", "k"), ("h", "a"), ("k", "b")], ["h", "k"], 2),
    ],
)
def test_added_arrows_are_a_smallest_set_that_makes_the_graph_a_cut(edges, hidden, size):
    model = se.bayesian_network(edges, hidden=hidden)
    found = added_arrows(model)
    assert found
    for repair in found:
        assert len(repair.change) == size
        graph = model.structure.graph()
        graph.add_edges_from(repair.change)
        assert isinstance(reveal(graph, hidden), MarkovCut)
        assert repair.verified
    if size > 1:  # no single arrow would do
        for a, b in permutations(model.space.names, 2):
            graph = model.structure.graph()
            if not graph.has_edge(a, b) and not graph.has_edge(b, a):
                graph.add_edge(a, b)
                try:
                    answer = reveal(graph, hidden)
                except se.GraphError:
                    continue
                assert not isinstance(answer, MarkovCut)


def test_linear_gaussian_networks_are_mended_as_their_graphs_are():
    edges = [("h", "k"), ("h", "a"), ("k", "b"), ("a", "c")]
    for hidden in (["h"], ["h", "k"]):
        tables, linear = se.bayesian_network(edges, hidden=hidden), se.linear_gaussian(edges, hidden=hidden)
        expected, found = added_arrows(tables), se.repairs(linear)
        # Of many arrows, those that cost the fewest parameters come first; for Gaussians all cost the same.
        changes = {frozenset(frozenset(e) for e in r.change) for r in found if r.kind == "arrows"}
        assert changes == {frozenset(frozenset(e) for e in r.change) for r in expected}
        assert all(r.verified for r in found)
        observations = [(r.change, r.rest) for r in observed(tables)]
        assert [(r.change, r.rest) for r in found if r.kind == "observe"] == observations
    assert [r.words for r in se.repairs(se.factor_analysis(2))] == ["observe h: nothing is hidden then"]
    assert se.repairs(se.linear_gaussian([("a", "h")], hidden=["h"])) == ()


def test_a_network_that_is_a_cut_needs_no_repair():
    assert se.repairs(se.model_a()) == ()
    assert added_arrows(se.model_a()) == []


def test_a_log_linear_model_is_mended_by_the_boundary_of_its_hidden_component():
    (repair,) = added_generators(se.log_linear([["x", "y"], ["x", "z"]], hidden=["x"]))
    assert repair.change == (("y", "z"),)
    assert repair.verified


def test_a_restricted_boltzmann_machine_is_mended_by_a_generator_of_its_visible_units():
    model = se.restricted_boltzmann_machine(3, 1)
    (repair,) = added_generators(model)
    assert repair.change == (("v1", "v2", "v3"),)
    assert repair.verified
    assert repair.parameters > len(model.parameters)


def test_observing_the_common_parent_is_enough():
    model = se.bayesian_network([("x", "y"), ("x", "z"), ("y", "w")], hidden=["x", "w"])
    (repair,) = observed(model)
    assert repair.change == (("x",),)
    assert isinstance(se.is_cylindrical(model.hide("w")), se.Proved)
    assert isinstance(se.is_cylindrical(model.hide("x")), se.Refuted)


def test_both_states_of_a_hidden_chain_have_to_be_observed():
    (repair,) = observed(se.hidden_markov_model(2))
    assert repair.change == (("h1", "h2"),)
    assert repair.verified


@pytest.mark.parametrize(
    "model", [se.model_b(), collider(), se.model_b().on({"y1": "1 - y2"})], ids=["M(b)", "collider", "y1 = 1 - y2"]
)
def test_the_extended_tangent_space_is_the_smallest_cylindrical_one(model):
    at = random_points(model, 1, seed=3)[0]
    found = extended_tangent(model, at)
    reference = oracle(model, at)
    T = reference.tangent_basis
    ranks = reference.ranks
    extra = [[rational(e) for e in column] for column in found.horizontal]
    wider = [*T, *extra]
    assert rank(wider) == found.dimension == ranks.visible + ranks.vertical
    assert found.added == found.dimension - len(T)
    basis = [r for r in row_echelon(wider)[0] if any(r)]
    split = intersection(basis, reference.horizontal_basis), intersection(basis, reference.vertical_basis)
    assert sum(map(len, split)) == found.dimension  # cylindrical
    for vector in found.vertical:  # the vertical parts give the same space
        assert rank([*basis, [rational(e) for e in vector]]) == found.dimension


def test_the_extra_direction_of_model_b_is_the_interaction_of_y_and_z():
    found = extended_tangent(se.model_b())
    assert found.words == "one more direction: scores that weigh the y-z interaction"
    assert found.functions == (("y", "z"),)


def acyclic_supergraphs(graph, size):
    """All acyclic graphs with ``size`` more arrows, by brute force over ordered pairs of nodes."""
    free = [(a, b) for a, b in permutations(graph, 2) if not graph.has_edge(a, b) and not graph.has_edge(b, a)]
    for added in combinations(free, size):
        wider = graph.copy()
        wider.add_edges_from(added)
        if len({frozenset(e) for e in added}) == size and nx.is_directed_acyclic_graph(wider):
            yield added, wider


def has_cut(graph, hidden):
    """A Markov-equivalent graph (same skeleton and v-structures) without an arrow from hidden to visible, if any."""
    nodes, edges = list(graph), [tuple(sorted(e)) for e in graph.edges]
    wanted = skeleton_and_colliders(graph)
    for bits in product((False, True), repeat=len(edges)):
        other = nx.DiGraph([(b, a) if flip else (a, b) for (a, b), flip in zip(edges, bits, strict=True)])
        other.add_nodes_from(nodes)
        if any(a in hidden and b not in hidden for a, b in other.edges):
            continue
        if nx.is_directed_acyclic_graph(other) and skeleton_and_colliders(other) == wanted:
            return True
    return False


def skeleton_and_colliders(graph):
    skeleton = {frozenset(e) for e in graph.edges}
    colliders = {
        (frozenset(pair), child)
        for child in graph
        for pair in combinations(graph.predecessors(child), 2)
        if frozenset(pair) not in skeleton
    }
    return skeleton, colliders


def check_optimal(edges, names, hidden):
    """The arrows proposed are a smallest set, and one of them has the fewest parameters, by brute force."""
    model = se.bayesian_network(edges, states=dict.fromkeys(names, 2), hidden=hidden, isolated=names)
    graph = model.structure.graph()
    found = added_arrows(model)
    if has_cut(graph, hidden):
        assert not found
        return
    for size in range(1, 7):
        working = [wider for _, wider in acyclic_supergraphs(graph, size) if has_cut(wider, hidden)]
        if working:
            break
    assert found
    assert {len(r.change) for r in found} == {size}
    assert min(r.parameters for r in found) == min(sum(2 ** g.in_degree(n) for n in g) for g in working)
    assert all(r.verified for r in found)
    assert all(has_cut(r.model.structure.graph(), hidden) for r in found)


EDGES_ON_FOUR = list(combinations("abcd", 2))


@pytest.mark.parametrize("hidden", ["a", "b", "c", "ab", "ac", "bc"])
def test_added_arrows_are_optimal_on_all_networks_with_three_nodes(hidden):
    for size in range(4):
        for edges in combinations(list(combinations("abc", 2)), size):
            check_optimal(edges, "abc", list(hidden))


@pytest.mark.slow
@pytest.mark.parametrize("hidden", ["a", "b", "c", "d", "ab", "ac", "ad", "bc", "bd", "cd", "abc", "bcd"])
def test_added_arrows_are_optimal_on_all_networks_with_four_nodes(hidden):
    """All edge sets in one order; every acyclic graph is one of them after renaming, and hidden sets run over all."""
    for size in range(7):
        for edges in combinations(EDGES_ON_FOUR, size):
            check_optimal(edges, "abcd", list(hidden))


def chain_of_pairs(length):
    """A hidden Markov chain with one visible child of each state."""
    hidden = [f"h{i}" for i in range(1, length + 1)]
    edges = [*pairwise(hidden), *((h, h.replace("h", "v")) for h in hidden)]
    return nx.DiGraph(edges), hidden, [*hidden, *(h.replace("h", "v") for h in hidden)]


def test_six_arrows_with_16_parameters_mend_a_hidden_markov_model_of_length_three():
    model = se.hidden_markov_model(3)
    found = added_arrows(model)
    assert {len(r.change) for r in found} == {6}
    assert found[0].parameters - len(model.parameters) == 16
    assert all(r.cheapest and r.verified for r in found)
    graph = model.structure.graph()
    names = [v.name for v in model.space.hidden]
    assert not any(has_cut(wider, names) for _, wider in acyclic_supergraphs(graph, 2))


@pytest.mark.parametrize("length", [2, 3, 4])
def test_sets_of_arrows_found_are_cuts_whatever_the_limit_and_smallest_where_it_is_said(length):
    graph, hidden, order = chain_of_pairs(length)
    full = fewest_arrows(graph, hidden, order)
    assert full.fewest
    assert full.all
    for work in (0, 1, 10, 100):
        some = fewest_arrows(graph, hidden, order, work=work)
        assert some.sets
        assert len(some.sets[0]) >= len(full.sets[0])
        assert not some.fewest or len(some.sets[0]) == len(full.sets[0])
        assert not some.all or some.sets == full.sets
        for arrows in some.sets:
            wider = graph.copy()
            wider.add_edges_from(arrows)
            assert isinstance(reveal(wider, hidden), MarkovCut)


def test_a_repair_that_is_not_proved_to_be_the_cheapest_says_so(monkeypatch):
    model = se.bayesian_network([("h", "k"), ("h", "a"), ("k", "b")], hidden=["h", "k"])
    assert "Each of these was verified. No fewer arrows make the network a cut." in " ".join(
        se.explain(model).text().split()
    )
    limited = partial(fewest_arrows, work=0)
    monkeypatch.setattr("symelbo.explanation.mending.fewest_arrows", limited)
    assert not any(r.cheapest for r in added_arrows(model))
    for page in (se.explain(model), se.derive(model)):
        assert "it is not proved that no cheaper ones do" in " ".join(page.text().split())
