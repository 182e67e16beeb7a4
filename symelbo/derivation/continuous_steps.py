r"""Gaussian models and mixtures, step by step, in the notation of their field: \Sigma_{VV}, B, \Omega, \Lambda, \Psi.

Every value is one of the model's :class:`~symelbo.geometry.ScoreSpace` or of a verdict; identities that are stated of
such values are tested over the field before they are recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any

import sympy

from symelbo.budget import LIMITS
from symelbo.derivation.document import Derivation, Page
from symelbo.derivation.lettering import Lettering
from symelbo.derivation.network_steps import GRAPH, RULE, graph_reason, mended, verdict_rows
from symelbo.derivation.reasons import Letters, why_nowhere
from symelbo.derivation.recorder import called, cites
from symelbo.derivation.steps import Account, Relation, Side, Step
from symelbo.errors import BudgetError, InternalError
from symelbo.exact import Matrix, rational_to_sympy
from symelbo.explanation.networks import JoiningArrows, joining_arrows
from symelbo.explanation.survivors import surviving_objectives
from symelbo.geometry import gaussian_scores, mixture_scores, score_space
from symelbo.graphs import MarkovObstruction, reveal
from symelbo.loci import Where, cylindrical_locus
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.gaussian import Gaussian
from symelbo.statements import Statement
from symelbo.typesetting import Printer
from symelbo.typesetting.sentences import Math, Words, enumerated, together, words
from symelbo.verification import Proved, Refuted, Report
from symelbo.verification.report import report_data, verdict_reason

__all__ = ["ContinuousExplanation", "continuous_derivation"]

# Variables, parameters and visible coordinates up to which matrices are written out.
VARIABLES, PARAMETERS, COORDINATES = 6, 12, 9
# Characters of the conditions on objectives that survive, up to which they are written.
CONDITIONS = 240
# Sets of inadmissible points that are named.
SETS = 6
# Lines of the law of a mixture, and gradients that are written out.
ROWS, SHOWN = 12, 2
DET = r"\log \operatorname{det} \Sigma"
FIELD = "an identity in the field of the parameters"


@dataclass(frozen=True)
class ContinuousExplanation(Page):
    """What there is to say about a Gaussian model or a mixture, with the page that says it."""

    report: Report

    @property
    def repair(self) -> JoiningArrows | None:
        """Arrows after which a network is cylindrical; None where there is no graph, or nothing to mend."""
        graph = self.report.model.graph
        if graph is None or isinstance(self.report.cylindrical, Proved):
            return None
        return joining_arrows(graph, self.report.model.hidden)

    def headline(self) -> str:
        """The verdict in one line."""
        return _headline(self.report)

    def derivation(self, chosen: Statement | None = None) -> Derivation:
        """The page, or that of one statement."""
        return continuous_derivation(self.report, chosen)

    def as_dict(self) -> dict[str, Any]:
        """Everything as data."""
        return {**report_data(self.report), "repairs": None if self.repair is None else self.repair.as_dict()}

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
        title = f"{chosen.id} {chosen.slug} on {called(model.name)}"
    symbols: dict[sympy.Symbol, str] = {}
    steps = (*_law(model), *_tangent(report), *_verdict(report, symbols))
    account = Account(
        title, (), (), steps, rows, order=model.parameters, symbols=symbols, certificates=tuple(certificates.values())
    )  # fmt: skip
    return Derivation.of(account, _letters(model))


def _letters(model: Any) -> Lettering:
    """Placeholders for the names of the model, the same whenever they are asked for."""
    return Lettering.of([p.name for p in model.parameters], list(model.variables))


def _printer(model: Any) -> Printer:
    return Printer(model.parameters, dict(zip(model.parameters, _letters(model).parameters, strict=True)))


def _assumed(said: Words, relations: Iterable[Relation] = (), *, heading: str = "The model", **more: Any) -> Step:
    return Step(heading, said, tuple(relations), rule="definition", status="assumed", **more)


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
    at, n = gaussian_scores(model), model.n_visible
    seen, unseen = range(n), range(n, len(model.mean))
    names = _letters(model).variables
    said = words(
        rf"$x = (x_V, x_H) \sim \mathcal{{N}}(\mu, \Sigma)$, with $V = ({enumerated(names[:n])})$ visible and "
        rf"$H = ({enumerated(names[n:])})$ hidden"
    )
    small, laws = len(model.mean) <= VARIABLES, _equations(model)
    mean = Matrix.column(model.field, list(model.mean))
    given = [_equal(r"\Sigma" if model.form == "covariance" else "K", model.matrix)] if small else []
    if small and not mean.is_zero():
        given.insert(0, _equal(r"\mu", mean))
    lines = [*laws, *given]
    omitted = () if small else (
        rf"(Mean and covariance, and what follows from them, are not written out for {len(names)} variables; M.mean "
        "and M.matrix have them.)",
    )  # fmt: skip
    yield _assumed((*said, ":" if lines else "."), lines, after=omitted)
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


def _equations(model: Gaussian) -> list[Relation]:
    """The conditional distributions of a linear-Gaussian network."""
    equations, names, printer = model.equations, _letters(model).variables, _printer(model)
    if equations is None:
        return []
    lines = []
    for u, name in enumerate(names):
        row = [(model.field.to_sympy(e), w) for w, e in enumerate(equations.coefficients.rows[u]) if e]
        values = {w: sympy.Symbol(f"value {w}") for _, w in row}
        means = sympy.Add(*(e * values[w] for e, w in row), model.field.to_sympy(equations.intercepts[u]))
        own = Printer(model.parameters, {**printer.symbols, **{s: names[w] for w, s in values.items()}})
        given = rf" \mid {','.join(names[w] for _, w in row)}" if row else ""
        law = rf"\mathcal{{N}}({own.doprint(means)},\, {printer.doprint(model.field.to_sympy(equations.variances[u]))})"
        lines.append(Relation(Side(f"{name}{given}"), r"\sim", Side(law)))
    return lines


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
    shown, printer, leaves = [], _printer(model), _letters(model).variables

    seen = ", ".join(leaves)

    def written(e: Any) -> str:
        return printer.doprint(model.field.to_sympy(e))

    for h, (weight, own) in enumerate(model.components, 1):
        shown.append(Relation(Side(rf"p(h{{=}}{h})"), "=", Side(written(weight))))
        for name, (_, kinds), values in zip(leaves, model.families, own, strict=True):
            law = rf"{_law_name(kinds[h - 1])}({', '.join(map(written, values))})" if values else "0"
            shown.append(Relation(Side(rf"{name} \mid h{{=}}{h}"), r"\sim" if values else "=", Side(law)))
    alike = not any(leaf.kind == "zero" or leaf.shift for own in model.leaves for leaf in own)
    base = "b" if alike and all(len(set(kinds)) == 1 for _, kinds in model.families) else "b_h"
    said = words(
        rf"${enumerated(leaves)}$ {'is' if len(leaves) == 1 else 'are'} visible, the class $h$ is hidden, and "
        rf"$p({seen}, h) = {base}({seen})\, \pi_h \exp(\langle \eta_h, s({seen}) \rangle - A(\eta_h))$ with "
        r"$\pi_h = p(h)$:"
    )
    yield _assumed(said, shown[:ROWS], more=max(0, len(shown) - ROWS))


def _law_name(kind: str) -> str:
    return (
        r"\mathcal{N}" if kind == "gaussian" else rf"\text{{{kind.replace('-', ' ').replace('_', ' ').capitalize()}}}"
    )


_SCORES: dict[type, str] = {
    Gaussian: (
        r"With $y = x - \mu$ a score is the polynomial $y^{\top} l + y^{\top} M y - \operatorname{tr}(M \Sigma)$ with "
        r"$l = \Sigma^{-1} \partial \mu$ and $M = \tfrac{1}{2} \Sigma^{-1} \partial \Sigma\, \Sigma^{-1}$. The "
        r"conditional expectation $\mathbb{E}[\cdot \mid x_V]$ takes $(l, M)$ to $(E^{\top} l, E^{\top} M E)$ with "
        r"$E = (I; B)$."
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
    yield _assumed(words(_SCORES[type(model)]), heading="Scores")
    labels = _letters(model).parameters
    said = r"$G_{ij} = \mathbb{E}[s_i s_j]$"
    if len(labels) <= PARAMETERS:
        metric = _equal("G", at.metric, r"G_{ROW\,COLUMN}", labels)
        order = f", in the order ${enumerated(labels)}$ of the parameters" if len(labels) > 1 else ""
        yield _verified("Fisher metric", f"{said}{order}:", [metric])
    else:
        yield replace(_verified("Fisher metric", f"{said}."), more=1)
    ranks = report.ranks
    if ranks is not None:
        told = (
            rf"{ranks.joint}, \qquad \operatorname{{rank}} J_V = {ranks.visible}, "
            rf"\qquad \operatorname{{rank}}\,(I - C\,\dpi) J = {ranks.vertical}"
        )
        parts = ranks.joint - ranks.vertical, ranks.joint - ranks.visible, ranks.oblique
        said = (
            rf"$\tangent{{\model}}$ has dimension ${ranks.joint} = {' + '.join(map(str, parts))}$: {parts[0]} "
            f"horizontal, {parts[1]} vertical and {parts[2]} oblique."
        )
        yield Step(
            "Tangent space", words(said), (Relation.written(r"\operatorname{rank} J", told),),
            rule="minors and null vectors", status="verified", basis=(FIELD,),
        )  # fmt: skip


def _headline(report: Report) -> str:
    name, verdict = report.model.name or "The model", report.cylindrical
    if isinstance(verdict, Proved):
        return f"{name} is cylindrical {verdict.scope}: the ELBO follows the natural gradient of the evidence."
    if isinstance(verdict, Refuted):
        where = (
            f"cylindrical {verdict.scope} among its admissible points" if verdict.scope.is_locus else "not cylindrical"
        )
        return f"{name} is {where}."
    return f"Whether {name} is cylindrical is undecided: {verdict_reason(verdict)}"


def _verdict(report: Report, symbols: dict[sympy.Symbol, str]) -> Iterator[Step]:
    model, verdict = report.model, report.cylindrical
    decided = isinstance(verdict, Proved | Refuted)
    certificate = getattr(verdict, "extent_certificate", None) or getattr(verdict, "certificate", None)
    name, told = model.name or "The model", _headline(report)
    if told.startswith(f"{name} "):
        told = f"{called(model.name)}{told[len(name) :]}".replace("the", "The", 1)
    said, relations, after = _reason(report, certificate, symbols)
    yield Step(
        "Cylindrical or not", (told, *said), relations, rule="ranks, null vectors and minors", cites=cites("S3"),
        status="proved" if decided else "not decided", certificate=certificate.sha256 if certificate else None,
        after=after,
    )  # fmt: skip
    if model.is_exact:
        yield from _admissible(model)
    graph = model.graph
    if graph is not None:
        answer = reveal(graph, model.hidden)
        turned = answer.turned if isinstance(answer, MarkovObstruction) else [
            e for e in answer.edges if not graph.has_edge(*e)
        ]  # fmt: skip
        letter = dict(zip(model.variables, _letters(model).variables, strict=True)).__getitem__
        yield Step("Why", graph_reason(answer, turned, letter), rule=RULE, cites=cites("S11"), status="verified",
                   basis=(GRAPH,))  # fmt: skip
    if not isinstance(verdict, Refuted):
        return
    if model.is_exact:
        yield from _defect(model)
    else:
        yield from _horizontal(model)
    if verdict.counterexample is not None:
        yield _counterexample(model, verdict.counterexample)
    if graph is not None:
        repair = joining_arrows(graph, model.hidden)
        yield Step("What would mend it", mended(repair, letter), rule="joining what the obstructions keep apart",
                   cites=cites("S11"), status="verified", basis=("the graph of the changed network",))  # fmt: skip


def _reason(report: Report, certificate: Any, symbols: dict[sympy.Symbol, str]) -> tuple[Words, Any, Words]:
    """Why: the minor that vanishes nowhere, or how the ranks add up."""
    model, ranks, verdict = report.model, report.ranks, report.cylindrical
    if ranks is None or not isinstance(verdict, Proved | Refuted):
        return (), (), ()
    names = _letters(model)

    def declared(name: str, latex: str) -> sympy.Symbol:
        symbol = sympy.Symbol(name)
        symbols[symbol] = latex
        return symbol

    letters = Letters(names.parameters.__getitem__, declared, variable=names.variables.__getitem__)
    found = why_nowhere(model, certificate, ranks, letters) if verdict.scope == Where.NOWHERE else None
    if found is not None:
        return (" ", *found[0]), tuple(found[1]), found[2]
    sign = "=" if ranks.cylindrical else ">"
    told = rf"{ranks.visible} + {ranks.vertical} {sign} {ranks.joint} = \operatorname{{rank}} J"
    left = r"\operatorname{rank} J_V + \operatorname{rank}\, (I - C\,\dpi) J"
    said = words(rf" Generically the ranks {'add' if ranks.cylindrical else 'do not add'} up:")
    return said, (Relation.written(left, told),), ()


def _counterexample(model: Any, found: Any) -> Step:
    """Where the equality fails, in numbers."""
    printer = _printer(model)
    at = ", ".join(f"${printer.doprint(k)} = {printer.doprint(v)}$" for k, v in found.parameters.items())
    elbo, evidence = r"-\dpi(\grad^{\model} \KL{q}{\cdot})", r"-\grad^{\visiblemodel} \KL{q_V}{\cdot}"
    relations: list[Relation] = []
    if model.is_exact:
        covariance = sympy.Matrix([list(map(rational_to_sympy, row)) for row in found.q.covariance])
        mean = sympy.Matrix([list(map(rational_to_sympy, found.q.mean))])
        standard = mean.is_zero_matrix and covariance == sympy.eye(covariance.rows)
        if not standard:
            relations = [Relation.of(r"\mu_{q}", mean), Relation.of(r"\Sigma_{q}", covariance)]
        which = "the standard normal $q$" if standard else "a normal $q$ with mean $\\mu_q$ and covariance $\\Sigma_q$"
        said = rf"At {at} and for {which} the directions of learning, in the coordinates {_coordinates(model)}, are"
        sides = (elbo, found.projected_elbo_gradient), (evidence, found.visible_gradient)
        relations += [Relation.of(left, sympy.Matrix([list(values.values())])) for left, values in sides]
    else:
        said = f"At {at} there are {found.ranks.oblique} oblique directions, none of them the gradient of a mean."
        if found.objective:
            values = sympy.Matrix([list(found.gradient.values())])
            relations = [Relation.of(rf"\grad^{{\model}} {_mean(found.objective, model)}", values)]
            said = f"At {at} the first of these gradients has a score that depends on the class: it is not horizontal."
        if found.state:
            h, *seen = found.state
            names = _letters(model).variables
            told = ", ".join(f"{n} = {printer.doprint(v)}" for n, v in zip(names, seen, strict=True))
            said += f" For $q$ in class ${h}$, with ${told}$ seen, the others differ in what they do to $p_V$:"
            manifold = r"-\grad^{\model} \KL{\datamanifold}{\cdot}"
            both = (r"-\grad^{\model} \KL{q}{\cdot}", found.elbo), (manifold, found.completed)
            relations += [Relation.of(left, sympy.Matrix([list(values.values())])) for left, values in both]
    return Step(
        "Counterexample", words(said), tuple(relations), rule="exact arithmetic at a point", cites=cites("S9"),
        status="verified", basis=("exact arithmetic at the point",),
    )  # fmt: skip


def _coordinates(model: Gaussian) -> str:
    """The coordinates of the visible model between dollars."""
    labels = _moments(model)
    if len(labels) <= COORDINATES:
        return f"${enumerated(labels)}$"
    return r"$(\mu_V; \Sigma_{VV})$ with the lower triangle by rows"


def _moments(model: Gaussian) -> list[str]:
    seen = _letters(model).variables[: model.n_visible]
    pairs = ((a, b) for i, a in enumerate(seen) for b in seen[: i + 1])
    return [*(rf"\mu_{{{a}}}" for a in seen), *(rf"\Sigma_{{{a},{b}}}" for a, b in pairs)]


def _admissible(model: Gaussian) -> Iterator[Step]:
    """Where the ranks of J and J_V drop, of small models."""
    if model.n_entries > LIMITS.derived_locus_shape:
        return
    locus = cylindrical_locus(model)
    if not locus.inadmissible and locus.inadmissible_open:
        return
    printer, sets = _printer(model), []
    for c in locus.inadmissible[:SETS]:
        equations = [f"{printer.doprint(k)} = {printer.doprint(v)}" for k, v in c.solved]
        equations += [f"{printer.doprint(printer.unsigned(e))} = 0" for e in c.remaining]
        sets.append((Math(rf"\{{ {enumerated(equations)} \}}"),))
    said: Words = ("Every point of the domain is admissible.",)
    if sets:
        more = f" or of {len(locus.inadmissible) - SETS} more such sets" if len(locus.inadmissible) > SETS else ""
        further = " Whether there are others is open." if locus.inadmissible_open else ""
        end = words(
            rf"{more} are not admissible: there $\operatorname{{rank}} J$ or $\operatorname{{rank}} J_V$ is smaller."
        )
        said = ("The points of ", *together(sets, " or "), *end, further)
    yield Step(
        "Admissible points", said, rule="common zeros of minors in the domain", status="verified",
        basis=("solved exactly, no certificate",),
    )  # fmt: skip


def _defect(model: Gaussian) -> Iterator[Step]:
    at, n = gaussian_scores(model), model.n_visible
    said = (
        r"For an objective $L$ with differential $\ell$ the gradient $\grad^{\visiblemodel} L$ and the projected "
        r"gradient $\dpi(\grad^{\model} (L \circ \marginalisation))$ differ by $\defect \ell$, "
        r"$\defect = J_V G_V^{-} J_V^{\top} - J_V G^{-} J_V^{\top}$"
    )
    lines: list[Relation] = []
    if n * (n + 3) // 2 <= COORDINATES and len(model.parameters) <= PARAMETERS:
        with suppress(BudgetError):
            lines = [_equal(r"\defect", at.defect, r"\defect_{ROW,\,COLUMN}", _moments(model))]
    told = (
        f", in the coordinates {_coordinates(model)}:" if lines else ". (It is not written out; se.defect(M) has it.)"
    )
    yield _verified("Defect", said + told, lines)
    kept = surviving_objectives(model)
    if len(kept.words) > CONDITIONS:
        return
    symbols = {sympy.Symbol(f"l {k}"): rf"\ell({label})" for k, label in enumerate(_moments(model))}
    printer = Printer(model.parameters, {**_printer(model).symbols, **symbols})
    forms = (sympy.Add(*(c * x for c, x in zip(column, symbols, strict=True))) for column in kept.conditions)
    conditions = [Relation(Side(printer.doprint(form)), "=", Side("0")) for form in forms]
    told = r"The equality holds exactly for the objectives whose differential $\ell$ satisfies"
    if not conditions:
        told = "The equality holds for every objective"
    if not kept.everywhere:
        told = rf"Wherever the rank of $\defect$ is the generic one, t{told[1:]}"
    yield Step(
        "Which objectives survive", words(told + (":" if conditions else ".")), tuple(conditions),
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
        (kept if (at.vertical_scores @ gradient).is_zero() else moved).append((_mean(str(name), model), gradient))
    relations = [_equal(rf"\grad^{{\model}} {n}", g) for n, g in moved[:SHOWN]]
    said = (
        r"For an objective $L$ the equality holds exactly where the score of $\grad^{\model} L$ is the same in all "
        "classes."
    )
    if kept:
        said += f" So it is for $L = {', '.join(n for n, _ in kept)}$: there the ELBO follows the evidence."
    if moved:
        said += f" It is not for $L = {', '.join(n for n, _ in moved)}$:"
    yield Step(
        "Which objectives survive", words(said), tuple(relations), rule="the gradient on $\\model$, projected",
        status="verified", basis=(FIELD,), more=len(moved) - len(relations),
    )  # fmt: skip


def _mean(name: str, model: ExponentialMixture) -> str:
    r"""The LaTeX of the mean ``E(v^2)``: ``\mathbb{E}[v^{2}]``."""
    variable, power, exponent = name[2:-1].partition("^")
    shown = dict(zip((n for n, _ in model.families), _letters(model).variables, strict=True)).get(variable, variable)
    return rf"\mathbb{{E}}[{shown}{f'^{{{exponent}}}' if power else ''}]"
