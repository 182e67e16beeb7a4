"""Scores in a space of functions on which the conditional expectation acts: what a model gives to the engine.

The theory speaks of d scores ``s_i = d log p / d theta_i`` in a space of functions on which ``E[.|v]`` acts.  In bases
of N functions on X and of N_V functions of what is seen:

    scores  S     N x d                    mean  E[.|v]  N -> N_V          lift  N_V -> N,  mean lift = 1
    dual    f -> (E_p[f_i f])_i, the Gram matrix applied; visible_dual likewise for functions of what is seen

    G = S^T dual S          S_V = mean S          G_V = S_V^T visible_dual S_V          vertical = S - lift S_V

A family of models is a subclass of :class:`ScoreSpace` and its registration with :func:`score_space`.  Finite tables
are one (:mod:`symelbo.geometry.tangent`): their functions are those of the states, ``dual f = p f`` turns scores into
tangent vectors, and everything that is fast there happens behind the same names.

Source: theory of Ay, van Oostrum, Datar (2025); Amari (1998) for the natural gradient.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property, singledispatch
from typing import Any, NamedTuple

import sympy

from symelbo.errors import ModelError
from symelbo.exact import Entry, Matrix, Residues, Scalars, rank_mod
from symelbo.models.model import Model
from symelbo.models.parametrization import no_model
from symelbo.models.points import Point


class Ranks(NamedTuple):
    """Ranks of J, of J_V and of the vertical part (I - C dpi) J.

    ``joint <= visible + vertical`` always, with equality exactly when T = (T n H_p) + (T n V_p).
    """

    joint: int
    visible: int
    vertical: int

    @property
    def oblique(self) -> int:
        """The number m of principal angles between T and H_p strictly between 0 and 90 degrees."""
        return self.visible + self.vertical - self.joint

    @property
    def cylindrical(self) -> bool:
        """Whether T = (T n H_p) + (T n V_p)."""
        return self.oblique == 0


class Screen(NamedTuple):
    """The three matrices modulo p at a point, or combinations of rows: ``[1 | s]``, ``[1 | E[s|v]]``, ``s - E[s|v]``.

    The column 1 is the constant function: with it the scores of weights that are not normalised will do.
    """

    joint: Residues
    visible: Residues
    vertical: Residues
    p: int

    def ranks(self) -> Ranks:
        """The ranks modulo p, lower bounds of the generic ones."""
        return Ranks(
            rank_mod(self.joint, self.p) - 1, rank_mod(self.visible, self.p) - 1, rank_mod(self.vertical, self.p)
        )


class ScoreSpace(ABC):
    """The scores of a model and all that follows from them, at a point or over the field of the model.

    Every matrix is computed once, when first asked for.  Use :func:`score_space` to obtain an instance.

    Attributes
    ----------
    model : the model, with ``field``, ``parameters``, ``prime``, ``name``
    point : Point or None
    domain : the numbers that all entries belong to
    """

    def __init__(self, model: Model, point: Point | None = None) -> None:
        self.model = model
        self.point = point
        self.domain: Scalars = model.field if point is None else point.numbers
        self.n_parameters = len(model.parameters)

    def __reduce__(self) -> tuple[Any, tuple[object, ...]]:
        return score_space, (self.model, self.point)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and (self.model, self.point) == (other.model, other.point)

    def __hash__(self) -> int:
        return hash((type(self), self.model))

    def _at(self, element: Entry) -> Entry:
        """An element of the field, at the point."""
        return element if self.point is None else self.domain.constant(0) + element.evaluate(self.point.values)

    # What an instance says.

    @property
    @abstractmethod
    def scores(self) -> Matrix:
        """The scores S, N x d: functions with mean zero."""

    @property
    def one(self) -> Matrix | None:
        """The constant function 1, N x 1; None where the functions are those with mean zero."""
        return None

    @abstractmethod
    def mean(self, functions: Matrix) -> Matrix:
        """E[.|v], N x k to N_V x k."""

    @abstractmethod
    def lift(self, visible: Matrix) -> Matrix:
        """Functions of what is seen as functions on X, N_V x k to N x k."""

    @abstractmethod
    def dual(self, functions: Matrix) -> Matrix:
        """The Gram matrix applied: ``E_p[f_i f]``, N x k to N x k."""

    @abstractmethod
    def visible_dual(self, visible: Matrix) -> Matrix:
        """The Gram matrix of functions of what is seen, applied: N_V x k to N_V x k."""

    # What objectives ask for.

    def moments(self, given: Any, *, visible: bool) -> Matrix:  # noqa: ARG002  # the signature of all instances
        """E_q[f_i] for the basis of functions (of what is seen), N x 1, from what a user gives for q (or p*)."""
        raise ModelError(f"no distribution q is defined for {self.model!r}")

    @property
    def exact(self) -> ScoreSpace:
        """The scores over a field in which G_V is exact."""
        return self

    completes = False
    """Whether p* is given by the moments of ``p*(v) p(h|v)``, as E[.|v] leaves the basis of functions."""

    def moment_terms(self, given: Any, *, visible: bool) -> list[tuple[sympy.Expr, Matrix]]:
        """The same as a sum of coefficients with exact columns: one of numbers, or several where q has symbols."""
        return [(sympy.Integer(1), self.moments(given, visible=visible))]

    def visible_coordinates(self) -> dict[sympy.Symbol, Entry]:
        """The coordinates of the visible model that objectives are functions of, with their values."""
        raise ModelError(f"no objective is defined for {self.model!r}")

    @property
    def visible_means(self) -> list[Entry] | None:
        """The means of the basis of functions of what is seen; None where the basis has no constant function."""
        return None

    # What follows.

    @cached_property
    def jacobian(self) -> Matrix:
        """The scores as tangent vectors, N x d; on a finite table J = dp/dtheta."""
        return self.dual(self.scores)

    @cached_property
    def visible_scores(self) -> Matrix:
        """S_V = E[s|v], N_V x d: the scores of the visible model."""
        return self.mean(self.scores)

    @cached_property
    def visible_jacobian(self) -> Matrix:
        """The visible scores as tangent vectors, N_V x d; on a finite table J_V = dpi J."""
        return self.visible_dual(self.visible_scores)

    @cached_property
    def vertical_scores(self) -> Matrix:
        """Vertical parts of the scores: s - E[s|v], N x d."""
        return self.scores - self.lift(self.visible_scores)

    @cached_property
    def vertical_jacobian(self) -> Matrix:
        """(I - C dpi) J: the vertical parts of the columns of J."""
        return self.dual(self.vertical_scores)

    @cached_property
    def metric(self) -> Matrix:
        """The Fisher metric G = J^T diag(1/p) J, d x d."""
        return self.scores.T.symmetric_product(self.jacobian)

    @cached_property
    def visible_metric(self) -> Matrix:
        """The Fisher metric of the visible model G_V = J_V^T diag(1/p_V) J_V, d x d."""
        return self.visible_scores.T.symmetric_product(self.visible_jacobian)

    @cached_property
    def missing_information(self) -> Matrix:
        """E_p[Cov(s|v)], d x d, from the vertical scores."""
        return self.vertical_scores.T.symmetric_product(self.vertical_jacobian)

    @cached_property
    def metric_inverse(self) -> Matrix:
        """A symmetric g-inverse of G (the inverse when G is regular)."""
        return self.metric.generalised_inverse()

    @cached_property
    def visible_metric_inverse(self) -> Matrix:
        """A symmetric g-inverse of G_V."""
        return self.visible_metric.generalised_inverse()

    @cached_property
    def projected_cometric(self) -> Matrix:
        """U = J_V G^- J_V^T: takes dL to dpi(grad^M (L o pi)), whichever g-inverse is chosen."""
        j_v = self.visible_jacobian
        return (j_v @ self.metric_inverse).symmetric_product(j_v.T)

    @cached_property
    def visible_cometric(self) -> Matrix:
        """W = J_V G_V^- J_V^T: takes dL to grad^{M_V} L, whichever g-inverse is chosen."""
        j_v = self.visible_jacobian
        return (j_v @ self.visible_metric_inverse).symmetric_product(j_v.T)

    @cached_property
    def defect(self) -> Matrix:
        """Delta = W - U."""
        return self.visible_cometric - self.projected_cometric

    @cached_property
    def tangent_projection(self) -> Matrix:
        """The orthogonal projection of tangent vectors onto T: J G^- J^T diag(1/p), N x N."""
        return self.jacobian @ self.metric_inverse @ self.scores.T

    def elbo_direction(self, moments: Matrix) -> Matrix:
        """``-dpi grad^M D(q||.)`` for q by its moments: ``J_V G^- S^T E_q[f]``."""
        return self.visible_jacobian @ (self.metric_inverse @ (self.scores.T @ moments))

    def matrix(self, kind: str) -> Matrix:
        """The matrix of one of the ranks: ``"joint"`` S, ``"visible"`` S_V, ``"vertical"`` the vertical scores."""
        found: Matrix = getattr(self, "scores" if kind == "joint" else f"{kind}_scores")
        return found


@singledispatch
def score_space(model: Any, point: Point | None = None) -> ScoreSpace:  # noqa: ARG001  # the signature of all instances
    """Return the scores of a model over its field (kept for the next call) or at an exact point.

    Raises
    ------
    ModelError
        The object is no model of a registered family.
    """
    raise no_model(model)


def scores_at(model: Any, at: Any = None) -> ScoreSpace:
    """Return the scores of a model over its field, or at a point in any of its forms; ModelError if it is no model."""
    generic = score_space(model)
    return generic if at is None else score_space(model, model.point(at))


@singledispatch
def screen_at(model: Any, values: list[int], p: int, seed: int) -> Screen:  # noqa: ARG001  # as above
    """Return the three matrices of a model modulo p at residues of its generators.

    By default they are those over the field, evaluated; a family that knows better registers its own way.

    Raises
    ------
    DomainError
        Something that has to be divided by vanishes modulo p at this point.
    """
    space = score_space(model)
    one = space.one
    if one is None:
        raise ModelError(f"functions with mean zero need a screen of their own; there is none for {model!r}")
    matrices = one.beside(space.scores), space.mean(one).beside(space.visible_scores), space.vertical_scores
    joint, visible, vertical = (matrix.modulo(values, p) for matrix in matrices)
    return Screen(joint, visible, vertical, p)


def one_copy(model: Any) -> Any:
    """Return the model of which a model is independent copies, :mod:`symelbo.models.copies`; else itself."""
    return getattr(model, "one_copy", model)


@singledispatch
def bounds(model: Any) -> Ranks:
    """Return upper bounds of the three ranks at every point, from shapes alone."""
    d = len(model.parameters)
    return Ranks(d, d, d)
