"""An account in short: what was found, without rules and certificates and without the steps that lead there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from symelbo.derivation.steps import AS_NOWHERE, SOLVED, Account, Step, Verdicts
from symelbo.statements import statement
from symelbo.typesetting.sentences import Words, ascii_text, capitalised, listed, together

# A reason that is longer than this is left to the full account.
_REASON = 60


def shortened(account: Account) -> Account:
    """The account without the steps that are told in full alone; what is left out is named at its end."""
    kept = [s for s in account.steps if not s.full]
    if account.verdicts:
        kept.append(Step("Verdicts", _verdicts(account.verdicts)))
    definitions = ["the definitions of metric and divergence"] * (len(account.notation) > 1)
    left_out = [
        *definitions,
        *dict.fromkeys(s.heading for s in account.steps if s.full),
        "the rule and certificate of every step",
    ]
    told = listed(f"{name[:1].lower()}{name[1:]}" for name in left_out)
    kept.append(Step("Left out", (f"{told[:1].upper()}{told[1:]}: detail='full' tells them.",)))
    return replace(account, steps=tuple(kept), notation=account.notation[:1], verdicts=(), feet="none")


def _verdicts(rows: Iterable[Verdicts]) -> Words:
    """The verdicts in a few sentences, those alike together."""
    alike: dict[Words, list[str]] = {}
    for v in rows:
        scope = _widest(v.scope)
        decided = v.verdict in ("proved", "refuted")
        short = decided or len(ascii_text(scope)) <= _REASON
        said = (v.verdict, " " if v.verdict == "proved" else ", ", *scope) if short else (v.verdict,)
        alike.setdefault(said, []).append(f"{v.id} ({statement(v.id).slug})")
    return together(((*capitalised(said), f": {listed(names)}.") for said, names in alike.items()), " ")


def _widest(scope: Words) -> Words:
    """Where a verdict holds, without what is said of one point before it."""
    kept = tuple(p for p in scope if p != SOLVED)
    before, semicolon, last = str(kept[-1]).rpartition("; ")
    return (last.removesuffix(AS_NOWHERE),) if semicolon and before.startswith(" (certificate") else kept
