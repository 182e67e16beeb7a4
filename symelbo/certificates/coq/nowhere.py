"""Cylindrical at no admissible point in Coq: the vertical rank never drops, so that the ranks never add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from symelbo.certificates.coq.refutation import independent_rows, write_rank
from symelbo.certificates.coq.signs import SIGNS, Known, known_tree, powers_of
from symelbo.certificates.coq.table import Numbers, Table
from symelbo.certificates.coq.trees import Tree, polynomial_tree
from symelbo.certificates.coq.vernacular import Vernacular, polynomial_text
from symelbo.certificates.signs import written
from symelbo.errors import ModelError
from symelbo.exact import Matrix, RationalFunction
from symelbo.loci.positivity import Positivity
from symelbo.models.parametrization import Parametrization

__all__ = ["write_nowhere"]


def write_nowhere(
    page: Vernacular,
    table: Table,
    model: Parametrization,
    data: dict[str, Any],
    point: Sequence[Fraction],
    *,
    ranks_known: bool = False,
) -> None:
    """Where rank J_V is generic T does not split: that rank and the vertical one, which never drops, exceed d."""
    numbers, d = Numbers(table, point), len(table.parameters)
    claim, witness = data["claim"], data["witness"]
    columns_V = independent_rows(list(map(list, zip(*numbers.J_V, strict=True))))
    rows_V = independent_rows(numbers.J_V)
    k = d - len(columns_V) + 1
    if not table.sums_to_one or table.scaled or witness["null"]:
        raise ModelError("Coq: nowhere cylindrical is stated for polynomial tables whose parameters are identifiable")
    columns = witness["minors"][0]["columns"][:k]
    for rows in _choices(numbers, columns, k):
        written = _signed(model, table, rows, columns)
        if written is not None:
            break
    else:
        raise ModelError("Coq: no single minor is a product of known polynomials; use the checker")
    sign, steps, proof = written
    page.theory(*(() if ranks_known else ("ranks",)), "nowhere")
    page.text(SIGNS)
    page.heading("Cylindrical nowhere among the admissible points")

    def text(tree: Any, level: int) -> str:
        return polynomial_text(tree, table.variables, level)

    known = Known(text)
    constraints = range(len(claim["model"]["domain"]))
    domain = [known.learn("d", j, known_tree(claim["model"], "d", j)) for j in constraints]
    inequalities = " /\\ ".join(f"0 < value theta ({t})%poly" for t in domain) or "True"
    page.text(f"Definition in_domain (theta : generator -> Q) : Prop := {inequalities}.")
    facts = [f"pose proof (proj1 I) as D{j}; apply proj2 in I." for j in range(len(domain) - 1)]
    facts.append(f"rename I into D{len(domain) - 1}." if domain else "")
    used = sorted({x for part in (*steps, proof) for kind, x, _ in powers_of(part) if kind == "w"})
    facts += [f"pose proof (P {table.states[x].replace(',', '')}) as W{x}; unfold prob in W{x}." for x in used]
    for x in used:
        known.learn("w", x, table.weight(x))
    facts.append("cbn [value w] in *.")
    for j, step in enumerate(steps):
        polynomial = known.learn("s", j, polynomial_tree(step["polynomial"]))
        total, multiplier = known.total(step), known.product(step["multiplier"])
        facts.append(
            f"assert (S{j} : 0 < value theta ({polynomial})%poly).\n  {{ "
            f"apply (factor_positive _ (value theta ({total})%poly) (value theta ({multiplier})%poly)); "
            f"[cbn [value]; positive | cbn [value]; positive |].\n"
            f"    change (value theta (({polynomial}) * ({multiplier}))%poly == value theta ({total})%poly).\n"
            f"    apply by_reflection. vm_compute. reflexivity. }}\n  cbn [value] in S{j}."
        )
    page.comment("The sign of a minor: a sum of products of positive polynomials.")
    page.text(f"Definition sign_total : poly := ({known.total(proof)})%poly.")
    listed = f"[{'; '.join(table.directions[i] for i in columns)}]"
    states = f"[{'; '.join(f'({table.states[x]})' for x in rows)}]"
    lines = "\n  ".join(f for f in facts if f)
    page.comment(f"The rank of the vertical part is at least {k} at every point of the domain.")
    binders, hypotheses = "(theta : generator -> Q)", ["positive theta", "in_domain theta"]
    page.theorem(
        "vertical_rank",
        f"rank_at_least {k} (vertical_jacobian theta)",
        f"intros theta P I. exists {listed}. split; [apply Nat.le_refl |].\n"
        f"  apply independent_where with {states}; [vm_compute; reflexivity |].\n  {lines}\n"
        "  assert (T : 0 < value theta sign_total) by (unfold sign_total; cbn [value]; positive).\n"
        f"  rewrite (by_reflection (determinant {listed} {states}) (Num ({sign}) * sign_total)%poly);\n"
        "    [cbn [value]; intros Z; lra | vm_compute; reflexivity].",
        binders=binders,
        hypotheses=hypotheses,
        witness="exists point. split; [exact positive_at_point | repeat split; vm_compute; reflexivity].",
    )
    if not ranks_known:
        write_rank(
            page, "visible_rank_at_point", len(columns_V), "visible_jacobian", [table.directions[i] for i in columns_V],
            [table.visible[v] for v in rows_V], [[numbers.J_V[v][i] for i in columns_V] for v in rows_V],
        )  # fmt: skip
    page.comment(
        f"Cylindrical nowhere among the admissible points: rank J_V = {len(columns_V)} there, and where T splits that",
        f"rank and the rank of the vertical part add up to at most the number of parameters, {d}.",
    )
    page.theorem(
        "nowhere_cylindrical",
        "~ cylindrical_at theta",
        "intros theta P I V S. pose proof (ranks_add_up theta _ _ S V (vertical_rank theta P I)) as B. cbn in B. lia.",
        binders=binders,
        hypotheses=[*hypotheses, f"rank_at_least {len(columns_V)} (visible_jacobian theta)"],
        witness="exists point. split; [exact positive_at_point | split; [repeat split; vm_compute; reflexivity |]].\n"
        "  exact visible_rank_at_point.",
    )


def _choices(numbers: Numbers, columns: Sequence[int], k: int) -> Iterator[list[int]]:
    """Rows of the vertical part with independent entries in the columns; a few choices."""
    for start in range(6):
        order = [*range(start, len(numbers.p)), *range(start)]
        chosen = independent_rows([[numbers.vertical_rows[x][i] for i in columns] for x in order])
        if len(chosen) >= k:
            yield sorted(order[j] for j in chosen[:k])


def _signed(
    model: Parametrization, table: Table, rows: Sequence[int], columns: Sequence[int]
) -> tuple[int, list[Any], dict[str, Any]] | None:
    """Sign and size of the determinant of the rows, as a product of known polynomials; None where it is not one."""
    field, n = model.field, len(table.hidden)

    def element(tree: Tree) -> RationalFunction:
        if isinstance(tree, Fraction):
            return field.constant(tree)
        if tree[0] == "x":
            return field.generator(tree[1])
        if tree[0] == "^":
            return element(tree[1]) ** int(tree[2])
        parts = [element(t) for t in tree[1:]]
        return field.sum(parts) if tree[0] == "+" else prod(parts, start=field.one)

    matrix = []
    for x in rows:
        fibre = range(x // n * n, x // n * n + n)
        weight, below = element(table.weight(x)), field.sum(element(table.weight(y)) for y in fibre)
        slopes = {y: [element(table.derivative(y, i)) for i in columns] for y in fibre}
        matrix.append(
            [slopes[x][k] * below - weight * field.sum(slopes[y][k] for y in fibre) for k in range(len(columns))]
        )
    known = Positivity.of(model)
    determinant = Matrix(field, matrix, len(columns)).det()
    found = known.product(determinant) if isinstance(determinant, RationalFunction) else None
    proofs = None if found is None else written(known, [found[1]])
    if found is None or proofs is None:
        return None
    steps, (proof,) = proofs
    return found[0], steps, proof
