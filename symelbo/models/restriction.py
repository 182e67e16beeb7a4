"""Restriction of a model: by equations, to equal parameters, to a smaller domain; and other names of parameters.

The equations hold together: ``{y1 = y2, y2 = 1/2}`` is the model with y1 = y2 = 1/2, and ``{y1 = 1 - y1}`` that with
y1 = 1/2.  They are solved one after the other, each for the parameter on its left where it can be; so a component is
restricted further by ``M.on(...).on(...)``, or at once.  :mod:`symelbo.models.solutions` says which can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

import sympy

from symelbo.budget import Budget, limited
from symelbo.errors import DomainError, ExactnessError, ModelError, ModelFileError, nearest_names
from symelbo.exact import Field, as_rational
from symelbo.models.combinations import R, Reparametrised, fix, same
from symelbo.models.domain import Domain
from symelbo.models.expressions import FUNCTIONS, pairs_in, parse_expression, parse_relation
from symelbo.models.solutions import solution
from symelbo.models.structure import Structure
from symelbo.models.table import Table

M = TypeVar("M", bound=Table)

__all__ = ["Changeable", "inequalities", "on", "rename", "tie", "within"]

Equation = tuple[str, sympy.Expr, sympy.Expr]


class Changeable:
    """The changes of a model without a table that can be written in other parameters."""

    def fix(self: R, values: Mapping[Any, Any]) -> R:
        """Return the model with parameters or known constants fixed at exact values: ``M.fix({"w": "1/2"})``."""
        return fix(self, values)

    def on(self: R, component: Mapping[Any, Any] | Any, *, budget: float | Budget | None = None) -> R:
        """Return the model restricted by equations, ``M.on("w1 = w2")``, or to a component of its locus."""
        return on(self, component, budget=budget)

    def tie(self: R, ties: Mapping[Any, Any]) -> R:
        """Return the model with equal parameters: ``M.tie({"w2": "w1"})``."""
        return tie(self, ties)

    def within(self: R, conditions: Any) -> R:
        """Return the model on a smaller domain: ``M.within("w1 < w2")``."""
        smaller: R = self.reparametrise({}, self.parameters, inequalities(self.field, conditions))
        return smaller

    def rename(self: R, names: Mapping[Any, str]) -> R:
        """Return the same model with other names of parameters: ``M.rename({"w1": "psi"})``."""
        return rename(self, names)


def on(model: R, component: Mapping[Any, Any] | Any, *, budget: float | Budget | None = None) -> R:
    """Return the model restricted to a component, given by equations between its parameters; its name says so.

    Parameters
    ----------
    model : Parametrization or Gaussian
    component : a mapping from expression to expression, as text or from sympy, a text such as
        ``"y1 = y2, z1 = 1/2"``, a list of such, a sympy ``Eq``, or a component of a locus (or a locus with one)
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    BudgetError
        The budget ended first.
    ModelError
        An equation cannot be solved, or the equations contradict each other or the domain.

    >>> from symelbo.models import model_b
    >>> on(model_b(), {"y1": "1 - y2"}).table[1, 1, 1]
    x*z1*(1 - y2)
    >>> on(model_b(), "y1 = y2, y2 = 1/2")
    M(b) on {y1 = y2, y2 = 1/2} with 8 states (4 visible), parameters x, z1, z2
    >>> on(model_b(), "y1**2 + y2**2 = 1").table[1, 1, 1]
    2*t*x*z1/(t**2 + 1)
    """
    what = f"the restriction of {model.name or 'the model'}"
    return limited(budget, what, lambda: _restricted(model, component), model, *model.parameters)


def _restricted(model: R, component: Mapping[Any, Any] | Any) -> R:
    solved: dict[sympy.Expr, sympy.Expr] = {}
    written = []
    for text, left, right in _equations(model, component):
        written.append(text)
        symbols = [*model.parameters, *sorted({s for e in solved.values() for s in e.free_symbols}, key=str)]
        found = solution(text, left.subs(solved), right.subs(solved), model.domain, list(dict.fromkeys(symbols)))
        solved = {p: e.subs(found) for p, e in solved.items()} | found
    restricted: R = model.reparametrise({p: solved[p] for p in model.field.symbols if p in solved})
    if solved:
        restricted.name = f"{model.name or 'model'} on {{{', '.join(written)}}}"
    return restricted


def tie(model: R, ties: Mapping[Any, Any]) -> R:
    """Return the model with equal parameters: of nodes that share the table of another one, or named one by one.

    Parameters
    ----------
    model : Parametrization or Gaussian
    ties : mapping ``{"v2": "v1"}`` from a parameter, or from a node with a free table, to the one that it equals

    Raises
    ------
    ModelError
        Neither two parameters nor two nodes, tables of different shapes, a circle.

    >>> from symelbo.models import naive_bayes
    >>> tie(naive_bayes(3), {"v2": "v1", "v3": "v2"}).parameters
    (h, v11, v12)
    """
    if not isinstance(ties, Mapping):
        raise ModelError(f'tie: {ties!r} is not a mapping, such as {{"v2": "v1"}}')
    named = {str(p): p for p in model.parameters}
    families = getattr(model, "structure", Structure()).families or ()
    rows = {f.node: [[model.parameters[i] for i in row] for row in f.rows] for f in families}
    above: dict[sympy.Symbol, sympy.Symbol] = {}
    for key, other in ties.items():
        a, b = str(key), str(other)
        if a in rows and b in rows:
            if [*map(len, rows[a])] != [*map(len, rows[b])]:
                raise ModelError(f"tie: {a} cannot share the table of {b}: their nodes or parents differ in states")
            above |= {p: q for r, s in zip(rows[a], rows[b], strict=True) for p, q in zip(r, s, strict=True)}
        elif a in named and b in named:
            above[named[a]] = named[b]
        else:
            nodes = f", or two nodes with free tables ({', '.join(rows)})" if rows else ""
            if not rows and {a, b} <= set(getattr(getattr(model, "space", None), "names", ())):
                nodes = "; nodes are tied before other changes, and share a table that is given by tables = {...}"
            raise ModelError(f"tie: {a} and {b} are not two parameters ({', '.join(named)}){nodes}")
    for p in above:
        seen, q = [p], above[p]
        while q in above and q not in seen:
            seen.append(q)
            q = above[q]
        if q in seen:
            raise ModelError(f"tie: {' = '.join(map(str, [*seen, q]))} is a circle; leave one of them free")
        above[p] = q
    tied: R = model.reparametrise(above)
    return tied


def rename(model: R, names: Mapping[Any, str]) -> R:
    """Return the same model with other names of parameters.

    Raises
    ------
    ModelError
        An unknown parameter, two parameters with the same name, a name that is none.

    >>> from symelbo.models import model_b
    >>> rename(model_b(), {"x": "prevalence", "y1": "y2", "y2": "y1"}).parameters
    (prevalence, y2, y1, z1, z2)
    """
    if not isinstance(names, Mapping):
        raise ModelError(f'rename: {names!r} is not a mapping from parameters to names, such as {{"x": "a"}}')
    known = {str(p): p for p in model.parameters}
    for key, name in names.items():
        if str(key) not in known:
            raise ModelError(f"rename: {key} is no parameter; {nearest_names('parameters', known, str(key))}")
        if not str(name).isidentifier() or name in FUNCTIONS:
            raise ModelError(f"rename: {name!r} is not a name that an expression can contain")
    new = {p: p for p in model.parameters}
    new |= {known[str(k)]: sympy.Symbol(str(v), **known[str(k)]._assumptions_orig) for k, v in names.items()}
    if twice := next((p for p in new.values() if [str(q) for q in new.values()].count(str(p)) > 1), None):
        raise ModelError(f"rename: two parameters would have the name {twice}")
    renamed: R = model.reparametrise(new, list(new.values()))
    return renamed


def within(model: M, conditions: Any) -> M:
    """Return the model on a smaller domain: ``M.within("y1 < y2 < 1/2")``, or a list of texts or sympy inequalities.

    Raises
    ------
    ModelError
        Something else than strict inequalities in the parameters, or nothing is left of the domain.

    >>> from symelbo.models import model_b
    >>> within(model_b(), "y1 < y2").domain.interior_point()
    (1/2, 1/3, 1/2, 1/2, 1/2)
    """
    more = Domain.from_relationals(model.field, inequalities(model.field, conditions))
    domain = model.domain.joined(more.constraints)
    try:
        domain.interior_point()
    except DomainError as error:
        raise ModelError(f"within: {error}") from None
    return same(model, domain=domain, structure=model.structure.restricted())


def inequalities(field: Field, conditions: Any) -> list[sympy.Basic]:
    """Inequalities between parameters, as text or sympy relationals, alone or in a list."""
    if isinstance(conditions, str):
        conditions = list(filter(str.strip, conditions.split(",")))
    elif isinstance(conditions, sympy.Basic) or not isinstance(conditions, Iterable):
        conditions = [conditions]
    names = {str(p): p for p in field.symbols}
    return [parse_relation(c, names) if isinstance(c, str) else c for c in conditions]


def _equations(model: Reparametrised, component: Any) -> Iterator[Equation]:
    """The equations as they are written, with both sides."""
    found = component
    components = getattr(component, "components", None)
    if components is not None:
        if len(components) != 1:
            where = " or ".join(f"{{{c}}}" for c in components) or "none"
            raise ModelError(f"on: a locus with one component is expected, this one has {where}; choose one of them")
        (found,) = components
    for equation in getattr(found, "remaining", ()):
        yield f"{equation} = 0", equation, sympy.Integer(0)
    found = getattr(found, "restriction", found)
    if isinstance(found, str):
        found = list(filter(str.strip, found.split(",")))
    if isinstance(found, list) and all(isinstance(part, str) for part in found):
        parts = found
        pairs: Any = pairs_in(parts, "on", 'one equation, such as "y1 = y2, z1 = 1/2"', once=False)
    elif isinstance(found, Mapping):
        pairs = found.items()
    elif isinstance(found, sympy.Eq):
        pairs = [found.args]
    else:
        raise ModelError(
            f"on: a {type(component).__name__} is neither a mapping of parameters nor a component; "
            'expected such as {"y1": "y2"} or "y1 = y2"'
        )
    for key, value in pairs:
        yield f"{key} = {value}", _side(model, key, "the left side"), _side(model, value, f"value of {key}")


def _side(model: Reparametrised, value: Any, where: str) -> sympy.Expr:
    names: dict[str, sympy.Expr] = {str(p): p for p in model.field.symbols}
    if isinstance(value, str):
        try:
            return parse_expression(value, names, where=where)
        except ModelFileError as error:
            raise ModelError(f"on: {error}") from None
    try:
        expression = sympy.sympify(value, strict=True)
    except sympy.SympifyError:
        raise ExactnessError(f"{where}: {value!r} is not a sympy expression") from None
    if expression.has(sympy.Float):
        as_rational(next(iter(expression.atoms(sympy.Float))), where)
    if unknown := sorted(map(str, expression.free_symbols - set(model.field.symbols))):
        raise ModelError(f"on: {unknown[0]} is no parameter; the parameters are {', '.join(names)}")
    return expression
