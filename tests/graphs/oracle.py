"""Graphs, their equivalence classes by trying every orientation, and ranks at random points modulo a prime.

The rank oracle differentiates nothing symbolically: the score of the free parameter (i, pa, s), s > 0, of a
table is 1/theta(s | pa) at x_i = s, -1/theta(0 | pa) at x_i = 0, and 0 off the parent state.  Ranks modulo a
random prime point are lower bounds of the generic ones and equal to them except with probability ~ d / 2^31.
"""

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import flint
import networkx as nx
import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

PRIME = 2_147_483_629
FIXED = settings(derandomize=True, deadline=None, max_examples=60)


def network(names: Sequence[str], arrows: Iterable[tuple[str, str]]) -> nx.DiGraph:
    dag = nx.DiGraph()
    dag.add_nodes_from(names)
    dag.add_edges_from(arrows)
    return dag


def all_dags(n: int) -> Iterator[nx.DiGraph]:
    """All DAGs on n labelled nodes whose names are a topological order: every DAG up to renaming."""
    names = "abcdefg"[:n]
    pairs = list(itertools.combinations(names, 2))
    for chosen in itertools.product([False, True], repeat=len(pairs)):
        yield network(names, itertools.compress(pairs, chosen))


def renamed(dag: nx.DiGraph, rng: random.Random) -> nx.DiGraph:
    """The same DAG under other names, so that ties are broken in another way."""
    names = sorted(dag)
    return nx.relabel_nodes(dag, dict(zip(names, rng.sample(names, len(names)), strict=True)))


def random_dag(n: int, rng: random.Random) -> nx.DiGraph:
    density, names = rng.uniform(0.2, 0.9), "abcdefghij"[:n]
    return renamed(network(names, [pair for pair in itertools.combinations(names, 2) if rng.random() < density]), rng)


def subsets(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    pool = sorted(names)
    return itertools.chain.from_iterable(itertools.combinations(pool, k) for k in range(len(pool) + 1))


@st.composite
def questions(draw: st.DrawFn, largest: int = 8) -> tuple[nx.DiGraph, tuple[str, ...]]:
    names = "abcdefghij"[: draw(st.integers(1, largest))]
    pairs = list(itertools.combinations(draw(st.permutations(names)), 2))
    chosen = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    hidden = draw(st.sets(st.sampled_from(names)))
    return network(names, itertools.compress(pairs, chosen)), tuple(sorted(hidden))


def colliders(arrows: set[tuple[str, str]]) -> frozenset[tuple[str, str, str]]:
    heads = {head for _, head in arrows}
    return frozenset(
        (a, c, b)
        for c in heads
        for a, b in itertools.combinations(sorted(t for t, head in arrows if head == c), 2)
        if (a, b) not in arrows and (b, a) not in arrows
    )


def equivalence_class(dag: nx.DiGraph) -> Iterator[set[tuple[str, str]]]:
    """All acyclic orientations of the skeleton with the same v-structures, by trying every orientation."""
    edges, wanted = list(dag.edges), colliders(set(dag.edges))
    for turned in itertools.product([False, True], repeat=len(edges)):
        arrows = {(b, a) if turn else (a, b) for (a, b), turn in zip(edges, turned, strict=True)}
        if colliders(arrows) == wanted and nx.is_directed_acyclic_graph(nx.DiGraph(list(arrows))):
            yield arrows


def hidden_sets_with_a_cut(dag: nx.DiGraph) -> set[tuple[str, ...]]:
    return {
        hidden
        for arrows in equivalence_class(dag)
        for hidden in subsets(dag)
        if not any(a in hidden and b not in hidden for a, b in arrows)
    }


def rank(matrix: np.ndarray) -> int:
    rows, columns = matrix.shape
    return flint.nmod_mat(rows, columns, (matrix % PRIME).ravel().tolist(), PRIME).rank()


def defect_rank(p: np.ndarray, scores: np.ndarray, visible: np.ndarray) -> int:
    """m = r_V + r_vert - r; rows of `scores` are states, `visible` is the number of each row's visible state."""
    cells = int(visible.max()) + 1
    J = p[:, None] * scores % PRIME
    p_V, J_V = np.zeros(cells, dtype=np.int64), np.zeros((cells, scores.shape[1]), dtype=np.int64)
    np.add.at(p_V, visible, p)
    np.add.at(J_V, visible, J)
    # p_V (score - E[score | v]), rows scaled by units: (I - C dpi) J up to an invertible diagonal factor
    vertical = ((p_V % PRIME)[visible, None] * scores - (J_V % PRIME)[visible]) % PRIME
    return rank(J_V) + rank(vertical) - rank(J)


def joint_states(names: Sequence[str], states: Mapping[str, int]) -> np.ndarray:
    return np.array(list(itertools.product(*(range(states[name]) for name in names))), dtype=np.int64)


def numbered(X: np.ndarray, names: Sequence[str], states: Mapping[str, int], nodes: Iterable[str]) -> np.ndarray:
    """The number of the joint state of some of the nodes, for every row."""
    value = np.zeros(len(X), dtype=np.int64)
    for node in nodes:
        value = value * states[node] + X[:, names.index(node)]
    return value


def network_scores(
    dag: nx.DiGraph, states: Mapping[str, int], table: Callable[[str, dict[str, int]], list[int]]
) -> tuple[np.ndarray, np.ndarray]:
    """p and the scores of all free parameters modulo the prime; ``table`` gives a row of residues that sum to 1."""
    names = sorted(dag)
    X = joint_states(names, states)
    p, columns = np.ones(len(X), dtype=np.int64), []
    for node in names:
        at, parents = X[:, names.index(node)], sorted(dag.predecessors(node))
        for row in itertools.product(*(range(states[parent]) for parent in parents)):
            here = np.all([X[:, names.index(q)] == v for q, v in zip(parents, row, strict=True)], axis=0)
            here = np.broadcast_to(here, len(X))
            entries = table(node, dict(zip(parents, row, strict=True)))
            p = np.where(here, p * np.array(entries)[at] % PRIME, p)
            for value in range(1, states[node]):
                score = np.zeros(states[node], dtype=np.int64)
                score[value], score[0] = pow(entries[value], -1, PRIME), -pow(entries[0], -1, PRIME)
                columns.append(np.where(here, score[at], 0) % PRIME)
    return p, np.stack(columns, axis=1)


def network_defect(dag: nx.DiGraph, hidden: Iterable[str], states: Mapping[str, int], rng: random.Random) -> int:
    """Return m of a network with free tables at a random point modulo the prime."""

    def table(node: str, _: dict[str, int]) -> list[int]:
        free = [rng.randrange(1, PRIME) for _ in range(states[node] - 1)]
        return [(1 - sum(free)) % PRIME, *free]

    names, concealed = sorted(dag), set(hidden)
    p, scores = network_scores(dag, states, table)
    visible = numbered(joint_states(names, states), names, states, [n for n in names if n not in concealed])
    return defect_rank(p, scores, visible)


def conditional_mean(p: np.ndarray, f: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """E[f | v], as a function of all states."""
    cells = int(visible.max()) + 1
    total, moment = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    np.add.at(total, visible, p)
    np.add.at(moment, visible, p * f % PRIME)
    inverse = np.array([pow(int(t), -1, PRIME) for t in total % PRIME])
    return (moment % PRIME * inverse % PRIME)[visible]


def log_linear_defect(
    generators: Iterable[Iterable[str]], states: Mapping[str, int], hidden: Iterable[str], rng: random.Random
) -> int:
    """Return m of a hierarchical model, on the cone: the column of ones is adjoined to the scores."""
    names, concealed = list(states), set(hidden)
    X = joint_states(names, states)
    faces = sorted({face for generator in generators for face in subsets(generator)} | {()})
    columns = [
        np.all([X[:, names.index(n)] == v for n, v in zip(face, values, strict=True)], axis=0)
        for face in faces
        for values in itertools.product(*(range(1, states[n]) for n in face))
    ]
    scores = np.stack([np.broadcast_to(column, len(X)).astype(np.int64) for column in columns], axis=1)
    p = np.ones(len(X), dtype=np.int64)
    for column in scores.T:
        p = p * np.where(column == 1, rng.randrange(1, PRIME), 1) % PRIME
    visible = numbered(X, names, states, [n for n in names if n not in concealed])
    # r_V and r rise by one each on the cone, r_vert does not: the defect rank is unchanged
    return defect_rank(p, scores, visible)
