"""The cylinder sketch: what it means that a model is cylindrical, and what goes wrong otherwise.

P(X) is drawn as space, P(V) as the plane below, marginalisation as the vertical projection.  The figure is a sketch in
flat coordinates: vertical lines stand for the fibres of the marginalisation, horizontal planes for H_p.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symelbo.figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, SKY, new_figure
from symelbo.flows.compiled import Array

# A white frame keeps text readable on lines.
_HALO = {"boxstyle": "round,pad=0.12", "facecolor": "white", "alpha": 0.75, "edgecolor": "none"}
_AZIMUTH, _ELEVATION = np.radians(-28.0), np.radians(24.0)


def _project(points: Array) -> Array:
    """Orthographic view of points of space, (..., 3) to (..., 2)."""
    x, y, z = np.moveaxis(np.asarray(points, dtype=float), -1, 0)
    ca, sa, ce, se = np.cos(_AZIMUTH), np.sin(_AZIMUTH), np.cos(_ELEVATION), np.sin(_ELEVATION)
    across, depth = ca * x - sa * y, sa * x + ca * y
    return np.stack([across, ce * z + se * depth], axis=-1)


def cylinder_figure(plt: Any) -> Any:
    """Left: a cylindrical model; right: a model that is not, whose ELBO gradient projects to another direction."""
    figure = new_figure(plt, 6.6, 3.4)
    left, right = figure.subplots(1, 2)
    for axes, title in ((left, "cylindrical"), (right, "not cylindrical")):
        axes.set_aspect("equal")
        axes.axis("off")
        axes.set_title(title, pad=2)
        _plane(axes)
    _cylindrical(left)
    _oblique(right)
    for axes in (left, right):
        axes.set_xlim(-1.75, 1.75)
        axes.set_ylim(-1.12, 2.12)
    return figure


def _plane(axes: Any) -> None:
    corners = np.array([[-1.2, -1, 0], [1.2, -1, 0], [1.2, 1, 0], [-1.2, 1, 0]])
    axes.fill(*_project(corners).T, facecolor="#f1f1f1", edgecolor=GREY, lw=0.7, zorder=0)
    axes.annotate("$P(V)$", _project(np.array([1.2, -1, 0])), xytext=(4, -6), textcoords="offset points", color=GREY)


def _arrow(
    axes: Any, start: Array, vector: Array, color: str, *, lw: float = 1.8, zorder: int = 8, ls: str = "-"
) -> None:
    tail, head = _project(np.stack([start, start + vector]))
    axes.annotate(
        "",
        head,
        xytext=tail,
        arrowprops={
            "arrowstyle": "-|>",
            "color": color,
            "lw": lw,
            "shrinkA": 0,
            "shrinkB": 0,
            "ls": ls,
            "mutation_scale": 11,
        },
        zorder=zorder,
    )


def _text(axes: Any, place: Array, text: str, offset: tuple[float, float], color: str = BLACK, **more: Any) -> None:
    style = {"xytext": offset, "textcoords": "offset points", "color": color, "zorder": 12, "bbox": _HALO}
    axes.annotate(text, _project(place), **style, **more)


def _dot(axes: Any, place: Array) -> None:
    axes.plot(*_project(place), marker="o", ms=4.2, color=BLACK, zorder=11)


def _base(s: Array) -> Array:
    """The curve M_V in the plane."""
    return np.stack([s, 0.55 * np.sin(1.7 * s), np.zeros_like(s)], axis=-1)


def _cylindrical(axes: Any) -> None:
    s = np.linspace(-1.05, 1.05, 60)
    base, height = _base(s), np.array([0, 0, 1.0])
    low, high = 0.55, 1.75
    sheet = np.concatenate([base + low * height, (base + high * height)[::-1]])
    axes.fill(*_project(sheet).T, facecolor=SKY, alpha=0.32, edgecolor="none", zorder=3)
    for z in np.linspace(low, high, 5):
        edge = z in (low, high)
        axes.plot(*_project(base + z * height).T, color=BLUE, lw=1.0 if edge else 0.4, zorder=4)
    for k in np.linspace(0, 59, 9).astype(int):
        edge = k in (0, 59)
        line = np.stack([base[k] + low * height, base[k] + high * height])
        axes.plot(*_project(line).T, color=BLUE, lw=1.0 if edge else 0.4, zorder=4)
    axes.plot(*_project(base).T, color=BLUE, lw=1.8, zorder=4)
    s_0 = -0.12
    foot = _base(np.array(s_0))
    tangent = np.array([1.0, 0.55 * 1.7 * np.cos(1.7 * s_0), 0.0])
    tangent = 0.62 * tangent / np.linalg.norm(tangent)
    p = foot + 1.1 * height
    axes.plot(*_project(np.stack([foot, p])).T, color=GREY, lw=0.7, ls=(0, (2, 2)), zorder=5)
    vertical = 0.42 * height
    _arrow(axes, p, tangent, ORANGE)
    _arrow(axes, p, vertical, GREEN)
    _arrow(axes, p, tangent + vertical, BLACK)
    corners = np.stack([p + tangent, p + tangent + vertical, p + vertical])
    axes.plot(*_project(corners).T, color=GREY, lw=0.6, ls=(0, (2, 2)), zorder=7)
    _arrow(axes, foot, tangent, ORANGE)
    _dot(axes, p)
    _dot(axes, foot)
    _text(axes, p, "$p$", (-9, -9))
    _text(axes, foot, "$p_V$", (-6, -12))
    _text(axes, p + tangent, "$T_pM\\cap\\mathcal{H}_p$", (3, -8), ORANGE, fontsize=8.5)
    _text(axes, p + vertical, "$T_pM\\cap\\mathcal{V}_p$", (-52, 2), GREEN, fontsize=8.5)
    _text(axes, p + tangent + vertical, r"$\mathrm{grad}\,D(q\|\cdot)$", (4, 1), fontsize=8.5)
    _text(axes, base[-1] + high * height, "$M$", (4, -2), BLUE)
    _text(axes, base[-1], "$M_V$", (-8, 7), BLUE)
    axes.text(
        0, -1.02, r"$d\pi(\mathrm{grad}\,D(q\|\cdot)) = \mathrm{grad}^{M_V} D(p^*\|\cdot)$", ha="center", fontsize=9.5
    )


def _height(x: Array, y: Array) -> Array:
    return np.asarray(1.3 - 0.24 * x + 0.26 * y + 0.10 * np.sin(2.2 * x) * np.cos(1.6 * y))


def _oblique(axes: Any) -> None:
    grid = np.linspace(-0.92, 0.92, 9)
    fine = np.linspace(-0.92, 0.92, 40)
    outline = np.concatenate(
        [
            np.stack([fine, np.full(40, -0.75)], axis=-1),
            np.stack([np.full(40, 0.92), np.linspace(-0.75, 0.75, 40)], axis=-1),
            np.stack([fine[::-1], np.full(40, 0.75)], axis=-1),
            np.stack([np.full(40, -0.92), np.linspace(0.75, -0.75, 40)], axis=-1),
        ]
    )

    def lifted(xy: Array) -> Array:
        return np.concatenate([xy, _height(xy[:, 0], xy[:, 1])[:, None]], axis=1)

    shadow = np.concatenate([outline, np.zeros((len(outline), 1))], axis=1)
    axes.fill(*_project(shadow).T, facecolor="#d9ecf7", edgecolor=BLUE, lw=0.7, zorder=1)
    axes.fill(*_project(lifted(outline)).T, facecolor=SKY, alpha=0.32, edgecolor=BLUE, lw=1.0, zorder=3)
    for g in grid[1:-1]:
        axes.plot(
            *_project(lifted(np.stack([fine, np.full(40, 0.75 * g / 0.92)], axis=-1))).T, color=BLUE, lw=0.4, zorder=4
        )
        axes.plot(
            *_project(lifted(np.stack([np.full(40, g), 0.75 * fine / 0.92], axis=-1))).T, color=BLUE, lw=0.4, zorder=4
        )
    foot = np.array([-0.15, -0.1, 0.0])
    p = np.array([-0.15, -0.1, float(_height(np.array(-0.15), np.array(-0.1)))])
    step = 1e-5
    slope = np.array(
        [
            (_height(p[0] + step, p[1]) - _height(p[0] - step, p[1])) / (2 * step),
            (_height(p[0], p[1] + step) - _height(p[0], p[1] - step)) / (2 * step),
        ]
    )
    tangents = np.array([[1, 0, slope[0]], [0, 1, slope[1]]]).T
    wanted = np.array([0.62, -0.05, 0.0])  # the visible gradient: M_V is open, every direction is visible
    gap = np.array([0, 0, 0.95])  # what q adds is vertical; on this model it does not stay so
    coefficients = np.linalg.solve(tangents.T @ tangents, tangents.T @ (wanted + gap))
    gradient = tangents @ coefficients
    axes.plot(*_project(np.stack([foot, p])).T, color=GREY, lw=0.7, ls=(0, (2, 2)), zorder=5)
    end = p + gradient
    axes.plot(*_project(np.stack([end, end * [1, 1, 0]])).T, color=GREY, lw=0.7, ls=(0, (2, 2)), zorder=5)
    _arrow(axes, p, gradient, BLACK)
    _arrow(axes, foot, gradient * [1, 1, 0], BLACK)
    _arrow(axes, foot, wanted, ORANGE)
    _dot(axes, p)
    _dot(axes, foot)
    _text(axes, p, "$p$", (-10, -6))
    _text(axes, foot, "$p_V$", (-18, -3))
    _text(axes, np.array([0.92, 0.75, float(_height(np.array(0.92), np.array(0.75)))]), "$M$", (3, 2), BLUE)
    _text(axes, np.array([0.92, 0.75, 0.0]), "$M_V$", (-26, -9), BLUE)
    _text(axes, p + gradient, r"$\mathrm{grad}\,D(q\|\cdot)$", (-24, 8), fontsize=8.5)
    _text(axes, foot + wanted, r"$\mathrm{grad}^{M_V}D(p^*\|\cdot)$", (-32, -16), ORANGE, fontsize=8.5)
    axes.text(
        0,
        -1.02,
        r"$d\pi(\mathrm{grad}\,D(q\|\cdot)) \neq \mathrm{grad}^{M_V} D(p^*\|\cdot)$",
        ha="center",
        fontsize=9.5,
    )
