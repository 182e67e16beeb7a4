r"""A figure of matplotlib as TikZ to be edited: ``\addplot`` with the data, ``\draw`` and ``\node`` for the rest.

Places outside of axes, of legends and tables, are those that matplotlib found, in points from the lower left corner.
Colours, dashes and widths are written where they are used; the fonts are those of the paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from symelbo.flows.compiled import Array

MARKS = {"o": "*", "s": "square*", "D": "diamond*", "*": "star", "P": "+"}
ANCHORS = {("left", "center"): "west", ("right", "center"): "east", ("center", "center"): "center"}
SIDES = {"left": "west", "right": "east", "center": "", "bottom": "south", "top": "north", "baseline": "base"}
_SPECIAL = {"\\": r"\textbackslash{}", "^": r"\^{}", "~": r"\~{}", "\N{MINUS SIGN}": "$-$", "\n": r"\\ "}
_SPECIAL |= {c: f"\\{c}" for c in "#%&_{}"}
_SIZE = 9.0  # of the figure's letters; those of the paper's \footnotesize


def tikz(figure: Any) -> str:
    """Return the source of a ``tikzpicture``; it needs the package ``pgfplots``."""
    figure.canvas.draw()
    scale = 72 / figure.dpi
    width, height = 72 * figure.get_size_inches()
    lines = [rf"\useasboundingbox (0pt, 0pt) rectangle ({width:.1f}pt, {height:.1f}pt);"]
    for axes in figure.axes:
        lines += _axis(axes, scale)
    for legend in [*figure.legends, *filter(None, (a.get_legend() for a in figure.axes))]:
        lines += _legend(legend, scale)
    if figure.get_suptitle():
        lines.append(_node(f"{width / 2:.1f}pt, {height:.1f}pt", figure.get_suptitle(), "anchor=north, align=center"))
    shades = sorted({name for line in lines for name in re.findall(r"\bshade([0-9A-F]{6})\b", line)})
    lines = [rf"\definecolor{{shade{name}}}{{HTML}}{{{name}}}" for name in shades] + lines
    body = "\n".join(f"  {line}" for line in lines)
    return f"\\begin{{tikzpicture}}[font=\\footnotesize]\n{body}\n\\end{{tikzpicture}}\n"


def _axis(axes: Any, scale: float) -> Iterator[str]:
    """An axis with its curves, areas, texts and arrows, from the back to the front."""
    x, y, width, height = (scale * v for v in axes.get_window_extent().bounds)
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    options = [
        f"at={{({x:.1f}pt, {y:.1f}pt)}}, anchor=south west",
        f"scale only axis, width={width:.1f}pt, height={height:.1f}pt",
        f"xmin={left:.5g}, xmax={right:.5g}, ymin={low:.5g}, ymax={high:.5g}, axis lines*=left, clip mode=individual",
    ]
    options += [f"{a}mode=log" for a in "xy" if getattr(axes, f"get_{a}scale")() == "log"]
    options += ["hide axis"] * (not axes.axison)
    for key, label, axis in (("x", axes.get_xlabel(), axes.xaxis), ("y", axes.get_ylabel(), axes.yaxis)):
        if label:
            options.append(f"{key}label={{{_text(label)}}}")
            if axis.labelpad > 8:  # something stands between the axis and its label
                options.append(f"{key}label style={{yshift={4 - axis.labelpad:.0f}pt}}")
    for place in ("center", "left"):
        if title := axes.get_title(loc=place):
            options.append(f"title={{{_text(title)}}}")
            options += ["title style={at={(0, 1)}, anchor=south west}"] * (place == "left")
    yield r"\begin{axis}["
    yield from (f"  {option}," for option in options)
    yield "]"
    drawn = sorted([*axes.patches, *axes.lines, *axes.texts], key=lambda artist: artist.get_zorder())
    for artist in drawn:
        if hasattr(artist, "get_marker"):
            yield from _curve(artist)
        elif hasattr(artist, "get_text"):
            yield from _annotation(artist)
        else:
            corners = artist.get_patch_transform().transform(artist.get_path().vertices)
            corners = np.clip(corners, None if axes.get_yscale() != "log" else [-np.inf, low], None)
            corners = corners[:-1] if np.allclose(corners[0], corners[-1]) else corners
            outline = " -- ".join(f"(axis cs:{x:.4g},{y:.4g})" for x, y in corners)
            yield rf"\path[{_area(artist)}] {outline} -- cycle;"
    yield r"\end{axis}"
    for table in axes.tables:
        for cell in table.get_celld().values():
            (x, y), text = _centre(cell.get_text(), scale), cell.get_text().get_text()
            yield _node(f"{x:.1f}pt, {y:.1f}pt", text, r"font=\scriptsize")


def _curve(line: Any) -> Iterator[str]:
    yield rf"\addplot[{_stroke(line)}] coordinates {{{_coordinates(np.column_stack(line.get_data()))}}};"


def _annotation(text: Any) -> Iterator[str]:
    """A text beside a place, an arrow between two, or both."""
    arrow, place = getattr(text, "arrow_patch", None), getattr(text, "xy", None)
    own = text.get_position()
    if arrow is not None and place is not None:
        width, color = arrow.get_linewidth(), _color(arrow.get_edgecolor())
        shorter = f"shorten <={arrow.shrinkA:.4g}pt, shorten >={arrow.shrinkB:.4g}pt"
        style = f"-latex, {color}, line width={width:.1f}pt, {shorter}"
        yield rf"\draw[{style}] (axis cs:{own[0]:.4g}, {own[1]:.4g}) -- (axis cs:{place[0]:.4g}, {place[1]:.4g});"
    if not text.get_text():
        return
    options = ["inner sep=0pt", f"anchor={_anchor(text)}"]
    if (color := _color(text.get_color())) != _color("black"):
        options.append(f"text={color}")
    if text.get_fontsize() < _SIZE - 1:
        options.append(r"font=\scriptsize")
    if text.get_bbox_patch() is not None:  # readable on lines
        options[0] = "inner sep=1pt, fill=white, fill opacity=0.75, text opacity=1"
    if place is not None and own != place:
        options.append(f"xshift={own[0]:.3g}pt, yshift={own[1]:.3g}pt")
    x, y = own if place is None else place
    yield _node(f"axis cs:{x:.4g}, {y:.4g}", text.get_text(), ", ".join(options))


def _legend(legend: Any, scale: float) -> Iterator[str]:
    """Samples and names where matplotlib puts them."""
    for handle, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
        box = [scale * v for v in handle.get_window_extent().extents]
        if hasattr(handle, "get_marker"):
            middle = (box[1] + box[3]) / 2
            ends = [(box[0], middle), (box[2], middle)]
            if handle.get_linestyle() != "None":
                yield rf"\draw[{_stroke(handle)}] {' -- '.join(f'({x:.1f}pt, {y:.1f}pt)' for x, y in ends)};"
            else:
                at = f"({(box[0] + box[2]) / 2:.1f}pt, {middle:.1f}pt)"
                yield rf"\draw plot[{_stroke(handle)}] coordinates {{{at}}};"
        else:
            corners = [f"({x:.1f}pt, {y:.1f}pt)" for x, y in (box[:2], box[2:])]
            yield rf"\draw[{_area(handle)}] {' rectangle '.join(corners)};"
        left, (_, middle) = scale * text.get_window_extent().x0, _centre(text, scale)
        yield _node(f"{left:.1f}pt, {middle:.1f}pt", text.get_text(), "anchor=west, inner sep=0pt")
    title = legend.get_title()
    if title.get_text() not in ("", "None"):
        x, y = _centre(title, scale)
        yield _node(f"{x:.1f}pt, {y:.1f}pt", title.get_text(), "align=center")


def _centre(text: Any, scale: float) -> tuple[float, float]:
    box = text.get_window_extent()
    return scale * (box.x0 + box.x1) / 2, scale * (box.y0 + box.y1) / 2


def _stroke(line: Any) -> str:
    """Colour, width, dashes and marks of a line."""
    parts = [_color(line.get_color())]
    if line.get_linestyle() == "None" or len(line.get_xdata()) == 1:
        parts = ["only marks"]
    else:
        parts.append(f"line width={line.get_linewidth():.2g}pt")
        _, dashes = line._unscaled_dash_pattern
        if dashes:
            lengths = [line.get_linewidth() * d for d in dashes]
            on_off = " ".join(f"{'off' if k % 2 else 'on'} {d:.2g}pt" for k, d in enumerate(lengths))
            parts.append(f"dash pattern={on_off}")
    mark = MARKS.get(line.get_marker())
    if mark is None:
        return ", ".join([*parts, "no markers"])
    face, edge = (_color(c) for c in (line.get_markerfacecolor(), line.get_markeredgecolor()))
    size = line.get_markersize() / 2
    return ", ".join([*parts, f"mark={mark}, mark size={size:.2g}pt, mark options={{solid, fill={face}, draw={edge}}}"])


def _area(patch: Any) -> str:
    """Fill and edge of an area."""
    face, edge = patch.get_facecolor(), patch.get_edgecolor()
    drawn = edge[3] > 0 and patch.get_linewidth() > 0
    parts = [f"fill={_color(face)}", f"draw={_color(edge)}" if drawn else "draw=none"]
    if face[3] < 1:
        parts.append(f"fill opacity={face[3]:.2g}")
    if drawn:
        parts.append(f"line width={patch.get_linewidth():.2g}pt")
    return ", ".join(parts)


def _color(color: Any) -> str:
    """A colour for TikZ: its name is its value."""
    from matplotlib.colors import to_hex

    shade = to_hex(color)[1:].upper()
    return {"000000": "black", "FFFFFF": "white"}.get(shade, f"shade{shade}")


def _coordinates(points: Array | Iterable[Any]) -> str:
    return " ".join(f"({x:.4g},{y:.4g})" for x, y in points)


def _anchor(text: Any) -> str:
    across, up = SIDES[text.get_ha()], SIDES.get(text.get_va(), "")
    return f"{up} {across}".strip() or "center"


def _node(place: str, text: str, options: str) -> str:
    return rf"\node[{options}] at ({place}) {{{_text(text)}}};"


def _text(text: str) -> str:
    """A text with formulas between dollars, for LaTeX."""
    parts = text.split("$")
    if not len(parts) % 2:
        parts = [r"\$".join(parts)]
    plain = ["".join(_SPECIAL.get(c, c) for c in part) if k % 2 == 0 else f"${part}$" for k, part in enumerate(parts)]
    return "".join(plain)
