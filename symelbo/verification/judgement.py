"""The last word on every verdict: the independent checker, on the serialised certificate."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from symelbo import checker
from symelbo.loci import Where
from symelbo.verification.verdicts import Proved, Refuted, Undecided, Verdict

V = TypeVar("V", bound=Verdict)

BEYOND = ("limit", "unreal-point")  # reasons of the checker that say nothing against a certificate


def judged(verdict: V) -> V | Undecided:
    """Return a verdict whose certificate the independent checker accepts; any other one becomes Undecided.

    The serialised certificate is judged by the same code as ``symelbo check``, for the hash of its own claim.
    """
    if not isinstance(verdict, Proved | Refuted):
        return verdict
    extended = verdict.extent_certificate
    if extended is not None:
        result = checker.check(extended.to_json(), extended.sha256)
        if result.reason in BEYOND:
            reduced = replace(verdict, extent_certificate=None)
            return judged(replace(reduced, scope=Where.POINT) if isinstance(reduced, Proved) else reduced)
        if not result.accepted:
            return _refused(result, _asked(verdict))
    result = checker.check(verdict.certificate.to_json(), verdict.certificate.sha256)
    if result.accepted:
        return verdict
    if result.reason in BEYOND:
        return Undecided(f"the certificate is beyond the independent checker: {result.message}", scope=_asked(verdict))
    return _refused(result, _asked(verdict))


def _asked(verdict: Proved | Refuted) -> Where:
    """What was asked for, where the answer is lost: not where a refuted property holds nevertheless."""
    return Where.EVERYWHERE if verdict.scope.is_locus else verdict.scope


def _refused(result: checker.Result, scope: Where) -> Undecided:
    return Undecided(
        f"internal error, please report it: the independent checker refuses the certificate ({result.reason}: "
        f"{result.message})",
        scope=scope,
    )
