"""certificates/FORMAT.md says of statements, kinds and reasons what the checker demands, and nothing is left out."""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path

import symelbo.certificates
from symelbo import checker

FORMAT = (Path(symelbo.certificates.__file__).parent / "FORMAT.md").read_text(encoding="utf-8")
ADMISSIBLE = "theta is admissible: rank J and rank J_V have their generic values"


def table(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    _, rest = FORMAT.split(f"| {heading} |", 1)
    rows = itertools.takewhile(lambda line: line.startswith("|"), rest.splitlines()[2:])
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


def words(heading: str) -> dict[str, tuple[list[str], str]]:
    found = {}
    for slug, assumptions, quantifier in table(heading):
        listed = [ADMISSIBLE if a == "A" else a for a in assumptions.split(" <br> ") if a]
        found[slug.strip("`")] = listed, quantifier
    return found


def test_the_words_of_the_statements_are_those_of_the_checker() -> None:
    stated, own = (
        words("statement | assumptions | quantifier"),
        words("statement, version 3 | assumptions | quantifier"),
    )
    assert stated == {slug: (a, q) for slug, (a, _, q, _) in checker.STATEMENTS.items()}
    assert stated | own == {slug: (a, q) for slug, (a, _, q, _) in checker.NORMAL_STATEMENTS.items()}
    mixed = words("statement, version 4 | assumptions | quantifier")
    assert stated | mixed == {slug: (a, q) for slug, (a, _, q, _) in checker.MIXTURE_STATEMENTS.items()}
    assert all(other[slug] != stated[slug] for other in (own, mixed) for slug in other)


def test_kinds_prove_in_the_format_what_they_prove_for_the_checker() -> None:
    rows = (
        (re.findall(r"`(.+?)`", kinds), re.findall(r"`(.+?)`", slugs), [verdict], scopes.split(", "))
        for kinds, slugs, verdict, scopes in table("kinds | statements | verdict | scopes")
    )
    assert {claim for row in rows for claim in itertools.product(*row)} == checker.PROVES


def test_every_reason_of_the_checker_is_in_the_format() -> None:
    place = {"_require": 1, "Rejected": 0, "Malformed": 0}
    calls = [n for n in ast.walk(ast.parse(Path(checker.__file__).read_text())) if isinstance(n, ast.Call)]
    named = [c.args[place[c.func.id]] for c in calls if isinstance(c.func, ast.Name) and c.func.id in place]
    reasons = {n.value for reason in named for n in ast.walk(reason) if isinstance(n, ast.Constant) and n.value != 500}
    _, section = FORMAT.split("## 9. Reasons")
    listed = set(re.findall(r"`(.+?)`", section.split("## 10.")[0]))
    assert {r for r in reasons if isinstance(r, str)} | {"file", "fault"} == listed
