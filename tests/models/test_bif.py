"""The parser of the Bayesian Interchange Format: what it reads, and what it says about a file it cannot read."""

import itertools
import re
from collections.abc import Mapping
from fractions import Fraction
from math import prod
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symelbo.errors import ModelError, ModelFileError
from symelbo.models.bif import BIFNetwork, parse_bif, read_bif

ASIA = Path(__file__).parents[2] / "proofs" / "models" / "asia.bif"
FIXED = settings(derandomize=True, deadline=None, max_examples=80)

HEAD = "network n { }\nvariable x { type discrete [ 2 ] { a, b }; }\nvariable y { type discrete [ 3 ] { 1, 2, 3 }; }\n"
X = "probability ( x ) { table 1/2 }".replace("1/2", "0.5, 0.5;")
BOTH = HEAD + X + "\n"
"""Line 5 is the place for the table of y."""


def table(*rows: str) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, row.split())) for row in rows)


def conditional(network: BIFNetwork, name: str, state: Mapping[str, str]) -> Fraction:
    """p(x_i | x_pa(i)), the row found by listing the joint states of the parents as documented."""
    states, position = dict(network.variables), [other for other, _ in network.variables].index(name)
    above = network.parents[position]
    rows = list(itertools.product(*(states[parent] for parent in above)))
    row = network.tables[position][rows.index(tuple(state[parent] for parent in above))]
    return row[states[name].index(state[name])]


# ---- What is read ------------------------------------------------------------------------------------------


def test_asia_has_the_marginals_of_lauritzen_and_spiegelhalter() -> None:
    asia = read_bif(ASIA)
    assert (asia.name, len(asia.variables), len(asia.dag().edges)) == ("asia", 8, 8)
    assert asia.parents[7] == ("bronc", "either")
    names = [name for name, _ in asia.variables]
    marginal = dict.fromkeys(names, Fraction(0))
    total = Fraction(0)
    for labels in itertools.product(*(states for _, states in asia.variables)):
        state = dict(zip(names, labels, strict=True))
        p = prod((conditional(asia, name, state) for name in names), start=Fraction(1))
        total += p
        for name, label in zip(names, labels, strict=True):
            marginal[name] += p * (label == "yes")
    assert total == 1
    assert [marginal[name] for name in ("tub", "lung", "bronc", "either", "xray")] == [
        Fraction(text) for text in ("0.0104", "0.055", "0.45", "0.064828", "0.11029004")
    ]
    assert marginal["dysp"] == Fraction("0.4359706")


def test_rows_are_sorted_with_the_last_parent_fastest_whatever_their_order_in_the_file() -> None:
    dysp = read_bif(ASIA).tables[7]
    assert dysp == table("0.9 0.1", "0.8 0.2", "0.7 0.3", "0.1 0.9")


def test_a_table_with_parents_has_the_child_slowest_and_the_last_parent_fastest() -> None:
    dog = parse_bif(
        """
        network "Dog-Problem" { //5 variables and 5 probability distributions
            property "credal-set constant-density-bounded 1.1" ;
        }
        variable  "family-out" { //2 values
            type discrete[2] {  "true"  "false" };
            property "position = (257, 99)" ;
        }
        variable  "bowel-problem" { type discrete[2] {  "true"  "false" }; }
        variable  "dog-out" { type discrete[2] {  "true"  "false" }; }
        probability (  "dog-out"  "bowel-problem"  "family-out" ) { //3 variable(s) and 8 values
            table 0.99 0.97 0.9 0.3 0.01 0.03 0.1 0.7 ;
        }
        probability (  "family-out" ) { table 0.15 0.85 ; }
        probability (  "bowel-problem" ) { table 0.01 0.99 ; }
        """
    )
    assert dog.name == "Dog-Problem"
    assert dog.parents == ((), (), ("bowel-problem", "family-out"))
    assert dog.tables[2] == table("0.99 0.01", "0.97 0.03", "0.9 0.1", "0.3 0.7")
    # JavaBayes: the dog is out with probability 0.9 if there is no bowel problem and the family is out
    state = {"bowel-problem": "false", "family-out": "true", "dog-out": "true"}
    assert conditional(dog, "dog-out", state) == Fraction("0.9")


def test_table_and_rows_of_three_states_agree() -> None:
    as_rows = parse_bif(BOTH + "probability ( y | x ) { (b) 0.1 0.2 0.7; (a) 0.3 0.3 0.4; }")
    as_table = parse_bif(BOTH + "probability ( y | x ) { table 0.3 0.1 0.3 0.2 0.4 0.7; }")
    with_default = parse_bif(BOTH + "probability ( y | x ) { default 0.3, 0.3, 0.4; (b) 0.1, 0.2, 0.7; }")
    assert as_rows == as_table == with_default
    assert as_rows.tables[1] == table("0.3 0.3 0.4", "0.1 0.2 0.7")


def test_labels_of_the_repository_are_names_and_blocks_come_in_any_order() -> None:
    labels = ("<5", "5-7.5", "7.5+", ">=12", "Asy/Patch", "a=b", "Transp.", "20_MG_L", "3", "'q'")
    text = "network unknown {\n}\nprobability ( y ) {\n  table " + "0.1, " * 9 + "0.1;\n}\n"
    network = parse_bif(text + f"variable y {{\n  type discrete [ 10 ] {{ {', '.join(labels)} }};\n}}\n")
    assert network.variables == (("y", labels),)


def test_numbers_are_exact_in_decimal_and_exponent_notation() -> None:
    network = parse_bif(
        HEAD + X + "probability (y) { table 1e-1, .2000000000000000000001, 6.999999999999999999999E-1; }"
    )
    assert network.tables[1] == (
        (Fraction(1, 10), Fraction(1, 5) + Fraction(1, 10**22), Fraction(7, 10) - Fraction(1, 10**22)),
    )


def test_comments_and_properties_are_ignored_and_quoted_names_may_contain_anything() -> None:
    text = """/* first; { */ network "a // b" { property author = (me, 1); }
    variable "x;y" { property p "}"; type discrete [ 1 ] { "only /* one */" }; property q; } // end
    probability ( "x;y" ) { property z; /* * / ** */ table 1; // last line"""
    network = parse_bif(text + "\n}")
    assert (network.name, network.variables) == ("a // b", (("x;y", ("only /* one */",)),))


def test_normalise_divides_a_rounded_row_by_its_exact_sum() -> None:
    text = HEAD + X + "probability ( y ) { table 0.333, 0.333, 0.333; }"
    assert parse_bif(text, normalise=True).tables == (table("1/2 1/2"), table("1/3 1/3 1/3"))


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "asia.bif"
    path.write_bytes(b"\xef\xbb\xbf" + ASIA.read_bytes().replace(b"\n", b"\r\n"))
    assert read_bif(path) == read_bif(ASIA)


@st.composite
def networks(draw: st.DrawFn) -> BIFNetwork:
    names = draw(st.permutations(["u", "v-1", "w w", "x"]))[: draw(st.integers(1, 4))]
    sizes = {name: draw(st.integers(1, 3)) for name in names}
    parents, tables = [], []
    for position, name in enumerate(names):
        above = tuple(other for other in names[:position] if draw(st.booleans()))
        rows = []
        for _ in itertools.product(*(range(sizes[other]) for other in above)):
            weights = draw(st.lists(st.integers(0, 5), min_size=sizes[name] - 1, max_size=sizes[name] - 1))
            shares = [Fraction(weight, 16) for weight in weights]
            rows.append((*shares, 1 - sum(shares, Fraction(0))))
        parents.append(above)
        tables.append(tuple(rows))
    variables = tuple((name, tuple(f"{name}={k}" for k in range(sizes[name]))) for name in names)
    return BIFNetwork("random", variables, tuple(parents), tuple(tables))


def decimal(value: Fraction) -> str:
    digits = value * 10**4
    assert digits.denominator == 1
    return f"{digits.numerator}e-4"


def written(network: BIFNetwork, *, as_table: bool, backwards: bool) -> str:
    """Write a network in BIF, either with rows, forwards or backwards, or with `table`."""
    states, blocks = dict(network.variables), []
    for (name, labels), above, rows in zip(network.variables, network.parents, network.tables, strict=True):
        quoted = ", ".join(f'"{label}"' for label in labels)
        blocks.append(f'variable "{name}" {{ type discrete [ {len(labels)} ] {{ {quoted} }}; }}')
        head = f'"{name}"' + (" | " + ", ".join(f'"{parent}"' for parent in above) if above else "")
        if as_table or not above:
            body = "table " + ", ".join(decimal(row[k]) for k in range(len(labels)) for row in rows) + ";"
        else:
            given_states = itertools.product(*(states[parent] for parent in above))
            lines = [
                "(" + ", ".join(f'"{label}"' for label in at) + ") " + ", ".join(map(decimal, row)) + ";"
                for at, row in zip(given_states, rows, strict=True)
            ]
            body = "\n".join(reversed(lines) if backwards else lines)
        blocks.append(f"probability ( {head} ) {{ {body} }}")
    return "\n".join([f"network {network.name} {{ }}", *blocks])


@FIXED
@given(networks(), st.booleans(), st.booleans())
def test_a_written_network_is_read_back(network: BIFNetwork, as_table: bool, backwards: bool) -> None:
    assert parse_bif(written(network, as_table=as_table, backwards=backwards)) == network


# ---- What is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("probability ( y | z ) { }", "5:19: found the unknown variable 'z'; expected one of x, y"),
        ("probability ( z ) { }", "5:15: found the unknown variable 'z'"),
        ("probability ( y | x, x ) { }", "5:22: found the parent 'x' twice"),
        ("probability ( y | x ) { (c) 1 0 0; }", "5:26: found the unknown state 'c' of 'x'; expected one of a, b"),
        (
            "probability ( y | x ) { (a) 1 0 0; (a) 1 0 0; }",
            "5:36: found a second row (a) of 'y'; expected each row once",
        ),
        ("probability ( y | x ) { (a) 1 0 0; }", "5:15: found 1 of 2 rows of 'y'; expected a row (b) or a default"),
        ("probability ( y ) { }", "5:15: found 0 of 1 rows of 'y'; expected a 'table'"),
        (
            "probability ( y | x ) { (a, b) 1 0 0; }",
            "5:25: found 2 states of parents of 'y'; expected 1, one for each parent: x",
        ),
        (
            "probability ( y | x ) { (a) 1 0; (b) 1 0 0; }",
            "5:29: found 2 probabilities; expected 3: one for each state of 'y': 1, 2, 3",
        ),
        (
            "probability ( y | x ) { table 1 0 0; }",
            "5:31: found 3 probabilities; expected 6: 3 x 2 entries of 'y', the child slowest",
        ),
        ("probability ( y ) { table ; }", "5:27: found 0 probabilities; expected 3"),
        (
            "probability ( y ) { table 0.3 0.3 0.3; }",
            "5:27: found the sum 9/10 in the table of 'y'; expected the sum 1",
        ),
        (
            "probability ( y | x ) { (a) 1 0 0; (b) .333 .333 .333; }",
            "5:40: found the sum 999/1000 in the row (b) of 'y'; expected the sum 1; "
            "if the file is rounded, pass normalise=True to divide each row by its sum",
        ),
        ("probability ( y | x ) { table 1 1 0 0 0 1; }", "5:31: found the sum 2 in the row (b) of 'y'"),
        ("probability ( y | x ) { default 1 1 0; }", "5:33: found the sum 2 in the row (default) of 'y'"),
        ("probability ( y | x ) { default 1 0 0; default 1 0 0; }", "5:40: found a second default for 'y'"),
        ("probability ( y | x ) { table 1 1 0 0 0 0; (a) 1 0 0; }", "5:25: found 'table' and other entries for 'y'"),
        ("probability ( y ) { table 1, -0.5, 0.5; }", "5:30: found '-0.5'; expected a probability or ';'"),
        ("probability ( y ) { table nan 0 1; }", "5:27: found 'nan'; expected a probability"),
        ("probability ( y ) { table 1_0 0 1; }", "5:27: found '1_0'; expected a probability"),
        ("probability ( y ) { table 1e9999 0 1; }", "5:27: found '1e9999'; expected a probability"),
        ("probability ( y ) { table 1,, 0 0; }", "5:29: found ','; expected a probability or ';'"),
        ("probability ( y ) { table 1 0 0 }", "5:33: found '}'; expected a probability or ';'"),
        ("probability ( y ) { tabel 1 0 0; }", "5:21: found 'tabel'; expected 'table', 'default', '('"),
        ("probability ( y", "5:16: found the end of the file; expected '|' before the parents or ')'"),
        ("probability ( y | )", "5:19: found ')'; expected the name of a parent"),
        ("probability ( x ) { table 1 0; }", "5:15: found a second table of 'x'; expected one for each variable"),
        ("variable x { type discrete [ 1 ] { a }; }", "5:10: found a second variable 'x'"),
        (
            "variable z { type discrete [ 3 ] { a, b }; }",
            "5:30: found '3' before 2 states of 'z'; expected their number",
        ),
        ("variable z { type discrete [ 2 ] { a, a }; }", "5:39: found the state 'a' twice"),
        ("variable z { type continuous; }", "5:19: found 'continuous'; expected 'discrete'"),
        ("variable z { type discrete [ two ] { a, b }; }", "5:30: found 'two'; expected the number of states"),
        ("variable z { }", "5:14: found '}'; expected the states of 'z'"),
        ("variable z { property p = 1 }", "5:30: found the end of the file; expected ';' after the property"),
        ('variable "" { }', "5:10: found ''; expected the name of a variable"),
        ('variable "z { }', "5:10: found a name without an end; expected a second '\"' on the same line"),
        ("/* and so on", "5:1: found a comment without an end; expected '*/' after this '/*'"),
        ("node z { }", "5:1: found 'node'; expected 'variable' or 'probability'"),
        ("", "3:10: found no table of 'y'; expected a block 'probability' for it"),
    ],
)
def test_an_error_names_the_place_what_was_found_and_what_is_expected(block: str, message: str) -> None:
    with pytest.raises(ModelFileError, match="^model.bif:" + re.escape(message)):
        parse_bif(BOTH + block, source="model.bif")


def test_a_directed_cycle_is_reported_node_by_node() -> None:
    text = HEAD + "probability ( x | y ) { default 1 0; }\nprobability ( y | x ) { default 1 0 0; }"
    with pytest.raises(ModelFileError, match="5:15: found the directed cycle y -> x -> y; expected an acyclic"):
        parse_bif(text)
    with pytest.raises(ModelFileError, match="5:15: found the directed cycle y -> y; expected an acyclic network"):
        parse_bif(BOTH + "probability ( y | y ) { default 1 0 0; }")


def test_normalise_does_not_excuse_a_row_that_is_not_a_rounded_one() -> None:
    with pytest.raises(
        ModelFileError, match="found the sum 9/10 in the table of 'y'; expected the sum 1, or within 1/100"
    ):
        parse_bif(BOTH + "probability ( y ) { table 0.3 0.3 0.3; }", normalise=True)


@pytest.mark.parametrize("text", ["", "variable x { }", "// nothing"])
def test_a_file_begins_with_its_network(text: str) -> None:
    with pytest.raises(ModelFileError, match=r":1:\d+: found .*; expected 'network'"):
        parse_bif(text)


def test_a_network_without_variables_is_refused() -> None:
    with pytest.raises(ModelFileError, match=r"1:14: found the end of the file; expected 'variable'"):
        parse_bif("network n { }")


def test_a_default_does_not_fill_the_memory() -> None:
    names = [f"z{k}" for k in range(40)]
    variables = "".join(
        f"variable {z} {{ type discrete [ 2 ] {{ 0, 1 }}; }} probability ({z}) {{ table 1 0; }}" for z in names
    )
    with pytest.raises(
        ModelFileError, match=r"found a table of 'x' with 2199023255552 entries; expected at most 10000000"
    ):
        parse_bif(
            f"{HEAD} {variables} probability ( x | {', '.join(names)} ) {{ default 1 0; }}"
            "probability (y) { table 1 0 0; }"
        )


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "binary.bif"
    path.write_bytes(b"network \xff\xfe")
    with pytest.raises(ModelFileError, match=r"binary\.bif: byte 8 is not UTF-8"):
        read_bif(path)
    with pytest.raises(ModelFileError, match="cannot be read"):
        read_bif(tmp_path)


@FIXED
@given(st.data())
def test_a_damaged_file_gives_an_error_with_a_place_or_a_network(data: st.DataObject) -> None:
    text = ASIA.read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(start + 40, len(text))))
    insert = data.draw(st.text(alphabet='{}()[];,|"/* \nab01.e-', max_size=6))
    outcome: object = None
    try:
        outcome = parse_bif(text[:start] + insert + text[stop:])
    except ModelFileError as error:
        outcome = str(error)
    assert isinstance(outcome, BIFNetwork) or re.match(r"<text>:\d+:\d+: found .*; expected ", str(outcome), re.DOTALL)


@pytest.mark.parametrize(
    ("tables", "parents", "message"),
    [
        ((), ((),), "one entry for each variable"),
        ((table("1/2 1/2", "1 0"),), ((),), "one row for each joint state"),
        ((table("1/2 1/3"),), ((),), "2 probabilities with sum 1"),
        ((table("3/2 -1/2"),), ((),), "2 probabilities with sum 1"),
        ((table("1 0", "1 0"),), (("x",),), "no directed cycle"),
    ],
)
def test_a_network_built_by_hand_is_checked(tables, parents, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        BIFNetwork("n", (("x", ("a", "b")),), parents, tables)
