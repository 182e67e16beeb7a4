"""Formulas as text: fractions are factors in parentheses, matrices have their parentheses around all rows."""

from __future__ import annotations

import pytest
import sympy

import symelbo as se
from symelbo.typesetting import label_latex, plain, symbol_latex


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"\frac{2}{a_{1}} (x + y)", "(2/a1) (x + y)"),
        (r"\frac{1}{2} (1 - 2 \theta) x", "(1/2) (1 − 2 θ) x"),
        (r"\frac{1}{2} + x", "1/2 + x"),
        (r"\frac{x}{2}", "x/2"),
        (r"x - \frac{1}{2} y = \frac{1}{3} \quad x", "x − (1/2) y = 1/3   x"),
        (r"\left(\frac{1}{2}, \frac{1}{3}\right)", "(1/2, 1/3)"),
    ],
)
def test_a_fraction_that_is_a_factor_stands_in_parentheses(latex, text):
    assert plain(latex) == text


def test_a_wide_matrix_has_its_parentheses_around_every_row():
    rows = r" \\ ".join(["1 & 2 & 3"] * 5)
    lines = plain(rf"T = \left( \begin{{array}}{{ccc}} {rows} \end{{array}} \right)").split("\n")
    assert [line.strip().removeprefix("T = ")[0] for line in lines] == list("⎛⎜⎜⎜⎝")
    assert [line[-1] for line in lines] == list("⎞⎟⎟⎟⎠")


def test_labels_are_shown_as_they_are():
    assert plain(label_latex("^~")) == "^~"
    assert plain(rf"\frac{{1}}{{{symbol_latex('#1')}}}") == "1/#1"


def test_a_sum_of_joint_probabilities_is_written_with_marginals():
    v, u, s = sympy.symbols("v u s")
    space = se.SampleSpace(visible={"v": ["-1", "0", "1"], "u": ["0", "1"]}, hidden={"s": ["-1", "1"]})
    text = se.derive(se.ExponentialFamily(space, [v**2, u * s])).text()
    assert "η_{θ1} = p(v=−1) + p(v=1)" in text


def test_the_domain_of_a_parameter_is_an_interval():
    t = sympy.Symbol("t")
    space, r = se.SampleSpace(visible={"v": 2}, hidden={"h": 2}), sympy.Rational(1, 4)
    table = [r + t / 8, r - t / 8, r + t / 16, r - t / 16]
    M = se.Parametrization(space, table, [t], domain=[t > -1, t < sympy.Rational(1, 2)])
    assert "A1. The parameters satisfy −1 < t < 1/2." in se.derive(M).text()


def test_a_negative_label_is_no_difference():
    v, s = sympy.symbols("v s")
    space = se.SampleSpace(visible={"v": ["-1", "1"]}, hidden={"s": ["-1", "1"]})
    d = se.derive(se.ExponentialFamily(space, [v * s, v]))
    assert "v=−1" in d.text()
    assert "= − 1)" not in d.text()
    assert "v{=}{-1}" in d.fragment()
