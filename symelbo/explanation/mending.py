"""What would mend it: the smallest changes that make a model cylindrical, each verified on the new model.

* The smallest cylindrical tangent space that contains T_pM is T' = proj_H T + proj_V T, of dimension r_V + r_vert: m
  directions more than T_pM.
* A Bayesian network becomes a cut (S11) by added arrows: the fewest that do, found by the search of :mod:`arrows`.
* A hierarchical log-linear model becomes collapsible by added generators: the boundaries of the hidden components.
* Hidden variables can be observed: the fewest whose removal from the hidden set makes the model cylindrical.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import prod
from typing import Any, Literal, TypeAlias

import networkx as nx
import sympy

from symelbo.budget import LIMITS, Budget, limited
from symelbo.exact import Matrix
from symelbo.explanation.arrows import fewest_arrows
from symelbo.explanation.interactions import Subset, interaction_basis, name_of, subsets
from symelbo.explanation.survivors import surviving_objectives
from symelbo.geometry import decompose, generic_ranks, geometry
from symelbo.graphs import MarkovCut, MarkovObstruction, NonFace, markov_class
from symelbo.models.criteria import graph_answer
from symelbo.models.graphs import free_tables
from symelbo.models.linear_gaussian import linear_gaussian
from symelbo.models.loglinear import log_linear
from symelbo.models.model import Model
from symelbo.models.parametrization import Parametrization, Point, as_exact, has_table
from symelbo.statements import STATEMENTS
from symelbo.typesetting import Unfolding
from symelbo.typesetting.sentences import Math, Words, ascii_text, enumerated, together
from symelbo.verification import Proved, Verdict, is_cylindrical, verify
from symelbo.verification.counterexamples import admissible_point

Arrows: TypeAlias = tuple[tuple[str, str], ...]
Kind = Literal["arrows", "generators", "observe"]

SHOWN = 12


@dataclass(frozen=True, slots=True)
class Repair(Unfolding):
    """One change that mends the model.

    Attributes
    ----------
    kind : "arrows", "generators" or "observe"
    change : what is added (arrows, generators), or which variables are no longer hidden
    alternative : the same arrows in other directions, which do as well
    bounded : for every generator the components of hidden variables of which it is the boundary
    rest : hidden variables that may stay hidden
    parameters : how many parameters the new model has (those of the old one, when only the hidden set changes)
    verdict : of ``is_cylindrical`` on the new model; None when nothing stays hidden (T_pM = T n H_p then)
    cheapest : whether it is proved, when arrows are added, that no fewer arrows make the network a cut (S11) and that
        the first repair of this kind has the fewest parameters among those; when variables are observed, that no
        fewer ones do
    """

    kind: Kind
    change: tuple[tuple[str, ...], ...]
    parameters: int
    model: Model | None
    verdict: Verdict | None
    cheapest: bool = True
    alternative: tuple[tuple[str, ...], ...] = ()
    bounded: tuple[tuple[tuple[str, ...], ...], ...] = ()
    rest: tuple[str, ...] = ()

    def __repr__(self) -> str:
        answer = "" if self.verdict is None else f": {self.verdict!r}"
        return f"{self.words} ({self.parameters} parameter{'s' * (self.parameters != 1)}){answer}"

    @property
    def words(self) -> str:
        """The change in words."""
        return ascii_text(self.phrase())

    def phrase(self, name: Callable[[str], str] = str) -> Words:
        """The change as a phrase with formulas, in which variables are written by their names."""

        def arrows(pairs: Sequence[tuple[str, ...]]) -> Words:
            return together([(Math(r" \to ".join(map(name, p)), " -> ".join(p)),) for p in pairs])

        many = "s" * (len(self.change) > 1)
        if self.kind == "arrows":
            other: Words = (" (or ", *arrows(self.alternative), ")") if self.alternative else ()
            return (f"add the arrow{many} ", *arrows(self.change), *other)
        if self.kind == "generators":
            sets = [(Math(rf"\{{{enumerated(map(name, c))}\}}", f"{{{', '.join(c)}}}"),) for c in self.change]
            bounded = [together([_list(n, name) for n in nodes], " and of ") for nodes in self.bounded]
            parts = [(*s, ", the boundary of ", *b) for s, b in zip(sets, bounded, strict=True)]
            return (f"add the generator{many} ", *together(parts, "; "))
        chosen = ("observe ", *_list(self.change[0], name))
        if not self.rest and self.change[0] == ("state",):  # of listed states
            return ("observe the state itself: nothing is hidden then",)
        if not self.rest:
            return (*chosen, ": nothing is hidden then")
        return (*chosen, "; ", *_list(self.rest, name), " may stay hidden")

    @property
    def verified(self) -> bool:
        """Whether the new model is proved cylindrical (trivially, when nothing stays hidden)."""
        return self.verdict is None or self.verdict.kind == "proved"


@dataclass(frozen=True, slots=True)
class ExtendedTangent:
    """T' = proj_H T + proj_V T at a point, the smallest cylindrical tangent space that contains T.

    Attributes
    ----------
    dimension, added : dim T' = r_V + r_vert, and how much it exceeds dim T
    horizontal, vertical : the added directions, |X| x 1, split into their horizontal and vertical parts; adding either
        one of each pair to T gives T'
    functions : interactions of visible variables whose scores, added to T, give T'
    """

    point: Point
    dimension: int
    added: int
    horizontal: tuple[sympy.Matrix, ...]
    vertical: tuple[sympy.Matrix, ...]
    functions: tuple[Subset, ...]

    @property
    def words(self) -> str:
        """The added directions in words."""
        if not self.added:
            return "none: T_pM is cylindrical there"
        number = "one more direction" if self.added == 1 else f"{self.added} more directions"
        return f"{number}: {ascii_text(self.phrase())}"

    def phrase(self, name: Callable[[str], str] = str) -> Words:
        """Which directions are added, as a phrase with formulas, in which variables are written by their names."""
        if not self.functions:
            score = Math(r"\mathbb{E}_{p}[s \mid \visible]", "E[score | v]")
            return ("the horizontal parts ", score, " of the oblique ones")
        if len(self.functions) > 1 and all(len(s) > 1 for s in self.functions):
            *first, last = (together([(Math(name(n), n),) for n in s], "-") for s in self.functions)
            return ("scores that weigh the interactions ", *together(first), " and ", *last)
        return ("scores that weigh ", *together([name_of(s, name) for s in self.functions], " and "))


def extended_tangent(M: Parametrization, at: object = None) -> ExtendedTangent:
    """Return the smallest cylindrical tangent space that contains T_pM, at a point (default: a simple admissible one).

    >>> from symelbo.models import model_b
    >>> found = extended_tangent(model_b())
    >>> found.dimension, found.words
    (6, 'one more direction: scores that weigh the y-z interaction')
    """
    point = admissible_point(M, generic_ranks(M)) if at is None else M.point(at)  # type: ignore[arg-type]
    found = decompose(M, point)
    where, oblique = found.geometry, found.oblique_parameters
    functions = where.scores @ oblique
    seen = where.lift(where.mean(functions))
    horizontal, vertical = where.dual(seen), where.dual(functions - seen)
    complement = _complementing(M, found.geometry.visible_scores @ found.horizontal_parameters, point, oblique.ncols)
    count = oblique.ncols
    return ExtendedTangent(
        point=point,
        dimension=found.ranks.visible + found.ranks.vertical,
        added=count,
        horizontal=tuple(horizontal.columns([j]).to_sympy() for j in range(count)),
        vertical=tuple(vertical.columns([j]).to_sympy() for j in range(count)),
        functions=complement,
    )


def _complementing(M: Parametrization, own: Matrix, point: Point, count: int) -> tuple[Subset, ...]:
    """Interactions of visible variables that, with T n H_p and the constants, give proj_H T as functions of v.

    Those that the objectives lose are tried first.  Empty if interactions alone do not do it.
    """
    if not count or M.space.n_visible > LIMITS.defect_visible:
        return ()
    where = geometry(M, point)
    domain = where.domain
    ones = Matrix.column(domain, [domain.one] * where.n_visible)
    projected = where.visible_scores.beside(ones)
    target = projected.rank()
    base = own.beside(ones)
    lost = {s for found in surviving_objectives(M, point).interactions for s in found}
    names = [v.name for v in M.space.seen_product]
    order = sorted(subsets(names), key=lambda s: (s not in lost, -len(s) if s in lost else len(s), s))
    chosen: list[Subset] = []
    rank = base.rank()
    for subset in order:
        if rank == target:
            break
        basis = interaction_basis(M.space, subset)
        for j in range(basis.ncols):
            column = Matrix.column(domain, [domain.constant(e) for e in basis.column_entries(j)])
            if projected.beside(column).rank() > target:
                continue
            wider = base.beside(column)
            if (new := wider.rank()) > rank:
                base, rank = wider, new
                if subset not in chosen:
                    chosen.append(subset)
    return tuple(chosen) if rank == target else ()


def _verified(model: Model, *, cut: bool) -> Verdict:
    """The verdict on the new model; of a large table its cut (S11) is proof enough."""
    if cut and has_table(model) and model.n_entries > LIMITS.mended_shape:
        verdict = verify(model, "S11")
        if isinstance(verdict, Proved):
            return verdict
    return is_cylindrical(model)


def _list(names: Sequence[str], name: Callable[[str], str]) -> Words:
    return together([(Math(name(n), n),) for n in names])


def repairs(M: Any, *, budget: float | Budget | None = None) -> tuple[Repair, ...]:
    """Return the smallest changes that make a model cylindrical: arrows or generators to add, variables to observe.

    The search ends at counted work; ``budget`` limits its time or memory as well, and BudgetError says that it ended.

    >>> from symelbo.models import model_b
    >>> for repair in repairs(model_b()):
    ...     print(repair.words, repair.verdict)
    add the arrow y -> z (or z -> y) Proved at every admissible point
    observe x: nothing is hidden then None
    """
    as_exact(M)
    return limited(budget, "the search for changes", lambda: [*search(M)][-1], M, M.field, *M.parameters, *STATEMENTS)


def search(M: Any) -> Iterator[tuple[Repair, ...]]:
    """Yield the changes that are known, more and more of them."""
    found: tuple[Repair, ...] = ()
    yield found
    if not generic_ranks(M).cylindrical:
        for changes in (added_arrows, added_generators, observed):
            found = (*found, *changes(M))
            yield found


def added_arrows(M: Any) -> list[Repair]:
    """Return the smallest sets of added arrows after which the network is a cut, one for each Markov class of results.

    The new networks contain the old one.  All sets with the fewest arrows are found, cheapest in parameters first; of a
    large network the smallest set that a limited search finds, ``cheapest`` False.
    """
    graph = M.graph
    if graph is None or isinstance(graph_answer(M), MarkovCut):
        return []
    found = fewest_arrows(graph, M.hidden, M.order)
    classes: dict[object, list[Arrows]] = {}
    for arrows in found.sets:
        wider = graph.copy()
        wider.add_edges_from(arrows)
        classes.setdefault(markov_class(wider), []).append(arrows)
    cost, widened = _widening(M, graph)
    repaired = []
    for choices in sorted(classes.values(), key=lambda c: (cost(c[0]), c[0]))[:SHOWN]:
        arrows = choices[0]
        model = widened(arrows)
        others = [c for c in choices[1:] if {frozenset(e) for e in c} == {frozenset(e) for e in arrows}]
        repaired.append(
            Repair(
                "arrows",
                arrows,
                len(model.parameters),
                model,
                _verified(model, cut=True),
                found.fewest and found.all,
                others[0] if others else (),
            )
        )
    return repaired


def _widening(M: Any, graph: nx.DiGraph) -> tuple[Callable[[Arrows], int], Callable[[Arrows], Model]]:
    """How many parameters a network has with more arrows, and the network with them."""
    if not has_table(M):

        def linear(arrows: Arrows) -> Model:
            wider = graph.copy()
            wider.add_edges_from(arrows)
            return linear_gaussian(wider, hidden=M.hidden, means=not M.is_centred, name=M.name)

        return len, linear
    states = M.space.labels

    def cost(arrows: Arrows) -> int:
        edges = [*graph.edges, *arrows]
        return sum((len(states[n]) - 1) * prod(len(states[a]) for a, b in edges if b == n) for n in states)

    def tables(arrows: Arrows) -> Parametrization:
        return free_tables([*graph.edges, *arrows], states=states, hidden=M.hidden, name=M.name)

    return cost, tables


def added_generators(M: Any) -> list[Repair]:
    """Return the boundary generators that make a log-linear model (or Boltzmann machine) collapsible.

    >>> from symelbo.models import log_linear
    >>> added_generators(log_linear([["x", "y"], ["x", "z"]], hidden=["x"]))[0].words
    'add the generator {y, z}, the boundary of x'
    """
    answer = graph_answer(M)
    if M.generators is None or not isinstance(answer, NonFace):
        return []
    order = {n: i for i, n in enumerate(M.order)}
    added = tuple(dict.fromkeys(tuple(sorted(c.boundary, key=order.__getitem__)) for c in answer.components))
    model = log_linear([*M.generators, *added], states=M.space.labels, hidden=M.hidden, name=M.name)
    bounded = tuple(tuple(tuple(c.nodes) for c in answer.components if set(c.boundary) == set(g)) for g in added)
    verdict = _verified(model, cut=True)
    return [Repair("generators", added, len(model.parameters), model, verdict, bounded=bounded)]


def observed(M: Any) -> list[Repair]:
    """Return the smallest sets of hidden variables whose observation makes the model cylindrical.

    >>> from symelbo.models import bayesian_network
    >>> M = bayesian_network([("x", "y"), ("x", "z"), ("y", "w")], hidden=["x", "w"])
    >>> [r.words for r in observed(M)]
    ['observe x; w may stay hidden']
    """
    hidden = M.hidden
    count = len(M.parameters)
    cheapest = True
    looked = 0
    for size in range(1, len(hidden)):
        found: list[Repair] = []
        undecided = False
        for chosen in combinations(hidden, size):
            looked += 1
            if looked > LIMITS.observed_sets:
                return found or [_everything(M, hidden, cheapest=False)]
            rest = [h for h in hidden if h not in chosen]
            if isinstance(graph_answer(M, rest), MarkovObstruction | NonFace):
                continue  # not cylindrical
            model = M.hide(*rest)
            verdict = _verified(model, cut=False)
            undecided |= verdict.kind == "undecided"
            if verdict.kind == "proved":
                found.append(Repair("observe", (chosen,), count, model, verdict, cheapest, rest=tuple(rest)))
        if found:
            return found
        cheapest &= not undecided
    return [_everything(M, hidden, cheapest=cheapest)]


def _everything(M: Any, hidden: Sequence[str], *, cheapest: bool) -> Repair:
    return Repair("observe", (tuple(hidden) or M.order,), len(M.parameters), None, None, cheapest)
