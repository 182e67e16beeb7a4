"""Bayesian networks as people store them, read by small parsers into one value, :class:`NetworkFile`.

The format is recognised by the content of a file, not by its name: BIF, XMLBIF, UAI, Hugin .net and GeNIe .xdsl, each
also compressed with gzip.  A text that is not UTF-8 (or UTF-16 with its mark) is read as Windows-1252 or Latin-1, and
that is said.
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from symelbo.budget import LIMITS
from symelbo.errors import ModelFileError
from symelbo.models.formats.bif import parse_bif
from symelbo.models.formats.hugin import parse_hugin
from symelbo.models.formats.network import NetworkFile, Table
from symelbo.models.formats.objects import network_of
from symelbo.models.formats.uai import parse_uai
from symelbo.models.formats.xml import parse_xdsl, parse_xmlbif

__all__ = ["FORMATS", "NetworkFile", "Table", "file_text", "network_in", "network_of", "parse_bif", "read_network"]

FORMATS = "TOML, BIF, XMLBIF, UAI, Hugin .net, GeNIe .xdsl"

_SPACE = r"(?:\s|//[^\n]*\n|/\*.*?\*/|[#%][^\n]*\n)*"
_RECOGNISED: tuple[tuple[re.Pattern[str], Callable[[str, str, bool], NetworkFile]], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), parser)
    for pattern, parser in (
        (r"\s*<.*?<smile\b|\s*<smile\b", parse_xdsl),
        (r"\s*<.*?<bif\b|\s*<bif\b", parse_xmlbif),
        (_SPACE + r"bayes\s+[0-9#]|" + _SPACE + r"markov\s+[0-9#]", parse_uai),
        (_SPACE + r"(?:net\s*\{|class\s+\S+\s*\{|(?:discrete\s+)?node\s+\S+\s*\{)", parse_hugin),
        (_SPACE + r"(?:(?:network|variable)\b(?!\s*=)[^{}]*\{|probability\s*\()", parse_bif),
    )
)
_OTHERS = {
    r"\s*<": "XML of another kind",
    r"\s*\{\s*\"": "JSON",
    r"PK\x03\x04": "a zip archive",
    r"\s*net\s+\S+\s*\{": "GeNIe .dsl (save it as .xdsl)",
}


def read_network(path: str | Path, *, normalise: bool = False) -> NetworkFile:
    """Read a network from a file in one of the formats.

    Parameters
    ----------
    path
        The file.
    normalise
        Divide every row by its sum, whatever that is; else only those within 1/1000 of 1 are.

    Raises
    ------
    ModelFileError
        If the file cannot be read, or is no network.

    >>> read_network("nowhere.bif")
    Traceback (most recent call last):
    symelbo.errors.ModelFileError: nowhere.bif: cannot be read: No such file or directory
    """
    text, remarks = file_text(Path(path))
    network = network_in(text, source=str(path), normalise=normalise)
    if network is None:
        raise ModelFileError(f"{path}: {unknown_format(text)}")
    return replace(network, remarks=(*remarks, *network.remarks))


def network_in(text: str, *, source: str = "<text>", normalise: bool = False) -> NetworkFile | None:
    """Return the network in a text, in whatever format; None if it is in none of them.

    Raises
    ------
    ModelFileError
        With the place in ``source``, what was found and what is expected, for a network that is not well-formed.
    """
    for pattern, parser in _RECOGNISED:
        if pattern.match(text):
            return parser(text, source, normalise)
    return None


def unknown_format(text: str) -> str:
    """Say that a text is in no known format, and which are known."""
    kind = next((name for pattern, name in _OTHERS.items() if re.match(pattern, text)), "")
    return f"found {kind or 'an unknown format'}; the formats that are read are {FORMATS}, also compressed with gzip"


def file_text(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file, and what is to be said of its encoding; it is decompressed, and never too large."""
    limit = LIMITS.file_bytes
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)  # the size of a device or a pipe is not known beforehand
        if data[:2] == b"\x1f\x8b":
            with gzip.open(path) as packed:
                data = packed.read(limit + 1)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ModelFileError(f"{path}: not a whole gzip file: {error}") from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(data) > limit:
        raise ModelFileError(f"{path}: larger than {limit} bytes")
    return _decoded(data, path)


def _decoded(data: bytes, path: Path) -> tuple[str, tuple[str, ...]]:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if wide else "utf-8-sig").replace("\r\n", "\n"), ()
    except UnicodeDecodeError as error:
        if wide or b"\x00" in data:
            raise ModelFileError(f"{path}: byte {error.start} is no text: neither UTF-8 nor UTF-16") from None
        where = error.start
    try:
        text, name = data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        text, name = data.decode("latin-1"), "Latin-1"
    return text.replace("\r\n", "\n"), (f"byte {where} is not UTF-8: the file is read as {name}",)
