"""Groebner bases over Q in a process of their own, up to a counted limit, the same on every machine.

flint's basis is for degrevlex, which is quick; sympy converts it, by FGLM where the zeros are finitely many.
Reference: Faugere, Gianni, Lazard and Mora (1993).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from math import lcm

from symelbo.budget import LIMITS
from symelbo.errors import SymelboError
from symelbo.exact import RationalFunction
from symelbo.models.expressions import parse_expression
from symelbo.processes import program


def groebner_basis(system: Sequence[RationalFunction]) -> list[RationalFunction] | None:
    """Return a reduced Groebner basis over Q in the lexicographic order, or None beyond the limits of its work."""
    ring = system[0].field
    used = sorted({i for f in system for i, k in enumerate(f.num.degrees()) if k > 0})
    names = [f"g{i}" for i in used]
    data = []
    for f in system:
        scale = lcm(*(int(c.q) for c in f.terms().values()))
        data.append([([int(e[i]) for i in used], str(c * scale)) for e, c in f.terms().items()])
    limits = [LIMITS.basis_polynomials, LIMITS.basis_terms, LIMITS.basis_bits], LIMITS.basis_calls
    try:
        done = program([sys.executable, "-I", "-c", _SCRIPT], input=json.dumps([names, data, *limits]), text=True)
    except OSError:
        return None
    if done.returncode:
        return None
    generators = dict(zip(names, (ring.generators[i] for i in used), strict=True))
    try:
        lines = json.loads(done.stdout)
        return [ring.from_sympy(parse_expression(line, generators, where="Groebner basis")) for line in lines]
    except SymelboError:
        return None


# The conversion is ended after so many calls of functions: they are counted where a profiler would time them.
_SCRIPT = """
import json, os, sys
import flint, sympy
names, system, limits, calls = json.load(sys.stdin)
context = flint.fmpz_mpoly_ctx.get(names, "degrevlex")
system = [context.from_dict({tuple(e): int(c) for e, c in f}) for f in system]
quick, finished = flint.fmpz_mpoly_vec(system, context).buchberger_naive(limits=tuple(limits))
if not finished:
    sys.exit(1)
def count(*_):
    global calls
    calls -= 1
    if calls < 0:
        os._exit(1)
sys.setprofile(count)
quick = quick.autoreduction(groebner=True)
symbols = sympy.symbols(names)
quick = [sympy.Poly.from_dict({e: int(c) for e, c in f.to_dict().items()}, *symbols, domain="QQ") for f in quick]
basis = sympy.groebner(quick, *symbols, order="grevlex")
if basis.exprs != [1]:
    basis = basis.fglm("lex") if basis.is_zero_dimensional else sympy.groebner(quick, *symbols, order="lex")
sys.setprofile(None)
print(json.dumps([str(e.as_expr()) for e in basis.polys]))
"""
