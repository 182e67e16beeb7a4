"""The tangent geometry of a finite table, symbolically over its field or at one exact point.

One class serves both: every matrix is built from the probabilities p (|X|) and the scores S (|X| x d,
``S[x, i] = d log p(x) / d theta_i``) by the same formulas; the domain is K = Q(theta, t) or Q.

    J   = diag(p) S                 J_V = sum of J over each fibre          E[s|v] = J_V / p_V
    G   = J^T diag(1/p) J           G_V = J_V^T diag(1/p_V) J_V
    U   = J_V G^- J_V^T             W   = J_V G_V^- J_V^T                   Delta = W - U

G_V is never inverted or ranked symbolically: W is the orthogonal projector of the visible tangent space, written down
from the left null space of J_V (``diag(p_V) - p_V p_V^T`` when J_V has the full rank |V| - 1).  Where probabilities are
monomials in the entries of free distributions, G and its inverse are written down from expected counts.

Index order: states and visible states as in the space, parameters as declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import ModelError
from symelbo.exact import Entry, Matrix
from symelbo.geometry.scorespace import ScoreSpace, score_space
from symelbo.models.parametrization import Parametrization, Point, as_model
from symelbo.models.rows import FreeRow, free_rows
from symelbo.spaces import visible_probabilities


class Geometry(ScoreSpace):
    """The scores of a finite table, as functions of its states.

    Use :func:`symelbo.geometry.geometry` to obtain one.
    """

    model: Parametrization

    def __init__(self, model: Parametrization, point: Point | None = None) -> None:
        super().__init__(model, point)
        self.fibration = model.space.fibration
        self.n_visible = self.n_visible_coordinates = model.space.n_visible

    @cached_property
    def probabilities(self) -> list[Entry]:
        """The |X| probabilities p."""
        if self.point is None:
            return list(self.model.elements)
        weights = self.model.factor_table.weights_at(self.point.values)
        if self.model.normalised:
            return weights
        total = self.domain.sum(weights)
        return [w / total for w in weights]

    @cached_property
    def factor_logs(self) -> Matrix:
        """The F x d log-derivatives L of the factors; raw scores are ``E L`` with the exponents E."""
        rows = [[self._at(e) if e else self.domain.zero for e in r] for r in self.model.log_derivatives]
        return Matrix(self.domain, rows, self.n_parameters)

    @cached_property
    def scores(self) -> Matrix:
        """The |X| x d scores S, with mean zero."""
        raw = self._weight_scores()
        if self.model.normalised:
            return raw
        mean = Matrix(self.domain, [self.probabilities]) @ raw
        return raw.map_rows(lambda r: [a - b for a, b in zip(r, mean.rows[0], strict=True)])

    def _weight_scores(self) -> Matrix:
        """``d log w``: integer combinations of the log-derivatives of the factors."""
        constant = self.domain.constant
        logs = self.factor_logs.rows
        columns = list(zip(*logs, strict=True)) if logs else [()] * self.n_parameters
        rows = []
        for exponents in self.model.factor_table.exponents:
            active = [(int(f), constant(int(exponents[f]))) for f in np.flatnonzero(exponents)]
            rows.append([self.domain.sum(e * c[f] for f, e in active if c[f]) for c in columns])
        return Matrix(self.domain, rows, self.n_parameters)

    @cached_property
    def visible_probabilities(self) -> list[Entry]:
        """The |V| marginal probabilities p_V."""
        return self.fibration.totals(self.probabilities, self.domain.sum)

    @property
    def one(self) -> Matrix:
        """The constant function 1, |X| x 1."""
        return Matrix.column(self.domain, [self.domain.one] * len(self.fibration.below))

    def mean(self, functions: Matrix) -> Matrix:
        """E[.|v]: averages with the conditional probabilities, |X| x k to |V| x k."""
        inverse = [self.domain.one / p for p in self.visible_probabilities]
        return self.marginal(self.dual(functions)).scale_rows(inverse)

    def lift(self, visible: Matrix) -> Matrix:
        """Repeat the rows of a |V| x k matrix over the fibres: functions of v as functions of the states."""
        return Matrix(self.domain, self.fibration.repeated(visible.rows), visible.ncols)

    def dual(self, functions: Matrix) -> Matrix:
        """``p f``: functions as tangent vectors, |X| x k."""
        return functions.scale_rows(self.probabilities)

    def visible_dual(self, visible: Matrix) -> Matrix:
        """``p_V f``: functions of v as tangent vectors, |V| x k."""
        return visible.scale_rows(self.visible_probabilities)

    @property
    def visible_means(self) -> list[Entry]:
        """The visible probabilities, means of the indicators of visible states."""
        return self.visible_probabilities

    def visible_coordinates(self) -> dict[sympy.Symbol, Entry]:
        """The symbols ``p(...)`` of the visible probabilities, with their values."""
        return dict(zip(visible_probabilities(self.model.space), self.visible_probabilities, strict=True))

    @cached_property
    def visible_jacobian(self) -> Matrix:
        """J_V = dpi J, |V| x d."""
        return self.marginal(self.jacobian)

    @cached_property
    def visible_scores(self) -> Matrix:
        """E[s|v] = J_V / p_V, |V| x d."""
        return self.visible_jacobian.scale_rows([self.domain.one / p for p in self.visible_probabilities])

    @cached_property
    def conditionals(self) -> list[Entry]:
        """The posterior p(h|v), in state order (|X|)."""
        below = self.fibration.repeated(self.visible_probabilities)
        return [p / p_v for p, p_v in zip(self.probabilities, below, strict=True)]

    @cached_property
    def vertical_scores(self) -> Matrix:
        """Vertical parts of the scores: s - E[s|v], |X| x d."""
        if self._has_weights:
            # The mean of the scores cancels, and with it Z.
            weights, raw = self.model.weights, self._weight_scores()
            sums = self.marginal(raw.scale_rows(weights))
            totals = [self.domain.one / w for w in self.fibration.totals(weights, self.domain.sum)]
            return raw - self.lift(sums.scale_rows(totals))
        return super().vertical_scores

    @cached_property
    def metric(self) -> Matrix:
        """The Fisher metric G = J^T diag(1/p) J, d x d."""
        rows = free_rows(self.model) if self.point is None else None
        if rows is not None:
            return self._local_blocks(rows, inverse=False)
        if self._has_weights:
            raw = self._weight_scores()
            return self._covariance(raw.scale_rows(self.model.weights), raw)
        return super().metric

    @cached_property
    def visible_metric(self) -> Matrix:
        """The Fisher metric of the visible model G_V = J_V^T diag(1/p_V) J_V, d x d."""
        if not self._has_weights:
            return super().visible_metric
        weights = self.model.weights
        sums = self.marginal(self._weight_scores().scale_rows(weights))
        inverse = [self.domain.one / w for w in self.fibration.totals(weights, self.domain.sum)]
        return self._covariance(sums, sums.scale_rows(inverse))

    @property
    def _has_weights(self) -> bool:
        """Whether Z is better divided by at the end."""
        return self.point is None and not self.model.normalised

    def _covariance(self, weighted: Matrix, scores: Matrix) -> Matrix:
        """``(Z sum w s s^T - (sum w s)(sum w s)^T) / Z^2`` with raw scores, of all states or of what is seen."""
        total, domain = self.model.partition, self.domain
        scale = domain.one / (total * total)
        first = [domain.sum(column) for column in zip(*weighted.rows, strict=True)]

        def entry(i: int, j: int) -> Entry:
            rows = zip(weighted.rows, scores.rows, strict=True)
            return (total * domain.sum(a[i] * b[j] for a, b in rows if a[i] and b[j]) - first[i] * first[j]) * scale

        return Matrix.symmetric(domain, self.n_parameters, entry)

    @cached_property
    def missing_information(self) -> Matrix:
        """E_p[Cov(s|v)], d x d, from the vertical scores.

        Fibre by fibre: within one, the joint denominators cancel before those of other fibres come in.
        """
        weights = list(self.model.weights) if self._has_weights else self.probabilities
        total = Matrix.zeros(self.domain, self.n_parameters, self.n_parameters)
        for fibre in self.fibration:
            rows = self.vertical_scores.select(list(fibre))
            weighted = rows.scale_rows(weights[fibre.start : fibre.stop])
            total = total + rows.T.symmetric_product(weighted)
        return total.map(lambda e: e / self.model.partition) if self._has_weights else total

    @cached_property
    def metric_inverse(self) -> Matrix:
        """A symmetric g-inverse of G (the inverse when G is regular)."""
        large = len(self.probabilities) * self.n_parameters > LIMITS.summed_shape
        rows = free_rows(self.model) if self.point is None or large else None
        return self.metric.generalised_inverse() if rows is None else self._local_blocks(rows, inverse=True)

    def generator(self, i: int) -> Entry:
        """Generator number i of the field of the model, in the domain of the entries."""
        return self.model.field.generator(i)

    def local_metric(self) -> Matrix:
        """The closed form of the metric where probabilities are monomials in free distributions (S10).

        Raises
        ------
        ModelError
            The model is not of this kind.
        """
        rows = free_rows(self.model)
        if rows is None:
            raise ModelError("the probabilities are no monomials in the entries of free distributions")
        return self._local_blocks(rows, inverse=False)

    def _local_blocks(self, rows: Sequence[FreeRow], *, inverse: bool) -> Matrix:
        """S10: the block of a row is E[n] (diag(1/theta) + 11^T/theta_last), n its count in a state, or the inverse."""
        one, zero, d = self.domain.one, self.domain.zero, self.n_parameters
        blocks = [[zero] * d for _ in range(d)]
        values = [self.generator(i) for i in range(d)] if self.point is None else self.point.values
        for row, weight in zip(rows, self.expected_counts(rows), strict=True):
            free = [values[i] for i in row.parameters]
            last = one - self.domain.sum(free)
            for i, a in zip(row.parameters, free, strict=True):
                for j, b in zip(row.parameters, free, strict=True):
                    if inverse:
                        blocks[i][j] = ((a if i == j else zero) - a * b) / weight
                    else:
                        blocks[i][j] = ((one / a if i == j else zero) + one / last) * weight
        return Matrix(self.domain, blocks, d)

    def expected_counts(self, rows: Sequence[FreeRow]) -> list[Entry]:
        """``E_p[n]`` for every row, n the number of its entries that a state counts; of a network p(pa)."""
        known: dict[bytes, Entry] = {}
        result = []
        for row in rows:
            counts = row.counts.sum(axis=1)
            key = counts.tobytes()
            if key not in known:
                known[key] = self._expected(counts.tolist())
            result.append(known[key])
        return result

    def _expected(self, counts: Sequence[int]) -> Entry:
        if len(set(counts)) == 1:
            return self.domain.constant(counts[0])
        multiples = (
            (p if n == 1 else p * self.domain.constant(n)) for n, p in zip(counts, self.probabilities, strict=True) if n
        )
        return self.domain.sum(multiples)

    @cached_property
    def visible_cometric(self) -> Matrix:
        """W = J_V G_V^- J_V^T, |V| x |V|: takes dL to grad^{M_V} L."""
        p_v = self.visible_probabilities
        null = self.visible_jacobian.T.nullspace()  # of J_V with the rank |V| - 1 the constant function alone
        if null.ncols <= self.n_visible // 2 or null.ncols == 1:
            # The metric dual of T_V is the orthogonal complement, in diag(p_V), of the annihilator N of T_V.
            scaled = null.scale_rows(p_v)
            gram = null.T @ scaled
            return Matrix.diagonal(self.domain, p_v) - scaled @ gram.inverse() @ scaled.T
        basis = self.visible_jacobian.columns(self.visible_jacobian.rref()[1])
        gram = basis.T @ basis.scale_rows([self.domain.one / p for p in p_v])
        return basis @ gram.inverse() @ basis.T

    @cached_property
    def horizontal_projection(self) -> Matrix:
        """The orthogonal projection onto H_p: A -> p(h|v) (dpi A)(v), as an |X| x |X| matrix."""
        return self.horizontal_lift(self.marginal(Matrix.identity(self.domain, len(self.probabilities))))

    def elbo_direction(self, moments: Matrix) -> Matrix:
        """``-dpi grad^M D(q||.)``, without a table of |X| x d."""
        parameters = self.metric_inverse @ self.score_moment(moments.column_entries())
        return self.marginal(Matrix.column(self.domain, self.tangent_vector(parameters)))

    def evidence_direction(self, moments: Matrix) -> Matrix:
        """``-grad^{M_V} D(q_V||.)``."""
        inverse = [self.domain.one / p for p in self.visible_probabilities]
        return self.visible_cometric @ self.marginal(moments).scale_rows(inverse)

    def score_moment(self, measure: Sequence[Entry]) -> Matrix:
        """``sum_x measure(x) s(x)``, d x 1: by the exponents, without the |X| x d table of scores."""
        factors = self.model.factor_table.exponents.shape[1]

        def moment(weights: Sequence[Entry]) -> Matrix:
            sums = [self.domain.zero] * factors
            for x, f, e in self._active_exponents([x for x, w in enumerate(weights) if w]):
                sums[f] = sums[f] + self.domain.constant(e) * weights[x]
            return self.factor_logs.T @ Matrix.column(self.domain, sums)

        raw = moment(measure)
        if self.model.normalised:
            return raw
        mean, total = moment(self.probabilities), self.domain.sum(measure)
        return raw - mean.map(lambda entry: entry * total)

    def tangent_vector(self, parameters: Matrix) -> list[Entry]:
        """``J c`` for one d x 1 column c: by the exponents, without the |X| x d Jacobian."""
        rates = (self.factor_logs @ parameters).column_entries()
        derivative = [self.domain.zero] * len(self.probabilities)
        multiples: dict[tuple[int, int], Entry] = {}
        for x, f, e in self._active_exponents(range(len(derivative))):
            if rates[f]:
                if (f, e) not in multiples:
                    multiples[f, e] = self.domain.constant(e) * rates[f]
                derivative[x] = derivative[x] + multiples[f, e]
        mean = self.domain.zero
        if not self.model.normalised:
            mean = self.domain.sum(p * r for p, r in zip(self.probabilities, derivative, strict=True))
        return [p * (r - mean) for p, r in zip(self.probabilities, derivative, strict=True)]

    def _active_exponents(self, states: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """All (state, factor, exponent) with a nonzero exponent, for these states."""
        chosen = self.model.factor_table.exponents[list(states)]
        rows, factors = np.nonzero(chosen)
        numbers = np.asarray(states)[rows]
        return zip(numbers.tolist(), factors.tolist(), chosen[rows, factors].tolist(), strict=True)

    def marginal(self, tangent: Matrix) -> Matrix:
        """dpi: sum the rows of an |X| x k matrix over each fibre."""
        rows = []
        for fibre in self.fibration:
            block = [tangent.rows[x] for x in fibre]
            rows.append([self.domain.sum(column) for column in zip(*block, strict=True)])
        return Matrix(self.domain, rows, tangent.ncols)

    def horizontal_lift(self, visible: Matrix) -> Matrix:
        """C: B -> p(h|v) B(v), |V| x k to |X| x k."""
        return self.lift(visible).scale_rows(self.conditionals)


@score_space.register
def geometry(model: Parametrization, point: Point | None = None) -> Geometry:
    """Return the geometry of a table over its field (kept for the next call) or at an exact point."""
    as_model(model)
    if point is not None:
        return Geometry(model, point)
    return model.keep("geometry", lambda: Geometry(model))
