"""What a model knows about itself beyond its table: a structure answers questions, with None where it has no answer.

The engine asks; it never tests what kind of model it has.  A family of models with a structure of its own is a subclass
that answers some of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import networkx as nx

from symelbo.exact import Value

if TYPE_CHECKING:
    from symelbo.spaces import Space


@dataclass(frozen=True, slots=True)
class Family:
    """A node with its parents: ``rows[k]`` are the numbers of the parameters for parent state number k."""

    node: str
    parents: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit 0, 1 with ``p(1 | parents) = s(b + sum_j w_j x_j)``: the numbers of b and of the parents' weights w_j."""

    node: str
    bias: int
    weights: tuple[tuple[str, int], ...]


class Structure:
    """A structure that knows nothing: that of a table in any parameters."""

    __slots__ = ()

    families: tuple[Family, ...] | None = None
    """The conditional tables of a Bayesian network, all of them free: then the metric is local (S10)."""
    generators: tuple[tuple[str, ...], ...] | None = None
    """The maximal interacting sets of variables of a hierarchical log-linear model."""
    natural = False
    """Whether the parameters are the natural ones of an exponential family, the exponents its statistics."""
    strata = 1
    """The number of states of covariates, whose distribution is known."""
    one: Any = None
    """The model of which the table is that of independent copies."""
    count = 1
    """The number of copies."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @property
    def units(self) -> tuple[Unit, ...] | None:
        """The units of a sigmoid belief network."""
        return None

    def graph(self) -> nx.DiGraph | None:
        """The directed acyclic graph of a network."""
        return None

    def varied_point(self) -> tuple[Value, ...] | None:
        """Simple values of the parameters that differ from row to row."""
        return None

    def every_part_matters(self, values: Sequence[Value], space: Space) -> bool:  # noqa: ARG002  # a structure that knows nothing
        """Whether no part of the model, such as an arrow, is without effect at a point."""
        return True

    def legend(self, parameters: Sequence[object], space: Space) -> str:  # noqa: ARG002  # as above
        """Which parameters belong to what, in words, where their names do not say it."""
        return ""

    def meanings(self, parameters: Sequence[Any], space: Space) -> dict[Any, str]:  # noqa: ARG002  # as above
        """What the parameters mean, in words, of those that have a meaning."""
        return {}

    def described(self) -> str:
        """The structure in words; nothing where there is none."""
        return ""

    def renamed(self, names: Mapping[str, str]) -> Structure:  # noqa: ARG002  # as above
        """The structure with other names of variables."""
        return self

    def restricted(self) -> Structure:
        """What remains on a part of the parameters: the words."""
        words = self.described()
        return Told(words) if words else Structure()

    def changed(self) -> Structure:
        """What remains with another hidden set, or other names of parameters."""
        return self

    def joined(self, other: Structure, offset: int) -> Structure:  # noqa: ARG002  # as above
        """The structure of two independent models, the parameters of the other one numbered from ``offset`` on."""
        return Structure()

    def seen_otherwise(self) -> Structure:
        """What remains when something else is seen than some of the variables."""
        return Structure()


@dataclass(frozen=True, slots=True)
class Told(Structure):
    """A structure that is known by its words only."""

    words: str

    def described(self) -> str:
        """The words."""
        return self.words

    def renamed(self, names: Mapping[str, str]) -> Structure:  # noqa: ARG002  # the words name variables
        """With other names of variables nothing is known."""
        return Structure()
