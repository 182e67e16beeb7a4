"""Natural gradients through scores, as they are written on paper.

An objective with the covector omega enters by the measure ``mu = p omega`` alone: ``G c = (sum_x mu(x) s_i(x))_i``.
Where the model is made of free distributions ``(theta_1, ..., theta_n)`` with counts N that says

    c_k = (E_mu[N_k] - theta_k E_mu[N_1 + ... + N_n]) / E_p[N_1 + ... + N_n],

the step from the counts expected now to those of mu.  A visible objective has ``mu(x) = p(x|v) m(v)``, and where J_V
has rank |V| - 1 its visible gradient is ``m - p_V sum_v m(v)``, from which the projected one differs by ``Delta l``.

Order: parameters as declared, states and visible states as in the space.
"""

from __future__ import annotations

from collections.abc import Sequence

from symelbo.exact import Matrix
from symelbo.exact.programs import Node
from symelbo.exact.solving import independent_rows, inverse_times
from symelbo.geometry.structured import StructuredGeometry


def coordinates(at: StructuredGeometry, measure: Sequence[Node], total: Node) -> Matrix:
    """Return a solution c of ``G c = (sum_x mu(x) s_i(x))_i``, d x 1, of minimum norm; ``total`` is the sum of mu."""
    program, zero = at.program, at.program.zero

    def expected(counts: Sequence[int]) -> Node:
        if len(set(counts)) == 1:
            return total * program.constant(counts[0])
        return program.sum(m * program.constant(n) for m, n in zip(measure, counts, strict=True) if n)

    if at.rows is not None:
        steps = [zero] * at.n_parameters
        for row, weight in zip(at.rows, at.expected_counts(at.rows), strict=True):
            whole = expected(row.counts.sum(axis=1).tolist())
            for k, i in enumerate(row.parameters):
                steps[i] = (expected(row.counts[:, k].tolist()) - program.generator(i) * whole) / weight
        return Matrix.column(at.domain, steps)
    raw = at.raw_scores.rows
    moments = [
        program.sum([*(m * r[i] for m, r in zip(measure, raw, strict=True) if m and r[i]), -(total * at.means[i])])
        for i in range(at.n_parameters)
    ]
    found = at.solved(Matrix.column(at.domain, moments))
    return found if len(at.basis) == at.n_parameters else _shortest_solution(at.jacobian, at.jacobian @ found)


def _shortest_solution(matrix: Matrix, image: Matrix) -> Matrix:
    """The solution c of ``A c = b`` of minimum norm, through independent rows R of A: ``R^T (R R^T)^{-1} b_R``."""
    rows = independent_rows(matrix)
    independent = matrix.select(rows)
    gram = independent.symmetric_product(independent.T)
    return independent.T @ inverse_times(gram, image.select(rows))


def tangent(at: StructuredGeometry, parameters: Matrix) -> Matrix:
    """Return ``J c``, |X| x 1."""
    return Matrix.column(at.domain, at.tangent_vector(parameters))


def projected(at: StructuredGeometry, parameters: Matrix) -> Matrix:
    """Return ``J_V c``, |V| x 1."""
    return at.visible_jacobian @ parameters


def visible_gradient(at: StructuredGeometry, masses: Sequence[Node], total: Node) -> Matrix:
    """Return ``grad^{M_V} L``, |V| x 1, of an objective with ``dL = m / p_V``; ``total`` is the sum of m."""
    p = at.visible_probabilities
    if at.fills_visible_simplex:
        return Matrix.column(at.domain, [m - e * total for m, e in zip(masses, p, strict=True)])
    return at.visible_gradient(Matrix.column(at.domain, [m / e for m, e in zip(masses, p, strict=True)]))


def visible_coordinates(at: StructuredGeometry, masses: Sequence[Node], gradient: Matrix) -> Matrix:
    """Return the coordinates of minimum norm of a visible gradient, d x 1."""
    if len(at.visible_basis) < at.n_parameters:
        return _shortest_solution(at.visible_jacobian, gradient)
    differential = [m / e for m, e in zip(masses, at.visible_probabilities, strict=True)]
    return inverse_times(at.visible_metric, at.visible_jacobian.T @ Matrix.column(at.domain, differential))


def lifted(at: StructuredGeometry, masses: Matrix) -> list[Node]:
    """Return ``p(x|v) m(v)`` for all states x: the horizontal lift of a vector on the visible states."""
    below = at.fibration.repeated(list(zip(masses.column_entries(), at.visible_weights, strict=True)))
    return [w * m / total for w, (m, total) in zip(at.weights, below, strict=True)]
