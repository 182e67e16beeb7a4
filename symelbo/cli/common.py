"""What the commands share: the group, exit codes, reading models and points, writing files."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from symelbo.errors import BudgetError, SymelboError
from symelbo.writing import unfinished

if TYPE_CHECKING:
    from symelbo.budget import Budget
    from symelbo.models.graphs import Network
    from symelbo.models.model import Model
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

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run the command and end the process."""
        _open_streams()
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # what a terminal cannot show is no reason to end
                stream.reconfigure(errors="replace")
        ends = _is_main() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        if ends:
            signal.signal(signal.SIGTERM, _end)
        try:
            sys.exit(self._code(*args, **options))
        finally:
            if ends:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        """Read the arguments."""
        with _readers():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _readers():
            return super().invoke(ctx)

    def _code(self, *args: Any, **options: Any) -> Any:
        try:
            try:
                return super().main(*args, **{"obj": time.monotonic(), **options, "standalone_mode": False})
            finally:
                sys.stdout.flush()
        except (KeyboardInterrupt, click.Abort):
            return _said("interrupted", INTERRUPTED)
        except click.ClickException as error:
            with suppress(OSError):
                error.show()
            return error.exit_code
        except OSError as error:  # of the system: no space, no folder, no reader of the output
            gone = isinstance(error, BrokenPipeError)
            code = CLOSED if gone else _said(f"error: {error.strerror or error}", WRONG_INPUT)
            for number in (1, 2):
                os.dup2(os.open(os.devnull, os.O_WRONLY), number)  # what is left is written nowhere
            return code
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{Path(where.filename).name}, line {where.lineno}"
            return _said(f"internal error, please report it: {type(error).__name__}: {error} ({place})", INTERNAL)


def _end(number: int, _: object) -> None:
    """End this process, its processes and its unfinished files; an exception could be lost, as in a fork."""
    for process in multiprocessing.active_children():
        process.kill()
    for path in unfinished:
        path.unlink(missing_ok=True)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()


@contextmanager
def _readers() -> Iterator[None]:
    """That the reader of the output has gone has a code of its own."""
    try:
        yield
    except BrokenPipeError:
        raise click.exceptions.Exit(CLOSED) from None


def _said(message: str, code: int) -> int:
    """The exit code, after a line on stderr if there is one."""
    with suppress(OSError):
        click.echo(message, err=True)
    return code


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

    def load(self, component: str | None = None, at: str | None = None) -> tuple[Model | Network, Budget | None]:
        """Return the model (on a component) and what is left of the budget: reading a large table takes time too.

        What is to be said of the file, also of its numbers where the point is that of the file, is said on stderr.
        """
        from symelbo.models import load_model
        from symelbo.models.networks import notes
        from symelbo.models.parametrization import as_parametrised

        start = time.monotonic()
        found = load_model(self.model, hidden=self.hidden or None, normalise=self.normalise, budget=self.budget)
        left = None if self.budget is None else self.budget.left(start)
        for note in notes(found, at):
            click.echo(f"note: {note}", err=True)
        if component is None:
            return found, left
        restricted = as_parametrised(found).on(component, budget=left)
        return restricted, None if self.budget is None else self.budget.left(start)

    def on_support(self, loaded: Model | Network, limits: Budget) -> Verdict | None:
        """The verdict on S3 with tables that are free where those of a network's file are not 0; None if none is 0."""
        from symelbo.verification.support import cylindrical_on_support

        if loaded.file is None or not loaded.file.has_zeros:
            return None
        return cylindrical_on_support(loaded.file, self.hidden, limits)


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
                given = Budget(budget, None if memory is None else memory * MEGABYTE)
                _load(given)
                chosen = given.left(click.get_current_context().find_root().obj)
        command(budget=chosen, **others)

    return limited


def _load(budget: Budget) -> None:
    """Import what commands need, which takes a second or more on a machine that is busy: that counts too."""
    if (
        "symelbo.derivation" in sys.modules
        or budget.seconds is None
        or not hasattr(signal, "setitimer")
        or not _is_main()
    ):
        return

    from symelbo.budget import LONGEST

    def end(*_: object) -> NoReturn:
        raise BudgetError(f"the budget of {budget.named:g} s ended before anything was computed")

    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, min(budget.seconds, LONGEST))
    try:
        import_module("symelbo.derivation")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def point_of(model: Model | Network, at: str | None) -> Any:
    """Return the point that ``--at`` names: values of parameters, or the numbers of the file."""
    from symelbo.models import parse_assignments
    from symelbo.models.parametrization import as_parametrised

    if at is None or at == "file":
        return at
    return as_parametrised(model).point(parse_assignments(at, where="--at"))


def exit_code(reports: Sequence[Report]) -> int:
    """Return 1 where a theorem is contradicted, 3 where a verdict is open, else 0."""
    if any(r.contradictions for r in reports):
        return CONTRADICTED
    return UNDECIDED if any(r.undecided for r in reports) else DECIDED
