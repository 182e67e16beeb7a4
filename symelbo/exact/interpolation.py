"""Null vectors with rational entries by evaluation modulo a prime and sparse interpolation.

An elimination over a function field can swell beyond every limit although the null vectors themselves are small.  Here
only values are used: at a point modulo p the reduced basis of the null space is unique, so each of its entries is the
value of one rational function N / D, whatever the point.  It is found as follows.

1. Which generators it depends on, and its powers in each of them alone, from points that differ in that generator.
2. One generator after the other, as in Zippel's interpolation: the monomials that occur with the others fixed, times
   the powers of the new one, are candidates; the homogeneous linear system ``N(x) - f(x) D(x) = 0`` at random points
   has one solution, because a common factor of N and D would raise a degree; monomials with coefficient 0 are dropped.
3. Coefficients are lifted from residues to rationals, by the Chinese remainder theorem with further primes if need be,
   until they agree with the values modulo a prime that was not used.

What comes out is a guess, to be verified as an identity over the field by whoever asked.

References: Zippel (1979), Probabilistic algorithms for sparse polynomials; Wang (1981) for the lifting.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product

import numpy as np

from symelbo.budget import LIMITS
from symelbo.errors import DomainError
from symelbo.exact.field import Field, RationalFunction
from symelbo.exact.matrix import Matrix
from symelbo.exact.modular import Residues, evaluate_mod, nullspace_mod, primes_below, rational_reconstruction

EXTRA_POINTS = 4

Evaluation = Callable[[list[int], int], Residues]
Monomials = list[tuple[int, ...]]


class _GivenUpError(Exception):
    """Too many monomials, generators or special points."""


@dataclass
class _Entry:
    """One entry during the interpolation: monomials in the generators seen so far, and their coefficients modulo p."""

    row: int
    column: int
    above: Monomials
    below: Monomials
    coefficients: Residues


def interpolated_nullspace(matrix: Evaluation, field: Field, nullity: int, p: int, *, seed: int = 0) -> Matrix | None:
    """Return candidates for a basis of the null space as polynomial columns, or None where that would be too large.

    Parameters
    ----------
    matrix : function
        The matrix modulo p at residues of the generators: ``matrix(values, p)``; DomainError where it has none.
    field : Field
    nullity : int
        The dimension of the null space at a random point.
    p : int
        The prime of the evaluations; coefficients are lifted with the primes below it.

    >>> import sympy
    >>> K = Field(sympy.symbols("x y"))
    >>> interpolated_nullspace(lambda at, p: np.array([[at[0], at[1] * at[1]]]) % p, K, 1, 101).to_sympy()
    Matrix([
    [-y**2],
    [    x]])
    """
    try:
        columns = _Interpolation(matrix, field, nullity, p, seed).vectors()
    except _GivenUpError:
        return None
    return Matrix.from_columns(field, columns, len(columns[0])).primitive_columns() if columns else None


class _Interpolation:
    def __init__(self, matrix: Evaluation, field: Field, nullity: int, p: int, seed: int) -> None:
        self.matrix, self.field, self.nullity, self.p = matrix, field, nullity, p
        self.random = random.Random(seed)
        self.work = 0
        for _ in range(LIMITS.interpolation_attempts):
            self.base = self.point(p)
            reference = self.basis(self.base, p)
            if reference is not None:
                break
        else:
            raise _GivenUpError
        self.reference = reference
        self.free = [int(np.flatnonzero(row == 1)[-1]) for row in reference]

    def point(self, p: int) -> list[int]:
        return [self.random.randrange(1, p) for _ in self.field.generators]

    def basis(self, values: list[int], p: int) -> Residues | None:
        """The reduced null basis, or None at a special point."""
        try:
            found = nullspace_mod(self.matrix(values, p), p)
        except DomainError:
            return None
        return found if len(found) == self.nullity else None

    def values(self, moving: Sequence[int], count: int, p: int) -> tuple[list[list[int]], list[Residues]]:
        """Points that differ from the base point in some generators only, and the bases there."""
        points, bases = [], []
        for _ in range(count + LIMITS.interpolation_attempts):
            at = list(self.base)
            for g in moving:
                at[g] = self.random.randrange(1, p)
            found = self.basis(at, p)
            # In the reduced basis the free columns hold an identity: another one there is a special point.
            if found is not None and (found[:, self.free] == np.eye(self.nullity, dtype=np.int64)).all():
                points.append(at)
                bases.append(found)
                if len(points) == count:
                    return points, bases
        raise _GivenUpError

    def vectors(self) -> list[list[RationalFunction]]:
        depends = np.zeros((*self.reference.shape, len(self.field.generators)), dtype=bool)
        for g in range(depends.shape[2]):
            _, (moved,) = self.values([g], 1, self.p)
            depends[:, :, g] = moved != self.reference
        return [self.vector(i, depends[i]) for i in range(self.nullity)]

    def vector(self, i: int, depends: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> list[RationalFunction]:
        """One null vector; ``depends[j, g]``: whether entry j depends on generator g."""
        generators = np.flatnonzero(depends.any(axis=0)).tolist()
        if len(generators) > LIMITS.interpolated_generators:
            raise _GivenUpError
        entries = [
            _Entry(i, j, [()], [()], np.array([self.reference[i, j], 1], dtype=np.int64))
            for j in np.flatnonzero(self.reference[i]).tolist()
        ]
        for k, g in enumerate(generators):
            self.extend(entries, generators[:k], g, depends)
        result = [self.field.zero] * self.reference.shape[1]
        for entry, element in zip(entries, self.lifted(entries, generators), strict=True):
            result[entry.column] = element
        return result

    def extend(
        self, entries: list[_Entry], before: list[int], g: int, depends: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    ) -> None:
        """Take one more generator into the monomials of the entries."""
        moving = [e for e in entries if depends[e.column, g]]
        powers = self.powers(moving, g)
        for e in entries:
            if e not in moving:
                e.above, e.below = [(*k, 0) for k in e.above], [(*k, 0) for k in e.below]
        for e, (top, bottom) in zip(moving, powers, strict=True):
            e.above = [(*k, n) for k, n in product(e.above, top)]
            e.below = [(*k, n) for k, n in product(e.below, bottom)]
        self.solve(moving, [*before, g])

    def powers(self, entries: list[_Entry], g: int) -> list[tuple[list[int], list[int]]]:
        """The powers of one generator in numerator and denominator of each entry, the others fixed."""
        bound = 1
        while bound <= LIMITS.interpolated_degree:
            points, bases = self.values([g], 2 * bound + 2 + EXTRA_POINTS, self.p)
            found = [self._powers_within(e, bound, [at[g] for at in points], bases) for e in entries]
            if None not in found:
                return [f for f in found if f is not None]
            bound *= 2
        raise _GivenUpError

    def _powers_within(
        self, e: _Entry, bound: int, at: list[int], bases: list[Residues]
    ) -> tuple[list[int], list[int]] | None:
        values = np.array([b[e.row, e.column] for b in bases], dtype=np.int64)
        x = np.array(at, dtype=np.int64)
        solutions = nullspace_mod(_system(x[:, None], values, [(n,) for n in range(bound + 1)], None, self.p), self.p)
        if not len(solutions):
            return None
        # Solutions are N h, D h with deg h <= bound - max(deg N, deg D): as many as h has coefficients.
        degree = bound + 1 - len(solutions)
        if len(solutions) > 1:
            solutions = nullspace_mod(
                _system(x[:, None], values, [(n,) for n in range(degree + 1)], None, self.p), self.p
            )
        if len(solutions) != 1:
            raise _GivenUpError
        half = degree + 1
        return np.flatnonzero(solutions[0, :half]).tolist(), np.flatnonzero(solutions[0, half:]).tolist()

    def solve(self, entries: list[_Entry], generators: list[int]) -> None:
        """Find the coefficients of all candidates, and drop the monomials that do not occur."""
        unknowns = max(len(e.above) + len(e.below) for e in entries)
        self.work += sum((len(e.above) + len(e.below)) ** 3 for e in entries)
        if unknowns > LIMITS.interpolated_monomials or self.work > LIMITS.interpolation_work:
            raise _GivenUpError
        points, bases = self.values(generators, unknowns + EXTRA_POINTS, self.p)
        for e in entries:
            found = self.coefficients(e, generators, points, bases, self.p)
            top, bottom = found[: len(e.above)], found[len(e.above) :]
            e.above = [k for k, c in zip(e.above, top, strict=True) if c]
            e.below = [k for k, c in zip(e.below, bottom, strict=True) if c]
            e.coefficients = found[found != 0]

    def coefficients(
        self, e: _Entry, generators: list[int], points: list[list[int]], bases: list[Residues], p: int
    ) -> Residues:
        count = len(e.above) + len(e.below) + EXTRA_POINTS
        x = np.array(points[:count], dtype=np.int64)[:, generators]
        values = np.array([b[e.row, e.column] for b in bases[:count]], dtype=np.int64)
        solutions = nullspace_mod(_system(x, values, e.above, e.below, p), p)
        if len(solutions) != 1:
            raise _GivenUpError
        scale = pow(int(solutions[0, len(e.above)]) or 1, -1, p)  # the first coefficient of the denominator is 1
        normalised: Residues = solutions[0] * scale % p
        return normalised

    def lifted(self, entries: list[_Entry], generators: list[int]) -> list[RationalFunction]:
        """The entries with rational coefficients, which agree with the values modulo a prime that was not used."""
        residues = []
        for e in entries:
            scale = pow(int(e.coefficients[len(e.above)]), -1, self.p)
            residues.append([int(c) * scale % self.p for c in e.coefficients])
        modulus = self.p
        for p in islice(primes_below(self.p), LIMITS.lifting_primes):
            lifted = [[rational_reconstruction(c, modulus) for c in part] for part in residues]
            count = max(len(e.above) + len(e.below) for e in entries) + EXTRA_POINTS
            points, bases = self.values(generators, count, p)
            if not any(c is None for part in lifted for c in part):
                found = [self.element(e, part, generators) for e, part in zip(entries, lifted, strict=True)]
                expected = [int(bases[0][e.row, e.column]) for e in entries]
                if all(_agrees(f, points[0], c, p) for f, c in zip(found, expected, strict=True)):
                    return found
            for e, part in zip(entries, residues, strict=True):
                other = self.coefficients(e, generators, points, bases, p)
                inverse = pow(modulus, -1, p)
                part[:] = [a + modulus * ((int(b) - a) * inverse % p) for a, b in zip(part, other, strict=True)]
            modulus *= p
        raise _GivenUpError

    def element(self, e: _Entry, lifted: Sequence[Fraction | None], generators: list[int]) -> RationalFunction:
        def polynomial(monomials: Monomials, coefficients: Sequence[Fraction | None]) -> RationalFunction:
            terms = {}
            for k, c in zip(monomials, coefficients, strict=True):
                exponents = [0] * len(self.field.generators)
                for g, n in zip(generators, k, strict=True):
                    exponents[g] = n
                terms[tuple(exponents)] = c
            return self.field.polynomial(terms)

        return polynomial(e.above, lifted[: len(e.above)]) / polynomial(e.below, lifted[len(e.above) :])


def _system(x: Residues, values: Residues, above: Monomials, below: Monomials | None, p: int) -> Residues:
    """The rows ``[monomials of N | -f * monomials of D]`` at points x."""
    top = _monomials(x, above, p)
    bottom = top if below is None else _monomials(x, below, p)
    return np.concatenate([top, (p - values)[:, None] * bottom % p], axis=1)


def _monomials(x: Residues, monomials: Monomials, p: int) -> Residues:
    result = np.ones((len(x), len(monomials)), dtype=np.int64)
    for g in range(x.shape[1]):
        degree = max(k[g] for k in monomials)
        powers = np.ones((degree + 1, len(x)), dtype=np.int64)
        for n in range(1, degree + 1):
            powers[n] = powers[n - 1] * x[:, g] % p
        result = result * powers[[k[g] for k in monomials]].T % p
    return result


def _agrees(element: RationalFunction, values: list[int], expected: int, p: int) -> bool:
    try:
        return evaluate_mod(element, values, p) == expected
    except DomainError:
        return False
