"""Where a refuted model is cylindrical nevertheless: what verify says, and what it rests on."""

import json

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.verification.report import report_data, report_text
from tests.certificates.build import counts
from tests.loci.test_locus import HALF, QUARTER, THIRD, T, U, W, collider, curve, plane
from tests.translation import HALVES_AND_THIRDS


def accepted(certificate):
    return checker.check(certificate.to_json(), certificate.sha256).accepted


def test_model_b_is_refuted_at_every_admissible_point_with_an_example():
    verdict = se.is_cylindrical(se.model_b())
    assert verdict.scope == se.Where.NOWHERE
    assert repr(verdict).startswith("Refuted at every admissible point, for example x = 1/2")
    assert accepted(verdict.certificate)
    assert accepted(verdict.extent_certificate)
    assert json.loads(verdict.extent_certificate.to_json())["claim"]["scope"] == "no-admissible-point"


def test_a_collider_is_refuted_except_on_its_locus():
    report = se.verify(collider())
    verdict = report["S3"]
    assert verdict.scope.kind == "exactly on"
    assert verdict.extent_certificate is None
    assert " except on {z1 = z3, z2 = z4}, for example x = " in repr(verdict)
    assert report_data(report)["cylindrical"] == {"verdict": "refuted", "scope": "exactly on {z1 = z3, z2 = z4}"}
    assert "is cylindrical exactly on {z1 = z3, z2 = z4}" in report_text(report)
    assert "exactly on" in report["S8"].hypothesis
    assert report["S4"].scope == report["S9"].scope == se.Where.POINT


def test_at_a_point_the_scope_is_this_point():
    report = se.verify(se.model_b(), at=HALVES_AND_THIRDS)
    data = report_data(report)
    assert data["cylindrical"] == {"verdict": "refuted", "scope": "at this point"}
    assert report["S3"].extent_certificate is None


def test_everywhere_the_seven_conditions_are_false_and_the_converse_holds():
    report = se.verify(se.model_b())
    for s in ("S4", "S9"):
        assert report[s].scope == se.Where.EVERYWHERE
        assert report[s].point is not None
        assert report[s].extent_certificate.sha256 == report["S3"].extent_certificate.sha256


def test_with_a_budget_the_scope_is_the_same():
    report = se.verify(se.model_b(), budget=60)
    assert report["S3"].scope == se.Where.NOWHERE
    assert accepted(report["S3"].extent_certificate)


@pytest.mark.parametrize(
    ("model", "minors"),
    [
        (curve(QUARTER + (T - HALF) ** 2 / 2, QUARTER + (T - THIRD) ** 2 / 2), 2),
        (plane(*(QUARTER + f / 16 for f in (U**2 + W, U + W**2 / 2, U + W))), 1),
        (se.sigmoid_belief_network([("h", "v1"), ("h", "v2")], hidden=["h"]), 1),
    ],
    ids=["two minors", "one minor", "sums of exponentials"],
)
def test_nowhere_is_certified_by_one_minor_or_several(model, minors):
    verdict = se.is_cylindrical(model)
    assert verdict.scope == se.Where.NOWHERE
    assert len(verdict.extent_certificate.witness["minors"]) == minors
    assert accepted(verdict.extent_certificate)
    assert se.cylindrical_locus(model).extent == "nowhere"


def test_a_minor_may_be_as_large_as_a_defective_quadric_needs():
    """Two draws of one of 8 values with 7 classes: rank J 55 and rank J_V 34, so that the minor has 22 rows."""
    verdict = se.is_cylindrical(counts(7, (8, 2)))
    assert verdict.scope == se.Where.NOWHERE
    (minor,) = verdict.extent_certificate.witness["minors"]
    assert len(minor["columns"]) == 22
    assert accepted(verdict.extent_certificate)
    data = json.loads(verdict.extent_certificate.to_json())
    pairs = data["witness"]["minors"][0]["pairs"]
    pairs[0], pairs[1] = pairs[1], pairs[0]  # the sign is the other one
    compact = json.dumps(data, separators=(",", ":"), sort_keys=True)
    assert checker.check(compact).reason == "sign"


def test_where_every_splitting_point_is_inadmissible_nowhere_has_no_certificate_of_minors():
    """Weights whose vertical rank drops on exp(u) = exp(w) and at u = w = 0, where rank J_V drops too."""
    u, w = sympy.symbols("u w")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    table = [1, sympy.exp(u) + sympy.exp(w), sympy.exp(u + w), 2]
    model = se.Parametrization(space, table, [u, w], weights=True)
    verdict = se.is_cylindrical(model)
    assert verdict.scope == se.Where.NOWHERE
    assert verdict.extent_certificate is None
    assert "has no certificate" in verdict.detail
    assert accepted(verdict.certificate)
    assert se.verify(model, "S9").scope == se.Where.POINT
