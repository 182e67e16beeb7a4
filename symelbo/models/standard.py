"""The two models of the paper, and the families in which everything can be said in closed form.

``model_a`` and ``model_b`` are M(a) and M(b) of Ay, van Oostrum and Datar (2025): binary variables, x hidden, y and z
visible, states in the order 1, 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sympy

from symelbo.budget import LIMITS, Limit, budgeted
from symelbo.errors import ModelError
from symelbo.models.graphs import free_tables
from symelbo.models.parametrization import Parametrization
from symelbo.spaces import Label, Space

_BINARY: dict[str, list[Label]] = {"x": [1, 0], "y": [1, 0], "z": [1, 0]}


def model_a() -> Parametrization:
    """M(a): x, y, z independent, x hidden; 3 parameters, cylindrical.

    >>> model_a()
    M(a) with 8 states (4 visible), parameters x, y, z
    """
    return free_tables([], states=_BINARY, hidden=["x"], name="M(a)")


def model_b() -> Parametrization:
    """M(b): x -> y, x -> z, x hidden; 5 parameters, cylindrical nowhere.

    >>> model_b().table[1, 1, 1]
    x*y1*z1
    """
    return free_tables([("x", "y"), ("x", "z")], states=_BINARY, hidden=["x"], name="M(b)")


@budgeted("the simplex")
def full_simplex(space: Space, *, name: str | None = None, budget: Limit = None) -> Parametrization:
    """All positive distributions on a space, with all probabilities but the last as parameters.

    >>> from symelbo.spaces import SampleSpace
    >>> M = full_simplex(SampleSpace(visible={"v": 2}, hidden={"h": 2}))
    >>> M.table[1, 1]
    -p1 - p2 - p3 + 1
    """
    if not isinstance(space, Space):
        raise ModelError(f"full_simplex: {space!r} is neither a SampleSpace nor a StateSpace")
    if space.n_states > LIMITS.simplex_states:
        raise ModelError(
            f"the full simplex on {space.n_states} states is too large; at most {LIMITS.simplex_states} are accepted"
        )
    free = sympy.symbols(f"p1:{space.n_states}", seq=True)
    last = 1 - sympy.Add(*free)
    table = [*free, last]
    domain = [sympy.StrictGreaterThan(p, 0) for p in table]
    return Parametrization(space, table, free, domain, name=name or "full simplex")


@budgeted("the independence model")
def independence(
    states: Mapping[str, int | Sequence[Label]], *, hidden: Iterable[str], name: str | None = None, budget: Limit = None
) -> Parametrization:
    """All variables independent: the Bayesian network without arrows.

    >>> independence({"x": 2, "y": 2, "z": 2}, hidden=["x"]).parameters
    (x, y, z)
    """
    return free_tables([], states=states, hidden=hidden, name=name or "independence")
