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
# # The splitting of a tangent space
#
# For an information geometer.  Marginalisation $\pi_V : P(X) \to P(V)$ is a Riemannian submersion for the Fisher
# metric. Its vertical spaces are $\mathcal{V}_p = \ker d\pi_V$, its horizontal ones $\mathcal{H}_p =
# \mathcal{V}_p^\perp$, the scores that depend on $v$ alone.  A model $M$ is *cylindrical* at $p$ when $T_pM = (T_pM
# \cap \mathcal{H}_p) \oplus (T_pM \cap \mathcal{V}_p)$.

# %%
import numpy as np
import sympy as sp

import symelbo as se

M = se.model_b()
M

# %% [markdown]
# ## The three parts
#
# Bases of the parts, in coordinates $c$ of tangent vectors $Jc$: two dimensions are horizontal, two vertical, and one
# is neither.

# %%
parts = se.tangent_decomposition(M)
parts

# %%
parts.vertical_parameters.to_sympy().T

# %% [markdown]
# The ranks say it without a basis: $\operatorname{rank} J < \operatorname{rank} J_V + \operatorname{rank} (I - C
# d\pi) J$.

# %%
se.ranks(M)

# %% [markdown]
# ## The defect
#
# For an objective $L \circ \pi_V$ with differential $\ell$ the projected gradient and the gradient on $M_V$ differ by
# $\Delta \ell$, with $\Delta = J_V G_V^+ J_V^\top - J_V G^+ J_V^\top \ge 0$.  Its rank is the number of oblique
# directions.

# %%
Delta = se.defect(M)
e = sp.Matrix([1, -1, -1, 1])
se.check_equal(Delta, Delta[0, 0] * e * e.T, M)

# %%
Delta[0, 0]

# %% [markdown]
# ## Principal angles
#
# The eigenvalues of $G_V$ relative to $G$ are the squared cosines of the angles between $T_pM$ and $\mathcal{H}_p$: 1
# for what is horizontal, 0 for what is vertical.  At a point they are algebraic numbers; the one between is a
# function on the model.

# %%
at = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}
se.principal_angles(M, at)

# %%
se.symbolic_angles(M).sum.subs(at)

# %% [markdown]
# ## Three flows
#
# The visible model follows $D(p^* \Vert \cdot)$, perfect recognition $D(\mathcal{Q} \Vert \cdot)$, and a fixed $q$
# follows $D(q \Vert \cdot)$.  In $P(V)$ they coincide on a cylindrical model; M(a) has independent variables, and
# there the distance is an exact 0.

# %%
eighths = [sp.Rational(1, 8)] * 8
se.sigma_curves(se.model_a(), eighths, {"x": "1/2", "y": "1/3", "z": "1/4"}, [0, 1, 2]).distance

# %%
curves = se.sigma_curves(M, eighths, at, [0, 1, 2])
curves.distance > 0.01, [np.round(flow.visible[-1], 3).tolist() for flow in curves.flows]

# %% [markdown]
# ## Families without a table
#
# The same questions are decided for Gaussian models, whose scores are quadratic polynomials, and for mixtures of
# exponential families.

# %%
G = se.factor_analysis(3, 1)
se.tangent_decomposition(G), se.is_cylindrical(G)
