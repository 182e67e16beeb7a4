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
    "simplex": lambda: se.full_simplex(se.SampleSpace(visible={"v": 2}, hidden={"h": 2})),
    "log_linear": lambda: se.log_linear([["a", "b"], ["b", "c"]], states={"a": 2, "b": 2, "c": 2}, hidden=["c"]),
}


@cache
def model(name: str) -> se.Parametrization:
    return MODELS[name]()


@cache
def derivation(name: str) -> Derivation:
    return derive(model(name))
