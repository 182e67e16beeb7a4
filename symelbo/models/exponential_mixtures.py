"""Mixtures of exponential families: a hidden class h and visible leaves, independent given h, of any support.

``p(v, h) = b(v) pi_h exp(<eta_h, s(v)> - A(eta_h))``, the same base b and statistics s = (s_1 .. s_D) in all classes.
Scores are affine in s: ``d log pi_h + <d eta_h, s - E_h[s]>``, and with Gaussian, Poisson, exponential or geometric
leaves ``d eta``, E_h[s] and Cov_h(s) are rational in the parameters although A and eta need not be.

Distinct exponentials times affine functions of s are linearly independent (the support is N^n or R^n or a product of
half-lines, s polynomial), which is what makes ranks decidable; other bases, such as Gamma shapes, are not offered.

Reference: Lindsay (1995), Mixture models; Lambert (1992) for zero inflation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sympy

from symelbo.errors import DomainError, ModelError
from symelbo.exact import PRIME, Field, Matrix, RationalFunction, Value, numerals, suitable_primes
from symelbo.models.domain import Constraint, Domain
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
    weights : pi_h of every class
    leaves : for every class, one :class:`Leaf` for every visible variable
    statistics : the names of s_1 .. s_D
    """

    field: Field
    domain: Domain
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
        """The means of v and v^2 over all classes, by name, for every visible variable v."""
        found: dict[str, RationalFunction] = {}
        for i, v in enumerate(s for s in self.statistics if not s.endswith("^2")):
            first = [leaves[i].means[0] for leaves in self.leaves]
            second = [m * m + leaves[i].covariance[0, 0] for m, leaves in zip(first, self.leaves, strict=True)]
            for name, means in ((v, first), (f"{v}^2", second)):
                found[name] = self.field.sum(w * m for w, m in zip(self.weights, means, strict=True))
        return found

    def __repr__(self) -> str:
        title, names = self.name or "Mixture", ", ".join(map(str, self.parameters))
        return f"{title} of {len(self.weights)} classes, statistics {', '.join(self.statistics)}, parameters {names}"


def exponential_mixture(
    family: str, classes: int = 2, *, leaves: int = 1, variance: str = "known", name: str | None = None
) -> ExponentialMixture:
    """Return a mixture with free weights whose visible variables are independent given the class.

    Parameters
    ----------
    family : "gaussian", "poisson", "exponential" (rate) or "geometric" (on 0, 1, 2, ...)
    classes : number of classes, at least 2
    leaves : number of visible variables (naive Bayes, where there are several)
    variance : of Gaussian leaves: "known" (1), "shared" by the classes, or "free"
    name : str, optional

    Raises
    ------
    ModelError
        An unknown family; bases that differ between classes are not offered.

    >>> exponential_mixture("poisson")
    Poisson mixture of 2 classes, statistics v, parameters pi1, r1, r2
    """
    if family not in FAMILIES:
        raise ModelError(
            f"family {family!r} is unknown; expected one of {', '.join(FAMILIES)}, with one base for all classes"
        )
    if variance not in VARIANCES or (variance != "known" and family != "gaussian"):
        raise ModelError(f"variance = {variance!r}: expected {', '.join(VARIANCES)}, the last two for Gaussian leaves")
    for what, count, least in (("classes", classes, 2), ("leaves", leaves, 1)):
        if isinstance(count, bool) or not isinstance(count, int) or not least <= count <= 100:
            raise ModelError(f"{what} = {count!r}: expected an integer from {least} to 100")
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
    field = Field([sympy.Symbol(n) for n in names])
    symbol = {n: field.generator(k) for k, n in enumerate(names)}
    weights = [symbol[f"pi{h + 1}"] for h in range(classes - 1)]
    weights.append(field.one - field.sum(weights))
    positive = [*weights, *(symbol[n] for n in names if n[0] in ("r", "w"))]
    if family == "geometric":
        positive += [field.one - symbol[n] for n in names if n[0] == "r"]
    domain = Domain(field, tuple(Constraint(e, f"{e} > 0") for e in positive))

    def leaf(h: int, i: int) -> Leaf:
        noise = symbol.get(f"w{place(None if variance == 'shared' else h, i)}")
        return _leaf(family, symbol[f"{letter}{place(h, i)}"], noise)

    table = tuple(tuple(leaf(h, i) for i in range(leaves)) for h in range(classes))
    shown = [f"v{i + 1}" if leaves > 1 else "v" for i in range(leaves)]
    statistics = tuple(s for v in shown for s in ([v] if variance == "known" else [v, f"{v}^2"]))
    title = name or f"{family.capitalize()} mixture"
    return ExponentialMixture(field, domain, tuple(weights), table, statistics, title)


def _leaf(family: str, x: RationalFunction, noise: RationalFunction | None) -> Leaf:
    field = x.field
    one, two = field.one, field.constant(2)
    if noise is not None:
        second = x * x + noise
        rows = [[noise, two * x * noise], [two * x * noise, two * noise * noise + field.constant(4) * x * x * noise]]
        return Leaf((x / noise, -one / (two * noise)), (one, one), (x, second), Matrix(field, rows))
    factor, mean, square = {
        "gaussian": lambda: (one, x, one),
        "poisson": lambda: (one / x, x, x),
        "exponential": lambda: (-one, one / x, one / (x * x)),
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
