"""Widths and lengths: no overfull box in the classes of journals; the short account is short."""

from __future__ import annotations

import re
import subprocess

import pytest

import symelbo as se
from symelbo.derivation import derive
from symelbo.derivation.layout import laid_out
from symelbo.errors import ModelError
from tests.derivation.examples import GOLDEN, MODELS, derivation
from tests.derivation.test_continuous import MODELS as CONTINUOUS
from tests.derivation.test_renderings import needs_tex, set_in_tex

AMS = "\\usepackage{amsmath,amssymb}\n"
FRAME = "\\begin{frame}[allowframebreaks]\n", "\\end{frame}\n"
# class: options, width, what stands around the fragment
CLASSES = {
    "article": ("", 345, ("", "")),
    "article, two columns": ("[twocolumn]", 229, ("", "")),
    "amsart": ("", 360, ("", "")),
    "revtex4-2": ("[aps,twocolumn]", 246, ("", "")),
    "beamer": ("", 270, FRAME),
    "jmlr": ("", 345, ("", "")),
    "acmart": ("[sigconf,nonacm]", 229, ("", "")),
}


def overfull(paper, pages, details, folder):
    """The boxes that are too wide by more than a point, of all these pages in one paper."""
    name = paper.partition(",")[0]
    found = subprocess.run(["kpsewhich", f"{name}.cls"], capture_output=True, check=False)
    if found.returncode:
        pytest.skip(f"no {name}.cls; apt: texlive-publishers, texlive-science")
    options, width, (before, after) = CLASSES[paper]
    told = "".join(
        f"{before}{page.written(width=width, detail=detail).fragment()}{after}" for page in pages for detail in details
    )
    packages = "" if name in ("jmlr", "acmart") else AMS
    title = "\\title{A paper}\\maketitle\n" if name == "acmart" else ""
    source = f"\\documentclass{options}{{{name}}}\n{packages}\\begin{{document}}\n{title}{told}\\end{{document}}\n"
    try:
        log = set_in_tex(source, folder)
    except AssertionError as error:
        if "not found" not in str(error):
            raise
        pytest.skip(f"{name}.cls needs other packages of TeX Live")
    return [m.group() for m in re.finditer(r"Overfull \\hbox \(([\d.]+)pt.*\n.*", log) if float(m.group(1)) > 1]


@needs_tex
@pytest.mark.parametrize("paper", CLASSES)
def test_no_box_is_overfull_by_more_than_a_point(paper, tmp_path):
    assert not overfull(paper, map(derivation, GOLDEN), ("full", "short"), tmp_path)


@needs_tex
def test_long_names_sums_over_paths_and_matrices_fit_a_narrow_column(tmp_path):
    pages = [*map(derivation, ("long_names", "hidden_markov")), *map(derive, (CONTINUOUS["leaves"], CONTINUOUS["pca"]))]
    assert not overfull("article, two columns", pages, ("short",), tmp_path)


@needs_tex
@pytest.mark.slow
@pytest.mark.parametrize("paper", CLASSES)
def test_every_family_fits_every_paper(paper, tmp_path):
    network = se.load_model("proofs/models/asia.bif", hidden=["lung", "tub"])
    pages = [*map(derivation, MODELS), *map(derive, (*CONTINUOUS.values(), network, se.model_b().iid(3)))]
    assert not overfull(paper, pages, ("full", "short"), tmp_path)


@needs_tex
@pytest.mark.parametrize("name", ["model_a", "model_b"])
def test_the_short_account_has_two_pages_and_no_brackets(name, tmp_path):
    short = derivation(name).written(detail="short")
    log = set_in_tex(short.document(), tmp_path)
    assert re.search(r"Output written on paper.pdf \(2 pages", log)
    assert "Overfull" not in log
    assert not any(block.foot for block in laid_out(short))
    for step in derivation(name).steps:
        assert step.heading.casefold() in short.text().replace("\n", " ").casefold()


def test_other_widths_and_details_are_refused():
    for options in ({"width": 20}, {"width": float("nan")}, {"detail": "long"}):
        with pytest.raises(ModelError, match=next(iter(options))):
            derivation("model_a").written(**options)
