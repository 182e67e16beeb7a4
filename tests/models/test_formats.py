"""Networks as people store them: what is read, what is said of it, and what is refused."""

import gzip
import itertools
import re
from collections.abc import Mapping
from fractions import Fraction
from math import prod
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import symelbo as se
from symelbo.budget import LIMITS
from symelbo.errors import DomainError, ModelFileError
from symelbo.models.formats import NetworkFile, Table, network_in, network_of, parse_bif, read_network
from symelbo.models.networks import notes

ASIA = Path(__file__).parents[2] / "proofs" / "models" / "asia.bif"
FIXED = settings(derandomize=True, deadline=None, max_examples=80)

HEAD = "network n { }\nvariable x { type discrete [ 2 ] { a, b }; }\nvariable y { type discrete [ 3 ] { 1, 2, 3 }; }\n"
X = "probability ( x ) { table 1/2 }".replace("1/2", "0.5, 0.5;")
BOTH = HEAD + X + "\n"
"""Line 5 is the place for the table of y."""


def table(*rows: str) -> tuple[tuple[Fraction, ...], ...]:
    return tuple(tuple(map(Fraction, row.split())) for row in rows)


def conditional(network: NetworkFile, name: str, state: Mapping[str, str]) -> Fraction:
    """p(x_i | x_pa(i)), the row found by listing the joint states of the parents as documented."""
    above = network.parents[name]
    rows = list(itertools.product(*(network.states[parent] for parent in above)))
    row = network.row(name, rows.index(tuple(state[parent] for parent in above)))
    return row[network.states[name].index(state[name])]


# ---- What is read ------------------------------------------------------------------------------------------


def test_asia_has_the_marginals_of_lauritzen_and_spiegelhalter() -> None:
    asia = read_network(ASIA)
    assert (asia.name, len(asia.states), len(asia.dag().edges)) == ("asia", 8, 8)
    assert asia.parents["dysp"] == ("bronc", "either")
    names = list(asia.states)
    marginal = dict.fromkeys(names, Fraction(0))
    total = Fraction(0)
    for labels in itertools.product(*asia.states.values()):
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
    assert read_network(ASIA).rows("dysp") == table("0.9 0.1", "0.8 0.2", "0.7 0.3", "0.1 0.9")


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
    assert dog.parents["dog-out"] == ("bowel-problem", "family-out")
    assert dog.rows("dog-out") == table("0.99 0.01", "0.97 0.03", "0.9 0.1", "0.3 0.7")
    # JavaBayes: the dog is out with probability 0.9 if there is no bowel problem and the family is out
    state = {"bowel-problem": "false", "family-out": "true", "dog-out": "true"}
    assert conditional(dog, "dog-out", state) == Fraction("0.9")


def test_table_and_rows_of_three_states_agree() -> None:
    as_rows = parse_bif(BOTH + "probability ( y | x ) { (b) 0.1 0.2 0.7; (a) 0.3 0.3 0.4; }")
    as_table = parse_bif(BOTH + "probability ( y | x ) { table 0.3 0.1 0.3 0.2 0.4 0.7; }")
    with_default = parse_bif(BOTH + "probability ( y | x ) { default 0.3, 0.3, 0.4; (b) 0.1, 0.2, 0.7; }")
    assert as_rows.rows("y") == as_table.rows("y") == with_default.rows("y")
    assert as_rows.rows("y") == table("0.3 0.3 0.4", "0.1 0.2 0.7")


def test_labels_of_the_repository_are_names_and_blocks_come_in_any_order() -> None:
    labels = ("<5", "5-7.5", "7.5+", ">=12", "Asy/Patch", "a=b", "Transp.", "20_MG_L", "3", "'q'")
    text = "network unknown {\n}\nprobability ( y ) {\n  table " + "0.1, " * 9 + "0.1;\n}\n"
    network = parse_bif(text + f"variable y {{\n  type discrete [ 10 ] {{ {', '.join(labels)} }};\n}}\n")
    assert network.states == {"y": labels}


def test_numbers_are_exact_in_decimal_and_exponent_notation() -> None:
    network = parse_bif(
        HEAD + X + "probability (y) { table 1e-1, .2000000000000000000001, 6.999999999999999999999E-1; }"
    )
    assert network.rows("y") == (
        (Fraction(1, 10), Fraction(1, 5) + Fraction(1, 10**22), Fraction(7, 10) - Fraction(1, 10**22)),
    )


def test_comments_and_properties_are_ignored_and_quoted_names_may_contain_anything() -> None:
    text = """/* first; { */ network "a // b" { property author = (me, 1); }
    variable "x;y" { property p "}"; type discrete [ 1 ] { "only /* one */" }; property q; } // end
    probability ( "x;y" ) { property z; /* * / ** */ table 1; // last line"""
    network = parse_bif(text + "\n}")
    assert (network.name, network.states) == ("a // b", {"x;y": ("only /* one */",)})


@st.composite
def networks(draw: st.DrawFn) -> NetworkFile:
    names = draw(st.permutations(["u", "v-1", "w w", "x"]))[: draw(st.integers(1, 4))]
    sizes = {name: draw(st.integers(1, 3)) for name in names}
    parents: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Table | None] = {}
    for position, name in enumerate(names):
        parents[name] = tuple(other for other in names[:position] if draw(st.booleans()))
        rows = {}
        for k in range(prod(sizes[other] for other in parents[name])):
            shares = draw(st.lists(st.integers(0, 5), min_size=sizes[name] - 1, max_size=sizes[name] - 1))
            rows[k] = tuple(f"{share}e-4" for share in (*shares, 10**4 - sum(shares)))
        tables[name] = Table(rows, None, "")
    states = {name: tuple(f"{name}={k}" for k in range(sizes[name])) for name in names}
    return NetworkFile("random", states, parents, tables, "")


def in_bif(network: NetworkFile, *, as_table: bool, backwards: bool) -> str:
    """Write a network in BIF, either with rows, forwards or backwards, or with `table`."""
    blocks = []
    for name, labels in network.states.items():
        above, rows = network.parents[name], network.tables[name].rows
        quoted = ", ".join(f'"{label}"' for label in labels)
        blocks.append(f'variable "{name}" {{ type discrete [ {len(labels)} ] {{ {quoted} }}; }}')
        head = f'"{name}"' + (" | " + ", ".join(f'"{parent}"' for parent in above) if above else "")
        if as_table or not above:
            body = "table " + ", ".join(rows[r][k] for k in range(len(labels)) for r in sorted(rows)) + ";"
        else:
            given_states = itertools.product(*(network.states[parent] for parent in above))
            lines = [
                "(" + ", ".join(f'"{label}"' for label in at) + ") " + ", ".join(rows[r]) + ";"
                for r, at in enumerate(given_states)
            ]
            body = "\n".join(reversed(lines) if backwards else lines)
        blocks.append(f"probability ( {head} ) {{ {body} }}")
    return "\n".join([f"network {network.name} {{ }}", *blocks])


def flat(network: NetworkFile, name: str) -> str:
    """The numbers of a table, states of the variable fastest."""
    return " ".join(n for _, row in sorted(network.tables[name].rows.items()) for n in row)


def in_xmlbif(network: NetworkFile) -> str:
    parts = ["<?xml version='1.0'?><!DOCTYPE BIF [<!ELEMENT BIF (NETWORK)*>]><BIF><NETWORK><NAME>random</NAME>"]
    for name, labels in network.states.items():
        outcomes = "".join(f"<OUTCOME>{label}</OUTCOME>" for label in labels)
        parts.append(f"<VARIABLE TYPE='nature'><NAME>{name}</NAME>{outcomes}</VARIABLE>")
        given_ = "".join(f"<GIVEN>{p}</GIVEN>" for p in network.parents[name])
        numbers = flat(network, name).replace(" ", " <!-- next --> ", 1)
        parts.append(f"<DEFINITION><FOR>{name}</FOR>{given_}<TABLE>{numbers}</TABLE></DEFINITION>")
    return "".join([*parts, "</NETWORK></BIF>"])


def without_spaces(network: NetworkFile) -> NetworkFile:
    """The network with names that have no spaces: Hugin and GeNIe know no others."""
    names = {n: n.replace(" ", "_").replace("-", "_") for n in network.states}
    return NetworkFile(
        network.name,
        {names[n]: tuple(a.replace(" ", "_") for a in labels) for n, labels in network.states.items()},
        {names[n]: tuple(names[p] for p in above) for n, above in network.parents.items()},
        {names[n]: t for n, t in network.tables.items()},
        "",
    )


def in_hugin(network: NetworkFile) -> str:
    parts = ["% a comment {\nnet { name = random; node_size = (50 50); }"]
    for name, labels in network.states.items():
        parts.append(f'node {name} {{ states = ({" ".join(chr(34) + a + chr(34) for a in labels)}); label = "%"; }}')
    for name, above in network.parents.items():
        parts.append(f"potential ( {name} | {' '.join(above)} ) {{ data = (({flat(network, name)})); % rows\n}}")
    return "\n".join(parts)


def in_xdsl(network: NetworkFile) -> str:
    parts = ["<?xml version='1.0'?><smile id='random'><nodes>"]
    for name, labels in network.states.items():
        states = "".join(f"<state id='{label}'/>" for label in labels)
        above = f"<parents>{' '.join(network.parents[name])}</parents>"
        parts.append(f"<cpt id='{name}'>{states}{above}<probabilities>{flat(network, name)}</probabilities></cpt>")
    return "".join([*parts, "</nodes></smile>"])


def in_uai(network: NetworkFile) -> str:
    number = {n: k for k, n in enumerate(network.states)}
    parts = ["BAYES", str(len(number)), *(str(len(labels)) for labels in network.states.values()), str(len(number))]
    for name, above in network.parents.items():
        parts.append(" ".join(map(str, [len(above) + 1, *(number[p] for p in above), number[name]])))
    for name in network.states:
        parts.append(f"{len(flat(network, name).split())} {flat(network, name)}  # of {name}")
    return "\n".join(parts)


def said(network: NetworkFile) -> object:
    """What a network says, its names and labels aside."""
    number = {n: k for k, n in enumerate(network.states)}
    return [
        (len(labels), [number[p] for p in network.parents[n]], network.rows(n)) for n, labels in network.states.items()
    ]


@FIXED
@given(networks(), st.booleans(), st.booleans())
def test_a_network_is_read_back_from_every_format(network: NetworkFile, as_table: bool, backwards: bool) -> None:
    own = in_bif(network, as_table=as_table, backwards=backwards)
    assert parse_bif(own).states == network.states
    plain = without_spaces(network)
    for text in (own, in_xmlbif(network), in_hugin(plain), in_xdsl(plain), in_uai(network)):
        found = network_in(text)
        assert found is not None
        assert said(found) == said(network)
    for text in (in_xmlbif(plain), in_hugin(plain), in_xdsl(plain)):
        assert network_in(text).states == plain.states


def test_rows_of_pyagrum_are_in_its_own_order_where_the_file_says_whose_it_is() -> None:
    rows = "12\n 0.1 0.9\n 0.2 0.8\n 0.3 0.7\n 0.4 0.6\n 0.5 0.5\n 0.6 0.4\n"
    roots = "2\n 0.5 0.5\n3\n 0.2 0.3 0.5\n"
    uai = f"BAYES\n3\n2 3 2 \n3\n1 0   # a\n1 1   # b\n3 0 1 2   # c\n\n{roots}{rows}"
    cpt = '<cpt id="{}">{}<parents>{}</parents><probabilities>{}</probabilities></cpt>'
    states = ['<state id="0" /><state id="1" />', '<state id="0" /><state id="1" /><state id="2" />']
    nodes = [("a", states[0], "", "0.5 0.5"), ("b", states[1], "", "0.2 0.3 0.5"), ("c", states[0], "a b", rows[3:])]
    body = f'<smile version="1.0" id="n"><nodes>{"".join(cpt.format(*node) for node in nodes)}</nodes></smile>'
    for text, names in ((uai, ("x0", "x1", "x2")), ("<!-- created by pyAgrum 2.0 -->" + body, ("a", "b", "c"))):
        a, b, c = names
        found = network_in(text)
        assert found.parents[c] == (b, a)
        assert found.row(c, 1) == (Fraction(1, 5), Fraction(4, 5))  # a changes first
        assert ["pyAgrum" in remark for remark in found.remarks] == [True]
    for text, child in ((uai.replace("   # c", "# c"), "x2"), (body, "c")):
        found = network_in(text)
        assert (found.parents[child][1], found.remarks) == ("x1" if child == "x2" else "b", ())


PLAIN = """network n { }
variable x { type discrete [ 2 ] { yes, no }; }
variable y { type discrete [ 2 ] { yes, no }; }
variable z { type discrete [ 2 ] { yes, no }; }
probability ( x ) { table 0.2, 0.8; }
probability ( y | x ) { (yes) 0.9, 0.1; (no) 0.3, 0.7; }
probability ( z | x ) { (yes) 0.6, 0.4; (no) 0.25, 0.75; }
"""


@pytest.mark.parametrize(
    "change",
    [
        ("network n { }\n", ""),
        ("network n { }", "network { }"),
        ("network n { }", "network my net {\n}"),
        ("network n { }", "network n {"),
        ("network n { }", "network n { property software GeNIe v2; property date = 01/01/2001; }"),
        ("network n { }", "# made by me\n  # {\nnetwork n { }"),
        ("0.75; }\n", "0.75; }\n}"),
        ("\n", "\r\n"),
        (" ", "\t"),
        ("variable", "VARIABLE"),
        ("type discrete", "Type Discrete"),
        ("yes, no }", "yes, no, }"),
        ("yes, no }", "yes no }"),
        ("{ yes, no }", '{ "yes"  "no" }'),
        ("[ 2 ] ", ""),
        ("yes, no };", "yes, no }"),
        (" }; }", " }; property weight = None ; }"),
        (" | x", " x"),
        ("table 0.2", "table: 0.2"),
        ("table 0.2", "0.2"),
        ("table 0.2, 0.8", "default 2E-1 8.0e-01"),
        ("0.2, 0.8", "1/5, 4/5"),
        ("0.9, 0.1;", "0.9, 0.1,;"),
        ("(yes) 0.6, 0.4; (no) 0.25, 0.75;", "default 0.25, 0.75; (yes) 0.6, 0.4;"),
        ("(yes) 0.6, 0.4; (no) 0.25, 0.75;", "default 0.5 0.5; table 0.6, 0.25, 0.4, 0.75;"),
    ],
)
def test_what_is_written_in_other_ways_is_read_alike(change: tuple[str, str]) -> None:
    changed = PLAIN.replace(*change)
    assert changed != PLAIN
    found, plain = parse_bif(changed), parse_bif(PLAIN)
    assert found.states == plain.states
    assert [found.rows(n) for n in "xyz"] == [plain.rows(n) for n in "xyz"]


@pytest.mark.parametrize(
    ("labels", "read"),
    [
        ("0_5], 5_9]", ("0_5]", "5_9]")),
        ("(0;5], (5;9]", ("(0;5]", "(5;9]")),
        ("(0,5], (5,9]", ("(0;5]", "(5;9]")),
        ('"(0,5]", "(5,9]"', ("(0;5]", "(5;9]")),
        ("<5, >=5", ("<5", ">=5")),
        ("very low, very high", ("very low", "very high")),
        ("+, -", ("+", "-")),
        ("a) b, c(d", ("a) b", "c(d")),
    ],
)
def test_labels_are_read_as_they_stand_and_commas_in_them_become_semicolons(labels: str, read: tuple[str, ...]) -> None:
    first, second = re.split(r", (?=[^,]*$)|, (?=[(\"])", labels)[:2]
    text = PLAIN.replace("x { type discrete [ 2 ] { yes, no }", f"x {{ type discrete [ 2 ] {{ {labels} }}")
    text = text.replace("(yes)", f"({first})").replace("(no)", f"({second})")
    found = parse_bif(text)
    assert found.states["x"] == read
    assert found.rows("z") == table("0.6 0.4", "0.25 0.75")
    assert bool(found.remarks) == ("," in first)


@pytest.mark.parametrize("name", ["my z", '"my z"', "1z", "0", "z%", "z'", "__z__", "table", "lambda", "I", "E", "z=1"])
def test_any_name_is_one(name: str, tmp_path: Path) -> None:
    path = tmp_path / "n.bif"
    path.write_text(PLAIN.replace("variable z", f"variable {name}").replace("( z |", f"( {name} |"))
    M = se.load_model(path, hidden=[name.strip('"')])
    assert all(re.fullmatch(r"[^\W\d]\w*", str(p)) for p in M.parameters)
    assert isinstance(se.is_cylindrical(M, at="file"), se.Proved)


def test_parameters_are_words_and_all_different_and_a_legend_says_which_is_which() -> None:
    M = se.bayesian_network(
        parse_bif(
            PLAIN.replace("( z | x ) { (yes) 0.6, 0.4; (no)", "( y1 ) { table").replace("z", "y1").replace("x", "0")
        ),
        hidden=["0"],
    )
    assert [str(p) for p in M.parameters] == ["n0", "y_1", "y_2", "y1"]
    assert notes(M) == ["names of parameters: n0 for '0'; y_1, y_2 for 'y'"]
    assert se.is_cylindrical(M.on("y_1 = y_2")).kind == "proved"
    assert se.is_cylindrical(M, at="file") == se.is_cylindrical(
        M, at=dict(zip(M.parameters, M.file_values, strict=True))
    )
    assert notes(se.bayesian_network(parse_bif(PLAIN), hidden=["x"])) == []


ROWS = {
    "0.30000000000000004, 0.7": (Fraction(30000000000000004, 100000000000000004), None),
    "0.3333, 0.6666": (Fraction(1, 3), None),
    "0.33, 0.66": (None, "has the sum 99/100; expected 1, or within 1/1000 of it; normalise=True divides"),
    "90, 10": (None, "has the sum 100"),
    "-1, -1": (None, "has no probabilities"),
    "0, 0": (None, "has no probabilities"),
    "nan, nan": (None, "has no probabilities"),
}


@pytest.mark.parametrize("row", ROWS)
def test_numbers_stop_nobody_who_does_not_ask_for_them_and_rounded_ones_are_divided_by_their_sum(row: str) -> None:
    text = PLAIN.replace("table 0.2, 0.8", f"table {row}")
    M = se.bayesian_network(parse_bif(text, source="n.bif"), hidden=["y"])
    assert isinstance(se.is_cylindrical(M), se.Proved)
    value, message = ROWS[row]
    if message is None:
        assert Fraction(str(M.file_values[0])) == value
        assert notes(M, "file") == ["1 of 5 rows do not sum to 1 and are divided by their sums"]
    else:
        with pytest.raises(DomainError, match=r"n\.bif:5:14: the table of 'x' " + message):
            M.point("file")


def test_normalise_divides_every_row_by_its_sum() -> None:
    counts = parse_bif(PLAIN.replace("0.9, 0.1", "90, 10"), normalise=True)
    assert counts.rows("y") == table("0.9 0.1", "0.3 0.7")


def test_a_row_that_is_missing_is_missed_where_it_is_asked_for() -> None:
    network = parse_bif(PLAIN.replace("(no) 0.25, 0.75;", ""), source="n.bif")
    with pytest.raises(DomainError, match=r"n\.bif:7:14: the row \(no\) of 'z' is missing"):
        network.rows("z")


@pytest.mark.parametrize(
    ("data", "name", "remark"),
    [
        (b"\xef\xbb\xbf" + PLAIN.encode(), "z", ""),
        (PLAIN.replace("z", "größe").encode("utf-16"), "größe", ""),
        (
            PLAIN.replace("z", "größe").encode("latin-1"),
            "größe",
            "byte 121 is not UTF-8: the file is read as Windows-1252",
        ),
        (gzip.compress(PLAIN.replace("z", "größe").encode(), mtime=0), "größe", ""),
    ],
)
def test_encodings_and_compression_are_recognised(data: bytes, name: str, remark: str, tmp_path: Path) -> None:
    path = tmp_path / "anything"
    path.write_bytes(data)
    M = se.load_model(path, hidden=[name])
    assert M.space.order == ("x", "y", name)
    assert notes(M) == ([remark] if remark else [])


# ---- Objects of other packages


class Cpd:
    """What `pgmpy.factors.discrete.TabularCPD` documents."""

    def __init__(self, names: list[str], values: list[object], labels: dict[str, list[object]]) -> None:
        self.variables, self.values, self.state_names = names, np.array(values), labels
        self.cardinality = np.array(self.values.shape)


class PgmpyNetwork(nx.DiGraph):
    """What `pgmpy.models.DiscreteBayesianNetwork` documents."""

    cpds: tuple[Cpd, ...] = ()

    def get_cpds(self) -> list[Cpd]:
        return list(self.cpds)

    def get_cardinality(self) -> dict[str, int]:
        return {}


def test_a_network_of_pgmpy_brings_its_states_and_its_tables() -> None:
    model = PgmpyNetwork([("c", "b"), ("a", "b")])
    assert network_of(model) is None  # without tables it is a graph
    labels = {"a": ["yes", "no"], "c": [0, 1, 2], "b": ["u", "v"]}
    rows = [[[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], [[0.9, 0.8], [0.7, 0.6], [0.5, 0.4]]]
    model.cpds = (
        Cpd(["a"], [0.25, 0.75], labels),
        Cpd(["c"], [0.2, 0.3, 0.5], labels),
        Cpd(["b", "c", "a"], rows, labels),
    )
    M = se.bayesian_network(model, hidden=["c"])
    assert M.space.n_states == 12
    network = network_of(model)
    assert network.row("b", 2) == (Fraction(3, 10), Fraction(7, 10))
    assert conditional(network, "b", {"a": "no", "c": "1", "b": "u"}) == Fraction(2, 5)
    assert isinstance(se.is_cylindrical(M, at="file"), se.Refuted)
    with pytest.raises(se.GraphError, match="brings its own nodes, states and tables"):
        se.bayesian_network(model, states={"a": 2, "b": 2, "c": 2}, hidden=["c"])


class AgrumTable(dict):
    """What `pyagrum.Tensor` documents of rows by the states of the parents."""

    def __init__(self, names: tuple[str, ...], values: object) -> None:
        self.names, self._values = names, np.array(values)

    def __getitem__(self, at: dict[str, int]) -> object:
        return self._values[tuple(at[n] for n in self.names[1:])]

    def toarray(self) -> object:
        return self._values


class AgrumNetwork:
    """What `pyagrum.BayesNet` documents."""

    labels: ClassVar = {"a": ("yes", "no"), "b": ("0", "1", "2")}

    def names(self) -> set[str]:
        return set(self.labels)

    def idFromName(self, name: str) -> int:  # the package's own name
        return "ab".index(name)

    def variable(self, which: int | str) -> object:
        name = which if isinstance(which, str) else "ab"[which]
        return SimpleNamespace(name=lambda: name, labels=lambda: self.labels[name])

    def cpt(self, name: str) -> AgrumTable:
        if name == "a":
            return AgrumTable(("a",), [0.25, 0.75])
        return AgrumTable(("b", "a"), [[0.1, 0.2, 0.7], [0.3, 0.3, 0.4]])


def test_a_network_of_pyagrum_brings_its_states_and_its_tables() -> None:
    network = network_of(AgrumNetwork())
    assert network.states == AgrumNetwork.labels
    assert network.rows("b") == table("0.1 0.2 0.7", "0.3 0.3 0.4")
    assert isinstance(se.is_cylindrical(se.bayesian_network(AgrumNetwork(), hidden=["b"]), at="file"), se.Proved)


# ---- What is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("probability ( y | z ) { }", "5:14: found the unknown variable 'z'; expected one of x, y"),
        ("probability ( z ) { }", "5:14: found the unknown variable 'z'"),
        ("probability ( y | x, x ) { }", "5:14: found the parent 'x' twice"),
        ("probability ( y | x ) { (c) 1 0 0; }", "5:26: found the unknown state 'c' of 'x'; expected one of a, b"),
        (
            "probability ( y | x ) { (a) 1 0 0; (a) 1 0 0; }",
            "5:37: found a second row (a) of 'y'; expected each row once",
        ),
        (
            "probability ( y | x ) { (a, b) 1 0 0; }",
            "5:26: found 2 states of parents of 'y'; expected 1, one for each parent: x",
        ),
        (
            "probability ( y | x ) { (a) 1 0; (b) 1 0 0; }",
            "5:28: found 2 probabilities; expected 3: one for each state of 'y': 1, 2, 3",
        ),
        (
            "probability ( y | x ) { table 1 0 0; }",
            "5:31: found 3 probabilities; expected 6: 3 x 2 entries of 'y', its states slowest",
        ),
        ("probability ( y ) { table ; }", "5:27: found 0 probabilities; expected 3"),
        ("probability ( y | x ) { default 1 0 0; default 1 0 0; }", "5:48: found a second table or default of 'y'"),
        ("probability ( y | x ) { table 1 1 0 0 0 0; (a) 1 0 0; }", "5:45: found a second row (a) of 'y'"),
        ("probability ( y ) { table 1_0 0 1; }", "5:27: found '1_0'; expected a probability"),
        ("probability ( y ) { table 1e9999 0 1; }", "5:27: found '1e9999'; expected a probability"),
        ("probability ( y ) { table 1,, 0 0; }", "5:29: found ','; expected a probability"),
        (
            "probability ( y ) { table 1 0 0 }",
            "5:21: found 'table'; expected table NUMBERS;, default NUMBERS;",
        ),
        (
            "probability ( y ) { tabel 1 0 0; }",
            "5:21: found 'tabel'; expected table NUMBERS;, default NUMBERS;",
        ),
        (
            "probability ( y",
            "5:1: found 'probability'; expected network NAME {, variable NAME {, probability",
        ),
        ("probability ( x ) { table 1 0; }", "5:14: found a second table of 'x'; expected one for each variable"),
        ("variable x { type discrete [ 1 ] { a }; }", "5:10: found a second variable 'x'"),
        ("variable z { type discrete [ 3 ] { a, b }; }", "5:30: found 3 before 2 states of 'z'; expected their number"),
        ("variable z { type discrete [ 0 ] { }; }", "5:30: found 0 before 0 states of 'z'; expected their number"),
        ("variable z { type discrete [ 2 ] { a, a }; }", "5:35: found the state 'a' twice"),
        ("variable z { type continuous; }", "5:14: found 'type'; expected type discrete [ n ] { STATES };"),
        ("variable z { }", "5:14: found '}'; expected the states of 'z'"),
        (
            "variable z { property p = 1 }",
            "5:14: found 'property'; expected type discrete [ n ] { STATES };",
        ),
        ('variable "" { }', "5:10: found no name of a variable"),
        ("/* and so on", "5:1: found a comment without an end; expected '*/' after this '/*'"),
        (
            "node z { }",
            "5:1: found 'node'; expected network NAME {, variable NAME {, probability",
        ),
        ("", "3:10: found no table of 'y'; expected a block 'probability' for it"),
    ],
)
def test_an_error_names_the_place_what_was_found_and_what_is_expected(block: str, message: str) -> None:
    with pytest.raises(ModelFileError, match="^model.bif:" + re.escape(message)):
        parse_bif(BOTH + block, source="model.bif")


def test_a_directed_cycle_is_reported_node_by_node() -> None:
    text = HEAD + "probability ( x | y ) { default 1 0; }\nprobability ( y | x ) { default 1 0 0; }"
    with pytest.raises(ModelFileError, match=r"found the directed cycle x -> y -> x|y -> x -> y; expected an acyclic"):
        parse_bif(text)
    with pytest.raises(ModelFileError, match="5:14: found the directed cycle y -> y; expected an acyclic network"):
        parse_bif(BOTH + "probability ( y | y ) { default 1 0 0; }")


def test_a_default_does_not_fill_the_memory() -> None:
    names = [f"z{k}" for k in range(400)]
    blocks = "".join(
        f"variable {z} {{ type discrete [ 2 ] {{ 0, 1 }}; }} probability ({z}) {{ table 1 0; }}" for z in names
    )
    network = parse_bif(f"{HEAD}{blocks}{X}probability ( y | {', '.join(names)} ) {{ default 1 0 0; }}")
    assert network.row("y", 2**400 - 1) == (1, 0, 0)
    assert isinstance(se.is_cylindrical(se.bayesian_network(network, hidden=["y"])), se.Proved)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "found an unknown format; the formats that are read are TOML, BIF, XMLBIF, UAI, Hugin .net, GeNIe .xdsl"),
        (b"<html></html>", "found XML of another kind; the formats"),
        (b'{"nodes": []}', "found JSON; the formats"),
        (b"net anonymous {\n}", r"found GeNIe .dsl \(save it as .xdsl\)"),
        (b"PK\x03\x04abc", "found a zip archive"),
        (b"network \x00\xff\xfe", "byte 9 is no text"),
        (gzip.compress(b"network n { }", mtime=0)[:-9], "not a whole gzip file"),
        (gzip.compress(b" " * (LIMITS.file_bytes + 1), mtime=0), f"larger than {LIMITS.file_bytes} bytes"),
        (b'<!DOCTYPE BIF [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><BIF>&b;</BIF>', "found a declaration of an entity"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE BIF [<!ENTITY a "a">]><BIF/>'.encode("utf-16"), "an entity"),
        (b"<BIF><NETWORK>", "not well-formed XML: no element found: line 1"),
        (b"<BIF><NETWORK><NAME>n</NAME></NETWORK></BIF>", "found no variable"),
        (b"<smile><nodes><decision id='d'/></nodes></smile>", "found the node 'd' of kind 'decision'; expected chance"),
        (b"MARKOV 1 2 1 1 0 2 1 1", "found 'MARKOV'; expected 'BAYES': a Markov network is another kind"),
        (b"BAYES 2 2 2 1 2 0 1 4 1 0 0 1", "one table for each variable"),
        (b"BAYES 1 2 1 1 0 3 1 0 0", "2 numbers of x0, not 3"),
        (b"net { }\nutility u { }", "3:1|2:1: found the node 'u'; expected discrete chance nodes only"),
        (b"net { }\nnode a { states = (x y); }\npotential (a) { data = (1); }", "found 1 numbers; expected 2: 1 rows"),
    ],
)
def test_what_is_no_network_is_refused_in_one_line(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "network"
    path.write_bytes(data)
    with pytest.raises(ModelFileError, match=message):
        read_network(path)
    with pytest.raises(ModelFileError):
        se.load_model(path, hidden=["a"])


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot be read: Is a directory"):
        read_network(tmp_path)


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
    assert isinstance(outcome, NetworkFile) or re.match(r"<text>:\d+:\d+: found .*; expected ", str(outcome), re.DOTALL)
