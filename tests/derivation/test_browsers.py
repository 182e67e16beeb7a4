"""What MathJax 3 and KaTeX say of formulas in fragments and in Markdown (npm packages mathjax, katex)."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

import symelbo as se
from tests.derivation.examples import GOLDEN, derivation

READERS = Path(__file__).parent / "browsers.js"
DISPLAY = re.compile(r"\\begin\{align\*\}.*?\\end\{align\*\}|^\$\$(.*?)\$\$$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"\\.|\$((?:\\.|[^$\\])*)\$", re.DOTALL)


def refused(formulas):
    """What the two readers refuse; skipped where they are not installed."""
    try:
        done = subprocess.run(["node", READERS], input=json.dumps(formulas), capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("no node")
    except subprocess.CalledProcessError as error:
        if "Cannot find module" not in error.stderr:
            raise
        pytest.skip("npm install katex mathjax@3, and NODE_PATH the folder node_modules")
    return json.loads(done.stdout)


def formulas_of(text):
    shown = [(m.group(1) or m.group(), True) for m in DISPLAY.finditer(text)]
    return shown + [(m, False) for m in INLINE.findall(DISPLAY.sub("", text)) if m]


def test_mathjax_and_katex_read_every_formula_of_fragments_and_of_markdown():
    texts = [
        text
        for name in (*GOLDEN, "hostile", "sigmoid")
        for text in (derivation(name).fragment(), derivation(name).markdown())
    ]
    texts += [value._repr_latex_() for M in (se.model_a(), se.model_b()) for value in (M, se.is_cylindrical(M))]
    formulas = [f for text in texts for f in formulas_of(text)]
    assert len(formulas) > 500
    assert refused(formulas) == []


def test_mathjax_refuses_what_the_documents_alone_contain():
    found = refused(
        [(r"\providecommand{\dpi}{\mathrm{d}\pi_V} \dpi", True), (r"\dpi", False), (r"x,\allowbreak{} y", False)]
    )
    assert [reader for reader, _, _ in found].count("MathJax") == 3
