"""Polynomials over Q, and sums and units of their quotients: what the normal form of the field rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, TypeAlias

import flint

from symelbo.exact.numbers import Rational

Polynomial: TypeAlias = "flint.fmpq_mpoly"


def terms(polynomial: Polynomial) -> dict[tuple[int, ...], Rational]:
    """Exponents and coefficients."""
    return {tuple(map(int, k)): c for k, c in polynomial.to_dict().items()}


def value_in(
    polynomial: Polynomial,
    values: Sequence[Any],
    constant: Callable[[Rational], Any],
    add: Callable[[Iterable[Any]], Any] = sum,
) -> Any:
    """``sum c prod_i v_i**k_i`` in any arithmetic: ``constant`` brings rationals into it, ``add`` adds up."""
    return add(
        prod((v ** int(k) for v, k in zip(values, exponents, strict=True) if k), start=constant(c))
        for exponents, c in polynomial.to_dict().items()
    )


def added(a: Polynomial, b: Polynomial, c: Polynomial, d: Polynomial) -> tuple[Polynomial, Polynomial]:
    """``a/b + c/d`` over the least common denominator, not reduced."""
    if b.is_one():
        return a * d + c, d
    if d.is_one():
        return a + c * b, b
    g = b.gcd(d)
    if g.is_one():
        return a * d + c * b, b * d
    b_rest, d_rest = b / g, d / g
    return a * d_rest + c * b_rest, b * d_rest


def cancelled(a: Polynomial, b: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Both without their greatest common divisor."""
    g = a.gcd(b)
    return (a, b) if g.is_one() else (a / g, b / g)


def signed_factors(polynomial: Polynomial) -> tuple[Rational, list[tuple[Polynomial, int]]]:
    """Irreducible factors over Z with one sign convention: positive constant term, else leading coefficient."""
    unit, factors = polynomial.factor()
    unit = flint.fmpq(unit)
    signed = []
    for factor, exponent in factors:
        constant = factor[(0,) * factor.context().nvars()]
        negative = (constant or factor.leading_coefficient()) < 0
        unit = unit * (-1) ** int(exponent) if negative else unit
        signed.append((-factor if negative else factor, int(exponent)))
    return unit, signed


def content(polynomial: Polynomial) -> Rational:
    """The rational c for which ``polynomial / c`` is primitive over Z with positive leading coefficient."""
    numerator, denominator = flint.fmpz(0), flint.fmpz(1)
    for c in polynomial.coeffs():
        numerator = numerator.gcd(c.p)
        denominator = denominator.lcm(c.q)
    sign = -1 if polynomial.leading_coefficient() < 0 else 1
    return flint.fmpq(sign * numerator, denominator)
