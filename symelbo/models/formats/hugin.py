"""The format of Hugin (.net): nodes with states, potentials with nested lists of numbers.

    node a { states = ("yes" "no"); ... }        discrete nodes; others are refused
    potential (b | a c) { data = ((...)(...)); }

Within `data` the last parent changes faster than those before it, and the states of the node fastest; the brackets say
nothing that the numbers of states do not.  Comments are % to the end of a line.  A potential whose numbers are given
in another way (a formula) has no table.

Reference: Hugin Expert, The HUGIN API Reference Manual, chapter 13 (The NET language).
"""

from __future__ import annotations

import re
from math import prod

from symelbo.models.formats.network import NetworkFile, Table
from symelbo.models.formats.text import QUOTED, Text, unquoted

_FLAGS = re.IGNORECASE | re.DOTALL
_COMMENT = re.compile(rf"{QUOTED}|%[^\n]*")
_HEAD = re.compile(r"\s*(?:net|class\s+[^\s{]+)\s*(\{)?", _FLAGS)
_NODE = re.compile(r"\s*((?:discrete|continuous)\s+)?(node|decision|utility|function)\s+([^\s{}]+)\s*\{", _FLAGS)
_POTENTIAL = re.compile(r"\s*potential\s*\(([^(){}]*)\)\s*\{", _FLAGS)
_ATTRIBUTE = re.compile(rf"\s*([A-Za-z_][\w.]*)\s*=\s*((?:{QUOTED}|[^;\"{{}}])*);", _FLAGS)
_END = re.compile(r"\s*\}")
_SPACE = re.compile(r"\s*\Z")
_ITEM = re.compile(rf"{QUOTED}|[^\s()\",]+")


def parse_hugin(text: str, source: str, normalise: bool) -> NetworkFile:
    """Parse a network in the format of Hugin.

    >>> network = parse_hugin('''net { }
    ... node a { states = ("yes" "no"); }
    ... node b { states = (0 1 2); }
    ... potential (a) { data = (0.2 0.8); }
    ... potential (b | a) { data = ((0.1 0.2 0.7) (0.3 0.3 0.4)); }
    ... ''', "<text>", False)
    >>> network.row("b", 1)
    (Fraction(3, 10), Fraction(3, 10), Fraction(2, 5))
    """
    return _Parser(text, source).network(normalise)


class _Parser(Text):
    def __init__(self, text: str, source: str) -> None:
        super().__init__(_COMMENT.sub(lambda m: m[0] if m[0][0] == '"' else " " * len(m[0]), text), source)

    def network(self, normalise: bool) -> NetworkFile:
        states: dict[str, tuple[str, ...]] = {}
        blocks: dict[str, tuple[tuple[str, ...], int, tuple[int, int] | None]] = {}
        title = "network"
        head = self.take(_HEAD)
        if head is not None and head[1] and "class" not in head[0].lower():
            title = unquoted(self.attributes().get("name", (title, 0, 0))[0].strip())
        while not self.take(_SPACE):
            if (node := self.take(_NODE)) is not None:
                if "continuous" in (node[1] or "").lower() or node[2].lower() != "node":
                    raise self.error(node.start(2), f"found the node {node[3]!r}; expected discrete chance nodes only")
                if node[3] in states:
                    raise self.error(node.start(3), f"found a second node {node[3]!r}; expected each once")
                raw = self.attributes().get("states", ("", 0, 0))[0]
                states[node[3]] = tuple(unquoted(item) for item in _ITEM.findall(raw))
            elif (block := self.take(_POTENTIAL)) is not None:
                child, _, above = block[1].partition("|")
                found = self.attributes().get("data")
                if child.strip() in blocks:
                    raise self.error(block.start(1), f"found a second potential of {child.strip()!r}; expected one")
                data = None if found is None else (found[1], found[2])
                blocks[child.strip()] = (tuple(_ITEM.findall(above)), block.start(1), data)
            elif not self.take(_END):
                raise self.unexpected("'node', 'potential' or '}'")
        parents, tables = {}, {}
        for name in states:
            if name not in blocks:
                raise self.unexpected(f"a potential of {name!r}")
            parents[name], offset, data = blocks[name]
            tables[name] = None if data is None else self.table(name, parents[name], states, offset, data)
        for name, (_, offset, _) in blocks.items():
            if name not in states:
                raise self.error(offset, f"found the potential of {name!r}; expected one variable, declared as a node")
        return NetworkFile(title, states, parents, tables, self.source, normalise)

    def attributes(self) -> dict[str, tuple[str, int, int]]:
        """The attributes of a block that is open, with their places."""
        found = {}
        while not self.take(_END):
            match = self.take(_ATTRIBUTE)
            if match is None:
                raise self.unexpected("name = value; or '}'")
            found[match[1].lower()] = (match[2], match.start(2), match.end(2))
        return found

    def table(
        self, name: str, above: tuple[str, ...], states: dict[str, tuple[str, ...]], offset: int, data: tuple[int, int]
    ) -> Table:
        # Brackets become spaces: places stay what they are.
        self.text = self.text[: data[0]] + re.sub(r"[()]", " ", self.text[slice(*data)]) + self.text[data[1] :]
        numbers = self.numbers(*data)
        width = len(states[name])
        height = prod(len(states.get(p, ())) for p in above)
        if height and width and len(numbers) != width * height:
            raise self.error(
                data[0], f"found {len(numbers)} numbers; expected {width * height}: {height} rows of {name!r}"
            )
        return Table.of(numbers, width, self.place(offset))
