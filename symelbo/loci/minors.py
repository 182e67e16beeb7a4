"""Models that are cylindrical at no admissible point, where minors of differences of scores show it.

T splits at an admissible point exactly if rank J >= r_V + rank (I - C dpi) J there, and the rows s(x) - s(y), x and y
over one v, span those of (I - C dpi) J.  A minor of k of them that is a product of polynomials which are positive on
the domain, up to sign, keeps that rank >= k at every point; with rank J < r_V + k no admissible point is left.

Several minors do so too, where ``sum_m a_m minor_m > 0``: at every point one of them is not 0.  Each minor is a
positive product times a core c_m; looked for are b_m with ``sum_m b_m c_m`` of one sign on the domain, in this order:

* one core alone, or the sum or difference of two;
* ``sum_m b_m c_m = 1`` with polynomials b_m of small degree (Hilbert's Nullstellensatz): a linear system over Q;
* ``sum_m c_m^2``, with b_m = c_m.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, islice
from math import comb
from typing import Generic, TypeVar

import numpy as np

from symelbo.budget import LIMITS, Work
from symelbo.errors import BudgetError, DomainError
from symelbo.exact import QQ, Matrix, RationalFunction, Residues, as_rational, pivots_mod
from symelbo.geometry import Ranks, generic_ranks, upper_bounds
from symelbo.loci.positivity import Positivity
from symelbo.loci.proofs import SumOfProducts
from symelbo.loci.strata import rank_matrices, residual, state_pairs
from symelbo.models.parametrization import Parametrization

Multipliers = list[RationalFunction]


@dataclass(frozen=True, slots=True)
class Minor:
    """A minor of the rows s(x) - s(y) and some columns, times a polynomial.

    Attributes
    ----------
    pairs : pairs (x, y) of numbers of states over one visible state; pairs over different ones may be mixed
    columns : numbers of parameters, as many as pairs
    multiplier : a polynomial of the model's field; 1 and -1 where one minor suffices
    """

    pairs: tuple[tuple[int, int], ...]
    columns: tuple[int, ...]
    multiplier: RationalFunction


@dataclass(frozen=True, slots=True)
class Minors:
    """Minors, and the sum of them (each times its multiplier) as a sum of products of positive expressions."""

    minors: tuple[Minor, ...]
    total: SumOfProducts


def score_differences(model: Parametrization, pairs: Sequence[tuple[int, int]]) -> list[list[RationalFunction]]:
    """The rows ``s(x) - s(y) = sum_f (E[x,f] - E[y,f]) grad f / f`` for pairs of states."""
    field, exponents = model.field, model.factor_table.exponents
    rows = []
    for x, y in pairs:
        powers = exponents[x].astype(int) - exponents[y]
        used = [(field.constant(int(powers[f])), model.log_derivatives[f]) for f in np.flatnonzero(powers)]
        rows.append([field.sum(c * log[i] for c, log in used) for i in range(len(model.parameters))])
    return rows


def minor_polynomial(
    model: Parametrization, pairs: Sequence[tuple[int, int]], columns: Sequence[int], work: Work | None = None
) -> RationalFunction:
    """The determinant of the rows s(x) - s(y), made polynomial as the judge does it.

    The entries are ``sum_f (E[x,f] - E[y,f]) d_i f / f``.  Each column is multiplied by the factors f with d_i f != 0,
    or each row if that takes fewer factors in all; each factor once.
    """
    field, table, work = model.field, model.factor_table, work or Work(LIMITS.locus_work)
    differences = [table.exponents[x].astype(int) - table.exponents[y] for x, y in pairs]
    rows = [{int(f): int(d[f]) for f in np.flatnonzero(d)} for d in differences]
    logs = model.log_derivatives
    by_row = [[f for f in row if any(logs[f][i] for i in columns)] for row in rows]
    by_column = [sorted({f for row in rows for f in row if logs[f][i]}) for i in columns]
    across = sum(map(len, by_column)) <= sum(map(len, by_row))
    matrix = []
    for row, own in zip(rows, by_row, strict=True):
        entries = []
        for i, other in zip(columns, by_column, strict=True):
            scale = field.one
            for f in other if across else own:
                work.spend(len(scale.num) * len(table.factors[f].num))
                scale = scale * table.factors[f]
            entries.append(field.sum(field.constant(e) * logs[f][i] * scale for f, e in row.items()))
        matrix.append(entries)
    determinant = Matrix(field, matrix, len(columns)).det(spend=work.spend)
    if not isinstance(determinant, RationalFunction):
        raise TypeError("a determinant over a function field is an element of it")
    return determinant


def one_minor(model: Parametrization) -> Minors | None:
    """Return a minor that shows that the model is cylindrical at no admissible point; None where none is found."""
    return model.keep("one minor", lambda: _one_minor(model, generic_ranks(model)))


def _one_minor(model: Parametrization, ranks: Ranks) -> Minors | None:
    k = min(ranks.joint, upper_bounds(model).joint) - ranks.visible + 1
    if ranks.cylindrical or not 0 < k <= ranks.vertical:
        return None
    work = Work(LIMITS.minors_work)
    known = Positivity.of(model)
    pairs = [(fibre[0], x) for fibre in model.space.fibration for x in fibre[1:]][: LIMITS.minor_pairs]
    rng, p = random.Random(0), model.prime
    try:
        states = np.array(sorted({x for pair in pairs for x in pair}), dtype=np.int64)
        _, scores = model.residues([rng.randrange(1, p) for _ in model.field.generators], p, rows=states)
    except DomainError:
        return None
    place = {int(x): i for i, x in enumerate(states)}
    rows = np.array([(scores[place[x]] - scores[place[y]]) % p for x, y in pairs], dtype=np.int64)
    for chosen, columns in minor_choices(rows, k, p, rng):
        choice = tuple(pairs[i] for i in chosen), columns
        try:
            minor = minor_polynomial(model, *choice, work)
            work.spend(LIMITS.factoring_work * len(minor.num))
        except BudgetError:
            return None
        found = known.product(minor)
        if found is not None:
            sign, total = found
            return Minors((Minor(*choice, model.field.constant(sign)),), total)
    return None


def minor_choices(
    rows: Residues, k: int, p: int, rng: random.Random
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Rows and columns of minors of size k that are not 0 modulo a prime, the first ones of sparse rows."""
    order = sorted(range(len(rows)), key=lambda i: int(np.count_nonzero(rows[i])))
    columns = list(range(rows.shape[1]))
    seen = set()
    for _ in range(LIMITS.minor_attempts):
        chosen = [order[i] for i in sorted(pivots_mod(rows[order][:, columns], p)[0])[:k]]
        if len(chosen) < k:
            return
        picked = sorted(columns[j] for j in pivots_mod(rows[chosen][:, columns], p)[1])
        choice = _by_fewest_new_columns(rows, sorted(chosen), picked), tuple(picked)
        rng.shuffle(order)
        rng.shuffle(columns)
        if choice not in seen:
            seen.add(choice)
            yield choice


def _by_fewest_new_columns(rows: Residues, chosen: list[int], columns: list[int]) -> tuple[int, ...]:
    """The rows in an order in which an expansion along them meets few sets of columns."""
    places = {i: set(np.flatnonzero(rows[i][columns]).tolist()) for i in chosen}
    met: set[int] = set()
    ordered = []
    while places:
        ordered.append(min(places, key=lambda i: (len(places[i] - met), i)))
        met |= places.pop(ordered[-1])
    return tuple(ordered)


def several_minors(model: Parametrization) -> Minors | None:
    """Return several minors with a combination of one sign, which show the same; None where none are found."""
    ranks = generic_ranks(model)
    size = ranks.joint - ranks.visible + 1
    work = Work(LIMITS.minors_work)
    for sums in (False, True):
        known = Positivity.of(model, sums=sums, work=work)
        try:
            found = of_one_sign(known, _minors_at(model, known, size, work))
        except BudgetError:
            continue
        if found is not None:
            multipliers, total = found
            return Minors(tuple(Minor(*place, b) for place, b in multipliers), total)
        if work.is_spent:
            return None
    return None


Place = TypeVar("Place")


def _minors_at(
    model: Parametrization, known: Positivity, size: int, work: Work
) -> Iterator[tuple[tuple[tuple[tuple[int, int], ...], tuple[int, ...]], RationalFunction]]:
    """The minors that contain the pivots of an elimination whose pivots vanish nowhere, with pairs and columns."""
    found = residual(rank_matrices(model).vertical, known, work)
    pairs, pivots = state_pairs(model), min(found.pivots, size)
    rows, columns = found.rows[found.pivots :], found.columns[found.pivots :]
    missing = size - pivots
    if comb(len(rows), missing) * comb(len(columns), missing) > LIMITS.combined_minors:
        raise BudgetError("too many minors")
    for more in combinations(rows, missing):
        for others in combinations(columns, missing):
            chosen = tuple(pairs[i] for i in (*found.rows[:pivots], *more))
            picked = (*found.columns[:pivots], *others)
            yield (chosen, picked), minor_polynomial(model, chosen, picked, work)


@dataclass(frozen=True, slots=True)
class _Core(Generic[Place]):
    """``minor = positive * core``, positive a product of factors with known signs, made positive."""

    place: Place
    positive: RationalFunction
    core: RationalFunction


def of_one_sign(
    known: Positivity, minors: Iterable[tuple[Place, RationalFunction]]
) -> tuple[list[tuple[Place, RationalFunction]], SumOfProducts] | None:
    """Return multipliers b_m such that ``sum_m b_m minor_m`` is positive, and that sum; None where none are found.

    Parameters
    ----------
    known : what the domain says, and the work that may be spent
    minors : polynomials, each with what identifies it
    """
    cores: dict[str, _Core[Place]] = {}
    for place, minor in minors:
        if not minor or len(minor.num) > LIMITS.combined_terms:
            continue
        unit, powers = minor.factors()
        field = minor.field
        positive, core = field.one, field.constant(unit)
        for f, power in powers:
            sign = known.sign_only(f)
            if sign:
                positive, core = positive * (f if sign > 0 else -f) ** power, core * field.constant(sign) ** power
            else:
                core = core * f**power
        cores.setdefault(str(core.num), _Core(place, positive, core))
    short = sorted(cores.values(), key=lambda c: (len(c.core.num), str(c.core.num)))
    for multipliers in _combinations([c.core for c in short]):
        found = _written(known, short, multipliers)
        if found is not None:
            return found
        if known.work.is_spent:
            return None
    return None


def _combinations(cores: Sequence[RationalFunction]) -> Iterator[Multipliers]:
    """Multipliers b_m that may make ``sum b_m c_m`` a polynomial of one sign."""
    if not cores:
        return
    zero, one = cores[0].field.zero, cores[0].field.one

    def at(places: dict[int, RationalFunction]) -> Multipliers:
        return [places.get(k, zero) for k in range(len(cores))]

    yield from (at({k: one}) for k in range(len(cores)))
    for i, j in combinations(range(len(cores)), 2):
        yield at({i: one, j: one})
        yield at({i: one, j: -one})
    for few in (2, 3, 4):
        for chosen in islice(combinations(range(len(cores)), few), 12):
            found = _one_in_ideal([cores[k] for k in chosen])
            if found is not None:
                yield at(dict(zip(chosen, found, strict=True)))
    if len(cores) > 1 and sum(len(c.num) for c in cores) <= LIMITS.combined_terms:
        yield list(cores)


def _one_in_ideal(polynomials: Sequence[RationalFunction]) -> Multipliers | None:
    """Polynomials b with ``sum b_m c_m = 1``, of the least degree up to a bound, by a linear system over Q."""
    field = polynomials[0].field
    used = sorted({i for f in polynomials for i, k in enumerate(f.num.degrees()) if k > 0})
    for degree in range(LIMITS.ideal_degree + 1):
        monomials = [field.one]
        for size in range(1, degree + 1):
            for choice in combinations_with_replacement(used, size):
                product = field.one
                for i in choice:
                    product = product * field.generator(i)
                monomials.append(product)
        if len(monomials) * len(polynomials) > LIMITS.ideal_unknowns:
            return None
        unknown = [(m, b) for m in range(len(polynomials)) for b in monomials]
        columns = [(polynomials[m] * b).terms() for m, b in unknown]
        places = {k: i for i, k in enumerate(dict.fromkeys(k for c in columns for k in c))}
        constant = (0,) * len(field.generators)
        if constant not in places:
            continue
        rows = [[as_rational(0)] * len(columns) for _ in places]
        for j, column in enumerate(columns):
            for k, c in column.items():
                rows[places[k]][j] = as_rational(c)
        right = [as_rational(int(k == constant)) for k in places]
        solution = Matrix(QQ, rows).solve(Matrix.column(QQ, right))
        if solution is not None:
            result = [field.zero] * len(polynomials)
            for (m, b), c in zip(unknown, solution.column_entries(), strict=True):
                if c:
                    result[m] = result[m] + b * field.constant(c)
            return result
    return None


def _written(
    known: Positivity, cores: Sequence[_Core[Place]], multipliers: Multipliers
) -> tuple[list[tuple[Place, RationalFunction]], SumOfProducts] | None:
    """A combination of cores that has one sign."""
    field = known.field
    used = [(c, b) for c, b in zip(cores, multipliers, strict=True) if b]
    core = field.sum(b * c.core for c, b in used)
    if not core or (not core.is_constant and not known.sign_only(core)):
        return None
    common = field.one
    for c, _ in used:
        common = common * (c.positive / field.fraction(c.positive.num.gcd(common.num), field.one.num))
    found = _sign(known, core * common)
    if found is None:
        return None
    sign = field.constant(found[0])
    return [(c.place, sign * b * (common / c.positive)) for c, b in used], found[1]


def _sign(known: Positivity, total: RationalFunction) -> tuple[int, SumOfProducts] | None:
    """The sign of a polynomial, and its absolute value as a sum of products."""
    product = known.product(total)
    if product is not None:
        return product
    sign = known.sign(total)
    return None if sign is None or sign.witness is None else (sign.sign, sign.witness)
