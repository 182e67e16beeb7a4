"""What is seen determines which parameters: answers known from the literature, and a slow second way to them."""

import json
from pathlib import Path

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import symelbo as se
from symelbo import checker
from symelbo.errors import DomainError
from symelbo.verification.identification import found_identifiability

PUBLISHED = Path(__file__).parent.parent / "published"
a, b, c, u = sympy.symbols("a b c u")


def names(symbols):
    return [str(s) for s in symbols]


def curve(*visible, parameters=(a, b)):
    """Probabilities of what is seen, each split in halves; the last one is what is left."""
    space = se.SampleSpace(visible={"v": len(visible) + 1}, hidden={"h": 2})
    rest = 1 - sum(visible)
    return se.Parametrization(space, [e / 2 for p in (*visible, rest) for e in (p, p)], parameters)


def row_space(model, at):
    """Parameters whose unit vectors are rows of J_V after elimination, by sympy, at a point."""
    jacobian = se.visible_jacobian(model).subs(at) if at else se.visible_jacobian(model)
    rank = jacobian.rank()
    d = len(model.parameters)
    units = (sympy.eye(d).row(i) for i in range(d))
    return rank, [s for s, e in zip(model.parameters, units, strict=True) if jacobian.col_join(e).rank() == rank]


@pytest.mark.parametrize(
    ("leaves", "classes", "dimension", "identifiable"),
    [(2, 2, 3, False), (3, 2, 7, True), (4, 2, 9, True), (3, 3, 7, False)],
)
def test_latent_classes_are_identifiable_from_three_binary_leaves_if_there_are_two(
    leaves, classes, dimension, identifiable
):
    edges = [("h", f"v{i}") for i in range(leaves)]
    states = {"h": classes, **{leaf: 2 for _, leaf in edges}}
    model = se.bayesian_network(edges, states=states, hidden=["h"])
    found = se.identifiability(model)
    assert found.visible_dimension == dimension
    assert bool(found.unidentifiable) != identifiable
    assert bool(found.identifiable) == identifiable
    assert checker.check(found.certificate.to_json()).accepted


def test_the_middle_of_a_hidden_markov_chain_is_determined_and_its_ends_are_not():
    found = se.identifiability(se.hidden_markov_model(3))
    assert names(found.identifiable) == ["v21", "v22"]
    assert len(found.directions) == 4
    assert checker.check(found.certificate.to_json()).accepted


@pytest.mark.parametrize(("items", "factors"), [(3, 1), (4, 2), (5, 2), (6, 3)])
def test_uniquenesses_are_identifiable_up_to_the_ledermann_bound(items, factors):
    found = se.identifiability(se.factor_analysis(items, factors))
    assert ({"w1", "w2"} <= {*names(found.identifiable)}) == ((items - factors) ** 2 >= items + factors)
    # Rotations of the factors are not seen; beyond the bound all covariances are possible.
    rotations = factors * (factors - 1) // 2
    covariances = min(items * factors + items - rotations, items * (items + 1) // 2)
    assert found.visible_dimension == items + covariances
    assert checker.check(found.certificate.to_json()).accepted


@pytest.mark.parametrize("name", ["dina", "front_door", "bell_local", "hmm_homogeneous", "states/capture_Mh"])
def test_dimensions_of_published_models_are_those_of_the_oracle(name):
    path = PUBLISHED / f"{name}.toml"
    oracle = json.loads((path.parent / "ranks.json").read_text(encoding="utf-8"))[path.stem]
    found = se.identifiability(se.load_model(path))
    assert (found.dimension, found.visible_dimension) == (oracle["joint"], oracle["visible"])
    point = dict.fromkeys(found.model.parameters, None)
    values = found.model.domain.interior_point()
    at = {str(s): sympy.Rational(str(v)) for s, v in zip(point, values, strict=True)}
    rank, determined = row_space(found.model, {sympy.Symbol(k): v for k, v in at.items()})
    here = se.identifiability(found.model, at)
    assert (here.visible_dimension, list(here.identifiable)) == (rank, determined)
    assert all(checker.check(f.certificate.to_json(), f.certificate.sha256).accepted for f in (found, here))


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(*[st.integers(-2, 2)] * 3), min_size=2, max_size=3))
def test_what_is_determined_is_what_the_row_space_says(rows):
    forms = [sympy.Rational(1, 5) + (x * a + y * b + z * a * c) / 50 for x, y, z in rows]
    model = curve(*forms, parameters=(a, b, c))
    for at in (None, {"a": "1/3", "b": "1/7", "c": "-1/2"}, {"a": 0, "b": 0, "c": 0}):
        found = se.identifiability(model, at)
        rank, determined = row_space(model, {sympy.Symbol(k): sympy.Rational(v) for k, v in (at or {}).items()})
        assert (found.visible_dimension, list(found.identifiable)) == (rank, determined)
        assert checker.check(found.certificate.to_json()).accepted


def test_directions_change_nothing_that_is_seen():
    model = se.model_b()
    found = se.identifiability(model)
    for direction in found.directions:
        assert sympy.simplify(se.visible_jacobian(model) * direction) == sympy.zeros(4, 1)


def test_to_first_order_is_said_where_it_is_no_more_than_that():
    fold = curve(sympy.Rational(1, 4) + a / 9 + b**2 / 9)
    assert names(se.identifiability(fold).unidentifiable) == ["a", "b"]
    folded = se.identifiability(fold, {"a": 0, "b": 0})
    assert names(folded.identifiable) == ["a"]
    assert folded.local is False
    assert "to first order" in repr(folded)
    assert se.identifiability(fold, {"a": 0, "b": "1/3"}).local is True
    assert se.identifiability(se.naive_bayes(3), dict.fromkeys(se.naive_bayes(3).parameters, "1/2")).local is False


def test_functions_are_determined_that_parameters_are_not():
    found = se.identifiability(curve(a * b / 9, a**2 * b**2 / 9))
    assert names(found.unidentifiable) == ["a", "b"]
    assert found.determines(a * b)
    assert found.determines(1 / (1 + (a * b) ** 3))
    assert not found.determines(a + b)


def test_null_vectors_that_are_long_are_not_needed_where_nothing_is_determined():
    model = se.restricted_boltzmann_machine(3, 2)
    found = se.identifiability(model)
    assert found.unseen is None
    assert not found.identifiable
    assert not found.open
    assert found.certificate.witness["visible_null"] == []
    assert checker.check(found.certificate.to_json()).accepted
    assert found_identifiability(model, short=True).unidentifiable == model.parameters


def test_the_share_of_information_that_is_lost_is_that_of_the_inverse_metrics():
    model = se.naive_bayes(3)
    at = dict(zip(map(str, model.parameters), ["1/3", "1/4", "2/3", "1/5", "3/4", "1/2", "1/7"], strict=True))
    complete, seen = se.fisher_metric(model, at).inv(), se.visible_fisher_metric(model, at).inv()
    missing = se.identifiability(model, at).missing
    assert list(missing.values()) == [1 - complete[i, i] / seen[i, i] for i in range(7)]
    assert all(0 < share < 1 for share in missing.values())
    unused = curve(a / 2, parameters=(a, u))
    assert se.identifiability(unused, {"a": "1/2", "u": 1}).missing == {a: 0, u: None}
    with pytest.raises(DomainError, match="give one with at="):
        _ = se.identifiability(model).missing
