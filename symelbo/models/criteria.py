"""The graph criterion asked of a model that is given by a graph: networks and hierarchical log-linear models.

Variables with one state are left out first: the table of such a node is 1, and for its children it is no parent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import networkx as nx

from symelbo.graphs import CollapsibleCut, MarkovCut, MarkovObstruction, NonFace, collapse, reveal
from symelbo.models.graphs import Network
from symelbo.models.model import Model

Cut: TypeAlias = MarkovCut | CollapsibleCut
GraphAnswer: TypeAlias = Cut | MarkovObstruction | NonFace


def graph_answer(M: Model | Network, hidden: Iterable[str] | None = None) -> GraphAnswer | None:
    """Return why the graph of a model says that it is cylindrical, or that it is not; None if it has no graph.

    >>> from symelbo.models import model_b
    >>> print(graph_answer(model_b()).shape)
    y -> x -> z leads from y to z, not adjacent, through the hidden x
    """
    if M.graph is not None:
        return reveal(*graph_question(M, hidden))
    generators = interactions(M)
    return None if generators is None else collapse(generators, _hidden(M, hidden))


def graph_question(M: Model | Network, hidden: Iterable[str] | None = None) -> tuple[nx.DiGraph, list[str]]:
    """The arrows of a network between its nodes with several states, and the hidden ones of these."""
    graph, several = M.graph or nx.DiGraph(), M.several
    return graph if len(several) == len(graph) else nx.DiGraph(graph.subgraph(several)), _hidden(M, hidden)


def interactions(M: Model | Network) -> tuple[tuple[str, ...], ...] | None:
    """The generators of a hierarchical log-linear model and all its variables alone, those with several states."""
    generators, several = M.generators, M.several
    if generators is None:
        return None
    kept = (tuple(n for n in g if n in several) for g in (*generators, *((n,) for n in several)))
    return tuple(dict.fromkeys(filter(None, kept)))


def _hidden(M: Model | Network, hidden: Iterable[str] | None) -> list[str]:
    chosen = set(M.hidden if hidden is None else hidden)
    return [n for n in M.several if n in chosen]
