"""Verification: a statement and a model in, a verdict with its certificate out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, overload

from symelbo.errors import DomainError, InternalError, ModelError
from symelbo.models.networks import LargeNetwork
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import STATEMENTS, Statement
from symelbo.statements import statement as find_statement
from symelbo.verify.counterexamples import counterexample_at, find_counterexample
from symelbo.verify.equality import Inequality, check_equal
from symelbo.verify.judgement import judged
from symelbo.verify.networks import decide_network
from symelbo.verify.procedures import Examination, decide
from symelbo.verify.verdicts import (
    Counterexample,
    NotApplicable,
    Proved,
    Refuted,
    Report,
    Scope,
    Undecided,
    Verdict,
)

__all__ = [
    "Counterexample",
    "Inequality",
    "NotApplicable",
    "Proved",
    "Refuted",
    "Report",
    "Scope",
    "Undecided",
    "Verdict",
    "check_equal",
    "counterexample_at",
    "find_counterexample",
    "is_cylindrical",
    "verify",
]


@overload
def verify(
    M: Parametrization,
    statement: None = None,
    at: Mapping[Any, Any] | Point | None = None,
    *,
    progress: Callable[[Statement], None] | None = None,
) -> Report: ...


@overload
def verify(
    M: Parametrization,
    statement: str | Statement,
    at: Mapping[Any, Any] | Point | None = None,
    *,
    progress: Callable[[Statement], None] | None = None,
) -> Verdict: ...


def verify(
    M: Parametrization,
    statement: str | Statement | None = None,
    at: Mapping[Any, Any] | Point | None = None,
    *,
    progress: Callable[[Statement], None] | None = None,
) -> Report | Verdict:
    """Decide one statement, or all of them, on a model.

    Parameters
    ----------
    M : Parametrization
    statement : str, optional
        Id (``"S3"``) or slug (``"cylindrical"``); default: all statements S1 to S12.
    at : mapping from parameter to rational, optional
        Decide at this point instead of at every admissible point.
    progress : callable, optional
        Called with every statement before it is decided.

    Returns
    -------
    Verdict, or for all statements a Report: a mapping from id or slug to verdict.

    Raises
    ------
    DomainError
        The point lies outside the domain, or is not admissible there.

    >>> from symelbo.models import model_b
    >>> report = verify(model_b())
    >>> report["S4"]
    Proved at x = 1/2, y1 = 1/2, y2 = 1/3, z1 = 1/2, z2 = 1/3: all 7 conditions false
    >>> print(report.counterexample)
    at x = 1/2, y1 = 1/2, y2 = 1/3, z1 = 1/2, z2 = 1/3, with q uniform on the 8 states:
      -dpi grad D(q||.)  = (1/18, 1/36, 1/36, -1/9)
      -grad D(p*||.)     = (5/72, 1/72, 1/72, -7/72)
    """
    if not isinstance(M, Parametrization):
        raise ModelError(f"verify: {M!r} is not a model; build one with Parametrization, bayesian_network, ...")
    if isinstance(M, LargeNetwork):
        return _of_network(M, statement, at)
    point = None if at is None else M.point(at)
    examination = Examination(M, point)
    if not examination.is_admissible:
        raise DomainError(
            f"the point ({point}) is not admissible: the ranks of J and J_V there are {tuple(examination.ranks[:2])}, "
            f"generically {tuple(examination.generic_ranks[:2])}; choose a point where they are generic"
        )
    if statement is not None:
        try:
            found = find_statement(statement)
        except ValueError as error:
            raise DomainError(str(error)) from None
        return _timed(found, examination)
    verdicts = []
    for s in STATEMENTS:
        if progress is not None:
            progress(s)
        verdicts.append(_timed(s, examination))
    decided = isinstance(examination.cylindrical, Proved | Refuted)
    return Report(M, point, examination.ranks if decided else None, None, tuple(verdicts))


def _of_network(M: LargeNetwork, statement: str | Statement | None, at: Any) -> Report | Verdict:
    """S3 by graph criteria and reduction, with S8 and S11 where they follow; other statements need the table."""
    start = time.perf_counter()
    verdict = decide_network(M, at)
    timed = replace(verdict, statement=find_statement("S3"), seconds=time.perf_counter() - start)
    ids = ["S3"]
    if isinstance(verdict, Proved):
        ids += ["S8", "S11"] if verdict.certificate.cut is not None else ["S8"]
    if statement is None:
        return Report(M, None, None, None, tuple(replace(timed, statement=find_statement(i)) for i in ids))
    try:
        found = find_statement(statement)
    except ValueError as error:
        raise DomainError(str(error)) from None
    if found.id in ids:
        return replace(timed, statement=found)
    return Undecided("the network is too large to enumerate; only S3 is decided, by graph", statement=found)


def _timed(s: Statement, examination: Examination) -> Verdict:
    start = time.perf_counter()
    try:
        verdict = judged(decide(s, examination))
    except InternalError as error:
        verdict = Undecided(f"internal error, please report it: {error}")
    return replace(verdict, statement=s, seconds=time.perf_counter() - start)


def is_cylindrical(M: Parametrization, at: Mapping[Any, Any] | Point | None = None) -> Verdict:
    """Decide whether T_pM = (T_pM n H_p) + (T_pM n V_p), at every admissible point or at one.

    >>> from symelbo.models import model_a, model_b
    >>> is_cylindrical(model_a())
    Proved at every admissible point
    >>> is_cylindrical(model_b())
    Refuted at x = 1/2, y1 = 1/2, y2 = 1/3, z1 = 1/2, z2 = 1/3
    """
    return verify(M, "S3", at)
