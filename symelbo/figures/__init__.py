r"""The paper's figures, and those of a person's own model; needs the extra ``figures``.

Every figure is written as PNG, as PDF, and as TikZ to be pasted and edited: after ``\usepackage{pgfplots}``,
``\input{NAME.tikz}`` has the fonts of the paper, and the data as coordinates.  The same seed gives the same bytes (for
one version of matplotlib).
"""

from __future__ import annotations

from pathlib import Path

from symelbo.figures.panels import (
    STARTS_A,
    STARTS_B,
    TARGET_A,
    TARGET_B,
    curves_of,
    divergence_figure,
    flow_figure,
    histogram_figure,
    independence_figure,
    model_b_figure,
)
from symelbo.figures.sketch import cylinder_figure
from symelbo.figures.style import save, styled
from symelbo.figures.vectors import gradients_figure, networks_figure, trajectories_figure
from symelbo.flows import SigmaCurves
from symelbo.models import model_a, model_b

__all__ = ["write_all", "write_flow"]


def write_all(directory: str | Path, seed: int = 0) -> list[Path]:
    """Write all figures of the paper into a folder, and return their paths.

    ``cylinder``: what cylindrical means; ``networks``: the two networks; ``gradients``: directions of learning in the
    simplex; ``flows-a``, ``flows-b``: sigma_0, sigma_1, sigma_2 for M(a) and M(b); ``divergence``: D(p*||p_V) against
    time; ``trajectories``: parameters and p_V against time; ``cosines``: the histograms of the angles.

    Parameters
    ----------
    directory : path; made if it does not exist
    seed : int, of the points behind the histograms

    Raises
    ------
    SymelboError
        matplotlib or scipy is missing, or the folder cannot be written.
    """
    folder = Path(directory)
    with styled() as plt:
        paths = save(plt, cylinder_figure(plt), folder, "cylinder")
        paths += save(plt, networks_figure(plt), folder, "networks")
        paths += save(plt, gradients_figure(plt), folder, "gradients")
        first, second = curves_of(model_a(), TARGET_A, STARTS_A), curves_of(model_b(), TARGET_B, STARTS_B)
        paths += save(plt, independence_figure(plt, first), folder, "flows-a")
        paths += save(plt, model_b_figure(plt, second), folder, "flows-b")
        paths += save(plt, divergence_figure(plt, first, second), folder, "divergence")
        paths += save(plt, trajectories_figure(plt, second[0]), folder, "trajectories")
        paths += save(plt, histogram_figure(plt, seed)[0], folder, "cosines")
    return paths


def write_flow(curves: SigmaCurves, directory: str | Path, name: str = "flow") -> list[Path]:
    """Write the figure of the three curves of any model: in the simplex up to four visible states."""
    with styled() as plt:
        return save(plt, flow_figure(plt, curves), Path(directory), name)
