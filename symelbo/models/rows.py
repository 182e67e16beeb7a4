"""Models whose probabilities are monomials in the entries of free distributions: ``p(x) = c(x) prod_r prod_k r_k^N``.

Conditional tables of a Bayesian network, also where nodes share them, allele frequencies under random mating, mixture
weights: each row ``(theta_i, ..., 1 - sum theta_i)`` is a free distribution, and state x counts its entry k ``N(x)``
times.  With ``n_r = sum_k N_rk`` the Fisher metric has one block for each row, ``E_p[n_r]`` times that of a
distribution, and expected counts, divided by their sums, are the M-step of EM.

Reference: Dempster, Laird and Rubin (1977); Ay (2023) for the locality of the metric in Bayesian networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from symelbo.models.parametrization import Parametrization


@dataclass(frozen=True, slots=True)
class FreeRow:
    """A free distribution: the numbers of its parameters, and the |X| x n counts of its entries, the dependent last."""

    parameters: tuple[int, ...]
    counts: npt.NDArray[np.int64]


def free_rows(model: Parametrization) -> tuple[FreeRow, ...] | None:
    """Return the free distributions that a normalised model is made of; None where it is not of this kind.

    >>> from symelbo.models import model_b
    >>> [row.parameters for row in free_rows(model_b())]
    [(0,), (1,), (2,), (3,), (4,)]
    """
    return model.keep("free rows", lambda: _free_rows(model))


def _free_rows(model: Parametrization) -> tuple[FreeRow, ...] | None:
    table, d = model.factor_table, len(model.parameters)
    if not model.normalised or model.field.generators != model.parameters or (table.exponents < 0).any():
        return None
    single: dict[int, int] = {}
    rests: dict[tuple[int, ...], int] = {}
    for f, factor in enumerate(table.factors):
        linear = factor.affine_form()
        if linear is None:
            return None
        constant, slopes = linear
        if not constant and len(slopes) == 1:
            single[next(iter(slopes))] = f
        elif constant and all(s == -constant for s in slopes.values()):
            rests[tuple(sorted(slopes))] = f
        else:
            return None
    if sorted(i for row in rests for i in row) != list(range(d)):
        return None
    nothing = np.zeros(len(table.exponents), dtype=np.int64)

    def counts(f: int | None) -> npt.NDArray[np.int64]:
        return nothing if f is None else table.exponents[:, f].astype(np.int64)

    return tuple(
        FreeRow(row, np.stack([*(counts(single.get(i)) for i in row), counts(rest)], axis=1))
        for row, rest in sorted(rests.items())
    )
