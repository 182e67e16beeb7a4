"""The oracle's random models as models of symelbo, and symelbo's matrices as the oracle's lists of fractions."""

import itertools
from fractions import Fraction
from functools import cache

import sympy

import symelbo as se
from tests.oracle import RandomModel, random_model, rational

# The paper's two models, written out by hand: visible y, z in the order 11, 10, 01, 00, then hidden x = 1, 0.
X, Y, Z, Y1, Y2, Z1, Z2 = sympy.symbols("x y z y1 y2 z1 z2")
PAPER_SPACE = se.SampleSpace(visible={"y": [1, 0], "z": [1, 0]}, hidden={"x": [1, 0]})


def bernoulli(label, t):
    return t if label else 1 - t


TABLE_A = {(b, c, a): bernoulli(a, X) * bernoulli(b, Y) * bernoulli(c, Z) for b, c, a in PAPER_SPACE.states}
TABLE_B = {
    (b, c, a): bernoulli(a, X) * bernoulli(b, Y1 if a else Y2) * bernoulli(c, Z1 if a else Z2)
    for b, c, a in PAPER_SPACE.states
}
CUBE_B = [r for t in (X, Y1, Y2, Z1, Z2) for r in (t > 0, t < 1)]
HALVES_AND_THIRDS = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}


def raw_model_b():
    return se.Parametrization(PAPER_SPACE, TABLE_B, [X, Y1, Y2, Z1, Z2], CUBE_B)


def raw_model_a():
    return se.Parametrization(PAPER_SPACE, TABLE_A, [X, Y, Z], [r for t in (X, Y, Z) for r in (t > 0, t < 1)])


def space_of(drawn: RandomModel) -> se.SampleSpace:
    return se.SampleSpace(
        visible={n: list(drawn.variables[n]) for n in drawn.visible},
        hidden={n: list(drawn.variables[n]) for n in drawn.hidden},
    )


def model_of(drawn: RandomModel) -> se.Parametrization:
    """The model from its raw table."""
    return se.Parametrization(
        space_of(drawn), drawn.table, drawn.parameters, drawn.domain or None, weights=drawn.weights
    )


@cache
def drawn_model(kind: str, seed: int) -> tuple[RandomModel, se.Parametrization]:
    """A random model of the oracle, and the same for the engine, which keeps what it found out about it."""
    drawn = random_model(kind, seed)
    return drawn, model_of(drawn)


@cache
def report_of(kind: str, seed: int) -> se.Report:
    return se.verify(drawn_model(kind, seed)[1])


def point_of(drawn: RandomModel, model: se.Parametrization) -> dict:
    """The drawn interior point; where theta is a logarithm, a parameter that is never used is given the value 0."""
    unused = model.unused_parameters if drawn.statistics else ()
    return {t: sympy.Integer(0) if t in unused else value for t, value in drawn.point.items()}


def network_of(drawn: RandomModel) -> tuple[se.Parametrization, dict]:
    """The Bayesian network built by se.bayesian_network, and the drawn point in its parameters."""
    model = se.bayesian_network(
        drawn.edges, states={n: list(s) for n, s in drawn.variables.items()}, hidden=drawn.hidden
    )
    free = {(node, frozenset(at.items())): symbols for node, at, symbols in drawn.rows}
    point = {}
    for family in model.structure.families:
        configurations = itertools.product(*(drawn.variables[p] for p in family.parents))
        for row, labels in zip(family.rows, configurations, strict=True):
            symbols = free[family.node, frozenset(zip(family.parents, labels, strict=True))]
            point.update({model.parameters[i]: drawn.point[t] for i, t in zip(row, symbols, strict=True)})
    return model, point


def fractions_of(matrix) -> list[list[Fraction]]:
    """A sympy matrix of rationals as a list of rows."""
    return [[rational(matrix[i, j]) for j in range(matrix.cols)] for i in range(matrix.rows)]


def vector_of(matrix) -> list[Fraction]:
    """A single column as a list."""
    assert matrix.cols == 1
    return [row[0] for row in fractions_of(matrix)]
