"""Objectives of learning and their natural gradients: divergences, ELBO, evidence, gap, any L on P(V).

An objective is known to the engine by its differential only, a covector on R^X (``df(A) = sum_x omega(x) A(x)``)
or on R^V; no logarithm survives differentiation in p, so at rational p and q everything is rational:

    D(q||.)    omega(x) = -q(x) / p(x)                    D(Q||.)   omega(v,h) = -p*(v) / p_V(v)
    gap(q,.)   omega(v,h) = -q(v,h)/p(v,h) + q_V(v)/p_V(v)
    L o pi     omega(v,h) = dL(v)

Sign: :func:`natural_gradient` returns gradients; learning goes along the negative gradient of a divergence.
Order: states and visible states as in the sample space.
Source: Ay, van Oostrum, Datar (2025); Amari (1998).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Literal

import sympy

from symelbo.budget import Budget, limited
from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import QQ, Entry, Matrix, Rational, RationalField, as_rational
from symelbo.geometry import Geometry, ScoreSpace, score_space
from symelbo.models.parametrization import Parametrization, Point
from symelbo.spaces import Space, visible_probabilities

__all__ = [
    "NaturalGradient",
    "Objective",
    "data_divergence",
    "divergence",
    "elbo",
    "evidence",
    "natural_gradient",
    "objective",
    "survives",
    "variational_gap",
    "visible_divergence",
    "visible_probabilities",
]

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


@dataclass(frozen=True, slots=True)
class NaturalGradient:
    """A natural gradient, in three forms.

    Attributes
    ----------
    parameters : sympy.Matrix, d x 1
        Coordinates c with tangent vector J c.  Where G is singular they are not unique; these are the ones of
        minimum Euclidean norm.  Only the tangent vector is invariant.
    tangent : sympy.Matrix, |X| x 1
        The tangent vector in T_pM (for the visible divergence: the horizontal lift of the visible gradient).
    projected : sympy.Matrix, |V| x 1
        Its image under marginalisation.
    visible : sympy.Matrix, |V| x 1, or None
        For an objective that depends on p_V alone: its natural gradient on the visible model M_V.
    """

    parameters: sympy.Matrix
    tangent: sympy.Matrix
    projected: sympy.Matrix
    visible: sympy.Matrix | None = None

    def __repr__(self) -> str:
        lines = [f"Natural gradient: {len(self.parameters)} parameters, {len(self.projected)} visible states"]
        named = [("parameters", self.parameters), ("projected", self.projected), ("visible", self.visible)]
        for name, vector in named:
            if vector is not None:
                shown = ", ".join(map(str, vector))
                lines.append(f"  {name}: ({shown})" if len(shown) <= 200 else f"  {name}: {len(vector)} entries")
        return "\n".join(lines)

    def _repr_latex_(self) -> str:
        """The projected gradient, and the visible one if there is one, as a notebook shows them."""
        from symelbo.typesetting import equations, tuple_latex

        rows = [(r"\dpi(\grad^{M})", tuple_latex(self.projected))]
        if self.visible is not None:
            rows.append((r"\grad^{M_V}", tuple_latex(self.visible)))
        return equations(rows)


def natural_gradient(
    objective: Objective,
    M: Parametrization,
    at: Mapping[Any, Any] | Point | None = None,
    *,
    budget: float | Budget | None = None,
) -> NaturalGradient:
    """The natural gradient of an objective on a model: the vector of T_pM with g(grad, A) = df(A) for all A in T_pM.

    ``J c`` with a solution c of ``G c = J^T omega``.  For :func:`visible_divergence` it is the gradient on the visible
    model, ``J_V c`` with ``G_V c = J_V^T dL``.

    Parameters
    ----------
    objective : Objective
    M : Parametrization
    at : mapping from parameter to rational, optional
        Evaluate at this point instead of symbolically.
    budget : seconds, or Budget(seconds=..., memory=...), optional
        BudgetError where it ends first.

    Returns
    -------
    NaturalGradient
        ``.parameters`` (d; of minimum norm when G is singular, only the tangent vector is invariant),
        ``.tangent`` (|X|), ``.projected`` (|V|).

    Raises
    ------
    DomainError
        The point lies outside the domain, or q is not a distribution on the states of the model.

    >>> from symelbo.models import model_b
    >>> at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    >>> gradient = natural_gradient(divergence([sympy.Rational(1, 8)] * 8), model_b(), at=at)
    >>> (-gradient.projected).T
    Matrix([[1/18, 1/36, 1/36, -1/9]])
    """
    if not isinstance(objective, Objective):
        raise ExactnessError(f"natural_gradient: {objective!r} is not an objective; build one with divergence(q), ...")
    where = score_space(M) if at is None else score_space(M, M.point(at))
    what = f"the natural gradient on {M.name or 'the model'}"
    return limited(budget, what, lambda: gradient_on(where, objective), *M.parameters)


@singledispatch
def gradient_on(where: ScoreSpace, objective: Objective) -> NaturalGradient:
    """The natural gradient of an objective on scores of any family: q acts by its moments of the basis of functions.

    ``df(tau_i) = -E_q[s_i]`` for D(q||.), ``-E_p*[E[s_i|v]]`` for D(Q||.) and D(p*||.).
    """
    if objective.kind == "function":
        return _gradient_of_function(objective, where)
    below = objective.visible
    moments = where.moments(objective.distribution, visible=below)
    right = (where.visible_scores if below else where.scores).T @ moments
    if objective.kind == "gap":
        right = right - where.lift(where.visible_scores).T @ moments
    if objective.kind not in ("elbo", "evidence"):
        right = -right
    own = where.visible_metric.generalised_inverse() @ right if below else None
    visible = None if own is None else where.visible_jacobian @ own
    if objective.on_visible_model and own is not None and visible is not None:
        lifted = where.lift(where.visible_scores @ own)
        coordinates = minimum_norm(own, where.visible_jacobian).to_sympy()
        return NaturalGradient(coordinates, where.dual(lifted).to_sympy(), visible.to_sympy(), visible.to_sympy())
    found = where.metric_inverse @ right
    return NaturalGradient(
        minimum_norm(found, where.scores).to_sympy(),
        (where.jacobian @ found).to_sympy(),
        (where.visible_jacobian @ found).to_sympy(),
        None if visible is None else visible.to_sympy(),
    )


@gradient_on.register
def _natural_gradient(where: Geometry, objective: Objective) -> NaturalGradient:
    if objective.kind == "function":
        return _gradient_of_function(objective, where)
    omega = covector(objective, where)
    if objective.on_visible_model:
        return _visible_gradient(where, omega)
    parameters = where.metric_inverse @ (where.jacobian.T @ omega)
    tangent = where.jacobian @ parameters
    visible = None
    if objective.visible:
        visible = (where.visible_cometric @ _visible_differential(objective, where)).to_sympy()
    return NaturalGradient(
        minimum_norm(parameters, where.scores).to_sympy(),
        tangent.to_sympy(),
        where.marginal(tangent).to_sympy(),
        visible,
    )


def _visible_gradient(at: Geometry, omega: Matrix) -> NaturalGradient:
    projected = at.visible_cometric @ omega
    parameters = at.visible_jacobian.solve(projected)
    if parameters is None:
        raise ModelError("the visible gradient is not tangent to the visible model")
    return NaturalGradient(
        minimum_norm(parameters, at.visible_jacobian).to_sympy(),
        at.horizontal_lift(projected).to_sympy(),
        projected.to_sympy(),
        projected.to_sympy(),
    )


def minimum_norm(parameters: Matrix, jacobian: Matrix) -> Matrix:
    """The solution of minimum Euclidean norm among ``c + ker J``: c minus its projection onto the kernel."""
    kernel = jacobian.nullspace()
    if not kernel.ncols:
        return parameters
    gram = kernel.T @ kernel
    return parameters - kernel @ (gram.inverse() @ (kernel.T @ parameters))


def covector(objective: Objective, at: Geometry) -> Matrix:
    """The differential of an objective: a column of length |X|, or |V| for the visible divergence."""
    domain, space = at.domain, at.model.space
    if objective.on_visible_model:
        return _visible_differential(objective, at)
    if objective.visible:
        return at.lift(_visible_differential(objective, at))
    q = distribution(objective.distribution, space, visible=False)
    ratios = [domain.constant(w) / p for w, p in zip(q, at.probabilities, strict=True)]
    column = Matrix.column(domain, ratios)
    if objective.kind == "divergence":
        return -column
    if objective.kind == "elbo":
        return column
    visible = space.fibration.totals(q, QQ.sum)
    ratios_v = [domain.constant(w) / p for w, p in zip(visible, at.visible_probabilities, strict=True)]
    return at.lift(Matrix.column(domain, ratios_v)) - column


def _visible_differential(objective: Objective, at: Geometry) -> Matrix:
    p_star = distribution(objective.distribution, at.model.space, visible=True)
    sign = at.domain.constant(1 if objective.kind == "evidence" else -1)
    ratios = [sign * at.domain.constant(w) / p for w, p in zip(p_star, at.visible_probabilities, strict=True)]
    return Matrix.column(at.domain, ratios)


def survives(objective: Objective, M: Any, at: Mapping[Any, Any] | Point | None = None) -> bool:
    """Whether an L keeps ``dpi grad^M (L o pi) = grad^{M_V} L`` on a model, generically or at an admissible point.

    So it is exactly where ``grad^M (L o pi)`` is horizontal itself; that needs no visible metric, so it is decided for
    mixtures too, where that is not exact.

    Parameters
    ----------
    objective : of kind :func:`objective`, rational in the visible coordinates
    M : a model of any family
    at : mapping from parameter to rational, optional

    >>> from symelbo.models.exponential_mixtures import exponential_mixture
    >>> M = exponential_mixture("gaussian", variance="known")
    >>> survives(objective(sympy.Symbol("E(v)")), M)
    True
    """
    if not isinstance(objective, Objective) or objective.expression is None:
        raise ExactnessError(f"survives: {objective!r} is not an objective(L) of what is seen")
    where = score_space(M) if at is None else score_space(M, M.point(at))
    differential = _differential(objective, where)
    exact = Matrix.column(where.domain, [where.domain.from_sympy(e) for e in differential])
    gradient = where.metric_inverse @ (where.visible_jacobian.T @ exact)
    return (where.vertical_scores @ gradient).is_zero()


def _differential(objective: Objective, at: ScoreSpace) -> list[sympy.Expr]:
    coordinates = at.visible_coordinates()
    expression = _in_visible_symbols(objective.expression, tuple(coordinates))
    values = {s: at.domain.to_sympy(p) for s, p in coordinates.items()}
    return [sympy.diff(expression, s).subs(values) for s in coordinates]


def _gradient_of_function(objective: Objective, at: ScoreSpace) -> NaturalGradient:
    """All gradients are linear in dL: exact matrices times the differential, which may be any function."""
    domain, coordinates = at.domain, at.visible_coordinates()
    symbols = tuple(coordinates)
    differential = _differential(objective, at)
    lifted = at.metric_inverse @ at.visible_jacobian.T
    try:
        exact = Matrix.column(domain, [domain.from_sympy(e) for e in differential])
    except ExactnessError:
        # A transcendental differential (log, sqrt, ...): combine exact columns with sympy coefficients.
        basis = [Matrix.column(domain, _unit(domain, k, len(symbols))) for k in range(len(symbols))]
        parts = [_function_gradient(at, lifted, e) for e in basis]
        return NaturalGradient(
            *(
                sum((c * part[k] for c, part in zip(differential, parts, strict=True)), start=parts[0][k] * 0)
                for k in range(4)
            )
        )
    return NaturalGradient(*_function_gradient(at, lifted, exact))


def _unit(domain: Any, k: int, n: int) -> list[Entry]:
    return [domain.one if i == k else domain.zero for i in range(n)]


def _function_gradient(at: ScoreSpace, lifted: Matrix, differential: Matrix) -> tuple[sympy.Matrix, ...]:
    parameters = lifted @ differential
    tangent = at.jacobian @ parameters
    return (
        minimum_norm(parameters, at.scores).to_sympy(),
        tangent.to_sympy(),
        (at.visible_jacobian @ parameters).to_sympy(),
        (at.visible_cometric @ differential).to_sympy(),
    )


def _in_visible_symbols(expression: sympy.Expr | None, symbols: tuple[sympy.Symbol, ...]) -> sympy.Expr:
    """The expression with symbols of the right names replaced by the visible probabilities; others are refused."""
    if expression is None:
        raise ExactnessError("objective: no expression")
    by_name = {s.name: s for s in symbols}
    replace = {}
    for s in expression.free_symbols:
        name = s.name.replace(" ", "")
        if name not in by_name:
            raise ExactnessError(
                f"objective: the symbol {s} is no visible probability; those are {', '.join(map(str, symbols))}"
            )
        replace[s] = by_name[name]
    return expression.xreplace(replace)


def distribution(
    given: Any,
    space: Space,
    *,
    visible: bool,
    read: Callable[[Any, str], Rational] = as_rational,
    tolerance: float = 0.0,
) -> list[Rational]:
    """A distribution on the (visible) states as a list of rationals: non-negative and of sum 1, or DomainError.

    ``read`` reads a number; within a ``tolerance`` of the sum the numbers are divided by it.
    """
    name = "p*" if visible else "q"
    states = space.visible_states if visible else space.states
    index = space.visible_index if visible else space.index
    values: dict[int, Rational] = {}
    if isinstance(given, Mapping):
        for state, value in given.items():
            k = index(state)
            if k in values:
                raise DomainError(f"{name}: the state {states[k]} is given twice")
            values[k] = read(value, f"{name}{states[k]}")
    elif hasattr(given, "__iter__") or hasattr(given, "__getitem__"):
        items = list(given)
        if len(items) != len(states):
            raise DomainError(f"{name} has {len(items)} values; expected one for each of the {len(states)} states")
        values = {k: read(v, f"{name}{s}") for k, (v, s) in enumerate(zip(items, states, strict=True))}
    else:
        raise DomainError(f"{name}: {given!r} is neither a mapping from states nor a list")
    for k, state in enumerate(states):
        if k not in values:
            raise DomainError(f"{name} has no value for the state {state}")
        if values[k] < 0:
            raise DomainError(f"{name}{state} = {values[k]} is negative; a distribution is not")
    total = RationalField().sum(values.values())
    if total != 1 and not (tolerance and abs(float(total) - 1) <= tolerance):
        raise DomainError(f"{name} sums to {float(total) if tolerance else total}, not to 1")
    return [values[k] / total for k in range(len(states))]
