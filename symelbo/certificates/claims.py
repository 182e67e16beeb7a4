"""Certificates: what a verdict rests on, as plain data that somebody else can judge.

A certificate is one line of canonical JSON (sorted keys, no white space, ASCII) with these parts:

* ``claim``: the statement (slug, assumptions, quantifier), the verdict, the scope, the point, and the model as a finite
  table of polynomials (generators with their exponents, factors, integer exponents, domain).  Nothing else is claimed.
* ``sha256``: of the canonical JSON of the claim, so that a valid proof of something else is recognised as such.
* ``interior_point``: a point of the domain: the hypotheses are not vacuous.
* ``witness``: what a judge cannot find by itself (null vectors, a distribution, coefficients, a graph), with its kind.
* ``provenance``: who wrote it; marked untrusted, never read by a judge.

The format, and what each kind proves, is described in FORMAT.md beside this file; :mod:`symelbo.checker` is the judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np

from symelbo.budget import LIMITS
from symelbo.certificates.data import (
    columns_data,
    model_data,
    number_text,
    number_texts,
    polynomial_data,
    rational_point,
)
from symelbo.certificates.evidence import EVERYWHERE, GENERIC, NOWHERE, POINT, Evidence
from symelbo.certificates.signs import written
from symelbo.errors import InternalError
from symelbo.exact import Matrix, as_rational, residues_of
from symelbo.geometry import (
    Geometry,
    Ranks,
    conormal_rank,
    conormals,
    generic_screen,
    geometry,
    kernel,
    rank_rows,
    upper_bounds,
    visible_bound,
)
from symelbo.graphs import Chain, MarkovCut, MarkovObstruction, NonFace
from symelbo.loci.minors import Minor
from symelbo.loci.positivity import Positivity
from symelbo.loci.proofs import SumOfProducts
from symelbo.models.criteria import interactions
from symelbo.models.parametrization import Parametrization, Point
from symelbo.statements import Statement, statement

__all__ = ["Certificate", "families_data", "witness_of"]

SHOWN_COORDINATES = 4


@dataclass(frozen=True)
class Certificate(Evidence):
    """A certificate on a model with a finite table."""

    def model_data(self) -> dict[str, Any]:
        """The table."""
        return model_data(self.model)

    @staticmethod
    def shapes(model: Parametrization) -> Ranks:
        """Upper bounds of the ranks, from the shapes alone."""
        return upper_bounds(model)

    @classmethod
    def from_left(cls, model: Parametrization, point: Point) -> dict[str, Any]:
        """Conormals that bound rank J_V by its generic value, where they do so at the point."""
        tensors = conormals(model) if visible_bound(model) == generic_screen(model).ranks().visible else ()
        p = next(model.primes_at(point.values))
        needed = model.space.n_visible - 1 - generic_screen(model).ranks().visible
        if not tensors or conormal_rank(model, tensors, residues_of(point.values, p), p) < needed:
            return {}
        data = [{"koszul": t.koszul, "scale": number_texts(t.scale), "states": t.states.tolist()} for t in tensors]
        return {"conormal": data}

    @classmethod
    def bounds(cls, model: Parametrization, interior: Point) -> Certificate:
        """Cylindrical, as rank J at a rational point reaches bounds of the two other ranks: r_vert by its exponents."""
        found = {k: v for k, v in cls.admissibility(model, interior).items() if k != "null"}
        return cls(model, statement("S3"), "proved", EVERYWHERE, None, interior, {"kind": "bounds", **found})

    @classmethod
    def not_cylindrical(cls, model: Parametrization, found: Any) -> Certificate:
        """Not cylindrical: an admissible point, and three inequalities of gradients there.

        A q with the two gradients, a q that is optimal for the evidence and still moved, and (on small spaces) an L.
        """
        at = geometry(model, found.point)
        q, optimal = ([as_rational(v) for v in w.values()] for w in (found.q, found.optimal_q))
        dl = [as_rational(v) for v in found.objective.values()]
        objective = None
        if dl:
            measure = [p * e for p, e in zip(at.probabilities, at.fibration.repeated(dl), strict=True)]
            objective = {
                "differential": number_texts(dl),
                "coefficients": _coefficients(at, measure),
                "visible_coefficients": _visible_coefficients(at, list(found.objective_gradients[1].values())),
            }
        witness = {
            "kind": "not-cylindrical",
            **cls.admissibility(model, found.point),
            "elbo": {
                "q": number_texts(q),
                "coefficients": _coefficients(at, q),
                "visible_coefficients": _visible_coefficients(at, list(found.visible_gradient.values())),
                "projected": number_texts(found.projected_elbo_gradient.values()),
                "visible": number_texts(found.visible_gradient.values()),
            },
            "optimal": {"q": number_texts(optimal), "coefficients": _coefficients(at, optimal)},
            "objective": objective,
        }
        return cls(model, statement("S3"), "refuted", cls.point_scope(found.point), found.point, found.point, witness)

    @classmethod
    def minors(cls, model: Parametrization, s: Statement, found: Any) -> Certificate | None:
        """Not cylindrical, for large models: rows whose ranks modulo a prime show it at the point.

        For a Bayesian network also a q with q_V = p_V whose gradient is not 0 at stated visible states.  None if the
        rows do not reach the bounds of the generic ranks.
        """
        admissibility = cls.admissibility(model, found.point)
        rows, ranks = rank_rows(model, rational_point(found.point, model.domain).values)
        upper = upper_bounds(model)
        bounds = (
            min(upper.joint, len(model.parameters) - len(admissibility["null"])),
            min(upper.visible, len(model.parameters) - len(admissibility["visible_null"]))
            if "conormal" not in admissibility
            else visible_bound(model),
        )
        if ranks[:2] != bounds or ranks.cylindrical:
            return None
        listed = {kind: [int(x) for x in part] for kind, part in zip(rows._fields, rows, strict=True)}
        gradient = _exchange_gradient(model, found)
        witness = {"kind": "minors", **admissibility, "rows": listed, "gradient": gradient}
        verdict = "refuted" if s.id == "S3" else "proved"
        return cls(model, s, verdict, cls.point_scope(found.point), found.point, found.point, witness)

    @classmethod
    def generic_minors(cls, model: Parametrization, s: Statement, found: Any) -> Certificate | None:
        """Not cylindrical on a dense open set: rows whose ranks add up to more than rank J can be anywhere."""
        null = kernel(model, "joint") if generic_screen(model).ranks().joint < upper_bounds(model).joint else None
        rows, ranks = rank_rows(model, rational_point(found.point, model.domain).values)
        bound = min(upper_bounds(model).joint, len(model.parameters) - (0 if null is None else null.ncols))
        if ranks.visible + ranks.vertical <= bound:
            return None
        listed = {kind: [int(x) for x in part] for kind, part in zip(rows._fields, rows, strict=True)}
        witness: dict[str, Any] = {"kind": "minors", "null": [] if null is None else columns_data(null)}
        witness.update(visible_null=[], rows=listed, gradient=None)
        verdict = "refuted" if s.id == "S3" else "proved"
        return cls(model, s, verdict, GENERIC, found.point, found.point, witness)

    @classmethod
    def nowhere(
        cls, model: Parametrization, minors: Sequence[Minor], total: SumOfProducts, interior: Point
    ) -> Certificate | None:
        """Cylindrical at no admissible point: rank (I - C dpi) J >= k everywhere, and rank J < r_V + k.

        Parameters
        ----------
        model : Parametrization
        minors : Minors of the same size k, of the rows s(x) - s(y), each with a polynomial multiplier.
        total : ``sum_m multiplier_m * minor_polynomial(model, pairs_m, columns_m)`` as a sum of products
            Its forms are constraints of the domain, generators that are exponentials, squares of other generators,
            weights, and what :class:`~symelbo.loci.positivity.Positivity` derives from these.
        interior : Point at which rank J_V is generic

        Returns
        -------
        The certificate; None if the ranks do not add up, or a form is not known to be positive.  That the total is
        the sum of the minors is the judge's business.
        """
        proofs = written(Positivity.of(model), [total])
        rows, ranks = rank_rows(model, rational_point(interior, model.domain).values)
        null = kernel(model, "joint") if generic_screen(model).ranks().joint < upper_bounds(model).joint else None
        bound = min(upper_bounds(model).joint, len(model.parameters) - (0 if null is None else null.ncols))
        if proofs is None or not minors or bound >= ranks.visible + len(minors[0].columns):
            return None
        steps, (proof,) = proofs
        witness = {
            "kind": "sign",
            "null": [] if null is None else columns_data(null),
            "visible": [int(v) for v in rows.visible],
            "steps": steps,
            "minors": [
                {
                    "pairs": [list(pair) for pair in m.pairs],
                    "columns": list(m.columns),
                    "multiplier": polynomial_data(m.multiplier),
                }
                for m in minors
            ],
            **proof,
        }
        return cls(model, statement("S3"), "refuted", NOWHERE, None, interior, witness)

    @classmethod
    def local_tables(cls, model: Parametrization, s: Statement, interior: Point, point: Point | None) -> Certificate:
        """A Bayesian network with free conditional tables: the judge verifies that the table is one."""
        witness = {"kind": "local-tables", "families": families_data(model)}
        return cls(model, s, "proved", EVERYWHERE if point is None else POINT, point, interior, witness)

    @classmethod
    def of_graph(
        cls, model: Parametrization, s: Statement, interior: Point, found: MarkovCut | MarkovObstruction | NonFace
    ) -> Certificate:
        """A cut by a Markov-equivalent network without an arrow from hidden to visible; or what forbids a cut."""
        if isinstance(found, NonFace):
            witness: dict[str, Any] = {
                "kind": "log-linear-obstruction",
                "generators": [list(g) for g in interactions(model) or ()],
                "boundary": list(found.boundary),
                "contacts": list(found.contacts),
                "tree": [list(e) for e in found.tree],
            }
        else:
            witness = {**witness_of(found), "families": families_data(model)}
        if isinstance(found, MarkovCut):
            return cls(model, s, "proved", EVERYWHERE, None, interior, witness)
        return cls(model, s, "refuted" if s.id == "S3" else "proved", GENERIC, None, interior, witness)

    @classmethod
    def log_linear_cut(
        cls, model: Parametrization, s: Statement, interior: Point, generators: Iterable[Iterable[str]]
    ) -> Certificate:
        """A cut because a hierarchical log-linear model is collapsible onto its visible variables."""
        witness = {"kind": "log-linear-cut", "generators": [list(g) for g in generators]}
        return cls(model, s, "proved", EVERYWHERE, None, interior, witness)

    @classmethod
    def ranks(cls, model: Parametrization, ranks: Sequence[int], point: Point | None, interior: Point) -> Certificate:
        """The ranks of J, J_V and (I - C dpi) J: at a point, or generically with the null vectors that bound them."""
        witness: dict[str, Any] = {"kind": "ranks"}
        if point is None:
            full = ranks[2] == upper_bounds(model).vertical
            witness.update(cls.admissibility(model, interior))
            witness["horizontal_null"] = [] if full else columns_data(kernel(model, "vertical"))
        return cls(model, RANKS, "proved", GENERIC if point is None else POINT, point, interior, witness)._with(
            ranks=list(ranks)
        )

    def _with(self, **extra: Any) -> Certificate:
        return replace(self, witness={**self.witness, "claim": extra})


RANKS = Statement(
    "ranks",
    "ranks",
    "Ranks",
    (),
    "the ranks of J, of J_V and of (I - C dpi) J are those stated",
    (),
    "at the point, or generically",
    "",
)


def _coefficients(at: Geometry, q: Sequence[Any]) -> list[str]:
    """Coefficients c of the gradient J c for a measure q: a solution of the normal equations."""
    c = at.metric_inverse @ (at.scores.T @ Matrix.column(at.domain, q))
    return number_texts(c.column_entries())


def _exchange_gradient(model: Parametrization, found: Any) -> dict[str, Any] | None:
    """The optimal q as an exchange between two states, the coefficients of its gradient, and where that is not 0."""
    if found.exchange is None or model.structure.families is None:
        return None
    if model.space.n_states > LIMITS.exchange_states:
        return None  # the ranks alone prove the verdict
    x, y, epsilon = found.exchange
    at = geometry(model, found.point)
    logs = at.factor_logs
    difference = model.factor_table.exponents[x].astype(int) - model.factor_table.exponents[y]
    active = [(int(f), at.domain.constant(int(difference[f])) * epsilon) for f in np.flatnonzero(difference)]
    moment = [at.domain.sum(e * logs[f, i] for f, e in active if logs[f, i]) for i in range(at.n_parameters)]
    coefficients = (at.metric_inverse @ Matrix.column(at.domain, moment)).column_entries()
    gradient = found.optimal_gradient
    values = getattr(gradient, "exact", None) or list(gradient.values())
    moved = islice(((v, value) for v, value in enumerate(values) if value), SHOWN_COORDINATES)
    return {
        "families": families_data(model),
        "states": [x, y],
        "epsilon": number_text(epsilon),
        "coefficients": number_texts(coefficients),
        "projected": [[v, number_text(value)] for v, value in moved],
    }


def _visible_coefficients(at: Geometry, gradient: Sequence[Any]) -> list[str]:
    """Coefficients c with J_V c equal to a gradient on the visible model."""
    if not any(gradient):
        return ["0"] * at.n_parameters
    c = at.visible_jacobian.solve(Matrix.column(at.domain, [as_rational(g) for g in gradient]))
    if c is None:
        raise InternalError("a visible gradient is not tangent to the visible model")
    return number_texts(c.column_entries())


def witness_of(found: MarkovCut | MarkovObstruction) -> dict[str, Any]:
    """The answer of a graph as a witness."""
    if isinstance(found, MarkovCut):
        edges, order = [list(e) for e in found.edges], list(found.order)
        return {"kind": "graph-cut", "equivalent_edges": edges, "order": order}
    shape = "chain" if isinstance(found.shape, Chain) else "collider"
    turned = [list(e) for e in found.turned]
    return {"kind": "graph-obstruction", "nodes": list(found.shape.nodes), "shape": shape, "turned": turned}


def families_data(model: Parametrization) -> list[dict[str, Any]]:
    """The conditional tables of a Bayesian network by the numbers of their factors."""
    if model.structure.families is None:
        raise InternalError("the model is not a Bayesian network with free conditional tables")
    sizes = {v.name: len(v) for v in model.space.variables}
    families, first = [], 0
    for family in model.structure.families:
        width = sizes[family.node] if sizes[family.node] > 1 else 0
        rows = [list(range(first + k * width, first + (k + 1) * width)) for k in range(len(family.rows))]
        first += width * len(rows)
        families.append({"node": family.node, "parents": list(family.parents), "rows": rows})
    return families
