"""Sentences with formulas inside, as every renderer takes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["BREAK", "UNBROKEN", "Math", "Words", "enumerated", "spoken", "together", "words"]


# A comma after which a formula may be broken, and the width of formulas, in points, that need not be broken.
BREAK = r",\allowbreak{} "
UNBROKEN = 130.0


@dataclass(frozen=True, slots=True)
class Math:
    """A formula inside a sentence."""

    latex: str


Words: TypeAlias = "tuple[str | Math, ...]"


def words(template: str, *names: object) -> Words:
    """Return a sentence with formulas between dollars; each ``{}`` is replaced by a name, taken literally.

    >>> words("The model {} has $d$ parameters.", "M$1")
    ('The model ', 'M$1', ' has ', Math(latex='d'), ' parameters.')
    """
    parts: list[str | Math] = []
    remaining = iter(names)
    for k, piece in enumerate(re.split(r"(?<!\\)\$", template)):
        if k % 2:
            parts.append(Math(piece))
            continue
        texts = piece.split("{}")
        for j, text in enumerate(texts):
            if text:
                parts.append(text)
            if j + 1 < len(texts):
                name = next(remaining)
                parts.extend(name if isinstance(name, tuple) else (name if isinstance(name, Math) else str(name),))
    return tuple(parts)


def together(parts: Iterable[Words], separator: str = ", ") -> Words:
    """Sentences or names joined to one."""
    joined: list[str | Math] = []
    for k, part in enumerate(parts):
        joined += [separator, *part] if k else part
    return tuple(joined)


def enumerated(formulas: Iterable[str]) -> str:
    r"""Formulas with commas between them, as one formula, which if it is long may be broken after each comma.

    >>> print(enumerated(["x", "y"]))
    x,\allowbreak{} y
    """
    return BREAK.join(formulas)


def spoken(sentence: Words, text: Callable[[str], str], formula: Callable[[str], str]) -> str:
    """A sentence as a renderer writes it: its texts by one function, its formulas by another."""
    return "".join(formula(p.latex) if isinstance(p, Math) else text(p) for p in sentence)
