"""The screen: the three matrices modulo a prime at one point, their ranks, and what bounds the ranks from above.

The three ranks that decide everything are those of J, of J_V and of the vertical part (I - C dpi) J.  With raw
scores s of (possibly unnormalised) weights they are read off without any normalisation (the cone of theory.md):

    rank J        = rank [1 | s] - 1
    rank J_V      = rank [1 | E[s|v]] - 1
    rank vertical = rank (s - E[s|v]).

A rank modulo p at an integer point is a proved lower bound of the generic rank.  The upper bounds here hold at
every point: they come from the shapes and from the integer exponents of the table alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import islice
from math import lcm
from typing import Any, NamedTuple, TypeVar

import numpy as np

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, InternalError
from symelbo.exact import (
    Residues,
    Value,
    compress,
    inverse_mod,
    nullspace_mod,
    pivots_mod,
    rational_reconstruction,
    residues_of,
)
from symelbo.geometry.scorespace import Ranks, Screen, bounds, screen_at
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization

# Bits of an integer that packs several products.
PACKED = 60
# Residues of integers up to this size need no reconstruction.
SMALL = 1 << 14

Seen = TypeVar("Seen")


def screen(model: Model, values: Sequence[Value]) -> Screen:
    """Return the three matrices modulo a suitable prime at exact values of the generators.

    Random combinations of rows replace rows where there are many, and of very many fibres a few are tried first: that
    can lower a rank, never raise it.

    Raises
    ------
    DomainError
        A probability vanishes or is not defined at this point (or modulo every prime tried).
    """
    return _at_exact_point(model, values, lambda residues, p: screen_at(model, residues, p, 0))


def _at_exact_point(model: Model, values: Sequence[Value], look: Callable[[list[int], int], Seen]) -> Seen:
    """What is seen at the residues of exact values, modulo the first prime at which no probability vanishes."""
    failure = DomainError("no prime was tried")
    for p in islice(model.primes_at(values), LIMITS.primes_at_point):
        try:
            return look(residues_of(values, p), p)
        except DomainError as error:
            failure = error
    raise failure


@screen_at.register
def _(model: Parametrization, values: list[int], p: int, seed: int) -> Screen:
    fibres = sampled_fibres(model)
    if fibres is not None:
        found = _screen_of(model, values, p, seed, fibres)
        if found.ranks() == structural_bounds(model):
            return found
    return _screen_of(model, values, p, seed, None)


def sampled_fibres(model: Parametrization) -> Residues | None:
    """A few visible states drawn at random, where there are very many; None where all are looked at."""
    wanted = 3 * len(model.parameters) + 30
    if model.space.n_visible < 4 * wanted:
        return None
    return np.sort(np.random.default_rng(1).choice(model.space.n_visible, wanted, replace=False)).astype(np.int64)


class RankRows(NamedTuple):
    """Numbers of states, of visible states and of states: rows of the three matrices that carry their ranks."""

    joint: Residues
    visible: Residues
    vertical: Residues


def rank_rows(model: Parametrization, values: Sequence[Value]) -> tuple[RankRows, Ranks]:
    """Return rows with maximal independent minors modulo a prime at exact values, and the ranks they prove.

    Raises
    ------
    DomainError
        A probability vanishes or is not defined at this point (or modulo every prime tried).
    """
    return model.keep(
        f"rank rows at {values}",
        lambda: _at_exact_point(model, values, lambda residues, p: _rank_rows_at(model, residues, p)),
    )


def _rank_rows_at(model: Parametrization, values: Sequence[int], p: int) -> tuple[RankRows, Ranks]:
    fibres = sampled_fibres(model)
    while True:
        found = _matrices(model, values, p, fibres)
        rows = [np.array(sorted(pivots_mod(matrix, p)[0]), dtype=np.int64) for matrix in found]
        ranks = Ranks(len(rows[0]) - 1, len(rows[1]) - 1, len(rows[2]))
        if fibres is None:
            return RankRows(*rows), ranks
        if ranks == structural_bounds(model):
            joint, visible, vertical = rows
            states = model.space.fibration.over(fibres)[1]
            return RankRows(states[joint], fibres[visible], states[vertical]), ranks
        fibres = None


def _screen_of(model: Parametrization, values: Sequence[int], p: int, seed: int, fibres: Residues | None) -> Screen:
    rng, few = np.random.default_rng(seed), 2 * len(model.parameters) + 8
    joint, visible, vertical = (compress(matrix, few, rng, p) for matrix in _matrices(model, values, p, fibres))
    return Screen(joint, visible, vertical, p)


def _matrices(
    model: Parametrization, values: Sequence[int], p: int, fibres: Residues | None
) -> tuple[Residues, Residues, Residues]:
    """The three matrices themselves, on all fibres or on some."""
    pi, rows = model.space.fibration, None
    if fibres is not None:
        pi, rows = pi.over(fibres)
    weights, scores = model.residues(values, p, rows=rows)
    visible_weights = pi.sums(weights) % p
    if not visible_weights.all() or not weights.all():
        raise DomainError("a probability vanishes modulo p at this point")
    inverse = inverse_mod(visible_weights, p)
    conditionals = weights * pi.lifted(inverse) % p
    visible = pi.sums(conditionals[:, None] * scores % p) % p
    vertical = (scores - pi.lifted(visible)) % p

    def with_one(matrix: Residues) -> Residues:
        return np.concatenate([np.ones((matrix.shape[0], 1), dtype=np.int64), matrix], axis=1)

    return with_one(scores), with_one(visible), vertical


def random_residues(model: Model, seed: int) -> list[int]:
    """Nonzero residues of the generators modulo the prime of the model, drawn at random."""
    rng = random.Random(seed)
    return [rng.randrange(1, model.prime) for _ in model.field.generators]


def generic_screen(model: Model, *, seed: int = 0) -> Screen:
    """Return the screen at a random point modulo the prime of the model (kept for the next call: it is small)."""
    return model.keep(f"screen {seed}", lambda: _new_screen(model, seed))


def _new_screen(model: Model, seed: int) -> Screen:
    for attempt in range(10):
        try:
            return screen_at(model, random_residues(model, 1000 * seed + attempt), model.prime, seed)
        except DomainError:
            continue  # a random point hits a zero of a denominator with probability about 1/p
    raise InternalError("ten random points modulo p all lie on a denominator's zero set")


def upper_bounds(model: Parametrization) -> Ranks:
    """The trivial upper bounds of the three ranks, from the shapes alone."""
    space, d = model.space, len(model.parameters)
    return Ranks(min(d, space.n_states - 1), min(d, space.n_visible - 1), min(d, space.n_states - space.n_visible))


@bounds.register
def structural_bounds(model: Parametrization) -> Ranks:
    """Upper bounds of the three ranks, at every point, from the shapes and from the exponents.

    Scores are ``E L`` with the integer exponents E and the log-derivatives L of the factors, so the rank of J is at
    most that of the differences ``E[x] - E[x0]``, and the rank of the vertical part at most that of the differences
    within fibres.
    """
    trivial = upper_bounds(model)
    joint = min(trivial.joint, len(difference_basis(model, "joint")))
    vertical = min(trivial.vertical, len(difference_basis(model, "vertical")))
    return Ranks(joint, min(trivial.visible, joint), vertical)


def difference_basis(model: Parametrization, kind: str) -> Residues:
    """A row basis, over Q, of the exponent differences: to state 0 (``"joint"``) or within fibres (``"vertical"``).

    J c = 0 exactly when ``D L c = 0`` for the first, (I - C dpi) J c = 0 exactly when it is for the second.
    """
    return model.keep(f"differences {kind}", lambda: _row_basis(_differences(model, kind), model.prime))


def _differences(model: Parametrization, kind: str) -> Residues:
    exponents = model.factor_table.exponents
    reference = exponents[0] if kind == "joint" else model.space.fibration.first(exponents)
    differences: Residues = np.subtract(exponents, reference, dtype=np.int64)
    return differences


def _row_basis(rows: Residues, p: int) -> Residues:
    """Linearly independent rows that span all rows over Q.

    They are found among a few; as long as other rows are not orthogonal to their null vectors, some of those are added.
    Independence comes from a minor that is nonzero modulo p, the rest is verified over the integers.
    """
    count = rows.shape[0]
    few = 2 * rows.shape[1] + 50
    chosen = rows if count <= 2 * few else rows[np.random.default_rng(0).choice(count, few, replace=False)]
    basis = rows[:0]
    while True:
        part = np.unique(chosen, axis=0)
        smaller, basis = basis, part[sorted(pivots_mod(part % p, p)[0])]
        if 0 < len(basis) <= len(smaller):
            raise InternalError("a row of exponents is independent of the others modulo p only")
        outside = np.flatnonzero(_products(rows, _integer_nullspace(basis, p)).any(axis=1))
        if not outside.size:
            return basis
        chosen = np.concatenate([basis, rows[outside[:few]]])


def _integer_nullspace(basis: Residues, p: int) -> list[list[int]]:
    """Integer vectors orthogonal to the rows modulo p, as many as the null space has dimensions."""
    vectors = nullspace_mod(basis % p, p)
    signed = np.where(vectors > p // 2, vectors - p, vectors)
    if np.abs(signed).max(initial=0) <= SMALL:
        found: list[list[int]] = signed.tolist()
        return found
    columns = []
    for vector in vectors.tolist():
        lifted = [rational_reconstruction(c, p) for c in vector]
        if any(c is None for c in lifted):
            raise InternalError("the exponents have null vectors with large entries")
        scale = lcm(*(c.denominator for c in lifted if c is not None))
        columns.append([int(c * scale) for c in lifted if c is not None])
    return columns


def _products(rows: Residues, columns: list[list[int]]) -> Any:
    """Numbers that are all 0 for a row exactly when it is orthogonal to all integer vectors: several packed into one.

    With |x_j| <= b the sum of x_j B^j, B = 2 b + 1, is 0 only if all x_j are.  Integers, and no thread of a numerical
    library that waits for others.
    """
    if not columns:
        return np.zeros((rows.shape[0], 0))
    largest = max(abs(c) for column in columns for c in column)
    bound = int(np.abs(rows).sum(axis=1).max(initial=0)) * largest
    base = 2 * bound + 1
    together = max(PACKED // base.bit_length(), 1)
    parts = [columns[start : start + together] for start in range(0, len(columns), together)]
    packed = [[sum(c[f] * base**k for k, c in enumerate(part)) for f in range(rows.shape[1])] for part in parts]
    if base.bit_length() <= PACKED:
        return rows @ np.array(packed, dtype=np.int64).T
    return rows.astype(object) @ np.array(packed, dtype=object).T
