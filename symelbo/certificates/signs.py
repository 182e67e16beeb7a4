"""Polynomials that are positive on a domain, written so that a judge can multiply out why; minors of scores.

The proofs are those of :class:`symelbo.loci.Positivity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from symelbo.certificates.data import number_text, polynomial_data
from symelbo.exact import Matrix, RationalFunction
from symelbo.loci.positivity import Positivity
from symelbo.loci.proofs import Powers, SumOfProducts
from symelbo.models.parametrization import Parametrization


@dataclass(frozen=True, slots=True)
class Minor:
    """A minor of the rows s(x) - s(y) and some columns, times a polynomial.

    Attributes
    ----------
    pairs : pairs (x, y) of numbers of states over one visible state; pairs over different ones may be mixed
    columns : numbers of parameters, as many as pairs
    multiplier : a polynomial of the model's field; 1 and -1 where one minor suffices
    """

    pairs: tuple[tuple[int, int], ...]
    columns: tuple[int, ...]
    multiplier: RationalFunction


def written(known: Positivity, sums: Iterable[SumOfProducts]) -> tuple[list[Any], list[Any]] | None:
    """The steps needed, and for every sum its terms, as JSON data; None if one of the forms is not known."""
    needed: dict[int, int] = {}
    steps: list[Any] = []
    try:
        terms = [_terms(known, s) for s in sums]
    except KeyError:
        return None

    def emit(powers: Powers) -> list[list[Any]]:
        for kind, k in sorted(powers):
            if kind == "s" and k not in needed:
                step = known.steps[k]
                data = {
                    "multiplier": emit(step.multiplier),
                    "polynomial": polynomial_data(step.polynomial),
                    "terms": [[number_text(c), emit(p)] for c, p in step.terms],
                }
                needed[k] = len(steps)
                steps.append(data)
        moved = {(kind, needed[k] if kind == "s" else k): e for (kind, k), e in powers.items()}
        return [[kind, k, e] for (kind, k), e in sorted(moved.items())]

    proofs = [{"multiplier": [], "terms": [[number_text(c), emit(p)] for c, p in part]} for part in terms]
    return steps, proofs


def _terms(known: Positivity, total: SumOfProducts) -> list[tuple[Fraction, Powers]]:
    result = []
    for c, exponents in total.terms:
        powers: Powers = {}
        for f, e in zip(total.forms, exponents, strict=True):
            if e:
                form, power = known.form(f, e)
                powers[form] = powers.get(form, 0) + power
        result.append((c, powers))
    return result


def minor_polynomial(
    model: Parametrization, pairs: Sequence[tuple[int, int]], columns: Sequence[int]
) -> RationalFunction:
    """The determinant of the rows s(x) - s(y), made polynomial as the judge does it.

    The entries are ``sum_f (E[x,f] - E[y,f]) d_i f / f``.  Each column is multiplied by the factors f with d_i f != 0,
    or each row if that takes fewer factors in all; each factor once.
    """
    field, table = model.field, model.factor_table
    differences = [table.exponents[x].astype(int) - table.exponents[y] for x, y in pairs]
    rows = [{int(f): int(d[f]) for f in np.flatnonzero(d)} for d in differences]
    logs = model.log_derivatives
    by_row = [[f for f in row if any(logs[f][i] for i in columns)] for row in rows]
    by_column = [sorted({f for row in rows for f in row if logs[f][i]}) for i in columns]
    across = sum(map(len, by_column)) <= sum(map(len, by_row))
    matrix = []
    for row, own in zip(rows, by_row, strict=True):
        entries = []
        for i, other in zip(columns, by_column, strict=True):
            scale = field.one
            for f in other if across else own:
                scale = scale * table.factors[f]
            entries.append(field.sum(field.constant(e) * logs[f][i] * scale for f, e in row.items()))
        matrix.append(entries)
    determinant = Matrix(field, matrix, len(columns)).det()
    if not isinstance(determinant, RationalFunction):
        raise TypeError("a determinant over a function field is an element of it")
    return determinant
