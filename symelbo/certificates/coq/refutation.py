"""Not cylindrical in Coq: T does not split at a rational point, which is admissible, and two gradients differ there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from symelbo.certificates.coq.cylinder import write_directions
from symelbo.certificates.coq.table import Numbers, Rows, Table, fractions_of, rational_matrix
from symelbo.certificates.coq.trees import coq_number, polynomial_tree, value_at
from symelbo.certificates.coq.vernacular import Vernacular, by_cases
from symelbo.errors import InternalError

__all__ = ["independent_rows", "write_rank", "write_refutation"]

SHOWN = 16
"""Visible states up to which the gradients are stated in full; beyond, at one state where they differ."""


def write_refutation(page: Vernacular, table: Table, witness: dict[str, Any], point: Sequence[Fraction]) -> bool:
    """T does not split at the point; the point is admissible; two gradients differ there, whatever the solutions.

    Returns whether the point is stated to be admissible: its ranks reach bounds that are known.
    """
    numbers = Numbers(table, point)
    page.theory("refutation")
    page.heading("Theorems")
    _no_splitting(page, table, numbers)
    admissible = _admissible(page, table, numbers, witness, point)
    _gradients(page, table, numbers, witness)
    return admissible


def _matrix_cases(table: Table, values: dict[int, Fraction]) -> str:
    cases = [(s, coq_number(values.get(x, Fraction(0)))) for x, s in enumerate(table.states)]
    return by_cases("v, h", cases, "0")


def _no_splitting(page: Vernacular, table: Table, numbers: Numbers) -> None:
    """A linear form on T that vanishes on T n H and on T n V, written in two ways, but not on T."""
    d = len(table.parameters)
    below, above = independent_rows(numbers.J_V), independent_rows(numbers.vertical_rows)
    stacked = [numbers.vertical_rows[x] for x in above] + [[-v for v in numbers.J_V[x]] for x in below]
    relations = rational_matrix([list(column) for column in zip(*stacked, strict=True)]).nullspace()
    if not relations.ncols:
        raise InternalError("Coq: the tangent space splits at the point of the counterexample")
    found = fractions_of(relations.column_entries(0))
    a = dict(zip(above, found, strict=False))
    b = dict(zip(below, found[len(above) :], strict=True))
    value = [sum((c * numbers.J_V[x][i] for x, c in b.items()), Fraction(0)) for i in range(d)]
    moved = next(i for i, v in enumerate(value) if v)
    page.comment(
        "Two expressions of one linear form on T: the first is 0 on horizontal vectors, the second on vertical ones.",
        f"It is not 0 on the derivative with respect to {table.parameters[moved]}. Hence T is larger than the sum.",
    )
    page.text(f"Definition alpha_H (v : visible) (h : hidden) : Q :=\n{_matrix_cases(table, a)}.")
    cases = [(s, coq_number(b.get(v, Fraction(0)))) for v, s in enumerate(table.visible)]
    page.text(f"Definition beta_V (v : visible) : Q :=\n{by_cases('v', cases, '0')}.")
    page.text(f"Definition moved (i : parameter) : Q := match i with {table.directions[moved]} => 1 | _ => 0 end.")
    if d == 1:
        page.lines[-1] = "Definition moved (i : parameter) : Q := 1."
    page.theorem(
        "not_cylindrical",
        "~ cylindrical_at point",
        "apply (refuted_by point alpha_H beta_V moved).\n"
        "  - apply (equal_by _ parameters number_p _ _ parameters_listed). vm_compute. reflexivity.\n"
        "  - intro E. vm_compute in E. discriminate E.\n",
    )


def independent_rows(rows: Rows) -> list[int]:
    """The first rows that span all of them."""
    return rational_matrix([list(column) for column in zip(*rows, strict=True)]).rref()[1]


def _admissible(
    page: Vernacular, table: Table, numbers: Numbers, witness: dict[str, Any], point: Sequence[Fraction]
) -> bool:
    """The ranks at the point by minors; upper bounds at all regular points by null directions and relations of rows."""
    d, n, n_V = len(table.parameters), len(numbers.p), len(numbers.p_V)
    columns, rows = independent_rows(list(map(list, zip(*numbers.J, strict=True)))), independent_rows(numbers.J)
    columns_V, rows_V = (
        independent_rows(list(map(list, zip(*numbers.J_V, strict=True)))),
        independent_rows(numbers.J_V),
    )
    r, r_V = len(columns), len(columns_V)
    null = [[polynomial_tree(q) for q in c] for c in witness.get("null", ())]
    visible_null = [[polynomial_tree(q) for q in c] for c in witness.get("visible_null", ())]
    reached = min(d - len(null), n - 1) == r and min(d - len(visible_null), n_V - 1) == r_V
    page.heading("The point is admissible")
    if not reached:
        page.comment("Not stated: the ranks at the point do not reach upper bounds that are known.")
        return False
    page.theory("ranks")
    lemmas = write_directions(page, table, "null", null, prefix="null_")
    lemmas_V = write_directions(page, table, "vertical", visible_null, prefix="visible_null_")
    for name, count in (("null", len(null)), ("visible_null", len(visible_null))):
        members = "; ".join(f"{name}_{k + 1}" for k in range(count))
        page.text(f"Definition {name}_directions : list (parameter -> poly) := [{members}].")
    page.theory("admissible")
    states = [f"({s})" for s in table.states]
    page.comment(f"rank J = {r} and rank J_V = {r_V} at the point: minors of these orders with an inverse.")
    write_rank(
        page,
        "rank_at_point",
        r,
        "joint_jacobian",
        [table.directions[i] for i in columns],
        [states[x] for x in rows],
        [[numbers.J[x][i] for i in columns] for x in rows],
    )
    write_rank(
        page,
        "visible_rank_at_point",
        r_V,
        "visible_jacobian",
        [table.directions[i] for i in columns_V],
        [table.visible[v] for v in rows_V],
        [[numbers.J_V[v][i] for i in columns_V] for v in rows_V],
    )
    regular = ["exact positive_at_point"]
    for own in (null, visible_null):
        values = [[value_at(t, point) for t in column] for column in own]
        regular.append(_independent_directions(table, values))
    bounds = [
        _null_bound(lemmas) if d - len(null) == r else _ROWS_BOUND,
        _visible_null_bound(lemmas_V) if d - len(visible_null) == r_V else _VISIBLE_ROWS_BOUND,
    ]
    page.text(
        "Lemma bound : forall theta, regular theta -> forall r, rank_at_least r (joint_jacobian theta) -> "
        f"(r <= {r})%nat.",
        f"Proof. {bounds[0]} Qed.",
        "Lemma visible_bound : forall theta, regular theta -> forall r, rank_at_least r (visible_jacobian theta) -> "
        f"(r <= {r_V})%nat.",
        f"Proof. {bounds[1]} Qed.",
        "Lemma regular_point : regular point.",
        f"Proof. split; [{regular[0]} | split; [{regular[1]} | {regular[2]}]]. Qed.",
    )
    page.comment("No regular point has a larger rank of J, or of J_V.")
    page.theorem(
        "admissible_point",
        "admissible point",
        f"exact (admissible_by point {r} {r_V} regular_point rank_at_point visible_rank_at_point bound visible_bound).",
    )
    return True


def _dual(coordinates: Sequence[str], square: Rows) -> str:
    """The inverse of a square matrix (rows: coordinates) as combinations of coordinates."""
    inverse = rational_matrix(square).inverse()
    rows = [fractions_of([inverse[k, j] for j in range(len(square))]) for k in range(len(square))]
    forms = [
        "; ".join(f"({coq_number(c)}, {name})" for c, name in zip(row, coordinates, strict=True) if c) for row in rows
    ]
    return "[" + ";\n    ".join(f"[{form}]" for form in forms) + "]"


def write_rank(
    page: Vernacular, name: str, rank: int, jacobian: str, columns: Sequence[str], rows: Sequence[str], square: Rows
) -> None:
    """Columns that are independent, by the inverse of a minor."""
    page.theorem(
        name,
        f"rank_at_least {rank} ({jacobian} point)",
        f"exists [{'; '.join(columns)}]. split; [apply Nat.le_refl |].\n  apply independent_by with\n"
        f"    ({_dual(rows, square)}).\n  vm_compute. reflexivity.",
    )


def _independent_directions(table: Table, values: Rows) -> str:
    """Directions that are independent at the point, by the inverse of a minor."""
    rows = [list(r) for r in zip(*values, strict=True)]
    chosen = independent_rows(rows) if rows else []
    dual = _dual([table.directions[i] for i in chosen], [rows[i] for i in chosen]) if rows else "[]"
    return f"apply independent_by with ({dual} : list (list (Q * parameter))); vm_compute; reflexivity"


def _null_bound(lemmas: Sequence[str]) -> str:
    steps = "".join(f"apply Forall_cons; [intros [v h]; exact ({lemma} theta P v h)|]. " for lemma in lemmas)
    return _BY_NULL.format("joint_jacobian", "null_directions", steps, "[P [I _]]")


def _visible_null_bound(lemmas: Sequence[str]) -> str:
    steps = "".join(
        f"apply Forall_cons; [intros v; rewrite <- ({lemma} theta P v); symmetry; apply marginal_along|]. "
        for lemma in lemmas
    )
    return _BY_NULL.format("visible_jacobian", "visible_null_directions", steps, "[P [_ I]]")


_BY_NULL = """intros theta {3} r R.
  assert (F : Forall (fun n => forall s, sum parameters (fun i => n i * {0} theta i s) == 0) (map (at_ theta) {1})).
  {{ {2}apply Forall_nil. }}
  pose proof (bound_by_null _ ({0} theta) _ I F r R) as B. cbn in B. lia."""
_VISIBLE_ROWS_BOUND = """intros theta [P _] r R.
  assert (A : forall v, In v (fst first_state :: tl visibles)).
  { intros v. exact (nth_error_In _ _ (visibles_listed v)). }
  pose proof (bound_by_rows _ (visible_jacobian theta) _ _ A (fun i => tangent_sum theta i P) r R) as B.
  cbn in B. lia."""
_ROWS_BOUND = """intros theta [P _] r R.
  assert (A : forall s, In s (first_state :: tl (list_prod visibles hiddens))).
  { intros [v h]. apply (in_prod visibles hiddens); eapply nth_error_In;
    [apply visibles_listed | apply hiddens_listed]. }
  assert (T : forall i, sum (first_state :: tl (list_prod visibles hiddens)) (fun t => joint_jacobian theta i t) == 0).
  { intros i. etransitivity; [exact (sum_states (joint_jacobian theta i)) | exact (tangent_sum theta i P)]. }
  pose proof (bound_by_rows _ (joint_jacobian theta) _ _ A T r R) as B. cbn in B. lia."""


def _gradients(page: Vernacular, table: Table, numbers: Numbers, witness: dict[str, Any]) -> None:
    """The two directions of learning for a q, for all solutions of the normal equations, and that they differ."""
    page.heading("Two gradients at the point")
    q, c, k = next(_candidates(numbers, witness))
    elbo, evidence = numbers.seen(c), numbers.seen(k)
    different = next(v for v, (s, t) in enumerate(zip(elbo, evidence, strict=True)) if s != t)
    uniform = len(set(q)) == 1
    body = coq_number(q[0]) if uniform else f"\n{_matrix_cases(table, dict(enumerate(q)))}"
    page.text(f"Definition q (v : visible) (h : hidden) : Q := {body}.")
    page.text("Definition q_V (v : visible) : Q := marginal q v.")
    page.theorem(
        "q_is_a_distribution",
        "(forall v h, 0 <= q v h) /\\ total q == 1",
        "split; [|vm_compute; reflexivity].\n  intros v h. apply Qle_bool_iff. revert v h. apply all_states. "
        "vm_compute. reflexivity.",
    )
    state = table.visible[different]
    for name, kind, what, solution, seen in (
        ("elbo", "elbo_gradient", "-grad^M D(q||.), seen in P(V)", c, elbo),
        ("evidence", "evidence_gradient", "-grad^{M_V} D(q_V||.)", k, evidence),
    ):
        cases = zip(table.directions, map(coq_number, solution), strict=True)
        page.text(f"Definition c_{name} (i : parameter) : Q :=\n{by_cases('i', cases, '0')}.")
        page.text(
            f"Lemma c_{name}_solves : {kind} point q c_{name}.",
            f"Proof. apply {kind}_by. vm_compute. reflexivity. Qed.",
        )
        unique = f"{kind}_unique point q c c_{name} positive_at_point H c_{name}_solves"
        start = f"rewrite (marginal_ext _ _ {{}} ({unique}))" if name == "elbo" else f"rewrite ({unique} {{}})"
        if len(numbers.p_V) <= SHOWN:
            values = zip(table.visible, map(coq_number, seen), strict=True)
            page.comment(what)
            page.text(f"Definition {name}_direction (v : visible) : Q :=\n{by_cases('v', values, None)}.")
            conclusion = f"forall v, marginal (along point c) v == {name}_direction v"
            proof = f"intros c H v. {start.format('v')}. revert v.\n  "
            proof += "apply (equal_by _ visibles number_v _ _ visibles_listed). vm_compute. reflexivity."
        else:
            page.comment(f"{what}, at {state}")
            conclusion = f"marginal (along point c) {state} == {coq_number(seen[different])}"
            proof = f"intros c H. {start.format(state)}. vm_compute. reflexivity."
        page.theorem(
            f"{name}_direction_at_point",
            conclusion,
            proof,
            binders="c",
            hypotheses=[f"{kind} point q c"],
            witness=f"exists c_{name}. exact c_{name}_solves.",
        )
    page.comment("Whatever solutions c and k of the normal equations are taken, the two gradients differ in P(V).")
    given = f" {state}" if len(numbers.p_V) <= SHOWN else ""
    page.theorem(
        "gradients_differ",
        "~ (forall v, marginal (along point c) v == marginal (along point k) v)",
        f"intros c k Hc Hk E. specialize (E {state}).\n  rewrite (elbo_direction_at_point c Hc{given}), "
        f"(evidence_direction_at_point k Hk{given}) in E.\n  vm_compute in E. discriminate E.",
        binders="c k",
        hypotheses=["elbo_gradient point q c", "evidence_gradient point q k"],
        witness="exists c_elbo, c_evidence. split; [exact c_elbo_solves | exact c_evidence_solves].",
    )


def _candidates(
    numbers: Numbers, witness: dict[str, Any]
) -> Iterator[tuple[list[Fraction], list[Fraction], list[Fraction]]]:
    """A q with two different gradients: that of the witness, the uniform one, or one of those that span all q."""
    n = len(numbers.p)
    stated = (witness.get("elbo") or {}).get("q")
    unit = Fraction(1, n + 1)
    choices = [] if stated is None else [[Fraction(v) for v in stated]]
    choices += [[Fraction(1, n)] * n]
    for q in (*choices, *([unit + (unit if x == k else 0) for x in range(n)] for k in range(n))):
        c, k = numbers.gradient(q, visible=False), numbers.gradient(q, visible=True)
        if numbers.seen(c) != numbers.seen(k):
            yield q, c, k
    raise InternalError("Coq: no two gradients differ at the point of the counterexample")
