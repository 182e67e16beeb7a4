"""Which parameters the distribution of what is seen determines, and what hiding costs.

Let r_V = rank J_V.  Where r_V is generic the parameters with the same p_V near theta form a manifold with the tangent
space ker J_V.  So theta_i is determined by p_V near a generic point exactly if e_i is in the row space of J_V: if the
coordinate i of every null vector vanishes.  At a point where r_V is smaller, or a coordinate vanishes that does not
elsewhere, that is a matter of first order: then, and only then, some unbiased estimate of theta_i from what is seen can
have a finite variance (Stoica, Marzetta 2001).

Null vectors are found and verified by :mod:`symelbo.geometry.kernels`.  Where they are too long they are looked at
modulo a prime: if as many rows as J_V can have at all are independent there, a coordinate that is not 0 modulo the
prime is not 0.  Whether one that is 0 vanishes is open then.

Source: Rothenberg (1971), Identification in parametric models; Goodman (1974) for latent classes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import sympy

from symelbo import checker
from symelbo.budget import Limit, budgeted
from symelbo.certificates import identifiability_certificate
from symelbo.certificates.evidence import Evidence
from symelbo.errors import BudgetError, DomainError, InternalError
from symelbo.exact import Matrix, nullspace_mod
from symelbo.geometry import (
    At,
    bounds,
    generic_screen,
    kernel,
    one_copy,
    ranks_at,
    score_space,
    scores_at,
    visible_bound,
    within_budget,
)
from symelbo.models.model import Model
from symelbo.models.parametrization import has_table
from symelbo.models.points import Point
from symelbo.typesetting import Unfolding
from symelbo.verification.judgement import BEYOND

SHORT = 10  # characters of a fraction that is not rounded


@dataclass(frozen=True, slots=True)
class Identifiability(Unfolding):
    """Which parameters the distribution of what is seen determines.

    Attributes
    ----------
    dimension, visible_dimension : int
        Of M and of M_V: the ranks of J and J_V, generic or at the point.
    expected : int
        What the dimension of M_V would be if hiding lost no more than it must: that of M, or of all p_V.
    identifiable, unidentifiable, open : tuples of symbols
        The parameters that p_V determines locally, those that it does not, and those of which it is not known because
        null vectors are too long.
    unseen : Matrix or None
        The directions along which p_V does not change, d x (d - r_V); None where they are long: see :attr:`directions`.
    local : bool or None
        Whether this holds near the parameter too; else it is meant to first order.  None: not known.
    certificate : what the checker has accepted; None where it is beyond it
    """

    model: Any
    point: Point | None
    dimension: int
    visible_dimension: int
    expected: int
    identifiable: tuple[sympy.Symbol, ...]
    unidentifiable: tuple[sympy.Symbol, ...]
    open: tuple[sympy.Symbol, ...]
    unseen: Matrix | None = field(repr=False)
    local: bool | None
    certificate: Evidence | None = field(default=None, repr=False)

    @property
    def defect(self) -> int:
        """By how much the dimension of M_V is smaller than expected."""
        return self.expected - self.visible_dimension

    @property
    def directions(self) -> tuple[sympy.Matrix, ...]:
        """Directions d x 1, a basis, along which p_V does not change.

        Raises
        ------
        BudgetError
            They are too long.
        """
        unseen = self._unseen
        return tuple(unseen.columns([j]).to_sympy() for j in range(unseen.ncols))

    @property
    def _unseen(self) -> Matrix:
        return _kernel(one_copy(self.model), "visible") if self.unseen is None else self.unseen

    @budgeted("the question whether a function is determined")
    def determines(self, function: object, *, budget: Limit = None) -> bool:
        """Whether p_V determines a function g of the parameters too: whether dg vanishes along all directions.

        Raises
        ------
        BudgetError
            The directions are too long.
        ExactnessError
            The function is not one of the parameters, rational or exponential as the model is.

        >>> import sympy
        >>> from symelbo.models import linear_gaussian
        >>> found = identifiability(linear_gaussian([("h", "y")], hidden=["h"], means=False))
        >>> b, w_h, w_y = sympy.symbols("b_h_y w_h w_y")
        >>> found.determines(b), found.determines(b**2 * w_h + w_y)
        (False, True)
        """
        unseen = self._unseen
        slopes = Matrix(self.model.field, [self.model.field.from_sympy(function, "determines").gradient()])
        if self.point is not None:
            values = self.point.values
            slopes = slopes.map(lambda s: s.evaluate(values), unseen.domain)
        return (slopes @ unseen).is_zero()

    @property
    def missing(self) -> dict[sympy.Symbol, sympy.Expr | None]:
        """The share of the information on each parameter that is lost by hiding, at the point; exact.

        The information on theta_i, the others being unknown, is 1 / (G^-)_ii, or 0 where e_i is not in the row space:
        the share is ``1 - (G^-)_ii / (G_V^-)_ii`` (Orchard and Woodbury 1972; Rubin 1987).  None where even all that
        there is would not determine the parameter.

        Raises
        ------
        DomainError
            No point was given.
        """
        if self.point is None:
            raise DomainError("the share of the information that is missing depends on the point: give one with at=")
        space = score_space(one_copy(self.model), self.point)
        space = space.exact or space
        complete, seen = space.metric_inverse, space.visible_metric_inverse
        lost = space.scores.nullspace()
        shares: dict[sympy.Symbol, sympy.Expr | None] = {}
        for i, parameter in enumerate(self.model.parameters):
            if any(lost.rows[i]):
                shares[parameter] = None
            elif parameter in self.identifiable:
                part = space.domain.to_sympy(complete[i, i] / seen[i, i])
                shares[parameter] = 1 - part
            else:
                shares[parameter] = sympy.Integer(1)
        return shares

    def _parts(self) -> list[tuple[str, Any]]:
        directions = "too long to be shown" if self.unseen is None else self.directions
        names = ("identifiable", "unidentifiable", "open")
        return [*((name, getattr(self, name)) for name in names), ("p_V does not change along", directions)]

    def __repr__(self) -> str:
        return identifiability_text(self)

    def as_dict(self) -> dict[str, Any]:
        """The same as JSON data: numbers, names, and directions as lists of expressions."""
        exact = self.point is not None and score_space(one_copy(self.model), self.point).exact is not None
        return {
            "dimension": self.dimension,
            "visible_dimension": self.visible_dimension,
            "expected": self.expected,
            "defect": self.defect,
            "local": self.local,
            **{key: [str(s) for s in getattr(self, key)] for key in ("identifiable", "unidentifiable", "open")},
            "directions": None if self.unseen is None else [[str(e) for e in v] for v in self.directions],
            "missing": {str(k): v and str(v) for k, v in self.missing.items()} if exact else None,
        }


def identifiability(M: Model, at: At = None, *, budget: Limit = None) -> Identifiability:
    """Decide which parameters the distribution of what is seen determines, generically or at a point.

    theta_i is determined near a generic point exactly if ``J_V c = 0`` implies ``c_i = 0``.

    Parameters
    ----------
    M : a model of any family
    at : mapping from parameter to rational, optional
    budget : seconds, or Budget, optional

    Raises
    ------
    BudgetError
        Even the rank of J_V is not known: the null vectors are too long.
    DomainError
        The point lies outside the domain.

    >>> from symelbo.models import model_b, naive_bayes
    >>> identifiability(model_b())
    M(b): dim M = 5, dim M_V = 3 as expected; what is seen determines none of x, y1, y2, z1, z2; it does not change along 2 directions
    >>> identifiability(naive_bayes(3)).unidentifiable
    ()
    >>> identifiability(naive_bayes(3)).certificate.claim()["rank"]
    7
    """  # noqa: E501  # one line of output
    one = one_copy(M)
    point = None if at is None else scores_at(one, at).point
    found = within_budget(budget, "identifiability", one, lambda: certified(found_identifiability(one, point)))
    return replace(found, model=M)


def found_identifiability(M: Model, point: Point | None = None, *, short: bool = False) -> Identifiability:
    """The same without a certificate; ``short``: null vectors over the field are searched for a short time only."""
    d, lower, upper = len(M.parameters), generic_screen(M).ranks(), bounds(M)
    local: bool | None = True
    unseen: Matrix | None
    if point is None:
        joint = lower.joint if lower.joint == upper.joint else d - _kernel(M, "joint").ncols
        unseen = _generic_directions(M, lower.visible == visible_bound(M), short)
    else:
        joint, unseen = ranks_at(M, point).joint, score_space(M, point).visible_scores.nullspace()
        local = _is_local(M, unseen)
    moves: list[bool | None]
    moves = [moved or None for moved in _moved(M)] if unseen is None else [any(row) for row in unseen.rows]
    chosen = {
        kind: tuple(s for s, moved in zip(M.parameters, moves, strict=True) if moved is kind)
        for kind in (False, True, None)
    }
    # Of a conditional model the distribution of covariates is known: |V| minus the number of their states is left.
    known = (M.space.n_visible - M.structure.strata,) if has_table(M) else ()
    return Identifiability(
        model=M,
        point=point,
        dimension=joint,
        visible_dimension=lower.visible if unseen is None else d - unseen.ncols,
        expected=min(joint, upper.visible, *known),
        identifiable=chosen[False],
        unidentifiable=chosen[True],
        open=chosen[None],
        unseen=unseen,
        local=local,
    )


def _kernel(M: Model, kind: str, *, short: bool = False) -> Matrix:
    return kernel(M, kind, short=short).primitive_columns()


def _generic_directions(M: Model, saturated: bool, short: bool) -> Matrix | None:
    """The null vectors of J_V; None where they are long and not needed, or where only short ones are wanted.

    Where rank J_V drops below what its shape says they are long.
    """
    if saturated and visible_bound(M) < bounds(M).visible and all(_moved(M)):
        return None
    try:
        return _kernel(M, "visible", short=True)
    except BudgetError:
        if saturated and (short or all(_moved(M))):
            return None
        if short:
            raise
    try:
        return _kernel(M, "visible")
    except BudgetError:
        if saturated:
            return None
        raise


def _moved(M: Model) -> list[bool]:
    """Whether the coordinates of the null vectors of J_V are not 0 modulo the prime."""
    vectors = nullspace_mod(generic_screen(M).visible, M.prime).T.tolist()
    return [any(row) for row in vectors[1:]]


def _is_local(M: Model, unseen: Matrix) -> bool | None:
    """Whether what null vectors at a point say holds near it too: their rank and the coordinates that vanish stay.

    p_V = theta_1 + theta_2^2 determines theta_1 at theta_2 = 0 to first order, and nowhere else.
    """
    rank, fixed = len(M.parameters) - unseen.ncols, [not any(row) for row in unseen.rows]
    if all(fixed):
        return True
    if rank < generic_screen(M).ranks().visible:
        return False
    if rank == visible_bound(M) and not any(fixed):
        return True
    try:
        generic = _kernel(M, "visible", short=True)
    except BudgetError:
        return None
    stay = not any(any(row) for f, row in zip(fixed, generic.rows, strict=True) if f)
    return stay and generic.ncols == unseen.ncols


def certified(found: Identifiability) -> Identifiability:
    """With the certificate that the independent checker accepts; without one where it is beyond it."""
    rational = found.point is None or found.point.is_rational
    if found.open or not rational:
        return found
    names, vectors = [str(s) for s in found.identifiable], found.unseen is not None
    try:
        certificate = identifiability_certificate(
            found.model, found.visible_dimension, names, found.point, vectors=vectors
        )
    except BudgetError:
        return found
    if certificate is None:
        return found
    result = checker.check(certificate.to_json(), certificate.sha256)
    if not result.accepted and result.reason not in BEYOND:
        raise InternalError(f"the independent checker refuses the certificate: {result.reason}: {result.message}")
    return replace(found, certificate=certificate) if result.accepted else found


def identifiability_text(found: Identifiability) -> str:
    """One line: the dimensions, and the parameters that what is seen determines."""
    names = {key: ", ".join(map(str, getattr(found, key))) for key in ("identifiable", "unidentifiable", "open")}
    defect = " as expected" if not found.defect else f", {found.defect} less than expected"
    text = f"{found.model.name or 'the model'}: dim M = {found.dimension}, dim M_V = {found.visible_dimension}{defect}"
    order = "" if found.local else " to first order"
    if not found.unidentifiable and not found.open:
        text += f"; what is seen determines all parameters{order}"
    elif found.identifiable:
        text += f"; what is seen determines {names['identifiable']}{order}, not {names['unidentifiable']}"
    elif found.unidentifiable:
        text += f"; what is seen determines none of {names['unidentifiable']}{order}"
    if found.open:
        text += f"; open: {names['open']}"
    unseen = len(found.model.parameters) - found.visible_dimension
    if unseen:
        text += f"; it does not change along {unseen} direction{'s' if unseen > 1 else ''}"
    return text


def missing_text(found: Identifiability) -> str:
    """One line: what hiding costs at the point; empty where there is none."""
    if found.point is None:
        return ""
    shares: dict[str, list[str]] = {}
    for parameter, share in found.missing.items():
        text = "all" if share == 1 else str(share)
        text = text if len(text) < SHORT else f"about {sympy.N(share, 4)}"
        shares.setdefault(text, []).extend([] if share is None else [str(parameter)])
    lost = "; ".join(f"{share} of that on {', '.join(names)}" for share, names in shares.items() if names)
    return f"of the information on a parameter, the others unknown, hiding loses {lost or 'nothing that there is'}"
