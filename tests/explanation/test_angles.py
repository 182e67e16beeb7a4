"""Principal angles: exact eigenvalues against 50 digits, bounds against random objectives, worst cases attained."""

import random

import mpmath
import pytest
import sympy

import symelbo as se
from symelbo.exact import rational_to_sympy
from symelbo.geometry import geometry
from tests.derivation.examples import explanation
from tests.loci.test_locus import collider, oracle, random_points
from tests.oracle import product
from tests.translation import HALVES_AND_THIRDS

MODELS = {
    "M(b)": se.model_b,
    "collider": collider,
    "RBM 2x1": lambda: se.restricted_boltzmann_machine(2, 1),
    "y1 = 1 - y2": lambda: se.model_b().on({"y1": "1 - y2"}),
    "x = 1/2": lambda: se.model_b().on({"x": "1/2"}),
    "M(a)": se.model_a,
    "mixture": lambda: se.mixture({"y": 3}, 2),
    "tied collider": lambda: collider().on("z4 = z1*z2"),
    "interaction": lambda: se.log_linear([["a", "b"], ["b", "c"]], states={"a": 2, "b": 3, "c": 2}, hidden=["b"]),
    "curved": lambda: se.model_b().on("y2 = y1**2, z2 = 1 - z1"),
}


def numeric_eigenvalues(model, at):
    """Eigenvalues of the pencil at 50 digits, from the oracle's matrix."""
    pencil = oracle(model, at).pencil
    with mpmath.workdps(60):
        matrix = mpmath.matrix([[mpmath.mpf(e.numerator) / e.denominator for e in row] for row in pencil])
        values, _ = mpmath.eig(matrix)
        return sorted(mpmath.re(v) for v in values)


@pytest.mark.parametrize("name", MODELS)
def test_squared_cosines_agree_with_eigenvalues_at_50_digits(name):
    model = MODELS[name]()
    for at in random_points(model, 2, seed=3):
        found = se.principal_angles(model, at)
        exact = sorted(sympy.N(e, 50) for e, k in found.cosines_squared for _ in range(k))
        numeric = numeric_eigenvalues(model, at)
        assert len(exact) == len(numeric)
        with mpmath.workdps(60):
            for a, b in zip(exact, numeric, strict=True):
                assert abs(mpmath.mpf(str(a)) - b) < mpmath.mpf(10) ** -40


@pytest.mark.parametrize("name", ["M(b)", "collider", "RBM 2x1", "y1 = 1 - y2", "x = 1/2"])
def test_symbolic_angles_agree_with_those_at_points(name):
    model = MODELS[name]()
    symbolic = se.symbolic_angles(model)
    for at in random_points(model, 1, seed=5):
        point = model.point(at)

        def value(expression, where=point, field=model.field):
            return rational_to_sympy(field.from_sympy(expression).evaluate(where.values))

        oblique = [e for e, k in se.principal_angles(model, at).oblique for _ in range(k)]
        assert len(oblique) == symbolic.oblique
        assert sympy.expand(value(symbolic.sum) - sum(oblique)) == 0
        assert sympy.expand(value(symbolic.product) - sympy.prod(oblique)) == 0
        for e, found in zip(symbolic.eigenvalues, oblique, strict=True):
            here = sympy.N(e.subs(point.substitution()), 40)
            assert abs(here - sympy.N(found, 40)) < sympy.Float(10) ** -30


def test_for_model_b_the_squared_cosine_is_one_minus_kappa_times_the_sum_of_1_over_p():
    form = explanation("model_b").defect
    at = {"x": "1/3", "y1": "1/4", "y2": "2/3", "z1": "1/5", "z2": "3/7"}
    exact = {p: sympy.Rational(at[str(p)]) for p in se.model_b().parameters}
    p_v = se.marginals(se.model_b(), at)
    expected = 1 - form.scalar.subs(exact) * sum(1 / p for p in p_v)
    ((value, _),) = se.principal_angles(se.model_b(), at).oblique
    assert value == expected


def gradients(model, at, differential):
    where = geometry(model, model.point(at))
    u = where.projected_cometric.to_sympy() * differential
    w = where.visible_cometric.to_sympy() * differential
    metric = sympy.diag(*(1 / where.domain.to_sympy(p) for p in where.visible_probabilities))
    return u, w, lambda a, b: (a.T * metric * b)[0]


def cosine(model, at, differential):
    u, w, inner = gradients(model, at, differential)
    return sympy.N(inner(u, w) / sympy.sqrt(inner(u, u) * inner(w, w)), 40)


@pytest.mark.parametrize("name", ["M(b)", "collider", "y1 = 1 - y2", "RBM 2x1"])
def test_no_objective_is_turned_by_more_than_the_kantorovich_bound(name):
    model = MODELS[name]()
    rng = random.Random(1)
    at = random_points(model, 1, seed=9)[0]
    found = se.principal_angles(model, at)
    assert 0 < sympy.N(found.kantorovich, 30) <= sympy.N(found.sharp_bound, 30) + sympy.Float(10) ** -25 <= 2
    for _ in range(20):
        differential = sympy.Matrix([rng.randint(-9, 9) for _ in range(model.space.n_visible)])
        if gradients(model, at, differential)[1].is_zero_matrix:
            continue
        assert cosine(model, at, differential) >= sympy.N(found.sharp_bound, 40) - sympy.Float(10) ** -30


def test_the_bound_is_attained():
    found = se.principal_angles(se.model_b(), HALVES_AND_THIRDS)
    value = cosine(se.model_b(), HALVES_AND_THIRDS, found.turned_objective)
    assert abs(value - sympy.N(found.sharp_bound, 40)) < sympy.Float(10) ** -30


@pytest.mark.parametrize("name", ["M(b)", "collider", "y1 = 1 - y2", "RBM 2x1"])
def test_the_worst_objective_is_shortened_by_the_smallest_squared_cosine(name):
    model = MODELS[name]()
    at = random_points(model, 1, seed=4)[0]
    found = se.principal_angles(model, at)
    u, w, _ = gradients(model, at, found.worst_objective)
    smallest = next(e for e, _ in found.cosines_squared if e != 0)
    assert all(sympy.expand(a - smallest * b) == 0 for a, b in zip(u, w, strict=True))
    assert not w.is_zero_matrix


def test_the_fraction_of_missing_information_is_the_largest_eigenvalue_of_the_missing_part():
    at = random_points(se.model_b(), 1, seed=2)[0]
    found = se.principal_angles(se.model_b(), at)
    reference = oracle(se.model_b(), at)
    fraction = product(reference.G_plus, reference.missing_information)
    exact = sympy.Matrix([[sympy.Rational(e.numerator, e.denominator) for e in row] for row in fraction])
    assert found.missing_information == max(exact.eigenvals(), key=sympy.N)


def test_angles_of_a_cylindrical_model_are_0_and_90_degrees():
    found = se.principal_angles(se.model_a(), {"x": "1/3", "y": "1/4", "z": "1/5"})
    assert found.oblique == ()
    assert sorted(map(float, found.angles())) == [0, 0, 90]
    assert found.kantorovich == 1
    assert found.worst_objective is None
    assert se.symbolic_angles(se.model_a()) is None


def test_at_an_algebraic_spectrum_of_degree_four_everything_stays_exact():
    model = se.naive_bayes(3)
    at = {p: sympy.Rational(k + 2, k + 5) for k, p in enumerate(model.parameters)}
    found = se.principal_angles(model, at)
    assert sum(k for _, k in found.oblique) == 4
    numeric = numeric_eigenvalues(model, at)
    with mpmath.workdps(60):
        for (value, _), expected in zip(found.oblique, numeric[:4], strict=True):
            assert abs(mpmath.mpf(str(sympy.N(value, 50))) - expected) < mpmath.mpf(10) ** -40
