"""The tangent space: horizontal and vertical space, ranks and bases, the verdict on whether it splits."""

from __future__ import annotations

from typing import Any

import sympy

from symelbo.derivation.recorder import VECTORS_SHOWN, Recorder
from symelbo.derivation.steps import Relation
from symelbo.errors import BudgetError, DomainError
from symelbo.exact import QQ, Matrix
from symelbo.geometry import TangentDecomposition, decompose
from symelbo.loci import Where
from symelbo.statements.catalogue import PAPER
from symelbo.typesetting import length, oriented
from symelbo.typesetting.sentences import listed, words
from symelbo.verification import Proved, Refuted

_COMPLETING = "completes these to a basis"
# Symbols in a basis vector that is written out.
LONGEST_VECTOR = 120


def spaces(r: Recorder) -> None:
    """Horizontal and vertical vectors."""
    n, m = r.space.n_visible, r.space.n_states
    lifted = r"\{ A : A(\visible,\hidden) = p(\hidden \mid \visible)\, B(\visible) \}"
    relations = [
        Relation.written(r"\horizontalspace", rf"{lifted}, \qquad \dim \horizontalspace = {n - 1}"),
        Relation.written(r"\verticalspace", rf"\{{ A : \dpi A = 0 \}}, \qquad \dim \verticalspace = {m - n}"),
    ]
    text = words(
        r"Horizontal vectors have scores that depend on $\visible$ alone, vertical ones have scores of conditional "
        r"mean zero; here $B$ is any vector on $V$ of sum zero. The two spaces are orthogonal, and $\dpi$ is an "
        r"isometry on $\horizontalspace$."
    )
    r.step(
        "Horizontal and vertical space", text, relations, full=True, rule="definition; identities for every table",
        cited="S2", certificate=r.certificate("S2"), basis="table",
    )  # fmt: skip


def decomposition(r: Recorder) -> None:
    """Ranks, dimensions and bases."""
    ranks = r.ranks
    told = (
        rf"{ranks.joint}, \qquad \operatorname{{rank}} J_V = {ranks.visible}, "
        rf"\qquad \operatorname{{rank}}\,(I - C\,\dpi) J = {ranks.vertical}"
    )
    relations = [Relation.written(r"\operatorname{rank} J", told)]
    horizontal, vertical = ranks.joint - ranks.vertical, ranks.joint - ranks.visible
    lift = r"Let $(C B)(\visible,\hidden) = p(\hidden \mid \visible)\, B(\visible)$. "
    if not r.ranks_are_exact:
        r.step(
            "Ranks", lift + "The ranks at a random point modulo a prime, lower bounds of the generic ones, are",
            relations,
            rule="nonzero minors modulo a prime", basis="lower bounds; the upper ones are open",
        )  # fmt: skip
        return
    everywhere = isinstance(r.cylindrical, Proved) and r.cylindrical.scope == Where.EVERYWHERE
    where = "The ranks are, " + ("" if everywhere else "the first two ") + "at every admissible point"
    where += "" if everywhere else " and the third generically"
    r.step(
        "Ranks",
        f"{lift}{where if r.point is None else f'The ranks are, at {r.at_point(r.point)}'},",
        relations, rule="definition; nonzero minors from below, dimensions or null vectors from above",
        basis="exact ranks",
        after=rf"Hence $\dim (\tangent{{\model}} \cap \horizontalspace) = {ranks.joint} - {ranks.vertical} "
            rf"= {horizontal}$ and $\dim (\tangent{{\model}} \cap \verticalspace) = {ranks.joint} - {ranks.visible} "
            rf"= {vertical}$: $\tangent{{\model}}$ has dimension "
            rf"${ranks.joint} = {horizontal} + {vertical} + {ranks.oblique}$"
            + (r" and splits." if not ranks.oblique else
               rf", and a part of dimension {ranks.oblique} is neither horizontal nor vertical."),
    )  # fmt: skip
    if r.symbolic:
        bases(r, decompose(r.model))


def bases(r: Recorder, found: TangentDecomposition) -> None:
    """Bases of the parts, as combinations of the coordinate vectors."""
    described, complement = oblique(r, found)
    parts = [
        ("H", "horizontal", "is horizontal", r"(I - C\,\dpi) J {c} = 0", found.horizontal_parameters),
        ("V", "vertical", "is vertical", "J_V {c} = 0", found.vertical_parameters),
        ("N", "null", "moves no probability", "J {c} = 0", found.null_parameters),
        ("O", "oblique", described, "", complement),
    ]
    lines: list[Relation] = []
    kinds: list[str] = []
    skipped = 0
    c = r.coordinate
    for letter, kind, name, equation, vectors in parts:
        columns = vectors.primitive_columns()
        shown = 0
        for j in range(columns.ncols):
            expressions = oriented(map(r.model.field.to_sympy, columns.column_entries(j)), r.model.parameters)
            if shown >= VECTORS_SHOWN // 2 or sum(map(length, expressions)) > LONGEST_VECTOR:
                continue
            shown += 1
            value = sympy.Add(*(e * r.partial(i) for i, e in enumerate(expressions) if e))
            lines.append(Relation.of(f"{letter}_{{{j + 1}}}", value, f"{kind}[{j}]"))
        skipped += (found.dims.oblique if kind == "oblique" else columns.ncols) - shown
        if shown:
            kinds.append(f"${letter}_j$ {name}" + (f" (${equation.format(c=c)}$)" if equation else ""))
    if not lines and not skipped:
        return
    text = rf"The tangent vector $J {c}$ is written $\sum_{{i}} {c}_i\, \partial_{{i}}$. " + listed(kinds)
    r.step(
        "Bases", text + ":" if kinds else text.strip(), lines, rule="definition; null vectors over the field",
        basis="identity", more=skipped,
    )  # fmt: skip


def oblique(r: Recorder, found: TangentDecomposition) -> tuple[str, Matrix]:
    """Vectors that complete the others to a basis: orthogonal ones where they are short, else coordinate vectors."""
    nothing = Matrix.zeros(r.model.field, len(r.model.parameters), 0)
    if not 0 < found.dims.oblique <= VECTORS_SHOWN // 2:
        return "", nothing
    if r.model.structure.families is None:  # the metric's inverse has no closed form: it can be large
        return _COMPLETING, completing(r, found) or nothing
    try:
        vectors = found.oblique_parameters.primitive_columns()
        longest = max(
            sum(length(r.model.field.to_sympy(e)) for e in vectors.column_entries(j)) for j in range(vectors.ncols)
        )
        if longest <= LONGEST_VECTOR:
            return "is orthogonal to these", vectors
    except BudgetError:
        pass
    return _COMPLETING, completing(r, found) or nothing


def completing(r: Recorder, found: TangentDecomposition) -> Matrix | None:
    """Coordinate vectors that complete the others to a basis, at the point of the verdict and so generically."""
    point = getattr(r.cylindrical, "point", None)
    if point is None or not point.is_rational:
        return None
    parts = (found.horizontal_parameters, found.vertical_parameters, found.null_parameters)
    joined = parts[0].primitive_columns()
    for part in parts[1:]:
        joined = joined.beside(part.primitive_columns())
    try:
        values = joined.map(lambda e: e.evaluate(point.values), QQ)
    except DomainError:
        return None
    d = len(r.model.parameters)
    _, pivots = values.beside(Matrix.identity(QQ, d)).rref()
    if len(pivots) != d or list(pivots[: joined.ncols]) != list(range(joined.ncols)):
        return None
    return Matrix.identity(r.model.field, d).columns([k - joined.ncols for k in pivots[joined.ncols :]])


def verdict(r: Recorder) -> None:
    """Cylindrical or not, and why."""
    found, ranks = r.cylindrical, r.ranks
    sign = ">" if ranks.oblique else "="
    sum_of_ranks = rf"{ranks.visible} + {ranks.vertical} {sign} {ranks.joint} = \operatorname{{rank}} J"
    relations = [Relation.written(r"\operatorname{rank} J_V + \operatorname{rank}\,(I - C\,\dpi) J", sum_of_ranks)]
    certificate: Any = getattr(found, "certificate", None)
    point = getattr(found, "point", None) if r.point is None else r.point
    cited = f"{PAPER}, Definition 2 and Theorem 3"
    rule = "condition (b) of S4, with null vectors as certificate"
    if isinstance(found, Proved) and point is None:
        text = words(f"{{}} is cylindrical {found.scope}: ", r.subject)
        if certificate is not None and certificate.witness["kind"] != "null-vectors":
            text = (*text, *words(
                r"it is a cut, $p_V$ and $p(\hidden \mid \visible)$ vary independently."
            ))  # fmt: skip
            rule, cited = "cut found by a criterion on graphs", "S11"
        else:
            text = (*text, *words(
                r"horizontal, vertical and null vectors together span the parameter space, so that "
                r"$\tangent{\model} = (\tangent{\model} \cap \horizontalspace) \oplus "
                r"(\tangent{\model} \cap \verticalspace)$."
            ))  # fmt: skip
    elif isinstance(found, Proved) and point is not None:
        text = words(f"{{}} is cylindrical at {r.at_point(point)}: the ranks add up:", r.subject)
        rule = "condition (b) of S4, ranks by exact elimination"
    elif isinstance(found, Refuted) and point is not None:
        admissible = ", which is admissible," if r.ranks_are_exact and r.point is None else ""
        dense = "" if certificate.scope == "point" else ", and neither do they at the points of a dense open set"
        text = words(
            f"{{}} is not cylindrical: at {r.at_point(point)}{admissible} the ranks do not add up{dense}:", r.subject
        )
        rule = "condition (b) of S4, ranks by exact elimination"
    else:
        reason = getattr(found, "reason", "") or getattr(found, "hypothesis", "")
        r.step(
            "Verdict", words("Whether {} is cylindrical is undecided: {}.", r.called, reason),
            rule="not decided", cited=cited, status="not decided",
        )  # fmt: skip
        return
    if r.model.structure.one is not None:
        rule += ", on one copy, whose certificate this is: scores of independent copies add"
    basis = "exact ranks" if r.ranks_are_exact else ""
    r.step("Verdict", text, relations, rule=rule, cited=cited, certificate=certificate, point=point, basis=basis)
