"""Models that are cylindrical at no admissible point, where one minor of differences of scores shows it.

T splits at an admissible point exactly if rank J >= r_V + rank (I - C dpi) J there, and the rows s(x) - s(y), x and y
over one v, span those of (I - C dpi) J.  A minor of k of them that is a product of polynomials which are positive on
the domain, up to sign, keeps that rank >= k at every point; with rank J < r_V + k no admissible point is left.
"""

from __future__ import annotations

import random

import numpy as np

from symelbo.budget import LIMITS
from symelbo.certificates import Certificate, KnownSigns, Minor, minor_polynomial
from symelbo.errors import DomainError
from symelbo.exact import pivots_mod
from symelbo.geometry import Ranks, upper_bounds
from symelbo.loci import Where, where_cylindrical
from symelbo.models.parametrization import Parametrization, Point
from symelbo.verification.minors import certified_by_minors

__all__ = ["extent_with_certificate", "nowhere_cylindrical"]

ATTEMPTS = LIMITS.minor_attempts
PAIRS = LIMITS.minor_pairs
LARGEST = LIMITS.largest_minor
TERMS = LIMITS.minor_factor_terms


def nowhere_cylindrical(model: Parametrization, ranks: Ranks, interior: Point) -> Certificate | None:
    """Return a certificate that the model is cylindrical at no admissible point, or None if one minor shows none.

    Parameters
    ----------
    model : Parametrization
    ranks : Ranks
        The generic ranks.
    interior : Point
        A point at which the rank of J_V is generic.

    >>> from symelbo.models import model_b
    >>> from symelbo.geometry import generic_ranks
    >>> model = model_b()
    >>> point = model.point(dict(zip(model.parameters, ["1/2", "1/2", "1/3", "1/2", "1/3"])))
    >>> certificate = nowhere_cylindrical(model, generic_ranks(model), point)
    >>> certificate.scope, [m["pairs"] for m in certificate.witness["minors"]]
    ('no-admissible-point', [[[0, 1], [2, 3], [4, 5]]])
    """
    k = min(ranks.joint, upper_bounds(model).joint) - ranks.visible + 1
    terms = sum(len(f.num) for f in model.factor_table.factors)
    if ranks.cylindrical or not 0 < k <= min(LARGEST, ranks.vertical) or terms > TERMS:
        return None
    known = KnownSigns.of(model)
    pairs = [(fibre[0], x) for fibre in model.space.fibration for x in fibre[1:]][:PAIRS]
    rng, p = random.Random(0), model.prime
    try:
        states = np.array(sorted({x for pair in pairs for x in pair}), dtype=np.int64)
        _, scores = model.residues([rng.randrange(1, p) for _ in model.field.generators], p, rows=states)
    except DomainError:
        return None
    place = {int(x): i for i, x in enumerate(states)}
    rows = np.array([(scores[place[x]] - scores[place[y]]) % p for x, y in pairs], dtype=np.int64)
    order = sorted(range(len(pairs)), key=lambda i: int(np.count_nonzero(rows[i])))
    columns = list(range(len(model.parameters)))
    seen = set()
    for _ in range(ATTEMPTS):
        chosen = [order[i] for i in sorted(pivots_mod(rows[order][:, columns], p)[0])[:k]]
        if len(chosen) < k:
            return None
        picked = sorted(columns[j] for j in pivots_mod(rows[chosen][:, columns], p)[1])
        choice = (tuple(pairs[i] for i in sorted(chosen)), tuple(picked))
        rng.shuffle(order)
        rng.shuffle(columns)
        if choice in seen:
            continue
        seen.add(choice)
        found = known.product(minor_polynomial(model, *choice))
        if found is not None:
            sign, total = found
            minor = Minor(*choice, model.field.constant(sign))
            return Certificate.nowhere(model, [minor], total, interior)
    return None


def extent_with_certificate(model: Parametrization, ranks: Ranks, interior: Point) -> tuple[Where, Certificate | None]:
    """Where a model is cylindrical that is not so generically, with a certificate of "nowhere" where one is found.

    Parameters
    ----------
    model, ranks, interior : as in :func:`nowhere_cylindrical`
    """
    certificate = nowhere_cylindrical(model, ranks, interior)
    if certificate is not None:
        return Where.NOWHERE, certificate
    where = where_cylindrical(model)
    return where, certified_by_minors(model, ranks, interior) if where == Where.NOWHERE else None
