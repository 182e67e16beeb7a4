"""Bayesian networks from files, and networks with too many states to enumerate.

A network of the bnlearn repository comes with numbers.  They are kept as ``file_values``: ``M.point("file")`` is that
point, exact, if no entry is 0 or 1 (the domain is open).

A :class:`LargeNetwork` knows its graph, the states of its nodes and its hidden set, and has no table.  Whether it is
cylindrical is answered by the graph criteria and by reduction to smaller networks; anything that needs the table says
that it cannot be had.

Example.  A hidden Markov chain of length 40 has 2^80 states:

>>> import networkx as nx
>>> from symelbo.models.graphs import bayesian_network
>>> chain = nx.DiGraph([(f"h{i}", f"h{i + 1}") for i in range(39)] + [(f"h{i}", f"v{i}") for i in range(40)])
>>> M = bayesian_network(chain, hidden=[f"h{i}" for i in range(40)])
>>> M
Network with 80 nodes (40 hidden) and 2**80 states, 159 parameters: too large to enumerate
>>> M.weights
Traceback (most recent call last):
symelbo.errors.ModelError: Network has 2**80 states, too many to enumerate: no table, only graph criteria and reduction
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any, NoReturn

import networkx as nx
import sympy

from symelbo.errors import DomainError, ModelError
from symelbo.exact import as_rational
from symelbo.models.bif import BIFNetwork, Row
from symelbo.models.graphs import BayesianNetwork, Family, bayesian_network, named_space, parameter_names
from symelbo.models.parametrization import Parametrization
from symelbo.models.points import Point
from symelbo.spaces import Label, SampleSpace

__all__ = ["LargeNetwork", "network_model", "subnetwork_point"]


class LargeNetwork(Parametrization):
    """A Bayesian network with free conditional tables whose states are too many to enumerate.

    Built by ``bayesian_network`` and ``load_model`` where it is needed.  ``graph()``, ``space``, ``hide`` and
    ``parameters`` work; table, field and geometry raise ModelError.

    Attributes
    ----------
    space : SampleSpace
    structure : BayesianNetwork
        Its families (without the numbers of their parameters).
    tables : mapping from node to rows, or None
        The conditional tables of a file.
    """

    def __init__(
        self,
        graph: nx.DiGraph,
        space: SampleSpace,
        *,
        name: str | None = None,
        tables: Mapping[str, tuple[Row, ...]] | None = None,
    ) -> None:
        self.space = space
        self.name = name
        self.normalised = True
        order = {n: i for i, n in enumerate(space.order)}
        families = (Family(n, tuple(sorted(graph.predecessors(n), key=order.__getitem__)), ()) for n in space.order)
        self.structure = BayesianNetwork(tuple(families))
        self.tables = tables
        self.file_values = None

    def graph(self) -> nx.DiGraph:
        """Return the directed acyclic graph."""
        assert isinstance(self.structure, BayesianNetwork)  # set so by the constructor
        return self.structure.graph()

    @property
    def states(self) -> dict[str, tuple[Label, ...]]:
        """The labels of every node, in order."""
        by_name = {v.name: v.labels for v in self.space.variables}
        return {n: by_name[n] for n in self.space.order}

    @property
    def n_parameters(self) -> int:
        """The number of free entries of the conditional tables."""
        states = self.states
        assert isinstance(self.structure, BayesianNetwork)  # set so by the constructor
        return sum((len(states[f.node]) - 1) * prod(len(states[p]) for p in f.parents) for f in self.structure.families)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The parameters, in the order of the nodes."""
        by_name = {v.name: v for v in self.space.variables}
        assert isinstance(self.structure, BayesianNetwork)  # set so by the constructor
        rows = (parameter_names(by_name[f.node], [by_name[p] for p in f.parents]) for f in self.structure.families)
        return tuple(sympy.Symbol(n) for family in rows for row in family for n in row)

    @property
    def unused_parameters(self) -> tuple[sympy.Symbol, ...]:
        """None: every parameter is an entry of a conditional table."""
        return ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """None."""
        return ()

    def hide(self, *hidden: str) -> LargeNetwork:
        """Return the same network with another hidden set."""
        return LargeNetwork(self.graph(), named_space(self.states, hidden), name=self.name, tables=self.tables)

    def point(self, at: Mapping[Any, Any] | Point | str) -> NoReturn:
        """Points of a large network are points of its subnetworks; only the numbers of its file are read there."""
        raise ModelError(f"{self._size()}: no point such as {at!r}, except at='file' in is_cylindrical")

    def __getattr__(self, name: str) -> Any:
        if name in {"field", "factor_table", "domain"}:
            raise ModelError(f"{self._size()}: no table, only graph criteria and reduction")
        raise AttributeError(name)

    def _size(self) -> str:
        return f"{self.name or 'Network'} has {_power(self.space.n_states)} states, too many to enumerate"

    def __repr__(self) -> str:
        return (
            f"{self.name or 'Network'} with {len(self.space.variables)} nodes ({len(self.space.hidden)} hidden) and "
            f"{_power(self.space.n_states)} states, {self.n_parameters} parameters: too large to enumerate"
        )


def _power(n: int) -> str:
    k = n.bit_length() - 1
    return f"2**{k}" if n == 1 << k else f"some 2**{k}"


def network_model(network: BIFNetwork, hidden: Iterable[str]) -> Parametrization:
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
    tables = {name: rows for (name, _), rows in zip(network.variables, network.tables, strict=True)}
    parents = {name: above for (name, _), above in zip(network.variables, network.parents, strict=True)}
    sorted_tables = {n: _reordered(tables[n], parents[n], model, n) for n in tables}
    if isinstance(model, LargeNetwork):
        model.tables = sorted_tables
        return model
    assert isinstance(model.structure, BayesianNetwork)  # it was just built as one
    values = [
        as_rational(entry) for f in model.structure.families for row in sorted_tables[f.node] for entry in row[:-1]
    ]
    model.file_values = tuple(values)
    return model


def _reordered(rows: tuple[Row, ...], given: Sequence[str], model: Parametrization, node: str) -> tuple[Row, ...]:
    """Rows of a table in the order of the model's parents (declaration order), from the order of the file."""
    assert isinstance(model.structure, BayesianNetwork)  # the caller built it as one
    wanted = next(f.parents for f in model.structure.families if f.node == node)
    sizes = {v.name: len(v) for v in model.space.variables}
    return tuple(rows[k] for k in row_numbers(given, wanted, sizes))


def row_numbers(given: Sequence[str], wanted: Sequence[str], sizes: Mapping[str, int]) -> list[int]:
    """Return, for the joint states of ``wanted`` in lexicographic order, their numbers when ``given`` is the order."""
    stride = dict(zip(given, (prod(sizes[q] for q in given[k + 1 :]) for k in range(len(given))), strict=True))
    numbers = [0]
    for p in wanted:
        numbers = [n + k * stride[p] for n in numbers for k in range(sizes[p])]
    return numbers


def subnetwork_point(
    network: LargeNetwork, model: Parametrization, context: Iterable[str], stratum: Mapping[str, int]
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
    assert isinstance(network.structure, BayesianNetwork)  # set so by its constructor
    assert isinstance(model.structure, BayesianNetwork)  # subnetworks are built as such
    sizes = {n: len(labels) for n, labels in network.states.items()}
    parents = {f.node: f.parents for f in network.structure.families}
    free = set(context)
    values: list[Fraction] = []
    for family in model.structure.families:
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
