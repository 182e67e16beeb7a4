"""Models: parametrised finite tables of probabilities, and the families that build them."""

from symelbo.models.domain import Constraint, Domain
from symelbo.models.expressions import parse_assignments, parse_expression, parse_rational, parse_relation
from symelbo.models.files import load_model, model_from_text
from symelbo.models.graphs import BayesianNetwork, Family, bayesian_network, directed_graph
from symelbo.models.parametrization import FactorTable, Parametrization, Point
from symelbo.models.standard import full_simplex, independence, model_a, model_b

__all__ = [
    "BayesianNetwork",
    "Constraint",
    "Domain",
    "FactorTable",
    "Family",
    "Parametrization",
    "Point",
    "bayesian_network",
    "directed_graph",
    "full_simplex",
    "independence",
    "load_model",
    "model_a",
    "model_b",
    "model_from_text",
    "parse_assignments",
    "parse_expression",
    "parse_rational",
    "parse_relation",
]
