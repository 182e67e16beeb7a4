"""The format of the UAI inference competitions, for Bayesian networks: numbers only, no names.

    BAYES    number of variables    numbers of states    number of tables
    for each table: how many variables, and which: the parents, then the variable itself
    for each table: how many numbers, and they: the last variable changes fastest

Variables are named x0, x1, ...; comments are # to the end of a line.  pyAgrum writes rows in which the first parent
changes fastest: a file is known as its own by the names after the lists of variables, which it writes since 2020.

Reference: the file formats of the UAI 2008 to 2022 evaluations.
"""

from __future__ import annotations

import re
from math import prod

from symelbo.models.formats.network import NetworkFile, Table, is_number
from symelbo.models.formats.text import Text

_COMMENT = re.compile(r"#[^\n]*")
_AGRUM = re.compile(r"^[0-9]+(?: [0-9]+)+   # .*$", re.MULTILINE)  # each line of variables ends with a name
_WORD = re.compile(r"\s*([^\s,]+)\s*,?")


def parse_uai(text: str, source: str, normalise: bool) -> NetworkFile:
    """Parse a Bayesian network in the format of the UAI competitions.

    >>> network = parse_uai("BAYES 2  2 2  2  1 0  2 0 1   2 0.2 0.8   4 0.9 0.1 0.3 0.7", "<text>", False)
    >>> network.parents["x1"], network.row("x1", 1)
    (('x0',), (Fraction(3, 10), Fraction(7, 10)))
    """
    reader = _Reader(_COMMENT.sub(lambda m: " " * len(m[0]), text), source)
    kind = reader.word("'BAYES'")
    if kind.upper() != "BAYES":
        raise reader.error(0, f"found {kind!r}; expected 'BAYES': a Markov network is another kind of model")
    sizes = [reader.count("the number of states of a variable") for _ in range(reader.count("how many variables"))]
    names = [f"x{k}" for k in range(len(sizes))]
    scopes = []
    for _ in range(reader.count("the number of tables")):
        start = reader.at
        scope = [reader.count("the number of a variable") for _ in range(reader.count("how many variables"))]
        if not scope or any(k >= len(sizes) for k in scope):
            raise reader.error(start, f"found the variables {scope}; expected numbers below {len(sizes)}")
        scopes.append(scope)
    children = [scope[-1] for scope in scopes]
    if sorted(children) != list(range(len(sizes))):
        raise reader.unexpected("one table for each variable, which comes last in it")
    parents = {names[scope[-1]]: tuple(names[k] for k in scope[:-1]) for scope in scopes}
    tables: dict[str, Table | None] = {}
    for scope in scopes:
        where, n = reader.place(reader.at), reader.count("how many numbers")
        width = sizes[scope[-1]]
        if n != prod(sizes[k] for k in scope):
            raise reader.unexpected(f"{prod(sizes[k] for k in scope)} numbers of {names[scope[-1]]}, not {n}")
        numbers = tuple(reader.number() for _ in range(n))
        tables[names[scope[-1]]] = Table.of(numbers, width, where)
    states = {name: tuple(map(str, range(size))) for name, size in zip(names, sizes, strict=True)}
    found = NetworkFile("network", states, {n: parents[n] for n in names}, tables, source, normalise)
    return found.with_first_parents_fastest if len(_AGRUM.findall(text)) == len(scopes) else found


class _Reader(Text):
    def word(self, expected: str) -> str:
        match = self.take(_WORD)
        if match is None:
            raise self.unexpected(expected)
        return match[1]

    def count(self, what: str) -> int:
        start = self.at
        word = self.word(what)
        if not re.fullmatch("[0-9]{1,7}", word):
            raise self.unexpected(what, start)
        return int(word)

    def number(self) -> str:
        start = self.at
        word = self.word("a probability")
        if not is_number(word):
            raise self.unexpected("a probability", start)
        return word
