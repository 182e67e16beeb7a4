"""Polynomials without change of sign that are quadratic in a generator, and the points where they vanish."""

import pytest
import sympy

import symelbo as se
from symelbo.exact import Field
from symelbo.loci import Positivity
from symelbo.loci.quadratics import semidefinite
from tests.loci.test_locus import HALF, QUARTER, U, W, plane, splits

X, Y, Z = sympy.symbols("x y z")
FIELD = Field([X, Y, Z])
BOX = Positivity(FIELD, [FIELD.from_sympy(e) for e in (1 + X, 1 - X, 1 + Y, 1 - Y, 1 + Z, 1 - Z)])


def found(expression):
    result = semidefinite(FIELD.from_sympy(sympy.expand(expression)), BOX.sign_only)
    if result is None:
        return None
    return result[0], [{str(FIELD.to_sympy(e)) for e in system} for system in result[1]]


@pytest.mark.parametrize(
    ("expression", "sign", "count"),
    [
        (X**2 + Y**2, 1, 1),
        (-((X - Y) ** 2), -1, 1),
        ((X - HALF) ** 2 + (Y - QUARTER) ** 2 + Z**2, 1, 1),
        (X**2 + X * Y + Y**2, 1, 1),
        (X**2 + X * Y + Y**2 + QUARTER, 1, 0),
        (-(X**2) - 2 * Y**2 - QUARTER, -1, 0),
        ((X + 2) * (X - Y) ** 2, 1, 1),
        ((X**2 + Y**2) * (Y - Z) ** 2, 1, 2),
    ],
)
def test_a_polynomial_without_change_of_sign_has_its_zeros_where_the_squares_vanish(expression, sign, count):
    answer = found(expression)
    assert answer is not None
    assert answer[0] == sign
    assert len(answer[1]) == count


@pytest.mark.parametrize("expression", [X**2 - Y**2, X * Y, X**2 - X * Y * 3 + Y**2, X**2 + Y, X**2 + Y**2 - Z**2])
def test_a_polynomial_that_changes_its_sign_is_not_semidefinite(expression):
    assert found(expression) is None


def test_a_sum_of_two_squares_is_one_point_of_the_locus():
    """u (v moves with u alone) and two conditionals that stand still together where (u - 1/2)^2 + (w - 1/3)^2 = 0."""
    third = sympy.Rational(1, 3)
    first = QUARTER + ((U - HALF) ** 3 / 3 + (U - HALF) * (W - third) ** 2) / 8
    model = plane(first, QUARTER + W / 8, HALF)
    (component,) = se.cylindrical_locus(model).components
    assert component.restriction == {U: HALF, W: third}
    assert component.dimension == 0
    assert splits(model, {"u": "1/2", "w": "1/3"})
    assert not splits(model, {"u": "1/2", "w": "1/2"})
    assert not splits(model, {"u": "1/3", "w": "1/3"})


def test_an_algebraic_point_is_given_below_the_degree_of_its_equation():
    """The inadmissible set is u = w with 6 w^2 = 1; a Groebner basis says it with polynomials of degree 9."""
    product = (U**2 + 2 * W**2 - HALF) * (U - W)
    model = plane(QUARTER + product / 32, QUARTER + (U - W) ** 2 / 8, HALF, HALF)
    locus = se.cylindrical_locus(model)
    (component,) = locus.inadmissible
    assert component.restriction == {U: W}
    assert component.remaining == (6 * W**2 - 1,)
    assert [str(c) for c in locus.components] == ["u = w"]
