"""The public functions of the geometry: model (and point) in, sympy matrices with factored entries out.

Rows and columns: states in the order of ``M.space.states``, visible states in that of ``M.space.visible_states``,
parameters in that of ``M.parameters``.  ``at`` maps parameters (or their names) to exact rationals.  ``budget`` is a
number of seconds or ``Budget(seconds=..., memory=...)``; where it ends first, BudgetError says what is known.  ``form``
is "structured" (sums over states, with names where they are long: ``.definitions``), "factored" or "expanded" (every
entry one fraction).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from functools import partial, wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import sympy

from symelbo.budget import LIMITS, Budget, Limit, limited
from symelbo.errors import BudgetError, DomainError
from symelbo.exact import Field, Matrix
from symelbo.geometry.decomposition import TangentDecomposition, decompose
from symelbo.geometry.formulas import Form, Formula, checked_form, on_model
from symelbo.geometry.gaussian import GaussianScores
from symelbo.geometry.ranks import generic_ranks, ranks_at
from symelbo.geometry.scorespace import Ranks, ScoreSpace, one_copy, score_space, scores_at
from symelbo.geometry.screen import generic_screen
from symelbo.geometry.structured import announcement, structured
from symelbo.geometry.tangent import Geometry
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization, Point, as_exact, as_model, has_table
from symelbo.spaces import Space, as_space

At = Mapping[Any, Any] | Point | None
P = ParamSpec("P")
T = TypeVar("T")


def within_budget(budget: Limit, what: str, model: Model, work: Callable[[], T]) -> T:
    """The value of a computation on a model within a budget; where it ended, BudgetError says which ranks are known."""
    score_space(model)
    name = f"the {what} of {model.name or 'the model'}"
    try:
        return limited(budget, name, work, model, model.field, *model.parameters)
    except BudgetError as error:
        if model.n_entries > LIMITS.screened_shape:
            raise
        known = tuple(generic_screen(model).ranks())
        hint = "; at an exact point it is affordable" if "function field" in str(error) else ""
        raise BudgetError(
            f"{error}{hint}; known: the ranks of J, J_V and the vertical part are at least {known}"
        ) from None


def measured(what: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a function of a model keep to the ``budget=`` that it declares, as :func:`within_budget` does."""

    def keeping(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def kept(*args: P.args, **options: P.kwargs) -> T:
            budget: Any = options.pop("budget", None)
            model: Any = args[0] if args else options["M"]
            return within_budget(budget, what, model, lambda: function(*args, **options))

        return kept

    return keeping


class Measure(Protocol):
    """A public function of the geometry: of a model over its field, or at one of its points."""

    __name__: str

    def __call__(self, model: Model, at: At = None, *, form: Form = "structured", budget: Limit = None) -> sympy.Matrix:
        """Return the matrix."""


def _measure(
    what: str, required: Callable[[Any], Any] = lambda model: model, *, additive: bool = False
) -> Callable[[Callable[[Any], Matrix]], Measure]:
    """Make a matrix of a geometry a public function, of all models or those that are ``required``.

    ``additive``: of n independent copies (:mod:`symelbo.models.copies`) it is n times that of one.
    """

    def public(matrix: Callable[[Any], Matrix]) -> Measure:
        def times(at: ScoreSpace, count: int) -> Matrix:
            return matrix(at).map(lambda e: at.domain.constant(count) * e)

        @wraps(matrix)
        def measure(model: Model, at: At = None, *, form: Form = "structured", budget: Limit = None) -> sympy.Matrix:
            one = one_copy(model) if additive else required(model)
            if one is model:
                return _matrix(budget, what, model, at, matrix, form)
            count = model.count
            return _matrix(budget, what, one, at, partial(times, count=count), form)

        del measure.__wrapped__  # the signature is that of the public function
        return measure

    return public


def _matrix(
    budget: Limit, what: str, model: Model, at: At, matrix: Callable[[Any], Matrix], form: Form
) -> sympy.Matrix:
    """A matrix of a geometry in a form; over the field it is computed where it can be ended at any moment."""
    checked_form(form)
    where = scores_at(model, at)
    if at is not None or not has_table(model):
        found = within_budget(budget, what, model, lambda: matrix(where).to_sympy())
        return on_model(found, model, at)
    if form == "structured":
        shape, entries = within_budget(budget, what, model, lambda: _structured(model, matrix))
    else:
        limit = Budget() if budget is None else budget
        says = within_budget(limit, what, model, lambda: _announcement(what, model, matrix))
        if says is not None:
            warnings.warn(says, stacklevel=3)
        shape, entries = within_budget(limit, what, model, lambda: _fractions(matrix(where), form))
    return Formula.from_entries(model, shape, entries)


def _announcement(what: str, model: Parametrization, matrix: Callable[[Geometry], Matrix]) -> str | None:
    where = structured(model)
    entries = [e for row in matrix(where).rows for e in row]
    return announcement(f"the {what} of {model.name or 'the model'}", where.program, entries)


def _structured(
    model: Parametrization, matrix: Callable[[Geometry], Matrix]
) -> tuple[tuple[int, int], list[sympy.Expr]]:
    where = structured(model)
    found, program = matrix(where), where.program
    return found.shape, program.write(program.shortest(e) for row in found.rows for e in row)


def _fractions(found: Matrix, form: Form) -> tuple[tuple[int, int], list[sympy.Expr]]:
    assert isinstance(found.domain, Field)  # narrows the type
    factored = form == "factored"
    return found.shape, [found.domain.to_sympy(e, factored=factored) for row in found.rows for e in row]


@_measure("probabilities", as_model)
def probabilities(at: Geometry) -> Matrix:
    """The probabilities p, |X| x 1.

    >>> from symelbo.models import model_a
    >>> probabilities(model_a())[0]
    x*y*z
    """
    return Matrix.column(at.domain, at.probabilities)


@_measure("marginals", as_model)
def marginals(at: Geometry) -> Matrix:
    """The visible probabilities p_V = dpi p, |V| x 1.

    >>> from symelbo.models import model_a
    >>> marginals(model_a())[0]
    y*z
    """
    return Matrix.column(at.domain, at.visible_probabilities)


@_measure("conditionals", as_model)
def conditionals(at: Geometry) -> Matrix:
    """The posterior p(h|v), |X| x 1 in the order of the states."""
    return Matrix.column(at.domain, at.conditionals)


def marginalisation(space: Space) -> sympy.Matrix:
    """The matrix dpi, |V| x |X|: sums over the hidden states.

    >>> from symelbo.spaces import SampleSpace
    >>> marginalisation(SampleSpace(visible={"v": 2}, hidden={"h": 2}))
    Matrix([
    [1, 1, 0, 0],
    [0, 0, 1, 1]])
    """
    space = as_space(space, "marginalisation")
    below = space.fibration.below
    return sympy.Matrix(space.n_visible, space.n_states, lambda v, x: int(below[x] == v))


@_measure("horizontal lift", as_exact)
def horizontal_lift(at: Geometry | GaussianScores) -> Matrix:
    """The horizontal lift C, |X| x |V|: B -> p(h|v) B(v); for a Gaussian model (m, S) -> (E m, E S E')."""
    return at.horizontal_lift(Matrix.identity(at.domain, at.n_visible_coordinates))


@_measure("visible Jacobian")
def visible_jacobian(at: ScoreSpace) -> Matrix:
    """The Jacobian of the visible model, J_V = dpi J, |V| x d."""
    return at.visible_jacobian


@_measure("Jacobian")
def jacobian(at: ScoreSpace) -> Matrix:
    """The Jacobian J = dp/dtheta, |X| x d."""
    return at.jacobian


@_measure("scores")
def scores(at: ScoreSpace) -> Matrix:
    """The scores d log p(x) / d theta_i, |X| x d.

    >>> from symelbo.models import model_a
    >>> scores(model_a())[0, :]
    Matrix([[1/x, 1/y, 1/z]])
    """
    return at.scores


@_measure("Fisher metric", additive=True)
def fisher_metric(at: ScoreSpace) -> Matrix:
    """The Fisher metric G = J^T diag(1/p) J, d x d, entries factored.

    Parameters
    ----------
    model : Parametrization
    at : mapping from parameter to rational, optional
        Evaluate at this point instead of symbolically.

    >>> from symelbo.models import model_a
    >>> fisher_metric(model_a())[0, 0]
    1/(x*(1 - x))
    """
    return at.metric


@_measure("visible Fisher metric", additive=True)
def visible_fisher_metric(at: ScoreSpace) -> Matrix:
    """The Fisher metric of the visible model, G_V = J_V^T diag(1/p_V) J_V, d x d, entries factored.

    >>> from symelbo.models import model_a
    >>> visible_fisher_metric(model_a())
    Matrix([
    [0,             0,             0],
    [0, 1/(y*(1 - y)),             0],
    [0,             0, 1/(z*(1 - z))]])
    """
    return at.visible_metric


@_measure("missing information", additive=True)
def missing_information(at: ScoreSpace) -> Matrix:
    """The missing information E_p[Cov(score | v)] = G - G_V, d x d (Orchard and Woodbury 1972)."""
    return at.missing_information


@_measure("defect")
def defect(at: ScoreSpace) -> Matrix:
    """The defect Delta = J_V G_V^+ J_V^T - J_V G^+ J_V^T, |V| x |V|, entries factored.

    ``Delta l`` is the difference of the two sides of condition (d) for an objective with differential l;
    Delta = 0 exactly when the model is cylindrical, at an admissible point.

    >>> from symelbo.models import model_b
    >>> defect(model_b(), at={"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"})[0, 0]
    145/2592
    """
    return at.defect


@_measure("horizontal projection", as_exact)
def horizontal_projection(at: Geometry | GaussianScores) -> Matrix:
    """The orthogonal projection A -> p(h|v) (dpi A)(v) onto H_p, |X| x |X|."""
    return at.horizontal_projection


@_measure("tangent projection")
def tangent_projection(at: ScoreSpace) -> Matrix:
    """The orthogonal projection J G^+ J^T diag(1/p) onto T, |X| x |X|."""
    return at.tangent_projection


def tangent_decomposition(model: Model, at: At = None, *, budget: Limit = None) -> TangentDecomposition:
    """The decomposition T_pM = (T n H_p) + (T n V_p) + oblique rest, generic or at a point.

    Returns
    -------
    TangentDecomposition
        ``.ranks`` (joint, visible, vertical), ``.dims`` and bases ``.horizontal``, ``.vertical``, ``.oblique`` as
        tuples of |X| x 1 matrices.

    >>> from symelbo.models import model_b
    >>> tangent_decomposition(model_b())
    Tangent space of M(b): 5 = 2 horizontal + 2 vertical + 1 oblique
    """
    point = scores_at(model, at).point
    return within_budget(budget, "tangent decomposition", model, lambda: decompose(model, point))


def ranks(model: Model, at: At = None, *, budget: Limit = None) -> Ranks:
    """The ranks of J, J_V and the vertical part of J: generic, or at a point; exact.

    >>> from symelbo.models import model_b
    >>> ranks(model_b())
    Ranks(joint=5, visible=3, vertical=3)
    """
    model = one_copy(model)
    point = scores_at(model, at).point
    return within_budget(
        budget, "ranks", model, lambda: generic_ranks(model, shown=False) if point is None else ranks_at(model, point)
    )


def is_admissible(model: Model, at: At, *, budget: Limit = None) -> bool:
    """Whether rank J and rank J_V have their generic values at a point.

    >>> from symelbo.models import model_b
    >>> is_admissible(model_b(), {"x": "1/2", "y1": "1/3", "y2": "1/3", "z1": "1/2", "z2": "1/2"})
    False
    """
    if at is None:
        raise DomainError("is_admissible needs a point, such as at={...}")
    model = one_copy(model)
    score_space(model)
    point = model.point(at)
    return within_budget(
        budget, "ranks", model, lambda: ranks_at(model, point)[:2] == generic_ranks(model, shown=False)[:2]
    )
