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


def families():
    chain = [(f"h{i}", f"h{i + 1}") for i in range(39)] + [(f"h{i}", f"v{i}") for i in range(40)]
    return [
        se.model_b().iid(2),
        se.hidden_markov_model(2),
        se.bayesian_network(chain, hidden=[f"h{i}" for i in range(40)]),
        se.factor_analysis(2, 1),
        se.exponential_mixture("poisson"),
        se.zero_inflated_poisson(),
    ]


def certificate(model):
    return se.is_cylindrical(model).certificate.to_json()


@pytest.mark.parametrize("model", models(), ids=lambda m: m.name)
def test_models_and_everything_about_them_survive_pickling_and_copying(model):
    report = se.verify(model)  # what was computed does not travel and does not disturb
    for other in (pickle.loads(pickle.dumps(model)), copy.copy(model), copy.deepcopy(model)):
        assert other == model
        assert len({other, model}) == 1
    assert certificate(other) == certificate(model)
    for thing in (report, se.tangent_decomposition(model), se.derive(model)):
        assert pickle.loads(pickle.dumps(thing)) == thing
        assert copy.deepcopy(thing) == thing
    verdict = pickle.loads(pickle.dumps(se.is_cylindrical(model)))
    assert verdict.certificate.to_json() == certificate(model)


@pytest.mark.parametrize("model", families(), ids=repr)
def test_models_of_every_family_are_values(model):
    other = pickle.loads(pickle.dumps(model))
    assert other == model
    assert hash(other) == hash(model)


def test_results_are_values_and_their_copies_are_equal():
    M = se.model_b()
    at = {"x": HALF, "y1": HALF, "z1": HALF, "y2": THIRD, "z2": THIRD}
    R = se.restricted_boltzmann_machine(1, 1)
    for result in (
        se.cylindrical_locus(M),
        se.surviving_objectives(M),
        se.principal_angles(M, at),
        se.em_step(M, ["1/4"] * 4, at),
        se.natural_gradient(se.divergence(["1/8"] * 8), M, at=at),
        se.defect_formula(M),
        se.mean_field(M.space),
        se.dual_view(R),
        se.identifiability(M),
        se.explain(se.model_a()),
    ):
        assert pickle.loads(pickle.dumps(result)) == result, result


def test_models_that_differ_in_anything_are_different():
    M = se.model_b()
    x = M.parameters[0]
    inside = [side for p in M.parameters for side in (p > 0, p < 1)]
    again = se.Parametrization(M.space, M.table, M.parameters, name=M.name)
    assert again == se.Parametrization(M.space, M.table, M.parameters, name=M.name)
    for other in (
        se.Parametrization(M.space, M.table, M.parameters),
        se.Parametrization(M.space, M.table, M.parameters[::-1], name=M.name),
        se.Parametrization(M.space, M.table, M.parameters, [*inside, x < HALF], name=M.name),
        se.Parametrization(M.space, M.table, M.parameters, weights=True, name=M.name),
        M.hide("y"),
        M.on("y1 = y2"),
        "M(b)",
    ):
        assert other != again
    assert se.tangent_decomposition(M) != se.tangent_decomposition(M.on("y1 = y2"))


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
