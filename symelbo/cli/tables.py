"""Tables for the terminal: verdicts by model and statement; nothing is computed here."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from symelbo.verification.report import verdict_reason, verdict_scope
from symelbo.verification.verdicts import Report, Scope

__all__ = ["console", "details", "duration", "legend", "overview"]

# kind of verdict -> (mark in the overview, word, style)
_MARKS = {
    "proved": ("✓", "proved", "green"),
    "refuted": ("✗", "refuted", "red"),
    "undecided": ("?", "undecided", "yellow"),
    "not applicable": ("·", "not applicable", "dim"),
}


def console() -> Console:
    """Return the console that tables are printed to."""
    return Console(highlight=False)


def overview(reports: Sequence[Report]) -> Table:
    """Models by statements: a mark for every verdict, the time for every model."""
    table = Table(box=box.SIMPLE_HEAD, caption_justify="left", pad_edge=False)
    table.add_column("model", no_wrap=True)
    for verdict in reports[0].verdicts:
        table.add_column(verdict.statement.id if verdict.statement else "", justify="center")
    table.add_column("time", justify="right", no_wrap=True)
    for report in reports:
        marks = []
        for verdict in report.verdicts:
            mark, _, style = _MARKS[verdict.kind]
            star = "*" if verdict.scope in (Scope.POINT, Scope.GENERICALLY) and verdict.kind != "not applicable" else ""
            marks.append(f"[{style}]{mark}{star}[/]")
        table.add_row(report.model.name or "model", *marks, duration(sum(v.seconds for v in report.verdicts)))
    return table


def legend(reports: Sequence[Report]) -> str:
    """What the columns and marks of the overview mean."""
    names = [f"{v.statement.id:<4}{v.statement.slug}" for v in reports[0].verdicts if v.statement]
    third = -(-len(names) // 3)
    lines = ["".join(f"{n:<34}" for n in names[k::third]).rstrip() for k in range(third)]
    lines.append(
        "✓ proved   ✗ refuted   ? undecided   · not applicable   * at an exact point, else everywhere admissible"
    )
    return "\n".join(lines)


def details(report: Report) -> Table:
    """The verdicts on one model with scope, reason and time."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("statement", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("scope and reason")
    table.add_column("time", justify="right", no_wrap=True)
    for verdict in report.verdicts:
        _, word, style = _MARKS[verdict.kind]
        reason = verdict_reason(verdict)
        at = report.point is not None
        scope = "" if verdict.kind == "not applicable" else verdict_scope(verdict, at=at)
        text = escape(": ".join(t for t in (scope, reason) if t))
        table.add_row(str(verdict.statement), f"[{style}]{word}[/]", text, duration(verdict.seconds))
    return table


def duration(seconds: float) -> str:
    """Return a time with its unit."""
    return f"{1000 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
