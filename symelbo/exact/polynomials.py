"""Polynomials over Q, and sums and units of their quotients: what the normal form of the field rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import comb, prod
from typing import Any, TypeAlias

import flint

from symelbo.budget import LIMITS, killable
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


def product(a: Polynomial, b: Polynomial) -> Polynomial:
    """``a * b``."""
    return a * b if len(a) * len(b) <= LIMITS.uninterrupted_work else _elsewhere(a, lambda: [a * b])[0]


def power(a: Polynomial, exponent: int) -> Polynomial:
    """``a ** exponent``, of an exponent that is not negative."""
    n = len(a)
    if n < 2 or exponent < 2 or n * comb(exponent + n - 1, exponent) <= LIMITS.uninterrupted_work:
        return a**exponent
    dense = prod(exponent * int(d) + 1 for d in a.degrees())
    return a**exponent if n * dense <= LIMITS.uninterrupted_work else _elsewhere(a, lambda: [a**exponent])[0]


def _elsewhere(like: Polynomial, work: Callable[[], Iterable[Polynomial]]) -> list[Polynomial]:
    """Polynomials that take long, and listen to no signal meanwhile."""
    found = killable("arithmetic of polynomials", lambda: list(map(terms, work())))
    return list(map(like.context().from_dict, found))


def added(a: Polynomial, b: Polynomial, c: Polynomial, d: Polynomial) -> tuple[Polynomial, Polynomial]:
    """``a/b + c/d`` over the least common denominator, not reduced."""
    if b.is_one():
        return product(a, d) + c, d
    if d.is_one():
        return a + product(c, b), b
    b_rest, d_rest = cancelled(b, d)
    return product(a, d_rest) + product(c, b_rest), product(b, d_rest)


def cancelled(a: Polynomial, b: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Both without their greatest common divisor."""

    def quotients() -> tuple[Polynomial, Polynomial]:
        g = a.gcd(b)
        return (a, b) if g.is_one() else (a / g, b / g)

    if len(a) * len(b) <= LIMITS.uninterrupted_work:
        return quotients()
    first, second = _elsewhere(a, quotients)
    return first, second


def signed_factors(polynomial: Polynomial) -> tuple[Rational, list[tuple[Polynomial, int]]]:
    """Irreducible factors over Z with one sign convention: positive constant term, else leading coefficient."""
    unit, factors = _factored(polynomial)
    signed = []
    for factor, exponent in factors:
        constant = factor[(0,) * factor.context().nvars()]
        negative = (constant or factor.leading_coefficient()) < 0
        unit = unit * (-1) ** exponent if negative else unit
        signed.append((-factor if negative else factor, exponent))
    return unit, signed


def _factored(polynomial: Polynomial) -> tuple[Rational, list[tuple[Polynomial, int]]]:
    def found() -> tuple[Rational, list[tuple[Any, int]]]:
        unit, factors = polynomial.factor()
        return flint.fmpq(unit), [(terms(f) if apart else f, int(e)) for f, e in factors]

    apart = len(polynomial) > LIMITS.uninterrupted_terms
    if not apart:
        return found()
    unit, factors = killable("factoring", found)
    return unit, [(polynomial.context().from_dict(f), e) for f, e in factors]


def content(polynomial: Polynomial) -> Rational:
    """The rational c for which ``polynomial / c`` is primitive over Z with positive leading coefficient."""
    numerator, denominator = flint.fmpz(0), flint.fmpz(1)
    for c in polynomial.coeffs():
        numerator = numerator.gcd(c.p)
        denominator = denominator.lcm(c.q)
    sign = -1 if polynomial.leading_coefficient() < 0 else 1
    return flint.fmpq(sign * numerator, denominator)
