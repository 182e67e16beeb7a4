"""The scores of Gaussian models: polynomials of degree 2 with mean zero, on which the conditional expectation acts.

Write y = x - mu, K = Sigma^-1.  Functions are ``l' y + y' M y - tr(M Sigma)`` with M symmetric; their coordinates are

    (l_i;  l_ij, i >= j),    M_ii = l_ii,  M_ij = l_ij / 2 for i > j        (order: 00, 10, 11, 20, 21, 22, ...),

the coefficients of y_i and of y_i y_j.  Then tangent vectors, ``E_p[f_i f]``, are ``(dmu_i; dSigma_ij, i >= j)``, and a
covector is ``l_ij = dL / dSigma_ij`` for i >= j: off-diagonal derivatives count once here, twice in a trace.

    dual    (l, M) -> (Sigma l, 2 Sigma M Sigma)        score of (m, S):  l = K m,  M = K S K / 2
    mean    (l, M) -> (E' l, E' M E),   E = [I; B],  B = Sigma_HV Sigma_VV^-1 = -K_HH^-1 K_HV        lift: zeros

Three ranks, covariance form (dmu, dSigma), (dmu_V, dSigma_VV), (R dmu, R dSigma) with R = [-B, I]: R annihilates
Sigma_{:V}; precision form (dmu, dK), (dmu_V, F dK F'), (K_H: dmu, dK_H:) with F annihilating K_{:H}.  Nothing is
inverted symbolically but the smaller of Sigma_VV and K_HH, and nothing at all for ranks modulo a prime.

Order: visible variables first, then hidden ones.  Source: Lauritzen (1996), appendix C; Amari (1998).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import product
from typing import Any

import sympy

from symelbo.errors import ModelError
from symelbo.exact import Entry, Matrix, RationalFunction, as_sympy
from symelbo.geometry.scorespace import ScoreSpace, score_space
from symelbo.models.equations import Rates
from symelbo.models.gaussian import Gaussian
from symelbo.models.moments import Moments, moments_of
from symelbo.models.points import Point


def coordinates(n: int) -> list[tuple[int, ...]]:
    """The coordinates for n variables: (i) of the mean, then (i, j), i >= j, of the covariance."""
    return [*((i,) for i in range(n)), *((i, j) for i in range(n) for j in range(i + 1))]


class GaussianScores(ScoreSpace):
    """The scores of a Gaussian model; use :func:`symelbo.geometry.score_space` to obtain them."""

    model: Gaussian

    def __init__(self, model: Gaussian, point: Point | None = None) -> None:
        super().__init__(model, point)
        self.size, self.n_visible = len(model.mean), model.n_visible
        self.n_visible_coordinates = len(coordinates(self.n_visible))

    def rates(self, rates: Sequence[Rates]) -> list[tuple[list[Entry], Matrix]]:
        """Mean and symmetric matrix of derivatives, along every parameter."""
        zero, n, found = self.domain.zero, self.size, []
        for rate in rates:
            mean = [self._at(rate.mean[i]) if i in rate.mean else zero for i in range(n)]
            rows = [[zero] * n for _ in range(n)]
            for (i, j), e in rate.matrix.items():
                rows[i][j] = rows[j][i] = self._at(e)
            found.append((mean, Matrix(self.domain, rows, n)))
        return found

    @cached_property
    def _given(self) -> Matrix:
        matrix = self.model.matrix
        return matrix if self.point is None else matrix.map(self._at, self.domain)

    @cached_property
    def covariance(self) -> Matrix:
        """Sigma."""
        if self.point is None:
            return self.model.covariance
        return self._given if self.model.form == "covariance" else self._given.generalised_inverse()

    @cached_property
    def precision(self) -> Matrix:
        """K = Sigma^-1."""
        if self.point is None:
            return self.model.precision
        return self._given if self.model.form == "precision" else self._given.generalised_inverse()

    @cached_property
    def means(self) -> list[Entry]:
        """The mean mu."""
        return [self._at(e) for e in self.model.mean]

    @cached_property
    def regression(self) -> Matrix:
        """B = Sigma_HV Sigma_VV^-1: E[x_H | x_V] = mu_H + B (x_V - mu_V)."""
        seen, unseen = range(self.n_visible), range(self.n_visible, self.size)
        if self.knows_precision and len(unseen) <= len(seen):
            block = self.precision.select(unseen)
            return -(block.columns(unseen).generalised_inverse() @ block.columns(seen))
        block = self.covariance.columns(seen)
        return block.select(unseen) @ block.select(seen).generalised_inverse()

    @property
    def knows_precision(self) -> bool:
        """Whether K is at hand, without an inversion over the field."""
        return self.point is not None or self.model.form == "precision" or self.model.equations is not None

    @cached_property
    def extension(self) -> Matrix:
        """E = [I; B]: E[y | v] = E y_V."""
        return Matrix.identity(self.domain, self.n_visible).above(self.regression)

    @cached_property
    def visible_precision(self) -> Matrix:
        """Sigma_VV^-1 = E' K E."""
        if self.knows_precision:
            return self.extension.T.symmetric_product(self.precision @ self.extension)
        return self.covariance.select(range(self.n_visible)).columns(range(self.n_visible)).generalised_inverse()

    # Packing: a vector and a symmetric matrix as a column of coordinates; of functions, M has halves off the diagonal.

    def _packed(self, parts: Sequence[tuple[list[Entry], Matrix]], n: int, *, functions: bool) -> Matrix:
        scale = self.domain.constant(2 if functions else 1)
        columns = [
            [*mean, *(matrix[i, j] if i == j or not functions else scale * matrix[i, j] for i, j in coordinates(n)[n:])]
            for mean, matrix in parts
        ]
        return Matrix.from_columns(self.domain, columns, len(coordinates(n)))

    def packed(self, mean: list[Entry], matrix: Matrix) -> Matrix:
        """The coordinates of one tangent vector (m, S)."""
        return self._packed([(mean, matrix)], len(mean), functions=False)

    def unpacked(self, columns: Matrix, n: int, *, functions: bool) -> list[tuple[list[Entry], Matrix]]:
        """Columns of coordinates as vectors and symmetric matrices."""
        half, found = self.domain.one / self.domain.constant(2), []
        for k in range(columns.ncols):
            entries = columns.column_entries(k)
            rows = [[self.domain.zero] * n for _ in range(n)]
            for (i, j), e in zip(coordinates(n)[n:], entries[n:], strict=True):
                rows[i][j] = rows[j][i] = half * e if functions and i != j and e else e
            found.append((entries[:n], Matrix(self.domain, rows, n)))
        return found

    def _through(self, columns: Matrix, linear: Matrix, *, functions: tuple[bool, bool], scale: int = 1) -> Matrix:
        """``(l, M) -> (L l, scale L M L')`` on coordinates."""
        factor = self.domain.constant(scale)
        parts = []
        for vector, matrix in self.unpacked(columns, linear.ncols, functions=functions[0]):
            moved = linear @ Matrix.column(self.domain, vector)
            square = linear.symmetric_product(matrix @ linear.T) if any(map(any, matrix.rows)) else None
            zeros = Matrix.zeros(self.domain, linear.nrows, linear.nrows)
            parts.append((moved.column_entries(0), zeros if square is None else square.map(lambda e: factor * e)))
        return self._packed(parts, linear.nrows, functions=functions[1])

    @cached_property
    def scores(self) -> Matrix:
        """The d scores, in the coordinates of functions."""
        if (self.point is None and self.knows_precision) or self.model.form == "precision":
            minus_half = -self.domain.one / self.domain.constant(2)
            parts = [
                ((self.precision @ Matrix.column(self.domain, m)).column_entries(0), k.map(lambda e: minus_half * e))
                for m, k in self.rates(self.model.precision_rates)
            ]
            return self._packed(parts, self.size, functions=True)
        return self.flat(self.jacobian, self.precision)

    def flat(self, tangent: Matrix, precision: Matrix) -> Matrix:
        """The scores of tangent vectors: ``(K m, K S K / 2)``."""
        found = self._through(tangent, precision, functions=(False, False))
        half = self.domain.one / self.domain.constant(2)
        n = precision.nrows
        scales = [half if len(c) == 2 and c[0] == c[1] else self.domain.one for c in coordinates(n)]
        return found.scale_rows(scales)

    @cached_property
    def jacobian(self) -> Matrix:
        """The tangent vectors (dmu; dSigma), N x d."""
        if self.model.form == "covariance":
            return self._packed(self.rates(self.model.rates), self.size, functions=False)
        return self.dual(self.scores)

    def mean(self, functions: Matrix) -> Matrix:
        """E[.|v]: ``(E' l, E' M E)``."""
        return self._through(functions, self.extension.T, functions=(True, True))

    def lift(self, visible: Matrix) -> Matrix:
        """Functions of the visible variables as functions of all."""
        n = self.n_visible
        zero = [self.domain.zero] * visible.ncols
        rows = dict(zip(coordinates(n), visible.rows, strict=True))
        return Matrix(self.domain, [rows.get(c, zero) for c in coordinates(self.size)], visible.ncols)

    def marginal(self, tangent: Matrix) -> Matrix:
        """dpi: the coordinates of (mu_V, Sigma_VV)."""
        kept = [k for k, c in enumerate(coordinates(self.size)) if max(c) < self.n_visible]
        return tangent.select(kept)

    def horizontal_lift(self, visible: Matrix) -> Matrix:
        """C: ``(m, S) -> (E m, E S E')``."""
        return self._through(visible, self.extension, functions=(False, False))

    @cached_property
    def horizontal_projection(self) -> Matrix:
        """C dpi, N x N."""
        return self.horizontal_lift(self.marginal(Matrix.identity(self.domain, len(coordinates(self.size)))))

    def dual(self, functions: Matrix) -> Matrix:
        """Functions as tangent vectors: ``(Sigma l, 2 Sigma M Sigma)``."""
        return self._through(functions, self.covariance, functions=(True, False), scale=2)

    def visible_dual(self, visible: Matrix) -> Matrix:
        """The same for functions of the visible variables, with Sigma_VV."""
        block = self.covariance.select(range(self.n_visible)).columns(range(self.n_visible))
        return self._through(visible, block, functions=(True, False), scale=2)

    def moments(self, given: Any, *, visible: bool, decimals: bool = False) -> Matrix:
        """``(delta, Sigma_q + delta delta' - Sigma)``, delta = mu_q - mu: q enters through its first two moments."""
        found = self._moments(given, visible=visible, decimals=decimals)
        return self.towards(
            [*map(self.domain.constant, found.mean)], [[*map(self.domain.constant, row)] for row in found.covariance]
        )

    def _moments(self, given: Any, *, visible: bool, decimals: bool = False) -> Moments:
        """Moments from what a user gives, visible variables first."""
        model = self.model
        names = [n for n in model.order if n in model.visible] if visible else list(model.order)
        found = moments_of(given, names, "p*" if visible else "q", decimals=decimals)
        return found.of(model.visible if visible else model.variables)

    def towards(self, mean: Sequence[Entry], covariance: Sequence[Sequence[Entry]]) -> Matrix:
        """``(delta, Sigma_q + delta delta' - Sigma)`` for a mean and covariance of all, or of the visible variables."""
        delta = [m - mu for m, mu in zip(mean, self.means, strict=False)]
        rows = [
            [e + x * y - s for e, y, s in zip(row, delta, sigma, strict=False)]
            for row, x, sigma in zip(covariance, delta, self.covariance.rows, strict=False)
        ]
        return self.packed(delta, Matrix(self.domain, rows, len(delta)))

    def evidence_direction(self, moments: Matrix) -> Matrix:
        """``-grad^{M_V} D(q_V||.)``."""
        right = self.visible_scores.T @ self.marginal(moments)
        return self.visible_jacobian @ (self.visible_metric_inverse @ right)

    def second_moments(self, towards: Matrix) -> Matrix:
        """E_q[z z'] of z = (1, x), for q by its tangent vector ``(delta, Sigma_q + delta delta' - Sigma)``."""
        ((delta, matrix),) = self.unpacked(towards, self.size, functions=False)
        mean = [a + b for a, b in zip(self.means, delta, strict=True)]
        rows = [
            [e + s + x * b + a * y for e, s, b, y in zip(row, sigma, mean, self.means, strict=True)]
            for row, sigma, x, a in zip(matrix.rows, self.covariance.rows, self.means, delta, strict=True)
        ]
        return Matrix(self.domain, [[self.domain.one, *mean], *([m, *row] for m, row in zip(mean, rows, strict=True))])

    def moment_terms(self, given: Any, *, visible: bool) -> list[tuple[sympy.Expr, Matrix]]:
        """Affine in the mean and in the second moments ``E_q[x_i x_j]``."""
        found = self._moments(given, visible=visible)
        if not found.is_symbolic:
            return super().moment_terms(given, visible=visible)
        n, zero, one = len(found.mean), self.domain.zero, self.domain.one
        cells = coordinates(n)
        origin = self.towards([zero] * n, [[zero] * n] * n)
        terms = [(sympy.Integer(1), origin)]
        mean = [as_sympy(e) for e in found.mean]
        for k, cell in enumerate(cells):
            unit = [one if i == k else zero for i in range(len(cells))]
            if len(cell) == 1:  # E[x x'] stays as it is, so the covariance falls
                rows = [[-one if i == j == k else zero for j in range(n)] for i in range(n)]
                terms.append((mean[k], self.towards(unit[:n], rows) - origin))
            else:
                second = as_sympy(found.covariance[cell[0]][cell[1]]) + mean[cell[0]] * mean[cell[1]]
                terms.append((second, Matrix.column(self.domain, unit)))
        return [(c, column) for c, column in terms if c]

    def visible_coordinates(self) -> dict[sympy.Symbol, Entry]:
        """The means ``m(a)`` and covariances ``S(a,b)`` of the visible variables."""
        symbols = visible_moments(self.model)
        values = [self.means[c[0]] if len(c) == 1 else self.covariance[c[0], c[1]] for c in coordinates(self.n_visible)]
        return dict(zip(symbols, values, strict=True))

    @cached_property
    def visible_jacobian(self) -> Matrix:
        """The tangent vectors (dmu_V; dSigma_VV) of the visible model."""
        return self.marginal(self.jacobian)

    @cached_property
    def visible_scores(self) -> Matrix:
        """The scores of the visible model."""
        if self.model.form == "covariance" and self.point is not None:
            return self.flat(self.visible_jacobian, self.visible_precision)
        return self.mean(self.scores)

    @cached_property
    def metric(self) -> Matrix:
        """The Fisher metric G; of a network by its equations, without an inverse."""
        domain, d, equations = self.domain, self.n_parameters, self.model.equations
        if self.point is not None or equations is None:
            return super().metric
        # sum_u d(b_u, A_u) E[z z'] d(b_u, A_u)' / w_u + dw_u dw_u / (2 w_u^2), z = (1, x)
        two, second = domain.constant(2), self.second_moments(Matrix.zeros(domain, len(coordinates(self.size)), 1))
        terms: dict[tuple[int, int], list[Entry]] = {}

        def rates(element: RationalFunction) -> list[tuple[int, Entry]]:
            return [] if element.is_constant else [(k, e) for k, e in enumerate(element.gradient()) if e]

        for u, noise in enumerate(equations.variances):
            row = (equations.intercepts[u], *equations.coefficients.rows[u])
            moving = [(k, s, x) for s, e in enumerate(row) for k, x in rates(e)]
            for (i, s, x), (j, t, y) in product(moving, repeat=2):
                if i <= j and second[s, t]:
                    terms.setdefault((i, j), []).append(x * second[s, t] * y / noise)
            for (i, x), (j, y) in product(rates(noise), repeat=2):
                if i <= j:
                    terms.setdefault((i, j), []).append(x * y / (two * noise * noise))
        return Matrix.symmetric(domain, d, lambda i, j: domain.sum(terms.get((i, j), [])))

    @cached_property
    def visible_cometric(self) -> Matrix:
        """W; where all of (mu_V, Sigma_VV), or Sigma_VV alone, vary freely it is known: Sigma_VV for the means, and
        ``Sigma_ik Sigma_jl + Sigma_il Sigma_jk`` at (ij), (kl)."""  # noqa: D205, D209  # one sentence
        moving = [k for k, row in enumerate(self.visible_jacobian.rows) if any(row)]
        n, places = self.n_visible, coordinates(self.n_visible)
        whole = [list(range(len(places))), list(range(n, len(places)))]
        if moving not in whole or self.visible_jacobian.rank() != len(moving):
            return super().visible_cometric
        s, zero = self.covariance, self.domain.zero

        def entry(a: tuple[int, ...], b: tuple[int, ...]) -> Entry:
            if len(a) != len(b):
                return zero
            return s[a[0], b[0]] if len(a) == 1 else s[a[0], b[0]] * s[a[1], b[1]] + s[a[0], b[1]] * s[a[1], b[0]]

        inside = {places[k] for k in moving}
        rows = [[entry(a, b) if a in inside and b in inside else zero for b in places] for a in places]
        return Matrix(self.domain, rows, len(places))

    def matrix(self, kind: str) -> Matrix:
        """A matrix with the kernel that is meant, with short entries: see the three ranks above."""
        seen, unseen = range(self.n_visible), range(self.n_visible, self.size)
        if kind == "visible" and self.model.form == "covariance":
            return self.visible_jacobian
        if kind == "visible":
            return self.visible_scores
        if kind == "joint":
            return self._packed(self.rates(self.model.rates), self.size, functions=False)
        if self.knows_precision and self.point is None:
            below = self.precision.select(unseen)
            parts = [
                [*(below @ Matrix.column(self.domain, m)).column_entries(0), *_entries(k.select(unseen))]
                for m, k in self.rates(self.model.precision_rates)
            ]
        else:
            below = (-self.regression).beside(Matrix.identity(self.domain, len(unseen)))
            tangent = self.unpacked(self.jacobian, self.size, functions=False)
            parts = [
                [*(below @ Matrix.column(self.domain, m)).column_entries(0), *_entries(below @ s)] for m, s in tangent
            ]
        return Matrix.from_columns(self.domain, parts, len(unseen) * (1 + len(seen) + len(unseen)))


def visible_moments(model: Gaussian) -> tuple[sympy.Symbol, ...]:
    """The symbols ``m(a)``, ``S(a,a)``, ``S(b,a)`` ... that objectives are functions of, in the order of coordinates.

    >>> from symelbo.models.linear_gaussian import factor_analysis
    >>> visible_moments(factor_analysis(2))
    (m(v1), m(v2), S(v1,v1), S(v2,v1), S(v2,v2))
    """
    if not isinstance(model, Gaussian):
        raise ModelError(f"visible_moments: expected a Gaussian model, not {model!r}")
    names = model.visible
    return tuple(
        sympy.Symbol(f"{'m' if len(c) == 1 else 'S'}({','.join(names[i] for i in c)})") for c in coordinates(len(names))
    )


def _entries(matrix: Matrix) -> list[Entry]:
    return [e for row in matrix.rows for e in row]


@score_space.register
def gaussian_scores(model: Gaussian, point: Point | None = None) -> GaussianScores:
    """Return the scores of a Gaussian model over its field (kept for the next call) or at an exact point."""
    if point is not None:
        return GaussianScores(model, point)
    return model.keep("scores", lambda: GaussianScores(model))
