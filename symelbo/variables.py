"""Finite variables and the tuples of their labels that are states.

1 and "1" are the same label; text keys join labels by commas.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, product
from math import prod
from numbers import Integral
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from symelbo.budget import LIMITS
from symelbo.errors import ModelError

Label: TypeAlias = int | str
State: TypeAlias = tuple[Label, ...]
Numbers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Variable:
    """A finite variable: a name and at least one label, all different when written out."""

    name: str
    labels: tuple[Label, ...]

    def __post_init__(self) -> None:
        if not self.name:
            raise ModelError("a variable has an empty name")
        if not self.labels:
            raise ModelError(f"variable {self.name}: it has no states; give a number >= 1 or a list of labels")
        if not self.name.isprintable():
            raise ModelError(f"variable {self.name!r}: its name contains a character that is not printable")
        seen: set[str] = set()
        for text in map(str, self.labels):
            if not text.isprintable():
                raise ModelError(f"variable {self.name}: the label {text!r} contains a character that is not printable")
            if text in seen:
                raise ModelError(f"variable {self.name}: the label {text!r} occurs more than once")
            if "," in text:
                raise ModelError(f"variable {self.name}: the label {text!r} contains a comma, which separates labels")
            seen.add(text)

    @classmethod
    def of(cls, name: object, states: object) -> Variable:
        """Return a variable from a number of states (labels 0..n-1) or a list of labels."""
        if not isinstance(name, str):
            raise ModelError(f"variable names are strings, got {name!r}")
        if isinstance(states, bool | float):
            raise ModelError(f"variable {name}: {states!r} is not a number of states; give an int or a list of labels")
        if isinstance(states, Integral):
            if states < 1:
                raise ModelError(f"variable {name}: {states} states; a variable has at least one")
            states = range(int(states))
        if isinstance(states, str) or not isinstance(states, Iterable):
            raise ModelError(f"variable {name}: {states!r} is neither a number of states nor a list of labels")
        labels = tuple(islice(states, LIMITS.labels + 1))
        if len(labels) > LIMITS.labels:
            raise ModelError(
                f"variable {name}: more than {LIMITS.labels} states are too many for a table; counts of any size "
                "and real numbers are leaves of an exponential_mixture, or variables of a Gaussian model"
            )
        for label in labels:
            if not is_label(label):
                raise ModelError(f"variable {name}: the label {label!r} is neither an int nor a string")
        return cls(name, tuple(a if isinstance(a, str) else int(a) for a in labels))

    def position(self, label: object) -> int:
        """Return the index of a label (1 and "1" are the same label); ModelError if there is none."""
        for i, own in enumerate(self.labels):
            if str(own) == str(label):
                return i
        known = ", ".join(map(str, self.labels))
        raise ModelError(f"variable {self.name} has no state {label!r}; its states are {known}")

    def __len__(self) -> int:
        return len(self.labels)


def is_label(value: object) -> bool:
    """Whether a value can name a state."""
    return isinstance(value, Integral | str) and not isinstance(value, bool)


def labels_of(value: object, what: str, state: object) -> State:
    """A label or a tuple of them, as a tuple."""
    labels = tuple(value) if isinstance(value, tuple | list) else (value,)
    if not labels or any(not is_label(a) or str(a) == "" for a in labels):
        raise ModelError(
            f"state {state!r}: {what} is {value!r}; expected a label (an int or a text that is not empty), "
            "or a tuple of labels"
        )
    return labels


def coordinates(rows: Sequence[State], name: str) -> tuple[Variable, ...]:
    """The variables whose labels occur in these tuples."""
    odd = next((r for r in rows if len(r) != len(rows[0])), None)
    if odd is not None:
        raise ModelError(f"{rows[0]!r} and {odd!r} have different numbers of labels; expected one number throughout")
    names = [name] if len(rows[0]) == 1 else [f"{name}{i + 1}" for i in range(len(rows[0]))]
    found: list[dict[str, Label]] = [{} for _ in names]
    for row in rows:
        for labels, a in zip(found, row, strict=True):
            labels.setdefault(str(a), a)
    return tuple(Variable(n, tuple(labels.values())) for n, labels in zip(names, found, strict=True))


class Enumeration:
    """The tuples of labels of some variables that are states, in order, with their numbers.

    Either all combinations, lexicographically with the last variable running fastest (``rows`` is None, and nothing is
    written out before it is asked for), or those listed.
    """

    def __init__(self, variables: Sequence[Variable], rows: Sequence[State] | None = None) -> None:
        self.is_product = rows is None
        used = None if rows is None else [set(map(str, column)) for column in zip(*rows, strict=True)]
        self.variables = tuple(
            v if used is None else Variable(v.name, tuple(a for a in v.labels if str(a) in used[k]))
            for k, v in enumerate(variables)
        )
        self._rows = None if rows is None else tuple(rows)

    @property
    def size(self) -> int:
        """The number of states."""
        return prod(map(len, self.variables)) if self._rows is None else len(self._rows)

    @cached_property
    def rows(self) -> tuple[State, ...]:
        """All states, as tuples of labels; ModelError if they are too many."""
        self.require_few()
        return tuple(product(*(v.labels for v in self.variables))) if self._rows is None else self._rows

    @property
    def digits(self) -> Numbers:
        """The positions of the labels of all states, one column for each variable; ModelError if they are too many."""
        self.require_few()
        if self._rows is None:
            grids = np.unravel_index(np.arange(self.size), [len(v) for v in self.variables])
            return np.stack(grids, axis=1).astype(np.int64)
        place = [{str(label): k for k, label in enumerate(v.labels)} for v in self.variables]
        rows = [[p[str(a)] for p, a in zip(place, row, strict=True)] for row in self._rows]
        return np.array(rows, dtype=np.int64).reshape(len(rows), len(place))

    def require_few(self) -> None:
        """Raise ModelError if the states are too many to be listed."""
        if self.size > LIMITS.table_states:
            raise ModelError(
                f"{len(self.variables)} variables have some 2**{self.size.bit_length() - 1} states; at most "
                f"{LIMITS.table_states} are written out as a table (Bayesian networks and Gaussian models need none)"
            )

    @cached_property
    def _listed(self) -> dict[tuple[int, ...], int]:
        return {tuple(row): x for x, row in enumerate(self.digits.tolist())}

    def numbers(self, positions: Numbers) -> Numbers:
        """The numbers of states with these positions of labels, one in each row; all of them exist."""
        if self._rows is None:
            return np.asarray(
                np.ravel_multi_index(tuple(positions.T), [len(v) for v in self.variables]), dtype=np.int64
            )
        return np.array([self._listed[tuple(row)] for row in positions.tolist()], dtype=np.int64)

    def index(self, state: object, what: str) -> int:
        """The number of a state given by its labels; ModelError if there is none."""
        labels = state if isinstance(state, tuple | list) else (state,)
        if len(labels) != len(self.variables):
            names = ", ".join(v.name for v in self.variables)
            first = ", ".join(repr(v.labels[0]) for v in self.variables)
            raise ModelError(
                f"{what} {state!r} has {len(labels)} labels; expected {len(self.variables)}: ({names}), like ({first})"
            )
        positions = tuple(v.position(a) for v, a in zip(self.variables, labels, strict=True))
        if self._rows is None:
            return sum(k * step for k, step in zip(positions, self._steps, strict=True))
        if positions not in self._listed:
            shown = ",".join(map(str, labels))
            raise ModelError(f"there is no {what} {shown}: it is impossible, or was never declared")
        return self._listed[positions]

    @cached_property
    def _steps(self) -> list[int]:
        sizes = [len(v) for v in self.variables]
        return [prod(sizes[k + 1 :]) for k in range(len(sizes))]

    def key(self, state: State, order: Sequence[str]) -> str:
        """The text key of a state: labels joined by commas, variables in this order."""
        labels = {v.name: label for v, label in zip(self.variables, state, strict=True)}
        return ",".join(str(labels[name]) for name in order)
