"""Gradient flows: the curve of steepest descent of an objective on a model, in parameters, in P(X) and in P(V).

Closed form where it exists (:mod:`symelbo.flows.solutions`); otherwise the equation d theta/dt = c with
``J c = -grad^M`` is integrated by an adaptive Runge-Kutta method of order 8 (scipy's DOP853; a trial step that leaves
the domain is rejected, so no point of a run ever lies outside), by Taylor series at ``digits`` decimals (mpmath), or,
for comparison, by the classical explicit Euler scheme, which does leave the domain at times and then says so.
Index order: times first; parameters, states and visible states as in the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import mpmath
import numpy as np
import numpy.typing as npt
import sympy

from symelbo.budget import LIMITS, Limit, budgeted
from symelbo.errors import DomainError, ModelError, optional
from symelbo.flows.compiled import Array, NumericModel, numeric, point_values, read_point
from symelbo.flows.directions import Direction
from symelbo.flows.solutions import ClosedForm, closed_form, statistics_matrix
from symelbo.flows.taylor import taylor_run
from symelbo.models.parametrization import has_table
from symelbo.objectives import Objective
from symelbo.typesetting import Unfolding

Method = Literal["auto", "closed form", "adaptive", "taylor", "euler"]

# A run that ends this close to the boundary has reached it; one that ends this fast has reached an edge of the model.
NEAR, FAST = 1e-6, 300.0
# Rows that a notebook shows, or so.
SHOWN = 8


@dataclass(frozen=True, slots=True)
class GradientFlow(Unfolding):
    """A flow at given times.

    Attributes
    ----------
    times : (n,), those of the times asked for that the flow reaches
    parameters : (n, d)
    probabilities : (n, |X|); for Gaussian models the coordinates (mu; Sigma)
    visible : (n, |V|); (mu_V; Sigma_VV)
    values : (n,), the objective
    method : ``"closed form"``, ``"adaptive"``, ``"taylor"`` or ``"euler"``
    closed_form : ClosedForm or None
    error_estimate : largest difference in probabilities to a run with a hundredth of the tolerance; 0 for a closed
        form; for Euler the difference to a run with half the step
    completed : whether the last time was reached inside the domain
    remark : where and why not, empty if completed
    """

    model: Any
    objective: Objective
    times: Array
    parameters: Array
    probabilities: Array
    visible: Array
    values: Array
    method: str
    closed_form: ClosedForm | None
    error_estimate: float
    completed: bool
    remark: str = ""

    def rows(self) -> list[dict[str, float]]:
        """One mapping for each time: t, the parameters, the visible probabilities ``p(...)``, the objective."""
        names = numeric(self.model).visible_names
        result = []
        for k, t in enumerate(self.times):
            row = {"t": float(t)}
            row |= {str(p): float(v) for p, v in zip(self.model.parameters, self.parameters[k], strict=True)}
            row |= {n: float(v) for n, v in zip(names, self.visible[k], strict=True)}
            result.append(row | {"objective": float(self.values[k])})
        return result

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """How it was found, and some of its rows."""
        for name in ("model", "closed_form", "error_estimate", "remark"):
            yield name.replace("_", " "), getattr(self, name)
        yield "parameters", ", ".join(map(str, self.model.parameters))
        for k in range(0, len(self.times), max(1, len(self.times) // SHOWN)):
            yield f"t = {self.times[k]:g}", ", ".join(f"{v:.6g}" for v in self.parameters[k])

    def __repr__(self) -> str:
        end = f", {self.remark}" if self.remark else ""
        return f"GradientFlow({self.objective!r}, {len(self.times)} times, {self.method}{end})"


@budgeted("the flow")
def gradient_flow(
    objective: Objective,
    M: Any,
    start: Any,
    times: Any,
    *,
    method: Method = "auto",
    step: float = 0.01,
    coordinates: Literal["parameters", "expectation"] = "parameters",
    tolerance: float = 1e-9,
    digits: int | None = None,
    budget: Limit = None,
) -> GradientFlow:
    """The flow of the negative natural gradient of an objective on a model, from a start, at given times.

    ELBO and evidence, which are to be maximised, are followed along the positive gradient.

    Parameters
    ----------
    objective : Objective
        ``divergence(q)``, ``data_divergence(p_star)``, ``visible_divergence(p_star)`` or any other.
    M : Parametrization or Gaussian
    start : mapping from parameter to number, sequence of d numbers, or Point; inside the domain
        With exact numbers the closed form is exact; floats are read as the decimals that they print as.
    times : increasing sequence of numbers >= 0
    method : ``"auto"`` (closed form, else adaptive), ``"closed form"``, ``"adaptive"``, ``"taylor"``, ``"euler"``
    step : float
        Of Euler's scheme.
    coordinates : ``"parameters"`` or ``"expectation"``
        In which Euler steps are taken; expectation coordinates belong to exponential families.
    tolerance : float
        Of the adaptive method.
    digits : int, optional
        Decimal digits of ``"taylor"`` (chosen when given); the arrays then hold mpmath numbers.
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Returns
    -------
    GradientFlow

    Raises
    ------
    DomainError
        The start lies outside the domain, q is no distribution, the times do not increase.
    ModelError
        ``"closed form"`` where none is known.

    >>> from symelbo.models import model_a
    >>> from symelbo.objectives import divergence
    >>> flow = gradient_flow(divergence(["1/8"] * 8), model_a(), {"x": "1/4", "y": "1/3", "z": "1/2"}, [0, 1])
    >>> flow.method, flow.closed_form.parameters
    ('closed form', (1/2 - exp(-t)/4, 1/2 - exp(-t)/6, 1/2))
    """
    if not isinstance(objective, Objective):
        raise ModelError(f"gradient_flow: {objective!r} is not an objective; build one with divergence(q), ...")
    moments = _times(times)
    direction = Direction.of(objective, M)
    theta = read_point(M, start)
    if digits is not None or method == "taylor":
        points, p, error, remark = taylor_run(direction, M, point_values(M, start), moments, digits or 30)
        reached = moments[: len(points)]
        return _flow(direction, M, reached, points, "taylor", probabilities=p, error=error, remark=remark)
    if method == "euler":
        return _euler(direction, M, theta, moments, step, coordinates)
    found = None if method == "adaptive" else closed_form(objective, M, point_values(M, start))
    if found is None and method == "closed form":
        raise ModelError(f"no closed form is known for {objective!r} on {M!r}; use method='adaptive'")
    if found is None:
        return _adaptive(direction, M, theta, moments, tolerance)
    if found.probabilities is not None:
        return _evaluated(direction, M, found, moments)
    if found.expectation is not None:
        return _through_means(direction, M, found, theta, moments)
    return _visible_alone(direction, M, found, theta, moments, tolerance)


def _times(times: Any) -> Array:
    try:
        moments = np.atleast_1d(np.asarray([float(t) for t in np.atleast_1d(times)]))
    except (TypeError, ValueError):
        raise DomainError(f"times: {times!r} is not a sequence of numbers") from None
    if not moments.size or not np.isfinite(moments).all() or moments[0] < 0 or (np.diff(moments) < 0).any():
        raise DomainError("times: expected at least one number >= 0, in increasing order")
    return moments


def _flow(
    direction: Direction,
    M: Any,
    times: Array,
    parameters: Array,
    method: str,
    *,
    probabilities: Array | None = None,
    closed: ClosedForm | None = None,
    error: float = 0.0,
    remark: str = "",
) -> GradientFlow:
    compiled = direction.compiled
    if probabilities is None:
        probabilities = compiled.coordinates(parameters).T
    visible = compiled.marginal(probabilities.T).T
    values = np.array([direction.value(p) for p in probabilities.astype(np.float64)])
    arrays = times, parameters, probabilities, visible, values
    return GradientFlow(M, direction.objective, *arrays, method, closed, error, not remark, remark)


# ---- Closed forms as numbers -----------------------------------------------------------------------------


def _evaluated(direction: Direction, M: Any, closed: ClosedForm, times: Array) -> GradientFlow:
    p, parameters = (_numbers(e or (), closed.time, times) for e in (closed.probabilities, closed.parameters))
    return _flow(direction, M, times, parameters, "closed form", probabilities=p, closed=closed)


def _numbers(expressions: Sequence[sympy.Expr], time: sympy.Symbol, times: Array) -> Array:
    """Expressions in the time at many times, (n, number of expressions)."""
    # Powers with rational exponents may be huge and nearly cancel: those are evaluated with more digits.
    if any(not e.exp.is_Integer for x in expressions for e in x.atoms(sympy.Pow) if e.base != sympy.E):
        precise = sympy.lambdify([time], list(expressions), modules="mpmath", cse=True)
        with mpmath.workdps(40):
            return np.array([[float(e) for e in precise(mpmath.mpf(float(t)))] for t in times])
    function = sympy.lambdify([time], list(expressions), modules="numpy", cse=True)
    columns = [np.broadcast_to(np.asarray(e, dtype=np.float64), times.shape) for e in function(times)]
    return np.stack(columns, axis=1)


def _through_means(direction: Direction, M: Any, closed: ClosedForm, theta: Array, times: Array) -> GradientFlow:
    """Theta from eta(t) by Newton's method; the remaining difference in eta is the error estimate."""
    eta = closed.expectation if closed.expectation is not None else ()
    eta_0 = np.array([float(sympy.N(e.subs(closed.time, 0), 30)) for e in eta])
    F = np.array(sympy.Matrix(closed.statistics).tolist(), dtype=np.float64)
    eta_q = F.T @ direction.q
    parameters, worst = [], 0.0
    for t in times:
        theta, rest = means_to_parameters(direction.table, F, eta_q + (eta_0 - eta_q) * np.exp(-t), theta)
        parameters.append(theta)
        worst = max(worst, rest)
    return _flow(direction, M, times, np.array(parameters), "closed form", closed=closed, error=worst)


def means_to_parameters(compiled: NumericModel, F: Array, eta: Array, theta: Array) -> tuple[Array, float]:
    """The parameters at which an exponential family has the means eta, and the largest remaining difference.

    Newton's method with halved steps; the means are the gradient of a convex function.
    """
    rest = np.inf
    for _ in range(200):
        p = compiled.coordinates(theta[None])[:, 0]
        residual = eta - F.T @ p
        rest = float(np.abs(residual).max())
        if rest < 1e-15:
            break
        centred = F - F.T @ p
        move = np.linalg.lstsq((centred * p[:, None]).T @ centred, residual, rcond=1e-13)[0]
        scale = 1.0
        while scale > 1e-6:
            trial = compiled.coordinates((theta + scale * move)[None])[:, 0]
            if np.isfinite(trial).all() and np.abs(eta - F.T @ trial).max() < rest:
                break
            scale /= 2
        else:
            break  # no progress beyond rounding
        theta = theta + scale * move
    return theta, rest


def _visible_alone(
    direction: Direction, M: Any, closed: ClosedForm, theta: Array, times: Array, tolerance: float
) -> GradientFlow:
    """p_V(t) by the formula, as far as an adaptive run finds parameters above it: the formula ends where M_V does."""
    run = _adaptive(direction, M, theta, times, tolerance)
    visible = _numbers(closed.visible or (), closed.time, run.times)
    error = float(np.abs(run.visible - visible).max(initial=0))
    values = np.array([direction.value_visible(v) for v in visible])
    return replace(run, visible=visible, values=values, method="closed form", closed_form=closed, error_estimate=error)


# ---- Adaptive --------------------------------------------------------------------------------------------


def _adaptive(direction: Direction, M: Any, theta: Array, times: Array, tolerance: float) -> GradientFlow:
    """Two runs: the difference between them estimates the error of the coarser, the finer one is returned."""
    coarse, _, _ = _run(direction, theta, times, tolerance)
    fine, reached, reason = _run(direction, theta, times, tolerance / 100)
    remark = f"{reason} at t = {reached:.6g}" if reason else ""
    error = _difference(direction, fine, coarse)
    return _flow(direction, M, times[: len(fine)], fine, "adaptive", error=error, remark=remark)


def _difference(direction: Direction, points: Array, others: Array) -> float:
    """The largest difference of coordinates at the times that both runs reach."""
    common = min(len(points), len(others))
    first, second = (direction.compiled.coordinates(run[:common]) for run in (points, others))
    return float(np.abs(first - second).max(initial=0.0))


def _run(direction: Direction, theta: Array, times: Array, tolerance: float) -> tuple[Array, float, str]:
    """Parameters at the times reached, the time reached, and why no further (empty: the end was reached)."""
    evaluations = 0

    def velocity(_: float, y: Array) -> Array:
        nonlocal evaluations
        evaluations += 1
        return direction.velocity(y)

    found = [theta for t in times if t == 0]
    if times[-1] == 0:
        return np.array(found), 0.0, ""
    integrate = optional("scipy.integrate", "adaptive flows need scipy", "figures")
    speed = velocity(0, theta)
    if not np.isfinite(speed).all():
        return np.array(found).reshape(-1, len(theta)), 0.0, "the metric is singular beyond its generic rank"
    first = min(float(times[-1]), 1e-3, 1e-2 / max(1e-300, float(np.abs(speed).max())))
    with np.errstate(all="ignore"):
        solver = integrate.DOP853(
            velocity, 0.0, theta, float(times[-1]), rtol=max(tolerance, 1e-13), atol=tolerance * 1e-3, first_step=first
        )
        while solver.status == "running":
            solver.step()
            if solver.status == "failed" or evaluations > LIMITS.velocities:
                break
            runaway = bool(np.abs(solver.f).max() > FAST * FAST * (1 + np.abs(solver.y).max()))
            inside = times[len(found) :]
            inside = inside[inside <= solver.t]
            if inside.size:
                points = solver.dense_output()(inside).T
                if inside[-1] == solver.t:
                    points[-1] = solver.y
                found.extend(points)
            if runaway:
                break
    result = np.array(found).reshape(-1, len(theta))
    if solver.status == "finished":
        return result, float(solver.t), ""
    return result, float(solver.t), _reason(direction, solver.y)


def _reason(direction: Direction, theta: Array) -> str:
    """Why a run ends early: at the boundary of the domain, at an edge of the model, or for want of steps."""
    margins = direction.compiled.margins(theta[None])[:, 0]
    if margins.size and margins.min() < NEAR:
        text = direction.compiled.constraint_texts[int(np.argmin(margins))]
        return f"the flow reaches the boundary of the domain ({text})"
    speed = direction.velocity(theta)
    if not np.isfinite(speed).all() or np.abs(speed).max() > FAST:
        return "the flow reaches an edge of the model (the parameters' speed grows without bound)"
    return "the run is given up after too many steps"


# ---- Euler -----------------------------------------------------------------------------------------------


def _euler(direction: Direction, M: Any, theta: Array, times: Array, step: float, coordinates: str) -> GradientFlow:
    if not (np.isfinite(step) and step > 0):
        raise DomainError(f"step = {step}; expected a positive number")
    counts = np.rint(times / step).astype(int)
    if np.abs(counts * step - times).max() > 1e-9 * max(1.0, times[-1]):
        raise DomainError(f"times: Euler's scheme with step = {step} has points at multiples of the step only")
    if coordinates == "expectation":
        return _euler_in_means(direction, M, theta, times, step, counts)
    points, left = _euler_points(direction, theta, step, int(counts[-1]))
    halved, _ = _euler_points(direction, theta, step / 2, 2 * int(counts[-1]))
    kept = points[counts[counts < len(points)]]
    finer = halved[2 * counts[(counts < len(points)) & (2 * counts < len(halved))]]
    error = _difference(direction, kept, finer)
    return _flow(direction, M, times[: len(kept)], kept, "euler", error=error, remark=left)


def _euler_points(direction: Direction, theta: Array, step: float, count: int) -> tuple[Array, str]:
    points, remark = [theta], ""
    for k in range(1, count + 1):
        with np.errstate(all="ignore"):
            theta = theta + step * direction.classical(theta)
        if not np.isfinite(theta).all():
            remark = remark or f"the scheme breaks down at t = {k * step:.6g}"
            break
        points.append(theta)
        violated = direction.compiled.violated(theta)
        if violated is not None and not remark:
            remark = f"leaves the domain at t = {k * step:.6g}: violates {violated}"
    return np.array(points), remark


def _euler_in_means(
    direction: Direction, M: Any, theta: Array, times: Array, step: float, counts: npt.NDArray[np.int_]
) -> GradientFlow:
    """Steps in eta = F^T p: each one multiplies eta - eta_q by 1 - step, for D(q||.)."""
    statistics = statistics_matrix(M) if has_table(M) else None
    if statistics is None:
        raise ModelError(f"expectation coordinates belong to exponential families; {M!r} is none in its parameters")
    F = np.array(statistics.to_sympy().tolist(), dtype=np.float64)
    points, worst, remark = [theta], 0.0, ""
    for k in range(1, int(counts[-1]) + 1):
        p, scores = (e[..., 0] for e in direction.table.probabilities_and_scores(theta[None]))
        tangent = p * (scores @ direction.classical(theta))
        theta, rest = means_to_parameters(direction.table, F, F.T @ (p + step * tangent), theta)
        worst = max(worst, rest)
        if rest > 1e-9:
            remark = f"leaves the domain at t = {k * step:.6g}: no parameters have these means"
            break
        points.append(theta)
    kept = np.array(points)[counts[counts < len(points)]]
    return _flow(direction, M, times[: len(kept)], kept, "euler", error=worst, remark=remark)
