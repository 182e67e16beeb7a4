"""The table of a model in Coq: what is seen, weights, derivatives of generators; its values at a point."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

from symelbo.certificates.coq.trees import Tree, coq_number, polynomial_tree, tree_product, tree_sum, value_at
from symelbo.certificates.coq.vernacular import Vernacular, commented, plain_names, polynomial_text
from symelbo.exact import QQ, Matrix, as_rational

__all__ = ["Numbers", "Table", "write_table"]

Rows = list[list[Fraction]]


class Table:
    """The weights and their derivatives as trees, and the names of everything in Coq."""

    def __init__(self, model: dict[str, Any]) -> None:
        self.parameters: list[str] = model["parameters"]
        self.generators: list[dict[str, Any]] = model["generators"]
        if "states" in model:
            pairs = [(str(state), str(seen)) for state, seen in model["states"]]
            self.what = "state, what is seen of it"
        else:
            labels = [own for _, own in model["variables"]]
            split = len(labels) - len(model["hidden"])
            names = [name for name, _ in model["variables"]]
            halves = product(product(*labels[:split]), product(*labels[split:]))
            pairs = [(f"{' '.join(v)}, {' '.join(h)}", " ".join(v)) for v, h in halves]
            self.what = f"{' '.join(names[:split])}, {' '.join(names[split:])}"
        order = {v: k for k, v in enumerate(dict.fromkeys(v for _, v in pairs))}
        self.states = [state for state, _ in pairs]
        self.visible = list(order)
        self.seen = [order[v] for _, v in pairs]
        self.variables = plain_names([g["name"] for g in self.generators])
        self.factors = [{tuple(e): Fraction(c) for c, e in f} for f in model["factors"]]
        self.factor_trees = [polynomial_tree(f) for f in model["factors"]]
        self.rows = [(Fraction(c), [(f, e) for f, e in powers]) for c, powers in model["weights"]]
        self.scaled = any(e < 0 for _, powers in self.rows for _, e in powers)
        if self.scaled:
            lowest = {f: min(0, *(dict(p).get(f, 0) for _, p in self.rows)) for _, q in self.rows for f, _ in q}
            shifted = [(c, {f: dict(p).get(f, 0) - low for f, low in lowest.items()}) for c, p in self.rows]
            self.rows = [(c, [(f, e) for f, e in sorted(p.items()) if e]) for c, p in shifted]

    def text(self, tree: Tree) -> str:
        """A polynomial as an element of a list."""
        return f"Num {coq_number(tree)}" if isinstance(tree, Fraction) else polynomial_text(tree, self.variables)

    def listed(self, trees: Iterable[Tree], names: Sequence[str] = ()) -> str:
        """Polynomials, one a line, each after a comment."""
        texts = [self.text(tree) for tree in trees]
        marks = [f"{commented(name)} " for name in names] or [""] * len(texts)
        return ";\n".join(f"  {mark}{text}" for mark, text in zip(marks, texts, strict=True))

    def directions(self, columns: Iterable[Sequence[Tree]], names: Sequence[str] = ()) -> str:
        """Lists of polynomials, one a line."""
        texts = ["[" + "; ".join(map(self.text, column)) + "]" for column in columns]
        marks = [f"{commented(name)} " for name in names] or [""] * len(texts)
        return ";\n".join(f"  {mark}{text}" for mark, text in zip(marks, texts, strict=True))

    def weight(self, x: int) -> Tree:
        """The weight of a state as a product."""
        c, powers = self.rows[x]
        return tree_product(c, *(self._power(f, e) for f, e in powers))

    def _power(self, f: int, e: int) -> Tree:
        return Fraction(1) if not e else self.factor_trees[f] if e == 1 else ("^", self.factor_trees[f], e)

    def derivation(self, k: int, i: int) -> Fraction:
        """The derivative of generator k: 1 or 0 for a symbol, the coefficient c of c t for an exponential."""
        g = self.generators[k]
        if "exponent" in g:
            return Fraction(g["exponent"][i])
        return Fraction(int(g["name"] == self.parameters[i]))

    def factor_derivative(self, f: int, i: int) -> Tree:
        """The derivative of a factor with respect to parameter i."""
        total: dict[tuple[int, ...], Fraction] = {}
        for exponents, c in self.factors[f].items():
            for k, e in enumerate(exponents):
                rate = self.derivation(k, i)
                if e and rate:
                    lower = 0 if "exponent" in self.generators[k] else 1
                    key = (*exponents[:k], e - lower, *exponents[k + 1 :])
                    total[key] = total.get(key, Fraction(0)) + c * e * rate
        return polynomial_tree([[str(c), key] for key, c in sorted(total.items(), reverse=True) if c])

    def derivative(self, x: int, i: int) -> Tree:
        """The derivative of a weight with respect to parameter i."""
        c, powers = self.rows[x]
        terms = []
        for f, e in powers:
            others = [self._power(g, k - (g == f)) for g, k in powers]
            terms.append(tree_product(c * e, self._factor_derivatives[f][i], *others))
        return tree_sum(terms)

    @cached_property
    def _factor_derivatives(self) -> list[list[Tree]]:
        return [[self.factor_derivative(f, i) for i in range(len(self.parameters))] for f in range(len(self.factors))]


class Numbers:
    """The values of a table at a rational point: p, J, p_V and J_V, centred for weights that do not sum to 1."""

    def __init__(self, table: Table, point: Sequence[Fraction]) -> None:
        n, d, self.fibre_of = len(table.rows), len(table.parameters), table.seen
        weights = [value_at(table.weight(x), point) for x in range(n)]
        slopes = [[value_at(table.derivative(x, i), point) for i in range(d)] for x in range(n)]
        z = sum(weights, Fraction(0))
        mean = [sum((row[i] for row in slopes), Fraction(0)) / z for i in range(d)]
        self.p = [v / z for v in weights]
        self.J = [[(row[i] - v * mean[i]) / z for i in range(d)] for v, row in zip(weights, slopes, strict=True)]
        self.p_V = self.marginal(self.p)
        self.J_V = [
            list(row) for row in zip(*(self.marginal(column) for column in zip(*self.J, strict=True)), strict=True)
        ]

    def marginal(self, vector: Sequence[Fraction]) -> list[Fraction]:
        """The sums over the fibres."""
        total = [Fraction(0)] * (max(self.fibre_of) + 1)
        for v, entry in zip(self.fibre_of, vector, strict=True):
            total[v] += entry
        return total

    def gradient(self, q: Sequence[Fraction], *, visible: bool) -> list[Fraction]:
        """Coefficients of the negative gradient of D(q||.), or of D(q_V||.) on the visible model."""
        rows, p, measure = (self.J_V, self.p_V, self.marginal(q)) if visible else (self.J, self.p, list(q))
        d = len(rows[0])
        metric = [
            [sum((r[i] * r[j] / u for r, u in zip(rows, p, strict=True)), Fraction(0)) for j in range(d)]
            for i in range(d)
        ]
        right = [sum((r[i] * m / u for r, m, u in zip(rows, measure, p, strict=True)), Fraction(0)) for i in range(d)]
        found = rational_matrix(metric).solve(rational_matrix([[b] for b in right]))
        return [] if found is None else fractions_of(found.column_entries())

    def seen(self, coefficients: Sequence[Fraction]) -> list[Fraction]:
        """The tangent vector with these coefficients, seen in P(V)."""
        return [sum((a * c for a, c in zip(row, coefficients, strict=True)), Fraction(0)) for row in self.J_V]

    @cached_property
    def vertical_rows(self) -> Rows:
        """The rows ``J(x) p_V(v) - p(x) J_V(v)``, v what is seen of x, which vanish on horizontal vectors."""
        return [
            [a * self.p_V[v] - self.p[x] * b for a, b in zip(row, self.J_V[v], strict=True)]
            for (x, row), v in zip(enumerate(self.J), self.fibre_of, strict=True)
        ]


def rational_matrix(rows: Sequence[Sequence[Fraction]]) -> Matrix:
    """A matrix over Q."""
    return Matrix(QQ, [[as_rational(v) for v in row] for row in rows])


def fractions_of(entries: Sequence[Any]) -> list[Fraction]:
    """Entries over Q as fractions."""
    return [Fraction(int(r.p), int(r.q)) for r in map(as_rational, entries)]


def write_table(page: Vernacular, table: Table) -> None:
    """The generators by their names, the table as ``M``, and the derivatives of the generators."""
    page.heading("The table")
    for k, (name, given) in enumerate(zip(table.variables, (g["name"] for g in table.generators), strict=True)):
        page.text(f"Definition {name} : expr := Gen {k}.")
        if name != given:
            page.comment(f"{name} stands for {given}")
    if table.scaled:
        page.comment("weights are multiplied by a common product of powers, which cancels in w / sum w")
    page.comment(
        "What is seen of each state, numbered in this order, and the weights of the states; probabilities are",
        f"weights over their sum.  {table.what}:",
    )
    page.text(f"Definition seen_numbers : list nat := [{'; '.join(map(str, table.seen))}]%nat.")
    page.text(
        f"Definition w : list expr := [\n{table.listed(map(table.weight, range(len(table.rows))), table.states)}]."
    )
    page.comment("The derivatives of the generators: 1 and 0 for parameters, c t for t = exp(c theta + ...).")
    exponential = ["exponent" in g for g in table.generators]
    rates = [
        [
            tree_product(table.derivation(k, i), ("x", k)) if e else table.derivation(k, i)
            for k, e in enumerate(exponential)
        ]
        for i in range(len(table.parameters))
    ]
    page.text(f"Definition derivatives : list (list expr) := [\n{table.directions(rates, table.parameters)}].")
    page.text("Definition M : model := Model seen_numbers w derivatives.")
