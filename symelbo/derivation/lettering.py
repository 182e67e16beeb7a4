r"""Letters of a derivation: the names of the model, and those of the text where they would be the same.

While a story is told the names of the model (parameters, variables, labels) are placeholders: one character each, from
the private use area of Unicode.  So a parameter can have another name afterwards, and a letter of the text can be told
from a name of the model: where a model calls something ``q`` the distribution q of the text becomes bold.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import sympy

from symelbo.derivation.steps import Account, Relation, Side, Step
from symelbo.errors import ModelError
from symelbo.typesetting import MACROS, NAMED, FormulaError, expanded, label_latex, plain, symbol_latex, width
from symelbo.typesetting.sentences import BREAK, UNBROKEN, Math, Words, mapped

_FIRST = 0xE000
_PLACEHOLDER = re.compile("[\ue000-\uf8ff]")
# Words in formulas, names of environments and letters of other alphabets are no letters of the text.
_TOKEN = re.compile(
    r"\\(?:text|operatorname|mathrm|mathbf|boldsymbol|mathcal|mathbb|begin|end)\{[^{}]*\}|\\[A-Za-z]+|[A-Za-z]|.",
    re.DOTALL,
)
_LETTER = re.compile(r"[A-Za-z]|\\(?:" + "|".join(sorted(NAMED)) + ")")
_INDEXED = re.compile(r"([A-Za-z]|\\[A-Za-z]+)_")


@dataclass
class Lettering:
    """Placeholders for the names of a model, with their LaTeX.

    Attributes
    ----------
    parameters, variables : tuple of str
        Their placeholders.
    latex : dict from placeholder to LaTeX
    numbered : frozenset of str
        Letters that the text uses with numbers as indices.
    """

    parameters: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    latex: dict[str, str] = field(default_factory=dict)
    numbered: frozenset[str] = frozenset()

    @classmethod
    def of(cls, parameters: Sequence[str], variables: Sequence[str]) -> Lettering:
        """Placeholders for the parameters and variables of these names."""
        self = cls()
        self.parameters = tuple(self.placeholder(symbol_latex(n), str(k)) for k, n in enumerate(parameters))
        self.variables = tuple(self.placeholder(symbol_latex(n)) for n in variables)
        return self

    def placeholder(self, latex: str, number: str = "") -> str:
        """The placeholder of a name that is written so; parameters have one each."""
        if not number:
            for known, written in self.latex.items():
                if written == latex and known not in self.parameters:
                    return known
        new = chr(_FIRST + len(self.latex))
        if not _PLACEHOLDER.fullmatch(new):
            raise ModelError("more than 6400 names cannot be written in one derivation")
        self.latex[new] = latex
        return new

    def label(self, label: object) -> str:
        """A label of a state."""
        latex = label_latex(label)
        return self.placeholder(f"{{{latex}}}" if latex.startswith("-") else latex)

    def renamed(self, names: Mapping[int, str]) -> Lettering:
        """Other LaTeX for parameters, by their number."""
        latex = {**self.latex, **{self.parameters[i]: name for i, name in names.items()}}
        return replace(self, latex=latex)

    def bold(self) -> frozenset[str]:
        """The letters that are names of the model."""
        names = {self.latex[c].strip() for c in (*self.parameters, *self.variables)}
        heads = {m.group(1) for n in names if (m := _INDEXED.match(n))}
        return frozenset({n for n in names if _LETTER.fullmatch(n)} | (heads & self.numbered))


def lettered(raw: Account, lettering: Lettering) -> Account:
    """The derivation with its names written out."""
    writing = _Writing(lettering)
    words = writing.words
    done = replace(
        raw,
        assumptions=tuple(map(words, raw.assumptions)),
        notation=tuple(map(words, raw.notation)),
        steps=tuple(map(writing.step, raw.steps)),
        symbols={s: writing.formula(latex) for s, latex in raw.symbols.items()},
        letter=writing.formula(raw.letter),
    )
    symbols = dict(done.symbols)
    for s, c in zip(raw.order, lettering.parameters, strict=True):
        if lettering.latex[c] != symbol_latex(s.name):
            symbols[s] = lettering.latex[c]
    notation = done.notation
    if writing.used:
        used = sorted(writing.used)
        one = len(used) == 1
        said = f" {'is a symbol' if one else 'are symbols'} of this text; "
        meant = f" {'is a name' if one else 'are names'} of the model."
        notation = (*notation, ("Bold ", Math(", ".join(map(_bold, used))), said, Math(", ".join(used)), meant))
    return replace(done, symbols=symbols, notation=notation)


def _bold(letter: str) -> str:
    return rf"\boldsymbol{{{letter}}}" if letter.startswith("\\") else rf"\mathbf{{{letter}}}"


class _Writing:
    """Writes formulas with the names of a lettering, and keeps which letters of the text became bold."""

    def __init__(self, lettering: Lettering) -> None:
        self.latex = lettering.latex
        self.bold = lettering.bold()
        # Macros of the project with such a letter in them are written out.
        self.macros = {name for name, (_, body) in MACROS.items() if self.bold & set(_TOKEN.findall(body))}
        self.used: set[str] = set()

    def formula(self, latex: str) -> str:
        """A formula: letters of the text bold where they are names, then the names."""
        if self.bold:
            latex = "".join(map(self.token, _TOKEN.findall(expanded(latex, self.macros))))
        return _PLACEHOLDER.sub(lambda m: self.latex[m.group()], latex)

    def token(self, token: str) -> str:
        if token not in self.bold:
            return token
        self.used.add(token)
        return f"{{{_bold(token)}}}"

    def words(self, sentence: Words) -> Words:
        """A sentence; a short enumeration in it need not be broken."""
        return mapped(sentence, self.inline)

    def inline(self, latex: str) -> str:
        written = self.formula(latex)
        return written.replace(BREAK, ", ") if BREAK in written and width(written) <= UNBROKEN else written

    def template(self, text: str) -> str:
        """Text with formulas between dollars."""
        parts = re.split(r"(?<!\\)\$", text)
        return "$".join(self.inline(p) if k % 2 else p for k, p in enumerate(parts))

    def step(self, step: Step) -> Step:
        """A step: its sentences and its relations."""
        changed: dict[str, Any] = {
            "relations": tuple(map(self.relation, step.relations)),
            "rule": self.template(step.rule),
        }
        for f in fields(step):
            value = getattr(step, f.name)
            if f.name != "relations" and isinstance(value, tuple):
                changed[f.name] = self.words(value)
        return replace(step, **changed)

    def relation(self, relation: Relation) -> Relation:
        return replace(relation, left=self.side(relation.left), right=self.side(relation.right))

    def side(self, side: Side) -> Side:
        write: Callable[[str], str] = self.formula
        return replace(
            side,
            latex=None if side.latex is None else write(side.latex),
            entry=self.pattern(side.entry), row=self.pattern(side.row), column=self.pattern(side.column),
            rows=tuple(map(write, side.rows)), columns=tuple(map(write, side.columns)),
        )  # fmt: skip

    def pattern(self, latex: str) -> str:
        r"""A formula with ``ROW`` and ``COLUMN``, which are no letters."""
        parts = re.split(r"(ROW|COLUMN)", latex)
        return "".join(p if k % 2 else self.formula(p) for k, p in enumerate(parts))


def chosen_names(order: Sequence[sympy.Symbol], lettering: Lettering, names: Mapping[Any, str]) -> Lettering:
    """The lettering with names that were asked for, tested: of parameters, formulas, all different.

    Raises
    ------
    ModelError
        No parameter, no formula, or the name of another parameter.
    """
    numbers = {str(s): k for k, s in enumerate(order)}
    chosen: dict[int, str] = {}
    for key, latex in names.items():
        if str(key) not in numbers:
            raise ModelError(f"symbol_names: {key} is no parameter; the parameters are {', '.join(numbers)}")
        try:
            width(str(latex))
        except (FormulaError, IndexError) as error:
            raise ModelError(f"symbol_names: {latex!r} for {key} is no formula ({error})") from None
        if not str(latex).strip():
            raise ModelError(f"symbol_names: the name for {key} is empty")
        chosen[numbers[str(key)]] = str(latex).strip()
    renamed = lettering.renamed(chosen)
    owners: dict[str, str] = {}
    for s, c in zip(order, renamed.parameters, strict=True):
        shown = "".join(plain(renamed.latex[c]).split())
        if shown in owners:
            raise ModelError(
                f"symbol_names: {owners[shown]} and {s} would both be written {renamed.latex[c]}; "
                "every parameter needs a name of its own"
            )
        owners[shown] = str(s)
    return renamed
