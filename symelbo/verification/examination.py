"""One model under examination: what several statements share, each computed once, and the verdict on S3.

The ranks decide: null vectors, or a graph, prove a yes; a point proves a no.  What a family of models knows beyond its
scores it answers as a subclass of :class:`Examination`, registered with :func:`examination`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, singledispatch
from typing import Any, ClassVar

from symelbo.certificates.evidence import Evidence
from symelbo.errors import BudgetError, InternalError, ModelError
from symelbo.geometry import (
    Ranks,
    TangentDecomposition,
    bounds,
    decompose,
    generic_ranks,
    generic_screen,
    one_copy,
    ranks_at,
    score_space,
)
from symelbo.graphs import CollapsibleCut, MarkovCut, MarkovObstruction, verify_reveal
from symelbo.loci import Where
from symelbo.models.criteria import GraphAnswer, graph_answer, graph_question
from symelbo.models.points import Point
from symelbo.statements import Statement
from symelbo.verification.verdicts import Proved, Refuted, Undecided, Verdict, of_one_copy


class Examination(ABC):
    """One model (at a point, or everywhere) under examination."""

    certificates: ClassVar[type[Evidence]]
    """What writes the certificates of the family."""

    def __init__(self, model: Any, at: Mapping[Any, Any] | Point | None = None) -> None:
        self.model = model
        self.point: Point | None = None if at is None else model.point(at)

    # What a family answers.

    prefers_graph = True
    """Whether a cut by the graph is a better proof than null vectors."""
    unevaluated = " at this size"
    """Why conditions of S4 are not evaluated."""
    without_tables = "the model is not given as a network with free tables"
    """Why there is nothing local; empty where there is."""

    def notes(self) -> list[str]:
        """What to say of route and cost."""
        return []

    @abstractmethod
    def good_point(self, generic: Ranks) -> Point:
        """A simple admissible point: shows that the hypotheses are not vacuous."""

    @abstractmethod
    def counterexample_at(self, point: Point | None) -> Any:
        """A counterexample, at the point or at one that is searched for; None if none is found."""

    def against(self, found: Any) -> Evidence:
        """The certificate of a counterexample."""
        return self.certificates.not_cylindrical(self.model, found)

    def without_upper_bounds(self) -> Verdict:
        """The verdict on S3 where only lower bounds of the generic ranks are known."""
        known = f"ranks modulo a prime, lower bounds: {tuple(self.generic_ranks)}"
        reason = f"the elimination that would prove upper bounds of the ranks is too large; {known}"
        return Undecided(reason, (known,))

    def by_bounds(self) -> Evidence | None:
        """What proves a cylindrical model by bounds of its ranks; None where null vectors say more, or are needed."""
        return None

    def extent(self) -> tuple[Where, Evidence | None]:
        """Where a model that is not cylindrical is so nevertheless, with a certificate of "nowhere" if there is one."""
        return Where.POINT, None

    @abstractmethod
    def failures(self, s: Statement) -> list[str]:
        """What of a statement that holds for all distributions, evaluated, fails: there should be nothing."""

    def conditions(self, *, truth: bool) -> tuple[dict[str, list[bool | None]], Point | None]:  # noqa: ARG002  # as above
        """Conditions (a) to (g) of S4, each by its own route, and where; None: not evaluated."""
        return {letter: [None] for letter in "abcdefg"}, None

    def by_ranks_alone(self) -> bool:
        """Whether the model is too large to evaluate the other conditions of S4."""
        return False

    def evaluate_at_points(self) -> bool:
        """From now on evaluate formulas at points instead of over the field; False where that is done already."""
        return False

    def refused(self, s: Statement) -> str:  # noqa: ARG002  # a family that refuses none
        """Why a statement is not asked of this family; empty where it is."""
        return ""

    def is_open(self) -> str:
        """Why M is a cut for its dimension; empty where it is not."""
        return ""

    def besides(self, base: Verdict) -> Where:  # noqa: ARG002  # the signature of all families
        """The scope of a statement that supposes S3, where that is refuted."""
        return self.scope()

    # What follows.

    def scope(self, *, without: Where = Where.EVERYWHERE) -> Where:
        """At a point, if one is examined."""
        return without if self.point is None else Where.POINT

    @cached_property
    def graph_answer(self) -> GraphAnswer | None:
        """What the graph decides, whatever the size, verified; None where the model is not given by one."""
        found = graph_answer(self.model)
        if isinstance(found, MarkovCut | MarkovObstruction) and not verify_reveal(*graph_question(self.model), found):
            raise InternalError(f"the answer {found} of the graph does not verify")
        return found

    @property
    def graph_cut(self) -> MarkovCut | CollapsibleCut | None:
        """The cut that the graph has."""
        return self.graph_answer if isinstance(self.graph_answer, MarkovCut | CollapsibleCut) else None

    @cached_property
    def one_copy(self) -> Examination | None:
        """The examination of one copy, where the model is independent copies."""
        one = one_copy(self.model)
        return None if one is self.model else type(self)(one, self.point)

    @cached_property
    def exact_generic_ranks(self) -> Ranks | None:
        """The exact generic ranks, or None where the elimination that proves an upper bound is too large."""
        if self.one_copy is not None:
            return self.one_copy.exact_generic_ranks
        lower, upper = generic_screen(self.model).ranks(), bounds(self.model)
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
    def is_admissible(self) -> bool:
        """Whether the point of the examination is admissible."""
        return self.point is None or self.ranks[:2] == self.generic_ranks[:2]

    @cached_property
    def counterexample(self) -> Any:
        """A counterexample, at the point or at one that is searched for."""
        return None if self.point is not None and self.ranks.cylindrical else self.counterexample_at(self.point)

    @cached_property
    def sample_point(self) -> Point:
        """An admissible point: shows that the hypotheses are not vacuous."""
        return self.named_point or self.good_point(self.generic_ranks)

    @property
    def named_point(self) -> Point | None:
        """The point, where a certificate can name it; at another one it says more: at every admissible point."""
        return self.point if self.point is not None and self.point.is_rational else None

    @cached_property
    def cylindrical(self) -> Verdict:
        """The verdict on S3, shared by the statements that suppose it; undecided where an elimination was too long."""
        if self.one_copy is not None:
            return of_one_copy(self.one_copy.cylindrical)
        try:
            return self._cylindrical()
        except BudgetError as error:
            known = f"ranks modulo a prime, lower bounds: {tuple(generic_screen(self.model).ranks())}"
            return Undecided(f"{error}; {known}", (known, "null vectors by elimination"), self.scope())

    @cached_property
    def extended(self) -> Verdict:
        """The same verdict, and where it is refuted everywhere: where the model is cylindrical nevertheless."""
        if self.one_copy is not None:
            return of_one_copy(self.one_copy.extended)
        verdict = self.cylindrical
        if not isinstance(verdict, Refuted) or self.point is not None or self.exact_generic_ranks is None:
            return verdict
        where, certificate = self.extent()
        if not where.is_locus:
            return verdict
        detail = "" if certificate is not None else "where it holds was solved for exactly, but has no certificate"
        return replace(verdict, scope=where, extent_certificate=certificate, detail=detail)

    def everywhere(self, verdict: Proved) -> Proved:
        """A fact at the counterexample, extended where a certificate refutes S3 at all admissible points."""
        base = self.extended
        if not isinstance(base, Refuted) or base.extent_certificate is None:
            return verdict
        return replace(verdict, scope=Where.EVERYWHERE, extent_certificate=base.extent_certificate)

    def _cylindrical(self) -> Verdict:
        s = self.certificates.statements["S3"]
        if self.point is not None and self.ranks.cylindrical:
            if self.named_point is None:
                return self._splits_at_exponentials(self.point)
            found = self.certificates.conditions(self.model, s, self.point, truth=True)
            return Proved(found, Where.POINT, self.point)
        if self.point is None and self.graph_cut is not None and self.prefers_graph:
            cut = self.cut_by_graph(s)
            return Proved(cut.certificate, Where.EVERYWHERE, detail=cut.detail)
        if self.exact_generic_ranks is None:
            return self.without_upper_bounds()
        if self.point is None and self.ranks.cylindrical and (bounded := self.by_bounds()) is not None:
            return Proved(bounded, Where.EVERYWHERE)
        if self.point is None and self.ranks.cylindrical:
            parts = self.decomposition
            if not parts.is_cylindrical:
                raise InternalError(f"ranks {self.ranks} say cylindrical, the null vectors {parts!r} do not")
            return Proved(self.certificates.null_vectors(self.model, parts, self.sample_point), Where.EVERYWHERE)
        found_at = self.counterexample
        if found_at is None:
            return Undecided(
                f"the generic ranks {tuple(self.generic_ranks)} say: not cylindrical, but no rational point of small "
                "height shows it",
                ("simple rational points of the domain",),
            )
        # At a point with values in Q(exp(1/N)) the certificate is for a rational stand-in and says: generically.
        where = Where.POINT if found_at.point.is_rational else self.scope(without=Where.GENERICALLY)
        return Refuted(found_at, self.against(found_at), where, found_at.point)

    def _splits_at_exponentials(self, point: Point) -> Verdict:
        """T splits at a point with values in Q(exp(1/N)), which no certificate can name: it has to split at all."""
        everywhere = type(self)(self.model).cylindrical
        if isinstance(everywhere, Proved):
            return replace(everywhere, scope=Where.POINT, point=point, detail="as at every admissible point")
        return Undecided(
            f"by its exact ranks {tuple(self.ranks)} the tangent space splits at this point, but no certificate can "
            "name values such as exp(1/2); give rational values for the exponentials where they are free",
            scope=Where.POINT,
        )

    def cut_by_graph(self, s: Statement) -> Proved:
        """A proof for every size; where the ranks modulo p can be had they must agree."""
        if self.point is None and not self.looks_cylindrical:
            raise InternalError(f"the graph criterion says cylindrical, the ranks modulo p do not, on {self.model!r}")
        cut = self.graph_cut
        if not isinstance(cut, MarkovCut):
            raise InternalError(f"the answer {cut} is no cut of a network")
        interior = self.named_point or Point(self.model.field, self.model.domain.interior_point())
        arrows = ", ".join(f"{a} -> {b}" for a, b in cut.edges) or "no arrows"
        detail = f"Markov equivalent without arrow from hidden to visible: {arrows}"
        certificate = self.certificates.of_graph(self.model, s, interior, cut)
        return Proved(certificate, Where.EVERYWHERE, detail=detail)


@singledispatch
def examination(model: Any, at: Mapping[Any, Any] | Point | None = None) -> Examination:  # noqa: ARG001  # of all families
    """Return the examination of a model of some family, everywhere or at a point.

    Raises
    ------
    ModelError
        What is no model, or one of a family that has scores but no certificates.
    """
    if score_space.dispatch(type(model)) is score_space.dispatch(object):
        raise ModelError(f"verify: {model!r} is not a model; build one with Parametrization, bayesian_network, ...")
    raise ModelError(
        f"verify: verdicts with certificates are given on tables, Gaussian models and mixtures, not on {model!r}; "
        "ranks, fisher_metric, tangent_decomposition and survives work on it"
    )
