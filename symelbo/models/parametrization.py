"""Models as users build them: a table in parameters, and what can be made of it.

The table itself is :mod:`symelbo.models.table`; the operations are functions of it, in
:mod:`symelbo.models.combinations`, and methods here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeGuard

import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import ModelError
from symelbo.models import combinations, copies
from symelbo.models import covariates as covariates_of
from symelbo.models.factors import FactorPool, FactorTable
from symelbo.models.model import Model
from symelbo.models.points import Point
from symelbo.models.table import Table
from symelbo.variables import Label

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
        self,
        new: Mapping[sympy.Symbol, sympy.Expr],
        parameters: Sequence[sympy.Symbol],
        domain: Sequence[sympy.Basic],
    ) -> Parametrization:
        return combinations.rewritten(self, new, parameters, domain)

    @budgeted("the restriction")
    def within(self, conditions: Any, *, budget: Limit = None) -> Parametrization:
        """Return the model on a smaller domain: ``M.within("y1 < y2 < 1/2")``, or a list of texts or inequalities."""
        return combinations.within(self, conditions)

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
        """Return the same model with another hidden set: ``M.hide("x", "y")``."""
        return combinations.hide(self, hidden)

    @budgeted("the change of what is seen")
    def observe(self, seen: Any, *, budget: Limit = None) -> Parametrization:
        """Return the same model, seen through a function of its states.

        Parameters
        ----------
        seen : mapping or callable
            ``{"total": x + y}``: names of what is seen, and expressions in the variables' symbols, whose labels are
            numbers; ``{("0", "1"): "one", ...}``: what is seen of every state; or a function of a state's labels.
        budget : seconds, or Budget(seconds=..., memory=...), optional

        >>> from symelbo.models import model_b
        >>> y, z = sympy.symbols("y z")
        >>> model_b().observe({"total": y + z}).space
        StateSpace(8 states, 3 visible: 2 = {1,1,1, 0,1,1}, 1 = {1,1,0, 0,1,0, 1,0,1, 0,0,1}, 0 = {1,0,0, 0,0,0})
        """
        return combinations.observe(self, seen)

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
        """Return the same model with other names of variables and other labels of their states."""
        return combinations.relabel(self, variables, states)


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
