"""How each statement is decided on a model: the procedures."""

from __future__ import annotations

from collections.abc import Callable

from symelbo.certificates import Certificate
from symelbo.errors import BudgetError, InternalError
from symelbo.exact import QQ, Matrix
from symelbo.geometry import (
    TangentDecomposition,
)
from symelbo.graphs import MarkovObstruction
from symelbo.loci import Where
from symelbo.statements import Statement
from symelbo.verification.conditions import everywhere, seven_conditions
from symelbo.verification.evaluation import holds, is_too_large
from symelbo.verification.examination import Examination, cut_by_graph
from symelbo.verification.verdicts import Counterexample, NotApplicable, Proved, Refuted, Undecided, Verdict

__all__ = ["decide"]


def decide(s: Statement, examination: Examination) -> Verdict:
    """Return the verdict on a statement; the procedure is the one for its id.

    Where the field turns out to be too expensive after all, formulas are evaluated at points.
    """
    try:
        return _PROCEDURES[s.id](s, examination)
    except BudgetError:
        if examination.point is not None or not examination.affordable:
            raise
        examination.evaluate_at_points()
        return _PROCEDURES[s.id](s, examination)


def _identities(s: Statement, e: Examination) -> Verdict:
    """Decide a statement that is a list of identities, true for every positive table.

    They are evaluated where that is affordable; the certificate proves them by matrix algebra, whatever the size.
    """
    _evaluate(s, e)
    return Proved(Certificate.matrix_algebra(e.model, s, e.sample_point, e.named_point), e.scope(), e.point)


def _evaluate(s: Statement, e: Examination) -> None:
    if e.large:
        return
    for at in e.geometries:
        for formula in s.formulas:
            if not is_too_large(formula, at) and not holds(formula, at):
                raise InternalError(f"{formula} fails on {e.model!r}")


def _splits(_: Statement, e: Examination) -> Verdict:
    return e.extended


def _logarithms(s: Statement, e: Examination) -> Verdict:
    """S7: both identities are linear in formal logarithms; compare the coefficient of every log."""
    for size in set(e.model.space.fibration.sizes.tolist()):
        left, right = logarithmic_sides(size)
        if left != right:
            raise InternalError("the coefficients of the logarithms differ")
    return Proved(Certificate.logarithms(e.model, s, e.sample_point), Where.SPACE)


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


def _equivalence(s: Statement, e: Examination) -> Verdict:
    """S8 on cylindrical models, by evaluation of both matrix identities and by the null vectors of S3."""
    base = e.cylindrical
    if isinstance(base, Refuted):
        return NotApplicable(_not_cylindrical(e), base.scope)
    if not isinstance(base, Proved):
        return Undecided("whether the model is cylindrical is undecided", scope=base.scope)
    for at in () if e.large else e.geometries:
        for formula in s.formulas:
            if not is_too_large(formula, at) and not holds(formula, at):
                raise InternalError(f"{formula} fails on {e.model!r}, which the null vectors prove cylindrical")
    return Proved(base.certificate.for_statement(s), base.scope, base.point)


def _not_cylindrical(e: Examination) -> str:
    where = e.extended.scope
    return f"the model is cylindrical {where}" if where.is_locus else "the model is not cylindrical"


def _converse(s: Statement, e: Examination) -> Verdict:
    """S9: the counterexample has both an L and a q, checked exactly when it was built."""
    base = e.cylindrical
    if isinstance(base, Proved):
        return NotApplicable("the model is cylindrical", base.scope)
    if not isinstance(base, Refuted):
        return Undecided("whether the model is cylindrical is undecided", scope=base.scope)
    found: Counterexample | None = base.counterexample
    if found is None:  # refuted by the graph alone
        return Proved(base.certificate.for_statement(s), base.scope)
    if found.projected_elbo_gradient == found.visible_gradient or not any(found.optimal_gradient.values()):
        raise InternalError("the counterexample does not separate the gradients")
    return everywhere(Proved(base.certificate.for_statement(s), base.scope, found.point), e)


def _locality(s: Statement, e: Examination) -> Verdict:
    if not e.model.space.is_product:
        return NotApplicable("the states are no product of variables: a network needs one")
    if e.model.structure.families is None:
        return NotApplicable("the model is not given as a Bayesian network with free conditional tables")
    _evaluate(s, e)
    return Proved(Certificate.local_tables(e.model, s, e.sample_point, e.named_point), e.scope(), e.point)


def _cut(s: Statement, e: Examination) -> Verdict:
    """S11: a graph criterion first; otherwise constant horizontal and vertical directions, which are a cut too."""
    if e.graph_cut is not None:
        return cut_by_graph(s, e, e.graph_cut)
    if isinstance(e.graph_answer, MarkovObstruction):
        return NotApplicable(f"no cut: {e.graph_answer}")
    if e.point is not None:
        return NotApplicable("a cut is global")
    if isinstance(e.cylindrical, Undecided):
        return Undecided("no graph criterion applies, and whether the model is cylindrical is undecided")
    if not isinstance(e.cylindrical, Proved):
        return NotApplicable("no cut is known: the model is not cylindrical")
    found = e.decomposition
    if e.generic_ranks.joint == e.model.space.n_states - 1:
        detail = f"M is open in P(X): p_V and p({'h' if e.model.space.is_product else 'x'}|v) vary independently"
        return Proved(e.cylindrical.certificate.for_statement(s), Where.EVERYWHERE, detail=detail)
    if not all(c.is_constant for m in _parts(found) for r in m.rows for c in r):
        return NotApplicable("no cut in these parameters: the horizontal and vertical directions depend on the point")
    certificate = e.cylindrical.certificate.for_statement(s)
    return Proved(
        certificate, Where.EVERYWHERE, detail="constant horizontal and vertical directions span the parameters"
    )


def _parts(found: TangentDecomposition) -> tuple[Matrix, Matrix, Matrix]:
    return found.horizontal_parameters, found.vertical_parameters, found.null_parameters


_PROCEDURES: dict[str, Callable[[Statement, Examination], Verdict]] = {
    "S1": _identities,
    "S2": _identities,
    "S3": _splits,
    "S4": seven_conditions,
    "S5": _identities,
    "S6": _identities,
    "S7": _logarithms,
    "S8": _equivalence,
    "S9": _converse,
    "S10": _locality,
    "S11": _cut,
    "S12": _identities,
}
