# ---
# jupyter:
#   jupytext:
#     formats: py:percent,ipynb
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---
# %% [markdown]
# # A claim, and the ways to check it
#
# For a referee.  A manuscript says: "The model M(b), a hidden cause $x$ of two visible effects $y$ and $z$, is
# cylindrical nowhere."  With it comes a certificate.

# %%
import subprocess
import sys
import tempfile
from pathlib import Path

import sympy as sp

import symelbo as se

M = se.model_b()
verdict = se.is_cylindrical(M)
folder = Path(tempfile.mkdtemp())
paper = folder / "certificate.json"
paper.write_text(verdict.extent_certificate.to_json(), encoding="utf-8")
verdict

# %% [markdown]
# ## The checker
#
# One file, standard library only, that imports nothing of the rest.  It prints what is claimed, of which table, and
# what it has checked: compare the table with the manuscript; that is the one thing no program can do.

# %%
checker = Path(se.__file__).parent / "checker.py"


def check(path):
    """What the checker says of a certificate."""
    done = subprocess.run([sys.executable, "-I", checker, path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.replace(str(folder), "")


code, said = check(paper)
code, said.splitlines()[0]

# %% [markdown]
# A certificate that claims something else than it shows is refused:

# %%
forged = folder / "forged.json"
forged.write_text(paper.read_text(encoding="utf-8").replace('"refuted"', '"proved"'), encoding="utf-8")
check(forged)

# %% [markdown]
# ## By hand
#
# The counterexample is in small numbers.  From the definition: the gradient of $D(q \Vert \cdot)$ has the coordinates
# $G^{-1} J^\top \omega$ with $\omega = -q/p$.

# %%
at = verdict.counterexample.point.as_dict()
p = sp.Matrix([M.table[s].subs(at) for s in M.space.states])
J = sp.Matrix([[sp.diff(M.table[s], t).subs(at) for t in M.parameters] for s in M.space.states])
G = J.T * sp.diag(*(1 / e for e in p)) * J
omega = sp.Matrix([-sp.Rational(1, 8) / e for e in p])
gradient = J * G.inv() * J.T * omega
seen = sp.Matrix([sum(gradient[k] for k in range(8) if M.space.states[k][:2] == v) for v in M.space.visible_states])
-seen.T, tuple(verdict.counterexample.projected_elbo_gradient.values())

# %% [markdown]
# ## A false neighbour
#
# A checker that accepts everything is of no use; neither is a theorem prover.  A slightly wrong formula of the defect
# is refuted, with the point where it fails.

# %%
x, y1, y2, z1, z2 = M.parameters
kappa = x * y1 * (1 - y1) * z1 * (1 - z1) + (1 - x) * y2 * (1 - y2) * z2 * (1 - z2)
e = sp.Matrix([1, -1, -1, 1])
se.check_equal(se.defect(M), kappa * e * e.T, M), se.check_equal(se.defect(M), kappa * e * e.T / 2, M).kind

# %% [markdown]
# ## The proof as a page
#
# With its reasons, to be read: `se.derive(M).save("proof.pdf")`; here the step that the claim rests on.

# %%
print(se.derive(M, "S3", detail="short").text(100))
