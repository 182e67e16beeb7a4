"""Gradient flows in closed form, as elements of Q(e^-t), verified exactly by differentiation.

On an exponential family with statistics F the flow of -grad D(q||.) is, in expectation coordinates eta = F^T p,

    eta(t) = eta_q + (eta_0 - eta_q) e^-t,

because the scores are F - eta.  Where the family is a decomposable graphical model (perfect Bayesian networks, the full
simplex and independence among them), p is the product of its clique marginals over its separators, so p(t) itself lies
in Q(e^-t).  On a model where D(Q||.) moves p_V alone, its flow is that of D(q||.) for q = p_0(h|v) p*(v).

None of this is believed: a candidate p(t) is returned only if the identities

    S(t)^T (B(t) - dp/dt) = 0,     B = q for D(q||.),  B = p(h|v) p*(v) for D(Q||.),      p(t) in M,  p(0) = p_0

(S the scores along the curve; for the visible model S_V and p_V) hold in Q(e^-t).  They say that dp/dt is the
projection of B - p onto the tangent space, which is the negative natural gradient.
Source: theory of Ay, van Oostrum, Datar (2025); Lauritzen (1996), chapter 4, for decomposable models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from itertools import combinations
from math import prod
from typing import Any

import networkx as nx
import numpy as np
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import ExactnessError
from symelbo.exact import QQ, Field, Matrix, Rational, RationalFunction, as_rational, rational_to_sympy
from symelbo.flows.compiled import numeric, rational_distribution
from symelbo.flows.network_flows import TIME, exponential_time, network_flow, node_masses, relaxing
from symelbo.geometry import Geometry, geometry
from symelbo.models.parametrization import Parametrization, Point
from symelbo.models.structure import Family
from symelbo.objectives import Objective
from symelbo.objectives.natural import minimum_norm
from symelbo.spaces import Space
from symelbo.typesetting import Unfolding


@dataclass(frozen=True, slots=True)
class ClosedForm(Unfolding):
    """A flow as sympy expressions in the time t; what is not available is None.

    Attributes
    ----------
    time : Symbol
    parameters : tuple of d expressions
    probabilities : tuple of |X| expressions; of Gaussian models the coordinates (mu; Sigma)
    visible : tuple of |V| expressions; (mu_V; Sigma_VV)
    statistics : sympy.Matrix, |X| x d, the statistics F of an exponential family
    expectation : sympy.Matrix, d x 1, the expectation coordinates eta(t) = F^T p(t)
    verified : the identities that were checked exactly
    scope : how far the formulas hold
    """

    time: sympy.Symbol
    parameters: tuple[sympy.Expr, ...] | None
    probabilities: tuple[sympy.Expr, ...] | None
    visible: tuple[sympy.Expr, ...] | None
    statistics: sympy.Matrix | None
    expectation: sympy.Matrix | None
    verified: tuple[str, ...]
    scope: str = "for all t >= 0"

    def __repr__(self) -> str:
        names = ("parameters", "probabilities", "visible", "expectation")
        known = [name for name in names if getattr(self, name) is not None]
        return f"Closed form in t {self.scope}: {', '.join(known)}; verified: {', '.join(self.verified)}"


@dataclass(frozen=True, slots=True)
class _Curve:
    """A candidate in M: parameters (sympy), p and the scores along it, |X| x d, over Q(e^-t)."""

    parameters: tuple[sympy.Expr, ...]
    p: list[RationalFunction]
    scores: Matrix


def closed_form(objective: Objective, M: Any, start: Sequence[sympy.Expr]) -> ClosedForm | None:
    """The flow from a start in closed form, or None where no closed form is known.

    Parameters
    ----------
    objective : Objective
        ELBO and evidence are followed upwards, everything else downwards.
    M : Parametrization or Gaussian
    start : d exact numbers, inside the domain
    """
    return closed_forms(M, objective, start)


@singledispatch
def closed_forms(M: Any, objective: Objective, start: Sequence[sympy.Expr]) -> ClosedForm | None:
    """Return the closed form; a family of models registers how its own is found."""
    if objective.kind in ("gap", "function"):
        return None
    point = _exact_point(M, start)
    if point is not None and M.space.n_states <= LIMITS.closed_flow_states:
        found = _rational_flow(objective, M, point, start)
        if found is not None:
            return found
        if objective.kind in ("divergence", "elbo"):
            powers = _network_powers(objective, M, point)
            if powers is not None:
                return powers
        if objective.on_visible_model:
            return _open_visible_flow(objective, M, point)
    if objective.kind in ("divergence", "elbo"):
        return _expectation_flow(objective, M, start)
    return None


def _exact_point(M: Parametrization, start: Sequence[sympy.Expr]) -> Point | None:
    try:
        point = M.point(dict(zip(M.parameters, start, strict=True)))
    except ExactnessError:
        return None
    return point if point.numbers == QQ else None


# ---- p(t) in Q(e^-t) -------------------------------------------------------------------------------------


def _rational_flow(
    objective: Objective, M: Parametrization, point: Point, start: Sequence[sympy.Expr]
) -> ClosedForm | None:
    families = _perfect_families(M)
    if families is None:
        return None
    p_0 = geometry(M, point).probabilities
    q = rational_distribution(objective.distribution, M.space, visible=objective.visible)
    if objective.visible:  # the q of D(q||.) is p_0(h|v) p*(v)
        pi = M.space.fibration
        ratio = [a / b for a, b in zip(q, pi.totals(p_0, QQ.sum), strict=True)]
        q = [p * r for p, r in zip(p_0, pi.repeated(ratio), strict=True)]
    curve = _decomposable_curve(M, families, p_0, q)
    verified = None if curve is None else _verify(objective, M, curve, p_0, q)
    if curve is None or verified is None:
        return None
    field, F = curve.scores.domain, statistics_matrix(M)
    assert isinstance(field, Field)  # narrows the type
    expectation, parameters = None, curve.parameters
    if F is not None:
        parameters = tuple(a + b for a, b in zip(start, parameters, strict=True))
        means = F.T.map(field.constant, field) @ Matrix.column(field, curve.p)
        expectation = sympy.Matrix([field.to_sympy(e, factored=False) for e in means.column_entries()])
    return ClosedForm(
        TIME,
        parameters,
        tuple(map(field.to_sympy, curve.p)),
        tuple(map(field.to_sympy, M.space.fibration.totals(curve.p, field.sum))),
        None if F is None else F.to_sympy(),
        expectation,
        verified,
    )


def statistics_matrix(M: Parametrization) -> Matrix | None:
    """F with w(x) = c(x) exp(F theta), |X| x d, or None if the model is no exponential family in its parameters."""
    logs = M.log_derivatives
    if M.normalised or not all(e.is_constant for row in logs for e in row):
        return None
    exponents = Matrix(QQ, [[as_rational(int(e)) for e in row] for row in M.factor_table.exponents], len(logs))
    return exponents @ Matrix(QQ, [[e.rational_value() for e in row] for row in logs], len(M.parameters))


def _perfect_families(M: Parametrization) -> list[tuple[str, tuple[str, ...]]] | None:
    """Nodes with complete parent sets, such that M is the model of all products of p(node | parents); or None."""
    names = M.space.names
    if M.structure.families is not None:
        families = [(f.node, f.parents) for f in M.structure.families]
        skeleton = nx.Graph((p, node) for node, parents in families for p in parents)
        complete = all(skeleton.has_edge(a, b) for _, parents in families for a, b in combinations(parents, 2))
        return families if complete else None
    rank = numeric(M).ranks.joint
    if rank == M.space.n_states - 1:
        return [(n, names[:k]) for k, n in enumerate(names)]
    statistics = statistics_matrix(M)
    if statistics is None:
        return None
    graph = _interaction_graph(M.space, statistics)
    ordered = _perfect_order(graph, names)
    sizes = {v.name: len(v) for v in M.space.variables}
    dimensions = ((sizes[n] - 1) * prod(sizes[p] for p in parents) for n, parents in ordered or ())
    return ordered if sum(dimensions) == rank else None


def _interaction_graph(space: Space, statistics: Matrix) -> nx.Graph:
    """Two variables are joined where some statistic is no sum of functions without the one and without the other."""
    graph = nx.Graph()
    graph.add_nodes_from(space.names)
    shape = [len(v) for v in space.variables]
    for column in statistics.T.rows:
        values = np.array(column, dtype=object).reshape(shape)
        for i, j in combinations(range(len(shape)), 2):
            step = values - np.take(values, [0], axis=i)
            if (step - np.take(step, [0], axis=j) != 0).any():
                graph.add_edge(space.names[i], space.names[j])
    return graph


def _perfect_order(graph: nx.Graph, names: Sequence[str]) -> list[tuple[str, tuple[str, ...]]] | None:
    """Maximum cardinality search: every node with its earlier neighbours; None if the graph is not chordal."""
    done: list[str] = []
    result = []
    while len(done) < len(names):
        node = max((n for n in names if n not in done), key=lambda n: sum(graph.has_edge(n, m) for m in done))
        parents = tuple(m for m in done if graph.has_edge(node, m))
        if not all(graph.has_edge(a, b) for a, b in combinations(parents, 2)):
            return None
        result.append((node, parents))
        done.append(node)
    return result


def _decomposable_curve(
    M: Parametrization, families: list[tuple[str, tuple[str, ...]]], p_0: list[Rational], q: list[Rational]
) -> _Curve | None:
    """p(t) = prod_i m_t(fa_i) / m_t(pa_i) with the marginals m_t = m_q + (m_0 - m_q) e^-t; None if it is not in M."""
    field, _ = exponential_time()
    shape = [len(v) for v in M.space.variables]
    position = {n: i for i, n in enumerate(M.space.names)}
    first, last = (np.array(v, dtype=object).reshape(shape) for v in (p_0, q))

    def marginal(names: tuple[str, ...]) -> Any:
        axes = tuple(i for n, i in position.items() if n not in names)
        starts, ends = first.sum(axis=axes, keepdims=True), last.sum(axis=axes, keepdims=True)
        moving = np.empty(starts.size, dtype=object)
        moving[:] = relaxing(starts.flat, ends.flat)
        return moving.reshape(starts.shape)

    product = marginal(())  # of nothing, 1
    for n, parents in families:
        product = product * (marginal((n, *parents)) / marginal(parents))
    p = list(np.broadcast_to(product, shape).flat)
    if M.structure.families is None and (F := statistics_matrix(M)) is not None:
        return _exponential_curve(F, p, p_0, field)
    if M.structure.families is not None:
        values: list[RationalFunction] | None = _network_parameters(M, M.structure.families, p_0, q)
    else:
        values = _affine_parameters(M, p, field)
    if values is None:
        return None
    at = Geometry(M, Point(M.field, tuple(values)))
    return _Curve(tuple(map(field.to_sympy, values)), p, at.scores) if M.normalised and at.probabilities == p else None


def _network_parameters(
    M: Parametrization, families: Sequence[Family], p_0: list[Rational], q: list[Rational]
) -> list[RationalFunction]:
    """The entries of the conditional tables along the curve: rows in the order of the parents' states."""
    values: dict[int, RationalFunction] = {}
    for family in families:
        for row, first, last in zip(family.rows, *(node_masses(M, family, law) for law in (p_0, q)), strict=True):
            masses = relaxing(first, last)
            values.update(zip(row, (m / masses[0].field.sum(masses) for m in masses), strict=False))
    return [values[i] for i in range(len(M.parameters))]


def _affine_parameters(M: Parametrization, p: list[RationalFunction], field: Field) -> list[RationalFunction] | None:
    """Parameters of a table that is affine in them: a left inverse of its matrix."""
    n = len(M.parameters)
    forms = [form for w in M.weights if (form := w.affine_form()) is not None]
    matrix = Matrix(QQ, [[as_rational(slopes.get(i, 0)) for i in range(n)] for _, slopes in forms], n)
    gram = matrix.T @ matrix
    if len(forms) < len(p) or gram.rank() < n:
        return None
    shifted = Matrix.column(field, [e - field.constant(c) for e, (c, _) in zip(p, forms, strict=True)])
    return ((gram.inverse() @ matrix.T).map(field.constant, field) @ shifted).column_entries()


def _exponential_curve(F: Matrix, p: list[RationalFunction], p_0: list[Rational], field: Field) -> _Curve | None:
    """theta(t) - theta_0 = A log(p(t)/p_0), A the least-squares inverse of F modulo constants; membership is toric."""
    ones = Matrix.column(QQ, [QQ.one] * len(p))
    ratios = [e / field.constant(s) for e, s in zip(p, p_0, strict=True)]
    if not _toric(F.beside(ones).T.nullspace(), ratios, field):
        return None
    centred = F - (ones @ (ones.T @ F)).map(lambda e: e / len(p))
    gram = centred.T @ centred
    inverse = minimum_norm(gram.generalised_inverse() @ centred.T, gram)  # orthogonal to the redundant directions
    logs = [sympy.log(field.to_sympy(r)) if r != field.one else sympy.Integer(0) for r in ratios]
    moved = tuple(
        sympy.Add(*(rational_to_sympy(a) * e for a, e in zip(row, logs, strict=True) if a)) for row in inverse.rows
    )
    F, ones = (m.map(field.constant, field) for m in (F, ones))
    return _Curve(moved, p, F - ones @ (Matrix(field, [p]) @ F))


def _toric(null: Matrix, ratios: list[RationalFunction], field: Field) -> bool:
    """Whether prod (p/p_0)**k = 1 for integer k spanning the functions orthogonal to the statistics and to 1."""
    for column in null.T.rows:
        scale = int(np.lcm.reduce([int(c.q) for c in column]))
        value = field.one
        for r, c in zip(ratios, column, strict=True):
            power = int((c * scale).p)
            value = value * r**power if power else value
        if value != field.one:
            return False
    return True


def _verify(
    objective: Objective, M: Parametrization, curve: _Curve, p_0: list[Rational], q: list[Rational]
) -> tuple[str, ...] | None:
    """The identities of the module docstring, in Q(e^-t); None if one of them fails."""
    p, scores, pi = curve.p, curve.scores, M.space.fibration
    field = p[0].field
    if [e.evaluate([QQ.one]) for e in p] != list(p_0) or field.sum(p) != field.one:
        return None
    velocity, goal, said = [e.derivative(0) for e in p], list(map(field.constant, q)), "S^T (q - dp/dt) = 0"
    if objective.visible:
        p_v, p_star = pi.totals(p, field.sum), pi.totals(goal, field.sum)
        ratio = [b / v for b, v in zip(p_star, p_v, strict=True)]
        goal, said = [e * r for e, r in zip(p, pi.repeated(ratio), strict=True)], "S^T (p(h|v) p*(v) - dp/dt) = 0"
    if objective.on_visible_model:
        columns = [pi.totals([e * s for e, s in zip(p, column, strict=True)], field.sum) for column in scores.T.rows]
        scores = Matrix.from_columns(field, columns, len(p_v)).scale_rows([field.one / v for v in p_v])
        velocity, goal, said = pi.totals(velocity, field.sum), p_star, "S_V^T (p* - dp_V/dt) = 0"
    residual = Matrix.column(field, [b - v for b, v in zip(goal, velocity, strict=True)])
    return ("p(t) in M", "p(0) = p_0", "sum p(t) = 1", said) if (scores.T @ residual).is_zero() else None


# ---- Less than p(t) ---------------------------------------------------------------------------------------


def _network_powers(objective: Objective, M: Parametrization, point: Point) -> ClosedForm | None:
    """A network with immoralities: parameters as powers of functions of e^-t, probabilities as their products."""
    parameters = network_flow(M, point, rational_distribution(objective.distribution, M.space))
    if parameters is None:
        return None
    replace = dict(zip(M.parameters, parameters, strict=True))
    p = [M.probability(x).xreplace(replace) for x in range(M.space.n_states)]
    visible = tuple(sympy.Add(*(p[x] for x in f)) for f in M.space.fibration)
    verified = ("-grad moves each row by (q_k/p_k) (q(.|k) - theta_k)", "d log W_k/dt = -q_k/p_k", "W_k(0) = 1")
    return ClosedForm(TIME, parameters, tuple(p), visible, None, None, verified)


def _open_visible_flow(objective: Objective, M: Parametrization, point: Point) -> ClosedForm | None:
    """M_V open in P(V): the flow of D(p*||.) is the segment from p_V to p* in mixture coordinates, while inside M_V."""
    space = M.space
    if numeric(M).ranks.visible != space.n_visible - 1:
        return None
    field, _ = exponential_time()
    p_v = geometry(M, point).visible_probabilities
    p_star = rational_distribution(objective.distribution, space, visible=True)
    curve = relaxing(p_v, p_star)
    if any(e.derivative(0) != field.constant(b) - e for e, b in zip(curve, p_star, strict=True)):
        return None
    visible = tuple(field.to_sympy(e, factored=False) for e in curve)
    verified = ("rank J_V = |V| - 1", "dp_V/dt = p* - p_V", "p_V(0) = p_V0")
    return ClosedForm(TIME, None, None, visible, None, None, verified, "in P(V), as long as the curve stays in M_V")


def _expectation_flow(objective: Objective, M: Parametrization, start: Sequence[sympy.Expr]) -> ClosedForm | None:
    """eta(t) on any exponential family, with exact (possibly transcendental) coefficients."""
    statistics = statistics_matrix(M)
    if statistics is None:
        return None
    a, b = sympy.symbols("eta_0 eta_q")
    field = Field([TIME, a, b], [a, b, sympy.exp(-TIME)])
    e_0, e_q, u = (field.generator(i) for i in range(3))
    eta = e_q + (e_0 - e_q) * u
    if eta.derivative(0) != e_q - eta:
        return None
    F = statistics.to_sympy()
    theta = sympy.Matrix(list(start))
    weights = [_weight_at_zero(M, x) * sympy.exp((F[x, :] * theta)[0]) for x in range(M.space.n_states)]
    total = sympy.Add(*weights)
    q = [rational_to_sympy(v) for v in rational_distribution(objective.distribution, M.space)]
    eta_0 = F.T * sympy.Matrix(weights) / total
    eta_q = F.T * sympy.Matrix(q)
    expectation = eta_q + (eta_0 - eta_q) * sympy.exp(-TIME)
    verified = ("log-derivatives of the weights are constant: S = F - eta", "d eta/dt = eta_q - eta", "eta(0) = eta_0")
    return ClosedForm(TIME, None, None, None, F, expectation, verified)


def _weight_at_zero(M: Parametrization, x: int) -> sympy.Expr:
    """The weight of a state at theta = 0: its coefficient and the constants of its exponents."""
    table, field = M.factor_table, M.field
    weight = sympy.Rational(Fraction(int(table.coefficients[x].p), int(table.coefficients[x].q)))
    for f in np.flatnonzero(table.exponents[x]):
        value = field.to_sympy(table.factors[f]).subs(dict.fromkeys(M.parameters, 0))
        weight *= value ** int(table.exponents[x, f])
    return weight
