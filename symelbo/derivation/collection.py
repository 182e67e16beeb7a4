"""Many derivations in one document, with a table of contents and an index of verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from symelbo.derivation.steps import Derivation

__all__ = ["Collection"]


@dataclass(frozen=True)
class Collection:
    """Derivations under one title.

    >>> from symelbo.derivation.story import derive
    >>> from symelbo.models import model_a
    >>> Collection("Proofs", (derive(model_a(), "S3"),))
    Collection: Proofs (1 derivation)
    """

    title: str
    derivations: Sequence[Derivation]

    def document(self) -> str:
        """One LaTeX document with a table of contents and an index of verdicts."""
        from symelbo.derivation.latex import joined

        return joined(self.title, self.derivations)

    def markdown(self) -> str:
        """One Markdown text."""
        from symelbo.derivation.markdown import joined

        return joined(self.title, self.derivations)

    def html(self) -> str:
        """One page of HTML."""
        from symelbo.derivation.html import joined

        return joined(self.title, self.derivations)

    def text(self, width: int = 100) -> str:
        """Plain text."""
        from symelbo.derivation.text import text

        return "\n\n".join([self.title, *(text(d, width) for d in self.derivations)])

    def save(self, path: str | Path) -> Path:
        """Write the collection: ``.tex``, ``.pdf``, ``.md``, ``.html`` or ``.txt``."""
        from symelbo.derivation.files import save

        contents = {
            ".tex": self.document, ".pdf": self.document, ".md": self.markdown, ".html": self.html, ".txt": self.text,
        }  # fmt: skip
        return save(Path(path), contents)

    def __repr__(self) -> str:
        n = len(self.derivations)
        return f"Collection: {self.title} ({n} derivation{'s' * (n != 1)})"
