"""Certificates about expressions: equal as functions, or different at a point; positive on a domain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import sympy

from symelbo.certificates.data import (
    canonical_json,
    certificate_data,
    field_data,
    model_data,
    number_text,
    number_texts,
    polynomial_data,
    rational_point,
    sha256_of,
)
from symelbo.certificates.signs import written
from symelbo.exact import Field, RationalFunction
from symelbo.exact.polynomials import content
from symelbo.loci.positivity import Positivity
from symelbo.loci.proofs import SumOfProducts
from symelbo.models.domain import Domain
from symelbo.models.parametrization import Parametrization, Point

__all__ = ["IdentityCertificate", "PositivityCertificate", "expressions_data"]


@dataclass(frozen=True)
class IdentityCertificate:
    """Two lists of expressions that are equal as functions, or different at a point."""

    field: Field
    domain: Domain
    left: tuple[sympy.Expr, ...]
    right: tuple[sympy.Expr, ...]
    verdict: str
    scope: str
    interior: Point

    @cached_property
    def _trees(self) -> tuple[list[Any], list[Any]]:
        data = expressions_data(self.field, (*self.left, *self.right))
        return data[: len(self.left)], data[len(self.left) :]

    def claim(self) -> dict[str, Any]:
        """The claim: all that a judge who accepts the certificate has confirmed."""
        point = number_texts(rational_point(self.interior, self.domain).values) if self.verdict == "refuted" else None
        return {
            "assumptions": [],
            "left": self._trees[0],
            "model": field_data(self.field, self.domain),
            "point": point,
            "quantifier": "for all values of the generators",
            "right": self._trees[1],
            "scope": self.scope,
            "statement": "identity",
            "verdict": self.verdict,
        }

    def as_dict(self) -> dict[str, Any]:
        """The whole certificate as JSON data."""
        interior = rational_point(self.interior, self.domain)
        claim = self.claim()
        witness: dict[str, Any] = {"kind": "identity"}
        if self.verdict == "proved":
            trees = [tree for pair in zip(claim["left"], claim["right"], strict=True) for tree in pair]
            steps = cancellations(self.field, trees)
            if any(steps):
                witness["steps"] = steps
        return certificate_data(claim, number_texts(interior.values), witness)

    @cached_property
    def sha256(self) -> str:
        """The hash of the claim."""
        return sha256_of(self.claim())

    def to_json(self) -> str:
        """The certificate as canonical JSON."""
        return canonical_json(self.as_dict())


@dataclass(frozen=True)
class PositivityCertificate:
    """Expressions that are positive at every point of a domain, each with the sum of products that shows it."""

    field: Field
    domain: Domain
    expressions: tuple[sympy.Expr, ...]
    model: Parametrization | None
    interior: Point
    witness: dict[str, Any]

    @classmethod
    def of(
        cls,
        field: Field,
        domain: Domain,
        expressions: Sequence[sympy.Expr],
        numerators: Sequence[SumOfProducts],
        interior: Point,
        *,
        model: Parametrization | None = None,
    ) -> PositivityCertificate | None:
        """The certificate of expressions whose numerators are sums of products of positive polynomials.

        Parameters
        ----------
        field, domain : where the expressions live
        expressions : sympy expressions
        numerators : for each the numerator of ``field.from_sympy(expression)``, or its negative where the denominator
            is negative, as a sum of products of known forms (a
            :class:`~symelbo.loci.proofs.PositiveWitness` is one); denominators have to be products of such forms
        interior : Point of the domain
        model : the claim is about its domain, where its weights are positive as well

        Returns
        -------
        None if a form is not known to be positive, or a denominator is no product of such forms.
        """
        known = Positivity.on(field, domain, model)
        sums: list[SumOfProducts] = []
        shown = []
        for expression, numerator in zip(expressions, numerators, strict=True):
            element = field.from_sympy(expression)
            denominator = known.product(field.fraction(element.den, field.one.num))
            if denominator is None:
                return None
            sums += [numerator, denominator[1]]
            shown.append(_with_positive_denominator(field, element, denominator[0], expression))
        found = written(known, sums)
        if found is None:
            return None
        steps, proofs = found
        pairs = [proofs[k : k + 2] for k in range(0, len(proofs), 2)]
        witness = {"kind": "sign", "steps": steps, "proofs": pairs}
        return cls(field, domain, tuple(shown), model, interior, witness)

    def claim(self) -> dict[str, Any]:
        """The claim: all that a judge who accepts the certificate has confirmed."""
        model = field_data(self.field, self.domain) if self.model is None else model_data(self.model)
        return {
            "assumptions": [],
            "expressions": expressions_data(self.field, self.expressions),
            "model": model,
            "point": None,
            "quantifier": "at every point of the domain at which it is defined",
            "scope": "every-point",
            "statement": "positivity",
            "verdict": "proved",
        }

    def as_dict(self) -> dict[str, Any]:
        """The whole certificate as JSON data."""
        interior = rational_point(self.interior, self.domain)
        return certificate_data(self.claim(), number_texts(interior.values), self.witness)

    @cached_property
    def sha256(self) -> str:
        """The hash of the claim."""
        return sha256_of(self.claim())

    def to_json(self) -> str:
        """The certificate as canonical JSON."""
        return canonical_json(self.as_dict())


def _with_positive_denominator(
    field: Field, element: RationalFunction, sign: int, expression: sympy.Expr
) -> sympy.Expr:
    """The expression itself where it is written without denominators, otherwise in lowest terms."""
    powers = sympy.preorder_traversal(expression)
    exponential = any(field.is_exponential(k) for k in range(len(field.generators)))
    if not exponential and not any(p.is_Pow and p.args[1].is_negative for p in powers):
        return expression
    one = field.one.num
    num, den = (field.to_sympy(field.fraction(sign * p, one), factored=False) for p in (element.num, element.den))
    return num / den


def expressions_data(field_: Field, expressions: Iterable[sympy.Expr]) -> list[Any]:
    """Expressions as trees of numbers, generators, sums, products and integer powers."""
    known: dict[sympy.Expr, Any] = {g: ["g", k] for k, g in enumerate(field_.generators)}

    def tree(e: sympy.Expr) -> Any:
        found = known.get(e)
        if found is None:
            found = known[e] = written_down(e)
        return found

    def written_down(e: sympy.Expr) -> Any:
        if e.is_Rational:
            return number_text(e)
        if e.is_Add or e.is_Mul:
            return ["+" if e.is_Add else "*", *map(tree, e.args)]
        if e.is_Pow and e.args[1].is_Integer:
            return ["^", tree(e.args[0]), int(e.args[1])]
        element = field_.from_sympy(e)  # an exponential: a product of powers of generators
        return ["*", "1", *(["^", ["g", i], k] for i, k in enumerate(_monomial(element)) if k)]

    return [tree(e) for e in expressions]


def cancellations(field_: Field, trees: Iterable[Any]) -> list[Any]:
    """What is cancelled after each operation on two fractions: the common factor and what remains, or None.

    The judge adds and multiplies as it stands here, from left to right, so that it needs no greatest common divisor.
    """
    one = field_.one.num
    steps: list[Any] = []

    def written(polynomial: Any) -> list[list[Any]]:
        return polynomial_data(field_.fraction(polynomial, one))

    def cancelled(num: Any, den: Any) -> tuple[Any, Any]:
        if den.is_one():
            return num, den
        common = num.gcd(den)
        if common.is_constant():
            steps.append(None)
            return num, den
        common = common / content(common)
        num, den = num / common, den / common
        steps.append([written(p) for p in (common, num, den)])
        return num, den

    known: dict[int, tuple[Any, Any]] = {}  # what needed no steps

    def fraction(tree: Any) -> tuple[Any, Any]:
        if id(tree) not in known:
            before = len(steps)
            found = computed(tree)
            if len(steps) > before:
                return found
            known[id(tree)] = found
        return known[id(tree)]

    def computed(tree: Any) -> tuple[Any, Any]:
        if isinstance(tree, str):
            return field_.constant(Fraction(tree)).num, one
        kind, *rest = tree
        if kind == "g":
            return field_.generator(rest[0]).num, one
        if kind == "^":
            num, den = (part ** abs(rest[1]) for part in fraction(rest[0]))
            return (num, den) if rest[1] >= 0 else (den, num)
        num, den = fraction(rest[0])
        for item in rest[1:]:
            above, below = fraction(item)
            if kind == "*":
                num, den = num * above, den * below
            elif den == below:
                num = num + above
            else:
                num, den = num * below + above * den, den * below
            num, den = cancelled(num, den)
        return num, den

    for tree in trees:
        fraction(tree)
    return steps


def _monomial(element: RationalFunction) -> list[int]:
    ((above, _),), ((below, _),) = element.num.to_dict().items(), element.den.to_dict().items()
    return [int(a) - int(b) for a, b in zip(above, below, strict=True)]
