"""Linear-Gaussian networks as equations, and the derivatives of means and matrices along parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from symelbo.exact import Entry, Matrix, RationalFunction


@dataclass(frozen=True, slots=True)
class Equations:
    """A linear-Gaussian network: intercepts b, coefficients A (row u, column p), variances omega, and its arrows.

    ``free``: each coefficient on an arrow and each variance is a parameter of its own, and so is each intercept, or
    all means are 0.
    """

    intercepts: tuple[RationalFunction, ...]
    coefficients: Matrix
    variances: tuple[RationalFunction, ...]
    arrows: tuple[tuple[str, str], ...]
    free: bool

    def permuted(self, order: Sequence[int]) -> Equations:
        """The same network with its variables in another order."""
        return Equations(
            tuple(self.intercepts[i] for i in order),
            self.coefficients.select(order).columns(order),
            tuple(self.variances[i] for i in order),
            self.arrows,
            self.free,
        )

    def entries(self) -> Iterator[RationalFunction]:
        """All of b, A and omega."""
        yield from self.intercepts
        yield from (e for row in self.coefficients.rows for e in row if e)
        yield from self.variances


class Rates(NamedTuple):
    """The derivatives along one parameter: of the mean by i, of the matrix (Sigma or K) by (i, j) with i >= j."""

    mean: dict[int, RationalFunction]
    matrix: dict[tuple[int, int], RationalFunction]


def rates_of(mean: Sequence[RationalFunction], matrix: Matrix, d: int) -> tuple[Rates, ...]:
    """The derivatives along d parameters of a mean and of a symmetric matrix."""
    found = tuple(Rates({}, {}) for _ in range(d))
    for i, e in enumerate(mean):
        for k, derivative in enumerate(() if e.is_constant else e.gradient()):
            if derivative:
                found[k].mean[i] = derivative
    for i, row in enumerate(matrix.rows):
        for j, e in enumerate(row[: i + 1]):
            for k, derivative in enumerate(() if e.is_constant else e.gradient()):
                if derivative:
                    found[k].matrix[i, j] = derivative
    return found


def solved(equations: Equations) -> tuple[tuple[RationalFunction, ...], Matrix]:
    """Mean and covariance: sums over paths, in a topological order."""
    field, n = equations.intercepts[0].field, len(equations.intercepts)
    paths: dict[int, dict[int, RationalFunction]] = {}
    mean: dict[int, RationalFunction] = {}
    waiting = list(range(n))
    while waiting:
        u = next(
            u for u in waiting if all(p in paths for p, e in enumerate(equations.coefficients.rows[u]) if e)
        )  # acyclic by construction
        waiting.remove(u)
        row, centre = {u: [field.one]}, [equations.intercepts[u]]
        for p, a in enumerate(equations.coefficients.rows[u]):
            if a:
                centre.append(a * mean[p])
                for source, weight in paths[p].items():
                    row.setdefault(source, []).append(a * weight)
        paths[u] = {source: field.sum(terms) for source, terms in row.items()}
        mean[u] = field.sum(centre)
    rows: list[list[RationalFunction]] = []
    for u in range(n):
        right = [
            field.sum(w * paths[v][s] * equations.variances[s] for s, w in paths[u].items() if s in paths[v])
            for v in range(u, n)
        ]
        rows.append([*(rows[v][u] for v in range(u)), *right])
    return tuple(mean[u] for u in range(n)), Matrix(field, rows, n)


def fitted(equations: Equations, second: Matrix, d: int) -> dict[int, Entry] | None:
    """Return the parameters that maximise E[log p], by number, for second moments E[z z'] of z = (1, x).

    Equations with the same variance, up to a known factor, are fitted together by least squares; the variance is the
    mean square of what is left.  None where that is not all: variances that are neither known nor a known multiple of
    a parameter, coefficients that are not affine in the d parameters, or shared by equations of different variances.
    """
    domain, size = second.domain, second.nrows
    together: dict[int | None, list[tuple[int, Entry]]] = {}
    for u, noise in enumerate(equations.variances):
        constant, linear = noise.affine_form() or (0, {})
        if len(linear) + (constant != 0) != 1:
            return None
        place, factor = next(iter(linear.items()), (None, constant))
        together.setdefault(place, []).append((u, domain.constant(1 / Fraction(factor))))
    found: dict[int, Entry] = {}
    for place, members in together.items():
        parts = []
        for u, _ in members:
            # What is left of x_u: the column of -1 less the columns of parameters, each times its own.
            columns = {-1: [domain.zero] * size}
            columns[-1][u + 1] = domain.one
            for k, e in enumerate((equations.intercepts[u], *equations.coefficients.rows[u])):
                form = e.affine_form()
                if form is None:
                    return None
                columns[-1][k] = columns[-1][k] - domain.constant(form[0])
                for i, c in form[1].items():
                    columns.setdefault(i, [domain.zero] * size)[k] = domain.constant(c)
            parts.append(columns)
        own = sorted({i for columns in parts for i in columns})
        if any(i in found or i in together or i >= d for i in own) or (place is not None and place >= d):
            return None
        squares = Matrix.zeros(domain, len(own), len(own))
        for (_, weight), columns in zip(members, parts, strict=True):
            listed = Matrix.from_columns(domain, [columns.get(i, [domain.zero] * size) for i in own], size)
            squares = squares + listed.T.symmetric_product(second @ listed).scale_rows([weight] * len(own))
        free = range(1, len(own))
        solution = squares.select(free).columns(free).solve(squares.select(free).columns([0]))
        if solution is None:
            return None
        values = solution.column_entries(0)
        found |= dict(zip(own[1:], values, strict=True))
        if place is not None:
            left = Matrix.column(domain, [domain.one, *(-v for v in values)])
            found[place] = (left.T @ squares @ left)[0, 0] / domain.constant(len(members))
    return found
