"""What of a Bayesian network matters for the question whether T_pM = (T n H_p) + (T n V_p).

Hidden nodes that are sinks of an equivalent network, families that are entirely visible, and parts separated from each
other drop out; what remains are smaller networks, decided one by one.  The theorem and its proof are in
:func:`reduce_network`.

References: Verma, Pearl (1990); Ay (2023) for the locality of the Fisher metric; Lauritzen (1996), chapter 3.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import networkx as nx

from symelbo.graphs import Edge, checked_network


@dataclass(frozen=True, slots=True)
class Subnetwork:
    """One of the smaller networks that together decide whether the original one is cylindrical.

    Attributes
    ----------
    nodes, edges, hidden
        The network, each sorted; `hidden` is connected in its moral graph without the visible nodes.
    context
        Its visible roots that are only conditioned on: any positive table for them gives the same answer.
    strata
        Visible nodes left out because they are parents of every family: once per joint state of them.
    """

    nodes: tuple[str, ...]
    edges: tuple[Edge, ...]
    hidden: tuple[str, ...]
    context: tuple[str, ...]
    strata: tuple[str, ...]

    def dag(self) -> nx.DiGraph:
        """Return the network as a new networkx.DiGraph."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from(self.edges)
        return graph


@dataclass(frozen=True, slots=True)
class Reduction:
    """The subnetworks whose cylindricality is jointly equivalent to the original's, and what was dropped.

    Attributes
    ----------
    subnetworks
        One for each component of the hidden nodes that remain, sorted; none: the network is cylindrical.
    vertical, horizontal
        The hidden nodes whose scores are vertical, in the order of their removal, and the visible nodes whose
        families are then entirely visible, sorted: their scores are horizontal.
    reasons
        Plain sentences: what was dropped and why.
    """

    subnetworks: tuple[Subnetwork, ...]
    vertical: tuple[str, ...]
    horizontal: tuple[str, ...]
    reasons: tuple[str, ...]


def reduce_network(dag: nx.DiGraph, hidden: Iterable[str]) -> Reduction:
    """Reduce the question T_pM = (T n H_p) + (T n V_p) to smaller networks, to none exactly if there is a cut.

    Parameters
    ----------
    dag, hidden
        The network, with free conditional tables, and its hidden nodes, as for `reveal`.

    Raises
    ------
    GraphError
        As for `reveal`.

    Notes
    -----
    *Theorem.* Let p be positive in the model.  T_pM = (T n H_p) + (T n V_p) if and only if the same holds in each
    subnetwork, for each joint state s of its strata, at the point whose tables are p's own conditional probabilities
    p(node | its parents, s) and any positive tables of the context.  p is admissible if and only if all those points
    are; they vary independently and freely with p.  The number m = rank J_V + rank (I - C dpi) J - rank J is the sum of
    theirs, over the subnetworks and the states of the strata.  In particular "cylindrical generically" and "at every
    admissible point" hold for the network if and only if they hold for all subnetworks.  Nodes may have any numbers of
    states, at least two.

    *Proof.* T is the orthogonal sum of the T_i = {a(x_i, x_pa(i)) : E[a | x_pa(i)] = 0} (Ay 2023, locality), at every
    positive p, so rank J is constant.  Let K = P_T E[. | v] on T, self-adjoint: T n V_p = ker K, T n H_p = ker(1 - K),
    and T is their sum iff K has no other eigenvalues; m counts these.

    (0) If T = T' + T'' is orthogonal and E[T' | v] is orthogonal to E[T'' | v], then K is block diagonal: the condition
    holds for T iff it holds for T' and for T'' (with the same H_p, V_p), and m adds up.  In particular a summand inside
    H_p or inside V_p can be dropped.

    (1) *Vertical nodes.* Let the hidden x be a sink of a Markov-equivalent DAG: exactly if x is adjacent to the other
    parents of its children and every child of x to all other neighbours of x, for then all arrows at x can be turned to
    x.  The model, hence T, is the same.  There E[a | all other nodes] = E[a | x_pa] = 0 for a in T_x, so T_x is in V_p
    and drops out.
    The other T_i are functions on the states of the other nodes; E[. | v] of those uses the marginal p without x only,
    and this runs over the model of the network without x.  That in turn is Markov equivalent to the induced subgraph of
    the original DAG, for skeleton and v-structures restrict.  Repeat.  Hidden nodes without visible descendants
    ("barren") are a special case.

    (2) *Horizontal nodes.* If node and parents are visible, T_i consists of functions of v: in H_p, it drops out.

    (3) *Components.* Every other family has hidden nodes, pairwise adjacent in the moral graph, hence in one component
    C of the moral graph without the visible nodes.  p(h | v) is the product over C of p(h_C | v) ~ prod of the tables
    of C's families, the other factors being constant in h.  Let a in T_i, b in T_j, i in C's families, j in C' 's.
    Given v they are functions of independent h_C and h_C', so E[E[a | v] E[b | v]] = E[E[ab | v]] = E[ab] = 0, as T_i
    and T_j are orthogonal: (0) applies to the sums T_C.

    (4) *Context.* Let W be the visible nodes in C's families.  T_C is a space of functions of (h_C, v_W) given by the
    tables of C's families alone, and so is p(h_C | v_W) = p(h_C | v).  "a depends on v alone" and "E[a | v] = 0" are
    statements about functions and this posterior, so T_C, T_C n H, T_C n V and their dimensions, m_C included, do not
    depend on how the states of v_W are distributed, as long as all are positive.  Hence the nodes of W whose own
    families are not C's may be roots with any positive tables; their families are horizontal, (2).  No genericity
    enters.  p is admissible iff rank J_V = dim T - dim(T n V_p) is locally constant, where dim(T n V_p) = (constant) +
    sum of the dim(T_C n V); each summand depends on its own tables, which are free, and is upper semicontinuous: the
    sum is locally constant iff every summand is.

    (5) *Strata.* If a context node r is a parent of all of C's families, T_C is the sum over the states s of r of the
    functions in it that vanish off v_r = s (tables for different parent states are independent), and E[. | v] keeps
    these supports: (0) applies, and each summand is the network without r with the tables given r = s.

    In a hidden Markov chain with visible emissions nothing can be dropped but its barren end:

    >>> chain = nx.DiGraph([("a", "b"), ("b", "c"), ("a", "y"), ("b", "z")])
    >>> reduction = reduce_network(chain, ["a", "b", "c"])
    >>> reduction.vertical, [part.nodes for part in reduction.subnetworks]
    (('c',), [('a', 'b', 'y', 'z')])

    A visible node in the middle separates, and remains as context of the lower part:

    >>> split = nx.DiGraph([("x", "y"), ("x", "v"), ("v", "w"), ("w", "z"), ("w", "h"), ("h", "u"), ("h", "t")])
    >>> for part in reduce_network(split, ["x", "h"]).subnetworks:
    ...     print(part.nodes, part.hidden, part.context)
    ('h', 't', 'u', 'w') ('h',) ('w',)
    ('v', 'x', 'y') ('x',) ()
    """
    concealed = checked_network(dag, hidden)
    rest, removed = _peel(dag, concealed)
    left = concealed & set(rest)
    horizontal = tuple(sorted(n for n in rest if n not in left and left.isdisjoint(rest.predecessors(n))))
    subnetworks = tuple(_subnetwork(rest, part) for part in hidden_parts(rest, left))
    reasons = [
        f"{node}: hidden, and a sink of an equivalent network of what is left, so its scores are vertical"
        for node in removed
    ]
    reasons += [f"{node}: its family is visible, so its scores are horizontal" for node in horizontal]
    for subnetwork in subnetworks:
        name = ", ".join(subnetwork.hidden)
        if subnetwork.context:
            reasons.append(f"{', '.join(subnetwork.context)}: only conditioned on in the subnetwork of {name}")
        if subnetwork.strata:
            reasons.append(
                f"{', '.join(subnetwork.strata)}: parent in every family of {name}, so each state is decided alone"
            )
    return Reduction(subnetworks, tuple(removed), horizontal, tuple(reasons))


def hidden_parts(dag: nx.DiGraph, hidden: Iterable[str]) -> list[frozenset[str]]:
    """Return the connected components of the hidden nodes in the moral graph, without the visible ones, sorted."""
    moral = nx.Graph(dag.to_undirected())
    for node in dag:
        moral.add_edges_from(combinations(dag.predecessors(node), 2))
    return list(map(frozenset, sorted(sorted(part) for part in nx.connected_components(moral.subgraph(hidden)))))


def _subnetwork(rest: nx.DiGraph, component: frozenset[str]) -> Subnetwork:
    """Return the families that contain a node of one hidden component, without their strata."""
    families = {
        node: set(rest.predecessors(node))
        for node in rest
        if node in component or not component.isdisjoint(rest.predecessors(node))
    }
    parents = set().union(*families.values())
    context = parents - set(families)
    strata = context.intersection(*families.values())
    return Subnetwork(
        nodes=tuple(sorted((set(families) | context) - strata)),
        edges=tuple(sorted((tail, node) for node, tails in families.items() for tail in tails - strata)),
        hidden=tuple(sorted(component)),
        context=tuple(sorted(context - strata)),
        strata=tuple(sorted(strata)),
    )


def _peel(dag: nx.DiGraph, concealed: frozenset[str]) -> tuple[nx.DiGraph, list[str]]:
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
            if _is_sink_of_an_equivalent_network(rest, node):
                rest.remove_node(node)
                removed.append(node)
            else:
                blocked.append(node)
        if len(blocked) == len(waiting):
            return rest, removed
        waiting = blocked[::-1]


def _is_sink_of_an_equivalent_network(graph: nx.DiGraph, node: str) -> bool:
    """Whether turning all arrows to the node changes no v-structure (Dor, Tarsi 1992)."""

    def adjacent(a: str, b: str) -> bool:
        return bool(graph.has_edge(a, b) or graph.has_edge(b, a))

    around = {*graph.predecessors(node), *graph.successors(node)}
    return all(
        all(parent in around for parent in graph.predecessors(child) if parent != node)
        and all(adjacent(neighbour, child) for neighbour in around - {child})
        for child in graph.successors(node)
    )
