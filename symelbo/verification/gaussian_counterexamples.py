"""Counterexamples on Gaussian models: a point, and q given by its mean and covariance, in small rational numbers.

The difference of the two gradients is linear in (delta, Sigma_q + delta delta' - Sigma), and the simplest q span these
vectors, so one of them shows it.  Everything that is reported is computed exactly at the point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import Any

import sympy

from symelbo.certificates.data import number_texts
from symelbo.errors import DomainError, InternalError
from symelbo.exact import Entry, Matrix, Value, as_rational, rational_to_sympy
from symelbo.geometry import GaussianScores, Ranks, gaussian_scores, screen, visible_moments
from symelbo.models.gaussian import Gaussian
from symelbo.models.moments import Moments
from symelbo.models.points import Point
from symelbo.typesetting import Unfolding
from symelbo.verification.counterexamples import counterexample_at, oblique_ranks

__all__ = ["GaussianCounterexample", "find_point"]

# Numbers that take turns as values of the parameters of simple points.
TURNS = ((1,), (1, 2), (2, 1), (1, 2, 3), (1, -1, 2), (1, 3, 2, -1, 4), (3, 1, 2, 5, -2, 1, 4))
SHOWN = 16


@dataclass(frozen=True)
class GaussianCounterexample(Unfolding):
    """Where, and with which numbers, a Gaussian model fails to be cylindrical; everything exact.

    Attributes
    ----------
    parameters : mapping from parameter to value
    q : Moments
        Mean and covariance of a q for which the two gradients differ.
    projected_elbo_gradient, visible_gradient : mapping from coordinate ``m(a)``, ``S(b,a)`` to number
        ``-dpi grad^M D(q||.)`` and ``-grad^{M_V} D(p*||.)`` for p* = q_V: the directions of learning.
    optimal_q, optimal_gradient :
        The evidence is optimal, the moments of q_V are those of p_V, and still the ELBO moves p_V by this gradient.
    objective, objective_gradients :
        An L (its differential, by coordinate) with the two sides of condition (d).
    ranks : Ranks
        At the point.
    witness : what a certificate says of them
    """

    point: Point
    parameters: Mapping[sympy.Expr, sympy.Expr]
    q: Moments
    projected_elbo_gradient: Mapping[sympy.Symbol, sympy.Expr]
    visible_gradient: Mapping[sympy.Symbol, sympy.Expr]
    optimal_q: Moments
    optimal_gradient: Mapping[sympy.Symbol, sympy.Expr]
    objective: Mapping[sympy.Symbol, sympy.Expr]
    objective_gradients: tuple[Mapping[sympy.Symbol, sympy.Expr], Mapping[sympy.Symbol, sympy.Expr]]
    ranks: Ranks
    witness: dict[str, Any] = field(repr=False, compare=False)

    @property
    def separates(self) -> bool:
        """Whether the two gradients differ, for q and for the optimal q."""
        return self.projected_elbo_gradient != self.visible_gradient and any(self.optimal_gradient.values())

    def __repr__(self) -> str:
        at = ", ".join(f"{k} = {v}" for k, v in self.parameters.items())
        coordinates = ", ".join(map(str, self.visible_gradient)) if len(self.visible_gradient) <= SHOWN else "(m; S)"
        return (
            f"at {at}, with q of {self.vector(self.q)}, in the coordinates {coordinates}:\n"
            f"  -dpi grad D(q||.)  = {self.vector(self.projected_elbo_gradient)}\n"
            f"  -grad D(p*||.)     = {self.vector(self.visible_gradient)}"
        )

    def vector(self, values: Mapping[sympy.Symbol, sympy.Expr] | Moments) -> str:
        """The values in order; of many only the first few, with their number; moments with the names of variables."""
        if isinstance(values, Moments):
            names = f" of ({', '.join(values.variables)})" if len(values.variables) <= SHOWN else ""
            square = "; ".join(", ".join(map(str, row)) for row in values.covariance)
            if len(values.mean) > SHOWN // 2:
                square = f"{len(values.mean)} x {len(values.mean)} numbers"
            return f"mean ({', '.join(map(str, values.mean))}) and covariance ({square}){names}"
        shown = [str(v) for v in values.values()]
        return f"({', '.join(shown if len(shown) <= SHOWN else [*shown[:4], f'... {len(shown)} values in all'])})"

    def as_dict(self) -> dict[str, Any]:
        """The counterexample as data: exact texts, by name of parameter, variable and coordinate."""

        def keyed(values: Mapping[Any, Any]) -> dict[str, str]:
            return {str(k): str(v) for k, v in values.items()}

        def moments(q: Moments) -> dict[str, Any]:
            return {
                "variables": list(q.variables),
                "mean": number_texts(q.mean),
                "covariance": [number_texts(row) for row in q.covariance],
            }

        return {
            "parameters": keyed(self.parameters),
            "q": moments(self.q),
            "projected_elbo_gradient": keyed(self.projected_elbo_gradient),
            "visible_gradient": keyed(self.visible_gradient),
            "evidence_optimal": {
                "q": moments(self.optimal_q),
                "projected_elbo_gradient": keyed(self.optimal_gradient),
            },
        }

    def _repr_latex_(self) -> str:
        """Point, q and the two directions of learning as a notebook shows them."""
        from symelbo.typesetting import equations, tuple_latex, value_latex

        order = list(self.parameters)
        rows = [(value_latex(k, order), value_latex(v)) for k, v in list(self.parameters.items())[:12]]
        rows += [
            (r"\mu_{q}", tuple_latex(list(map(rational_to_sympy, self.q.mean)))),
            (r"-\dpi(\grad^{\model} \KL{q}{\cdot})", tuple_latex(list(self.projected_elbo_gradient.values()))),
            (r"-\grad^{\visiblemodel} \KL{q_V}{\cdot}", tuple_latex(list(self.visible_gradient.values()))),
        ]
        return equations(rows, len(self.parameters) + 3)


def find_point(model: Gaussian, accept: Callable[[Ranks], bool]) -> Point | None:
    """Return a point of small height at which the ranks modulo a prime are accepted, or None if none is found.

    Parameters that only move the mean are 0, others 1; then small numbers in turn; then a search of the domain.
    """

    def good(values: Sequence[Value]) -> bool:
        try:
            return model.domain.contains(values) and accept(screen(model, values).ranks())
        except DomainError:
            return False

    moving = {p for p, rate in zip(model.parameters, model.rates, strict=True) if rate.matrix}
    for turn, centred in product(TURNS if model.field.is_free else (), (True, False)):
        generators = list(enumerate(model.field.generators))
        still = {g for k, g in generators if centred and not model.field.is_exponential(k) and g not in moving}
        values = [as_rational(0 if g in still else turn[k % len(turn)]) for k, g in generators]
        for tried in (values, [abs(v) for v in values]):
            if good(tried):
                return Point(model.field, tuple(tried))
    found = model.domain.simple_point(good, candidates=2)
    return None if found is None else Point(model.field, found)


@counterexample_at.register
def _on_moments(model: Gaussian, point: Point) -> GaussianCounterexample:
    ranks = oblique_ranks(model, point)
    at = _Gradients(gaussian_scores(model, point))
    symbols, convert = visible_moments(model), at.at.domain.to_sympy

    def keyed(vector: Matrix) -> dict[sympy.Symbol, sympy.Expr]:
        return dict(zip(symbols, map(convert, vector.column_entries(0)), strict=True))

    moving, optimal, objective = at.moving(), at.optimal(), at.objective()
    witness = {}
    if point.is_rational:
        witness = {
            "elbo": {
                **moving.texts(),
                "coefficients": at.coefficients(moving.target),
                "visible_coefficients": at.visible_coefficients(moving.own),
                "projected": number_texts(moving.projected.column_entries(0)),
                "visible": number_texts(moving.own.column_entries(0)),
            },
            "optimal": {**optimal.texts(), "coefficients": at.coefficients(optimal.target)},
            "objective": {
                "differential": number_texts(objective[0].column_entries(0)),
                "coefficients": at.coefficients(objective[1]),
                "visible_coefficients": at.visible_coefficients(objective[3]),
            },
        }
    return GaussianCounterexample(
        point=point,
        parameters=point.substitution(),
        q=replace(moving.moments, variables=model.variables),
        projected_elbo_gradient=keyed(moving.projected),
        visible_gradient=keyed(moving.own),
        optimal_q=replace(optimal.moments, variables=model.variables),
        optimal_gradient=keyed(optimal.projected),
        objective=keyed(objective[0]),
        objective_gradients=(keyed(objective[2]), keyed(objective[3])),
        ranks=ranks,
        witness=witness,
    )


@dataclass(frozen=True)
class _Distribution:
    """A q by its moments, the tangent vector towards it, and the two gradients."""

    moments: Moments
    target: Matrix
    projected: Matrix
    own: Matrix

    def texts(self) -> dict[str, Any]:
        return {
            "mean": number_texts(self.moments.mean),
            "covariance": [number_texts(row) for row in self.moments.covariance],
        }


class _Gradients:
    """The two gradients at a point, for targets in the tangent space of all normal distributions."""

    def __init__(self, at: GaussianScores) -> None:
        self.at = at
        self.inverse = at.metric_inverse
        self.visible_inverse = at.visible_metric.generalised_inverse()

    def _solution(self, target: Matrix) -> Matrix:
        return self.inverse @ (self.at.scores.T @ target)

    def coefficients(self, target: Matrix) -> list[str]:
        """A solution c of the normal equations for a target."""
        return number_texts(self._solution(target).column_entries(0))

    def visible_coefficients(self, own: Matrix) -> list[str]:
        """Coefficients c with J_V c equal to a gradient on the visible model."""
        found = self.at.visible_jacobian.solve(own)
        if found is None:
            raise InternalError("a visible gradient is not tangent to the visible model")
        return number_texts(found.column_entries(0))

    def towards(self, q: Moments) -> _Distribution:
        """Both gradients for a q in the order of the variables, visible ones first."""
        constant = self.at.domain.constant
        rows = [list(map(constant, row)) for row in q.covariance]
        return self._both(q, self.at.towards(list(map(constant, q.mean)), rows))

    def _both(self, q: Moments, target: Matrix) -> _Distribution:
        at = self.at
        seen = at.marginal(target)
        own = at.visible_jacobian @ (self.visible_inverse @ (at.visible_scores.T @ seen))
        return _Distribution(q, target, at.visible_jacobian @ self._solution(target), own)

    def moving(self) -> _Distribution:
        """The simplest q with different gradients: mean 0, covariance 1 or a little more."""
        n = self.at.size
        zero, one = [as_rational(0)] * n, [[as_rational(int(i == j)) for j in range(n)] for i in range(n)]

        def more(*directions: int) -> list[list[Any]]:
            return [[e + int(i in directions and j in directions) for j, e in enumerate(r)] for i, r in enumerate(one)]

        def candidates() -> Iterator[Moments]:
            yield _moments(zero, one)
            for i in range(n):
                yield _moments([as_rational(int(k == i)) for k in range(n)], one)
                yield _moments(zero, more(i))
            for i, j in combinations(range(n), 2):
                yield _moments(zero, more(i, j))

        for q in candidates():
            found = self.towards(q)
            if found.projected != found.own:
                return found
        raise InternalError("no q with different gradients at a point where the tangent space does not split")

    def optimal(self) -> _Distribution:
        """A q with the moments of p_V, whose ELBO gradient, seen in M_V, is not 0."""
        at = self.at
        n, seen, domain = at.size, at.n_visible, at.domain
        mean = list(at.means)
        sigma = [list(row) for row in at.covariance.rows]
        one = domain.one

        def candidates() -> Iterator[tuple[list[Entry], list[list[Entry]]]]:
            for h in range(seen, n):
                yield [m + one if i == h else m for i, m in enumerate(mean)], sigma
                yield mean, [[e + one if i == j == h else e for j, e in enumerate(r)] for i, r in enumerate(sigma)]
                for i in range(h):
                    # Sigma_ih moved by 1; Sigma_hh grows enough for a covariance.
                    moved = [list(r) for r in sigma]
                    moved[i][h] = moved[h][i] = sigma[i][h] + one
                    others = [k for k in range(n) if k != h]
                    block = Matrix(domain, [[sigma[a][b] for b in others] for a in others], n - 1)
                    column = Matrix.column(domain, [moved[a][h] for a in others])
                    least = (column.T @ block.generalised_inverse() @ column)[0, 0]
                    moved[h][h] = least + one
                    yield mean, moved

        for centre, square in candidates():
            found = self._both(_moments(centre, square), at.towards(centre, square))
            if any(found.projected.column_entries(0)):
                return found
        raise InternalError("no vertical direction is moved at a point where the tangent space does not split")

    def objective(self) -> tuple[Matrix, Matrix, Matrix, Matrix]:
        """A unit differential l off the kernel of Delta: l, its tangent vector, U l and W l."""
        at = self.at
        size = at.visible_jacobian.nrows
        for k in range(size):
            unit = Matrix.column(at.domain, [at.domain.one if i == k else at.domain.zero for i in range(size)])
            found = self._both(_moments([], []), at.dual(at.lift(unit)))
            if found.projected != found.own:
                return unit, found.target, found.projected, found.own
        raise InternalError("the defect vanishes at a point where the tangent space does not split")


def _moments(mean: Sequence[Any], covariance: Sequence[Sequence[Any]]) -> Moments:
    return Moments(tuple(mean), tuple(map(tuple, covariance)))
