"""Where, why, and what would help: the geometry behind a verdict.

Everything here starts from a model and answers one question about it: how far it is from being cylindrical
(:func:`principal_angles`; where, is in :mod:`symelbo.loci`), for which objectives the equality survives
(:func:`surviving_objectives`), what would mend it (:func:`repairs`), and what a recognition model does to it
(:func:`recognition_dependence`); all of it together are :class:`Findings`.  Values only: what is said about them is the
business of :mod:`symelbo.derivation`.
"""

from symelbo.explanation.angles import PrincipalAngles, principal_angles, symbolic_angles
from symelbo.explanation.defect import DefectForm, defect_at, defect_form
from symelbo.explanation.em import EMStep, em_step
from symelbo.explanation.findings import Findings
from symelbo.explanation.mending import repairs
from symelbo.explanation.recognition import (
    RecognitionModel,
    free_recognition,
    mean_field,
    recognition_dependence,
    recognition_gradients,
    recognition_model,
)
from symelbo.explanation.search import found_by_size, found_within
from symelbo.explanation.survivors import SurvivingObjectives, surviving_objectives

__all__ = [
    "DefectForm",
    "EMStep",
    "Findings",
    "PrincipalAngles",
    "RecognitionModel",
    "SurvivingObjectives",
    "defect_at",
    "defect_form",
    "em_step",
    "found_by_size",
    "found_within",
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
