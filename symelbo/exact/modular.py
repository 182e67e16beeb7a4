"""Ranks and echelon forms modulo a prime: instant, and rigorous as lower bounds.

A minor that is nonzero modulo p at an integer point is a nonzero polynomial, so a rank found here is a proved
lower bound of the generic rank (and, at a rational point whose denominators p does not divide, of the rank at that
point).  An upper bound is never taken from here.  Matrices are numpy ``int64`` arrays with entries in ``[0, p)``
and ``p < 2**31``, so that one product of two residues fits.

A lower bound misleads where p divides the coefficients at hand or they agree modulo p.  Hence the prime is chosen for
the numbers at hand (:func:`suitable_primes`), and every function here is told which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from hashlib import sha256
from itertools import count
from math import isqrt
from typing import Any, TypeAlias

import flint
import numpy as np
import numpy.typing as npt

from symelbo.errors import DomainError
from symelbo.exact.field import RationalFunction, Value
from symelbo.exact.numbers import Rational

Residues = npt.NDArray[np.int64]
TermsMod: TypeAlias = list[tuple[int, list[tuple[int, int]]]]

# The largest prime below 2**31.
PRIME = 2147483647
# Products of two integers below it, and differences of two such products, are smaller than PRIME.
SMALL = 1 << 15
# Primes that are tried for one modulo which all numbers differ; of very many numbers some always agree.
CANDIDATES = 8
_TRANSCENDENTAL = 1103515245  # any residue
FEW = 300
SHORT = 1 << 14  # summands of 2**48 that stay below 2**63
FEW_PRODUCTS = 1 << 25


def primes_below(bound: int) -> Iterator[int]:
    """Yield the primes below a bound, the largest first."""
    return (n for n in range(bound - 1, 1, -1) if flint.fmpz(n).is_prime())


def numerals(element: Value) -> set[int]:
    """Return numerators and denominators of a rational number, or of the coefficients of an element of a field."""
    rationals = [*element.num.coeffs(), *element.den.coeffs()] if isinstance(element, RationalFunction) else [element]
    return {int(n) for c in rationals for n in (c.p, c.q)}


def suitable_primes(numbers: Iterable[int]) -> Iterator[int]:
    """Yield primes below 2**31 that divide none of the numbers and none of their sums and differences, but 0.

    The first is :data:`PRIME` if all numbers are below 2**15 in size; all others are drawn by a hash of the numbers, so
    that no numbers are unsuitable but by chance.  Of very many numbers, two may agree.

    >>> next(suitable_primes([1, 2, 30])), next(suitable_primes([1, 2, 3 * PRIME]))
    (2147483647, 1749106171)
    """
    apart = {0}.union(*((n, -n) for n in numbers))
    if max(apart) < SMALL:
        yield PRIME
    text = ",".join(f"{n:x}" for n in sorted(apart))
    for k in count():
        digest = sha256(f"{k}:{text}".encode()).digest()
        p = next(primes_below((1 << 31) - int.from_bytes(digest[:4], "big") // 8))
        if k >= CANDIDATES or len({n % p for n in apart}) == len(apart):
            yield p


def residue(value: Rational, p: int) -> int:
    """Return a rational number modulo p; DomainError when p divides its denominator."""
    den = int(value.q) % p
    if not den:
        raise DomainError(f"the denominator of {value} is divisible by {p}")
    return int(value.p) * pow(den, -1, p) % p


def evaluate_mod(element: RationalFunction, values: list[int], p: int) -> int:
    """Return the value modulo p at residues of the generators; DomainError when the denominator vanishes mod p."""
    if not element:
        return 0
    den = _polynomial_mod(element.den, values, p)
    if not den:
        raise DomainError("a denominator vanishes modulo p at this point")
    num = _polynomial_mod(element.num, values, p)
    return num if den == 1 else num * pow(den, -1, p) % p


def residues_of(values: Sequence[Value], p: int) -> list[int]:
    """Return numbers modulo p: rationals, or elements of ``Q(t)``, t = exp(1/N), at a fixed residue of t.

    As t is transcendental, a polynomial in the values that is not 0 modulo p is not 0.
    """
    return [evaluate_mod(v, [_TRANSCENDENTAL], p) if isinstance(v, RationalFunction) else residue(v, p) for v in values]


def log_derivatives_mod(element: RationalFunction, p: int) -> Callable[[list[int]], tuple[int, dict[int, int]]]:
    """Return a function of residues of the generators: the value modulo p, and ``(d f / d theta_i) / f`` by i.

    No derivative is formed in symbols.  The function raises DomainError where numerator or denominator vanishes.
    """
    field = element.field
    parts = [(_terms_mod(q, p), sign) for q, sign in ((element.num, 1), (element.den, -1)) if not q.is_one()]
    occurring = {g for terms, _ in parts for _, powers in terms for g, _ in powers}
    chain = {
        g: ([(i, _terms_mod(rate.num, p)) for i, rate in field.generator_rates(g).items()], field.is_exponential(g))
        for g in occurring
    }

    def at(values: list[int]) -> tuple[int, dict[int, int]]:
        value = 1
        found: dict[int, int] = {}
        for terms, sign in parts:
            total, derivatives = _derivatives_mod(terms, values, p)
            if not total:
                raise DomainError(f"the factor {element} of a probability vanishes modulo p at this point")
            inverse = pow(total, -1, p)
            value = value * (total if sign > 0 else inverse) % p
            for g, derivative in derivatives.items():
                inner, exponential = chain[g]
                rate = sign * inverse * derivative * (values[g] if exponential else 1) % p
                for i, rate_terms in inner:
                    found[i] = (found.get(i, 0) + rate * _value_mod(rate_terms, values, p)) % p
        return value, found

    return at


def _polynomial_mod(polynomial: object, values: list[int], p: int) -> int:
    total = 0
    for exponents, c in polynomial.to_dict().items():  # type: ignore[attr-defined]
        term = residue(c, p)
        for value, k in zip(values, exponents, strict=True):
            if k:
                term = term * pow(value, int(k), p) % p
        total += term
    return total % p


def _terms_mod(polynomial: Any, p: int) -> TermsMod:
    """Coefficients modulo p, with the powers of the generators that occur."""
    return [
        (residue(c, p), [(g, int(k)) for g, k in enumerate(exponents) if k])
        for exponents, c in polynomial.to_dict().items()
    ]


def _value_mod(terms: TermsMod, values: list[int], p: int) -> int:
    total = 0
    for c, powers in terms:
        term = c
        for g, k in powers:
            term = term * pow(values[g], k, p) % p
        total += term
    return total


def _derivatives_mod(terms: TermsMod, values: list[int], p: int) -> tuple[int, dict[int, int]]:
    """The value and the derivatives with respect to the generators that occur."""
    total = 0
    derivatives: dict[int, int] = {}
    for c, powers in terms:
        term = c
        for g, k in powers:
            term = term * pow(values[g], k, p) % p
        total += term
        for g, k in powers:
            part = c * k
            for h, n in powers:
                part = part * pow(values[h], n - (g == h), p) % p
            derivatives[g] = derivatives.get(g, 0) + part
    return total % p, derivatives


def inverse_mod(values: Residues, p: int) -> Residues:
    """Return the entrywise inverse (0 of 0): many at once by Fermat's little theorem, few one by one."""
    if values.size <= FEW:
        single = [pow(v, -1, p) if v else 0 for v in (values % p).ravel().tolist()]
        return np.array(single, dtype=np.int64).reshape(values.shape)
    result = np.ones_like(values)
    base, exponent = values % p, p - 2
    while exponent:
        if exponent & 1:
            result = result * base % p
        base = base * base % p
        exponent >>= 1
    return result


def product_mod(small: npt.NDArray[np.signedinteger[Any]], residues: Residues, p: int) -> Residues:
    """Return ``small @ residues`` modulo p for a matrix of integers below 2**17 in size.

    In double precision, on the two 16-bit halves of the residues: with at most 2**19 summands no sum reaches 2**53, so
    the products are exact, and the matrix multiplication is the fast one of the numerical library.  Small products are
    done in integers, by one thread: where others compute, its threads wait for each other.
    """
    if small.shape[1] < SHORT and small.size * residues.shape[1] < FEW_PRODUCTS:
        return small.astype(np.int64) @ residues % p
    result = np.zeros((small.shape[0], residues.shape[1]), dtype=np.int64)
    for start in range(0, small.shape[1], 1 << 19):
        left = small[:, start : start + (1 << 19)].astype(np.float64)
        part = residues[start : start + (1 << 19)]
        high = (left @ (part >> 16).astype(np.float64)).astype(np.int64) % p
        low = (left @ (part & 0xFFFF).astype(np.float64)).astype(np.int64)
        result = (result + (high << 16) + low) % p
    return result


def compress(matrix: Residues, rows: int, rng: np.random.Generator, p: int) -> Residues:
    """Return random combinations of the rows: a matrix with few rows whose rank is at most that of the original."""
    if matrix.shape[0] <= rows:
        return matrix
    return product_mod(rng.integers(0, 1 << 16, size=(rows, matrix.shape[0]), dtype=np.int64), matrix, p)


def pivots_mod(matrix: Residues, p: int) -> tuple[list[int], list[int]]:
    """Return row and column indices of a nonzero minor of maximal order modulo p.

    Column by column: invariant after each step, rows not yet chosen are zero in all pivot columns.
    """
    work = matrix % p
    order = np.arange(work.shape[0])
    rows: list[int] = []
    columns: list[int] = []
    for j in range(work.shape[1]):
        k = len(rows)
        nonzero = np.flatnonzero(work[k:, j])
        if not nonzero.size:
            continue
        i = k + int(nonzero[0])
        if i != k:
            work[[k, i]] = work[[i, k]]
            order[[k, i]] = order[[i, k]]
        pivot_row = work[k] * pow(int(work[k, j]), -1, p) % p
        below = k + 1 + np.flatnonzero(work[k + 1 :, j])
        if below.size:
            work[below] = (work[below] - work[below, j : j + 1] * pivot_row % p) % p
        rows.append(int(order[k]))
        columns.append(j)
        if len(rows) == work.shape[0]:
            break
    return rows, columns


def rank_mod(matrix: Residues, p: int) -> int:
    """Return the rank modulo p: by flint, which is faster where no rows and columns are asked for."""
    rows, columns = matrix.shape
    return int(flint.nmod_mat(rows, columns, (matrix % p).ravel().tolist(), p).rank())


def nullspace_mod(matrix: Residues, p: int) -> Residues:
    """Return a basis of the null space modulo p as rows, with an identity in the columns that are no pivots.

    This reduced basis is unique: at every point where the pivots are the same its entries are values of the same
    rational functions.
    """
    rows, columns = matrix.shape
    space, nullity = flint.nmod_mat(rows, columns, (matrix % p).ravel().tolist(), p).nullspace()
    basis = [int(space[i, k]) for k in range(nullity) for i in range(columns)]
    return np.array(basis, dtype=np.int64).reshape(nullity, columns)


def rational_reconstruction(value: int, p: int) -> Fraction | None:
    """Return the fraction a/b with a, b at most sqrt(p/2) that is congruent to the value modulo p, or None.

    Reference: Wang (1981).

    >>> rational_reconstruction(2 * pow(3, -1, 101) % 101, 101)
    Fraction(2, 3)
    """
    bound = isqrt(p // 2)
    r0, r1, s0, s1 = p, value % p, 0, 1
    while r1 > bound:
        q = r0 // r1
        r0, r1, s0, s1 = r1, r0 - q * r1, s1, s0 - q * s1
    if not s1 or abs(s1) > bound:
        return None
    return Fraction(r1, s1)


def ranks_mod(matrices: Residues, p: int) -> Residues:
    """Return the ranks modulo p of a stack of matrices (k x m x n), eliminated together, column by column.

    Invariant: a row that was a pivot is zero in what remains, so every other nonzero entry is a new pivot.
    """
    work = matrices % p
    if work.shape[2] > work.shape[1]:
        work = work.transpose(0, 2, 1)
    ranks = np.zeros(work.shape[0], dtype=np.int64)
    every = np.arange(work.shape[0])
    for _ in range(work.shape[2]):
        first, work = work[:, :, 0], work[:, :, 1:]
        pivot = (first != 0).argmax(axis=1)
        leading = first[every, pivot]
        ranks += leading != 0
        rows = work[every, pivot] * inverse_mod(leading, p)[:, None] % p
        work = (work - first[:, :, None] * rows[:, None, :]) % p
    return ranks
