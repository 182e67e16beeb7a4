"""Graphs as users give them, lists of pairs or networkx graphs, checked once.

Nodes are named by strings; a pair is listed once and joins two different nodes.  Nodes keep the order in which they
are first named: it becomes the order of the variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import networkx as nx

from symelbo.errors import GraphError


def directed_graph(edges: object, *, isolated: Iterable[str] = (), nodes: Sequence[str] = ()) -> nx.DiGraph:
    """Return the directed acyclic graph of a list of arrows or a networkx DiGraph, checked.

    Raises
    ------
    GraphError
        A cycle (it is shown), a doubled arrow, a loop, names that are not strings.

    >>> list(directed_graph([("x", "y"), ("x", "z")], isolated=["w"]).nodes)
    ['x', 'y', 'z', 'w']
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(nodes)
    _fill(graph, edges, isolated, pair="(parent, child)", edge="arrow", sign="->")
    if not nx.is_directed_acyclic_graph(graph):
        cycle = [tail for tail, _ in nx.find_cycle(graph)]
        raise GraphError(f"the graph has the cycle {' -> '.join([*cycle, cycle[0]])}; a Bayesian network is acyclic")
    return graph


def undirected_graph(edges: object, *, isolated: Iterable[str] = ()) -> nx.Graph:
    """Return the simple graph of a list of pairs or a networkx Graph, checked.

    Raises
    ------
    GraphError
        A doubled edge, a loop, names that are not strings.

    >>> sorted(undirected_graph([("x", "y")], isolated=["w"]).nodes)
    ['w', 'x', 'y']
    """
    graph = nx.Graph()
    graph.add_nodes_from(isolated)
    _fill(graph, edges, (), pair="of names", edge="edge", sign="-")
    return graph


def parents_in(graph: nx.DiGraph, order: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the parents of every node, both in this order."""
    place = {n: i for i, n in enumerate(order)}
    return {n: tuple(sorted(graph.predecessors(n), key=place.__getitem__)) for n in order}


def arrows_in_words(edges: Iterable[tuple[str, str]]) -> str:
    """A Bayesian network in words, tail by tail.

    >>> arrows_in_words([("x", "y"), ("x", "z")])
    'Bayesian network: x -> y, z'
    """
    tails: dict[str, list[str]] = {}
    for tail, head in edges:
        tails.setdefault(tail, []).append(head)
    arrows = (f"{tail} -> {', '.join(heads)}" for tail, heads in tails.items())
    return f"Bayesian network: {'; '.join(arrows) or 'no arrows'}"


def _fill(graph: nx.Graph, edges: object, isolated: Iterable[str], *, pair: str, edge: str, sign: str) -> None:
    """Add the nodes and edges of a networkx graph of the same kind, or of a collection of pairs."""
    for ends in _pairs_of(graph, edges):
        if isinstance(ends, str) or not isinstance(ends, Iterable) or len(both := tuple(ends)) != 2:
            raise GraphError(f"edges: {ends!r} is not a pair {pair}")
        a, b = both
        _require_name(a)
        _require_name(b)
        if a == b:
            raise GraphError(f"edges: {a} {sign} {b} is a loop")
        if graph.has_edge(a, b):
            raise GraphError(f"edges: the {edge} {a} {sign} {b} is listed twice")
        graph.add_edge(a, b)
    graph.add_nodes_from(isolated)
    for node in graph.nodes:
        _require_name(node)


def _pairs_of(graph: nx.Graph, edges: object) -> Iterable[object]:
    """The edges to be added; the nodes of a networkx graph are added first."""
    if isinstance(edges, nx.Graph):
        if edges.is_directed() != graph.is_directed():
            given, wanted = ("undirected", "a directed one (networkx.DiGraph)")
            if edges.is_directed():
                given, wanted = ("directed", "an undirected one (networkx.Graph)")
            raise GraphError(f"the graph is {given}; this family needs {wanted}")
        graph.add_nodes_from(edges.nodes)
        return list(edges.edges())
    if isinstance(edges, str) or not isinstance(edges, Iterable):
        raise GraphError(f"edges: {edges!r} is neither a list of pairs nor a networkx graph")
    return edges


def _require_name(node: object) -> None:
    if not isinstance(node, str):
        raise GraphError(f"the node {node!r} is not named by a string; relabel the graph with names")
