"""Presentation changes the form of an expression and never its value."""

from __future__ import annotations

import random
import time

import pytest
import sympy

import symelbo as se
from symelbo.exact import Field
from symelbo.typesetting.presentation import length
from tests.derivation.examples import derivation, model

x, y1, y2, z1, z2 = THETA = sympy.symbols("x y1 y2 z1 z2")
K = Field(THETA)

MIXTURE = x * y1 * z1 + (1 - x) * y2 * z2
KAPPA = x * y1 * (1 - y1) * z1 * (1 - z1) + (1 - x) * y2 * (1 - y2) * z2 * (1 - z2)

READABLE = [
    MIXTURE,
    KAPPA,
    -KAPPA,
    KAPPA / MIXTURE,
    x * y1 + (1 - x) * y2,
    (1 - y1) * (1 - z1) - (1 - y2) * (1 - z2),
    y1 * (1 - z1) - y2 * (1 - z2),
    x * z1 + y1 * z2 + (1 - x - y1) * y2,
    (1 - y1) / (x * (1 - x - y1)),
    1 / (1 - x),
    1 - x * y1,
]


@pytest.mark.parametrize("expression", READABLE, ids=str)
def test_the_form_a_mathematician_writes_is_a_fixed_point(expression):
    assert K.to_sympy(K.from_sympy(expression)) == expression
    assert K.to_sympy(K.from_sympy(sympy.expand(expression))) == expression


@pytest.mark.parametrize("seed", range(40))
def test_the_value_never_changes(seed):
    rng = random.Random(seed)

    def polynomial() -> sympy.Expr:
        return sympy.Add(
            *(
                rng.choice([1, -1, 2, sympy.Rational(1, 3)])
                * sympy.Mul(*(g ** rng.choice([0, 0, 1, 1, 2]) for g in THETA))
                for _ in range(rng.randint(1, 9))
            )
        )

    above, below = polynomial(), polynomial()
    if not below or not above:
        return
    element = K.from_sympy(above / below)
    assert K.from_sympy(K.to_sympy(element)) == element


@pytest.mark.parametrize("seed", range(10))
def test_a_mixture_is_never_longer_than_its_expansion(seed):
    rng = random.Random(seed)
    parts = [sympy.Mul(*rng.sample([y1, y2, z1, z2, 1 - y1, 1 - z2], 3)) for _ in range(2)]
    expression = x * parts[0] + (1 - x) * parts[1]
    assert length(K.to_sympy(K.from_sympy(expression))) <= length(sympy.expand(expression))


def test_the_defect_of_m_b_is_kappa_in_factored_form():
    assert se.defect(se.model_b())[0, 0] == KAPPA


def test_exponentials_are_not_mixed():
    a, b = sympy.symbols("a b")
    field = Field.containing([sympy.exp(a), sympy.exp(b)], [a, b])
    expression = 1 + sympy.exp(a) + sympy.exp(a + b)
    assert field.to_sympy(field.from_sympy(expression)) == sympy.expand(expression)


def test_ten_hidden_states_take_little_time():
    letters = sympy.symbols("w1:10") + sympy.symbols("a1:11") + sympy.symbols("b1:11")
    field = Field(letters)
    weights = [*letters[:9], 1 - sympy.Add(*letters[:9])]
    expression = sympy.Add(*(w * a * (1 - b) for w, a, b in zip(weights, letters[9:19], letters[19:], strict=True)))
    element = field.from_sympy(expression)
    start = time.perf_counter()
    assert field.to_sympy(element) == expression
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize("name", ["model_b", "hidden_markov", "boltzmann_machine"])
def test_a_state_on_the_page_is_that_of_the_table(name):
    M, (step,) = model(name), [s for s in derivation(name).steps if s.heading == "Model"]
    shown = {r.left.latex: r.right.value for r in step.relations if r.quantity.startswith("p[")}
    for state in M.table:
        latex = f"p({','.join(map(str, state))})"
        assert latex not in shown or shown[latex] == M.table[state]
    assert M.normalised == bool(shown)
