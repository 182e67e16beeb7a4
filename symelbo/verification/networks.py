"""Networks without a table: decided by their graph, and at the numbers of a file by reduction to smaller networks.

The graph decides whether a network is cylindrical at every admissible point, or not on a dense open set
(:mod:`symelbo.graphs`).  Not cylindrical nowhere, for that says more: it is asked of small subnetworks, which together
are equivalent to the network (:func:`symelbo.models.reduction.reduce_network`), and so are the numbers of a file, where
a network may be cylindrical although it is not so elsewhere.  The independent checker judges the verdict: it looks at
the arrows, and rebuilds the subnetworks.  At the numbers of a file it judges the certificates of the subnetworks only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product
from math import inf, prod
from typing import Any

import networkx as nx

from symelbo.budget import LIMITS
from symelbo.certificates import Certificate, NetworkCertificate, canonical_json
from symelbo.errors import BudgetError, DomainError, InternalError
from symelbo.graphs import Edge, MarkovCut, MarkovObstruction, reveal, verify_reveal
from symelbo.loci import Where
from symelbo.models.criteria import graph_question
from symelbo.models.graphs import Network, free_tables
from symelbo.models.networks import subnetwork_point
from symelbo.models.parametrization import Parametrization
from symelbo.models.reduction import Reduction, Subnetwork, reduce_network
from symelbo.verification.judgement import judged
from symelbo.verification.report import verdict_reason
from symelbo.verification.tables import TableExamination, nowhere_cylindrical
from symelbo.verification.verdicts import Proved, Refuted, Undecided, Verdict

SHOWN = 12
ASSUMED = "assumed, not judged by the checker: that the verdicts on the subnetworks add up to this one"


@dataclass(frozen=True, slots=True)
class PointCertificates:
    """What a verdict at the numbers of a file rests on: certificates of the subnetworks at their own points.

    The independent checker judges each of them.  That the points are those of the file, and that the verdicts add up
    to one on the network, is the reduction theorem: assumed here, not judged.
    """

    parts: tuple[tuple[Subnetwork, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the certificates as JSON data."""
        subnetworks = [
            {
                "edges": [list(e) for e in part.edges],
                "hidden": list(part.hidden),
                "context": list(part.context),
                "strata": list(part.strata),
                "certificate": certificate.as_dict(),
            }
            for part, certificate in self.parts
        ]
        return {"format": "symelbo-certificates-of-subnetworks", "subnetworks": subnetworks}

    def to_json(self) -> str:
        """Return the certificates as canonical JSON."""
        return canonical_json(self.as_dict())


def decide_network(M: Network, at: str | Mapping[Any, Any] | None = None) -> Verdict:
    """Decide whether a network without a table is cylindrical: by its graph, or at the numbers of its file.

    Parameters
    ----------
    M : Network
    at : "file", optional

    Returns
    -------
    Proved, Refuted (its counterexample is one of a subnetwork, if of any) or, at the numbers of a file, Undecided.

    >>> from symelbo.models import bayesian_network
    >>> chain = nx.DiGraph([(f"v{i}", f"v{i + 1}") for i in range(40)])
    >>> decide_network(bayesian_network([*chain.edges, ("v40", "h")], hidden=["h"]))
    Proved at every admissible point: Markov equivalent without arrow from hidden to visible: the network itself
    >>> print(decide_network(bayesian_network([*chain.edges, ("h", "v20")], hidden=["h"])).detail)
    h -> v20 <- v19 with h hidden and not adjacent to v19; a counterexample is that of the subnetwork of h, v19, v20
    """
    if at is not None and at != "file":
        raise DomainError("a network without a table has no points other than at='file', the numbers of its file")
    graph, hidden = graph_question(M)
    answer = reveal(graph, hidden)
    if not verify_reveal(graph, hidden, answer):
        raise InternalError("the answer of the graph does not verify")
    if isinstance(answer, MarkovCut):
        turned = turned_arrows(tuple(graph.edges), answer)
        detail = f"Markov equivalent without arrow from hidden to visible: {turned}"
        return judged(Proved(NetworkCertificate.of_graph(M, answer), Where.EVERYWHERE, detail=detail))
    return _refuted_by_graph(M, graph, answer) if at is None else _at_the_file(M, graph, answer)


def _refuted_by_graph(M: Network, graph: nx.DiGraph, answer: MarkovObstruction) -> Verdict:
    """Refuted generically; nowhere if a small subnetwork says so.  That gives a counterexample, if there is one."""
    refuted = Refuted(None, NetworkCertificate.of_graph(M, answer), Where.GENERICALLY, detail=str(answer))
    several = len(graph) == len(M.space.variables)
    parts = reduce_network(graph, _hidden(M)).subnetworks if several and len(graph) <= LIMITS.reduced_nodes else ()
    small = [
        p
        for p in sorted(parts, key=lambda p: len(p.nodes))
        if _work(M, p.nodes, p.edges) <= LIMITS.quick_subnetwork_shape
    ]
    shown: Refuted | None = None
    for part in small[: LIMITS.refuting_subnetworks]:
        examination = TableExamination(_model(M, part.nodes, part.edges, part.hidden))
        verdict = examination.cylindrical
        if not isinstance(verdict, Refuted):
            continue
        said = f"{answer}; a counterexample is that of the subnetwork of {_some(part.nodes)}"
        found = replace(refuted, counterexample=verdict.counterexample, detail=said)
        if (nowhere := _nowhere(examination)) is not None:
            extent = NetworkCertificate.of_parts(M, [nowhere], refuted=True)
            whole = judged(replace(found, scope=Where.NOWHERE, extent_certificate=extent))
            if isinstance(whole, Refuted) and whole.extent_certificate is not None:
                return whole
        shown = found if shown is None else shown
    if shown is None:
        nodes = answer.shape.nodes
        edges = tuple(answer.equivalent(graph).subgraph(nodes).edges)
        if _work(M, nodes, edges) <= LIMITS.quick_subnetwork_shape:
            model = _model(M, nodes, edges, [h for h in _hidden(M) if h in nodes])
            said = f"{answer}; a counterexample is that of {_some(nodes)} alone: near it, with all other arrows off"
            shown = replace(refuted, counterexample=TableExamination(model).counterexample, detail=said)
    return judged(refuted if shown is None else shown)


def _nowhere(examination: TableExamination) -> Certificate | None:
    """A certificate that a subnetwork is cylindrical nowhere, where one is found at once."""
    try:
        if examination.exact_generic_ranks is None:
            return None
        return nowhere_cylindrical(examination.model, examination.sample_point)
    except BudgetError:  # an elimination is too long
        return None


def _at_the_file(M: Network, graph: nx.DiGraph, answer: MarkovObstruction) -> Verdict:
    """Whether each subnetwork splits at the numbers of the file."""
    constant = tuple(v.name for v in M.space.variables if len(v) == 1)
    if constant:
        return Undecided(f"the reduction is for nodes with two states or more; leave out {_some(constant)}, with one")
    reduction = reduce_network(graph, _hidden(M))
    text = _reduced(M, reduction)
    parts: list[tuple[Subnetwork, Any]] = []
    open_parts: list[str] = []
    for part in sorted(reduction.subnetworks, key=lambda p: len(p.nodes)):
        if _work(M, part.nodes, part.edges) > LIMITS.subnetwork_shape:
            open_parts.append(f"that of {_some(part.hidden)} has {len(part.nodes)} nodes, too many states to enumerate")
            continue
        model = _model(M, part.nodes, part.edges, part.hidden)
        strata = islice(product(*(range(len(M.space.labels[s])) for s in part.strata)), LIMITS.strata + 1)
        given = (dict(zip(part.strata, state, strict=True)) for state in strata)
        points = [subnetwork_point(M, model, part.context, state) for state in given]
        if len(points) > LIMITS.strata:
            open_parts.append(f"that of {_some(part.hidden)}: more than {LIMITS.strata} states of {_some(part.strata)}")
        for point in points[: LIMITS.strata]:
            examination = TableExamination(model, point)
            if not examination.is_admissible:
                found, generic = tuple(examination.ranks[:2]), tuple(examination.generic_ranks[:2])
                raise DomainError(
                    f"the numbers of the file are no admissible point: in the subnetwork of {_some(part.hidden)} "
                    f"the ranks of J and J_V are {found}, generically {generic}"
                )
            verdict = judged(examination.cylindrical)
            if isinstance(verdict, Refuted):
                return _refuted_at_the_file(M, part, examination, verdict, text)
            if not isinstance(verdict, Proved):
                open_parts.append(f"that of {_some(part.hidden)}: {verdict_reason(verdict)}")
                break
            parts.append((part, verdict.certificate))
    if open_parts:
        return Undecided(
            f"not by the graph alone, and of the {len(reduction.subnetworks)} subnetworks {'; '.join(open_parts)}",
            (f"Markov equivalence: {answer}", text),
        )
    return Proved(PointCertificates(tuple(parts)), Where.POINT, detail=f"{text}; {ASSUMED}")


def _refuted_at_the_file(
    M: Network, part: Subnetwork, examination: TableExamination, verdict: Refuted, text: str
) -> Refuted | Undecided:
    """A subnetwork that does not split refutes the network.

    If it splits at no admissible point, the judge confirms that on the network itself; else on the part only.
    """
    detail = f"in the subnetwork of {_some(part.hidden)}; {text}"
    if (nowhere := _nowhere(examination)) is not None:
        certificate = NetworkCertificate.of_parts(M, [nowhere], refuted=True)
        said = f"as at every admissible point; {detail}"
        if isinstance(found := judged(replace(verdict, certificate=certificate, detail=said)), Refuted):
            return found  # otherwise beyond the judge's limits
    at_point = PointCertificates(((part, verdict.certificate),))
    return replace(verdict, certificate=at_point, detail=f"{detail}; {ASSUMED}")


def turned_arrows(edges: tuple[tuple[str, str], ...], cut: MarkovCut) -> str:
    """Say how the equivalent network differs from the given one."""
    given = set(edges)
    turned = [f"{a} -> {b}" for a, b in cut.edges if (a, b) not in given]
    if not turned:
        return "the network itself"
    return "turn to " + _some(tuple(turned))


def _hidden(M: Network) -> list[str]:
    return [v.name for v in M.space.hidden if len(v) > 1]


def _model(M: Network, nodes: Sequence[str], edges: Iterable[Edge], hidden: Sequence[str]) -> Parametrization:
    chosen, states = set(nodes), M.space.labels
    own = {n: states[n] for n in M.space.order if n in chosen}
    return free_tables(edges, states=own, hidden=hidden, name=f"subnetwork of {_some(tuple(hidden))}")


def _work(M: Network, nodes: Sequence[str], edges: Iterable[Edge]) -> float:
    """States times parameters of a network on some of the nodes; infinite if there are too many states."""
    chosen = set(nodes)
    size = {v.name: len(v) for v in M.space.variables if v.name in chosen}
    rows = {n: size[n] - 1 for n in nodes}
    for a, b in edges:
        rows[b] *= size[a]
    states = prod(size.values())
    return states * sum(rows.values()) if states <= LIMITS.subnetwork_states else inf


def _reduced(M: Network, reduction: Reduction) -> str:
    """What remains and what does not matter, in words."""
    kept = {n for part in reduction.subnetworks for n in (*part.nodes, *part.strata)}
    dropped = tuple(n for n in M.space.order if n not in kept)
    named = [
        f"the subnetwork of {_some(part.hidden)} with nodes {_some(part.nodes)}"
        + (f" (each state of {_some(part.strata)} alone)" if part.strata else "")
        for part in reduction.subnetworks
    ]
    text = f"reduced to {_some(tuple(named), most=3)}"
    return f"{text}; not needed: {_some(dropped)}" if dropped else text


def _some(names: tuple[str, ...], most: int = SHOWN) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
