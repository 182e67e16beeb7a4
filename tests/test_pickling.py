"""Models, points and verdicts can be pickled and copied: they go to other processes and come back the same."""

import copy
import multiprocessing
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import sympy

import symelbo as se
from symelbo.exact import QQ

HALF, THIRD = sympy.Rational(1, 2), sympy.Rational(1, 3)


def models():
    a, b = sympy.symbols("a b")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    mixed = se.Parametrization(space, [a * sympy.exp(b), 1 + a * b, 1, b], [a, b], weights=True, name="mixed")
    return [se.model_a(), se.model_b(), mixed, se.boltzmann_machine([("h", "v"), ("h", "w")], hidden=["h"], name="BM")]


def certificate(model):
    return se.is_cylindrical(model).certificate.to_json()


@pytest.mark.parametrize("again", [lambda o: pickle.loads(pickle.dumps(o)), copy.copy, copy.deepcopy])
@pytest.mark.parametrize("model", models(), ids=lambda m: m.name)
def test_models_and_everything_about_them_survive_pickling_and_copying(model, again):
    se.verify(model)  # what was computed does not travel and does not disturb
    other = again(model)
    assert repr(other) == repr(model)
    assert other.table == model.table
    assert certificate(other) == certificate(model)
    for thing in (se.verify(model), se.tangent_decomposition(model), se.derive(model)):
        assert repr(again(thing)) == repr(thing)
    verdict = again(se.is_cylindrical(model))
    assert verdict.certificate.to_json() == certificate(model)


def test_a_point_that_was_pickled_is_over_the_same_numbers():
    point = se.model_b().point({"x": HALF, "y1": HALF, "y2": THIRD, "z1": HALF, "z2": THIRD})
    other = pickle.loads(pickle.dumps(point))
    assert other == point
    assert other.numbers is QQ


def test_models_go_to_other_processes_and_certificates_come_back():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.map(certificate, models()[:2]) == [certificate(m) for m in models()[:2]]


def test_threads_that_ask_the_same_model_get_the_same_answers():
    model = se.model_b()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(certificate, [model] * 8))
    assert set(answers) == {certificate(se.model_b())}
