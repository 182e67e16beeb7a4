"""Gaussian models under examination: S1 to S12 in the words of normal distributions.

A graph or null vectors prove a yes, a rational point a no, and a minor that vanishes nowhere extends it to all
admissible points.  Identities that hold for every normal distribution are evaluated at exact points, as the conditions
of S4 are.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from symelbo.certificates import GaussianCertificate
from symelbo.certificates.data import polynomial_data
from symelbo.certificates.evidence import Evidence
from symelbo.certificates.gaussian import annihilator, multiplication
from symelbo.errors import InternalError
from symelbo.exact import Matrix, RationalFunction, pivots_mod
from symelbo.geometry import GaussianScores, Ranks, decompose, gaussian_scores, ranks_at
from symelbo.geometry.screen import random_residues
from symelbo.loci import Where, where_cylindrical
from symelbo.models.gaussian import Gaussian
from symelbo.models.points import Point
from symelbo.statements import Statement
from symelbo.verification.examination import Examination, examination
from symelbo.verification.gaussian_counterexamples import GaussianCounterexample, counterexample_in_moments, find_point

# Choices of rows and columns of a minor that are tried, and its size.
ATTEMPTS = 24
LARGEST = 12


class GaussianExamination(Examination):
    """A Gaussian model under examination."""

    certificates: ClassVar[type[GaussianCertificate]] = GaussianCertificate
    model: Gaussian

    def notes(self) -> list[str]:
        """How many variables there are."""
        return [f"{len(self.model.visible)} visible and {len(self.model.hidden)} hidden variables"]

    @property
    def without_tables(self) -> str:  # type: ignore[override]  # as above
        """Why there are no free equations."""
        if self.model.graph is not None:
            return ""
        return "the model is not given as a linear-Gaussian network with free coefficients and variances"

    def good_point(self, generic: Ranks) -> Point:
        """A point where the vertical rank is generic too."""
        found = find_point(self.model, lambda r: r == generic)
        if found is None:
            raise InternalError("no admissible point found among simple points of the domain")
        return found

    @cached_property
    def at(self) -> GaussianScores:
        """The scores at the point, or at the sample point."""
        return gaussian_scores(self.model, self.point or self.sample_point)

    def counterexample_at(self, point: Point | None) -> GaussianCounterexample:
        """A counterexample, at the point or at the sample point."""
        return counterexample_in_moments(self.model, point or self.sample_point)

    def extent(self) -> tuple[Where, Evidence | None]:
        """Nowhere, by a minor that vanishes nowhere; or the points where the vertical rank drops."""
        certificate = _nowhere(self)
        if certificate is not None:
            return Where.NOWHERE, certificate
        return where_cylindrical(self.model), None

    def failures(self, s: Statement) -> list[str]:
        """Identities that fail at the point."""
        return [name for name, holds in _identities(s, self.at) if not holds]

    def conditions(self, *, truth: bool) -> tuple[dict[str, list[bool | None]], Point | None]:  # noqa: ARG002  # of all families
        """Conditions (a) to (g) at a point, with R = G^- G_V."""
        at = self.at
        ranks, ratio = ranks_at(self.model, at.point) if at.point else self.ranks, at.metric_inverse @ at.visible_metric
        found = decompose(at.model, at.point)
        answers = {
            "a": found.dims.horizontal + found.dims.vertical == found.dim,
            "b": ranks.cylindrical,
            "c": at.visible_metric @ ratio == at.visible_metric,
            "d": at.projected_cometric == at.visible_cometric,
            "e": at.scores @ ratio == at.lift(at.visible_scores),
            "f": at.domain.sum(ratio[i, i] for i in range(at.n_parameters)) == at.domain.constant(ranks.visible),
            "g": (at.visible_jacobian @ at.metric_inverse @ at.vertical_scores.T).is_zero(),
        }
        return {letter: [answer] for letter, answer in answers.items()}, at.point


@examination.register
def _of_gaussian(model: Gaussian, point: Point | None = None) -> GaussianExamination:
    return GaussianExamination(model, point)


def _nowhere(e: GaussianExamination) -> GaussianCertificate | None:
    """A minor of the vertical matrix that vanishes nowhere, large enough that T splits at no admissible point."""
    model, ranks = e.model, e.generic_ranks
    k = ranks.joint - ranks.visible + 1
    if not 0 < k <= min(LARGEST, ranks.vertical):
        return None
    p, n, seen = model.prime, len(model.mean), model.n_visible
    matrix = gaussian_scores(model).matrix("vertical")
    values, rng = random_residues(model, 21), random.Random(0)
    residues = matrix.modulo(values, p)
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
        proof = _signs(model, polynomial)
        if proof is not None:
            sign, terms = proof
            minor = ([places[i] for i in choice[0]], picked, model.field.constant(sign))
            return GaussianCertificate.nowhere(model, minor, {"multiplier": [], "terms": terms}, e.sample_point)
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


def _signs(model: Gaussian, polynomial: RationalFunction) -> tuple[int, list[Any]] | None:
    """The sign of a polynomial and its terms as products of what is positive on the domain; None if that is not seen.

    Terms of one sign, each of generators that are positive or occur with an even power, one of positive ones alone.
    """
    if not polynomial or not polynomial.den.is_one():
        return None
    known = {str(c.element): k for k, c in enumerate(model.domain.constraints)}
    divided: dict[int, int] = {}
    for k, c in enumerate(model.domain.constraints):
        while c.element.den.is_one() and not c.element.is_constant and (rest := polynomial / c.element).den.is_one():
            polynomial, divided[k] = rest, divided.get(k, 0) + 1
    forms: list[tuple[str, int] | None] = []
    for i in range(len(model.field.generators)):
        name = str(model.field.generator(i))
        forms.append(("g", i) if model.field.is_exponential(i) else ("d", known[name]) if name in known else None)
    terms, strict, signs = [], False, set()
    for coefficient, exponents in polynomial_data(polynomial):
        powers, positive = {("d", k): e for k, e in divided.items()}, True
        for i, exponent in enumerate(exponents):
            form = forms[i]
            if exponent and form is not None:
                powers[form] = powers.get(form, 0) + exponent
            elif exponent:
                if exponent % 2:
                    return None
                powers["g", i] = exponent // 2
                positive = False
        signs.add(-1 if coefficient.startswith("-") else 1)
        strict = strict or positive
        terms.append([coefficient.removeprefix("-"), sorted([*form, e] for form, e in powers.items())])
    return (signs.pop(), terms) if strict and len(signs) == 1 else None


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
    elif s.id == "S8":
        moved = j_v @ at.metric_inverse @ at.scores.T
        yield "the ELBO follows the evidence", moved @ at.dual(at.lift(at.visible_scores)) == j_v
    elif s.id == "S10" and at.point is not None:
        values, constant = at.point.values, at.domain.constant(0)
        blocks = gaussian_scores(at.model).metric.map(lambda x: constant + x.evaluate(values), at.domain)
        yield "the block diagonal form of the metric", at.metric == blocks
