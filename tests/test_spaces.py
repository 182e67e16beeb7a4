"""Sample spaces: the order of states, keys, marginalisation, and what is refused."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symelbo as se
from symelbo import ModelError, SampleSpace

SPACE = SampleSpace(visible={"y": [1, 0], "z": 3}, hidden={"x": ["on", "off"]}, order=["x", "y", "z"])


def test_states_are_lexicographic_visible_first_labels_in_declared_order():
    assert SPACE.states == tuple(itertools.product([1, 0], range(3), ["on", "off"]))
    assert SPACE.visible_states == tuple(itertools.product([1, 0], range(3)))
    assert (SPACE.n_states, SPACE.n_visible, SPACE.sizes["x"]) == (12, 6, 2)


def test_the_states_above_a_visible_state_are_contiguous():
    for v, fibre in enumerate(SPACE.fibration):
        assert [SPACE.states[x][:2] for x in fibre] == [SPACE.visible_states[v]] * 2


@given(
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.lists(st.integers(1, 3), min_size=1, max_size=3),
    st.randoms(use_true_random=False),
)
def test_index_and_key_invert_the_enumeration(visible, hidden, rng):
    names = [f"v{i}" for i in range(len(visible))] + [f"h{i}" for i in range(len(hidden))]
    order = rng.sample(names, len(names))
    space = SampleSpace(
        dict(zip(names, visible, strict=False)), dict(zip(names[len(visible) :], hidden, strict=True)), order=order
    )
    for number, state in enumerate(space.states):
        assert space.index(state) == number
        assert space.state_of_key(space.key(state)) == state
        assert space.visible_index(state[: len(visible)]) == space.fibration.below[number]
    assert len({space.key(s) for s in space.states}) == space.n_states
    assert len({space.visible_key(s) for s in space.visible_states}) == space.n_visible


def test_keys_follow_the_declared_order_of_all_variables():
    assert SPACE.key((1, 2, "off")) == "off,1,2"
    assert SPACE.visible_key((1, 2)) == "1,2"
    assert SPACE.state_of_key(" off , 1,2") == (1, 2, "off")


def test_the_number_1_and_the_text_1_are_the_same_label():
    assert SPACE.index(("1", "2", "off")) == SPACE.index((1, 2, "off"))


def test_hiding_other_variables_keeps_names_labels_and_order():
    other = SPACE.hide(["y"])
    assert [v.name for v in other.visible] == ["x", "z"]
    assert [v.name for v in other.hidden] == ["y"]
    assert other.order == SPACE.order
    assert other.hide(["x"]) == SPACE
    assert hash(other.hide(["x"])) == hash(SPACE)


@pytest.mark.parametrize(
    ("visible", "hidden", "says"),
    [
        ({}, {"x": 2}, ["no visible variable"]),
        ({"y": 2}, {}, ["no hidden variable"]),
        ({"y": 2}, {"y": 2}, ["y", "visible and hidden"]),
        ({"y": 0}, {"x": 2}, ["y", "0 states"]),
        ({"y": -1}, {"x": 2}, ["y", "-1"]),
        ({"y": []}, {"x": 2}, ["y", "no states"]),
        ({"y": 2.0}, {"x": 2}, ["y", "2.0"]),
        ({"y": True}, {"x": 2}, ["y", "True"]),
        ({"y": "ab"}, {"x": 2}, ["y", "'ab'"]),
        ({"y": [0, 0]}, {"x": 2}, ["y", "'0'", "more than once"]),
        ({"y": [1, "1"]}, {"x": 2}, ["y", "'1'", "more than once"]),
        ({"y": ["a,b", "c"]}, {"x": 2}, ["y", "comma"]),
        ({"y": [None, 1]}, {"x": 2}, ["y", "None"]),
        ({"": 2}, {"x": 2}, ["empty name"]),
        ({3: 2}, {"x": 2}, ["3"]),
    ],
)
def test_a_space_that_is_none_is_refused_with_the_name_of_the_variable(visible, hidden, says):
    with pytest.raises(ModelError) as caught:
        SampleSpace(visible, hidden)
    assert all(s in str(caught.value) for s in says), caught.value


@pytest.mark.parametrize(
    ("state", "says"),
    [((1, 2), ["2 labels", "(y, z, x)"]), ((1, 7, "on"), ["z", "7", "0, 1, 2"]), ("1,2,on", ["1 labels"])],
)
def test_a_state_that_is_none_is_refused_with_what_is_expected(state, says):
    with pytest.raises(ModelError) as caught:
        SPACE.index(state)
    assert all(s in str(caught.value) for s in says), caught.value


def test_an_order_lists_every_variable_exactly_once():
    for order in (["x"], ["x", "x"], ["x", "y", "z"]):
        with pytest.raises(ModelError, match="order"):
            SampleSpace({"y": 2}, {"x": 2}, order=order)
    with pytest.raises(ModelError, match="unknown variable w"):
        SPACE.hide(["w"])


@pytest.mark.parametrize("of", [se.mean_field, se.free_recognition, se.marginalisation])
def test_what_asks_for_states_takes_a_table_and_refuses_what_has_none(of):
    assert of(se.model_b()) == of(se.model_b().space)
    with pytest.raises(ModelError, match=rf"{of.__name__}: expected finitely many states"):
        of(se.factor_analysis(3, 1))
