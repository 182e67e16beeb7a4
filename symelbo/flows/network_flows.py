"""Flows of Bayesian networks with immoralities in closed form: powers of linear functions of e^-t.

By locality (Ay 2023) the flow of -grad D(q||.) in a free network moves each row k of a conditional table by

    d theta_k / dt = (q_k / p_k(t)) (q(.|k) - theta_k),        p_k(t) = p_t(pa = k),  q_k = q(pa = k),

so theta_k(t) = q(.|k) + (theta_k(0) - q(.|k)) W_k(t) with W_k = exp(-integral of q_k / p_k).  Where the parents' law is
that of p_k = q_k + (p_k(0) - q_k) e^-t (always in perfect networks), W_k = p_k(0) e^-t / p_k.  Otherwise, if p_k is in
Q(e^-t) and splits into different linear factors, W_k is a product of powers with rational exponents of linear functions
of u = e^-t.  Verified exactly: the engine's natural gradient is the local one, in Q(theta), and
d log W_k / dt = -q_k / p_k, in Q(e^-t).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import sympy

from symelbo.exact import QQ, Field, Matrix, Rational, RationalFunction, as_rational, rational_to_sympy
from symelbo.geometry import geometry
from symelbo.geometry.closed_forms import marginal_law
from symelbo.models.parametrization import Parametrization, Point
from symelbo.models.rows import free_rows
from symelbo.models.structure import Family

TIME = sympy.Symbol("t", nonnegative=True)


def exponential_time() -> tuple[Field, RationalFunction]:
    """Return the field Q(t, e^-t) and the element e^-t."""
    field = Field([TIME], [sympy.exp(-TIME)])
    return field, field.generator(0)


def relaxing(first: Iterable[Rational], last: Iterable[Rational]) -> list[RationalFunction]:
    """Return ``b + (a - b) e^-t`` for numbers a at first and b at last."""
    field, u = exponential_time()
    return [field.constant(b) + field.constant(a - b) * u for a, b in zip(first, last, strict=True)]


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a table along the flow: exact in Q(e^-t) where ``entries`` is given, else as expressions."""

    entries: list[RationalFunction] | None
    expressions: list[sympy.Expr]


def network_flow(M: Parametrization, point: Point, q: list[Rational]) -> tuple[sympy.Expr, ...] | None:
    """The parameters of the flow of -grad D(q||.) as expressions in the time; None if some row has no closed form."""
    families = M.structure.families
    if families is None or not _is_local(M, families, q):
        return None
    field, _ = exponential_time()
    rows: dict[str, list[_Row]] = {}
    by_name = {f.node: f for f in families}
    number = {f.node: i for i, f in enumerate(families)}
    for node in nx.lexicographical_topological_sort(M.graph, key=lambda n: number[n]):
        family = by_name[node]
        masses = _parents_law(M, families, family, rows, field)
        if masses is None:
            return None
        own = node_masses(M, family, q)
        made = []
        for k, row in enumerate(family.rows):
            start = [point.values[i] for i in row]
            found = _row(field, masses[k], QQ.sum(own[k]), own[k][: len(row)], start)
            if found is None:
                return None
            made.append(found)
        rows[node] = made
    values: dict[int, sympy.Expr] = {}
    for family in families:
        for row, found in zip(family.rows, rows[family.node], strict=True):
            values.update(zip(row, found.expressions, strict=True))
    return tuple(values[i] for i in range(len(M.parameters)))


def _is_local(M: Parametrization, families: Sequence[Family], q: list[Rational]) -> bool:
    """Whether the engine's negative natural gradient is ``(q_k / p_k) (q(.|k) - theta_k)``, row by row, in Q(theta)."""
    at = geometry(M)
    field = M.field
    ratios = [field.constant(w) / p for w, p in zip(q, at.probabilities, strict=True)]
    c = at.metric_inverse @ (at.jacobian.T @ Matrix.column(field, ratios))
    free = free_rows(M) or ()
    weights = {r.parameters: w for r, w in zip(free, at.expected_counts(free), strict=True)}
    for family in families:
        for own, row in zip(node_masses(M, family, q), family.rows, strict=True):
            mass = field.constant(QQ.sum(own))
            for j, i in enumerate(row):
                if c[i, 0] != (field.constant(own[j]) - mass * field.generator(i)) / weights[row]:
                    return False
    return True


def node_masses(M: Parametrization, family: Family, q: Sequence[Any]) -> list[list[Any]]:
    """The masses q(pa = k, node = a), one list for each row k."""
    kept = [M.space.names.index(n) for n in (*family.parents, family.node)]
    tensor = np.array(q, dtype=object).reshape([len(v) for v in M.space.variables])
    rest = tuple(i for i in range(tensor.ndim) if i not in kept)
    summed = tensor.sum(axis=rest) if rest else tensor
    order = np.argsort(np.argsort(kept))
    return [list(r) for r in np.transpose(summed, order).reshape(len(family.rows), -1)]


def _parents_law(
    M: Parametrization, families: Sequence[Family], family: Family, rows: dict[str, list[_Row]], field: Field
) -> list[RationalFunction] | None:
    """p_t(pa = k) in Q(e^-t), from the ancestors' tables; None if one of them is not in the field."""
    needed = {a for p in family.parents for a in (*nx.ancestors(M.graph, p), p)}
    if any(r.entries is None for n in needed for r in rows[n]):
        return None
    sizes = {v.name: len(v) for v in M.space.variables if v.name in needed}
    law = marginal_law(field, families, sizes, family.parents, lambda f, k: rows[f.node][k].entries or [])
    return [law[k] for k in np.ndindex(*(sizes[p] for p in family.parents))]


def _row(
    field: Field, mass: RationalFunction, q_k: Rational, own: list[Rational], start: list[Rational]
) -> _Row | None:
    """theta_k(t) for one row; None if its integral has no rational exponents."""
    if not q_k:  # q says nothing about this row: it rests
        entries = [field.constant(s) for s in start]
        return _Row(entries, [field.to_sympy(e) for e in entries])
    u = field.generator(0)
    ends = [w / q_k for w in own]
    initial = mass.evaluate([as_rational(1)])
    if [mass] == relaxing([initial], [q_k]):
        factor = field.constant(initial) * u / mass
        if factor.derivative(0) * mass != -field.constant(q_k) * factor:
            return None
        entries = [field.constant(c) + field.constant(s - c) * factor for c, s in zip(ends, start, strict=True)]
        return _Row(entries, [field.to_sympy(e) for e in entries])
    powers = _powers(field, mass, q_k)
    if powers is None:
        return None
    exact = (map(rational_to_sympy, pair) for pair in powers)
    decay = sympy.Mul(*(((sympy.exp(-TIME) - a) / (1 - a)) ** r if a else sympy.exp(-r * TIME) for a, r in exact))
    pairs = zip(ends, start, strict=True)
    return _Row(None, [rational_to_sympy(c) + rational_to_sympy(s - c) * decay for c, s in pairs])


def _powers(field: Field, mass: RationalFunction, q_k: Rational) -> list[tuple[Rational, Rational]] | None:
    """(a_j, r_j) with q_k / (u p_k(u)) = sum r_j / (u - a_j), so that W_k = prod ((u - a_j) / (1 - a_j))**r_j."""
    u = field.generator(0)
    integrand = field.constant(q_k) / (u * mass)
    _, factors = integrand.factors()
    powers, total = [], field.zero
    for f, e in factors:
        if e >= 0:
            continue
        if e != -1 or f.num.total_degree() != 1:
            return None
        terms = f.terms()
        pole = -terms.get((0,), as_rational(0)) / terms[1,]
        distance = u - field.constant(pole)
        residue = (integrand * distance).evaluate([pole])
        powers.append((pole, residue))
        total = total + field.constant(residue) / distance
    # d log W / dt = -u sum r_j / (u - a_j) must be -q_k / p_k: no polynomial part, no other poles.
    return powers if total == integrand else None
