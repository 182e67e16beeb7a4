"""Models, polynomials, numbers and points as certificates write them.

Numbers are strings ``-?digits(/digits)?`` in lowest terms.  Polynomials are lists of ``[coefficient, exponents]`` with
exponents decreasing lexicographically.  States that are seen alike stand together: version 1 is about all joint states
of variables, visible ones first; version 2 lists the states of any other space, each with what is seen of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np

from symelbo.budget import LIMITS
from symelbo.exact import QQ, Field, Matrix, RationalFunction, Residues, as_rational
from symelbo.models.domain import Domain
from symelbo.models.parametrization import Parametrization, Point
from symelbo.models.tables import has_local_tables, product_tables
from symelbo.spaces import Space

__all__ = [
    "FORMAT",
    "canonical_json",
    "certificate_data",
    "columns_data",
    "field_data",
    "is_large",
    "model_data",
    "number_text",
    "number_texts",
    "polynomial_data",
    "quotient_data",
    "rational_point",
    "sha256_of",
]

FORMAT = "symelbo-certificate"


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
    return model.keep(
        "certificate data",
        lambda: {
            **field_data(model.field, model.domain),
            "factors": [polynomial_data(f) for f in model.factor_table.factors],
            **_states(model.space),
            **_weights(model),
        },
    )


def _states(space: Space) -> dict[str, Any]:
    """The states and what is seen of them: variables, where all combinations of their labels are states, or a list."""
    if space.is_product:
        variables = [[v.name, [str(label) for label in v.labels]] for v in space.variables]
        return {"hidden": [v.name for v in space.hidden], "variables": variables}
    seen = space.fibration.repeated([space.visible_key(v) for v in space.visible_states])
    return {"states": [[space.key(x), v] for x, v in zip(space.states, seen, strict=True)]}


def is_large(model: Parametrization) -> bool:
    """Whether certificates of the model are compact: local tables, minors instead of vectors on all states."""
    return model.space.n_states > LIMITS.written_states


def _weights(model: Parametrization) -> dict[str, Any]:
    table = model.factor_table
    if is_large(model) and has_local_tables(model):
        tables, coefficient = product_tables(model), number_text(table.coefficients[0])
        if coefficient != "1" and all(names for names, _ in tables):
            tables.insert(0, ((), np.zeros((1, 0), dtype=np.int64)))
        if sum(len(rows) for _, rows in tables) < model.space.n_states // 2:
            return {"tables": [_local_table(*part, coefficient) for part in tables]}
    weights = []
    for x in range(model.space.n_states):
        powers = [[int(f), int(table.exponents[x, f])] for f in np.flatnonzero(table.exponents[x])]
        weights.append([number_text(table.coefficients[x]), powers])
    return {"weights": weights}


def _local_table(variables: tuple[str, ...], exponents: Residues, coefficient: str) -> dict[str, Any]:
    """One local table; the common coefficient stands in that of no variable."""
    first = "1" if variables else coefficient
    rows = [[first, [[int(f), int(row[f])] for f in np.flatnonzero(row)]] for row in exponents]
    return {"variables": list(variables), "rows": rows}


def certificate_data(claim: dict[str, Any], interior: list[str], witness: dict[str, Any]) -> dict[str, Any]:
    """A certificate as JSON data: the claim with its hash, the witness, and who wrote it."""
    from symelbo import __version__

    return {
        "format": FORMAT,
        "version": 4
        if "classes" in claim["model"]
        else 3
        if "matrix" in claim["model"]
        else 2
        if "states" in claim["model"]
        else 1,
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
        generators.append({**(_exponent(field_, i) if field_.is_exponential(i) else {}), "name": str(g)})
    constants = {"constants": [str(c) for c in field_.constants]} if field_.constants else {}
    return {
        **constants,
        "domain": [quotient_data(c.element) for c in domain.constraints],
        "generators": generators,
        "parameters": [str(p) for p in field_.parameters],
    }


def _exponent(field_: Field, i: int) -> dict[str, Any]:
    """An exponent: coefficients of parameters and 1 where it is linear, else terms by powers of all symbols."""
    linear = field_.linear_form(i)
    if linear is not None:
        return {"exponent": [str(c) for c in linear]}
    terms = sorted(field_.exponent(i).items(), reverse=True)
    return {"exponent": [[str(c), list(key)] for key, c in terms]}


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


def quotient_data(element: RationalFunction) -> list[list[list[Any]]]:
    """Numerator and denominator."""
    field_ = element.field
    one = field_.one.num
    return [polynomial_data(field_.fraction(element.num, one)), polynomial_data(field_.fraction(element.den, one))]


def columns_data(matrix: Matrix) -> list[list[list[list[Any]]]]:
    """The columns of a polynomial matrix, each a list of d polynomials."""
    primitive = matrix.primitive_columns()
    return [[polynomial_data(e) for e in primitive.column_entries(j)] for j in range(primitive.ncols)]
