"""The graph criterion for hierarchical log-linear models: every boundary is a face, or a minimal non-face forbids it.

THEOREM.  Gamma: a simplicial complex on the variables; L: the sum of the spaces of functions of x_A, A in Gamma;
M = {p proportional to exp f, f in L}.  M is cylindrical (at all points; equivalently on some open set) if and only if
for each connected component K of the hidden variables, in the 1-skeleton, the visible neighbours bd(K) are a face.

"If" (Asmussen, Edwards 1983).  A face A that meets the hidden set meets one K only, A n V c bd(K), and K is independent
of the rest given bd(K): E[f_A | v] is a function of x_bd(K), in L.

"Only if".  Let B c bd(K), |B| = m, be no face.  The alternating sum of a function in L over two states of each b in B
is 0, since no face contains B.  Take the point at which only these interactions matter: on a tree in K that spans
neighbours k(b) of all b in B the factor lam where parent and child are both 0 or both not 0, weights t0 for the root's
state 0, 1 / (r - 1) for each other state of a node of the tree (1 for state 0 of the others), and the factor 2 where b
and k(b) are both 0.  As lam grows the indicators of state 0 agree, and E[1{root=0} | v] tends to g(j) =
t0 2^j / (1 + t0 2^j), j the number of b with x_b = 0.  Its alternating sum is t0 (-1)^m and terms of at most
y^2 / (1 - y), y = t0 2^m: not 0 for t0 = 2^-(2m+1).  So it is outside L for all large lam, and then on an open dense
set, for the rank of T is constant.  (That only a tree in K is used, not all of K, changes nothing.)

Reference: Asmussen, Edwards (1983), Collapsibility and response variables in contingency tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import networkx as nx

from symelbo.errors import GraphError
from symelbo.graphs.dag import Edge, hidden_subset


@dataclass(frozen=True, slots=True)
class HiddenComponent:
    """A connected component of the hidden variables, its boundary, and the smallest generator that contains that.

    All sorted; ``generator`` is None if there is none.
    """

    nodes: tuple[str, ...]
    boundary: tuple[str, ...]
    generator: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class CollapsibleCut:
    """All components of the hidden set, each with a generator that contains its boundary."""

    components: tuple[HiddenComponent, ...]


@dataclass(frozen=True, slots=True)
class NonFace:
    """Visible neighbours of connected hidden variables that no generator contains, although it contains all but one.

    Attributes
    ----------
    components : those whose boundary lies in no generator; the rest is about the first of them
    boundary : B, a minimal non-face in its boundary
    contacts : k(b) for every b in B
    tree : edges (parent, child) of a tree of hidden variables that spans the contacts, from its root k(b) on
    """

    components: tuple[HiddenComponent, ...]
    boundary: tuple[str, ...]
    contacts: tuple[str, ...]
    tree: tuple[Edge, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The root of the tree, the rest of it, and B."""
        return (self.contacts[0], *(child for _, child in self.tree), *self.boundary)

    def __str__(self) -> str:
        hidden = ", ".join(self.nodes[: -len(self.boundary)])
        pair = "are not adjacent" if len(self.boundary) == 2 else "interact pairwise or more, but not all together"
        return f"{', '.join(self.boundary)} {pair}, and are all neighbours of what is hidden, connected: {hidden}"

    def drawing(self) -> str:
        """Every edge in a line, hidden variables in parentheses."""
        lines = [f"{b} --- ({k})" for b, k in zip(self.boundary, self.contacts, strict=True)]
        return "\n".join([*lines, *(f"({a}) --- ({b})" for a, b in self.tree)])


def collapse(generators: Iterable[Iterable[str]], hidden: Iterable[str]) -> CollapsibleCut | NonFace:
    """Decide whether a hierarchical log-linear model is cylindrical, with a witness either way.

    Parameters
    ----------
    generators, hidden
        The generating class (subsets of other generators do no harm), its variables with two states or more each, and
        the hidden ones of them.

    Raises
    ------
    GraphError
        If a hidden variable occurs in no generator.

    >>> collapse([["x", "y", "z"]], ["x"]).components
    (HiddenComponent(nodes=('x',), boundary=('y', 'z'), generator=('x', 'y', 'z')),)
    >>> print(found := collapse([["x", "y"], ["x", "z"]], ["x"]))
    y, z are not adjacent, and are all neighbours of what is hidden, connected: x
    >>> print(found.drawing())
    y --- (x)
    z --- (x)
    """
    classes, graph = _interactions(generators, hidden)
    concealed = hidden_subset(graph, hidden, "occurs in no generator")
    components = []
    for nodes in sorted(sorted(part) for part in nx.connected_components(graph.subgraph(concealed))):
        boundary = {near for node in nodes for near in graph[node]} - concealed
        holder = next((generator for generator in classes if boundary <= set(generator)), None)
        components.append(HiddenComponent(tuple(nodes), tuple(sorted(boundary)), holder))
    if not (failed := tuple(component for component in components if component.generator is None)):
        return CollapsibleCut(tuple(components))
    least = list(failed[0].boundary)
    for b in failed[0].boundary:
        rest = [c for c in least if c != b]
        if not any(set(rest) <= set(generator) for generator in classes):
            least = rest
    inside = set(failed[0].nodes)
    root = min(set(graph[least[0]]) & inside)
    found = {v: u for u, v in nx.bfs_edges(nx.subgraph(graph, inside), root, sort_neighbors=sorted)}
    depth = {root: 0}
    for child, parent in found.items():
        depth[child] = depth[parent] + 1
    contacts = tuple(min(set(graph[b]) & inside, key=lambda k: (depth[k], k)) for b in least)
    used = set()
    for contact in contacts:
        node = contact
        while node != root and node not in used:
            used.add(node)
            node = found[node]
    tree = tuple((parent, child) for child, parent in found.items() if child in used)
    return NonFace(failed, tuple(least), contacts, tree)


def _interactions(generators: Iterable[Iterable[str]], hidden: Iterable[str]) -> tuple[list[tuple[str, ...]], nx.Graph]:
    """The generators, small ones first, and the 1-skeleton."""
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
    return classes, graph


def verify_collapse(
    generators: Iterable[Iterable[str]], hidden: Iterable[str], answer: CollapsibleCut | NonFace
) -> bool:
    """Check an answer of :func:`collapse` from the definitions alone, sharing nothing with its construction.

    >>> verify_collapse([["x", "y"], ["x", "z"]], ["x"], collapse([["x", "y"], ["x", "z"]], ["x"]))
    True
    """
    faces, concealed = [set(g) for g in generators], set(hidden)

    def together(*nodes: str) -> bool:
        return any(set(nodes) <= face for face in faces)

    if isinstance(answer, NonFace):
        root, *_ = answer.contacts
        reached = {root}
        for parent, child in answer.tree:
            if parent not in reached or child in reached or not together(parent, child):
                return False
            reached.add(child)
        return (
            len(set(answer.boundary)) == len(answer.boundary) == len(answer.contacts)
            and reached <= concealed
            and set(answer.contacts) <= reached
            and concealed.isdisjoint(answer.boundary)
            and all(together(b, k) for b, k in zip(answer.boundary, answer.contacts, strict=True))
            and not together(*answer.boundary)
        )
    owner = {h: k for k, part in enumerate(answer.components) for h in part.nodes}
    return owner.keys() == concealed and all(
        part.generator is not None
        and set(part.generator) in faces
        and all(
            {owner[h] for h in face & concealed} <= {k} and face - concealed <= set(part.generator)
            for face in faces
            if not face.isdisjoint(part.nodes)
        )
        for k, part in enumerate(answer.components)
    )
