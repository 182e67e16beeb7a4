"""The formulas of the statements, evaluated: each name denotes a matrix of the geometry, at a point or over K.

What that would cost over K is estimated before it is begun: the estimate decides the route.  The entries of G, G_V, U
and W have as common denominator the product of the distinct irreducible factors of the probabilities, joint or visible;
the number of terms of that product is what makes them large or small.  It is computed exactly as long as it stays below
the limit, so that the estimate is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce

from symelbo.budget import LIMITS
from symelbo.exact import Entry, Matrix, RationalFunction
from symelbo.geometry import Geometry, generic_screen, geometry
from symelbo.models.parametrization import Parametrization
from symelbo.statements import Formula


@dataclass(frozen=True, slots=True)
class Estimate:
    """The size of a model's tables, and of the denominators of its formulas (None: not computed, or too large)."""

    states: int
    visible_states: int
    parameters: int
    terms: int | None

    @property
    def symbolic(self) -> bool:
        """Whether formulas are evaluated over the field; otherwise they are at exact points."""
        return self.terms is not None

    def __str__(self) -> str:
        size = f"|X| = {self.states}, |V| = {self.visible_states}, d = {self.parameters}"
        if self.terms is not None:
            return f"{size}, denominators of up to {self.terms} terms: formulas are evaluated over the field"
        if self.states * self.parameters > LIMITS.symbolic_shape:
            return f"{size}, |X| d > {LIMITS.symbolic_shape}: formulas are evaluated at exact points"
        return f"{size}, denominators or minors with too many terms: formulas are evaluated at exact points"


def estimate(model: Parametrization) -> Estimate:
    """Return what evaluating the statements' formulas over the field would cost."""
    size = model.space.n_states, model.space.n_visible, len(model.parameters)
    if size[0] * size[2] > LIMITS.symbolic_shape:
        return Estimate(*size, None)
    joint = _terms([*model.factor_table.factors, model.partition])
    visible = None if joint is None else _terms(geometry(model).visible_probabilities)
    if joint is None or visible is None:
        return Estimate(*size, None)
    terms = max(joint, visible)
    # W inverts a matrix of this order whose entries have these denominators; its minors have their powers.
    annihilator = size[1] - generic_screen(model).ranks().visible
    order = min(annihilator, size[1] - annihilator)
    return Estimate(*size, terms if terms**order <= LIMITS.inverse_terms else None)


def is_affordable(model: Parametrization) -> bool:
    """Whether the identities of the statements are evaluated over the field; otherwise they are at exact points."""
    return estimate(model).symbolic


def _terms(elements: Iterable[RationalFunction]) -> int | None:
    """The number of terms of the product of the distinct irreducible factors; None if beyond the limit."""
    distinct: dict[str, RationalFunction] = {}
    for element in elements:
        for factor, _ in element.factors()[1]:
            distinct.setdefault(str(factor.num), factor)
    factors = sorted(distinct.values(), key=lambda f: len(f.num))
    if not factors:
        return 1
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
        if len(product.num) > LIMITS.symbolic_terms:
            return None
    terms = len(product.num)
    return terms if terms <= LIMITS.symbolic_terms else None


def quantity(name: str, at: Geometry) -> Matrix:
    """Return the matrix that a name in a formula denotes."""
    domain = at.domain

    def diagonal(entries: list[Entry], *, invert: bool = False) -> Matrix:
        return Matrix.diagonal(domain, [domain.one / e for e in entries] if invert else entries)

    def marginalisation() -> Matrix:
        rows = [[domain.zero] * len(at.probabilities) for _ in range(at.n_visible)]
        for x, v in enumerate(at.fibration.below.tolist()):
            rows[v][x] = domain.one
        return Matrix(domain, rows)

    table: dict[str, Callable[[], Matrix]] = {
        "J": lambda: at.jacobian,
        "J_V": lambda: at.visible_jacobian,
        "G": lambda: at.metric,
        "G_V": lambda: at.visible_metric,
        "G_H": lambda: at.missing_information,
        "G-": lambda: at.metric_inverse,
        "U": lambda: at.projected_cometric,
        "W": lambda: at.visible_cometric,
        "P": lambda: diagonal(at.probabilities),
        "P_V": lambda: diagonal(at.visible_probabilities),
        "D": lambda: diagonal(at.probabilities, invert=True),
        "D_V": lambda: diagonal(at.visible_probabilities, invert=True),
        "pi": marginalisation,
        "C": lambda: at.horizontal_lift(Matrix.identity(domain, at.n_visible)),
        "I": lambda: Matrix.identity(domain, len(at.probabilities)),
        "I_V": lambda: Matrix.identity(domain, at.n_visible),
        "P_T": lambda: at.tangent_projection,
        "P_H": lambda: at.horizontal_projection,
        "p": lambda: Matrix.column(domain, at.probabilities),
        "p_V": lambda: Matrix.column(domain, at.visible_probabilities),
        "1": lambda: Matrix.column(domain, [domain.one] * len(at.probabilities)),
        "1_V": lambda: Matrix.column(domain, [domain.one] * at.n_visible),
        "L": at.local_metric,
    }
    return table[name]()


def holds(formula: Formula, at: Geometry) -> bool:
    """Whether an identity holds: both sides are multiplied out, their difference is tested entry by entry."""
    cache: dict[str, Matrix] = {}

    def product(factors: tuple[tuple[str, bool], ...]) -> Matrix:
        matrices = []
        for name, transposed in factors:
            if name not in cache:
                cache[name] = quantity(name, at)
            matrices.append(cache[name].T if transposed else cache[name])
        return reduce(lambda a, b: a @ b, matrices)

    total: Matrix | None = None
    for side, terms in ((1, formula.left), (-1, formula.right)):
        for term in terms:
            value = product(term.factors)
            signed = value if side * term.sign > 0 else -value
            total = signed if total is None else total + signed
    return total is None or total.is_zero()


def is_too_large(formula: Formula, at: Geometry) -> bool:
    """Whether a formula has matrices of the order |X|, and the model too many states for them."""
    square = formula.names() & {"P", "D", "pi", "C", "I", "P_T", "P_H"}
    return bool(square) and len(at.probabilities) > LIMITS.square_states
