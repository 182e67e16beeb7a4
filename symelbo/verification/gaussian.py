"""Gaussian models under examination: S1 to S12 in the words of normal distributions.

The ranks decide: null vectors, or the graph of a network, prove a yes; a rational point proves a no, and a minor that
vanishes nowhere extends it to all admissible points.  Identities that hold for every normal distribution are evaluated
at exact points, as the conditions of S4 are.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from symelbo.certificates import GaussianCertificate
from symelbo.certificates.gaussian import annihilator, is_network, multiplication
from symelbo.errors import BudgetError, InternalError
from symelbo.exact import Matrix, RationalFunction, evaluate_mod, pivots_mod
from symelbo.geometry import (
    GaussianScores,
    Ranks,
    decompose,
    gaussian_scores,
    generic_ranks,
    generic_screen,
    ranks_at,
)
from symelbo.geometry.screen import random_residues
from symelbo.graphs import MarkovCut, MarkovObstruction, reveal, verify_reveal
from symelbo.loci import Where
from symelbo.models.gaussian import Gaussian
from symelbo.models.points import Point
from symelbo.statements import GAUSSIAN_STATEMENTS, Statement
from symelbo.verification.gaussian_counterexamples import (
    GaussianCounterexample,
    find_point,
    gaussian_counterexample,
)
from symelbo.verification.gaussian_locus import gaussian_locus
from symelbo.verification.gaussian_signs import signs
from symelbo.verification.verdicts import NotApplicable, Proved, Refuted, Undecided, Verdict

__all__ = ["GaussianExamination"]

# Choices of rows and columns of a minor that are tried, and its size.
ATTEMPTS = 24
LARGEST = 12

POINT, EVERYWHERE, GENERIC = Where.POINT.claim, Where.EVERYWHERE.claim, Where.GENERICALLY.claim


class GaussianExamination:
    """One Gaussian model, everywhere or at a point: what several statements share, each computed once."""

    def __init__(self, model: Gaussian, point: Point | None = None) -> None:
        self.model = model
        self.point = point

    def decide(self, s: Statement) -> Verdict:
        """Return the verdict on a statement, in the words of Gaussian models."""
        return replace(_PROCEDURES[s.id](GAUSSIAN_STATEMENTS[s.id], self), statement=GAUSSIAN_STATEMENTS[s.id])

    @cached_property
    def graph(self) -> MarkovCut | MarkovObstruction | None:
        """What the graph criterion says of a network with free coefficients and variances."""
        if not is_network(self.model) or self.model.equations is None:
            return None
        import networkx as nx

        graph = nx.DiGraph()
        graph.add_nodes_from(self.model.order)
        graph.add_edges_from(self.model.equations.arrows)
        found = reveal(graph, self.model.hidden)
        if not verify_reveal(graph, self.model.hidden, found):
            raise InternalError(f"the answer {found} of the graph does not verify")
        return found

    @cached_property
    def exact_generic_ranks(self) -> Ranks | None:
        """The exact generic ranks, or None where the elimination that proves an upper bound is too large."""
        try:
            return generic_ranks(self.model)
        except BudgetError:
            return None

    @cached_property
    def generic_ranks(self) -> Ranks:
        """The generic ranks: exact, or lower bounds."""
        return self.exact_generic_ranks or generic_screen(self.model).ranks()

    @cached_property
    def ranks(self) -> Ranks:
        """The ranks: at the point, or generic."""
        return self.generic_ranks if self.point is None else ranks_at(self.model, self.point)

    @property
    def is_admissible(self) -> bool:
        """Whether the point of the examination is admissible."""
        return self.point is None or self.ranks[:2] == self.generic_ranks[:2]

    @cached_property
    def sample_point(self) -> Point:
        """An admissible point, where the vertical rank is generic too: the hypotheses are not vacuous."""
        if self.point is not None and self.point.is_rational:
            return self.point
        found = find_point(self.model, lambda r: r == self.generic_ranks)
        if found is None:
            raise InternalError("no admissible point found among simple points of the domain")
        return found

    @cached_property
    def at(self) -> GaussianScores:
        """The scores at the point, or at the sample point."""
        return gaussian_scores(self.model, self.point or self.sample_point)

    @cached_property
    def counterexample(self) -> GaussianCounterexample:
        """A counterexample, at the point or at the sample point."""
        return gaussian_counterexample(self.model, self.point or self.sample_point)

    @property
    def scope(self) -> Where:
        """At a point, if one is examined."""
        return Where.EVERYWHERE if self.point is None else Where.POINT

    @property
    def named_point(self) -> Point | None:
        """The point, where a certificate can name it."""
        return self.point if self.point is not None and self.point.is_rational else None

    @cached_property
    def cylindrical(self) -> Verdict:
        """The verdict on S3, shared by the statements that suppose it."""
        try:
            return _cylindrical(self)
        except BudgetError as error:
            known = f"ranks modulo a prime, lower bounds: {tuple(generic_screen(self.model).ranks())}"
            return Undecided(f"{error}; {known}", (known, "null vectors by elimination"), self.scope)

    @cached_property
    def extended(self) -> Verdict:
        """The same verdict; where it is refuted and a minor vanishes nowhere: at all admissible points."""
        verdict = self.cylindrical
        if not isinstance(verdict, Refuted) or self.point is not None or self.exact_generic_ranks is None:
            return verdict
        certificate = _nowhere(self)
        if certificate is not None:
            return replace(verdict, scope=Where.NOWHERE, extent_certificate=certificate)
        where = gaussian_locus(self.model, self.exact_generic_ranks)
        detail = "where it holds was solved for exactly, but has no certificate"
        return verdict if where is None else replace(verdict, scope=where, detail=detail)


def _cylindrical(e: GaussianExamination) -> Verdict:
    s, model = GAUSSIAN_STATEMENTS["S3"], e.model
    if e.point is not None and e.ranks.cylindrical:
        if e.named_point is not None:
            certificate = GaussianCertificate.splits_at(model, s, e.named_point, POINT)
            return Proved(certificate, Where.POINT, e.named_point)
        everywhere = GaussianExamination(model).cylindrical
        if isinstance(everywhere, Proved):
            return replace(everywhere, scope=Where.POINT, point=e.point, detail="as at every admissible point")
        reason = f"by its exact ranks {tuple(e.ranks)} T splits at this point, which no certificate can name"
        return Undecided(reason, scope=Where.POINT)
    if e.point is None and isinstance(e.graph, MarkovCut):
        return _by_graph(s, e, e.graph)
    if e.exact_generic_ranks is None:
        known = f"ranks modulo a prime, lower bounds: {tuple(e.generic_ranks)}"
        return Undecided(f"the elimination that would prove upper bounds of the ranks is too large; {known}", (known,))
    if e.point is None and e.ranks.cylindrical:
        found = decompose(model)
        if not found.is_cylindrical:
            raise InternalError(f"ranks {e.generic_ranks} say cylindrical, the null vectors {found!r} do not")
        certificate = GaussianCertificate.null_vectors(model, s, found, e.sample_point, EVERYWHERE)
        return Proved(certificate, Where.EVERYWHERE)
    found_at = e.counterexample
    if found_at.point.is_rational:
        certificate = GaussianCertificate.not_cylindrical(model, s, found_at, POINT)
        return Refuted(found_at, certificate, Where.POINT, found_at.point)
    stand_in = GaussianExamination(model)
    certificate = GaussianCertificate.ranks_at(model, s, stand_in.sample_point, "refuted", GENERIC)
    return Refuted(found_at, certificate, Where.POINT if e.point is not None else Where.GENERICALLY, found_at.point)


def _by_graph(s: Statement, e: GaussianExamination, cut: MarkovCut) -> Proved:
    if not generic_screen(e.model, seed=1).ranks().cylindrical:
        raise InternalError(f"the graph criterion says cylindrical, the ranks modulo p do not, on {e.model!r}")
    arrows = ", ".join(f"{a} -> {b}" for a, b in cut.edges) or "no arrows"
    point = e.named_point or find_point(e.model, lambda _: True) or e.sample_point
    certificate = GaussianCertificate.network(e.model, s, point, None, EVERYWHERE, cut)
    detail = f"Markov equivalent without arrow from hidden to visible: {arrows}"
    return Proved(certificate, Where.EVERYWHERE, detail=detail)


def _nowhere(e: GaussianExamination) -> GaussianCertificate | None:
    """A minor of the vertical matrix that vanishes nowhere, large enough that T splits at no admissible point."""
    model, ranks = e.model, e.generic_ranks
    k = ranks.joint - ranks.visible + 1
    if not 0 < k <= min(LARGEST, ranks.vertical):
        return None
    p, n, seen = model.prime, len(model.mean), model.n_visible
    matrix = gaussian_scores(model).matrix("horizontal")
    values, rng = random_residues(model, 21), random.Random(0)
    residues = np.array(
        [[evaluate_mod(x, values, p) if x else 0 for x in row] for row in matrix.rows], dtype=np.int64
    ).reshape(matrix.nrows, matrix.ncols)
    places = [*((a, 0) for a in range(n - seen)), *((a, s + 1) for a in range(n - seen) for s in range(n))]
    rows = sorted(range(matrix.nrows), key=lambda i: int(np.count_nonzero(residues[i])))
    columns, tried = list(range(matrix.ncols)), set()
    for _ in range(ATTEMPTS):
        chosen = [rows[i] for i in sorted(pivots_mod(residues[rows][:, columns], p)[0])[:k]]
        if len(chosen) < k:
            return None
        picked = sorted(columns[j] for j in pivots_mod(residues[chosen][:, columns], p)[1])
        rng.shuffle(rows)
        rng.shuffle(columns)
        if (choice := (tuple(sorted(chosen)), tuple(picked))) in tried:
            continue
        tried.add(choice)
        polynomial = _minor(model, [places[i] for i in choice[0]], picked)
        proof = signs(model, polynomial)
        if proof is not None:
            sign, terms = proof
            minor = ([places[i] for i in choice[0]], picked, model.field.constant(sign))
            s = GAUSSIAN_STATEMENTS["S3"]
            witness = {"multiplier": [], "terms": terms}
            return GaussianCertificate.nowhere(model, s, minor, witness, e.sample_point, Where.NOWHERE.claim)
    return None


def _minor(model: Gaussian, rows: Sequence[tuple[int, int]], columns: Sequence[int]) -> RationalFunction:
    """The minor as the judge forms it: rates times the squared denominator, multiplied by R and Q."""
    at, field, n = gaussian_scores(model), model.field, len(model.mean)
    scale = field.one
    for entry in (*model.mean, *(x for row in model.matrix.rows for x in row)):
        common = scale * entry
        if not common.den.is_one():
            scale = scale * field.fraction(common.den, field.one.num)
    left = annihilator(model) if model.form == "covariance" else model.matrix.select(range(model.n_visible, n))
    right = multiplication(model)
    given = at.rates(model.rates)
    table = []
    for j in columns:
        mean, matrix = given[j]
        square = scale * scale
        if model.form == "precision":  # K_{H:} is over the denominator too
            across, weight = matrix.select(range(model.n_visible, n)), square * scale
        else:
            across, weight = left @ matrix, square
        own = left @ Matrix.column(field, mean)
        column = []
        for a, s in rows:
            if not s:
                column.append(own[a, 0] * weight)
            elif right is None:
                column.append(across[a, s - 1] * square)
            else:
                terms = (x * y for x, y in zip(across.rows[a], right.rows[s - 1], strict=True) if x and y)
                column.append(field.sum(terms) * square)
        table.append(column)
    found: RationalFunction = Matrix(field, table).T.det()
    return found


def _every(s: Statement, e: GaussianExamination) -> Verdict:
    """Statements that hold for every normal distribution: evaluated at the point, proved by the judge's lemma."""
    wrong = [name for name, holds in _identities(s, e.at) if not holds]
    if wrong:
        raise InternalError(f"{', '.join(wrong)} fails on {e.model!r}")
    scope = EVERYWHERE if e.named_point is None else POINT
    certificate = GaussianCertificate.every_distribution(
        e.model, s, e.sample_point, e.named_point, Where.SPACE.claim if s.id == "S7" else scope
    )
    return Proved(certificate, Where.SPACE if s.id == "S7" else e.scope, None if s.id == "S7" else e.point)


def _identities(s: Statement, at: GaussianScores) -> Iterator[tuple[str, bool]]:
    j_v, seen = at.visible_jacobian, range(at.n_visible)
    if s.id == "S1":
        u, w = at.projected_cometric, at.visible_cometric
        yield "U = U'", u == u.T
        # U' g_V W = U, g_V the metric of the visible tangent vectors.
        yield "U' g_V W = U", u.T @ at.flat(w, at.visible_precision) == u
    elif s.id == "S2":
        c = at.horizontal_lift(j_v)
        yield "dpi C = 1", at.marginal(c) == j_v
        lifted = at.lift(at.visible_scores)
        yield "C is an isometry", lifted.T @ c == at.visible_scores.T @ j_v
        yield "C = P_H", at.dual(lifted) == c
        yield "H and V are orthogonal", (lifted.T @ at.vertical_jacobian).is_zero()
    elif s.id in ("S5", "S6"):
        target = at.dual(at.lift(at.visible_scores))
        yield "E_q[score] for q of C's moments is that of p*", at.scores.T @ target == at.visible_scores.T @ j_v
        yield "C dpi C = C", at.horizontal_lift(at.marginal(target)) == target
    elif s.id == "S7":
        unseen = range(at.n_visible, at.size)
        block = at.precision.select(unseen).columns(unseen)
        inner = at.covariance.select(seen).columns(seen)
        yield "det Sigma = det Sigma_VV det Om", at.covariance.det() * block.det() == inner.det()
    elif s.id == "S12":
        yield "G = G_V + E[Cov(s|v)]", (at.metric - at.visible_metric - at.missing_information).is_zero()


def _conditions(at: GaussianScores, ranks: Ranks) -> dict[str, bool]:
    """Conditions (a) to (g) of S4 at a point, with R = G^- G_V."""
    ratio = at.metric_inverse @ at.visible_metric
    found = decompose(at.model, at.point)
    return {
        "a": found.dims.horizontal + found.dims.vertical == found.dim,
        "b": ranks.cylindrical,
        "c": at.visible_metric @ ratio == at.visible_metric,
        "d": at.projected_cometric == at.visible_cometric,
        "e": at.scores @ ratio == at.lift(at.visible_scores),
        "f": at.domain.sum(ratio[i, i] for i in range(at.n_parameters)) == at.domain.constant(ranks.visible),
        "g": (at.visible_jacobian @ at.metric_inverse @ at.vertical_scores.T).is_zero(),
    }


def _seven(s: Statement, e: GaussianExamination) -> Verdict:
    expected = e.cylindrical
    if not isinstance(expected, Proved | Refuted):
        return Undecided("whether the model is cylindrical is undecided", scope=e.scope)
    truth = isinstance(expected, Proved)
    ranks = ranks_at(e.model, e.at.point) if e.at.point is not None else e.ranks
    wrong = [letter for letter, found in _conditions(e.at, ranks).items() if found != truth]
    if wrong:
        raise InternalError(f"condition ({', '.join(wrong)}) of S4 is {not truth} where S3 is {truth} on {e.model!r}")
    detail = f"all 7 conditions {'true' if truth else 'false'}"
    if truth:
        return Proved(expected.certificate.for_statement(s), expected.scope, e.point, detail=detail)
    point = e.at.point
    if point is None or not point.is_rational:
        return Proved(expected.certificate.for_statement(s), expected.scope, point, detail=detail)
    certificate = GaussianCertificate.ranks_at(e.model, s, point, "proved", POINT)
    return _extended(Proved(certificate, Where.POINT, point, detail=detail), e)


def _extended(verdict: Proved, e: GaussianExamination) -> Proved:
    """A fact at the counterexample, extended where a certificate refutes S3 at all admissible points."""
    base = e.extended
    if not isinstance(base, Refuted) or base.extent_certificate is None:
        return verdict
    return replace(verdict, scope=Where.EVERYWHERE, extent_certificate=base.extent_certificate)


def _equivalence(s: Statement, e: GaussianExamination) -> Verdict:
    base = e.cylindrical
    if isinstance(base, Refuted):
        where = e.extended.scope
        return NotApplicable(f"the model is {f'cylindrical {where}' if where.is_locus else 'not cylindrical'}", e.scope)
    if not isinstance(base, Proved):
        return Undecided("whether the model is cylindrical is undecided", scope=e.scope)
    at = e.at
    moved = at.visible_jacobian @ at.metric_inverse @ at.scores.T
    if moved @ at.dual(at.lift(at.visible_scores)) != at.visible_jacobian:
        raise InternalError(f"the ELBO does not follow the evidence on {e.model!r}, which is proved cylindrical")
    return Proved(base.certificate.for_statement(s), base.scope, base.point, detail=base.detail)


def _converse(s: Statement, e: GaussianExamination) -> Verdict:
    base = e.cylindrical
    if isinstance(base, Proved):
        return NotApplicable("the model is cylindrical", base.scope)
    if not isinstance(base, Refuted):
        return Undecided("whether the model is cylindrical is undecided", scope=e.scope)
    return _extended(Proved(base.certificate.for_statement(s), base.scope, base.point), e)


def _locality(s: Statement, e: GaussianExamination) -> Verdict:
    if not is_network(e.model):
        return NotApplicable("the model is not given as a linear-Gaussian network with free coefficients and variances")
    metric = gaussian_scores(e.model).metric
    if e.at.metric != metric.map(lambda x: e.at.domain.constant(0) + x.evaluate(_point(e).values), e.at.domain):
        raise InternalError(f"the block diagonal form of the metric fails on {e.model!r}")
    scope = EVERYWHERE if e.named_point is None else POINT
    certificate = GaussianCertificate.network(e.model, s, e.sample_point, e.named_point, scope)
    return Proved(certificate, e.scope, e.point)


def _point(e: GaussianExamination) -> Point:
    return e.point or e.sample_point


def _cut(s: Statement, e: GaussianExamination) -> Verdict:
    """S11: the graph criterion first; otherwise constant horizontal and vertical directions, which are a cut too."""
    if isinstance(e.graph, MarkovCut):
        return _by_graph(s, e, e.graph)
    if isinstance(e.graph, MarkovObstruction):
        return NotApplicable(f"no cut: {e.graph}")
    if e.point is not None:
        return NotApplicable("a cut is global")
    if not isinstance(e.cylindrical, Proved):
        return NotApplicable("no cut is known: the model is not proved to be cylindrical")
    found = decompose(e.model)
    parts = found.horizontal_parameters, found.vertical_parameters, found.null_parameters
    if not all(x.is_constant for m in parts for row in m.rows for x in row):
        return NotApplicable("no cut in these parameters: the horizontal and vertical directions depend on the point")
    detail = "constant horizontal and vertical directions span the parameters"
    return Proved(e.cylindrical.certificate.for_statement(s), Where.EVERYWHERE, detail=detail)


_PROCEDURES: dict[str, Callable[[Statement, GaussianExamination], Verdict]] = {
    **dict.fromkeys(("S1", "S2", "S5", "S6", "S7", "S12"), _every),
    "S3": lambda _, e: e.extended,
    "S4": _seven,
    "S8": _equivalence,
    "S9": _converse,
    "S10": _locality,
    "S11": _cut,
}
