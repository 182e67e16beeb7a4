"""A safe parser for expressions in model files and on the command line: text in, sympy expression out.

The grammar is closed and nothing is ever evaluated as code:

    sum      := product (("+" | "-") product)*
    product  := unary (("*" | "/") unary)*
    unary    := ("+" | "-")* power
    power    := atom (("**" | "^") ["-"] integer)?
    atom     := integer | name | function "(" sum ")" | "(" sum ")"
    relation := sum ("<" sum)+ | sum (">" sum)+

Functions are exp and what is rational in exponentials: tanh, sinh, cosh, logistic(u) = 1/(1 + exp(-u)).
Names must have been declared.  Decimal numbers are refused (they suggest an inexact value): write ``3/10``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import sympy

from symelbo.budget import LIMITS
from symelbo.errors import ExactnessError, ModelFileError

_TOKEN = re.compile(
    r"\s*(?:((?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+)|([0-9]+)"
    r"|([^\W\d]\w*)|(\*\*|<=|>=|[-+*/()<>^]))"
)
FUNCTIONS: dict[str, Callable[[sympy.Expr], sympy.Expr]] = {
    "exp": sympy.exp,
    "tanh": sympy.tanh,
    "sinh": sympy.sinh,
    "cosh": sympy.cosh,
    "logistic": lambda u: 1 / (1 + sympy.exp(-u)),
}
MAX_SHOWN = 80


def parse_expression(text: str, names: Mapping[str, sympy.Expr], *, where: str = "expression") -> sympy.Expr:
    """Return the sympy expression that a text denotes.

    Parameters
    ----------
    text : str
    names : mapping from declared name to sympy expression
    where : str
        What the text is, for the message of an error.

    Raises
    ------
    ModelFileError
        Anything outside the grammar; the message shows the position.
    ExactnessError
        A decimal number.

    >>> x = sympy.Symbol("x")
    >>> parse_expression("(1 - x)**2 * 3/4", {"x": x})
    3*(1 - x)**2/4
    """
    return _Parser(text, names, where).whole()


def parse_relation(text: str, names: Mapping[str, sympy.Expr], *, where: str = "domain") -> sympy.Basic:
    """Return the strict inequality that a text such as ``0 < x`` denotes, or the chain of them in ``0 < x < 1``.

    >>> parse_relation("x < 1", {"x": sympy.Symbol("x")})
    x < 1
    >>> parse_relation("0 < x < 1", {"x": sympy.Symbol("x")})
    (0 < x) & (x < 1)
    """
    return _Parser(text, names, where).relation()


def parse_rational(text: str, *, where: str = "number") -> sympy.Rational:
    """Return the rational number that a text such as ``-3/4`` denotes."""
    value = _Parser(text, {}, where).whole()
    if not value.is_Rational:
        raise ModelFileError(f"{where}: {_shown(text)!r} is not a rational number")
    return value


def parse_assignments(text: str, *, where: str = "point") -> dict[str, sympy.Rational]:
    """Return the values in a text such as ``"x=1/2,y1=1/3"``.

    >>> parse_assignments("x=1/2, y1=1/3")
    {'x': 1/2, 'y1': 1/3}
    """
    pairs = pairs_in(text.split(","), where, "name=rational, such as x=1/2")
    return {name: parse_rational(value, where=f"{where}: value of {name}") for name, value in pairs}


def pairs_in(parts: Iterable[str], where: str, form: str, *, once: bool = True) -> list[tuple[str, str]]:
    """Return both sides of texts ``name=value``; what stands right of the first "=" is not read further.

    Parameters
    ----------
    parts : texts
    where, form : for messages: where they stand, and the form that is expected
    once : whether a name may be given once only

    Raises
    ------
    ModelFileError
        A side is missing, or a name is given twice.

    >>> pairs_in(["x = 1/2", "y=z"], "--on", "a=b")
    [('x', '1/2'), ('y', 'z')]
    """
    found: list[tuple[str, str]] = []
    for part in parts:
        name, equals, value = (side.strip() for side in part.partition("="))
        if not (name and equals and value):
            raise ModelFileError(f"{where}: {part.strip()!r} is not of the form {form}")
        if once and name in dict(found):
            raise ModelFileError(f"{where}: {name} is given twice")
        found.append((name, value))
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "number", "name", "operator" or "end"
    text: str
    position: int


def _shown(text: str) -> str:
    """The beginning of a long text, for messages."""
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def _rational_for(decimal: str) -> str:
    """What to write instead of a decimal number; its exponent may be too large to be written out."""
    mantissa, _, exponent = decimal.lower().partition("e")
    if len(decimal) > MAX_SHOWN or (exponent and abs(int(exponent)) > MAX_SHOWN):
        return "a rational number such as 3/10"
    return f"the rational {sympy.Rational(mantissa) * sympy.Integer(10) ** int(exponent or 0)}"


def _bits(e: sympy.Expr) -> int:
    """The size of the rational coefficient of an expression; a power would multiply it."""
    coefficient = e.as_coeff_Mul()[0]
    if not coefficient.is_Rational or abs(coefficient) == 1:
        return 0
    return max(int(abs(coefficient.p)), int(coefficient.q)).bit_length()


def _height(e: sympy.Expr) -> int:
    """The largest integer exponent among the factors of an expression: powers of powers are multiplied out."""
    powers = (f.as_base_exp()[1] for f in sympy.Mul.make_args(e))
    return max((abs(int(k)) for k in powers if k.is_Integer), default=1)


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str, names: Mapping[str, sympy.Expr], where: str) -> None:
        self.text = text
        self.names = names
        self.where = where
        if len(text) > LIMITS.expression_characters:
            raise ModelFileError(
                f"{where}: the expression has {len(text)} characters; at most {LIMITS.expression_characters} are read"
            )
        self.tokens = self._tokens()
        self.next = 0
        self.depth = 0

    def _tokens(self) -> list[_Token]:
        tokens = []
        position = 0
        end = len(self.text.rstrip())
        while position < end:
            match = _TOKEN.match(self.text, position)
            if match is None:
                while self.text[position].isspace():
                    position += 1
                raise self._error(f"unexpected character {self.text[position]!r}", position)
            decimal, number, name, operator = match.groups()
            start = match.end() - len(match.group().lstrip())
            if decimal:
                raise ExactnessError(
                    f"{self.where}: {_shown(decimal)} is a decimal number and would be inexact; write "
                    f"{_rational_for(decimal)}"
                )
            if number and len(number) > LIMITS.expression_digits:
                raise self._error(f"a number of more than {LIMITS.expression_digits} digits", start)
            kind = "number" if number else "name" if name else "operator"
            tokens.append(_Token(kind, number or name or operator, start))
            position = match.end()
        tokens.append(_Token("end", "", end))
        return tokens

    def _error(self, message: str, position: int) -> ModelFileError:
        return ModelFileError(
            f"{self.where}: {message} at position {position + 1} of {_shown(self.text)!r}; accepted are names, "
            f"integers, + - * / ** integer, {', '.join(FUNCTIONS)} and parentheses"
        )

    @property
    def _current(self) -> _Token:
        return self.tokens[self.next]

    def _accept(self, *operators: str) -> str | None:
        token = self._current
        if token.kind == "operator" and token.text in operators:
            self.next += 1
            return token.text
        return None

    def _unexpected(self) -> ModelFileError:
        token = self._current
        what = "the text ends too early" if token.kind == "end" else f"unexpected {token.text!r}"
        return self._error(what, token.position)

    def _finish(self) -> None:
        if self._current.kind != "end":
            raise self._unexpected()

    def whole(self) -> sympy.Expr:
        result = self._sum()
        self._finish()
        return result

    def relation(self) -> sympy.Basic:
        sides, signs = [self._sum()], list[str]()
        while sign := self._accept("<", ">", "<=", ">="):
            if sign.endswith("="):
                position = self.tokens[self.next - 1].position
                raise self._error(f"the domain is open, write {sign[0]} instead of {sign!r}", position)
            if signs and sign != signs[0]:
                raise self._error("a chain has one direction, such as 0 < x < 1", self.tokens[self.next - 1].position)
            sides.append(self._sum())
            signs.append(sign)
        if not signs:
            raise self._error("expected a strict inequality such as 0 < x", self._current.position)
        self._finish()
        relation = sympy.StrictLessThan if signs[0] == "<" else sympy.StrictGreaterThan
        return sympy.And(*(relation(*pair) for pair in pairwise(sides)))

    def _sum(self) -> sympy.Expr:
        self.depth += 1
        if self.depth > LIMITS.expression_depth:
            raise self._error(f"parentheses nested deeper than {LIMITS.expression_depth}", self._current.position)
        terms = [self._product()]
        while sign := self._accept("+", "-"):
            term = self._product()
            terms.append(term if sign == "+" else -term)
        self.depth -= 1
        return sympy.Add(*terms)

    def _product(self) -> sympy.Expr:
        result = self._unary()
        while sign := self._accept("*", "/"):
            position = self._current.position
            operand = self._unary()
            if sign == "/" and operand.is_zero:
                raise self._error("division by zero", position)
            result = result * operand if sign == "*" else result / operand
            if _bits(result) > LIMITS.expression_bits:
                raise self._error(f"a number of more than {LIMITS.expression_bits} bits", position)
        return result

    def _unary(self) -> sympy.Expr:
        negative = False
        while sign := self._accept("+", "-"):
            negative ^= sign == "-"
        power = self._power()
        return -power if negative else power

    def _power(self) -> sympy.Expr:
        base = self._atom()
        if self._accept("**", "^"):
            negative = self._accept("-") is not None
            token = self._current
            if token.kind != "number":
                raise self._error("an exponent must be an integer", token.position)
            self.next += 1
            if len(token.text) > 4 or int(token.text) > LIMITS.exponent:
                raise self._error(f"an exponent beyond {LIMITS.exponent}", token.position)
            exponent = int(token.text)
            if _bits(base) * exponent > LIMITS.expression_bits:
                raise self._error(f"a number of more than {LIMITS.expression_bits} bits", token.position)
            if _height(base) * exponent > LIMITS.exponent:
                raise self._error(f"an exponent beyond {LIMITS.exponent}", token.position)
            if negative and base.is_zero:
                raise self._error("division by zero", token.position)
            return base ** (-exponent if negative else exponent)
        return base

    def _atom(self) -> sympy.Expr:
        token = self._current
        if token.kind == "number":
            self.next += 1
            return sympy.Integer(token.text)
        if self._accept("("):
            return self._closed(self._sum())
        if token.kind == "name":
            self.next += 1
            if token.text in FUNCTIONS and self._accept("("):
                return FUNCTIONS[token.text](self._closed(self._sum()))
            if token.text not in self.names:
                declared = ", ".join(self.names) or "none"
                raise ModelFileError(
                    f"{self.where}: unknown name {token.text!r} in {_shown(self.text)!r}; declared: {declared}"
                )
            return self.names[token.text]
        raise self._unexpected()

    def _closed(self, inner: sympy.Expr) -> sympy.Expr:
        if not self._accept(")"):
            raise self._unexpected()
        return inner
