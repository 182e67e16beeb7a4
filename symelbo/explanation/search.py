"""Finding out what an explanation says: within a budget of time, or as far as the size of the model allows.

A search within a budget says what it left out and why.  What is found by size alone is the same on every machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from symelbo.budget import LIMITS, Budget, within
from symelbo.errors import BudgetError, DomainError, ExactnessError
from symelbo.explanation.angles import principal_angles, symbolic_angles
from symelbo.explanation.defect import defect_form
from symelbo.explanation.findings import Findings
from symelbo.explanation.mending import extended_tangent, repairs, search
from symelbo.explanation.recognition import free_recognition, mean_field, recognition_dependence
from symelbo.explanation.survivors import SurvivingObjectives, surviving_objectives
from symelbo.geometry import Ranks, generic_ranks, generic_screen, ranks_at
from symelbo.loci import CylindricalLocus, cylindrical_locus
from symelbo.models.parametrization import Parametrization, Point
from symelbo.progress import doing
from symelbo.statements import STATEMENTS
from symelbo.verification import Undecided, Verdict, is_cylindrical
from symelbo.verification.evaluation import is_affordable

# Seconds far beyond what a search of these sizes takes: they end what hangs, and decide nothing.
PATIENT = 300.0

# The parts of an explanation in the order in which they are computed, and what they are called.
NAMES = {
    "locus": "where it is cylindrical",
    "defect": "the defect as a function",
    "angles": "principal angles",
    "symbolic": "squared cosines as functions",
    "survivors": "objectives that survive",
    "tangent": "the smallest tangent space that splits",
    "recognition": "recognition models",
    "repairs": "changes that make it cylindrical",
}

T = TypeVar("T")


def found_by_size(
    M: Parametrization, verdict: Verdict, ranks: Ranks, point: Point | None, *, symbolic: bool
) -> Findings:
    """Return what is found out about a model that is refuted at a point, as far as its size allows.

    Parameters
    ----------
    symbolic : whether the defect and the conditions on objectives are functions, else those at the point
    """
    shape = M.n_entries
    rational = point is not None and point.is_rational
    at_point = rational and M.space.n_visible <= LIMITS.explained_visible and shape <= LIMITS.derived_point_shape
    left_out: list[str] = []

    def attempt(what: str, fits: bool, compute: Callable[[], T]) -> T | None:
        if fits:
            try:
                return compute()
            except (BudgetError, ExactnessError, DomainError):
                pass
        left_out.append(what)
        return None

    return Findings(
        model=M, verdict=verdict, ranks=ranks, example=point,
        locus=attempt(
            "which points are not admissible", shape <= LIMITS.derived_locus_shape,
            lambda: cylindrical_locus(M, budget=PATIENT),
        ),
        defect=attempt("the defect as a function", True, lambda: defect_form(M, affordable=True)) if symbolic else None,
        angles=attempt("the principal angles", at_point, lambda: principal_angles(M, point or {})),
        survivors=attempt(
            "for which objectives the equality survives", symbolic or at_point,
            lambda: surviving_objectives(M, None if symbolic else point),
        ),
        tangent=attempt(NAMES["tangent"], at_point, lambda: extended_tangent(M, point)),
        repairs=attempt(NAMES["repairs"], shape <= LIMITS.derived_repair_shape, lambda: repairs(M))
        or (),
        left_out=tuple(left_out),
    )  # fmt: skip


def found_within(M: Parametrization, at: Mapping[Any, Any] | Point | None, budget: float | Budget) -> Findings:
    """Return what is found out about a model, or about its verdict at a point, before the budget ends."""
    limits = Budget.of(budget)
    point = None if at is None else M.point(at)
    parts: dict[str, Any] = {}
    left_out: list[str] = []
    busy = "verdict"
    course = _course(M, point, limits.seconds)
    try:
        with doing(name := M.name or "the model") as say:
            for kind, value in within(limits, course, (M, M.field, *M.parameters, *STATEMENTS)):
                if kind == "left out":
                    left_out.append(value)
                elif kind == "begin":
                    busy = value
                    say(f"{name}: {busy}")
                else:
                    parts[kind] = value
    except BudgetError as error:
        left_out.append(f"{busy}: {error}")
        names = list(NAMES.values())
        later = names[names.index(busy) + 1 if busy in names else 0 :]
        if later:
            left_out.append(f"{', '.join(later)}: no time left")
        tried = (f"ranks modulo a prime: {tuple(generic_screen(M).ranks())}",)
        parts.setdefault("verdict", Undecided(str(error), tried))
    parts.setdefault("ranks", generic_screen(M).ranks())
    parts["repairs"] = parts.get("repairs") or ()
    return Findings(model=M, point=point, left_out=tuple(left_out), **parts)


def _course(M: Parametrization, point: Point | None, seconds: float | None) -> Iterator[tuple[str, Any]]:
    """The parts one after the other, as ("part", value); ("begin", what), ("left out", why)."""
    budget = 3600.0 if seconds is None else seconds
    deadline = time.monotonic() + budget
    left_out: list[str] = []

    def attempt(what: str, compute: Callable[[], T]) -> T | None:
        if time.monotonic() > deadline:
            left_out.append(f"{what}: no time left")
            return None
        try:
            return compute()
        except (BudgetError, ExactnessError, DomainError) as error:
            left_out.append(f"{what}: {error}")
            return None

    yield "begin", "verdict"
    verdict = is_cylindrical(M, point)
    yield "verdict", verdict
    yield "begin", NAMES["locus"]
    locus: CylindricalLocus | None = None
    ranks = ranks_at(M, point) if point is not None else attempt("exact generic ranks", lambda: generic_ranks(M))
    if ranks is None:
        ranks = generic_screen(M).ranks()
        left_out.append(f"{NAMES['locus']}: the ranks on the page are those at a random point modulo a prime")
    elif point is None:
        locus = attempt(NAMES["locus"], lambda: cylindrical_locus(M))
    yield "ranks", ranks
    yield "locus", locus
    example = point or (locus.fails or (locus.holds if isinstance(locus.holds, Point) else None) if locus else None)
    counterexample = getattr(verdict, "counterexample", None)
    if point is None and counterexample is not None:
        example = counterexample.point
    yield "example", example
    small, few = M.space.n_visible <= LIMITS.explained_visible, M.space.n_states <= LIMITS.recognition_states
    oblique = ranks.oblique > 0
    family = mean_field if M.space.is_product else free_recognition
    if not small:
        left_out.append(
            f"defect, angles and objectives: {M.space.n_visible} visible states, more than {LIMITS.explained_visible}"
        )
    if oblique and example is not None and not few:
        left_out.append(f"{NAMES['recognition']}: {M.space.n_states} states, more than {LIMITS.recognition_states}")
    wanted: dict[str, tuple[bool, Callable[[], Any]]] = {
        "defect": (small and oblique and point is None, lambda: defect_form(M)),
        "angles": (small and example is not None, lambda: example and principal_angles(M, example)),
        "symbolic": (small and oblique and point is None, lambda: symbolic_angles(M)),
        "survivors": (small, lambda: _survivors_of(M, point, example, left_out)),
        "tangent": (oblique and example is not None, lambda: extended_tangent(M, example)),
        "recognition": (
            oblique and example is not None and few,
            lambda: example and recognition_dependence(M, family(M.space), example),
        ),
    }
    for part, (applies, compute) in wanted.items():
        if applies:
            yield "begin", NAMES[part]
            found = attempt(NAMES[part], compute)
            yield part, found
            if found is None and not left_out and part in ("defect", "symbolic"):
                many = part == "symbolic" and ranks.oblique > 2
                why = f"given for one or two oblique directions, not for {ranks.oblique}" if many else (
                    "the model is too large for formulas"
                )  # fmt: skip
                left_out.append(f"{NAMES[part]}: {why}")
        while left_out:
            yield "left out", left_out.pop(0)
    yield from _changes(M)


def _changes(M: Parametrization) -> Iterator[tuple[str, Any]]:
    yield "begin", NAMES["repairs"]
    try:
        for found in search(M):
            yield "repairs", found
    except (BudgetError, ExactnessError, DomainError) as error:
        yield "left out", f"{NAMES['repairs']}: {error}"


def _survivors_of(
    M: Parametrization, point: Point | None, example: Point | None, left_out: list[str]
) -> SurvivingObjectives:
    if point is None and example is not None and not is_affordable(M) and not generic_ranks(M).cylindrical:
        left_out.append(
            f"{NAMES['survivors']}: the conditions are those at {example}; elsewhere they may be other ones"
        )
        return surviving_objectives(M, example)
    return surviving_objectives(M, point)
