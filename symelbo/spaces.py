"""Finite sample spaces ``X = V x H``: variables, states, and marginalisation onto the visible ones.

Order: variables keep their declaration order, visible before hidden; states are enumerated lexicographically with
the last variable running fastest, labels in declaration order.  The states above one visible state are therefore
contiguous: state number ``v * n_hidden + h`` lies above visible state number ``v``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TypeAlias

from symelbo.errors import ModelError

__all__ = ["Label", "SampleSpace", "State", "Variable"]

Label: TypeAlias = int | str
State: TypeAlias = tuple[Label, ...]


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
        seen: set[str] = set()
        for text in map(str, self.labels):
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
        if isinstance(states, int):
            if states < 1:
                raise ModelError(f"variable {name}: {states} states; a variable has at least one")
            return cls(name, tuple(range(states)))
        if isinstance(states, str) or not isinstance(states, Iterable):
            raise ModelError(f"variable {name}: {states!r} is neither a number of states nor a list of labels")
        labels = tuple(states)
        for label in labels:
            if isinstance(label, bool) or not isinstance(label, int | str):
                raise ModelError(f"variable {name}: the label {label!r} is neither an int nor a string")
        return cls(name, labels)

    def position(self, label: object) -> int:
        """Return the index of a label (1 and "1" are the same label); ModelError if there is none."""
        for i, own in enumerate(self.labels):
            if str(own) == str(label):
                return i
        known = ", ".join(map(str, self.labels))
        raise ModelError(f"variable {self.name} has no state {label!r}; its states are {known}")

    def __len__(self) -> int:
        return len(self.labels)


class SampleSpace:
    """The states of visible and hidden variables, ``X = V x H``.

    Parameters
    ----------
    visible, hidden : mapping from name to number of states (labels 0, 1, ...) or list of labels
        At least one visible and one hidden variable, no name twice.
    order : sequence of names, optional
        The order in which text keys such as ``"1,0,1"`` list the variables; default: visible, then hidden.

    >>> space = SampleSpace(visible={"y": 2, "z": 2}, hidden={"x": ["on", "off"]})
    >>> len(space.states), space.states[:3]
    (8, ((0, 0, 'on'), (0, 0, 'off'), (0, 1, 'on')))
    >>> space.key(space.states[1])
    '0,0,off'
    """

    __slots__ = ("_states", "hidden", "order", "visible")

    def __init__(
        self,
        visible: Mapping[str, int | Sequence[Label]],
        hidden: Mapping[str, int | Sequence[Label]],
        *,
        order: Sequence[str] | None = None,
    ) -> None:
        for name, given in (("visible", visible), ("hidden", hidden)):
            if not isinstance(given, Mapping):
                raise ModelError(f'{name}: {given!r} is not a mapping from names to states, such as {{"x": 2}}')
        self.visible: tuple[Variable, ...] = tuple(Variable.of(n, s) for n, s in visible.items())
        self.hidden: tuple[Variable, ...] = tuple(Variable.of(n, s) for n, s in hidden.items())
        if not self.visible:
            raise ModelError(
                "no visible variable: symelbo compares a model with its visible part, declare at least one"
            )
        if not self.hidden:
            raise ModelError("no hidden variable: symelbo compares a model with its visible part, declare at least one")
        both = set(visible) & set(hidden)
        if both:
            raise ModelError(f"{', '.join(sorted(both))}: declared visible and hidden; a variable is one of them")
        self.order: tuple[str, ...] = tuple(order) if order is not None else (*visible, *hidden)
        if sorted(self.order) != sorted((*visible, *hidden)):
            raise ModelError(f"order {list(self.order)} does not list each of the variables exactly once")
        self._states: tuple[State, ...] | None = None

    @property
    def variables(self) -> tuple[Variable, ...]:
        """All variables, visible ones first."""
        return self.visible + self.hidden

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all variables, visible ones first."""
        return tuple(v.name for v in self.variables)

    @property
    def n_visible(self) -> int:
        """The number ``|V|`` of visible states."""
        return prod(len(v) for v in self.visible)

    @property
    def n_hidden(self) -> int:
        """The number ``|H|`` of hidden states."""
        return prod(len(v) for v in self.hidden)

    @property
    def n_states(self) -> int:
        """The number ``|X| = |V| |H|`` of states."""
        return self.n_visible * self.n_hidden

    @property
    def states(self) -> tuple[State, ...]:
        """All states, as tuples of labels, visible variables first."""
        if self._states is None:
            self._states = tuple(product(*(v.labels for v in self.variables)))
        return self._states

    @property
    def visible_states(self) -> tuple[State, ...]:
        """All visible states, as tuples of labels."""
        return tuple(product(*(v.labels for v in self.visible)))

    @property
    def hidden_states(self) -> tuple[State, ...]:
        """All hidden states, as tuples of labels."""
        return tuple(product(*(v.labels for v in self.hidden)))

    def fibre(self, v: int) -> range:
        """Return the numbers of the states above visible state number v."""
        return range(v * self.n_hidden, (v + 1) * self.n_hidden)

    def fibres(self) -> Iterator[range]:
        """Iterate over the fibres of the marginalisation, one for each visible state."""
        return (self.fibre(v) for v in range(self.n_visible))

    def index(self, state: object) -> int:
        """Return the number of a state given by its labels, visible variables first."""
        return _index(self.variables, state, "state")

    def visible_index(self, state: object) -> int:
        """Return the number of a visible state given by its labels."""
        return _index(self.visible, state, "visible state")

    def key(self, state: State) -> str:
        """Return the text key of a state: labels joined by commas in the declared order of variables."""
        labels = dict(zip(self.names, state, strict=True))
        return ",".join(str(labels[name]) for name in self.order)

    def visible_key(self, state: State) -> str:
        """Return the text key of a visible state."""
        labels = {v.name: label for v, label in zip(self.visible, state, strict=True)}
        return ",".join(str(labels[name]) for name in self.order if name in labels)

    def state_of_key(self, key: str, where: str = "state") -> State:
        """Return the state that a text key such as ``"1,0,1"`` names."""
        parts = [part.strip() for part in key.split(",")]
        if len(parts) != len(self.order):
            raise ModelError(
                f"{where} {key!r} has {len(parts)} labels; expected {len(self.order)}: {','.join(self.order)}"
            )
        labels = dict(zip(self.order, parts, strict=True))
        return tuple(v.labels[v.position(labels[v.name])] for v in self.variables)

    def hide(self, hidden: Iterable[str]) -> SampleSpace:
        """Return the space of the same variables with another hidden set."""
        wanted = set(hidden)
        unknown = wanted - set(self.names)
        if unknown:
            raise ModelError(
                f"hidden: unknown variable {', '.join(sorted(unknown))}; known are {', '.join(self.names)}"
            )
        by_name = {v.name: v.labels for v in self.variables}
        return SampleSpace(
            {n: by_name[n] for n in self.order if n not in wanted},
            {n: by_name[n] for n in self.order if n in wanted},
            order=self.order,
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, SampleSpace)
            and self.visible == other.visible
            and self.hidden == other.hidden
            and self.order == other.order
        )

    def __hash__(self) -> int:
        return hash((self.visible, self.hidden, self.order))

    def __repr__(self) -> str:
        def show(variables: tuple[Variable, ...]) -> str:
            return ", ".join(f"{v.name}: {len(v)}" for v in variables)

        return f"SampleSpace(visible: {show(self.visible)}; hidden: {show(self.hidden)}; {self.n_states} states)"


def _index(variables: tuple[Variable, ...], state: object, what: str) -> int:
    labels = state if isinstance(state, tuple | list) else (state,)
    if len(labels) != len(variables):
        names = ", ".join(v.name for v in variables)
        raise ModelError(f"{what} {state!r} has {len(labels)} labels; expected {len(variables)}: ({names})")
    number = 0
    for variable, label in zip(variables, labels, strict=True):
        number = number * len(variable) + variable.position(label)
    return number
