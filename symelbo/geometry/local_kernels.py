"""Null vectors of J_V that a few hidden variables account for: found and verified in the tables that they occur in.

Let ``w(x) = c prod_k T_k(x_k)`` be a product of local tables, S a set of hidden variables, and c a direction along
which the tables of a set A change, those with ``L_k = d log T_k (c) != 0``.  Let B contain A and all tables that S
occurs in.  If for every state of the other variables of B

    sum over the states of S of  prod_{k in B} T_k  sum_{k in A} L_k  =  0,

then J_V c = 0.  Indeed ``dw_V(v) (c) = sum_h w sum_A L_k`` is the sum over the other hidden variables of the product of
the tables outside B, in which S does not occur, times the left side; and a direction that does not change the weights
does not change the probabilities.  What holds for S holds for every larger set of hidden variables.

At the end of a hidden Markov chain, for instance, only ``sum_h p(h | h') p(v | h)`` matters: a table of 4 states, while
the chain has thousands.  That the vectors found in this way are all there are is not claimed here: the rank modulo a
prime tells (:func:`symelbo.geometry.kernels.kernel`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import networkx as nx
import numpy as np

from symelbo.budget import LIMITS
from symelbo.errors import BudgetError, DomainError
from symelbo.exact import (
    Entry,
    Matrix,
    Rational,
    RationalFunction,
    Residues,
    interpolated_nullspace,
    nullspace_mod,
    pivots_mod,
    product_mod,
    rank_mod,
)
from symelbo.geometry.screen import random_residues
from symelbo.models.parametrization import Parametrization
from symelbo.models.tables import LocalTable, has_local_tables, local_exponents, local_tables


def is_local_null_vector(model: Parametrization, logs: Sequence[Entry]) -> bool:
    """Whether the identity above holds for a direction with these log-derivatives of the factors (sufficient only).

    Two sets S are tried: the hidden variables that occur in tables of A alone, and those that occur in A.
    """
    if not has_local_tables(model):
        return False
    tables = local_tables(model)
    hidden = {v.name for v in model.space.hidden}
    changed = [t for t in tables if any(logs[f] for f in t.factors)]
    if not changed:
        return True
    touched = {n for t in changed for n in t.variables} & hidden
    alone = touched - {n for t in tables if t not in changed for n in t.variables}
    for inner in (alone, touched):
        around = [t for t in tables if t in changed or inner & {*t.variables}]
        if inner and _states(model, around) <= LIMITS.local_states:
            exponents, width = local_exponents(model, around, inner)
            if not any(
                derivatives(model, block, [logs])[0] for block in exponents.reshape(-1, width, exponents.shape[1])
            ):
                return True
    return False


def _states(model: Parametrization, tables: Sequence[LocalTable]) -> int:
    seen = {n for t in tables for n in t.variables}
    total = 1
    for v in model.space.variables:
        total *= len(v) if v.name in seen else 1
    return total


def log_derivative(model: Parametrization, exponents: Residues, logs: Sequence[Entry]) -> Entry:
    """``sum_f E_f L_f``, the derivative of the logarithm of a weight with these exponents of the factors."""
    active = (f for f in np.flatnonzero(exponents).tolist() if logs[f])
    return model.field.sum(model.field.constant(int(exponents[f])) * logs[f] for f in active)


def derivatives(
    model: Parametrization,
    block: Residues,
    directions: Sequence[Sequence[Entry]],
    *,
    mean: Entry | None = None,
    coefficients: Sequence[Rational] | None = None,
) -> list[Entry]:
    """The derivative of the sum of the weights with a block of exponents, up to a common factor, in some directions.

    Of weights over their sum with a ``mean`` of the log-derivatives.
    """
    field, factors = model.field, model.factor_table.factors
    common = block.min(axis=0)  # only what distinguishes the weights is multiplied
    terms: list[list[RationalFunction]] = [[] for _ in directions]
    for k, row in enumerate(block):
        rates = [log_derivative(model, row, logs) for logs in directions]
        rates = rates if mean is None else [rate - mean for rate in rates]
        if any(rates):
            weight = field.one if coefficients is None else field.constant(coefficients[k])
            for f in np.flatnonzero(row - common):
                weight = weight * factors[f] ** int(row[f] - common[f])
            for own, rate in zip(terms, rates, strict=True):
                own.extend([weight * rate] if rate else [])
    return [field.sum(own) for own in terms]


def local_visible_kernel(model: Parametrization, nullity: int) -> Matrix | None:
    """Return a basis of the kernel of J_V (d x nullity) that sets of few hidden variables account for, or None.

    Sets are tried by size; for each, the directions in parameters that no other table depends on.
    """
    if not has_local_tables(model):
        return None
    values, p = random_residues(model, 23), model.prime
    d = len(model.parameters)
    found: list[Residues] = []
    columns: list[list[Entry]] = []
    for inner in _connected_sets(model):
        around = [t for t in local_tables(model) if inner & {*t.variables}]
        if _states(model, around) > LIMITS.local_states:
            continue
        own = _own_parameters(model, around)
        try:
            basis = nullspace_mod(_matrix_mod(model, around, inner, values, p)[:, own], p)
        except DomainError:
            return None
        if not len(basis):
            continue
        embedded = np.zeros((len(basis), d), dtype=np.int64)
        embedded[:, own] = basis
        known = np.array(found, dtype=np.int64).reshape(len(found), d)
        new = rank_mod(np.concatenate([known, embedded]), p) - len(found)
        if not new:
            continue
        # Pivots of the vectors that lie in these parameters already are left out: what remains are the new ones.
        inside = [r for r in found if not np.delete(r, own).any()]
        taken = set(pivots_mod(np.array(inside, dtype=np.int64), p)[1]) if inside else set()
        rest = [i for i in own if i not in taken]
        for vector in _null_vectors(model, around, inner, rest, values):
            residues = Matrix(model.field, [vector]).modulo(values, p)
            if rank_mod(np.array([*found, *residues], dtype=np.int64), p) > len(found):
                found.extend(residues)
                columns.append(vector)
        if len(found) == nullity:
            return Matrix.from_columns(model.field, columns, d)
    return None


def _connected_sets(model: Parametrization) -> Iterator[set[str]]:
    """Sets of hidden variables, connected by common tables, the small ones first."""
    hidden = [v.name for v in model.space.hidden]
    graph = nx.Graph()
    graph.add_nodes_from(hidden)
    for t in local_tables(model):
        graph.add_edges_from(combinations([n for n in t.variables if n in graph], 2))
    level: dict[frozenset[str], None] = {frozenset((h,)): None for h in hidden}
    count = 0
    while level:
        larger: dict[frozenset[str], None] = {}
        for s in level:
            yield set(s)
            count += 1
            if count == LIMITS.local_sets:
                return
            for n in sorted({m for h in s for m in graph.neighbors(h)} - s):
                larger[s | {n}] = None
        level = larger


def _own_parameters(model: Parametrization, tables: Sequence[LocalTable]) -> list[int]:
    """The parameters on which factors of these tables depend, and no other factor."""
    inside = {f for t in tables for f in t.factors}
    own: set[int] = set()
    other: set[int] = set()
    for f, row in enumerate(model.log_derivatives):
        (own if f in inside else other).update(i for i, e in enumerate(row) if e)
    return sorted(own - other)


def _matrix_mod(
    model: Parametrization, tables: Sequence[LocalTable], inner: set[str], values: list[int], p: int
) -> Residues:
    """The derivatives of the tables' product, summed over the inner variables, modulo p."""
    exponents, width = local_exponents(model, tables, inner)
    weights = np.ones(len(exponents), dtype=np.int64)
    factors, derivatives = model.factor_residues(values, p)
    lowest = exponents.min(axis=0)
    for f in np.flatnonzero(exponents.any(axis=0)).tolist():
        above = exponents[:, f] - lowest[f]
        powers = [pow(factors[f], int(lowest[f]) + k, p) for k in range(int(above.max()) + 1)]
        weights = weights * np.array(powers, dtype=np.int64)[above] % p
    scores = product_mod(exponents, derivatives, p)
    result: Residues = (weights[:, None] * scores % p).reshape(-1, width, scores.shape[1]).sum(axis=1) % p
    return result


def _null_vectors(
    model: Parametrization, tables: Sequence[LocalTable], inner: set[str], columns: list[int], values: list[int]
) -> list[list[Entry]]:
    """Null vectors in some parameters, by a short elimination or by interpolation."""
    rows = sorted(pivots_mod(_matrix_mod(model, tables, inner, values, model.prime)[:, columns], model.prime)[0])
    field = model.field
    exponents, width = local_exponents(model, tables, inner)
    directions = [[row[i] for row in model.log_derivatives] for i in columns]
    sums = [derivatives(model, exponents[r * width : (r + 1) * width], directions) for r in rows]
    matrix = Matrix(field, sums, len(columns))
    try:
        vectors = matrix.nullspace(terms=LIMITS.local_terms)
    except BudgetError:
        guess = interpolated_nullspace(
            lambda at, p: _matrix_mod(model, tables, inner, at, p)[:, columns],
            field,
            len(columns) - len(rows),
            model.prime,
        )
        if guess is None or not (matrix @ guess).is_zero():
            return []
        vectors = guess
    place = {i: k for k, i in enumerate(columns)}
    return [
        [vectors[place[i], j] if i in place else field.zero for i in range(len(model.parameters))]
        for j in range(vectors.ncols)
    ]
