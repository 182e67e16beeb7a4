"""The part of the corpora that is about normal distributions: certificates of version 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy

import symelbo as se

Data = dict[str, Any]
Broken = Callable[..., str]
MODEL = ("claim", "model")


def normal_models() -> dict[str, se.Gaussian]:
    """Small models, one for every form and verdict."""
    a, b, c, d, e, m = sympy.symbols("a b c d e m")
    path = [[a, b, 0], [b, c, d], [0, d, e]]
    sigma = [[2, 1, 1], [1, 3, 1], [1, 1, 4]]
    system = se.linear_dynamical_system(3)
    return {
        "leaves": se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False),
        "collider": se.linear_gaussian([("h", "b"), ("c", "b")], hidden=["h"], means=False),
        "sink": se.linear_gaussian([("a", "h"), ("b", "h"), ("h", "k")], hidden=["h", "k"]),
        "means": se.Gaussian(["x", "y", "h"], [a, b, m], sigma, [a, b, m], hidden=["h"]),
        "path": se.Gaussian(["x", "y", "h"], [0, 0, 0], precision=path, parameters=[a, b, c, d, e], hidden=["h"]),
        "system": system,
        "precision": se.Gaussian(
            system.variables,
            [system.field.to_sympy(x) for x in system.mean],
            precision=system.precision.to_sympy(),
            parameters=system.parameters,
            hidden=system.hidden,
            domain=[p > 0 for p in system.parameters],
        ),
        "fraction": se.Gaussian(["v", "h"], None, [[a + 1 / b, a], [a, a]], [a, b], hidden=["h"]),
    }


CHOSEN = {
    "leaves": ("S1", "S2", "S3", "S4", "S5", "S6", "S7", "S9", "S10", "S12"),
    "collider": ("S3",),
    "sink": ("S3", "S8", "S10", "S11"),
    "means": ("S3", "S4", "S8", "S11"),
    "path": ("S3",),
    "system": ("S3", "S4"),
    "precision": ("S3",),
    "fraction": ("S3",),
}


def accepted() -> Iterator[tuple[str, str]]:
    """Name and text of every certificate."""
    built = normal_models()
    for name, model in built.items():
        report = se.verify(model)
        for key in CHOSEN[name]:
            yield f"normal-{name}-{key}", report[key].certificate.to_json()
        if name in ("leaves", "system"):
            yield f"normal-{name}-nowhere", report["S3"].extent_certificate.to_json()
    for name in ("leaves", "precision", "sink"):
        yield f"normal-{name}-identifiability", se.identifiability(built[name]).certificate.to_json()
    collider = built["collider"]
    at = {**dict.fromkeys(map(str, collider.parameters), 1), "b_h_b": 0}
    for key in ("S1", "S3", "S8"):
        yield f"normal-point-{key}", se.verify(collider, key, at=at).certificate.to_json()
    yield "normal-point-identifiability", se.identifiability(collider, at).certificate.to_json()


def rejected(  # noqa: PLR0915  # a list, one line per file
    broken: Broken, put: Callable[..., Callable[[Data], object]]
) -> Iterator[tuple[str, str]]:
    """Name and text of every broken certificate."""
    leaves, path, system, sink, point = (
        "normal-leaves-S3",
        "normal-path-S3",
        "normal-system-S3",
        "normal-sink-S11",
        "normal-point-S3",
    )
    yield "2-version-normal-in-two", broken(leaves, put(2, "version"))
    yield "2-schema-normal-form", broken(leaves, put("correlation", *MODEL, "form"))
    yield "2-schema-normal-hidden-first", broken(leaves, put(["a"], *MODEL, "hidden"))
    yield "2-schema-normal-nothing-hidden", broken(leaves, put([], *MODEL, "hidden"))
    yield "2-schema-normal-row", broken(leaves, lambda d: d["claim"]["model"]["matrix"][1].append([]))
    yield "2-schema-normal-mean", broken(leaves, lambda d: d["claim"]["model"]["mean"].pop())
    yield "1-zero-denominator-normal", broken(leaves, put([], *MODEL, "denominator"))
    yield "1-zero-denominator-normal-at-point", broken("normal-fraction-S3", _vanishing_denominator)
    yield "1-outside-domain-normal", broken("normal-means-S3", _empty_domain)
    yield "1-not-positive-normal", broken("normal-leaves-S2", _indefinite)
    yield "1-not-positive-normal-singular", broken(leaves, _singular)
    yield (
        "1-words-normal-of-tables",
        broken("normal-leaves-S1", put("for every differentiable L on P(V)", "claim", "quantifier")),
    )
    yield (
        "1-kind-normal-of-tables",
        broken("normal-leaves-S10", put({"kind": "local-tables", "families": []}, "witness")),
    )
    yield "1-kind-normal-false-conditions", broken(point, put(False, "witness", "truth"))
    yield "1-condition-normal", broken("normal-leaves-S4", _conditions_true)
    yield "1-point-normal", broken(leaves, put("2", "interior_point", 0))
    yield "1-gradient-normal-coefficients", broken(leaves, put("1/7", "witness", "elbo", "coefficients", 0))
    yield "1-gradient-normal-visible", broken(leaves, put("1/7", "witness", "elbo", "visible_coefficients", 0))
    yield "1-gradient-normal-stated", broken(leaves, put("1/7", "witness", "elbo", "projected", 3))
    yield "1-gradient-normal-objective", broken(leaves, put("1/7", "witness", "objective", "coefficients", 0))
    yield "1-not-distribution-normal-asymmetric", broken(leaves, put("1/7", "witness", "elbo", "covariance", 0, 1))
    yield "1-not-distribution-normal-negative", broken(leaves, put("-1", "witness", "elbo", "covariance", 0, 0))
    yield "1-not-optimal-normal", broken(leaves, put("9", "witness", "optimal", "covariance", 0, 0))
    yield "1-equal-gradients-normal", broken(leaves, _at_rest)
    yield "1-ranks-normal-splits", broken(leaves, _splitting)
    yield "1-not-admissible-normal", broken(system, lambda d: d["witness"].update(visible_null=[]))
    yield (
        "1-dependent-vectors-normal",
        broken(system, lambda d: d["witness"].update(visible_null=_twice(d["witness"]["visible_null"]))),
    )
    yield (
        "1-not-null-vector-normal-visible",
        broken(system, put([["1", [0, 0, 0, 0, 0]]], "witness", "visible_null", 0, 4)),
    )
    yield (
        "1-not-null-vector-normal-horizontal",
        broken(path, put([["1", [1, 0, 0, 0, 0]]], "witness", "horizontal", 0, 4)),
    )
    yield (
        "1-not-null-vector-normal-null",
        broken("normal-means-S3", lambda d: d["witness"]["null"].append(d["witness"]["vertical"].pop())),
    )
    yield "1-annihilator-missing", broken(path, put([], "witness", "annihilator"))
    yield (
        "1-annihilator-wrong",
        broken(path, lambda d: d["witness"]["annihilator"].reverse() or d["witness"]["annihilator"][0].reverse()),
    )
    yield (
        "1-annihilator-singular",
        broken(path, lambda d: d["witness"].update(annihilator=d["witness"]["annihilator"][:1] * 2)),
    )
    yield "1-annihilator-nowhere", broken("normal-leaves-nowhere", put([], "witness", "annihilator"))
    yield "1-annihilator-right", broken("normal-leaves-nowhere", lambda d: d["witness"]["right"].pop())
    yield "1-empty-witness-normal", broken(path, lambda d: d["witness"].update(horizontal=[], vertical=[], null=[]))
    yield "1-ranks-normal-too-few", broken(path, lambda d: d["witness"]["horizontal"].pop())
    yield (
        "1-singular-normal",
        broken("normal-means-S3", lambda d: d["witness"].update(horizontal=d["witness"]["horizontal"][:1] * 2)),
    )
    yield "1-not-constant-normal", broken(path, _as_a_cut)
    yield "1-ranks-normal-minors", broken("normal-leaves-nowhere", put([], "witness", "minors"))
    yield "1-sign-normal", broken("normal-leaves-nowhere", put("-1", "witness", "terms", 0, 0))
    yield "1-sign-normal-same-row", broken("normal-leaves-nowhere", lambda d: _same_row(d["witness"]["minors"][0]))
    yield "1-ranks-normal-columns", broken("normal-leaves-nowhere", put([0] * 20, "witness", "minors", 0, "columns"))
    yield "1-not-a-network-normal-tied", broken(sink, put(0, "witness", "equations", "variances", 1))
    yield "1-not-a-network-normal-arrow-twice", broken(sink, lambda d: _coefficients(d).append(_coefficients(d)[0]))
    yield (
        "1-not-a-network-normal-turned",
        broken(sink, lambda d: _coefficients(d)[0].__setitem__(slice(0, 2), ["h", "a"])),
    )
    yield "1-not-a-network-normal-means", broken(sink, lambda d: d["witness"]["equations"]["intercepts"].pop())
    yield (
        "1-not-a-network-normal-covariance",
        broken("normal-leaves-S10", put([["1", [0, 0, 0, 0, 1]]], *MODEL, "matrix", 1, 0)),
    )
    yield "1-not-equivalent-normal", broken(sink, lambda d: d["witness"]["equivalent_edges"].pop())
    for name in ("sink", "point"):
        source = f"normal-{name}-identifiability"
        yield f"1-ranks-normal-{name}-identifiable", broken(source, put([], "claim", "identifiable"))
    yield (
        "1-ranks-normal-null-vector-missing",
        broken("normal-leaves-identifiability", lambda d: d["witness"]["visible_null"].pop()),
    )
    yield "1-hidden-arrow-normal", broken("normal-leaves-S10", _hidden_arrow)


def _vanishing_denominator(d: Data) -> None:
    at = [int(v) if v.isdigit() else v for v in d["interior_point"]]
    d["claim"]["model"]["denominator"] = [["1", [1, 0]], [f"-{at[0]}", [0, 0]]]


def _empty_domain(d: Data) -> None:
    d["claim"]["model"]["domain"].append([[["-1", [0, 0, 0]]], [["1", [0, 0, 0]]]])


def _indefinite(d: Data) -> None:
    d["claim"]["model"]["matrix"][0][0] = []


def _singular(d: Data) -> None:
    model = d["claim"]["model"]
    model["matrix"][1][0] = model["matrix"][1][1] = model["matrix"][0][0]


def _conditions_true(d: Data) -> None:
    d["witness"] = {**d["witness"], "kind": "conditions", "truth": True}


def _at_rest(d: Data) -> None:
    """q = p: both gradients are 0."""
    w = d["witness"]["elbo"]
    w.update(mean=["0"] * 3, covariance=[["2", "1", "1"], ["1", "2", "1"], ["1", "1", "1"]])
    for key in ("coefficients", "visible_coefficients", "projected", "visible"):
        w[key] = ["0"] * len(w[key])


def _splitting(d: Data) -> None:
    """Covariance and mean of another model, whose coordinates are all free: T splits."""
    model, one = d["claim"]["model"], [["1", [0] * 5]]
    mean_a, mean_b, aa, ab, bb = ([["1", [int(i == k) for i in range(5)]]] for k in range(5))
    model.update(denominator=one, domain=[], mean=[mean_a, mean_b, []])
    model["matrix"] = [[[*aa, ["1", [0] * 5]]], [ab, bb], [[], [], one]]


def _twice(vectors: list[Any]) -> list[Any]:
    return [*vectors, vectors[0]]


def _as_a_cut(d: Data) -> None:
    d["claim"].update(
        assumptions=["p(v, h) = p(v; xi) p(h | v; chi) with xi, chi varying independently"],
        quantifier="at every admissible point",
        statement="cut",
    )


def _same_row(minor: Data) -> None:
    minor["rows"][0] = minor["rows"][1]


def _coefficients(d: Data) -> list[Any]:
    found: list[Any] = d["witness"]["equations"]["coefficients"]
    return found


def _hidden_arrow(d: Data) -> None:
    """The network itself as its own equivalent: h -> a, h -> b."""
    d["claim"].update(
        assumptions=["theta is admissible: rank J and rank J_V have their generic values"],
        quantifier="at every admissible point",
        statement="cylindrical",
    )
    d["witness"].update(kind="graph-cut", equivalent_edges=[["h", "a"], ["h", "b"]], order=["h", "a", "b"])
