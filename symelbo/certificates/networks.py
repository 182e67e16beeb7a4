"""Certificates about Bayesian networks of any size: the model is a graph, and no table is written out.

The claim's model holds the variables, the arrows and the hidden nodes; every node has a free conditional table given
its parents.  Kinds of witness: ``graph-cut``, a Markov-equivalent network without an arrow from hidden to visible;
``graph-obstruction``, a chain or a collider in one (lemma 11 of :mod:`symelbo.checker`); ``subnetworks``, certificates
of the networks that are left by lemma 10, each with the families of its table.  The judge rebuilds these from the
arrows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from symelbo.certificates.claims import Certificate, families_data, witness_of
from symelbo.certificates.data import canonical_json, certificate_data, sha256_of
from symelbo.certificates.evidence import EVERYWHERE, GENERIC, NOWHERE
from symelbo.graphs import MarkovCut, MarkovObstruction
from symelbo.models.graphs import Network
from symelbo.statements import Statement, statement

__all__ = ["NetworkCertificate"]


@dataclass(frozen=True)
class NetworkCertificate:
    """What a verdict on a large network rests on: an equivalent network, or the verdicts on its subnetworks.

    Attributes
    ----------
    model : Network
    statement, verdict, scope
        What is claimed: of a reduction "every-admissible-point" if proved; if refuted "no-admissible-point" where the
        subnetwork is cylindrical nowhere, otherwise "generic".
    found : the answer of the graph; None where the certificate is that of subnetworks
    parts : certificates of the subnetworks, of all of them or (refuted) of one
    """

    model: Network
    statement: Statement
    verdict: str
    scope: str
    found: MarkovCut | MarkovObstruction | None
    parts: tuple[Certificate, ...] = ()

    @classmethod
    def of_graph(cls, model: Network, found: MarkovCut | MarkovObstruction) -> NetworkCertificate:
        """Cylindrical, as a cut; or not cylindrical on a dense open set, by an obstruction."""
        verdict, scope = ("proved", EVERYWHERE) if isinstance(found, MarkovCut) else ("refuted", GENERIC)
        return cls(model, statement("S3"), verdict, scope, found)

    @classmethod
    def of_parts(cls, model: Network, parts: Sequence[Certificate], *, refuted: bool) -> NetworkCertificate:
        """Cylindrical because all subnetworks are, or not cylindrical because one of them is not."""
        nowhere = any(c.scope == NOWHERE for c in parts)
        verdict, scope = ("refuted", NOWHERE if nowhere else GENERIC) if refuted else ("proved", EVERYWHERE)
        return cls(model, statement("S3"), verdict, scope, None, tuple(parts))

    def for_statement(self, s: Statement) -> NetworkCertificate:
        """The same witness for a statement that follows from it: where S3 is refuted, that it is."""
        verdict = self.verdict if s.id == "S3" else "proved"
        return replace(self, statement=s, verdict=verdict)

    def claim(self) -> dict[str, Any]:
        """The claim: all that a judge who accepts the certificate has confirmed."""
        variables = self.model.space.variables
        return {
            "assumptions": list(self.statement.hypotheses),
            "model": {
                "arrows": [list(e) for e in sorted(self.model.structure.edges)],
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
        if self.found is not None:
            return certificate_data(self.claim(), [], witness_of(self.found))
        parts = [{"families": families_data(c.model), "certificate": c.as_dict()} for c in self.parts]
        return certificate_data(self.claim(), [], {"kind": "subnetworks", "parts": parts})

    @cached_property
    def sha256(self) -> str:
        """The hash of the claim."""
        return sha256_of(self.claim())

    def to_json(self) -> str:
        """The certificate as canonical JSON."""
        return canonical_json(self.as_dict())
