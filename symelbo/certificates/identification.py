"""Certificates of what is determined by the distribution of what is seen: null vectors of J_V, all there are."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, islice
from typing import Any

from symelbo.certificates.bases import null_vectors_at
from symelbo.certificates.claims import Certificate
from symelbo.certificates.data import columns_data, rational_point
from symelbo.certificates.evidence import GENERIC, POINT, Evidence
from symelbo.certificates.gaussian import GaussianCertificate
from symelbo.certificates.mixtures import MixtureCertificate
from symelbo.errors import BudgetError, DomainError
from symelbo.exact import nullspace_mod
from symelbo.geometry import screen
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.gaussian import Gaussian
from symelbo.models.parametrization import Parametrization
from symelbo.models.points import Point
from symelbo.statements import Statement

__all__ = ["identifiability_certificate"]

FAMILIES: dict[type, type[Evidence]] = {
    Parametrization: Certificate,
    Gaussian: GaussianCertificate,
    ExponentialMixture: MixtureCertificate,
}
IDENTIFIABILITY = Statement(
    "identifiability",
    "identifiability",
    "Identifiability",
    (),
    "rank J_V is as stated; the stated parameters are those whose unit vectors are in its row space",
    (),
    "at the point, or generically",
    "Rothenberg (1971)",
)


def identifiability_certificate(
    model: Any, rank: int, names: Sequence[str], point: Point | None, *, vectors: bool
) -> Evidence | None:
    """The rank of J_V and the parameters that p_V determines: at a rational point, or generically by null vectors.

    None of a family without certificates.  Without ``vectors`` the rank has to be as large as the shape allows, and no
    parameter to be determined.
    """
    witness: dict[str, Any] = {"kind": "kernel", "claim": {"identifiable": list(names), "rank": rank}}
    kind = next((own for family, own in FAMILIES.items() if isinstance(model, family)), None)
    if kind is None:
        return None
    interior = point or _generic_point(model, rank, not vectors)
    if point is None:
        columns = columns_data(null_vectors_at(model, "visible", interior)) if vectors else []
        witness.update(visible_null=columns, **kind.annihilators(model, *(["visible"] if columns else [])))
        witness.update({} if vectors else kind.from_left(model, interior))
    return kind(model, IDENTIFIABILITY, "proved", GENERIC if point is None else POINT, point, interior, witness)


def _generic_point(model: Any, rank: int, nothing: bool) -> Point:
    """A rational point of the domain at which J_V has its generic rank, and determines nothing where it has to."""
    simple = (model.domain.interior_point() for _ in range(1))
    others = islice(model.domain.interior_points(seed=5), 40)
    for values in others if nothing else chain(simple, others):
        at = rational_point(Point(model.field, values), model.domain)
        with suppress(DomainError):
            seen = screen(model, at.values)
            moved = nullspace_mod(seen.visible, seen.p)[:, 1:].any(axis=0)
            if seen.ranks().visible == rank and bool(moved.all()) >= nothing:
                return at
    raise BudgetError("no simple point of the domain at which rank J_V is generic")
