"""A text with places: what the readers of network files share."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from symelbo.errors import ModelFileError
from symelbo.models.formats.network import is_number

QUOTED = r'"[^"\n]*"'
_WORD = re.compile(rf'\s*({QUOTED}|[{{}}()\[\];,|]|[^\s{{}}()\[\];,|"]+|")?')
_EMPTY = re.compile(r",\s*,")


class Text:
    """The text of a file, read from a position on."""

    def __init__(self, text: str, source: str) -> None:
        self.text, self.source, self.at = text, source, 0

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self.text))]

    def place(self, offset: int) -> str:
        """The file, line and column of a position."""
        line = bisect_right(self._lines, offset)
        return f"{self.source}:{line}:{offset - self._lines[line - 1] + 1}"

    def error(self, offset: int, message: str) -> ModelFileError:
        """The error with its place."""
        return ModelFileError(f"{self.place(offset)}: {message}")

    def unexpected(self, expected: str, offset: int | None = None) -> ModelFileError:
        """The error that names the word that stands at a position, and what is expected there."""
        match = _WORD.match(self.text, self.at if offset is None else offset)
        word = match[1] if match is not None else None
        where = len(self.text) if match is None or word is None else match.start(1)
        found = "the end of the file" if word is None else repr(unquoted(word))
        return self.error(where, f"found {found}; expected {expected}")

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Read what a pattern describes, if it stands at the position."""
        match = pattern.match(self.text, self.at)
        if match is not None:
            self.at = match.end()
        return match

    def numbers(self, start: int, end: int) -> tuple[str, ...]:
        """The numbers between two positions, with commas or without."""
        part = self.text[start:end]
        if (empty := _EMPTY.search(part)) is not None:
            raise self.unexpected("a probability", start + empty.end() - 1)
        found = tuple(part.replace(",", " ").split())
        for word in found:
            if not is_number(word):
                raise self.unexpected("a probability", start + part.find(word))
        return found


def unquoted(word: str) -> str:
    """A name without its quotes."""
    return word[1:-1] if len(word) > 1 and word[0] == word[-1] == '"' else word
