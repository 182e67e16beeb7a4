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
from symelbo.objectives.natural import NaturalGradient, covector, differential, minimum_norm, natural_gradient, survives
from symelbo.objectives.sums import in_visible_symbols
from symelbo.spaces import visible_probabilities

__all__ = [
    "NaturalGradient",
    "Objective",
    "covector",
    "data_divergence",
    "differential",
    "distribution",
    "divergence",
    "elbo",
    "evidence",
    "in_visible_symbols",
    "minimum_norm",
    "natural_gradient",
    "objective",
    "survives",
    "variational_gap",
    "visible_divergence",
    "visible_probabilities",
]
