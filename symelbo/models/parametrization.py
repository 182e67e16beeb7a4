"""Models as users build them: a table in parameters, and what can be made of it.

The table itself is :mod:`symelbo.models.table`; the operations are functions of it, in
:mod:`symelbo.models.combinations`, and methods here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np
import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import DomainError, ModelError
from symelbo.exact import Field, exponent_of
from symelbo.models import copies
from symelbo.models import covariates as covariates_of
from symelbo.models.combinations import composed, meanings_of, substituted, transplant, what_is_seen
from symelbo.models.domain import Constraint, Domain
from symelbo.models.factors import FactorPool, FactorTable
from symelbo.models.model import Model, constraints_in, inequalities
from symelbo.models.points import Point
from symelbo.models.solutions import nonzero
from symelbo.models.structure import Structure
from symelbo.models.table import Table
from symelbo.spaces import Label, Space, seen_through

__all__ = ["FactorPool", "FactorTable", "Parametrization", "Point", "as_exact", "as_model", "has_table", "no_model"]

# What a model without a table lacks, where it does not say it better.
NEEDS = "the probabilities of all states"


class Parametrization(Table):
    """A model ``{p_theta}`` on a sample space, given by a table of polynomial, rational or exponential expressions.

    Parameters
    ----------
    space : SampleSpace or StateSpace
    table : mapping from state tuple to sympy expression, or list in the order of ``space.states``
        The probabilities (they must sum to 1 identically), or positive weights with ``weights=True``.  States whose
        entry is identically 0 are impossible: they are left out, and listed in ``impossible``.
    parameters : sequence of Symbol
        All ``d`` parameters, in order.
    domain : sequence of sympy relationals, optional
        Strict inequalities; default: all parameters for which the table is positive.  Assumptions of the symbols,
        such as ``positive=True``, are inequalities too.
    weights : bool
        The table is not normalised; the probabilities are ``w / sum w``.
    name : str
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    BudgetError
        The budget ended first.
    ModelError
        Wrong states, a sum other than 1, a probability that is not positive in the domain, undeclared symbols.
    ExactnessError
        Floats and functions outside the accepted ones.

    >>> x, y = sympy.symbols("x y")
    >>> from symelbo.spaces import SampleSpace
    >>> space = SampleSpace(visible={"v": 2}, hidden={"h": 2})
    >>> Parametrization(space, [x*y, x*(1 - y), (1 - x)*y, (1 - x)*(1 - y)], [x, y])
    Model with 4 states (2 visible), parameters x, y
    """

    def _rewritten(
        self, new: Mapping[sympy.Symbol, sympy.Expr], parameters: Sequence[sympy.Symbol], domain: Sequence[sympy.Basic]
    ) -> Parametrization:
        if len(set(parameters)) < len(tuple(parameters)):
            raise ModelError(f"reparametrise: the parameters {', '.join(map(str, parameters))} are not distinct")
        names = tuple(new.values())
        if not domain and all(p.is_Symbol for p in names) and names == (*parameters, *self.constants):
            return self._renamed(parameters)
        generators = []
        for i, g in enumerate(self.field.generators):
            if not self.field.is_exponential(i):
                generators.append(new[g])
                continue
            generators.append(sympy.exp(sympy.expand(exponent_of(g).xreplace(new))))
        factors = [composed(f, generators) for f in self.factor_table.factors]
        conditions = [(composed(c.element, generators), c.text) for c in self.domain.constraints]
        conditions += [
            (value, f"{value} > 0")
            for i, value in enumerate(generators)
            if self.field.is_exponential(i) and not isinstance(value, sympy.exp)
        ]
        field = Field.containing([*factors, *(c for c, _ in conditions)], parameters, lambda _: "reparametrise")
        constraints = constraints_in(field, conditions)
        constraints += Domain.from_relationals(field, domain).constraints
        table = substituted(self.factor_table, field, factors)
        below = np.flatnonzero((table.exponents < 0).any(axis=0))
        constraints += nonzero(Domain(field, tuple(constraints)), [table.factors[f] for f in below])
        if missing := [s for s, c in zip(self.space.states, table.coefficients, strict=True) if not c]:
            raise ModelError(f"reparametrise: the probability of {missing[0]} becomes identically 0")
        inside = Domain(field, tuple(constraints))
        try:
            inside.interior_point()
        except DomainError as error:
            raise ModelError(f"reparametrise: {error}") from None
        told = meanings_of(self, new)
        for s in (s for s in parameters if s not in self.parameters):
            told.setdefault(s, ", ".join(f"{p} = {e}" for p, e in new.items() if s in e.free_symbols))
        return self._but(
            field=field,
            factor_table=table,
            domain=inside,
            structure=self.structure.restricted(),
            impossible=(),
            file=None,
            file_values=None,
            told={p: text for p, text in told.items() if p in parameters},
        )

    def _renamed(self, parameters: Sequence[sympy.Symbol]) -> Parametrization:
        field, table = self.field.renamed(parameters), self.factor_table
        factors = tuple(transplant(f, field, field.generators) for f in table.factors)
        moved = [transplant(c.element, field, field.generators) for c in self.domain.constraints]
        return self._but(
            field=field,
            factor_table=FactorTable(factors, table.exponents, table.coefficients),
            domain=Domain(field, tuple(map(Constraint.of, moved))),
            structure=self.structure.changed(),
            told=meanings_of(self, dict(zip(self.parameters, parameters, strict=True))),
        )

    @budgeted("the restriction")
    def within(self, conditions: Any, *, budget: Limit = None) -> Parametrization:
        """Return the model on a smaller domain: ``M.within("y1 < y2 < 1/2")``, or a list of texts or inequalities."""
        more = Domain.from_relationals(self.field, inequalities(self.field, conditions))
        domain = self.domain.joined(more.constraints)
        try:
            domain.interior_point()
        except DomainError as error:
            raise ModelError(f"within: {error}") from None
        return self._but(domain=domain, structure=self.structure.restricted())

    @budgeted("the conditional model")
    def given(
        self, covariates: str | Iterable[str] | Mapping[str, Sequence[Any]], *, budget: Limit = None
    ) -> Parametrization:
        """Return the conditional model given visible covariates: ``M.given("x")``, or with weights that are known.

        ``M.given({"x": ["1/3", "2/3"]})``; ranks, verdicts and identifiability are the same for all weights
        (:mod:`symelbo.models.covariates`).
        """
        return covariates_of.given(self, covariates)

    @budgeted("the change of what is hidden")
    def hide(self, *hidden: str, budget: Limit = None) -> Parametrization:
        """Return the same model with another hidden set: ``M.hide("x", "y")``.

        Raises
        ------
        ModelError
            An unknown variable, nothing hidden or nothing visible.
        """
        return self._over(self.space.hide(hidden), self.structure.changed())

    def _over(self, space: Space, structure: Structure) -> Parametrization:
        """The same model over the same states in another order."""
        table = self.factor_table.select(space.numbers_in(self.space))
        return self._but(space=space, factor_table=table, structure=structure)

    @budgeted("the change of what is seen")
    def observe(self, seen: Any, *, budget: Limit = None) -> Parametrization:
        """Return the same model, seen through a function of its states.

        Parameters
        ----------
        seen : mapping or callable
            ``{"total": x + y}``: names of what is seen, and expressions in the variables' symbols, whose labels are
            numbers; ``{("0", "1"): "one", ...}``: what is seen of every state (labels in the order of
            ``M.space.variables``); or a function of a state that returns a label or a tuple of labels.
        budget : seconds, or Budget(seconds=..., memory=...), optional

        Raises
        ------
        ModelError
            An unknown variable or state, a state without anything seen, an expression that is no exact number.

        >>> from symelbo.models import model_b
        >>> y, z = sympy.symbols("y z")
        >>> model_b().observe({"total": y + z}).space
        StateSpace(8 states, 3 visible: 2 = {1,1,1, 0,1,1}, 1 = {1,1,0, 0,1,0, 1,0,1, 0,0,1}, 0 = {1,0,0, 0,0,0})
        """
        names, rows = what_is_seen(self.space, seen)
        return self._over(seen_through(self.space, rows, names), self.structure.seen_otherwise())

    @budgeted("the table of copies")
    def iid(self, n: int, *, budget: Limit = None) -> Parametrization | copies.Plate:
        """Return the model of n independent copies with the same parameters: of n data.

        Its ranks, its metrics, what identifies its parameters and whether it is cylindrical are answered from one copy,
        for every n, also where all states are too many for a table; the proof is in :mod:`symelbo.models.copies`.  What
        changes the model (``fix``, ``on``, ``hide``) is best done before.

        >>> from symelbo.geometry import fisher_metric, ranks
        >>> from symelbo.models import model_b
        >>> M = model_b().iid(2)
        >>> M
        2 copies of M(b) with 64 states (16 visible), parameters x, y1, y2, z1, z2
        >>> ranks(M)
        Ranks(joint=5, visible=3, vertical=3)
        >>> fisher_metric(M)[0, 0]
        2/(x*(1 - x))
        """
        return copies.iid(self, n)

    @budgeted("the renaming")
    def relabel(
        self,
        variables: Mapping[str, str] | None = None,
        states: Mapping[str, Sequence[Label]] | None = None,
        *,
        budget: Limit = None,
    ) -> Parametrization:
        """Return the same model with other names of variables, and other labels of their states (in their order).

        Raises
        ------
        ModelError
            An unknown variable, two variables with the same name, a wrong number of labels.
        """
        names, labels = variables or {}, states or {}
        for given in (names, labels):
            if not isinstance(given, Mapping):
                raise ModelError(f"relabel: {given!r} is not a mapping from names of variables")
        for key in (*names, *labels):
            if key not in self.space.names:
                raise ModelError(f"relabel: unknown variable {key}; known are {', '.join(self.space.names)}")
        new = [names.get(n, n) for n in self.space.names]
        if len(set(new)) != len(new):
            raise ModelError(f"relabel: two variables would have the name {next(n for n in new if new.count(n) > 1)}")
        described = {}
        for v in self.space.variables:
            chosen = tuple(labels.get(v.name, v.labels))
            if len(chosen) != len(v):
                raise ModelError(f"relabel: {len(chosen)} labels for the {len(v)} states of {v.name}")
            described[v.name] = chosen
        space, structure = self.space.relabelled(names, described), self.structure.renamed(names)
        told = structure.meanings(self.parameters, space)  # words of the old names are not kept
        return self._but(space=space, structure=structure, told=told)


def has_table(value: object) -> TypeGuard[Parametrization]:
    """Whether a model is given by the probabilities of finitely many states."""
    return isinstance(value, Parametrization)


def as_parametrised(value: object) -> Model:
    """Return a model with parameters; ModelError if it is none."""
    if not isinstance(value, Model):
        raise no_model(value)
    return value


def as_exact(value: object) -> Any:
    """Return a model whose G_V is exact; ModelError if it is none."""
    if not as_parametrised(value).is_exact:
        raise no_model(value)
    return value


def as_model(value: object) -> Parametrization:
    """Return a model; ModelError if it is none, which happens when arguments are interchanged."""
    if not has_table(value):
        raise no_model(value)
    return value


def no_model(value: object) -> ModelError:
    """Why there are no probabilities of states: no model at all, or one without a table."""
    if hasattr(value, "structure") or hasattr(value, "parameters"):
        return ModelError(f"{value!r}; what is asked for needs {getattr(value, 'needs', NEEDS)}")
    return ModelError(f"{value!r} is not a model; build one with Parametrization, bayesian_network, ...")
