"""The open set on which a model is defined, and exact points inside it.

A domain is a list of strict inequalities ``f > 0`` with f in the field of the model.  A point is a value for every
generator of that field: rational for parameters; for exponentials ``t = exp(...)`` of parameters that occur only in
exponents any positive rational is the value at an exact (real) point of the model.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from math import inf

import sympy

from symelbo.budget import LIMITS
from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import Field, Rational, RationalFunction, Value, as_rational
from symelbo.models.entries import rational_bound, sides
from symelbo.models.intervals import Condition, Interval, bounds_of, common, pick
from symelbo.typesetting import Unfolding

# Small rationals, simplest first: 1, 1/2, 2, 1/3, 3, 2/3, ..., each positive one before its negative.
SIMPLE = tuple(
    as_rational(Fraction(a, b))
    for a, b in sorted(
        {(a, b) for b in range(1, 6) for a in range(-5, 6) if a and Fraction(a, b).denominator == b},
        key=lambda ab: (abs(ab[0]) + ab[1], ab[0] < 0, abs(ab[0])),
    )
)


@dataclass(frozen=True, slots=True)
class Constraint:
    """A strict inequality: ``element > 0``, and the form in which it was written."""

    element: RationalFunction
    text: str

    @classmethod
    def of(cls, element: RationalFunction) -> Constraint:
        """Return the inequality of an element, written without signs: ``a + b < 1`` for ``1 - a - b``."""
        smaller, larger = sides(element.field.to_sympy(element))
        return cls(element, f"{smaller} < {larger}")

    def holds(self, values: Sequence[Value]) -> bool:
        """Whether the inequality holds at a point; False also where a denominator vanishes."""
        try:
            return bool(self.element.evaluate(values) > 0)
        except DomainError:
            return False


@dataclass(frozen=True, slots=True)
class Domain(Unfolding):
    """An open domain: the points at which all constraints hold.

    >>> x, y = sympy.symbols("x y")
    >>> domain = Domain.from_relationals(Field([x, y]), [0 < x, x < y, y < 1])
    >>> [str(v) for v in domain.interior_point()]
    ['1/3', '1/2']
    """

    field: Field
    constraints: tuple[Constraint, ...]

    def __repr__(self) -> str:
        shown = [c.text for c in self.constraints]
        many = "" if len(shown) <= 8 else f" and {len(shown) - 8} more inequalities"
        return f"{', '.join(shown[:8])}{many}" if shown else "all real parameters"

    def _parts(self) -> Iterator[tuple[str, sympy.Expr]]:
        return ((c.text, self.field.to_sympy(c.element) > 0) for c in self.constraints)

    @classmethod
    def from_relationals(cls, field: Field, relationals: Iterable[sympy.Basic]) -> Domain:
        """Return the domain of strict sympy inequalities (conjunctions may be joined by And)."""
        constraints = []
        if isinstance(relationals, sympy.Basic | bool | str) or not isinstance(relationals, Iterable):
            raise ModelError(f"domain: {relationals!r} is not a list; expected inequalities such as [0 < x, x < 1]")
        for item in relationals:
            if item is sympy.true or item is True:
                continue
            parts = item.args if isinstance(item, sympy.And) else (item,)
            for relational in parts:
                constraints.append(_constraint(field, relational))
        return cls(field, tuple(constraints))

    @classmethod
    def assumed(cls, field: Field) -> Domain:
        """Return the inequalities that sympy's assumptions on the parameters say: positive, negative, and weak ones.

        Raises
        ------
        ModelError
            The sign of a parameter that occurs in exponents together with others only.
        """
        constraints = []
        for p in field.symbols:
            sign = 1 if p.is_nonnegative else -1 if p.is_nonpositive else 0
            if sign:
                element = _signed(field, p)
                text = f"{p} > 0" if sign > 0 else f"{p} < 0"
                constraints.append(Constraint(element if sign > 0 else -element, text))
        return cls(field, tuple(constraints))

    def joined(self, constraints: Iterable[Constraint]) -> Domain:
        """Return the domain with more constraints; those that it has already are not repeated."""
        new = [c for c in constraints if all(c.element != own.element for own in self.constraints)]
        return Domain(self.field, (*self.constraints, *new)) if new else self

    def violated(self, values: Sequence[Value]) -> Constraint | None:
        """Return the first constraint that does not hold at a point, or None inside the domain."""
        return next((c for c in self.constraints if not c.holds(values)), None)

    def contains(self, values: Sequence[Value]) -> bool:
        """Whether a point lies in the domain; exponentials must be positive."""
        exponentials = (v for i, v in enumerate(values) if self.field.is_exponential(i))
        return all(v > 0 for v in exponentials) and self.violated(values) is None

    @property
    def box(self) -> list[Interval]:
        """For every generator the interval that the linear constraints on it alone leave."""
        return bounds_of(self.field, [Condition.of(c.element) for c in self.constraints])

    def interior_point(self) -> tuple[Value, ...]:
        """Return one point of small height in the domain; DomainError if none is found."""
        point = self.simple_point(lambda _: True)
        if point is None:
            raise DomainError(
                f"no rational point found in the domain {{{', '.join(c.text for c in self.constraints)}}}: "
                "it is empty, or too thin for the search; expected an open set"
            )
        return point

    def simple_point(
        self,
        accept: Callable[[Sequence[Value]], bool],
        *,
        candidates: int = LIMITS.point_candidates,
        patience: float = inf,
    ) -> tuple[Value, ...] | None:
        """Return an accepted point of small height, the simplest of some candidates, or None if there are none.

        Coordinates of the simplest point found are replaced by simpler numbers: first in all combinations of few
        replacements, in lexicographic order, then one by one.  ``patience``: after so many questions what is simplest
        so far is returned; fewer candidates are compared where it is short.
        """
        if not self.field.is_free:
            at = self.field.values_at
            found = self._over_parameters().simple_point(
                lambda v: self.contains(at(v)) and accept(at(v)), candidates=candidates, patience=patience
            )
            return None if found is None else at(found)
        even = self._even()
        if even is not None and accept(even):
            return even
        if patience == inf and all(len(Condition.of(c.element).support) == 1 for c in self.constraints):
            inside = next(self.interior_points(seed=3), None)  # the simplest values are the same wherever one looks
            if inside is not None and (simplest := self._simplest_combination(inside, accept)):
                return simplest
        points: list[tuple[Value, ...]] = []
        asked = 0

        def ask(values: Sequence[Value]) -> bool:
            nonlocal asked
            asked += 1
            return (asked <= patience or not points) and accept(values)

        for p in islice(self.interior_points(seed=3), 20 * LIMITS.point_candidates):
            points += [p] if ask(p) else []
            if points and (asked >= patience or len(points) >= min(candidates, patience / 6)):
                break
        if not points:
            return None
        best = min(points, key=lambda p: (_height(p), [Fraction(int(v.p), int(v.q)) for v in p]))
        return self._simplest_combination(best, ask) or self._simplified(best, ask)

    def _even(self) -> tuple[Rational, ...] | None:
        """The uniform point of simplices, one of many parameters, or of something like them.

        What is chosen coordinate by coordinate becomes tiny there.
        """
        blocks = [{g} for g in range(len(self.field.generators))]
        for c in self.constraints:
            block = set().union(*(blocks[g] for g in Condition.of(c.element).support))
            for g in block:
                blocks[g] = block
        sizes = [len(block) for block in blocks]
        if max(sizes, default=0) <= LIMITS.uneven_parameters:
            return None
        even = tuple(as_rational(Fraction(1, n + 1)) for n in sizes)
        double = tuple(2 * v if n > LIMITS.uneven_parameters else v for v, n in zip(even, sizes, strict=True))
        return even if self.contains(even) and not self.contains(double) else None

    def _alternatives(self, values: Sequence[Rational], i: int, most: int) -> list[Rational]:
        """The simplest values of coordinate i that keep the point in the domain, simplest first."""
        touched = [c for c in self.constraints if i in Condition.of(c.element).support]
        return list(islice((s for s in SIMPLE if self._stays((*values[:i], s, *values[i + 1 :]), i, touched)), most))

    def _stays(self, values: Sequence[Rational], i: int, touched: Iterable[Constraint]) -> bool:
        """Whether a point whose coordinate i has changed, in the constraints that are touched, is still inside."""
        return (values[i] > 0 or not self.field.is_exponential(i)) and all(c.holds(values) for c in touched)

    def _simplest_combination(
        self, values: Sequence[Rational], accept: Callable[[Sequence[Rational]], bool]
    ) -> tuple[Rational, ...] | None:
        n = len(values)
        if n > LIMITS.point_combined:
            return None
        choices = [self._alternatives(values, i, 3) for i in range(n)]
        if not all(choices):
            return None
        tried = 0
        for changes in range(n + 1):
            ranks = (r for r in product(*(range(len(c)) for c in choices)) if sum(r) == changes)
            for combination in ranks:
                candidate = tuple(c[k] for c, k in zip(choices, combination, strict=True))
                tried += 1
                if tried > LIMITS.point_combinations:
                    return None
                if self.contains(candidate) and accept(candidate):
                    return candidate
        return None

    def _simplified(
        self, values: Sequence[Rational], accept: Callable[[Sequence[Rational]], bool]
    ) -> tuple[Rational, ...]:
        best = tuple(values)
        conditions = [(c, Condition.of(c.element).support) for c in self.constraints]
        for i in range(len(best)):
            touched = [c for c, support in conditions if i in support]
            for simple in SIMPLE:
                if _height([simple]) >= _height([best[i]]):
                    break
                candidate = (*best[:i], simple, *best[i + 1 :])
                if self._stays(candidate, i, touched) and accept(candidate):
                    best = candidate
                    break
        return best

    def _over_parameters(self) -> Domain:
        """The domain of rational parameters that the constraints without exponentials leave."""
        field = Field(self.field.symbols)
        texts = []
        for c in self.constraints:
            e = self.field.to_sympy(c.element)
            if not e.has(sympy.exp, sympy.E):
                texts.append(Constraint(field.from_sympy(e), c.text))
        return Domain(field, tuple(texts))

    def interior_points(self, *, seed: int, attempts: int = LIMITS.point_attempts) -> Iterator[tuple[Value, ...]]:
        """Yield random exact points of the domain, simple ones first; ends if none is found.

        They are rational where generators are free; else the parameters are rational, and the exponentials numbers.
        """
        if not self.field.is_free:
            yield from self._mixed_points(seed, attempts)
            return
        rng, even = random.Random(seed), self._even()
        if even is not None:
            for _ in range(attempts):
                near = tuple(v * as_rational(Fraction(rng.randint(4, 12), 8)) for v in even)
                if self.contains(near):
                    yield near
        conditions = [Condition.of(c.element) for c in self.constraints if not is_evident(c.element)]
        bounds = bounds_of(self.field, conditions)
        failures = 0
        produced = 0
        while failures < attempts:
            point = self._attempt(conditions, bounds, rng, spread=1 + produced // 4, finer=failures // 40)
            if point is None or not self.contains(point):
                failures += 1
                continue
            failures = 0
            produced += 1
            yield point

    def _mixed_points(self, seed: int, attempts: int) -> Iterator[tuple[Value, ...]]:
        failures = 0
        for parameters in self._over_parameters().interior_points(seed=seed):
            values = self.field.values_at(parameters)
            if self.contains(values):
                failures = 0
                yield values
            else:
                failures += 1
                if failures >= attempts:
                    return

    def _attempt(
        self, conditions: list[Condition], bounds: list[Interval], rng: random.Random, spread: int, finer: int
    ) -> tuple[Rational, ...] | None:
        """Choose the generators one after another, each inside what the constraints still allow."""
        n = len(self.field.generators)
        scale = Fraction(1, rng.choice((1, 1, 1, 1, 2, 4, 8, 16, n + 1, 8 * n + 8)))
        offset = rng.choice((0, 0, 0, 0, 0, -1))
        order = list(range(n))
        if rng.random() < 0.5:
            rng.shuffle(order)
        chosen: dict[int, Rational] = {}
        for g in order:
            intervals = [bounds[g]]
            for condition in conditions:
                if g in condition.support:
                    allowed = condition.allowed(g, chosen, bounds)
                    if allowed is not None:
                        intervals = common(intervals, allowed)
            if not intervals:
                return None
            low, high = rng.choice(intervals)
            chosen[g] = as_rational(pick(low, high, rng=rng, spread=spread, finer=finer, scale=scale, offset=offset))
        return tuple(chosen[i] for i in range(n))


def _signed(field: Field, symbol: sympy.Symbol) -> RationalFunction:
    """An element with the sign of a symbol: itself, or ``exp(c p) - 1``."""
    if symbol in field.generators:
        return field.generator(field.generators.index(symbol))
    found = _compared(field, symbol, sympy.Integer(0))
    if found is None:
        raise ModelError(f"the sign of {symbol}, which its assumptions declare, is no inequality between exponentials")
    return found


def _compared(field: Field, larger: sympy.Expr, smaller: sympy.Expr) -> RationalFunction | None:
    """An element with the sign of a difference; None where this is none between powers of generators.

    Where parameters occur only in exponents, ``f > 0`` is ``exp(N f) > 1``, and ``c exp(f) > 1`` is the same between
    the Nth powers, N such that these are in the field.
    """
    sides = [side.as_coeff_Mul() for side in (larger, smaller)]
    if all(c > 0 and (e == 1 or isinstance(e, sympy.exp)) for c, e in sides):
        (c, above), (d, below) = sides
        quotient, ratio = above / below, c / d
        exponent = quotient.args[0] if isinstance(quotient, sympy.exp) else sympy.Integer(0)
    else:
        exponent, ratio = larger - smaller, sympy.Integer(1)
    found = field.power(exponent)
    return None if found is None else found[0] * field.constant(ratio) ** found[1] - field.one


def is_evident(element: RationalFunction) -> bool:
    """Whether an element is positive at once: positive coefficients, and exponentials alone."""
    field = element.field
    return all(
        c > 0 and all(not e or field.is_exponential(i) for i, e in enumerate(exponents))
        for polynomial in (element.num, element.den)
        for exponents, c in polynomial.to_dict().items()
    )


def vanishes_nowhere(polynomial: RationalFunction) -> bool:
    """Whether a polynomial is evidently nonzero: one sign, even powers of the parameters, and a term without any."""
    terms, field = polynomial.terms(), polynomial.field
    plain = [i for i in range(len(field.generators)) if not field.is_exponential(i)]
    powers = [[k[i] for i in plain] for k in terms]
    same_sign = len({c > 0 for c in terms.values()}) == 1
    return same_sign and any(not any(k) for k in powers) and all(not e % 2 for k in powers for e in k)


def _height(values: Sequence[Rational]) -> int:
    return sum(abs(int(v.p)) + int(v.q) for v in values)


def _constraint(field: Field, relational: sympy.Basic) -> Constraint:
    where = f"domain: {relational}"
    numbers = relational.atoms(sympy.Float) if isinstance(relational, sympy.Basic) else ()
    for number in numbers:
        as_rational(number, where)  # before the sides are subtracted, so that the number written is named
    if relational is sympy.false or relational is False:
        raise ModelError("domain: one of the inequalities is always false; the domain is empty")
    if isinstance(relational, sympy.StrictGreaterThan):
        difference = relational.lhs - relational.rhs
    elif isinstance(relational, sympy.StrictLessThan):
        difference = relational.rhs - relational.lhs
    elif isinstance(relational, sympy.GreaterThan | sympy.LessThan):
        raise ModelError(f"{where}: the domain is open, write < or > instead of <= or >=")
    else:
        raise ModelError(f"{where}: expected a strict inequality such as 0 < x")
    try:
        element = field.from_sympy(difference, where)
    except ExactnessError:
        found = _compared(field, relational.gts, relational.lts)
        inside = difference.free_symbols <= set(field.symbols)
        if found is None and inside and (instead := rational_bound(relational)):
            raise ExactnessError(f"{where}: {instead}") from None
        if found is None:
            raise
        element = found
    return Constraint(element, str(relational))
