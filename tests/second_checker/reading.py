"""Sections 1 and 2 of the format: from bytes to a bound claim."""

import hashlib
import json
import re
import unicodedata

from flint import fmpq

MALFORMED = {"json", "canonical", "duplicate-key", "number", "schema", "version", "depth", "limit", "file"}


class RefusalError(Exception):
    """The reason, one of section 9, for which a certificate is refused."""

    def __init__(self, reason):
        super().__init__(reason)
        self.answer = "malformed" if reason in MALFORMED else "invalid"
        self.reason = reason


class NotJudgedError(Exception):
    """A kind of witness this judge does not know."""


def demand(condition, reason):
    if not condition:
        raise RefusalError(reason)


def depth(text):
    """How many arrays and objects are inside each other, strings left aside."""
    level = deepest = 0
    for sign in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', text):
        level += (sign in "[{") - (sign in "]}")
        deepest = max(deepest, level)
    return deepest


def canonical(data):
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def parse(raw):
    demand(len(raw) <= 16_000_000, "limit")
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise RefusalError("canonical") from None
    demand(depth(text) <= 120, "depth")

    def record(pairs):
        demand(len(dict(pairs)) == len(pairs), "duplicate-key")
        return dict(pairs)

    def integer(digits):
        demand(len(digits) <= 9, "number")
        return int(digits)

    def refuse(_):
        raise RefusalError("number")

    try:
        data = json.loads(text, object_pairs_hook=record, parse_int=integer, parse_float=refuse, parse_constant=refuse)
    except ValueError:
        raise RefusalError("json") from None
    demand(text.removesuffix("\n") == canonical(data), "canonical")
    return data


def keys(data, *names, optional=()):
    """The values of an object that has exactly these keys."""
    demand(isinstance(data, dict) and set(names) <= set(data) <= {*names, *optional}, "schema")
    return [data[name] for name in names]


def items(data, length=None):
    demand(isinstance(data, list) and length in (None, len(data)), "schema")
    demand(len(data) <= 100_000, "limit")
    return data


def integer(data, low, high):
    demand(type(data) is int and low <= data <= high, "schema")
    return data


def indices(data, count):
    return [integer(k, 0, count - 1) for k in items(data)]


def number(data):
    demand(isinstance(data, str), "schema")
    demand(len(data) <= 4000, "limit")
    demand(re.fullmatch(r"-?(0|[1-9][0-9]*)(/[1-9][0-9]*)?", data, re.ASCII), "number")
    top, _, bottom = data.partition("/")
    value = fmpq(int(top), int(bottom or 1))
    demand(str(value) == data, "number")
    return value


def numbers(data, length=None):
    return [number(q) for q in items(data, length)]


def name(data):
    demand(isinstance(data, str) and data, "schema")
    demand(len(data) <= 500, "limit")
    bad = any(
        unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp", "Zs") for c in data if c != " "
    )
    demand(not bad, "schema")
    return data


def different(data):
    demand(len(set(data)) == len(data), "schema")
    return data


def names(data):
    return different([name(text) for text in items(data)])


ADMISSIBLE = "theta is admissible: rank J and rank J_V have their generic values"
WORDS = {  # statement: assumptions, quantifier, keys of its own
    "cylindrical": ([ADMISSIBLE], "at every admissible point"),
    "cylindrical-characterisation": ([ADMISSIBLE], "for every L on P(V) and every q in P(X)"),
    "elbo-equivalence": ([ADMISSIBLE, "the model is cylindrical"], "for every q in P(X), p* = q_V"),
    "converse": ([ADMISSIBLE, "the model is not cylindrical at theta"], "there exist L and q"),
    "cut": (["p(v, h) = p(v; xi) p(h | v; chi) with xi, chi varying independently"], "at every admissible point"),
    "ranks": ([], "at the point, or generically"),
    "identity": ([], "for all values of the generators"),
}
OWN_KEYS = {"identity": ["left", "right"], "ranks": ["ranks"]}
OTHER_STATEMENTS = {
    "gradient-alignment", "submersion", "unconstrained-gradients", "data-manifold", "elbo-decomposition", "locality",
    "missing-information", "identifiability", "positivity",
}  # fmt: skip
OTHER_KINDS = {
    "conditions", "matrix-algebra", "logarithms", "local-tables", "local-equations", "kernel", "log-linear-cut",
    "log-linear-obstruction", "sign", "subnetworks",
}  # fmt: skip

_SPLITS = {(s, "proved", "every-admissible-point") for s in ("cylindrical", "cut", "elbo-equivalence")}
_SPLITS |= {("cylindrical-characterisation", "proved", "every-admissible-point")}
_FAILS = {("cylindrical", "refuted"), ("converse", "proved")}
_BOTH = ("point", "generic")
KINDS = {  # kind: what it may prove
    "null-vectors": _SPLITS,
    "graph-cut": _SPLITS,
    "not-cylindrical": {(*f, scope) for f in _FAILS for scope in _BOTH},
    "minors": {(*f, s) for f in (*_FAILS, ("cylindrical-characterisation", "proved")) for s in _BOTH},
    "ranks": {("ranks", "proved", scope) for scope in _BOTH},
    "identity": {("identity", "proved", scope) for scope in ("every-admissible-point", "generic")}
    | {("identity", "refuted", scope) for scope in _BOTH},
    "graph-obstruction": {(*f, "generic") for f in (*_FAILS, ("cylindrical-characterisation", "proved"))},
}


def read(raw):
    """The claim, the interior point and the witness of a certificate whose envelope is in order."""
    data = parse(raw)
    form, version, digest, claim, point, _, witness = keys(
        data, "format", "version", "sha256", "claim", "interior_point", "provenance", "witness"
    )
    demand(form == "symelbo-certificate" and type(version) is int, "version")
    demand(isinstance(claim, dict) and isinstance(claim.get("model"), dict) and isinstance(digest, str), "schema")
    model = claim["model"]
    right = 3 if "matrix" in model else 4 if "classes" in model else 2 if "states" in model else 1
    demand(version == right, "version")
    demand(digest == hashlib.sha256(canonical(claim).encode()).hexdigest(), "hash")
    demand(isinstance(witness, dict) and isinstance(witness.get("kind"), str), "schema")
    kind, statement = witness["kind"], claim.get("statement")
    demand(kind in KINDS or kind in OTHER_KINDS, "schema")
    demand(isinstance(statement, str) and (statement in WORDS or statement in OTHER_STATEMENTS), "schema")
    if kind not in KINDS or version > 2:
        raise NotJudgedError(kind)
    demand(statement in WORDS, "kind")
    own = OWN_KEYS.get(statement, [])
    texts = keys(claim, "scope", "verdict", "quantifier", "statement", "model", "point", "assumptions", *own)[:4]
    demand(all(isinstance(text, str) for text in (*texts, *items(claim["assumptions"]))), "schema")
    demand(claim["verdict"] in ("proved", "refuted"), "schema")
    demand((claim["assumptions"], claim["quantifier"]) == WORDS[statement], "words")
    demand((statement, claim["verdict"], claim["scope"]) in KINDS[kind], "kind")
    return claim, numbers(point), witness
