"""Cosine similarities: published histograms, the engine's exact gradients, exact values, speed and memory."""

import time
import tracemalloc

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.figures.published import ELBO_FRACTIONS, EVIDENCE_FRACTIONS, histogram, published_q
from symelbo.flows.compiled import numeric

R = sympy.Rational
POINT = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}


def engine_cosines(M, q, at):
    """Through natural_gradient, in floats at the very end only."""
    p_star = [sum(q[x] for x in f) for f in M.space.fibration]
    p_v = np.array([float(sum(se.probabilities(M, at=at)[x] for x in f)) for f in M.space.fibration])
    objectives = se.divergence(q), se.data_divergence(p_star), se.visible_divergence(p_star)
    a, b, w = (np.array(se.natural_gradient(o, M, at=at).projected.tolist(), dtype=float).ravel() for o in objectives)

    def cosine(u, v):
        return (u * v / p_v).sum() / np.sqrt((u * u / p_v).sum() * (v * v / p_v).sum())

    return [cosine(a, w), cosine(b, w), cosine(a, b)]


def test_the_published_histograms_are_reproduced_within_a_hundredth_in_every_bin():
    M = se.model_b()
    points = se.fisher_volume_sample(M, 50_000, 0, 0.001)
    cosines = se.cosine_similarities(M, published_q(M), points)
    assert np.abs(histogram(cosines[:, 0]) - ELBO_FRACTIONS).max() < 0.01
    assert np.abs(histogram(cosines[:, 1]) - EVIDENCE_FRACTIONS).max() < 0.01
    assert cosines[:, 1].min() >= 0  # S1
    assert 0 < (cosines[:, 0] < 0).mean() < 3e-4


@pytest.mark.parametrize(
    "M",
    [
        se.model_b(),
        se.bayesian_network([("h", "a"), ("a", "b"), ("h", "b")], states={"h": 2, "a": 2, "b": 3}, hidden=["h"]),
        se.bayesian_network([("a", "b"), ("b", "c"), ("h", "c")], hidden=["h"]),
    ],
    ids=["M(b)", "full", "visible model of lower dimension"],
)
def test_cosines_agree_with_the_engine(M):
    n = M.space.n_states
    rng = np.random.default_rng(1)
    weights = [int(v) for v in rng.integers(1, 20, n)]
    q = [R(w, sum(weights)) for w in weights]
    points = [[R(int(v), 20) for v in rng.integers(1, 9, len(M.parameters))] for _ in range(4)]
    found = se.cosine_similarities(M, q, np.array(points, dtype=float))
    for row, point in zip(found, points, strict=True):
        at = dict(zip(M.parameters, point, strict=True))
        if se.is_admissible(M, at):
            assert np.allclose(row, engine_cosines(M, q, at), atol=1e-10)


def test_cosines_of_weights_tables_agree_with_the_engine():
    M = se.restricted_boltzmann_machine(2, 1)
    q = [R(k, 36) for k in range(1, 9)]
    at = {p: sympy.log(R(k + 2, k + 1)) for k, p in enumerate(M.parameters)}
    theta = [[float(v) for v in at.values()]]
    assert np.allclose(se.cosine_similarities(M, q, theta)[0], engine_cosines(M, q, at), atol=1e-10)


def test_all_cosines_are_one_on_a_cylindrical_model():
    M = se.model_a()
    points = se.fisher_volume_sample(M, 2000, 3, 0.001)
    assert np.nanmin(se.cosine_similarities(M, se.jeffreys_simplex(8, 1, 4)[0], points)) > 1 - 1e-9


def test_a_cosine_at_a_rational_point_is_an_algebraic_number():
    exact = se.exact_cosines(se.model_b(), ["1/8"] * 8, POINT)
    # From the two gradients of theory, section 4, and the marginal there.
    assert exact.elbo_visible == 308 * sympy.sqrt(100389) / 100389
    numeric_row = se.cosine_similarities(se.model_b(), ["1/8"] * 8, [[0.5, 0.5, 1 / 3, 0.5, 1 / 3]])[0]
    values = [float(v) for v in (exact.elbo_visible, exact.evidence_visible, exact.elbo_evidence)]
    assert np.allclose(values, numeric_row, atol=1e-12)
    a = sympy.Matrix([R(1, 18), R(1, 36), R(1, 36), -R(1, 9)])
    w = sympy.Matrix([R(5, 72), R(1, 72), R(1, 72), -R(7, 72)])
    p_v = sympy.Matrix([sum(se.probabilities(se.model_b(), at=POINT)[2 * v : 2 * v + 2]) for v in range(4)])

    def product(s, t):
        return sum(x * y / z for x, y, z in zip(s, t, p_v, strict=True))

    assert exact.elbo_visible == product(a, w) / sympy.sqrt(product(a, a) * product(w, w))


def test_exact_cosines_are_one_on_a_cylindrical_model_and_none_where_a_gradient_vanishes():
    at = {"x": "1/3", "y": "1/4", "z": "1/5"}
    exact = se.exact_cosines(se.model_a(), [R(k, 36) for k in range(1, 9)], at)
    assert (exact.elbo_visible, exact.evidence_visible, exact.elbo_evidence) == (1, 1, 1)
    p = list(se.probabilities(se.model_a(), at=at))
    assert se.exact_cosines(se.model_a(), p, at).elbo_visible is None
    assert np.isnan(se.cosine_similarities(se.model_a(), ["1/8"] * 8, [[0.5, 0.5, 0.5]])).all()


def test_points_that_are_inadmissible_or_outside_are_refused():
    with pytest.raises(se.DomainError, match="not admissible"):
        se.exact_cosines(se.model_b(), ["1/8"] * 8, {"x": "1/2", "y1": "1/3", "y2": "1/3", "z1": "1/2", "z2": "1/2"})
    inside = [0.5, 0.5, 0.3, 0.5, 0.3]
    with pytest.raises(se.DomainError, match=r"points\[1\].*violates 0 < z2"):
        se.cosine_similarities(se.model_b(), ["1/8"] * 8, [inside, [*inside[:4], -0.1]])
    with pytest.raises(se.DomainError, match=r"expected \(n, 5\)"):
        se.cosine_similarities(se.model_b(), ["1/8"] * 8, inside)
    with pytest.raises(se.DomainError, match=r"points\[0\]"):
        se.cosine_similarities(se.model_b(), ["1/8"] * 8, [[float("nan")] * 5])


def test_q_may_be_a_mapping_and_the_order_of_its_keys_is_free():
    M = se.model_b()
    q = dict(zip(M.space.states, (k / 36 for k in range(1, 9)), strict=True))
    turned = dict(reversed(q.items()))
    points = [[0.5, 0.2, 0.3, 0.4, 0.6]]
    assert np.array_equal(se.cosine_similarities(M, q, points), se.cosine_similarities(M, turned, points))
    assert np.allclose(se.cosine_similarities(M, q, points), se.cosine_similarities(M, list(q.values()), points))


def test_fifty_thousand_points_of_model_b_take_a_fraction_of_a_second():
    M = se.model_b()
    points = se.fisher_volume_sample(M, 50_000, 1, 0.001)
    se.cosine_similarities(M, ["1/8"] * 8, points[:10])
    seconds = []
    for _ in range(5):
        begin = time.perf_counter()
        se.cosine_similarities(M, ["1/8"] * 8, points)
        seconds.append(time.perf_counter() - begin)
    assert min(seconds) < 0.3


def test_memory_beyond_input_and_output_does_not_grow_with_the_number_of_points():
    M = se.model_b()
    points = np.tile(np.asarray(se.fisher_volume_sample(M, 1000, 1, 0.001)), (200, 1))
    numeric(M)
    tracemalloc.start()
    try:
        se.cosine_similarities(M, ["1/8"] * 8, points)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * 8 * len(points) + 24e6
