"""EM steps beside natural-gradient steps of the evidence, exactly at a rational point.

In the expectation parameters of an exponential family the natural-gradient step of length 1 of the evidence is
the EM step; near a fixed point with p_V = p* EM contracts by I - G^{-1} G_V (Dempster, Laird, Rubin 1977).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import sympy

from symelbo.budget import Limit
from symelbo.errors import DomainError, InternalError, ModelError
from symelbo.exact import QQ, Matrix, Rational, RationalField, as_rational, rational_to_sympy
from symelbo.geometry import Geometry, gaussian_scores, geometry, within_budget
from symelbo.models.equations import fitted
from symelbo.models.exponential import sufficient_statistics
from symelbo.models.gaussian import Gaussian
from symelbo.models.parametrization import Parametrization, Point, as_model
from symelbo.models.rows import FreeRow, free_rows
from symelbo.objectives import distribution
from symelbo.typesetting import Unfolding


@dataclass(frozen=True, slots=True)
class EMStep(Unfolding):
    """One EM step and one natural-gradient step of the evidence from the same point.

    Attributes
    ----------
    coordinates : what the vectors are coordinates of: "expectation parameters", or "probabilities of the free
        distributions", or "parameters of equations"
    start, em, natural : the point, after the EM step, and after the natural-gradient step of length 1
    weights : for conditional probabilities, d x 1: natural - start = weights * (em - start), row by row
        qhat(parents)/p(parents); for expectation parameters all 1, the two steps are the same; None for equations
    rate : d x d, I - G^- G_V in the model's own parameters: EM's linear rate where p_V = p*
    """

    coordinates: str
    start: sympy.Matrix
    em: sympy.Matrix
    natural: sympy.Matrix
    weights: sympy.Matrix | None
    rate: sympy.Matrix

    def __repr__(self) -> str:
        same = "is" if self.em == self.natural else "is not"
        return (
            f"EM step in {self.coordinates} ({len(self.start)} in all); it {same} the natural-gradient step of length 1"
        )


def em_step(M: Parametrization, p_star: Any, at: Mapping[Any, Any] | Point, *, budget: Limit = None) -> EMStep:
    """Return the EM step and the natural-gradient step of the evidence, exactly at a rational point.

    For exponential families in expectation parameters E[T], for Bayesian networks in their conditional probabilities;
    for linear-Gaussian networks, factor analysis, PPCA and Kalman models in their parameters: E-step by the regression
    of what is hidden on what is seen, M-step by that of every variable on its parents.

    Raises
    ------
    ModelError
        The model is none of these: its M-step has no closed form.

    >>> from symelbo.models import restricted_boltzmann_machine
    >>> M = restricted_boltzmann_machine(1, 1)
    >>> step = em_step(M, ["1/4", "3/4"], {p: 0 for p in M.parameters})
    >>> step.em == step.natural, step.em.T
    (True, Matrix([[3/4, 1/2, 3/8]]))
    """
    return within_budget(budget, "EM step", M, lambda: _em_step(M, p_star, at))


@singledispatch
def _em_step(M: Any, p_star: Any, at: Mapping[Any, Any] | Point) -> EMStep:
    as_model(M)
    where = rational_geometry(M, at)
    data = distribution(p_star, M.space, visible=True)
    repeated = M.space.fibration.repeated(data)
    lifted = [w * c for w, c in zip(repeated, where.conditionals, strict=True)]
    identity = Matrix.identity(QQ, len(M.parameters))
    rate = (identity - where.metric_inverse @ where.visible_metric).to_sympy()
    if M.structure.natural:
        return _exponential_step(M, where, lifted, rate)
    rows = free_rows(M)
    if rows is not None:
        return _rows_step(rows, where, Matrix.column(QQ, lifted), rate)
    raise ModelError(
        "em_step: the M-step has a closed form for exponential families, and where probabilities are monomials in the "
        "entries of free distributions, as in Bayesian networks"
    )


@_em_step.register
def _of_gaussian(M: Gaussian, p_star: Any, at: Mapping[Any, Any] | Point) -> EMStep:
    where = gaussian_scores(M, M.point(at))
    domain, start = where.domain, [] if where.point is None else list(where.point.values)
    towards = where.horizontal_lift(where.moments(p_star, visible=True))
    found = None if M.equations is None else fitted(M.equations, where.second_moments(towards), len(M.parameters))
    if found is None:
        raise ModelError(
            "em_step: the M-step has a closed form for linear-Gaussian networks whose coefficients are not shared by "
            "equations with different variances, such as factor analysis, PPCA and Kalman models"
        )
    c = (where.metric_inverse @ (where.scores.T @ towards)).column_entries(0)
    identity = Matrix.identity(domain, len(M.parameters))

    def column(values: Iterable[Any]) -> sympy.Matrix:
        return sympy.Matrix([domain.to_sympy(v) for v in values])

    return EMStep(
        "parameters of equations",
        column(start),
        column(found.get(i, v) for i, v in enumerate(start)),
        column(a + b for a, b in zip(start, c, strict=True)),
        None,
        (identity - where.metric_inverse @ where.visible_metric).to_sympy(),
    )


def _exponential_step(M: Parametrization, where: Geometry, lifted: list[Rational], rate: sympy.Matrix) -> EMStep:
    statistics = sufficient_statistics(M)
    p = sympy.Matrix([rational_to_sympy(e) for e in where.probabilities])
    q = sympy.Matrix([rational_to_sympy(e) for e in lifted])
    start, em = statistics * p, statistics * q
    # The natural gradient J c, seen in expectation parameters T J c; the step has length 1.
    c = where.metric_inverse @ (where.scores.T @ Matrix.column(QQ, lifted))
    natural = start + statistics * (where.jacobian @ c).to_sympy()
    return EMStep("expectation parameters", start, em, natural, sympy.ones(len(start), 1), rate)


def _rows_step(rows: Sequence[FreeRow], where: Geometry, data: Matrix, rate: sympy.Matrix) -> EMStep:
    """The M-step by expected counts: an entry becomes its share of the counts of its row."""
    if where.point is None:
        raise InternalError("an EM step starts at a point")
    start = list(where.point.values)
    c = where.metric_inverse @ (where.scores.T @ data)
    natural = [a + b for a, b in zip(start, c.column_entries(), strict=True)]
    em, weights = list(start), [as_rational(1)] * len(start)
    for row in rows:
        expected, model = (_expected(row, column) for column in (data.column_entries(), where.probabilities))
        total, mass = QQ.sum(expected), QQ.sum(model)
        for k, i in enumerate(row.parameters):
            em[i] = expected[k] / total if total else start[i]
            weights[i] = total / mass

    def column(values: Sequence[Rational]) -> sympy.Matrix:
        return sympy.Matrix([rational_to_sympy(v) for v in values])

    return EMStep(
        "probabilities of the free distributions", column(start), column(em), column(natural), column(weights), rate
    )


def _expected(row: FreeRow, measure: Sequence[Any]) -> list[Rational]:
    return [
        QQ.sum(as_rational(n) * w for n, w in zip(column.tolist(), measure, strict=True) if n)
        for column in row.counts.T
    ]


def rational_geometry(M: Parametrization, at: Mapping[Any, Any] | Point) -> Geometry:
    """Return the geometry at a point; DomainError where a probability there is not rational."""
    where = geometry(M, M.point(at))
    if not isinstance(where.domain, RationalField):
        raise DomainError("choose a point at which all probabilities are rational")
    return where
