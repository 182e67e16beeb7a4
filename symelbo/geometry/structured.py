"""The tangent geometry of a finite table as it is written on paper: sums over states, no common denominators.

The formulas are those of :class:`symelbo.geometry.tangent.Geometry`, over the domain of straight-line programs:

    G_V[i, j] = sum_v d_i p(v) d_j p(v) / p(v)            G by blocks of free distributions, or a covariance
    G - G_V   = sum_v sum_{h < h'} p(v,h) p(v,h') / p(v) (s - s')(s - s')^T, or the difference
    W         = diag(p_V) - p_V p_V^T where J_V has rank |V| - 1, else B (B^T diag(1/p_V) B)^{-1} B^T

with p(v) by name where the whole is long, B independent columns of J_V, and inverses as programs (L diag(d) L^T).
Every entry is linear in |V| or |X|.  Where one fraction is cheap to find and shorter, it is what is written.

Index order: as in :mod:`symelbo.geometry.tangent`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from symelbo.budget import LIMITS
from symelbo.errors import InternalError
from symelbo.exact import QQ, Matrix, Residues, as_rational
from symelbo.exact.names import definitions
from symelbo.exact.programs import Node, Program
from symelbo.exact.solving import independent_columns, inverse_times
from symelbo.geometry.ranks import generic_ranks
from symelbo.geometry.screen import difference_basis
from symelbo.geometry.tangent import Geometry
from symelbo.models.parametrization import Parametrization
from symelbo.models.rows import FreeRow, free_rows


class StructuredGeometry(Geometry):
    """The geometry of a table over its field, every value a sum over states.

    Use :func:`structured` to obtain one that is kept with the model.
    """

    domain: Any  # a Program: wherever the formulas are those of the field, so are the types

    def __init__(self, model: Parametrization) -> None:
        super().__init__(model)
        self.program = Program(model.field, model.prime)
        self.domain = self.program

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return StructuredGeometry, (self.model,)

    @cached_property
    def rows(self) -> tuple[FreeRow, ...] | None:
        """The free distributions that the model is made of, if it is."""
        return free_rows(self.model)

    def generator(self, i: int) -> Node:
        """Generator number i of the field, as an element of the program."""
        return self.program.generator(i)

    @cached_property
    def weights(self) -> list[Node]:
        """The table: probabilities where the model is normalised."""
        program, table = self.domain, self.model.factor_table
        factors = [program.element(f) for f in table.factors]
        result = []
        for c, exponents in zip(table.coefficients, table.exponents, strict=True):
            weight = program.constant(c)
            for f in np.flatnonzero(exponents).tolist():
                weight = weight * factors[f] ** int(exponents[f])
            result.append(weight)
        return result

    @cached_property
    def total(self) -> Node:
        """Z, the sum of the weights."""
        if self.model.normalised:
            return self.program.one
        total = self.program.sum(self.visible_weights)
        return self.program.labelled(self.program.shortest(total, LIMITS.marginal_work), "Z")

    @cached_property
    def visible_weights(self) -> list[Node]:
        """The sums of the weights over the fibres."""
        letter = "p" if self.model.normalised else "w"
        sums = self.fibration.totals(self.weights, self.domain.sum)
        names = map(self.model.space.visible_key, self.model.space.visible_states)
        return [self.domain.labelled(e, f"{letter}({name})") for e, name in zip(sums, names, strict=True)]

    @cached_property
    def probabilities(self) -> list[Node]:
        """The |X| probabilities p."""
        return self.weights if self.model.normalised else [w / self.total for w in self.weights]

    @cached_property
    def visible_probabilities(self) -> list[Node]:
        """The |V| marginal probabilities p_V."""
        return self.visible_weights if self.model.normalised else [w / self.total for w in self.visible_weights]

    @cached_property
    def factor_logs(self) -> Matrix:
        """The F x d log-derivatives of the factors."""
        element = self.domain.element
        logs = [[element(e) if e else self.domain.zero for e in row] for row in self.model.log_derivatives]
        return Matrix(self.domain, logs, self.n_parameters)

    @cached_property
    def weight_jacobian(self) -> Matrix:
        """``dw/dtheta``, |X| x d: multiplied out factor by factor, so that what cancels cancels."""
        rows = []
        logs = self.factor_logs.rows
        for w, exponents in zip(self.weights, self.model.factor_table.exponents, strict=True):
            multiples = [(logs[f], w * self.domain.constant(int(exponents[f]))) for f in np.flatnonzero(exponents)]
            rows.append([self.domain.sum(m * r[i] for r, m in multiples if r[i]) for i in range(self.n_parameters)])
        return Matrix(self.domain, rows, self.n_parameters)

    @cached_property
    def visible_weight_jacobian(self) -> Matrix:
        """``d w_V / d theta``, |V| x d."""
        return self.marginal(self.weight_jacobian)

    @cached_property
    def means(self) -> list[Node]:
        """``E_p[d log w]``: zero where the model is normalised."""
        if self.model.normalised:
            return [self.domain.zero] * self.n_parameters
        columns = zip(*self.visible_weight_jacobian.rows, strict=True)
        return [self.domain.sum(c) / self.total for c in columns]

    @cached_property
    def scores(self) -> Matrix:
        """The |X| x d scores S, with mean zero."""
        if self.model.normalised:
            return self.raw_scores
        return self.raw_scores.map_rows(lambda r: [a - m for a, m in zip(r, self.means, strict=True)])

    @cached_property
    def raw_scores(self) -> Matrix:
        """``d log w``, |X| x d."""
        return self._weight_scores()

    @cached_property
    def jacobian(self) -> Matrix:
        """J = dp/dtheta, |X| x d."""
        return self._less_means(self.weight_jacobian, self.weights)

    @cached_property
    def visible_jacobian(self) -> Matrix:
        """J_V = dpi J, |V| x d."""
        return self._less_means(self.visible_weight_jacobian, self.visible_weights)

    def _less_means(self, derivatives: Matrix, weights: Sequence[Node]) -> Matrix:
        """``(dw - w E d log w) / Z``."""
        if self.model.normalised:
            return derivatives
        rows = [
            [(a - w * m) / self.total for a, m in zip(r, self.means, strict=True)]
            for w, r in zip(weights, derivatives.rows, strict=True)
        ]
        return Matrix(self.domain, rows, self.n_parameters)

    def _second_moments(self, derivatives: Matrix, weights: Sequence[Node]) -> Matrix:
        """``sum d_i w d_j w / w / Z``, less the product of the means."""
        program, d = self.domain, self.n_parameters
        scaled = [(r, program.one / w) for r, w in zip(derivatives.rows, weights, strict=True)]

        def entry(i: int, j: int) -> Node:
            second: Node = program.sum(r[i] * w * r[j] for r, w in scaled if r[i] and r[j])
            return second if self.model.normalised else second / self.total - self.means[i] * self.means[j]

        return Matrix.symmetric(program, d, entry)

    @cached_property
    def metric(self) -> Matrix:
        """The Fisher metric G, d x d."""
        if self.rows is not None:
            return self._local_blocks(self.rows, inverse=False)
        return self._second_moments(self.weight_jacobian, self.weights)

    def _expected(self, counts: Sequence[int]) -> Node:
        """An expected count: a marginal of the states, which is often short when it is summed up."""
        program = self.program
        terms = [w * program.constant(n) for w, n in zip(self.weights, counts, strict=True) if n]
        return program.shortest(program.sum(terms), LIMITS.marginal_work)

    @cached_property
    def visible_metric(self) -> Matrix:
        """The Fisher metric G_V of the visible model, d x d."""
        return self._second_moments(self.visible_weight_jacobian, self.visible_weights)

    @cached_property
    def missing_information(self) -> Matrix:
        """E_p[Cov(s|v)], d x d: over pairs of states where fibres have at most two, else ``G - G_V`` (S12)."""
        program, d = self.domain, self.n_parameters
        if max(self.fibration.sizes.tolist()) > 2:
            varies = [any(e) for e in self._differences(difference_basis(self.model, "vertical")).T.rows]
            scale = Matrix.diagonal(program, [program.constant(int(e)) for e in varies])  # what is constant is not lost
            return scale @ self.metric @ scale - scale @ self.visible_metric @ scale
        pairs = [(self._differences(-e[None]).map(program.shortest).rows[0], w) for e, w in self._pairs()]

        def entry(i: int, j: int) -> Any:
            return program.sum(s[i] * w * s[j] for s, w in pairs if s[i] and s[j])

        return Matrix.symmetric(program, d, entry)

    def _pairs(self) -> Iterator[tuple[Residues, Node]]:
        """``E[x'] - E[x]`` and ``p(x) p(x') / p_V(v)`` for all pairs of states over the same v."""
        exponents = self.model.factor_table.exponents.astype(np.int64)
        for fibre, below in zip(self.fibration, self.visible_weights, strict=True):
            for x, y in combinations(fibre, 2):
                yield exponents[y] - exponents[x], self.weights[x] * self.weights[y] / (below * self.total)

    @cached_property
    def basis(self) -> list[int]:
        """Parameters whose scores are a basis of all scores."""
        return self._independent(self.jacobian, "joint", self.n_parameters)

    @cached_property
    def visible_basis(self) -> list[int]:
        """Parameters whose visible scores are a basis of all visible scores."""
        return self._independent(self.visible_jacobian, "visible", min(self.n_parameters, self.n_visible - 1))

    def _independent(self, matrix: Matrix, which: str, most: int) -> list[int]:
        """Columns independent modulo p are independent, and there are no more of them than the proved rank."""
        found = independent_columns(matrix)
        if len(found) < most and len(found) != getattr(generic_ranks(self.model, shown=False), which):
            raise InternalError(f"the {which} rank at the random point is not the generic one")
        return found

    def solved(self, right: Matrix) -> Matrix:
        """``G^- B`` for a d x k matrix B."""
        if self.rows is not None:
            return self._local_blocks(self.rows, inverse=True) @ right
        inner = inverse_times(self.metric.select(self.basis).columns(self.basis), right.select(self.basis))
        rows = [[self.domain.zero] * right.ncols for _ in range(self.n_parameters)]
        for i, row in zip(self.basis, inner.rows, strict=True):
            rows[i] = list(row)
        return Matrix(self.domain, rows, right.ncols)

    @cached_property
    def metric_inverse(self) -> Matrix:
        """A symmetric g-inverse of G."""
        return self.solved(Matrix.identity(self.domain, self.n_parameters))

    @cached_property
    def projected_cometric(self) -> Matrix:
        """U = J_V G^- J_V^T."""
        return self.visible_jacobian.symmetric_product(self.solved(self.visible_jacobian.T))

    @cached_property
    def fills_visible_simplex(self) -> bool:
        """Whether rank J_V is |V| - 1."""
        return len(self.visible_basis) == self.n_visible - 1

    def visible_gradient(self, differential: Matrix) -> Matrix:
        """``B (B^T diag(1/p_V) B)^{-1} B^T l``, B a basis of T_V, for |V| x k differentials: ``grad^{M_V} L``."""
        columns = self.visible_jacobian.columns(self.visible_basis)
        gram = self.visible_metric.select(self.visible_basis).columns(self.visible_basis)
        return columns @ inverse_times(gram, columns.T @ differential)

    @cached_property
    def visible_cometric(self) -> Matrix:
        """W = J_V G_V^- J_V^T, |V| x |V|."""
        p = self.visible_probabilities
        if self.fills_visible_simplex:
            p_v = Matrix.column(self.domain, p)
            return Matrix.diagonal(self.domain, p) - p_v.symmetric_product(p_v.T)
        return self.visible_gradient(Matrix.identity(self.domain, self.n_visible))

    @cached_property
    def defect(self) -> Matrix:
        """Delta = W - U, |V| x |V|."""
        if self.low_rank is None:
            return self.visible_cometric - self.projected_cometric
        f, system, scatter = self.low_rank
        return f.symmetric_product(inverse_times(system, scatter @ f.T))

    @cached_property
    def low_rank(self) -> tuple[Matrix, Matrix, Matrix] | None:
        """``F`` (|V| x k), ``I - S R`` and ``S`` (k x k) with ``Delta = F (I - S R)^{-1} S F^T``, where G_V is regular.

        What the visible model loses is low rank: a score varies within the fibres only through k integer combinations
        B of log-factors, so with A = (B L)^T (d x k)

            G - G_V = E_p[Cov(s | v)] = A S A^T,   S = sum_v sum_{h < h'} p(v,h) p(v,h') / p_V(v) c c^T,

        c the coordinates in B of the difference of the states (v,h), (v,h').  With F = J_V G^{-1} A and
        R = A^T G^{-1} A this is the identity of Woodbury (1950).
        """
        d, program = self.n_parameters, self.domain
        basis = difference_basis(self.model, "vertical")
        if not len(self.visible_basis) == d < self.n_visible - 1 or not 0 < len(basis) < d:
            return None
        logs = self._differences(basis)
        lifted = self.solved(logs.T).map(program.shortest)
        system = (logs @ lifted).map(program.shortest)
        scatter = self._scatter(basis)
        identity = Matrix.identity(program, len(basis))
        return self.visible_jacobian @ lifted, identity - scatter @ system, scatter

    def _differences(self, basis: Residues) -> Matrix:
        """``B L``, k x d: the derivatives of integer combinations of log-factors."""
        integers = [[self.domain.constant(int(e)) for e in row] for row in basis]
        return Matrix(self.domain, integers, basis.shape[1]) @ self.factor_logs

    def _scatter(self, basis: Residues) -> Matrix:
        """S, k x k: the covariances within fibres in the coordinates of the basis."""
        program = self.domain
        rows = Matrix(QQ, [[as_rational(int(e)) for e in row] for row in basis], basis.shape[1])
        coordinates = (rows @ rows.T).inverse() @ rows
        terms = []
        for difference, weight in self._pairs():
            column = coordinates @ Matrix.column(QQ, [as_rational(int(e)) for e in difference])
            terms.append((list(map(program.constant, column.column_entries())), weight))

        def entry(i: int, j: int) -> Any:
            return program.sum(c[i] * c[j] * w for c, w in terms if c[i] and c[j])

        return Matrix.symmetric(program, len(basis), entry)


def structured(model: Parametrization) -> StructuredGeometry:
    """Return the structured geometry of a model, kept for the next call; symbols must not be put into its program."""
    return model.keep("structured geometry", lambda: StructuredGeometry(model))


def announcement(what: str, program: Program, entries: Sequence[Node]) -> str | None:
    """Return what is to be said before a common denominator is begun that will be large, if it will."""
    terms = max(map(program.denominators, entries), default=1.0)
    if terms <= LIMITS.denominator_terms:
        return None
    written = program.write(entries)
    shown = sum(len(str(e)) for e in [*written, *(e for _, e in definitions(written))])
    return (
        f"{what}: a common denominator has up to about {terms:.0e} terms; "
        f'form="structured" gives sums of {shown} characters at once'
    )
