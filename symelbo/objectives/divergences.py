"""Objectives as values: the divergences, ELBO and evidence, and functions of the visible probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import sympy

from symelbo.errors import ExactnessError
from symelbo.exact import as_rational

Kind = Literal["divergence", "data divergence", "visible divergence", "elbo", "evidence", "gap", "function"]


@dataclass(frozen=True, slots=True)
class Objective:
    """A function on P(X) or on P(V), with what is needed for its differential.

    ``distribution`` is the q or p* that it refers to (mapping or list, checked when a model is known);
    ``expression`` is the L of :func:`objective`.
    """

    kind: Kind
    distribution: Any = None
    expression: sympy.Expr | None = None

    @property
    def on_visible_model(self) -> bool:
        """Whether the objective's own natural gradient is that of the visible model M_V."""
        return self.kind == "visible divergence"

    @property
    def visible(self) -> bool:
        """Whether the objective depends on p through p_V alone."""
        return self.kind in ("data divergence", "visible divergence", "evidence", "function")

    def __repr__(self) -> str:
        symbol = {
            "divergence": "D(q||.)",
            "data divergence": "D(Q||.)",
            "visible divergence": "D(p*||.)",
            "elbo": "ELBO(q, .)",
            "evidence": "E_p*[log p_V]",
            "gap": "GAP(q, .)",
            "function": f"L = {self.expression}",
        }[self.kind]
        return f"Objective({symbol})"


def divergence(q: Any) -> Objective:
    """The divergence D(q||.) = sum_x q(x) log(q(x)/p(x)) on P(X), for a distribution q on all states.

    Parameters
    ----------
    q : mapping from state to exact number, or list in the order of the states
        Non-negative, sums to 1 (checked against the model's space when used).
    """
    return Objective("divergence", q)


def data_divergence(p_star: Any) -> Objective:
    """The divergence from the data manifold, D(Q||p) = min over q with q_V = p* of D(q||p), on P(X)."""
    return Objective("data divergence", p_star)


def visible_divergence(p_star: Any) -> Objective:
    """The divergence D(p*||.) on P(V); its natural gradient is that of the visible model M_V."""
    return Objective("visible divergence", p_star)


def elbo(q: Any) -> Objective:
    """The evidence lower bound averaged over the data, sum_v q_V(v) ELBO(q, p; v) = -D(q||p) + const, on P(X)."""
    return Objective("elbo", q)


def evidence(p_star: Any) -> Objective:
    """The averaged evidence sum_v p*(v) log p_V(v) = -D(Q||p) + const, as a function on P(X)."""
    return Objective("evidence", p_star)


def variational_gap(q: Any) -> Objective:
    """The gap GAP(q, p) = sum_v q_V(v) D(q(.|v) || p(.|v)), on P(X)."""
    return Objective("gap", q)


def objective(expression: sympy.Expr) -> Objective:
    """Any differentiable function L of the visible probabilities, as a function L o pi on P(X).

    Parameters
    ----------
    expression : sympy expression in the symbols of :func:`visible_probabilities`
        (symbols of the same names do).

    Its natural gradient on M is ``grad^M (L o pi)``; the visible gradient ``grad^{M_V} L`` is the attribute
    ``.visible`` of the result.

    >>> from symelbo.models import model_b
    >>> from symelbo.objectives import natural_gradient, visible_probabilities
    >>> p = visible_probabilities(model_b().space)
    >>> half, third = sympy.Rational(1, 2), sympy.Rational(1, 3)
    >>> at = {"x": half, "y1": half, "z1": half, "y2": third, "z2": third}
    >>> gradient = natural_gradient(objective(p[0] - p[1] - p[2] + p[3]), model_b(), at=at)
    >>> gradient.projected.T, gradient.visible.T
    (Matrix([[-23/432, -11/432, -11/432, 5/48]]), Matrix([[221/1296, -323/1296, -323/1296, 425/1296]]))
    """
    if isinstance(expression, int | float):
        as_rational(expression, "objective")
    if not isinstance(expression, sympy.Expr):
        raise ExactnessError(f"objective: {expression!r} is not a sympy expression")
    if expression.has(sympy.Float):
        number = next(iter(expression.atoms(sympy.Float)))
        as_rational(number, "objective")
    return Objective("function", expression=expression)
