"""For which objectives the equality survives: conditions against the oracle's two gradients."""

import random

import pytest
import sympy

import symelbo as se
from tests.loci.test_locus import collider, oracle, random_points
from tests.oracle import apply


def survives(model, at, differential):
    """Whether U l = W l, by the oracle."""
    found = oracle(model, at)
    return apply(found.U, differential) == apply(found.W, differential)


def test_for_model_b_survivors_have_no_weight_on_the_interaction_of_y_and_z():
    found = se.surviving_objectives(se.model_b())
    assert found.words == "no weight on the y-z interaction: l(1,1) - l(1,0) - l(0,1) + l(0,0) = 0"
    assert found.constant
    assert found.functions == (("y",), ("z",))
    assert found.interactions == ((("y", "z"),),)


@pytest.mark.parametrize(
    "model",
    [se.model_b(), collider(), se.restricted_boltzmann_machine(2, 1), se.model_b().on({"y1": "1 - y2"})],
    ids=["M(b)", "collider", "RBM 2x1", "y1 = 1 - y2"],
)
def test_an_objective_survives_exactly_under_the_conditions(model):
    rng = random.Random(6)
    at = random_points(model, 1, seed=8)[0]
    exact = {g: sympy.Rational(v.numerator, v.denominator) for g, v in at.items()}
    conditions = [c.xreplace(exact) for c in se.surviving_objectives(model).conditions]
    matrix = sympy.Matrix.hstack(*conditions).T
    for direction in matrix.nullspace():
        assert survives(model, at, [sympy_fraction(e) for e in direction])
    for _ in range(5):
        differential = [rng.randint(-5, 5) for _ in range(model.space.n_visible)]
        expected = all(v == 0 for v in matrix * sympy.Matrix(differential))
        assert survives(model, at, [sympy_fraction(sympy.Integer(e)) for e in differential]) == expected


def sympy_fraction(value):
    from fractions import Fraction

    return Fraction(int(value.p), int(value.q))


def test_conditions_at_a_point_are_those_of_the_generic_ones():
    at = {"x": "1/3", "z1": "1/4", "z2": "1/5", "z3": "1/2", "z4": "2/3", "y": "1/2"}
    found = se.surviving_objectives(collider(), at)
    assert len(found.conditions) == 1
    assert all(e.is_Rational for e in found.conditions[0])
    assert found.functions == (("y",),)


def test_every_objective_survives_on_a_cylindrical_model_and_on_the_locus():
    assert se.surviving_objectives(se.model_a()).words == "every objective"
    at = {"x": "1/3", "z1": "1/4", "z2": "1/4", "z3": "1/2", "z4": "1/2", "y": "1/2"}
    locus = se.cylindrical_locus(collider()).components[0]
    exact = {p: sympy.Rational(at[str(p)]) for p in collider().parameters}
    moved = {p: locus.restriction[p].xreplace(exact) if p in locus.restriction else v for p, v in exact.items()}
    assert se.surviving_objectives(collider(), moved).conditions == ()


def test_with_three_leaves_sums_of_functions_of_one_leaf_survive():
    found = se.surviving_objectives(se.naive_bayes(3))
    assert found.functions == (("v1",), ("v2",), ("v3",))
    assert len(found.conditions) == 4
