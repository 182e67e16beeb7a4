"""Exact comparison of a person's own formula with another one: over a field, never by simplification."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import sympy

from symelbo.budget import Budget, limited
from symelbo.certificates import IdentityCertificate
from symelbo.errors import BudgetError, DomainError, ExactnessError, ModelError
from symelbo.exact import Field, RationalFunction, Value
from symelbo.exact.names import written_out
from symelbo.geometry import geometry
from symelbo.loci import Where
from symelbo.models.domain import Constraint, Domain
from symelbo.models.parametrization import Parametrization, Point, has_table
from symelbo.verification.judgement import judged
from symelbo.verification.verdicts import Proved, Refuted, Undecided


@dataclass(frozen=True, slots=True)
class Inequality:
    """Where two formulas differ: a point, both values there and, for matrices, row and column."""

    point: Point
    left: sympy.Rational
    right: sympy.Rational
    position: tuple[int, int] | None

    def __repr__(self) -> str:
        where = "" if self.position is None else f" in entry {self.position}"
        return f"at {self.point}{where}: {self.left} on the left, {self.right} on the right"


def check_equal(
    lhs: Any, rhs: Any, model: Parametrization | None = None, *, budget: float | Budget | None = None
) -> Proved | Refuted | Undecided:
    """Decide whether two expressions (or matrices) are equal, exactly.

    Parameters
    ----------
    lhs, rhs : sympy expressions, matrices or numbers, rational or exponential in their symbols
    model : Parametrization, optional
        Expressions are in the parameters of this model, and a point where they differ lies in its domain.
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Returns
    -------
    Proved, or Refuted with the point and both values as ``.counterexample``; Undecided only where the independent
    checker does not confirm the certificate, or the budget ended.

    Raises
    ------
    ExactnessError
        A float, or a function outside the field.
    ModelError
        Matrices of different shapes.

    >>> x, y = sympy.symbols("x y")
    >>> check_equal((x**2 - y**2)/(x - y), x + y)
    Proved generically
    >>> check_equal((x + y)**2, x**2 + y**2).counterexample
    at x = 1, y = 1: 4 on the left, 2 on the right
    """
    if model is not None and not has_table(model):
        raise ModelError(f"check_equal: {model!r} is not a model")
    left, shape = _flat(lhs, "left side")
    right, right_shape = _flat(rhs, "right side")
    if shape != right_shape:
        raise ModelError(f"check_equal: the left side is {_shape(shape)}, the right side {_shape(right_shape)}")
    if not left:
        raise ModelError("check_equal: both sides are empty; there is nothing to compare")
    symbols = _symbols([*left, *right])
    kept = symbols if model is None else {*symbols, *model.parameters}
    try:
        return limited(budget, "the comparison", lambda: _compared(left, right, shape, model), model, *kept)
    except BudgetError as error:
        return Undecided(str(error), (f"{len(left)} pairs of expressions in {len(symbols)} symbols, over their field",))


def _compared(
    left: Sequence[sympy.Expr],
    right: Sequence[sympy.Expr],
    shape: tuple[int, int] | None,
    model: Parametrization | None,
) -> Proved | Refuted | Undecided:
    if model is None:
        symbols = sorted(_symbols([*left, *right]), key=lambda s: s.name)
        for a, b in pairwise(symbols):
            if a.name == b.name:
                raise ExactnessError(
                    f"check_equal: there are two symbols {a}: sympy tells symbols of the same name apart by their "
                    "assumptions; use one and the same Symbol"
                )
        field = Field.containing([*left, *right], symbols)
        domain = Domain(field, ())
    else:
        field = Field.containing([*left, *right, *model.field.generators], model.parameters)
        domain = _transported(model.domain, field)
    differences = []
    known: dict[sympy.Expr, RationalFunction] = {}
    for k, (a, b) in enumerate(zip(left, right, strict=True)):
        position = None if shape is None else (k // shape[1], k % shape[1])
        where = "" if position is None else f", entry {position}"
        pair = field.from_sympy(a, f"left side{where}", known), field.from_sympy(b, f"right side{where}", known)
        if pair[0] != pair[1]:
            differences.append((*pair, position))
    if not differences:
        powers = (e for e in known if e.is_Pow and e.args[1].is_Integer and e.args[1].is_negative)
        denominators = [known[b] for b in dict.fromkeys(e.args[0] for e in powers)]
        missing = "no rational point of the domain was found where both formulas are defined"
        point = _point_where(field, domain, lambda v: all(e.evaluate(v) for e in denominators), missing, candidates=1)
        scope = Where.GENERICALLY if model is None else Where.EVERYWHERE
        certificate = IdentityCertificate(field, domain, tuple(left), tuple(right), "proved", scope.claim, point)
        partial = model is not None and _may_be_undefined(field, domain, model, denominators)
        return judged(Proved(certificate, scope, detail="wherever both sides are defined" if partial else ""))
    a, b, position = differences[0]
    missing = "the formulas differ, but no rational point of the domain was found where both are defined"
    point = _point_where(field, domain, lambda v: bool(a.evaluate(v) != b.evaluate(v)), missing)
    at_left, at_right = (point.numbers.to_sympy(e.evaluate(point.values)) for e in (a, b))
    scope = Where.POINT if field.is_free else Where.GENERICALLY
    certificate = IdentityCertificate(field, domain, tuple(left), tuple(right), "refuted", scope.claim, point)
    return judged(Refuted(Inequality(point, at_left, at_right, position), certificate, scope, point))


def _symbols(expressions: Sequence[sympy.Expr]) -> set[sympy.Symbol]:
    """The symbols, every subexpression looked at once."""
    seen: set[sympy.Basic] = set()
    pending: list[sympy.Basic] = list(expressions)
    while pending:
        e = pending.pop()
        if e not in seen:
            seen.add(e)
            pending += e.args
    return {e for e in seen if e.is_Symbol}


def _transported(domain: Domain, field: Field) -> Domain:
    """The domain over a larger field: a formula may bring exponentials that the model does not have."""
    if field == domain.field:
        return domain
    sides = ((domain.field.to_sympy(c.element), c.text) for c in domain.constraints)
    return Domain(field, tuple(Constraint(field.from_sympy(e), text) for e, text in sides))


def _point_where(
    field: Field, domain: Domain, holds: Callable[[Sequence[Value]], bool], missing: str, **options: Any
) -> Point:
    """A simple point where something holds that may be undefined."""

    def good(values: Sequence[Value]) -> bool:
        try:
            return holds(values)
        except DomainError:
            return False

    values = domain.simple_point(good, **options)
    if values is None:
        raise DomainError(missing)
    return Point(field, values)


def _may_be_undefined(
    field: Field, domain: Domain, model: Parametrization, denominators: Sequence[RationalFunction]
) -> bool:
    """Whether a denominator has a factor that is neither a factor of the model nor positive by the domain."""
    nonzero = {str(factor.num) for c in domain.constraints for factor, _ in c.element.factors()[1]}
    nonzero |= {str(field.generator(i).num) for i in range(len(field.generators)) if field.is_exponential(i)}
    if field == model.field:
        nonzero |= {str(factor.num) for factor in model.factor_table.factors}
        nonzero |= {str(factor.num) for factor, _ in model.partition.factors()[1]}
        nonzero |= {str(f.num) for p in geometry(model).visible_probabilities for f, _ in p.factors()[1]}
    return any(str(f.num) not in nonzero for d in denominators for f, _ in d.factors()[1])


def _flat(value: Any, where: str) -> tuple[list[sympy.Expr], tuple[int, int] | None]:
    if isinstance(value, list | tuple):
        try:
            value = sympy.Matrix(value)
        except (ValueError, TypeError):
            raise ModelError(f"check_equal: the {where} is a list, but not of rows of equal length") from None
    if isinstance(value, sympy.MatrixBase):
        return [written_out(e) for e in value], (value.rows, value.cols)
    if isinstance(value, float):
        raise ExactnessError(f"check_equal: the {where} {value} is a floating-point number; write a Rational")
    try:
        return [written_out(sympy.sympify(value, strict=True))], None
    except sympy.SympifyError:
        raise ExactnessError(f"check_equal: the {where} {value!r} is not a sympy expression") from None


def _shape(shape: tuple[int, int] | None) -> str:
    return "a scalar" if shape is None else f"{shape[0]} x {shape[1]}"
