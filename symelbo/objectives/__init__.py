"""Divergences, evidence, ELBO and gap as objectives, and their natural gradients."""

from symelbo.objectives.distributions import distribution
from symelbo.objectives.divergences import (
    Objective,
    data_divergence,
    divergence,
    elbo,
    evidence,
    objective,
    variational_gap,
    visible_divergence,
)
from symelbo.objectives.natural import NaturalGradient, covector, minimum_norm, natural_gradient, survives
from symelbo.spaces import visible_probabilities

__all__ = [
    "NaturalGradient",
    "Objective",
    "covector",
    "data_divergence",
    "distribution",
    "divergence",
    "elbo",
    "evidence",
    "minimum_norm",
    "natural_gradient",
    "objective",
    "survives",
    "variational_gap",
    "visible_divergence",
    "visible_probabilities",
]
