"""The kinds of model files that are about Gaussian models and mixtures: ``[model]`` without ``[variables]``.

* ``linear-gaussian``: edges = [["h", "v"]], hidden = ["h"]; optional isolated, and means = false for intercepts 0.
* ``factor-analysis`` and ``probabilistic-pca``: n items, k factors (1 by default); ``linear-dynamical-system``: n.
* ``gaussian``: variables, hidden, parameters, covariance or precision as a list of rows of expressions, optional mean,
  domain, and constants, known ones.
* ``exponential-mixture``: family = "poisson", optional classes, leaves, variance; or parameters, weights, optional
  constants, domain, and classes = [{v = ["poisson", "r1"]}, {v = ["zero"]}] with the family and values of every
  visible variable: those of :func:`symelbo.models.exponential_mixture`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sympy

from symelbo.errors import ModelFileError
from symelbo.exact import is_whole
from symelbo.models.exponential_mixtures import ExponentialMixture, exponential_mixture
from symelbo.models.expressions import declared_symbols, parse_expression, parse_relation
from symelbo.models.gaussian import Gaussian
from symelbo.models.linear_gaussian import (
    factor_analysis,
    linear_dynamical_system,
    linear_gaussian,
    probabilistic_pca,
)

__all__ = ["CONTINUOUS_KINDS"]

Section = Mapping[str, Any]


def _texts(section: Section, key: str, example: str, *, optional: bool = False) -> list[str]:
    value = section.get(key, [] if optional else None)
    if not isinstance(value, list) or not all(isinstance(n, str) for n in value):
        raise ModelFileError(f"[model] {key}: expected a list of texts, such as {key} = {example}")
    return value


def _number(section: Section, key: str, default: int | None = None) -> int:
    value: int | None = section.get(key, default)
    if value is None or not is_whole(value, 1, 1000):
        raise ModelFileError(f"[model] {key} = {value!r}: expected an integer from 1 to 1000")
    return value


def _linear_gaussian(section: Section, name: str | None) -> Gaussian:
    edges = section.get("edges")
    if not isinstance(edges, list) or not all(
        isinstance(e, list) and len(e) == 2 and all(isinstance(n, str) for n in e) for e in edges
    ):
        raise ModelFileError('[model] edges: expected a list of pairs, such as edges = [["h", "v"]]')
    means = section.get("means", True)
    if not isinstance(means, bool):
        raise ModelFileError(f"[model] means = {means!r}: expected true or false")
    hidden = _texts(section, "hidden", '["h"]')
    isolated = _texts(section, "isolated", '["v"]', optional=True)
    return linear_gaussian([tuple(e) for e in edges], hidden=hidden, means=means, isolated=isolated, name=name)


def _reader(section: Section) -> tuple[dict[str, sympy.Symbol], Callable[[Any, str], sympy.Expr]]:
    """The parameters by name, and what reads an expression in them."""
    symbols = declared_symbols(section)

    def read(value: Any, where: str) -> sympy.Expr:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ModelFileError(f'{where}: {value!r} is not exact; write the expression in quotes, such as "1/2"')
        return parse_expression(str(value), symbols, where=where)

    return symbols, read


def _domain(section: Section, symbols: Mapping[str, sympy.Symbol]) -> list[Any] | None:
    if "domain" not in section:
        return None
    return [parse_relation(r, symbols, where="[model] domain") for r in _texts(section, "domain", '["0 < s"]')]


def _gaussian(section: Section, name: str | None) -> Gaussian:
    symbols, read = _reader(section)

    def rows(key: str) -> list[list[sympy.Expr]] | None:
        value = section.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(r, list) for r in value):
            raise ModelFileError(
                f'[model] {key}: expected a list of rows, such as {key} = [["s + w", "s"], ["s", "s"]]'
            )
        return [[read(e, f"[model] {key}, row {i + 1}") for e in row] for i, row in enumerate(value)]

    mean = section.get("mean")
    if mean is not None and not isinstance(mean, list):
        raise ModelFileError('[model] mean: expected a list of expressions, such as mean = ["m", "0"]')
    return Gaussian(
        _texts(section, "variables", '["v", "h"]'),
        None if mean is None else [read(e, "[model] mean") for e in mean],
        rows("covariance"),
        [symbols[n] for n in section["parameters"]],
        precision=rows("precision"),
        hidden=_texts(section, "hidden", '["h"]'),
        domain=_domain(section, symbols),
        name=name,
    )


def _mixture(section: Section, name: str | None) -> ExponentialMixture:
    if "family" in section:
        family, variance = section["family"], section.get("variance", "known")
        given = sorted({"parameters", "constants", "weights"} & set(section))
        if given or not isinstance(family, str):
            raise ModelFileError(f"[model] family = {family!r}: a text, and then no {given or 'list of classes'}")
        count, leaves = _number(section, "classes", 2), _number(section, "leaves", 1)
        return exponential_mixture(family, count, leaves=leaves, variance=variance, name=name)
    symbols, read = _reader(section)
    weights, classes = section.get("weights"), section.get("classes")
    if not isinstance(weights, list) or not isinstance(classes, list) or not all(isinstance(c, dict) for c in classes):
        raise ModelFileError(
            '[model] expected family = "poisson", or weights = ["p", "1 - p"] and a table for every class, such as '
            'classes = [{v = ["poisson", "r1"]}, {v = ["poisson", "r2"]}]'
        )
    found = []
    for h, given in enumerate(classes, 1):
        where = f"[model] classes, class {h}"
        if not all(isinstance(leaf, list) and leaf and isinstance(leaf[0], str) for leaf in given.values()):
            raise ModelFileError(f'{where}: expected a family with its values for each variable, v = ["poisson", "r1"]')
        found.append({v: (leaf[0], *(read(x, f"{where}, {v}") for x in leaf[1:])) for v, leaf in given.items()})
    probabilities = [read(w, "[model] weights") for w in weights]
    return exponential_mixture(
        found,
        weights=probabilities,
        parameters=[symbols[n] for n in section["parameters"]],
        domain=_domain(section, symbols),
        name=name,
    )


# kind -> (keys accepted in [model] besides kind, builder)
CONTINUOUS_KINDS: dict[str, tuple[frozenset[str], Callable[[Section, str | None], Gaussian | ExponentialMixture]]] = {
    "linear-gaussian": (frozenset({"edges", "hidden", "isolated", "means"}), _linear_gaussian),
    "factor-analysis": (
        frozenset({"n", "k"}),
        lambda section, name: factor_analysis(_number(section, "n"), _number(section, "k", 1), name=name),
    ),
    "probabilistic-pca": (
        frozenset({"n", "k"}),
        lambda section, name: probabilistic_pca(_number(section, "n"), _number(section, "k", 1), name=name),
    ),
    "linear-dynamical-system": (
        frozenset({"n"}),
        lambda section, name: linear_dynamical_system(_number(section, "n"), name=name),
    ),
    "gaussian": (
        frozenset({"variables", "hidden", "parameters", "constants", "mean", "covariance", "precision", "domain"}),
        _gaussian,
    ),
    "exponential-mixture": (
        frozenset({"family", "classes", "leaves", "variance", "parameters", "constants", "weights", "domain"}),
        _mixture,
    ),
}
