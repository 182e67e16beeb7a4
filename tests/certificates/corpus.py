"""Write ``corpus/valid``, ``corpus/invalid`` and ``index.json``: certificates that other checkers can be tried on.

Run as ``python -m tests.certificates.corpus``.  Valid ones come from random networks, published models of states,
exponential and rational weights, at points and everywhere; every one of a kind that FORMAT.md describes in full has
neighbours that are broken in a way that has a name, and a reason that follows from the way alone.  The index lists
``accept`` and ``reject`` as well: file, kind, expected exit code, reason.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import networkx as nx
import sympy

import symelbo as se
from symelbo.certificates import Certificate, NetworkCertificate, canonical_json, model_data
from symelbo.geometry import generic_ranks, ranks_at
from symelbo.models.criteria import graph_answer
from symelbo.models.graphs import Network
from symelbo.models.parametrization import Point
from tests.certificates import build
from tests.certificates.build import HERE, PUBLISHED, Data, rehashed

CORPUS = HERE / "corpus"
LARGEST = 12_000  # bytes of a certificate
EACH = 4  # certificates with one fault
SPECIAL = ("odds-ranks", "softmax-ranks", "logistic-ranks")  # at these interior points the ranks are not generic
MALFORMED = ("json", "canonical", "duplicate-key", "number", "schema", "version")
FULL = ("identity", "null-vectors", "ranks", "not-cylindrical", "minors", "graph-cut", "graph-obstruction")
STATES = ("ewens", "inbreeding", "grouped_geometric", "reed_frost", "mnar_selection", "abo_ordered", "allelic_dropout")


def dag(rng: random.Random, nodes: int, arrows: float) -> tuple[list[tuple[str, str]], list[str]]:
    """A random acyclic graph without isolated nodes, and some of its nodes to be hidden."""
    names = [f"x{k}" for k in range(nodes)]
    edges = [(a, b) for k, b in enumerate(names) for a in names[:k] if rng.random() < arrows]
    edges += [(names[k - 1], n) for k, n in enumerate(names) if k and not any(n in e for e in edges)]
    edges += [] if any(names[0] in e for e in edges) else [(names[0], names[1])]
    return edges, rng.sample(names, rng.randrange(1, 2 if nodes < 4 else nodes // 2))


def networks() -> Iterator[tuple[str, se.Parametrization]]:
    for seed in range(14):
        rng = random.Random(seed)
        edges, hidden = dag(rng, 2 + seed % 3, 0.6)
        states = {n: rng.choice((2, 2, 3) if seed % 3 < 2 else (2,)) for n in sorted({n for e in edges for n in e})}
        yield f"dag{seed}", se.bayesian_network(edges, hidden=hidden, states=states)


def tables() -> Iterator[tuple[str, se.Parametrization]]:
    """Products with polynomial, rational and exponential weights, and lists of states."""
    x, y, u, a, b = sympy.symbols("x y u a b")
    e = sympy.exp
    pair = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    three = se.SampleSpace(visible={"v": 3}, hidden={"h": 2})
    unit = [x > 0, x < 1, y > 0, y < 1]
    weights: dict[str, tuple[Any, ...]] = {
        "hardy": (pair, [x**2, x * (1 - x), x * (1 - x), (1 - x) ** 2], [x], [x > 0, x < 1]),
        "mixture": (pair, [x * y, (1 - x) * y**2, x * (1 - y), (1 - x) * (1 - y**2)], [x, y], unit),
        "odds": (pair, [x, y, x * y, 1], [x, y], [x > 0, y > 0]),
        "inverse": (pair, [1 / x, 1 / (x + y), x / y, 1], [x, y], [x > 0, y > 0]),
        "softmax": (pair, [e(a), e(b), e(a + b), 1], [a, b], []),
        "logistic": (pair, [e(a), 1, e(-a), e(2 * a)], [a], []),
        "half": (pair, [x * e(a), x, e(a), 1 + x], [a, x], [x > 0]),
        "poisson": (three, [1, x, u, x * u, u**2 / 2, x * u**2 / 2], [x, u], [x > 0, u > 0]),
        "shifted": (three, [1, x, u, x * u, u**2, x + u], [x, u], [x > 0, u > 0]),
    }
    for name, (space, w, parameters, domain) in weights.items():
        yield name, se.Parametrization(space, w, parameters, domain, weights=True)
    o = 1 - x - y
    seen = se.StateSpace({"aa": "1", "ab": "1", "bb": "2", "bc": "3", "cc": "3"})
    yield (
        "genes",
        se.Parametrization(
            seen,
            {"aa": x**2, "ab": x * y, "bb": y, "bc": o, "cc": o**2},
            [x, y],
            [x > 0, y > 0, x + y < 1],
            weights=True,
        ),
    )
    for name in STATES:
        yield name, se.load_model(PUBLISHED / f"{name}.toml")


def of_model(name: str, model: Any, seed: int) -> Iterator[tuple[str, str]]:
    """Verdicts everywhere and at a point, and ranks."""
    rng = random.Random(seed)
    inside = Point(model.field, model.domain.interior_point())
    if not any("exponent" in g for g in model_data(model)["generators"]):
        yield f"{name}-ranks-point", Certificate.ranks(model, ranks_at(model, inside), inside, inside).to_json()
    yield f"{name}-ranks", Certificate.ranks(model, generic_ranks(model), None, inside).to_json()
    for verdict in se.verify(model).verdicts:
        wanted = ("S3", "S9", "S11", rng.choice(("S1", "S2", "S4", "S5", "S6", "S7", "S8", "S10", "S12")))
        if isinstance(verdict, se.Proved | se.Refuted) and verdict.statement.id in wanted:
            yield f"{name}-{verdict.statement.id}", verdict.certificate.to_json()
        if isinstance(verdict, se.Refuted) and verdict.statement.id == "S3":
            minors = Certificate.minors(model, verdict.statement, verdict.counterexample)
            if minors is not None:
                yield f"{name}-minors", minors.to_json()


def graphs() -> Iterator[tuple[str, str]]:
    """Claims about graphs alone."""
    for seed in range(16):
        rng = random.Random(seed)
        edges, hidden = dag(rng, 4 + seed % 9, rng.choice((0.3, 0.5)))
        nodes = sorted({n for e in edges for n in e})
        sizes = {n: rng.choice((2, 2, 3)) for n in nodes}
        space = se.SampleSpace(
            visible={n: sizes[n] for n in nodes if n not in hidden}, hidden={n: sizes[n] for n in hidden}
        )
        network = Network.of(nx.DiGraph(edges), space)
        yield f"graph{seed}", NetworkCertificate.of_graph(network, graph_answer(network)).to_json()


def identities() -> Iterator[tuple[str, str]]:
    x, y = sympy.symbols("x y")
    e = sympy.exp
    pairs = [
        ((x + y) ** 3, x**3 + 3 * x**2 * y + 3 * x * y**2 + y**3),
        (1 / x - 1 / (x + y), y / (x * (x + y))),
        ((e(x) - e(-x)) * (e(x) + e(-x)), e(2 * x) - e(-2 * x)),
        ((x**4 - 1) / (x - 1), x**3 + x**2 + x + 1),
        (x * e(y) / (x * e(y) + y), 1 - y / (x * e(y) + y)),
        (sympy.Matrix([[x, y], [y, x]]) ** 2, sympy.Matrix([[x**2 + y**2, 2 * x * y], [2 * x * y, x**2 + y**2]])),
        (x / 3 + y / 6, (2 * x + y) / 6),
        (e(x / 2) ** 3, e(3 * x / 2)),
        ((x + y) ** 2, x**2 + y**2),
        (1 / (x + y), 1 / x + 1 / y),
        (e(x + y), e(x) + e(y)),
        (x**5 - x, sympy.Integer(0)),
    ]
    for k, (left, right) in enumerate(pairs):
        yield f"identity{k}", se.check_equal(left, right).certificate.to_json()


def valid() -> Iterator[tuple[str, str]]:
    for seed, (name, model) in enumerate([*networks(), *tables()]):
        yield from of_model(name, model, seed)
    yield from graphs()
    yield from identities()


# ------------------------------------------------------------------------------------------ one fault each, by name

Fault = Callable[[Data, random.Random], bool | None]  # False where it does not apply


def more(text: str) -> str:
    return str(Fraction(text) + 1)


def put(data: Any, value: Any, *path: Any) -> None:
    for key in path[:-1]:
        data = data[key]
    data[path[-1]] = value


def columns(d: Data, *names: str) -> list[Any]:
    return [c for name in names for c in d["witness"].get(name, [])]


def _moved_vector(d: Data, rng: random.Random) -> bool | None:
    """Entries of a null vector of which the last that is not 0 is left out: J would have rank 0 on it."""
    found = [c for c in columns(d, "horizontal", "vertical", "null", "visible_null") if sum(map(bool, c)) > 1]
    if not found:
        return False
    column = rng.choice(found)
    column[max(i for i, p in enumerate(column) if p)] = []
    return None


def _all_vertical(d: Data, rng: random.Random) -> bool | None:
    """Horizontal vectors sold as vertical ones."""
    w = d["witness"]
    if not w["horizontal"]:
        return False
    w["vertical"], w["horizontal"] = w["vertical"] + w["horizontal"], []
    return None


def _twice(d: Data, rng: random.Random) -> bool | None:
    """A vector twice, and another one left out."""
    full = [v for k, v in d["witness"].items() if k != "kind" and len(v) > 1]
    if not full:
        return False
    full[0][0] = copy.deepcopy(full[0][1])
    return None


def _fewer(d: Data, rng: random.Random) -> bool | None:
    full = [v for k, v in d["witness"].items() if k != "kind" and v]
    if len(d["claim"]["model"]["parameters"]) < 2:
        return False
    full[0].pop()
    return None


def _rank(step: int, which: int) -> Fault:
    def change(d: Data, rng: random.Random) -> bool | None:
        ranks = d["claim"]["ranks"]
        ranks[which] += step
        return None if ranks[which] >= 0 else False

    return change


def _coefficient(d: Data, rng: random.Random) -> bool | None:
    """A coefficient on which the gradient depends: one whose parameter occurs in the table."""
    part = d["witness"]["optimal"] if d["witness"]["kind"] == "not-cylindrical" else d["witness"]["gradient"]
    if not part or columns(d, "null"):
        return False
    k = rng.randrange(len(part["coefficients"]))
    part["coefficients"][k] = more(part["coefficients"][k])
    return None


def _sign(d: Data, rng: random.Random) -> bool | None:
    """The gradient instead of its negative: where it points decides nothing less than the claim."""
    elbo = d["witness"]["elbo"]
    elbo["projected"] = [str(-Fraction(v)) for v in elbo["projected"]]
    return None if any(v != "0" for v in elbo["projected"]) else False


def _exchanged(d: Data, rng: random.Random) -> bool | None:
    elbo = d["witness"]["elbo"]
    elbo["projected"], elbo["visible"] = elbo["visible"], elbo["projected"]


def _negative(d: Data, rng: random.Random) -> bool | None:
    q = d["witness"]["elbo"]["q"]
    q[0], q[1] = str(Fraction(q[0]) + 2), str(Fraction(q[1]) - 2)


def _sum(d: Data, rng: random.Random) -> bool | None:
    q = d["witness"]["optimal"]["q"]
    q[0] = more(q[0])


def _other_marginal(d: Data, rng: random.Random) -> bool | None:
    w = d["witness"]
    w["optimal"]["q"] = w["elbo"]["q"]
    return None if w["elbo"]["coefficients"] != w["optimal"]["coefficients"] else False


def _no_rows(d: Data, rng: random.Random) -> bool | None:
    d["witness"]["rows"]["vertical"] = []


def _opposite(d: Data, rng: random.Random) -> bool | None:
    """The opposite verdict."""
    verdict = d["claim"]["verdict"]
    d["claim"]["verdict"] = {"proved": "refuted", "refuted": "proved"}[verdict]
    return None if d["claim"]["statement"] in ("cylindrical", "ranks", "cut") else False


def _one_more(d: Data, rng: random.Random) -> bool | None:
    """Right + 1."""
    if d["claim"]["verdict"] == "refuted":
        return False
    d["claim"]["right"][0] = ["+", d["claim"]["right"][0], "1"]
    return None


def _same_sides(d: Data, rng: random.Random) -> bool | None:
    d["claim"]["right"] = d["claim"]["left"]
    return d["claim"]["verdict"] == "refuted" and None


def _edge_back(d: Data, rng: random.Random) -> bool | None:
    edges = d["witness"]["equivalent_edges"]
    if not edges:
        return False
    edges[0].reverse()
    return None


def _edge_missing(d: Data, rng: random.Random) -> bool | None:
    edges = d["witness"]["equivalent_edges"]
    return None if edges and edges.pop() else False


def _given_arrows(d: Data, rng: random.Random) -> bool | None:
    """The network itself, with its arrows from hidden to visible, as if it were the equivalent one."""
    arrows = d["claim"]["model"].get("arrows")
    hidden = d["claim"]["model"]["hidden"]
    if not arrows or not any(a in hidden and b not in hidden for a, b in arrows):
        return False
    d["witness"].update(equivalent_edges=arrows, order=list(nx.lexicographical_topological_sort(nx.DiGraph(arrows))))
    return None


def _order_missing(d: Data, rng: random.Random) -> bool | None:
    d["witness"]["order"].pop()


def _ends_adjacent(d: Data, rng: random.Random) -> bool | None:
    """An arrow between the ends of a chain, or the parents of a collider: they are adjacent."""
    w, model = d["witness"], d["claim"]["model"]
    ends = [w["nodes"][0], w["nodes"][-1] if w["shape"] == "chain" else w["nodes"][1]]
    if "arrows" not in model or w["turned"]:
        return False
    model["arrows"].append(ends)
    return None if nx.is_directed_acyclic_graph(nx.DiGraph(model["arrows"])) else False


def _path_seen(d: Data, rng: random.Random) -> bool | None:
    """The path is blocked: the node where it ends is hidden, or the one where it begins is seen."""
    w, model = d["witness"], d["claim"]["model"]
    if "arrows" not in model:
        return False
    names = dict(model["variables"])
    hidden = [n for n in model["hidden"] if n != (w["nodes"][1] if w["shape"] == "chain" else w["nodes"][0])]
    hidden = hidden or [w["nodes"][-1]]
    order = [n for n in names if n not in hidden] + hidden
    model.update(hidden=hidden, variables=[[n, names[n]] for n in order])
    return None


def _path_cut(d: Data, rng: random.Random) -> bool | None:
    """A node of the path is passed over, or the path goes the other way."""
    w = d["witness"]
    if w["shape"] == "chain":
        w["nodes"].reverse()
    else:
        w["nodes"][0], w["nodes"][2] = w["nodes"][2], w["nodes"][0]


def _turned_to_collider(d: Data, rng: random.Random) -> bool | None:
    """An arrow that is not there is turned."""
    w = d["witness"]
    w["turned"] = [*w["turned"], [w["nodes"][-1], w["nodes"][0] if w["shape"] == "chain" else w["nodes"][1]]]
    return None if w["shape"] == "chain" or len(w["nodes"]) > 3 else False


def _tied(d: Data, rng: random.Random) -> bool | None:
    """Two rows of a conditional table have the same entries."""
    for f in d["witness"].get("families") or ():
        if len(f["rows"]) > 1:
            f["rows"][1] = f["rows"][0]
            return None
    return False


def _weight(d: Data, rng: random.Random) -> bool | None:
    """Another coefficient of a weight, with the old hash."""
    rows = d["claim"]["model"].get("weights")
    if not rows:
        return False
    row = rng.choice(rows)
    row[0] = more(row[0])
    return None


def _outside(d: Data, rng: random.Random) -> bool | None:
    """Minus the interior point."""
    if not d["claim"]["model"].get("domain"):
        return False
    d["interior_point"] = [str(-abs(Fraction(v)) - 1) for v in d["interior_point"]]
    if d["claim"]["point"] is not None:
        d["claim"]["point"] = d["interior_point"]
    return None


def _negative_exponential(d: Data, rng: random.Random) -> bool | None:
    found = [k for k, g in enumerate(d["claim"]["model"].get("generators", ())) if "exponent" in g]
    if not found:
        return False
    d["interior_point"][found[0]] = "-1"
    if d["claim"]["point"] is not None:
        d["claim"]["point"] = d["interior_point"]
    return None


def _dependent(d: Data, rng: random.Random) -> bool | None:
    """An exponential twice, under two names."""
    generators = d["claim"]["model"].get("generators", [])
    found = [g for g in generators if "exponent" in g]
    if len(found) < 2:
        return False
    found[0]["exponent"] = [str(2 * Fraction(c)) for c in found[1]["exponent"]]
    return None


def _needless_point(d: Data, rng: random.Random) -> bool | None:
    if d["claim"]["point"] is not None:
        d["claim"]["point"] = None
    else:
        d["claim"]["point"] = d["interior_point"]


def _lowest_terms(d: Data, rng: random.Random) -> bool | None:
    if not d["interior_point"]:
        return False
    value = Fraction(d["interior_point"][0])
    d["interior_point"][0] = f"{2 * value.numerator}/{2 * value.denominator}"
    return None


def _float(d: Data, rng: random.Random) -> bool | None:
    if not d["interior_point"]:
        return False
    d["interior_point"][0] = 0.5
    return None


def _same_state(d: Data, rng: random.Random) -> bool | None:
    """The pair of labels of a hidden variable is one label twice."""
    if "variables" not in d["claim"]["model"]:
        return False
    labels = d["claim"]["model"]["variables"][0][1]
    labels[-1] = labels[0]
    return None if len(labels) > 1 else False


FAULTS: dict[tuple[str, ...], list[tuple[str, str, Fault]]] = {
    FULL: [
        ("hash", "another-model", _weight),
        ("outside-domain", "minus", _outside),
        ("outside-domain", "exponential", _negative_exponential),
        ("dependent-generators", "twice", _dependent),
        ("point", "other", _needless_point),
        ("kind", "opposite", _opposite),
        ("number", "lowest-terms", _lowest_terms),
        ("number", "float", _float),
        ("schema", "label-twice", _same_state),
        ("words", "assumptions", lambda d, _: d["claim"]["assumptions"].append("p > 0")),
        ("words", "quantifier", lambda d, _: put(d, "always", "claim", "quantifier")),
        ("hash", "digit", lambda d, _: put(d, f"{int(d['sha256'], 16) ^ 1:064x}", "sha256")),
        ("version", "other", lambda d, _: put(d, 3 - d["version"], "version")),
    ],
    ("null-vectors",): [
        ("not-null-vector", "entry", _moved_vector),
        ("not-null-vector", "vertical", _all_vertical),
        ("singular", "twice", _twice),
        ("ranks", "fewer", _fewer),
    ],
    ("ranks",): [
        ("ranks", "joint", _rank(1, 0)),
        ("ranks", "visible", _rank(-1, 1)),
        ("ranks", "vertical", _rank(1, 2)),
    ],
    ("not-cylindrical",): [
        ("gradient", "coefficient", _coefficient),
        ("gradient", "sign", _sign),
        ("gradient", "exchanged", _exchanged),
        ("not-distribution", "negative", _negative),
        ("not-distribution", "sum", _sum),
        ("not-optimal", "marginal", _other_marginal),
    ],
    ("minors",): [("gradient", "coefficient", _coefficient), ("ranks", "no-rows", _no_rows)],
    ("identity",): [("identity", "one-more", _one_more), ("identity", "same", _same_sides)],
    ("graph-cut",): [
        ("order", "back", _edge_back),
        ("not-equivalent", "edge", _edge_missing),
        ("hidden-arrow", "given", _given_arrows),
        ("order", "missing", _order_missing),
        ("not-a-network", "tied", _tied),
    ],
    ("graph-obstruction",): [
        ("no-obstruction", "adjacent", _ends_adjacent),
        ("no-obstruction", "seen", _path_seen),
        ("no-obstruction", "path", _path_cut),
        ("not-equivalent", "turned", _turned_to_collider),
        ("not-a-network", "tied", _tied),
    ],
}
TEXTS: list[tuple[str, str, Callable[[str], str]]] = [
    ("json", "truncated", lambda t: t[: 2 * len(t) // 3]),
    ("duplicate-key", "kind", lambda t: t.replace('"kind":', '"kind":"identity","kind":', 1)),
    ("canonical", "space", lambda t: t.replace('":', '": ', 1)),
]


def invalid(name: str, text: str, rng: random.Random) -> Iterator[tuple[str, str, str]]:
    """Text, reason and fault of broken neighbours: all faults of its kind, and two of those of every kind."""
    kind = json.loads(text)["witness"]["kind"]
    common = list(FAULTS[FULL])
    rng.shuffle(common)
    found = 0
    for reason, what, fault in [*FAULTS[(kind,)], *common]:
        data = json.loads(text)
        own = (reason, what, fault) not in common
        if (own or found < 2) and fault(data, rng) is not False:
            found += not own
            broken = canonical_json(data) if reason == "hash" else rehashed(data)
            yield broken, reason, what
    reason, what, change = rng.choice(TEXTS)
    yield change(text), reason, what


def written() -> tuple[dict[str, str], dict[str, str]]:
    """Texts of valid certificates by name; of invalid ones, named as in ``reject``, a few for each fault of a kind."""
    good: dict[str, str] = {}
    bad: dict[str, str] = {}
    seen: Counter[tuple[str, str, str]] = Counter()
    rng = random.Random(0)
    for name, text in valid():
        if len(text) > LARGEST:
            continue
        if name in SPECIAL:
            bad[f"1-ranks-special-point-{name}"] = text
            continue
        good[name] = text
        kind = json.loads(text)["witness"]["kind"]
        for broken, reason, what in invalid(name, text, rng) if kind in FULL else ():
            seen[kind, reason, what] += 1
            if seen[kind, reason, what] <= EACH:
                bad[f"{2 if reason in MALFORMED else 1}-{reason}-{what}-{name}"] = broken
    return good, bad


def main() -> None:
    """Write all files anew; what is there already and differs is overwritten: read the difference."""
    good, bad = written()
    for folder, texts in (("valid", good), ("invalid", bad)):
        (CORPUS / folder).mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (CORPUS / folder / f"{name}.json").write_text(text, encoding="ascii")
    build.write_index()


if __name__ == "__main__":
    main()
