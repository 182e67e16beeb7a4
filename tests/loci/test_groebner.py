"""Groebner bases are the reduced ones, and loci that need them have no open part."""

import pytest
import sympy

import symelbo as se
from symelbo.exact import Field
from symelbo.loci.groebner import groebner_basis
from tests.loci.test_locus import HALF, QUARTER, U, W, plane

X, Y, Z = sympy.symbols("x y z")
FIELD = Field([X, Y, Z])
SYSTEMS = [
    [X**2 + Y**2 - HALF, X**2 + 2 * Y**2 - sympy.Rational(3, 4)],
    [X**2 + Y**2 + Z**2 - 1, X * Y - Z**2, X - Y * Z],
    [X**3 - Y**2, X * Y - Z, Z**2 - X],
    [X**2 + Y**2 - 1, X**2 + Y**2 - 2],
    [X * Y * Z - 1, X + Y + Z - 4, X * Y + Y * Z + Z * X - 5],
    [(X - HALF) ** 2 + Y**3 / 3, Y**2 * Z - X / 7],
]
every_system = pytest.mark.parametrize("system", SYSTEMS, ids=range(len(SYSTEMS)))


def monic(basis):
    return {sympy.Poly(FIELD.to_sympy(e, factored=False), X, Y, Z).monic() for e in basis}


@every_system
def test_the_basis_is_the_reduced_lexicographic_one(system):
    found = groebner_basis([FIELD.from_sympy(e) for e in system])
    expected = sympy.groebner(system, X, Y, Z, order="lex")
    assert monic(found) == {sympy.Poly(e, X, Y, Z).monic() for e in expected.exprs}


MODELS = {
    "isolated point": lambda: plane(*(QUARTER + f / 16 for f in (U**2 + W, U + W**3, U**3 + W**2))),
    "algebraic point": lambda: plane(
        QUARTER + (U**2 + 2 * W**2 - HALF) * (U - W) / 32, QUARTER + (U - W) ** 2 / 8, HALF, HALF
    ),
    "curve": lambda: plane(QUARTER + (U**3 + W**3) / 16, QUARTER + (W**2 + U * W) / 16),
    "exponential": lambda: se.restricted_boltzmann_machine(2, 1),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_locus_that_needs_a_basis_is_found_completely(name):
    assert not se.cylindrical_locus(MODELS[name]()).open
