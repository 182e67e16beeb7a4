"""The TeX engine that makes a PDF."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from symelbo.errors import ModelError

__all__ = ["ENGINES", "compiled"]

ENGINES = ("pdflatex", "lualatex", "xelatex", "tectonic")
TIME_LIMIT = 120


def compiled(source: str, path: Path) -> bytes:
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
        for _ in range(3 if r"\tableofcontents" in source else 1):
            try:
                done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=TIME_LIMIT)
            except subprocess.TimeoutExpired:
                raise ModelError(f"{path}: {Path(engine).name} did not end within {TIME_LIMIT} seconds") from None
        pdf = tex.with_suffix(".pdf")
        if done.returncode or not pdf.exists():
            lines = done.stdout.decode(errors="replace").splitlines()
            first = next((line for line in lines if line.startswith("!")), "no message")
            hint = "; on Debian and Ubuntu install the package texlive-latex-recommended" if ".sty" in first else ""
            raise ModelError(f"{path}: {Path(engine).name} failed: {first}{hint}")
        return pdf.read_bytes()
