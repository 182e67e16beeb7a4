"""The natural gradients of the three divergences, and their equality in P(V) on a cylindrical model."""

from __future__ import annotations

from symelbo.derivation.recorder import STATES_SHOWN, Recorder, size
from symelbo.derivation.steps import Relation, Side
from symelbo.derivation.wording import cites, identity
from symelbo.derivation.words import words
from symelbo.models.graphs import BayesianNetwork
from symelbo.statements import statement as find_statement

__all__ = ["equality", "gradients"]


def gradients(r: Recorder) -> None:
    """Natural gradients of D(q||.), D(Q||.), D(p*||.) in coordinates and in P(V)."""
    at = r.at
    local = isinstance(r.model.structure, BayesianNetwork)
    if not (r.symbolic or local):
        return
    inverse, c = at.metric_inverse, r.coordinate
    lifted = inverse @ at.scores.T
    relations = [
        Relation(
            Side(f"{c}_{{{r.names.parameter(i)}}}"),
            "=",
            Side(None, r.q.linear_form(row, at.domain)),
            quantity=f"c[{i}]",
        )
        for i, row in enumerate(lifted.rows)
    ]
    shown = relations[:STATES_SHOWN]
    r.step(
        "Natural gradient of the ELBO",
        words(
            rf"$-\grad^{{M}} \KL{{q}}{{\cdot}} = \sum_{{i}} {c}_i\, \partial_{{i}}$ with "
            rf"${c} = G^{{+}} J^{{\top}} \operatorname{{diag}}(p)^{{-1}} q$:"
        ),
        shown, rule=r"definition of the natural gradient; the differential of $\KL{q}{\cdot}$ is $-q/p$",
        cited="Amari (1998)", more=len(relations) - len(shown),
    )  # fmt: skip
    text = (
        r"$-\grad^{M} \KL{\datamanifold}{\cdot}$ is the same with $q$ replaced by "
        r"$\hat{q}_{p}(v,h) = p^{\ast}(v)\, p(h \mid v)$"
    )
    optimal: list[Relation] = []
    if r.symbolic and r.space.n_visible <= 8:
        lifted_visible = inverse @ at.visible_jacobian.T
        optimal = [
            Relation(
                Side(rf"\hat{{{c}}}_{{{r.names.parameter(i)}}}"), "=",
                Side(None, r.ratio.linear_form(row, at.domain)), quantity=f"chat[{i}]",
            )
            for i, row in enumerate(lifted_visible.rows)
        ]  # fmt: skip
        text += (
            rf", which gives the coordinates $\hat{{{c}}} = G^{{+}} J_V^{{\top}} r$ with the ratios "
            r"$r(v) = p^{\ast}(v) / p_V(v)$:"
        )
    else:
        text += "."
    short = [line for line in optimal if size(line.right.value) <= 90]
    r.step(
        "Natural gradient with perfect recognition", words(text), short,
        rule="the differential at $p$ is that of $\\KL{\\hat{q}_{p}}{\\cdot}$", cited=cites(find_statement("S6")),
        verdict=r.known("S6"), more=len(optimal) - len(short),
    )  # fmt: skip
    visible_gradient(r)


def visible_gradient(r: Recorder) -> None:
    """The natural gradient of D(p*||.) on the visible model."""
    at = r.at
    ranks = r.ranks
    gradient = r"-\grad^{M_V} \KL{p^{\ast}}{\cdot}"
    if ranks.visible == r.space.n_visible - 1:
        r.step(
            "Natural gradient of the evidence",
            words(
                r"$\operatorname{rank} J_V = \lvert V \rvert - 1$, so $M_V$ is open in $P(V)$ and the gradient is that "
                r"of the simplex:"
            ),
            [Relation(Side(gradient), "=", Side(r"p^{\ast} - p_V"))],
            rule="unconstrained gradient", cited=cites(find_statement("S5")), verdict=r.known("S5"),
        )  # fmt: skip
        return
    relations = [
        Relation(
            Side(gradient), "=", Side(r"W \operatorname{diag}(p_V)^{-1} p^{\ast}, \quad W = J_V G_V^{+} J_V^{\top}")
        )
    ]
    if r.symbolic and r.space.n_visible <= 8:
        matrix = at.visible_cometric.scale_columns([at.domain.one / p for p in at.visible_probabilities])
        relations += [
            Relation(
                Side(rf"(-\grad^{{M_V}} \KL{{p^{{\ast}}}}{{\cdot}})({r.names.visible(s)})"), "=",
                Side(None, r.p_star.linear_form(row, at.domain)), quantity=f"visible[{v}]",
            )
            for v, (s, row) in enumerate(zip(r.space.visible_states, matrix.rows, strict=True))
        ]  # fmt: skip
    r.step(
        "Natural gradient of the evidence", words("On the visible model"), relations,
        rule="definition of the natural gradient", cited="Amari (1998)",
    )  # fmt: skip


def equality(r: Recorder) -> None:
    """On a cylindrical model the three gradients agree in P(V)."""
    s8 = find_statement("S8")
    equal = (
        r"\dpi(\grad^{M} \KL{q}{\cdot}) = \dpi(\grad^{M} \KL{\datamanifold}{\cdot}) "
        r"= \grad^{M_V} \KL{p^{\ast}}{\cdot}"
    )
    formulas = [identity(f) for f in s8.formulas]
    r.step(
        "Equality of the gradients",
        words(
            rf"Hence, for every $q$ with $q_V = p^{{\ast}}$, ${equal}$. It is the pair of matrix identities, with "
            r"$U = J_V G^{+} J_V^{\top}$ and $W = J_V G_V^{+} J_V^{\top}$,"
        ),
        formulas, rule="the model is cylindrical; the identities hold for all $q$, being linear in it",
        cited=cites(s8), verdict=r.known("S8"),
        after=words(r"The equality survives for every objective $L$ on $P(V)$: the defect $\defect = W - U$ is 0."),
    )  # fmt: skip
