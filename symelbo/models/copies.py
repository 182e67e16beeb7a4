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

So a verdict needs no table of the copies, and none is written where it would be too large: a :class:`Plate`.

Copies with parameters of their own are a product: there ranks add.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from math import prod
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import ModelError
from symelbo.exact import Field, as_rational, is_whole
from symelbo.models.description import Description
from symelbo.models.factors import FactorTable
from symelbo.models.points import Point
from symelbo.models.structure import Structure
from symelbo.models.table import Table
from symelbo.spaces import joint_space

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


@dataclass(frozen=True, eq=False)
class Plate:
    """Independent copies whose table is too large to be written: what is known of one copy is known of them.

    Attributes
    ----------
    one_copy : Parametrization
    count : int

    >>> from symelbo.models import model_b
    >>> model_b().iid(1000)
    1000 copies of M(b) with 8 states (4 visible) each, parameters x, y1, y2, z1, z2: too many for a table
    """

    one_copy: Any
    count: int
    needs: ClassVar[str] = "the probabilities of all states; ask it of one copy, M.one_copy"

    @property
    def name(self) -> str:
        """Its name."""
        return f"{self.count} copies of {self.one_copy.name or 'model'}"

    @property
    def field(self) -> Field:
        """The field that everything symbolic lies in: that of a copy."""
        field: Field = self.one_copy.field
        return field

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The parameters, in order: those of a copy."""
        return self.field.parameters

    @property
    def size(self) -> dict[str, Any]:
        """How many copies of what, as data."""
        return {"states": None, "visible_states": None, "copies": self.count, "of": self.one_copy.size}

    def point(self, at: Any) -> Point:
        """Return an exact point from values of the parameters, checked to lie in the domain."""
        point: Point = self.one_copy.point(at)
        return point

    def iid(self, n: int) -> Plate:
        """Return n independent copies of all of it."""
        return Plate(self.one_copy, self.count * _positive(n))

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """What a table would have is missing, with what has it."""
            if name.startswith("_"):
                raise AttributeError(name)
            raise AttributeError(f"no {name} without a table: ask it of one copy, M.one_copy.{name}")

    def describe(self) -> Description:
        """Return the states and parameters of a copy, and how many there are."""
        told: Description = self.one_copy.describe()
        return replace(told, model=repr(self), structure=(*told.structure, f"{self.count} independent copies"))

    def __repr__(self) -> str:
        one = self.one_copy
        title, rest = repr(one).split(" with ", 1) if one.name is None else (one.name, repr(one)[len(one.name) + 6 :])
        states, names = rest.split(", parameter", 1)
        return f"{self.count} copies of {title} with {states} each, parameter{names}: too many for a table"


def _positive(n: int) -> int:
    if not is_whole(n, 1):
        raise ModelError(f"iid: {n!r} copies; expected a positive integer")
    return n


def iid(model: M, n: int) -> M | Plate:
    """Return the model of n independent copies, their variables numbered: ``x_1``, ``x_2``, ...; parameters stay.

    Where their table is too large it is a :class:`Plate`.

    Raises
    ------
    ModelError
        n is no positive integer.
    """
    table, states = model.factor_table, model.space.n_states
    largest = int(np.abs(table.exponents).max(initial=0)) * _positive(n)
    if (
        n > LIMITS.table_states.bit_length()
        or states**n > LIMITS.table_states
        or states**n * len(table.factors) > LIMITS.table_entries
        or largest > LIMITS.exponent
    ):
        return Plate(model.one_copy, model.structure.count * n)
    if n == 1:
        return model
    names = {v.name for v in (*model.space.variables, *model.space.visible)}
    parts = [model.space.relabelled({name: f"{name}_{k}" for name in names}, {}) for k in range(1, n + 1)]
    space = reduce(joint_space, parts)
    rows = [space.numbers_in(part) for part in parts]
    chosen = zip(*(row.tolist() for row in rows), strict=True)
    return model._but(
        space=space,
        factor_table=FactorTable(
            table.factors,
            sum((table.exponents[row] for row in rows), np.zeros((1, 1), dtype=np.int16)),
            tuple(prod((table.coefficients[x] for x in xs), start=as_rational(1)) for xs in chosen),
        ),
        name=f"{n} copies of {model.name or 'model'}",
        structure=Copies(model.one_copy, model.count * n),
        impossible=(),
    )
