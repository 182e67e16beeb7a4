"""Zero sets in the domain of a model: where it is cylindrical, where it is admissible, and which signs say so.

:mod:`signs` finds the sign of a polynomial on a domain, with a witness; :mod:`strata` turns "this rank drops" into
polynomial equations; :mod:`components` solves systems inside the domain, over the field Q(alpha) of :mod:`algebraic`
where a point is not rational; :func:`cylindrical_locus` puts them together.
"""

from symelbo.loci.components import AlgebraicPoint
from symelbo.loci.locus import CylindricalLocus, Extent, LocusComponent, cylindrical_extent, cylindrical_locus
from symelbo.loci.positivity import PositiveWitness, Positivity, Sign, verify_positive

__all__ = [
    "AlgebraicPoint",
    "CylindricalLocus",
    "Extent",
    "LocusComponent",
    "PositiveWitness",
    "Positivity",
    "Sign",
    "cylindrical_extent",
    "cylindrical_locus",
    "verify_positive",
]
