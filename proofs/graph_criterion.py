"""The graph decides, in both directions: a theorem, the idea of its proof, and both checked.

THEOREM.  A Bayesian network with free conditional tables is cylindrical, at all admissible points or (the same) on some
open set, if and only if a Markov-equivalent network has no arrow from a hidden into a visible node.

IDEA.  Such a network is a cut, p(v, h) = p(v; xi) p(h | v; chi).  For the other direction take the visible nodes with a
hidden parent in topological order, b the first of them, X its hidden ancestors.  Either a chain w -> X -> ... -> b with
w not adjacent to b, or a collider in X and b with non-adjacent parents, one of them hidden: then there is a score f
whose mean E[f | v] is not in T at a point at which all other arrows are off.  Or all arrows from X into b can be turned
without a change of skeleton and v-structures; then b is done.  What is not in T at one point is not in T on an open
dense set, as rank J is constant.  (symelbo.graphs.dag has every step.)

CHECKED HERE.  All networks on three labelled binary nodes with any hidden set: what the graph answers is verified from
the definitions, every "no" exactly at its point, rank [T | E[f|v]] = d + 1, and both agree with the generic ranks.
"""

from itertools import combinations, product

import networkx as nx

import symelbo as se
from symelbo.graphs import MarkovCut, MarkovObstruction, recipe_of_network, reveal, verify_reveal


def networks(names: str) -> list[nx.DiGraph]:
    """All acyclic networks on labelled nodes."""
    pairs = list(combinations(names, 2))
    found = []
    for directions in product((None, 0, 1), repeat=len(pairs)):
        graph = nx.DiGraph()
        graph.add_nodes_from(names)
        graph.add_edges_from(
            pair[::-1] if d else pair for pair, d in zip(pairs, directions, strict=True) if d is not None
        )
        found.append(graph)
    return [graph for graph in found if nx.is_directed_acyclic_graph(graph)]


def main() -> bool:
    """Print the obstruction of M(b) with its point, and check the theorem on every small network."""
    found = reveal(nx.DiGraph([("x", "y"), ("x", "z")]), ["x"])
    assert isinstance(found, MarkovObstruction)
    print(f"M(b): {found}\n{found.shape.drawing(['x'])}")
    decided = {True: 0, False: 0}
    right = True
    for graph in networks("abc"):
        for hidden in ([*c] for k in (1, 2) for c in combinations("abc", k)):
            answer = reveal(graph, hidden)
            ranks = se.ranks(se.bayesian_network(graph, states=dict.fromkeys("abc", 2), hidden=hidden))
            right &= verify_reveal(graph, hidden, answer)
            right &= isinstance(answer, MarkovCut) == (ranks.joint == ranks.visible + ranks.vertical)
            if isinstance(answer, MarkovObstruction):
                right &= recipe_of_network(graph, dict.fromkeys("abc", 2), hidden, answer).refutes()
            decided[isinstance(answer, MarkovCut)] += 1
    print(f"{sum(decided.values())} pairs of a network and a hidden set: {decided[True]} with a cut, cylindrical;")
    print(f"{decided[False]} with an obstruction, each refuted at its point; graph and ranks agree: {right}")
    return right


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S11"))
