"""The command line: a thin layer that reads, calls and prints.

Exit codes: 0 all decided and nothing contradicted; 1 a theorem contradicted or a certificate invalid; 2 the input is
wrong; 3 undecided within the budget.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from symelbo.errors import SymelboError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from symelbo.models import Parametrization
    from symelbo.verify import Report, Verdict

__all__ = ["main"]

DECIDED, CONTRADICTED, WRONG_INPUT, UNDECIDED = 0, 1, 2, 3


@contextmanager
def _input_errors() -> Iterator[None]:
    """Turn an error of ours into one line on stderr and exit code 2: wrong input never gives a traceback."""
    try:
        yield
    except SymelboError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    click.echo(f"error: {message}", err=True)
    sys.exit(WRONG_INPUT)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="symelbo")
def main() -> None:
    """Exact verification of when the ELBO follows the natural gradient of the evidence."""


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the certificates to this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for every model, in a list.")
def prove(out: Path | None, as_json: bool) -> None:
    """Decide all statements on the paper's two models and the standard families."""
    from symelbo.models.standard import standard_models
    from symelbo.verify.report import report_data, report_text

    start = time.perf_counter()
    with _input_errors():
        reports = _decide_all(standard_models(), quiet=as_json)
        certificates = [None] * len(reports) if out is None else [_certificates(r, out) for r in reports]
    if as_json:
        click.echo(json.dumps([report_data(r, certificate=c) for r, c in zip(reports, certificates, strict=True)]))
        sys.exit(_exit_code(reports))
    console = _console()
    console.print(_overview(reports))
    click.echo(_legend(reports) + "\n")
    for report in reports:
        if report.counterexample is not None:
            click.echo(report_text(report) + "\n")
    decided = sum(1 for r in reports for v in r.verdicts if v.kind in ("proved", "refuted"))
    click.echo(f"{decided} verdicts on {len(reports)} models in {time.perf_counter() - start:.1f} s")
    sys.exit(_exit_code(reports))


def _decide_all(models: Sequence[Parametrization], *, quiet: bool) -> list[Report]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    from symelbo.statements import STATEMENTS
    from symelbo.verify import verify as decide

    columns = TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn()
    reports = []
    with Progress(*columns, transient=True, console=_console(), disable=quiet) as progress:
        task = progress.add_task("", total=len(models) * len(STATEMENTS))
        for model in models:

            def show(statement: Any, name: str | None = model.name) -> None:
                progress.update(task, description=f"{name}: {statement}", advance=1)

            reports.append(decide(model, progress=show))
    return reports


def _model_options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument MODEL with the options that say how to read it."""
    read = [
        click.argument("model", type=click.Path(path_type=Path)),
        click.option(
            "--hidden", multiple=True, metavar="NAME", help="A hidden variable, instead of those of the file."
        ),
        click.option("--normalise", is_flag=True, help="BIF: divide rounded rows by their sums."),
    ]
    for decorate in reversed(read):
        command = decorate(command)
    return command


@main.command()
@_model_options
@click.option(
    "--at", metavar="POINT", help='Decide at a point, such as "x=1/2,y1=1/3", or at the numbers of the "file".'
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--certificate", type=click.Path(path_type=Path), metavar="FILE", help="Write the certificate of S3.")
@click.option("--coq", type=click.Path(path_type=Path), metavar="FILE.v", help="Write the verdict on S3 as a Coq file.")
@click.option("--budget", type=float, metavar="SECONDS", help="End after so many seconds; what is open is undecided.")
@click.option("--memory", type=float, metavar="MB", help="End when so many megabytes more are used.")
@click.option("--verbose", is_flag=True, help="Show the estimate of the cost and the screen's opinion.")
def verify(
    model: Path,
    hidden: tuple[str, ...],
    normalise: bool,
    at: str | None,
    as_json: bool,
    certificate: Path | None,
    coq: Path | None,
    budget: float | None,
    memory: float | None,
    verbose: bool,
) -> None:
    """Decide all statements on the model in the file MODEL (TOML, or a network in BIF)."""
    from symelbo.verify import Budget
    from symelbo.verify import verify as decide
    from symelbo.verify.report import report_data, report_text

    with _input_errors():
        limits = None
        if budget is not None or memory is not None:
            limits = Budget(budget, None if memory is None else int(memory * 1e6))
        loaded = _load(model, hidden, normalise)
        report = decide(loaded, at=_point(loaded, at), budget=limits)
        if coq is not None:
            _write_coq(report.cylindrical, coq)
    written = None if certificate is None else _write_certificate(report.cylindrical, certificate)
    if as_json:
        click.echo(json.dumps(report_data(report, certificate=written), indent=2, ensure_ascii=False))
    else:
        click.echo(repr(loaded))
        for note in report.notes if verbose else ():
            click.echo(note)
        _console().print(_details(report))
        click.echo(report_text(report))
    sys.exit(_exit_code([report]))


@main.command()
@click.argument("certificates", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--statement", metavar="SHA256", help="Demand that the certificates prove the statement with this hash.")
def check(certificates: tuple[Path, ...], statement: str | None) -> None:
    """Judge certificates with the independent checker (the same code as ``python -I symelbo/checker.py``)."""
    from symelbo import checker

    demanded = [] if statement is None else ["--statement", statement]
    sys.exit(checker.main([*demanded, *map(str, certificates)]))


def _load(model: Path, hidden: tuple[str, ...], normalise: bool) -> Parametrization:
    from symelbo.models import load_model

    return load_model(model, hidden=hidden or None, normalise=normalise)


def _point(model: Parametrization, at: str | None) -> Any:
    from symelbo.models import parse_assignments

    if at is None or at == "file":
        return at
    return model.point(parse_assignments(at, where="--at"))


def _write_coq(verdict: Verdict, path: Path) -> None:
    from symelbo.certificates.coq import coq_source

    found = getattr(verdict, "certificate", None)
    if found is None:
        raise SymelboError(f"--coq: there is nothing to prove, S3 is {verdict.kind}")
    _write(path, coq_source(found))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"{path} cannot be written: {error.strerror}")


def _write_certificate(verdict: Verdict, path: Path) -> str | None:
    found = getattr(verdict, "certificate", None)
    if found is None:
        return None
    _write(path, found.to_json() + "\n")
    return str(path)


def _certificates(report: Report, out: Path) -> str | None:
    """Write the certificates of all verdicts of a report; return the path of that of S3."""
    folder = out / "".join(c if c.isalnum() else "-" for c in report.model.name or "model").strip("-")
    paths = {
        v.statement.id: _write_certificate(v, folder / f"{v.statement.id}.json")
        for v in report.verdicts
        if v.statement is not None
    }
    return paths.get("S3")


# kind of verdict -> (mark in the overview, word, style)
_MARKS = {
    "proved": ("✓", "proved", "green"),
    "refuted": ("✗", "refuted", "red"),
    "undecided": ("?", "undecided", "yellow"),
    "not applicable": ("·", "not applicable", "dim"),
}


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)


def _overview(reports: Sequence[Report]) -> Table:
    """Models by statements: a mark for every verdict, the time for every model."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, caption_justify="left", pad_edge=False)
    table.add_column("model", no_wrap=True)
    for verdict in reports[0].verdicts:
        table.add_column(verdict.statement.id if verdict.statement else "", justify="center")
    table.add_column("time", justify="right", no_wrap=True)
    for report in reports:
        marks = []
        for verdict in report.verdicts:
            mark, _, style = _MARKS[verdict.kind]
            star = "*" if getattr(verdict, "point", None) is not None else ""
            marks.append(f"[{style}]{mark}{star}[/]")
        table.add_row(report.model.name or "model", *marks, _duration(sum(v.seconds for v in report.verdicts)))
    return table


def _legend(reports: Sequence[Report]) -> str:
    """What the columns and marks of the overview mean."""
    names = [f"{v.statement.id:<4}{v.statement.slug}" for v in reports[0].verdicts if v.statement]
    third = -(-len(names) // 3)
    lines = ["".join(f"{n:<34}" for n in names[k::third]).rstrip() for k in range(third)]
    lines.append(
        "✓ proved   ✗ refuted   ? undecided   · not applicable   * at an exact point, else everywhere admissible"
    )
    return "\n".join(lines)


def _details(report: Report) -> Table:
    """The verdicts on one model with scope, reason and time."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from symelbo.verify.report import verdict_reason, verdict_scope

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("statement", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("scope and reason")
    table.add_column("time", justify="right", no_wrap=True)
    for verdict in report.verdicts:
        _, word, style = _MARKS[verdict.kind]
        reason = verdict_reason(verdict)
        scope = "" if verdict.kind == "not applicable" else verdict_scope(verdict)
        text = escape(": ".join(t for t in (scope, reason) if t))
        table.add_row(str(verdict.statement), f"[{style}]{word}[/]", text, _duration(verdict.seconds))
    return table


def _duration(seconds: float) -> str:
    return f"{1000 * seconds:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _exit_code(reports: Sequence[Report]) -> int:
    if any(r.contradictions for r in reports):
        return CONTRADICTED
    return UNDECIDED if any(r.undecided for r in reports) else DECIDED


if __name__ == "__main__":
    main()
