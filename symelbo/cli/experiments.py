"""Commands that explore: ``atlas`` (whole families), ``flow`` and ``figures`` (numerics)."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from symelbo.cli.common import CONTRADICTED, UNDECIDED, Source, budget_options, input_errors, main, model_options
from symelbo.progress import doing

if TYPE_CHECKING:
    from symelbo.atlas import Progress
    from symelbo.budget import Budget

METHODS = ["auto", "closed form", "adaptive", "taylor", "euler"]


@main.command()
@click.argument("family", type=click.Choice(["bayesian-network", "graphical", "hierarchical"]))
@click.option("--nodes", type=int, required=True, metavar="N", help="Number of binary nodes, from 2 to 6.")
@click.option("--jobs", type=int, metavar="K", help="Processes; default: as many as processors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--resume", type=click.Path(path_type=Path), metavar="FILE", help="Keep results here; continue from it.")
@click.option("--table", type=click.Path(path_type=Path), metavar="FILE", help="Write all pairs, as .csv or .parquet.")
@budget_options
def atlas(
    family: str,
    nodes: int,
    jobs: int | None,
    as_json: bool,
    resume: Path | None,
    table: Path | None,
    budget: Budget | None,
) -> None:
    """Decide every model of a FAMILY with every hidden set, and compare algebra and graph criterion."""
    from symelbo import atlas as atlases

    with input_errors(), doing("the models") as say:

        def show(progress: Progress) -> None:
            say(f"{progress.done} of {progress.total} pairs, {progress.seconds_left:.0f} s left")

        found = atlases.run(family, nodes, jobs=jobs, path=resume, progress=show, budget=budget)
        if table is not None:
            found.save(table)
    if as_json:
        click.echo(json.dumps(found.data()))
    else:
        click.echo(
            f"{found.family}, {found.nodes} nodes: {found.pairs} pairs (model, hidden set), "
            f"{found.cylindrical} cylindrical, {len(found.mismatches)} where algebra and graph criterion differ, "
            f"{found.seconds:.1f} s"
        )
    for mismatch in found.mismatches:
        click.echo(f"\n{mismatch}", err=as_json)
    if not found.is_complete:
        kept = f"continue with --resume {resume}" if resume else "with --resume FILE it could be continued"
        click.echo(f"undecided: the budget ended after {found.pairs} of {found.total} pairs; {kept}", err=True)
    sys.exit(CONTRADICTED if found.mismatches else 0 if found.is_complete else UNDECIDED)


Q = '"uniform", "1/8,1/8,..." or "1,1,1=1/4; 1,1,0=3/4"; for Gaussian models "standard" or "m(a)=1; S(a,h)=1/2".'


@main.command()
@model_options
@click.option("--q", "q", required=True, metavar="Q", help=Q)
@click.option("--start", required=True, metavar="POINT", help='The start, such as "x=1/2,y1=1/3,...".')
@click.option("--end", type=float, default=5.0, show_default=True, metavar="T", help="Until this time.")
@click.option("--points", type=int, default=51, show_default=True, help="Number of times.")
@click.option("--method", type=click.Choice(METHODS), default="auto", show_default=True)
@click.option("--step", type=float, default=0.01, show_default=True, help="Step of the Euler method.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="DIR", help="Draw the curves there.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the curves as a table.")
def flow(
    source: Source,
    q: str,
    start: str,
    end: float,
    points: int,
    method: str,
    step: float,
    output: Path | None,
    as_csv: bool,
) -> None:
    """Follow the three gradient flows from a start: visible, perfect recognition, and the ELBO of a fixed q."""
    with input_errors():
        from symelbo.budget import limited
        from symelbo.flows.command import run_flow

        loaded, left = source.load()
        curves = limited(
            left,
            "the flows",
            lambda: run_flow(loaded, q, start, end=end, points=points, method=method, step=step),
            loaded,
        )
        if as_csv:
            rows = curves.rows()
            writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        else:
            click.echo(repr(curves))
        if output is not None:
            from symelbo.figures import write_flow

            for path in write_flow(curves, output):
                click.echo(path)


@main.command()
@click.option("-o", "--output", type=click.Path(path_type=Path), default=Path("figures"), show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the points behind the histograms.")
@budget_options
def figures(output: Path, seed: int, budget: Budget | None) -> None:
    """Draw the paper's figures (extra: figures)."""
    with input_errors():
        from symelbo.budget import limited
        from symelbo.figures import write_all

        for path in limited(budget, "the figures", lambda: list(write_all(output, seed))):
            click.echo(path)
