"""The fewest arrows after which a Bayesian network is a cut: a branch-and-bound search that says what it has proved.

A network is a cut exactly when its hidden nodes can be removed in some order x_1, x_2, ..., each one satisfying at its
turn, in the graph S_i of the nodes that are still there, for all its children c in S_i (Dor, Tarsi 1992):

* x_i is adjacent to all other parents of c in S_i;
* c is adjacent to all other neighbours of x_i in S_i.

Both name pairs that have to be adjacent, and adding arrows only adds children, parents and neighbours.  So for a given
order every network that contains this one and is a cut in this order has the pairs that are missing here: they are
*forced*.  The search chooses the next node of the order and, for a forced pair, one of its two directions; every
smallest set of arrows is found in this way, and "arrows added + pairs forced" is a lower bound on what is to come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import networkx as nx

from symelbo.budget import LIMITS

Arrow = tuple[str, str]
_Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ArrowSets:
    """Sets of arrows of the smallest size found after which the network is a cut.

    Attributes
    ----------
    sets : the sets, each in the order of the nodes, in lexicographic order
    fewest : whether it is proved that no smaller set does
    all : whether these are all sets of that size
    """

    sets: tuple[tuple[Arrow, ...], ...]
    fewest: bool
    all: bool


def fewest_arrows(
    graph: nx.DiGraph, hidden: Sequence[str], order: Sequence[str], *, work: int = LIMITS.arrow_graphs
) -> ArrowSets:
    """Return the smallest sets of arrows that make an acyclic graph a cut, as far as ``work`` graphs decide it.

    Parameters
    ----------
    graph : acyclic
    hidden : nodes
    order : of all nodes, in which answers are written
    work : graphs that are looked at in each of two passes: for the size, and for all sets of that size

    >>> fewest_arrows(nx.DiGraph([("x", "y"), ("x", "z")]), ["x"], "xyz")
    ArrowSets(sets=((('y', 'z'),), (('z', 'y'),)), fewest=True, all=True)
    """
    names = list(order)
    place = {n: i for i, n in enumerate(names)}
    rank = {n: i for i, n in enumerate(nx.lexicographical_topological_sort(graph, key=place.__getitem__))}
    start = _Network.of(len(names), [(place[a], place[b]) for a, b in graph.edges])
    search = _Search([place[h] for h in hidden], [rank[n] for n in names], work)
    best, fewest = search.smallest(start)
    sets, every = search.all_of(start, len(best)) if fewest else (set(), False)
    written = sorted(sorted(one) for one in sets | {best})
    return ArrowSets(tuple(tuple((names[a], names[b]) for a, b in one) for one in written), fewest, every)


@dataclass(frozen=True, slots=True)
class _Network:
    """A graph on 0, ..., n - 1 by bit masks of parents and children, with the arrows that were added."""

    parents: tuple[int, ...]
    children: tuple[int, ...]
    added: frozenset[_Pair] = field(default=frozenset())

    @classmethod
    def of(cls, n: int, arrows: Sequence[tuple[int, int]]) -> _Network:
        network = cls((0,) * n, (0,) * n)
        for a, b in arrows:
            network = network.with_arrow(a, b)
        return cls(network.parents, network.children)

    def with_arrow(self, a: int, b: int) -> _Network:
        parents, children = list(self.parents), list(self.children)
        parents[b] |= 1 << a
        children[a] |= 1 << b
        return _Network(tuple(parents), tuple(children), self.added | {(a, b)})

    def adjacent(self, x: int) -> int:
        return self.parents[x] | self.children[x]

    def reaches(self, a: int, b: int) -> bool:
        """Whether there is a directed path from a to b."""
        seen, front = 1 << a, self.children[a]
        while front & ~seen:
            seen |= front
            front = 0
            for x in _members(seen):
                front |= self.children[x]
        return bool(seen >> b & 1)

    def forced(self, x: int, inside: int) -> set[_Pair]:
        """The pairs that are not adjacent, and have to be for x to be removed from the graph on ``inside``."""
        pairs = set()
        around = self.adjacent(x) & inside
        for c in _members(self.children[x] & inside):
            for b in _members(self.parents[c] & inside & ~around & ~(1 << x)):
                pairs.add((min(b, x), max(b, x)))
            for o in _members(around & ~self.adjacent(c) & ~(1 << c)):
                pairs.add((min(o, c), max(o, c)))
        return pairs


class _Search:
    """Depth-first search over networks and orders of removal."""

    def __init__(self, hidden: Sequence[int], rank: Sequence[int], work: int) -> None:
        self.hidden = tuple(hidden)
        self.rank = rank  # arrows that follow it are tried first: they make no cycle
        self.work = work

    def smallest(self, start: _Network) -> tuple[frozenset[_Pair], bool]:
        """A smallest set of those looked at, and whether none is smaller."""
        best: list[frozenset[_Pair]] = []
        for looked, network in enumerate(self._visited(start, lambda bound: not best or bound < len(best[-1]))):
            if looked > self.work and best:
                return best[-1], False
            if network is not None:
                best.append(network.added)
        return best[-1], True

    def all_of(self, start: _Network, size: int) -> tuple[set[frozenset[_Pair]], bool]:
        """Sets of a size, and whether these are all."""
        found: set[frozenset[_Pair]] = set()
        for looked, network in enumerate(self._visited(start, lambda bound: bound <= size)):
            if looked > self.work:
                return found, False
            if network is not None:
                found.add(network.added)
        return found, True

    def _visited(self, start: _Network, wanted: Callable[[int], bool]) -> Iterator[_Network | None]:
        """Each network that is looked at: itself when it is a cut, else None; ``wanted`` judges lower bounds."""
        everything = (1 << len(self.rank)) - 1
        stack: list[tuple[_Network, tuple[int, ...]]] = [(start, ())]
        seen: set[tuple[frozenset[_Pair], tuple[int, ...]]] = set()
        while stack:
            network, removed = stack.pop()
            if (network.added, removed) in seen:
                continue
            seen.add((network.added, removed))
            pairs: set[_Pair] = set()
            inside = everything
            for x in removed:
                pairs |= network.forced(x, inside)
                inside &= ~(1 << x)
            if not wanted(len(network.added) + len(pairs)):
                yield None
                continue
            if pairs:
                stack += [(n, removed) for n in self._directed(network, min(pairs))]
            elif len(removed) < len(self.hidden):
                rest = [x for x in self.hidden if x not in removed]
                rest.sort(key=lambda x: (-len(network.forced(x, inside)), x))
                stack += [(network, (*removed, x)) for x in rest]
            yield network if not pairs and len(removed) == len(self.hidden) else None

    def _directed(self, network: _Network, pair: _Pair) -> list[_Network]:
        """The network with an arrow between two nodes, in the directions that make no cycle; the better one last."""
        a, b = sorted(pair, key=self.rank.__getitem__)
        return [network.with_arrow(s, t) for s, t in ((b, a), (a, b)) if not network.reaches(t, s)]


def _members(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
