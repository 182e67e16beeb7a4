"""Linear-Gaussian networks as equations, and the derivatives of means and matrices along parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from symelbo.exact import Matrix, RationalFunction

__all__ = ["Equations", "Rates", "rates_of", "solved"]


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
