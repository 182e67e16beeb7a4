"""Zero sets of polynomial systems inside an open domain, split into components with a point of each.

The system is solved by cases.  Factors that vanish nowhere in the domain are divided out; each remaining irreducible
factor is a case; a factor that is linear in a generator is solved for it, and the rest is substituted.  Where the
coefficient may vanish, that is a further case.  What cannot be solved so goes to a Groebner basis, in a process of its
own that is stopped when its time is over.  A case ends

* empty, by certificate: a polynomial of one sign, or a domain without points after the substitution;
* as a component, with a rational or algebraic point in the domain;
* open: the remaining system is reported as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from math import comb, prod
from typing import Any

import sympy

from symelbo.budget import LIMITS, Work
from symelbo.errors import BudgetError, DomainError
from symelbo.exact import Field, Rational, RationalFunction, as_rational, rational_to_sympy
from symelbo.loci.groebner import groebner_basis
from symelbo.loci.positivity import Positivity
from symelbo.loci.quadratics import in_powers_of, semidefinite
from symelbo.loci.roots import AlgebraicNumber, RealRoot, evaluate, real_roots
from symelbo.models.domain import Constraint, Domain
from symelbo.models.model import Model
from symelbo.models.parametrization import Point


@dataclass(frozen=True, slots=True)
class AlgebraicPoint:
    """A point of the domain whose coordinates lie in Q(alpha) for one real algebraic number alpha."""

    field: Field
    values: tuple[AlgebraicNumber, ...]
    root: RealRoot

    def as_dict(self) -> dict[sympy.Expr, sympy.Expr]:
        """Return the point as a mapping from generators to exact sympy numbers."""
        return {g: self.root.to_sympy(v) for g, v in zip(self.field.generators, self.values, strict=True)}

    def __str__(self) -> str:
        return ", ".join(f"{g} = {v}" for g, v in self.as_dict().items())


AnyPoint = Point | AlgebraicPoint


@dataclass(frozen=True, slots=True)
class Case:
    """One case of the solution: generators solved for, what is left to hold, and what is known on it.

    Attributes
    ----------
    values : the generators, those that are solved for replaced by rational functions of the others
    equations : polynomials that vanish on the case: solved ones ``g - value`` first
    left : irreducible polynomials that are still to vanish
    known : signs on the case
    """

    values: tuple[RationalFunction, ...]
    solved: tuple[int, ...]
    equations: tuple[RationalFunction, ...]
    left: tuple[RationalFunction, ...]
    known: Positivity = field(compare=False)

    @property
    def dimension(self) -> int:
        """Number of free generators less the number of equations left."""
        return len(self.values) - len(self.solved) - len(self.left)

    def solution(self) -> dict[sympy.Expr, sympy.Expr]:
        """The solved generators in terms of the others."""
        g = self.known.field.generators
        return {g[i]: self.known.field.to_sympy(self.values[i]) for i in self.solved}


@dataclass(frozen=True, slots=True)
class Solution:
    """Components with points, systems left open, and the reasons why other cases are empty."""

    components: tuple[tuple[Case, AnyPoint], ...] = ()
    open: tuple[Case, ...] = ()
    empty: tuple[str, ...] = ()


class Solver:
    """Solves systems inside the domain of one model, as long as there is ``work`` left.

    ``cases`` limits the number of cases; ``basis`` says whether Groebner bases are computed.
    """

    def __init__(
        self,
        model: Model,
        known: Positivity,
        work: Work,
        *,
        cases: int = LIMITS.locus_cases,
        basis: bool = True,
    ) -> None:
        self.model = model
        self.field = model.field
        self.known = known
        self.work = work
        self._limit = cases
        self._basis = basis
        self._cases = 0

    def solve(self, system: Iterable[RationalFunction], accept: Callable[[Case], bool] = lambda _: True) -> Solution:
        """Return the common zeros in the domain; cases that ``accept`` refuses are left out."""
        generators = tuple(self.field.generator(i) for i in range(len(self.field.generators)))
        start = Case(generators, (), (), (), self.known)
        empty: list[str] = []
        cases: list[Case] = []
        unsolved: list[Case] = []
        for case, finished in self._split(start, list(system), empty, basis=self._basis):
            (cases if finished else unsolved).append(case)
        cases = [_reduced(c) for c in _largest(cases) if accept(c)]
        components: list[tuple[Case, AnyPoint]] = []
        for case in cases:
            point = self.point(case)
            if point is None:
                reason = _contradiction(case) or self._no_root_inside(case)
                if reason is None:
                    unsolved.append(case)
                else:
                    empty.append(reason)
            else:
                components.append((case, point))
        return Solution(tuple(components), tuple(_largest(unsolved)), tuple(dict.fromkeys(empty)))

    def _split(
        self, case: Case, system: list[RationalFunction], empty: list[str], *, basis: bool
    ) -> Iterator[tuple[Case, bool]]:
        """All cases of the system: (case, whether it is solved)."""
        self._cases += 1
        if case.known.contradiction is not None:
            empty.append(f"{_shown(case.equations)}: outside the domain")
            return
        factored: dict[str, list[RationalFunction]] = {}
        for polynomial in (*system, *case.left):
            if not polynomial:
                continue
            try:
                self.work.spend(LIMITS.factoring_work * (10 + len(polynomial.num)))
                factors = case.known.remaining_factors(polynomial)
            except BudgetError:
                yield replace(case, left=(*system, *case.left)), False
                return
            if not factors:
                empty.append(_why_empty(case, polynomial))
                return
            factored[" ".join(sorted(str(f.num) for f in factors))] = factors
        case = replace(case, left=())
        if not factored:
            yield case, True
            return
        if self._cases > self._limit:
            yield self._unsolved(case, factored), False
            return
        choices = sorted(factored.items(), key=lambda item: (len(item[1]), sum(len(f.num) for f in item[1]), item[0]))
        for key, factors in choices:
            moves = [_linear_solution(f, case) for f in factors]
            if all(m is not None for m in moves):
                rest = [_product(fs) for k, fs in choices if k != key]
                for f, move in zip(factors, moves, strict=True):
                    if move is not None:
                        yield from self._branch(case, f, move, rest, empty, basis=basis)
                return
        yield from self._nonlinear(case, factored, empty, basis=basis)

    def _branch(
        self,
        case: Case,
        f: RationalFunction,
        move: tuple[int, RationalFunction, RationalFunction],
        rest: list[RationalFunction],
        empty: list[str],
        *,
        basis: bool,
    ) -> Iterator[tuple[Case, bool]]:
        """``f = a g + b = 0``: g = -b/a where a does not vanish, and both zero where it does."""
        g, a, b = move
        if case.known.remaining_factors(a):
            yield from self._split(case, [a, b, *rest], empty, basis=basis)
        value = -b / a
        generators = [self.field.generator(i) for i in range(len(case.values))]
        generators[g] = value
        try:
            known = case.known.substituted(generators, a)
        except DomainError:  # something without zeros in the domain vanishes identically
            empty.append(f"{_shown((*case.equations, f))}: outside the domain")
            return
        values = tuple(v.evaluate(generators) for v in case.values)
        moved = Case(values, (*case.solved, g), (*case.equations, f), (), known)
        try:
            left = [e.evaluate(generators) for e in rest]
        except DomainError:
            yield replace(moved, left=tuple(rest)), False
            return
        yield from self._split(moved, left, empty, basis=basis)

    def _nonlinear(
        self, case: Case, factored: dict[str, list[RationalFunction]], empty: list[str], *, basis: bool
    ) -> Iterator[tuple[Case, bool]]:
        for k, fs in factored.items():
            definite = [semidefinite(f, case.known.sign_only) for f in fs]
            if any(d is not None for d in definite):
                rest = [_product(gs) for j, gs in factored.items() if j != k]
                for f, d in zip(fs, definite, strict=True):
                    for system in [[f]] if d is None else d[1]:
                        yield from self._split(case, [*system, *rest], empty, basis=basis)
                return
        if len(factored) == 1:
            for f in next(iter(factored.values())):
                yield replace(case, left=(f,)), True
            return
        key, factors = min(factored.items(), key=lambda item: (len(item[1]), len(item[0])))
        others = [_product(fs) for k, fs in factored.items() if k != key]
        if len(factors) > 1:
            for f in factors:
                yield from self._split(case, [f, *others], empty, basis=basis)
            return
        system = [factors[0], *others]
        if basis and _monomials(system) <= LIMITS.basis_monomials:
            found = groebner_basis(system)
            if found is not None:
                yield from self._split(case, found, empty, basis=False)
                return
        yield self._unsolved(case, factored), False

    def _unsolved(self, case: Case, factored: dict[str, list[RationalFunction]]) -> Case:
        return replace(case, left=tuple(_product(fs) for fs in factored.values()))

    def point(self, case: Case, accept: Callable[[AnyPoint], bool] = lambda _: True) -> AnyPoint | None:
        """Return a simple point of the domain on a case, rational if one is found, or None."""
        if not self.field.is_free:
            return None
        domain = self._domain(case)

        def completed(values: Sequence[Any]) -> Point | None:
            try:
                full = tuple(v.evaluate(values) for v in case.values)
            except DomainError:
                return None
            if any(f.evaluate(values) for f in case.left) or not is_inside(self.model, full):
                return None
            return Point(self.field, full)

        def good(values: Sequence[Any]) -> bool:
            point = completed(values)
            return point is not None and accept(point)

        if not case.left:
            found = domain.simple_point(good)
            return None if found is None else completed(found)
        if len(case.left) > 1:
            return None
        return self._point_on(case, case.left[0], domain, accept)

    def _domain(self, case: Case) -> Domain:
        """What the domain says about the free generators."""
        elements = case.known.conditions()
        self.work.spent += LIMITS.point_work * sum(len(e.num) + len(e.den) for e in elements)
        simple = [e for e in elements if e.den.is_one()] + [e for e in elements if not e.den.is_one()]
        return Domain(self.field, tuple(Constraint(e, "on a case") for e in simple))

    def _point_on(
        self, case: Case, f: RationalFunction, domain: Domain, accept: Callable[[AnyPoint], bool]
    ) -> AnyPoint | None:
        """A point of a hypersurface: all generators but one at simple values, the last one a root."""
        support = [i for i, k in enumerate(f.num.degrees()) if k > 0]
        support.sort(key=lambda i: f.num.degrees()[i])
        best: AnyPoint | None = None
        for values in islice(domain.interior_points(seed=5), LIMITS.root_samples):
            for g in support:
                for root in real_roots([c.evaluate(values) for c in in_powers_of(f, g)]):
                    point = self._at_root(case, values, g, root)
                    if point is None or not accept(point):
                        continue
                    if isinstance(point, Point):
                        return point
                    best = best or point
            if best is not None or len(support) == 1:
                return best
        return best

    def _no_root_inside(self, case: Case) -> str | None:
        """Say that a case that consists of finitely many points has none in the domain: all have been looked at."""
        g = _only_generator(case)
        if g is None or not self.field.is_free or len(case.solved) + 1 < len(case.values):
            return None
        values = [as_rational(0)] * len(case.values)
        if any(self._at_root(case, values, g, root) is not None for root in real_roots(_numbers(case.left[0], g))):
            return None
        return f"{_shown(case.equations)}: none of the roots of {case.left[0]} gives a point of the domain"

    def _at_root(self, case: Case, values: Sequence[Any], g: int, root: RealRoot) -> AnyPoint | None:
        if root.degree == 1:
            at = list(values)
            at[g] = as_rational(root.symbolic)
            try:
                full = tuple(v.evaluate(at) for v in case.values)
            except DomainError:
                return None
            return Point(self.field, full) if is_inside(self.model, full) else None
        algebraic = [root.generator if i == g else root.constant(v) for i, v in enumerate(values)]
        try:
            full_algebraic = tuple(evaluate(v, algebraic, root) for v in case.values)
            conditions = [evaluate(c.element, full_algebraic, root) for c in self.model.domain.constraints]
            factors = [evaluate(f, full_algebraic, root) for f in self.model.factors]
        except ZeroDivisionError:
            return None
        conditions += [v for i, v in enumerate(full_algebraic) if self.field.is_exponential(i)]
        if all(root.sign(c) > 0 for c in conditions) and self.model.is_positive([root.sign(f) for f in factors]):
            return AlgebraicPoint(self.field, full_algebraic, root)
        return None


def _monomials(system: Sequence[RationalFunction]) -> int:
    """How many monomials a Groebner basis may involve: those up to Macaulay's bound of the degree."""
    n = sum(1 for k in map(max, zip(*(f.num.degrees() for f in system), strict=True)) if k > 0)
    degrees = sorted((f.num.total_degree() for f in system), reverse=True)
    return comb(n + sum(k - 1 for k in degrees[: n + 1]) + 1, n)


def is_inside(model: Model, values: Sequence[Any]) -> bool:
    """Whether rational values are a point of the model: in its domain, and with positive probabilities."""
    if not model.domain.contains(values):
        return False
    factors = [f.evaluate(values) for f in model.factors]
    return model.is_positive([(f > 0) - (f < 0) for f in factors])


def _only_generator(case: Case) -> int | None:
    """The generator of the one equation that is left, if that has no other."""
    if len(case.left) != 1:
        return None
    support = [i for i, k in enumerate(case.left[0].num.degrees()) if k > 0]
    return support[0] if len(support) == 1 else None


def _numbers(f: RationalFunction, g: int) -> list[Rational]:
    """Coefficients of a polynomial in one generator, constant term first."""
    return [c.rational_value() for c in in_powers_of(f, g)]


def _reduced(case: Case) -> Case:
    """Solved generators as polynomials below the degree of the equation that is left, if that has one generator g."""
    g = _only_generator(case)
    if g is None:
        return case
    x = sympy.Symbol("x")

    def polynomial(f: RationalFunction) -> sympy.Poly:
        return sympy.Poly([rational_to_sympy(c) for c in reversed(_numbers(f, g))], x, domain=sympy.QQ)

    field, modulus, values = case.known.field, polynomial(case.left[0]), list(case.values)
    for i in case.solved:
        num, den = (field.fraction(p, field.one.num) for p in (values[i].num, values[i].den))
        if any(k for f in (num, den) for j, k in enumerate(f.num.degrees()) if j != g) or not values[i]:
            continue
        try:
            remainder = (polynomial(num) * sympy.invert(polynomial(den), modulus)).rem(modulus)
        except sympy.NotInvertible:
            return case
        terms = {tuple(k if j == g else 0 for j in range(len(values))): c for (k,), c in remainder.terms() if c}
        values[i] = field.polynomial({e: as_rational(c) for e, c in terms.items()})
    equations = [field.generator(i) - values[i] for i in case.solved]
    return replace(case, values=tuple(values), equations=tuple(equations))


def _linear_solution(f: RationalFunction, case: Case) -> tuple[int, RationalFunction, RationalFunction] | None:
    """(g, a, b) with ``f = a g + b`` and the simplest a; None if f is linear in no generator.

    A generator with a constant coefficient is preferred, then one whose coefficient vanishes nowhere; on a tie the
    last one, so that the first parameters stay free.
    """
    best: tuple[tuple[int, int, int], tuple[int, RationalFunction, RationalFunction]] | None = None
    for g, degree in enumerate(f.num.degrees()):
        if degree != 1:
            continue
        b, a = in_powers_of(f, g)
        kind = 0 if a.is_constant else 2 if case.known.remaining_factors(a) else 1
        key = (kind, len(a.num), g)
        if best is None or key < best[0]:
            best = key, (g, a, b)
    return None if best is None else best[1]


def _contradiction(case: Case) -> str | None:
    """Say which inequality of the domain fails everywhere on the case, because of the other ones."""
    known = case.known
    elements = list({str(e): e for e in known.given if not e.is_constant}.values())
    for k, e in enumerate(elements):
        others = Positivity(known.field, elements[:k] + elements[k + 1 :])
        unit, factors = e.factors()
        signs = [others.sign(f) for f, power in factors if power % 2]
        if all(signs) and prod((s.sign for s in signs if s), start=1 if unit > 0 else -1) < 0:
            return f"{_shown(case.equations)}: outside the domain, {e} < 0 there"
    return None


def _product(factors: Sequence[RationalFunction]) -> RationalFunction:
    return prod(factors, start=factors[0].field.one)


def _shown(polynomials: Iterable[RationalFunction]) -> str:
    return ", ".join(f"{p} = 0" for p in polynomials) or "the domain"


def _why_empty(case: Case, polynomial: RationalFunction) -> str:
    where = f"on {_shown(case.equations)}: " if case.equations else ""
    if polynomial.is_constant:
        return f"{where}elimination with pivots that vanish nowhere in the domain keeps the rank above"
    return f"{where}{polynomial} has no zero in the domain"


def _largest(cases: Sequence[Case]) -> list[Case]:
    """The cases that lie in no other one (in its closure); each once."""
    ordered = sorted(cases, key=lambda c: (-c.dimension, len(c.equations), _shown(c.equations)))
    kept: list[Case] = []
    for case in ordered:
        if not any(_contains(other, case) for other in kept):
            kept.append(case)
    return kept


def _contains(outer: Case, inner: Case) -> bool:
    """Whether the equations of one case hold on the other, and its denominators vanish nowhere there."""
    if len(inner.left) > 1 or len(outer.left) > 1:
        return False
    try:
        equations = [outer.known.field.generator(i) - outer.values[i] for i in outer.solved]
        denominators = [e.den for e in equations]
        if any(not d.is_one() for d in denominators):
            return False
        for e in (*equations, *outer.left):
            rest = e.evaluate(inner.values)
            if rest and (not inner.left or not (rest / inner.left[0]).den.is_one()):
                return False
    except DomainError:
        return False
    return True
