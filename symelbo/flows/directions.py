"""The direction of learning of an objective at a point, in floating point, through scores alone.

Tangent vectors A are scaled to A / sqrt(p); the Fisher metric becomes the Euclidean one, the tangent space the column
space of sqrt(p) S.  For every objective the direction is the projection onto it of a vector b:

    D(q||.), ELBO   b = (q - p) / sqrt(p)              D(Q||.), evidence   b = sqrt(p) (p*/p_V - 1)
    gap             b = (q - qhat_p) / sqrt(p)         L on P(V)           b = -sqrt(p) dL(v)

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

from symelbo.flows.compiled import Array, NumericModel, numeric, numeric_distribution
from symelbo.models.parametrization import Parametrization
from symelbo.objectives import Objective, visible_probabilities


@dataclass(frozen=True, slots=True)
class Direction:
    """An objective on a model, ready for numbers."""

    objective: Objective
    compiled: NumericModel
    q: Array
    p_star: Array
    function: Callable[..., Any] | None = None
    differential: Callable[..., Any] | None = None

    @classmethod
    def of(cls, objective: Objective, M: Parametrization) -> Direction:
        """Prepare an objective, its distribution checked against the model's space."""
        compiled = numeric(M)
        empty = np.empty(0)
        if objective.kind == "function":
            symbols = visible_probabilities(M.space)
            by_name = {s.name: s for s in symbols}
            given = sympy.sympify(objective.expression, strict=True)
            expression = given.xreplace({s: by_name.get(s.name.replace(" ", ""), s) for s in given.free_symbols})
            names = [sympy.Dummy(f"p{i}") for i in range(len(symbols))]
            renamed = expression.xreplace(dict(zip(symbols, names, strict=True)))
            derivatives = [sympy.diff(renamed, s) for s in names]
            return cls(
                objective,
                compiled,
                empty,
                empty,
                sympy.lambdify(names, renamed, modules="numpy", cse=True),
                sympy.lambdify(names, derivatives, modules="numpy", cse=True),
            )
        if objective.visible:
            return cls(objective, compiled, empty, numeric_distribution(objective.distribution, M.space, visible=True))
        q = numeric_distribution(objective.distribution, M.space)
        return cls(objective, compiled, q, compiled.marginal(q))

    def weights(self, p: Array) -> Array:
        """The w for which learning follows ``S^T w``, (|X|,): q, or p(h|v) p*(v), their difference for the gap."""
        kind = self.objective.kind
        if kind in ("divergence", "elbo"):
            return self.q
        p_v = self.compiled.marginal(p)
        if kind == "function" and self.differential is not None:
            return np.asarray(-p * self.compiled.lift(np.array([float(e) for e in self.differential(*p_v)])))
        recognised = p * self.compiled.lift(self.p_star / p_v)
        return np.asarray(self.q - recognised if kind == "gap" else recognised)

    def vector(self, p: Array) -> Array:
        """The vector b of the module docstring, (|X|,)."""
        weights = self.weights(p)
        return np.asarray((weights - p * weights.sum()) / np.sqrt(p))

    def velocity(self, theta: Array) -> Array:
        """``d theta / dt`` along the flow, (d,); NaN outside the domain."""
        nothing = np.full(len(theta), np.nan)
        if self.compiled.violated(theta) is not None:
            return nothing
        p, scores = (e[..., 0] for e in self.compiled.probabilities_and_scores(theta[None]))
        if not (np.isfinite(p).all() and (p > 0).all() and np.isfinite(scores).all()):
            return nothing
        left, singular, right = np.linalg.svd(np.sqrt(p)[:, None] * scores, full_matrices=False)
        r = self.compiled.ranks.joint
        if not r:
            return np.zeros(len(theta))
        if singular[r - 1] <= np.finfo(float).tiny:
            return nothing
        lift = right[:r].T / singular[:r]  # coordinates in an orthonormal basis of T to parameters, of minimum norm
        if not self.objective.on_visible_model:
            return np.asarray(lift @ (left[:, :r].T @ self.vector(p)))
        p_v = self.compiled.marginal(p)
        root_v = np.sqrt(p_v)
        basis = self.compiled.marginal(np.sqrt(p)[:, None] * left[:, :r]) / root_v[:, None]
        left_v, singular_v, right_v = np.linalg.svd(basis, full_matrices=False)
        k = self.compiled.ranks.visible
        inner = left_v[:, :k].T @ ((self.p_star - p_v) / root_v)
        return np.asarray(lift @ (right_v[:k].T @ (inner / singular_v[:k])))

    def normal_equations(self, p: Array, scores: Array) -> tuple[Array, Array]:
        """``G`` and ``rhs`` with ``G c = rhs`` for ``d theta / dt = c``: p is (|X|,), scores (|X|, d), of any numbers.

        For the visible divergence these are ``G_V`` and ``J_V^T p*/p_V``.
        """
        if self.objective.on_visible_model:
            p_v, jacobian = self.compiled.marginal(p), self.compiled.marginal(p[:, None] * scores)
            return jacobian.T @ (jacobian / p_v[:, None]), jacobian.T @ (self.p_star / p_v)
        return scores.T @ (p[:, None] * scores), scores.T @ self.weights(p)

    def classical(self, theta: Array) -> Array:
        """``pinv(G) J^T ...`` as in the classical scheme; defined outside the domain too, where p is not positive."""
        p, scores = (e[..., 0] for e in self.compiled.probabilities_and_scores(theta[None]))
        if not (np.isfinite(p).all() and np.isfinite(scores).all()):
            return np.full(len(theta), np.nan)
        metric, rhs = self.normal_equations(p, scores)
        return np.asarray(np.linalg.pinv(metric) @ rhs)

    def value(self, p: Array) -> float:
        """The objective at a distribution, (|X|,); NaN where a logarithm is undefined."""
        p_v, kind = self.compiled.marginal(p), self.objective.kind
        if kind == "divergence":
            return relative_entropy(self.q, p)
        if kind in ("data divergence", "visible divergence"):
            return self.value_visible(p_v)
        if kind == "gap":
            return relative_entropy(self.q, p) - relative_entropy(self.p_star, p_v)
        if kind == "function" and self.function is not None:
            return float(self.function(*p_v))
        with np.errstate(all="ignore"):
            if kind == "evidence":
                return float(np.sum(np.where(self.p_star > 0, self.p_star * np.log(p_v), 0)))
            conditional = self.q / self.compiled.lift(np.where(self.p_star > 0, self.p_star, 1))
            return -relative_entropy(self.q, p, conditional)

    def value_visible(self, p_v: Array) -> float:
        """D(p*||p_V)."""
        return relative_entropy(self.p_star, p_v)


def relative_entropy(q: Array, p: Array, against: Array | None = None) -> float:
    """``sum q log(q/p)`` with 0 log 0 = 0 (``against`` replaces the q in the logarithm); inf where p vanishes."""
    support = q > 0
    numerator = (q if against is None else against)[support]
    with np.errstate(all="ignore"):
        return float(np.sum(q[support] * np.log(numerator / p[support])))
