"""Networks too large to enumerate: decided by a graph criterion, or by reduction to smaller networks.

The criterion (a Markov-equivalent network without an arrow from a hidden into a visible node) is a proof for any size.
Otherwise the network is reduced by the theorem of :func:`symelbo.models.reduction.reduce_network`: it is cylindrical
if and only if all its subnetworks are, and these are decided by the algebra if they are small enough.  The independent
checker judges the verdict: it rebuilds the subnetworks from the arrows.  At the numbers of a file, where a network is
cylindrical at some points and not at others, it judges the certificates of the subnetworks only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

from symelbo.budget import LIMITS
from symelbo.certificates import NetworkCertificate, canonical_json
from symelbo.errors import DomainError, InternalError
from symelbo.graphs import MarkovCut, reveal, verify_reveal
from symelbo.loci import Where
from symelbo.models.graphs import bayesian_network
from symelbo.models.networks import LargeNetwork, subnetwork_point
from symelbo.models.parametrization import Parametrization, Point
from symelbo.models.reduction import Reduction, Subnetwork, reduce_network
from symelbo.verification.examination import Examination
from symelbo.verification.judgement import judged
from symelbo.verification.nowhere import nowhere_cylindrical
from symelbo.verification.verdicts import NotApplicable, Proved, Refuted, Undecided, Verdict

__all__ = ["PointCertificates", "decide_network", "turned_arrows"]

MAX_STATES = LIMITS.subnetwork_states
MAX_WORK = LIMITS.subnetwork_shape
QUICK = LIMITS.quick_subnetwork_shape
# At a point, at most so many joint states of the strata are examined one by one.
MAX_STRATA = LIMITS.strata
SHOWN = 12
ASSUMED = "assumed, not judged by the checker: that the verdicts on the subnetworks add up to this one"


@dataclass(frozen=True, slots=True)
class PointCertificates:
    """What a verdict at the numbers of a file rests on: certificates of the subnetworks at their own points.

    The independent checker judges each of them.  That the points are those of the file, and that the verdicts add up
    to one on the network, is the reduction theorem: assumed here, not judged.
    """

    parts: tuple[tuple[Subnetwork, Any], ...]
    cut: None = None

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


def decide_network(M: LargeNetwork, at: str | Mapping[Any, Any] | None = None) -> Verdict:
    """Decide whether a large network is cylindrical: at every admissible point, or at the numbers of its file.

    Parameters
    ----------
    M : LargeNetwork
    at : "file", optional

    Returns
    -------
    Proved, Refuted (the counterexample is one of a subnetwork) or Undecided, with what was reduced in the detail.

    >>> import networkx as nx
    >>> chain = nx.DiGraph([(f"v{i}", f"v{i + 1}") for i in range(40)] + [("v40", "h")])
    >>> decide_network(bayesian_network(chain, hidden=["h"]))
    Proved at every admissible point: Markov equivalent without arrow from hidden to visible: the network itself
    >>> chain = nx.DiGraph([(f"v{i}", f"v{i + 1}") for i in range(40)] + [("h", "v20")])
    >>> decide_network(bayesian_network(chain, hidden=["h"])).detail[:94]
    'in the subnetwork of h; reduced to the subnetwork of h with nodes h, v19, v20; not needed: v0,'
    """
    if at is not None and at != "file":
        raise DomainError("a large network has no points other than at='file', the numbers of its file")
    hidden = tuple(v.name for v in M.space.hidden)
    graph = M.graph()
    answer = reveal(graph, hidden)
    edges = tuple(sorted(graph.edges))
    if isinstance(answer, MarkovCut):
        if not verify_reveal(graph, hidden, answer):
            raise InternalError("the Markov-equivalent graph does not verify")
        detail = f"Markov equivalent without arrow from hidden to visible: {turned_arrows(edges, answer)}"
        return judged(Proved(NetworkCertificate.of_cut(M, answer), Where.EVERYWHERE, detail=detail))
    constant = tuple(v.name for v in M.space.variables if len(v) == 1)
    if constant:
        return Undecided(f"the reduction is for nodes with two states or more; leave out {_some(constant)}, with one")
    reduction = reduce_network(graph, hidden)
    text = _reduced(M, reduction)
    parts: list[tuple[Subnetwork, Any]] = []
    open_parts: list[str] = []
    refuted: Refuted | Undecided | None = None
    for part in sorted(reduction.subnetworks, key=lambda p: len(p.nodes)):
        model = _model(M, part)
        if refuted is not None and _is_too_large(model, QUICK):
            continue  # it could only say that the network is cylindrical nowhere
        if _is_too_large(model):
            open_parts.append(f"that of {_some(part.hidden)} has {len(part.nodes)} nodes, too many states to enumerate")
            continue
        points = [None] if at is None else list(islice(_points(M, model, part), MAX_STRATA + 1))
        if len(points) > MAX_STRATA:
            open_parts.append(f"that of {_some(part.hidden)}: more than {MAX_STRATA} states of {_some(part.strata)}")
        for point in points[:MAX_STRATA]:
            examination = Examination(model, point)
            _require_admissible(examination, part)
            verdict = judged(examination.cylindrical)
            if isinstance(verdict, Refuted):
                found, is_nowhere = _refuted(M, part, examination, verdict, text)
                if is_nowhere:
                    return found
                refuted = refuted or found
                break
            if not isinstance(verdict, Proved):
                open_parts.append(f"that of {_some(part.hidden)}: {_reason(verdict)}")
                break
            parts.append((part, verdict.certificate))
    if refuted is not None:
        return refuted
    if open_parts:
        return Undecided(
            f"no graph criterion applies, and of the {len(reduction.subnetworks)} subnetworks {'; '.join(open_parts)}",
            (f"Markov equivalence: {answer}", text),
        )
    if at is not None:
        return Proved(PointCertificates(tuple(parts)), Where.POINT, detail=f"{text}; {ASSUMED}")
    certificate = NetworkCertificate.of_parts(M, [c for _, c in parts], refuted=False)
    return judged(Proved(certificate, Where.EVERYWHERE, detail=text))


def _refuted(
    M: LargeNetwork, part: Subnetwork, examination: Examination, verdict: Refuted, text: str
) -> tuple[Refuted | Undecided, bool]:
    """What a subnetwork that does not split says of the network, and whether that is: nowhere.

    If it splits at no admissible point, neither does the network, the numbers of a file included, and the judge
    confirms that on the network itself.  Else a network is refuted generically, and at the numbers of a file the judge
    confirms the part only.
    """
    ranks, at_file = examination.exact_generic_ranks, examination.point is not None
    detail = f"in the subnetwork of {_some(part.hidden)}; {text}"
    nowhere = None if ranks is None else nowhere_cylindrical(examination.model, examination.sample_point)
    if nowhere is not None:
        scope = verdict.scope if at_file else Where.NOWHERE
        said = f"as at every admissible point; {detail}" if at_file else detail
        certificate = NetworkCertificate.of_parts(M, [nowhere], refuted=True)
        found = judged(replace(verdict, certificate=certificate, scope=scope, detail=said))
        if isinstance(found, Refuted):  # otherwise beyond the judge's limits
            return found, True
    if at_file:
        at_point = PointCertificates(((part, verdict.certificate),))
        return replace(verdict, certificate=at_point, detail=f"{detail}; {ASSUMED}"), False
    certificate = NetworkCertificate.of_parts(M, [verdict.certificate], refuted=True)
    return judged(replace(verdict, certificate=certificate, detail=detail)), False


def _require_admissible(examination: Examination, part: Subnetwork) -> None:
    if not examination.is_admissible:
        found, generic = tuple(examination.ranks[:2]), tuple(examination.generic_ranks[:2])
        raise DomainError(
            f"the numbers of the file are no admissible point: in the subnetwork of {_some(part.hidden)} "
            f"the ranks of J and J_V are {found}, generically {generic}"
        )


def turned_arrows(edges: tuple[tuple[str, str], ...], cut: MarkovCut) -> str:
    """Say how the equivalent network differs from the given one."""
    given = set(edges)
    turned = [f"{a} -> {b}" for a, b in cut.edges if (a, b) not in given]
    if not turned:
        return "the network itself"
    return "turn to " + _some(tuple(turned))


def _model(M: LargeNetwork, part: Subnetwork) -> Parametrization:
    states = {n: M.states[n] for n in M.space.order if n in part.nodes}
    return bayesian_network(part.edges, states=states, hidden=part.hidden, name=f"subnetwork of {_some(part.hidden)}")


def _is_too_large(model: Parametrization, work: int = MAX_WORK) -> bool:
    if isinstance(model, LargeNetwork):
        return True
    n = model.space.n_states
    return n > MAX_STATES or n * len(model.parameters) > work


def _points(M: LargeNetwork, model: Parametrization, part: Subnetwork) -> Iterator[Point]:
    """The points of a subnetwork at the numbers of the file: one for each joint state of its strata."""
    for state in product(*(range(len(M.states[s])) for s in part.strata)):
        yield subnetwork_point(M, model, part.context, dict(zip(part.strata, state, strict=True)))


def _reduced(M: LargeNetwork, reduction: Reduction) -> str:
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


def _reason(verdict: Verdict) -> str:
    if isinstance(verdict, Undecided):
        return verdict.reason
    return verdict.hypothesis if isinstance(verdict, NotApplicable) else verdict.detail
