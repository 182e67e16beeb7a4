"""Families of models on labelled binary nodes, each model exactly once.

A model is named by a short key of its nodes ``a, b, c, ...``: arrows of a directed graph (``a>b a>c``), edges of an
undirected one (``a-b b-c``) or the generators of a hierarchical model (``abc cd``); ``.`` when there are none.

* ``bayesian-network``: directed acyclic graphs up to Markov equivalence.  Two of them are the same model exactly when
  they have the same skeleton and the same v-structures (Verma, Pearl 1990); the first one found stands for its class.
* ``graphical``: undirected graphs; the generators are the maximal cliques.
* ``hierarchical``: simplicial complexes in which every node is a face; the generators are the maximal faces.

Different undirected graphs, and different complexes, are different models: their interaction spaces differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeAlias

from symelbo.budget import LIMITS
from symelbo.errors import ModelError
from symelbo.exact import is_whole

_NAMES = "abcdefghijklmnopqrstuvwxyz"

Arrows: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Family:
    """A family: its name, its models on n nodes in a fixed order, how many there are, and their model files."""

    name: str
    models: Callable[[int], Iterator[str]]
    counts: tuple[int, ...]
    section: Callable[[str, int], str]

    def pairs(self, nodes: int) -> int:
        """The number of pairs of a model and a nonempty proper hidden subset."""
        return self.counts[nodes] * len(hidden_sets(nodes))


def family_of(name: str, nodes: int) -> Family:
    """Return a family by its name; ModelError for an unknown one or an unsuitable number of nodes."""
    if name not in FAMILIES:
        raise ModelError(f"the family {name!r} is unknown; expected one of {', '.join(FAMILIES)}")
    if not is_whole(nodes, 2, LIMITS.atlas_nodes):
        raise ModelError(f"nodes = {nodes!r}: expected a number of nodes from 2 to {LIMITS.atlas_nodes}")
    return FAMILIES[name]


def hidden_sets(nodes: int) -> list[str]:
    """Return all nonempty proper subsets of the nodes, as texts such as ``"ac"``, small ones first."""
    names = _NAMES[:nodes]
    return ["".join(c) for k in range(1, nodes) for c in combinations(names, k)]


def model_file(family: str, key: str, nodes: int, hidden: str) -> str:
    """Return the model file of a pair.

    >>> print(model_file("bayesian-network", "a>b a>c", 3, "a"))
    name = "a>b a>c, hidden a"
    [variables]
    a = 2
    b = 2
    c = 2
    hidden = ["a"]
    [model]
    kind = "bayesian-network"
    edges = [["a", "b"], ["a", "c"]]
    <BLANKLINE>
    """
    return "\n".join(
        [
            f'name = "{key}, hidden {hidden}"',
            "[variables]",
            *(f"{n} = 2" for n in _NAMES[:nodes]),
            f"hidden = {json.dumps(list(hidden))}",
            "[model]",
            FAMILIES[family].section(key, nodes),
            "",
        ]
    )


def _lists(sets: Sequence[str]) -> str:
    return json.dumps([list(s) for s in sets])


def _parts(key: str) -> list[str]:
    return [] if key == "." else key.split()


def _network_section(key: str, _: int) -> str:
    return f'kind = "bayesian-network"\nedges = {_lists([part.replace(">", "") for part in _parts(key)])}'


def _graph_section(key: str, nodes: int) -> str:
    adjacent = {frozenset(part.split("-")) for part in _parts(key)}
    names = _NAMES[:nodes]
    cliques: list[str] = []
    for k in range(nodes, 0, -1):
        for c in combinations(names, k):
            complete = all(frozenset(pair) in adjacent for pair in combinations(c, 2))
            if complete and not any(set(c) <= set(larger) for larger in cliques):
                cliques.append("".join(c))
    return f'kind = "log-linear"\ngenerators = {_lists(cliques)}'


def _complex_section(key: str, _: int) -> str:
    return f'kind = "log-linear"\ngenerators = {_lists(_parts(key))}'


# ------------------------------------------------------------------------------------------------ enumeration


def _networks(nodes: int) -> Iterator[str]:
    pairs = list(combinations(range(nodes), 2))
    for mask in range(1 << len(pairs)):
        skeleton = [pair for k, pair in enumerate(pairs) if mask >> k & 1]
        adjacent = set(skeleton)
        seen = set()
        for arrows in _acyclic_orientations(skeleton, nodes):
            colliders = _v_structures(arrows, adjacent)
            if colliders not in seen:
                seen.add(colliders)
                yield " ".join(f"{_NAMES[a]}>{_NAMES[b]}" for a, b in arrows) or "."


def _acyclic_orientations(skeleton: Sequence[tuple[int, int]], nodes: int) -> Iterator[Arrows]:
    """All of them; ``reach[a]`` is the set of nodes that a reaches, as bits, while edges are oriented in turn."""

    def extend(k: int, arrows: Arrows, reach: tuple[int, ...]) -> Iterator[Arrows]:
        if k == len(skeleton):
            yield arrows
            return
        for a, b in (skeleton[k], skeleton[k][::-1]):
            if not reach[b] >> a & 1:
                new = tuple(r | reach[b] if r >> a & 1 else r for r in reach)
                yield from extend(k + 1, (*arrows, (a, b)), new)

    return extend(0, (), tuple(1 << a for a in range(nodes)))


def _v_structures(arrows: Arrows, adjacent: set[tuple[int, int]]) -> frozenset[tuple[int, int, int]]:
    return frozenset(
        (min(a, b), max(a, b), c)
        for (a, c), (b, e) in combinations(arrows, 2)
        if c == e and (min(a, b), max(a, b)) not in adjacent
    )


def _graphs(nodes: int) -> Iterator[str]:
    pairs = list(combinations(_NAMES[:nodes], 2))
    for mask in range(1 << len(pairs)):
        yield " ".join(f"{a}-{b}" for k, (a, b) in enumerate(pairs) if mask >> k & 1) or "."


def _complexes(nodes: int) -> Iterator[str]:
    """Dimension by dimension: any set of k-subsets all of whose facets are faces already."""

    def extend(size: int, faces: frozenset[int], last: frozenset[int]) -> Iterator[frozenset[int]]:
        candidates = [m for m in _masks(nodes, size) if all(m & ~(1 << i) in last for i in range(nodes) if m >> i & 1)]
        for chosen in _subsets(candidates):
            if chosen:
                yield from extend(size + 1, faces | chosen, chosen)
            else:
                yield faces

    points = frozenset(1 << i for i in range(nodes))
    for faces in extend(2, points, points):
        maximal = [m for m in faces if not any(m & f == m and m != f for f in faces)]
        names = ("".join(_NAMES[i] for i in range(nodes) if m >> i & 1) for m in maximal)
        yield " ".join(sorted(names, key=lambda s: (-len(s), s)))


def _masks(nodes: int, size: int) -> list[int]:
    return [sum(1 << i for i in c) for c in combinations(range(nodes), size)]


def _subsets(items: Sequence[int]) -> Iterator[frozenset[int]]:
    for mask in range(1 << len(items)):
        yield frozenset(m for k, m in enumerate(items) if mask >> k & 1)


# Numbers of models on 0, 1, 2, ... labelled nodes: OEIS A007984, A006125, A006126.
FAMILIES = {
    f.name: f
    for f in (
        Family("bayesian-network", _networks, (1, 1, 2, 11, 185, 8782, 1067825), _network_section),
        Family("graphical", _graphs, (1, 1, 2, 8, 64, 1024, 32768), _graph_section),
        Family("hierarchical", _complexes, (1, 1, 2, 9, 114, 6894, 7785062), _complex_section),
    )
}
