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

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy

from symelbo.budget import Budget, limited
from symelbo.errors import ExactnessError, ModelError
from symelbo.exact import QQ, Entry, Matrix, as_sympy
from symelbo.exact.names import Name, definitions
from symelbo.geometry import (
    Formula,
    Geometry,
    ScoreSpace,
    StructuredGeometry,
    checked_form,
    scores_at,
)
from symelbo.geometry.formulas import Form, on_model
from symelbo.models.parametrization import Point
from symelbo.objectives.distributions import distribution
from symelbo.objectives.divergences import Objective
from symelbo.objectives.sums import announced_gradient, gradient_as_fractions, gradient_as_sums, in_visible_symbols
from symelbo.typesetting import (
    EQUATIONS_SHOWN,
    Unfolding,
    aligned,
    equations,
    first,
    tuple_latex,
    unfolding,
    value_latex,
)
from symelbo.typesetting.sentences import Math

SHORT = 12  # degree of polynomials in an exponential that are reduced for display


@dataclass(frozen=True, slots=True)
class NaturalGradient(Unfolding):
    """A natural gradient, in three forms.

    ``replacements, reduced = gradient.program`` is as :func:`sympy.cse` returns it; ``at`` and ``subs`` are those of
    :class:`~symelbo.geometry.formulas.Formula`, part by part.

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

    def _size(self) -> str:
        return f"Natural gradient: {len(self.parameters)} parameters, {len(self.projected)} visible states"

    @property
    def program(self) -> tuple[list[tuple[Name, sympy.Expr]], list[sympy.Matrix]]:
        """All names with what they stand for, and parameters, tangent, projected and, if there is one, visible."""
        parts = [sympy.Matrix(e) for e in self._vectors() if e is not None]
        return definitions(e for part in parts for e in part), parts

    def at(self, values: Any) -> NaturalGradient:
        """The exact values at a point; symbols of q without a value stay."""
        return NaturalGradient(*(e.at(values) if isinstance(e, Formula) else e for e in self._vectors()))

    def on(self, model: Any) -> NaturalGradient:
        """The same as formulas in the parameters of a model."""
        return NaturalGradient(*(e if e is None else on_model(e, model) for e in self._vectors()))

    def subs(self, *args: Any, **options: Any) -> NaturalGradient:
        """Substitute as sympy does."""
        return NaturalGradient(*(e if e is None else e.subs(*args, **options) for e in self._vectors()))

    def _vectors(self) -> tuple[Any, ...]:
        return self.parameters, self.tangent, self.projected, self.visible

    def __repr__(self) -> str:
        lines = [self._size()]
        named = [("parameters", self.parameters), ("projected", self.projected), ("visible", self.visible)]
        for name, vector in named:
            if vector is not None:
                shown = ", ".join(map(str, vector))
                lines.append(f"  {name}: ({shown})" if len(shown) <= 400 else f"  {name}: {len(vector)} entries")
        lines += [f"  {name} = {e}" for name, e in self.definitions if len(str(e)) <= 200]
        return "\n".join(lines)

    def _equations(self) -> Iterator[tuple[str, sympy.Matrix]]:
        yield r"\dpi(\grad^{\model})", self.projected
        if self.visible is not None:
            yield r"\grad^{\visiblemodel}", self.visible

    def _latex(self, _: object) -> str:
        return self.latex()

    def latex(self) -> str:
        """Return all of it as LaTeX, part by part, and what its names stand for, as amsmath's ``aligned``."""
        rows = [("c", self.parameters), (r"\grad^{\model}", self.tangent), *self._equations()]
        return aligned([*rows, *self.program[0]], getattr(self.parameters, "parameters", ()))

    def _repr_latex_(self) -> str:
        """The projected gradient, the visible one if there is one, and their names, as a notebook shows them."""
        rows = [(name, tuple_latex(vector)) for name, vector in self._equations()]
        named = definitions([e for _, vector in self._equations() for e in vector])
        rows += [(value_latex(name), value_latex(e)) for name, e in named[:EQUATIONS_SHOWN]]
        return equations(rows, len(rows) + max(len(named) - EQUATIONS_SHOWN, 0))

    def _repr_html_(self) -> str:
        return unfolding(self._size(), self._parts(), unfolded=True)

    def _parts(self) -> Iterator[tuple[Any, Any]]:
        yield from (((Math(name),), list(vector)) for name, vector in self._equations())
        yield from self.definitions
        for name, vector in (("parameters", self.parameters), ("tangent", self.tangent)):
            entries = ((f"entry {i + 1}", e) for i, e in enumerate(vector))
            yield name, dict(first(entries, len(vector), name))


def natural_gradient(
    objective: Objective,
    M: Any,
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
    M : a model of any family
    at : mapping from parameter to rational, optional
        Evaluate at this point instead of symbolically.
    form : "structured", "factored" or "expanded"
        Sums over states, with names where they are long; or every entry as one fraction; a warning says where
        its denominator will be large.
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
    >>> from symelbo.objectives import divergence
    >>> at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    >>> gradient = natural_gradient(divergence([sympy.Rational(1, 8)] * 8), model_b(), at=at)
    >>> (-gradient.projected).T
    Matrix([[1/18, 1/36, 1/36, -1/9]])
    """
    if not isinstance(objective, Objective):
        order = ", and give it before the model" if isinstance(M, Objective) else ""
        raise ExactnessError(
            f"natural_gradient: {objective!r} is not an objective; build one with divergence(q), ...{order}"
        )
    checked_form(form)
    where = scores_at(M, at)
    what = f"the natural gradient on {M.name or 'the model'}"
    shared = M, M.field, *M.parameters
    if not isinstance(where, Geometry):
        gradient = limited(budget, what, lambda: _gradient_on(where, objective), *shared)
        return gradient.on(M) if at is None else gradient
    if at is not None:
        return limited(budget, what, lambda: _natural_gradient(objective, where), *shared)
    if form == "structured":
        found = limited(budget, what, lambda: gradient_as_sums(objective, StructuredGeometry(M)), *shared)
    else:
        limit = Budget() if budget is None else budget
        says = limited(limit, what, lambda: announced_gradient(objective, M, what), *shared)
        if says is not None:
            warnings.warn(says, stacklevel=2)
        found = limited(limit, what, lambda: gradient_as_fractions(objective, M, form), *shared)
    return NaturalGradient(*(None if e is None else Formula.from_entries(M, (len(e), 1), e) for e in found))


def _gradient_on(where: ScoreSpace, objective: Objective) -> NaturalGradient:
    """The natural gradient of an objective on scores of any family: q acts by its moments of the basis of functions.

    ``df(tau_i) = -E_q[s_i]`` for D(q||.), ``-E_p*[E[s_i|v]]`` for D(Q||.) and D(p*||.).
    """
    if objective.kind == "function":
        return _gradient_of_function(objective, where)
    seen = objective.on_visible_model or (objective.visible and where.exact is not None)
    where = where.exact if seen and where.exact is not None else where
    terms = where.moment_terms(objective.distribution, visible=objective.visible)
    moments = Matrix.from_columns(where.domain, [m.column_entries() for _, m in terms], terms[0][1].nrows)

    def combined(found: Matrix) -> sympy.Matrix:
        if len(terms) == 1:
            return found.to_sympy()
        tidied = _reduced if where.completes else sympy.expand
        return (found.to_sympy() * sympy.Matrix([c for c, _ in terms])).applyfunc(tidied)

    right = _right_side(objective, where, moments)
    own = where.visible_metric_inverse @ right if seen else None
    visible = None if own is None else where.visible_jacobian @ own
    if objective.on_visible_model and own is not None and visible is not None:
        tangent = visible if where.completes else where.dual(where.lift(where.visible_scores @ own))
        coordinates, below = combined(minimum_norm(own, where.visible_jacobian)), combined(visible)
        return NaturalGradient(coordinates, combined(tangent), below, below)
    found = where.metric_inverse @ right
    return NaturalGradient(
        combined(minimum_norm(found, where.scores)),
        combined(where.jacobian @ found),
        combined(where.visible_jacobian @ found),
        None if visible is None else combined(visible),
    )


def _reduced(e: sympy.Expr) -> sympy.Expr:
    """A number with exponentials in lowest terms, where it is a quotient of short polynomials in one of them."""
    exponents = {a.args[0] for a in e.atoms(sympy.exp)} | ({sympy.Integer(1)} if e.has(sympy.E) else set())
    if e.has(sympy.pi) or not all(x.is_Rational for x in exponents):
        return e
    unit = sympy.gcd(list(exponents)) if exponents else 1
    return sympy.factor(sympy.cancel(e)) if all(abs(x / unit) <= SHORT for x in exponents) else e


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


def differential(objective: Objective, where: ScoreSpace) -> Matrix:
    """The differential of an objective along the parameters, d x 1: minus E_q[s_i] for D(q||.), of numbers."""
    if isinstance(where, Geometry):
        omega = covector(objective, where)
        return (where.visible_jacobian if objective.on_visible_model else where.jacobian).T @ omega
    return _right_side(objective, where, where.moments(objective.distribution, visible=objective.visible))


def _right_side(objective: Objective, where: ScoreSpace, moments: Matrix) -> Matrix:
    right = (where.visible_scores if objective.visible and not where.completes else where.scores).T @ moments
    if objective.kind == "gap":
        right = right - where.lift(where.visible_scores).T @ moments
    return right if objective.kind in ("elbo", "evidence") else -right


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


def survives(
    objective: Objective,
    M: Any,
    at: Mapping[Any, Any] | Point | None = None,
    *,
    budget: float | Budget | None = None,
) -> bool:
    """Whether an L keeps ``dpi grad^M (L o pi) = grad^{M_V} L`` on a model, generically or at an admissible point.

    So it is exactly where ``grad^M (L o pi)`` is horizontal itself; that needs no visible metric, so it is decided for
    mixtures too, where that is not exact.

    Parameters
    ----------
    objective : of kind :func:`objective`, rational in the visible coordinates
    M : a model of any family
    at : mapping from parameter to rational, optional
    budget : seconds, or Budget(seconds=..., memory=...), optional

    >>> from symelbo.models.exponential_mixtures import exponential_mixture
    >>> from symelbo.objectives import objective
    >>> M = exponential_mixture("gaussian", variance="known")
    >>> survives(objective(sympy.Symbol("E(v)")), M)
    True
    """
    if not isinstance(objective, Objective) or objective.expression is None:
        raise ExactnessError(f"survives: {objective!r} is not an objective(L) of what is seen")
    where = scores_at(M, at)

    def answer() -> bool:
        differential = _differential(objective, where)
        exact = Matrix.column(where.domain, [where.domain.from_sympy(e) for e in differential])
        gradient = where.metric_inverse @ (where.visible_jacobian.T @ exact)
        return (where.vertical_scores @ gradient).is_zero()

    return limited(budget, f"the question whether {objective} survives", answer)


def _differential(objective: Objective, at: ScoreSpace) -> list[sympy.Expr]:
    coordinates = at.visible_coordinates()
    expression = in_visible_symbols(objective.expression, tuple(coordinates))
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
    expressions = list(map(as_sympy, given))
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
