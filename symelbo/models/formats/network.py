"""What a file says of a Bayesian network: one value, whatever its format.

The graph and the states are checked when the value is made.  Numbers stay as they are written until they are asked
for: what holds for all tables needs none of them, so that rows which are rounded, counts, or still to be learned stop
nobody who does not ask for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import TypeAlias

import networkx as nx

from symelbo.errors import DomainError, ModelFileError

Row: TypeAlias = tuple[Fraction, ...]

ROUNDING = Fraction(1, 1000)
"""How far from one the sum of a row may be before it is not taken for a rounded one."""

_NUMBER = re.compile(
    r"[+-]?(?:[0-9]{1,400}(?:\.[0-9]{0,400})?|\.[0-9]{1,400})(?:[eE][+-]?[0-9]{1,3}|/0*[1-9][0-9]{0,399})?"
)
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity)|\?", re.IGNORECASE)


@lru_cache(maxsize=1 << 16)
def is_number(text: str) -> bool:
    """Whether a text is a decimal number or a fraction; so is what programs write where they have none."""
    return bool(_NUMBER.fullmatch(text) or _NO_NUMBER.fullmatch(text))


@lru_cache(maxsize=1 << 16)
def _value(text: str) -> Fraction | None:
    """The number, exactly; None if it is negative or none: nothing is known."""
    value = Fraction(text) if _NUMBER.fullmatch(text) else None
    return None if value is None or value < 0 else value


@dataclass(frozen=True, slots=True)
class Table:
    """A conditional table as it is written.

    Attributes
    ----------
    rows
        The rows that are written, by their numbers: those of `itertools.product` of the states of the parents.
    default
        The row that stands for the others, if there is one.
    where
        The place of the table, for messages.
    """

    rows: Mapping[int, tuple[str, ...]]
    default: tuple[str, ...] | None
    where: str

    @classmethod
    def of(cls, numbers: Sequence[str], width: int, where: str) -> Table:
        """The rows of all numbers, in which the states of the variable change fastest."""
        rows = range(len(numbers) // width if width else 0)
        return cls({k: tuple(numbers[k * width : (k + 1) * width]) for k in rows}, None, where)

    @property
    def written(self) -> Iterator[tuple[str, ...]]:
        """All rows that are written."""
        yield from self.rows.values()
        if self.default is not None:
            yield self.default


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A Bayesian network as a file has it.

    Attributes
    ----------
    name
        The name of the network.
    states
        The labels of every variable, in the order of declaration.
    parents
        The parents of every variable, in the order of its table: the last one changes fastest.
    tables
        The table of every variable, or None where it has none.
    where
        The file, for messages.
    normalise
        Whether every row is divided by its sum: tables of counts.
    remarks
        What a reader should know: how the text was decoded, which labels are written otherwise.

    >>> states = {"x": ("a", "b"), "y": ("0", "1")}
    >>> rows = Table({0: ("0.3333", "0.6666"), 1: ("90", "10")}, None, "line 3")
    >>> network = NetworkFile("n", states, {"x": (), "y": ("x",)}, {"x": None, "y": rows}, "n.bif")
    >>> network.row("y", 0)
    (Fraction(1, 3), Fraction(2, 3))
    >>> network.row("y", 1)
    Traceback (most recent call last):
    symelbo.errors.DomainError: line 3: the row (b) of 'y' has the sum 100; expected 1, or within 1/1000 of it; \
normalise=True divides every row by its sum
    """

    name: str
    states: Mapping[str, tuple[str, ...]]
    parents: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Table | None]
    where: str
    normalise: bool = False
    remarks: tuple[str, ...] = field(default=(), compare=False)

    @property
    def with_first_parents_fastest(self) -> NetworkFile:
        """The file as pyAgrum means it in some formats: there the first parent changes fastest."""
        said = "the file is pyAgrum's: its rows are read with the first parent changing fastest, as pyAgrum writes them"
        if all(len(own) < 2 for own in self.parents.values()):
            return self
        parents = {name: own[::-1] for name, own in self.parents.items()}
        return replace(self, parents=parents, remarks=(*self.remarks, said))

    def __post_init__(self) -> None:
        if not self.states:
            raise ModelFileError(f"{self.where}: found no variable; expected one at least")
        for name in self.states:
            self._check_names(name)
        graph = self.dag()
        if not nx.is_directed_acyclic_graph(graph):
            cycle = [tail for tail, _ in nx.find_cycle(graph)]
            loop = " -> ".join([*cycle, cycle[0]])
            raise ModelFileError(
                f"{self.place(cycle[0])}: found the directed cycle {loop}; expected an acyclic network"
            )
        self._clean_labels()

    def _check_names(self, name: str) -> None:
        labels, above, table = self.states[name], self.parents[name], self.tables[name]
        if not labels or (twice := repeated(labels)) is not None:
            found = f"the state {twice!r} twice" if labels else "no state"
            raise ModelFileError(f"{self.where}: found {found} of {name!r}; expected different names of states")
        for parent in above:
            if parent not in self.states:
                raise ModelFileError(
                    f"{self.place(name)}: found the unknown variable {parent!r}; expected {one_of(self.states)}"
                )
        if (twice := repeated(above)) is not None:
            raise ModelFileError(f"{self.place(name)}: found the parent {twice!r} twice; expected different names")
        odd = next((row for row in table.written if len(row) != len(labels)), None) if table else None
        if odd is not None:
            raise ModelFileError(
                f"{self.place(name)}: found {len(odd)} probabilities; expected {len(labels)}: one for each state of "
                f"{name!r}: {', '.join(labels)}"
            )

    def _clean_labels(self) -> None:
        """Labels are joined by commas everywhere else: (0,5] is written (0;5]."""
        if not any("," in label for labels in self.states.values() for label in labels):
            return
        states = {n: tuple(a.replace(",", ";") for a in labels) for n, labels in self.states.items()}
        for name, labels in states.items():
            if repeated(labels) is not None:
                raise ModelFileError(f"{self.where}: two states of {name!r} differ in commas and semicolons only")
        object.__setattr__(self, "states", states)
        object.__setattr__(self, "remarks", (*self.remarks, "commas in names of states are written as semicolons"))

    def place(self, name: str) -> str:
        """Where the table of a variable stands, or else the file."""
        table = self.tables.get(name)
        return self.where if table is None else table.where

    def dag(self) -> nx.DiGraph:
        """Return the graph as a new networkx.DiGraph, nodes in the order of declaration."""
        graph = nx.DiGraph()
        graph.add_nodes_from(self.states)
        graph.add_edges_from((parent, name) for name, above in self.parents.items() for parent in above)
        return graph

    def row(self, name: str, number: int) -> Row:
        """Return the distribution of a variable for one joint state of its parents, given by its number.

        Raises
        ------
        DomainError
            The row is missing, not filled in, or does not sum to 1.
        """
        table = self.tables[name]
        if table is None:
            raise DomainError(f"{self.where}: there is no table of {name!r}")
        written = table.rows.get(number, table.default)
        if written is None:
            raise DomainError(f"{table.where}: the {self._named(name, number)} is missing")
        values = [_value(text) for text in written]
        row = tuple(value for value in values if value is not None)
        total = sum(row, Fraction(0))
        if len(row) < len(values) or not total:
            raise DomainError(f"{table.where}: the {self._named(name, number)} has no probabilities")
        if total == 1:
            return row
        if not self.normalise and abs(total - 1) > ROUNDING:
            raise DomainError(
                f"{table.where}: the {self._named(name, number)} has the sum {total}; expected 1, or within {ROUNDING} "
                "of it; normalise=True divides every row by its sum"
            )
        return tuple(value / total for value in row)

    def _named(self, name: str, number: int) -> str:
        labels = []
        for parent in reversed(self.parents[name]):
            number, k = divmod(number, len(self.states[parent]))
            labels.append(self.states[parent][k])
        return f"row ({', '.join(reversed(labels))}) of {name!r}" if labels else f"table of {name!r}"

    def numbers_of_rows(self, name: str, wanted: Sequence[str]) -> list[int]:
        """Return, for the joint states of ``wanted`` in lexicographic order, the numbers of the rows of a table."""
        return row_numbers(self.parents[name], wanted, {n: len(labels) for n, labels in self.states.items()})

    def rows(self, name: str) -> tuple[Row, ...]:
        """Return all rows of a table; the errors are those of `row`."""
        return tuple(self.row(name, k) for k in range(prod(len(self.states[p]) for p in self.parents[name])))

    def support(self, name: str) -> list[list[bool]] | None:
        """Return which entries of a table are not 0, row by row; None where that is not known."""
        table = self.tables[name]
        if table is None:
            return None
        rows = []
        for k in range(prod(len(self.states[p]) for p in self.parents[name])):
            values = [_value(text) for text in table.rows.get(k, table.default or ())]
            if None in values or not any(values):
                return None
            rows.append([bool(value) for value in values])
        return rows

    @property
    def has_zeros(self) -> bool:
        """Whether an entry of a table is 0, in a row that has others."""
        return any(
            0 in values and any(values) and None not in values
            for table in self.tables.values()
            if table is not None
            for values in ([_value(text) for text in row] for row in table.written)
        )

    @property
    def rounding(self) -> str:
        """What is done to rows that do not sum to 1, in words; empty if all do."""
        rows = [row for table in self.tables.values() if table is not None for row in table.written]
        sums = [sum((_value(text) or Fraction(0) for text in row), Fraction(0)) for row in rows]
        rounded = [total for total in sums if total != 1 and (self.normalise or abs(total - 1) <= ROUNDING)]
        if not rounded:
            return ""
        return f"{len(rounded)} of {len(rows)} rows do not sum to 1 and are divided by their sums"


def row_numbers(given: Sequence[str], wanted: Sequence[str], sizes: Mapping[str, int]) -> list[int]:
    """Return, for the joint states of ``wanted`` in lexicographic order, their numbers when ``given`` is the order.

    >>> row_numbers(["a", "b"], ["b", "a"], {"a": 2, "b": 3})
    [0, 3, 1, 4, 2, 5]
    """
    stride = dict(zip(given, (prod(sizes[q] for q in given[k + 1 :]) for k in range(len(given))), strict=True))
    numbers = [0]
    for p in wanted:
        numbers = [n + k * stride[p] for n in numbers for k in range(sizes[p])]
    return numbers


def repeated(names: Sequence[str]) -> str | None:
    """Return a name that occurs twice, if there is one."""
    seen: set[str] = set()
    return next((name for name in names if name in seen or seen.add(name)), None)  # type: ignore[func-returns-value]


def one_of(names: Mapping[str, object] | tuple[str, ...]) -> str:
    """Name what is known, up to twelve."""
    shown = ", ".join(list(names)[:12])
    return f"one of {shown}" + (f" and {len(names) - 12} more" if len(names) > 12 else "")
