"""The natural gradients of the three divergences, and their equality in P(V) on a cylindrical model."""

from __future__ import annotations

import sympy

from symelbo.derivation.naming import Distribution
from symelbo.derivation.recorder import READABLE, STATES_SHOWN, Recorder
from symelbo.derivation.statement_steps import identity
from symelbo.derivation.steps import Relation
from symelbo.errors import InternalError
from symelbo.exact import QQ, Matrix
from symelbo.models.exponential import sufficient_statistics
from symelbo.objectives import minimum_norm
from symelbo.statements import statement
from symelbo.typesetting import length
from symelbo.typesetting.sentences import Words, words

# Symbols in one coordinate that is written out.
LONGEST = 120
# Coordinates that are written out twice, with q and with q_hat.
FEW = 6
# Symbols in a marginal of q_hat that is written out.
SHORT = 14


def gradients(r: Recorder) -> None:
    """Natural gradients of D(q||.), D(Q||.), D(p*||.) in coordinates and in P(V)."""
    if r.model.structure.natural:
        expectations(r)
    elif r.symbolic or r.model.structure.families is not None:
        coordinates(r)
    visible_gradient(r)


def coordinates(r: Recorder) -> None:
    """The gradients of the two divergences as combinations of the coordinate vectors."""
    at, c = r.at, r.coordinate
    solution = at.metric_inverse @ at.scores.T
    lifted = (minimum_norm(solution, at.scores) if r.is_singular else solution).rows

    def lines(letter: str, distribution: Distribution, quantity: str) -> list[Relation]:
        return [
            Relation.of(
                f"{letter}_{{{r.names.parameter(i)}}}", distribution.linear_form(row, at.domain), f"{quantity}[{i}]"
            )
            for i, row in enumerate(lifted)
        ]  # fmt: skip

    relations = lines(c, r.q, "c")
    shown, hidden = r.short(relations, LONGEST, STATES_SHOWN)
    r.step(
        "Natural gradient of the ELBO",
        rf"$-\grad^{{\model}} \KL{{q}}{{\cdot}} = \sum_{{i}} {c}_i\, \partial_{{i}}$ with "
            rf"${c} = G^{{+}} J^{{\top}} \operatorname{{diag}}(p)^{{-1}} q$:",
        shown, rule=r"definition of the natural gradient; the differential of $\KL{q}{\cdot}$ is $-q/p$",
        cited="Amari (1998)", basis="identity", after=of_minimum_norm(r, c), more=hidden,
    )  # fmt: skip
    hatted = lines(rf"\hat{{{c}}}", r.q_hat, "chat")
    shown, hidden = r.short(hatted, LONGEST, STATES_SHOWN)
    if len(hatted) > FEW:
        recognition(r, [], "has the same coordinates,", 0)
    else:
        recognition(r, shown, rf"has the coordinates $\hat{{{c}}}_i$, which are", hidden)


def of_minimum_norm(r: Recorder, c: str) -> Words:
    """Which coordinates are given when G is singular."""
    if not r.is_singular:
        return ()
    return words(
        rf"$G$ is singular: null vectors may be added to ${c}$, which is the solution of minimum norm. The tangent "
        rf"vector $J {c}$ is the same for all of them."
    )


def expectations(r: Recorder) -> None:
    """The gradients of the two divergences on an exponential family: their components in expectation coordinates."""
    rows = Matrix.from_sympy(sufficient_statistics(r.model), QQ).rows

    def lines(letter: str, distribution: Distribution, quantity: str) -> list[Relation]:
        found = [
            Relation.of(
                f"{letter}_{{{r.names.parameter(i)}}}",
                distribution.linear_form(row, QQ) - r.p.linear_form(row, QQ),
                f"{quantity}[{i}]",
            )
            for i, row in enumerate(rows)
        ]  # fmt: skip
        return [line for line in found if length(line.right.value) <= READABLE][:STATES_SHOWN]

    shown = lines(r"\dot{\eta}", r.q, "etadot")
    r.step(
        "Natural gradient of the ELBO",
        r"$-\grad^{\model} \KL{q}{\cdot}$ moves the expectations $\eta$ along "
            r"$\dot{\eta}_i = \mathbb{E}_{q}[T_i] - \eta_i$, and the parameters along $G^{+} \dot{\eta}$:",
        shown, rule=r"definition of the natural gradient; the differential of $\KL{q}{\cdot}$ is $-q/p$, and "
        r"$\mathrm{d}\eta = G\, \mathrm{d}\theta$",
        cited="Amari (1998)", basis="identity", after=of_minimum_norm(r, r"G^{+} \dot{\eta}"),
        more=len(rows) - len(shown),
    )  # fmt: skip
    shown = lines(r"\hat{\dot{\eta}}", r.q_hat, "etahat")
    recognition(r, shown, r"moves the expectations along $\hat{\dot{\eta}}$, which is", len(rows) - len(shown))


def recognition(r: Recorder, shown: list[Relation], moves: str, more: int) -> None:
    """The gradient of the divergence from the data manifold: that of the ELBO with q replaced by its optimum."""
    verify_recognition(r)
    values = [(s, optimal(r, states)) for s, states in r.q_hat.events.items()]
    definitions = [Relation.of(r.q_hat.symbols[symbol], value, f"qhat:{symbol.name}") for symbol, value in values]
    if len(values) > 2 * FEW or any(length(value) > SHORT for _, value in values):
        definitions = []
    averages = "" if definitions else r", whose marginals are averages of conditional probabilities under $p^{\ast}$"
    r.step(
        "Natural gradient with perfect recognition",
        rf"$-\grad^{{\model}} \KL{{\datamanifold}}{{\cdot}}$ {moves} the above with $q$ replaced by "
            r"$\hat{q}_{p}(\visible,\hidden) = p^{\ast}(\visible)\, p(\hidden \mid \visible)$"
            + averages
            + (":" if shown or definitions else "."),
        [*shown, *definitions], full=True, rule=r"the differential at $p$ is that of $\KL{\hat{q}_{p}}{\cdot}$",
        cited="S6", basis="identity", more=more,
    )  # fmt: skip


def optimal(r: Recorder, states: tuple[int, ...]) -> sympy.Expr:
    """The probability of a set of states under q_hat, in p* and the conditional probabilities."""
    pi = r.space.fibration
    fibres: dict[int, list[int]] = {}
    for x in states:
        fibres.setdefault(int(pi.below[x]), []).append(x)
    whole = [v for v, inside in fibres.items() if len(inside) == len(pi[v])]
    parts = [r.p_star.probability(whole)] if whole else []
    parts += [r.p_star.of(v) * sympy.Add(*map(r.conditional, inside)) for v, inside in fibres.items() if v not in whole]
    return sympy.Add(*parts)


def verify_recognition(r: Recorder) -> None:
    """``J_V = dpi J``, row by row with the conditionals: the differentials of D(Q||.) and D(q_hat||.) agree."""
    at = r.at
    if not r.symbolic:
        return
    for v, (fibre, marginal) in enumerate(zip(at.fibration, at.visible_probabilities, strict=True)):
        for i in range(at.n_parameters):
            average = at.domain.sum(at.conditionals[x] * at.scores[x, i] for x in fibre)
            if average * marginal != at.visible_jacobian[v, i]:
                raise InternalError("the scores of the visible model are not the averages of the scores")


def visible_gradient(r: Recorder) -> None:
    """The natural gradient of D(p*||.) on the visible model."""
    at = r.at
    ranks = r.ranks
    gradient = r"-\grad^{\visiblemodel} \KL{p^{\ast}}{\cdot}"
    if ranks.visible == r.space.n_visible - 1:
        r.step(
            "Natural gradient of the evidence",
            r"$\operatorname{rank} J_V = \lvert V \rvert - 1$, so $\visiblemodel$ is open in $P(V)$ and the gradient "
                r"is that of the simplex:",
            [Relation.written(gradient, r"p^{\ast} - p_V")],
            full=True, rule="unconstrained gradient", cited="S5", certificate=r.certificate("S5"),
            basis="table",
        )  # fmt: skip
        return
    relations = [
        Relation.written(gradient, r"W \operatorname{diag}(p_V)^{-1} p^{\ast}, \quad W = J_V G_V^{+} J_V^{\top}")
    ]
    if r.symbolic and r.space.n_visible <= 8:
        matrix = at.visible_cometric.scale_columns([at.domain.one / p for p in at.visible_probabilities])
        relations += [
            Relation.of(
                rf"(-\grad^{{\visiblemodel}} \KL{{p^{{\ast}}}}{{\cdot}})({r.names.visible(s)})",
                r.p_star.linear_form(row, at.domain),
                f"visible[{v}]",
            )
            for v, (s, row) in enumerate(zip(r.space.visible_states, matrix.rows, strict=True))
        ]  # fmt: skip
    r.step(
        "Natural gradient of the evidence", "On the visible model", relations,
        rule="definition of the natural gradient", cited="Amari (1998)", basis="identity",
        after="" if len(relations) > 1 else "(Its entries are not written out; se.natural_gradient has them.) ",
    )  # fmt: skip


def equality(r: Recorder) -> None:
    """On a cylindrical model the three gradients agree in P(V)."""
    s8 = statement("S8")
    equal = (
        r"\dpi(\grad^{\model} \KL{q}{\cdot}) = \dpi(\grad^{\model} \KL{\datamanifold}{\cdot}) "
        r"= \grad^{\visiblemodel} \KL{p^{\ast}}{\cdot}"
    )
    formulas = [identity(f) for f in s8.formulas]
    r.step(
        "Equality of the gradients",
        rf"Hence, for every $q$ with $q_V = p^{{\ast}}$, ${equal}$. It is the pair of matrix identities, with "
            r"$U = J_V G^{+} J_V^{\top}$ and $W = J_V G_V^{+} J_V^{\top}$,",
        formulas, rule="the model is cylindrical; the identities hold for all $q$, being linear in it",
        cited="S8", certificate=r.certificate("S8"), basis="by the theorem cited",
        after=r"The equality survives for every objective $L$ on $P(V)$: the defect $\defect = W - U$ is 0.",
    )  # fmt: skip
