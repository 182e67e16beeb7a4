"""The defect of a Bayesian network in closed form: block by block, with shared subexpressions, nothing expanded.

G^{-1} is known row by row of the conditional tables (S10; each block is the inverse, by Sherman and Morrison, of a
diagonal plus the rank one of normalisation), and it is never written out.  What the visible model loses is low rank: a
score varies within the fibres only through k integer combinations B of log-factors, so with A = (B L)^T (d x k)

    G - G_V = E_p[Cov(s | v)] = A S A^T,    S = sum_v sum_{h < h'} p(v,h) p(v,h') / p_V(v) c c^T   (k x k),

c the coordinates of the difference of states (v,h), (v,h') in B.  With F = J_V G^{-1} A and R = A^T G^{-1} A the
identity of Woodbury (1950) gives, where G_V is regular,

    Delta = J_V (G_V^{-1} - G^{-1}) J_V^T = F X F^T,    (I - S R) X = S,

a k x k system, which is solved step by step, every intermediate result with a name.  Where rank J_V = |V| - 1 instead,
Delta = diag(p_V) - p_V p_V^T - J_V G^{-1} J_V^T directly.  A network of several components is a product of models, and
its defect comes factor by factor: T is the orthogonal sum of the T_c, each times the distributions of the others, so
F has the columns F_c times the p_V of the others, and X is block diagonal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import networkx as nx
import numpy as np
import sympy

from symelbo.errors import DomainError, InternalError, ModelError
from symelbo.exact import QQ, Matrix, Rational, RationalFunction, as_rational, evaluate_mod, rational_to_sympy, residue
from symelbo.geometry.ranks import generic_ranks, ranks_at
from symelbo.geometry.screen import difference_basis
from symelbo.geometry.tangent import geometry
from symelbo.models.graphs import BayesianNetwork, free_tables
from symelbo.models.parametrization import Parametrization, as_model

__all__ = ["DefectFormula", "defect_formula"]


@dataclass(frozen=True)
class DefectFormula:
    """``Delta = F X F^T`` with named subexpressions: the defect at every admissible point.

    Attributes
    ----------
    model : Parametrization
    definitions : tuple of (symbol, expression)
        In order: each uses parameters and earlier symbols only.
    F : sympy.Matrix, |V| x k
    X : sympy.Matrix, k x k, symmetric
    """

    model: Parametrization
    definitions: tuple[tuple[sympy.Symbol, sympy.Expr], ...]
    F: sympy.Matrix
    X: sympy.Matrix

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The parameters of the model."""
        return self.model.parameters

    def entry(self, v: int, w: int) -> sympy.Expr:
        """Return Delta[v, w] in the names of the definitions."""
        terms = (
            self.F[v, i] * self.X[i, j] * self.F[w, j]
            for i in range(self.X.rows)
            for j in range(self.X.cols)
            if self.X[i, j]
        )
        return sympy.Add(*terms)

    def at(self, values: Mapping[Any, Any]) -> sympy.Matrix:
        """Return Delta at an admissible rational point, |V| x |V|, exactly.

        Raises
        ------
        DomainError
            A value is missing or outside the domain, or the point is not admissible: there the limit of Delta depends
            on the direction, and is not the defect.
        """
        point = self.model.point(values)
        generic = generic_ranks(self.model)
        if ranks_at(self.model, point)[:2] != generic[:2]:
            raise DomainError(
                f"the point ({point}) is not admissible, the closed form does not hold there; use se.defect(M, at)"
            )
        known: dict[sympy.Expr, Rational] = dict(zip(self.model.field.generators, point.values, strict=True))
        for symbol, expression in self.definitions:
            known[symbol] = _value(expression, known)
        f, x = (
            Matrix(QQ, [[_value(m[i, j], known) for j in range(m.cols)] for i in range(m.rows)], m.cols)
            for m in (self.F, self.X)
        )
        return (f @ x @ f.T).to_sympy()

    def __repr__(self) -> str:
        shape = f"{self.F.rows} x {self.X.rows}"
        return f"Delta = F X F^T, F {shape}, with {len(self.definitions)} named subexpressions"


def _value(e: sympy.Expr, known: Mapping[sympy.Expr, Rational]) -> Rational:
    power: Rational
    if e.is_Symbol:
        return known[e]
    if e.is_Rational:
        return as_rational(e)
    values = [_value(a, known) for a in e.args]
    if e.is_Add:
        return sum(values, start=QQ.zero)
    if e.is_Mul:
        power = QQ.one
        for v in values:
            power = power * v
        return power
    base, exponent = values[0], int(e.args[1])
    if not base and exponent < 0:
        raise DomainError("a denominator of the closed form vanishes at this point")
    power = base**exponent
    return power


def defect_formula(model: Parametrization) -> DefectFormula:
    """Return the generic defect of a Bayesian network with free conditional tables, in closed form.

    Raises
    ------
    ModelError
        The model is no such network, or neither G_V nor the visible simplex allows the closed form.

    >>> from symelbo.models import model_b, naive_bayes
    >>> formula = defect_formula(model_b())
    >>> formula.at({"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"})[0, 0]
    145/2592
    >>> formula = defect_formula(naive_bayes(4))
    >>> formula.F.shape, formula.X.shape
    ((16, 5), (5, 5))
    """
    as_model(model)
    if not isinstance(model.structure, BayesianNetwork):
        raise ModelError("the closed form of the defect is for Bayesian networks with free conditional tables")
    parts = [sorted(part) for part in nx.connected_components(model.structure.graph().to_undirected())]
    if len(parts) > 1:
        return _factor_by_factor(model, model.structure, parts)
    ranks = generic_ranks(model)
    if ranks.visible == model.space.n_visible - 1:
        return _full_visible_simplex(model)
    if ranks.visible == len(model.parameters):
        return _woodbury(model)
    raise ModelError(
        f"no closed form: rank J_V = {ranks.visible} is neither d = {len(model.parameters)} nor |V| - 1 = "
        f"{model.space.n_visible - 1}"
    )


def _full_visible_simplex(model: Parametrization) -> DefectFormula:
    """``F = I``: the entries of Delta are polynomials over the parents' probabilities, shown factored."""
    delta = geometry(model).defect.to_sympy()
    symbols = _fresh(model, "D")
    definitions, x = [], sympy.zeros(*delta.shape)
    names: dict[sympy.Expr, sympy.Symbol] = {}
    for v in range(delta.rows):
        for w in range(delta.cols):
            entry = delta[v, w]
            negative = entry.could_extract_minus_sign()
            positive = -entry if negative else entry
            if not entry:
                continue
            if positive not in names:
                names[positive] = next(symbols)
                definitions.append((names[positive], positive))
            x[v, w] = -names[positive] if negative else names[positive]
    return DefectFormula(model, tuple(definitions), sympy.eye(delta.rows), x)


def _factor_by_factor(model: Parametrization, network: BayesianNetwork, parts: list[list[str]]) -> DefectFormula:
    space = model.space
    labels = {v.name: v.labels for v in space.variables}
    visible, hidden = [v.name for v in space.visible], [v.name for v in space.hidden]
    definitions: list[tuple[sympy.Symbol, sympy.Expr]] = []
    marginals = []
    names = _fresh(model, "p")
    for part in parts:
        own = {}
        for state, expression in _marginal(model, network, part).items():
            own[state] = next(names)
            definitions.append((own[state], expression))
        marginals.append(own)
    columns: list[list[sympy.Expr]] = []
    blocks = []
    symbols = _fresh(model, "q")
    digits = list(product(*(range(len(labels[n])) for n in visible)))
    seen = [[tuple(s[i] for i, n in enumerate(visible) if n in part) for s in digits] for part in parts]
    for c, part in enumerate(parts):
        if not {*part} & {*visible} or not {*part} & {*hidden}:
            continue
        formula, names_of_parameters = _formula_of_part(model, network, part)
        renamed = {symbol: next(symbols) for symbol, _ in formula.definitions} | names_of_parameters
        definitions += [(renamed[s], e.xreplace(renamed)) for s, e in formula.definitions]
        rows = {s: v for v, s in enumerate(product(*(range(len(labels[n])) for n in visible if n in part)))}
        blocks.append(formula.X.xreplace(renamed))
        for j in range(formula.F.cols):
            entries = (formula.F[rows[seen[c][v]], j].xreplace(renamed) for v in range(len(digits)))
            others = (
                sympy.Mul(*(marginals[o][seen[o][v]] for o in range(len(parts)) if o != c)) for v in range(len(digits))
            )
            columns.append([a * b for a, b in zip(entries, others, strict=True)])
    f = sympy.Matrix(len(digits), len(columns), lambda v, j: columns[j][v])
    return _pruned(DefectFormula(model, tuple(definitions), f, sympy.diag(*blocks)))


def _formula_of_part(
    model: Parametrization, network: BayesianNetwork, part: list[str]
) -> tuple[DefectFormula, dict[sympy.Symbol, sympy.Symbol]]:
    """The formula of one component as a model of its own, and what its parameters are called in the whole model."""
    labels = {v.name: v.labels for v in model.space.variables}
    hidden = [v.name for v in model.space.hidden if v.name in part]
    own = free_tables(
        [e for e in network.edges if e[0] in part],
        states={n: list(labels[n]) for n in model.space.order if n in part},
        hidden=hidden,
    )
    assert isinstance(own.structure, BayesianNetwork)  # narrows the type; it was built as one
    whole = {f.node: f for f in network.families}
    names: dict[sympy.Symbol, sympy.Symbol] = {}
    for f in own.structure.families:
        for row, original in zip(f.rows, whole[f.node].rows, strict=True):
            names |= {own.parameters[i]: model.parameters[j] for i, j in zip(row, original, strict=True)}
    return defect_formula(own), names


def _marginal(model: Parametrization, network: BayesianNetwork, part: list[str]) -> dict[tuple[int, ...], sympy.Expr]:
    """The visible probabilities of a component, by the states of its visible variables: sums of products."""
    variables = [v for v in model.space.variables if v.name in part]
    visible = {v.name for v in model.space.visible}
    sizes = {v.name: len(v) for v in variables}
    sums: dict[tuple[int, ...], list[sympy.Expr]] = {}
    for state in product(*(range(len(v)) for v in variables)):
        digit = dict(zip(sizes, state, strict=True))
        factors = []
        for f in network.families:
            if f.node in digit:
                k = 0
                for parent in f.parents:
                    k = k * sizes[parent] + digit[parent]
                free = [model.parameters[i] for i in f.rows[k]]
                factors.append([*free, 1 - sum(free)][digit[f.node]])
        key = tuple(digit[v.name] for v in variables if v.name in visible)
        sums.setdefault(key, []).append(sympy.Mul(*factors))
    return {key: sympy.Add(*terms) for key, terms in sums.items()}


# ---------------------------------------------------------------------------------------------- straight-line work


@dataclass(frozen=True, slots=True)
class _Node:
    """An expression in names, with its value modulo p at a random point: it tells zero from nonzero."""

    expression: sympy.Expr
    value: int


@dataclass
class _Program:
    """Definitions in order; equal expressions share a name."""

    model: Parametrization
    definitions: list[tuple[sympy.Symbol, sympy.Expr]] = field(default_factory=list)
    known: dict[sympy.Expr, sympy.Symbol] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values = [7919 * (k + 1) ** 5 + 104729 for k in range(len(self.model.parameters))]
        self.symbols = {letter: _fresh(self.model, letter) for letter in "apcfr"}

    def element(self, e: RationalFunction) -> _Node:
        return _Node(self.model.field.to_sympy(e), evaluate_mod(e, self.values, self.model.prime))

    def named(self, letter: str, node: _Node) -> _Node:
        """The node, under a name unless it is a number or a name."""
        if node.expression.is_Atom:
            return node
        if node.expression not in self.known:
            self.known[node.expression] = symbol = next(self.symbols[letter])
            self.definitions.append((symbol, node.expression))
        return _Node(self.known[node.expression], node.value)

    def sum(self, terms: Sequence[_Node]) -> _Node:
        return _Node(sympy.Add(*(t.expression for t in terms)), sum(t.value for t in terms) % self.model.prime)

    def product(self, *factors: _Node) -> _Node:
        value = 1
        for f in factors:
            value = value * f.value % self.model.prime
        return _Node(sympy.Mul(*(f.expression for f in factors)), value)

    def quotient(self, a: _Node, b: _Node) -> _Node:
        p = self.model.prime
        return _Node(a.expression / b.expression, a.value * pow(b.value, -1, p) % p)


def _fresh(model: Parametrization, letter: str) -> Any:
    """Names ``a1, a2, ...`` that are no parameter's."""
    taken = {str(p) for p in model.parameters}
    k = 0
    while True:
        k += 1
        if f"{letter}_{k}" not in taken:
            yield sympy.Symbol(f"{letter}_{k}")


def _woodbury(model: Parametrization) -> DefectFormula:
    at, field_ = geometry(model), model.field
    basis = difference_basis(model, "horizontal")
    k, n_visible, fibres = len(basis), model.space.n_visible, list(model.space.fibration)
    integers = Matrix(field_, [[field_.constant(int(e)) for e in row] for row in basis], basis.shape[1])
    lifted = at.metric_inverse @ (integers @ at.factor_logs).T  # G^{-1} A, d x k
    program = _Program(model)
    one, minus = _Node(sympy.Integer(1), 1), _Node(sympy.Integer(-1), model.prime - 1)

    table = model.factor_table
    factors = [program.element(f) for f in table.factors]
    joint = []
    for exponents in table.exponents:
        active = [factors[f] for f in np.flatnonzero(exponents) for _ in range(int(exponents[f]))]
        joint.append(program.named("a", program.product(*active)))
    visible = [program.named("p", program.sum([joint[x] for x in fibre])) for fibre in fibres]

    scores = at.scores @ lifted  # S G^{-1} A, |X| x k
    f = [
        [
            program.named(
                "f",
                program.sum([program.product(joint[x], program.element(scores[x, j])) for x in fibre if scores[x, j]]),
            )
            for j in range(k)
        ]
        for fibre in fibres
    ]
    r = (integers @ at.factor_logs) @ lifted
    r_nodes = [[program.element(r[i, j]) for j in range(k)] for i in range(k)]
    s = _scatter(model, basis, joint, visible, program)

    # Gaussian elimination of [I - S R | S]; the pivots do not vanish at a random point modulo p.
    rows = []
    for i in range(k):
        left = []
        for j in range(k):
            terms = [program.product(minus, s[i][q], r_nodes[q][j]) for q in range(k) if s[i][q].value]
            left.append(program.named("r", program.sum(([one] if i == j else []) + [t for t in terms if t.value])))
        rows.append(left + s[i])
    for i in range(k):
        pivot = next((q for q in range(i, k) if rows[q][i].value), None)
        if pivot is None:
            raise InternalError("I - S R is singular although G_V is regular")
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [program.named("r", program.quotient(e, rows[i][i])) if e.value else e for e in rows[i]]
        for q in range(k):
            factor = rows[q][i]
            if q != i and factor.value:
                rows[q] = [
                    program.named("r", program.sum([e, program.product(minus, factor, b)])) if b.value and j > i else e
                    for j, (e, b) in enumerate(zip(rows[q], rows[i], strict=True))
                ]
    x = sympy.Matrix(k, k, lambda i, j: rows[i][k + j].expression)
    f_matrix = sympy.Matrix(n_visible, k, lambda v, j: f[v][j].expression)
    return _pruned(DefectFormula(model, tuple(program.definitions), f_matrix, x))


def _scatter(
    model: Parametrization, basis: Any, joint: list[_Node], visible: list[_Node], program: _Program
) -> list[list[_Node]]:
    """S, k x k: the covariances within fibres in the coordinates of the basis."""
    k = len(basis)
    coordinates = _coordinates(basis)
    exponents = model.factor_table.exponents.astype(np.int64)
    terms: list[list[list[_Node]]] = [[[] for _ in range(k)] for _ in range(k)]
    for fibre, p_v in zip(model.space.fibration, visible, strict=True):
        for a, b in combinations(fibre, 2):
            c = coordinates(exponents[b] - exponents[a])
            weight = program.named("c", program.quotient(program.product(joint[a], joint[b]), p_v))
            for i in range(k):
                for j in range(i, k):
                    number = c[i] * c[j]
                    if number:
                        scale = _Node(rational_to_sympy(number), residue(number, model.prime))
                        terms[i][j].append(program.product(scale, weight))
    upper = {(i, j): program.named("c", program.sum(terms[i][j])) for i in range(k) for j in range(i, k)}
    return [[upper[min(i, j), max(i, j)] for j in range(k)] for i in range(k)]


def _coordinates(basis: Any) -> Any:
    """The map from a vector in the span of the basis rows to its coordinates."""
    rows = Matrix(QQ, [[as_rational(int(e)) for e in row] for row in basis], basis.shape[1])
    inverse = (rows @ rows.T).inverse()

    def coordinates(vector: Any) -> list[Rational]:
        column = Matrix.column(QQ, [as_rational(int(e)) for e in vector])
        return (inverse @ (rows @ column)).column_entries()

    return coordinates


def _pruned(formula: DefectFormula) -> DefectFormula:
    """Without definitions that nothing uses."""
    needed = set(formula.F.free_symbols) | set(formula.X.free_symbols)
    kept = []
    for symbol, expression in reversed(formula.definitions):
        if symbol in needed:
            kept.append((symbol, expression))
            needed |= expression.free_symbols
    return DefectFormula(formula.model, tuple(reversed(kept)), formula.F, formula.X)
