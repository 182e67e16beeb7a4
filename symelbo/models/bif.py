"""The Bayesian Interchange Format (BIF) as the bnlearn repository uses it, read exactly.

Owns the grammar and the order of the tables; nothing here knows about hidden variables or parameters.

    file         = network { variable | probability }
    network      = "network" name "{" { property } "}"
    variable     = "variable" name "{" { property | "type" "discrete" "[" n "]" "{" name { [","] name } "}" ";" } "}"
    probability  = "probability" "(" name [ ["|"] name { [","] name } ] ")" "{" { property | entry } "}"
    entry        = ( "table" | "default" | "(" name { [","] name } ")" ) number { [","] number } ";"
    property     = "property" anything but ";" ";"

Names are quoted, or runs of characters other than white space and { } ( ) [ ] ; , | " (so <=5, 7.5+ and Asy/Patch
are names).  Comments are // to the end of the line and /* ... */.  Commas are optional, and the bar too, as in the
files of JavaBayes.  Blocks of variables and probabilities may come in any order.

Numbers are decimal, with or without an exponent, and are read as fractions: 0.1 is 1/10.

Order.  Rows belong to the joint states of the parents, in the order of the parents in the file, the last one
changing fastest; within a row, the states of the variable in the order of its declaration.  Rows written as (a1, b1)
say themselves where they belong.  The entries of one `table` of a variable with parents are read with the index of
the variable itself changing slowest, then the parents, the last one fastest:
p(x1 | a1 b1), p(x1 | a1 b2), ..., p(x2 | a1 b1), ...  This is the order of the format's reference implementation
(JavaBayes: in dog-problem.bif `table 0.6 0.05 0.4 0.95` is p(light-on | family-out)) and of pgmpy; the bnlearn
repository writes `table` only for variables without parents, where nothing is to be chosen.

Reference: Cozman (1996), The Interchange Format for Bayesian Networks; Scutari, the bnlearn repository.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import prod
from pathlib import Path
from typing import NamedTuple

import networkx as nx

from symelbo.budget import LIMITS
from symelbo.errors import ModelError, ModelFileError

__all__ = ["BIFNetwork", "parse_bif", "read_bif"]

Row = tuple[Fraction, ...]

ROUNDING = Fraction(1, 100)
"""How far from one the sum of a row may be for `normalise=True` to accept it: beyond, it is a typing error."""

LARGEST_TABLE = LIMITS.bif_entries
"""Entries of one table: beyond, a few parents under a `default` would fill the memory."""


@dataclass(frozen=True, slots=True)
class BIFNetwork:
    """A Bayesian network with exact conditional tables.

    Attributes
    ----------
    name
        The name of the network.
    variables
        (name, states) in the order of declaration.
    parents
        For each variable, in this order, the names of its parents, in the order of its `probability` block.
    tables
        For each variable its rows: one for each joint state of the parents, as `itertools.product` of their states
        lists them (the last parent changes fastest), each with one probability for each state of the variable.
    """

    name: str
    variables: tuple[tuple[str, tuple[str, ...]], ...]
    parents: tuple[tuple[str, ...], ...]
    tables: tuple[tuple[Row, ...], ...]

    def __post_init__(self) -> None:
        states = dict(self.variables)
        if not len(states) == len(self.variables) == len(self.parents) == len(self.tables):
            raise ModelError("variables, with different names, parents and tables have one entry for each variable")
        for (name, labels), above, rows in zip(self.variables, self.parents, self.tables, strict=True):
            if not set(above) <= set(states) or len(rows) != prod(len(states[parent]) for parent in above):
                raise ModelError(f"the table of {name!r} has one row for each joint state of its parents {above}")
            if any(len(row) != len(labels) or min(row) < 0 or sum(row) != 1 for row in rows):
                raise ModelError(f"each row of {name!r} has {len(labels)} probabilities with sum 1")
        if not nx.is_directed_acyclic_graph(self.dag()):
            raise ModelError("a Bayesian network has no directed cycle")

    def dag(self) -> nx.DiGraph:
        """Return the graph as a new networkx.DiGraph, nodes in the order of declaration."""
        graph = nx.DiGraph()
        graph.add_nodes_from(name for name, _ in self.variables)
        graph.add_edges_from(
            (parent, name) for (name, _), above in zip(self.variables, self.parents, strict=True) for parent in above
        )
        return graph


def read_bif(path: str | Path, *, normalise: bool = False) -> BIFNetwork:
    """Read a network from a BIF file, in UTF-8.

    Parameters
    ----------
    path, normalise
        The file; the option as for `parse_bif`.

    Returns
    -------
    BIFNetwork
        The network, its tables exact.

    Raises
    ------
    ModelFileError
        If the file cannot be read, or as for `parse_bif`.

    Examples
    --------
    >>> read_bif("nowhere.bif")
    Traceback (most recent call last):
    symelbo.errors.ModelFileError: nowhere.bif: cannot be read: No such file or directory
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ModelFileError(f"{path}: byte {error.start} is not UTF-8; expected a text file in UTF-8") from error
    return parse_bif(text, source=str(path), normalise=normalise)


def parse_bif(text: str, *, source: str = "<text>", normalise: bool = False) -> BIFNetwork:
    """Parse a network in the Bayesian Interchange Format.

    Parameters
    ----------
    text, source
        The text of a file, and its name in error messages.
    normalise
        Published files are rounded.  By default a row that does not sum to exactly 1 is an error; with True a row
        whose sum is within 1/100 of 1 is divided by its exact sum.

    Returns
    -------
    BIFNetwork
        The network, its tables exact.

    Raises
    ------
    ModelFileError
        With source:line:column, what was found and what is expected, for anything that is not such a network.

    Examples
    --------
    >>> rain = parse_bif('''
    ... network weather { }
    ... variable rain { type discrete [ 2 ] { yes, no }; }
    ... variable grass { type discrete [ 2 ] { wet, dry }; }
    ... probability ( rain ) { table 0.2, 0.8; }
    ... probability ( grass | rain ) { (yes) 9e-1, 0.1; default 0.3, 0.7; }
    ... ''')
    >>> rain.parents, rain.tables[1][0]
    (((), ('rain',)), (Fraction(9, 10), Fraction(1, 10)))
    """
    return _Parser(text, source, normalise).network()


class _Token(NamedTuple):
    kind: str  # "word", "string", "mark" or "end"
    text: str  # without quotes
    offset: int

    def __str__(self) -> str:
        return "the end of the file" if self.kind == "end" else repr(self.text)


# A label may contain a single slash (Asy/Patch), hence the look-ahead for comments inside words.
_TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/) | (?P<comment>/\*) | "(?P<string>[^"\n]*)" | (?P<quote>")
      | (?P<mark>[{}()\[\];,|]) | (?P<word>(?:(?!//|/\*)[^\s{}()\[\];,|"])+)""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3})?")


@lru_cache(maxsize=4096)
def _number(text: str) -> Fraction | None:
    return Fraction(text) if _NUMBER.fullmatch(text) else None


def _one_of(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:12])
    return f"one of {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")


class _Entry(NamedTuple):
    head: _Token  # "table", "default" or "("
    labels: tuple[_Token, ...]
    numbers: tuple[Fraction, ...]
    first: _Token  # where the numbers begin


class _Block(NamedTuple):
    child: _Token
    parents: tuple[_Token, ...]
    entries: tuple[_Entry, ...]


class _Parser:
    """Recursive descent over the tokens of one text; one method for each rule of the grammar."""

    def __init__(self, text: str, source: str, normalise: bool) -> None:
        self.text, self.source, self.normalise = text, source, normalise
        self.tokens = self._tokens()
        self.token = next(self.tokens)

    # ---- Tokens

    def error(self, where: _Token | int, message: str) -> ModelFileError:
        offset = where if isinstance(where, int) else where.offset
        line = self.text.count("\n", 0, offset) + 1
        column = offset - (self.text.rfind("\n", 0, offset) + 1) + 1
        return ModelFileError(f"{self.source}:{line}:{column}: {message}")

    def unexpected(self, expected: str) -> ModelFileError:
        return self.error(self.token, f"found {self.token}; expected {expected}")

    def _tokens(self) -> Iterator[_Token]:
        for match in _TOKEN.finditer(self.text):
            kind, offset = str(match.lastgroup), match.start()
            if kind == "comment":
                raise self.error(offset, "found a comment without an end; expected '*/' after this '/*'")
            if kind == "quote":
                raise self.error(offset, "found a name without an end; expected a second '\"' on the same line")
            if kind != "skip":
                yield _Token(kind, match[kind], offset)
        while True:
            yield _Token("end", "", len(self.text))

    def next(self) -> _Token:
        token, self.token = self.token, next(self.tokens)
        return token

    def at(self, text: str) -> bool:
        return self.token.text == text and self.token.kind in {"mark", "word"}

    def take(self, text: str) -> _Token:
        if not self.at(text):
            raise self.unexpected(f"'{text}'")
        return self.next()

    def name(self, what: str) -> _Token:
        if self.token.kind not in {"word", "string"} or not self.token.text:
            raise self.unexpected(what)
        return self.next()

    def names(self, what: str, end: str) -> tuple[_Token, ...]:
        found = [self.name(what)]
        while not self.at(end):
            if self.at(","):
                self.next()
            found.append(self.name(f"{what}, or '{end}'"))
        self.take(end)
        return tuple(found)

    # ---- Grammar

    def network(self) -> BIFNetwork:
        self.take("network")
        title = self.name("the name of the network")
        self.take("{")
        while not self.at("}"):
            self.property("'property' or '}'")
        self.next()
        variables: dict[str, tuple[_Token, tuple[str, ...]]] = {}
        blocks: dict[str, _Block] = {}
        while self.token.kind != "end":
            if self.at("variable"):
                name, labels = self.variable()
                if name.text in variables:
                    raise self.error(name, f"found a second variable {name}; expected each variable once")
                variables[name.text] = (name, labels)
            elif self.at("probability"):
                block = self.probability()
                if block.child.text in blocks:
                    raise self.error(
                        block.child, f"found a second table of {block.child}; expected one for each variable"
                    )
                blocks[block.child.text] = block
            else:
                raise self.unexpected("'variable' or 'probability'")
        if not variables:
            raise self.unexpected("'variable'")
        states = {name: labels for name, (_, labels) in variables.items()}
        for block in blocks.values():
            self.check_names(block, states)
        for declared, _ in variables.values():
            if declared.text not in blocks:
                raise self.error(declared, f"found no table of {declared}; expected a block 'probability' for it")
        self.check_acyclic(blocks)
        return BIFNetwork(
            title.text,
            tuple(states.items()),
            tuple(tuple(parent.text for parent in blocks[name].parents) for name in states),
            tuple(self.rows(blocks[name], states) for name in states),
        )

    def property(self, expected: str) -> None:
        if not self.at("property"):
            raise self.unexpected(expected)
        while not self.at(";"):
            if self.token.kind == "end":
                raise self.unexpected("';' after the property")
            self.next()
        self.next()

    def variable(self) -> tuple[_Token, tuple[str, ...]]:
        self.next()
        name = self.name("the name of a variable")
        self.take("{")
        labels: tuple[_Token, ...] = ()
        while not self.at("}"):
            if labels or not self.at("type"):
                self.property("'property' or '}'" if labels else "'type' or 'property'")
                continue
            self.next()
            self.take("discrete")
            self.take("[")
            if not re.fullmatch("[0-9]{1,9}", self.token.text):
                raise self.unexpected("the number of states")
            number = self.next()
            self.take("]")
            self.take("{")
            labels = self.names("the name of a state", "}")
            self.take(";")
            if len(labels) != int(number.text):
                raise self.error(number, f"found {number} before {len(labels)} states of {name}; expected their number")
            self.check_distinct(labels, "state")
        if not labels:
            raise self.unexpected(f"the states of {name}: type discrete [ n ] {{ ... }};")
        self.next()
        return name, tuple(label.text for label in labels)

    def probability(self) -> _Block:
        self.next()
        self.take("(")
        child = self.name("the name of a variable")
        parents: tuple[_Token, ...] = ()
        if self.at(")"):
            self.next()
        else:
            if self.at("|"):
                self.next()
            elif self.token.kind not in {"word", "string"}:
                raise self.unexpected("'|' before the parents or ')'")
            parents = self.names("the name of a parent", ")")
        self.take("{")
        entries = []
        while not self.at("}"):
            if self.at("table") or self.at("default") or self.at("("):
                entries.append(self.entry())
            else:
                self.property("'table', 'default', '(' before the states of the parents, 'property' or '}'")
        self.next()
        return _Block(child, parents, tuple(entries))

    def entry(self) -> _Entry:
        head = self.next()
        labels = self.names("the state of a parent", ")") if head.text == "(" else ()
        first = self.token
        numbers: list[Fraction] = []
        while not self.at(";"):
            if numbers and self.at(","):
                self.next()
            value = _number(self.token.text) if self.token.kind == "word" else None
            if value is None or value < 0:
                raise self.unexpected("a probability" + (" or ';'" if numbers else ""))
            numbers.append(value)
            self.next()
        self.next()
        return _Entry(head, labels, tuple(numbers), first)

    # ---- Meaning

    def check_distinct(self, names: tuple[_Token, ...], what: str) -> None:
        seen: set[str] = set()
        for name in names:
            if name.text in seen:
                raise self.error(name, f"found the {what} {name} twice; expected different names")
            seen.add(name.text)

    def check_names(self, block: _Block, states: Mapping[str, tuple[str, ...]]) -> None:
        for name in (block.child, *block.parents):
            if name.text not in states:
                raise self.error(name, f"found the unknown variable {name}; expected {_one_of(states)}")
        self.check_distinct(block.parents, "parent")

    def check_acyclic(self, blocks: Mapping[str, _Block]) -> None:
        graph = nx.DiGraph([(parent.text, name) for name, block in blocks.items() for parent in block.parents])
        try:
            cycle = [tail for tail, _ in nx.find_cycle(graph)]
        except nx.NetworkXNoCycle:
            return
        loop = " -> ".join([*cycle, cycle[0]])
        raise self.error(blocks[cycle[0]].child, f"found the directed cycle {loop}; expected an acyclic network")

    def rows(self, block: _Block, states: Mapping[str, tuple[str, ...]]) -> tuple[Row, ...]:
        """Return the rows of one table, in the order of the parents' joint states."""
        child, width = block.child, len(states[block.child.text])
        above = [states[parent.text] for parent in block.parents]
        height = prod(map(len, above))
        if height * width > LARGEST_TABLE:
            raise self.error(
                child, f"found a table of {child} with {height * width} entries; expected at most {LARGEST_TABLE}"
            )
        found: dict[tuple[str, ...], Row] = {}
        default: Row | None = None
        for entry in block.entries:
            if entry.head.text == "table":
                if len(block.entries) > 1:
                    raise self.error(entry.head, f"found 'table' and other entries for {child}; expected 'table' alone")
                self.check_number(entry, height * width, f"{width} x {height} entries of {child}, the child slowest")
                columns = (entry.numbers[row::height] for row in range(height))
                return tuple(
                    self.distribution(entry, column, child, labels)
                    for labels, column in zip(product(*above), columns, strict=True)
                )
            self.check_number(entry, width, f"one for each state of {child}: {', '.join(states[child.text])}")
            if entry.head.text == "default":
                if default is not None:
                    raise self.error(entry.head, f"found a second default for {child}; expected one")
                default = self.distribution(entry, entry.numbers, child, ("default",))
                continue
            labels = self.parent_state(entry, block, states)
            if labels in found:
                raise self.error(
                    entry.head, f"found a second row ({', '.join(labels)}) of {child}; expected each row once"
                )
            found[labels] = self.distribution(entry, entry.numbers, child, labels)
        if default is None and len(found) < height:
            missing = ", ".join(next(labels for labels in product(*above) if labels not in found))
            expected = f"a row ({missing}) or a default" if above else "a 'table'"
            raise self.error(child, f"found {len(found)} of {height} rows of {child}; expected {expected}")
        return tuple(found.get(labels, default or ()) for labels in product(*above))

    def parent_state(self, entry: _Entry, block: _Block, states: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        if len(entry.labels) != len(block.parents):
            parents = ", ".join(parent.text for parent in block.parents) or "none"
            raise self.error(
                entry.head,
                f"found {len(entry.labels)} states of parents of {block.child}; "
                f"expected {len(block.parents)}, one for each parent: {parents}",
            )
        for label, parent in zip(entry.labels, block.parents, strict=True):
            if label.text not in states[parent.text]:
                known = _one_of(states[parent.text])
                raise self.error(label, f"found the unknown state {label} of {parent}; expected {known}")
        return tuple(label.text for label in entry.labels)

    def check_number(self, entry: _Entry, number: int, what: str) -> None:
        if len(entry.numbers) != number:
            raise self.error(entry.first, f"found {len(entry.numbers)} probabilities; expected {number}: {what}")

    def distribution(self, entry: _Entry, row: Row, child: _Token, labels: tuple[str, ...]) -> Row:
        """Return a row that sums to one exactly; labels only say which it is."""
        total = sum(row, Fraction(0))
        if total == 1:
            return row
        if self.normalise and abs(total - 1) <= ROUNDING:
            return tuple(value / total for value in row)
        which = f"row ({', '.join(labels)})" if labels else "table"
        remedy = f"the sum 1, or within {ROUNDING} of it" if self.normalise else "the sum 1"
        if not self.normalise and abs(total - 1) <= ROUNDING:
            remedy += "; if the file is rounded, pass normalise=True to divide each row by its sum"
        raise self.error(entry.first, f"found the sum {total} in the {which} of {child}; expected {remedy}")
