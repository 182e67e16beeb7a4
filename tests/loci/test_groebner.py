"""Both ways to a Groebner basis give the same one, and loci do not depend on which of them is there."""

import shutil

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
singular = pytest.mark.skipif(shutil.which("Singular") is None, reason="Singular is not installed")


def monic(basis):
    return {sympy.Poly(FIELD.to_sympy(e, factored=False), X, Y, Z).monic() for e in basis}


@every_system
def test_the_basis_is_the_reduced_lexicographic_one(system):
    found = groebner_basis([FIELD.from_sympy(e) for e in system], 60)
    expected = sympy.groebner(system, X, Y, Z, order="lex")
    assert monic(found) == {sympy.Poly(e, X, Y, Z).monic() for e in expected.exprs}


@singular
@every_system
def test_singular_and_flint_find_the_same_reduced_basis(system, monkeypatch):
    elements = [FIELD.from_sympy(e) for e in system]
    first = groebner_basis(elements, 60)
    monkeypatch.setattr("symelbo.loci.groebner.shutil.which", lambda _: None)
    second = groebner_basis(elements, 60)
    assert monic(first) == monic(second)


MODELS = {
    "isolated point": lambda: plane(*(QUARTER + f / 16 for f in (U**2 + W, U + W**3, U**3 + W**2))),
    "algebraic point": lambda: plane(
        QUARTER + (U**2 + 2 * W**2 - HALF) * (U - W) / 32, QUARTER + (U - W) ** 2 / 8, HALF, HALF
    ),
    "curve": lambda: plane(QUARTER + (U**3 + W**3) / 16, QUARTER + (W**2 + U * W) / 16),
    "exponential": lambda: se.restricted_boltzmann_machine(2, 1),
}


@singular
@pytest.mark.parametrize("name", MODELS)
def test_a_locus_is_the_same_with_and_without_singular(name, monkeypatch):
    first = se.cylindrical_locus(MODELS[name]())
    monkeypatch.setattr("symelbo.loci.groebner.shutil.which", lambda _: None)
    second = se.cylindrical_locus(MODELS[name]())
    assert repr(first) == repr(second)
    assert not first.open
