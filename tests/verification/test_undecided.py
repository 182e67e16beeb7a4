"""Where S3 is undecided, what does not suppose it is decided, and what does says so."""

import pytest
import sympy

import symelbo as se

PARAMETERS = sympy.symbols("a b c d e f")


@pytest.fixture(scope="module")
def independent():
    """v and h independent, tables in the same six parameters: the null vectors are dense polynomials."""
    a, b, c, d, e, f = PARAMETERS
    visible = [
        1 + a * b + c**2 * d + e * f,
        2 + a**2 * c + b * d * f + e,
        1 + a * e + b * f + c * d,
        3 + a * b * c + d * e * f,
    ]
    hidden = [1 + a * d + b * e + c * f, 2 + a * c * e + b * d * f, 1 + a**2 + b**2 * c + e * f**2]
    space = se.SampleSpace({"v": 4}, {"h": 3})
    return se.Parametrization(
        space, [p * q for p in visible for q in hidden], PARAMETERS, [p > 0 for p in PARAMETERS], weights=True
    )


def test_an_elimination_that_is_too_long_leaves_only_what_rests_on_it_open(independent):
    report = se.verify(independent, budget=120)
    found = {v.statement.id: v for v in report.verdicts}
    assert all(isinstance(found[k], se.Proved) for k in ("S1", "S2", "S5", "S6", "S7", "S12"))
    assert all(isinstance(found[k], se.Undecided) for k in ("S3", "S4", "S8", "S9", "S11"))
    assert "ranks modulo a prime, lower bounds: (5, 3, 2)" in found["S3"].reason
    assert "not cylindrical" not in str(found["S11"])


def test_at_a_point_too(independent):
    at = dict(zip(PARAMETERS, range(1, 7), strict=True))
    found = {v.statement.id: v for v in se.verify(independent, at=at).verdicts}
    assert all(isinstance(found[k], se.Proved) for k in ("S2", "S5", "S6", "S7", "S12"))
    assert {k for k, v in found.items() if isinstance(v, se.Undecided) and v.scope == se.Where.POINT} == {
        "S3", "S4", "S8", "S9"
    }  # fmt: skip


def test_what_a_budget_leaves_open_names_the_ranks_of_the_screen():
    verdict = se.verify(se.restricted_boltzmann_machine(6, 5), "S3", budget=0.6)
    assert isinstance(verdict, se.Undecided)
    assert "ranks (41, 41, 35)" in verdict.reason
