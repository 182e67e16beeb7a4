"""Linear-Gaussian networks: structural equations, factor analysis, probabilistic PCA, linear dynamical systems.

Names of parameters: ``m_v`` the intercept of v, ``b_p_v`` the coefficient of the arrow p -> v, ``w_v`` the variance of
the noise at v.  Factor analysis: ``m1 ...``, loadings ``l1 ...`` (``l1_1 ...`` with several factors), ``w1 ...``.

Reference: Lauritzen (1996), chapter 5; Tipping, Bishop (1999) for probabilistic PCA; Kalman (1960).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TypeAlias

import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import ModelError
from symelbo.exact import Field, Matrix, as_expression
from symelbo.models.domain import Constraint, Domain
from symelbo.models.edges import directed_graph
from symelbo.models.equations import Equations
from symelbo.models.gaussian import Gaussian

Number: TypeAlias = int | sympy.Symbol


class _Network:
    """A network being written down: intercepts, coefficients and variances, each a parameter or a number."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = list(names)
        self.intercepts: dict[str, Number] = {}
        self.coefficients: dict[tuple[str, str], Number] = {}
        self.variances: dict[str, Number] = dict.fromkeys(names, 1)

    def model(
        self, parameters: Sequence[sympy.Symbol], hidden: Iterable[str], name: str | None, *, free: bool = False
    ) -> Gaussian:
        """The Gaussian model in these parameters."""
        field, names = Field(list(parameters)), self.names
        zero = field.zero
        rows = [
            [field.from_sympy(self.coefficients[p, u]) if (p, u) in self.coefficients else zero for p in names]
            for u in names
        ]
        variances = tuple(field.from_sympy(as_expression(self.variances[u])) for u in names)
        constraints = {str(w): Constraint(w, f"0 < {w}") for w in variances if not w.is_constant}
        equations = Equations(
            tuple(field.from_sympy(as_expression(self.intercepts.get(u, 0))) for u in names),
            Matrix(field, rows, len(names)),
            variances,
            tuple(self.coefficients),
            free,
        )
        return Gaussian.from_equations(names, hidden, equations, Domain(field, tuple(constraints.values())), name)


@budgeted("the network")
def linear_gaussian(
    edges: object,
    *,
    hidden: Iterable[str],
    means: bool = True,
    isolated: Iterable[str] = (),
    name: str | None = None,
    budget: Limit = None,
) -> Gaussian:
    """Return the linear-Gaussian network with free coefficients, noise variances and intercepts.

    ``x_u = m_u + sum_p b_pu x_p + e_u`` with independent ``e_u ~ N(0, w_u)``.

    Parameters
    ----------
    edges : list of pairs (parent, child), or networkx.DiGraph
    hidden : names of the hidden nodes
    means : bool
        Whether intercepts are parameters; else all means are 0.
    isolated : names of further nodes, without arrows
    name : str, optional
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    GraphError
        Cycle, doubled arrow.
    ModelError
        Nothing hidden or nothing visible, an unknown hidden node.

    >>> linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    Gaussian model of a, b (visible) and h (hidden), parameters w_h, b_h_a, w_a, b_h_b, w_b
    """
    graph = directed_graph(edges, isolated=isolated)
    network = _Network(list(graph.nodes))
    parameters: list[sympy.Symbol] = []

    def new(text: str) -> sympy.Symbol:
        parameters.append(sympy.Symbol(text))
        return parameters[-1]

    for u in graph.nodes:
        if means:
            network.intercepts[u] = new(f"m_{u}")
        for p in sorted(graph.predecessors(u), key=network.names.index):
            network.coefficients[p, u] = new(f"b_{p}_{u}")
        network.variances[u] = new(f"w_{u}")
    if len(set(parameters)) != len(parameters):
        raise ModelError("the names of the nodes give two parameters the same name; rename nodes with underscores")
    return network.model(parameters, hidden, name, free=True)


@budgeted("the network")
def factor_analysis(n: int, k: int = 1, *, name: str | None = None, budget: Limit = None) -> Gaussian:
    """Return factor analysis: ``v = m + L h + e``, h ~ N(0, I_k), e_i ~ N(0, w_i), with n items and k factors.

    The law of the factors is fixed, so this is not the network ``h -> v`` with free tables.

    >>> factor_analysis(3)
    factor analysis 3, 1 of v1, v2, v3 (visible) and h (hidden), parameters m1, m2, m3, l1, l2, l3, w1, ... (9 in all)
    """
    noises = [sympy.Symbol(f"w{i + 1}") for i in range(_count("n", n))]
    return _factors(n, k, "l", noises, name or f"factor analysis {n}, {k}")


@budgeted("the network")
def probabilistic_pca(n: int, k: int, *, name: str | None = None, budget: Limit = None) -> Gaussian:
    """Return probabilistic PCA: ``v = m + W h + e``, h ~ N(0, I_k), e ~ N(0, s I_n).

    >>> probabilistic_pca(3, 1)
    PPCA 3, 1 of v1, v2, v3 (visible) and h (hidden), parameters m1, m2, m3, W1, W2, W3, s
    """
    return _factors(n, k, "W", [sympy.Symbol("s")] * _count("n", n), name or f"PPCA {n}, {k}")


def _factors(n: int, k: int, letter: str, noises: Sequence[sympy.Symbol], name: str) -> Gaussian:
    """Items with free means and loadings on k independent standard factors, and noise of these variances."""
    factors = ["h"] if _count("k", k) == 1 else _numbered("h", k)
    network = _Network([*_numbered("v", n), *factors])
    means, loadings = [], []
    for i, v in enumerate(_numbered("v", n)):
        means.append(sympy.Symbol(f"m{i + 1}"))
        network.intercepts[v], network.variances[v] = means[i], noises[i]
        for j, h in enumerate(factors):
            loadings.append(sympy.Symbol(f"{letter}{i + 1}" + (f"_{j + 1}" if k > 1 else "")))
            network.coefficients[h, v] = loadings[-1]
    return network.model([*means, *loadings, *dict.fromkeys(noises)], factors, name)


@budgeted("the network")
def linear_dynamical_system(n: int, *, name: str | None = None, budget: Limit = None) -> Gaussian:
    """Return the linear dynamical system of length n with one state and one observation at each time, centred.

    ``h_1 ~ N(0, s)``, ``h_t = a h_{t-1} + N(0, q)``, ``v_t = c h_t + N(0, r)``, the same a, q, c, r at all times.

    >>> linear_dynamical_system(2).parameters
    (a, c, s, q, r)
    """
    seen, states = _numbered("v", _count("n", n)), _numbered("h", n)
    a, c, s, q, r = sympy.symbols("a c s q r")
    network = _Network([*seen, *states])
    for t, (v, h) in enumerate(zip(seen, states, strict=True)):
        network.variances[h], network.variances[v] = q if t else s, r
        network.coefficients[h, v] = c
        if t:
            network.coefficients[states[t - 1], h] = a
    parameters = [a, c, s, q, r] if n > 1 else [c, s, r]
    return network.model(parameters, states, name or f"linear dynamical system {n}")


def _numbered(letter: str, n: int) -> list[str]:
    return [f"{letter}{i + 1}" for i in range(n)]


def _count(name: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or not 1 <= value <= 1000:
        raise ModelError(f"{name} = {value!r}: expected an integer from 1 to 1000")
    return value
