r"""Gaussian models and mixtures, step by step, in the notation of their field: \Sigma_{VV}, B, \Omega, \Lambda, \Psi.

Every value is one of the model's :class:`~symelbo.geometry.ScoreSpace` or of a verdict; identities that are stated of
such values are tested over the field before they are recorded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import networkx as nx
import sympy

from symelbo.budget import LIMITS
from symelbo.derivation.document import Derivation
from symelbo.derivation.lettering import Lettering
from symelbo.derivation.network_steps import GRAPH, RULE, graph_reason, mended, verdict_rows
from symelbo.derivation.recorder import cites
from symelbo.derivation.steps import Account, Relation, Side, Step
from symelbo.errors import BudgetError, InternalError
from symelbo.exact import Matrix
from symelbo.explanation.networks import JoiningArrows, joining_arrows
from symelbo.explanation.survivors import surviving_objectives
from symelbo.geometry import gaussian_scores, mixture_scores, score_space
from symelbo.graphs import MarkovObstruction, reveal
from symelbo.loci import cylindrical_locus
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.gaussian import Gaussian
from symelbo.statements import Statement
from symelbo.typesetting import value_latex
from symelbo.typesetting.sentences import words
from symelbo.verification import Proved, Refuted, Report
from symelbo.verification.report import report_data, verdict_reason

__all__ = ["ContinuousExplanation", "continuous_derivation"]

# Variables, parameters and visible coordinates up to which matrices are written out.
VARIABLES, PARAMETERS, COORDINATES = 6, 12, 9
# Characters of the conditions on objectives that survive, up to which they are written.
CONDITIONS = 240
# Sets of inadmissible points that are named.
SETS = 6
DET = r"\log \operatorname{det} \Sigma"
FIELD = "an identity in the field of the parameters"


@dataclass(frozen=True)
class ContinuousExplanation:
    """What there is to say about a Gaussian model or a mixture, with the page that says it."""

    report: Report

    @property
    def repair(self) -> JoiningArrows | None:
        """Arrows after which a network is cylindrical; None where there is no graph, or nothing to mend."""
        graph = _graph(self.report.model)
        if graph is None or isinstance(self.report.cylindrical, Proved):
            return None
        return joining_arrows(graph, self.report.model.hidden)

    def headline(self) -> str:
        """The verdict in one line."""
        return _headline(self.report)

    def derivation(self) -> Derivation:
        """The page."""
        return continuous_derivation(self.report)

    def text(self, width: int = 80) -> str:
        """The page as plain text for a terminal of so many columns."""
        return self.derivation().text(width)

    def as_dict(self) -> dict[str, Any]:
        """Everything as data."""
        repair = self.repair
        arrows = None if repair is None or repair.arrows is None else [list(e) for e in repair.arrows]
        least = None if repair is None else repair.at_least
        mending = None if repair is None else {"arrows": arrows, "at_least": least, "fewest": repair.fewest}
        return {**report_data(self.report), "repairs": mending}

    def __str__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return self.derivation()._repr_mimebundle_(include, exclude)

    def __repr__(self) -> str:
        return f"Explanation: {self.headline()}"


def continuous_derivation(report: Report, chosen: Statement | None = None) -> Derivation:
    """What was computed of a Gaussian model or a mixture, and all verdicts; or that of one statement."""
    model = report.model
    rows = verdict_rows(v for v in report.verdicts if chosen is None or (v.statement and v.statement.id == chosen.id))
    certificates = {}
    for v in report.verdicts:
        for c in (getattr(v, "certificate", None), getattr(v, "extent_certificate", None)):
            if c is not None:
                certificates[c.sha256] = c
    title = model.name or "The model"
    if chosen is not None:
        title = f"{chosen.id} {chosen.slug} on {title}"
    steps = (*_law(model), *_tangent(report), *_verdict(report))
    names = Lettering.of([p.name for p in model.parameters], ())
    account = Account(title, (), (), steps, rows, order=model.parameters, certificates=tuple(certificates.values()))
    return Derivation.of(account, names)


def _equal(left: str, matrix: Matrix, entry: str = "", labels: Sequence[str] = ()) -> Relation:
    names = tuple(labels) or tuple(str(i + 1) for i in range(max(matrix.nrows, matrix.ncols)))
    shown = entry or rf"({left})_{{ROW\,COLUMN}}"
    return Relation(Side(left), "=", Side(None, matrix.to_sympy(), shown, names[: matrix.nrows], names[: matrix.ncols]))


def _verified(heading: str, text: str, relations: Sequence[Relation] = (), rule: str = "definition") -> Step:
    return Step(heading, words(text), tuple(relations), rule=rule, status="verified", basis=(FIELD,))


@singledispatch
def _law(model: Any) -> Iterator[Step]:
    """The distribution of the model."""
    raise InternalError(f"no notation for {model!r}")


@_law.register
def _law_of_gaussian(model: Gaussian) -> Iterator[Step]:
    at, seen = gaussian_scores(model), range(model.n_visible)
    unseen = range(model.n_visible, len(model.mean))
    said = words(
        r"$x = (x_V, x_H) \sim \mathcal{N}(\mu, \Sigma)$ with $V$ = ({}) and $H$ = ({}).",
        ", ".join(model.variables[: model.n_visible]), ", ".join(model.hidden),
    )  # fmt: skip
    small = len(model.mean) <= VARIABLES
    mean = Matrix.column(model.field, list(model.mean))
    given = [_equal(r"\Sigma" if model.form == "covariance" else "K", model.matrix)] if small else []
    if small and not mean.is_zero():
        given.insert(0, _equal(r"\mu", mean))
    yield Step("The model", said, tuple(given), rule="definition")
    if not small:
        return
    yield from _factors(model)
    gain, whole = at.regression, at.covariance
    rest = whole.select(unseen).columns(unseen) - gain @ whole.select(seen).columns(unseen)
    if not (gain @ whole.select(seen).columns(seen) - whole.select(unseen).columns(seen)).is_zero():
        raise InternalError(f"the regression on what is seen fails on {model!r}")
    yield _verified(
        "What is seen of what is hidden",
        r"$\mathbb{E}[x_H \mid x_V] = \mu_H + B (x_V - \mu_V)$ and $\operatorname{Cov}(x_H \mid x_V) = \Omega$:",
        [
            Relation(Side("B"), "=", Side(r"\Sigma_{HV} \Sigma_{VV}^{-1}"), names=True), _equal("B", gain),
            Relation(Side(r"\Omega"), "=", Side(r"\Sigma_{HH} - B \Sigma_{VH}")), _equal(r"\Omega", rest),
        ],
    )  # fmt: skip
    inner = whole.select(seen).columns(seen).det()
    if whole.det() != inner * rest.det():
        raise InternalError(f"det Sigma = det Sigma_VV det Omega fails on {model!r}")
    log = [sympy.log(model.field.to_sympy(e)) for e in (inner, rest.det())]
    yield _verified(
        "Divergence and gap",
        r"$\KL{q}{p} = \KL{q_V}{p_V} + \operatorname{GAP}$; the logarithms of the determinants add up:",
        [
            Relation(Side(DET), "=", Side(r"\log \operatorname{det} \Sigma_{VV} + \log \operatorname{det} \Omega")),
            Relation(Side(DET), "=", Side(None, log[0] + log[1])),
        ],
        rule="Schur complement",
    )  # fmt: skip


def _factors(model: Gaussian) -> Iterator[Step]:
    """The form of factor analysis, where the visible variables depend on hidden ones alone."""
    equations, n = model.equations, model.n_visible
    if equations is None:
        return
    seen, unseen = range(n), range(n, len(model.mean))
    if not equations.coefficients.select(range(len(model.mean))).columns(seen).is_zero():
        return
    loadings = equations.coefficients.select(seen).columns(unseen)
    noise = Matrix.diagonal(model.field, list(equations.variances[:n]))
    whole = gaussian_scores(model).covariance
    inner = whole.select(unseen).columns(unseen)
    if not (loadings @ inner @ loadings.T + noise - whole.select(seen).columns(seen)).is_zero():
        raise InternalError(f"Sigma_VV = Lambda Sigma_HH Lambda' + Psi fails on {model!r}")
    yield _verified(
        "Loadings and noise",
        r"$x_V = \mu_V + \Lambda (x_H - \mu_H) + e$ with $\operatorname{Cov}(e) = \Psi$:",
        [
            Relation(Side(r"\Sigma_{VV}"), "=", Side(r"\Lambda \Sigma_{HH} \Lambda^{\top} + \Psi")),
            _equal(r"\Lambda", loadings), _equal(r"\Psi", noise), _equal(r"\Sigma_{HH}", inner),
        ],
    )  # fmt: skip


@_law.register
def _law_of_mixture(model: ExponentialMixture) -> Iterator[Step]:
    shown, order = [], list(model.parameters)
    to_latex = [value_latex(model.field.to_sympy(w), order) for w, _ in model.components]
    for h, (weight, (_, own)) in enumerate(zip(to_latex, model.components, strict=True), 1):
        laws = [
            rf"\text{{{kinds[h - 1]}}}({', '.join(value_latex(model.field.to_sympy(x), order) for x in values)})"
            for (_, kinds), values in zip(model.families, own, strict=True)
        ]
        shown.append(Relation(Side(rf"\pi_{{{h}}} = {weight}, \quad v \mid {h}"), r"\sim", Side(r",\quad ".join(laws))))
    said = words(
        r"$p(v, h) = b(v) \pi_h \exp(\langle \eta_h, s(v) \rangle - A(\eta_h))$ with $v$ = ({}) seen and the class "
        "$h$ hidden.", ", ".join(name for name, _ in model.families),
    )  # fmt: skip
    yield Step("The model", said, tuple(shown[:VARIABLES]), rule="definition", more=max(0, len(shown) - VARIABLES))


_SCORES = {
    Gaussian: (
        r"A score is a polynomial $y^{\top} l + y^{\top} M y - \operatorname{tr}(M \Sigma)$, $y = x - \mu$, with "
        r"$l = \Sigma^{-1} \partial \mu$ and $M = \tfrac{1}{2} \Sigma^{-1} \partial \Sigma\, \Sigma^{-1}$; "
        r"$\mathbb{E}[\cdot \mid x_V]$ takes $(l, M)$ to $(E^{\top} l, E^{\top} M E)$, $E = (I; B)$."
    ),
    ExponentialMixture: (
        r"In each class a score is affine in the statistics: $\partial \log \pi_h + \langle \partial \eta_h, s - "
        r"\mathbb{E}_h[s] \rangle$. Different densities are linearly independent over polynomials, so ranks are linear "
        r"algebra over the field of the parameters."
    ),
}


def _tangent(report: Report) -> Iterator[Step]:
    model = report.model
    at = score_space(model)
    yield Step("Scores", words(_SCORES[type(model)]), rule="definition")
    labels = [value_latex(p) for p in model.parameters]
    if len(labels) <= PARAMETERS:
        metric = _equal("G", at.metric, r"G_{ROW\,COLUMN}", labels)
        yield _verified("Fisher metric", r"$G_{ij} = \mathbb{E}[s_i s_j]$:", [metric])
    ranks = report.ranks
    if ranks is not None:
        said = words(
            "$T$ has dimension {}: {} horizontal, {} vertical and {} oblique.",
            ranks.joint, ranks.joint - ranks.vertical, ranks.joint - ranks.visible, ranks.oblique,
        )  # fmt: skip
        numbers = ranks.joint, ranks.visible, ranks.vertical
        names = (r"\operatorname{rank} J", r"\operatorname{rank} J_V", r"\operatorname{rank} (I - C\,d\pi) J")
        relations = tuple(Relation.of(n, sympy.Integer(r)) for n, r in zip(names, numbers, strict=True))
        yield Step("Tangent space", said, relations, rule="minors and null vectors", status="verified", basis=(FIELD,))


def _headline(report: Report) -> str:
    name, verdict = report.model.name or "The model", report.cylindrical
    if isinstance(verdict, Proved):
        return f"{name} is cylindrical {verdict.scope}: the ELBO follows the natural gradient of the evidence."
    if isinstance(verdict, Refuted):
        where = f"cylindrical {verdict.scope}" if verdict.scope.is_locus else "not cylindrical"
        return f"{name} is {where}."
    return f"Whether {name} is cylindrical is undecided: {verdict_reason(verdict)}"


def _verdict(report: Report) -> Iterator[Step]:
    model, verdict = report.model, report.cylindrical
    decided = isinstance(verdict, Proved | Refuted)
    certificate = getattr(verdict, "extent_certificate", None) or getattr(verdict, "certificate", None)
    yield Step(
        "Cylindrical or not", (_headline(report),), rule="ranks, null vectors and minors", cites=cites("S3"),
        status="proved" if decided else "not decided", certificate=certificate.sha256 if certificate else None,
    )  # fmt: skip
    if isinstance(model, Gaussian):
        yield from _admissible(model)
    graph = _graph(model)
    if graph is not None:
        answer = reveal(graph, model.hidden)
        turned = answer.turned if isinstance(answer, MarkovObstruction) else [
            e for e in answer.edges if not graph.has_edge(*e)
        ]  # fmt: skip
        yield Step("Why", graph_reason(answer, turned), rule=RULE, cites=cites("S11"), basis=(GRAPH,))
    if not isinstance(verdict, Refuted):
        return
    if isinstance(model, Gaussian):
        yield from _defect(model)
    else:
        yield from _horizontal(model)
    if verdict.counterexample is not None:
        said = " ".join(str(verdict.counterexample).split())
        yield Step(
            "Counterexample", (f"{said[:1].upper()}{said[1:]}",), rule="exact arithmetic at a point", cites=cites("S9"),
            basis=("exact arithmetic at the point",),
        )  # fmt: skip
    if graph is not None:
        repair = joining_arrows(graph, model.hidden)
        yield Step("What would mend it", (mended(repair),), rule="joining what the obstructions keep apart",
                   cites=cites("S11"), basis=("the graph of the changed network",))  # fmt: skip


def _graph(model: Any) -> nx.DiGraph | None:
    return model.graph if isinstance(model, Gaussian) else None


def _admissible(model: Gaussian) -> Iterator[Step]:
    """Where the ranks of J and J_V drop, of small models."""
    if len(model.parameters) * score_space(model).scores.nrows > LIMITS.derived_locus_shape:
        return
    locus = cylindrical_locus(model)
    if not locus.inadmissible and locus.inadmissible_open:
        return
    sets = [f"{{{c}}}" for c in locus.inadmissible]
    said = "Every point of the domain is admissible."
    if sets:
        more = f", or on {len(sets) - SETS} more such sets" if len(sets) > SETS else ""
        further = " Whether other points are is open." if locus.inadmissible_open else ""
        named = " or ".join(sets[:SETS])
        said = f"Not admissible, by a smaller rank of J or J_V, are the points on {named}{more}.{further}"
    yield Step("Admissible points", (said,), rule="common zeros of minors in the domain", basis=("solved",))


def _defect(model: Gaussian) -> Iterator[Step]:
    at, n = gaussian_scores(model), model.n_visible
    if n * (n + 3) // 2 > COORDINATES or len(model.parameters) > PARAMETERS:
        return
    try:
        defect = at.defect
    except BudgetError:
        return
    seen = model.variables[:n]
    labels = [*(rf"\mu_{{{a}}}" for a in seen)]
    labels += [rf"\Sigma_{{{seen[i]}{seen[j]}}}" for i in range(n) for j in range(i + 1)]
    yield _verified(
        "Defect",
        r"$\Delta = J_V G_V^{-} J_V^{\top} - J_V G^{-} J_V^{\top}$ in the coordinates $(\mu_V; \Sigma_{VV})$: by how "
        r"much the ELBO falls short of the natural gradient.",
        [_equal(r"\Delta", defect, r"\Delta_{ROW,\,COLUMN}", labels)],
    )
    kept = surviving_objectives(model)
    if len(kept.words) <= CONDITIONS:
        yield Step(
            "Which objectives survive",
            ("Equality holds for an objective L exactly where its differential l in these coordinates satisfies ",
             f"{kept.words}{'' if kept.everywhere else ', wherever the rank of the defect is the generic one'}."),
            rule="the kernel of the defect", status="verified", basis=(FIELD,),
        )  # fmt: skip


def _horizontal(model: ExponentialMixture) -> Iterator[Step]:
    """Which means of what is seen have a horizontal gradient: for these the ELBO follows the evidence."""
    at = mixture_scores(model)
    kept: list[tuple[str, Matrix]] = []
    moved: list[tuple[str, Matrix]] = []
    if len(model.parameters) > PARAMETERS:
        return
    for k, name in enumerate(at.visible_coordinates()):
        gradient = at.metric_inverse @ at.visible_jacobian.select([k]).T
        (kept if (at.vertical_scores @ gradient).is_zero() else moved).append((str(name), gradient))
    relations = [_equal(rf"\operatorname{{grad}}^{{M}} {_mean(n)}", g) for n, g in moved[:2]]
    parts = (("of {} is: there the ELBO follows the evidence", kept), ("of {} is not", moved))
    said = "; ".join(text.format(", ".join(n for n, _ in own)) for text, own in parts if own)
    yield Step(
        "Which objectives survive",
        (f"Equality holds for an objective exactly where its gradient on M is horizontal, its score the same in all "
         f"classes. That {said}.",),
        tuple(relations), rule="the gradient on M, projected", status="verified", basis=(FIELD,),
    )  # fmt: skip


def _mean(name: str) -> str:
    return rf"\mathbb{{E}}[{name[2:-1]}]"
