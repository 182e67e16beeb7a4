"""What the theory says of a model, theorem by theorem: each applies one theorem of it to one computation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import prod
from typing import Any

from symelbo.certificates.coq.signs import known_tree, powers_of
from symelbo.certificates.coq.table import Numbers, Rows, Table, fractions_of, rational_matrix
from symelbo.certificates.coq.trees import Tree, coq_number, polynomial_tree, value_at
from symelbo.certificates.coq.vernacular import Vernacular
from symelbo.certificates.signs import written
from symelbo.errors import InternalError, ModelError
from symelbo.exact import Matrix, RationalFunction
from symelbo.loci.positivity import Positivity
from symelbo.models.parametrization import Parametrization

__all__ = ["write_everywhere", "write_nowhere", "write_point", "write_refutation", "write_splitting"]

_ANY = "(R : ordered_field)"
_EVERY = "(R : ordered_field) (theta : values R)"
_AT = "exists rational_field, (rationals rational_field point)"
_COMPUTED = "vm_compute; reflexivity"


def write_point(page: Vernacular, point: Sequence[Fraction]) -> None:
    """The point of the certificate, at which all weights are positive."""
    page.text(f"Definition point : list Q := {_numbers(point)}.")
    page.theorem(
        "positive_at_point",
        "positive M (rationals R point)",
        f"intros R. apply positive_at. {_COMPUTED}.",
        binders=_ANY,
    )


def write_everywhere(page: Vernacular, table: Table, witness: dict[str, Any], point: Sequence[Fraction]) -> None:
    """S3 and S8 wherever horizontal and vertical directions span."""
    columns = {
        kind: [[polynomial_tree(q) for q in c] for c in witness[kind]] for kind in ("null", "horizontal", "vertical")
    }
    horizontal = [*columns["null"], *columns["horizontal"]]
    page.heading("Directions c for which J c is horizontal, or 0, and for which it is vertical")
    _directions(page, table, "horizontal_directions", horizontal)
    _directions(page, table, "vertical_directions", columns["vertical"])
    values = [[value_at(t, point) for t in c] for c in (*horizontal, *columns["vertical"])]
    _directions(page, table, "inverse", _inverse(values))
    constant = all(isinstance(t, Fraction) for c in (*horizontal, *columns["vertical"]) for t in c)
    span = "spanned M {} (horizontal_directions ++ vertical_directions)"
    page.heading("Theorems")
    satisfied = f"{_AT}. "
    hypotheses = ["positive M theta"]
    if constant:
        page.theorem(
            "spanned_everywhere",
            span.format("theta"),
            f"intros R theta. apply spanned_everywhere with inverse. {_COMPUTED}.",
            binders=_EVERY,
        )
        satisfied += "apply positive_at_point."
        last = "apply spanned_everywhere"
    else:
        page.theorem(
            "spanned_at_point",
            span.format("(rationals R point)"),
            f"intros R. apply spanned_at with inverse. {_COMPUTED}.",
            binders=_ANY,
        )
        page.comment(
            "They span on a dense open set, as they do at one point; ranks and gradients are continuous on the",
            "admissible points, so that the same holds at all of them.",
        )
        hypotheses.append(span.format("theta"))
        satisfied += "split; [apply positive_at_point | apply spanned_at_point]."
        last = "exact S"
    page.theorem(
        "cylindrical",
        "splitting M theta",
        f"intros R theta P{'' if constant else ' S'}.\n"
        f"  apply splitting_by with horizontal_directions vertical_directions; [{_COMPUTED} | exact P | {last}].",
        binders=_EVERY,
        hypotheses=hypotheses,
        witness=satisfied,
    )


def write_splitting(page: Vernacular, table: Table, point: Sequence[Fraction]) -> None:
    """S3 and S8 at one point: J hproj = Y J, hproj the conditional expectation."""
    numbers = Numbers(table, point)
    found = rational_matrix(numbers.J).solve(rational_matrix(_projected(numbers)))
    if found is None:
        raise InternalError("Coq: the tangent space does not split at the point")
    rows = [fractions_of(found.column_entries(i)) for i in range(len(table.parameters))]
    page.heading("Theorems")
    page.text(f"Definition witness : list (list Q) := [{'; '.join(map(_numbers, rows))}].")
    page.theorem(
        "cylindrical",
        "splitting M (rationals R point)",
        f"intros R. apply splitting_at with witness. {_COMPUTED}.",
        binders=_ANY,
    )


def write_refutation(page: Vernacular, table: Table, witness: dict[str, Any], point: Sequence[Fraction]) -> None:
    """S3 and S8 fail at the point, and S9; its ranks are the largest; the two gradients of a stated q."""
    numbers = Numbers(table, point)
    page.heading("Theorems")
    page.comment("A covector that is 0 on T, but not on all conditional expectations of T.")
    page.text(f"Definition witness : list Q := {_numbers(_covector(numbers))}.")
    page.theorem(
        "not_cylindrical",
        "failing M (rationals R point)",
        f"intros R. apply failing_at_point with witness. {_COMPUTED}.",
        binders=_ANY,
    )
    q, c, k = next(_candidates(numbers, witness))
    elbo, evidence = numbers.seen(c), numbers.seen(k)
    different = next(v for v, (s, t) in enumerate(zip(elbo, evidence, strict=True)) if s != t)
    page.comment("A distribution q; -grad^M D(q||.), seen in P(V), and -grad^{M_V} D(q_V||.).")
    for name, vector in (("q", q), ("elbo_direction", elbo), ("evidence_direction", evidence)):
        page.text(f"Definition {name} : list Q := {_numbers(vector)}.")
    page.theorem(
        "directions_at_point",
        "gradients M point R q elbo_direction evidence_direction",
        f"intros R. apply gradients_at with\n  {_numbers(c)}\n  {_numbers(k)}.\n  {_COMPUTED}.",
        binders=_ANY,
    )
    page.theorem(
        "directions_differ",
        f"~ (nth {different} elbo_direction 0 == nth {different} evidence_direction 0)%Q",
        "intro H. vm_compute in H. discriminate H.",
    )
    _ranks(page, table, numbers, witness, point)


def _ranks(
    page: Vernacular, table: Table, numbers: Numbers, witness: dict[str, Any], point: Sequence[Fraction]
) -> None:
    """The ranks at the point, and that no regular point has larger ones; nothing where they do not reach the bounds."""
    n, d, n_seen = len(numbers.p), len(table.parameters), len(numbers.p_V)
    null, visible_null = (
        [[polynomial_tree(q) for q in c] for c in witness.get(kind, ())] for kind in ("null", "visible_null")
    )
    (r, inverse), (r_V, inverse_V) = _rank(numbers.J), _rank(numbers.J_V)
    if min(d - len(null), n - 1) != r or min(d - len(visible_null), n_seen - 1) != r_V:
        page.comment("Not stated: the ranks at the point do not reach upper bounds that are known.")
        return
    page.comment(
        "Regular points: positive ones at which the directions that J, and its visible part, map to 0 are independent.",
        f"The ranks of J and of its visible part are {r} and {r_V} at the point; no regular point has larger ones.",
    )
    inverses = []
    for name, own in (("null_directions", null), ("visible_null_directions", visible_null)):
        _directions(page, table, name, own)
        inverses.append(f"[{table.directions(_right_inverse([[value_at(t, point) for t in c] for c in own], d))}]")
    regular = "regular M {} null_directions visible_null_directions"
    page.theorem(
        "largest_ranks",
        f"ranks_at_most M theta {r} {r_V}",
        f"intros R theta. apply ranks_le. {_COMPUTED}.",
        binders=_EVERY,
        hypotheses=[regular.format("theta")],
        witness=f"{_AT}. apply regular_at with\n  {inverses[0]}\n  {inverses[1]}.\n  {_COMPUTED}.",
    )
    page.theorem(
        "ranks_at_point",
        f"joint_rank M (rationals R point) = {r}%nat /\\ visible_rank M (rationals R point) = {r_V}%nat",
        "intros R. apply ranks_at with null_directions visible_null_directions\n"
        f"  {inverses[0]}\n  {inverses[1]}\n  {inverse}\n  {inverse_V}.\n  {_COMPUTED}.",
        binders=_ANY,
    )


def write_nowhere(
    page: Vernacular, table: Table, model: Parametrization, data: dict[str, Any], point: Sequence[Fraction]
) -> None:
    """Where rank J_V is generic T does not split: that rank and the vertical one, which never drops, exceed d."""
    numbers, d = Numbers(table, point), len(table.parameters)
    claim, witness = data["claim"], data["witness"]
    r_V, inverse_V = _rank(numbers.J_V)
    k = d - r_V + 1
    if table.scaled or witness["null"]:
        raise ModelError("Coq: nowhere cylindrical is stated for polynomial tables whose parameters are identifiable")
    columns = witness["minors"][0]["columns"][:k]
    for rows in _choices(numbers, columns, k):
        found = _signed(model, table, rows, columns)
        if found is not None:
            break
    else:
        raise ModelError("Coq: no single minor is a product of known polynomials; use the checker")
    sign, steps, proof = found
    domain = [known_tree(claim["model"], "d", j) for j in range(len(claim["model"]["domain"]))]
    start = {"d": 0, "w": len(domain), "s": len(domain) + len(table.rows)}
    if any(kind not in start for part in (*steps, proof) for kind, _, _ in powers_of(part)):
        raise ModelError("Coq: a sign that rests on exponentials has no form in Coq; use the checker")
    page.heading("Cylindrical nowhere among the admissible points")
    page.comment("What is positive in the domain.")
    page.text(f"Definition domain : list expr := [\n{table.listed(domain)}].")
    page.comment(
        "What follows: P m = sum c k, with m and k products of known polynomials: those of the domain, the weights and",
        "the P before, by number.  The last P is a minor of the vertical part of J, up to its sign.",
    )
    minor = f"(Num {coq_number(Fraction(sign))} * det {k} (minor M {_naturals(columns)} {_naturals(rows)}))"
    lines = [_step(table.text(polynomial_tree(own["polynomial"])), own, start) for own in steps] + [
        _step(minor, proof, start)
    ]
    page.text("Definition steps : list step := [", ";\n".join(lines) + "].")
    page.theorem(
        "visible_rank_at_point",
        f"visible_rank_at_least M (rationals R point) {r_V}",
        f"intros R. apply visible_rank_at with\n  {inverse_V}.\n  {_COMPUTED}.",
        binders=_ANY,
    )
    page.comment(
        f"Wherever rank J_V is {r_V}, as it is at admissible points: where T splits, that rank and the rank of the",
        f"vertical part, which is at least {k}, add up to at most the number of parameters, {d}.",
    )
    page.theorem(
        "nowhere_cylindrical",
        "failing M theta",
        f"intros R theta. apply nowhere with {_naturals(columns)} {_naturals(rows)} {coq_number(Fraction(sign))}\n"
        f"  steps. {_COMPUTED}.",
        binders=_EVERY,
        hypotheses=["positive M theta", "all_positive theta domain", f"visible_rank_at_least M theta {r_V}"],
        witness=f"{_AT}.\n  split; [apply positive_at_point | split; "
        f"[apply all_positive_at; {_COMPUTED} | apply visible_rank_at_point]].",
    )


def _step(stated: str, part: dict[str, Any], start: dict[str, int]) -> str:
    def product(powers: Iterable[Any]) -> str:
        return _naturals([start[kind] + k for kind, k, e in powers for _ in range(e)])

    terms = "; ".join(f"({coq_number(Fraction(c))}, {product(powers)})" for c, powers in part["terms"])
    return f"Step ({stated}) {product(part['multiplier'])} [{terms}]"


def _directions(page: Vernacular, table: Table, name: str, columns: Sequence[Sequence[Tree]]) -> None:
    page.text(f"Definition {name} : list (list expr) := [\n{table.directions(columns)}].")


def _numbers(values: Iterable[Fraction]) -> str:
    return f"[{'; '.join(map(coq_number, values))}]"


def _naturals(values: Iterable[int]) -> str:
    return f"[{'; '.join(map(str, values))}]%nat"


def _inverse(square: Rows) -> Rows:
    inverse = rational_matrix(square).inverse()
    return [fractions_of([inverse[i, j] for j in range(len(square))]) for i in range(len(square))]


def independent_rows(rows: Rows) -> list[int]:
    """The first rows that span all of them."""
    return rational_matrix([list(column) for column in zip(*rows, strict=True)]).rref()[1]


def _rank(rows: Rows) -> tuple[int, str]:
    """The rank of J (rows are states); parameters that are independent, and columns that invert their rows."""
    parameters, states = independent_rows([list(column) for column in zip(*rows, strict=True)]), independent_rows(rows)
    inverse = _inverse([[rows[x][i] for x in states] for i in parameters])
    columns = [
        "[" + "; ".join(f"({x}%nat, {coq_number(inverse[m][j])})" for m, x in enumerate(states) if inverse[m][j]) + "]"
        for j in range(len(parameters))
    ]
    return len(parameters), f"{_naturals(parameters)}\n  [{'; '.join(columns)}]"


def _right_inverse(rows: Rows, d: int) -> Rows:
    """Y with N Y = 1, for independent rows N."""
    if not rows:
        return []
    chosen = independent_rows([list(column) for column in zip(*rows, strict=True)])
    inverse = _inverse([[row[i] for i in chosen] for row in rows])
    return [inverse[chosen.index(i)] if i in chosen else [Fraction(0)] * len(rows) for i in range(d)]


def _projected(numbers: Numbers) -> Rows:
    """The conditional expectations of the rows of J."""
    return [[numbers.p[x] / numbers.p_V[v] * entry for entry in numbers.J_V[v]] for x, v in enumerate(numbers.fibre_of)]


def _covector(numbers: Numbers) -> list[Fraction]:
    """A covector that vanishes on the rows of the Jacobian, but not on all of their projections."""
    projected = _projected(numbers)
    kernel = rational_matrix([list(column) for column in zip(*numbers.J, strict=True)]).nullspace()
    for j in range(kernel.ncols):
        found = fractions_of(kernel.column_entries(j))
        if any(sum(a * row[i] for a, row in zip(found, projected, strict=True)) for i in range(len(projected[0]))):
            return found
    raise InternalError("Coq: the tangent space splits at the point of the counterexample")


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
    field = model.field

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
        fibre = [y for y, v in enumerate(table.seen) if v == table.seen[x]]
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
