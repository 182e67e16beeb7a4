"""Networks whose tables are free where those of a file are not 0: there the graph decides nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence

from symelbo.budget import Budget
from symelbo.errors import ModelError
from symelbo.loci import Where
from symelbo.models.formats import NetworkFile
from symelbo.models.networks import support_model, support_parts
from symelbo.verification import Proved, Refuted, Undecided, Verdict, is_cylindrical


def cylindrical_on_support(network: NetworkFile, hidden: Sequence[str], budget: Budget) -> Verdict:
    """Decide S3 on the support of a file's tables: by the table of all states, or, if that is too large, part by part.

    Undecided where a part is too large as well, or is refuted with parents that need not take all their joint states.
    """
    start = time.monotonic()
    try:
        return is_cylindrical(support_model(network, hidden), budget=budget)
    except ModelError:
        pass
    try:
        parts = support_parts(network, hidden)
    except ModelError as error:
        return Undecided(f"a part of the network is too large for a table of its states: {error}")
    refuted, open_parts = [], []
    for model, exact in parts:
        verdict, name = is_cylindrical(model, budget=budget.left(start)), ", ".join(v.name for v in model.space.hidden)
        if isinstance(verdict, Refuted) and exact:
            refuted.append((verdict, name))
        elif isinstance(verdict, Refuted):
            open_parts.append(f"the part of {name} is not cylindrical, but zeros above may leave fewer of its states")
        elif not isinstance(verdict, Proved):
            open_parts.append(f"the part of {name}: {getattr(verdict, 'reason', verdict.kind)}")
    if refuted:
        scopes = [verdict.scope for verdict, _ in refuted]
        alone = len(refuted) == 1 and not open_parts
        scope = Where.NOWHERE if Where.NOWHERE in scopes else scopes[0] if alone else Where.POINT
        return Refuted(None, None, scope, detail=f"the part of {refuted[0][1]} is not cylindrical")
    if open_parts:
        return Undecided("; ".join(open_parts))
    return Proved(None, Where.EVERYWHERE, detail="each of its parts is cylindrical")
