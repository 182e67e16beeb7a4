"""Where the ranks of J, of J_V and of the vertical part drop: systems of polynomials, from three small matrices.

With the exponents E and the log-derivatives L of the factors of the model (``p = c prod f**E``) the ranks at *every*
point of the domain are those of

    joint      D0 L      D0 a basis of the differences E[x] - E[x0],
    vertical   DH L      DH a basis of the differences within fibres,
    visible    [w_V | sum_h w s]   (its rank is that of J_V plus 1).

Rows and columns are scaled by elements without zeros in the domain, and such elements are used as pivots: each pivot
lowers size and rank by one.  The minors of what is left are the equations of a rank stratum, usually few and small.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb
from typing import Protocol

import numpy as np

from symelbo.budget import LIMITS, Work
from symelbo.errors import BudgetError
from symelbo.exact import Field, Matrix, RationalFunction
from symelbo.geometry import score_space
from symelbo.geometry.screen import difference_basis
from symelbo.loci.positivity import Positivity
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization, has_table


class RankMatrices(Protocol):
    """Three matrices over the field with rank J, rank J_V + 1 and the rank of the vertical part, at every point."""

    @property
    def joint(self) -> Matrix:
        """The one with rank J."""

    @property
    def vertical(self) -> Matrix:
        """The one with the rank of the vertical part."""

    @property
    def visible(self) -> Matrix | None:
        """The one with rank J_V + 1; None where it would be too large."""


def rank_matrices(model: Model) -> RankMatrices:
    """Return the three matrices of a model, each built when it is first asked for."""
    return TableMatrices(model) if has_table(model) else ScoreMatrices(model)


class ScoreMatrices:
    """The three matrices of scores without poles in the domain, from functions with mean zero."""

    def __init__(self, model: Model) -> None:
        self.model = model

    @cached_property
    def joint(self) -> Matrix:
        """S; of a Gaussian model ``(dmu, dSigma)``, or with dK."""
        return score_space(self.model).matrix("joint")

    @cached_property
    def vertical(self) -> Matrix:
        """The vertical scores; of a Gaussian model ``(R dmu, R dSigma)``."""
        return score_space(self.model).matrix("vertical")

    @cached_property
    def visible(self) -> Matrix:
        """S_V, of a Gaussian model ``(dmu_V, dSigma_VV)``, beside a 1 of its own."""
        field, rows = self.model.field, score_space(self.model).matrix("visible").rows
        d = len(self.model.parameters)
        return Matrix(field, [[field.one, *[field.zero] * d], *([field.zero, *row] for row in rows)], d + 1)


class TableMatrices:
    """The three matrices of a table, from the exponents of its factors and their log-derivatives."""

    def __init__(self, model: Parametrization) -> None:
        self.model = model
        self._logs = Matrix(model.field, model.log_derivatives, len(model.parameters))

    @cached_property
    def joint(self) -> Matrix:
        """``D0 L``."""
        return self._scores("joint")

    @cached_property
    def vertical(self) -> Matrix:
        """``DH L``."""
        return self._scores("vertical")

    @cached_property
    def visible(self) -> Matrix | None:
        """``[w_V | sum_h w s]``, or combinations of its rows; None for models that are too large for it."""
        model = self.model
        if model.space.n_states * (len(model.parameters) + 1) > LIMITS.cone_shape:
            return None
        visible = _visible_cone(model, self._logs)
        if (
            model.normalised
            and model.space.n_visible <= LIMITS.event_states
            and not (model.factor_table.exponents < 0).any()
        ):
            # Probabilities of events {v_S = a_S} instead of those of states: another basis, often far smaller.
            visible = min((visible, _events(model) @ visible), key=lambda m: sum(len(e.num) for r in m.rows for e in r))
        return visible

    def _scores(self, kind: str) -> Matrix:
        field, basis = self.model.field, difference_basis(self.model, kind)
        integers = Matrix(field, [[field.constant(int(e)) for e in r] for r in basis], basis.shape[1])
        return integers @ self._logs if basis.shape[0] else Matrix(field, [], self._logs.ncols)


def _visible_cone(model: Parametrization, logs: Matrix) -> Matrix:
    """The rows ``[w_V(v) | sum_h w(v,h) s(v,h)]``; unnormalised weights without the common factors of each fibre."""
    field, table = model.field, model.factor_table
    rows = []
    for fibre in model.space.fibration:
        exponents = table.exponents[fibre.start : fibre.stop].astype(np.int64)
        # A row is scaled by factors of its weights, unless the rows are to be added up.
        stripped = not model.normalised or (table.exponents < 0).any()
        common = exponents.min(axis=0) if stripped else np.zeros_like(exponents[0])
        weights, derivatives = [], []
        for x in fibre:
            weight = field.constant(table.coefficients[x])
            for f in np.flatnonzero(table.exponents[x] - common):
                weight = weight * table.factors[f] ** int(table.exponents[x, f] - common[f])
            weights.append(weight)
            active = [(int(f), field.constant(int(table.exponents[x, f]))) for f in np.flatnonzero(table.exponents[x])]
            derivatives.append([field.sum(e * logs[f, i] for f, e in active) for i in range(logs.ncols)])
        row = [field.sum(weights)]
        row += [
            field.sum(w * d[i] for w, d in zip(weights, derivatives, strict=True) if d[i]) for i in range(logs.ncols)
        ]
        rows.append(row)
    return Matrix(field, rows, logs.ncols + 1)


def _events(model: Parametrization) -> Matrix:
    """The invertible 0-1 matrix from states to events: each variable at a label that is not the last, or summed out."""
    one, zero = model.field.one, model.field.zero
    blocks = [[1]]
    for variable in model.space.visible:
        n = len(variable)
        own = [[int(i == k) for i in range(n)] for k in range(n - 1)] + [[1] * n]
        blocks = [[a * b for a in r for b in o] for r in blocks for o in own]
    return Matrix(model.field, [[one if e else zero for e in r] for r in blocks])


@dataclass(frozen=True, slots=True)
class Residual:
    """``rank A = pivots + rank rest`` at every point of the domain.

    ``rows`` and ``columns`` are the places of the pivots in A, then those of what is left.
    """

    field: Field
    pivots: int
    rest: tuple[tuple[RationalFunction, ...], ...]
    rows: tuple[int, ...]
    columns: tuple[int, ...]

    def system(self, rank: int, work: Work) -> list[RationalFunction]:
        """Polynomials whose common zeros in the domain are the points with ``rank A <= rank``.

        ``[1]`` when there is no such point, ``[]`` when all are.

        Raises
        ------
        BudgetError
            There are too many minors, or they take too much work.
        """
        size = rank - self.pivots + 1
        if size <= 0:
            return [self.field.one]
        if not self.rest or size > min(len(self.rest), len(self.rest[0])):
            return []
        count = comb(len(self.rest), size) * comb(len(self.rest[0]), size)
        if count > LIMITS.minors:
            raise BudgetError(f"{count} minors of size {size}")
        return list(self._minors(size, work))

    def _minors(self, size: int, work: Work) -> Iterator[RationalFunction]:
        field = self.field
        for rows in combinations(range(len(self.rest)), size):
            for columns in combinations(range(len(self.rest[0])), size):
                square = [[self.rest[i][j] for j in columns] for i in rows]
                if any(not any(r) for r in square):
                    continue
                work.spend(sum(len(e.num) for r in square for e in r))
                minor = square[0][0] if size == 1 else Matrix(field, square).det(spend=work.spend)
                if len(minor.num) > LIMITS.minor_terms:
                    raise BudgetError(f"a minor with {len(minor.num)} terms")
                if minor:
                    yield field.fraction(minor.num, minor.den)


def residual(matrix: Matrix, known: Positivity, work: Work) -> Residual:
    """Eliminate with pivots that vanish nowhere in the domain; BudgetError where that takes too much work."""
    places = [i for i, r in enumerate(matrix.rows) if any(r)]
    columns = list(range(matrix.ncols))
    rows = [list(matrix.rows[i]) for i in places]
    used: list[tuple[int, int]] = []
    while rows:
        work.spend(LIMITS.factoring_work * sum(len(e.num) + len(e.den) for r in rows for e in r))
        rows = [_scaled(r, known) for r in rows]
        kept = [j for j, c in enumerate(zip(*rows, strict=True)) if any(c)]
        columns = [columns[j] for j in kept]
        scaled = [_scaled([r[j] for r in rows], known) for j in kept]
        rows = [list(r) for r in zip(*scaled, strict=True)]
        choice = _pivot(rows, known)
        if choice is None:
            break
        i, j = choice
        pivot_row = rows.pop(i)
        pivot = pivot_row[j]
        used.append((places.pop(i), columns.pop(j)))
        longest = max(len(e.num) for e in pivot_row)
        in_pivot_row = sum(len(e.num) for e in pivot_row)
        work.spend(
            sum(len(r[j].num) * in_pivot_row + len(pivot.num) * sum(len(e.num) for e in r) for r in rows if r[j])
        )
        if any(
            len(r[j].num) * longest + len(pivot.num) * max(len(e.num) for e in r) > 40 * LIMITS.entry_terms
            for r in rows
        ):
            raise BudgetError("elimination with long polynomials")
        rows = [
            [pivot * a - r[j] * b for k, (a, b) in enumerate(zip(r, pivot_row, strict=True)) if k != j]
            if r[j]
            else [a for k, a in enumerate(r) if k != j]
            for r in rows
        ]
        left = [k for k, r in enumerate(rows) if any(r)]
        places, rows = [places[k] for k in left], [rows[k] for k in left]
    if not rows:
        places, columns = [], []
    return Residual(
        known.field,
        len(used),
        tuple(map(tuple, rows)),
        (*(i for i, _ in used), *places),
        (*(j for _, j in used), *columns),
    )


def state_pairs(model: Parametrization) -> list[tuple[int, int]]:
    """For each row of the vertical matrix two states (x, y) over one v with this difference of exponents."""
    basis = difference_basis(model, "vertical")
    exponents = model.factor_table.exponents.astype(np.int64)
    wanted = {tuple(r): i for i, r in enumerate(basis.tolist())}
    pairs: dict[int, tuple[int, int]] = {}
    for y, x in ((fibre[0], x) for fibre in model.space.fibration for x in fibre[1:]):
        row = wanted.get(tuple((exponents[x] - exponents[y]).tolist()))
        if row is not None:
            pairs.setdefault(row, (x, y))
    return [pairs[i] for i in range(len(basis))]


def _pivot(rows: list[list[RationalFunction]], known: Positivity) -> tuple[int, int] | None:
    """The cheapest entry without zeros in the domain."""
    entries = sorted(
        (len(e.num), sum(1 for o in r if o) * sum(1 for q in rows if q[j]), i, j)
        for i, r in enumerate(rows)
        for j, e in enumerate(r)
        if e
    )
    for terms, _, i, j in entries:
        if terms > LIMITS.pivot_terms:
            return None
        if not known.remaining_factors(rows[i][j]):
            return i, j
    return None


def _scaled(row: list[RationalFunction], known: Positivity) -> list[RationalFunction]:
    """The row over a common denominator, without common factors that vanish nowhere."""
    field = row[0].field
    common = field.one
    for e in row:
        if e and not e.den.is_one():
            scale = field.fraction(e.den, field.one.num)
            common = common * (scale / _common_part(scale, common))
        if len(common.num) > LIMITS.entry_terms:
            raise BudgetError("a common denominator with many terms")
    row = [e * common for e in row]
    if max(len(e.num) for e in row) > LIMITS.entry_terms:
        raise BudgetError("a row with long polynomials")
    shared: RationalFunction | None = None
    for e in row:
        if e:
            shared = e if shared is None else _common_part(shared, e)
            if shared.is_constant:
                return row
    if shared is None:
        return row
    divisor = field.one
    for f, power in shared.factors()[1]:
        if known.vanishes_nowhere(f):
            divisor = divisor * f**power
    return row if divisor.is_constant else [a / divisor for a in row]


def _common_part(a: RationalFunction, b: RationalFunction) -> RationalFunction:
    """A greatest common divisor of two polynomials."""
    return a.field.fraction(a.num.gcd(b.num), a.field.one.num)
