"""Where something holds in the domain of a model: where it is cylindrical, where it is admissible, and what says so.

:class:`Where` is the one vocabulary of scopes; :class:`Positivity` knows signs on a domain, with proofs as data
(:mod:`proofs`); :mod:`strata` turns "this rank drops" into polynomial equations, :mod:`components` solves systems
inside the domain, over Q(alpha) where a point is not rational (:mod:`roots`); :mod:`minors` shows that there is no such
point; :func:`where_cylindrical` and :func:`cylindrical_locus` put them together.
"""

from symelbo.loci.components import AlgebraicPoint
from symelbo.loci.locus import CylindricalLocus, cylindrical_locus, where_cylindrical
from symelbo.loci.positivity import Positivity
from symelbo.loci.proofs import PositiveWitness, Products, Sign, SumOfProducts, verify_positive
from symelbo.loci.where import LocusComponent, Where

__all__ = [
    "AlgebraicPoint",
    "CylindricalLocus",
    "LocusComponent",
    "PositiveWitness",
    "Positivity",
    "Products",
    "Sign",
    "SumOfProducts",
    "Where",
    "cylindrical_locus",
    "verify_positive",
    "where_cylindrical",
]
