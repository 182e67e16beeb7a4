"""The table as a product of local ones: ``w(x) = c prod_k T_k(x_k)``, each on the variables that its factors depend on.

For a Bayesian network these are the conditional tables, for a log-linear model the interactions, read off from the
exponents alone.  What happens in a few tables, such as summing out a hidden variable, is then decided in them, however
many states the whole table has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from symelbo.exact import Residues
from symelbo.models.parametrization import Parametrization


@dataclass(frozen=True, slots=True)
class LocalTable:
    """The factors whose exponents depend on exactly these variables (by name, in the order of the space)."""

    variables: tuple[str, ...]
    factors: tuple[int, ...]


def local_tables(model: Parametrization) -> tuple[LocalTable, ...]:
    """Return the local tables of a model; a single one, on all variables, where the coefficients differ.

    >>> from symelbo.models import naive_bayes
    >>> [t.variables for t in local_tables(naive_bayes(2))]
    [('h',), ('v1', 'h'), ('v2', 'h')]
    """
    return model.keep("local tables", lambda: tuple(_grouped(model)))


def has_local_tables(model: Parametrization) -> bool:
    """Whether the weights are products of factors on a product of variables, with one common coefficient."""
    first, *others = model.factor_table.coefficients
    return model.space.is_product and all(c is first or c == first for c in others)


def _grouped(model: Parametrization) -> list[LocalTable]:
    table, variables = model.factor_table, model.space.variables
    names = tuple(v.name for v in variables)
    if not has_local_tables(model):
        return [LocalTable(names, tuple(range(len(table.factors))))]
    cube = table.exponents.reshape([len(v) for v in variables] + [len(table.factors)])
    groups: dict[tuple[str, ...], list[int]] = {}
    depends = [(cube != cube.take([0], axis=k)).any(axis=tuple(range(len(variables)))) for k in range(len(variables))]
    for f in range(len(table.factors)):
        groups.setdefault(tuple(n for n, d in zip(names, depends, strict=True) if d[f]), []).append(f)
    return [LocalTable(own, tuple(factors)) for own, factors in groups.items()]


def local_exponents(model: Parametrization, tables: Iterable[LocalTable], inner: Iterable[str]) -> tuple[Residues, int]:
    """Return the exponents of the tables' factors on the states of their variables, and the number of inner states.

    Rows run over the states of all variables of the tables, those in ``inner`` last (so that consecutive rows are to
    be summed over them); columns are all factors of the model, 0 for those of other tables.
    """
    tables, inside = list(tables), set(inner)
    seen = {n for t in tables for n in t.variables}
    sizes = model.space.sizes
    stride, step = {}, model.space.n_states
    for v in model.space.variables:
        step //= sizes[v.name]
        stride[v.name] = step
    order = [n for n in sizes if n in seen and n not in inside] + [n for n in sizes if n in seen and n in inside]
    numbers = np.zeros(1, dtype=np.int64)
    for n in order:
        numbers = (numbers[:, None] + stride[n] * np.arange(sizes[n], dtype=np.int64)).reshape(-1)
    kept = np.zeros(len(model.factor_table.factors), dtype=bool)
    kept[[f for t in tables for f in t.factors]] = True
    exponents: Residues = np.where(kept, model.factor_table.exponents[numbers], 0).astype(np.int64)
    return exponents, prod(sizes[n] for n in order if n in inside)


def product_tables(model: Parametrization) -> list[tuple[tuple[str, ...], Residues]]:
    """Return variables and exponents of tables whose product is the whole one, where a factor may be in several.

    So are equal items.  A table on many variables stays one if it is no product of
    tables with exponents that are not negative.

    >>> from symelbo.models import hidden_markov_model
    >>> [names for names, _ in product_tables(hidden_markov_model(4, homogeneous=True))]
    [('h1',), ('h1', 'h2', 'h3', 'h4'), ('v1', 'h1'), ('v2', 'h2'), ('v3', 'h3'), ('v4', 'h4')]
    """
    found: list[tuple[tuple[str, ...], Residues]] = []
    sizes = {v.name: len(v) for v in model.space.variables}
    for t in local_tables(model):
        rows, _ = local_exponents(model, [t], ())
        parts = []
        if 2 * len(rows) > model.space.n_states and not model.unsure_factors():
            parts = list(_shares(rows.reshape([*(sizes[n] for n in t.variables), -1]), t.variables))
        found += parts or [(t.variables, rows)]
    return found


def _shares(cube: Residues, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Residues]]:
    """Tables on the sets of variables that interact, as much as possible in the first; none if that leaves a rest."""
    axes, effects = range(len(names)), cube.copy()
    for k in axes:
        others = effects.take(range(1, cube.shape[k]), axis=k) - effects.take([0], axis=k)
        effects = np.concatenate([effects.take([0], axis=k), others], axis=k)
    sets = {frozenset(np.flatnonzero(row).tolist()) for row in np.unique(np.argwhere(effects.any(axis=-1)) > 0, axis=0)}
    shares, rest = [], cube
    for own in sorted((s for s in sets if not any(s < other for other in sets)), key=sorted):
        share = rest.min(axis=tuple(k for k in axes if k not in own), keepdims=True)
        shares.append((tuple(names[k] for k in sorted(own)), share.reshape(-1, cube.shape[-1])))
        rest = rest - share
    if not rest.any():
        yield from shares
