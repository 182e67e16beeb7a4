"""Models whose visible rank has no affordable upper bound: refuted generically by lower bounds, never a hang."""

import pytest

import symelbo as se
from symelbo import checker
from symelbo.exact import Field, Matrix


@pytest.fixture(scope="module")
def chain() -> se.Parametrization:
    """Two hidden causes that share a visible effect: 9 parameters, visible rank 6 of 7."""
    edges = [("h1", "v1"), ("h1", "v2"), ("h2", "v2"), ("h2", "v3")]
    return se.sigmoid_belief_network(edges, hidden=["h1", "h2"])


@pytest.fixture(scope="module")
def verdict(chain: se.Parametrization) -> se.Refuted:
    return se.is_cylindrical(chain)


def test_lower_bounds_that_exceed_the_rank_of_the_model_refute_generically(verdict: se.Refuted) -> None:
    assert isinstance(verdict, se.Refuted)
    assert verdict.scope == se.Where.GENERICALLY
    result = checker.check(verdict.certificate.to_json(), verdict.certificate.sha256)
    assert result.accepted
    assert any("generically rank J <= 9 < 6 + 7" in line for line in result.report)


def test_all_seven_conditions_fail_generically_by_the_same_minors(chain: se.Parametrization) -> None:
    verdict = se.verify(chain, "S4")
    assert isinstance(verdict, se.Proved)
    assert verdict.scope == se.Where.GENERICALLY


def test_minors_that_do_not_add_up_are_rejected(verdict: se.Refuted) -> None:
    data = verdict.certificate.as_dict()
    data["witness"]["rows"]["visible"] = data["witness"]["rows"]["visible"][:4]
    data["witness"]["rows"]["vertical"] = data["witness"]["rows"]["vertical"][:6]
    result = checker.check(se.certificates.canonical_json(data))
    assert not result.accepted
    assert result.reason == "ranks"


def test_an_elimination_beyond_its_limit_ends_with_a_budget_error(chain: se.Parametrization) -> None:
    field = chain.field
    assert isinstance(field, Field)
    matrix = Matrix(field, [[e, e * e + field.one] for e in chain.elements[:2]])
    with pytest.raises(se.BudgetError, match="limit 5"):
        matrix.nullspace(terms=5)
