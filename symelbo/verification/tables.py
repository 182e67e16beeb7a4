"""Models with a finite table under examination.

Where a symbolic evaluation is too large to be affordable, formulas are evaluated at exact points and the verdict's
scope says so.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import ClassVar

from symelbo.budget import LIMITS
from symelbo.certificates import Certificate, is_large, rational_point
from symelbo.certificates.evidence import Evidence
from symelbo.errors import BudgetError, DomainError, InternalError
from symelbo.exact import QQ, Entry, Matrix, RationalField
from symelbo.geometry import (
    Geometry,
    Ranks,
    bounds,
    decompose,
    geometry,
    kernel,
    ranks_at,
)
from symelbo.graphs import MarkovCut, MarkovObstruction, NonFace
from symelbo.loci import Where, where_cylindrical
from symelbo.loci.minors import Minors, one_minor, several_minors
from symelbo.models.criteria import interactions
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import CONDITIONS, Condition, Statement
from symelbo.verification.counterexamples import admissible_point, counterexample_at, find_counterexample
from symelbo.verification.evaluation import estimate, holds, is_affordable, is_too_large
from symelbo.verification.examination import Examination, examination
from symelbo.verification.verdicts import Counterexample, Proved, Refuted, Undecided, Verdict


class TableExamination(Examination):
    """A model with a table under examination."""

    certificates: ClassVar[type[Certificate]] = Certificate
    model: Parametrization

    def notes(self) -> list[str]:
        """The estimate of the cost."""
        return [str(estimate(self.model))]

    @property
    def prefers_graph(self) -> bool:  # type: ignore[override]  # as above
        """A cut by the graph is the better proof of a large model, or where null vectors are long."""
        return is_large(self.model) or not self.has_short_null_vectors

    @cached_property
    def has_short_null_vectors(self) -> bool:
        """Whether a short search finds null vectors, which cite nothing; otherwise a cut is the better proof."""
        try:
            for kind in ("visible", "vertical"):
                kernel(self.model, kind, short=True)
        except BudgetError:
            return False
        return True

    def by_bounds(self) -> Evidence | None:
        """By bounds where null vectors are long, and r_vert is as large as shape and exponents allow."""
        reached = self.ranks.vertical == bounds(self.model).vertical
        return None if self.has_short_null_vectors or not reached else Certificate.bounds(self.model, self.sample_point)

    def counterexample_at(self, point: Point | None) -> Counterexample | None:
        """A counterexample at the point, or at one of small height."""
        if point is not None:
            return counterexample_at(self.model, point)
        return find_counterexample(self.model, self.generic_ranks)

    def good_point(self, generic: Ranks) -> Point:
        """A simple admissible point."""
        return admissible_point(self.model, generic)

    @cached_property
    def sample_points(self) -> tuple[Point, ...]:
        """Exact points for evaluations: the given one, or a few admissible ones."""
        if self.point is not None:
            return (self.point,)
        if not self.model.field.is_free:  # random parameters make numbers in Q(exp(1/N)) of high degree
            return (self.sample_point,)
        values = islice(self.model.domain.interior_points(seed=11), 40)
        points = (Point(self.model.field, v) for v in values)
        return (self.sample_point, *islice(filter(self._is_generic, points), 1))

    def _is_generic(self, point: Point) -> bool:
        """Whether a point is admissible; where a probability vanishes it is not even a point of the model."""
        try:
            return ranks_at(self.model, point)[:2] == self.generic_ranks[:2]
        except DomainError:
            return False

    @cached_property
    def large(self) -> bool:
        """Whether even at points matrices with a row for every state are not evaluated: certificates do without."""
        return self.model.n_entries > LIMITS.evaluated_shape

    @cached_property
    def affordable(self) -> bool:
        """Whether formulas are evaluated symbolically."""
        return self.point is None and is_affordable(self.model)

    def evaluate_at_points(self) -> bool:
        """From now on evaluate formulas at exact points instead of over the field."""
        if self.point is not None or not self.affordable:
            return False
        self.affordable = False
        self.__dict__.pop("geometries", None)
        return True

    @cached_property
    def geometries(self) -> tuple[Geometry, ...]:
        """Where formulas are evaluated: over the field if affordable, else at the sample points."""
        if self.affordable:
            return (geometry(self.model),)
        return tuple(geometry(self.model, p) for p in self.sample_points)

    def failures(self, s: Statement) -> list[str]:
        """Formulas that fail; S7 is compared by the coefficients of its logarithms."""
        if s.id == "S7":
            sizes = set(self.model.space.fibration.sizes.tolist())
            return [f"fibres of {n} states" for n in sizes if (sides := logarithmic_sides(n))[0] != sides[1]]
        places = () if self.large else self.geometries
        return [str(f) for at in places for f in s.formulas if not is_too_large(f, at) and not holds(f, at)]

    def by_ranks_alone(self) -> bool:
        """Whether the model is too large to evaluate conditions of S4."""
        return self.large or self.exact_generic_ranks is None

    def conditions(self, *, truth: bool) -> tuple[dict[str, list[bool | None]], Point | None]:
        """The conditions over the field where all are true and that is affordable, else at points."""
        if truth and self.affordable:
            places = self.geometries
        elif not truth and self.counterexample is not None:
            places = (geometry(self.model, self.counterexample.point),)
        else:
            places = tuple(geometry(self.model, p) for p in self.sample_points)
        return {c.letter: [self._condition(c, at) for at in places] for c in CONDITIONS}, places[0].point

    def _condition(self, condition: Condition, at: Geometry) -> bool | None:
        """Whether a condition holds, by its own route; None where it is too large."""
        if condition.formula is not None:
            return None if is_too_large(condition.formula, at) else holds(condition.formula, at)
        if condition.letter == "a":  # dimensions of the intersections themselves, from null spaces
            return decompose(self.model, at.point).is_cylindrical
        if condition.letter == "b":
            return (self.generic_ranks if at.point is None else ranks_at(self.model, at.point)).cylindrical
        # (f) At a point the characteristic polynomial of G^- G_V is lambda^a (lambda - 1)^b.  Over the field: the
        # eigenvalues lie in [0, 1] and rank J_V of them are not 0, so they are 0 or 1 if their sum is rank J_V.
        if isinstance(at.domain, RationalField):
            return _zeros_and_ones((at.metric_inverse @ at.visible_metric).characteristic_polynomial())
        trace = at.domain.sum(at.projected_cometric[v, v] / at.visible_probabilities[v] for v in range(at.n_visible))
        return bool(trace == at.domain.constant(self.generic_ranks.visible))

    @property
    def without_tables(self) -> str:  # type: ignore[override]  # computed when asked for
        """Why there are no free conditional tables."""
        if not self.model.space.is_product:
            return "the states are no product of variables: a network needs one"
        known = self.model.structure.families is not None
        return "" if known else "the model is not given as a Bayesian network with free conditional tables"

    def is_open(self) -> str:
        """Whether M is open in P(X)."""
        if self.generic_ranks.joint != self.model.space.n_states - 1:
            return ""
        return f"M is open in P(X): p_V and p({'h' if self.model.space.is_product else 'x'}|v) vary independently"

    def besides(self, base: Verdict) -> Where:
        """The scope of the refutation."""
        return base.scope

    def extent(self) -> tuple[Where, Evidence | None]:
        """Where the model is cylindrical, and a certificate of "nowhere"."""
        certificate = nowhere_cylindrical(self.model, self.sample_point)
        if certificate is not None:
            return Where.NOWHERE, certificate
        where = where_cylindrical(self.model)
        found = several_minors(self.model) if where == Where.NOWHERE else None
        return where, _minors_certificate(self.model, found, self.sample_point)

    def against(self, found: Counterexample) -> Evidence:
        """Minors on a large model, otherwise the gradients in full; at exponentials, for a rational stand-in."""
        if not found.point.is_rational:
            found = counterexample_at(self.model, rational_point(found.point, self.model.domain))
            return replace(self._against(found), scope=Where.GENERICALLY.claim)
        return self._against(found)

    def _against(self, found: Counterexample) -> Evidence:
        s = self.certificates.statements["S3"]
        compact = Certificate.minors(self.model, s, found) if is_large(self.model) else None
        return Certificate.not_cylindrical(self.model, found) if compact is None else compact

    def without_upper_bounds(self) -> Verdict:
        """Minors that already add up to more than rank J can be, or the graph, refute S3 nevertheless."""
        s = self.certificates.statements["S3"]
        if self.generic_ranks.cylindrical and self.point is None:
            return Undecided(
                "the ranks modulo a prime say: cylindrical; the elimination that would prove it is too large",
                (f"ranks modulo a prime: {tuple(self.generic_ranks)}", "null vectors by elimination"),
            )
        found = self.counterexample
        certificate = None if found is None else Certificate.generic_minors(self.model, s, found)
        if certificate is None and isinstance(self.graph_answer, MarkovObstruction | NonFace):
            interior = Point(self.model.field, self.model.domain.interior_point())
            by_graph = Certificate.of_graph(self.model, s, interior, self.graph_answer)
            return Refuted(found, by_graph, Where.GENERICALLY, detail=f"by its graph: {self.graph_answer}")
        if found is None or certificate is None:
            return Undecided(
                f"the ranks have the lower bounds {tuple(self.generic_ranks)}; the elimination that would prove upper "
                "bounds is too large",
                ("ranks modulo a prime", "null vectors by elimination over the function field"),
            )
        detail = "by lower bounds of the ranks; whether the point is admissible is open"
        return Refuted(found, certificate, Where.GENERICALLY, found.point, detail=detail)

    def cut_by_graph(self, s: Statement) -> Proved:
        """A cut of a network, or of a log-linear model."""
        cut = self.graph_cut
        if isinstance(cut, MarkovCut):
            return super().cut_by_graph(s)
        if cut is None or (self.point is None and not self.looks_cylindrical):
            raise InternalError(f"the generators say cylindrical, the ranks modulo p do not, on {self.model!r}")
        parts = "; ".join(
            f"{{{', '.join(c.nodes)}}} has the boundary {{{', '.join(c.boundary)}}} in the generator "
            f"{{{', '.join(c.generator or ())}}}"
            for c in cut.components
        )
        interior = self.named_point or Point(self.model.field, self.model.domain.interior_point())
        certificate = Certificate.log_linear_cut(self.model, s, interior, interactions(self.model) or ((),))
        return Proved(certificate, Where.EVERYWHERE, detail=f"collapsible onto the visible variables: {parts}")


@examination.register
def _of_table(model: Parametrization, point: Point | None = None) -> TableExamination:
    return TableExamination(model, point)


def nowhere_cylindrical(model: Parametrization, interior: Point) -> Certificate | None:
    """Return a certificate that the model is cylindrical at no admissible point, or None if one minor shows none.

    Parameters
    ----------
    model : Parametrization
    interior : Point
        A point at which the rank of J_V is generic.

    >>> from symelbo.models import model_b
    >>> model = model_b()
    >>> point = model.point(dict(zip(model.parameters, ["1/2", "1/2", "1/3", "1/2", "1/3"])))
    >>> certificate = nowhere_cylindrical(model, point)
    >>> certificate.scope, [m["pairs"] for m in certificate.witness["minors"]]
    ('no-admissible-point', [[[0, 1], [2, 3], [4, 5]]])
    """
    return _minors_certificate(model, one_minor(model), interior)


def _minors_certificate(model: Parametrization, found: Minors | None, interior: Point) -> Certificate | None:
    return None if found is None else Certificate.nowhere(model, found.minors, found.total, interior)


def logarithmic_sides(m: int) -> tuple[dict[str, Matrix], dict[str, Matrix]]:
    """Coefficients, as linear maps of q, of the formal logarithms in D(q||p) and in D(q_V||p_V) + GAP(q, p).

    No term mixes two fibres; this is one of m states.  Keys: ``"q"``, ``"p"`` (m logarithms each) and ``"q_V"``,
    ``"p_V"`` (one each).  GAP is built from its definition
    ``sum_v q_V(v) sum_x q(x|v) (log q(x|v) - log p(x|v))``, x in F_v, with ``log q(x|v) = log q(x) - log q_V(v)``.
    """
    identity = Matrix.identity(QQ, m)
    pi = Matrix(QQ, [[QQ.one] * m])
    zero_v = Matrix.zeros(QQ, 1, m)
    divergence = {"q": identity, "p": -identity, "q_V": zero_v, "p_V": zero_v}
    visible = {"q": identity - identity, "p": identity - identity, "q_V": pi, "p_V": -pi}
    gap = {"q": identity, "p": -identity, "q_V": -pi, "p_V": pi}
    return divergence, {k: visible[k] + gap[k] for k in divergence}


def _zeros_and_ones(coefficients: list[Entry]) -> bool:
    """Whether a polynomial, constant term first, is lambda^a (lambda - 1)^b."""
    while coefficients and not coefficients[0]:
        coefficients = coefficients[1:]
    while len(coefficients) > 1:
        # Divide by (lambda - 1): synthetic division, highest coefficient first.
        quotient, carry = [], QQ.zero
        for c in reversed(coefficients):
            carry = carry + c
            quotient.append(carry)
        if quotient.pop():
            return False
        coefficients = quotient[::-1]
    return True
