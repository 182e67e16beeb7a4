"""Polynomials that do not change sign because they are quadratic in some generator, and where they vanish.

For ``f = a g^2 + b g + c`` with ``D = b^2 - 4 a c``

    4 a f = (2 a g + b)^2 - D.

Where a has no zero and D <= 0, f has the sign of a, and vanishes exactly where D = 0 and 2 a g + b = 0.  D is a
polynomial in fewer generators, and is treated in the same way (Lagrange's reduction of quadratic forms is the case of
degree 2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from symelbo.budget import LIMITS
from symelbo.exact import RationalFunction

# Alternatives: the zeros are the union of the common zeros of these lists.
Systems: TypeAlias = list[list[RationalFunction]]


def semidefinite(
    f: RationalFunction, sign: Callable[[RationalFunction], int], depth: int = 0
) -> tuple[int, Systems] | None:
    """Return s = 1 or -1 such that s f >= 0 on the domain, and the zeros of f there; None if that is not found.

    Parameters
    ----------
    f : RationalFunction
        A polynomial.
    sign : the sign of an irreducible polynomial that has one on the domain, else 0
    """
    if not f or len(f.num) > LIMITS.quadratic_terms or depth > 2 * len(f.field.generators):
        return None
    unit, powers = f.factors()
    total = 1 if unit > 0 else -1
    zeros: Systems = []
    for g, power in powers:
        known = sign(g)
        if known:
            total *= known**power
        elif power % 2 == 0:
            zeros.append([g])
        else:
            found = _quadratic(g, sign, depth)
            if found is None:
                return None
            total *= found[0]
            zeros += found[1]
    return total, zeros


def _quadratic(f: RationalFunction, sign: Callable[[RationalFunction], int], depth: int) -> tuple[int, Systems] | None:
    for i, degree in enumerate(f.num.degrees()):
        if degree != 2:
            continue
        c, b, a = in_powers_of(f, i)
        leading = _sign_of_product(a, sign)
        if not leading:
            continue
        found = semidefinite(b * b - f.field.constant(4) * a * c, sign, depth + 1)
        if found is not None and found[0] < 0:
            vertex = f.field.constant(2) * a * f.field.generator(i) + b
            return leading, [[*system, vertex] for system in found[1]]
    return None


def _sign_of_product(a: RationalFunction, sign: Callable[[RationalFunction], int]) -> int:
    unit, powers = a.factors()
    total = 1 if unit > 0 else -1
    for g, power in powers:
        total *= sign(g) ** power
    return total


def in_powers_of(f: RationalFunction, i: int) -> list[RationalFunction]:
    """Return the coefficients of a polynomial in generator number i, constant term first."""
    parts: list[dict[tuple[int, ...], Any]] = [{} for _ in range(f.num.degrees()[i] + 1)]
    for exponents, c in f.terms().items():
        rest = tuple(0 if k == i else int(e) for k, e in enumerate(exponents))
        parts[int(exponents[i])][rest] = c
    return [f.field.polynomial(p) for p in parts]
