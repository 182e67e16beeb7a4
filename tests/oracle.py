"""A slow, exact oracle for the geometry of one model at one point, and random small models to feed it.

Independent of symelbo on purpose: Gaussian elimination on lists of lists of fractions, sympy only to
differentiate the probability table and to substitute the point.  Everything is meant to be obviously right.

Conventions.  States are tuples of labels, visible labels first; a vector on X is a list in the order of
`states`, a vector on V a list in the order in which the visible states first appear there.  A matrix is a list
of rows, a basis a list of vectors.  J has one row per state and one column per parameter.  Notation: theory.md,
sections 1 to 3.

Everything here follows from p and J at the point alone, so the seven conditions of S4 are evaluated (and
agree) at inadmissible points too; there T_V = im J_V need not be the tangent space of anything.
"""

from __future__ import annotations

import itertools
import math
import operator
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from typing import Any, NamedTuple

import mpmath
import sympy

DIGITS = 50

Vector = list[Fraction]
Matrix = list[list[Fraction]]
State = tuple[Any, ...]

# ---- Linear algebra over the rationals -------------------------------------------------------------------


def identity(n: int) -> Matrix:
    """Return the n x n identity."""
    return [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]


def diagonal(entries: Sequence[Fraction]) -> Matrix:
    """Return the diagonal matrix with these entries."""
    return [[e if i == j else Fraction(0) for j in range(len(entries))] for i, e in enumerate(entries)]


def transpose(A: Matrix) -> Matrix:
    """Return the transpose of a matrix with at least one row."""
    return [list(column) for column in zip(*A, strict=True)]


def dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    """Return sum a_i b_i."""
    total = Fraction(0)
    for x, y in zip(a, b, strict=True):
        if x and y:
            total += x * y
    return total


def over_common_denominator(x: Sequence[Fraction]) -> tuple[list[int], int]:
    """Return integers a and n with x = a / n."""
    n = math.lcm(*(e.denominator for e in x))
    return [e.numerator * (n // e.denominator) for e in x], n


def product(*factors: Matrix) -> Matrix:
    """Return the matrix product, from left to right; the sums are taken over integers, which is faster."""
    result, *rest = factors
    for B in rest:
        rows = [over_common_denominator(row) for row in result]
        columns = [over_common_denominator(column) for column in transpose(B)]
        result = [[Fraction(sum(map(operator.mul, a, b)), m * n) for b, n in columns] for a, m in rows]
    return result


def apply(A: Matrix, x: Sequence[Fraction]) -> Vector:
    """Return A x."""
    return [dot(row, x) for row in A]


def subtract(A: Matrix, B: Matrix) -> Matrix:
    """Return A - B."""
    return [[a - b for a, b in zip(r, s, strict=True)] for r, s in zip(A, B, strict=True)]


def is_zero(A: Matrix) -> bool:
    """Say whether every entry is 0."""
    return not any(any(row) for row in A)


def row_echelon(A: Matrix) -> tuple[Matrix, list[int]]:
    """Return the reduced row echelon form (all rows kept) and the pivot columns."""
    R = [list(row) for row in A]
    pivots: list[int] = []
    for column in range(len(R[0]) if R else 0):
        top = len(pivots)
        found = next((i for i in range(top, len(R)) if R[i][column]), None)
        if found is None:
            continue
        R[top], R[found] = R[found], R[top]
        pivot = R[top][column]
        R[top] = [e / pivot for e in R[top]]
        for i, row in enumerate(R):
            if i != top and row[column]:
                factor = row[column]
                R[i] = [e - factor * t if t else e for e, t in zip(row, R[top], strict=True)]
        pivots.append(column)
    return R, pivots


def rank(A: Matrix) -> int:
    """Return the rank."""
    return len(row_echelon(A)[1])


def nullspace(A: Matrix) -> list[Vector]:
    """Return a basis of {x : A x = 0}."""
    R, pivots = row_echelon(A)
    basis = []
    for free in (j for j in range(len(A[0])) if j not in pivots):
        x = [Fraction(0)] * len(A[0])
        x[free] = Fraction(1)
        for i, j in enumerate(pivots):
            x[j] = -R[i][free]
        basis.append(x)
    return basis


def solve(A: Matrix, B: Matrix) -> Matrix:
    """Return one X with A X = B (free unknowns set to 0); ArithmeticError when there is none."""
    width = len(A[0])
    R, pivots = row_echelon([a + b for a, b in zip(A, B, strict=True)])
    if any(j >= width for j in pivots):
        raise ArithmeticError("the linear system has no solution")
    X = [[Fraction(0)] * len(B[0]) for _ in range(width)]
    for i, j in enumerate(pivots):
        X[j] = R[i][width:]
    return X


def solve_vector(A: Matrix, b: Sequence[Fraction]) -> Vector:
    """Return one x with A x = b."""
    return [row[0] for row in solve(A, [[e] for e in b])]


def inverse(A: Matrix) -> Matrix:
    """Return the inverse of a nonsingular matrix."""
    return solve(A, identity(len(A)))


def column_basis(A: Matrix) -> list[Vector]:
    """Return the pivot columns: a basis of im A, as vectors."""
    columns = transpose(A)
    return [columns[j] for j in row_echelon(A)[1]]


def pseudo_inverse(A: Matrix) -> Matrix:
    """Return the Moore-Penrose inverse R^T (R R^T)^-1 (F^T F)^-1 F^T of A = F R (full rank factorisation)."""
    echelon, pivots = row_echelon(A)
    if not pivots:
        return transpose([[Fraction(0)] * len(A[0]) for _ in A])
    F = [[row[j] for j in pivots] for row in A]
    R = echelon[: len(pivots)]
    Ft, Rt = transpose(F), transpose(R)
    return product(Rt, inverse(product(R, Rt)), inverse(product(Ft, F)), Ft)


def intersection(first: list[Vector], second: list[Vector]) -> list[Vector]:
    """Return a basis of span(first) n span(second), from the null vectors of [first | -second]."""
    if not first or not second:
        return []
    columns = [*first, *([-e for e in v] for v in second)]
    found = [
        [sum((c * v[i] for c, v in zip(x, first, strict=False)), Fraction(0)) for i in range(len(first[0]))]
        for x in nullspace(transpose(columns))
    ]
    return column_basis(transpose(found)) if found else []


def characteristic_polynomial(K: Matrix) -> Vector:
    """Return the coefficients of det(lambda I - K), highest first (Faddeev-LeVerrier)."""
    n = len(K)
    coefficients = [Fraction(1)]
    M = [[Fraction(0)] * n for _ in range(n)]
    for k in range(1, n + 1):
        M = product(K, M)
        for i in range(n):
            M[i][i] += coefficients[-1]
        KM = product(K, M)
        coefficients.append(-sum((KM[i][i] for i in range(n)), Fraction(0)) / k)
    return coefficients


def is_positive_semidefinite(A: Matrix) -> bool:
    """Decide A >= 0 for a symmetric A by the pivots of its L D L^T factorisation."""
    if transpose(A) != A:
        raise ValueError("the matrix is not symmetric")
    R = [list(row) for row in A]
    for k in range(len(R)):
        if R[k][k] < 0 or (R[k][k] == 0 and any(R[k][k:])):
            return False
        if R[k][k] == 0:
            continue
        for i in range(k + 1, len(R)):
            factor = R[i][k] / R[k][k]
            R[i] = [e - factor * t for e, t in zip(R[i], R[k], strict=True)]
    return True


# ---- From a table to p and J -----------------------------------------------------------------------------


def rational(value: Any) -> Fraction:
    """Return an int, a Fraction or an exact sympy rational as a Fraction; a float is an error."""
    if isinstance(value, int | Fraction):
        return Fraction(value)
    if isinstance(value, sympy.Rational):
        return Fraction(int(value.p), int(value.q))
    raise TypeError(f"not an exact rational: {value!r}")


def evaluate(expression: Any, point: Mapping[sympy.Symbol, Any]) -> Fraction:
    """Return the exact value; exp(integer form) is evaluated at points whose entries are log(rational)."""
    exact = {s: sympy.Rational(v.numerator, v.denominator) if isinstance(v, Fraction) else v for s, v in point.items()}
    return rational(sympy.sympify(expression).xreplace(exact).doit())  # doit: sympy may leave exp(0)


@cache  # the same table is evaluated at several points
def derivative(expression: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
    """Return the partial derivative."""
    return sympy.diff(expression, symbol)


def values_from_table(
    states: Sequence[State],
    table: Mapping[State, Any],
    parameters: Sequence[sympy.Symbol],
    point: Mapping[sympy.Symbol, Any],
    *,
    weights: bool = False,
) -> tuple[Vector, Matrix]:
    """Return p and J = dp/dtheta at the point; with weights, w and dw are normalised by the quotient rule."""
    expressions = [sympy.sympify(table[s]) for s in states]
    p = [evaluate(e, point) for e in expressions]
    J = [
        [evaluate(derivative(e, t), point) if t in e.free_symbols else Fraction(0) for t in parameters]
        for e in expressions
    ]
    return normalised_values(p, J) if weights else (p, J)


def normalised_values(w: Sequence[Fraction], dw: Matrix) -> tuple[Vector, Matrix]:
    """Return p = w/Z and J = (Z dw - w dZ)/Z^2."""
    Z = sum(w, Fraction(0))
    dZ = [sum(column, Fraction(0)) for column in zip(*dw, strict=True)]
    J = [[(Z * e - a * z) / Z**2 for e, z in zip(row, dZ, strict=True)] for a, row in zip(w, dw, strict=True)]
    return [a / Z for a in w], J


def exponential_values(
    statistics: Sequence[Sequence[int]], t: Sequence[Any], base: Sequence[Any] | None = None
) -> tuple[Vector, Matrix]:
    """Return p and J for w(x) = base(x) prod_j t_j^statistics[x][j], where t_j = exp(theta_j)."""
    w = []
    for x, row in enumerate(statistics):
        value = rational(base[x]) if base is not None else Fraction(1)
        for tj, s in zip(t, row, strict=True):
            value *= rational(tj) ** s
        w.append(value)
    return normalised_values(w, [[a * s for s in row] for a, row in zip(w, statistics, strict=True)])


def visible_states_of(states: Iterable[State], n_visible: int) -> list[State]:
    """Return the visible parts in order of first appearance."""
    return list(dict.fromkeys(s[:n_visible] for s in states))


def marginal_matrix(states: Sequence[State], n_visible: int) -> Matrix:
    """Return dpi, the |V| x |X| matrix of 0s and 1s."""
    visible = visible_states_of(states, n_visible)
    return [[Fraction(int(s[:n_visible] == v)) for s in states] for v in visible]


def lift_matrix(states: Sequence[State], n_visible: int, p: Sequence[Fraction]) -> Matrix:
    """Return C, the |X| x |V| matrix with (C B)(v, h) = p(h|v) B(v)."""
    dpi = marginal_matrix(states, n_visible)
    p_V = apply(dpi, p)
    return [[dpi[v][x] * p[x] / p_V[v] for v in range(len(p_V))] for x in range(len(states))]


class Ranks(NamedTuple):
    """Rank of J, of J_V and of (I - C dpi) J."""

    joint: int
    visible: int
    vertical: int


class Dimensions(NamedTuple):
    """Dimensions of T, of T n H_p, of T n V_p and of what is left."""

    tangent: int
    horizontal: int
    vertical: int
    oblique: int


class NaturalGradient(NamedTuple):
    """Minimum-norm parameters c, the tangent vector J c and its image dpi J c."""

    parameters: Vector
    tangent: Vector
    projected: Vector


def ranks_of(states: Sequence[State], n_visible: int, p: Sequence[Fraction], J: Matrix) -> Ranks:
    """Return the three ranks; positivity of p is not needed, only p_V nowhere 0."""
    dpi = marginal_matrix(states, n_visible)
    J_V = product(dpi, J)
    vertical_part = subtract(J, product(lift_matrix(states, n_visible, p), J_V))
    return Ranks(rank(J), rank(J_V), rank(vertical_part))


def generic_ranks(
    states: Sequence[State],
    n_visible: int,
    table: Mapping[State, Any],
    parameters: Sequence[sympy.Symbol],
    *,
    weights: bool = False,
    seed: int = 0,
) -> Ranks:
    """Return the maxima of the ranks at three random rational points: lower bounds, almost surely generic."""
    rng = random.Random(seed)
    found: list[Ranks] = []
    while len(found) < 3:
        point = {t: Fraction(rng.randint(1, 10**5), rng.randint(1, 10**5)) for t in parameters}
        try:
            p, J = values_from_table(states, table, parameters, point, weights=weights)
            found.append(ranks_of(states, n_visible, p, J))
        except (TypeError, ZeroDivisionError):  # a pole
            continue
    return Ranks(*(max(values) for values in zip(*found, strict=True)))


# ---- The geometry at a point -----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Oracle:
    """Everything about a model at one point, from p > 0 (|X|) and J (|X| x d) alone."""

    states: tuple[State, ...]
    n_visible: int
    p: Vector
    J: Matrix

    def __post_init__(self) -> None:
        if len(self.states) != len(self.p) or len(self.J) != len(self.p):
            raise ValueError("one probability and one row of J per state")
        if sum(self.p) != 1 or min(self.p) <= 0:
            raise ValueError("p is not in the open simplex")
        if not self.J[0] or any(sum(column) for column in zip(*self.J, strict=True)):
            raise ValueError("every column of J sums to 0, and there is at least one")

    @classmethod
    def from_table(
        cls,
        states: Sequence[State],
        n_visible: int,
        table: Mapping[State, Any],
        parameters: Sequence[sympy.Symbol],
        point: Mapping[sympy.Symbol, Any],
        *,
        weights: bool = False,
    ) -> Oracle:
        """Differentiate the table and evaluate it at the point."""
        p, J = values_from_table(states, table, parameters, point, weights=weights)
        return cls(tuple(states), n_visible, p, J)

    @classmethod
    def from_values(
        cls, p: Sequence[Any], J: Sequence[Sequence[Any]], states: Sequence[State], n_visible: int
    ) -> Oracle:
        """Take p and J as given."""
        return cls(tuple(states), n_visible, [rational(e) for e in p], [[rational(e) for e in row] for row in J])

    # marginalisation, metrics, ranks

    @cached_property
    def visible_states(self) -> list[State]:
        """Visible states in order of first appearance."""
        return visible_states_of(self.states, self.n_visible)

    @cached_property
    def dpi(self) -> Matrix:
        """|V| x |X|."""
        return marginal_matrix(self.states, self.n_visible)

    @cached_property
    def C(self) -> Matrix:
        """|X| x |V|, B -> p(h|v) B(v)."""
        return lift_matrix(self.states, self.n_visible, self.p)

    @cached_property
    def p_V(self) -> Vector:
        """Visible marginal."""
        return apply(self.dpi, self.p)

    @cached_property
    def J_V(self) -> Matrix:
        """|V| x d."""
        return product(self.dpi, self.J)

    @cached_property
    def metric(self) -> Matrix:
        """diag(1/p): the Fisher-Rao metric on X."""
        return diagonal([1 / e for e in self.p])

    @cached_property
    def visible_metric(self) -> Matrix:
        """diag(1/p_V)."""
        return diagonal([1 / e for e in self.p_V])

    @cached_property
    def G(self) -> Matrix:
        """J^T diag(1/p) J."""
        return product(transpose(self.J), self.metric, self.J)

    @cached_property
    def G_V(self) -> Matrix:
        """J_V^T diag(1/p_V) J_V."""
        return product(transpose(self.J_V), self.visible_metric, self.J_V)

    @cached_property
    def G_plus(self) -> Matrix:
        """Moore-Penrose inverse of G."""
        return pseudo_inverse(self.G)

    @cached_property
    def G_V_plus(self) -> Matrix:
        """Moore-Penrose inverse of G_V."""
        return pseudo_inverse(self.G_V)

    @cached_property
    def missing_information(self) -> Matrix:
        """E_p[Cov(score | v)], from the scores themselves."""
        d = len(self.J[0])
        scores = [[e / a for e in row] for a, row in zip(self.p, self.J, strict=True)]
        total = [[Fraction(0)] * d for _ in range(d)]
        for v in self.visible_states:
            block = [x for x, s in enumerate(self.states) if s[: self.n_visible] == v]
            mass = sum(self.p[x] for x in block)
            mean = [sum(self.p[x] * scores[x][i] for x in block) / mass for i in range(d)]
            for x, i, j in itertools.product(block, range(d), range(d)):
                total[i][j] += self.p[x] * (scores[x][i] - mean[i]) * (scores[x][j] - mean[j])
        return total

    @cached_property
    def ranks(self) -> Ranks:
        """(r, r_V, r_vert)."""
        return ranks_of(self.states, self.n_visible, self.p, self.J)

    def inner(self, A: Sequence[Fraction], B: Sequence[Fraction]) -> Fraction:
        """g_p(A, B) on T_p P(X)."""
        return sum((a * b / m for a, b, m in zip(A, B, self.p, strict=True)), Fraction(0))

    def visible_inner(self, A: Sequence[Fraction], B: Sequence[Fraction]) -> Fraction:
        """g(A, B) at p_V."""
        return sum((a * b / m for a, b, m in zip(A, B, self.p_V, strict=True)), Fraction(0))

    # subspaces and projections

    @cached_property
    def tangent_basis(self) -> list[Vector]:
        """A basis of T = im J."""
        return column_basis(self.J)

    @cached_property
    def horizontal_basis(self) -> list[Vector]:
        """A basis of H_p: p(h|v) B(v) for B = e_v - e_last."""
        columns = transpose(self.C)
        return [[a - b for a, b in zip(column, columns[-1], strict=True)] for column in columns[:-1]]

    @cached_property
    def vertical_basis(self) -> list[Vector]:
        """A basis of V_p = ker dpi."""
        return nullspace(self.dpi)

    @cached_property
    def tangent_horizontal(self) -> list[Vector]:
        """A basis of T n H_p."""
        return intersection(self.tangent_basis, self.horizontal_basis)

    @cached_property
    def tangent_vertical(self) -> list[Vector]:
        """A basis of T n V_p."""
        return intersection(self.tangent_basis, self.vertical_basis)

    @cached_property
    def dimensions(self) -> Dimensions:
        """dim T, dim T n H_p, dim T n V_p and the rest."""
        r, h, v = len(self.tangent_basis), len(self.tangent_horizontal), len(self.tangent_vertical)
        return Dimensions(r, h, v, r - h - v)

    def projection_onto(self, basis: list[Vector]) -> Matrix:
        """g_p-orthogonal projection onto the span, |X| x |X|: B (B^T D B)^-1 B^T D with D = diag(1/p)."""
        if not basis:
            return [[Fraction(0)] * len(self.p) for _ in self.p]
        B = transpose(basis)
        BtD = product(basis, self.metric)
        return product(B, solve(product(BtD, B), BtD))

    @cached_property
    def tangent_projection(self) -> Matrix:
        """Orthogonal projection onto T."""
        return self.projection_onto(self.tangent_basis)

    @cached_property
    def horizontal_projection(self) -> Matrix:
        """Orthogonal projection onto H_p."""
        return self.projection_onto(self.horizontal_basis)

    # gradients and the defect

    @cached_property
    def U(self) -> Matrix:
        """J_V G^- J_V^T: takes l to dpi grad^M(L o pi); the normal equations are solved column by column."""
        return product(self.J_V, solve(self.G, transpose(self.J_V)))

    @cached_property
    def W(self) -> Matrix:
        """J_V G_V^- J_V^T: takes l to grad^{M_V} L."""
        return product(self.J_V, solve(self.G_V, transpose(self.J_V)))

    @cached_property
    def Delta(self) -> Matrix:
        """The defect W - U."""
        return subtract(self.W, self.U)

    def natural_gradient(self, covector: Sequence[Fraction]) -> NaturalGradient:
        """grad^M f for df(A) = sum_x covector(x) A(x)."""
        rhs = apply(transpose(self.J), covector)
        tangent = apply(self.J, solve_vector(self.G, rhs))
        return NaturalGradient(apply(self.G_plus, rhs), tangent, apply(self.dpi, tangent))

    def visible_natural_gradient(self, covector: Sequence[Fraction]) -> NaturalGradient:
        """grad^{M_V} L for dL(B) = sum_v covector(v) B(v); tangent = projected, a vector of P(V)."""
        rhs = apply(transpose(self.J_V), covector)
        tangent = apply(self.J_V, solve_vector(self.G_V, rhs))
        return NaturalGradient(apply(self.G_V_plus, rhs), tangent, tangent)

    def pull_back(self, covector: Sequence[Fraction]) -> Vector:
        """Return l o pi as a covector on X."""
        return apply(transpose(self.dpi), covector)

    def posterior_lift(self, p_star: Sequence[Fraction]) -> Vector:
        """Return qhat_p(v, h) = p*(v) p(h|v)."""
        return apply(self.C, p_star)

    def negative_gradient_q(self, q: Sequence[Fraction]) -> NaturalGradient:
        """-grad^M D(q||.)."""
        return self.natural_gradient([a / b for a, b in zip(q, self.p, strict=True)])

    def negative_gradient_data(self, p_star: Sequence[Fraction]) -> NaturalGradient:
        """-grad^M D(Q||.), from D(Q||p) = D(p*||p_V)."""
        return self.natural_gradient(self.pull_back([a / b for a, b in zip(p_star, self.p_V, strict=True)]))

    def negative_gradient_visible(self, p_star: Sequence[Fraction]) -> NaturalGradient:
        """-grad^{M_V} D(p*||.)."""
        return self.visible_natural_gradient([a / b for a, b in zip(p_star, self.p_V, strict=True)])

    def negative_gradient_gap(self, q: Sequence[Fraction]) -> NaturalGradient:
        """-grad^M GAP(q, .), from GAP = D(q||p) - D(q_V||p_V)."""
        q_V = apply(self.dpi, q)
        visible = self.pull_back([a / b for a, b in zip(q_V, self.p_V, strict=True)])
        return self.natural_gradient([a / b - c for a, b, c in zip(q, self.p, visible, strict=True)])

    # the seven conditions of S4, each by its own definition

    @cached_property
    def condition_a(self) -> bool:
        """T = (T n H_p) + (T n V_p)."""
        spanning = [*self.tangent_horizontal, *self.tangent_vertical]
        return (rank(spanning) if spanning else 0) == len(self.tangent_basis)

    @cached_property
    def condition_b(self) -> bool:
        """r = r_V + r_vert."""
        return self.ranks.joint == self.ranks.visible + self.ranks.vertical

    @cached_property
    def condition_c(self) -> bool:
        """G_V G^+ G_V = G_V."""
        return product(self.G_V, self.G_plus, self.G_V) == self.G_V

    @cached_property
    def condition_d(self) -> bool:
        """U l = W l for every l: both gradients are linear in l = dL."""
        return self.U == self.W

    @cached_property
    def condition_e(self) -> bool:
        """Say whether the projections onto T and H_p commute."""
        P, Q = self.tangent_projection, self.horizontal_projection
        return product(P, Q) == product(Q, P)

    @cached_property
    def pencil(self) -> Matrix:
        """(B^T D B)^-1 (dpi B)^T D_V (dpi B) for a basis B of T: the eigenvalues of G_V relative to G."""
        B = transpose(self.tangent_basis)
        B_V = product(self.dpi, B)
        joint = product(transpose(B), self.metric, B)
        visible = product(transpose(B_V), self.visible_metric, B_V)
        return solve(joint, visible)

    @cached_property
    def condition_f(self) -> bool:
        """Say whether the pencil's characteristic polynomial is lambda^a (lambda - 1)^b."""
        if not self.tangent_basis:
            return True
        found = characteristic_polynomial(self.pencil)
        n = len(found) - 1
        candidates = (
            [Fraction((-1) ** k * math.comb(b, k)) for k in range(b + 1)] + [Fraction(0)] * (n - b)
            for b in range(n + 1)
        )
        return any(found == candidate for candidate in candidates)

    @cached_property
    def condition_g(self) -> bool:
        """dpi grad^M GAP(q, .) = 0 for every q: affine in q, so the point masses (one column each) decide."""
        visible = product(transpose(self.dpi), self.visible_metric, self.dpi)
        rhs = product(transpose(self.J), subtract(self.metric, visible))
        return is_zero(product(self.J_V, solve(self.G, rhs)))

    @property
    def conditions(self) -> dict[str, bool]:
        """The seven booleans by letter."""
        return {letter: getattr(self, f"condition_{letter}") for letter in "abcdefg"}

    @property
    def is_cylindrical(self) -> bool:
        """Condition (a) at this point; at an admissible one this is Definition 2."""
        return self.condition_a

    # numbers to 50 digits, for the identities that contain logarithms

    def log_evidence(self, v: int) -> mpmath.mpf:
        """log p_V(v), v an index into visible_states."""
        with mpmath.workdps(DIGITS):
            return mpmath.log(decimal(self.p_V[v]))

    def elbo(self, q: Sequence[Fraction], v: int) -> mpmath.mpf:
        """sum_h q(h|v) log(p(v,h)/q(h|v)) for a joint q > 0, v an index into visible_states."""
        q_v = dot(self.dpi[v], q)
        with mpmath.workdps(DIGITS):
            conditional = [(b, a / q_v) for a, b, inside in zip(q, self.p, self.dpi[v], strict=True) if inside]
            return mpmath.fsum(decimal(c) * mpmath.log(decimal(b / c)) for b, c in conditional if c)

    def gap(self, q: Sequence[Fraction]) -> mpmath.mpf:
        """sum_v q_V(v) D(q(.|v) || p(.|v))."""
        total = mpmath.mpf(0)
        with mpmath.workdps(DIGITS):
            for row, q_v, p_v in zip(self.dpi, apply(self.dpi, q), self.p_V, strict=True):
                block = [x for x, inside in enumerate(row) if inside]
                if q_v:
                    total += decimal(q_v) * divergence([q[x] / q_v for x in block], [self.p[x] / p_v for x in block])
        return total


def decimal(value: Fraction) -> mpmath.mpf:
    """Return a fraction at the current precision."""
    return mpmath.mpf(value.numerator) / value.denominator


def divergence(q: Sequence[Fraction], p: Sequence[Fraction]) -> mpmath.mpf:
    """D(q||p) = sum q log(q/p), to 50 digits."""
    with mpmath.workdps(DIGITS):
        return mpmath.fsum(decimal(a) * mpmath.log(decimal(a / b)) for a, b in zip(q, p, strict=True) if a)


def random_distribution(n: int, rng: random.Random) -> Vector:
    """Return n positive rationals with sum 1."""
    counts = [rng.randint(1, 7) for _ in range(n)]
    return [Fraction(c, sum(counts)) for c in counts]


# ---- Random small models ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class RandomModel:
    """A random model as a sympy table, with an interior point; labels "0", "1", ..., visible variables first.

    `domain` is a tuple of relationals; `point` lies inside it.  For exponential kinds the point is
    theta_j = log(t_j) with rational t_j = `exponentials[theta_j]`, and `statistics`, `base` give the table
    once more as numbers.  With `weights` the table is not normalised.  `edges` and `rows` = (node,
    {parent: label}, parameters) belong to Bayesian networks, `generators` to log-linear models.
    """

    kind: str
    seed: int
    variables: dict[str, tuple[str, ...]]
    n_visible: int
    table: dict[State, sympy.Expr]
    parameters: tuple[sympy.Symbol, ...]
    domain: tuple[sympy.core.relational.Relational, ...]
    point: dict[sympy.Symbol, Any]
    weights: bool = False
    edges: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, dict[str, str], tuple[sympy.Symbol, ...]], ...] = ()
    generators: tuple[tuple[str, ...], ...] = ()
    statistics: tuple[tuple[int, ...], ...] = ()
    base: tuple[int, ...] = ()

    @property
    def states(self) -> list[State]:
        """All states, lexicographic in the order of the variables."""
        return list(itertools.product(*self.variables.values()))

    @property
    def visible(self) -> tuple[str, ...]:
        """Names of the visible variables."""
        return tuple(self.variables)[: self.n_visible]

    @property
    def hidden(self) -> tuple[str, ...]:
        """Names of the hidden variables."""
        return tuple(self.variables)[self.n_visible :]

    @property
    def exponentials(self) -> dict[sympy.Symbol, Fraction]:
        """t_j = exp(theta_j) for exponential kinds."""
        return {t: rational(sympy.exp(v)) for t, v in self.point.items()} if self.statistics else {}

    def oracle(self, point: Mapping[sympy.Symbol, Any] | None = None) -> Oracle:
        """Return the oracle at a point, the model's own by default."""
        at = self.point if point is None else point
        return Oracle.from_table(self.states, self.n_visible, self.table, self.parameters, at, weights=self.weights)

    @cached_property
    def generic_ranks(self) -> Ranks:
        """Return the ranks at random points, maximal over three of them."""
        if not self.statistics:
            return generic_ranks(self.states, self.n_visible, self.table, self.parameters, weights=self.weights)
        rng = random.Random(self.seed)
        found = []
        for _ in range(3):
            t = [Fraction(rng.randint(1, 1000), rng.randint(1, 1000)) for _ in self.parameters]
            p, J = exponential_values(self.statistics, t, self.base)
            found.append(ranks_of(self.states, self.n_visible, p, J))
        return Ranks(*(max(values) for values in zip(*found, strict=True)))

    def is_admissible(self, oracle: Oracle) -> bool:
        """Say whether rank J and rank J_V are the generic ones there (the vertical rank does not matter)."""
        return oracle.ranks[:2] == self.generic_ranks[:2]


def _random_variables(
    rng: random.Random, *, nodes: tuple[int, ...], max_states: int, ternary: float = 0.3
) -> tuple[dict[str, tuple[str, ...]], int]:
    """Draw variables (visible first) and the number of visible ones, both sides nonempty."""
    while True:
        names = list("abcd")[: rng.choice(nodes)]
        cards = {n: 3 if rng.random() < ternary else 2 for n in names}
        hidden = set(rng.sample(names, 1 if rng.random() < 0.6 else rng.randint(1, len(names) - 1)))
        if math.prod(cards.values()) <= max_states:
            ordered = [n for n in names if n not in hidden] + [n for n in names if n in hidden]
            return {n: tuple(str(i) for i in range(cards[n])) for n in ordered}, len(names) - len(hidden)


def _unit_interval(rng: random.Random) -> Fraction:
    """Draw a small fraction in (0, 1)."""
    d = rng.randint(2, 7)
    return Fraction(rng.randint(1, d - 1), d)


def _cube(parameters: Iterable[sympy.Symbol]) -> tuple[sympy.core.relational.Relational, ...]:
    return tuple(r for t in parameters for r in (t > 0, t < 1))


def _unit_form(rng: random.Random, pool: Sequence[sympy.Symbol]) -> sympy.Expr:
    """Draw a polynomial that maps the open unit cube into (0, 1)."""
    a, b = rng.choice(pool), rng.choice(pool)
    forms = [a, 1 - a, a * b, a**2, a * (1 - b), (a + b) / 2, 1 - a * b, (1 + a) / 3, sympy.Rational(1, 3)]
    return rng.choice(forms)


def _unit_row(rng: random.Random, pool: Sequence[sympy.Symbol], length: int) -> list[sympy.Expr]:
    """Draw a probability vector of polynomials on the open unit cube."""
    entries = [_unit_form(rng, pool) / (length - 1) for _ in range(length - 1)]
    return [*entries, 1 - sum(entries)]


def _has_open_emission(variables: Iterable[str], n_visible: int, edges: Sequence[tuple[str, str]]) -> bool:
    """Say whether some h -> v has a third node adjacent to exactly one of its ends."""
    names = list(variables)
    near = {n: {a if b == n else b for a, b in edges if n in {a, b}} for n in names}
    visible = names[:n_visible]
    return any(a not in visible and b in visible and (near[a] ^ near[b]) - {a, b} for a, b in edges)


def random_bayesian_network(
    seed: int, *, nodes: tuple[int, ...] = (2, 3, 3, 3, 4, 4), max_states: int = 24, max_parameters: int = 15
) -> RandomModel:
    """Draw a DAG on 2-4 nodes with 2-3 states; parameters: all but the last entry of each conditional row.

    Odd seeds insist on an arrow h -> v and a third node next to exactly one of the two: without that, most draws
    have a Markov-equivalent DAG without arrows from hidden to visible nodes, hence are cylindrical.
    """
    rng = random.Random(seed)
    while True:
        variables, n_visible = _random_variables(rng, nodes=nodes, max_states=max_states)
        order = rng.sample(list(variables), len(variables))
        edges = tuple((a, b) for a, b in itertools.combinations(order, 2) if rng.random() < 0.55)
        parents = {n: [a for a, b in edges if b == n] for n in variables}
        size = sum((len(s) - 1) * math.prod(len(variables[a]) for a in parents[n]) for n, s in variables.items())
        if size <= max_parameters and (seed % 2 == 0 or _has_open_emission(variables, n_visible, edges)):
            break
    rows, domain, point = [], [], {}
    conditional: dict[tuple[str, tuple[str, ...], str], sympy.Expr] = {}
    for n, labels in variables.items():
        for configuration in itertools.product(*(variables[a] for a in parents[n])):
            suffix = "_" + "".join(configuration) if configuration else ""
            free = tuple(sympy.Symbol(f"{n}{label}{suffix}") for label in labels[:-1])
            rows.append((n, dict(zip(parents[n], configuration, strict=True)), free))
            domain += [t > 0 for t in free] + [sum(free) < 1]
            point.update(zip(free, random_distribution(len(labels), rng), strict=False))
            for label, entry in zip(labels, [*free, 1 - sum(free)], strict=True):
                conditional[n, configuration, label] = entry
    table = {}
    for s in itertools.product(*variables.values()):
        at = dict(zip(variables, s, strict=True))
        table[s] = sympy.Mul(*(conditional[n, tuple(at[a] for a in parents[n]), at[n]] for n in variables))
    return RandomModel(
        "bayesian_network",
        seed,
        variables,
        n_visible,
        table,
        tuple(point),
        tuple(domain),
        point,
        edges=edges,
        rows=tuple(rows),
    )


def random_mixture(seed: int) -> RandomModel:
    """Draw a mixture of two products; the component is summed out, so many are not identifiable."""
    rng = random.Random(seed)
    variables, n_visible = _random_variables(rng, nodes=(2, 3, 3, 3), max_states=12, ternary=0.6)
    weight = sympy.Symbol("m")
    domain, point = [*_cube([weight])], {weight: _unit_interval(rng)}
    components = []
    for k in range(2):
        entries = {}
        for n, labels in variables.items():
            free = [sympy.Symbol(f"{n}{label}_{k}") for label in labels[:-1]]
            domain += [t > 0 for t in free] + [sum(free) < 1]
            point.update(zip(free, random_distribution(len(labels), rng), strict=False))
            entries.update({(n, label): e for label, e in zip(labels, [*free, 1 - sum(free)], strict=True)})
        components.append(entries)
    table = {
        s: sum(
            c * sympy.Mul(*(entries[n, label] for n, label in zip(variables, s, strict=True)))
            for c, entries in zip((weight, 1 - weight), components, strict=True)
        )
        for s in itertools.product(*variables.values())
    }
    return RandomModel("mixture", seed, variables, n_visible, table, tuple(point), tuple(domain), point)


def _substituted(
    kind: str, seed: int, base: RandomModel, images: dict[sympy.Symbol, sympy.Expr], pool: Any
) -> RandomModel:
    rng = random.Random(seed + 1)
    table = {s: e.xreplace(images) for s, e in base.table.items()}
    point = {t: _unit_interval(rng) for t in pool}
    return RandomModel(kind, seed, base.variables, base.n_visible, table, tuple(pool), _cube(pool), point)


def random_curved(seed: int) -> RandomModel:
    """Draw a curved submodel of a Bayesian network: its parameters become polynomials in 1 to 3 new ones."""
    rng = random.Random(seed)
    base = random_bayesian_network(seed, max_states=12, max_parameters=8)
    pool = sympy.symbols(f"s1:{rng.randint(1, 3) + 1}")
    images = {}
    for _, _, free in base.rows:
        images.update({t: _unit_form(rng, pool) / len(free) for t in free})
    return _substituted("curved", seed, base, images, pool)


def random_redundant(seed: int) -> RandomModel:
    """Draw a non-identifiable model: a small network in more parameters than it needs."""
    rng = random.Random(seed)
    base = random_bayesian_network(seed, nodes=(3,), max_states=8, max_parameters=6)
    pool = sympy.symbols(f"s1:{len(base.parameters) + rng.randint(1, 2) + 1}")
    images, k = {}, 0
    for _, _, free in base.rows:
        for t in free:
            a, b = pool[k], pool[k + 1]
            images[t] = rng.choice([a * b, (a + b) / 2, a * (1 - b)]) / len(free)
            k += 1
    return _substituted("redundant", seed, base, images, pool)


def random_cut(seed: int) -> RandomModel:
    """Draw p(v; s) p(h|v; u) with unrelated s and u: cylindrical by construction (S11)."""
    rng = random.Random(seed)
    variables, n_visible = _random_variables(rng, nodes=(2, 3), max_states=12)
    labels = list(variables.values())
    visible, hidden = (list(itertools.product(*part)) for part in (labels[:n_visible], labels[n_visible:]))
    s, u = sympy.symbols(f"s1:{rng.randint(1, 3) + 1}"), sympy.symbols(f"u1:{rng.randint(1, 3) + 1}")
    marginal = dict(zip(visible, _unit_row(rng, s, len(visible)), strict=True))
    table = {}
    for v in visible:
        table.update({v + h: marginal[v] * e for h, e in zip(hidden, _unit_row(rng, u, len(hidden)), strict=True)})
    parameters = (*s, *u)
    point = {t: _unit_interval(rng) for t in parameters}
    return RandomModel("cut", seed, variables, n_visible, table, parameters, _cube(parameters), point)


def random_affine(seed: int) -> RandomModel:
    """Draw p = c + sum_i a_i theta_i with integer columns a_i of sum 0, some vertical; domain p > 0."""
    rng = random.Random(seed)
    variables, n_visible = _random_variables(rng, nodes=(2, 3), max_states=9)
    states = list(itertools.product(*variables.values()))
    visible = visible_states_of(states, n_visible)
    size = rng.choice([1, 2, 3, len(states) - 1])
    columns = []
    for _ in range(size):
        group = [x for x, s in enumerate(states) if s[:n_visible] == rng.choice(visible)]
        inside = group if len(group) > 1 and rng.random() < 0.5 else range(len(states))
        column = [rng.randint(-2, 2) if x in inside else 0 for x in range(len(states))]
        column[inside[0]] -= sum(column)
        columns.append(column)
    theta = sympy.symbols(f"t1:{size + 1}")
    centre = random_distribution(len(states), rng)
    point = {t: Fraction(rng.choice([-1, 1]), 2000 * rng.randint(1, 3)) for t in theta}
    table = {
        s: sympy.Rational(c.numerator, c.denominator) + sum(a[x] * t for a, t in zip(columns, theta, strict=True))
        for x, (s, c) in enumerate(zip(states, centre, strict=True))
    }
    domain = tuple(dict.fromkeys(e > 0 for e in table.values() if e.free_symbols))
    return RandomModel("affine", seed, variables, n_visible, table, tuple(theta), domain, point)


def random_rational(seed: int) -> RandomModel:
    """Draw positive polynomial weights, normalised by their sum or not; a third are products a(v) b(h)."""
    rng = random.Random(seed)
    variables, n_visible = _random_variables(rng, nodes=(2, 3), max_states=9)
    pool = sympy.symbols(f"t1:{rng.randint(2, 3) + 1}")

    def weight(symbols: Sequence[sympy.Symbol]) -> sympy.Expr:
        factors = [1, *symbols]
        terms = [rng.randint(1, 3) * rng.choice(factors) * rng.choice(factors) for _ in range(rng.randint(1, 2))]
        return sympy.Integer(0) + sum(terms)

    states = list(itertools.product(*variables.values()))
    if rng.random() < 1 / 3:
        a = {v: weight(pool[:1]) for v in dict.fromkeys(s[:n_visible] for s in states)}
        b = {h: weight(pool[1:]) for h in dict.fromkeys(s[n_visible:] for s in states)}
        table = {s: a[s[:n_visible]] * b[s[n_visible:]] for s in states}
    else:
        table = {s: weight(pool) for s in states}
    normalise = rng.random() < 0.5
    if normalise:
        Z = sum(table.values())
        table = {s: e / Z for s, e in table.items()}
    point = {t: Fraction(rng.randint(1, 5), rng.randint(1, 5)) for t in pool}
    domain = tuple(t > 0 for t in pool)
    return RandomModel("rational", seed, variables, n_visible, table, tuple(pool), domain, point, weights=not normalise)


def _exponential(  # the random point is drawn from rng
    rng: random.Random,
    variables: dict[str, tuple[str, ...]],
    *,
    statistics: list[tuple[int, ...]],
    base: list[int],
    **fields: Any,
) -> RandomModel:
    theta = sympy.symbols(f"t1:{len(statistics[0]) + 1}")
    table = {
        s: b * sympy.exp(sum(k * t for k, t in zip(row, theta, strict=True)))
        for s, row, b in zip(itertools.product(*variables.values()), statistics, base, strict=True)
    }
    return RandomModel(
        variables=variables,
        table=table,
        parameters=theta,
        domain=(),
        point={t: sympy.log(sympy.Rational(rng.randint(1, 4), rng.randint(1, 4))) for t in theta},
        weights=True,
        statistics=tuple(statistics),
        base=tuple(base),
        **fields,
    )


def random_exponential(seed: int) -> RandomModel:
    """Draw weights base(x) exp(sum_j s_j(x) theta_j) with integer statistics, some of v or of h alone."""
    rng = random.Random(seed)
    variables, n_visible = _random_variables(rng, nodes=(2, 3), max_states=9)
    states = list(itertools.product(*variables.values()))
    columns = []
    for _ in range(rng.randint(1, 4)):
        part = rng.choice([slice(None, n_visible), slice(n_visible, None), slice(None)])
        values: dict[State, int] = {}
        columns.append([values.setdefault(s[part], rng.randint(-1, 1)) for s in states])
    base = [rng.choice([1, 1, 2, 3]) for _ in states] if rng.random() < 0.5 else [1] * len(states)
    statistics = [tuple(row) for row in zip(*columns, strict=True)]
    return _exponential(
        rng, variables, kind="exponential", seed=seed, n_visible=n_visible, statistics=statistics, base=base
    )


def random_log_linear(seed: int) -> RandomModel:
    """Draw a hierarchical model on 3-4 binary nodes: one statistic prod_{i in F} x_i per nonempty face F.

    Odd seeds insist on a hidden node with two visible neighbours that are not neighbours of each other.
    """
    rng = random.Random(seed)
    while True:
        variables, n_visible = _random_variables(rng, nodes=(3, 3, 4), max_states=16, ternary=0)
        if n_visible > 1 or seed % 2 == 0:
            break
    names = list(variables)
    faces = [F for k in range(1, len(names) + 1) for F in itertools.combinations(names, k)]
    while True:
        chosen = rng.sample([F for F in faces if 2 <= len(F) < len(names)], rng.randint(2, len(names)))
        chosen += [(n,) for n in names]
        generators = tuple(F for F in faces if F in chosen and not any(set(F) < set(g) for g in chosen))
        closed = [F for F in faces if any(set(F) <= set(g) for g in generators)]
        missing = [F for F in itertools.combinations(names[:n_visible], 2) if F not in closed]
        branching = any({(a, h), (b, h)} <= set(closed) for a, b in missing for h in names[n_visible:])
        if len(closed) <= 10 and (branching or seed % 2 == 0):
            break
    statistics = [
        tuple(int(all(s[names.index(n)] == "1" for n in F)) for F in closed)
        for s in itertools.product(*variables.values())
    ]
    return _exponential(
        rng,
        variables,
        kind="log_linear",
        seed=seed,
        n_visible=n_visible,
        statistics=statistics,
        base=[1] * len(statistics),
        generators=generators,
    )


KINDS: dict[str, Callable[[int], RandomModel]] = {
    "bayesian_network": random_bayesian_network,
    "mixture": random_mixture,
    "curved": random_curved,
    "redundant": random_redundant,
    "cut": random_cut,
    "affine": random_affine,
    "rational": random_rational,
    "exponential": random_exponential,
    "log_linear": random_log_linear,
}


def random_model(kind: str, seed: int) -> RandomModel:
    """Draw a model of one of the KINDS; the same seed gives the same model."""
    return KINDS[kind](seed)
