"""Polynomials that are positive on a domain, written so that a judge can multiply out why.

Known at first are, by lemma 10 of :mod:`symelbo.checker`: ``["d", k]`` numerator times denominator of inequality k of
the domain; ``["g", k]`` generator k if it is an exponential, and its square (only nonnegative) if not; ``["w", x]`` the
weight of state x.  What follows from these is a step ``["s", k]``: a polynomial P with ``P m = sum c prod known**e``,
all c positive, m a product of known polynomials.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import numpy as np

from symelbo.budget import LIMITS
from symelbo.certificates.data import number_text, polynomial_data
from symelbo.exact import Field, Matrix, RationalFunction, as_rational
from symelbo.models.domain import Domain
from symelbo.models.parametrization import Parametrization

__all__ = ["KnownSigns", "Minor", "Products", "SumOfProducts", "minor_polynomial"]

WEIGHTS = LIMITS.signed_weights

Form: TypeAlias = tuple[str, int]
Powers: TypeAlias = dict[Form, int]


class SumOfProducts(Protocol):
    """``sum_k c_k prod_j forms[j]**e_kj`` with positive c_k, as :class:`symelbo.loci.positivity.PositiveWitness`."""

    @property
    def forms(self) -> tuple[RationalFunction, ...]:
        """Expressions that are known to be positive, or squares of generators."""
        ...

    @property
    def terms(self) -> tuple[tuple[Fraction, tuple[int, ...]], ...]:
        """Pairs of a coefficient and an exponent for every form."""
        ...


@dataclass(frozen=True, slots=True)
class Products:
    """A sum of products by itself."""

    forms: tuple[RationalFunction, ...]
    terms: tuple[tuple[Fraction, tuple[int, ...]], ...]


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


@dataclass(frozen=True, slots=True)
class _Step:
    polynomial: RationalFunction
    multiplier: Powers
    terms: tuple[tuple[Fraction, Powers], ...]


class KnownSigns:
    """What a domain, and the positive weights of a model, say about signs of polynomials."""

    def __init__(self, field: Field, domain: Domain, model: Parametrization | None = None) -> None:
        self.field = field
        self._forms: dict[str, tuple[Form, RationalFunction]] = {}
        self._steps: list[_Step] = []
        pending: list[tuple[Form, RationalFunction]] = []
        one = field.one.num
        for k, constraint in enumerate(domain.constraints):
            e = constraint.element
            pending.append((("d", k), field.fraction(e.num, one) * field.fraction(e.den, one)))
        for k in range(len(field.generators)):
            if field.is_exponential(k):
                pending.append((("g", k), field.generator(k)))
        if model is not None and model.space.n_states <= WEIGHTS:
            pending += self._weights(model)
        for form, element in pending:
            self._forms.setdefault(str(element.num), (form, element))
        self._propagate(pending)

    @classmethod
    def of(cls, model: Parametrization) -> KnownSigns:
        """What is known on the domain of a model."""
        return cls(model.field, model.domain, model)

    def _weights(self, model: Parametrization) -> list[tuple[Form, RationalFunction]]:
        """The weights, and for each factor the sum of the weights that contain it."""
        table = model.factor_table
        weights = []
        for x in range(model.space.n_states):
            product = self.field.constant(table.coefficients[x])
            for f in map(int, np.flatnonzero(table.exponents[x])):
                e = int(table.exponents[x, f])
                product = product * table.factors[f] ** (e if e > 0 else e % 2)
            weights.append(product)
        found: list[tuple[Form, RationalFunction]] = [(("w", x), w) for x, w in enumerate(weights)]
        for f in range(len(table.factors)):
            states = [int(x) for x in np.flatnonzero(table.exponents[:, f] > 0)]
            if len(states) > 1 and model.normalised:
                total = self.field.sum(weights[x] for x in states)
                self._steps.append(_Step(total, {}, tuple((Fraction(1), {("w", x): 1}) for x in states)))
                found.append((("s", len(self._steps) - 1), total))
        return found

    def _propagate(self, pending: list[tuple[Form, RationalFunction]]) -> None:
        """Of a positive product all of whose factors but one have known signs, the last factor has one too."""
        factored = [(form, *element.factors()) for form, element in pending]
        found = True
        while found:
            found = False
            for form, unit, powers in factored:
                unknown = [(f, e) for f, e in powers if not self.sign(f) and not self._is_square(f, e)]
                if len(unknown) != 1 or unknown[0][1] != 1 or (len(powers) == 1 and abs(unit) == 1 and unit > 0):
                    continue
                f, sign, multiplier = unknown[0][0], 1 if unit > 0 else -1, Powers()
                for g, e in powers:
                    if g is not f:
                        own, power = self._power(g, e)
                        sign *= self.sign(g) ** e or 1
                        multiplier[own] = multiplier.get(own, 0) + power
                positive = f if sign > 0 else -f
                size = abs(Fraction(int(unit.p), int(unit.q)))
                self._steps.append(_Step(positive, multiplier, ((1 / size, {form: 1}),)))
                self._forms[str(positive.num)] = ("s", len(self._steps) - 1), positive
                found = True

    def sign(self, f: RationalFunction) -> int:
        """The known sign of a polynomial; 0 if none is known."""
        if f.is_constant:
            return 1 if f.rational_value() > 0 else -1 if f else 0
        return 1 if str(f.num) in self._forms else -1 if str((-f).num) in self._forms else 0

    def _is_square(self, f: RationalFunction, e: int) -> bool:
        return e % 2 == 0 and self._generator(f) is not None

    def _generator(self, f: RationalFunction) -> int | None:
        free = (k for k in range(len(self.field.generators)) if not self.field.is_exponential(k))
        return next((k for k in free if f == self.field.generator(k)), None)

    def _power(self, f: RationalFunction, e: int) -> tuple[Form, int]:
        """``|f|**e`` as a power of a known form."""
        known = self._forms.get(str(f.num)) or self._forms.get(str((-f).num))
        if known is not None:
            return known[0], e
        generator = self._generator(f)
        if generator is None or e % 2:
            raise KeyError(str(f))
        return ("g", generator), e // 2

    def product(self, element: RationalFunction) -> tuple[int, Products] | None:
        """Sign and absolute value of a polynomial that is a product of known ones, or None."""
        unit, powers = element.factors() if element else (as_rational(0), [])
        signs = [self.sign(f) for f, _ in powers]
        if not unit or not all(signs):
            return None
        sign = 1 if unit > 0 else -1
        forms = []
        for (f, e), s in zip(powers, signs, strict=True):
            sign *= s**e
            forms.append(f if s > 0 else -f)
        size = abs(Fraction(int(unit.p), int(unit.q)))
        return sign, Products(tuple(forms), ((size, tuple(e for _, e in powers)),))

    def written(self, sums: Iterable[SumOfProducts]) -> tuple[list[Any], list[Any]] | None:
        """The steps needed, and for every sum its terms, as JSON data; None if one of the forms is not known."""
        needed: dict[int, int] = {}
        steps: list[Any] = []
        try:
            terms = [self._terms(s) for s in sums]
        except KeyError:
            return None

        def emit(powers: Powers) -> list[list[Any]]:
            for kind, k in sorted(powers):
                if kind == "s" and k not in needed:
                    step = self._steps[k]
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

    def _terms(self, total: SumOfProducts) -> list[tuple[Fraction, Powers]]:
        result = []
        for c, exponents in total.terms:
            powers: Powers = {}
            for f, e in zip(total.forms, exponents, strict=True):
                if e:
                    form, power = self._form(f, e)
                    powers[form] = powers.get(form, 0) + power
            result.append((c, powers))
        return result

    def _form(self, f: RationalFunction, e: int) -> tuple[Form, int]:
        known = self._forms.get(str(f.num))
        if known is not None and f == known[1]:
            return known[0], e
        for k in range(len(self.field.generators)):
            if not self.field.is_exponential(k) and f == self.field.generator(k) ** 2:
                return ("g", k), e
        raise KeyError(str(f))


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
