"""The dual view of an exponential family: natural and expectation parameters.

On ``p_theta(x) = b(x) exp(sum_i theta_i T_i(x)) / Z(theta)`` the expectation parameters are ``eta_i = E_p[T_i]``, and

    eta = d log Z / d theta,      G = Cov_p(T) = d eta / d theta,
    grad^M D(q||.)  =  eta - eta_q  in expectation coordinates,    eta_q = E_q[T].

The last line holds for every q and whether or not the statistics are linearly independent: the gradient in natural
coordinates is a solution c of ``G c = eta - eta_q``, and d eta takes it to ``G c``.  It is linear in q, so a finite
number of identities over the field of the model decides it; :meth:`DualView.identities` checks them with the zero test.

>>> import sympy
>>> from symelbo.models import ExponentialFamily
>>> from symelbo.spaces import SampleSpace
>>> x, h = sympy.symbols("x h")
>>> dual = dual_view(ExponentialFamily(SampleSpace(visible={"x": 2}, hidden={"h": 2}), [x, h, x * h]))
>>> dual.natural
(theta1, theta2, theta3)
>>> dual.expectation[2]
exp(theta1)*exp(theta2)*exp(theta3)/(exp(theta1)*exp(theta2)*exp(theta3) + exp(theta1) + exp(theta2) + 1)
>>> dual.identities()
{'eta = d log Z': True, 'G = Cov(T)': True, 'G = d eta': True, 'grad D(q||.) = eta - eta_q': True}
>>> dual.gradient([1, 0, 0, 0]) == dual.expectation
True

Reference: Barndorff-Nielsen (1978); Amari, Nagaoka (2000), section 3.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import DomainError
from symelbo.exact import Matrix, as_rational
from symelbo.geometry.formulas import on_model
from symelbo.geometry.tangent import Geometry, geometry
from symelbo.models.exponential import sufficient_statistics
from symelbo.models.parametrization import Parametrization, Point, as_model
from symelbo.typesetting import Unfolding


@dataclass(frozen=True)
class DualView(Unfolding):
    """Natural and expectation parameters of an exponential family, over its field or at a point.

    Use :func:`dual_view` to obtain one.
    """

    geometry: Geometry
    statistics: Matrix  # d x |X|

    @property
    def natural(self) -> tuple[sympy.Symbol, ...]:
        """The natural parameters theta."""
        return self.geometry.model.parameters

    @property
    def expectation(self) -> sympy.Matrix:
        """The expectation parameters ``eta = E_p[T]``, d x 1."""
        return self._shown(self._eta())

    @property
    def covariance(self) -> sympy.Matrix:
        """The covariance matrix of the statistics, d x d: the Fisher metric."""
        return self._shown(self._covariance())

    def __repr__(self) -> str:
        model, point = self.geometry.model, self.geometry.point
        where = "" if point is None else f" at {point}"
        return f"Dual view of {model.name or 'the model'}{where}: {len(self.natural)} natural parameters"

    def _parts(self) -> Iterator[tuple[str, Any]]:
        return ((name, getattr(self, name)) for name in ("natural", "expectation", "covariance"))

    @budgeted("the expectation parameters")
    def expectation_of(self, q: Sequence[Any] | Mapping[Any, Any], *, budget: Limit = None) -> sympy.Matrix:
        """The expectation parameters ``eta_q = E_q[T]`` of a distribution on the states, d x 1."""
        return self._shown(self._eta_of(q))

    @budgeted("the gradient")
    def gradient(self, q: Sequence[Any] | Mapping[Any, Any], *, budget: Limit = None) -> sympy.Matrix:
        """The natural gradient of ``D(q||.)`` in expectation coordinates, ``eta - eta_q``, d x 1."""
        return self._shown(self._eta() - self._eta_of(q))

    @budgeted("the identities of the dual view")
    def identities(self, *, budget: Limit = None) -> dict[str, bool]:
        """Check the identities of the dual view exactly, the last one for all q at once."""
        at = self.geometry
        domain, eta, covariance = at.domain, self._eta(), self._covariance()
        # -dD(q||.) is linear in q: its matrix is S^T, q -> sum_x q(x) s(x), and c solves G c = -S^T q; d eta = T J.
        d_eta = self.statistics @ at.jacobian
        everything = Matrix.column(domain, [domain.one] * len(at.probabilities))
        eta_minus = eta @ everything.T - self.statistics
        solution = at.metric_inverse @ -at.scores.T
        checks = {
            "G = Cov(T)": at.metric == covariance,
            "G = d eta": d_eta == at.metric,
            "grad D(q||.) = eta - eta_q": (d_eta @ solution - eta_minus).is_zero(),
        }
        if at.point is not None:
            return checks
        z = at.model.partition
        return {"eta = d log Z": [e / z for e in z.gradient()] == eta.column_entries(), **checks}

    def _shown(self, matrix: Matrix) -> sympy.Matrix:
        return on_model(matrix.to_sympy(), self.geometry.model, self.geometry.point)

    def _eta(self) -> Matrix:
        return self.statistics @ Matrix.column(self.geometry.domain, self.geometry.probabilities)

    def _eta_of(self, q: Sequence[Any] | Mapping[Any, Any]) -> Matrix:
        space, domain = self.geometry.model.space, self.geometry.domain
        if not isinstance(q, Mapping):
            space.require_order(q, "q")
        entries = {space.index(s): v for s, v in q.items()} if isinstance(q, Mapping) else dict(enumerate(q))
        if set(entries) != set(range(space.n_states)):
            raise DomainError(f"q: expected one probability for each of the {space.n_states} states")
        values = [as_rational(entries[x], f"q{space.states[x]}") for x in range(space.n_states)]
        if any(v < 0 for v in values) or domain.sum(map(domain.constant, values)) != domain.one:
            raise DomainError("q: expected nonnegative probabilities with sum 1")
        return self.statistics @ Matrix.column(domain, [domain.constant(v) for v in values])

    def _covariance(self) -> Matrix:
        p = self.geometry.probabilities
        eta = self._eta()
        return self.statistics @ self.statistics.T.scale_rows(p) - eta @ eta.T


@budgeted("the dual view")
def dual_view(model: Parametrization, at: Mapping[Any, Any] | Point | None = None, *, budget: Limit = None) -> DualView:
    """Return the dual view of an exponential family, over its field or at a point.

    Raises
    ------
    ModelError
        The model is not given as an exponential family in natural parameters.
    """
    as_model(model)
    point = None if at is None else model.point(at)
    table = sufficient_statistics(model)
    located = geometry(model, point)
    domain = located.domain
    rows = [[domain.constant(as_rational(table[i, x])) for x in range(table.cols)] for i in range(table.rows)]
    if not rows:
        raise DomainError("the family has no statistics")
    return DualView(located, Matrix(domain, rows, table.cols))
