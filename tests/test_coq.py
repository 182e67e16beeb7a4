"""Certificates as theorems: Coq accepts the files, they say what is claimed, and the gate refuses what is planted."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import sympy
from click.testing import CliRunner

import symelbo as se
from symelbo.budget import LIMITS
from symelbo.certificates import coq_gate, coq_source
from symelbo.cli import main
from symelbo.errors import ModelError
from tests.coq import needs_coqc, needs_mathcomp
from tests.derivation.examples import explanation

x, y, a, b = sympy.symbols("x y a b")


def source_of(model: se.Parametrization) -> str:
    """What ``symelbo verify --coq`` writes."""
    verdict = se.is_cylindrical(model)
    return coq_source(verdict.certificate, getattr(verdict, "extent_certificate", None))


def naive_bayes(leaves: int) -> se.Parametrization:
    return se.bayesian_network([("h", f"v{k}") for k in range(leaves)], hidden=["h"], name=f"naive Bayes {leaves}")


@pytest.fixture(scope="module")
def model_a_source() -> str:
    return source_of(se.model_a())


@pytest.fixture(scope="module")
def model_b_source() -> str:
    return source_of(se.model_b())


@pytest.fixture(scope="module")
def small_source() -> str:
    return coq_source(se.check_equal(1 / (x - 1), (x + 1) / (x**2 - 1)).certificate)


def statement(source: str, theorem: str) -> str:
    """The statement of a theorem with single spaces."""
    found = re.search(rf"Theorem {theorem} :(.*?)\.\nProof", source, flags=re.DOTALL)
    assert found is not None, theorem
    return " ".join(found[1].split())


def test_the_table_of_m_a_reads_as_in_the_paper(model_a_source: str) -> None:
    assert "  (* 1 1, 1 *) x * y * z;\n  (* 1 1, 0 *) (1 - x) * y * z;\n" in model_a_source


def test_the_file_of_m_a_proves_s3_and_s8_at_every_positive_point_of_every_ordered_field(model_a_source: str) -> None:
    assert statement(model_a_source, "cylindrical") == (
        "forall (R : ordered_field) (theta : values R), positive M theta -> splitting M theta"
    )
    assert statement(model_a_source, "cylindrical_not_vacuous") == (
        "exists (R : ordered_field) (theta : values R), positive M theta"
    )


def test_the_file_of_m_b_proves_that_s3_fails_at_a_point_whose_ranks_are_the_largest(model_b_source: str) -> None:
    assert statement(model_b_source, "not_cylindrical") == "forall (R : ordered_field), failing M (rationals R point)"
    assert statement(model_b_source, "ranks_at_point").endswith(
        "joint_rank M (rationals R point) = 5%nat /\\ visible_rank M (rationals R point) = 3%nat"
    )
    assert statement(model_b_source, "largest_ranks").endswith("-> ranks_at_most M theta 5 3")


def test_the_file_of_m_b_states_the_two_directions_of_learning_of_the_paper(model_b_source: str) -> None:
    assert "elbo_direction : list Q := [(1 # 18); (1 # 36); (1 # 36); (-1 # 9)]." in model_b_source
    assert "evidence_direction : list Q := [(5 # 72); (1 # 72); (1 # 72); (-7 # 72)]." in model_b_source
    assert statement(model_b_source, "directions_at_point").endswith(
        "gradients M point R q elbo_direction evidence_direction"
    )


def test_the_file_of_m_b_proves_that_it_is_cylindrical_nowhere_among_its_admissible_points(model_b_source: str) -> None:
    assert statement(model_b_source, "nowhere_cylindrical") == (
        "forall (R : ordered_field) (theta : values R), positive M theta -> all_positive theta domain -> "
        "visible_rank_at_least M theta 3 -> failing M theta"
    )


def test_files_hold_data_and_applications_of_the_theory_and_no_lemmas(model_b_source: str) -> None:
    assert "Lemma" not in model_b_source
    assert len(model_b_source.splitlines()) < 160


def test_names_of_a_model_do_not_collide_with_those_of_the_file() -> None:
    p, q = sympy.symbols("value w")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    table = [p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)]
    source = source_of(se.Parametrization(space, table, [p, q], [p > 0, p < 1, q > 0, q < 1]))
    assert "(* value_ stands for value *)" in source  # a definition of the theory
    assert "Definition w_ : expr := Gen 1." in source


def test_labels_cannot_end_the_comments_they_stand_in() -> None:
    space = se.SampleSpace(visible={"v": ["yes!", 'no "(*"']}, hidden={"h": ["a*)", "b"]})
    table = [x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)]
    source = source_of(se.Parametrization(space, table, [x, y], [x > 0, x < 1, y > 0, y < 1]))
    assert "(* yes!, a?" in source
    assert "(* no ???" in source


@needs_mathcomp
def test_coq_accepts_m_a(model_a_source: str, compiled_theory: Path) -> None:
    assert coq_gate(model_a_source, theory=compiled_theory) == ()


@needs_mathcomp
def test_coq_accepts_m_b(model_b_source: str, compiled_theory: Path) -> None:
    assert coq_gate(model_b_source, theory=compiled_theory) == ()


@needs_mathcomp
def test_coq_accepts_that_a_model_is_cylindrical_at_a_point_where_it_is_asked_for(compiled_theory: Path) -> None:
    verdict = se.verify(se.model_a(), "S3", {"x": "1/2", "y": "1/3", "z": "1/5"})
    source = coq_source(verdict.certificate)
    assert statement(source, "cylindrical").endswith("splitting M (rationals R point)")
    assert coq_gate(source, theory=compiled_theory) == ()


@needs_mathcomp
def test_coq_accepts_states_that_are_no_products_of_variables(compiled_theory: Path) -> None:
    a, b = sympy.symbols("a b")
    space = se.StateSpace({"AA": "A", "AO": "A", "BB": "B", "BO": "B", "AB": "AB", "OO": "O"})
    o = 1 - a - b
    table = {"AA": a**2, "AO": 2 * a * o, "BB": b**2, "BO": 2 * b * o, "AB": 2 * a * b, "OO": o**2}
    abo = se.Parametrization(space, table, [a, b], [a > 0, b > 0, o > 0], name="ABO")
    source = source_of(abo)
    assert "seen_numbers : list nat := [0; 0; 1; 1; 2; 3]%nat" in source
    assert "(* AO *)" in source
    assert coq_gate(source, theory=compiled_theory) == ()
    # That what is seen of AO is B is another model, for which the same numbers prove nothing.
    assert coq_gate(source.replace("[0; 0; 1; 1; 2; 3]%nat", "[0; 1; 1; 1; 2; 3]%nat"), theory=compiled_theory) != ()


@needs_mathcomp
def test_coq_accepts_that_the_fisher_metric_of_m_b_is_block_diagonal(compiled_theory: Path) -> None:
    source = coq_source(se.verify(se.model_b(), "S10").certificate)
    assert statement(source, "locality").endswith("positive M theta -> local_metric M theta rows own remainder used")
    assert coq_gate(source, theory=compiled_theory) == ()
    assert coq_gate(source.replace("rows : list nat := [0;", "rows : list nat := [1;"), theory=compiled_theory) != ()


@needs_mathcomp
def test_coq_accepts_unnormalised_weights_and_exponential_tables(compiled_theory: Path) -> None:
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    weights = se.Parametrization(space, [x * y, x, y + 1, 1], [x, y], [x > 0, y > 0], weights=True)
    for model in (weights, se.log_linear([["x", "y"]], hidden=["x"])):
        assert coq_gate(source_of(model), theory=compiled_theory) == ()


@needs_mathcomp
@pytest.mark.slow
@pytest.mark.parametrize(
    "model",
    [
        se.bayesian_network(
            [("x", "y"), ("y", "z")], states={"x": 3, "y": 3, "z": 2}, hidden=["x"], name="by reflection"
        ),
        se.bayesian_network(
            [("x", "y"), ("y", "z")], states={"x": 3, "y": 2, "z": 2}, hidden=["y"], name="three states"
        ),
        se.bayesian_network([("x", "y"), ("x", "z")], hidden=["x"], isolated=["u"], name="null directions"),
        se.boltzmann_machine([("x", "y"), ("y", "z")], hidden=["y"]),
        se.restricted_boltzmann_machine(3, 1),
        se.mixture({"y": 3}, 2),
        naive_bayes(3),
        naive_bayes(8),
    ],
    ids=lambda model: model.name,
)
def test_coq_accepts_models_of_many_families(model: se.Parametrization, compiled_theory: Path) -> None:
    assert len(model.space.states) <= LIMITS.coq_states
    assert coq_gate(source_of(model), theory=compiled_theory) == ()


@needs_mathcomp
def test_the_gate_refuses_another_table_wrong_numbers_and_a_wrong_derivative(
    model_a_source: str, model_b_source: str, compiled_theory: Path
) -> None:
    for source, before, after in (
        (model_a_source, "(* 1 1, 1 *) x * y * z;", "(* 1 1, 1 *) x * y * z + x;"),
        (model_a_source, "(* x *) [Num 1;", "(* x *) [Num 2; Num 1;"),
        (model_b_source, "witness : list Q := [0;", "witness : list Q := [1;"),
        (model_b_source, "list Q := [(1 # 18);", "list Q := [(1 # 17);"),
        (model_b_source, "ranks_at_most M theta 5 3", "ranks_at_most M theta 4 3"),
        (model_b_source, "(Num (-1) * det 3", "(Num 1 * det 3"),
    ):
        planted = source.replace(before, after)
        assert planted != source, before
        assert any("coqc refuses" in r for r in coq_gate(planted, theory=compiled_theory)), before


@needs_coqc
def test_coq_accepts_identities_by_field_and_by_reflection() -> None:
    exponentials = se.check_equal(
        [sympy.exp(a + b) ** 2 / (1 + sympy.exp(b)), 1 / (x / y + y / x)],
        [sympy.exp(2 * a) / (sympy.exp(-2 * b) + sympy.exp(-b)), x * y / (x**2 + y**2)],
    )
    assert coq_gate(coq_source(exponentials.certificate)) == ()
    large = se.check_equal((1 + x + y + a) ** 10, sympy.expand((1 + x + y + a) ** 10))
    source = coq_source(large.certificate)
    assert "apply by_reflection" in source
    assert coq_gate(source) == ()


@needs_coqc
def test_coq_accepts_large_quotients_by_reflection() -> None:
    power = (1 + x + y + a) ** 7
    found = se.check_equal(power / (1 + x), sympy.expand(power * (1 + y)) / ((1 + x) * (1 + y)))
    source = coq_source(found.certificate)
    assert "apply equal_fractions" in source
    assert coq_gate(source) == ()


@needs_coqc
def test_coq_accepts_inequalities_of_expressions_at_a_point() -> None:
    different = se.check_equal((1 + x) / (y + 1), (x - 1) / y)
    assert coq_gate(coq_source(different.certificate)) == ()


@needs_coqc
def test_coq_accepts_the_defect_of_m_b_entry_by_entry() -> None:
    M = se.model_b()
    u, y1, y2, z1, z2 = M.parameters
    kappa = u * y1 * (1 - y1) * z1 * (1 - z1) + (1 - u) * y2 * (1 - y2) * z2 * (1 - z2)
    e = sympy.Matrix([1, -1, -1, 1])
    source = coq_source(se.check_equal(se.defect(M), kappa * e * e.T, M).certificate)
    assert source.count("Theorem identity_") == 16
    assert coq_gate(source) == ()


@needs_coqc
def test_coq_accepts_that_kappa_of_m_b_is_positive_on_its_domain() -> None:
    form = explanation("model_b").defect
    source = coq_source(form.certificate)
    assert statement(source, "positive_1").endswith(
        "0 < z2 -> 0 < 1 - z2 -> 0 < x * y1 * z1 * (1 - y1) * (1 - z1) + y2 * z2 * (1 - x) * (1 - y2) * (1 - z2)"
    )
    assert coq_gate(source) == ()


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
def test_the_gate_refuses_an_axiom_between_strings_that_look_like_comments(small_source: str) -> None:
    hidden = 'Require Import String. Definition s := "(*"%string. Axiom wrong : False. Definition t := "*)"%string.\n'
    assert "the file contains Axiom" in coq_gate(
        small_source.replace("Theorem identity_1 :", hidden + "Theorem identity_1 :")
    )


@needs_coqc
def test_the_gate_refuses_a_planted_false_identity(small_source: str) -> None:
    planted = small_source.replace("1 / (x - 1)", "1 / (x - 1) + 1").replace("1 / (-1 + x)", "1 / (-1 + x) + 1")
    planted = planted.replace("1 / ((-1) + x)", "1 / ((-1) + x) + 1")
    assert planted != small_source
    assert any("coqc refuses" in r for r in coq_gate(planted))


@needs_coqc
def test_the_gate_refuses_a_hypothesis_without_an_example(small_source: str) -> None:
    planted = small_source.replace(
        "Theorem identity_1 :\n  forall (x : Q),", "Theorem identity_1 :\n  forall (x : Q), 0 == 1 ->"
    )
    assert planted != small_source
    assert any("identity_1_not_vacuous" in r for r in coq_gate(planted))


@needs_coqc
@pytest.mark.parametrize(
    "statement", ["(0 == 1 -> 1 == 2)", "forall r : Q, 0 == 1 -> r == 2", "True /\\ (0 == 1 -> 1 == 2)"]
)
def test_the_gate_refuses_hypotheses_inside_brackets_or_behind_quantifiers(statement: str) -> None:
    head = "From Coq Require Import QArith.\nOpen Scope Q_scope.\n"
    proof = "Proof. try split; try exact I; intros; discriminate. Qed."
    source = f"{head}Theorem hidden : forall s : Q, {statement}.\n{proof}\nPrint Assumptions hidden.\n"
    assert coq_gate(source) == ("the hypotheses of hidden are not in front of its statement",)


def test_the_gate_without_a_compiler_accepts_nothing_and_names_the_package(small_source: str) -> None:
    assert coq_gate(small_source, coqc="no-such-coqc") == (
        "there is no compiler no-such-coqc (Debian: apt install coq)",
    )


@needs_coqc
def test_the_gate_refuses_an_example_that_does_not_exist(small_source: str) -> None:
    planted = small_source.replace(
        "Theorem identity_1 :\n  forall (x : Q),", "Theorem identity_1 :\n  forall (x : Q), 0 == 1 ->"
    )
    planted = planted.replace("exists (x : Q),\n ", "exists (x : Q), 0 == 1 /\\")
    reasons = coq_gate(planted)
    assert not any("identity_1_not_vacuous says" in r for r in reasons)
    assert any("coqc refuses" in r for r in reasons)


@needs_coqc
def test_the_gate_refuses_admitted_theorems_and_unprinted_assumptions(small_source: str) -> None:
    admitted = small_source.replace("Qed.", "Admitted.", 1)
    assert "the file contains Admitted" in coq_gate(admitted)
    silent = small_source.replace("Print Assumptions identity_1.\n", "")
    assert "Print Assumptions does not name every theorem once" in coq_gate(silent)
    assert coq_gate("") != ()


MODEL_B = """\
name = "M(b)"
[variables]
x = 2
y = 2
z = 2
hidden = ["x"]
[model]
kind = "bayesian-network"
edges = [["x", "y"], ["x", "z"]]
"""


def test_the_command_says_what_was_written_and_how_to_compile_it(tmp_path) -> None:
    (tmp_path / "b.toml").write_text(MODEL_B)
    run = CliRunner().invoke(main, ["verify", str(tmp_path / "b.toml"), "--coq", str(tmp_path / "b.v")])
    assert run.exit_code == 0, run.output
    assert re.search(r"\d+ theorems for Coq 8\.16 \(cylindrical: refuted, scope point\)", run.stderr)
    assert f"compile with: coqc -R {tmp_path / 'symelbo-theory'} Symelbo {tmp_path / 'b.v'}" in run.stderr
    assert "coq_makefile -f _CoqProject" in run.stderr
    assert (tmp_path / "symelbo-theory" / "models.v").exists()
    assert (tmp_path / "b.v").read_text().startswith("(* cylindrical: refuted, scope point")


def test_a_network_too_large_to_enumerate_has_no_form_in_coq_and_the_error_says_what_would_work(tmp_path) -> None:
    lines = ['name = "chain"', "[variables]", *(f"v{k} = 2" for k in range(40)), 'hidden = ["v39"]', "[model]"]
    edges = ", ".join(f'["v{k}", "v{k + 1}"]' for k in range(39))
    (tmp_path / "chain.toml").write_text("\n".join([*lines, 'kind = "bayesian-network"', f"edges = [{edges}]"]))
    run = CliRunner().invoke(main, ["verify", str(tmp_path / "chain.toml"), "--coq", str(tmp_path / "chain.v")])
    assert run.exit_code == 2
    assert "use --certificate" in run.stderr
    assert not (tmp_path / "chain.v").exists()


def test_statements_without_a_form_in_coq_are_named() -> None:
    with pytest.raises(ModelError, match="gradient-alignment by matrix-algebra has no form in Coq"):
        coq_source(se.verify(se.model_a(), "S1").certificate)


def test_tables_beyond_the_limit_are_refused_with_the_limit() -> None:
    with pytest.raises(ModelError, match="at most 512 states"):
        source_of(naive_bayes(9))


def test_the_compiler_is_the_debian_one_or_visibly_missing() -> None:
    if shutil.which("coqc") is None:
        pytest.skip("coqc is not installed (Debian: apt install coq)")
    version = subprocess.run(["coqc", "--version"], capture_output=True, text=True, check=True).stdout
    assert "version 8." in version
