"""Null vectors by evaluation modulo primes and sparse interpolation, against eliminations and known answers."""

import random

import numpy as np
import pytest
import sympy

from symelbo.exact import PRIME, Field, Matrix, evaluate_mod, interpolated_nullspace, nullspace_mod, rank_mod

SYMBOLS = sympy.symbols("x y z u v")
K = Field(SYMBOLS)
X, Y, Z, U, V = (K.generator(i) for i in range(5))


def evaluated(matrix):
    def at(values, p):
        rows = [[evaluate_mod(e, values, p) if e else 0 for e in row] for row in matrix.rows]
        return np.array(rows, dtype=np.int64).reshape(matrix.nrows, matrix.ncols)

    return at


def matrix_with_null_vectors(columns, rows, seed):
    """Rows orthogonal to the columns: random polynomial combinations of the rows of a left null space."""
    left = Matrix.from_columns(K, columns, len(columns[0])).T.nullspace().T
    rng = random.Random(seed)
    monomials = [K.one, X, Y, Z * U, V * V]
    mix = Matrix(
        K, [[K.constant(rng.randint(-3, 3)) * rng.choice(monomials) for _ in range(left.nrows)] for _ in range(rows)]
    )
    return mix @ left


@pytest.mark.parametrize("seed", range(4))
def test_the_null_space_is_that_of_the_elimination(seed):
    columns = [[X, Y * Z, K.one, K.zero, U], [K.zero, X * X - Y, V, K.one + Z, K.constant(2) * U * V]]
    A = matrix_with_null_vectors(columns, 4, seed)
    found = interpolated_nullspace(evaluated(A), K, 2, PRIME, seed=seed)
    assert found.shape == (5, 2)
    assert (A @ found).is_zero()
    assert found.T.rank() == 2


def test_entries_with_large_coefficients_need_further_primes():
    c = 123456789123456789
    A = Matrix(K, [[K.constant(c) * X + K.constant("7/1000003") * Y, K.one + K.constant(c * c) * X * Y * Y]])
    found = interpolated_nullspace(evaluated(A), K, 1, PRIME)
    assert (A @ found).is_zero()


def test_high_degrees_in_one_generator_are_found():
    A = Matrix(K, [[X**20 + Y, (X - Y) ** 9 * Z]])
    found = interpolated_nullspace(evaluated(A), K, 1, PRIME)
    assert (A @ found).is_zero()


def test_a_null_space_without_sparse_vectors_is_given_up_and_not_guessed():
    dense = (X + Y + Z + U + V + K.one) ** 8
    A = Matrix(K, [[dense + K.one, dense]])
    assert interpolated_nullspace(evaluated(A), K, 1, PRIME) is None


def test_constants_are_found_without_any_generator():
    A = Matrix(K, [[K.constant("2/3"), K.constant(-5), K.zero]])
    found = interpolated_nullspace(evaluated(A), K, 2, PRIME)
    assert (A @ found).is_zero()
    assert all(e.is_constant for row in found.rows for e in row)


@pytest.mark.parametrize("shape", [(3, 5), (5, 3), (4, 4), (6, 9)])
def test_the_null_space_modulo_a_prime_is_annihilated_and_complete(shape):
    rng = np.random.default_rng(shape[0])
    A = rng.integers(0, PRIME, shape, dtype=np.int64)
    A[-1] = (A[0] + A[1]) % PRIME
    N = nullspace_mod(A, PRIME)
    assert len(N) == shape[1] - rank_mod(A, PRIME)
    exact = A.astype(object) @ N.T.astype(object) % PRIME
    assert not exact.any()
