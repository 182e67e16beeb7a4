"""The defect in its shortest form: ``Delta = scalar * rest``, and the sign of the scalar on the domain.

With one oblique direction ``Delta = kappa e e^T``, e a vector of coprime polynomials (constants, often); in general the
greatest common divisor of the numerators is the scalar.  Where it has no zero and ``rest`` is constant, the model is
cylindrical nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from symelbo import checker
from symelbo.certificates import PositivityCertificate
from symelbo.errors import BudgetError, DomainError, InternalError
from symelbo.exact import Field, Matrix, RationalField, RationalFunction
from symelbo.geometry import generic_ranks, geometry, ranks_at
from symelbo.loci import Positivity, Sign, verify_positive
from symelbo.models.parametrization import Parametrization, Point
from symelbo.verification.evaluation import is_affordable


@dataclass(frozen=True, slots=True)
class DefectForm:
    """``Delta = scalar * vector vector^T`` (one oblique direction) or ``Delta = scalar * matrix``.

    Attributes
    ----------
    scalar : sympy expression, factored
    vector : sympy.Matrix, |V| x 1, or None
    matrix : sympy.Matrix, |V| x |V|
    signs : for every irreducible factor of the numerator of the scalar its sign on the domain, or None; at a
        point None
    certificate : that the scalar is positive at every point of the domain, accepted by the independent checker
    """

    scalar: sympy.Expr
    vector: sympy.Matrix | None
    matrix: sympy.Matrix
    signs: tuple[tuple[sympy.Expr, Sign | None], ...] | None
    certificate: PositivityCertificate | None = None

    @property
    def is_positive(self) -> bool:
        """Whether the scalar is proved to have no zero in the domain (it is then positive, as Delta >= 0)."""
        return self.signs is not None and all(sign is not None for _, sign in self.signs)

    @property
    def witnesses(self) -> tuple[Sign, ...]:
        """The signs found, without those of the domain's own inequalities."""
        return tuple(
            s for _, s in self.signs or () if s is not None and s.witness is not None and len(s.witness.terms) > 1
        )


def defect_at(model: Parametrization, point: Point) -> DefectForm:
    """Return the defect at a point as a scalar times the rest."""
    delta = geometry(model, point).defect
    scalar, vector, rest = _factored(delta, ranks_at(model, point).oblique, None)
    return DefectForm(
        delta.domain.to_sympy(scalar), None if vector is None else vector.to_sympy(), rest.to_sympy(), None
    )  # fmt: skip


def defect_form(model: Parametrization, *, affordable: bool | None = None) -> DefectForm | None:
    """Return the generic defect as a scalar times the rest; None for a cylindrical model, or one too large for it.

    ``affordable``: whether it is not too large, where that is known; by default an estimate says so.

    >>> from symelbo.models import model_b
    >>> form = defect_form(model_b())
    >>> form.scalar, form.vector.T
    (x*y1*z1*(1 - y1)*(1 - z1) + y2*z2*(1 - x)*(1 - y2)*(1 - z2), Matrix([[1, -1, -1, 1]]))
    """
    ranks = generic_ranks(model)
    if ranks.cylindrical or not (is_affordable(model) if affordable is None else affordable):
        return None
    field = model.field
    known = Positivity.of(model)
    scalar, vector, rest = _factored(geometry(model).defect, ranks.oblique, known)
    signs = []
    for f, power in scalar.factors()[1]:
        if power > 0:
            sign = known.sign(f)
            witness = None if sign is None else sign.witness
            if witness is not None and not verify_positive(witness, list(known.positive.values())):
                raise InternalError(f"the witness for the sign of {f} does not multiply out")
            signs.append((field.to_sympy(f), sign))
    shown = field.to_sympy(scalar)
    return DefectForm(
        shown,
        None if vector is None else vector.to_sympy(),
        rest.to_sympy(),
        tuple(signs),
        _certificate(model, known, shown, scalar) if all(s is not None for _, s in signs) else None,
    )


def _factored(delta: Matrix, oblique: int, known: Positivity | None) -> tuple[Any, Matrix | None, Matrix]:
    """Scalar, vector and rest, multiplied out and compared; the vector, of one oblique direction, is primitive."""
    vector: Matrix | None = None
    if oblique == 1:
        j = next(v for v in range(delta.ncols) if delta[v, v])
        vector = delta.columns([j]).primitive_columns()
        first = vector[j, 0]
        rational = isinstance(first, RationalFunction)
        negative = (first.num.leading_coefficient() if rational else delta.domain.to_sympy(first)) < 0
        if negative or (known is not None and _is_negative(first, known)):
            vector = -vector
        scalar = delta[j, j] / (vector[j, 0] * vector[j, 0])
        rest = vector @ vector.T
    else:
        scalar = _content(delta)
        rest = delta.map(lambda e: e / scalar)
    if rest.map(lambda e: e * scalar) != delta:
        raise InternalError("the defect is not the product of its scalar and the rest")
    return scalar, vector, rest


def _certificate(
    model: Parametrization, known: Positivity, shown: sympy.Expr, scalar: RationalFunction
) -> PositivityCertificate | None:
    """That the scalar is positive: its numerator is a sum of products.  None unless the checker accepts it."""
    field = model.field
    try:
        sign = known.sign(field.fraction(scalar.num, field.one.num))
        if sign is None or sign.witness is None:
            return None
        interior = Point(field, model.domain.interior_point())
        found = PositivityCertificate.of(field, model.domain, [shown], [sign.witness], interior, model=model)
    except (BudgetError, DomainError):
        return None
    accepted = found is not None and checker.check(found.to_json(), found.sha256).accepted
    return found if accepted else None


def _is_negative(element: RationalFunction, known: Positivity) -> bool:
    sign = known.sign(element) if element.den.is_one() and not element.is_constant else None
    return sign is not None and sign.sign < 0


def _content(matrix: Matrix) -> Any:
    """The gcd of the numerators over the lcm of the denominators; at a point of rational numbers, else 1."""
    entries = [e for r in matrix.rows for e in r if e]
    if isinstance(matrix.domain, RationalField):
        numbers = [matrix.domain.to_sympy(e) for e in entries]
        scale = sympy.ilcm(1, *(n.q for n in numbers))
        return matrix.domain.constant(sympy.Rational(sympy.igcd(*(n * scale for n in numbers)), scale))
    if not isinstance(matrix.domain, Field):
        return matrix.domain.one
    field, one = matrix.domain, matrix.domain.one.num
    above, below = entries[0].num, entries[0].den
    for e in entries[1:]:
        above = above.gcd(e.num)
        below = below * (e.den / below.gcd(e.den))
    return field.fraction(above, one) / field.fraction(below, one)
