"""Walkers for a Fisher volume that is no product of known laws: stretch moves of an ensemble, with diagnostics.

Both halves of the ensemble move in turn, each walker along the line through one of the other half; the move is affine
invariant.  The integrated autocorrelation time is measured, and sets warm-up and thinning.
Reference: Goodman and Weare (2010); Sokal (1997) for the window; Gelman and Rubin (1992) for R-hat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

import numpy as np
import numpy.typing as npt

from symelbo.errors import DomainError
from symelbo.exact import RationalFunction
from symelbo.flows.compiled import Array, NumericModel
from symelbo.models.parametrization import Parametrization

__all__ = ["affine", "walk"]

# Walkers keep every k-th sweep, k this many autocorrelation times; and stop after so many sweeps in any case.
THINNING = 0.5
SWEEP_LIMIT = 20_000


def affine(element: RationalFunction) -> tuple[Fraction, dict[int, Fraction]] | None:
    """``c_0 + sum c_i g_i`` as (c_0, {i: c_i}), None for anything else."""
    if not element.den.is_one() or element.num.total_degree() > 1:
        return None
    constant, linear = Fraction(0), {}
    for exponents, c in element.terms().items():
        value = Fraction(int(c.p), int(c.q))
        if any(exponents):
            linear[exponents.index(1)] = value
        else:
            constant = value
    return constant, linear


@dataclass(frozen=True, slots=True)
class _Target:
    """log sqrt(det G) in coordinates in which it is tame: theta = low + (high - low) sin(phi / 2)**2 between bounds."""

    compiled: NumericModel
    low: Array
    high: Array
    margin: float

    @classmethod
    def of(cls, compiled: NumericModel, M: Parametrization, margin: float) -> _Target:
        low, high = np.full(compiled.d, -np.inf), np.full(compiled.d, np.inf)
        index = {g: i for i, g in enumerate(M.parameters)}
        for constraint in M.domain.constraints:
            form = affine(constraint.element)
            if form is None or len(form[1]) != 1:
                continue
            ((k, slope),) = form[1].items()
            i, end = index.get(M.field.generators[k]), float(-form[0] / slope)
            if i is not None and slope > 0:
                low[i] = max(low[i], end)
            elif i is not None:
                high[i] = min(high[i], end)
        return cls(compiled, low, high, margin)

    @property
    def bounded(self) -> npt.NDArray[np.bool_]:
        return np.isfinite(self.low) & np.isfinite(self.high)

    def points(self, phi: Array) -> Array:
        b = self.bounded
        theta = phi.copy()
        theta[:, b] = self.low[b] + (self.high[b] - self.low[b]) * np.sin(phi[:, b] / 2) ** 2
        return theta

    def coordinates(self, theta: Array) -> Array:
        b = self.bounded
        phi = theta.copy()
        phi[:, b] = 2 * np.arcsin(np.sqrt((theta[:, b] - self.low[b]) / (self.high[b] - self.low[b])))
        return phi

    def log_density(self, phi: Array) -> Array:
        b = self.bounded
        value = _log_volume(self.compiled, self.points(phi), self.margin)
        with np.errstate(divide="ignore", invalid="ignore"):
            value = value + np.log(np.sin(phi[:, b])).sum(axis=1)
        inside = (phi[:, b] > 0).all(axis=1) & (phi[:, b] < np.pi).all(axis=1)
        return np.where(inside & ~np.isnan(value), value, -np.inf)


def walk(
    compiled: NumericModel, M: Parametrization, n: int, rng: np.random.Generator, margin: float
) -> tuple[Array, dict[str, float]]:
    """Stretch moves of an ensemble; warm-up and thinning come from the measured autocorrelation time."""
    target = _Target.of(compiled, M, margin)
    walkers = 2 * max(64, 2 * compiled.d)
    state = target.coordinates(_first_points(compiled, M, walkers, rng, margin))
    density = target.log_density(state)
    warm = 200 + 50 * compiled.d
    history, _, state, density = _sweeps(target, state, density, warm, rng)
    tau = _autocorrelation_time(history[warm // 2 :])
    while warm < 20 * tau and warm < SWEEP_LIMIT // 4:
        warm = 2 * warm
        history, _, state, density = _sweeps(target, state, density, warm, rng)
        tau = _autocorrelation_time(history[warm // 2 :])
    rounds = max(8, -(-n // walkers))
    thin = max(1, min(int(np.ceil(THINNING * tau)), SWEEP_LIMIT // rounds))
    history, acceptance, _, _ = _sweeps(target, state, density, rounds * thin, rng)
    tau = _autocorrelation_time(history)
    diagnostics = {
        "acceptance": acceptance,
        "walkers": float(walkers),
        "warm-up sweeps": float(warm),
        "thinning": float(thin),
        "autocorrelation time": tau,
        "effective size": float(min(n, len(history) * walkers / tau)),
        "r_hat": _r_hat(history),
    }
    points = target.points(history[thin - 1 :: thin].reshape(-1, compiled.d))[:n]
    return points, diagnostics


def _first_points(
    compiled: NumericModel, M: Parametrization, walkers: int, rng: np.random.Generator, margin: float
) -> Array:
    found: list[list[float]] = []
    for point in islice(M.domain.interior_points(seed=int(rng.integers(1 << 31))), 200 * walkers):
        by_generator = [float(Fraction(int(v.p), int(v.q))) for v in point]
        theta = _parameters_of(M, by_generator)
        if theta is not None and np.isfinite(_log_volume(compiled, np.array([theta]), margin))[0]:
            found.append(theta)
            if len(found) == walkers:
                return np.array(found)
    if not found:
        raise DomainError(f"no point found at least margin = {margin} inside the domain; choose a smaller margin")
    centre = np.array(found)
    state = centre[rng.integers(len(centre), size=walkers)]
    for _ in range(200):  # spread copies by combinations, which stay inside where the domain is convex
        other = centre[rng.integers(len(centre), size=walkers)]
        mixed = state + 0.2 * rng.random((walkers, 1)) * (other - state) + 1e-3 * rng.normal(size=state.shape)
        good = np.isfinite(_log_volume(compiled, mixed, margin))
        state[good] = mixed[good]
    return np.asarray(state)


def _parameters_of(M: Parametrization, generators: Sequence[float]) -> list[float] | None:
    """Parameters of a point given by generators, by least squares for exponentials of parameters."""
    known = {g: v for g, v in zip(M.field.generators, generators, strict=True) if g.is_Symbol}
    free = [i for i, p in enumerate(M.parameters) if p not in known]
    theta = np.array([known.get(p, 0.0) for p in M.parameters])
    rows = [i for i in range(len(M.field.generators)) if M.field.is_exponential(i)]
    if free and rows:
        forms = np.array([[float(c) for c in M.field.exponent(i)] for i in rows])
        target = np.log([generators[i] for i in rows]) - forms[:, -1] - forms[:, :-1] @ theta
        theta[free] = np.linalg.lstsq(forms[:, free], target, rcond=None)[0]
    return [float(v) for v in theta]


def _log_volume(compiled: NumericModel, points: Array, margin: float) -> Array:
    """Return log sqrt(det G), -inf outside the cut domain."""
    margins = compiled.margins(points)
    inside = np.isfinite(points).all(axis=1) & (margins > 0).all(axis=0) & (margins >= margin).all(axis=0)
    result = np.full(len(points), -np.inf)
    if inside.any():
        p, scores = compiled.probabilities_and_scores(points[inside])
        metric = np.einsum("xin,xn,xjn->nij", scores, p, scores)
        good = np.isfinite(metric).all(axis=(1, 2))
        sign, logdet = np.linalg.slogdet(np.where(good[:, None, None], metric, 0.0))
        result[inside] = np.where(good & (sign > 0), 0.5 * logdet, -np.inf)
    return result


def _sweeps(
    target: _Target, state: Array, density: Array, count: int, rng: np.random.Generator
) -> tuple[Array, float, Array, Array]:
    """Move both halves of the ensemble in turn, ``count`` times; return the history, the acceptance, the end."""
    state, density = state.copy(), density.copy()
    walkers, d = state.shape
    half = walkers // 2
    history = np.empty((count, walkers, d))
    accepted = 0
    for k in range(count):
        for mine, others in ((slice(0, half), slice(half, None)), (slice(half, None), slice(0, half))):
            partners = state[others][rng.integers(walkers - half, size=half)]
            stretch = (1 + rng.random(half)) ** 2 / 2  # density proportional to 1/sqrt(z) on [1/2, 2]
            proposal = partners + stretch[:, None] * (state[mine] - partners)
            value = target.log_density(proposal)
            accept = np.log(rng.random(half)) < (d - 1) * np.log(stretch) + value - density[mine]
            state[mine] = np.where(accept[:, None], proposal, state[mine])
            density[mine] = np.where(accept, value, density[mine])
            accepted += int(accept.sum())
        history[k] = state
    return history, accepted / (count * walkers), state, density


def _autocorrelation_time(history: Array) -> float:
    """Integrated autocorrelation time in sweeps, the largest over the parameters (Sokal's window)."""
    count, _, d = history.shape
    worst = 1.0
    for i in range(d):
        series = history[:, :, i] - history[:, :, i].mean()
        transform = np.fft.rfft(series, 2 * count, axis=0)
        covariance = np.fft.irfft((np.abs(transform) ** 2).sum(axis=1), 2 * count)[:count]
        if covariance[0] <= 0:
            continue
        times = 2 * np.cumsum(covariance / covariance[0]) - 1
        window = np.flatnonzero(np.arange(count) >= 5 * times)
        worst = max(worst, float(times[window[0] if window.size else -1]))
    return worst


def _r_hat(history: Array) -> float:
    """Split R-hat of Gelman and Rubin, the largest over the parameters."""
    half = len(history) // 2
    chains = np.concatenate([history[:half], history[half : 2 * half]], axis=1)
    within = chains.var(axis=0, ddof=1).mean(axis=0)
    between = chains.mean(axis=0).var(axis=0, ddof=1)
    return float(np.sqrt((half - 1) / half + between / within).max())
