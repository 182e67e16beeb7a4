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
# # When does the ELBO follow the natural gradient of the evidence?
#
# A model over visible and hidden variables is *cylindrical* at a distribution $p$ when its tangent space is the sum of
# a horizontal and a vertical part (Ay, van Oostrum, Datar 2025).  There, and only there, the natural gradient of the
# ELBO and that of the evidence agree for every recognition distribution.  symelbo decides exactly where this is so.

# %%
import sympy

import symelbo as se

# %% [markdown]
# ## A model
#
# A hidden $x$ with two visible children $y$ and $z$: the model M(b) of the paper, built here from its graph.

# %%
M = se.bayesian_network(
    [("x", "y"), ("x", "z")], states={"x": [1, 0], "y": [1, 0], "z": [1, 0]}, hidden=["x"], name="M(b)"
)
M

# %% [markdown]
# Its Fisher metric is diagonal: one entry for every row of a conditional table.

# %%
se.fisher_metric(M)

# %% [markdown]
# ## The tangent space
#
# Of the five dimensions two are horizontal and two are vertical; one is neither.

# %%
se.tangent_decomposition(M)

# %% [markdown]
# So M(b) is not cylindrical.  The verdict is a value, with a counterexample in small rational numbers.

# %%
verdict = se.is_cylindrical(M)
print(verdict)
print(verdict.counterexample)

# %% [markdown]
# The same numbers from the definition: the natural gradient of $D(q \Vert \cdot)$ for the uniform $q$, projected to
# $P(V)$, is not that of $D(p^* \Vert \cdot)$.

# %%
half, third = sympy.Rational(1, 2), sympy.Rational(1, 3)
at = {"x": half, "y1": half, "z1": half, "y2": third, "z2": third}
q = [sympy.Rational(1, 8)] * 8
elbo = -se.natural_gradient(se.divergence(q), M, at=at).projected
evidence = -se.natural_gradient(se.visible_divergence([sympy.Rational(1, 4)] * 4), M, at=at).projected
elbo.T, evidence.T

# %% [markdown]
# ## How far from cylindrical
#
# The defect $\Delta$ is the difference of the two sides, as a matrix on objectives.

# %%
Delta = se.defect(M)
kappa = Delta[0, 0]
kappa

# %% [markdown]
# It is $\kappa\, e e^\top$ with $e = (1, -1, -1, 1)$: the equality survives exactly for objectives whose differential
# satisfies $\ell(1,1) - \ell(1,0) - \ell(0,1) + \ell(0,0) = 0$.

# %%
e = sympy.Matrix([1, -1, -1, 1])
se.check_equal(Delta, kappa * e * e.T, M)

# %% [markdown]
# ## A model that is cylindrical
#
# Without arrows the hidden variable is independent of the visible ones, and the three gradients agree.

# %%
se.is_cylindrical(se.model_a())

# %% [markdown]
# All statements of the theory at once, on M(b):

# %%
se.verify(M)

# %% [markdown]
# ## The derivation, to be pasted
#
# `se.derive(M).fragment()` is LaTeX for a paper, `.save("out.pdf")` writes a document.  In a notebook it shows itself.

# %%
se.derive(M, "cylindrical")
