"""Distributions that users give: numbers or symbols for all (visible) states, in any of their forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy

from symelbo.errors import DomainError
from symelbo.exact import QQ, exact_value, rational_to_sympy
from symelbo.spaces import Space


def distribution(
    given: Any,
    space: Space,
    *,
    visible: bool,
    read: Callable[[Any, str], Any] = exact_value,
    tolerance: float = 0.0,
) -> list[Any]:
    """A distribution on the (visible) states as a list of rationals, or of expressions where some have symbols.

    Parameters
    ----------
    given : mapping from states, sequence in their order, or array (nested sequence) with one axis for each variable
    read : how a number is read
    tolerance : within it of the sum the numbers are divided by it

    Raises
    ------
    DomainError
        The numbers are negative or do not sum to 1; what has symbols stands for a distribution.
    """
    name = "p*" if visible else "q"
    states = space.visible_states if visible else space.states
    index = space.visible_index if visible else space.index
    values: dict[int, Any] = {}
    if isinstance(given, Mapping):
        for state, value in given.items():
            k = index(state)
            if k in values:
                raise DomainError(f"{name}: the state {states[k]} is given twice")
            values[k] = read(value, f"{name}{states[k]}")
    elif hasattr(given, "__iter__") or hasattr(given, "__getitem__"):
        items = _flat(given, space, visible=visible)
        if len(items) != len(states):
            raise DomainError(f"{name} has {len(items)} values; expected one for each of the {len(states)} states")
        if not visible:
            space.require_order(items, name)
        values = {k: read(v, f"{name}{s}") for k, (v, s) in enumerate(zip(items, states, strict=True))}
    else:
        raise DomainError(f"{name}: {given!r} is neither a mapping from states nor a list")
    for k, state in enumerate(states):
        if k not in values:
            raise DomainError(f"{name} has no value for the state {state}")
        if not isinstance(values[k], sympy.Expr) and values[k] < 0:
            raise DomainError(f"{name}{state} = {values[k]} is negative; a distribution is not")
    ordered = [values[k] for k in range(len(states))]
    if any(isinstance(v, sympy.Expr) for v in ordered):
        total = sympy.expand(sympy.Add(*(v if isinstance(v, sympy.Expr) else rational_to_sympy(v) for v in ordered)))
        if total != 1 and not total.free_symbols:
            raise DomainError(f"{name} sums to {total}, not to 1")
        return ordered
    total = QQ.sum(ordered)
    if total != 1 and not (tolerance and abs(float(total) - 1) <= tolerance):
        raise DomainError(f"{name} sums to {float(total) if tolerance else total}, not to 1")
    return [v / total for v in ordered]


def _flat(given: Any, space: Space, *, visible: bool) -> list[Any]:
    """The values of a sequence, a sympy matrix, or an array with one axis for each variable."""
    if isinstance(given, sympy.MatrixBase):
        return list(given)
    items = list(given)
    if not any(isinstance(e, list | tuple | np.ndarray) for e in items):
        return items
    array = np.array(items, dtype=object)
    variables = space.visible if visible else space.variables
    if array.shape != tuple(map(len, variables)) and sorted(array.shape)[:-1] != [1] * (array.ndim - 1):
        raise DomainError(
            f"{'p*' if visible else 'q'} is an array of shape {array.shape}; expected one axis for each variable, "
            f"{tuple(map(len, variables))}, or a list"
        )
    return list(array.ravel())
