"""What the commands share: the group, exit codes, reading models and points, writing files."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from symelbo.errors import BudgetError, SymelboError

if TYPE_CHECKING:
    from symelbo.budget import Budget
    from symelbo.models import Parametrization
    from symelbo.models.graphs import Network
    from symelbo.verification import Report, Verdict

DECIDED, CONTRADICTED, WRONG_INPUT, UNDECIDED = 0, 1, 2, 3
INTERNAL = 70  # an error of the program itself
INTERRUPTED, CLOSED = 130, 141  # as shells say it: 128 and the number of SIGINT, of SIGPIPE


@contextmanager
def input_errors() -> Iterator[None]:
    """Turn an error of ours into one line on stderr: wrong input never gives a traceback.

    The exit code is 2; it is 3 where a budget ended.
    """
    try:
        yield
    except BudgetError as error:
        click.echo(f"undecided: {error}", err=True)
        sys.exit(UNDECIDED)
    except SymelboError as error:
        fail(str(error))


_SAID_HERE = {
    "normalise=True divides": "--normalise divides",
    "pass weights=True for": "give [model] weights instead of probabilities for",
    "at='file'": "--at file",
    "hidden=[...]": "--hidden NAME",
    "method='adaptive'": "--method adaptive",
    "budget: seconds": "--budget: seconds",
    "budget: memory": "--memory: bytes",
}
"""What messages name in Python, and what it is called on the command line."""


def fail(message: str) -> NoReturn:
    """Print one line on stderr and end with the exit code for wrong input."""
    for python, here in _SAID_HERE.items():
        message = message.replace(python, here)
    click.echo(f"error: {message}", err=True)
    sys.exit(WRONG_INPUT)


def _open_streams() -> None:
    """Replace streams that are closed: their numbers would be given to files and pipes of ours."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


class Commands(click.Group):
    """A group whose commands end with one line and a code of its own, whatever happens: never with a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        _open_streams()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # what a terminal cannot show is no reason to end
                stream.reconfigure(errors="replace")
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whoever read the output has gone: nothing more is written
            ctx.exit(CLOSED)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}, line {where.lineno}"
            click.echo(f"internal error, please report it: {type(error).__name__}: {error} ({place})", err=True)
            ctx.exit(INTERNAL)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="symelbo")
def main() -> None:
    """Exact verification of when the ELBO follows the natural gradient of the evidence."""


@dataclass(frozen=True, slots=True)
class Source:
    """A model as the options name it, and the limits of what is done with it."""

    model: Path
    hidden: tuple[str, ...]
    normalise: bool
    budget: Budget | None

    def load(
        self, component: str | None = None, at: str | None = None
    ) -> tuple[Parametrization | Network, Budget | None]:
        """Return the model (on a component) and what is left of the budget: reading a large table takes time too.

        What is to be said of the file, also of its numbers where the point is that of the file, is said on stderr.
        """
        from symelbo.budget import limited
        from symelbo.models import load_model
        from symelbo.models.gaussian import Gaussian
        from symelbo.models.networks import notes
        from symelbo.models.parametrization import as_model

        start = time.monotonic()

        def read() -> Parametrization | Network:
            return load_model(self.model, hidden=self.hidden or None, normalise=self.normalise)

        found = limited(self.budget, f"the reading of {self.model}", read)
        left = None if self.budget is None else self.budget.left(start)
        for note in notes(found, at):
            click.echo(f"note: {note}", err=True)
        if component is None:
            return found, left
        return (found if isinstance(found, Gaussian) else as_model(found)).on(component), left

    def on_support(self, loaded: Parametrization | Network, limits: Budget) -> Verdict | None:
        """The verdict on S3 with tables that are free where those of a network's file are not 0; None if none is 0."""
        from symelbo.errors import ModelError
        from symelbo.models import Parametrization
        from symelbo.models.graphs import Network
        from symelbo.models.networks import support_model
        from symelbo.verification import Undecided, is_cylindrical

        if not isinstance(loaded, Parametrization | Network) or loaded.file is None or not loaded.file.has_zeros:
            return None
        try:
            support = support_model(loaded.file, self.hidden)
        except ModelError as error:
            return Undecided(str(error))
        return is_cylindrical(support, budget=limits)


def model_options(command: Callable[..., None]) -> Callable[..., None]:
    """The argument MODEL with the options that say how to read it and for how long, as one argument ``source``."""

    @click.argument("model", type=click.Path(path_type=Path))
    @click.option("--hidden", multiple=True, metavar="NAME", help="A hidden variable, instead of those of the file.")
    @click.option("--normalise", is_flag=True, help="Networks: divide all rows of tables by their sums.")
    @budget_options
    @wraps(command)
    def reading(model: Path, hidden: tuple[str, ...], normalise: bool, budget: Budget | None, **others: Any) -> None:
        command(source=Source(model, hidden, normalise, budget), **others)

    return reading


def point_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options ``--at``, ``--on`` (as ``component``) and ``--json`` (as ``as_json``)."""
    options = [
        click.option(
            "--at", metavar="POINT", help='At a point, such as "x=1/2,y1=1/3", or at the numbers of the "file".'
        ),
        click.option("--on", "component", metavar="EQUATIONS", help='Restrict the model first: "y1=y2, z1=1/2".'),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    ]
    for decorate in reversed(options):
        command = decorate(command)
    return command


def budget_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options ``--budget`` and ``--memory``, as one argument ``budget`` (None: no limit)."""

    @click.option(
        "--budget", type=float, metavar="SECONDS", help="End after so many seconds; what is open is undecided."
    )
    @click.option("--memory", type=float, metavar="MB", help="End when so many megabytes more are used.")
    @wraps(command)
    def limited(budget: float | None, memory: float | None, **others: Any) -> None:
        from symelbo.budget import MEGABYTE, Budget

        with input_errors():
            chosen = None
            if budget is not None or memory is not None:
                chosen = Budget(budget, None if memory is None else memory * MEGABYTE)
        command(budget=chosen, **others)

    return limited


def point_of(model: Parametrization | Network, at: str | None) -> Any:
    """Return the point that ``--at`` names: values of parameters, or the numbers of the file."""
    from symelbo.models import parse_assignments
    from symelbo.models.graphs import Network
    from symelbo.models.parametrization import as_model

    if at is None or at == "file":
        return at
    named = as_model(model) if isinstance(model, Network) else model
    return named.point(parse_assignments(at, where="--at"))


def write(path: Path, text: str) -> None:
    """Write a text file; a path that cannot be written is wrong input."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}")


def exit_code(reports: Sequence[Report]) -> int:
    """Return 1 where a theorem is contradicted, 3 where a verdict is open, else 0."""
    if any(r.contradictions for r in reports):
        return CONTRADICTED
    return UNDECIDED if any(r.undecided for r in reports) else DECIDED
