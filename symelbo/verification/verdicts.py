"""Verdicts as values: Proved, Refuted, Undecided, NotApplicable, each with its scope.

A verdict has no truth value: ``if verdict:`` would turn "undecided" into "no".  Ask for its class.
"""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterator, Mapping, Sequence, ValuesView
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NoReturn, TypeAlias

import sympy

from symelbo.errors import InternalError, ModelError
from symelbo.geometry import Ranks
from symelbo.loci import Where
from symelbo.models.parametrization import Point
from symelbo.spaces import Space, State
from symelbo.statements import Statement
from symelbo.typesetting import Unfolding, equations, text_latex, tuple_latex, unfolding, value_latex

# Vectors with more values than this are shown in part; the JSON output has all of them.
SHOWN = 16


class _NoTruthValue(Unfolding):
    """Refuses to be used as a condition."""

    __slots__ = ()

    def _repr_latex_(self) -> str:
        """The verdict in words, with the counterexample of a refuted property, as a notebook shows it."""
        found = getattr(self, "counterexample", None)
        shown = found._repr_latex_() if isinstance(found, Counterexample) else ""
        return "\n".join(filter(None, (text_latex(repr(self)), shown)))

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """The statement and the counterexample; all else is in the line."""
        return ((name, getattr(self, name, None)) for name in ("statement", "counterexample"))

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"a verdict has no truth value (this one is {type(self).__name__}); "
            "test isinstance(verdict, Proved), or Refuted, Undecided, NotApplicable"
        )


class ByState(Mapping[State, sympy.Expr]):
    """Exact values by state; converted to sympy when asked for, so that large tables cost nothing until read."""

    __slots__ = ("_convert", "_space", "_values", "visible")

    def __init__(
        self, space: Space, values: Sequence[Any], convert: Callable[[Any], sympy.Expr], *, visible: bool
    ) -> None:
        self._space = space
        self._values = values
        self._convert = convert
        self.visible = visible

    @property
    def exact(self) -> Sequence[Any]:
        """The values as exact elements, in the order of the states."""
        return self._values

    def __getitem__(self, state: State) -> sympy.Expr:
        index = self._space.visible_index if self.visible else self._space.index
        try:
            return self._convert(self._values[index(state)])
        except ModelError:
            raise KeyError(state) from None

    def __iter__(self) -> Iterator[State]:
        return iter(self._space.visible_states if self.visible else self._space.states)

    def __len__(self) -> int:
        return len(self._values)

    def values(self) -> ValuesView[sympy.Expr]:
        """The values in the order of the states."""
        return dict(enumerate(map(self._convert, self._values))).values()

    def items(self) -> ItemsView[State, sympy.Expr]:
        """Pairs of state and value."""
        return dict(zip(self, self.values(), strict=True)).items()

    def __repr__(self) -> str:
        return repr(dict(self.items()))


@dataclass(frozen=True)
class GradientCounterexample(Unfolding):
    """Where, and with which numbers, a model of some family fails to be cylindrical; everything exact.

    Attributes
    ----------
    parameters : mapping from parameter to value
    q : mapping from state to probability, or Moments
        A distribution for which the two gradients differ.
    projected_elbo_gradient, visible_gradient : mapping from visible state, or coordinate of moments, to number
        ``-dpi grad^M D(q||.)`` and ``-grad^{M_V} D(p*||.)`` for p* = q_V: the directions of learning.
    optimal_q, optimal_gradient :
        The striking kind: q_V is p_V, or has its moments, so the evidence is optimal, and still the ELBO moves p_V by
        this gradient.
    objective, objective_gradients :
        An L (its differential, by visible state or coordinate) with the two sides of condition (d).
    ranks : Ranks
        At the point.
    """

    point: Point
    parameters: Mapping[sympy.Expr, sympy.Expr]
    q: Any
    projected_elbo_gradient: Mapping[Any, sympy.Expr]
    visible_gradient: Mapping[Any, sympy.Expr]
    optimal_q: Any
    optimal_gradient: Mapping[Any, sympy.Expr]
    objective: Mapping[Any, sympy.Expr]
    objective_gradients: tuple[Mapping[Any, sympy.Expr], Mapping[Any, sympy.Expr]]
    ranks: Ranks

    @property
    def separates(self) -> bool:
        """Whether the two gradients differ, for q and for the optimal q."""
        return self.projected_elbo_gradient != self.visible_gradient and any(self.optimal_gradient.values())

    def _q_text(self) -> str:
        return f"q = {self.vector(self.q)}"

    def _q_row(self) -> tuple[str, str]:
        return "q", tuple_latex(self.q.values())

    def _data(self, values: Any) -> dict[str, Any]:
        """A distribution or gradient as data."""
        return {str(k): str(v) for k, v in values.items()}

    def __repr__(self) -> str:
        at = ", ".join(f"{k} = {v}" for k, v in self.parameters.items())
        return (
            f"at {at}, with {self._q_text()}:\n"
            f"  -dpi grad D(q||.)  = {self.vector(self.projected_elbo_gradient)}\n"
            f"  -grad D(p*||.)     = {self.vector(self.visible_gradient)}"
        )

    def vector(self, values: Any) -> str:
        """The values in order; of many only the first few, with their number."""
        shown = [str(v) for v in islice(values.values(), SHOWN + 1)]
        if len(values) <= SHOWN:
            return f"({', '.join(shown)})"
        return f"({', '.join(shown[:4])}, ... {len(values)} values in all)"

    def as_dict(self) -> dict[str, Any]:
        """The counterexample as data: exact texts."""
        return {
            "parameters": {str(k): str(v) for k, v in self.parameters.items()},
            "q": self._data(self.q),
            "projected_elbo_gradient": self._data(self.projected_elbo_gradient),
            "visible_gradient": self._data(self.visible_gradient),
            "evidence_optimal": {
                "q": self._data(self.optimal_q),
                "projected_elbo_gradient": self._data(self.optimal_gradient),
            },
        }

    def _repr_latex_(self) -> str:
        """Point, q and the two directions of learning as a notebook shows them."""
        order = list(self.parameters)
        rows = [(value_latex(k, order), value_latex(v)) for k, v in list(self.parameters.items())[:12]]
        rows += [
            self._q_row(),
            (r"-\dpi(\grad^{\model} \KL{q}{\cdot})", tuple_latex(self.projected_elbo_gradient.values())),
            (r"-\grad^{\visiblemodel} \KL{q_V}{\cdot}", tuple_latex(self.visible_gradient.values())),
        ]
        return equations(rows, len(self.parameters) + 3)


@dataclass(frozen=True, repr=False)
class Counterexample(GradientCounterexample):
    """That of a table.

    Attributes
    ----------
    space : Space
        Its states: those of the model, or of a subnetwork.
    exchange : (x, y, epsilon), optional
        The optimal q is p + epsilon (e_x - e_y), in numbers of states.
    """

    space: Space
    exchange: tuple[int, int, Any] | None = None

    def _q_text(self) -> str:
        uniform = len(set(self.q.values())) == 1
        return f"q uniform on the {len(self.q)} states" if uniform else super()._q_text()

    def _data(self, values: ByState) -> dict[str, Any]:
        """The values by key; in a product in the order of the file's variables, first labels first."""
        space = self.space
        if values.visible:
            key, variables, order = space.visible_key, space.visible, space.visible_order
        else:
            key, variables, order = space.key, space.variables, space.order
        place = {v.name: {label: k for k, label in enumerate(v.labels)} for v in variables}

        def position(item: tuple[State, Any]) -> list[int]:
            labels = dict(zip(place, item[0], strict=True))
            return [place[n][labels[n]] for n in order]

        listed = sorted(values.items(), key=position) if space.is_product else values.items()
        return {key(state): str(value) for state, value in listed}


@dataclass(frozen=True)
class Proved(_NoTruthValue):
    """The statement holds; ``certificate`` is what that rests on.

    With an ``extent_certificate`` it is the case at ``point``, and the other one extends it to every admissible point.
    """

    certificate: Any
    scope: Where = Where.EVERYWHERE
    point: Point | None = None
    statement: Statement | None = None
    detail: str = ""
    seconds: float = field(default=0.0, compare=False)
    extent_certificate: Any = None
    kind = "proved"

    def __repr__(self) -> str:
        return _decided(self)


@dataclass(frozen=True)
class Refuted(_NoTruthValue):
    """The statement fails; ``counterexample`` shows where, ``certificate`` is what that rests on.

    ``scope`` is where it holds nevertheless (nowhere, exactly on some components), if that is known; else that of the
    counterexample.  ``extent_certificate`` is what "nowhere" rests on, if it has a certificate.
    """

    counterexample: Any = field(hash=False)
    certificate: Any
    scope: Where = Where.POINT
    point: Point | None = None
    statement: Statement | None = None
    detail: str = ""
    seconds: float = field(default=0.0, compare=False)
    extent_certificate: Any = None
    kind = "refuted"

    def __repr__(self) -> str:
        return _decided(self)


@dataclass(frozen=True)
class Undecided(_NoTruthValue):
    """No answer: why, and what was tried.  Never a "no"; ``scope`` is what was asked for."""

    reason: str
    tried: tuple[str, ...] = ()
    scope: Where = Where.EVERYWHERE
    statement: Statement | None = None
    seconds: float = field(default=0.0, compare=False)
    kind = "undecided"

    def __post_init__(self) -> None:
        if self.scope.is_locus:
            raise InternalError(f"what is undecided has no answer that holds {self.scope}")

    def __repr__(self) -> str:
        tried = f" (tried: {'; '.join(self.tried)})" if self.tried else ""
        return f"Undecided: {self.reason}{tried}"


@dataclass(frozen=True)
class NotApplicable(_NoTruthValue):
    """A hypothesis of the statement does not hold for this model."""

    hypothesis: str
    scope: Where = Where.EVERYWHERE
    statement: Statement | None = None
    seconds: float = field(default=0.0, compare=False)
    kind = "not applicable"

    def __repr__(self) -> str:
        return f"NotApplicable: {self.hypothesis}"


Verdict: TypeAlias = Proved | Refuted | Undecided | NotApplicable


def of_one_copy(verdict: Verdict) -> Verdict:
    """A verdict on one copy as one on any number of them, independent (:mod:`symelbo.models.copies`); it says so."""
    said = "for one copy, and so for any number of independent copies"
    if isinstance(verdict, Undecided):
        return replace(verdict, reason=f"{said}: {verdict.reason}")
    if isinstance(verdict, NotApplicable):
        return replace(verdict, hypothesis=f"{said}: {verdict.hypothesis}")
    shown = "certificate and counterexample are" if isinstance(verdict, Refuted) else "the certificate is"
    return replace(verdict, detail="; ".join(filter(None, (f"{said}: {shown} that of the copy", verdict.detail))))


def _decided(verdict: Proved | Refuted) -> str:
    point, scope = verdict.point, verdict.scope
    where = str(scope)
    if point is not None and scope == Where.POINT:
        where = f"at {point}"
    elif point is not None and scope.is_locus:
        off = f" except on {scope.sets}" if scope.components else ""
        where = f"{Where.EVERYWHERE}{off}, for example {point}"
    elif point is not None and scope == Where.EVERYWHERE:
        where = f"{scope}, for example {point}"
    return f"{type(verdict).__name__} {where}{f': {verdict.detail}' if verdict.detail else ''}"


@dataclass(frozen=True)
class Report(Unfolding, Mapping[str, Verdict]):
    """The verdicts of all statements on one model; a mapping from id (``"S3"``) or slug to verdict.

    ``notes`` say which route was taken and why: the estimate of the cost and the ranks of the screen.
    """

    model: Any
    point: Point | None
    ranks: Ranks | None
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, key: str) -> Verdict:
        for verdict in self.verdicts:
            s = verdict.statement
            if s is not None and key in (s.id, s.slug):
                return verdict
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (v.statement.id for v in self.verdicts if v.statement is not None)

    def __len__(self) -> int:
        return len(self.verdicts)

    @property
    def cylindrical(self) -> Verdict:
        """The verdict on S3."""
        return self["S3"]

    @property
    def counterexample(self) -> Any:
        """The counterexample of a model that is not cylindrical: of its family's kind, or None."""
        verdict = self.cylindrical
        return verdict.counterexample if isinstance(verdict, Refuted) else None

    def _repr_html_(self) -> str:
        """The verdicts as a table, each of which unfolds, as a notebook shows them."""
        return unfolding(repr(self.model), self._parts(), unfolded=True)

    def _parts(self) -> Iterator[tuple[str, Any]]:
        yield from ((str(v.statement), v) for v in self.verdicts)
        yield "notes", self.notes

    def _repr_markdown_(self) -> str:
        """The same as Markdown."""
        lines = ["| statement | verdict |", "| --- | --- |"]
        lines += [f"| {v.statement} | {repr(v).replace('|', '&#124;')} |" for v in self.verdicts]
        return "\n".join(lines)

    @property
    def contradictions(self) -> tuple[Verdict, ...]:
        """Theorems that were refuted: there should be none."""
        return tuple(v for v in self.verdicts if isinstance(v, Refuted) and v.statement and v.statement.is_theorem)

    @property
    def undecided(self) -> tuple[Verdict, ...]:
        """Verdicts without an answer."""
        return tuple(v for v in self.verdicts if isinstance(v, Undecided))

    def __repr__(self) -> str:
        lines = [repr(self.model)]
        for v in self.verdicts:
            lines.append(f"  {v.statement!s:<34} {v!r}")
        return "\n".join(lines)
