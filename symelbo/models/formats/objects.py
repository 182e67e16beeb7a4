"""Networks of other packages, by their documented interfaces: pgmpy and pyAgrum; neither is imported.

A float is read as the decimal number that it is written as: 0.1 is 1/10.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, product
from typing import Any

from symelbo.models.formats.network import NetworkFile, Table


def network_of(model: Any) -> NetworkFile | None:
    """Return a network with tables of pgmpy or pyAgrum as a value; None for anything else."""
    if isinstance(model, NetworkFile):
        return model
    if all(hasattr(model, name) for name in ("get_cpds", "get_cardinality", "nodes")):
        return _pgmpy(model)
    if all(hasattr(model, name) for name in ("cpt", "idFromName", "names", "variable")):
        return _agrum(model)
    return None


def _table(numbers: Iterable[Any], width: int, name: str, package: str) -> Table:
    """The rows of numbers in which the states of the variable change fastest."""
    written = tuple(repr(float(x)) for x in numbers)
    return Table.of(written, width, f"{package} network, {name}")


def _pgmpy(model: Any) -> NetworkFile | None:
    """A `DiscreteBayesianNetwork`: `TabularCPD` has the variable as its first axis, its parents as the others."""
    cpds = {str(cpd.variables[0]): cpd for cpd in model.get_cpds()}
    if not cpds:
        return None
    states: dict[str, tuple[str, ...]] = {}
    for node in model.nodes:
        known = [cpd for cpd in cpds.values() if node in cpd.variables]
        if not known:  # no table says how many states it has: two, as everywhere
            states[str(node)] = ("0", "1")
            continue
        size = int(known[0].cardinality[list(known[0].variables).index(node)])
        labels = (getattr(cpds.get(str(node), known[0]), "state_names", None) or {}).get(node, range(size))
        states[str(node)] = tuple(map(str, labels))
    parents = {str(node): tuple(map(str, model.predecessors(node))) for node in model.nodes}
    tables: dict[str, Table | None] = dict.fromkeys(states)
    for name, cpd in cpds.items():
        parents[name] = tuple(map(str, cpd.variables[1:]))
        width = len(states[name])
        tables[name] = _table(cpd.values.reshape(width, -1).T.ravel(), width, name, "pgmpy")
    return NetworkFile(getattr(model, "name", None) or "network", states, parents, tables, "pgmpy network")


def _agrum(model: Any) -> NetworkFile:
    """A `BayesNet`: a table is asked for the row of each joint state of the parents, by their names."""
    names = [model.variable(i).name() for i in sorted(model.idFromName(name) for name in model.names())]
    states = {n: tuple(map(str, model.variable(n).labels())) for n in names}
    parents: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Table | None] = {}
    for name in names:
        table = model.cpt(name)
        parents[name] = tuple(str(n) for n in table.names if n != name)
        at = (
            dict(zip(parents[name], k, strict=True)) for k in product(*(range(len(states[p])) for p in parents[name]))
        )
        numbers = chain.from_iterable((table[where] if where else table.toarray()) for where in at)
        tables[name] = _table(numbers, len(states[name]), name, "pyAgrum")
    return NetworkFile("network", states, parents, tables, "pyAgrum network")
