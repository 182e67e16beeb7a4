"""A point of a model as an instance of the general theory: S3 and S8, or their failure and S9, over any ordered field.

The numbers are those of the file, the table and its derivatives at the point; T splits when ``J hproj = Y J`` for some
Y, and does not when a covector vanishes on J but not on ``J hproj``, hproj the conditional expectation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from symelbo.certificates.coq.table import Numbers, Table, fractions_of, rational_matrix
from symelbo.certificates.coq.trees import coq_number
from symelbo.certificates.coq.vernacular import Vernacular
from symelbo.errors import InternalError

__all__ = ["write_instance"]


def write_instance(page: Vernacular, table: Table, point: Sequence[Fraction]) -> None:
    """What the general theory says of the model at the point, from one computation with rational numbers."""
    numbers = Numbers(table, point)
    n, k, d = len(numbers.p), len(numbers.p_V), len(table.parameters)
    page.heading("The general theory at the point, over any ordered field")
    page.comment(
        "Compile with coqc -R proofs/theory Symelbo FILE.v.  splitting: T = (T n H) + (T n V), and for every measure q",
        "the natural gradients of D(q||.) on the model and of D(q_V||.) on the visible model agree in P(V).",
        "failing: T does not split, and for some distribution q these two differ.",
    )
    page.text(
        "From Symelbo Require instances.",
        "Definition states_listed : list (visible * hidden) := list_prod visibles hiddens.",
        "Definition seen_numbers : list nat := map (fun s => number_v (fst s)) states_listed.",
        "Definition probabilities : list Q := map (fun s => Qred (prob point (fst s) (snd s))) states_listed.",
        "Definition jacobian : list (list Q) :=\n"
        "  map (fun i => map (fun s => Qred (J point i (fst s) (snd s))) states_listed) parameters.",
    )
    projected = [[numbers.p[x] / numbers.p_V[x * k // n] * v for v in numbers.J_V[x * k // n]] for x in range(n)]
    found = rational_matrix(numbers.J).solve(rational_matrix(projected))
    if found is not None:
        rows = [fractions_of(found.column_entries(i)) for i in range(d)]
        page.text(f"Definition witness : list (list Q) := [{'; '.join(map(_listed, rows))}].")
        kind = "splitting"
    else:
        page.text(f"Definition witness : list Q := {_listed(_covector(numbers, projected))}.")
        kind = "failing"
    page.theorem(
        f"{kind}_at_point",
        f"instances.{kind} R {n} {k} seen_numbers probabilities {d} jacobian",
        f"intros R. apply instances.{kind}_instance with witness. vm_compute. reflexivity.",
        binders="(R : ssrnum.Num.RealField.type)",
    )


def _listed(values: Iterable[Fraction]) -> str:
    return f"[{'; '.join(map(coq_number, values))}]"


def _covector(numbers: Numbers, projected: Sequence[Sequence[Fraction]]) -> list[Fraction]:
    """A covector that vanishes on the rows of the Jacobian, but not on all of their projections."""
    kernel = rational_matrix([list(column) for column in zip(*numbers.J, strict=True)]).nullspace()
    for j in range(kernel.ncols):
        found = fractions_of(kernel.column_entries(j))
        if any(sum(a * row[i] for a, row in zip(found, projected, strict=True)) for i in range(len(projected[0]))):
            return found
    raise InternalError("Coq: conditional expectation neither stays in T nor leaves it at the point")
