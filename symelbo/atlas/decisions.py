"""The verdict of the algebra on a model with each of its hidden sets, next to that of the graph criterion.

Scores of all states modulo a prime at one random point serve every hidden set of the model: only the fibres differ.
With r = rank J = d (the number of free parameters, attained modulo the prime, so exact) the lower bounds of rank J_V
and of the rank of the vertical part decide:

* their sum exceeds d: not cylindrical, PROVED, for minors that do not vanish modulo p do not vanish generically, and
  generic ranks are those of all admissible points ("minors");
* their sum is d and the graph criterion has a cut, which is verified from the definitions: cylindrical, PROVED by S11
  ("cut");
* otherwise other points and then the exact engine decide, with null vectors ("null-vectors"): such a pair is a mismatch
  of algebra and criterion.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from symelbo.errors import DomainError, InternalError
from symelbo.exact import Residues, inverse_mod, product_mod, ranks_mod
from symelbo.graphs import CollapsibleCut, MarkovCut, MarkovObstruction, verify_collapse, verify_reveal
from symelbo.models.criteria import graph_answer, graph_question, interactions
from symelbo.models.files import model_from_text
from symelbo.models.parametrization import Parametrization, as_model

Task: TypeAlias = tuple[str, str, Sequence[str]]
"""A model's key, its model file with any hidden set, and the hidden sets to decide."""

Row: TypeAlias = tuple[str, str, int, int, int, bool, bool, str]
"""Key, hidden set, ranks of J, J_V and the vertical part, cylindrical by the algebra, by the criterion, proof."""

ATTEMPTS = 4
Bounds: TypeAlias = npt.NDArray[np.int64]


def decide(tasks: Iterable[Task]) -> list[Row]:
    """Return the rows of all pairs of some tasks (a function of plain texts, so that any executor can run it)."""
    rows = []
    for key, text, hidden in tasks:
        rows.extend(_decide_model(key, text, hidden))
    return rows


def _decide_model(key: str, text: str, hidden: Sequence[str]) -> list[Row]:
    model = as_model(model_from_text(text, source=key))
    d = len(model.parameters)
    bounds = _bounds(model, hidden, seed=crc32(key.encode()))
    rows: list[Row] = []
    for subset, found in zip(hidden, bounds.tolist(), strict=True):
        cut = _has_cut(model, subset)
        split = sum(found) == d
        visible, vertical, proof = (*found, "cut" if cut else "minors") if cut == split else _exactly(model, subset)
        rows.append((key, subset, d, visible, vertical, proof != "minors", cut, proof))
    return rows


def _bounds(model: Parametrization, hidden: Sequence[str], *, seed: int) -> Bounds:
    """Lower bounds of rank J_V and of the vertical rank for every hidden set, at a point where rank J = d mod p."""
    rng = random.Random(seed)
    d = len(model.parameters)
    for _ in range(10):
        try:
            values = [rng.randrange(1, model.prime) for _ in model.field.generators]
            weights, scores = model.residues(values, model.prime)
            found = _ranks(model, weights, scores, hidden)
        except DomainError:
            continue
        if found is not None and (found.sum(axis=1) >= d).all():
            return found
    raise InternalError(f"ten random points modulo p are all special for {model!r}")


def _ranks(model: Parametrization, weights: Residues, scores: Residues, hidden: Sequence[str]) -> Bounds | None:
    """Ranks modulo p of [1 | E[s|v]], less 1, and of s - E[s|v]; None if that of [1 | s] is not d + 1."""
    (n, d), p = scores.shape, model.prime
    with_one = np.concatenate([np.ones((n, 1), dtype=np.int64), scores], axis=1)
    if ranks_mod(with_one[None], p)[0] != d + 1:
        return None
    fibres = _fibres(model, hidden)
    same = (fibres[:, :, None] == fibres[:, None, :]).astype(np.int64).reshape(-1, n)
    totals = product_mod(same, weights[:, None], p)
    if not totals.all():
        raise DomainError("a probability vanishes modulo p at this point")
    sums = product_mod(same, weights[:, None] * with_one % p, p)
    means = (sums * inverse_mod(totals, p) % p).reshape(len(hidden), n, d + 1)
    vertical = (scores - means[:, :, 1:]) % p
    return np.stack([_visible_ranks(means, fibres, p) - 1, ranks_mod(vertical, p)], axis=1)


def _visible_ranks(means: Residues, fibres: Bounds, p: int) -> Bounds:
    """Ranks of the conditional means, one row for every fibre; hidden sets with as many fibres are treated together."""
    result = np.zeros(len(means), dtype=np.int64)
    sizes = fibres.max(axis=1) + 1
    for size in np.unique(sizes).tolist():
        chosen = np.flatnonzero(sizes == size)
        first = np.stack([np.unique(fibres[k], return_index=True)[1] for k in chosen])
        result[chosen] = ranks_mod(means[chosen[:, None], first].transpose(0, 2, 1), p)
    return result


def _fibres(model: Parametrization, hidden: Sequence[str]) -> Bounds:
    """The number of the fibre of every state, for every hidden set."""
    names = model.space.names
    sizes = [len(v) for v in model.space.variables]
    digits = model.space.digits.T
    result = np.zeros((len(hidden), model.space.n_states), dtype=np.int64)
    for k, subset in enumerate(hidden):
        for name, digit, size in zip(names, digits, sizes, strict=True):
            if name not in subset:
                result[k] = result[k] * size + digit
    return result


def _has_cut(model: Parametrization, hidden: str) -> bool:
    """The graph criterion, its answer verified from the definitions."""
    answer = graph_answer(model, hidden)
    if isinstance(answer, MarkovCut | MarkovObstruction):
        verified = verify_reveal(*graph_question(model, hidden), answer)
    else:
        verified = answer is not None and verify_collapse(interactions(model) or (), hidden, answer)
    if not verified:
        raise InternalError(f"the answer {answer} of the graph criterion does not verify")
    return isinstance(answer, MarkovCut | CollapsibleCut)


def _exactly(model: Parametrization, hidden: str) -> tuple[int, int, str]:
    """Other points, in case the first was special; then the exact ranks with their null vectors."""
    from symelbo.verification import Proved, Refuted, is_cylindrical

    d = len(model.parameters)
    for seed in range(ATTEMPTS):
        visible, vertical = _bounds(model, [hidden], seed=seed)[0].tolist()
        if visible + vertical > d:
            return visible, vertical, "minors"
    verdict = is_cylindrical(model.hide(*hidden))
    if not isinstance(verdict, Proved | Refuted):
        raise InternalError(f"undecided: {model!r} with hidden {', '.join(hidden)}: {verdict!r}")
    return visible, vertical, "null-vectors" if isinstance(verdict, Proved) else "minors"
