"""The first half of the story: table, marginals, scores, metrics, the two spaces, the decomposition, the verdict."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symelbo.derivation.recorder import STATES_SHOWN, VECTORS_SHOWN, Recorder, point_words, size
from symelbo.derivation.steps import Relation, Side
from symelbo.derivation.wording import PAPER, cites
from symelbo.derivation.words import words
from symelbo.geometry import TangentDecomposition, decompose
from symelbo.models.exponential import ExponentialStructure, sufficient_statistics
from symelbo.models.graphs import BayesianNetwork
from symelbo.spaces import Variable
from symelbo.statements import statement as find_statement
from symelbo.typesetting import label_latex, symbol_latex
from symelbo.verification import Proved, Refuted, Undecided

__all__ = ["conditionals", "decomposition", "marginals", "metrics", "scores", "spaces", "table", "verdict"]


def table(r: Recorder) -> None:
    """The model and its table."""
    model, space, names = r.model, r.space, r.names
    d = len(model.parameters)
    described = (
        f"{{}} has the visible variable{_plural(space.visible)} {_listed(space.visible)} and the hidden "
        f"variable{_plural(space.hidden)} {_listed(space.hidden)}, and $d = {d}$ parameter{'s' * (d != 1)} "
        f"{r.parameter_list()}. "
    )
    relations = []
    if isinstance(model.structure, BayesianNetwork):
        relations.append(Relation(Side(names.p_generic()), "=", Side(factorisation(model.structure))))
    states = space.states[: STATES_SHOWN if space.n_states <= STATES_SHOWN else STATES_SHOWN // 2]
    if model.normalised:
        relations += [
            Relation(Side(names.p(s)), "=", Side(None, model.probability(x)), quantity=f"p[{x}]")
            for x, s in enumerate(states)
        ]
        described += "Its probabilities are"
        rule = "definition of the model; the table sums to 1 identically"
    else:
        described += "Its probabilities are $p = w / Z$ with the weights"
        relations += weights(r)
        rule = "definition of the model"
    r.step(
        "Model", words(described, r.title), relations, rule=rule, status="assumed", more=space.n_states - len(states)
    )


def weights(r: Recorder) -> list[Relation]:
    """The unnormalised table and its sum."""
    model = r.model
    field = model.field
    relations = [
        Relation(Side(f"w({r.names.state(s)})"), "=", Side(None, field.to_sympy(w)), quantity=f"w[{x}]")
        for x, (s, w) in enumerate(zip(r.space.states[:STATES_SHOWN], model.weights, strict=False))
    ]
    total = field.to_sympy(model.partition)
    relations.append(Relation(Side("Z"), "=", Side(None, total), names=True, quantity="Z"))
    return relations


def factorisation(network: BayesianNetwork) -> str:
    """The factorisation of a Bayesian network."""
    parts = []
    for family in network.families:
        given = rf" \mid {','.join(map(symbol_latex, family.parents))}" if family.parents else ""
        parts.append(rf"p({symbol_latex(family.node)}{given})")
    return r" \, ".join(parts)


def marginals(r: Recorder) -> None:
    """The visible marginals and the conditionals, named from here on."""
    names, space, at = r.names, r.space, r.at
    states = space.visible_states[: STATES_SHOWN // 2]
    relations = [
        Relation(Side(names.p_visible(s)), "=", Side(None, at.domain.to_sympy(p)), names=True, quantity=f"p_V[{v}]")
        for v, (s, p) in enumerate(zip(states, at.visible_probabilities, strict=False))
    ]
    r.step(
        "Visible model", words("Summation over the hidden states gives"), relations,
        rule=r"marginalisation", status="proved", more=space.n_visible - len(states),
    )  # fmt: skip


def conditionals(r: Recorder) -> None:
    """The conditional probabilities of the hidden state, in terms of the marginals."""
    names, space, at = r.names, r.space, r.at
    m = space.n_hidden
    if space.n_visible * (m - 1) > 8:
        return
    relations = [
        Relation(
            Side(names.conditional(s)), "=", Side(None, at.domain.to_sympy(at.conditionals[x])), quantity=f"p(h|v)[{x}]"
        )
        for x, s in enumerate(space.states)
        if x % m < m - 1
    ]
    r.step(
        "Recognition", words(r"The conditional probabilities $p(h \mid v) = p(v,h) / p_V(v)$ are"), relations,
        rule="definition; those of the last hidden state are 1 minus the sum of the others",
    )  # fmt: skip


def scores(r: Recorder) -> None:
    """Scores and Jacobian of the visible model; of an exponential family its statistics."""
    names, at = r.names, r.at
    parameters = tuple(names.parameter(i) for i in range(at.n_parameters))
    states = tuple(map(names.state, r.space.states))
    few = r.space.n_states <= STATES_SHOWN
    relations = []
    if isinstance(r.model.structure, ExponentialStructure):
        if few:
            statistics = Side(None, sufficient_statistics(r.model), "T_{ROW}(COLUMN)", parameters, states)
            relations.append(Relation(Side("T"), "=", statistics, quantity="T"))
        text = (
            r"The model is an exponential family, $p(x) = e^{\sum_{i} \theta_i T_i(x)} / Z$, with statistics $T$ "
            r"(rows are parameters, columns are states in the order above). The scores are "
            r"$\partial_{i} \log p(x) = T_i(x) - \mathbb{E}_{p}[T_i]$, and "
            r"$\partial_{i} p_V(v) = p_V(v) (\mathbb{E}_{p}[T_i \mid v] - \mathbb{E}_{p}[T_i])$."
        )
        r.step("Scores", words(text), relations, rule="differentiation", cited="Barndorff-Nielsen (1978)")
        return
    if r.model.normalised and few:
        entry, row = r"\partial_{COLUMN} \log p(ROW)", r"\nabla \log p(ROW)"
        matrix = Side(None, at.scores.to_sympy(), entry, states, parameters, row)
        relations.append(Relation(Side("S"), "=", matrix, quantity="S"))
    if r.symbolic:
        visible = tuple(map(names.visible, r.space.visible_states))
        entry, column = r"\partial_{COLUMN} p_{V}(ROW)", r"\partial_{COLUMN} p_{V}"
        jacobian = Side(None, at.visible_jacobian.to_sympy(), entry, visible, parameters, column=column)
        relations.append(Relation(Side("J_V"), "=", jacobian, quantity="J_V"))
    text = r"The scores are $S_{x,i} = \partial_{i} \log p(x)$, so that $J = \operatorname{diag}(p)\, S$. "
    if relations:
        text += "Rows are states in the order above, columns are parameters."
    else:
        text += rf"$S$ is ${r.space.n_states} \times {at.n_parameters}$ and not written out."
    r.step("Scores", words(text), relations, rule=r"differentiation; $J_V = \dpi J$")


def metrics(r: Recorder) -> None:
    """G and G_V."""
    at, names = r.at, r.names
    parameters = tuple(names.parameter(i) for i in range(at.n_parameters))
    relations = []
    local = isinstance(r.model.structure, BayesianNetwork)
    if r.symbolic or local:
        value = at.metric.to_sympy()
        if local or sum(map(size, value)) <= 600:
            metric = Side(None, value, r"G_{ROW\,COLUMN}", parameters, parameters)
            relations.append(Relation(Side("G"), "=", metric, quantity="G"))
    covariance = r" = \operatorname{Cov}_{p}(T)" if isinstance(r.model.structure, ExponentialStructure) else ""
    r.step(
        "Fisher metric",
        words(
            rf"$G = J^{{\top}} \operatorname{{diag}}(p)^{{-1}} J = S^{{\top}} \operatorname{{diag}}(p)\, S{covariance}$"
            + (" is block diagonal over nodes and states of their parents" if local else "")
            + (":" if relations else ".")
        ),
        relations, rule="definition" + ("; closed form of a Bayesian network" if local else ""),
        cited=cites(find_statement("S10")) if local else "", verdict=r.known("S10") if local else None,
    )  # fmt: skip
    visible: list[Relation] = [
        Relation(Side("G_V"), "=", Side(r"J_V^{\top} \operatorname{diag}(p_V)^{-1} J_V")),
    ]
    small = r.symbolic and r.space.n_visible * at.n_parameters <= 24
    if small:
        value = at.visible_metric.to_sympy()
        if sum(size(e) for e in value) <= 400:
            visible.append(
                Relation(
                    Side(""), "=", Side(None, value, "(G_V)_{ROW\\,COLUMN}", parameters, parameters), quantity="G_V"
                )
            )
    visible.append(Relation(Side("G"), "=", Side(r"G_V + \mathbb{E}_{p}[\operatorname{Cov}(s \mid v)]")))
    r.step(
        "Visible metric",
        words(r"The metric of the visible model, and the information that is missing,"), visible,
        rule="exact identity", cited=cites(find_statement("S12")), verdict=r.known("S12"),
    )  # fmt: skip


def spaces(r: Recorder) -> None:
    """Horizontal and vertical vectors."""
    n, m = r.space.n_visible, r.space.n_states
    relations = [
        Relation(
            Side(r"\horizontalspace"),
            "=",
            Side(rf"\{{ A : A(v,h) = p(h \mid v)\, B(v) \}}, \qquad \dim \horizontalspace = {n - 1}"),
        ),
        Relation(Side(r"\verticalspace"), "=", Side(rf"\{{ A : \dpi A = 0 \}}, \qquad \dim \verticalspace = {m - n}")),
    ]
    text = words(
        r"Horizontal vectors have scores that depend on $v$ alone, vertical ones have scores of conditional mean "
        r"zero; here $B$ is any vector on $V$ of sum zero. The two spaces are orthogonal, and $\dpi$ is an isometry on "
        r"$\horizontalspace$."
    )
    r.step(
        "Horizontal and vertical space", text, relations, rule="exact identity",
        cited=cites(find_statement("S2")), verdict=r.known("S2"),
    )  # fmt: skip


def decomposition(r: Recorder) -> None:
    """Ranks, dimensions and bases."""
    ranks = r.ranks
    told = (
        rf"{ranks.joint}, \qquad \operatorname{{rank}} J_V = {ranks.visible}, "
        rf"\qquad \operatorname{{rank}}\,(I - C\,\dpi) J = {ranks.vertical}"
    )
    relations = [Relation(Side(r"\operatorname{rank} J"), "=", Side(told))]
    horizontal, vertical = ranks.joint - ranks.vertical, ranks.joint - ranks.visible
    r.step(
        "Ranks",
        words(
            r"With $(C B)(v,h) = p(h \mid v)\, B(v)$ the ranks are, at every admissible point for the first two "
            r"and generically for the third,"
        ),
        relations, rule="nonzero minors from below; dimensions or null vectors from above",
        after=words(
            rf"Hence $\dim (\tangent{{M}} \cap \horizontalspace) = {ranks.joint} - {ranks.vertical} = {horizontal}$ "
            rf"and $\dim (\tangent{{M}} \cap \verticalspace) = {ranks.joint} - {ranks.visible} = {vertical}$: "
            rf"$\tangent{{M}}$ has dimension ${ranks.joint} = {horizontal} + {vertical} + {ranks.oblique}$, "
            + (r"and splits." if not ranks.oblique else
               rf"and a part of dimension {ranks.oblique} is neither horizontal nor vertical.")
        ),
    )  # fmt: skip
    if r.symbolic:
        bases(r, decompose(r.model))


def bases(r: Recorder, found: TangentDecomposition) -> None:
    """Bases of the parts, as combinations of the coordinate vectors."""
    parts = [
        ("A", found.horizontal_parameters, "horizontal"),
        ("B", found.vertical_parameters, "vertical"),
    ]
    lines: list[Relation] = []
    skipped = 0
    for letter, vectors, kind in parts:
        columns = vectors.primitive_columns()
        for j in range(columns.ncols):
            expressions = [r.model.field.to_sympy(e) for e in columns.column_entries(j)]
            if len(lines) >= VECTORS_SHOWN or sum(map(size, expressions)) > 120:
                skipped += 1
                continue
            sign = -1 if next(e for e in expressions if e).could_extract_minus_sign() else 1
            value = sympy.Add(*(sign * e * r.partial(i) for i, e in enumerate(expressions) if e))
            lines.append(Relation(Side(f"{letter}_{{{j + 1}}}"), "=", Side(None, value), quantity=f"{kind}[{j}]"))
    if not lines and not skipped:
        return
    c = r.coordinate
    text = (
        rf"Tangent vectors are written $\sum_{{i}} {c}_i\, \partial_{{i}}$ for $J {c}$. Horizontal ones ($A$) and "
        rf"vertical ones ($B$), verified as identities, $(I - C\,\dpi) J {c} = 0$ and $J_V {c} = 0$:"
    )
    r.step("Bases", words(text), lines, rule="null vectors over the field, verified as identities", more=skipped)


def verdict(r: Recorder) -> None:
    """Cylindrical or not, and why."""
    found, ranks = r.cylindrical, r.ranks
    sign = ">" if ranks.oblique else "="
    sum_of_ranks = rf"{ranks.visible} + {ranks.vertical} {sign} {ranks.joint} = \operatorname{{rank}} J"
    relation = [
        Relation(Side(r"\operatorname{rank} J_V + \operatorname{rank}\,(I - C\,\dpi) J"), "=", Side(sum_of_ranks))
    ]
    if isinstance(found, Proved):
        text = words(
            r"{} is cylindrical at every admissible point: horizontal, vertical and null vectors together span the "
            r"parameter space, so that "
            r"$\tangent{M} = (\tangent{M} \cap \horizontalspace) \oplus (\tangent{M} \cap \verticalspace)$.",
            r.title,
        )
        rule, point = "condition (b) of S4, with null vectors as certificate", None
    elif isinstance(found, Refuted):
        text = words(
            f"{{}} is not cylindrical: at {point_words(r.model, found.point)}, an admissible point, the ranks do not "
            "add up,",
            r.title,
        )
        rule, point = "condition (b) of S4, ranks by exact elimination", found.point
    else:
        reason = found.reason if isinstance(found, Undecided) else found.hypothesis
        r.step("Verdict", words("Whether {} is cylindrical is undecided: {}.", r.title, reason), status="numeric")
        return
    r.step(
        "Verdict", text, relation, rule=rule, cited=f"{PAPER}, Definition 2 and Theorem 3", verdict=found, point=point
    )


def _plural(variables: Sequence[Variable]) -> str:
    return "s" if len(variables) > 1 else ""


def _listed(variables: Sequence[Variable]) -> str:
    shown = ", ".join(map(described_variable, variables[:8]))
    return shown + (f" and {len(variables) - 8} more" if len(variables) > 8 else "")


def described_variable(variable: Variable) -> str:
    """A variable with its labels, between dollars."""
    shown = [label_latex(label) for label in variable.labels[:6]]
    more = r", \dots" if len(variable) > 6 else ""
    return rf"${symbol_latex(variable.name)} \in \{{{', '.join(shown)}{more}\}}$"
