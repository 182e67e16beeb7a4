"""Derivations: what the engine computed and verified, as something to read, to show and to paste into a paper."""

from symelbo.derivation.collection import Collection
from symelbo.derivation.script import run_proof
from symelbo.derivation.steps import Derivation, Relation, Side, Step, Verdicts
from symelbo.derivation.story import derive

__all__ = ["Collection", "Derivation", "Relation", "Side", "Step", "Verdicts", "derive", "run_proof"]
