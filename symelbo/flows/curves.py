"""The three curves of the paper: learning of the visible model, with perfect recognition, and with a fixed q.

    sigma_0   flow of -grad D(p*||.) on M_V                sigma_1   flow of -grad D(Q||.) on M, seen in P(V)
    sigma_2   flow of -grad D(q||.) on M, q_V = p*, seen in P(V)

They coincide when M is cylindrical.  The distance is the exact 0 where closed forms that were verified by
differentiation agree as elements of Q(e^-t), or where M is proved cylindrical; otherwise it is the largest Euclidean
distance in P(V) over the times, a number with an error.  Source: Ay, van Oostrum, Datar (2025), figure of the flows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

import numpy as np
import sympy

from symelbo.budget import Limit, budgeted
from symelbo.flows.compiled import Numeric, numeric
from symelbo.flows.gradient import GradientFlow, gradient_flow
from symelbo.objectives import data_divergence, divergence, visible_divergence
from symelbo.typesetting import Unfolding

# Curves further apart than this are never called equal: a start that is not admissible is outside the theorem.
CONSISTENT = 1e-6


@dataclass(frozen=True, slots=True)
class SigmaCurves(Unfolding):
    """The three flows from one start.

    Attributes
    ----------
    sigma_0, sigma_1, sigma_2 : GradientFlow
    distance : sympy Integer 0 where the curves are known to coincide, else the float ``numeric_distance``
    numeric_distance : the largest Euclidean distance in P(V) between two of the curves at one of the times
    reason : why the distance is 0, or how it was found
    """

    sigma_0: GradientFlow
    sigma_1: GradientFlow
    sigma_2: GradientFlow
    distance: sympy.Integer | float
    numeric_distance: float
    reason: str

    @property
    def flows(self) -> tuple[GradientFlow, GradientFlow, GradientFlow]:
        """The three flows in order."""
        return self.sigma_0, self.sigma_1, self.sigma_2

    def rows(self) -> list[dict[str, float]]:
        """One mapping for each time that all three reach: t, and for each curve p_V and D(p*||p_V)."""
        compiled: Numeric = numeric(self.sigma_0.model)
        p_star = compiled.distribution(self.sigma_0.objective.distribution, visible=True)
        result = []
        for k in range(min(len(f.times) for f in self.flows)):
            row = {"t": float(self.sigma_0.times[k])}
            for i, flow in enumerate(self.flows):
                row |= {
                    f"sigma_{i} {n}": float(v) for n, v in zip(compiled.visible_names, flow.visible[k], strict=True)
                }
                row[f"sigma_{i} divergence"] = compiled.divergence(p_star, flow.visible[k])
            result.append(row)
        return result

    def __repr__(self) -> str:
        return f"SigmaCurves(distance = {self.distance}: {self.reason})"


@budgeted("the flows")
def sigma_curves(
    M: Any,
    q: Any,
    start: Any,
    times: Any,
    *,
    method: Literal["auto", "closed form", "adaptive", "euler"] = "auto",
    step: float = 0.01,
    tolerance: float = 1e-9,
    budget: Limit = None,
) -> SigmaCurves:
    """The curves sigma_0, sigma_1, sigma_2 in P(V) from one start, with the maximal distance between them.

    Parameters
    ----------
    M : Parametrization or Gaussian
    q : distribution on the states; its marginal is p*
    start : mapping from parameter to number, or d numbers
    times, method, step, tolerance, budget : as in :func:`gradient_flow`

    >>> from symelbo.models import model_a
    >>> sigma_curves(model_a(), ["1/8"] * 8, ["1/4", "1/3", "1/5"], [0, 1, 2])
    SigmaCurves(distance = 0: equal in closed form)
    """
    target, p_star = numeric(M).exact_pair(q)
    objectives = (visible_divergence(p_star), data_divergence(p_star), divergence(target))
    first, second, third = flows = [
        gradient_flow(o, M, start, times, method=method, step=step, tolerance=tolerance) for o in objectives
    ]
    found = curve_distance(flows)
    forms = [f.closed_form.visible if f.closed_form is not None else None for f in flows]
    if method != "euler" and all(f is not None and f == forms[0] for f in forms):
        return SigmaCurves(first, second, third, sympy.Integer(0), found, "equal in closed form")
    from symelbo.verification import is_cylindrical

    if method == "auto" and found < CONSISTENT and is_cylindrical(M).kind == "proved":
        return SigmaCurves(
            first, second, third, sympy.Integer(0), found, "the model is cylindrical at every admissible point"
        )
    return SigmaCurves(first, second, third, found, found, "largest Euclidean distance at the given times")


def curve_distance(flows: list[GradientFlow]) -> float:
    """The largest Euclidean distance in P(V) of two flows at a time that both reach."""
    largest = 0.0
    for a, b in combinations(flows, 2):
        n = min(len(a.times), len(b.times))
        if n:
            largest = max(largest, float(np.linalg.norm(a.visible[:n] - b.visible[:n], axis=1).max()))
    return largest
