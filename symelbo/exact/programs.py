"""Straight-line programs: values as sums and products of earlier ones, never over a common denominator.

A :class:`Program` is a domain like the field itself: matrices over it are computed by the same formulas.  Its elements
are monomials ``c * a_1^e_1 * ... * a_k^e_k`` in *atoms*, the generators, further symbols, and sums of monomials; equal
sums are one atom.  What is known of each is its value modulo a prime at a random point: nonzero there is nonzero, and
what is zero there is looked at in the field.

:meth:`Program.write` gives sympy expressions.  Sums that occur often get a :class:`Name`, a symbol that knows its
definition: substitution, differentiation and evaluation look through it, printing does not.

>>> x, y = sympy.symbols("x y")
>>> K = Program(Field([x, y]))
>>> a, b = K.generator(0), K.generator(1)
>>> K.write([K.one / (a + b) + K.one / (a - b)])
[1/(x + y) + 1/(x - y)]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple, TypeAlias

import flint
import sympy

from symelbo.budget import LIMITS, Work
from symelbo.errors import BudgetError, ExactnessError
from symelbo.exact.field import Field, RationalFunction
from symelbo.exact.modular import PRIME, residue
from symelbo.exact.names import Name
from symelbo.exact.numbers import Rational, as_expression, as_rational, rational_to_sympy
from symelbo.exact.numerators import Numerators

__all__ = ["Node", "Program"]


Powers: TypeAlias = "tuple[tuple[int, int], ...]"


class _Atom(NamedTuple):
    """A generator or symbol, or a sum of monomials."""

    symbol: sympy.Expr | None
    generator: int | None
    terms: tuple[tuple[Powers, Rational], ...]
    value: int
    length: int  # the symbols to be written, no names
    rank: tuple[int, bool, int]  # the place among others, whichever came first: first symbol, sum or not, value


class Node:
    """An element of a program: a monomial in atoms; supports ``+ - * /`` and integer powers."""

    __slots__ = ("coefficient", "powers", "program")

    def __init__(self, program: Program, coefficient: Rational, powers: Powers) -> None:
        self.program = program
        self.coefficient = coefficient
        self.powers = powers

    def __bool__(self) -> bool:
        return bool(self.coefficient)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Node):
            return NotImplemented
        return self.powers == other.powers and bool(self.coefficient == other.coefficient)

    __hash__ = None  # type: ignore[assignment]  # like elements of the field

    def __repr__(self) -> str:
        return str(self.program.write([self])[0])

    def __neg__(self) -> Node:
        return Node(self.program, -self.coefficient, self.powers)

    def __add__(self, other: Node) -> Node:
        return self.program.sum((self, other))

    def __sub__(self, other: Node) -> Node:
        return self.program.sum((self, -other))

    def __mul__(self, other: Node) -> Node:
        if not self.coefficient or not other.coefficient:
            return self.program.zero
        return Node(self.program, self.coefficient * other.coefficient, _merged(self.powers, other.powers))

    def __truediv__(self, other: Node) -> Node:
        return self * other**-1

    def __pow__(self, exponent: int) -> Node:
        if exponent < 0 and not self.coefficient:
            raise ZeroDivisionError("division by zero in a program")
        powers = tuple((a, e * exponent) for a, e in self.powers) if exponent else ()
        return Node(self.program, self.coefficient**exponent, powers)

    @property
    def value(self) -> int:
        """The value modulo the prime of the program at its random point."""
        return self.program.value(self)


def _merged(first: Powers, second: Powers) -> Powers:
    if not second or not first or first[-1][0] < second[0][0]:
        return first + second
    if second[-1][0] < first[0][0]:
        return second + first
    powers = dict(first)
    for a, e in second:
        powers[a] = powers.get(a, 0) + e
    return tuple(sorted((a, e) for a, e in powers.items() if e))


class Program:
    """The domain of values that are kept as the sums and products they are.

    Parameters
    ----------
    field : Field
        Its generators are the first atoms; what is zero is zero there.
    prime : int
        Suits the numbers that occur.
    """

    def __init__(self, field: Field, prime: int = PRIME) -> None:
        self.field = field
        self.prime = prime
        self._atoms: list[_Atom] = []
        self._numerators = Numerators(field, self._atoms)
        self._numbers: dict[Any, int] = {}
        self._labels: dict[int, str] = {}
        self._closed: dict[int, RationalFunction] = {}
        self._shortest: dict[Powers, Node] = {}
        self._presented: dict[tuple[str, str], Node] = {}
        self._beyond: dict[int, int] = {}  # the work that was not enough
        self.zero = Node(self, flint.fmpq(0), ())
        self.one = Node(self, flint.fmpq(1), ())
        self._generators = [self._leaf(g, i) for i, g in enumerate(field.generators)]

    def __repr__(self) -> str:
        return f"Program({self.field!r}, {len(self._atoms)} atoms)"

    def _leaf(self, symbol: sympy.Expr, generator: int | None) -> Node:
        if symbol not in self._numbers:
            k = len(self._atoms)
            value = pow(7919 + 104_729 * (k + 1), 7, self.prime)
            self._numbers[symbol] = k
            self._atoms.append(_Atom(symbol, generator, (), value, 1, (k, False, 0)))
        return Node(self, self.one.coefficient, ((self._numbers[symbol], 1),))

    def constant(self, value: object) -> Node:
        """Return a rational number as an element."""
        return Node(self, as_rational(value), ())

    def generator(self, index: int) -> Node:
        """Return a generator of the field as an element."""
        return self._generators[index]

    def symbol(self, symbol: sympy.Symbol) -> Node:
        """Return a symbol beside the generators as an element."""
        return self._leaf(symbol, None)

    @property
    def symbols(self) -> list[sympy.Expr]:
        """The symbols beside the generators."""
        return [a.symbol for a in self._atoms if a.symbol is not None and a.generator is None]

    def value(self, node: Node) -> int:
        """Return the residue of an element at the random point."""
        p = self.prime
        total = residue(node.coefficient, p)
        for a, e in node.powers:
            total = total * (self._atoms[a].value if e == 1 else pow(self._atoms[a].value, e, p)) % p
        return total

    def sum(self, terms: Iterable[Node]) -> Node:
        """Return the sum of elements: like monomials are collected, what all have in common stands in front."""
        collected: dict[Powers, Rational] = {}
        for t in terms:
            if t.coefficient:
                collected[t.powers] = collected.get(t.powers, 0) + t.coefficient
        front = _common(collected)
        if front:
            inverse = tuple((a, -e) for a, e in front)
            collected = {_merged(powers, inverse): c for powers, c in collected.items()}
        total = self._sum(self._flattened(collected))
        return Node(self, total.coefficient, _merged(total.powers, front)) if total else total

    def _flattened(self, terms: Mapping[Powers, Rational]) -> dict[Powers, Rational]:
        result: dict[Powers, Rational] = {}
        for powers, c in terms.items():
            inner: tuple[tuple[Powers, Rational], ...] = ((powers, flint.fmpq(1)),)
            if len(powers) == 1 and powers[0][1] == 1 and powers[0][0] not in self._labels:
                own = self._atoms[powers[0][0]].terms
                inner = own if own and len(own) <= LIMITS.short_sum else inner
            for p, k in inner:
                result[p] = result.get(p, 0) + c * k
        return {p: c for p, c in result.items() if c}

    def _sum(self, terms: Mapping[Powers, Rational]) -> Node:
        if len(terms) < 2:
            return next((Node(self, c, powers) for powers, c in terms.items()), self.zero)
        ordered = sorted(terms.items(), key=lambda t: sorted((self._atoms[a].rank, e) for a, e in t[0]))
        scale = ordered[0][1]
        if any(abs(c) != abs(scale) for _, c in ordered):
            scale = flint.fmpq(1 if scale > 0 else -1)
        key = tuple((powers, c / scale) for powers, c in ordered)
        number = self._numbers.get(key)
        if number is None:
            value = sum(self.value(Node(self, c, powers)) for powers, c in key) % self.prime
            number = len(self._atoms)
            size = sum(self.length(Node(self, c, powers)) for powers, c in key)
            first = min((self._atoms[a].rank[0] for powers, _ in key for a, _ in powers), default=0)
            self._atoms.append(_Atom(None, None, key, value, size, (first, True, value)))
            if not value and self._is_zero(number):
                self._atoms.pop()
                return self.zero
            self._numbers[key] = number
        return Node(self, scale, ((number, 1),))

    def _is_zero(self, number: int) -> bool:
        try:
            found = self._numerators.of(self._atoms[number].terms, Work(LIMITS.zero_work))
        except BudgetError:
            return False
        return found is not None and found[0].is_zero()

    def labelled(self, node: Node, label: str) -> Node:
        """Return the element, a sum that is called so where it gets a name."""
        if node.coefficient == 1 and len(node.powers) == 1 and node.powers[0][1] == 1:
            self._labels.setdefault(node.powers[0][0], label)
        return node

    def labelled_factors(self, nodes: Iterable[Node], labels: Sequence[str]) -> None:
        """Label the sums of which all elements are, up to numbers, one and the same product."""
        products = {n.powers for n in nodes if n}
        if len(products) == 1:
            factors = [a for a, e in next(iter(products)) if e == 1 and self._atoms[a].terms]
            if len(factors) == len(labels):
                for a, label in zip(factors, labels, strict=True):
                    self._labels.setdefault(a, label)

    def element(self, e: RationalFunction) -> Node:
        """Return an element of the field as a product of powers of its factors."""
        if e.is_constant:
            return self.constant(e.rational_value())
        unit, factors = e.factors()
        product = self.constant(unit)
        for f, k in factors:
            product = product * self._polynomial(f) ** k
        return product

    def _polynomial(self, e: RationalFunction) -> Node:
        terms = []
        for exponents, c in e.terms().items():
            powers = tuple((a, int(k)) for a, k in enumerate(exponents) if k)
            terms.append(Node(self, flint.fmpq(c), powers))
        return self.sum(terms)

    def from_sympy(self, expression: sympy.Expr, where: str = "expression") -> Node:
        """Return a rational sympy expression, sums and products as they are written; other symbols become atoms."""
        e = as_expression(expression, where)
        if e in self._numbers:
            return self._leaf(e, None)
        if e.is_Rational:
            return self.constant(e)
        if isinstance(e, Name):
            return self.labelled(self.from_sympy(e.definition, where), e.name)
        if e.is_Symbol:
            return self.symbol(e)
        if e.is_Add:
            return self.sum([self.from_sympy(a, where) for a in e.args])
        if e.is_Mul:
            product = self.one
            for a in e.args:
                product = product * self.from_sympy(a, where)
            return product
        if e.is_Pow and e.args[1].is_Integer:
            base = self.from_sympy(e.args[0], where)
            if not base and e.args[1].is_negative:
                raise ExactnessError(f"{where}: {e} divides by zero")
            return base ** int(e.args[1])
        return self.element(self.field.from_sympy(e, where))

    # One fraction, where that is cheap and shorter.

    def closed(self, node: Node, work: int = LIMITS.fraction_work) -> RationalFunction | None:
        """Return an element as one of the field; None beyond so many products of terms, or with other symbols in it."""
        return self._product_closed(node.coefficient, node.powers, [work])

    def in_field(self, node: Node, field: Field) -> RationalFunction:
        """Return an element as one of a field that has all its symbols, whatever it takes."""
        known: dict[int, RationalFunction] = {}

        def product(coefficient: Rational, powers: Powers) -> RationalFunction:
            found = field.constant(coefficient)
            for a, e in powers:
                found = found * known[a] ** e
            return found

        for a in self._used([node]):
            atom = self._atoms[a]
            if atom.symbol is not None:
                known[a] = field.from_sympy(atom.symbol)
            else:
                known[a] = field.sum([product(c, powers) for powers, c in atom.terms])
        return product(node.coefficient, node.powers)

    def _product_closed(self, coefficient: Rational, powers: Powers, left: list[int]) -> RationalFunction | None:
        product = self.field.constant(coefficient)
        for a, e in powers:
            factor = self._atom_closed(a, left)
            if factor is None or not _affordable(factor, abs(e), left):
                return None
            power = factor**e
            left[0] -= len(product.num) * len(power.num) + len(product.den) * len(power.den)
            if left[0] < 0:
                return None
            product = product * power
        return product

    def _atom_closed(self, number: int, left: list[int]) -> RationalFunction | None:
        found = self._closed.get(number)
        if found is not None or left[0] <= self._beyond.get(number, 0):
            return found
        atom, before = self._atoms[number], left[0]
        if atom.symbol is None:
            found = self._sum_closed(atom.terms, left)
        elif atom.generator is not None:
            found = self.field.generator(atom.generator)
        if found is None:
            self._beyond[number] = before
        else:
            self._closed[number] = found
        return found

    def _sum_closed(self, terms: Sequence[tuple[Powers, Rational]], left: list[int]) -> RationalFunction | None:
        elements: list[RationalFunction] = []
        for powers, c in terms:
            element = self._product_closed(c, powers, left)
            if element is None:
                return None
            elements.append(element)
        denominators: list[Any] = []
        for e in elements:
            if not e.den.is_one() and e.den not in denominators:
                denominators.append(e.den)
        size = 1
        for d in denominators:
            size *= len(d)
        left[0] -= size * max(len(e.num) for e in elements) if denominators else 0
        return None if left[0] < 0 else self.field.sum(elements)

    def shortest(self, node: Node, work: int = LIMITS.fraction_work) -> Node:
        """Return an element, written as one factored fraction where that is cheap to find and no longer."""
        if node.powers not in self._shortest:
            self._shortest[node.powers] = self._shorter(Node(self, self.one.coefficient, node.powers), work)
        return self._shortest[node.powers] * Node(self, node.coefficient, ())

    def _shorter(self, node: Node, work: int) -> Node:
        before = self.length(node)
        if before <= 2:
            return node
        found = self.closed(node, work)
        if found is None or len(found.num) + len(found.den) > LIMITS.fraction_terms:
            return node
        key = str(found.num), str(found.den)
        if key not in self._presented:
            self._presented[key] = self.from_sympy(self.field.to_sympy(found))
        written = self._presented[key]
        return written if self.length(written) <= before else node

    # On paper.

    def length(self, node: Node, lengths: Mapping[int, int] | None = None) -> int:
        """Return how many symbols are to be written for an element; ``lengths`` of atoms that are not written out."""
        total = int(abs(node.coefficient) != 1 or not node.powers)
        for a, e in node.powers:
            own = self._atoms[a].length if lengths is None else lengths[a]
            total += own + (e not in (1, -1))
        return total

    def _used(self, nodes: Iterable[Node]) -> dict[int, int]:
        """How often each atom occurs in these elements and in the sums that they need, sums before what uses them."""
        uses: dict[int, int] = {}
        pending = [a for n in nodes for a, _ in n.powers]
        while pending:
            number = pending.pop()
            if number not in uses:
                uses[number] = 0
                pending += [a for powers, _ in self._atoms[number].terms for a, _ in powers]
            uses[number] += 1
        return dict(sorted(uses.items()))

    def size(self, nodes: Iterable[Node]) -> int:
        """Return how many symbols are to be written for these elements without names."""
        return sum(map(self.length, nodes))

    def denominators(self, node: Node) -> float:
        """Return about how many terms the common denominator of an element has, multiplied out."""
        found: dict[int, int] = {}
        pending = list(node.powers)
        seen: set[int] = set()
        while pending:
            a, e = pending.pop()
            if e < 0:
                found[a] = max(found.get(a, 0), -e)
            if a not in seen:
                seen.add(a)
                pending += [factor for powers, _ in self._atoms[a].terms for factor in powers]
        size = 1.0
        for a, e in found.items():
            size *= float(self._expanded(a)) ** e
        return size

    def _expanded(self, number: int) -> float:
        """About how many terms a sum has, multiplied out."""
        total = 0.0
        for powers, _ in self._atoms[number].terms:
            product = 1.0
            for a, e in powers:
                product *= self._expanded(a) ** max(e, 0)
            total += product
        return min(total or 1.0, 1e30)

    def write(self, nodes: Iterable[Node], limit: int = LIMITS.written_symbols) -> list[sympy.Expr]:
        """Return elements as sympy expressions; beyond ``limit`` symbols, sums that occur often are named."""
        elements = list(nodes)
        different = {(n.powers, str(n.coefficient)): n for n in elements}
        uses = self._used(different.values())
        size = self.size(different.values())
        named = self._named(uses) if size > limit else {}
        canonical = size <= LIMITS.written_symbols
        written: dict[int, sympy.Expr] = {}

        def product(coefficient: Rational, powers: Powers) -> sympy.Expr:
            factors = [written[a] if e == 1 else sympy.Pow(written[a], e) for a, e in powers]
            if coefficient != 1 or not factors:
                factors.insert(0, rational_to_sympy(coefficient))
            return _written(sympy.Mul, factors, canonical=canonical)

        for a in uses:
            atom = self._atoms[a]
            e = atom.symbol
            if e is None:
                e = _written(sympy.Add, [product(c, p) for p, c in atom.terms], canonical=canonical)
            written[a] = Name(named[a], e) if a in named else e
        expressions = {key: product(n.coefficient, n.powers) for key, n in different.items()}
        return [expressions[n.powers, str(n.coefficient)] for n in elements]

    def _named(self, uses: Mapping[int, int]) -> dict[int, str]:
        """The sums that get names: those used more than once, unless they are as short as a name and its definition."""
        taken = {str(a.symbol) for a in self._atoms if a.symbol is not None} | set(self._labels.values())
        letters = _letters(taken)
        named: dict[int, str] = {}
        lengths: dict[int, int] = {}
        for a, n in uses.items():
            terms = self._atoms[a].terms
            lengths[a] = sum(self.length(Node(self, c, powers), lengths) for powers, c in terms) or 1
            if n > 1 and lengths[a] > 2:
                named[a] = self._labels.get(a) or next(letters)
                lengths[a] = 1
        return named

    def to_sympy(self, node: Node) -> sympy.Expr:
        """Return one element as a sympy expression."""
        return self.write([node])[0]


def _written(kind: Any, arguments: list[sympy.Expr], *, canonical: bool) -> sympy.Expr:
    """A sum or product; sympy's canonical order of very many of them takes longer than all the mathematics."""
    numbers = sum(a.is_Number for a in arguments)
    if canonical or len(arguments) < 2 or numbers > 1 or (numbers and any(a.is_Add for a in arguments)):
        return kind(*arguments)
    return kind._from_args(sorted(arguments, key=lambda a: not a.is_Number))


def _letters(taken: set[str]) -> Iterator[str]:
    """Names ``a_1, a_2, ...`` that are not taken."""
    return (name for name in (f"a_{k}" for k in count(1)) if name not in taken)


def _affordable(factor: RationalFunction, exponent: int, left: list[int]) -> bool:
    """Whether a power may be formed; it is paid for."""
    if exponent > 1:
        left[0] -= max(len(factor.num), len(factor.den)) ** exponent
    return left[0] >= 0


def _common(terms: Mapping[Powers, Rational]) -> Powers:
    """The powers that all monomials have in common, exponents of one sign only."""
    if len(terms) < 2:
        return ()
    iterator = iter(terms)
    common = dict(next(iterator))
    for powers in iterator:
        here = dict(powers)
        for a, e in list(common.items()):
            other = here.get(a, 0)
            if e * other <= 0:
                del common[a]
            elif abs(other) < abs(e):
                common[a] = other
        if not common:
            return ()
    return tuple(sorted(common.items()))
