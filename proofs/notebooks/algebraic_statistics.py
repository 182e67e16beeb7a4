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
# # Ranks, loci, identifiability
#
# For an algebraic statistician.  Everything is decided in $\mathbb{Q}(\theta, t)$, $t$ exponentials: ranks modulo a
# prime first, then a certificate over the rationals.

# %%
import sympy as sp

import symelbo as se

# %% [markdown]
# ## Dimension
#
# A latent class model with two classes and three binary items fills the simplex $P(V)$; with two items it cannot, and
# has two parameters too many.

# %%
se.ranks(se.naive_bayes(3)), se.ranks(se.naive_bayes(2))

# %% [markdown]
# Of a hidden Markov model of length 3, with its own tables at every step, what is seen determines only these
# parameters (up to finitely many values):

# %%
H = se.hidden_markov_model(3)
found = se.identifiability(H)
found

# %%
found.identifiable

# %% [markdown]
# ## Loci
#
# Where a model is cylindrical is an algebraic set intersected with the open domain.  A collider with a hidden parent
# is cylindrical where the hidden one has no effect:

# %%
collider = se.bayesian_network([("h", "z"), ("y", "z")], hidden=["h"], name="Collider")
se.cylindrical_locus(collider)

# %%
se.cylindrical_locus(se.boltzmann_machine([("h", "v"), ("h", "w")], hidden=["h"], name="B"))

# %% [markdown]
# Each component is a model of its own, with a smaller tangent space.

# %%
M = se.model_b()
se.is_cylindrical(M.on("y1 = y2"))

# %% [markdown]
# ## Maps other than projections
#
# What is seen may be any function of the states.  Blood groups: six genotypes, four phenotypes.

# %%
a, b = sp.symbols("a b", positive=True)
o = 1 - a - b
genotypes = se.StateSpace({"AA": "A", "AO": "A", "BB": "B", "BO": "B", "AB": "AB", "OO": "O"})
ABO = se.Parametrization(
    genotypes, [a**2, 2 * a * o, b**2, 2 * b * o, 2 * a * b, o**2], [a, b], domain=[a + b < 1], name="ABO"
)
se.cylindrical_locus(ABO)

# %% [markdown]
# ## Certificates
#
# A verdict carries what it rests on; the null vectors of a decomposition, for example, whose products with the scores
# the checker expands itself.

# %%
certificate = se.is_cylindrical(se.model_a()).certificate
certificate.witness["kind"], sorted(certificate.witness)

# %% [markdown]
# ## Graphs
#
# With free tables a network is cylindrical exactly if a Markov-equivalent one has no arrow from a hidden to a visible
# node; so networks of any size are decided by their graph.

# %%
chain = [(f"h{i}", f"h{i + 1}") for i in range(39)] + [(f"h{i}", f"v{i}") for i in range(40)]
network = se.bayesian_network(chain, hidden=[f"h{i}" for i in range(40)])
network, se.is_cylindrical(network).kind
