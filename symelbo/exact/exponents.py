"""Exponents of exponentials: polynomials over Q in the symbols of a field, and the lattice that they span."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from math import lcm, prod
from typing import TypeAlias

import flint
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import ExactnessError, ModelError
from symelbo.exact.names import Name
from symelbo.exact.numbers import Rational, float_message, require_short

# The terms of a polynomial: coefficients by the powers of the symbols.
Exponent: TypeAlias = dict[tuple[int, ...], Fraction]

# What is rational in exponentials is rewritten so.
HYPERBOLIC = (sympy.tanh, sympy.sinh, sympy.cosh, sympy.coth, sympy.sech, sympy.csch)
ACCEPTED = "+ - * / integer powers, exp(polynomial), tanh, sinh, cosh and sqrt(exp(...))"


class Known(sympy.Symbol):  # type: ignore[misc]  # sympy ships no types
    """A known constant: a symbol that stands for a number and is no parameter; :func:`known` makes them."""

    __slots__ = ()


def known(*names: str | sympy.Symbol) -> Known | tuple[Known, ...]:
    """Return symbols for known constants: quantities in a table that are not differentiated, as an error rate is.

    Parameters
    ----------
    names : texts such as ``"q"`` or ``"e1 e2"``, or Symbols, whose assumptions are kept

    Returns
    -------
    One symbol, or a tuple of them.  Ranges of constants are inequalities of the domain, as those of parameters are.
    Verdicts are about generic values of constants, and at the values at which they are fixed.

    Raises
    ------
    ModelError
        Something else than names.

    >>> from symelbo.models import Parametrization
    >>> from symelbo.spaces import SampleSpace
    >>> x = sympy.Symbol("x")
    >>> q = known("q")
    >>> space = SampleSpace(visible={"v": 2}, hidden={"h": 2})
    >>> M = Parametrization(space, [x * (1 - q), (1 - x) * q, x * q, (1 - x) * (1 - q)], [x])
    >>> M.parameters, M.constants, M.fix({"q": "1/10"}).table[0, 0]
    ((x,), (q,), 9*x/10)
    """
    found: list[Known] = []
    for name in names:
        if isinstance(name, sympy.Symbol):
            found.append(Known(name.name, **name._assumptions_orig))
        elif isinstance(name, str) and name.strip():
            found += sympy.symbols(name, cls=Known, seq=True)
        else:
            raise ModelError(f'known: {name!r} is no name of a constant; expected known("q")')
    if not found:
        raise ModelError('known: expected the name of a constant, such as known("q")')
    return found[0] if len(found) == 1 else tuple(found)


def in_exponentials(e: sympy.Expr) -> sympy.Expr | None:
    """What an expression that is not written with exponentials, but is rational in them, is; None for another one."""
    if isinstance(e, HYPERBOLIC):
        return e.rewrite(sympy.exp)
    if e.is_Pow and isinstance(e.args[0], sympy.exp) and e.args[1].is_Rational:
        return sympy.exp(e.args[0].args[0] * e.args[1])
    return None


def refusal(e: sympy.Expr, parameters: Sequence[sympy.Symbol], where: str) -> str:
    """Say why an expression is in no field of this kind, and what would be right."""
    if e.is_Float:
        return float_message(e, where)
    if e.is_Symbol:
        if e in parameters:
            return (
                f"{where}: {e} occurs only inside exponentials in the table; accepted are comparisons of exponents, "
                f"such as {e} > 0, and of exponentials, such as exp({e}) > 2"
            )
        if e.name in {p.name for p in parameters}:
            return (
                f"{where}: the symbol {e} is not the declared parameter {e}: sympy tells symbols of the same name "
                "apart by their assumptions; use one and the same Symbol"
            )
        declared = ", ".join(map(str, parameters)) or "none"
        return f"{where}: the symbol {e} is not a declared parameter (declared: {declared})"
    if e in (sympy.oo, -sympy.oo, sympy.zoo, sympy.nan):
        return f"{where}: {e} is not a number"
    if e.is_Pow:
        base, exponent = e.args
        if base.free_symbols and exponent.free_symbols:
            return (
                f"{where}: in {e} parameters occur in the base and in the exponent; only exp(polynomial) is exact, "
                f"such as exp(l*({exponent})) with a new parameter l for the logarithm of {base}"
            )
        if exponent.free_symbols:
            return (
                f"{where}: {e} has the base {base}, and log({base}) is not rational; write exp(...) of a new parameter "
                "instead, its base is e, or a free parameter for every power"
            )
        if base.free_symbols:
            return (
                f"{where}: the exponent of {e} is not an integer, and only integer powers are rational; write {base} "
                "as a power of a new parameter"
            )
    if e.is_number:
        return f"{where}: {e} is not a rational number"
    name = getattr(e, "func", type(e)).__name__
    instead = "; a probit is not, a logistic 1/(1 + exp(-x)) is" if name in ("erf", "erfc") else ""
    return f"{where}: {name} in {e} is not accepted; accepted are {ACCEPTED}{instead}"


def exponent_of(exponential: sympy.Expr) -> sympy.Expr:
    """Return the exponent of ``exp(...)`` or of ``E``."""
    return sympy.Integer(1) if exponential is sympy.E else exponential.args[0]


def polynomial_form(exponent: sympy.Expr, symbols: Sequence[sympy.Symbol], where: str = "exponent") -> Exponent:
    """Return the exponent as a polynomial over Q in the symbols, or raise ExactnessError."""
    place = {s: i for i, s in enumerate(symbols)}
    found: Exponent = {}
    for term in sympy.Add.make_args(_multiplied_out(exponent, where)):
        coefficient, rest = term.as_coeff_Mul()
        if not coefficient.is_Rational:
            raise ExactnessError(refusal(coefficient, symbols, where))
        require_short(coefficient.p, coefficient.q, where)
        powers = [0] * len(symbols)
        for factor in sympy.Mul.make_args(rest):
            base, power = factor.as_base_exp()
            if base.is_Symbol and base not in place:
                raise ExactnessError(refusal(base, symbols, where))
            if base in place and power.is_Integer and power > 0:
                powers[place[base]] += int(power)
            elif factor != 1:
                raise ExactnessError(
                    f"{where}: the exponent {exponent} is not a polynomial in the parameters with rational "
                    f"coefficients (the term {term} is not); write what is not one as a new parameter"
                )
        key = tuple(powers)
        found[key] = found.get(key, Fraction(0)) + Fraction(int(coefficient.p), int(coefficient.q))
    return {key: c for key, c in found.items() if c}


def _multiplied_out(exponent: sympy.Expr, where: str) -> sympy.Expr:
    for power in exponent.atoms(sympy.Pow):
        if power.args[1].is_Integer and power.args[1] > LIMITS.inner_degree:
            raise ExactnessError(f"{where}: {power} in an exponent is a power beyond {LIMITS.inner_degree}")
    return sympy.expand(exponent)


def generators_of(
    expressions: Iterable[sympy.Expr], parameters: Sequence[sympy.Symbol], where: Callable[[int], str]
) -> list[sympy.Expr]:
    """Generators of the smallest field that contains the expressions: parameters, known constants, exponentials.

    A parameter is a generator when it occurs outside exponentials, in a derivative of an exponent, or in no expression
    at all; exponents are replaced by a basis of the lattice they span.
    """
    outside: dict[sympy.Expr, None] = {}
    inside: dict[sympy.Expr, None] = {}
    exponents: dict[sympy.Expr, int] = {}

    seen: set[sympy.Expr] = set()

    def scan(expression: sympy.Expr, k: int) -> None:
        if expression in seen:
            return
        rewritten = in_exponentials(expression)
        if isinstance(expression, Name):
            scan(expression.definition, k)
        elif rewritten is not None:
            scan(rewritten, k)
        elif expression.is_Symbol:
            outside[expression] = None
        elif isinstance(expression, sympy.exp) or expression is sympy.E:
            exponents.setdefault(exponent_of(expression), k)
            inside.update(dict.fromkeys(expression.free_symbols))
        else:
            for argument in expression.args:
                scan(argument, k)
        seen.add(expression)

    for k, expression in enumerate(expressions):
        scan(sympy.sympify(expression, strict=True) if isinstance(expression, int) else expression, k)
    constants = [c for c in constants_in((*outside, *inside)) if c not in parameters]
    symbols = [*parameters, *constants]
    basis = _lattice_basis([polynomial_form(e, symbols, where(k)) for e, k in exponents.items()], len(symbols))
    derived = {
        i
        for form in basis
        for key in form
        for p, power in enumerate(key[: len(parameters)])
        if power
        for i, e in enumerate(key)
        if e > (i == p)
    }
    plain = [s for i, s in enumerate(symbols) if s in outside or s not in inside or i in derived]
    return [*plain, *(sympy.exp(_shown(form, symbols)) for form in basis)]


def constants_in(expressions: Iterable[sympy.Expr]) -> tuple[Known, ...]:
    """The known constants in expressions, by name."""
    return tuple(sorted({s for e in expressions for s in e.free_symbols if isinstance(s, Known)}, key=lambda s: s.name))


def _shown(form: Exponent, symbols: Sequence[sympy.Symbol]) -> sympy.Expr:
    terms = (
        sympy.Mul(sympy.Rational(c), *(s**k for s, k in zip(symbols, key, strict=True) if k)) for key, c in form.items()
    )
    return sympy.Add(*terms)


def _lattice_basis(forms: list[Exponent], n: int) -> list[Exponent]:
    """A basis of the lattice spanned by the exponents (Hermite normal form), linear terms first, the constant last."""
    # Linear terms in their order come first, then those of higher degree, and the constant.
    constant = (0,) * n
    order = sorted({key for f in forms for key in f}, key=lambda key: (key == constant, sum(key), [-e for e in key]))
    if not order:
        return []
    scale = lcm(*(c.denominator for f in forms for c in f.values()))
    matrix = flint.fmpz_mat([[int(f.get(key, 0) * scale) for key in order] for f in forms if f]).hnf()
    return [
        {key: Fraction(int(c), scale) for key, c in zip(order, row, strict=True) if c}
        for row in matrix.tolist()
        if any(row)
    ]


def coordinates(basis: Sequence[Exponent], vector: Exponent) -> list[Fraction] | None:
    """Coordinates of an exponent in linearly independent ones, or None if it is not in their span."""
    if not vector:
        return [Fraction(0)] * len(basis)
    if not basis:
        return None
    keys = list({key: None for form in (*basis, vector) for key in form})

    def entry(form: Exponent, key: tuple[int, ...]) -> Rational:
        c = form.get(key, Fraction(0))
        return flint.fmpq(c.numerator, c.denominator)

    augmented = flint.fmpq_mat([[*(entry(form, key) for form in basis), entry(vector, key)] for key in keys])
    reduced, rank = augmented.rref()
    n = len(basis)
    if rank != n or any(reduced[i, i] != 1 for i in range(n)):
        return None
    return [Fraction(int(reduced[i, n].p), int(reduced[i, n].q)) for i in range(n)]


def value_of(form: Exponent, at: Sequence[Fraction]) -> Fraction:
    """The value of an exponent at values of the symbols."""
    terms = (c * prod(v**k for v, k in zip(at, key, strict=True)) for key, c in form.items())
    return sum(terms, Fraction(0))


def rank_of(forms: Sequence[Exponent], keys: Sequence[tuple[int, ...]]) -> int:
    """The rank of exponents, of some of their terms only."""
    rows = [[flint.fmpq(c.numerator, c.denominator) for c in (f.get(k, Fraction(0)) for k in keys)] for f in forms]
    return int(flint.fmpq_mat(rows).rank()) if rows and keys else 0
