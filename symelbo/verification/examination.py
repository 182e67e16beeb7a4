"""One model under examination: what several statements share, each computed once, and the verdict on S3.

Where a symbolic evaluation is too large to be affordable, formulas are evaluated at exact points and the verdict's
scope says so.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import islice

from symelbo.budget import LIMITS
from symelbo.certificates import Certificate, is_large, rational_point
from symelbo.errors import BudgetError, DomainError, InternalError
from symelbo.geometry import (
    Geometry,
    Ranks,
    TangentDecomposition,
    decompose,
    generic_ranks,
    generic_screen,
    geometry,
    kernel,
    ranks_at,
    structural_bounds,
)
from symelbo.graphs import CollapsibleCut, MarkovCut, MarkovObstruction, verify_reveal
from symelbo.loci import Where
from symelbo.models.criteria import Cut, GraphAnswer, graph_answer, graph_question, interactions
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import Statement, statement
from symelbo.verification.cost import is_affordable
from symelbo.verification.counterexamples import admissible_point, counterexample_at, find_counterexample
from symelbo.verification.nowhere import extent_with_certificate
from symelbo.verification.verdicts import Counterexample, Proved, Refuted, Undecided, Verdict

__all__ = ["Examination", "cut_by_graph"]

EVALUATION_LIMIT = LIMITS.evaluated_shape


class Examination:
    """One model (at a point, or everywhere) under examination."""

    def __init__(self, model: Parametrization, point: Point | None = None) -> None:
        self.model = model
        self.point = point

    def scope(self, *, without: Where = Where.EVERYWHERE) -> Where:
        """At a point, if one is examined."""
        return without if self.point is None else Where.POINT

    @cached_property
    def graph_answer(self) -> GraphAnswer | None:
        """What the graph decides, whatever the size; None where the model is not given by one."""
        return graph_answer(self.model)

    @property
    def graph_cut(self) -> Cut | None:
        """The cut that the graph has."""
        return self.graph_answer if isinstance(self.graph_answer, MarkovCut | CollapsibleCut) else None

    @cached_property
    def exact_generic_ranks(self) -> Ranks | None:
        """The exact generic ranks, or None where the elimination that proves an upper bound is too large."""
        lower, upper = generic_screen(self.model).ranks(), structural_bounds(self.model)
        if self.graph_cut is not None and lower.cylindrical and lower.joint == upper.joint:
            return lower  # rank J is exact, and in a cylindrical model the other two, bounded below, add up to it
        try:
            return generic_ranks(self.model)
        except BudgetError:
            return None

    @cached_property
    def generic_ranks(self) -> Ranks:
        """The generic ranks: exact, or lower bounds where :attr:`exact_generic_ranks` is None."""
        exact = self.exact_generic_ranks
        return generic_screen(self.model).ranks() if exact is None else exact

    @cached_property
    def ranks(self) -> Ranks:
        """The exact ranks: at the point, or generic."""
        return self.generic_ranks if self.point is None else ranks_at(self.model, self.point)

    @cached_property
    def looks_cylindrical(self) -> bool:
        """The screen's opinion, a guide only: ranks modulo a prime."""
        return generic_screen(self.model, seed=1).ranks().cylindrical

    @cached_property
    def decomposition(self) -> TangentDecomposition:
        """The tangent decomposition, with the null vectors that prove the ranks."""
        return decompose(self.model, self.point)

    @cached_property
    def has_short_null_vectors(self) -> bool:
        """Whether a short search finds null vectors, which cite nothing; otherwise a cut is the better proof."""
        try:
            for kind in ("visible", "horizontal"):
                kernel(self.model, kind, short=True)
        except BudgetError:
            return False
        return True

    @cached_property
    def is_admissible(self) -> bool:
        """Whether the point of the examination is admissible."""
        return self.point is None or self.ranks[:2] == self.generic_ranks[:2]

    @cached_property
    def counterexample(self) -> Counterexample | None:
        """A counterexample, at the point or at one that is searched for."""
        if self.point is not None:
            return None if self.ranks.cylindrical else counterexample_at(self.model, self.point)
        return find_counterexample(self.model, self.generic_ranks)

    @cached_property
    def sample_point(self) -> Point:
        """An admissible point: shows that the hypotheses are not vacuous."""
        return self.named_point or admissible_point(self.model, self.generic_ranks)

    @property
    def named_point(self) -> Point | None:
        """The point, where a certificate can name it; at another one it says more: at every admissible point."""
        return self.point if self.point is not None and self.point.is_rational else None

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
        return self.model.space.n_states * len(self.model.parameters) > EVALUATION_LIMIT

    @cached_property
    def affordable(self) -> bool:
        """Whether formulas are evaluated symbolically."""
        return self.point is None and is_affordable(self.model)

    def evaluate_at_points(self) -> None:
        """From now on evaluate formulas at exact points instead of over the field."""
        self.affordable = False
        self.__dict__.pop("geometries", None)

    @cached_property
    def geometries(self) -> tuple[Geometry, ...]:
        """Where formulas are evaluated: over the field if affordable, else at the sample points."""
        if self.affordable:
            return (geometry(self.model),)
        return tuple(geometry(self.model, p) for p in self.sample_points)

    @cached_property
    def cylindrical(self) -> Verdict:
        """The verdict on S3, shared by the statements that suppose it; undecided where an elimination was too long."""
        try:
            return _cylindrical(self)
        except BudgetError as error:
            known = f"ranks modulo a prime, lower bounds: {tuple(generic_screen(self.model).ranks())}"
            scope = Where.EVERYWHERE if self.point is None else Where.POINT
            return Undecided(f"{error}; {known}", (known, "null vectors by elimination"), scope)

    @cached_property
    def extended(self) -> Verdict:
        """The same verdict, and where it is refuted everywhere: where the model is cylindrical nevertheless."""
        verdict = self.cylindrical
        if not isinstance(verdict, Refuted) or self.point is not None or self.exact_generic_ranks is None:
            return verdict
        where, certificate = extent_with_certificate(self.model, self.sample_point)
        if not where.is_locus:
            return verdict
        detail = "" if certificate is not None else "where it holds was solved for exactly, but has no certificate"
        return replace(verdict, scope=where, extent_certificate=certificate, detail=detail)


def _cylindrical(e: Examination) -> Verdict:
    """S3: the ranks decide; null vectors prove a yes, a rational point proves a no."""
    if e.point is not None:
        if not e.ranks.cylindrical:
            return _refuted(e)
        if e.named_point is None:
            return _splits_at_exponentials(e, e.point)
        return Proved(Certificate.conditions(e.model, statement("S3"), e.point, truth=True), Where.POINT, e.point)
    if e.graph_cut is not None and (is_large(e.model) or not e.has_short_null_vectors):
        cut = cut_by_graph(statement("S3"), e, e.graph_cut)
        return Proved(cut.certificate, Where.EVERYWHERE, detail=cut.detail)
    if e.generic_ranks.cylindrical:
        if e.exact_generic_ranks is None:
            return Undecided(
                "the ranks modulo a prime say: cylindrical; the elimination that would prove it is too large",
                (f"ranks modulo a prime: {tuple(e.generic_ranks)}", "null vectors by elimination"),
            )
        decomposition = e.decomposition
        if not decomposition.is_cylindrical:
            raise InternalError(f"ranks {e.generic_ranks} say cylindrical, the null vectors {decomposition!r} do not")
        return Proved(Certificate.null_vectors(e.model, decomposition, e.sample_point), Where.EVERYWHERE)
    return _refuted(e)


def _splits_at_exponentials(e: Examination, point: Point) -> Verdict:
    """T splits at a point with values in Q(exp(1/N)), which no certificate can name: it has to split at all of them."""
    everywhere = Examination(e.model).cylindrical
    if isinstance(everywhere, Proved):
        return replace(everywhere, scope=Where.POINT, point=point, detail="as at every admissible point")
    return Undecided(
        f"by its exact ranks {tuple(e.ranks)} the tangent space splits at this point, but no certificate can name "
        "values such as exp(1/2); give rational values for the exponentials where they are free",
        scope=Where.POINT,
    )


def _refuted(e: Examination) -> Verdict:
    found = e.counterexample
    if e.exact_generic_ranks is None:
        return _refuted_by_lower_bounds(e, found)
    if found is None:
        return Undecided(
            f"the generic ranks {tuple(e.generic_ranks)} say: not cylindrical, but no rational point of small height "
            "shows it",
            ("simple rational points of the domain",),
        )
    if found.point.is_rational:
        return Refuted(found, _certificate_against(e.model, found), Where.POINT, found.point)
    # The point has values in Q(exp(1/N)); the certificate is for a rational stand-in and says: generically.
    formal = counterexample_at(e.model, rational_point(found.point, e.model.domain))
    certificate = replace(_certificate_against(e.model, formal), scope=Where.GENERICALLY.claim)
    return Refuted(found, certificate, e.scope(without=Where.GENERICALLY), found.point)


def _refuted_by_lower_bounds(e: Examination, found: Counterexample | None) -> Verdict:
    """Where the rank of J_V has no proved upper bound: minors that already add up to more than rank J can be."""
    certificate = None if found is None else Certificate.generic_minors(e.model, statement("S3"), found)
    if certificate is None and isinstance(e.graph_answer, MarkovObstruction):
        interior = Point(e.model.field, e.model.domain.interior_point())
        by_graph = Certificate.of_graph(e.model, statement("S3"), interior, e.graph_answer)
        return Refuted(found, by_graph, Where.GENERICALLY, detail=f"by its graph: {e.graph_answer}")
    if found is None or certificate is None:
        return Undecided(
            f"the ranks have the lower bounds {tuple(e.generic_ranks)}; the elimination that would prove upper bounds "
            "is too large",
            ("ranks modulo a prime", "null vectors by elimination over the function field"),
        )
    detail = "by lower bounds of the ranks; whether the point is admissible is open"
    return Refuted(found, certificate, Where.GENERICALLY, found.point, detail=detail)


def _certificate_against(model: Parametrization, found: Counterexample) -> Certificate:
    """Minors on a large model, otherwise the gradients in full."""
    compact = Certificate.minors(model, statement("S3"), found) if is_large(model) else None
    return Certificate.not_cylindrical(model, found) if compact is None else compact


def cut_by_graph(s: Statement, e: Examination, cut: Cut) -> Proved:
    """A proof for every size; where the ranks modulo p can be had they must agree."""
    if e.point is None and not e.looks_cylindrical:
        raise InternalError(f"the graph criterion says cylindrical, the ranks modulo p do not, on {e.model!r}")
    interior = e.named_point or Point(e.model.field, e.model.domain.interior_point())
    if isinstance(cut, MarkovCut):
        if not verify_reveal(*graph_question(e.model), cut):
            raise InternalError(f"the Markov-equivalent graph {cut.edges} does not verify")
        arrows = ", ".join(f"{a} -> {b}" for a, b in cut.edges) or "no arrows"
        detail = f"Markov equivalent without arrow from hidden to visible: {arrows}"
        return Proved(Certificate.of_graph(e.model, s, interior, cut), Where.EVERYWHERE, detail=detail)
    parts = "; ".join(
        f"{{{', '.join(c.nodes)}}} has the boundary {{{', '.join(c.boundary)}}} in the generator "
        f"{{{', '.join(c.generator or ())}}}"
        for c in cut.components
    )
    certificate = Certificate.log_linear_cut(e.model, s, interior, interactions(e.model) or ((),))
    return Proved(certificate, Where.EVERYWHERE, detail=f"collapsible onto the visible variables: {parts}")
