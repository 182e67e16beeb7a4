"""What the engine asks of a model: it never asks what kind of model that is.

Questions have the answer of a model that knows nothing here; a family gives a better one.  Its scores and conditional
expectations are asked of its :class:`symelbo.geometry.ScoreSpace`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import networkx as nx
import sympy

from symelbo.exact import RationalFunction
from symelbo.models.formats import NetworkFile
from symelbo.models.structure import Structure

if TYPE_CHECKING:
    from symelbo.spaces import Space


class Asked:
    """A model of any family, with or without a table."""

    is_exact = False
    """Whether G_V is exact and scores have no poles in the domain: then defects, lifts and loci are known."""
    file: NetworkFile | None = None
    """What it was read from, where that has more to say."""

    @property
    def variables(self) -> Collection[str]:
        """The names of the variables that have letters in formulas, visible ones first."""
        return ()

    @property
    def order(self) -> tuple[str, ...]:
        """The names of all variables in the order of declaration."""
        return tuple(self.variables)

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the hidden variables."""
        return ()

    @property
    def several(self) -> tuple[str, ...]:
        """The names of the variables that take more than one value."""
        return self.order

    @property
    def graph(self) -> nx.DiGraph | None:
        """The graph of a network whose conditional distributions are free; None for another model."""
        return None

    @property
    def generators(self) -> tuple[tuple[str, ...], ...] | None:
        """The maximal interacting sets of variables of a hierarchical log-linear model; None for another model."""
        return None

    @property
    def one_copy(self) -> Self:
        """The model of which this one is independent copies; else itself."""
        return self

    @property
    def count(self) -> int:
        """The number of copies."""
        return 1

    @property
    def size(self) -> dict[str, Any]:
        """The numbers of states and visible states, None where they are not finite, and what is there then, as data."""
        return {"states": None, "visible_states": None}

    @property
    def n_entries(self) -> int:
        """N d: the entries of the matrix of scores."""
        return 0

    @property
    def factors(self) -> Sequence[RationalFunction]:
        """Functions of the parameters that vanish nowhere in the domain."""
        return ()

    def is_positive(self, signs: Sequence[int]) -> bool:
        """Whether all probabilities are positive where the factors have these signs."""
        return all(signs)

    @property
    def unused_parameters(self) -> tuple[sympy.Symbol, ...]:
        """Parameters on which the distribution is seen not to depend."""
        return ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know about the parametrisation."""
        return ()

    @property
    def legend(self) -> str:
        """Which parameters belong to what, where their names do not say it."""
        return ""

    @property
    def meanings(self) -> Mapping[Any, str]:
        """What the parameters mean, in words, of those that the model was built with in mind."""
        return {}


class OnStates(Asked):
    """A model on finitely many states, which answers from them and from its structure."""

    space: Space
    structure: Structure

    @property
    def order(self) -> tuple[str, ...]:
        """The names of all variables in the order of declaration."""
        return self.space.order

    @property
    def hidden(self) -> tuple[str, ...]:
        """The names of the hidden variables."""
        return tuple(v.name for v in self.space.hidden)

    @property
    def several(self) -> tuple[str, ...]:
        """The names of the variables with more than one state."""
        return tuple(v.name for v in self.space.variables if len(v) > 1)

    @property
    def graph(self) -> nx.DiGraph | None:
        """The graph of a network whose conditional tables are free."""
        return None if self.structure.families is None else self.structure.graph()

    @property
    def generators(self) -> tuple[tuple[str, ...], ...] | None:
        """Those of the structure."""
        return self.structure.generators

    @property
    def size(self) -> dict[str, Any]:
        """The numbers of states and visible states."""
        return {"states": self.space.n_states, "visible_states": self.space.n_visible}
