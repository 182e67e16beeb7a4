"""Where something holds: the one vocabulary of scopes, of verdicts, loci, certificates, explanations and JSON.

A scope is about the admissible points of a model.  A refuted property has one too: where it holds nevertheless.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import sympy

from symelbo.errors import InternalError
from symelbo.geometry import Ranks
from symelbo.loci.components import AnyPoint
from symelbo.typesetting import Unfolding

Kind = Literal[
    "point", "here", "not here", "generic", "everywhere", "nowhere", "exactly on", "off", "open", "in part", "space"
]

# The words of every kind; {} are the components.
WORDS: dict[str, str] = {
    "point": "at a point",
    "here": "at this point",
    "not here": "not at this point",
    "generic": "generically",
    "everywhere": "at every admissible point",
    "nowhere": "nowhere",
    "exactly on": "exactly on {}",
    "off": "off {}",
    "open": "open",
    "in part": "on {} at least; the rest is open",
    "space": "for all p and q in P(X)",
}

# The names in certificates.
_CLAIMED: dict[str, str] = {
    "point": "point",
    "generic": "generic",
    "everywhere": "every-admissible-point",
    "nowhere": "no-admissible-point",
    "space": "space",
}


@dataclass(frozen=True, slots=True)
class LocusComponent:
    """A component of the locus, or of the inadmissible set, inside the domain.

    Attributes
    ----------
    equations : polynomials (sympy) that vanish on it
    restriction : mapping from solved generators to expressions in the others, for ``M.on``
    remaining : polynomials that no generator could be solved for
    dimension : of the component (the number of free generators less that of the equations)
    point : an exact point of it in the domain, admissible on a component of the locus
    ranks : those of J, J_V and the vertical part at that point, the largest found on the component
    largest : whether it is proved that rank J and rank J_V are nowhere larger on it: they have these values at all its
        points outside a smaller set
    """

    equations: tuple[sympy.Expr, ...]
    restriction: Mapping[sympy.Expr, sympy.Expr]
    remaining: tuple[sympy.Expr, ...]
    dimension: int
    point: AnyPoint
    ranks: Ranks
    largest: bool

    def at(self) -> dict[sympy.Expr, sympy.Expr]:
        """Return the point as exact sympy numbers."""
        return self.point.as_dict()

    @property
    def solved(self) -> tuple[tuple[sympy.Expr, sympy.Expr], ...]:
        """The restriction for reading: ``exp(w) = 1`` as ``w = 0``."""
        return tuple(_without_exponentials(k, v) for k, v in self.restriction.items())

    def __str__(self) -> str:
        solved = [f"{k} = {v}" for k, v in self.solved]
        solved += [f"{e} = 0" for e in self.remaining]
        return ", ".join(solved) or "the whole domain"


def _without_exponentials(key: sympy.Expr, value: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
    """``exp(c w) = prod exp(...)`` as an equation for w; every other equation as it is."""
    if not isinstance(key, sympy.exp):
        return key, value
    coefficient, symbol = key.args[0].as_coeff_Mul()
    logarithm = sympy.expand_log(sympy.log(value), force=True)
    if not symbol.is_Symbol or logarithm.has(sympy.log):
        return key, value
    return symbol, sympy.expand(logarithm / coefficient)


@dataclass(frozen=True, slots=True)
class Where(Unfolding):
    """At a point, generically, at every admissible point, nowhere, exactly on some components, or open.

    Attributes
    ----------
    kind : "point", "here" and "not here" (the point that was asked for), "generic", "everywhere", "nowhere",
        "exactly on", "off", "in part" (on the components at least), "open", or "space": for all p and q in P(X)
    components : of the locus, each with an admissible point

    >>> print(Where.NOWHERE)
    nowhere
    >>> Where.NOWHERE.claim
    'no-admissible-point'
    """

    kind: Kind
    components: tuple[LocusComponent, ...] = ()

    POINT: ClassVar[Where]
    HERE: ClassVar[Where]
    NOT_HERE: ClassVar[Where]
    GENERICALLY: ClassVar[Where]
    EVERYWHERE: ClassVar[Where]
    NOWHERE: ClassVar[Where]
    OPEN: ClassVar[Where]
    SPACE: ClassVar[Where]

    @classmethod
    def solved(cls, components: Sequence[LocusComponent], *, all_found: bool = True) -> Where:
        """Return exactly on the components, or nowhere; on these at least, or open, where not all are found."""
        kinds: tuple[Kind, Kind] = ("exactly on", "nowhere") if all_found else ("in part", "open")
        return cls(kinds[0] if components else kinds[1], tuple(components))

    @property
    def is_open(self) -> bool:
        """Whether there may be more points than those it names."""
        return self.kind in ("open", "in part")

    @property
    def is_locus(self) -> bool:
        """Whether it says of a refuted property where it holds nevertheless."""
        return self.kind in ("nowhere", "exactly on")

    @property
    def claim(self) -> str:
        """The name in a certificate."""
        try:
            return _CLAIMED[self.kind]
        except KeyError:
            raise InternalError(f"no certificate claims that something holds {self}") from None

    @property
    def sets(self) -> str:
        """The components as sets in words."""
        return " or ".join("{" + str(c) + "}" for c in self.components)

    def _parts(self) -> Iterator[tuple[str, str]]:
        return (("{" + str(c) + "}", f"for example {c.point}") for c in self.components)

    def __repr__(self) -> str:
        return WORDS[self.kind].format(self.sets)


Where.POINT, Where.HERE, Where.NOT_HERE = Where("point"), Where("here"), Where("not here")
Where.GENERICALLY, Where.EVERYWHERE, Where.NOWHERE = Where("generic"), Where("everywhere"), Where("nowhere")
Where.OPEN, Where.SPACE = Where("open"), Where("space")
