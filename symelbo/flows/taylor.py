"""Gradient flows to any number of digits, by Taylor series (mpmath).

The same equation as the adaptive method's, in mpmath's arithmetic; a singular G is handled through its eigenvalues, the
number of which that do not vanish is known exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import sympy

from symelbo.errors import DomainError
from symelbo.flows.compiled import Array, numeric, rational_distribution
from symelbo.flows.directions import Direction
from symelbo.flows.gradient import GradientFlow
from symelbo.models.parametrization import Parametrization

__all__ = ["taylor_run"]


class _OutsideError(Exception):
    """The integration reached a point outside the domain."""


def taylor_run(
    direction: Direction, M: Parametrization, start: list[sympy.Expr], times: Array, digits: int
) -> GradientFlow:
    """Integrate by Taylor series with ``digits`` decimals; arrays of mpmath numbers.

    Raises
    ------
    DomainError
        An objective other than a divergence, ELBO, evidence or gap, or fewer than 5 digits.
    """
    if direction.objective.kind == "function":
        raise DomainError("digits: general functions of p_V are integrated by method='adaptive' only")
    if digits < 5:
        raise DomainError(f"digits = {digits}; expected at least 5")
    with mpmath.workdps(digits):
        coarse, _, _ = _integrate(direction, M, start, times)
    with mpmath.workdps(digits + 5):
        points, probabilities, remark = _integrate(direction, M, start, times)
        visible = [M.space.fibration.totals(p, mpmath.fsum) for p in probabilities]
        pairs = zip(coarse, points, strict=False)
        error = max((abs(a - b) for first, second in pairs for a, b in zip(first, second, strict=True)), default=0)
    theta, p, p_v = (np.array(a, dtype=object) for a in (points, probabilities, visible))
    values = np.array([direction.value(np.array(p, dtype=np.float64)) for p in probabilities])
    return GradientFlow(
        M,
        direction.objective,
        times[: len(points)],
        theta,
        p,
        p_v,
        values,
        "taylor",
        None,
        float(error),
        not remark,
        remark,
    )


def _integrate(
    direction: Direction, M: Parametrization, start: list[sympy.Expr], times: Array
) -> tuple[list[list[Any]], list[list[Any]], str]:
    mp = mpmath.mp
    evaluate = _evaluator(M)
    velocity = _velocity(direction, M, evaluate)
    theta = [mp.mpf(sympy.N(v, mp.dps + 5)) for v in start]
    # odefun has a protocol of its own for a single equation.
    single = len(theta) == 1
    solution = mpmath.odefun(
        (lambda t, y: velocity(t, [y])[0]) if single else velocity, 0, theta[0] if single else theta
    )
    points: list[list[Any]] = []
    remark = ""
    for t in times:
        try:
            values = [solution(mp.mpf(float(t)))] if single else solution(mp.mpf(float(t)))
            evaluate(values)
        except (_OutsideError, ZeroDivisionError):
            remark = f"the flow reaches the boundary of the domain before t = {float(t):.6g}"
            break
        points.append([+v for v in values])
    return points, [evaluate(p)[0] for p in points], remark


def _evaluator(M: Parametrization) -> Callable[[list[Any]], tuple[list[Any], Any]]:
    """Probabilities and centred scores at a point, as lists of mpmath numbers."""
    mp, compiled = mpmath.mp, numeric(M)
    factors, constraints = compiled.precise()
    exponents, entries, statistics = compiled.layout
    coefficients = [mp.mpf(int(c.p)) / int(c.q) for c in M.factor_table.coefficients]
    n, d = M.space.n_states, len(M.parameters)
    forms = [[mp.mpf(c) for c in row] for row in statistics.tolist()]

    def evaluate(theta: list[Any]) -> tuple[list[Any], Any]:
        if any(not c > 0 for c in constraints(*theta)):
            raise _OutsideError
        values = factors(*theta)
        count = exponents.shape[1]
        logs = dict(zip(entries, values[count:], strict=True))
        p, S = [], mp.zeros(n, d)
        for x in range(n):
            w = coefficients[x] * mp.exp(mp.fdot(forms[x][:-1], theta) + forms[x][-1])
            for f in np.flatnonzero(exponents[x]).tolist():
                e = int(exponents[x, f])
                w *= values[f] ** e
                for i in range(d):
                    if (f, i) in logs:
                        S[x, i] += e * logs[f, i]
            for i in range(d):
                S[x, i] += forms[x][i]
            p.append(w)
        if not M.normalised:
            total = mp.fsum(p)
            p = [w / total for w in p]
            for i in range(d):
                mean = mp.fdot(p, S[:, i])
                for x in range(n):
                    S[x, i] -= mean
        return p, S

    return evaluate


def _velocity(
    direction: Direction, M: Parametrization, evaluate: Callable[[list[Any]], tuple[list[Any], Any]]
) -> Callable[[Any, list[Any]], list[Any]]:
    mp, compiled = mpmath.mp, direction.compiled
    kind, pi, n = direction.objective.kind, M.space.fibration, M.space.n_states
    visible_given = direction.objective.visible
    exact = rational_distribution(direction.objective.distribution, M.space, visible=visible_given)
    given = [mp.mpf(int(v.p)) / int(v.q) for v in exact]
    p_star = given if visible_given else pi.totals(given, mp.fsum)

    def projected(metric: Any, rhs: Any, rank: int) -> list[Any]:
        """The solution of minimum norm of ``metric c = rhs``, the rank being known."""
        if rank == metric.rows:
            return list(mp.lu_solve(metric, rhs))
        eigenvalues, vectors = mp.eigsy(metric)
        order = sorted(range(metric.rows), key=lambda k: eigenvalues[k])[-rank:]
        c = mp.zeros(metric.rows, 1)
        for k in order:
            c += vectors[:, k] * ((vectors[:, k].T * rhs)[0] / eigenvalues[k])
        return list(c)

    def velocity(_: Any, theta: list[Any]) -> list[Any]:
        p, S = evaluate(list(theta))
        d = S.cols
        if direction.objective.on_visible_model:
            p_v = pi.totals(p, mp.fsum)
            J = mp.matrix(len(p_v), d)
            for v, fibre in enumerate(pi):
                for i in range(d):
                    J[v, i] = mp.fsum(p[x] * S[x, i] for x in fibre)
            scaled = mp.matrix([[J[v, i] / p_v[v] for i in range(d)] for v in range(len(p_v))])
            return projected(J.T * scaled, scaled.T * mp.matrix(p_star), compiled.ranks.visible)
        weights = given
        if kind in ("data divergence", "evidence", "gap"):
            p_v = pi.totals(p, mp.fsum)
            posterior = [p[x] * p_star[v] / p_v[v] for x, v in enumerate(pi.below.tolist())]
            weights = posterior if kind != "gap" else [a - b for a, b in zip(given, posterior, strict=True)]
        scaled = mp.matrix([[p[x] * S[x, i] for i in range(d)] for x in range(n)])
        return projected(S.T * scaled, S.T * mp.matrix(weights), compiled.ranks.joint)

    return velocity
