"""Mixtures of exponential families: a hidden class h and visible leaves, independent given h, of any support.

``p(v, h) = pi_h prod_i b_hi(v_i) exp(<eta_hi, s_i(v_i)> - A(eta_hi))``.  Scores are affine in s: ``d log pi_h +
<d eta_h, s - E_h[s]>``, and with Gaussian, Poisson, exponential or geometric leaves ``d eta``, E_h[s] and Cov_h(s) are
rational in the parameters although A and eta need not be.

Different functions ``b exp(<eta, s>)`` are linearly independent over polynomials, which is what makes ranks decidable:
those of Poisson (b = 1/v!) and geometric leaves on N; of Gaussian leaves and exponential ones on the half-line.  So a
leaf may have another family in every class, with densities for the same measure; Erlang leaves are exponential ones
times v^(k-1), and a leaf that is 0 for certain lies where others can be.  A categorical leaf beside the others
multiplies the cells (class, what is seen of it) that the functions of the other leaves are taken in.

Reference: Lindsay (1995), Mixture models; Lambert (1992) for zero inflation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from numbers import Integral
from typing import Any, ClassVar, TypeAlias

import sympy

from symelbo.budget import Limit, budgeted
from symelbo.errors import DomainError, ExactnessError, ModelError
from symelbo.exact import Field, RationalFunction, as_expression, numerals
from symelbo.models.domain import Constraint, Domain
from symelbo.models.entries import parameter_symbols
from symelbo.models.leaves import CATEGORICAL, MEASURES, VALUES, Leaf, leaves_of
from symelbo.models.model import Model, constraints_in
from symelbo.typesetting import Unfolding
from symelbo.typesetting.sentences import Math

FAMILIES = ("gaussian", "poisson", "exponential", "geometric")
VARIANCES = ("known", "shared", "free")
CLASSES = 100

Given: TypeAlias = "Mapping[str, Sequence[Any]]"


@dataclass(eq=False)
class ExponentialMixture(Model, Unfolding):
    """A mixture with exact scores; use :func:`exponential_mixture` to build one.

    Attributes
    ----------
    field, domain : of the parameters
    families : the name of every visible variable, with its family in every class
    components : the weight of every class, and for every visible variable its values there
    cells : of every cell the class, from 0, and the states of the categorical leaves
    weights : of every cell
    leaves : for every cell, one :class:`Leaf` for every visible variable that is not categorical
    statistics : the names of s_1 .. s_D
    powers : of each of them the number of the leaf, and the power of v that it is
    """

    field: Field
    domain: Domain
    families: tuple[tuple[str, tuple[str, ...]], ...]
    components: tuple[tuple[RationalFunction, tuple[tuple[RationalFunction, ...], ...]], ...]
    cells: tuple[tuple[int, tuple[int, ...]], ...]
    weights: tuple[RationalFunction, ...]
    leaves: tuple[tuple[Leaf, ...], ...]
    statistics: tuple[str, ...]
    powers: tuple[tuple[int, int], ...]
    name: str | None = None
    _some_parameter: ClassVar[str] = "pi1"
    needs: ClassVar[str] = "a table of probabilities, or integrals over 1/p_V, which are not exact"

    @property
    def variables(self) -> dict[str, str | list[str]]:
        """The family of every visible variable, or its families in the classes where these differ."""
        return {v: kinds[0] if len(set(kinds)) == 1 else list(kinds) for v, kinds in self.families}

    @property
    def n_entries(self) -> int:
        """The coefficients of (1, s) in every cell, of all scores."""
        return len(self.cells) * (1 + len(self.statistics)) * len(self.parameters)

    @property
    def size(self) -> dict[str, Any]:
        """Its variables and classes, as data."""
        return {**super().size, "variables": self.variables, "hidden": f"{len(self.components)} classes"}

    @cached_property
    def _numerals(self) -> frozenset[int]:
        entries = [*self.weights, *(e for leaves in self.leaves for leaf in leaves for e in leaf.means)]
        return frozenset[int]().union(*map(numerals, entries))

    def with_mass_at_zero(self) -> ExponentialMixture | None:
        """The model over a field with P(v = 0) in one class, where that makes p_V exact: the other is 0 for certain.

        Then v tells the class wherever it is not 0; of other mixtures than these of two classes it never does.
        """
        smooth = [(i, kinds) for i, (_, kinds) in enumerate(self.families) if CATEGORICAL not in kinds]
        if len(self.components) != 2 or len(smooth) != 1 or "zero" not in smooth[0][1]:
            return None
        i, kinds = smooth[0]
        if "geometric" in kinds:
            return self
        (rate,) = self.components[kinds.index("poisson")][1][i]
        mass = sympy.exp(-self.field.to_sympy(rate, factored=False))
        try:
            self.field.from_sympy(mass)
        except ExactnessError:
            return self.keep("mass", lambda: self._rewritten({}, self.parameters, (), mass))
        return self

    def _rewritten(
        self,
        new: Mapping[sympy.Symbol, sympy.Expr],
        parameters: Sequence[sympy.Symbol],
        domain: Sequence[sympy.Basic],
        *also: sympy.Expr,
    ) -> ExponentialMixture:
        def moved(element: RationalFunction) -> sympy.Expr:
            return self.field.to_sympy(element, factored=False).xreplace(new)

        given = [
            {v: (kinds[h], *map(moved, own[i])) for i, (v, kinds) in enumerate(self.families)}
            for h, (_, own) in enumerate(self.components)
        ]
        conditions = [(moved(c.element), c.text) for c in self.domain.constraints]
        numbers = [(e, text) for e, text in conditions if not e.free_symbols]
        constraints_in(self.field, numbers)
        kept = [e > 0 for e, _ in conditions if e.free_symbols]
        weights = [moved(w) for w, _ in self.components]
        return _given(given, weights, parameters, [*domain, *kept], self.name, *also)

    @budgeted("the moments")
    def moments(self, *, budget: Limit = None) -> dict[str, RationalFunction]:
        """The means of v and v^2 over all classes, by name, for every visible variable v that is not categorical."""
        found: dict[str, RationalFunction] = {}
        for i, v in enumerate(v for v, kinds in self.families if CATEGORICAL not in kinds):
            first = [leaves[i].means[0] for leaves in self.leaves]
            second = [m * m + leaves[i].covariance[0, 0] for m, leaves in zip(first, self.leaves, strict=True)]
            for name, means in ((v, first), (f"{v}^2", second)):
                found[name] = self.field.sum(w * m for w, m in zip(self.weights, means, strict=True))
        return found

    def parts(self) -> tuple[list[str], list[str], list[str]]:
        """Its visible variables with their families, and its classes with all that is given, in words."""
        visible = [f"{v}: {kind if isinstance(kind, str) else ' or '.join(kind)}" for v, kind in self.variables.items()]
        shown, classes = self.field.to_sympy, []
        for h, (weight, own) in enumerate(self.components):
            laws = zip(self.families, own, strict=True)
            told = [f"{v} ~ {kinds[h]}({', '.join(str(shown(x)) for x in values)})" for (v, kinds), values in laws]
            classes.append(f"class {h + 1}, weight {shown(weight)}: {', '.join(told)}")
        return visible, classes, ["visible variables independent given the class"]

    def _parts(self) -> Iterator[tuple[Any, Any]]:
        """The classes with their weights, and for every visible variable its family and values."""
        to_sympy = self.field.to_sympy
        for h, (weight, leaves) in enumerate(self.components):
            yield (Math(rf"\pi_{{{h + 1}}}"),), to_sympy(weight)
            for (v, kinds), values in zip(self.families, leaves, strict=True):
                names = ": ".join(filter(None, (kinds[h], ", ".join(VALUES[kinds[h]]))))
                yield f"{v} in class {h + 1} ({names})", [to_sympy(e) for e in values]
        yield "parameters", self.parameters
        yield "domain", self.domain

    def __repr__(self) -> str:
        title, names = self.name or "Mixture", ", ".join(map(str, self.parameters))
        seen = ", ".join(
            [*self.statistics, *(f"{v} (categorical)" for v, kinds in self.families if CATEGORICAL in kinds)]
        )
        return f"{title} of {len(self.components)} classes, statistics {seen}, parameters {names}"


@budgeted("the mixture")
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
    budget: Limit = None,
) -> ExponentialMixture:
    """Return a mixture whose visible variables are independent given the hidden class.

    Parameters
    ----------
    family : "gaussian", "poisson", "exponential" (rate) or "geometric" (on 0, 1, 2, ...), with free parameters;
        or for every class a mapping from visible variable to its family and values there, the families of a variable
        from one of these lines:
        ``("gaussian", mean, variance)``, ``("exponential", rate)``, ``("erlang", shape, rate)``;
        ``("poisson", mean)``, ``("geometric", probability of 0)``, ``("zero",)``, which is 0 for certain;
        ``("categorical", probability of 1, of 2, ...)``.
        Shapes are numbers, and integers where they differ.
    classes : number of classes, at least 2
    leaves : number of visible variables (naive Bayes, where there are several)
    variance : of Gaussian leaves: "known" (1), "shared" by the classes, or "free"
    weights, parameters, domain : where the classes are given: their probabilities, rational in the parameters or
        exponential, the parameters, and inequalities; that weights and rates are positive is added.
    name : str, optional
    budget : seconds, or Budget(seconds=..., memory=...), optional

    Raises
    ------
    ModelError
        An unknown family, families with densities for different measures, classes that coincide, weights that do not
        sum to 1.

    >>> exponential_mixture("poisson")
    Poisson mixture of 2 classes, statistics v, parameters pi1, r1, r2
    >>> m, e = sympy.symbols("m"), sympy.exp(sympy.symbols("m"))
    >>> given = [{"v": ("gaussian", m, 1)}, {"v": ("gaussian", m + 1, 1)}]
    >>> exponential_mixture(given, weights=[1 / (1 + e), e / (1 + e)], parameters=[m])
    Mixture of 2 classes, statistics v, parameters m
    >>> p, r = sympy.symbols("p r")
    >>> exponential_mixture([{"v": ("zero",)}, {"v": ("poisson", r)}], weights=[p, 1 - p], parameters=[p, r])
    Mixture of 2 classes, statistics v, parameters p, r
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
    classes: Sequence[Given],
    weights: Sequence[Any],
    parameters: Iterable[Any],
    domain: Iterable[Any],
    name: str | None,
    *also: sympy.Expr,
) -> ExponentialMixture:
    """The mixture of given classes, checked, over a field that contains further expressions too."""
    families = _families(classes, weights)
    symbols = parameter_symbols(list(parameters))
    values = [[[as_expression(x) for x in given[v][1:]] for v, _ in families] for given in classes]
    probabilities = [as_expression(w) for w in weights]
    field = Field.containing([*also, *probabilities, *(x for own in values for leaf in own for x in leaf)], symbols)
    components = tuple(
        (field.from_sympy(w), tuple(tuple(map(field.from_sympy, leaf)) for leaf in own))
        for w, own in zip(probabilities, values, strict=True)
    )
    if field.sum(w for w, _ in components) != field.one:
        raise ModelError("weights: they do not sum to 1 for all parameters")
    positive: list[RationalFunction] = [w for w, _ in components]
    smooth = [i for i, (_, kinds) in enumerate(families) if CATEGORICAL not in kinds]
    discrete = [i for i, (_, kinds) in enumerate(families) if CATEGORICAL in kinds]
    for i, (v, kinds) in enumerate(families):
        own = [given[i] for _, given in components]
        if i in discrete and any(field.sum(p) != field.one for p in own):
            raise ModelError(f"{v}: the probabilities of a class do not sum to 1 for all parameters")
        positive += [e for kind, x in zip(kinds, own, strict=True) for e in (x[1:] if kind == "gaussian" else x)]
        positive += [field.one - x[0] for kind, x in zip(kinds, own, strict=True) if kind == "geometric"]
    if any(e.is_constant and not e.rational_value() > 0 for e in positive):
        raise ModelError("weights, probabilities, variances and rates have to be positive; one of them is not")
    told = Domain.from_relationals(field, domain).constraints
    inside = {str(e): Constraint(e, f"{e} > 0") for e in positive if not e.is_constant}
    region = Domain(field, (*told, *(c for c in inside.values() if all(c.element != k.element for k in told))))
    try:
        region.interior_point()
    except DomainError as error:
        raise ModelError(f"a mixture needs positive weights, variances and rates: {error}") from None
    if not smooth:
        raise ModelError("all visible variables are categorical: that is a model with a table, see mixture")
    laws = {i: leaves_of(families[i], [given[i] for _, given in components], field) for i in smooth}
    for h, k in product(range(len(components)), repeat=2):
        alike = ((a[h].kind, a[h].base, a[h].shift) == (a[k].kind, a[k].base, a[k].shift) for a in laws.values())
        if h < k and all(alike) and all(components[h][1][i] == components[k][1][i] for i in discrete):
            raise ModelError(f"classes {h + 1} and {k + 1} coincide for all parameters: make one of them")
    cells = [
        (h, states)
        for h, (_, own) in enumerate(components)
        for states in product(*(range(1, len(own[i]) + 1) for i in discrete))
    ]
    products = []
    for h, states in cells:
        weight, law = components[h]
        for i, state in zip(discrete, states, strict=True):
            weight = weight * law[i][state - 1]
        products.append(weight)
    powers = [(i, e) for i, own in enumerate(laws.values()) for e in range(1, 1 + len(own[0].means))]
    names = [families[i][0] for i in smooth]
    return ExponentialMixture(
        field,
        region,
        families,
        components,
        tuple(cells),
        tuple(products),
        tuple(tuple(own[h] for own in laws.values()) for h, _ in cells),
        tuple(f"{names[i]}^2" if e == 2 else names[i] for i, e in powers),
        tuple(powers),
        name,
    )


def _families(classes: Sequence[Given], weights: Sequence[Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The name of every visible variable, with its family in every class."""
    if not isinstance(classes, Sequence) or not all(isinstance(c, Mapping) and c for c in classes):
        raise ModelError('classes: expected a mapping for each, such as {"v": ("poisson", r1)}')
    if not 2 <= len(classes) <= CLASSES or len(weights) != len(classes):
        raise ModelError(
            f"{len(classes)} classes with {len(weights)} weights: expected one for each, and 2 to {CLASSES}"
        )
    found: list[tuple[str, tuple[str, ...]]] = []
    for v in classes[0]:
        if any(set(given) != set(classes[0]) for given in classes):
            raise ModelError("classes: the same visible variables are expected in all of them")
        kinds = []
        for h, given in enumerate(classes, 1):
            leaf = given[v]
            kind = leaf[0] if isinstance(leaf, Sequence) and not isinstance(leaf, str) and leaf else leaf
            if not isinstance(kind, str) or kind not in VALUES or kind is leaf:
                raise ModelError(
                    f"{v}, class {h}: {leaf!r} is no family with its values, the family {kind!r} is unknown; expected "
                    f"one of {', '.join(VALUES)}"
                )
            wanted, n = VALUES[kind], len(leaf) - 1
            if n != len(wanted) and not (kind == CATEGORICAL and n > 1):
                raise ModelError(f"{v}, class {h}: expected {', '.join((kind, *wanted))}, got {n} values")
            kinds.append(kind)
        if not any(set(kinds) <= set(measure) for measure in MEASURES):
            raise ModelError(
                f"{v}: {' and '.join(sorted(set(kinds)))} have no densities for one measure, so that v would tell the "
                f"class; expected families of one of {'; '.join(', '.join(measure) for measure in MEASURES)}"
            )
        if len({len(given[v]) for given in classes}) > 1 and CATEGORICAL in kinds:
            raise ModelError(f"{v}: the same number of probabilities is expected in every class")
        if set(kinds) == {"zero"}:
            raise ModelError(f"{v}: it is 0 in all classes; leave it out")
        found.append((v, tuple(kinds)))
    return tuple(found)


def zero_inflated_poisson() -> ExponentialMixture:
    """Return the zero-inflated Poisson model: v = 0 for certain with probability pi, else Poisson with mean r.

    >>> zero_inflated_poisson()
    Zero-inflated Poisson model of 2 classes, statistics v, parameters pi, r
    """
    pi, r = sympy.symbols("pi r")
    given: list[Given] = [{"v": ("zero",)}, {"v": ("poisson", r)}]
    return _given(given, [pi, 1 - pi], [pi, r], (), "Zero-inflated Poisson model")
