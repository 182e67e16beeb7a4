"""Conditional models: ``p(y, h | x)`` with visible covariates x, of which nothing is modelled.

Covariates have known weights w_x > 0, and the model is ``w_x p(y, h | x; theta)``.  Scores are those of the conditional
distribution, ``d log p(y, h | x)``, and given what is seen, x among it, they have the same mean whatever the weights.
So the ranks of J, J_V and of the vertical part of J, whether T splits, which points are admissible and which
parameters are identifiable are the same for all positive weights.  The metrics are ``G = sum_x w_x G_x``.

Of a model of all variables ``p(x, y, h)`` the conditional one is ``w_x p(x, y, h) / p(x)``: a latent class regression,
a conditional random field, a network without the tables of its covariates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeVar

import numpy as np

from symelbo.errors import ModelError
from symelbo.exact import Field, Rational, RationalFunction, as_rational
from symelbo.models.domain import Constraint, Domain
from symelbo.models.entries import shown_state
from symelbo.models.factors import FactorPool, FactorTable, total
from symelbo.models.structure import Structure, Told
from symelbo.models.table import Table

M = TypeVar("M", bound=Table)


@dataclass(frozen=True, slots=True)
class Conditional(Told):
    """What is known of a conditional model: its words, and how many states the covariates have."""

    strata: int = 1

    def restricted(self) -> Structure:
        """On a part of the parameters it is conditional too."""
        return self

    def changed(self) -> Structure:
        """With another hidden set it need not be."""
        return Structure()


def given(model: M, covariates: str | Iterable[str] | Mapping[str, Sequence[Any]], *, conditional: bool = False) -> M:
    """Return the conditional model, given visible variables with known weights.

    Parameters
    ----------
    model : Parametrization
    covariates : names, or a mapping from names to the weights of their states, which sum to 1
        Covariates are independent; by default their states have equal weights.
    conditional : bool
        Whether the weights of the table are the conditional probabilities already: then they have to sum to 1 for each
        state of the covariates.

    Parameters on which the conditional probabilities do not depend are left out, where no inequality needs them.

    Raises
    ------
    ModelError
        A variable that is not visible, weights that are not positive or do not sum to 1, nothing but covariates.

    >>> from symelbo.models import bayesian_network
    >>> confounder = bayesian_network([("x", "y"), ("h", "y")], hidden=["h"])
    >>> given(confounder, {"x": ["1/3", "2/3"]})
    Model given x with 8 states (4 visible), parameters y1, y2, y3, y4, h
    """
    weights = _weights(model, covariates)
    space, field, table = model.space, model.field, model.factor_table
    columns = [(k, v) for k, v in enumerate(space.visible) if v.name in weights]
    weights = {v.name: weights[v.name] for _, v in columns}
    groups: dict[tuple[int, ...], list[int]] = {}
    for seen, fibre in zip(space.visible_states, space.fibration, strict=True):
        groups.setdefault(tuple(v.position(seen[k]) for k, v in columns), []).extend(fibre)
    pool = FactorPool(field, table.factors)
    coefficients, powers = list(table.coefficients), []
    for labels, states in groups.items():
        rows = np.array(states, dtype=np.int64)
        sum_ = total(space.digits[rows], field, table.select(rows))
        if conditional and sum_ != field.one:
            shown = ", ".join(f"{v.name} = {v.labels[k]}" for (_, v), k in zip(columns, labels, strict=True))
            raise ModelError(f"given: the probabilities given {shown} sum to {field.to_sympy(sum_)}, not to 1")
        c, own = pool.factored(sum_)
        factor_of = prod((w[k] for w, k in zip(weights.values(), labels, strict=True)), start=as_rational(1)) / c
        for x in states:
            coefficients[x] = coefficients[x] * factor_of
        powers.append((rows, own))
    exponents = np.zeros((space.n_states, len(pool.factors)), dtype=np.int16)
    exponents[:, : len(table.factors)] = table.exponents
    for rows, own in powers:
        for f, k in own.items():
            exponents[rows, f] -= k
    used = np.flatnonzero(exponents.any(axis=0))
    words = [*filter(None, [model.structure.restricted().described()]), f"given {', '.join(weights)}, of known weights"]
    return _with_parameters(
        model,
        FactorTable(tuple(pool.factors[f] for f in used), exponents[:, used], tuple(coefficients)),
        name=f"{model.name or 'Model'} given {', '.join(weights)}",
        structure=Conditional("; ".join(words), len(groups)),
    )


def _weights(model: Table, covariates: Any) -> dict[str, list[Rational]]:
    if isinstance(covariates, str) or not isinstance(covariates, Iterable):
        covariates = [covariates]
    seen = {v.name: v.labels for v in model.space.visible}
    if unknown := [n for n in covariates if n not in tuple(seen)]:
        raise ModelError(f"given: {unknown[0]} is no visible variable; those are {', '.join(seen)}")
    if not isinstance(covariates, Mapping):
        covariates = dict.fromkeys(covariates)
    if not covariates or len(covariates) == len(seen):
        raise ModelError("given: expected some of the visible variables as covariates, neither none nor all of them")
    found = {}
    for name, values in covariates.items():
        labels = seen[name]
        given_ = [as_rational(1) / len(labels)] * len(labels)
        if values is not None:
            given_ = [as_rational(w, f"weight of {name}") for w in values]
        if len(given_) != len(labels) or any(w <= 0 for w in given_) or sum(given_) != 1:
            raise ModelError(
                f"given: the weights of {name}, {', '.join(map(str, given_))}, are not {len(labels)} positive numbers, "
                f"for {shown_state(tuple(labels))}, of sum 1"
            )
        found[name] = given_
    return found


def _with_parameters(model: M, table: FactorTable, **told: Any) -> M:
    """The model of a table, without the parameters that neither it nor an inequality together with others needs."""
    old = model.field

    def symbols(element: Any) -> set[Any]:
        return set(old.to_sympy(element).free_symbols)

    needed = set().union(*map(symbols, table.factors)) if table.factors else set()
    while more := {
        s for c in model.domain.constraints if (own := symbols(c.element)) & needed for s in own if s not in needed
    }:
        needed |= more
    unused = {p for p in model.parameters if p not in needed and p not in model.unused_parameters}
    parameters = [p for p in model.parameters if p not in unused]
    if not parameters:
        raise ModelError("given: no parameter is left; the conditional probabilities are known")
    field = Field(parameters, [g for g in old.generators if not g.free_symbols & unused])
    constraints = [c for c in model.domain.constraints if not symbols(c.element) & unused]

    def moved(element: RationalFunction) -> RationalFunction:
        return field.from_sympy(old.to_sympy(element, factored=False))

    return model._but(
        field=field,
        factor_table=FactorTable(tuple(map(moved, table.factors)), table.exponents, table.coefficients),
        domain=Domain(field, tuple(Constraint(moved(c.element), c.text) for c in constraints)),
        normalised=True,
        file=None,
        file_values=None,
        told={p: text for p, text in model.meanings.items() if p in parameters},
        **told,
    )
