"""Null vectors of certificates stay independent at the point that the certificate is about."""

from __future__ import annotations

import symelbo as se
from symelbo import checker
from symelbo.certificates.bases import null_vectors_at
from symelbo.geometry import is_kernel, kernel


def model() -> se.Parametrization:
    """A chain a - b - c in which the generic kernel of J_V degenerates at points where rank J_V does not drop."""
    return se.log_linear([["a"], ["b", "c"]], states={"a": 2, "b": 3, "c": 2}, hidden=["a", "b"]).on(
        {"u_b_c_1": "2*u_c"}
    )


def test_a_degenerate_basis_is_replaced_by_one_that_is_independent_at_the_point() -> None:
    M = model()
    point = M.point(dict.fromkeys(M.parameters, 0))
    own, better = kernel(M, "visible"), null_vectors_at(M, "visible", point)
    assert own.ncols == better.ncols
    assert own.primitive_columns().evaluate(point.values).rank() < own.ncols
    assert better.evaluate(point.values).rank() == better.ncols
    assert is_kernel(M, better, "visible")


def test_the_verdict_at_such_a_point_has_a_certificate_that_is_accepted() -> None:
    M = model()
    verdict = se.is_cylindrical(M, dict.fromkeys(M.parameters, 0))
    assert verdict.kind in ("proved", "refuted")
    assert checker.check(verdict.certificate.to_json(), verdict.certificate.sha256).accepted
