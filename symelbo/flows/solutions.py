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
from typing import Any

import networkx as nx
import numpy as np
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import ExactnessError
from symelbo.exact import QQ, Field, Matrix, Rational, RationalFunction, as_rational, rational_to_sympy
from symelbo.flows.compiled import numeric, rational_distribution
from symelbo.flows.network_flows import network_flow, node_masses
from symelbo.geometry import geometry
from symelbo.models.parametrization import Parametrization, Point
from symelbo.models.structure import Family
from symelbo.objectives import Objective
from symelbo.spaces import Space
from symelbo.typesetting import Unfolding

TIME = sympy.Symbol("t", nonnegative=True)


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
    """A candidate: parameters (sympy), p and scores along it, over Q(e^-t); ``member`` says that p lies in M."""

    parameters: tuple[sympy.Expr, ...] | None
    p: list[RationalFunction]
    scores: list[list[RationalFunction]]
    member: bool


def exponential_time() -> tuple[Field, RationalFunction]:
    """Return the field Q(t, e^-t) and the element e^-t."""
    field = Field([TIME], [sympy.exp(-TIME)])
    return field, field.generator(0)


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
    p_0 = geometry(M, point).probabilities
    families = _perfect_families(M)
    if families is None:
        return None
    q = _target(objective, M, p_0)
    curve = _decomposable_curve(M, families, p_0, q)
    if curve is None:
        return None
    verified = _verify(objective, M, curve, p_0, q)
    if verified is None:
        return None
    field = curve.p[0].field
    statistics = statistics_matrix(M)
    expectation, parameters = None, curve.parameters
    if statistics is not None and parameters is not None:
        parameters = tuple(a + b for a, b in zip(start, parameters, strict=True))
        columns = zip(*statistics, strict=True)
        means = [field.sum(field.constant(f) * e for f, e in zip(c, curve.p, strict=True)) for c in columns]
        expectation = sympy.Matrix([field.to_sympy(e, factored=False) for e in means])
    return ClosedForm(
        TIME,
        parameters,
        tuple(field.to_sympy(e) for e in curve.p),
        tuple(field.to_sympy(e) for e in _marginal(M.space, curve.p)),
        None if statistics is None else sympy.Matrix([[rational_to_sympy(e) for e in r] for r in statistics]),
        expectation,
        verified,
    )


def _target(objective: Objective, M: Parametrization, p_0: list[Rational]) -> list[Rational]:
    """The q of D(q||.); for objectives of p_V alone p_0(h|v) p*(v)."""
    if not objective.visible:
        return rational_distribution(objective.distribution, M.space)
    p_star = rational_distribution(objective.distribution, M.space, visible=True)
    pi = M.space.fibration
    ratio = [a / b for a, b in zip(p_star, pi.totals(p_0, QQ.sum), strict=True)]
    return [p * r for p, r in zip(p_0, pi.repeated(ratio), strict=True)]


def statistics_matrix(M: Parametrization) -> list[list[Rational]] | None:
    """F with w(x) = c(x) exp(F theta), |X| x d, or None if the model is no exponential family in its parameters."""
    logs = M.log_derivatives
    if M.normalised or not all(e.is_constant for row in logs for e in row):
        return None
    values = [[e.rational_value() for e in row] for row in logs]
    rows = []
    for exponents in M.factor_table.exponents:
        active = np.flatnonzero(exponents)
        rows.append(
            [QQ.sum(values[f][i] * as_rational(int(exponents[f])) for f in active) for i in range(len(M.parameters))]
        )
    return rows


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
    if ordered is None or _dimension(M.space, ordered) != rank:
        return None
    return ordered


def _interaction_graph(space: Space, statistics: list[list[Rational]]) -> nx.Graph:
    """Two variables are joined where some statistic is no sum of functions without the one and without the other."""
    graph = nx.Graph()
    graph.add_nodes_from(space.names)
    shape = [len(v) for v in space.variables]
    for column in zip(*statistics, strict=True):
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


def _dimension(space: Space, families: list[tuple[str, tuple[str, ...]]]) -> int:
    sizes = {v.name: len(v) for v in space.variables}
    return sum((sizes[n] - 1) * int(np.prod([sizes[p] for p in parents], dtype=int)) for n, parents in families)


def _decomposable_curve(
    M: Parametrization, families: list[tuple[str, tuple[str, ...]]], p_0: list[Rational], q: list[Rational]
) -> _Curve | None:
    """p(t) = prod_i m_t(fa_i) / m_t(pa_i) with the marginals m_t = m_q + (m_0 - m_q) e^-t."""
    field, u = exponential_time()
    shape = [len(v) for v in M.space.variables]
    position = {n: i for i, n in enumerate(M.space.names)}
    first, last = (np.array(v, dtype=object).reshape(shape) for v in (p_0, q))

    def marginal(names: tuple[str, ...]) -> Any:
        axes = tuple(i for n, i in position.items() if n not in names)
        starts, ends = first.sum(axis=axes, keepdims=True), last.sum(axis=axes, keepdims=True)
        moving = [field.constant(b) + field.constant(a - b) * u for a, b in zip(starts.flat, ends.flat, strict=True)]
        return _objects(moving, starts.shape)

    p: Any = _objects([field.one], ())
    for n, parents in families:
        p = p * (marginal((n, *parents)) / marginal(parents))
    p = list(np.broadcast_to(p, shape).flat)
    if M.structure.families is not None:
        values: list[RationalFunction] | None = _network_parameters(M, M.structure.families, p_0, q)
    elif statistics_matrix(M) is None:
        values = _affine_parameters(M, p, field)
    else:
        return _exponential_curve(M, p, p_0, field)
    if values is None:
        return None
    table = M.factor_table
    composed = [f.evaluate(values) for f in table.factors]
    member = all(_product(composed, table.exponents[x], table.coefficients[x], field) == e for x, e in enumerate(p))
    logs = [[e.evaluate(values) for e in row] for row in M.log_derivatives]
    scores = [
        [field.sum(field.constant(int(e[f])) * logs[f][i] for f in np.flatnonzero(e)) for i in range(len(M.parameters))]
        for e in table.exponents
    ]
    return _Curve(tuple(field.to_sympy(v) for v in values), p, scores, member and M.normalised)


def _objects(entries: list[Any], shape: tuple[int, ...]) -> Any:
    array = np.empty(len(entries), dtype=object)
    array[:] = entries
    return array.reshape(shape)


def _network_parameters(
    M: Parametrization, families: Sequence[Family], p_0: list[Rational], q: list[Rational]
) -> list[RationalFunction]:
    """The entries of the conditional tables along the curve: rows in the order of the parents' states."""
    field, u = exponential_time()
    values: dict[int, RationalFunction] = {}
    for family in families:
        for row, first, last in zip(family.rows, *(node_masses(M, family, law) for law in (p_0, q)), strict=True):
            masses = [field.constant(b) + field.constant(a - b) * u for a, b in zip(first, last, strict=True)]
            values.update(zip(row, (m / field.sum(masses) for m in masses), strict=False))
    return [values[i] for i in range(len(M.parameters))]


def _affine_parameters(M: Parametrization, p: list[RationalFunction], field: Field) -> list[RationalFunction] | None:
    """Parameters of a table that is affine in them: a left inverse of its matrix."""
    n = len(M.parameters)
    rows, constants = [], []
    for w in M.weights:
        form = w.affine_form()
        if form is None:
            return None
        constants.append(form[0])
        rows.append([as_rational(form[1].get(i, 0)) for i in range(n)])
    matrix = Matrix(QQ, rows, n)
    gram = matrix.T @ matrix
    if gram.rank() < n:
        return None
    inverse = gram.inverse() @ matrix.T
    shifted = [e - field.constant(c) for e, c in zip(p, constants, strict=True)]
    return [field.sum(field.constant(a) * e for a, e in zip(r, shifted, strict=True) if a) for r in inverse.rows]


def _exponential_curve(
    M: Parametrization, p: list[RationalFunction], p_0: list[Rational], field: Field
) -> _Curve | None:
    """theta(t) = theta_0 + A log(p(t)/p_0), A the least-squares inverse of F modulo constants; membership is toric."""
    statistics = statistics_matrix(M)
    assert statistics is not None  # narrows the type; the caller has tested it
    n = len(M.parameters)
    F = Matrix(QQ, statistics, n)
    extended = F.beside(Matrix(QQ, [[as_rational(1)]] * len(p), 1))
    member = _toric(extended.T.nullspace(), p, p_0, field)
    mean = [QQ.sum(c) / as_rational(len(p)) for c in zip(*statistics, strict=True)]
    centred = F.map_rows(lambda r: [a - b for a, b in zip(r, mean, strict=True)])
    gram = centred.T @ centred
    kernel = gram.nullspace()
    inverse = gram.generalised_inverse() @ centred.T
    if kernel.ncols:  # of minimum norm: theta moves orthogonally to the redundant directions
        inverse = inverse - kernel @ ((kernel.T @ kernel).inverse() @ (kernel.T @ inverse))
    ratios = [e / field.constant(s) for e, s in zip(p, p_0, strict=True)]
    logs = [sympy.log(field.to_sympy(r)) if r != field.one else sympy.Integer(0) for r in ratios]
    moved = tuple(
        sympy.Add(*(rational_to_sympy(a) * e for a, e in zip(row, logs, strict=True) if a)) for row in inverse.rows
    )
    means = [field.sum(field.constant(f) * e for f, e in zip(c, p, strict=True)) for c in zip(*statistics, strict=True)]
    scores = [[field.constant(f) - m for f, m in zip(r, means, strict=True)] for r in statistics]
    return _Curve(moved, p, scores, member)  # theta(t) - theta_0; the start is added by the caller


def _toric(null: Matrix, p: list[RationalFunction], p_0: list[Rational], field: Field) -> bool:
    """Whether prod (p/p_0)**k = 1 for integer k spanning the functions orthogonal to the statistics and to 1."""
    ratios = [e / field.constant(s) for e, s in zip(p, p_0, strict=True)]
    for column in null.T.rows:
        scale = int(np.lcm.reduce([int(c.q) for c in column]))
        value = field.one
        for r, c in zip(ratios, column, strict=True):
            power = int((c * scale).p)
            value = value * r**power if power else value
        if value != field.one:
            return False
    return True


def _product(factors: list[RationalFunction], exponents: Any, coefficient: Rational, field: Field) -> RationalFunction:
    value = field.constant(coefficient)
    for f in np.flatnonzero(exponents):
        value = value * factors[f] ** int(exponents[f])
    return value


def _marginal(space: Space, p: list[RationalFunction]) -> list[RationalFunction]:
    return space.fibration.totals(p, p[0].field.sum)


def _verify(
    objective: Objective, M: Parametrization, curve: _Curve, p_0: list[Rational], q: list[Rational]
) -> tuple[str, ...] | None:
    """The identities of the module docstring, in Q(e^-t); None if one of them fails."""
    field, p, S = curve.p[0].field, curve.p, curve.scores
    n, pi = len(M.parameters), M.space.fibration
    at_start = [e.evaluate([as_rational(1)]) for e in p]
    if not curve.member or at_start != list(p_0) or field.sum(p) != field.one:
        return None
    velocity = [e.derivative(0) for e in p]
    known = ("p(t) in M", "p(0) = p_0", "sum p(t) = 1")

    def orthogonal(scores: list[list[RationalFunction]], residual: list[RationalFunction]) -> bool:
        return not any(field.sum(s[i] * r for s, r in zip(scores, residual, strict=True) if r) for i in range(n))

    if not objective.visible:
        residual = [field.constant(b) - v for b, v in zip(q, velocity, strict=True)]
        return (*known, "S^T (q - dp/dt) = 0") if orthogonal(S, residual) else None
    p_v, p_star = _marginal(M.space, p), pi.totals(q, QQ.sum)
    if objective.on_visible_model:
        S_v = [[field.sum(p[x] * S[x][i] for x in f) / p_v[v] for i in range(n)] for v, f in enumerate(pi)]
        velocity_v = _marginal(M.space, velocity)
        residual = [field.constant(b) - v for b, v in zip(p_star, velocity_v, strict=True)]
        return (*known, "S_V^T (p* - dp_V/dt) = 0") if orthogonal(S_v, residual) else None
    ratio = [field.constant(b) / v for b, v in zip(p_star, p_v, strict=True)]
    residual = [e * r - v for e, r, v in zip(p, pi.repeated(ratio), velocity, strict=True)]
    return (*known, "S^T (p(h|v) p*(v) - dp/dt) = 0") if orthogonal(S, residual) else None


# ---- Less than p(t) ---------------------------------------------------------------------------------------


def _network_powers(objective: Objective, M: Parametrization, point: Point) -> ClosedForm | None:
    """A network with immoralities: parameters as powers of functions of e^-t, probabilities as their products."""
    parameters = network_flow(M, point, rational_distribution(objective.distribution, M.space), TIME)
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
    field, u = exponential_time()
    p_v = geometry(M, point).visible_probabilities
    p_star = rational_distribution(objective.distribution, space, visible=True)
    curve = [field.constant(b) + field.constant(a - b) * u for a, b in zip(p_v, p_star, strict=True)]
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
    F = sympy.Matrix([[rational_to_sympy(e) for e in r] for r in statistics])
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
