"""Inadmissible sets of models with too many minors: the simple equations on which a rank drops, and no others."""

import random
from itertools import combinations

import pytest
import sympy

import symelbo as se
from symelbo.loci.drops import _transversals
from symelbo.loci.locus import open_words
from tests.derivation.examples import model


@pytest.fixture(scope="module")
def five_leaves():
    return se.cylindrical_locus(se.naive_bayes(5))


def test_naive_bayes_is_inadmissible_exactly_where_at_most_two_leaves_depend_on_the_class(five_leaves):
    expected = {frozenset(f"v{k}1 = v{k}2" for k in chosen) for chosen in combinations(range(1, 6), 3)}
    assert {frozenset(str(c).split(", ")) for c in five_leaves.inadmissible} == expected
    assert not five_leaves.inadmissible_open


def test_points_with_few_different_numbers_are_classified_as_by_exact_ranks(five_leaves):
    rng = random.Random(2)
    for _ in range(25):
        values = {g: rng.choice(["1/3", "1/2", "2/3"]) for g in five_leaves.model.parameters}
        exact = {g: sympy.Rational(v) for g, v in values.items()}
        claimed = any(
            all(exact[k] == e.xreplace(exact) for k, e in c.restriction.items()) for c in five_leaves.inadmissible
        )
        assert (se.ranks(five_leaves.model, values)[:2] != five_leaves.ranks[:2]) == claimed


def test_what_is_found_in_a_restricted_boltzmann_machine_is_certain_and_the_rest_is_said_to_be_open():
    locus = se.cylindrical_locus(model("restricted_boltzmann_machine"))
    assert locus.extent == "nowhere"
    for component in locus.inadmissible:
        assert component.ranks[:2] != locus.ranks[:2]
    (system,) = locus.inadmissible_open
    assert open_words(system) == "other points where rank J_V drops"
    assert "open whether inadmissible: other points where rank J_V drops" in repr(locus)


def test_every_set_that_meets_all_drops_contains_a_minimal_transversal():
    rng = random.Random(4)
    for _ in range(30):
        drops = [frozenset(rng.sample(range(6), rng.randint(1, 3))) for _ in range(rng.randint(0, 5))]
        minimal = list(_transversals(drops))
        for size in range(7):
            for chosen in map(frozenset, combinations(range(6), size)):
                meets = all(chosen & d for d in drops)
                assert meets == any(t <= chosen for t in minimal)
