"""The command line: what it prints, its JSON and its exit codes."""

import io
import json
import re
import signal
import subprocess
import sys
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

import symelbo as se
from symelbo.cli import common, main, printing
from tests.model_files import MODEL_B
from tests.translation import HALVES_AND_THIRDS


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)


@pytest.fixture
def model_b(tmp_path: Path) -> Path:
    path = tmp_path / "b.toml"
    path.write_text(MODEL_B, encoding="utf-8")
    return path


def test_prove_decides_everything_and_writes_a_certificate_for_every_verdict(tmp_path: Path) -> None:
    result = run("prove", "--out", tmp_path)
    assert result.exit_code == 0
    assert "M(a)" in result.output
    assert "-dpi grad D(q||.)  = (1/18, 1/36, 1/36, -1/9)" in result.output
    assert "-grad D(p*||.)     = (5/72, 1/72, 1/72, -7/72)" in result.output
    assert "cylindrical-characterisation" in result.output
    assert {"S1.json", "S3.json", "S9.json"} <= {p.name for p in (tmp_path / "M-b").iterdir()}


def test_the_json_of_model_b_has_the_fixed_keys_and_the_exact_counterexample(model_b: Path) -> None:
    result = run("verify", model_b, "--json")
    assert result.exit_code == 0
    data = json.loads(result.output)
    assert {"model", "ranks", "tangent", "cylindrical", "counterexample", "statements", "certificate"} <= set(data)
    assert data["ranks"] == {"joint": 5, "visible": 3, "vertical": 3}
    assert data["tangent"] == {"dim": 5, "horizontal": 2, "vertical": 2, "oblique": 1}
    assert data["cylindrical"]["verdict"] == "refuted"
    found = data["counterexample"]
    assert found["parameters"] == {"x": "1/2", "y1": "1/2", "y2": "1/3", "z1": "1/2", "z2": "1/3"}
    assert found["projected_elbo_gradient"] == {"1,1": "1/18", "1,0": "1/36", "0,1": "1/36", "0,0": "-1/9"}
    assert found["visible_gradient"] == {"1,1": "5/72", "1,0": "1/72", "0,1": "1/72", "0,0": "-7/72"}
    assert {s["id"] for s in data["statements"]} == {f"S{k}" for k in range(1, 13)}
    assert all({"id", "verdict", "scope", "seconds"} <= set(s) for s in data["statements"])


def test_state_keys_follow_the_order_of_the_files_variables(tmp_path: Path) -> None:
    path = tmp_path / "three.toml"
    path.write_text(
        MODEL_B.replace('x = ["1", "0"]', 'x = ["a", "b"]').replace('z = ["1", "0"]', "z = 3"), encoding="utf-8"
    )
    found = json.loads(run("verify", path, "--json").output)["counterexample"]
    assert set(found["q"]) == {f"{x},{y},{z}" for x in "ab" for y in "10" for z in "012"}
    assert set(found["visible_gradient"]) == {f"{y},{z}" for y in "10" for z in "012"}
    assert sum(map(Fraction, found["q"].values())) == 1


def test_a_verdict_at_a_point_names_the_point(model_b: Path) -> None:
    result = run("verify", model_b, "--at", "x=1/2,y1=1/3,y2=1/4,z1=1/5,z2=1/6", "--json")
    assert result.exit_code == 0
    found = json.loads(result.output)["counterexample"]
    assert found["parameters"] == {"x": "1/2", "y1": "1/3", "y2": "1/4", "z1": "1/5", "z2": "1/6"}


@pytest.mark.parametrize(
    ("point", "message"),
    [
        ("x=1/2", "no value for y1, y2, z1, z2"),
        ("x=0.5,y1=1/3,y2=1/4,z1=1/5,z2=1/6", "write the rational 1/2"),
        ("x=3/2,y1=1/3,y2=1/4,z1=1/5,z2=1/6", "x < 1"),
        ("x=1/2,y1=1/3,y2=1/3,z1=1/5,z2=1/5", "not admissible"),
        ("x=1/2,w=1/3", "w, which is no parameter"),
        ("x", "name=rational"),
    ],
)
def test_a_wrong_point_is_one_clear_error_and_exit_code_2(model_b: Path, point: str, message: str) -> None:
    result = run("verify", model_b, "--at", point)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("[model]", "[modell]"), "unknown key modell"),
        (("[model]", "[tie]\n[model]"), "tie is a key of [model]"),
        (('kind = "bayesian-network"', 'kind = "bayes"'), "expected one of"),
        (('["x", "y"]', '["w", "y"]'), "unknown node w"),
        (('["x", "y"], ', '["x", "y"], ["y", "x"], '), "cycle"),
        (("hidden", "hiden"), "hidden"),
        (('name = "M(b)"', "name = "), "not a TOML file"),
        (('hidden = ["x"]', "hidden = []"), "no hidden variable"),
        (('hidden = ["x"]', 'hidden = ["x", "y", "z"]'), "no visible variable"),
    ],
)
def test_a_wrong_file_is_one_clear_error_and_exit_code_2(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    path = tmp_path / "wrong.toml"
    path.write_text(MODEL_B.replace(*change), encoding="utf-8")
    result = run("verify", path)
    assert result.exit_code == 2
    assert message in result.stderr
    assert str(path) in result.stderr


def test_a_missing_file_is_exit_code_2(tmp_path: Path) -> None:
    result = run("verify", tmp_path / "none.toml")
    assert result.exit_code == 2
    assert "cannot be read" in result.stderr


def test_the_certificate_is_written_and_named_in_the_json(model_b: Path, tmp_path: Path) -> None:
    target = tmp_path / "deep" / "c.json"
    result = run("verify", model_b, "--json", "--certificate", target)
    data = json.loads(result.output)
    assert data["certificate"] == str(target)
    assert data["cylindrical"] == {"verdict": "refuted", "scope": "nowhere"}
    scope = target.with_name(f"{target.stem}-scope{target.suffix}")
    assert data["scope_certificate"] == str(scope)
    assert json.loads(scope.read_text(encoding="utf-8"))["claim"]["scope"] == "no-admissible-point"
    kernel = target.with_name(f"{target.stem}-identifiability{target.suffix}")
    assert data["identifiability_certificate"] == str(kernel)
    assert json.loads(kernel.read_text(encoding="utf-8"))["claim"]["rank"] == 3
    assert run("check", target, scope, kernel).exit_code == 0
    assert json.loads(target.read_text(encoding="utf-8"))["claim"]["statement"] == "cylindrical"


def test_at_a_point_verify_says_what_hiding_costs_and_certifies_what_is_determined_there(
    model_b: Path, tmp_path: Path
) -> None:
    at, target = "x=1/2,y1=1/2,y2=1/3,z1=1/2,z2=1/3", tmp_path / "c.json"
    result = run("verify", model_b, "--at", at, "--certificate", target)
    assert "hiding loses all of that on x, y1, y2, z1, z2" in result.output
    claim = json.loads((tmp_path / "c-identifiability.json").read_text(encoding="utf-8"))["claim"]
    assert (claim["scope"], claim["identifiable"], claim["rank"]) == ("point", [], 3)


def test_derive_writes_text_and_files(model_b: Path, tmp_path: Path) -> None:
    assert "Defect" in run("derive", model_b).output
    target = tmp_path / "b.tex"
    assert run("derive", model_b, "-o", target).exit_code == 0
    assert r"\documentclass" in target.read_text(encoding="utf-8")
    assert run("derive", model_b, "-o", tmp_path / "b.docx").exit_code == 2


def test_a_short_derivation_of_model_b_is_half_as_long_and_a_width_that_is_none_is_refused(model_b: Path) -> None:
    full, short = (run("derive", model_b, "--detail", detail) for detail in ("full", "short"))
    assert full.exit_code == short.exit_code == 0
    assert 2 * len(short.output) < len(full.output)
    assert "width: -1.0" in run("derive", model_b, "--width", -1).stderr


def test_derive_takes_names_and_a_form(model_b: Path) -> None:
    done = run("derive", model_b, "--form", "expanded", "--name", r"x=\xi", "--name", "y1=u")
    assert done.exit_code == 0
    assert "0 < ξ, u, y2, z1, z2 < 1" in done.output
    assert "p(1,1,0) = y2 z2 − ξ y2 z2" in done.output
    assert run("derive", model_b, "--name", "x=y1").exit_code == 2
    assert run("derive", model_b, "--name", "x").exit_code == 2
    assert run("derive", model_b, "--form", "short").exit_code == 2


def test_check_accepts_a_written_certificate_and_demands_its_hash(model_b: Path, tmp_path: Path) -> None:
    target = tmp_path / "c.json"
    run("verify", model_b, "--certificate", target)
    digest = json.loads(target.read_text(encoding="utf-8"))["sha256"]
    assert run("check", target, "--statement", digest).exit_code == 0
    assert run("check", target, "--statement", "0" * 64).exit_code == 1
    target.write_text("{", encoding="utf-8")
    assert run("check", target).exit_code == 2


def test_atlas_counts_pairs_and_finds_no_mismatch(tmp_path: Path) -> None:
    result = run("atlas", "bayesian-network", "--nodes", "3", "--json", "--resume", tmp_path / "atlas.jsonl")
    assert result.exit_code == 0
    data = json.loads(result.output)
    assert set(data) == {"family", "nodes", "pairs", "cylindrical", "criterion_mismatches", "seconds"}
    assert (data["pairs"], data["criterion_mismatches"]) == (11 * 6, 0)


def test_flow_prints_the_distance_of_the_curves_or_a_table(model_b: Path) -> None:
    start = "x=1/2,y1=1/2,y2=1/3,z1=1/2,z2=1/3"
    assert "distance" in run("flow", model_b, "--q", "uniform", "--start", start, "--end", "1").output
    table = run("flow", model_b, "--q", "uniform", "--start", start, "--end", "1", "--points", "3", "--csv").output
    assert len(table.strip().splitlines()) == 4
    assert run("flow", model_b, "--q", "1/2", "--start", start).exit_code == 2


def test_a_budget_that_ends_is_exit_code_3(tmp_path: Path) -> None:
    path = tmp_path / "hmm.toml"
    path.write_text('[model]\nkind = "hidden-markov-model"\nlength = 6\n', encoding="utf-8")
    result = run("verify", path, "--budget", "0.3", "--json")
    assert result.exit_code == 3
    assert json.loads(result.output)["cylindrical"]["verdict"] == "undecided"


def test_the_package_runs_as_a_module_without_being_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "symelbo", "--version"], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "symelbo, version" in done.stdout


@pytest.fixture(scope="module")
def reports() -> list[se.Report]:
    return [se.verify(se.model_a()), se.verify(se.model_b(), at=HALVES_AND_THIRDS)]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 93, 200])
def test_no_mark_no_time_and_no_name_is_cut_off_in_a_terminal_of_any_width(
    width: int, reports: list[se.Report]
) -> None:
    names = {v.statement.slug for r in reports for v in r.verdicts if v.statement}
    for encoding, marks in (("utf-8", "✓✗·"), ("ascii", "+-.")):
        file = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        to = Console(file=file, width=width, force_terminal=True, color_system=None)
        printing.overview(reports, to)
        to.print(printing.legend(reports, to), soft_wrap=True)
        printing.details(reports[1], to)
        file.flush()
        shown = file.buffer.getvalue().decode(encoding)
        assert "…" not in shown
        assert all(mark in shown for mark in marks)
        assert f"{marks[1]}*" in shown
        assert all(n in shown.replace("\n", "") for n in names)
        assert max(map(len, shown.split("\n"))) <= max(width, 50)


def test_a_network_too_large_to_enumerate_is_reported_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "chain.toml"
    path.write_text('[model]\nkind = "hidden-markov-model"\nlength = 40\n', encoding="utf-8")
    result = run("verify", path)
    assert result.exit_code in (0, 3)
    assert "2**80 states" in result.output
    result = run("flow", path, "--q", "uniform", "--start", "h1=1/2")
    assert result.exit_code == 2
    assert "too large for a table" in result.output


@pytest.mark.parametrize(
    ("option", "value"),
    [("--budget", "inf"), ("--budget", "nan"), ("--budget", "-1"), ("--memory", "nan"), ("--memory", "inf")],
)
def test_a_budget_that_is_no_positive_number_is_wrong_input(model_b: Path, option: str, value: str) -> None:
    result = run("verify", model_b, option, value)
    assert result.exit_code == 2
    assert "expected a positive number" in result.output


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device on this system")
def test_a_file_without_end_is_refused() -> None:
    result = run("verify", "/dev/zero")
    assert result.exit_code == 2
    assert "larger than" in result.output


@pytest.mark.parametrize(
    "arguments",
    [["--points", "100000000"], ["--method", "euler", "--step", "1e-12"], ["--method", "euler", "--step", "0"]],
)
def test_a_flow_with_too_many_points_or_steps_is_refused(model_b: Path, arguments: list[str]) -> None:
    start = "x=1/2,y1=1/2,y2=1/3,z1=1/2,z2=1/3"
    result = run("flow", model_b, "--q", "uniform", "--start", start, *arguments)
    assert result.exit_code == 2
    assert "expected" in result.output


def test_an_atlas_leaves_files_alone_that_are_none_of_its_own(tmp_path: Path) -> None:
    other = tmp_path / "letter.txt"
    for content in (b"Dear reader,\nthe last line has no end", b"\xff\xfe\x00"):
        other.write_bytes(content)
        result = run("atlas", "graphical", "--nodes", 2, "--resume", other)
        assert result.exit_code == 2
        assert other.read_bytes() == content
    assert run("atlas", "graphical", "--nodes", 2, "--resume", tmp_path).exit_code == 2
    result = run("atlas", "graphical", "--nodes", 2, "--table", tmp_path / "table.foo")
    assert result.exit_code == 2
    assert ".csv" in result.output


def test_the_states_in_the_json_are_in_the_order_of_the_variables_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.toml"
    labels = {"y": ["no", "yes"], "h": ["b", "a"], "x": ["1", "0", "2"]}
    text = "[variables]\n" + "".join(f"{n} = {json.dumps(own)}\n" for n, own in labels.items()) + 'hidden = ["h"]\n'
    path.write_text(text + '[model]\nkind = "bayesian-network"\nedges = [["h", "y"], ["h", "x"]]\n', encoding="utf-8")
    found = json.loads(run("verify", path, "--json").output)["counterexample"]
    assert list(found["q"]) == [",".join(s) for s in product(*labels.values())]
    assert list(found["visible_gradient"]) == [",".join(s) for s in product(labels["y"], labels["x"])]


def test_where_both_distributions_are_the_same_they_are_shown_once(tmp_path):
    edges = ", ".join(f'["h", "v{i}"]' for i in range(12))
    nodes = "\n".join(f"v{i} = 2" for i in range(12))
    path = tmp_path / "naive.toml"
    path.write_text(
        f'[variables]\nh = 2\n{nodes}\nhidden = ["h"]\n[model]\nkind = "bayesian-network"\nedges = [{edges}]\n'
    )
    output = CliRunner().invoke(main, ["verify", str(path)], catch_exceptions=False).output
    assert output.count("with q = ") == 1
    assert "Here q_V = p_V: the evidence is optimal already" in output


GAUSSIAN_KIND = 'kind = "gaussian"\nvariables = ["v", "h"]\nhidden = ["h"]\nparameters = ["s"]\n'
GAUSSIAN_FILES = sorted((Path(__file__).parent.parent / "proofs" / "models").glob("*.toml"))


@pytest.mark.parametrize(
    ("name", "verdict", "ranks"),
    [
        ("gaussian_leaves", "nowhere", (5, 3, 3)),
        ("factor_analysis", "nowhere", (12, 12, 6)),
        ("probabilistic_pca", "nowhere", (13, 12, 11)),
        ("linear_dynamical_system", "nowhere", (5, 4, 5)),
        ("signal_and_noise", "nowhere", (3, 2, 3)),
    ],
)
def test_gaussian_model_files_are_verified_with_a_certificate(
    name: str, verdict: str, ranks: tuple[int, ...], tmp_path: Path
) -> None:
    path = next(p for p in GAUSSIAN_FILES if p.stem == name)
    written = tmp_path / "c.json"
    result = run("verify", path, "--json", "--certificate", written)
    assert result.exit_code == 0, result.output
    data = json.loads(result.output)
    assert tuple(data["ranks"].values()) == ranks
    assert data["cylindrical"] == {"verdict": "refuted", "scope": verdict}
    assert data["model"]["states"] is None
    assert data["model"]["hidden"]
    found = data["counterexample"]
    assert found["projected_elbo_gradient"] != found["visible_gradient"]
    assert set(found["q"]) == {"variables", "mean", "covariance"}
    assert run("check", written, data["scope_certificate"]).exit_code == 0
    assert "counterexample at" in run("verify", path).output


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ('kind = "linear-gaussian"\nedges = [["h"]]\nhidden = ["h"]', "[model] edges: expected a list of pairs"),
        ('kind = "linear-gaussian"\nedges = [["h", "v"]]\nhidden = ["x"]', "unknown variable x"),
        ('kind = "linear-gaussian"\nedges = [["h", "v"]]\nhidden = ["h"]\nmeans = 1', "expected true or false"),
        ('kind = "factor-analysis"\nn = "3"', "[model] n = '3': expected an integer"),
        (GAUSSIAN_KIND + "covariance = [[0.5]]", "0.5 is not exact"),
        (GAUSSIAN_KIND, "by its covariance or by its precision"),
        ('kind = "linear-dynamical-system"\nn = 2\n[variables]\nx = 2\nhidden = ["x"]', "name their variables"),
    ],
)
def test_wrong_gaussian_model_files_are_refused_with_the_place(section: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(f"[model]\n{section}\n", encoding="utf-8")
    result = run("verify", path)
    assert result.exit_code == 2
    assert message in result.output


@pytest.mark.parametrize("command", ["derive", "explain"])
def test_a_gaussian_model_is_derived_and_explained_from_the_command_line(command: str) -> None:
    path = next(p for p in GAUSSIAN_FILES if p.stem == "gaussian_leaves")
    result = run(command, path)
    assert result.exit_code == 0
    assert "not adjacent" in " ".join(result.output.split())


def test_exit_codes_are_those_of_the_page_for_every_command(tmp_path: Path, model_b: Path) -> None:
    page = " ".join((Path(common.__file__).parent / "README.md").read_text(encoding="utf-8").split())
    documented = re.search(r"Exit codes: (.*?SIGTERM)\.", page)[1]
    said = {int(code): text for code, text in re.findall(r"(?:^|, )(\d+) (.*?)(?=, \d+ |$)", documented)}
    names = ("DECIDED", "CONTRADICTED", "WRONG_INPUT", "UNDECIDED", "INTERNAL", "INTERRUPTED", "CLOSED")
    assert sorted(said) == [*sorted(getattr(common, name) for name in names), 128 + signal.SIGTERM]
    absent, forged = tmp_path / "absent", tmp_path / "forged.json"
    assert run("verify", model_b, "--certificate", forged).exit_code == 0
    forged.write_text(forged.read_text(encoding="utf-8").replace("refuted", "proved"), encoding="utf-8")
    wrong: dict[str, tuple[object, ...]] = {
        "atlas": ("bayesian-network", "--nodes", 99),
        "flow": (absent, "--q", "uniform", "--start", "x=1/2"),
        "figures": ("-o", forged),
        "prove": ("--budget", -1),
        "verify": (absent,),
        "check": (absent,),
        "derive": (absent,),
        "explain": (absent,),
        "describe": (absent,),
        "new": (forged,),
    }
    assert wrong.keys() == main.commands.keys()
    for name, arguments in wrong.items():
        assert run(name, "--help").exit_code == 0
        assert run(name, "--no-such-option").exit_code == 2
        result = run(name, *arguments)
        assert (name, result.exit_code) == (name, 2)
        assert "Traceback" not in result.output
    for name in ("verify", "derive", "explain"):
        assert (name, run(name, model_b, "--budget", "1e-9").exit_code) == (name, 3)
    assert run("check", forged).exit_code == 1


def test_messages_name_what_the_command_line_has(tmp_path: Path) -> None:
    path = tmp_path / "many.bif"
    node = "variable N { type discrete [ 2 ] { a, b }; } probability ( N ) { table 9, 1; }\n"
    path.write_text("".join(node.replace("N", f"node{k}") for k in range(1000)), encoding="utf-8")
    result = run("verify", path, "--hidden", "mode7")
    assert result.exit_code == 2
    assert "unknown node mode7; of the 1000 nodes node7, " in result.stderr
    assert len(result.stderr) < 300
    result = run("verify", path, "--hidden", "node7", "--at", "node1=1/2")
    assert "too large for a table; what is asked for needs the probabilities of all states" in result.stderr
    path.write_text("".join(node.replace("N", f"node{k}") for k in range(3)), encoding="utf-8")
    result = run("verify", path, "--hidden", "node2", "--at", "file")
    assert "expected 1, or within 1/1000 of it; --normalise divides every row by its sum" in result.stderr
    result = run("verify", path, "--hidden", "node2", "--at", "file", "--normalise")
    assert result.exit_code == 0
    assert "note: 3 of 3 rows do not sum to 1 and are divided by their sums" in result.stderr
    assert "give --hidden NAME, some of node0, node1, node2" in run("verify", path).stderr
