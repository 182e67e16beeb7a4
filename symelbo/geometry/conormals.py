"""Upper bounds of rank J_V from the left: linear forms that vanish on the tangent space of M_V.

Let T be a tensor a x b x c whose entries are scaled weights w_V(v), and let it be a product of three vectors for each
state h that is hidden (all fibres have H states).  Its Koszul flattening

    F(T): Lambda^p A x B -> Lambda^{p+1} A x C,   F = sum over h of what has rank C(a - 1, p),

(a = 1, p = 0: a plain matrix) has at most the rank rho = C(a - 1, p) H.  Where it has exactly this rank, u F = 0 and
F y = 0 imply ``u F(dw_V) y = 0``: differentiate ``u F y = 0``, with kernels that depend smoothly on the point.  With k
independent ones of these forms rank J_V <= |V| - 1 - k, for they vanish on w_V as well.

Tensors are found in models of free distributions: the factors of a state of what is seen, in one class, are divided
among A, B and C.  So latent classes give flattenings and Strassen's equations, counts of equal items catalecticants.

Relations: where a product of powers of the weights of visible events is constant, ``prod_k w(A_k)^lambda_k`` with
``sum_k lambda_k = 0``, the form ``sum_k lambda_k d log w(A_k)`` vanishes likewise.  So do independences, and a hidden
variable onto whose neighbours a log-linear model collapses.

Source: Strassen (1983); Landsberg, Ottaviani (2013); Abo, Ottaviani, Peterson (2009) for which secants are defective.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, combinations_with_replacement, islice, product
from math import comb, prod
from typing import NamedTuple

import numpy as np

from symelbo.budget import LIMITS
from symelbo.exact import QQ, Matrix, Rational, Residues, Value, as_rational, nullspace_mod, rank_mod, residues_of
from symelbo.geometry.scorespace import bounds
from symelbo.geometry.screen import generic_screen, random_residues
from symelbo.models.factors import written_terms
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization, has_table
from symelbo.models.rows import free_rows

__all__ = ["Conormal", "conormal_rank", "conormals", "related_bound", "visible_bound"]

Type = tuple[int, ...]


class Conormal(NamedTuple):
    """A tensor of visible states a x b x c, p, and by how much each weight is scaled."""

    states: Residues
    koszul: int
    scale: tuple[Rational, ...]


def visible_bound(model: Model) -> int:
    """Return an upper bound of rank J_V at every point: from shapes and exponents, or from conormals."""
    most = bounds(model).visible
    if not has_table(model) or generic_screen(model).ranks().visible == most:
        return most
    found = conormals(model)
    values, p = random_residues(model, 31), model.prime
    return min(most, model.space.n_visible - 1 - conormal_rank(model, found, values, p)) if found else most


def related_bound(model: Model) -> int:
    """Return an upper bound of the generic rank of J_V from relations between marginals, else that of its shape."""
    most = bounds(model).visible
    if not has_table(model) or written_terms(model.factor_table) > LIMITS.related_terms:
        return most
    space, field, p = model.space, model.field, model.prime
    sizes = [len(v) for v in space.seen_product] or [space.n_visible]
    if (cells := prod(n + 1 for n in sizes)) > LIMITS.related_events:
        return most
    digits = np.indices(sizes).reshape(len(sizes), 1, -1)
    given = np.indices([n + 1 for n in sizes]).reshape(len(sizes), -1, 1)  # beyond the last label: any of them
    events = ((given == digits) | (given == np.reshape(sizes, (-1, 1, 1)))).all(axis=0)
    at = space.fibration.sums(model.residues(random_residues(model, 31), p)[0])
    if not (masses := events @ (at % p) % p).all():
        return most
    weights = space.fibration.totals(model.weights, field.sum)
    marginals = [field.sum(weights[v] for v in np.flatnonzero(event)).factors()[1] for event in events]
    powers = [{str(factor.num): e for factor, e in factors} for factors in marginals]
    rows = [[m.get(f, 0) for m in powers] for f in dict.fromkeys(f for m in powers for f in m)]
    exponents = Matrix(QQ, [[as_rational(e) for e in row] for row in [[1] * cells, *rows]], cells)
    rates = np.array([pow(int(m), -1, p) for m in masses])
    relations = [np.array(residues_of(relation, p)) for relation in exponents.nullspace().T.rows]
    forms = [relation * rates % p @ events % p for relation in relations]
    return min(most, space.n_visible - 1 - rank_mod(np.array(forms, dtype=np.int64).reshape(-1, space.n_visible), p))


def conormals(model: Parametrization) -> tuple[Conormal, ...]:
    """Return tensors whose forms bound rank J_V better than its shape does; none where the model has no such."""
    return model.keep("conormals", lambda: _conormals(model))


def _conormals(model: Parametrization) -> tuple[Conormal, ...]:
    if model.space.n_visible > LIMITS.conormal_states:
        return ()
    wanted = model.space.n_visible - 1 - generic_screen(model).ranks().visible
    values, p = random_residues(model, 31), model.prime
    chosen: tuple[Conormal, ...] = ()
    rank = 0
    for tensor in _tensors(model):
        more = conormal_rank(model, (*chosen, tensor), values, p)
        if more > rank:
            chosen, rank = (*chosen, tensor), more
        if rank >= wanted:
            break
    return chosen


def conormal_rank(model: Parametrization, found: Sequence[Conormal], values: Sequence[Value], p: int) -> int:
    """Return how many forms are independent at a point modulo p: never more than there are."""
    pi = model.space.fibration
    weights = pi.sums(model.residues(list(values), p)[0]) % p
    hidden = model.space.n_states // model.space.n_visible
    forms = [np.zeros((0, len(weights)), dtype=np.int64)]
    for tensor in found:
        scale = np.array(residues_of(tensor.scale, p), dtype=np.int64)
        entries = (weights * scale % p)[tensor.states]
        a, b, c = entries.shape
        blocks = list(_blocks(a, tensor.koszul))
        flat = np.zeros((comb(a, tensor.koszul) * b, comb(a, tensor.koszul + 1) * c), dtype=np.int64)
        for row, column, i, sign in blocks:
            flat[row * b : (row + 1) * b, column * c : (column + 1) * c] = sign * entries[i] % p
        left, right = nullspace_mod(flat.T, p), nullspace_mod(flat, p)
        if flat.shape[0] - len(left) < comb(a - 1, tensor.koszul) * hidden:
            continue
        for u, y in product(left.reshape(len(left), -1, b), right.reshape(len(right), -1, c)):
            form = np.zeros(len(weights), dtype=np.int64)
            for row, column, i, sign in blocks:
                np.add.at(form, tensor.states[i], sign * (u[row][:, None] * y[column] % p))
            forms.append((form % p * scale % p)[None])
    return rank_mod(np.concatenate(forms), p)


def _blocks(a: int, p: int) -> Iterator[tuple[int, int, int, int]]:
    """The blocks of F: numbers of the sets S and S + {i}, i, and the sign."""
    larger = {s: k for k, s in enumerate(combinations(range(a), p + 1))}
    for row, s in enumerate(combinations(range(a), p)):
        for i in sorted(set(range(a)) - set(s)):
            joined = tuple(sorted((*s, i)))
            yield row, larger[joined], i, (-1) ** joined.index(i)


def _tensors(model: Parametrization) -> Iterator[Conormal]:
    """Tensors of rank 1 in each class, plain matrices first."""
    space, rows = model.space, free_rows(model)
    hidden, rest = divmod(space.n_states, space.n_visible)
    if rows is None or rest or any(len(fibre) != hidden for fibre in space.fibration):
        return
    first = np.arange(space.n_visible) * hidden
    parts = [row.counts[first] for row in rows]
    parts = [part for part in parts if (part != part[0]).any()]
    if not parts or any((part.sum(axis=1) != part[0].sum()).any() for part in parts):
        return
    place = {tuple(e): v for v, e in enumerate(np.concatenate(parts, axis=1).tolist())}
    whole = tuple(int(part[0].sum()) for part in parts)
    widths = [part.shape[1] for part in parts]
    coefficients = model.factor_table.coefficients
    scale = tuple(1 / coefficients[x] for x in first.tolist())

    def size(t: Type) -> int:
        return prod(comb(n + k - 1, k) for n, k in zip(widths, t, strict=True))

    def vectors(t: Type) -> list[Residues]:
        choices = [combinations_with_replacement(range(n), k) for n, k in zip(widths, t, strict=True)]
        return [
            np.concatenate([np.bincount(c, minlength=n) for c, n in zip(chosen, widths, strict=True)])
            for chosen in product(*map(list, choices))
        ]

    for a_type, b_type, c_type, p in islice(_types(whole, size, hidden), LIMITS.conormal_tensors):
        narrow = 2 * p + 1
        joint = [
            place.get(tuple((a + b + c).tolist()), -1)
            for a, b, c in product(vectors(a_type)[:narrow], vectors(b_type), vectors(c_type))
        ]
        states = np.array(joint, dtype=np.int64).reshape(narrow, size(b_type), size(c_type))
        if (states >= 0).all() and _is_product(model, states, scale, hidden):
            yield Conormal(states, p, scale)


def _types(whole: Type, size: Callable[[Type], int], hidden: int) -> Iterator[tuple[Type, Type, Type, int]]:
    """How the factors are divided among A, B and C, and p."""
    every = list(product(*(range(k + 1) for k in whole)))
    nothing = every[0]

    def less(t: Type, u: Type) -> Type:
        return tuple(k - m for k, m in zip(t, u, strict=True))

    pairs = ((b, less(whole, b)) for b in every)
    flat = [(nothing, b, c, 0) for b, c in pairs if b <= c and hidden < min(size(b), size(c)) <= LIMITS.conormal_size]
    yield from sorted(flat, key=lambda t: (max(size(t[1]), size(t[2])), t))
    for a in sorted((t for t in every if 3 <= size(t) <= LIMITS.conormal_width), key=size):
        p = (size(a) - 1) // 2
        rest = less(whole, a)
        for b in product(*(range(k + 1) for k in rest)):
            c = less(rest, b)
            sides = comb(2 * p + 1, p) * size(b), comb(2 * p + 1, p) * size(c)
            if comb(2 * p, p) * hidden < min(sides) and max(sides) <= LIMITS.conormal_size:
                yield a, b, c, p


def _is_product(model: Parametrization, states: Residues, scale: Sequence[Rational], hidden: int) -> bool:
    """Whether the scaled weights are products of three vectors, for each state that is hidden."""
    table = model.factor_table
    for h in range(hidden):
        x = states * hidden + h
        if (
            len(
                {
                    table.coefficients[k] * scale[v]
                    for k, v in zip(x.ravel().tolist(), states.ravel().tolist(), strict=True)
                }
            )
            > 1
        ):
            return False
        e = table.exponents[x].astype(np.int64)
        if (e + 2 * e[:1, :1, :1] != e[:, :1, :1] + e[:1, :, :1] + e[:1, :1]).any():
            return False
    return True
