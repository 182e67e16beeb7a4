"""`symelbo explain MODEL`: the page and the data."""

import json

from click.testing import CliRunner

from symelbo import checker
from symelbo.cli import main
from tests.model_files import MODEL_B


def run(tmp_path, *options):
    path = tmp_path / "model.toml"
    path.write_text(MODEL_B)
    return CliRunner().invoke(main, ["explain", str(path), *options])


def test_explain_prints_the_page(tmp_path):
    result = run(tmp_path)
    assert result.exit_code == 0
    assert "Where. The model M(b) is cylindrical nowhere" in result.output
    assert "add the arrow y → z" in " ".join(result.output.split())


def test_explain_prints_one_json_object(tmp_path):
    data = json.loads(run(tmp_path, "--json").output)
    certificate = data["cylindrical"].pop("certificate")
    assert data["cylindrical"] == {"verdict": "refuted", "scope": "nowhere"}
    assert checker.check(certificate["json"], certificate["sha256"]).accepted
    assert json.loads(certificate["json"])["claim"]["scope"] == "no-admissible-point"
    positive = data["defect"]["certificate"]
    assert checker.check(positive["json"], positive["sha256"]).accepted
    assert json.loads(positive["json"])["claim"]["statement"] == "positivity"
    assert data["locus"]["inadmissible"][0]["restriction"] == {"y1": "y2", "z1": "z2"}


def test_explain_at_a_point_speaks_of_that_point(tmp_path):
    data = json.loads(run(tmp_path, "--at", "x=1/2,y1=1/2,y2=1/3,z1=1/2,z2=1/3", "--json").output)
    assert data["cylindrical"]["scope"] == "not at this point"
    assert data["angles"]["visible_missing_information"] == "1044/1105"


def test_explain_at_an_inadmissible_point_says_so(tmp_path):
    result = run(tmp_path, "--at", "x=1/2,y1=1/3,y2=1/3,z1=1/2,z2=1/2")
    assert result.exit_code == 2
    assert "admissible" in result.output


def test_a_component_is_explained_and_decided_by_itself(tmp_path):
    path = tmp_path / "b.toml"
    path.write_text(MODEL_B, encoding="utf-8")
    for command in ("verify", "explain"):
        result = CliRunner().invoke(main, [command, str(path), "--on", "y1 = y2", "--json"])
        assert result.exit_code == 0
        assert json.loads(result.output)["cylindrical"]["verdict"] == "proved"
        wrong = CliRunner().invoke(main, [command, str(path), "--on", "y1 = q"])
        assert wrong.exit_code == 2
        assert "unknown name 'q'" in wrong.output
