"""The tangent decomposition: T = (T n H_p) + (T n V_p) + an oblique rest, with bases and ranks.

dim T n H_p = r - r_vertical, dim T n V_p = r - r_visible, and the rest (their orthogonal complement in T) has the
dimension m = r_visible + r_vertical - r.  The model is cylindrical at p exactly when m = 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import sympy

from symelbo.errors import DomainError, InternalError
from symelbo.exact import Matrix, RationalField, pivots_mod
from symelbo.geometry.formulas import on_model
from symelbo.geometry.kernels import Kernels, generic_kernels
from symelbo.geometry.scorespace import Ranks, ScoreSpace, score_space
from symelbo.models.model import Model
from symelbo.models.points import Point
from symelbo.typesetting import Unfolding, equations, oriented, tuple_latex

# Primes that are tried for columns that are independent.
PRIMES = 3


class Dimensions(NamedTuple):
    """Dimensions of T n H_p, of T n V_p and of the oblique rest; their sum is dim T."""

    horizontal: int
    vertical: int
    oblique: int


@dataclass(frozen=True, slots=True)
class TangentDecomposition(Unfolding):
    """T_pM = (T n H_p) + (T n V_p) + oblique rest, generically (over the field) or at a point.

    ``horizontal_parameters``, ``vertical_parameters``, ``oblique_parameters`` and ``null_parameters`` are d x k
    matrices c; the tangent vectors are J c.  Together they form a basis of the parameter space.  The oblique ones are
    computed when asked for; the dimensions follow from the ranks.
    """

    ranks: Ranks
    geometry: ScoreSpace
    horizontal_parameters: Matrix
    vertical_parameters: Matrix
    null_parameters: Matrix

    @property
    def dims(self) -> Dimensions:
        """Dimensions of the horizontal, vertical and oblique part."""
        horizontal, vertical = self.horizontal_parameters.ncols, self.vertical_parameters.ncols
        return Dimensions(horizontal, vertical, self.dim - horizontal - vertical)

    @property
    def dim(self) -> int:
        """The dimension of T."""
        return self.ranks.joint

    @property
    def is_cylindrical(self) -> bool:
        """Whether the oblique part is 0."""
        return not self.dims.oblique

    @property
    def is_constant(self) -> bool:
        """Whether the three bases over the field do not depend on the point."""
        parts = self.horizontal_parameters, self.vertical_parameters, self.null_parameters
        return all(c.is_constant for part in parts for row in part.rows for c in row)

    @property
    def oblique_parameters(self) -> Matrix:
        """The orthogonal complement of both parts: from the metric, so it can be large over the field."""
        at, null = self.geometry, self.null_parameters
        if self.is_cylindrical:
            return Matrix.zeros(at.domain, at.n_parameters, 0)
        split = self.horizontal_parameters.beside(self.vertical_parameters)
        orthogonal = (split.T @ at.metric).nullspace() if split.ncols else Matrix.identity(at.domain, at.n_parameters)
        return _complement(null, orthogonal, at)

    @property
    def horizontal(self) -> tuple[sympy.Matrix, ...]:
        """Basis of T n H_p: tangent vectors, |X| x 1."""
        return self._tangent(self.horizontal_parameters)

    @property
    def vertical(self) -> tuple[sympy.Matrix, ...]:
        """Basis of T n V_p: tangent vectors, |X| x 1."""
        return self._tangent(self.vertical_parameters)

    @property
    def oblique(self) -> tuple[sympy.Matrix, ...]:
        """Basis of the orthogonal complement of both in T: tangent vectors, |X| x 1."""
        return self._tangent(self.oblique_parameters)

    def _tangent(self, parameters: Matrix) -> tuple[sympy.Matrix, ...]:
        vectors = self.geometry.jacobian @ parameters
        columns = (vectors.columns([j]).to_sympy() for j in range(vectors.ncols))
        return tuple(on_model(c, self.geometry.model, self.geometry.point) for c in columns)

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Bases of the three parts in coordinates c, the vectors are J c; the oblique one at a point only."""
        for name, many in self.dims._asdict().items():
            if name == "oblique" and many and self.geometry.point is None:
                yield name, f"of dimension {many}: see oblique_parameters"
                continue
            part: Matrix = getattr(self, f"{name}_parameters")
            columns = (part.columns([j]).primitive_columns().to_sympy() for j in range(part.ncols))
            yield name, [sympy.Matrix(oriented(c, self.geometry.model.parameters)).T for c in columns]

    def _repr_latex_(self) -> str:
        """Dimensions and bases (in coordinates) as a notebook shows them."""
        h, v, o = self.dims
        order = self.geometry.model.parameters
        rows = [(r"\dim T_{p}M", rf"{self.dim} = {h} + {v} + {o}")]
        for letter, part in (("H", self.horizontal_parameters), ("V", self.vertical_parameters)):
            for j in range(min(part.ncols, 8)):
                entries = oriented(part.columns([j]).primitive_columns().to_sympy(), order)
                rows.append((f"{letter}_{{{j + 1}}}", rf"J\, {tuple_latex(entries, order)}"))
        return equations(rows, 1 + h + v)

    def __repr__(self) -> str:
        name = self.geometry.model.name or "the model"
        where = "" if self.geometry.point is None else f" at {self.geometry.point}"
        h, v, o = self.dims
        return f"Tangent space of {name}{where}: {self.dim} = {h} horizontal + {v} vertical + {o} oblique"


def decompose(model: Model, point: Point | None = None) -> TangentDecomposition:
    """Return the tangent decomposition over the field, or at an exact point."""
    at = score_space(model, point)
    if point is None:
        kernels = generic_kernels(model)
    else:
        kernels = Kernels(at.scores.nullspace(), at.visible_scores.nullspace(), at.vertical_scores.nullspace())
    horizontal = _complement(kernels.joint, kernels.vertical, at)
    vertical = _complement(kernels.joint, kernels.visible, at)
    d = at.n_parameters
    ranks = Ranks(d - kernels.joint.ncols, d - kernels.visible.ncols, d - kernels.vertical.ncols)
    return TangentDecomposition(ranks, at, horizontal, vertical, kernels.joint)


def _complement(small: Matrix, large: Matrix, at: ScoreSpace) -> Matrix:
    """Columns of ``large``, whose span contains that of ``small``, that extend the columns of ``small`` to a basis.

    Independence is read off a nonzero minor modulo p (over a field) or over Q; the number of columns proves
    completeness, because the dimensions of both spaces are known.
    """
    for independent in _independent_columns(small.beside(large), at):
        chosen = [j - small.ncols for j in independent if j >= small.ncols]
        if len(chosen) == large.ncols - small.ncols:
            return large.columns(chosen)
    raise InternalError("null vectors look dependent modulo several primes")


def _independent_columns(matrix: Matrix, at: ScoreSpace) -> Iterator[Sequence[int]]:
    if isinstance(matrix.domain, RationalField):
        yield matrix.rref()[1]
        return
    values = [7919 * (k + 1) ** 5 + 104729 for k in range(len(matrix.domain.generators))]
    for p in islice(at.model.primes_at(() if at.point is None else at.point.values), PRIMES):
        with suppress(DomainError):
            yield pivots_mod(matrix.modulo(values, p), p)[1]
