"""For which objectives the equality survives: conditions against the oracle's two gradients."""

import random

import pytest
import sympy

import symelbo as se
from symelbo.explanation.interactions import interaction_basis
from tests.derivation.examples import explanation
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


def three_state_leaves():
    return se.bayesian_network([("x", "y"), ("x", "z")], states={"x": 2, "y": 3, "z": 2}, hidden=["x"])


def two_hidden_parents():
    """Two pairs with a hidden parent each: two interactions are lost, (y, z) and (u, v), and no other."""
    edges = [("x", "y"), ("x", "z"), ("w", "u"), ("w", "v")]
    return se.bayesian_network(edges, states=dict.fromkeys("xyzwuv", 2), hidden=["x", "w"])


@pytest.mark.parametrize(
    ("model", "at"),
    [(three_state_leaves(), None), (three_state_leaves(), 5), (two_hidden_parents(), 5), (se.naive_bayes(3), 5)],
    ids=["three states", "three states at a point", "two interactions", "three leaves"],
)
def test_words_and_conditions_say_the_same_as_the_two_gradients(model, at):
    """Every function of the variables listed survives, every interaction named as lost is changed somewhere."""
    values = random_points(model, 1, seed=8 if at is None else at)[0]
    found = se.surviving_objectives(model, None if at is None else values)
    exact = {g: sympy.Rational(v.numerator, v.denominator) for g, v in values.items()}
    matrix = sympy.Matrix.hstack(*(c.xreplace(exact) for c in found.conditions)).T
    assert matrix.rank() == len(found.conditions) == se.ranks(model, values).oblique
    for direction in matrix.nullspace():
        assert survives(model, values, [sympy_fraction(e) for e in direction])
    states, names = model.space.visible_states, [v.name for v in model.space.visible]
    for subset in found.functions:
        places = [names.index(n) for n in subset]
        for key in {tuple(s[i] for i in places) for s in states}:
            indicator = [sympy.Integer(tuple(s[i] for i in places) == key) for s in states]
            assert survives(model, values, [sympy_fraction(e) for e in indicator])
    for subset in {s for part in found.interactions for s in part}:
        basis = interaction_basis(model.space, subset)
        columns = [[sympy_fraction(e) for e in basis.column_entries(j)] for j in range(basis.ncols)]
        assert not all(survives(model, values, column) for column in columns)


def test_interactions_of_variables_with_three_states_are_named():
    found = se.surviving_objectives(three_state_leaves())
    assert found.words.startswith("no weight on the y-z interaction")
    assert found.functions == (("y",), ("z",))
    assert len(found.conditions) == 2


def test_two_interactions_are_lost_and_all_others_survive_at_a_point():
    model = two_hidden_parents()
    found = se.surviving_objectives(model, random_points(model, 1, seed=2)[0])
    assert {s for part in found.interactions for s in part} >= {("y", "z"), ("u", "v")}


def isolated():
    """The defect is kappa e e^T with kappa = 0 at t = 0 alone; one visible variable with two states."""
    t, R = sympy.Symbol("t"), sympy.Rational
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    quarter, eighth = R(1, 4), t / 8
    table = [quarter + eighth + t**2 / 16, quarter + eighth - t**2 / 16]
    table += [quarter - eighth + t**2 / 32, quarter - eighth - t**2 / 32]
    return se.Parametrization(space, table, [t], domain=[t > -1, t < 1], name="isolated")


def page(model, at=None):
    return " ".join(se.explain(model, at).text().split())


@pytest.mark.parametrize(("model", "where"), [(isolated(), "{t = 0}"), (collider(), "{z1 = z3, z2 = z4}")])
def test_where_the_defect_vanishes_the_page_says_that_every_objective_survives(model, where):
    assert not se.surviving_objectives(model).everywhere
    text = page(model)
    for told in (text, " ".join(se.derive(model).text().split())):
        assert "rank Δ = 1 generically" in told
        assert "holds at the admissible points with rank Δ = 1 exactly for the objectives" in told
        assert f"At the admissible points with {where[1:-1]} it survives for every objective." in told


def test_conditions_that_hold_at_every_admissible_point_are_said_to():
    assert se.surviving_objectives(se.model_b()).everywhere
    assert "holds at every admissible point exactly for the objectives" in page(se.model_b())
    at = {"x": "1/3", "y1": "1/4", "y2": "1/5", "z1": "1/2", "z2": "2/3"}
    assert "at the point θ0 with x = 1/3, y1 = 1/4, y2 = 1/5, z1 = 1/2, z2 = 2/3" in page(se.model_b(), at)
    assert "holds at θ0 exactly for the objectives" in page(se.model_b(), at)


def test_with_one_binary_visible_variable_only_constants_survive():
    found = se.surviving_objectives(isolated())
    assert found.only_constants
    assert found.words == "constant differentials only: l(0) - l(1) = 0"
    assert "These are the constant ℓ, for which both gradients are 0." in page(isolated())
    assert "These are the constant ℓ, for which both gradients are 0." in " ".join(se.derive(isolated()).text().split())


@pytest.mark.parametrize(
    ("model", "complete"),
    [(se.model_b(), True), (se.naive_bayes(3), True), (collider(), False), (isolated(), False)],
    ids=["M(b)", "three leaves", "collider", "isolated"],
)
def test_sums_of_functions_are_said_to_be_all_survivors_exactly_when_they_are(model, complete):
    found = se.surviving_objectives(model)
    assert found.complete == complete
    assert ("They are those with differential ℓ =" in page(model)) == complete
    states, names = model.space.visible_states, [v.name for v in model.space.visible]
    columns = [
        [int(tuple(s[names.index(n)] for n in subset) == key) for s in states]
        for subset in found.functions
        for key in {tuple(s[names.index(n)] for n in subset) for s in states}
    ]
    rank = sympy.Matrix(columns).rank() if columns else 0
    assert (rank == len(states) - len(found.conditions)) == complete


def test_functions_have_different_names_that_no_variable_or_parameter_has():
    assert "ℓ = f1(l1) + f2(l2) + f3(l3) + f4(l4)." in " ".join(explanation("naive_bayes").text().split())
    model = se.bayesian_network([("h", "f"), ("h", "g")], hidden=["h"])
    assert "ℓ = k1(f) + k2(g)." in page(model)
    assert "k_{1}(f) + k_{2}(g)" in se.derive(model).fragment()


def test_the_objectives_that_survive_on_gaussian_models_are_the_kernel_of_the_defect():
    S = {n: sympy.Symbol(n) for n in ("S(a,a)", "S(b,a)", "S(c,b)", "S(b,b)", "m(v1)", "m(v2)")}
    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    assert se.surviving_objectives(leaves).words == "l(S(b,a)) = 0"
    assert se.survives(se.objective(S["S(a,a)"]), leaves)
    assert not se.survives(se.objective(S["S(b,a)"]), leaves)
    collider = se.linear_gaussian([("h", "b"), ("c", "b")], hidden=["h"], means=False)
    found = se.surviving_objectives(collider)
    assert (found.words, found.everywhere) == ("2*b_c_b*l(S(b,b)) + l(S(c,b)) = 0", False)
    slope = sympy.Symbol("b_c_b")
    at = dict.fromkeys(collider.parameters, 3)
    assert se.survives(se.objective(S["S(b,b)"] - 6 * S["S(c,b)"]), collider, at=at)  # slope 3
    assert not se.survives(se.objective(S["S(b,b)"] - 6 * S["S(c,b)"]), collider)
    assert str(slope) in found.words
    for M in (se.factor_analysis(2), se.linear_dynamical_system(2), se.probabilistic_pca(2, 1)):
        found = se.surviving_objectives(M)
        assert len(found.conditions) == se.ranks(M).oblique
        conditions = sympy.Matrix.hstack(*found.conditions)
        assert sympy.Matrix.hstack(se.defect(M), conditions).applyfunc(sympy.cancel).rank() == len(found.conditions)
    assert se.surviving_objectives(se.linear_gaussian([("h", "v")], hidden=["h"])).words == "every objective"


def test_objectives_of_the_means_of_a_mixture_survive_where_their_gradient_is_horizontal():
    """A mean does, the mean of a square does where all variances are parameters."""
    found = {v: se.surviving_objectives(se.exponential_mixture("gaussian", variance=v)) for v in ("known", "free")}
    assert [str(f) for f in found.values()] == ["l(E(v^2)) = 0", "every objective of E(v), E(v^2)"]
    at = {"pi1": "1/3", "r1": 1, "r2": 2}
    assert str(se.surviving_objectives(se.exponential_mixture("poisson"), at)) == "l(E(v^2)) = 0"
