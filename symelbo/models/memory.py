"""What was computed from a model belongs to it, and stays behind when it travels."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

from symelbo.exact import Field
from symelbo.models.description import Description, describe

__all__ = ["Memory"]

T = TypeVar("T")


class Memory(ABC):
    """A model that keeps what is computed from it, and can say what it is."""

    field: Field
    name: str | None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know about the parametrisation."""
        return ()

    @property
    def meanings(self) -> Mapping[Any, str]:
        """What the parameters mean, in words, of those that the model was built with in mind."""
        return {}

    @abstractmethod
    def parts(self) -> tuple[Iterable[str], Iterable[str], Iterable[str]]:
        """Its visible and hidden variables and its structure, in words."""

    def describe(self) -> Description:
        """Return its states, parameters and what they mean, domain and structure, in words."""
        return describe(self)

    def keep(self, what: str, compute: Callable[[], T]) -> T:
        """Return what was computed from the model under a name; the first call computes it."""
        kept: dict[str, Any] = self.__dict__.setdefault("_kept", {})
        if what not in kept:
            kept[what] = compute()
        found: T = kept[what]
        return found

    def kept(self, what: str) -> Any:
        """Return what was computed from the model under a name, or None."""
        return self.__dict__.get("_kept", {}).get(what)

    def __getstate__(self) -> dict[str, Any]:
        """What the model consists of; what was computed from it stays behind."""
        computed = {n for c in type(self).__mro__ for n, v in vars(c).items() if isinstance(v, cached_property)}
        return {name: value for name, value in self.__dict__.items() if name not in {*computed, "_kept"}}

    def __eq__(self, other: object) -> bool:
        """Models are equal that consist of the same: a copy that has travelled is."""
        if self is other:
            return True
        return isinstance(other, Memory) and type(self) is type(other) and self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash((type(self), self.field, self.name))
