"""A model compiled for floating-point evaluation at many points at once.

Only the factors of the table and their logarithmic derivatives are compiled (with common subexpressions); probabilities
and scores follow from the integer matrix E of exponents:

    w(x) = c(x) prod_f f**E[x, f],      d log w(x) / d theta_i = sum_f E[x, f] D[f, i].

Index order: states and parameters as in the model, *points last*: p is (|X|, n), scores are (|X|, d, n).
Numbers made here are for integration, sampling and pictures; no verdict rests on them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import singledispatch
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
import sympy

from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import QQ, Rational, RationalFunction, as_decimal, pivots_mod, rational_to_sympy
from symelbo.geometry import Ranks, generic_ranks
from symelbo.models.domain import is_evident
from symelbo.models.parametrization import Parametrization, as_model, no_model
from symelbo.objectives import distribution, visible_probabilities
from symelbo.spaces import Space

Array: TypeAlias = npt.NDArray[np.float64]

# Doubles in the largest array of one chunk of points: what fits in the cache is three times as fast.
CHUNK = 1 << 16
# A distribution whose sum differs from 1 by more than this is refused; by less it is divided by its sum.
SUM_TOLERANCE = 1e-9


class Scaled(Protocol):
    """Tangent vectors at points, last, in coordinates in which the Fisher metrics on X and on V are Euclidean ones.

    ``basis`` (N, d, n) is that of the scores; ``visible`` (N_V', n) what a visible distribution is given by.
    """

    basis: Array
    visible: Array

    def seen(self, vectors: Array) -> Array:
        """The differential of pi, (N, ..., n) to (N_V, ..., n)."""

    def lifted(self, visible: Array) -> Array:
        """The horizontal lift, (N_V, n) to (N, n)."""

    def towards(self, q: Array) -> Array:
        """The vector ``q - p``, (N, n)."""

    def own(self, p_star: Array) -> Array:
        """The vector ``p* - p_V``, (N_V, n)."""

    def gradient(self, differential: Array) -> Array:
        """The gradient, on all that is seen, of a function with this differential, (N_V', n) to (N_V, n)."""


class Numeric(ABC):
    """A model of any family in floating point at arrays of points; use :func:`numeric` to obtain one.

    What a distribution is given by, its coordinates: probabilities, or for Gaussian models (mu; Sigma).
    """

    visible_symbols: tuple[sympy.Symbol, ...]
    visible_dimension: int
    tangent_columns: list[int]
    visible_columns: list[int]

    def __init__(self, model: Any) -> None:
        # Kept are the parts, not the model: the cache must not keep its own key alive.
        self.parameters: tuple[sympy.Symbol, ...] = model.parameters
        constraints = [c for c in model.domain.constraints if not is_evident(c.element)]
        self._inequalities = [model.field.to_sympy(c.element) for c in constraints]
        self._constraints = compiled(self.parameters, self._inequalities)
        self.constraint_texts = tuple(c.text for c in constraints)
        self.ranks: Ranks = generic_ranks(model)

    @abstractmethod
    def coordinates(self, points: Array) -> Array:
        """The coordinates at points of shape (n, d), (N, n)."""

    @abstractmethod
    def marginal(self, values: Array) -> Array:
        """The coordinates of what is seen, (N, ...) to (N_V, ...)."""

    @abstractmethod
    def scaled(self, points: Array) -> Scaled:
        """Tangent vectors at points of shape (n, d)."""

    @abstractmethod
    def distribution(self, given: Any, *, visible: bool = False) -> Array:
        """The coordinates of a q or p* that a user gives."""

    @abstractmethod
    def exact_pair(self, q: Any) -> tuple[Any, Any]:
        """A q that a user gives in exact numbers, and its marginal."""

    @abstractmethod
    def divergence(self, q: Array, p: Array) -> float:
        """D(q||p) of coordinates, also of those that are seen."""

    @abstractmethod
    def expected_log(self, q: Array, p: Array) -> float:
        """E_q[log p] of coordinates."""

    @property
    def visible_names(self) -> tuple[str, ...]:
        """The coordinates of what is seen, by name."""
        return tuple(map(str, self.visible_symbols))

    @property
    def largest(self) -> int:
        """Doubles that one point takes."""
        return max(1, len(self.visible_symbols)) * max(1, self.d)

    @property
    def d(self) -> int:
        """The number of parameters."""
        return len(self.parameters)

    def margins(self, points: Array) -> Array:
        """The values of the domain's constraints at points, (m, n): all are positive inside."""
        points = np.asarray(points, dtype=np.float64)
        result = np.empty((len(self.constraint_texts), len(points)))
        with np.errstate(all="ignore"):
            for k, value in enumerate(self._constraints(*points.T)):
                result[k] = value
        return result

    def inside(self, points: Array) -> npt.NDArray[np.bool_]:
        """Whether each point lies in the domain, (n,)."""
        finite = np.isfinite(points).all(axis=1)
        return np.asarray(finite & (self.margins(points) > 0).all(axis=0))

    def violated(self, point: Array) -> str | None:
        """The first inequality that a point violates, None inside the domain."""
        if not np.isfinite(point).all():
            return "finite parameters"
        failed = np.flatnonzero(~(self.margins(point[None])[:, 0] > 0))
        return self.constraint_texts[failed[0]] if failed.size else None

    def check_points(self, points: object) -> Array:
        """An (n, d) array of points inside the domain, or DomainError naming row and inequality."""
        array = np.asarray(points, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != self.d:
            raise DomainError(
                f"points has the shape {array.shape}; expected (n, {self.d}): one row of values of "
                f"{', '.join(map(str, self.parameters))} for each point"
            )
        size = max(1, CHUNK // max(1, len(self.constraint_texts)))
        for first in range(0, len(array), size):
            outside = np.flatnonzero(~self.inside(array[first : first + size]))
            if outside.size:
                row = first + int(outside[0])
                raise DomainError(
                    f"points[{row}] = {array[row].tolist()} lies outside the domain: it violates "
                    f"{self.violated(array[row])}"
                )
        return array

    def chunks(self, n: int) -> Iterable[slice]:
        """Slices of points for which the largest array stays small."""
        size = max(1, CHUNK // self.largest)
        return (slice(first, min(first + size, n)) for first in range(0, n, size))


class ScaledTable:
    """Tangent vectors A of a table as ``A / sqrt(p)``."""

    def __init__(self, compiled: NumericModel, points: Array) -> None:
        self.compiled = compiled
        self.p, scores = compiled.probabilities_and_scores(points)
        self.visible = compiled.marginal(self.p)
        with np.errstate(invalid="ignore"):
            self.root, self.root_v = np.sqrt(self.p), np.sqrt(self.visible)
        self.basis = self.root[:, None] * scores

    def seen(self, vectors: Array) -> Array:
        """``sum_h sqrt(p) A / sqrt(p_V)``."""
        between = (slice(None), *[None] * (vectors.ndim - 2))
        return np.asarray(self.compiled.marginal(self.root[between] * vectors) / self.root_v[between])

    def lifted(self, visible: Array) -> Array:
        """``sqrt(p) B / sqrt(p_V)``."""
        return np.asarray(self.root * self.compiled.lift(visible / self.root_v))

    def towards(self, q: Array) -> Array:
        """``(q - p) / sqrt(p)``."""
        return np.asarray((q[:, None] - self.p) / self.root)

    def own(self, p_star: Array) -> Array:
        """``(p* - p_V) / sqrt(p_V)``."""
        return np.asarray((p_star[:, None] - self.visible) / self.root_v)

    def gradient(self, differential: Array) -> Array:
        """``sqrt(p_V) (l - E[l])``."""
        return np.asarray(self.root_v * (differential - (self.visible * differential).sum(axis=0)))


class NumericModel(Numeric):
    """Floating-point probabilities and scores of a table at arrays of points."""

    def __init__(self, model: Parametrization) -> None:
        super().__init__(model)
        table, field = model.factor_table, model.field
        self.space = model.space
        self.visible_symbols, self.visible_dimension = visible_probabilities(model.space), model.space.n_visible - 1
        self.normalised = model.normalised
        self.coefficients = np.array([float(c) for c in table.coefficients])
        linear = {f: k for f, k in ((f, _generator_of(e)) for f, e in enumerate(table.factors)) if k is not None}
        known = {f: field.linear_form(k) for f, k in linear.items() if field.is_exponential(k)}
        exponents = {f: form for f, form in known.items() if form is not None}
        general = [f for f in range(len(table.factors)) if f not in exponents]
        self._exponents = table.exponents[:, general].astype(np.float64)
        self._active = [np.flatnonzero(row) for row in self._exponents]
        forms = np.array([[float(c) for c in form] for form in exponents.values()], dtype=np.float64).reshape(
            len(exponents), len(self.parameters) + 1
        )
        self._statistics = table.exponents[:, list(exponents)].astype(np.float64) @ forms
        derivatives = [(i, j, model.log_derivatives[f][j]) for i, f in enumerate(general) for j in range(self.d)]
        self._entries = [(i, j) for i, j, e in derivatives if e]
        expressions = [field.to_sympy(table.factors[f], factored=False) for f in general]
        expressions += [field.to_sympy(e) for _, _, e in derivatives if e]
        self._sources = (expressions, self._inequalities)
        self._factors = compiled(self.parameters, expressions)
        self.tangent_columns, self.visible_columns = _independent_columns(model)

    def probabilities_and_scores(self, points: Array) -> tuple[Array, Array]:
        """Return p, (|X|, n), and the centred scores, (|X|, d, n), at points of shape (n, d)."""
        with np.errstate(all="ignore"):
            return self._evaluate(np.asarray(points, dtype=np.float64))

    def _evaluate(self, points: Array) -> tuple[Array, Array]:
        n, columns = len(points), np.ascontiguousarray(points.T)
        values = self._factors(*columns)
        count = self._exponents.shape[1]
        factors = np.empty((count, n))
        for f in range(count):
            factors[f] = values[f]
        weights = self._products(factors)
        logs = np.zeros((count, self.d, n))
        for (f, i), value in zip(self._entries, values[count:], strict=True):
            logs[f, i] = value
        scores = (self._exponents @ logs.reshape(count, self.d * n)).reshape(len(self._exponents), self.d, n)
        if self._statistics.any():
            exponents = self._statistics[:, :-1] @ columns + self._statistics[:, -1:]
            if not self.normalised:
                exponents -= exponents.max(axis=0)
            weights = weights * np.exp(exponents)
            scores = scores + self._statistics[:, :-1, None]
        if self.normalised:
            return weights, scores
        p = weights / weights.sum(axis=0)
        return p, scores - np.einsum("xn,xin->in", p, scores)

    def _products(self, factors: Array) -> Array:
        n = factors.shape[1]
        if n == 1:
            return np.asarray(self.coefficients[:, None] * np.prod(factors[:, 0] ** self._exponents, axis=1)[:, None])
        weights = np.empty((self.space.n_states, n))
        for x, active in enumerate(self._active):
            weights[x] = self.coefficients[x]
            for f in active:
                e = self._exponents[x, f]
                weights[x] *= factors[f] if e == 1 else factors[f] ** e
        return weights

    def coordinates(self, points: Array) -> Array:
        """Return p, (|X|, n)."""
        return self.probabilities_and_scores(points)[0]

    @property
    def visible_names(self) -> tuple[str, ...]:
        """The probabilities of what is seen."""
        return tuple(f"p({self.space.visible_key(s)})" for s in self.space.visible_states)

    def scaled(self, points: Array) -> ScaledTable:
        """Tangent vectors divided by sqrt(p)."""
        return ScaledTable(self, points)

    def distribution(self, given: Any, *, visible: bool = False) -> Array:
        """Probabilities as floats."""
        if isinstance(given, np.ndarray) and given.dtype.kind == "f" and given.ndim == 1:
            expected = self.space.n_visible if visible else self.space.n_states
            if len(given) == expected and (given >= 0).all() and abs(given.sum() - 1) <= SUM_TOLERANCE:
                return np.asarray(given / given.sum(), dtype=np.float64)
        return np.array([float(v) for v in rational_distribution(given, self.space, visible=visible)])

    def exact_pair(self, q: Any) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
        """The probabilities of q and of q_V."""
        exact = rational_distribution(q, self.space)
        marginal = self.space.fibration.totals(exact, QQ.sum)
        return list(map(rational_to_sympy, exact)), list(map(rational_to_sympy, marginal))

    def divergence(self, q: Array, p: Array) -> float:
        """``sum q log(q/p)`` with 0 log 0 = 0; inf where p vanishes."""
        with np.errstate(all="ignore"):
            return float(np.sum(q[q > 0] * np.log(q[q > 0] / p[q > 0])))

    def expected_log(self, q: Array, p: Array) -> float:
        """``sum q log p``."""
        with np.errstate(all="ignore"):
            return float(np.sum(q[q > 0] * np.log(p[q > 0])))

    @property
    def largest(self) -> int:
        """Doubles that one point takes."""
        return max(self.space.n_states, int(self._exponents.shape[1])) * max(1, self.d)

    def marginal(self, values: Array) -> Array:
        """Sum over the fibres: (|X|, ...) to (|V|, ...)."""
        return self.space.fibration.sums(values)

    def lift(self, values: Array) -> Array:
        """Repeat over the fibres: (|V|, ...) to (|X|, ...)."""
        return self.space.fibration.lifted(values)

    def precise(self, modules: str = "mpmath") -> tuple[Callable[..., Any], Callable[..., Any]]:
        """Factors with log-derivatives, and constraints, compiled for another arithmetic."""
        return tuple(compiled(self.parameters, list(s), modules) for s in self._sources)  # type: ignore[return-value]

    @property
    def layout(self) -> tuple[Array, list[tuple[int, int]], Array]:
        """Exponents of the compiled factors, positions of their log-derivatives, linear forms of the exponentials."""
        return self._exponents, self._entries, self._statistics


def compiled(
    parameters: Sequence[sympy.Symbol], expressions: list[sympy.Expr], modules: str = "numpy"
) -> Callable[..., Any]:
    """Return a function of the parameters that evaluates expressions."""
    # Dummies: a parameter may be called "lambda".
    names = {p: sympy.Dummy(f"theta{i}") for i, p in enumerate(parameters)}
    replaced = [e.xreplace(names) for e in expressions]
    return sympy.lambdify([names[p] for p in parameters], replaced, modules=modules, cse=True)  # type: ignore[no-any-return]


def _generator_of(element: RationalFunction) -> int | None:
    """The number of the generator that an element equals, None if it is no generator."""
    constant, linear = element.affine_form() or (1, {})
    return next(iter(linear)) if not constant and list(linear.values()) == [1] else None


def _independent_columns(model: Parametrization) -> tuple[list[int], list[int]]:
    """Parameters whose columns are a basis, at generic points, of im J and of im J_V: nonzero minors modulo a prime."""
    rng = np.random.default_rng(7)
    p = model.prime
    best: tuple[list[int], list[int]] = ([], [])
    for _ in range(3):
        values = [int(v) for v in rng.integers(1, p, size=len(model.field.generators))]
        weights, scores = model.residues(values, p)
        total = int(weights.sum() % p)
        if not total:
            continue
        mean = (weights[:, None] * scores % p).sum(axis=0) % p * pow(total, -1, p) % p
        centred = (scores - mean) % p if not model.normalised else scores
        jacobian = weights[:, None] * centred % p
        visible = model.space.fibration.sums(jacobian) % p
        found = (pivots_mod(jacobian, p)[1], pivots_mod(visible, p)[1])
        best = (max(best[0], found[0], key=len), max(best[1], found[1], key=len))
    return best


def numeric(model: Any) -> Any:
    """Return the compiled form of a model (kept for the next call); ModelError for a known constant without value."""
    if not hasattr(model, "constants"):
        raise no_model(model)
    if model.constants:
        raise ModelError(
            f"numbers need values of the known constants {', '.join(map(str, model.constants))}: "
            f'give them with M.fix({{"{model.constants[0]}": "1/10"}})'
        )
    return model.keep("numeric", lambda: new_numeric(model))


@singledispatch
def new_numeric(model: Any) -> Numeric:
    """Return the compiled form; a family of models registers its own."""
    return NumericModel(as_model(model))


def rational_distribution(given: Any, space: Space, *, visible: bool = False) -> list[Rational]:
    """A distribution on the (visible) states as rationals; floats are read as decimals and divided by their sum.

    Raises
    ------
    DomainError
        Wrong length or states, a negative value, a sum that is not 1.
    """
    return distribution(given, space, visible=visible, read=as_decimal, tolerance=SUM_TOLERANCE)


def read_point(model: Parametrization, start: Any) -> Array:
    """A point of the domain as floats, (d,): from a mapping of parameters, a sequence in model order, or a Point."""
    values = point_values(model, start)
    array = np.array([float(v) for v in values])
    violated = numeric(model).violated(array)
    if violated is not None:
        shown = ", ".join(f"{p} = {v}" for p, v in zip(model.parameters, values, strict=True))
        raise DomainError(f"the start ({shown}) lies outside the domain: it violates {violated}")
    return array


def point_values(model: Parametrization, start: Any, name: str = "start") -> list[sympy.Expr]:
    """The values of all parameters as sympy numbers, in model order."""
    if hasattr(start, "substitution"):
        known = start.substitution()
        return [sympy.sympify(known[p], strict=True) for p in model.parameters]
    if isinstance(start, Mapping):
        by_name = {str(p): i for i, p in enumerate(model.parameters)}
        found: dict[int, sympy.Expr] = {}
        for key, value in start.items():
            if str(key) not in by_name:
                return point_values(model, model.point(start))
            found[by_name[str(key)]] = _exact_number(value, f"{name} value of {key}")
        missing = [str(p) for i, p in enumerate(model.parameters) if i not in found]
        if missing:
            raise DomainError(f"the {name} has no value for {', '.join(missing)}")
        return [found[i] for i in range(len(model.parameters))]
    try:
        items = list(start)
    except TypeError:
        raise DomainError(f"{name}: {start!r} is neither a mapping from parameters nor a sequence") from None
    if len(items) != len(model.parameters):
        raise DomainError(
            f"{name} has {len(items)} values; expected {len(model.parameters)}: {', '.join(map(str, model.parameters))}"
        )
    return [_exact_number(v, f"{name} value of {p}") for v, p in zip(items, model.parameters, strict=True)]


def _exact_number(value: Any, where: str) -> sympy.Expr:
    """A sympy number: rationals, floats read as decimals, and real closed expressions such as log(2)."""
    if isinstance(value, sympy.Expr) and not value.is_Rational and not value.is_Float:
        if value.is_number and value.is_real:
            return value
        raise ExactnessError(f"{where}: {value} is not a real number")
    number = as_decimal(value, where)
    return sympy.Rational(int(number.p), int(number.q))
