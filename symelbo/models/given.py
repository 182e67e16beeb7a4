"""Bayesian networks some of whose tables are given: numbers, deterministic functions, expressions, tied nodes.

They are models of their own: the criterion for free tables does not apply, the ranks do.  A row of a table is a list of
entries by the states of its node; ``None`` is one that is free and positive, so that a row of zeros and ``None`` is
free on its support.  Rows stand in the order of the parents' states, parents in the order of the variables, the last
one changing fastest.  States that an entry 0 makes impossible are left out, and listed.

>>> import networkx as nx
>>> from symelbo.spaces import SampleSpace
>>> space = SampleSpace(visible={"b": 2}, hidden={"h": 2}, order=["h", "b"])
>>> M = network_with_tables(nx.DiGraph([("h", "b")]), space, {"b": [[1, 0], [0, 1]]})
>>> M.parameters, M.impossible
((h,), ((0, 1), (1, 0)))
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod
from numbers import Integral
from typing import Any

import networkx as nx
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import ExactnessError, ModelError, nearest_names
from symelbo.exact import Known
from symelbo.models.edges import arrows_in_words, parents_in
from symelbo.models.entries import sides
from symelbo.models.parametrization import Parametrization
from symelbo.models.structure import Told
from symelbo.spaces import SampleSpace, Space

Row = Sequence[Any]

_WORD = re.compile(r"[^\W\d]\w*")  # what an expression can contain as a name


def network_with_tables(
    graph: nx.DiGraph,
    space: SampleSpace,
    tables: Mapping[str, str | Sequence[Row]] | Callable[[str], Sequence[Row] | None],
    *,
    name: str | None = None,
) -> Parametrization:
    """Return the network with these tables, the other ones free.

    Parameters
    ----------
    graph, space : the network
    tables : mapping from node to its rows, or to the name of another node whose table it shares
        Or a function of a node that returns its rows, or None; it is called if there are not too many states.

    Raises
    ------
    ModelError
        Rows of another shape; nodes that share a table and differ in their numbers of states; a row that does not sum
        to 1; too many states.
    """
    if space.n_states > LIMITS.given_states:
        size = space.n_states if space.n_states < 10**6 else f"some 2**{space.n_states.bit_length() - 1}"
        raise ModelError(f"tables: the network has {size} states, at most {LIMITS.given_states} are written down")
    if callable(tables):
        found = {n: tables(n) for n in space.order}
        tables = {n: rows for n, rows in found.items() if rows is not None}
    if unknown := [n for n in tables if n not in graph]:
        raise ModelError(f"tables: unknown node {unknown[0]}; {nearest_names('nodes', space.order, unknown[0])}")
    parents = parents_in(graph, space.order)
    shape = {n: (prod(space.sizes[p] for p in parents[n]), space.sizes[n]) for n in space.order}
    names = parameter_names(space, parents)
    rows: dict[str, list[list[sympy.Expr]]] = {}
    parameters: list[sympy.Symbol] = []
    domain: list[sympy.Basic] = []

    def add(node: str, given: Sequence[Row]) -> None:
        named = names[node]
        rows[node] = []
        for k, row in enumerate(given):
            entries, free = _row(
                row, [sympy.Symbol(n) for n in [*named[k], f"{node}{k + 1}_last"]], f"{node}, row {k + 1}"
            )
            rows[node].append(entries)
            shared = {s for e in entries for s in e.free_symbols if not isinstance(s, Known)} - set(free)
            parameters.extend([*free, *sorted(shared, key=str)])
            domain.extend(sympy.StrictLessThan(*sides(e)) for e in entries if e.free_symbols)

    for node in space.order:
        given = tables.get(node)
        if isinstance(given, str):
            continue
        n_rows, width = shape[node]
        table: Sequence[Row] = [[None] * width] * n_rows if given is None else list(given)
        if len(table) != n_rows or any(isinstance(row, str) or len(row) != width for row in table):
            raise ModelError(f"tables: {node} needs {n_rows} rows of {width} entries")
        add(node, table)
    for node, other in tables.items():
        if isinstance(other, str):
            if other not in rows or isinstance(tables.get(other), str):
                raise ModelError(
                    f"tables: {node} shares the table of {other}, which is no node with a table of its own"
                )
            if shape[node] != shape[other]:
                raise ModelError(
                    f"tables: {node} cannot share the table of {other}: {shape[node][0]} rows of {shape[node][1]} "
                    f"entries against {shape[other][0]} of {shape[other][1]}"
                )
            rows[node] = rows[other]

    def weight(digits: Sequence[int]) -> sympy.Expr:
        value: sympy.Expr = sympy.Integer(1)
        for node in space.order:
            k = 0
            for p in parents[node]:
                k = k * space.sizes[p] + int(digits[space.columns[p]])
            value = value * rows[node][k][int(digits[space.columns[node]])]
        return value

    entries = [weight(digits) for digits in space.digits]
    model = Parametrization(
        space, entries, list(dict.fromkeys(parameters)), list(dict.fromkeys(domain)) or None, name=name
    )
    told = _meanings(model.parameters, space, parents, rows)
    return model._but(told=told, structure=Told(arrows_in_words(graph.edges)))


def _meanings(
    parameters: Sequence[sympy.Symbol],
    space: Space,
    parents: Mapping[str, Sequence[str]],
    rows: Mapping[str, Sequence[Sequence[sympy.Expr]]],
) -> dict[sympy.Symbol, str]:
    """The conditional probabilities that parameters are; nothing of one that occurs in expressions only."""
    found: dict[sympy.Symbol, list[str]] = {p: [] for p in parameters}
    for node, above in parents.items():
        states = product(*(space.labels[p] for p in above))
        for given, row in zip(states, rows[node], strict=True):
            for label, entry in zip(space.labels[node], row, strict=True):
                if entry in found:
                    found[entry].append(conditional(node, label, above, given))
    return {p: " = ".join(texts) for p, texts in found.items() if texts}


def conditional(node: str, label: object, parents: Sequence[str], labels: Sequence[object]) -> str:
    """A conditional probability, as it is written.

    >>> conditional("y", 1, ["x"], [0])
    'p(y = 1 | x = 0)'
    """
    given = ", ".join(f"{p} = {a}" for p, a in zip(parents, labels, strict=True))
    return f"p({node} = {label}{' | ' if given else ''}{given})"


def standard_names(space: Space, node: str, parents: Sequence[str]) -> list[list[str]]:
    """Return the names of the free entries of a conditional table, row by row, that are used where they can be."""
    n_rows = prod(space.sizes[p] for p in parents)
    rows = [node if not parents else f"{node}{k + 1}" for k in range(n_rows)]
    if space.sizes[node] == 2:
        return [[row] for row in rows]
    return [[f"{row}_{label}" for label in space.labels[node][:-1]] for row in rows]


def parameter_names(space: Space, parents: Mapping[str, Sequence[str]]) -> dict[str, list[list[str]]]:
    """Return names of the free entries of the tables of nodes with their parents: all different, each a word.

    Where the standard names of a node are no words, or are those of another node, they are made of the word in its name
    and of numbers with underscores.

    >>> space = SampleSpace({n: 2 for n in ("x", "y", "y1")}, {"2": 2})
    >>> parameter_names(space, {"x": [], "y": ["x"], "y1": [], "2": ["x"]})
    {'x': [['x']], 'y': [['y_1'], ['y_2']], 'y1': [['y1']], '2': [['n2_1'], ['n2_2']]}
    """
    found = {node: standard_names(space, node, above) for node, above in parents.items()}
    times = Counter(name for rows in found.values() for row in rows for name in row)
    odd = [
        node
        for node, rows in found.items()
        if any(times[n] > 1 or not _WORD.fullmatch(n) or n == "exp" for row in rows for n in row)
    ]
    taken = {n for node, rows in found.items() if node not in odd for row in rows for n in row}
    for node in odd:
        word = "_".join(re.findall(r"\w+", node)) or "n"
        word = word if _WORD.fullmatch(word) and word != "exp" else f"n{word}"
        while True:
            heads = [f"{word}_{k + 1}" for k in range(len(found[node]))] if parents[node] else [word]
            free = space.sizes[node] - 1
            rows = [[h] if free == 1 else [f"{h}_{k + 1}" for k in range(free)] for h in heads]
            own = [n for row in rows for n in row]
            if not taken.intersection(own):
                break
            word += "_"
        taken.update(own)
        found[node] = rows
    return found


def _row(row: Row, symbols: Sequence[sympy.Symbol], where: str) -> tuple[list[sympy.Expr], list[sympy.Symbol]]:
    """The entries of a row, and the parameters of those that are free: all but the last of them."""
    fixed = [None if e is None else _exact(e, where) for e in row]
    free = [k for k, e in enumerate(fixed) if e is None]
    rest = 1 - sum((e for e in fixed if e is not None), sympy.Integer(0))
    own = [symbols[k] for k in free[:-1]]
    if not free and rest.is_number and rest != 0:
        raise ModelError(f"tables: the entries of {where}, sum to {1 - rest}")
    values = iter([*own, rest - sum(own, sympy.Integer(0))])
    return [next(values) if e is None else e for e in fixed], own


def _exact(value: Any, where: str) -> sympy.Expr:
    if isinstance(value, Fraction | Integral) and not isinstance(value, bool):
        return sympy.Rational(int(value.numerator), int(value.denominator))
    if isinstance(value, bool | float | str) or not isinstance(value, sympy.Expr) or value.has(sympy.Float):
        raise ExactnessError(f"tables: the entry {value!r} of {where} is not exact; give a rational or an expression")
    return sympy.sympify(value, strict=True)
