"""Certificates about Gaussian models: the model is a mean and a covariance (or precision) over one denominator.

Kinds of witness, all judged by :mod:`symelbo.checker`: null vectors, with a matrix R that annihilates Sigma_{:V} (in
the precision form F, K_{:H}); two gradients for a q given by its moments; ranks at a point; a combination of minors
that is positive everywhere; the equations of a network, with a Markov-equivalent one; or nothing, where a statement
holds for every normal distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from symelbo.certificates.claims import witness_of
from symelbo.certificates.data import field_data, polynomial_data
from symelbo.certificates.evidence import EVERYWHERE, NOWHERE, POINT, Evidence
from symelbo.errors import InternalError
from symelbo.exact import Matrix, RationalFunction
from symelbo.geometry import gaussian_scores
from symelbo.graphs import MarkovCut, MarkovObstruction
from symelbo.models.gaussian import Gaussian
from symelbo.models.points import Point
from symelbo.statements import GAUSSIAN_STATEMENTS, Statement

__all__ = ["GaussianCertificate", "annihilator", "polynomial_rows"]


@dataclass(frozen=True)
class GaussianCertificate(Evidence):
    """A certificate on a Gaussian model."""

    statements: ClassVar[Mapping[str, Statement]] = GAUSSIAN_STATEMENTS

    def model_data(self) -> dict[str, Any]:
        """Mean and matrix."""
        return gaussian_data(self.model)

    @classmethod
    def annihilators(cls, model: Gaussian, *needed: str) -> dict[str, Any]:
        """R with R Sigma_{:V} = 0 for horizontal directions, or F with F K_{:H} = 0 for what is seen."""
        kinds = {"horizontal"} if model.form == "covariance" else {"vertical", "visible"}
        return {"annihilator": _rows_data(annihilator(model)) if kinds & set(needed) else []}

    @classmethod
    def not_cylindrical(cls, model: Gaussian, found: Any) -> GaussianCertificate:
        """Not cylindrical: an admissible point, and three inequalities of gradients there.

        At a rational stand-in for the point: its ranks.
        """
        s, point = cls.statements["S3"], found.point
        if not point.is_rational:
            return replace(cls.conditions(model, s, point, truth=False), verdict="refuted")
        witness = {"kind": "not-cylindrical", **cls.admissibility(model, point), **found.witness}
        return cls(model, s, "refuted", POINT, point, point, witness)

    @classmethod
    def conditions(cls, model: Gaussian, s: Statement, point: Point, *, truth: bool) -> GaussianCertificate:
        """The seven conditions of S4 at an admissible point, by its exact ranks there: all true, or all false."""
        found = super().conditions(model, s, point, truth=truth)
        return found if truth else replace(found, witness={"kind": "minors", **cls.admissibility(model, point)})

    @classmethod
    def local_tables(cls, model: Gaussian, s: Statement, interior: Point, point: Point | None) -> GaussianCertificate:
        """The equations of a network with free coefficients and variances."""
        witness = {"kind": "local-equations", "equations": _equations(model)}
        return cls(model, s, "proved", EVERYWHERE if point is None else POINT, point, interior, witness)

    @classmethod
    def of_graph(
        cls, model: Gaussian, s: Statement, interior: Point, found: MarkovCut | MarkovObstruction
    ) -> GaussianCertificate:
        """The same with a Markov-equivalent network without an arrow from hidden to visible: a cut."""
        witness = {"equations": _equations(model), **witness_of(found)}
        return cls(model, s, "proved", EVERYWHERE, None, interior, witness)

    @classmethod
    def nowhere(
        cls,
        model: Gaussian,
        minor: tuple[Sequence[tuple[int, int]], Sequence[int], RationalFunction],
        proof: dict[str, Any],
        interior: Point,
    ) -> GaussianCertificate:
        """Cylindrical at no admissible point: a minor of (R m, R S Q) vanishes nowhere."""
        rows, columns, multiplier = minor
        right = multiplication(model)
        witness = {
            "kind": "sign",
            "null": cls.admissibility(model, interior)["null"],
            "annihilator": _rows_data(annihilator(model)) if model.form == "covariance" else [],
            "right": [] if right is None else _rows_data(right),
            "minors": [
                {"rows": [list(r) for r in rows], "columns": list(columns), "multiplier": polynomial_data(multiplier)}
            ],
            "steps": [],
            **proof,
        }
        return cls(model, cls.statements["S3"], "refuted", NOWHERE, None, interior, witness)


def gaussian_data(model: Gaussian) -> dict[str, Any]:
    """The model as the judge gets it: numerators of mean and matrix, lower triangle, over their common denominator."""
    return model.keep("data", lambda: _gaussian_data(model))


def _gaussian_data(model: Gaussian) -> dict[str, Any]:
    n = len(model.mean)
    below = _common_denominator([*model.mean, *(e for row in model.matrix.rows for e in row)], model)
    return {
        **field_data(model.field, model.domain),
        "denominator": polynomial_data(below),
        "form": model.form,
        "hidden": list(model.hidden),
        "matrix": [[polynomial_data(model.matrix[i, j] * below) for j in range(i + 1)] for i in range(n)],
        "mean": [polynomial_data(e * below) for e in model.mean],
        "variables": list(model.variables),
    }


def _common_denominator(elements: Iterable[RationalFunction], model: Gaussian) -> RationalFunction:
    one = model.field.one.num
    common = one
    for e in elements:
        if not e.den.is_one() and e.den != common:
            common = common * (e.den / common.gcd(e.den))
    return model.field.fraction(common, one)


def polynomial_rows(matrix: Matrix) -> Matrix:
    """The rows of a matrix, each multiplied by what makes it primitive and polynomial."""
    return matrix.T.primitive_columns().T


def annihilator(model: Gaussian) -> Matrix:
    """R with R Sigma_{:V} = 0 (covariance form), or F with F K_{:H} = 0, as polynomials."""
    at, unseen = gaussian_scores(model), range(model.n_visible, len(model.mean))
    if model.form == "precision":
        return polynomial_rows(at.extension.T)
    if model.equations is not None:
        return polynomial_rows(model.precision.select(unseen))
    return polynomial_rows((-at.regression).beside(Matrix.identity(model.field, len(unseen))))


def multiplication(model: Gaussian) -> Matrix | None:
    """Q with short entries of R S Q, as rows: a multiple of K where that is known; None is the identity."""
    return polynomial_rows(model.precision) if model.equations is not None else None


def _rows_data(matrix: Matrix) -> list[Any]:
    return [[polynomial_data(e) for e in row] for row in matrix.rows]


def _equations(model: Gaussian) -> dict[str, Any]:
    """The numbers of the parameters that are intercepts, coefficients and variances."""
    equations = model.equations
    if equations is None or not equations.free:
        raise InternalError("the model is not a network with free coefficients and variances")
    generators = {str(model.field.generator(i)): i for i in range(len(model.parameters))}
    place = {n: i for i, n in enumerate(model.variables)}
    return {
        "coefficients": [
            [a, b, generators[str(equations.coefficients[place[b], place[a]])]] for a, b in equations.arrows
        ],
        "intercepts": [generators[str(e)] for e in equations.intercepts if e],
        "variances": [generators[str(e)] for e in equations.variances],
    }
