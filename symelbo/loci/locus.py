"""Where a model is cylindrical: the points at which T_pM = (T_pM n H_p) + (T_pM n V_p), exactly.

At an admissible point rank J and rank J_V have their generic values R and R_V, and T splits there exactly when the rank
of the vertical part is R - R_V; it is never smaller.  So the cylindrical locus is the set where a small matrix drops to
that rank, without the points at which rank J < R or rank J_V < R_V (the inadmissible set).  It is the set of common
zeros of the entries of the defect Delta, and of the one scalar ``R_V - tr(G^- G_V) = tr(diag(1/p_V) Delta)``, among the
admissible points.

On a component of the locus the *whole* model is cylindrical at these points; the smaller model that consists of the
component (``M.on(component)``) has a smaller tangent space, and is decided on its own.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias

import sympy

from symelbo.budget import LIMITS, Budget, Work, limited
from symelbo.errors import BudgetError, DomainError, InternalError, ModelError
from symelbo.exact import Matrix, RationalFunction, Value
from symelbo.geometry import Ranks, generic_ranks, one_copy, ranks_at
from symelbo.loci.components import AlgebraicPoint, AnyPoint, Case, Solution, Solver, is_inside
from symelbo.loci.drops import Drops, find_drops
from symelbo.loci.general import general_point, largest_rank
from symelbo.loci.minors import one_minor
from symelbo.loci.positivity import Positivity
from symelbo.loci.roots import evaluate
from symelbo.loci.strata import RankMatrices, rank_matrices, residual
from symelbo.loci.where import LocusComponent, Where
from symelbo.models.model import Model
from symelbo.models.parametrization import Point, as_exact, has_table
from symelbo.typesetting import Unfolding

# In place of equations: a matrix with too many minors, or with long ones.
MINORS = "minors of "
VERTICAL = "the rank of the vertical part"
Systems: TypeAlias = "tuple[tuple[sympy.Expr, ...], ...]"
Components: TypeAlias = "tuple[LocusComponent, ...]"


@dataclass(frozen=True, slots=True)
class CylindricalLocus(Unfolding):
    """Where a model is cylindrical; see :func:`cylindrical_locus`.

    Attributes
    ----------
    where : at every admissible point, nowhere, exactly on components, or (in part) open
    inadmissible : components of the set where rank J or rank J_V drops
    open, inadmissible_open : systems (tuples of polynomials) whose zeros in the domain are not decided
    empty : reasons why other cases have no point
    holds, fails : sample points, exact; admissible, T splits (does not split) there
    """

    model: Model
    ranks: Ranks
    where: Where
    inadmissible: tuple[LocusComponent, ...]
    open: tuple[tuple[sympy.Expr, ...], ...]
    inadmissible_open: tuple[tuple[sympy.Expr, ...], ...]
    empty: tuple[str, ...]
    holds: AnyPoint | None
    fails: Point | None
    seconds: float = field(default=0.0, compare=False)

    @property
    def components(self) -> tuple[LocusComponent, ...]:
        """Components of the locus, each with an admissible point."""
        return self.where.components

    @property
    def extent(self) -> str:
        """``"everywhere"``, ``"nowhere"``, ``"exactly on"`` the components, or ``"open"``."""
        return "open" if self.where.is_open else self.where.kind

    @property
    def scope(self) -> str:
        """The scope in words."""
        return str(self.where)

    def __repr__(self) -> str:
        lines = [f"cylindrical {self.scope}"]
        lines += [f"  {{{c}}}, for example at {c.point}" for c in self.components]
        lines += [f"  open: {open_words(s)}" for s in self.open]
        lines += [f"inadmissible on {{{c}}}" for c in self.inadmissible]
        lines += [f"  open whether inadmissible: {open_words(s)}" for s in self.inadmissible_open]
        if not self.inadmissible and not self.inadmissible_open:
            lines.append("every point is admissible")
        return "\n".join(lines)


def dropping_rank(system: Sequence[sympy.Expr]) -> str | None:
    """The rank that has too many minors, in place of equations; None for equations."""
    text = str(system[0])
    return text.removeprefix(MINORS) if len(system) == 1 and text.startswith(MINORS) else None


def _minors(rank: str) -> tuple[sympy.Expr, ...]:
    """A system that is not written out: the minors of a matrix that are too many, or long."""
    return (sympy.Symbol(f"{MINORS}{rank}"),)


def open_words(system: Sequence[sympy.Expr]) -> str:
    """What is open, in words: equations, or the points where a rank drops that has too many minors."""
    rank = dropping_rank(system)
    if rank is not None:
        return f"other points where {rank} drops"
    return ", ".join(f"{e} = 0" for e in system)


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search says: where, what is open, why other cases are empty; the inadmissible set, if it was solved."""

    where: Where
    open: Systems = ()
    empty: tuple[str, ...] = ()
    inadmissible: tuple[Components, Systems] | None = None


def where_cylindrical(M: Model) -> Where:
    """Return where a model is cylindrical: everywhere, nowhere, exactly on components, or (in part) open.

    The search is limited by counted work: the answer is the same on every machine.

    Raises
    ------
    BudgetError
        The exact generic ranks are not known.

    >>> from symelbo.models import model_b
    >>> print(where_cylindrical(model_b()))
    nowhere
    """
    return _found(M).where


def _found(M: Model) -> _Found:
    return M.keep("where it is cylindrical", lambda: _searched(M))


def _searched(M: Model) -> _Found:
    """A short search first: often pivots alone say that there is no such point."""
    if generic_ranks(M).cylindrical:
        return _Found(Where.EVERYWHERE)
    size = M.n_entries
    if size <= LIMITS.short_locus_shape:
        short = _Search(M, short=True)
        components, unsolved, empty = short.splitting(short.vertical_system())
        if not unsolved:
            return _Found(Where.solved(components), (), empty)
    if has_table(M) and one_minor(M) is not None:
        return _Found(Where.NOWHERE)
    if size > LIMITS.locus_shape:
        return _Found(Where.OPEN, (_minors(VERTICAL),))
    search = _Search(M, short=False)
    system = search.vertical_system()
    inadmissible = None if system is None else search.inadmissible()
    components, unsolved, empty = search.splitting(system)
    return _Found(Where.solved(components, all_found=not unsolved), unsolved, empty, inadmissible)


def defect_rank_is_constant(M: Model) -> bool:
    """Whether a short search proves that rank Delta has its generic value at every admissible point.

    rank Delta = rank J_V + rank of the vertical part - rank J, and only the second can drop there.

    >>> from symelbo.models import model_b
    >>> defect_rank_is_constant(model_b())
    True
    """
    ranks = generic_ranks(M)
    if ranks.oblique <= 1:
        return ranks.cylindrical or where_cylindrical(M) == Where.NOWHERE
    if M.n_entries > LIMITS.short_locus_shape:
        return False
    return _Search(M, short=True).vertical_rank_is_constant()


def cylindrical_locus(M: Model, *, budget: float | Budget | None = None) -> CylindricalLocus:
    """Return where in its domain a model is cylindrical, with the inadmissible set.

    What is not decided within the limits of work is reported as open, with sample points.  Of independent copies it
    is that of one.

    Parameters
    ----------
    M : Parametrization or Gaussian
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Returns
    -------
    CylindricalLocus

    Raises
    ------
    BudgetError
        The budget ended first, or the exact generic ranks are not known.

    >>> from symelbo.models import bayesian_network, model_b
    >>> cylindrical_locus(model_b())
    cylindrical nowhere
    inadmissible on {y1 = y2, z1 = z2}
    >>> collider = bayesian_network([("x", "z"), ("y", "z")], hidden=["x"])
    >>> cylindrical_locus(collider).scope
    'exactly on {z1 = z3, z2 = z4}'
    """
    one: Model = as_exact(one_copy(M))
    what = f"the search for the locus of {getattr(M, 'name', None) or 'the model'}"
    return one.keep("locus", lambda: limited(budget, what, lambda: _whole_locus(one), M, one, M.field, *M.parameters))


def _whole_locus(M: Model) -> CylindricalLocus:
    start = time.monotonic()
    search, found = _Search(M, short=False), _found(M)
    where = found.where
    inadmissible, inadmissible_open = found.inadmissible or search.inadmissible()
    holds: AnyPoint | None = where.components[0].point if where.components else None
    if where == Where.EVERYWHERE or (where.is_open and holds is None):
        holds = search.sample(splits=True)
    return CylindricalLocus(
        model=M,
        ranks=search.ranks,
        where=where,
        inadmissible=inadmissible,
        open=found.open,
        inadmissible_open=inadmissible_open,
        empty=found.empty,
        holds=holds,
        fails=None if where == Where.EVERYWHERE else search.sample(splits=False),
        seconds=time.monotonic() - start,
    )


class _Search:
    """The search on one model; ``short``: what costs little, without Groebner bases."""

    def __init__(self, model: Model, *, short: bool) -> None:
        self.model = model
        self.work = Work(LIMITS.short_locus_work if short else LIMITS.locus_work)
        self.known = Positivity.of(model, sums=not short, work=self.work)
        self.ranks = generic_ranks(model)
        self.matrices = rank_matrices(model)
        self.short = short
        self._drops: list[list[RationalFunction]] = []

    def _solver(self) -> Solver:
        cases = LIMITS.short_locus_cases if self.short else LIMITS.locus_cases
        return Solver(self.model, self.known, self.work, cases=cases, basis=not self.short)

    def vertical_system(self) -> list[RationalFunction] | None:
        """Equations of the points where the vertical part has the rank R - R_V or less: there T splits."""
        return self._system(self.matrices.vertical, self.ranks.joint - self.ranks.visible)

    def vertical_rank_is_constant(self) -> bool:
        """Whether the rank of the vertical part is proved to be smaller at no point of the domain."""
        system = self._system(self.matrices.vertical, self.ranks.vertical - 1)
        if system is None:
            return False
        solution = self._solver().solve(system)
        return not solution.components and not solution.open

    def inadmissible(self) -> tuple[Components, Systems]:
        found: dict[str, tuple[Case, AnyPoint, tuple[int, int]]] = {}
        unsolved: list[tuple[sympy.Expr, ...]] = []
        for name, matrix, rank_below, less in (
            ("rank J", self.matrices.joint, self.ranks.joint - 1, (1, 0)),
            ("rank J_V", self.matrices.visible, self.ranks.visible, (0, 1)),
        ):
            system = self._system(matrix, rank_below)
            if system is None:
                drops = self._structured_drops(matrix, rank_below + 1)
                cases = drops.cases
                if not drops.complete:
                    unsolved.append(_minors(name))
            else:
                self._drops.append(system)
                solution = self._solver().solve(system)
                cases = solution.components
                unsolved += self._open(solution, name)
            for case, point in cases:
                key = str([*map(str, case.equations), "left", *map(str, case.left)])
                also = found[key][2] if key in found else (0, 0)
                found[key] = case, point, (less[0] + also[0], less[1] + also[1])
        return tuple(self._inadmissible_component(*one) for one in found.values()), tuple(unsolved)

    def _inadmissible_component(self, case: Case, start: AnyPoint, less: tuple[int, int]) -> LocusComponent:
        """A component on which rank J and rank J_V are known to be smaller by at least ``less``, at a general point."""
        general = general_point(self._solver(), case, start, self._ranks_on, self.work)
        joint, visible = general.ranks.joint, general.ranks.visible
        largest = joint == self.ranks.joint - less[0] or largest_rank(self.matrices.joint, case) == joint
        if largest and visible != self.ranks.visible - less[1]:
            cone = self.matrices.visible
            largest = cone is not None and largest_rank(cone, case) == visible + 1
        return self._component(case, general.point, largest=largest)

    def _structured_drops(self, matrix: Matrix | None, rank: int) -> Drops:
        if matrix is None:
            return Drops((), False)
        return find_drops(matrix, rank, self.known, Solver(self.model, self.known, self.work, basis=False), self.work)

    def splitting(self, system: list[RationalFunction] | None) -> tuple[Components, Systems, tuple[str, ...]]:
        """Components of the locus, systems left open, and reasons why others have no point."""
        if system is None:
            return (), (_minors(VERTICAL),), ()
        solver = self._solver()
        solution = solver.solve(system, accept=lambda c: not self._all_inadmissible(c))
        components, unsolved = [], self._open(solution, VERTICAL)
        for case, point in solution.components:
            found: AnyPoint | None = point
            if not self._is_admissible(point):
                found = solver.point(case, self._is_admissible)
            if found is None and self._drops_on(case):
                continue
            if found is None:
                unsolved.append(tuple(map(self._shown, (*case.equations, *case.left))))
            else:
                component = self._component(case, found)
                if not component.ranks.cylindrical:
                    raise InternalError(f"T does not split at {found}, a point of the component {component}")
                components.append(component)
        return tuple(components), tuple(unsolved), solution.empty

    def _system(self, matrix: Matrix | None, rank_below: int) -> list[RationalFunction] | None:
        if matrix is None:
            return None
        try:
            return residual(matrix, self.known, self.work).system(rank_below, self.work)
        except BudgetError:
            return None

    def _open(self, solution: Solution, rank: str) -> list[tuple[sympy.Expr, ...]]:
        """Systems left open; long ones are not written out."""
        systems = [(*c.equations, *c.left) for c in solution.open]
        short = [system for system in systems if all(len(e.num) <= LIMITS.open_terms for e in system)]
        written = [tuple(map(self._shown, system)) for system in short]
        return written if len(short) == len(systems) else [*written, _minors(rank)]

    def _shown(self, element: RationalFunction) -> sympy.Expr:
        return self.model.field.to_sympy(element)

    def _equation(self, f: RationalFunction) -> sympy.Expr:
        """A polynomial multiplied out, with coprime integers and a positive coefficient of the highest term."""
        terms = {k: Fraction(int(c.p), int(c.q)) for k, c in f.terms().items()}
        scale = Fraction(lcm(*(c.denominator for c in terms.values())), 1)
        scale /= gcd(*(int(c * scale) for c in terms.values()))
        sign = 1 if terms[max(terms, key=lambda k: (sum(k), k))] > 0 else -1
        return self.model.field.to_sympy(f * self.model.field.constant(sign * scale), factored=False)

    def _all_inadmissible(self, case: Case) -> bool:
        """Whether every point of the case is inadmissible: a rank drops there identically."""
        try:
            return any(
                all(_vanishes(e.evaluate(case.values), case) for e in system) for system in self._drops if system
            )
        except DomainError:
            return False

    def _drops_on(self, case: Case) -> bool:
        """Whether rank J or rank J_V is smaller at every point of a case: it is so identically."""
        visible = self.matrices.visible
        if case.left or visible is None:
            return False
        try:
            for matrix, rank_there in ((self.matrices.joint, self.ranks.joint), (visible, self.ranks.visible + 1)):
                if matrix.map(lambda e: e.evaluate(case.values)).rank() < rank_there:
                    return True
        except (BudgetError, DomainError):
            return False
        return False

    def _ranks_on(self, point: AnyPoint) -> Ranks:
        return ranks_on(self.model, self.matrices, point)

    def _is_admissible(self, point: AnyPoint) -> bool:
        return self._ranks_on(point)[:2] == self.ranks[:2]

    def _component(self, case: Case, point: AnyPoint, *, largest: bool = True) -> LocusComponent:
        return LocusComponent(
            equations=tuple(map(self._shown, (*case.equations, *case.left))),
            restriction=case.solution(),
            remaining=tuple(map(self._equation, case.left)),
            dimension=case.dimension,
            point=point,
            ranks=self._ranks_on(point),
            largest=largest,
        )

    def sample(self, *, splits: bool) -> Point | None:
        """An admissible rational point at which T splits (does not split), if the search finds one."""

        def good(values: Sequence[Value]) -> bool:
            if self.model.field.is_free and not is_inside(self.model, values):
                return False
            found = ranks_at(self.model, Point(self.model.field, tuple(values)))
            return found[:2] == self.ranks[:2] and found.cylindrical == splits

        values = self.model.domain.simple_point(good)
        return None if values is None else Point(self.model.field, tuple(values))


def _vanishes(element: RationalFunction, case: Case) -> bool:
    if not element:
        return True
    if len(case.left) != 1:
        return False
    quotient = element / case.left[0]
    return bool((quotient.num.gcd(quotient.den)).is_one() and quotient.den == element.den)


def ranks_on(model: Model, matrices: RankMatrices, point: AnyPoint) -> Ranks:
    """Return the three ranks at a rational or algebraic point, exactly."""
    if not isinstance(point, AlgebraicPoint):
        return ranks_at(model, point)
    found: list[int] = []
    if matrices.visible is None:
        raise ModelError("the model is too large for ranks at algebraic points")
    for matrix in (matrices.joint, matrices.visible, matrices.vertical):
        rows: list[list[Any]] = [[evaluate(e, point.values, point.root) for e in r] for r in matrix.rows]
        found.append(point.root.matrix(rows).rank() if rows else 0)
    return Ranks(found[0], found[1] - 1, found[2])
