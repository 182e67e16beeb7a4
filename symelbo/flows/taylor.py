"""Gradient flows to any number of digits, by the Taylor series of mpmath's odefun.

The same equation as in floating point, in mpmath's numbers; a singular G is handled through its eigenvalues, the number
of which that do not vanish is known exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np
import sympy

from symelbo.errors import DomainError
from symelbo.exact import Rational
from symelbo.flows.compiled import Array, numeric, rational_distribution
from symelbo.flows.directions import Direction
from symelbo.models.parametrization import Parametrization


class _OutsideError(Exception):
    """The integration reached a point outside the domain."""


def taylor_run(
    direction: Direction, M: Parametrization, start: list[sympy.Expr], times: Array, digits: int
) -> tuple[Array, Array, float, str]:
    """Parameters and probabilities with ``digits`` decimals, as mpmath numbers; their error; why the run ended early.

    Raises
    ------
    DomainError
        An objective other than a divergence, ELBO, evidence or gap, or fewer than 5 digits.
    """
    direction.table  # noqa: B018  # refuses models without one
    if direction.objective.kind == "function":
        raise DomainError("digits: general functions of p_V are integrated by method='adaptive' only")
    if digits < 5:
        raise DomainError(f"digits = {digits}; expected at least 5")
    with mpmath.workdps(digits):
        coarse, _, _ = _integrate(direction, M, start, times)
    with mpmath.workdps(digits + 5):
        points, probabilities, remark = _integrate(direction, M, start, times)
        common = min(len(coarse), len(points))
        error = float(np.abs(coarse[:common] - points[:common]).max(initial=0))
    return points, probabilities, error, remark


def _integrate(
    direction: Direction, M: Parametrization, start: list[sympy.Expr], times: Array
) -> tuple[Array, Array, str]:
    mp, d = mpmath.mp, len(start)
    evaluate = _evaluator(M)
    visible = direction.objective.visible
    given = _numbers(rational_distribution(direction.objective.distribution, M.space, visible=visible))
    exact = replace(direction, q=given, p_star=given if visible else direction.table.marginal(given))
    ranks = direction.table.ranks
    rank = ranks.visible if direction.objective.on_visible_model else ranks.joint

    def velocity(_: Any, theta: Any) -> Any:
        moved = _least_solution(*exact.normal_equations(*evaluate(theta if d > 1 else [theta])), rank)
        return moved if d > 1 else moved[0]  # odefun has a protocol of its own for a single equation

    first = [mp.mpf(sympy.N(v, mp.dps + 5)) for v in start]
    solution = mpmath.odefun(velocity, 0, first if d > 1 else first[0])
    points: list[list[Any]] = []
    probabilities: list[Array] = []
    remark = ""
    for t in times:
        try:
            values = solution(mp.mpf(float(t)))
            values = list(values) if d > 1 else [values]
            probabilities.append(evaluate(values)[0])
        except (_OutsideError, ZeroDivisionError):
            remark = f"the flow reaches the boundary of the domain before t = {float(t):.6g}"
            break
        points.append([+v for v in values])
    shape = (len(points), M.space.n_states)
    return np.array(points, dtype=object).reshape(-1, d), np.array(probabilities, dtype=object).reshape(shape), remark


def _numbers(rationals: list[Rational]) -> Array:
    return np.array([mpmath.mpf(int(v.p)) / int(v.q) for v in rationals], dtype=object)


def _evaluator(M: Parametrization) -> Callable[[Any], tuple[Array, Array]]:
    """Probabilities and centred scores at a point, as arrays of mpmath numbers."""
    compiled = numeric(M)
    factors, constraints = compiled.precise()
    layout, entries, statistics = compiled.layout
    exponents = layout.astype(np.int64).astype(object)
    forms = np.vectorize(mpmath.mpf, otypes=[object])(statistics)
    coefficients = _numbers(list(M.factor_table.coefficients))
    exp = np.vectorize(mpmath.exp, otypes=[object])
    count = exponents.shape[1]

    def evaluate(theta: Any) -> tuple[Array, Array]:
        if any(not c > 0 for c in constraints(*theta)):
            raise _OutsideError
        values = factors(*theta)
        logs = np.full((count, len(theta)), mpmath.mpf(0), dtype=object)
        for entry, value in zip(entries, values[count:], strict=True):
            logs[entry] = value
        powers = np.array(values[:count], dtype=object) ** exponents
        p = coefficients * powers.prod(axis=1) * exp(forms @ np.array([*theta, 1], dtype=object))
        scores = exponents @ logs + forms[:, :-1]
        if not M.normalised:
            p = p / p.sum()
            scores = scores - p @ scores
        return p, scores

    return evaluate


def _least_solution(metric: Array, rhs: Array, rank: int) -> list[Any]:
    """The solution of minimum norm of ``metric c = rhs``, the rank being known."""
    G, b = mpmath.matrix(metric.tolist()), mpmath.matrix(rhs.tolist())
    if rank == G.rows:
        return list(mpmath.lu_solve(G, b))
    eigenvalues, vectors = mpmath.mp.eigsy(G)
    c = mpmath.zeros(G.rows, 1)
    for k in sorted(range(G.rows), key=lambda k: eigenvalues[k])[G.rows - rank :]:
        c += vectors[:, k] * ((vectors[:, k].T * b)[0] / eigenvalues[k])
    return list(c)
