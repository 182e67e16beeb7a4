"""Signs of polynomials on an open domain, with witnesses that are checked by multiplying out.

A polynomial is positive on the domain when it is a sum of products of positive expressions of the domain, with positive
coefficients: a :class:`PositiveWitness`.  For boxes and simplices it is found by expansion in the Bernstein basis,
one block of parameters after the other (Bernstein 1915; Handelman 1988 for the existence on polytopes), factored at
every stage, so that few terms remain:

    kappa of M(b) = x * y1*(1-y1)*z1*(1-z1) + (1-x) * y2*(1-y2)*z2*(1-z2).

Positive expressions are those of the domain itself and what follows from them: the sum of all probabilities that
contain a factor is positive; where all other factors of a positive product are positive, the last one is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice
from typing import Any

import numpy as np
import sympy

from symelbo.budget import LIMITS, Work
from symelbo.errors import BudgetError
from symelbo.exact import Field, RationalFunction, as_rational, rational_to_sympy
from symelbo.loci.bernstein import Block, Expansion, multiplied, single
from symelbo.loci.proofs import Form, PositiveWitness, Powers, Products, Sign, Step
from symelbo.loci.quadratics import semidefinite
from symelbo.models.domain import Constraint, Domain
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization, has_table


class Positivity:
    """What is known to be positive, or nowhere zero, on a domain; and the search for signs of other polynomials.

    Parameters
    ----------
    field : Field
    positive : elements that are positive on the domain
    nonvanishing : elements without zeros in the domain
    forms : what the first of the positive elements are in a proof
    weights : further forms with their polynomials
    work : what the search may spend; by default so much that it ends for other reasons
    """

    def __init__(
        self,
        field: Field,
        positive: Iterable[RationalFunction],
        nonvanishing: Iterable[RationalFunction] = (),
        *,
        forms: Sequence[Form | None] = (),
        weights: Sequence[tuple[Form, RationalFunction]] = (),
        work: Work | None = None,
    ) -> None:
        self.field = field
        self.work = Work(LIMITS.sign_work) if work is None else work
        self.given = list(positive)
        exponentials = [i for i in range(len(field.generators)) if field.is_exponential(i)]
        sources = [*forms, *([None] * (len(self.given) - len(forms))), *(("g", i) for i in exponentials)]
        self.given += [field.generator(i) for i in exponentials]
        self.nonvanishing = {str(f.num): f for e in nonvanishing for f, _ in e.factors()[1]}
        self.positive: dict[str, RationalFunction] = {}
        self.contradiction: RationalFunction | None = None
        self.steps: list[Step] = []
        self._forms: dict[str, tuple[Form, RationalFunction]] = {}
        self._sources: list[tuple[Form, Any, list[tuple[RationalFunction, int]]]] = []
        self._signs: dict[str, Sign | None] = {}
        self._known_blocks: dict[int, list[Block]] = {}
        self._propagate()
        self._prove([(f, e) for f, e in zip(sources, self.given, strict=True) if f is not None] + list(weights))

    @classmethod
    def of(cls, model: Model, *, sums: bool = True, work: Work | None = None) -> Positivity:
        """Return what the domain of a model says; its probabilities are positive, so their factors do not vanish.

        ``sums``: and what the weights say, and for every factor the sum of the probabilities that contain it.
        """
        return cls.on(model.field, model.domain, model if has_table(model) else None, sums=sums, work=work)

    @classmethod
    def on(
        cls,
        field: Field,
        domain: Domain,
        model: Parametrization | None = None,
        *,
        sums: bool = True,
        work: Work | None = None,
    ) -> Positivity:
        """Return what a domain says, and the positive weights of a model."""
        positive = [c.element for c in domain.constraints]
        forms: list[Form | None] = [("d", k) for k in range(len(positive))]
        if model is None or not sums or model.space.n_states > LIMITS.signed_weights:
            return cls(field, positive, () if model is None else model.factor_table.factors, forms=forms, work=work)
        table = model.factor_table
        if model.normalised:
            for f in range(len(table.factors)):
                states = np.flatnonzero(table.exponents[:, f] > 0)
                if len(states):
                    positive.append(field.sum(model.weights[x] for x in states))
        weights = _weights(field, model)
        known = cls(field, positive, table.factors, forms=forms, weights=weights, work=work)
        if model.normalised:
            known._prove(known._sums_of_weights(model, [w for _, w in weights]))
        return known

    def _sums_of_weights(
        self, model: Parametrization, weights: Sequence[RationalFunction]
    ) -> list[tuple[Form, RationalFunction]]:
        """For each factor the sum of the weights that contain it, as a step."""
        found: list[tuple[Form, RationalFunction]] = []
        for f in range(len(model.factor_table.factors)):
            states = [int(x) for x in np.flatnonzero(model.factor_table.exponents[:, f] > 0)]
            if len(states) > 1:
                total = self.field.sum(weights[x] for x in states)
                self.steps.append(Step(total, {}, tuple((Fraction(1), {("w", x): 1}) for x in states)))
                found.append((("s", len(self.steps) - 1), total))
        return found

    def _propagate(self) -> None:
        pending = [e.factors() for e in self.given]
        progress = True
        while progress:
            progress = False
            for unit, powers in pending:
                odd = []
                sign = 1 if unit > 0 else -1
                for f, e in powers:
                    self.nonvanishing.setdefault(str(f.num), f)
                    if e % 2:
                        sign *= self._known(f) or 1
                        odd += [] if self._known(f) else [f]
                if not odd and sign < 0 and self.contradiction is None:
                    self.contradiction = self.field.constant(-1)
                if len(odd) == 1:
                    f = odd[0] if sign > 0 else -odd[0]
                    self.positive[str(f.num)] = f
                    progress = True

    def _prove(self, known: Sequence[tuple[Form, RationalFunction]]) -> None:
        """Steps: of a positive product all of whose factors but one have proved signs, the last factor has one too."""
        one = self.field.one.num
        for form, known_form in known:
            num, den = (self.field.fraction(part, one) for part in (known_form.num, known_form.den))
            whole = num * den
            self._forms.setdefault(str(whole.num), (form, whole))
        self._sources += [(form, *e.factors()) for form, e in known]
        found = True
        while found:
            found = False
            for form, unit, powers in self._sources:
                unknown = [(f, e) for f, e in powers if not self.proved_sign(f) and not self._is_square(f, e)]
                if len(unknown) != 1 or abs(unknown[0][1]) != 1 or (len(powers) == 1 and unit == 1):
                    continue
                f, sign, multiplier = unknown[0][0], 1 if unit > 0 else -1, Powers()
                for g, e in powers:
                    if g is not f:
                        own, power = self._power(g, abs(e))
                        sign *= self.proved_sign(g) ** abs(e) or 1
                        multiplier[own] = multiplier.get(own, 0) + power
                positive = f if sign > 0 else -f
                size = abs(Fraction(int(unit.p), int(unit.q)))
                self.steps.append(Step(positive, multiplier, ((1 / size, {form: 1}),)))
                self._forms[str(positive.num)] = ("s", len(self.steps) - 1), positive
                found = True

    def proved_sign(self, f: RationalFunction) -> int:
        """The sign of a polynomial that is known, up to sign, with its proof; 0 if there is none."""
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
        signs = [self.proved_sign(f) for f, _ in powers]
        if not unit or not all(signs):
            return None
        sign = 1 if unit > 0 else -1
        forms = []
        for (f, e), s in zip(powers, signs, strict=True):
            sign *= s**e
            forms.append(f if s > 0 else -f)
        size = abs(Fraction(int(unit.p), int(unit.q)))
        return sign, Products(tuple(forms), ((size, tuple(e for _, e in powers)),))

    def form(self, f: RationalFunction, e: int) -> tuple[Form, int]:
        """A positive expression, or the square of a generator, to a power: as a power of a known form."""
        known = self._forms.get(str(f.num))
        if known is not None and f == known[1]:
            return known[0], e
        for k in range(len(self.field.generators)):
            if not self.field.is_exponential(k) and f == self.field.generator(k) ** 2:
                return ("g", k), e
        raise KeyError(str(f))

    def conditions(self) -> list[RationalFunction]:
        """The elements that are positive, each once and without constants."""
        every = (*self.positive.values(), *self.given)
        return list({(str(e.num), str(e.den)): e for e in every if not e.is_constant}.values())

    def _known(self, f: RationalFunction) -> int:
        if f.is_constant:
            return 1 if f.rational_value() > 0 else -1
        if str(f.num) in self.positive:
            return 1
        return -1 if str((-f).num) in self.positive else 0

    def substituted(self, values: Sequence[RationalFunction], divisor: RationalFunction) -> Positivity:
        """Return what is known after generators have been replaced by functions of the others with this divisor."""
        moved = [e.evaluate(values) for e in (*self.given, *self.positive.values())]
        kept = [e.evaluate(values) for e in self.nonvanishing.values()]
        result = Positivity(self.field, [], [*(e for e in kept if e), divisor], work=self.work)
        result.given = [e for e in moved if e]
        if len(result.given) < len(moved) or any(not e for e in kept):
            result.contradiction = self.field.zero
        result._propagate()
        return result

    def vanishes_nowhere(self, f: RationalFunction) -> bool:
        """Whether an irreducible polynomial is known, or can be shown, to have no zero in the domain."""
        if f.is_constant:
            return bool(f)
        return str(f.num) in self.nonvanishing or str((-f).num) in self.nonvanishing or self.sign(f) is not None

    def remaining_factors(self, element: RationalFunction) -> list[RationalFunction]:
        """The distinct irreducible factors of the numerator that may vanish in the domain."""
        return [f for f, e in element.factors()[1] if e > 0 and not self.vanishes_nowhere(f)]

    def sign_only(self, polynomial: RationalFunction) -> int:
        """The sign of a polynomial on the domain as 1, -1, or 0 where none is found."""
        found = self._known(polynomial) if polynomial.is_constant else self.sign(polynomial)
        return found if isinstance(found, int) else 0 if found is None else found.sign

    def sign(self, polynomial: RationalFunction) -> Sign | None:
        """Return the sign of a polynomial on the domain, or None where none is found."""
        key = str(polynomial.num)
        if key not in self._signs:
            self._signs[key] = None  # while it is looked for
            self._signs[key] = self._find_sign(polynomial)
        return self._signs[key]

    def _find_sign(self, polynomial: RationalFunction) -> Sign | None:
        if not polynomial or not self._has_one_sign_at_samples(polynomial):
            return None
        for elevation in range(LIMITS.elevations):
            for sign in (1, -1):
                try:
                    products = self._products(polynomial if sign > 0 else -polynomial, elevation)
                except BudgetError:
                    continue
                witness = self._witness(polynomial if sign > 0 else -polynomial, products)
                if witness is not None:
                    return Sign(sign, witness, "sum of products of positive expressions of the domain")
        return self._univariate_sign(polynomial) or self._quadratic_sign(polynomial)

    @cached_property
    def _samples(self) -> list[tuple[Any, ...]]:
        """Points of the domain at which a search for a sign that does not exist is refuted before it begins."""
        if not self.field.is_free:
            return []
        elements = self.conditions()
        self.work.spent += LIMITS.point_work * sum(len(e.num) + len(e.den) for e in elements)
        domain = Domain(self.field, tuple(Constraint(e, "known") for e in elements))
        return list(islice(domain.interior_points(seed=2), LIMITS.sign_samples))

    def _has_one_sign_at_samples(self, polynomial: RationalFunction) -> bool:
        signs = set()
        for values in self._samples:
            value = polynomial.evaluate(values)
            signs.add((value > 0) - (value < 0))
        return len(signs) < 2 and 0 not in signs

    def _witness(self, polynomial: RationalFunction, products: Expansion | None) -> PositiveWitness | None:
        if not products:
            return None
        forms, strict = self.forms, self._strict
        used = [j for j in range(len(forms)) if any(e[j] for e in products)]
        terms = tuple((c, tuple(e[j] for j in used)) for e, c in sorted(products.items(), reverse=True))
        if not any(all(strict[j] or not e[j] for j in used) for e in products):
            return None
        return PositiveWitness(polynomial, tuple(forms[j] for j in used), tuple(strict[j] for j in used), terms)

    @cached_property
    def forms(self) -> tuple[RationalFunction, ...]:
        """All positive expressions that may occur in a witness, then the squares of the generators."""
        squares = [self.field.generator(i) ** 2 for i in range(len(self.field.generators))]
        return (*self.positive.values(), *squares)

    @cached_property
    def _strict(self) -> tuple[bool, ...]:
        return (True,) * len(self.positive) + (False,) * len(self.field.generators)

    @cached_property
    def _form_numbers(self) -> dict[str, int]:
        return {key: j for j, key in enumerate(self.positive)}

    @cached_property
    def _linear(self) -> list[tuple[int, list[Fraction], Fraction]]:
        """Positive forms of degree 1: (number, coefficients by generator, constant)."""
        n = len(self.field.generators)
        result = []
        for j, f in enumerate(self.positive.values()):
            form = f.affine_form()
            if form is not None and form[1]:
                result.append((j, [form[1].get(i, Fraction(0)) for i in range(n)], form[0]))
        return result

    def _products(self, f: RationalFunction, elevation: int, depth: int = 0) -> Expansion | None:
        """The polynomial as a sum of products of forms with positive coefficients; None if that is not found."""
        none = (0,) * len(self.forms)
        if f.is_constant:
            value = f.rational_value()
            return {none: Fraction(int(value.p), int(value.q))} if value > 0 else ({} if value == 0 else None)
        self.work.spend(LIMITS.factoring_work * (10 + len(f.num)))
        unit, powers = f.factors()
        sign = 1 if unit > 0 else -1
        parts: list[tuple[Expansion, int]] = []
        for g, e in powers:
            known = self._known(g)
            if known:
                j = self._form_numbers[str((g if known > 0 else -g).num)]
                parts.append(({single(none, j): Fraction(1)}, e))
                sign *= known**e
                continue
            found = self._expanded(g, elevation, depth)
            if found is None:
                found = self._expanded(-g, elevation, depth)
                sign *= (-1) ** e
            if found is None:
                return None
            parts.append((found, e))
        if sign < 0:
            return None
        size = abs(Fraction(int(unit.p), int(unit.q)))
        result: Expansion = {none: size}
        for part, e in parts:
            for _ in range(e):
                self.work.spend(len(result) * len(part))
                result = multiplied(result, part)
                if len(result) > LIMITS.products:
                    return None
        return result

    def _expanded(self, f: RationalFunction, elevation: int, depth: int) -> Expansion | None:
        """An irreducible polynomial: Bernstein coefficients over one block of generators, each treated again."""
        support = [i for i, k in enumerate(f.num.degrees()) if k > 0]
        if depth > 2 * len(self.field.generators):
            return None
        if support[0] not in self._known_blocks:
            self._known_blocks[support[0]] = self._blocks(support[0])
        for block in self._known_blocks[support[0]]:
            self.work.spend(LIMITS.factoring_work * (50 + len(f.num)))
            found = block.expand(f, elevation if depth == 0 else 0)
            if found is None:
                continue
            result: Expansion = {}
            for exponents, coefficient in found:
                part = self._products(coefficient, elevation, depth + 1)
                if part is None:
                    break
                monomial = [0] * len(self.forms)
                for j, k in exponents.items():
                    monomial[j] = k
                for e, c in part.items():
                    key = tuple(a + b for a, b in zip(e, monomial, strict=True))
                    result[key] = result.get(key, Fraction(0)) + c
                if len(result) > LIMITS.products:
                    return None
            else:
                return result
        return None

    def _blocks(self, generator: int) -> list[Block]:
        """Ways to write the polynomials in a group of generators in positive forms: simplex, cone, or squares."""
        near, forms = {generator}, []
        while True:
            forms = [f for f in self._linear if any(f[1][i] for i in near)]
            wider = near | {i for f in forms for i, c in enumerate(f[1]) if c}
            if wider == near:
                break
            near = wider
        group = sorted(near)
        found = []
        for size in (len(group) + 1, len(group)):
            for chosen in islice(combinations(forms, size), LIMITS.block_choices):
                block = Block.of(self.field, group, chosen)
                if block is not None:
                    found.append(block)
                    if size > len(group):
                        break
        alone = [f for f in self._linear if [i for i, c in enumerate(f[1]) if c] == [generator]]
        if len(group) > 1:
            chosen_alone = (c for size in (2, 1) for c in islice(combinations(alone, size), 4))
            found += [b for c in chosen_alone if (b := Block.of(self.field, [generator], c)) is not None]
        if not forms:
            found.append(Block(self.field, (generator,), (len(self.positive) + generator,), None, None))
        return found

    def _quadratic_sign(self, f: RationalFunction) -> Sign | None:
        """A polynomial that is quadratic in a generator has one sign where its discriminant is negative."""
        found = semidefinite(f, self.sign_only)
        if found is None or found[1]:
            return None
        return Sign(found[0], None, "quadratic in a parameter, with a negative discriminant")

    def _univariate_sign(self, f: RationalFunction) -> Sign | None:
        """A polynomial in one generator has one sign when it has no root in the interval of that generator."""
        support = [i for i, k in enumerate(f.num.degrees()) if k > 0]
        if len(support) != 1:
            return None
        g = support[0]
        alone = [(c[g], -b / c[g]) for _, c, b in self._linear if [i for i, a in enumerate(c) if a] == [g]]
        low = max((root for slope, root in alone if slope > 0), default=None)
        high = min((root for slope, root in alone if slope < 0), default=None)
        terms = {(int(e[g]),): rational_to_sympy(c) for e, c in f.terms().items()}
        polynomial = sympy.Poly.from_dict(terms, sympy.Symbol("g"), domain=sympy.QQ)
        ends = [None if e is None else sympy.Rational(e.numerator, e.denominator) for e in (low, high)]
        count = polynomial.count_roots(*ends)
        count -= sum(1 for e in ends if e is not None and polynomial.eval(e) == 0)
        if count:
            return None
        middle = (low + high) / 2 if low is not None and high is not None else (low or Fraction(0)) + 1
        if low is None and high is not None:
            middle = high - 1
        value = polynomial.eval(sympy.Rational(middle.numerator, middle.denominator))
        inside = f"({'-oo' if low is None else low}, {'oo' if high is None else high})"
        return Sign(1 if value > 0 else -1, None, f"no real root in {inside} (Sturm)")


def _weights(field: Field, model: Parametrization) -> list[tuple[Form, RationalFunction]]:
    """The weights as polynomials: a negative power of a factor counts by its parity."""
    table = model.factor_table
    found: list[tuple[Form, RationalFunction]] = []
    for x in range(model.space.n_states):
        product = field.constant(table.coefficients[x])
        for f in map(int, np.flatnonzero(table.exponents[x])):
            e = int(table.exponents[x, f])
            product = product * table.factors[f] ** (e if e > 0 else e % 2)
        found.append((("w", x), product))
    return found
