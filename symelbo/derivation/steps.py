"""An account of what was computed: title, assumptions, notation and steps, recorded by the code that verifies them.

The renderers (:mod:`~symelbo.derivation.latex` and its sisters) take an :class:`Account` and write it; they compute
nothing.  Next to what is written each side of a relation keeps its value (a sympy expression or matrix) and the name of
the quantity it is, for re-evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import sympy

from symelbo.typesetting import TEXT_WIDTH, Form, plain
from symelbo.typesetting.sentences import Math, Words

# proved: a certificate says it; verified: the engine computed it exactly, ``basis`` says how, and no certificate does.
Status: TypeAlias = Literal["proved", "verified", "assumed", "not decided", "not applicable"]


# What is said of a verdict's scope after that of its certificate at a point.
AS_NOWHERE, SOLVED = ", as S3 holds nowhere", " (solved exactly, no certificate)"
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

    @classmethod
    def of(cls, left: str, value: Any, quantity: str = "", *, names: bool = False) -> Relation:
        """``left = value``, the value printed."""
        return cls(Side(left), "=", Side(None, value), names, quantity)

    @classmethod
    def written(cls, left: str, right: str, sign: str = "=", value: Any = None, quantity: str = "") -> Relation:
        """``left = right``, both as they are written; ``value``: of the right side."""
        return cls(Side(left), sign, Side(right, value), quantity=quantity)

    def __repr__(self) -> str:
        return f"{self.left!r} {plain(self.relation) if self.relation else ''} {self.right!r}"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a sentence, relations, by which rule they hold, what is cited, and on what that rests.

    ``certificate`` is the hash of a certificate whose claim is what the step says; without one ``basis`` tells how it
    was verified.  ``more`` tells how many relations of the same kind are left out; ``full``: a short account leaves out
    the step.
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
    full: bool = False

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
    """A row of the index of verdicts: statement, verdict in words, scope or reason, hash of the certificate."""

    id: str
    title: str
    verdict: str
    scope: Words
    reference: str
    certificate: str | None


@dataclass(frozen=True)
class Account:
    """What was computed and verified, in order.

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
        LaTeX of the letter, with indices, of subexpressions that get a name; nothing else in the account has it.
    certificates : tuple
        Those that steps and verdicts name by their hashes, with ``.sha256`` and ``.to_json()``.
    feet : "whole", "certificates" or "none"
        What is told of how a step is known: rule, citation and certificate, the certificate alone, or nothing.
    width : float
        The width of the text in points, in letters of 10 points.
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
    feet: Literal["whole", "certificates", "none"] = "whole"
    width: float = TEXT_WIDTH
