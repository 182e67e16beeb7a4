"""Polynomials and rational expressions as trees: written for Coq, counted and evaluated.

A tree is a Fraction, ``("x", k)`` for variable number k, ``("+", a, ...)``, ``("*", a, ...)``, ``("^", a, n)`` with
``n >= 0``, or ``("/", a, b)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, TypeAlias

__all__ = [
    "Tree",
    "as_fraction",
    "coq_number",
    "count_terms",
    "denominators",
    "expression_tree",
    "one_quotient",
    "polynomial_tree",
    "rational_at",
    "reflected",
    "tree_product",
    "tree_sum",
    "value_at",
]

Tree: TypeAlias = Any


def coq_number(value: Fraction) -> str:
    """A rational number in Coq syntax."""
    if value.denominator == 1:
        return f"{value}" if value >= 0 else f"({value})"
    return f"({value.numerator} # {value.denominator})"


def count_terms(tree: Tree) -> int:
    """An upper bound of the number of terms of the expanded polynomial."""
    if isinstance(tree, Fraction) or tree[0] == "x":
        return 1
    if tree[0] == "+":
        return sum(count_terms(t) for t in tree[1:])
    if tree[0] == "^":
        return int(count_terms(tree[1]) ** tree[2])
    result = 1
    for t in tree[1:]:
        result *= count_terms(t)
    return result


def reflected(tree: Tree) -> str:
    """A tree as a value of PExpr Q."""
    if isinstance(tree, Fraction):
        return f"PEc {coq_number(tree)}"
    if tree[0] == "x":
        return f"PEX Q {tree[1] + 1}"
    if tree[0] == "^":
        return f"PEpow ({reflected(tree[1])}) {tree[2]}"
    name = {"+": "PEadd", "*": "PEmul"}[tree[0]]
    body = reflected(tree[1])
    for t in tree[2:]:
        body = f"{name} ({body}) ({reflected(t)})"
    return body


def tree_sum(parts: Sequence[Tree]) -> Tree:
    """The sum, without terms that are 0."""
    kept = [p for p in parts if p != 0]
    return Fraction(0) if not kept else kept[0] if len(kept) == 1 else ("+", *kept)


def tree_product(*parts: Tree) -> Tree:
    """The product, without factors that are 1."""
    if any(p == 0 for p in parts):
        return Fraction(0)
    kept = [p for p in parts if p != 1]
    return Fraction(1) if not kept else kept[0] if len(kept) == 1 else ("*", *kept)


def polynomial_tree(data: Sequence[Any]) -> Tree:
    """The tree of a polynomial in certificate format."""
    terms = []
    for coefficient, exponents in data:
        powers = [("x", k) if e == 1 else ("^", ("x", k), e) for k, e in enumerate(exponents) if e]
        terms.append(tree_product(Fraction(coefficient), *powers))
    # Constants first: 1 + -1 * x reads better than -1 * x + 1.
    return tree_sum([t for t in terms if isinstance(t, Fraction)] + [t for t in terms if not isinstance(t, Fraction)])


def value_at(tree: Tree, point: Sequence[Fraction]) -> Fraction:
    """The value of a tree at a point."""
    if isinstance(tree, Fraction):
        return tree
    if tree[0] == "x":
        return point[int(tree[1])]
    if tree[0] == "^":
        return value_at(tree[1], point) ** int(tree[2])
    values = [value_at(t, point) for t in tree[1:]]
    total = values[0]
    for v in values[1:]:
        total = total + v if tree[0] == "+" else total * v
    return total


def expression_tree(tree: Any) -> Tree:
    """The tree of an expression in certificate format."""
    if isinstance(tree, str):
        return Fraction(tree)
    if tree[0] == "g":
        return ("x", tree[1])
    if tree[0] == "^":
        base = expression_tree(tree[1])
        if tree[2] >= 0:
            return ("^", base, tree[2]) if tree[2] != 1 else base
        return ("/", Fraction(1), base if tree[2] == -1 else ("^", base, -tree[2]))
    return (tree[0], *(expression_tree(t) for t in tree[1:]))


def one_quotient(tree: Tree) -> Tree:
    """A product of polynomials and of inverses of polynomials as one quotient; any other tree as it is."""
    if isinstance(tree, Fraction) or tree[0] != "*":
        return tree
    above, below = [], []
    for factor in tree[1:]:
        if not denominators(factor):
            above.append(factor)
        elif factor[0] == "/" and not denominators(factor[1]) and not denominators(factor[2]):
            above.append(factor[1])
            below.append(factor[2])
        else:
            return tree
    return ("/", tree_product(*above), tree_product(*below)) if below else tree


def denominators(tree: Tree) -> list[Tree]:
    """All denominators in a tree."""
    if isinstance(tree, Fraction) or tree[0] == "x":
        return []
    if tree[0] == "^":
        return denominators(tree[1])
    found = [d for t in tree[1:] for d in denominators(t)]
    if tree[0] == "/":
        found.append(
            tree[2][1] if tree[2] != 0 and not isinstance(tree[2], Fraction) and tree[2][0] == "^" else tree[2]
        )
    return found


def as_fraction(tree: Tree) -> tuple[Tree, Tree]:
    """A tree with denominators as a fraction of two trees without, nothing expanded."""
    if isinstance(tree, Fraction) or tree[0] == "x":
        return tree, Fraction(1)
    if tree[0] == "^":
        above, below = as_fraction(tree[1])
        return ("^", above, tree[2]), ("^", below, tree[2]) if below != 1 else below
    if tree[0] == "/":
        (a, b), (c, d) = as_fraction(tree[1]), as_fraction(tree[2])
        return tree_product(a, d), tree_product(b, c)
    above, below = as_fraction(tree[1])
    for t in tree[2:]:
        a, b = as_fraction(t)
        if tree[0] == "*":
            above, below = tree_product(above, a), tree_product(below, b)
        elif b == below:
            above = tree_sum([above, a])
        else:
            above, below = tree_sum([tree_product(above, b), tree_product(a, below)]), tree_product(below, b)
    return above, below


def rational_at(tree: Tree, point: Sequence[Fraction]) -> Fraction:
    """The value of a tree with denominators at a point."""
    if not isinstance(tree, Fraction) and tree[0] == "/":
        return rational_at(tree[1], point) / rational_at(tree[2], point)
    if isinstance(tree, Fraction) or tree[0] == "x":
        return value_at(tree, point)
    if tree[0] == "^":
        return rational_at(tree[1], point) ** int(tree[2])
    values = [rational_at(t, point) for t in tree[1:]]
    total = values[0]
    for v in values[1:]:
        total = total + v if tree[0] == "+" else total * v
    return total
