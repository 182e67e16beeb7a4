"""The explanation of a verdict: where a model is cylindrical, how badly it fails, for whom it matters, what helps.

Its steps are told in :func:`derive` after the defect and the counterexample, and alone, in brief, on the page of
:func:`explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sympy

from symelbo.budget import Budget
from symelbo.derivation.continuous_steps import ContinuousExplanation
from symelbo.derivation.defect_steps import defect, is_constant
from symelbo.derivation.document import Derivation, Page
from symelbo.derivation.network_steps import NetworkExplanation, by_graph
from symelbo.derivation.reasons import Letters, Proof, why_nowhere
from symelbo.derivation.recorder import READABLE, VECTORS_SHOWN, Recorder, point_words
from symelbo.derivation.steps import Relation, Side
from symelbo.derivation.tangent_steps import bases, decomposition, verdict
from symelbo.errors import ModelError
from symelbo.exact import QQ, Entry
from symelbo.explanation import Findings, PrincipalAngles, SurvivingObjectives, found_within
from symelbo.explanation.numbers import approximate, degrees
from symelbo.geometry import decompose
from symelbo.loci import CylindricalLocus, LocusComponent, Where
from symelbo.loci.locus import dropping_rank
from symelbo.models.graphs import Network
from symelbo.models.model import Model
from symelbo.models.parametrization import Point, has_table, no_model
from symelbo.models.questions import Asked
from symelbo.spaces import Space
from symelbo.statements import statement
from symelbo.typesetting import Printer, length, width
from symelbo.typesetting.sentences import BREAK, Math, Words, enumerated, together, words
from symelbo.verification import Proved, Refuted, Report, verify

# Visible states up to which the worst objective is written out.
SHORT_VECTOR = 8
# Components and repairs that are listed.
SHOWN = 6
# Points of width of a number with roots that is written out.
LONGEST_NUMBER = 110
# Letters for functions, in the order in which they are tried.
LETTERS = "fgkmnuw"


@dataclass(frozen=True, repr=False)
class Explanation(Page, Findings):
    """What there is to say about one model, with the page that says it."""

    def derivation(self) -> Derivation:
        """The steps of the explanation, in brief."""
        on_s3 = replace(self.verdict, statement=statement("S3"))
        report = Report(self.model, self.point, self.ranks, (on_s3,))
        r = Recorder(self.model, report, symbolic=False, brief=True)
        decomposition(r)
        verdict(r)
        if isinstance(self.verdict, Proved) and self.point is None and r.is_short():
            bases(r, decompose(self.model))
        by_graph(r)
        if self.defect is not None:
            defect(r, self.defect, constant=self.survivors_scope() == Where.EVERYWHERE)
        explanation(r, self)
        return r.finished(r.title)


def explain(
    M: Model | Network,
    at: Mapping[Any, Any] | Point | None = None,
    *,
    budget: float | Budget = 30.0,
) -> Explanation | NetworkExplanation | ContinuousExplanation:
    """Explain where a model is cylindrical, how far it is from it elsewhere, for whom that matters and what would help.

    Parameters
    ----------
    M : Parametrization, Gaussian or mixture, or a Network without a table: then the graph explains
    at : mapping from parameter to rational, optional
        Explain the verdict at this point.
    budget : seconds, or Budget(seconds=..., memory=...)
        Searches end in time by themselves; what does not is ended, and the page says what was left out.

    >>> from symelbo.models import model_b
    >>> page = explain(model_b())
    >>> page.scope
    'nowhere'
    >>> print(page.headline())
    M(b) is not cylindrical: 5 = 2 horizontal + 2 vertical + 1 oblique directions.
    """
    if has_table(M):
        return Explanation(**vars(found_within(M, at, budget)))
    return page_of(M, "explain")(verify(M, None, at, budget=budget))


def page_of(M: object, asked: str) -> Callable[[Report], NetworkExplanation | ContinuousExplanation]:
    """How a report on a model without a table is explained: by its scores, or by its graph alone."""
    if isinstance(M, Model):
        return ContinuousExplanation
    if isinstance(M, Asked):
        return NetworkExplanation.of
    raise ModelError(f"{asked}: {no_model(M)}")


def explanation(r: Recorder, found: Findings) -> None:
    """What there is to say after the defect: where, how badly, for whom, what would help."""
    if found.point is None and not isinstance(found.verdict, Proved):
        form = found.defect
        where(r, found.locus, is_positive=form is not None and form.is_positive and is_constant(form))
    if found.locus is not None:
        inadmissible(r, found.locus)
    how_badly(r, found)
    surviving(r, found)
    recognition(r, found)
    mending(r, found)
    if found.left_out:
        r.step(
            "Left open", ("Not computed: ", *together((_because(r, found, s) for s in found.left_out), "; "), "."),
            rule="limits of size and time", status="not decided",
        )  # fmt: skip


def _because(r: Recorder, found: Findings, left_out: str) -> Words:
    """What was left out, with the reason in parentheses."""
    if left_out.startswith("objectives that survive") and found.survivors and found.survivors.point is not None:
        return words(f"the objectives that survive at points other than {r.at_point(found.survivors.point)}")
    what, colon, why = left_out.partition(": ")
    return (f"{what} ({why})" if colon else what,)


# -- where -----------------------------------------------------------------------------------------------------------


def where(r: Recorder, locus: CylindricalLocus | None, *, is_positive: bool = False) -> None:
    """Where the model is cylindrical nevertheless: as its verdict says, else as far as a longer search found out.

    ``is_positive``: whether the defect is a positive function times a constant matrix, as was told before.
    """
    found = r.cylindrical
    decided = isinstance(found, Refuted) and found.scope.is_locus
    best = found.scope if decided else Where.OPEN if locus is None else locus.where
    certificate = found.extent_certificate if isinstance(found, Refuted) else None
    components = best.components
    relations: list[Relation] = []
    after: Words = ()
    sets = together((_set_of_points(r, c) for c in components[:SHOWN]), " or ")
    if best.is_locus:
        told = words("{} is cylindrical nowhere among its admissible points.", r.subject)
        proof = None if components else _reason(r, certificate)
        if is_positive:
            told = words(r"{} is cylindrical nowhere among its admissible points: $\kappa > 0$ there.", r.subject)
        elif proof is not None:
            told, relations, after = (*told, " ", *proof[0]), proof[1], proof[2]
        if components:
            told = words("{} is cylindrical exactly on {} among its admissible points.", r.subject, sets)
    elif components:
        told = words(
            "{} is cylindrical on {}, among its admissible points; whether elsewhere too is open.", r.subject, sets
        )
    else:
        told = words("Whether {} is cylindrical at other points is open.", r.called)
    if components and isinstance(components[0].point, Point):
        told = (*told, *words(f" An example is {point_words(r.names, components[0].point)}."))
    open_systems = [] if best.is_locus or locus is None else [_equations(r, (), s) for s in locus.open[:SHOWN]]
    for system in filter(None, open_systems):
        told = (*told, *words(" It could be so at points with {}.", system))
    r.step(
        "Where", told, relations,
        rule="definition; " + ("a minor without zeros" if relations else "common zeros of the defect in the domain"),
        cited="S3", certificate=certificate,
        basis="solved", status=None if best.is_locus or components else "not decided", after=after,
    )  # fmt: skip


def _reason(r: Recorder, certificate: Any) -> Proof | None:
    """Why the model, or each of several copies of it, is cylindrical nowhere."""
    one, letters = r.model.structure.one, Letters(r.names.parameter, r.declared, r.names.p)
    found = why_nowhere(one or r.model, certificate, r.ranks, letters)
    if one is None or found is None:
        return found
    return ("One copy decides, as scores of independent copies add. ", *found[0]), *found[1:]


def inadmissible(r: Recorder, locus: CylindricalLocus) -> None:
    """Where the ranks of J and J_V are not the generic ones."""
    parts: list[Words] = []
    alike: dict[tuple[int, int, str], list[LocusComponent]] = {}
    for c in locus.inadmissible[:SHOWN]:
        how = "generically there" if c.largest and c.dimension else "there" if not c.dimension else "at one of them"
        alike.setdefault((c.ranks.joint, c.ranks.visible, how), []).append(c)
    for (joint, visible, how), components in alike.items():
        ranks = rf"$\operatorname{{rank}} J = {joint}$ and $\operatorname{{rank}} J_V = {visible}$"
        parts.append(words(f"The points {{}} are not admissible; {how} {ranks}.", _of_sets(r, components)))
    more = len(locus.inadmissible) - SHOWN
    if more > 0:
        parts.append(
            (
                f"There {'is' if more == 1 else 'are'} {more} more such set{'s' * (more > 1)}; "
                "se.cylindrical_locus(M) has them.",
            )
        )
    for system in locus.inadmissible_open[:SHOWN]:
        rank, further = dropping_rank(system), "further " if locus.inadmissible else ""
        if rank is not None:
            smaller = rank.replace("rank ", r"\operatorname{rank} ")
            parts.append(words(f"Whether there are {further}points at which ${smaller}$ is smaller is open."))
        else:
            equations = _equations(r, (), system) or _LONG
            parts.append(words(f"Whether there are {further}inadmissible points with {{}} is open.", equations))
    if not locus.inadmissible_open and not locus.inadmissible:
        parts.append(("Every point of the domain is admissible.",))
    nothing = locus.inadmissible_open and not locus.inadmissible
    r.step(
        "Admissible points", together(parts, " "),
        rule="definition; common zeros of the minors of $J$ and $J_V$ in the domain", cited="assumption A2",
        basis="solved", status="not decided" if nothing else None,
    )  # fmt: skip


_LONG: Words = ("equations too long to be written out (se.cylindrical_locus(M) has them)",)


def _of_sets(r: Recorder, components: Sequence[LocusComponent]) -> Words:
    """Which points: by the equations of one component, or of the sets of several."""
    found = [_equations(r, c.solved, c.remaining) for c in components]
    if len(found) == 1 or None in found:
        written = [e for e in found if e is not None] + [_LONG] * (None in found)
        return ("with ", *together(written, ", or with "))
    *first, last = (_set_of_points(r, c) for c in components)
    return ("of ", *together(first), " or ", *last)


def _set_of_points(r: Recorder, c: LocusComponent) -> Words:
    """A component as a set between braces."""
    found = _equations(r, c.solved, c.remaining)
    if found is None:
        return ("the set of points with ", *_LONG)
    return tuple(Math(rf"\{{ {part.latex} \}}") for part in found if isinstance(part, Math))


def _equations(
    r: Recorder, solved: Iterable[tuple[sympy.Expr, sympy.Expr]], remaining: Iterable[sympy.Expr]
) -> Words | None:
    """Equations as one formula; None where they are long."""
    printer, rest = r.names.printer(), list(remaining)
    if any(length(e) > READABLE for e in rest) or dropping_rank(rest or [sympy.S.Zero]) is not None:
        return None
    equations = [f"{printer.doprint(k)} = {printer.doprint(v)}" for k, v in solved]
    equations += [f"{printer.doprint(printer.unsigned(e))} = 0" for e in rest]
    return (Math(enumerated(equations)),)


# -- how badly -------------------------------------------------------------------------------------------------------


def how_badly(r: Recorder, found: Findings) -> None:
    """The principal angles, as functions where they have a closed form and at a point; what follows for objectives."""
    angles, general = found.angles, _closed_form(found)
    rule = "eigenvalues of $G_V$ relative to $G$, exactly"
    if angles is None:
        if general:
            r.step(
                "How badly", general.strip(), full=True, rule=rule, cited="Björck and Golub (1973)", basis="identity"
            )
        return
    if not angles.oblique:
        r.step(
            "Principal angles",
            f"{'' if found.point is None else f'At {r.at_point(angles.point)} e'}"
            f"{'E' if found.point is None else ''}very principal angle of $\\tangent{{\\model}}$ and "
            r"$\horizontalspace$ is $0^{\circ}$ or $90^{\circ}$.",
            full=True, rule="the tangent space splits", cited="S4", basis="point", point=angles.point,
        )  # fmt: skip
        return
    relations: list[Relation] = []
    squares = [f"{_number(e)}" + (rf" \; ({k} \text{{ times}})" if k > 1 else "") for e, k in angles.cosines_squared]
    relations.append(Relation.written(r"\cos^{2} \varphi_i", rf"\{{ {BREAK.join(squares)} \}}", r"\in"))
    shown = [degrees(e) + r"^{\circ}" for e, _ in angles.cosines_squared]
    relations.append(Relation.written(r"\varphi_i", rf"\{{ {BREAK.join(shown)} \}}", r"\in"))
    relations.append(Relation.written("c^{2}", _number(angles.oblique[0][0])))
    if not angles.parallel:
        relations.append(Relation.written(r"\frac{2 c}{1 + c^{2}}", _number(angles.kantorovich)))
    relations.append(Relation.written("1 - c^{2}", _number(angles.visible_missing_information)))
    worst = angles.worst_objective
    short = worst is not None and len(worst) <= SHORT_VECTOR and all(e.is_Rational for e in worst)
    if short and not angles.parallel:
        relations.append(Relation.of(r"\ell", sympy.Matrix([list(worst or ())])))
    r.step(
        "How badly",
        f"{general}At {r.at_point(angles.point)} the principal angles $\\varphi_i$ of $\\tangent{{\\model}}$ and "
        "$\\horizontalspace$ are given by",
        relations,
        full=True,
        rule=f"{rule}; S1 made sharp (Kantorovich)",
        cited="S1; Björck and Golub (1973)", basis="point", after=words(_consequences(angles, short=short)),
        point=angles.point,
    )  # fmt: skip


def _closed_form(found: Findings) -> str:
    """The squared cosines of one or two oblique directions as functions."""
    if found.defect is not None and found.defect.vector is not None:
        return (
            r"The oblique direction makes with $\horizontalspace$ the angle $\varphi$ with "
            r"$\cos^{2} \varphi = 1 - \kappa \sum_{\visible} e(\visible)^{2} / p_V(\visible)$. "
        )
    if found.symbolic is None or found.symbolic.oblique != 2:
        return ""
    trace = r"\sum_{v} \defect_{v v} / p_V(v)"
    minors = r"\sum_{v < w} (\defect_{v v} \defect_{w w} - \defect_{v w}^{2}) / (p_V(v)\, p_V(w))"
    return (
        r"The two oblique directions make with $\horizontalspace$ the angles $\varphi, \psi$ with "
        rf"$\cos^{{2}} \varphi + \cos^{{2}} \psi = 2 - {trace}$ and "
        rf"$\cos^{{2}} \varphi \cos^{{2}} \psi = 1 - {trace} + {minors}$. "
    )


def _consequences(found: PrincipalAngles, *, short: bool) -> str:
    """What the angles say about the projected and the visible gradient of one objective, and what is lost at most."""
    lost = " The largest fraction of missing information among directions that move $p_V$ is $1 - c^{2}$"
    if found.parallel:
        return rf"For every objective the projected gradient there is $c^{{2}}$ times the visible gradient.{lost}."
    worst = (
        r". The objective with differential $\ell$ loses most: its projected gradient is $c^{2}$ times its visible "
        "gradient"
    )
    return (
        r"Here $c$ is the smallest cosine that is not 0. For every objective the cosine of the angle between the "
        rf"projected and the visible gradient is at least $2c/(1 + c^{{2}})$.{lost}{worst if short else ''}."
    )


def _number(value: sympy.Expr) -> str:
    """An exact number, with its size when it is no fraction; of a long one only its size."""
    if value.is_Rational and len(str(value)) <= 24:
        return Printer().doprint(value)
    about = approximate(value, 4)
    mantissa, _, exponent = about.partition("e")
    about = rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else about
    above, below = sympy.fraction(sympy.together(value))
    if below.is_Integer:
        written = Printer().doprint(sympy.expand(above))
        exact = written if below == 1 else rf"\frac{{{written}}}{{{below}}}"
        if width(exact) <= LONGEST_NUMBER:
            return rf"{exact} \approx {about}"
    return rf"{about} \dots"


# -- for which objectives, and with a recognition model ----------------------------------------------------------------


def surviving(r: Recorder, found: Findings) -> None:
    """The objectives for which the equality survives: the kernel of the defect."""
    known = found.survivors
    if known is None:
        return
    equality = r"$\dpi(\grad^{\model} (L \circ \marginalisation)) = \grad^{\visiblemodel} L$"
    rule, basis = "kernel of the defect; condition (d)", "identity" if known.point is None else "point"
    if not known.conditions:
        place = "" if known.point is None else f" at {r.at_point(known.point)}"
        r.step("Objectives for which the equality survives", f"{equality} holds{place} for every objective $L$.",
               rule=rule, cited="S4", basis=basis, point=known.point)  # fmt: skip
        return
    lines = []
    for k, column in enumerate(known.conditions):
        form = r.covector.linear_form(*_entries(r, column))
        lines.append(Relation(Side(None, form), "=", Side("0", sympy.S.Zero), quantity=f"survives[{k}]"))
    longest = 150 if known.point is None else 30
    fits = [line for line in lines if length(line.left.value) <= longest][:VECTORS_SHOWN]
    r.step(
        "Objectives for which the equality survives",
        f"{equality} holds {_place(r, found)} exactly for the objectives whose differential "
        r"$\ell = \mathrm{d}L$ satisfies",
        fits, rule=rule, cited="S4", basis=basis, more=len(lines) - len(fits), point=known.point,
        after=together(filter(None, (_functions(r, known), _elsewhere(r, found))), " "),
    )  # fmt: skip


def _entries(r: Recorder, column: sympy.Matrix) -> tuple[list[Entry], Any]:
    """Coefficients as exact elements, with the domain that they belong to."""
    if all(c.is_Rational for c in column):
        return [QQ.constant(c) for c in column], QQ
    return [r.model.field.from_sympy(c) for c in column], r.model.field


def _place(r: Recorder, found: Findings) -> str:
    """Where the conditions on objectives are the kernel of the defect."""
    scope, known = found.survivors_scope(), found.survivors
    if known is None or scope == Where.EVERYWHERE:
        return "at every admissible point"
    if known.point is not None:
        return f"at {r.at_point(known.point)}"
    return rf"at the admissible points with $\operatorname{{rank}} \defect = {len(known.conditions)}$"


def _elsewhere(r: Recorder, found: Findings) -> Words:
    """What holds at other points."""
    if found.survivors_scope() == Where.GENERICALLY:
        return words(r"Where $\operatorname{rank} \defect$ is smaller it survives for more objectives.")
    if found.survivors_scope().kind != "off" or found.locus is None:
        return ()
    sets = _of_sets(r, found.locus.components[:SHOWN])
    return words("At the admissible points {} it survives for every objective.", sets)


def _functions(r: Recorder, known: SurvivingObjectives) -> Words:
    """The functions of few visible variables that survive."""
    if known.only_constants:
        return words(r"These are the constant $\ell$, for which both gradients are 0.")
    if not known.functions:
        return ()
    names = function_names(len(known.functions), r.space, r.model.parameters)
    sums = " + ".join(
        f"{a}{f'_{{{k}}}' if k else ''}({','.join(map(r.names.variable, s))})"
        for (a, k), s in zip(names, known.functions, strict=True)
    )
    which = "They are those" if known.complete else "In particular it survives for all those"
    return words(rf"{which} with differential $\ell = {sums}$.")


def function_names(count: int, space: Space, parameters: Iterable[object]) -> list[tuple[str, str]]:
    """Names of functions as (letter, index), of a letter that the model does not use; a single one has no index."""
    taken = [*(v.name for v in space.variables), *map(str, parameters)]
    used = {name.casefold()[:1] for name in taken if not name.casefold()[1:].strip("_0123456789")}
    letter = next((a for a in LETTERS if a not in used), "F")
    return [(letter, "")] if count == 1 else [(letter, str(k)) for k in range(1, count + 1)]


def recognition(r: Recorder, found: Findings) -> None:
    """What the parameters of a recognition model do to the projected gradient."""
    known = found.recognition
    if known is None:
        return
    at = found.point or found.example
    r.step(
        "With a recognition model",
        (*words(rf"Let $q_{{\phi}}(\hidden \mid \visible)$ be given by {found.recognition_family}. At "
                f"{'the point' if at is None else r.at_point(at)} "),
         *(("the family is ",) if known.depends and known.seen == known.oblique else ()), *known.phrase, "."),
        rule="influence of the derivatives of $q_{\\phi}$ on the projected gradient", basis="point", point=at,
    )  # fmt: skip


# -- what would help ---------------------------------------------------------------------------------------------------


def mending(r: Recorder, found: Findings) -> None:
    """The smallest cylindrical tangent space around this one, and the changes of the model that were verified."""
    parts: list[Words] = []
    tangent = found.tangent
    if tangent is not None and tangent.added:
        directions = "one direction" if tangent.added == 1 else f"{tangent.added} directions"
        parts.append(
            words(
                r"The smallest tangent space that contains $\tangent{\model}$ and splits is the sum of its projections "
                rf"to $\horizontalspace$ and $\verticalspace$; it has dimension ${tangent.dimension}$, {directions} "
                "more: {}.",
                tangent.phrase(r.names.variable),
            )
        )
    listed = [repair for repair in found.repairs[:SHOWN] if repair.verified]
    if listed:
        phrases = []
        for repair in listed:
            more = repair.parameters - len(r.model.parameters)
            cost = "" if repair.kind == "observe" else f", with {more} more parameter{'s' * (more != 1)}"
            phrases.append((*repair.phrase(r.names.variable), cost))
        verified = "This was verified." if len(listed) == 1 else "Each of these was verified."
        parts.append(("To make the model cylindrical, ", *together(phrases, "; or "), f". {verified}"))
    if any(not repair.cheapest for repair in listed):
        parts.append(("These are the smallest changes found; it is not proved that no cheaper ones do.",))
    elif any(repair.kind == "arrows" for repair in listed):
        parts.append(("No fewer arrows make the network a cut.",))
    unverified = [repair for repair in found.repairs[:SHOWN] if not repair.verified]
    if unverified:
        told = together([repair.phrase(r.names.variable) for repair in unverified], ", or ")
        parts.append(("Not verified within the limits: ", *told, "."))
    if parts:
        r.step(
            "What would mend it", together(parts, " "), rule="projection; each changed model decided anew",
            cited="S11", basis="exact ranks at the point, and a proof for each changed model",
        )  # fmt: skip
