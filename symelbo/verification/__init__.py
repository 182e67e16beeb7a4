"""Verification: a statement and a model in, a verdict with its certificate out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any, NamedTuple, TypeAlias, overload

from symelbo.budget import Budget, Limit, within
from symelbo.certificates import NetworkCertificate
from symelbo.errors import BudgetError, DomainError, InternalError
from symelbo.geometry import At, Ranks, generic_screen, one_copy
from symelbo.loci import Where
from symelbo.models.copies import Plate
from symelbo.models.graphs import Network
from symelbo.models.model import Model
from symelbo.models.parametrization import Point
from symelbo.progress import doing
from symelbo.statements import STATEMENTS, Statement
from symelbo.statements import statement as find_statement
from symelbo.verification.counterexamples import find_counterexample
from symelbo.verification.equality import Inequality, check_equal
from symelbo.verification.examination import Examination, examination
from symelbo.verification.gaussian import GaussianExamination
from symelbo.verification.gaussian_counterexamples import GaussianCounterexample
from symelbo.verification.identification import Identifiability, identifiability
from symelbo.verification.judgement import judged
from symelbo.verification.mixtures import MixtureCounterexample, MixtureExamination
from symelbo.verification.networks import decide_network
from symelbo.verification.procedures import BY_RANKS, decide
from symelbo.verification.tables import TableExamination
from symelbo.verification.verdicts import (
    Counterexample,
    NotApplicable,
    Proved,
    Refuted,
    Report,
    Undecided,
    Verdict,
    of_one_copy,
)

__all__ = [
    "Budget",
    "Counterexample",
    "GaussianCounterexample",
    "GaussianExamination",
    "Identifiability",
    "Inequality",
    "MixtureCounterexample",
    "MixtureExamination",
    "NotApplicable",
    "Proved",
    "Refuted",
    "Report",
    "TableExamination",
    "Undecided",
    "Verdict",
    "check_equal",
    "find_counterexample",
    "identifiability",
    "is_cylindrical",
    "verify",
]


AnyModel: TypeAlias = Model | Plate | Network


Told: TypeAlias = Callable[[Statement], None] | None


@overload
def verify(
    M: AnyModel, statement: None = None, at: At = None, *, progress: Told = None, budget: Limit = None
) -> Report: ...


@overload
def verify(
    M: AnyModel, statement: str | Statement, at: At = None, *, progress: Told = None, budget: Limit = None
) -> Verdict: ...


def verify(
    M: AnyModel,
    statement: str | Statement | None = None,
    at: At = None,
    *,
    progress: Told = None,
    budget: Limit = None,
) -> Report | Verdict:
    """Decide one statement, or all of them, on a model.

    Parameters
    ----------
    M : Parametrization or Gaussian, or a Network without a table
    statement : str, optional
        Id (``"S3"``) or slug (``"cylindrical"``); default: all statements S1 to S12.
    at : mapping from parameter to rational, optional
        Decide at this point instead of at every admissible point.
    progress : callable, optional
        Called with every statement before it is decided.
    budget : seconds, or Budget(seconds=..., memory=...), optional
        The work is done in a process that is ended with the budget; what is not decided then is Undecided, with
        everything that is known.

    Returns
    -------
    Verdict, or for all statements a Report: a mapping from id or slug to verdict.

    Raises
    ------
    DomainError
        The point lies outside the domain, or is not admissible there.

    >>> from symelbo.models import model_b
    >>> report = verify(model_b())
    >>> report["S9"]
    Proved at every admissible point, for example x = 1/2, y1 = 1/2, y2 = 1/3, z1 = 1/2, z2 = 1/3
    >>> print(report.counterexample)
    at x = 1/2, y1 = 1/2, y2 = 1/3, z1 = 1/2, z2 = 1/3, with q uniform on the 8 states:
      -dpi grad D(q||.)  = (1/18, 1/36, 1/36, -1/9)
      -grad D(p*||.)     = (5/72, 1/72, 1/72, -7/72)
    """
    limits = None if budget is None else Budget.of(budget)
    wanted = STATEMENTS if statement is None else (find_statement(statement),)
    course = _course(M, at, wanted, first=limits not in (None, Budget()))
    report = _collected(M, course, wanted, progress, limits)
    return report if statement is None else report.verdicts[0]


# What happens in the course of a verification: ("note", text), ("begin", statement), ("verdict", verdict),
# ("ranks", exact ranks); in this process or, within a budget, in another one.
Event: TypeAlias = tuple[str, Any]


class _Course(NamedTuple):
    """The point that is examined, the events, and the values that another process need not be sent."""

    point: Point | None
    events: Iterator[Event]
    shared: tuple[Any, ...] = ()


@singledispatch
def _course(M: Any, at: Any, wanted: Sequence[Statement], *, first: bool = False) -> _Course:
    """Decide statements one after the other; ``first``: what matters most first."""
    e = examination(M, at)
    return _Course(e.point, _events(e, wanted, first), (M.field, one_copy(M)))


def _events(e: Examination, wanted: Sequence[Statement], first: bool) -> Iterator[Event]:
    if len(wanted) > 1 or first:
        start = time.perf_counter()
        ranks = generic_screen(e.model).ranks()
        seconds = time.perf_counter() - start
        yield from (("note", note) for note in e.notes())
        where = "at a random point" if e.point is None else "generically"
        kind = "cylindrical" if ranks.cylindrical else "not cylindrical"
        said = f"screen {where}, modulo {e.model.prime}: ranks {tuple(ranks)}, {kind} if they are exact"
        yield "note", f"{said}: {seconds:.3f} s"  # a guide, never a verdict
    if not e.is_admissible:
        raise DomainError(
            f"the point ({e.point}) is not admissible: the ranks of J and J_V there are {tuple(e.ranks[:2])}, "
            f"generically {tuple(e.generic_ranks[:2])}; choose a point where they are generic"
        )
    for s in sorted(wanted, key=lambda s: s.id != "S3") if first else wanted:
        own = e.certificates.statements[s.id]
        yield "begin", own
        if first and s.id == "S3":  # the answer at a point, should the budget end before its extent is known
            yield "verdict", _timed(own, lambda _: e.cylindrical)
        verdict = _timed(own, lambda s: decide(s, e))
        yield "verdict", verdict
        if s.id == "S3" and isinstance(verdict, Proved | Refuted):
            kind = verdict.certificate.witness["kind"]
            yield "note", f"exact certificate of S3, {kind}, found and judged: {verdict.seconds:.3f} s"
        if s.id == "S3" and isinstance(e.cylindrical, Proved | Refuted):
            if e.exact_generic_ranks is None:
                yield "note", f"generic ranks at least {tuple(e.generic_ranks)}: lower bounds"
            else:
                yield "ranks", e.ranks


@_course.register
def _course_of_plate(M: Plate, at: Any, wanted: Sequence[Statement], *, first: bool = False) -> _Course:
    """What the ranks decide is that of one copy; the other statements are about a table."""
    course = _course(M.one_copy, at, [s for s in wanted if s.id in BY_RANKS], first=first)

    def events() -> Iterator[Event]:
        for kind, value in course.events:
            yield kind, of_one_copy(value) if kind == "verdict" else value
        for s in wanted:
            if s.id not in BY_RANKS:
                yield "verdict", NotApplicable("needs the probabilities of all states: ask it of one copy", statement=s)

    return _Course(course.point, events(), course.shared)


@_course.register
def _course_of_network(M: Network, at: Any, wanted: Sequence[Statement], *, first: bool = False) -> _Course:  # noqa: ARG001  # of all
    """S3, and S4, S8, S9, S11 where they follow from it; no points but the numbers of a file."""

    def events() -> Iterator[Event]:
        start = time.perf_counter()
        yield "begin", find_statement("S3")
        verdict = decide_network(M, at)  # whatever is no point is refused there
        timed = replace(verdict, seconds=time.perf_counter() - start)
        for s in wanted:
            yield "verdict", replace(_network_verdict(timed, s), statement=s)

    return _Course(None, events())


def _network_verdict(verdict: Verdict, s: Statement) -> Verdict:
    """The verdict on S3, or on what follows from it."""
    if s.id == "S3":
        return verdict
    if s.id not in ("S4", "S8", "S9", "S11"):
        return NotApplicable("needs the probabilities of all states", verdict.scope)
    if isinstance(verdict, Undecided):
        return Undecided("whether the network is cylindrical is undecided", scope=verdict.scope)
    cylindrical = isinstance(verdict, Proved)
    if s.id in ("S8", "S11") and not cylindrical:
        return NotApplicable("the network is not cylindrical", verdict.scope)
    if s.id == "S9" and cylindrical:
        return NotApplicable("the network is cylindrical", verdict.scope)
    certificate = verdict.certificate if isinstance(verdict, Proved | Refuted) else None
    if not isinstance(certificate, NetworkCertificate) or certificate.found is None:
        return NotApplicable("needs the probabilities of all states: S3 was decided by subnetworks", verdict.scope)
    scope = Where.EVERYWHERE if cylindrical else Where.GENERICALLY
    return judged(Proved(certificate.for_statement(s), scope))


def _collected(
    M: AnyModel,
    course: _Course,
    wanted: Sequence[Statement],
    progress: Told,
    limits: Budget | None,
) -> Report:
    """The report of a course; where the budget ended first, the rest is Undecided, with all that is known."""
    verdicts: dict[str, Verdict] = {}
    notes: list[str] = []
    ranks: Ranks | None = None
    busy = "the preparation"
    start = time.perf_counter()
    shared = (M, *course.shared, *STATEMENTS)
    try:
        with doing(name := M.name or "the model") as say:
            for kind, value in course.events if limits is None else within(limits, course.events, shared):
                if kind == "begin":
                    busy, start = str(value), time.perf_counter()
                    say(f"{name}: {busy}")
                    if progress is not None:
                        progress(value)
                elif kind == "verdict":
                    verdicts[value.statement.id] = value
                elif kind == "note":
                    notes.append(value)
                else:
                    ranks = value
    except (BudgetError, InternalError) as error:
        spent = time.perf_counter() - start
        if isinstance(error, BudgetError):
            reason, tried = f"{error} during {busy}", (*notes, f"{busy}: {spent:.1f} s when the budget ended")
        else:
            reason = (
                f"the ranks modulo a prime are of no use for this model ({error}); coefficients or exponents that "
                "satisfy an equation modulo the prime can be the reason: rescale a parameter"
            )
            tried = tuple(notes)
        known = [note for note in notes if note.startswith("screen")]
        for s in wanted:
            if s.id not in verdicts:
                said = "; ".join([reason, *known]) if s.id == "S3" else reason
                verdicts[s.id] = Undecided(said, tried, statement=s, seconds=spent)
                spent = 0.0
    return Report(M, course.point, ranks, tuple(verdicts[s.id] for s in STATEMENTS if s.id in verdicts), tuple(notes))


def _timed(s: Statement, decision: Callable[[Statement], Verdict]) -> Verdict:
    start = time.perf_counter()
    try:
        verdict = judged(decision(s))
    except InternalError as error:
        verdict = Undecided(f"internal error, please report it: {error}")
    except BudgetError as error:
        verdict = Undecided(str(error))
    return replace(verdict, statement=s, seconds=time.perf_counter() - start)


def is_cylindrical(M: AnyModel, at: At = None, *, budget: Limit = None) -> Verdict:
    """Decide whether T_pM = (T_pM n H_p) + (T_pM n V_p), at every admissible point or at one.

    ``budget`` limits seconds, or seconds and memory, as in :func:`verify`.

    >>> from symelbo.models import model_a, model_b
    >>> is_cylindrical(model_a())
    Proved at every admissible point
    >>> is_cylindrical(model_b())
    Refuted at every admissible point, for example x = 1/2, y1 = 1/2, y2 = 1/3, z1 = 1/2, z2 = 1/3
    """
    return verify(M, "S3", at, budget=budget)
