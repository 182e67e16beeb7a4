"""What a user gives for a model, read: parameters and the entries of a table, each error naming its state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import islice, product
from typing import Any

import sympy

from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import Known, as_expression, as_rational
from symelbo.spaces import Space
from symelbo.variables import State

# What sympy can assume of a symbol and a real parameter is not.
DISCRETE = ("zero", "integer", "rational", "irrational", "algebraic", "transcendental", "imaginary", "infinite")


def parameter_symbols(parameters: Sequence[Any]) -> list[sympy.Symbol]:
    """The parameters as distinct symbols."""
    if not isinstance(parameters, sympy.Symbol | Iterable):
        raise ModelError(f"parameters: {parameters!r} is not a list of sympy Symbols")
    items = [parameters] if isinstance(parameters, sympy.Symbol) else list(parameters)
    symbols: list[sympy.Symbol] = []
    for p in items:
        if not isinstance(p, sympy.Symbol):
            raise ModelError(f"parameters: {p!r} is not a sympy Symbol")
        if isinstance(p, Known):
            raise ModelError(f"parameters: {p} is a known constant; leave it out, it may occur in the table as it is")
        if p in symbols:
            raise ModelError(f"parameters: {p} is listed twice")
        if any(p.name == other.name for other in symbols):
            raise ModelError(f"parameters: two symbols named {p}, with different assumptions; rename one of them")
        discrete = next((a for a in DISCRETE if p.assumptions0.get(a)), None)
        if discrete is not None:
            raise ModelError(
                f"parameters: {p} is declared {discrete}; a parameter takes all values in an open set of reals"
            )
        symbols.append(p)
    return symbols


def shown_state(state: State) -> str:
    """A state as a message names it."""
    return "(" + ", ".join(map(str, state)) + ")"


def table_entries(space: Space, table: Any) -> list[sympy.Expr]:
    """The table as expressions in the order of the states; anything inexact or unknown is named with its state."""
    result = []
    for state, entry in zip(space.states, values_by_state(space, table, "the table", "probability"), strict=True):
        where = f"probability of {shown_state(state)}"
        if isinstance(entry, float):
            as_rational(entry, where)
        result.append(as_expression(entry, where))
    return result


def values_by_state(space: Space, given: Any, what: str, value: str = "value") -> list[Any]:
    """What is given for every state, in their order; a state missing, doubled or unknown is an error."""
    if isinstance(given, sympy.MatrixBase):
        given = list(given)
    if not isinstance(given, Mapping):
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise ModelError(f"{what} {given!r} is neither a mapping from states to expressions nor a list of them")
        entries = list(given)
        if len(entries) != space.n_states:
            raise ModelError(f"{what} has {len(entries)} entries; expected one for each of the {space.n_states} states")
        space.require_order(entries, what)
        return entries
    found: dict[int, Any] = {}
    for state, entry in given.items():
        number = space.index(state)
        if number in found:
            labels = state if isinstance(state, tuple | list) else (state,)
            raise ModelError(f"the state {shown_state(tuple(labels))} occurs twice in {what}")
        found[number] = entry
    if len(found) < space.n_states:
        # The states of a product are not enumerated: there may be far more of them than the table has.
        every = product(*(v.labels for v in space.variables)) if space.is_product else iter(space.states)
        missing = [shown_state(s) for s in islice((s for s in every if space.index(s) not in found), 4)]
        rest = space.n_states - len(found) - len(missing)
        more = f" and {rest} more" if rest else ""
        raise ModelError(f"{what} has no {value} for the state {', '.join(missing)}{more}")
    return [found[i] for i in range(space.n_states)]


def rational_bound(relational: Any) -> str:
    """Why a bound of a parameter in exponents is no bound of its exponential by a rational, and one that is.

    >>> t = sympy.Symbol("t")
    >>> rational_bound(2 * t < 3)
    't < 3/2 is exp(t) < exp(3/2), which is not rational; write a rational bound, such as exp(t) < 9/2'
    """
    difference = sympy.expand(relational.gts - relational.lts)
    symbols = list(difference.free_symbols)
    if len(symbols) != 1 or not difference.is_polynomial(*symbols) or sympy.degree(difference, symbols[0]) != 1:
        return ""
    (t,) = symbols
    slope = difference.coeff(t)
    bound = sympy.cancel(-difference.coeff(t, 0) / slope)
    sign = ">" if slope > 0 else "<"
    near = Fraction(str(sympy.N(sympy.exp(bound), 20))).limit_denominator(8)
    return (
        f"{t} {sign} {bound} is exp({t}) {sign} exp({bound}), which is not rational; write a rational bound, such as "
        f"exp({t}) {sign} {near or Fraction(1, 1000)}"
    )


def sides(e: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """The two sides of ``e > 0``, each a sum without negative terms.

    >>> x, y = sympy.symbols("x y")
    >>> sides(-2 * (x - y)), sides(x * (1 - y))
    ((2*x, 2*y), (0, x*(1 - y)))
    """
    factor, rest = e.as_coeff_Mul()
    terms = sympy.Add.make_args(sympy.expand(e) if rest.is_Add and factor != 1 else e)
    negative = [t for t in terms if t.as_coeff_Mul()[0].is_negative]
    return -sympy.Add(*negative), sympy.Add(*(t for t in terms if t not in negative))


def expression_values(space: Space, statistic: Any, where: str) -> list[Fraction]:
    """The values of an expression in the variables' symbols, whose labels are numbers, on all states."""
    try:
        expression = sympy.sympify(statistic, strict=True)
    except sympy.SympifyError:
        raise ExactnessError(f"{where}: {statistic!r} is not an exact expression") from None
    symbols = sorted(expression.free_symbols, key=str)
    unknown = [str(s) for s in symbols if str(s) not in space.columns]
    if unknown:
        raise ModelError(
            f"{where}: unknown variable {', '.join(unknown)} in {expression}; the variables are "
            f"{', '.join(space.names)}"
        )
    if expression.has(sympy.Float):
        as_rational(next(iter(expression.atoms(sympy.Float))), where)
    numbers = {str(s): _numeric_labels(space.variables[space.columns[str(s)]], expression, where) for s in symbols}
    cache: dict[tuple[Any, ...], Fraction] = {}
    values = []
    for state in space.states:
        labels = tuple(state[space.columns[str(s)]] for s in symbols)
        if labels not in cache:
            at = {s: numbers[str(s)][str(label)] for s, label in zip(symbols, labels, strict=True)}
            cache[labels] = _evaluated(expression, at, where)
        values.append(cache[labels])
    return values


def _numeric_labels(variable: Any, expression: sympy.Expr, where: str) -> dict[str, sympy.Rational]:
    result = {}
    for label in variable.labels:
        try:
            value = Fraction(str(label))
        except (ValueError, ZeroDivisionError):
            raise ModelError(
                f"{where}: {expression} uses {variable.name}, whose label {label!r} is not a number; "
                "use numbers as labels, or give the statistic as a table"
            ) from None
        result[str(label)] = sympy.Rational(value)
    return result


def _evaluated(expression: sympy.Expr, at: Mapping[sympy.Symbol, sympy.Rational], where: str) -> Fraction:
    value = expression.subs(at, simultaneous=True) if at else expression
    shown = ", ".join(f"{s} = {v}" for s, v in at.items())
    try:
        rational = as_rational(value, f"{where} at {shown}" if shown else where)
    except (ExactnessError, DomainError):
        raise ExactnessError(f"{where}: {expression} has the value {value} at {shown}; expected a rational") from None
    return Fraction(int(rational.p), int(rational.q))
