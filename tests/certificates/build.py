"""Write the corpora ``accept`` and ``reject``: one certificate per rule, one broken neighbour per reason code.

Run as ``python -m tests.certificates.build``; the committed files are the reference, certificates of both versions
stay valid.  A rejected file is named ``EXIT-REASON-WHAT.json``.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations_with_replacement, product
from math import factorial, prod
from pathlib import Path
from typing import Any

import networkx as nx
import sympy

import symelbo as se
from symelbo import certificates
from symelbo.certificates import Certificate, NetworkCertificate, PositivityCertificate, canonical_json
from symelbo.geometry import generic_ranks, ranks_at
from symelbo.graphs import MarkovObstruction, NonFace
from symelbo.loci import Products
from symelbo.models.criteria import graph_answer
from symelbo.models.loglinear import log_linear
from symelbo.models.parametrization import Point
from symelbo.statements import statement
from symelbo.verification.tables import nowhere_cylindrical
from tests.certificates import mixed, normal

HERE = Path(__file__).parent
PUBLISHED = HERE.parent / "published" / "states"
Data = dict[str, Any]


@cache
def models() -> dict[str, se.Parametrization]:
    """Small models, one for every kind of table and verdict."""
    x, y, u, a = sympy.symbols("x y u a")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    table = [x * y, (1 - x) * y, x * (1 - y), (1 - x) * (1 - y)]
    return {
        "a": se.model_a(),
        "b": se.model_b(),
        "chain": se.bayesian_network([("x", "y"), ("y", "z")], hidden=["x"]),
        "loglinear": log_linear([["x", "y"]], hidden=["x"]),
        "vee": log_linear([["x", "y"], ["x", "z"]], hidden=["x"]),
        "simplex": se.full_simplex(space),
        "weights": se.Parametrization(space, [x * y, x, y + 1, 1], [x, y], [x > 0, y > 0], weights=True),
        "unused": se.Parametrization(space, table, [x, y, u], [x > 0, x < 1, y > 0, y < 1]),
        "mixed": se.Parametrization(space, [a * sympy.exp(a), sympy.exp(x), a, 1], [a, x], [a > 0], weights=True),
        "collinear": se.Parametrization(space, [x * y, 1, 1, 1], [x, y], [x > 0, y > 0], weights=True),
        "large": se.naive_bayes(9),
        "machine": se.restricted_boltzmann_machine(6, 4),
        "known": with_a_known_error(x),
        "bent": se.Parametrization(
            space, [sympy.exp(a * x), a, x * sympy.exp(x**2), 1], [a, x], [a > 0, x > 0], weights=True
        ),
        **state_models(),
    }


def with_a_known_error(x: sympy.Symbol) -> se.Parametrization:
    """What is seen is what is hidden, up to an error of known probability q."""
    q = se.known("q")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    return se.Parametrization(space, [x * (1 - q), (1 - x) * q, x * q, (1 - x) * (1 - q)], [x])


def saturated(*sizes: int, fewer: int = 0) -> se.Parametrization:
    """A model that is open in P(X), or a little smaller, and has no short null vectors; the last variable is hidden."""
    names = [f"v{i}" for i in range(len(sizes) - 1)]
    space = se.SampleSpace(visible=dict(zip(names, sizes, strict=False)), hidden={"h": sizes[-1]})
    d = prod(sizes) - 1 - fewer
    x = sympy.symbols(f"x1:{d + 1}", positive=True)

    def weight(k: int) -> sympy.Expr:
        return x[k % d] + sum((j + k % 3 + 1) * x[(k + j) % d] * x[(k + 1 + 2 * j) % d] for j in range(4))

    return se.Parametrization(space, [1, *map(weight, range(prod(sizes) - 1))], x, [e > 0 for e in x], weights=True)


def latent_classes(classes: int, *leaves: int) -> se.Parametrization:
    """Independent leaves, given a class."""
    states = {"h": classes, **{f"v{i}": n for i, n in enumerate(leaves)}}
    return se.bayesian_network([("h", leaf) for leaf in states if leaf != "h"], states=states, hidden=["h"])


def counts(classes: int, *kinds: tuple[int, int]) -> se.Parametrization:
    """How often each value is drawn, given a class, in independent draws of some kinds: numbers of values, of draws."""
    weights = sympy.symbols(f"w1:{classes}")
    letters = "abc"[: len(kinds)]
    rows = [[sympy.symbols(f"{a}{h}_1:{n}") for a, (n, _) in zip(letters, kinds, strict=True)] for h in range(classes)]
    state, table = {}, {}
    for drawn in product(*(combinations_with_replacement(range(n), k) for n, k in kinds)):
        seen = "+".join("".join(map(str, values)) for values in drawn)
        ways = prod(
            factorial(k) // prod(factorial(values.count(m)) for m in range(n))
            for values, (n, k) in zip(drawn, kinds, strict=True)
        )
        for h, (w, own) in enumerate(zip((*weights, 1 - sum(weights)), rows, strict=True)):
            factors = [(*row, 1 - sum(row))[k] for row, values in zip(own, drawn, strict=True) for k in values]
            state[f"{seen}-{h}"], table[f"{seen}-{h}"] = seen, ways * w * prod(factors)
    every = [row for own in rows for row in own]
    parameters = [*weights, *(e for row in every for e in row)]
    rests = (1 - sum(row) for row in (weights, *every))
    return se.Parametrization(se.StateSpace(state), table, parameters, [p > 0 for p in (*parameters, *rests)])


def _points(model: se.Parametrization) -> Iterator[dict[Any, Any]]:
    for values in model.domain.interior_points(seed=5):
        yield {p: str(v) for p, v in zip(model.parameters, values, strict=True)}


@cache
def state_models() -> dict[str, se.Parametrization]:
    """Models whose states are no product of variables: their certificates are of version 2."""
    a, b = sympy.symbols("a b")
    o = 1 - a - b
    genotypes = {"AA": a**2, "AO": 2 * a * o, "BB": b**2, "BO": 2 * b * o, "AB": 2 * a * b, "OO": o**2}
    phenotypes = se.StateSpace({"AA": "A", "AO": "A", "BB": "B", "BO": "B", "AB": "AB", "OO": "O"})
    files = {"linkage": "linkage197", "missing": "supplemented_margins", "counts": "sequence_to_count"}
    return {
        "abo": se.Parametrization(phenotypes, genotypes, [a, b], [a > 0, b > 0, a + b < 1]),
        **{name: se.load_model(PUBLISHED / f"{file}.toml") for name, file in files.items()},
    }


def accepted() -> Iterator[tuple[str, str]]:
    """Name and text of every certificate of the corpus."""
    built = models()
    for name, model in built.items():
        for verdict in se.verify(model).verdicts:
            if isinstance(verdict, se.Proved | se.Refuted) and (name in "ab" or verdict.statement.id in _CHOSEN[name]):
                yield f"{name}-{verdict.statement.id}", verdict.certificate.to_json()
    at = {"x": "1/3", "y": "1/2", "z": "1/5"}
    for verdict in se.verify(built["a"], at=at).verdicts:
        if isinstance(verdict, se.Proved) and verdict.statement.id in ("S1", "S2", "S3", "S4", "S8", "S10"):
            yield f"a-point-{verdict.statement.id}", verdict.certificate.to_json()
    point = built["a"].point(at)
    yield "a-ranks", Certificate.ranks(built["a"], ranks_at(built["a"], point), point, point).to_json()
    for name in ("a", "unused"):
        model = built[name]
        inside = model.point(dict.fromkeys(model.parameters, "1/3"))
        yield f"{name}-ranks-generic", Certificate.ranks(model, generic_ranks(model), None, inside).to_json()
    u, v = sympy.symbols("u v")
    yield "identity", se.check_equal(1 / (u + v) + 1 / u, (2 * u + v) / (u * (u + v))).certificate.to_json()
    bayes = u * v / (u * v + (1 - u) * v) + (u**2 - v**2) / (u - v)
    yield "identity-cancelled", se.check_equal(bayes, 2 * u + v).certificate.to_json()
    e = sympy.exp
    yield "identity-exp", se.check_equal((e(u) + e(-u)) ** 2, e(2 * u) + e(-2 * u) + 2).certificate.to_json()
    yield "inequality", se.check_equal((u + v) ** 2, u**2 + v**2).certificate.to_json()
    for name in ("abo", "linkage"):
        inside = built[name].point(dict.fromkeys(built[name].parameters, "1/4"))
        yield (
            f"{name}-ranks-generic",
            Certificate.ranks(built[name], generic_ranks(built[name]), None, inside).to_json(),
        )
    yield "abo-signs", heterozygotes_are_possible(built["abo"]).to_json()
    for name in ("b", "vee", "large", "abo", "linkage", "missing"):
        model = built[name]
        found = nowhere_cylindrical(model, se.is_cylindrical(model).point)
        yield f"{name}-nowhere", found.to_json()
    yield from accepted_graphs(built)
    yield from normal.accepted()
    yield from mixed.accepted()
    for name in ("a", "b", "abo", "unused"):
        yield f"{name}-identifiability", se.identifiability(built[name]).certificate.to_json()
    yield "a-point-identifiability", se.identifiability(built["a"], at).certificate.to_json()
    yield "few-identifiability", se.identifiability(se.restricted_boltzmann_machine(3, 2)).certificate.to_json()
    defective = {
        "squares": latent_classes(3, 2, 2, 2, 2),
        "cubes": latent_classes(4, 3, 3, 3),
        "quartics": counts(5, (3, 4)),
    }
    for name, model in defective.items():
        inside = next(p for p in map(model.point, _points(model)) if generic_ranks(model) == ranks_at(model, p))
        yield f"{name}-conormal-ranks", Certificate.ranks(model, generic_ranks(model), None, inside).to_json()
    yield "squares-identifiability", se.identifiability(defective["squares"]).certificate.to_json()
    x, y = sympy.symbols("x y")
    folded = [1, x**2 - 2 * x + 2, y, 2 * u]
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    bounded = {
        "a": built["a"],
        "folded": se.Parametrization(space, folded, [x, y, u], [e > 0 for e in (x, y, u)], weights=True),
        "open": saturated(2, 2, 2),
    }
    for name, model in bounded.items():
        inside = next(p for p in map(model.point, _points(model)) if generic_ranks(model) == ranks_at(model, p))
        yield f"{name}-bounds", Certificate.bounds(model, inside).to_json()
    yield "open-bounds-cut", Certificate.bounds(model, inside).for_statement(statement("S11")).to_json()
    yield "b-kappa", kappa_is_positive(built["b"]).to_json()
    yield "signs", signs_from_weights().to_json()


def accepted_graphs(built: dict[str, se.Parametrization]) -> Iterator[tuple[str, str]]:
    """Those on graphs, of large networks and of small ones."""
    cut = nx.DiGraph([(f"v{i}", f"v{i + 1}") for i in range(40)] + [("h", "v20"), ("v19", "h")])
    yield "network-cut", se.is_cylindrical(se.bayesian_network(cut, hidden=["h"])).certificate.to_json()
    reduced = NetworkCertificate.of_parts(se.bayesian_network(cut, hidden=["h"]), [], refuted=False)
    yield "network-reduced", reduced.to_json()
    chain = nx.DiGraph([(f"v{i}", f"v{i + 1}") for i in range(40)] + [("h", "v20"), ("k", "v30"), ("k", "v31")])
    network = se.bayesian_network(chain, hidden=["h", "k"])
    collider = se.is_cylindrical(se.bayesian_network([("h", "v20"), ("v19", "v20")], hidden=["h"])).certificate
    yield "network-refuted", NetworkCertificate.of_parts(network, [collider], refuted=True).to_json()
    for verdict in se.verify(network).verdicts:
        if verdict.statement.id in ("S3", "S4", "S9"):
            yield f"network-collider-{verdict.statement.id}", verdict.certificate.to_json()
    tree = nx.DiGraph([(f"v{i}", f"v{i + 1}") for i in range(40)] + [("h", "y"), ("h", "z")])
    part = se.bayesian_network([("h", "y"), ("h", "z")], hidden=["h"])
    found = nowhere_cylindrical(part, se.is_cylindrical(part).point)
    network = se.bayesian_network(tree, hidden=["h"])
    yield "network-nowhere", NetworkCertificate.of_parts(network, [found], refuted=True).to_json()
    yield "network-chain", se.is_cylindrical(network).certificate.to_json()
    long = [(f"h{i}", f"h{i + 1}") for i in range(13)]
    ends = se.bayesian_network([*long, ("h0", "a"), ("h13", "b")], hidden=[f"h{i}" for i in range(14)])
    answer = graph_answer(ends)
    assert isinstance(answer, MarkovObstruction)
    assert isinstance(ends, se.Parametrization)
    yield "ends-S3", Certificate.of_graph(ends, statement("S3"), inside_of(ends), answer).to_json()
    single = se.bayesian_network([*tree.edges, ("u", "y")], states={**dict.fromkeys(tree, 2), "u": 1}, hidden=["h"])
    yield "network-one-state", se.is_cylindrical(single).certificate.to_json()
    known = graph_answer(built["b"])
    assert isinstance(known, MarkovObstruction)
    yield "b-graph", Certificate.of_graph(built["b"], statement("S3"), inside_of(built["b"]), known).to_json()
    # The boundary a, b, c of h, k is pairwise adjacent, and no face.
    sets = ["ab", "bc", "ca", "ha", "hb", "hk", "kc"]
    triangle = se.log_linear(list(map(list, sets)), hidden=["h", "k"])
    missing = graph_answer(triangle)
    assert isinstance(missing, NonFace)
    origin = triangle.point(dict.fromkeys(triangle.parameters, 0))
    yield "triangle-S3", Certificate.of_graph(triangle, statement("S3"), origin, missing).to_json()


def inside_of(model: se.Parametrization) -> se.Point:
    return model.point(dict.fromkeys(model.parameters, "1/3"))


def kappa_is_positive(model: se.Parametrization) -> PositivityCertificate:
    """The factor of the defect of M(b): a sum of two products of entries of the tables."""
    x, y1, y2, z1, z2 = model.parameters
    kappa = x * y1 * (1 - y1) * z1 * (1 - z1) + (1 - x) * y2 * (1 - y2) * z2 * (1 - z2)
    forms = tuple(model.field.from_sympy(e) for p in model.parameters for e in (p, 1 - p))
    terms = ((1, (1, 0, 1, 1, 0, 0, 1, 1, 0, 0)), (1, (0, 1, 0, 0, 1, 1, 0, 0, 1, 1)))
    point = Point(model.field, model.domain.interior_point())
    return PositivityCertificate.of(model.field, model.domain, [kappa], [Products(forms, terms)], point)


def heterozygotes_are_possible(model: se.Parametrization) -> PositivityCertificate:
    """2 a b + 2 a o > 0 where the alleles' frequencies are positive."""
    a, b = model.parameters
    forms = tuple(model.field.from_sympy(e) for e in (a, b, 1 - a - b))
    sums = (Products(forms, ((2, (1, 1, 0)), (2, (1, 0, 1)))),)
    point = Point(model.field, model.domain.interior_point())
    expression = 2 * a * b + 2 * a * (1 - a - b)
    return PositivityCertificate.of(model.field, model.domain, [expression], sums, point, model=model)


def signs_from_weights() -> PositivityCertificate:
    """Signs that follow from positive weights, with a denominator, an exponential and a square."""
    x, y, a, u = sympy.symbols("x y a u")
    space = se.SampleSpace(visible={"v": 2}, hidden={"h": 2})
    table = [x * y, x * (1 - y), (1 - x) * y, (1 - x) * (1 - y) * sympy.exp(a)]
    model = se.Parametrization(space, table, [x, y, a, u], [x > 0, x * y > 0, y < 1, x * (1 - x) * y > 0], weights=True)
    forms = tuple(model.field.from_sympy(e) for e in (x, y, 1 - x, sympy.exp(a), u**2))
    sums = (
        Products(forms, ((1, (1, 0, 0, 0, 1)), (sympy.Rational(1, 2), (0, 1, 0, 0, 0)))),
        Products(forms, ((3, (0, 0, 1, 1, 0)),)),
    )
    point = Point(model.field, model.domain.interior_point())
    e = [x * u**2 + y / 2, 3 * (1 - x) * sympy.exp(a) / (x * y)]
    return PositivityCertificate.of(model.field, model.domain, e, sums, point, model=model)


_CHOSEN = {
    "chain": ("S3", "S11"),
    "loglinear": ("S3", "S11", "S12"),
    "vee": ("S3", "S4", "S9"),
    "simplex": ("S3", "S11"),
    "weights": ("S3",),
    "unused": ("S3", "S8"),
    "mixed": ("S1", "S3", "S4", "S9"),
    "collinear": ("S3", "S4"),
    "large": ("S1", "S3", "S4", "S9", "S10"),
    "machine": ("S3",),
    "known": ("S1", "S3", "S4", "S9", "S12"),
    "bent": ("S1", "S3", "S4", "S9"),
    "abo": ("S1", "S3", "S4", "S9"),
    "linkage": ("S3", "S12"),
    "missing": ("S3", "S4"),
    "counts": ("S3", "S7", "S8", "S11"),
}


def rehashed(data: Data) -> str:
    """The certificate with the hash of its own claim: the work of an adversary, not of an accident."""
    data["sha256"] = hashlib.sha256(canonical_json(data["claim"]).encode()).hexdigest()
    return canonical_json(data)


def rejected(corpus: dict[str, str]) -> Iterator[tuple[str, str]]:  # noqa: PLR0915  # a list, one line per file
    """Name and text of every broken certificate."""

    def broken(source: str, change: Callable[[Data], object], *, rehash: bool = True, version: int = 0) -> str:
        data = copy.deepcopy(json.loads(corpus[source]))
        change(data)
        data["version"] = version or data["version"]
        return rehashed(data) if rehash else canonical_json(data)

    def put(value: Any, *path: Any) -> Callable[[Data], object]:
        def change(data: Data) -> None:
            for key in path[:-1]:
                data = data[key]
            data[path[-1]] = value

        return change

    def drop(*path: Any) -> Callable[[Data], object]:
        def change(data: Data) -> None:
            for key in path[:-1]:
                data = data[key]
            del data[path[-1]]

        return change

    text = corpus["a-S3"]
    model = ("claim", "model")
    yield "2-json-empty", ""
    yield "2-json-truncated", text[:-1]
    yield "2-json-trailing", text + "{}"
    yield "2-duplicate-key-verdict", text.replace('"verdict":"proved"', '"verdict":"proved","verdict":"proved"')
    yield "2-number-float", text.replace('"version":1', '"version":1.0')
    yield "2-number-nan", text.replace('"version":1', '"version":NaN')
    yield "2-number-infinity", text.replace('"version":1', '"version":-Infinity')
    yield "2-number-huge-index", text.replace('"version":1', '"version":' + "1" * 30)
    yield "2-number-not-lowest-terms", broken("a-S3", put("2/4", "interior_point", 0))
    yield "2-number-denominator-one", broken("a-S3", put("1/1", "interior_point", 0))
    yield "2-number-zero-denominator", broken("a-S3", put("1/0", "interior_point", 0))
    yield "2-number-plus-sign", broken("a-S3", put("+1", "interior_point", 0))
    yield "2-number-leading-zero", broken("a-S3", put("01/2", "interior_point", 0))
    yield "2-number-minus-zero", broken("a-S3", put("-0", "interior_point", 0))
    yield "2-number-space", broken("a-S3", put("1/2 ", "interior_point", 0))
    yield "2-number-other-digits", broken("a-S3", put("\u0661/\u0662", "interior_point", 0))
    yield "2-number-underscore", broken("a-S3", put("1_0/3", "interior_point", 0))
    yield "2-number-decimal", broken("a-S3", put("0.5", "interior_point", 0))
    yield "2-limit-long-number", broken("a-S3", put("1" * 5000, "interior_point", 0))
    yield "2-canonical-white-space", json.dumps(json.loads(text))
    yield "2-canonical-order", canonical_json(json.loads(text)).replace('"version":1,', "")[:-1] + ',"version":1}'
    yield "2-depth-brackets", "[" * 50_000 + "]" * 50_000
    deep: Any = ["g", 0]
    for _ in range(150):
        deep = ["+", deep, "1"]
    yield "2-depth-expression", broken("identity", put([deep], "claim", "left"))
    yield "2-version-two", broken("a-S3", put(2, "version"))
    yield "2-version-true", broken("a-S3", put(True, "version"))
    yield "2-schema-list", "[]"
    yield "2-schema-no-witness", broken("a-S3", drop("witness"))
    yield "2-schema-extra-key", broken("a-S3", put("x", "claim", "remark"))
    yield "2-schema-unknown-statement", broken("a-S3", put("riemann-hypothesis", "claim", "statement"))
    yield "2-schema-unknown-kind", broken("a-S3", put("because", "witness", "kind"))
    yield "2-schema-zero-coefficient", broken("a-S3", put("0", *model, "factors", 0, 0, 0))
    yield "2-schema-truth", broken("b-S4", put("no", "witness", "truth"))
    yield "2-schema-states-missing", broken("a-S3", drop(*model, "weights", 0))
    yield "2-schema-term-order", broken("a-S3", lambda d: d["claim"]["model"]["factors"][1].reverse())
    yield (
        "2-limit-states",
        broken("a-S3", put([[f"v{k}", ["0", "1"]] for k in range(40)] + [["x", ["1", "0"]]], *model, "variables")),
    )
    yield (
        "2-limit-exponent",
        broken("identity", put([["^", ["^", ["+", ["g", 0], ["g", 1]], 500], 500]], "claim", "left")),
    )
    yield "2-limit-digits", broken("identity", put([["^", ["^", "1" * 3000, 1000], 1000]], "claim", "left"))
    yield "1-hash-claim-changed", broken("a-S3", put("cut", "claim", "statement"), rehash=False)
    yield "1-hash-wrong", broken("a-S3", put("0" * 64, "sha256"), rehash=False)
    yield "1-words-assumptions", broken("a-S3", put([], "claim", "assumptions"))
    yield "1-words-contradiction", broken("a-S3", put(["0 = 1"], "claim", "assumptions"))
    yield "1-words-quantifier", broken("a-S3", put("for some L", "claim", "quantifier"))
    yield "1-kind-refuted", broken("a-S3", put("refuted", "claim", "verdict"))
    yield "1-kind-scope", broken("b-S3", put("every-admissible-point", "claim", "scope"))
    yield "1-kind-point-conditions", broken("a-point-S4", put("every-admissible-point", "claim", "scope"))
    yield "1-kind-false-conditions", broken("a-point-S3", put(False, "witness", "truth"))
    yield (
        "1-kind-generic-true",
        broken(
            "a-point-S4",
            put("generic", "claim", "scope"),
        ),
    )
    yield "1-point-none", broken("b-S3", put(None, "claim", "point"))
    yield "1-point-other", broken("b-S3", put("1/3", "interior_point", 0))
    yield "1-point-needless", broken("a-S3", lambda d: d["claim"].update(point=d["interior_point"]))
    yield "1-point-identity", broken("identity", lambda d: d["claim"].update(point=d["interior_point"]))
    yield "1-outside-domain", broken("a-S3", put("2", "interior_point", 0))
    yield "1-outside-domain-boundary", broken("a-S3", put("1", "interior_point", 0))
    yield "1-outside-domain-exponential", broken("loglinear-S3", put("-1", "interior_point", 0))
    yield (
        "1-outside-domain-contradiction",
        broken("a-S3", lambda d: d["claim"]["model"]["domain"].append([[["-1", [1, 0, 0]]], [["1", [0, 0, 0]]]])),
    )
    yield (
        "1-zero-denominator-domain",
        broken("a-S3", put([["1", [1, 0, 0]], ["-1/2", [0, 0, 0]]], *model, "domain", 0, 1)),
    )
    yield "1-zero-denominator-expression", broken("identity", put([["^", ["+", ["g", 0], "-1"], -1]], "claim", "left"))
    yield "1-zero-factor", broken("a-S3", put([], *model, "factors", 0))
    yield "1-not-positive-weight", broken("a-S3", put("-1", *model, "weights", 0, 0))
    yield (
        "1-not-positive-no-constraints",
        broken("a-S2", lambda d: (put([], *model, "domain")(d), put("2", "interior_point", 0)(d))),
    )
    yield (
        "1-dependent-generators",
        broken(
            "loglinear-S3",
            lambda d: d["claim"]["model"]["generators"][1].update(
                exponent=d["claim"]["model"]["generators"][0]["exponent"]
            ),
        ),
    )
    yield "1-unreal-point", broken("mixed-S3", put("point", "claim", "scope"))
    yield "1-empty-witness", broken("a-S3", lambda d: d["witness"].update(horizontal=[], vertical=[], null=[]))
    yield "1-not-null-vector-horizontal", broken("b-S3", _splitting_witness)
    yield (
        "1-not-null-vector-vertical",
        broken(
            "a-S3",
            lambda d: d["witness"].update(
                vertical=d["witness"]["horizontal"][:1], horizontal=d["witness"]["horizontal"][1:]
            ),
        ),
    )
    yield (
        "1-not-null-vector-null",
        broken("a-S3", lambda d: d["witness"]["null"].append(d["witness"]["vertical"].pop())),
    )
    yield "1-ranks-too-few", broken("a-S3", lambda d: d["witness"]["horizontal"].pop())
    yield "1-ranks-splits", broken("b-S3", _as_full_table)
    yield "1-ranks-stated", broken("a-ranks", put([3, 2, 2], "claim", "ranks"))
    yield "1-ranks-generic", broken("a-ranks-generic", put([3, 1, 2], "claim", "ranks"))
    for name in ("a", "a-point"):
        yield (
            f"1-ranks-{name}-identifiable",
            broken(f"{name}-identifiability", put(["x", "y", "z"], "claim", "identifiable")),
        )
        yield f"1-ranks-{name}-determined-rank", broken(f"{name}-identifiability", put(3, "claim", "rank"))
    yield "2-schema-determined-rank", broken("a-identifiability", put(True, "claim", "rank"))
    yield "1-ranks-null-vectors-missing", broken("a-identifiability", put([], "witness", "visible_null"))
    yield "1-ranks-null-vector-missing", broken("b-identifiability", lambda d: d["witness"]["visible_null"].pop())
    yield "1-ranks-saturated", broken("few-identifiability", put(["b_v1"], "claim", "identifiable"))
    yield (
        "1-dependent-vectors-determined",
        broken("a-identifiability", lambda d: d["witness"].update(visible_null=d["witness"]["visible_null"] * 2)),
    )
    yield (
        "1-not-null-vector-determined",
        broken("a-identifiability", lambda d: d["witness"]["visible_null"][0].reverse()),
    )
    plain, cubic = "squares-conormal-ranks", ("witness", "conormal", 0)
    yield "1-ranks-conormal-missing", broken(plain, lambda d: d["witness"]["conormal"].pop())
    yield "1-ranks-conormal-none", broken(plain, drop("witness", "conormal"))
    yield (
        "1-ranks-conormal-twice",
        broken(plain, lambda d: d["witness"].update(conormal=d["witness"]["conormal"][:1] * 2)),
    )
    yield "1-conormal-entry", broken(plain, put(7, *cubic, "states", 0, 0, 0))
    yield "1-conormal-scale", broken(plain, put("2", *cubic, "scale", 3))
    yield "1-conormal-rank", broken("cubes-conormal-ranks", put(0, *cubic, "koszul"))
    yield (
        "1-conormal-counts",
        broken("quartics-conormal-ranks", lambda d: d["witness"]["conormal"][0].update(scale=["1"] * 15)),
    )
    yield "1-conormal-fibres", broken("abo-ranks-generic", lambda d: d["witness"].update(conormal=[_tensor(4)]))
    yield "2-schema-conormal", broken(plain, lambda d: d["witness"]["conormal"][0]["states"][0].append([0]))
    yield "1-ranks-bounds", broken("b-S3", _by_bounds)
    yield "1-ranks-bounds-missing", broken("a-bounds", put([], "witness", "visible_null"))
    yield "1-ranks-bounds-point", broken("folded-bounds", put(["1"] * 3, "interior_point"))
    yield "1-not-null-vector-bounds", broken("a-bounds", lambda d: d["witness"]["visible_null"][0].reverse())
    yield (
        "1-dependent-vectors-bounds",
        broken("a-bounds", lambda d: d["witness"].update(visible_null=d["witness"]["visible_null"] * 2)),
    )
    yield "1-not-constant-bounds", broken("a-bounds", _as_cut)
    yield "2-schema-bounds", broken("a-bounds", put([], "witness", "horizontal_null"))
    yield "1-singular", broken("a-S3", lambda d: d["witness"].update(horizontal=d["witness"]["horizontal"][:1] * 2))
    yield "1-dependent-vectors", broken("unused-ranks-generic", _twice_null)
    yield "1-not-admissible", broken("b-S3", _inadmissible)
    yield "1-gradient-coefficients", broken("b-S3", put("1/7", "witness", "elbo", "coefficients", 0))
    yield "1-gradient-visible", broken("b-S3", put("1/7", "witness", "elbo", "visible_coefficients", 0))
    yield "1-gradient-stated", broken("b-S3", put("1/7", "witness", "elbo", "projected", 0))
    yield "1-gradient-objective", broken("b-S3", put("1/7", "witness", "objective", "coefficients", 0))
    yield "1-not-distribution-sum", broken("b-S3", put("1/4", "witness", "elbo", "q", 0))
    yield (
        "1-not-distribution-negative",
        broken("b-S3", lambda d: d["witness"]["elbo"]["q"].__setitem__(slice(0, 2), ["-1/8", "3/8"])),
    )
    yield (
        "1-not-optimal",
        broken(
            "b-S3", lambda d: d["witness"].update(optimal={k: d["witness"]["elbo"][k] for k in ("q", "coefficients")})
        ),
    )
    yield "1-equal-gradients-elbo", broken("b-S3", _resting_elbo)
    yield "1-equal-gradients-objective", broken("b-S3", _constant_objective)
    yield "1-condition-true", broken("b-S4", put(True, "witness", "truth"))
    yield "1-condition-false", broken("a-point-S4", put(False, "witness", "truth"))
    yield "1-not-constant", broken("loglinear-S11", _null_vectors_of(corpus["weights-S3"]))
    yield "1-identity-false", broken("identity", put([["g", 0]], "claim", "left"))
    yield (
        "1-cancelled",
        broken("identity-cancelled", put([[["2", [0, 0]]], [], [["1", [0, 0]]]], "witness", "steps", 0)),
    )
    yield "1-steps", broken("identity-cancelled", lambda d: d["witness"]["steps"].append(None))
    yield "1-identity-refuted", broken("inequality", lambda d: d["claim"].update(right=d["claim"]["left"]))
    yield "1-empty-witness-identity", broken("identity", lambda d: d["claim"].update(left=[], right=[]))
    yield "1-not-a-network-families", broken("a-S10", lambda d: d["witness"]["families"][0]["rows"][0].reverse())
    yield "1-not-a-network-tied", broken("chain-S11", _tied_rows)
    yield "1-not-a-network-cycle", broken("chain-S11", _cycle)
    yield "1-not-equivalent-skeleton", broken("chain-S11", lambda d: d["witness"]["equivalent_edges"].pop())
    yield (
        "1-not-equivalent-twice",
        broken("chain-S11", lambda d: d["witness"]["equivalent_edges"].append(d["witness"]["equivalent_edges"][0])),
    )
    yield "1-order-missing", broken("chain-S11", lambda d: d["witness"]["order"].pop())
    yield "1-order-backward", broken("chain-S11", lambda d: d["witness"]["order"].reverse())
    yield (
        "1-hidden-arrow",
        broken(
            "chain-S11", lambda d: d["witness"].update(equivalent_edges=[["x", "y"], ["y", "z"]], order=["x", "y", "z"])
        ),
    )
    yield "1-not-log-linear-generators", broken("loglinear-S11", put([["x"], ["y"]], "witness", "generators"))
    yield (
        "1-not-log-linear-domain",
        broken("loglinear-S11", put([[[["1", [1, 0, 0]]], [["1", [0, 0, 0]]]]], *model, "domain")),
    )
    yield "1-not-log-linear-base", broken("loglinear-S11", put("2", *model, "factors", 0, 0, 0))
    yield "1-not-collapsible", broken("vee-S3", _collapsible)
    yield "1-not-admissible-rows", broken("large-S3", lambda d: d["witness"]["rows"]["joint"].pop())
    yield "1-not-admissible-same-row", broken("large-S3", put([0] * 20, "witness", "rows", "visible"))
    yield "1-ranks-rows", broken("large-S3", put([], "witness", "rows", "vertical"))
    yield "2-schema-row", broken("large-S3", put(1 << 20, "witness", "rows", "joint", 0))
    yield "2-limit-rows", broken("large-S3", put([0] * 300, "witness", "rows", "joint"))
    yield "1-gradient-exchange", broken("large-S3", put("1/7", "witness", "gradient", "coefficients", 3))
    yield "1-gradient-projected", broken("large-S3", put("1/7", "witness", "gradient", "projected", 0, 1))
    yield "1-equal-gradients-none", broken("large-S3", put([], "witness", "gradient", "projected"))
    yield "1-not-optimal-exchange", broken("large-S3", put([0, 2], "witness", "gradient", "states"))
    yield "1-not-distribution-exchange", broken("large-S3", put("1/2", "witness", "gradient", "epsilon"))
    yield "1-not-positive-table", broken("large-S1", put("-1", *model, "tables", 0, "rows", 0, 0))
    yield "1-not-a-network-tables", broken("large-S10", lambda d: d["claim"]["model"]["tables"][3]["rows"].reverse())
    yield (
        "1-not-a-network-table-twice",
        broken("large-S10", lambda d: d["claim"]["model"]["tables"].append(d["claim"]["model"]["tables"][0])),
    )
    yield (
        "2-schema-table-variables",
        broken("large-S3", lambda d: d["claim"]["model"]["tables"][3]["variables"].reverse()),
    )
    yield "2-schema-table-short", broken("large-S3", lambda d: d["claim"]["model"]["tables"][3]["rows"].pop())
    yield "1-sign-coefficient", broken("b-kappa", put("-1", "witness", "proofs", 0, 0, "terms", 1, 0))
    yield "1-sign-zero-coefficient", broken("b-kappa", put("0", "witness", "proofs", 0, 0, "terms", 1, 0))
    yield "1-sign-other-sum", broken("b-kappa", put("2", "witness", "proofs", 0, 0, "terms", 1, 0))
    yield "1-sign-no-terms", broken("b-kappa", put([], "witness", "proofs", 0, 0, "terms"))
    yield "1-sign-zero", broken("b-kappa", lambda d: (put(["0"], "claim", "expressions")(d), _no_terms(d)))
    yield "1-sign-false", broken("b-kappa", put([["g", 0]], "claim", "expressions"))
    yield "1-sign-square", broken("b-kappa", _only_a_square)
    yield "1-sign-step", broken("signs", put("2", "witness", "steps", 0, "terms", 0, 0))
    yield "1-empty-witness-positivity", broken("b-kappa", _no_expressions)
    yield "1-point-positivity", broken("b-kappa", lambda d: d["claim"].update(point=d["interior_point"]))
    yield "1-outside-domain-positivity", broken("b-kappa", put("1", "interior_point", 0))
    yield "1-zero-denominator-positivity", broken("b-kappa", put([["^", ["+", "1", "-1"], -1]], "claim", "expressions"))
    yield "1-kind-positivity", broken("b-kappa", put("refuted", "claim", "verdict"))
    yield "2-schema-form-itself", broken("signs", put([["s", 0, 1]], "witness", "steps", 0, "multiplier"))
    yield "2-schema-form-no-weights", broken("b-kappa", put([["w", 0, 1]], "witness", "proofs", 0, 0, "multiplier"))
    yield "2-schema-form-order", broken("b-kappa", put([["d", 1, 1], ["d", 0, 1]], *_PROOF, "multiplier"))
    yield "2-schema-form-twice", broken("b-kappa", put([["d", 0, 1], ["d", 0, 1]], *_PROOF, "multiplier"))
    yield "2-schema-form-power", broken("b-kappa", put([["d", 0, 0]], *_PROOF, "multiplier"))
    yield "1-sign-multiplier", broken("b-nowhere", put([["1", [0] * 5]], "witness", "minors", 0, "multiplier"))
    yield "1-sign-zero-multiplier", broken("b-nowhere", put([], "witness", "minors", 0, "multiplier"))
    yield "1-sign-nothing", broken("b-nowhere", lambda d: (_no_multiplier(d), d["witness"].update(terms=[])))
    yield "1-sign-equal-states", broken("b-nowhere", put([0, 0], "witness", "minors", 0, "pairs", 0))
    yield "1-sign-equal-columns", broken("b-nowhere", put([0, 0, 3], "witness", "minors", 0, "columns"))
    yield "1-different-fibres", broken("b-nowhere", put([0, 2], "witness", "minors", 0, "pairs", 0))
    yield "1-ranks-no-minors", broken("b-nowhere", put([], "witness", "minors"))
    yield "1-ranks-minor-too-small", broken("b-nowhere", _smaller_minor)
    yield "1-ranks-minor-sizes", broken("b-nowhere", _minors_of_two_sizes)
    yield "1-ranks-no-visible-rows", broken("b-nowhere", put([0], "witness", "visible"))
    yield "1-ranks-inadmissible", broken("b-nowhere", put(["1/2"] * 5, "interior_point"))
    yield "1-ranks-minor-columns", broken("b-nowhere", put([0] * 20, "witness", "minors", 0, "columns"))
    yield "1-kind-nowhere", broken("b-nowhere", put("proved", "claim", "verdict"))
    yield "2-limit-fibres", broken("large-S3", _many_fibres)
    yield "1-unreal-point-constant", broken("a-ranks", lambda d: _constant_exponential(d, ["1/2"]))
    yield "1-dependent-generators-constants", broken("a-S3", lambda d: _constant_exponential(d, ["1/2", "1/3"]))
    yield "1-dependent-generators-polynomials", broken("bent-S3", _multiple_exponent)
    square = {"exponent": [["1", [2, 0, 0]]], "name": "exp(x**2)"}
    yield "2-schema-derivative", broken("a-S3", put(square, *model, "generators", 0))
    yield "2-schema-exponential-is-no-parameter", broken("bent-S3", _exponential_in_disguise)
    yield "2-schema-constant-parameter", broken("known-S3", put(["x"], *model, "constants"))
    yield "2-schema-constant-unknown", broken("known-S3", put(["other"], *model, "constants"))
    yield "1-gradient-constant", broken("known-S3", _two_parameters)
    yield "1-unreal-point-polynomial", broken("bent-S3", put("point", "claim", "scope"))
    yield "1-zero-denominator-zero", broken("a-S3", put([], *model, "domain", 0, 1))
    yield "1-outside-domain-constant", broken("a-S3", put([["-1", [0, 0, 0]]], *model, "domain", 0, 0))
    yield "1-outside-domain-zero", broken("a-S3", put([], *model, "domain", 0, 0))
    yield "1-not-positive-inverse", broken("a-S2", _negative_inverse)
    part = ("witness", "parts", 0)
    yield "1-subnetwork-missing", broken("network-refuted", put([], "witness", "parts"))
    yield "1-subnetwork-left", broken("network-reduced", lambda d: _arrow(d, ["h", "v30"]))
    yield "1-subnetwork-verdict", broken("network-refuted", _claim_everywhere)
    yield "1-subnetwork-scope", broken("network-refuted", put("no-admissible-point", "claim", "scope"))
    yield "1-subnetwork-other", broken("network-refuted", put(_part_of(corpus["b-S3"]), *part))
    yield "1-subnetwork-other-arrow", broken("network-nowhere", put(["h", "v0"], *model, "arrows", 0))
    yield "1-subnetwork-statement", broken("network-refuted", put(_part_of(corpus["b-S9"]), *part))
    yield "1-subnetwork-smaller-domain", broken("network-nowhere", _smaller_domain)
    yield "1-hash-subnetwork", broken("network-refuted", put("proved", *part, "certificate", "claim", "verdict"))
    yield "1-ranks-subnetwork", broken("network-nowhere", put([], *part, "certificate", "witness", "minors"))
    yield "1-kind-subnetwork-point", broken("network-refuted", put("point", "claim", "scope"))
    yield "1-kind-graph", broken("network-cut", put({"kind": "null-vectors"}, "witness"))
    yield "1-kind-table", broken("a-S3", put({"kind": "subnetworks", "parts": []}, "witness"))
    yield "1-point-graph", broken("network-refuted", put([], "claim", "point"))
    yield "1-not-a-network-arrow-twice", broken("network-cut", lambda d: _arrow(d, d["claim"]["model"]["arrows"][0]))
    yield "1-not-a-network-arrow-back", broken("network-cut", lambda d: _arrow(d, ["v1", "v0"]))
    yield "1-not-a-network-loop", broken("network-cut", lambda d: _arrow(d, ["v1", "v1"]))
    yield "1-not-a-network-unknown-node", broken("network-cut", lambda d: _arrow(d, ["v1", "w"]))
    yield "1-not-a-network-one-state", broken("network-refuted", put(["0"], *model, "variables", 7, 1))
    yield "1-not-a-network-of-part", broken("network-refuted", put([[1, 0]], *part, "families", 0, "rows"))
    yield "1-hidden-arrow-graph", broken("network-cut", _given_arrows)
    for source in ("network-chain", "b-graph"):
        yield f"1-no-obstruction-given-{source}", broken(source, put([], "witness", "turned"))
    obstruction = ("network-collider-S3", "witness", "nodes")
    yield "1-no-obstruction-adjacent", broken("network-collider-S3", lambda d: _arrow(d, ["v19", "h"]))
    yield "1-no-obstruction-arrow", broken(obstruction[0], put(["h", "v19", "v21"], *obstruction[1:]))
    yield "1-no-obstruction-visible", broken(obstruction[0], put(["v19", "h", "v20"], *obstruction[1:]))
    yield "1-no-obstruction-shape", broken(obstruction[0], put("chain", "witness", "shape"))
    yield "1-no-obstruction-through", broken(obstruction[0], put(["h", "v19", "v20", "v21"], *obstruction[1:]))
    for key, value in (
        ("boundary", ["a", "b"]),  # in a generator
        ("boundary", ["a", "b", "h"]),
        ("boundary", []),
        ("contacts", ["h", "h", "h"]),  # h and c do not interact
        ("contacts", ["h", "a", "k"]),
        ("tree", []),
        ("tree", [["k", "h"]]),
        ("tree", [["h", "k"], ["h", "k"]]),
    ):
        named = "".join(map("".join, value)) or "none"
        yield f"1-no-obstruction-{key}-{named}", broken("triangle-S3", put(value, "witness", key))
    face = {"boundary": ["a", "b"], "contacts": ["h", "h"], "tree": []}
    yield "1-no-obstruction-face", broken("triangle-S3", lambda d: d["witness"].update(face))
    fewer = [list(g) for g in ("ab", "bc", "ca", "ha", "hb", "hk")]
    yield "1-not-log-linear-obstruction", broken("triangle-S3", put(fewer, "witness", "generators"))
    yield "1-not-equivalent-turned", broken("network-chain", put([["y", "h"], ["z", "h"]], "witness", "turned"))
    yield "1-not-equivalent-unknown", broken("network-chain", put([["v0", "y"]], "witness", "turned"))
    yield (
        "1-not-equivalent-turned-twice",
        broken("network-chain", lambda d: d["witness"]["turned"].extend(d["witness"]["turned"])),
    )
    yield "1-kind-everywhere", broken("network-chain", put("no-admissible-point", "claim", "scope"))
    yield "2-schema-shape", broken("network-chain", put("path", "witness", "shape"))
    yield "2-schema-short", broken("network-chain", put(["y", "z"], "witness", "nodes"))
    yield "1-not-equivalent-collider", broken("network-cut", lambda d: _arrow(d, ["v5", "v20"]))
    yield "2-schema-interior-of-graph", broken("network-cut", put(["1/2"], "interior_point"))
    yield "2-schema-graph-in-graph", broken("network-refuted", _graph_in_graph)
    yield (
        "1-kind-minors",
        broken("large-S3", lambda d: d["claim"].update(verdict="proved", scope="every-admissible-point", point=None)),
    )

    states = (*model, "states")
    yield "2-version-states-in-one", broken("abo-S3", put(1, "version"))
    yield "2-version-three", broken("abo-S3", put(3, "version"))
    yield "2-version-states-in-one-subnetwork", broken("network-refuted", lambda d: _states_in_part(d, corpus, 1))
    yield "1-no-product-subnetwork", broken("network-refuted", lambda d: _states_in_part(d, corpus, 2))
    yield "2-schema-states-and-hidden", broken("abo-S3", put([], *model, "hidden"))
    yield "2-schema-states-and-variables", broken("b-S3", put([["x", "v"]] * 8, *states), version=2)
    yield "2-schema-states-and-tables", broken("abo-S3", _states_in_tables)
    yield "2-schema-states-and-arrows", broken("network-cut", put([["x", "v"]], *states), version=2)
    yield "2-schema-states-of-an-identity", broken("identity", put([["x", "v"]], *states), version=2)
    yield "2-schema-states-none", broken("abo-S3", put([], *states))
    yield "2-schema-states-doubled", broken("abo-S3", put("AA", *states, 1, 0))
    yield "2-schema-states-interleaved", broken("abo-S3", lambda d: _at(d, *states).insert(1, _at(d, *states).pop(3)))
    yield "2-schema-states-apart-merged", broken("abo-S3", put("A", *states, 5, 1))
    yield "2-schema-states-seen-as-nothing", broken("abo-S3", put("", *states, 5, 1))
    yield "2-schema-states-seen-as-number", broken("abo-S3", put(1, *states, 5, 1))
    yield "2-schema-states-without-weight", broken("abo-S3", lambda d: _at(d, *states).append(["x", "y"]))
    yield "1-hash-state-moved", broken("abo-S3", put("A", *states, 2, 1), rehash=False)
    yield "2-schema-state-moved", broken("abo-S3", put("AB", *states, 5, 1))
    yield "1-gradient-state-moved", broken("abo-S3", put("A", *states, 2, 1))
    yield "1-different-fibres-state-moved", broken("abo-nowhere", put("B", *states, 1, 1))
    yield "1-not-null-vector-state-moved", broken("counts-S3", put("1", *states, 0, 1))
    yield "1-ranks-state-moved", broken("linkage-ranks-generic", put("b", *states, 1, 1))
    for kind, extra in _GRAPHS.items():
        yield f"1-no-product-{kind}", broken("counts-S11", put({"kind": kind, **extra}, "witness"))
    yield "1-no-product-local-tables", broken("abo-S3", _locality)
    yield "1-no-product-exchange", broken("abo-S3", _exchange_of_states)
    yield from normal.rejected(broken, put)
    yield from mixed.rejected(broken, put)


_PROOF = ("witness", "proofs", 0, 0)
_GRAPHS: dict[str, Data] = {
    "graph-cut": {"families": [], "equivalent_edges": [], "order": []},
    "log-linear-cut": {"generators": []},
}


def _at(d: Data, *path: Any) -> Any:
    for key in path:
        d = d[key]
    return d


def _states_in_part(d: Data, corpus: dict[str, str], version: int) -> None:
    """A subnetwork whose states are listed."""
    d["witness"]["parts"] = [{"families": [], "certificate": {**json.loads(corpus["abo-S3"]), "version": version}}]


def _states_in_tables(d: Data) -> None:
    model = d["claim"]["model"]
    model["tables"] = [{"variables": [], "rows": model.pop("weights")}]


def _locality(d: Data) -> None:
    """No family at all: as if states without variables were a network without nodes."""
    d["claim"].update(
        assumptions=["the model is a Bayesian network with free conditional tables"],
        quantifier="for all tangent vectors",
        statement="locality",
        verdict="proved",
        scope="every-admissible-point",
        point=None,
    )
    d["witness"] = {"kind": "local-tables", "families": []}


def _exchange_of_states(d: Data) -> None:
    gradient = {"epsilon": "1/100", "states": [0, 1], "coefficients": ["0", "0"], "families": [], "projected": []}
    rows = {"joint": [0, 1, 2], "visible": [0, 1, 2], "vertical": [0, 2]}
    d["witness"] = {"kind": "minors", "null": [], "visible_null": [], "rows": rows, "gradient": gradient}


def _no_terms(d: Data) -> None:
    d["witness"]["proofs"][0][0]["terms"] = []


def _no_expressions(d: Data) -> None:
    d["claim"]["expressions"] = []
    d["witness"]["proofs"] = []


def _only_a_square(d: Data) -> None:
    """x^2 >= 0 does not say that x^2 > 0, where x > 0 is not used."""
    d["claim"]["expressions"] = [["^", ["g", 0], 2]]
    d["witness"]["proofs"] = [[{"multiplier": [], "terms": [["1", [["g", 0, 1]]]]}, d["witness"]["proofs"][0][1]]]


def _no_multiplier(d: Data) -> None:
    d["witness"]["minors"][0]["multiplier"] = []


def _smaller_minor(d: Data) -> None:
    """One row, whose entry for x is 1: rank >= 1 is not enough."""
    d["witness"]["minors"] = [{"pairs": [[0, 1]], "columns": [0], "multiplier": [["1", [0] * 5]]}]


def _minors_of_two_sizes(d: Data) -> None:
    """The minor of three rows, times 0, and one of a single row."""
    _no_multiplier(d)
    d["witness"]["minors"].append({"pairs": [[0, 1]], "columns": [0], "multiplier": [["1", [0] * 5]]})


def _many_fibres(d: Data) -> None:
    """So many visible states that not even the list of their fibres may be made."""
    visible = [[f"u{k}", ["0", "1"]] for k in range(40)]
    d["claim"]["model"]["variables"] = visible + d["claim"]["model"]["variables"]
    d["claim"].update(verdict="proved", scope="every-admissible-point", point=None)
    unit = [[["1", [0] * 19]] if i == 0 else [] for i in range(19)]
    d["witness"] = {"kind": "null-vectors", "horizontal": [unit], "vertical": [], "null": []}


def _constant_exponential(d: Data, exponents: list[str]) -> None:
    """More generators exp(c), numbers: a formal point may give them any value."""
    model = d["claim"]["model"]
    for k, c in enumerate(exponents):
        model["generators"].append({"exponent": ["0", "0", "0", c], "name": f"e{k}"})
        for p in (*model["factors"], *(p for pair in model["domain"] for p in pair)):
            for _, powers in p:
                powers.append(0)
        d["interior_point"].append("3/2")
    d["claim"]["point"] = d["claim"]["point"] and d["interior_point"]


def _negative_inverse(d: Data) -> None:
    """1 / (x - 1) where x < 1: a weight with a negative exponent."""
    model = d["claim"]["model"]
    model["domain"] = []
    model["factors"][1] = [["1", [1, 0, 0]], ["-1", [0, 0, 0]]]
    for row in model["weights"]:
        row[1] = [[f, -1 if f == 1 else e] for f, e in row[1]]


def _claim_everywhere(d: Data) -> None:
    d["claim"].update(verdict="proved", scope="every-admissible-point")


def _part_of(text: str) -> Data:
    """A certificate of M(b) as a part of a network."""
    families = [
        {"node": "x", "parents": [], "rows": [[0, 1]]},
        {"node": "y", "parents": ["x"], "rows": [[2, 3], [4, 5]]},
        {"node": "z", "parents": ["x"], "rows": [[6, 7], [8, 9]]},
    ]
    return {"families": families, "certificate": json.loads(text)}


def _smaller_domain(d: Data) -> None:
    """Nowhere cylindrical for x > 1/2 says nothing about other x."""
    inner = d["witness"]["parts"][0]["certificate"]
    inner["claim"]["model"]["domain"].append([[["4", [1, 0, 0, 0, 0]], ["-1", [0] * 5]], [["1", [0] * 5]]])
    rehashed(inner)


def _arrow(d: Data, arrow: list[str]) -> None:
    d["claim"]["model"]["arrows"].append(arrow)


def _given_arrows(d: Data) -> None:
    """The network itself has an arrow from hidden to visible."""
    arrows = d["claim"]["model"]["arrows"]
    d["witness"]["equivalent_edges"] = arrows
    nodes = [f"v{i}" for i in range(20)] + ["h"] + [f"v{i}" for i in range(20, 41)]
    d["witness"]["order"] = nodes


def _graph_in_graph(d: Data) -> None:
    """A network that is a part of itself."""
    inner = copy.deepcopy(d)
    rehashed(inner)
    d["witness"]["parts"] = [{"families": [], "certificate": inner}]


def _splitting_witness(d: Data) -> None:
    """Unit vectors as if M(b) were cut."""
    unit = [[[["1", [0] * 5]] if i == k else [] for i in range(5)] for k in range(5)]
    d["claim"].update(verdict="proved", scope="every-admissible-point", point=None)
    d["witness"] = {"kind": "null-vectors", "horizontal": unit[1:], "vertical": unit[:1], "null": []}


def _by_bounds(d: Data) -> None:
    """As if the ranks of M(b) did."""
    d["claim"].update(verdict="proved", scope="every-admissible-point", point=None)
    d["witness"] = {"kind": "bounds", "visible_null": []}


def _as_cut(d: Data) -> None:
    cut = statement("S11")
    d["claim"].update(assumptions=list(cut.hypotheses), quantifier=cut.quantifier, statement=cut.slug)


def _as_full_table(d: Data) -> None:
    """M(b)'s witness with leaves that do not depend on x: T splits."""
    weights = d["claim"]["model"]["weights"]
    for row in weights:
        row[1] = sorted([{4: 2, 5: 3, 8: 6, 9: 7}.get(f, f), e] for f, e in row[1])
    null = [[[["1", [0] * 5]] if i == k else [] for i in range(5)] for k in (2, 4)]
    x = [[["1", [0] * 5]], [], [], [], []]
    d["witness"].update(null=null, visible_null=[x, *null])


def _twice_null(d: Data) -> None:
    d["witness"]["null"] *= 2


def _inadmissible(d: Data) -> None:
    """A point at which both leaves of M(b) are independent of x."""
    d["claim"]["point"] = d["interior_point"] = ["1/2", "1/2", "1/2", "1/2", "1/2"]


def _resting_elbo(d: Data) -> None:
    """q = p: both gradients are 0."""
    point = [sympy.Rational(v) for v in d["interior_point"]]
    p = se.model_b().point(dict(zip(se.model_b().parameters, point, strict=True)))
    q = se.probabilities(se.model_b(), at=p)
    zero5, zero4 = ["0"] * 5, ["0"] * 4
    d["witness"]["elbo"] = {
        "q": [str(v) for v in q],
        "coefficients": zero5,
        "visible_coefficients": zero5,
        "projected": zero4,
        "visible": zero4,
    }


def _constant_objective(d: Data) -> None:
    d["witness"]["objective"] = {
        "differential": ["1"] * 4,
        "coefficients": ["0"] * 5,
        "visible_coefficients": ["0"] * 5,
    }


def _null_vectors_of(text: str) -> Callable[[Data], None]:
    """Polynomial null vectors offered as a cut."""

    def change(d: Data) -> None:
        other = json.loads(text)
        d.update(interior_point=other["interior_point"], witness=other["witness"])
        d["claim"]["model"] = other["claim"]["model"]

    return change


def _tied_rows(d: Data) -> None:
    families = d["witness"]["families"]
    family = next(f for f in families if len(f["rows"]) == 2)
    family["rows"][1] = family["rows"][0]


def _multiple_exponent(d: Data) -> None:
    """exp(f) and exp(2 f): a polynomial in both may be 0."""
    first, second = (g for g in d["claim"]["model"]["generators"] if "exponent" in g)
    second["exponent"] = [[str(2 * int(c)), powers] for c, powers in first["exponent"]]


def _exponential_in_disguise(d: Data) -> None:
    """An exponential that has the name of the parameter which the derivative of another exponent contains."""
    generators = d["claim"]["model"]["generators"]
    generators[0] = {"exponent": ["1", "0", "0"], "name": generators[0]["name"]}


def _two_parameters(d: Data) -> None:
    """The constant as a parameter: the witness is about derivatives along the other one alone."""
    del d["claim"]["model"]["constants"]
    d["claim"]["model"]["parameters"].append("q")
    for part in d["witness"].values():
        for key in ("coefficients", "visible_coefficients"):
            if isinstance(part, dict) and key in part:
                part[key].append("0")


def _cycle(d: Data) -> None:
    """Arrows x -> y -> x that the table does not distinguish from x -> y."""
    names = [v[0] for v in d["claim"]["model"]["variables"]]
    first = next(f for f in d["witness"]["families"] if not f["parents"])
    other = next(n for n in names if n != first["node"])
    first.update(parents=[other], rows=first["rows"] * 2)


def _collapsible(d: Data) -> None:
    d["claim"].update(
        assumptions=["p(v, h) = p(v; xi) p(h | v; chi) with xi, chi varying independently"],
        statement="cut",
        verdict="proved",
        scope="every-admissible-point",
        point=None,
    )
    d["witness"] = {"kind": "log-linear-cut", "generators": [["x", "y"], ["x", "z"]]}


REASONS = set(re.findall(r"`(.+?)`", (Path(certificates.__file__).parent / "FORMAT.md").read_text().split("## 9.")[1]))


def index() -> list[Data]:
    """Every certificate of all folders: file, kind, expected answer, reason; what is expected stands in the name."""
    listed = []
    for folder in ("accept", "corpus/invalid", "corpus/valid", "reject"):
        for path in sorted((HERE / folder).glob("*.json")):
            code, *words = ["0"] if folder in ("accept", "corpus/valid") else path.stem.split("-")
            names = ["-".join(words[:k]) for k in range(len(words), 0, -1)]
            reason = next((name for name in names if name in REASONS), "valid")
            expected = ("valid", "invalid", "malformed")[int(code)]
            file = str(path.relative_to(HERE))
            listed.append({"expected": expected, "file": file, "kind": kind_of(path.read_text()), "reason": reason})
    return listed


def kind_of(text: str) -> str | None:
    """The kind of witness, where the text can be read so far."""
    try:
        return json.loads(text)["witness"]["kind"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None


def write_index() -> None:
    (HERE / "index.json").write_text("[\n" + ",\n".join(map(json.dumps, index())) + "\n]\n", encoding="ascii")


def _tensor(visible: int) -> Data:
    return {"koszul": 0, "scale": ["1"] * visible, "states": [[[*range(visible)]]]}


def main() -> None:
    """Write what is missing from both corpora: a certificate of version 1 that is there stays as it is."""
    corpus = dict(accepted())
    for name, text in corpus.items():
        path = HERE / "accept" / f"{name}.json"
        if path.exists():
            corpus[name] = path.read_text(encoding="ascii")
        else:
            path.write_text(text, encoding="ascii")
    for name, text in rejected(corpus):
        path = HERE / "reject" / f"{name}.json"
        if not path.exists():
            path.write_text(text, encoding="ascii")
    write_index()


if __name__ == "__main__":
    main()
