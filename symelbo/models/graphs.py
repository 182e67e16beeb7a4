"""Bayesian networks with free conditional tables.

A family is a node with its parents; for each state of the parents (a row) the probabilities of the node's states but
the last are parameters, the last is 1 minus their sum.  Every probability is a product of such entries, so the factor
form is written down directly and never multiplied out.

Names of parameters: ``x`` for a binary node without parents, ``y1, y2, ...`` for the rows of a binary node (rows in
the order of the parents' states, first labels first), ``x_a`` and ``y1_a`` for the state ``a`` of a node with more
than two states.

Reference: Lauritzen (1996), chapter 3; Ay (2023) for the locality of the Fisher metric.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import sympy

from symelbo.budget import LIMITS, Limit, budgeted
from symelbo.errors import DomainError, GraphError, nearest_names
from symelbo.exact import Field, RationalFunction, Value, as_rational
from symelbo.models.description import Description, spoken
from symelbo.models.domain import Constraint, Domain
from symelbo.models.edges import arrows_in_words, directed_graph, parents_in
from symelbo.models.formats import NetworkFile, network_of
from symelbo.models.given import conditional, network_with_tables, parameter_names, standard_names
from symelbo.models.parametrization import FactorTable, Parametrization, as_model
from symelbo.models.questions import OnStates
from symelbo.models.structure import Family, Structure
from symelbo.spaces import Label, SampleSpace, Space

LISTED = 12


@dataclass(frozen=True)
class BayesianNetwork(Structure):
    """The structure behind a model built by :func:`bayesian_network`: its families in the order of the nodes."""

    families: tuple[Family, ...]

    @property
    def edges(self) -> tuple[tuple[str, str], ...]:
        """The arrows, sorted by head."""
        return tuple((p, f.node) for f in self.families for p in f.parents)

    def graph(self) -> nx.DiGraph:
        """Return the directed acyclic graph."""
        graph = nx.DiGraph()
        graph.add_nodes_from(f.node for f in self.families)
        graph.add_edges_from(self.edges)
        return graph

    def varied_point(self) -> tuple[Value, ...]:
        """In each node's table the first state has 1/2, 1/3, 1/4, ... in turn."""
        values: list[Value] = []
        for family in self.families:
            for k, row in enumerate(family.rows):
                first = Fraction(1, k % 5 + 2)
                rest = (1 - first) / max(len(row), 1)
                values.extend(as_rational(first if i == 0 else rest) for i in range(len(row)))
        return tuple(values)

    def every_part_matters(self, values: Sequence[Value], space: Space) -> bool:
        """Whether each parent of each node changes its distribution: an arrow without effect makes a poor example."""
        sizes = space.sizes
        for family in self.families:
            shape = [sizes[p] for p in family.parents]
            rows = [tuple(values[i] for i in row) for row in family.rows]
            for axis in range(len(shape)):
                stride = prod(shape[axis + 1 :])
                if sizes[family.node] > 1 and shape[axis] > 1:
                    pairs = (k for k in range(len(rows)) if k // stride % shape[axis] + 1 < shape[axis])
                    if all(rows[k] == rows[k + stride] for k in pairs):
                        return False
        return True

    def legend(self, parameters: Sequence[object], space: Space) -> str:
        """The parameters of the tables that are not named after their nodes."""
        odd = []
        for family in self.families:
            names = [str(parameters[i]) for row in family.rows for i in row]
            own = standard_names(space, family.node, family.parents)
            if names != [n for row in own for n in row]:
                odd.append(f"{', '.join(names[:2])}{', ...' if len(names) > 2 else ''} for {family.node!r}")
        more = f" and {len(odd) - LISTED} more" if len(odd) > LISTED else ""
        return f"names of parameters: {'; '.join(odd[:LISTED])}{more}" if odd else ""

    def meanings(self, parameters: Sequence[Any], space: Space) -> dict[Any, str]:
        """The conditional probabilities that the parameters are."""
        found = {}
        for family in self.families:
            for row, given in zip(family.rows, parent_states(family, space), strict=False):
                for i, label in zip(row, space.labels[family.node], strict=False):
                    found[parameters[i]] = conditional(family.node, label, family.parents, given)
        return found

    def described(self) -> str:
        """The arrows, tail by tail."""
        return arrows_in_words(self.edges)

    def renamed(self, names: Mapping[str, str]) -> BayesianNetwork:
        """The network with other names of nodes."""
        families = (
            Family(names.get(f.node, f.node), tuple(names.get(p, p) for p in f.parents), f.rows) for f in self.families
        )
        return BayesianNetwork(tuple(families))

    def joined(self, other: Structure, offset: int) -> Structure:
        """Two networks without arrows between them."""
        if other.families is None:
            return Structure()
        shifted = (replace(f, rows=tuple(tuple(i + offset for i in r) for r in f.rows)) for f in other.families)
        return BayesianNetwork((*self.families, *shifted))


@dataclass(frozen=True)
class Network(OnStates):
    """A Bayesian network with free conditional tables as a graph: without a table, for any number of states.

    The graph decides whether it is cylindrical, and explains why; what needs the probabilities of all states cannot be
    asked.

    Attributes
    ----------
    structure : BayesianNetwork
        Its families (without the numbers of their parameters).
    space : SampleSpace
    name : str, optional
    file : NetworkFile, or None
        What it was read from, with its conditional tables.

    >>> chain = nx.DiGraph([(f"h{i}", f"h{i + 1}") for i in range(39)] + [(f"h{i}", f"v{i}") for i in range(40)])
    >>> bayesian_network(chain, hidden=[f"h{i}" for i in range(40)])
    Network with 80 nodes (40 hidden) and 2**80 states, 159 parameters: a graph, too large for a table
    """

    structure: BayesianNetwork
    space: SampleSpace
    name: str | None = None
    file: NetworkFile | None = None

    @classmethod
    def of(
        cls, graph: nx.DiGraph, space: SampleSpace, *, name: str | None = None, file: NetworkFile | None = None
    ) -> Network:
        """The network of a graph."""
        families = (Family(n, above, ()) for n, above in parents_in(graph, space.order).items())
        return cls(BayesianNetwork(tuple(families)), space, name, file)

    @property
    def n_parameters(self) -> int:
        """The number of free entries of the conditional tables."""
        sizes = self.space.sizes
        return sum((sizes[f.node] - 1) * prod(sizes[p] for p in f.parents) for f in self.structure.families)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """What a table would have is missing, with the reason."""
            if name.startswith("_"):
                raise AttributeError(name)
            raise AttributeError(f"no {name}: that needs the probabilities of all states, and this is {self!r}")

    def describe(self) -> Description:
        """Return its nodes with their states, and its arrows; its parameters have no names."""
        words = (f"{self.n_parameters} parameters, the free entries of the conditional tables",)
        visible, hidden = map(tuple, spoken(self.space))
        return Description(repr(self), visible, hidden, (self.structure.described(), *words), {}, (), (), ())

    def hide(self, *hidden: str) -> Network:
        """Return the same network with another hidden set."""
        return replace(self, space=named_space(self.space.labels, hidden))

    def __repr__(self) -> str:
        return (
            f"{self.name or 'Network'} with {len(self.space.variables)} nodes ({len(self.space.hidden)} hidden) and "
            f"{_power(self.space.n_states)} states, {_power(self.n_parameters)} parameters: a graph, too large for a "
            "table"
        )


def _power(n: int) -> str:
    k = n.bit_length() - 1
    return str(n) if k < 20 else f"2**{k}" if n == 1 << k else f"some 2**{k}"


@budgeted("the network")
def bayesian_network(
    edges: object,
    *,
    states: Mapping[str, int | Sequence[Label]] | None = None,
    hidden: Iterable[str],
    isolated: Iterable[str] = (),
    tables: Mapping[str, str | Sequence[Sequence[Any]]] | None = None,
    name: str | None = None,
    budget: Limit = None,
) -> Parametrization | Network:
    """Return the Bayesian network with free conditional tables (a :class:`Network` if it cannot be enumerated).

    ``p(x) = prod_i p(x_i | x_pa(i))`` with independent parameters for every node and parent state.

    Parameters
    ----------
    edges : list of pairs (parent, child), or networkx.DiGraph
        Or a network with tables: one of pgmpy or pyAgrum, or what :func:`symelbo.models.read_network` returns.  It
        brings its states; its numbers are the point "file".
    states : mapping from node to number of states or list of labels, optional
        Default: two states 0, 1.  Its order is the order of the variables.
    hidden : names of the hidden nodes
    isolated : names of nodes without arrows that are in neither ``edges`` nor ``states``
    tables : mapping from node to rows or to another node, optional
        Tables that are not free: numbers, expressions, shared ones (see :mod:`symelbo.models.given`).
    name : str, optional
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    GraphError
        Cycle, doubled arrow, unknown hidden node.
    ModelError
        Nothing hidden or nothing visible.

    >>> M = bayesian_network([("x", "y"), ("x", "z")], states={"x": [1, 0], "y": [1, 0], "z": [1, 0]}, hidden=["x"])
    >>> M.parameters
    (x, y1, y2, z1, z2)
    >>> M.table[1, 0, 1]
    x*y1*(1 - z1)
    """
    file = network_of(edges)
    if file is not None:
        if states is not None or tables or tuple(isolated):
            raise GraphError("the network brings its own nodes, states and tables: give its hidden nodes only")
        edges, states, name = file.dag(), file.states, name or file.name
    declared = dict(states or {})
    graph = directed_graph(edges, isolated=isolated, nodes=list(declared))
    unknown = [n for n in graph.nodes if states is not None and n not in declared and n not in set(isolated)]
    if unknown:
        raise GraphError(
            f"edges: unknown node {', '.join(unknown)}; states are declared for {', '.join(declared) or 'none'}"
        )
    space = named_space({n: declared.get(n, 2) for n in graph.nodes}, hidden)
    if tables:
        return network_with_tables(graph, space, tables, name=name)
    if not is_enumerable(graph, space):
        return Network.of(graph, space, name=name, file=file)
    return _from_graph(graph, space, name, file)


def free_tables(
    edges: object, *, states: Mapping[str, int | Sequence[Label]], hidden: Iterable[str], name: str | None = None
) -> Parametrization:
    """Return the Bayesian network with its table; ModelError if that cannot be enumerated."""
    return as_model(bayesian_network(edges, states=states, hidden=hidden, name=name))


def is_enumerable(graph: nx.DiGraph, space: SampleSpace) -> bool:
    """Whether the table of a network is small enough to be written down."""
    entries = sum(prod(space.sizes[p] for p in (n, *graph.predecessors(n))) for n in graph.nodes)
    return space.n_states <= LIMITS.table_states and space.n_states * entries <= LIMITS.table_entries


def named_space(states: Mapping[str, int | Sequence[Label]], hidden: Iterable[str]) -> SampleSpace:
    """Return the space of variables in their declared order, some of them hidden; GraphError for an unknown one."""
    if not isinstance(hidden, Iterable):
        raise GraphError(f"hidden: {hidden!r} is not a list of names")
    concealed = {hidden} if isinstance(hidden, str) else set(hidden)
    foreign = sorted(map(str, concealed - set(states)))
    if foreign:
        shown = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
        raise GraphError(f"hidden: unknown node {shown}; {nearest_names('nodes', states, foreign[0])}")
    return SampleSpace(
        {n: s for n, s in states.items() if n not in concealed},
        {n: s for n, s in states.items() if n in concealed},
        order=list(states),
    )


def _from_graph(graph: nx.DiGraph, space: SampleSpace, name: str | None, file: NetworkFile | None) -> Parametrization:
    names: list[str] = []
    families = []
    above = parents_in(graph, space.order)
    for node, rows in parameter_names(space, above).items():
        start, width = len(names), space.sizes[node] - 1
        names.extend(n for row in rows for n in row)
        numbers = (range(start + k * width, start + (k + 1) * width) for k in range(len(rows)))
        families.append(Family(node, above[node], tuple(map(tuple, numbers))))
    field = Field([sympy.Symbol(n) for n in names])
    structure = BayesianNetwork(tuple(families))
    table, domain = _factor_form(structure, space, field)
    model = Parametrization.from_factors(space, field, table, domain, normalised=True, name=name, structure=structure)
    if file is not None:
        model.file = file
        with suppress(DomainError):  # there are no such numbers; who asks for them is told why
            model.file_values = tuple(
                as_rational(entry)
                for f in families
                for k in file.numbers_of_rows(f.node, f.parents)
                for entry in file.row(f.node, k)[:-1]
            )
    return model


def _factor_form(network: BayesianNetwork, space: SampleSpace, field: Field) -> tuple[FactorTable, Domain]:
    """Factors are the entries of the conditional tables; each state has one factor from every family."""
    factors: list[RationalFunction] = []
    constraints: list[Constraint] = []
    digits, position, sizes = space.digits, space.columns, space.sizes
    columns = []
    for family in network.families:
        width = sizes[family.node]
        first = len(factors)
        if width > 1:
            for row in family.rows:
                free = [field.generator(i) for i in row]
                last = field.one - field.sum(free)
                factors.extend([*free, last])
                names = [str(field.generators[i]) for i in row]
                constraints += [Constraint(p, f"0 < {n}") for p, n in zip(free, names, strict=True)]
                constraints.append(Constraint(last, f"{' + '.join(names)} < 1"))
            row_number = np.zeros(space.n_states, dtype=np.int64)
            for parent in family.parents:
                row_number = row_number * sizes[parent] + digits[:, position[parent]]
            columns.append(first + row_number * width + digits[:, position[family.node]])
    exponents = np.zeros((space.n_states, len(factors)), dtype=np.int16)
    for column in columns:
        exponents[np.arange(space.n_states), column] = 1
    ones = (as_rational(1),) * space.n_states
    return FactorTable(tuple(factors), exponents, ones), Domain(field, tuple(constraints))


def parent_states(family: Family, space: Space) -> list[tuple[Label, ...]]:
    """Return the labels of the parents for every row of a family."""
    return list(product(*(space.labels[p] for p in family.parents)))
