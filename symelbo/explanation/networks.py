"""What there is to say about a network without a table: the verdict of its graph, why, and what would mend it.

Arrows that mend it are bounded from both sides, in polynomial time.  *From above*: the two nodes of an obstruction that
are not adjacent are joined, one obstruction after the other, until there is none.  *From below*: if a network has a
cut, so have its induced subnetworks, for those of equivalent networks are equivalent.  So among the nodes of an
obstruction two that are not adjacent have to be joined, and obstructions without such a pair in common need an arrow
each.  Where both numbers agree, the arrows are the fewest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

import networkx as nx

from symelbo.budget import LIMITS
from symelbo.graphs import Edge, MarkovCut, MarkovObstruction, reveal
from symelbo.models.criteria import graph_question
from symelbo.models.graphs import Network
from symelbo.verification import Proved, Refuted, Report, Verdict


@dataclass(frozen=True, slots=True)
class JoiningArrows:
    """Arrows after which a network is a cut, and how many it takes at least.

    Attributes
    ----------
    arrows : in the order in which they were found; None where more would be needed than were tried
    at_least : as many as obstructions were found that need an arrow each
    """

    arrows: tuple[Edge, ...] | None
    at_least: int

    @property
    def fewest(self) -> bool:
        """Whether it is proved that no fewer arrows do."""
        return self.arrows is not None and len(self.arrows) == self.at_least

    def as_dict(self) -> dict[str, Any]:
        """Everything as data."""
        arrows = None if self.arrows is None else [list(e) for e in self.arrows]
        return {"arrows": arrows, "at_least": self.at_least, "fewest": self.fewest}


def joining_arrows(dag: nx.DiGraph, hidden: Iterable[str], *, work: int = LIMITS.joined_nodes) -> JoiningArrows:
    """Return arrows that make a network a cut, and a lower bound of their number, looking at ``work`` nodes in all.

    >>> joining_arrows(nx.DiGraph([("x", "y"), ("x", "z")]), ["x"])
    JoiningArrows(arrows=(('y', 'z'),), at_least=1)
    """
    concealed = list(hidden)
    place = {n: i for i, n in enumerate(nx.lexicographical_topological_sort(dag))}
    rounds = max(1, work // (len(dag) + dag.number_of_edges() + 1))
    wider, added = nx.DiGraph(dag), list[Edge]()
    apart: set[Edge] = set()
    count = 0
    while isinstance(answer := reveal(wider, concealed), MarkovObstruction) and len(added) < rounds:
        first, second = sorted(answer.shape.apart, key=place.__getitem__)
        added.append((first, second))
        wider.add_edge(first, second)
        part = dag.subgraph(answer.shape.nodes)
        pairs = {p for p in combinations(sorted(part), 2) if not {p, p[::-1]} & set(part.edges)}
        own = [h for h in concealed if h in part]
        if apart.isdisjoint(pairs) and isinstance(reveal(part, own), MarkovObstruction):
            apart |= pairs
            count += 1
    return JoiningArrows(tuple(added) if isinstance(answer, MarkovCut) else None, count)


@dataclass(frozen=True)
class NetworkFindings:
    """What there is to say about a network without a table.

    Attributes
    ----------
    report : the verdicts on all statements
    answer : of the graph: an equivalent network without arrows from hidden to visible, or what forbids one
    repair : arrows to add, where it is not cylindrical
    """

    model: Network
    report: Report
    answer: MarkovCut | MarkovObstruction
    repair: JoiningArrows | None = None

    @classmethod
    def of(cls, report: Report) -> Self:
        """What the graph adds to the verdicts on a network."""
        graph, hidden = graph_question(report.model)
        answer = reveal(graph, hidden)
        repair = joining_arrows(graph, hidden) if isinstance(answer, MarkovObstruction) else None
        return cls(report.model, report, answer, repair)

    @property
    def verdict(self) -> Verdict:
        """The verdict on S3."""
        return self.report.cylindrical

    def turned(self) -> tuple[Edge, ...]:
        """The arrows of the equivalent network that the given one has the other way round."""
        if isinstance(self.answer, MarkovObstruction):
            return self.answer.turned
        given = set(self.model.structure.edges)
        return tuple(e for e in self.answer.edges if e not in given)

    def headline(self) -> str:
        """The verdict in one line."""
        name = self.model.name or "The network"
        if isinstance(self.verdict, Proved):
            return f"{name} is cylindrical {self.verdict.scope}."
        if isinstance(self.verdict, Refuted):
            where = f"cylindrical {self.verdict.scope}" if self.verdict.scope.is_locus else "not cylindrical"
            return f"{name} is {where}: {self.answer}."
        return f"Whether {name} is cylindrical is undecided: {getattr(self.verdict, 'reason', '')}"

    def as_dict(self) -> dict[str, Any]:
        """Everything as data."""
        model, shape = self.model, getattr(self.answer, "shape", None)
        return {
            "model": {
                "name": model.name,
                "nodes": len(model.space.variables),
                "hidden": len(model.space.hidden),
                "parameters": model.n_parameters,
            },
            "cylindrical": {"verdict": self.verdict.kind, "scope": str(self.verdict.scope)},
            "graph": {
                "equivalent_arrows": [list(e) for e in self.turned()],
                "obstruction": None
                if shape is None
                else {
                    "kind": type(shape).__name__.lower(),
                    "nodes": list(shape.nodes),
                    "arrows": [list(e) for e in shape.arrows],
                    "not_adjacent": list(shape.apart),
                    "words": str(self.answer),
                },
            },
            "repairs": None if self.repair is None else self.repair.as_dict(),
        }
