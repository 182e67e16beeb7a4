"""Every family against its definition written out by hand: exactly through the oracle, and to 50 digits with mpmath.

A definition is a function from labels and parameters (sympy symbols, or mpmath numbers) to a weight; nothing of the
factor form, the fields or the geometry of symelbo is used on that side.
"""

import itertools
import random
from fractions import Fraction

import mpmath
import pytest
import sympy

import symelbo as se
from symelbo.models import ExponentialStructure
from tests.oracle import Oracle, random_distribution


class Member:
    """A model of symelbo, its definition, and a point at which both are evaluated."""

    def __init__(self, model, weight, values, *, logarithmic=()):
        self.model = model
        self.weight = weight
        self.names = [str(p) for p in model.parameters]
        self.logarithmic = set(self.names) if logarithmic == "all" else set(logarithmic)
        self.values = dict(zip(self.names, values, strict=True))

    def labels(self, state):
        return dict(zip(self.model.space.names, state, strict=True))

    def point(self):
        """Rational values; the logarithm of the value for parameters in exponents."""
        rationals = {n: sympy.Rational(v.numerator, v.denominator) for n, v in self.values.items()}
        return {n: sympy.log(v) if n in self.logarithmic else v for n, v in rationals.items()}

    def oracle(self):
        symbols = {n: sympy.Symbol(n) for n in self.names}
        states = self.model.space.states
        table = {s: self.weight(self.labels(s), symbols, sympy.exp) for s in states}
        at = {symbols[n]: v for n, v in self.point().items()}
        n_visible = len(self.model.space.visible)
        return Oracle.from_table(states, n_visible, table, list(symbols.values()), at, weights=True)

    def decimal_metrics(self):
        """G and G_V at the point from numerical derivatives of the definition, to 50 digits."""
        with mpmath.workdps(90):
            at = [
                mpmath.log(mpmath.mpf(v.numerator) / v.denominator)
                if n in self.logarithmic
                else mpmath.mpf(v.numerator) / v.denominator
                for n, v in self.values.items()
            ]
            states = self.model.space.states

            def weights(*theta):
                named = dict(zip(self.names, theta, strict=True))
                w = [self.weight(self.labels(s), named, mpmath.exp) for s in states]
                return [e / mpmath.fsum(w) for e in w]

            h = mpmath.mpf(10) ** -20
            p = weights(*at)
            J = []
            for i in range(len(at)):
                # Richardson: a central difference with error h^4
                steps = [weights(*(a + k * h if j == i else a for j, a in enumerate(at))) for k in (-2, -1, 1, 2)]
                J.append([(a - 8 * b + 8 * c - d) / (12 * h) for a, b, c, d in zip(*steps, strict=True)])
            pi = self.model.space.fibration
            p_v = pi.totals(p, mpmath.fsum)
            J_v = [pi.totals(row, mpmath.fsum) for row in J]

            def metric(rows, mass):
                return [
                    [mpmath.fsum(a * b / c for a, b, c in zip(r, s, mass, strict=True)) for s in rows] for r in rows
                ]

            return metric(J, p), metric(J_v, p_v)


def positives(rng, n):
    return [Fraction(rng.randint(1, 5), rng.randint(1, 5)) for _ in range(n)]


def probabilities(rng, n):
    return [Fraction(rng.randint(1, 6), 7) for _ in range(n)]


def exponential(rng):
    space = se.SampleSpace(visible={"x": [-1, 1, 2]}, hidden={"h": [0, 1]})
    x, h = sympy.symbols("x h")
    pool = [x, h, x * h, x**2, x**2 * h / 2, 3 * x + h]
    statistics = rng.sample(pool, 3)
    base = {s: rng.randint(1, 3) for s in space.states}
    names = ["a", "b", "c"]
    model = se.ExponentialFamily(space, statistics, base, parameters=names)

    def weight(labels, theta, exp):
        value = base[labels["x"], labels["h"]]
        for n, t in zip(names, statistics, strict=True):
            at = sympy.Rational(t.subs({x: labels["x"], h: labels["h"]}))
            value = value * exp(theta[n] * at.p / at.q)
        return value

    return Member(model, weight, [v**2 for v in positives(rng, 3)], logarithmic="all")


def hierarchical(rng):
    sets = rng.choice([[["x", "y"], ["y", "z"]], [["x", "y"], ["x", "z"], ["y", "z"]], [["x", "y", "z"]], [["x", "z"]]])
    states = {"x": ["a", "b"], "y": [1, 2, 3], "z": 2}
    hidden = rng.choice([["x"], ["z"], ["x", "z"]])
    model = se.log_linear(sets, states=states, hidden=hidden)
    last = {"x": "b", "y": 3, "z": 1}
    interactions = {tuple(s) for g in sets for k in (1, 2, 3) for s in itertools.combinations(g, k)}

    def weight(labels, theta, exp):
        total = 0
        for subset in interactions:
            if any(labels[n] == last[n] for n in subset):
                continue
            name = "_".join(["u", *subset, *(str(labels["y"]) for n in subset if n == "y")])
            total = total + theta[name]
        return exp(total)

    return Member(model, weight, positives(rng, len(model.parameters)), logarithmic="all")


def boltzmann(rng):
    nodes = ["a", "b", "c", "d"]
    edges = [e for e in itertools.combinations(nodes, 2) if rng.random() < 0.6] or [("a", "b")]
    values = rng.choice([(0, 1), (-1, 1), (1, 0)])
    hidden = rng.sample(nodes, 2)
    model = se.boltzmann_machine(edges, isolated=nodes, hidden=hidden, values=values)

    def weight(labels, theta, exp):
        total = sum(theta[f"b_{n}"] * labels[n] for n in nodes)
        return exp(total + sum(theta[f"w_{a}_{b}"] * labels[a] * labels[b] for a, b in edges))

    return Member(model, weight, positives(rng, len(model.parameters)), logarithmic="all")


def restricted(rng):
    model = se.restricted_boltzmann_machine(2, rng.choice([1, 2]))
    hidden = [v.name for v in model.space.hidden]

    def weight(labels, theta, exp):
        total = sum(theta[f"b_{n}"] * x for n, x in labels.items())
        return exp(total + sum(theta[f"w_{v}_{h}"] * labels[v] * labels[h] for v in ("v1", "v2") for h in hidden))

    return Member(model, weight, positives(rng, len(model.parameters)), logarithmic="all")


def sigmoid(rng):
    nodes = ["a", "b", "c"]
    edges = [e for e in itertools.combinations(nodes, 2) if rng.random() < 0.8] or [("a", "b")]
    hidden = rng.sample(nodes, rng.choice([1, 2]))
    model = se.sigmoid_belief_network(edges, isolated=nodes, hidden=hidden, values=rng.choice([(0, 1), (1, 0)]))

    def weight(labels, theta, exp):
        value = 1
        for n in nodes:
            field = theta[f"b_{n}"] + sum(theta[f"w_{a}_{b}"] * labels[a] for a, b in edges if b == n)
            value = value * exp(field * labels[n]) / (1 + exp(field))
        return value

    return Member(model, weight, positives(rng, len(model.parameters)), logarithmic="all")


def mixed_components(rng):
    component = se.independence({"y": 2, "z": 2, "_": 1}, hidden=["_"])
    model = se.mixture(component, 2, label="c")

    def weight(labels, theta, exp):
        k = labels["c"] + 1
        value = theta["w1"] if k == 1 else 1 - theta["w1"]
        for n in ("y", "z"):
            value = value * (theta[f"{n}_{k}"] if labels[n] == 0 else 1 - theta[f"{n}_{k}"])
        return value

    return Member(model, weight, probabilities(rng, 5))


def mixed_exponentials(rng):
    component = se.boltzmann_machine([("y", "z")], hidden=["z"])
    model = se.mixture(component, 2, label="c")

    def weight(labels, theta, exp):
        k = labels["c"] + 1

        def part(y, z):
            return exp(theta[f"b_y_{k}"] * y + theta[f"b_z_{k}"] * z + theta[f"w_y_z_{k}"] * y * z)

        share = theta["w1"] if k == 1 else 1 - theta["w1"]
        return share * part(labels["y"], labels["z"]) / sum(part(y, z) for y in (0, 1) for z in (0, 1))

    names = [str(p) for p in model.parameters]
    return Member(model, weight, [*probabilities(rng, 1), *positives(rng, 6)], logarithmic=names[1:])


def bayes(rng):
    model = se.naive_bayes(2, 2)

    def weight(labels, theta, exp):
        h = labels["h"]
        value = theta["h"] if h == 0 else 1 - theta["h"]
        for v in ("v1", "v2"):
            entry = theta[f"{v}{h + 1}"]
            value = value * (entry if labels[v] == 0 else 1 - entry)
        return value

    return Member(model, weight, probabilities(rng, 5))


def hidden_markov(rng):
    model = se.hidden_markov_model(2, 2, 3)

    def entry(theta, name, label, size):
        free = [theta[f"{name}_{k}"] if size > 2 else theta[name] for k in range(size - 1)]
        return free[label] if label < size - 1 else 1 - sum(free)

    def weight(labels, theta, exp):
        value = entry(theta, "h1", labels["h1"], 2) * entry(theta, f"h2{labels['h1'] + 1}", labels["h2"], 2)
        for k in ("1", "2"):
            value = value * entry(theta, f"v{k}{labels['h' + k] + 1}", labels["v" + k], 3)
        return value

    return Member(model, weight, [v / 2 for v in probabilities(rng, len(model.parameters))])


def multiplied(rng):
    first, second = boltzmann(rng).model.relabel({n: n.upper() for n in "abcd"}), bayes(rng)
    first = se.boltzmann_machine([("a", "b")], hidden=["b"])
    model = se.product(first, second.model)

    def weight(labels, theta, exp):
        a, b = labels["a"], labels["b"]
        return exp(theta["b_a"] * a + theta["b_b"] * b + theta["w_a_b"] * a * b) * second.weight(labels, theta, exp)

    values = [*positives(rng, 3), *probabilities(rng, 5)]
    return Member(model, weight, values, logarithmic=["b_a", "b_b", "w_a_b"])


def reparametrised(rng):
    e, f = sympy.symbols("e f")
    model = se.model_b().reparametrise({"y1": 1 - e, "z1": 1 - e * f, "y2": e}, domain=[f < 1, f > 0])

    def weight(labels, theta, exp):
        x, e, f = theta["x"], theta["e"], theta["f"]
        rows = {1: (x, 1 - e, 1 - e * f), 0: (1 - x, e, theta["z2"])}
        p, y, z = rows[labels["x"]]
        return p * (y if labels["y"] else 1 - y) * (z if labels["z"] else 1 - z)

    assert [str(p) for p in model.parameters] == ["x", "e", "f", "z2"]
    return Member(model, weight, probabilities(rng, 4))


def fixed(rng):
    c = Fraction(rng.randint(1, 5), rng.randint(1, 5))
    model = se.boltzmann_machine([("a", "b"), ("b", "c")], hidden=["b"]).fix(
        {"w_a_b": sympy.log(sympy.Rational(c.numerator, c.denominator))}
    )

    def weight(labels, theta, exp):
        linear = sum(theta[f"b_{n}"] * labels[n] for n in "abc") + theta["w_b_c"] * labels["b"] * labels["c"]
        return c.numerator ** (labels["a"] * labels["b"]) * exp(linear) / c.denominator ** (labels["a"] * labels["b"])

    return Member(model, weight, positives(rng, 4), logarithmic="all")


def rehidden(rng):
    before = hierarchical(rng)
    hidden = rng.choice([["y"], ["x", "y"], ["z"]])
    present = [n for n in hidden if n in before.model.space.names]
    model = before.model.hide(*present)
    return Member(model, before.weight, list(before.values.values()), logarithmic="all")


FAMILIES = {
    f.__name__: f
    for f in (
        exponential,
        hierarchical,
        boltzmann,
        restricted,
        sigmoid,
        mixed_components,
        mixed_exponentials,
        bayes,
        hidden_markov,
        multiplied,
        reparametrised,
        fixed,
        rehidden,
    )
}
CASES = [(name, seed) for name in FAMILIES for seed in range(2)]


def member(name, seed):
    return FAMILIES[name](random.Random(f"{name} {seed}"))


def fractions(matrix):
    return [[Fraction(int(e.p), int(e.q)) for e in row] for row in matrix.tolist()]


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_ranks_metrics_and_defect_are_those_of_the_definition(name, seed):
    drawn = member(name, seed)
    M, oracle, at = drawn.model, drawn.oracle(), drawn.point()
    assert tuple(se.ranks(M, at)) == tuple(oracle.ranks)
    assert fractions(se.fisher_metric(M, at)) == oracle.G
    assert fractions(se.visible_fisher_metric(M, at)) == oracle.G_V
    assert fractions(se.defect(M, at)) == oracle.Delta


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_natural_gradients_are_those_of_the_definition(name, seed):
    drawn = member(name, seed)
    M, oracle, at = drawn.model, drawn.oracle(), drawn.point()
    q = random_distribution(M.space.n_states, random.Random(seed))
    expected = oracle.negative_gradient_q(q)
    found = se.natural_gradient(se.divergence(q), M, at=at)
    assert [-c for (c,) in fractions(found.tangent)] == expected.tangent
    assert [-c for (c,) in fractions(found.projected)] == expected.projected


@pytest.mark.parametrize(("name", "seed"), CASES[::2])
def test_metrics_agree_with_numerical_derivatives_to_many_digits(name, seed):
    drawn = member(name, seed)
    G, G_V = drawn.decimal_metrics()
    for exact, numerical in (
        (se.fisher_metric(drawn.model, drawn.point()), G),
        (se.visible_fisher_metric(drawn.model, drawn.point()), G_V),
    ):
        with mpmath.workdps(80):
            for i, j in itertools.product(range(exact.rows), repeat=2):
                value = mpmath.mpf(int(exact[i, j].p)) / int(exact[i, j].q)
                assert abs(value - numerical[i][j]) < mpmath.mpf(10) ** -50


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_the_verdict_is_that_of_the_oracle_at_the_point_where_the_point_is_admissible(name, seed):
    drawn = member(name, seed)
    M, oracle = drawn.model, drawn.oracle()
    if not se.is_admissible(M, drawn.point()):
        return
    verdict = se.is_cylindrical(M)
    assert isinstance(verdict, se.Proved | se.Refuted)
    assert isinstance(verdict, se.Proved) == se.ranks(M).cylindrical
    if isinstance(verdict, se.Proved):
        assert oracle.is_cylindrical


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize("seed", range(2, 12))
def test_many_members_agree_with_their_definition(name, seed):
    drawn = member(name, seed)
    M, oracle, at = drawn.model, drawn.oracle(), drawn.point()
    assert tuple(se.ranks(M, at)) == tuple(oracle.ranks)
    assert fractions(se.defect(M, at)) == oracle.Delta


# ---- Structure and remarks


def test_dependent_statistics_are_allowed_and_said():
    space = se.SampleSpace(visible={"x": 2}, hidden={"h": 2})
    x, h = sympy.symbols("x h")
    M = se.ExponentialFamily(space, [x, h, x + h, sympy.Integer(1)])
    assert se.ranks(M).joint == 2
    assert any("overparametrised: 2 of the 4 statistics" in remark for remark in M.remarks)
    assert se.ExponentialFamily(space, [x, h]).remarks == ()


def test_statistics_read_back_are_those_given():
    space = se.SampleSpace(visible={"x": [0, 2, 4]}, hidden={"h": 2})
    rows = [[0, 0, 1, Fraction(1, 2), 2, 3], [1, -1, 1, -1, 1, -1]]
    M = se.ExponentialFamily(space, rows)
    assert se.sufficient_statistics(M) == sympy.Matrix(rows)


def test_a_graph_gives_the_graphical_model_of_its_cliques():
    import networkx as nx

    M = se.log_linear(nx.Graph([("x", "y"), ("y", "z"), ("x", "z"), ("z", "w")]), hidden=["w"])
    assert isinstance(M.structure, ExponentialStructure)
    assert {frozenset(g) for g in M.structure.generators} == {frozenset("xyz"), frozenset("zw")}


def test_subsets_of_generators_add_nothing():
    a = se.log_linear([["x", "y"], ["x"], ["y", "x"]], hidden=["x"])
    assert a.parameters == se.log_linear([["x", "y"]], hidden=["x"]).parameters


def test_a_product_is_cylindrical_exactly_if_both_factors_are():
    coin = se.independence({"c": 2, "d": 2}, hidden=["d"])
    assert isinstance(se.is_cylindrical(se.product(coin, se.independence({"x": 2, "y": 2}, hidden=["x"]))), se.Proved)
    assert isinstance(se.is_cylindrical(se.product(coin, se.model_b())), se.Refuted)


def test_relabelling_changes_names_only():
    M = se.model_b().relabel({"x": "cause"}, {"y": ["wet", "dry"]})
    assert M.space.states[0] == ("wet", 1, 1)
    assert [v.name for v in M.space.hidden] == ["cause"]
    assert se.ranks(M) == se.ranks(se.model_b())


def test_hiding_and_hiding_back_is_the_same_model():
    M = se.model_b()
    again = M.hide("y").hide("x")
    assert again.space == M.space
    assert again.table == M.table


def test_renaming_parameters_keeps_the_structure():
    t = sympy.Symbol("t")
    M = se.model_b().reparametrise({"x": t})
    assert M.structure == se.model_b().structure
    assert M.parameters[0] == t


def test_a_parameter_in_exponents_can_be_replaced_by_a_logarithm():
    t = sympy.Symbol("t")
    M = se.boltzmann_machine([("a", "b")], hidden=["b"]).reparametrise({"b_a": sympy.log(t / (1 - t))}, domain=[t > 0])
    assert t in M.parameters
    assert str(M.point({"t": "1/3", "b_b": 0, "w_a_b": 0}).values[0]) == "1/3"
    with pytest.raises(se.DomainError, match="outside the domain"):
        M.point({"t": 2, "b_b": 0, "w_a_b": 0})


# ---- Errors name what is wrong, where, and what would be right

a, b, theta = sympy.symbols("a b theta")
PAIR = se.SampleSpace(visible={"x": 2}, hidden={"h": 2})


@pytest.mark.parametrize(
    ("build", "error", "message"),
    [
        (
            lambda: se.Parametrization(PAIR, [sympy.exp(a / b), 1, 1, 1], [a, b], weights=True),
            se.ExactnessError,
            r"probability of \(0, 0\): the exponent a/b is not a polynomial",
        ),
        (
            lambda: se.Parametrization(PAIR, [a**b, 1, 1, 1], [a, b], weights=True),
            se.ExactnessError,
            "in the base and in the exponent",
        ),
        (lambda: se.Parametrization(PAIR, [2**a, 1, 1, 1], [a], weights=True), se.ExactnessError, "has the base 2"),
        (lambda: se.Parametrization(PAIR, [sympy.exp(a), -1, 1, 1], [a], weights=True), se.ModelError, "positive"),
        (lambda: se.ExponentialFamily(PAIR, [sympy.Symbol("y")]), se.ModelError, "unknown variable y"),
        (lambda: se.ExponentialFamily(PAIR, [[1, 2, 3]]), se.ModelError, "one for each of the 4 states"),
        (lambda: se.ExponentialFamily(PAIR, [[1, 2, 3, 0.5]]), se.ExactnessError, r"Rational\(1, 2\)"),
        (
            lambda: se.ExponentialFamily(PAIR, [[1, 2, 3, 4]], [1, 1, 0, 1]),
            se.ModelError,
            r"base measure is 0 at \(1, 0\)",
        ),
        (
            lambda: se.ExponentialFamily(PAIR.hide(["h"]), [sympy.sqrt(sympy.Symbol("x") + 1)]),
            se.ExactnessError,
            "expected a rational",
        ),
        (
            lambda: se.ExponentialFamily(se.SampleSpace({"x": ["on", "off"]}, {"h": 2}), [sympy.Symbol("x")]),
            se.ModelError,
            "label 'on' is not a number",
        ),
        (lambda: se.log_linear([["x", "y"]], states={"x": 2}, hidden=["x"]), se.GraphError, "unknown variable y"),
        (lambda: se.log_linear([["x", "y"]], hidden=["z"]), se.GraphError, "unknown node z"),
        (lambda: se.log_linear(["xy"], hidden=["x"]), se.GraphError, "write \\['xy'\\]"),
        (lambda: se.boltzmann_machine([("x", "x")], hidden=["x"]), se.GraphError, "loop"),
        (lambda: se.boltzmann_machine([("x", "y"), ("y", "x")], hidden=["x"]), se.GraphError, "twice"),
        (lambda: se.boltzmann_machine([("x", "y")], hidden=["z"]), se.GraphError, "unknown node z"),
        (lambda: se.sigmoid_belief_network([("x", "y"), ("y", "x")], hidden=["x"]), se.GraphError, "cycle"),
        (lambda: se.restricted_boltzmann_machine(0, 1), se.ModelError, "n_visible = 0"),
        (lambda: se.mixture({"y": 2}, 0), se.ModelError, "positive integer"),
        (lambda: se.product(se.model_a(), se.model_b()), se.ModelError, "variable x belongs to both"),
        (lambda: se.model_b().fix({"x": "3/2"}), se.DomainError, "outside the domain"),
        (lambda: se.model_b().fix({"u": "1/2"}), se.ModelError, "u is no parameter"),
        (lambda: se.model_b().fix({"x": 0.5}), se.ExactnessError, r"Rational\(1, 2\)"),
        (lambda: se.model_b().reparametrise({"x": a, "y1": a + 2}), se.ModelError, "no rational point"),
        (lambda: se.model_b().hide("u"), se.ModelError, "unknown variable u"),
        (lambda: se.model_b().hide("x", "y", "z"), se.ModelError, "no visible variable"),
        (lambda: se.model_b().relabel({"x": "y"}), se.ModelError, "two variables"),
    ],
)
def test_a_user_error_is_one_clear_message(build, error, message):
    with pytest.raises(error, match=message):
        build()
