"""The figures of flows: curves in simplices, divergence against time, histograms of cosines, a person's own model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from symelbo.figures.published import ELBO_FRACTIONS, EVIDENCE_FRACTIONS, histogram, published_q
from symelbo.figures.simplex import Simplex
from symelbo.figures.style import BLACK, BLUE, CURVES, new_figure
from symelbo.figures.vectors import end_labels
from symelbo.flows import GradientFlow, SigmaCurves, cosine_similarities, fisher_volume_sample, sigma_curves
from symelbo.flows.compiled import Array, Numeric, NumericModel, numeric
from symelbo.models import Parametrization, model_a, model_b
from symelbo.spaces import Space

R = sympy.Rational
TIMES = np.concatenate([np.linspace(0, 1, 41)[:-1], np.linspace(1, 6, 51)])
POINTS = 50_000
MARGIN = 0.001
# Bars stand on this fraction, below what is shown: a logarithmic axis has no 0.
LOWEST = 1e-6

# Targets and starts chosen for a clear view; q of M(a) has the marginal p*, not independent.
TARGET_A = [R(k, 100) for k in (30, 16, 6, 4, 8, 12, 10, 14)]
STARTS_A = (("1/2", "1/12", "1/10"), ("1/2", "1/10", "9/10"), ("1/2", "9/10", "1/9"), ("1/3", "14/15", "19/20"))
TARGET_B = [R(k, 100) for k in (27, 14, 4, 3, 4, 6, 17, 25)]
STARTS_B = (
    ("1/2", "1/12", "1/3", "1/5", "1/12"),
    ("1/3", "1/10", "1/5", "19/20", "4/5"),
    ("2/3", "9/10", "24/25", "1/20", "1/3"),
    ("1/4", "9/10", "19/20", "19/20", "9/10"),
)


def state_labels(space: Space) -> list[str]:
    """Short labels of the visible states: 11, 10, ... or a,b where labels are longer."""
    joined = ["".join(map(str, s)) for s in space.visible_states]
    return (
        joined
        if all(len(j) == len(s) for j, s in zip(joined, space.visible_states, strict=True))
        else [",".join(map(str, s)) for s in space.visible_states]
    )


def draw_curves(simplex: Simplex, curves: SigmaCurves, *, ends: bool = False) -> None:
    """The three curves of one start, the start, and on demand where sigma_1 and sigma_2 end."""
    for flow, (color, dashes, width, _) in zip(curves.flows, CURVES, strict=True):
        simplex.curve(flow.visible, color=color, ls=dashes, lw=width, zorder=8, dash_capstyle="butt")
    if ends:
        for flow, marker, (color, *_) in zip(curves.flows[1:], "sD", CURVES[1:], strict=True):
            simplex.mark(flow.visible[-1], marker=marker, ms=4.4, mfc=color, mec="white", mew=0.6, zorder=10, ls="none")
    simplex.mark(curves.sigma_0.visible[0], marker="o", ms=5, mfc="white", mec=BLACK, mew=1.0, zorder=10, ls="none")


def legend_entries(plt: Any, target: str = "$p^*$", *, ends: bool = False) -> list[Any]:
    """Handles of the legend shared by the simplex figures."""
    line = plt.matplotlib.lines.Line2D
    handles = [line([], [], color=c, ls=d, lw=w, label=n) for c, d, w, n in CURVES]
    handles.append(line([], [], marker="o", ls="none", mfc="white", mec=BLACK, ms=5, label="start"))
    handles.append(line([], [], marker="*", ls="none", color=BLACK, ms=9, label=target))
    if ends:
        time = f"at $t = {TIMES[-1]:.0f}$"
        for marker, name, (color, *_) in zip("sD", (r"$\sigma_1$", r"$\sigma_2$"), CURVES[1:], strict=True):
            handles.append(line([], [], marker=marker, ls="none", color=color, ms=4.4, label=f"{name} {time}"))
    return handles


def curves_of(M: Parametrization, q: Sequence[Any], starts: Sequence[Sequence[Any]]) -> list[SigmaCurves]:
    """The three curves from each of the starts."""
    return [sigma_curves(M, q, list(map(R, start)), TIMES) for start in starts]


def _independence_surface() -> Array:
    return np.array([[np.eye(4)[0], np.eye(4)[1]], [np.eye(4)[2], np.eye(4)[3]]])


def _marginal(space: Space, q: Sequence[Any]) -> Array:
    return np.array(space.fibration.totals(q, sum), dtype=float)


def independence_figure(plt: Any, curves: list[SigmaCurves]) -> Any:
    """M(a): the independence surface in the 3-simplex; the three curves lie on it and coincide."""
    M = model_a()
    figure = new_figure(plt, 6.3, 3.5)
    simplex = Simplex(figure.add_subplot(), state_labels(M.space))
    simplex.surface(_independence_surface())
    for c in curves:
        draw_curves(simplex, c)
    p_star = _marginal(M.space, TARGET_A)
    limit = _limit(curves[0].sigma_0)
    simplex.mark(limit, marker="*", ms=12, color=BLACK, zorder=11, ls="none")
    simplex.mark(p_star, marker="P", ms=7, color=BLACK, mec="white", mew=0.6, zorder=11, ls="none")
    ends = np.stack([limit, p_star])
    simplex.curve(ends, color=BLACK, lw=0.8, ls=(0, (2, 2)), zorder=9)
    handles = legend_entries(plt, r"$\arg\min_{M_V}\, D(p^*\|\cdot)$")
    line = plt.matplotlib.lines.Line2D
    handles.append(line([], [], marker="P", ls="none", color=BLACK, ms=6, label="$p^*$"))
    figure.legend(handles=handles, loc="outside right center", title="$M(a)$: the three curves coincide")
    return figure


def _limit(flow: GradientFlow) -> Array:
    """Where p_V goes for t to infinity, by the closed form; p* without one."""
    closed = flow.closed_form
    if closed is None or closed.visible is None:
        return np.array([float(v) for v in flow.objective.distribution])
    return np.array([float(sympy.limit(e, closed.time, sympy.oo)) for e in closed.visible])


def model_b_figure(plt: Any, curves: list[SigmaCurves]) -> Any:
    """M(b): the three curves from several starts; they differ."""
    M = model_b()
    figure = new_figure(plt, 6.3, 3.5)
    simplex = Simplex(figure.add_subplot(), state_labels(M.space))
    simplex.surface(_independence_surface())
    for c in curves:
        draw_curves(simplex, c, ends=True)
    simplex.mark(_marginal(M.space, TARGET_B), marker="*", ms=12, color=BLACK, zorder=11, ls="none")
    title = "$M(b)$: the curves differ;\nlargest distance " + f"{max(c.numeric_distance for c in curves):.2f}"
    figure.legend(handles=legend_entries(plt, ends=True), loc="outside right center", title=title)
    return figure


def divergence_figure(plt: Any, first: list[SigmaCurves], second: list[SigmaCurves]) -> Any:
    """The excess of D(p*||p_V) over its minimum, against time, for M(a) and M(b)."""
    figure = new_figure(plt, 6.3, 3.2)
    panels = figure.subplots(1, 2, sharey=True)
    for axes, curves, name in zip(panels, (first, second), ("$M(a)$", "$M(b)$"), strict=True):
        for k, c in enumerate(curves):
            for flow, excess, (color, dashes, width, label) in zip(c.flows, visible_excesses(c), CURVES, strict=True):
                shown = excess > 1e-7
                style = {"color": color, "ls": dashes, "lw": 0.75 * width, "label": None if k else label}
                axes.semilogy(flow.times[shown], excess[shown], **style)
        axes.set_title(name)
        axes.set_xlabel("time $t$")
        axes.set_xlim(0, TIMES[-1])
        axes.set_ylim(1e-6, 10)
        axes.grid(True, which="major", lw=0.4, color="#dddddd")
    panels[0].set_ylabel(r"$D(p^*\|\,p_V(t))$ above its infimum")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=3, columnspacing=1.2, handlelength=2.4)
    return figure


def visible_excesses(curves: SigmaCurves) -> list[Array]:
    """D(p*||p_V) along the three flows, less its infimum over the visible model (0 where M_V contains p*)."""
    compiled, p_star = _data(curves)
    least = compiled.divergence(p_star, _limit(curves.sigma_0))
    return [np.array([compiled.divergence(p_star, v) - least for v in flow.visible]) for flow in curves.flows]


def _data(curves: SigmaCurves) -> tuple[Numeric, Array]:
    """The compiled model and p*."""
    compiled: Numeric = numeric(curves.sigma_0.model)
    return compiled, compiled.distribution(curves.sigma_0.objective.distribution, visible=True)


def histogram_figure(plt: Any, seed: int) -> tuple[Any, Array]:
    """Cosines over the Fisher volume of M(b), ours and, where there are, the published ones; returns ours, (3, 10)."""
    M = model_b()
    points = fisher_volume_sample(M, POINTS, seed, MARGIN)
    ours = np.stack([histogram(column) for column in cosine_similarities(M, published_q(M), points).T])
    published = (ELBO_FRACTIONS, EVIDENCE_FRACTIONS, None)
    titles = (
        r"ELBO, $D(q\|\cdot)$, against the visible gradient",
        r"evidence, $D(\mathcal{Q}\|\cdot)$, against the visible gradient",
        r"ELBO, $D(q\|\cdot)$, against evidence, $D(\mathcal{Q}\|\cdot)$",
    )
    figure = new_figure(plt, 6.3, 9.0)
    panels = figure.subplots(3, 1)
    left = np.arange(10) / 10
    for axes, theirs, b, title in zip(panels, published, ours, titles, strict=True):
        rows = {"ours": [f"{v:.4f}" for v in b]}
        if theirs is not None:
            a = np.array(theirs)
            bars = {"color": "white", "edgecolor": BLACK, "lw": 0.8, "label": "published"}
            axes.bar(left + 0.029, a, width=0.036, bottom=LOWEST, **bars)
            rows = {"published": [f"{v:.4f}" for v in a], **rows, "difference": [_signed(v) for v in b - a]}
        bars = {"color": BLUE, "edgecolor": BLUE, "lw": 0.8, "label": f"ours, {POINTS:,} points"}
        axes.bar(left + 0.071, b, width=0.036, bottom=LOWEST, **bars)
        axes.set_title(title, loc="left")
        axes.set_xlim(0, 1)
        axes.set_yscale("log")
        axes.set_ylim(1e-4, 2)
        axes.set_xticks(np.arange(11) / 10)
        axes.set_ylabel("fraction of points")
        height = 0.1 * len(rows)
        table = axes.table(
            cellText=list(rows.values()),
            rowLabels=list(rows),
            loc="bottom",
            bbox=[0, -0.17 - height, 1, height],
            edges="open",
            cellLoc="center",
        )
        table.auto_set_font_size(False)
        table.set_fontsize(7.5)
        axes.set_xlabel("cosine in $P(V)$, Fisher metric", labelpad=10 + 14 * len(rows))
    panels[0].legend(loc="upper left")
    return figure, ours


def _signed(value: float) -> str:
    """Four decimals with a sign, none for 0."""
    text = f"{value:+.4f}".replace("-", "\N{MINUS SIGN}")
    return "0" if set(text[1:]) <= set("0.") else text


def flow_figure(plt: Any, curves: SigmaCurves) -> Any:
    """The curves of a person's own model: in the simplex (up to four visible states) and against time."""
    compiled, p_star = _data(curves)
    table = isinstance(compiled, NumericModel)
    labels = state_labels(compiled.space) if isinstance(compiled, NumericModel) else list(compiled.visible_names)
    n = len(labels)
    drawn = table and n in (2, 3, 4)
    figure = new_figure(plt, 6.8 if drawn else 6.3, 4.6)
    grid = figure.add_gridspec(2, 2 if drawn else 1, width_ratios=[1, 1] if drawn else [1])
    if drawn:
        simplex = Simplex(figure.add_subplot(grid[:, 0]), labels)
        draw_curves(simplex, curves)
        simplex.mark(p_star, marker="*", ms=11, color=BLACK, zorder=11, ls="none")
    above, below = figure.add_subplot(grid[0, -1]), figure.add_subplot(grid[1, -1])
    shown = sorted(range(n), key=lambda v: -float(np.ptp(curves.sigma_0.visible[:, v])))[:6]
    for flow, (color, dashes, width, _) in zip(curves.flows, CURVES, strict=True):
        for v in sorted(shown):
            above.plot(flow.times, flow.visible[:, v], color=color, ls=dashes, lw=0.7 * width)
        entropy = [compiled.divergence(p_star, p) for p in flow.visible]
        below.plot(flow.times, entropy, color=color, ls=dashes, lw=0.7 * width)
    longest = max(curves.flows, key=lambda f: len(f.times))
    end_labels(above, float(longest.times[-1]), {labels[v]: float(longest.visible[-1, v]) for v in shown})
    what, parts = ("$p_V(t)$", "states") if table else (r"$(\mu_V, \Sigma_{VV})(t)$", "moments")
    above.set_ylabel(what + ("" if len(shown) == n else f", {len(shown)} of {n} {parts}"))
    below.set_ylabel(r"$D(p^*\|\,p_V(t))$")
    below.set_xlabel("time $t$")
    handles = legend_entries(plt)
    figure.legend(handles=handles if drawn else handles[:3], loc="outside lower center", ncols=3, columnspacing=1.2)
    lines = [f"{curves.sigma_0.model.name or 'model'}: {_distance_text(curves)}"]
    lines += [f"$\\sigma_{k}$: {f.remark}" for k, f in enumerate(curves.flows) if f.remark]
    figure.suptitle("\n".join(lines), fontsize=9.5)
    return figure


def _distance_text(curves: SigmaCurves) -> str:
    if curves.distance == 0:
        return f"the curves coincide ({curves.reason})"
    return f"largest distance of the curves {float(curves.distance):.3g}"
