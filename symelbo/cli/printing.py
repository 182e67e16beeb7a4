"""Tables for the terminal: verdicts by model and statement; nothing is computed here.

Marks and times are never cut off: in a narrow terminal names and reasons wrap, and where even that is not enough the
table becomes a list.  Output that goes into a file or a pipe is as wide as it needs to be.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from textwrap import wrap

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from symelbo.loci import Where
from symelbo.verification.report import verdict_reason, verdict_scope
from symelbo.verification.verdicts import Report, Verdict

# kind of verdict -> (mark in the overview, mark where the output has ASCII only, style)
_MARKS = {
    "proved": ("✓", "+", "green"),
    "refuted": ("✗", "-", "red"),
    "undecided": ("?", "?", "yellow"),
    "not applicable": ("·", ".", "dim"),
}
# The width a column of names or of reasons needs to be readable.
NAMES, REASONS = 10, 24


def console() -> Console:
    """Return the console that tables are printed to."""
    return Console(highlight=False, emoji=False)


def overview(reports: Sequence[Report], to: Console) -> None:
    """Print models by statements: a mark for every verdict, the time for every model."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("model", overflow="fold", min_width=NAMES)
    for verdict in reports[0].verdicts:
        table.add_column(_id(verdict), justify="center", no_wrap=True, min_width=max(2, len(_id(verdict))))
    times = [duration(sum(v.seconds for v in report.verdicts)) for report in reports]
    table.add_column("time", justify="right", no_wrap=True, min_width=max(map(len, times)))
    for report, time in zip(reports, times, strict=True):
        table.add_row(escape(_name(report)), *(_mark(v, to) for v in report.verdicts), time)
    if _print_if_it_fits(table, to):
        return
    for report, time in zip(reports, times, strict=True):
        to.print(f"{escape(_name(report))}, {time}", soft_wrap=True)
        per_line = max(1, (to.width - 2) // 7)
        for k in range(0, len(report.verdicts), per_line):
            row = report.verdicts[k : k + per_line]
            to.print("  " + " ".join(f"{_id(v):<3} {_mark(v, to)}{'' if _at_point(v) else ' '}" for v in row).rstrip())


def legend(reports: Sequence[Report], to: Console) -> str:
    """What the columns and marks of the overview mean."""
    names = [f"{v.statement.id:<4}{v.statement.slug}" for v in reports[0].verdicts if v.statement]
    columns = max(1, min(3, (to.width + 2) // 34)) if to.is_terminal else 3
    height = -(-len(names) // columns)
    lines = ["".join(f"{n:<34}" for n in names[k::height]).rstrip() for k in range(height)]
    marks = [f"{_plain_mark(kind, to)} {kind}" for kind in _MARKS]
    lines += _filled([*marks, "* at an exact point, else everywhere admissible"], 120 if columns == 3 else to.width)
    return "\n".join(lines)


def details(report: Report, to: Console) -> None:
    """Print the verdicts on one model with scope, reason and time."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("statement", no_wrap=True, min_width=max(len(str(v.statement)) for v in report.verdicts))
    table.add_column("verdict", no_wrap=True, min_width=max(len(v.kind) for v in report.verdicts))
    table.add_column("scope and reason", overflow="fold", min_width=REASONS)
    times = [duration(v.seconds) for v in report.verdicts]
    table.add_column("time", justify="right", no_wrap=True, min_width=max(map(len, times)))
    for verdict, time in zip(report.verdicts, times, strict=True):
        table.add_row(str(verdict.statement), _word(verdict), escape(_scope_and_reason(verdict, report)), time)
    if _print_if_it_fits(table, to):
        return
    for verdict, time in zip(report.verdicts, times, strict=True):
        to.print(f"{verdict.statement}: {_word(verdict)}, {time}", soft_wrap=True)
        for line in wrap(_scope_and_reason(verdict, report), max(to.width - 4, 20)):
            to.print(f"    {escape(line)}", soft_wrap=True)


def _print_if_it_fits(table: Table, to: Console) -> bool:
    """Print a table unless the terminal is narrower than what its columns need at least."""
    measured = to.measure(table, options=to.options.update(width=10_000))
    if not to.is_terminal and "COLUMNS" not in os.environ:
        to.width = max(to.width, measured.maximum)
        to.print(table)
        return True
    if measured.minimum > to.width:
        return False
    to.print(table)
    return True


def _filled(items: Sequence[str], width: int) -> list[str]:
    """Items side by side, on as many lines as they need."""
    lines = [items[0]]
    for item in items[1:]:
        if len(lines[-1]) + 3 + len(item) <= width:
            lines[-1] += f"   {item}"
        else:
            lines.append(item)
    return lines


def _name(report: Report) -> str:
    return report.model.name or "model"


def _id(verdict: Verdict) -> str:
    return verdict.statement.id if verdict.statement else ""


def _at_point(verdict: Verdict) -> bool:
    return verdict.kind != "not applicable" and verdict.scope in (Where.POINT, Where.GENERICALLY)


def _plain_mark(kind: str, to: Console) -> str:
    return _MARKS[kind][0 if to.encoding.lower().startswith("utf") else 1]


def _mark(verdict: Verdict, to: Console) -> str:
    star = "*" if _at_point(verdict) else ""
    return f"[{_MARKS[verdict.kind][2]}]{_plain_mark(verdict.kind, to)}{star}[/]"


def _word(verdict: Verdict) -> str:
    return f"[{_MARKS[verdict.kind][2]}]{verdict.kind}[/]"


def _scope_and_reason(verdict: Verdict, report: Report) -> str:
    at = report.point is not None
    scope = "" if verdict.kind == "not applicable" else verdict_scope(verdict, at=at)
    if verdict.scope.is_locus and verdict.kind == "refuted":
        scope = f"holds {scope}"
    return ": ".join(t for t in (scope, verdict_reason(verdict)) if t)


def duration(seconds: float) -> str:
    """Return a time with its unit."""
    return f"{1000 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"
