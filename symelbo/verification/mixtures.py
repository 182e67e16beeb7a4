"""Mixtures of exponential families under examination: what their ranks decide; the rest is refused by name."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

import sympy

from symelbo.budget import LIMITS, Work
from symelbo.certificates import MixtureCertificate
from symelbo.certificates.evidence import Evidence
from symelbo.errors import BudgetError, InternalError
from symelbo.geometry import MixtureScores, Ranks, generic_screen, mixture_scores, ranks_at, screen
from symelbo.loci import Positivity, Where
from symelbo.loci.minors import minor_choices, of_one_sign
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.leaves import CATEGORICAL, MEASURES
from symelbo.models.points import Point
from symelbo.objectives import data_divergence, divergence, natural_gradient
from symelbo.statements import NOT_EXACT, WITH_VISIBLE_METRIC, Statement
from symelbo.typesetting import Unfolding
from symelbo.verification.examination import Examination, examination

SHOWN = 8  # entries of gradients in a text


@dataclass(frozen=True)
class MixtureCounterexample(Unfolding):
    """Where the tangent space of a mixture does not split, and what of the means of v the ELBO does not follow.

    Attributes
    ----------
    parameters : mapping from parameter to value
    objective : the name of a mean of v or v^2, or empty if the equality holds for all of them
    gradient : mapping from parameter to number, grad^M of that mean
        Its score differs between classes, so it is not horizontal: the equality of S8 fails for this objective.
    state : tuple, or empty
        A class, and values of what is seen.  For q, and p* = q_V, at this state alone the equality of S8 fails.
    elbo, completed : mappings from parameter to number, -grad^M D(q||.) and -grad^M D(Q||.)
        Their difference moves p_V: ``J_V G^-1 S^T f`` differs between the functions f of the classes at what is seen,
        and is largest in a coordinate for this class, so larger there than its mean by the posterior.
    ranks : Ranks
        At the point.
    """

    point: Point
    parameters: Mapping[sympy.Expr, sympy.Expr]
    objective: str
    gradient: Mapping[sympy.Symbol, sympy.Expr]
    state: tuple[Any, ...]
    elbo: Mapping[sympy.Symbol, sympy.Expr]
    completed: Mapping[sympy.Symbol, sympy.Expr]
    ranks: Ranks

    @property
    def separates(self) -> bool:
        """Whether the ranks show that T does not split."""
        return not self.ranks.cylindrical

    @property
    def moved(self) -> str:
        """What the equality fails for, in words."""
        lines = [f"  T has {self.ranks.oblique} oblique directions, none of them the gradient of a mean of v or v^2"]
        if self.objective:
            found = f"  grad^M of L = {self.objective} is ({_told(self.gradient)})"
            lines = [f"{found}, whose score depends on the class: not horizontal"]
        if self.state:
            h, *seen = self.state
            lines += [
                f"  for q in class {h} with ({', '.join(map(str, seen))}) seen:",
                f"    -grad^M D(q||.) = ({_told(self.elbo)})",
                f"    -grad^M D(Q||.) = ({_told(self.completed)})",
            ]
        return "\n".join(lines)

    def __repr__(self) -> str:
        at = ", ".join(f"{k} = {v}" for k, v in self.parameters.items())
        return f"at {at}:\n{self.moved}"

    def as_dict(self) -> dict[str, Any]:
        """The counterexample as data: exact texts."""
        return {
            "parameters": {str(k): str(v) for k, v in self.parameters.items()},
            "objective": self.objective or None,
            **{
                key: {str(k): str(v) for k, v in found.items()}
                for key, found in (("gradient", self.gradient), ("elbo", self.elbo), ("completed", self.completed))
            },
            "q": list(map(str, self.state)),
        }


def _told(values: Mapping[sympy.Symbol, sympy.Expr]) -> str:
    """The entries, where there are many some of those that are not 0."""
    if len(values) <= SHOWN:
        return ", ".join(f"{k}: {v}" for k, v in values.items())
    return ", ".join([*islice((f"{k}: {v}" for k, v in values.items() if v), SHOWN), "..."])


class MixtureExamination(Examination):
    """A mixture under examination."""

    certificates: ClassVar[type[MixtureCertificate]] = MixtureCertificate
    model: ExponentialMixture

    @property
    def unevaluated(self) -> str:  # type: ignore[override]  # as G_V is exact for some mixtures
        """Why conditions of S4 are not evaluated."""
        return ": they ask for integrals over 1/p_V" if mixture_scores(self.model).exact is None else ""

    def refused(self, s: Statement) -> str:
        """What is not exact."""
        known = s.id in WITH_VISIBLE_METRIC and mixture_scores(self.model).exact is not None
        return "" if known else NOT_EXACT.get(s.id, "")

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
        parameters, told, gradient = self.model.parameters, "", {}
        for k, name in enumerate(at.visible_coordinates()):
            found = at.metric_inverse @ at.visible_jacobian.select([k]).T
            if not (at.vertical_scores @ found).is_zero():
                told = str(name)
                gradient = dict(zip(parameters, map(at.domain.to_sympy, found.column_entries(0)), strict=True))
                break
        state, moved = self._moved_state(at), []
        for objective in (divergence({state: 1}), data_divergence({state[1:]: 1})) if state else ():
            values = -natural_gradient(objective, self.model, chosen).parameters
            moved.append(dict(zip(parameters, values, strict=True)))
        elbo, completed = moved or ({}, {})
        ranks = ranks_at(self.model, chosen)
        return MixtureCounterexample(chosen, chosen.substitution(), told, gradient, state, elbo, completed, ranks)

    def _moved_state(self, at: MixtureScores) -> tuple[Any, ...]:
        """A state at which q moves p_V otherwise than its marginal does, completed by the posterior."""
        moving = at.visible_scores @ at.metric_inverse @ at.scores.T
        for seen in _simple_states(self.model):
            shares = list(at.shares(seen, visible=True))
            own = [(moving @ f).column_entries(0) for _, _, f in shares]
            for values in zip(*own, strict=True):
                best = max(range(len(own)), key=values.__getitem__)
                if any(e != values[best] for e in values):
                    return shares[best][0], *seen
        return ()

    def extent(self) -> tuple[Where, Evidence | None]:
        """Nowhere, by minors of the vertical scores of which one is not 0 at every point."""
        k = self.generic_ranks.joint - self.generic_ranks.visible + 1
        if not 0 < k <= self.generic_ranks.vertical:
            return Where.POINT, None
        vertical, p = mixture_scores(self.model).vertical_scores, self.model.prime
        work = Work(LIMITS.minors_work)
        known = Positivity.on(self.model.field, self.model.domain, work=work)
        choices = minor_choices(generic_screen(self.model).vertical, k, p, random.Random(0))
        try:
            minors = {c: vertical.select(c[0]).columns(c[1]).det(spend=work.spend) for c in choices}
        except BudgetError:
            return Where.POINT, None
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

    def failures(self, s: Statement) -> list[str]:
        """S1, S2 and S12 where G_V is exact; the judge proves S8 from S3."""
        exact = mixture_scores(self.model, self.point or self.sample_point).exact
        if exact is None or s.id not in WITH_VISIBLE_METRIC:
            return []
        own, seen = exact.metric_inverse, exact.visible_metric_inverse
        x, y = (inverse @ exact.visible_jacobian.T for inverse in (own, seen))
        u = exact.visible_jacobian @ x
        rank = ranks_at(self.model, self.point or self.sample_point).vertical
        holds = {
            "U = U'": u == u.T,
            "U' g_V W = U": x.T @ exact.visible_metric @ y == u,
            "G = G_V + E[Cov(s|v)]": exact.metric == exact.visible_metric + exact.missing_information,
            "rank E[Cov(s|v)] = rank (I - C dpi) J": exact.missing_information.rank() == rank,
        }
        return [name for name, good in holds.items() if not good]


def _simple_states(model: ExponentialMixture) -> Iterator[tuple[Any, ...]]:
    """States that tell sums of functions of one leaf each apart, of degree 2 where it is not categorical."""
    choices = [
        range(1, len(x) + 1) if CATEGORICAL in kinds else range(3) if set(kinds) <= {*MEASURES[0]} else range(1, 4)
        for (_, kinds), x in zip(model.families, model.components[0][1], strict=True)
    ]
    first = tuple(values[0] for values in choices)
    yield first
    for i, values in enumerate(choices):
        for x in values[1:]:
            yield *first[:i], x, *first[i + 1 :]


@examination.register
def _of_mixture(model: ExponentialMixture, point: Point | None = None) -> MixtureExamination:
    return MixtureExamination(model, point)
