"""Counterexamples on Gaussian models: a point, and q given by its mean and covariance, in small rational numbers.

The difference of the two gradients is linear in (delta, Sigma_q + delta delta' - Sigma), and the simplest q span these
vectors.  Everything that is reported is computed exactly at the point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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
from symelbo.typesetting import tuple_latex
from symelbo.verification.counterexamples import moved_optimum, moving, objective, oblique_ranks
from symelbo.verification.verdicts import GradientCounterexample

# Numbers that take turns as values of the parameters of simple points.
TURNS = ((1,), (1, 2), (2, 1), (1, 2, 3), (1, -1, 2), (1, 3, 2, -1, 4), (3, 1, 2, 5, -2, 1, 4))
SHOWN = 16


@dataclass(frozen=True, repr=False)
class GaussianCounterexample(GradientCounterexample):
    """That of a Gaussian model: q by its moments, gradients by the coordinates ``m(a)``, ``S(b,a)``.

    Attributes
    ----------
    witness : what a certificate says of them
    """

    witness: dict[str, Any] = field(repr=False, compare=False)

    def _q_text(self) -> str:
        coordinates = ", ".join(map(str, self.visible_gradient)) if len(self.visible_gradient) <= SHOWN else "(m; S)"
        return f"q of {self.vector(self.q)}, in the coordinates {coordinates}"

    def _q_row(self) -> tuple[str, str]:
        return r"\mu_{q}", tuple_latex(list(map(rational_to_sympy, self.q.mean)))

    def vector(self, values: Mapping[sympy.Symbol, sympy.Expr] | Moments) -> str:
        """The values in order; of many only the first few, with their number; moments with the names of variables."""
        if not isinstance(values, Moments):
            return super().vector(values)
        names = f" of ({', '.join(values.variables)})" if len(values.variables) <= SHOWN else ""
        square = "; ".join(", ".join(map(str, row)) for row in values.covariance)
        if len(values.mean) > SHOWN // 2:
            square = f"{len(values.mean)} x {len(values.mean)} numbers"
        return f"mean ({', '.join(map(str, values.mean))}) and covariance ({square}){names}"

    def _data(self, values: Any) -> dict[str, Any]:
        return (
            {"variables": list(values.variables), **_texts(values)}
            if isinstance(values, Moments)
            else super()._data(values)
        )


def _texts(q: Moments) -> dict[str, Any]:
    return {"mean": number_texts(q.mean), "covariance": [number_texts(row) for row in q.covariance]}


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


def counterexample_in_moments(model: Gaussian, point: Point) -> GaussianCounterexample:
    """Return the counterexample of a Gaussian model at a point where T does not split; DomainError where it does."""
    ranks = oblique_ranks(model, point)
    at = gaussian_scores(model, point)
    symbols = visible_moments(model)

    def keyed(vector: Matrix) -> dict[sympy.Symbol, sympy.Expr]:
        return dict(zip(symbols, map(at.domain.to_sympy, vector.column_entries()), strict=True))

    def texts(column: Matrix | None) -> list[str]:
        if column is None:
            raise InternalError("a visible gradient is not tangent to the visible model")
        return number_texts(column.column_entries())

    q, target, elbo, evidence = moving(at, _simple(at))
    optimal, optimum, gradient = moved_optimum(at, _optimal(at))
    differential, projected, own = objective(at)
    witness = {}
    if point.is_rational:
        # Solutions c of the normal equations, and of J_V c = the gradient on the visible model.
        witness = {
            "elbo": {
                **_texts(q),
                "coefficients": texts(at.metric_inverse @ (at.scores.T @ target)),
                "visible_coefficients": texts(at.visible_jacobian.solve(evidence)),
                "projected": texts(elbo),
                "visible": texts(evidence),
            },
            "optimal": {**_texts(optimal), "coefficients": texts(at.metric_inverse @ (at.scores.T @ optimum))},
            "objective": {
                "differential": texts(differential),
                "coefficients": texts(at.metric_inverse @ (at.visible_jacobian.T @ differential)),
                "visible_coefficients": texts(at.visible_jacobian.solve(own)),
            },
        }
    return GaussianCounterexample(
        point=point,
        parameters=point.substitution(),
        q=q,
        projected_elbo_gradient=keyed(elbo),
        visible_gradient=keyed(evidence),
        optimal_q=optimal,
        optimal_gradient=keyed(gradient),
        objective=keyed(differential),
        objective_gradients=(keyed(projected), keyed(own)),
        ranks=ranks,
        witness=witness,
    )


def _given(
    at: GaussianScores,
    mean: Sequence[Entry],
    covariance: Sequence[Sequence[Entry]],
    convert: Callable[[Any], Entry] = lambda number: number,
) -> tuple[Moments, Matrix]:
    """A q by its moments, and the tangent vector towards it in numbers of the point."""
    found = Moments(tuple(mean), tuple(map(tuple, covariance)), at.model.variables)
    return found, at.towards(list(map(convert, mean)), [list(map(convert, row)) for row in covariance])


def _simple(at: GaussianScores) -> Iterator[tuple[Moments, Matrix]]:
    """The simplest q: mean 0, covariance 1 or a little more."""
    n, convert = at.size, at.domain.constant
    zero, one = [as_rational(0)] * n, [[as_rational(int(i == j)) for j in range(n)] for i in range(n)]

    def more(*directions: int) -> list[list[Any]]:
        return [[e + int(i in directions and j in directions) for j, e in enumerate(r)] for i, r in enumerate(one)]

    yield _given(at, zero, one, convert)
    for i in range(n):
        yield _given(at, [as_rational(int(k == i)) for k in range(n)], one, convert)
        yield _given(at, zero, more(i), convert)
    for i, j in combinations(range(n), 2):
        yield _given(at, zero, more(i, j), convert)


def _optimal(at: GaussianScores) -> Iterator[tuple[Moments, Matrix]]:
    """Each q with the moments of p_V, and one of its others moved by 1."""
    n, one = at.size, at.domain.one
    mean, sigma = list(at.means), [list(row) for row in at.covariance.rows]
    for h in range(at.n_visible, n):
        yield _given(at, [m + one if i == h else m for i, m in enumerate(mean)], sigma)
        yield _given(at, mean, [[e + one if i == j == h else e for j, e in enumerate(r)] for i, r in enumerate(sigma)])
        for i in range(h):
            # Sigma_ih moved by 1; Sigma_hh grows enough for a covariance.
            moved = [list(r) for r in sigma]
            moved[i][h] = moved[h][i] = sigma[i][h] + one
            others = [k for k in range(n) if k != h]
            block = at.covariance.select(others).columns(others)
            column = Matrix.column(at.domain, [moved[a][h] for a in others])
            moved[h][h] = (column.T @ block.generalised_inverse() @ column)[0, 0] + one
            yield _given(at, mean, moved)
