"""The models whose derivations are kept as golden files, and models with hostile names."""

from __future__ import annotations

from functools import cache

import sympy

import symelbo as se
from symelbo.derivation import Derivation, derive


def three_state_network() -> se.Parametrization:
    return se.bayesian_network(
        [("x", "y"), ("x", "z")], states={"x": 3, "y": 2, "z": 2}, hidden=["x"], name="Three-state network"
    )


def machine() -> se.Parametrization:
    return se.boltzmann_machine([("h", "v"), ("h", "w")], hidden=["h"], name="Boltzmann machine")


def naive_bayes() -> se.Parametrization:
    return se.bayesian_network([("c", f"l{i}") for i in range(1, 5)], hidden=["c"], name="Naive Bayes")


def exponential_weights() -> se.Parametrization:
    a, b, c = sympy.symbols("a b c")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    table = [1, sympy.exp(a), sympy.exp(b), sympy.exp(a + b + c)]
    return se.Parametrization(space, table, [a, b, c], weights=True, name="Weights")


def sigmoid() -> se.Parametrization:
    return se.sigmoid_belief_network([("h", "v"), ("h", "w")], hidden=["h"])


def hostile() -> se.Parametrization:
    states = {"x_1_2": ["50%", "$"], "%": ["a_b", "\\"], "if": ["ü", "日本", "<b>&"]}
    return se.bayesian_network(
        [("if", "x_1_2"), ("if", "%")], states=states, hidden=["if"], name=r"100% of \M_{b} & #1 ~ ^ $x$ <i>é日</i>"
    )


def long_names() -> se.Parametrization:
    states = {
        "intelligence_quotient": ["below average", "above average"],
        "examination_grade": ["excellent", "failed completely"],
        "recommendation letter": ["enthusiastic", "lukewarm"],
    }
    first, second, third = states
    return se.bayesian_network([(first, second), (first, third)], states=states, hidden=[first], name="A student")


def five_states() -> se.Parametrization:
    return se.bayesian_network([("x", "y")], states={"x": 5, "y": 5}, hidden=["x"], name="Five states")


def big_weights() -> se.Parametrization:
    a, b, c = sympy.symbols("a b c")
    space = se.SampleSpace(visible={"v": 3}, hidden={"h": 2})
    exponents = [0, a, 2 * b, 3 * a + 2 * b - c, a / 2, a + b + c]
    return se.Parametrization(space, list(map(sympy.exp, exponents)), [a, b, c], weights=True, name="Big weights")


def long_numbers() -> se.Parametrization:
    a, b = sympy.symbols("a b")
    space = se.SampleSpace(visible={"y": 2}, hidden={"x": 2})
    r = sympy.Rational(123456789012345678901234567891, 10**30 + 57)
    s = sympy.Rational(314159265358979323846264338327, 10**30 + 33)
    table = [r * a, (1 - r) * a, s * (1 - a) * b, 1 - a - s * (1 - a) * b]
    return se.Parametrization(space, table, [a, b], domain=[a > 0, a < 1, b > 0, b < 1], name="Long numbers")


def twelve_columns() -> se.Parametrization:
    return se.log_linear([["a", "b"], ["b", "c"], ["a", "c"]], states={"a": 2, "b": 2, "c": 3}, hidden=["c"])


def genotypes() -> se.Parametrization:
    """A curved model whose defect has no common factor, with parameters that are called theta."""
    t, f = sympy.symbols("theta phi")
    space = se.SampleSpace(visible={"a": ["r", "g", "b"]}, hidden={"c": 2})
    table = [t**2, 2 * t * (1 - t) * f, 2 * t * (1 - t) * (1 - f), (1 - t) ** 2 * f**2,
             2 * (1 - t) ** 2 * f * (1 - f), (1 - t) ** 2 * (1 - f) ** 2]  # fmt: skip
    return se.Parametrization(space, table, [t, f], domain=[t > 0, t < 1, f > 0, f < 1], name="Genotypes")


def collider() -> se.Parametrization:
    """Cylindrical exactly where z1 = z3 and z2 = z4; the defect is kappa e e^T with functions in e."""
    return se.bayesian_network([("x", "z"), ("y", "z")], hidden=["x"], name="Collider")


def hidden_markov() -> se.Parametrization:
    return se.hidden_markov_model(3)


def redundant() -> se.Parametrization:
    """G is singular: the probabilities depend on a b and c alone."""
    a, b, c = sympy.symbols("a b c")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    r = a * b
    table = [r * c, r * (1 - c), (1 - r) * c**2, (1 - r) * (1 - c**2)]
    cube = [a > 0, a < 1, b > 0, b < 1, c > 0, c < 1]
    return se.Parametrization(space, table, [a, b, c], domain=cube, name="Product a b")


def unused() -> se.Parametrization:
    a, b, c = sympy.symbols("a b c")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    table = [a * b, a * (1 - b), (1 - a) * b**2, (1 - a) * (1 - b**2)]
    return se.Parametrization(space, table, [a, b, c], domain=[a > 0, a < 1, b > 0, b < 1], name="Unused c")


GOLDEN = {
    "model_a": se.model_a,
    "model_b": se.model_b,
    "boltzmann_machine": machine,
    "three_state_network": three_state_network,
}
MODELS = {
    **GOLDEN,
    "naive_bayes": naive_bayes,
    "exponential_weights": exponential_weights,
    "sigmoid": sigmoid,
    "hostile": hostile,
    "long_names": long_names,
    "five_states": five_states,
    "big_weights": big_weights,
    "long_numbers": long_numbers,
    "twelve_columns": twelve_columns,
    "genotypes": genotypes,
    "collider": collider,
    "restricted_boltzmann_machine": lambda: se.restricted_boltzmann_machine(3, 2),
    "hidden_markov": hidden_markov,
    "redundant": redundant,
    "unused": unused,
    "simplex": lambda: se.full_simplex(se.SampleSpace(visible={"v": 2}, hidden={"h": 2})),
    "log_linear": lambda: se.log_linear([["a", "b"], ["b", "c"]], states={"a": 2, "b": 2, "c": 2}, hidden=["c"]),
}


@cache
def model(name: str) -> se.Parametrization:
    return MODELS[name]()


@cache
def derivation(name: str) -> Derivation:
    return derive(model(name))


@cache
def explanation(name: str) -> se.Explanation:
    return se.explain(model(name))
