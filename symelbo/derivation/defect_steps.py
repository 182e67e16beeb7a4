"""The defect in factored form and its sign, the projected gradient, and the counterexample written out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sympy

from symelbo.derivation.recorder import STATES_SHOWN, Recorder
from symelbo.derivation.steps import Relation, Side
from symelbo.exact import QQ
from symelbo.explanation import DefectForm
from symelbo.geometry import geometry
from symelbo.models.parametrization import Point
from symelbo.spaces import State
from symelbo.verification import Counterexample, Refuted

# Visible states up to which a defect without a factor is written out: as functions, and at a point.
MATRIX_SHOWN, NUMBERS_SHOWN = 8, 4
# The largest integer in a matrix that is written as a factor times integers.
LARGEST_INTEGER = 9


def defect(r: Recorder, form: DefectForm | None, point: Point | None = None, *, constant: bool = True) -> None:
    """The defect as a scalar times the rest, the sign of the scalar, and the projected gradient.

    ``constant``: whether its rank is the same at every admissible point.
    """
    labels = tuple(map(r.names.visible, r.space.visible_states))
    relations: list[Relation] = []
    pattern = None if form is None else _integers(form)
    if form is not None and point is not None and form.matrix.rows > STATES_SHOWN:
        form = None  # numbers for so many states say little
    named = form is not None and (form.vector is not None or pattern is not None)
    if form is not None and form.vector is not None:
        relations = [
            Relation.written(r"\defect", r"\kappa\, e e^{\top}", value=form.scalar * form.matrix, quantity="Delta"),
            Relation.of("e", form.vector.T, "e"),
            Relation.of(r"\kappa", form.scalar, "kappa", names=True),
        ]
    elif form is not None and pattern is not None:
        factor, integers = pattern
        relations = [
            Relation.written(r"\defect", r"\kappa\, E", value=factor * integers, quantity="Delta"),
            Relation.of(r"\kappa", factor, "kappa", names=True),
            Relation(Side("E"), "=", Side(None, integers, "E_{ROW;COLUMN}", labels, labels)),
        ]
    elif form is not None and form.matrix.rows <= (MATRIX_SHOWN if point is None else NUMBERS_SHOWN):
        value = Side(None, form.scalar * form.matrix, r"\defect_{ROW;COLUMN}", labels, labels)
        relations = [Relation(Side(r"\defect"), "=", value, quantity="Delta")]
    generically = "" if constant else r" \quad \text{generically}"
    relations.append(Relation.written(r"\operatorname{rank} \defect", f"{r.ranks.oblique}{generically}"))
    where = "." if point is None else f". At {r.at_point(point)}:"
    r.step(
        "Defect",
        r"For an objective $L$ with differential $\ell$ the gradient $\grad^{\visiblemodel} L$ and the projected "
        r"gradient $\dpi(\grad^{\model} (L \circ \marginalisation))$ differ by $\defect \ell$, "
        r"$\defect = J_V G_V^{+} J_V^{\top} - J_V G^{+} J_V^{\top}$" + where,
        relations, rule="definition; exact arithmetic", cited="S4", basis="identity" if point is None else "point",
        point=point, after="(The entries are not written out; se.defect(M) has them.) " if len(relations) == 1 else "",
    )  # fmt: skip
    if form is None or point is not None:
        return
    if named and form.is_positive:
        r.step(
            "Sign of the defect", r"$\kappa > 0$ at every point of the domain.", full=True,
            rule="a sum of products of what is positive on the domain" if form.certificate is not None else
            r"$\defect$ is positive semidefinite; no factor of the numerator has a zero in the domain",
            cited="definition of the domain", certificate=form.certificate, basis="signs of polynomials, exactly",
        )  # fmt: skip
    whole = r.ranks.visible == r.space.n_visible - 1
    if form.vector is not None and whole and all(e.is_Integer for e in form.vector) and not r.brief:
        projected(r, list(map(int, form.vector)))


def is_constant(form: DefectForm) -> bool:
    """Whether the defect is a named function times a constant."""
    return all(e.is_Rational for e in (form.matrix if form.vector is None else form.vector)) and (
        form.vector is not None or _integers(form) is not None
    )


def _integers(form: DefectForm) -> tuple[sympy.Expr, sympy.Matrix] | None:
    """The defect as a factor times a matrix of small coprime integers, if it is one."""
    if not all(e.is_Rational for e in form.matrix):
        return None
    scale = sympy.ilcm(1, *(e.q for e in form.matrix))
    content = sympy.igcd(*(e * scale for e in form.matrix)) * (-1 if next(e for e in form.matrix if e) < 0 else 1)
    integers = form.matrix * scale / content
    if max(map(abs, integers)) > LARGEST_INTEGER:
        return None
    return form.scalar * content / scale, integers


def projected(r: Recorder, e: list[int]) -> None:
    """Where the gradient with perfect recognition goes in P(V), for a defect ``kappa e e^T``."""
    paired = sympy.Add(*(k * r.ratio.of(v) for v, k in enumerate(e) if k))
    r.step(
        "Projected gradient",
        r"In $P(V)$ the evidence moves $p_V$ along $p^{\ast} - p_V$; the gradient on $\model$, projected, is "
            r"$-\dpi(\grad^{\model} \KL{\datamanifold}{\cdot}) = p^{\ast} - p_V - \kappa\, \lambda\, e$ with, for "
            r"$r = p^{\ast} / p_V$,",
        [Relation.of(r"\lambda", paired, "lambda")],
        full=True, rule=r"$\dpi(\grad^{\model} (L \circ \marginalisation)) = (W - \defect)\, \ell$ with $\ell = -r$ "
        r"and $W = J_V G_V^{+} J_V^{\top} = \operatorname{diag}(p_V) - p_V p_V^{\top}$",
        cited="definition of the defect; S6", basis="identity",
        after=r"It differs from the gradient of the evidence by $-\defect r = -\kappa\, \lambda\, e$, and agrees with "
        r"it exactly where $\kappa \lambda = 0$, as for $p^{\ast} = p_V$: the equality of S8 fails.",
    )  # fmt: skip


def counterexample(r: Recorder) -> None:
    """The counterexample written out."""
    verdict = r.cylindrical
    if not isinstance(verdict, Refuted) or not isinstance(verdict.counterexample, Counterexample):
        return
    if r.model.structure.one is not None:  # it is one of a single copy, on other states
        return
    found = verdict.counterexample
    uniform = len(set(found.q.values())) == 1
    q_text = f"$q$ uniform on the {len(found.q)} states" if uniform else "$q$ as below"
    relations = [] if uniform else distribution(r, "q", found.q, found.point)
    elbo = r"-\dpi(\grad^{\model} \KL{q}{\cdot})"
    evidence = r"-\grad^{\visiblemodel} \KL{p^{\ast}}{\cdot}"
    both = found.projected_elbo_gradient, found.visible_gradient
    relations += _two_vectors(r, (elbo, evidence), both, ("elbo", "evidence"))
    few = r.space.n_visible <= 2 * STATES_SHOWN
    order = "visible states in the order of the table" if few else "at one visible state"
    r.step(
        "Counterexample",
        f"At {r.at_point(found.point)} and for {q_text} the two directions of learning differ ({order}):",
        relations, rule="exact arithmetic at a rational point", cited="S9",
        certificate=converse(r, found), basis="point", point=found.point,
    )  # fmt: skip
    relations = distribution(r, "q", found.optimal_q, found.point)
    zero = dict.fromkeys(found.optimal_gradient, sympy.Integer(0))
    moved = _two_vectors(r, (elbo, evidence), (found.optimal_gradient, zero), ("optimal elbo", ""))
    relations += [moved[0], Relation.written(evidence, "0")]
    r.step(
        "Evidence optimal, ELBO not",
        r"At the same point the following $q$ has the marginal $q_V = p_V$. The evidence is optimal, and still the "
            r"ELBO moves $p_V$:",
        relations, rule="exact arithmetic at a rational point", cited="S9",
        certificate=converse(r, found), basis="point", point=found.point,
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
    return [Relation.of(f"({n})({shown})", v[state]) for n, v in zip(names, (first, second), strict=True)]


def distribution(r: Recorder, letter: str, values: Any, point: Point | None = None) -> list[Relation]:
    """The values of a distribution: as one vector when it is short, else where they differ from p at the point."""
    numbers = list(values.values())
    if len(numbers) <= STATES_SHOWN or point is None:
        return [Relation(Side(letter), "=", vector(numbers), quantity=letter)]
    p = geometry(r.model, point).probabilities
    others = [(x, s, v) for x, (s, v) in enumerate(values.items()) if QQ.to_sympy(p[x]) != v]
    relations = [Relation.of(f"{letter}({r.names.state(s)})", v, f"{letter}[{x}]") for x, s, v in others[:STATES_SHOWN]]
    rest = r"p \quad \text{at all other states}" if len(others) <= STATES_SHOWN else r"\dots"
    return [*relations, Relation.written(letter, rest)]


def vector(values: Iterable[Any]) -> Side:
    """Numbers as a row."""
    return Side(None, sympy.Matrix([list(values)]))
