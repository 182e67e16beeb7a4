"""For which objectives the equality survives: the kernel of the defect, as linear conditions on the differential l.

For dL = l the two gradients dpi(grad^M (L o pi)) and grad^{M_V} L differ by Delta l.  Delta l = 0 says that l is
orthogonal to the columns of Delta: dim im Delta = m linear conditions.  Conditions over the field are those at every
admissible point at which rank Delta = m and the conditions are independent (im Delta varies continuously there); where
rank Delta is smaller the equality survives for more objectives, where Delta = 0 for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from symelbo.budget import LIMITS, Limit
from symelbo.errors import DomainError
from symelbo.exact import QQ, Entry, Field, Matrix, as_rational
from symelbo.explanation.interactions import Subset, functions_of, interaction_basis, interactions_in, name_of, subsets
from symelbo.geometry import (
    Geometry,
    ScoreSpace,
    generic_ranks,
    geometry,
    measured,
    ranks_at,
    scores_at,
)
from symelbo.loci.locus import defect_rank_is_constant
from symelbo.models.parametrization import Point, has_table
from symelbo.typesetting import Unfolding
from symelbo.typesetting.sentences import ascii_text


@dataclass(frozen=True, slots=True)
class SurvivingObjectives(Unfolding):
    """The objectives for which the ELBO's projected gradient is still the visible gradient.

    Attributes
    ----------
    conditions : |V| x 1 columns c: the equality holds for dL = l exactly when c . l = 0 for all of them, where rank
        Delta is their number
    point : the point of the conditions, or None
    everywhere : whether rank Delta is proved to be their number at every admissible point
    constant : whether the conditions are the same at all points
    interactions : for every condition the interactions of visible variables that it weighs
    words : the conditions in words
    functions : maximal sets S such that every function of v_S survives
    complete : whether sums of functions of these v_S are all the differentials that survive
    """

    conditions: tuple[sympy.Matrix, ...]
    constant: bool
    interactions: tuple[tuple[Subset, ...], ...]
    words: str
    functions: tuple[Subset, ...]
    point: Point | None = None
    everywhere: bool = True
    complete: bool = True

    @property
    def only_constants(self) -> bool:
        """Whether no other differentials survive than constant ones, for which both gradients are 0."""
        return bool(self.conditions) and len(self.conditions) == len(self.conditions[0]) - 1

    def __repr__(self) -> str:
        return self.words


@measured("conditions on objectives")
def surviving_objectives(
    M: Any, at: Mapping[Any, Any] | Point | None = None, *, budget: Limit = None
) -> SurvivingObjectives:
    """Return the conditions under which an objective L keeps the equality, generically or at a point.

    For a Gaussian model l is the differential in the coordinates (mu_V; Sigma_VV), for a mixture in the means of v and
    v^2, and there are no interactions.

    >>> from symelbo.models import model_b
    >>> found = surviving_objectives(model_b())
    >>> found.words
    'no weight on the y-z interaction: l(1,1) - l(1,0) - l(0,1) + l(0,0) = 0'
    >>> found.functions
    (('y',), ('z',))
    >>> from symelbo.models import linear_gaussian
    >>> surviving_objectives(linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"]))
    l(S(b,a)) = 0
    """
    where = scores_at(M, at)
    if not has_table(M) and M.is_exact:
        ranks = generic_ranks(M) if where.point is None else ranks_at(M, where.point)
        return _of_moments(where, where.defect, ranks.oblique, everywhere=defect_rank_is_constant(M))
    if not has_table(M):
        oblique = where.vertical_scores @ where.metric_inverse @ where.visible_jacobian.T
        every = f"every objective of {', '.join(map(str, where.visible_coordinates()))}"
        return _of_moments(where, oblique.T @ oblique, oblique.rank(), everywhere=False, every=every)
    where = geometry(M, where.point)
    if at is None and generic_ranks(M).cylindrical:
        return SurvivingObjectives((), True, (), "every objective", (tuple(v.name for v in M.space.seen_product),))
    if where.n_visible > LIMITS.defect_visible:
        raise DomainError(f"surviving_objectives: {where.n_visible} visible states are too many for the defect")
    rank = generic_ranks(M).oblique if where.point is None else ranks_at(M, where.point).oblique
    return _from_columns(
        where, _image(where.defect, rank), everywhere=where.point is not None or defect_rank_is_constant(M)
    )


def _of_moments(
    where: ScoreSpace, delta: Matrix, rank: int, *, everywhere: bool, every: str = "every objective"
) -> SurvivingObjectives:
    """Objectives of moments of what is seen; the kernel of a symmetric matrix is that of the defect on them."""
    image = _image(delta, rank) if rank else Matrix(where.domain, [], 0)
    columns = [_normalised(where, image.column_entries(j)) for j in range(image.ncols)]
    names = [f"l({s})" for s in where.visible_coordinates()]
    words = "; ".join(_equation(where, names, c) for c in columns) or every
    fixed = where.point is not None
    constant = fixed or all(e.is_constant for c in columns for e in c)
    shown = tuple(Matrix.column(where.domain, c).to_sympy() for c in columns)
    everywhere = fixed or (everywhere and constant)
    return SurvivingObjectives(shown, constant, (), words, (), where.point, everywhere, complete=False)


def _image(delta: Matrix, rank: int) -> Matrix:
    """A basis of the column space with small entries, primitive columns.

    Over a field, constant vectors in the kernel are looked for first, at a few points, and tested as identities: where
    they are the whole kernel the column space is their orthogonal complement, and nothing is eliminated.
    """
    if isinstance(delta.domain, Field):
        constant = _constant_kernel(delta, delta.domain)
        if constant is not None and delta.ncols - constant.ncols == rank:
            complement = constant.T.nullspace() if constant.ncols else Matrix.identity(QQ, delta.ncols)
            reduced, _ = complement.T.rref()
            field = delta.domain
            return reduced.T.map(field.constant, field).primitive_columns()
    reduced, pivots = delta.rref()
    return reduced.select(list(range(len(pivots)))).T.primitive_columns()


def _constant_kernel(delta: Matrix, field: Field) -> Matrix | None:
    """Constant vectors with ``Delta l = 0`` identically, as columns over Q; None where no point can be evaluated."""
    rows: list[list[Entry]] = []
    for shift in range(4):
        numbers = (Fraction(2 * i + 3 + shift, 3 * i + 11 + 2 * shift) for i in range(len(field.generators)))
        values = list(map(as_rational, numbers))
        try:
            rows += [[e.evaluate(values) for e in r] for r in delta.rows]
        except DomainError:
            continue
    if not rows:
        return None
    kernel = Matrix(QQ, rows).nullspace()
    lifted = kernel.map(field.constant, field)
    return kernel if not any(any(r) for r in (delta @ lifted).rows) else None


def _from_columns(where: Geometry, image: Matrix, *, everywhere: bool) -> SurvivingObjectives:
    space = where.model.space
    if not image.ncols:
        everything = tuple(v.name for v in space.seen_product)
        return SurvivingObjectives((), True, (), "every objective", (everything,), where.point)
    columns = [_normalised(where, image.column_entries(j)) for j in range(image.ncols)]
    constant = where.point is not None or all(e.is_constant for c in columns for e in c)
    interactions = tuple(tuple(interactions_in(space, c)) for c in columns)
    names = [v.name for v in space.seen_product]
    weights = Matrix.from_columns(where.domain, columns, space.n_visible).T
    lift = where.domain.constant
    kept = [s for s in subsets(names) if (weights @ functions_of(space, s).map(lift, where.domain)).is_zero()]
    maximal = tuple(s for s in kept if not any(set(s) < set(t) for t in kept))
    whole = {s for found in interactions for s in found}
    named = None
    dimension = sum(interaction_basis(space, s).ncols for s in whole)
    if whole and () not in whole and dimension == len(columns):
        named = "no weight on " + " or ".join(ascii_text(name_of(s)) for s in sorted(whole, key=lambda s: (len(s), s)))
        pure = [interaction_basis(space, s) for s in sorted(whole, key=lambda s: (len(s), s))]
        columns = [[where.domain.constant(e) for e in b.column_entries(j)] for b in pure for j in range(b.ncols)]
        interactions = tuple(tuple(interactions_in(space, c)) for c in columns)
    named_states = [f"l({space.visible_key(s)})" for s in space.visible_states]
    sums = "; ".join(_equation(where, named_states, c) for c in columns)
    if len(columns) == space.n_visible - 1:
        named = "constant differentials only"
    words = sums if named is None else f"{named}: {sums}" if len(columns) <= 2 else named
    shown = tuple(Matrix.column(where.domain, c).to_sympy() for c in columns)
    sums_of_functions = Matrix(QQ, [[] for _ in range(space.n_visible)])
    for s in maximal:
        sums_of_functions = sums_of_functions.beside(functions_of(space, s))
    complete = bool(maximal) and sums_of_functions.rank() == space.n_visible - len(columns)
    return SurvivingObjectives(
        shown,
        constant,
        interactions,
        words,
        maximal,
        where.point,
        everywhere and (constant or len(columns) == 1),
        complete,
    )


def _normalised(where: ScoreSpace, column: Sequence[Entry]) -> list[Entry]:
    """With integers where all entries are rational, the first one positive."""
    first = next(e for e in column if e)
    if where.point is None and not all(e.is_constant for e in column):
        return list(column)
    numbers = [where.domain.to_sympy(e) for e in column]
    scale = sympy.ilcm(*(n.q for n in numbers)) if all(n.is_Rational for n in numbers) else None
    if scale is None:
        return [e / first for e in column]
    common = sympy.igcd(*(int(n * scale) for n in numbers))
    factor = sympy.Rational(scale, common) * (1 if where.domain.to_sympy(first) > 0 else -1)
    return [e * where.domain.constant(factor) for e in column]


def _equation(where: ScoreSpace, names: Sequence[str], column: Sequence[Entry]) -> str:
    terms = [(where.domain.to_sympy(entry), name) for name, entry in zip(names, column, strict=True) if entry]
    parts: list[str] = []
    for value, name in terms:
        negative = value.could_extract_minus_sign()
        size = -value if negative else value
        text = name if size == 1 else f"({size})*{name}" if size.is_Add else f"{size}*{name}"
        parts.append((" - " if negative else " + ") + text if parts else ("-" if negative else "") + text)
    return "".join(parts) + " = 0"
