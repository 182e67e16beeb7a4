"""What models of every family have: parameters in a domain, exact points, and changes of the parameters.

The equations of :meth:`Model.on` hold together: ``{y1 = y2, y2 = 1/2}`` is the model with y1 = y2 = 1/2, and
``{y1 = 1 - y1}`` that with y1 = 1/2.  They are solved one after the other, each for the parameter on its left where it
can be (:mod:`symelbo.models.solutions` says which can); so a component is restricted further by ``M.on(...).on(...)``,
or at once.

What was computed from a model belongs to it, and stays behind when it travels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar, Self, TypeVar

import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import DomainError, ModelError, ModelFileError, nearest_names
from symelbo.exact import Field, Known, Value, as_expression, as_rational, is_positive, numerals, suitable_primes
from symelbo.models.description import Description, describe
from symelbo.models.domain import Constraint, Domain
from symelbo.models.expressions import FUNCTIONS, pairs_in, parse_expression, parse_relation
from symelbo.models.points import Point, exact_number, exact_point
from symelbo.models.questions import Asked
from symelbo.models.solutions import solution
from symelbo.models.structure import Structure

T = TypeVar("T")

Equation = tuple[str, sympy.Expr, sympy.Expr]


class Model(Asked, ABC):
    """A model of any family: what is computed from it is kept, and what is changed of it is a new one."""

    field: Field
    """The field that everything symbolic lies in."""
    domain: Domain
    name: str | None
    _some_parameter: ClassVar[str] = "x"  # in messages

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The parameters, in declared order."""
        return self.field.parameters

    @property
    def constants(self) -> tuple[sympy.Symbol, ...]:
        """The known constants in the model and its domain, by name."""
        return self.field.constants

    @abstractmethod
    def parts(self) -> tuple[Iterable[str], Iterable[str], Iterable[str]]:
        """Its visible and hidden variables and its structure, in words."""

    def describe(self) -> Description:
        """Return its states, parameters and what they mean, domain and structure, in words."""
        return describe(self)

    def _names_shown(self) -> str:
        """The names of the parameters, of many the first ones."""
        names = [str(p) for p in self.parameters]
        return ", ".join(names if len(names) <= 8 else [*names[:7], f"... ({len(names)} in all)"])

    # Points.

    def point(self, at: Any) -> Point:
        """Return an exact point from values of the parameters, checked to lie in the domain.

        Keys are symbols, names or exponentials such as ``exp(a)``; values are exact rationals, and for a parameter
        in exponents also ``log`` of a positive rational.

        Raises
        ------
        DomainError
            A value is missing or unknown, or the point lies outside the domain (the inequality is named).
        ExactnessError
            A value is a float, or its exponential is no exact number.
        """
        if isinstance(at, Point):
            return at
        if not isinstance(at, Mapping):
            such = f'{{"{self._some_parameter}": "1/2"}}'
            raise DomainError(f"the point {at!r} is not a mapping from parameters to values, such as {such}")
        return exact_point(self.field, self.domain, at)

    @cached_property
    def prime(self) -> int:
        """The prime modulo which matrices of the model are looked at, suitable for its numbers."""
        return next(self.primes_at(()))

    def primes_at(self, values: Sequence[Value]) -> Iterator[int]:
        """Yield primes that suit the numbers of the model and the values of the generators at an exact point."""
        return suitable_primes(self._numerals.union(*map(numerals, values)))

    @cached_property
    @abstractmethod
    def _numerals(self) -> frozenset[int]:
        """The integers that a prime has to suit."""

    # Changes.

    @budgeted("the reparametrisation")
    def reparametrise(
        self,
        values: Mapping[Any, Any],
        parameters: Sequence[sympy.Symbol] | None = None,
        domain: Sequence[sympy.Basic] = (),
        *,
        budget: Limit = None,
    ) -> Self:
        """Return the model with parameters replaced by expressions in other ones: ``M.reparametrise({"w1": w})``.

        Parameters
        ----------
        values : mapping from parameter (symbol, name, or ``exp(a)`` for a parameter in exponents) to expression
            ``log(expression)`` is accepted for a parameter that occurs only in exponents.  Others stay as they are.
        parameters : sequence of Symbol, optional
            All parameters of the new model; default: those that occur, in the order of the old ones.
        domain : sequence of sympy relationals, optional
            Inequalities in addition to those of the old domain.
        budget : seconds, or Budget(seconds=..., memory=...), optional

        Raises
        ------
        BudgetError
            The budget ended first.
        ModelError
            A key is no parameter, a probability becomes identically 0, or the new domain is empty.
        ExactnessError
            A value that is not exact, or not in the accepted class of functions.
        """
        new = _replacements(self.field, values)
        if parameters is None:
            symbols = (s for p in self.parameters for s in sorted(new[p].free_symbols, key=str))
            parameters = tuple(dict.fromkeys(s for s in symbols if not isinstance(s, Known)))
        rewritten: Self = self._rewritten(new, parameters, domain)
        return rewritten

    @abstractmethod
    def _rewritten(
        self, new: Mapping[sympy.Symbol, sympy.Expr], parameters: Sequence[sympy.Symbol], domain: Sequence[sympy.Basic]
    ) -> Any:
        """The model with a new expression for every parameter and known constant."""

    @budgeted("the fixing of parameters")
    def fix(self, values: Mapping[Any, Any], *, budget: Limit = None) -> Self:
        """Return the model with parameters or known constants fixed at exact values: ``M.fix({"w": "1/2"})``.

        A parameter in exponents may have ``log`` of a rational as its value.

        Raises
        ------
        DomainError
            A value lies outside the domain, or no parameter is left.
        """
        if not isinstance(values, Mapping):
            raise ModelError(f"fix: {values!r} is not a mapping from parameters to values")
        exact = {key: exact_number(value, f"value of {key}") for key, value in values.items()}
        new = _replacements(self.field, exact)
        left = [p for p in self.parameters if new[p] == p]
        if not left:
            raise DomainError("fix: no parameter is left; a model has at least one (use at={...} for a point)")
        return self.reparametrise(exact, left)

    @budgeted("the restriction")
    def on(self, component: Any, *, budget: Limit = None) -> Self:
        """Return the model restricted to a component, given by equations between its parameters; its name says so.

        It is a model of its own, with a smaller tangent space.

        Parameters
        ----------
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
        >>> model_b().on({"y1": "1 - y2"}).table[1, 1, 1]
        x*z1*(1 - y2)
        >>> model_b().on("y1 = y2, y2 = 1/2")
        M(b) on {y1 = y2, y2 = 1/2} with 8 states (4 visible), parameters x, z1, z2
        >>> model_b().on("y1**2 + y2**2 = 1").table[1, 1, 1]
        2*t*x*z1/(t**2 + 1)
        """
        solved: dict[sympy.Expr, sympy.Expr] = {}
        written = []
        for text, left, right in _equations(self.field, component):
            written.append(text)
            symbols = [*self.parameters, *sorted({s for e in solved.values() for s in e.free_symbols}, key=str)]
            found = solution(text, left.subs(solved), right.subs(solved), self.domain, list(dict.fromkeys(symbols)))
            solved = {p: e.subs(found) for p, e in solved.items()} | found
        restricted = self.reparametrise({p: solved[p] for p in self.field.symbols if p in solved})
        if solved:
            restricted.name = f"{self.name or 'model'} on {{{', '.join(written)}}}"
        return restricted

    @budgeted("the tying of parameters")
    def tie(self, ties: Mapping[Any, Any], *, budget: Limit = None) -> Self:
        """Return the model with equal parameters: of nodes that share the table of another one, or named one by one.

        A hidden Markov chain with the same transitions at every step, items with equal errors.

        Parameters
        ----------
        ties : mapping ``{"v2": "v1"}`` from a parameter, or from a node with a free table, to the one that it equals
        budget : seconds, or Budget(seconds=..., memory=...), optional

        Raises
        ------
        ModelError
            Neither two parameters nor two nodes, tables of different shapes, a circle.

        >>> from symelbo.models import naive_bayes
        >>> naive_bayes(3).tie({"v2": "v1", "v3": "v2"}).parameters
        (h, v11, v12)
        """
        if not isinstance(ties, Mapping):
            raise ModelError(f'tie: {ties!r} is not a mapping, such as {{"v2": "v1"}}')
        named = {str(p): p for p in self.parameters}
        families = getattr(self, "structure", Structure()).families or ()
        rows = {f.node: [[self.parameters[i] for i in row] for row in f.rows] for f in families}
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
                if not rows and {a, b} <= set(getattr(getattr(self, "space", None), "names", ())):
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
        return self.reparametrise(above)

    @budgeted("the restriction")
    def within(self, conditions: Any, *, budget: Limit = None) -> Self:
        """Return the model on a smaller domain: ``M.within("y1 < y2 < 1/2")``, or a list of texts or inequalities.

        Raises
        ------
        ModelError
            Something else than strict inequalities in the parameters, or nothing is left of the domain.

        >>> from symelbo.models import model_b
        >>> model_b().within("y1 < y2").domain.interior_point()
        (1/2, 1/3, 1/2, 1/2, 1/2)
        """
        return self.reparametrise({}, self.parameters, inequalities(self.field, conditions))

    @budgeted("the renaming")
    def rename(self, names: Mapping[Any, str], *, budget: Limit = None) -> Self:
        """Return the same model with other names of parameters: ``M.rename({"y1": "alpha"})``.

        Raises
        ------
        ModelError
            An unknown parameter, two parameters with the same name, a name that is none.

        >>> from symelbo.models import model_b
        >>> model_b().rename({"x": "prevalence", "y1": "y2", "y2": "y1"}).parameters
        (prevalence, y2, y1, z1, z2)
        """
        if not isinstance(names, Mapping):
            raise ModelError(f'rename: {names!r} is not a mapping from parameters to names, such as {{"x": "a"}}')
        known = {str(p): p for p in self.parameters}
        for key, name in names.items():
            if str(key) not in known:
                raise ModelError(f"rename: {key} is no parameter; {nearest_names('parameters', known, str(key))}")
            if not str(name).isidentifier() or name in FUNCTIONS:
                raise ModelError(f"rename: {name!r} is not a name that an expression can contain")
        new = {p: p for p in self.parameters}
        new |= {known[str(k)]: sympy.Symbol(str(v), **known[str(k)]._assumptions_orig) for k, v in names.items()}
        if twice := next((p for p in new.values() if [str(q) for q in new.values()].count(str(p)) > 1), None):
            raise ModelError(f"rename: two parameters would have the name {twice}")
        return self.reparametrise(new, list(new.values()))

    def _but(self, **changes: Any) -> Self:
        """The same model with other values of some attributes; nothing that was computed from it."""
        model = type(self).__new__(type(self))
        model.__dict__.update({**self.__getstate__(), **changes})
        return model

    # Memory.

    def keep(self, what: str, compute: Callable[[], T]) -> T:
        """Return what was computed from the model under a name; the first call computes it."""
        kept: dict[str, Any] = self.__dict__.setdefault("_kept", {})
        if what not in kept:
            kept[what] = compute()
        found: T = kept[what]
        return found

    def kept(self, what: str) -> Any:
        """Return what was computed from the model under a name, or None."""
        return self.__dict__.get("_kept", {}).get(what)

    def __getstate__(self) -> dict[str, Any]:
        """What the model consists of; what was computed from it stays behind."""
        computed = {n for c in type(self).__mro__ for n, v in vars(c).items() if isinstance(v, cached_property)}
        return {name: value for name, value in self.__dict__.items() if name not in {*computed, "_kept"}}

    def __eq__(self, other: object) -> bool:
        """Models are equal that consist of the same: a copy that has travelled is."""
        if self is other:
            return True
        return isinstance(other, Model) and type(self) is type(other) and self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash((type(self), self.field, self.name))


def inequalities(field: Field, conditions: Any) -> list[sympy.Basic]:
    """Inequalities between parameters, as text or sympy relationals, alone or in a list."""
    if isinstance(conditions, str):
        conditions = list(filter(str.strip, conditions.split(",")))
    elif isinstance(conditions, sympy.Basic) or not isinstance(conditions, Iterable):
        conditions = [conditions]
    names = {str(p): p for p in field.symbols}
    return [parse_relation(c, names) if isinstance(c, str) else c for c in conditions]


def constraints_in(field: Field, conditions: Sequence[tuple[sympy.Expr, str]]) -> list[Constraint]:
    """Return positive expressions, with what they were, as constraints; DomainError for a number that is not."""
    result: list[Constraint] = []
    for expression, origin in conditions:
        element = field.from_sympy(expression, "reparametrise")
        if expression.free_symbols:
            if all(c.element != element for c in result):
                result.append(Constraint.of(element))
            continue
        numbers = Field.containing([expression], ())
        if not is_positive(numbers.from_sympy(expression)):
            raise DomainError(f"the values lie outside the domain: they violate {origin}")
    return result


def _replacements(field: Field, values: Mapping[Any, Any]) -> dict[sympy.Symbol, sympy.Expr]:
    """The new expression of every old parameter and known constant, from what a user gives."""
    if not isinstance(values, Mapping):
        raise ModelError(f"{values!r} is not a mapping from parameters to values")
    new = {p: p for p in field.symbols}
    names = {str(p): p for p in new}
    for key, value in values.items():
        expression = _exact(value, f"value of {key}")
        if str(key) in names:
            new[names[str(key)]] = expression
            continue
        inner = key.args[0] if isinstance(key, sympy.exp) else None
        coefficient, symbol = inner.as_coeff_Mul() if inner is not None else (None, None)
        if symbol not in new:
            raise ModelError(f"{key} is no parameter; the parameters are {', '.join(names)}")
        new[symbol] = sympy.log(expression) / coefficient
    return new


def _exact(value: Any, where: str) -> sympy.Expr:
    """What a user gives as an expression; ExactnessError for a float, or what sympy does not know."""
    expression = as_expression(value, where)
    if expression.has(sympy.Float):
        as_rational(next(iter(expression.atoms(sympy.Float))), where)
    return expression


def _equations(field: Field, component: Any) -> Iterator[Equation]:
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
        pairs: Any = pairs_in(found, "on", 'one equation, such as "y1 = y2, z1 = 1/2"', once=False)
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
        yield f"{key} = {value}", _side(field, key, "the left side"), _side(field, value, f"value of {key}")


def _side(field: Field, value: Any, where: str) -> sympy.Expr:
    names: dict[str, sympy.Expr] = {str(p): p for p in field.symbols}
    if isinstance(value, str):
        try:
            return parse_expression(value, names, where=where)
        except ModelFileError as error:
            raise ModelError(f"on: {error}") from None
    expression = _exact(value, where)
    if unknown := sorted(map(str, expression.free_symbols - set(field.symbols))):
        raise ModelError(f"on: {unknown[0]} is no parameter; the parameters are {', '.join(names)}")
    return expression
