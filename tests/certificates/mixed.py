"""The part of the corpora that is about mixtures: certificates of version 4."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sympy

import symelbo as se

Data = dict[str, Any]
MODEL = ("claim", "model")
LEAF = (*MODEL, "leaves", 0, 1)
SHAPE = (*MODEL, "classes", 1, 1, 0, 0)
UNIT = [["1", [0, 0]]]


def mixtures() -> dict[str, se.ExponentialMixture]:
    """Small mixtures, one for every family and verdict."""
    m, p, t, a, b, c, r, s = sympy.symbols("m p t a b c r s")
    e = sympy.exp(m)
    return {
        "normal": se.exponential_mixture("gaussian", variance="free"),
        "counts": se.exponential_mixture(
            [
                {"v": ("poisson", r), "c": ("categorical", a, 1 - a)},
                {"v": ("poisson", s), "c": ("categorical", b, 1 - b)},
            ],
            weights=[p, 1 - p],
            parameters=[p, a, b, r, s],
        ),
        "times": se.exponential_mixture(
            [{"u": ("erlang", 2, a), "v": ("geometric", r)}, {"u": ("erlang", 2, b), "v": ("geometric", s)}],
            weights=[p, 1 - p],
            parameters=[p, a, b, r, s],
        ),
        "doubled": se.exponential_mixture(
            [{"v": ("exponential", a + b)}, {"v": ("exponential", 2 * (a + b))}],
            weights=[p, 1 - p],
            parameters=[p, a, b],
        ),
        "fixed": se.exponential_mixture(
            [{"v": ("gaussian", m, 1)}, {"v": ("gaussian", m + 1, 1)}],
            weights=[1 / (1 + e), e / (1 + e)],
            parameters=[m],
        ),
        # Two classes with the same v: T n V_p has dimension 2, and a minor of size 3 is needed.
        "split": se.exponential_mixture(
            [{"v": ("poisson", x), "c": ("categorical", y, 1 - y)} for x, y in ((r, a), (r, b), (s, c))],
            weights=[p, t, 1 - p - t],
            parameters=[p, t, a, b, c, r, s],
        ),
        # No entry of the vertical scores vanishes nowhere, but 1 - 2 m and m - 2 m^3 do not vanish together.
        "bent": se.exponential_mixture(
            [{"v": ("gaussian", m, 1)}, {"v": ("gaussian", m**2, 1)}],
            weights=[sympy.Rational(1, 2)] * 2,
            parameters=[m],
        ),
        "inflated": se.exponential_mixture(
            [{"v": ("zero",)}, {"v": ("poisson", r)}, {"v": ("geometric", s)}],
            weights=[p, t, 1 - p - t],
            parameters=[p, t, r, s],
        ),
        "multiple": se.exponential_mixture(
            [{"v": ("poisson", r)}, {"v": ("poisson", se.known("k") * r)}], weights=[p, 1 - p], parameters=[p, r]
        ),
        # p(zero | v = 0) = 1/2 whatever r is.
        "certain": se.exponential_mixture(
            [{"v": ("zero",)}, {"v": ("poisson", m)}], weights=[1 / (1 + e), e / (1 + e)], parameters=[m]
        ),
        "shapes": se.exponential_mixture(
            [{"v": ("exponential", b)}, {"v": ("erlang", 2, b)}], weights=[p, 1 - p], parameters=[p, b]
        ),
        "unlike": se.exponential_mixture(
            [{"v": ("gaussian", m, s)}, {"v": ("erlang", 2, b)}], weights=[p, 1 - p], parameters=[p, m, s, b]
        ),
        # The false neighbour of "fixed": the weights do not follow the mean.: the weights do not follow the mean.
        "known": se.exponential_mixture(
            [{"v": ("gaussian", m, 1)}, {"v": ("gaussian", m + 1, 1)}],
            weights=[sympy.Rational(1, 2)] * 2,
            parameters=[m],
        ),
    }


def accepted() -> Iterator[tuple[str, str]]:
    """Name and text of every certificate."""
    built = mixtures()
    for name, model in built.items():
        report = se.verify(model)
        more = {"normal": ("S4", "S9"), "fixed": ("S4", "S8", "S11"), "certain": ("S1", "S2", "S12")}
        for key in ("S3", *more.get(name, ())):
            if isinstance(report[key], se.Proved | se.Refuted):
                yield f"mixture-{name}-{key}", report[key].certificate.to_json()
    for name in ("normal", "split", "bent", "inflated", "shapes", "unlike", "multiple"):
        yield f"mixture-{name}-nowhere", se.is_cylindrical(built[name]).extent_certificate.to_json()
    yield "mixture-split-identifiability", se.identifiability(built["split"]).certificate.to_json()
    merged = se.identifiability(built["normal"], {"pi1": "1/2", "mu1": 1, "mu2": 1, "w1": 2, "w2": 2})
    yield "mixture-normal-identifiability", merged.certificate.to_json()
    yield "mixture-point-S1", se.verify(se.zero_inflated_poisson(), "S1", {"pi": "1/2", "r": 1}).certificate.to_json()
    yield "mixture-point-S3", se.is_cylindrical(built["fixed"], {"m": 0}).certificate.to_json()


def rejected(broken: Callable[..., str], put: Callable[..., Callable[[Data], object]]) -> Iterator[tuple[str, str]]:
    """Name and text of every broken certificate."""
    normal, counts, fixed, doubled = (f"mixture-{n}-S3" for n in ("normal", "counts", "fixed", "doubled"))
    half = [[["1/2", [0] * 5]], [["1", [0] * 5]]]
    yield "2-version-mixture-in-three", broken(normal, put(3, "version"))
    yield "1-not-distribution-weights", broken(normal, put(half, *MODEL, "classes", 1, 0))
    yield "1-not-distribution-categorical", broken(counts, put(half, *MODEL, "classes", 1, 1, 1, 0))
    yield "1-different-bases-erlang", broken("mixture-times-S3", put(half, *MODEL, "classes", 1, 1, 0, 0))
    yield "2-schema-mixture-family", broken(normal, put("cauchy", *MODEL, "leaves", 0, 1))
    yield "2-schema-mixture-constant-is-a-parameter", broken("mixture-multiple-S3", put(["r"], *MODEL, "constants"))
    yield "2-schema-mixture-one-class", broken(normal, lambda d: d["claim"]["model"]["classes"].pop())
    yield "2-schema-mixture-values", broken(normal, put("poisson", *MODEL, "leaves", 0, 1))
    yield "2-schema-mixture-leaves", broken(normal, lambda d: d["claim"]["model"]["leaves"].append(["u", "poisson"]))
    yield "1-zero-denominator-mixture", broken(normal, put([], *MODEL, "classes", 0, 1, 0, 0, 1))
    yield "1-not-positive-mixture", broken(normal, _no_domain)
    yield "1-not-admissible-classes-merge", broken(normal, _merged)
    yield "1-not-null-vector-mixture", broken(fixed, put([[[["1", [1, 0]]]]], "witness", "vertical"))
    yield "1-empty-witness-mixture", broken(fixed, put([], "witness", "horizontal"))
    yield "1-not-null-vector-weights-known", broken(fixed, _weights_known)
    yield "1-not-null-vector-merged-null", broken(doubled, put([[[], [["1", [0, 0, 0]]], []]], "witness", "null"))
    yield "1-kind-mixture-of-tables", broken(normal, put({"kind": "local-tables", "families": []}, "witness"))
    yield (
        "1-ranks-mixture-identifiability",
        broken("mixture-split-identifiability", put(["a"], "claim", "identifiable")),
    )
    yield "1-ranks-mixture-merged", broken("mixture-normal-identifiability", put(5, "claim", "rank"))
    yield (
        "1-ranks-mixture-null-vector-missing",
        broken("mixture-split-identifiability", lambda d: d["witness"]["visible_null"].pop()),
    )
    yield "1-kind-mixture-unconstrained", broken("mixture-certain-S12", _unconstrained)
    yield "1-kind-mixture-not-cylindrical", broken(normal, put("not-cylindrical", "witness", "kind"))
    yield "1-ranks-mixture-splits", broken("mixture-point-S3", _refuting)
    yield (
        "1-minor-mixture-value",
        broken("mixture-split-nowhere", put([["1", [0] * 7]], "witness", "minors", 0, "value", 0)),
    )
    yield "1-minor-mixture-denominator", broken("mixture-split-nowhere", put([], "witness", "minors", 0, "value", 1))
    yield "1-ranks-mixture-minor-too-small", broken("mixture-split-nowhere", _smaller)
    yield "1-ranks-mixture-no-minors", broken("mixture-bent-nowhere", put([], "witness", "minors"))
    yield "1-sign-mixture-vanishes", broken("mixture-bent-nowhere", _one_of_two)
    yield (
        "1-point-mixture-nowhere",
        broken("mixture-bent-nowhere", lambda d: d["claim"].update(point=d["interior_point"])),
    )
    row = ("witness", "minors", 0, "rows", 0)
    yield "2-schema-mixture-row", broken("mixture-bent-nowhere", put([7, 0, 0, 0], *row))
    yield "1-different-fibres-mixture", broken("mixture-split-nowhere", put([3, 0, 0, 0], *row))
    yield "1-different-fibres-mixture-zero", broken("mixture-inflated-nowhere", put([1, 0, 0, 1], *row))
    yield "1-different-bases-measures", broken("mixture-inflated-S3", put(["zero", "poisson", "exponential"], *LEAF))
    yield "1-different-bases-half-shape", broken("mixture-shapes-S3", put([[["3/2", [0, 0]]], UNIT], *SHAPE))
    yield "1-different-bases-shape-of-a-parameter", broken("mixture-shapes-S3", put([[["1", [0, 1]]], UNIT], *SHAPE))
    yield "1-not-positive-certain", broken("mixture-certain-S3", put(["zero", "geometric"], *LEAF))
    yield "1-not-admissible-mixture-shapes-alike", broken("mixture-shapes-S3", _of_shape_one)
    yield (
        "1-words-mixture-of-tables",
        broken("mixture-fixed-S8", put("for every q in P(X), p* = q_V", "claim", "quantifier")),
    )


def _no_domain(d: Data) -> None:
    d["claim"]["model"]["domain"] = []
    d["interior_point"][-1] = d["claim"]["point"][-1] = "-1"


def _merged(d: Data) -> None:
    for k, value in ((2, 1), (4, 3)):
        d["interior_point"][k] = d["claim"]["point"][k] = d["interior_point"][value]


def _weights_known(d: Data) -> None:
    half = [[["1/2", [0, 0]]], [["1", [0, 0]]]]
    for own in d["claim"]["model"]["classes"]:
        own[0] = half


def _refuting(d: Data) -> None:
    d["claim"].update(verdict="refuted", scope="generic", point=d["interior_point"])
    d["witness"] = {"kind": "minors", "null": [], "visible_null": []}


def _smaller(d: Data) -> None:
    minor = d["witness"]["minors"][0]
    minor.update(rows=minor["rows"][:2], columns=minor["columns"][:2])


def _one_of_two(d: Data) -> None:
    """The first minor alone, which is 0 at m = 1/2."""
    del d["witness"]["minors"][1:]


def _of_shape_one(d: Data) -> None:
    """Both classes exponential of one rate: they coincide, and nothing of the weights is seen."""
    d["claim"]["model"]["classes"][1][1][0][0] = [UNIT, UNIT]


def _unconstrained(d: Data) -> None:
    d["claim"].update(statement="unconstrained-gradients", quantifier="for every q in P(X) and p* in P(V)")
