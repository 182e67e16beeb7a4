"""A derivation as a value: title, assumptions, notation and steps, recorded by the code that computes and verifies.

The renderers take a :class:`Derivation` and write it; they compute nothing.  Next to what is written each side of a
relation keeps its value (a sympy expression or matrix) and the name of the quantity it is, for re-evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import sympy

from symelbo.errors import ModelError
from symelbo.typesetting import Form

if TYPE_CHECKING:
    from symelbo.derivation.blocks import Block

__all__ = ["Derivation", "Math", "Relation", "Side", "Status", "Step", "Verdicts", "Words", "words"]

Status: TypeAlias = Literal["proved", "assumed", "numeric", "not applicable"]


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


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a relation: how it is written, its value, or both.

    Attributes
    ----------
    latex : str or None
        None: the value is printed.
    value : sympy expression or matrix, or None for something that is only named
    entry : str
        LaTeX of a single entry with ``ROW`` and ``COLUMN`` for the labels, if a matrix is too wide to be shown.
    row, column : str
        LaTeX of a row, or of a column, with ``ROW`` or ``COLUMN`` for its label.
    rows, columns : tuple of str
        LaTeX of the labels.
    """

    latex: str | None = None
    value: Any = None
    entry: str = ""
    rows: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    row: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Relation:
    """``left relation right``; ``names``: from here on the right side is written as the left one.

    ``quantity`` names what the right side is, in the names of :mod:`symelbo.statements.formulas` where there is one.
    """

    left: Side
    relation: str
    right: Side
    names: bool = False
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a sentence, relations, by which rule they hold, what is cited, and on what that rests.

    ``more`` tells how many relations of the same kind are left out.
    """

    heading: str
    text: Words
    relations: tuple[Relation, ...] = ()
    rule: str = ""
    cites: str = ""
    status: Status = "proved"
    certificate: str | None = None
    after: Words = ()
    more: int = 0
    point: Mapping[sympy.Expr, sympy.Rational] | None = None

    @property
    def left(self) -> Side | None:
        """The left side of the first relation."""
        return self.relations[0].left if self.relations else None

    @property
    def relation(self) -> str:
        """The sign of the first relation."""
        return self.relations[0].relation if self.relations else ""

    @property
    def right(self) -> Side | None:
        """The right side of the last relation."""
        return self.relations[-1].right if self.relations else None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A row of the index of verdicts: statement, verdict in words, scope, hash of the certificate."""

    id: str
    title: str
    verdict: str
    scope: str
    reference: str
    certificate: str | None


@dataclass(frozen=True)
class Derivation:
    """What was computed and verified about a model, in order; rendered by its methods.

    Attributes
    ----------
    title : str
    assumptions : tuple of Words
        A1, A2, ...
    notation : tuple of Words
    steps : tuple of Step
    verdicts : tuple of Verdicts
    order : tuple of symbols
        The parameters in declared order: terms and factors are written in it.
    symbols : mapping from symbol to LaTeX
        Symbols that are not written by their own name, such as q(1,1,1).
    form : "factored", "expanded" or "collected"
    """

    title: str
    assumptions: tuple[Words, ...]
    notation: tuple[Words, ...]
    steps: tuple[Step, ...]
    verdicts: tuple[Verdicts, ...] = ()
    order: tuple[sympy.Symbol, ...] = ()
    symbols: Mapping[sympy.Symbol, str] = field(default_factory=dict)
    form: Form = "factored"

    def written(self, *, form: Form | None = None, symbol_names: Mapping[Any, str] | None = None) -> Derivation:
        """Return the same derivation in another form, or with other names (LaTeX) for parameters."""
        if form is not None and form not in ("factored", "expanded", "collected"):
            raise ModelError(f"form: {form!r} is none of 'factored', 'expanded', 'collected'")
        by_name = {str(s): s for s in self.order}
        symbols = dict(self.symbols)
        for key, latex in (symbol_names or {}).items():
            if str(key) not in by_name:
                raise ModelError(f"symbol_names: {key} is no parameter; the parameters are {', '.join(by_name)}")
            symbols[by_name[str(key)]] = latex
        return replace(self, form=form or self.form, symbols=symbols)

    @cached_property
    def layout(self) -> Sequence[Block]:
        """The steps laid out in lines, as all renderers take them."""
        from symelbo.derivation.blocks import blocks

        return tuple(blocks(self))

    def fragment(self) -> str:
        r"""The derivation as LaTeX without preamble, to be pasted into a paper (amsmath, amssymb)."""
        from symelbo.derivation.latex import fragment

        return fragment(self)

    def document(self) -> str:
        """The derivation as a LaTeX document."""
        from symelbo.derivation.latex import document

        return document(self)

    def markdown(self) -> str:
        """The derivation as Markdown with formulas between dollars."""
        from symelbo.derivation.markdown import markdown

        return markdown(self)

    def html(self) -> str:
        """The derivation as a page of HTML that needs no network (formulas in MathML)."""
        from symelbo.derivation.html import page

        return page(self)

    def text(self, width: int = 100) -> str:
        """The derivation as plain text."""
        from symelbo.derivation.text import text

        return text(self, width)

    def save(self, path: str | Path) -> Path:
        """Write the derivation to a file: ``.tex``, ``.pdf``, ``.md``, ``.html`` or ``.txt``.

        Raises
        ------
        ModelError
            Another suffix, a file that cannot be written, or for ``.pdf`` no TeX engine.
        """
        from symelbo.derivation.files import save

        contents = {
            ".tex": self.document, ".pdf": self.document, ".md": self.markdown, ".html": self.html, ".txt": self.text,
        }  # fmt: skip
        return save(Path(path), contents)

    def _repr_latex_(self) -> str:
        return self.fragment()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        from symelbo.derivation.html import body

        return {"text/plain": repr(self), "text/html": body(self), "text/markdown": self.markdown()}

    def __repr__(self) -> str:
        return f"Derivation: {self.title} ({len(self.steps)} steps)"


def side(latex: str | None = None, value: Any = None) -> Side:
    """A side that is written as LaTeX, or printed from its value."""
    return Side(latex, value)


def together(parts: Iterable[Words], separator: str = ", ") -> Words:
    """Sentences or names joined to one."""
    joined: list[str | Math] = []
    for k, part in enumerate(parts):
        joined += [separator, *part] if k else part
    return tuple(joined)
