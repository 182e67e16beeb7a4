"""Files of derivations, and the TeX engine for PDF."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from symelbo.errors import ModelError

__all__ = ["ENGINES", "save"]

ENGINES = ("pdflatex", "lualatex", "xelatex", "tectonic")


def save(path: Path, contents: Mapping[str, Callable[[], str]]) -> Path:
    """Write what belongs to the suffix of the path."""
    make = contents.get(path.suffix.lower())
    if make is None:
        raise ModelError(f"{path}: the suffix {path.suffix!r} is not one of {', '.join(contents)}")
    source = make()
    data = _compiled(source, path) if path.suffix.lower() == ".pdf" else source.encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise ModelError(f"{path} cannot be written: {error.strerror}") from None
    return path


def _compiled(source: str, path: Path) -> bytes:
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
        # Two runs: the table of contents is read by the second one.
        for _ in range(2 if r"\tableofcontents" in source else 1):
            done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
        pdf = tex.with_suffix(".pdf")
        if done.returncode or not pdf.exists():
            lines = done.stdout.decode(errors="replace").splitlines()
            first = next((line for line in lines if line.startswith("!")), "no message")
            raise ModelError(f"{path}: {Path(engine).name} failed: {first}")
        return pdf.read_bytes()
