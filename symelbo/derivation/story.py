"""The story of a model, told from what the engine computed: ``derive(model, statement=None)``.

Every value in a step comes from :class:`symelbo.geometry.Geometry` or from a verdict; identities that are stated about
such values (``Delta = kappa E``, say) are tested over the field before they are recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symelbo.budget import Budget, limited
from symelbo.derivation.defect_steps import Conditions, counterexample, defect, surviving
from symelbo.derivation.explanation_steps import explained, explanation, survivors_place, survivors_words
from symelbo.derivation.gradient_steps import equality, gradients
from symelbo.derivation.model_steps import (
    closed_form,
    conditionals,
    marginals,
    metrics,
    missing_information,
    scores,
    table,
)
from symelbo.derivation.recorder import Recorder
from symelbo.derivation.steps import Derivation, Relation, Side, Status
from symelbo.derivation.tangent_steps import decomposition, spaces, verdict
from symelbo.derivation.wording import (
    CONCLUSIONS,
    CONDITION_FORMULAS,
    HYPOTHESES,
    QUANTIFIERS,
    cites,
    identity,
    symbols_of,
)
from symelbo.derivation.words import words
from symelbo.errors import BudgetError, DomainError, ModelError
from symelbo.explanation import Explanation
from symelbo.geometry import generic_ranks, geometry
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import CONDITIONS, STATEMENTS, Statement
from symelbo.statements import statement as find_statement
from symelbo.typesetting import Form
from symelbo.verification import Proved, Refuted, Report, Undecided, Verdict, verify

__all__ = ["derive"]


def derive(
    M: Parametrization,
    statement: str | Statement | None = None,
    *,
    report: Report | None = None,
    form: Form | None = None,
    symbol_names: Mapping[Any, str] | None = None,
    budget: float | Budget | None = None,
) -> Derivation:
    r"""Return the derivation of a model, or of one statement on it.

    Parameters
    ----------
    M : Parametrization
    statement : str, optional
        Id (``"S3"``) or slug (``"cylindrical"``); default: the whole story.
    report : Report, optional
        The verdicts on M, if they are known already.
    form : "factored" (default), "expanded" or "collected"
        How polynomials are written.
    symbol_names : mapping from parameter to LaTeX, optional
        Other names for parameters, ``{"y1": r"\theta_1"}``.
    budget : seconds, or Budget(seconds=..., memory=...), optional
        BudgetError where it ends first.

    Returns
    -------
    Derivation
        ``.fragment()``, ``.document()``, ``.markdown()``, ``.html()``, ``.text()``, ``.save(path)``.

    >>> from symelbo.models import model_b
    >>> derive(model_b(), "cylindrical").title
    'S3 cylindrical: The tangent space splits, on M(b)'
    >>> story = derive(model_b(), "S10", form="expanded", symbol_names={"x": r"\xi"})
    >>> r"\xi" in story.fragment()
    True
    """
    if not isinstance(M, Parametrization):
        raise ModelError(f"derive: {M!r} is not a model; build one with Parametrization, bayesian_network, ...")
    try:
        chosen = None if statement is None else find_statement(statement)
    except ValueError as error:
        raise DomainError(str(error)) from None

    def told() -> Derivation:
        known = report or (verify(M) if chosen is None else _single(M, chosen))

        def at_length(*, symbolic: bool) -> Derivation:
            recorder = Recorder(M, known, symbolic=symbolic, wanted=None if chosen is None else chosen.id)
            return whole(recorder) if chosen is None else one_statement(recorder, chosen)

        try:
            return at_length(symbolic=True)
        except BudgetError:  # an elimination over the field is too large: the rest is told at a point
            return at_length(symbolic=False)

    what = f"the derivation for {M.name or 'the model'}"
    story = limited(budget, what, told, M, M.field, *M.parameters, *STATEMENTS)
    return story.written(form=form, symbol_names=symbol_names)


# Statements whose verdicts the steps of the derivation of one statement need, besides S3.
_CITED = {
    "S1": ("S10", "S12"), "S3": ("S2", "S9"), "S4": ("S2",), "S8": ("S5", "S9"), "S9": ("S2",), "S12": ("S10",)
}  # fmt: skip


def _single(M: Parametrization, chosen: Statement) -> Report:
    """The verdict on one statement, with those that its derivation refers to."""
    wanted = {"S3", chosen.id, *_CITED.get(chosen.id, ())}
    needed = [s for s in STATEMENTS if s.id in wanted]
    return Report(M, None, generic_ranks(M), None, tuple(verify(M, s) for s in needed))


def claim(r: Recorder, s: Statement, verdict: Verdict) -> None:
    """The statement itself, its identities, and the verdict."""
    if s.id == "S4":
        relations = [
            Relation(Side(rf"\text{{({c.letter})}}"), "", Side(r"\quad " + CONDITION_FORMULAS[c.letter]))
            for c in CONDITIONS
        ]
    else:
        relations = [identity(f) for f in s.formulas]
    defined = symbols_of(s)
    text = words(
        f"{CONCLUSIONS[s.id]} This is claimed {QUANTIFIERS[s.id]}"
        + (f". It is equivalent to the matrix identit{'y' if len(s.formulas) == 1 else 'ies'}" if s.formulas else "")
        + (f", with {defined}" if defined else "")
        + (":" if relations else ".")
    )
    certificate = getattr(verdict, "certificate", None)
    point = None if certificate is None else certificate.point
    told, _ = r.scope(verdict)
    detail = getattr(verdict, "detail", "")
    result = f"{verdict.kind.capitalize()} ({told})" + (f": {detail}." if detail else ".")
    status: Status | None = None
    rule = "exact evaluation"
    if not isinstance(verdict, Proved | Refuted):
        status = "not decided" if isinstance(verdict, Undecided) else "not applicable"
        rule = "not decided" if isinstance(verdict, Undecided) else "a hypothesis of the statement does not hold"
        result = f"{status.capitalize()}: {told}."
    r.step(s.title, text, relations, rule=rule, cited=cites(s), status=status, certificate=certificate,
           point=point, after=("On this model: ", result))  # fmt: skip


def equality_or_defect(r: Recorder) -> None:
    """The equality of the projected gradients, or the defect."""
    if isinstance(r.cylindrical, Proved):
        equality(r)
        return
    if r.symbolic and not isinstance(r.cylindrical, Undecided):
        _ = r.at.defect  # where it is too large all is told at a point, and nothing computed twice
    found = explained(r) if isinstance(r.cylindrical, Refuted) else None
    conditions, point = discrepancy(r, found)
    counterexample(r)
    if conditions:
        surviving(r, conditions, point, survivors_words(r, found), survivors_place(found))
    if found is not None:
        explanation(r, found)


def discrepancy(r: Recorder, found: Explanation | None = None) -> tuple[Conditions, Point | None]:
    """The defect, over the field or at the point of the verdict; the conditions under which it does not matter."""
    if r.symbolic and isinstance(r.cylindrical, Refuted | Undecided):
        return defect(r, r.at, None, found), None
    if isinstance(r.cylindrical, Refuted) and r.space.n_visible <= 64:
        point = r.cylindrical.point
        return defect(r, geometry(r.model, point), point, found), point
    return [], None


def whole(r: Recorder) -> Derivation:
    """The whole story."""
    table(r)
    marginals(r)
    conditionals(r)
    scores(r)
    metrics(r)
    spaces(r)
    decomposition(r)
    verdict(r)
    gradients(r)
    equality_or_defect(r)
    return r.finished(r.title, r.assumptions())


# What is told before a statement, so that everything in it is written out.
_BEFORE: dict[str, tuple[Callable[[Recorder], None], ...]] = {
    "S1": (marginals, metrics),
    "S2": (marginals, conditionals, spaces),
    "S3": (marginals, spaces, decomposition, verdict, counterexample),
    "S4": (marginals, conditionals, spaces, decomposition, verdict),
    "S5": (marginals, conditionals),
    "S6": (marginals, conditionals),
    "S7": (marginals, conditionals),
    "S8": (marginals, conditionals, decomposition, verdict, gradients),
    "S9": (marginals, conditionals, spaces, decomposition, verdict),
    "S10": (closed_form,),
    "S11": (marginals, conditionals, decomposition, verdict),
    "S12": (marginals, conditionals, scores, metrics, missing_information),
}


def one_statement(r: Recorder, s: Statement) -> Derivation:
    """One statement: what it is about, what it says, and what was found on this model."""
    assumptions = tuple(words(h) for h in HYPOTHESES[s.id])
    table(r)
    for step in _BEFORE[s.id]:
        step(r)
    if s.id != "S3":
        claim(r, s, r.report[s.id])
    if s.id in ("S8", "S9") and isinstance(r.cylindrical, Refuted):
        discrepancy(r)
        counterexample(r)
    return r.finished(f"{s.id} {s.slug}: {s.title}, on {r.title}", assumptions)
