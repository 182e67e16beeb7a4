"""Budgets: work that could run away is done in a process of its own, which can be ended at any moment.

The process is a fork of this one, so that the model need not travel; what it finds out travels back event by event, and
when the budget ends everything that has arrived is kept.  It never outlives its parent: it is killed when the budget
ends, when the parent is interrupted, and by the kernel when the parent dies (Linux).  A computation inside the
arithmetic library cannot be interrupted otherwise, not even by a signal.

Where processes cannot be forked (Windows) the time is looked at between two events only.
"""

from __future__ import annotations

import ctypes
import io
import multiprocessing
import os
import pickle
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from symelbo.errors import BudgetError, DomainError

__all__ = ["LIMITS", "Budget", "Limits", "Work", "limit_memory", "limited", "within"]

MEGABYTE = 1_000_000
SHORTEST = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of a computation: seconds, and bytes of memory beyond those in use when it begins.

    >>> Budget.of(2)
    Budget(seconds=2.0, memory=None)
    """

    seconds: float | None = None
    memory: float | None = None
    given: float | None = field(default=None, repr=False, compare=False)
    """The seconds that a person gave, where some of them are used up already."""

    @property
    def named(self) -> float:
        """The seconds for a message."""
        return self.given or self.seconds or 0.0

    def __post_init__(self) -> None:
        for name, value in (("seconds", self.seconds), ("memory", self.memory)):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if value is not None and not (number and isfinite(value) and value > 0):
                raise DomainError(f"budget: {name} = {value!r}; expected a positive number")

    @classmethod
    def of(cls, value: object) -> Budget:
        """Return a budget from itself or from a number of seconds."""
        if isinstance(value, Budget):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return cls(float(value))
        raise DomainError(f"budget = {value!r}: expected seconds, or Budget(seconds=..., memory=...)")

    def left(self, start: float) -> Budget:
        """The budget less the time since ``start``, a value of ``time.monotonic()``."""
        if self.seconds is None:
            return self
        return Budget(max(self.seconds - (time.monotonic() - start), SHORTEST), self.memory, self.named)


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit of size that decides an answer, counted in work: terms, states, cases, eliminations; never seconds.

    Beyond a limit something is left open, or evaluated at points; none makes an answer wrong.
    """

    # Eliminations over the function field: terms of a row.
    elimination_terms: int = 20_000
    short_elimination_terms: int = 500  # where the result only adds to what is known
    # Where a model is cylindrical: units of work, cases, and |X| d.
    short_locus_work: int = 10_000_000  # some ten million units are a second
    short_locus_cases: int = 30
    short_locus_shape: int = 5_000
    locus_work: int = 200_000_000
    locus_cases: int = 400
    locus_shape: int = 20_000
    sign_work: int = 200_000_000  # for signs that nothing else limits
    factoring_work: int = 20  # what factors of a polynomial count, for every term
    point_work: int = 1_000  # what the search for a point counts, for every term of the conditions on it
    minors_work: int = 10_000_000  # for minors that prove "nowhere"


LIMITS = Limits()


class Work:
    """Work that is counted, in products of two terms or so, up to a limit: the same on every machine and under load.

    >>> work = Work(10)
    >>> work.spend(11)
    Traceback (most recent call last):
    symelbo.errors.BudgetError: a search was ended at its limit of 10 units of work
    >>> work.is_spent
    True
    """

    __slots__ = ("limit", "spent")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.spent = 0

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.spent > self.limit

    def spend(self, units: int) -> None:
        """Count some units; BudgetError where they are more than what is left."""
        self.spent += units
        if self.is_spent:
            raise BudgetError(f"a search was ended at its limit of {self.limit} units of work")

    def part(self) -> Work:
        """Half of what is left, for a part of the search."""
        return Work((self.limit - self.spent) // 2)


T = TypeVar("T")


class _EndedError(BudgetError):
    """The process was ended, or ended without a word."""


def limited(budget: float | Budget | None, what: str, work: Callable[[], T], *shared: object) -> T:
    """Return the value of a computation that may take so long and no longer.

    Parameters
    ----------
    budget : seconds, Budget(seconds=..., memory=...) or None
        None: no limit, and the work is done in this process.
    what : str
        What is computed, for the message.
    work : callable without arguments
        Its value can be pickled once exact numbers are.
    shared : objects
        Come back as themselves where they occur in the value.

    Raises
    ------
    BudgetError
        The budget ended first.

    >>> limited(60, "a sum", lambda: sum(range(10)))
    45
    """
    if budget is None:
        return work()

    def once() -> Iterator[T]:
        yield work()

    try:
        (value,) = within(Budget.of(budget), once(), shared)
    except _EndedError as error:
        raise BudgetError(f"{error} during {what}") from None
    found: T = value
    return found


def within(budget: Budget, events: Iterable[Any], shared: tuple[object, ...] = ()) -> Iterator[Any]:
    """Yield the events of a computation that runs in a process of its own, as they come.

    Parameters
    ----------
    budget : Budget
    events : iterable
        Is iterated in the other process only; events can be pickled.
    shared : tuple
        Objects that both processes have: they come back as themselves.

    Raises
    ------
    BudgetError
        The budget ended first; the message says which limit.
    """
    deadline = None if budget.seconds is None else time.monotonic() + budget.seconds
    if not hasattr(os, "fork"):
        yield from _cooperatively(events, deadline, budget)
        return
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # what is buffered would be written by both processes
            stream.flush()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(events, sender, budget, shared, os.getpid()), daemon=True)
    try:
        with warnings.catch_warnings():
            # Forking beside threads is safe here: the other process uses none of their locks.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        sender.close()
        yield from _received(receiver, process, deadline, budget, shared)
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        receiver.close()


def _received(
    receiver: Connection,
    process: multiprocessing.process.BaseProcess,
    deadline: float | None,
    budget: Budget,
    shared: tuple[object, ...],
) -> Iterator[Any]:
    while True:
        left = None if deadline is None else max(deadline - time.monotonic(), 0)
        if not receiver.poll(left):
            raise _EndedError(f"the budget of {budget.named:g} s ended")
        try:
            kind, value = _Unpickler(io.BytesIO(receiver.recv_bytes()), shared).load()
        except EOFError:
            process.join()
            raise _EndedError(_cause(process.exitcode, budget)) from None
        if kind == "end":
            return
        if kind == "error":
            raise value
        yield value


def _cooperatively(events: Iterable[Any], deadline: float | None, budget: Budget) -> Iterator[Any]:
    for event in events:
        yield event
        if deadline is not None and time.monotonic() > deadline:
            raise _EndedError(f"the budget of {budget.named:g} s ended")


def _cause(exitcode: int | None, budget: Budget) -> str:
    """Why the process ended without a word: when memory is refused, the arithmetic library aborts."""
    if budget.memory is not None:
        return f"the budget of {budget.memory / MEGABYTE:g} MB of memory ended"
    return f"the computing process ended (exit code {exitcode})"


def _serve(events: Iterable[Any], sender: Connection, budget: Budget, shared: tuple[object, ...], parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with(parent)
    # The computation may set budgets for parts of it: their processes die with this one.
    multiprocessing.current_process()._config["daemon"] = False  # type: ignore[attr-defined]  # no public switch
    if budget.memory is not None:
        limit_memory(budget.memory)
    try:
        for event in events:
            sender.send_bytes(_pickled(("event", event), shared))
        last: tuple[str, Any] = ("end", None)
    except MemoryError:
        os._exit(1)  # the parent knows the reason
    except (ImportError, OSError) as error:
        if budget.memory is not None:
            os._exit(1)  # a library could not be loaded into what is left
        last = ("error", error)
    except Exception as error:
        last = ("error", error)
    sender.send_bytes(_pickled(last, shared))


def _die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def limit_memory(more: float) -> None:
    """Refuse this process more than so many bytes beyond those in use."""
    import resource

    pages = 0
    with suppress(OSError), open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
    # Refused memory makes the arithmetic library complain before it aborts; the parent says so in its own words.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + int(more),) * 2)


def _pickled(value: object, shared: tuple[object, ...]) -> bytes:
    buffer = io.BytesIO()
    _Pickler(buffer, shared).dump(value)
    return buffer.getvalue()


class _Pickler(pickle.Pickler):
    """Names shared objects instead of copying them."""

    def __init__(self, buffer: io.BytesIO, shared: tuple[object, ...]) -> None:
        super().__init__(buffer, protocol=pickle.HIGHEST_PROTOCOL)
        self._names = {id(o): k for k, o in enumerate(shared)}

    def persistent_id(self, obj: Any) -> int | None:
        return self._names.get(id(obj))


class _Unpickler(pickle.Unpickler):
    def __init__(self, buffer: io.BytesIO, shared: tuple[object, ...]) -> None:
        super().__init__(buffer)
        self._shared = shared

    def persistent_load(self, pid: Any) -> object:
        return self._shared[pid]
