"""Why a model is not cylindrical: where it is, how badly it fails, for which objectives not, and what would mend it.

Everything is read off :func:`symelbo.explanation.explain`; what that did not certify in its time is named as open.
"""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symelbo.derivation.recorder import READABLE, Recorder, point_words, size
from symelbo.derivation.steps import Relation, Side
from symelbo.derivation.words import BREAK, Math, Words, enumerated, together, words
from symelbo.errors import ExactnessError
from symelbo.explanation import Explanation, PrincipalAngles, Repair, SurvivingObjectives, explain
from symelbo.explanation.words import function_names
from symelbo.loci import CylindricalLocus, LocusComponent
from symelbo.models.parametrization import Point
from symelbo.typesetting import Printer, symbol_latex, width

__all__ = ["explained", "explanation", "survivors_place", "survivors_words"]

# Seconds that a derivation spends on the searches of an explanation: of small models, which need a second or two, so
# many that a busy machine tells the same story; of large ones those that a reader waits.
PATIENT, BUDGET = 60.0, 4.0
# Components and repairs that are listed.
SHOWN = 6
# Points of width of a number with roots that is written out.
LONGEST_NUMBER = 110


def explained(r: Recorder) -> Explanation | None:
    """The explanation of a model that is not cylindrical, or None where there is none."""
    try:
        return explain(r.model, budget=PATIENT if r.symbolic else BUDGET)
    except ExactnessError:
        return None


def explanation(r: Recorder, found: Explanation) -> None:
    """The steps of an explanation."""
    if found.locus is not None:
        where(r, found.locus)
    if found.angles is not None:
        how_badly(r, found.angles)
    mending(r, found)
    if found.left_out:
        r.step(
            "Left open",
            ("Not computed within the time given: ", "; ".join(line.partition(":")[0] for line in found.left_out), "."),
            rule="not decided", status="numeric",
        )  # fmt: skip


def where(r: Recorder, locus: CylindricalLocus) -> None:
    """Where the model is cylindrical nevertheless, and where it is not admissible."""
    parts: list[Words] = []
    if locus.extent == "nowhere":
        parts.append(words("{} is cylindrical at no admissible point.", r.title))
    elif locus.components:
        exactly = "exactly at the admissible points with " if locus.extent == "exactly on" else "at least where "
        sets = together((_component(r, c) for c in locus.components[:SHOWN]), ", or with ")
        parts.append(words("{} is cylindrical " + exactly + "{}.", r.title, sets))
        example = locus.components[0].point
        if isinstance(example, Point):
            parts.append(words(f"An example is {point_words(r.model, example)}."))
    if locus.open:
        parts.append(("Whether it is so at other points with conditions on the parameters is open.",))
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
        parts.append(("Whether there are further points that are not admissible is open.",))
    elif not locus.inadmissible:
        parts.append(("Every point of the domain is admissible.",))
    r.step(
        "Where", together(parts, " "),
        rule="common zeros of the defect, and of the minors of $J$ and $J_V$, in the domain",
        certificate=getattr(r.cylindrical, "extent_certificate", None),
    )  # fmt: skip


def _component(r: Recorder, c: LocusComponent) -> Words:
    """The equations of a component."""
    printer = Printer(r.model.parameters)
    equations = [f"{printer.doprint(k)} = {printer.doprint(v)}" for k, v in c.restriction.items()]
    equations += [f"{printer.doprint(e)} = 0" for e in c.remaining if size(e) <= READABLE]
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
        relations.append(Relation(Side(r"\frac{2 c}{1 + c^{2}}"), "=", Side(_number(found.kantorovich))))
    r.step(
        "How badly",
        words(
            f"At {r.at_point(found.point)} the principal angles $\\varphi_i$ of $\\tangent{{M}}$ and "
            "$\\horizontalspace$ are given by"
        ),
        relations,
        rule="eigenvalues of $G_V$ relative to $G$, exactly; S1 made sharp (Kantorovich)",
        cited="Bjorck and Golub (1973)",
        after=words(
            r"There, for every objective, the cosine of the angle between the projected and the visible gradient is at "
            r"least $2c/(1 + c^{2})$, $c$ the smallest cosine that is not 0."
        )
        if found.oblique
        else (),
        point=found.point,
    )


def _number(value: sympy.Expr) -> str:
    """An exact number, with its size when it is no fraction; of a long one only its size."""
    if value.is_Rational and len(str(value)) <= 24:
        return Printer().doprint(value)
    about = f"{float(value.n(30)):.4g}"
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
        parts.append(("The model becomes cylindrical if one would ", *together(listed, ", or "), "."))
    if any(not repair.cheapest for repair in found.repairs[:SHOWN] if repair.verified):
        parts.append(("These are the smallest changes found; it is not proved that no cheaper ones do.",))
    if parts:
        r.step("What would mend it", together(parts, " "), rule="each changed model decided anew")


def _repair(r: Recorder, repair: Repair) -> Words:
    more = repair.parameters - len(r.model.parameters)
    cost = "" if repair.kind == "observe" else f" ({more} more parameter{'s' * (more != 1)})"
    changes: Sequence[Words]
    if repair.kind == "arrows":
        changes = [(Math(rf"{symbol_latex(a)} \to {symbol_latex(b)}"),) for a, b in repair.change]
        return ("add the arrow" + "s" * (len(changes) > 1) + " ", *together(changes), cost)
    names = [tuple(map(symbol_latex, c)) for c in repair.change]
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
    if found.survivors_scope() == "off the locus" and found.locus is not None:
        sets = together((_component(r, c) for c in found.locus.components[:SHOWN]), ", or with ")
        on_locus = words("At the admissible points with {} it survives for every objective.", sets)
    return together([part for part in (_said(found, known), on_locus) if part], " ")


def _said(found: Explanation, known: SurvivingObjectives) -> Words:
    """The functions of few visible variables that survive."""
    if not known.constant and not known.functions:
        return ()
    if known.only_constants:
        return words(r"These are the constant $\ell$, for which both gradients are 0.")
    if not known.functions:
        return ()
    names = function_names(len(known.functions), found.names_in_use())
    sums = " + ".join(
        f"{a}{f'_{{{k}}}' if k else ''}({','.join(map(symbol_latex, s))})"
        for (a, k), s in zip(names, known.functions, strict=True)
    )
    if known.complete:
        return words(rf"These are exactly the objectives with differential $\ell = {sums}$.")
    return words(rf"In particular it survives for every objective with differential $\ell = {sums}$.")


def survivors_place(found: Explanation | None) -> str:
    """Where the conditions on objectives are the kernel of the defect; empty where that is everywhere or not known."""
    if found is None or found.survivors is None or found.survivors_scope() in ("everywhere", "point"):
        return ""
    return rf" at admissible points with $\operatorname{{rank}} \defect = {len(found.survivors.conditions)}$"
