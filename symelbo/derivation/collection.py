"""Many derivations in one document, with a table of contents and an index of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from symelbo.derivation.steps import Derivation, Rendered

__all__ = ["Collection"]


@dataclass(frozen=True)
class Collection(Rendered):
    """Derivations under one title.

    >>> from symelbo.derivation.story import derive
    >>> from symelbo.models import model_a
    >>> Collection("Proofs", (derive(model_a(), "S3"),))
    Collection: Proofs (1 derivation)
    """

    title: str
    derivations: Sequence[Derivation]

    def __repr__(self) -> str:
        n = len(self.derivations)
        return f"Collection: {self.title} ({n} derivation{'s' * (n != 1)})"
