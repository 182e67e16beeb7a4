"""Points of tiny height at which an obstruction refutes: rank [T | F] = d + 1, exactly.

At the point that lemma B, lemma C (:mod:`symelbo.graphs.dag`) or the theorem on complexes
(:mod:`symelbo.graphs.complexes`) describes, a score f of the model has F = E[f | v] outside T_pM.  All other nodes are
independent of the nodes of the obstruction there, and E[. | states of those] maps T onto the T of the induced model; so
it is enough to look at that one.

The point is often not admissible, but where rank J is maximal (it is constant in these models) F outside T_pM is an
open condition, and the entries of (1 - P_T) P_H P_T are analytic: the model is cylindrical on no open set.

States of the nodes of the obstruction are in lexicographic order, nodes in the order of ``nodes``; rank modulo a prime
is a lower bound, and d + 1 is all there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, islice, product
from math import prod
from typing import TypeAlias

import networkx as nx
import numpy as np

from symelbo.errors import InternalError
from symelbo.exact import rank_mod
from symelbo.exact.modular import primes_below
from symelbo.graphs.complexes import NonFace
from symelbo.graphs.dag import Collider, MarkovObstruction

State: TypeAlias = tuple[int, ...]
LAMBDA = 1 << 20
PRIMES = 3  # that are tried


@dataclass(frozen=True, slots=True)
class Recipe:
    """A point of the model on the nodes of an obstruction, a basis of its scores, and one of them.

    Attributes
    ----------
    nodes, hidden : the nodes, and those of them that are hidden
    weights : by state, p up to a factor
    scores : by state, a basis of T (with the constants, for complexes): d numbers
    score : by state, f
    """

    nodes: tuple[str, ...]
    hidden: frozenset[str]
    weights: Mapping[State, Fraction]
    scores: Mapping[State, Sequence[Fraction]]
    score: Mapping[State, Fraction]

    @property
    def mean(self) -> dict[State, Fraction]:
        """F = E[f | v], by state."""
        visible = [i for i, n in enumerate(self.nodes) if n not in self.hidden]
        total: dict[State, Fraction] = {}
        moment: dict[State, Fraction] = {}
        for state, weight in self.weights.items():
            seen = tuple(state[i] for i in visible)
            total[seen] = total.get(seen, Fraction(0)) + weight
            moment[seen] = moment.get(seen, Fraction(0)) + weight * self.score[state]
        return {s: moment[seen] / total[seen] for s in self.weights if (seen := tuple(s[i] for i in visible))}

    def refutes(self) -> bool:
        """Whether rank [T | F] = d + 1, where d is the number of the scores, independent, and f is in their span."""
        mean = self.mean
        rows = [[*own, self.score[state], mean[state]] for state, own in self.scores.items()]
        denominators = {entry.denominator for row in rows for entry in row}
        suitable = (p for p in primes_below(1 << 31) if all(n % p for n in denominators))
        for p in islice(suitable, PRIMES):
            inverse = {n: pow(n, -1, p) for n in denominators}
            entries = [[entry.numerator % p * inverse[entry.denominator] % p for entry in row] for row in rows]
            matrix = np.array(entries, dtype=np.int64)
            d = matrix.shape[1] - 2
            if rank_mod(matrix[:, :d], p) < d:
                continue  # the prime divides a minor
            if rank_mod(matrix[:, : d + 1], p) > d:
                raise InternalError("the score of the recipe is not one of the model's")
            if rank_mod(np.delete(matrix, d, axis=1), p) == d + 1:
                return True
        return False


def recipe_of_network(
    dag: nx.DiGraph, states: Mapping[str, int], hidden: Iterable[str], found: MarkovObstruction
) -> Recipe:
    """Return the point of lemma B or C, for the network induced on the nodes of an obstruction.

    Parameters
    ----------
    dag, hidden : the question that ``found`` answers
    states : numbers of states of the nodes, two or more

    >>> from symelbo.graphs.dag import reveal
    >>> dag = nx.DiGraph([("x", "y"), ("x", "z")])
    >>> recipe_of_network(dag, {"x": 2, "y": 2, "z": 2}, ["x"], reveal(dag, ["x"])).refutes()
    True
    """
    shape = found.shape
    nodes, place = shape.nodes, {n: i for i, n in enumerate(shape.nodes)}
    network = found.equivalent(dag).subgraph(nodes)
    size = [states[n] for n in nodes]
    parents = [sorted(place[p] for p in network.predecessors(n)) for n in nodes]
    matter: dict[int, tuple[int, ...]]
    if isinstance(shape, Collider):
        matter = {2: (0, 1), **{k: (k - 1,) for k in range(3, len(nodes))}}
    else:
        matter = {k: (k - 1,) for k in range(1, len(nodes) - 1)}

    def entry(k: int, state: State) -> Fraction:
        if k in matter and not any(state[p] for p in matter[k]):
            return Fraction(1 if state[k] else 3, size[k] + 2)
        return Fraction(1, size[k])

    every = list(product(*map(range, size)))
    entries = {s: [entry(k, s) for k in range(len(nodes))] for s in every}
    column: dict[tuple[int, State, int], int] = {}
    for k, own in enumerate(parents):
        for row in product(*(range(size[p]) for p in own)):
            for value in range(1, size[k]):
                column[k, row, value] = len(column)
    scores = {}
    for s in every:
        scores[s] = [Fraction(0)] * len(column)
        for k, own in enumerate(parents):
            row, last = tuple(s[p] for p in own), 1 / entries[s][k]
            for value in range(1, size[k]):
                scores[s][column[k, row, value]] = -last if not s[k] else last if s[k] == value else Fraction(0)
    if isinstance(shape, Collider):
        score = {s: (s[0] == 0) - Fraction(1, size[0]) for s in every}
    else:
        score = {s: ((s[-1] == 0) - Fraction(1, size[-1])) * (s[-2] == 0) for s in every}
    weights = {s: prod(own, start=Fraction(1)) for s, own in entries.items()}
    return Recipe(nodes, frozenset(hidden).intersection(nodes), weights, scores, score)


def recipe_of_complex(generators: Iterable[Iterable[str]], states: Mapping[str, int], found: NonFace) -> Recipe:
    """Return the point of the theorem on complexes, for the model induced on the nodes of a non-face and its tree.

    Parameters
    ----------
    generators : of the model whose obstruction was ``found``
    states : numbers of states of the variables, two or more

    >>> from symelbo.graphs.complexes import collapse
    >>> path = [["x", "y"], ["x", "z"]]
    >>> recipe_of_complex(path, {"x": 2, "y": 2, "z": 3}, collapse(path, ["x"])).refutes()
    True
    """
    nodes, place = found.nodes, {n: i for i, n in enumerate(found.nodes)}
    size = [states[n] for n in nodes]
    tree = [(place[a], place[b]) for a, b in found.tree]
    contacts = [(place[b], place[k]) for b, k in zip(found.boundary, found.contacts, strict=True)]
    rare = Fraction(1, 1 << (2 * len(contacts) + 1))
    inner = len(nodes) - len(contacts)

    def weight(s: State) -> Fraction:
        equal = sum((s[a] == 0) == (s[b] == 0) for a, b in tree)
        joint = sum(s[a] == 0 == s[b] for a, b in contacts)
        single = prod((Fraction(1, size[k] - 1) for k in range(inner) if s[k]), start=Fraction(1))
        return Fraction(single * (1 if s[0] else rare) * LAMBDA**equal * 2**joint)

    maximal = {tuple(sorted(place[n] for n in g if n in place)) for g in generators}
    faces = sorted({face for g in maximal for k in range(len(g) + 1) for face in combinations(g, k)})
    columns = [(face, values) for face in faces for values in product(*(range(1, size[k]) for k in face))]
    every = list(product(*map(range, size)))
    scores = {s: [Fraction(tuple(s[k] for k in face) == values) for face, values in columns] for s in every}
    score = {s: Fraction(s[0] == 0) for s in every}
    return Recipe(nodes, frozenset(nodes[:inner]), {s: weight(s) for s in every}, scores, score)
