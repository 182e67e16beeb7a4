"""The information geometry of a model: Fisher metrics, horizontal and vertical directions, the defect.

Everything public takes a model and returns sympy objects.
"""

from symelbo.geometry import gaussian_ranks, gradients
from symelbo.geometry.closed_forms import DefectFormula, defect_formula
from symelbo.geometry.conormals import Conormal, conormal_rank, conormals, visible_bound
from symelbo.geometry.decomposition import Dimensions, TangentDecomposition, decompose
from symelbo.geometry.dual import DualView, dual_view
from symelbo.geometry.formulas import Form, Formula, checked_form
from symelbo.geometry.gaussian import GaussianScores, coordinates, gaussian_scores, visible_moments
from symelbo.geometry.kernels import Kernels, generic_kernels, is_kernel, kernel
from symelbo.geometry.measures import (
    At,
    conditionals,
    defect,
    fisher_metric,
    horizontal_lift,
    horizontal_projection,
    is_admissible,
    jacobian,
    marginalisation,
    marginals,
    measured,
    missing_information,
    probabilities,
    ranks,
    scores,
    tangent_decomposition,
    tangent_projection,
    visible_fisher_metric,
    visible_jacobian,
    within_budget,
)
from symelbo.geometry.mixtures import MixtureScores, mixture_scores
from symelbo.geometry.ranks import generic_ranks, ranks_at
from symelbo.geometry.scorespace import Ranks, ScoreSpace, Screen, bounds, one_copy, score_space, scores_at
from symelbo.geometry.screen import (
    generic_screen,
    rank_rows,
    screen,
    structural_bounds,
    upper_bounds,
)
from symelbo.geometry.structured import StructuredGeometry
from symelbo.geometry.tangent import Geometry, geometry

__all__ = [
    "At",
    "Conormal",
    "DefectFormula",
    "Dimensions",
    "DualView",
    "Form",
    "Formula",
    "GaussianScores",
    "Geometry",
    "Kernels",
    "MixtureScores",
    "Ranks",
    "ScoreSpace",
    "Screen",
    "StructuredGeometry",
    "TangentDecomposition",
    "bounds",
    "checked_form",
    "conditionals",
    "conormal_rank",
    "conormals",
    "coordinates",
    "decompose",
    "defect",
    "defect_formula",
    "dual_view",
    "fisher_metric",
    "gaussian_ranks",
    "gaussian_scores",
    "generic_kernels",
    "generic_ranks",
    "generic_screen",
    "geometry",
    "gradients",
    "horizontal_lift",
    "horizontal_projection",
    "is_admissible",
    "is_kernel",
    "jacobian",
    "kernel",
    "marginalisation",
    "marginals",
    "measured",
    "missing_information",
    "mixture_scores",
    "one_copy",
    "probabilities",
    "rank_rows",
    "ranks",
    "ranks_at",
    "score_space",
    "scores",
    "scores_at",
    "screen",
    "structural_bounds",
    "tangent_decomposition",
    "tangent_projection",
    "upper_bounds",
    "visible_bound",
    "visible_fisher_metric",
    "visible_jacobian",
    "visible_moments",
    "within_budget",
]
