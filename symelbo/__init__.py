"""symelbo: exact verification of when the evidence lower bound follows the natural gradient of the evidence.

A model is a finite table of probabilities, polynomial, rational or exponential in its parameters, over visible and
hidden variables.  symelbo derives its Fisher metric, natural gradients and tangent decomposition symbolically, decides
the statements of Ay, van Oostrum and Datar (JMLR 2025) exactly, and shows an exact counterexample where one fails.

>>> import symelbo as se
>>> M = se.bayesian_network([("x", "y"), ("x", "z")], hidden=["x"])
>>> se.is_cylindrical(se.model_a())
Proved at every admissible point
"""

from symelbo.errors import (
    BudgetError,
    DomainError,
    ExactnessError,
    GraphError,
    InternalError,
    ModelError,
    ModelFileError,
    SymelboError,
)
from symelbo.geometry import (
    TangentDecomposition,
    conditionals,
    defect,
    fisher_metric,
    horizontal_lift,
    horizontal_projection,
    is_admissible,
    jacobian,
    marginalisation,
    marginals,
    missing_information,
    probabilities,
    ranks,
    scores,
    tangent_decomposition,
    tangent_projection,
    visible_fisher_metric,
    visible_jacobian,
)
from symelbo.models import (
    Parametrization,
    bayesian_network,
    full_simplex,
    independence,
    load_model,
    model_a,
    model_b,
)
from symelbo.objectives import (
    NaturalGradient,
    Objective,
    data_divergence,
    divergence,
    elbo,
    evidence,
    natural_gradient,
    objective,
    variational_gap,
    visible_divergence,
    visible_probabilities,
)
from symelbo.spaces import SampleSpace
from symelbo.statements import STATEMENTS, Statement, statement
from symelbo.verify import (
    Counterexample,
    NotApplicable,
    Proved,
    Refuted,
    Report,
    Scope,
    Undecided,
    check_equal,
    is_cylindrical,
    verify,
)

__version__ = "0.1.0"

__all__ = [
    "STATEMENTS",
    "BudgetError",
    "Counterexample",
    "DomainError",
    "ExactnessError",
    "GraphError",
    "InternalError",
    "ModelError",
    "ModelFileError",
    "NaturalGradient",
    "NotApplicable",
    "Objective",
    "Parametrization",
    "Proved",
    "Refuted",
    "Report",
    "SampleSpace",
    "Scope",
    "Statement",
    "SymelboError",
    "TangentDecomposition",
    "Undecided",
    "bayesian_network",
    "check_equal",
    "conditionals",
    "data_divergence",
    "defect",
    "divergence",
    "elbo",
    "evidence",
    "fisher_metric",
    "full_simplex",
    "horizontal_lift",
    "horizontal_projection",
    "independence",
    "is_admissible",
    "is_cylindrical",
    "jacobian",
    "load_model",
    "marginalisation",
    "marginals",
    "missing_information",
    "model_a",
    "model_b",
    "natural_gradient",
    "objective",
    "probabilities",
    "ranks",
    "scores",
    "statement",
    "tangent_decomposition",
    "tangent_projection",
    "variational_gap",
    "verify",
    "visible_divergence",
    "visible_fisher_metric",
    "visible_jacobian",
    "visible_probabilities",
]
