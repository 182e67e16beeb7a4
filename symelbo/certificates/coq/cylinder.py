"""Cylindrical in Coq: horizontal, vertical and null directions that span T, hence the main theorem for every q."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

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

__all__ = ["RING_LIMIT", "write_cylinder", "write_directions"]

RING_LIMIT = 200
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
    kinds = ("horizontal", "vertical", "null")
    columns = {kind: [[polynomial_tree(q) for q in c] for c in witness[kind]] for kind in kinds}
    lists = dict(zip(kinds, ("N_H", "N_V", "N_0"), strict=True))
    shown = {kind: write_directions(page, table, kind, columns[kind], prefix=f"n_{kind}_") for kind in kinds}
    for kind in kinds:
        names = "; ".join(f"n_{kind}_{k + 1}" for k in range(len(columns[kind])))
        page.text(f"Definition {lists[kind]} : list (parameter -> poly) := [{names}].")
    page.theory("cylinder")
    joined = [c for kind in kinds for c in columns[kind]]
    constant = all(isinstance(t, Fraction) for c in joined for t in c)
    values = [[value_at(t, point) for t in c] for c in joined]
    inverse = rational_matrix(values).inverse()  # row k of values is direction k: c = sum_k a_k values[k]
    d = len(table.parameters)
    for k in range(d):
        cases = zip(table.directions, map(coq_number, fractions_of(inverse.column_entries(k))), strict=True)
        page.text(f"Definition dual_{k + 1} (i : parameter) : Q :=\n{by_cases('i', cases, '0')}.")
    sizes = [len(columns[kind]) for kind in kinds]
    starts = (0, sizes[0], sizes[0] + sizes[1], d)
    duals = [f"[{'; '.join(f'dual_{k + 1}' for k in range(a, b))}]" for a, b in pairwise(starts)]
    proof = f"{'intros theta. ' if constant else ''}apply spanned_by with {' '.join(duals)}. vm_compute. reflexivity."
    cylinder = "intros theta P{}. apply cylindrical_by.\n  - {}.\n  - {}.\n  - {}.\n  - {}.\n"
    forall = [_all_of([f"{n} theta P" for n in shown[kind]]) for kind in kinds]
    page.heading("Theorems")
    binders, hypotheses, span = "theta", ["positive theta"], "apply spanned_everywhere"
    at_point, satisfied = "exists point. exact positive_at_point.", "exact positive_at_point"
    if constant:
        page.theorem("spanned_everywhere", "spanned theta", proof, binders="theta")
    else:
        page.theorem("spanned_at_point", "spanned point", proof)
        hypotheses.append("spanned theta")
        span, satisfied = "exact S", "split; [exact positive_at_point | exact spanned_at_point]"
        at_point = f"exists point. {satisfied}."
    page.comment(
        "The model is cylindrical: T = (T n H) + (T n V)" + ("." if constant else " wherever the directions span."),
        ""
        if constant
        else "They span on a dense open set, as they do at one point; ranks and gradients are continuous",
        *(() if constant else ("on the admissible points, so that the same holds at all of them.",)),
    )
    page.theorem(
        "cylindrical",
        "cylindrical_at theta",
        cylinder.format("" if constant else " S", *forall, span),
        binders=binders,
        hypotheses=hypotheses,
        witness=at_point,
    )
    _equivalence(page, table, Numbers(table, point), hypotheses, satisfied)


def _all_of(proofs: Sequence[str]) -> str:
    """A proof that all members of a list have a property."""
    return "".join(f"apply Forall_cons; [exact ({proof})|]. " for proof in proofs) + "apply Forall_nil"


def _equivalence(page: Vernacular, table: Table, numbers: Numbers, hypotheses: Sequence[str], satisfied: str) -> None:
    """The main theorem, with gradients for the uniform q at the point as an example."""
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
    split = len(hypotheses) > 1
    page.theorem(
        "elbo_equivalence",
        "forall v, marginal (along theta c) v == marginal (along theta k) v",
        f"intros theta q c k P{' S' if split else ''}.\n  "
        "apply equivalence_where_split; [exact P | now apply cylindrical].",
        binders="theta q c k",
        hypotheses=[*hypotheses, "elbo_gradient theta q c", "evidence_gradient theta q k"],
        witness="exists point, uniform, c_elbo, c_evidence.\n  repeat apply conj; ["
        f"{satisfied.replace('split; ', '').strip('[]')} | exact c_elbo_solves | exact c_evidence_solves].",
    )
