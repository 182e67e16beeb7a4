"""Why a model is cylindrical at no admissible point: the minor that vanishes nowhere, with its sign written out.

The certificate has pairs of states that are seen alike, parameters, and a sum of products of what is positive on the
domain; the determinants are computed anew, and what is printed is compared with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from symelbo.derivation.recorder import Recorder
from symelbo.derivation.steps import Relation, Side
from symelbo.errors import InternalError
from symelbo.exact import Matrix, RationalFunction, as_rational
from symelbo.loci.minors import minor_polynomial, score_differences
from symelbo.models.parametrization import Parametrization
from symelbo.typesetting.sentences import Words, together, words

Proof = tuple[Words, list[Relation], Words]


def why_nowhere(r: Recorder, certificate: Any) -> Proof | None:
    """The sentence, the determinants with their sign, and the conclusion; None for other kinds of certificates."""
    witness = {} if certificate is None else certificate.witness
    if witness.get("kind") != "sign" or "minors" not in witness or r.model.structure.one is not None:
        return None  # that of copies is the certificate of one copy
    model, field = r.model, r.model.field
    parts = [(m["pairs"], m["columns"], _polynomial(model, m["multiplier"])) for m in witness["minors"]]
    values = [_determinant(model, pairs, columns) for pairs, columns, _ in parts]
    scaled = [a * minor_polynomial(model, pairs, columns) for pairs, columns, a in parts]
    total = _sum(model, witness, witness["terms"]) / _product(model, witness, witness["multiplier"])
    if field.from_sympy(total) != field.sum(scaled):
        raise InternalError(f"the minors of {model!r} are not what their certificate says")
    k, one = len(parts[0][1]), len(parts) == 1
    names = [r.declared(f"minor {i + 1}", "D" if one else f"D_{{{i + 1}}}") for i in range(len(parts))]
    if one:
        factor = field.to_sympy(scaled[0] / values[0])
        lines = [Relation(Side(r.symbols[names[0]]), "=", Side(None, total / factor), quantity="minor[0]")]
    else:
        combined = sympy.Add(*(field.to_sympy(s / v) * d for s, v, d in zip(scaled, values, names, strict=True)))
        lines = [Relation(Side(None, combined), "=", Side(None, total), quantity="minors")]
    told = [_described(r, pairs, columns) for pairs, columns, _ in parts]
    said: Words = words(
        "For states that are seen alike the gradients of the log ratios of their probabilities span the rows of "
        r"$(I - C\,\dpi) J$. "
    )
    if one:
        said = (*said, "For ", *told[0], " their determinant is")
    else:
        listed = together((words(f"${r.symbols[d]}$ for {{}}", t) for d, t in zip(names, told, strict=True)), "; ")
        said = (*said, "Their determinants ", *listed, " satisfy")
    after = words(
        rf"{'It' if one else 'The right side'} vanishes nowhere in the domain. So $\operatorname{{rank}}\, "
        rf"(I - C\,\dpi) J \ge {k}$ at every point, and ${r.ranks.visible} + {k} > {r.ranks.joint} = "
        r"\operatorname{rank} J$ at every admissible one."
    )
    return said, lines, after


def _described(r: Recorder, pairs: Sequence[Sequence[int]], columns: Sequence[int]) -> Words:
    """The states and the parameters of a minor."""
    names, states = r.names, r.space.states
    shown = [words(f"${names.p(states[x])} / {names.p(states[y])}$") for x, y in pairs]
    parameters = ", ".join(names.parameter(i) for i in columns)
    return (*together(shown), *words(f" and the column{'s' * (len(columns) > 1)} ${parameters}$"))


def _determinant(model: Parametrization, pairs: Sequence[Sequence[int]], columns: Sequence[int]) -> RationalFunction:
    rows = score_differences(model, [(x, y) for x, y in pairs])
    value = Matrix(model.field, [[row[i] for i in columns] for row in rows], len(columns)).det()
    if not isinstance(value, RationalFunction):
        raise InternalError("a determinant over a function field is an element of it")
    return value


def _polynomial(model: Parametrization, terms: Sequence[Any]) -> RationalFunction:
    """A polynomial of the certificate: pairs of a coefficient and exponents."""
    field = model.field
    total = field.zero
    for c, exponents in terms:
        term = field.constant(as_rational(c))
        for i, e in enumerate(exponents):
            term = term * field.generator(i) ** e
        total = total + term
    return total


def _sum(model: Parametrization, witness: dict[str, Any], terms: Sequence[Any]) -> sympy.Expr:
    return sympy.Add(*(sympy.Rational(c) * _product(model, witness, powers) for c, powers in terms))


def _product(model: Parametrization, witness: dict[str, Any], powers: Sequence[Any]) -> sympy.Expr:
    return sympy.Mul(*(_form(model, witness, kind, k) ** e for kind, k, e in powers))


def _form(model: Parametrization, witness: dict[str, Any], kind: str, k: int) -> sympy.Expr:
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
