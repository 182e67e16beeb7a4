"""How each statement is decided on a model: the procedures, and the seven independent routes of S4.

An :class:`Examination` holds what several statements share (generic ranks, decomposition, counterexample), each
computed once.  Where a symbolic evaluation is too large to be affordable, formulas are evaluated at exact points and
the verdict's scope says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property, reduce
from itertools import islice

from symelbo.certificates import Certificate, is_large, rational_point
from symelbo.errors import BudgetError, DomainError, InternalError
from symelbo.exact import ELIMINATION_TERMS, QQ, Entry, Matrix, RationalField
from symelbo.geometry import (
    Geometry,
    Ranks,
    TangentDecomposition,
    decompose,
    generic_ranks,
    generic_screen,
    geometry,
    parent_probabilities,
    ranks_at,
    structural_bounds,
)
from symelbo.models.criteria import (
    CollapsibleCut,
    MarkovCut,
    MarkovObstruction,
    log_linear_cut,
    markov_cut,
    verify_markov_cut,
)
from symelbo.models.graphs import BayesianNetwork
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import CONDITIONS, Formula, Statement, statement
from symelbo.verification.cost import is_affordable
from symelbo.verification.counterexamples import admissible_point, counterexample_at, find_counterexample
from symelbo.verification.nowhere import extent_with_certificate
from symelbo.verification.verdicts import Counterexample, NotApplicable, Proved, Refuted, Scope, Undecided, Verdict

__all__ = ["Examination", "decide"]

# Formulas with |X| x |X| matrices are evaluated at points up to this |X|.
POINT_LIMIT = 300
# |X| * d up to which formulas are evaluated at points at all.
EVALUATION_LIMIT = 20_000
# Terms of a row in an elimination that only adds to what is known.
SHORT_ELIMINATION = 500


class Examination:
    """One model (at a point, or everywhere) under examination."""

    def __init__(self, model: Parametrization, point: Point | None = None) -> None:
        self.model = model
        self.point = point

    @cached_property
    def graph_cut(self) -> MarkovCut | CollapsibleCut | None:
        """The cut that a graph criterion finds at once, whatever the size."""
        structure, hidden = self.model.structure, [v.name for v in self.model.space.hidden]
        if isinstance(structure, BayesianNetwork):
            found = markov_cut(structure.graph(), hidden)
            return found if isinstance(found, MarkovCut) else None
        generators = getattr(structure, "generators", None)
        if generators is None:
            return None
        answer = log_linear_cut([*generators, *([h] for h in hidden)], hidden)
        return answer if isinstance(answer, CollapsibleCut) else None

    @cached_property
    def exact_generic_ranks(self) -> Ranks | None:
        """The exact generic ranks, or None where the elimination that proves an upper bound is too large.

        Where lower bounds refute already, a short elimination is tried: it would add that the point is admissible.
        """
        lower, upper = generic_screen(self.model).ranks(), structural_bounds(self.model)
        if self.graph_cut is not None and lower.cylindrical and lower.joint == upper.joint:
            return lower  # rank J is exact, and in a cylindrical model the other two, bounded below, add up to it
        refuted = lower.visible + lower.vertical > upper.joint
        try:
            return generic_ranks(self.model, terms=SHORT_ELIMINATION if refuted else ELIMINATION_TERMS)
        except BudgetError:
            return None

    @cached_property
    def generic_ranks(self) -> Ranks:
        """The generic ranks: exact, or lower bounds where :attr:`exact_generic_ranks` is None."""
        exact = self.exact_generic_ranks
        return generic_screen(self.model).ranks() if exact is None else exact

    @cached_property
    def ranks(self) -> Ranks:
        """The exact ranks: at the point, or generic."""
        return self.generic_ranks if self.point is None else ranks_at(self.model, self.point)

    @cached_property
    def looks_cylindrical(self) -> bool:
        """The screen's opinion, a guide only: ranks modulo a prime."""
        return generic_screen(self.model, seed=1).ranks().cylindrical

    @cached_property
    def decomposition(self) -> TangentDecomposition:
        """The tangent decomposition, with the null vectors that prove the ranks."""
        return decompose(self.model, self.point)

    @cached_property
    def is_admissible(self) -> bool:
        """Whether the point of the examination is admissible."""
        return self.point is None or self.ranks[:2] == self.generic_ranks[:2]

    @cached_property
    def counterexample(self) -> Counterexample | None:
        """A counterexample, at the point or at one that is searched for."""
        if self.point is not None:
            return None if self.ranks.cylindrical else counterexample_at(self.model, self.point)
        return find_counterexample(self.model, self.generic_ranks)

    @cached_property
    def sample_point(self) -> Point:
        """An admissible point: shows that the hypotheses are not vacuous."""
        return self.named_point or admissible_point(self.model, self.generic_ranks)

    @property
    def named_point(self) -> Point | None:
        """The point, where a certificate can name it; at another one it says more: at every admissible point."""
        return self.point if self.point is not None and self.point.is_rational else None

    @cached_property
    def sample_points(self) -> tuple[Point, ...]:
        """Exact points for evaluations: the given one, or a few admissible ones."""
        if self.point is not None:
            return (self.point,)
        if not self.model.field.is_free:  # random parameters make numbers in Q(exp(1/N)) of high degree
            return (self.sample_point,)
        values = islice(self.model.domain.interior_points(seed=11), 40)
        points = (Point(self.model.field, v) for v in values)
        return (self.sample_point, *islice(filter(self._is_generic, points), 1))

    def _is_generic(self, point: Point) -> bool:
        """Whether a point is admissible; where a probability vanishes it is not even a point of the model."""
        try:
            return ranks_at(self.model, point)[:2] == self.generic_ranks[:2]
        except DomainError:
            return False

    @cached_property
    def large(self) -> bool:
        """Whether even at points matrices with a row for every state are not evaluated: certificates do without."""
        return self.model.space.n_states * len(self.model.parameters) > EVALUATION_LIMIT

    @cached_property
    def affordable(self) -> bool:
        """Whether formulas are evaluated symbolically."""
        return self.point is None and is_affordable(self.model)

    def evaluate_at_points(self) -> None:
        """From now on evaluate formulas at exact points instead of over the field."""
        self.affordable = False
        self.__dict__.pop("geometries", None)

    @cached_property
    def geometries(self) -> tuple[Geometry, ...]:
        """Where formulas are evaluated: over the field if affordable, else at the sample points."""
        if self.affordable:
            return (geometry(self.model),)
        return tuple(geometry(self.model, p) for p in self.sample_points)

    @cached_property
    def cylindrical(self) -> Verdict:
        """The verdict on S3, shared by the statements that suppose it."""
        return _cylindrical(self)

    @cached_property
    def extended(self) -> Verdict:
        """The same verdict, and where it is refuted everywhere: where the model is cylindrical nevertheless."""
        verdict = self.cylindrical
        if not isinstance(verdict, Refuted) or self.point is not None or self.exact_generic_ranks is None:
            return verdict
        extent, certificate = extent_with_certificate(self.model, self.exact_generic_ranks, self.sample_point)
        if extent.kind == "nowhere":
            return replace(verdict, scope=Scope.NOWHERE, extent=extent, extent_certificate=certificate)
        return replace(verdict, scope=Scope.LOCUS, extent=extent) if extent.kind == "exactly on" else verdict


def quantity(name: str, at: Geometry) -> Matrix:
    """Return the matrix that a name in a formula denotes."""
    domain = at.domain

    def diagonal(entries: list[Entry], *, invert: bool = False) -> Matrix:
        return Matrix.diagonal(domain, [domain.one / e for e in entries] if invert else entries)

    def marginalisation() -> Matrix:
        rows = [[domain.zero] * len(at.probabilities) for _ in range(at.n_visible)]
        for x in range(len(at.probabilities)):
            rows[x // at.n_hidden][x] = domain.one
        return Matrix(domain, rows)

    table: dict[str, Callable[[], Matrix]] = {
        "J": lambda: at.jacobian,
        "J_V": lambda: at.visible_jacobian,
        "G": lambda: at.metric,
        "G_V": lambda: at.visible_metric,
        "G_H": lambda: at.missing_information,
        "G-": lambda: at.metric_inverse,
        "U": lambda: at.projected_cometric,
        "W": lambda: at.visible_cometric,
        "P": lambda: diagonal(at.probabilities),
        "P_V": lambda: diagonal(at.visible_probabilities),
        "D": lambda: diagonal(at.probabilities, invert=True),
        "D_V": lambda: diagonal(at.visible_probabilities, invert=True),
        "pi": marginalisation,
        "C": lambda: at.horizontal_lift(Matrix.identity(domain, at.n_visible)),
        "I": lambda: Matrix.identity(domain, len(at.probabilities)),
        "I_V": lambda: Matrix.identity(domain, at.n_visible),
        "P_T": lambda: at.tangent_projection,
        "P_H": lambda: at.horizontal_projection,
        "p": lambda: Matrix.column(domain, at.probabilities),
        "p_V": lambda: Matrix.column(domain, at.visible_probabilities),
        "1": lambda: Matrix.column(domain, [domain.one] * len(at.probabilities)),
        "1_V": lambda: Matrix.column(domain, [domain.one] * at.n_visible),
        "L": lambda: local_metric(at),
    }
    return table[name]()


def local_metric(at: Geometry) -> Matrix:
    """S10's closed form: blocks p(pa) (diag(1/theta) + 11^T / theta_last) over the rows of the conditional tables."""
    network = at.model.structure
    if not isinstance(network, BayesianNetwork):
        raise InternalError("the closed form of the metric is for Bayesian networks")
    domain, field = at.domain, at.model.field
    d = at.n_parameters
    rows = [[domain.zero] * d for _ in range(d)]
    values = [field.generator(i) if at.point is None else at.point.values[i] for i in range(d)]
    for family, weights in zip(network.families, parent_probabilities(at), strict=True):
        for row, weight in zip(family.rows, weights, strict=True):
            last = domain.one - domain.sum(values[i] for i in row)
            for i in row:
                for j in row:
                    rows[i][j] = weight / last + (weight / values[i] if i == j else domain.zero)
    return Matrix(domain, rows, d)


def holds(formula: Formula, at: Geometry) -> bool:
    """Whether an identity holds: both sides are multiplied out, their difference is tested entry by entry."""
    cache: dict[str, Matrix] = {}

    def product(factors: tuple[tuple[str, bool], ...]) -> Matrix:
        matrices = []
        for name, transposed in factors:
            if name not in cache:
                cache[name] = quantity(name, at)
            matrices.append(cache[name].T if transposed else cache[name])
        return reduce(lambda a, b: a @ b, matrices)

    total: Matrix | None = None
    for side, terms in ((1, formula.left), (-1, formula.right)):
        for term in terms:
            value = product(term.factors)
            signed = value if side * term.sign > 0 else -value
            total = signed if total is None else total + signed
    return total is None or total.is_zero()


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
    return Proved(Certificate.matrix_algebra(e.model, s, e.sample_point, e.named_point), _scope(e), e.point)


def _evaluate(s: Statement, e: Examination) -> None:
    if e.large:
        return
    for at in e.geometries:
        for formula in s.formulas:
            if not _too_large(formula, at) and not holds(formula, at):
                raise InternalError(f"{formula} fails on {e.model!r}")


def _scope(e: Examination, *, without: Scope = Scope.EVERYWHERE) -> Scope:
    """At a point, if one is examined."""
    return without if e.point is None else Scope.POINT


def _too_large(formula: Formula, at: Geometry) -> bool:
    square = formula.names() & {"P", "D", "pi", "C", "I", "P_T", "P_H"}
    return bool(square) and len(at.probabilities) > POINT_LIMIT


def _cylindrical(e: Examination) -> Verdict:
    """S3: the ranks decide; null vectors prove a yes, a rational point proves a no."""
    if e.point is not None:
        if not e.ranks.cylindrical:
            return _refuted(e)
        if e.named_point is None:
            return _splits_at_exponentials(e, e.point)
        return Proved(Certificate.conditions(e.model, statement("S3"), e.point, truth=True), Scope.POINT, e.point)
    if is_large(e.model) and e.graph_cut is not None:
        cut = _by_graph_criterion(statement("S3"), e, e.graph_cut)
        return Proved(cut.certificate, Scope.EVERYWHERE, detail=cut.detail)
    if e.generic_ranks.cylindrical:
        if e.exact_generic_ranks is None:
            return Undecided(
                "the ranks modulo a prime say: cylindrical; the elimination that would prove it is too large",
                (f"ranks modulo a prime: {tuple(e.generic_ranks)}", "null vectors by elimination"),
            )
        decomposition = e.decomposition
        if not decomposition.is_cylindrical:
            raise InternalError(f"ranks {e.generic_ranks} say cylindrical, the null vectors {decomposition!r} do not")
        return Proved(Certificate.null_vectors(e.model, decomposition, e.sample_point), Scope.EVERYWHERE)
    return _refuted(e)


def _splits_at_exponentials(e: Examination, point: Point) -> Verdict:
    """T splits at a point with values in Q(exp(1/N)), which no certificate can name: it has to split at all of them."""
    everywhere = Examination(e.model).cylindrical
    if isinstance(everywhere, Proved):
        return replace(everywhere, scope=Scope.POINT, point=point, detail="as at every admissible point")
    return Undecided(
        f"by its exact ranks {tuple(e.ranks)} the tangent space splits at this point, but no certificate can name "
        "values such as exp(1/2); give rational values for the exponentials where they are free",
        scope=Scope.POINT,
    )


def _refuted(e: Examination) -> Verdict:
    found = e.counterexample
    if e.exact_generic_ranks is None:
        return _refuted_by_lower_bounds(e, found)
    if found is None:
        return Undecided(
            f"the generic ranks {tuple(e.generic_ranks)} say: not cylindrical, but no rational point of small height "
            "shows it",
            ("simple rational points of the domain",),
        )
    if found.point.is_rational:
        return Refuted(found, _certificate_against(e.model, found), Scope.POINT, found.point)
    # The point has values in Q(exp(1/N)); the certificate is for a rational stand-in and says: generically.
    formal = counterexample_at(e.model, rational_point(found.point, e.model.domain))
    certificate = replace(_certificate_against(e.model, formal), scope="generic")
    return Refuted(found, certificate, _scope(e, without=Scope.GENERICALLY), found.point)


def _refuted_by_lower_bounds(e: Examination, found: Counterexample | None) -> Verdict:
    """Where the rank of J_V has no proved upper bound: minors that already add up to more than rank J can be."""
    certificate = None if found is None else Certificate.generic_minors(e.model, statement("S3"), found)
    if found is None or certificate is None:
        return Undecided(
            f"the ranks have the lower bounds {tuple(e.generic_ranks)}; the elimination that would prove upper bounds "
            "is too large",
            ("ranks modulo a prime", "null vectors by elimination over the function field"),
        )
    detail = "by lower bounds of the ranks; whether the point is admissible is open"
    return Refuted(found, certificate, Scope.GENERICALLY, found.point, detail=detail)


def _certificate_against(model: Parametrization, found: Counterexample) -> Certificate:
    """Minors on a large model, otherwise the gradients in full."""
    compact = Certificate.minors(model, statement("S3"), found) if is_large(model) else None
    return Certificate.not_cylindrical(model, found) if compact is None else compact


def _splits(_: Statement, e: Examination) -> Verdict:
    return e.extended


def _everywhere(verdict: Proved, e: Examination) -> Proved:
    """A fact at the counterexample, which the theorem extends to all admissible points where S3 is refuted there."""
    base = e.extended
    if not isinstance(base, Refuted) or base.scope is not Scope.NOWHERE:
        return verdict
    return replace(verdict, scope=Scope.EVERYWHERE, extent_certificate=base.extent_certificate)


def _seven_conditions(s: Statement, e: Examination) -> Verdict:
    """S4: every condition by its own route; all must give the answer of S3."""
    expected = e.cylindrical
    if isinstance(expected, Undecided):
        return Undecided("whether the model is cylindrical is undecided", expected.tried)
    truth = isinstance(expected, Proved)
    by_ranks = e.large or e.exact_generic_ranks is None
    if by_ranks and isinstance(expected, Proved | Refuted) and expected.certificate.follows(s):
        # The ranks, or the null vectors, decide condition (b) or (a); the theorem does the rest.
        certificate = expected.certificate.for_statement(s)
        detail = (
            f"conditions (a) and (b) {'true' if truth else 'false'}, so all are; the others not evaluated at this size"
        )
        found = Proved(certificate, expected.scope, expected.point, detail=detail)
        return found if truth else _everywhere(found, e)
    symbolic = truth and e.affordable
    places = e.geometries if symbolic else _places(e, truth=truth)
    answers = {c.letter: [_ROUTES[c.letter](e, at) for at in places] for c in CONDITIONS}
    wrong = [letter for letter, found in answers.items() if any(a is not None and a != truth for a in found)]
    if wrong:
        raise InternalError(
            f"condition ({', '.join(wrong)}) of S4 is {not truth} where S3 is {truth} on {e.model!r}: {answers}"
        )
    skipped = [letter for letter, found in answers.items() if None in found]
    detail = f"all {7 - len(skipped)} conditions {'true' if truth else 'false'}"
    if skipped:
        detail += f"; ({', '.join(skipped)}) not evaluated, |X| is too large"
    if isinstance(expected, Proved) and e.named_point is None:
        return Proved(expected.certificate.for_statement(s), expected.scope, e.point, detail=detail)
    point = places[0].point or e.sample_point
    certificate = Certificate.conditions(e.model, s, point, truth=truth)
    scope = Scope.POINT if point.is_rational else _scope(e, without=Scope.GENERICALLY)
    found = Proved(certificate, scope, point, detail=detail)
    return found if truth else _everywhere(found, e)


def _places(e: Examination, *, truth: bool) -> tuple[Geometry, ...]:
    if not truth and e.counterexample is not None:
        return (geometry(e.model, e.counterexample.point),)
    return tuple(geometry(e.model, p) for p in e.sample_points)


def _route_a(e: Examination, at: Geometry) -> bool:
    """Dimensions of the intersections themselves, from null spaces."""
    found = decompose(e.model, at.point)
    return found.dims.horizontal + found.dims.vertical == found.dim


def _route_b(e: Examination, at: Geometry) -> bool:
    return (e.generic_ranks if at.point is None else ranks_at(e.model, at.point)).cylindrical


def _route_f(e: Examination, at: Geometry) -> bool:
    """Eigenvalues of G_V relative to G.

    At a point the characteristic polynomial of G^- G_V is lambda^a (lambda - 1)^b.  Over the field: the eigenvalues lie
    in [0, 1] and rank J_V of them are not 0, so they are all 0 or 1 exactly when their sum tr(G^- G_V) is rank J_V.
    """
    if isinstance(at.domain, RationalField):
        relative = at.metric_inverse @ at.visible_metric
        return _zeros_and_ones(relative.characteristic_polynomial())
    trace = at.domain.sum(at.projected_cometric[v, v] / at.visible_probabilities[v] for v in range(at.n_visible))
    return bool(trace == at.domain.constant(e.generic_ranks.visible))


def _zeros_and_ones(coefficients: list[Entry]) -> bool:
    """Whether a polynomial, constant term first, is lambda^a (lambda - 1)^b."""
    while coefficients and not coefficients[0]:
        coefficients = coefficients[1:]
    while len(coefficients) > 1:
        # Divide by (lambda - 1): synthetic division, highest coefficient first.
        quotient, carry = [], QQ.zero
        for c in reversed(coefficients):
            carry = carry + c
            quotient.append(carry)
        if quotient.pop():
            return False
        coefficients = quotient[::-1]
    return True


def _route_of_formula(letter: str) -> Callable[[Examination, Geometry], bool | None]:
    formula = next(c.formula for c in CONDITIONS if c.letter == letter)
    if formula is None:
        raise InternalError(f"condition ({letter}) has no formula")

    def route(_: Examination, at: Geometry) -> bool | None:
        return None if _too_large(formula, at) else holds(formula, at)

    return route


_ROUTES: dict[str, Callable[[Examination, Geometry], bool | None]] = {
    "a": _route_a,
    "b": _route_b,
    "c": _route_of_formula("c"),
    "d": _route_of_formula("d"),
    "e": _route_of_formula("e"),
    "f": _route_f,
    "g": _route_of_formula("g"),
}


def _logarithms(s: Statement, e: Examination) -> Verdict:
    """S7: both identities are linear in formal logarithms; compare the coefficient of every log."""
    left, right = logarithmic_sides(e.model)
    if left != right:
        raise InternalError("the coefficients of the logarithms differ")
    return Proved(Certificate.logarithms(e.model, s, e.sample_point), Scope.SPACE)


def logarithmic_sides(model: Parametrization) -> tuple[dict[str, Matrix], dict[str, Matrix]]:
    """Coefficients, as linear maps of q, of the formal logarithms in D(q||p) and in D(q_V||p_V) + GAP(q, p).

    One fibre stands for all: no term mixes two of them.  Keys: ``"q"``, ``"p"`` (|H| logarithms each) and ``"q_V"``,
    ``"p_V"`` (one each).  GAP is built from its definition
    ``sum_v q_V(v) sum_h q(h|v) (log q(h|v) - log p(h|v))`` with ``log q(h|v) = log q(v,h) - log q_V(v)``.
    """
    m = model.space.n_hidden
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
        return Undecided("whether the model is cylindrical is undecided")
    for at in () if e.large else e.geometries:
        for formula in s.formulas:
            if not _too_large(formula, at) and not holds(formula, at):
                raise InternalError(f"{formula} fails on {e.model!r}, which the null vectors prove cylindrical")
    return Proved(base.certificate.for_statement(s), base.scope, base.point)


def _not_cylindrical(e: Examination) -> str:
    base = e.extended
    extent = base.extent if isinstance(base, Refuted) else None
    return "the model is not cylindrical" if extent is None else f"the model is cylindrical {extent}"


def _converse(s: Statement, e: Examination) -> Verdict:
    """S9: the counterexample has both an L and a q, checked exactly when it was built."""
    base = e.cylindrical
    if isinstance(base, Proved):
        return NotApplicable("the model is cylindrical", base.scope)
    if not isinstance(base, Refuted):
        return Undecided("whether the model is cylindrical is undecided")
    found: Counterexample = base.counterexample
    if found.projected_elbo_gradient == found.visible_gradient or not any(found.optimal_gradient.values()):
        raise InternalError("the counterexample does not separate the gradients")
    return _everywhere(Proved(base.certificate.for_statement(s), base.scope, found.point), e)


def _locality(s: Statement, e: Examination) -> Verdict:
    if not isinstance(e.model.structure, BayesianNetwork):
        return NotApplicable("the model is not given as a Bayesian network with free conditional tables")
    _evaluate(s, e)
    return Proved(Certificate.local_tables(e.model, s, e.sample_point, e.named_point), _scope(e), e.point)


def _cut(s: Statement, e: Examination) -> Verdict:
    """S11: a graph criterion first; otherwise constant horizontal and vertical directions, which are a cut too."""
    if e.graph_cut is not None:
        return _by_graph_criterion(s, e, e.graph_cut)
    structure = e.model.structure
    if isinstance(structure, BayesianNetwork):
        answer = markov_cut(structure.graph(), [v.name for v in e.model.space.hidden])
        if isinstance(answer, MarkovObstruction):
            return NotApplicable(f"no cut: {answer.reasons[0]}")
    if e.point is not None or not isinstance(e.cylindrical, Proved):
        return NotApplicable("no cut is known: the model is not cylindrical" if e.point is None else "a cut is global")
    found = e.decomposition
    if e.generic_ranks.joint == e.model.space.n_states - 1:
        detail = "M is open in P(X): p_V and p(h|v) vary independently"
        return Proved(e.cylindrical.certificate.for_statement(s), Scope.EVERYWHERE, detail=detail)
    if not all(c.is_constant for m in _parts(found) for r in m.rows for c in r):
        return NotApplicable("no cut in these parameters: the horizontal and vertical directions depend on the point")
    certificate = e.cylindrical.certificate.for_statement(s)
    return Proved(
        certificate, Scope.EVERYWHERE, detail="constant horizontal and vertical directions span the parameters"
    )


def _parts(found: TangentDecomposition) -> tuple[Matrix, Matrix, Matrix]:
    return found.horizontal_parameters, found.vertical_parameters, found.null_parameters


def _by_graph_criterion(s: Statement, e: Examination, cut: MarkovCut | CollapsibleCut) -> Proved:
    """A proof for every size; where the ranks modulo p can be had they must agree."""
    if e.point is None and not e.looks_cylindrical:
        raise InternalError(f"the graph criterion says cylindrical, the ranks modulo p do not, on {e.model!r}")
    interior = e.named_point or Point(e.model.field, e.model.domain.interior_point())
    network = e.model.structure
    if isinstance(cut, MarkovCut) and isinstance(network, BayesianNetwork):
        if not verify_markov_cut(network.graph(), [v.name for v in e.model.space.hidden], cut):
            raise InternalError(f"the Markov-equivalent graph {cut.edges} does not verify")
        arrows = ", ".join(f"{a} -> {b}" for a, b in cut.edges) or "no arrows"
        detail = f"Markov equivalent without arrow from hidden to visible: {arrows}"
        return Proved(
            Certificate.graph_cut(e.model, s, interior, cut.edges, cut.order), Scope.EVERYWHERE, detail=detail
        )
    if isinstance(cut, MarkovCut):
        raise InternalError("a Markov cut of a model that is no Bayesian network")
    parts = "; ".join(
        f"{{{', '.join(c.nodes)}}} has the boundary {{{', '.join(c.boundary)}}} in the generator "
        f"{{{', '.join(c.generator or ())}}}"
        for c in cut.components
    )
    certificate = Certificate.log_linear_cut(e.model, s, interior, getattr(network, "generators", None) or ((),))
    return Proved(certificate, Scope.EVERYWHERE, detail=f"collapsible onto the visible variables: {parts}")


_PROCEDURES: dict[str, Callable[[Statement, Examination], Verdict]] = {
    "S1": _identities,
    "S2": _identities,
    "S3": _splits,
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
