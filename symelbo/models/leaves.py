"""The leaves of mixtures: families of distributions of one visible variable, with their statistics and densities.

Families of one line of :data:`MEASURES` have densities for the same measure.  Different densities ``b exp(<eta, s>)``
are linearly independent over polynomials; those of Erlang leaves are exponential ones times ``v^(k-1)``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import sympy

from symelbo.errors import ModelError
from symelbo.exact import Field, Matrix, RationalFunction

CATEGORICAL = "categorical"
SHAPES = 100
# The values that a leaf of a family has in a class.
VALUES = {
    "gaussian": ("mean", "variance"),
    "poisson": ("mean",),
    "exponential": ("rate",),
    "geometric": ("probability of 0",),
    "erlang": ("shape", "rate"),
    "zero": (),
    "categorical": ("probabilities of 1, 2, ...",),
}
# Families with densities for the same measure, so that v does not tell the class.
MEASURES = (("poisson", "geometric", "zero"), ("gaussian", "exponential", "erlang"), ("categorical",))
# Where the density of a leaf is positive.
SUPPORTS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "gaussian": (lambda _: True, "a number"),
    "exponential": (lambda x: bool(x > 0), "positive"),
    "erlang": (lambda x: bool(x > 0), "positive"),
    "poisson": (lambda x: x.q == 1 and x >= 0, "one of 0, 1, 2, ..."),
    "geometric": (lambda x: x.q == 1 and x >= 0, "one of 0, 1, 2, ..."),
    "zero": (lambda x: x == 0, "0"),
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """One visible variable in one class: statistics with ``d eta = factor dx``, their means and covariances.

    ``kind`` and ``base``, the elements x, determine the density up to a power of v, its ``shift`` beyond the least one
    of the classes; ``scale`` is what stands before that power.  ``factors`` are the functions in front of dx.
    """

    kind: str
    base: tuple[RationalFunction, ...]
    factors: tuple[RationalFunction, ...]
    means: tuple[RationalFunction, ...]
    covariance: Matrix
    shift: int = 0
    scale: RationalFunction | None = None


def leaves_of(
    variable: tuple[str, tuple[str, ...]], values: Sequence[Sequence[RationalFunction]], field: Field
) -> list[Leaf]:
    """The leaf of a visible variable in every class, with the same statistics in all of them."""
    v, kinds = variable
    normal = [x[1] for kind, x in zip(kinds, values, strict=True) if kind == "gaussian"]
    square = bool(normal) and not all(s.is_constant and s == normal[0] for s in normal)
    shapes = [_shape(v, kind, x) for kind, x in zip(kinds, values, strict=True)]
    rated = [k for k, kind in zip(shapes, kinds, strict=True) if kind in ("exponential", "erlang")]
    if len(set(rated)) > 1 and any(k.denominator != 1 or k > SHAPES for k in rated):
        raise ModelError(
            f"{v}: Erlang shapes that differ between classes (an exponential leaf has shape 1) have to be integers, at "
            f"most {SHAPES}: then their scores and densities are polynomials times the same exponentials"
        )
    found = []
    for kind, x, k in zip(kinds, values, shapes, strict=True):
        leaf = _leaf(kind, x, field, square=square)
        if kind in ("exponential", "erlang") and len(set(rated)) > 1:
            least, most, scale = int(min(rated)), int(max(rated)), field.one
            for _ in range(least, int(k)):
                scale = scale * x[-1]
            for j in range(int(k), most):
                scale = scale * field.constant(j)
            leaf = replace(leaf, shift=int(k) - least, scale=scale)
        found.append(leaf)
    return found


def _shape(v: str, kind: str, x: Sequence[RationalFunction]) -> Fraction:
    if kind == "erlang" and not x[0].is_constant:
        raise ModelError(f"{v}: the Erlang shape {x[0]} has to be a number; free shapes leave the rational functions")
    return Fraction(str(x[0].rational_value())) if kind == "erlang" else Fraction(1)


def _leaf(family: str, x: Sequence[RationalFunction], field: Field, *, square: bool) -> Leaf:
    """A leaf with the statistic v, or v and v^2."""
    one, zero, two = field.one, field.zero, field.constant(2)
    n = 2 if square else 1
    if family == "zero":
        return Leaf("zero", (one,) * n, (zero,) * n, (zero,) * n, Matrix(field, [[zero] * n] * n))
    if family == "gaussian" and square:
        mean, noise = x
        second = mean * mean + noise
        across = two * mean * noise
        rows = [[noise, across], [across, two * noise * noise + two * across * mean]]
        return Leaf("gaussian", (mean / noise, -one / (two * noise)), (one, one), (mean, second), Matrix(field, rows))
    if family in ("exponential", "erlang"):
        moments, k = [one], x[0] if family == "erlang" else one
        for j in range(2 * n):
            moments.append(moments[-1] * (k + field.constant(j)) / x[-1])
        rows = [[moments[i + j] - moments[i] * moments[j] for j in range(1, n + 1)] for i in range(1, n + 1)]
        return Leaf("rate", (x[-1], one)[:n], (-one, zero)[:n], tuple(moments[1 : n + 1]), Matrix(field, rows))
    factor, mean, variance = {
        "gaussian": lambda: (one / x[1], x[0], x[1]),
        "poisson": lambda: (one / x[0], x[0], x[0]),
        "geometric": lambda: (-one / (one - x[0]), (one - x[0]) / x[0], (one - x[0]) / (x[0] * x[0])),
    }[family]()
    return Leaf(family, (x[0],), (factor,), (mean,), Matrix(field, [[variance]]))


def density(family: str, x: Sequence[sympy.Expr], v: sympy.Expr) -> sympy.Expr:
    """The density of a leaf with values x at a point v of its support.

    >>> r = sympy.Symbol("r")
    >>> density("poisson", [r], sympy.Integer(3))
    r**3*exp(-r)/6
    """
    if family == "gaussian":
        return sympy.exp(-sympy.expand((v - x[0]) ** 2) / (2 * x[1])) / sympy.sqrt(2 * sympy.pi * x[1])
    if family == "poisson":
        return x[0] ** v * sympy.exp(-x[0]) / sympy.factorial(v)
    if family == "geometric":
        return x[0] * (1 - x[0]) ** v
    if family == "zero":
        return sympy.Integer(1)
    k = x[0] if family == "erlang" else sympy.Integer(1)
    return x[-1] ** k * v ** (k - 1) * sympy.exp(-x[-1] * v) / sympy.gamma(k)
