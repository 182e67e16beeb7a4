"""Natural gradients that keep the sums that they are: elements of a program, written with names."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import chain, islice
from typing import TypeAlias

import sympy

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import Field, Matrix
from symelbo.exact.evaluation import evaluated
from symelbo.exact.programs import Node, Program
from symelbo.geometry import (
    StructuredGeometry,
    gradients,
)
from symelbo.geometry.structured import announcement
from symelbo.models.parametrization import Parametrization
from symelbo.objectives.distributions import distribution
from symelbo.objectives.divergences import Objective
from symelbo.spaces import visible_probabilities

Entries: TypeAlias = "list[sympy.Expr]"


def gradient_as_fractions(objective: Objective, M: Parametrization, form: str) -> list[Entries | None]:
    """The gradient over the field, each entry one fraction."""
    where = StructuredGeometry(M)
    found = _structured_nodes(objective, where)
    others = where.domain.symbols
    field = Field((*M.parameters, *others), (*M.field.generators, *others))

    def entry(e: Node) -> sympy.Expr:
        return field.to_sympy(where.domain.in_field(e, field), factored=form == "factored")

    return [None if m is None else [entry(e) for e in m.column_entries()] for m in found]


def announced_gradient(objective: Objective, M: Parametrization, what: str) -> str | None:
    """Return what is to be said before :func:`gradient_as_fractions`, if there is something."""
    where = StructuredGeometry(M)
    columns = [m for m in _structured_nodes(objective, where) if m is not None]
    return announcement(what, where.program, [e for m in columns for e in m.column_entries()])


def gradient_as_sums(objective: Objective, where: StructuredGeometry) -> list[Entries | None]:
    """Parameters, tangent, projected and visible gradient as sums, those of one objective with the same names."""
    found = _structured_nodes(objective, where)
    program = where.domain
    columns = [[] if m is None else [program.shortest(e) for e in m.column_entries()] for m in found]
    written = iter(program.write(chain.from_iterable(columns), LIMITS.line_symbols))
    return [list(islice(written, len(c))) or None for c in columns]


def _structured_nodes(objective: Objective, at: StructuredGeometry) -> tuple[Matrix | None, ...]:
    program = at.domain
    sign = program.constant(1 if objective.kind in ("elbo", "evidence") else -1)
    if not objective.visible:
        q = _nodes(objective, at, visible=False)
        seen = at.fibration.totals(q, program.sum)
        if objective.kind == "gap":
            lifted = gradients.lifted(at, Matrix.column(program, seen))
            parameters = gradients.coordinates(at, [b - a for a, b in zip(q, lifted, strict=True)], program.zero)
            own = gradients.coordinates(at, [-a for a in q], -program.one)
            others = _through_defect(at, seen, program.one)
            candidates = [] if others is None else [gradients.projected(at, own) + others]
        else:
            parameters = gradients.coordinates(at, [sign * a for a in q], sign)
            candidates = []
        return (
            parameters,
            gradients.tangent(at, parameters),
            _shorter(program, [gradients.projected(at, parameters), *candidates]),
            None,
        )
    if objective.kind == "function":
        masses = _masses(objective, at)
        total = program.sum(masses)
    else:
        masses, total = [sign * a for a in _nodes(objective, at, visible=True)], sign
    visible = gradients.visible_gradient(at, masses, total)
    if objective.on_visible_model:
        tangent = Matrix.column(at.domain, gradients.lifted(at, visible))
        return gradients.visible_coordinates(at, masses, visible), tangent, visible, visible
    parameters = gradients.coordinates(at, gradients.lifted(at, Matrix.column(program, masses)), total)
    through = _through_defect(at, masses, total)
    candidates = [gradients.projected(at, parameters), *([] if through is None else [through])]
    return parameters, gradients.tangent(at, parameters), _shorter(program, candidates), visible


def _through_defect(at: StructuredGeometry, masses: Sequence[Node], total: Node) -> Matrix | None:
    """``grad^{M_V} L - Delta l``, the projected gradient, where the defect has entries that fit on a line."""
    if not at.fills_visible_simplex:
        return None
    program = at.domain
    delta = at.defect.map(program.shortest)
    if any(program.length(e) > LIMITS.line_symbols for row in delta.rows for e in row):
        return None
    differential = [m / p for m, p in zip(masses, at.visible_probabilities, strict=True)]
    change = delta @ Matrix.column(program, differential)
    program.labelled_factors(change.column_entries(), ("kappa", "lambda"))
    return gradients.visible_gradient(at, masses, total) - change


def _shorter(program: Program, candidates: Sequence[Matrix]) -> Matrix:
    return min(candidates, key=lambda m: program.size(e for row in m.rows for e in row))


def _nodes(objective: Objective, at: StructuredGeometry, *, visible: bool) -> list[Node]:
    """The q or p* of an objective as elements of a program."""
    given = distribution(objective.distribution, at.model.space, visible=visible)
    for e in given:
        clash = set(at.model.parameters) & e.free_symbols if isinstance(e, sympy.Expr) else None
        if clash:
            first = min(clash, key=str)
            raise DomainError(f"{'p*' if visible else 'q'} contains the parameter {first} of the model")
    program = at.domain
    return [program.from_sympy(e) if isinstance(e, sympy.Expr) else program.constant(e) for e in given]


def _masses(objective: Objective, at: StructuredGeometry) -> list[Node]:
    """``p(v) dL/dp(v)`` for a function L of the visible probabilities."""
    program = at.domain
    symbols = visible_probabilities(at.model.space)
    expression = in_visible_symbols(objective.expression, symbols)
    values = dict(zip(symbols, at.visible_probabilities, strict=True))
    written = {s: program.write([p], sys.maxsize)[0] for s, p in values.items()}

    def value(e: sympy.Expr) -> Node:
        try:
            found: Node = evaluated([e], values, program.constant)[0]
        except DomainError:
            found = program.symbol(e.xreplace(written))  # a transcendental function stands for itself
        return found

    return [value(sympy.diff(expression, s)) * p for s, p in values.items()]


def in_visible_symbols(expression: sympy.Expr | None, symbols: tuple[sympy.Symbol, ...]) -> sympy.Expr:
    """The expression with symbols of the right names replaced by the visible probabilities; others are refused."""
    if expression is None:
        raise ExactnessError("objective: no expression")
    by_name = {s.name: s for s in symbols}
    # A covariance has two names.
    by_name |= {f"S({','.join(s.name[2:-1].split(',')[::-1])})": s for s in symbols if s.name.startswith("S(")}
    replace = {}
    for s in expression.free_symbols:
        name = s.name.replace(" ", "")
        if name not in by_name:
            raise ExactnessError(
                f"objective: the symbol {s} is no coordinate of what is seen; those are {', '.join(map(str, symbols))}"
            )
        replace[s] = by_name[name]
    return expression.xreplace(replace)
