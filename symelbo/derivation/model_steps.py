"""The beginning of the story: table, marginals, scores, metrics."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symelbo.derivation.family_steps import (
    energy,
    factor,
    has_no_base,
    logistic,
    marginal,
    partition,
    path_sum,
    paths,
    probability,
    received,
    unit_input,
    unit_metric,
    unit_score,
)
from symelbo.derivation.naming import common_factors, without
from symelbo.derivation.parent_steps import parents
from symelbo.derivation.recorder import BRIEF, READABLE, STATES_SHOWN, Recorder
from symelbo.derivation.steps import Relation, Side
from symelbo.exact import QQ, Matrix
from symelbo.models.exponential import sufficient_statistics
from symelbo.models.structure import Unit
from symelbo.spaces import Variable
from symelbo.typesetting import length
from symelbo.typesetting.sentences import enumerated, words

# States up to which probabilities of parents are summed.
NAMED_STATES = 256
# Marginals that are written out of many that a formula gives.
EXAMPLES = 2
# Parameters up to which the metric of a network is written out.
DIAGONAL_SHOWN = 24


def table(r: Recorder) -> None:
    """The model and its table."""
    model, space, names = r.model, r.space, r.names
    d = len(model.parameters)
    described = f"{{}} has {_what_is_seen(r)}, and $d = {d}$ parameter{'s' * (d != 1)} {r.parameter_list()}. "
    if model.impossible:
        described += f"{len(model.impossible)} states are impossible and left out. "
    relations = []
    families, units = model.structure.families, model.structure.units
    if families is not None:
        relations.append(Relation.written(names.p_generic(), r" \, ".join(factor(r, f) for f in families)))
    states = r.listed_states
    if model.normalised:
        described += "Its probabilities are"
        if units is not None:
            described += r", with $\sigma(t) = 1/(1 + e^{-t})$,"
            relations += unit_laws(r, units)
        relations += [Relation.of(names.p(s), probability(r, x), f"p[{x}]") for x, s in enumerate(states)]
        rule = "definition of the model; the table sums to 1 identically"
    else:
        base = " and the base measure $b$" if model.structure.natural and not has_no_base(r) else ""
        described += f"Its probabilities are $p = {r.weight} / Z$ with the weights ${r.weight}${base}"
        relations += weights(r)
        rule = "definition of the model"
    shown = sum(line.quantity.startswith(("p[", "w[")) for line in relations)
    whole = not shown and relations[0].quantity == "formula:energy"
    r.step(
        "Model", words(described, r.subject), relations, rule=rule, status="assumed",
        more=0 if whole else space.n_states - shown,
    )  # fmt: skip


def unit_laws(r: Recorder, units: Sequence[Unit]) -> list[Relation]:
    """The conditional probabilities of the units of a sigmoid belief network, and their product."""
    names, by_name = r.names, {v.name: v for v in r.space.variables}
    given = {
        u.node: "".join([rf" \mid {','.join(names.variable(p) for p, _ in u.weights)}"] * bool(u.weights))
        for u in units
    }
    product = r" \, ".join(rf"p({names.variable(u.node)}{given[u.node]})" for u in units)
    laws = [logistic(r, by_name[u.node], given[u.node], unit_input(r, u), f"formula:unit {u.node}") for u in units]
    return [Relation.written(names.p_generic(), product), *laws]


def _what_is_seen(r: Recorder) -> str:
    """The variables, or the states over each visible one."""
    space, names = r.space, r.names
    if space.hidden:
        return (
            f"the visible variable{_plural(space.visible)} {_listed(r, space.visible)} and the hidden "
            f"variable{_plural(space.hidden)} {_listed(r, space.hidden)}"
        )
    fibres = [
        rf"$\pi^{{-1}}({names.visible(v)}) = \{{{', '.join(names.state(space.states[x]) for x in fibre)}\}}$"
        for v, fibre in zip(space.visible_states, space.fibration, strict=True)
        if len(fibre) <= STATES_SHOWN
    ]
    shown = fibres[: STATES_SHOWN // 2]
    more = f" and {space.n_visible - len(shown)} more fibres" if len(shown) < space.n_visible else ""
    return f"${space.n_states}$ states, of which ${space.n_visible}$ are told apart: {', '.join(shown)}{more}"


def weights(r: Recorder) -> list[Relation]:
    """The energy for all states at once, unnormalised probabilities where they are few or have no energy, their sum."""
    model, field, energies = r.model, r.model.field, energy(r)
    relations, states = [], r.listed_states
    variables = ",".join(r.names.variables(r.space.variables))
    if energies:
        plain = has_no_base(r)
        left = f"{r.weight}({variables})" if plain else f"({r.weight}({variables}) / b({variables}))"
        written = " + ".join(map(r.printed, energies)).replace("+ -", "- ")
        relations.append(
            Relation.written(rf"\log {left}", written, value=sympy.Add(*energies), quantity="formula:energy")
        )
        if plain and r.space.n_states > STATES_SHOWN // 2:
            states = ()
    relations += [
        Relation.of(f"{r.weight}({r.names.state(s)})", field.to_sympy(w), f"w[{x}]")
        for x, (s, w) in enumerate(zip(states, model.weights, strict=False))
    ]
    summed = field.to_sympy(model.partition)
    long = length(summed) > (READABLE if energies else BRIEF)
    named = rf"\sum_{{\visible,\hidden}} {r.weight}(\visible,\hidden)" if long else None
    relations.append(Relation(Side("Z"), "=", Side(named, summed), quantity="Z"))
    return relations


def marginals(r: Recorder) -> None:
    """The visible marginals, named from here on: as sums over the hidden states that keep the form of the model."""
    names, space, model = r.names, r.space, r.model
    relations: list[Relation] = []
    generic = f"p_{{V}}({','.join(names.variables(space.visible))})"
    if model.structure.families is not None and len(space.hidden) > 1:
        relations.append(Relation.written(generic, paths(r)))
    formula = marginal(r, energy(r))
    if formula is not None:
        relations.append(Relation(Side(generic), "=", Side(None, formula), quantity="formula:marginal"))
    listed: list[Relation] = []
    for v, state in enumerate(space.visible_states[: STATES_SHOWN // 2]):
        if sum(map(length, r.marginal_values)) > 2 * BRIEF:
            break
        value = marginal_value(r, v)
        r.marginal_values.append(value)
        listed.append(Relation.of(names.p_visible(state), value, f"p_V[{v}]", names=True))
    if formula is not None and space.n_visible > STATES_SHOWN // 4:
        listed = []
    elif relations and len(listed) < space.n_visible:  # the formula tells it; these are examples
        del listed[EXAMPLES:], r.marginal_values[EXAMPLES:]
    summands = "hidden states" if space.hidden else "states that are seen alike"
    r.step(
        "Visible model", f"Summation over the {summands} gives", [*relations, *listed],
        rule="definition of the marginal", basis="identity",
        more=space.n_visible - len(listed) if listed or formula is None else 0,
    )  # fmt: skip


def marginal_value(r: Recorder, v: int) -> sympy.Expr:
    """A marginal probability, in a form that shows that it is positive unless that is much longer."""
    fibre, model = r.space.fibration[v], r.model
    if not model.normalised:
        return model.field.to_sympy(model.field.sum(model.weights[x] for x in fibre)) / partition(r)
    if model.structure.units is not None:
        return summed([probability(r, x) for x in fibre])
    value = r.at.domain.to_sympy(r.at.visible_probabilities[v])
    if model.structure.families is not None and len(r.space.hidden) > 1:
        nested = path_sum(r, v)
        return nested if length(nested) <= 2 * length(value) else value
    return shorter(value, summed([model.probability(x) for x in fibre]))


def summed(terms: Sequence[sympy.Expr]) -> sympy.Expr:
    """The sum of the terms, with the factors that all of them share in front."""
    common = common_factors(terms)
    return sympy.Mul(*common) * sympy.Add(*(without(t, common) for t in terms))


def shorter(value: sympy.Expr, terms: sympy.Expr) -> sympy.Expr:
    """The sum over the hidden states, which shows that it is positive, unless the value is much shorter."""
    return value if length(value) + 4 < length(terms) else terms


def conditionals(r: Recorder) -> None:
    """The conditional probabilities of the hidden state: as logistic functions, or in terms of the marginals."""
    names, space, at = r.names, r.space, r.at
    inputs = received(r, energy(r))
    if inputs:
        given = rf" \mid {','.join(names.variables(space.visible))}"
        r.step(
            "Recognition",
            r"Given what is visible the hidden units are independent, with $\sigma(t) = 1/(1 + e^{-t})$ and",
            [logistic(r, v, given, c, f"formula:unit {v.name}") for v, c in inputs.items()], full=True,
            rule="definition; log weights are affine in each hidden unit", basis="identity",
        )  # fmt: skip
        return
    shown = [x for fibre in space.fibration for x in fibre[:-1]]
    written = 0 < len(shown) <= 8 and len(r.marginal_values) == space.n_visible
    relations = []
    for x in shown if written else ():
        state = space.states[x]
        value = at.domain.to_sympy(at.conditionals[x])
        marginal = r.marginal_values[space.fibration.below[x]]
        if r.model.normalised and length(probability(r, x)) + 2 < length(value.xreplace({marginal: sympy.Dummy()})):
            value = probability(r, x) / marginal
        relations.append(Relation.of(names.conditional(state), value, f"p(h|v)[{x}]"))
    if not shown:
        return
    last = "last hidden state" if space.hidden else "last state in a fibre"
    r.step(
        "Recognition",
        r"The conditional probabilities are $p(\hidden \mid \visible) = p(\visible,\hidden) / p_V(\visible)$"
        + (":" if written else "."),
        relations, full=True, rule=f"definition; that of the {last} is 1 minus the sum of the others",
        basis="identity", more=0 if written else len(shown),
    )  # fmt: skip


def scores(r: Recorder) -> None:
    """Scores and Jacobian of the visible model; of an exponential family its statistics."""
    if r.model.structure.natural:
        statistics(r)
        return
    names, at = r.names, r.at
    parameters = tuple(names.parameter(i) for i in range(at.n_parameters))
    states = tuple(map(names.state, r.space.states))
    relations: list[Relation] = []
    units, d = r.model.structure.units, at.n_parameters
    if units is not None and d <= DIAGONAL_SHOWN:
        relations = [
            Relation.of(rf"\partial_{{{parameter}}} \log p", unit_score(r, i), f"formula:score {i}")
            for i, parameter in enumerate(parameters)
        ]  # fmt: skip
    elif r.model.normalised and r.space.n_states <= STATES_SHOWN:
        entry, row = r"\partial_{COLUMN} \log p(ROW)", r"\nabla \log p(ROW)"
        matrix = Side(None, at.scores.to_sympy(), entry, states, parameters, row)
        relations.append(Relation(Side("S"), "=", matrix, quantity="S"))
    text = r"The scores are $s_i = \partial_{i} \log p$"
    if units is not None and relations:
        text += ", as functions of the values of the units:"
    elif relations:
        text += (
            r", the columns of a matrix $S$, so that $J = \operatorname{diag}(p)\, S$. Rows are states in the order "
            "above, columns are parameters."
        )
    else:
        text += (
            rf", so that $\partial_{{i}} p = p\, s_i$; for ${r.space.n_states}$ states and ${at.n_parameters}$ "
            r"parameters they are not written out; se.scores(M) has them."
        )
    r.step("Scores", text, relations, full=True, rule="definition; differentiation", basis="identity")
    visible_scores(r, parameters)


def visible_scores(r: Recorder, parameters: tuple[str, ...]) -> None:
    """The Jacobian of the visible model, or where that is long its scores in terms of the conditionals."""
    at, names = r.at, r.names
    average = r"\sum_{\hidden} p(\hidden \mid \visible)\, \partial_{i} \log p(\visible,\hidden)"
    relations = [Relation.written(r"\partial_{i} \log p_V(\visible)", average)]
    more = 0
    if r.symbolic:
        jacobian = at.visible_jacobian.to_sympy()
        if sum(map(length, jacobian)) <= BRIEF:
            visible = tuple(map(names.visible, r.space.visible_states))
            entry, column = r"\partial_{COLUMN} p_{V}(ROW)", r"\partial_{COLUMN} p_{V}"
            side = Side(None, jacobian, entry, visible, parameters, column=column)
            relations.append(Relation(Side("J_V"), "=", side, quantity="J_V"))
        elif r.model.structure.units is not None:
            more = r.space.n_visible * at.n_parameters
        elif r.model.normalised:
            lines = [
                Relation.of(
                    rf"\partial_{{{parameter}}} \log p_V({names.visible(s)})",
                    r.averaged([at.scores[x, i] for x in r.space.fibration[v]], v),
                    f"S_V[{v},{i}]",
                )
                for v, s in enumerate(r.space.visible_states)
                for i, parameter in enumerate(parameters)
            ]  # fmt: skip
            shown, more = r.short(lines, READABLE, STATES_SHOWN // 2)
            relations += shown
    written = any(line.quantity == "J_V" for line in relations)
    r.step(
        "Visible scores and Jacobian" if written else "Visible scores",
        r"The scores of the visible model are averages with the conditional probabilities"
            + (r", and $J_V$ has the columns $\partial_{i} p_V = p_V\, \partial_{i} \log p_V$:" if written else ","),
        relations,
        full=True, rule=r"definition; differentiation; $J_V = \dpi J$", basis="identity", more=more,
    )  # fmt: skip


def statistics(r: Recorder) -> None:
    """The statistics of an exponential family, and their expectations."""
    names, d = r.names, len(r.model.parameters)
    parameters = tuple(names.parameter(i) for i in range(d))
    states = tuple(map(names.state, r.space.states))
    found = sufficient_statistics(r.model)
    relations = []
    base = r"b(\visible,\hidden)\, "
    if r.space.n_states <= STATES_SHOWN and not energy(r):
        side = Side(None, found, "T_{ROW}(COLUMN)", parameters, states)
        relations.append(Relation(Side("T"), "=", side, quantity="T"))
    rows = Matrix.from_sympy(found, QQ).rows
    expectations = [
        Relation.of(rf"\eta_{{{name}}}", r.p.linear_form(row, QQ), f"eta[{i}]")
        for i, (name, row) in enumerate(zip(parameters, rows, strict=True))
    ]
    shown, hidden = r.short(expectations, READABLE, STATES_SHOWN)
    r.step(
        "Scores",
        r"The model is an exponential family, "
            rf"$p(\visible,\hidden) = {'' if has_no_base(r) else base}"
            r"e^{\sum_{i} \theta_i T_i(\visible,\hidden)} / Z$, with statistics $T$ "
            + (r"(rows are parameters, columns are states in the order above) " if relations else "")
            + r"and their expectations $\eta_i = \mathbb{E}_{p}[T_i]$. The scores are "
            r"$s_i = \partial_{i} \log p = T_i - \eta_i$, and those of the visible model are "
            r"$\partial_{i} \log p_V(\visible) = \mathbb{E}_{p}[T_i \mid \visible] - \eta_i$.",
        [*relations, *shown], full=True, rule="definition; differentiation",
        cited="Barndorff-Nielsen (1978)", basis="identity",
        more=hidden,
    )  # fmt: skip


def metrics(r: Recorder) -> None:
    """G and G_V."""
    at, names = r.at, r.names
    parameters = tuple(names.parameter(i) for i in range(at.n_parameters))
    relations = []
    local = r.model.structure.families is not None
    exponential = r.model.structure.natural
    if (local and at.n_parameters <= DIAGONAL_SHOWN) or (r.symbolic and not exponential):
        value = at.metric.to_sympy() if r.model.structure.units is None else unit_metric(r)
        if local or sum(map(length, value)) <= 2 * BRIEF:
            metric = Side(None, value, r"G_{ROW\,COLUMN}", parameters, parameters)
            relations.append(Relation(Side("G"), "=", metric, quantity="G"))
    if local and r.space.n_states <= NAMED_STATES:
        parents(r)
    text = r"$G = J^{\top} \operatorname{diag}(p)^{-1} J$, that is $G_{i\,j} = \mathbb{E}_{p}[s_i s_j]$"
    if exponential:
        text += r", the covariance of the statistics: $G_{i\,j} = \mathbb{E}_{p}[T_i T_j] - \eta_i \eta_j$"
    if local:
        text += (
            ", is block diagonal over nodes and states of their parents; a block is the probability of the parents' "
            "state times the Fisher metric of the node's conditional distribution"
        )
    r.step(
        "Fisher metric", text + (":" if relations else "."), relations,
        rule="definition" + ("; closed form of a Bayesian network" if local else ""),
        cited="S10" if local else "", basis="identity", more=0 if relations else 1,
        certificate=r.certificate("S10") if local else None,
    )  # fmt: skip
    visible: list[Relation] = []
    if r.symbolic and not exponential and r.space.n_visible * at.n_parameters <= 24:
        value = at.visible_metric.to_sympy()
        summed = by_states(r)
        if summed is not None and _named_size(r, summed) < _named_size(r, value):
            value = summed
        if _named_size(r, value) <= 2 * BRIEF:
            side = Side(None, value, r"(G_V)_{ROW\,COLUMN}", parameters, parameters)
            visible.append(Relation(Side("G_V"), "=", side, quantity="G_V"))
    matrix = bool(visible)
    if not matrix:
        entry = r"\sum_{\visible} \partial_{i} p_V(\visible)\, \partial_{j} p_V(\visible) / p_V(\visible)"
        visible.append(Relation.written(r"(G_V)_{i\,j}", entry))
    r.step(
        "Visible metric",
        r"The metric of the visible model is $G_V = J_V^{\top} \operatorname{diag}(p_V)^{-1} J_V$:",
        visible, full=True, rule="definition", basis="identity",
        after="" if matrix else "(The entries are not written out; se.visible_fisher_metric(M) has them.) ",
    )  # fmt: skip
    missing = Relation.written("G", r"G_V + \mathbb{E}_{p}[\operatorname{Cov}(s \mid \visible)]")
    r.step(
        "Missing information",
        r"$G_V$ differs from $G$ by the information that is missing when $\hidden$ is not seen,",
        [missing], full=True, rule="identity for every table", cited="S12",
        certificate=r.certificate("S12"), basis="table",
    )  # fmt: skip


def by_states(r: Recorder) -> sympy.Matrix | None:
    """G_V as sums over the visible states, in which the marginals keep their names."""
    if len(r.marginal_values) < r.space.n_visible:
        return None
    jacobian = r.at.visible_jacobian.to_sympy()
    d = r.at.n_parameters

    def entry(i: int, j: int) -> sympy.Expr:
        products = (jacobian[v, i] * jacobian[v, j] / p for v, p in enumerate(r.marginal_values))
        return sympy.Add(*products)

    return sympy.Matrix(d, d, entry)


def _named_size(r: Recorder, matrix: sympy.Matrix) -> int:
    """How long the upper triangle of a symmetric matrix is on paper, where marginals have names."""
    names = {value: sympy.Dummy() for value in r.marginal_values if not value.is_Atom}
    return sum(length(matrix[i, j].xreplace(names)) for i in range(matrix.rows) for j in range(i, matrix.cols))


def closed_form(r: Recorder) -> None:
    """G_loc: the closed form of the metric of a Bayesian network."""
    at = r.at
    if r.model.structure.families is None:
        return
    text = (
        r"A node with states $1, \dots, k$ whose parents are in the state $u$ has the parameters "
        r"$t_1, \dots, t_{k-1}$, with $t_k = 1 - t_1 - \dots - t_{k-1}$. The block of $G_{\mathrm{loc}}$ for them is, "
        r"with $p(u)$ the probability of the parents' state and $\delta$ the identity matrix,"
    )
    block = r"p(u) \left( \delta_{i j} / t_i + 1 / t_k \right), \qquad i, j < k"
    relations = [Relation.written(r"(G_{\mathrm{loc}})_{i j}", block)]
    if at.n_parameters <= DIAGONAL_SHOWN:
        parameters = tuple(r.names.parameter(i) for i in range(at.n_parameters))
        value = Side(None, at.metric.to_sympy(), r"(G_{\mathrm{loc}})_{ROW\,COLUMN}", parameters, parameters)
        relations.append(Relation(Side(r"G_{\mathrm{loc}}"), "=", value, quantity="G"))
    r.step(
        "Closed form", text, relations, rule="definition", cited="Fisher metric of a categorical distribution",
        basis="identity",
    )  # fmt: skip


def missing_information(r: Recorder) -> None:
    """The missing information, entry by entry; as a matrix where it is short."""
    name = r"\mathbb{E}_{p}[\operatorname{Cov}(s \mid \visible)]"
    average = r"\sum_{\hidden} p(\hidden \mid \visible)\, s_i(\visible,\hidden)\, s_j(\visible,\hidden)"
    means = r"\partial_{i} \log p_V(\visible)\, \partial_{j} \log p_V(\visible)"
    entry = rf"\sum_{{\visible}} p_V(\visible) \left( {average} - {means} \right)"
    relations = [Relation.written(rf"{name}_{{i\,j}}", entry)]
    if r.symbolic and r.at.n_parameters <= DIAGONAL_SHOWN:
        value = r.at.missing_information.to_sympy()
        if _named_size(r, value) <= 2 * BRIEF:
            parameters = tuple(r.names.parameter(i) for i in range(r.at.n_parameters))
            side = Side(None, value, rf"{name}_{{ROW\,COLUMN}}", parameters, parameters)
            relations.append(Relation(Side(name), "=", side, quantity="G_H"))
    r.step(
        "Missing information, entry by entry",
        "The second term is the mean conditional covariance of the scores,",
        relations, full=True, rule="definition", cited="S12", basis="identity",
    )  # fmt: skip


def _plural(variables: Sequence[Variable]) -> str:
    return "s" if len(variables) > 1 else ""


def _listed(r: Recorder, variables: Sequence[Variable]) -> str:
    shown = ", ".join(described_variable(r, v) for v in variables[:8])
    return shown + (f" and {len(variables) - 8} more" if len(variables) > 8 else "")


def described_variable(r: Recorder, variable: Variable) -> str:
    """A variable with its labels, between dollars."""
    shown = [r.names.label(label) for label in variable.labels[:6]] + [r"\dots"] * (len(variable) > 6)
    return rf"${r.names.variable(variable.name)} \in \{{{enumerated(shown)}\}}$"
