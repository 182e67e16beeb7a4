"""Exponential families on a finite sample space.

    p(x) = b(x) exp(sum_i theta_i T_i(x)) / Z(theta)

with natural parameters ``theta``, statistics ``T`` and a base measure ``b``.  The model is held as weights on the cone:
the partition function Z is never expanded for ranks, and the scores of the weights are the constants T_i(x).
Generators of the field are ``exp(g_i theta_i)``, g_i the greatest common divisor of the values of T_i.  They are
independent and take all positive values: rational ones are exact points of the model (``exp(theta1)=2`` on the command
line, or ``theta1 = log(2)``).

Statistics that are linearly dependent, the constants included, are allowed: the model is overparametrised, and says so
in :attr:`~symelbo.models.parametrization.Parametrization.remarks`.

Example.  Two binary variables, the second one hidden, with an interaction:

>>> import sympy
>>> from symelbo.spaces import SampleSpace
>>> x, h = sympy.symbols("x h")
>>> M = ExponentialFamily(SampleSpace(visible={"x": 2}, hidden={"h": 2}), [x, h, x * h])
>>> M
Exponential family with 4 states (2 visible), parameters theta1, theta2, theta3
>>> M.weights[3]
exp(theta1)*exp(theta2)*exp(theta3)
>>> sufficient_statistics(M)
Matrix([
[0, 0, 1, 1],
[0, 1, 0, 1],
[0, 0, 0, 1]])
>>> M.point({"theta1": sympy.log(2), "theta2": 0, "theta3": "log(1/3)"}).values
(2, 1, 1/3)

Reference: Barndorff-Nielsen (1978), Information and exponential families.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import sympy

from symelbo.budget import LIMITS, Limit, budgeted
from symelbo.errors import ModelError
from symelbo.exact import Field, Rational, as_rational
from symelbo.models.domain import Domain
from symelbo.models.entries import expression_values, parameter_symbols, values_by_state
from symelbo.models.parametrization import FactorTable, Parametrization, as_model
from symelbo.models.structure import Structure
from symelbo.spaces import Space, as_space

Statistic: TypeAlias = "sympy.Expr | Mapping[Any, Any] | Sequence[Any]"


@dataclass(frozen=True)
class ExponentialStructure(Structure):
    """The structure of an exponential family in natural parameters.

    Attributes
    ----------
    generators
        Of a hierarchical log-linear model: the maximal interacting sets of variables; None for other families.
    """

    generators: tuple[tuple[str, ...], ...] | None = None
    natural = True

    def described(self) -> str:
        """Its generators, where it has any."""
        cliques = "; ".join(", ".join(g) for g in self.generators or ())
        return f"log-linear, interacting variables: {cliques}" if cliques else "exponential family"

    def restricted(self) -> Structure:
        """A part of it may be curved."""
        return Structure()

    def renamed(self, names: Mapping[str, str]) -> ExponentialStructure:
        """The family with other names of variables."""
        if self.generators is None:
            return self
        return ExponentialStructure(tuple(tuple(names.get(n, n) for n in g) for g in self.generators))

    def joined(self, other: Structure, offset: int) -> Structure:  # noqa: ARG002  # statistics have no numbers
        """Two independent families."""
        if not other.natural:
            return Structure()
        known = self.generators is not None and other.generators is not None
        return ExponentialStructure((*(self.generators or ()), *(other.generators or ())) if known else None)

    def seen_otherwise(self) -> ExponentialStructure:
        """Still an exponential family; its generators say nothing of what is seen."""
        return ExponentialStructure()


@budgeted("the family")
def ExponentialFamily(
    space: Space,
    statistics: Sequence[Statistic],
    base_measure: Statistic | None = None,
    *,
    parameters: Sequence[str | sympy.Symbol] | None = None,
    name: str | None = None,
    budget: Limit = None,
) -> Parametrization:
    """Return the exponential family ``p(x) = b(x) exp(sum_i theta_i T_i(x)) / Z(theta)``.

    Parameters
    ----------
    space : SampleSpace or StateSpace
    statistics : sequence of d statistics
        Each a sympy expression in the variables' symbols (the labels are then numbers), a mapping from state to value,
        or a list of |X| values.  Values are rational.
    base_measure : positive statistic, optional
        Default: 1.
    parameters : d names or symbols, optional
        Default: theta1, ..., thetad.
    name : str, optional
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    ModelError
        An unknown variable, a label that is no number, a missing state, a base measure that is not positive.
    ExactnessError
        A value that is not rational.

    >>> from symelbo.spaces import SampleSpace
    >>> space = SampleSpace(visible={"x": [-1, 1]}, hidden={"h": [0, 1, 2]})
    >>> M = ExponentialFamily(space, ["x", "x*h"], {s: 1 + s[1] for s in space.states}, parameters=["b", "w"])
    Traceback (most recent call last):
    symelbo.errors.ModelError: statistic 1: 'x' is a text; write a sympy expression, a mapping or a list
    >>> x, h = sympy.symbols("x h")
    >>> M = ExponentialFamily(space, [x, x*h], {s: 1 + s[1] for s in space.states}, parameters=["b", "w"])
    >>> M.weights[1]
    2*exp(-b)*exp(-w)
    """
    space = as_space(space, "ExponentialFamily")
    single = isinstance(statistics, sympy.Expr) or not isinstance(statistics, Iterable)
    given: list[Any] = [statistics] if single else list(statistics)
    symbols = _symbols(parameters, len(given))
    columns = [_values(space, t, f"statistic {i + 1}") for i, t in enumerate(given)]
    coefficients = None
    if base_measure is not None:
        base = _values(space, base_measure, "base measure")
        for state, b in zip(space.states, base, strict=True):
            if b <= 0:
                shown = ", ".join(map(str, state))
                raise ModelError(f"the base measure is {b} at ({shown}); expected a positive number")
        coefficients = tuple(as_rational(b) for b in base)
    scales = [_scale(column) for column in columns]
    exponents = np.array(
        [[int(v / g) for v in column] for column, g in zip(columns, scales, strict=True)], dtype=np.int64
    ).reshape(len(columns), space.n_states)
    return exponential_model(
        space,
        exponents.T,
        symbols,
        words=[
            f"natural parameter of the statistic {t if isinstance(t, sympy.Expr) else i + 1}"
            for i, t in enumerate(given)
        ],
        scales=scales,
        coefficients=coefficients,
        name=name or "Exponential family",
    )


def exponential_model(
    space: Space,
    exponents: npt.NDArray[np.int64],
    symbols: Sequence[sympy.Symbol],
    *,
    words: Iterable[str],
    scales: Sequence[Fraction] | None = None,
    coefficients: tuple[Rational, ...] | None = None,
    generators: Iterable[Iterable[str]] | None = None,
    name: str | None = None,
) -> Parametrization:
    """Return the family with statistics ``T_i(x) = scales[i] * exponents[x, i]``, correct by construction.

    ``words``: what the parameters mean.
    """
    if exponents.size and int(np.abs(exponents).max()) > LIMITS.exponent:
        raise ModelError(f"a statistic takes values beyond {LIMITS.exponent} times its unit; rescale it")
    scales = [Fraction(1)] * len(symbols) if scales is None else list(scales)
    field = Field(
        symbols,
        [sympy.exp(sympy.Rational(g.numerator, g.denominator) * s) for g, s in zip(scales, symbols, strict=True)],
    )
    factors = tuple(field.generator(i) for i in range(len(symbols)))
    ones = (as_rational(1),) * space.n_states
    table = FactorTable(factors, exponents.astype(np.int16), coefficients or ones)
    structure = ExponentialStructure(None if generators is None else tuple(tuple(g) for g in generators))
    return Parametrization.from_factors(
        space,
        field,
        table,
        Domain(field, ()),
        normalised=False,
        name=name,
        structure=structure,
        told=dict(zip(symbols, words, strict=True)),
    )


def sufficient_statistics(model: Parametrization) -> sympy.Matrix:
    """Return the d x |X| matrix of the statistics ``T_i(x)`` of an exponential family.

    Raises
    ------
    ModelError
        The model is not given as an exponential family in natural parameters.
    """
    as_model(model)
    if not model.structure.natural:
        raise ModelError(f"{model.name or 'the model'} is not given as an exponential family in natural parameters")
    forms = map(model.field.linear_form, range(len(model.parameters)))
    scales = [sympy.Rational(form[i]) for i, form in enumerate(forms) if form is not None]
    table = model.factor_table.exponents
    return sympy.Matrix(len(scales), model.space.n_states, lambda i, x: scales[i] * int(table[x, i]))


def _symbols(parameters: Sequence[str | sympy.Symbol] | None, d: int) -> list[sympy.Symbol]:
    if parameters is None:
        return [sympy.Symbol(f"theta{i + 1}") for i in range(d)]
    symbols = [sympy.Symbol(p) if isinstance(p, str) else p for p in parameters]
    if len(symbols) != d:
        raise ModelError(f"{len(symbols)} parameters for {d} statistics; expected one for each")
    return parameter_symbols(symbols)


def _scale(values: Sequence[Fraction]) -> Fraction:
    """The positive generator of the additive group of the values: all are integer multiples of it (1 if all are 0)."""
    denominator = lcm(*(v.denominator for v in values))
    common = gcd(*(int(v * denominator) for v in values))
    return Fraction(common, denominator) if common else Fraction(1)


def _values(space: Space, statistic: Any, where: str) -> list[Fraction]:
    if isinstance(statistic, str):
        raise ModelError(f"{where}: {statistic!r} is a text; write a sympy expression, a mapping or a list")
    if isinstance(statistic, Mapping | sympy.MatrixBase | list | tuple):
        values = zip(values_by_state(space, statistic, where), space.states, strict=True)
        rationals = [as_rational(v, f"{where}, state {s}") for v, s in values]
        return [Fraction(int(v.p), int(v.q)) for v in rationals]
    return expression_values(space, statistic, where)
