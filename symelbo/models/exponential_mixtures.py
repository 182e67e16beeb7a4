"""Mixtures of exponential families: a hidden class h and visible leaves, independent given h, of any support.

``p(v, h) = b(v) pi_h exp(<eta_h, s(v)> - A(eta_h))``, the same base b and statistics s = (s_1 .. s_D) in all classes.
Scores are affine in s: ``d log pi_h + <d eta_h, s - E_h[s]>``, and with Gaussian, Poisson, exponential or geometric
leaves ``d eta``, E_h[s] and Cov_h(s) are rational in the parameters although A and eta need not be.

Distinct exponentials times affine functions of s are linearly independent (the support is N^n or R^n or a product of
half-lines, s polynomial), which is what makes ranks decidable.  Classes with different bases, such as Erlang leaves of
different shapes, need not be: they are refused.  A categorical leaf beside the others multiplies the cells (class, what
is seen of it) that the functions of the other leaves are taken in.

Reference: Lindsay (1995), Mixture models; Lambert (1992) for zero inflation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from numbers import Integral
from typing import Any, TypeAlias, TypeVar

import sympy

from symelbo.errors import DomainError, ModelError
from symelbo.exact import (
    PRIME,
    Field,
    Matrix,
    RationalFunction,
    Value,
    as_expression,
    numerals,
    suitable_primes,
)
from symelbo.models.domain import Constraint, Domain
from symelbo.models.entries import parameter_symbols
from symelbo.models.memory import Memory
from symelbo.models.points import Point, exact_point

__all__ = [
    "ExponentialMixture",
    "Leaf",
    "Parametric",
    "ZeroInflatedPoisson",
    "exponential_mixture",
    "zero_inflated_poisson",
]

T = TypeVar("T")

FAMILIES = ("gaussian", "poisson", "exponential", "geometric")
VARIANCES = ("known", "shared", "free")
# The values that a leaf of a family has in a class.
VALUES = {
    "gaussian": "mean, variance",
    "poisson": "mean",
    "exponential": "rate",
    "geometric": "probability of 0",
    "erlang": "shape, rate",
    "categorical": "probabilities of 1, 2, ...",
}
CLASSES = 100

Given: TypeAlias = "Mapping[str, Sequence[Any]]"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One visible variable in one class: statistics with ``d eta = factor dx``, their means and covariances.

    ``base``: the elements x, which determine eta; ``factors`` the functions in front of dx.
    """

    base: tuple[RationalFunction, ...]
    factors: tuple[RationalFunction, ...]
    means: tuple[RationalFunction, ...]
    covariance: Matrix


class Parametric(Memory):
    """What every model with a field and a domain has; what is computed from it is kept with it."""

    field: Field
    domain: Domain

    @property
    def parameters(self) -> tuple[sympy.Symbol, ...]:
        """The parameters, in order."""
        return self.field.parameters

    def point(self, at: Mapping[Any, Any] | Point) -> Point:
        """Return an exact point of the domain from values of the parameters."""
        if isinstance(at, Point):
            return at
        if not isinstance(at, Mapping):
            raise DomainError(f'the point {at!r} is not a mapping from parameters to values, such as {{"pi1": "1/2"}}')
        return exact_point(self.field, self.domain, at)


@dataclass(eq=False)
class ExponentialMixture(Parametric):
    """A mixture with exact scores; use :func:`exponential_mixture` to build one.

    Attributes
    ----------
    field, domain : of the parameters
    families : name and family of every visible variable
    components : the weight of every class, and for every visible variable its values there
    cells : of every cell the class, from 0, and the states of the categorical leaves
    weights : of every cell
    leaves : for every cell, one :class:`Leaf` for every visible variable that is not categorical
    statistics : the names of s_1 .. s_D
    """

    field: Field
    domain: Domain
    families: tuple[tuple[str, str], ...]
    components: tuple[tuple[RationalFunction, tuple[tuple[RationalFunction, ...], ...]], ...]
    cells: tuple[tuple[int, tuple[int, ...]], ...]
    weights: tuple[RationalFunction, ...]
    leaves: tuple[tuple[Leaf, ...], ...]
    statistics: tuple[str, ...]
    name: str | None = None

    @property
    def prime(self) -> int:
        """The prime modulo which matrices of the model are looked at."""
        return next(self.primes_at(()))

    def primes_at(self, values: Sequence[Value]) -> Iterator[int]:
        """Yield primes that suit the numbers of the model and of a point."""
        entries = [*self.weights, *(e for leaves in self.leaves for leaf in leaves for e in leaf.means)]
        return suitable_primes(set[int]().union(*map(numerals, (*entries, *values))))

    def moments(self) -> dict[str, RationalFunction]:
        """The means of v and v^2 over all classes, by name, for every visible variable v that is not categorical."""
        found: dict[str, RationalFunction] = {}
        for i, v in enumerate(s for s in self.statistics if not s.endswith("^2")):
            first = [leaves[i].means[0] for leaves in self.leaves]
            second = [m * m + leaves[i].covariance[0, 0] for m, leaves in zip(first, self.leaves, strict=True)]
            for name, means in ((v, first), (f"{v}^2", second)):
                found[name] = self.field.sum(w * m for w, m in zip(self.weights, means, strict=True))
        return found

    def parts(self) -> tuple[list[str], list[str], list[str]]:
        """Its visible variables with their families, and its classes, in words."""
        visible = [f"{v}: {kind}" for v, kind in self.families]
        return visible, [f"{len(self.components)} classes"], ["visible variables independent given the class"]

    def __repr__(self) -> str:
        title, names = self.name or "Mixture", ", ".join(map(str, self.parameters))
        seen = ", ".join(
            [*self.statistics, *(f"{v} (categorical)" for v, kind in self.families if kind == CATEGORICAL)]
        )
        return f"{title} of {len(self.components)} classes, statistics {seen}, parameters {names}"


CATEGORICAL = "categorical"


def exponential_mixture(
    family: str | Sequence[Given],
    classes: int = 2,
    *,
    leaves: int = 1,
    variance: str = "known",
    weights: Sequence[Any] | None = None,
    parameters: Iterable[Any] | None = None,
    domain: Iterable[Any] | None = None,
    name: str | None = None,
) -> ExponentialMixture:
    """Return a mixture whose visible variables are independent given the hidden class.

    Parameters
    ----------
    family : "gaussian", "poisson", "exponential" (rate) or "geometric" (on 0, 1, 2, ...), with free parameters;
        or for every class a mapping from visible variable to its family and values there: ``("gaussian", mean,
        variance)``, ``("poisson", mean)``, ``("exponential", rate)``, ``("geometric", probability of 0)``,
        ``("erlang", shape, rate)``, the same shape in all classes, ``("categorical", probabilities ...)``
    classes : number of classes, at least 2
    leaves : number of visible variables (naive Bayes, where there are several)
    variance : of Gaussian leaves: "known" (1), "shared" by the classes, or "free"
    weights, parameters, domain : where the classes are given: their probabilities, rational in the parameters or
        exponential, the parameters, and inequalities; that weights and rates are positive is added.
    name : str, optional

    Raises
    ------
    ModelError
        An unknown family, bases that differ between classes, classes that coincide, weights that do not sum to 1.

    >>> exponential_mixture("poisson")
    Poisson mixture of 2 classes, statistics v, parameters pi1, r1, r2
    >>> m, e = sympy.symbols("m"), sympy.exp(sympy.symbols("m"))
    >>> given = [{"v": ("gaussian", m, 1)}, {"v": ("gaussian", m + 1, 1)}]
    >>> exponential_mixture(given, weights=[1 / (1 + e), e / (1 + e)], parameters=[m])
    Mixture of 2 classes, statistics v, parameters m
    """
    if not isinstance(family, str):
        if weights is None or parameters is None:
            raise ModelError("classes that are given need their weights and the parameters")
        return _given(family, weights, parameters, domain or (), name)
    if family not in FAMILIES:
        raise ModelError(
            f"family {family!r} is unknown; expected one of {', '.join(FAMILIES)}, or a mapping for every class"
        )
    if variance not in VARIANCES or (variance != "known" and family != "gaussian"):
        raise ModelError(f"variance = {variance!r}: expected {', '.join(VARIANCES)}, the last two for Gaussian leaves")
    for what, count, least in (("classes", classes, 2), ("leaves", leaves, 1)):
        if isinstance(count, bool) or not isinstance(count, Integral) or not least <= count <= CLASSES:
            raise ModelError(f"{what} = {count!r}: expected an integer from {least} to {CLASSES}")
    letter = "mu" if family == "gaussian" else "r"

    def place(h: int | None, i: int) -> str:
        own = [] if h is None else [str(h + 1)]
        return "_".join([*own, *([str(i + 1)] if leaves > 1 else [])])

    cells = [(h, i) for h in range(classes) for i in range(leaves)]
    names = [f"pi{h + 1}" for h in range(classes - 1)] + [f"{letter}{place(h, i)}" for h, i in cells]
    if variance == "shared":
        names += [f"w{place(None, i)}" for i in range(leaves)]
    elif variance == "free":
        names += [f"w{place(h, i)}" for h, i in cells]
    symbol = {n: sympy.Symbol(n) for n in names}
    free = [symbol[f"pi{h + 1}"] for h in range(classes - 1)]

    def leaf(h: int, i: int) -> tuple[Any, ...]:
        noise = symbol.get(f"w{place(None if variance == 'shared' else h, i)}", 1)
        return (family, symbol[f"{letter}{place(h, i)}"], *([noise] if family == "gaussian" else []))

    shown = [f"v{i + 1}" if leaves > 1 else "v" for i in range(leaves)]
    table = [{v: leaf(h, i) for i, v in enumerate(shown)} for h in range(classes)]
    title = name or f"{family.capitalize()} mixture"
    return _given(table, [*free, 1 - sum(free)], symbol.values(), (), title)


def _given(
    classes: Sequence[Given], weights: Sequence[Any], parameters: Iterable[Any], domain: Iterable[Any], name: str | None
) -> ExponentialMixture:
    """The mixture of given classes, checked."""
    families = _families(classes, weights)
    symbols = parameter_symbols(list(parameters))
    values = [[[as_expression(x) for x in given[v][1:]] for v, _ in families] for given in classes]
    probabilities = [as_expression(w) for w in weights]
    field = Field.containing([*probabilities, *(x for own in values for leaf in own for x in leaf)], symbols)
    components = tuple(
        (field.from_sympy(w), tuple(tuple(map(field.from_sympy, leaf)) for leaf in own))
        for w, own in zip(probabilities, values, strict=True)
    )
    for (h, (_, first)), (k, (_, second)) in combinations(enumerate(components, 1), 2):
        if first == second:
            raise ModelError(f"classes {h} and {k} coincide for all parameters: make one of them")
    if field.sum(w for w, _ in components) != field.one:
        raise ModelError("weights: they do not sum to 1 for all parameters")
    positive: list[RationalFunction] = [w for w, _ in components]
    for i, (v, kind) in enumerate(families):
        own = [values[i] for _, values in components]
        if kind == CATEGORICAL and any(field.sum(p) != field.one for p in own):
            raise ModelError(f"{v}: the probabilities of a class do not sum to 1 for all parameters")
        if kind == "erlang" and any(p[0] != own[0][0] or not p[0].is_constant for p in own):
            raise ModelError(
                f"{v}: Erlang shapes have to be the same number in all classes; with different shapes the densities "
                "of classes can be linearly dependent, and ranks of affine scores are not those of the model"
            )
        positive += [x for p in own for x in (p[1:] if kind == "gaussian" else p)]
        positive += [field.one - p[0] for p in own if kind == "geometric"]
    if any(e.is_constant and not e.rational_value() > 0 for e in positive):
        raise ModelError("weights, probabilities, variances and rates have to be positive; one of them is not")
    inside = {str(e): Constraint(e, f"{e} > 0") for e in positive if not e.is_constant}
    region = Domain(field, (*Domain.from_relationals(field, domain).constraints, *inside.values()))
    smooth = [i for i, (_, kind) in enumerate(families) if kind != CATEGORICAL]
    if not smooth:
        raise ModelError("all visible variables are categorical: that is a model with a table, see mixture")
    discrete = [i for i, (_, kind) in enumerate(families) if kind == CATEGORICAL]
    known = {i: _is_known([values[i][1] for _, values in components]) for i in smooth if families[i][1] == "gaussian"}
    cells = [
        (h, states)
        for h, (_, own) in enumerate(components)
        for states in product(*(range(1, len(own[i]) + 1) for i in discrete))
    ]
    products, table = [], []
    for h, states in cells:
        weight, laws = components[h]
        for i, state in zip(discrete, states, strict=True):
            weight = weight * laws[i][state - 1]
        products.append(weight)
        table.append(tuple(_leaf(families[i][1], laws[i], known=known.get(i, True)) for i in smooth))
    statistics = tuple(
        s for i in smooth for v in [families[i][0]] for s in ([v] if known.get(i, True) else [v, f"{v}^2"])
    )
    return ExponentialMixture(
        field, region, families, components, tuple(cells), tuple(products), tuple(table), statistics, name
    )


def _families(classes: Sequence[Given], weights: Sequence[Any]) -> tuple[tuple[str, str], ...]:
    """Name and family of every visible variable, the same in all classes."""
    if not isinstance(classes, Sequence) or not all(isinstance(c, Mapping) and c for c in classes):
        raise ModelError('classes: expected a mapping for each, such as {"v": ("poisson", "r1")}')
    if not 2 <= len(classes) <= CLASSES or len(weights) != len(classes):
        raise ModelError(
            f"{len(classes)} classes with {len(weights)} weights: expected one for each, and 2 to {CLASSES}"
        )
    found: list[tuple[str, str]] = []
    for v, leaf in classes[0].items():
        if any(set(given) != set(classes[0]) for given in classes):
            raise ModelError("classes: the same visible variables are expected in all of them")
        kinds = {given[v][0] if isinstance(given[v], Sequence) and given[v] else None for given in classes}
        if len(kinds) > 1:
            raise ModelError(f"{v}: a family of its own in every class; the classes need one base, so the same family")
        if leaf[0] not in VALUES:
            raise ModelError(f"{v}: the family {leaf[0]!r} is unknown; expected one of {', '.join(VALUES)}")
        lengths = {len(given[v]) - 1 for given in classes}
        wanted = VALUES[leaf[0]].count(",") + 1
        if len(lengths) > 1 or (lengths.pop() != wanted if leaf[0] != CATEGORICAL else lengths.pop() < 2):
            raise ModelError(f"{v}: expected ({leaf[0]}: {VALUES[leaf[0]]}) in every class")
        found.append((v, leaf[0]))
    return tuple(found)


def _is_known(variances: Sequence[RationalFunction]) -> bool:
    return all(s.is_constant and s == variances[0] for s in variances)


def _leaf(family: str, values: Sequence[RationalFunction], *, known: bool) -> Leaf:
    x = values[-1] if family == "erlang" else values[0]
    field, one = x.field, x.field.one
    two = field.constant(2)
    if family == "gaussian" and not known:
        noise = values[1]
        second = x * x + noise
        rows = [[noise, two * x * noise], [two * x * noise, two * noise * noise + field.constant(4) * x * x * noise]]
        return Leaf((x / noise, -one / (two * noise)), (one, one), (x, second), Matrix(field, rows))
    factor, mean, square = {
        "gaussian": lambda: (one / values[1], x, values[1]),
        "poisson": lambda: (one / x, x, x),
        "exponential": lambda: (-one, one / x, one / (x * x)),
        "erlang": lambda: (-one, values[0] / x, values[0] / (x * x)),
        "geometric": lambda: (-one / (one - x), (one - x) / x, (one - x) / (x * x)),
    }[family]()
    return Leaf((x,), (factor,), (mean,), Matrix(field, [[square]]))


class ZeroInflatedPoisson(Parametric):
    """v = 0 by structure with probability pi, else Poisson with mean r; use :func:`zero_inflated_poisson`."""

    def __init__(self, field: Field, domain: Domain, name: str | None) -> None:
        self.field, self.domain, self.name, self.prime = field, domain, name, PRIME

    def primes_at(self, values: Sequence[Value]) -> Iterator[int]:
        """Yield primes that suit the values of the generators at a point."""
        return suitable_primes(set[int]().union(*map(numerals, values)))

    def __repr__(self) -> str:
        return f"{self.name} with parameters {', '.join(map(str, self.parameters))}"


def zero_inflated_poisson() -> ZeroInflatedPoisson:
    """Return the zero-inflated Poisson model in pi and r.

    >>> zero_inflated_poisson()
    Zero-inflated Poisson model with parameters pi, r
    """
    pi, r = sympy.symbols("pi r")
    field = Field.containing([pi, r, sympy.exp(-r)], [pi, r])
    p, rate = field.from_sympy(pi), field.from_sympy(r)
    domain = Domain(field, tuple(Constraint(e, f"{e} > 0") for e in (p, field.one - p, rate)))
    return ZeroInflatedPoisson(field, domain, "Zero-inflated Poisson model")
