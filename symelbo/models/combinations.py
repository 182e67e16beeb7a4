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

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import DomainError, ModelError
from symelbo.exact import Field, RationalFunction, exponent_of, rational_to_sympy
from symelbo.models.domain import Constraint, Domain
from symelbo.models.entries import expression_values, shown_state
from symelbo.models.factors import FactorPool, FactorTable
from symelbo.models.model import constraints_in, inequalities
from symelbo.models.solutions import nonzero
from symelbo.models.structure import Structure
from symelbo.models.table import Table
from symelbo.spaces import Label, Space, joint_space, seen_through

M = TypeVar("M", bound=Table)

__all__ = [
    "hide",
    "observe",
    "product",
    "relabel",
    "rewritten",
    "same",
    "transplant",
    "within",
]


def transplant(
    element: RationalFunction, field: Field, generators: Sequence[sympy.Expr] | None = None
) -> RationalFunction:
    """Return an element as one of another field, in which its generators are called so (default: as they are)."""
    names = element.field.generators if generators is None else generators
    place = {field.generators.index(g): i for i, g in enumerate(names)}
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
    for what, names, others in (
        ("variable", a.names, b.names),
        ("parameter", first.parameters, second.parameters),
    ):
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
        field,
        tuple(Constraint(transplant(c.element, field), c.text) for m in parts for c in m.domain.constraints),
    )
    result = type(first).from_factors(
        space,
        field,
        table,
        domain,
        normalised=first.normalised and second.normalised,
        name=name or f"{first.name or 'model'} x {second.name or 'model'}",
        structure=first.structure.joined(second.structure, len(first.parameters)),
    )
    result.meanings = {**first.meanings, **second.meanings}
    return result


def rewritten(
    model: M,
    new: Mapping[sympy.Symbol, sympy.Expr],
    parameters: Sequence[sympy.Symbol],
    domain: Sequence[sympy.Basic],
) -> M:
    """Return the model with a new expression for every parameter and known constant."""
    if len(set(parameters)) < len(tuple(parameters)):
        raise ModelError(f"reparametrise: the parameters {', '.join(map(str, parameters))} are not distinct")
    if not domain and all(p.is_Symbol for p in new.values()) and tuple(new.values()) == (*parameters, *model.constants):
        return _renamed(model, parameters)
    generators = []
    for i, g in enumerate(model.field.generators):
        if not model.field.is_exponential(i):
            generators.append(new[g])
            continue
        generators.append(sympy.exp(sympy.expand(exponent_of(g).xreplace(new))))
    factors = [_composed(f, generators) for f in model.factor_table.factors]
    conditions = [(_composed(c.element, generators), c.text) for c in model.domain.constraints]
    conditions += [
        (value, f"{value} > 0")
        for i, value in enumerate(generators)
        if model.field.is_exponential(i) and not isinstance(value, sympy.exp)
    ]
    expressions = [*factors, *(c for c, _ in conditions)]
    field = Field.containing(expressions, parameters, lambda _: "reparametrise")
    constraints = constraints_in(field, conditions)
    constraints += Domain.from_relationals(field, domain).constraints
    table = _substituted_table(model.factor_table, field, factors)
    below = np.flatnonzero((table.exponents < 0).any(axis=0))
    constraints += nonzero(Domain(field, tuple(constraints)), [table.factors[f] for f in below])
    if missing := [s for s, c in zip(model.space.states, table.coefficients, strict=True) if not c]:
        raise ModelError(f"reparametrise: the probability of {missing[0]} becomes identically 0")
    result = type(model).from_factors(
        model.space,
        field,
        table,
        Domain(field, tuple(constraints)),
        normalised=model.normalised,
        name=model.name,
        structure=model.structure.restricted(),
    )
    told = _moved(model, new)
    for s in (s for s in parameters if s not in model.parameters):
        told.setdefault(s, ", ".join(f"{p} = {e}" for p, e in new.items() if s in e.free_symbols))
    result.meanings = {p: text for p, text in told.items() if p in parameters}
    try:
        result.domain.interior_point()
    except DomainError as error:
        raise ModelError(f"reparametrise: {error}") from None
    return result


def hide(model: M, hidden: Iterable[str]) -> M:
    """Return the same model with another hidden set.

    Raises
    ------
    ModelError
        An unknown variable, nothing hidden or nothing visible.
    """
    space = model.space.hide(hidden)
    table = model.factor_table.select(space.numbers_in(model.space))
    return same(model, space=space, table=table, structure=model.structure.changed())


def within(model: M, conditions: Any) -> M:
    """Return the model on a smaller domain: the table stays, and what is known of its file."""
    more = Domain.from_relationals(model.field, inequalities(model.field, conditions))
    domain = model.domain.joined(more.constraints)
    try:
        domain.interior_point()
    except DomainError as error:
        raise ModelError(f"within: {error}") from None
    return same(model, domain=domain, structure=model.structure.restricted())


def observe(model: M, seen: Any) -> M:
    """Return the same model, seen through a function of its states.

    Parameters
    ----------
    seen : mapping or callable
        ``{"total": x + y}``, a mapping from states (labels in the order of ``model.space.variables``) to what is seen
        of them, or a function of a state that returns a label or a tuple of labels.

    Raises
    ------
    ModelError
        An unknown variable or state, a state without anything seen, an expression that is no exact number.
    """
    old = model.space
    names, rows = _seen(old, seen)
    space = seen_through(old, rows, names)
    return same(
        model,
        space=space,
        table=model.factor_table.select(space.numbers_in(old)),
        structure=model.structure.seen_otherwise(),
    )


def _seen(space: Space, seen: Any) -> tuple[list[str] | None, list[Any]]:
    """The names of what is seen, where it has any, and what is seen of every state."""
    if isinstance(seen, Mapping) and seen and all(isinstance(v, sympy.Expr) for v in seen.values()):
        columns = [_numbers_seen(space, str(name), e) for name, e in seen.items()]
        return list(map(str, seen)), list(zip(*columns, strict=True))
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


def _numbers_seen(space: Space, name: str, expression: sympy.Expr) -> list[int | str]:
    """The values of an expression in the variables' numeric labels, on all states: integers, or fractions as text."""
    values = expression_values(space, expression, f"observe: {name}")
    return [int(v) if v.denominator == 1 else str(v) for v in values]


def relabel(
    model: M,
    variables: Mapping[str, str] | None = None,
    states: Mapping[str, Sequence[Label]] | None = None,
) -> M:
    """Return the same model with other names of variables, and other labels of their states (in their order).

    Raises
    ------
    ModelError
        An unknown variable, two variables with the same name, a wrong number of labels.
    """
    names, labels = variables or {}, states or {}
    for given in (names, labels):
        if not isinstance(given, Mapping):
            raise ModelError(f"relabel: {given!r} is not a mapping from names of variables")
    for key in (*names, *labels):
        if key not in model.space.names:
            raise ModelError(f"relabel: unknown variable {key}; known are {', '.join(model.space.names)}")
    new = [names.get(n, n) for n in model.space.names]
    if len(set(new)) != len(new):
        raise ModelError(f"relabel: two variables would have the name {next(n for n in new if new.count(n) > 1)}")
    described = {}
    for v in model.space.variables:
        chosen = tuple(labels.get(v.name, v.labels))
        if len(chosen) != len(v):
            raise ModelError(f"relabel: {len(chosen)} labels for the {len(v)} states of {v.name}")
        described[v.name] = chosen
    space = model.space.relabelled(names, described)
    result = same(model, space=space, structure=model.structure.renamed(names))
    result.meanings = result.structure.meanings(result.parameters, space)  # words of the old names are not kept
    return result


def same(
    model: M,
    *,
    space: Space | None = None,
    table: FactorTable | None = None,
    domain: Domain | None = None,
    structure: Structure | None = None,
) -> M:
    """The model with another space, table, domain or structure; field, meanings and numbers of the file stay."""
    result = type(model).from_factors(
        space or model.space,
        model.field,
        table or model.factor_table,
        domain or model.domain,
        normalised=model.normalised,
        name=model.name,
        structure=structure or model.structure,
    )
    result.file, result.file_values, result.impossible = model.file, model.file_values, model.impossible
    result.meanings = model.meanings
    return result


def _renamed(model: M, parameters: Sequence[sympy.Symbol]) -> M:
    field = model.field.renamed(parameters)
    table = model.factor_table
    factors = tuple(transplant(f, field, field.generators) for f in table.factors)
    moved = [transplant(c.element, field, field.generators) for c in model.domain.constraints]
    domain = Domain(field, tuple(map(Constraint.of, moved)))
    result = type(model).from_factors(
        model.space,
        field,
        FactorTable(factors, table.exponents, table.coefficients),
        domain,
        normalised=model.normalised,
        name=model.name,
        structure=model.structure.changed(),
    )
    result.file, result.file_values, result.impossible = model.file, model.file_values, model.impossible
    result.meanings = _moved(model, dict(zip(model.parameters, parameters, strict=True)))
    return result


def _moved(model: Table, new: Mapping[sympy.Symbol, sympy.Expr]) -> dict[sympy.Symbol, str]:
    """What the parameters mean that others are replaced by; one that stands for several means all of them."""
    found: dict[sympy.Symbol, dict[str, None]] = {}
    for p, text in model.meanings.items():
        if new[p].is_Symbol:
            found.setdefault(new[p], {})[text] = None
    return {p: " = ".join(texts) for p, texts in found.items()}


def _composed(element: RationalFunction, generators: Sequence[sympy.Expr]) -> sympy.Expr:
    def value(polynomial: Any) -> sympy.Expr:
        terms = polynomial.to_dict().items()
        return sympy.Add(
            *(
                sympy.Mul(rational_to_sympy(c), *(g ** int(k) for g, k in zip(generators, powers, strict=True) if k))
                for powers, c in terms
            )
        )

    return value(element.num) / value(element.den)


def _substituted_table(table: FactorTable, field: Field, factors: Sequence[sympy.Expr]) -> FactorTable:
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
