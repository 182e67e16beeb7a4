"""Numbers made for a prime do no harm: not in a table, not in exponents, not at a point."""

import os
import subprocess
import sys
from math import prod

import pytest
import sympy

import symelbo as se
from symelbo.certificates import is_large
from symelbo.exact import PRIME, as_rational
from symelbo.geometry import generic_screen, rank_rows, screen

PRIMES = (PRIME, 2147483629, 2147483587)
a, b, c = sympy.symbols("a b c")
SPACE = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
HOSTILE = pytest.mark.parametrize("n", [*PRIMES, prod(PRIMES)])


def weights(*entries, space=SPACE, parameters=(a, b)):
    return se.Parametrization(space, entries, parameters, [p > 0 for p in parameters], weights=True)


def findings(model):
    """Verdicts, ranks and dimensions: what does not change when a parameter is rescaled."""
    return [v.kind for v in se.verify(model).verdicts], se.ranks(model), se.tangent_decomposition(model).dims


TABLES = {
    "a coefficient": lambda n: weights(1 + n * a, 1, 1, b),
    "a denominator": lambda n: weights(a / n, b, 1, a),
    "a difference": lambda n: weights(1 + a, 1 + (1 + n) * a, 1, b),
    "opposite signs": lambda n: se.Parametrization(
        SPACE, [b + (n - 1) * a, b - a, 1, b], [a, b], [a > 0, b > a], weights=True
    ),
    "a term": lambda n: weights(a, b, 1, n * a + b),
    "a power": lambda n: weights((n * a + b) ** 5, b, 1, a),
    "exponents of exponentials": lambda n: se.Parametrization(
        SPACE, [sympy.exp(n * a), sympy.exp(b) + n, 1, 1 + sympy.exp(b + n * a)], [a, b], weights=True
    ),
    "a statistic": lambda n: se.ExponentialFamily(
        se.SampleSpace(visible={"v": [0, n]}, hidden={"h": [0, 1]}), sympy.symbols("v h")
    ),
}


@HOSTILE
@pytest.mark.parametrize("build", TABLES.values(), ids=TABLES)
def test_a_coefficient_made_for_a_prime_changes_no_verdict(build, n):
    assert findings(build(n)) == findings(build(3))


@HOSTILE
@pytest.mark.parametrize("build", [se.model_a, se.model_b, lambda: se.naive_bayes(3)], ids=["M(a)", "M(b)", "bayes"])
def test_parameters_rescaled_by_multiples_of_a_prime_change_no_verdict(build, n):
    def rescaled(scale):
        model = build()
        t = sympy.symbols(f"t:{len(model.parameters)}")
        domain = [c for s in t for c in (s > 0, s < scale)]
        return model.reparametrise({p: s / scale for p, s in zip(model.parameters, t, strict=True)}, t, domain)

    assert findings(rescaled(n)) == findings(rescaled(3))


def test_factors_that_agree_modulo_the_usual_prime_up_to_a_scale_though_all_numbers_are_moderate():
    assert 2**15 * 2**16 % PRIME == 1
    assert findings(weights(1 + 2**15 * a, 2**16 + a, 1, b)) == findings(weights(1 + 3 * a, 6 + a, 1, b))


def test_exponents_whose_determinant_is_the_usual_prime_keep_the_rank():
    rows = [[2, 147, 483, 647], [-1, 1000, 0, 0], [0, -1, 1000, 0], [0, 0, -1, 1000]]
    assert sympy.Matrix(rows).det() == PRIME
    x = sympy.symbols("x1:5")
    entries = [1, *(sympy.Mul(*(t**e for t, e in zip(x, row, strict=True))) for row in rows), 1, 1, 1]
    model = weights(*entries, space=se.SampleSpace(visible={"v": 2}, hidden={"h": 4}), parameters=x)
    assert se.ranks(model) == (4, 1, 4)


@HOSTILE
def test_null_vectors_that_depend_on_the_point_are_found_and_completed_whatever_the_coefficients(n):
    def model(scale):
        return weights(1 + scale * a, b * c, 1 + scale * a, b * c + scale, parameters=(a, b, c))

    assert findings(model(n)) == findings(model(3))


POINTS = [(PRIME, 3), (PRIME - 1, 3), (f"1/{PRIME}", PRIME), (PRIME + 3, 3), (prod(PRIMES), f"{PRIMES[1]}/{PRIME}")]


@pytest.mark.parametrize("at", POINTS, ids=str)
def test_points_whose_coordinates_are_bad_modulo_a_prime_are_points_as_others(at):
    model = weights(1 + a, 1 + b, 1, b)
    point = {"a": at[0], "b": at[1]}
    assert tuple(se.ranks(model, point)) == (2, 1, 2)
    assert screen(model, model.point(point).values).ranks() == (2, 1, 2)
    assert rank_rows(model, model.point(point).values)[1] == (2, 1, 2)
    assert isinstance(se.is_cylindrical(model, point), se.Refuted)


def test_small_coordinates_at_which_a_factor_is_the_usual_prime_are_looked_at_modulo_another_one():
    model = weights(1 + a * b * c, 1 + b, 1, b + c, parameters=(a, b, c))
    values = model.point({"a": 1386, "b": 4681, "c": 331}).values
    assert PRIME == 1 + 1386 * 4681 * 331
    assert screen(model, values).p != PRIME == model.prime
    assert screen(model, values).ranks() == rank_rows(model, values)[1] == generic_screen(model).ranks()


def test_at_a_point_where_a_probability_is_0_no_prime_helps():
    model = se.Parametrization(SPACE, [1 + a, 1 - b, 1, b], [a, b], [a > 0, b > 0, b < 1], weights=True)
    with pytest.raises(se.DomainError, match="vanishes"):
        screen(model, [as_rational(1)] * 2)


def test_a_large_model_is_refuted_at_a_point_whose_denominators_the_usual_prime_divides():
    model = se.naive_bayes(9)
    assert is_large(model)
    at = {p: sympy.Rational(k + 1, PRIME) for k, p in enumerate(model.parameters)}
    verdict = se.is_cylindrical(model, at)
    assert isinstance(verdict, se.Refuted)
    assert verdict.certificate.witness["kind"] == "minors"


def test_a_domain_that_holds_only_points_next_to_the_usual_prime_has_an_admissible_one():
    model = se.Parametrization(SPACE, [1 + a, 1 + b, 1, b], [a, b], [a > PRIME - 1, a < PRIME + 1, b > 0], weights=True)
    assert "for example a = 2147483647" in repr(se.is_cylindrical(model))


def test_the_prime_of_a_model_is_that_of_its_table_whatever_is_hidden():
    model = se.hidden_markov_model(3)
    assert model.prime == model.hide("v1").prime == PRIME
    assert weights(1 + PRIME * a, 1, 1, b).prime == weights(1 + a, 1, b, PRIME).prime != PRIME


def test_the_prime_and_what_is_found_with_it_do_not_depend_on_the_hash_seed():
    code = (
        "import symelbo as se, sympy; a, b = sympy.symbols('a b');"
        "space = se.SampleSpace(visible={'v': 2}, hidden={'h': 2});"
        f"M = se.Parametrization(space, [1 + {PRIME}*a, 2 + 65537*b, 1, b/{PRIMES[1]}], [a, b], weights=True);"
        "v = se.is_cylindrical(M); print(M.prime, v, v.certificate.to_json(), se.tangent_decomposition(M).vertical)"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("0", "12345")
    }
    assert len(runs) == 1


@pytest.mark.parametrize("k", range(3))
def test_where_the_prime_misleads_all_the_same_the_verdict_is_undecided(k):
    model = [weights(1 + PRIME * a, 1, 1, b), weights(a / PRIME, b, 1, a), weights(1 + a, 1 + (1 + PRIME) * a, 1, b)][k]
    vars(model)["prime"] = PRIME
    report = se.verify(model)
    assert all(isinstance(v, se.Undecided) for v in report.verdicts)
    assert "modulo" in report["S3"].reason
