"""The defect in factored form, the objectives for which the equality survives, and the counterexample written out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import sympy

from symelbo.derivation.recorder import STATES_SHOWN, VECTORS_SHOWN, Recorder, size
from symelbo.derivation.steps import Relation, Side
from symelbo.derivation.wording import cites
from symelbo.derivation.words import Words, words
from symelbo.errors import InternalError
from symelbo.exact import QQ, Entry, Field, Matrix, RationalField
from symelbo.explanation import Explanation
from symelbo.geometry import Geometry, geometry
from symelbo.loci import Where
from symelbo.models.parametrization import Parametrization, Point
from symelbo.spaces import State
from symelbo.statements import statement as find_statement
from symelbo.verification import Counterexample, Refuted

__all__ = ["Conditions", "counterexample", "defect", "surviving"]

AT_POINT: Words = ("exact arithmetic at the point",)
# Linear conditions on an objective: coefficients with the domain that they belong to.
Conditions: TypeAlias = "list[tuple[list[Entry], Any]]"


def defect(r: Recorder, at: Geometry, point: Point | None, known: Explanation | None = None) -> Conditions:
    """The defect in factored form and the projected gradient; returns the conditions under which both sides agree."""
    delta = at.defect
    factor, pattern = _common_factor(delta)
    names = r.names
    labels = tuple(map(names.visible, r.space.visible_states))
    where = "" if point is None else f" At {r.at_point(point)}:"
    text = (
        r"The discrepancy between the two sides, for an objective with differential $\ell$, is $\defect \ell$ with "
        r"$\defect = J_V G_V^{+} J_V^{\top} - J_V G^{+} J_V^{\top}$." + where
    )
    relations = []
    e = None if pattern is None else _outer_root(pattern)
    form = None if known is None or point is not None or pattern is not None else known.defect
    if form is not None and form.vector is not None:
        relations = _outer(delta, r.model.field, form.scalar, form.vector)
    elif pattern is not None and factor is not None:
        scalar = at.domain.to_sympy(factor)
        kappa = Relation(Side(r"\kappa"), "=", Side(None, scalar), names=True, quantity="kappa")
        if e is not None:
            relations = [
                Relation(Side(r"\defect"), "=", Side(r"\kappa\, e e^{\top}", delta.to_sympy()), quantity="Delta"),
                Relation(Side("e"), "=", Side(None, sympy.Matrix([e])), quantity="e"),
                kappa,
            ]
        else:
            shape = Side(None, pattern, "E_{ROW;COLUMN}", labels, labels)
            relations = [
                Relation(Side(r"\defect"), "=", Side(r"\kappa\, E", delta.to_sympy()), quantity="Delta"),
                kappa,
                Relation(Side("E"), "=", shape),
            ]
    elif delta.nrows <= (8 if point is None else 4):
        value = Side(None, delta.to_sympy(), r"\defect_{ROW;COLUMN}", labels, labels)
        relations = [Relation(Side(r"\defect"), "=", value, quantity="Delta")]
    ranks = r.ranks
    constant = point is not None or known is None or known.survivors_scope() == Where.EVERYWHERE
    size_of_image = str(ranks.oblique) + ("" if constant else r" \quad \text{generically}")
    relations.append(Relation(Side(r"\operatorname{rank} \defect"), "=", Side(size_of_image)))
    basis = r.identity if point is None else AT_POINT
    r.step(
        "Defect", words(text), relations, rule="definition; exact arithmetic",
        cited=cites(find_statement("S4")), basis=basis, point=point,
    )  # fmt: skip
    if point is None:
        sign(r, factor, known)
    if e is not None and point is None and ranks.visible == r.space.n_visible - 1:
        projected(r, e)
    return _conditions(delta, pattern)


def sign(r: Recorder, factor: Entry | None, known: Explanation | None) -> None:
    """That kappa is positive: by a certificate, or read off its terms."""
    form = None if known is None else known.defect
    told = words(r"$\kappa > 0$ at every point of the domain.")
    rule = "a sum of products of what is positive on the domain"
    if form is not None and form.certificate is not None:
        stated = r.model.field.from_sympy(form.scalar)
        if (factor is None and form.vector is not None) or stated == factor:
            r.step(
                "Sign of the defect", told, rule=rule, cited="definition of the domain", certificate=form.certificate
            )
            return
    if factor is not None and _positive_on_cube(r.model, factor):
        r.step("Sign of the defect", told, rule=rule, cited="definition of the domain", basis=r.identity)


def surviving(r: Recorder, rows: Conditions, point: Point | None, said: Words, place: str = "") -> None:
    """The objectives for which the equality survives: the kernel of the defect."""
    relations = [
        Relation(
            Side(None, r.covector.linear_form(row, domain)), "=", Side("0", sympy.Integer(0)), quantity=f"survives[{k}]"
        )
        for k, (row, domain) in enumerate(rows)
    ]
    fits = [line for line in relations if size(line.left.value) <= (150 if point is None else 30)][:VECTORS_SHOWN]
    where = place if point is None else " at this point"
    r.step(
        "Objectives for which the equality survives",
        words(
            r"$\dpi(\grad^{M} (L \circ \pi)) = \grad^{M_V} L$ holds" + where + " exactly for the objectives whose "
            r"differential $\ell = \mathrm{d}L$ lies in the kernel of $\defect$:"
        ),
        fits, rule="kernel of the defect; condition (d)", cited=cites(find_statement("S4")),
        basis=r.identity if point is None else AT_POINT, more=len(relations) - len(fits), point=point, after=said,
    )  # fmt: skip


def projected(r: Recorder, e: list[int]) -> None:
    """Where the gradient with perfect recognition goes in P(V), for a defect ``kappa e e^T``."""
    paired = sympy.Add(*(k * r.ratio.of(v) for v, k in enumerate(e) if k))
    r.step(
        "Projected gradient",
        words(
            r"In $P(V)$ the evidence moves $p_V$ along $p^{\ast} - p_V$; the gradient on $M$, projected, is "
            r"$-\dpi(\grad^{M} \KL{\datamanifold}{\cdot}) = p^{\ast} - p_V - \kappa\, \lambda\, e$ with, for "
            r"$r = p^{\ast} / p_V$,"
        ),
        [Relation(Side(r"\lambda"), "=", Side(None, paired), quantity="lambda")],
        rule=r"$\dpi(\grad^{M} (L \circ \pi)) = (W - \defect)\, \ell$ with $\ell = -r$ and "
        r"$W = J_V G_V^{+} J_V^{\top} = \operatorname{diag}(p_V) - p_V p_V^{\top}$",
        cited=f"definition of the defect; {cites(find_statement('S6'))}", basis=r.identity,
        after=words(
            r"It differs from the gradient of the evidence by $-\defect r = -\kappa\, \lambda\, e$, and agrees with it "
            r"exactly where $\kappa \lambda = 0$, as for $p^{\ast} = p_V$: the equality of S8 fails."
        ),
    )  # fmt: skip


def _outer(delta: Matrix, domain: Field, scalar: sympy.Expr, vector: sympy.Matrix) -> list[Relation]:
    """``Delta = kappa e e^T`` with a vector of functions, tested entry by entry."""
    factor, entries = domain.from_sympy(scalar), [domain.from_sympy(v) for v in vector]
    for i, row in enumerate(delta.rows):
        for j, entry in enumerate(row):
            if entry != factor * entries[i] * entries[j]:
                raise InternalError("the defect is not the square that the explanation gives")
    return [
        Relation(Side(r"\defect"), "=", Side(r"\kappa\, e e^{\top}", delta.to_sympy()), quantity="Delta"),
        Relation(Side("e"), "=", Side(None, sympy.Matrix([[domain.to_sympy(v) for v in entries]])), quantity="e"),
        Relation(Side(r"\kappa"), "=", Side(None, domain.to_sympy(factor)), names=True, quantity="kappa"),
    ]


def counterexample(r: Recorder) -> None:
    """The counterexample written out."""
    verdict = r.cylindrical
    if not isinstance(verdict, Refuted) or not isinstance(verdict.counterexample, Counterexample):
        return
    found = verdict.counterexample
    uniform = len(set(found.q.values())) == 1
    q_text = f"$q$ uniform on the {len(found.q)} states" if uniform else "$q$ as below"
    relations = [] if uniform else distribution(r, "q", found.q, found.point)
    elbo = r"-\dpi(\grad^{M} \KL{q}{\cdot})"
    evidence = r"-\grad^{M_V} \KL{p^{\ast}}{\cdot}"
    both = found.projected_elbo_gradient, found.visible_gradient
    relations += _two_vectors(r, (elbo, evidence), both, ("elbo", "evidence"))
    few = r.space.n_visible <= 2 * STATES_SHOWN
    order = "visible states in the order of the table" if few else "shown at one visible state"
    r.step(
        "Counterexample",
        words(
            f"At {r.at_point(found.point)} and for {q_text}, {order}, "
            "the two directions of learning differ:"
        ),
        relations, rule="exact arithmetic at a rational point", cited=cites(find_statement("S9")),
        certificate=converse(r, found), basis=AT_POINT, point=found.point,
    )  # fmt: skip
    relations = distribution(r, "q", found.optimal_q, found.point)
    zero = dict.fromkeys(found.optimal_gradient, sympy.Integer(0))
    moved = _two_vectors(r, (elbo, evidence), (found.optimal_gradient, zero), ("optimal elbo", ""))
    relations += [moved[0], Relation(Side(evidence), "=", Side("0"))]
    r.step(
        "Evidence optimal, ELBO not",
        words(
            r"At the same point, for the following $q$ the marginal is $q_V = p_V$: the evidence is optimal, and "
            r"still the ELBO moves $p_V$:"
        ),
        relations, rule="exact arithmetic at a rational point", cited=cites(find_statement("S9")),
        certificate=converse(r, found), basis=AT_POINT, point=found.point,
    )  # fmt: skip


def converse(r: Recorder, found: Counterexample) -> Any:
    """The certificate of S9 at the point of a counterexample, if these distributions and gradients are in it."""
    certificate = r.certificate("S9", found.point)
    return certificate if certificate is not None and certificate.witness["kind"] == "not-cylindrical" else None


def _two_vectors(
    r: Recorder,
    names: tuple[str, str],
    vectors: tuple[Mapping[State, Any], Mapping[State, Any]],
    quantities: tuple[str, str],
) -> list[Relation]:
    """Two vectors on the visible states; of long ones the first entries that differ."""
    if r.space.n_visible <= 2 * STATES_SHOWN:
        return [
            Relation(Side(n), "=", vector(v.values()), quantity=k)
            for n, v, k in zip(names, vectors, quantities, strict=True)
        ]
    first, second = (dict(v.items()) for v in vectors)
    state = next(s for s in first if first[s] != second[s])
    shown = r.names.visible(state)
    return [
        Relation(Side(f"({n})({shown})"), "=", Side(None, v[state]))
        for n, v in zip(names, (first, second), strict=True)
    ]


def distribution(r: Recorder, letter: str, values: Any, point: Point | None = None) -> list[Relation]:
    """The values of a distribution: as one vector when it is short, else where they differ from p at the point."""
    numbers = list(values.values())
    if len(numbers) <= STATES_SHOWN or point is None:
        return [Relation(Side(letter), "=", vector(numbers), quantity=letter)]
    p = geometry(r.model, point).probabilities
    others = [(x, s, v) for x, (s, v) in enumerate(values.items()) if QQ.to_sympy(p[x]) != v]
    relations = [
        Relation(Side(f"{letter}({r.names.state(s)})"), "=", Side(None, v), quantity=f"{letter}[{x}]")
        for x, s, v in others[:STATES_SHOWN]
    ]
    rest = r"p \quad \text{at all other states}" if len(others) <= STATES_SHOWN else r"\dots"
    return [*relations, Relation(Side(letter), "=", Side(rest))]


def vector(values: Iterable[Any]) -> Side:
    """Numbers as a row."""
    return Side(None, sympy.Matrix([list(values)]))


def _common_factor(delta: Matrix) -> tuple[Entry | None, sympy.Matrix | None]:
    """``Delta = kappa E`` with an integer matrix E of content 1, tested entry by entry; (None, None) without one."""
    domain = delta.domain
    first = next((e for r in delta.rows for e in r if e), None)
    if first is None:
        return None, None
    ratios = [[e / first if e else domain.zero for e in r] for r in delta.rows]
    if not isinstance(domain, RationalField) and not all(c.is_constant for r in ratios for c in r):
        return None, None
    values = sympy.Matrix([[domain.to_sympy(c) for c in r] for r in ratios])
    scale = sympy.ilcm(1, *(v.q for v in values))
    integers = values * scale
    content = sympy.igcd(*integers)
    pattern = integers / content
    factor = first * domain.constant(sympy.Rational(content, scale))
    for i, row in enumerate(delta.rows):
        for j, entry in enumerate(row):
            if entry != factor * domain.constant(pattern[i, j]):
                raise InternalError("the common factor of the defect is wrong")
    if max(map(abs, pattern)) > 9:
        return None, None
    return factor, pattern


def _outer_root(pattern: sympy.Matrix) -> list[int] | None:
    """An integer vector e with ``E = e e^T``, or None."""
    n = pattern.rows
    k = next((i for i in range(n) if pattern[i, i]), None)
    if k is None:
        return None
    root = sympy.sqrt(pattern[k, k])
    if not root.is_Integer:
        return None
    e = [pattern[k, j] / root for j in range(n)]
    if any(not v.is_Integer for v in e):
        return None
    if any(pattern[i, j] != e[i] * e[j] for i in range(n) for j in range(n)):
        return None
    sign = -1 if next(v for v in e if v) < 0 else 1
    return [int(sign * v) for v in e]


def _conditions(delta: Matrix, pattern: sympy.Matrix | None) -> Conditions:
    """Independent linear conditions on l that say ``Delta l = 0``: reduced rows."""
    if pattern is not None:
        delta = Matrix.from_sympy(pattern, QQ)
    reduced, _ = delta.rref()
    if not isinstance(reduced.domain, RationalField):
        return [(list(r), reduced.domain) for r in reduced.rows]
    scales = [sympy.ilcm(1, *(int(c.q) for c in r)) for r in reduced.rows]
    return [([c * QQ.constant(k) for c in r], QQ) for k, r in zip(scales, reduced.rows, strict=True)]


def _positive_on_cube(model: Parametrization, factor: Entry) -> bool:
    """Whether a polynomial is visibly positive: a positive combination of products of the domain's constraints.

    The presentation form of the factor is read; each factor of each term must be one of the constraints.
    """
    field = model.field
    positive = {field.to_sympy(c.element) for c in model.domain.constraints}
    positive |= {g for i, g in enumerate(field.generators) if field.is_exponential(i)}

    def visibly(e: sympy.Expr) -> bool:
        if e in positive or e.is_positive:
            return True
        if e.is_Add or e.is_Mul:
            return all(map(visibly, e.args))
        return bool(e.is_Pow and e.args[1].is_Integer and visibly(e.args[0]))

    return visibly(field.to_sympy(factor))
