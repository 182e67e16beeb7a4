"""The file an atlas is written to while it runs: JSON lines, appended, keyed by pair, good after any interruption.

The first line says what it is; then one line for every pair (a list, see :data:`symelbo.atlas.decisions.Row`) and,
after every batch, one with the seconds it took (an object).  A line that was cut off in the middle is dropped when the
file is opened again; a pair that occurs twice counts once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from symelbo.atlas.decisions import Row
from symelbo.errors import ModelError

FORMAT = "symelbo-atlas"
VERSION = 1


class MemoryJournal:
    """Rows kept in memory."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._seconds = 0.0

    def append(self, rows: Iterable[Row], seconds: float) -> None:
        """Add the rows of a batch and its time."""
        self._rows.extend(rows)
        self._seconds += seconds

    def rows(self) -> Iterator[Row]:
        """All rows so far."""
        return iter(self._rows)

    def seconds(self) -> float:
        """The time of all batches."""
        return self._seconds


class Journal:
    """Rows kept in a file; one that exists already is continued.

    Raises
    ------
    ModelError
        The file is no atlas, or that of another family or number of nodes.
    """

    def __init__(self, path: Path, family: str, nodes: int) -> None:
        self.path = path
        header = {"family": family, "format": FORMAT, "nodes": nodes, "version": VERSION}
        try:
            if path.exists() and path.stat().st_size:
                with path.open("rb") as file:
                    found = file.readline(1000)
                if found.strip() != json.dumps(header, sort_keys=True).encode():
                    raise ModelError(
                        f"{path} is not the file of an atlas of {family} on {nodes} nodes; choose another one"
                    )
                data = path.read_bytes()
                whole = data.rfind(b"\n") + 1
                if whole < len(data):  # the last line was torn
                    with path.open("r+b") as file:
                        file.truncate(whole)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._write([json.dumps(header, sort_keys=True)])
        except OSError as error:
            raise ModelError(f"{path} cannot be read or written: {error.strerror or error}") from None

    def append(self, rows: Iterable[Row], seconds: float) -> None:
        """Append the rows of a batch and its time, in one write that reaches the disk."""
        lines = [json.dumps(row, separators=(",", ":")) for row in rows]
        self._write([*lines, json.dumps({"seconds": round(seconds, 3)})])

    def rows(self) -> Iterator[Row]:
        """All rows in the file, each pair once."""
        seen: set[tuple[str, str]] = set()
        for entry in self._entries():
            if isinstance(entry, list):
                row: Row = tuple(entry)
                if row[:2] not in seen:
                    seen.add(row[:2])
                    yield row

    def seconds(self) -> float:
        """The time of all batches, those of earlier runs included."""
        return float(sum(e.get("seconds", 0) for e in self._entries() if isinstance(e, dict)))

    def _entries(self) -> Iterator[Any]:
        with self.path.open(encoding="utf-8") as file:
            next(file, None)
            for number, line in enumerate(file, start=2):
                try:
                    yield json.loads(line)
                except ValueError:
                    raise ModelError(f"{self.path}, line {number}: not JSON; the file was damaged") from None

    def _write(self, lines: list[str]) -> None:
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise ModelError(f"{self.path} cannot be written: {error.strerror or error}") from None
