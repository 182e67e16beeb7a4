"""Rounded numbers: as close as their digits say, and never an integer that the number is not."""

import random
from fractions import Fraction

import pytest
import sympy

import symelbo as se
from symelbo.explanation.numbers import approximate, degrees
from tests.explanation.test_survivors import isolated, page
from tests.loci.test_locus import collider

NEAR = [sympy.Integer(1) - sympy.Rational(1, 10**k) for k in (3, 5, 9, 17, 25)]


@pytest.mark.parametrize(
    "value", [*NEAR, *(1 + (1 - v) for v in NEAR), 2 * sympy.sqrt(4830) / 139, sympy.sqrt(10**12 + 1)]
)
def test_a_number_near_an_integer_is_not_shown_as_one(value):
    for digits in (4, 6):
        shown = sympy.Rational(approximate(value, digits))
        if value < 10**digits:
            assert not shown.is_Integer
        assert abs(shown / value - 1) < sympy.Rational(1, 10 ** (digits - 1))


def test_roundings_are_those_of_the_number():
    rng = random.Random(3)
    for _ in range(100):
        value = sympy.Rational(Fraction(rng.randrange(1, 10**6), rng.randrange(1, 10**6)))
        shown = sympy.Rational(approximate(value))
        assert abs(shown / value - 1) <= sympy.Rational(1, 2 * 10**5)
    assert approximate(sympy.Integer(3)) == "3"
    assert approximate(-1 - sympy.Rational(1, 10**8)) == "-1.00000001"


@pytest.mark.parametrize("value", [*NEAR, *(1 - v for v in NEAR)])
def test_an_angle_near_0_or_90_degrees_is_not_shown_as_that(value):
    assert sympy.Rational(degrees(value)) not in (0, 90)


def test_the_bound_of_a_collider_is_below_one_on_the_page_and_in_the_derivation():
    assert "2 √4830/139 ≈ 0.99997" in page(collider())
    assert r"\approx 0.99997" in se.derive(collider()).fragment()


def test_gradients_that_are_parallel_for_every_objective_are_said_to_be_and_no_objective_is_the_worst():
    for told in (page(isolated()), " ".join(se.derive(isolated()).text().split())):
        assert "the projected gradient there is c² times the visible gradient" in told
        assert "cosine of the angle" not in told
        assert "loses most" not in told
    assert "The objective with differential ℓ loses most" in page(collider())
