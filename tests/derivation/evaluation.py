"""Reads a printed formula back and evaluates it: an oracle for the printer that knows nothing of sympy."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from symelbo.typesetting.formula import Atom, Node, Row, Scripts, Space, Table, tree
from symelbo.typesetting.formula import Fraction as Quotient


def read(latex: str, values: Mapping[str, Fraction]) -> Any:
    """The value of a formula: a number, or nested lists for vectors and matrices.

    ``values`` are keyed by LaTeX: ``y_{1}``, ``p_{V}(1,1)``, ``e^{a}`` excepted: exponentials are keyed by parameter.
    """
    names = sorted(values, key=len, reverse=True)
    kept = r"\\(?:begin|end|operatorname|text|mathrm)\{[^}]*\}|\\[A-Za-z]+"
    pattern = re.compile("|".join([*map(re.escape, names), kept]))
    numbered = {name: rf"\omega_{{{10000 + k}}} " for k, name in enumerate(names)}
    numbers = {10000 + k: values[name] for k, name in enumerate(names)}
    return _Evaluation(numbers).node(tree(pattern.sub(lambda m: numbered.get(m.group(), m.group()), latex)))


class _Evaluation:
    def __init__(self, numbers: Mapping[int, Fraction]) -> None:
        self.numbers = numbers

    def node(self, node: Node) -> Any:
        if isinstance(node, Table):
            return [[self.node(c) for c in r] for r in node.rows]
        return self.sum(_flat(node))

    def sum(self, items: Sequence[Node]) -> Any:
        total, position, sign = Fraction(0), 0, 1
        first = True
        while position < len(items):
            item = items[position]
            if isinstance(item, Atom) and item.kind == "bin" and item.text in "+−":
                sign = -1 if item.text == "−" else 1
                position += 1
                continue
            if isinstance(item, Space):
                position += 1
                continue
            value, position = self.product(items, position)
            if isinstance(value, list):
                assert first, items
                return value
            total, sign, first = total + sign * value, 1, False
        return total

    def product(self, items: Sequence[Node], position: int) -> tuple[Any, int]:
        value: Any = Fraction(1)
        while position < len(items):
            item = items[position]
            if isinstance(item, Atom) and item.kind == "bin" and item.text in "+−":
                break
            if isinstance(item, Space) or (isinstance(item, Atom) and item.text in ("⋅", "×")):
                position += 1
                continue
            factor, position = self.factor(items, position)
            value = factor if isinstance(factor, list) else value * factor
        return value, position

    def factor(self, items: Sequence[Node], position: int) -> tuple[Any, int]:
        item = items[position]
        if isinstance(item, Atom) and item.kind == "open":
            return self.bracket(items, position)
        if isinstance(item, Atom) and item.text.isdigit():
            digits = ""
            while position < len(items) and isinstance(items[position], Atom) and items[position].text.isdigit():
                digits += items[position].text
                position += 1
            if position < len(items) and isinstance(items[position], Scripts) and items[position].base.text.isdigit():
                raise AssertionError(f"power of several digits: {items}")
            return Fraction(int(digits)), position
        return self.simple(item), position + 1

    def bracket(self, items: Sequence[Node], position: int) -> tuple[Any, int]:
        depth, end = 1, position + 1
        parts: list[list[Node]] = [[]]
        while True:
            item = items[end]
            closing = item.base if isinstance(item, Scripts) else item
            if isinstance(item, Atom) and item.kind == "open":
                depth += 1
            if isinstance(closing, Atom) and closing.kind == "close":
                depth -= 1
                if not depth:
                    break
            if isinstance(item, Atom) and item.text == "," and depth == 1:
                parts.append([])
            else:
                parts[-1].append(item)
            end += 1
        if len(parts) == 1 and [type(i) for i in parts[0] if not isinstance(i, Space)] == [Table]:
            return self.node(next(i for i in parts[0] if isinstance(i, Table))), end + 1
        values = [self.sum(p) for p in parts]
        value: Any = values[0] if len(values) == 1 else values
        last = items[end]
        if isinstance(last, Scripts):
            value = value ** int(self.node(last.above))
        return value, end + 1

    def simple(self, item: Node) -> Any:
        if isinstance(item, Quotient):
            return self.node(item.above) / self.node(item.below)
        if isinstance(item, Row):
            return self.sum(_flat(item))
        if isinstance(item, Scripts):
            base = item.base
            if isinstance(base, Atom) and base.text == "ω" and item.below is not None:
                value = self.numbers[int(self.node(item.below))]
                return value if item.above is None else value ** int(self.node(item.above))
            if isinstance(base, Atom) and base.text == "e" and item.above is not None:
                return self.exponential(_flat(item.above))
            return self.simple(base) ** int(self.node(item.above))
        if isinstance(item, Atom) and item.text.isdigit():
            return Fraction(int(item.text))
        raise AssertionError(f"unknown {item}")

    def exponential(self, items: Sequence[Node]) -> Fraction:
        """``e^{2 a - b}``: the numbers are the values of e^a and e^b."""
        value, sign, times = Fraction(1), 1, 1
        for item in items:
            if isinstance(item, Atom) and item.kind == "bin":
                sign, times = (-1 if item.text == "−" else 1), 1
            elif isinstance(item, Atom) and item.text.isdigit():
                times = int(item.text)
            elif isinstance(item, Quotient):  # e^{3 a / 2}
                power = self.exponential(_flat(item.above))
                value *= _root(power, int(self.node(item.below))) ** (sign * times)
                sign, times = 1, 1
            elif not isinstance(item, Space):
                value *= self.simple(item) ** (sign * times)
                sign, times = 1, 1
        return value


def _root(value: Fraction, n: int) -> Fraction:
    root = Fraction(round(value.numerator ** (1 / n)), round(value.denominator ** (1 / n)))
    assert root**n == value
    return root


def _flat(node: Node) -> list[Node]:
    if isinstance(node, Row):
        return [n for item in node.items for n in _flat(item)]
    return [node]
