"""An ensemble of walkers for a Fisher volume that is no product of known laws: emcee's affine-invariant stretch moves.

The integrated autocorrelation time is measured, and sets warm-up and thinning.
Reference: Goodman and Weare (2010); Foreman-Mackey et al. (2013) for emcee; Gelman and Rubin (1992) for R-hat.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from symelbo.errors import DomainError, optional
from symelbo.flows.compiled import Array, NumericModel
from symelbo.models.parametrization import Parametrization, Point

# Walkers keep every k-th sweep, k this many autocorrelation times; and stop after so many sweeps in any case.
THINNING = 0.5
SWEEP_LIMIT = 20_000
# The autocorrelation time is underestimated by runs of fewer times its length (the rule of emcee).
RELIABLE = 50


def walk(
    compiled: NumericModel, M: Parametrization, n: int, rng: np.random.Generator, margin: float
) -> tuple[Array, dict[str, float]]:
    """Return n points and diagnostics: acceptance, autocorrelation time in sweeps, effective size, R-hat.

    Raises
    ------
    DomainError
        Nothing of the domain is left by the margin.
    SymelboError
        emcee, an optional extra, is not installed.
    """
    target = _Target.of(compiled, M, margin)
    walkers = 2 * max(64, 2 * compiled.d)
    needed = "this Fisher volume is no product of known laws and is sampled by emcee"
    sampler = optional("emcee", needed, "sampling").EnsembleSampler(
        walkers, compiled.d, target.log_density, vectorize=True
    )
    sampler.random_state = np.random.RandomState(rng.integers(1 << 31)).get_state()
    warm = 200 + 50 * compiled.d
    state = sampler.run_mcmc(target.coordinates(_first_points(target, M, walkers, rng)), warm)
    while warm < RELIABLE * (tau := _autocorrelation_time(sampler, warm // 2)) and warm < SWEEP_LIMIT // 4:
        warm = 2 * warm
        sampler.reset()
        state = sampler.run_mcmc(state, warm)
    rounds = max(8, -(-n // walkers))
    thin = max(1, min(int(np.ceil(THINNING * tau)), SWEEP_LIMIT // rounds))
    sampler.reset()
    sampler.run_mcmc(state, rounds * thin)
    tau = _autocorrelation_time(sampler)
    history = sampler.get_chain()
    diagnostics = {
        "acceptance": float(sampler.acceptance_fraction.mean()),
        "walkers": float(walkers),
        "warm-up sweeps": float(warm),
        "thinning": float(thin),
        "autocorrelation time": tau,
        "effective size": float(min(n, len(history) * walkers / tau)),
        "r_hat": _r_hat(history),
    }
    return target.points(history[thin - 1 :: thin].reshape(-1, compiled.d))[:n], diagnostics


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
            form = constraint.element.affine_form()
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
        value = self.log_volume(self.points(phi))
        with np.errstate(divide="ignore", invalid="ignore"):
            value = value + np.log(np.sin(phi[:, b])).sum(axis=1)
        inside = (phi[:, b] > 0).all(axis=1) & (phi[:, b] < np.pi).all(axis=1)
        return np.where(inside & ~np.isnan(value), value, -np.inf)

    def log_volume(self, points: Array) -> Array:
        """The logarithm of sqrt(det G), -inf outside the cut domain."""
        inside = self.compiled.inside(points) & (self.compiled.margins(points) >= self.margin).all(axis=0)
        result = np.full(len(points), -np.inf)
        if inside.any():
            p, scores = self.compiled.probabilities_and_scores(points[inside])
            metric = np.einsum("xin,xn,xjn->nij", scores, p, scores)
            good = np.isfinite(metric).all(axis=(1, 2))
            sign, logdet = np.linalg.slogdet(np.where(good[:, None, None], metric, 0.0))
            result[inside] = np.where(good & (sign > 0), 0.5 * logdet, -np.inf)
        return result


def _first_points(target: _Target, M: Parametrization, walkers: int, rng: np.random.Generator) -> Array:
    found: list[list[float]] = []
    for values in islice(M.domain.interior_points(seed=int(rng.integers(1 << 31))), 200 * walkers):
        theta = [float(v) for v in Point(M.field, values).substitution().values()]
        if np.isfinite(target.log_volume(np.array([theta])))[0]:
            found.append(theta)
            if len(found) == walkers:
                return np.array(found)
    if not found:
        raise DomainError(
            f"no point found at least margin = {target.margin} inside the domain; choose a smaller margin"
        )
    centre = np.array(found)
    state = centre[rng.integers(len(centre), size=walkers)]
    for _ in range(200):  # spread copies by combinations, which stay inside where the domain is convex
        other = centre[rng.integers(len(centre), size=walkers)]
        mixed = state + 0.2 * rng.random((walkers, 1)) * (other - state) + 1e-3 * rng.normal(size=state.shape)
        good = np.isfinite(target.log_volume(mixed))
        state[good] = mixed[good]
    return np.asarray(state)


def _autocorrelation_time(sampler: Any, skip: int = 0) -> float:
    """Integrated autocorrelation time in sweeps, the largest over the parameters."""
    return float(np.nanmax([1.0, *sampler.get_autocorr_time(discard=skip, tol=0)]))


def _r_hat(history: Array) -> float:
    """Split R-hat of Gelman and Rubin, the largest over the parameters."""
    half = len(history) // 2
    chains = np.concatenate([history[:half], history[half : 2 * half]], axis=1)
    within = chains.var(axis=0, ddof=1).mean(axis=0)
    between = chains.mean(axis=0).var(axis=0, ddof=1)
    return float(np.sqrt((half - 1) / half + between / within).max())
