"""Networks in XML: XMLBIF, and the format of GeNIe and SMILE (.xdsl).

In both a table lists its rows in the order of the parents as they are named, the last one changing fastest, and within
a row the states of the variable; in .xdsl files that say that pyAgrum wrote them, the first parent changes fastest.
An XMLBIF file may declare a document type; one that declares entities is refused.
Nodes of GeNIe are `cpt`, `deterministic` (a resulting state for each row) and `noisymax` (read without its table);
decisions, utilities and equations are refused.

Reference: Cozman (1998), XMLBIF 0.3; BayesFusion, the SMILE manual.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from symelbo.errors import ModelFileError
from symelbo.models.formats.network import NetworkFile, Table, is_number

Element = ElementTree.Element
_AGRUM = re.compile(r"created by pyAgrum|<genie\b[^>]*\bapp=\"aGrUM")


def _root(text: str, source: str) -> Element:
    """The document; its entities could be larger than it by any factor."""
    if re.search(r"<!ENTITY", text, re.IGNORECASE):
        raise ModelFileError(f"{source}: found a declaration of an entity; expected none in a network")
    try:
        return ElementTree.fromstring(text.lstrip())
    except ElementTree.ParseError as error:
        raise ModelFileError(f"{source}: not well-formed XML: {error}") from None
    except ValueError as error:
        raise ModelFileError(f"{source}: not XML: {error}") from None


def _named(element: Element, *tags: str) -> Iterator[Element]:
    return (child for child in element if isinstance(child.tag, str) and child.tag.lower() in tags)


def _texts(element: Element, *tags: str) -> list[str]:
    return ["".join(child.itertext()).strip() for child in _named(element, *tags)]


def _table(text: str, width: int, where: str) -> Table:
    numbers = tuple(text.replace(",", " ").split())
    if odd := next((n for n in numbers if not is_number(n)), None):
        raise ModelFileError(f"{where}: found {odd!r}; expected a probability")
    if not width or len(numbers) % width:
        raise ModelFileError(f"{where}: found {len(numbers)} probabilities; expected a multiple of {width}")
    return Table.of(numbers, width, where)


def parse_xmlbif(text: str, source: str, normalise: bool) -> NetworkFile:
    """Parse a network in XMLBIF.

    >>> network = parse_xmlbif('''<BIF><NETWORK><NAME>n</NAME>
    ... <VARIABLE TYPE="nature"><NAME>a</NAME><OUTCOME>yes</OUTCOME><OUTCOME>no</OUTCOME></VARIABLE>
    ... <VARIABLE TYPE="nature"><NAME>b</NAME><OUTCOME>0</OUTCOME><OUTCOME>1</OUTCOME></VARIABLE>
    ... <DEFINITION><FOR>a</FOR><TABLE>0.2 0.8</TABLE></DEFINITION>
    ... <DEFINITION><FOR>b</FOR><GIVEN>a</GIVEN><TABLE>0.9 0.1 0.3 0.7</TABLE></DEFINITION>
    ... </NETWORK></BIF>''', "<text>", False)
    >>> network.row("b", 0)
    (Fraction(9, 10), Fraction(1, 10))
    """
    root = _root(text, source)
    network = next(_named(root, "network"), root)
    states: dict[str, tuple[str, ...]] = {}
    for variable in _named(network, "variable"):
        name = next(iter(_texts(variable, "name")), "")
        kind = variable.get("TYPE", "nature")
        if kind.lower() not in ("nature", "discrete"):
            raise ModelFileError(f"{source}: found the variable {name!r} of type {kind!r}; expected 'nature'")
        if not name or name in states:
            raise ModelFileError(f"{source}: found the variable {name!r}; expected a name, each once")
        states[name] = tuple(_texts(variable, "outcome", "value"))
    parents: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Table | None] = {}
    for definition in _named(network, "definition", "probability"):
        name = next(iter(_texts(definition, "for")), "")
        if name not in states or name in parents:
            raise ModelFileError(f"{source}: found a definition of {name!r}; expected one for each variable")
        parents[name] = tuple(_texts(definition, "given"))
        listed = _texts(definition, "table")
        where = f"{source}, definition of {name}"
        tables[name] = _table(listed[0], len(states[name]), where) if listed else None
    if missing := next((name for name in states if name not in parents), None):
        raise ModelFileError(f"{source}: found no definition of {missing!r}; expected one for each variable")
    title = next(iter(_texts(network, "name")), "") or "network"
    return NetworkFile(title, states, {n: parents[n] for n in states}, tables, source, normalise)


def parse_xdsl(text: str, source: str, normalise: bool) -> NetworkFile:
    """Parse a network of GeNIe or SMILE.

    >>> network = parse_xdsl('''<smile version="1.0" id="n"><nodes>
    ... <cpt id="a"><state id="yes" /><state id="no" /><probabilities>0.2 0.8</probabilities></cpt>
    ... <deterministic id="b"><state id="u" /><state id="v" /><parents>a</parents>
    ... <resultingstates>v u</resultingstates></deterministic></nodes></smile>''', "<text>", False)
    >>> network.rows("b")
    ((Fraction(0, 1), Fraction(1, 1)), (Fraction(1, 1), Fraction(0, 1)))
    """
    root = _root(text, source)
    states: dict[str, tuple[str, ...]] = {}
    parents: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Table | None] = {}
    for nodes in _named(root, "nodes"):
        for node in nodes:
            kind, name = str(node.tag).lower(), node.get("id", "")
            if kind not in ("cpt", "deterministic", "noisymax"):
                raise ModelFileError(f"{source}: found the node {name!r} of kind {kind!r}; expected chance nodes only")
            if not name or name in states:
                raise ModelFileError(f"{source}: found the node {name!r}; expected an id, each once")
            states[name] = tuple(state.get("id", "") for state in _named(node, "state"))
            parents[name] = tuple(" ".join(_texts(node, "parents")).split())
            where, width = f"{source}, node {name}", len(states[name])
            tables[name] = None
            if listed := _texts(node, "probabilities"):
                tables[name] = _table(listed[0], width, where)
            elif results := " ".join(_texts(node, "resultingstates")).split():
                if odd := next((r for r in results if r not in states[name]), None):
                    raise ModelFileError(f"{where}: found the resulting state {odd!r}; expected one of its states")
                place = [states[name].index(r) for r in results]
                ones = [tuple("1" if k == i else "0" for k in range(width)) for i in place]
                tables[name] = Table(dict(enumerate(ones)), None, where)
    found = NetworkFile(root.get("id") or "network", states, parents, tables, source, normalise)
    return found.with_first_parents_fastest if _AGRUM.search(text) else found
