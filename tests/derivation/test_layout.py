"""Long formulas in lines: what is left out is left out in whole terms."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import sympy

import symelbo as se
from symelbo.derivation.document import Derivation
from symelbo.derivation.steps import Relation, Side, Step
from symelbo.typesetting import PAGE, Printer, broken_lines, symbol_latex, terminal
from tests.derivation.evaluation import read
from tests.derivation.examples import collider, derivation

A = sympy.symbols("a1:9")
B = sympy.symbols("b1:9")
VALUES = {s: sympy.Rational(k + 2, 2 * k + 3) for k, s in enumerate((*A, *B))}
BY_LATEX = {symbol_latex(s.name): Fraction(int(v.p), int(v.q)) for s, v in VALUES.items()}


def long_sum(n, inner=8):
    """n terms, each a product of a long sum and a symbol."""
    return sympy.Add(
        *(sympy.Add(*(x * (1 - y) for x, y in zip(A[:inner], B, strict=False)), k) * B[k % 8] for k in range(n))
    )


def value(lines):
    return read(re.sub(r"\s*\\times\s*", " ", " ".join(lines)), BY_LATEX)


@pytest.mark.parametrize("measure", [PAGE, terminal(80), terminal(50)])
@pytest.mark.parametrize("n", [2, 5, 9, 40])
def test_a_shortened_sum_ends_after_a_whole_term(measure, n):
    expression, printer = long_sum(n), Printer((*A, *B))
    lines = broken_lines(expression, printer, 300 * measure.unit, 280 * measure.unit, measure)
    terms = printer.terms(expression)
    told = "terms in all" in lines[-1]
    assert len(lines) <= 14
    partial = [sympy.Add(*terms[:k]).subs(VALUES) for k in range(1, len(terms) + 1)]
    assert value(lines[:-1] if told else lines) in (partial if told else partial[-1:])
    assert not told or f"{len(terms)} terms in all" in lines[-1]


def test_a_shortened_factor_keeps_its_brackets_and_its_neighbours():
    expression = sympy.Add(*(sympy.Integer(k + 2) ** 9 * x * y for k, x in enumerate(A) for y in B)) * B[0]
    printer = Printer((*A, *B))
    lines = broken_lines(expression, printer, 100.0, 100.0)
    text = " ".join(lines)
    assert len(lines) <= 15
    assert "64 terms in all" in text
    assert text.count("Bigl(") == text.count("Bigr)") == 1
    assert "b_{1}" in text.replace(text[text.index("Bigl(") : text.index("Bigr)")], "")


def test_a_short_polynomial_is_not_written_as_a_probability():
    t = sympy.Symbol("theta")
    a, b, c = sympy.symbols("a b c")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    square = se.Parametrization(space, [t**2, t * (1 - t), t * (1 - t), (1 - t) ** 2], [t], domain=[t > 0, t < 1])
    text = se.derive(square).text()
    assert "p_V(1) = 1 − θ" in text
    assert "G = (2/(θ (1 − θ)))" in text
    assert re.search(r"κ = .*θ \(1 − θ\)", text)
    table = [a * b * c, a * b * (1 - c), (1 - a * b) * c**2, (1 - a * b) * (1 - c**2)]
    product = se.Parametrization(space, table, [a, b, c], domain=[a > 0, a < 1, b > 0, b < 1, c > 0, c < 1])
    text = se.derive(product).text()
    assert text.count("p_V(0)") == text.count("p_V(1)") == 1


def test_a_product_that_is_a_probability_is_no_part_of_a_sum():
    assert not re.search(r"p_V\([01],[01]\) \+|\+ p_V\([01],[01]\)", derivation("model_a").text())


def test_a_long_marginal_is_a_factor_and_a_denominator_by_its_name():
    assert "p(1 | 1,1) = x y1 z1/p_V(1,1)" in derivation("model_b").text()


# -- order and signs ---------------------------------------------------------------------------------------------------

x, y, z, t = sympy.symbols("x y z t")


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (80 - 192 * t - 42 * t**4 + 100 * t**3 + t**5, "80 - 192 t + 100 t^{3} - 42 t^{4} + t^{5}"),
        (4 - 2 * t**2 + t, "4 + t - 2 t^{2}"),
        (t**10 - t**2, "-(t^{2} - t^{10})"),
        (x * y + x**2 + x + y, "x + x^{2} + x y + y"),
        (x * y**3 + x * y**2 + x**2 * y, "x y^{2} + x y^{3} + x^{2} y"),
        ((1 - x) ** 2 * x * (x - y) * (1 - y), "x (1 - x)^{2} (1 - y) (x - y)"),
    ],
)  # fmt: skip
def test_terms_rise_in_degree_and_factors_stand_as_declared(expression, latex):
    assert Printer((x, y, z, t)).doprint(expression) == latex


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (y - x, "-(x - y)"),
        (-(x - y) * z, "-(x - y) z"),
        (x * (z - y), "-x (y - z)"),
        (1 + (y - x) * z, "1 - (x - y) z"),
        (y * z - x, "y z - x"),
        (2 * t**2 - 1, "-(1 - 2 t^{2})"),
    ],
)
def test_a_difference_has_one_form(expression, latex):
    printer = Printer((x, y, z, t))
    assert printer.doprint(expression) == latex
    assert printer.unsigned(expression) in (expression, -expression, sympy.expand(-expression))
    assert not printer.doprint(printer.unsigned(expression)).startswith("-")


def test_the_vector_of_a_defect_and_its_entries_have_the_same_signs():
    text = se.derive(collider()).text()
    assert "e = (z1 − z3, −(z2 − z4), −(z1 − z3), z2 − z4)" in text
    assert "p_V(0,0) = (x z1 + (1 − x) z3) y" in text
    assert "p_V(1,0) = (x (1 − z1) + (1 − x) (1 − z3)) y" in text
    assert "z4 − z2" not in text


def test_one_name_for_a_sum_and_its_negative_the_same_in_all_renderings():
    h = se.bayesian_network([("h", "a"), ("h", "b")], states={"h": 3, "a": 3, "b": 2}, hidden=["h"])
    d = se.derive(h)
    defined = re.findall(r"^f_\{\d\} &= .*", d.fragment(), re.MULTILINE)
    assert len(defined) == 6
    assert not any("= -" in line for line in defined)
    assert len(re.findall(r"^ *f\d = ", d.text(), re.MULTILINE)) == 6


def test_a_denominator_is_named_in_all_renderings_alike():
    r = sympy.Rational
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    table = [r(1, 4) + t / 8, r(1, 4) + t**2 / 8 - t / 8, r(1, 4) - t**2 / 8 + t / 16, r(1, 4) - t / 16]
    d = se.derive(se.Parametrization(space, table, [t], domain=[t > -1, t < 1]))
    assert "a_{1} &= 80 - 192 t + 188 t^{2}" in d.fragment()
    assert "a1 = 80 − 192 t + 188 t² + 100 t³ − 42 t⁴ + t⁵" in d.text()


def test_a_notebook_shows_the_basis_vectors_of_the_derivation():
    M = se.model_b()
    shown = se.tangent_decomposition(M)._repr_latex_()
    assert r"H_{1} &= J\, \left(x (1 - x) (y_{1} - y_{2}), y_{1} (1 - y_{1}), y_{2} (1 - y_{2}), 0, 0\right)" in shown
    assert "H1 = x (1 − x) (y1 − y2) ∂_x + y1 (1 − y1) ∂_{y1} + y2 (1 − y2) ∂_{y2}" in se.derive(M).text()


# -- what is too long --------------------------------------------------------------------------------------------------


def too_long():
    """A quotient that is not written out, with a denominator that would get a name."""
    terms = sympy.expand(sympy.Add(*A, *B) ** 3)
    return terms / (1 + sympy.Add(*(x * y for x, y in zip(A, B, strict=True))))


def test_values_that_are_too_long_are_told_in_one_line_and_define_nothing():
    matrix = sympy.Matrix(2, 2, [too_long()] * 4)
    relations = [Relation(Side("f"), "=", Side(None, too_long())), Relation(Side("g"), "=", Side(None, 2 * too_long()))]
    relations.append(Relation(Side("F"), "=", Side(None, matrix, "F_{ROW;COLUMN}", ("1", "2"), ("1", "2"))))
    text = Derivation("Long", (), (), (Step("Long", ("All.",), tuple(relations)),), order=(*A, *B), letter="u").text()
    assert "(Not written out: f, g, of " in text
    assert "F is a matrix whose 4 nonzero entries are all too long" in text
    assert "where" not in text
    assert "an expression with" not in text


def test_a_name_that_no_display_uses_is_defined_where_it_is_used():
    short = A[0] / (1 + sympy.Add(*(x * y for x, y in zip(A, B, strict=True))))
    steps = [
        Step(n, ("All.",), (Relation(Side("f"), "=", Side(None, v)),) * 2) for n, v in (("1", too_long()), ("2", short))
    ]
    text = Derivation("Long", (), (), tuple(steps), order=(*A, *B), letter="u").text()
    first, second = text.split("2. All.")
    assert "where" not in first
    assert re.search(r"where\n +u\d = 1 \+ a1 b1", second)
