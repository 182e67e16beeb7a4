"""An account in short: what was found, without rules and certificates and without the steps that lead there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from symelbo.derivation.steps import Account, Step, Verdicts
from symelbo.statements import statement

# What is said of one point, where more is said of others after it.
_POINT = re.compile(r"at the point \S+ \(certificate [0-9a-f]+\); ")
# A reason that is longer than this is left to the full account.
_REASON = 60


def shortened(account: Account) -> Account:
    """The account without the steps that are told in full alone; what is left out is named at its end."""
    kept = [s for s in account.steps if not s.full]
    if account.verdicts:
        kept.append(Step("Verdicts", (_verdicts(account.verdicts),)))
    left_out = [*dict.fromkeys(s.heading for s in account.steps if s.full), "the rule and certificate of every step"]
    told = _listed(f"{name[:1].lower()}{name[1:]}" for name in left_out)
    kept.append(Step("Left out", (f"{told[:1].upper()}{told[1:]}: detail='full' tells them.",)))
    return replace(account, steps=tuple(kept), verdicts=(), feet="none")


def _verdicts(rows: Iterable[Verdicts]) -> str:
    """The verdicts in a few sentences, those alike together."""
    alike: dict[str, list[str]] = {}
    for v in rows:
        scope = _POINT.sub("", v.scope).removesuffix(", as S3 holds nowhere")
        decided = v.verdict in ("proved", "refuted")
        comma = "" if v.verdict == "proved" else ","
        said = f"{v.verdict}{comma} {scope}" if decided or len(scope) <= _REASON else v.verdict
        alike.setdefault(said, []).append(f"{v.id} ({statement(v.id).slug})")
    return " ".join(f"{said[:1].upper()}{said[1:]}: {_listed(names)}." for said, names in alike.items())


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
