"""Recognition models q_phi(h|v): what they do to the ELBO's natural gradient.

For data p* on V and a recognition model q_phi the averaged ELBO is

    ELBO(theta, phi) = sum_v p*(v) sum_h q_phi(h|v) log( p_theta(v,h) / q_phi(h|v) )
                     = sum_v p*(v) log p_V(v) - GAP,        GAP = sum_v p*(v) D(q_phi(.|v) || p_theta(.|v)).

* In theta it is -D(q||.) with q = p* q_phi: its natural gradient is linear in q, and its image in P(V) changes with phi
  by dpi proj_T of vertical vectors.  That is 0 where the model is cylindrical; elsewhere a family sees as many of the m
  oblique directions as its derivatives, taken together, reach.
* In phi the metric is that of the conditionals, sum_v p*(v) sum_h q ds ds^T with s = log q_phi.
* Wake-sleep keeps the theta-step (wake) and moves phi along -D(p_theta || p_V q_phi) instead (sleep), which has no
  logarithms (Hinton, Dayan, Frey, Neal 1995).

All numbers are exact at rational points; only GAP, ELBO and its gradient in phi contain logarithms of rationals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from typing import Any

import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import DomainError, ModelError
from symelbo.exact import QQ, Field, Matrix, Rational, RationalFunction, as_expression, as_rational, rational_to_sympy
from symelbo.explanation.em import rational_geometry
from symelbo.geometry import measured, ranks_at
from symelbo.models.domain import Constraint, Domain
from symelbo.models.entries import shown_state, values_by_state
from symelbo.models.parametrization import Parametrization, Point
from symelbo.models.points import exact_point
from symelbo.objectives import distribution, minimum_norm
from symelbo.spaces import Space, as_space
from symelbo.typesetting import Unfolding
from symelbo.typesetting.sentences import Words, ascii_text, read


@dataclass(frozen=True, slots=True)
class RecognitionModel(Unfolding):
    """A family of conditional distributions q_phi(h|v), as a table over its own field Q(phi, exp(phi)).

    ``conditionals`` are in the order of the states of ``space``; they sum to 1 over each fibre.
    """

    space: Space
    field: Field
    conditionals: tuple[RationalFunction, ...]
    domain: Domain
    name: str

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The parameters phi."""
        return self.field.parameters

    def derivatives(self) -> Matrix:
        """The derivatives d q(h|v) / d phi_k, |X| x k."""
        return Matrix(self.field, [e.gradient() for e in self.conditionals], len(self.parameters))

    def at(self, phi: Mapping[Any, Any] | Point) -> Point:
        """Return a point of the family, checked to lie in its domain."""
        return phi if isinstance(phi, Point) else exact_point(self.field, self.domain, phi)

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """The conditional probability of every state, given what is seen of it."""
        space = self.space
        yield from (
            (f"q({space.key(s)} | {space.visible_key(space.visible_states[v])})", self.field.to_sympy(e))
            for s, v, e in zip(space.states, space.fibration.below.tolist(), self.conditionals, strict=True)
        )
        yield "domain", self.domain

    def __repr__(self) -> str:
        return f"{self.name} on {self.space.n_states} states, parameters {', '.join(map(str, self.parameters))}"


@budgeted("the recognition model")
def recognition_model(
    space: Space,
    table: Mapping[Any, Any] | Sequence[Any],
    parameters: Sequence[sympy.Symbol],
    domain: Sequence[sympy.Basic] = (),
    *,
    name: str = "Recognition model",
    budget: Limit = None,
) -> RecognitionModel:
    """Return a recognition model from its conditional probabilities q_phi(h|v).

    Parameters
    ----------
    space : SampleSpace or StateSpace
    table : mapping from state (visible labels first) to expression, or list in the order of the states
    parameters : sequence of Symbol
    domain : sympy relationals; default: all parameters for which the conditionals are positive
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    ModelError
        The conditionals do not sum to 1 for some visible state, or a state is missing.

    >>> from symelbo.spaces import SampleSpace
    >>> f = sympy.Symbol("f")
    >>> space = SampleSpace(visible={"v": 2}, hidden={"h": 2})
    >>> recognition_model(space, [f, 1 - f, f**2, 1 - f**2], [f], [f > 0, f < 1])
    Recognition model on 4 states, parameters f
    """
    space = as_space(space, "recognition_model")
    entries = zip(space.states, values_by_state(space, table, "recognition_model: the table"), strict=True)
    expressions = [as_expression(e, f"recognition_model: q at {shown_state(s)}") for s, e in entries]
    field = Field.containing(expressions, list(parameters))
    elements = tuple(field.from_sympy(e, f"q at {s}") for e, s in zip(expressions, space.states, strict=True))
    for v, fibre in enumerate(space.fibration):
        if field.sum(elements[x] for x in fibre) != field.one:
            raise ModelError(f"recognition_model: q(.|v) does not sum to 1 for v = {space.visible_states[v]}")
    positive = {str(e): Constraint(e, f"{e} > 0") for e in elements if not e.is_constant}
    inside = Domain.from_relationals(field, domain) if domain else Domain(field, tuple(positive.values()))
    for values in islice(inside.interior_points(seed=1), 8):
        if any(e.evaluate(values) <= 0 for e in elements):
            raise ModelError("recognition_model: a conditional probability is not positive inside the domain")
    return RecognitionModel(space, field, elements, inside, name)


def mean_field(space: Space, *, name: str = "Mean field") -> RecognitionModel:
    """Return q(h|v) = prod_j q_j(h_j|v), with free tables for every hidden variable and visible state.

    Raises
    ------
    ModelError
        The states are no product of variables: there is nothing to factorise.

    >>> from symelbo.spaces import SampleSpace
    >>> mean_field(SampleSpace(visible={"v": 2}, hidden={"h": 2, "k": 2})).parameters
    (q_h_v1, q_k_v1, q_h_v2, q_k_v2)
    """
    space = as_space(space, "mean_field")
    if not space.is_product:
        raise ModelError("mean_field: the states are no product of variables; free_recognition takes any states")
    hidden = [(v.name, range(len(v))) for v in space.hidden]
    cells = list(product(*(labels for _, labels in hidden)))
    return _tables(space, [[(n, [c[j] for c in cells]) for j, (n, _) in enumerate(hidden)]] * space.n_visible, name)


def free_recognition(space: Space, *, name: str = "Free recognition model") -> RecognitionModel:
    """Return the family of all positive conditional distributions q(h|v).

    >>> from symelbo.models import model_b
    >>> free_recognition(model_b().space).parameters
    (q_x_v1, q_x_v2, q_x_v3, q_x_v4)
    """
    space = as_space(space, "free_recognition")
    title = "_".join(v.name for v in space.hidden or space.variables)
    return _tables(space, [[(title, list(range(len(fibre))))] for fibre in space.fibration], name)


def _tables(space: Space, fibres: Sequence[Sequence[tuple[str, list[int]]]], name: str) -> RecognitionModel:
    """For each fibre the product of free tables: of each its title, and the cell of every state."""
    symbols: list[sympy.Symbol] = []
    rows: list[sympy.Expr] = []
    inside: list[sympy.Basic] = []
    for v, tables in enumerate(fibres):
        entries = []
        for title, cells in tables:
            n = max(cells) + 1
            free = [sympy.Symbol(f"q_{title}_v{v + 1}" + (f"_{k + 1}" if n > 2 else "")) for k in range(n - 1)]
            table = [*free, 1 - sympy.Add(*free)]
            symbols += free
            inside += [sympy.StrictGreaterThan(e, 0) for e in table if e.free_symbols]
            entries.append([table[k] for k in cells])
        rows += [sympy.Mul(*choice) for choice in zip(*entries, strict=True)]
    return recognition_model(space, rows, symbols, inside, name=name)


@dataclass(frozen=True, slots=True)
class RecognitionDependence(Unfolding):
    """Whether the projected natural gradient of the ELBO in theta depends on phi, at one theta.

    Attributes
    ----------
    depends : bool
    seen : rank of phi's influence on dpi grad_theta ELBO
    oblique : m, the largest rank that any recognition model could have
    reach, vertical : dimension of the span of the family's derivatives, and of V_p
    """

    depends: bool
    seen: int
    oblique: int
    reach: int
    vertical: int

    @property
    def phrase(self) -> Words:
        """Which of the cases it is, and why, as a phrase with formulas."""
        if not self.oblique:
            return read("$T_pM$ is cylindrical there, so no recognition model changes the projected gradient")
        if not self.depends:
            return read(
                f"the family is too poor: its derivatives span {self.reach} of the {self.vertical} vertical "
                "directions, all of them invisible after projection, although other families are seen"
            )
        if self.seen < self.oblique:
            return read(f"$phi$ moves the projected gradient in {self.seen} of the {self.oblique} oblique directions")
        every = "the one oblique direction" if self.oblique == 1 else f"all {self.oblique} oblique directions"
        return read(f"rich enough: $phi$ moves the projected gradient in {every}")

    @property
    def words(self) -> str:
        """Which of the cases it is, and why."""
        return ascii_text(self.phrase)

    def __repr__(self) -> str:
        return self.words


@measured("dependence on the recognition model")
def recognition_dependence(
    M: Parametrization, q: RecognitionModel, at: Mapping[Any, Any] | Point, p_star: Any = None, *, budget: Limit = None
) -> RecognitionDependence:
    """Say whether, and how much, the projected natural gradient of the ELBO depends on the recognition parameters.

    Exact: the span over all phi of the derivatives of q_phi is found by evaluation (its dimension is a proved lower
    bound) and independence is an identity over Q(phi).

    >>> from symelbo.models import model_b
    >>> M = model_b()
    >>> at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    >>> recognition_dependence(M, free_recognition(M.space), at).seen
    1
    """
    where = rational_geometry(M, at)
    _same_space(M, q)
    data = _data(p_star, M.space)
    derivatives = q.derivatives().scale_rows([q.field.constant(w) for w in M.space.fibration.repeated(data)])
    # J_V G^- J^T diag(1/p) takes q to -dpi grad^M D(q||.).
    response = where.visible_jacobian @ where.metric_inverse @ where.scores.T
    lifted = response.map(q.field.constant, q.field)
    changes = lifted @ derivatives
    depends = any(any(r) for r in changes.rows)
    m = ranks_at(M, where.point).oblique if where.point is not None else 0
    span = _span(q, derivatives)
    reach = span.rank()
    seen = (response @ span).rank() if span.ncols else 0
    vertical = M.space.n_states - M.space.n_visible
    return RecognitionDependence(depends, seen, m, reach, vertical)


def _span(q: RecognitionModel, derivatives: Matrix) -> Matrix:
    """The span, over all phi, of the derivatives: columns at several rational points, until it stops growing."""
    if not q.parameters:
        return Matrix.zeros(QQ, derivatives.nrows, 0)
    found: Matrix | None = None
    stalled, rank = 0, 0
    points = q.domain.interior_points(seed=11)
    for values in points:
        here = Matrix(QQ, [[e.evaluate(values) for e in r] for r in derivatives.rows], derivatives.ncols)
        joined = here if found is None else found.beside(here)
        joined = joined.columns(joined.rref()[1])
        stalled = stalled + 1 if joined.ncols == rank else 0
        found, rank = joined, joined.ncols
        if stalled == 3:
            break
    if found is None:
        raise DomainError(f"no rational point found in the domain of the {q.name}")
    return found


@dataclass(frozen=True, slots=True)
class RecognitionGradients(Unfolding):
    """Everything that learning with a recognition model does at one point (theta, phi).

    All directions are directions of ascent.

    Attributes
    ----------
    elbo, evidence, gap : exact expressions in logarithms of rationals; elbo = evidence - gap
    gaps : the gap of every visible state, D(q_phi(.|v) || p_theta(.|v))
    theta : d x 1, natural gradient of the ELBO in theta (the wake step)
    projected : |V| x 1, its image in P(V);  visible : |V| x 1, natural gradient of the evidence on the visible model
    phi : k x 1, natural gradient of the ELBO in phi
    sleep : k x 1, natural gradient of -D(p_theta || p_V q_phi) in phi, rational
    sleep_ascent : the rate d ELBO / dt along the sleep direction
    """

    elbo: sympy.Expr
    evidence: sympy.Expr
    gap: sympy.Expr
    gaps: tuple[sympy.Expr, ...]
    theta: sympy.Matrix
    projected: sympy.Matrix
    visible: sympy.Matrix
    phi: sympy.Matrix
    sleep: sympy.Matrix
    sleep_ascent: sympy.Expr

    def __repr__(self) -> str:
        agree = "is" if self.projected == self.visible else "is not"
        return f"ELBO {self.elbo}; its projected natural gradient {agree} that of the evidence"


@measured("gradients with a recognition model")
def recognition_gradients(
    M: Parametrization,
    q: RecognitionModel,
    at: Mapping[Any, Any] | Point,
    phi: Mapping[Any, Any] | Point,
    p_star: Any = None,
    *,
    budget: Limit = None,
) -> RecognitionGradients:
    """Return the ELBO, its gap and all gradients at rational theta and phi, exactly.

    Parameters
    ----------
    M : Parametrization
    q : RecognitionModel, on the space of M
    at, phi : points of M and of q
    p_star : distribution on the visible states, default uniform

    >>> from symelbo.models import model_b
    >>> M = model_b()
    >>> q = free_recognition(M.space)
    >>> at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    >>> found = recognition_gradients(M, q, at, {p: "1/2" for p in q.parameters})
    >>> found.projected.T, found.sleep.T
    (Matrix([[1/18, 1/36, 1/36, -1/9]]), Matrix([[5/26, 1/34, 1/34, -7/50]]))
    """
    where = rational_geometry(M, at)
    _same_space(M, q)
    data = _data(p_star, M.space)
    repeated = M.space.fibration.repeated(data)
    values = q.at(phi).values
    conditional = [e.evaluate(values) for e in q.conditionals]
    joint = [w * c for w, c in zip(repeated, conditional, strict=True)]
    posterior = where.conditionals
    gaps = []
    for fibre in M.space.fibration:
        gaps.append(sympy.Add(*(_times_log(conditional[x], conditional[x] / posterior[x]) for x in fibre)))
    gap = sympy.Add(*(rational_to_sympy(w) * g for w, g in zip(data, gaps, strict=True)))
    evidence = sympy.Add(*(_times_log(w, p) for w, p in zip(data, where.visible_probabilities, strict=True)))
    covector = where.scores.T @ Matrix.column(QQ, joint)
    theta = where.metric_inverse @ covector
    ratio = Matrix.column(QQ, [w / p for w, p in zip(data, where.visible_probabilities, strict=True)])
    slopes = Matrix(QQ, [[e.evaluate(values) for e in r] for r in q.derivatives().rows], len(q.parameters))
    rates = slopes.scale_rows([1 / c for c in conditional])
    metric = rates.T @ rates.scale_rows(joint)
    inverse = metric.generalised_inverse()
    logs = [-_times_log(as_rational(1), c / p) for c, p in zip(conditional, posterior, strict=True)]
    euclidean = sympy.Matrix(
        [
            sympy.Add(*(rational_to_sympy(repeated[x] * slopes[x, k]) * logs[x] for x in range(M.space.n_states)))
            for k in range(len(q.parameters))
        ]
    )
    sleeping = rates.T @ rates.scale_rows(
        [p * c for p, c in zip(M.space.fibration.repeated(where.visible_probabilities), conditional, strict=True)]
    )
    sleep = sleeping.generalised_inverse() @ (rates.T @ Matrix.column(QQ, where.probabilities))
    sleep_shown = minimum_norm(sleep, rates).to_sympy()
    return RecognitionGradients(
        elbo=evidence - gap,
        evidence=evidence,
        gap=gap,
        gaps=tuple(gaps),
        theta=minimum_norm(theta, where.scores).to_sympy(),
        projected=(where.visible_jacobian @ theta).to_sympy(),
        visible=(where.visible_cometric @ ratio).to_sympy(),
        phi=inverse.to_sympy() * euclidean,
        sleep=sleep_shown,
        sleep_ascent=(sleep_shown.T * euclidean)[0] if q.parameters else sympy.Integer(0),
    )


def _times_log(weight: Rational, argument: Rational) -> sympy.Expr:
    if not weight:
        return sympy.Integer(0)
    return rational_to_sympy(weight) * sympy.log(rational_to_sympy(argument))


def _data(p_star: Any, space: Space) -> list[Rational]:
    if p_star is None:
        return [as_rational(Fraction(1, space.n_visible))] * space.n_visible
    return distribution(p_star, space, visible=True)


def _same_space(M: Parametrization, q: RecognitionModel) -> None:
    if q.space.n_states != M.space.n_states or q.space.visible_states != M.space.visible_states:
        raise ModelError("the recognition model and the model have different states")
