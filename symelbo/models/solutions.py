"""Equations between parameters, solved: for a parameter, factor by factor, or by rational functions of new ones.

An equation ``f = 0`` is taken apart: factors without zeros in the domain drop out, and one irreducible factor has to
remain.  Where it is linear in a parameter, with a coefficient without zeros in the domain, it is solved for that.  A
quadric with a rational point B is what the lines through B, of directions u with u_j = 1, meet besides B: rational
functions of the other coordinates of u, called t or t1, t2, ...  They reach all of it but the points with x_j = B_j,
and so B is one for which the domain has no such points.  Whether a conic has a rational point is decided by Legendre's
theorem (in sympy).  Another curve is refused: it need not have a rational parametrisation.

Reference: Legendre (1785) for conics; Mordell (1969), Diophantine equations, chapter 7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice, product
from math import lcm

import sympy

from symelbo.budget import LIMITS
from symelbo.errors import ExactnessError, ModelError
from symelbo.exact import Field, RationalFunction, exponent_of
from symelbo.models.domain import Constraint, Domain, is_evident
from symelbo.models.intervals import Interval

Values = dict[sympy.Symbol, sympy.Expr]

# Directions of lines and values of coordinates that are tried.
SMALL = (0, 1, -1, 2, -2, 3, -3)


def solution(text: str, left: sympy.Expr, right: sympy.Expr, domain: Domain, symbols: Sequence[sympy.Symbol]) -> Values:
    """Return what an equation says: parameters as expressions in others; nothing if it always holds.

    Parameters
    ----------
    text : how it is written, for messages
    domain : in which it is to hold
    symbols : the parameters, in order of preference

    Raises
    ------
    ModelError
        It holds nowhere in the domain, in several components, or cannot be solved: why, and what can be.
    """
    if found := _isolated(left, right) or _isolated(right, left):
        return dict([found])
    difference = sympy.numer(sympy.together(left - right))
    element = _element(difference, domain, symbols)
    field = element.field
    if not element:
        return {}
    if element.is_constant:
        raise ModelError(f"on: {text} contradicts the other equations")
    factors = [f for f, _ in element.factors()[1] if not keeps_sign(domain, field.to_sympy(f))]
    if not factors:
        raise ModelError(f"on: {text} holds nowhere in the domain")
    if len(factors) > 1:
        parts = " or ".join(f"{field.to_sympy(f)} = 0" for f in factors)
        raise ModelError(f"on: {text} has several components, {parts}; choose one of them")
    (factor,) = factors
    found = _linear(factor, domain)
    return dict([found]) if found is not None else _quadric(text, factor, domain, symbols)


def _element(difference: sympy.Expr, domain: Domain, symbols: Sequence[sympy.Symbol]) -> RationalFunction:
    """A polynomial in the model's field, or where it is not in that, in the smallest one."""
    try:
        return domain.field.from_sympy(difference)
    except ExactnessError:
        field = Field.containing([difference], [s for s in symbols if s in difference.free_symbols], lambda _: "on")
        return field.from_sympy(difference)


def keeps_sign(domain: Domain, expression: sympy.Expr) -> bool:
    """Whether an expression evidently has no zero in a domain.

    It, or its square, is one of the inequalities, or it is bounded away from 0.

    >>> x, y = sympy.symbols("x y")
    >>> D = Domain.from_relationals(Field([x, y]), [0 < x, x < y, 0 < y, y < 1])
    >>> [keeps_sign(D, e) for e in (y - x, x - 1 - y**2, 1 + x * y, x - y**2, x**2 + x - 2)]
    [True, False, True, False, False]
    """
    field = domain.field
    try:
        element = field.from_sympy(expression)
    except ExactnessError:
        return False
    if is_evident(element) or is_evident(-element):
        return True
    if any((e / c.element).is_constant for c in domain.constraints for e in (element, element**2)):
        return True
    if len(own := list(expression.free_symbols)) == 1 and expression.is_polynomial(*own):
        low, high = domain.box[field.generators.index(own[0])] if own[0] in field.generators else (None, None)
        ends_ = [None if end is None else sympy.Rational(end.numerator, end.denominator) for end in (low, high)]
        return bool(sympy.Poly(expression, *own).count_roots(*ends_) == 0)
    ends: list[Fraction | None] = [Fraction(0), Fraction(0)]
    for powers, c in element.terms().items():
        number = Fraction(int(c.p), int(c.q))
        for k, end in enumerate(_monomial([int(k) for k in powers], domain.box)):
            at = k if number > 0 else 1 - k
            known = ends[at]
            ends[at] = None if known is None or end is None else known + number * end
    low, high = ends
    return (low is not None and low >= 0) or (high is not None and high <= 0)


def nonzero(domain: Domain, polynomials: Iterable[RationalFunction]) -> list[Constraint]:
    """Return the inequalities that keep polynomials, such as denominators, from vanishing where the domain does not."""
    return [Constraint.of(f**2) for f in polynomials if not keeps_sign(domain, f.field.to_sympy(f))]


def _monomial(powers: Sequence[int], box: Sequence[Interval]) -> Interval:
    """The bounds of a monomial; none where an odd power may be negative."""
    low, high = Fraction(1), Fraction(1)
    bounded = True
    for k, (a, b) in zip(powers, box, strict=True):
        if k and (a is None or a < 0):
            if k % 2:
                return None, None
            low, bounded = Fraction(0), False
        elif k:
            low *= (a or Fraction(0)) ** k
            bounded = bounded and b is not None
            high *= (b or Fraction(0)) ** k
    return low, high if bounded else None


def _isolated(left: sympy.Expr, right: sympy.Expr) -> tuple[sympy.Symbol, sympy.Expr] | None:
    """A parameter that stands alone on one side (or in ``exp(c p)``) and does not occur on the other."""
    if isinstance(left, sympy.Symbol):
        return None if left in right.free_symbols else (left, right)
    inner = left.args[0] if isinstance(left, sympy.exp) else None
    coefficient, symbol = inner.as_coeff_Mul() if inner is not None else (None, None)
    if not isinstance(symbol, sympy.Symbol) or symbol in right.free_symbols:
        return None
    return symbol, sympy.log(right) / coefficient


def _solvable(field: Field) -> dict[int, tuple[sympy.Symbol, sympy.Rational | None]]:
    """The generators that determine a parameter p: p itself, with None, or ``exp(c p)`` with c, and p nowhere else."""
    found: dict[int, tuple[sympy.Symbol, sympy.Rational | None]] = {}
    for i, g in enumerate(field.generators):
        exponent = exponent_of(g) if field.is_exponential(i) else g
        coefficient, symbol = exponent.as_coeff_Mul()
        if symbol in field.parameters and sum(symbol in h.free_symbols for h in field.generators) == 1:
            found[i] = symbol, coefficient if field.is_exponential(i) else None
    return found


def _linear(factor: RationalFunction, domain: Domain) -> tuple[sympy.Symbol, sympy.Expr] | None:
    """The first parameter for which ``c g + r = 0`` is solved: c is a number, if there is one, or c or r has a sign."""
    field = factor.field
    options: list[tuple[bool, int, sympy.Symbol, sympy.Expr]] = []

    def has_sign(element: RationalFunction) -> bool:
        return bool(element) and all(keeps_sign(domain, field.to_sympy(f)) for f, _ in element.factors()[1])

    for i, (symbol, coefficient) in _solvable(field).items():
        if factor.num.degrees()[i] != 1:
            continue
        parts: list[dict[tuple[int, ...], object]] = [{}, {}]
        for powers, c in factor.terms().items():
            parts[int(powers[i])][(*powers[:i], 0, *powers[i + 1 :])] = c
        rest, slope = map(field.polynomial, parts)
        if has_sign(slope) or has_sign(rest):
            value = field.to_sympy(-rest / slope)
            options.append((not slope.is_constant, len(options), symbol, _parameter(value, coefficient)))
    return min(options)[2:] if options else None


def _parameter(value: sympy.Expr, coefficient: sympy.Rational | None) -> sympy.Expr:
    """The parameter p whose generator, p or ``exp(c p)``, has a value."""
    return value if coefficient is None else sympy.log(value) / coefficient


def _quadric(text: str, factor: RationalFunction, domain: Domain, symbols: Sequence[sympy.Symbol]) -> Values:
    """All points of a quadric in the domain, as rational functions of new parameters."""
    field = factor.field
    used = [i for i, k in enumerate(factor.num.degrees()) if k]
    known, n = _solvable(field), len(used)
    if factor.num.total_degree() != 2 or not known.keys() >= set(used):
        raise ModelError(
            f"on: {text} is not solved for a parameter: it is neither linear in one, with a coefficient that has a "
            "sign in the domain, nor a quadric with numbers as coefficients; if it has a rational "
            "parametrisation (a curve of genus 1 or more has none), give it to reparametrise"
        )
    Q = sympy.zeros(n + 1, n + 1)
    for powers, c in factor.terms().items():
        places = [k for k, i in enumerate(used) for _ in range(int(powers[i]))]
        i, j = (*places, n, n)[:2]
        Q[i, j] += sympy.Rational(int(c.p), int(c.q)) / 2
        Q[j, i] += sympy.Rational(int(c.p), int(c.q)) / 2
    start = _rational_point(Q)
    if start is None:
        raise ModelError(f"on: {text} has no rational point, or none that was found, and so no exact parametrisation")
    bounds = dict(zip(domain.field.generators, domain.box, strict=True))
    box = [bounds.get(field.generators[i], (None, None)) for i in used]
    B = start
    for B in islice(_points(Q, start), LIMITS.solution_points):
        for j in (j for j in range(n) if _outside(box[j], B[j])):
            values = _through(Q, B, j, _new_names(n - 1, symbols))
            solvable = (known[i] for i in used)
            return {p: _parameter(value, c) for (p, c), value in zip(solvable, values, strict=True)}
    line = f"{field.generators[used[0]]} {{}} {B[0]}"
    raise ModelError(
        f"on: {text} has a rational parametrisation, but it would leave out the points with {line.format('=')}; "
        f"restrict the domain first, to {line.format('<')} or to {line.format('>')}"
    )


def _outside(interval: Interval, value: sympy.Rational) -> bool:
    low, high = interval
    at = Fraction(int(value.p), int(value.q))
    return (low is not None and at <= low) or (high is not None and at >= high)


def _through(Q: sympy.Matrix, B: sympy.Matrix, j: int, new: Sequence[sympy.Symbol]) -> list[sympy.Expr]:
    """What the lines through B of directions u, u_j = 1, meet besides B."""
    u = sympy.Matrix([*new[:j], 1, *new[j:], 0])
    step = -2 * (u.T * Q * B)[0] / (u.T * Q * u)[0]
    return [sympy.factor(b + step * slope) for b, slope in zip(B[:-1], u[:-1], strict=True)]


def _new_names(n: int, symbols: Sequence[sympy.Symbol]) -> list[sympy.Symbol]:
    taken, letter = {str(s) for s in symbols}, "t"
    while taken & {letter, *(f"{letter}{k + 1}" for k in range(n))}:
        letter += "_"
    return [sympy.Symbol(letter if n == 1 else f"{letter}{k + 1}") for k in range(n)]


def _points(Q: sympy.Matrix, P: sympy.Matrix) -> Iterator[sympy.Matrix]:
    """Rational points of a quadric ``v' Q v = 0`` with last coordinate 1 that are not singular: through P, then P."""
    for direction in (*product(SMALL, repeat=Q.rows), None):
        if direction is None:
            v = P
        else:
            u = sympy.Matrix(direction)
            v = (u.T * Q * u)[0] * P - 2 * (u.T * Q * P)[0] * u
        if v[-1] and any(Q * v):
            yield v / v[-1]


def _rational_point(Q: sympy.Matrix) -> sympy.Matrix | None:
    """A rational point of ``v' Q v = 0`` that is not singular; beyond two, coordinates are small numbers."""
    from sympy.solvers.diophantine.diophantine import diop_ternary_quadratic

    n = Q.rows - 1
    X = sympy.symbols("X Y Z", integer=True)
    for values in islice(product(SMALL, repeat=max(n - 2, 0)), LIMITS.solution_points):
        tail = [v * X[2] for v in values]
        v = sympy.Matrix([*X[: min(n, 2)], *tail, X[2]])
        form = sympy.expand((v.T * Q * v)[0])
        if n == 1 or not form.free_symbols.issuperset(X[:2]):
            continue
        scale = lcm(*(int(c.q) for c in sympy.Poly(form, *X).coeffs()))
        found = diop_ternary_quadratic(sympy.expand(form * scale))
        if found and None not in found and any(found):
            point = v.subs(dict(zip(X, found, strict=True)), simultaneous=True)
            if any(Q * point):
                return point
    return None
