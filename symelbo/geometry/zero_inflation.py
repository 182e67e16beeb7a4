"""The zero-inflated Poisson model: v = 0 by structure with probability pi, else Poisson with mean r; exact throughout.

Only the fibre over v = 0 has two states, so E[.|v], and with it G_V and Delta, are exact.  With t = exp(-r):

    functions on X       1_z, 1{v=0} 1_P, 1_P, v 1_P      z the structural zero, P the Poisson part
    functions of v       1{v=0}, 1, v                     P(z | v=0) = pi / (pi + (1 - pi) t)

Reference: Lambert (1992).
"""

from __future__ import annotations

from functools import cached_property

import sympy

from symelbo.exact import Entry, Matrix
from symelbo.geometry.scorespace import ScoreSpace, score_space
from symelbo.models.exponential_mixtures import ZeroInflatedPoisson
from symelbo.models.points import Point

__all__ = ["ZeroInflationScores", "zero_inflation_scores"]


class ZeroInflationScores(ScoreSpace):
    """The scores of the zero-inflated Poisson model."""

    def _values(self) -> tuple[Entry, Entry, Entry]:
        """Pi, r and t."""
        field = self.model.field
        elements = (field.from_sympy(e) for e in (*self.model.parameters, sympy.exp(-self.model.parameters[1])))
        if self.point is None:
            p, rate, t = elements
        else:
            p, rate, t = (self.domain.constant(0) + e.evaluate(self.point.values) for e in elements)
        return p, rate, t

    def _matrix(self, rows: list[list[Entry | int]]) -> Matrix:
        return Matrix(
            self.domain, [[self.domain.constant(e) if isinstance(e, int) else e for e in row] for row in rows]
        )

    @property
    def one(self) -> Matrix:
        """The constant function 1."""
        return self._matrix([[1], [0], [1], [0]])

    @cached_property
    def scores(self) -> Matrix:
        """``1_z / pi - 1_P / (1 - pi)`` and ``(v / r - 1) 1_P``."""
        p, rate, _ = self._values()
        one = self.domain.one
        return self._matrix([[one / p, 0], [0, 0], [-one / (one - p), -1], [0, one / rate]])

    @cached_property
    def _structural(self) -> Entry:
        """P(z | v = 0)."""
        p, _, t = self._values()
        return p / (p + (self.domain.one - p) * t)

    def mean(self, functions: Matrix) -> Matrix:
        """E[.|v]."""
        c = self._structural
        return self._matrix([[c, self.domain.one - c, -c, 0], [0, 0, 1, 0], [0, 0, 0, 1]]) @ functions

    def lift(self, visible: Matrix) -> Matrix:
        """Functions of v as functions on X."""
        return self._matrix([[1, 1, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) @ visible

    def dual(self, functions: Matrix) -> Matrix:
        """The Gram matrix applied."""
        p, rate, t = self._values()
        rest = self.domain.one - p
        zero, mean = rest * t, rest * rate
        square = mean + mean * rate
        gram = self._matrix([[p, 0, 0, 0], [0, zero, zero, 0], [0, zero, rest, mean], [0, 0, mean, square]])
        return gram @ functions

    def visible_dual(self, visible: Matrix) -> Matrix:
        """The Gram matrix of functions of v, applied."""
        p, rate, t = self._values()
        rest = self.domain.one - p
        zero, mean = p + rest * t, rest * rate
        gram = self._matrix([[zero, zero, 0], [zero, 1, mean], [0, mean, mean + mean * rate]])
        return gram @ visible


@score_space.register
def zero_inflation_scores(model: ZeroInflatedPoisson, point: Point | None = None) -> ZeroInflationScores:
    """Return the scores over the field (kept for the next call) or at an exact point."""
    if point is not None:
        return ZeroInflationScores(model, point)
    return model.keep("scores", lambda: ZeroInflationScores(model))
