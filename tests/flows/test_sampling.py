"""Fisher volume: the laws found, the draws, the walkers and their diagnostics."""

import sys

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.flows import fisher_volume_law
from symelbo.flows.compiled import numeric
from symelbo.flows.ensemble import walk
from symelbo.flows.sampling import VolumeSample

stats = pytest.importorskip("scipy.stats")
A, B = sympy.symbols("a b")
TWO_BY_TWO = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})


def test_the_volume_of_model_b_is_a_product_of_beta_laws():
    assert str(fisher_volume_law(se.model_b())) == "; ".join(
        ["x ~ Beta(3/2, 3/2)", *(f"{n} ~ Beta(1/2, 1/2)" for n in ("y1", "y2", "z1", "z2"))]
    )


def test_the_draws_of_model_b_have_these_laws():
    sample = se.fisher_volume_sample(se.model_b(), 20_000, 11)
    assert (sample.method, sample.shape) == ("exact", (20_000, 5))
    for column, shape in zip(np.asarray(sample).T, (1.5, 0.5, 0.5, 0.5, 0.5), strict=True):
        assert stats.kstest(column, stats.beta(shape, shape).cdf).pvalue > 1e-3


def test_draws_cut_by_a_margin_keep_the_law_inside():
    sample = np.asarray(se.fisher_volume_sample(se.model_b(), 20_000, 12, 0.1))
    assert sample.min() >= 0.1
    assert sample.max() <= 0.9
    law = stats.beta(0.5, 0.5)
    low, high = law.cdf(0.1), law.cdf(0.9)
    assert stats.kstest(sample[:, 1], lambda v: (law.cdf(v) - low) / (high - low)).pvalue > 1e-3


def test_the_volume_of_the_simplex_is_dirichlet():
    M = se.full_simplex(se.SampleSpace(visible={"v": 2}, hidden={"h": 2}))
    assert str(fisher_volume_law(M)) == "p1, p2, p3 ~ Dirichlet(1/2, 1/2, 1/2, 1/2)"
    sample = np.asarray(se.fisher_volume_sample(M, 20_000, 13))
    assert stats.kstest(sample[:, 0], stats.beta(0.5, 1.5).cdf).pvalue > 1e-3


def test_states_with_more_than_two_labels_give_dirichlet_blocks():
    law = fisher_volume_law(se.bayesian_network([("h", "a")], states={"h": 3, "a": 3}, hidden=["h"]))
    assert str(law).startswith("h_0, h_1 ~ Dirichlet(3/2, 3/2, 3/2); a1_0, a1_1 ~ Dirichlet(1/2, 1/2, 1/2)")


def test_an_independent_exponential_family_is_drawn_exactly_through_its_means():
    M = se.Parametrization(TWO_BY_TWO, [1, sympy.exp(A), sympy.exp(B), sympy.exp(A + B)], [A, B], weights=True)
    sample = se.fisher_volume_sample(M, 20_000, 14)
    assert sample.method == "exact"
    means = 1 / (1 + np.exp(-np.asarray(sample)))
    for column in means.T:
        assert stats.kstest(column, stats.beta(0.5, 0.5).cdf).pvalue > 1e-3


def test_a_chain_is_drawn_by_rejection_and_agrees_with_the_density():
    M = se.bayesian_network([("a", "b"), ("b", "c")], hidden=["a"])
    sample = se.fisher_volume_sample(M, 20_000, 15)
    assert sample.method == "rejection"
    assert 0 < sample.diagnostics["acceptance"] < 1
    # a | rest integrates a weight sqrt(p(b=1) p(b=0)) against flat a: compare with importance weights.
    rng = np.random.default_rng(16)
    a, b1, b2 = rng.random(200_000), rng.beta(0.5, 0.5, 200_000), rng.beta(0.5, 0.5, 200_000)
    p = a * b1 + (1 - a) * b2
    weight = np.sqrt(p * (1 - p))
    assert abs(np.average(a * b1, weights=weight) - (sample[:, 0] * sample[:, 1]).mean()) < 0.01
    assert abs(np.average(b1**2, weights=weight) - (sample[:, 1] ** 2).mean()) < 0.01


def test_walkers_reproduce_a_law_that_is_known_and_report_how_well():
    pytest.importorskip("emcee")
    M = se.model_a()
    points, diagnostics = walk(numeric(M), M, 6000, np.random.default_rng(17), 0.0)
    assert points.shape == (6000, 3)
    for column in points.T:
        assert np.allclose(np.quantile(column, [0.1, 0.5, 0.9]), stats.beta(0.5, 0.5).ppf([0.1, 0.5, 0.9]), atol=0.06)
    assert diagnostics["r_hat"] < 1.1
    assert 0.1 < diagnostics["acceptance"] < 0.95
    assert diagnostics["effective size"] > 500


def test_a_family_without_known_law_is_left_to_walkers_inside_the_domain():
    pytest.importorskip("emcee")
    x, y = sympy.symbols("x y")
    table = [x * y / 2, (1 - x * y) / 2, (x + y) / 4, R_HALF - (x + y) / 4]
    M = se.Parametrization(TWO_BY_TWO, table, [x, y], [x > 0, x < 1, y > 0, y < 1])
    sample = se.fisher_volume_sample(M, 500, 18, 0.01)
    assert sample.method == "walkers"
    assert sample.shape == (500, 2)
    assert np.asarray(sample).min() >= 0.01
    assert np.asarray(sample).max() <= 0.99
    assert {"acceptance", "autocorrelation time", "effective size", "r_hat"} <= set(sample.diagnostics)


def test_without_emcee_the_message_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "emcee", None)
    with pytest.raises(se.SymelboError, match=r"symelbo\[sampling\]"):
        walk(numeric(se.model_a()), se.model_a(), 10, np.random.default_rng(1), 0.0)


R_HALF = sympy.Rational(1, 2)


def test_draws_are_repeated_by_the_seed_and_changed_by_another():
    first, again, other = (np.asarray(se.fisher_volume_sample(se.model_b(), 50, s)) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_redundant_parameters_have_no_fisher_volume():
    M = se.Parametrization(
        TWO_BY_TWO, [1, sympy.exp(A + B), sympy.exp(A + B), sympy.exp(2 * A + 2 * B)], [A, B], weights=True
    )
    with pytest.raises(se.ModelError, match="vanishes identically"):
        se.fisher_volume_sample(M, 10)


def test_a_margin_that_leaves_nothing_is_refused():
    with pytest.raises(se.DomainError, match="margin"):
        se.fisher_volume_sample(se.model_b(), 10, 1, 0.6)


def test_a_sample_is_an_array_that_keeps_its_provenance():
    sample = se.fisher_volume_sample(se.model_b(), 5, 1)
    assert isinstance(sample, VolumeSample)
    assert sample[:2].law == sample.law


def test_jeffreys_prior_of_the_simplex_has_the_right_moments():
    draws = se.jeffreys_simplex(4, 40_000, 19)
    assert draws.shape == (40_000, 4)
    assert np.allclose(draws.sum(axis=1), 1)
    assert np.allclose(draws.mean(axis=0), 0.25, atol=0.01)
    assert np.allclose(draws.var(axis=0), 0.25 * 0.75 / 3, atol=0.01)
    with pytest.raises(se.DomainError):
        se.jeffreys_simplex(0, 1)
