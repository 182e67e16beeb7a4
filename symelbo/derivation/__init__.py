"""Derivations and explanations: what the engine computed and verified, to read, to show and to paste into a paper.

``derive`` and ``explain`` (:mod:`~symelbo.derivation.story`, :mod:`~symelbo.derivation.explanation`) tell the same
steps; a step is recorded by :class:`~symelbo.derivation.recorder.Recorder`, and written by the renderers.
"""

from symelbo.derivation.document import Collection, Derivation
from symelbo.derivation.explanation import Explanation, explain
from symelbo.derivation.script import run_proof
from symelbo.derivation.steps import Relation, Side, Step, Verdicts
from symelbo.derivation.story import derive

__all__ = [
    "Collection", "Derivation", "Explanation", "Relation", "Side", "Step", "Verdicts", "derive", "explain", "run_proof",
]  # fmt: skip
