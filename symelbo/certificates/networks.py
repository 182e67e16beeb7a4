"""Certificates about Bayesian networks of any size: the model is a graph, and no table is written out.

The claim's model holds the variables, the arrows and the hidden nodes; every node has a free conditional table given
its parents.  Kinds of witness: ``graph-cut``, a Markov-equivalent network without an arrow from hidden to visible; and
``subnetworks``, certificates of the networks that are left by lemma 10 of :mod:`symelbo.checker`, each with the
families of its table.  The judge rebuilds the subnetworks from the arrows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from symelbo.certificates.claims import EVERYWHERE, GENERIC, NOWHERE, Certificate, families_data
from symelbo.certificates.data import canonical_json, certificate_data, sha256_of
from symelbo.graphs import MarkovCut
from symelbo.models.networks import LargeNetwork
from symelbo.statements import Statement, statement

__all__ = ["NetworkCertificate"]


@dataclass(frozen=True)
class NetworkCertificate:
    """What a verdict on a large network rests on: an equivalent network, or the verdicts on its subnetworks.

    Attributes
    ----------
    model : LargeNetwork
    statement, verdict, scope
        What is claimed: of a reduction "every-admissible-point" if proved; if refuted "no-admissible-point" where the
        subnetwork is cylindrical nowhere, otherwise "generic".
    cut : the Markov-equivalent network without arrows from hidden to visible nodes; None where there is none.
    parts : certificates of the subnetworks, of all of them or (refuted) of one
    """

    model: LargeNetwork
    statement: Statement
    verdict: str
    scope: str
    cut: MarkovCut | None
    parts: tuple[Certificate, ...] = ()

    @classmethod
    def of_cut(cls, model: LargeNetwork, cut: MarkovCut) -> NetworkCertificate:
        """Cylindrical, as a cut."""
        return cls(model, statement("S3"), "proved", EVERYWHERE, cut)

    @classmethod
    def of_parts(cls, model: LargeNetwork, parts: Sequence[Certificate], *, refuted: bool) -> NetworkCertificate:
        """Cylindrical because all subnetworks are, or not cylindrical because one of them is not."""
        nowhere = any(c.scope == NOWHERE for c in parts)
        verdict, scope = ("refuted", NOWHERE if nowhere else GENERIC) if refuted else ("proved", EVERYWHERE)
        return cls(model, statement("S3"), verdict, scope, None, tuple(parts))

    def for_statement(self, s: Statement) -> NetworkCertificate:
        """The same witness for a statement that follows from it."""
        return replace(self, statement=s)

    def claim(self) -> dict[str, Any]:
        """The claim: all that a judge who accepts the certificate has confirmed."""
        variables = self.model.space.variables
        return {
            "assumptions": list(self.statement.hypotheses),
            "model": {
                "arrows": [list(e) for e in sorted(self.model.graph().edges)],
                "hidden": [v.name for v in self.model.space.hidden],
                "variables": [[v.name, [str(label) for label in v.labels]] for v in variables],
            },
            "point": None,
            "quantifier": self.statement.quantifier,
            "scope": self.scope,
            "statement": self.statement.slug,
            "verdict": self.verdict,
        }

    def as_dict(self) -> dict[str, Any]:
        """The whole certificate as JSON data."""
        if self.cut is not None:
            edges, order = [list(e) for e in self.cut.edges], list(self.cut.order)
            return certificate_data(self.claim(), [], {"kind": "graph-cut", "equivalent_edges": edges, "order": order})
        parts = [{"families": families_data(c.model), "certificate": c.as_dict()} for c in self.parts]
        return certificate_data(self.claim(), [], {"kind": "subnetworks", "parts": parts})

    @cached_property
    def sha256(self) -> str:
        """The hash of the claim."""
        return sha256_of(self.claim())

    def to_json(self) -> str:
        """The certificate as canonical JSON."""
        return canonical_json(self.as_dict())
