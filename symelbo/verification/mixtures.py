"""Mixtures of exponential families under examination: what their ranks decide; the rest is refused by name."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import sympy

from symelbo.budget import LIMITS, Work
from symelbo.certificates import MixtureCertificate
from symelbo.certificates.evidence import Evidence
from symelbo.errors import InternalError
from symelbo.exact import Matrix
from symelbo.geometry import MixtureScores, Ranks, generic_screen, mixture_scores, ranks_at, screen
from symelbo.loci import Positivity, Where
from symelbo.loci.minors import minor_choices, of_one_sign
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.points import Point
from symelbo.statements import NOT_EXACT, Statement
from symelbo.typesetting import Unfolding
from symelbo.verification.examination import Examination, examination

__all__ = ["MixtureCounterexample", "MixtureExamination"]


@dataclass(frozen=True)
class MixtureCounterexample(Unfolding):
    """Where the tangent space of a mixture does not split, and what of the means of v the ELBO does not follow.

    Attributes
    ----------
    parameters : mapping from parameter to value
    objective : the name of a mean of v or v^2, or empty if the equality holds for all of them
    gradient : mapping from parameter to number, grad^M of that mean
        Its score differs between classes, so it is not horizontal: the equality of S8 fails for this objective.
    ranks : Ranks
        At the point.
    """

    point: Point
    parameters: Mapping[sympy.Expr, sympy.Expr]
    objective: str
    gradient: Mapping[sympy.Symbol, sympy.Expr]
    ranks: Ranks

    @property
    def separates(self) -> bool:
        """Whether the ranks show that T does not split."""
        return not self.ranks.cylindrical

    @property
    def moved(self) -> str:
        """What the equality fails for, in words."""
        if not self.objective:
            return f"  T has {self.ranks.oblique} oblique directions, none of them the gradient of a mean of v or v^2"
        values = ", ".join(f"{k}: {v}" for k, v in self.gradient.items())
        return f"  grad^M of L = {self.objective} is ({values}), whose score depends on the class: not horizontal"

    def __repr__(self) -> str:
        at = ", ".join(f"{k} = {v}" for k, v in self.parameters.items())
        return f"at {at}:\n{self.moved}"

    def as_dict(self) -> dict[str, Any]:
        """The counterexample as data: exact texts."""
        return {
            "parameters": {str(k): str(v) for k, v in self.parameters.items()},
            "objective": self.objective or None,
            "gradient": {str(k): str(v) for k, v in self.gradient.items()},
        }


class MixtureExamination(Examination):
    """A mixture under examination."""

    certificates: ClassVar[type[MixtureCertificate]] = MixtureCertificate
    model: ExponentialMixture
    unevaluated = ": they ask for integrals of 1/p_V"

    def refused(self, s: Statement) -> str:
        """What is not exact."""
        return NOT_EXACT.get(s.id, "")

    def good_point(self, generic: Ranks) -> Point:
        """A simple admissible point, where the vertical rank is generic too."""
        found = self.model.domain.simple_point(lambda v: screen(self.model, v).ranks() == generic, candidates=4)
        if found is None:
            raise InternalError("no admissible point found among simple points of the domain")
        return Point(self.model.field, found)

    def counterexample_at(self, point: Point | None) -> MixtureCounterexample:
        """An objective that the ELBO does not follow, at the point or at the sample point."""
        chosen = point or self.sample_point
        at = mixture_scores(self.model, chosen)
        for k, name in enumerate(at.visible_coordinates()):
            gradient = at.metric_inverse @ at.visible_jacobian.select([k]).T
            if not (at.vertical_scores @ gradient).is_zero():
                return self._found(at, chosen, str(name), gradient)
        return self._found(at, chosen, "", None)

    def _found(self, at: MixtureScores, point: Point, name: str, gradient: Matrix | None) -> MixtureCounterexample:
        values = [] if gradient is None else map(at.domain.to_sympy, gradient.column_entries(0))
        named = dict(zip(self.model.parameters if gradient is not None else (), values, strict=True))
        return MixtureCounterexample(point, point.substitution(), name, named, ranks_at(self.model, point))

    def extent(self) -> tuple[Where, Evidence | None]:
        """Nowhere, by minors of the vertical scores of which one is not 0 at every point."""
        k = self.generic_ranks.joint - self.generic_ranks.visible + 1
        if not 0 < k <= min(LIMITS.largest_minor, self.generic_ranks.vertical):
            return Where.POINT, None
        vertical, p = mixture_scores(self.model).vertical_scores, self.model.prime
        known = Positivity.on(self.model.field, self.model.domain, work=Work(LIMITS.minors_work))
        choices = minor_choices(generic_screen(self.model).vertical, k, p, random.Random(0))
        minors = {c: vertical.select(c[0]).columns(c[1]).det() for c in choices}
        one = self.model.field.one.num
        found = of_one_sign(known, ((c, self.model.field.fraction(m.num, one)) for c, m in minors.items()))
        if found is None:
            return Where.POINT, None
        used = [(*c, minors[c], b) for c, b in found[0]]
        certificate = MixtureCertificate.nowhere(self.model, used, found[1], known, self.sample_point)
        return (Where.POINT if certificate is None else Where.NOWHERE), certificate

    def by_ranks_alone(self) -> bool:
        """The other conditions ask for G_V."""
        return True

    def failures(self, s: Statement) -> list[str]:  # noqa: ARG002  # the signature of all families
        """Nothing is evaluated: the judge proves S8 from S3."""
        return []


@examination.register
def _of_mixture(model: ExponentialMixture, point: Point | None = None) -> MixtureExamination:
    return MixtureExamination(model, point)
