"""The Bayesian Interchange Format (BIF), as it is found.

    file         = { "network" name "{" | variable | probability | property | "}" }
    variable     = "variable" name "{" { property | "type" "discrete" [ "[" n "]" ] "{" names "}" [";"] } "}"
    probability  = "probability" "(" name [ ["|"] names ] ")" "{" { property | entry } "}"
    entry        = ( "table" | "default" | "(" names ")" | nothing ) numbers ";"
    property     = "property" anything but ";" ";"

Keywords in any case; blocks in any order, inside `network` or after it; a `network` block may be missing, without a
name or without an end.  Comments are // to the end of a line, /* ... */ and lines that begin with #.

Names are separated by commas, or by white space where that gives the right number of them; quoted, or as they stand:
<=5, Asy/Patch, very low, (0,5].  Commas at the end, and between numbers, are optional.

Order.  Rows belong to the joint states of the parents, in the order of the parents in the file, the last one
changing fastest; within a row, the states of the variable in the order of its declaration.  Rows written as (a1, b1)
say themselves where they belong.  The entries of one `table` of a variable with parents are read with the index of
the variable itself changing slowest, then the parents, the last one fastest:
p(x1 | a1 b1), p(x1 | a1 b2), ..., p(x2 | a1 b1), ...  This is the order of the format's reference implementation
(JavaBayes: in dog-problem.bif `table 0.6 0.05 0.4 0.95` is p(light-on | family-out)) and of pgmpy; the bnlearn
repository writes `table` only for variables without parents, where nothing is to be chosen.

Reference: Cozman (1996), The Interchange Format for Bayesian Networks; Scutari, the bnlearn repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod

from symelbo.models.formats.network import NetworkFile, Table, one_of, repeated
from symelbo.models.formats.text import QUOTED, Text, unquoted

_FLAGS = re.IGNORECASE | re.DOTALL
_COMMENT = re.compile(rf"{QUOTED}|(//[^\n]*|/\*.*?\*/|^[ \t]*#[^\n]*)|(/\*)", re.DOTALL | re.MULTILINE)
_NETWORK = re.compile(rf"\s*network\b\s*({QUOTED}|[^{{}};\"]*?)\s*\{{", _FLAGS)
_VARIABLE = re.compile(rf"\s*variable\b\s*({QUOTED}|[^{{}}\"\n]+?)\s*\{{", _FLAGS)
_TYPE = re.compile(
    rf"\s*type\s+discrete\s*(?:\[\s*([0-9]{{1,9}})\s*\])?\s*\{{((?:{QUOTED}|[^\"{{}}])*)\}}\s*;?", _FLAGS
)
_PROBABILITY = re.compile(rf"\s*probability\s*\(((?:{QUOTED}|[^\"{{}};])*?)\)\s*\{{", _FLAGS)
_PROPERTY = re.compile(rf"\s*property\b(?:{QUOTED}|[^;\"])*;", _FLAGS)
_WORD = re.compile(r"\s*(table|default)\b\s*:?([^;{}()]*);", _FLAGS)
_ROW = re.compile(rf"\s*\(((?:{QUOTED}|[^\"{{}}])*?)\)([^;{{}}()\"]*);", _FLAGS)
_BARE = re.compile(r"\s*([-+.0-9][^;{}()]*);")
_END = re.compile(r"\s*\}")
_SPACE = re.compile(r"\s*\Z")

# How a list may be separated, in the order in which that is tried: by commas; by those outside of intervals; by spaces.
_SEPARATED = (
    re.compile(rf'(?:{QUOTED}|[^",])+'),
    re.compile(rf'(?:{QUOTED}|[(\[][^()\[\]"]*[)\]]|[^",])+'),
    re.compile(rf'{QUOTED}|[^\s,"]+'),
)


def _lists(raw: str) -> Iterator[tuple[str, ...]]:
    for pattern in _SEPARATED:
        parts = (part.strip() for part in pattern.findall(raw))
        yield tuple(unquoted(part) for part in parts if part)


def parse_bif(text: str, source: str = "<text>", normalise: bool = False) -> NetworkFile:
    """Parse a network in the Bayesian Interchange Format; its numbers stay as they are written.

    Parameters
    ----------
    text, source
        The text of a file, and its name in error messages.
    normalise
        Divide every row by its sum, whatever that is.

    Raises
    ------
    ModelFileError
        With source:line:column, what was found and what is expected, for anything that is not such a network.

    >>> rain = parse_bif('''
    ... network weather { }
    ... variable rain { type discrete [ 2 ] { yes, no }; }
    ... variable grass { type discrete [ 2 ] { wet, dry }; }
    ... probability ( rain ) { table 0.2, 0.8; }
    ... probability ( grass | rain ) { (yes) 9e-1, 0.1; default 0.3, 0.7; }
    ... ''')
    >>> rain.parents["grass"], rain.row("grass", 0)
    (('rain',), (Fraction(9, 10), Fraction(1, 10)))
    """
    return _Parser(text, source).network(normalise)


class _Parser(Text):
    """One method for each rule of the grammar; names are resolved when all variables are known."""

    def __init__(self, text: str, source: str) -> None:
        super().__init__(text, source)
        self.title = "network"
        self.states: dict[str, tuple[str, ...]] = {}
        self.declared: dict[str, int] = {}
        self.text = _COMMENT.sub(self._blank, text)
        self.blocks: list[tuple[int, int, int]] = []

    def _blank(self, match: re.Match[str]) -> str:
        if match[2]:
            raise self.error(match.start(), "found a comment without an end; expected '*/' after this '/*'")
        return re.sub(r"[^\n]", " ", match[0]) if match[1] else match[0]

    def network(self, normalise: bool) -> NetworkFile:
        while not self.take(_SPACE):
            if (named := self.take(_NETWORK)) is not None:
                self.title = unquoted(named[1]) or self.title
            elif (variable := self.take(_VARIABLE)) is not None:
                self.variable(variable)
            elif (block := self.take(_PROBABILITY)) is not None:
                self.blocks.append((block.start(1), block.end(1), self.at))
                self.skip_entries()
            elif not (self.take(_PROPERTY) or self.take(_END)):
                raise self.unexpected("network NAME {, variable NAME {, probability ( NAMES ) {, property ...; or }")
        parents: dict[str, tuple[str, ...]] = {}
        tables: dict[str, Table | None] = {}
        for start, end, body in self.blocks:
            child, above = self.head(start, end)
            if child in parents:
                raise self.error(start, f"found a second table of {child!r}; expected one for each variable")
            parents[child] = above
            tables[child] = self.table(child, above, self.place(start), body)
        for name, offset in self.declared.items():
            if name not in parents:
                raise self.error(offset, f"found no table of {name!r}; expected a block 'probability' for it")
        if not self.states:
            raise self.unexpected("'variable'")
        ordered = {name: parents[name] for name in self.states}
        return NetworkFile(self.title, self.states, ordered, tables, self.source, normalise)

    def variable(self, match: re.Match[str]) -> None:
        name = unquoted(match[1].strip())
        if name in self.states or not name:
            raise self.error(
                match.start(1), f"found {'a second' if name else 'no name of a'} variable {name!r}; expected each once"
            )
        self.declared[name] = match.start(1)
        while not self.take(_END):
            kind = None if name in self.states else self.take(_TYPE)
            if kind is not None:
                self.states[name] = self.labels(name, kind)
            elif not self.take(_PROPERTY):
                raise self.unexpected("type discrete [ n ] { STATES };, property ...; or }")
        if name not in self.states:
            raise self.unexpected(f"the states of {name!r}: type discrete [ n ] {{ STATES }};", self.at - 1)

    def labels(self, name: str, match: re.Match[str]) -> tuple[str, ...]:
        lists = list(_lists(match[2]))
        number = int(match[1]) if match[1] else len(lists[0] if "," in match[2] else lists[-1])
        found = next((labels for labels in lists if len(labels) == number), None)
        if not number or found is None:
            raise self.error(
                match.start(1) if match[1] else match.start(2),
                f"found {number} before {len(lists[0])} states of {name!r}; expected their number",
            )
        if (twice := repeated(found)) is not None:
            raise self.error(match.start(2), f"found the state {twice!r} twice; expected different names")
        return found

    def entry(self) -> re.Match[str] | None:
        return self.take(_WORD) or self.take(_ROW) or self.take(_BARE)

    def skip_entries(self) -> None:
        while not self.take(_END):
            if not (self.take(_PROPERTY) or self.entry()):
                raise self.unexpected(
                    "table NUMBERS;, default NUMBERS;, (STATES OF PARENTS) NUMBERS;, property ...; or }"
                )

    def head(self, start: int, end: int) -> tuple[str, tuple[str, ...]]:
        """The variable and its parents, among the variables that are declared."""
        raw = self.text[start:end]
        whole = unquoted(raw.strip())
        if whole in self.states:
            return whole, ()
        child, bar, above = raw.partition("|")
        unknown = ""
        for names in _lists(above if bar else raw):
            found = (unquoted(child.strip()), *names) if bar else names
            unknown = unknown or next((name for name in found if name not in self.states), "")
            if found and all(name in self.states for name in found):
                return found[0], found[1:]
        raise self.error(start, f"found the unknown variable {unknown!r}; expected {one_of(self.states)}")

    def table(self, child: str, above: tuple[str, ...], where: str, body: int) -> Table:
        """The rows of one block, by their numbers."""
        width, height = len(self.states[child]), prod(len(self.states[p]) for p in above)
        places = [{label: k for k, label in enumerate(self.states[p])} for p in above]
        rows: dict[int, tuple[str, ...]] = {}
        whole: tuple[str, ...] | None = None
        default: tuple[str, ...] | None = None
        self.at = body
        while not self.take(_END):
            if self.take(_PROPERTY):
                continue
            entry = self.entry()
            if entry is None:  # all of them were skipped before
                raise self.unexpected("an entry")
            kind = entry[1].lower() if entry.re is _WORD else ""
            last = entry.re.groups
            numbers = self.numbers(entry.start(last), entry.end(last))
            full = kind == "table" or entry.re is _BARE
            if len(numbers) != (width * height if full else width):
                shape = f"{width} x {height} entries of {child!r}, its states slowest"
                one = f"one for each state of {child!r}: {', '.join(self.states[child])}"
                raise self.error(
                    entry.start(last),
                    f"found {len(numbers)} probabilities; expected {width * height if full else width}: "
                    + (shape if full and above else one),
                )
            if (full and (rows or whole)) or (kind == "default" and default):
                raise self.error(entry.start(last), f"found a second table or default of {child!r}; expected one")
            if full:
                whole = numbers
            elif kind:
                default = numbers
            else:
                number = self.number(entry, child, above, places)
                if number in rows or whole:
                    raise self.error(
                        entry.start(1), f"found a second row ({entry[1].strip()}) of {child!r}; expected each row once"
                    )
                rows[number] = numbers
        if whole is not None:
            rows = {k: whole[k::height] for k in range(height)}
        return Table(rows, default, where)

    def number(self, entry: re.Match[str], child: str, above: tuple[str, ...], places: list[dict[str, int]]) -> int:
        """The number of the row with these states of the parents."""
        shown: tuple[str, ...] | None = None
        for labels in _lists(entry[1]):
            if len(labels) != len(above):
                continue
            shown = shown or labels
            if all(label in known for label, known in zip(labels, places, strict=True)):
                number = 0
                for label, known in zip(labels, places, strict=True):
                    number = number * len(known) + known[label]
                return number
        if shown is None:
            raise self.error(
                entry.start(1),
                f"found {len(next(_lists(entry[1])))} states of parents of {child!r}; expected {len(above)}, one for "
                f"each parent: {', '.join(above) or 'none'}",
            )
        label, parent = next((a, p) for a, p, known in zip(shown, above, places, strict=True) if a not in known)
        raise self.error(
            entry.start(1), f"found the unknown state {label!r} of {parent!r}; expected {one_of(self.states[parent])}"
        )
