"""Models with latent variables by one-line constructors: sigmoid belief networks, mixtures, naive Bayes, hidden Markov.

Example.  A mixture of two independent pairs of coins is naive Bayes with two leaves, the paper's M(b):

>>> naive_bayes(2).parameters
(h, v11, v12, v21, v22)
>>> from symelbo.models import independence
>>> coins = independence({"y": 2, "z": 2, "unused": 1}, hidden=["unused"])
>>> mixture(coins, 2).parameters
(w1, y_1, z_1, y_2, z_2)

A sigmoid belief network has logistic conditional probabilities:

>>> M = sigmoid_belief_network([("h", "v")], hidden=["h"])
>>> M.parameters
(b_h, b_v, w_h_v)
>>> M.probability(3)
exp(b_h)*exp(b_v)*exp(w_h_v)/((exp(b_v)*exp(w_h_v) + 1)*(exp(b_h) + 1))

Reference: Neal (1992), Connectionist learning of belief networks; Lazarsfeld, Henry (1968), Latent structure analysis;
Rabiner (1989), A tutorial on hidden Markov models.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from numbers import Integral

import networkx as nx
import numpy as np
import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import ModelError
from symelbo.exact import Field, RationalFunction, as_rational
from symelbo.models.combinations import joint_generators, transplant
from symelbo.models.domain import Constraint, Domain
from symelbo.models.edges import arrows_in_words, directed_graph, parents_in
from symelbo.models.graphs import Network, bayesian_network, named_space
from symelbo.models.parametrization import FactorTable, Parametrization, as_model
from symelbo.models.standard import full_simplex
from symelbo.models.structure import Structure, Unit
from symelbo.spaces import Label, SampleSpace


@dataclass(frozen=True)
class SigmoidNetwork(Structure):
    """The structure of a sigmoid belief network: its units in order, and its arrows."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]

    def described(self) -> str:
        """The arrows, tail by tail."""
        return f"{arrows_in_words(self.edges)}; logistic tables"

    @property
    def units(self) -> tuple[Unit, ...]:
        """The units with the numbers of their parameters: first all biases, then the weights of the arrows."""
        weights = {e: len(self.nodes) + k for k, e in enumerate(self.edges)}
        return tuple(
            Unit(n, i, tuple((a, k) for (a, b), k in weights.items() if b == n)) for i, n in enumerate(self.nodes)
        )

    def graph(self) -> nx.DiGraph:
        """Return the directed acyclic graph."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.nodes)
        graph.add_edges_from(self.edges)
        return graph


@budgeted("the network")
def sigmoid_belief_network(
    edges: object,
    *,
    hidden: Iterable[str],
    isolated: Iterable[str] = (),
    values: tuple[int, int] = (0, 1),
    name: str | None = None,
    budget: Limit = None,
) -> Parametrization:
    """Return the network of units 0, 1 with ``p(x_i = 1 | x_pa) = s(b_i + sum_j w_ji x_j)``, s(t) = e^t / (1 + e^t).

    Parameters
    ----------
    edges : list of pairs (parent, child), or networkx.DiGraph
    hidden : names of the hidden units
    isolated : names of units without arrows
    values : (0, 1) or (1, 0), the order of the labels
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    GraphError
        Cycle, doubled arrow, unknown hidden unit.

    >>> sigmoid_belief_network([("h", "v"), ("h", "w")], hidden=["h"]).parameters
    (b_h, b_v, b_w, w_h_v, w_h_w)
    """
    graph = directed_graph(edges, isolated=isolated)
    nodes = list(graph.nodes)
    parents, order = parents_in(graph, nodes), {n: i for i, n in enumerate(nodes)}
    arrows = tuple((p, n) for n in nodes for p in parents[n])
    if sorted(values) != [0, 1]:
        raise ModelError(f"values = {values!r}: a unit has the values 0 and 1")
    space = named_space({n: list(values) for n in nodes}, hidden)
    names = [f"b_{n}" for n in nodes] + [f"w_{a}_{b}" for a, b in arrows]
    symbols = [sympy.Symbol(n) for n in names]
    field = Field(symbols, [sympy.exp(s) for s in symbols])
    bias = {n: field.generator(i) for i, n in enumerate(nodes)}
    weight = {e: field.generator(len(nodes) + k) for k, e in enumerate(arrows)}
    units = np.array(values, dtype=np.int64)[space.digits][:, [space.columns[n] for n in nodes]]
    # Columns: the generators, with the powers x_i and x_j x_i; then 1 + e^t for every unit and state of its parents.
    columns = [units[:, i] for i in range(len(nodes))]
    columns += [units[:, order[a]] * units[:, order[b]] for a, b in arrows]
    factors: list[RationalFunction] = [field.generator(i) for i in range(len(symbols))]
    for node in nodes:
        for state in product((0, 1), repeat=len(parents[node])):
            total = bias[node]
            active = np.ones(space.n_states, dtype=np.int64)
            for parent, on in zip(parents[node], state, strict=True):
                active &= units[:, order[parent]] == on
                if on:
                    total = total * weight[parent, node]
            factors.append(field.one + total)
            columns.append(-active)
    exponents = np.stack(columns, axis=1).astype(np.int16)
    table = FactorTable(tuple(factors), exponents, (as_rational(1),) * space.n_states)
    words = [*(f"bias of {n}" for n in nodes), *(f"weight of {a} -> {b}" for a, b in arrows)]
    return Parametrization.from_factors(
        space,
        field,
        table,
        Domain(field, ()),
        normalised=True,
        name=name or "Sigmoid belief network",
        structure=SigmoidNetwork(tuple(nodes), arrows),
        told=dict(zip(symbols, words, strict=True)),
    )


@budgeted("the network")
def naive_bayes(
    n_leaves: int, n_classes: int = 2, *, n_states: int = 2, name: str | None = None, budget: Limit = None
) -> Parametrization | Network:
    """Return the network of a hidden class h and visible leaves v1, v2, ... that are independent given it.

    >>> naive_bayes(3)
    Naive Bayes with 16 states (8 visible), parameters h, v11, v12, v21, v22, v31, v32
    """
    leaves = [f"v{i + 1}" for i in range(_positive("n_leaves", n_leaves))]
    states = {"h": _positive("n_classes", n_classes), **dict.fromkeys(leaves, _positive("n_states", n_states))}
    return bayesian_network([("h", v) for v in leaves], states=states, hidden=["h"], name=name or "Naive Bayes")


@budgeted("the network")
def hidden_markov_model(
    length: int,
    n_states: int = 2,
    n_symbols: int = 2,
    *,
    homogeneous: bool = False,
    name: str | None = None,
    budget: Limit = None,
) -> Parametrization | Network:
    """Return the hidden chain h1 -> h2 -> ... with visible symbols v1, v2, ... and free tables at every step.

    With ``homogeneous``, every step has the transitions of the first one, and the same symbols.

    >>> hidden_markov_model(2).parameters
    (h1, h21, h22, v11, v12, v21, v22)
    >>> hidden_markov_model(4, homogeneous=True).parameters
    (h1, h21, h22, v11, v12)
    """
    chain = [f"h{i + 1}" for i in range(_positive("length", length))]
    symbols = [f"v{i + 1}" for i in range(length)]
    states = {**dict.fromkeys(chain, _positive("n_states", n_states)), **dict.fromkeys(symbols, n_symbols)}
    edges = [*pairwise(chain), *zip(chain, symbols, strict=True)]
    model = bayesian_network(edges, states=states, hidden=chain, name=name or "Hidden Markov model")
    if not homogeneous:
        return model
    return as_model(model).tie({**dict.fromkeys(chain[2:], "h2"), **dict.fromkeys(symbols[1:], "v1")})


@budgeted("the mixture")
def mixture(
    component: Parametrization | SampleSpace | Mapping[str, int | Sequence[Label]],
    n_components: int,
    *,
    label: str = "component",
    name: str | None = None,
    budget: Limit = None,
) -> Parametrization:
    """Return the mixture ``p(h, x) = w_h p_h(x)`` with a new hidden variable h, the number of the component.

    Parameters
    ----------
    component : Parametrization, SampleSpace, or mapping of visible variables
        Components are members of this model, with their own copies of the parameters (``y`` becomes ``y_1``, ``y_2``,
        ...), or, given a space, any distributions on it.  Hidden variables of the component stay hidden; a hidden
        variable with a single state is left out.
    n_components : int
    label : str
        The name of the new hidden variable; its labels are 0, 1, ...
    budget : seconds, or Budget(seconds=..., memory=...), optional

    >>> mixture({"y": 3}, 2)
    Mixture with 6 states (3 visible), parameters w1, p1_1, p2_1, p1_2, p2_2
    """
    count = _positive("n_components", n_components)
    base = component if isinstance(component, Parametrization) else _any_distribution(component)
    space = base.space
    kept = {v.name: v.labels for v in space.hidden if len(v) > 1}
    visible = {v.name: v.labels for v in space.visible}
    if label in kept or label in visible:
        raise ModelError(f"label: {label!r} is already a variable of the component; choose another name")
    joint = SampleSpace(
        visible, {label: count, **kept}, order=[label, *(n for n in space.order if n in kept or n in visible)]
    )
    weights = [sympy.Symbol(f"w{k + 1}") for k in range(count - 1)]
    copies = [[sympy.Symbol(f"{p}_{k + 1}") for p in base.parameters] for k in range(count)]
    symbols = [*weights, *(s for copy in copies for s in copy)]
    if len(set(symbols)) != len(symbols):
        raise ModelError("mixture: the names of the parameters of the components clash; relabel them first")
    fields = [base.field.renamed(copy) for copy in copies]
    field = Field(symbols, [*weights, *joint_generators(*fields, what="mixture")])
    factors: list[RationalFunction] = []
    constraints: list[Constraint] = []
    free = [field.generator(k) for k in range(len(weights))]
    if count > 1:
        last = field.one - field.sum(free)
        factors = [*free, last]
        constraints = [Constraint(w, f"0 < {s}") for w, s in zip(free, weights, strict=True)]
        constraints.append(Constraint(last, f"{' + '.join(map(str, weights))} < 1"))
    # State (v, h, k) of the mixture takes the row (v, h) of copy k.
    row, which = joint.numbers_in(space), joint.digits[:, joint.columns[label]]
    columns = [(which == k).astype(np.int16) for k in range(len(factors))]
    for k in range(count):
        own = [transplant(f, field, fields[k].generators) for f in base.factor_table.factors]
        active = (which == k)[:, None]
        columns.extend((base.factor_table.exponents[row] * active).T)
        if not base.normalised:
            own.append(transplant(base.partition, field, fields[k].generators))
            columns.append(-(which == k).astype(np.int16))
        factors.extend(own)
        constraints += [
            Constraint.of(transplant(c.element, field, fields[k].generators)) for c in base.domain.constraints
        ]
    table = FactorTable(
        tuple(factors),
        np.stack(columns, axis=1).astype(np.int16),
        tuple(base.factor_table.coefficients[x] for x in row.tolist()),
    )
    told = {w: f"p({label} = {k})" for k, w in enumerate(weights)} | {
        own: f"{base.meanings[p]}, {label} = {k}"
        for k, copy in enumerate(copies)
        for p, own in zip(base.parameters, copy, strict=True)
        if p in base.meanings
    }
    domain, title = Domain(field, tuple(constraints)), name or "Mixture"
    return Parametrization.from_factors(joint, field, table, domain, normalised=True, name=title, told=told)


def _any_distribution(component: SampleSpace | Mapping[str, int | Sequence[Label]]) -> Parametrization:
    if isinstance(component, SampleSpace):
        return full_simplex(component)
    if not isinstance(component, Mapping):
        raise ModelError(f"component: {component!r} is neither a model nor a space; give one of them")
    return full_simplex(SampleSpace(dict(component), {"_": 1}))


def _positive(what: str, n: int) -> int:
    if isinstance(n, bool) or not isinstance(n, Integral) or n < 1:
        raise ModelError(f"{what} = {n!r}: expected a positive integer")
    return n
