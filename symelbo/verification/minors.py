"""Several minors that are not all 0 anywhere in the domain: a combination of them that is positive.

``sum_m a_m minor_m > 0`` says that at every point one of the minors is not 0.  Each minor is a positive product times a
core c_m; looked for are b_m with ``sum_m b_m c_m`` of one sign on the domain, in this order:

* one core alone, or the sum or difference of two;
* ``sum_m b_m c_m = 1`` with polynomials b_m of small degree (Hilbert's Nullstellensatz): a linear system over Q;
* ``sum_m c_m^2``, with b_m = c_m.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement, islice
from math import comb

from symelbo.budget import LIMITS, Work
from symelbo.certificates import Certificate, KnownSigns, Minor, SumOfProducts, minor_polynomial
from symelbo.errors import BudgetError
from symelbo.exact import QQ, Matrix, RationalFunction, as_rational
from symelbo.geometry import Ranks
from symelbo.loci import Positivity
from symelbo.loci.strata import RankMatrices, residual, state_pairs
from symelbo.models.parametrization import Parametrization, Point

__all__ = ["certified_by_minors"]

MINORS = LIMITS.combined_minors
TERMS = LIMITS.combined_terms
UNKNOWNS = LIMITS.ideal_unknowns
DEGREE = LIMITS.ideal_degree

Multipliers = list[RationalFunction]


@dataclass(frozen=True, slots=True)
class _Core:
    """``minor = sign * positive * core``, positive a product of factors with known signs."""

    pairs: tuple[tuple[int, int], ...]
    columns: tuple[int, ...]
    positive: RationalFunction
    core: RationalFunction


def certified_by_minors(model: Parametrization, ranks: Ranks, interior: Point) -> Certificate | None:
    """Return a certificate that the model is cylindrical at no admissible point, by one minor or several.

    Parameters
    ----------
    model : Parametrization
    ranks : the generic ranks
    interior : Point at which rank J_V is generic
    """
    size = ranks.joint - ranks.visible + 1
    work = Work(LIMITS.minors_work)
    for sums in (False, True):
        known = Positivity.of(model, sums=sums, work=work)
        try:
            cores = list(_cores(model, known, size, work))
            for multipliers in _combinations([c.core for c in cores]):
                found = _written(model, known, cores, multipliers, interior)
                if found is not None:
                    return found
                if work.is_spent:
                    return None
        except BudgetError:
            continue
    return None


def _cores(model: Parametrization, known: Positivity, size: int, work: Work) -> Iterator[_Core]:
    """The minors that contain the pivots of an elimination whose pivots vanish nowhere, short ones first."""
    found = residual(RankMatrices(model).vertical, known, work)
    pairs, pivots = state_pairs(model), min(found.pivots, size)
    rows, columns = found.rows[found.pivots :], found.columns[found.pivots :]
    missing = size - pivots
    if comb(len(rows), missing) * comb(len(columns), missing) > MINORS:
        raise BudgetError("too many minors")
    cores: dict[str, _Core] = {}
    for more in combinations(rows, missing):
        for others in combinations(columns, missing):
            chosen = tuple(pairs[i] for i in (*found.rows[:pivots], *more))
            picked = (*found.columns[:pivots], *others)
            minor = minor_polynomial(model, chosen, picked)
            if not minor or len(minor.num) > TERMS:
                continue
            unit, powers = minor.factors()
            positive, core = model.field.one, model.field.constant(unit)
            for f, power in powers:
                sign = known.sign_only(f)
                if sign:
                    positive, core = (
                        positive * (f if sign > 0 else -f) ** power,
                        core * model.field.constant(sign) ** power,
                    )
                else:
                    core = core * f**power
            cores.setdefault(str(core.num), _Core(chosen, picked, positive, core))
    yield from sorted(cores.values(), key=lambda c: (len(c.core.num), str(c.core.num)))


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
    if len(cores) > 1 and sum(len(c.num) for c in cores) <= TERMS:
        yield list(cores)


def _one_in_ideal(polynomials: Sequence[RationalFunction]) -> Multipliers | None:
    """Polynomials b with ``sum b_m c_m = 1``, of the least degree up to a bound, by a linear system over Q."""
    field = polynomials[0].field
    used = sorted({i for f in polynomials for i, k in enumerate(f.num.degrees()) if k > 0})
    for degree in range(DEGREE + 1):
        monomials = [field.one]
        for size in range(1, degree + 1):
            for choice in combinations_with_replacement(used, size):
                product = field.one
                for i in choice:
                    product = product * field.generator(i)
                monomials.append(product)
        if len(monomials) * len(polynomials) > UNKNOWNS:
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
    model: Parametrization, known: Positivity, cores: Sequence[_Core], multipliers: Multipliers, interior: Point
) -> Certificate | None:
    """The certificate of a combination of cores that has one sign."""
    field = model.field
    used = [(c, b) for c, b in zip(cores, multipliers, strict=True) if b]
    core = field.sum(b * c.core for c, b in used)
    if not core or (not core.is_constant and not known.sign_only(core)):
        return None
    common = field.one
    for c, _ in used:
        common = common * (c.positive / field.fraction(c.positive.num.gcd(common.num), field.one.num))
    total = core * common
    found = _sign(model, known, total)
    if found is None:
        return None
    sign = field.constant(found[0])
    minors = [Minor(c.pairs, c.columns, sign * b * (common / c.positive)) for c, b in used]
    return Certificate.nowhere(model, minors, found[1], interior)


def _sign(model: Parametrization, known: Positivity, total: RationalFunction) -> tuple[int, SumOfProducts] | None:
    """The sign of a polynomial, and its absolute value as a sum of products."""
    product = KnownSigns.of(model).product(total)
    if product is not None:
        return product
    sign = known.sign(total)
    return None if sign is None or sign.witness is None else (sign.sign, sign.witness)
