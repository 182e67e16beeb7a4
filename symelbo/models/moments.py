"""Distributions by their first two moments: all that a Gaussian model asks of q or p*.

Whatever q is, Gaussian or not, or data: D(q||.) has the same differential as for the Gaussian with its moments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

from symelbo.errors import DomainError, ExactnessError
from symelbo.exact import QQ, Matrix, as_decimal, as_rational, exact_value
from symelbo.typesetting import Unfolding


@dataclass(frozen=True, slots=True)
class Moments(Unfolding):
    """A mean and a covariance, exact numbers or expressions in symbols, in the order of the variables.

    ``variables``: their names, where they are known; without them the order is that in which a model declares its own.

    >>> Moments.of_data([[0, 1], [2, 3]])
    Moments(mean=(1, 2), covariance=((1, 1), (1, 1)))
    """

    mean: tuple[Any, ...]
    covariance: tuple[tuple[Any, ...], ...]
    variables: tuple[str, ...] = ()

    def __repr__(self) -> str:
        names = f", variables={self.variables}" if self.variables else ""
        return f"Moments(mean={self.mean}, covariance={self.covariance}{names})"

    def of(self, names: Sequence[str]) -> Moments:
        """Return the moments of some of the variables, in this order; DomainError for one that is not among them."""
        missing = [n for n in names if n not in self.variables]
        if missing:
            raise DomainError(f"no moments of {', '.join(missing)}; there are those of {', '.join(self.variables)}")
        place = [self.variables.index(n) for n in names]
        rows = tuple(tuple(self.covariance[i][j] for j in place) for i in place)
        return Moments(tuple(self.mean[i] for i in place), rows, tuple(names))

    @property
    def is_symbolic(self) -> bool:
        """Whether some entry is an expression: the moments stand for those of a distribution."""
        return any(isinstance(e, sympy.Expr) for row in (self.mean, *self.covariance) for e in row)

    @classmethod
    def of_data(cls, rows: Iterable[Iterable[Any]], *, decimals: bool = False) -> Moments:
        """Return the mean and the covariance (divided by the number of rows) of data.

        ``decimals``: a float is read as the decimal that it prints as.
        """
        read = as_decimal if decimals else as_rational
        try:
            table = [[read(e, f"data, row {i + 1}") for e in row] for i, row in enumerate(rows)]
        except ExactnessError as error:
            hint = "; Moments.of_data(rows, decimals=True) reads floats as decimals" if "floating" in str(error) else ""
            raise ExactnessError(f"{error}{hint}") from None
        if not table or len({len(row) for row in table}) != 1:
            raise DomainError("data: expected rows of equal length, at least one")
        n = as_rational(len(table))
        mean = [QQ.sum(column) / n for column in zip(*table, strict=True)]
        centred = [[e - m for e, m in zip(row, mean, strict=True)] for row in table]
        covariance = [
            [QQ.sum(row[i] * row[j] for row in centred) / n for j in range(len(mean))] for i in range(len(mean))
        ]
        return cls(tuple(mean), tuple(map(tuple, covariance)))


def moments_of(given: Any, names: Sequence[str], what: str, *, decimals: bool = False) -> Moments:
    """Return the moments of what a user gives for q or p*, for variables in this order.

    Parameters
    ----------
    given : Moments, a pair (mean, covariance), a mapping with these keys, or data as a list of rows
        A mean that is a mapping goes by names, ``{"v": 1}``, a covariance that is one by pairs, ``{("v", "h"): 1}``;
        what is left out, also a mean None, is 0.  Numbers, or expressions in symbols.
    decimals : for numerical purposes floats are read as decimals, and the covariance is not tested

    Raises
    ------
    DomainError
        Another shape, no second moments, a covariance that is not symmetric or not positive semidefinite.
    ExactnessError
        A float.
    """
    n = len(names)
    if isinstance(given, Moments) and given.variables:
        given = given.of(names)
    if isinstance(given, Moments):
        mean, covariance = list(given.mean), [list(r) for r in given.covariance]
    elif isinstance(given, Mapping) or (isinstance(given, tuple) and len(given) == 2):
        centre, square = (given.get("mean"), given.get("covariance")) if isinstance(given, Mapping) else given
        if square is None:
            raise DomainError(f"{what} has no covariance: a Gaussian model sees it through its first two moments")
        mean, covariance = _mean(centre, names, what), _square(square, names, what)
    elif isinstance(given, Iterable) and not isinstance(given, str):
        found = Moments.of_data(_rows(given, what), decimals=decimals)
        mean, covariance = list(found.mean), [list(r) for r in found.covariance]
    else:
        raise DomainError(f"{what}: {given!r} is no pair (mean, covariance) and no list of rows of data")
    if len(mean) != n or len(covariance) != n or any(len(row) != n for row in covariance):
        raise DomainError(f"{what}: expected a mean and a covariance of {n} variables, {', '.join(names)}")
    for entry in (e for row in (mean, *covariance) for e in row):
        if isinstance(entry, sympy.Basic) and entry.is_finite is False:
            raise DomainError(f"{what} has no finite second moments; without them D({what}||.) is infinite")
    value = as_decimal if decimals else exact_value
    exact = [[value(e, f"covariance of {what}") for e in row] for row in covariance]
    if any(exact[i][j] != exact[j][i] for i in range(n) for j in range(i)):
        raise DomainError(f"{what}: the covariance is not symmetric")
    found = Moments(tuple(value(e, f"mean of {what}") for e in mean), tuple(map(tuple, exact)), tuple(names))
    if not decimals and not found.is_symbolic and not is_semidefinite(Matrix(QQ, exact, n)):
        raise DomainError(f"{what}: the covariance is not positive semidefinite; no distribution has it")
    return found


def is_semidefinite(matrix: Matrix) -> bool:
    """Whether a symmetric rational matrix is positive semidefinite: by symmetric elimination."""
    rows = [list(r) for r in matrix.rows]
    for k in range(len(rows)):
        pivot = rows[k][k]
        if pivot < 0 or (not pivot and any(rows[k][k:])):
            return False
        for i in range(k + 1, len(rows)):
            if pivot and rows[i][k]:
                factor = rows[i][k] / pivot
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[k], strict=True)]
    return True


def _mean(given: Any, names: Sequence[str], what: str) -> list[Any]:
    if given is None:
        return [0] * len(names)
    if isinstance(given, Mapping):
        unknown = [str(k) for k in given if str(k) not in names]
        if unknown:
            raise DomainError(f"mean of {what}: unknown variable {', '.join(unknown)}; known: {', '.join(names)}")
        values = {str(k): v for k, v in given.items()}
        return [values.get(n, 0) for n in names]
    return list(given)


def _square(given: Any, names: Sequence[str], what: str) -> list[list[Any]]:
    if not isinstance(given, Mapping):
        return _rows(given, what)
    place, rows = {v: i for i, v in enumerate(names)}, [[0] * len(names) for _ in names]
    for key, value in given.items():
        pair = key if isinstance(key, tuple) else (key, key)
        if len(pair) != 2 or any(str(v) not in place for v in pair):
            raise DomainError(f"covariance of {what}: {key!r} is no pair of variables; known: {', '.join(names)}")
        i, j = (place[str(v)] for v in pair)
        rows[i][j] = rows[j][i] = value
    return rows


def _rows(given: Any, what: str) -> list[list[Any]]:
    rows = given.tolist() if isinstance(given, sympy.MatrixBase) else list(given)
    if any(isinstance(row, str) or not isinstance(row, Iterable) for row in rows):
        raise DomainError(f"{what}: expected rows of numbers")
    return [list(row) for row in rows]
