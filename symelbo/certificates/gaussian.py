"""Certificates about Gaussian models: the model is a mean and a covariance (or precision) over one denominator.

Kinds of witness, all judged by :mod:`symelbo.checker`: null vectors, with a matrix R that annihilates Sigma_{:V} (in
the precision form F, K_{:H}); two gradients for a q given by its moments; ranks at a point; a combination of minors
that is positive everywhere; the equations of a network, with a Markov-equivalent one; or nothing, where a statement
holds for every normal distribution.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from symelbo.certificates.bases import null_vectors_at
from symelbo.certificates.data import (
    canonical_json,
    certificate_data,
    columns_data,
    field_data,
    number_texts,
    polynomial_data,
    rational_point,
    sha256_of,
)
from symelbo.errors import InternalError
from symelbo.exact import Matrix, RationalFunction
from symelbo.geometry import TangentDecomposition, bounds, gaussian_scores, generic_screen
from symelbo.graphs import MarkovCut
from symelbo.models.gaussian import Gaussian
from symelbo.models.points import Point
from symelbo.statements import Statement

if TYPE_CHECKING:
    from symelbo.verification.gaussian_counterexamples import GaussianCounterexample

__all__ = ["GaussianCertificate", "annihilator", "is_network", "polynomial_rows"]


@dataclass(frozen=True)
class GaussianCertificate:
    """A certificate on a Gaussian model, written out on demand."""

    model: Gaussian
    statement: Statement
    verdict: str
    scope: str
    point: Point | None
    interior: Point
    witness: dict[str, Any] = field(repr=False)

    @classmethod
    def null_vectors(
        cls, model: Gaussian, s: Statement, found: TangentDecomposition, interior: Point, scope: str
    ) -> GaussianCertificate:
        """Cylindrical at every admissible point: N_H, N_V, N_0, which together form a nonsingular square matrix."""
        witness = {
            "kind": "null-vectors",
            "horizontal": columns_data(found.horizontal_parameters),
            "vertical": columns_data(found.vertical_parameters),
            "null": columns_data(found.null_parameters),
        }
        joined = found.horizontal_parameters.beside(found.vertical_parameters).beside(found.null_parameters)
        regular = interior
        for values in model.domain.interior_points(seed=5):
            if joined.evaluate(rational_point(regular, model.domain).values).rank() == joined.ncols:
                break
            regular = Point(model.field, values)
        needed = found.horizontal_parameters if model.form == "covariance" else found.vertical_parameters
        witness["annihilator"] = _rows_data(annihilator(model)) if needed.ncols else []
        return cls(model, s, "proved", scope, None, regular, witness)

    @classmethod
    def not_cylindrical(
        cls, model: Gaussian, s: Statement, found: GaussianCounterexample, scope: str
    ) -> GaussianCertificate:
        """Not cylindrical: an admissible point, and three inequalities of gradients there."""
        witness = {"kind": "not-cylindrical", **_admissibility(model, found.point), **found.witness}
        return cls(model, s, "refuted", scope, found.point, found.point, witness)

    @classmethod
    def ranks_at(cls, model: Gaussian, s: Statement, point: Point, verdict: str, scope: str) -> GaussianCertificate:
        """T does not split at an admissible point, by its ranks there."""
        return cls(model, s, verdict, scope, point, point, {"kind": "minors", **_admissibility(model, point)})

    @classmethod
    def splits_at(cls, model: Gaussian, s: Statement, point: Point, scope: str) -> GaussianCertificate:
        """T splits at an admissible point, by its exact ranks there."""
        witness = {"kind": "conditions", "truth": True, **_admissibility(model, point)}
        return cls(model, s, "proved", scope, point, point, witness)

    @classmethod
    def every_distribution(
        cls, model: Gaussian, s: Statement, interior: Point, point: Point | None, scope: str
    ) -> GaussianCertificate:
        """A statement that holds for every normal distribution."""
        witness: dict[str, Any] = {"kind": "logarithms" if s.id == "S7" else "matrix-algebra"}
        if point is not None and s.id == "S1":
            witness.update(_admissibility(model, point))
        return cls(model, s, "proved", scope, None if s.id == "S7" else point, interior, witness)

    @classmethod
    def network(
        cls,
        model: Gaussian,
        s: Statement,
        interior: Point,
        point: Point | None,
        scope: str,
        cut: MarkovCut | None = None,
    ) -> GaussianCertificate:
        """The equations of a network with free coefficients and variances; with a cut its equivalent without h -> v."""
        witness: dict[str, Any] = {"kind": "local-equations", "equations": _equations(model)}
        if cut is not None:
            edges, order = [list(e) for e in cut.edges], list(cut.order)
            witness.update(kind="graph-cut", equivalent_edges=edges, order=order)
        return cls(model, s, "proved", scope, point, interior, witness)

    @classmethod
    def nowhere(
        cls,
        model: Gaussian,
        s: Statement,
        minor: tuple[Sequence[tuple[int, int]], Sequence[int], RationalFunction],
        proof: dict[str, Any],
        interior: Point,
        scope: str,
    ) -> GaussianCertificate:
        """Cylindrical at no admissible point: a minor of (R m, R S Q) vanishes nowhere."""
        rows, columns, multiplier = minor
        right = multiplication(model)
        witness = {
            "kind": "sign",
            "null": _admissibility(model, interior)["null"],
            "annihilator": _rows_data(annihilator(model)) if model.form == "covariance" else [],
            "right": [] if right is None else _rows_data(right),
            "minors": [
                {"rows": [list(r) for r in rows], "columns": list(columns), "multiplier": polynomial_data(multiplier)}
            ],
            "steps": [],
            **proof,
        }
        return cls(model, s, "refuted", scope, None, interior, witness)

    def for_statement(self, s: Statement) -> GaussianCertificate:
        """The same witness for a statement that follows from it."""
        return replace(self, statement=s, verdict="proved")

    def claim(self) -> dict[str, Any]:
        """The claim: all that a judge who accepts the certificate has confirmed."""
        return {
            "assumptions": list(self.statement.hypotheses),
            "model": gaussian_data(self.model),
            "point": None if self.point is None else self._texts(self.point),
            "quantifier": self.statement.quantifier,
            "scope": self.scope,
            "statement": self.statement.slug,
            "verdict": self.verdict,
        }

    def _texts(self, point: Point) -> list[str]:
        return number_texts(rational_point(point, self.model.domain).values)

    def as_dict(self) -> dict[str, Any]:
        """The whole certificate as JSON data."""
        return certificate_data(self.claim(), self._texts(self.interior), self.witness)

    @cached_property
    def sha256(self) -> str:
        """The hash of the claim."""
        return sha256_of(self.claim())

    def to_json(self) -> str:
        """The certificate as canonical JSON."""
        return canonical_json(self.as_dict())


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


def _admissibility(model: Gaussian, point: Point) -> dict[str, Any]:
    """Null vectors that bound the generic ranks of J and J_V where their shapes do not; independent at the point."""
    lower, upper = generic_screen(model).ranks(), bounds(model)
    at = rational_point(point, model.domain)
    null = columns_data(null_vectors_at(model, "null", at)) if lower.joint < upper.joint else []
    visible = columns_data(null_vectors_at(model, "visible", at)) if lower.visible < upper.visible else []
    needed = visible and model.form == "precision"
    return {"null": null, "visible_null": visible, "annihilator": _rows_data(annihilator(model)) if needed else []}


def is_network(model: Gaussian) -> bool:
    """Whether the model is a network with free coefficients and variances."""
    return model.equations is not None and model.equations.free


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
