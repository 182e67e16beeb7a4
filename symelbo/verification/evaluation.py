"""The formulas of the statements, evaluated: each name denotes a matrix of the geometry, at a point or over K."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from symelbo.budget import LIMITS
from symelbo.exact import Entry, Matrix
from symelbo.geometry import (
    Geometry,
)
from symelbo.statements import Formula

__all__ = ["holds", "is_too_large", "quantity"]


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
