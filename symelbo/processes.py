"""Other processes: they die with this one, have as much memory as they are given, and send back what they found.

What a fork shares with its parent is named in what it sends, not copied.
"""

from __future__ import annotations

import ctypes
import io
import os
import pickle
import signal
import subprocess
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any


def die_with(parent: int) -> None:
    """Ask the kernel to kill this process when its parent dies."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


def program(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run another program, which dies with this process (Linux), and return what it wrote and its exit code."""
    parent = os.getpid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks in a process with threads
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            preexec_fn=partial(die_with, parent) if sys.platform == "linux" else None,
            **options,
        )


def limit_memory(more: float) -> None:
    """Refuse this process more than so many bytes beyond those in use."""
    import resource

    pages = 0
    with suppress(OSError), open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
    # Refused memory makes the arithmetic library complain before it aborts; the parent says so in its own words.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    with suppress(ValueError, OSError, OverflowError):  # more than there is: no limit
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + int(more),) * 2)


def pickled(value: object, shared: tuple[object, ...]) -> bytes:
    """A value as bytes, in which shared objects are named."""
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


def unpickled(text: bytes, shared: tuple[object, ...]) -> Any:
    """The value of such bytes, where there are the same shared objects."""
    return _Unpickler(io.BytesIO(text), shared).load()


class _Unpickler(pickle.Unpickler):
    def __init__(self, buffer: io.BytesIO, shared: tuple[object, ...]) -> None:
        super().__init__(buffer)
        self._shared = shared

    def persistent_load(self, pid: Any) -> object:
        return self._shared[pid]
