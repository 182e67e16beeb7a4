"""Matrix identities as data: one value that the engine evaluates, the printer typesets and the tests read.

A formula is written in the names of the geometry, products as juxtaposition, ``'`` for the transpose:

    "J_V G- J_V' D_V W = J_V G- J_V'"

Names (all at a point p of the model, n = |X|):

    J, J_V      Jacobians              G, G_V, G_H  Fisher metrics, missing information E[Cov(s|v)]
    G-          a g-inverse of G       U, W         J_V G- J_V' and the visible cometric J_V G_V- J_V'
    P, P_V      diag(p), diag(p_V)     D, D_V       their inverses
    pi, C       marginalisation and horizontal lift      I, I_V   identities
    P_T, P_H    projections onto T and H_p               p, p_V, 1, 1_V  columns
    L           the closed form of the metric of a Bayesian network
"""

from __future__ import annotations

from dataclasses import dataclass

# name -> LaTeX
NAMES: dict[str, str] = {
    "J": "J",
    "J_V": "J_V",
    "G": "G",
    "G_V": "G_V",
    "G_H": r"\mathbb{E}_p[\operatorname{Cov}(s \mid v)]",
    "G-": "G^{+}",
    "U": "U",
    "W": "W",
    "P": r"\operatorname{diag}(p)",
    "P_V": r"\operatorname{diag}(p_V)",
    "D": r"\operatorname{diag}(p)^{-1}",
    "D_V": r"\operatorname{diag}(p_V)^{-1}",
    "pi": r"\dpi",
    "C": "C",
    "I": "I",
    "I_V": "I_V",
    "P_T": r"P_{T}",
    "P_H": r"P_{\mathcal{H}}",
    "p": "p",
    "p_V": "p_V",
    "1": r"\mathbf{1}",
    "1_V": r"\mathbf{1}_V",
    "L": r"G_{\mathrm{loc}}",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A signed product of named matrices; ``factors`` are (name, transposed)."""

    sign: int
    factors: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Formula:
    r"""An identity ``left = right`` between sums of products of the geometry's matrices.

    >>> print(Formula.parse("G = U'").latex())
    G = U^{\top}
    """

    text: str
    left: tuple[Term, ...]
    right: tuple[Term, ...]

    @classmethod
    def parse(cls, text: str) -> Formula:
        """Return the formula that a text denotes."""
        left, equals, right = text.partition("=")
        if not equals:
            raise ValueError(f"formula {text!r} has no '='")
        return cls(text, _terms(left), _terms(right))

    def names(self) -> frozenset[str]:
        """The names that occur."""
        return frozenset(n for t in (*self.left, *self.right) for n, _ in t.factors)

    def latex(self) -> str:
        """The formula in LaTeX."""
        return f"{_latex(self.left)} = {_latex(self.right)}"

    def __str__(self) -> str:
        return self.text


def _terms(side: str) -> tuple[Term, ...]:
    if side.strip() == "0":
        return ()
    terms: list[Term] = []
    sign = 1
    factors: list[tuple[str, bool]] = []
    for word in [*side.split(), "+"]:
        if word in ("+", "-"):
            if factors:
                terms.append(Term(sign, tuple(factors)))
            sign, factors = (1 if word == "+" else -1), []
            continue
        name = word.removesuffix("'")
        if name not in NAMES:
            raise ValueError(f"formula: unknown name {name!r}")
        factors.append((name, word.endswith("'")))
    return tuple(terms)


def _latex(terms: tuple[Term, ...]) -> str:
    if not terms:
        return "0"
    parts = []
    for k, term in enumerate(terms):
        body = r" \, ".join(NAMES[n] + (r"^{\top}" if t else "") for n, t in term.factors)
        sign = ("-" if term.sign < 0 else "") if k == 0 else (" - " if term.sign < 0 else " + ")
        parts.append(sign + body)
    return "".join(parts)
