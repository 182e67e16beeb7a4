"""Graph criteria: when the graph alone shows that a model is cut.

Two questions are answered here by combinatorics, without a single probability.

- `markov_cut`: has a Bayesian network a Markov-equivalent DAG without an arrow from a hidden into a visible
  node?  Then p(v, h) = p(v; xi) p(h | v; chi) with independent xi, chi, and the model is cylindrical.
- `log_linear_cut`: is a hierarchical log-linear model collapsible onto its visible variables?  Same consequence.

Both cut criteria are sufficient; neither answers "not cylindrical".  Nodes are named by strings; every answer is
sorted or in a stated order, and carries what a stranger needs to check it.

References: Verma, Pearl (1990), Equivalence and synthesis of causal models; Chickering (1995), A transformational
characterization of equivalent Bayesian network structures; Dor, Tarsi (1992), A simple algorithm to construct a
consistent extension of a partially oriented graph (the removal of sinks); Asmussen, Edwards (1983),
Collapsibility and response variables in contingency tables; Barndorff-Nielsen (1978) for the cut.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import networkx as nx

from symelbo.errors import GraphError

__all__ = [
    "CollapsibilityObstruction",
    "CollapsibleCut",
    "HiddenComponent",
    "MarkovCut",
    "MarkovObstruction",
    "PinnedArrow",
    "checked_network",
    "log_linear_cut",
    "markov_cut",
    "peel",
    "verify_markov_cut",
]

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MarkovCut:
    """A Markov-equivalent DAG without an arrow from a hidden into a visible node.

    Attributes
    ----------
    edges, order
        Its arrows, sorted, and a topological order of it in which all visible nodes come first.
    """

    edges: tuple[Edge, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PinnedArrow:
    """Why a hidden node is no sink of any equivalent DAG: its arrow into `child` cannot be turned.

    Attributes
    ----------
    hidden, child, other
        The arrow hidden -> child and the third node of the triple that pins it.
    kind
        "lost collider": hidden -> child <- other is a v-structure (hidden and other are not adjacent), which
        every equivalent DAG has.  "new collider": other - hidden - child is a path without a collider at hidden
        (other and child are not adjacent), so no equivalent DAG has both edges pointing into hidden.
    """

    hidden: str
    child: str
    other: str
    kind: Literal["lost collider", "new collider"]

    def __str__(self) -> str:
        """Say the reason in words."""
        if self.kind == "lost collider":
            return (
                f"{self.hidden} -> {self.child} <- {self.other} is a v-structure of every equivalent network, "
                f"so {self.hidden} has an arrow into {self.child} in all of them"
            )
        return (
            f"{self.other} - {self.hidden} - {self.child} has no collider at {self.hidden} in any equivalent "
            f"network, so its edges never both point into {self.hidden}"
        )


@dataclass(frozen=True, slots=True)
class MarkovObstruction:
    """A proof that every Markov-equivalent DAG has an arrow from a hidden into a visible node.

    Attributes
    ----------
    remaining
        A nonempty set R of hidden nodes, sorted.
    reasons
        For each of them one `PinnedArrow` inside the subgraph induced on the visible nodes and R.  If an
        equivalent DAG had no arrow hidden -> visible, the last node of R in a topological order of it would be a
        sink of the induced subgraph; but its reason, a statement about three nodes, holds in all equivalent DAGs.
    """

    remaining: tuple[str, ...]
    reasons: tuple[PinnedArrow, ...]


def markov_cut(dag: nx.DiGraph, hidden: Iterable[str]) -> MarkovCut | MarkovObstruction:
    """Decide whether a Markov-equivalent DAG has no arrow from a hidden into a visible node.

    With such a DAG the tables of the visible nodes give p(v; xi), those of the hidden nodes p(h | v; chi): a cut,
    hence the network with free conditional tables is cylindrical at every point of its domain.

    Parameters
    ----------
    dag, hidden
        The network, its nodes named by strings, and those of its nodes that are hidden.

    Returns
    -------
    MarkovCut | MarkovObstruction
        Either answer carries its proof; `verify_markov_cut` checks it.  In a cut the visible nodes keep the
        arrows they had among each other.

    Raises
    ------
    GraphError
        If the graph is not a DAG on strings or a hidden node is not in it.

    Notes
    -----
    *Sink lemma.* Let G' be G with every arrow at x turned into x.  G' is acyclic and has the skeleton of G.
    V-structures without x are the same in both.  Those with x at an end, x -> c <- b, exist in G only; those with x in
    the middle are the non-adjacent pairs of parents in G, of neighbours in G'.  So G' is equivalent to G exactly if x
    is adjacent to the other parents of its children (no "lost collider") and every child of x is adjacent to all other
    neighbours of x (no "new collider").  If any equivalent G'' has x as a sink, then G'' and G agree without x in
    skeleton and v-structures, so G'' is equivalent to G', and the condition holds.

    *Algorithm.* Remove hidden nodes that satisfy the condition, one after the other.  After a removal G - x is
    equivalent to G' - x.  If all hidden nodes go, put them last, in the reverse order: this is the cut.
    *Completeness.* The condition for y in an induced subgraph follows from that in the graph, for it says that certain
    pairs are adjacent.  Suppose some DAG without an arrow hidden -> visible exists, with hidden nodes last and in the
    order h_1, ..., h_k; they can be removed as h_k, ..., h_1.  If the algorithm stops at a nonempty R, take the h_i in
    R with the largest i: it can be removed from a graph that contains all of R and the visible nodes, hence from the
    one at which the algorithm stopped: a contradiction.  No completion to a CPDAG (Chickering 1995, Meek 1995) is
    needed; the removals are those of Dor, Tarsi (1992).

    Examples
    --------
    >>> markov_cut(nx.DiGraph([("x", "y")]), ["x"])
    MarkovCut(edges=(('y', 'x'),), order=('y', 'x'))

    The paper's M(b) is not of this kind:

    >>> print(markov_cut(nx.DiGraph([("x", "y"), ("x", "z")]), ["x"]).reasons[0])
    z - x - y has no collider at x in any equivalent network, so its edges never both point into x
    """
    concealed = checked_network(dag, hidden)
    rest, removed = peel(dag, concealed)
    if left := concealed & set(rest):
        reasons = tuple(pin for node in sorted(left) if (pin := _pinned(rest, node)) is not None)
        return MarkovObstruction(tuple(sorted(left)), reasons)
    order = (*nx.lexicographical_topological_sort(rest), *reversed(removed))
    place = {node: position for position, node in enumerate(order)}
    edges = sorted((a, b) if place[a] < place[b] else (b, a) for a, b in dag.edges)
    return MarkovCut(tuple(edges), order)


def verify_markov_cut(dag: nx.DiGraph, hidden: Iterable[str], answer: MarkovCut | MarkovObstruction) -> bool:
    """Check an answer of `markov_cut` from the definitions alone, sharing nothing with its construction.

    A cut holds if `order` lists every node once, visible before hidden, all `edges` go forward in it (acyclic, no
    arrow hidden -> visible), and skeleton and v-structures are those of `dag` (Verma, Pearl 1990).  An obstruction
    holds if `remaining` is a nonempty set of hidden nodes and each has a valid reason inside the induced graph.

    Parameters
    ----------
    dag, hidden, answer
        The question, as for `markov_cut`, and the answer under judgement, from any source.

    Returns
    -------
    bool
        Whether the answer is right and proved.

    Examples
    --------
    >>> chain = nx.DiGraph([("x", "y"), ("y", "z")])
    >>> verify_markov_cut(chain, ["x"], markov_cut(chain, ["x"]))
    True
    >>> verify_markov_cut(chain, ["y"], MarkovCut((("x", "y"), ("z", "y")), ("x", "z", "y")))
    False
    """
    concealed, nodes, arrows = checked_network(dag, hidden), set(dag), set(dag.edges)
    if isinstance(answer, MarkovObstruction):
        inside = (nodes - concealed) | set(answer.remaining)
        return (
            bool(answer.remaining)
            and set(answer.remaining) <= concealed
            and {reason.hidden for reason in answer.reasons} == set(answer.remaining)
            and all(_holds(reason, inside, arrows) for reason in answer.reasons)
        )
    place = {node: position for position, node in enumerate(answer.order)}
    return (
        len(answer.order) == len(nodes)
        and set(answer.order) == nodes
        and not concealed & set(answer.order[: len(nodes) - len(concealed)])
        and all(a in place and b in place and place[a] < place[b] for a, b in answer.edges)
        and {frozenset(edge) for edge in answer.edges} == {frozenset(edge) for edge in arrows}
        and _v_structures(set(answer.edges)) == _v_structures(arrows)
    )


def _holds(reason: PinnedArrow, inside: set[str], arrows: set[Edge]) -> bool:
    """Whether a pinned arrow is one, in the subgraph induced on `inside`."""
    x, child, other = reason.hidden, reason.child, reason.other
    if not {x, child, other} <= inside or len({x, child, other}) < 3 or (x, child) not in arrows:
        return False
    if reason.kind == "lost collider":
        return (other, child) in arrows and not {(x, other), (other, x)} & arrows
    return bool({(x, other), (other, x)} & arrows) and not {(child, other), (other, child)} & arrows


def _v_structures(arrows: set[Edge]) -> set[tuple[frozenset[str], str]]:
    """All a -> c <- b with a, b not adjacent, as ({a, b}, c)."""
    parents: dict[str, set[str]] = {}
    for tail, head in arrows:
        parents.setdefault(head, set()).add(tail)
    return {
        (frozenset(pair), head)
        for head, tails in parents.items()
        for pair in combinations(tails, 2)
        if not {pair, pair[::-1]} & arrows
    }


@dataclass(frozen=True, slots=True)
class HiddenComponent:
    """A connected component of the hidden variables in the interaction graph.

    Attributes
    ----------
    nodes, boundary
        Its variables and the visible variables adjacent to them, sorted.
    generator
        The smallest generator that contains the boundary, sorted; None if there is none.
    """

    nodes: tuple[str, ...]
    boundary: tuple[str, ...]
    generator: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class CollapsibleCut:
    """All components of the hidden set, each with a generator that contains its boundary."""

    components: tuple[HiddenComponent, ...]


@dataclass(frozen=True, slots=True)
class CollapsibilityObstruction:
    """The components of the hidden set whose boundary lies in no generator."""

    components: tuple[HiddenComponent, ...]


def log_linear_cut(
    generators: Iterable[Iterable[str]], hidden: Iterable[str]
) -> CollapsibleCut | CollapsibilityObstruction:
    """Decide whether a hierarchical log-linear model is collapsible onto its visible variables.

    It is exactly if the boundary of every connected component of the hidden set, in the graph whose cliques the
    generators span, is contained in a generator (Asmussen, Edwards 1983).  Then p = p(v; xi) p(h | v; chi) is a
    cut and the model is cylindrical.

    Parameters
    ----------
    generators, hidden
        The generating class (subsets of other generators do no harm), and the hidden ones of its variables.

    Returns
    -------
    CollapsibleCut | CollapsibilityObstruction
        The components with their generators, or those components that have none.

    Raises
    ------
    GraphError
        If a hidden variable occurs in no generator.

    Examples
    --------
    >>> log_linear_cut([["x", "y", "z"]], ["x"]).components
    (HiddenComponent(nodes=('x',), boundary=('y', 'z'), generator=('x', 'y', 'z')),)
    >>> log_linear_cut([["x", "y"], ["x", "z"]], ["x"])  # doctest: +ELLIPSIS
    CollapsibilityObstruction(components=(HiddenComponent(nodes=('x',), boundary=('y', 'z'), generator=None),))
    """
    if isinstance(hidden, str) or isinstance(generators, str):
        raise GraphError("generators and hidden are collections of names, not single strings")
    given = list(generators)
    if single := [generator for generator in given if isinstance(generator, str)]:
        raise GraphError(f"a generator is a set of names; got the string {single[0]!r}, write [{single[0]!r}]")
    classes = sorted({tuple(sorted(set(generator))) for generator in given}, key=lambda g: (len(g), g))
    graph = nx.Graph()
    for generator in classes:
        graph.add_nodes_from(generator)
        graph.add_edges_from(combinations(generator, 2))
    concealed = _hidden_subset(graph, hidden, "occurs in no generator")
    components = []
    for nodes in sorted(sorted(part) for part in nx.connected_components(graph.subgraph(concealed))):
        boundary = {near for node in nodes for near in graph[node]} - concealed
        holder = next((generator for generator in classes if boundary <= set(generator)), None)
        components.append(HiddenComponent(tuple(nodes), tuple(sorted(boundary)), holder))
    if failed := tuple(component for component in components if component.generator is None):
        return CollapsibilityObstruction(failed)
    return CollapsibleCut(tuple(components))


def peel(dag: nx.DiGraph, concealed: frozenset[str]) -> tuple[nx.DiGraph, list[str]]:
    """Return the rest and what was removed: hidden nodes that some equivalent DAG has as a sink, until none is left."""
    rest = nx.DiGraph(dag.edges)
    rest.add_nodes_from(dag)
    # The set of removed nodes does not depend on the order, for the condition is hereditary; from the sinks upwards,
    # then from the sources downwards, few passes are needed.
    waiting = [n for n in reversed(list(nx.lexicographical_topological_sort(rest))) if n in concealed]
    removed: list[str] = []
    while True:
        blocked = []
        for node in waiting:
            if _pinned(rest, node) is None:
                rest.remove_node(node)
                removed.append(node)
            else:
                blocked.append(node)
        if len(blocked) == len(waiting):
            return rest, removed
        waiting = blocked[::-1]


def _pinned(graph: nx.DiGraph, node: str) -> PinnedArrow | None:
    """Return an arrow of the node that cannot be turned; None if it is a sink of an equivalent DAG."""

    def adjacent(a: str, b: str) -> bool:
        return bool(graph.has_edge(a, b) or graph.has_edge(b, a))

    neighbours = sorted({*graph.predecessors(node), *graph.successors(node)})
    for child in sorted(graph.successors(node)):
        for parent in sorted(graph.predecessors(child)):
            if parent != node and not adjacent(parent, node):
                return PinnedArrow(node, child, parent, "lost collider")
        for neighbour in neighbours:
            if neighbour != child and not adjacent(neighbour, child):
                return PinnedArrow(node, child, neighbour, "new collider")
    return None


def checked_network(dag: nx.DiGraph, hidden: Iterable[str]) -> frozenset[str]:
    """Return the hidden nodes after checking that the graph is a DAG on strings and contains them."""
    if not isinstance(dag, nx.DiGraph) or dag.is_multigraph():
        raise GraphError(f"a Bayesian network is given as a networkx.DiGraph; got {type(dag).__name__}")
    if strange := [node for node in dag if not isinstance(node, str)]:
        raise GraphError(f"nodes are named by strings; got {strange[0]!r}")
    if not nx.is_directed_acyclic_graph(dag):
        cycle = [tail for tail, _ in nx.find_cycle(dag)]
        raise GraphError("a Bayesian network has no directed cycle; got " + " -> ".join([*cycle, cycle[0]]))
    return _hidden_subset(dag, hidden, "is not in the network")


def _hidden_subset(graph: nx.Graph, hidden: Iterable[str], complaint: str) -> frozenset[str]:
    """Return the hidden names as a set of nodes of the graph."""
    if isinstance(hidden, str):
        raise GraphError(f"hidden is a collection of names; got the string {hidden!r}, write [{hidden!r}]")
    concealed = frozenset(hidden)
    if unknown := sorted(map(str, concealed - set(graph))):
        raise GraphError(f"the hidden node {unknown[0]} {complaint}; known: {', '.join(sorted(graph))}")
    return concealed
