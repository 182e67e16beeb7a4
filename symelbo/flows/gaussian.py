"""Gaussian models for flows and cosines: moments in floating point, and flows in closed form.

With a Cholesky factor L of Sigma, visible variables first, a tangent vector (m, S) has the coordinates
``(L^-1 m; L^-1 S L^-T / sqrt(2))``: the Fisher metric becomes the Euclidean one, and since L is triangular the
coordinates of what is seen are those of the visible variables among them.  Points last, as in :mod:`compiled`.

The flow of -grad D(q||.) on all normal distributions moves the moments E[z z'], z = (1, x), along
``E_q + (E_0 - E_q) e^-t``.  So a candidate for a network is what its equations are when they are fitted to these; it
is believed where ``G dtheta/dt = E_q[s] - E_p[s]`` holds in Q(e^-t), for D(Q||.) with q = p_0(h|v) p*(v).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import Matrix, pivots_mod
from symelbo.flows.compiled import Array, Numeric, compiled, new_numeric
from symelbo.flows.network_flows import TIME, exponential_time
from symelbo.flows.solutions import ClosedForm, closed_forms
from symelbo.geometry import GaussianScores, coordinates, gaussian_scores, generic_screen, visible_moments
from symelbo.models.equations import fitted
from symelbo.models.gaussian import Gaussian
from symelbo.models.moments import Moments, moments_of
from symelbo.models.points import Point
from symelbo.objectives import Objective

# A covariance of data may have an eigenvalue below 0 by rounding, relative to the largest.
ROUNDING = 1e-9


class NumericGaussian(Numeric):
    """A Gaussian model in floating point; coordinates are (mu_i; Sigma_ij, i >= j)."""

    def __init__(self, model: Gaussian) -> None:
        super().__init__(model)
        field, n = model.field, len(model.mean)
        self.names = (model.order, model.variables, model.visible)
        self.size, self.n_visible, self.form = n, model.n_visible, model.form
        self.visible_symbols = visible_moments(model)
        self.visible_dimension = len(self.visible_symbols)
        cells = coordinates(n)
        self._places = {k: np.array(_places(k)) for k in (n, self.n_visible)}
        self._seen = [k for k, c in enumerate(cells) if max(c) < self.n_visible]
        entries = [model.mean[c[0]] if len(c) == 1 else model.matrix[c[0], c[1]] for c in cells]
        self._entries = compiled(self.parameters, [field.to_sympy(e) for e in entries])
        rates = [
            (k, i, e)
            for i, rate in enumerate(model.rates)
            for k, c in enumerate(cells)
            if (e := rate.mean.get(c[0]) if len(c) == 1 else rate.matrix.get((c[0], c[1])))
        ]
        self._moving = [(k, i) for k, i, _ in rates]
        self._rates = compiled(self.parameters, [field.to_sympy(e) for _, _, e in rates])
        joint, visible, _, p = generic_screen(model)
        self.tangent_columns, self.visible_columns = (pivots_mod(m[1:, 1:], p)[1] for m in (joint, visible))

    @property
    def largest(self) -> int:
        """Doubles that one point takes."""
        return (self.size + self.size**2) * max(1, self.d)

    def _given(self, points: Array) -> tuple[Array, Array]:
        """The mean (n, k) and the matrix of the given form (n, k, k)."""
        columns = np.asarray(points, dtype=np.float64).T
        values = np.array([np.broadcast_to(e, columns.shape[1:]) for e in self._entries(*columns)])
        return values[: self.size].T, np.moveaxis(values[self._places[self.size]], -1, 0)

    def coordinates(self, points: Array) -> Array:
        """(mu; Sigma), (N, n)."""
        mean, matrix = self._given(points)
        sigma = matrix if self.form == "covariance" else np.linalg.inv(matrix)
        lower = np.tril_indices(self.size)
        return np.concatenate([mean.T, sigma[:, lower[0], lower[1]].T])

    def marginal(self, values: Array) -> Array:
        """(mu_V; Sigma_VV)."""
        return np.asarray(values[self._seen])

    def scaled(self, points: Array) -> ScaledMoments:
        """Tangent vectors by a Cholesky factor; numpy.linalg.LinAlgError where Sigma is not positive definite."""
        mean, matrix = self._given(points)
        columns = np.asarray(points, dtype=np.float64).T
        n, k = len(mean), self.size
        moved = np.zeros((n, self.d, k + k * (k + 1) // 2))
        for (cell, i), e in zip(self._moving, self._rates(*columns), strict=True):
            moved[:, i, cell] = e
        square = moved[:, :, self._places[k]]
        if self.form == "precision":
            matrix = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
            square = -matrix[:, None] @ square @ matrix[:, None]
        return ScaledMoments(self, mean, matrix, moved[:, :, :k], square)

    def distribution(self, given: Any, *, visible: bool = False) -> Array:
        """The moments of q or p* as floats, visible variables first."""
        order, *_, seen = self.names
        names, what = ([v for v in order if v in seen] if visible else list(order)), "p*" if visible else "q"
        found = moments_of(given, names, what, decimals=True).of(seen if visible else self.names[1])
        square = np.array([[float(e) for e in row] for row in found.covariance])
        least = np.linalg.eigvalsh(square)
        if least[0] < -ROUNDING * max(1.0, least[-1]):
            raise DomainError(f"{what}: the covariance is not positive semidefinite; no distribution has it")
        return np.concatenate([[float(e) for e in found.mean], square[np.tril_indices(len(square))]])

    def exact_pair(self, q: Any) -> tuple[Moments, Moments]:
        """The moments of q and of q_V, in the order of declaration."""
        order, _, seen = self.names
        found = moments_of(q, order, "q", decimals=True)
        return found, found.of(seen)

    def unpacked(self, values: Array) -> tuple[Array, Array]:
        """Mean and covariance from coordinates of all, or of what is seen."""
        k = self.n_visible if len(values) == len(self.visible_symbols) else self.size
        return values[:k], values[self._places[k]]

    def divergence(self, q: Array, p: Array) -> float:
        """That of the normal distribution with the moments of q; inf where its covariance is singular."""
        return self.expected_log(q, q) - self.expected_log(q, p)

    def expected_log(self, q: Array, p: Array) -> float:
        """``-(k log 2 pi + log det Sigma + tr Sigma^-1 (Sigma_q + delta delta')) / 2``; inf for a singular q = p."""
        (mean_q, square), (mean, sigma) = self.unpacked(q), self.unpacked(p)
        sign, logarithm = np.linalg.slogdet(sigma)
        if sign <= 0:
            return np.inf if q is p else np.nan
        delta = mean_q - mean
        spread = len(mean) if q is p else np.trace(np.linalg.solve(sigma, square + np.outer(delta, delta)))
        return float(-(len(mean) * np.log(2 * np.pi) + logarithm + spread) / 2)


class ScaledMoments:
    """Tangent vectors (m, S) of a Gaussian model as ``(L^-1 m; L^-1 S L^-T / sqrt(2))``."""

    def __init__(self, model: NumericGaussian, mean: Array, sigma: Array, means: Array, squares: Array) -> None:
        self.model, self.mean, self.sigma = model, mean, sigma
        self.factor = np.linalg.cholesky(sigma)
        self.inverse = np.linalg.inv(self.factor)
        self.basis = self._whitened(self.inverse[:, None], means, squares).transpose(2, 1, 0)
        k, n = model.size, model.n_visible
        self._seen = [*range(n), *(k + i * k + j for i in range(n) for j in range(n))]
        lower = np.tril_indices(n)
        self.visible = np.concatenate([mean[:, :n].T, sigma[:, lower[0], lower[1]].T])

    @staticmethod
    def _whitened(inverse: Array, mean: Array, square: Array) -> Array:
        """Vectors (..., k) and matrices (..., k, k) as coordinates (..., k + k^2)."""
        matrix = inverse @ square @ np.swapaxes(inverse, -1, -2) / np.sqrt(2)
        vector = (inverse @ mean[..., None])[..., 0]
        return np.concatenate([vector, matrix.reshape(*matrix.shape[:-2], -1)], axis=-1)

    def seen(self, vectors: Array) -> Array:
        """The coordinates of visible variables."""
        return np.asarray(vectors[self._seen])

    def lifted(self, visible: Array) -> Array:
        """The same, the other coordinates 0."""
        found = np.zeros((self.model.size + self.model.size**2, *visible.shape[1:]))
        found[self._seen] = visible
        return found

    def towards(self, q: Array) -> Array:
        """``(delta, Sigma_q + delta delta' - Sigma)``, of all variables or of those that are seen."""
        mean, square = self.model.unpacked(q)
        k = len(mean)
        delta = mean - self.mean[:, :k]
        moved = square + delta[:, :, None] * delta[:, None] - self.sigma[:, :k, :k]
        return self._whitened(self.inverse[:, :k, :k], delta, moved).T

    own = towards

    def gradient(self, differential: Array) -> Array:
        """``(Sigma_VV l, 2 Sigma_VV M Sigma_VV)``: by ``L' l`` and ``2 L' M L``."""
        n = self.model.n_visible
        square = np.moveaxis(differential[self.model._places[n]], -1, 0) * (1 + np.eye(n)) / 2
        factor = np.swapaxes(self.factor[:, :n, :n], -1, -2)
        return self._whitened(factor, differential[:n].T, 2 * square).T


def _places(n: int) -> list[list[int]]:
    """Where an entry of a symmetric matrix stands among the coordinates."""
    place = {c: k for k, c in enumerate(coordinates(n))}
    return [[place[max(i, j), min(i, j)] for j in range(n)] for i in range(n)]


@new_numeric.register
def _of_gaussian(model: Gaussian) -> NumericGaussian:
    return NumericGaussian(model)


# ---- Closed forms ----------------------------------------------------------------------------------------


@closed_forms.register
def _closed_form(M: Gaussian, objective: Objective, start: Sequence[sympy.Expr]) -> ClosedForm | None:
    """The flow of a network whose equations, fitted to moments affine in e^-t, follow the natural gradient."""
    if objective.kind in ("gap", "function") or M.equations is None or len(M.mean) > LIMITS.closed_flow_variables:
        return None
    try:
        here = gaussian_scores(M, M.point(dict(zip(M.parameters, start, strict=True))))
    except ExactnessError:
        return None
    if here.point is None or not here.point.is_rational:
        return None
    below, d = objective.visible, len(M.parameters)
    given = here.moments(objective.distribution, visible=below, decimals=True)
    if below:
        given = here.horizontal_lift(given)
    field, decay = exponential_time()
    zero = Matrix.zeros(here.domain, given.nrows, 1)
    target, origin = (here.second_moments(e).map(field.constant, field) for e in (given, zero))
    moved = target + (origin - target).map(lambda e: e * decay)
    found = fitted(M.equations, moved, d)
    if found is None:
        return None
    theta = [found.get(i, field.constant(v)) for i, v in enumerate(here.point.values)]
    if [e.evaluate([here.domain.one]) for e in theta] != list(here.point.values):
        return None
    at = GaussianScores(M, Point(M.field, tuple(theta)))
    velocity = Matrix.column(field, [e.gradient()[0] for e in theta])
    goal = at.moments(objective.distribution, visible=below, decimals=True)
    metric = at.visible_metric if objective.on_visible_model else at.metric
    scores = at.visible_scores if below else at.scores
    if not (metric @ velocity - scores.T @ goal).is_zero():
        return None
    names = coordinates(len(M.mean))
    values = [at.means[c[0]] if len(c) == 1 else at.covariance[c[0], c[1]] for c in names]
    shown = [field.to_sympy(e) for e in values]
    return ClosedForm(
        TIME,
        tuple(map(field.to_sympy, theta)),
        tuple(shown),
        tuple(e for c, e in zip(names, shown, strict=True) if max(c) < M.n_visible),
        None,
        None,
        ("theta(0) = theta_0", "G dtheta/dt = E_q[s] - E_p[s] in Q(e^-t)"),
    )
