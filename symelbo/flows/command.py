"""What the command line needs of flows: texts in, curves out."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy

from symelbo.budget import LIMITS
from symelbo.errors import DomainError
from symelbo.exact import Rational, as_decimal, as_rational
from symelbo.flows.compiled import rational_distribution
from symelbo.flows.curves import SigmaCurves, sigma_curves
from symelbo.models.expressions import pairs_in
from symelbo.models.gaussian import Gaussian
from symelbo.models.moments import Moments, moments_of
from symelbo.models.parametrization import as_exact, has_table
from symelbo.spaces import Space


def parse_distribution(text: str, space: Space, where: str = "--q") -> list[Rational]:
    """Read a distribution on all states: ``uniform``, a list, or pairs.

    A list ``1/8,1/8,...`` is in the order of the states of the space; pairs ``1,1,1=1/4; 1,1,0=3/4`` name states by
    their labels in the order of the variables of the model file, and states that are left out have probability 0.

    Raises
    ------
    DomainError
        The text is none of these, or no distribution.

    >>> from symelbo.spaces import SampleSpace
    >>> space = SampleSpace(visible={"v": 2}, hidden={"h": 2})
    >>> parse_distribution("0,0 = 1/4; 1,1 = 3/4", space)
    [1/4, 0, 0, 3/4]
    """
    stripped = text.strip()
    if stripped == "uniform":
        return rational_distribution([f"1/{space.n_states}"] * space.n_states, space)
    if "=" not in stripped:
        return rational_distribution(
            [as_decimal(part.strip(), where) for part in stripped.strip("[]()").split(",")], space
        )
    given: dict[Any, Any] = dict.fromkeys(space.states, 0)
    for key, value in pairs_in(filter(str.strip, stripped.split(";")), where, "state=probability"):
        state = space.state_of_key(key, where)
        if given[state]:
            raise DomainError(f"{where}: the state {key} is given twice")
        given[state] = as_decimal(value, f"{where} {key}")
    return rational_distribution(given, space)


def parse_moments(text: str, M: Gaussian, where: str = "--q") -> Moments:
    """Read the moments of a q: ``standard``, or pairs such as ``m(a)=1; S(a,a)=2; S(a,h)=1/2``.

    Means and covariances that are left out are 0, variances 1.

    >>> from symelbo.models import linear_gaussian
    >>> parse_moments("m(v) = 2; S(v,h) = 1/2", linear_gaussian([("h", "v")], hidden=["h"]))
    Moments(mean=(0, 2), covariance=((1, 1/2), (1/2, 1)), variables=('h', 'v'))
    """
    n, place = len(M.order), {v: i for i, v in enumerate(M.order)}
    mean, rows = [as_rational(0)] * n, [[as_rational(int(i == j)) for j in range(n)] for i in range(n)]
    parts = [] if text.strip() == "standard" else filter(str.strip, text.split(";"))
    for key, value in pairs_in(parts, where, "moment=number, such as S(a,h)=1/2"):
        number, name = as_decimal(value, f"{where} {key}"), key.replace(" ", "")
        indices = [place.get(v) for v in name[2:-1].split(",")]
        if name[:2] not in ("m(", "S(") or name[-1] != ")" or len(indices) != 1 + (name[0] == "S") or None in indices:
            raise DomainError(f"{where}: {key} is no moment of {', '.join(M.order)}; expected such as m(a) or S(a,b)")
        i, j = (*indices, *indices)[:2]
        if name[0] == "m":
            mean[i] = number  # type: ignore[index]  # None is refused above
        else:
            rows[i][j] = rows[j][i] = number  # type: ignore[index]
    return moments_of((mean, rows), M.order, "q")


def parse_start(text: str, where: str = "--start") -> dict[str, Any]:
    """Read ``x=1/2, y1=0.3, w=log(2)``: rationals, decimals, and logarithms of rationals.

    >>> parse_start("x=1/2, w=log(3)")
    {'x': 1/2, 'w': log(3)}
    """
    found: dict[str, Any] = {}
    for name, value in pairs_in(filter(str.strip, text.split(",")), where, "name=value, separated by commas"):
        inside = value[4:-1] if value.startswith("log(") and value.endswith(")") else None
        number = as_decimal(value if inside is None else inside, f"{where} {name}")
        exact = sympy.Rational(int(number.p), int(number.q))
        if inside is not None and exact <= 0:
            raise DomainError(f"{where} {name}: the logarithm of {exact}; expected a positive number")
        found[name] = exact if inside is None else sympy.log(exact)
    return found


def run_flow(
    M: Any,
    q: str,
    start: str,
    *,
    end: float = 5.0,
    points: int = 51,
    method: str = "auto",
    step: float = 0.01,
) -> SigmaCurves:
    """The three curves for texts as on the command line; ``.rows()`` is the table, ``repr`` the summary.

    Parameters
    ----------
    M : Parametrization or Gaussian
    q : as in :func:`parse_distribution`, or in :func:`parse_moments`
    start : as in :func:`parse_start`
    end, points : the times are ``points`` equally spaced ones from 0 to ``end``
    method, step : as in :func:`gradient_flow`
    """
    as_exact(M)
    if not 2 <= points <= LIMITS.flow_points or not (np.isfinite(end) and end > 0):
        raise DomainError(
            f"{points} points until t = {end}; expected 2 to {LIMITS.flow_points} points and a positive time"
        )
    if method == "euler" and not (np.isfinite(step) and step > 0 and end / step <= LIMITS.flow_steps):
        raise DomainError(
            f"step = {step} until t = {end}; expected a positive step, and at most {LIMITS.flow_steps} of them"
        )
    times = np.linspace(0.0, end, points)
    if method == "euler":
        times = np.unique(np.rint(times / step)) * step
    target: Any = parse_distribution(q, M.space) if has_table(M) else parse_moments(q, M)
    return sigma_curves(M, target, parse_start(start), times, method=method, step=step)  # type: ignore[arg-type]
