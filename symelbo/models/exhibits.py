"""The models on which ``symelbo prove`` decides all statements: the paper's two, and one of every family."""

from __future__ import annotations

from collections.abc import Sequence

import sympy

from symelbo.models.exponential import ExponentialFamily
from symelbo.models.exponential_mixtures import ExponentialMixture, exponential_mixture
from symelbo.models.gaussian import Gaussian
from symelbo.models.graphs import free_tables
from symelbo.models.latent import hidden_markov_model, mixture, naive_bayes, sigmoid_belief_network
from symelbo.models.linear_gaussian import factor_analysis, linear_dynamical_system, linear_gaussian, probabilistic_pca
from symelbo.models.loglinear import boltzmann_machine, log_linear, restricted_boltzmann_machine
from symelbo.models.parametrization import Parametrization, as_model
from symelbo.models.standard import full_simplex, independence, model_a, model_b
from symelbo.spaces import Label, SampleSpace


def exhibits() -> tuple[Parametrization, ...]:
    """Return the models, the paper's two first.

    >>> [M.name for M in exhibits()][:2]
    ['M(a)', 'M(b)']
    """
    pair: dict[str, int | Sequence[Label]] = {"v": [1, 0], "h": [1, 0]}
    v, h = sympy.symbols("v h")
    space = SampleSpace(visible={"v": pair["v"]}, hidden={"h": pair["h"]})
    return (
        model_a(),
        model_b(),
        full_simplex(space, name="simplex 2x2"),
        independence(pair, hidden=["h"], name="independence 2x2"),
        free_tables(
            [("u", "v"), ("v", "h"), ("u", "h")], states={"u": 3, "v": 2, "h": 2}, hidden=["h"], name="collider"
        ),
        as_model(naive_bayes(3, name="naive Bayes 3")),
        as_model(hidden_markov_model(3, name="hidden Markov 3")),
        mixture(independence({"y": 2, "z": 3, "component": 1}, hidden=["component"]), 2, name="mixture 2x3"),
        log_linear([("v", "h"), ("u", "v")], states={"u": 2, "v": 2, "h": 2}, hidden=["h"], name="log-linear"),
        boltzmann_machine([("v1", "h"), ("h", "v2"), ("v2", "v1")], hidden=["h"], name="Boltzmann triangle"),
        restricted_boltzmann_machine(3, 1, name="RBM 3x1"),
        sigmoid_belief_network([("h", "v1"), ("h", "v2")], hidden=["h"], name="sigmoid 1-2"),
        ExponentialFamily(space, [v, h, v * h], name="exponential family"),
    )


def continuous_exhibits() -> tuple[Gaussian | ExponentialMixture, ...]:
    """Return Gaussian models (networks, factor analysis, probabilistic PCA, a linear dynamical system) and mixtures.

    >>> [M.name for M in continuous_exhibits()][:2]
    ['Gaussian collider', 'Gaussian leaves']
    """
    return (
        linear_gaussian([("u", "v"), ("v", "h"), ("u", "h")], hidden=["h"], name="Gaussian collider"),
        linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False, name="Gaussian leaves"),
        factor_analysis(3),
        probabilistic_pca(3, 1),
        linear_dynamical_system(3),
        exponential_mixture("gaussian"),
        exponential_mixture("poisson", 2, leaves=2, name="Poisson naive Bayes"),
    )
