"""The renderings by name, of a derivation and of a collection, and the files that they go to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from symelbo.derivation import html, latex, markdown, text
from symelbo.derivation.collection import Collection
from symelbo.derivation.pdf import compiled
from symelbo.derivation.steps import Derivation, Rendered
from symelbo.errors import InternalError, ModelError

__all__ = ["SUFFIXES", "rendering", "save"]

_ONE: Mapping[str, Callable[..., str]] = {
    "fragment": latex.fragment,
    "document": latex.document,
    "markdown": markdown.markdown,
    "html": html.page,
    "excerpt": html.body,
    "text": text.text,
}
_MANY: Mapping[str, Callable[..., str]] = {
    "document": latex.joined,
    "markdown": markdown.joined,
    "html": html.joined,
    "text": text.joined,
}
# Which rendering belongs into a file; that of .pdf is compiled.
SUFFIXES = {".tex": "document", ".pdf": "document", ".md": "markdown", ".html": "html", ".txt": "text"}


def rendering(subject: Rendered, kind: str, **options: Any) -> str:
    """The subject, written."""
    if isinstance(subject, Derivation):
        return _ONE[kind](subject, **options)
    if isinstance(subject, Collection):
        return _MANY[kind](subject.title, subject.derivations, **options)
    raise InternalError(f"{subject!r} is neither a derivation nor a collection of them")


def save(subject: Rendered, path: Path) -> Path:
    """Write what belongs to the suffix of the path."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ModelError(f"{path}: the suffix {path.suffix!r} is not one of {', '.join(SUFFIXES)}")
    source = rendering(subject, SUFFIXES[suffix])
    data = compiled(source, path) if suffix == ".pdf" else source.encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}") from None
    return path
