"""Files are written whole or not at all: under another name, which takes their place when all is written."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copymode

from symelbo.errors import ModelError

unfinished: set[Path] = set()
"""Files that are being written: whoever ends this process at once removes them."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name beside ``path``, with its suffix, to write to; what is there at the end takes the place of ``path``.

    Raises
    ------
    ModelError
        The file cannot be written: no permission, no folder, no space.  What stood there before stands there still.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve()  # what a link points to is replaced, not the link
        old = target.exists()
        if old and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if old and not target.is_file():  # a device or a pipe has no place that could be taken
            yield target
            return
        beside = target.with_name(f".{secrets.token_hex(8)}{target.suffix}")
        unfinished.add(beside)
        try:
            yield beside
            if old:
                copymode(target, beside)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
            unfinished.discard(beside)
    except FileExistsError:
        raise ModelError(f"{path} cannot be written: {path.parent} is no folder") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror or error}") from None


def write(path: Path, data: str | bytes) -> None:
    """Write a file, a text in UTF-8; ModelError where that is not possible."""
    with whole(path) as place:
        place.write_bytes(data.encode() if isinstance(data, str) else data)
