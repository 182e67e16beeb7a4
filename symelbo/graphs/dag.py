"""The graph criterion for Bayesian networks: a cut, or a chain or collider that forbids it, in nearly linear time.

THEOREM.  A network with free conditional tables is cylindrical (at all admissible points; equivalently on some open
set of points) if and only if some Markov-equivalent network has no arrow from a hidden into a visible node.
In the essential graph: (E1) there is no directed edge h -> v, and (E2) for each connected component K of the hidden
nodes under undirected edges, the visible undirected neighbours of K are pairwise adjacent.

"If" is the cut p(v, h) = p(v; xi) p(h | v; chi).  "Only if" is the algorithm of :func:`reveal`, which ends in such a
network or in an obstruction; at an obstruction one score f has E[f | v] outside T_pM at a point of the model, and then
the same holds on an open dense set, for (1 - P_T) P_H P_T is analytic and rank J constant.  The theorem is about open
sets: h -> b <- c is cylindrical at some admissible points, where h does not matter for b.

Lemma A.  Fix a topological order, D_u F = E[F | x_<=u] - E[F | x_<u].  F with mean 0 is in T if and only if every D_u F
is a function of (x_u, x_pa(u)): the ranges of the D_u are orthogonal, add up to all functions with mean 0, and that of
D_u contains T_u by the Markov property.

Lemma B (chain).  w, b visible, w no parent of b, w -> x_1 -> ... -> x_k -> b with hidden x_i.  Let all tables ignore
all parents but along w -> x_1 -> ... -> x_k, where x_i prefers state 0 after state 0; all else is uniform.
f = (1{b=0} - 1/r_b) 1{x_k=0} is in T_b.  F = E[f | v] = (1{b=0} - 1/r_b) P(x_k=0 | w) depends on w.  As b is
independent of all that precedes it, D_b F = F, which is no function of (b, pa(b)).

Lemma C (collider).  c1 -> m <- c2 not adjacent, c1 hidden; m = m_0 -> ... -> m_k = b, m_i hidden, b visible.  Let only
these arrows matter: m prefers state 0 after (0, 0), m_i after 0.  f = 1{c1=0} - 1/r is in T_c1.  If F = E[f | v] is
in T, E[F | c1, c2] = D_c1 F + D_c2 F = g1(c1) + g2(c2), as neither is a parent of the other.  But b knows of (c1, c2)
only 1{c1=c2=0}, with positive association: E[F | c1, c2] is A + B 1{c1=0} 1{c2=0}, B > 0, if c2 is hidden; if it is
visible, F = 0 off c2 = 0, and on it E[F | c1, c2] is larger for c1 = 0.  Neither is a sum g1 + g2.

References: Verma, Pearl (1990), Equivalence and synthesis of causal models; Andersson, Madigan, Perlman (1997) and
Chickering (1995) for the essential graph; Barndorff-Nielsen (1978) for the cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import combinations, pairwise
from typing import TypeAlias

import networkx as nx

from symelbo.errors import GraphError

Edge: TypeAlias = tuple[str, str]
Parents: TypeAlias = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class MarkovCut:
    """A Markov-equivalent network without an arrow from a hidden into a visible node.

    Attributes
    ----------
    edges, order
        Its arrows, sorted, and a topological order of it in which all visible nodes come first.
    """

    edges: tuple[Edge, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """w -> x_1 -> ... -> x_k -> b: w and b visible and not adjacent, all between hidden (lemma B)."""

    nodes: tuple[str, ...]

    @property
    def arrows(self) -> tuple[Edge, ...]:
        """Its arrows, from w to b."""
        return tuple(pairwise(self.nodes))

    @property
    def apart(self) -> Edge:
        """The two nodes that are not adjacent."""
        return self.nodes[0], self.nodes[-1]

    def __str__(self) -> str:
        first, last = self.apart
        between = ", ".join(self.nodes[1:-1])
        return f"{' -> '.join(self.nodes)} leads from {first} to {last}, not adjacent, through the hidden {between}"

    def drawing(self, hidden: Iterable[str]) -> str:
        """The chain in one line, hidden nodes in parentheses."""
        return " --> ".join(_shown(n, set(hidden)) for n in self.nodes)


@dataclass(frozen=True, slots=True)
class Collider:
    """c1 -> m <- c2, not adjacent, c1 hidden, and m -> ... -> b through hidden nodes, b visible (lemma C).

    Attributes
    ----------
    parents : c1 and c2
    path : m, ..., b; only b is visible
    """

    parents: Edge
    path: tuple[str, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """Parents and path."""
        return (*self.parents, *self.path)

    @property
    def arrows(self) -> tuple[Edge, ...]:
        """The arrows of the collider, then those of the path."""
        first, second = self.parents
        return ((first, self.path[0]), (second, self.path[0]), *pairwise(self.path))

    @property
    def apart(self) -> Edge:
        """The two nodes that are not adjacent."""
        return self.parents

    def __str__(self) -> str:
        (first, second), *inner = self.parents, *self.path[:-1]
        text = f"{first} -> {self.path[0]} <- {second} with {first} hidden and not adjacent to {second}"
        return f"{text}, seen through {' -> '.join(self.path)}" if inner else text

    def drawing(self, hidden: Iterable[str]) -> str:
        """The collider and its path in three lines, hidden nodes in parentheses."""
        concealed = set(hidden)
        upper, lower = (_shown(n, concealed) for n in self.parents)
        width = max(len(upper), len(lower))
        path = " --> ".join(_shown(n, concealed) for n in self.path)
        return f"{upper:<{width}} --+\n{'':<{width}}   +--> {path}\n{lower:<{width}} --+"


def _shown(node: str, hidden: set[str]) -> str:
    return f"({node})" if node in hidden else node


@dataclass(frozen=True, slots=True)
class MarkovObstruction:
    """Why no Markov-equivalent network is without an arrow from hidden to visible, and the network not cylindrical.

    Attributes
    ----------
    turned : arrows of a Markov-equivalent network that the given one has the other way round, sorted
    shape : what is found in that network, the given one with these arrows turned
    """

    turned: tuple[Edge, ...]
    shape: Chain | Collider

    def __str__(self) -> str:
        if not (turned := [f"{a} -> {b}" for a, b in self.turned]):
            return str(self.shape)
        shown = ", ".join(turned[:6]) + (f" and {len(turned) - 6} more" if len(turned) > 6 else "")
        return f"{self.shape} (in the equivalent network with {shown})"

    def equivalent(self, dag: nx.DiGraph) -> nx.DiGraph:
        """The equivalent network in which the obstruction is found."""
        if not self.turned:
            return dag
        network = nx.DiGraph(dag.edges)
        network.add_nodes_from(dag)
        network.remove_edges_from([(b, a) for a, b in self.turned])
        network.add_edges_from(self.turned)
        return network


def reveal(dag: nx.DiGraph, hidden: Iterable[str]) -> MarkovCut | MarkovObstruction:
    """Decide whether a Bayesian network with free conditional tables is cylindrical, with a witness either way.

    :func:`verify_reveal` checks it.  In a cut the visible nodes keep the arrows they had among each other.

    Parameters
    ----------
    dag, hidden
        The network, its nodes named by strings, each of two states or more, and those of its nodes that are hidden.

    Raises
    ------
    GraphError
        If the graph is not a DAG on strings or a hidden node is not in it.

    Notes
    -----
    Take the visible nodes b with a hidden parent in topological order.  X: the hidden nodes from which hidden paths
    lead to b (no arrow leads from X to a visible node before b, so these are all its hidden ancestors); W: its visible
    ancestors.

    1. w -> x, w in W, x in X, w no parent of b: a chain.
    2. m in X or m = b has non-adjacent parents c1, c2, c1 in X: a collider.
    3. Otherwise let S be the parents of b in W, and give every y in X and b the parents S and its earlier neighbours in
       a maximum-cardinality-search order of the skeleton on X and b that starts with b.

    *Step 3 gives an equivalent network.*  As 2 fails, parents of m in X are pairwise adjacent and adjacent to those in
    W, so x -> m gives pa_W(m) c pa_W(x); along the paths to b, S c pa_W(x).  As 1 fails, pa_W(x) c S.  So all of X
    and b have the same parents S in W.  On X and b there is no unshielded collider, so the skeleton is chordal and the
    search orders it perfectly.  Unshielded colliders at nodes of X and b are the non-adjacent pairs in S, before and
    after; other nodes keep their parents; the ancestors of b remain an ancestral set: no cycle.
    No other node matters: a cycle would leave X and b and come back through s in S, which is a parent of all of them.
    *It ends.*  b has no hidden parent any more, and no visible node gets one.  Visible ancestors that a later node gets
    are ancestors of b, done before.  *It is quick.*  If step 3 is reached with some of X again, all of X is adjacent to
    the former b: a hidden node comes again at most as often as it has neighbours.

    >>> reveal(nx.DiGraph([("x", "y")]), ["x"])
    MarkovCut(edges=(('y', 'x'),), order=('y', 'x'))

    The paper's M(b) is not of this kind:

    >>> print(found := reveal(nx.DiGraph([("x", "y"), ("x", "z")]), ["x"]))
    y -> x -> z leads from y to z, not adjacent, through the hidden x (in the equivalent network with y -> x)
    >>> print(found.shape.drawing(["x"]))
    y --> (x) --> z
    """
    concealed = checked_network(dag, hidden)
    # Visible nodes as early as can be: then few hidden ones are above them, and obstructions are small.
    order = list(nx.lexicographical_topological_sort(dag, key=lambda n: (n in concealed, n)))
    parents: Parents = {n: set(dag.predecessors(n)) for n in dag}
    near = {n: parents[n] | set(dag.successors(n)) for n in dag}
    steps: list[Parents] = []
    for b in order:
        if b in concealed or concealed.isdisjoint(parents[b]):
            continue
        below = _hidden_ancestors(b, parents, concealed)
        if (shape := _shape(b, below, parents, near, concealed)) is not None:
            return MarkovObstruction(_turned(dag, steps, shape), shape)
        seen, earlier = parents[b] - concealed, set[str]()
        step: Parents = {}
        for y in _cardinality_order(b, set(below), near):
            step[y] = seen | (near[y] & earlier)
            earlier.add(y)
        parents.update(step)
        steps.append(step)
    last = nx.DiGraph([(a, h) for h in concealed for a in parents[h] & concealed])
    last.add_nodes_from(concealed)
    edges = sorted((a, n) for n in order for a in parents[n])
    shown = (*(n for n in order if n not in concealed), *nx.lexicographical_topological_sort(last))
    return MarkovCut(tuple(edges), shown)


def _hidden_ancestors(b: str, parents: Parents, concealed: frozenset[str]) -> dict[str, str]:
    """The node b and the hidden nodes with a hidden path to it, near ones first, each with the next node on its way."""
    below = {b: b}
    waiting = [b]
    for m in waiting:
        for x in sorted(parents[m] & concealed):
            if x not in below:
                below[x] = m
                waiting.append(x)
    return below


def _shape(
    b: str, below: Mapping[str, str], parents: Parents, near: Parents, concealed: frozenset[str]
) -> Chain | Collider | None:
    """The first chain or collider, one with few nodes first."""

    def path(m: str) -> tuple[str, ...]:
        nodes = [m]
        while nodes[-1] != b:
            nodes.append(below[nodes[-1]])
        return tuple(nodes)

    for m in below:
        if m != b and (far := parents[m] - concealed - parents[b]):
            return Chain((min(far), *path(m)))
        for first in sorted(parents[m] & concealed):
            if apart := parents[m] - near[first] - {first}:
                return Collider((first, min(apart)), path(m))
    return None


def _turned(dag: nx.DiGraph, steps: Sequence[Parents], shape: Chain | Collider) -> tuple[Edge, ...]:
    """The arrows turned by those steps that the shape needs: any step is legal after the earlier ones it meets."""
    if all(dag.has_edge(a, b) for a, b in shape.arrows):
        return ()
    needed: set[str] = set(shape.nodes)
    parents: Parents = {}
    for step in reversed(steps):
        if not needed.isdisjoint(step):
            needed.update(step)
            parents = step | parents
    return tuple(sorted((a, m) for m, own in parents.items() for a in own if not dag.has_edge(a, m)))


def _cardinality_order(start: str, inside: set[str], near: Parents) -> Iterator[str]:
    """Maximum cardinality search: always a node with the most neighbours that came before (Tarjan, Yannakakis 1984)."""
    counts = dict.fromkeys(inside, 0)
    heap = [(-1, start)]
    while heap:
        _, node = heappop(heap)
        if counts.pop(node, None) is None:
            continue
        yield node
        for other in near[node] & counts.keys():
            counts[other] += 1
            heappush(heap, (-counts[other], other))


def verify_reveal(dag: nx.DiGraph, hidden: Iterable[str], answer: MarkovCut | MarkovObstruction) -> bool:
    """Check an answer of :func:`reveal` from the definitions alone, sharing nothing with its construction.

    A cut holds if `order` lists every node once, visible before hidden, all `edges` go forward in it (acyclic, no arrow
    hidden -> visible), and the network is Markov equivalent to `dag`: skeleton and v-structures are the same (Verma,
    Pearl 1990).  An obstruction holds if `dag` with some arrows turned is an acyclic Markov-equivalent network in which
    the arrows of the shape are, between nodes that are visible and hidden as lemma B or C says.

    Parameters
    ----------
    dag, hidden, answer
        The question, as for :func:`reveal`, and the answer under judgement, from any source.

    >>> chain = nx.DiGraph([("x", "y"), ("y", "z")])
    >>> verify_reveal(chain, ["x"], reveal(chain, ["x"]))
    True
    >>> verify_reveal(chain, ["y"], MarkovCut((("x", "y"), ("z", "y")), ("x", "z", "y")))
    False
    """
    concealed, nodes = checked_network(dag, hidden), set(dag)
    if isinstance(answer, MarkovCut):
        place = {node: position for position, node in enumerate(answer.order)}
        return (
            len(answer.order) == len(nodes)
            and set(answer.order) == nodes
            and not concealed & set(answer.order[: len(nodes) - len(concealed)])
            and all(a in place and b in place and place[a] < place[b] for a, b in answer.edges)
            and _equivalent(set(answer.edges), set(dag.edges))
        )
    arrows = set(dag.edges)
    if not all((b, a) in arrows for a, b in answer.turned):
        return False
    network, shape = answer.equivalent(dag), answer.shape
    inner = set(shape.nodes) - {shape.nodes[-1]} - set(shape.apart)
    first, second = shape.apart
    return (
        (network is dag or (nx.is_directed_acyclic_graph(network) and _equivalent(set(network.edges), arrows)))
        and len(set(shape.nodes)) == len(shape.nodes) >= 3
        and set(shape.nodes) <= nodes
        and all(network.has_edge(a, b) for a, b in shape.arrows)
        and not {(first, second), (second, first)} & arrows
        and inner <= concealed
        and shape.nodes[-1] not in concealed
        and (first in concealed) == isinstance(shape, Collider)
    )


def _equivalent(one: set[Edge], other: set[Edge]) -> bool:
    """Whether two acyclic networks have the same skeleton and the same v-structures."""
    if {frozenset(edge) for edge in one} != {frozenset(edge) for edge in other}:
        return False
    first, second = _parents(one), _parents(other)  # a node with the same parents has the same v-structures
    changed = {n for n in first.keys() | second.keys() if first.get(n) != second.get(n)}
    return _colliders(first, one, changed) == _colliders(second, other, changed)


def _parents(arrows: Iterable[Edge]) -> Parents:
    parents: Parents = {}
    for tail, head in arrows:
        parents.setdefault(head, set()).add(tail)
    return parents


def _colliders(parents: Parents, arrows: set[Edge], at: Iterable[str]) -> set[tuple[frozenset[str], str]]:
    """All a -> c <- b with a, b not adjacent, as ({a, b}, c), c one of some nodes."""
    return {
        (frozenset(pair), head)
        for head in at
        for pair in combinations(parents.get(head, ()), 2)
        if not {pair, pair[::-1]} & arrows
    }


def markov_class(dag: nx.DiGraph) -> tuple[frozenset[frozenset[str]], frozenset[tuple[frozenset[str], str]]]:
    """Skeleton and v-structures: what Markov-equivalent networks have in common (Verma, Pearl 1990)."""
    arrows = set(dag.edges)
    return frozenset(map(frozenset, arrows)), frozenset(_colliders(_parents(arrows), arrows, dag))


def essential_graph(dag: nx.DiGraph) -> tuple[set[Edge], set[Edge]]:
    """Return the arrows that all Markov-equivalent networks have, and the others as they stand here (Chickering 1995).

    >>> essential_graph(nx.DiGraph([("a", "c"), ("b", "c"), ("c", "d"), ("d", "e"), ("x", "y")]))[1]
    {('x', 'y')}
    """
    order = list(nx.lexicographical_topological_sort(dag))
    place = {n: i for i, n in enumerate(order)}
    fixed: Parents = {n: set() for n in order}
    for y in order:
        parents = set(dag.predecessors(y))
        if not parents:
            continue
        x = max(parents, key=place.__getitem__)
        is_fixed = bool(fixed[x] - parents or parents - {x} - set(dag.predecessors(x)))
        fixed[y] = parents if is_fixed else fixed[x]
    arrows = set(dag.edges)
    compelled = {(a, b) for b, own in fixed.items() for a in own}
    return compelled, arrows - compelled


def pinned_in_essential_graph(dag: nx.DiGraph, hidden: Iterable[str]) -> Edge | None:
    """What the essential graph has against a cut: an arrow (E1), or two nodes (E2); None if there is nothing.

    (E1) An arrow h -> v, hidden to visible, of every equivalent network.  (E2) Two visible nodes that are not adjacent,
    with a path of undirected edges between them through hidden nodes.

    >>> pinned_in_essential_graph(nx.DiGraph([("x", "y"), ("x", "z")]), ["x"])
    ('y', 'z')
    >>> pinned_in_essential_graph(nx.DiGraph([("h", "v"), ("w", "v")]), ["h"])
    ('h', 'v')
    """
    concealed = checked_network(dag, hidden)
    directed, undirected = essential_graph(dag)
    if pinned := [(a, b) for a, b in sorted(directed) if a in concealed and b not in concealed]:
        return pinned[0]
    free = nx.Graph(sorted(undirected))
    for part in sorted(map(sorted, nx.connected_components(free.subgraph(concealed)))):
        boundary = sorted({v for h in part for v in free[h]} - concealed)
        for a, b in combinations(boundary, 2):
            if not free.has_edge(a, b):
                return a, b
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
    return hidden_subset(dag, hidden, "is not in the network")


def hidden_subset(graph: nx.Graph, hidden: Iterable[str], complaint: str) -> frozenset[str]:
    """Return the hidden names as a set of nodes of the graph."""
    if isinstance(hidden, str):
        raise GraphError(f"hidden is a collection of names; got the string {hidden!r}, write [{hidden!r}]")
    concealed = frozenset(hidden)
    if unknown := sorted(map(str, concealed - set(graph))):
        raise GraphError(f"the hidden node {unknown[0]} {complaint}; known: {', '.join(sorted(graph))}")
    return concealed
