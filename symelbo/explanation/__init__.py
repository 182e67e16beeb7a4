"""Where, why, and what would help: the geometry behind a verdict.

Everything here starts from a model and answers one question about it: how far it is from being cylindrical
(:func:`principal_angles`; where, is in :mod:`symelbo.loci`), for which objectives the equality survives
(:func:`surviving_objectives`), what would mend it (:func:`repairs`), and what a recognition model does to it
(:func:`recognition_dependence`); :func:`explain` says all that on one page.
"""

from symelbo.explanation.angles import PrincipalAngles, SymbolicAngles, principal_angles, symbolic_angles
from symelbo.explanation.defect import DefectForm, defect_form
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
from symelbo.explanation.survivors import SurvivingObjectives, surviving_objectives

__all__ = [
    "DefectForm",
    "EMStep",
    "Explanation",
    "ExtendedTangent",
    "PrincipalAngles",
    "RecognitionDependence",
    "RecognitionGradients",
    "RecognitionModel",
    "Repair",
    "SurvivingObjectives",
    "SymbolicAngles",
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
]
