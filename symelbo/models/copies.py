"""Independent copies with the same parameters: ``p(x_1, ..., x_n) = p(x_1) ... p(x_n)``.

What is known of one copy is known of n, at every point:

* The score of n copies is the sum of theirs, ``s(x_1) + ... + s(x_n)``, centred as each of them is: the log-normaliser
  of weights is subtracted n times.  Given what is seen of all, copies are independent, so E[.|v_1, ..., v_n] of the sum
  is the sum of the E[s|v_k], and the vertical part the sum of the s - E[s|v] at x_k.
* If ``f(x_1) + ... + f(x_n) = 0`` for all states, then n f(x) = 0 where all are equal, so f = 0.  With f = c . s, and
  its visible and vertical parts: c is null for n copies exactly if it is for one.  J, J_V and the vertical part of J
  have the ranks of one copy, for every n; admissible points are the same ones, and T splits where it does for one.
* For different k and l, E[s_i(x_k) s_j(x_l)] = E[s_i] E[s_j] = 0; likewise for E[s|v].  So G, G_V and the missing
  information are n times those of one copy, and the natural gradient of the mean log evidence of n data is the mean of
  the natural gradients of each.

Copies with parameters of their own are a product: there ranks add.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import Any, TypeVar

import numpy as np

from symelbo.budget import LIMITS
from symelbo.errors import ModelError
from symelbo.exact import as_rational
from symelbo.models.factors import FactorTable
from symelbo.models.structure import Structure
from symelbo.models.table import Table
from symelbo.spaces import joint_space

__all__ = ["Copies", "iid"]

M = TypeVar("M", bound=Table)


@dataclass(frozen=True, slots=True)
class Copies(Structure):
    """The structure of ``count`` independent copies of the model ``one``, with its parameters and variables x_1, ..."""

    one: Any
    count: int

    def described(self) -> str:
        """How many copies of what."""
        return f"{self.count} independent copies, the parameters shared"

    def renamed(self, names: Mapping[str, str]) -> Structure:  # noqa: ARG002  # the signature of all structures
        """With other variables it is another model than :func:`iid` makes of a copy."""
        return Structure()

    def restricted(self) -> Structure:
        """On a part of the parameters nothing is known."""
        return Structure()

    def changed(self) -> Structure:
        """With another hidden set, or other parameters, what is known of a copy is not known of it."""
        return Structure()


def iid(model: M, n: int) -> M:
    """Return the model of n independent copies, their variables numbered: ``x_1``, ``x_2``, ...; parameters stay.

    Raises
    ------
    ModelError
        n is no positive integer, or there are too many states for a table.
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ModelError(f"iid: {n!r} copies; expected a positive integer")
    table, states = model.factor_table, model.space.n_states
    largest = int(np.abs(table.exponents).max(initial=0)) * n
    if (
        n > LIMITS.table_states.bit_length()
        or states**n > LIMITS.table_states
        or states**n * len(table.factors) > LIMITS.table_entries
        or largest > LIMITS.exponent
    ):
        raise ModelError(
            f"iid: {n} copies of {model!r} are too large for a table; for every n, ranks, is_cylindrical and the "
            "cylindrical locus are those of one copy, and the Fisher metrics and the missing information n times those"
        )
    if n == 1:
        return model
    names = {v.name for v in (*model.space.variables, *model.space.visible)}
    parts = [model.space.relabelled({name: f"{name}_{k}" for name in names}, {}) for k in range(1, n + 1)]
    space = reduce(joint_space, parts)
    rows = [space.numbers_in(part) for part in parts]
    chosen = zip(*(row.tolist() for row in rows), strict=True)
    result = type(model).from_factors(
        space,
        model.field,
        FactorTable(
            table.factors,
            sum((table.exponents[row] for row in rows), np.zeros((1, 1), dtype=np.int16)),
            tuple(prod((table.coefficients[x] for x in xs), start=as_rational(1)) for xs in chosen),
        ),
        model.domain,
        normalised=model.normalised,
        name=f"{n} copies of {model.name or 'model'}",
        structure=Copies(model.one_copy, model.structure.count * n),
    )
    result.file, result.file_values, result.meanings = model.file, model.file_values, model.meanings
    return result
