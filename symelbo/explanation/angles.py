"""How badly: the principal angles between T_pM and H_p, exactly.

The eigenvalues of G_V relative to G on T are the squared cosines of the principal angles of T and H_p (condition (f)
of S4): 1 on T n H_p, 0 on T n V_p, strictly between on the m oblique directions.  All inner products are those of the
Fisher metric at p_V.

* The projected gradient u and the visible gradient w of one objective satisfy u = B w, B self-adjoint on T_V with
  the nonzero eigenvalues.  So |u|/|w| >= c^2, and cos(u, w) >= 2c/(1 + c^2) with c the smallest nonzero cosine
  (Kantorovich); with C the largest one, cos(u, w) >= 2cC/(c^2 + C^2), and that is attained.
* The worst objective is the top eigenvector of Delta relative to the visible metric: there u = c^2 w.
* The fraction of missing information is the largest eigenvalue of G^{-1}(G - G_V) (Orchard, Woodbury 1972): the rate of
  EM along its slowest direction.

Numbers are exact: rational, in radicals up to degree 2, else roots of irreducible polynomials (sympy's CRootOf).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import sympy

from symelbo.budget import LIMITS, Limit
from symelbo.errors import DomainError, ExactnessError, InternalError
from symelbo.exact import RationalField, as_rational, rational_to_sympy
from symelbo.geometry import (
    ScoreSpace,
    generic_ranks,
    geometry,
    measured,
    ranks_at,
    score_space,
)
from symelbo.loci.roots import RealRoot, real_roots
from symelbo.models.model import Model
from symelbo.models.parametrization import Point, as_exact, has_table
from symelbo.typesetting import Unfolding, length
from symelbo.verification.evaluation import is_affordable


@dataclass(frozen=True, slots=True)
class PrincipalAngles(Unfolding):
    """The principal angles of T_pM and H_p at a point.

    Attributes
    ----------
    point : Point
    cosines_squared : pairs (eigenvalue, multiplicity), increasing; exact numbers in [0, 1]
    oblique : those strictly between 0 and 1
    missing_information : the largest eigenvalue of G^{-1}(G - G_V) on T
    visible_missing_information : the same on the complement of T n V_p (1 - c^2)
    kantorovich : the bound 2c/(1 + c^2) on cos(u, w) for all objectives
    sharp_bound : 2cC/(c^2 + C^2), the smallest cos(u, w), attained by ``turned_objective`` (when that is exact)
    worst_objective : |V| x 1, the differential l that loses most: u = c^2 w; None where there is none, or where c^2 has
        such a degree that its eigenvectors are unreadable
    turned_objective : |V| x 1 or None, a differential l for which the angle between u and w is largest
    """

    point: Point
    cosines_squared: tuple[tuple[sympy.Expr, int], ...]
    oblique: tuple[tuple[sympy.Expr, int], ...]
    missing_information: sympy.Expr
    visible_missing_information: sympy.Expr
    kantorovich: sympy.Expr
    sharp_bound: sympy.Expr
    worst_objective: sympy.Matrix | None
    turned_objective: sympy.Matrix | None

    def __repr__(self) -> str:
        shown = [f"{e if len(str(e)) <= 40 else sympy.N(e, 6)}{f' ({k} times)' if k > 1 else ''}"
                 for e, k in self.cosines_squared]  # fmt: skip
        return f"Principal angles at {self.point}: squared cosines {', '.join(shown)}"

    @property
    def parallel(self) -> bool:
        """Whether u = c^2 w for all objectives: the squared cosines that are not 0 are all the same."""
        return len([e for e, _ in self.cosines_squared if e != 0]) == 1

    def angles(self, digits: int = 15) -> list[sympy.Expr]:
        """The angles in degrees, with multiplicity, for display."""
        return [
            sympy.N(sympy.acos(sympy.sqrt(sympy.N(e, digits + 10))) * 180 / sympy.pi, digits)
            for e, k in self.cosines_squared
            for _ in range(k)
        ]


@measured("principal angles")
def principal_angles(M: Model, at: Mapping[Any, Any] | Point, *, budget: Limit = None) -> PrincipalAngles:
    """Return the principal angles at an exact rational point.

    Parameters
    ----------
    M : Parametrization
    at : mapping from parameter to rational, or Point

    Raises
    ------
    DomainError
        The point lies outside the domain, or T there is {0}.
    ExactnessError
        The point has values in Q(exp(1/N)), over which the characteristic polynomial is not factored.

    >>> from symelbo.models import model_b
    >>> found = principal_angles(model_b(), {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"})
    >>> found.oblique, found.visible_missing_information
    (((61/1105, 1),), 1044/1105)
    """
    point = M.point(at)
    where = score_space(M, point)
    if not isinstance(where.domain, RationalField):
        raise ExactnessError("principal_angles: choose a point at which all probabilities are rational")
    ranks = ranks_at(M, point)
    if not ranks.joint:
        raise DomainError("principal_angles: the tangent space is {0} at this point")
    relative = where.metric_inverse @ where.visible_metric
    coefficients = relative.characteristic_polynomial()
    null = len(M.parameters) - ranks.joint
    if any(coefficients[:null]):
        raise InternalError("the characteristic polynomial has too few zeros")
    eigenvalues = _eigenvalues(coefficients[null:])
    shown = tuple((r.symbolic, k) for r, k in eigenvalues)
    visible = [r for r, _ in eigenvalues if r.symbolic != 0]
    between = tuple((r.symbolic, k) for r, k in eigenvalues if r.symbolic not in (0, 1))
    smallest = visible[0].symbolic if visible else sympy.Integer(1)
    largest = visible[-1].symbolic if visible else sympy.Integer(1)
    exact = between and visible[0].degree * where.visible_jacobian.nrows <= LIMITS.eigenvector_size
    worst = _eigenvector(where, visible[0]) if exact else None
    return PrincipalAngles(
        point=point,
        cosines_squared=shown,
        oblique=between,
        missing_information=1 - eigenvalues[0][0].symbolic,
        visible_missing_information=1 - smallest,
        kantorovich=2 * sympy.sqrt(smallest) / (1 + smallest),
        sharp_bound=2 * sympy.sqrt(smallest * largest) / (smallest + largest),
        worst_objective=worst,
        turned_objective=None if worst is None else _turned(where, visible, worst),
    )


def _eigenvalues(coefficients: Sequence[Any]) -> list[tuple[RealRoot, int]]:
    """Roots with multiplicity of a polynomial all of whose roots are real, constant term first; increasing."""
    x = sympy.Symbol("x")
    polynomial = sympy.Poly([rational_to_sympy(as_rational(c)) for c in reversed(coefficients)], x, domain=sympy.QQ)
    _, factors = polynomial.factor_list()
    found = []
    for factor, k in factors:
        roots = real_roots(list(reversed(factor.all_coeffs())))
        if len(roots) != factor.degree():
            raise InternalError("an eigenvalue of G_V relative to G is not real")
        found += [(r, k) for r in roots]
    return sorted(found, key=lambda item: sympy.N(item[0].symbolic, 50))


def _eigenvector(where: ScoreSpace, root: RealRoot) -> sympy.Matrix:
    """A differential l with ``U l = lambda W l``, constants removed: orthogonal, in W, to the other eigenspaces.

    Coprime integers where the entries are rational; else the first entry is 1.
    """

    def matrix(rows: Sequence[Sequence[Any]]) -> Any:
        return root.matrix([[root.constant(e) for e in row] for row in rows])

    u, w, means = matrix(where.projected_cometric.rows), matrix(where.visible_cometric.rows), where.visible_means
    centred = kernel = (u - w * root.generator).nullspace()
    if means is not None:
        centred = kernel - kernel * matrix([[p] for p in means]) * root.matrix([[root.constant(1)] * len(means)])
    for vector, image in zip(centred.to_list(), (centred * w).to_list(), strict=True):
        if any(image):
            first = next(e for e in vector if e)
            scaled = [root.to_sympy(e / first) for e in vector]
            scale = sympy.ilcm(*(e.q for e in scaled)) if all(e.is_Rational for e in scaled) else 1
            return sympy.Matrix(scaled) * scale
    raise InternalError("an eigenvalue without an eigenvector")


def _turned(where: ScoreSpace, visible: Sequence[RealRoot], worst: sympy.Matrix) -> sympy.Matrix | None:
    """``sqrt(C^2) l_1/|l_1| + c l_2/|l_2|``: the equality case of Kantorovich, from rational eigenvectors."""
    if len(visible) < 2 or any(r.degree > 1 for r in (visible[0], visible[-1])):
        return None
    best = _eigenvector(where, visible[-1])
    w = where.visible_cometric.to_sympy()
    one, two = (v.T * w * v for v in (worst, best))
    first = sympy.sqrt(visible[-1].symbolic / one[0])
    second = sympy.sqrt(visible[0].symbolic / two[0])
    return (worst * first + best * second).applyfunc(sympy.expand)


@dataclass(frozen=True, slots=True)
class SymbolicAngles(Unfolding):
    """The nontrivial squared cosines as functions on the model, for one or two oblique directions.

    Attributes
    ----------
    oblique : 1 or 2
    sum, product : of the nontrivial eigenvalues of G_V relative to G (for one, both are that eigenvalue)
    eigenvalues : the eigenvalues themselves, the smaller one first
    """

    oblique: int
    sum: sympy.Expr
    product: sympy.Expr
    eigenvalues: tuple[sympy.Expr, ...]

    def __repr__(self) -> str:
        many = "one oblique direction" if self.oblique == 1 else "two oblique directions"
        shown = f": sum of squared cosines {self.sum}" if length(self.sum) <= 40 else ""
        return f"Principal angles of {many} as functions of the parameters{shown}"


@measured("symbolic angles")
def symbolic_angles(M: Model, *, budget: Limit = None) -> SymbolicAngles | None:
    """Return the nontrivial squared cosines symbolically; None for another oblique dimension, or a too large model.

    From traces: the matrix ``A = diag(1/p_V) Delta``, for a Gaussian model g_V Delta, has the eigenvalues ``1 - c^2``
    on the oblique part and 0 besides, so ``sum = m - tr A`` and ``product = 1 - tr A + e_2(A)``.  On a table these are
    sums over visible states, not multiplied out.

    >>> from symelbo.models import model_b
    >>> at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    >>> symbolic_angles(model_b()).sum.subs(at)
    61/1105
    """
    ranks = generic_ranks(as_exact(M))
    if ranks.oblique not in (1, 2):
        return None
    if not has_table(M):  # g_V W is a projection, and g_V U has the traces of G^- G_V
        at = score_space(M)
        relative = at.metric_inverse @ at.visible_metric
        traces = [at.domain.sum(m[i, i] for i in range(m.nrows)) for m in (relative, relative @ relative)]
        one, two = map(at.domain.to_sympy, traces)
        first, second = ranks.visible - one, ranks.visible - 2 * one + two
        return _from_sums(ranks.oblique, first, (first**2 - second) / 2)
    if not is_affordable(M):
        return None
    where = geometry(M)
    delta = where.defect.to_sympy()
    p_v = [M.field.to_sympy(p) for p in where.visible_probabilities]
    states = range(len(p_v))
    trace = sympy.Add(*(delta[v, v] / p_v[v] for v in states))
    minors = ((delta[v, v] * delta[w, w] - delta[v, w] ** 2) / (p_v[v] * p_v[w]) for v, w in combinations(states, 2))
    return _from_sums(ranks.oblique, trace, sympy.Add(*minors) if ranks.oblique == 2 else sympy.Integer(0))


def _from_sums(oblique: int, trace: sympy.Expr, second: sympy.Expr) -> SymbolicAngles:
    """From the elementary symmetric functions of ``1 - c^2``."""
    total = oblique - trace
    if oblique == 1:
        return SymbolicAngles(1, total, total, (total,))
    product = 1 - trace + second
    root = sympy.sqrt(total**2 - 4 * product)
    return SymbolicAngles(2, total, product, ((total - root) / 2, (total + root) / 2))
