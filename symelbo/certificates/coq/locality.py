"""Locality in Coq: the Fisher metric of a network of conditional tables is block diagonal, block by block known."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import Any

from symelbo.budget import LIMITS
from symelbo.certificates.coq.table import Table
from symelbo.certificates.coq.trees import Tree, tree_product, tree_sum
from symelbo.certificates.coq.vernacular import Vernacular, by_cases, polynomial_text
from symelbo.errors import ModelError

__all__ = ["WORK_LIMIT", "write_locality"]

WORK_LIMIT = LIMITS.coq_local_work
"""States times pairs of parameters up to which the blocks are written out."""


def write_locality(page: Vernacular, table: Table, witness: dict[str, Any]) -> None:
    """G_ij = 0 for parameters of different rows; within a row it is P(parents) times the metric of a distribution."""
    d = len(table.parameters)
    if len(table.rows) * d * d > WORK_LIMIT:
        raise ModelError(f"Coq: {len(table.rows)} states and {d} parameters are too many for locality; use the checker")
    rows = [tuple(row) for family in witness["families"] for row in family["rows"] if row]
    block = [next(k for k, row in enumerate(rows) if any(_moves(table, f, i) for f in row)) for i in range(d)]
    own = [next(f for f in rows[block[i]] if table.factors[f] == _generator(table, i)) for i in range(d)]
    remainder = [next(f for f in rows[block[i]] if f not in own) for i in range(d)]
    page.heading("Rows of conditional tables")
    page.comment("Parameters with the same number belong to the same row: one node, one state of its parents.")
    numbers = [f"{name} => {k}" for name, k in zip(table.directions, block, strict=True)]
    page.text(f"Definition row (i : parameter) : nat := match i with {' | '.join(numbers)} end.")
    page.comment("The entry of the row that a parameter is, and the entry that is 1 minus all the others.")
    for name, entries in (("own", own), ("remainder", remainder)):
        texts = [polynomial_text(table.factor_trees[f], table.variables) for f in entries]
        body = by_cases("i", zip(table.directions, texts, strict=True), None)
        page.text(f"Definition {name} (i : parameter) : poly :=\n{body}.")
    page.comment("The states in which the row of a parameter is used: those with its state of the parents.")
    rows_of = [set(rows[k]) for k in block]
    used = [{x for x, (_, powers) in enumerate(table.rows) if rows_of[i] & dict(powers).keys()} for i in range(d)]
    cases = [
        (f"{table.directions[i]}, {s}", "true" if x in used[i] else "false")
        for i in range(d)
        for x, s in enumerate(table.states)
    ]
    body = by_cases("i, v, h", cases, "false")
    page.text(f"Definition uses_row (i : parameter) (v : visible) (h : hidden) : bool :=\n{body}.")
    page.comment("D_i w D_j w / w, times the denominators.")
    quotients = [
        (f"{table.directions[i]}, {table.directions[j]}, {s}", polynomial_text(tree, table.variables))
        for i, j in product(range(d), repeat=2)
        for x, s in enumerate(table.states)
        if (tree := _quotient(table, x, i, j)) != 0
    ]
    if len(quotients) < d * d * len(table.rows):
        quotients.append(("_, _, _, _", "0"))
    body = by_cases("i, j, v, h", quotients, None)
    page.text(f"Definition quotient (i j : parameter) (v : visible) (h : hidden) : poly :=\n{body}.")
    page.theory("locality")
    page.heading("Theorems")
    _theorems(page, table, block)


def _theorems(page: Vernacular, table: Table, block: Sequence[int]) -> None:
    d = len(block)
    names = table.directions
    other = next(((i, j) for i, j in product(range(d), repeat=2) if block[i] != block[j]), None)
    if other is not None:
        page.comment("Locality: the metric is block diagonal, one block for every row.")
        page.theorem(
            "locality",
            "fisher theta i j == 0",
            "intros theta i j P N. rewrite <- (Qmult_1_r (fisher theta i j)). apply (entry_by i j 1 0); [|exact P].\n"
            "  pose proof (parameter_pairs (fun i j => Nat.eqb (row i) (row j) || entry_holds i j 1 0)\n"
            "    ltac:(vm_compute; reflexivity) i j) as E. cbv beta in E. apply orb_true_iff in E.\n"
            "  destruct E as [E | E].\n  - apply Nat.eqb_eq in E. contradiction.\n  - exact E.",
            binders="(theta : generator -> Q) (i j : parameter)",
            hypotheses=["positive theta", "row i <> row j"],
            witness=f"exists point, {names[other[0]]}, {names[other[1]]}. "
            "split; [exact positive_at_point | discriminate].",
        )
    page.comment(
        "The diagonal of a block: G_ii = P(parents) (1 / own + 1 / remainder), multiplied out.",
    )
    page.theorem(
        "diagonal",
        "fisher theta i i * value theta (own i * remainder i) == "
        "value theta (row_probability i * (own i + remainder i))",
        "intros theta i P. apply entry_by; [|exact P].\n"
        "  revert i. apply (every _ _ _ parameters_listed). vm_compute. reflexivity.",
        binders="(theta : generator -> Q) (i : parameter)",
        hypotheses=["positive theta"],
        witness=f"exists point, {names[0]}. exact positive_at_point.",
    )
    pair = next(((i, j) for i, j in product(range(d), repeat=2) if i != j and block[i] == block[j]), None)
    if pair is not None:
        page.comment("Off the diagonal of a block: G_ij = P(parents) / remainder, multiplied out.")
        page.theorem(
            "within_a_row",
            "fisher theta i j * value theta (remainder i) == value theta (row_probability i)",
            "intros theta i j P R N. apply entry_by; [|exact P].\n"
            "  pose proof (parameter_pairs (fun i j => negb (Nat.eqb (row i) (row j))\n"
            "    || Nat.eqb (number_p i) (number_p j) \n"
            "    || entry_holds i j (remainder i) (row_probability i)) ltac:(vm_compute; reflexivity) i j) as E.\n"
            "  cbv beta in E. rewrite R, Nat.eqb_refl in E. apply orb_true_iff in E.\n"
            "  destruct E as [E | E]; [|exact E].\n  exfalso. apply N. destruct i, j; try reflexivity; discriminate E.",
            binders="(theta : generator -> Q) (i j : parameter)",
            hypotheses=["positive theta", "row i = row j", "i <> j"],
            witness=f"exists point, {names[pair[0]]}, {names[pair[1]]}. "
            "split; [exact positive_at_point | split; [reflexivity | discriminate]].",
        )


def _generator(table: Table, i: int) -> dict[tuple[int, ...], Fraction]:
    k = [g["name"] for g in table.generators].index(table.parameters[i])
    return {tuple(int(j == k) for j in range(len(table.generators))): Fraction(1)}


def _moves(table: Table, f: int, i: int) -> bool:
    return bool(table.factor_derivative(f, i) != 0)


def _quotient(table: Table, x: int, i: int, j: int) -> Tree:
    """D_i w D_j w m / w for a state, m the product of the factors that move along both i and j."""
    c, powers = table.rows[x]
    own = [f for f, _ in powers]
    both = [f for f in range(len(table.factors)) if _moves(table, f, i) and _moves(table, f, j)]
    terms = []
    for f, g in product(own, repeat=2):
        rates = table.factor_derivative(f, i), table.factor_derivative(g, j)
        rest = list(both)
        others = [k for k in own if k not in (f, g)]
        if f == g:
            # w / f**2 times m: f itself is one of the factors of m.
            if f not in rest:
                continue
            rest.remove(f)
        terms.append(tree_product(c, *rates, *(table.factor_trees[k] for k in (*others, *rest))))
    return tree_sum(terms)
