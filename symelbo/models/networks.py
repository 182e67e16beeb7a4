"""Bayesian networks from files.

A network of the bnlearn repository comes with numbers.  They are kept as ``file_values``: ``M.point("file")`` is that
point, exact, if no entry is 0 or 1 (the domain is open).  A network that is too large for a table is a
:class:`~symelbo.models.graphs.Network`, and keeps the tables of the file: they are read in its subnetworks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import prod

from symelbo.errors import DomainError
from symelbo.exact import as_rational
from symelbo.models.bif import BIFNetwork, Row
from symelbo.models.given import network_with_tables, on_support
from symelbo.models.graphs import Network, bayesian_network, named_space
from symelbo.models.parametrization import Parametrization
from symelbo.models.points import Point
from symelbo.spaces import SampleSpace

__all__ = ["has_zeros", "network_model", "subnetwork_point", "support_model"]


def network_model(network: BIFNetwork, hidden: Iterable[str]) -> Parametrization | Network:
    """Return the model of a network read from a BIF file: free conditional tables, and the file's numbers as a point.

    Parameters
    ----------
    network : BIFNetwork
    hidden : names of the hidden nodes

    >>> from symelbo.models.bif import parse_bif
    >>> rain = parse_bif('''
    ... network weather { }
    ... variable rain { type discrete [ 2 ] { yes, no }; }
    ... variable grass { type discrete [ 2 ] { wet, dry }; }
    ... probability ( rain ) { table 0.2, 0.8; }
    ... probability ( grass | rain ) { (yes) 0.9, 0.1; (no) 0.3, 0.7; }
    ... ''')
    >>> M = network_model(rain, hidden=["rain"])
    >>> str(M.point("file"))
    'rain = 1/5, grass1 = 9/10, grass2 = 3/10'
    """
    states = {name: list(labels) for name, labels in network.variables}
    model = bayesian_network(network.dag(), states=states, hidden=hidden, name=network.name)
    sorted_tables = _sorted_tables(network, named_space(states, hidden))
    if isinstance(model, Network):
        return replace(model, tables=sorted_tables)
    model.file_values = tuple(
        as_rational(entry) for rows in sorted_tables.values() for row in rows for entry in row[:-1]
    )
    return model


def has_zeros(model: object) -> bool:
    """Whether an entry of the tables of a model's file is 0; a model without tables has none."""
    if not isinstance(model, Parametrization | Network):
        return False
    if isinstance(model, Network):
        return any(0 in row for rows in (model.tables or {}).values() for row in rows)
    values = model.file_values or ()
    rows = [[values[i] for i in row] for f in model.structure.families or () for row in f.rows if row and values]
    return any(0 in row or sum(row) == 1 for row in rows)


def support_model(network: BIFNetwork, hidden: Iterable[str]) -> Parametrization:
    """Return the network with tables that are free where those of a file are not 0.

    A deterministic table, or one with zeros, makes another model than free tables do: states are impossible.

    Raises
    ------
    ModelError
        It has too many states for a table.
    """
    states = {name: list(labels) for name, labels in network.variables}
    space = named_space(states, hidden)
    tables = on_support(_sorted_tables(network, space))
    return network_with_tables(network.dag(), space, tables, name=f"{network.name} on the support of its tables")


def _sorted_tables(network: BIFNetwork, space: SampleSpace) -> dict[str, tuple[Row, ...]]:
    """The tables of a file in the order of the nodes, rows by the parents in the order of the nodes."""
    sizes = {v.name: len(v) for v in space.variables}
    order = {n: i for i, n in enumerate(space.order)}
    found = {}
    for (node, _), above, rows in zip(network.variables, network.parents, network.tables, strict=True):
        wanted = sorted(above, key=order.__getitem__)
        found[node] = tuple(rows[k] for k in row_numbers(above, wanted, sizes))
    return {n: found[n] for n in space.order}


def row_numbers(given: Sequence[str], wanted: Sequence[str], sizes: Mapping[str, int]) -> list[int]:
    """Return, for the joint states of ``wanted`` in lexicographic order, their numbers when ``given`` is the order."""
    stride = dict(zip(given, (prod(sizes[q] for q in given[k + 1 :]) for k in range(len(given))), strict=True))
    numbers = [0]
    for p in wanted:
        numbers = [n + k * stride[p] for n in numbers for k in range(sizes[p])]
    return numbers


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
    if network.tables is None:
        raise DomainError("the network was not read from a file with numbers")
    sizes = {n: len(labels) for n, labels in network.states.items()}
    parents = {f.node: f.parents for f in network.structure.families}
    free = set(context)
    values: list[Fraction] = []
    for family in model.structure.families or ():
        node = family.node
        if node in free:
            values += [Fraction(1, sizes[node])] * (sizes[node] - 1)
            continue
        rows = network.tables[node]
        fixed = [p for p in parents[node] if p in stratum]
        order = [*fixed, *family.parents]
        numbers = row_numbers(parents[node], order, sizes)
        below = prod(sizes[p] for p in family.parents)
        start = 0
        for p in fixed:
            start = start * sizes[p] + stratum[p]
        for k in numbers[start * below : (start + 1) * below]:
            if min(rows[k]) <= 0:
                raise DomainError(
                    f"the file's numbers are on the boundary: the table of {node} has the entry {min(rows[k])} in row "
                    f"{k + 1}; the domain is open"
                )
            values += rows[k][:-1]
    return model.point(dict(zip(model.parameters, values, strict=True)))
