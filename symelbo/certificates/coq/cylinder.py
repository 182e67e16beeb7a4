"""Cylindrical in Coq: horizontal, vertical and null directions that span T, hence the main theorem for every q."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any

from symelbo.budget import LIMITS
from symelbo.certificates.coq.table import Numbers, Table, fractions_of, rational_matrix
from symelbo.certificates.coq.trees import (
    Tree,
    coq_number,
    count_terms,
    polynomial_tree,
    tree_product,
    value_at,
)
from symelbo.certificates.coq.vernacular import Vernacular, by_cases, polynomial_text
from symelbo.errors import InternalError

__all__ = ["RING_LIMIT", "write_cylinder", "write_cylinder_at_point", "write_directions"]

RING_LIMIT = LIMITS.coq_field_terms
"""Expanded terms, in all cases of an identity together, beyond which it is proved by reflection."""

Column = list[Tree]


def write_directions(page: Vernacular, table: Table, kind: str, columns: Sequence[Column], *, prefix: str) -> list[str]:
    """Define directions, polynomial coefficients of the parameters, and prove what they are; return the lemmas."""
    proofs = []
    for number, column in enumerate(columns):
        name = f"{prefix}{number + 1}"
        cases = [(d, polynomial_text(t, table.variables)) for d, t in zip(table.directions, column, strict=True)]
        page.text(f"Definition {name} (i : parameter) : poly :=\n{by_cases('i', cases, '0')}.")
        proofs.append(_direction(page, table, kind, column, name))
    return proofs


def _direction(page: Vernacular, table: Table, kind: str, column: Column, name: str) -> str:
    """One identity of polynomials for all cases of v and h, and what it means."""
    slopes = [
        sum(count_terms(tree_product(t, table.derivative(x, i))) for i, t in enumerate(column) if t != 0)
        for x in range(len(table.rows))
    ]
    weights = [count_terms(table.weight(x)) for x in range(len(table.rows))]
    nv, nh = len(table.visible), len(table.hidden)
    first, first_fibre = "(fst first_state) (snd first_state)", "(fst first_state)"
    if kind == "horizontal":
        variables, lemma, meaning = "v h h'", "every_fibre", f"horizontal theta (along theta (at_ theta {name}))"
        sides = f"(slope {name} v h * w v h')%poly", f"(slope {name} v h' * w v h)%poly"
        fibres = [(slopes[v * nh : v * nh + nh], weights[v * nh : v * nh + nh]) for v in range(nv)]
        terms = 2 * sum(sum(own) * sum(below) for own, below in fibres)
    elif kind == "vertical":
        variables, lemma = "v", "every _ _ _ visibles_listed"
        meaning = f"vertical (along theta (at_ theta {name}))"
        sides = f"(fibre (slope {name} v))", "0"
        terms = sum(slopes)
        if not table.sums_to_one:
            sides = (
                f"(fibre (slope {name} v) * fibre (w {first_fibre}))%poly",
                f"(fibre (slope {name} {first_fibre}) * fibre (w v))%poly",
            )
            terms = sum(slopes) * sum(weights[:nh]) + sum(slopes[:nh]) * sum(weights)
    else:
        variables, lemma = "v h", "all_states"
        meaning = f"forall v h, along theta (at_ theta {name}) v h == 0"
        sides = f"(slope {name} v h)", "0"
        terms = sum(slopes)
        if not table.sums_to_one:
            sides = f"(slope {name} v h * w {first})%poly", f"(slope {name} {first} * w v h)%poly"
            terms = sum(slopes) * weights[0] + slopes[0] * sum(weights)
    statement = f"forall theta {variables}, value theta {sides[0]} == value theta {sides[1]}"
    if terms <= RING_LIMIT:
        proof = f"intros theta {variables}. destruct {variables.replace(' ', ', ')}; cbn -[Qplus Qminus Qmult]; ring."
    else:
        arguments = " ".join(f"({v} : {'visible' if v == 'v' else 'hidden'})" for v in variables.split())
        same = f"same {sides[0]} {sides[1]}"
        proof = f"intros theta {variables}. apply by_reflection.\n  revert {variables}. "
        proof += f"apply ({lemma} (fun {arguments} => {same})). vm_compute. reflexivity."
    page.theorem(f"{name}_identity", statement, proof)
    page.text(
        f"Lemma {name}_is_{kind} : forall theta, positive theta -> {meaning}.",
        f"Proof. apply {kind}_by, {name}_identity. Qed.",
    )
    return f"{name}_is_{kind}"


def write_cylinder(page: Vernacular, table: Table, witness: dict[str, Any], point: Sequence[Fraction]) -> None:
    """T = (T n H) + (T n V) wherever the directions span; the two gradients agree there for every q."""
    page.heading("Horizontal, vertical and null directions")
    columns = {kind: [[polynomial_tree(q) for q in c] for c in witness[kind]] for kind in _LISTS}
    shown = {kind: write_directions(page, table, kind, columns[kind], prefix=f"n_{kind}_") for kind in _LISTS}
    spanned = _spanned(page, table, columns, point)
    constant = all(isinstance(t, Fraction) for own in columns.values() for c in own for t in c)
    page.heading("Theorems")
    hypotheses = ["positive theta"]
    if constant:
        page.theorem("spanned_everywhere", "spanned theta", f"intros theta. {spanned}", binders="theta")
        span, satisfied = "apply spanned_everywhere", ["exact positive_at_point"]
        page.comment("The model is cylindrical: T = (T n H) + (T n V).")
    else:
        page.theorem("spanned_at_point", "spanned point", spanned)
        hypotheses.append("spanned theta")
        span, satisfied = "exact S", ["exact positive_at_point", "exact spanned_at_point"]
        page.comment(
            "The model is cylindrical: T = (T n H) + (T n V) wherever the directions span.",
            "They span on a dense open set, as they do at one point; ranks and gradients are continuous",
            "on the admissible points, so that the same holds at all of them.",
        )
    start = f"intros theta P{'' if constant else ' S'}. "
    page.theorem(
        "cylindrical",
        "cylindrical_at theta",
        start + _split(*([f"{n} theta P" for n in shown[kind]] for kind in _LISTS), span=span),
        binders="theta",
        hypotheses=hypotheses,
        witness=f"exists point. {_each(satisfied)}.",
    )
    _uniform_gradients(page, table, Numbers(table, point))
    page.theorem(
        "elbo_equivalence",
        "forall v, marginal (along theta c) v == marginal (along theta k) v",
        f"intros theta q c k P{'' if constant else ' S'}.\n  "
        "apply equivalence_where_split; [exact P | now apply cylindrical].",
        binders="theta q c k",
        hypotheses=[*hypotheses, "elbo_gradient theta q c", "evidence_gradient theta q k"],
        witness="exists point, uniform, c_elbo, c_evidence.\n  "
        f"{_each([*satisfied, 'exact c_elbo_solves', 'exact c_evidence_solves'])}.",
    )


def write_cylinder_at_point(page: Vernacular, table: Table, point: Sequence[Fraction]) -> None:
    """T = (T n H) + (T n V) at one point, by numbers; the two gradients agree there for every q."""
    numbers = Numbers(table, point)
    page.heading("Horizontal, vertical and null directions at the point")
    found = {"null": numbers.J, "horizontal": numbers.vertical_rows, "vertical": numbers.J_V}
    vectors: list[tuple[str, list[Fraction]]] = []
    for kind, rows in found.items():
        kernel = rational_matrix(rows).nullspace()
        for own in (fractions_of(kernel.column_entries(j)) for j in range(kernel.ncols)):
            if rational_matrix([*(v for _, v in vectors), own]).rank() > len(vectors):
                vectors.append((kind, own))
    if len(vectors) != len(table.parameters):
        raise InternalError("Coq: the tangent space does not split at the point")
    columns: dict[str, list[Column]] = {kind: [list(v) for own, v in vectors if own == kind] for kind in _LISTS}
    for kind in _LISTS:
        for k, column in enumerate(columns[kind]):
            _direction_at_point(page, table, kind, column, f"n_{kind}_{k + 1}")
    spanned = _spanned(page, table, columns, point)
    page.heading("Theorems")
    page.theorem("spanned_at_point", "spanned point", spanned)
    names = ([f"n_{kind}_{k + 1}_is_{kind}" for k in range(len(columns[kind]))] for kind in _LISTS)
    page.comment("At the point T = (T n H) + (T n V).")
    page.theorem("cylindrical", "cylindrical_at point", _split(*names, span="exact spanned_at_point"))
    _uniform_gradients(page, table, numbers)
    page.theorem(
        "elbo_equivalence",
        "forall v, marginal (along point c) v == marginal (along point k) v",
        "intros q c k. apply equivalence_where_split; [exact positive_at_point | exact cylindrical].",
        binders="q c k",
        hypotheses=["elbo_gradient point q c", "evidence_gradient point q k"],
        witness="exists uniform, c_elbo, c_evidence. split; [exact c_elbo_solves | exact c_evidence_solves].",
    )


_LISTS = {"horizontal": "N_H", "vertical": "N_V", "null": "N_0"}


def _direction_at_point(page: Vernacular, table: Table, kind: str, column: Column, name: str) -> None:
    """A direction with rational coefficients, and what it is, by computation."""
    cases = [(d, coq_number(c)) for d, c in zip(table.directions, column, strict=True)]
    page.text(f"Definition {name} (i : parameter) : poly :=\n{by_cases('i', cases, '0')}.")
    vector = f"along point (at_ point {name})"
    meaning, variables, lemma, sides = {
        "horizontal": (
            f"horizontal point ({vector})",
            "v h h'",
            "every_fibre",
            (f"({vector} v h * prob point v h')", f"({vector} v h' * prob point v h)"),
        ),
        "vertical": (f"vertical ({vector})", "v", "every _ _ _ visibles_listed", (f"(marginal ({vector}) v)", "0")),
        "null": (f"forall v h, {vector} v h == 0", "v h", "all_states", (f"({vector} v h)", "0")),
    }[kind]
    page.text(
        f"Lemma {name}_is_{kind} : {meaning}.",
        f"Proof.\n  intros {variables}. apply Qeq_bool_eq. revert {variables}.\n"
        f"  apply ({lemma} (fun {variables} => Qeq_bool {sides[0]} {sides[1]})). vm_compute. reflexivity.\nQed.",
    )


def _spanned(page: Vernacular, table: Table, columns: dict[str, list[Column]], point: Sequence[Fraction]) -> str:
    """The lists of directions and a dual family; return the proof that the directions span."""
    for kind, name in _LISTS.items():
        members = "; ".join(f"n_{kind}_{k + 1}" for k in range(len(columns[kind])))
        page.text(f"Definition {name} : list (parameter -> poly) := [{members}].")
    page.theory("cylinder")
    values = [[value_at(t, point) for t in c] for kind in _LISTS for c in columns[kind]]
    inverse = rational_matrix(values).inverse()  # row k of values is direction k: c = sum_k a_k values[k]
    for k in range(len(values)):
        cases = zip(table.directions, map(coq_number, fractions_of(inverse.column_entries(k))), strict=True)
        page.text(f"Definition dual_{k + 1} (i : parameter) : Q :=\n{by_cases('i', cases, '0')}.")
    ends = [0, *accumulate(len(columns[kind]) for kind in _LISTS)]
    duals = [f"[{'; '.join(f'dual_{k + 1}' for k in range(a, b))}]" for a, b in pairwise(ends)]
    return f"apply spanned_by with {' '.join(duals)}. vm_compute. reflexivity."


def _split(*kinds: Sequence[str], span: str) -> str:
    """The proof that T splits, from what the directions are and that they span."""
    return "\n  - ".join(["apply cylindrical_by.", *(f"{_all_of(own)}." for own in kinds), f"{span}.\n"])


def _each(proofs: Sequence[str]) -> str:
    """One proof for every part of a conjunction."""
    return proofs[0] if len(proofs) == 1 else f"split; [{proofs[0]} | {_each(proofs[1:])}]"


def _all_of(proofs: Sequence[str]) -> str:
    """A proof that all members of a list have a property."""
    return "".join(f"apply Forall_cons; [exact ({proof})|]. " for proof in proofs) + "apply Forall_nil"


def _uniform_gradients(page: Vernacular, table: Table, numbers: Numbers) -> None:
    """Gradients for the uniform q at the point: an example for the main theorem, which follows."""
    n = len(numbers.p)
    q = [Fraction(1, n)] * n
    for name, visible in (("c_elbo", False), ("c_evidence", True)):
        cases = zip(table.directions, map(coq_number, numbers.gradient(q, visible=visible)), strict=True)
        page.text(f"Definition {name} (i : parameter) : Q :=\n{by_cases('i', cases, '0')}.")
    page.text(f"Definition uniform (v : visible) (h : hidden) : Q := 1 # {n}.")
    page.text(
        "Lemma c_elbo_solves : elbo_gradient point uniform c_elbo.",
        "Proof. apply elbo_gradient_by. vm_compute. reflexivity. Qed.",
        "Lemma c_evidence_solves : evidence_gradient point uniform c_evidence.",
        "Proof. apply evidence_gradient_by. vm_compute. reflexivity. Qed.",
    )
    page.comment(
        "For every q: any gradient of D(q||.) on the model, seen in P(V), is the gradient of D(q_V||.) on the visible",
        "model. c and k are coefficients of the two gradients: solutions of the normal equations.",
    )
