"""Certificates as theorems: Coq accepts the files, and the gate refuses what is planted."""

from __future__ import annotations

import shutil
import subprocess

import pytest
import sympy

import symelbo as se
from symelbo.certificates import coq_gate, coq_source
from symelbo.models.loglinear import log_linear

needs_coqc = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed (Debian: apt install coq)")
x, y, a, b = sympy.symbols("x y a b")


def certificate(model: se.Parametrization) -> object:
    return se.is_cylindrical(model).certificate


@pytest.fixture(scope="module")
def model_a_source() -> str:
    return coq_source(certificate(se.model_a()))


@pytest.fixture(scope="module")
def small_source() -> str:
    return coq_source(se.check_equal(1 / (x - 1), (x + 1) / (x**2 - 1)).certificate)


def test_the_file_of_m_a_states_normalisation_posterior_and_directions(model_a_source: str) -> None:
    for theorem in (
        "normalised",
        "derivative_1",
        "posterior_1_1",
        "posterior_1_1_not_vacuous",
        "directions_independent",
    ):
        assert f"Theorem {theorem} :" in model_a_source
        assert f"Print Assumptions {theorem}." in model_a_source
    assert "Definition p_1_1_1 (x y z : Q) : Q := x * y * z." in model_a_source


def test_the_file_of_m_b_refutes_by_an_inequality_at_the_point() -> None:
    source = coq_source(certificate(se.model_b()))
    assert "Theorem gradients_differ :" in source
    assert "Theorem gradients_differ_not_vacuous :" in source


@needs_coqc
def test_coq_accepts_m_a(model_a_source: str) -> None:
    assert coq_gate(model_a_source, timeout=120) == ()


@needs_coqc
def test_coq_accepts_m_b() -> None:
    assert coq_gate(coq_source(certificate(se.model_b())), timeout=120) == ()


@needs_coqc
def test_coq_accepts_exponential_and_unnormalised_tables() -> None:
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    weights = se.Parametrization(space, [x * y, x, y + 1, 1], [x, y], [x > 0, y > 0], weights=True)
    for model in (log_linear([["x", "y"]], hidden=["x"]), weights):
        assert coq_gate(coq_source(certificate(model)), timeout=120) == ()


@needs_coqc
@pytest.mark.slow
def test_coq_accepts_tables_with_many_terms_by_reflection() -> None:
    chain = se.bayesian_network([("x", "y"), ("y", "z")], states={"x": 3, "y": 2, "z": 2}, hidden=["x"])
    source = coq_source(certificate(chain))
    assert "by_reflection" in source
    assert coq_gate(source, timeout=300) == ()


@needs_coqc
def test_coq_accepts_identities_by_field_and_by_reflection() -> None:
    exponentials = se.check_equal(
        [sympy.exp(a + b) ** 2 / (1 + sympy.exp(b)), 1 / (x / y + y / x)],
        [sympy.exp(2 * a) / (sympy.exp(-2 * b) + sympy.exp(-b)), x * y / (x**2 + y**2)],
    )
    assert coq_gate(coq_source(exponentials.certificate)) == ()
    large = se.check_equal((1 + x + y + a) ** 10, sympy.expand((1 + x + y + a) ** 10))
    source = coq_source(large.certificate)
    assert "by_reflection" in source
    assert coq_gate(source) == ()
    different = se.check_equal((1 + x) / (y + 1), (x - 1) / y)
    assert coq_gate(coq_source(different.certificate)) == ()


@needs_coqc
def test_the_gate_refuses_a_planted_axiom(small_source: str) -> None:
    assert coq_gate(small_source) == ()
    planted = small_source.replace(
        "Theorem identity_1 :", "Axiom shortcut : forall p q : Q, p == q.\nTheorem identity_1 :"
    )
    start = planted.index("Proof.", planted.index("Theorem identity_1 :"))
    used = planted[:start] + "Proof. intros. apply shortcut. " + planted[planted.index("Qed.", start) :]
    reasons = coq_gate(used)
    assert "the file contains Axiom" in reasons
    # Print Assumptions finds it too, under whatever word it was smuggled in.
    assert any("closed under the global context" in r for r in reasons)


@needs_coqc
def test_the_gate_refuses_a_planted_false_identity(small_source: str) -> None:
    planted = small_source.replace("1 / ((-1) + x)", "1 / ((-1) + x) + 1")
    assert planted != small_source
    assert any("coqc refuses" in r for r in coq_gate(planted))


@needs_coqc
def test_the_gate_refuses_a_table_whose_probabilities_do_not_sum_to_one(model_a_source: str) -> None:
    planted = model_a_source.replace(":= x * y * z.", ":= x * y * z + x.")
    assert planted != model_a_source
    assert any("coqc refuses" in r for r in coq_gate(planted))


@needs_coqc
def test_the_gate_refuses_admitted_and_missing_assumptions(small_source: str) -> None:
    admitted = small_source.replace("Qed.", "Admitted.", 1)
    assert "the file contains Admitted" in coq_gate(admitted)
    silent = small_source.replace("Print Assumptions identity_1.\n", "")
    assert "Print Assumptions does not name every theorem once" in coq_gate(silent)
    assert coq_gate("") != ()


def test_the_compiler_is_the_debian_one_or_visibly_missing() -> None:
    if shutil.which("coqc") is None:
        pytest.skip("coqc is not installed (Debian: apt install coq)")
    version = subprocess.run(["coqc", "--version"], capture_output=True, text=True, check=True).stdout
    assert "version 8." in version
