"""Names in derivations: states, marginals, conditionals, and linear forms in a distribution q.

A linear form ``sum_x c(x) q(x)`` is written with marginals: states with the same coefficient that make up a cylinder
``{x_i = a, x_j = b}`` become one probability ``q(x_i=a, x_j=b)``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import prod

import sympy

from symelbo.derivation.lettering import Lettering
from symelbo.exact import Entry, Scalars
from symelbo.models.parametrization import Parametrization
from symelbo.spaces import State, Variable
from symelbo.typesetting import Printer, symbol_latex

# The letters that stand for a visible and for a hidden state, as they are called in what is common to all models.
GENERIC = {"visible": "v", "hidden": "h"}
_GENERIC = re.compile(r"\\(?:visible|hidden)(?![A-Za-z])")
# Without a product of variables a state is one letter, and the hidden states are those of a fibre.
STATE = "x"
_OF_A_MAP = ((r"\sum_{\hidden}", r"\sum_{\hidden\in\pi^{-1}(\visible)}"), (r"\visible,\hidden", r"\hidden"))


class Names:
    """How states, variables and probabilities of one model are written: with placeholders for its own names."""

    def __init__(self, model: Parametrization) -> None:
        self.space = model.space
        self.parameters = model.parameters
        order = list(dict.fromkeys(v.name for v in (*model.space.variables, *model.space.visible)))
        self.lettering = Lettering.of([p.name for p in model.parameters], order)
        self.variable_names = dict(zip(order, self.lettering.variables, strict=True))
        taken = {symbol_latex(n) for n in (*order, *(p.name for p in model.parameters))}
        letters = GENERIC if model.space.hidden else {**GENERIC, "hidden": STATE}
        # The letters of a visible and of a hidden state, bold where the model has a variable of that name.
        self.generic = {rf"\{name}": f"\\mathbf{{{c}}}" if c in taken else c for name, c in letters.items()}

    def filled(self, latex: str) -> str:
        r"""A formula with the letters of this model for ``\visible`` and ``\hidden``."""
        if not self.space.hidden:
            for product, general in _OF_A_MAP:
                latex = latex.replace(product, general)
        return _GENERIC.sub(lambda m: self.generic[m.group()], latex)

    def state(self, state: State) -> str:
        """A state: its labels in the order of ``M.table``, visible variables first."""
        return self.labels(state)

    def visible(self, state: State) -> str:
        """A visible state."""
        return self.labels(state)

    def variables(self, variables: Sequence[Variable]) -> list[str]:
        """Names of variables."""
        return [self.variable(v.name) for v in variables]

    def p(self, state: State) -> str:
        """The probability of a state."""
        return f"p({self.state(state)})"

    def p_generic(self) -> str:
        """The probability of any state."""
        return f"p({','.join(self.variables(self.space.variables))})"

    def p_visible(self, state: State) -> str:
        """The marginal probability of a visible state."""
        return f"p_{{V}}({self.visible(state)})"

    def conditional(self, state: State) -> str:
        """The conditional probability of a state, or of its hidden part, given what is seen of it."""
        if not self.space.hidden:
            seen = self.space.visible_states[self.space.fibration.below[self.space.index(state)]]
            return rf"p({self.state(state)} \mid {self.visible(seen)})"
        n = len(self.space.visible)
        return rf"p({self.labels(state[n:])} \mid {self.visible(state[:n])})"

    def parameter(self, i: int) -> str:
        """A parameter."""
        return self.lettering.parameters[i]

    def variable(self, name: object) -> str:
        """A variable."""
        return self.variable_names[str(name)]

    def label(self, label: object) -> str:
        """A label of a variable."""
        return self.lettering.label(label)

    def labels(self, labels: Iterable[object]) -> str:
        """The labels of a state, joined by commas."""
        return ",".join(map(self.label, labels))

    def printer(self) -> Printer:
        """A printer of expressions in the parameters."""
        return Printer(self.parameters, self.latex())

    def latex(self) -> dict[sympy.Symbol, str]:
        """How the parameters are written."""
        return dict(zip(self.parameters, self.lettering.parameters, strict=True))


class Distribution:
    """The probabilities of a named distribution (q, p*) or of a function (l) as symbols, with their LaTeX.

    Attributes
    ----------
    symbols : dict from symbol to LaTeX
        Of all symbols handed out so far.
    events : dict from symbol to tuple of int
        The numbers of the states that a symbol sums over.
    """

    def __init__(self, letter: str, latex: str, names: Names, *, visible: bool, marginals: bool = True) -> None:
        self.letter, self.latex, self.names, self.marginals = letter, latex, names, marginals
        self.space = space = names.space
        self.variables = space.visible if visible else space.variables
        self.states = space.visible_states if visible else space.states
        self.symbols: dict[sympy.Symbol, str] = {}
        self.events: dict[sympy.Symbol, tuple[int, ...]] = {}
        if not marginals:  # sums are written in the order of the states
            for k in range(len(self.states)):
                self.of(k)

    def of(self, k: int) -> sympy.Symbol:
        """The value at state number k."""
        labels = self.states[k]
        return self._symbol(",".join(map(str, labels)), self.names.labels(labels), (k,))

    def _symbol(self, text: str, latex: str, states: tuple[int, ...]) -> sympy.Symbol:
        symbol = sympy.Symbol(f"{self.letter}({text})")
        self.symbols[symbol] = f"{self.latex}({latex})"
        self.events[symbol] = states
        return symbol

    def probability(self, states: Sequence[int]) -> sympy.Expr:
        """The probability of a set of states: of a cylinder as one symbol, otherwise a sum, of cylinders if it can."""
        if len(states) == len(self.states) and self.marginals:
            return sympy.Integer(1)
        fixed = self._cylinder(states)
        if len(states) == 1 or fixed is None or not self.marginals:
            parts = self._split(states) if self.marginals else None
            return sympy.Add(*(map(self.of, states) if parts is None else map(self.probability, parts)))
        text = ",".join(f"{v.name}={label}" for v, label in fixed)
        latex = ",".join(f"{self.names.variable(v.name)}{{=}}{self.names.label(label)}" for v, label in fixed)
        return self._symbol(text, latex, tuple(states))

    def _split(self, states: Sequence[int]) -> list[list[int]] | None:
        """Disjoint cylinders, one for each label of some variable, that make up a set of states."""
        for i in range(len(self.variables)):
            parts: dict[object, list[int]] = {}
            for k in states:
                parts.setdefault(self.states[k][i], []).append(k)
            if 1 < len(parts) < len(states) and all(self._cylinder(part) for part in parts.values()):
                return list(parts.values())
        return None

    def _cylinder(self, states: Sequence[int]) -> list[tuple[Variable, object]] | None:
        fixed: list[tuple[Variable, object]] = []
        free = 1
        for i, variable in enumerate(self.variables):
            labels = {self.states[k][i] for k in states}
            if len(labels) == 1 and len(variable) > 1:
                fixed.append((variable, next(iter(labels))))
            else:
                free *= len(variable)
        size = prod(len(v) for v in self.variables)
        fits = len(states) == free and all(len(v) >= 1 for v, _ in fixed) and len(states) <= size
        return fixed if fits else None

    def linear_form(self, coefficients: Iterable[Entry], domain: Scalars) -> sympy.Expr:
        """The linear form with these coefficients, states with equal coefficients put together."""
        numbers: dict[tuple[str, str], list[int]] = {}
        representatives: dict[tuple[str, str], Entry] = {}
        for k, c in enumerate(coefficients):
            if c:
                key = str(getattr(c, "num", c)), str(getattr(c, "den", ""))
                numbers.setdefault(key, []).append(k)
                representatives[key] = c
        elements = {domain.to_sympy(c): c for c in representatives.values()}
        groups = dict(zip(elements, numbers.values(), strict=True))
        terms = list(groups.items())
        if self.marginals and len(terms) == 2:
            terms = self._nested(terms, elements, domain)
        common = common_factors([c for c, _ in terms])
        inside = sympy.Add(*(without(c, common) * self.probability(states) for c, states in terms))
        return sympy.Mul(*common) * inside

    def _nested(
        self, terms: list[tuple[sympy.Expr, list[int]]], elements: dict[sympy.Expr, Entry], domain: Scalars
    ) -> list[tuple[sympy.Expr, list[int]]]:
        """``c q(A) + c' q(B)`` as ``(c - c') q(A) + c' q(A or B)`` where A or B is a cylinder."""
        if self._cylinder(terms[0][1]) is None:
            terms = terms[::-1]
        (c, first), (other, second) = terms
        union = sorted([*first, *second])
        if self._cylinder(first) is None or self._cylinder(union) is None:
            return terms
        return [(domain.to_sympy(elements[c] - elements[other]), first), (other, union)]


def common_factors(coefficients: Sequence[sympy.Expr]) -> list[sympy.Expr]:
    """Factors, with their powers, that all coefficients share; numbers stay inside."""
    if len(coefficients) < 2:
        return []
    first, *others = [[f for f in sympy.Mul.make_args(c) if not f.is_number] for c in coefficients]
    return [f for f in first if all(f in o for o in others)]


def without(coefficient: sympy.Expr, common: Sequence[sympy.Expr]) -> sympy.Expr:
    """A product without these factors."""
    return sympy.Mul(*(f for f in sympy.Mul.make_args(coefficient) if f not in common))
