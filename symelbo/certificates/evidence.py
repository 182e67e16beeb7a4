"""What a verdict rests on, written out on demand: the part that certificates on models of all families share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, islice
from typing import Any, ClassVar, Self

from symelbo.certificates.bases import null_vectors_at
from symelbo.certificates.data import (
    canonical_json,
    certificate_data,
    columns_data,
    number_texts,
    rational_point,
    sha256_of,
)
from symelbo.errors import InternalError
from symelbo.exact import Matrix
from symelbo.geometry import Ranks, TangentDecomposition, bounds, generic_screen
from symelbo.graphs import MarkovCut, MarkovObstruction
from symelbo.loci import Where
from symelbo.models.points import Point
from symelbo.statements import STATEMENTS, Statement

__all__ = ["EVERYWHERE", "GENERIC", "NOWHERE", "POINT", "SPACE", "Evidence"]

EVERYWHERE, GENERIC, POINT = Where.EVERYWHERE.claim, Where.GENERICALLY.claim, Where.POINT.claim
NOWHERE, SPACE = Where.NOWHERE.claim, Where.SPACE.claim


@dataclass(frozen=True)
class Evidence(ABC):
    """A certificate on a model of some family: claim and witness refer to the model until :meth:`as_dict` is called.

    A family is a subclass: it says what its model is (:meth:`model_data`), and which witnesses it has of its own.
    """

    model: Any
    statement: Statement
    verdict: str
    scope: str
    point: Point | None
    interior: Point
    witness: dict[str, Any] = field(repr=False, hash=False)

    statements: ClassVar[Mapping[str, Statement]] = {s.id: s for s in STATEMENTS}
    """The statements in the words of the family, by id."""

    # What a family says.

    @abstractmethod
    def model_data(self) -> dict[str, Any]:
        """The model as the judge gets it."""

    @staticmethod
    def shapes(model: Any) -> Ranks:
        """Upper bounds of the ranks that the judge finds by itself."""
        return bounds(model)

    @classmethod
    def annihilators(cls, model: Any, *needed: str) -> dict[str, Any]:  # noqa: ARG003  # a family that needs none
        """What null vectors of the kinds needed are multiplied with."""
        return {}

    @classmethod
    def from_left(cls, model: Any, point: Point) -> dict[str, Any]:  # noqa: ARG003  # a family that has none
        """What bounds rank J_V from the left at a rational point, instead of null vectors."""
        return {}

    @classmethod
    @abstractmethod
    def not_cylindrical(cls, model: Any, found: Any) -> Self:
        """Not cylindrical: an admissible point, and what shows it there."""

    @classmethod
    def local_tables(cls, model: Any, s: Statement, interior: Point, point: Point | None) -> Self:  # noqa: ARG003  # as above
        """A network with free tables, or equations."""
        raise InternalError(f"{model!r} is no network")

    @classmethod
    def of_graph(cls, model: Any, s: Statement, interior: Point, found: MarkovCut | MarkovObstruction) -> Self:  # noqa: ARG003  # as above
        """A cut by a Markov-equivalent network without an arrow from hidden to visible; or what forbids one."""
        raise InternalError(f"{model!r} is no network")

    # What follows.

    @classmethod
    def null_vectors(cls, model: Any, found: TangentDecomposition, interior: Point) -> Self:
        """Cylindrical at every admissible point: N_H, N_V, N_0, which together form a nonsingular square matrix."""
        parts = found.horizontal_parameters, found.vertical_parameters, found.null_parameters
        named = dict(zip(("horizontal", "vertical", "null"), parts, strict=True))
        witness = {"kind": "null-vectors", **{kind: columns_data(part) for kind, part in named.items()}}
        witness.update(cls.annihilators(model, *(kind for kind, part in named.items() if part.ncols)))
        regular = _regular_point(model, parts[0].beside(parts[1]).beside(parts[2]).primitive_columns(), interior)
        return cls(model, cls.statements["S3"], "proved", EVERYWHERE, None, regular, witness)

    @classmethod
    def conditions(cls, model: Any, s: Statement, point: Point, *, truth: bool) -> Self:
        """The seven conditions of S4 at an admissible point: all true (then S3 and S8 hold there) or all false."""
        witness = {"kind": "conditions", "truth": truth, **cls.admissibility(model, point)}
        return cls(model, s, "proved", cls.point_scope(point), point, point, witness)

    @classmethod
    def matrix_algebra(cls, model: Any, s: Statement, interior: Point, point: Point | None) -> Self:
        """A statement that holds for every distribution of the family: the judge reduces its formulas to 0 = 0."""
        witness: dict[str, Any] = {"kind": "matrix-algebra"}
        if point is not None and s.id == "S1":
            witness.update(cls.admissibility(model, point))
        return cls(model, s, "proved", EVERYWHERE if point is None else POINT, point, interior, witness)

    @classmethod
    def logarithms(cls, model: Any, s: Statement, interior: Point) -> Self:
        """An identity between sums of logarithms with coefficients linear in q: the judge compares coefficients."""
        return cls(model, s, "proved", SPACE, None, interior, {"kind": "logarithms"})

    @classmethod
    def admissibility(cls, model: Any, point: Point) -> dict[str, Any]:
        """Null vectors that bound the generic ranks of J and J_V where their shapes do not; independent at a point."""
        lower, upper = generic_screen(model).ranks(), cls.shapes(model)
        at = rational_point(point, model.domain)
        needed = {"joint": lower.joint < upper.joint, "visible": lower.visible < upper.visible}
        left = cls.from_left(model, at) if needed["visible"] else {}
        needed["visible"] &= not left
        found = {kind: columns_data(null_vectors_at(model, kind, at)) if n else [] for kind, n in needed.items()}
        multiplied = cls.annihilators(model, *(["visible"] if found["visible"] else []))
        return {"null": found["joint"], "visible_null": found["visible"], **multiplied, **left}

    @staticmethod
    def point_scope(point: Point) -> str:
        """At a rational stand-in what is confirmed is generic."""
        return POINT if point.is_rational else GENERIC

    def follows(self, s: Statement) -> bool:
        """Whether the same witness proves S4 at this scope."""
        return s.id == "S4" and self.witness["kind"] in (
            "minors",
            "null-vectors",
            "bounds",
            "conditions",
            "graph-cut",
            "log-linear-cut",
        )

    def for_statement(self, s: Statement) -> Self:
        """The same witness for a statement that follows from it (S8 and S9 from the verdict on S3)."""
        return replace(self, statement=s, verdict="proved")

    def claim(self) -> dict[str, Any]:
        """The claim: all that a judge who accepts the certificate has confirmed."""
        return {
            "assumptions": list(self.statement.hypotheses),
            "model": self.model_data(),
            "point": None if self.point is None else self._texts(self.point),
            "quantifier": self.statement.quantifier,
            "scope": self.scope,
            "statement": self.statement.slug,
            "verdict": self.verdict,
            **self.witness.get("claim", {}),
        }

    def _texts(self, point: Point) -> list[str]:
        return number_texts(rational_point(point, self.model.domain).values)

    def as_dict(self) -> dict[str, Any]:
        """The whole certificate as JSON data."""
        witness = {k: v for k, v in self.witness.items() if k != "claim"}
        return certificate_data(self.claim(), self._texts(self.interior), witness)

    @cached_property
    def sha256(self) -> str:
        """The hash of the claim."""
        return sha256_of(self.claim())

    def to_json(self) -> str:
        """The certificate as canonical JSON."""
        return canonical_json(self.as_dict())


def _regular_point(model: Any, square: Matrix, interior: Point) -> Point:
    """A point of the domain where a polynomial matrix is nonsingular."""
    more = (Point(model.field, v) for v in islice(model.domain.interior_points(seed=5), 40))
    for point in chain([interior], more):
        if square.evaluate(rational_point(point, model.domain).values).rank() == square.ncols:
            return point
    return interior
