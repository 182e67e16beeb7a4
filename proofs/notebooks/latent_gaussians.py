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
# # Which latent Gaussian models follow the evidence?
#
# Factor analysis, probabilistic PCA and Kalman models are fitted by their ELBO.  Does its natural gradient, seen in the
# mean and covariance of what is observed, go where that of the evidence goes?  It does for every recognition
# distribution exactly where the model is *cylindrical* (Ay, van Oostrum, Datar 2025), and for normal distributions
# that is linear algebra over the rational functions of the parameters: nothing here is rounded.

# %%
import sympy

import symelbo as se
from symelbo import checker

# %% [markdown]
# ## A table
#
# Three ranks decide: of $(d\mu, d\Sigma)$, of $(d\mu_V, d\Sigma_{VV})$, and of what is left of the former given what is
# seen.  A model is cylindrical where the first is the sum of the other two.

# %%
models = [
    se.factor_analysis(1),
    se.factor_analysis(4),
    se.probabilistic_pca(4, 2),
    se.linear_dynamical_system(3),
    se.linear_gaussian([("h", "v")], hidden=["h"], name="one item, free factor"),
    se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], name="common cause"),
    se.linear_gaussian([("h", "b"), ("c", "b")], hidden=["h"], name="hidden regressor"),
    se.linear_gaussian([("a", "h"), ("b", "h"), ("a", "b")], hidden=["h"], name="hidden effect"),
]
for M in models:
    print(f"{M.name:>27}  ranks {tuple(se.ranks(M))!s:>12}  cylindrical {se.is_cylindrical(M).scope}")

# %% [markdown]
# The classical models are cylindrical nowhere.  It is not the normal distribution that fails: one item with a free
# factor follows the evidence, and with the factor's law fixed to $N(0, 1)$, which factor analysis does, it does not.

# %% [markdown]
# ## By how much it fails
#
# For two children of a hidden cause the two sides differ in one direction only: that of their covariance.

# %%
cause = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False, name="common cause")
print(se.surviving_objectives(cause))
se.defect(cause)

# %%
print(se.is_cylindrical(cause).counterexample)

# %% [markdown]
# A recognition distribution enters through its first two moments alone, whatever it is, and these may be symbols.  The
# gradient of the ELBO pulls the covariance of $a$ and $b$ by the moments of $h$, which the evidence knows nothing of:

# %%
s = sympy.Matrix(3, 3, lambda i, j: sympy.Symbol(f"s_{'hab'[min(i, j)]}{'hab'[max(i, j)]}"))
gradient = se.natural_gradient(se.divergence((None, s)), cause)
dict(zip(se.visible_moments(cause)[2:], gradient.projected[2:], strict=True))

# %% [markdown]
# ## What factor analysis keeps
#
# For which functions $L(\mu_V, \Sigma_{VV})$ are the two gradients the same?  Where $L$ does not move along the
# loadings, nor with any covariance:

# %%
se.surviving_objectives(se.factor_analysis(3))

# %% [markdown]
# ## EM
#
# One EM step from simple loadings, for data; exact, as everything.  `rate` is the matrix by which EM contracts at a
# fixed point, $I - G^{-1} G_V$, the fraction of missing information.

# %%
F = se.factor_analysis(3)
at = dict.fromkeys(map(str, F.parameters), 1) | {"m1": 0, "m2": 0, "m3": 0}
data = [[1, 2, 0], [-1, 0, 1], [0, 1, 1], [2, 1, 0]]
step = se.em_step(F, data, at)
dict(zip(F.parameters, step.em, strict=True))

# %% [markdown]
# ## Flows
#
# On a model that is a cut the three flows of learning, of the visible model, with perfect recognition and with a fixed
# $q$, are one curve, here in closed form; on the common cause they part.

# %%
effect = se.linear_gaussian([("a", "h"), ("b", "h"), ("a", "b")], hidden=["h"], means=False, name="hidden effect")
ones = dict.fromkeys(map(str, effect.parameters), 1)
q = {"covariance": {"a": 2, "b": 3, "h": 1, ("a", "b"): 1}}
print(se.sigma_curves(effect, q, ones, [0, 1, 2]))
apart = se.sigma_curves(cause, q, dict.fromkeys(map(str, cause.parameters), 1), [0, 1, 2])
print(f"common cause: {apart.numeric_distance:.3f} apart")

# %% [markdown]
# ## What would mend it
#
# Two children of a hidden cause need an arrow between them, or the cause observed.  The new model is proved.

# %%
for repair in se.repairs(cause):
    print(repair)

# %% [markdown]
# ## Known noise
#
# An instrument's noise may be known.  `se.known` is a symbol that is not learnt, and verdicts hold for all its values.

# %%
e = se.known("e")
se.is_cylindrical(cause.reparametrise({"w_a": e, "w_b": e}))

# %% [markdown]
# ## Checked by somebody else
#
# A verdict carries a certificate; the checker is one file of the standard library and imports nothing of symelbo.

# %%
verdict = se.is_cylindrical(se.factor_analysis(4))
for certificate in (verdict.certificate, verdict.extent_certificate):
    print(certificate.scope, "accepted" if checker.check(certificate.to_json()).accepted else "refused")

# %%
se.derive(cause, "cylindrical")
