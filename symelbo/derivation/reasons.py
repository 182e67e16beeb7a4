r"""Why a model is cylindrical at no admissible point: the minor that vanishes nowhere, with its sign written out.

The certificate has rows and columns of a matrix with the kernel of :math:`(I - C\,d\pi) J`, and a sum of products of
what is positive on the domain; the determinants are computed anew, and what is printed is compared with them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import sympy

from symelbo.budget import LIMITS, Work
from symelbo.derivation.steps import Relation, Side
from symelbo.errors import InternalError
from symelbo.exact import Matrix, RationalFunction, as_rational
from symelbo.geometry import Ranks, gaussian_scores, mixture_scores
from symelbo.geometry.mixtures import difference_places
from symelbo.loci import Positivity
from symelbo.loci.minors import minor_polynomial, score_differences
from symelbo.models.exponential_mixtures import ExponentialMixture
from symelbo.models.gaussian import Gaussian
from symelbo.models.parametrization import Parametrization
from symelbo.typesetting.sentences import Words, enumerated, together, words

__all__ = ["Letters", "Proof", "why_nowhere"]

# Characters of two states up to which a ratio of their probabilities is one formula, which is not broken.
RATIO = 24
Proof = tuple[Words, list[Relation], Words]


@dataclass(frozen=True)
class Letters:
    """How a page writes what occurs in a reason, in LaTeX, and how it gets a new symbol."""

    parameter: Callable[[int], str]
    declared: Callable[[str, str], sympy.Symbol]
    probability: Callable[[Any], str] = str
    variable: Callable[[int], str] = str


@dataclass(frozen=True)
class _Part:
    """A determinant, from which rows it is, and a multiple of it that the certificate adds up."""

    rows: Words
    columns: Sequence[int]
    value: RationalFunction
    scaled: RationalFunction


def why_nowhere(model: Any, certificate: Any, ranks: Ranks, letters: Letters) -> Proof | None:
    """The sentence, the determinants with their sign, and the conclusion; None where the reason is another.

    Parameters
    ----------
    model : a model, or one copy of independent ones
    certificate : what "nowhere" rests on, or None
    ranks : Ranks, the generic ones
    letters : Letters
    """
    witness = {} if certificate is None else certificate.witness
    if witness.get("kind") != "sign" or "minors" not in witness:
        return None
    field = model.field
    total = _sum(model, witness, witness["terms"]) / _product(model, witness, witness["multiplier"])
    matrix, parts = _parts(model, _Given(witness, field.from_sympy(total), letters))
    if not parts:
        return None
    if field.sum(part.scaled for part in parts) != field.from_sympy(total):
        raise InternalError(f"the minors of {model!r} are not what their certificate says")
    k, one = len(parts[0].columns), len(parts) == 1
    names = [letters.declared(f"minor {i + 1}", "D" if one else f"D_{{{i + 1}}}") for i in range(len(parts))]
    written = ["D" if one else f"D_{{{i + 1}}}" for i in range(len(parts))]
    told = [
        (*part.rows, *words(rf" and the column{'s' * (k > 1)} ${enumerated(map(letters.parameter, part.columns))}$"))
        for part in parts
    ]
    what = "minor" if k > 1 else "entry"
    if one:
        value = total * field.to_sympy(parts[0].value / parts[0].scaled)
        lines = [Relation(Side(written[0]), "=", Side(None, value), quantity="minor[0]")]
        said: Words = (*matrix, f"The {what} for ", *told[0], " is")
    else:
        factors = [field.to_sympy(part.scaled / part.value) for part in parts]
        combined = sympy.Add(*(f * d for f, d in zip(factors, names, strict=True)))
        lines = [Relation(Side(None, combined), "=", Side(None, total), quantity="minors")]
        listed = together((words(f"${d}$ for {{}}", t) for d, t in zip(written, told, strict=True)), "; ")
        said = (*matrix, "The minors " if k > 1 else "The entries ", *listed, " satisfy")
    after = words(
        rf"{'It' if one else 'The right side'} vanishes nowhere in the domain. So $\operatorname{{rank}}\, "
        rf"(I - C\,\dpi) J \ge {k}$ at every point, and ${ranks.visible} + {k} > {ranks.joint} = "
        r"\operatorname{rank} J$ at every admissible one."
    )
    return said, lines, after


@dataclass(frozen=True)
class _Given:
    """The witness of the certificate, what its minors add up to, and how the page writes them."""

    witness: dict[str, Any]
    total: RationalFunction
    letters: Letters


@singledispatch
def _parts(model: Any, given: _Given) -> tuple[Words, list[_Part]]:  # noqa: ARG001  # the signature of all families
    """The matrix in a sentence, and its minors; none where they are not seen to be what adds up to the total."""
    raise InternalError(f"no reason for {model!r}")


@_parts.register(Parametrization)
def _parts_of_table(model: Parametrization, given: _Given) -> tuple[Words, list[_Part]]:
    states = model.space.states
    parts = []
    for m in given.witness["minors"]:
        pairs, columns = [tuple(pair) for pair in m["pairs"]], m["columns"]
        value = _minor(Matrix(model.field, score_differences(model, pairs), len(model.parameters)), columns)
        scaled = _polynomial(model, m["multiplier"]) * minor_polynomial(model, pairs, columns)
        long = sum(len(str(label)) for x in pairs[0] for label in states[x]) > RATIO
        line = "${}$ over ${}$" if long else "${} / {}$"
        shown = (words(line.format(*(given.letters.probability(states[x]) for x in pair))) for pair in pairs)
        parts.append(_Part(together(shown), columns, value, scaled))
    matrix = words(
        "The gradients of the log ratios of the probabilities of states that are seen alike span the rows of "
        r"$(I - C\,\dpi) J$. "
    )
    return matrix, parts


@_parts.register(ExponentialMixture)
def _parts_of_mixture(model: ExponentialMixture, given: _Given) -> tuple[Words, list[_Part]]:
    at, places, parts = mixture_scores(model), difference_places(model), []
    for m in given.witness["minors"]:
        rows, columns = m["rows"], m["columns"]
        value = _minor(at.vertical_scores.select([places.index(tuple(row)) for row in rows]), columns)
        numerator = model.field.fraction(value.num, model.field.one.num)
        told = (_difference(model, row, given.letters) for row in rows)
        parts.append(_Part(together(told), columns, value, _polynomial(model, m["multiplier"]) * numerator))
    matrix = words(
        "A horizontal direction has one score in all classes; so coefficients of the differences $s_h - s_g$ of the "
        r"scores in two classes are rows of a matrix with the kernel of $(I - C\,\dpi) J$. "
    )
    return matrix, parts


def _difference(model: ExponentialMixture, row: Sequence[int], letters: Letters) -> Words:
    """Which coefficient of the difference of which scores."""
    h, g, leaf, power = row
    of = rf"{letters.variable(leaf)}^{{{power}}}" if power > 1 else letters.variable(leaf) if power else "1"
    (k, seen), (j, _) = model.cells[h], model.cells[g]
    where = f" (categorical variables in the states {', '.join(map(str, seen))})" if seen else ""
    return words(f"the coefficient of ${of}$ in $s_{{{k + 1}}} - s_{{{j + 1}}}${where}")


@_parts.register(Gaussian)
def _parts_of_gaussian(model: Gaussian, given: _Given) -> tuple[Words, list[_Part]]:
    at, n, unseen = gaussian_scores(model), len(model.mean), len(model.mean) - model.n_visible
    known = Positivity.on(model.field, model.domain, work=Work(LIMITS.minors_work))
    across, parts = r"\partial K" if at.knows_precision else r"R\, \partial \Sigma", []
    left, names = "K" if at.knows_precision else "R", [given.letters.variable(i) for i in range(n)]
    for m in given.witness["minors"]:
        numbers = [a if not s else unseen + a * n + s - 1 for a, s in m["rows"]]
        value = _minor(at.matrix("vertical").select(numbers), m["columns"])
        hidden = [names[model.n_visible + a] for a, _ in m["rows"]]
        shown = [
            rf"$({across})_{{{h},{names[s - 1]}}}$" if s else rf"$({left}\, \partial \mu)_{{{h}}}$"
            for h, (_, s) in zip(hidden, m["rows"], strict=True)
        ]
        # The judge's rows are multiples of these: they differ by what has a sign.
        if not value or not all(known.sign_only(f) for f, _ in (value / given.total).factors()[1]):
            return (), []
        parts.append(_Part(together(map(words, shown)), m["columns"], value, given.total))
    where = "" if at.knows_precision else " with $R = (-B, I)$"
    blocks = (
        r"(K\, \partial \mu)_H$, $(\partial K)_{HV}$ and $(\partial K)_{HH}"
        if at.knows_precision
        else rf"R\, \partial \mu$ and ${across}"
    )
    matrix = words(
        rf"A score depends on $x_V$ alone exactly where ${blocks}$ are $0${where}; so these are the rows of a "
        r"matrix with the kernel of $(I - C\,\dpi) J$. "
    )
    return matrix, parts


def _minor(rows: Matrix, columns: Sequence[int]) -> RationalFunction:
    value = rows.columns(columns).det()
    if not isinstance(value, RationalFunction):
        raise InternalError("a determinant over a function field is an element of it")
    return value


def _polynomial(model: Any, terms: Sequence[Any]) -> RationalFunction:
    """A polynomial of the certificate: pairs of a coefficient and exponents."""
    field = model.field
    total: RationalFunction = field.zero
    for c, exponents in terms:
        term = field.constant(as_rational(c))
        for i, e in enumerate(exponents):
            term = term * field.generator(i) ** e
        total = total + term
    return total


def _sum(model: Any, witness: dict[str, Any], terms: Sequence[Any]) -> sympy.Expr:
    return sympy.Add(*(sympy.Rational(c) * _product(model, witness, powers) for c, powers in terms))


def _product(model: Any, witness: dict[str, Any], powers: Sequence[Any]) -> sympy.Expr:
    return sympy.Mul(*(_form(model, witness, kind, k) ** e for kind, k, e in powers))


def _form(model: Any, witness: dict[str, Any], kind: str, k: int) -> sympy.Expr:
    """What is known to be positive: see :mod:`symelbo.loci.proofs`."""
    field = model.field
    if kind == "d":
        element = model.domain.constraints[k].element
        return field.to_sympy(field.fraction(element.num * element.den, field.one.num))
    if kind == "g":
        return field.to_sympy(field.generator(k)) ** (1 if field.is_exponential(k) else 2)
    if kind == "s":
        return field.to_sympy(_polynomial(model, witness["steps"][k]["polynomial"]))
    table, weight = model.factor_table, field.constant(model.factor_table.coefficients[k])
    for f, e in enumerate(map(int, table.exponents[k])):
        weight = weight * table.factors[f] ** (e if e > 0 else e % 2)
    return field.to_sympy(weight)
