"""Certificates about mixtures: weights and values of the classes; the judge derives scores and ranks by itself.

Kinds of witness: null vectors; a point with null vectors that bound the generic ranks; minors of one sign together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from symelbo.certificates.data import field_data, polynomial_data, quotient_data
from symelbo.certificates.evidence import NOWHERE, Evidence
from symelbo.certificates.signs import written
from symelbo.exact import RationalFunction
from symelbo.geometry import Ranks
from symelbo.geometry.mixtures import difference_places
from symelbo.loci import Positivity
from symelbo.loci.proofs import SumOfProducts
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.points import Point
from symelbo.statements import MIXTURE_STATEMENTS, Statement

__all__ = ["MixtureCertificate"]


@dataclass(frozen=True)
class MixtureCertificate(Evidence):
    """A certificate on a mixture."""

    statements: ClassVar[Mapping[str, Statement]] = MIXTURE_STATEMENTS

    def model_data(self) -> dict[str, Any]:
        """The leaves with their families, and of every class the weight and the values of the leaves."""
        model: ExponentialMixture = self.model
        return {
            **field_data(model.field, model.domain),
            "classes": [
                [quotient_data(w), [[quotient_data(x) for x in leaf] for leaf in own]] for w, own in model.components
            ],
            "leaves": [list(leaf) for leaf in model.variables.items()],
        }

    @staticmethod
    def shapes(model: ExponentialMixture) -> Ranks:
        """The judge knows the number of parameters."""
        return Ranks(*[len(model.parameters)] * 3)

    @classmethod
    def not_cylindrical(cls, model: ExponentialMixture, found: Any) -> MixtureCertificate:
        """T does not split at an admissible point, by its ranks there."""
        return replace(cls.conditions(model, cls.statements["S3"], found.point, truth=False), verdict="refuted")

    @classmethod
    def conditions(cls, model: ExponentialMixture, s: Statement, point: Point, *, truth: bool) -> MixtureCertificate:
        """The seven conditions of S4 at an admissible point, by its exact ranks there: all true, or all false."""
        found = super().conditions(model, s, point, truth=truth)
        return found if truth else replace(found, witness={"kind": "minors", **cls.admissibility(model, point)})

    @classmethod
    def nowhere(
        cls,
        model: ExponentialMixture,
        minors: Sequence[tuple[Sequence[int], Sequence[int], RationalFunction, RationalFunction]],
        total: SumOfProducts,
        known: Positivity,
        interior: Point,
    ) -> MixtureCertificate | None:
        """Cylindrical at no admissible point: minors of the vertical scores, whose numerators add up to the total.

        Each is rows, columns, value and multiplier; None if what the total is a sum of is not known to be positive.
        """
        proofs = written(known, [total])
        if proofs is None:
            return None
        pairs = list(map(list, difference_places(model)))
        listed = [
            {
                "rows": [pairs[row] for row in rows],
                "columns": list(columns),
                "value": quotient_data(value),
                "multiplier": polynomial_data(multiplier),
            }
            for rows, columns, value, multiplier in minors
        ]
        null = cls.admissibility(model, interior)["null"]
        witness = {"kind": "sign", "null": null, "minors": listed, "steps": proofs[0], **proofs[1][0]}
        return cls(model, cls.statements["S3"], "refuted", NOWHERE, None, interior, witness)
