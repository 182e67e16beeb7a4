"""Numbers published with the paper, for comparison: the histograms of cosines for M(b), bins of width 0.1 from 0 to 1.

Source: Ay, van Oostrum, Datar (2025), the experiment on M(b); fractions of 50,000 points.
"""

from __future__ import annotations

from symelbo.flows.compiled import Array
from symelbo.models.parametrization import Parametrization

# In the order of the paper: x = 1 first, then v = 11, 10, 01, 00.
Q = ("0.1816", "0.0056", "0.5750", "0.0178", "0.1750", "0.0054", "0.0384", "0.0012")
ELBO_FRACTIONS = (0.00202, 0.00836, 0.01288, 0.01898, 0.0266, 0.0389, 0.05534, 0.08116, 0.14084, 0.61484)
EVIDENCE_FRACTIONS = (0.0, 0.0, 0.0003, 0.00086, 0.00262, 0.00722, 0.01582, 0.03922, 0.10702, 0.82694)


def published_q(M: Parametrization) -> list[str]:
    """The paper's q in the order of the states of ``model_b()``: (y, z, x)."""
    visible = [(1, 1), (1, 0), (0, 1), (0, 0)]
    by_state = {(*v, x): Q[4 * k + i] for k, x in enumerate((1, 0)) for i, v in enumerate(visible)}
    return [by_state[int(y), int(z), int(x)] for y, z, x in M.space.states]


def histogram(cosines: Array) -> Array:
    """Fractions in the ten bins of width 0.1 from 0 to 1; the rest is negative."""
    import numpy as np

    counts, _ = np.histogram(cosines, np.linspace(0, 1, 11))
    return np.asarray(counts / len(cosines))
