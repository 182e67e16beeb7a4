"""The last word on every verdict: the independent checker, on the serialised certificate."""

from __future__ import annotations

from typing import TypeVar

from symelbo import checker
from symelbo.verification.verdicts import Proved, Refuted, Undecided, Verdict

__all__ = ["judged"]


V = TypeVar("V", bound=Verdict)


def judged(verdict: V) -> V | Undecided:
    """Return a verdict whose certificate the independent checker accepts; any other one becomes Undecided.

    The serialised certificate is judged by the same code as ``symelbo check``, for the hash of its own claim.
    """
    if not isinstance(verdict, Proved | Refuted):
        return verdict
    certificate = verdict.certificate
    result = checker.check(certificate.to_json(), certificate.sha256)
    if result.accepted:
        return verdict
    if result.reason in ("limit", "unreal-point"):
        return Undecided(f"the certificate is beyond the independent checker: {result.message}", scope=verdict.scope)
    return Undecided(
        f"internal error, please report it: the independent checker refuses the certificate ({result.reason}: "
        f"{result.message})",
        scope=verdict.scope,
    )
