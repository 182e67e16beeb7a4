"""Test vectors: exact, complete, and read back as they were written."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest

import symelbo as se
from tests.translation import HALVES_AND_THIRDS, fractions_of

Q = [Fraction(k, 36) for k in range(1, 9)]
POINTS = [HALVES_AND_THIRDS, dict.fromkeys(HALVES_AND_THIRDS, "1/3")]


@pytest.mark.parametrize("ending", ["json", "npz"])
def test_what_is_written_is_read_back(ending, tmp_path):
    path = tmp_path / f"vectors.{ending}"
    vectors = se.export(se.model_b(), Q, POINTS, path)
    assert se.read_vectors(path) == vectors
    assert vectors["schema"] == "symelbo-vectors-1"


def test_numbers_are_those_of_the_engine():
    model = se.model_b()
    vectors = se.export(model, Q, POINTS)
    assert vectors["model"]["visible_states"] == ["1,1", "1,0", "0,1", "0,0"]
    for at, point in zip(POINTS, vectors["points"], strict=True):
        metric = [[Fraction(e) for e in row] for row in point["visible_fisher_metric"]]
        assert metric == fractions_of(se.visible_fisher_metric(model, at))
        exact = se.natural_gradient(se.divergence(Q), model, at)
        assert point["gradients"]["divergence"]["tangent"] == [str(e) for e in exact.tangent]
        with mpmath.workdps(40):
            evidence, elbo, gap = (mpmath.mpf(point[name]) for name in ("evidence", "elbo", "gap"))
            assert gap > 0
            assert abs(evidence - elbo - gap) < mpmath.mpf(10) ** -38


def test_floating_point_numbers_stand_beside_the_exact_ones(tmp_path):
    path = tmp_path / "vectors.npz"
    se.export(se.restricted_boltzmann_machine(2, 1), ["1/8"] * 8, [{f"exp({p})": "2" for p in names()}], path)
    with np.load(path) as file:
        assert file["fisher_metric"].shape == (1, 5, 5)
        assert file["fisher_metric"].dtype == np.float64
        assert float(Fraction(str(file["fisher_metric_exact"][0, 1, 2]))) == file["fisher_metric"][0, 1, 2]


def names():
    return [p.name for p in se.restricted_boltzmann_machine(2, 1).parameters]


def test_what_cannot_be_exported_is_refused(tmp_path):
    with pytest.raises(se.DomainError, match=r"\.json or \.npz"):
        se.export(se.model_b(), Q, POINTS, tmp_path / "vectors.csv")
    with pytest.raises(se.DomainError, match="outside the domain"):
        se.export(se.model_b(), Q, [dict.fromkeys(HALVES_AND_THIRDS, 2)])
