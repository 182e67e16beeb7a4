"""Zero sets in the domain of a model: where it is cylindrical, where it is admissible, and which signs say so.

:mod:`signs` finds the sign of a polynomial on a domain, with a witness; :mod:`strata` turns "this rank drops" into
polynomial equations; :mod:`components` solves systems inside the domain, over the field Q(alpha) of :mod:`algebraic`
where a point is not rational; :func:`cylindrical_locus` puts them together.
"""

from symelbo.loci.components import AlgebraicPoint
from symelbo.loci.locus import CylindricalLocus, cylindrical_locus, where_cylindrical
from symelbo.loci.positivity import PositiveWitness, Positivity, Sign, verify_positive
from symelbo.loci.where import LocusComponent, Where

__all__ = [
    "AlgebraicPoint",
    "CylindricalLocus",
    "LocusComponent",
    "PositiveWitness",
    "Positivity",
    "Sign",
    "Where",
    "cylindrical_locus",
    "verify_positive",
    "where_cylindrical",
]
