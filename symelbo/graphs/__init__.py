"""Networks and complexes as graphs, of any size, without a table: what they alone decide, with witnesses.

A Bayesian network with free conditional tables, and a hierarchical log-linear model, are cylindrical exactly if a
condition on the graph holds.  :mod:`~symelbo.graphs.dag` and :mod:`~symelbo.graphs.complexes` decide it and verify
answers from any source; :mod:`~symelbo.graphs.points` gives the point at which an obstruction refutes.

Nodes are named by strings and have two states or more: a node with one state is left out first.
"""

from symelbo.graphs.complexes import CollapsibleCut, HiddenComponent, NonFace, collapse, verify_collapse
from symelbo.graphs.dag import (
    Chain,
    Collider,
    Edge,
    MarkovCut,
    MarkovObstruction,
    checked_network,
    essential_graph,
    markov_class,
    pinned_in_essential_graph,
    reveal,
    verify_reveal,
)
from symelbo.graphs.points import recipe_of_complex, recipe_of_network

__all__ = [
    "Chain",
    "CollapsibleCut",
    "Collider",
    "Edge",
    "HiddenComponent",
    "MarkovCut",
    "MarkovObstruction",
    "NonFace",
    "checked_network",
    "collapse",
    "essential_graph",
    "markov_class",
    "pinned_in_essential_graph",
    "recipe_of_complex",
    "recipe_of_network",
    "reveal",
    "verify_collapse",
    "verify_reveal",
]
