"""Finite spaces of states and what is seen of them: variables, labels, and the map ``pi: X -> V``.

Order: the states above one visible state stand together.  In a product ``X = V x H`` variables keep their declaration
order, visible before hidden, and states are enumerated lexicographically with the last variable running fastest,
labels in declaration order.  In any other space visible states stand in the order of their first appearance, and the
states above each in the order of declaration.

:class:`Fibration` is that map as positions: whoever sums over a fibre, or lifts a function of what is seen, asks it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import sympy

from symelbo.errors import ModelError
from symelbo.typesetting import Unfolding, first
from symelbo.variables import Enumeration, Label, Numbers, State, Variable, coordinates, labels_of

__all__ = [
    "Fibration",
    "Label",
    "SampleSpace",
    "Space",
    "State",
    "StateSpace",
    "Variable",
    "as_space",
    "joint_space",
    "seen_through",
    "visible_probabilities",
]

T = TypeVar("T")


class Fibration:
    """The map ``pi: X -> V`` on the numbers of states: those above one visible state stand together.

    Iterating gives the fibres, as ranges of numbers of states.

    >>> pi = Fibration([2, 1])
    >>> list(pi), pi.below.tolist()
    ([range(0, 2), range(2, 3)], [0, 0, 1])
    >>> pi.sums(np.array([10, 20, 30])).tolist()
    [30, 30]
    """

    __slots__ = ("below", "bounds")

    def __init__(self, sizes: Sequence[int] | Numbers) -> None:
        counts = np.asarray(sizes, dtype=np.int64)
        self.bounds: Numbers = np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(counts)])
        self.below: Numbers = np.repeat(np.arange(len(counts), dtype=np.int64), counts)

    @property
    def sizes(self) -> Numbers:
        """The number of states above every visible state."""
        return np.diff(self.bounds)

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __getitem__(self, v: int) -> range:
        return range(int(self.bounds[v]), int(self.bounds[v + 1]))

    def __iter__(self) -> Iterator[range]:
        return map(range, self.bounds[:-1].tolist(), self.bounds[1:].tolist())

    def over(self, visible: Numbers) -> tuple[Fibration, Numbers]:
        """The part over some visible states, and the numbers of its states."""
        part = Fibration(self.sizes[visible])
        return part, np.arange(len(part.below), dtype=np.int64) + (self.bounds[visible] - part.bounds[:-1])[part.below]

    def sums(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Sum rows over the fibres: (|X|, ...) to (|V|, ...)."""
        return np.asarray(np.add.reduceat(values, self.bounds[:-1], axis=0))

    def lifted(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Repeat rows over the fibres: (|V|, ...) to (|X|, ...)."""
        return np.asarray(values[self.below])

    def first(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The row of the first state above what is seen, for every state: (|X|, ...) to (|X|, ...)."""
        return np.asarray(values[self.bounds[:-1]][self.below])

    def totals(self, entries: Sequence[T], add: Callable[[Iterable[T]], T]) -> list[T]:
        """The sums over the fibres, of exact entries."""
        return [add(entries[x] for x in fibre) for fibre in self]

    def repeated(self, entries: Sequence[T]) -> list[T]:
        """A function of the visible states as a function of the states, of exact entries."""
        return [entries[v] for v in self.below.tolist()]


class Space(Unfolding):
    """States and what is seen of them: :class:`SampleSpace` and :class:`StateSpace` make one.

    Attributes
    ----------
    variables, visible : tuples of Variable
        The coordinates of a state, and those of a visible state.
    hidden : tuple of Variable
        The coordinates of a state that are not seen, where the visible ones are its other coordinates; else empty.
    order : tuple of names
        The order in which text keys such as ``"1,0,1"`` list the variables.
    is_product : bool
        Whether all combinations of labels are states, ``X = V x H``.
    """

    is_as_given = True  # the order of the states is the one in which they were given

    def _set(
        self, states: Enumeration, visible: Enumeration, hidden: Iterable[str], order: Sequence[str] | None
    ) -> None:
        self._all, self._seen = states, visible
        self.is_product = states.is_product
        self.variables, self.visible = states.variables, visible.variables
        concealed = set(hidden)
        self.hidden = tuple(v for v in self.variables if v.name in concealed)
        self.order = tuple(order) if order is not None else self.names

    @property
    def n_states(self) -> int:
        """The number ``|X|`` of states."""
        return self._all.size

    @property
    def n_visible(self) -> int:
        """The number ``|V|`` of visible states."""
        return self._seen.size

    @property
    def states(self) -> tuple[State, ...]:
        """All states, as tuples of labels; those that are seen alike stand together."""
        return self._all.rows

    @property
    def visible_states(self) -> tuple[State, ...]:
        """All visible states, as tuples of labels."""
        return self._seen.rows

    @property
    def digits(self) -> Numbers:
        """The |X| x n positions of the labels of all states, columns in the order of ``variables``."""
        return self._all.digits

    @cached_property
    def fibration(self) -> Fibration:
        """The map pi: X -> V."""
        return Fibration(np.full(self.n_visible, prod(map(len, self.hidden)), dtype=np.int64))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all variables, visible ones first."""
        return tuple(v.name for v in self.variables)

    @cached_property
    def labels(self) -> dict[str, tuple[Label, ...]]:
        """The labels of every variable by its name, in declared order."""
        by_name = {v.name: v.labels for v in self.variables}
        return {n: by_name[n] for n in self.order}

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The number of labels of every variable by its name."""
        return {v.name: len(v) for v in self.variables}

    @cached_property
    def columns(self) -> dict[str, int]:
        """The place of every variable in a state, by its name."""
        return {v.name: k for k, v in enumerate(self.variables)}

    @property
    def visible_order(self) -> tuple[str, ...]:
        """The order in which text keys list the visible variables."""
        names = tuple(v.name for v in self.visible)
        return tuple(n for n in self.order if n in names) if set(names) <= set(self.order) else names

    @cached_property
    def seen_product(self) -> tuple[Variable, ...]:
        """The visible variables where all combinations of their labels are seen, in lexicographic order; else none."""
        whole = Enumeration(self.visible)
        return self.visible if whole.size == self.n_visible and whole.rows == self.visible_states else ()

    def index(self, state: object) -> int:
        """Return the number of a state given by its labels, in the order of ``variables``."""
        return self._all.index(state, "state")

    def visible_index(self, state: object) -> int:
        """Return the number of a visible state given by its labels."""
        return self._seen.index(state, "visible state")

    def key(self, state: State) -> str:
        """Return the text key of a state: labels joined by commas in the declared order of variables."""
        return self._all.key(state, self.order)

    def visible_key(self, state: State) -> str:
        """Return the text key of a visible state."""
        return self._seen.key(state, self.visible_order)

    def state_of_key(self, key: str, where: str = "state") -> State:
        """Return the state that a text key such as ``"1,0,1"`` names."""
        parts = [part.strip() for part in key.split(",")]
        if len(parts) != len(self.order):
            raise ModelError(
                f"{where} {key!r} has {len(parts)} labels; expected {len(self.order)}: {','.join(self.order)}"
            )
        labels = dict(zip(self.order, parts, strict=True))
        return self.states[self.index(tuple(labels[v.name] for v in self.variables))]

    def numbers_in(self, other: Space) -> Numbers:
        """For every state the number of the state of another space with the same labels of its variables.

        Variables of the other space that this one lacks have a single label.
        """
        own, columns = self.digits, []
        for v in other.variables:
            if v.name in self.names and len(v) > 1:
                k = self.columns[v.name]
                columns.append(np.array([v.position(a) for a in self.variables[k].labels], dtype=np.int64)[own[:, k]])
            else:
                columns.append(np.zeros(self.n_states, dtype=np.int64))
        return other._all.numbers(np.stack(columns, axis=1))

    def without(self, impossible: Iterable[int]) -> StateSpace:
        """The space without some states, given by their numbers; visible states that nothing is left of go too."""
        gone = set(impossible)
        kept = [x for x in range(self.n_states) if x not in gone]
        seen = self.fibration.repeated(self.visible_states)
        return StateSpace._of(
            self.variables,
            [self.states[x] for x in kept],
            self.visible,
            [seen[x] for x in kept],
            hidden=self.hidden,
            order=self.order,
        )

    def require_order(self, values: Sequence[Any], where: str) -> None:
        """Raise ModelError for values by position that differ, where the states do not stand as they were given."""
        if not self.is_as_given and any(v is not values[0] and v != values[0] for v in values):
            shown = ", ".join(map(self.key, self.states[:4])) + (", ..." if self.n_states > 4 else "")
            raise ModelError(
                f"{where}: a list is ambiguous, since the states stand in another order than they were given, {shown}, "
                "by what is seen of them; name them, as in {state: value}"
            )

    def hide(self, hidden: Iterable[str]) -> Space:
        """Return the space of the same variables with another hidden set."""
        wanted = [hidden] if isinstance(hidden, str) or not isinstance(hidden, Iterable) else list(hidden)
        if unknown := sorted({str(n) for n in wanted if n not in self.names}):
            raise ModelError(f"hidden: unknown variable {', '.join(unknown)}; known are {', '.join(self.names)}")
        by_name = {v.name: v for v in self.variables}
        visible = [by_name[n] for n in self.order if n not in wanted]
        concealed = [by_name[n] for n in self.order if n in wanted]
        if self.is_product:
            parts = ({v.name: v.labels for v in part} for part in (visible, concealed))
            return SampleSpace(*parts, order=self.order)
        place = self.columns
        states, seen = (
            [tuple(s[place[v.name]] for v in part) for s in self.states] for part in ([*visible, *concealed], visible)
        )
        return StateSpace._of([*visible, *concealed], states, visible, seen, hidden=concealed, order=self.order)

    def relabelled(self, names: Mapping[str, str], labels: Mapping[str, Sequence[Label]]) -> Space:
        """Return the space with other names of variables, and other labels of their states in their order."""

        def renamed(variables: tuple[Variable, ...]) -> tuple[Variable, ...]:
            return tuple(Variable(names.get(v.name, v.name), tuple(labels.get(v.name, v.labels))) for v in variables)

        def moved(variables: tuple[Variable, ...], rows: Iterable[State]) -> list[State]:
            place = [dict(zip(v.labels, labels.get(v.name, v.labels), strict=True)) for v in variables]
            return [tuple(p[a] for p, a in zip(place, row, strict=True)) for row in rows]

        order = [names.get(n, n) for n in self.order]
        if self.is_product:
            visible, hidden = ({v.name: v.labels for v in renamed(part)} for part in (self.visible, self.hidden))
            return SampleSpace(visible, hidden, order=order)
        return StateSpace._of(
            renamed(self.variables),
            moved(self.variables, self.states),
            renamed(self.visible),
            moved(self.visible, self.fibration.repeated(self.visible_states)),
            hidden=renamed(self.hidden),
            order=order,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Space) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """The variables with their labels, or what is seen of every state."""
        if self.is_product:
            for kind, variables in (("visible", self.visible), ("hidden", self.hidden)):
                yield from ((f"{v.name} ({kind})", ", ".join(map(str, v.labels))) for v in variables)
        else:
            fibres = zip(self.visible_states, self.fibration, strict=True)
            said = ((f"{self.visible_key(v)} is seen of", [self.key(self.states[x]) for x in f]) for v, f in fibres)
            yield from first(said, self.n_visible, "fibration")

    def _identity(self) -> tuple[object, ...]:
        listed = () if self.is_product else (self.states, tuple(self.fibration.below.tolist()))
        return (self.variables, self.visible, self.hidden, self.order, listed)


def as_space(given: Any, where: str) -> Space:
    """Return a space, or that of a model with a table.

    Raises
    ------
    ModelError
        Anything else, such as a Gaussian model; or too many states to list them.
    """
    found = getattr(given, "space", given)
    if not isinstance(found, Space):
        raise ModelError(f"{where}: expected finitely many states, such as M.space of a table M, not {given!r}")
    found._all.require_few()
    return found


class SampleSpace(Space):
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
        seen = [Variable.of(n, s) for n, s in visible.items()]
        concealed = [Variable.of(n, s) for n, s in hidden.items()]
        for what, declared in (("visible", seen), ("hidden", concealed)):
            if not declared:
                raise ModelError(
                    f"no {what} variable: symelbo compares a model with its visible part, declare at least one"
                )
        both = set(visible) & set(hidden)
        if both:
            raise ModelError(f"{', '.join(sorted(both))}: declared visible and hidden; a variable is one of them")
        self._set(Enumeration([*seen, *concealed]), Enumeration(seen), hidden, order)
        if sorted(self.order) != sorted(self.names):
            raise ModelError(f"order {list(self.order)} does not list each of the variables exactly once")

    def __repr__(self) -> str:
        def show(variables: tuple[Variable, ...]) -> str:
            return ", ".join(f"{v.name}: {len(v)}" for v in variables)

        return f"SampleSpace(visible: {show(self.visible)}; hidden: {show(self.hidden)}; {self.n_states} states)"


def joint_space(first: Space, second: Space) -> Space:
    """Return the space of pairs of states, of which what is seen of both is seen."""
    order = (*first.order, *second.order)
    if first.is_product and second.is_product:
        return SampleSpace(
            {v.name: v.labels for v in (*first.visible, *second.visible)},
            {v.name: v.labels for v in (*first.hidden, *second.hidden)},
            order=order,
        )
    seen = (space.fibration.repeated(space.visible_states) for space in (first, second))
    return StateSpace._of(
        (*first.variables, *second.variables),
        [a + b for a, b in product(first.states, second.states)],
        (*first.visible, *second.visible),
        [a + b for a, b in product(*seen)],
        order=order,
    )


def seen_through(space: Space, rows: Sequence[Any], names: Sequence[str] | None = None) -> StateSpace:
    """Return a space with another map: ``rows[x]`` is seen of state number x, a label or a tuple of labels."""
    above = [labels_of(v, "what is seen", s) for s, v in zip(space.states, rows, strict=True)]
    visible = coordinates(above, "seen")
    if names is not None:
        visible = tuple(Variable(n, v.labels) for n, v in zip(names, visible, strict=True))
    return StateSpace._of(space.variables, space.states, visible, above, order=space.order)


class StateSpace(Space):
    """States and what is seen of each: any map from a finite set onto another.

    Genotypes and phenotypes, censoring, sums, sequences reduced to counts, missing data.

    Parameters
    ----------
    seen : mapping from state to what is seen of it
        States and what is seen are labels, or tuples of labels.  1 and "1" are the same label.

    Raises
    ------
    ModelError
        A state without anything seen, given twice, or that is no label.

    >>> space = StateSpace({"AA": "A", "AO": "A", "BB": "B", "BO": "B", "AB": "AB", "OO": "O"})
    >>> space
    StateSpace(6 states, 4 visible: A = {AA, AO}, B = {BB, BO}, AB = {AB}, O = {OO})
    >>> space.visible_states[space.fibration.below[space.index("BO")]]
    ('B',)
    """

    def __init__(self, seen: Mapping[Any, Any]) -> None:
        if not isinstance(seen, Mapping) or not seen:
            raise ModelError(
                f'the states {seen!r} are no mapping from states to what is seen of them, such as {{"AO": "A"}}'
            )
        below = [labels_of(s, "state", s) for s in seen]
        above = [labels_of(v, "what is seen", s) for s, v in seen.items()]
        self._group(coordinates(below, "state"), below, coordinates(above, "seen"), above, (), None)

    @classmethod
    def _of(
        cls,
        variables: Sequence[Variable],
        states: Sequence[State],
        visible: Sequence[Variable],
        seen: Sequence[State],
        *,
        hidden: Iterable[Variable] = (),
        order: Sequence[str] | None = None,
    ) -> StateSpace:
        """The space of these states, ``seen[x]`` of state ``x``; the labels of variables that no state has go."""
        space = cls.__new__(cls)
        space._group(variables, states, visible, seen, [v.name for v in hidden], order)
        return space

    def _group(
        self,
        variables: Sequence[Variable],
        states: Sequence[State],
        visible: Sequence[Variable],
        seen: Sequence[State],
        hidden: Sequence[str],
        order: Sequence[str] | None,
    ) -> None:
        if not states:
            raise ModelError("no state is possible: every probability is identically 0")
        counts = Counter(",".join(map(str, state)) for state in states)
        if twice := next((state for state, n in counts.items() if n > 1), None):
            raise ModelError(f"the state {twice} is given twice")
        groups: dict[tuple[str, ...], list[int]] = {}
        for x, label in enumerate(seen):
            groups.setdefault(tuple(map(str, label)), []).append(x)
        if hidden:  # the order of a product, without what is impossible
            place = [{str(label): k for k, label in enumerate(v.labels)} for v in visible]
            groups = dict(sorted(groups.items(), key=lambda g: [p[a] for p, a in zip(place, g[0], strict=True)]))
        places = [x for group in groups.values() for x in group]
        listed = Enumeration(variables, [states[x] for x in places])
        self.is_as_given = bool(hidden) or places == sorted(places)
        self._set(listed, Enumeration(visible, [seen[group[0]] for group in groups.values()]), hidden, order)
        self.fibration = Fibration([len(group) for group in groups.values()])

    def __repr__(self) -> str:
        if self.n_visible == 1:
            return f"StateSpace({self.n_states} states, all seen alike: nothing is visible)"
        if self.n_visible == self.n_states:
            return f"StateSpace({self.n_states} states, all seen differently: nothing is hidden)"
        shown = [
            f"{self.visible_key(v)} = {{{', '.join(self.key(self.states[x]) for x in fibre)}}}"
            for v, fibre in zip(self.visible_states[:8], self.fibration, strict=False)
            if len(fibre) <= 8
        ]
        more = ", ..." if len(shown) < self.n_visible else ""
        return f"StateSpace({self.n_states} states, {self.n_visible} visible: {', '.join(shown)}{more})"


def visible_probabilities(space: Space) -> tuple[sympy.Symbol, ...]:
    """The symbols ``p(...)`` of the visible probabilities, for use in objectives, in order of visible states.

    >>> visible_probabilities(SampleSpace(visible={"y": 2}, hidden={"x": 2}))
    (p(0), p(1))
    """
    states = as_space(space, "visible_probabilities").visible_states
    return tuple(sympy.Symbol(f"p({','.join(map(str, s))})", positive=True) for s in states)
