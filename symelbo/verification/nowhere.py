"""Certificates for models that are cylindrical at no admissible point: minors that show it, with their signs."""

from __future__ import annotations

from symelbo.certificates import Certificate
from symelbo.loci import Where, where_cylindrical
from symelbo.loci.minors import Minors, one_minor, several_minors
from symelbo.models.parametrization import Parametrization, Point

__all__ = ["extent_with_certificate", "nowhere_cylindrical"]


def nowhere_cylindrical(model: Parametrization, interior: Point) -> Certificate | None:
    """Return a certificate that the model is cylindrical at no admissible point, or None if one minor shows none.

    Parameters
    ----------
    model : Parametrization
    interior : Point
        A point at which the rank of J_V is generic.

    >>> from symelbo.models import model_b
    >>> model = model_b()
    >>> point = model.point(dict(zip(model.parameters, ["1/2", "1/2", "1/3", "1/2", "1/3"])))
    >>> certificate = nowhere_cylindrical(model, point)
    >>> certificate.scope, [m["pairs"] for m in certificate.witness["minors"]]
    ('no-admissible-point', [[[0, 1], [2, 3], [4, 5]]])
    """
    return _written(model, one_minor(model), interior)


def extent_with_certificate(model: Parametrization, interior: Point) -> tuple[Where, Certificate | None]:
    """Where a model is cylindrical that is not so generically, with a certificate of "nowhere" where one is found."""
    certificate = nowhere_cylindrical(model, interior)
    if certificate is not None:
        return Where.NOWHERE, certificate
    where = where_cylindrical(model)
    return where, _written(model, several_minors(model), interior) if where == Where.NOWHERE else None


def _written(model: Parametrization, found: Minors | None, interior: Point) -> Certificate | None:
    return None if found is None else Certificate.nowhere(model, found.minors, found.total, interior)
