"""A step carries the hash of a certificate only if the certificate's claim is what the step says."""

from __future__ import annotations

import itertools
import json
import re
import time

import pytest
from click.testing import CliRunner

import symelbo as se
from symelbo import checker
from symelbo.cli import main
from symelbo.derivation import derive
from tests.derivation.examples import GOLDEN, MODELS, derivation, model

# The statement and the scope that a certificate under a step with this heading has.
EVERYWHERE = ("every-admissible-point", "space")
CLAIMS = {
    "Fisher metric": ("locality", EVERYWHERE),
    "Missing information": ("missing-information", EVERYWHERE),
    "Horizontal and vertical space": ("submersion", EVERYWHERE),
    "Verdict": ("cylindrical", ("every-admissible-point", "point", "generic")),
    "Natural gradient of the evidence": ("unconstrained-gradients", EVERYWHERE),
    "Sign of the defect": ("positivity", ("every-point",)),
    "Counterexample": ("converse", ("point",)),
    "Evidence optimal, ELBO not": ("converse", ("point",)),
    "Equality of the gradients": ("elbo-equivalence", EVERYWHERE),
    "Where": ("cylindrical", ("no-admissible-point",)),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_every_certificate_under_a_step_is_there_is_accepted_and_claims_what_the_step_says(name):
    story = derivation(name)
    by_hash = {c.sha256: c for c in story.certificates}
    for c in by_hash.values():
        assert checker.check(c.to_json(), c.sha256).accepted
    for step in story.steps:
        if step.certificate is None:
            assert step.status != "proved", step.heading
            continue
        claim = by_hash[step.certificate].claim()
        statement, scopes = CLAIMS[step.heading]
        assert claim["statement"] == statement, step.heading
        assert claim["scope"] in scopes, step.heading
        if claim["scope"] == "point":
            point = [str(step.point[g]) for g in model(name).field.generators]
            assert claim["point"] == point, step.heading
        if claim["scope"] == "no-admissible-point":
            assert "nowhere" in "".join(p if isinstance(p, str) else p.latex for p in step.text)


@pytest.mark.parametrize("name", GOLDEN)
def test_every_hash_in_the_index_is_that_of_a_certificate_of_the_scope_stated_with_it(name):
    story = derivation(name)
    by_start = {c.sha256[:12]: c.claim()["scope"] for c in story.certificates}
    for row in story.verdicts:
        told = "".join(p if isinstance(p, str) else p.latex for p in row.scope)
        told += "" if row.certificate is None else f" (certificate {row.certificate[:12]})"
        for part in told.split("; "):
            scopes = [by_start[h] for h in re.findall(r"\(certificate ([0-9a-f]{12})\)", part)]
            for scope in scopes:
                if "nowhere" in part or (row.verdict == "refuted" and "every" in part):
                    assert scope == "no-admissible-point"
                elif "theta_" in part:
                    assert scope == "point"
                else:
                    assert scope in EVERYWHERE


def test_prove_writes_the_certificate_of_the_sign_of_kappa(tmp_path, monkeypatch):
    monkeypatch.setattr("symelbo.models.exhibits.exhibits", lambda: (se.model_b(),))
    monkeypatch.setattr("symelbo.derivation.document.save", lambda _, path: path)
    done = CliRunner().invoke(main, ["prove", "--out", str(tmp_path)])
    assert done.exit_code == 0, done.output
    (sign,) = [s for s in derivation("model_b").steps if s.heading == "Sign of the defect"]
    written = {json.loads(f.read_text())["sha256"] for f in (tmp_path / "M-b").glob("*.json")}
    assert sign.certificate in written
    assert {s.certificate for s in derivation("model_b").steps} - {None} <= written


def test_what_is_said_about_a_set_without_a_certificate_does_not_say_proved():
    (step,) = [s for s in derivation("collider").steps if s.heading == "Where"]
    assert step.status == "verified"
    assert step.basis == ("solved exactly, no certificate",)


@pytest.mark.parametrize("name", ["model_b", "naive_bayes"])
def test_the_same_bytes_whatever_the_clock_says(name, monkeypatch):
    """Clocks that run fast and jump: what is told depends on sizes, not on the load of the machine."""
    expected = derivation(name).text()
    jumps = itertools.count()
    for function in ("monotonic", "perf_counter"):
        clock = getattr(time, function)
        monkeypatch.setattr(time, function, lambda clock=clock: 4 * clock() + 1e-4 * next(jumps))
    assert derive(MODELS[name]()).text() == expected


@pytest.mark.parametrize("name", ["three_state_network", "boltzmann_machine"])
def test_what_a_step_tells_is_not_left_open(name):
    headings = [s.heading for s in derivation(name).steps]
    assert "Objectives for which the equality survives" in headings
    assert "Left open" not in headings


def test_what_is_left_open_is_no_number():
    story = derivation("hidden_markov")
    (step,) = [s for s in story.steps if s.heading == "Left open"]
    assert step.status == "not decided"
    assert "objectives" not in "".join(map(str, step.text))


def test_the_projected_gradient_of_a_model_that_is_not_cylindrical_does_not_cite_the_equality():
    (step,) = [s for s in derivation("model_b").steps if s.heading == "Projected gradient"]
    assert "S8" not in step.cites
    assert "differs" in "".join(p for p in step.after if isinstance(p, str))
    (row,) = [v for v in derivation("model_b").verdicts if v.id == "S8"]
    assert (row.verdict, row.scope) == ("not applicable", ("the model is cylindrical nowhere",))
