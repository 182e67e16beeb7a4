"""Ranks that drop: secant varieties that are smaller than expected, with forms that prove it."""

from itertools import combinations

import pytest

import symelbo as se
from symelbo import checker
from symelbo.certificates import Certificate
from symelbo.geometry import conormals, generic_ranks, generic_screen, structural_bounds, visible_bound
from symelbo.geometry.conormals import conormal_rank, related_bound
from symelbo.geometry.screen import random_residues
from tests.certificates.build import counts, latent_classes

# Numbers of classes and of values of the leaves: dimension of the secant variety (Abo, Ottaviani, Peterson 2009).
SEGRE = {
    (3, 2, 2, 2, 2): 13,
    (4, 3, 3, 3): 25,
    (5, 2, 2, 3, 3): 33,
    (7, 2, 2, 4, 4): 61,
    (9, 2, 2, 5, 5): 97,
    (5, 3, 4, 4): 43,
    (7, 3, 5, 5): 73,
    (2, 3, 3): 7,
    (3, 4, 4): 14,
    (3, 2, 2, 5): 17,
    (4, 2, 3, 6): 31,
}
# Classes, values and draws (Alexander, Hirschowitz 1995); quadrics, and the four exceptions.
VERONESE = {(2, 3, 2): 4, (3, 4, 2): 8, (5, 3, 4): 13, (9, 4, 4): 33, (7, 5, 3): 33, (14, 5, 4): 68}


@pytest.mark.parametrize("case", [*SEGRE.items(), *VERONESE.items()], ids=str)
def test_every_classical_defective_variety_has_the_dimension_that_is_known(case):
    (first, *rest), dimension = case
    model = counts(first, tuple(rest)) if case[0] in VERONESE else latent_classes(first, *rest)
    assert generic_ranks(model).visible == dimension
    assert structural_bounds(model).visible > dimension
    assert conormals(model)


@pytest.mark.parametrize("case", [(2, 2, 2, 2), (2, 2, 2, 2, 2), (3, 3, 3, 3), (5, 3, 3, 3), (6, 3, 4, 4)], ids=str)
def test_neighbours_that_are_not_defective_have_no_such_forms(case):
    model = latent_classes(*case)
    assert visible_bound(model) == structural_bounds(model).visible == generic_screen(model).ranks().visible


def test_where_leaves_depend_on_each_other_nothing_is_claimed():
    states = {"h": 3, "a": 2, "b": 2, "c": 2, "d": 2}
    model = se.bayesian_network(
        [("h", "a"), ("h", "b"), ("a", "b"), ("h", "c"), ("h", "d")], states=states, hidden=["h"]
    )
    assert visible_bound(model) >= generic_screen(model).ranks().visible
    chain = se.hidden_markov_model(4)
    assert generic_screen(chain).ranks().visible < structural_bounds(chain).visible == visible_bound(chain)


def test_no_bound_is_below_a_rank_and_none_is_claimed_at_a_point_where_a_flattening_drops():
    model = latent_classes(3, 2, 2, 2, 2)
    p = model.prime
    values = random_residues(model, 3)
    found = conormals(model)
    assert [t.states.shape for t in found] == [(1, 4, 4)] * 2
    assert conormal_rank(model, found, values, p) == 2
    same = [1 if i < 2 else 7 for i in range(len(values))]  # all classes are alike
    assert conormal_rank(model, found, same, p) == 0


def test_the_cofactors_of_a_table_of_rank_two_vanish_on_its_tangent_space():
    model = latent_classes(2, 3, 3)
    values = ["1/3", "1/2", "1/5", "1/7", "1/6", "1/4", "2/5", "3/8", "1/9"]
    jacobian = se.visible_jacobian(model, dict(zip(model.parameters, values, strict=True)))
    assert jacobian.rank() == generic_ranks(model).visible == 7
    p = se.marginals(model, dict(zip(model.parameters, values, strict=True))).reshape(3, 3)
    assert (p.cofactor_matrix().reshape(1, 9) * jacobian).is_zero_matrix


@pytest.mark.parametrize("case", [(3, 2, 2, 2, 2), (4, 3, 3, 3)], ids=str)
def test_defective_latent_classes_are_refuted_with_a_certificate(case):
    verdict = se.is_cylindrical(latent_classes(*case))
    assert verdict.kind == "refuted"
    assert isinstance(verdict.certificate, Certificate)
    assert "conormal" in verdict.certificate.witness
    assert checker.check(verdict.certificate.to_json()).accepted


TWO_CAUSES = [("g", "a"), ("g", "b"), ("h", "b"), ("h", "c")]


def test_independences_of_what_is_seen_bound_its_rank_where_null_vectors_are_too_long():
    model = se.sigmoid_belief_network(TWO_CAUSES, hidden=["g", "h"])  # a and c are independent
    assert structural_bounds(model).visible == 7
    assert se.ranks(model).visible == related_bound(model) == generic_screen(model).ranks().visible == 6
    dependent = se.sigmoid_belief_network([*TWO_CAUSES, ("g", "c")], hidden=["g", "h"])
    assert se.ranks(dependent).visible == related_bound(dependent) == 7


def test_a_log_linear_model_that_collapses_has_the_rank_of_the_model_that_is_left():
    states = dict.fromkeys("abcdef", 2)
    parts = [["d", "f"], ["a", "d"], ["b", "c", "f"], ["a", "b", "e"]]
    model = se.log_linear(parts, states=states, hidden=["a", "d"])
    left = len({s for part in ("bcf", "bef") for s in _subsets(part)})
    assert se.ranks(model).visible == related_bound(model) == left == 11
    more = se.log_linear([*parts, ["c", "e"]], states=states, hidden=["a", "d"])
    assert related_bound(more) > left


def _subsets(letters):
    return [s for k in range(1, len(letters) + 1) for s in combinations(letters, k)]


def test_points_of_large_tables_have_few_digits_so_that_the_judge_can_read_them():
    verdict = se.is_cylindrical(latent_classes(2, 3, 18))
    assert verdict.kind == "refuted"
    assert max(len(str(value)) for value in verdict.point.substitution().values()) <= 7
    assert checker.check(verdict.certificate.to_json()).accepted
