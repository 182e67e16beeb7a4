"""New models from old ones: products, other parameters, fixed parameters, another hidden set, other names.

All of these keep the factor form: a table is never multiplied out.

Example.  M(b) with equal error probabilities at both leaves, and its product with an independent coin:

>>> import sympy
>>> from symelbo.models import independence, model_b
>>> e = sympy.Symbol("e")
>>> M = model_b().reparametrise({"y1": 1 - e, "z1": 1 - e, "y2": e, "z2": e})
>>> M.parameters, M.table[1, 0, 1]
((x, e), e*x*(1 - e))
>>> M.fix({"e": "1/10"}).table[1, 0, 1]
9*x/100
>>> coin = independence({"c": 2, "d": 2}, hidden=["d"])
>>> product(model_b(), coin)
M(b) x independence with 32 states (8 visible), parameters x, y1, y2, z1, z2, c, d
>>> model_b().hide("y").space
SampleSpace(visible: x: 2, z: 2; hidden: y: 2; 8 states)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import ModelError
from symelbo.exact import Field, RationalFunction, rational_to_sympy
from symelbo.models.domain import Constraint, Domain
from symelbo.models.entries import expression_values, shown_state
from symelbo.models.factors import FactorPool, FactorTable
from symelbo.models.table import Table
from symelbo.spaces import Space, joint_space

M = TypeVar("M", bound=Table)


def transplant(
    element: RationalFunction, field: Field, generators: Sequence[sympy.Expr] | None = None
) -> RationalFunction:
    """Return an element as one of another field, in which its generators are called so (default: as they are)."""
    names = element.field.generators if generators is None else generators
    numbers = {g: k for k, g in enumerate(field.generators)}
    place = {numbers[g]: i for i, g in enumerate(names)}
    source = [place.get(k) for k in range(len(field.generators))]

    def moved(polynomial: Any) -> RationalFunction:
        terms = polynomial.to_dict().items()
        return field.polynomial({tuple(0 if i is None else int(k[i]) for i in source): c for k, c in terms})

    num = moved(element.num)
    return num if element.den.is_one() else num / moved(element.den)


def joint_generators(*fields: Field, what: str) -> list[sympy.Expr]:
    """The generators of fields with different parameters together; known constants may be the same ones.

    Raises
    ------
    ModelError
        Different exponentials of constants alone, which depend on each other.
    """
    found = list(dict.fromkeys(g for f in fields for g in f.generators))
    parameters = {p for f in fields for p in f.parameters}
    constant = [g for g in found if not g.is_Symbol and not g.free_symbols & parameters]
    if len(constant) > 1:
        raise ModelError(
            f"{what}: the models contain different exponentials of constants ({', '.join(map(str, constant))}); "
            f"write the {what} as one Parametrization"
        )
    return found


@budgeted("the product")
def product(first: M, second: Table, *, name: str | None = None, budget: Limit = None) -> M:
    """Return the model of two independent parts, ``p(x, x') = p(x) p'(x')`` with independent parameters.

    Raises
    ------
    ModelError
        A variable or parameter belongs to both; use ``relabel`` or ``reparametrise`` first.
    """
    for part in (first, second):
        if not isinstance(part, Table):
            raise ModelError(f"product: expected two models with a table, not {part!r}")
    a, b = first.space, second.space
    for what, names, others in (("variable", a.names, b.names), ("parameter", first.parameters, second.parameters)):
        if common := sorted({str(n) for n in names} & {str(n) for n in others}):
            raise ModelError(f"product: the {what} {common[0]} belongs to both models; rename it in one of them")
    space = joint_space(a, b)
    rows = tuple(space.numbers_in(part) for part in (a, b))
    parts: tuple[Table, ...] = (first, second)
    field = Field((*first.parameters, *second.parameters), joint_generators(first.field, second.field, what="product"))
    factors = tuple(transplant(f, field) for m in parts for f in m.factor_table.factors)
    table = FactorTable(
        factors,
        np.hstack([m.factor_table.exponents[r] for m, r in zip(parts, rows, strict=True)]),
        tuple(
            first.factor_table.coefficients[i] * second.factor_table.coefficients[j]
            for i, j in zip(rows[0].tolist(), rows[1].tolist(), strict=True)
        ),
    )
    domain = Domain(
        field, tuple(Constraint(transplant(c.element, field), c.text) for m in parts for c in m.domain.constraints)
    )
    return first._but(
        space=space,
        field=field,
        factor_table=table,
        domain=domain,
        normalised=first.normalised and second.normalised,
        name=name or f"{first.name or 'model'} x {second.name or 'model'}",
        structure=first.structure.joined(second.structure, len(first.parameters)),
        impossible=(),
        file=None,
        file_values=None,
        told={**first.meanings, **second.meanings},
    )


def what_is_seen(space: Space, seen: Any) -> tuple[list[str] | None, list[Any]]:
    """The names of what is seen, where it has any, and what is seen of every state."""
    if isinstance(seen, Mapping) and seen and all(isinstance(v, sympy.Expr) for v in seen.values()):
        columns = [expression_values(space, e, f"observe: {name}") for name, e in seen.items()]
        shown = [[int(v) if v.denominator == 1 else str(v) for v in column] for column in columns]
        return list(map(str, seen)), list(zip(*shown, strict=True))
    if isinstance(seen, Mapping):
        found = {space.index(state): label for state, label in seen.items()}
        missing = [s for x, s in enumerate(space.states) if x not in found]
        if missing:
            raise ModelError(f"observe: nothing is said of the state {shown_state(missing[0])}")
        return None, [found[x] for x in range(space.n_states)]
    if callable(seen):
        return None, [seen(*state) for state in space.states]
    raise ModelError(
        f'observe: {seen!r} is neither a mapping, such as {{"total": x + y}} or {{state: seen}}, nor a function of '
        "a state"
    )


def meanings_of(model: Table, new: Mapping[sympy.Symbol, sympy.Expr]) -> dict[sympy.Symbol, str]:
    """What the parameters mean that others are replaced by; one that stands for several means all of them."""
    found: dict[sympy.Symbol, dict[str, None]] = {}
    for p, text in model.meanings.items():
        if new[p].is_Symbol:
            found.setdefault(new[p], {})[text] = None
    return {p: " = ".join(texts) for p, texts in found.items()}


def composed(element: RationalFunction, generators: Sequence[sympy.Expr]) -> sympy.Expr:
    """An element with other expressions for the generators of its field."""

    def value(polynomial: Any) -> sympy.Expr:
        terms = polynomial.to_dict().items()
        return sympy.Add(
            *(
                sympy.Mul(rational_to_sympy(c), *(g ** int(k) for g, k in zip(generators, powers, strict=True) if k))
                for powers, c in terms
            )
        )

    return value(element.num) / value(element.den)


def substituted(table: FactorTable, field: Field, factors: Sequence[sympy.Expr]) -> FactorTable:
    """Each old factor becomes a product of new ones, so the new exponents are integer combinations of the old."""
    pool = FactorPool(field)
    rows = [pool.row(f, "reparametrise") for f in factors]
    combination = np.zeros((len(rows), len(pool.factors)), dtype=np.int64)
    for i, (_, powers) in enumerate(rows):
        for f, k in powers.items():
            combination[i, f] = k
    old = table.exponents.astype(np.int64)
    exponents = old @ combination
    if exponents.size and int(np.abs(exponents).max()) > 1000:
        raise ModelError("reparametrise: an exponent beyond the limit of 1000")
    coefficients = list(table.coefficients)
    for f in (f for f, (c, _) in enumerate(rows) if c != 1):
        c = rows[f][0]
        for x in np.flatnonzero(old[:, f]).tolist():
            power = int(old[x, f])
            if not c and power < 0:
                raise ModelError("reparametrise: a denominator becomes identically 0")
            coefficients[x] = coefficients[x] * c**power
    return FactorTable(tuple(pool.factors), exponents.astype(np.int16), tuple(coefficients))
