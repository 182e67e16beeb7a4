"""Documents: derivations, alone or many under one title, and how they are written and saved."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Any

from symelbo.budget import Budget
from symelbo.derivation import html, latex, markdown, text
from symelbo.derivation.lettering import Lettering, chosen_names, lettered
from symelbo.derivation.short import shortened
from symelbo.derivation.steps import Account
from symelbo.errors import BudgetError, ModelError
from symelbo.processes import program
from symelbo.typesetting import Form
from symelbo.writing import write

# Which rendering belongs into a file; that of .pdf is compiled.
SUFFIXES = {".tex": "document", ".pdf": "document", ".md": "markdown", ".html": "html", ".txt": "text"}
ENGINES = ("pdflatex", "lualatex", "xelatex", "tectonic")
TIME_LIMIT = 120
# The narrowest text, in points, to which formulas are broken.
NARROWEST = 200


class _Saved:
    """What can be saved."""

    def save(self, path: str | Path, *, seconds: float | None = None) -> Path:
        """Write a file: ``.tex``, ``.pdf``, ``.md``, ``.html`` or ``.txt``.

        Raises
        ------
        BudgetError
            The TeX engine did not end within so many seconds.
        ModelError
            Another suffix, a file that cannot be written, or for ``.pdf`` no TeX engine.
        """
        return save(self, Path(path), seconds)


@dataclass(frozen=True)
class Derivation(Account, _Saved):
    """What was computed and verified about a model, as a document; see :class:`~symelbo.derivation.steps.Account`.

    Attributes
    ----------
    raw, lettering : Account and Lettering, optional
        The same with placeholders for the names of the model, and what they stand for.
    """

    raw: Account | None = field(default=None, repr=False, compare=False)
    lettering: Lettering | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, raw: Account, lettering: Lettering) -> Derivation:
        """The derivation with these names for the placeholders in an account."""
        return cls(**{**vars(lettered(raw, lettering)), "raw": raw, "lettering": lettering})

    def written(
        self,
        *,
        form: Form | None = None,
        symbol_names: Mapping[Any, str] | None = None,
        width: float | None = None,
        detail: str = "full",
    ) -> Derivation:
        """Return the same derivation in another form, with other names for parameters, narrower or shorter.

        The options are those of :func:`~symelbo.derivation.story.derive`.
        """
        form, width = form or self.form, width or self.width
        if form not in ("factored", "expanded", "collected"):
            raise ModelError(f"form: {form!r} is none of 'factored', 'expanded', 'collected'")
        if detail not in ("full", "short"):
            raise ModelError(f"detail: {detail!r} is none of 'full', 'short'")
        if not NARROWEST <= width < inf:
            raise ModelError(f"width: {width} is no width of a text, in points; a narrow column has {NARROWEST}")
        raw, lettering = self.raw or self, chosen_names(self.order, self.lettering or Lettering(), symbol_names or {})
        raw = shortened(raw) if detail == "short" else raw
        return Derivation.of(replace(raw, form=form, width=float(width)), lettering)

    def fragment(self, *, macros: bool = False) -> str:
        r"""LaTeX without preamble, for a paper (amsmath, amssymb), or for MathJax and KaTeX.

        ``macros``: notation such as ``\KL{q}{p}`` stays a macro, with a ``\providecommand`` in front.
        """
        return latex.fragment(self, macros=macros)

    def document(self) -> str:
        """A LaTeX document (amsmath, amssymb)."""
        return latex.document(self)

    def markdown(self) -> str:
        """Markdown with formulas between dollars."""
        return markdown.markdown(self)

    def html(self) -> str:
        """A page of HTML that needs no network (formulas in MathML)."""
        return html.page(self)

    def text(self, width: int = 80) -> str:
        """Plain text for a terminal of so many columns."""
        return text.text(self, width)

    def _repr_latex_(self) -> str:
        return self.fragment()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:  # noqa: ARG002
        return {"text/plain": repr(self), "text/html": html.body(self), "text/markdown": self.markdown()}

    def __repr__(self) -> str:
        return f"Derivation: {self.title} ({len(self.steps)} steps)"


class Page(ABC):
    """What is told on one page."""

    @abstractmethod
    def derivation(self) -> Derivation:
        """The page."""

    def text(self, width: int = 80) -> str:
        """The page as plain text for a terminal of so many columns."""
        return self.derivation().text(width)

    def __str__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {**self.derivation()._repr_mimebundle_(include, exclude), "text/plain": self.text()}


@dataclass(frozen=True)
class Collection(_Saved):
    """Derivations under one title, with a table of contents and an index of verdicts.

    >>> from symelbo.derivation.story import derive
    >>> from symelbo.models import model_a
    >>> Collection("Proofs", (derive(model_a(), "S3"),))
    Collection: Proofs (1 derivation)
    """

    title: str
    derivations: Sequence[Derivation]

    def document(self) -> str:
        """A LaTeX document (amsmath, amssymb)."""
        return latex.joined(self.title, self.derivations)

    def markdown(self) -> str:
        """Markdown with formulas between dollars."""
        return markdown.joined(self.title, self.derivations)

    def html(self) -> str:
        """A page of HTML that needs no network (formulas in MathML)."""
        return html.joined(self.title, self.derivations)

    def text(self, width: int = 80) -> str:
        """Plain text for a terminal of so many columns."""
        return text.joined(self.title, self.derivations, width)

    def __repr__(self) -> str:
        n = len(self.derivations)
        return f"Collection: {self.title} ({n} derivation{'s' * (n != 1)})"


def save(subject: Any, path: Path, seconds: float | None = None) -> Path:
    """Write what belongs to the suffix of the path."""
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ModelError(f"{path}: the suffix {path.suffix!r} is not one of {', '.join(SUFFIXES)}")
    source = getattr(subject, SUFFIXES[suffix])()
    data = compiled(source, path, seconds) if suffix == ".pdf" else source.encode()
    write(path, data)
    return path


def compiled(source: str, path: Path, seconds: float | None = None) -> bytes:
    """Return the PDF of a LaTeX document; ``path`` is what messages speak of."""
    engine = next(filter(None, map(shutil.which, ENGINES)), None)
    if engine is None:
        raise ModelError(
            f"{path}: no TeX engine found ({', '.join(ENGINES)}); on Debian and Ubuntu install the package "
            "texlive-latex-recommended, or write a .tex, .html or .md file instead"
        )
    with tempfile.TemporaryDirectory() as folder:
        tex = Path(folder) / "derivation.tex"
        tex.write_text(source, encoding="utf-8")
        command = [
            engine,
            *(["-interaction=nonstopmode", "-halt-on-error"] if "tectonic" not in engine else []),
            tex.name,
        ]
        # A table of contents is read by the second run, and moves the pages that the third one reads.
        left = Budget(TIME_LIMIT if seconds is None else min(seconds, TIME_LIMIT))
        start = time.monotonic()
        for _ in range(3 if r"\tableofcontents" in source else 1):
            try:
                done = program(command, cwd=folder, timeout=left.left(start).seconds)
            except subprocess.TimeoutExpired:
                raise BudgetError(f"{path}: {Path(engine).name} did not end within {left.named:g} seconds") from None
        pdf = tex.with_suffix(".pdf")
        if done.returncode or not pdf.exists():
            lines = done.stdout.decode(errors="replace").splitlines()
            first = next((line for line in lines if line.startswith("!")), "no message")
            hint = "; on Debian and Ubuntu install the package texlive-latex-recommended" if ".sty" in first else ""
            raise ModelError(f"{path}: {Path(engine).name} failed: {first}{hint}")
        return pdf.read_bytes()
