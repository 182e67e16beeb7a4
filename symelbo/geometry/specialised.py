"""Null vectors of J_V that depend on few parameters: found where the other parameters have small integer values.

Non-identifiability is often local: at the end of a hidden Markov chain, only the tables of the last step can be traded
against each other, and the null vectors are polynomials in few parameters.  Which generators a null vector depends
on is read off modulo a prime; the elimination is then done with all other generators specialised to integers.  What
comes out is a guess, to be verified as an identity of the full field (:func:`symelbo.geometry.ranks.is_kernel`).
"""

from __future__ import annotations

import random

import numpy as np

from symelbo.errors import DomainError
from symelbo.exact import PRIME, Entry, Field, Matrix, RationalFunction, Residues, pivots_mod
from symelbo.models.parametrization import Parametrization

__all__ = ["specialised_visible_kernel"]

# A null vector that depends on more generators is not looked for here.
MAX_DEPENDENCE = 7
SMALL_VALUES = (2, 3, 5, 7, 11, 13)


def specialised_visible_kernel(model: Parametrization, rank: int) -> Matrix | None:
    """Return candidates for a basis of the kernel of J_V (d x (d - rank)), or None if they depend on too much."""
    rng = random.Random(17)
    generators = model.field.generators
    base = [rng.randrange(1, PRIME) for _ in generators]
    reference = _kernel_mod(model, base)
    if reference is None or len(reference) != len(model.parameters) - rank:
        return None
    depends: list[set[int]] = [set() for _ in reference]
    for g in range(len(generators)):
        moved = list(base)
        moved[g] = rng.randrange(1, PRIME)
        other = _kernel_mod(model, moved)
        if other is None or len(other) != len(reference):
            return None
        for vector, changed, found in zip(reference, other, depends, strict=True):
            if vector != changed:
                found.add(g)
                if len(found) > MAX_DEPENDENCE:
                    return None
    columns = []
    for vector, found in zip(reference, depends, strict=True):
        column = _null_vector(model, [i for i, c in enumerate(vector) if c], sorted(found))
        if column is None:
            return None
        columns.append(column)
    return Matrix.from_columns(model.field, columns, len(model.parameters))


def _visible_rows_mod(model: Parametrization, values: list[int]) -> Residues:
    """``[w_V | dw_V]`` modulo p (for a normalised model without the first column)."""
    weights, scores = model.residues(values)
    m, d = model.space.n_hidden, len(model.parameters)
    derivatives: Residues = (weights[:, None] * scores % PRIME).reshape(-1, m, d).sum(axis=1) % PRIME
    if model.normalised:
        return derivatives
    return np.concatenate([weights.reshape(-1, m).sum(axis=1)[:, None] % PRIME, derivatives], axis=1)


def _kernel_mod(model: Parametrization, values: list[int]) -> list[tuple[int, ...]] | None:
    """A basis of the kernel of J_V modulo p in reduced form, as vectors of length d."""
    from symelbo.geometry.ranks import _nullspace_mod  # the module above imports this one

    try:
        basis = _nullspace_mod(_visible_rows_mod(model, values))
    except DomainError:
        return None
    start = 0 if model.normalised else 1
    return [tuple(int(c) for c in vector[start:]) for vector in basis]


def _null_vector(model: Parametrization, support: list[int], depends: list[int]) -> list[Entry] | None:
    """The null vector with this support, by elimination over Q(the generators it depends on)."""
    field = model.field
    symbols = field.parameters
    small = Field(symbols, [field.generators[g] for g in depends])
    place = {g: k for k, g in enumerate(depends)}
    for shift in range(3):
        values = [
            small.generator(place[g]) if g in place else small.constant(SMALL_VALUES[(g + shift) % len(SMALL_VALUES)])
            for g in range(len(field.generators))
        ]
        try:
            vectors = _specialised_rows(model, small, values, support).nullspace()
        except DomainError:
            continue
        if vectors.ncols != 1:
            continue
        start = 0 if model.normalised else 1
        column: list[Entry] = [field.zero] * len(symbols)
        for k, i in enumerate(support):
            column[i] = _lifted(vectors[k + start, 0], field, depends)
        return column
    return None


def _specialised_rows(
    model: Parametrization, small: Field, values: list[RationalFunction], support: list[int]
) -> Matrix:
    """As many rows of ``[w_V | dw_V]``, in the columns of the support, as carry their rank modulo p."""
    rng = random.Random(5)
    residues = _visible_rows_mod(model, [rng.randrange(1, PRIME) for _ in model.field.generators])
    start = 0 if model.normalised else 1
    rows = pivots_mod(residues[:, [*range(start), *(i + start for i in support)]])[0]
    table = model.factor_table
    factors = [f.evaluate(values) for f in table.factors]
    logs = [
        [e.evaluate(values) if e else small.zero for e in (row[i] for i in support)] for row in model.log_derivatives
    ]
    result = []
    for v in sorted(rows):
        terms: list[list[RationalFunction]] = [[] for _ in range(start + len(support))]
        for x in model.space.fibre(v):
            weight = small.constant(table.coefficients[x])
            active = [(int(f), int(table.exponents[x, f])) for f in np.flatnonzero(table.exponents[x])]
            for f, e in active:
                weight = weight * factors[f] ** e
            if start:
                terms[0].append(weight)
            for k in range(len(support)):
                score = small.sum(small.constant(e) * logs[f][k] for f, e in active if logs[f][k])
                if score:
                    terms[start + k].append(weight * score)
        result.append([small.sum(t) for t in terms])
    return Matrix(small, result, start + len(support))


def _lifted(element: RationalFunction, field: Field, depends: list[int]) -> RationalFunction:
    """An element of the small field in the full one (null vectors are polynomial)."""
    terms = {}
    for powers, c in element.terms().items():
        exponents = [0] * len(field.generators)
        for g, e in zip(depends, powers, strict=True):
            exponents[g] = int(e)
        terms[tuple(exponents)] = c
    return field.polynomial(terms)
