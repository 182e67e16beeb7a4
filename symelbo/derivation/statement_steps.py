"""One statement on a model: what it says, in the words of :mod:`symelbo.statements`, and what was found."""

from __future__ import annotations

from symelbo.derivation.recorder import Recorder
from symelbo.derivation.steps import Relation, Status
from symelbo.statements import CONDITIONS, Formula, Statement
from symelbo.typesetting.sentences import Words, capitalised, notation, read, words
from symelbo.verification import Proved, Refuted, Undecided, Verdict

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
    "P_T": r"$P_{T}$ the orthogonal projection onto $\tangent{\model}$",
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


def hypotheses(s: Statement) -> tuple[Words, ...]:
    """What a statement assumes, as sentences."""
    return tuple((*capitalised(read(h)), ".") for h in s.assumed)


def claim(r: Recorder, s: Statement, verdict: Verdict) -> None:
    """The statement itself, its identities, and the verdict."""
    relations = [identity(f) for f in s.formulas]
    if s.id == "S4":
        relations = [
            Relation.written(rf"\text{{({c.letter})}}", rf"\quad {_condition(c.said)}", "") for c in CONDITIONS
        ]
    said: Words = (*capitalised(read(s.claimed)), " (", *read(s.quantified), ")")
    if s.formulas:
        said = (*said, f", which is equivalent to the matrix identit{'y' if len(s.formulas) == 1 else 'ies'}")
    defined = _definitions(s)
    if defined:
        said = (*said, ", with ", *words(defined))
    certificate = getattr(verdict, "certificate", None)
    told, _ = r.scope(verdict)
    detail = getattr(verdict, "detail", "")
    result: Words = (f"{verdict.kind.capitalize()} (", *told, ")" + (f": {detail}." if detail else "."))
    status: Status | None = None
    rule = "exact evaluation"
    if not isinstance(verdict, Proved | Refuted):
        status = "not decided" if isinstance(verdict, Undecided) else "not applicable"
        rule = "not decided" if isinstance(verdict, Undecided) else "a hypothesis of the statement does not hold"
        result = (f"{status.capitalize()}: ", *told, ".")
    r.step(s.title, (*said, ":" if relations else "."), relations, rule=rule, cited=s.id, status=status,
           certificate=certificate, point=None if certificate is None else certificate.point,
           after=("On this model: ", *result))  # fmt: skip


def identity(formula: Formula) -> Relation:
    """A matrix identity as a relation."""
    left, _, right = formula.latex().replace(r"\mid v)", r"\mid \visible)").partition(" = ")
    return Relation.written(left, right, quantity=formula.text)


def _condition(said: str) -> str:
    r"""A condition as one formula, its words as ``\text``."""
    pieces = enumerate(said.split("$"))
    return " ".join(notation(p) if k % 2 else rf"\text{{{p}}}" for k, p in pieces if p)


def _definitions(s: Statement) -> str:
    """What the names in the identities or conditions of a statement mean, as a list of definitions."""
    names = {n for f in s.formulas for n in f.names()}
    if s.id == "S4":
        names |= {"G", "G_V", "C", "GAP"}
    while more := {_NEEDS[n] for n in names if n in _NEEDS} - names:
        names |= more
    return ", ".join(meaning for name, meaning in SYMBOLS.items() if name in names)
