"""Figures: written, deterministic, and drawn from what was computed."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.figures import write_all, write_flow
from symelbo.figures.panels import histogram_figure
from symelbo.figures.style import save, styled
from symelbo.figures.vectors import gradients_figure

pytest.importorskip("matplotlib")


def _has_pgfplots():
    search = shutil.which("kpsewhich") if shutil.which("pdflatex") else None
    return (
        search is not None and not subprocess.run([search, "pgfplots.sty"], capture_output=True, check=False).returncode
    )


needs_pgfplots = pytest.mark.skipif(not _has_pgfplots(), reason="needs LaTeX with pgfplots")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return folder, write_all(folder, seed=3)


NAMES = ("cylinder", "networks", "gradients", "flows-a", "flows-b", "divergence", "trajectories", "cosines")
MAGIC = {".png": b"\x89PNG", ".pdf": b"%PDF", ".tikz": b"\\beg"}


def test_every_figure_is_written_in_every_form(written):
    folder, paths = written
    assert {p.name for p in paths} == {n + e for n in NAMES for e in MAGIC}
    assert {p.name for p in folder.iterdir()} == {p.name for p in paths}
    for path in paths:
        assert path.read_bytes()[:4] == MAGIC[path.suffix]
        assert path.stat().st_size > 1500


def test_the_data_are_coordinates_that_one_can_edit(written):
    folder, _ = written
    networks, flows = ((folder / f"{name}.tikz").read_text() for name in ("networks", "trajectories"))
    assert networks.count("\\draw[-latex") == 2  # the arrows of M(b); M(a) has none
    assert len(re.findall(r"\\addplot\[.*\] coordinates \{(?:\(\S+,\S+\) ?){50,}\};", flows)) > 10
    assert all(len(line) < 3000 for line in flows.splitlines())


@needs_pgfplots
def test_figures_can_be_pasted_into_a_paper(written, tmp_path):
    folder, _ = written
    pasted = [rf"\noindent\resizebox{{\linewidth}}{{!}}{{\input{{{folder / name}.tikz}}}}\clearpage" for name in NAMES]
    preamble = [r"\documentclass{article}", r"\usepackage{pgfplots}", r"\begin{document}"]
    (tmp_path / "paper.tex").write_text("\n".join([*preamble, *pasted, r"\end{document}"]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert f"({len(NAMES)} pages" in done.stdout
    assert "Overfull" not in done.stdout


def test_the_same_seed_gives_the_same_bytes(written, tmp_path):
    folder, _ = written
    with styled() as plt:
        paths = save(plt, gradients_figure(plt), tmp_path, "gradients")
        paths += save(plt, histogram_figure(plt, 3)[0], tmp_path, "cosines")
    for path in paths:
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_the_figure_of_a_persons_own_model_is_drawn_for_any_number_of_visible_states(n, tmp_path):
    M = se.bayesian_network([("h", "a")], states={"h": 2, "a": n}, hidden=["h"], name="own")
    q = se.jeffreys_simplex(2 * n, 1, 1)[0]
    start = [sympy.Rational(1, 2), *([sympy.Rational(1, n + 1)] * (2 * (n - 1)))]
    curves = se.sigma_curves(M, q, start, np.linspace(0, 3, 16))
    paths = write_flow(curves, tmp_path, "own")
    assert [p.name for p in paths] == [f"own{e}" for e in MAGIC]
    assert all(p.stat().st_size > 3000 for p in paths)


def test_without_matplotlib_the_message_names_the_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(se.SymelboError, match=r"symelbo\[figures\]"):
        write_all(tmp_path)


def test_a_folder_that_cannot_be_written_is_reported(tmp_path):
    occupied = tmp_path / "file"
    occupied.write_text("")
    with pytest.raises(se.SymelboError, match="cannot be written"):
        write_all(occupied)
