"""Gradient flows, cosine similarities and sampling: the numerical side, on which no verdict rests."""

from symelbo.flows.cosines import ExactCosines, cosine_similarities, exact_cosines
from symelbo.flows.curves import SigmaCurves, sigma_curves
from symelbo.flows.gaussian import NumericGaussian
from symelbo.flows.gradient import GradientFlow, gradient_flow
from symelbo.flows.sampling import VolumeLaw, VolumeSample, fisher_volume_law, fisher_volume_sample, jeffreys_simplex
from symelbo.flows.solutions import ClosedForm, closed_form

__all__ = [
    "ClosedForm",
    "ExactCosines",
    "GradientFlow",
    "NumericGaussian",
    "SigmaCurves",
    "VolumeLaw",
    "VolumeSample",
    "closed_form",
    "cosine_similarities",
    "exact_cosines",
    "fisher_volume_law",
    "fisher_volume_sample",
    "gradient_flow",
    "jeffreys_simplex",
    "sigma_curves",
]
