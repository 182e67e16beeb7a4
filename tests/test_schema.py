"""What is printed as JSON is what the schema says, and the schema says no more scopes than there are."""

import copy
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from symelbo.cli import main
from symelbo.loci.where import WORDS
from tests.model_files import MODELS

jsonschema = pytest.importorskip("jsonschema")
PACKAGE = Path(main.callback.__code__.co_filename).parent.parent
SCHEMA = json.loads((PACKAGE / "output.schema.json").read_text(encoding="utf-8"))
AT = "x=1/2,y1=1/2,y2=1/3,z1=1/2,z2=1/3"


def faults(kind: str, data: object) -> list[str]:
    schema = {"$defs": SCHEMA["$defs"], "$ref": f"#/$defs/{kind}"}
    return [f"{e.json_path}: {e.message}" for e in jsonschema.Draft202012Validator(schema).iter_errors(data)]


def printed(*arguments: object) -> object:
    result = CliRunner().invoke(main, [*map(str, arguments), "--json"], catch_exceptions=False)
    assert result.exit_code == 0
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def verified():
    return printed("verify", MODELS / "m_b.toml")


def chain(folder: Path, n: int, row: str) -> Path:
    path = folder / "chain.bif"
    nodes = [f"variable n{k} {{ type discrete [ 2 ] {{ a, b }}; }}\n" for k in range(n)]
    arrows = ["probability ( n0 ) { table 0.5, 0.5; }\n"]
    arrows += [f"probability ( n{k} | n{k - 1} ) {{ (a) {row}; (b) 0.5, 0.5; }}\n" for k in range(1, n)]
    path.write_text("".join([*nodes, *arrows]), encoding="utf-8")
    return path


def test_the_schema_is_one(verified) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(verified)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("verify", ("verify", MODELS / "m_b.toml", "--at", AT)),
        ("verify", ("verify", MODELS / "m_b.toml", "--on", "y1=y2")),
        ("verify", ("verify", MODELS / "gaussian_mixture.toml")),
        ("verify", ("verify", "ZEROS", "--hidden", "n1")),
        ("verify", ("verify", "CHAIN", "--hidden", "n7")),
        ("explain", ("explain", MODELS / "m_b.toml")),
        ("explain", ("explain", MODELS / "m_a.toml")),
        ("explain-network", ("explain", "CHAIN", "--hidden", "n7")),
        ("explain-continuous", ("explain", MODELS / "gaussian_leaves.toml")),
        ("atlas", ("atlas", "hierarchical", "--nodes", 2)),
    ],
    ids=lambda value: "-".join(str(getattr(a, "stem", a)) for a in value) if isinstance(value, tuple) else value,
)
def test_what_is_printed_is_what_the_schema_says(kind: str, arguments: tuple[object, ...], tmp_path: Path) -> None:
    networks = {"CHAIN": (30, "0.5, 0.5"), "ZEROS": (3, "0, 1")}
    data = printed(*(chain(tmp_path, *networks[a]) if a in networks else a for a in arguments))
    assert ("on_support" in data) is ("ZEROS" in arguments)
    assert faults(kind, data) == []
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid(data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("cylindrical", "verdict"), "undecided"),  # beside the scope "nowhere"
        (("cylindrical", "verdict"), "proved"),
        (("cylindrical", "scope"), "almost everywhere"),
        (("cylindrical", "scope"), "for all p and q in P(X)"),
        (("statements", 0, "id"), "S13"),
        (("ranks", "joint"), "5"),
        (("counterexample", "q"), ["1/8"]),
        (("certificate",), 1),
        (("more",), None),
    ],
)
def test_what_contradicts_itself_is_not(path: tuple[object, ...], value: object, verified) -> None:
    assert faults("verify", verified) == []
    changed = copy.deepcopy(verified)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert faults("verify", changed)


def test_the_scopes_of_page_and_schema_are_those_that_there_are() -> None:
    page = " ".join((PACKAGE / "cli" / "README.md").read_text(encoding="utf-8").split())
    listed = re.findall(r'"([^"]*)"', re.search(r"Scopes are (.*?)\.(?: |$)", page)[1])
    words = {text.replace("{}", "{...}") for text in WORDS.values()}
    assert set(listed) == words
    pattern = re.compile(SCHEMA["$defs"]["scope"]["pattern"])
    assert all(pattern.search(word) for word in words)
    assert SCHEMA["$defs"]["scope"]["pattern"].count("|") + 1 == len(words)
