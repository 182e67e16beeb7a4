"""Arithmetic modulo a prime: it agrees with exact evaluation, and its ranks are lower bounds."""

from itertools import islice
from math import prod

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symelbo.errors import DomainError
from symelbo.exact import (
    PRIME,
    QQ,
    Field,
    Matrix,
    as_rational,
    compress,
    evaluate_mod,
    inverse_mod,
    log_derivatives_mod,
    numerals,
    pivots_mod,
    rank_mod,
    ranks_mod,
    residue,
    suitable_primes,
)

x, y = sympy.symbols("x y")
K = Field([x, y])
PRIMES = [PRIME, 2147483629, *islice(suitable_primes([PRIME]), 2)]
EXPRESSIONS = [x * y - 1, (x**2 - y) / (x + 3), 1 / (x * y * (1 - x)), sympy.Rational(22, 7) * x**5]


@pytest.mark.parametrize("p", PRIMES)
def test_the_moduli_are_primes_below_two_to_the_31(p):
    assert sympy.isprime(p)
    assert p < 2**31


@pytest.mark.parametrize("p", PRIMES)
@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_evaluation_modulo_p_is_the_residue_of_the_exact_value(expression, p):
    element = K.from_sympy(expression)
    values = [as_rational("5/3"), as_rational("-7/11")]
    exact = element.evaluate(values)
    assert evaluate_mod(element, [residue(v, p) for v in values], p) == residue(exact, p)


@pytest.mark.parametrize("expression", [*EXPRESSIONS, sympy.exp(x / 2 - y) + 3, x * sympy.exp(y), 7], ids=str)
def test_log_derivatives_modulo_p_are_residues_of_the_symbolic_ones(expression):
    field = Field.containing([expression], [x, y])
    element = field.from_sympy(expression)
    values = [1234567 + 89 * k for k in range(len(field.generators))]
    value, rates = log_derivatives_mod(element, PRIME)(values)
    assert value == evaluate_mod(element, values, PRIME)
    symbolic = [evaluate_mod(d / element, values, PRIME) for d in element.gradient()]
    assert [rates.get(i, 0) for i in range(2)] == symbolic


def test_a_factor_that_vanishes_modulo_p_has_no_log_derivatives():
    with pytest.raises(DomainError, match="factor x - y of a probability vanishes"):
        log_derivatives_mod(K.from_sympy(x - y), PRIME)([5, 5])


def test_a_denominator_that_vanishes_modulo_p_is_an_error():
    with pytest.raises(DomainError, match="divisible"):
        residue(as_rational(f"1/{PRIME}"), PRIME)
    with pytest.raises(DomainError, match="vanishes"):
        evaluate_mod(K.from_sympy(1 / x), [PRIME, 1], PRIME)


integers = st.lists(st.lists(st.integers(-4, 4), min_size=4, max_size=4), min_size=1, max_size=6)


@given(integers)
def test_the_rank_modulo_p_of_small_integers_is_the_rank_over_q(rows):
    exact = Matrix(QQ, [[QQ.constant(e) for e in r] for r in rows], 4).rank()
    assert rank_mod(np.array(rows, dtype=np.int64) % PRIME, PRIME) == exact


@given(integers)
def test_pivots_name_a_minor_that_does_not_vanish(rows):
    chosen, columns = pivots_mod(np.array(rows, dtype=np.int64) % PRIME, PRIME)
    minor = [[QQ.constant(rows[i][j]) for j in columns] for i in chosen]
    assert len(chosen) == len(columns)
    assert Matrix(QQ, minor, len(columns)).det() != 0


def test_the_rank_modulo_p_is_a_lower_bound_that_can_be_too_small():
    drops = np.array([[PRIME, 0], [0, 1]], dtype=np.int64)
    assert rank_mod(drops % PRIME, PRIME) == 1  # over Q it is 2: never an upper bound


@given(integers, st.integers(0, 5))
def test_compression_keeps_the_rank_when_there_are_rows_enough(rows, seed):
    matrix = np.array(rows * 3, dtype=np.int64) % PRIME
    assert rank_mod(compress(matrix, 4, np.random.default_rng(seed), PRIME), PRIME) == rank_mod(matrix, PRIME)
    assert rank_mod(compress(matrix, 1, np.random.default_rng(seed), PRIME), PRIME) <= 1


def test_inverses_modulo_p_are_inverses_also_of_large_residues():
    values = np.array([1, 2, PRIME - 1, 123456789, PRIME // 2], dtype=np.int64)
    assert (values * inverse_mod(values, PRIME) % PRIME == 1).all()


def test_elimination_does_not_overflow_with_the_largest_residues():
    matrix = np.full((4, 4), PRIME - 1, dtype=np.int64)
    matrix[np.arange(4), np.arange(4)] = PRIME - 2
    assert rank_mod(matrix, PRIME) == 4


def test_ranks_of_a_stack_are_the_ranks_of_its_matrices():
    rng = np.random.default_rng(3)
    for shape in ((7, 5, 9), (7, 9, 5)):
        stack = rng.integers(0, PRIME, size=shape)
        for k in range(shape[0]):
            stack[k, k % shape[1] :] = stack[k, :1] * (k + 2) % PRIME
        stack[0] = 0
        assert ranks_mod(stack, PRIME).tolist() == [rank_mod(m, PRIME) for m in stack]


def primes_for(*numbers):
    return list(islice(suitable_primes(numbers), 3))


def test_small_numbers_have_the_largest_prime_below_two_to_the_31():
    assert primes_for()[0] == primes_for(1, -(2**15) + 1, 2**15 - 1)[0] == PRIME
    assert PRIME > 2 * (2**15 - 1) ** 2  # so no product of two is another one modulo it


@pytest.mark.parametrize("n", [2**15, 65536, PRIME, 2 * PRIME, PRIME + 1, 2147483629, prod(PRIMES)])
def test_the_primes_of_large_numbers_are_below_two_to_the_31_and_keep_them_apart(n):
    numbers = {0, 1, -1, n, -n}
    for p in primes_for(1, n):
        assert sympy.isprime(p)
        assert 2**30 < p < 2**31
        assert len({k % p for k in numbers}) == len(numbers)


def test_numbers_of_many_digits_have_a_prime():
    assert next(suitable_primes([PRIME << 20_000])) != PRIME


def test_a_prime_that_divides_a_number_or_a_difference_is_passed_over():
    (hashed,) = islice(suitable_primes([1, PRIME]), 1)
    for numbers in ([1, PRIME, hashed * PRIME], [1, PRIME, PRIME + hashed], [1, PRIME, hashed - PRIME]):
        assert all(len({n % p for n in numbers} | {0}) == 4 for p in primes_for(*numbers))


def test_of_very_many_numbers_some_may_agree_and_there_is_a_prime_all_the_same():
    assert sympy.isprime(next(suitable_primes(k**3 for k in range(60_000))))


def test_primes_depend_on_the_numbers_alone_not_on_their_order_or_number():
    assert primes_for(3, PRIME, -7) == primes_for(7, -3, PRIME, 3)
    assert primes_for(3, PRIME) != primes_for(4, PRIME)


def test_numerals_are_numerators_and_denominators():
    assert numerals(as_rational("-22/7")) == {-22, 7}
    assert numerals(K.from_sympy((3 * x - y / 5) / (7 * x + 11))) == {3, -1, 5, 1, 7, 11}
