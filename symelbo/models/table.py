"""Models: a finite table of probabilities over a sample space, in parameters.

Every model is held in one form, the *log-linear factor form*

    p(x) = c(x) * prod_f  f**E[x, f],        d log p(x) / d theta_i = sum_f E[x, f] (d f / d theta_i) / f,

with distinct irreducible polynomials ``f`` (the factors), an integer matrix ``E`` and rational coefficients c.
A product is never expanded: scores, ranks modulo a prime and values at points all come from E and the few
factors, for tables with hundreds of thousands of states too.

Index order: states as in the sample space (visible-major), parameters as declared.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import islice
from typing import Any, Self, TypeVar

import numpy as np
import sympy

from symelbo.budget import LIMITS, Limit, budgeted
from symelbo.errors import DomainError, ModelError
from symelbo.exact import (
    QQ,
    Field,
    Matrix,
    Rational,
    RationalFunction,
    Residues,
    Value,
    as_rational,
    log_derivatives_mod,
    product_mod,
    rational_to_sympy,
    residue,
)
from symelbo.models.description import spoken
from symelbo.models.domain import Constraint, Domain, is_evident
from symelbo.models.entries import parameter_symbols, shown_state, table_entries
from symelbo.models.factors import FactorPool, FactorTable, total, written_terms
from symelbo.models.model import Model
from symelbo.models.natural import natural_domain
from symelbo.models.points import Point, exact_point
from symelbo.models.questions import OnStates
from symelbo.models.structure import Structure
from symelbo.spaces import Space, State
from symelbo.typesetting import EQUATIONS_SHOWN, Unfolding, equations, first, state_latex, unfolding, value_latex
from symelbo.typesetting.sentences import Math

T = TypeVar("T")


class StateTable(dict[State, sympy.Expr]):
    """A mapping from states; keys may be any way to name a state: ``t[1, 0, 1]``, ``t["1", "0", "1"]``, ``t["AO"]``."""

    def __init__(self, space: Space, entries: Mapping[State, sympy.Expr]) -> None:
        super().__init__(entries)
        self.space = space

    def __missing__(self, state: object) -> sympy.Expr:
        return self[self.space.states[self.space.index(state)]]


class Table(OnStates, Model, Unfolding):
    """A model ``{p_theta}`` as its table; :class:`symelbo.models.Parametrization` is what users build."""

    is_exact = True
    factor_table: FactorTable
    normalised: bool
    impossible: tuple[State, ...]
    """The states whose entry is identically 0: they are left out."""
    file_values: tuple[Rational, ...] | None
    told: Mapping[sympy.Symbol, str] | None

    @budgeted("the construction")
    def __init__(
        self,
        space: Space,
        table: Mapping[Any, Any] | Sequence[Any],
        parameters: Sequence[sympy.Symbol],
        domain: Sequence[sympy.Basic] | None = None,
        *,
        weights: bool = False,
        name: str | None = None,
        budget: Limit = None,
    ) -> None:
        if not isinstance(space, Space):
            raise ModelError(f"the space {space!r} is neither a SampleSpace nor a StateSpace")
        symbols = parameter_symbols(parameters)
        entries = table_entries(space, table)
        wheres = [f"probability of {shown_state(s)}" for s in space.states]
        field = Field.containing(entries, symbols, wheres.__getitem__)
        pool = FactorPool(field)
        rows = [pool.row(e, where) for e, where in zip(entries, wheres, strict=True)]
        impossible = [x for x, (coefficient, _) in enumerate(rows) if not coefficient]
        dropped = tuple(space.states[x] for x in impossible)
        if impossible:
            possible = space.without(impossible)
            rows = [rows[x] for x in possible.numbers_in(space).tolist()]
            space = possible
        given = None
        if domain is not None:
            given = Domain.assumed(field).joined(Domain.from_relationals(field, domain).constraints)
        built = self.from_factors(space, field, pool.table(rows), given, normalised=not weights, name=name)
        self.__dict__.update({**built.__dict__, "impossible": dropped})
        if not weights:
            self._check_sum()
        self._check_positive(declared=given is not None)

    def _but(self, **changes: Any) -> Self:
        """The same table with other values of some attributes; what its parameters mean stays."""
        return super()._but(**{"told": self.meanings, **changes})

    @classmethod
    def from_factors(
        cls,
        space: Space,
        field: Field,
        table: FactorTable,
        domain: Domain | None,
        *,
        normalised: bool,
        name: str | None = None,
        structure: Structure | None = None,
        told: Mapping[sympy.Symbol, str] | None = None,
    ) -> Self:
        """Return a model whose table is correct by construction, by default on all of its natural domain.

        ``told``: what the parameters mean, where the structure does not say it.
        """
        model = cls.__new__(cls)
        model.space, model.field, model.factor_table, model.normalised = space, field, table, normalised
        model.name, model.structure, model.told = name, structure or Structure(), told
        model.impossible, model.file, model.file_values = (), None, None
        model.domain = domain if domain is not None else natural_domain(field, table)
        return model

    @property
    def one_copy(self) -> Self:
        """The model of which this one is independent copies; else itself."""
        found: Self = self.structure.one or self
        return found

    @property
    def count(self) -> int:
        """The number of copies."""
        return self.structure.count

    @property
    def n_entries(self) -> int:
        """|X| d."""
        return self.space.n_states * len(self.parameters)

    @property
    def factors(self) -> tuple[RationalFunction, ...]:
        """The factors of the weights, which are positive."""
        return self.factor_table.factors

    def is_positive(self, signs: Sequence[int]) -> bool:
        """Whether all weights are positive where the factors have these signs."""
        odd = self.factor_table.exponents[:, [f for f, s in enumerate(signs) if s < 0]].sum(axis=1) % 2
        return all(signs) and all((c > 0) != bool(o) for c, o in zip(self.factor_table.coefficients, odd, strict=True))

    @property
    def legend(self) -> str:
        """Which parameters belong to what, where their names do not say it."""
        return self.structure.legend(self.parameters, self.space)

    def parts(self) -> tuple[list[str], list[str], list[str]]:
        """Its visible and hidden variables and its structure, in words."""
        weights = "" if self.normalised else "a table of weights, divided by their sum"
        return *spoken(self.space), [self.structure.described(), weights]

    @property
    def meanings(self) -> Mapping[sympy.Symbol, str]:
        """What the parameters mean, in words, of those that the model was built with in mind."""
        return self.structure.meanings(self.parameters, self.space) if self.told is None else self.told

    @cached_property
    def unused_parameters(self) -> tuple[sympy.Symbol, ...]:
        """Parameters on which no probability depends (allowed; they only add to the kernel of the Jacobian)."""
        used = [any(row[i] for row in self.log_derivatives) for i in range(len(self.parameters))]
        return tuple(p for p, u in zip(self.parameters, used, strict=True) if not u)

    @cached_property
    def log_derivatives(self) -> tuple[tuple[RationalFunction, ...], ...]:
        """The F x d table ``(d f / d theta_i) / f`` of the factors."""
        zero = self.field.zero
        return tuple(tuple(e / f if e else zero for e in f.gradient()) for f in self.factor_table.factors)

    @cached_property
    def weights(self) -> tuple[RationalFunction, ...]:
        """The table, multiplied out: |X| elements of the field (probabilities when normalised)."""
        return tuple(self.factor_table.weight(self.field, x) for x in range(self.space.n_states))

    @cached_property
    def partition(self) -> RationalFunction:
        """The sum of the weights: 1 for a normalised model."""
        return self.field.one if self.normalised else self.field.sum(self.weights)

    @cached_property
    def elements(self) -> tuple[RationalFunction, ...]:
        """The |X| probabilities as elements of the field."""
        return self.weights if self.normalised else tuple(w / self.partition for w in self.weights)

    @property
    def table(self) -> StateTable:
        """The probabilities as sympy expressions, products left as products."""
        entries = zip(self.space.states, map(self.probability, range(self.space.n_states)), strict=True)
        return StateTable(self.space, dict(entries))

    def probability(self, state: Any) -> sympy.Expr:
        """Return the probability of a state, given as in ``table[state]`` or by its number, as a sympy expression.

        >>> from symelbo.models import model_a
        >>> model_a().probability((1, 0, 1))
        x*y*(1 - z)
        """
        is_number = isinstance(state, int | np.integer) and 0 <= state < self.space.n_states
        x = int(state) if is_number else self.space.index(state)
        weight = self._weight(x)
        return weight if self.normalised else weight / self.field.to_sympy(self.partition)

    def _weight(self, x: int) -> sympy.Expr:
        t = self.factor_table
        powers = (self.field.to_sympy(t.factors[f]) ** int(t.exponents[x, f]) for f in np.flatnonzero(t.exponents[x]))
        return sympy.Mul(rational_to_sympy(t.coefficients[x]), *powers)

    def point(self, at: Mapping[Any, Any] | Point | str) -> Point:
        """Return an exact point, checked to lie in the domain; ``"file"``: that of the numbers in the model's file."""
        if isinstance(at, str):
            if at != "file":
                raise DomainError(f'the point {at!r} is unknown; expected values such as {{"x": "1/2"}}, or "file"')
            return self.file_point
        point = super().point(at)
        if point is not at:
            self._check_weights_at(point)
        return point

    def _check_weights_at(self, point: Point) -> None:
        """All probabilities are positive at a point, by the signs of the factors."""
        values = [f.evaluate(point.values) for f in self.factor_table.factors]
        exponents = self.factor_table.exponents

        def outside(x: int, what: str) -> DomainError:
            state = shown_state(self.space.states[x])
            return DomainError(f"the point ({point}) lies outside the domain: the probability of {state} is {what}")

        for f in (f for f, v in enumerate(values) if not v):
            state = int(np.flatnonzero(exponents[:, f])[0])
            raise outside(state, "0" if exponents[state, f] > 0 else "not defined")
        odd = exponents[:, [f for f, v in enumerate(values) if v < 0]].sum(axis=1) % 2
        for x, c in enumerate(self.factor_table.coefficients):
            if (c > 0) == bool(odd[x]):
                raise outside(x, "negative")

    @property
    def file_point(self) -> Point:
        """The numbers of the file that the model was read from, as a point; DomainError if they are on the boundary."""
        if self.file_values is None and self.file is not None:
            for node in self.file.states:
                self.file.rows(node)  # the error says what is wrong with them
        if self.file_values is None:
            raise DomainError("the model was not read from a file with numbers: give the point by its values")
        return exact_point(self.field, self.domain, dict(zip(self.parameters, self.file_values, strict=True)))

    @cached_property
    def remarks(self) -> tuple[str, ...]:
        """What a reader should know about the parametrisation: parameters without effect, dependent statistics."""
        found = []
        if self.impossible:
            states = ", ".join(map(shown_state, self.impossible[:8])) + (", ..." if len(self.impossible) > 8 else "")
            found.append(f"impossible, with an entry that is identically 0, and left out: {states}")
        if not self.space.is_product and self.space.n_visible in (1, self.space.n_states):
            nothing = "visible: all states are seen alike" if self.space.n_visible == 1 else "hidden"
            found.append(f"nothing is {nothing}")
        if self.unused_parameters:
            found.append(f"no probability depends on {', '.join(map(str, self.unused_parameters))}")
        if self.structure.one is not None:
            found.append(
                "independent copies: what the ranks decide, with counterexample and certificate, is that of one copy"
            )
        logs = self.log_derivatives
        if not self.normalised and all(e.is_constant for row in logs for e in row):
            # The scores of the weights are constants: an exponential family in natural parameters.
            rows = np.unique(self.factor_table.exponents, axis=0).astype(np.int64)
            change = Matrix(self.field, logs, len(self.parameters)).evaluate([QQ.one] * len(self.field.generators))
            differences = Matrix(QQ, [[QQ.constant(e) for e in r] for r in (rows - rows[0]).tolist()], rows.shape[1])
            surplus = len(self.parameters) - (differences @ change).rank()
            if surplus:
                found.append(
                    f"overparametrised: {surplus} of the {len(self.parameters)} statistics depend linearly on the "
                    "others and the constants"
                )
        return tuple(found)

    @cached_property
    def _numerals(self) -> frozenset[int]:
        return self.factor_table.numerals(self.field)

    def residues(self, values: Sequence[int], p: int, *, rows: Residues | None = None) -> tuple[Residues, Residues]:
        """Return weights (|X|) and scores of the weights (|X| x d) modulo p at residues of the generators.

        The scores are those of the weights: for an unnormalised model ``d log w``, not centred.  ``rows``: of these
        states only.
        """
        table = self.factor_table
        at, derivatives = self.factor_residues(values, p)
        exponents = table.exponents if rows is None else table.exponents[rows]
        coefficients = table.coefficients if rows is None else [table.coefficients[x] for x in rows.tolist()]
        known = {id(c): c for c in coefficients}  # most tables have one and the same coefficient everywhere
        reduced = {key: residue(c, p) for key, c in known.items()}
        weights = np.array([reduced[id(c)] for c in coefficients], dtype=np.int64)
        for f, value in enumerate(at):
            column = exponents[:, f]
            for e in np.unique(column[column != 0]).tolist():
                weights[column == e] = weights[column == e] * pow(value, e, p) % p
        return weights, product_mod(exponents, derivatives, p)

    def factor_residues(self, values: Sequence[int], p: int) -> tuple[list[int], Residues]:
        """Return the factors and their log-derivatives (F x d) modulo p at residues of the generators.

        Raises
        ------
        DomainError
            A factor, and with it a probability, vanishes modulo p at this point.
        """
        factors = self.keep(
            f"factors modulo {p}", lambda: [log_derivatives_mod(element, p) for element in self.factor_table.factors]
        )
        at, point = [], list(values)
        derivatives = np.zeros((len(factors), len(self.parameters)), dtype=np.int64)
        for f, factor in enumerate(factors):
            value, row = factor(point)
            at.append(value)
            for i, derivative in row.items():
                derivatives[f, i] = derivative
        return at, derivatives

    def _check_sum(self) -> None:
        """The sum is 1: what is not 1 modulo a prime is refused at once, and not written out if that is long."""
        found = ""
        if written_terms(self.factor_table) > LIMITS.sum_terms and (at := self._other_sum()):
            found = at
        elif (whole := total(self.space.digits, self.field, self.factor_table)) != self.field.one:
            found = str(self.field.to_sympy(whole, factored=False))
        if found:
            raise ModelError(
                f"the probabilities sum to {found}, not to 1; "
                "correct the table, or pass weights=True for unnormalised positive weights"
            )

    def _other_sum(self) -> str:
        """Where the sum is seen not to be 1, and what it is there; nothing where it may be 1."""
        rng = random.Random(1)
        for values in (
            [rng.randrange(1, self.prime) for _ in self.field.generators] for _ in range(LIMITS.suspicious_points)
        ):
            try:
                if int(self.residues(values, self.prime)[0].sum()) % self.prime == 1:
                    return ""
                small = [as_rational(Fraction(1 + v % 7, 9 + v % 11)) for v in values]
                at = ", ".join(f"{g} = {v}" for g, v in zip(self.field.generators, small, strict=True))
                return f"{QQ.sum(self.factor_table.weights_at(small))} at {at}"
            except DomainError:
                continue
        return ""

    def _check_positive(self, *, declared: bool) -> None:
        """Every weight is positive at some rational points of the declared domain (a zero or negative one is shown)."""
        if not declared:
            try:
                self.domain.interior_point()
            except DomainError:
                raise ModelError(
                    "no rational parameter found at which all probabilities are positive; "
                    "give domain=[...] or correct the table"
                ) from None
            return
        inside = self.domain.interior_point()
        unsure = self.unsure_factors()
        if not unsure and all(c > 0 for c in self.factor_table.coefficients):
            return  # products of quantities that are positive by declaration
        for values in (inside, *islice(self.domain.interior_points(seed=1), 24), *self._suspects(unsure)):
            if self.factor_table.is_positive_at(values):
                continue
            try:
                weights = self.factor_table.weights_at(values)
            except DomainError as error:
                raise ModelError(f"{error}: {Point(self.field, values)}, inside the declared domain") from None
            for s, w in zip(self.space.states, weights, strict=True):
                if w <= 0:
                    raise ModelError(
                        f"the probability of {shown_state(s)} is {w} at {Point(self.field, values)}, "
                        "inside the declared domain; expected a positive number"
                    )

    def unsure_factors(self) -> list[RationalFunction]:
        """The factors that no inequality of the domain says are positive (exponentials are positive anyway)."""
        positive = {str(c.element.num) for c in self.domain.constraints if c.element.den.is_one()}
        return [f for f in self.factor_table.factors if str(f.num) not in positive and not is_evident(f)]

    def _suspects(self, factors: Sequence[RationalFunction]) -> Iterator[tuple[Value, ...]]:
        """Points of the domain at which a factor is positive, and negative, if the search finds any.

        The search follows the roots of the factor, so that a small corner is found where random points miss it.
        """
        for factor in (side for f in factors for side in (f, -f)):
            wanted = Domain(self.field, (*self.domain.constraints, Constraint(factor, "")))
            yield from islice(wanted.interior_points(seed=1, attempts=LIMITS.suspicious_points), 1)

    def _equations(self) -> Iterator[tuple[str, sympy.Expr]]:
        """The first few probabilities, states as in ``table``; of weights, Z times these."""
        times = "" if self.normalised else "Z "
        for x, s in enumerate(islice(self.space.states, EQUATIONS_SHOWN)):
            yield f"{times}p({state_latex(s)})", self._weight(x)

    def _repr_latex_(self) -> str:
        """The table as a notebook shows it, with a few probabilities."""
        rows = ((left, value_latex(e, self.parameters)) for left, e in self._equations())
        return equations(rows, self.space.n_states)

    def _repr_html_(self) -> str:
        return unfolding(repr(self), self._parts(), unfolded=self.space.n_states <= EQUATIONS_SHOWN)

    def _parts(self) -> Iterator[tuple[Any, Any]]:
        """The table, or the beginning of it, and what it is made of."""
        yield from first((((Math(left),), e) for left, e in self._equations()), self.space.n_states, "table")
        yield "states", self.space
        yield "parameters", self.parameters
        yield "known", self.constants
        yield "domain", self.domain
        if "remarks" in self.__dict__ or self.n_entries <= LIMITS.derived_point_shape:
            yield "remarks", self.remarks

    def __repr__(self) -> str:
        title = self.name or "Model"
        states = "1 state" if self.space.n_states == 1 else f"{self.space.n_states} states"
        shown = self._names_shown()
        named = {0: "no parameters", 1: f"parameter {shown}"}.get(len(self.parameters), f"parameters {shown}")
        return f"{title} with {states} ({self.space.n_visible} visible), {named}"
