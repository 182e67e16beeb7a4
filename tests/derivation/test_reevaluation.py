"""Every formula in a derivation, evaluated at a random rational point, equals what the geometry says there."""

from __future__ import annotations

import random
import re
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
import sympy

import symelbo as se
from symelbo.derivation.layout import laid_out
from symelbo.exact import QQ, Matrix, as_rational
from symelbo.geometry import geometry
from symelbo.models.parametrization import Point
from symelbo.objectives import minimum_norm
from symelbo.typesetting import symbol_latex
from tests.derivation.evaluation import read
from tests.derivation.examples import derivation, model

NAMES = ["model_a", "model_b", "boltzmann_machine", "three_state_network", "naive_bayes", "exponential_weights",
         "sigmoid", "simplex", "log_linear", "five_states", "big_weights", "long_numbers", "twelve_columns",
         "genotypes", "collider", "restricted_boltzmann_machine", "hidden_markov"]  # fmt: skip


def fraction(value):
    return Fraction(int(value.p), int(value.q))


class Numbers(NamedTuple):
    """Values of the symbols of a derivation, and the distributions behind them."""

    symbols: dict
    q: list
    q_hat: list
    p_star: list
    ratio: list
    covector: list


class Place:
    """A random point of a model with everything a derivation speaks of, as numbers."""

    def __init__(self, name):
        self.model = M = model(name)
        self.derivation = derivation(name)
        rng = random.Random(5)
        exponential = [M.field.is_exponential(i) for i in range(len(M.field.generators))]
        if all(exponential):
            values = tuple(as_rational(Fraction(rng.randint(1, 9), rng.randint(1, 9))) for _ in exponential)
        else:
            points = [
                v for v in islice(M.domain.interior_points(seed=23), 60) if se.is_admissible(M, Point(M.field, v))
            ]
            values = points[-1]
        self.point = Point(M.field, values)
        self.at = geometry(M, self.point)
        self.generators = dict(zip(M.field.generators, values, strict=True))
        self.q = {s: Fraction(rng.randint(1, 30)) for s in self.derivation.symbols}
        self.random = rng

    def symbols(self):
        """Values of the symbols of the derivation: q of a set of states is a sum, and so on."""
        space = self.model.space
        weights = [Fraction(self.random.randint(1, 20)) for _ in space.states]
        q = [w / sum(weights) for w in weights]
        p_star = [sum(q[x] for x in f) for f in space.fibration]
        ratio = [a / fraction(b) for a, b in zip(p_star, self.at.visible_probabilities, strict=True)]
        covector = [Fraction(self.random.randint(-9, 9)) for _ in p_star]
        p = list(map(fraction, self.at.probabilities))
        conditional = list(map(fraction, self.at.conditionals))
        q_hat = [w * c for w, c in zip(space.fibration.repeated(p_star), conditional, strict=True)]
        whole, visible = {"p": p, "q": q, "qhat": q_hat}, {"p*": p_star, "r": ratio, "l": covector}
        values = {}
        for symbol in self.derivation.symbols:
            kind, _, inside = symbol.name.partition("(")
            inside = inside.removesuffix(")")
            if kind.startswith("minor"):
                values[symbol] = self.minors()[int(kind[6:]) - 1]
            elif kind == "Z":
                values[symbol] = fraction(QQ.sum(self.model.factor_table.weights_at(self.point.values)))
            elif kind == "sigma" and "value(" not in inside:
                odds = sympy.exp(sympy.sympify(inside, {str(p): p for p in self.model.parameters}))
                values[symbol] = self.value(odds / (1 + odds), {})
            elif kind in ("value", "is", "sigma"):  # see the test of formulas for all states
                continue
            elif kind == "p|":
                keys = [",".join(map(str, s)) for s in space.states]
                values[symbol] = conditional[keys.index(inside)]
            elif kind in whole:
                values[symbol] = self.sum(space.states, whole[kind], inside)
            elif kind in visible:
                values[symbol] = self.sum(space.visible_states, visible[kind], inside)
            else:
                assert kind.startswith("d/d"), symbol
                values[symbol] = Fraction(self.random.randint(1, 9))
        return Numbers(values, q, q_hat, p_star, ratio, covector)

    def minors(self):
        """The determinants of differences of scores that the certificate of "nowhere" names."""
        (witness,) = [c.witness for c in self.derivation.certificates if "minors" in c.witness]
        s = self.at.scores
        rows = [[[s[x, i] - s[y, i] for i in m["columns"]] for x, y in m["pairs"]] for m in witness["minors"]]
        return [fraction(Matrix(QQ, m, len(m)).det()) for m in rows]

    def sum(self, states, values, inside):
        return sum(v for s, v in zip(states, values, strict=True) if self.matches(s, inside))

    def matches(self, state, inside):
        space = self.model.space
        variables = space.variables if len(state) == len(space.variables) else space.visible
        labels = {v.name: str(label) for v, label in zip(variables, state, strict=True)}
        if "=" in inside:
            return all(labels[name] == label for name, label in (part.split("=") for part in inside.split(",")))
        return ",".join(map(str, state)) == inside

    def value(self, expression, symbols):
        """A sympy expression at the point."""
        plain = sympy.sympify(expression).xreplace({k: sympy.Rational(v) for k, v in symbols.items()})
        return fraction(self.model.field.from_sympy(plain).evaluate(self.point.values))


def column(values):
    return Matrix.column(QQ, [as_rational(v) for v in values])


def expected(place, quantity, numbers):
    """What the geometry at the point says a quantity is."""
    at, M = place.at, place.model
    name, _, index = quantity.partition("[")
    indices = [int(k) for k in index.removesuffix("]").split(",")] if index else [0]
    k = indices[0]
    if quantity.startswith("qhat:"):
        return place.sum(M.space.states, numbers.q_hat, quantity.partition("(")[2].removesuffix(")"))
    if quantity.startswith("p:"):
        return place.sum(M.space.states, list(map(fraction, at.probabilities)), quantity.partition("(")[2][:-1])
    if name == "minor":
        return place.minors()[k]
    if name in ("T", "eta", "etadot", "etahat"):
        statistics = Matrix.from_sympy(se.sufficient_statistics(M), QQ)
        if name == "T":
            return statistics
        mean = sum(fraction(t) * fraction(p) for t, p in zip(statistics.rows[k], at.probabilities, strict=True))
        other = {"eta": None, "etadot": numbers.q, "etahat": numbers.q_hat}[name]
        if other is None:
            return mean
        return sum(fraction(t) * v for t, v in zip(statistics.rows[k], other, strict=True)) - mean
    if name == "S_V":
        return at.visible_jacobian[k, indices[1]] / at.visible_probabilities[k]
    if name in ("c", "chat"):
        q = numbers.q if name == "c" else numbers.q_hat
        return minimum_norm(at.metric_inverse @ (at.scores.T @ column(q)), at.scores)[k, 0]
    if name == "visible":
        return (at.visible_cometric @ column(numbers.ratio))[k, 0]
    return {
        "p": lambda: at.probabilities[k],
        "w": lambda: M.factor_table.weights_at(place.point.values)[k],
        "Z": lambda: QQ.sum(M.factor_table.weights_at(place.point.values)),
        "p_V": lambda: at.visible_probabilities[k],
        "p(h|v)": lambda: at.conditionals[k],
        "S": lambda: at.scores,
        "J_V": lambda: at.visible_jacobian,
        "G": lambda: at.metric,
        "G_V": lambda: at.visible_metric,
        "Delta": lambda: at.defect,
    }[name]()


# Quantities that are tested by what they satisfy, below, and those that hold at the point of their step.
ELSEWHERE = re.compile(r"formula:|minors$|horizontal\[|vertical\[|null\[|oblique\[|survives\[|kappa$|e$|E$|lambda$")


def same(place, value, reference, symbols):
    if isinstance(reference, Matrix):
        shape = (reference.nrows, reference.ncols)
        assert value.shape == shape
        entries = [(i, j) for i in range(shape[0]) for j in range(shape[1])]
        return all(place.value(value[i, j], symbols) == fraction(reference[i, j]) for i, j in entries)
    return place.value(value, symbols) == (reference if isinstance(reference, Fraction) else fraction(reference))


@pytest.mark.parametrize("name", NAMES)
def test_every_value_is_that_of_the_geometry_at_a_random_point(name):
    place = Place(name)
    numbers = place.symbols()
    checked = 0
    for step in place.derivation.steps:
        for r in step.relations:
            if step.point is not None or r.right.value is None or ELSEWHERE.match(r.quantity):
                continue
            assert r.quantity, (step.heading, r)
            assert same(place, r.right.value, expected(place, r.quantity, numbers), numbers.symbols), r.quantity
            checked += 1
    assert checked >= 10


@pytest.mark.parametrize("name", NAMES)
def test_every_value_at_a_point_is_that_of_the_geometry_there(name):
    M = model(name)
    for step in derivation(name).steps:
        if step.point is None:
            continue
        at = geometry(M, Point(M.field, tuple(as_rational(step.point[g]) for g in M.field.generators)))
        q, changed = [Fraction(1, M.space.n_states)] * M.space.n_states, []
        for r in step.relations:
            if r.right.value is None or not r.quantity or ELSEWHERE.match(r.quantity):
                continue
            if r.quantity == "q":
                q = list(map(fraction, r.right.value))
                assert sum(q) == 1
                continue
            if r.quantity.startswith("q["):  # p is changed at some states
                changed = changed or list(map(fraction, at.probabilities))
                changed[int(r.quantity[2:-1])] = fraction(r.right.value)
                q = changed
                continue
            marginal = [sum(q[x] for x in f) for f in M.space.fibration]
            if r.quantity == "Delta":
                assert Matrix.from_sympy(r.right.value, QQ) == at.defect
            elif r.quantity in ("elbo", "optimal elbo"):
                vector = at.visible_jacobian @ (at.metric_inverse @ (at.scores.T @ column(q)))
                if len(r.right.value) == M.space.n_visible:
                    assert [fraction(v) for v in r.right.value] == [fraction(vector[v, 0]) for v in range(vector.nrows)]
                if r.quantity == "optimal elbo":
                    assert marginal == list(map(fraction, at.visible_probabilities))
            else:
                assert r.quantity == "evidence", r.quantity
                ratio = [a / fraction(b) for a, b in zip(marginal, at.visible_probabilities, strict=True)]
                vector = at.visible_cometric @ column(ratio)
                assert [fraction(v) for v in r.right.value] == [fraction(vector[v, 0]) for v in range(vector.nrows)]


@pytest.mark.parametrize("name", NAMES)
def test_horizontal_and_vertical_bases_are_that_at_a_random_point(name):
    place = Place(name)
    symbols = place.symbols().symbols
    partials = [sympy.Symbol(f"d/d{p.name}") for p in place.model.parameters]
    for step in place.derivation.steps:
        for r in step.relations:
            kind = r.quantity.partition("[")[0]
            if kind in ("horizontal", "vertical", "null", "oblique"):
                one = {s: Fraction(0) for s in symbols}
                c = [place.value(r.right.value, {**one, d: Fraction(1)}) for d in partials]
                assert any(c)
                parts = place.at.vertical_jacobian @ column(c), place.at.visible_jacobian @ column(c)
                zero = {"horizontal": [True, False], "vertical": [False, True], "null": [True, True]}
                assert [m.is_zero() for m in parts] == zero.get(kind, [False, False])


@pytest.mark.parametrize("name", ["redundant", "unused"])
def test_a_singular_metric_is_called_so_and_its_gradient_is_the_one_of_minimum_norm(name):
    story = derivation(name)
    (step,) = [s for s in story.steps if s.heading == "Natural gradient of the ELBO"]
    assert "minimum norm" in "".join(p for p in step.after if isinstance(p, str))
    assert "Moore-Penrose" in "".join(p for n in story.notation for p in n if isinstance(p, str))
    assert [r.quantity for s in story.steps for r in s.relations if r.quantity.startswith("null[")]


@pytest.mark.parametrize("name", ["model_b", "boltzmann_machine", "three_state_network"])
def test_the_defect_vanishes_exactly_on_the_surviving_objectives(name):
    place = Place(name)
    steps = [r for s in place.derivation.steps for r in s.relations if r.quantity.startswith("survives[")]
    (condition,) = steps
    delta = place.at.defect
    n = delta.nrows
    coefficients = []
    for k in range(n):
        symbols = {s: Fraction(0) for s in place.derivation.symbols}
        chosen = [s for s in symbols if s.name.startswith("l(")][k]
        coefficients.append(place.value(condition.left.value, {**symbols, chosen: Fraction(1)}))
    for k in range(n):
        row = [fraction(delta[k, j]) for j in range(n)]
        assert any(row)
        assert all(row[i] * coefficients[j] == row[j] * coefficients[i] for i in range(n) for j in range(n))


def test_kappa_e_e_is_the_defect_and_lambda_the_projected_gradient():
    place = Place("model_b")
    symbols, _, _, p_star, ratio, _ = place.symbols()
    by_quantity = {r.quantity: r for s in place.derivation.steps for r in s.relations if s.point is None}
    kappa = place.value(by_quantity["kappa"].right.value, symbols)
    e = [int(v) for v in by_quantity["e"].right.value]
    delta = place.at.defect
    assert all(fraction(delta[i, j]) == kappa * e[i] * e[j] for i in range(4) for j in range(4))
    factor = place.value(by_quantity["lambda"].right.value, symbols)
    projected = place.at.projected_cometric @ column(ratio)
    p_v = place.at.visible_probabilities
    for v in range(4):
        assert fraction(projected[v, 0]) == p_star[v] - fraction(p_v[v]) - kappa * factor * e[v]


@pytest.mark.parametrize("name", ["model_b", "boltzmann_machine", "three_state_network", "collider"])
def test_the_projected_gradient_of_the_worst_objective_is_c_squared_times_the_visible_one(name):
    M = model(name)
    (step,) = [s for s in derivation(name).steps if s.heading == "How badly"]
    lines = {r.left.latex: r.right for r in step.relations}
    at = geometry(M, Point(M.field, tuple(as_rational(step.point[g]) for g in M.field.generators)))
    worst = column([fraction(as_rational(v)) for v in lines[r"\ell"].value])
    c_squared = 1 - read(lines["1 - c^{2}"].latex, {})
    u, w = at.projected_cometric @ worst, at.visible_cometric @ worst
    assert not w.is_zero()
    assert [fraction(u[k, 0]) for k in range(u.nrows)] == [c_squared * fraction(w[k, 0]) for k in range(w.nrows)]


@pytest.mark.parametrize("name", ["restricted_boltzmann_machine", "boltzmann_machine", "log_linear", "sigmoid"])
def test_a_formula_for_all_states_has_the_value_of_every_state(name):
    place, M = Place(name), model(name)
    at, names, states = place.at, [v.name for v in M.space.variables], M.space.states
    weights, p = (list(map(fraction, w)) for w in (M.factor_table.weights_at(place.point.values), at.probabilities))
    relations = [r for s in place.derivation.steps for r in s.relations if r.quantity.startswith("formula:")]
    graph, theta = M.structure.graph(), {str(p): p for p in M.parameters}
    for x, state in enumerate(states):
        labels = dict(zip(names, map(int, state), strict=True))
        values = {sympy.Symbol(f"value({n})"): label for n, label in labels.items()}
        values |= {sympy.Symbol(f"is({n}={a})"): int(a == label) for n, label in labels.items() for a in (0, 1)}
        values[sympy.Symbol("Z")] = sum(weights)

        def exponential(c, own=values):
            return place.value(sympy.exp(c.xreplace(own)), {})

        for r in relations:
            value, (kind, _, unit) = r.right.value, r.quantity[len("formula:") :].partition(" ")
            if kind == "energy":
                assert exponential(value) == weights[x]
            elif kind == "marginal":
                assert place.value(value, values) == fraction(at.visible_probabilities[M.space.fibration.below[x]])
            elif kind == "unit":
                given = [v.name for v in M.space.visible] if graph is None else graph.predecessors(unit)
                known = {names.index(n): labels[n] for n in given}
                alike = [y for y, s in enumerate(states) if all(int(s[k]) == a for k, a in known.items())]
                on = [p[y] for y in alike if int(states[y][names.index(unit)])]
                assert exponential(value) == sum(on) / (sum(p[y] for y in alike) - sum(on))
            else:
                logistic = {}
                for s in value.free_symbols:
                    if s.name.startswith("sigma("):
                        text = re.sub(r"value\((\w+)\)", lambda m, own=labels: str(own[m[1]]), s.name[6:-1])
                        odds = exponential(sympy.sympify(text, theta))
                        logistic[s] = odds / (1 + odds)
                assert place.value(value, {**values, **logistic}) == fraction(at.scores[x, int(unit)])
    assert relations


FORMS = [(name, "factored") for name in NAMES]
FORMS += [(name, form) for name in ("model_b", "log_linear", "simplex") for form in ("expanded", "collected")]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_what_is_printed_reads_back_as_the_value(name, form):
    """The LaTeX of every line is read by an evaluator of its own and compared with the value at the point."""
    place = Place(name)
    symbols = place.symbols().symbols
    shown = place.derivation.written(form=form)
    named = {shown.symbols[s]: v for s, v in symbols.items()}
    for g, v in place.generators.items():
        base = g if g.is_Symbol else g.args[0]
        coefficient, symbol = base.as_coeff_Mul()
        if symbol.is_Symbol:  # e^{a} or e^{a/2}
            power = 1 / coefficient
            assert power.is_Integer
            named[symbol_latex(symbol.name)] = fraction(v) ** int(power)
    values = {}
    for step in shown.steps:
        for r in step.relations:
            if r.left.latex and r.right.value is not None and r.right.latex is None and "formula:" not in r.quantity:
                values[step.heading, r.left.latex] = r.right.value
                if r.names:
                    named[r.left.latex] = place.value(r.right.value, symbols)
    checked = 0
    for block in laid_out(shown):
        rows = [row for d in block.displays for row in d.rows]
        for row in rows[::-1]:  # abbreviations are defined at the end of a display
            value = values.get((block.heading, row.left))
            text = " ".join(row.lines)
            if r"\text" in text or row.relation != "=":
                continue
            if value is None and re.fullmatch(r"\\?[a-z]+_\{\d+\}", row.left) and row.left not in named:
                named[row.left] = read(text, named)  # an abbreviation
                continue
            if value is None:
                continue
            names = {k: v for k, v in named.items() if k != row.left}
            found = read(text.replace(r"\operatorname{diag}", ""), names)
            checked += 1
            if isinstance(value, sympy.MatrixBase):
                if r"\operatorname{diag}" in text:
                    assert found == [place.value(value[i, i], symbols) for i in range(value.rows)]
                else:
                    flat = [e for r in found for e in r] if isinstance(found[0], list) else found
                    assert flat == [place.value(e, symbols) for e in value]
            else:
                assert found == place.value(value, symbols), (row.left, text)
    assert checked >= 8


@pytest.mark.parametrize("name", ["boltzmann_machine", "exponential"])
def test_a_model_whose_eliminations_are_too_large_is_told_at_a_point(name: str) -> None:
    file = Path(__file__).parents[2] / "proofs" / "models" / f"{name}.toml"
    text = se.derive(se.load_model(file)).text()
    assert "cylindrical" in text
