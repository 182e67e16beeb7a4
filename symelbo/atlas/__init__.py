"""Whole families of models decided at once: every model with every hidden set, algebra against graph criterion.

One pair is a model (up to equality of models, not of graphs) of labelled binary nodes with a nonempty proper hidden
subset.  For each the algebra decides whether the model is cylindrical (:mod:`symelbo.atlas.decisions` says what is
proved how), and the graph criterion S11 is asked as well.  S11 proves one direction, "a cut is cylindrical"; the atlas
is the evidence for the other.  A pair where the two differ is a mismatch and is reported with its model file.

>>> atlas = run("hierarchical", 3)
>>> atlas.data()  # doctest: +ELLIPSIS
{'family': 'hierarchical', 'nodes': 3, 'pairs': 54, 'cylindrical': 51, 'criterion_mismatches': 0, 'seconds': ...}
"""

from __future__ import annotations

import csv
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from itertools import chain, islice
from pathlib import Path
from typing import Any

from symelbo.atlas.decisions import Row, Task, decide
from symelbo.atlas.families import FAMILIES, Family, family_of, hidden_sets, model_file
from symelbo.atlas.journal import Journal, MemoryJournal
from symelbo.budget import Budget
from symelbo.errors import ModelError
from symelbo.exact import is_whole
from symelbo.processes import die_with, limit_memory
from symelbo.writing import whole

__all__ = ["FAMILIES", "Atlas", "Mismatch", "Progress", "model_file", "run"]

COLUMNS = ("model", "hidden", "rank_joint", "rank_visible", "rank_vertical", "cylindrical", "criterion", "proof")
# Pairs that travel together.
BATCH = 240
# Families with fewer models are decided in this process: starting others costs more.
SMALL = 300
REPAIRS = 3


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A pair on which algebra and criterion differ."""

    model: str
    hidden: str
    cylindrical: bool
    criterion: bool
    proof: str
    model_file: str

    def __str__(self) -> str:
        said = {True: "cylindrical", False: "not cylindrical"}
        cut = "a cut" if self.criterion else "no cut"
        return f"# algebra: {said[self.cylindrical]} ({self.proof}); criterion: {cut}\n{self.model_file}"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: pairs decided and in all, seconds of this run, and an estimate of those left."""

    done: int
    total: int
    seconds: float
    seconds_left: float


@dataclass(frozen=True)
class Atlas:
    """The result: counts, mismatches and the table of all pairs; ``pairs`` is below ``total`` where a budget ended.

    In a row the rank of J is exact; those of J_V and of the vertical part are exact for cylindrical pairs, and lower
    bounds whose sum exceeds rank J for the others.
    """

    family: str
    nodes: int
    total: int
    pairs: int
    cylindrical: int
    mismatches: tuple[Mismatch, ...]
    seconds: float
    journal: Journal | MemoryJournal

    @property
    def is_complete(self) -> bool:
        """Whether every pair is decided."""
        return self.pairs == self.total

    def rows(self) -> Iterator[Row]:
        """All pairs, in the columns :data:`COLUMNS`."""
        return self.journal.rows()

    def data(self) -> dict[str, Any]:
        """The JSON object of ``symelbo atlas --json``."""
        return {
            "family": self.family,
            "nodes": self.nodes,
            "pairs": self.pairs,
            "cylindrical": self.cylindrical,
            "criterion_mismatches": len(self.mismatches),
            "seconds": round(self.seconds, 3),
        }

    def save(self, path: str | Path) -> Path:
        """Write the table, sorted by model and hidden set, as CSV or, with suffix ``.parquet``, as Parquet."""
        file = Path(path)
        if file.suffix not in (".csv", ".parquet"):
            raise ModelError(f"{file}: the suffix {file.suffix!r} is not .csv or .parquet")
        rows = sorted(self.rows(), key=lambda r: (r[0], len(r[1]), r[1]))
        if file.suffix == ".parquet":
            try:
                arrow, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
            except ImportError:
                raise ModelError(
                    f"{file}: Parquet needs pyarrow (extra: parquet), which is not installed; choose .csv"
                ) from None
            columns = {name: [row[k] for row in rows] for k, name in enumerate(COLUMNS)}
            with whole(file) as place:
                parquet.write_table(arrow.table(columns), place)
        else:
            with whole(file) as place, place.open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, lineterminator="\n")
                writer.writerow(COLUMNS)
                writer.writerows(rows)
        return file


def run(
    family: str,
    nodes: int,
    *,
    jobs: int | None = None,
    executor: Executor | None = None,
    path: str | Path | None = None,
    progress: Callable[[Progress], None] | None = None,
    budget: float | Budget | None = None,
) -> Atlas:
    """Decide every pair of a family.

    Parameters
    ----------
    family : str
        ``"bayesian-network"``, ``"graphical"`` or ``"hierarchical"``.
    nodes : int
        From 2 to 6.
    jobs : int, optional
        Processes on this machine (1: in this process); default: as many as processors, or none for small families.
        Like everything that starts processes, a script calls this under ``if __name__ == "__main__":``.
    executor : concurrent.futures.Executor, optional
        Any other one, for instance ``Client(...).get_executor()`` of ``dask.distributed`` (extra ``cluster``), which
        repeats the work of a worker that is lost.  It is not shut down.
    path : str or Path, optional
        A file of JSON lines that every batch is appended to.  If it exists the run is continued: nothing is lost.
    progress : callable, optional
        Called after every batch.
    budget : seconds, or Budget(seconds=..., memory=...), optional
        When it ends the processes are ended, and what is decided is returned (and is in the file, to be continued).
        Memory is that of each process.

    Raises
    ------
    ModelError
        Unknown family, unsuitable number of nodes, or a file of another atlas.
    """
    chosen = family_of(family, nodes)
    if jobs is not None and not is_whole(jobs, 1):
        raise ModelError(f"jobs = {jobs!r}: expected a number of processes, at least 1")
    limits = Budget() if budget is None else Budget.of(budget)
    deadline = None if limits.seconds is None else time.monotonic() + limits.seconds
    journal = MemoryJournal() if path is None else Journal(Path(path), family, nodes)
    work = _Run(chosen, nodes, progress, journal, deadline)
    width = jobs or os.cpu_count() or 1
    with suppress(_EndedError):
        if executor is not None:
            _on_executor(executor, width, work)
        elif budget is None and (jobs == 1 or (jobs is None and chosen.counts[nodes] < SMALL)):
            for tasks in work.batches:
                work.finish(decide(tasks))
        else:
            _on_processes(width, work, limits.memory)
    return work.atlas()


class _EndedError(Exception):
    """The budget ended."""


class _Run:
    """What is known of a run and what is left to do: counts, mismatches, and the batches of pairs that are not done."""

    def __init__(
        self,
        family: Family,
        nodes: int,
        progress: Callable[[Progress], None] | None,
        journal: Journal | MemoryJournal,
        deadline: float | None,
    ) -> None:
        self.family, self.nodes, self.progress = family, nodes, progress
        self.journal, self.deadline = journal, deadline
        self.total = family.pairs(nodes)
        self.pairs = self.cylindrical = 0
        self.mismatches: list[Mismatch] = []
        self.known: dict[str, set[str]] = {}
        self.start = self.last = time.perf_counter()
        for row in journal.rows():
            self.add([row])
            self.known.setdefault(row[0], set()).add(row[1])
        self.earlier = self.pairs
        self.batches = self._batches()

    def add(self, rows: list[Row]) -> None:
        for key, hidden, _, _, _, cylindrical, criterion, proof in rows:
            self.pairs += 1
            self.cylindrical += cylindrical
            if cylindrical != criterion:
                text = model_file(self.family.name, key, self.nodes, hidden)
                self.mismatches.append(Mismatch(key, hidden, cylindrical, criterion, proof, text))

    def finish(self, rows: list[Row]) -> None:
        """Record a batch: first in the file, then in the counts."""
        now = time.perf_counter()
        self.journal.append(rows, now - self.last)
        self.last = now
        self.add(rows)
        if self.progress is not None:
            seconds = now - self.start
            left = seconds * (self.total - self.pairs) / max(self.pairs - self.earlier, 1)
            self.progress(Progress(self.pairs, self.total, seconds, left))

    def atlas(self) -> Atlas:
        found = tuple(sorted(self.mismatches, key=lambda m: (m.model, len(m.hidden), m.hidden)))
        counts = self.total, self.pairs, self.cylindrical
        return Atlas(self.family.name, self.nodes, *counts, found, self.journal.seconds(), self.journal)

    def _batches(self) -> Iterator[list[Task]]:
        """The pairs that are not known yet, a few models at a time."""
        every = hidden_sets(self.nodes)

        def tasks() -> Iterator[Task]:
            for key in self.family.models(self.nodes):
                left = [h for h in every if h not in self.known.get(key, ())]
                if left:
                    yield key, model_file(self.family.name, key, self.nodes, left[0]), left

        source = tasks()
        while batch := list(islice(source, max(BATCH // len(every), 1))):
            yield batch


def _spread(executor: Executor, work: _Run, width: int, pending: dict[Future[list[Row]], list[Task]]) -> None:
    """Keep ``width`` batches on the way; a finished one is recorded at once.  What fails stays in ``pending``."""
    while True:
        for tasks in islice(work.batches, max(width - len(pending), 0)):
            pending[executor.submit(decide, tasks)] = tasks
        if not pending:
            return
        left = None if work.deadline is None else max(work.deadline - time.monotonic(), 0)
        done = wait(pending, timeout=left, return_when=FIRST_COMPLETED).done
        if not done or left == 0:
            raise _EndedError
        for future in done:
            rows = future.result()
            del pending[future]
            work.finish(rows)


def _on_executor(executor: Executor, jobs: int, work: _Run) -> None:
    """An executor that somebody else shuts down: what is still waiting there at the end is cancelled."""
    pending: dict[Future[list[Row]], list[Task]] = {}
    try:
        _spread(executor, work, 4 * jobs, pending)
    finally:
        for future in pending:
            future.cancel()


def _on_processes(jobs: int, work: _Run, memory: float | None) -> None:
    """A pool of our own: when one of its processes is killed, a new pool does what was on the way again.

    Only the pool's shutdown cancels futures here: its thread fails on those that are cancelled behind its back.
    """
    context = multiprocessing.get_context("spawn")
    for attempt in range(REPAIRS + 1):
        pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_prepare, initargs=(os.getpid(), memory))
        pending: dict[Future[list[Row]], list[Task]] = {}
        try:
            _spread(pool, work, 2 * jobs + 1, pending)
            pool.shutdown()
            return
        except BrokenProcessPool:
            _stop(pool)
            if memory is not None and attempt:
                raise _EndedError from None
            if attempt == REPAIRS:
                raise
            work.batches = chain(pending.values(), work.batches)
        except MemoryError:
            _stop(pool)
            raise _EndedError from None
        except BaseException:
            _stop(pool)
            raise


def _prepare(parent: int, memory: float | None) -> None:
    """Interrupts are left to the parent, without whom there is nothing to do; memory is limited in every process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with(parent)
    if memory is not None:
        limit_memory(memory)


def _stop(pool: ProcessPoolExecutor) -> None:
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        with suppress(Exception):
            process.kill()
    for process in processes:
        with suppress(Exception):
            process.join(5)
