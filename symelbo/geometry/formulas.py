"""Formulas as users hold them: sympy matrices whose long sums have names, and that can be evaluated anywhere.

A :class:`Formula` is a sympy matrix.  Names in its entries (``p(1,1)``, ``a_1``, ...) know what they stand for, so
``subs``, ``diff``, ``==``, slices, ``.T`` and ``@`` are those of sympy; ``.definitions`` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import sympy
from sympy.printing.str import StrPrinter

from symelbo.errors import DomainError, ModelError
from symelbo.exact import Field, as_rational
from symelbo.exact.evaluation import evaluated
from symelbo.exact.names import Name, definitions
from symelbo.exact.programs import Program
from symelbo.typesetting import EQUATIONS_SHOWN, Printer, ShownMatrix, aligned, equations, value_latex

Form: TypeAlias = Literal["structured", "factored", "expanded"]
FORMS: tuple[str, ...] = get_args(Form)


def checked_form(form: object) -> None:
    """Raise ModelError for a form that there is none of."""
    if form not in FORMS:
        raise ModelError(f"form = {form!r}: expected one of {', '.join(map(repr, FORMS))}")


def on_model(matrix: sympy.Matrix, model: Any, at: object = None) -> ShownMatrix:
    """Return a matrix as a formula in the parameters of a model of any family; at a point as numbers."""
    if at is None:
        return Formula.from_entries(model, matrix.shape, list(matrix))
    return ShownMatrix.of(matrix, model.parameters)


class Formula(ShownMatrix):
    """A matrix of formulas in the parameters of a model.

    >>> from symelbo.geometry import visible_fisher_metric
    >>> from symelbo.models import model_b
    >>> G_V = visible_fisher_metric(model_b())
    >>> G_V.at({"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"})[0, 0]
    1228/5525
    """

    model: Any = None  # of any family with a field

    @classmethod
    def from_entries(cls, model: Any, shape: tuple[int, int], entries: Sequence[sympy.Expr]) -> Formula:
        """The matrix with these sympy entries, row by row."""
        found: Formula = cls(*shape, list(entries))._of(model)
        return found

    def _of(self, model: Any) -> Any:
        self.model = model
        self.parameters = model.parameters if model is not None else ()
        return self

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        return found._of(self.model) if isinstance(found, Formula) else found

    @property
    def T(self) -> Formula:
        """The transpose."""
        found: Formula = self.transpose()._of(self.model)
        return found

    @property
    def definitions(self) -> tuple[tuple[Name, sympy.Expr], ...]:
        """The names in the entries with what they stand for, in order: each uses parameters and earlier names only."""
        return tuple(definitions(self))

    @property
    def program(self) -> tuple[list[tuple[Name, sympy.Expr]], list[sympy.Matrix]]:
        """``replacements, reduced``, as :func:`sympy.cse` returns them."""
        return list(self.definitions), [sympy.Matrix(self.rows, self.cols, list(self))]

    def subs(self, *args: Any, **options: Any) -> Formula:
        """Substitute as sympy does, in every definition once."""
        changed: dict[sympy.Basic, sympy.Basic] = {}
        for name, definition in self.definitions:
            value = definition.xreplace(changed).subs(*args, **options)
            changed[name] = value if value.is_Atom else Name(name.name, value)
        entries = [e.xreplace(changed).subs(*args, **options) for e in self]
        found: Formula = Formula(self.rows, self.cols, entries)._of(self.model)
        return found

    def at(self, values: Any) -> ShownMatrix:
        """Return the exact values at a point.

        Parameters
        ----------
        values : mapping from parameters, or their names, to exact rationals
            Values of other symbols in the entries too; those without a value stay.

        Raises
        ------
        DomainError
            A parameter has no value, the point lies outside the domain, or a denominator vanishes there.
        """
        others = sorted(self._other_symbols(), key=lambda s: s.name)
        given = dict(values) if isinstance(values, Mapping) else values
        known: dict[sympy.Expr, Any] = {}
        if isinstance(given, dict):
            for s in others:
                for key in (s, s.name):
                    if key in given:
                        known[s] = as_rational(given.pop(key), s.name)
        left = [s for s in others if s not in known]
        numbers, generators = self._numbers(given)
        if left:
            program = Program(Field(left))
            leaves = {g: program.constant(v) for g, v in {**known, **generators}.items()}
            leaves |= {s: program.symbol(s) for s in left}
            entries = program.write(evaluated(self, leaves, program.constant))
        else:
            leaves = {g: numbers.constant(v) for g, v in known.items()} | generators
            entries = [numbers.to_sympy(v) for v in evaluated(self, leaves, numbers.constant)]
        return ShownMatrix.of(sympy.Matrix(self.rows, self.cols, entries), left)

    def _numbers(self, given: Any) -> tuple[Any, dict[sympy.Expr, Any]]:
        """The numbers of a point, and the values of the generators there."""
        if self.model is None:
            raise DomainError("the matrix is not that of a model any more; use subs")
        point = self.model.point(given)
        return point.numbers, dict(zip(self.model.field.generators, point.values, strict=True))

    def _other_symbols(self) -> set[sympy.Symbol]:
        found: set[sympy.Symbol] = set().union(*(e.free_symbols for e in self)) - set(self.parameters)
        return found

    def numpy(self) -> Callable[..., npt.NDArray[np.float64]]:
        """Return the matrix as a function of floating-point numbers.

        It takes an array (..., d) of parameters in their order, and the values of other symbols by name; it returns an
        array (..., rows, columns).

        >>> from symelbo.geometry import fisher_metric
        >>> from symelbo.models import model_a
        >>> fisher_metric(model_a()).numpy()([0.5, 0.5, 0.5])[0].tolist()
        [4.0, 0.0, 0.0]
        """
        if self.model is None:
            raise DomainError("the matrix is not that of a model any more; use sympy.lambdify")
        model, shape, entries = self.model, self.shape, list(self)
        exponents = {g: sympy.lambdify(model.parameters, g.args[0]) for g in model.field.generators if not g.is_Symbol}

        def values(parameters: npt.ArrayLike, **others: float) -> npt.NDArray[np.float64]:
            theta = np.asarray(parameters, dtype=np.float64)
            if theta.shape[-1:] != (len(model.parameters),):
                raise DomainError(f"{theta.shape} numbers; expected an array (..., {len(model.parameters)})")
            columns = [theta[..., i] for i in range(theta.shape[-1])]
            leaves: dict[sympy.Expr, Any] = dict(zip(model.parameters, columns, strict=True))
            leaves |= {g: np.exp(f(*columns)) for g, f in exponents.items()}
            leaves |= {s: np.float64(others[s.name]) for s in self._other_symbols() if s.name in others}
            found = evaluated(entries, leaves, lambda e: np.float64(int(e.p) / int(e.q)))
            stacked = np.stack([np.broadcast_to(v, theta.shape[:-1]) for v in found], axis=-1)
            return stacked.reshape(*theta.shape[:-1], *shape)

        return values

    def __str__(self) -> str:
        return f"Matrix({_Printer().doprint(self.tolist())})" if all(self.shape) else str(super().__str__())

    def __repr__(self) -> str:
        printer = _Printer()
        rows = [f"{name} = {printer.doprint(e)}" for name, e in self.definitions]
        return "\n".join([printer.doprint(sympy.Matrix(self)), *(["where"] if rows else []), *rows])

    def latex(self) -> str:
        r"""Return all of it as LaTeX: the matrix, and what its names stand for, as amsmath's ``aligned``.

        >>> from symelbo.geometry import fisher_metric
        >>> from symelbo.models import model_a
        >>> print(fisher_metric(model_a())[:1, :1].latex())
        \begin{pmatrix} \frac{1}{x (1 - x)} \end{pmatrix}
        """
        if not self.definitions:
            return Printer(self.parameters).doprint(self)
        return aligned([("", self), *self.definitions], self.parameters)

    def _repr_latex_(self) -> str:
        shown = super()._repr_latex_()
        named = [(value_latex(name), value_latex(e, self.parameters)) for name, e in self.definitions]
        return shown + equations(named[:EQUATIONS_SHOWN], len(named)) if named else str(shown)


class _Printer(StrPrinter):  # type: ignore[misc]  # sympy ships no types
    """Prints as sympy does, every subexpression once."""

    def __init__(self) -> None:
        super().__init__({"order": None})
        self.printed: dict[sympy.Expr, str] = {}

    def _print(self, expr: Any, **options: Any) -> str:
        if not isinstance(expr, sympy.Expr):
            return str(super()._print(expr, **options))
        found = self.printed.get(expr)
        if found is None:
            found = self.printed[expr] = str(super()._print(expr, **options))
        return found
