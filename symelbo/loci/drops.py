"""Rank drops of matrices with too many minors: where a few simple equations hold together.

The equations looked at are the short linear factors of what elimination leaves (``v1 - v2``, ``exp(w) - 1``); a set of
them is a *drop* when the rank is smaller wherever they all hold.  The drops found are certain, by exact ranks.  They
are all there are when, for every set of factors that has one in common with each drop, the rank drops nowhere under the
assumption that these factors vanish nowhere: at a point outside all drops, that is so for one of these sets.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from symelbo.budget import LIMITS, Work
from symelbo.errors import BudgetError, DomainError
from symelbo.exact import Matrix, RationalFunction, evaluate_mod, rank_mod
from symelbo.loci.components import AnyPoint, Case, Solver
from symelbo.loci.general import largest_rank
from symelbo.loci.positivity import Positivity
from symelbo.loci.strata import residual


@dataclass(frozen=True, slots=True)
class Drops:
    """Cases on which the rank is smaller, each with a point; ``complete``: it is smaller nowhere else."""

    cases: tuple[tuple[Case, AnyPoint], ...]
    complete: bool


def find_drops(matrix: Matrix, rank: int, known: Positivity, solver: Solver, work: Work) -> Drops:
    """Return drops below the generic rank of a matrix, by sets of simple equations.

    Parameters
    ----------
    matrix : over the field of the model
    rank : its generic rank
    known : signs on the domain
    solver : for the equations
    work : what may be spent
    """
    try:
        factors = _factors(matrix, known, work)
    except BudgetError:
        return Drops((), False)
    drops: list[frozenset[int]] = []
    cases: list[tuple[Case, AnyPoint]] = []
    for tried, chosen in enumerate(_sets(len(factors), drops)):
        if tried > LIMITS.drop_sets or work.is_spent:
            break
        equations = [factors[i] for i in chosen]
        work.spent += sum(len(e.num) for r in matrix.rows for e in r)
        if not _looks_smaller(matrix, rank, equations, solver.model.prime):
            continue
        solution = solver.solve(equations)
        if len(solution.components) != 1 or solution.open or solution.components[0][0].left:
            continue
        largest = largest_rank(matrix, solution.components[0][0])
        if largest is not None and largest < rank:
            drops.append(frozenset(chosen))
            cases.append(solution.components[0])
    return Drops(tuple(cases), _complete(matrix, rank, known, factors, drops, solver, work))


def _factors(matrix: Matrix, known: Positivity, work: Work) -> list[RationalFunction]:
    """Linear factors with two terms that elimination leaves; those of ``exp(a) = 1`` for all exponentials besides."""
    found: dict[str, RationalFunction] = {}
    times: Counter[str] = Counter()

    def add(f: RationalFunction) -> None:
        if f.num.total_degree() == 1 and len(f.num) == 2:
            key = min(str(f.num), str((-f).num))
            found.setdefault(key, f)
            times[key] += 1

    for row in residual(matrix, known, work).rest:
        for e in row:
            for f in known.remaining_factors(e) if e else ():
                add(f)
    field = known.field
    for i in range(len(field.generators)):
        if field.is_exponential(i):
            add(field.generator(i) - field.one)
    return [found[key] for key, _ in times.most_common(LIMITS.drop_factors)]


def _sets(count: int, drops: Sequence[frozenset[int]]) -> Iterator[tuple[int, ...]]:
    """Sets of factors, small ones first, that contain no drop found so far."""
    for size in range(1, min(count, LIMITS.drop_set) + 1):
        for chosen in combinations(range(count), size):
            if not any(d <= set(chosen) for d in drops):
                yield chosen


def _looks_smaller(matrix: Matrix, rank: int, equations: Sequence[RationalFunction], p: int) -> bool:
    """Whether the rank is smaller at a random solution of the linear equations modulo a prime: an opinion only."""
    rng = random.Random(5)
    values = [rng.randrange(1, p) for _ in equations[0].field.generators]
    fixed: set[int] = set()
    for f in equations:  # a g + b = 0, g not fixed by the equations before
        g = next((i for i, k in enumerate(f.num.degrees()) if k and i not in fixed), None)
        if g is None:
            return True
        at_zero, at_one = ([*values[:g], e, *values[g + 1 :]] for e in (0, 1))
        b = evaluate_mod(f, at_zero, p)
        a = (evaluate_mod(f, at_one, p) - b) % p
        if not a:
            return True
        values[g] = -b * pow(a, -1, p) % p
        fixed |= {i for i, k in enumerate(f.num.degrees()) if k}
    try:
        return rank_mod(matrix.modulo(values, p), p) < rank
    except DomainError:
        return True


def _complete(
    matrix: Matrix,
    rank: int,
    known: Positivity,
    factors: Sequence[RationalFunction],
    drops: Sequence[frozenset[int]],
    solver: Solver,
    work: Work,
) -> bool:
    for tried, chosen in enumerate(_transversals(drops)):
        if tried > LIMITS.transversals or work.is_spent:
            return False
        more = [*known.nonvanishing.values(), *(factors[i] for i in chosen)]
        assuming = Positivity(known.field, known.given, more, work=work)
        try:
            system = residual(matrix, assuming, work).system(rank - 1, work)
        except BudgetError:
            return False
        if sum(len(f.num) for f in system) > LIMITS.drop_terms:
            return False
        solution = Solver(solver.model, assuming, work, cases=LIMITS.drop_cases, basis=False).solve(system)
        if solution.components or solution.open:
            return False
    return True


def _transversals(drops: Sequence[frozenset[int]]) -> Iterator[frozenset[int]]:
    """The minimal sets that have an element in common with every drop."""
    found: list[frozenset[int]] = [frozenset()]
    for drop in drops:
        wider = {t if t & drop else t | {i} for t in found for i in drop}
        wider |= {t for t in found if t & drop}
        found = [t for t in wider if not any(s < t for s in wider)]
        if len(found) > 4 * LIMITS.transversals:
            break
    yield from sorted(found, key=lambda t: (len(t), sorted(t)))
