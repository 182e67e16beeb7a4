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

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any, Literal, TypeAlias

import numpy as np
import sympy

from symelbo.budget import LIMITS, Budget, limited
from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import QQ, Entry, Field, Matrix, Rational, as_rational, rational_to_sympy
from symelbo.exact.names import Name, definitions
from symelbo.exact.programs import Node, Program, evaluated
from symelbo.geometry import (
    Formula,
    Geometry,
    ScoreSpace,
    StructuredGeometry,
    checked_form,
    gradients,
    score_space,
)
from symelbo.geometry.formulas import Form
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

LINE = LIMITS.line_symbols

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

    @property
    def definitions(self) -> tuple[tuple[Name, sympy.Expr], ...]:
        """The names in the parameters and in the projected and visible gradient, with what they stand for."""
        return tuple(definitions([*self.parameters, *self.projected, *(self.visible or ())]))

    def __repr__(self) -> str:
        lines = [f"Natural gradient: {len(self.parameters)} parameters, {len(self.projected)} visible states"]
        named = [("parameters", self.parameters), ("projected", self.projected), ("visible", self.visible)]
        for name, vector in named:
            if vector is not None:
                shown = ", ".join(map(str, vector))
                lines.append(f"  {name}: ({shown})" if len(shown) <= 400 else f"  {name}: {len(vector)} entries")
        lines += [f"  {name} = {e}" for name, e in self.definitions if len(str(e)) <= 200]
        return "\n".join(lines)

    def _repr_latex_(self) -> str:
        """The projected gradient, the visible one if there is one, and their names, as a notebook shows them."""
        from symelbo.typesetting import EQUATIONS_SHOWN, equations, tuple_latex, value_latex

        rows = [(r"\dpi(\grad^{M})", tuple_latex(self.projected))]
        if self.visible is not None:
            rows.append((r"\grad^{M_V}", tuple_latex(self.visible)))
        named = definitions([*self.projected, *(self.visible or ())])
        rows += [(value_latex(name), value_latex(e)) for name, e in named[:EQUATIONS_SHOWN]]
        return equations(rows, len(rows) + max(len(named) - EQUATIONS_SHOWN, 0))


def natural_gradient(
    objective: Objective,
    M: Parametrization,
    at: Mapping[Any, Any] | Point | None = None,
    *,
    form: Form = "structured",
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
    form : "structured", "factored" or "expanded"
        Sums over states, with names where they are long; or every entry as one fraction.
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
    checked_form(form)
    where = score_space(M) if at is None else score_space(M, M.point(at))
    what = f"the natural gradient on {M.name or 'the model'}"
    shared = M, M.field, *M.parameters
    if not isinstance(where, Geometry):
        return limited(budget, what, lambda: _gradient_on(where, objective), *shared)
    if at is not None:
        return limited(budget, what, lambda: _natural_gradient(objective, where), *shared)
    if form == "structured":
        found = limited(budget, what, lambda: _structured_gradient(objective, StructuredGeometry(M)), *shared)
    else:
        limit = Budget() if budget is None else budget
        found = limited(limit, what, lambda: _fractions(objective, M, form), *shared)
    return NaturalGradient(*(None if e is None else Formula.from_entries(M, (len(e), 1), e) for e in found))


def _gradient_on(where: ScoreSpace, objective: Objective) -> NaturalGradient:
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


Entries: TypeAlias = "list[sympy.Expr]"


def _fractions(objective: Objective, M: Parametrization, form: str) -> list[Entries | None]:
    """The gradient over the field, each entry one fraction."""
    where = StructuredGeometry(M)
    found = _structured_nodes(objective, where)
    others = where.domain.symbols
    field = Field((*M.parameters, *others), (*M.field.generators, *others))

    def entry(e: Node) -> sympy.Expr:
        return field.to_sympy(where.domain.in_field(e, field), factored=form == "factored")

    return [None if m is None else [entry(e) for e in m.column_entries()] for m in found]


def _structured_gradient(objective: Objective, where: StructuredGeometry) -> list[Entries | None]:
    """Parameters, tangent, projected and visible gradient as sums, those of one objective with the same names."""
    found = _structured_nodes(objective, where)
    program = where.domain
    columns = [[] if m is None else [program.shortest(e) for e in m.column_entries()] for m in found]
    written = iter(program.write(chain.from_iterable(columns), LINE))
    return [list(islice(written, len(c))) or None for c in columns]


def _structured_nodes(objective: Objective, at: StructuredGeometry) -> tuple[Matrix | None, ...]:
    program = at.domain
    sign = program.constant(1 if objective.kind in ("elbo", "evidence") else -1)
    if not objective.visible:
        q = _nodes(objective, at, visible=False)
        seen = at.fibration.totals(q, program.sum)
        if objective.kind == "gap":
            lifted = gradients.lifted(at, Matrix.column(program, seen))
            parameters = gradients.coordinates(at, [b - a for a, b in zip(q, lifted, strict=True)], program.zero)
            own = gradients.coordinates(at, [-a for a in q], -program.one)
            others = _through_defect(at, seen, program.one)
            candidates = [] if others is None else [gradients.projected(at, own) + others]
        else:
            parameters = gradients.coordinates(at, [sign * a for a in q], sign)
            candidates = []
        return (
            parameters,
            gradients.tangent(at, parameters),
            _shorter(program, [gradients.projected(at, parameters), *candidates]),
            None,
        )
    if objective.kind == "function":
        masses = _masses(objective, at)
        total = program.sum(masses)
    else:
        masses, total = [sign * a for a in _nodes(objective, at, visible=True)], sign
    visible = gradients.visible_gradient(at, masses, total)
    if objective.on_visible_model:
        tangent = Matrix.column(at.domain, gradients.lifted(at, visible))
        return gradients.visible_coordinates(at, masses, visible), tangent, visible, visible
    parameters = gradients.coordinates(at, gradients.lifted(at, Matrix.column(program, masses)), total)
    through = _through_defect(at, masses, total)
    candidates = [gradients.projected(at, parameters), *([] if through is None else [through])]
    return parameters, gradients.tangent(at, parameters), _shorter(program, candidates), visible


def _through_defect(at: StructuredGeometry, masses: Sequence[Node], total: Node) -> Matrix | None:
    """``grad^{M_V} L - Delta l``, the projected gradient, where the defect has entries that fit on a line."""
    if not at.fills_visible_simplex:
        return None
    program = at.domain
    delta = at.defect.map(program.shortest)
    if any(program.length(e) > LINE for row in delta.rows for e in row):
        return None
    differential = [m / p for m, p in zip(masses, at.visible_probabilities, strict=True)]
    change = delta @ Matrix.column(program, differential)
    program.labelled_factors(change.column_entries(), ("kappa", "lambda"))
    return gradients.visible_gradient(at, masses, total) - change


def _shorter(program: Program, candidates: Sequence[Matrix]) -> Matrix:
    return min(candidates, key=lambda m: program.size(e for row in m.rows for e in row))


def _nodes(objective: Objective, at: StructuredGeometry, *, visible: bool) -> list[Node]:
    """The q or p* of an objective as elements of a program."""
    given = distribution(objective.distribution, at.model.space, visible=visible)
    for e in given:
        clash = set(at.model.parameters) & e.free_symbols if isinstance(e, sympy.Expr) else None
        if clash:
            first = min(clash, key=str)
            raise DomainError(f"{'p*' if visible else 'q'} contains the parameter {first} of the model")
    program = at.domain
    return [program.from_sympy(e) if isinstance(e, sympy.Expr) else program.constant(e) for e in given]


def _masses(objective: Objective, at: StructuredGeometry) -> list[Node]:
    """``p(v) dL/dp(v)`` for a function L of the visible probabilities."""
    program = at.domain
    symbols = visible_probabilities(at.model.space)
    expression = _in_visible_symbols(objective.expression, symbols)
    values = dict(zip(symbols, at.visible_probabilities, strict=True))
    written = {s: program.write([p], sys.maxsize)[0] for s, p in values.items()}

    def value(e: sympy.Expr) -> Node:
        try:
            found: Node = evaluated([e], values, program.constant)[0]
        except DomainError:
            found = program.symbol(e.xreplace(written))  # a transcendental function stands for itself
        return found

    return [value(sympy.diff(expression, s)) * p for s, p in values.items()]


def _natural_gradient(objective: Objective, where: Geometry) -> NaturalGradient:
    if objective.kind == "function":
        return _gradient_of_function(objective, where)
    given = distribution(objective.distribution, where.model.space, visible=objective.visible)
    if any(isinstance(e, sympy.Expr) for e in given):
        return _symbolic_gradient(objective, given, where)
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


def _symbolic_gradient(objective: Objective, given: Sequence[Any], at: Geometry) -> NaturalGradient:
    """The gradient is affine in q: exact columns, one for each state, with the given expressions as coefficients."""
    parts = [
        _natural_gradient(replace(objective, distribution=_unit_distribution(k, len(given))), at)
        for k in range(len(given))
    ]
    expressions = [e if isinstance(e, sympy.Expr) else rational_to_sympy(e) for e in given]
    combined = []
    for name in ("parameters", "tangent", "projected", "visible"):
        columns = [getattr(part, name) for part in parts]
        total = None if columns[0] is None else sympy.Matrix.hstack(*columns) * sympy.Matrix(expressions)
        combined.append(total)
    return NaturalGradient(*combined)


def _unit_distribution(k: int, n: int) -> list[int]:
    return [int(i == k) for i in range(n)]


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


def _exact(value: Any, where: str) -> Rational | sympy.Expr:
    """A rational, or an expression with symbols."""
    symbolic = isinstance(value, sympy.Expr) and value.free_symbols and not value.has(sympy.Float)
    return value if symbolic else as_rational(value, where)


def distribution(
    given: Any,
    space: Space,
    *,
    visible: bool,
    read: Callable[[Any, str], Any] = _exact,
    tolerance: float = 0.0,
) -> list[Any]:
    """A distribution on the (visible) states as a list of rationals, or of expressions where some have symbols.

    Parameters
    ----------
    given : mapping from states, sequence in their order, or array (nested sequence) with one axis for each variable
    read : how a number is read
    tolerance : within it of the sum the numbers are divided by it

    Raises
    ------
    DomainError
        The numbers are negative or do not sum to 1; what has symbols stands for a distribution.
    """
    name = "p*" if visible else "q"
    states = space.visible_states if visible else space.states
    index = space.visible_index if visible else space.index
    values: dict[int, Any] = {}
    if isinstance(given, Mapping):
        for state, value in given.items():
            k = index(state)
            if k in values:
                raise DomainError(f"{name}: the state {states[k]} is given twice")
            values[k] = read(value, f"{name}{states[k]}")
    elif hasattr(given, "__iter__") or hasattr(given, "__getitem__"):
        items = _flat(given, space, visible=visible)
        if len(items) != len(states):
            raise DomainError(f"{name} has {len(items)} values; expected one for each of the {len(states)} states")
        values = {k: read(v, f"{name}{s}") for k, (v, s) in enumerate(zip(items, states, strict=True))}
    else:
        raise DomainError(f"{name}: {given!r} is neither a mapping from states nor a list")
    for k, state in enumerate(states):
        if k not in values:
            raise DomainError(f"{name} has no value for the state {state}")
        if not isinstance(values[k], sympy.Expr) and values[k] < 0:
            raise DomainError(f"{name}{state} = {values[k]} is negative; a distribution is not")
    ordered = [values[k] for k in range(len(states))]
    if any(isinstance(v, sympy.Expr) for v in ordered):
        total = sympy.expand(sympy.Add(*(v if isinstance(v, sympy.Expr) else rational_to_sympy(v) for v in ordered)))
        if total != 1 and not total.free_symbols:
            raise DomainError(f"{name} sums to {total}, not to 1")
        return ordered
    total = QQ.sum(ordered)
    if total != 1 and not (tolerance and abs(float(total) - 1) <= tolerance):
        raise DomainError(f"{name} sums to {float(total) if tolerance else total}, not to 1")
    return [v / total for v in ordered]


def _flat(given: Any, space: Space, *, visible: bool) -> list[Any]:
    """The values of a sequence, a sympy matrix, or an array with one axis for each variable."""
    if isinstance(given, sympy.MatrixBase):
        return list(given)
    items = list(given)
    if not any(isinstance(e, list | tuple | np.ndarray) for e in items):
        return items
    array = np.array(items, dtype=object)
    variables = space.visible if visible else space.variables
    if array.shape != tuple(map(len, variables)) and sorted(array.shape)[:-1] != [1] * (array.ndim - 1):
        raise DomainError(
            f"{'p*' if visible else 'q'} is an array of shape {array.shape}; expected one axis for each variable, "
            f"{tuple(map(len, variables))}, or a list"
        )
    return list(array.ravel())
