"""Commands that decide and judge: ``prove``, ``verify``, ``check``, ``derive``, ``explain``."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symelbo.cli.common import (
    Source,
    budget_options,
    exit_code,
    input_errors,
    main,
    model_options,
    point_of,
    point_options,
)
from symelbo.errors import BudgetError, SymelboError
from symelbo.progress import doing
from symelbo.writing import write

if TYPE_CHECKING:
    from symelbo.budget import Budget
    from symelbo.certificates.evidence import Evidence
    from symelbo.models import ExponentialMixture, Gaussian, Parametrization
    from symelbo.typesetting import Form
    from symelbo.verification import Identifiability, Report, Verdict


@main.command()
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Write certificates and derivations there."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for every model, in a list.")
@budget_options
def prove(out: Path | None, as_json: bool, budget: Budget | None) -> None:
    """Decide all statements on the paper's two models and the standard families."""
    from symelbo.cli import printing
    from symelbo.models.exhibits import continuous_exhibits, exhibits
    from symelbo.verification.report import report_data, report_text

    start, began = time.perf_counter(), time.monotonic()
    with input_errors():
        reports = _decide_all((*exhibits(), *continuous_exhibits()), budget=budget)
        certificates = [None] * len(reports) if out is None else [_certificates(r, out) for r in reports]
        if out is not None:
            _write_derivations(reports, out, None if budget is None else budget.left(began))
    if as_json:
        click.echo(json.dumps([report_data(r, certificate=c) for r, c in zip(reports, certificates, strict=True)]))
        sys.exit(exit_code(reports))
    console = printing.console()
    printing.overview(reports, console)
    click.echo(printing.legend(reports, console) + "\n")
    for report in reports:
        if report.counterexample is not None:
            click.echo(report_text(report) + "\n")
    decided = sum(1 for r in reports for v in r.verdicts if v.kind in ("proved", "refuted"))
    click.echo(f"{decided} verdicts on {len(reports)} models in {time.perf_counter() - start:.1f} s")
    sys.exit(exit_code(reports))


def _decide_all(
    models: Sequence[Parametrization | Gaussian | ExponentialMixture], *, budget: Budget | None
) -> list[Report]:
    """The reports; a budget is for all models together."""
    from symelbo.verification import verify as decide

    start = time.monotonic()
    reports = []
    with doing("") as say:
        for k, model in enumerate(models):
            say(f"model {k + 1} of {len(models)}")
            reports.append(decide(model, budget=None if budget is None else budget.left(start)))
    return reports


@main.command()
@model_options
@point_options
@click.option(
    "--certificate",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the certificate of S3, and beside it those of its scope and of what is identifiable.",
)
@click.option("--coq", type=click.Path(path_type=Path), metavar="FILE.v", help="Write the verdict on S3 as a Coq file.")
@click.option("--verbose", is_flag=True, help="Show the estimate of the cost, and both phases with their times.")
def verify(
    source: Source,
    at: str | None,
    component: str | None,
    as_json: bool,
    certificate: Path | None,
    coq: Path | None,
    verbose: bool,
) -> None:
    """Decide all statements on the model in the file MODEL (TOML, or a network in BIF, XMLBIF, UAI, .net or .xdsl)."""
    from symelbo.budget import Budget
    from symelbo.verification import verify as decide
    from symelbo.verification.identification import identifiability_text, missing_text
    from symelbo.verification.report import report_data, report_text, verdict_reason

    with input_errors():
        loaded, left = source.load(component, at)
        report = decide(loaded, at=point_of(loaded, at), budget=left or Budget())
        other = source.on_support(loaded, left or Budget()) if at is None and component is None else None
        determined = _identifiability(report, left or Budget(), certificate=certificate is not None)
        if coq is not None:
            _write_coq(report.cylindrical, coq)
        written, extent = (None, None) if certificate is None else _write_certificates(report.cylindrical, certificate)
        proof = None if determined is None else determined.certificate
        kernel = None if certificate is None else _write_beside(certificate, "identifiability", proof)
    if as_json:
        data = {**report_data(report, certificate=written), "scope_certificate": extent}
        data.update({} if certificate is None else {"identifiability_certificate": kernel})
        data["identifiability"] = None if determined is None else determined.as_dict()
        if other is not None:
            data["on_support"] = {"verdict": other.kind, "scope": str(other.scope), "reason": verdict_reason(other)}
        click.echo(json.dumps(data, indent=2, ensure_ascii=False))
    else:
        from symelbo.cli import printing

        click.echo(repr(loaded))
        for note in report.notes if verbose else ():
            click.echo(note)
        printing.details(report, printing.console())
        click.echo(report_text(report))
        if determined is not None:
            click.echo(identifiability_text(determined))
            click.echo(missing_text(determined), nl=determined.point is not None)
        if other is not None:
            click.echo(
                "That is for free tables. The file has entries that are 0; with tables that are free only where those "
                f"of the file are not 0: {other!r}"
            )
    sys.exit(exit_code([report]))


def _identifiability(report: Report, budget: Budget, *, certificate: bool) -> Identifiability | None:
    """What is seen determines which parameters; None for a network without a table, and where it takes too long."""
    from symelbo.budget import LIMITS, limited
    from symelbo.geometry import one_copy
    from symelbo.verification.identification import certified, found_identifiability

    whole, point = report.model, report.point
    model = one_copy(whole)
    if not model.is_exact or model.n_entries > LIMITS.evaluated_shape:
        return None

    def work() -> Identifiability:
        found = found_identifiability(model, point, short=True)
        return certified(found) if certificate else found

    try:
        return replace(limited(budget, "identifiability", work, model, model.field, *model.parameters), model=whole)
    except BudgetError:
        return None


@main.command()
@click.argument("certificates", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--statement", metavar="SHA256", help="Demand that the certificates prove the statement with this hash.")
@click.option("--table", is_flag=True, help="Print every row of the table, also of a long one.")
@click.option(
    "--read", is_flag=True, help="Print the lines of the checker that judge the certificate: all to read for it."
)
def check(certificates: tuple[Path, ...], statement: str | None, *, table: bool, read: bool) -> None:
    """Judge certificates with the independent checker (the same code as ``python -I symelbo/checker.py``)."""
    from symelbo import checker

    demanded = [] if statement is None else ["--statement", statement]
    flags = [flag for flag, wanted in (("--table", table), ("--read", read)) if wanted]
    sys.exit(checker.main([*demanded, *flags, *map(str, certificates)]))


def _write_coq(verdict: Verdict, path: Path) -> None:
    """Write the Coq file of a verdict on S3, and say what is in it and how to compile it."""
    from symelbo.certificates import Certificate
    from symelbo.certificates.coq import coq_source, theory_files

    found = getattr(verdict, "certificate", None)
    if found is None:
        raise SymelboError(
            f"--coq: S3 is {verdict.kind}, so there is nothing to prove; a file is written where S3 is proved or "
            "refuted (try a larger --budget, or a point with --at)"
        )
    if not isinstance(found, Certificate):
        raise SymelboError(
            "--coq: the network is too large for a table, and what S3 rests on (its graph, subnetworks) has "
            "no form in Coq; write the subnetwork as a model of its own, or use --certificate"
        )
    source = coq_source(found, getattr(verdict, "extent_certificate", None))
    theory = path.parent / "symelbo-theory"
    write(path, source)
    for name, text in theory_files().items():
        if not (theory / name).exists() or (theory / name).read_text() != text:  # what is compiled stays compiled
            write(theory / name, text)
    claim = found.claim()
    click.echo(
        f"{path}: {source.count('Print Assumptions')} theorems for Coq 8.16 ({claim['statement']}: {claim['verdict']}, "
        f"scope {claim['scope']})\n"
        f"once, for the theory they rest on: (cd {theory} && coq_makefile -f _CoqProject -o Makefile && make)\n"
        f"compile with: coqc -R {theory} Symelbo {path}",
        err=True,
    )


def _write_certificates(verdict: Verdict, path: Path) -> tuple[str | None, str | None]:
    """Write the certificate of a verdict, and beside it that of its scope, if it has one of its own."""
    found = getattr(verdict, "certificate", None)
    if found is None:
        return None, None
    write(path, found.to_json() + "\n")
    return str(path), _write_beside(path, "scope", getattr(verdict, "extent_certificate", None))


def _write_beside(path: Path, what: str, found: Evidence | None) -> str | None:
    """Write one more certificate beside another; without one, what stands there was written with an older one."""
    beside = path.with_name(f"{path.stem}-{what}{path.suffix}")
    if found is None:
        beside.unlink(missing_ok=True)
        return None
    write(beside, found.to_json() + "\n")
    return str(beside)


def _certificates(report: Report, out: Path) -> str | None:
    """Write the certificates of all verdicts of a report; return the path of that of S3."""
    folder = out / _folder(report)
    paths = {
        v.statement.id: _write_certificates(v, folder / f"{v.statement.id}.json")[0]
        for v in report.verdicts
        if v.statement is not None
    }
    return paths.get("S3")


def _folder(report: Report) -> str:
    return "".join(c if c.isalnum() else "-" for c in report.model.name or "model").strip("-")


def _write_derivations(reports: Sequence[Report], out: Path, budget: Budget | None) -> None:
    """Write one document for all models, as LaTeX and HTML, and as PDF where a TeX engine is installed.

    Certificates that steps name and no verdict has, such as that of a sign, are written beside those of the verdicts.
    """
    from symelbo.budget import limited
    from symelbo.derivation import Collection
    from symelbo.derivation import derive as tell
    from symelbo.derivation.document import compiled
    from symelbo.models.parametrization import has_table

    start = time.monotonic()

    def told() -> dict[str, str]:
        tables = [report for report in reports if has_table(report.model)]
        derivations = tuple(tell(report.model, report=report) for report in tables)
        story = Collection("Proofs", derivations)
        texts = {"proofs.tex": story.document(), "proofs.html": story.html()}
        for report, derivation in zip(tables, derivations, strict=True):
            written = {c.sha256 for v in report.verdicts for c in _certificates_of(v)}
            for certificate in derivation.certificates:
                if certificate.sha256 not in written:
                    name = f"{certificate.claim()['statement']}-{certificate.sha256[:12]}.json"
                    texts[f"{_folder(report)}/{name}"] = certificate.to_json() + "\n"
        return texts

    texts = limited(budget, "the derivations", told)
    for name, text in texts.items():
        write(out / name, text)
    try:
        path = out / "proofs.pdf"
        write(path, compiled(texts["proofs.tex"], path, None if budget is None else budget.left(start).seconds))
    except SymelboError as error:
        click.echo(f"no proofs.pdf: {error}", err=True)


def _certificates_of(verdict: Verdict) -> list[Any]:
    found = (getattr(verdict, name, None) for name in ("certificate", "extent_certificate"))
    return [c for c in found if c is not None]


@main.command()
@model_options
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write .tex, .pdf, .md, .html or .txt.")
@click.option("--statement", metavar="ID", help="Derive one statement only, such as S4.")
@click.option(
    "--form",
    type=click.Choice(["factored", "expanded", "collected"]),
    default="factored",
    show_default=True,
    help="How polynomials are written.",
)
@click.option(
    "--name",
    "names",
    metavar="PARAMETER=LATEX",
    multiple=True,
    help=r"Write a parameter by another name, such as 'x=\xi'; may be given several times.",
)
@click.option(
    "--detail", type=click.Choice(["full", "short"]), default="full", show_default=True, help="How much is told."
)
@click.option(
    "--width",
    type=float,
    metavar="POINTS",
    help="Break lines to this width of the text: 246 for two columns; by default that of an article.",
)
def derive(
    source: Source,
    output: Path | None,
    statement: str | None,
    form: Form,
    names: tuple[str, ...],
    detail: str,
    width: float | None,
) -> None:
    """Write the derivation for the model in the file MODEL: what was computed and verified, to paste into a paper."""
    from symelbo.budget import Budget
    from symelbo.derivation import derive as tell
    from symelbo.models import pairs_in

    with input_errors():
        loaded, left = source.load()
        start = time.monotonic()
        story = tell(
            loaded,
            statement,
            form=form,
            symbol_names=dict(pairs_in(names, "--name", r"PARAMETER=LATEX, such as x=\xi", once=False)),
            detail=detail,
            width=width,
            budget=left or Budget(),
        )
        if output is None:
            click.echo(story.text())
        else:
            click.echo(story.save(output, seconds=None if left is None else left.left(start).seconds))


@main.command()
@model_options
@point_options
def explain(source: Source, at: str | None, component: str | None, as_json: bool) -> None:
    """Say where the model is cylindrical, how far from it elsewhere, for whom it matters and what would help."""
    from symelbo.derivation import explain as explanation_of

    with input_errors():
        loaded, left = source.load(component, at)
        explanation = explanation_of(loaded, point_of(loaded, at), budget=left or 30.0)
    if as_json:
        click.echo(json.dumps(explanation.as_dict(), indent=2, ensure_ascii=False))
    else:
        click.echo(explanation.text())
