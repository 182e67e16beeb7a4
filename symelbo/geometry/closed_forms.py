"""The defect of a Bayesian network in closed form: ``Delta = F X F^T`` with shared subexpressions, nothing expanded.

Where G_V is regular F and X are those of Woodbury's identity (:mod:`symelbo.geometry.structured`); where rank J_V =
|V| - 1 the defect itself is short, and F = 1.  A network of several components is a product of models, and its defect
comes factor by factor: T is the orthogonal sum of the T_c, each times the distributions of the others, so F has the
columns F_c times the p_V of the others, and X is block diagonal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import Any

import networkx as nx
import sympy

from symelbo.budget import Budget, limited
from symelbo.errors import DomainError, ModelError
from symelbo.exact import Entry, Matrix
from symelbo.exact.evaluation import evaluated
from symelbo.exact.names import Name, definitions
from symelbo.exact.programs import Node
from symelbo.exact.solving import inverse_times
from symelbo.geometry.formulas import Formula
from symelbo.geometry.ranks import generic_ranks, ranks_at
from symelbo.geometry.structured import StructuredGeometry
from symelbo.models.graphs import free_tables
from symelbo.models.parametrization import Parametrization, as_model
from symelbo.models.structure import Family
from symelbo.typesetting import Unfolding, aligned


@dataclass(frozen=True)
class DefectFormula(Unfolding):
    """``Delta = F X F^T`` with named subexpressions: the defect at every admissible point.

    Attributes
    ----------
    model : Parametrization
    F : Formula, |V| x k
    X : Formula, k x k, symmetric
    """

    model: Parametrization
    F: Formula
    X: Formula

    def _parts(self) -> Iterator[tuple[Any, Any]]:
        yield from (("F", self.F), ("X", self.X), *self.definitions)

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The parameters of the model."""
        return self.model.parameters

    @property
    def definitions(self) -> tuple[tuple[Name, sympy.Expr], ...]:
        """The names in F and X with what they stand for, in order: each uses parameters and earlier names only."""
        return tuple(definitions([*self.F, *self.X]))

    def entry(self, v: int, w: int) -> sympy.Expr:
        """Return Delta[v, w] in the names of the definitions."""
        terms = (
            self.F[v, i] * self.X[i, j] * self.F[w, j]
            for i in range(self.X.rows)
            for j in range(self.X.cols)
            if self.X[i, j]
        )
        return sympy.Add(*terms)

    def subs(self, *args: Any, **options: Any) -> DefectFormula:
        """Substitute as sympy does."""
        return replace(self, F=self.F.subs(*args, **options), X=self.X.subs(*args, **options))

    def _latex(self, _: object) -> str:
        return self.latex()

    def latex(self) -> str:
        """Return F, X and what their names stand for as LaTeX, as amsmath's ``aligned``."""
        return aligned([("F", self.F), ("X", self.X), *self.definitions], self.parameters)

    def at(self, values: Mapping[Any, Any]) -> sympy.Matrix:
        """Return Delta at an admissible rational point, |V| x |V|, exactly.

        Raises
        ------
        DomainError
            A value is missing or outside the domain, or the point is not admissible: there the limit of Delta depends
            on the direction, and is not the defect.
        """
        point = self.model.point(values)
        generic = generic_ranks(self.model, shown=False)
        if ranks_at(self.model, point)[:2] != generic[:2]:
            raise DomainError(
                f"the point ({point}) is not admissible, the closed form does not hold there; use se.defect(M, at)"
            )
        f, x = self.F.at(point), self.X.at(point)
        return f * x * f.T

    def __repr__(self) -> str:
        shape = f"{self.F.rows} x {self.X.rows}"
        return f"Delta = F X F^T, F {shape}, with {len(self.definitions)} named subexpressions"


def defect_formula(model: Parametrization, *, budget: float | Budget | None = None) -> DefectFormula:
    """Return the generic defect of a Bayesian network with free conditional tables, in closed form.

    Parameters
    ----------
    model : Parametrization
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    ModelError
        The model is no such network, or neither G_V nor the visible simplex allows the closed form.

    >>> from symelbo.models import model_b, naive_bayes
    >>> formula = defect_formula(model_b())
    >>> formula.at({"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"})[0, 0]
    145/2592
    >>> formula = defect_formula(naive_bayes(4))
    >>> formula.F.shape, formula.X.shape
    ((16, 5), (5, 5))
    """
    as_model(model)
    families = model.structure.families
    if families is None:
        raise ModelError("the closed form of the defect is for Bayesian networks with free conditional tables")
    what = f"the closed form of the defect of {model.name or 'the model'}"
    shared = model, model.field, *model.parameters

    def written() -> tuple[tuple[int, int], tuple[int, int], list[sympy.Expr]]:
        where = StructuredGeometry(model)
        f, x = _parts(where, families)
        return f.shape, x.shape, where.domain.write([e for m in (f, x) for row in m.rows for e in row], 0)

    f, x, entries = limited(budget, what, written, *shared)
    count = f[0] * f[1]
    return DefectFormula(
        model, Formula.from_entries(model, f, entries[:count]), Formula.from_entries(model, x, entries[count:])
    )


def _parts(where: StructuredGeometry, families: Sequence[Family]) -> tuple[Matrix, Matrix]:
    """F and X."""
    model = where.model
    components = [sorted(part) for part in nx.connected_components(nx.Graph(model.graph))]
    if len(components) > 1:
        return _factor_by_factor(where, families, components)
    ranks, program = generic_ranks(model, shown=False), where.domain
    if ranks.visible == model.space.n_visible - 1:
        return Matrix.identity(program, where.n_visible), where.defect.map(program.shortest)
    if where.low_rank is None:
        raise ModelError(
            f"no closed form: rank J_V = {ranks.visible} is neither d = {len(model.parameters)} nor |V| - 1 = "
            f"{model.space.n_visible - 1}"
        )
    f, system, scatter = where.low_rank
    x = inverse_times(system, scatter).rows
    return f, Matrix(program, [[x[min(i, j)][max(i, j)] for j in range(len(x))] for i in range(len(x))], len(x))


def _factor_by_factor(
    where: StructuredGeometry, families: Sequence[Family], components: list[list[str]]
) -> tuple[Matrix, Matrix]:
    space, program = where.model.space, where.domain
    sizes = {v.name: len(v) for v in space.variables}
    visible, hidden = [v.name for v in space.visible], [v.name for v in space.hidden]

    def entries(family: Family, k: int) -> list[Node]:
        return [program.generator(i) for i in family.rows[k]]

    marginals = [
        marginal_law(
            program, families, {n: sizes[n] for n in sizes if n in part}, [n for n in visible if n in part], entries
        )
        for part in components
    ]
    states = list(product(*(range(sizes[n]) for n in visible)))
    seen = [[tuple(s[i] for i, n in enumerate(visible) if n in part) for s in states] for part in components]
    columns: list[list[Node]] = []
    blocks: list[Matrix] = []
    for c, part in enumerate(components):
        if not {*part} & {*visible} or not {*part} & {*hidden}:
            continue
        f, x = _parts_of(where, families, part)
        rows = {s: v for v, s in enumerate(product(*(range(sizes[n]) for n in visible if n in part)))}
        others = [
            prod((marginals[o][seen[o][v]] for o in range(len(components)) if o != c), start=program.one)
            for v in range(len(states))
        ]
        columns += [[f[rows[seen[c][v]], j] * others[v] for v in range(len(states))] for j in range(f.ncols)]
        blocks.append(x)
    size = sum(b.nrows for b in blocks)
    x_rows, before = [], 0
    for b in blocks:
        x_rows += [[*[program.zero] * before, *row, *[program.zero] * (size - before - b.ncols)] for row in b.rows]
        before += b.ncols
    return Matrix.from_columns(program, columns, len(states)), Matrix(program, x_rows, size)


def _parts_of(where: StructuredGeometry, families: Sequence[Family], part: list[str]) -> tuple[Matrix, Matrix]:
    """F and X of one component as a model of its own, in the parameters of the whole model."""
    model, program = where.model, where.domain
    labels = {v.name: v.labels for v in model.space.variables}
    own = free_tables(
        [(p, f.node) for f in families for p in f.parents if p in part],
        states={n: list(labels[n]) for n in model.space.order if n in part},
        hidden=[v.name for v in model.space.hidden if v.name in part],
    )
    whole = {f.node: f for f in families}
    names: dict[sympy.Expr, Node] = {}
    for f in own.structure.families or ():
        for row, original in zip(f.rows, whole[f.node].rows, strict=True):
            names |= {own.parameters[i]: program.generator(j) for i, j in zip(row, original, strict=True)}
    formula = defect_formula(own)
    left, right = (
        Matrix(program, [evaluated(m[i, :], names, program.constant) for i in range(m.rows)], m.cols)
        for m in (formula.F, formula.X)
    )
    return left, right


def marginal_law(
    domain: Any,
    families: Iterable[Family],
    sizes: Mapping[str, int],
    kept: Sequence[str],
    entries: Callable[[Family, int], list[Entry]],
) -> dict[tuple[int, ...], Entry]:
    """The law of some nodes of a network by their states: products of tables, summed over the other nodes.

    ``sizes`` are those of the nodes that these depend on; ``entries`` the free entries of a row of a table.
    """
    sums: dict[tuple[int, ...], list[Entry]] = {}
    inside = [f for f in families if f.node in sizes]
    for state in product(*map(range, sizes.values())):
        digit, joint = dict(zip(sizes, state, strict=True)), domain.one
        for f in inside:
            k = 0
            for parent in f.parents:
                k = k * sizes[parent] + digit[parent]
            free = entries(f, k)
            joint = joint * [*free, domain.one - domain.sum(free)][digit[f.node]]
        sums.setdefault(tuple(digit[n] for n in kept), []).append(joint)
    return {key: domain.sum(terms) for key, terms in sums.items()}
