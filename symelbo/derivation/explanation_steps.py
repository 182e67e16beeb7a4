"""Why a model is not cylindrical: where it is, how badly it fails, for which objectives not, and what would mend it.

Which parts are computed depends on the size of the model alone, so that the same model always gives the same page; what
is left out is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import sympy

from symelbo.derivation.recorder import READABLE, Recorder, point_words, size
from symelbo.derivation.steps import Relation, Side
from symelbo.derivation.wording import cites
from symelbo.derivation.words import BREAK, Math, Words, enumerated, together, words
from symelbo.errors import BudgetError, DomainError, ExactnessError
from symelbo.explanation import (
    Explanation,
    PrincipalAngles,
    Repair,
    SurvivingObjectives,
    defect_form,
    extended_tangent,
    principal_angles,
    surviving_objectives,
)
from symelbo.explanation.mending import added_arrows, added_generators, observed
from symelbo.explanation.numbers import approximate
from symelbo.explanation.words import function_names
from symelbo.loci import CylindricalLocus, LocusComponent, Where, cylindrical_locus
from symelbo.models.graphs import BayesianNetwork
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import statement as find_statement
from symelbo.typesetting import Printer, width
from symelbo.verification import Refuted

__all__ = ["explained", "explanation", "survivors_place", "survivors_words"]

# |X| d up to which inadmissible points are looked for, changed models are decided, and numbers at a point computed; the
# last up to so many visible states.
LOCUS_SHAPE, REPAIR_SHAPE, POINT_SHAPE = 300, 400, 5000
VISIBLE = 32
# Seconds far beyond what a search of these sizes takes: they end what hangs, and decide nothing.
PATIENT = 300.0
# Visible states up to which the worst objective is written out.
SHORT_VECTOR = 8
# Components and repairs that are listed.
SHOWN = 6
# Points of width of a number with roots that is written out.
LONGEST_NUMBER = 110

T = TypeVar("T")


def explained(r: Recorder) -> Explanation:
    """The explanation of a model that is refuted at a point, as far as its size allows."""
    M, point = r.model, r.cylindrical.point if isinstance(r.cylindrical, Refuted) else None
    shape = M.space.n_states * len(M.parameters)
    left_out: list[str] = []

    def attempt(what: str, fits: bool, compute: Callable[[], T]) -> T | None:
        if fits:
            try:
                return compute()
            except (BudgetError, ExactnessError, DomainError):
                pass
        left_out.append(what)
        return None

    rational = point is not None and point.is_rational
    at_point = rational and M.space.n_visible <= VISIBLE and shape <= POINT_SHAPE
    return Explanation(
        model=M, verdict=r.cylindrical, ranks=r.ranks, point=None, example=point, symbolic=None, recognition=None,
        locus=attempt(
            "which points are not admissible", shape <= LOCUS_SHAPE, lambda: cylindrical_locus(M, budget=PATIENT)
        ),
        defect=attempt("the sign of the defect", r.symbolic, lambda: defect_form(M)) if r.symbolic else None,
        angles=attempt("the principal angles", at_point, lambda: principal_angles(M, point or {})),
        survivors=attempt(
            "the objectives in words", r.symbolic or at_point,
            lambda: surviving_objectives(M, None if r.symbolic else point),
        ),
        tangent=attempt("the smallest tangent space that splits", at_point, lambda: extended_tangent(M, point)),
        repairs=attempt("what would mend it", shape <= REPAIR_SHAPE, lambda: repairs_of(M)) or (),
        left_out=tuple(left_out),
    )  # fmt: skip


def repairs_of(M: Parametrization) -> tuple[Repair, ...]:
    """The smallest changes that mend a model, found and decided without a limit of time."""
    network = isinstance(M.structure, BayesianNetwork)
    return (*(added_arrows(M) if network else added_generators(M)), *observed(M))


def explanation(r: Recorder, found: Explanation) -> None:
    """The steps of an explanation."""
    where(r, found.locus)
    if found.angles is not None:
        how_badly(r, found.angles)
    mending(r, found)
    if found.left_out:
        r.step(
            "Left open", ("At this size it was not computed ", "; ".join(found.left_out), "."),
            rule="limits of size", status="not decided",
        )  # fmt: skip


def where(r: Recorder, locus: CylindricalLocus | None) -> None:
    """Where the model is cylindrical nevertheless, as its verdict says; then where it is not admissible."""
    found = r.cylindrical
    extent = found.scope
    cited = cites(find_statement("S3"))
    if isinstance(found, Refuted) and extent.is_locus:
        where_among = "nowhere"
        example: Words = ()
        sets: Words = ()
        if extent.components:
            where_among = "exactly on {}"
            sets = together((_set_of_points(r, c) for c in extent.components[:SHOWN]), " or ")
            inside = extent.components[0].point
            if isinstance(inside, Point):
                example = words(f" An example is {point_words(r.names, inside)}.")
        r.step(
            "Where", (*words("{} is cylindrical " + where_among + " among its admissible points.",
                             *(r.title, sets)[: 1 + bool(sets)]), *example),
            rule="definition; common zeros of the defect in the domain", cited=cited,
            certificate=found.extent_certificate, basis=("solved exactly, no certificate",),
        )  # fmt: skip
    elif locus is not None and locus.extent == "nowhere":
        r.step(
            "Where", words("{} is cylindrical nowhere among its admissible points.", r.title),
            rule="definition; common zeros of the defect in the domain", cited=cited,
            basis=("solved exactly, no certificate",),
        )  # fmt: skip
    elif locus is not None and locus.components:
        sets = together((_set_of_points(r, c) for c in locus.components[:SHOWN]), " and ")
        text = words(
            "{} is cylindrical on {}, among its admissible points; whether elsewhere too is open.", r.title, sets
        )
        r.step(
            "Where", text, rule="definition; common zeros of the defect in the domain", cited=cited,
            basis=("solved exactly, no certificate",),
        )  # fmt: skip
    else:
        r.step(
            "Where", words("Whether {} is cylindrical at other points is open.", r.title),
            rule="not decided", cited=cited, status="not decided",
        )  # fmt: skip
    if locus is not None:
        inadmissible(r, locus)


def inadmissible(r: Recorder, locus: CylindricalLocus) -> None:
    """Where the ranks of J and J_V are not the generic ones."""
    parts: list[Words] = []
    by_ranks: dict[tuple[int, int, bool], list[Words]] = {}
    for c in locus.inadmissible[:SHOWN]:
        by_ranks.setdefault((c.ranks.joint, c.ranks.visible, c.largest), []).append(_component(r, c))
    for (joint, visible, largest), sets_of_points in by_ranks.items():
        how = "there generically" if largest else "at some of them"
        parts.append(
            words(
                rf"Points with {{}} are not admissible: {how} $\operatorname{{rank}} J = {joint}$ and "
                rf"$\operatorname{{rank}} J_V = {visible}$.",
                together(sets_of_points, ", or with "),
            )
        )
    more = len(locus.inadmissible) - SHOWN
    if more > 0:
        parts.append((f"There are {more} more such sets.",))
    if locus.inadmissible_open:
        further = "further " if locus.inadmissible else ""
        parts.append((f"Whether there are {further}points that are not admissible is open.",))
    elif not locus.inadmissible:
        parts.append(("Every point of the domain is admissible.",))
    nothing = locus.inadmissible_open and not locus.inadmissible
    r.step(
        "Admissible points", together(parts, " "),
        rule="definition; common zeros of the minors of $J$ and $J_V$ in the domain", cited="assumption A2",
        basis=("solved exactly, no certificate",), status="not decided" if nothing else None,
    )  # fmt: skip


def _set_of_points(r: Recorder, c: LocusComponent) -> Words:
    """A component as a set between braces."""
    inner = _component(r, c)
    if isinstance(inner[0], Math):
        return (Math(rf"\{{ {inner[0].latex} \}}"),)
    return ("a set with ", *inner)


def _component(r: Recorder, c: LocusComponent) -> Words:
    """The equations of a component."""
    printer = r.names.printer()
    equations = [f"{printer.doprint(k)} = {printer.doprint(v)}" for k, v in c.solved]
    equations += [f"{printer.doprint(printer.unsigned(e))} = 0" for e in c.remaining if size(e) <= READABLE]
    if len(equations) < len(c.restriction) + len(c.remaining):
        return ("long equations",)
    return (Math(enumerated(equations)),)


def how_badly(r: Recorder, found: PrincipalAngles) -> None:
    """The principal angles at the point of the counterexample, and what follows for all objectives."""
    squares = [f"{_number(e)}" + (rf" \; ({k} \text{{ times}})" if k > 1 else "") for e, k in found.cosines_squared]
    relations = [
        Relation(Side(r"\cos^{2} \varphi_i"), "\\in", Side(rf"\{{ {BREAK.join(squares)} \}}")),
    ]
    if found.oblique:
        c = found.oblique[0][0]
        relations.append(Relation(Side("c^{2}"), "=", Side(_number(c))))
        if not found.parallel:
            relations.append(Relation(Side(r"\frac{2 c}{1 + c^{2}}"), "=", Side(_number(found.kantorovich))))
    if found.oblique:
        relations.append(Relation(Side("1 - c^{2}"), "=", Side(_number(found.visible_missing_information))))
    if _is_short(found.worst_objective):
        relations.append(Relation(Side(r"\ell"), "=", Side(None, sympy.Matrix([list(found.worst_objective or ())]))))
    r.step(
        "How badly",
        words(
            f"At {r.at_point(found.point)} the principal angles $\\varphi_i$ of $\\tangent{{M}}$ and "
            "$\\horizontalspace$ are given by"
        ),
        relations,
        rule="eigenvalues of $G_V$ relative to $G$, exactly; S1 made sharp (Kantorovich)",
        cited=f"{cites(find_statement('S1'))}; Björck and Golub (1973)",
        basis=("exact arithmetic at the point",),
        after=(*_gradients(found), *_lost(found)),
        point=found.point,
    )


def _is_short(worst: sympy.Matrix | None) -> bool:
    """Whether the worst objective is written out."""
    return worst is not None and len(worst) <= SHORT_VECTOR and all(e.is_Rational for e in worst)


def _lost(found: PrincipalAngles) -> Words:
    """What is lost at most."""
    if not found.oblique:
        return ()
    lost = r" The largest fraction of missing information among directions that move $p_V$ is $1 - c^{2}$"
    if not _is_short(found.worst_objective):
        return words(lost + ".")
    return words(
        lost
        + r"; $\ell$ is the differential of a worst objective: projected, its gradient is $c^{2}$ times the visible."
    )


def _gradients(found: PrincipalAngles) -> Words:
    """What the angles say about the projected and the visible gradient of one objective."""
    if not found.oblique:
        return ()
    if found.parallel:
        return words(r"There, for every objective, the projected gradient is $c^{2}$ times the visible gradient.")
    return words(
        r"There, for every objective, the cosine of the angle between the projected and the visible gradient is at "
        r"least $2c/(1 + c^{2})$, $c$ the smallest cosine that is not 0."
    )


def _number(value: sympy.Expr) -> str:
    """An exact number, with its size when it is no fraction; of a long one only its size."""
    if value.is_Rational and len(str(value)) <= 24:
        return Printer().doprint(value)
    about = approximate(value, 4)
    mantissa, _, exponent = about.partition("e")
    about = rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else about
    above, below = sympy.fraction(sympy.together(value))
    if below.is_Integer and width(exact := _over(sympy.expand(above), below)) <= LONGEST_NUMBER:
        return rf"{exact} \approx {about}"
    return rf"{about} \dots"


def _over(above: sympy.Expr, below: sympy.Integer) -> str:
    """A fraction of real algebraic numbers, such as (a - sqrt(b)) / c."""
    written = Printer().doprint(above)
    return written if below == 1 else rf"\frac{{{written}}}{{{below}}}"


def mending(r: Recorder, found: Explanation) -> None:
    """The smallest cylindrical tangent space around this one, and the changes of the model that were verified."""
    parts: list[Words] = []
    tangent = found.tangent
    if tangent is not None and tangent.added:
        more = "one direction" if tangent.added == 1 else f"{tangent.added} directions"
        parts.append(
            words(
                r"The smallest tangent space that contains $\tangent{M}$ and splits is the sum of its projections to "
                rf"$\horizontalspace$ and $\verticalspace$; it has dimension ${tangent.dimension}$, {more} more"
                + (": {}." if tangent.words else "."),
                *([tangent.words.partition(": ")[2]] if tangent.words else []),
            )
        )
    listed = [_repair(r, repair) for repair in found.repairs[:SHOWN] if repair.verified]
    if listed:
        changes = "This change makes" if len(listed) == 1 else "Each of these changes makes"
        parts.append((f"{changes} the model cylindrical: ", *together(listed, ", or "), "."))
    if any(not repair.cheapest for repair in found.repairs[:SHOWN] if repair.verified):
        parts.append(("These are the smallest changes found; it is not proved that no cheaper ones do.",))
    if parts:
        r.step(
            "What would mend it", together(parts, " "), rule="projection; each changed model decided anew",
            cited=cites(find_statement("S11")), basis=("exact ranks at the point, and a proof for each changed model",),
        )  # fmt: skip


def _repair(r: Recorder, repair: Repair) -> Words:
    more = repair.parameters - len(r.model.parameters)
    cost = "" if repair.kind == "observe" else f" ({more} more parameter{'s' * (more != 1)})"
    changes: Sequence[Words]
    if repair.kind == "arrows":
        changes = [(Math(rf"{r.names.variable(a)} \to {r.names.variable(b)}"),) for a, b in repair.change]
        return ("add the arrow" + "s" * (len(changes) > 1) + " ", *together(changes), cost)
    names = [tuple(map(r.names.variable, c)) for c in repair.change]
    if repair.kind == "generators":
        changes = [(Math(rf"\{{{enumerated(n)}\}}"),) for n in names]
        return ("add the generator" + "s" * (len(changes) > 1) + " ", *together(changes), cost)
    rest = " (nothing stays hidden then)" if repair.verdict is None else ""
    return ("observe ", *together([(Math(enumerated(n)),) for n in names]), rest)


def survivors_words(r: Recorder, found: Explanation | None) -> Words:
    """For which objectives the equality survives, in words."""
    known = None if found is None else found.survivors
    if found is None or known is None:
        return ()
    on_locus: Words = ()
    if found.survivors_scope().kind == "off" and found.locus is not None:
        sets = together((_component(r, c) for c in found.locus.components[:SHOWN]), ", or with ")
        on_locus = words("At the admissible points with {} it survives for every objective.", sets)
    return together([part for part in (_said(r, found, known), on_locus) if part], " ")


def _said(r: Recorder, found: Explanation, known: SurvivingObjectives) -> Words:
    """The functions of few visible variables that survive."""
    if not known.constant and not known.functions:
        return ()
    if known.only_constants:
        return words(r"These are the constant $\ell$, for which both gradients are 0.")
    if not known.functions:
        return ()
    names = function_names(len(known.functions), found.names_in_use())
    sums = " + ".join(
        f"{a}{f'_{{{k}}}' if k else ''}({','.join(map(r.names.variable, s))})"
        for (a, k), s in zip(names, known.functions, strict=True)
    )
    if known.complete:
        return words(rf"These are exactly the objectives with differential $\ell = {sums}$.")
    return words(rf"In particular it survives for every objective with differential $\ell = {sums}$.")


def survivors_place(found: Explanation | None) -> str:
    """Where the conditions on objectives are the kernel of the defect; empty where that is everywhere or not known."""
    if found is None or found.survivors is None or found.survivors_scope() in (Where.EVERYWHERE, Where.HERE):
        return ""
    return rf" at admissible points with $\operatorname{{rank}} \defect = {len(found.survivors.conditions)}$"
