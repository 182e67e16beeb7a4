"""Figures of vectors: the gradients of the theorems in the simplex, the networks of the two models, trajectories."""

from __future__ import annotations

from typing import Any

import networkx as nx
import numpy as np
import sympy

from symelbo.figures.simplex import Simplex
from symelbo.figures.style import BLACK, BLUE, CURVES, GREEN, GREY, ORANGE, new_figure
from symelbo.flows import SigmaCurves
from symelbo.flows.compiled import Array
from symelbo.models import Parametrization, full_simplex, independence, model_a, model_b
from symelbo.objectives import data_divergence, divergence, natural_gradient
from symelbo.spaces import SampleSpace

R = sympy.Rational
# A visible and a hidden bit, a distribution q far from p, in the order of the states 11, 10, 01, 00 of (v, h).
Q = [R(k, 20) for k in (3, 4, 5, 8)]
START = (R(3, 4), R(3, 5))


def networks_figure(plt: Any) -> Any:
    """The networks of M(a) and M(b): visible nodes are filled, the hidden one is not."""
    figure = new_figure(plt, 3.6, 1.7)
    places = {"x": (0.0, 1.0), "y": (-0.6, 0.0), "z": (0.6, 0.0)}
    for axes, M in zip(figure.subplots(1, 2), (model_a(), model_b()), strict=True):
        graph = M.structure.graph() or nx.empty_graph(places, create_using=nx.DiGraph)
        hidden = {v.name for v in M.space.hidden}
        for name, place in places.items():
            face = "white" if name in hidden else "#c9e4f7"
            axes.plot(*place, marker="o", ms=21, mfc=face, mec=BLACK, mew=1.0)
            axes.annotate(f"${name}$", place, ha="center", va="center", fontsize=11)
        for a, b in graph.edges:
            arrow = {"arrowstyle": "-|>", "color": BLACK, "lw": 1.1, "shrinkA": 11.5, "shrinkB": 11.5}
            axes.annotate("", places[b], xytext=places[a], arrowprops=arrow)
        axes.set_title(f"${M.name}$", pad=4)
        axes.set_aspect("equal")
        axes.set_xlim(-1.1, 1.1)
        axes.set_ylim(-0.45, 1.45)
        axes.axis("off")
    return figure


def gradients_figure(plt: Any) -> Any:
    """Directions of learning as vectors: in all of P(X), and on a cylindrical model; seen in P(V) they are the same."""
    figure = new_figure(plt, 6.6, 3.6)
    states = {"v": [1, 0], "h": [1, 0]}
    whole = full_simplex(SampleSpace(visible={"v": [1, 0]}, hidden={"h": [1, 0]}))
    model = independence(states, hidden=["h"])
    p = [R(1) * e for e in (START[0] * START[1], START[0] * (1 - START[1]), (1 - START[0]) * START[1])]
    left, right = figure.subplots(1, 2)
    _gradients(left, whole, dict(zip(whole.parameters, p, strict=True)), surface=False)
    _gradients(right, model, dict(zip(model.parameters, START, strict=True)), surface=True)
    left.set_title("in $P(X)$", pad=2)
    right.set_title("on a cylindrical model $M$", pad=2)
    line = plt.matplotlib.lines.Line2D
    names = (
        (BLACK, r"$-\mathrm{grad}\,D(q\|\cdot)$"),
        (ORANGE, r"$-\mathrm{grad}\,D(\mathcal{Q}\|\cdot)$"),
        (GREEN, "difference, vertical"),
        (BLUE, r"both in $P(V)$, $-\mathrm{grad}\,D(p^*\|\cdot)$"),
    )
    handles = [line([], [], color=color, lw=1.8, label=name) for color, name in names]
    figure.legend(handles=handles, loc="outside lower center", ncols=4, columnspacing=1.2, handlelength=1.6)
    return figure


def _gradients(axes: Any, M: Parametrization, at: dict[Any, Any], *, surface: bool) -> None:
    """The two gradients at a point, their difference, and what is seen of them below the simplex."""
    space = M.space
    simplex = Simplex(axes, ["".join(map(str, s)) for s in space.states], azimuth=24.0, elevation=16.0)
    if surface:
        simplex.surface(np.array([[np.eye(4)[0], np.eye(4)[1]], [np.eye(4)[2], np.eye(4)[3]]]))
    point = M.point(at).substitution()
    p = np.array([float(M.table[s].subs(point)) for s in space.states])
    q = np.array(Q, dtype=float)
    p_star = space.fibration.totals(Q, sum)
    elbo, evidence = (
        -np.array(natural_gradient(f, M, at=at).tangent.T.tolist()[0], dtype=float)
        for f in (divergence(Q), data_divergence(p_star))
    )
    # The data manifold: q_V = p*, with q(h|v) anything.
    corners = [[a * np.eye(4)[i] + b * np.eye(4)[2 + j] for j in (0, 1)] for i in (0, 1) for a, b in [p_star]]
    outline = simplex.project(np.array([corners[0][0], corners[0][1], corners[1][1], corners[1][0]], dtype=float))
    axes.fill(*outline.T, facecolor=GREEN, alpha=0.12, edgecolor=GREEN, lw=0.6, zorder=2.5)
    simplex.label(np.array(corners[1][1], dtype=float), r"$\mathcal{Q}$", (7, -3), GREEN)
    simplex.arrow(p, elbo, BLACK)
    simplex.arrow(p, evidence, ORANGE)
    simplex.arrow(p + evidence, elbo - evidence, GREEN)
    for place, name, offset in ((p, "$p$", (-2, 8)), (q, "$q$", (-7, 3))):
        simplex.mark(place, marker="o", ms=4.2, color=BLACK, zorder=11, ls="none")
        simplex.label(place, name, offset, BLACK)
    _seen(simplex, p, [elbo, evidence])


def _seen(simplex: Simplex, p: Array, vectors: list[Array]) -> None:
    """P(V) as a segment below: the first coordinate of the tetrahedron is that of p_V."""

    def below(distributions: Array) -> Array:
        x = (np.atleast_2d(distributions) @ simplex.corners)[:, 0]
        return simplex.screen(np.stack([x, 0 * x, 0 * x - 1.75], axis=1))[:, :2]

    axes = simplex.axes
    axes.plot(*below(np.eye(4)[[0, 3]]).T, color=BLACK, lw=1.0)
    for k, name in ((0, r"$\delta_1$"), (3, r"$\delta_0$")):
        axes.annotate(name, below(np.eye(4)[k])[0], xytext=(9 if k == 0 else -9, 0), textcoords="offset points",
                      ha="center", va="center")  # fmt: skip
    for place in (p, p + vectors[0]):
        ends = np.vstack([simplex.project(place), below(place)])
        axes.plot(*ends.T, color=GREY, lw=0.6, ls=(0, (2, 2)), zorder=1)
    for vector in vectors:
        simplex.drawn_arrow(below(p)[0], below(p + vector)[0], BLUE)
    axes.plot(*below(p)[0], marker="o", ms=3.6, color=BLACK, zorder=11)
    axes.annotate("$p_V$", below(p)[0], xytext=(2, -10), textcoords="offset points", ha="center")
    axes.set_ylim(bottom=min(axes.get_ylim()[0], below(p)[0, 1] - 0.45))


def trajectories_figure(plt: Any, curves: SigmaCurves) -> Any:
    """Parameters and visible probabilities against time, along the three curves from one start."""
    figure = new_figure(plt, 6.3, 3.2)
    left, right = figure.subplots(1, 2)
    model = curves.sigma_0.model
    for flow, (color, dashes, width, _) in zip(curves.flows[1:], CURVES[1:], strict=True):
        left.plot(flow.times, flow.parameters, color=color, ls=dashes, lw=0.7 * width)
    for flow, (color, dashes, width, name) in zip(curves.flows, CURVES, strict=True):
        for k, values in enumerate(flow.visible.T):
            right.plot(flow.times, values, color=color, ls=dashes, lw=0.7 * width, label=None if k else name)
    last = curves.sigma_1
    names = [_symbol(str(p)) for p in model.parameters]
    states = [f"{''.join(map(str, s))}" for s in model.space.visible_states]
    for axes, ends, labels in ((left, last.parameters[-1], names), (right, last.visible[-1], states)):
        end_labels(axes, float(last.times[-1]), dict(zip(labels, map(float, ends), strict=True)))
        axes.set_xlabel("time $t$")
    left.set_ylabel(r"parameters $\theta(t)$")
    right.set_ylabel("$p_V(t)$")
    handles, labels = right.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, columnspacing=1.2, handlelength=2.4)
    return figure


def _symbol(name: str) -> str:
    letters = name.rstrip("0123456789")
    return f"${letters}_{{{name[len(letters) :]}}}$" if letters != name else f"${name}$"


def end_labels(axes: Any, time: float, ends: dict[str, float]) -> None:
    """Names at the ends of curves, moved apart where they would overlap."""
    low, high = axes.get_ylim()
    place = low - 1.0
    for name, value in sorted(ends.items(), key=lambda item: item[1]):
        place = max(value, place + 0.075 * (high - low))
        axes.annotate(name, (time, place), xytext=(4, 0), textcoords="offset points", fontsize=7.5, va="center")
