"""Certificates: every verdict carries one, its scope is the verdict's, and only an accepted one counts."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.certificates import Certificate, canonical_json
from symelbo.verification import judgement
from tests.certificates.build import models

SCOPES = {
    "every-admissible-point": se.Where.EVERYWHERE,
    "generic": se.Where.GENERICALLY,
    "point": se.Where.POINT,
    "space": se.Where.SPACE,
}


def scopes_of_certificates(verdict: se.Proved | se.Refuted) -> set[se.Where]:
    """The certificate of a counterexample is about its point; that it is so everywhere is another claim."""
    extended = verdict.scope.is_locus
    if extended or (verdict.scope == se.Where.EVERYWHERE and verdict.point is not None):
        return {se.Where.POINT, se.Where.GENERICALLY}
    return {verdict.scope}


# Of naive Bayes models too large for formulas one with 64 states says the same as that with 1,024 ("large").
ALL = {**models(), "beyond formulas": se.naive_bayes(5)}


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n == "large" else n for n in ALL])
def test_every_verdict_carries_an_accepted_certificate_of_its_own_scope(name: str) -> None:
    report = se.verify(ALL[name])
    assert not report.undecided
    for verdict in report.verdicts:
        if isinstance(verdict, se.Proved | se.Refuted):
            text = verdict.certificate.to_json()
            data = json.loads(text)
            assert checker.check(text, data["sha256"]).accepted
            assert data["claim"]["statement"] == verdict.statement.slug
            assert data["claim"]["verdict"] == verdict.kind
            assert SCOPES[data["claim"]["scope"]] in scopes_of_certificates(verdict)
            assert canonical_json(data) == text
            if verdict.scope == se.Where.NOWHERE:
                extended = json.loads(verdict.extent_certificate.to_json())
                assert extended["claim"]["scope"] == "no-admissible-point"
                assert checker.check(canonical_json(extended), extended["sha256"]).accepted


def test_universal_statements_are_proved_at_every_admissible_point() -> None:
    for model in (se.model_a(), se.model_b()):
        report = se.verify(model)
        for s in ("S1", "S2", "S5", "S6", "S10", "S12"):
            assert report[s].scope == se.Where.EVERYWHERE
    assert se.verify(se.model_a(), "S4").scope == se.Where.EVERYWHERE


def test_a_refused_certificate_turns_the_verdict_into_undecided() -> None:
    verdict = se.is_cylindrical(se.model_a())
    broken = dataclasses.replace(verdict.certificate, witness={**verdict.certificate.witness, "vertical": []})
    judged = judgement.judged(dataclasses.replace(verdict, certificate=broken))
    assert isinstance(judged, se.Undecided)
    assert "internal error" in judged.reason
    assert "ranks" in judged.reason


def test_the_certificate_of_one_model_does_not_serve_another(monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = se.is_cylindrical(se.model_a()), se.is_cylindrical(se.model_b())
    monkeypatch.setattr(Certificate, "to_json", lambda _: canonical_json(a.certificate.as_dict()))
    judged = judgement.judged(b)
    assert isinstance(judged, se.Undecided)
    assert "statement" in judged.reason


def test_provenance_is_marked_untrusted_and_not_part_of_the_claim() -> None:
    data = se.is_cylindrical(se.model_a()).certificate.as_dict()
    assert data["provenance"]["untrusted"] is True
    data["provenance"] = "somebody else"
    assert checker.check(canonical_json(data)).accepted


def test_formulas_of_a_person_carry_certificates() -> None:
    x, y = sympy.symbols("x y")
    proved, refuted = se.check_equal((x + y) ** 2, x**2 + 2 * x * y + y**2), se.check_equal(x / y, y / x)
    for verdict in (proved, refuted):
        assert checker.check(verdict.certificate.to_json(), verdict.certificate.sha256).accepted


def test_certificates_are_byte_identical_for_every_hash_seed() -> None:
    script = (
        "import symelbo as se\n"
        "from symelbo.models.loglinear import log_linear\n"
        "from symelbo.certificates import coq_source\n"
        "for m in (se.model_a(), se.model_b(), log_linear([['x', 'y']], hidden=['x'])):\n"
        "    for v in se.verify(m).verdicts:\n"
        "        if hasattr(v, 'certificate'): print(v.certificate.to_json())\n"
        "    print(coq_source(se.is_cylindrical(m).certificate))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(outputs) == 1
