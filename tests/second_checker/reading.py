"""Sections 1 and 2 of the format: from bytes to a bound claim."""

import hashlib
import json
import re
import unicodedata
from itertools import product
from pathlib import Path

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
    demand(not any(unicodedata.category(c)[0] in "CZ" for c in data if c != " "), "schema")
    return data


def different(data):
    demand(len(set(data)) == len(data), "schema")
    return data


def names(data):
    return different([name(text) for text in items(data)])


def words_and_kinds():
    """The two tables of section 2, from the page itself: (statement, version) to words, kind to what it may prove."""
    page = (Path(__file__).parents[2] / "symelbo/certificates/FORMAT.md").read_text()
    admissible = re.search(r"^ *A is `(.*?)`", page, re.MULTILINE)[1]
    words, kinds, version = {}, {}, None
    for line in re.findall(r"^ *\| (.*) \|$", page, re.MULTILINE):
        first, *rest = (cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line))
        if first.startswith("statement"):
            version = int(first[-1]) if "version" in first else None
        elif first.startswith("`") and len(rest) == 2:
            assumptions = [admissible if text == "A" else text for text in rest[0].split(" <br> ") if text]
            words[first.strip("`"), version] = assumptions, rest[1]
        elif first.startswith("`") and len(rest) == 3:
            for kind, statement, scope in product(first.split(), rest[0].split(), rest[2].split(", ")):
                kinds.setdefault(kind.strip("`"), set()).add((statement.strip("`"), rest[1], scope))
    return words, kinds


WORDS, KINDS = words_and_kinds()
JUDGED = {"bounds", "identity", "null-vectors", "ranks", "not-cylindrical", "minors", "graph-cut", "graph-obstruction"}
OWN_KEYS = {
    "identity": ["left", "right"],
    "ranks": ["ranks"],
    "identifiability": ["identifiable", "rank"],
    "positivity": ["expressions"],
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
    demand(kind in KINDS and isinstance(statement, str) and (statement, None) in WORDS, "schema")
    own = OWN_KEYS.get(statement, [])
    texts = keys(claim, "scope", "verdict", "quantifier", "statement", "model", "point", "assumptions", *own)[:4]
    demand(all(isinstance(text, str) for text in (*texts, *items(claim["assumptions"]))), "schema")
    words = WORDS.get((statement, version), WORDS[statement, None])
    demand((claim["assumptions"], claim["quantifier"]) == words, "words")
    demand((statement, claim["verdict"], claim["scope"]) in KINDS[kind], "kind")
    if kind not in JUDGED or version > 2:
        raise NotJudgedError(kind)
    return claim, numbers(point), witness
