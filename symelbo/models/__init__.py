"""Models: parametrised finite tables of probabilities, and the families that build them."""

from symelbo.exact import known
from symelbo.models.combinations import product
from symelbo.models.domain import Domain
from symelbo.models.exponential import ExponentialFamily, ExponentialStructure, sufficient_statistics
from symelbo.models.exponential_mixtures import ExponentialMixture, exponential_mixture, zero_inflated_poisson
from symelbo.models.expressions import pairs_in, parse_assignments, parse_expression, parse_rational, parse_relation
from symelbo.models.files import load_model, model_from_text
from symelbo.models.formats import NetworkFile, read_network
from symelbo.models.gaussian import Gaussian
from symelbo.models.graphs import bayesian_network
from symelbo.models.latent import hidden_markov_model, mixture, naive_bayes, sigmoid_belief_network
from symelbo.models.linear_gaussian import factor_analysis, linear_dynamical_system, linear_gaussian, probabilistic_pca
from symelbo.models.loglinear import boltzmann_machine, log_linear, restricted_boltzmann_machine
from symelbo.models.moments import Moments
from symelbo.models.parametrization import Parametrization
from symelbo.models.standard import full_simplex, independence, model_a, model_b

__all__ = [
    "Domain",
    "ExponentialFamily",
    "ExponentialMixture",
    "ExponentialStructure",
    "Gaussian",
    "Moments",
    "NetworkFile",
    "Parametrization",
    "bayesian_network",
    "boltzmann_machine",
    "exponential_mixture",
    "factor_analysis",
    "full_simplex",
    "hidden_markov_model",
    "independence",
    "known",
    "linear_dynamical_system",
    "linear_gaussian",
    "load_model",
    "log_linear",
    "mixture",
    "model_a",
    "model_b",
    "model_from_text",
    "naive_bayes",
    "pairs_in",
    "parse_assignments",
    "parse_expression",
    "parse_rational",
    "parse_relation",
    "probabilistic_pca",
    "product",
    "read_network",
    "restricted_boltzmann_machine",
    "sigmoid_belief_network",
    "sufficient_statistics",
    "zero_inflated_poisson",
]
