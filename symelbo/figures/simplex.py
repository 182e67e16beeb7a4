"""Simplices of up to four visible states, drawn by orthographic projection.

The tetrahedron is inscribed in the cube [-1, 1]^3.  For two binary variables y, z, in the order 11, 10, 01, 00, its
coordinates are E[y'], E[z'], E[y'z'] with y', z' in {-1, 1}, and independence is the surface E[y'z'] = E[y'] E[z'].
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from symelbo.figures.style import BLACK, GREY
from symelbo.flows.compiled import Array

_CORNERS = {
    2: np.array([[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]),
    3: np.array([[np.sin(a), 0.0, np.cos(a)] for a in (-2 * np.pi / 3, 2 * np.pi / 3, 0.0)]),
    4: np.array([[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]]),
}


class Simplex:
    """The simplex over 2, 3 or 4 states on a matplotlib axes, seen from a direction."""

    def __init__(self, axes: Any, labels: Sequence[str], *, azimuth: float = 14.0, elevation: float = 12.0) -> None:
        self.axes = axes
        self.corners = _CORNERS[len(labels)]
        flat = len(labels) < 4
        a, e = (0.0, 0.0) if flat else (np.radians(azimuth), np.radians(elevation))
        right = np.array([np.cos(a), np.sin(a), 0.0])
        towards = np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])
        self._screen = np.stack([right, np.cross(towards, right), towards])
        axes.set_aspect("equal")
        axes.axis("off")
        self._edges()
        self._labels(labels)

    def project(self, distributions: Array) -> Array:
        """Screen coordinates of distributions, (n, k) to (n, 2)."""
        return self.screen(np.atleast_2d(distributions) @ self.corners)[:, :2]

    def screen(self, points: Array) -> Array:
        """Screen coordinates and depth (towards the viewer) of points of space, (n, 3)."""
        return np.asarray(points @ self._screen.T)

    def _edges(self) -> None:
        seen = self.screen(self.corners)
        for i, j in combinations(range(len(seen)), 2):
            hidden = self._hidden(seen, i, j)
            self.axes.plot(
                *seen[[i, j], :2].T,
                color=GREY if hidden else BLACK,
                lw=0.7 if hidden else 1.0,
                ls=(0, (3, 3)) if hidden else "solid",
                zorder=1 if hidden else 6,
                solid_capstyle="round",
            )

    @staticmethod
    def _hidden(seen: Array, i: int, j: int) -> bool:
        """Whether an edge of the tetrahedron lies behind the face or edge opposite to it."""
        others = [k for k in range(len(seen)) if k not in (i, j)]
        if len(others) < 2:
            return False
        sides = [_turn(seen[i], seen[j], seen[k]) for k in others]
        if sides[0] * sides[1] > 0:
            return False  # an edge of the outline
        m = np.array([seen[j, :2] - seen[i, :2], seen[others[0], :2] - seen[others[1], :2]]).T
        s, r = np.linalg.solve(m, seen[others[0], :2] - seen[i, :2])
        if not 0 < r < 1:
            return bool(seen[[i, j], 2].min() < seen[others, 2].max())
        here = seen[i, 2] + s * (seen[j, 2] - seen[i, 2])
        there = seen[others[0], 2] + r * (seen[others[1], 2] - seen[others[0], 2])
        return bool(here < there)

    def _labels(self, labels: Sequence[str]) -> None:
        seen = self.screen(self.corners)[:, :2]
        centre = seen.mean(axis=0)
        for place, label in zip(seen, labels, strict=True):
            direction = (place - centre) / np.linalg.norm(place - centre)
            self.axes.annotate(
                f"$\\delta_{{{label}}}$",
                place,
                xytext=tuple(11 * direction),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=11,
            )
        low, high = seen.min(axis=0), seen.max(axis=0)
        pad = 0.11 * max(high - low)
        self.axes.set_xlim(low[0] - pad, high[0] + pad)
        self.axes.set_ylim(low[1] - pad, high[1] + pad)

    def curve(self, distributions: Array, **style: Any) -> None:
        """A curve through distributions, (n, k)."""
        self.axes.plot(*self.project(distributions).T, solid_capstyle="round", **style)

    def mark(self, distribution: Array, **style: Any) -> None:
        """A marker at one distribution."""
        self.axes.plot(*self.project(distribution)[0], **style)

    def arrow(self, tail: Array, vector: Array, color: str) -> None:
        """A tangent vector at a distribution."""
        start, end = self.project(np.stack([tail, tail + vector]))
        self.drawn_arrow(start, end, color)

    def drawn_arrow(self, tail: Array, head: Array, color: str) -> None:
        """An arrow between two places of the screen."""
        style = {"arrowstyle": "-|>", "mutation_scale": 10, "color": color, "lw": 1.8, "shrinkA": 0, "shrinkB": 0}
        self.axes.annotate("", head, xytext=tail, arrowprops=style, zorder=9)

    def label(self, distribution: Array, text: str, offset: tuple[float, float], color: str) -> None:
        """A text beside a distribution, so many points away."""
        place = self.project(distribution)[0]
        self.axes.annotate(text, place, xytext=offset, textcoords="offset points", color=color, ha="center")

    def surface(self, corners: Array, *, lines: int = 13) -> None:
        """A ruled surface of 2 x 2 corner distributions, (2, 2, 4): bilinear, with its two rulings."""
        grid = np.linspace(0, 1, lines)

        def at(a: Any, b: Any) -> Array:
            return np.asarray(
                (1 - a) * (1 - b) * corners[0, 0]
                + (1 - a) * b * corners[0, 1]
                + a * (1 - b) * corners[1, 0]
                + a * b * corners[1, 1]
            )

        cells = []
        for a, b in ((i, j) for i in range(lines - 1) for j in range(lines - 1)):
            quad = np.array([at(grid[a], grid[b]), at(grid[a + 1], grid[b])])
            quad = np.vstack([quad, at(grid[a + 1], grid[b + 1]), at(grid[a], grid[b + 1])])
            seen = self.screen(quad @ self.corners)
            cells.append((float(seen[:, 2].mean()), seen))
        light = np.array([0.35, -0.55, 0.75])
        for depth, seen in sorted(cells, key=lambda c: c[0]):
            normal = np.cross(seen[1] - seen[0], seen[3] - seen[0])
            normal = normal / np.linalg.norm(normal)
            shade = 0.80 + 0.16 * abs(float(normal @ (self._screen @ light)))
            tone = tuple(min(1.0, shade * c) for c in (1.0, 1.0, 1.02))
            self.axes.fill(*seen[:, :2].T, facecolor=(*tone, 0.82), edgecolor="none", zorder=2 + 0.001 * depth)
        fine = np.linspace(0, 1, 2)
        for t in grid:
            for line in (np.array([at(t, s) for s in fine]), np.array([at(s, t) for s in fine])):
                self.axes.plot(*self.project(line).T, color="#9a9a9a", lw=0.35, zorder=3)


def _turn(a: Array, b: Array, c: Array) -> float:
    return float((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]))
