"""Exponents of exponentials: linear forms over Q in the parameters, and the lattice that they span."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import lcm
from typing import TypeAlias

import flint
import sympy

from symelbo.errors import ExactnessError
from symelbo.exact.names import Name
from symelbo.exact.numbers import Rational, float_message, require_short

# An exponent ``sum_i c_i theta_i + c_0`` as the vector ``(c_1, ..., c_d, c_0)`` of rationals.
LinearForm: TypeAlias = tuple[Fraction, ...]


def refusal(e: sympy.Expr, parameters: Sequence[sympy.Symbol], where: str) -> str:
    """Say why an expression is in no field of this kind, and what would be right."""
    if e.is_Float:
        return float_message(e, where)
    if e.is_Symbol:
        if e in parameters:
            return (
                f"{where}: the parameter {e} occurs only inside exponentials in the table; "
                f"write this with exponentials too, such as exp({e}) > 1 for {e} > 0"
            )
        if e.name in {p.name for p in parameters}:
            return (
                f"{where}: the symbol {e} is not the declared parameter {e}: sympy tells symbols of the same name "
                "apart by their assumptions; use one and the same Symbol"
            )
        known = ", ".join(map(str, parameters)) or "none"
        return f"{where}: the symbol {e} is not a declared parameter (declared: {known})"
    if e in (sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
        return f"{where}: {e} is not a number"
    if e.is_Pow:
        base, exponent = e.args
        if base.free_symbols and exponent.free_symbols:
            return f"{where}: in {e} parameters occur in the base and in the exponent; only exp(linear form) is exact"
        if exponent.free_symbols:
            return f"{where}: {e} has the base {base}; write exp(...) of a new parameter instead, its base is e"
        return f"{where}: the exponent of {e} is not an integer; only integer powers are rational"
    if e.is_number:
        return f"{where}: {e} is not a rational number"
    name = getattr(e, "func", type(e)).__name__
    return f"{where}: {name} in {e} is not accepted; accepted are + - * / integer powers and exp(linear form)"


def exponent_of(exponential: sympy.Expr) -> sympy.Expr:
    """Return the exponent of ``exp(...)`` or of ``E``."""
    return sympy.Integer(1) if exponential is sympy.E else exponential.args[0]


def linear_form(exponent: sympy.Expr, parameters: Sequence[sympy.Symbol], where: str = "exponent") -> LinearForm:
    """Return the exponent as a linear form over Q, or raise ExactnessError."""
    coefficients = {p: Fraction(0) for p in parameters}
    constant = Fraction(0)
    for term in sympy.Add.make_args(sympy.expand(exponent)):
        coefficient, rest = term.as_coeff_Mul()
        if not coefficient.is_Rational:
            raise ExactnessError(refusal(coefficient, parameters, where))
        require_short(coefficient.p, coefficient.q, where)
        value = Fraction(int(coefficient.p), int(coefficient.q))
        if rest == 1:
            constant += value
        elif rest in coefficients:
            coefficients[rest] += value
        elif rest.is_Symbol:
            raise ExactnessError(refusal(rest, parameters, where))
        else:
            raise ExactnessError(
                f"{where}: the exponent {exponent} is not linear in the parameters with rational coefficients"
                f" (the term {term} is not)"
            )
    return (*coefficients.values(), constant)


def generators_of(
    expressions: Iterable[sympy.Expr], parameters: Sequence[sympy.Symbol], where: Callable[[int], str]
) -> list[sympy.Expr]:
    """Generators of the smallest field that contains the expressions: parameters, then exponentials.

    A parameter is a generator when it occurs outside exponentials or in no expression at all; exponents are replaced by
    a basis of the lattice they span.
    """
    outside: set[sympy.Expr] = set()
    inside: set[sympy.Expr] = set()
    exponents: dict[LinearForm, None] = {}

    seen: set[sympy.Expr] = set()

    def scan(expression: sympy.Expr, k: int) -> None:
        if expression in seen:
            return
        if isinstance(expression, Name):
            scan(expression.definition, k)
        elif expression.is_Symbol:
            outside.add(expression)
        elif isinstance(expression, sympy.exp) or expression is sympy.E:
            form = linear_form(exponent_of(expression), parameters, where(k))
            exponents[form] = None
            inside.update(expression.free_symbols)
        else:
            for argument in expression.args:
                scan(argument, k)
        seen.add(expression)

    for k, expression in enumerate(expressions):
        scan(sympy.sympify(expression, strict=True) if isinstance(expression, int) else expression, k)
    symbols = [p for p in parameters if p in outside or p not in inside]
    return [*symbols, *_lattice_basis(list(exponents), parameters)]


def _lattice_basis(forms: list[LinearForm], parameters: Sequence[sympy.Symbol]) -> list[sympy.Expr]:
    """``exp`` of a basis of the lattice spanned by the exponents (Hermite normal form)."""
    forms = [f for f in forms if any(f)]
    if not forms:
        return []
    scale = lcm(*(c.denominator for f in forms for c in f))
    matrix = flint.fmpz_mat([[int(c * scale) for c in f] for f in forms]).hnf()
    symbols = [*parameters, sympy.Integer(1)]
    basis = []
    for row in matrix.tolist():
        if any(row):
            form = sympy.Add(*(sympy.Rational(int(c), scale) * s for c, s in zip(row, symbols, strict=True)))
            basis.append(sympy.exp(form))
    return basis


def coordinates(basis: list[LinearForm], vector: LinearForm) -> list[Fraction] | None:
    """Coordinates of a vector in linearly independent rows, or None if it is not in their span."""
    if not any(vector):
        return [Fraction(0)] * len(basis)
    if not basis:
        return None

    def to_fmpq(c: Fraction) -> Rational:
        return flint.fmpq(c.numerator, c.denominator)

    augmented = flint.fmpq_mat([[*(to_fmpq(row[i]) for row in basis), to_fmpq(vector[i])] for i in range(len(vector))])
    reduced, rank = augmented.rref()
    n = len(basis)
    if rank != n or any(reduced[i, i] != 1 for i in range(n)):
        return None
    return [Fraction(int(reduced[i, n].p), int(reduced[i, n].q)) for i in range(n)]
