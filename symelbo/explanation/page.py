"""The explanation of a verdict as a page and as data: where, how badly, for which objectives, what would mend it."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sympy

from symelbo.budget import LIMITS, Budget, within
from symelbo.errors import BudgetError, DomainError, ExactnessError, ModelError
from symelbo.explanation.angles import PrincipalAngles, SymbolicAngles, principal_angles, symbolic_angles
from symelbo.explanation.data import data_of
from symelbo.explanation.defect import DefectForm, defect_form
from symelbo.explanation.mending import ExtendedTangent, Repair, extended_tangent, repairs
from symelbo.explanation.numbers import approximate, degrees
from symelbo.explanation.recognition import RecognitionDependence, mean_field, recognition_dependence
from symelbo.explanation.survivors import SurvivingObjectives, surviving_objectives
from symelbo.explanation.words import function_names
from symelbo.geometry import Ranks, generic_ranks, generic_screen, ranks_at
from symelbo.loci import CylindricalLocus, Where, cylindrical_locus
from symelbo.loci.locus import dropping_rank, open_words
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import STATEMENTS
from symelbo.verification import Proved, Refuted, Undecided, Verdict, is_cylindrical

__all__ = ["Explanation", "explain"]

WIDTH = 100
VISIBLE_LIMIT = LIMITS.explained_visible
RECOGNITION_LIMIT = LIMITS.recognition_states
LONG = 400

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What there is to say about one model; ``text()`` is the page, ``as_dict()`` the data.

    Attributes
    ----------
    verdict : of ``is_cylindrical``, at every admissible point or at ``point``
    ranks : generic, or at the point
    point : the point asked for, or None
    example : the point at which angles are given
    locus : where the model is cylindrical (None when a point was asked for)
    defect, angles, symbolic, survivors, tangent, repairs : see the functions of the same names
    recognition : how the projected gradient at the example depends on the parameters of a mean field q(h|v)
    left_out : what was not computed, and why
    """

    model: Parametrization
    verdict: Verdict
    ranks: Ranks
    point: Point | None
    example: Point | None
    locus: CylindricalLocus | None
    defect: DefectForm | None
    angles: PrincipalAngles | None
    symbolic: SymbolicAngles | None
    survivors: SurvivingObjectives | None
    tangent: ExtendedTangent | None
    recognition: RecognitionDependence | None
    repairs: tuple[Repair, ...]
    left_out: tuple[str, ...]

    @property
    def scope(self) -> str:
        """Where the model is cylindrical, in words."""
        if self.locus is not None:
            return self.locus.scope
        if self.point is None:
            scope = self.verdict.scope
            return str(scope if isinstance(self.verdict, Proved) or scope.is_locus else Where.OPEN)
        return str(Where.HERE if isinstance(self.verdict, Proved) else Where.NOT_HERE)

    def sections(self) -> list[tuple[str, list[str]]]:
        """The page as titles with paragraphs."""
        parts = [
            ("Where", self._where()),
            ("How badly", self._how_badly()),
            ("For which objectives", self._objectives()),
            ("With a recognition model", self._recognition()),
            ("What would mend it", self._repairs()),
            ("Left out", list(self.left_out)),
        ]
        return [(title, lines) for title, lines in parts if lines]

    def headline(self) -> str:
        """The verdict in one sentence."""
        name = self.model.name or "The model"
        r = self.ranks
        split = f"{r.joint} = {r.joint - r.vertical} horizontal + {r.joint - r.visible} vertical + {r.oblique} oblique"
        place = "" if self.point is None else f" at {self.point}"
        if isinstance(self.verdict, Proved):
            where = place or f" {self.verdict.scope}"
            return f"{name} is cylindrical{where}: the tangent space splits, {split} directions."
        if isinstance(self.verdict, Refuted):
            return f"{name} is not cylindrical{place}: {split} directions of the tangent space."
        reason = getattr(self.verdict, "reason", "")
        return f"Whether {name} is cylindrical{place} is undecided: {reason}"

    def text(self) -> str:
        """Return the page."""
        lines = [repr(self.model), "", *_wrapped(self.headline(), "")]
        for title, paragraphs in self.sections():
            lines += ["", title.upper()]
            for paragraph in paragraphs:
                lines += _wrapped(paragraph, "  ")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as data: exact numbers and expressions as strings."""
        return data_of(self)

    def _where(self) -> list[str]:
        lines = []
        locus = self.locus
        if locus is not None:
            among = {"nowhere": " among the admissible points", "exactly on": ", at its admissible points"}
            extent = getattr(self.verdict, "extent_certificate", None)
            lines.append(f"Cylindrical {locus.scope}{among.get(locus.extent, '')}{_hash(extent)}.")
            for c in locus.components:
                lines.append(f"On {{{c}}} the whole model is cylindrical, for example at {c.point}.")
            for system in locus.open:
                lines.append(_open_locus(system, bool(locus.components)))
            if locus.where.is_open:
                if locus.holds is not None:
                    lines.append(f"It is cylindrical at {locus.holds}.")
                if locus.fails is not None:
                    lines.append(f"It is not cylindrical at {locus.fails}.")
        if self.defect is not None:
            lines += self._defect_lines(self.defect)
        if locus is not None:
            for c in locus.inadmissible:
                how = "generically" if c.largest else "at some points"
                lines.append(
                    f"Not admissible on {{{c}}}: there the ranks of J and J_V are {how} {c.ranks.joint} and "
                    f"{c.ranks.visible} (at admissible points {locus.ranks.joint} and {locus.ranks.visible})."
                )
            for system in locus.inadmissible_open:
                lines.append(_open_inadmissible(system, bool(locus.inadmissible)))
            if not locus.inadmissible and not locus.inadmissible_open:
                lines.append("Every point of the domain is admissible.")
        return lines

    def _defect_lines(self, form: DefectForm) -> list[str]:
        if form.vector is None:
            return []
        scalar = _short(form.scalar)
        vector = ", ".join(map(str, form.vector))
        states = ", ".join(self.model.space.visible_key(s) for s in self.model.space.visible_states)
        order = " ".join(self.model.space.visible_key(s).replace(",", "") for s in self.model.space.visible_states)
        name = order if all(len(str(a)) == 1 for s in self.model.space.visible_states for a in s) else states
        lines = [f"The defect is Delta = kappa e e^T with e = ({vector}), visible states in the order {name}, and"]
        lines.append(f"kappa = {scalar}.")
        if form.is_positive:
            how = "its factors have no zero there"
            if form.witnesses:
                how = "its factors are sums of products of positive factors of the domain"
                shown = form.witnesses[0].witness
                if shown is not None and len(str(shown)) < LONG and len(form.witnesses) == 1:
                    how = f"{shown} is a sum of products of positive factors of the domain"
            lines.append(f"kappa > 0 on the whole domain: {how}{_hash(form.certificate)}.")
        return lines

    def _how_badly(self) -> list[str]:
        lines = []
        found = self.angles
        if self.symbolic is not None and self.defect is not None and self.defect.vector is not None:
            lines.append(
                "The oblique direction makes an angle with H_p whose squared cosine is 1 - kappa * sum_v e(v)^2/p_V(v)."
            )
        if self.symbolic is not None and self.symbolic.oblique == 2:
            lines.append(
                "The two oblique directions have squared cosines a and b with a + b = 2 - sum_v Delta(v,v)/p_V(v) and "
                "a b = a + b - 1 + sum_{v<w} (Delta(v,v) Delta(w,w) - Delta(v,w)^2)/(p_V(v) p_V(w))."
            )
        if found is None:
            return lines
        place = self.point or self.example
        squares = ", ".join(f"{_number(e)}" + (f" ({k} times)" if k > 1 else "") for e, k in found.cosines_squared)
        angles = ", ".join(degrees(e) for e, k in found.cosines_squared for _ in range(k))
        lines.append(f"At {place}: squared cosines of the principal angles {squares}; angles {angles} degrees.")
        lines.append(
            f"Fraction of missing information: {_number(found.missing_information)}; "
            f"among directions that move p_V: {_number(found.visible_missing_information)}."
        )
        if found.oblique:
            lines += self._bounds(found)
        return lines

    def _bounds(self, found: PrincipalAngles) -> list[str]:
        """What the angles say about the two gradients of one objective."""
        smallest = found.oblique[0][0]
        if found.parallel:
            return [
                "For every objective the projected gradient of the ELBO has the direction of the visible gradient, and "
                f"the fraction c^2 = {_number(smallest)} of its length."
            ]
        lines = [
            "For every objective the projected gradient of the ELBO keeps an angle with the visible gradient of "
            f"cosine at least 2c/(1+c^2) = {_number(found.kantorovich)}, c^2 = {_number(smallest)}."
        ]
        if found.worst_objective is not None:
            lines.append(
                f"It is shortest for L with differential proportional to ({_vector(found.worst_objective)}): the "
                f"fraction {_number(smallest)} of the visible gradient, in its direction."
            )
        return lines

    def _objectives(self) -> list[str]:
        found = self.survivors
        if found is None:
            return []
        if not found.conditions:
            return ["The projected gradient is the visible gradient for every objective."]
        many = "one linear condition" if len(found.conditions) == 1 else f"{len(found.conditions)} linear conditions"
        words = found.words if len(found.words) < LONG else f"{many} (long; see the data)"
        place, rest = self._survivors_place()
        if found.only_constants:
            lines = [
                f"{place} the equality survives for {words}. L is stationary at p_V then: both gradients are 0.{rest}"
            ]
        else:
            lines = [
                f"{place} the equality survives exactly for objectives L with differential l such that: {words}.{rest}"
            ]
        if found.functions:
            names = function_names(len(found.functions), self.names_in_use())
            terms = zip(names, found.functions, strict=True)
            sums = " + ".join(f"{a}{'_' * bool(k)}{k}({', '.join(s)})" for (a, k), s in terms)
            which = "These are exactly the objectives with" if found.complete else "So it does for every objective with"
            lines.append(f"{which} l = {sums}.")
        return lines

    @property
    def recognition_family(self) -> str:
        """The family of conditional distributions q_phi(h|v) in words."""
        return "free tables" if len(self.model.space.hidden) == 1 else "mean field, a table for each hidden variable"

    def names_in_use(self) -> list[str]:
        """The names of variables and parameters."""
        return [*(v.name for v in self.model.space.variables), *map(str, self.model.parameters)]

    def survivors_scope(self) -> Where:
        """Where the conditions on objectives are those that are shown."""
        found, locus = self.survivors, self.locus
        if found is not None and found.point is not None:
            return Where.HERE
        if locus is not None and found is not None and len(found.conditions) == 1 and not locus.where.is_open:
            return Where("off", locus.components) if locus.components else Where.EVERYWHERE
        return Where.EVERYWHERE if found is None or found.everywhere else Where.GENERICALLY

    def _survivors_place(self) -> tuple[str, str]:
        """Where the conditions hold, and what holds elsewhere."""
        found, scope = self.survivors, self.survivors_scope()
        if found is None or scope == Where.EVERYWHERE:
            return "At every admissible point", ""
        if scope == Where.HERE:
            return f"At {found.point}", ""
        if scope.kind == "off":
            return f"At admissible points {scope}", " On that set it survives for every objective."
        m = len(found.conditions)
        independent = "" if found.constant else ", these conditions independent,"
        rest = " Where rank Delta is smaller it survives for more objectives."
        return f"At admissible points with rank Delta = {m}{independent}", rest

    def _recognition(self) -> list[str]:
        found = self.recognition
        if found is None:
            return []
        return [f"q_phi(h|v) with {self.recognition_family}, at {self.point or self.example}: {found.words}."]

    def _repairs(self) -> list[str]:
        lines = []
        if self.tangent is not None and self.tangent.added:
            lines.append(
                f"The smallest cylindrical tangent space that contains T_pM has dimension {self.tangent.dimension}: "
                f"{self.tangent.words}."
            )
        for repair in self.repairs:
            remarks = [] if repair.verdict is None else ["verified" if repair.verified else "not verified"]
            if repair.kind == "arrows" and repair.cheapest:
                remarks.append("no fewer arrows give a cut")
            if not repair.cheapest:
                remarks.append("a smallest one found; not proved to be the cheapest")
            verified = f" ({'; '.join(remarks)})" if remarks else ""
            more = repair.parameters - len(self.model.parameters)
            cost = "" if repair.kind == "observe" else f", {more} more parameter{'s' if more != 1 else ''}"
            lines.append(f"- {repair.words}{cost}{verified}")
        return lines

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"Explanation of {self.model.name or 'a model'}: cylindrical {self.scope}"


def explain(
    M: Parametrization, at: Mapping[Any, Any] | Point | None = None, *, budget: float | Budget = 30.0
) -> Explanation:
    """Explain where a model is cylindrical, how far it is from it elsewhere, for whom that matters and what would help.

    Parameters
    ----------
    M : Parametrization
    at : mapping from parameter to rational, optional
        Explain the verdict at this point.
    budget : seconds, or Budget(seconds=..., memory=...)
        Searches end in time by themselves; what does not is ended, and the page says what was left out.

    >>> from symelbo.models import model_b
    >>> page = explain(model_b())
    >>> page.scope
    'nowhere'
    >>> print(page.headline())
    M(b) is not cylindrical: 5 = 2 horizontal + 2 vertical + 1 oblique directions of the tangent space.
    """
    if not isinstance(M, Parametrization):
        raise ModelError(f"explain: {M!r} has no table that could be explained; expected an enumerated model")
    limits = Budget.of(budget)
    point = None if at is None else M.point(at)
    parts: dict[str, Any] = dict.fromkeys(("locus", "example", *PARTS))
    left_out: list[str] = []
    busy = "verdict"
    course = _course(M, point, limits.seconds)
    try:
        for kind, value in within(limits, course, (M, M.field, *M.parameters, *STATEMENTS)):
            if kind == "left out":
                left_out.append(value)
            elif kind == "begin":
                busy = value
            else:
                parts[kind] = value
    except BudgetError as error:
        left_out.append(f"{busy}: {error}")
        names = list(NAMES.values())
        later = names[names.index(busy) + 1 if busy in names else 0 :]
        if later:
            left_out.append(f"{', '.join(later)}: no time left")
        tried = (f"ranks modulo a prime: {tuple(generic_screen(M).ranks())}",)
        parts.setdefault("verdict", Undecided(str(error), tried))
    parts.setdefault("ranks", generic_screen(M).ranks())
    repairs_found = parts.pop("repairs") or ()
    return Explanation(model=M, point=point, repairs=repairs_found, left_out=tuple(left_out), **parts)


# The parts of the page in the order in which they are computed, and what they are called.
NAMES = {
    "locus": "where it is cylindrical",
    "defect": "the defect as a function",
    "angles": "principal angles",
    "symbolic": "squared cosines as functions",
    "survivors": "objectives that survive",
    "tangent": "the smallest tangent space that splits",
    "recognition": "recognition models",
    "repairs": "what would mend it",
}
PARTS = tuple(NAMES)[1:]


def _course(M: Parametrization, point: Point | None, seconds: float | None) -> Iterator[tuple[str, Any]]:
    """The parts of the page one after the other, as ("part", value); ("begin", what), ("left out", why)."""
    budget = 3600.0 if seconds is None else seconds
    deadline = time.monotonic() + budget
    left_out: list[str] = []

    def attempt(what: str, compute: Callable[[], T]) -> T | None:
        if time.monotonic() > deadline:
            left_out.append(f"{what}: no time left")
            return None
        try:
            return compute()
        except (BudgetError, ExactnessError, DomainError) as error:
            left_out.append(f"{what}: {error}")
            return None

    yield "begin", "verdict"
    verdict = is_cylindrical(M, point)
    yield "verdict", verdict
    yield "begin", NAMES["locus"]
    locus: CylindricalLocus | None = None
    ranks = ranks_at(M, point) if point is not None else attempt("exact generic ranks", lambda: generic_ranks(M))
    if ranks is None:
        ranks = generic_screen(M).ranks()
        left_out.append(f"{NAMES['locus']}: the ranks on the page are those at a random point modulo a prime")
    elif point is None:
        locus = attempt(NAMES["locus"], lambda: cylindrical_locus(M))
    yield "ranks", ranks
    yield "locus", locus
    example = point or (locus.fails or (locus.holds if isinstance(locus.holds, Point) else None) if locus else None)
    counterexample = getattr(verdict, "counterexample", None)
    if point is None and counterexample is not None:
        example = counterexample.point
    yield "example", example
    small = M.space.n_visible <= VISIBLE_LIMIT
    if not small:
        left_out.append(f"defect, angles and objectives: {M.space.n_visible} visible states, more than {VISIBLE_LIMIT}")
    oblique = ranks.oblique > 0
    few = M.space.n_states <= RECOGNITION_LIMIT
    if oblique and example is not None and not few:
        left_out.append(f"{NAMES['recognition']}: {M.space.n_states} states, more than {RECOGNITION_LIMIT}")
    wanted: dict[str, tuple[bool, Callable[[], Any]]] = {
        "defect": (small and oblique and point is None, lambda: defect_form(M)),
        "angles": (small and example is not None, lambda: example and principal_angles(M, example)),
        "symbolic": (small and oblique and point is None, lambda: symbolic_angles(M)),
        "survivors": (small, lambda: _survivors_of(M, point, example, left_out)),
        "tangent": (oblique and example is not None, lambda: extended_tangent(M, example)),
        "recognition": (
            oblique and example is not None and few,
            lambda: example and recognition_dependence(M, mean_field(M.space), example),
        ),
        "repairs": (True, lambda: repairs(M, budget=max(1.0, deadline - time.monotonic() - 0.5))),
    }
    for part in PARTS:
        applies, compute = wanted[part]
        if applies:
            yield "begin", NAMES[part]
            found = attempt(NAMES[part], compute)
            yield part, found
            if found is None and not left_out and part in ("defect", "symbolic"):
                left_out.append(f"{NAMES[part]}: {_why_not(part, ranks)}")
        while left_out:
            yield "left out", left_out.pop(0)


def _why_not(part: str, ranks: Ranks) -> str:
    if part == "symbolic" and ranks.oblique > 2:
        return f"given for one or two oblique directions, not for {ranks.oblique}"
    return "the model is too large for formulas"


def _survivors_of(
    M: Parametrization, point: Point | None, example: Point | None, left_out: list[str]
) -> SurvivingObjectives:
    from symelbo.verification.cost import is_affordable

    if point is None and example is not None and not is_affordable(M) and not generic_ranks(M).cylindrical:
        left_out.append(
            f"{NAMES['survivors']}: the conditions are those at {example}; elsewhere they may be other ones"
        )
        return surviving_objectives(M, example)
    return surviving_objectives(M, point)


def _hash(certificate: Any) -> str:
    return "" if certificate is None else f" (certificate {certificate.sha256[:12]}, accepted by the checker)"


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + "  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _equations(system: Sequence[sympy.Expr]) -> str:
    text = open_words(system)
    return text if len(text) < LONG else text[:LONG] + " ..."


def _open_locus(system: Sequence[sympy.Expr], some: bool) -> str:
    """What is not known about where the model is cylindrical."""
    if dropping_rank(system) is not None:
        return f"Open: whether it is cylindrical at {'other points too' if some else 'some points'}."
    return f"Open: whether it is cylindrical somewhere with {_equations(system)}."


def _open_inadmissible(system: Sequence[sympy.Expr], some: bool) -> str:
    """What is not known about inadmissible points."""
    rank = dropping_rank(system)
    if rank is not None:
        return f"Open: whether {rank} is smaller at {'other points too' if some else 'some points'}."
    return f"Open: whether there are inadmissible points with {_equations(system)}."


def _short(expression: sympy.Expr) -> str:
    text = str(expression)
    return text if len(text) < 2 * LONG else f"a rational function of {len(text)} characters (see the data)"


def _number(value: sympy.Expr) -> str:
    if value.is_Rational:
        return str(value)
    text = str(value)
    about = approximate(value)
    return f"{text} (about {about})" if len(text) < 60 else f"about {about}"


def _vector(vector: sympy.Matrix) -> str:
    if all(e.is_Rational for e in vector):
        return ", ".join(map(str, vector))
    return ", ".join(map(approximate, vector))
