"""The statements in the words of mixtures: what differs from those about finite tables, and what is not exact there.

E[.|v] divides by p_V: it leaves every finite basis of functions, but on the space of scores alone ranks say all there
is to say of S3.  What asks for G_V or for E[.|v] itself is refused by name.
"""

from __future__ import annotations

from dataclasses import replace

from symelbo.statements.catalogue import STATEMENTS, Statement

_WORDS = {
    "S1": "for every L of finitely many means of functions of v",
    "S4": "for every L of finitely many means of functions of v and every q with second moments of s",
    "S8": "for every q with second moments of s, p* = q_V",
}

MIXTURE_STATEMENTS: dict[str, Statement] = {
    s.id: replace(s, formulas=(), quantified=_WORDS.get(s.id, s.quantified)) for s in STATEMENTS
}

WITH_VISIBLE_METRIC = ("S1", "S2", "S12")
NOT_EXACT = {
    **dict.fromkeys(("S1", "S12"), "the visible metric G_V of a mixture is an integral of 1/p_V and not exact"),
    **dict.fromkeys(
        ("S2", "S5", "S6"), "E[.|v] of a mixture divides by p_V and leaves every finite basis of functions"
    ),
    "S7": "the divergences of mixtures are integrals of log p_V and not exact",
}
