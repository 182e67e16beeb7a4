"""Models, polynomials, numbers and points as certificates write them.

Numbers are strings ``-?digits(/digits)?`` in lowest terms.  Polynomials are lists of ``[coefficient, exponents]`` with
exponents decreasing lexicographically.  States are ordered visible first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from symelbo.budget import LIMITS
from symelbo.exact import QQ, Field, Matrix, RationalFunction, as_rational
from symelbo.models.domain import Domain
from symelbo.models.parametrization import Parametrization, Point
from symelbo.spaces import Variable

__all__ = [
    "FORMAT",
    "VERSION",
    "canonical_json",
    "certificate_data",
    "columns_data",
    "field_data",
    "is_large",
    "model_data",
    "number_text",
    "number_texts",
    "polynomial_data",
    "rational_point",
    "sha256_of",
]

FORMAT = "symelbo-certificate"
VERSION = 1
LARGE = LIMITS.written_states


def canonical_json(data: Any) -> str:
    """JSON with sorted keys, no white space and no characters outside ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def rational_point(point: Point, domain: Domain) -> Point:
    """The point itself, or a rational stand-in in the domain when its values lie in ``Q(exp(1/N))``.

    The transcendental exp(1/N) is replaced by a close rational: minors that do not vanish there do not vanish at the
    point.  What a judge confirms at a stand-in is therefore generic.
    """
    if point.numbers is QQ:
        return point
    for digits in (2, 4, 8, 16, 32):
        values = tuple(_close(v, digits) if isinstance(v, RationalFunction) else v for v in point.values)
        if domain.contains(values):
            break
    return Point(point.field, values)


def _close(value: RationalFunction, digits: int) -> Any:
    """The value with a close rational in place of exp(1/N)."""
    if not value.field.generators:
        return value.rational_value()
    mantissa, exponent = value.field.generator(0).ball(128).mid().man_exp()
    close = (Fraction(int(mantissa)) * Fraction(2) ** int(exponent)).limit_denominator(10**digits // 2)
    return value.evaluate([as_rational(close)])


def model_data(model: Parametrization) -> dict[str, Any]:
    """The model as the judge gets it: a finite table of products of polynomials, and nothing about its origin.

    A large table is a product of local ones (``tables``) where that is shorter than its list of ``weights``.
    """
    known = _MODEL_DATA.get(model)
    if known is None:
        known = _MODEL_DATA[model] = {
            **field_data(model.field, model.domain),
            "factors": [polynomial_data(f) for f in model.factor_table.factors],
            "hidden": [v.name for v in model.space.hidden],
            "variables": [[v.name, [str(label) for label in v.labels]] for v in model.space.variables],
            **_weights(model),
        }
    return known


_MODEL_DATA: WeakKeyDictionary[Parametrization, dict[str, Any]] = WeakKeyDictionary()


def is_large(model: Parametrization) -> bool:
    """Whether certificates of the model are compact: local tables, minors instead of vectors on all states."""
    return model.space.n_states > LARGE


def _weights(model: Parametrization) -> dict[str, Any]:
    table = model.factor_table
    if is_large(model):
        groups = _local_factors(model)
        if sum(prod(len(v) for v in own) for own in groups) < model.space.n_states // 2:
            return {"tables": [_local_table(model, own, factors) for own, factors in groups.items()]}
    weights = []
    for x in range(model.space.n_states):
        powers = [[int(f), int(table.exponents[x, f])] for f in np.flatnonzero(table.exponents[x])]
        weights.append([number_text(table.coefficients[x]), powers])
    return {"weights": weights}


def _local_factors(model: Parametrization) -> dict[tuple[Variable, ...], list[int]]:
    """The factors, grouped by the variables that their exponents depend on."""
    table, variables = model.factor_table, model.space.variables
    first = table.coefficients[0]
    if not all(c is first or c == first for c in table.coefficients):
        return {variables: list(range(len(table.factors)))}
    cube = table.exponents.reshape([len(v) for v in variables] + [len(table.factors)])
    depends = [
        (cube != cube.take([0], axis=k)).reshape(-1, len(table.factors)).any(axis=0) for k in range(cube.ndim - 1)
    ]
    groups: dict[tuple[Variable, ...], list[int]] = {} if first == QQ.one else {(): []}
    for f in range(len(table.factors)):
        own = tuple(v for v, d in zip(variables, depends, strict=True) if d[f])
        groups.setdefault(own, []).append(f)
    return groups


def _local_table(model: Parametrization, own: tuple[Variable, ...], factors: list[int]) -> dict[str, Any]:
    table, variables = model.factor_table, model.space.variables
    sizes = [len(v) for v in variables]
    # The states at which all other variables have their first label.
    steps = {v: prod(sizes[k + 1 :]) for k, v in enumerate(variables)}
    rows = []
    for digits in product(*(range(len(v)) for v in own)):
        x = sum(digit * steps[v] for digit, v in zip(digits, own, strict=True))
        powers = [[f, int(table.exponents[x, f])] for f in factors if table.exponents[x, f]]
        rows.append([number_text(table.coefficients[0]) if not own else "1", powers])
    return {"variables": [v.name for v in own], "rows": rows}


def certificate_data(claim: dict[str, Any], interior: list[str], witness: dict[str, Any]) -> dict[str, Any]:
    """A certificate as JSON data: the claim with its hash, the witness, and who wrote it."""
    from symelbo import __version__

    return {
        "format": FORMAT,
        "version": VERSION,
        "claim": claim,
        "sha256": sha256_of(claim),
        "interior_point": interior,
        "witness": witness,
        "provenance": {"untrusted": True, "written_by": f"symelbo {__version__}"},
    }


def sha256_of(claim: dict[str, Any]) -> str:
    """The hash of a claim."""
    return hashlib.sha256(canonical_json(claim).encode()).hexdigest()


def field_data(field_: Field, domain: Domain) -> dict[str, Any]:
    """Generators, parameters and the inequalities of the domain."""
    generators: list[dict[str, Any]] = []
    for i, g in enumerate(field_.generators):
        exponent = {"exponent": [str(c) for c in field_.exponent(i)]} if field_.is_exponential(i) else {}
        generators.append({**exponent, "name": str(g)})
    return {
        "domain": [_inequality_data(c.element) for c in domain.constraints],
        "generators": generators,
        "parameters": [str(p) for p in field_.parameters],
    }


def number_text(value: Any) -> str:
    """A rational number in lowest terms, of any length: the checker has a limit of its own."""
    return str(as_rational(value))


def number_texts(values: Iterable[Any]) -> list[str]:
    """Rational numbers in lowest terms."""
    return [number_text(v) for v in values]


def polynomial_data(element: RationalFunction) -> list[list[Any]]:
    """The terms of a polynomial, in decreasing order."""
    terms = sorted(element.terms().items(), reverse=True)
    return [[number_text(c), list(map(int, exponents))] for exponents, c in terms]


def _inequality_data(element: RationalFunction) -> list[list[list[Any]]]:
    """Numerator and denominator of a constraint ``num / den > 0``."""
    field_ = element.field
    one = field_.one.num
    return [polynomial_data(field_.fraction(element.num, one)), polynomial_data(field_.fraction(element.den, one))]


def columns_data(matrix: Matrix) -> list[list[list[list[Any]]]]:
    """The columns of a polynomial matrix, each a list of d polynomials."""
    primitive = matrix.primitive_columns()
    return [[polynomial_data(e) for e in primitive.column_entries(j)] for j in range(primitive.ncols)]
