"""The table of a model in Coq: types of states and parameters, weights, derivations; its values at a point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any

from symelbo.certificates.coq.trees import Tree, polynomial_tree, tree_product, tree_sum, value_at
from symelbo.certificates.coq.vernacular import Vernacular, by_cases, plain_names, polynomial_text
from symelbo.exact import QQ, Matrix, as_rational

__all__ = ["Numbers", "Table", "write_table"]

Rows = list[list[Fraction]]


class Table:
    """The weights and their derivatives as trees, and the names of everything in Coq."""

    def __init__(self, model: dict[str, Any]) -> None:
        self.parameters: list[str] = model["parameters"]
        self.generators: list[dict[str, Any]] = model["generators"]
        labels = [own for _, own in model["variables"]]
        split = len(labels) - len(model["hidden"])
        self.labels = [list(product(*own)) for own in (labels[:split], labels[split:])]
        plain = self.plain = all(re.fullmatch(r"[A-Za-z0-9]+", label) for own in labels for label in own)

        def names(letter: str, own: Sequence[Sequence[str]]) -> list[str]:
            states = list(product(*own))
            return [f"{letter}_{'_'.join(s)}" if plain else f"{letter}_{k}" for k, s in enumerate(states)]

        self.visible, self.hidden = names("v", labels[:split]), names("h", labels[split:])
        self.variables = plain_names([g["name"] for g in self.generators])
        self.directions = plain_names(self.parameters, prefix="d_", fallback="d_")
        self.variable_names = [name for name, _ in model["variables"]]
        self.factors = [{tuple(e): Fraction(c) for c, e in f} for f in model["factors"]]
        self.factor_trees = [polynomial_tree(f) for f in model["factors"]]
        self.rows = [(Fraction(c), [(f, e) for f, e in powers]) for c, powers in model["weights"]]
        self.scaled = any(e < 0 for _, powers in self.rows for _, e in powers)
        if self.scaled:
            lowest = {f: min(0, *(dict(p).get(f, 0) for _, p in self.rows)) for _, q in self.rows for f, _ in q}
            shifted = [(c, {f: dict(p).get(f, 0) - low for f, low in lowest.items()}) for c, p in self.rows]
            self.rows = [(c, [(f, e) for f, e in sorted(p.items()) if e]) for c, p in shifted]

    @property
    def states(self) -> list[str]:
        """The patterns of the states, visible ones first."""
        return [f"{v}, {h}" for v in self.visible for h in self.hidden]

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

    @cached_property
    def sums_to_one(self) -> bool:
        """Whether the weights sum to 1 at some points: then Coq is asked to prove that they do everywhere."""
        m = len(self.generators)
        points = ([Fraction(k + 2, 7 * (k + j) + 5) for k in range(m)] for j in range(3))
        return all(sum((value_at(self.weight(x), q) for x in range(len(self.rows))), Fraction(0)) == 1 for q in points)

    @cached_property
    def plain_parameters(self) -> list[int]:
        """The parameters that are generators and occur in no exponent."""
        names = [g["name"] for g in self.generators]
        return [
            i
            for i, name in enumerate(self.parameters)
            if name in names and not any("exponent" in g and Fraction(g["exponent"][i]) for g in self.generators)
        ]


class Numbers:
    """The values of a table at a rational point: p, J, p_V and J_V, centred for weights that do not sum to 1."""

    def __init__(self, table: Table, point: Sequence[Fraction]) -> None:
        n, d, self.fibre = len(table.rows), len(table.parameters), len(table.hidden)
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
        m = self.fibre
        return [sum(vector[v * m : (v + 1) * m], Fraction(0)) for v in range(len(vector) // m)]

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
        """The rows ``J(v, h) p_V(v) - p(v, h) J_V(v)``, which vanish on horizontal vectors."""
        m = self.fibre
        return [
            [a * self.p_V[x // m] - self.p[x] * b for a, b in zip(row, self.J_V[x // m], strict=True)]
            for x, row in enumerate(self.J)
        ]


def rational_matrix(rows: Sequence[Sequence[Fraction]]) -> Matrix:
    """A matrix over Q."""
    return Matrix(QQ, [[as_rational(v) for v in row] for row in rows])


def fractions_of(entries: Sequence[Any]) -> list[Fraction]:
    """Entries over Q as fractions."""
    return [Fraction(int(r.p), int(r.q)) for r in map(as_rational, entries)]


def write_table(page: Vernacular, table: Table) -> None:
    """The types, the weights and the derivatives of the generators."""
    page.heading("The table")
    pairs = zip(table.variables, (g["name"] for g in table.generators), strict=True)
    for name, given in [(a, b) for a, b in pairs if a != b]:
        page.comment(f"{name} stands for {given}")
    if table.scaled:
        page.comment("weights are multiplied by a common product of powers, which cancels in w / sum w")
    page.enumeration("generator", table.variables, "number")
    page.comment("d_x is the partial derivative with respect to the parameter x.")
    page.enumeration("parameter", table.directions, "number_p")
    page.text(
        "Lemma parameters_numbered : map number_p parameters = seq 0 (length parameters). Proof. reflexivity. Qed."
    )
    page.enumeration("visible", table.visible, "number_v")
    page.enumeration("hidden", table.hidden, "number_h")
    if not table.plain:
        for names, labels in zip((table.visible, table.hidden), table.labels, strict=True):
            page.comment(*(f"{name}: {', '.join(own)}" for name, own in zip(names, labels, strict=True)))
    page.text(f"Definition first_state : visible * hidden := ({table.visible[0]}, {table.hidden[0]}).")
    page.theory("polynomials")
    what = "The probability" if table.sums_to_one else "The weight, not yet normalised,"
    page.comment(f"{what} of the state with visible part v and hidden part h ({', '.join(table.variable_names)}).")
    body = by_cases(
        "v, h", [(s, polynomial_text(table.weight(x), table.variables)) for x, s in enumerate(table.states)], None
    )
    page.text(f"Definition w (v : visible) (h : hidden) : poly :=\n{body}.")
    page.comment("The derivatives of the generators: 1 and 0 for parameters, c t for t = exp(c theta + ...).")
    rates = []
    for i, direction in enumerate(table.directions):
        for k, name in enumerate(table.variables):
            rate = table.derivation(k, i)
            if rate:
                own = name if "exponent" in table.generators[k] else ""
                scaled = polynomial_text(tree_product(rate, ("x", k)), table.variables) if own else "1"
                rates.append((f"{direction}, {name}", scaled))
    if len(rates) < len(table.directions) * len(table.variables):
        rates.append(("_, _", "0"))
    page.text(f"Definition d_generator (i : parameter) (g : generator) : poly :=\n{by_cases('i, g', rates, None)}.")


def point_text(table: Table, point: Sequence[Fraction]) -> str:
    """The body of a function from generators to rational numbers."""
    from symelbo.certificates.coq.trees import coq_number

    return (
        "match g with "
        + " | ".join(f"{g} => {coq_number(v)}" for g, v in zip(table.variables, point, strict=True))
        + " end"
    )
