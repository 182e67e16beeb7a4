"""Null vectors that are independent at a given point.

A basis of a kernel over the function field is one of the kernel at almost every point, not at every admissible one:
its vectors can become dependent where the rank does not drop.  The kernel at an admissible point depends smoothly on
it, so on rows on which it has an invertible block there, the basis with the identity on these rows is defined there.
"""

from __future__ import annotations

from symelbo.errors import BudgetError, DomainError
from symelbo.exact import QQ, Matrix
from symelbo.geometry import kernel, score_space
from symelbo.models.model import Model
from symelbo.models.points import Point

__all__ = ["null_vectors_at"]


def null_vectors_at(model: Model, kind: str, point: Point) -> Matrix:
    """Return a basis of a kernel (``"joint"`` or ``"visible"``) over the field, independent at a rational point.

    Parameters
    ----------
    model : of any family
    kind : as in :func:`symelbo.geometry.kernel`
    point : Point, admissible and rational

    Returns
    -------
    Matrix, d x k, polynomial; the kernel's own basis where no other one is found.
    """
    basis = kernel(model, kind).primitive_columns()
    if basis.ncols and basis.evaluate(point.values).rank() < basis.ncols:
        at = score_space(model, point)
        there = at.matrix(kind).nullspace()
        if there.domain is QQ and there.ncols == basis.ncols:
            rows = there.T.rref()[1]
            try:
                return (basis @ basis.select(rows).inverse()).primitive_columns()
            except (BudgetError, DomainError):
                return basis
    return basis
