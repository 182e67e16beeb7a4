"""Rational numbers at the boundary: what is accepted as exact, and what is refused with a suggestion."""

from __future__ import annotations

import copyreg
import re
from fractions import Fraction
from math import isfinite
from numbers import Integral
from typing import Any, TypeAlias

import flint
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, ExactnessError

Rational: TypeAlias = "flint.fmpq"

MAX_BITS = LIMITS.digits * 10 // 3

# The numbers of the arithmetic library can be pickled and copied, and with them models and verdicts.
copyreg.pickle(flint.fmpq, lambda value: (flint.fmpq, (int(value.p), int(value.q))))
copyreg.pickle(flint.fmpz, lambda value: (flint.fmpz, (int(value),)))

# No exponents: "1e999999999" would be written out.
_EXACT = re.compile(r"\s*[-+]?[0-9]+(/[0-9]+|\.[0-9]+)?\s*", re.ASCII)


def as_expression(value: object, where: str = "expression") -> sympy.Expr:
    """Return a sympy expression, or a number as one; texts are never evaluated."""
    try:
        return sympy.sympify(value, strict=True)
    except sympy.SympifyError:
        raise ExactnessError(f"{where}: {value!r} is not a sympy expression") from None


def is_whole(value: Any, least: int | None = None, most: int | None = None) -> bool:
    """Whether a value is an integer, and no truth value, between bounds.

    >>> is_whole(3, 1), is_whole(True), is_whole(3.0)
    (True, False, False)
    """
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return whole and (least is None or value >= least) and (most is None or value <= most)


def as_rational(value: object, where: str = "value") -> Rational:
    """Return an int, Fraction, sympy Rational or exact string ``"p/q"`` as a flint rational.

    Raises
    ------
    ExactnessError
        If the value is a float or no rational number; the message names ``where`` and suggests the rational.

    >>> as_rational(Fraction(2, 6))
    1/3
    """
    if isinstance(value, flint.fmpq):
        return value
    if isinstance(value, bool):
        raise ExactnessError(f"{where}: {value!r} is a truth value; expected a rational number")
    if isinstance(value, int | flint.fmpz):
        return flint.fmpq(value)
    if isinstance(value, Fraction):
        return flint.fmpq(value.numerator, value.denominator)
    if isinstance(value, sympy.Rational):
        return flint.fmpq(int(value.p), int(value.q))
    if isinstance(value, str):
        try:
            if not _EXACT.fullmatch(value):
                raise ValueError
            parsed = Fraction(value)
        except (ValueError, ZeroDivisionError):
            raise ExactnessError(f"{where}: {value!r} is not a rational number like 1/3") from None
        return flint.fmpq(parsed.numerator, parsed.denominator)
    if isinstance(value, float | sympy.Float):
        raise ExactnessError(float_message(value, where))
    if isinstance(value, sympy.Expr) and value.is_number:
        raise ExactnessError(f"{where}: {value} is not a rational number")
    integer = getattr(value, "__index__", None)
    if integer is not None:
        return flint.fmpq(int(integer()))
    raise ExactnessError(f"{where}: {value!r} is not a rational number; write an int, Fraction or sympy Rational")


def as_decimal(value: object, where: str) -> Rational:
    """Return a number as a rational, for numerical purposes; a float is the decimal that it prints as.

    >>> as_decimal(0.1, "value")
    1/10
    """
    if isinstance(value, float | sympy.Float) or getattr(getattr(value, "dtype", None), "kind", "") == "f":
        number = float(value)  # type: ignore[arg-type]  # a float of sympy, of numpy, or one itself
        if not isfinite(number):
            raise DomainError(f"{where}: {number} is not a finite number")
        return as_rational(Fraction(repr(number)))
    return as_rational(value, where)


def exact_value(value: Any, where: str) -> Rational | sympy.Expr:
    """Return a rational, or an expression with symbols as it is; ExactnessError for floats."""
    symbolic = isinstance(value, sympy.Expr) and value.free_symbols and not value.has(sympy.Float)
    return value if symbolic else as_rational(value, where)


def require_short(numerator: int, denominator: int, where: str) -> None:
    """Raise ExactnessError for a number of very many digits: no certificate could name it, no page show it."""
    bits = max(int(numerator).bit_length(), int(denominator).bit_length())
    if bits > MAX_BITS:
        raise ExactnessError(
            f"{where}: a number of about {bits * 3 // 10} digits; at most {LIMITS.digits} are accepted"
        )


def float_message(value: object, where: str) -> str:
    """Say that a float is refused, and which rational number was probably meant."""
    number = float(value)  # type: ignore[arg-type]
    if not isfinite(number):
        return f"{where}: {value} is not a number; expected a rational number"
    guess = Fraction(repr(number)).limit_denominator(10**6)
    suggestion = f"Rational({guess.numerator}, {guess.denominator})"
    return f"{where}: {value} is a floating-point number and would make the answer inexact; write {suggestion}"


def as_sympy(value: Rational | sympy.Expr) -> sympy.Expr:
    """Return a flint rational as a sympy one, and an expression as it is."""
    return value if isinstance(value, sympy.Expr) else rational_to_sympy(value)


def rational_to_sympy(value: Rational) -> sympy.Rational:
    """Return a flint rational as a sympy one."""
    return sympy.Rational(int(value.p), int(value.q))
