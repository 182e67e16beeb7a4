"""Where a model is cylindrical: loci against the oracle's exact evaluation on and off them."""

import random
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
import sympy

import symelbo as se
from symelbo.budget import LIMITS, Work
from symelbo.exact import Field, as_rational
from symelbo.explanation import defect_form
from symelbo.loci import Positivity, verify_positive
from symelbo.loci.components import Solver
from symelbo.loci.roots import real_roots
from tests.oracle import Oracle

HALF, THIRD, QUARTER = (sympy.Rational(1, k) for k in (2, 3, 4))
T = sympy.Symbol("t")


def curve(first, second, name="curve"):
    """p(v = 1) = t, p(h = 1 | v) = first, second: one parameter, two states of v and of h."""
    space = se.SampleSpace(visible={"v": [1, 0]}, hidden={"h": [1, 0]})
    table = {(1, 1): T * first, (1, 0): T * (1 - first), (0, 1): (1 - T) * second, (0, 0): (1 - T) * (1 - second)}
    return se.Parametrization(space, table, [T], [T > 0, T < 1], name=name)


def collider():
    return se.bayesian_network([("x", "z"), ("y", "z")], states=dict.fromkeys("xyz", 2), hidden=["x"], name="collider")


def oracle(model, at):
    """The oracle at a point, from the model's own table; exponential generators are given their values first."""
    point = model.point(at)
    states = [tuple(s) for s in model.space.states]
    logarithms = {p: sympy.sympify(v) for p, v in point.substitution().items()}
    weights = not model.normalised
    table = dict(zip(states, (model.field.to_sympy(w) for w in model.weights), strict=True))
    return Oracle.from_table(states, len(model.space.visible), table, model.parameters, logarithms, weights=weights)


def splits(model, at):
    return oracle(model, at).condition_a


def random_points(model, count, seed=7):
    """Random exact points of the domain, not only simple ones."""
    rng = random.Random(seed)
    found = []
    while len(found) < count:
        values = {
            g: Fraction(rng.randint(1, 97), 98)
            if not model.field.is_exponential(i)
            else Fraction(rng.randint(1, 40), 13)
            for i, g in enumerate(model.field.generators)
        }
        if model.domain.contains([as_rational(v) for v in values.values()]):
            found.append(values)
    return found


def on_component(component, values):
    """A random point moved onto a component by its restriction."""
    exact = {g: sympy.Rational(v.numerator, v.denominator) for g, v in values.items()}
    return {g: component.restriction[g].xreplace(exact) if g in component.restriction else v for g, v in exact.items()}


MODELS = {
    "M(b)": se.model_b,
    "collider": collider,
    "RBM 2x1": lambda: se.restricted_boltzmann_machine(2, 1),
    "y1 = 1 - y2": lambda: se.model_b().on({"y1": "1 - y2"}),
    "x = 1/2": lambda: se.model_b().on({"x": "1/2"}),
    "hidden chain": lambda: se.bayesian_network([("x", "y"), ("y", "z")], hidden=["y"]),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_random_point_splits_exactly_on_the_locus(name):
    model = MODELS[name]()
    locus = se.cylindrical_locus(model)
    assert locus.extent in ("nowhere", "exactly on")
    assert not locus.open
    for values in random_points(model, 3):
        assert not splits(model, values)
        for component in locus.components:
            assert splits(model, on_component(component, values))
            assert se.geometry.is_admissible(model, on_component(component, values))


@pytest.mark.parametrize("name", ["M(b)", "RBM 2x1", "y1 = 1 - y2", "x = 1/2", "hidden chain"])
def test_ranks_drop_exactly_on_the_inadmissible_set(name):
    model = MODELS[name]()
    locus = se.cylindrical_locus(model)
    assert locus.inadmissible
    assert not locus.inadmissible_open
    for values in random_points(model, 3):
        assert oracle(model, values).ranks[:2] == locus.ranks[:2]
        for component in locus.inadmissible:
            assert oracle(model, on_component(component, values)).ranks[:2] != locus.ranks[:2]


def test_model_b_is_cylindrical_nowhere_and_inadmissible_where_both_arrows_vanish():
    locus = se.cylindrical_locus(se.model_b())
    assert locus.extent == "nowhere"
    assert [str(c) for c in locus.inadmissible] == ["y1 = y2, z1 = z2"]
    assert locus.empty
    assert locus.scope == "nowhere"


def test_at_the_inadmissible_points_of_model_b_all_seven_conditions_hold_nevertheless():
    component = se.cylindrical_locus(se.model_b()).inadmissible[0]
    at = {str(k): v for k, v in component.at().items()}
    found = oracle(se.model_b(), at)
    assert found.condition_a
    assert found.condition_c
    assert not se.geometry.is_admissible(se.model_b(), at)


@pytest.mark.parametrize("restriction", [{"y1": "y2"}, {"z1": "z2"}])
def test_model_b_without_one_arrow_is_cylindrical_everywhere(restriction):
    model = se.model_b().on(restriction)
    locus = se.cylindrical_locus(model)
    assert locus.extent == "everywhere"
    assert locus.scope == "at every admissible point"
    assert isinstance(se.is_cylindrical(model), se.Proved)
    assert splits(model, random_points(model, 1)[0])


@pytest.mark.parametrize("restriction", [{"y1": "1 - y2"}, {"x": "1/2"}])
def test_other_slices_of_model_b_stay_cylindrical_nowhere(restriction):
    model = se.model_b().on(restriction)
    assert se.cylindrical_locus(model).extent == "nowhere"
    assert isinstance(se.is_cylindrical(model), se.Refuted)


def test_the_locus_of_a_collider_is_where_its_hidden_parent_has_no_influence():
    locus = se.cylindrical_locus(collider())
    (component,) = locus.components
    assert str(component) == "z1 = z2, z3 = z4" or len(component.restriction) == 2
    assert component.dimension == 4
    assert locus.extent == "exactly on"
    restricted = collider().on(component)
    assert isinstance(se.is_cylindrical(restricted), se.Proved)


@pytest.mark.parametrize(
    ("first", "where"),
    [
        (QUARTER + (T - HALF) ** 2 / 2, HALF),
        (QUARTER + (T**3 - T / 2) / 4, sympy.sqrt(6) / 6),
        (QUARTER + (T**4 / 4 + T**2 / 4 - T / 3) / 4, None),
    ],
)
def test_a_curved_model_with_an_isolated_cylindrical_point(first, where):
    """The conditional p(h|v) stands still where the derivative of ``first`` vanishes, and only there."""
    model = curve(first, sympy.Rational(1, 3))
    locus = se.cylindrical_locus(model)
    (component,) = locus.components
    found = component.at()[T]
    assert component.dimension == 0
    assert abs(sympy.N(sympy.diff(first, T).subs(T, found), 60)) < sympy.Float(10) ** -50
    assert 0 < found < 1
    if where is not None:
        assert sympy.simplify(found - where) == 0
    for t in (Fraction(1, 3), Fraction(5, 7), Fraction(2, 5)):
        assert not splits(model, {"t": t})


def test_a_rational_isolated_point_splits_by_the_oracle():
    model = curve(QUARTER + (T - HALF) ** 2 / 2, sympy.Rational(1, 3))
    assert splits(model, {"t": HALF})


def test_a_curved_model_without_a_stationary_conditional_is_cylindrical_nowhere():
    locus = se.cylindrical_locus(curve(QUARTER + T / 4, sympy.Rational(1, 3)))
    assert locus.extent == "nowhere"
    assert locus.empty


def test_a_stationary_point_outside_the_domain_is_no_point_of_the_locus():
    """The derivative of t^2/4 + t/8 vanishes at t = -1/4 only."""
    assert se.cylindrical_locus(curve(QUARTER + T**2 / 4 + T / 8, HALF)).extent == "nowhere"


def test_two_conditionals_must_stand_still_together():
    """first is stationary at 1/2, second at 1/3: never both."""
    first, second = QUARTER + (T - HALF) ** 2 / 2, QUARTER + (T - sympy.Rational(1, 3)) ** 2 / 2
    assert se.cylindrical_locus(curve(first, second)).extent == "nowhere"
    assert se.cylindrical_locus(curve(first, first / 2)).extent == "exactly on"


def test_a_mixture_of_any_distributions_is_cylindrical_everywhere():
    model = se.mixture({"y": 3}, 2)
    locus = se.cylindrical_locus(model)
    assert locus.extent == "everywhere"
    assert splits(model, locus.holds.as_dict())


def test_a_mixture_of_two_independent_pairs_is_cylindrical_nowhere():
    coins = se.independence({"y": 2, "z": 2, "_": 1}, hidden=["_"])
    locus = se.cylindrical_locus(se.mixture(coins, 2))
    assert locus.extent == "nowhere"
    assert [str(c) for c in locus.inadmissible] == ["y_1 = y_2, z_1 = z_2"]


def plane(*conditionals):
    """Two parameters u, w; the visible ones depend on u alone, p(h = 1 | v) are functions of both."""
    u, w = PLANE
    n = len(conditionals)
    space = se.SampleSpace(visible={"v": n}, hidden={"h": [1, 0]})
    weights = [u / (n - 1)] * (n - 1) + [1 - u]
    table = {}
    for v, (weight, f) in enumerate(zip(weights, conditionals, strict=True)):
        table[v, 1], table[v, 0] = weight * f, weight * (1 - f)
    return se.Parametrization(space, table, [u, w], [u > 0, u < 1, w > 0, w < 1], name="plane")


PLANE = sympy.symbols("u w")
U, W = PLANE


def test_a_component_given_by_nonlinear_equations_has_an_algebraic_point():
    """The conditionals are dependent where 3 (u + w)(u^2 + u w - w^2) = 0."""
    model = plane(QUARTER + (U**3 + W**3) / 16, QUARTER + (W**2 + U * W) / 16)
    locus = se.cylindrical_locus(model)
    (component,) = locus.components
    assert locus.extent == "exactly on"
    assert component.dimension == 1
    assert component.ranks.cylindrical
    assert component.ranks[:2] == locus.ranks[:2]
    at = component.at()
    assert abs(sympy.N((U**2 + U * W - W**2).subs(at), 60)) < sympy.Float(10) ** -50
    assert not splits(model, {"u": "1/2", "w": "1/3"})


def test_an_isolated_point_where_two_nonlinear_minors_vanish():
    """6 u w^2 = 1 and 4 w = 3 u: the point (2/3, 1/2)."""
    model = plane(*(QUARTER + f / 16 for f in (U**2 + W, U + W**3, U**3 + W**2)))
    (component,) = se.cylindrical_locus(model).components
    assert component.at() == {U: sympy.Rational(2, 3), W: HALF}
    assert splits(model, component.at())
    assert not splits(model, {"u": "2/3", "w": "1/3"})


def test_systems_without_linear_factors_go_to_a_groebner_basis():
    model = plane(QUARTER + U / 4, QUARTER + W / 4)
    convert = model.field.from_sympy
    solver = Solver(model, Positivity.of(model), Work(LIMITS.locus_work))
    found = solver.solve([convert(U**2 + W**2 - HALF), convert(U**2 + 2 * W**2 - sympy.Rational(3, 4))])
    assert not found.open
    assert [point.as_dict() for _, point in found.components] == [{U: HALF, W: HALF}]
    empty = solver.solve([convert(U**2 + W**2 - HALF), convert(U**2 + W**2 + U * W - QUARTER)])
    assert not empty.components


@pytest.mark.parametrize("limit", [{"basis_calls": 1000}, {"basis_terms": 1}])
def test_a_groebner_basis_that_takes_too_much_work_is_given_up(limit, limits):
    limits(**limit)
    model = plane(QUARTER + U / 4, QUARTER + W / 4)
    convert = model.field.from_sympy
    solver = Solver(model, Positivity.of(model), Work(LIMITS.locus_work))
    found = solver.solve([convert(U**2 + W**2 - HALF), convert(U**2 + 2 * W**2 - sympy.Rational(3, 4))])
    assert not found.components
    assert found.open


def test_without_work_the_locus_is_open_and_never_claimed_empty(limits):
    limits(locus_work=0, short_locus_work=0)
    locus = se.cylindrical_locus(se.naive_bayes(3))
    assert locus.extent in ("open", "nowhere")
    assert locus.inadmissible_open or locus.open
    assert locus.fails is not None


def test_the_restriction_to_a_component_is_a_model_of_its_own():
    model = se.restricted_boltzmann_machine(2, 1)
    (component,) = se.cylindrical_locus(model).inadmissible
    assert isinstance(se.is_cylindrical(model.on(component)), se.Proved)
    with pytest.raises(se.ModelError, match="neither a mapping"):
        model.on(3)


def test_the_defect_of_model_b_is_kappa_times_a_constant_square_with_a_positive_kappa():
    form = defect_form(se.model_b())
    x, y1, y2, z1, z2 = se.model_b().parameters
    kappa = x * y1 * (1 - y1) * z1 * (1 - z1) + (1 - x) * y2 * (1 - y2) * z2 * (1 - z2)
    assert sympy.expand(form.scalar - kappa) == 0
    assert list(form.vector) == [1, -1, -1, 1]
    assert form.is_positive
    ((_, sign),) = form.signs
    assert verify_positive(sign.witness, list(Positivity.of(se.model_b()).positive.values()))
    assert len(sign.witness.terms) == 2


def test_a_witness_with_one_number_changed_is_refused():

    ((_, sign),) = defect_form(se.model_b()).signs
    known = list(Positivity.of(se.model_b()).positive.values())
    witness = sign.witness
    (c, e), *rest = witness.terms
    assert verify_positive(witness, known)
    assert not verify_positive(replace(witness, terms=((c + 1, e), *rest)), known)
    assert not verify_positive(replace(witness, terms=((-c, e), *rest)), known)
    assert not verify_positive(replace(witness, polynomial=-witness.polynomial), known)
    assert not verify_positive(witness, known[1:])


@pytest.mark.parametrize(
    ("expression", "sign"),
    [
        ("x**2 - x + 1/3", 1),
        ("x - y - 2", -1),
        ("x*y - x - y + 1", 1),
        ("x - y", None),
        ("x**2 - x + 1/4", None),
        ("x**2 + y**2 - 2*x*y", None),
        ("x**4 - 2*x**3 + 3*x**2/2 - x/2 + 1/10", 1),
    ],
)
def test_signs_on_the_square(expression, sign):
    x, y = sympy.symbols("x y")
    field = Field([x, y])
    inside = [field.from_sympy(e) for e in (x, 1 - x, y, 1 - y)]
    known = Positivity(field, inside)
    polynomial = field.from_sympy(sympy.sympify(expression, rational=True))
    found = known.sign(polynomial)
    assert (None if found is None else found.sign) == sign
    if found is not None and found.witness is not None:
        assert verify_positive(found.witness, inside)


def test_signs_on_simplices_cones_and_lines():
    u, v, w = sympy.symbols("u v w")
    field = Field([u, v, w])
    convert = field.from_sympy
    simplex = Positivity(field, [convert(e) for e in (u, v, 1 - u - v)])
    assert simplex.sign(convert(1 - u * v)).sign == 1
    assert simplex.sign(convert(u + v - 1)).sign == -1
    cone = Positivity(field, [convert(u)])
    assert cone.sign(convert(u**2 + 3 * u + 1)).sign == 1
    assert cone.sign(convert(w**2 + 1)).sign == 1
    assert cone.sign(convert(w**2)) is None
    ordered = Positivity(field, [convert(e) for e in (u, v - u, 1 - v)])
    assert ordered.sign(convert(v**2 - u**2)).sign == 1


def test_real_roots_are_isolated_and_numbers_in_their_fields_have_exact_signs():
    roots = real_roots([-2, 0, 1, 0])
    assert [r.symbolic for r in roots] == [-sympy.sqrt(2), sympy.sqrt(2)]
    alpha = roots[1].generator
    near = alpha - roots[1].constant(Fraction(141421356237309504880168872420969807, 10**35))
    assert roots[1].sign(near) == 1
    assert roots[1].sign(alpha * alpha - roots[1].constant(2)) == 0
    assert alpha**-1 * alpha == roots[1].numbers.one


def holds_on(component, values):
    """Whether all equations of a component hold at a rational point."""
    exact = {g: sympy.Rational(str(v)) for g, v in values.items()}
    return all(sympy.sympify(e).subs(exact) == 0 for e in component.equations)


@pytest.mark.parametrize("hidden", ["a", "b", "c", "ab", "bc", "ac"])
def test_on_all_networks_with_three_nodes_special_points_are_classified_as_by_exact_ranks(hidden):
    """Few different numbers in the tables, so that many points lie on loci; every edge set in one acyclic order."""
    rng = random.Random(hidden)
    for edges in (e for k in range(4) for e in combinations([("a", "b"), ("a", "c"), ("b", "c")], k)):
        model = se.bayesian_network(edges, states=dict.fromkeys("abc", 2), hidden=list(hidden))
        locus = se.cylindrical_locus(model)
        assert not locus.open
        assert not locus.inadmissible_open
        for _ in range(12):
            pool = rng.sample(["1/3", "1/2", "2/3"], rng.choice((1, 2, 2, 3)))
            values = {g: rng.choice(pool) for g in model.field.generators}
            ranks = se.ranks(model, values)
            admissible = ranks[:2] == locus.ranks[:2]
            assert admissible != any(holds_on(c, values) for c in locus.inadmissible)
            if admissible:
                on_locus = locus.extent == "everywhere" or any(holds_on(c, values) for c in locus.components)
                assert ranks.cylindrical == on_locus
