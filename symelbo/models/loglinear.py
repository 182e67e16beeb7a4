"""Hierarchical log-linear models and Boltzmann machines: exponential families with interactions of variables.

A generating class lists the maximal sets of variables that interact.  There is one parameter for every nonempty subset
S of a generator and every choice of labels of S other than the last ones:

    p(x) proportional to exp( sum of u_{S, a} over the S, a with x_S = a ).

The last label of every variable is the reference (its interactions are 0), as in the tables of Bayesian networks.
Names: ``u_x_y`` for binary variables, with the labels behind (``u_x_y_b``) where a variable of S has more than two;
``b_x`` and ``w_x_y`` (variables in declared order) in Boltzmann machines.

Example.  No three-way interaction of three binary variables:

>>> M = log_linear([["x", "y"], ["x", "z"], ["y", "z"]], hidden=["x"])
>>> M
Log-linear model with 8 states (4 visible), parameters u_x, u_y, u_z, u_x_y, u_x_z, u_y_z
>>> M.structure.generators
(('x', 'y'), ('x', 'z'), ('y', 'z'))
>>> boltzmann_machine([("x", "y"), ("x", "z")], hidden=["x"]).parameters
(b_x, b_y, b_z, w_x_y, w_x_z)

Reference: Lauritzen (1996), chapter 4; Ackley, Hinton, Sejnowski (1985) for Boltzmann machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, product
from math import prod
from numbers import Integral

import networkx as nx
import numpy as np
import numpy.typing as npt
import sympy

from symelbo.budget import LIMITS, Limit, budgeted
from symelbo.errors import GraphError, ModelError
from symelbo.models.edges import undirected_graph
from symelbo.models.exponential import exponential_model
from symelbo.models.graphs import named_space
from symelbo.models.parametrization import Parametrization
from symelbo.spaces import Label, SampleSpace


@budgeted("the log-linear model")
def log_linear(
    generators: object,
    *,
    states: Mapping[str, int | Sequence[Label]] | None = None,
    hidden: Iterable[str],
    name: str | None = None,
    budget: Limit = None,
) -> Parametrization:
    """Return the hierarchical log-linear model of a generating class.

    Parameters
    ----------
    generators : collection of sets of names, or an undirected networkx.Graph
        Subsets of other generators do no harm.  A graph gives the graphical model: its generators are the cliques.
    states : mapping from variable to number of states or list of labels, optional
        Default: two states 0, 1.  A variable in no generator is uniformly distributed.
    hidden : names of the hidden variables
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    GraphError
        A generator that is no set of names, an unknown variable.

    >>> log_linear([["x", "y"]], states={"x": 2, "y": ["a", "b", "c"]}, hidden=["x"]).parameters
    (u_x, u_y_a, u_y_b, u_x_y_a, u_x_y_b)
    """
    declared = dict(states or {})
    sets = _generators(generators)
    nodes = list(declared)
    for generator in sets:
        nodes.extend(n for n in generator if n not in nodes)
    if states is not None and (unknown := [n for n in nodes if n not in declared]):
        raise GraphError(f"generators: unknown variable {', '.join(unknown)}; declared are {', '.join(declared)}")
    space = named_space({n: declared.get(n, 2) for n in nodes}, hidden)
    order = {n: i for i, n in enumerate(nodes)}
    maximal = _maximal([tuple(sorted(g, key=order.__getitem__)) for g in sets])
    subsets = {s for g in maximal for k in range(1, len(g) + 1) for s in combinations(g, k)}
    interactions = sorted(subsets, key=lambda s: (len(s), [order[n] for n in s]))
    exponents, names, words = _design(space, interactions)
    return exponential_model(
        space, exponents, _distinct(names), words=words, generators=maximal, name=name or "Log-linear model"
    )


@budgeted("the machine")
def boltzmann_machine(
    edges: object,
    *,
    hidden: Iterable[str],
    isolated: Iterable[str] = (),
    values: tuple[int, int] = (0, 1),
    name: str | None = None,
    budget: Limit = None,
) -> Parametrization:
    """Return the Boltzmann machine ``p(x) = exp(sum_i b_i x_i + sum_ij w_ij x_i x_j) / Z`` on a graph.

    Parameters
    ----------
    edges : list of pairs, or an undirected networkx.Graph
    hidden : names of the hidden units
    isolated : names of units without edges
    values : the two values of a unit: (0, 1), or (-1, 1) for spins
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    GraphError
        A loop, a doubled edge, an unknown hidden unit.

    >>> boltzmann_machine([("v", "h")], hidden=["h"], values=(-1, 1)).weights[0]
    exp(-b_h)*exp(-b_v)*exp(w_v_h)
    """
    graph = undirected_graph(edges, isolated=isolated)
    nodes = list(graph.nodes)
    order = {n: i for i, n in enumerate(nodes)}
    if len(set(values)) != 2 or not all(isinstance(v, Integral) and not isinstance(v, bool) for v in values):
        raise ModelError(f"values = {values!r}: a unit has two different integers as values, such as (0, 1)")
    space = named_space({n: list(values) for n in nodes}, hidden)
    pairs = sorted((tuple(sorted(e, key=order.__getitem__)) for e in graph.edges), key=lambda e: [order[n] for n in e])
    units = np.array(values, dtype=np.int64)[space.digits]
    _check_size(space, len(nodes) + len(pairs))
    biases = [units[:, space.columns[n]] for n in nodes]
    products = [biases[order[a]] * biases[order[b]] for a, b in pairs]
    names = [f"b_{n}" for n in nodes] + [f"w_{a}_{b}" for a, b in pairs]
    generators = _maximal([(n,) for n in nodes] + [(a, b) for a, b in pairs])
    return exponential_model(
        space,
        np.stack([*biases, *products], axis=1),
        _distinct(names),
        words=[*(f"bias of {n}" for n in nodes), *(f"weight of {a} - {b}" for a, b in pairs)],
        generators=generators,
        name=name or "Boltzmann machine",
    )


@budgeted("the machine")
def restricted_boltzmann_machine(
    n_visible: int, n_hidden: int, *, values: tuple[int, int] = (0, 1), name: str | None = None, budget: Limit = None
) -> Parametrization:
    """Return the Boltzmann machine on the complete bipartite graph of units v1, v2, ... and h1, h2, ...

    >>> restricted_boltzmann_machine(2, 1).parameters
    (b_v1, b_v2, b_h1, w_v1_h1, w_v2_h1)
    """
    for what, n in (("n_visible", n_visible), ("n_hidden", n_hidden)):
        if isinstance(n, bool) or not isinstance(n, Integral) or not 1 <= n <= 20:
            raise ModelError(f"{what} = {n!r}: expected a number of units from 1 to 20")
    visible = [f"v{i + 1}" for i in range(n_visible)]
    hidden = [f"h{j + 1}" for j in range(n_hidden)]
    edges = list(product(visible, hidden))
    title = name or f"Restricted Boltzmann machine {n_visible} x {n_hidden}"
    return boltzmann_machine(edges, isolated=[*visible, *hidden], hidden=hidden, values=values, name=title)


def _generators(generators: object) -> list[tuple[str, ...]]:
    if isinstance(generators, nx.Graph):
        graph = undirected_graph(generators)
        return sorted(tuple(sorted(c)) for c in nx.find_cliques(graph))
    if isinstance(generators, str) or not isinstance(generators, Iterable):
        raise GraphError(f"generators: {generators!r} is not a list; expected a list of sets of names")
    result = []
    for generator in generators:
        if isinstance(generator, str) or not isinstance(generator, Iterable):
            raise GraphError(f"generators: a generator is a set of names; got {generator!r}, write [{generator!r}]")
        names = tuple(generator)
        if not all(isinstance(n, str) for n in names) or len(set(names)) < len(names):
            raise GraphError(f"generators: {list(names)} is not a set of names")
        result.append(names)
    return result


def _maximal(sets: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The sets that are contained in no other one, in the order given, each once."""
    unique = list(dict.fromkeys(sets))
    return [s for s in unique if not any(set(s) < set(t) for t in unique)]


def _design(
    space: SampleSpace, interactions: Sequence[tuple[str, ...]]
) -> tuple[npt.NDArray[np.int64], list[str], list[str]]:
    """The statistics as columns, the names of their parameters, and what these mean."""
    digits, labels = space.digits, space.labels
    width = sum(prod(space.sizes[n] - 1 for n in s) for s in interactions)
    _check_size(space, width)
    columns, names, words = [], [], []
    for subset in interactions:
        shown = [n for n in subset if space.sizes[n] > 2]
        for choice in product(*(range(space.sizes[n] - 1) for n in subset)):
            chosen = dict(zip(subset, choice, strict=True))
            column = np.ones(space.n_states, dtype=np.int64)
            for n, k in chosen.items():
                column &= digits[:, space.columns[n]] == k
            columns.append(column)
            names.append("_".join(["u", *subset, *(str(labels[n][chosen[n]]) for n in shown)]))
            words.append("interaction at " + ", ".join(f"{n} = {labels[n][k]}" for n, k in chosen.items()))
    if not columns:
        return np.zeros((space.n_states, 0), dtype=np.int64), [], []
    return np.stack(columns, axis=1), names, words


def _check_size(space: SampleSpace, width: int) -> None:
    if space.n_states * max(width, 1) > LIMITS.table_entries:
        raise ModelError(
            f"{space.n_states} states and {width} parameters: too large to enumerate "
            f"(at most {LIMITS.table_entries} entries)"
        )


def _distinct(names: list[str]) -> list[sympy.Symbol]:
    if len(set(names)) != len(names):
        names = [f"theta{i + 1}" for i in range(len(names))]
    return [sympy.Symbol(n) for n in names]
