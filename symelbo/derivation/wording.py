r"""The statements S1 to S12 in LaTeX: hypotheses and conclusions as sentences with formulas between dollars."""

from __future__ import annotations

from symelbo.derivation.steps import Relation, Side
from symelbo.statements import Formula, Statement

__all__ = [
    "CONCLUSIONS",
    "CONDITION_FORMULAS",
    "HYPOTHESES",
    "PAPER",
    "QUANTIFIERS",
    "SYMBOLS",
    "cites",
    "identity",
    "symbols_of",
]

PAPER = "Ay, van Oostrum, Datar (2025)"

ADMISSIBLE = (
    r"$\theta$ is admissible: the ranks of $J = \partial p / \partial \theta$ and $J_V = \dpi J$ are constant near it, "
    r"hence equal to their generic values."
)

HYPOTHESES: dict[str, tuple[str, ...]] = {
    "S1": (ADMISSIBLE,),
    "S2": (),
    "S3": (ADMISSIBLE,),
    "S4": (ADMISSIBLE,),
    "S5": (),
    "S6": (),
    "S7": (),
    "S8": (ADMISSIBLE, r"The model is cylindrical at $p$, and $q_V = p^{\ast}$."),
    "S9": (ADMISSIBLE, r"The model is not cylindrical at $p$."),
    "S10": ("The model is a Bayesian network with free conditional tables.",),
    "S11": (
        r"$p(\visible,\hidden) = p(\visible; \xi)\, p(\hidden \mid \visible; \chi)$ with $\xi$ and $\chi$ varying "
        "independently.",
    ),
    "S12": (),
}

CONCLUSIONS: dict[str, str] = {
    "S1": (
        r"For $u = \dpi(\grad^{M} (L \circ \pi))$ and $w = \grad^{M_V} L$ one has "
        r"$g(u, w) = \lVert \grad^{M} (L \circ \pi) \rVert^{2} \ge 0$, and $u = 0$ exactly when $w = 0$."
    ),
    "S2": (
        r"$\horizontalspace$ and $\verticalspace$ are orthogonal, $\dpi$ restricted to $\horizontalspace$ is an "
        r"isometry, and the projection onto $\horizontalspace$ is the conditional expectation given $\visible$."
    ),
    "S3": (r"$\tangent{M} = (\tangent{M} \cap \horizontalspace) \oplus (\tangent{M} \cap \verticalspace)$."),
    "S4": r"The conditions (a) to (g) are all true or all false.",
    "S5": (
        r"$-\grad \KL{q}{\cdot} = q - p$, $-\grad \KL{\datamanifold}{\cdot} = \hat{q}_{p} - p$, "
        r"$-\grad \KL{p^{\ast}}{\cdot} = p^{\ast} - p_V$, and the gradient of the gap is vertical."
    ),
    "S6": (
        r"$\KL{\datamanifold}{p} = \KL{p^{\ast}}{p_V}$, attained at "
        r"$\hat{q}_{p}(\visible,\hidden) = p^{\ast}(\visible)\, p(\hidden \mid \visible)$; "
        r"its differential at $p_0$ is that of $\KL{\hat{q}_{p_0}}{\cdot}$."
    ),
    "S7": (
        r"$\KL{q}{p} = \KL{q_V}{p_V} + \sum_{\visible} q_V(\visible)\, "
        r"\KL{q(\cdot \mid \visible)}{p(\cdot \mid \visible)}$: "
        r"the evidence is the ELBO plus the gap."
    ),
    "S8": (
        r"$\dpi(\grad^{M} \KL{q}{\cdot}) = \dpi(\grad^{M} \KL{\datamanifold}{\cdot}) "
        r"= \grad^{M_V} \KL{p^{\ast}}{\cdot}$ for $q_V = p^{\ast}$."
    ),
    "S9": (
        r"Some $L$ violates $\dpi(\grad^{M} (L \circ \pi)) = \grad^{M_V} L$, and some $q$ with $q_V = p_V$ is moved by "
        r"the ELBO in $P(V)$ although the evidence is optimal."
    ),
    "S10": (
        r"$G$ is block diagonal over pairs (node, state of its parents); each block is the probability of the parents' "
        r"state times the Fisher metric of one categorical distribution."
    ),
    "S11": r"$M$ is cylindrical at every admissible point.",
    "S12": (r"$G = G_V + \mathbb{E}_{p}[\operatorname{Cov}(s \mid \visible)]$, both terms positive semidefinite."),
}

QUANTIFIERS: dict[str, str] = {
    "S1": r"for every differentiable $L$ on $P(V)$",
    "S2": "for all tangent vectors",
    "S3": "at every admissible point",
    "S4": r"for every $L$ on $P(V)$ and every $q$ in $P(X)$",
    "S5": r"for every $q$ in $P(X)$ and $p^{\ast}$ in $P(V)$",
    "S6": r"for every $p^{\ast}$ in $P(V)$ and $q$ in $\datamanifold$",
    "S7": r"for all $p$ and $q$ in $P(X)$",
    "S8": r"for every $q$ in $P(X)$, $p^{\ast} = q_V$",
    "S9": r"for some $L$ and some $q$",
    "S10": "for all tangent vectors",
    "S11": "for every such model",
    "S12": "for all tangent vectors",
}

# The seven conditions of S4.
CONDITION_FORMULAS: dict[str, str] = {
    "a": r"\tangent{M} = (\tangent{M} \cap \horizontalspace) \oplus (\tangent{M} \cap \verticalspace)",
    "b": r"\operatorname{rank} J = \operatorname{rank} J_V + \operatorname{rank}\,(I - C\,\dpi) J",
    "c": r"G_V G^{+} G_V = G_V",
    "d": r"\dpi(\grad^{M} (L \circ \pi)) = \grad^{M_V} L \quad \text{for every } L",
    "e": r"P_{T} P_{\mathcal{H}} = P_{\mathcal{H}} P_{T}",
    "f": r"\text{the eigenvalues of } G_V \text{ relative to } G \text{ are 0 or 1}",
    "g": r"\dpi(\grad^{M} \operatorname{GAP}(q, \cdot)) = 0 \quad \text{for every } q",
}


# What the names in the matrix identities mean, as far as the notation does not say so.
SYMBOLS: dict[str, str] = {
    "J": r"$J = \partial p / \partial \theta$",
    "J_V": r"$J_V = \dpi J$",
    "G": r"$G = J^{\top} \operatorname{diag}(p)^{-1} J$",
    "G_V": r"$G_V = J_V^{\top} \operatorname{diag}(p_V)^{-1} J_V$",
    "G_H": r"$s = \nabla \log p$",
    "U": r"$U = J_V G^{+} J_V^{\top}$",
    "W": r"$W = J_V G_V^{+} J_V^{\top}$",
    "C": r"$(C B)(\visible,\hidden) = p(\hidden \mid \visible)\, B(\visible)$",
    "I": r"$I$ the identity",
    "I_V": r"$I_V$ the identity on $V$",
    "P_T": r"$P_{T}$ the orthogonal projection onto $\tangent{M}$",
    "P_H": r"$P_{\mathcal{H}}$ that onto $\horizontalspace$",
    "1": r"$\mathbf{1}$ the vector of ones",
    "1_V": r"$\mathbf{1}_V$ that on $V$",
    "GAP": (
        r"$\operatorname{GAP}(q, p) = \sum_{\visible} q_V(\visible)\, "
        r"\KL{q(\cdot \mid \visible)}{p(\cdot \mid \visible)}$"
    ),
    "L": r"$G_{\mathrm{loc}}$ the closed form of the metric: a block for every node and state of its parents",
}
# Names that need others.
_NEEDS = {"G": "J", "G_V": "J_V", "J_V": "J", "U": "G", "W": "G_V"}


def symbols_of(s: Statement) -> str:
    """What the names in the identities or conditions of a statement mean, as a list of definitions."""
    names = {n for f in s.formulas for n in f.names()}
    if s.id == "S4":
        names |= {"G", "G_V", "C", "P_T", "P_H", "GAP"}
    while more := {_NEEDS[n] for n in names if n in _NEEDS} - names:
        names |= more
    return ", ".join(meaning for name, meaning in SYMBOLS.items() if name in names)


def cites(s: Statement) -> str:
    """How a statement is cited: its number here, its name, its source."""
    return f"{s.id} ({s.slug}); {s.reference}"


def identity(formula: Formula) -> Relation:
    """A matrix identity as a relation."""
    left, _, right = formula.latex().replace(r"\mid v)", r"\mid \visible)").partition(" = ")
    return Relation(Side(left), "=", Side(right), quantity=formula.text)
