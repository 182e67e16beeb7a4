"""What takes longer than a second says what it is doing, in one line that is gone when it is done.

The line is on stderr if that is a terminal, and in the output of a notebook's cell; elsewhere nothing is shown.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

# Seconds that pass in silence, and between two looks.
AFTER, EVERY = 1.0, 0.25


class _Task:
    """One thing that is being done; ``words`` may change."""

    def __init__(self, words: str) -> None:
        self.words = words

    def say(self, words: str) -> None:
        self.words = words


_TASKS: list[_Task] = []


@contextmanager
def doing(words: str) -> Iterator[Callable[[str], None]]:
    """Show what is being done while it is; what is yielded changes the words.

    Where one thing is done for another one, the line of the first is shown with the words of the last.

    >>> with doing("a sum") as say:
    ...     say("a sum, half of it")
    """
    task, write = _Task(words), None if _TASKS else _line()
    _TASKS.append(task)
    done = threading.Event()
    ticking = None if write is None else threading.Thread(target=_tick, args=(write, done), daemon=True)
    if ticking is not None:
        ticking.start()
    try:
        yield task.say
    finally:
        _TASKS[:] = [t for t in _TASKS if t is not task]
        if ticking is not None:
            done.set()
            ticking.join()


def silenced() -> None:
    """Show nothing in this process: it works for one that does."""
    _TASKS.append(_Task(""))


def _tick(write: Callable[[str], None], done: threading.Event) -> None:
    start, shown = time.monotonic(), False
    while not done.wait(EVERY if shown else AFTER):
        said = list(dict.fromkeys(t.words for t in _TASKS[:1] + _TASKS[-1:]))
        write(f"{': '.join(said)}, {time.monotonic() - start:.0f} s")
        shown = True
    if shown:
        write("")


def _line() -> Callable[[str], None] | None:
    """What writes the line, or None where nobody would see it."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if hasattr(shell, "kernel"):
        return _Cell()
    try:
        return _terminal(sys.stderr.fileno()) if sys.stderr.isatty() and os.environ.get("TERM") != "dumb" else None
    except (AttributeError, OSError, ValueError):  # no stderr, or a closed one
        return None


def _terminal(file: int) -> Callable[[str], None]:
    """Writes past the stream: its lock must not be held when another process is forked off."""

    def write(text: str) -> None:
        width = max(shutil.get_terminal_size().columns - 1, 1)
        os.write(file, f"\r\x1b[2K{text[:width]}".encode())

    return write


class _Cell:
    """An output of a cell, made with the first words and empty after the last ones."""

    def __init__(self) -> None:
        self.shown: Any = None

    def __call__(self, text: str) -> None:
        display: Any = import_module("IPython.display").display
        if self.shown is None:
            self.shown = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self.shown.update({"text/plain": text}, raw=True)
