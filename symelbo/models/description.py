"""What a model is, in words: its states and what is seen of them, its parameters and what they mean, its domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import sympy

from symelbo.typesetting import Unfolding, equations, symbol_latex, text_latex

SHOWN = 20  # visible states, and states above one


@dataclass(frozen=True, slots=True, repr=False)
class Description(Unfolding):
    """The parts of a model in words; ``repr`` is the whole.

    Attributes
    ----------
    model : the model in one line
    visible, hidden : its variables, with their states
    structure : what it knows about itself beyond its table
    parameters : what each parameter means; empty where nothing is known but its name
    constants : the known constants
    domain : inequalities, each as it was written
    remarks : what a reader should know
    """

    model: str
    visible: tuple[str, ...]
    hidden: tuple[str, ...]
    structure: tuple[str, ...]
    parameters: dict[sympy.Symbol, str]
    constants: tuple[sympy.Symbol, ...]
    domain: tuple[str, ...]
    remarks: tuple[str, ...]

    def __repr__(self) -> str:
        width = max((len(str(p)) for p in self.parameters), default=0)
        meanings = [f"{p!s:<{width}}  {text}".rstrip() for p, text in self.parameters.items()]
        parts: list[tuple[str, Sequence[str]]] = [
            ("visible", self.visible),
            ("hidden", self.hidden),
            ("structure", [line for text in self.structure for line in _lines([text])]),
            ("parameters", meanings),
            ("constants", _lines(map(str, self.constants))),
            ("domain", _lines(self.domain or ["all real parameters"] * bool(self.parameters))),
            ("remarks", self.remarks),
        ]
        lines = [f"{'' if k else name:<12}{line}" for name, found in parts for k, line in enumerate(found)]
        return "\n".join([self.model, *lines])

    def _repr_latex_(self) -> str:
        rows = [(symbol_latex(str(p)), rf"\text{{{text_latex(text)}}}") for p, text in self.parameters.items() if text]
        return equations(rows) if rows else text_latex(self.model)


def describe(model: Any) -> Description:
    """Return what a model consists of, and what its parameters mean.

    >>> from symelbo.models import naive_bayes
    >>> describe(naive_bayes(2))
    Naive Bayes with 8 states (4 visible), parameters h, v11, v12, v21, v22
    visible     v1: 0, 1
                v2: 0, 1
    hidden      h: 0, 1
    structure   Bayesian network: h -> v1, v2
    parameters  h    p(h = 0)
                v11  p(v1 = 0 | h = 0)
                v12  p(v1 = 0 | h = 1)
                v21  p(v2 = 0 | h = 0)
                v22  p(v2 = 0 | h = 1)
    domain      0 < h < 1, 0 < v11 < 1, 0 < v12 < 1, 0 < v21 < 1, 0 < v22 < 1
    """
    visible, hidden, structure = model.parts()
    return Description(
        repr(model),
        tuple(visible),
        tuple(hidden),
        tuple(filter(None, structure)),
        {p: model.meanings.get(p, "") for p in model.parameters},
        model.field.constants,
        _chained([c.text for c in model.domain.constraints]),
        tuple(model.remarks),
    )


def spoken(space: Any) -> tuple[list[str], list[str]]:
    """The visible and the hidden variables of a finite space; without hidden variables, the states that are seen alike.

    >>> from symelbo.spaces import StateSpace
    >>> spoken(StateSpace({"AA": "A", "AO": "A", "OO": "O"}))
    (['seen: A, O'], ['AA, AO are seen as A', 'OO is seen as O'])
    """
    visible = [f"{v.name}: {', '.join(map(str, v.labels))}" for v in space.visible]
    if space.hidden:
        return visible, [f"{v.name}: {', '.join(map(str, v.labels))}" for v in space.hidden]
    fibres = []
    for v, fibre in zip(space.visible_states[:SHOWN], space.fibration, strict=False):
        states = [space.key(space.states[x]) for x in fibre[:SHOWN]] + ["..."] * (len(fibre) > SHOWN)
        verb = "is" if len(states) == 1 else "are"
        fibres.append(f"{', '.join(states)} {verb} seen as {space.visible_key(v)}")
    return visible, fibres + ["..."] * (space.n_visible > SHOWN)


def _chained(texts: Sequence[str]) -> tuple[str, ...]:
    """Inequalities in order, ``0 < x`` and ``x < 1`` as one."""
    known = set(texts)
    chained = (f"{t} < 1" if t.startswith("0 < ") and f"{t[4:]} < 1" in known else t for t in texts)
    ends = {f"{t[4:]} < 1" for t in texts if t.startswith("0 < ")}
    return tuple(t for t in dict.fromkeys(chained) if t not in ends)


def _lines(items: Iterable[str]) -> list[str]:
    return wrap(", ".join(items), 108, break_long_words=False)
