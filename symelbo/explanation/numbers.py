"""Exact numbers rounded for reading: never to an integer that they are not."""

from __future__ import annotations

from decimal import Decimal

import sympy

# Digits beyond which a difference is no longer shown.
MOST = 60


def approximate(value: sympy.Expr, digits: int = 6) -> str:
    """Return a real number to some significant digits; to more where it would look like an integer that it is not.

    >>> approximate(sympy.sqrt(2)), approximate(2 * sympy.sqrt(4830) / 139, 4)
    ('1.41421', '0.99997')
    """
    exact = Decimal(str(sympy.N(value, MOST)))
    for more in range(digits, MOST):
        shown = f"{exact:.{more}g}"
        if value.is_Integer or Decimal(shown) != Decimal(shown).to_integral_value() or abs(exact) >= 10**digits:
            return _plain(shown)
    return _plain(f"{exact:.{digits}g}")


def degrees(cosine_squared: sympy.Expr) -> str:
    """Return an angle in degrees, to a tenth; to more digits where it would look like 0 or 90 and is not.

    >>> degrees(sympy.Integer(1)), degrees(sympy.Rational(69, 70)), degrees(sympy.Rational(10**9 - 1, 10**9))
    ('0', '6.9', '0.0018')
    """
    if cosine_squared in (0, 1):
        return "90" if cosine_squared == 0 else "0"
    angle = Decimal(str(sympy.N(sympy.acos(sympy.sqrt(sympy.N(cosine_squared, MOST))) * 180 / sympy.pi, MOST - 10)))
    for places in range(1, MOST - 20):
        shown = f"{angle:.{places}f}"
        if Decimal(shown) not in (0, 90):
            return f"{angle:.2g}" if places > 1 and angle < 1 else shown
    return f"{angle:.2g}"


def _plain(shown: str) -> str:
    """Without zeros at the end of the fraction."""
    mantissa, mark, exponent = shown.partition("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}{mark}{exponent}"
