"""How each statement is decided on a model of any family: the procedures."""

from __future__ import annotations

from collections.abc import Callable

from symelbo.errors import BudgetError, InternalError
from symelbo.graphs import MarkovObstruction
from symelbo.loci import Where
from symelbo.statements import Statement
from symelbo.verification.examination import Examination
from symelbo.verification.verdicts import NotApplicable, Proved, Refuted, Undecided, Verdict, of_one_copy

# Of independent copies these are what they are of one: T splits for both; a cut of p_V and p(h|v) is one of products.
BY_RANKS = ("S3", "S4", "S8", "S9", "S11")


def decide(s: Statement, e: Examination) -> Verdict:
    """Return the verdict on a statement, in the words of the family; the procedure is the one for its id.

    Where the field turns out to be too expensive after all, formulas are evaluated at points.
    """
    if e.one_copy is not None and s.id in BY_RANKS:
        return of_one_copy(decide(s, e.one_copy))
    own = e.certificates.statements[s.id]
    reason = e.refused(own)
    if reason:
        return NotApplicable(reason, e.scope())
    try:
        return _PROCEDURES[s.id](own, e)
    except BudgetError:
        if not e.evaluate_at_points():
            raise
        return _PROCEDURES[s.id](own, e)


def _evaluate(s: Statement, e: Examination) -> None:
    wrong = e.failures(s)
    if wrong:
        raise InternalError(f"{', '.join(wrong)} fails on {e.model!r}")


def _identities(s: Statement, e: Examination) -> Verdict:
    """Decide a statement that is a list of identities, true for every distribution of the family.

    They are evaluated where that is affordable; the certificate proves them by matrix algebra, whatever the size.
    """
    _evaluate(s, e)
    return Proved(e.certificates.matrix_algebra(e.model, s, e.sample_point, e.named_point), e.scope(), e.point)


def _logarithms(s: Statement, e: Examination) -> Verdict:
    """S7: both identities are linear in formal logarithms; compare the coefficient of every log."""
    _evaluate(s, e)
    return Proved(e.certificates.logarithms(e.model, s, e.sample_point), Where.SPACE)


def _seven_conditions(s: Statement, e: Examination) -> Verdict:
    """S4: every condition by its own route; all must give the answer of S3."""
    expected = e.cylindrical
    if not isinstance(expected, Proved | Refuted):
        return _open(expected)
    truth = isinstance(expected, Proved)
    if e.by_ranks_alone() and expected.certificate.follows(s):
        # The ranks, or the null vectors, decide condition (b) or (a); the theorem does the rest.
        certificate = expected.certificate.for_statement(s)
        said = f"conditions (a) and (b) {'true' if truth else 'false'}, so all are"
        detail = f"{said}; the others not evaluated{e.unevaluated}"
        found = Proved(certificate, expected.scope, expected.point, detail=detail)
        return found if truth else e.everywhere(found)
    answers, place = e.conditions(truth=truth)
    wrong = [letter for letter, found in answers.items() if any(a is not None and a != truth for a in found)]
    if wrong:
        raise InternalError(
            f"condition ({', '.join(wrong)}) of S4 is {not truth} where S3 is {truth} on {e.model!r}: {answers}"
        )
    skipped = [letter for letter, found in answers.items() if None in found]
    detail = f"all {7 - len(skipped)} conditions {'true' if truth else 'false'}"
    if skipped:
        detail += f"; ({', '.join(skipped)}) not evaluated, |X| is too large"
    if truth and e.named_point is None:
        return Proved(expected.certificate.for_statement(s), expected.scope, e.point, detail=detail)
    point = place or e.sample_point
    certificate = e.certificates.conditions(e.model, s, point, truth=truth)
    scope = Where.POINT if point.is_rational else e.scope(without=Where.GENERICALLY)
    found = Proved(certificate, scope, point, detail=detail)
    return found if truth else e.everywhere(found)


def _open(base: Verdict) -> Undecided:
    return Undecided("whether the model is cylindrical is undecided", getattr(base, "tried", ()), base.scope)


def _equivalence(s: Statement, e: Examination) -> Verdict:
    """S8 on cylindrical models, by evaluation of its matrix identities and by what proves S3."""
    base = e.cylindrical
    if isinstance(base, Refuted):
        where = e.extended.scope
        said = f"cylindrical {where}" if where.is_locus else "not cylindrical"
        return NotApplicable(f"the model is {said}", e.besides(base))
    if not isinstance(base, Proved):
        return _open(base)
    _evaluate(s, e)
    return Proved(base.certificate.for_statement(s), base.scope, base.point)


def _converse(s: Statement, e: Examination) -> Verdict:
    """S9: the counterexample has both an L and a q, checked exactly when it was built."""
    base = e.cylindrical
    if isinstance(base, Proved):
        return NotApplicable("the model is cylindrical", base.scope)
    if not isinstance(base, Refuted):
        return _open(base)
    found = base.counterexample
    if found is None:  # refuted by the graph alone
        return Proved(base.certificate.for_statement(s), base.scope)
    if not found.separates:
        raise InternalError("the counterexample does not separate the gradients")
    return e.everywhere(Proved(base.certificate.for_statement(s), base.scope, found.point))


def _locality(s: Statement, e: Examination) -> Verdict:
    if e.without_tables:
        return NotApplicable(e.without_tables)
    _evaluate(s, e)
    return Proved(e.certificates.local_tables(e.model, s, e.sample_point, e.named_point), e.scope(), e.point)


def _cut(s: Statement, e: Examination) -> Verdict:
    """S11: a graph criterion first; otherwise constant horizontal and vertical directions, which are a cut too."""
    if e.graph_cut is not None:
        return e.cut_by_graph(s)
    if isinstance(e.graph_answer, MarkovObstruction):
        return NotApplicable(f"no cut: {e.graph_answer}")
    if e.point is not None:
        return NotApplicable("a cut is global")
    base = e.cylindrical
    if isinstance(base, Undecided):
        return Undecided("no graph criterion applies, and whether the model is cylindrical is undecided")
    if not isinstance(base, Proved):
        return NotApplicable("no cut is known: the model is not cylindrical")
    detail = e.is_open()
    if not detail:
        by_bounds = base.certificate.witness["kind"] == "bounds"  # then null vectors are long: not constant
        if by_bounds or not e.decomposition.is_constant:
            return NotApplicable(
                "no cut in these parameters: the horizontal and vertical directions depend on the point"
            )
        detail = "constant horizontal and vertical directions span the parameters"
    return Proved(base.certificate.for_statement(s), Where.EVERYWHERE, detail=detail)


_PROCEDURES: dict[str, Callable[[Statement, Examination], Verdict]] = {
    "S1": _identities,
    "S2": _identities,
    "S3": lambda _, e: e.extended,
    "S4": _seven_conditions,
    "S5": _identities,
    "S6": _identities,
    "S7": _logarithms,
    "S8": _equivalence,
    "S9": _converse,
    "S10": _locality,
    "S11": _cut,
    "S12": _identities,
}
