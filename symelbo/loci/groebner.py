"""Groebner bases over Q in a process of their own: by Singular where it is installed, else by flint and sympy.

flint's basis is for degrevlex, which is quick; sympy converts it, by FGLM where the zeros are finitely many.
Reference: Faugere, Gianni, Lazard and Mora (1993).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from math import lcm
from typing import Any

from symelbo.errors import SymelboError
from symelbo.exact import RationalFunction
from symelbo.models.expressions import parse_expression


def groebner_basis(system: Sequence[RationalFunction], seconds: float) -> list[RationalFunction] | None:
    """Return a reduced Groebner basis over Q in the lexicographic order, or None if it takes too long."""
    ring = system[0].field
    used = sorted({i for f in system for i, k in enumerate(f.num.degrees()) if k > 0})
    names = [f"g{i}" for i in used]
    data = []
    for f in system:
        scale = lcm(*(int(c.q) for c in f.terms().values()))
        data.append([([int(e[i]) for i in used], str(c * scale)) for e, c in f.terms().items()])
    program = shutil.which("Singular")
    try:
        lines = _singular(program, names, data, seconds) if program else _flint(names, data, seconds)
    except (subprocess.TimeoutExpired, OSError):
        return None
    if lines is None:
        return None
    generators = dict(zip(names, (ring.generators[i] for i in used), strict=True))
    try:
        return [ring.from_sympy(parse_expression(line, generators, where="Groebner basis")) for line in lines]
    except SymelboError:
        return None


_SCRIPT = """
import json, sys
import flint, sympy
names, system = json.load(sys.stdin)
context = flint.fmpz_mpoly_ctx.get(names, "degrevlex")
system = [context.from_dict({tuple(e): int(c) for e, c in f}) for f in system]
quick = flint.fmpz_mpoly_vec(system, context).buchberger_naive().autoreduction(groebner=True)
symbols = sympy.symbols(names)
quick = [sympy.Poly.from_dict({e: int(c) for e, c in f.to_dict().items()}, *symbols, domain="QQ") for f in quick]
basis = sympy.groebner(quick, *symbols, order="grevlex")
if basis.exprs != [1]:
    basis = basis.fglm("lex") if basis.is_zero_dimensional else sympy.groebner(quick, *symbols, order="lex")
print(json.dumps([str(e.as_expr()) for e in basis.polys]))
"""


def _flint(names: Sequence[str], data: Sequence[Any], seconds: float) -> list[str] | None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", _SCRIPT],
        input=json.dumps([list(names), data]),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return None if done.returncode else [str(e) for e in json.loads(done.stdout)]


def _singular(program: str, names: Sequence[str], data: Sequence[Any], seconds: float) -> list[str] | None:
    def text(terms: Sequence[Any]) -> str:
        return "+".join(
            "*".join([f"({c})", *(f"{n}^{k}" for n, k in zip(names, e, strict=True) if k)]) for e, c in terms
        )

    commands = [
        f"ring r = 0, ({','.join(names)}), lp;",
        "option(redSB);",
        "short = 0;",
        f"ideal i = {','.join(map(text, data))};",
        "ideal s = groebner(i);",
        "for (int k = 1; k <= size(s); k++) { print(string(s[k])); }",
        "quit;",
    ]
    done = subprocess.run(
        [program, "-q"], input="\n".join(commands), capture_output=True, text=True, timeout=seconds, check=False
    )
    lines = [line.strip().replace("^", "**") for line in done.stdout.splitlines() if line.strip()]
    return None if done.returncode or not lines or any("error" in line for line in lines) else lines
