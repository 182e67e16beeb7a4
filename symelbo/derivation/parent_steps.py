"""Probabilities of the states of parents in a network, which its metric is made of: short, by each other's names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product
from math import prod
from typing import TypeAlias

import sympy

from symelbo.derivation.recorder import READABLE, Recorder
from symelbo.derivation.steps import Relation, Side
from symelbo.exact import Entry
from symelbo.spaces import Label
from symelbo.typesetting import Printer, length

__all__ = ["parents"]

# Symbols from which on a probability of parents has a name.
NAMED_LENGTH = 6
State: TypeAlias = tuple[tuple[str, Label], ...]
Lines: TypeAlias = dict[sympy.Expr, Relation]


def parents(r: Recorder) -> None:
    """Names for the probabilities of states of parents that are sums; of independent parents, for each of them."""
    events = _Events(r)
    for family in events.families.values():
        if family.parents and len(events.labels[family.node]) > 1:
            events.name(family.parents)
    if events.lines:
        r.step(
            "Parents", "Probabilities of states of parents that are sums have names from here on:",
            events.lines.values(), rule="definition; summation", basis="identity",
        )  # fmt: skip


class _Events:
    """Events "these nodes are in these states", and the lines that name their probabilities."""

    def __init__(self, r: Recorder) -> None:
        self.r, self.lines = r, Lines()
        self.families = {f.node: f for f in r.model.structure.families or ()}
        self.labels = {v.name: v.labels for v in r.space.variables}
        self.columns = {v.name: k for k, v in enumerate(r.space.variables)}
        self.event = cache(self._event)

    def _event(self, state: State) -> tuple[sympy.Expr, Entry, sympy.Expr]:
        """The symbol of an event, its probability, and that as an expression."""
        at = self.r.at
        states = [x for x, s in enumerate(self.r.space.states) if all(s[self.columns[n]] == v for n, v in state)]
        chance = at.domain.sum(at.probabilities[x] for x in states)
        return self.r.p.probability(states), chance, at.domain.to_sympy(chance)

    def name(self, nodes: Sequence[str]) -> None:
        """Lines for the states of these nodes whose probabilities are sums."""
        states = [tuple(zip(nodes, state, strict=True)) for state in product(*(self.labels[n] for n in nodes))]
        symbols = [self.event(state)[0] for state in states]
        for state, symbol in zip(states, symbols, strict=True):
            value = self.event(state)[2]
            if value.is_Mul and len(nodes) > 1:
                for n in nodes:
                    self.name([n])
            if not (symbol.is_Symbol and value.is_Add) or length(value) < NAMED_LENGTH:
                continue
            if symbol in self.lines or value in self.r.marginal_values:
                continue
            others = symbols[:-1] if symbol is symbols[-1] else []
            left, latex = Side(self.r.p.symbols[symbol]), self.written(state, others, length(value))
            self.lines[symbol] = Relation(left, "=", Side(latex, value), names=True, quantity=f"p:{symbol.name}")

    def written(self, state: State, others: Sequence[sympy.Expr], size: int) -> str | None:
        """A probability by names, where that is shorter: 1 less the others, by those of the parents, or as a sum."""
        shown = 1 - sympy.Add(*others) if others and all(s in self.lines for s in others) else None
        if shown is None and len(state) == 1:
            shown = self.by_parents(*state[0])
        if shown is not None and length(shown) < size:
            return Printer(self.r.model.parameters, {**self.r.names.latex(), **self.r.p.symbols}).doprint(shown)
        return self.summation(dict(state)) if size > READABLE else None

    def by_parents(self, node: str, label: Label) -> sympy.Expr | None:
        """The probability of a state of one node, by those of its parents' states."""
        family, total = self.families[node], sympy.S.Zero
        for given, row in zip(product(*(self.labels[p] for p in family.parents)), family.rows, strict=True):
            above = self.known(tuple(zip(family.parents, given, strict=True)))
            if above is None:
                return None
            free = [self.r.model.parameters[i] for i in row]
            total += [*free, 1 - sympy.Add(*free)][self.labels[node].index(label)] * above
        return total

    def known(self, state: State) -> sympy.Expr | None:
        """A probability that is short, or has a name, or is a product of such."""
        symbol, chance, value = self.event(state)
        if symbol in self.lines or length(value) < NAMED_LENGTH:
            return symbol if symbol in self.lines else value
        single = [(part,) for part in state]
        if len(single) == 1 or chance != prod((self.event(s)[1] for s in single), start=self.r.at.domain.one):
            return None
        factors = list(map(self.known, single))
        return None if None in factors else sympy.Mul(*factors)

    def summation(self, fixed: dict[str, Label]) -> str:
        """The sum over the ancestors of some nodes."""
        names, needed, waiting = self.r.names, set(), list(fixed)
        while waiting:
            needed.add(node := waiting.pop())
            waiting += self.families[node].parents

        def at_state(n: str) -> str:
            return names.variable(n) + (f"{{=}}{names.label(fixed[n])}" if n in fixed else "")

        own = [f for n, f in self.families.items() if n in needed]
        given = [rf" \mid {','.join(map(at_state, f.parents))}" if f.parents else "" for f in own]
        parts = [f"p({at_state(f.node)}{above})" for f, above in zip(own, given, strict=True)]
        free = ",".join(names.variable(f.node) for f in own if f.node not in fixed)
        return (rf"\sum_{{{free}}} " if free else "") + r" \, ".join(parts)
