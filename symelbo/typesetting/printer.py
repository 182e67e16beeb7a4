r"""Expressions as LaTeX: declared order, stable signs, ``1 - x`` rather than ``-x + 1``.

The order of factors and of terms is that of the parameters as declared: ``x y_{1} (1 - y_{1})``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any, Literal, TypeAlias

import sympy
from sympy.printing.latex import LatexPrinter

from symelbo.typesetting.names import symbol_latex

Form: TypeAlias = Literal["factored", "expanded", "collected"]


# What amsmath allows in a pmatrix.
PMATRIX_COLUMNS = 10


class Printer(LatexPrinter):  # type: ignore[misc]  # sympy ships no types
    r"""Prints sympy expressions and matrices as LaTeX.

    Parameters
    ----------
    order : sequence of symbols
        The declared order; symbols not listed come last, by name.
    symbols : mapping from symbol to LaTeX
        For symbols that are not written by their own name.

    >>> x, y = sympy.symbols("x y1")
    >>> print(Printer([x, y]).doprint(y * (1 - x) / x - y))
    \frac{(1 - x) y_{1}}{x} - y_{1}
    """

    def __init__(self, order: Sequence[sympy.Symbol] = (), symbols: Mapping[sympy.Symbol, str] | None = None) -> None:
        super().__init__()
        self.symbols = dict(symbols or {})
        self.special = {s: k for k, s in enumerate(self.symbols) if s not in order}
        self.rank = {s: k for k, s in enumerate(order)}
        # The order of what was written before: each formula compares the same factors many times.
        methods: tuple[Callable[..., Any], ...] = (self.sort_key, self.ordered, self.turned, self.factors)
        self.remembered = [lru_cache(maxsize=1 << 14)(method) for method in methods]
        for method, remembered in zip(methods, self.remembered, strict=True):
            setattr(self, method.__name__, remembered)

    def declare(self, symbol: sympy.Symbol, latex: str) -> None:
        """Write a new symbol in this way from now on, in the order after those that are known."""
        self.symbols[symbol] = latex
        self.rank[symbol] = len(self.rank)
        for remembered in self.remembered:
            remembered.cache_clear()

    def _print(self, expr: Any, **kwargs: Any) -> str:
        return str(super()._print(expr, **kwargs))

    def doprint(self, expr: Any) -> str:
        """Return the LaTeX of an expression or a matrix."""
        return self._print(expr)

    def _print_Symbol(self, expr: sympy.Symbol, style: str = "plain") -> str:  # noqa: ARG002
        return self.symbols.get(expr) or symbol_latex(expr.name)

    def _print_Integer(self, expr: sympy.Integer) -> str:
        return str(expr)

    def _print_Rational(self, expr: sympy.Rational) -> str:
        sign = "-" if expr.p < 0 else ""
        return f"{sign}\\frac{{{abs(expr.p)}}}{{{expr.q}}}"

    def sort_key(self, expression: sympy.Expr) -> tuple[Any, ...]:
        """Order of factors: numbers, then as declared (a sum by the last of its symbols), atoms and short sums first.

        Factors with special symbols, such as probabilities q(1,1), come last.
        """
        last = len(self.rank)
        special = any(s in self.special for s in expression.free_symbols)
        ranks = sorted((self.rank.get(s, last), s.name) for s in expression.free_symbols)
        base = expression.as_base_exp()[0]
        leading = ranks[-1:] if base.is_Add else ranks[:1]
        monomial = isinstance(base, sympy.exp) or isinstance(expression, sympy.exp)
        size = len(ranks), len(sympy.Add.make_args(base))
        return (not expression.is_number, special, not monomial, leading, base.is_Add, size, ranks, str(expression))

    def terms(self, expression: sympy.Expr) -> list[sympy.Expr]:
        """The terms of a sum in the order in which they are written, a positive one first if there is one.

        The order is that of the parameters as declared, then of rising powers.

        Terms with special symbols have the order of those.
        """
        ordered = self.ordered(expression)
        numbers = [t for t in ordered if t.is_number and not self.is_negative(t)]
        positive = [t for t in ordered if not self.is_negative(t)]
        first = (numbers or positive)[:1]
        return first + [t for t in ordered if not first or t is not first[0]]

    def ordered(self, expression: sympy.Expr) -> list[sympy.Expr]:
        """The terms of a sum as declared, whatever their signs."""

        def key(term: sympy.Expr) -> tuple[Any, ...]:
            special = sorted(self.special[s] for s in term.free_symbols if s in self.special)
            factors = sorted(
                (self.sort_key(f) for f in sympy.Mul.make_args(term.as_coeff_Mul()[1])), key=lambda k: k[3:]
            )
            degree = sum(
                len(sympy.Add.make_args(e.args[0])) for e in sympy.Mul.make_args(term) if isinstance(e, sympy.exp)
            )
            powers = [f.as_base_exp() for f in sympy.Mul.make_args(term) if not f.is_number]
            exponents = sorted(
                (self.rank.get(b, len(self.rank)), b.name, e) for b, e in powers if b.is_Symbol and e.is_Rational
            )
            return term.is_number, special, degree, [(k[3], k[4]) for k in factors], exponents, str(term)

        return sorted(sympy.Add.make_args(expression), key=key)

    def is_negative(self, term: sympy.Expr) -> bool:
        """Whether a term of a sum is written with a minus sign."""
        return bool(not term.is_Add and self.factors(term)[0] < 0)

    def turned(self, expression: sympy.Expr) -> bool:
        """Whether a sum is written ``-(1 - x)``: its constant alone is negative, or everything is.

        A difference has one form as well: ``x - y`` and ``-(x - y)`` where x is declared before y.
        """
        if not expression.is_Add:
            return False
        negative = [t for t in expression.args if self.is_negative(t)]
        if len(negative) == len(expression.args) or (len(negative) == 1 and negative[0].is_Rational):
            return True
        if len(expression.args) != 2 or not negative or not all(s in self.rank for s in expression.free_symbols):
            return False
        first, second = self.ordered(expression)
        alike = not first.is_number and not second.is_number and _length(first) == _length(second)
        return alike and first is negative[0]

    def unsigned(self, expression: sympy.Expr) -> sympy.Expr:
        """An expression or its negative: the one that is written without a minus sign in front.

        >>> t = sympy.Symbol("t")
        >>> Printer([t]).unsigned(2 * t**2 - 1)
        1 - 2*t**2
        """
        if not expression.is_Add:
            return -expression if self.is_negative(expression) else expression
        negative = sympy.Add(*(-t for t in expression.args))
        signs = self.turned(expression), self.turned(negative)
        deciding = sorted(self.ordered(expression), key=lambda t: not t.is_number)[0]
        turned = signs[0] if signs[0] != signs[1] else self.is_negative(deciding)
        return negative if turned else expression

    def factors(self, expression: sympy.Expr) -> tuple[sympy.Rational, list[sympy.Expr], list[sympy.Expr]]:
        """Coefficient, numerator and denominator factors of a product, in the order in which they are written.

        Exponentials are one factor: ``e^{a + b}``.
        """
        coefficient, rest = expression.as_coeff_Mul()
        above, below = [], []
        exponents = []
        for f in sympy.Mul.make_args(rest):
            if isinstance(f, sympy.exp):
                exponents.append(f.args[0])
                continue
            base, exponent = f.as_base_exp()
            if base.is_Add and exponent.is_Integer:
                content, base = base.primitive()
                if self.turned(base):
                    content, base = -content, -base
                coefficient *= content**exponent
            if exponent.is_Rational and exponent.is_negative:
                below.append(sympy.Pow(base, -exponent))
            elif f is not sympy.S.One:
                above.append(sympy.Pow(base, exponent))
        if exponents:
            above.append(sympy.exp(sympy.Add(*exponents)))
        return coefficient, sorted(above, key=self.sort_key), sorted(below, key=self.sort_key)

    def _print_Add(self, expr: sympy.Expr, order: object = None) -> str:  # noqa: ARG002
        if self.turned(expr):
            return f"-{bracketed(''.join(self.signed_terms(-expr)))}"
        return "".join(self.signed_terms(expr))

    def signed_terms(self, expression: sympy.Expr) -> list[str]:
        """The terms of a sum with their signs: ``["1", " - x"]``."""
        written: list[str] = []
        for term in self.terms(expression):
            negative = self.is_negative(term)
            body = self._print(term).removeprefix("-") if negative else self._print(term)
            sign = (" - " if written else "-") if negative else (" + " if written else "")
            written.append(sign + body)
        return written

    def _print_Mul(self, expr: sympy.Expr) -> str:
        coefficient, above, below = self.factors(expr)
        if not above and not below:
            return self._print(coefficient)
        sign = "-" if coefficient < 0 else ""
        number = abs(coefficient)
        if below or (number.q != 1 and not any(f.is_Add for f in above)):
            numerator = self.product([sympy.Integer(number.p)] * (number.p != 1) + above)
            denominator = self.product([sympy.Integer(number.q)] * (number.q != 1) + below)
            return f"{sign}\\frac{{{numerator}}}{{{denominator}}}"
        return sign + self.product([number] * (number != 1) + above)

    def product(self, factors: Sequence[sympy.Expr]) -> str:
        """Factors next to each other, sums in parentheses unless alone."""
        if not factors:
            return "1"
        if len(factors) == 1:
            return self._print(factors[0])
        return reduce(beside, self.product_parts(factors))

    def product_parts(self, factors: Sequence[sympy.Expr]) -> list[str]:
        """The factors of a product, each as it is written in it."""
        parts: list[str] = []
        for k, f in enumerate(factors):
            text = self._print(f)
            if f.is_Add:
                text = bracketed(text)
            elif k and text[:1].isdigit() and parts[-1][-1:].isdigit():
                text = r"\cdot " + text
            parts.append(text)
        return parts

    def _print_Pow(self, expr: sympy.Expr) -> str:
        base, exponent = expr.args
        if exponent.is_Rational and exponent.is_negative:
            return f"\\frac{{1}}{{{self._print(sympy.Pow(base, -exponent))}}}"
        if exponent.is_Integer:
            inner = self._print(base)
            if not base.is_Symbol:
                inner = bracketed(inner)
            return f"{inner}^{{{exponent}}}"
        return str(super()._print_Pow(expr))

    def _print_ExpBase(self, expr: sympy.Expr, exp: object = None) -> str:
        exponent = expr.args[0]
        text = "".join(self.signed_terms(exponent)) if exponent.is_Add else self._print(exponent)
        text = f"e^{{{text}}}"
        return text if exp is None else f"{bracketed(text)}^{{{exp}}}"

    _print_exp = _print_ExpBase

    def _print_log(self, expr: sympy.Expr, exp: object = None) -> str:  # noqa: ARG002
        inner = self._print(expr.args[0])
        return rf"\log {inner}" if expr.args[0].is_Atom else rf"\log {bracketed(inner)}"

    def _print_MatrixBase(self, expr: Any) -> str:
        return matrix_latex([[self._print(expr[i, j]) for j in range(expr.cols)] for i in range(expr.rows)])


def matrix_latex(rows: Iterable[Iterable[str]]) -> str:
    r"""A matrix of formulas in parentheses.

    >>> print(matrix_latex([["1", "0"], ["0", "1"]]))
    \begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}
    """
    written = [" & ".join(r) for r in rows]
    space = "[4pt]" if any(r"\frac" in r for r in written) else ""
    body = rf" \\{space} ".join(written)
    columns = written[0].count(" & ") + 1 if written else 0
    if columns > PMATRIX_COLUMNS:
        return rf"\left( \begin{{array}}{{{'c' * columns}}} {body} \end{{array}} \right)"
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _length(term: sympy.Expr) -> int:
    """Symbols in a term without its coefficient."""
    rest = term.as_coeff_Mul()[1]
    return sum(map(_length, rest.args)) if rest.args else 1


def length(value: Any) -> int:
    """Return how long an expression or a matrix is on paper: its symbols and numbers.

    >>> length(sympy.Symbol("x") / 2 + 1)
    3
    """
    parts = value if isinstance(value, sympy.MatrixBase) else value.args
    return sum(map(length, parts)) if len(parts) else int(not isinstance(value, sympy.MatrixBase))


_WORD = re.compile(r"\\mathrm\{[^{}]{2,}\}(_\{[^{}]*\})?(\^\{[^{}]*\})?")


def beside(left: str, right: str) -> str:
    r"""Two factors, with a thin space between them where one is a word.

    >>> print(beside(r"\mathrm{tub}_{1}", "(1 - x)"), beside("x", "y"))
    \mathrm{tub}_{1} \, (1 - x) x y
    """
    *_, last = ["", *(m.end() == len(left) for m in _WORD.finditer(left))]
    return rf"{left} \, {right}" if last is True or _WORD.match(right) else f"{left} {right}"


def bracketed(text: str) -> str:
    """A formula in parentheses, tall ones around tall content."""
    tall = r"\frac" in text or r"\begin" in text
    return rf"\left({text}\right)" if tall else f"({text})"


def oriented(vector: Iterable[sympy.Expr], order: Sequence[sympy.Symbol] = ()) -> list[sympy.Expr]:
    """Return a vector or its negative: the one whose first entry that is not 0 is written without a minus sign.

    >>> x, y = sympy.symbols("x y")
    >>> oriented([0, y - x, x], [x, y])
    [0, x - y, -x]
    """
    entries, printer = [sympy.sympify(v, strict=True) for v in vector], Printer(order)
    first = next((e for e in entries if e), sympy.Integer(0))
    if not (printer.turned(first) if first.is_Add else printer.is_negative(first)):
        return entries
    return [sympy.Add(*(-t for t in e.args)) if e.is_Add else -e for e in entries]


def in_form(expression: sympy.Expr, form: Form, order: Sequence[sympy.Symbol] = ()) -> sympy.Expr:
    """Return the expression in another form of the same value; ``"factored"`` is the form in which it was recorded.

    >>> x, y = sympy.symbols("x y")
    >>> in_form(x * (1 - y), "expanded")
    -x*y + x
    """
    if form == "factored" or not isinstance(expression, sympy.Expr):
        return expression
    expanded = sympy.expand(expression)
    return expanded if form == "expanded" else sympy.collect(expanded, [s for s in order if expanded.has(s)])
