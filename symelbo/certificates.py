"""Certificates: what a verdict rests on, as plain data that somebody else can judge.

A certificate is a JSON object with five parts:

* ``claim``: the statement (slug), the verdict, the scope, and the model as a finite table of polynomials
  (generators with their exponents, factors, integer exponents, domain).  Nothing else is claimed.
* ``sha256``: of the canonical JSON of the claim, so that a valid proof of something else is recognised as such.
* ``interior_point``: a rational point of the domain: the hypotheses are not vacuous.
* ``witness``: what the judge cannot find by itself (null vectors, a point, a distribution).
* ``provenance``: who wrote it; marked untrusted, never read by a judge.

Numbers are strings ``-?digits(/digits)?`` in lowest terms.  Polynomials are lists of ``[coefficient, exponents]`` with
exponents decreasing lexicographically.  Canonical JSON has sorted keys and no white space.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy

from symelbo.exact import Matrix, RationalFunction, Value
from symelbo.geometry import Ranks, TangentDecomposition, generic_kernels, upper_bounds
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import Statement, statement

if TYPE_CHECKING:
    from symelbo.verify.verdicts import Counterexample

__all__ = ["FORMAT", "VERSION", "Certificate", "canonical_json"]

FORMAT = "symelbo-certificate"
VERSION = 1


@dataclass(frozen=True)
class Certificate:
    """A certificate, written out on demand: claim and witness refer to the model until :meth:`as_dict` is called."""

    model: Parametrization
    statement: Statement
    verdict: str
    scope: str
    point: Point | None
    interior: Point
    witness: dict[str, Any] = field(repr=False)

    @classmethod
    def null_vectors(cls, model: Parametrization, found: TangentDecomposition, interior: Point) -> Certificate:
        """Cylindrical at every admissible point: N_H, N_V, N_0, which together form a nonsingular square matrix."""
        witness = {
            "kind": "null-vectors",
            "horizontal": _columns(found.horizontal_parameters),
            "vertical": _columns(found.vertical_parameters),
            "null": _columns(found.null_parameters),
        }
        return cls(model, statement("S3"), "proved", "every-admissible-point", None, interior, witness)

    @classmethod
    def not_cylindrical(cls, model: Parametrization, found: Counterexample) -> Certificate:
        """Not cylindrical: an admissible point, null vectors where generic ranks are not full, q, gradients."""
        null: list[Any] = []
        visible: list[Any] = []
        if tuple(found.ranks[:2]) != tuple(upper_bounds(model)[:2]):
            kernels = generic_kernels(model)
            null, visible = _columns(kernels.null), _columns(kernels.visible)
        witness = {
            "kind": "not-cylindrical",
            "null": null,
            "visible_null": visible,
            "q": [_number(v) for v in found.q.values()],
            "projected_elbo_gradient": [_number(v) for v in found.projected_elbo_gradient.values()],
            "visible_gradient": [_number(v) for v in found.visible_gradient.values()],
            "optimal_q": [_number(v) for v in found.optimal_q.values()],
        }
        return cls(model, statement("S3"), "refuted", "point", found.point, found.point, witness)

    @classmethod
    def ranks(cls, model: Parametrization, point: Point, found: Ranks) -> Certificate:
        """Cylindrical at a point: the ranks there, to be recomputed."""
        witness = {"kind": "ranks", "ranks": list(found)}
        return cls(model, statement("S3"), "proved", "point", point, point, witness)

    @classmethod
    def evaluation(cls, model: Parametrization, s: Statement, point: Point, *, verdict: str = "proved") -> Certificate:
        """A list of identities, to be evaluated by the judge at the point."""
        witness = {"kind": "evaluation", "formulas": [f.text for f in s.formulas]}
        return cls(model, s, verdict, "point", point, point, witness)

    @classmethod
    def conditions(cls, model: Parametrization, s: Statement, point: Point, *, truth: bool) -> Certificate:
        """The seven conditions of S4 at a point: all true or all false."""
        return cls(model, s, "proved", "point", point, point, {"kind": "conditions", "truth": truth})

    @classmethod
    def logarithms(cls, model: Parametrization, s: Statement) -> Certificate:
        """An identity between sums of logarithms with coefficients linear in q: the judge compares coefficients."""
        interior = Point(model.field, model.domain.interior_point())
        return cls(model, s, "proved", "space", None, interior, {"kind": "logarithms"})

    @classmethod
    def graph(cls, model: Parametrization, s: Statement, interior: Point, witness: dict[str, Any]) -> Certificate:
        """A cut by a graph criterion: the graph data, from which the judge derives the cut again."""
        return cls(model, s, "proved", "every-admissible-point", None, interior, {"kind": "graph-cut", **witness})

    def for_statement(self, s: Statement) -> Certificate:
        """The same witness for a statement that follows from it (S8 and S9 from the verdict on S3)."""
        return replace(self, statement=s, verdict="proved")

    def claim(self) -> dict[str, Any]:
        """The claim: all that a judge who accepts the certificate has confirmed."""
        return {
            "model": model_data(self.model),
            "point": None if self.point is None else [_number(v) for v in self.point.values],
            "scope": self.scope,
            "statement": self.statement.slug,
            "verdict": self.verdict,
        }

    def as_dict(self) -> dict[str, Any]:
        """The whole certificate as JSON data."""
        from symelbo import __version__

        claim = self.claim()
        return {
            "format": FORMAT,
            "version": VERSION,
            "claim": claim,
            "sha256": hashlib.sha256(canonical_json(claim).encode()).hexdigest(),
            "interior_point": [_number(v) for v in self.interior.values],
            "witness": self.witness,
            "provenance": {"untrusted": True, "written_by": f"symelbo {__version__}"},
        }

    @property
    def sha256(self) -> str:
        """The hash of the claim."""
        return hashlib.sha256(canonical_json(self.claim()).encode()).hexdigest()

    def to_json(self) -> str:
        """The certificate as canonical JSON."""
        return canonical_json(self.as_dict())


def canonical_json(data: Any) -> str:
    """JSON with sorted keys, no white space and no characters outside ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def model_data(model: Parametrization) -> dict[str, Any]:
    """The model as the judge gets it: a finite table of products of polynomials, and nothing about its origin."""
    table, field_ = model.factor_table, model.field
    generators = []
    for i, g in enumerate(field_.generators):
        if field_.is_exponential(i):
            generators.append({"exponent": [str(c) for c in field_.exponent(i)], "name": f"t{i + 1}"})
        else:
            generators.append({"name": str(g)})
    weights = []
    for x in range(model.space.n_states):
        powers = [[int(f), int(table.exponents[x, f])] for f in np.flatnonzero(table.exponents[x])]
        weights.append([_number(table.coefficients[x]), powers])
    return {
        "domain": [_polynomial_pair(c.element) for c in model.domain.constraints],
        "factors": [_polynomial(f) for f in table.factors],
        "generators": generators,
        "hidden": [v.name for v in model.space.hidden],
        "normalised": model.normalised,
        "parameters": [str(p) for p in model.parameters],
        "variables": [[v.name, [str(label) for label in v.labels]] for v in model.space.variables],
        "weights": weights,
    }


def _number(value: Value | sympy.Expr) -> str:
    """A rational in lowest terms; a number of ``Q(exp(1/N))`` as a formula, which no judge accepts yet."""
    if not hasattr(value, "q"):
        return str(value)
    return f"{int(value.p)}" if int(value.q) == 1 else f"{int(value.p)}/{int(value.q)}"


def _polynomial(element: RationalFunction) -> list[list[Any]]:
    terms = sorted(element.terms().items(), reverse=True)
    return [[_number(c), list(map(int, exponents))] for exponents, c in terms]


def _polynomial_pair(element: RationalFunction) -> list[list[list[Any]]]:
    """Numerator and denominator of a constraint ``num / den > 0``."""
    field_ = element.field
    one = field_.one.num
    return [_polynomial(field_.fraction(element.num, one)), _polynomial(field_.fraction(element.den, one))]


def _columns(matrix: Matrix) -> list[list[list[list[Any]]]]:
    """The columns of a polynomial matrix, each a list of d polynomials."""
    primitive = matrix.primitive_columns()
    return [[_polynomial(e) for e in primitive.column_entries(j)] for j in range(primitive.ncols)]
