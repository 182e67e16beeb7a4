"""Networks with tables that are given: deterministic ones, zeros, expressions, tied nodes."""

from pathlib import Path

import pytest
import sympy
from click.testing import CliRunner

import symelbo as se
from symelbo.cli import main
from symelbo.models import model_from_text, read_network
from symelbo.models.networks import support_model

ASIA = Path(__file__).parents[2] / "proofs" / "models" / "asia.bif"


def test_a_deterministic_copy_between_two_visible_nodes_is_cylindrical_although_free_tables_are_not():
    free = se.bayesian_network([("a", "h"), ("h", "b")], hidden=["h"])
    assert isinstance(se.is_cylindrical(free), se.Refuted)
    copy = se.bayesian_network([("a", "h"), ("h", "b")], hidden=["h"], tables={"b": [[1, 0], [0, 1]]})
    assert copy.space.n_states == 4
    assert isinstance(se.is_cylindrical(copy), se.Proved)


def test_asia_with_its_deterministic_or_is_cylindrical_and_with_free_tables_not():
    M = support_model(read_network(ASIA), ["either"])
    assert tuple(se.ranks(M)) == (14, 14, 0)
    assert isinstance(se.is_cylindrical(M), se.Proved)
    result = CliRunner().invoke(main, ["verify", str(ASIA), "--hidden", "either"], catch_exceptions=False)
    assert result.exit_code == 0
    text = " ".join(result.output.split())
    assert "That is for free tables. The file has entries that are 0" in text
    assert "free only where those of the file are not 0: Proved at every admissible point" in text


def test_a_file_without_zeros_has_one_reading(tmp_path):
    path = tmp_path / "one.bif"
    path.write_text(ASIA.read_text().replace("1.0", "0.9").replace("0.0;", "0.1;"))
    path.write_text(path.read_text().replace("0.0, 0.9", "0.1, 0.9"))
    assert not read_network(path).has_zeros
    assert read_network(ASIA).has_zeros


def test_equal_items_share_a_table():
    edges = [("h", "y1"), ("h", "y2"), ("h", "y3")]
    M = se.bayesian_network(edges, hidden=["h"], tables={"y2": "y1", "y3": "y1"})
    assert M.parameters == sympy.symbols("h y11 y12")
    assert tuple(se.ranks(M)) == (3, 3, 2)


def test_entries_may_be_expressions_and_rows_free_in_part():
    e = sympy.Symbol("e")
    M = se.bayesian_network(
        [("h", "y"), ("h", "z")],
        states={"h": 2, "y": 2, "z": 3},
        hidden=["h"],
        tables={"y": [[1 - e, e], [e, 1 - e]], "z": [[None, None, 0], [0, 0, 1]]},
    )
    assert set(M.parameters) == set(sympy.symbols("h e z1_0"))
    assert len(M.impossible) == 6
    assert M.table[0, 0, 0] == sympy.Symbol("h") * (1 - e) * sympy.Symbol("z1_0")


def test_a_file_gives_tables():
    text = """
    [variables]
    h = 2
    y = 2
    z = 2
    hidden = ["h"]
    [model]
    kind = "bayesian-network"
    edges = [["h", "y"], ["h", "z"]]
    parameters = ["e"]
    tables = { y = [["1 - e", "e"], ["e", "1 - e"]], z = "y" }
    """
    assert set(model_from_text(text).parameters) == set(sympy.symbols("h e"))


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"w": [[1, 0]]}, "unknown node w"),
        ({"y": [[1, 0]]}, "y needs 2 rows of 2 entries"),
        ({"y": [[1, 0], [1, 1]]}, "sum to 2"),
        ({"y": [[0.5, 0.5], [1, 0]]}, "0.5 of y, row 1 is not exact"),
        ({"y": "z"}, "y cannot share the table of z: 2 rows of 2 entries against 2 of 3"),
        ({"y": "w"}, "no node with a table of its own"),
    ],
)
def test_tables_that_do_not_fit_are_refused(tables, message):
    with pytest.raises(se.SymelboError, match=message):
        se.bayesian_network([("h", "y"), ("h", "z")], states={"h": 2, "y": 2, "z": 3}, hidden=["h"], tables=tables)
