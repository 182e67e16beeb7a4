"""Exact arithmetic: the field ``Q(theta, t)``, matrices over it and over ``Q``, ranks modulo a prime, the zero test.

This is the only package that imports flint.
"""

from symelbo.exact.exponents import Known, exponent_of, known
from symelbo.exact.field import Field, RationalFunction, Value, is_positive
from symelbo.exact.interpolation import interpolated_nullspace
from symelbo.exact.matrix import QQ, Entry, Matrix, RationalField, Scalars
from symelbo.exact.modular import (
    PRIME,
    Residues,
    compress,
    evaluate_mod,
    inverse_mod,
    log_derivatives_mod,
    nullspace_mod,
    numerals,
    pivots_mod,
    product_mod,
    rank_mod,
    ranks_mod,
    rational_reconstruction,
    residue,
    residues_of,
    suitable_primes,
)
from symelbo.exact.numbers import (
    Rational,
    as_decimal,
    as_expression,
    as_rational,
    as_sympy,
    exact_value,
    is_whole,
    rational_to_sympy,
    require_short,
)
from symelbo.exact.polynomials import value_in

__all__ = [
    "PRIME",
    "QQ",
    "Entry",
    "Field",
    "Known",
    "Matrix",
    "Rational",
    "RationalField",
    "RationalFunction",
    "Residues",
    "Scalars",
    "Value",
    "as_decimal",
    "as_expression",
    "as_rational",
    "as_sympy",
    "compress",
    "evaluate_mod",
    "exact_value",
    "exponent_of",
    "interpolated_nullspace",
    "inverse_mod",
    "is_positive",
    "is_whole",
    "known",
    "log_derivatives_mod",
    "nullspace_mod",
    "numerals",
    "pivots_mod",
    "product_mod",
    "rank_mod",
    "ranks_mod",
    "rational_reconstruction",
    "rational_to_sympy",
    "require_short",
    "residue",
    "residues_of",
    "suitable_primes",
    "value_in",
]
