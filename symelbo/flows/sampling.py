"""Random points of a model, distributed as its Fisher volume sqrt(det G) d theta (Jeffreys' prior).

The law is read off the factored determinant.  With independent blocks B of parameters, each filling a simplex,

    det G = c prod_i theta_i**a_i prod_B (1 - sum_B theta_i)**b_B * rest

makes every block Dirichlet(a_i/2 + 1, ..., b_B/2 + 1), a block of one parameter a Beta distribution; with rest = 1 the
draws are exact, with a bounded rest (positive exponents) still exact, by rejection.  For parameters t_i = exp(...) the
same is done for prod t_i**a_i (1 + sum_B t_i)**(-b_B).  Otherwise there are walkers (:mod:`symelbo.flows.ensemble`).
Reference: Jeffreys (1946); Amari (1998).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from symelbo.budget import LIMITS, Limit, budgeted
from symelbo.errors import DomainError, ModelError
from symelbo.exact import Matrix, RationalFunction, is_whole, value_in
from symelbo.flows.compiled import Array, NumericModel, numeric
from symelbo.flows.ensemble import walk
from symelbo.geometry import geometry
from symelbo.models.parametrization import Parametrization, as_model

# Rejection that accepts less than this part is given up for walkers.
LEAST_ACCEPTANCE = 1e-4


class VolumeSample(np.ndarray[Any, np.dtype[np.float64]]):
    """An (n, d) array of points with how it was drawn: ``.method``, ``.law`` and ``.diagnostics``."""

    method: str
    law: str
    diagnostics: dict[str, float]

    @classmethod
    def of(cls, points: Array, method: str, law: str, diagnostics: dict[str, float]) -> VolumeSample:
        """Return the points with their provenance."""
        sample = np.asarray(points, dtype=np.float64).view(cls)
        sample.method, sample.law, sample.diagnostics = method, law, diagnostics
        return sample

    def __array_finalize__(self, parent: npt.NDArray[Any] | None) -> None:
        for name, default in (("method", ""), ("law", ""), ("diagnostics", {})):
            setattr(self, name, getattr(parent, name, default))


@dataclass(frozen=True, slots=True)
class VolumeLaw:
    """sqrt(det G) as a product of Dirichlet densities and a bounded rest.

    Attributes
    ----------
    blocks : tuple of (indices of generators, exponents of the Dirichlet distribution, the last for the remainder)
    rest : tuple of (polynomial, half exponent, bound): factors that are left to rejection
    exponential : whether the generators are exponentials t, with theta_i = t_i / (1 + sum t) in each block
    """

    names: tuple[str, ...]
    blocks: tuple[tuple[tuple[int, ...], tuple[Fraction, ...]], ...]
    rest: tuple[tuple[RationalFunction, Fraction, float], ...] = field(default=())
    exponential: bool = False

    @property
    def exact(self) -> bool:
        """Whether nothing is left to rejection."""
        return not self.rest

    def __str__(self) -> str:
        parts = []
        for block, alpha in self.blocks:
            kind = "Beta" if len(block) == 1 else "Dirichlet"
            names = ", ".join(self.names[i] for i in block)
            if self.exponential:
                names = f"{names} / (1 + {' + '.join(self.names[i] for i in block)})"
            parts.append(f"{names} ~ {kind}({', '.join(map(str, alpha))})")
        parts += [f"weight ({f})^({k})" for f, k, _ in self.rest]
        return "; ".join(parts)


def fisher_volume_law(M: Parametrization) -> VolumeLaw | None:
    """The Fisher volume as a product of Beta and Dirichlet laws, read off det G; None if det G is no such product.

    Raises
    ------
    ModelError
        det G vanishes identically: the parameters are redundant.

    >>> from symelbo.models import model_b
    >>> str(fisher_volume_law(model_b())).split("; ")[:2]
    ['x ~ Beta(3/2, 3/2)', 'y1 ~ Beta(1/2, 1/2)']
    """
    if numeric(M).ranks.joint < len(M.parameters):
        raise ModelError(
            f"det G vanishes identically: {len(M.parameters)} parameters, but the model has only dimension "
            f"{numeric(M).ranks.joint}; its Fisher volume is no density in these parameters"
        )
    powers = _determinant_factors(geometry(M).metric)
    if powers is None:
        return None
    exponential = all(M.field.is_exponential(i) for i in range(len(M.field.generators)))
    if exponential:
        return _exponential_law(M, powers)
    if any(M.field.is_exponential(i) for i in range(len(M.field.generators))):
        return None
    return _simplex_law(M, powers)


def _determinant_factors(metric: Matrix) -> list[tuple[RationalFunction, int]] | None:
    powers: dict[str, tuple[RationalFunction, int]] = {}
    for block in metric.blocks():
        if len(block) > LIMITS.determinant_order:
            return None
        _, factors = metric.select(block).columns(block).det().factors()
        for f, e in factors:
            key = str(f.num)
            powers[key] = (f, powers[key][1] + e if key in powers else e)
    return [(f, e) for f, e in powers.values() if e]


def _names(M: Parametrization) -> tuple[str, ...]:
    return tuple(map(str, M.field.generators))


def _simplex_law(M: Parametrization, powers: list[tuple[RationalFunction, int]]) -> VolumeLaw | None:
    """Blocks are read off the domain: it must contain theta_i > 0 and 1 - sum_B theta_i > 0, B a partition."""
    positive: set[int] = set()
    blocks: list[tuple[int, ...]] = []
    for constraint in M.domain.constraints:
        for f, e in constraint.element.factors()[1]:
            kind, block = _part(f) if e % 2 else _NEITHER
            if kind == "generator":
                positive.update(block)
            elif kind == "remainder" and block not in blocks:
                blocks.append(block)
    # A domain given by products (x*y > 0, ...) has further components; its own constraints are tested on every draw.
    if sorted(i for b in blocks for i in b) != list(range(len(M.parameters))) or len(positive) < len(M.parameters):
        return None
    shape = {b: [Fraction(1)] * (len(b) + 1) for b in blocks}
    rest: list[tuple[RationalFunction, Fraction, float]] = []
    for f, e in powers:
        kind, part = _part(f)
        if kind == "generator":
            block = next(b for b in blocks if part[0] in b)
            shape[block][block.index(part[0])] += Fraction(e, 2)
        elif kind == "remainder" and part in shape:
            shape[part][-1] += Fraction(e, 2)
        elif e > 0:
            rest.append((f, Fraction(e, 2), _bound(f)))
        else:
            return None
    if any(a <= 0 for alpha in shape.values() for a in alpha):
        return None
    ordered = sorted((b, tuple(shape[b])) for b in blocks)
    return VolumeLaw(_names(M), tuple(ordered), tuple(rest))


def _part(f: RationalFunction) -> tuple[str, tuple[int, ...]]:
    """A factor as (kind, block B of generators): g_i is a "generator", 1 - sum_B a "remainder", 1 + sum_B a "sum"."""
    constant, linear = f.affine_form() or (Fraction(0), {})
    slopes, block = set(linear.values()), tuple(sorted(linear))
    if constant == 0 and list(linear.values()) == [1]:
        return "generator", block
    if constant == 1 and slopes in ({1}, {-1}):
        return ("sum" if slopes == {1} else "remainder"), block
    return _NEITHER


_NEITHER: tuple[str, tuple[int, ...]] = ("", ())


def _bound(polynomial: RationalFunction) -> float:
    """An upper bound of ``|f|`` on the unit cube: corners for multilinear f, else the sum of coefficients."""
    terms = {k: Fraction(int(c.p), int(c.q)) for k, c in polynomial.terms().items()}
    support = sorted({i for k in terms for i, e in enumerate(k) if e})
    if all(e <= 1 for k in terms for e in k) and len(support) <= LIMITS.corner_variables:
        corners = (dict(zip(support, c, strict=True)) for c in product((0, 1), repeat=len(support)))
        values = (sum(c for k, c in terms.items() if all(at[i] for i, e in enumerate(k) if e)) for at in corners)
        return max(abs(float(v)) for v in values)
    return max(
        float(sum(max(c, Fraction(0)) for c in terms.values())),
        float(sum(max(-c, Fraction(0)) for c in terms.values())),
    )


def _exponential_law(M: Parametrization, powers: list[tuple[RationalFunction, int]]) -> VolumeLaw | None:
    """``prod t_i**a_i (1 + sum_B t_i)**(-b_B)`` with d theta = const prod dt_i/t_i; the domain is all of R^d."""
    n = len(M.field.generators)
    if n != len(M.parameters) or numeric(M).constraint_texts:
        return None
    exponents = [Fraction(0)] * n
    blocks: dict[tuple[int, ...], Fraction] = {}
    for f, e in powers:
        kind, part = _part(f)
        if kind == "generator":
            exponents[part[0]] += Fraction(e, 2)
        elif kind == "sum" and e < 0:
            blocks[part] = Fraction(-e, 2)
        else:
            return None
    if sorted(i for b in blocks for i in b) != list(range(n)):
        return None
    shaped = tuple((b, (*(exponents[i] for i in b), blocks[b] - sum(exponents[i] for i in b))) for b in sorted(blocks))
    if any(a <= 0 for _, alpha in shaped for a in alpha):
        return None
    return VolumeLaw(_names(M), shaped, (), exponential=True)


@budgeted("the sample")
def fisher_volume_sample(
    M: Parametrization, n: int, seed: int = 0, margin: float = 0.0, *, budget: Limit = None
) -> VolumeSample:
    """Draw points from the Fisher volume sqrt(det G), cut to the points at least ``margin`` inside the domain.

    Parameters
    ----------
    M : Parametrization
    n : number of points
    seed : int
    margin : float, at least 0
        Every inequality ``f > 0`` of the domain is sharpened to ``f >= margin``.
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Returns
    -------
    VolumeSample
        An (n, d) array, parameters in the order of the model; ``.method`` is ``"exact"``, ``"rejection"`` (exact too)
        or ``"walkers"``, ``.law`` the distribution found, ``.diagnostics`` acceptance, and for walkers the
        autocorrelation time in sweeps, effective size and R-hat.

    Raises
    ------
    ModelError
        det G vanishes identically.
    DomainError
        Nothing of the domain is left by the margin.
    SymelboError
        Walkers are needed, and emcee (the extra ``sampling``) is not installed.

    >>> from symelbo.models import model_b
    >>> sample = fisher_volume_sample(model_b(), 4, seed=1, margin=0.001)
    >>> sample.shape, sample.method
    ((4, 5), 'exact')
    """
    as_model(M)
    if not is_whole(n, 0) or not isinstance(margin, int | float) or margin < 0:
        raise DomainError(
            f"fisher_volume_sample: n = {n} and margin = {margin}; expected numbers that are not negative"
        )
    law = fisher_volume_law(M)
    rng = np.random.default_rng(seed)
    if law is not None:
        drawn = _draw(numeric(M), M, law, n, rng, margin)
        if drawn is not None:
            points, acceptance = drawn
            method = "exact" if law.exact else "rejection"
            return VolumeSample.of(points, method, str(law), {"acceptance": acceptance})
    points, diagnostics = walk(numeric(M), M, n, rng, margin)
    return VolumeSample.of(points, "walkers", "sqrt(det G), no product of Beta and Dirichlet laws", diagnostics)


def _draw(
    compiled: NumericModel, M: Parametrization, law: VolumeLaw, n: int, rng: np.random.Generator, margin: float
) -> tuple[Array, float] | None:
    """Draw the blocks, then accept by the rest and the domain; None if hardly anything is accepted."""
    kept: list[Array] = []
    count = proposed = 0
    while count < n:
        size = min(1 << 16, max(256, 2 * (n - count)))
        generators = np.empty((size, len(law.names)))
        for block, alpha in law.blocks:
            drawn = _dirichlet(rng, [float(a) for a in alpha], size, 0.0 if law.exponential else margin)
            if drawn is None:
                raise DomainError(f"margin = {margin} leaves (nearly) nothing of the domain; choose a smaller one")
            generators[:, list(block)] = drawn[:, :-1] / drawn[:, -1:] if law.exponential else drawn[:, :-1]
        points = _from_exponentials(M, generators) if law.exponential else generators
        accept = np.isfinite(points).all(axis=1)
        accept &= (compiled.margins(points) > 0).all(axis=0) & (compiled.margins(points) >= margin).all(axis=0)
        if law.rest:
            weight = np.ones(size)
            for f, power, bound in law.rest:
                weight *= (np.abs(value_in(f.num, list(generators.T), float)) / bound) ** float(power)
            accept &= rng.random(size) < weight
        proposed += size
        kept.append(points[accept])
        count += len(kept[-1])
        if proposed >= 1 << 17 and count < LEAST_ACCEPTANCE * proposed:
            return None
    return np.concatenate([*kept, np.empty((0, compiled.d))])[:n], count / max(1, proposed)


def _dirichlet(rng: np.random.Generator, alpha: list[float], size: int, margin: float) -> Array | None:
    """Dirichlet draws with all components at least margin, (size, k); None if such draws are too rare."""
    result = rng.dirichlet(alpha, size)
    for _ in range(2000):
        bad = np.flatnonzero((result < margin).any(axis=1) | (result <= 0).any(axis=1))
        if not bad.size:
            return np.asarray(result)
        result[bad] = rng.dirichlet(alpha, bad.size)
    return None


def _from_exponentials(M: Parametrization, generators: Array) -> Array:
    """Theta from the generators t = exp(L theta + c)."""
    forms = np.array([[float(c) for c in M.field.linear_form(i) or ()] for i in range(generators.shape[1])])
    with np.errstate(divide="ignore"):
        logs = np.log(generators) - forms[:, -1]
    return np.linalg.solve(forms[:, :-1], logs.T).T


def jeffreys_simplex(n: int, size: int, seed: int = 0) -> Array:
    """Draw distributions on n states from Jeffreys' prior, the Fisher volume of the open simplex: Dirichlet(1/2, ...).

    Returns
    -------
    numpy array, (size, n)

    >>> jeffreys_simplex(4, 2, seed=1).sum(axis=1).round(12)
    array([1., 1.])
    """
    if not (is_whole(n, 1) and is_whole(size, 0)):
        raise DomainError(f"jeffreys_simplex: n = {n} states and size = {size}; expected n >= 1 and size >= 0")
    return np.asarray(np.random.default_rng(seed).dirichlet([0.5] * n, size))
