"""Reports as data and as text: what ``symelbo verify`` prints; nothing is computed here.

The JSON object has the fixed keys ``model``, ``ranks``, ``tangent``, ``cylindrical``, ``counterexample``,
``statements`` and ``certificate``; numbers are exact strings, states are text keys in the declared order of variables.
"""

from __future__ import annotations

from typing import Any

from symelbo.loci import Where
from symelbo.verification.verdicts import (
    NotApplicable,
    Proved,
    Refuted,
    Report,
    Undecided,
    Verdict,
)


def report_data(report: Report, *, certificate: str | None = None) -> dict[str, Any]:
    """Return the JSON object of ``symelbo verify --json``."""
    ranks = report.ranks
    tangent = None
    if ranks is not None:
        horizontal, vertical = ranks.joint - ranks.vertical, ranks.joint - ranks.visible
        tangent = {"dim": ranks.joint, "horizontal": horizontal, "vertical": vertical, "oblique": ranks.oblique}
    cylindrical, at = report.cylindrical, report.point is not None
    found, model = report.counterexample, report.model
    names = getattr(model, "parameters", None)  # those of a network without a table are not written down
    return {
        "model": {
            "name": model.name,
            **model.size,
            "parameters": model.n_parameters if names is None else len(names),
            "parameter_names": None if names is None else list(map(str, names)),
        },
        "ranks": None if ranks is None else ranks._asdict(),
        "tangent": tangent,
        "cylindrical": {"verdict": cylindrical.kind, "scope": verdict_scope(cylindrical, at=at)},
        "counterexample": None if found is None else found.as_dict(),
        "statements": [
            {
                "id": v.statement.id if v.statement else None,
                "verdict": v.kind,
                "scope": verdict_scope(v, at=at),
                "seconds": round(v.seconds, 6),
                "reason": verdict_reason(v),
            }
            for v in report.verdicts
        ],
        "certificate": certificate,
    }


def verdict_scope(verdict: Verdict, *, at: bool = False) -> str:
    """Return the scope in words; ``at``: of a verdict that was asked for at a point."""
    return str(Where.HERE if at and verdict.scope == Where.POINT else verdict.scope)


def verdict_reason(verdict: Verdict) -> str:
    """Return what else there is to say: the detail, the reason or the failed hypothesis."""
    if isinstance(verdict, Undecided):
        return verdict.reason
    if isinstance(verdict, NotApplicable):
        return verdict.hypothesis
    return verdict.detail


def report_text(report: Report) -> str:
    """Return the ranks, the verdict on S3 and the counterexample in words."""
    lines = []
    unused = getattr(report.model, "unused_parameters", ())
    if unused:
        lines.append(f"Note: no probability depends on {', '.join(map(str, unused))}.")
    ranks = report.ranks
    if ranks is not None:
        lines.append(
            f"Tangent space: {ranks.joint} = {ranks.joint - ranks.vertical} horizontal + "
            f"{ranks.joint - ranks.visible} vertical + {ranks.oblique} oblique   "
            f"(ranks of J, J_V, vertical part: {ranks.joint}, {ranks.visible}, {ranks.vertical})"
        )
    name = report.model.name or "The model"
    verdict = report.cylindrical
    if isinstance(verdict, Proved):
        where = str(verdict.scope) if verdict.point is None else f"at {verdict.point}"
        lines.append(f"{name} is cylindrical {where}: the ELBO follows the natural gradient of the evidence.")
    elif isinstance(verdict, Refuted):
        where = "not cylindrical"
        if verdict.scope.is_locus:
            where = f"cylindrical {verdict_scope(verdict)} among its admissible points"
        if verdict.counterexample is None:
            lines.append(f"{name} is {where}.")
        else:
            lines.append(f"{name} is {where}; counterexample {verdict.counterexample}")
            lines += _striking(verdict.counterexample)
    elif isinstance(verdict, Undecided):
        lines.append(f"Undecided: {verdict.reason}")
    return "\n".join(lines)


def _striking(found: Any) -> list[str]:
    if not hasattr(found, "optimal_q"):  # a mixture: no gradient on M_V is exact
        return []
    if found.optimal_q == found.q:
        return ["Here q_V = p_V: the evidence is optimal already, and still the ELBO moves p_V."]
    told = found.vector(found.optimal_q)
    given = f"= {told}" if told.startswith("(") else f"of {told}"
    return [
        f"and with q {given}, for which q_V = p_V, so that the evidence is optimal already:\n"
        f"  -dpi grad D(q||.)  = {found.vector(found.optimal_gradient)}\n"
        "  -grad D(p*||.)     = 0"
    ]
