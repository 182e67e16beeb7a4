"""The story of a model, told from what the engine computed: ``derive(model, statement=None)``.

Every value in a step comes from :class:`symelbo.geometry.Geometry`, from a verdict or from what the explanation of a
verdict found; identities that are stated about such values are tested over the field before they are recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from symelbo.budget import LIMITS, Budget, limited
from symelbo.derivation.defect_steps import counterexample, defect
from symelbo.derivation.document import Derivation
from symelbo.derivation.explanation import explanation, page_of, surviving, where
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
from symelbo.derivation.network_steps import by_graph
from symelbo.derivation.recorder import Recorder
from symelbo.derivation.statement_steps import claim, hypotheses
from symelbo.derivation.tangent_steps import decomposition, spaces, verdict
from symelbo.errors import BudgetError
from symelbo.explanation import Findings, defect_at, defect_form, found_by_size, surviving_objectives
from symelbo.geometry import generic_ranks
from symelbo.loci import Where
from symelbo.models.graphs import Network
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization, as_model, has_table
from symelbo.statements import STATEMENTS, Statement
from symelbo.statements import statement as find_statement
from symelbo.typesetting import Form
from symelbo.verification import Proved, Refuted, Report, Undecided, verify


def derive(
    M: Model | Network,
    statement: str | Statement | None = None,
    *,
    report: Report | None = None,
    form: Form | None = None,
    symbol_names: Mapping[Any, str] | None = None,
    width: float | None = None,
    detail: str = "full",
    budget: float | Budget | None = None,
) -> Derivation:
    r"""Return the derivation of a model, or of one statement on it.

    Parameters
    ----------
    M : Parametrization, Gaussian or mixture, or a Network without a table: then what its graph says
    statement : str, optional
        Id (``"S3"``) or slug (``"cylindrical"``); default: the whole story.
    report : Report, optional
        The verdicts on M, if they are known already.
    form : "factored" (default), "expanded" or "collected"
        How polynomials are written.
    symbol_names : mapping from parameter to LaTeX, optional
        Other names for parameters, ``{"y1": r"\theta_1"}``.
    width : float
        The width of the text to which lines are broken, in points for letters of 10 points: 345 in ``article``
        (default), 246 in a column of two, 270 on a slide of ``beamer``.
    detail : "full" (default) or "short"
        Short: the findings, without rules, certificates and the steps before them; what is left out is named.
    budget : seconds, or Budget(seconds=..., memory=...), optional
        BudgetError where it ends first.

    Returns
    -------
    Derivation
        ``.fragment()``, ``.document()``, ``.markdown()``, ``.html()``, ``.text()``, ``.save(path)``.

    >>> from symelbo.models import model_b
    >>> derive(model_b(), "cylindrical").title
    'S3 cylindrical on the model M(b)'
    >>> story = derive(model_b(), "S10", form="expanded", symbol_names={"x": r"\xi"})
    >>> r"\xi" in story.fragment()
    True
    """
    chosen = None if statement is None else find_statement(statement)
    page = None if has_table(M) else page_of(M, "derive")(report or verify(M, budget=budget))

    def told() -> Derivation:
        if page is not None:
            return page.derivation(chosen)
        table = as_model(M)
        known = report or (verify(table) if chosen is None else _single(table, chosen))

        def at_length(*, symbolic: bool) -> Derivation:
            recorder = Recorder(table, known, symbolic=symbolic, wanted=None if chosen is None else chosen.id)
            return whole(recorder) if chosen is None else one_statement(recorder, chosen)

        try:
            return at_length(symbolic=True)
        except BudgetError:  # an elimination over the field is too large: the rest is told at a point
            return at_length(symbolic=False)

    what = f"the derivation for {M.name or 'the model'}"
    shared = getattr(M, "field", None), *getattr(M, "parameters", ())
    story = limited(budget, what, told, M, *shared, *STATEMENTS)
    return story.written(form=form, symbol_names=symbol_names, width=width, detail=detail)


# Statements whose verdicts the steps of the derivation of one statement need, besides S3.
_CITED = {
    "S1": ("S10", "S12"), "S3": ("S2", "S9"), "S4": ("S2",), "S8": ("S5", "S9"), "S9": ("S2",), "S12": ("S10",)
}  # fmt: skip


def _single(M: Parametrization, chosen: Statement) -> Report:
    """The verdict on one statement, with those that its derivation refers to."""
    wanted = {"S3", chosen.id, *_CITED.get(chosen.id, ())}
    needed = [s for s in STATEMENTS if s.id in wanted]
    return Report(M, None, generic_ranks(M), tuple(verify(M, s) for s in needed))


def whole(r: Recorder) -> Derivation:
    """The whole story."""
    for step in (table, marginals, conditionals, scores, metrics, spaces, decomposition, verdict, by_graph, gradients):
        step(r)
    if isinstance(r.cylindrical, Proved):
        equality(r)
    elif isinstance(r.cylindrical, Refuted):
        found = findings(r)
        discrepancy(r, found)
        counterexample(r)
        explanation(r, found)
    elif isinstance(r.cylindrical, Undecided) and r.symbolic:
        defect(r, defect_form(r.model, affordable=True), constant=True)
        survivors = surviving_objectives(r.model)
        surviving(r, Findings(r.model, r.cylindrical, r.ranks, survivors=survivors))
    return r.finished(r.title, r.assumptions())


def findings(r: Recorder) -> Findings:
    """What the explanation of a refutation finds out."""
    if r.symbolic:
        _ = r.at.defect  # where it is too large all is told at a point, and nothing computed twice
    point = r.cylindrical.point if isinstance(r.cylindrical, Refuted) else None
    return found_by_size(r.model, r.cylindrical, r.ranks, point, symbolic=r.symbolic)


def discrepancy(r: Recorder, found: Findings | None = None) -> None:
    """The defect, over the field or at the point of the verdict."""
    point = r.cylindrical.point if isinstance(r.cylindrical, Refuted) else None
    if r.symbolic:
        form = defect_form(r.model, affordable=True) if found is None else found.defect
        defect(r, form, constant=found is None or found.survivors_scope() == Where.EVERYWHERE)
    elif point is not None and r.space.n_visible <= LIMITS.defect_visible:
        defect(r, defect_at(r.model, point), point)


def extent(r: Recorder) -> None:
    """Where a model that is not cylindrical is so nevertheless, if that is known."""
    if isinstance(r.cylindrical, Refuted) and r.cylindrical.scope.is_locus:
        where(r, None)


# What is told before a statement, so that everything in it is written out; of others marginals and conditionals are.
_BEFORE: dict[str, tuple[Callable[[Recorder], None], ...]] = {
    "S1": (marginals, metrics),
    "S2": (marginals, conditionals, spaces),
    "S3": (marginals, spaces, decomposition, verdict, by_graph, extent, counterexample),
    "S4": (marginals, conditionals, spaces, decomposition, verdict),
    "S8": (marginals, conditionals, decomposition, verdict, gradients),
    "S9": (marginals, conditionals, spaces, decomposition, verdict),
    "S10": (closed_form,),
    "S11": (marginals, conditionals, decomposition, verdict),
    "S12": (marginals, conditionals, scores, metrics, missing_information),
}


def one_statement(r: Recorder, s: Statement) -> Derivation:
    """One statement: what it is about, what it says, and what was found on this model."""
    for step in (table, *_BEFORE.get(s.id, (marginals, conditionals))):
        step(r)
    if s.id != "S3":
        claim(r, s, r.report[s.id])
    if s.id in ("S8", "S9") and isinstance(r.cylindrical, Refuted):
        discrepancy(r)
        counterexample(r)
    return r.finished(f"{s.id} {s.slug} on {r.called}", hypotheses(s))
