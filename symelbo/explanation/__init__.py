"""Where, why, and what would help: the geometry behind a verdict.

Everything here starts from a model and answers one question about it: where it is cylindrical
(:func:`cylindrical_locus`), how far from it (:func:`principal_angles`), for which objectives the equality survives
(:func:`surviving_objectives`), what would mend it (:func:`repairs`), and what a recognition model does to it
(:func:`recognition_dependence`); :func:`explain` says all that on one page.
"""

from symelbo.explanation.angles import PrincipalAngles, SymbolicAngles, principal_angles, symbolic_angles
from symelbo.explanation.defect import DefectForm, defect_form
from symelbo.explanation.locus import CylindricalLocus, LocusComponent, cylindrical_locus
from symelbo.explanation.mending import ExtendedTangent, Repair, extended_tangent, repairs
from symelbo.explanation.page import Explanation, explain
from symelbo.explanation.recognition import (
    EMStep,
    RecognitionDependence,
    RecognitionGradients,
    RecognitionModel,
    em_step,
    free_recognition,
    mean_field,
    recognition_dependence,
    recognition_gradients,
    recognition_model,
)
from symelbo.explanation.signs import PositiveWitness, Positivity, Sign, verify_positive
from symelbo.explanation.survivors import SurvivingObjectives, surviving_objectives

__all__ = [
    "CylindricalLocus",
    "DefectForm",
    "EMStep",
    "Explanation",
    "ExtendedTangent",
    "LocusComponent",
    "PositiveWitness",
    "Positivity",
    "PrincipalAngles",
    "RecognitionDependence",
    "RecognitionGradients",
    "RecognitionModel",
    "Repair",
    "Sign",
    "SurvivingObjectives",
    "SymbolicAngles",
    "cylindrical_locus",
    "defect_form",
    "em_step",
    "explain",
    "extended_tangent",
    "free_recognition",
    "mean_field",
    "principal_angles",
    "recognition_dependence",
    "recognition_gradients",
    "recognition_model",
    "repairs",
    "surviving_objectives",
    "symbolic_angles",
    "verify_positive",
]
