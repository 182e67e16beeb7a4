"""Exact numbers for other people's code: evidence, ELBO, gap, metrics and natural gradients at rational points.

A file is one JSON object, ``"schema": "symelbo-vectors-1"``, or the same arrays in NumPy's npz.

    model        name, parameters, states, visible_states (labels joined by commas), visible_state_of (number of what is
                 seen of each state)
    q            the distribution on the states (|X|)
    points       a list; each point has, in this order of rows and columns,
      parameters (d)           theta, or log(p/q) where exp(theta) is what is rational
      probabilities (|X|)      p            visible_probabilities (|V|)   p_V
      evidence                 sum_v q_V(v) log p_V(v)
      elbo                     sum_x q(x) log(p(x) / q(x)) + sum_v q_V(v) log q_V(v) = evidence - gap
      gap                      sum_x q(x) log(q(x|v) / p(x|v))
      fisher_metric (d x d)    G            visible_fisher_metric (d x d)   G_V
      gradients                divergence D(q||.), data_divergence D(Q||.) and visible_divergence D(p*||.), p* = q_V:
                               each with parameters (d), tangent (|X|), projected (|V|)

Rational numbers are texts ``"p/q"``, exact; logarithms are decimal texts of 50 digits.  In an npz file every number is
there twice, ``name`` as a float64 array with one axis more, for the points, and ``name_exact`` as an array of texts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import sympy

from symelbo.budget import Budget, limited
from symelbo.errors import DomainError
from symelbo.exact import QQ, Rational
from symelbo.geometry import fisher_metric, geometry, visible_fisher_metric
from symelbo.models.parametrization import Parametrization, Point
from symelbo.objectives import (
    data_divergence,
    distribution,
    divergence,
    natural_gradient,
    visible_divergence,
)
from symelbo.writing import whole, write

__all__ = ["SCHEMA", "Vectors", "export", "read_vectors"]

SCHEMA = "symelbo-vectors-1"
DIGITS = 50

Vectors = dict[str, Any]


def export(
    M: Parametrization,
    q: Any,
    points: Sequence[Mapping[Any, Any] | Point],
    path: str | Path | None = None,
    *,
    budget: float | Budget | None = None,
) -> Vectors:
    """Return test vectors for implementations, and write them to a file: ``.json``, or ``.npz`` for NumPy.

    Parameters
    ----------
    M : Parametrization
    q : distribution on the states, rational
    points : sequence of mappings from parameters to rationals
    path : file name that ends in .json or .npz, optional
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    DomainError
        A point lies outside the domain or is not rational, q is no distribution of rationals, or the
        ending of the file is another one.

    >>> from symelbo.models import model_b
    >>> at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
    >>> vectors = export(model_b(), ["1/8"] * 8, [at])
    >>> vectors["points"][0]["gradients"]["divergence"]["projected"]
    ['-1/18', '-1/36', '-1/36', '1/9']
    """
    weights = distribution(q, M.space, visible=False)
    if any(isinstance(w, sympy.Expr) for w in weights):
        raise DomainError("q has symbols; test vectors are numbers")
    space = M.space
    located = [M.point(at) for at in points]
    what = f"the test vectors of {M.name or 'the model'}"
    numbers = limited(budget, what, lambda: [_at(M, weights, point) for point in located], M)
    vectors: Vectors = {
        "schema": SCHEMA,
        "model": {
            "name": M.name,
            "parameters": [p.name for p in M.parameters],
            "states": [space.key(s) for s in space.states],
            "visible_states": [space.visible_key(v) for v in space.visible_states],
            "visible_state_of": space.fibration.below.tolist(),
        },
        "q": list(map(str, weights)),
        "points": numbers,
    }
    if path is not None:
        _write(vectors, Path(path))
    return vectors


def _at(M: Parametrization, q: list[Rational], point: Point) -> dict[str, Any]:
    if not point.is_rational:
        raise DomainError(f"the point ({point}) is not rational; give values of exponentials, such as exp(a) = 2")
    theta = list(point.substitution().values())
    where = geometry(M, point)
    p, p_v = where.probabilities, where.visible_probabilities
    q_v = where.fibration.totals(q, QQ.sum)
    gradients = {
        "divergence": natural_gradient(divergence(q), M, point),
        "data_divergence": natural_gradient(data_divergence(q_v), M, point),
        "visible_divergence": natural_gradient(visible_divergence(q_v), M, point),
    }
    with mpmath.workdps(DIGITS + 10):
        evidence = mpmath.fsum(_number(b) * mpmath.log(_number(a)) for a, b in zip(p_v, q_v, strict=True) if b)
        joint = mpmath.fsum(_number(b) * mpmath.log(_number(b / a)) for a, b in zip(p, q, strict=True) if b)
        seen = mpmath.fsum(_number(b) * mpmath.log(_number(b / a)) for a, b in zip(p_v, q_v, strict=True) if b)
        gap = joint - seen
        shown = {
            name: mpmath.nstr(v, DIGITS) for name, v in (("evidence", evidence), ("elbo", evidence - gap), ("gap", gap))
        }
    return {
        "parameters": list(map(str, theta)),
        "probabilities": list(map(str, p)),
        "visible_probabilities": list(map(str, p_v)),
        **shown,
        "fisher_metric": _rows(fisher_metric(M, point)),
        "visible_fisher_metric": _rows(visible_fisher_metric(M, point)),
        "gradients": {
            name: {part: list(map(str, getattr(g, part))) for part in ("parameters", "tangent", "projected")}
            for name, g in gradients.items()
        },
    }


def _number(value: Rational) -> Any:
    return mpmath.mpf(int(value.p)) / int(value.q)


def _rows(matrix: sympy.Matrix) -> list[list[str]]:
    return [list(map(str, row)) for row in matrix.tolist()]


def _write(vectors: Vectors, path: Path) -> None:
    if path.suffix == ".json":
        write(path, json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")
        return
    if path.suffix != ".npz":
        raise DomainError(f"{path}: expected a file name that ends in .json or .npz")
    described = {key: vectors[key] for key in ("schema", "model")}
    arrays: dict[str, Any] = {"description": np.array(json.dumps(described, ensure_ascii=False))}
    numbers = [_flattened(point) for point in vectors["points"]]
    columns = {"q": vectors["q"], **{name: [n[name] for n in numbers] for name in (numbers[0] if numbers else ())}}
    for name, texts in columns.items():
        exact = np.array(texts, dtype=np.str_)
        arrays[f"{name}_exact"] = exact
        arrays[name] = np.vectorize(_float, otypes=[np.float64])(exact)
    with whole(path) as place:
        np.savez(place, **arrays)


def _float(text: str) -> float:
    """A rational number, a decimal one, or the logarithm of a rational number, in floating point."""
    number = text.removeprefix("-")
    inner = number.removeprefix("log(").removesuffix(")")
    value = mpmath.mpmathify(inner)
    return float(mpmath.log(value) if inner != number else value) * (-1 if number != text else 1)


def _flattened(point: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of a point by name; gradients as ``divergence_projected``."""
    found = {name: value for name, value in point.items() if name != "gradients"}
    return found | {f"{k}_{part}": v for k, parts in point["gradients"].items() for part, v in parts.items()}


def read_vectors(path: str | Path) -> Vectors:
    """Return the test vectors of a file, ``.json`` or ``.npz``, as :func:`export` has returned them."""
    if Path(path).suffix == ".json":
        found: Vectors = json.loads(Path(path).read_text(encoding="utf-8"))
        return found
    with np.load(path, allow_pickle=False) as file:
        described: Vectors = json.loads(str(file["description"]))
        texts = {n.removesuffix("_exact"): file[n].tolist() for n in file.files if n.endswith("_exact")}
    q = texts.pop("q")
    points = []
    for k in range(len(next(iter(texts.values()), []))):
        point: dict[str, Any] = {"gradients": {}}
        for name, values in texts.items():
            kind, _, part = name.rpartition("_")
            if kind in ("divergence", "data_divergence", "visible_divergence"):
                point["gradients"].setdefault(kind, {})[part] = values[k]
            else:
                point[name] = values[k]
        points.append(point)
    return {**described, "q": q, "points": points}
