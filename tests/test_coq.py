"""Certificates as theorems: Coq accepts the files, they say what is claimed, and the gate refuses what is planted."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import sympy
from click.testing import CliRunner

import symelbo as se
from symelbo.certificates import coq_gate, coq_source
from symelbo.cli import main
from symelbo.errors import ModelError

needs_coqc = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed (Debian: apt install coq)")
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
    assert "  | v_1_1, h_1 => x * y * z\n  | v_1_1, h_0 => (1 - x) * y * z\n" in model_a_source


def test_the_file_of_m_a_proves_that_it_is_cylindrical_at_every_positive_point(model_a_source: str) -> None:
    assert statement(model_a_source, "cylindrical") == "forall theta, positive theta -> cylindrical_at theta"
    assert statement(model_a_source, "cylindrical_not_vacuous") == "exists theta, positive theta"
    assert statement(model_a_source, "normalised") == "forall theta, total (prob theta) == 1"


def test_the_file_of_m_a_proves_the_main_theorem_for_every_q_and_all_solutions(model_a_source: str) -> None:
    assert statement(model_a_source, "elbo_equivalence") == (
        "forall theta q c k, positive theta -> elbo_gradient theta q c -> evidence_gradient theta q k -> "
        "forall v, marginal (along theta c) v == marginal (along theta k) v"
    )


def test_the_file_of_m_b_proves_that_it_is_not_cylindrical_at_an_admissible_point(model_b_source: str) -> None:
    assert statement(model_b_source, "not_cylindrical") == "~ cylindrical_at point"
    assert statement(model_b_source, "admissible_point") == "admissible point"
    assert statement(model_b_source, "rank_at_point") == "rank_at_least 5 (joint_jacobian point)"
    assert statement(model_b_source, "visible_rank_at_point") == "rank_at_least 3 (visible_jacobian point)"


def test_the_file_of_m_b_states_the_two_directions_of_learning_of_the_paper(model_b_source: str) -> None:
    def values(name: str) -> list[str]:
        found = re.search(rf"Definition {name} \(v : visible\) : Q :=(.*?)end\.", model_b_source, flags=re.DOTALL)
        assert found is not None
        return re.findall(r"=> (\S.*)", found[1])

    assert values("elbo_direction") == ["(1 # 18)", "(1 # 36)", "(1 # 36)", "(-1 # 9)"]
    assert values("evidence_direction") == ["(5 # 72)", "(1 # 72)", "(1 # 72)", "(-7 # 72)"]
    assert statement(model_b_source, "gradients_differ") == (
        "forall c k, elbo_gradient point q c -> evidence_gradient point q k -> "
        "~ (forall v, marginal (along point c) v == marginal (along point k) v)"
    )


def test_the_file_of_m_b_proves_that_it_is_cylindrical_nowhere_among_its_admissible_points(model_b_source: str) -> None:
    assert statement(model_b_source, "nowhere_cylindrical") == (
        "forall (theta : generator -> Q), positive theta -> in_domain theta -> "
        "rank_at_least 3 (visible_jacobian theta) -> ~ cylindrical_at theta"
    )


def test_every_parameter_that_is_a_generator_has_a_theorem_on_its_derivative(model_b_source: str) -> None:
    for name in ("x", "y1", "y2", "z1", "z2"):
        assert statement(model_b_source, f"derivative_d_{name}") == (
            f"forall theta v h, is_derivative (fun e => value (shift theta {name} e) (w v h)) "
            f"(value theta (D d_{name} (w v h)))"
        )


def proofs_of_identities(source: str) -> dict[str, str]:
    return dict(re.findall(r"Theorem (\w+_identity) :.*?Proof\.(.*?)Qed\.", source, flags=re.DOTALL))


def test_small_identities_are_proved_by_ring_and_larger_ones_by_reflection(model_a_source: str) -> None:
    proofs = proofs_of_identities(model_a_source)
    assert "; ring." in proofs["n_vertical_1_identity"]
    assert "apply by_reflection" in proofs["n_horizontal_1_identity"]


def test_names_of_a_model_do_not_collide_with_those_of_the_file() -> None:
    p, q = sympy.symbols("value w")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    table = [p * q, p * (1 - q), (1 - p) * q, (1 - p) * (1 - q)]
    source = source_of(se.Parametrization(space, table, [p, q], [p > 0, p < 1, q > 0, q < 1]))
    assert "(* value_ stands for value *)" in source  # a definition of the file
    assert "Inductive generator := value_ | w_." in source


def test_labels_that_are_no_words_are_numbered_and_listed_in_a_comment() -> None:
    space = se.SampleSpace(visible={"v": ["yes!", 'no "(*"']}, hidden={"h": ["a*)", "b"]})
    table = [x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y)]
    source = source_of(se.Parametrization(space, table, [x, y], [x > 0, x < 1, y > 0, y < 1]))
    assert "(* v_0: yes!\n   v_1: no ???" in source
    assert "(* h_0: a?" in source


@needs_coqc
def test_coq_accepts_m_a(model_a_source: str) -> None:
    assert coq_gate(model_a_source) == ()


@needs_coqc
def test_coq_accepts_m_b(model_b_source: str) -> None:
    assert coq_gate(model_b_source) == ()


@needs_coqc
def test_coq_accepts_that_a_model_is_cylindrical_at_a_point_where_it_is_asked_for() -> None:
    verdict = se.verify(se.model_a(), "S3", {"x": "1/2", "y": "1/3", "z": "1/5"})
    source = coq_source(verdict.certificate)
    assert statement(source, "cylindrical") == "cylindrical_at point"
    assert coq_gate(source) == ()


@needs_coqc
@pytest.mark.slow
def test_coq_accepts_null_directions_of_the_model_and_of_the_visible_model() -> None:
    M = se.model_b()
    rest = M.parameters[1:]
    table = {state: p.subs(M.parameters[0], a * b) for state, p in M.table.items()}
    domain = [r for p in (a, b, *rest) for r in (p > 0, p < 1)]
    redundant = se.Parametrization(M.space, table, [a, b, *rest], domain=domain)
    source = source_of(redundant)
    assert "null_directions : list (parameter -> poly) := [null_1]" in source
    assert coq_gate(source) == ()
    isolated = se.bayesian_network([("x", "y"), ("x", "z")], hidden=["x"], isolated=["u"])
    source = source_of(isolated)
    assert "visible_null_directions : list (parameter -> poly) := [visible_null_1; visible_null_2]" in source
    assert coq_gate(source) == ()


@needs_coqc
def test_coq_accepts_that_the_fisher_metric_of_m_b_is_block_diagonal() -> None:
    source = coq_source(se.verify(se.model_b(), "S10").certificate)
    assert statement(source, "locality").endswith("positive theta -> row i <> row j -> fisher theta i j == 0")
    assert coq_gate(source) == ()


@needs_coqc
def test_coq_accepts_unnormalised_weights() -> None:
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    weights = se.Parametrization(space, [x * y, x, y + 1, 1], [x, y], [x > 0, y > 0], weights=True)
    assert coq_gate(source_of(weights)) == ()


@needs_coqc
def test_coq_accepts_exponential_tables_with_formal_derivatives() -> None:
    source = source_of(se.log_linear([["x", "y"]], hidden=["x"]))
    assert "Their derivatives are formal" in source
    assert coq_gate(source) == ()


@needs_coqc
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
        se.boltzmann_machine([("x", "y"), ("y", "z")], hidden=["y"]),
        se.restricted_boltzmann_machine(3, 1),
        se.mixture({"y": 3}, 2),
        naive_bayes(3),
        naive_bayes(6),
    ],
    ids=lambda model: model.name,
)
def test_coq_accepts_models_of_many_families(model: se.Parametrization) -> None:
    assert coq_gate(source_of(model)) == ()


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
    form = se.explain(se.model_b()).defect
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
def test_the_gate_refuses_a_table_whose_probabilities_do_not_sum_to_one(model_a_source: str) -> None:
    planted = model_a_source.replace("v_1_1, h_1 => x * y * z\n", "v_1_1, h_1 => x * y * z + x\n")
    assert planted != model_a_source
    assert any("coqc refuses" in r for r in coq_gate(planted))


@needs_coqc
def test_the_gate_refuses_a_wrong_derivative(model_a_source: str) -> None:
    planted = model_a_source.replace("| d_x, x => 1", "| d_x, x => 2")
    assert planted != model_a_source
    assert any("coqc refuses" in r for r in coq_gate(planted))


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
    assert f"compile with: coqc {tmp_path / 'b.v'}" in run.stderr
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
