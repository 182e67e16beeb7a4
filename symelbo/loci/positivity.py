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
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice
from typing import Any

import numpy as np
import sympy

from symelbo.budget import LIMITS, Work
from symelbo.errors import BudgetError
from symelbo.exact import Field, RationalFunction, rational_to_sympy
from symelbo.loci.bernstein import TERM_LIMIT, Block, Exponents, Products, multiplied, single
from symelbo.loci.quadratics import semidefinite
from symelbo.models.domain import Constraint, Domain
from symelbo.models.parametrization import Parametrization

ELEVATIONS = LIMITS.elevations
BLOCK_CHOICES = LIMITS.block_choices
SAMPLES = LIMITS.sign_samples


@dataclass(frozen=True, slots=True)
class PositiveWitness:
    """``polynomial = sum_k c_k prod_j forms[j] ** e_kj`` with positive c_k: positive wherever the forms are.

    Attributes
    ----------
    polynomial : RationalFunction
        With denominator 1.
    forms : expressions that are positive on the domain (a square ``g**2`` of a free parameter only non-negative)
    strict : for every form whether it is positive, not merely non-negative
    terms : pairs (coefficient, exponents)
    """

    polynomial: RationalFunction
    forms: tuple[RationalFunction, ...]
    strict: tuple[bool, ...]
    terms: tuple[tuple[Fraction, Exponents], ...]

    def expression(self) -> sympy.Expr:
        """Return the sum of products as it stands."""
        convert = self.polynomial.field.to_sympy
        return sympy.Add(
            *(
                sympy.Mul(
                    sympy.Rational(c.numerator, c.denominator),
                    *(convert(f) ** k for f, k in zip(self.forms, e, strict=True) if k),
                )
                for c, e in self.terms
            )
        )

    def as_dict(self) -> dict[str, object]:
        """Return the witness as data: kind "positive", the polynomial, the forms and the terms."""
        convert = self.polynomial.field.to_sympy
        used = [j for j in range(len(self.forms)) if any(e[j] for _, e in self.terms)]
        return {
            "kind": "positive",
            "polynomial": str(convert(self.polynomial, factored=False)),
            "forms": [str(convert(self.forms[j])) for j in used],
            "terms": [{"coefficient": str(c), "powers": [e[j] for j in used]} for c, e in self.terms],
        }

    def __str__(self) -> str:
        return str(self.expression())


def verify_positive(witness: PositiveWitness, positive: Sequence[RationalFunction]) -> bool:
    """Check a witness from its definition alone: multiply out, and look up its forms.

    Parameters
    ----------
    witness : PositiveWitness
    positive : elements known to be positive on the domain
        Every strict form has to be one of them; every other one the square of a generator.
    """
    field = witness.polynomial.field
    squares = [field.generator(i) ** 2 for i in range(len(field.generators))]
    for form, strict in zip(witness.forms, witness.strict, strict=True):
        if not any(form == known for known in (positive if strict else squares)):
            return False
    if any(c <= 0 for c, _ in witness.terms):
        return False
    if not any(all(s or not k for s, k in zip(witness.strict, e, strict=True)) for _, e in witness.terms):
        return False
    total = field.zero
    for c, exponents in witness.terms:
        term = field.constant(c)
        for form, k in zip(witness.forms, exponents, strict=True):
            term = term * form**k
        total = total + term
    return total == witness.polynomial


@dataclass(frozen=True, slots=True)
class Sign:
    """The sign +1 or -1 of a polynomial on a whole domain, with the witness for its absolute value.

    ``witness`` is None where the polynomial has one variable and no root in its interval (``reason`` says so).
    """

    sign: int
    witness: PositiveWitness | None
    reason: str


class Positivity:
    """What is known to be positive, or nowhere zero, on a domain; and the search for signs of other polynomials.

    Parameters
    ----------
    field : Field
    positive : elements that are positive on the domain
    nonvanishing : elements without zeros in the domain
    work : what the search may spend; by default so much that it ends for other reasons
    """

    def __init__(
        self,
        field: Field,
        positive: Iterable[RationalFunction],
        nonvanishing: Iterable[RationalFunction] = (),
        *,
        work: Work | None = None,
    ) -> None:
        self.field = field
        self.work = Work(LIMITS.sign_work) if work is None else work
        self.given = list(positive)
        self.given += [field.generator(i) for i in range(len(field.generators)) if field.is_exponential(i)]
        self.nonvanishing = {str(f.num): f for e in nonvanishing for f, _ in e.factors()[1]}
        self.positive: dict[str, RationalFunction] = {}
        self.contradiction: RationalFunction | None = None
        self._signs: dict[str, Sign | None] = {}
        self._known_blocks: dict[int, list[Block]] = {}
        self._propagate()

    @classmethod
    def of(cls, model: Parametrization, *, sums: bool = True, work: Work | None = None) -> Positivity:
        """Return what the domain of a model says; its probabilities are positive, so their factors do not vanish.

        ``sums``: and for every factor the sum of the probabilities that contain it is positive.
        """
        table, field = model.factor_table, model.field
        positive = [c.element for c in model.domain.constraints]
        if sums and model.normalised and model.space.n_states <= LIMITS.signed_weights:
            for f in range(len(table.factors)):
                states = np.flatnonzero(table.exponents[:, f] > 0)
                if len(states):
                    positive.append(field.sum(model.weights[x] for x in states))
        return cls(field, positive, table.factors, work=work)

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
        for elevation in range(ELEVATIONS):
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
        return list(islice(domain.interior_points(seed=2), SAMPLES))

    def _has_one_sign_at_samples(self, polynomial: RationalFunction) -> bool:
        signs = set()
        for values in self._samples:
            value = polynomial.evaluate(values)
            signs.add((value > 0) - (value < 0))
        return len(signs) < 2 and 0 not in signs

    def _witness(self, polynomial: RationalFunction, products: Products | None) -> PositiveWitness | None:
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

    def _products(self, f: RationalFunction, elevation: int, depth: int = 0) -> Products | None:
        """The polynomial as a sum of products of forms with positive coefficients; None if that is not found."""
        none = (0,) * len(self.forms)
        if f.is_constant:
            value = f.rational_value()
            return {none: Fraction(int(value.p), int(value.q))} if value > 0 else ({} if value == 0 else None)
        self.work.spend(LIMITS.factoring_work * (10 + len(f.num)))
        unit, powers = f.factors()
        sign = 1 if unit > 0 else -1
        parts: list[tuple[Products, int]] = []
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
        result: Products = {none: size}
        for part, e in parts:
            for _ in range(e):
                self.work.spend(len(result) * len(part))
                result = multiplied(result, part)
                if len(result) > TERM_LIMIT:
                    return None
        return result

    def _expanded(self, f: RationalFunction, elevation: int, depth: int) -> Products | None:
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
            result: Products = {}
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
                if len(result) > TERM_LIMIT:
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
            for chosen in islice(combinations(forms, size), BLOCK_CHOICES):
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
