"""Every single-site mutation of every accepted certificate is rejected, or harmless for a reason that is argued."""

from __future__ import annotations

import copy
import itertools
import json
import math
import random
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import pytest
import sympy

from symelbo import checker
from symelbo.certificates import canonical_json
from tests.certificates.build import rehashed

STATES = ("abo", "linkage", "counts")
ACCEPT = sorted((Path(__file__).parent / "accept").glob("*.json"))


def sites(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value."""
    yield path
    if isinstance(data, dict):
        for key in data:
            yield from sites(data[key], (*path, key))
    elif isinstance(data, list):
        for k in range(len(data)):
            yield from sites(data[k], (*path, k))


def variants(value: Any) -> list[Any]:
    """Other values for one place."""
    if isinstance(value, bool):
        return [not value, int(value), None]
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 7, str(value), True]
    if isinstance(value, str):
        try:
            number = Fraction(value)
        except ValueError:
            return [value + "x", "", 1, None]
        return [str(n) for n in (number + 1, -number, number / 2, Fraction(0)) if n != number] + ["x", f" {value}"]
    if isinstance(value, list):
        other = [value + value[-1:], value[:-1], value[1:], value[::-1]] if value else [["1"]]
        return [v for v in other if v != value] + [None]
    if isinstance(value, dict):
        return [{k: v for k, v in value.items() if k != key} for key in value] + [None]
    return ["0", 0, []]


def mutated(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The data with another value at one place; what is beside the path is the same object."""
    if not path:
        return value
    result = copy.copy(data)
    result[path[0]] = mutated(data[path[0]], path[1:], value)
    return result


def is_no_op(original: dict[str, Any], changed: dict[str, Any], path: tuple[Any, ...]) -> str:
    """Why a mutation leaves a valid certificate of the same statement: the classes are few and each is argued."""
    if path[0] == "provenance":
        return "untrusted"
    if changed["claim"] != original["claim"]:
        return ""
    if path[0] == "interior_point" and original["claim"]["point"] is None:
        return "another interior point"
    kind = original["witness"]["kind"]
    if "matrix" in original["claim"]["model"]:
        return _other_normal(path)
    if kind == "subnetworks" and path[3:4] == ("certificate",):
        inner, other = (c["witness"]["parts"][path[2]]["certificate"] for c in (original, changed))
        return is_no_op(inner, other, path[4:]) if path[4:] else ""
    if kind == "subnetworks" and "families" in path:
        before, after = (sorted(map(canonical_json, c["witness"]["parts"][0]["families"])) for c in (original, changed))
        return "another order" if before == after else ""
    if kind == "subnetworks":
        return "a part twice" if changed["witness"]["parts"][0] == original["witness"]["parts"][0] else ""
    if path[:2] in (("witness", "horizontal"), ("witness", "vertical"), ("witness", "null")) and kind == "null-vectors":
        return "another basis"  # other columns that are null vectors too, as the checker has verified
    if path[:2] in (("witness", "null"), ("witness", "visible_null"), ("witness", "horizontal_null")):
        return "another basis"
    if path[:2] == ("witness", "conormal"):
        return "another tensor"  # its entries in another order, or twice: rank and forms were computed anew
    if kind == "not-cylindrical" and path[1] in ("elbo", "optimal", "objective"):
        if changed["witness"].get("objective", 0) is None:
            return "no objective"  # the last of three inequalities may be left out
        # J_V, and J where it is singular, have null vectors, which may be added to coefficients.
        solution = {"coefficients", "visible_coefficients"} & set(path)
        return "another solution" if solution else "another objective" if "differential" in path else ""
    if kind == "minors" and changed["witness"]["gradient"] is None:
        return "no gradient"  # the ranks alone prove the verdict
    if kind == "minors" and "families" in path:
        before, after = (sorted(map(canonical_json, c["witness"]["gradient"]["families"])) for c in (original, changed))
        return "another order" if before == after else ""
    if kind == "minors" and path[:3] == ("witness", "gradient", "projected"):
        before, after = ({tuple(e) for e in c["witness"]["gradient"]["projected"]} for c in (original, changed))
        return "some of the coordinates, or one twice" if after and after <= before else ""
    if kind == "minors" and path[:2] == ("witness", "rows"):
        return "another minor"  # other rows, whose ranks the checker has found to be the same
    if kind == "sign":
        return _other_signs(original, changed)
    if kind == "identity":
        before, after = (c["witness"].get("steps", []) for c in (original, changed))
        return "less is cancelled" if all(step is None or step in before for step in after) else ""
    if kind == "log-linear-obstruction" and path[1] in ("boundary", "contacts", "tree"):
        return "another non-face, or another tree"  # in another order, or a larger one
    if kind.startswith("log-linear") and path[:2] == ("witness", "generators"):
        return "another generating class"  # the same sets in another order, or a subset of another one
    if kind in ("graph-cut", "graph-obstruction", "local-tables") and set(path) & {
        "families",
        "order",
        "equivalent_edges",
    }:
        same = [
            sorted(map(canonical_json, c["witness"].get(k, [])))
            for c in (original, changed)
            for k in c["witness"]
            if k != "kind"
        ]
        half = len(same) // 2
        return "another order" if same[:half] == same[half:] else ""
    return ""


def _other_normal(path: tuple[Any, ...]) -> str:
    """Why another witness about normal distributions is right as well: the judge has multiplied it out anew."""
    if {"mean", "covariance"} & set(path):
        return "another distribution"  # its stated gradients were verified, and the tangent space sees part of q only
    if {"coefficients", "visible_coefficients"} & set(path) and "equations" not in path:
        return "another solution"
    if "differential" in path:
        return "another objective"
    if {"horizontal", "vertical", "null", "visible_null"} & set(path):
        return "another basis"
    if {"annihilator", "right"} & set(path):
        return "another matrix"
    if {"minors", "terms", "multiplier", "steps"} & set(path):
        return "another minor"
    return "another order" if {"equations", "equivalent_edges", "order"} & set(path) else ""


def _other_signs(original: dict[str, Any], changed: dict[str, Any]) -> str:
    """Why other signs are right as well, from the definitions: the same sums, the same rank, a minor of one sign."""

    def sums(value: Any) -> Any:
        """The witness with its sums in one order: terms, and steps that do not refer to one another."""
        if isinstance(value, dict):
            return {k: sums(v) if k != "terms" else sorted(map(canonical_json, v)) for k, v in value.items()}
        return [sums(v) for v in value] if isinstance(value, list) else value

    before, after = sums(original["witness"]), sums(changed["witness"])
    if before == after:
        return "another order"
    steps = [set(map(canonical_json, w.pop("steps"))) for w in (before, after)]
    if before == after and steps[0] == steps[1]:
        return "another order, or a step twice"
    if "visible" not in after:
        return ""
    rows, other = before.pop("visible"), after.pop("visible")
    if before == after:
        table = Values(changed, changed["interior_point"])
        return "another minor" if table.visible_rank(other) == table.visible_rank(rows) else ""
    minors = after.pop("minors")
    before.pop("minors")
    rng = random.Random(0)
    points = [[f"{rng.randrange(1, 9)}/9" for _ in changed["interior_point"]] for _ in range(5)]
    same = before == after and rows == other and len(minors) == 1
    return "another minor" if same and all(Values(changed, at).minor(minors[0]) for at in points) else ""


def fibres(model: dict[str, Any]) -> list[list[int]]:
    """The states above every visible state, by number: those that are seen alike, or have the same visible labels."""
    if "states" in model:
        seen = [v for _, v in model["states"]]
    else:
        listed = itertools.product(*(labels for _, labels in model["variables"]))
        seen = [state[: len(state) - len(model["hidden"])] for state in listed]
    return [[x for x, other in enumerate(seen) if other == v] for v in dict.fromkeys(seen)]


class Values:
    """Weights and raw scores of a certificate's table at a point, by Fractions, from the definitions."""

    def __init__(self, data: dict[str, Any], at: list[str]) -> None:
        self.model, self.at = data["claim"]["model"], [Fraction(v) for v in at]
        self.sizes = {name: len(labels) for name, labels in self.model.get("variables", [])}

    def derivatives(self, terms: list[Any]) -> tuple[Fraction, list[Fraction]]:
        """The value and the derivatives with respect to the parameters of a polynomial."""

        def value(power: list[int]) -> Fraction:
            return math.prod((v**e for v, e in zip(self.at, power, strict=True) if e), start=Fraction(1))

        total, slopes = Fraction(0), [Fraction(0) for _ in self.model["parameters"]]
        for c, power in terms:
            total += Fraction(c) * value(power)
            for g, generator in enumerate(self.model["generators"]):
                if power[g]:
                    lower = [e - (k == g) for k, e in enumerate(power)]
                    slope = Fraction(c) * power[g] * value(lower)
                    for i, parameter in enumerate(self.model["parameters"]):
                        rate = Fraction(generator["exponent"][i]) * self.at[g] if "exponent" in generator else None
                        slopes[i] += slope * (int(generator["name"] == parameter) if rate is None else rate)
        return total, slopes

    def state(self, x: int) -> tuple[Fraction, list[Fraction]]:
        """Weight and score of a state."""
        digits, rest = {}, x
        for name in reversed(self.sizes):
            rest, digits[name] = divmod(rest, self.sizes[name])
        weight, score = Fraction(1), [Fraction(0) for _ in self.model["parameters"]]
        for table in self.model.get("tables", [{"variables": [], "rows": self.model.get("weights")}]):
            place = 0 if "tables" in self.model else x
            for name in table["variables"]:
                place = place * self.sizes[name] + digits[name]
            c, powers = table["rows"][place]
            weight *= Fraction(c)
            for f, e in powers:
                value, slopes = self.derivatives(self.model["factors"][f])
                weight *= value**e
                score = [s + e * slope / value for s, slope in zip(score, slopes, strict=True)]
        return weight, score

    def visible_rank(self, rows: list[int]) -> int:
        """The rank of some rows [1 | E[s|v]]."""
        matrix = []
        over = fibres(self.model)
        for v in rows:
            states = [self.state(x) for x in over[v]]
            columns = zip(*([w, *(w * s for s in score)] for w, score in states), strict=True)
            matrix.append([flint.fmpq(total.numerator, total.denominator) for total in map(sum, columns)])
        return int(flint.fmpq_mat(matrix).rank())

    def minor(self, data: dict[str, Any]) -> Fraction:
        """The minor of differences of scores that a witness names."""
        rows = [(self.state(x)[1], self.state(y)[1]) for x, y in data["pairs"]]
        columns = data["columns"]
        return sympy.Matrix([[sympy.Rational(str(a[i] - b[i])) for i in columns] for a, b in rows]).det()


def sweep(path: Path, limit: int | None = None) -> dict[str, int]:
    """Mutate every place; every accepted mutation has to be a classified no-op."""
    original = json.loads(path.read_text())
    classes: dict[str, int] = {}
    places = [p for p in sites(original) if p]
    if limit is not None:
        places = random.Random(path.stem).sample(places, min(limit, len(places)))
    for place in places:
        value: Any = original
        for key in place:
            value = value[key]
        for other in variants(value):
            changed = mutated(original, place, other)
            text = canonical_json(changed)
            result = checker.check(text)
            assert result.reason != "fault", (place, other, result)
            if result.accepted:
                reason = is_no_op(original, changed, place)
                assert reason, (path.name, place, value, other)
                classes[reason] = classes.get(reason, 0) + 1
            else:
                classes["rejected"] = classes.get("rejected", 0) + 1
            # An adversary can adapt the hash, but then it is another statement.
            if (adapted := rehashed(changed)) == text:
                continue
            again = checker.check(adapted, original["sha256"])
            assert again.reason != "fault", (place, other, again)
            if again.accepted:
                assert changed["claim"] == original["claim"]
    return classes


@pytest.mark.parametrize("path", ACCEPT, ids=lambda p: p.stem)
def test_mutations_of_accepted_certificates_are_rejected_or_classified(path: Path) -> None:
    classes = sweep(path, limit=8)
    assert classes["rejected"] > 10


@pytest.mark.slow
@pytest.mark.parametrize("path", ACCEPT, ids=lambda p: p.stem)
def test_every_mutation_of_every_accepted_certificate_is_rejected_or_classified(path: Path) -> None:
    classes = sweep(path, limit=3000)  # nearly all have fewer places; one has 21,000
    assert classes["rejected"] > 20 * sum(v for k, v in classes.items() if k == "untrusted")


@pytest.mark.parametrize(
    "path",
    [p for p in ACCEPT if p.stem.endswith("S3") and p.stem[:-3] in ("a", "weights", "b", "collinear", *STATES)],
    ids=lambda p: p.stem,
)
def test_rehashed_changes_of_the_table_are_accepted_only_where_the_claim_is_true(path: Path) -> None:
    """A mutated table with its own hash is a new claim: sympy decides whether it is true."""
    original = json.loads(path.read_text())
    places = [p for p in sites(original["claim"]["model"]) if p and p[0] in ("factors", "weights", "states")]
    accepted = 0
    for place in places:
        value: Any = original["claim"]["model"]
        for key in place:
            value = value[key]
        for other in variants(value):
            changed = mutated(original, ("claim", "model", *place), other)
            if checker.check(rehashed(changed)).accepted:
                accepted += 1
                assert splits(changed) == (changed["claim"]["verdict"] == "proved"), place
    assert accepted < len(places)


def splits(data: dict[str, Any]) -> bool:
    """rank J = rank J_V + rank (I - C dpi) J at the interior point, by sympy from the definitions."""
    model = data["claim"]["model"]
    symbols = sympy.symbols([g["name"] for g in model["generators"]])
    at = dict(zip(symbols, map(sympy.Rational, data["interior_point"]), strict=True))

    def polynomial(terms: list[Any]) -> sympy.Expr:
        return sympy.Add(
            *(sympy.Rational(c) * sympy.prod(s**e for s, e in zip(symbols, k, strict=True)) for c, k in terms)
        )

    factors = [polynomial(f) for f in model["factors"]]
    w = [sympy.Rational(c) * sympy.prod(factors[f] ** e for f, e in powers) for c, powers in model["weights"]]
    z = sum(w)
    p = [v / z for v in w]
    joint = sympy.Matrix([[sympy.diff(v, s).subs(at) for s in symbols] for v in p])
    values = [v.subs(at) for v in p]
    vertical = joint.copy()
    visible = []
    for fibre in fibres(model):
        row = sum((joint[x, :] for x in fibre), sympy.zeros(1, len(symbols)))
        mass = sum(values[x] for x in fibre)
        visible.append(row)
        for x in fibre:
            vertical[x, :] = joint[x, :] - values[x] / mass * row
    return joint.rank() == sympy.Matrix.vstack(*visible).rank() + vertical.rank()
