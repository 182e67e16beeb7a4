"""Networks on the support of their tables: parts decide what the whole table decides."""

import random
from math import prod

import symelbo as se
from symelbo.budget import Budget
from symelbo.errors import ModelError
from symelbo.models.formats import NetworkFile, Table
from symelbo.models.networks import support_model
from symelbo.verification import support


def with_zeros(rng: random.Random, nodes: int) -> tuple[NetworkFile, list[str]]:
    """A random network of small nodes, some entries of whose tables are 0, and its hidden nodes."""
    names = [f"n{k}" for k in range(nodes)]
    parents = {n: tuple(rng.sample(names[:k], min(k, rng.choice([0, 1, 1, 2])))) for k, n in enumerate(names)}
    states = {n: tuple(map(str, range(rng.choice([2, 2, 3])))) for n in names}
    tables = {}
    for n in names:
        width, rows = len(states[n]), {}
        for k in range(prod(len(states[p]) for p in parents[n])):
            numbers = [rng.choice([0, 1, 1, 2]) for _ in range(width)]
            numbers = numbers if any(numbers) and parents[n] else [1] * width
            rows[k] = tuple(f"{a}/{sum(numbers)}" for a in numbers)
        tables[n] = Table(rows, None, n)
    hidden = rng.sample(names, rng.choice([1, 2]))
    return NetworkFile("n", states, parents, tables, "n.bif"), hidden


def by_parts(monkeypatch, network: NetworkFile, hidden: list[str]) -> se.Proved | se.Refuted | se.Undecided:
    def too_large(*_: object) -> None:
        raise ModelError("too large")

    with monkeypatch.context() as patched:
        patched.setattr(support, "support_model", too_large)
        return support.cylindrical_on_support(network, hidden, Budget())


def test_parts_agree_with_the_whole(monkeypatch) -> None:
    rng, seen = random.Random(1), []
    while len(seen) < 10:
        network, hidden = with_zeros(rng, 4)
        try:
            whole = se.is_cylindrical(support_model(network, hidden))
        except ModelError:  # one state is left, say
            continue
        parts = by_parts(monkeypatch, network, hidden)
        assert parts.kind in (whole.kind, "undecided"), (network, hidden)
        if isinstance(parts, se.Refuted) and parts.scope == se.Where.NOWHERE:
            assert whole.scope == se.Where.NOWHERE
        seen.append(parts.kind)
    assert {"proved", "refuted"} <= set(seen)


def test_a_network_beyond_enumeration_is_decided_by_its_parts() -> None:
    names = [f"n{k}" for k in range(40)]
    states = dict.fromkeys(names, ("0", "1"))
    parents = {n: (names[k - 1],) if k else () for k, n in enumerate(names)}
    copy, free = ("1", "0"), ("1/2", "1/2")
    for rows, expected in ((copy, se.Proved), (free, se.Refuted)):
        tables = {
            n: Table({0: rows if n == "n7" else free, 1: rows[::-1] if n == "n7" else free}, None, n) for n in names
        }
        tables["n30"] = Table({0: ("1", "0"), 1: free}, None, "n30")
        network = NetworkFile("n", states, parents, tables, "n.bif")
        assert network.has_zeros
        assert isinstance(support.cylindrical_on_support(network, ["n7"], Budget()), expected)
    # Zeros above the part may leave fewer states: then "no" is not known.
    tables["n5"] = Table({0: ("1", "0"), 1: ("1", "0")}, None, "n5")
    blocked = support.cylindrical_on_support(NetworkFile("n", states, parents, tables, "n.bif"), ["n8"], Budget())
    assert isinstance(blocked, se.Undecided)
    assert "zeros above" in blocked.reason
