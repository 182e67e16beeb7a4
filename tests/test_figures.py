"""Figures: written, deterministic, and drawn from what was computed."""

import sys

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.figures import write_all, write_flow

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return folder, write_all(folder, seed=3)


def test_every_figure_is_written_as_png_and_pdf(written):
    folder, paths = written
    names = {"cylinder", "flows-a", "flows-b", "divergence", "cosines"}
    assert {p.name for p in paths} == {f"{n}.{e}" for n in names for e in ("png", "pdf")}
    assert {p.name for p in folder.iterdir()} == {p.name for p in paths}
    for path in paths:
        magic = path.read_bytes()[:4]
        assert magic == (b"\x89PNG" if path.suffix == ".png" else b"%PDF")
        assert path.stat().st_size > 5000


def test_the_same_seed_gives_the_same_bytes(written, tmp_path):
    folder, paths = written
    for path in write_all(tmp_path, seed=3):
        assert path.read_bytes() == (folder / path.name).read_bytes(), path.name
    assert len(paths) == 10


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_the_figure_of_a_persons_own_model_is_drawn_for_any_number_of_visible_states(n, tmp_path):
    M = se.bayesian_network([("h", "a")], states={"h": 2, "a": n}, hidden=["h"], name="own")
    q = se.jeffreys_simplex(2 * n, 1, 1)[0]
    start = [sympy.Rational(1, 2), *([sympy.Rational(1, n + 1)] * (2 * (n - 1)))]
    curves = se.sigma_curves(M, q, start, np.linspace(0, 3, 16))
    paths = write_flow(curves, tmp_path, "own")
    assert [p.name for p in paths] == ["own.png", "own.pdf"]
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
