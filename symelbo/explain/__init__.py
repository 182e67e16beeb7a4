"""Where, why, and what would help: the geometry behind a verdict.

Everything here starts from a model and answers one question about it: where it is cylindrical
(:func:`cylindrical_locus`), how far from it (:func:`principal_angles`), for which objectives the equality survives
(:func:`surviving_objectives`), what would mend it (:func:`repairs`), and what a recognition model does to it.
"""

from symelbo.explain.defect import DefectForm, defect_form
from symelbo.explain.locus import CylindricalLocus, LocusComponent, cylindrical_locus
from symelbo.explain.signs import PositiveWitness, Positivity, Sign, verify_positive

__all__ = [
    "CylindricalLocus",
    "DefectForm",
    "LocusComponent",
    "PositiveWitness",
    "Positivity",
    "Sign",
    "cylindrical_locus",
    "defect_form",
    "verify_positive",
]
