"""symelbo: exact verification of when the evidence lower bound follows the natural gradient of the evidence.

A model is a finite table of probabilities, polynomial, rational or exponential in its parameters, over states of which
something is seen.  symelbo derives its Fisher metric, natural gradients and tangent decomposition symbolically, decides
the statements of Ay, van Oostrum and Datar (JMLR 2025) exactly, and shows an exact counterexample where one fails.

The house, each floor resting on those before it:

* ``exact``: numbers, the field Q(theta, t), matrices, ranks modulo primes, with the only zero test.  ``progress``:
  what is being done.  ``processes``, ``budget``: limits of time and size.  ``writing``: files, whole or not at all.
  ``graphs``: what networks and complexes decide without a table, with witnesses.  ``variables``, ``spaces``: states,
  and the map pi from states to what is seen of them.
* ``models``: families of models, with the questions that the engine asks of any; a ``Structure`` says what a table
  knows about itself.
* ``geometry``: a ``ScoreSpace`` is what the engine asks of a family: scores with a conditional expectation.  ``loci``:
  where something holds, as one value ``Where``.  ``objectives``: divergences, ELBO, natural gradients.
* ``statements``: what is claimed, as data.  ``certificates``: what a verdict rests on, as data.  ``checker``: the
  independent judge of them, which imports nothing of all this.  ``verification``: statement and model to verdict.
* ``explanation``: where, how badly, what helps, as values.  ``typesetting``: how formulas are written.
  ``derivation``: the only prose.  ``flows``, ``figures``, ``atlas``, ``cli``.

>>> import symelbo as se
>>> M = se.bayesian_network([("x", "y"), ("x", "z")], hidden=["x"])
>>> se.is_cylindrical(se.model_a())
Proved at every admissible point
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symelbo.derivation import Collection, Derivation, Explanation, derive, explain, run_proof
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
    from symelbo.explanation import (
        EMStep,
        PrincipalAngles,
        RecognitionModel,
        em_step,
        free_recognition,
        mean_field,
        principal_angles,
        recognition_dependence,
        recognition_gradients,
        recognition_model,
        repairs,
        surviving_objectives,
        symbolic_angles,
    )
    from symelbo.flows import (
        ClosedForm,
        GradientFlow,
        SigmaCurves,
        cosine_similarities,
        exact_cosines,
        fisher_volume_sample,
        gradient_flow,
        jeffreys_simplex,
        sigma_curves,
    )
    from symelbo.geometry import (
        DualView,
        TangentDecomposition,
        conditionals,
        defect,
        defect_formula,
        dual_view,
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
        visible_moments,
    )
    from symelbo.loci import CylindricalLocus, Where, cylindrical_locus
    from symelbo.models import (
        ExponentialFamily,
        ExponentialMixture,
        Gaussian,
        Moments,
        Parametrization,
        bayesian_network,
        boltzmann_machine,
        exponential_mixture,
        factor_analysis,
        full_simplex,
        hidden_markov_model,
        independence,
        known,
        linear_dynamical_system,
        linear_gaussian,
        load_model,
        log_linear,
        mixture,
        model_a,
        model_b,
        naive_bayes,
        probabilistic_pca,
        product,
        restricted_boltzmann_machine,
        sigmoid_belief_network,
        sufficient_statistics,
        zero_inflated_poisson,
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
        survives,
        variational_gap,
        visible_divergence,
        visible_probabilities,
    )
    from symelbo.spaces import SampleSpace, StateSpace
    from symelbo.statements import STATEMENTS, Statement, statement
    from symelbo.vectors import export, read_vectors
    from symelbo.verification import (
        Budget,
        Counterexample,
        Identifiability,
        NotApplicable,
        Proved,
        Refuted,
        Report,
        Undecided,
        check_equal,
        identifiability,
        is_cylindrical,
        verify,
    )

__version__ = "0.1.0"

__all__ = [
    "STATEMENTS",
    "Budget",
    "BudgetError",
    "ClosedForm",
    "Collection",
    "Counterexample",
    "CylindricalLocus",
    "Derivation",
    "DomainError",
    "DualView",
    "EMStep",
    "ExactnessError",
    "Explanation",
    "ExponentialFamily",
    "ExponentialMixture",
    "Gaussian",
    "GradientFlow",
    "GraphError",
    "Identifiability",
    "InternalError",
    "ModelError",
    "ModelFileError",
    "Moments",
    "NaturalGradient",
    "NotApplicable",
    "Objective",
    "Parametrization",
    "PrincipalAngles",
    "Proved",
    "RecognitionModel",
    "Refuted",
    "Report",
    "SampleSpace",
    "SigmaCurves",
    "StateSpace",
    "Statement",
    "SymelboError",
    "TangentDecomposition",
    "Undecided",
    "Where",
    "bayesian_network",
    "boltzmann_machine",
    "check_equal",
    "conditionals",
    "cosine_similarities",
    "cylindrical_locus",
    "data_divergence",
    "defect",
    "defect_formula",
    "derive",
    "divergence",
    "dual_view",
    "elbo",
    "em_step",
    "evidence",
    "exact_cosines",
    "explain",
    "exponential_mixture",
    "export",
    "factor_analysis",
    "fisher_metric",
    "fisher_volume_sample",
    "free_recognition",
    "full_simplex",
    "gradient_flow",
    "hidden_markov_model",
    "horizontal_lift",
    "horizontal_projection",
    "identifiability",
    "independence",
    "is_admissible",
    "is_cylindrical",
    "jacobian",
    "jeffreys_simplex",
    "known",
    "linear_dynamical_system",
    "linear_gaussian",
    "load_model",
    "log_linear",
    "marginalisation",
    "marginals",
    "mean_field",
    "missing_information",
    "mixture",
    "model_a",
    "model_b",
    "naive_bayes",
    "natural_gradient",
    "objective",
    "principal_angles",
    "probabilistic_pca",
    "probabilities",
    "product",
    "ranks",
    "read_vectors",
    "recognition_dependence",
    "recognition_gradients",
    "recognition_model",
    "repairs",
    "restricted_boltzmann_machine",
    "run_proof",
    "scores",
    "sigma_curves",
    "sigmoid_belief_network",
    "statement",
    "sufficient_statistics",
    "survives",
    "surviving_objectives",
    "symbolic_angles",
    "tangent_decomposition",
    "tangent_projection",
    "variational_gap",
    "verify",
    "visible_divergence",
    "visible_fisher_metric",
    "visible_jacobian",
    "visible_moments",
    "visible_probabilities",
    "zero_inflated_poisson",
]

# Every name is imported when first used, so that ``import symelbo`` costs nothing: the first of these layers that
# exports a public name is its home (a layer imports those before it anyway).
_LAYERS = (
    "errors",
    "spaces",
    "models",
    "geometry",
    "loci",
    "objectives",
    "vectors",
    "statements",
    "verification",
    "explanation",
    "derivation",
    "flows",
    "atlas",
)


def __getattr__(name: str) -> Any:
    if name in __all__:
        for layer in _LAYERS:
            module = import_module(f"{__name__}.{layer}")
            if name in module.__all__:
                globals()[name] = value = getattr(module, name)
                return value
    if name in _LAYERS:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *(n for n in globals() if n.startswith("__"))]
