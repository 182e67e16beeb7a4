"""The look of all figures, and how they are saved: the same bytes for the same seed and version of matplotlib.

Colours are those of Okabe and Ito (2008), told apart by all readers; every line also has its own dash pattern, so that
the figures survive a print in grey.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from symelbo.errors import SymelboError
from symelbo.figures.tikz import tikz
from symelbo.writing import whole, write

BLACK, GREY = "#000000", "#666666"
BLUE, ORANGE, GREEN, SKY = "#0072B2", "#D55E00", "#009E73", "#56B4E9"

# sigma_0, sigma_1, sigma_2: colour, dashes, width, name.
CURVES: tuple[tuple[str, Any, float, str], ...] = (
    (BLUE, "solid", 2.6, r"$\sigma_0$  visible model, $D(p^*\|\cdot)$"),
    (ORANGE, (0, (5, 2)), 1.8, r"$\sigma_1$  perfect recognition, $D(\mathcal{Q}\|\cdot)$"),
    (GREEN, (0, (1.2, 1.4)), 1.8, r"$\sigma_2$  fixed $q$, $D(q\|\cdot)$"),
)

_SETTINGS = {
    "font.family": "serif",
    "font.serif": ["DejaVu Serif"],
    "mathtext.fontset": "cm",
    "font.size": 9,
    "axes.labelsize": 9,
    "axes.titlesize": 10,
    "legend.fontsize": 8.5,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "pdf.compression": 6,
    "path.simplify": False,
}


def pyplot() -> Any:
    """Matplotlib without a window; SymelboError naming the extra where it is not installed."""
    try:
        matplotlib = import_module("matplotlib")
        matplotlib.use("Agg", force=False)
        return import_module("matplotlib.pyplot")
    except ImportError:
        raise SymelboError("figures need matplotlib; install the extra: pip install 'symelbo[figures]'") from None


@contextmanager
def styled() -> Iterator[Any]:
    """Matplotlib with the settings of this package, restored afterwards."""
    plt = pyplot()
    with plt.rc_context(_SETTINGS):
        yield plt


def new_figure(plt: Any, width: float, height: float, **layout: Any) -> Any:
    """Return a figure of a size in inches with constrained layout."""
    return plt.figure(figsize=(width, height), layout="constrained", **layout)


def save(plt: Any, figure: Any, folder: Path, name: str) -> list[Path]:
    """Write NAME.png (200 dpi), NAME.pdf and NAME.tikz without dates, close the figure, return the paths."""
    paths = [folder / f"{name}.png", folder / f"{name}.pdf", folder / f"{name}.tikz"]
    # Fonts without a date of creation make fontTools write warnings.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    try:
        with whole(paths[0]) as place:
            figure.savefig(place, dpi=200, metadata={"Software": None})
        figure.set_layout_engine("none")  # places are found: other measures of the texts do not move them
        with whole(paths[1]) as place:
            figure.savefig(place, metadata={"CreationDate": None, "ModDate": None, "Creator": None, "Producer": None})
        write(paths[2], tikz(figure))
    finally:
        plt.close(figure)
    return paths
