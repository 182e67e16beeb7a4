"""The spine is fast enough: only the ratio to sympy's DomainMatrix in the same run is asserted, no absolute time."""

from tests.benchmarks.spine import agree, ratio


def test_both_sides_of_the_benchmark_find_the_same_matrices_and_verdict():
    assert agree()


def test_symelbo_is_at_least_ten_times_faster_than_domain_matrix_on_model_b():
    assert max(ratio() for _ in range(2)) >= 10
