"""Model files that several tests read and change."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import networkx as nx

from symelbo.models import NetworkFile
from symelbo.models.formats import Table

MODELS = Path(__file__).parent.parent / "proofs" / "models"
MODEL_B = (MODELS / "m_b.toml").read_text(encoding="utf-8")


def network_file(graph: nx.DiGraph, rows: Mapping[str, Sequence[str]]) -> NetworkFile:
    """The file of a network of binary nodes: for each node the probabilities of its state 0, row by row."""
    tables = {
        n: Table({k: (p, str(1 - Fraction(p))) for k, p in enumerate(column)}, None, n) for n, column in rows.items()
    }
    parents = {n: tuple(sorted(graph.predecessors(n), key=list(rows).index)) for n in rows}
    return NetworkFile("network", dict.fromkeys(rows, ("0", "1")), parents, tables, "network")
