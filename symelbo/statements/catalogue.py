"""The statements S1 to S12 as values: what is claimed, under which hypotheses, quantified how, from where.

A statement says nothing about how it is decided; that is the business of :mod:`symelbo.verification`, and judged again
by the independent checker.  Quantifiers "for all L" and "for all q" are linear in dL or q, so every conclusion is a
list of matrix identities (:class:`Formula`), a rank equation, or the existence of a counterexample.

The words stand here once: formulas between dollars, in ASCII, which :func:`symelbo.typesetting.sentences.read` turns
into sentences with formulas; without the dollars they are the claims of certificates.

Reference: Ay, van Oostrum, Datar, On the Natural Gradient of the Evidence Lower Bound, JMLR 26(222), 2025.  Only
Proposition 1, Definition 2 and Theorem 3 are attributed by number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from symelbo.errors import DomainError
from symelbo.statements.formulas import Formula
from symelbo.typesetting import Unfolding
from symelbo.typesetting.sentences import mapped, read

# The letters for what is seen and what is hidden, which a document chooses for its model.
_LETTERS = re.compile(r"\\(?:(v)isible|(h)idden)\b")
PAPER = "Ay, van Oostrum, Datar (2025)"


@dataclass(frozen=True, slots=True)
class Statement(Unfolding):
    """One statement of the theory.

    Attributes
    ----------
    id, slug, title : str
        ``"S1"``, ``"gradient-alignment"`` and a short name.
    assumed : tuple of str
        What is assumed of model and point, in words with formulas between dollars.
    claimed : str
        What is claimed, in the same way.
    formulas : tuple of Formula
        The identities to which the conclusion is equivalent (empty: it is decided by ranks or a witness).
    quantified : str
        Over what the conclusion is quantified.
    reference : str
    is_theorem : bool
        False for a property that a model may have or not (cylindricality).
    """

    id: str
    slug: str
    title: str
    assumed: tuple[str, ...]
    claimed: str
    formulas: tuple[Formula, ...]
    quantified: str
    reference: str
    is_theorem: bool = True

    @property
    def hypotheses(self) -> tuple[str, ...]:
        """What is assumed, as plain text: so it stands in certificates."""
        return tuple(map(_unmarked, self.assumed))

    @property
    def conclusion(self) -> str:
        """What is claimed, as plain text."""
        return _unmarked(self.claimed)

    @property
    def quantifier(self) -> str:
        """Over what the conclusion is quantified, as plain text."""
        return _unmarked(self.quantified)

    def __str__(self) -> str:
        return f"{self.id} {self.slug}"

    def __repr__(self) -> str:
        return f"{self}: {self.title}"

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """Hypotheses, conclusion and source."""
        said = [*(("assumed", text) for text in self.assumed), ("claimed", self.claimed), ("for", self.quantified)]
        for name, text in said:
            yield name, mapped(read(text), lambda formula: _LETTERS.sub(r"\1\2", formula))
        yield "source", self.reference


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the seven equivalent conditions of S4."""

    letter: str
    said: str
    formula: Formula | None

    @property
    def text(self) -> str:
        """The condition as plain text."""
        return _unmarked(self.said)


def _unmarked(text: str) -> str:
    return text.replace("$", "")


def _formulas(*texts: str) -> tuple[Formula, ...]:
    return tuple(Formula.parse(t) for t in texts)


ADMISSIBLE = "$theta$ is admissible: $rank J$ and $rank J_V$ have their generic values"

CONDITIONS: tuple[Condition, ...] = (
    Condition("a", "$T = (T n H_p) + (T n V_p)$", None),
    Condition("b", "$rank J = rank J_V + rank (I - C dpi) J$", None),
    Condition("c", "$G_V G^+ G_V = G_V$", Formula.parse("G_V G- G_V = G_V")),
    Condition("d", "$dpi(grad^M (L o pi)) = grad^{M_V} L$ for every $L$", Formula.parse("U = W")),
    Condition("e", "the projections onto $T$ and $H_p$ commute", Formula.parse("P_T P_H = P_H P_T")),
    Condition("f", "the eigenvalues of $G_V$ relative to $G$ are 0 or 1", None),
    Condition(
        "g",
        "$dpi(grad^M GAP(q, .)) = 0$ for every $q$",
        Formula.parse("J_V G- J' D = J_V G- J' D C pi"),
    ),
)

STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "S1",
        "gradient-alignment",
        "The projected gradient never opposes the visible one",
        (ADMISSIBLE,),
        "$g(u, w) = |grad^M (L o pi)|^2$ for $u = dpi grad^M (L o pi)$, $w = grad^{M_V} L$; "
        "$u = 0$ exactly when $w = 0$",
        _formulas("U' D_V W = U", "U = U'"),
        "for every differentiable $L$ on $P(V)$",
        f"{PAPER}, Proposition 1",
    ),
    Statement(
        "S2",
        "submersion",
        "Marginalisation is a Riemannian submersion",
        (),
        "$H_p$ and $V_p$ are orthogonal, $dpi$ on $H_p$ is an isometry, the projection is the conditional expectation",
        _formulas("pi C = I_V", "C' D C = D_V", "C' D = D_V pi", "P_H P_H = P_H", "P_H' D = D P_H"),
        "for all tangent vectors",
        f"{PAPER}, background to Definition 2",
    ),
    Statement(
        "S3",
        "cylindrical",
        "Splitting of the tangent space",
        (ADMISSIBLE,),
        "$T = (T n H_p) + (T n V_p)$",
        (),
        "at every admissible point",
        f"{PAPER}, Definition 2",
        is_theorem=False,
    ),
    Statement(
        "S4",
        "cylindrical-characterisation",
        "Seven equivalent conditions",
        (ADMISSIBLE,),
        "conditions (a) to (g) are all true or all false",
        (),
        "for every $L$ on $P(V)$ and every $q$ in $P(X)$",
        f"{PAPER}, contains Theorem 3",
    ),
    Statement(
        "S5",
        "unconstrained-gradients",
        "In the simplex the gap has vanishing natural gradient",
        (),
        "$-grad D(q||.) = q - p$, $-grad D(Q||.) = qhat - p$, $-grad D(p*||.) = p* - p_V$, "
        "the gap's gradient is vertical",
        _formulas(
            "P D - p p' D = I - p 1'",
            "P D C - p p' D C = C - p 1_V'",
            "P_V D_V - p_V p_V' D_V = I_V - p_V 1_V'",
            "pi P D - pi p p' D = pi P D C pi - pi p p' D C pi",
        ),
        "for every $q$ in $P(X)$ and $p*$ in $P(V)$",
        PAPER,
    ),
    Statement(
        "S6",
        "data-manifold",
        "Perfect recognition attains the divergence from the data manifold",
        (),
        "$D(Q||p) = D(p*||p_V)$, attained at $qhat$; its differential at $p0$ is that of $D(qhat_{p0}||.)$",
        _formulas("pi C = I_V", "D C = pi' D_V"),
        "for every $p*$ in $P(V)$ and $q$ in $Q$",
        PAPER,
    ),
    Statement(
        "S7",
        "elbo-decomposition",
        "Evidence = ELBO + gap",
        (),
        "$D(q||p) = D(q_V||p_V) + GAP(q, p)$ and $log p_V(v) - ELBO(q, p; v) = D(q(.|v) || p(.|v))$",
        (),
        "for all $p$ and $q$ in $P(X)$",
        PAPER,
    ),
    Statement(
        "S8",
        "elbo-equivalence",
        "On a cylindrical model the ELBO follows the natural gradient of the evidence",
        (ADMISSIBLE, "the model is cylindrical"),
        "$dpi grad^M D(q||.) = dpi grad^M D(Q||.) = grad^{M_V} D(p*||.)$ for $q_V = p*$",
        _formulas("J_V G- J' D = W D_V pi", "U D_V = W D_V"),
        "for every $q$ in $P(X)$, $p* = q_V$",
        f"{PAPER}, the main theorem",
    ),
    Statement(
        "S9",
        "converse",
        "Where the model is not cylindrical the equality fails",
        (ADMISSIBLE, "the model is not cylindrical at $theta$"),
        "some $L$ violates condition (d); "
        "some $q$ with $q_V = p_V$ is moved by the ELBO although the evidence is optimal",
        (),
        "there exist $L$ and $q$",
        PAPER,
    ),
    Statement(
        "S10",
        "locality",
        "The metric of a Bayesian network is block diagonal",
        ("the model is a Bayesian network with free conditional tables",),
        "$G$ is block diagonal over (node, parent state), each block $p(pa)$ times a categorical distribution's metric",
        _formulas("J' D J = L"),
        "for all tangent vectors",
        "Ay (2023), Information Geometry 6",
    ),
    Statement(
        "S11",
        "cut",
        "A cut makes a model cylindrical",
        ("$p(v, h) = p(v; xi) p(h | v; chi)$ with $xi, chi$ varying independently",),
        "$M$ is cylindrical at every admissible point",
        (),
        "at every admissible point",
        "Barndorff-Nielsen (1978), cuts; Asmussen and Edwards (1983), collapsibility",
    ),
    Statement(
        "S12",
        "missing-information",
        "The missing information principle",
        (),
        "$G = G_V + E_p[Cov(s | v)]$, both terms positive semidefinite",
        _formulas("G = G_V + G_H"),
        "for all tangent vectors",
        "Orchard and Woodbury (1972)",
    ),
)


def statement(name: str | Statement) -> Statement:
    """Return a statement by id (``"S4"``) or slug (``"cylindrical-characterisation"``).

    >>> statement("S3").slug
    'cylindrical'
    """
    if isinstance(name, Statement):
        return name
    for s in STATEMENTS:
        if str(name).lower() in (s.id.lower(), s.slug):
            return s
    known = ", ".join(f"{s.id} {s.slug}" for s in STATEMENTS)
    raise DomainError(f"unknown statement {name!r}; known are {known}")
