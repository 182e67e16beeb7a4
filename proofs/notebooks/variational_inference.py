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
# # What the ELBO does to the evidence
#
# For someone who fits an autoencoder with discrete latent variables, a hidden Markov model or a mixture.  One trains
# $p_\theta(v, h)$ by ascending the ELBO of a recognition model $q_\phi(h \mid v)$, and hopes that the evidence $\log
# p_\theta(v)$ follows.  With natural gradients it does, for every $q$, exactly where the model is cylindrical.

# %%
import sympy as sp

import symelbo as se

# %% [markdown]
# ## A decoder
#
# One binary latent variable and two binary observations, a sigmoid belief network: the smallest autoencoder.

# %%
M = se.sigmoid_belief_network([("h", "v"), ("h", "w")], hidden=["h"], name="Decoder")
M

# %%
se.is_cylindrical(M)

# %% [markdown]
# It is not, at any admissible parameters.  What that means, in numbers: at this point, with this $q$ (whose data are
# those of the model already, so the evidence is at its maximum), the ELBO still moves the distribution that is seen.

# %%
found = se.is_cylindrical(M).counterexample
dict(found.optimal_gradient)

# %% [markdown]
# ## How wrong can it be?
#
# The angle between the two directions is bounded by the principal angles of the tangent space, whatever is learnt.

# %%
se.principal_angles(M, found.point)

# %% [markdown]
# ## Does the recognition model matter?
#
# Where the model is cylindrical, no. Here it does: the parameters $\phi$ move the direction in which the visible
# distribution goes, for a mean field too.

# %%
se.recognition_dependence(M, se.mean_field(M.space), found.point)

# %% [markdown]
# All gradients of one step of wake and sleep, exactly; `projected` is where the ELBO takes $p_V$, `visible` where the
# evidence would.

# %%
q = se.mean_field(M.space)
step = se.recognition_gradients(M, q, found.point, {phi: sp.Rational(1, k + 2) for k, phi in enumerate(q.parameters)})
step.projected.T, step.visible.T

# %% [markdown]
# ## EM
#
# On a network with free tables the natural-gradient step of the evidence is the EM step, with another length for each
# row of a table: the probability that the row is used.

# %%
N = se.naive_bayes(2, name="Naive Bayes")
half, third = sp.Rational(1, 2), sp.Rational(1, 3)
start = {p: third if str(p).endswith("2") else half for p in N.parameters}
em = se.em_step(N, ["1/4"] * 4, start)
em.natural - em.start == em.weights.multiply_elementwise(em.em - em.start)

# %% [markdown]
# ## A mixture
#
# A Gaussian mixture has no finite table; what needs the density $p_V$ itself is said not to apply, the rest is
# decided.

# %%
se.verify(se.exponential_mixture("gaussian"))

# %% [markdown]
# ## What would help
#
# Changes that make the model cylindrical, each verified; or objectives that do not notice.

# %%
list(se.repairs(N))

# %%
se.surviving_objectives(N)
