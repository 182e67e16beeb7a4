"""What a family is known by: energies, units with a logistic input, sums over paths; for all states at once.

Variables stand in such a formula for their values, ``[a=2]`` for 1 where a is 2 and 0 elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt
import sympy

from symelbo.derivation.recorder import Recorder
from symelbo.derivation.steps import Relation, Side
from symelbo.models.exponential import sufficient_statistics
from symelbo.models.structure import Family, Unit
from symelbo.spaces import Label, Variable
from symelbo.typesetting import length

_NUMBER = re.compile(r"-?\d+")
# Statistics up to which an energy is written out; symbols in a logistic input that is written in one piece.
STATISTICS, INPUT = 60, 8


def value(r: Recorder, variable: Variable) -> sympy.Symbol:
    """The value of a variable in a formula."""
    return r.declared(f"value({variable.name})", r.names.variable(variable.name))


def energy(r: Recorder) -> list[sympy.Expr]:
    """The terms ``theta_i T_i(x)`` in the variables; none where a statistic is no monomial and no event."""
    model, space = r.model, r.space
    if not (model.structure.natural and space.is_product and len(model.parameters) <= STATISTICS):
        return []
    terms = []
    for theta, row in zip(model.parameters, sufficient_statistics(model).tolist(), strict=True):
        cells = np.empty(tuple(map(len, space.variables)), dtype=object)
        cells[tuple(space.digits.T)] = row
        term = _monomial(r, cells)
        if term is None:
            return []
        terms.append(theta * term)
    return terms


def _monomial(r: Recorder, cells: npt.NDArray[np.object_]) -> sympy.Expr | None:
    """A function of the states as a multiple of a product of values, or of the indicator of an event."""
    axes = [k for k in range(cells.ndim) if (cells != cells.take([0], axis=k)).any()]
    reduced = cells[tuple(slice(None) if k in axes else 0 for k in range(cells.ndim))]
    reduced = np.asarray(reduced, dtype=object)
    variables = [r.space.variables[k] for k in axes]
    numbers = [[int(label) for label in map(str, v.labels) if _NUMBER.fullmatch(label)] for v in variables]
    if list(map(len, numbers)) == list(map(len, variables)):
        products = np.empty(reduced.shape, dtype=object)
        for at, choice in zip(np.ndindex(*reduced.shape), product(*numbers), strict=True):
            products[at] = sympy.Integer(prod(choice))
        place = next((i for i in np.ndindex(*reduced.shape) if products[i]), None)
        if place is not None and bool(np.all(reduced == reduced[place] / products[place] * products)):
            return reduced[place] / products[place] * sympy.Mul(*(value(r, v) for v in variables))
    cell = np.argwhere(reduced != 0)
    if len(cell) != 1:
        return None
    events = (_event(r, v, v.labels[k]) for v, k in zip(variables, cell[0], strict=True))
    return reduced[tuple(cell[0])] * sympy.Mul(*events)


def _event(r: Recorder, variable: Variable, label: Label) -> sympy.Symbol:
    shown = rf"[{r.names.variable(variable.name)}{{=}}{r.names.label(label)}]"
    return r.declared(f"is({variable.name}={label})", shown)


def received(r: Recorder, energies: Sequence[sympy.Expr]) -> dict[Variable, sympy.Expr]:
    """The input of every hidden unit with states 0 and 1, from the visible variables; empty where there is another."""
    hidden = {v: value(r, v) for v in r.space.hidden}
    if not energies or any(sorted(map(str, v.labels)) != ["0", "1"] for v in hidden):
        return {}
    whole = sympy.Add(*energies)
    found = {v: whole.coeff(s) for v, s in hidden.items()}
    events = [sympy.Symbol(f"is({v.name}={label})") for v in hidden for label in v.labels]
    interact = any(c.has(*hidden.values()) for c in found.values())
    return {} if interact or whole.has(*events) else found


def marginal(r: Recorder, energies: Sequence[sympy.Expr]) -> sympy.Expr | None:
    r"""``p_V(v) = e^{E_0} \prod_j (1 + e^{c_j}) / Z`` for hidden units with inputs c_j from the visible ones."""
    inputs = received(r, energies) if has_no_base(r) else {}
    if not inputs:
        return None
    rest = sympy.Add(*energies).xreplace({value(r, v): sympy.S.Zero for v in inputs})
    return sympy.exp(rest) * sympy.Mul(*(1 + sympy.exp(c) for c in inputs.values())) / partition(r)


def has_no_base(r: Recorder) -> bool:
    """Whether the base measure of an exponential family is 1."""
    return all(c == 1 for c in r.model.factor_table.coefficients)


def partition(r: Recorder) -> sympy.Symbol:
    """The sum of the weights, by its name."""
    return r.declared("Z", "Z")


def logistic(r: Recorder, variable: Variable, given: str, c: sympy.Expr, quantity: str) -> Relation:
    r"""``p(x=1 | ...) = \sigma(c)``; a long input alone, as ``\sigma^{-1}(p) = c``."""
    probability = rf"p({r.names.variable(variable.name)}{{=}}1{given})"
    if length(c) > INPUT:
        return Relation(Side(rf"\sigma^{{-1}}({probability})"), "=", Side(None, c), quantity=quantity)
    return Relation.written(probability, rf"\sigma({r.printed(c)})", quantity=quantity, value=c)


def unit_input(r: Recorder, unit: Unit) -> sympy.Expr:
    """What a unit of a sigmoid belief network receives, in the values of its parents."""
    by_name = {v.name: v for v in r.space.variables}
    theta = r.model.parameters
    return theta[unit.bias] + sympy.Add(*(theta[w] * value(r, by_name[p]) for p, w in unit.weights))


def unit_score(r: Recorder, i: int) -> sympy.Expr:
    """The derivative of log p by parameter number i of a sigmoid belief network, in the values of the variables."""
    by_name = {v.name: v for v in r.space.variables}
    for unit in r.model.structure.units or ():
        parent = {w: p for p, w in unit.weights}.get(i)
        if i == unit.bias or parent is not None:
            difference = value(r, by_name[unit.node]) - sigma(r, unit_input(r, unit))
            return difference if parent is None else value(r, by_name[parent]) * difference
    return sympy.S.Zero


def sigma(r: Recorder, c: sympy.Expr) -> sympy.Symbol:
    """The logistic function of an input."""
    return r.declared(f"sigma({c})", rf"\sigma({r.printed(c)})")


def unit_metric(r: Recorder) -> sympy.Matrix:
    """``E_p[s (1 - s) x_j x_k]`` over the states of a unit's parents, s the probability of 1; x = 1 for the bias."""
    d, states = len(r.model.parameters), r.space.states
    place = {v.name: (k, value(r, v)) for k, v in enumerate(r.space.variables)}
    metric = sympy.zeros(d, d)
    for unit in r.model.structure.units or ():
        for on in product((0, 1), repeat=len(unit.weights)):
            parents = [(*place[p], bit) for (p, _), bit in zip(unit.weights, on, strict=True)]
            event = [x for x, s in enumerate(states) if all(str(s[k]) == str(bit) for k, _, bit in parents)]
            s = sigma(r, unit_input(r, unit).xreplace({v: sympy.Integer(bit) for _, v, bit in parents}))
            weight = r.p.probability(event) * s * (1 - s)
            active = [unit.bias, *(w for (_, w), bit in zip(unit.weights, on, strict=True) if bit)]
            for i in active:
                for j in active:
                    metric[i, j] += weight
    return metric


def probability(r: Recorder, x: int) -> sympy.Expr:
    """The probability of state number x: in a sigmoid belief network a product of logistic functions."""
    units = r.model.structure.units
    if units is None:
        return r.model.probability(x)
    labels = {v.name: int(str(label)) for v, label in zip(r.space.variables, r.space.states[x], strict=True)}
    values = {value(r, v): sympy.Integer(labels[v.name]) for v in r.space.variables}
    factors = ((labels[u.node], sigma(r, unit_input(r, u).xreplace(values))) for u in units)
    return sympy.Mul(*(s if on else 1 - s for on, s in factors))


# -- networks ----------------------------------------------------------------------------------------------------------


def paths(r: Recorder) -> str:
    """The sum over the hidden states of a network, every factor behind the sum over the last hidden node in it."""
    hidden, families = _ordered(r)
    parts: list[str] = []
    for node, own in [(None, families.get(None, [])), *((h, families.get(h, [])) for h in hidden)]:
        factors = [factor(r, f) for f in own]
        if node is not None:
            factors[0] = rf"\sum_{{{r.names.variable(node)}}} {factors[0]}"
        parts += factors
    return r" \, ".join(parts)


def factor(r: Recorder, family: Family) -> str:
    """A conditional table by its name."""
    given = rf" \mid {','.join(map(r.names.variable, family.parents))}" if family.parents else ""
    return rf"p({r.names.variable(family.node)}{given})"


def path_sum(r: Recorder, v: int) -> sympy.Expr:
    """The same for one visible state, with the entries of the tables."""
    hidden, families = _ordered(r)
    labels = {x.name: x.labels for x in r.space.variables}
    rows = {
        f.node: dict(zip(product(*(labels[p] for p in f.parents)), f.rows, strict=True))
        for own in families.values()
        for f in own
    }
    theta = r.model.parameters

    def entry(family: Family, state: dict[str, Label]) -> sympy.Expr:
        free = [theta[i] for i in rows[family.node][tuple(state[p] for p in family.parents)]]
        return [*free, 1 - sympy.Add(*free)][labels[family.node].index(state[family.node])]

    def summed(k: int, state: dict[str, Label]) -> sympy.Expr:
        if k == len(hidden):
            return sympy.S.One
        node = hidden[k]
        terms = []
        for label in labels[node]:
            own = {**state, node: label}
            terms.append(sympy.Mul(*(entry(f, own) for f in families.get(node, [])), summed(k + 1, own)))
        return sympy.Add(*terms)

    seen = dict(zip((x.name for x in r.space.visible), r.space.visible_states[v], strict=True))
    return sympy.Mul(*(entry(f, seen) for f in families.get(None, [])), summed(0, seen))


def _ordered(r: Recorder) -> tuple[list[str], dict[str | None, list[Family]]]:
    """The hidden nodes, parents first, and for each the families with it and no later one; under None those without."""
    families = r.model.structure.families or ()
    concealed = {v.name for v in r.space.hidden}
    done: list[str] = []
    waiting = [f for f in families if f.node in concealed]
    while waiting:
        ready = next(f for f in waiting if not any(p in (w.node for w in waiting) for p in f.parents))
        done.append(ready.node)
        waiting.remove(ready)
    place = {node: k for k, node in enumerate(done)}
    found: dict[str | None, list[Family]] = {}
    for f in sorted(families, key=lambda f: f.node not in concealed):
        last = max((n for n in (f.node, *f.parents) if n in place), key=place.__getitem__, default=None)
        found.setdefault(last, []).append(f)
    return done, found
