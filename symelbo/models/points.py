"""Exact points of a model: rational where that is possible, in a field of numbers ``Q(exp(1/N))`` where it is not.

A point gives every generator of the model's field its value.  A parameter that occurs only in exponents may have the
logarithm of a rational as its value, then exponentials are rational.  Where a parameter occurs both inside and
outside of exponentials (or an exponent is given a rational value) the exponentials are numbers such as
``2*exp(1/3)``, in ``Q(exp(1/N))``; as exp(1/N) is transcendental (Lindemann 1882), equality is decided by the
normal form, the sign by intervals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sympy

from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import QQ, Field, RationalField, RationalFunction, Value, as_rational, exponent_of, rational_to_sympy
from symelbo.models.domain import Domain
from symelbo.typesetting import Unfolding


@dataclass(frozen=True, slots=True)
class Point(Unfolding):
    """An exact point of a model's domain: a value for every generator of its field."""

    field: Field
    values: tuple[Value, ...]

    @property
    def numbers(self) -> Field | RationalField:
        """The field in which the values lie: Q, or ``Q(exp(1/N))``."""
        return next((v.field for v in self.values if isinstance(v, RationalFunction)), QQ)

    @property
    def is_rational(self) -> bool:
        """Whether the values are rational numbers that real parameters give: then a certificate can name the point."""
        return self.field.is_free and self.numbers is QQ

    def __repr__(self) -> str:
        """The values of the parameters: logarithms for those that occur only in exponents."""
        if not any(map(self.field.is_exponential, range(len(self.field.generators)))):
            return ", ".join(f"{g} = {v}" for g, v in zip(self.field.generators, self.values, strict=True))
        return ", ".join(
            f"{p} = {sympy.logcombine(v, force=True) if v.is_Add else v}" for p, v in self.substitution().items()
        )

    def _parts(self) -> Iterable[tuple[sympy.Symbol, sympy.Expr]]:
        return self.substitution().items()

    def as_dict(self) -> dict[sympy.Expr, sympy.Expr]:
        """Return the point as a mapping from generators (symbols, exponentials) to exact sympy numbers."""
        shown = (v.field.to_sympy(v) if isinstance(v, RationalFunction) else rational_to_sympy(v) for v in self.values)
        return dict(zip(self.field.generators, shown, strict=True))

    def substitution(self) -> dict[sympy.Symbol, sympy.Expr]:
        """Return the values of parameters and known constants; one that occurs only in exponents has a logarithm."""
        known = self.as_dict()
        symbols = {p: known[p] for p in self.field.symbols if p in known}
        equations = []
        for i, g in enumerate(self.field.generators):
            if not self.field.is_exponential(i):
                continue
            exponent = exponent_of(g)
            logarithm = sympy.expand_log(sympy.log(known[g]), force=True)
            coefficient, symbol = exponent.as_coeff_Mul()
            if symbol.is_Symbol:
                symbols.setdefault(symbol, logarithm / coefficient)
            else:
                equations.append(exponent - logarithm)
        unknown = [p for p in self.field.symbols if p not in symbols]
        if unknown:
            # A rational stand-in for exp(1/N) is no value at real parameters: independent equations have a solution.
            matrix, right = sympy.linear_eq_to_matrix([e.subs(symbols) for e in equations], unknown)
            rows = list(matrix.T.rref()[1])
            (solution,) = sympy.linsolve((matrix.extract(rows, range(len(unknown))), right.extract(rows, [0])), unknown)
            symbols.update(zip(unknown, solution.subs(dict.fromkeys(unknown, 0)), strict=True))
        return {p: symbols[p] for p in self.field.symbols}


def exact_point(field: Field, domain: Domain, at: Mapping[Any, Any]) -> Point:
    """Return the point with given values of the parameters, checked to lie in the domain.

    Parameters
    ----------
    field, domain
        Those of the model.
    at : mapping
        Keys are symbols, names or exponentials such as ``exp(a)``.  Values are exact rationals; for parameters in
        exponents also ``log`` of a positive rational (or the text ``"log(2)"`` or ``"-log(2)"``), and sums of both.

    Raises
    ------
    DomainError
        A value is missing, unknown or contradicts another one, or the point lies outside the domain.
    ExactnessError
        A float, or a value that is neither rational nor in a field ``Q(exp(1/N))``.
    """
    given = _given_values(field, at)
    found: list[sympy.Expr] = []
    for i, g in enumerate(field.generators):
        by_exponent = _exponential_value(field, i, given)
        if g in given:
            if by_exponent is not None and by_exponent != given[g]:
                raise DomainError(f"the point gives {g} = {given[g]}, but its parameters give {by_exponent}")
            if field.is_exponential(i) and not field.is_free:
                raise DomainError(
                    f"the point gives {g}, but a parameter occurs inside and outside of exponentials; "
                    f"give values for {', '.join(map(str, field.symbols))}"
                )
        value = given.get(g, by_exponent)
        if value is None:
            missing = [
                str(h) for h in field.generators if h not in given and _exponential_value(field, h, given) is None
            ]
            raise DomainError(f"the point has no value for {', '.join(missing)}")
        found.append(value)
    point = Point(field, _numbers(field, found))
    _check_inside(point, domain)
    return point


def _given_values(field: Field, at: Mapping[Any, Any]) -> dict[sympy.Expr, sympy.Expr]:
    names = {str(k): k for k in (*field.symbols, *field.generators)}
    given: dict[sympy.Expr, sympy.Expr] = {}
    for key, value in at.items():
        if str(key) not in names:
            raise DomainError(
                f"the point gives a value for {key}, which is no parameter; the parameters are "
                f"{', '.join(map(str, field.symbols))}"
            )
        if names[str(key)] in given:
            raise DomainError(f"the point gives {key} twice")
        given[names[str(key)]] = exact_number(value, f"value of {key}")
    return given


def exact_number(value: Any, where: str) -> sympy.Expr:
    """Return the exact number that a user gives as a value: a rational, ``log`` of one (as text too), sums of both."""
    if isinstance(value, str) and (found := re.fullmatch(r"\s*(-?)\s*log\((.*)\)\s*", value)):
        logarithm = sympy.log(rational_to_sympy(as_rational(found[2], where)))
        return -logarithm if found[1] else logarithm
    if isinstance(value, sympy.Expr) and not value.has(sympy.Float) and not value.free_symbols:
        return value
    return rational_to_sympy(as_rational(value, where))


def _exponential_value(field: Field, which: int | sympy.Expr, given: Mapping[sympy.Expr, sympy.Expr]) -> Any:
    """The value of an exponential at the parameters; None if one is missing or it is no exponential."""
    index = which if isinstance(which, int) else field.generators.index(which)
    if not field.is_exponential(index):
        return None
    exponent = exponent_of(field.generators[index])
    if any(s not in given for s in exponent.free_symbols):
        return None
    return sympy.exp(sympy.expand(exponent.xreplace(dict(given))))


def _numbers(field: Field, values: list[sympy.Expr]) -> tuple[Value, ...]:
    if all(v.is_Rational for v in values):
        return tuple(as_rational(v) for v in values)
    for g, v in zip(field.generators, values, strict=True):
        try:
            Field.containing([v], ()).from_sympy(v)
        except ExactnessError:
            raise ExactnessError(
                f"the point gives {g} = {v}, which is no rational combination of exp(rational); "
                "give rational values, log(rational) for parameters in exponents, or the exponential itself"
            ) from None
    numbers = Field.containing(values, ())
    return tuple(numbers.from_sympy(v) for v in values)


def _check_inside(point: Point, domain: Domain) -> None:
    for i, v in enumerate(point.values):
        if point.field.is_exponential(i) and not v > 0:
            raise DomainError(f"the point lies outside the domain: {point.field.generators[i]} = {v} is not positive")
    violated = domain.violated(point.values)
    if violated is not None:
        raise DomainError(f"the point ({point}) lies outside the domain: it violates {violated.text}")
