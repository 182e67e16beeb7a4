"""What the graph says of a model: the equivalent network or the obstruction, as the reason of a verdict.

A step of every derivation of a network or a log-linear model, and the whole page on a network without a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from symelbo.derivation.document import Derivation, Page
from symelbo.derivation.recorder import Recorder, cites
from symelbo.derivation.steps import Step, Verdicts
from symelbo.errors import InternalError
from symelbo.explanation.networks import JoiningArrows, NetworkFindings
from symelbo.graphs import Chain, Edge, MarkovCut, MarkovObstruction, NonFace, verify_collapse, verify_reveal
from symelbo.loci import Where
from symelbo.models.criteria import GraphAnswer, graph_answer, graph_question, interactions
from symelbo.statements import Statement
from symelbo.typesetting import symbol_latex
from symelbo.typesetting.sentences import Math, Words, reason, together, words
from symelbo.verification import Proved, Refuted, Verdict
from symelbo.verification.report import verdict_reason, verdict_scope

__all__ = ["NetworkExplanation", "by_graph", "graph_reason", "mended", "network_derivation", "verdict_rows"]

SHOWN = 12
GRAPH = "the graph, checked from the definitions"
RULE = "Markov equivalence: the same skeleton and v-structures (Verma, Pearl 1990)"


def graph_reason(answer: GraphAnswer, turned: Sequence[Edge], name: Callable[[str], str] = symbol_latex) -> Words:
    """Why the graph decides, in one or two sentences; ``name``: how a variable is written."""

    def along(nodes: Iterable[str], sign: str = r" \to ") -> Math:
        return Math(sign.join(map(name, nodes)))

    def named(nodes: Iterable[str]) -> Words:
        return together((Math(name(n)),) for n in nodes)

    def arrows(edges: Sequence[Edge]) -> Words:
        shown = together((along(e),) for e in edges[:SHOWN])
        return shown if len(edges) <= SHOWN else (*shown, f" and {len(edges) - SHOWN} more")

    if isinstance(answer, MarkovCut):
        if not turned:
            return ("The network has no arrow from a hidden to a visible node: it is a cut.",)
        told = "The equivalent network with {} has no arrow from a hidden to a visible node: it is a cut."
        return words(told, arrows(turned))
    if isinstance(answer, MarkovObstruction):
        where = words("in the one with {}, ", arrows(answer.turned)) if answer.turned else ()
        shape, (first, last) = answer.shape, answer.shape.apart
        if isinstance(shape, Chain):
            between = named(shape.nodes[1:-1])
            said = words("the path {} joins {} and {}, which are not adjacent, through the hidden {}.",
                         along(shape.nodes), along([first]), along([last]), between)  # fmt: skip
        else:
            collider = along((first, shape.path[0])).latex + rf" \leftarrow {name(last)}"
            seen = words(", and is seen through {}", along(shape.path)) if len(shape.path) > 1 else ()
            said = words("in {} the hidden {} is not adjacent to {}{}.",
                         Math(collider), along([first]), along([last]), seen)  # fmt: skip
        return ("Every equivalent network has an arrow from a hidden to a visible node: ", *where, *said)
    if isinstance(answer, NonFace):
        hidden = answer.nodes[: -len(answer.boundary)]
        told = "The visible {} are neighbours of the hidden {}{}, but no generator contains them: the model is no cut."
        return words(told, named(answer.boundary), named(hidden), ", connected" if len(hidden) > 1 else ())
    parts = [
        words("those of {} in that of {}", *map(named, (c.nodes, c.generator or ())))
        for c in answer.components[:SHOWN]
        if c.boundary
    ]
    told = "The visible neighbours of hidden variables that are connected lie in one generator"
    return (told, *((", ", *together(parts, "; ")) if parts else ()), ": the model is a cut.")


def by_graph(r: Recorder) -> None:
    """Why the verdict is what it is, where the graph of the model decides it."""
    answer = graph_answer(r.model)
    if answer is None or r.point is not None:
        return
    turned: tuple[Edge, ...] = ()
    if isinstance(answer, MarkovCut | MarkovObstruction):
        graph, hidden = graph_question(r.model)
        if not verify_reveal(graph, hidden, answer):
            raise InternalError(f"the answer {answer} of the graph does not verify")
        turned = tuple(e for e in answer.edges if not graph.has_edge(*e)) if isinstance(answer, MarkovCut) else ()
        rule = RULE
    else:
        hidden = [v.name for v in r.space.hidden if len(v) > 1]
        rule = "collapsibility (Asmussen, Edwards 1983), in both directions"
        if not verify_collapse(interactions(r.model) or (), hidden, answer):
            raise InternalError(f"the answer {answer} of the graph does not verify")
    r.step("Why, by the graph", graph_reason(answer, turned, r.names.variable), rule=rule, cited="S11", basis=GRAPH)


@dataclass(frozen=True, repr=False)
class NetworkExplanation(Page, NetworkFindings):
    """What there is to say about a network without a table, with the page that says it."""

    def derivation(self, chosen: Statement | None = None) -> Derivation:  # noqa: ARG002  # of all explanations
        """The page: what the graph says of S3 and what follows from it."""
        return network_derivation(self)

    def __repr__(self) -> str:
        return f"Explanation of {self.model.name or 'a network'}: {self.headline()}"


def network_derivation(found: NetworkFindings) -> Derivation:
    """What is known of a network without a table, step by step."""
    certificates = {}
    for v in found.report.verdicts:
        for c in (getattr(v, "certificate", None), getattr(v, "extent_certificate", None)):
            if c is not None and hasattr(c, "sha256"):
                certificates[c.sha256] = c
    verdict = found.verdict
    steps = [
        Step("The model", (f"{found.model!r}.",), rule="definition", status="assumed"),
        Step(
            "Cylindrical or not", (found.headline(),), rule="the graph decides, in both directions", cites=cites("S3"),
            certificate=getattr(getattr(verdict, "certificate", None), "sha256", None),
        ),
        Step(
            "Why", graph_reason(found.answer, found.turned()), rule=RULE, cites=cites("S11"), status="verified",
            basis=(GRAPH,),
        ),
    ]  # fmt: skip
    if isinstance(verdict, Refuted) and verdict.counterexample is not None:
        which = verdict.detail.rpartition("; ")[2]
        numbers = " ".join(str(verdict.counterexample).split())
        said = f"{which[:1].upper()}{which[1:]}. There, {numbers}"
        steps.append(Step("Counterexample", (said,), rule="exact arithmetic at a point", cites=cites("S9"),
                          status="verified", basis=("exact arithmetic at the point",)))  # fmt: skip
    if found.repair is not None:
        steps.append(Step(
            "What would mend it", mended(found.repair), rule="joining what the obstructions keep apart",
            cites=cites("S11"), status="verified", basis=("the graph of the changed network",),
        ))  # fmt: skip
    rows = verdict_rows(found.report.verdicts)
    title = found.model.name or "The network"
    return Derivation(title, (), (), tuple(steps), rows, certificates=tuple(certificates.values()))


def verdict_rows(verdicts: Iterable[Verdict]) -> tuple[Verdicts, ...]:
    """The index of verdicts."""
    return tuple(
        Verdicts(v.statement.id, v.statement.title, v.kind, _scope(v), v.statement.reference, _hash(v))
        for v in verdicts
        if v.statement is not None
    )


def _scope(verdict: Verdict) -> Words:
    if isinstance(verdict, Refuted) and verdict.scope == Where.NOWHERE:
        return (str(Where.EVERYWHERE),)
    return reason(verdict_scope(verdict) if isinstance(verdict, Proved | Refuted) else verdict_reason(verdict))


def _hash(verdict: object) -> str | None:
    certificate = getattr(verdict, "extent_certificate", None) or getattr(verdict, "certificate", None)
    return getattr(certificate, "sha256", None)


def mended(repair: JoiningArrows, name: Callable[[str], str] = symbol_latex) -> Words:
    """How few arrows make a network a cut."""
    least = "one arrow is" if repair.at_least == 1 else f"{repair.at_least} arrows are"
    if repair.arrows is None:
        return (f"At least {least} needed to make it a cut; how many are enough was not found out.",)
    shown = together((Math(r" \to ".join(map(name, e))),) for e in repair.arrows[:SHOWN])
    more = f" and {len(repair.arrows) - SHOWN} more" if len(repair.arrows) > SHOWN else ""
    said: Words = (f"With the arrow{'s' * (len(repair.arrows) != 1)} ", *shown, f"{more} it is a cut.")
    if repair.fewest:
        return (*said, " No fewer arrows do.")
    return (*said, f" At least {least} needed; whether fewer than {len(repair.arrows)} do is open.")
