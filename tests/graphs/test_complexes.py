"""The complex decides hierarchical log-linear models: exact ranks at the points of the theorem, and generic ranks."""

import itertools
import random

import pytest

from symelbo.atlas.families import FAMILIES, hidden_sets
from symelbo.errors import GraphError
from symelbo.graphs import (
    CollapsibleCut,
    HiddenComponent,
    NonFace,
    collapse,
    recipe_of_complex,
    verify_collapse,
)
from tests.graphs.oracle import log_linear_defect, subsets

TRIANGLE = [["a", "b"], ["b", "c"], ["a", "c"], ["h", "a"], ["h", "b"], ["h", "c"]]


def test_the_boundary_must_lie_in_one_generator_not_only_be_a_clique() -> None:
    failed = HiddenComponent(("h",), ("a", "b", "c"), None)
    found = collapse(TRIANGLE, ["h"])
    assert found == NonFace((failed,), ("a", "b", "c"), ("h", "h", "h"), ())
    assert "pairwise" in str(found)
    assert log_linear_defect(TRIANGLE, dict.fromkeys("abch", 2), ["h"], random.Random(1)) == 1
    assert isinstance(collapse([*TRIANGLE, ["a", "b", "c"]], ["h"]), CollapsibleCut)


def test_adjacent_hidden_variables_are_one_component() -> None:
    generators = [["a", "h"], ["h", "k"], ["k", "b"], ["l", "b"]]
    found = collapse(generators, ["h", "k", "l"])
    assert found == NonFace((HiddenComponent(("h", "k"), ("a", "b"), None),), ("a", "b"), ("h", "k"), (("h", "k"),))
    assert found.drawing() == "a --- (h)\nb --- (k)\n(h) --- (k)"


def test_only_a_minimal_non_face_and_a_tree_between_its_neighbours_are_kept() -> None:
    star = [["h", "k"], ["k", "l"], ["h", "a"], ["h", "b"], ["a", "b"], ["k", "m"], ["l", "c"], ["m", "a"]]
    found = collapse(star, ["h", "k", "l", "m"])
    assert isinstance(found, NonFace)
    assert found.boundary == ("b", "c")
    assert set(found.nodes) == {"h", "k", "l", "b", "c"}


def test_what_is_not_a_generating_class_is_refused() -> None:
    with pytest.raises(GraphError, match="hidden node q occurs in no generator; known: a, h"):
        collapse([["a", "h"]], ["q"])
    with pytest.raises(GraphError, match="collection"):
        collapse("ab", ["a"])
    with pytest.raises(GraphError, match="collection"):
        collapse([["a", "h"]], "h")
    with pytest.raises(GraphError, match="got the string 'ab'"):
        collapse(["ab"], ["a"])


def assert_decided(generators, states, hidden, rng) -> bool:
    """The answer is verified, that of generic ranks, and a "no" is exact at the point of the theorem."""
    answer = collapse(generators, hidden)
    assert verify_collapse(generators, hidden, answer)
    cylindrical = log_linear_defect(generators, states, hidden, rng) == 0
    assert isinstance(answer, CollapsibleCut) == cylindrical
    if isinstance(answer, NonFace):
        assert recipe_of_complex(generators, states, answer).refutes()
    return cylindrical


@pytest.mark.parametrize(("nodes", "counts"), [(2, (4, 4)), (3, (54, 51)), (4, (1596, 1302))])
def test_every_complex_of_the_atlas_is_decided_as_by_ranks(nodes: int, counts: tuple[int, int]) -> None:
    rng, names = random.Random(nodes), "abcdef"[:nodes]
    states = dict.fromkeys(names, 2)
    models = [[list(g) for g in key.split()] for key in FAMILIES["hierarchical"].models(nodes)]
    answers = [assert_decided(g, states, list(h), rng) for g in models for h in hidden_sets(nodes)]
    assert (len(answers), sum(answers)) == counts


def test_random_complexes_to_eight_variables_and_four_states_are_decided_as_by_ranks() -> None:
    rng, seen = random.Random(4), {True: 0, False: 0}
    while min(seen.values()) < 60:
        names = "abcdefgh"[: rng.randint(4, 8)]
        generators = [rng.sample(names, rng.randint(1, 3)) for _ in range(rng.randint(2, 9))] + [[n] for n in names]
        states = {n: rng.choice([2, 2, 2, 3, 4]) for n in names}
        hidden = [n for n in names if rng.random() < 0.4]
        size = 1
        for count in states.values():
            size *= count
        if size <= 600:
            seen[assert_decided(generators, states, hidden, rng)] += 1


SQUARE = [["x", "y"], ["x", "z"]]


@pytest.mark.parametrize(
    "forged",
    [
        CollapsibleCut((HiddenComponent(("x",), ("y", "z"), ("y", "z")),)),  # no generator
        CollapsibleCut((HiddenComponent(("x",), ("y",), ("x", "y")),)),  # z is forgotten
        CollapsibleCut(()),
        NonFace((), ("y",), ("x",), ()),  # a face
        NonFace((), ("y", "z"), ("x", "y"), ()),  # a visible contact
        NonFace((), ("y", "z"), ("x", "x"), (("x", "w"),)),  # no edge
        NonFace((), ("y", "y"), ("x", "x"), ()),
    ],
)
def test_a_forged_answer_is_rejected(forged) -> None:
    assert not verify_collapse(SQUARE, ["x"], forged)


def test_components_that_are_split_are_no_cut() -> None:
    generators = [["a", "h"], ["h", "k"], ["k", "b"]]
    split = (HiddenComponent(("h",), ("a",), ("a", "h")), HiddenComponent(("k",), ("b",), ("b", "k")))
    assert not verify_collapse(generators, ["h", "k"], CollapsibleCut(split))


def test_complexes_are_antichains_that_cover_the_variables() -> None:
    """The atlas lists all of them: compared with a search through all sets of faces."""
    faces = [face for face in subsets("abc") if face]
    antichains = [
        chosen
        for size in range(1, len(faces) + 1)
        for chosen in itertools.combinations(faces, size)
        if set().union(*chosen) == set("abc") and not any(set(a) < set(b) for a, b in itertools.permutations(chosen, 2))
    ]
    assert len(antichains) == len(list(FAMILIES["hierarchical"].models(3)))
