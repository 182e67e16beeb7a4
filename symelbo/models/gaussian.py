"""Gaussian models: x ~ N(mu, Sigma) with mean and covariance, or precision, rational in the parameters.

Order: visible variables first, then hidden ones, each in the order of declaration.  A model keeps the form in which it
was given, ``form`` "covariance" (mu, Sigma) or "precision" (mu, K), K = Sigma^-1.  A linear-Gaussian network is given
by its equations

    x_u = b_u + sum_p A_up x_p + e_u,    e_u ~ N(0, omega_u) independent,

and has both forms without an inverse: Sigma = T Omega T' with T = (I - A)^-1, a sum over paths, and
K = (I - A)' Omega^-1 (I - A).

The domain: the inequalities given, and Sigma > 0, which is omega_u > 0 for equations, leading minors otherwise.

Reference: Lauritzen (1996), chapter 5, for Gaussian graphical models; Rubin, Thayer (1982) for factor analysis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar

import networkx as nx
import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import Field, Matrix, RationalFunction, as_expression, numerals, rank_mod
from symelbo.models.domain import Constraint, Domain
from symelbo.models.entries import parameter_symbols
from symelbo.models.equations import Equations, Rates, rates_of, solved
from symelbo.models.model import Model, constraints_in
from symelbo.models.solutions import nonzero
from symelbo.typesetting import Unfolding, equations, first, tuple_latex, unfolding
from symelbo.typesetting.sentences import Math

# Rows and columns that a notebook shows.
SHOWN = 8
# Leading minors are written out in messages up to this size.
WRITTEN_MINOR = 2


class Gaussian(Model, Unfolding):
    """A family of normal distributions, some of whose variables are hidden.

    Parameters
    ----------
    variables : names, in order
    mean : expressions, one for each variable; None for 0
    covariance : symmetric matrix of expressions (sympy Matrix or list of rows), or
    parameters : sequence of Symbol
    precision : the inverse of the covariance, instead of it
    hidden : names of the hidden variables
    domain : sequence of sympy relationals, optional
        Strict inequalities, to which Sigma > 0 is added.
    name : str, optional

    Raises
    ------
    ModelError
        Not symmetric, singular for all parameters, or not positive definite at any point that is found.
    ExactnessError
        Floats and functions other than exp.

    >>> s, w = sympy.symbols("s w")
    >>> Gaussian(["v", "h"], None, [[s + w, s], [s, s]], [s, w], hidden=["h"])
    Gaussian model of v (visible) and h (hidden), parameters s, w
    """

    _some_parameter: ClassVar[str] = "w"

    is_exact = True
    order: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()

    @budgeted("the construction")
    def __init__(
        self,
        variables: Sequence[str],
        mean: Sequence[Any] | None = None,
        covariance: Any = None,
        parameters: Sequence[sympy.Symbol] = (),
        *,
        precision: Any = None,
        hidden: Iterable[str] = (),
        domain: Sequence[sympy.Basic] | None = None,
        name: str | None = None,
        budget: Limit = None,
    ) -> None:
        names, concealed = _names(variables, hidden)
        if (covariance is None) == (precision is None):
            raise ModelError("a Gaussian model is given by its covariance or by its precision, one of the two")
        form = "precision" if covariance is None else "covariance"
        symbols = parameter_symbols(parameters)
        centre = [sympy.Integer(0)] * len(names) if mean is None else list(mean)
        if len(centre) != len(names):
            raise ModelError(f"mean: {len(centre)} entries; expected one for each of the {len(names)} variables")
        rows = _square(precision if covariance is None else covariance, len(names), form)
        pairs = [(i, j) for i in range(len(names)) for j in range(len(names))]
        wheres = [*(f"mean of {n}" for n in names), *(f"{form} of {names[i]} and {names[j]}" for i, j in pairs)]
        texts = [*centre, *(rows[i][j] for i, j in pairs)]
        for e, where in zip(texts, wheres, strict=True):
            if isinstance(e, float) or (isinstance(e, sympy.Basic) and e.has(sympy.Float)):
                raise ExactnessError(f"{where}: {e} has a floating-point number; write a rational such as 1/2")
        field = Field.containing(
            [as_expression(e, w) for e, w in zip(texts, wheres, strict=True)], symbols, wheres.__getitem__
        )
        elements = [field.from_sympy(e, where) for e, where in zip(texts, wheres, strict=True)]
        matrix = Matrix(field, [elements[len(names) * (i + 1) : len(names) * (i + 2)] for i in range(len(names))])
        for i, j in pairs:
            if matrix[i, j] != matrix[j, i]:
                raise ModelError(
                    f"{form}: not symmetric, {rows[i][j]} for ({names[i]}, {names[j]}) and {rows[j][i]} for "
                    f"({names[j]}, {names[i]})"
                )
        order = _visible_first(names, concealed)
        given = () if domain is None else Domain.from_relationals(field, domain).constraints
        self.field, self.name, self.form = field, name, form
        self.equations: Equations | None = None
        self.order, self.domain = tuple(names), Domain(field, given)
        self.visible, self.hidden = _parted(names, concealed)
        self.mean, self.matrix = tuple(elements[i] for i in order), matrix.select(order).columns(order)
        self._require_regular()
        self.domain = Domain(field, (*given, *self._minors()))
        self._require_inhabited()

    @classmethod
    @budgeted("the construction")
    def from_equations(
        cls,
        names: Sequence[str],
        hidden: Iterable[str],
        equations: Equations,
        domain: Domain,
        name: str | None = None,
        *,
        budget: Limit = None,
    ) -> Gaussian:
        """Return the model of a network; its equations are in the order of ``names``."""
        model = cls.__new__(cls)
        listed, concealed = _names(names, hidden)
        ordered = equations.permuted(_visible_first(listed, concealed))
        model.field, model.name, model.form, model.equations = domain.field, name, "covariance", ordered
        model.order, model.domain = tuple(listed), domain
        model.visible, model.hidden = _parted(listed, concealed)
        model.mean, model.matrix = solved(ordered)
        model._require_inhabited()
        return model

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables, visible ones first."""
        return self.visible + self.hidden

    @property
    def graph(self) -> nx.DiGraph | None:
        """The graph of a network with free coefficients and variances; None for another model."""
        if self.equations is None or not self.equations.free:
            return None
        graph = nx.DiGraph()
        graph.add_nodes_from(self.order)
        graph.add_edges_from(self.equations.arrows)
        return graph

    @property
    def n_visible(self) -> int:
        """The number of visible variables."""
        return len(self.visible)

    @cached_property
    def covariance(self) -> Matrix:
        """Sigma over the field, visible variables first."""
        return self.matrix if self.form == "covariance" else self.matrix.generalised_inverse()

    @cached_property
    def precision(self) -> Matrix:
        """K = Sigma^-1 over the field, visible variables first."""
        if self.form == "precision":
            return self.matrix
        if self.equations is None:
            return self.matrix.generalised_inverse()
        left = Matrix.identity(self.field, len(self.mean)) - self.equations.coefficients
        scaled = left.scale_rows([self.field.one / w for w in self.equations.variances])
        return left.T.symmetric_product(scaled)

    @cached_property
    def rates(self) -> tuple[Rates, ...]:
        """The derivatives of mean and matrix (in the given form) along every parameter."""
        return rates_of(self.mean, self.matrix, len(self.parameters))

    @cached_property
    def precision_rates(self) -> tuple[Rates, ...]:
        """The derivatives of mean and precision along every parameter."""
        return self.rates if self.form == "precision" else rates_of(self.mean, self.precision, len(self.parameters))

    @property
    def is_centred(self) -> bool:
        """Whether the mean does not depend on the parameters."""
        return all(e.is_constant for e in self.mean)

    @cached_property
    def unused_parameters(self) -> tuple[sympy.Symbol, ...]:
        """Parameters on which neither the mean nor the covariance depends."""
        return tuple(p for p, r in zip(self.parameters, self.rates, strict=True) if not r.mean and not r.matrix)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know about the parametrisation."""
        unused = ", ".join(map(str, self.unused_parameters))
        return (f"the distribution does not depend on {unused}",) if unused else ()

    @property
    def n_entries(self) -> int:
        """The derivatives of mean and covariance along all parameters."""
        return len(self.mean) * (len(self.mean) + 3) // 2 * len(self.parameters)

    @property
    def size(self) -> dict[str, Any]:
        """Its variables, as data."""
        return {**super().size, "variables": list(self.variables), "hidden": list(self.hidden)}

    @cached_property
    def _numerals(self) -> frozenset[int]:
        entries = (e for row in self.matrix.rows for e in row if e)
        return frozenset[int]().union(*map(numerals, (*self.mean, *entries)))

    def parts(self) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
        """Its visible and hidden variables and its structure, in words."""
        arrows = () if self.equations is None else self.equations.arrows
        network = f"linear-Gaussian network: {', '.join(f'{p} -> {u}' for p, u in arrows) or 'no arrows'}"
        return self.visible, self.hidden, [f"given by its {self.form}" if self.equations is None else network]

    @property
    def meanings(self) -> dict[sympy.Symbol, str]:
        """The intercepts, coefficients and variances that are parameters of their own."""
        found: dict[sympy.Symbol, list[str]] = {}

        def add(element: RationalFunction, text: str) -> None:
            if (p := self.field.to_sympy(element)) in self.parameters:
                found.setdefault(p, []).append(text)

        if self.equations is not None:
            for u, intercept, variance, row in zip(
                self.variables,
                self.equations.intercepts,
                self.equations.variances,
                self.equations.coefficients.rows,
                strict=True,
            ):
                add(intercept, f"intercept of {u}")
                add(variance, f"variance of the noise of {u}")
                for p, e in zip(self.variables, row, strict=True):
                    add(e, f"coefficient of {p} -> {u}")
        return {p: ", ".join(texts) for p, texts in found.items()}

    def hide(self, *hidden: str) -> Gaussian:
        """Return the same model with another hidden set."""
        names, concealed = _names(self.order, hidden)
        order = [self.variables.index(names[i]) for i in _visible_first(names, concealed)]
        shown, unseen = _parted(names, concealed)
        return self._but(
            visible=shown,
            hidden=unseen,
            mean=tuple(self.mean[i] for i in order),
            matrix=self.matrix.select(order).columns(order),
            equations=None if self.equations is None else self.equations.permuted(order),
        )

    def _rewritten(
        self, new: Mapping[sympy.Symbol, sympy.Expr], parameters: Sequence[sympy.Symbol], domain: Sequence[sympy.Basic]
    ) -> Gaussian:
        symbols = parameter_symbols(parameters)

        def moved(element: RationalFunction) -> sympy.Expr:
            return self.field.to_sympy(element, factored=False).xreplace(new)

        kept = self.equations
        entries = [*self.mean, *(e for r in self.matrix.rows for e in r)] if kept is None else list(kept.entries())
        conditions = [(moved(c.element), c.text) for c in self.domain.constraints]
        field = Field.containing([*map(moved, entries), *(e for e, _ in conditions)], symbols)

        def at(element: RationalFunction) -> RationalFunction:
            return field.from_sympy(moved(element))

        given = [*Domain.from_relationals(field, domain).constraints, *constraints_in(field, conditions)]
        below = {str(f): f for e in map(at, entries) if e for f, k in e.factors()[1] if k < 0}
        given += nonzero(Domain(field, tuple(given)), below.values())
        if kept is None:
            matrix, mean = self.matrix.map(at, field), tuple(map(at, self.mean))
        else:
            coefficients = kept.coefficients.map(at, field)
            kept = Equations(
                tuple(map(at, kept.intercepts)), coefficients, tuple(map(at, kept.variances)), kept.arrows, free=False
            )
            mean, matrix = solved(kept)
        model = self._but(field=field, mean=mean, matrix=matrix, domain=Domain(field, tuple(given)), equations=kept)
        model._require_regular()
        model._require_inhabited()
        return model

    def _require_regular(self) -> None:
        """The matrix is not singular for all parameters: its support would be a proper subspace."""
        values = [7919 * (k + 2) ** 3 + 104729 for k in range(len(self.field.generators))]
        try:
            if rank_mod(self.matrix.modulo(values, self.prime), self.prime) == self.matrix.nrows:
                return
        except DomainError:
            pass
        null = self.matrix.nullspace()
        if null.ncols:
            combination = null.columns([0])
            involved = [n for n, e in zip(self.variables, combination.column_entries(0), strict=True) if e]
            moves = (
                "" if all(e.is_constant for r in combination.rows for e in r) else ", which moves with the parameters"
            )
            raise ModelError(
                f"{self.form}: singular for all parameters, {', '.join(involved)} are linearly dependent: the "
                f"distribution has no density{moves}; leave out a variable that is a function of others"
            )

    def _minors(self) -> list[Constraint]:
        found = []
        for n in range(1, len(self.mean) + 1):
            block = range(n)
            minor = self.matrix.select(block).columns(block).det()
            if minor.is_constant:
                if minor.rational_value() > 0:
                    continue
                raise ModelError(f"{self.form}: not positive definite, its leading minor of size {n} is {minor}")
            text = f"{minor} > 0" if n <= WRITTEN_MINOR else f"leading minor {n} of the {self.form} > 0"
            found.append(Constraint(minor, text))
        return found

    def _require_inhabited(self) -> None:
        try:
            self.domain.interior_point()
        except DomainError:
            raise ModelError(
                f"no rational parameters found in the domain at which the {self.form} is positive definite; "
                "correct it, or the domain"
            ) from None

    def __repr__(self) -> str:
        title = self.name or "Gaussian model"
        visible, hidden = _listed(self.visible), _listed(self.hidden)
        return f"{title} of {visible} (visible) and {hidden} (hidden), parameters {self._names_shown() or '(none)'}"

    def _rows(self) -> Iterator[tuple[str, list[sympy.Expr]]]:
        """Mean and covariance (or precision), a row for each variable."""
        letter = r"\Sigma" if self.form == "covariance" else "K"
        named = [r"\mu", *(f"{letter}_{{{i + 1}}}" for i in range(len(self.mean)))]
        for name, row in zip(named, (self.mean, *self.matrix.rows), strict=True):
            yield name, [self.field.to_sympy(e) for e in row[:SHOWN]]

    def _repr_latex_(self) -> str:
        """Mean and covariance (or precision) as a notebook shows them, of many variables the first rows."""
        rows = [(name, tuple_latex(row, self.parameters)) for name, row in islice(self._rows(), SHOWN)]
        return equations(rows, len(self.mean) + 1)

    def _repr_html_(self) -> str:
        return unfolding(repr(self), self._parts(), unfolded=len(self.mean) <= 4)

    def _parts(self) -> Iterator[tuple[Any, Any]]:
        yield from first((((Math(name),), row) for name, row in self._rows()), len(self.mean) + 1, "matrix", SHOWN)
        yield "parameters", self.parameters
        yield "domain", self.domain


def _names(variables: Sequence[str], hidden: Iterable[str]) -> tuple[list[str], frozenset[str]]:
    if isinstance(variables, str) or not isinstance(variables, Iterable):
        raise ModelError(f"variables: {variables!r} is not a list of names")
    names = list(variables)
    if not isinstance(hidden, Iterable):
        raise ModelError(f"hidden: {hidden!r} is not a list of names")
    concealed = [hidden] if isinstance(hidden, str) else list(hidden)
    for n in (*names, *concealed):
        if not isinstance(n, str) or not n.isprintable() or not n:
            raise ModelError(f"the variable {n!r} is not named by a printable text")
    twice = next((n for n in names if names.count(n) > 1), None)
    if twice is not None:
        raise ModelError(f"the variable {twice} is listed twice")
    unknown = [n for n in concealed if n not in names]
    if unknown:
        raise ModelError(f"hidden: unknown variable {', '.join(unknown)}; the variables are {', '.join(names)}")
    if not concealed or len(set(concealed)) == len(names):
        raise ModelError(f"nothing is {'visible' if concealed else 'hidden'}; some variables are, some are not")
    return names, frozenset(concealed)


def _parted(names: Sequence[str], hidden: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return tuple(n for n in names if n not in hidden), tuple(n for n in names if n in hidden)


def _visible_first(names: Sequence[str], hidden: frozenset[str]) -> list[int]:
    return sorted(range(len(names)), key=lambda i: names[i] in hidden)


def _square(matrix: Any, n: int, form: str) -> list[list[Any]]:
    rows = matrix.tolist() if isinstance(matrix, sympy.MatrixBase) else matrix
    if not isinstance(rows, Sequence) or any(not isinstance(r, Sequence) or isinstance(r, str) for r in rows):
        raise ModelError(f"{form}: {matrix!r} is neither a matrix nor a list of rows")
    if len(rows) != n or any(len(r) != n for r in rows):
        raise ModelError(f"{form}: expected {n} rows of {n} entries, one for each variable")
    return [list(r) for r in rows]


def _listed(names: Sequence[str]) -> str:
    shown = list(names) if len(names) <= 8 else [*names[:3], "...", names[-1]]
    return ", ".join(shown)
