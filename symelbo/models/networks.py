"""Bayesian networks that were read from files: their zeros, and their numbers in subnetworks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from math import prod

import networkx as nx

from symelbo.errors import DomainError
from symelbo.models.formats import NetworkFile
from symelbo.models.given import network_with_tables
from symelbo.models.graphs import Network, named_space
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization
from symelbo.models.points import Point
from symelbo.models.reduction import hidden_parts


def support_model(network: NetworkFile, hidden: Iterable[str]) -> Parametrization:
    """Return the network with tables that are free where those of a file are not 0.

    A deterministic table, or one with zeros, makes another model than free tables do: states are impossible.

    Raises
    ------
    ModelError
        It has too many states for a table.
    """
    return _on_support(network, network.dag(), network.states, hidden, ())


def _on_support(
    network: NetworkFile,
    graph: nx.DiGraph,
    states: Mapping[str, tuple[str, ...]],
    hidden: Iterable[str],
    free: Collection[str],
) -> Parametrization:
    space = named_space(states, hidden)
    order = {n: i for i, n in enumerate(space.order)}

    def given(node: str) -> list[list[int | None]] | None:
        support = None if node in free else network.support(node)
        if support is None:
            return None
        numbers = network.numbers_of_rows(node, sorted(network.parents[node], key=order.__getitem__))
        return [[None if positive else 0 for positive in support[k]] for k in numbers]

    name = f"{network.name} on the support of its tables"
    return network_with_tables(graph, space, given, name=name)


def support_parts(network: NetworkFile, hidden: Iterable[str]) -> list[tuple[Parametrization, bool]]:
    """Return smaller networks that decide, with tables that are free where those of a file are not 0.

    The steps of :func:`~symelbo.models.reduction.reduce_network` that turn no arrow: hidden sinks are left out, and for
    each component of hidden nodes its families remain, with other parents as roots of free positive tables.  If a part
    splits, so does its share of T: a score extends to all states of the roots, and E[.|v] is taken row by row.  The
    converse holds too, as the second value says, where the roots take all joint states: no table above them has a 0.

    Raises
    ------
    ModelError
        A part has too many states for a table.
    """
    concealed, rest = set(hidden), network.dag()
    while sinks := [node for node in concealed.intersection(rest) if not rest.out_degree(node)]:
        rest.remove_nodes_from(sinks)
    whole = network.dag()
    found = []
    for part in hidden_parts(rest, concealed.intersection(rest)):
        families = [n for n in rest if n in part or not part.isdisjoint(rest.predecessors(n))]
        graph = nx.DiGraph([(parent, node) for node in families for parent in rest.predecessors(node)])
        graph.add_nodes_from(families)
        roots = set(graph) - set(families)
        above = roots.union(*(nx.ancestors(whole, root) for root in roots))
        exact = all(all(map(all, network.support(node) or ())) for node in above)
        states = {node: labels for node, labels in network.states.items() if node in graph}
        found.append((_on_support(network, graph, states, part, roots), exact))
    return found


def notes(model: Model | Network, at: object = None) -> list[str]:
    """Return what is to be said of a model that was read from a file: names that were changed, rounded rows."""
    file = model.file
    said = [model.legend] if file is None else [*file.remarks, model.legend]
    if at == "file" and file is not None:
        said.append(file.rounding)
    return list(filter(None, said))


def subnetwork_point(
    network: Network, model: Parametrization, context: Iterable[str], stratum: Mapping[str, int]
) -> Point:
    """Return the point of a subnetwork's model whose tables are those of the file, given the state of the strata.

    Nodes of the context are only conditioned on; they get uniform tables.

    Raises
    ------
    DomainError
        The file has no numbers, or one of those needed is 0 or 1.
    """
    file = network.file
    if file is None:
        raise DomainError("at='file': the network was not read from a file with numbers; give the point by its values")
    sizes = network.space.sizes
    parents = {f.node: f.parents for f in network.structure.families}
    free = set(context)
    values: list[Fraction] = []
    for family in model.structure.families or ():
        node = family.node
        if node in free:
            values += [Fraction(1, sizes[node])] * (sizes[node] - 1)
            continue
        fixed = [p for p in parents[node] if p in stratum]
        order = [*fixed, *family.parents]
        numbers = file.numbers_of_rows(node, order)
        below = prod(sizes[p] for p in family.parents)
        start = 0
        for p in fixed:
            start = start * sizes[p] + stratum[p]
        for k in numbers[start * below : (start + 1) * below]:
            row = file.row(node, k)
            if min(row) <= 0:
                raise DomainError(
                    f"the file's numbers are on the boundary: the table of {node} has the entry {min(row)} in row "
                    f"{k + 1}; the domain is open"
                )
            values += row[:-1]
    return model.point(dict(zip(model.parameters, values, strict=True)))
