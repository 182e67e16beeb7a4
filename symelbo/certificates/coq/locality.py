"""Locality in Coq: the Fisher metric of a network of conditional tables is block diagonal, block by block known."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

from symelbo.budget import LIMITS
from symelbo.certificates.coq.table import Table
from symelbo.certificates.coq.trees import Tree, tree_product, tree_sum
from symelbo.certificates.coq.vernacular import Vernacular
from symelbo.errors import ModelError

__all__ = ["write_locality"]


def write_locality(page: Vernacular, table: Table, witness: dict[str, Any]) -> None:
    """G_ij = 0 for parameters of different rows; within a row it is P(parents) times the metric of a distribution."""
    d = len(table.parameters)
    if len(table.rows) * d * d > LIMITS.coq_local_work:
        raise ModelError(f"Coq: {len(table.rows)} states and {d} parameters are too many for locality; use the checker")
    rows = [tuple(row) for family in witness["families"] for row in family["rows"] if row]
    block = [next(k for k, row in enumerate(rows) if any(_moves(table, f, i) for f in row)) for i in range(d)]
    own = [next(f for f in rows[block[i]] if table.factors[f] == _generator(table, i)) for i in range(d)]
    remainder = [next(f for f in rows[block[i]] if f not in own) for i in range(d)]
    page.heading("Rows of conditional tables")
    page.comment(
        "Parameter by parameter: the number of its row (one node, one state of its parents), the entry of the row that",
        "it is, the entry that is 1 minus all the others, and the states in which the row is used.",
    )
    page.text(f"Definition rows : list nat := [{'; '.join(map(str, block))}]%nat.")
    for name, entries in (("own", own), ("remainder", remainder)):
        page.text(f"Definition {name} : list expr := [\n{table.listed(table.factor_trees[f] for f in entries)}].")
    rows_of = [set(rows[k]) for k in block]
    used = [[x for x, (_, powers) in enumerate(table.rows) if rows_of[i] & dict(powers).keys()] for i in range(d)]
    lists = "; ".join(f"[{'; '.join(map(str, own))}]" for own in used)
    page.text(f"Definition used : list (list nat) := [{lists}]%nat.")
    page.comment("D_i w D_j w / w, times the denominators, for parameters i and j and all states.")
    pairs = []
    for i in range(d):
        found = [[_quotient(table, x, i, j) for x in range(len(table.rows))] for j in range(d)]
        pairs.append(f"[{table.directions(own if any(t != 0 for t in own) else [] for own in found)}]")
    page.text("Definition quotients : list (list (list expr)) := [", ";\n".join(pairs) + "].")
    page.heading("Theorems")
    page.comment("The metric is block diagonal, one block for every row, and what the blocks are.")
    page.theorem(
        "locality",
        "local_metric M theta rows own remainder used",
        "intros R theta. apply local_metric_by with quotients. vm_compute; reflexivity.",
        binders="(R : ordered_field) (theta : values R)",
        hypotheses=["positive M theta"],
        witness="exists rational_field, (rationals rational_field point). apply positive_at_point.",
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
