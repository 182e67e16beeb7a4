"""Polynomials that are positive on a domain, written so that a judge can multiply out why; minors of scores.

The proofs are those of :class:`symelbo.loci.Positivity`.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from symelbo.certificates.data import number_text, polynomial_data
from symelbo.loci.positivity import Positivity
from symelbo.loci.proofs import Powers, SumOfProducts


def written(known: Positivity, sums: Iterable[SumOfProducts]) -> tuple[list[Any], list[Any]] | None:
    """The steps needed, and for every sum its terms, as JSON data; None if one of the forms is not known."""
    needed: dict[int, int] = {}
    steps: list[Any] = []
    try:
        terms = [_terms(known, s) for s in sums]
    except KeyError:
        return None

    def emit(powers: Powers) -> list[list[Any]]:
        for kind, k in sorted(powers):
            if kind == "s" and k not in needed:
                step = known.steps[k]
                data = {
                    "multiplier": emit(step.multiplier),
                    "polynomial": polynomial_data(step.polynomial),
                    "terms": [[number_text(c), emit(p)] for c, p in step.terms],
                }
                needed[k] = len(steps)
                steps.append(data)
        moved = {(kind, needed[k] if kind == "s" else k): e for (kind, k), e in powers.items()}
        return [[kind, k, e] for (kind, k), e in sorted(moved.items())]

    proofs = [{"multiplier": [], "terms": [[number_text(c), emit(p)] for c, p in part]} for part in terms]
    return steps, proofs


def _terms(known: Positivity, total: SumOfProducts) -> list[tuple[Fraction, Powers]]:
    result = []
    for c, exponents in total.terms:
        powers: Powers = {}
        for f, e in zip(total.forms, exponents, strict=True):
            if e:
                form, power = known.form(f, e)
                powers[form] = powers.get(form, 0) + power
        result.append((c, powers))
    return result
