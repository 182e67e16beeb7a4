"""Matrices over K and Q agree with sympy's DomainMatrix, on a table of examples and on random ones."""

import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import QQ as SQQ
from sympy import Rational
from sympy.polys.matrices import DomainMatrix

from symelbo.errors import ExactnessError, ModelError
from symelbo.exact import QQ, Field, Matrix, as_rational

x, y = sympy.symbols("x y")
K = Field([x, y])
FRACTIONS = SQQ.frac_field(x, y)
TABLE = {
    "identity": sympy.eye(3),
    "zero": sympy.zeros(2, 3),
    "rank one": sympy.Matrix([[1, x], [y, x * y]]),
    "singular with fractions": sympy.Matrix([[1 / x, 1 / (1 - x)], [2 / x, 2 / (1 - x)]]),
    "Vandermonde": sympy.Matrix([[1, x, x**2], [1, y, y**2], [1, x + y, (x + y) ** 2]]),
    "metric of a binary variable": sympy.Matrix([[1 / x + 1 / (1 - x), 0], [0, 1 / y + 1 / (1 - y)]]),
    "zero pivot": sympy.Matrix([[0, x, 1], [y, 0, 1], [1, 1, 0]]),
    "wide": sympy.Matrix([[1, x, y, x * y], [x, x**2, 0, 1]]),
    "tall": sympy.Matrix([[1, x], [x, 1], [y, y], [0, x - y]]),
    "cancelling entries": sympy.Matrix([[(x**2 - y**2) / (x - y), 1], [x**2 + x * y, x]]),
    "numbers": sympy.Matrix([[Rational(1, 2), 3, 0], [Rational(1, 3), 2, 0], [1, 6, 0]]),
}
table = pytest.mark.parametrize("S", TABLE.values(), ids=TABLE.keys())

entry = st.one_of(
    st.integers(-3, 3).map(sympy.Integer),
    st.sampled_from([x, y, 1 - x, x * y, x + y, 1 / x, 1 / (1 - y), x / y, x**2 - 1]),
)
number = st.builds(Rational, st.integers(-4, 4), st.integers(1, 3))


ROWS, COLUMNS = st.integers(1, 3), st.integers(1, 4)


def matrices(entries, rows=ROWS, cols=COLUMNS):
    def of_shape(shape):
        size = shape[0] * shape[1]
        return st.lists(entries, min_size=size, max_size=size).map(lambda e: sympy.Matrix(*shape, e))

    return st.tuples(rows, cols).flatmap(of_shape)


def squares(entries, upto=3):
    return st.integers(1, upto).flatmap(lambda n: matrices(entries, st.just(n), st.just(n)))


def deficient(entries):
    """Products of a thin and a wide matrix: the rank is at most the inner dimension."""
    return st.integers(1, 2).flatmap(
        lambda k: st.tuples(
            matrices(entries, st.integers(1, 3), st.just(k)), matrices(entries, st.just(k), st.integers(1, 4))
        ).map(lambda pair: pair[0] * pair[1])
    )


def reference(S, domain=FRACTIONS):
    return DomainMatrix.from_Matrix(S).convert_to(domain).to_field()


def span_is_equal(A, B):
    """Whether the columns of two sympy matrices span the same space over Q(x, y), decided by DomainMatrix."""
    if not A.cols or not B.cols:
        return A.cols == B.cols
    both = reference(A.row_join(B)).rank()
    return reference(A).rank() == both == reference(B).rank()


def cancelled(S):
    return S.applyfunc(sympy.cancel)


def check_rank_rref_and_nullspace(S, domain, base):
    M, D = Matrix.from_sympy(S, domain), reference(S, base)
    reduced, pivots = M.rref()
    expected, expected_pivots = D.rref()
    assert M.rank() == D.rank() == len(pivots)
    assert tuple(pivots) == tuple(expected_pivots)
    rows = expected.to_Matrix()
    for i, j in enumerate(pivots):
        for k in range(S.cols):
            assert (
                domain.to_sympy(reduced[i, k] / reduced[i, j]).equals(rows[i, k])
                or not cancelled(sympy.Matrix([domain.to_sympy(reduced[i, k] / reduced[i, j]) - rows[i, k]])).any()
            )
    null = M.nullspace()
    assert null.ncols == S.cols - len(pivots)
    assert (M @ null).is_zero()
    assert null.rank() == null.ncols
    theirs = D.nullspace().to_Matrix()
    assert span_is_equal(null.to_sympy(), theirs.T if theirs.rows else sympy.zeros(S.cols, 0))


@table
def test_rank_echelon_form_and_null_space_agree_with_domain_matrix_on_examples(S):
    check_rank_rref_and_nullspace(S, K, FRACTIONS)


@given(st.one_of(matrices(entry), deficient(entry)))
def test_rank_echelon_form_and_null_space_agree_with_domain_matrix_on_random_matrices(S):
    check_rank_rref_and_nullspace(S, K, FRACTIONS)


@given(st.one_of(matrices(number), deficient(number)))
def test_rank_echelon_form_and_null_space_agree_over_the_rationals(S):
    check_rank_rref_and_nullspace(S, QQ, SQQ)


def check_det_and_inverse(S, domain, base):
    M, D = Matrix.from_sympy(S, domain), reference(S, base)
    det = base.to_sympy(D.det())
    assert M.det() == domain.from_sympy(det)
    if det == 0:
        with pytest.raises(ModelError, match="singular"):
            M.inverse()
    else:
        assert M.inverse() == Matrix.from_sympy(D.inv().to_Matrix(), domain)
        assert M @ M.inverse() == Matrix.identity(domain, S.rows)


@pytest.mark.parametrize("S", [S for S in TABLE.values() if S.rows == S.cols])
def test_determinant_and_inverse_agree_with_domain_matrix_on_examples(S):
    check_det_and_inverse(S, K, FRACTIONS)


@given(squares(entry))
def test_determinant_and_inverse_agree_with_domain_matrix_on_random_matrices(S):
    check_det_and_inverse(S, K, FRACTIONS)


@given(squares(number, upto=4))
def test_determinant_and_inverse_agree_over_the_rationals(S):
    check_det_and_inverse(S, QQ, SQQ)


@given(squares(number, upto=4))
def test_the_characteristic_polynomial_agrees_with_domain_matrix(S):
    ours = Matrix.from_sympy(S, QQ).characteristic_polynomial()
    theirs = reference(S, SQQ).charpoly()
    assert [as_rational(SQQ.to_sympy(c)) for c in reversed(theirs)] == ours


def test_the_characteristic_polynomial_is_for_rational_matrices_only():
    with pytest.raises(ExactnessError, match="rational points"):
        Matrix.from_sympy(TABLE["rank one"], K).characteristic_polynomial()


@given(st.integers(1, 3).flatmap(lambda k: st.tuples(
    matrices(entry, cols=st.just(k)), matrices(entry, rows=st.just(k), cols=st.integers(1, 3))
)))  # fmt: skip
def test_products_and_sums_agree_with_domain_matrix(pair):
    A, B = pair
    ours = Matrix.from_sympy(A, K) @ Matrix.from_sympy(B, K)
    assert ours == Matrix.from_sympy((reference(A) * reference(B)).to_Matrix(), K)
    double = Matrix.from_sympy(A, K) + Matrix.from_sympy(A, K)
    assert double == Matrix.from_sympy(2 * A, K)
    assert (double - Matrix.from_sympy(A, K)) == -Matrix.from_sympy(-A, K)


@given(matrices(entry, st.integers(1, 3), st.integers(1, 3)), st.integers(1, 2), st.data())
def test_solve_finds_a_solution_exactly_when_there_is_one(A, k, data):
    B = data.draw(matrices(entry, st.just(A.rows), st.just(k)))
    M, rhs = Matrix.from_sympy(A, K), Matrix.from_sympy(B, K)
    X = M.solve(rhs)
    solvable = reference(A).rank() == reference(A.row_join(B)).rank()
    assert (X is not None) == solvable
    if X is not None:
        assert (M @ X - rhs).is_zero()


@given(matrices(entry, st.integers(1, 3), st.integers(1, 3)))
def test_a_generalised_inverse_of_a_gram_matrix_is_symmetric_and_satisfies_its_equation(A):
    gram = Matrix.from_sympy(cancelled(A.T * A), K)
    inverse = gram.generalised_inverse()
    assert gram @ inverse @ gram == gram
    assert inverse.is_symmetric()


@table
def test_conversion_from_and_to_sympy_is_a_round_trip(S):
    M = Matrix.from_sympy(S, K)
    assert Matrix.from_sympy(M.to_sympy(), K) == M
    assert M.shape == S.shape


@table
def test_evaluation_commutes_with_everything(S):
    values = [as_rational("2/7"), as_rational("-3/5")]
    at = {x: Rational(2, 7), y: Rational(-3, 5)}
    M = Matrix.from_sympy(S, K)
    assert M.evaluate(values) == Matrix.from_sympy(S.subs(at), QQ)
    if S.rows == S.cols:
        assert M.det().evaluate(values) == M.evaluate(values).det()
    assert M.evaluate(values).rank() <= M.rank()


def test_the_rank_drops_on_a_special_point_only():
    M = Matrix.from_sympy(sympy.Matrix([[x, y], [y, x]]), K)
    assert M.rank() == 2
    assert M.evaluate([as_rational(1), as_rational(2)]).rank() == 2
    assert M.evaluate([as_rational(1), as_rational(1)]).rank() == 1


def test_matrices_without_rows_or_columns_have_a_shape():
    empty = Matrix(K, [[], []], 0)
    assert empty.shape == (2, 0)
    assert Matrix(K, [], 3).nullspace() == Matrix.identity(K, 3)
    assert Matrix.identity(K, 2).nullspace().shape == (2, 0)
    assert Matrix.identity(QQ, 0).det() == 1


def test_blocks_are_the_connected_components_of_the_nonzero_pattern():
    S = sympy.Matrix([[x, 0, 1, 0], [0, y, 0, 0], [1, 0, x, 0], [0, 0, 0, 0]])
    assert sorted(map(sorted, Matrix.from_sympy(S, K).blocks())) == [[0, 2], [1]]


@pytest.mark.parametrize("bad", [sympy.Matrix([[0.5]]), [[sympy.sin(x)]], [[sympy.Symbol("w")]], [[sympy.pi]]])
@pytest.mark.parametrize("domain", [K, QQ])
def test_floats_and_foreign_entries_are_refused_with_their_position(bad, domain):
    with pytest.raises(ExactnessError, match=r"entry \(0, 0\)"):
        Matrix.from_sympy(bad, domain)


def test_a_matrix_that_is_not_square_has_no_determinant_and_rows_are_of_one_length():
    with pytest.raises(ModelError, match="determinant"):
        Matrix.zeros(K, 2, 3).det()
    with pytest.raises(ModelError, match="different lengths"):
        Matrix(K, [[K.one], []])


@given(matrices(entry, st.just(3), st.just(3)), st.permutations([0, 1, 2]))
def test_the_determinant_changes_sign_with_the_permutation_of_rows(S, order):
    assume(S.det() != 0)
    M = Matrix.from_sympy(S, K)
    sign = sympy.combinatorics.Permutation(order).signature()
    assert M.select(order).det() == M.det() * K.constant(sign)
