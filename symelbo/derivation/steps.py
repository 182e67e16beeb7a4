"""A derivation as a value: title, assumptions, notation and steps, recorded by the code that computes and verifies.

The renderers (:mod:`symelbo.derivation.renderings`) take a :class:`Derivation` and write it; they compute nothing.
Next to what is written each side of a relation keeps its value (a sympy expression or matrix) and the name of the
quantity it is, for re-evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import sympy

from symelbo.derivation.words import Math, Words
from symelbo.errors import ModelError
from symelbo.typesetting import Form, plain

if TYPE_CHECKING:
    from symelbo.derivation.lettering import Lettering

__all__ = ["Derivation", "Relation", "Rendered", "Side", "Status", "Step", "Verdicts"]

# proved: a certificate says it; verified: the engine computed it exactly, ``basis`` says how, and no certificate does.
Status: TypeAlias = Literal["proved", "verified", "assumed", "not decided", "not applicable"]


# Characters of a value, or of a sentence, that a step shows of itself in a session.
SHOWN = 72


def _shortened(text: str) -> str:
    """The beginning of a text, as one line."""
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else line[:SHOWN].rstrip() + " ..."


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

    def __repr__(self) -> str:
        if self.latex is not None:
            return plain(self.latex)
        if isinstance(self.value, sympy.MatrixBase):
            return f"matrix, {self.value.rows} x {self.value.cols}"
        return _shortened(str(self.value))


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

    def __repr__(self) -> str:
        return f"{self.left!r} {plain(self.relation) if self.relation else ''} {self.right!r}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a sentence, relations, by which rule they hold, what is cited, and on what that rests.

    ``certificate`` is the hash of a certificate whose claim is what the step says; without one ``basis`` tells how it
    was verified.  ``more`` tells how many relations of the same kind are left out.
    """

    heading: str
    text: Words
    relations: tuple[Relation, ...] = ()
    rule: str = ""
    cites: str = ""
    status: Status = "proved"
    certificate: str | None = None
    basis: Words = ()
    after: Words = ()
    more: int = 0
    point: Mapping[sympy.Expr, sympy.Rational] | None = None

    def __repr__(self) -> str:
        said = _shortened("".join(plain(p.latex) if isinstance(p, Math) else p for p in self.text))
        n = len(self.relations)
        return f"{self.heading}: {said} [{n} relation{'s' * (n != 1)}; {self.status}]"

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


class Rendered:
    """What is written by the renderers: a derivation, or a collection of them."""

    def document(self) -> str:
        """A LaTeX document (amsmath, amssymb)."""
        return self._rendered("document")

    def markdown(self) -> str:
        """Markdown with formulas between dollars."""
        return self._rendered("markdown")

    def html(self) -> str:
        """A page of HTML that needs no network (formulas in MathML)."""
        return self._rendered("html")

    def text(self, width: int = 80) -> str:
        """Plain text for a terminal of so many columns."""
        return self._rendered("text", width=width)

    def save(self, path: str | Path) -> Path:
        """Write a file: ``.tex``, ``.pdf``, ``.md``, ``.html`` or ``.txt``.

        Raises
        ------
        ModelError
            Another suffix, a file that cannot be written, or for ``.pdf`` no TeX engine.
        """
        from symelbo.derivation.renderings import save

        return save(self, Path(path))

    def _rendered(self, kind: str, **options: int) -> str:
        # The renderers know the steps; here and in ``save`` alone the steps know of renderers.
        from symelbo.derivation.renderings import rendering

        return rendering(self, kind, **options)


@dataclass(frozen=True)
class Derivation(Rendered):
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
    letter : str
        LaTeX of the letter, with indices, of subexpressions that get a name; nothing else in the derivation has it.
    certificates : tuple
        Those that steps and verdicts name by their hashes, with ``.sha256`` and ``.to_json()``.
    raw, lettering : Derivation and Lettering, optional
        The same with placeholders for the names of the model, and what they stand for.
    """

    title: str
    assumptions: tuple[Words, ...]
    notation: tuple[Words, ...]
    steps: tuple[Step, ...]
    verdicts: tuple[Verdicts, ...] = ()
    order: tuple[sympy.Symbol, ...] = ()
    symbols: Mapping[sympy.Symbol, str] = field(default_factory=dict)
    form: Form = "factored"
    letter: str = r"\alpha"
    certificates: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    raw: Derivation | None = field(default=None, repr=False, compare=False)
    lettering: Lettering | None = field(default=None, repr=False, compare=False)

    def written(self, *, form: Form | None = None, symbol_names: Mapping[Any, str] | None = None) -> Derivation:
        """Return the same derivation in another form, or with other names (LaTeX) for parameters."""
        if form is not None and form not in ("factored", "expanded", "collected"):
            raise ModelError(f"form: {form!r} is none of 'factored', 'expanded', 'collected'")
        form = form or self.form
        if not symbol_names:
            return replace(self, form=form)
        from symelbo.derivation.lettering import chosen_names, lettered

        if self.raw is None or self.lettering is None:
            raise ModelError("symbol_names: the names in this derivation are fixed")
        lettering = chosen_names(self, self.lettering, symbol_names)
        return replace(lettered(self.raw, lettering), raw=self.raw, lettering=lettering, form=form)

    def fragment(self) -> str:
        r"""LaTeX without preamble, to be pasted into a paper (amsmath, amssymb)."""
        return self._rendered("fragment")

    def _repr_latex_(self) -> str:
        return self.fragment()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        return {"text/plain": repr(self), "text/html": self._rendered("excerpt"), "text/markdown": self.markdown()}

    def __repr__(self) -> str:
        return f"Derivation: {self.title} ({len(self.steps)} steps)"
