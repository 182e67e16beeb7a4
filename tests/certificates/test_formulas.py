"""Lemma 5 of the checker, mechanically: its formulas reduce to 0 = 0 by matrix identities of every positive table.

A sum of words is a dict from words to integers.  X and Y solve G X = J_V', G_V Y = J_V'.  Rules are tried in order,
each with its transpose except the last one.  In S7, q and C are a distribution and its conditional, and log q, log p,
log q_V, log p_V are the formal letters a, b, a_V, b_V.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import product

import pytest

from symelbo import checker

DEFINITIONS = {
    "J_V": "pi J",
    "G": "J' D J",
    "G_V": "J' pi' D_V pi J",
    "G_H": "J' D J - J' D C pi J - J' pi' C' D J + J' pi' C' D C pi J",  # (J - C pi J)' D (J - C pi J)
    "P_H": "C pi",
    "U": "pi J X",
    "W": "pi J Y",
    "q_V": "pi q",
}
RULES = """
pi C ->
P D ->
P_V D_V ->
D C -> pi' D_V
P pi' D_V -> C
p' D -> 1'
p_V' D_V -> 1_V'
pi p -> p_V
1_V' pi -> 1'
1' C -> 1_V'
J' D J X -> J' pi'
J' pi' D_V pi J Y -> J' pi'
X' J' pi' -> pi J X
"""  # P pi' D_V = P D C read both ways; in the last one both are X' J' D J X
LOGARITHMS = [
    "q' a - q' b = q_V' a_V - q_V' b_V + q' a - q' pi' a_V - q' b + q' pi' b_V",
    "b_V - C' b + C' a - C' pi' a_V = C' a - C' pi' a_V - C' b + C' pi' b_V",
]
FORMULAS = [f for slug, (_, _, _, fs) in checker.STATEMENTS.items() for f in fs if slug != "locality"]


def flip(word: str) -> str:
    """The transposed word; diagonal matrices are symmetric."""
    letters = (a if a in ("D", "D_V", "P", "P_V") else a[:-1] if a.endswith("'") else a + "'" for a in word.split())
    return " ".join([*letters][::-1])


def words(text: str) -> Counter[str]:
    """The sum of words that one side of a formula denotes, definitions inserted."""
    total: Counter[str] = Counter()
    for sign, body in re.findall(r"(^|[+-] )((?:(?![+-] ).)+)", text):
        terms = Counter({"": -1 if sign == "- " else 1})
        for token in body.split():
            name = token.removesuffix("'")
            meaning = words(DEFINITIONS[name]) if name in DEFINITIONS else {"" if name in ("I", "I_V") else name: 1}
            longer: Counter[str] = Counter()
            for (a, c), (b, e) in product(terms.items(), meaning.items()):
                longer[f"{a} {b if token == name else flip(b)}".strip()] += c * e
            terms = longer
        total.update(terms)
    return total


def normal(word: str) -> str:
    """The word after all reductions."""
    sides = [[side.strip() for side in line.split("->")] for line in RULES.strip().splitlines()]
    rules = [rule for left, right in sides for rule in ((left, right), (flip(left), flip(right)))][:-1]
    word = f" {word} "
    while any(f" {left} " in word for left, _ in rules):
        left, right = next((a, b) for a, b in rules if f" {a} " in word)
        word = re.sub(" +", " ", word.replace(f" {left} ", f" {right} ", 1))
    return word.strip()


def holds(formula: str) -> bool:
    """Whether both sides have the same normal form."""
    total: Counter[str] = Counter()
    for sign, side in zip((1, -1), formula.split(" = "), strict=True):
        for word, c in words(side).items():
            total[normal(word)] += sign * c
    return not any(total.values())


@pytest.mark.parametrize("formula", [*FORMULAS, *LOGARITHMS])
def test_the_formulas_of_lemma_5_are_identities_of_every_positive_table(formula: str) -> None:
    assert holds(formula)


@pytest.mark.parametrize(
    "formula", ["U = W", "G = G_V", "pi C = C pi", "P_H D = D P_H", "C' D C = D", "q' a = q_V' a_V"]
)
def test_false_formulas_do_not_reduce(formula: str) -> None:
    assert not holds(formula)
