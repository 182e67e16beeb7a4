"""S4: the seven conditions, every one by a route of its own; all must give the answer of S3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from symelbo.certificates import Certificate
from symelbo.errors import InternalError
from symelbo.exact import QQ, Entry, RationalField
from symelbo.geometry import (
    Geometry,
    decompose,
    geometry,
    ranks_at,
)
from symelbo.loci import Where
from symelbo.statements import CONDITIONS, Statement
from symelbo.verification.evaluation import holds, is_too_large
from symelbo.verification.examination import Examination
from symelbo.verification.verdicts import Proved, Refuted, Undecided, Verdict

__all__ = ["everywhere", "seven_conditions"]


def everywhere(verdict: Proved, e: Examination) -> Proved:
    """A fact at the counterexample, extended by the theorem where a certificate refutes S3 at all admissible points."""
    base = e.extended
    if not isinstance(base, Refuted) or base.extent_certificate is None:
        return verdict
    return replace(verdict, scope=Where.EVERYWHERE, extent_certificate=base.extent_certificate)


def seven_conditions(s: Statement, e: Examination) -> Verdict:
    """S4: every condition by its own route; all must give the answer of S3."""
    expected = e.cylindrical
    if isinstance(expected, Undecided):
        return Undecided("whether the model is cylindrical is undecided", expected.tried, expected.scope)
    truth = isinstance(expected, Proved)
    by_ranks = e.large or e.exact_generic_ranks is None
    if by_ranks and isinstance(expected, Proved | Refuted) and expected.certificate.follows(s):
        # The ranks, or the null vectors, decide condition (b) or (a); the theorem does the rest.
        certificate = expected.certificate.for_statement(s)
        detail = (
            f"conditions (a) and (b) {'true' if truth else 'false'}, so all are; the others not evaluated at this size"
        )
        found = Proved(certificate, expected.scope, expected.point, detail=detail)
        return found if truth else everywhere(found, e)
    symbolic = truth and e.affordable
    places = e.geometries if symbolic else _places(e, truth=truth)
    answers = {c.letter: [_ROUTES[c.letter](e, at) for at in places] for c in CONDITIONS}
    wrong = [letter for letter, found in answers.items() if any(a is not None and a != truth for a in found)]
    if wrong:
        raise InternalError(
            f"condition ({', '.join(wrong)}) of S4 is {not truth} where S3 is {truth} on {e.model!r}: {answers}"
        )
    skipped = [letter for letter, found in answers.items() if None in found]
    detail = f"all {7 - len(skipped)} conditions {'true' if truth else 'false'}"
    if skipped:
        detail += f"; ({', '.join(skipped)}) not evaluated, |X| is too large"
    if isinstance(expected, Proved) and e.named_point is None:
        return Proved(expected.certificate.for_statement(s), expected.scope, e.point, detail=detail)
    point = places[0].point or e.sample_point
    certificate = Certificate.conditions(e.model, s, point, truth=truth)
    scope = Where.POINT if point.is_rational else e.scope(without=Where.GENERICALLY)
    found = Proved(certificate, scope, point, detail=detail)
    return found if truth else everywhere(found, e)


def _places(e: Examination, *, truth: bool) -> tuple[Geometry, ...]:
    if not truth and e.counterexample is not None:
        return (geometry(e.model, e.counterexample.point),)
    return tuple(geometry(e.model, p) for p in e.sample_points)


def _route_a(e: Examination, at: Geometry) -> bool:
    """Dimensions of the intersections themselves, from null spaces."""
    found = decompose(e.model, at.point)
    return found.dims.horizontal + found.dims.vertical == found.dim


def _route_b(e: Examination, at: Geometry) -> bool:
    return (e.generic_ranks if at.point is None else ranks_at(e.model, at.point)).cylindrical


def _route_f(e: Examination, at: Geometry) -> bool:
    """Eigenvalues of G_V relative to G.

    At a point the characteristic polynomial of G^- G_V is lambda^a (lambda - 1)^b.  Over the field: the eigenvalues lie
    in [0, 1] and rank J_V of them are not 0, so they are all 0 or 1 exactly when their sum tr(G^- G_V) is rank J_V.
    """
    if isinstance(at.domain, RationalField):
        relative = at.metric_inverse @ at.visible_metric
        return _zeros_and_ones(relative.characteristic_polynomial())
    trace = at.domain.sum(at.projected_cometric[v, v] / at.visible_probabilities[v] for v in range(at.n_visible))
    return bool(trace == at.domain.constant(e.generic_ranks.visible))


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


def _route_of_formula(letter: str) -> Callable[[Examination, Geometry], bool | None]:
    formula = next(c.formula for c in CONDITIONS if c.letter == letter)
    if formula is None:
        raise InternalError(f"condition ({letter}) has no formula")

    def route(_: Examination, at: Geometry) -> bool | None:
        return None if is_too_large(formula, at) else holds(formula, at)

    return route


_ROUTES: dict[str, Callable[[Examination, Geometry], bool | None]] = {
    "a": _route_a,
    "b": _route_b,
    "c": _route_of_formula("c"),
    "d": _route_of_formula("d"),
    "e": _route_of_formula("e"),
    "f": _route_f,
    "g": _route_of_formula("g"),
}
