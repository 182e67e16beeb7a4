"""Commands about model files: ``new`` starts one, ``describe`` says what one says."""

from __future__ import annotations

from pathlib import Path

import click

from symelbo.cli.common import Source, fail, input_errors, main, model_options
from symelbo.cli.templates import TEMPLATES
from symelbo.writing import write


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--kind", type=click.Choice(list(TEMPLATES)), default="network", show_default=True, help="What it is to be about."
)
def new(file: Path, kind: str) -> None:
    """Start a model file: FILE is a commented example that is valid as it stands."""
    with input_errors():
        if file.exists():
            fail(f"{file} is there already; choose another name, or remove it")
        write(file, TEMPLATES[kind])
    click.echo(f"{file}: now symelbo describe {file}, symelbo verify {file}")


@main.command()
@model_options
def describe(source: Source) -> None:
    """Say what the model in the file MODEL consists of: states, parameters and what they mean, domain, structure."""
    with input_errors():
        loaded, _ = source.load()
        click.echo(repr(loaded.describe()))
