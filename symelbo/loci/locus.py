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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Any, Literal, TypeAlias

import sympy

from symelbo.budget import Budget, limited
from symelbo.errors import BudgetError, DomainError, InternalError, ModelError
from symelbo.exact import Matrix, RationalFunction, Value
from symelbo.geometry import Ranks, generic_ranks, ranks_at
from symelbo.loci.components import CASE_LIMIT, AlgebraicPoint, AnyPoint, Case, Solution, Solver, is_inside
from symelbo.loci.drops import Drops, find_drops
from symelbo.loci.general import general_point, largest_rank
from symelbo.loci.positivity import Positivity
from symelbo.loci.roots import evaluate
from symelbo.loci.strata import RankMatrices, residual
from symelbo.models.parametrization import Parametrization, Point

# In place of equations: a matrix with too many minors.
MINORS = "minors of "
# A short search: seconds at most (a bound for the worst case, it ends far earlier), cases, and |X| d.
SHORT_SECONDS = 1.0
SHORT_CASES = 30
SHORT_SHAPE = 5000

# Seconds of a search, and how much longer its last step may take before it is ended.
DEFAULT_SECONDS = 20.0
GRACE = 0.5
# The share of a budget after which a search begins nothing new: its steps can be long, and a report is due.
SOFT = 0.6

Kind = Literal["everywhere", "nowhere", "exactly on", "open"]
Systems: TypeAlias = "tuple[tuple[sympy.Expr, ...], ...]"
Found: TypeAlias = "tuple[LocusComponent, ...]"


@dataclass(frozen=True, slots=True)
class LocusComponent:
    """A component of the locus, or of the inadmissible set, inside the domain.

    Attributes
    ----------
    equations : polynomials (sympy) that vanish on it
    restriction : mapping from solved generators to expressions in the others, for ``M.on``
    remaining : polynomials that no generator could be solved for
    dimension : of the component (the number of free generators less that of the equations)
    point : an exact point of it in the domain, admissible on a component of the locus
    ranks : those of J, J_V and the vertical part at that point, the largest found on the component
    largest : whether it is proved that rank J and rank J_V are nowhere larger on it: they have these values at all its
        points outside a smaller set
    """

    equations: tuple[sympy.Expr, ...]
    restriction: Mapping[sympy.Expr, sympy.Expr]
    remaining: tuple[sympy.Expr, ...]
    dimension: int
    point: AnyPoint
    ranks: Ranks
    largest: bool

    def at(self) -> dict[sympy.Expr, sympy.Expr]:
        """Return the point as exact sympy numbers."""
        return self.point.as_dict()

    @property
    def solved(self) -> tuple[tuple[sympy.Expr, sympy.Expr], ...]:
        """The restriction for reading: ``exp(w) = 1`` as ``w = 0``."""
        return tuple(_without_exponentials(k, v) for k, v in self.restriction.items())

    def __str__(self) -> str:
        solved = [f"{k} = {v}" for k, v in self.solved]
        solved += [f"{e} = 0" for e in self.remaining]
        return ", ".join(solved) or "the whole domain"


@dataclass(frozen=True, slots=True)
class CylindricalLocus:
    """Where a model is cylindrical; see :func:`cylindrical_locus`.

    Attributes
    ----------
    extent : "everywhere" (at every admissible point), "nowhere", "exactly on" the components, or "open"
    components : of the locus, each with an admissible point
    inadmissible : components of the set where rank J or rank J_V drops
    open, inadmissible_open : systems (tuples of polynomials) whose zeros in the domain are not decided
    empty : reasons why other cases have no point
    holds, fails : sample points, exact; admissible, T splits (does not split) there
    """

    model: Parametrization
    ranks: Ranks
    extent: Kind
    components: tuple[LocusComponent, ...]
    inadmissible: tuple[LocusComponent, ...]
    open: tuple[tuple[sympy.Expr, ...], ...]
    inadmissible_open: tuple[tuple[sympy.Expr, ...], ...]
    empty: tuple[str, ...]
    holds: AnyPoint | None
    fails: Point | None
    seconds: float = field(default=0.0, compare=False)

    @property
    def scope(self) -> str:
        """The scope in words."""
        if self.extent == "everywhere":
            return "at every admissible point"
        if self.extent == "nowhere":
            return "nowhere"
        where = _where(self.components)
        if self.extent == "exactly on":
            return f"exactly on {where}"
        return f"on {where} at least; the rest is open" if where else "open"

    def __repr__(self) -> str:
        lines = [f"cylindrical {self.scope}"]
        lines += [f"  {{{c}}}, for example at {c.point}" for c in self.components]
        lines += [f"  open: {open_words(s)}" for s in self.open]
        lines += [f"inadmissible on {{{c}}}" for c in self.inadmissible]
        lines += [f"  open whether inadmissible: {open_words(s)}" for s in self.inadmissible_open]
        if not self.inadmissible and not self.inadmissible_open:
            lines.append("every point is admissible")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Extent:
    """Where, among its admissible points, a model that is not cylindrical generically is so nevertheless.

    Attributes
    ----------
    kind : "nowhere", "exactly on" the components, or "open"
    components : of the locus, each with an admissible point
    """

    kind: Kind
    components: tuple[LocusComponent, ...] = ()

    @property
    def where(self) -> str:
        """The components as a set in words."""
        return _where(self.components)

    def __str__(self) -> str:
        return f"exactly on {self.where}" if self.kind == "exactly on" else self.kind


def dropping_rank(system: Sequence[sympy.Expr]) -> str | None:
    """The rank that has too many minors, in place of equations; None for equations."""
    text = str(system[0])
    return text.removeprefix(MINORS) if len(system) == 1 and text.startswith(MINORS) else None


def open_words(system: Sequence[sympy.Expr]) -> str:
    """What is open, in words: equations, or the points where a rank drops that has too many minors."""
    rank = dropping_rank(system)
    if rank is not None:
        return f"other points where {rank} drops"
    return ", ".join(f"{e} = 0" for e in system)


def _without_exponentials(key: sympy.Expr, value: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """``exp(c w) = prod exp(...)`` as an equation for w; every other equation as it is."""
    if not isinstance(key, sympy.exp):
        return key, value
    coefficient, symbol = key.args[0].as_coeff_Mul()
    logarithm = sympy.expand_log(sympy.log(value), force=True)
    if not symbol.is_Symbol or logarithm.has(sympy.log):
        return key, value
    return symbol, sympy.expand(logarithm / coefficient)


def _where(components: Sequence[LocusComponent]) -> str:
    return " or ".join("{" + str(c) + "}" for c in components)


def cylindrical_extent(M: Parametrization, ranks: Ranks | None = None) -> Extent:
    """Return where a model is cylindrical that is not so generically, as far as a short search decides it.

    Parameters
    ----------
    M : Parametrization
    ranks : Ranks, optional
        The exact generic ranks, where they are known already.

    >>> from symelbo.models import model_b
    >>> print(cylindrical_extent(model_b()))
    nowhere
    """
    return _short_search(M, ranks)[0]


def _short_search(M: Parametrization, ranks: Ranks | None) -> tuple[Extent, tuple[str, ...]]:
    if M.space.n_states * len(M.parameters) > SHORT_SHAPE:
        return Extent("open"), ()
    search = _Search(M, time.monotonic() + SHORT_SECONDS, ranks, short=True)
    system = search.vertical_system()
    components, unsolved, empty = search.splitting(system)
    if unsolved:
        return Extent("open"), ()
    return Extent("exactly on" if components else "nowhere", components), empty


def defect_rank_is_constant(M: Parametrization) -> bool:
    """Whether a short search proves that rank Delta has its generic value at every admissible point.

    rank Delta = rank J_V + rank of the vertical part - rank J, and only the second can drop there.

    >>> from symelbo.models import model_b
    >>> defect_rank_is_constant(model_b())
    True
    """
    ranks = generic_ranks(M)
    if ranks.oblique <= 1:
        return ranks.cylindrical or cylindrical_extent(M, ranks).kind == "nowhere"
    if M.space.n_states * len(M.parameters) > SHORT_SHAPE:
        return False
    return _Search(M, time.monotonic() + SHORT_SECONDS, ranks, short=True).vertical_rank_is_constant()


def cylindrical_locus(M: Parametrization, *, budget: float | Budget | None = None) -> CylindricalLocus:
    """Return where in its domain a model is cylindrical, with the inadmissible set.

    Parameters
    ----------
    M : Parametrization
    budget : seconds, or Budget(seconds=..., memory=...), optional
        What is not decided by then (default: after 20 s) is reported as open, with sample points; a step that does not
        end by itself is ended, with BudgetError.

    Returns
    -------
    CylindricalLocus

    >>> from symelbo.models import bayesian_network, model_b
    >>> cylindrical_locus(model_b())
    cylindrical nowhere
    inadmissible on {y1 = y2, z1 = z2}
    >>> collider = bayesian_network([("x", "z"), ("y", "z")], hidden=["x"])
    >>> cylindrical_locus(collider).scope
    'exactly on {z1 = z3, z2 = z4}'
    """
    if not isinstance(M, Parametrization):
        raise ModelError(f"cylindrical_locus: {M!r} is not a model")
    if budget is None:
        return _whole_locus(M, DEFAULT_SECONDS)
    limits = Budget.of(budget)
    seconds = DEFAULT_SECONDS if limits.seconds is None else limits.seconds
    hard = Budget(seconds + GRACE, limits.memory)
    what = f"the search for the locus of {M.name or 'the model'}"
    return limited(hard, what, lambda: _whole_locus(M, SOFT * seconds), M, M.field, *M.parameters)


def _whole_locus(M: Parametrization, seconds: float) -> CylindricalLocus:
    start = time.monotonic()
    search = _Search(M, start + seconds, short=False)
    extent: Kind = "everywhere"
    components: tuple[LocusComponent, ...] = ()
    unsolved: tuple[tuple[sympy.Expr, ...], ...] = ()
    empty: tuple[str, ...] = ()
    holds: AnyPoint | None = None
    fails: Point | None = None
    if search.ranks.cylindrical:
        inadmissible, inadmissible_open = search.inadmissible()
        holds = search.sample(splits=True)
    else:
        components, unsolved, empty, inadmissible, inadmissible_open = search.locus()
        extent = "open" if unsolved else "exactly on" if components else "nowhere"
        holds = components[0].point if components else None
        if unsolved and holds is None:
            holds = search.sample(splits=True)
        fails = search.sample(splits=False)
    return CylindricalLocus(
        model=M,
        ranks=search.ranks,
        extent=extent,
        components=components,
        inadmissible=inadmissible,
        open=unsolved,
        inadmissible_open=inadmissible_open,
        empty=empty,
        holds=holds,
        fails=fails,
        seconds=time.monotonic() - start,
    )


class _Search:
    """The search on one model; ``short``: what costs little, without Groebner bases."""

    def __init__(self, model: Parametrization, deadline: float, ranks: Ranks | None = None, *, short: bool) -> None:
        self.model = model
        self.known = Positivity.of(model, sums=not short)
        self.ranks = generic_ranks(model) if ranks is None else ranks
        self.matrices = RankMatrices(model)
        self.deadline = deadline
        self.short = short
        self._drops: list[list[RationalFunction]] = []

    def _solver(self) -> Solver:
        cases = SHORT_CASES if self.short else CASE_LIMIT
        return Solver(self.model, self.known, self.deadline, cases=cases, basis=not self.short)

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

    def inadmissible(self) -> tuple[Found, Systems]:
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
                    unsolved.append((sympy.Symbol(f"{MINORS}{name}"),))
            else:
                self._drops.append(system)
                solution = self._solver().solve(system)
                cases = solution.components
                unsolved += self._open(solution)
            for case, point in cases:
                key = str([*map(str, case.equations), "left", *map(str, case.left)])
                also = found[key][2] if key in found else (0, 0)
                found[key] = case, point, (less[0] + also[0], less[1] + also[1])
        return tuple(self._inadmissible_component(*one) for one in found.values()), tuple(unsolved)

    def _inadmissible_component(self, case: Case, start: AnyPoint, less: tuple[int, int]) -> LocusComponent:
        """A component on which rank J and rank J_V are known to be smaller by at least ``less``, at a general point."""
        general = general_point(self._solver(), case, start, self._ranks_on, self.deadline)
        joint, visible = general.ranks.joint, general.ranks.visible
        largest = joint == self.ranks.joint - less[0] or largest_rank(self.matrices.joint, case) == joint
        if largest and visible != self.ranks.visible - less[1]:
            cone = self.matrices.visible
            largest = cone is not None and largest_rank(cone, case) == visible + 1
        return self._component(case, general.point, largest=largest)

    def _structured_drops(self, matrix: Matrix | None, rank: int) -> Drops:
        if matrix is None:
            return Drops((), False)
        now = time.monotonic()
        deadline = now + (self.deadline - now) / 2  # its steps can be long: it ends well before the rest
        return find_drops(matrix, rank, self.known, Solver(self.model, self.known, deadline, basis=False), deadline)

    def locus(self) -> tuple[Found, Systems, tuple[str, ...], Found, Systems]:
        """Components, open systems and reasons of the locus; components and open systems of the inadmissible set."""
        # The short search first: often pivots alone say that there is no such point.
        extent, empty = _short_search(self.model, self.ranks)
        system = self.vertical_system() if extent.kind == "open" else None
        inadmissible, inadmissible_open = self.inadmissible()
        if extent.kind == "open":
            return *self.splitting(system), inadmissible, inadmissible_open
        return extent.components, (), empty, inadmissible, inadmissible_open

    def splitting(self, system: list[RationalFunction] | None) -> tuple[Found, Systems, tuple[str, ...]]:
        """Components of the locus, systems left open, and reasons why others have no point."""
        if system is None:
            return (), ((sympy.Symbol(f"{MINORS}the rank of the vertical part"),),), ()
        solver = self._solver()
        solution = solver.solve(system, accept=lambda c: not self._all_inadmissible(c))
        components, unsolved = [], self._open(solution)
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
            return residual(matrix, self.known, self.deadline).system(rank_below, self.deadline)
        except BudgetError:
            return None

    def _open(self, solution: Solution) -> list[tuple[sympy.Expr, ...]]:
        return [tuple(map(self._shown, (*c.equations, *c.left))) for c in solution.open]

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


def ranks_on(model: Parametrization, matrices: RankMatrices, point: AnyPoint) -> Ranks:
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
