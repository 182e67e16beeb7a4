"""The direction of learning of an objective at a point, in floating point, through scores alone.

In coordinates in which the Fisher metric is the Euclidean one (:class:`compiled.Scaled`) the direction of every
objective is the projection of a vector b onto the tangent space:

    D(q||.), ELBO   b = q - p                    D(Q||.), evidence   b = the horizontal lift of p* - p_V
    gap             b = q - qhat_p               L on P(V)           b = minus the lift of the gradient of L

Divergences, the gap and functions are followed downwards, ELBO and evidence upwards.  The rank of the scores is the
generic one, known exactly, so a singular G needs no threshold.  For the visible divergence the direction is found in
P(V) and lifted to the tangent vector of least Fisher norm that lies above it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from symelbo.errors import DomainError
from symelbo.flows.compiled import Array, Numeric, NumericModel, Scaled, numeric
from symelbo.objectives import Objective, in_visible_symbols


@dataclass(frozen=True, slots=True)
class Direction:
    """An objective on a model, ready for numbers."""

    objective: Objective
    compiled: Numeric
    q: Array
    p_star: Array
    function: Callable[..., Any] | None = None
    differential: Callable[..., Any] | None = None

    @classmethod
    def of(cls, objective: Objective, M: Any) -> Direction:
        """Prepare an objective, its distribution checked against the model's space."""
        compiled: Numeric = numeric(M)
        empty = np.empty(0)
        if objective.kind == "function":
            symbols = compiled.visible_symbols
            expression = in_visible_symbols(objective.expression, symbols)
            names = [sympy.Dummy(f"p{i}") for i in range(len(symbols))]
            renamed = expression.xreplace(dict(zip(symbols, names, strict=True)))
            derivatives = [sympy.diff(renamed, s) for s in names]
            functions = (sympy.lambdify(names, e, modules="numpy", cse=True) for e in (renamed, derivatives))
            return cls(objective, compiled, empty, empty, *functions)
        if objective.visible:
            return cls(objective, compiled, empty, compiled.distribution(objective.distribution, visible=True))
        q = compiled.distribution(objective.distribution)
        return cls(objective, compiled, q, compiled.marginal(q))

    def vector(self, at: Scaled) -> Array:
        """The vector b of the module docstring at one point, (N,)."""
        kind = self.objective.kind
        if kind == "function" and self.differential is not None:
            differential = np.array([[float(e)] for e in self.differential(*at.visible[:, 0])])
            return np.asarray(-at.lifted(at.gradient(differential))[:, 0])
        if kind in ("divergence", "elbo"):
            return np.asarray(at.towards(self.q)[:, 0])
        recognised = at.lifted(at.own(self.p_star))[:, 0]
        return np.asarray(at.towards(self.q)[:, 0] - recognised if kind == "gap" else recognised)

    def velocity(self, theta: Array) -> Array:
        """``d theta / dt`` along the flow, (d,); NaN outside the domain."""
        outside = self.compiled.violated(theta) is not None
        return np.full(len(theta), np.nan) if outside else self._projected(theta)

    def _projected(self, theta: Array) -> Array:
        nothing = np.full(len(theta), np.nan)
        try:
            at = self.compiled.scaled(theta[None])
        except np.linalg.LinAlgError:
            return nothing
        basis = at.basis[..., 0]
        if not np.isfinite(basis).all():
            return nothing
        left, singular, right = np.linalg.svd(basis, full_matrices=False)
        r = self.compiled.ranks.joint
        if not r:
            return np.zeros(len(theta))
        if singular[r - 1] <= np.finfo(float).tiny:
            return nothing
        lift = right[:r].T / singular[:r]  # coordinates in an orthonormal basis of T to parameters, of minimum norm
        if not self.objective.on_visible_model:
            return np.asarray(lift @ (left[:, :r].T @ self.vector(at)))
        left_v, singular_v, right_v = np.linalg.svd(at.seen(left[:, :r, None])[..., 0], full_matrices=False)
        k = self.compiled.ranks.visible
        inner = left_v[:, :k].T @ at.own(self.p_star)[:, 0]
        return np.asarray(lift @ (right_v[:k].T @ (inner / singular_v[:k])))

    def weights(self, p: Array) -> Array:
        """The w on a table for which learning follows ``S^T w``, (|X|,): q, p(h|v) p*(v), or q less that."""
        kind = self.objective.kind
        if kind in ("divergence", "elbo"):
            return self.q
        p_v = self.table.marginal(p)
        if kind == "function" and self.differential is not None:
            return np.asarray(-p * self.table.lift(np.array([float(e) for e in self.differential(*p_v)])))
        recognised = p * self.table.lift(self.p_star / p_v)
        return np.asarray(self.q - recognised if kind == "gap" else recognised)

    def normal_equations(self, p: Array, scores: Array) -> tuple[Array, Array]:
        """``G`` and ``rhs`` with ``G c = rhs`` for ``d theta / dt = c``: p is (|X|,), scores (|X|, d), of any numbers.

        For the visible divergence these are ``G_V`` and ``J_V^T p*/p_V``.
        """
        if self.objective.on_visible_model:
            p_v, jacobian = self.table.marginal(p), self.table.marginal(p[:, None] * scores)
            return jacobian.T @ (jacobian / p_v[:, None]), jacobian.T @ (self.p_star / p_v)
        return scores.T @ (p[:, None] * scores), scores.T @ self.weights(p)

    def classical(self, theta: Array) -> Array:
        """``pinv(G) J^T ...`` as in the classical scheme; of a table also where p is not positive."""
        if not isinstance(self.compiled, NumericModel):
            return self._projected(theta)
        p, scores = (e[..., 0] for e in self.table.probabilities_and_scores(theta[None]))
        if not (np.isfinite(p).all() and np.isfinite(scores).all()):
            return np.full(len(theta), np.nan)
        metric, rhs = self.normal_equations(p, scores)
        return np.asarray(np.linalg.pinv(metric) @ rhs)

    @property
    def table(self) -> NumericModel:
        """The compiled table; DomainError for a model without one."""
        if not isinstance(self.compiled, NumericModel):
            raise DomainError(
                "flows with more digits are for models with a table; here method='adaptive' integrates, and the closed "
                "form is exact where there is one"
            )
        return self.compiled

    def value(self, p: Array) -> float:
        """The objective at the coordinates of a distribution; NaN where a logarithm is undefined."""
        p_v, kind, model = self.compiled.marginal(p), self.objective.kind, self.compiled
        if kind == "divergence":
            return model.divergence(self.q, p)
        if kind in ("data divergence", "visible divergence"):
            return self.value_visible(p_v)
        if kind == "gap":
            return model.divergence(self.q, p) - model.divergence(self.p_star, p_v)
        if kind == "function" and self.function is not None:
            return float(self.function(*p_v))
        if kind == "evidence":
            return model.expected_log(self.p_star, p_v)
        return model.expected_log(self.p_star, self.p_star) - model.divergence(self.q, p)

    def value_visible(self, p_v: Array) -> float:
        """D(p*||p_V)."""
        return self.compiled.divergence(self.p_star, p_v)
