"""Model files to start from: one for each of the ways to write a model, commented, and valid as it stands."""

from __future__ import annotations

_CHANGES = """
# Any of these may follow, in [model], and holds in this order:
# tie = {y2 = "y1"}                      # nodes that share a table, or parameters that are equal
# rename = {h1 = "young", h2 = "old"}    # other names of parameters, for what follows
# given = ["x"]                          # a conditional model: covariates that are seen and not modelled
# on = ["old = 2*young"]                 # equations; a conic such as y11**2 + y12**2 = 1 gets a parameter t
# domain = ["y12 < y11 < 1"]             # strict inequalities, besides those that the model has
# copies = 10                            # independent copies with the same parameters: data
"""

_NETWORK = """\
# A Bayesian network.  symelbo verify FILE decides it; symelbo describe FILE lists its parameters.
name = "two tests"

[variables]                  # labels, first one first, or a number of states n for labels "0" .. "n-1"
x = ["young", "old"]
h = ["ill", "well"]
y1 = ["+", "-"]
y2 = ["+", "-"]
hidden = ["h"]               # what is not seen; all others are

[model]
kind = "bayesian-network"
edges = [["x", "h"], ["h", "y1"], ["h", "y2"]]

# Conditional tables are free, with parameters x, h1, h2, y11, ...: the first states of a node, by row of its parents.
# Tables that are given have a row for each state of the parents; "free" is a free entry, constants are known numbers.
# parameters = ["e"]
# constants = ["q"]
# tables = {y1 = [["1 - e", "e"], ["q", "1 - q"]], y2 = "y1"}
"""

_TABLE = """\
# A table of probabilities.  symelbo verify FILE decides it; symelbo describe FILE says what was read.
name = "admixture"

[variables]
y = ["A", "a"]               # an allele, seen
z = ["1", "2"]               # the population it comes from
hidden = ["z"]

[model]
kind = "parametrization"
parameters = ["x", "p"]
constants = ["q"]            # known numbers: not parameters
domain = ["0 < x < 1", "q < p < 1", "0 < q"]

# Expressions have + - * / ** integer, exp, tanh, sinh, cosh, logistic; numbers are exact, 3/10 and not 0.3.
# Keys are labels in the order of [variables].  [model.weights] instead need not sum to 1, and are divided by their sum.
[model.probabilities]
"A,1" = "x*p"
"a,1" = "x*(1 - p)"
"A,2" = "(1 - x)*q"
"a,2" = "(1 - x)*(1 - q)"
"""

_STATES = """\
# States that are seen alike.  symelbo verify FILE decides it; symelbo describe FILE says what was read.
name = "blood groups"

[states]                     # state = what is seen of it
AA = "A"
AO = "A"
BB = "B"
BO = "B"
AB = "AB"
OO = "O"

[model]
kind = "parametrization"
parameters = ["p", "q"]      # frequencies of the alleles A and B
domain = ["0 < p", "0 < q", "p + q < 1"]

[model.probabilities]
AA = "p**2"
AO = "2*p*(1 - p - q)"
BB = "q**2"
BO = "2*q*(1 - p - q)"
AB = "2*p*q"
OO = "(1 - p - q)**2"
"""

_GAUSSIAN = """\
# A linear-Gaussian network, x_u = m_u + sum_p b_p_u x_p + noise of variance w_u.  symelbo describe FILE lists them.
name = "three indicators"

[model]                      # it names its variables itself: no [variables]
kind = "linear-gaussian"
edges = [["h", "y1"], ["h", "y2"], ["h", "y3"]]
hidden = ["h"]
on = ["w_h = 1"]             # equations between parameters, the scale of what is hidden for instance
# tie = {w_y2 = "w_y1"}      # equal parameters
# domain = ["0 < b_h_y1"]    # strict inequalities, besides those that the model has

# Other kinds: factor-analysis (n, k), probabilistic-pca (n, k), linear-dynamical-system (n), and gaussian with
# variables, hidden, parameters, covariance or precision as a list of rows, mean, domain.
"""

_MIXTURE = """\
# A mixture of exponential families.  symelbo verify FILE decides it; symelbo describe FILE says what was read.
name = "two kinds of counts"

[model]
kind = "exponential-mixture"
parameters = ["p", "r", "s"]
domain = ["0 < p < 1", "0 < r < s"]
weights = ["p", "1 - p"]
# For each class the family of every visible variable: gaussian (mean, variance), poisson (mean), exponential (rate),
# geometric (probability of 0), erlang (shape, rate), categorical (probabilities).
classes = [{v = ["poisson", "r"]}, {v = ["poisson", "s"]}]
"""

TEMPLATES = {
    "network": _NETWORK + _CHANGES,
    "table": _TABLE,
    "states": _STATES,
    "gaussian": _GAUSSIAN,
    "mixture": _MIXTURE,
}
"""The text of a file by what it is about."""
