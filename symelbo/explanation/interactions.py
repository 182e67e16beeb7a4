"""Functions of the visible variables as sums of interactions.

A function of v = (v_1, ..., v_k) is the sum of its interactions, one for every set S of variables (the decomposition by
the uniform distribution): the part in S depends on v_S alone and sums to 0 over every variable of S.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, product

import sympy

from symelbo.exact import QQ, Entry, Matrix
from symelbo.spaces import Space
from symelbo.typesetting.sentences import Math, Words, together

Subset = tuple[str, ...]


def subsets(names: Sequence[str]) -> list[Subset]:
    """All nonempty sets of names, small ones first."""
    return [s for k in range(1, len(names) + 1) for s in combinations(names, k)]


def interaction_basis(space: Space, subset: Subset) -> Matrix:
    """A basis of the interactions of one set of visible variables, as columns on the visible states, over Q."""
    factors: list[list[list[int]]] = []
    for variable in space.seen_product:
        n = len(variable)
        if variable.name not in subset:
            factors.append([[1] * n])
        else:
            factors.append([[1 if i == k else -1 if i == n - 1 else 0 for i in range(n)] for k in range(n - 1)])
    columns = []
    for choice in product(*factors):
        column = [1]
        for factor in choice:
            column = [a * b for a in column for b in factor]
        columns.append([QQ.constant(c) for c in (column if factors else [1] * space.n_visible)])
    return Matrix.from_columns(QQ, columns, space.n_visible)


def functions_of(space: Space, subset: Subset) -> Matrix:
    """The indicator functions of the states of some visible variables, as columns on the visible states, over Q."""
    positions = [i for i, v in enumerate(space.seen_product) if v.name in subset]
    keys = [tuple(s[i] for i in positions) for s in space.visible_states]
    columns = [[QQ.constant(int(k == key)) for k in keys] for key in dict.fromkeys(keys)]
    return Matrix.from_columns(QQ, columns, space.n_visible)


def interactions_in(space: Space, vector: Sequence[Entry]) -> list[Subset]:
    """The sets of variables whose interaction part in a function of the visible states (over any field) is not 0."""
    found: list[Subset] = []
    if not space.seen_product:
        return found
    sizes = [len(v) for v in space.seen_product]
    for subset in [(), *subsets([v.name for v in space.seen_product])]:
        inside = [v.name in subset for v in space.seen_product]
        if any(_projected(vector, sizes, inside)):
            found.append(subset)
    return found


def _projected(vector: Sequence[Entry], sizes: Sequence[int], inside: Sequence[bool]) -> list[Entry]:
    """The interaction part: averages over the variables outside, differences to the average over those inside."""
    values = list(vector)
    stride = len(values)
    for n, keep in zip(sizes, inside, strict=True):
        stride //= n
        result = list(values)
        for i in range(len(values)):
            k = i // stride % n
            line = [values[i + (j - k) * stride] for j in range(n)]
            total = line[0]
            for e in line[1:]:
                total = total + e
            scale = sympy.Rational(1, n) if isinstance(total, sympy.Basic) else _constant(total, Fraction(1, n))
            mean = total * scale
            result[i] = values[i] - mean if keep else mean
        values = result
    return values


def _constant(like: Entry, value: Fraction) -> Entry:
    owner = getattr(like, "field", None) or getattr(like, "root", None) or QQ
    return owner.constant(value)


def name_of(subset: Subset, name: Callable[[str], str] = str) -> Words:
    """Return "the constants", "y" or "the y-z interaction", in which variables are written by their names."""
    if not subset:
        return ("the constants",)
    names: list[Words] = [(Math(name(n), n),) for n in subset]
    return names[0] if len(subset) == 1 else ("the ", *together(names, "-"), " interaction")
