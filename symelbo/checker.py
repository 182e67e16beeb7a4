"""An independent judge of symelbo certificates.

    python -I checker.py [--statement SHA256] [--table] [--read] FILE...

Standard library only; nothing of symelbo is imported.  Exit code 0: every certificate is valid; 1: one is invalid (a
reason code says why); 2: one is malformed or beyond the limits below.  This file judges every kind of certificate; one
of them runs through some 600 of its lines, which ``--read`` prints: with the lemmas and the tables of statements, that
is all there is to read for it.

WHAT A CERTIFICATE SAYS.  A model is a finite table of weights ``w(x) = c(x) prod_f f**E[x, f]`` of polynomials f in
generators: parameters theta_i, known constants, which are not differentiated, and exponentials t = exp(f), f a
polynomial over Q in both, differentiated by d t/d theta_i = (d f/d theta_i) t.
A map x -> v says what is seen of a state; the states above one v, its fibre F_v, stand together.  In version 1 states
are all joint states (v, h) of variables, visible ones first, and large tables are products of local ones, on some of
the variables each; in version 2 they are listed, each with what is seen of it.  The distribution is p = w / sum w;
scores are s = d log w / d theta, so that p is never expanded.  The domain consists of the parameters where the
inequalities of the table and all w(x) > 0 hold.  Or a model is a graph: the Bayesian network with these arrows and
free positive conditional tables.  Or, in version 3, a normal distribution of mean mu and covariance Sigma (or precision
K), polynomials over a common denominator, visible variables first; its domain is where the inequalities hold, the
denominator is not 0 and Sigma > 0.  Or, in version 4, a mixture: weights of the classes, and for each visible variable
a family with its values in every class, all rational in the generators; its domain is where the inequalities hold and
weights, variances, rates and probabilities are positive.
The claim (model, statement, scope, verdict) is bound by its SHA-256; ``--statement`` demands a certain one.

WHAT IS DERIVED HERE.  Everything: derivatives, marginals, conditionals, ranks, gradients, graphs.  A witness holds only
what has to be searched for (null vectors, a point, a distribution, coefficients), and is checked by multiplying out.

LEMMAS that close the gap between what is computed and what is said (all elementary unless cited):
 1. An identity of elements of Q(theta, t) holds at every point.  theta and t are algebraically independent when the
    exponents are linearly independent over Q (checked): different products of powers of the t are exponentials of
    different polynomials; where no two of these differ by a constant alone, they are linearly independent over
    C(theta) (divide a shortest relation by a term and differentiate), and e is transcendental.  Constants are
    coordinates of a point as the theta are: "generic" is about both.  A minor that is not zero at one point, or modulo
    a prime, is not the zero function: ranks found so are lower bounds of the generic (= maximal) ranks.  A null vector
    c with J c = 0 says that the score S c is the same for all x; (I - C dpi) J c = 0 that it is the same on each fibre;
    J_V c = 0 that log w_V changes by the same for all v.  Where w is a product of local tables and c changes those of
    a set A only, it does not change as soon as, for a set S of hidden variables, the product of the tables in A and of
    those with a variable in S, summed over S, does not: in the remaining tables S does not occur.
 2. theta is admissible when rank J and rank J_V are generic there.  If [N_H N_V N_0] is square and nonsingular at one
    point, T = (T n H_p) + (T n V_p) on a dense open set; the defect W - U is continuous on the admissible points, so
    the same holds at all of them.  That is S3, and S4 (a).
 3. At an admissible point (a) to (g) of S4 are equivalent, and (d), (g) give S8 (Ay, van Oostrum, Datar 2025, Theorem
    3): dim T n V_p = r - r_V and dim T n H_p = r - r_vert; in an orthonormal basis of T, G_V is K with 0 <= K <= 1,
    and each condition says that K is a projection.  For every L, or every q, is linear in dL, or q: spanning sets do.
    With R = G^- G_V: J_V' and G_V have the same columns, so (d) is J_V R = J_V and (g) is (I - C dpi) J R = 0; (e),
    that P_H maps T into T, is S R = E[S | v]; (f): the eigenvalues of R lie in [0, 1] and r_V of them are not 0, so
    they are all 0 or 1 exactly if tr R = r_V.  (a) is (b), by the dimensions.
 4. u = J c is the gradient for a measure q (or, with q = p l, for the differential l) if and only if
    sum_x s_i(x) (u(x) - q(x)) = 0 for all i (s centred): these are the normal equations.  The same in P(V).
 5. S1, S2, S5, S6, S7, S12 hold for every positive table p; nothing in them depends on the model but p and ker J.
    Fibre by fibre pi C = I_V, D C = pi' D_V (D = diag(1/p), P its inverse), p' D = 1', pi p = p_V, 1' C = 1_V'.
    S2: C' D C = (D C)' C = D_V pi C = D_V and C' D = D_V pi; with P_H = C pi: P_H P_H = C (pi C) pi = P_H, and
    P_H' D = pi' C' D = pi' D_V pi = D P_H.  S12: G_H = (J - C pi J)' D (J - C pi J) = G - J' pi' D_V pi J, and both
    terms have the form A' D A.  S1: G X = J_V', G_V Y = J_V' can be solved, as ker G = ker J is contained in ker J_V =
    ker G_V; U = J_V X, W = J_V Y: U = X' G X = U', U' D_V W = X' G_V Y = X' J_V' = U' = U.  Hence g(u, w) =
    l' U' D_V W l = l' U l = |grad|^2, and u = 0 or w = 0 exactly if J_V' l = 0.  S5: P D = I; P - p p' is the inverse
    metric on P(X); then P D C = C, p' D C = 1' C = 1_V', and P D = I gives C pi = P D C pi, pi P D = pi = pi C pi =
    pi P D C pi, pi p p' D = p_V 1' = p_V 1_V' pi = pi p p' D C pi.  S6: qhat = C p*, S7 and Gibbs' inequality.
    S7: log q = log q_V + log q(x|v) and log p = log p_V + log p(x|v), multiplied by q and summed; by q(x|v) and summed.
 6. S10 (Ay 2023): in a network of free conditional tables a score of one row has conditional mean 0 given the parents,
    so different rows are orthogonal; within a row it is the Fisher metric of one categorical distribution.
 7. S11: networks with the same skeleton and v-structures are the same model (Verma, Pearl 1990); without an arrow from
    hidden to visible, p = p(v) p(h|v) with independent tables, a cut.  Hierarchical log-linear models are collapsible
    onto V when the boundary of each hidden component lies in a generator (Asmussen, Edwards 1983).  Constant N_H, N_V
    are coordinates of a cut; if rank J = |X| - 1, M is open in P(X), and p_V and p(x|v) vary independently.  A cut is
    cylindrical (Barndorff-Nielsen 1978).  On any fibres p(h|v) is p(x|v), x in F_v; graphs need variables.
 8. Ranks do not change when a constant is added to a score or columns are scaled: rank J = rank [1 | s] - 1 and
    rank J_V = rank [1 | E[s|v]] - 1 for raw scores s, and s - E[s|v] spans the vertical part.  A few rows give lower
    bounds; those of J and J_V must reach the upper bounds, then r < r_V + r_vert says that T does not split.  If the
    weight is a product of local tables with positive entries, it is positive.
 9. s(x) - s(y), x and y in one F_v, span the same rows as s - E[s|v]: each spans the other by positive weights p(x|v).
    If a minor of k such rows vanishes nowhere, rank (I - C dpi) J >= k everywhere; with rank J <= r and r_V >= b
    generically, r < b + k says that T splits at no admissible point.  Rows and columns may be multiplied by factors of
    weights w(x), which vanish nowhere; a quotient is not 0 where its numerator is not.  P > 0 where P m is a sum of
    products of positive polynomials, with positive coefficients, and m is a product of nonnegative ones.  At least one
    minor is not 0 where sum_m a_m minor_m > 0.
10. A network of nodes with two states or more splits at p if and only if its subnetworks do, at p's own tables, which
    vary freely with p; p is admissible if and only if all those points are.  T is the orthogonal sum of the spaces T_i
    of the families (lemma 6); let K = P_T E[.|v].  If T = T' + T'' is orthogonal and E[T'|v], E[T''|v] are, K is block
    diagonal, and T splits if and only if T' and T'' do.  So drop, one after the other: a hidden x that is a sink of an
    equivalent network (x is adjacent to the other parents of its children, each child to all other neighbours of x:
    turn all arrows at x to x), as T_x is vertical; families of visible nodes, as T_i is horizontal.  The rest splits
    by the connected components C of the hidden nodes in the moral graph without the visible ones, since those are
    independent given v.  T_C and p(h_C | v) depend on C's families alone, so other nodes in these may be roots with
    any tables; those that are parents in all families of C are left out, once for each of their states.
11. A node with one state is no parent for its children, and can be left out.  In a network rank J is constant; so if
    E[f|v] is not in T for one score f at one point, admissible or not, T splits on no open set: (1 - P_T) P_H P_T is
    analytic and not 0 (and T splits where, and only where, it is 0).  F in T needs for each node u that D_u F =
    E[F|x_<=u] - E[F|x_<u] is a function of x_u and its parents.  Chain: w -> x_1 -> ... -> x_k -> b, w and b visible, w
    no parent of b, x_i hidden.  Let tables ignore their parents but along w -> ... -> x_k, x_i preferring state 0 after
    0, all else uniform; f = (1{b=0} - 1/r) 1{x_k=0} is a score, F = E[f|v] = D_b F depends on w.  Collider: c1 -> m <-
    c2 not adjacent, c1 hidden, m -> ... -> b hidden but b.  Let m prefer 0 after (0, 0), the next ones after 0, all
    else uniform; f = 1{c1=0} - 1/r is a score, and with F in T, E[F|c1,c2] would be a sum g1(c1) + g2(c2).  But b knows
    1{c1=c2=0} only: it is A + B 1{c1=c2=0}, B > 0, for hidden c2; for visible c2, 0 off c2 = 0 and more for c1 = 0 on
    it.  Other nodes are independent there, so T of the network on these nodes alone decides: a small one is computed.
12. Normal distributions: the score of (m, S) = (dmu, dSigma) is the polynomial y'l + y'M y - tr(M Sigma), y = x - mu,
    l = K m, M = K S K / 2.  Polynomials of degree 2 contain every T; E[.|v] maps them to themselves, so lemmas 2 to 5
    and 9 hold with H_p and V_p taken among them, and q and p* act by their first two moments.  With B = Sigma_HV
    Sigma_VV^-1 = -K_HH^-1 K_HV and E = [I; B]: E[y|v] = E y_V; dpi takes the visible part; C (m, S) = (E m, E S E').
    Let R Sigma_{:V} = 0 with R_H regular, F K_{:H} = 0 with F_V regular (R = [-B, I], F = E' up to rows).  (m, S) is
    horizontal iff R m = 0, R S = 0: S = E S_VV E' is S_{H:} = B S_{V:}.  With m and dK: horizontal iff K_{H:} m = 0 and
    dK_{H:} = 0; vertical iff m_V = 0 and F dK F' = 0, since S_VV = -(Sigma dK Sigma)_VV and F K spans the rows [I 0].
    Rank J <= d, the numbers in Sigma and the means that move; rank J_V likewise.  Where R_H is singular the rows R m
    and R S Q, with any matrix Q, still bound the vertical rank from below.
13. The inner product of (m, S) and (m', S') is m'Km' + tr(K S K S')/2; E_q of the score of (m, S) is its inner product
    with (delta, Sigma_q + delta delta' - Sigma), delta = mu_q - mu; an L with dL = l.m_V + tr(M S_VV) has the tangent
    vector (Sigma l, 2 Sigma M Sigma), l and M padded by zeros.  The visible normal equations are those of the lift C.
14. A linear-Gaussian network x_u = b_u + sum_p A_up x_p + e_u, var e_u = w_u, is (I - A) Sigma (I - A)' = W and
    (I - A) mu = b.  Free coefficients and variances, and free intercepts or none: networks with the same skeleton and
    v-structures are the same model; lemma 7's cut.  A score of b_u, A_u is e_u times an affine function of x_pa, that
    of w_u a multiple of e_u^2 - w_u: orthogonal for different u, and to each other; so lemma 6 holds with the blocks
    E[z z'] / w_u, z = (1, x_pa), and 1 / (2 w_u^2).
15. A mixture p(v, h) = w_h prod_i p_hi(v_i) has scores that are polynomials for every h, of degree 2 at most; a
    categorical variable c splits each class in cells (h, c) of weight w_h p(c|h).  In H: for every c the scores of h
    and k are the same where both can be: as polynomials, with v_i = 0 for leaves at which one of them is 0 for certain.
    In V: sum_h w_h p(c|h) p_h(v) a_hc(v) = 0 for every c.  Densities for one measure are r^v / v! and q^v on N, exp(m v
    - n v^2) on R and exp(-r v) on the half-line, times v^(k-1) for Erlang leaves; different ones are linearly
    independent over polynomials, as quotients grow or fall faster than all powers, and so are their products (one
    variable after the other).  So the sums over classes with the same ones are 0, as polynomials with v^(k-1) r^k /
    (k-1)! for Erlang leaves, first where no v_i is 0, of classes that can be there, which then add up to 0 everywhere;
    then where one v_i is 0, and so on.  Scores are square integrable, and lemmas 2, 3, lemma 5 for S1, S2 and S12 (X
    and Y solve finitely many equations, for L of finitely many means), and the proof of S9 hold in L2: P_T P_H P_T acts
    on the finite space T, truncated functions are dense.
16. If null vectors are all that J_V has, e_i is in its row space exactly if the coordinate i of each is 0.  Where rank
    J_V is generic at a point and e_i is not in the row space there, some null vector has a coordinate i that is not 0.
17. T(i, j, k) = scale w_V(v), products a_i b_j c_k in each class (the h-th states of all fibres, H of them).  F maps
    Lambda^p A x B to Lambda^(p+1) A x C, e_S b to sum_i (e_S ^ e_i) T(i, b, .): a sum over h of what has rank
    C(a - 1, p).  Where its rank is H C(a - 1, p), the most possible, u F = 0 and F y = 0 for smooth u and y, so that
    u F(dw_V) y = 0: k independent forms vanish on dw_V, and on w_V.  So rank J_V <= |V| - 1 - k there, and everywhere,
    as it is not smaller on an open set.
18. Scores are sums over factors f of e_f (df/dtheta_i) / f: rank (I - C dpi) J is at most the rank of the differences
    of the exponents e in fibres, where f depends on parameters.  If rank J_V <= a and rank (I - C dpi) J <= b
    everywhere, and rank J >= a + b at one point, T splits at every admissible one: r <= r_V + r_vert <= a + b <= r.

FORMALLY PROVED (Coq and mathcomp, for all finite p, T and maps, no axioms; names of symelbo/theory): of lemma 2, that
T = (T n H_p) + (T n V_p) exactly if the defect is 0 (defect_eq0); lemma 3 (seven_conditions, elbo_equivalence,
converse_elbo; (e) also as cylindricalE, (f) as cylindrical_trace and cylindrical_eigenvalues, but not that there is an
eigenvalue other than 0 and 1 where T does not split); lemma 4 (grad_parameters, grad_unique); lemma 5 (alignment,
alignment_gt0, hproj_is_projection, horizontal_isometry, missing_information, gradient_divergence,
gradient_data_divergence, gradient_gap_vertical, data_divergence_le, divergence_chain, evidence_minus_elbo); of lemma 7,
that a cut is cylindrical (cut_model); of lemma 8, that T does not split where r < r_V + r_vert (cylindrical_ranks).
NOT: lemmas 1, 6, 9 to 18, continuity and genericity in lemma 2, graphs and log-linear models in lemma 7, ranks of raw
scores in lemma 8.

TRUSTED: this file, Python's int, Fraction, json and hashlib, these lemmas.  NOT TRUSTED: the witness, "provenance",
and that the table is the model somebody has in mind: read it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, combinations, groupby, pairwise, product
from math import comb, gcd, prod
from types import CodeType
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Malformed", "Rejected", "Result", "check", "main", "reading"]

MAX_BYTES = 16_000_000
MAX_STATES = 140_000  # beyond, only states that a certificate names are looked at
MAX_DIGITS = 4000
MAX_TERMS = 100_000
MAX_DEGREE = 2000
MAX_POWER = 500  # of a polynomial that is multiplied out
MAX_DEPTH = 100  # operations of an expression inside each other
MAX_NESTING = 120  # arrays and objects inside each other
MAX_BITS = 200_000
MAX_VARIABLES = 100  # of a normal distribution, or visible ones of a mixture
MAX_SHAPE = 100  # of Erlang leaves with different ones
MAX_CELLS = 1000  # classes of a mixture with states of its categorical variables
SHOWN = 64  # rows of tables that are printed without being asked for
MAX_LOCAL = 4096  # states of a few local tables
MAX_WORK = 8_000_000  # elementary operations on numbers of machine size
PRIMES = (2**61 - 1, 2**89 - 1, 2**107 - 1)

EVERYWHERE, GENERIC, POINT, NOWHERE = "every-admissible-point", "generic", "point", "no-admissible-point"
SCOPES = {GENERIC: " (on a dense open set)", NOWHERE: " (it holds at no admissible point)"}

# Slug, assumptions, conclusion, quantifier, formulas.
_STATEMENTS = """
gradient-alignment
  if theta is admissible: rank J and rank J_V have their generic values
  g(u, w) = |grad^M (L o pi)|^2 for u = dpi grad^M (L o pi), w = grad^{M_V} L; u = 0 exactly when w = 0
  for every differentiable L on P(V)
  | U' D_V W = U | U = U'
submersion
  H_p and V_p are orthogonal, dpi on H_p is an isometry, the projection is the conditional expectation
  for all tangent vectors
  | pi C = I_V | C' D C = D_V | C' D = D_V pi | P_H P_H = P_H | P_H' D = D P_H
cylindrical
  if theta is admissible: rank J and rank J_V have their generic values
  T = (T n H_p) + (T n V_p)
  at every admissible point
cylindrical-characterisation
  if theta is admissible: rank J and rank J_V have their generic values
  conditions (a) to (g) are all true or all false
  for every L on P(V) and every q in P(X)
unconstrained-gradients
  -grad D(q||.) = q - p, -grad D(Q||.) = qhat - p, -grad D(p*||.) = p* - p_V, the gap's gradient is vertical
  for every q in P(X) and p* in P(V)
  | P D - p p' D = I - p 1' | P D C - p p' D C = C - p 1_V' | P_V D_V - p_V p_V' D_V = I_V - p_V 1_V'
  | pi P D - pi p p' D = pi P D C pi - pi p p' D C pi
data-manifold
  D(Q||p) = D(p*||p_V), attained at qhat; its differential at p0 is that of D(qhat_{p0}||.)
  for every p* in P(V) and q in Q
  | pi C = I_V | D C = pi' D_V
elbo-decomposition
  D(q||p) = D(q_V||p_V) + GAP(q, p) and log p_V(v) - ELBO(q, p; v) = D(q(.|v) || p(.|v))
  for all p and q in P(X)
elbo-equivalence
  if theta is admissible: rank J and rank J_V have their generic values
  if the model is cylindrical
  dpi grad^M D(q||.) = dpi grad^M D(Q||.) = grad^{M_V} D(p*||.) for q_V = p*
  for every q in P(X), p* = q_V
converse
  if theta is admissible: rank J and rank J_V have their generic values
  if the model is not cylindrical at theta
  some L violates condition (d); some q with q_V = p_V is moved by the ELBO although the evidence is optimal
  there exist L and q
locality
  if the model is a Bayesian network with free conditional tables
  G is block diagonal over (node, parent state), each block p(pa) times a categorical distribution's metric
  for all tangent vectors
  | J' D J = L
cut
  if p(v, h) = p(v; xi) p(h | v; chi) with xi, chi varying independently
  M is cylindrical at every admissible point
  at every admissible point
missing-information
  G = G_V + E_p[Cov(s | v)], both terms positive semidefinite
  for all tangent vectors
  | G = G_V + G_H
ranks
  the ranks of J, of J_V and of (I - C dpi) J are those stated
  at the point, or generically
identifiability
  rank J_V is as stated; the stated parameters are those whose unit vectors are in its row space
  at the point, or generically
identity
  left = right, entry by entry
  for all values of the generators
positivity
  every expression is positive
  at every point of the domain at which it is defined
"""

# What differs for normal distributions.
_NORMAL = """
gradient-alignment
  if theta is admissible: rank J and rank J_V have their generic values
  g(u, w) = |grad^M (L o pi)|^2 for u = dpi grad^M (L o pi), w = grad^{M_V} L; u = 0 exactly when w = 0
  for every differentiable L of (mu_V, Sigma_VV)
submersion
  among polynomials of degree 2, H_p and V_p are orthogonal, dpi on H_p is an isometry, the projection is the conditional expectation
  for all tangent vectors
cylindrical-characterisation
  if theta is admissible: rank J and rank J_V have their generic values
  conditions (a) to (g) are all true or all false
  for every L of (mu_V, Sigma_VV) and every q with second moments
unconstrained-gradients
  -grad D(q||.) = (delta, Sigma_q + delta delta' - Sigma), -grad D(p*||.) = its visible part, -grad D(Q||.) = C of that, the gap's gradient is vertical
  for every q with second moments, delta = mu_q - mu, p* = q_V
data-manifold
  D(Q||p) = D(p*||p_V), attained at qhat of mean (mu*, alpha + B mu*) and covariance E Sigma* E' + diag(0, Om); its differential at p0 is that of D(qhat_{p0}||.)
  for every p* with second moments and q in Q
elbo-decomposition
  D(q||p) = D(q_V||p_V) + GAP(q, p), and ln det Sigma = ln det Sigma_VV + ln det Om
  for all normal p and q
elbo-equivalence
  if theta is admissible: rank J and rank J_V have their generic values
  if the model is cylindrical
  dpi grad^M D(q||.) = dpi grad^M D(Q||.) = grad^{M_V} D(p*||.) for q_V = p*
  for every q with second moments, p* = q_V
locality
  if the model is a linear-Gaussian network with free coefficients and variances
  G is block diagonal over (node; intercept and coefficients | variance), with the blocks E[z z'] / w, z = (1, x_pa), and 1 / (2 w^2)
  for all tangent vectors
"""  # noqa: E501  # one line for each sentence


def _statement(lines: list[str]) -> tuple[list[str], str, str, list[str]]:
    assumptions = [line.removeprefix("if ") for line in lines if line.startswith("if ")]
    conclusion, quantifier = [line for line in lines if not line.startswith(("if ", "| "))]
    formulas = [f for line in lines if line.startswith("| ") for f in re.split(r" ?\| (?=\S)", line)[1:]]
    return assumptions, conclusion, quantifier, formulas


def _statements(text: str) -> dict[str, tuple[list[str], str, str, list[str]]]:
    parts = (part.splitlines() for part in re.split(r"\n(?=\S)", text.strip()))
    return {slug: _statement([line.strip() for line in lines]) for slug, *lines in parts}


STATEMENTS = _statements(_STATEMENTS)
NORMAL_STATEMENTS: dict[str, tuple[list[str], str, str, list[str]]] = {
    slug: (*words[:3], []) for slug, words in STATEMENTS.items()
} | _statements(_NORMAL)

# What differs for mixtures.
_MIXTURE = """
gradient-alignment
  if theta is admissible: rank J and rank J_V have their generic values
  g(u, w) = |grad^M (L o pi)|^2 for u = dpi grad^M (L o pi), w = grad^{M_V} L; u = 0 exactly when w = 0
  for every L of finitely many means of functions of v
cylindrical-characterisation
  if theta is admissible: rank J and rank J_V have their generic values
  conditions (a) to (g) are all true or all false
  for every L of finitely many means of functions of v and every q with second moments of s
elbo-equivalence
  if theta is admissible: rank J and rank J_V have their generic values
  if the model is cylindrical
  dpi grad^M D(q||.) = dpi grad^M D(Q||.) = grad^{M_V} D(p*||.) for q_V = p*
  for every q with second moments of s, p* = q_V
"""
MIXTURE_STATEMENTS = STATEMENTS | _statements(_MIXTURE)


WORDS = ("classes", MIXTURE_STATEMENTS), ("matrix", NORMAL_STATEMENTS)


def _words(model: Any) -> dict[str, tuple[list[str], str, str, list[str]]]:
    return next((words for key, words in WORDS if _has(model, key)), STATEMENTS)


# What each kind of witness proves: kinds, slugs, verdict, scopes.
_PROVES = """
null-vectors bounds graph-cut log-linear-cut | cylindrical cut elbo-equivalence | proved | every-admissible-point
null-vectors bounds graph-cut log-linear-cut | cylindrical-characterisation | proved | every-admissible-point
not-cylindrical minors | cylindrical | refuted | point generic
not-cylindrical minors | converse | proved | point generic
minors conditions | cylindrical-characterisation | proved | point generic
conditions | cylindrical elbo-equivalence | proved | point
matrix-algebra | gradient-alignment submersion unconstrained-gradients | proved | every-admissible-point point
matrix-algebra | data-manifold missing-information | proved | every-admissible-point point
logarithms | elbo-decomposition | proved | space
local-tables local-equations | locality | proved | every-admissible-point point
ranks | ranks | proved | point generic
kernel | identifiability | proved | point generic
identity | identity | proved | every-admissible-point generic
identity | identity | refuted | point generic
sign | positivity | proved | every-point
sign | cylindrical | refuted | no-admissible-point
subnetworks | cylindrical cylindrical-characterisation elbo-equivalence | proved | every-admissible-point
subnetworks | cylindrical | refuted | generic no-admissible-point
graph-obstruction log-linear-obstruction | cylindrical | refuted | generic
graph-obstruction log-linear-obstruction | cylindrical-characterisation converse | proved | generic
"""
PROVES = {
    claim for line in _PROVES.strip().splitlines() for claim in product(*(column.split() for column in line.split("|")))
}

Number: TypeAlias = "int | Fraction"
Polynomial: TypeAlias = dict[tuple[int, ...], Number]
Powers: TypeAlias = dict[int, int]  # factor -> exponent
Row: TypeAlias = tuple[Number, Powers]  # coefficient and powers of a weight
Rows: TypeAlias = list[list[Any]]


class Malformed(Exception):  # noqa: N818  # it names the finding
    """The file is no certificate, or beyond the limits: exit code 2."""


class Rejected(Exception):  # noqa: N818  # it names the finding
    """The certificate proves nothing: exit code 1."""


class Result(NamedTuple):
    """The judgement: exit code, reason code ("valid" if accepted), message, hash of the claim, and what it means."""

    exit: int
    reason: str
    message: str
    sha256: str = ""
    report: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether the certificate is valid."""
        return self.exit == 0


_budget = threading.local()  # what is left of the elementary operations: a deterministic limit of time and memory


def _spend(units: int) -> None:
    _budget.left -= units
    if _budget.left < 0:
        raise Malformed("limit", f"more than {MAX_WORK} elementary operations")


def _require(condition: bool, reason: str, message: str) -> None:
    if not condition:
        raise Rejected(reason, message)


# ------------------------------------------------------------------------------------------------------- decoding


def _parse(text: str) -> Any:
    """The data of canonical JSON without floats, large integers and duplicate keys."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({k for k, _ in pairs}) != len(pairs):
            raise Malformed("duplicate-key", f"an object has a key twice: {sorted(k for k, _ in pairs)}")
        return dict(pairs)

    def small(digits: str) -> Any:
        return int(digits) if len(digits) <= 9 else refuse(digits)

    def refuse(digits: str) -> None:
        raise Malformed("number", f"{digits[:40]} is not allowed: numbers are strings such as 1/3, indices are small")

    if len(text) > MAX_BYTES:
        raise Malformed("limit", f"more than {MAX_BYTES} bytes")
    # What an array or an object, a text and an entry take in memory, in the same units as all else.
    _spend(3 * (text.count("[") + text.count("{")) + text.count('"') + text.count(",") // 4)
    _require_shallow(text)
    try:
        data = json.loads(text, object_pairs_hook=unique, parse_int=small, parse_float=refuse, parse_constant=refuse)
        canonical = _canonical(data)
    except RecursionError:
        raise Malformed("depth", "nested too deeply") from None
    except ValueError as error:
        raise Malformed("json", f"not JSON: {error}") from None
    if canonical != text.removesuffix("\n"):
        raise Malformed("canonical", "not canonical JSON: sorted keys, no white space, ASCII only")
    return data


def _require_shallow(text: str) -> None:
    """Refuse arrays and objects that are nested too deeply, before they are built."""
    depth = 0
    for part in re.finditer(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{]+|[\]}]+', text):
        sign = part[0][0]
        depth += len(part[0]) if sign in "[{" else -len(part[0]) if sign in "]}" else 0
        if depth > MAX_NESTING:
            raise Malformed("depth", f"more than {MAX_NESTING} arrays and objects inside each other")


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _read(data: Any, shape: Any, where: str = "certificate") -> Any:
    """Decode data of a shape.

    ``...`` is anything, a range an integer in it, {key: shape} an object with exactly these keys, a tuple of shapes a
    list of that length, [shape] a list, [shape, n] one of length n, a function what it returns.
    """
    if shape is ...:
        return data
    if isinstance(shape, range):
        if type(data) is not int or data not in shape:
            raise Malformed("schema", f"{where}: expected an integer from {shape.start} to {shape.stop - 1}")
        return data
    if isinstance(shape, dict):
        if not isinstance(data, dict) or set(data) != set(shape):
            raise Malformed("schema", f"{where}: expected an object with the keys {sorted(shape)}")
        return {key: _read(data[key], own, f"{where}, {key}") for key, own in shape.items()}
    if not isinstance(shape, list | tuple):
        return shape(data, where)
    length = None if shape[1:] == [] else len(shape) if isinstance(shape, tuple) else shape[1]
    if not isinstance(data, list) or length not in (None, len(data)):
        raise Malformed("schema", f"{where}: expected a list{'' if length is None else f' of length {length}'}")
    if len(data) > max(MAX_TERMS, length or 0):
        raise Malformed("limit", f"{where}: more than {MAX_TERMS} entries")
    if isinstance(shape, tuple):
        return tuple(_read(entry, own, where) for entry, own in zip(data, shape, strict=True))
    return [_read(entry, shape[0], where) for entry in data]


def _name(data: Any, where: str) -> str:
    if not isinstance(data, str) or not data.isprintable() or not 0 < len(data) <= 500:
        reason = "limit" if isinstance(data, str) and len(data) > 500 else "schema"
        raise Malformed(reason, f"{where}: expected a text of at most 500 printable characters")
    return data


def _names(data: Any, where: str) -> list[str]:
    names: list[str] = _read(data, [_name], where)
    if len(set(names)) != len(names):
        raise Malformed("schema", f"{where}: a name occurs twice")
    return names


_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:/([1-9][0-9]*))?", re.ASCII)


def _number(data: Any, where: str) -> Number:
    if isinstance(data, str) and len(data) > MAX_DIGITS:
        raise Malformed("limit", f"{where}: more than {MAX_DIGITS} digits")
    match = _NUMBER.fullmatch(data) if isinstance(data, str) else None
    if match is None or data == "-0":
        raise Malformed("number", f"{where}: expected a rational number as a text such as -1/3")
    numerator, denominator = int(match[1]), int(match[2] or 1)
    if gcd(numerator, denominator) != 1 or match[2] == "1":
        raise Malformed("number", f"{where}: {data[:40]} is not in lowest terms")
    return Fraction(numerator, denominator) if match[2] else numerator


def _fractions(n: int) -> list[Any]:
    return [lambda data, where: Fraction(_number(data, where)), n]


def _polynomial(n: int) -> Callable[[Any, str], Polynomial]:
    """The shape of a polynomial: terms [coefficient, exponents], exponents decreasing, coefficients not 0."""

    def decode(data: Any, where: str) -> Polynomial:
        terms = [(tuple(key), c) for c, key in _read(data, [(_number, [range(MAX_DEGREE), n])], where)]
        if any(a <= b for (a, _), (b, _) in pairwise(terms)) or not all(c for _, c in terms):
            raise Malformed("schema", f"{where}: the terms of a polynomial are not in decreasing order, or 0")
        return dict(terms)

    return decode


# ----------------------------------------------------------------------------------------------------- polynomials


def _add(a: Polynomial, b: Polynomial, scale: Number = 1) -> Polynomial:
    _spend(1 + (len(a) + len(b) * (1 + len(next(iter(b), ())) // 8)) // 4)
    result = dict(a)
    for key, c in b.items():
        if value := result.get(key, 0) + scale * c:
            result[key] = value
        else:
            result.pop(key, None)
    return result


def _bits(c: Number) -> int:
    return c.numerator.bit_length() + c.denominator.bit_length()


def _price(bits: int) -> int:
    """What an operation on a number of so many bits costs: a greatest common divisor takes quadratic time."""
    if bits > MAX_BITS:
        raise Malformed("limit", "a number has too many digits")
    return 1 + bits // 64 + (bits // 512) ** 2


def _paid(value: Any, prime: int = 0) -> Any:
    """The number modulo a prime; or exactly, once it is paid for."""
    if prime:
        return value % prime
    _spend(3 * _price(_bits(value)))
    return value


def _mul(a: Polynomial, b: Polynomial) -> Polynomial:
    bits = max(map(_bits, a.values()), default=0) + max(map(_bits, b.values()), default=0)
    n = len(next(iter(a), ()))
    _spend(len(a) * len(b) * (_price(bits) + n // 4))
    packed: dict[int, Number] = {}  # a list of exponents, none beyond 2 * MAX_DEGREE, as one number
    left, right = ([(int.from_bytes(array("H", k), sys.byteorder), c) for k, c in p.items()] for p in (a, b))
    for k, c in left:
        for m, e in right:
            packed[k + m] = packed.get(k + m, 0) + c * e
        if len(packed) > 2 * MAX_TERMS:  # before some of them cancel
            raise Malformed("limit", "a polynomial is too large")
    result = {tuple(memoryview(k.to_bytes(2 * n, sys.byteorder)).cast("H")): c for k, c in packed.items() if c}
    if len(result) > MAX_TERMS or any(max(k, default=0) > 2 * MAX_DEGREE for k in result):
        raise Malformed("limit", "a polynomial is too large")
    return result


def _residue(c: Number, prime: int) -> Any:
    """The number modulo a prime, or exactly; ValueError if the prime is bad: the next one is tried."""
    return c.numerator * pow(c.denominator, -1, prime) % prime if prime else Fraction(c)


def _evaluate(p: Polynomial, values: list[Any], prime: int = 0) -> Any:
    total: Any = 0
    for key, c in p.items():
        term = _residue(c, prime)
        for v, e in zip(values, key, strict=True):
            if e:
                term = _paid(term * _power(v, e, prime), prime)
        total = _paid(total + term, prime)
    return total


def _power(value: Any, e: int, prime: int = 0) -> Any:
    if prime:
        return pow(value, e, prime)
    _spend(_price(abs(e) * _bits(value)))
    if not value and e < 0:
        raise Rejected("zero-denominator", "a denominator is 0 at the point")
    return value**e


# ------------------------------------------------------------------ linear algebra, exactly (prime 0) or modulo a prime


def _eliminated(a: list[Any], b: list[Any], factor: Any, prime: int) -> list[Any]:
    if prime:
        _spend(1 + len(a) // 8)
        return [(x - factor * y) % prime for x, y in zip(a, b, strict=True)]
    _spend(len(a) // 8)
    return [_paid(x - factor * y) if y else x for x, y in zip(a, b, strict=True)]


def _triangle(rows: Iterable[Iterable[Any]], prime: int = 0) -> list[tuple[int, list[Any]]]:
    """Row echelon form, in some order: pivot columns, and rows from there on: 1 there, 0 at pivots before."""
    basis: list[tuple[int, list[Any]]] = []
    for given in rows:
        row = list(given)
        _spend(1 + (len(row) + len(basis)) // 8)
        for j, b in basis:
            if row[j]:
                row[j:] = _eliminated(row[j:], b, row[j], prime)
        pivot = next((j for j, e in enumerate(row) if e), None)
        if pivot is None:
            continue
        inverse = pow(row[pivot], -1, prime) if prime else Fraction(1) / row[pivot]
        basis.append((pivot, [_paid(e * inverse, prime) for e in row[pivot:]]))
        if len(basis) == len(row):
            break
    return basis


def _echelon(rows: Iterable[Iterable[Any]], prime: int = 0) -> dict[int, list[Any]]:
    """Reduced row echelon form: pivot column -> row with 1 there and 0 in all other pivot columns."""
    zero: Any = 0 if prime else Fraction(0)
    basis: dict[int, list[Any]] = {}
    for pivot, part in reversed(_triangle(rows, prime)):
        row = [zero] * pivot + part
        for j, b in basis.items():
            if row[j]:
                row = _eliminated(row, b, row[j], prime)
        basis[pivot] = row
    return basis


def _rank(rows: Iterable[Iterable[Any]], prime: int = 0) -> int:
    return len(_triangle(rows, prime))


def _total(values: Iterable[Any], prime: int = 0) -> Any:
    if prime:
        return sum(values) % prime
    total: Any = Fraction(0)
    for value in values:
        total = _paid(total + value)
    return total


def _dot(a: Iterable[Any], b: Iterable[Any], prime: int = 0) -> Any:
    return _total((x * y for x, y in zip(a, b, strict=True) if x and y), prime)


# ------------------------------------------------------------------------------------------------------- models


class Generators:
    """Parameters, known constants and generators: symbols, exponentials with their exponents; the domain."""

    inside = ""

    def __init__(self, data: dict[str, Any]) -> None:
        self.parameters = _names(data["parameters"], "parameters")
        self.d = len(self.parameters)
        self.constants = _names(data.get("constants", []), "constants")
        symbols = _names([*self.parameters, *self.constants], "parameters and constants")
        self.exponential: list[bool] = []
        names, exponents = list[str](), dict[int, Polynomial]()
        for g in _read(data["generators"], [...], "generators"):
            exponential = isinstance(g, dict) and "exponent" in g
            shape = {"name": _name} | ({"exponent": self._exponent} if exponential else {})
            fields = _read(g, shape, "generators")
            if exponential:
                exponents[len(names)] = fields["exponent"]
            elif fields["name"] not in symbols:
                raise Malformed("schema", "generators: neither a parameter nor an exponential")
            names.append(fields["name"])
            self.exponential.append(exponential)
        self.n = len(_names(names, "generators"))
        self.one: Polynomial = {(0,) * self.n: 1}
        place = {p: i for i, p in enumerate(self.parameters)}  # derivations: by the number of a parameter
        self.derivations = [{place[name]: self.one} if name in place else {} for name in names]
        self.shown_names = [*map(_plain, names)]
        self.real = True  # any values of the generators, positive ones of the exponentials, come from real parameters
        if exponents:
            plain = {name: k for k, name in enumerate(names) if k not in exponents}
            self._exponentials(exponents, symbols, [plain.get(p) for p in symbols])
        self.polynomial = _polynomial(self.n)
        self.domain = _read(data["domain"], [(self.polynomial, self.polynomial)], "domain")

    def _exponent(self, data: Any, where: str) -> Polynomial:
        """An exponent: coefficients of the parameters and of 1, or terms by the powers of parameters and constants."""
        n = self.d + len(self.constants)
        if not (isinstance(data, list) and data and isinstance(data[0], str)):
            return _polynomial(n)(data, where)
        form: list[Fraction] = _read(data, _fractions(self.d + 1), where)
        _spend(sum(map(bool, form)) * n // 4)
        return {tuple(int(i == k < self.d) for i in range(n)): c for k, c in enumerate(form) if c}

    def _exponentials(self, exponents: dict[int, Polynomial], symbols: list[str], plain: list[int | None]) -> None:
        """Exponents are independent, and have derivatives in the generators; plain: which of these a symbol is."""
        forms, keys = exponents.values(), {key for form in exponents.values() for key in form}
        independent = _rank([[form.get(key, 0) for key in keys] for form in forms]) == len(forms)
        _require(independent, "dependent-generators", "the exponents are linearly dependent over Q")
        # Real: linear in symbols that are no generators, with coefficients that are numbers.
        alone = [key for key in keys if any(e and g is None for e, g in zip(key, plain, strict=True))]
        linear = all(sum(key) == 1 for key in alone)
        self.real = linear and _rank([[form.get(key, 0) for key in alone] for form in forms]) == len(forms)
        for g, form in exponents.items():
            terms = [_scaled(c, _powers_shown(map(_plain, symbols), key)) for key, c in form.items()]
            self.shown_names[g] = f"exp({_sum_shown(terms)})"  # as what it is, whatever its name
            derivation = self.derivations[g] = {}
            for key, c in form.items():
                for i in (i for i in range(self.d) if key[i]):
                    powers = [0] * self.n
                    for k, (e, at) in enumerate(zip(key, plain, strict=True)):
                        if e > (k == i) and at is None:
                            raise Malformed("schema", "generators: an exponent has a derivative that is not in them")
                        if at is not None:
                            powers[at] = e - (k == i)
                    derivation[i] = _add(derivation.get(i, {}), {tuple(powers): c * key[i]})

    def point(self, data: Any) -> list[Fraction]:
        """A point inside the domain: values of the generators."""
        values: list[Fraction] = _read(data, _fractions(self.n), "interior point")
        for value, exponential in zip(values, self.exponential, strict=True):
            _require(value > 0 or not exponential, "outside-domain", "an exponential is not positive")
        for k, (num, den) in enumerate(self.domain):
            below = _evaluate(den, values)
            _require(below != 0, "zero-denominator", f"the denominator of inequality {k + 1} is 0")
            _require(_evaluate(num, values) / below > 0, "outside-domain", f"inequality {k + 1} is violated")
        return values

    def gradient(self, p: Polynomial) -> dict[int, Polynomial]:
        """The derivatives of a polynomial with respect to the parameters that it depends on."""
        result: dict[int, Polynomial] = {}
        for g in {g for key in p for g, e in enumerate(key) if e}:
            lower = 0 if self.exponential[g] else 1
            part = {(*k[:g], k[g] - lower, *k[g + 1 :]): e * k[g] for k, e in p.items() if k[g]}
            _spend(len(p) + len(part) * (len(self.derivations[g]) + self.n // 4))
            for i, inner in self.derivations[g].items():
                for key, c in inner.items():
                    by = {tuple(map(sum, zip(k, key, strict=True))): e for k, e in part.items()} if any(key) else part
                    result[i] = _add(result.get(i, {}), by, c)
        return {i: derivative for i, derivative in result.items() if derivative}

    def shown(self, p: Polynomial) -> str:
        """A polynomial in readable form."""
        terms = []
        for key, c in sorted(p.items(), key=lambda term: term[1] < 0):
            terms.append(_scaled(c, _powers_shown(self.shown_names, key)))
        return _sum_shown(terms) or "0"

    def inequalities(self) -> list[str]:
        """The domain, as far as it is stated: all of it, because a claim says nothing outside."""
        stated = [f"{_quotient_shown(self.shown(num), self.shown(den))} > 0" for num, den in self.domain]
        stated += ["all w > 0"] if isinstance(self, Table) else []
        known = [f"  known constants: {', '.join(map(_plain, self.constants))}"] if self.constants else []
        return [*known, f"  domain: {', '.join(stated) or 'no inequalities'}"]


def _scaled(c: Number, text: str) -> str:
    """A multiple of a product."""
    return str(c) if not text else text if c == 1 else f"-{text}" if c == -1 else f"{c}*{text}"


def _powers_shown(names: Iterable[str], key: tuple[int, ...]) -> str:
    return "*".join(n if e == 1 else f"{n}^{e}" for n, e in zip(names, key, strict=True) if e)


def _sum_shown(terms: Iterable[str]) -> str:
    text = ""
    for term in terms:  # a sign is the first character of a term, never one of a name
        sign, rest = ("-", term[1:]) if term.startswith("-") else ("+", term)
        text += f" {sign} {rest}" if text else term
    return text


def _quotient_shown(num: str, den: str) -> str:
    return num if den == "1" else f"({num})/({den})"


def _plain(name: str, pattern: str = r"[^\W\d][\w.]*") -> str:
    """A name, in quotation marks if it could be taken for a number, a formula or several names."""
    return name if re.fullmatch(pattern, name) and name != "exp" else json.dumps(name, ensure_ascii=False)


def _label(name: str) -> str:
    return _plain(name, r"[\w.+-]+")


def _states(data: Any) -> list[tuple[str, str]]:
    """Listed states, each with what is seen of it: distinct ones, and those that are seen alike stand together."""
    states: list[tuple[str, str]] = _read(data, [(_name, _name)], "states")
    apart = [v for v, _ in groupby(v for _, v in states)]
    if not states or len(dict(states)) != len(states) or len(set(apart)) != len(apart):
        raise Malformed("schema", "states: at least one, none twice, and those that are seen alike stand together")
    return states


def _variables(data: dict[str, Any]) -> tuple[dict[str, list[str]], list[str]]:
    """The variables with their labels, visible ones first, and the names of the hidden ones."""
    entries = _read(data["variables"], [(_name, _names)], "variables")
    names, hidden = _names([name for name, _ in entries], "variables"), _names(data["hidden"], "hidden")
    visible = len(names) - len(hidden)
    if names[visible:] != hidden or not hidden or visible < 1 or not all(labels for _, labels in entries):
        raise Malformed("schema", "variables: visible ones first, then the hidden ones, at least one of each")
    return dict(entries), hidden


def _has(model: Any, key: str) -> bool:  # "states": they are listed; "arrows": a graph; "matrix": a normal distribution
    return isinstance(model, dict) and key in model


def _constants(model: Any) -> tuple[str, ...]:
    """The key of known constants, in a model that has some."""
    return ("constants",) if _has(model, "constants") else ()


class Graph:
    """A model that is a graph: the Bayesian network with free conditional tables, all positive."""

    inside = ""

    def __init__(self, data: Any) -> None:
        fields = _read(data, {"arrows": [(_name, _name)], "hidden": ..., "variables": ...}, "model")
        self.labels, self.hidden = _variables(fields)
        self.arrows: list[tuple[str, str]] = fields["arrows"]
        self.shown_names: list[str] = []
        _require(len(set(self.arrows)) == len(self.arrows), "not-a-network", "an arrow is listed twice")
        _require_acyclic(self.arrows, self.labels)

    def about(self, *, whole: bool) -> list[str]:
        """What the model is."""
        variables = _spaces(self.labels, self.hidden, whole=whole)
        return [f"the Bayesian network of {variables} with free conditional tables and {_arrows_shown(self.arrows)}"]


def _spaces(labels: dict[str, list[str]], names: list[str], *, whole: bool) -> str:
    hidden = set(names)

    def states(own: list[str]) -> str:
        few = own if whole or len(own) <= SHOWN else [*own[:SHOWN], "..."]
        return f"{len(own)} states: {', '.join(map(_label, few))}"

    return ", ".join(f"{_plain(n)} ({'hidden, ' if n in hidden else ''}{states(v)})" for n, v in labels.items())


class Table(Generators):
    """A model: the weights of all states as products of powers of the factors; those that are seen alike together."""

    inside = ", and all weights are positive there"

    def __init__(self, data: Any) -> None:
        listed = _has(data, "states")
        kind = "tables" if not listed and isinstance(data, dict) and "tables" in data else "weights"
        space = ("states",) if listed else ("hidden", "variables")
        keys = ("domain", "factors", "generators", "parameters", kind, *space)
        super().__init__(_read(data, dict.fromkeys((*keys, *_constants(data)), ...), "model"))
        self.listed = _states(data["states"]) if listed else []
        self.labels, self.hidden = ({}, list[str]()) if listed else _variables(data)
        self.sizes = {name: len(values) for name, values in self.labels.items()}
        self.n_states = len(self.listed) or prod(self.sizes.values())
        n_hidden = prod(self.sizes[n] for n in self.hidden)
        fibres = [len(list(fibre)) for _, fibre in groupby(v for _, v in self.listed)]
        self.n_visible = len(fibres) or self.n_states // n_hidden
        self.starts = [0, *accumulate(fibres)] if listed else range(0, self.n_states + 1, n_hidden)  # of the fibres
        if kind == "weights" and self.n_states > MAX_STATES:
            raise Malformed("limit", f"more than {MAX_STATES} states")
        self.factors: list[Polynomial] = _read(data["factors"], [self.polynomial], "factors")
        _require(all(self.factors), "zero-factor", "a factor is the zero polynomial")
        parts = [{"variables": list(self.labels), "rows": data["weights"]}] if kind == "weights" else data["tables"]
        self.tables: list[tuple[list[str], list[Row]]] = []
        for part in _read(parts, [{"rows": ..., "variables": _names}], "tables"):
            own, known = part["variables"], set(part["variables"])
            _spend(len(self.labels))
            if own != [n for n in self.labels if n in known]:
                raise Malformed("schema", "tables: unknown variables, or not in the order of the model")
            length = len(self.listed) or prod(self.sizes[n] for n in own)
            self.tables.append((own, self._rows(part["rows"], length)))
        self.used = sorted({f for _, rows in self.tables for _, powers in rows for f in powers})
        self._expanded: dict[tuple[tuple[int, int], ...], Polynomial] = {}
        self._sums: dict[frozenset[tuple[tuple[int, ...], Number]], int] = {}
        self._gradients: dict[int, dict[int, Polynomial]] = {}

    def _rows(self, data: Any, length: int) -> list[Row]:
        """Decode a table: coefficient and powers of factors for every state of its variables, in order."""
        powers = [(range(len(self.factors)), range(-MAX_DEGREE, MAX_DEGREE + 1))]
        rows = _read(data, [(_number, powers), length], "weights")
        if any(a >= b for _, pairs in rows for (a, _), (b, _) in pairwise(pairs)) or any(
            not e for _, pairs in rows for _, e in pairs
        ):
            raise Malformed("schema", "weights: the factors are not in increasing order, or an exponent is 0")
        return [(c, dict(pairs)) for c, pairs in rows]

    def row(self, x: int) -> Row:
        """Coefficient and powers of the weight of one state: the product of its entries in the tables."""
        if len(self.tables) == 1 and len(self.tables[0][1]) == self.n_states:
            return self.tables[0][1][x]
        _spend(len(self.labels))
        digits = {}
        for name in reversed(self.labels):
            x, digits[name] = divmod(x, self.sizes[name])
        return self.entry(self.tables, digits)

    def entry(self, tables: list[tuple[list[str], list[Row]]], digits: dict[str, int]) -> Row:
        """The product of some tables at a joint state of their variables."""
        _spend(1 + len(tables))
        coefficient: Number = 1
        total: Powers = {}
        for own, rows in tables:
            c, powers = rows[self.place(own, digits)]
            coefficient, total = coefficient * c, _times(total, powers)
        return coefficient, total

    def place(self, names: Iterable[str], digits: dict[str, int]) -> int:
        """The number of a joint state of some variables."""
        k = 0
        for name in names:
            k = k * self.sizes[name] + digits[name]
        return k

    @property
    def states(self) -> range:
        """All states, where they are not too many."""
        if self.n_states > MAX_STATES:
            raise Malformed("limit", f"more than {MAX_STATES} states")
        return range(self.n_states)

    @cached_property
    def full(self) -> list[Row]:
        """The rows of all states."""
        return [self.row(x) for x in self.states]

    def fibre(self, v: int) -> range:
        """The states over visible state v."""
        return range(self.starts[v], self.starts[v + 1])

    def seen(self, x: int) -> int:
        """The visible state under state x: fibres are not empty, so that fibre k starts at state k or later."""
        return bisect_right(self.starts, x, 0, min(x + 1, self.n_visible)) - 1

    def expand(self, powers: Powers) -> Polynomial:
        """A product of powers of factors, multiplied out."""

        def expanded(pairs: tuple[tuple[int, int], ...]) -> Polynomial:
            if not pairs:
                return self.one
            _spend(1 + len(pairs) // 8)
            if pairs not in self._expanded:
                _spend(len(pairs))
                *rest, (f, e) = pairs
                shorter = expanded((*rest, (f, e - 1)) if e > 1 else tuple(rest))
                self._expanded[pairs] = _mul(shorter, self.factors[f])
            return self._expanded[pairs]

        if any(e > MAX_POWER for e in powers.values()):
            raise Malformed("limit", "a power is too high to be multiplied out")
        return expanded(tuple(sorted((f, e) for f, e in powers.items() if e)))

    def about(self, *, whole: bool) -> list[str]:
        """What the model is: variables, parameters, domain, and the rows of the table, all if they are not many."""
        states = _spaces(self.labels, self.hidden, whole=whole)
        states = states or f"{self.n_states} states x -> v, {self.n_visible} visible states"
        lines = [f"{states}; parameters {', '.join(map(_plain, self.parameters))}", *self.inequalities()]
        rows = sum(len(rows) for _, rows in self.tables)
        if rows > SHOWN and not whole:
            return [*lines, f"  weights: {rows} rows in {len(self.tables)} tables, printed with --table"]
        whole_table = [own for own, _ in self.tables] == [list(self.labels)]
        lines += [] if whole_table else ["  w is the product of these tables:"]
        for own, entries in self.tables:
            lines += [] if whole_table else [f"  of {', '.join(map(_plain, own)) or 'no variable'}:"]
            names = self.listed or product(*(self.labels[n] for n in own))
            for state, row in zip(names, entries, strict=True):
                place = f"({(' -> ' if self.listed else ', ').join(map(_label, state))})"
                lines.append(f"  {'w' if whole_table else ' '}{place} = {self.row_shown(row)}")
        return lines

    def row_shown(self, row: Row) -> str:
        """A coefficient and powers of factors; every factor but a single generator in brackets."""
        parts = []
        for f, e in row[1].items():
            factor = self.factors[f]
            bare = list(factor.values()) == [1] and sum(map(sum, factor)) == 1
            text = self.shown(factor) if bare else f"({self.shown(factor)})"
            parts.append(text if e == 1 else f"{text}^{e}")
        return " ".join([*([] if row[0] == 1 and parts else [str(row[0])]), *parts])

    # ------------------------------------------------------------------------ null vectors (lemma 1)

    @cached_property
    def visible(self) -> list[Powers]:
        """The weights w_V."""
        return [self.sum_of([self.full[x] for x in self.fibre(v)]) for v in range(self.n_visible)]

    def sum_of(self, rows: list[Row]) -> Powers:
        """A sum of weights: their common factors, and the sum of the rest as one more factor."""
        _spend(len(rows) * len(set[int]().union(*(p for _, p in rows))))
        common = {f: min(powers.get(f, 0) for _, powers in rows) for f in set[int]().union(*(p for _, p in rows))}
        total: Polynomial = {}
        for c, powers in rows:
            total = _add(total, self.expand(_times(powers, common, -1)), c)
        key = frozenset(total.items())
        if key not in self._sums:
            self._sums[key] = len(self.factors)
            self.factors.append(total)
        return _times(common, {self._sums[key]: 1})

    def rate(self, f: int, column: list[Polynomial]) -> Polynomial:
        """The derivative of a factor along a direction."""
        total: Polynomial = {}
        for i, derivative in self.derivatives(f).items():
            total = _add(total, _mul(derivative, column[i]))
        return total

    def derivatives(self, f: int) -> dict[int, Polynomial]:
        """The derivatives of a factor."""
        if f not in self._gradients:
            self._gradients[f] = self.gradient(self.factors[f])
        return self._gradients[f]

    def logarithmic(self, powers: Powers, rates: dict[int, Polynomial], below: Iterable[int]) -> Polynomial:
        """sum_f e_f (D f) / f, times the product of the factors `below`, among which are those with D f != 0."""
        total: Polynomial = {}
        for f, e in powers.items():
            if rates[f]:
                total = _add(total, _mul(rates[f], self.expand({k: 1 for k in below if k != f})), e)
        return total

    def vertical_exponents(self) -> int:
        """The rank of the differences of exponents in fibres: of factors that depend on parameters."""
        moving = [f for f in self.used if self.derivatives(f)]
        pairs = ((x, self.fibre(v)[0]) for v in range(self.n_visible) for x in self.fibre(v)[1:])
        rows = (_times(self.full[x][1], self.full[first][1], -1) for x, first in pairs)
        return _rank(dict.fromkeys(tuple(row.get(f, 0) for f in moving) for row in rows))

    def is_null(self, column: list[Polynomial], rows: list[Powers], groups: Iterable[range]) -> bool:
        """Whether the derivative of the logarithms of these products is the same in each group."""
        rates = {f: self.rate(f, column) for f in {f for powers in rows for f in powers}}
        moving = {f for f, rate in rates.items() if rate}
        differences = set()
        for group in groups:
            for x in group:
                moved = tuple(pair for pair in _times(rows[x], rows[group[0]], -1).items() if pair[0] in moving)
                _spend(4 * len(moved))  # what is kept in memory
                differences.add(moved)
        return not any(self.logarithmic(dict(d), rates, [f for f, _ in d]) for d in differences)

    def is_local_null(self, column: list[Polynomial]) -> bool:
        """Whether w_V does not change because a few tables, summed over few hidden variables, do not (lemma 1)."""
        moving = {f for f in self.used if self.rate(f, column)}
        changed = [t for t in self.tables if any(f in moving for _, powers in t[1] for f in powers)]
        touched = {n for own, _ in changed for n in own} & {*self.hidden}
        for inner in (touched - {n for t in self.tables if t not in changed for n in t[0]}, touched):
            around = [t for t in self.tables if t in changed or inner & {*t[0]}]
            names = [n for n in self.labels if n not in inner and any(n in own for own, _ in around)] + sorted(inner)
            if len(around) < len(self.tables) and prod(self.sizes[n] for n in names) <= MAX_LOCAL:
                states = product(*(range(self.sizes[n]) for n in names))
                entries = [self.entry(around, dict(zip(names, state, strict=True))) for state in states]
                size = prod(self.sizes[n] for n in inner)
                sums = [self.sum_of(entries[k : k + size]) for k in range(0, len(entries), size)]
                if self.is_null(column, [*sums, {}], [range(len(sums) + 1)]):
                    return True
        return False


def _times(a: Powers, b: Powers, sign: int = 1) -> Powers:
    """The product, or with -1 the quotient, of two products of powers."""
    _spend(1 + (len(a) + len(b)) // 4)
    return {f: e for f in sorted({*a, *b}) if (e := a.get(f, 0) + sign * b.get(f, 0))}


class Numbers:
    """A table at one point, exactly (prime 0) or modulo a prime: weights and scores, state by state when asked for."""

    def __init__(self, table: Table, values: list[Fraction], prime: int = 0) -> None:
        self.table, self.prime = table, prime
        at = [_residue(v, prime) for v in values]
        self.factors = {f: _evaluate(table.factors[f], at, prime) for f in table.used}
        if not all(self.factors.values()):
            raise ValueError("bad prime") if prime else Rejected("not-positive", "a factor of the weights is 0")
        self.logs = {
            f: {i: self.divide(_evaluate(p, at, prime), self.factors[f]) for i, p in table.derivatives(f).items()}
            for f in table.used
        }
        self._powers: dict[tuple[int, int], Any] = {}
        self._states: dict[int, tuple[Any, list[Any]]] = {}
        self._means: dict[int, tuple[Any, list[Any]]] = {}

    def divide(self, a: Any, b: Any) -> Any:
        """The quotient; ValueError for a bad prime."""
        return _paid(a * pow(b, -1, self.prime) if self.prime else Fraction(a) / b, self.prime)

    def weight(self, row: Row) -> Any:
        """The weight of a row of a table."""
        result = _residue(row[0], self.prime)
        for f, e in row[1].items():
            if (f, e) not in self._powers:
                self._powers[f, e] = _power(self.factors[f], e, self.prime)
            result = _paid(result * self._powers[f, e], self.prime)
        return result

    def state(self, x: int) -> tuple[Any, list[Any]]:
        """Weight and raw score d log w of a state."""
        if x not in self._states:
            row = self.table.row(x)
            score: list[Any] = [0] * self.table.d
            for f, e in row[1].items():
                for i, log in self.logs[f].items():
                    score[i] = _paid(score[i] + e * log, self.prime)
            _spend(8 + self.table.d + 8 * len(row[1]))
            self._states[x] = self.weight(row), score
        return self._states[x]

    def over(self, v: int) -> tuple[Any, list[Any]]:
        """Weight of a visible state and E[s|v]."""
        if v not in self._means:
            weights, scores = zip(*(self.state(x) for x in self.table.fibre(v)), strict=True)
            total = _total(weights, self.prime)
            sums = [_dot(weights, column, self.prime) for column in zip(*scores, strict=True)]
            _spend(len(weights) * self.table.d)
            self._means[v] = total, [self.divide(s, total) for s in sums]
        return self._means[v]

    def ranks(self, rows: dict[str, list[int]] | None = None) -> tuple[int, int, int]:
        """The ranks of J, J_V, (I - C dpi) J by lemma 8, from all rows or some (those, or modulo a prime: bounds)."""
        t = self.table
        if rows is None:
            rows = {"joint": [*t.states], "visible": [*range(t.n_visible)], "vertical": [*t.states]}

        def vertical(x: int) -> tuple[Any, ...]:
            mean = self.over(t.seen(x))[1]
            return tuple(_paid(a - b, self.prime) for a, b in zip(self.state(x)[1], mean, strict=True))

        parts = (
            ((1, *self.state(x)[1]) for x in rows["joint"]),
            ((1, *self.over(v)[1]) for v in rows["visible"]),
            (vertical(x) for x in rows["vertical"]),
        )
        joint, visible, rest = (_rank(dict.fromkeys(part), self.prime) for part in parts)
        return joint - 1, visible - 1, rest

    # The rest is exact.  Scores stay raw, because they are sparse; their mean is subtracted where it matters.

    @cached_property
    def p(self) -> list[Fraction]:
        """The probabilities."""
        weights = [self.state(x)[0] for x in self.table.states]
        _require(min(weights) > 0, "not-positive", "a weight is not positive at the point")
        total = _total(weights)
        return [self.divide(w, total) for w in weights]

    @cached_property
    def mean(self) -> list[Fraction]:
        """The mean of the scores."""
        _spend(self.table.n_states * self.table.d)
        rows = [self.state(x)[1] for x in self.table.states]
        return [_dot(self.p, column) for column in zip(*rows, strict=True)]

    def marginal(self, vector: list[Fraction]) -> list[Fraction]:
        """Sums over the fibres."""
        return [_total(vector[x] for x in self.table.fibre(v)) for v in range(self.table.n_visible)]

    def gradient(self, q: list[Fraction], coefficients: list[Fraction], *, visible: bool) -> list[Fraction]:
        """The tangent vector J c (or J_V c), after verifying the normal equations for the measure q (lemma 4)."""
        rows, p = (self.over, self.marginal(self.p)) if visible else (self.state, self.p)
        scores = [rows(x)[1] for x in range(len(p))]
        shift = _dot(self.mean, coefficients)
        vector = [_paid(w * (_dot(row, coefficients) - shift)) for row, w in zip(scores, p, strict=True)]
        rest = [u - w for u, w in zip(vector, q, strict=True)]
        total = -_total(rest)
        _spend(8 * len(p) * self.table.d)
        for i, column in enumerate(zip(*scores, strict=True)):
            good = not _dot(column, rest) + self.mean[i] * total
            _require(good, "gradient", f"the coefficients do not solve the normal equations (parameter {i + 1})")
        return vector

    def metric(self, rows: Callable[[int], tuple[Any, list[Any]]], p: list[Fraction]) -> Rows:
        """The metric sum p s s^T of the centred scores."""
        result = [[-a * b for b in self.mean] for a in self.mean]
        for x, weight in enumerate(p):
            active = [(i, s) for i, s in enumerate(rows(x)[1]) if s]
            for k, (i, s) in enumerate(active):
                for j, t in active[k:]:
                    result[i][j] = _paid(result[i][j] + weight * s * t)
        return [[result[min(i, j)][max(i, j)] for j in range(len(result))] for i in range(len(result))]

    def conditions(self, ranks: tuple[int, int, int]) -> dict[str, bool]:
        """Conditions (a) to (g) of S4 as identities of G, G_V and R = G^- G_V (lemma 3)."""
        t, d = self.table, self.table.d
        g, g_v = self.metric(self.state, self.p), self.metric(self.over, self.marginal(self.p))
        basis = _echelon([*a, *b] for a, b in zip(g, g_v, strict=True))
        r = [basis[j][d:] if j in basis else [Fraction(0)] * d for j in range(d)]  # G R = G_V, free entries 0

        def image(row: Iterable[Any]) -> list[Any]:
            return [_dot(row, column) for column in zip(*r, strict=True)]

        def minus(a: list[Any], b: list[Any]) -> list[Any]:
            return [x - y for x, y in zip(a, b, strict=True)]

        means = [minus(self.over(v)[1], self.mean) for v in range(t.n_visible)]
        scores = [(minus(self.state(x)[1], self.mean), mean) for v, mean in enumerate(means) for x in t.fibre(v)]
        return {
            "a, b": ranks[0] == ranks[1] + ranks[2],
            "c": all(image(row) == row for row in g_v),
            "d": all(image(row) == row for row in means),
            "e": all(image(row) == mean for row, mean in scores),
            "f": sum(r[i][i] for i in range(d)) == ranks[1],
            "g": not any(any(image(minus(row, mean))) for row, mean in scores),
        }


# -------------------------------------------------------------------------------------------------- the judges


class Case:
    """A decoded certificate for a statement on a table."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.claim, self.witness, self.kind = data["claim"], data["witness"], data["witness"]["kind"]
        self.slug, self.scope = self.claim["statement"], self.claim["scope"]
        self.table = Table(self.claim["model"])
        self.values = self.table.point(data["interior_point"])
        _require_point(
            data, self.table, self.scope == POINT or self.kind in ("not-cylindrical", "conditions", "minors")
        )
        self.exact = Numbers(self.table, self.values)
        entries = (self.exact.weight(row) for _, rows in self.table.tables for row in rows)
        _require(min(entries, default=1) > 0, "not-positive", "a weight is not positive at the interior point")

    def ranks(self, rows: dict[str, list[int]] | None = None) -> tuple[int, int, int]:
        """Lower bounds of the ranks at the point: the ranks modulo a prime that divides no denominator there."""
        for prime in PRIMES:
            try:
                return Numbers(self.table, self.values, prime).ranks(rows)
            except ValueError:
                continue
        return self.exact.ranks(rows)

    def read(self, shape: dict[str, Any]) -> dict[str, Any]:
        """The witness, which has these entries and its kind; null vectors are lists of d polynomials."""
        columns = [[self.table.polynomial, self.table.d]]
        vectors: dict[str, Any] = {
            k: columns for k in shape if k in ("null", "visible_null", "horizontal_null", "horizontal", "vertical")
        }
        if "visible_null" in shape and "conormal" in self.witness:
            vectors["conormal"] = [CONORMAL]
        result: dict[str, Any] = _read(self.witness, {"kind": ..., **shape, **vectors}, "witness")
        _require_few(*(result[k] for k in vectors), most=self.table.d)
        return result

    def null_vectors(self, of: str, columns: list[list[Polynomial]]) -> Rows:
        """Verify null vectors of J, of J_V or of (I - C dpi) J ("vertical"); their values at the point."""
        t = self.table
        for k, column in enumerate(columns):
            if of == "J_V":
                good = t.is_local_null(column) or t.is_null(column, t.visible, [range(t.n_visible)])
            else:
                rows = [powers for _, powers in t.full]
                groups = [range(t.n_states)] if of == "J" else [t.fibre(v) for v in range(t.n_visible)]
                good = t.is_null(column, rows, groups)
            _require(good, "not-null-vector", f"vector {k + 1} is no null vector of {of}")
        return [[_evaluate(p, self.values) for p in column] for column in columns]

    def bound(self, of: str, columns: list[list[Polynomial]]) -> int:
        """An upper bound of a generic rank, from the shape and from null vectors."""
        t = self.table
        size = {"J": t.n_states - 1, "J_V": t.n_visible - 1, "vertical": t.n_states - t.n_visible}[of]
        vectors = self.null_vectors(of, columns)
        independent = _rank(vectors) == len(vectors)
        _require(independent, "dependent-vectors", f"null vectors of {of} are linearly dependent at the point")
        return min(t.d - len(vectors), size)

    def bounds(self, witness: dict[str, Any]) -> tuple[int, int]:
        """Upper bounds of the generic ranks of J and J_V."""
        visible = min(self.bound("J_V", witness["visible_null"]), self.bound_from_left(witness))
        return self.bound("J", witness["null"]), visible

    def visible_rows(self) -> tuple[Rows, int]:
        """The rows [1 | E[s|v]] at the point, modulo a prime that divides no denominator there."""
        for prime in PRIMES:
            try:
                numbers = Numbers(self.table, self.values, prime)
                return [[1, *numbers.over(v)[1]] for v in range(self.table.n_visible)], prime
            except ValueError:
                continue
        raise Malformed("limit", "no prime suits the point")

    def bound_from_left(self, witness: dict[str, Any]) -> int:
        """An upper bound of the generic rank of J_V, from the shape and from conormals (lemma 17)."""
        t, tensors = self.table, witness.get("conormal", [])
        classes = len(t.fibre(0))
        for tensor in tensors:
            _require_products(t, tensor, classes)
        for prime in PRIMES:
            try:
                numbers = Numbers(t, self.values, prime)
                weights = [numbers.over(v)[0] for v in range(t.n_visible)] if tensors else []
                forms = [form for tensor in tensors for form in _conormal_forms(tensor, weights, classes, prime)]
                return t.n_visible - 1 - _rank(forms, prime)
            except ValueError:
                continue
        raise Malformed("limit", "no prime suits the point")

    def admissible(self, witness: dict[str, Any]) -> tuple[int, int, int]:
        """The ranks at the point (the third a lower bound), after proving that it is admissible."""
        ranks, bounds = self.ranks(), self.bounds(witness)
        _require(ranks[:2] == bounds, "not-admissible", f"the ranks of J and J_V are {ranks[:2]}, the bounds {bounds}")
        return ranks


CONORMAL = {"koszul": range(7), "scale": [_number], "states": [[[range(MAX_STATES)]]]}


def _require_products(t: Table, tensor: dict[str, Any], classes: int) -> None:
    """Verify that the scaled weights are products of three vectors in each class."""
    states, scale = tensor["states"], tensor["scale"]
    shape = len(states), len(states[0]) if states else 0, len(states[0][0]) if states and states[0] else 0
    cells = [v for layer in states for row in layer for v in row]
    box = all(len(layer) == shape[1] and all(len(row) == shape[2] for row in layer) for layer in states)
    inside = len(scale) == t.n_visible and max(cells, default=0) < t.n_visible and tensor["koszul"] < shape[0]
    if not box or not min(shape) or not inside:
        raise Malformed("schema", "conormal: not a tensor a x b x c of visible states, with a scale for each")
    even = all(len(t.fibre(v)) == classes for v in set(cells))
    _require(even, "conormal", "the fibres have different numbers of states")
    for h in range(classes):
        rows = {v: t.row(t.starts[v] + h) for v in set(cells)}
        _require(
            len({rows[v][0] * scale[v] for v in rows}) == 1, "conormal", f"class {h + 1}: scaled coefficients differ"
        )
        corner = rows[cells[0]][1]
        for layer in states:
            for j, row in enumerate(layer):
                for k, v in enumerate(row):
                    edges = rows[layer[0][0]][1], rows[states[0][j][0]][1], rows[states[0][0][k]][1]
                    good = _times(_times(rows[v][1], corner), corner) == _times(_times(edges[0], edges[1]), edges[2])
                    _require(good, "conormal", f"class {h + 1}: the weights are no products of three vectors")


def _conormal_forms(tensor: dict[str, Any], weights: list[Any], classes: int, prime: int) -> Rows:
    """The forms dw_V -> u F(dw_V) y, modulo a prime; F has to have the rank that it can have at most."""
    states, p, scale = tensor["states"], tensor["koszul"], [_residue(c, prime) for c in tensor["scale"]]
    a, b, c = len(states), len(states[0]), len(states[0][0])
    number = {s: k for k, s in enumerate(combinations(range(a), p + 1))}
    blocks = []
    for r, s in enumerate(combinations(range(a), p)):
        for i in {*range(a)} - {*s}:
            joined = tuple(sorted((*s, i)))
            blocks.append((r * b, number[joined] * c, states[i], (-1) ** joined.index(i)))
    flat = [[0] * (len(number) * c) for _ in range(comb(a, p) * b)]
    for above, left, layer, sign in blocks:
        for j, row in enumerate(layer):
            for k, v in enumerate(row):
                flat[above + j][left + k] = sign * weights[v] * scale[v] % prime
    across = _kernel(flat, prime)
    rank = len(number) * c - len(across)
    most = comb(a - 1, p) * classes
    _require(rank == most, "conormal", f"a flattening has rank {rank} at the point, not {most}")
    forms = []
    for u, y in product(_kernel([list(column) for column in zip(*flat, strict=True)], prime), across):
        form = [0] * len(weights)
        for above, left, layer, sign in blocks:
            _spend(1 + b * c // 8)
            for j, row in enumerate(layer):
                for k, v in enumerate(row):
                    form[v] = (form[v] + sign * u[above + j] * y[left + k] * scale[v]) % prime
        forms.append(form)
    return forms


def _kernel(rows: Rows, prime: int) -> Rows:
    basis, n = _echelon(rows, prime), len(rows[0])
    return [
        [1 if j == f else -basis[j][f] % prime if j in basis else 0 for j in range(n)]
        for f in range(n)
        if f not in basis
    ]


def _require_few(*lists: list[Any], most: int) -> None:
    if any(len(entries) > most for entries in lists):
        raise Malformed("limit", f"a list has more than {most} entries")


def _require_point(data: dict[str, Any], model: Generators, needed: bool) -> None:
    """The point of the claim is the interior point, where the claim has one."""
    claim = data["claim"]
    has = claim["point"] is not None
    _require(has == needed, "point", "a point is stated where none belongs, or none where one does")
    if needed:
        _require(claim["point"] == data["interior_point"], "point", "the interior point is not the point of the claim")
        real = model.real or claim["scope"] != POINT
        _require(real, "unreal-point", "the values of the generators need not come from real parameters")


def _judge_null_vectors(case: Case) -> list[str]:
    w = case.read(dict.fromkeys(("horizontal", "vertical", "null"), ...))
    d, pairs = case.table.d, (("vertical", "horizontal"), ("J_V", "vertical"), ("J", "null"))
    vectors = [vector for of, name in pairs for vector in case.null_vectors(of, w[name])]
    _require(len(vectors) == d, "empty-witness" if not vectors else "ranks", f"{len(vectors)} vectors, not {d}")
    _require(_rank(vectors) == d, "singular", "[N_H N_V N_0] is singular at the interior point")
    checked = [
        f"(I - C dpi) J N_H = 0 ({len(w['horizontal'])} columns), J_V N_V = 0 ({len(w['vertical'])}), "
        f"J N_0 = 0 ({len(w['null'])}) as identities",
        "[N_H N_V N_0] is nonsingular at the interior point, so T splits at every admissible point (lemma 2)",
    ]
    if case.slug == "cut":
        keys = (key for _, name in pairs for column in w[name] for p in column for key in p)
        constant = not any(map(any, keys))
        full = constant or case.ranks()[0] == case.table.n_states - 1
        _require(full, "not-constant", "the vectors depend on the point: no cut in these parameters")
        checked.append(f"{'constant vectors: coordinates of a cut' if constant else 'M is open in P(X)'} (lemma 7)")
    return checked


def _judge_bounds(case: Case) -> list[str]:
    """Rank J at the point reaches upper bounds of the other two ranks together (lemma 18)."""
    t, w = case.table, case.read({"visible_null": ...})
    visible = min(case.bound("J_V", w["visible_null"]), case.bound_from_left(w))
    vertical, joint = min(t.d, t.n_states - t.n_visible, t.vertical_exponents()), case.ranks()[0]
    _require(joint == visible + vertical, "ranks", f"rank J is {joint} at the point, the bounds {visible} + {vertical}")
    if case.slug == "cut":
        _require(joint == t.n_states - 1, "not-constant", "M is not open in P(X): no cut is shown")
    return [
        f"rank J_V <= {visible} and rank (I - C dpi) J <= {vertical} by shapes, exponents, null vectors and forms",
        f"rank J = {joint} at the interior point: T splits at every admissible point (lemma 18)",
    ]


def _judge_against(case: Case) -> list[str]:
    """T does not split: ranks at an admissible point, from all rows or a few, and distributions that show it."""
    t, few = case.table, case.kind == "minors"
    states, visible = [range(t.n_states)], [range(t.n_visible)]
    rows = {"rows": {"joint": states, "visible": visible, "vertical": states}, "gradient": ...}
    w = case.read(
        {"null": ..., "visible_null": ...} | (rows if few else {"elbo": ..., "optimal": ..., "objective": ...})
    )
    _require_few(*w.get("rows", {}).values(), most=t.d + 1)
    bounds, ranks = case.bounds(w), case.ranks(w.get("rows"))
    r, r_v, r_vertical = ranks
    if few and case.scope == GENERIC and ranks[:2] != bounds:
        # Lower bounds hold on a dense open set; there T splits only if rank J reaches their sum (lemmas 1, 3).
        _require(bounds[0] < r_v + r_vertical, "ranks", f"{bounds[0]} >= {r_v} + {r_vertical}: T may split")
        checked = [f"generically rank J <= {bounds[0]} < {r_v} + {r_vertical}, by minors: T does not split there"]
    else:
        _require(ranks[:2] == bounds, "not-admissible", f"the ranks of J and J_V are {ranks[:2]}, the bounds {bounds}")
        _require(r < r_v + r_vertical, "ranks", f"{r} = {r_v} + {r_vertical}: T splits, as far as the rows show")
        checked = [f"the point is admissible; ranks {r} < {r_v} + {r_vertical}: T does not split there"]
    if few:
        checked += [] if w["gradient"] is None else [_exchange(case, w["gradient"])]
    else:
        checked += _two_distributions(case, w["elbo"], w["optimal"])
        checked += [] if w["objective"] is None else [_objective(case, w["objective"])]
    return [*checked, "so all seven conditions are false there (lemma 3)"]


def _gradients(case: Case, q: list[Fraction], part: dict[str, Any], of: str) -> list[list[Fraction]]:
    """The projected gradient and the one on the visible model for a measure; they must differ."""
    exact = case.exact
    projected = exact.marginal(exact.gradient(q, part["coefficients"], visible=False))
    own = exact.gradient(exact.marginal(q), part["visible_coefficients"], visible=True)
    _require(projected != own, "equal-gradients", f"the two gradients of {of} are equal")
    return [projected, own]


def _optimal(case: Case, q: list[Fraction], coefficients: list[Fraction]) -> list[Fraction]:
    """-dpi grad D(q||.) for a q with q_V = p_V; it must not be 0."""
    _require_distribution(q)
    same = case.exact.marginal(q) == case.exact.marginal(case.exact.p)
    _require(same, "not-optimal", "the optimal q does not have the marginal p_V")
    gradient = case.exact.marginal(case.exact.gradient(q, coefficients, visible=False))
    _require(any(gradient), "equal-gradients", "the gradient of the optimal q is 0 in P(V)")
    return gradient


def _require_distribution(q: list[Fraction]) -> None:
    _require(_total(q) == 1 and min(q) > 0, "not-distribution", "q is not a positive distribution")


def _two_distributions(case: Case, elbo: Any, optimal: Any) -> list[str]:
    q, c, visible = (_fractions(n) for n in (case.table.n_states, case.table.d, case.table.n_visible))
    shape = {"q": q, "coefficients": c, "visible_coefficients": c, "projected": visible, "visible": visible}
    first, second = _read(elbo, shape, "elbo"), _read(optimal, {"q": q, "coefficients": c}, "optimal")
    _require_distribution(first["q"])
    stated = _gradients(case, first["q"], first, "q") == [first["projected"], first["visible"]]
    _require(stated, "gradient", "a stated gradient is not the one of the coefficients")
    _optimal(case, second["q"], second["coefficients"])
    shown = [("q", "q"), ("-dpi grad D(q||.)", "projected"), ("-grad D(p*||.)", "visible")]
    return [
        "-dpi grad D(q||.) and -grad D(p*||.) for q and p* = q_V are those stated, and differ",
        *(f"{name} = ({', '.join(elbo[k])})" for name, k in shown if case.table.n_states <= 32),
        "for a second q with q_V = p_V the visible gradient is 0, the projected one is not",
    ]


def _objective(case: Case, data: Any) -> str:
    t, c = case.table, _fractions(case.table.d)
    shape = {"differential": _fractions(t.n_visible), "coefficients": c, "visible_coefficients": c}
    w = _read(data, shape, "objective")
    _gradients(case, [p * w["differential"][t.seen(x)] for x, p in enumerate(case.exact.p)], w, "L")
    return "for an L with the stated differential condition (d) fails"


def _exchange(case: Case, data: Any) -> str:
    """The distribution q = p + epsilon (e_x - e_y), x and y over one v, so that q_V = p_V."""
    t, state = case.table, range(case.table.n_states)
    shape = {"epsilon": _number, "states": (state, state), "coefficients": _fractions(t.d), "families": ...}
    w = _read(data, {**shape, "projected": [(range(t.n_visible), _number)]}, "gradient")
    _network(t, w["families"])
    (x, y), q = w["states"], list(case.exact.p)
    q[x], q[y] = q[x] + w["epsilon"], q[y] - w["epsilon"]
    gradient = _optimal(case, q, w["coefficients"])
    stated = all(gradient[v] == value for v, value in w["projected"])
    _require(stated, "gradient", "a stated coordinate is not that of the gradient")
    _require(any(c for _, c in w["projected"]), "equal-gradients", "no coordinate that is not 0 is stated")
    return "for a q with q_V = p_V the visible gradient is 0, -dpi grad D(q||.) is not, as stated"


def _judge_conditions(case: Case) -> list[str]:
    w = case.read({"truth": ..., "null": ..., "visible_null": ...})
    truth = w["truth"]
    if not isinstance(truth, bool):
        raise Malformed("schema", "witness: truth is true or false")
    useful = truth or case.slug == "cylindrical-characterisation"
    _require(useful, "kind", "false conditions prove the equivalence only")
    _require(not truth or case.scope == POINT, "kind", "true conditions at a formal point are not true generically")
    ranks = case.admissible(w)  # the third is a lower bound, which is enough for an inequality
    ranks = ranks if ranks[0] < ranks[1] + ranks[2] else case.exact.ranks()
    wrong = [name for name, value in case.exact.conditions(ranks).items() if value != truth]
    _require(not wrong, "condition", f"condition ({', '.join(wrong)}) is {not truth} at the point")
    return [f"the point is admissible (ranks {ranks[0]}, {ranks[1]}); conditions (a) to (g) are all {truth}".lower()]


def _judge_ranks(case: Case) -> list[str]:
    stated = _read(case.claim["ranks"], (range(1 << 30),) * 3, "ranks")
    t, found = case.table, case.ranks()
    if case.scope == POINT:
        case.read({})
        if found != (min(t.d, t.n_states - 1), min(t.d, t.n_visible - 1), min(t.d, t.n_states - t.n_visible)):
            found = case.exact.ranks()
        _require(found == stated, "ranks", f"the ranks at the point are {found}, not {stated}")
        return ["the ranks, by elimination"]
    w = case.read(dict.fromkeys(("null", "visible_null", "horizontal_null"), ...))
    bounds = (*case.bounds(w), case.bound("vertical", w["horizontal_null"]))
    _require(found == bounds == stated, "ranks", f"ranks {found} at the point, upper bounds {bounds}, not {stated}")
    return ["lower bounds at the interior point, upper bounds by null vectors, forms and shapes: they agree"]


KERNEL = {"identifiability": ["identifiable", "rank"]}


def _judge_kernel(case: Case) -> list[str]:
    t = case.table
    if case.scope == POINT:
        case.read({})
        rows = [[1, *case.exact.over(v)[1]] for v in range(t.n_visible)]
        return _stated(case.claim, *_determined(t, rows), "by elimination at the point")
    w = case.read({"visible_null": ...})
    rows, prime = case.visible_rows()
    ranks = _rank(rows, prime) - 1, case.bound_from_left(w)
    return _judge_columns(
        case.claim, t, w["visible_null"], case.null_vectors("J_V", w["visible_null"]), ranks, rows, prime
    )


def _judge_normal_kernel(case: NormalCase) -> list[str]:
    g = case.g
    rows = [[0, *row] for row in zip(*case.exact.parts()[1], strict=True)]
    if case.scope == POINT:
        case.read({})
        return _stated(case.claim, *_determined(g, rows), "by elimination at the point")
    w = case.read({"visible_null": ..., "annihilator": ...})
    vectors = case.null_vectors("J_V", w["visible_null"], w["annihilator"])
    return _judge_columns(case.claim, g, w["visible_null"], vectors, (case.ranks()[1], g.bound(True)), rows)


def _determined(g: Generators, rows: Iterable[Vector], prime: int = 0) -> tuple[list[str], int]:
    """Parameters with unit vectors in the span of rows [1 | s] or [0 | s]: rows of the reduced echelon form.

    Modulo a prime they can be more, where the rank is the same.
    """
    basis = _echelon(rows, prime)
    alone = {j for j, row in basis.items() if sum(map(bool, row)) == 1}
    return [n for i, n in enumerate(g.parameters) if i + 1 in alone], len({*basis} - {0})


def _judge_columns(
    claim: dict[str, Any],
    g: Generators,
    columns: Rows,
    vectors: Rows,
    ranks: tuple[int, int],
    rows: Rows,
    prime: int = 0,
) -> list[str]:
    """By all null vectors of J_V; or none, if its rank is as large as it can be and no unit vector is in its rows."""
    rank, most = ranks
    if not columns and rank == most < g.d:
        names, rank = _determined(g, rows, prime)
        _require(not names, "ranks", "null vectors are missing: at the point unit vectors are in the row space")
        return _stated(claim, names, rank, "at the point, as the generic rank cannot be larger")
    _require(_rank(vectors) == len(vectors), "dependent-vectors", "null vectors of J_V are dependent at the point")
    _require(rank == g.d - len(vectors), "ranks", f"rank J_V is {rank} at the point, not {g.d} - {len(vectors)}")
    names = [n for i, n in enumerate(g.parameters) if not any(column[i] for column in columns)]
    return _stated(claim, names, rank, f"{len(columns)} null vectors of J_V as identities, all there are")


def _stated(claim: dict[str, Any], names: list[str], rank: int, how: str) -> list[str]:
    stated = _names(claim["identifiable"], "identifiable"), _read(claim["rank"], range(1 << 30), "rank")
    _require(stated == (names, rank), "ranks", f"rank J_V is {rank}, determined are {names}, not as stated")
    return [f"rank J_V = {rank}, determined are {', '.join(map(_plain, names)) or 'no parameters'}: {how}"]


def _judge_every_table(case: Case) -> list[str]:
    """Statements that hold for every positive table (lemma 5): what is left to check are their hypotheses."""
    checked = []
    if case.slug == "gradient-alignment" and case.scope == POINT:
        ranks = case.admissible(case.read({"null": ..., "visible_null": ...}))
        checked.append(f"the point is admissible (ranks {ranks[0]}, {ranks[1]})")
    else:
        case.read({})
    formulas = ", ".join(STATEMENTS[case.slug][3]) or "coefficients of all logarithms"
    return [*checked, f"all weights are positive, so lemma 5 applies: {formulas}"]


# Graphs (lemmas 6, 7, 10 and 11).

Arrows: TypeAlias = Iterable[tuple[str, str]]


def _require_acyclic(arrows: Arrows, nodes: Iterable[str]) -> None:
    """Remove sources as long as there are any: nothing is left."""
    children: dict[str, list[str]] = {n: [] for n in nodes}
    waiting = dict.fromkeys(children, 0)
    for a, b in arrows:
        _require(a in children and b in children, "not-a-network", "an arrow of an unknown node")
        children[a].append(b)
        waiting[b] += 1
    sources = [n for n, count in waiting.items() if not count]
    for n in sources:
        for b in children[n]:
            waiting[b] -= 1
            sources += [b] if not waiting[b] else []
    _require(len(sources) == len(children), "not-a-network", "the arrows have a cycle")


def _network(t: Table, data: Any) -> list[tuple[str, str]]:
    """Verify that the table is the Bayesian network with free conditional tables; its arrows."""
    _require(not t.listed, "no-product", "the states are no product of variables")
    shape = {"node": _name, "parents": _names, "rows": [[range(len(t.factors))]]}
    listed = _read(data, [shape, len(t.labels)], "families")
    families = {family["node"]: (family["parents"], family["rows"]) for family in listed}
    if set(families) != set(t.labels) or not all(
        {n, *parents} <= set(t.labels) for n, (parents, _) in families.items()
    ):
        raise Malformed("schema", "families: unknown or repeated node")
    arrows = [(parent, node) for node, (parents, _) in families.items() for parent in parents]
    _require_acyclic(arrows, t.labels)
    symbols: list[Polynomial] = []
    for node, (parents, rows) in families.items():
        width = t.sizes[node] if t.sizes[node] > 1 else 0
        if len(rows) != prod(t.sizes[p] for p in parents) or any(len(row) != width for row in rows):
            raise Malformed("schema", f"families: the table of {node} has another shape")
        for row in filter(None, rows):
            entries = [t.factors[f] for f in row]
            free = [p for p in entries if sum(map(sum, p)) == 1 and list(p.values()) == [1]][: width - 1]
            total: Polynomial = {}
            for p in entries:
                total = _add(total, p)
            is_free = total == t.one and len(free) == width - 1
            _require(is_free, "not-a-network", "a row of a conditional table is not free, or does not sum to 1")
            symbols += free
    used = [f for _, rows in families.values() for row in rows for f in row]
    _require(len(set(used)) == len(used), "not-a-network", "an entry of the conditional tables is used twice")
    each_once = len(symbols) == t.n == len({key for p in symbols for key in p}) == t.d
    each_once = each_once and all(t.derivations) and not any(t.exponential)  # neither known constants nor exponentials
    _require(each_once, "not-a-network", "the parameters are not the free entries of the tables, each once")
    # The weights are products of the entries: in the whole table, or table by table where it is given as a product.
    split = [own for own, _ in t.tables] != [list(t.labels)]
    groups: dict[frozenset[str], list[str]] = {} if split else {frozenset(t.labels): []}
    for node, (parents, rows) in families.items():
        if rows[0]:
            about = (n for n in (node, *parents) if t.sizes[n] > 1) if split else t.labels
            groups.setdefault(frozenset(about), []).append(node)
    same = sorted(map(sorted, groups)) == sorted(sorted(own) for own, _ in t.tables)
    _require(same, "not-a-network", "the table is no product of conditional tables")
    for own, entries in t.tables:
        _spend(len(entries) * len(t.labels) * 4)
        for entry, state in zip(entries, product(*(range(t.sizes[n]) for n in own)), strict=True):
            digits = {**dict.fromkeys(t.labels, 0), **dict(zip(own, state, strict=True))}
            chosen = (families[n][1][t.place(families[n][0], digits)][digits[n]] for n in groups[frozenset(own)])
            good = entry == (1, dict.fromkeys(sorted(chosen), 1))
            _require(good, "not-a-network", "a weight is not the product of the entries of the conditional tables")
    return arrows


def _arrows_shown(arrows: Arrows) -> str:
    return ", ".join(f"{_plain(a)} -> {_plain(b)}" for a, b in arrows) or "no arrows"


def _judge_local_tables(case: Case) -> list[str]:
    arrows = _network(case.table, case.read({"families": ...})["families"])
    return [f"the table is the Bayesian network with free conditional tables and {_arrows_shown(arrows)} (lemma 6)"]


def _require_equivalent(arrows: Arrows, others: Arrows) -> None:
    """The skeletons and the v-structures are the same: those at nodes with the same parents are."""
    parents: tuple[dict[str, set[str]], dict[str, set[str]]] = ({}, {})
    for own, edges in zip(parents, (arrows, others), strict=True):
        for a, b in edges:
            own.setdefault(b, set()).add(a)
    skeleton, given = ({frozenset((a, b)) for b, own in each.items() for a in own} for each in parents)
    _require(skeleton == given, "not-equivalent", "the skeletons differ")
    changed = [n for n in {**parents[0], **parents[1]} if parents[0].get(n) != parents[1].get(n)]
    _spend(sum(len(each.get(n, ())) ** 2 for each in parents for n in changed))
    found = [
        {
            (pair, n)
            for n in changed
            for pair in map(frozenset, combinations(each.get(n, ()), 2))
            if pair not in skeleton
        }
        for each in parents
    ]
    _require(found[0] == found[1], "not-equivalent", "the v-structures differ")


def _judge_graph_cut(case: Case) -> list[str]:
    w = case.read({**CUT, "families": ...})
    arrows = _network(case.table, w["families"])
    return [
        f"the table is the Bayesian network with free conditional tables and {_arrows_shown(arrows)}",
        *_cut_of_graph(w, case.table, arrows),
    ]


CUT = {"equivalent_edges": [(_name, _name)], "order": _names}


def _cut_of_graph(data: dict[str, Any], model: Graph | Table | Normal, arrows: Arrows) -> list[str]:
    edges, order, hidden = data["equivalent_edges"], data["order"], set(model.hidden)
    _require(len(set(edges)) == len(edges), "not-equivalent", "an equivalent arrow is listed twice")
    several = {n for n, labels in model.labels.items() if labels is None or len(labels) > 1}
    listed = len(set(order)) == len(order) and several <= set(order) <= set(model.labels)
    _require(listed, "order", "the order does not list every node once")
    place = {node: i for i, node in enumerate(order)}
    forward = all(a in place and b in place and place[a] < place[b] for a, b in edges)
    _require(forward, "order", "an arrow of the equivalent network does not go forward in the order")
    _require_equivalent(edges, [(a, b) for a, b in arrows if a in place and b in place])
    upward = any(a in hidden and b not in hidden for a, b in edges)
    _require(not upward, "hidden-arrow", "an arrow from hidden to visible")
    return [
        f"Markov equivalent, without an arrow from hidden to visible: {_arrows_shown(sorted(edges))}: a cut (lemma 7)"
    ]


def _judge_graph_obstruction(case: Case) -> list[str]:
    w = case.read({**OBSTRUCTION, "families": ...})
    arrows = _network(case.table, w["families"])
    return [
        f"the table is the Bayesian network with free conditional tables and {_arrows_shown(arrows)}",
        *_obstruction_of_graph(w, case.table, arrows),
    ]


OBSTRUCTION = {"nodes": _names, "shape": ..., "turned": [(_name, _name)]}


def _obstruction_of_graph(data: dict[str, Any], model: Graph | Table, arrows: Arrows) -> list[str]:
    nodes, turned, chain, hidden = data["nodes"], set(data["turned"]), data["shape"] == "chain", set(model.hidden)
    if data["shape"] not in ("chain", "collider") or len(nodes) < 3:
        raise Malformed("schema", "an obstruction is a chain or a collider")
    _require(len(turned) == len(data["turned"]), "not-equivalent", "a turned arrow is listed twice")
    given = {(a, b) for a, b in arrows if min(len(model.labels[a]), len(model.labels[b])) > 1}
    _require({(b, a) for a, b in turned} <= given, "not-equivalent", "an arrow is turned that is none")
    edges = (given - {(b, a) for a, b in turned}) | turned
    _require_acyclic(edges, model.labels)
    _require_equivalent(edges, given)
    first, second = apart = (nodes[0], nodes[-1]) if chain else (nodes[0], nodes[1])
    path = nodes if chain else nodes[2:]
    needed = [*pairwise(path), *(((first, path[0]), (second, path[0])) if not chain else ())]
    _require(set(needed) <= edges, "no-obstruction", "an arrow of the obstruction is missing")
    _require(not {apart, apart[::-1]} & edges, "no-obstruction", "the ends or parents are adjacent")
    inner = nodes[1:-1] if chain else nodes[2:-1]
    seen = set(inner) <= hidden and nodes[-1] not in hidden and (first in hidden) is not chain
    _require(seen, "no-obstruction", "not the nodes that are to be hidden, or visible")
    size = {n: len(model.labels[n]) for n in nodes}
    entries = {n: size[n] - 1 for n in nodes}
    for a, b in edges:
        if a in size and b in size:
            entries[b] *= size[a]
    parameters = sum(entries.values())
    work = len(PRIMES) * prod(size.values()) * parameters * (1 + parameters // 8)
    lines = [f"in the equivalent network with {_arrows_shown(sorted(turned))}"] if turned else []
    lines.append(
        f"{data['shape']} {_arrows_shown(needed)}, {_plain(apart[0])} and {_plain(apart[1])} not adjacent (lemma 11)"
    )
    if work <= MAX_WORK // 2:  # the lemma does without
        _spend(work)
        outside = any(_is_outside(model, nodes, edges, prime, chain=chain) for prime in PRIMES)
        _require(outside, "no-obstruction", "E[f|v] is in T at the point of lemma 11")
        lines.append("at the point of lemma 11 rank [T | E[f|v]] = rank T + 1 on these nodes")
    return lines


def _is_outside(
    model: Graph | Table, nodes: list[str], edges: set[tuple[str, str]], prime: int, *, chain: bool
) -> bool:
    """Whether E[f|v] is not in T at the point of lemma 11, on the network induced on the nodes, modulo a prime."""
    size, last = [len(model.labels[n]) for n in nodes], len(nodes) - 1
    parents = [[j for j, m in enumerate(nodes) if (m, n) in edges] for n in nodes]
    matter = {k: [k - 1] for k in (range(1, last) if chain else range(3, last + 1))} | ({} if chain else {2: [0, 1]})
    rows, total, moment = [], dict[tuple[int, ...], int](), dict[tuple[int, ...], int]()
    columns: dict[tuple[Any, ...], int] = {}
    for k, own in enumerate(parents):
        for state in product(*(range(size[p]) for p in own), range(1, size[k])):
            columns[k, *state] = len(columns)
    for x in product(*map(range, size)):
        weight, score = 1, [0] * len(columns)
        for k, own in enumerate(parents):
            prefers = k in matter and not any(x[p] for p in matter[k])
            inverse = (size[k] + 2) * pow(1 if x[k] else 3, -1, prime) if prefers else size[k]
            weight = weight * pow(inverse, -1, prime) % prime
            for value in range(1, size[k]):
                if x[k] in (0, value):
                    score[columns[k, *(x[p] for p in own), value]] = (inverse if x[k] else -inverse) % prime
        k = last if chain else 0
        f = ((x[k] == 0) - pow(size[k], -1, prime)) * (x[last - 1] == 0 if chain else 1)
        v = tuple(value for n, value in zip(nodes, x, strict=True) if n not in model.hidden)
        total[v], moment[v] = total.get(v, 0) + weight, (moment.get(v, 0) + weight * f) % prime
        rows.append((score, v))
    if not all(t % prime for t in total.values()):
        return False
    d = len(columns)
    mean = {v: moment[v] * pow(t, -1, prime) % prime for v, t in total.items()}
    return _rank((score for score, _ in rows), prime) == d and _rank(([*s, mean[v]] for s, v in rows), prime) == d + 1


def _log_linear(case: Case, given: list[list[str]]) -> list[set[str]]:
    """Verify that the scores span the functions of single generators: the hierarchical log-linear model."""
    t = case.table
    _require(not t.listed, "no-product", "the states are no product of variables")
    generators = list(map(set, given))
    _require(set().union(*generators) <= set(t.labels), "not-log-linear", "unknown variables")
    _require(t.real and all(t.exponential) and not t.domain, "not-log-linear", "the parameters are restricted")
    _require(len({c for c, _ in t.full}) == 1, "not-log-linear", "the base measure is not uniform")
    monomials = all(list(t.factors[f].values()) == [1] for f in t.used)
    _require(monomials, "not-log-linear", "a factor is not a monomial with coefficient 1")
    _spend(t.n_states * t.d * (1 + len(generators)))
    states = list(product(*(range(size) for size in t.sizes.values())))
    for i in range(t.d):  # the scores are the statistics: constants
        inside = False
        for g in generators:
            own = [k for k, n in enumerate(t.labels) if n in g]
            values = {(tuple(s[k] for k in own), case.exact.state(x)[1][i]) for x, s in enumerate(states)}
            inside = inside or len(values) == prod(t.sizes[n] for n in g)
        _require(inside, "not-log-linear", f"the statistic of parameter {i + 1} depends on more than one generator")
    many = [sorted(n for n in g if t.sizes[n] > 1) for g in generators]
    _spend(sum(1 << len(g) for g in many))
    faces = {frozenset(face) for g in many for k in range(1, len(g) + 1) for face in combinations(g, k)}
    dimension = sum(prod(t.sizes[n] - 1 for n in face) for face in faces)
    full = case.ranks()[0] == dimension
    _require(full, "not-log-linear", f"the statistics span fewer than {dimension} dimensions")
    return generators


def _judge_log_linear_cut(case: Case) -> list[str]:
    hidden, generators = case.table.hidden, _log_linear(case, case.read({"generators": [_names]})["generators"])
    for boundary in _components(hidden, lambda h: set().union(*(g for g in generators if h in g))):
        inside = any(boundary - set(hidden) <= g for g in generators)
        _require(inside, "not-collapsible", "the boundary of a hidden component lies in no generator")
    return [
        "the table is the hierarchical log-linear model of the generators, and the boundary of every hidden component "
        "lies in a generator: collapsible, a cut (lemma 7)"
    ]


def _judge_log_linear_obstruction(case: Case) -> list[str]:
    w = case.read({"generators": [_names], "boundary": _names, "contacts": [_name], "tree": [(_name, _name)]})
    t, generators, boundary = case.table, _log_linear(case, w["generators"]), w["boundary"]
    edges = [*w["tree"], *zip(boundary, w["contacts"], strict=False)]
    reached = set(w["contacts"][:1])
    for parent, child in w["tree"]:
        _require(parent in reached and child not in reached, "no-obstruction", "not a tree from the first contact on")
        reached.add(child)
    fits = len(boundary) == len(w["contacts"]) and set(w["contacts"]) <= reached <= set(t.hidden)
    several = all(n in t.labels and t.sizes[n] > 1 for n in {*boundary, *reached})
    seen = fits and several and not set(boundary) & set(t.hidden)
    _require(seen, "no-obstruction", "not visible variables and as many hidden contacts, of two states or more")
    joined = all(any({a, b} <= g for g in generators) for a, b in edges)
    _require(joined, "no-obstruction", "two variables that are to interact lie in no generator")
    free = bool(boundary) and not any(set(boundary) <= g for g in generators)
    _require(free, "no-obstruction", "the boundary lies in a generator")
    m = len(boundary)
    terms = (Fraction((-1) ** j * comb(m, j) * 2**j, 2 ** (2 * m + 1) + 2**j) for j in range(m + 1))
    _require(sum(terms) != 0, "no-obstruction", "the alternating sum of lemma 15 is 0")
    near, inside = (", ".join(map(_plain, names)) for names in (boundary, sorted(reached)))
    return [
        f"the table is the hierarchical log-linear model of the generators, and none contains {near}, neighbours of "
        f"the connected hidden {inside} (lemma 15)"
    ]


def _components(nodes: Iterable[str], near: Callable[[str], set[str]]) -> list[set[str]]:
    """The connected components of some nodes, each with all that is near to one of its nodes."""
    waiting, found = set(nodes), []
    while waiting:
        _spend(len(waiting))
        component, border = {min(waiting)}, {min(waiting)}
        while border:
            around = component.union(*(near(n) for n in border))
            border, component = (around - component) & waiting, around
            _spend(1 + len(around))
        waiting -= component
        found.append(component)
    return found


def _subnetworks(g: Graph) -> set[tuple[Any, ...]]:
    """What is left of a network by lemma 10: labels, hidden nodes and arrows of each subnetwork."""
    parents: dict[str, set[str]] = {n: set() for n in g.labels}
    near: dict[str, set[str]] = {n: set() for n in g.labels}
    for a, b in g.arrows:
        parents[b].add(a)
        near[a].add(b)
        near[b].add(a)
    hidden = set(g.hidden)

    def is_sink(x: str) -> bool:
        children = near[x] - parents[x]
        _spend(1 + sum(len(near[x]) + len(near[c]) for c in children))
        return all(parents[c] - {x} <= near[x] and near[x] - {c} <= near[c] for c in children)

    while (x := next((x for x in sorted(hidden) if is_sink(x)), None)) is not None:
        _spend(len(hidden))
        hidden.remove(x)
        for n in near.pop(x):
            near[n].remove(x)
            parents[n].discard(x)
        del parents[x]
    _spend(sum(len(own) ** 2 for own in parents.values()))
    moral = {n: set(own) for n, own in near.items()}
    for own in parents.values():
        for n in own:
            moral[n] |= own
    found = set()
    for part in _components(hidden, lambda n: moral[n] & hidden):
        _spend(len(parents))
        families = {n: tails for n, tails in parents.items() if n in part or tails & part}
        strata = set.intersection(*families.values()) - set(families)
        nodes = set(families).union(*families.values()) - strata
        arrows = [(a, n) for n, tails in families.items() for a in tails - strata]
        found.add(_key({n: g.labels[n] for n in nodes}, part, arrows))
    return found


def _key(labels: dict[str, list[str]], hidden: Iterable[str], arrows: Arrows) -> tuple[Any, ...]:
    return frozenset((n, tuple(v)) for n, v in labels.items()), frozenset(hidden), frozenset(arrows)


def _judge_subnetworks(claim: dict[str, Any], g: Graph, parts: list[dict[str, Any]]) -> list[str]:
    several = all(len(labels) > 1 for labels in g.labels.values())
    _require(several, "not-a-network", "a node with one state")
    expected, seen, against = _subnetworks(g), set(), False
    for part in parts:
        _bound(part["certificate"], None)
        inner = part["certificate"]["claim"]
        _require(inner["statement"] == "cylindrical", "subnetwork", "a certificate of another statement")
        if not isinstance(inner["model"], dict) or "arrows" in inner["model"]:
            raise Malformed("schema", "the certificate of a subnetwork is about a table")
        case = Case(part["certificate"])
        JUDGES[case.kind](case)
        key = _key(case.table.labels, case.table.hidden, _network(case.table, part["families"]))
        _require(key in expected, "subnetwork", "not a subnetwork of the network")
        seen.add(key)
        if claim["verdict"] == "proved":
            good = inner["verdict"] == "proved" and inner["scope"] == EVERYWHERE
        else:
            # A domain that is smaller says nothing about the other points.
            entries = [(case.table.factors[f], case.table.one) for f in case.table.used]
            whole = all(pair in entries for pair in case.table.domain)
            good = inner["verdict"] == "refuted" and (
                claim["scope"] == GENERIC or (inner["scope"] == NOWHERE and whole)
            )
            against = True
        _require(good, "subnetwork", "the verdict on a subnetwork does not give that on the network")
    _require(against if claim["verdict"] == "refuted" else seen == expected, "subnetwork", "a subnetwork is missing")
    some = f"{len(seen)} of its {len(expected)} subnetworks, rebuilt from the arrows, have valid certificates"
    return [f"{some if expected else 'nothing is left of the network, reduced by its arrows'} (lemma 10)"]


def _judge_graph(data: dict[str, Any]) -> tuple[Graph, list[str]]:
    """Claims about the Bayesian network of a graph, of any size."""
    claim, witness, g = data["claim"], data["witness"], Graph(data["claim"]["model"])
    _read(data["interior_point"], [..., 0], "interior point")
    _require(claim["point"] is None, "point", "a point is stated where none belongs")
    if witness["kind"] == "graph-cut":
        checked = _cut_of_graph(_read(witness, {"kind": ..., **CUT}, "witness"), g, g.arrows)
    elif witness["kind"] == "graph-obstruction":
        checked = _obstruction_of_graph(_read(witness, {"kind": ..., **OBSTRUCTION}, "witness"), g, g.arrows)
    else:
        _require(witness["kind"] == "subnetworks", "kind", "a witness for a table")
        parts = [{"certificate": CERTIFICATE, "families": ...}]
        checked = _judge_subnetworks(claim, g, _read(witness, {"kind": ..., "parts": parts}, "witness")["parts"])
    return g, checked


# Expressions, written as trees: a number "p/q", ["g", k], ["+", ...], ["*", ...], ["^", a, n].

Quotient: TypeAlias = tuple[Polynomial, Polynomial]
Steps: TypeAlias = "Iterator[tuple[Polynomial, Polynomial, Polynomial] | None]"  # common factor, and what remains
NO_STEPS: Steps = iter(())


def _fraction(
    tree: Any,
    leaves: list[Polynomial],
    values: list[Fraction],
    known: dict[str, Quotient],
    steps: Steps = NO_STEPS,
    depth: int = 0,
) -> Quotient:
    """Numerator and denominator of an expression that is defined at the point; its value there if the leaves are.

    After each operation whose result has a denominator a step says what is cancelled, or None.  Where no exponent is
    negative there are no steps, and the result is known by the text of the expression.
    """
    one: Polynomial = {(0,) * len(values): 1}
    if depth > MAX_DEPTH:
        raise Malformed("depth", "an expression is nested too deeply")
    if isinstance(tree, str):
        number = _number(tree, "expression")
        return {key: number for key in one if number}, one
    kind, *rest = _read(tree, [...], "expression") or [None]
    if kind == "g" and len(rest) == 1:
        return leaves[_read(rest[0], range(len(leaves)), "expression")], one
    if kind == "^" and len(rest) == 2:
        n = _read(rest[1], range(-MAX_DEGREE, MAX_DEGREE + 1), "expression")
        num, den = _fraction(rest[0], leaves, values, known, steps, depth + 1)
        _require(n >= 0 or _evaluate(num, values) != 0, "zero-denominator", "an expression divides by 0")
        result = (num, den) if n else (one, one)
        for _ in range(abs(n) - 1):
            result = _mul(result[0], num), _mul(result[1], den)
        return result if n >= 0 else result[::-1]
    if kind not in ("+", "*") or not rest:
        raise Malformed("schema", "expression: expected a number, g, +, * or ^")
    text = repr(tree)
    _spend(len(text) // 16)
    if text in known:
        return known[text]
    num, den = _fraction(rest[0], leaves, values, known, steps, depth + 1)
    for item in rest[1:]:
        above, below = _fraction(item, leaves, values, known, steps, depth + 1)
        if kind == "*":
            num, den = _mul(num, above), den if below == one else _mul(den, below)
        elif den == below:
            num = _add(num, above)
        else:
            num, den = _add(_mul(num, below), _mul(above, den)), _mul(den, below)
        step = None if den == one else next(steps, None)
        if step:
            common, *reduced = step
            same = [_mul(common, part) for part in reduced] == [num, den]
            _require(same, "cancelled", "numerator and denominator do not have this common factor")
            num, den = reduced
    if ", -" not in text:  # texts of numbers are in quotation marks
        known[text] = num, den
    return num, den


def _infix(names: list[str], tree: Any) -> str:
    """An expression in readable form, every operation in brackets."""
    if isinstance(tree, str):
        return tree
    kind, *rest = tree
    if kind == "g":
        return names[int(rest[0])]
    if kind == "^":
        return f"({_infix(names, rest[0])})^{rest[1]}"
    return f"({f' {kind} '.join(_infix(names, item) for item in rest)})"


def _symbolic(
    g: Generators, values: list[Fraction], trees: Iterable[Any], steps: Steps = NO_STEPS
) -> Iterator[Quotient]:
    leaves: list[Polynomial] = [{tuple(int(i == k) for i in range(g.n)): 1} for k in range(g.n)]
    known: dict[str, Quotient] = {}
    return (_fraction(tree, leaves, values, known, steps) for tree in trees)


def _at_point(values: list[Fraction], tree: Any) -> Fraction:
    num, den = _fraction(tree, [{(): v} if v else {} for v in values], [], {})
    return Fraction(num.get((), 0)) / den[()]


def _judge_identity(claim: dict[str, Any], g: Generators, values: list[Fraction], given: Any) -> list[str]:
    left = _read(claim["left"], [...], "left")
    pairs = list(zip(left, _read(claim["right"], [..., len(left)], "right"), strict=True))
    _require(bool(pairs), "empty-witness", "no expressions")
    if claim["verdict"] == "refuted":
        _read(given, [..., 0], "steps")
        different = any(_at_point(values, a) != _at_point(values, b) for a, b in pairs)
        _require(different, "identity", "the two sides are equal at the point")
        return ["the two sides have different values at the point"]
    shape = (g.polynomial, g.polynomial, g.polynomial)
    steps = (None if step is None else _read(step, shape, "steps") for step in _read(given, [...], "steps"))
    sides = _symbolic(g, values, (tree for pair in pairs for tree in pair), steps)
    for k, ((n, d), (m, e)) in enumerate(zip(sides, sides, strict=True)):
        _require(_mul(n, e) == _mul(m, d), "identity", f"entry {k + 1}: the two sides differ")
    _require(next(steps, steps) is steps, "steps", "there are more steps than operations")
    return ["both sides multiplied out, entry by entry: equal wherever both are defined, as at the interior point"]


# Signs (lemma 9): polynomials that are positive on the domain, because they are sums of products of such.


class Signs:
    """The polynomials of which it is known that they are positive on the domain.

    ``["d", k]`` is numerator times denominator of inequality k; ``["g", k]`` generator k if it is an exponential, else
    its square, which is only nonnegative; ``["w", x]`` the weight of state x, its negative exponents raised by even
    numbers; ``["s", k]`` the polynomial of step k, proved by the steps before.
    """

    def __init__(self, g: Generators, steps: Any) -> None:
        self.g, self.steps = g, list[Polynomial]()
        for step in _read(steps, [{"polynomial": g.polynomial, "multiplier": ..., "terms": ...}], "steps"):
            self.prove(step["polynomial"], step)
            self.steps.append(step["polynomial"])

    def form(self, kind: str, k: Any) -> tuple[Polynomial, bool]:
        """A known polynomial, and whether it is positive, not only nonnegative."""
        g = self.g
        sizes = {"d": len(g.domain), "g": g.n, "s": len(self.steps), "w": g.n_states if isinstance(g, Table) else 0}
        _read(k, range(sizes.get(kind, 0)), "form")
        if kind == "d":
            return _mul(*g.domain[k]), True
        if kind == "g":
            e = 1 if g.exponential[k] else 2
            return {tuple(e * (i == k) for i in range(g.n)): 1}, e == 1
        if kind == "w" and isinstance(g, Table):
            c, powers = g.row(k)
            raised = g.expand({f: e if e > 0 else e % 2 for f, e in powers.items()})
            return {key: c * e for key, e in raised.items()}, True
        return self.steps[k], True

    def product(self, data: Any) -> tuple[Polynomial, bool]:
        """A product of powers ``[kind, number, exponent]`` of known polynomials, and whether it is positive."""
        entries = _read(data, [(_name, range(MAX_TERMS), range(1, MAX_POWER + 1))], "product")
        if any(a[:2] >= b[:2] for a, b in pairwise(entries)):
            raise Malformed("schema", "product: the factors are not in increasing order")
        result, strict = self.g.one, True
        for kind, k, e in entries:
            own, positive = self.form(kind, k)
            strict = strict and positive
            for _ in range(e):
                result = _mul(result, own)
        return result, strict

    def prove(self, p: Polynomial, proof: dict[str, Any]) -> None:
        """Verify that p times the multiplier is the sum of the terms, one of them positive, the others nonnegative."""
        total: Polynomial = {}
        positive = False
        for c, powers in _read(proof["terms"], [(_number, ...)], "terms"):
            _require(c > 0, "sign", "a coefficient is not positive")
            part, strict = self.product(powers)
            total, positive = _add(total, part, c), positive or strict
        _require(positive, "sign", "no term is positive")
        _require(_mul(p, self.product(proof["multiplier"])[0]) == total, "sign", "not the sum of products")


def _judge_positivity(data: dict[str, Any], g: Generators, values: list[Fraction]) -> list[str]:
    expressions = _read(data["claim"]["expressions"], [...], "expressions")
    _require(bool(expressions), "empty-witness", "no expressions")
    proof = {"multiplier": ..., "terms": ...}
    shape = {"kind": ..., "steps": ..., "proofs": [(proof, proof), len(expressions)]}
    witness = _read(data["witness"], shape, "witness")
    signs = Signs(g, witness["steps"])
    for parts, proofs in zip(_symbolic(g, values, expressions), witness["proofs"], strict=True):
        for p, own in zip(parts, proofs, strict=True):
            signs.prove(p, own)
    return ["numerators and denominators are sums of products of polynomials that are positive on the domain"]


def _judge_expressions(data: dict[str, Any]) -> tuple[Generators, list[str]]:
    """Claims about expressions in the generators: identities, signs."""
    claim, model, identity = data["claim"], data["claim"]["model"], data["claim"]["statement"] == "identity"
    if not identity and (_has(model, "states") or (isinstance(model, dict) and "variables" in model)):
        g: Generators = Case(data).table
    else:
        keys = ("domain", "generators", "parameters", *_constants(model))
        g = Generators(_read(model, dict.fromkeys(keys, ...), "model"))
    values = g.point(data["interior_point"])
    _require_point(data, g, claim["verdict"] == "refuted")
    if not identity:
        return g, _judge_positivity(data, g, values)
    witness = _read({"steps": [], **data["witness"]}, {"kind": ..., "steps": ...}, "witness")
    return g, _judge_identity(claim, g, values, witness["steps"])


def _judge_nowhere(case: Case) -> list[str]:
    t, state = case.table, range(case.table.n_states)
    minor = {"pairs": [(state, state)], "columns": [range(t.d)], "multiplier": t.polynomial}
    shape = {"null": ..., "visible": [range(t.n_visible)], "minors": [minor]}
    w = case.read({**shape, "steps": ..., "multiplier": ..., "terms": ...})
    _require_few(w["visible"], most=t.d + 1)
    visible = case.ranks({"joint": [], "visible": w["visible"], "vertical": []})[1]
    bound = case.bound("J", w["null"])
    k = _size(w["minors"], "pairs", bound, visible)
    total: Polynomial = {}
    for m in w["minors"]:
        over = all(t.seen(x) == t.seen(y) for x, y in m["pairs"])
        _require(over, "different-fibres", "the states of a pair lie over different visible states")
        total = _add(total, _mul(m["multiplier"], _minor(t, m["pairs"], m["columns"])))
    Signs(t, w["steps"]).prove(total, w)
    return [
        f"generically rank J <= {bound} and rank J_V >= {visible}",
        f"at every point rank (I - C dpi) J >= {k}: a combination of minors of differences of scores is positive",
        "so T splits at no admissible point (lemma 9)",
    ]


def _minor(t: Table, pairs: list[tuple[int, int]], columns: list[int]) -> Polynomial:
    """The minor of the rows s(x) - s(y), each column, or each row if they are fewer, times its denominators."""
    rates = [{f: t.derivatives(f).get(i, {}) for f in t.used} for i in columns]
    rows = [_times(t.row(x)[1], t.row(y)[1], -1) for x, y in pairs]
    by_row = [[f for f in row if any(rate[f] for rate in rates)] for row in rows]
    by_column = [sorted({f for row in rows for f in row if rate[f]}) for rate in rates]
    across = sum(map(len, by_column)) <= sum(map(len, by_row))
    return _determinant(
        t.one,
        (
            [t.logarithmic(row, rate, other if across else own) for rate, other in zip(rates, by_column, strict=True)]
            for row, own in zip(rows, by_row, strict=True)
        ),
    )


def _determinant(one: Polynomial, rows: Iterable[list[Polynomial]]) -> Polynomial:
    minors: dict[int, Polynomial] = {0: one}  # of the first rows, by their sets of columns
    full = 0
    for row in rows:
        larger: dict[int, Polynomial] = {}
        full = (1 << len(row)) - 1
        for j, entry in enumerate(row):
            _spend(len(minors) if entry else 1)
            for used, p in minors.items() if entry else ():
                if not used >> j & 1:
                    _spend(8)  # what is kept in memory
                    sign = -1 if (used >> j).bit_count() % 2 else 1
                    larger[used | 1 << j] = _add(larger.get(used | 1 << j, {}), _mul(p, entry), sign)
        minors = larger
    return minors.get(full, {})


def _size(minors: list[dict[str, Any]], rows: str, bound: int, visible: int) -> int:
    """The size k of all minors, more than rank J can be beyond rank J_V."""
    sizes = {len(m[key]) for m in minors for key in (rows, "columns")}
    k = min(sizes, default=0)
    _require(sizes == {k} and bound < visible + k, "ranks", f"{bound} >= {visible} + {k}, or minors of several sizes")
    return k


# Normal distributions (lemmas 12 to 14).

Vector: TypeAlias = list[Any]


class Normal(Generators):
    """A normal distribution: mean, and covariance or precision, over one denominator; visible variables first."""

    inside = ", and the covariance is positive definite there"

    def __init__(self, data: Any) -> None:
        keys = ("denominator", "domain", "form", "generators", "hidden", "matrix", "mean", "parameters", "variables")
        fields = _read(data, dict.fromkeys((*keys, *_constants(data)), ...), "model")
        super().__init__(fields)
        self.names, self.hidden = _names(fields["variables"], "variables"), _names(fields["hidden"], "hidden")
        self.k, self.seen = len(self.names), len(self.names) - len(self.hidden)
        if not 0 < self.seen < self.k <= MAX_VARIABLES or self.names[self.seen :] != self.hidden:
            raise Malformed("schema", "variables: visible ones first, then the hidden ones, at least one of each")
        if fields["form"] not in ("covariance", "precision"):
            raise Malformed("schema", "form: covariance or precision")
        self.labels, self.precise = {n: ["-oo", "oo"] for n in self.names}, fields["form"] == "precision"
        self.below: Polynomial = self.polynomial(fields["denominator"], "denominator")
        _require(bool(self.below), "zero-denominator", "the denominator is 0")
        self.mean: list[Polynomial] = _read(fields["mean"], [self.polynomial, self.k], "mean")
        rows = _read(fields["matrix"], [[self.polynomial], self.k], "matrix")
        if any(len(row) != i + 1 for i, row in enumerate(rows)):
            raise Malformed("schema", "matrix: row i has its first i entries, the diagonal one last")
        self.matrix = [[rows[max(i, j)][min(i, j)] for j in range(self.k)] for i in range(self.k)]
        shifts, turns = [self.moves(e) for e in self.mean], [[self.moves(e) for e in row] for row in rows]
        self.rates = [
            (
                {i: rate[n] for i, rate in enumerate(shifts) if n in rate},
                {(i, j): rate[n] for i, row in enumerate(turns) for j, rate in enumerate(row) if n in rate},
            )
            for n in range(self.d)
        ]

    def moves(self, numerator: Polynomial) -> dict[int, Polynomial]:
        """The derivatives of numerator / denominator, times the square of the denominator."""
        above, below = self.gradient(numerator), self.gradient(self.below)
        found = {
            n: _add(_mul(self.below, above.get(n, {})), _mul(numerator, below.get(n, {})), -1) for n in {*above, *below}
        }
        return {n: p for n, p in found.items() if p}

    def bound(self, seen: bool) -> int:
        """How many numbers there are in the (visible) mean and covariance that can move."""
        n = self.seen if seen else self.k
        return n * (n + 1) // 2 + len({i for mean, _ in self.rates for i in mean if i < n})

    def direction(self, column: list[Polynomial]) -> tuple[list[Polynomial], list[list[Polynomial]]]:
        """The derivative along a direction, of the mean and of the matrix."""
        mean: list[Polynomial] = [{} for _ in self.names]
        rows: list[list[Polynomial]] = [[{} for _ in self.names] for _ in self.names]
        for c, (shift, turn) in zip(column, self.rates, strict=True):
            for i, p in shift.items() if c else ():
                mean[i] = _add(mean[i], _mul(c, p))
            for (i, j), p in turn.items() if c else ():
                rows[i][j] = rows[j][i] = _add(rows[i][j], _mul(c, p))
        return mean, rows

    def vertical(self, annihilator: list[list[Polynomial]], column: list[Polynomial]) -> tuple[Rows, Rows]:
        """What a horizontal direction makes 0: R m and R S; in the precision form K_{H:} m and dK_{H:}."""
        mean, rows = self.direction(column)
        left = self.matrix[self.seen :] if self.precise else annihilator
        below = rows[self.seen :] if self.precise else [[_combined(r, column) for column in rows] for r in left]
        return [[_combined(row, mean)] for row in left], below

    def is_null(self, of: str, column: list[Polynomial], annihilator: list[list[Polynomial]]) -> bool:
        """Whether a direction is a null vector of J, of J_V or of (I - C dpi) J ("vertical")."""
        if of == "vertical":
            return not any(any(row) for part in self.vertical(annihilator, column) for row in part)
        mean, rows = self.direction(column)
        n = self.seen if of == "J_V" else self.k
        if of == "J_V" and self.precise:
            half = [[_combined(f, other) for other in rows] for f in annihilator]
            rows = [[_combined(f, row) for row in half] for f in annihilator]
        return not any(mean[:n]) and not any(any(row[:n]) for row in rows[:n])

    def about(self, *, whole: bool) -> list[str]:  # noqa: ARG002  # all of it is shown
        """What the model is: variables, parameters, domain, mean and matrix."""
        below = self.shown(self.below)
        hidden = set(self.hidden)
        variables = ", ".join(f"{_plain(n)}{' (hidden)' if n in hidden else ''}" for n in self.names)
        lines = [f"normal distribution of {variables}; parameters {', '.join(map(_plain, self.parameters))}"]
        lines += self.inequalities()
        means = ((f"E {_plain(n)}", p) for n, p in zip(self.names, self.mean, strict=True))
        word = "K" if self.precise else "cov"
        pairs = (
            (f"{word}({_plain(a)}, {_plain(b)})", p)
            for a, row in zip(self.names, self.matrix, strict=True)
            for b, p in list(zip(self.names, row, strict=True))[: self.names.index(a) + 1]
        )
        entries = [
            f"  {name} = {_quotient_shown(self.shown(p), below)}" for part in (means, pairs) for name, p in part if p
        ]
        return [*lines, "  other entries are 0:", *entries]


def _combined(row: Iterable[Polynomial], column: Iterable[Polynomial]) -> Polynomial:
    total: Polynomial = {}
    for a, b in zip(row, column, strict=True):
        if a and b:
            total = _add(total, _mul(a, b))
    return total


def _matmul(a: list[Vector], b: list[Vector], prime: int = 0) -> list[Vector]:
    columns = list(zip(*b, strict=True))
    _spend(1 + len(a) * len(columns) * len(b) // 8)
    return [[_dot(row, column, prime) for column in columns] for row in a]


def _solved(a: list[Vector], b: list[Vector], prime: int = 0) -> list[Vector]:
    """A^-1 B; where A is singular ValueError (modulo a prime) or Rejected."""
    basis = _echelon(([*x, *y] for x, y in zip(a, b, strict=True)), prime)
    if sorted(basis) != list(range(len(a))):
        raise ValueError("bad prime") if prime else Rejected("not-positive", "a covariance is singular at the point")
    return [basis[i][len(a) :] for i in range(len(a))]


class NormalNumbers:
    """A normal distribution and its tangent vectors at one point, exactly (prime 0) or modulo a prime."""

    def __init__(self, g: Normal, values: list[Fraction], prime: int = 0) -> None:
        self.g, self.prime = g, prime
        at = [_residue(v, prime) for v in values]
        below = _evaluate(g.below, at, prime)
        if not below:
            raise ValueError("bad prime") if prime else Rejected("zero-denominator", "the denominator is 0")
        inverse = pow(below, -1, prime) if prime else 1 / Fraction(below)

        def number(p: Polynomial, power: int = 1) -> Any:
            return _paid(_evaluate(p, at, prime) * _power(inverse, power, prime), prime) if p else 0

        self.mean = [number(p) for p in g.mean]
        self.matrix = [[number(p) for p in row] for row in g.matrix]
        self.rates = [
            ({i: number(p, 2) for i, p in mean.items()}, {ij: number(p, 2) for ij, p in rows.items()})
            for mean, rows in g.rates
        ]

    @cached_property
    def annihilator(self) -> list[Vector]:
        """R with R Sigma_{:V} = 0, identity on H; in the precision form F with F K_{:H} = 0, identity on V."""
        n, k = self.g.seen, self.g.k
        inside, outside = (range(n, k), range(n)) if self.g.precise else (range(n), range(n, k))
        block, beside = ([[self.matrix[i][j] for j in part] for i in inside] for part in (inside, outside))
        solution = _solved(block, beside, self.prime)
        found = []
        for place, o in enumerate(outside):
            row = [Fraction(0) if not self.prime else 0] * k
            row[o] = 1
            for i, line in zip(inside, solution, strict=True):
                row[i] = -line[place] % self.prime if self.prime else -line[place]
            found.append(row)
        return found

    def _full(self, n: int) -> tuple[Vector, list[Vector]]:
        k = self.g.k
        mean, rows = [self.rates[n][0].get(i, 0) for i in range(k)], [[0] * k for _ in range(k)]
        for (i, j), e in self.rates[n][1].items():
            rows[i][j] = rows[j][i] = e
        return mean, rows

    def ranks(self) -> tuple[int, int, int]:
        """The ranks of J, J_V and the vertical part (modulo a prime: lower bounds)."""
        joint, seen, upright = (_rank(zip(*part, strict=True), self.prime) for part in self.parts())
        return joint, seen, upright

    def parts(self) -> tuple[list[Vector], ...]:
        """J, J_V and the vertical part, column by column."""
        n, prime = self.g.seen, self.prime
        parts: tuple[list[Vector], ...] = [], [], []
        for parameter in range(self.g.d):
            mean, rows = self._full(parameter)
            below = self.matrix[n:] if self.g.precise else self.annihilator
            across = _matmul(self.annihilator, rows, prime)
            own = [_dot(row, mean, prime) for row in below]
            if self.g.precise:
                visible = _matmul(across, [list(c) for c in zip(*self.annihilator, strict=True)], prime)
                vertical = rows[n:]
            else:
                visible, vertical = [row[:n] for row in rows[:n]], across
            parts[0].append([*mean, *(e for row in rows for e in row)])
            parts[1].append([*mean[:n], *(e for row in visible for e in row)])
            parts[2].append([*own, *(e for row in vertical for e in row)])
        return parts

    # The rest is exact.

    @cached_property
    def identity(self) -> list[Vector]:
        """The identity matrix."""
        return [[Fraction(int(i == j)) for j in range(self.g.k)] for i in range(self.g.k)]

    @cached_property
    def sigma(self) -> list[Vector]:
        """The covariance."""
        return _solved(self.matrix, self.identity) if self.g.precise else self.matrix

    @cached_property
    def precision(self) -> list[Vector]:
        """The inverse of the covariance."""
        return self.matrix if self.g.precise else _solved(self.matrix, self.identity)

    @cached_property
    def extension(self) -> list[Vector]:
        """E = [I; B]."""
        if self.g.precise:
            return [list(c) for c in zip(*self.annihilator, strict=True)]
        return [
            *(row[: self.g.seen] for row in self.identity[: self.g.seen]),
            *([-e for e in row[: self.g.seen]] for row in self.annihilator),
        ]

    def tangent(self, coefficients: Vector) -> tuple[Vector, list[Vector]]:
        """The tangent vector (m, S) of a combination of the parameters."""
        k = self.g.k
        mean, rows = [Fraction(0)] * k, [[Fraction(0)] * k for _ in range(k)]
        for c, (shift, turn) in zip(coefficients, self.rates, strict=True):
            for i, e in shift.items() if c else ():
                mean[i] = _paid(mean[i] + c * e)
            for (i, j), e in turn.items() if c else ():
                rows[i][j] = rows[j][i] = _paid(rows[i][j] + c * e)
        if self.g.precise:
            rows = [[-e for e in row] for row in _matmul(_matmul(self.sigma, rows), self.sigma)]
        return mean, rows

    def seen(self, vector: tuple[Vector, list[Vector]]) -> tuple[Vector, list[Vector]]:
        """dpi: the visible part."""
        n = self.g.seen
        return vector[0][:n], [row[:n] for row in vector[1][:n]]

    def lift(self, vector: tuple[Vector, list[Vector]]) -> tuple[Vector, list[Vector]]:
        """C (m, S) = (E m, E S E')."""
        e = self.extension
        square = _matmul(_matmul(e, vector[1]), [list(c) for c in zip(*e, strict=True)])
        return [_dot(row, vector[0]) for row in e], square

    def require_orthogonal(self, vector: tuple[Vector, list[Vector]]) -> None:
        """A tangent vector is orthogonal to those of all parameters: the normal equations of lemma 13."""
        functional = [_dot(row, vector[0]) for row in self.precision]
        if self.g.precise:
            square = [[-e / 2 for e in row] for row in vector[1]]
        else:
            square = [[e / 2 for e in row] for row in _matmul(_matmul(self.precision, vector[1]), self.precision)]
        for n, (shift, turn) in enumerate(self.rates):
            total = _total(e * functional[i] for i, e in shift.items())
            total += _total((1 if i == j else 2) * e * square[i][j] for (i, j), e in turn.items())
            _require(not total, "gradient", f"the coefficients do not solve the normal equations (parameter {n + 1})")


def _minus(a: tuple[Vector, list[Vector]], b: tuple[Vector, list[Vector]]) -> tuple[Vector, list[Vector]]:
    rows = [[x - y for x, y in zip(r, s, strict=True)] for r, s in zip(a[1], b[1], strict=True)]
    return [x - y for x, y in zip(a[0], b[0], strict=True)], rows


def _semidefinite(matrix: list[Vector], *, strict: bool) -> bool:
    """Whether a symmetric matrix is positive semidefinite, or definite: by symmetric elimination."""
    rows = [list(row) for row in matrix]
    for k, pivot_row in enumerate(rows):
        pivot = pivot_row[k]
        if pivot < 0 or (not pivot and (strict or any(pivot_row[k:]))):
            return False
        for i in range(k + 1, len(rows)):
            if pivot and rows[i][k]:
                factor = Fraction(rows[i][k]) / pivot
                rows[i] = [_paid(a - factor * b) if b else a for a, b in zip(rows[i], pivot_row, strict=True)]
    return True


class NormalCase:
    """A decoded certificate for a statement on normal distributions."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.claim, self.witness, self.kind = data["claim"], data["witness"], data["witness"]["kind"]
        self.slug, self.scope = self.claim["statement"], self.claim["scope"]
        self.g = Normal(self.claim["model"])
        self.values = self.g.point(data["interior_point"])
        _require_point(data, self.g, self.scope == POINT or self.kind in ("not-cylindrical", "conditions", "minors"))
        self.exact = NormalNumbers(self.g, self.values)
        definite = _semidefinite(self.exact.matrix, strict=True)
        _require(definite, "not-positive", "the covariance is not positive definite at the interior point")

    def ranks(self) -> tuple[int, int, int]:
        """Lower bounds of the ranks at the point: the ranks modulo a prime."""
        for prime in PRIMES:
            try:
                return NormalNumbers(self.g, self.values, prime).ranks()
            except ValueError:
                continue
        return self.exact.ranks()

    def read(self, shape: dict[str, Any]) -> dict[str, Any]:
        """The witness: null vectors are lists of d polynomials, the annihilator a matrix of polynomials."""
        columns = [[self.g.polynomial, self.g.d]]
        names = ("null", "visible_null", "horizontal", "vertical")
        vectors = {k: columns for k in shape if k in names}
        own = {"annihilator": [[self.g.polynomial, self.g.k]]} if "annihilator" in shape else {}
        result: dict[str, Any] = _read(self.witness, {"kind": ..., **shape, **vectors, **own}, "witness")
        _require_few(*(result[k] for k in vectors), most=self.g.d)
        if "annihilator" in shape and result["annihilator"]:
            self._require_annihilator(result["annihilator"])
        return result

    def _require_annihilator(self, rows: list[list[Polynomial]]) -> None:
        g, n = self.g, self.g.seen
        inside, outside = (range(n, g.k), range(n)) if g.precise else (range(n), range(n, g.k))
        zero = len(rows) == len(outside) and not any(
            _combined(row, [g.matrix[i][j] for i in range(g.k)]) for row in rows for j in inside
        )
        _require(zero, "annihilator", "the rows do not annihilate the columns that they should")
        at = [[_evaluate(row[o], self.values) for o in outside] for row in rows]
        _require(_rank(at) == len(rows), "annihilator", "the annihilator is singular at the interior point")

    def null_vectors(self, of: str, columns: list[list[Polynomial]], annihilator: list[list[Polynomial]]) -> Rows:
        """Verify null vectors; their values at the point."""
        needed = columns and (of == "J_V" if self.g.precise else of == "vertical")
        _require(not needed or bool(annihilator), "annihilator", "an annihilator is needed, and missing")
        for k, column in enumerate(columns):
            good = self.g.is_null(of, column, annihilator)
            _require(good, "not-null-vector", f"vector {k + 1} is no null vector of {of}")
        return [[_evaluate(p, self.values) for p in column] for column in columns]

    def bounds(self, w: dict[str, Any]) -> tuple[int, int]:
        """Upper bounds of the generic ranks of J and J_V, from the shape and from null vectors."""
        found = []
        for of, key in (("J", "null"), ("J_V", "visible_null")):
            vectors = self.null_vectors(of, w[key], w["annihilator"])
            independent = _rank(vectors) == len(vectors)
            _require(independent, "dependent-vectors", f"null vectors of {of} are linearly dependent at the point")
            found.append(min(self.g.d - len(vectors), self.g.bound(of == "J_V")))
        return found[0], found[1]

    def admissible(self, w: dict[str, Any]) -> tuple[int, int, int]:
        """The ranks at the point (the third a lower bound), after proving that it is admissible."""
        ranks, bounds = self.ranks(), self.bounds(w)
        _require(ranks[:2] == bounds, "not-admissible", f"the ranks of J and J_V are {ranks[:2]}, the bounds {bounds}")
        return ranks


BOUNDS = {"null": ..., "visible_null": ..., "annihilator": ...}


def _judge_normal_null_vectors(case: NormalCase) -> list[str]:
    w = case.read(dict.fromkeys(("horizontal", "vertical", "null", "annihilator"), ...))
    d, pairs = case.g.d, (("vertical", "horizontal"), ("J_V", "vertical"), ("J", "null"))
    vectors = [vector for of, name in pairs for vector in case.null_vectors(of, w[name], w["annihilator"])]
    _require(len(vectors) == d, "empty-witness" if not vectors else "ranks", f"{len(vectors)} vectors, not {d}")
    _require(_rank(vectors) == d, "singular", "[N_H N_V N_0] is singular at the interior point")
    if case.slug == "cut":
        keys = (key for _, name in pairs for column in w[name] for p in column for key in p)
        _require(not any(map(any, keys)), "not-constant", "the vectors depend on the point: no cut in these parameters")
    return [
        f"(I - C dpi) J N_H = 0 ({len(w['horizontal'])} columns), J_V N_V = 0 ({len(w['vertical'])}), "
        f"J N_0 = 0 ({len(w['null'])}) as identities (lemma 12)",
        "[N_H N_V N_0] is nonsingular at the interior point, so T splits at every admissible point (lemma 2)",
    ]


def _judge_normal_against(case: NormalCase) -> list[str]:
    w = case.read(BOUNDS | ({"elbo": ..., "optimal": ..., "objective": ...} if case.kind == "not-cylindrical" else {}))
    r, r_v, r_vertical = case.admissible(w)
    _require(r < r_v + r_vertical, "ranks", f"{r} = {r_v} + {r_vertical}: T splits, as far as the ranks show")
    checked = [f"the point is admissible; ranks {r} < {r_v} + {r_vertical}: T does not split there (lemma 12)"]
    if case.kind == "minors":
        return [*checked, "so conditions (a) to (g) are false there (lemma 3)"]
    k, d, n = case.g.k, case.g.d, case.g.seen
    moments = {"mean": _fractions(k), "covariance": [_fractions(k), k]}
    seen = {"projected": _tangent_shape(n), "visible": _tangent_shape(n)}
    c = {"coefficients": _fractions(d), "visible_coefficients": _fractions(d)}
    first = _read(w["elbo"], {**moments, **c, **seen}, "elbo")
    found = _normal_gradients(case, _moments(case, first), first)
    stated = [list(map(str, _packed(v))) for v in found] == [w["elbo"]["projected"], w["elbo"]["visible"]]
    _require(stated, "gradient", "a stated gradient is not the one of the coefficients")
    second = _read(w["optimal"], {**moments, "coefficients": _fractions(d)}, "optimal")
    target = _moments(case, second)
    still = not any(_packed(case.exact.seen(target)))
    _require(still, "not-optimal", "the optimal q does not have the moments of p_V")
    moved = case.exact.tangent(second["coefficients"])
    case.exact.require_orthogonal(_minus(moved, target))
    _require(any(_packed(case.exact.seen(moved))), "equal-gradients", "the gradient of the optimal q is 0 in M_V")
    third = _read(w["objective"], {**c, "differential": _tangent_shape(n)}, "objective")
    _normal_gradients(case, _dual(case, third["differential"]), third)
    q = f"q of mean ({', '.join(w['elbo']['mean'])}), covariance {_matrix_shown(w['elbo']['covariance'])}"
    lines = [
        "-dpi grad D(q||.) and -grad D(p*||.) for p* = q_V are those stated, and differ, in (dmu; dSigma_ij, i >= j)"
    ]
    if k <= 8:
        lines += [
            q,
            *(
                f"{t} = ({', '.join(w['elbo'][e])})"
                for t, e in (("-dpi grad D(q||.)", "projected"), ("-grad D(p*||.)", "visible"))
            ),
        ]
    return [
        *checked,
        *lines,
        "for a second q, with the moments of p_V where it is seen, the visible gradient is 0, the projected one is not",
        "for an L with the stated differential condition (d) fails",
    ]


def _tangent_shape(n: int) -> list[Any]:
    return _fractions(n * (n + 3) // 2)


def _packed(vector: tuple[Vector, list[Vector]]) -> Vector:
    return [*vector[0], *(e for i, row in enumerate(vector[1]) for e in row[: i + 1])]


def _matrix_shown(rows: list[list[str]]) -> str:
    return f"({'; '.join(', '.join(row) for row in rows)})"


def _moments(case: NormalCase, q: dict[str, Any]) -> tuple[Vector, list[Vector]]:
    """(delta, Sigma_q + delta delta' - Sigma) for a q with these moments."""
    square = q["covariance"]
    symmetric = all(square[i][j] == square[j][i] for i in range(case.g.k) for j in range(i))
    good = symmetric and _semidefinite(square, strict=False)
    _require(good, "not-distribution", "the covariance of q is not symmetric, or not positive semidefinite")
    delta = [a - b for a, b in zip(q["mean"], case.exact.mean, strict=True)]
    pairs = zip(square, case.exact.sigma, delta, strict=True)
    return delta, [[a + x * y - b for a, b, y in zip(r, s, delta, strict=True)] for r, s, x in pairs]


def _dual(case: NormalCase, packed: Vector) -> tuple[Vector, list[Vector]]:
    """(Sigma l, 2 Sigma M Sigma) for a differential, dL / dSigma_ij counted once for i >= j."""
    k, n, zero = case.g.k, case.g.seen, Fraction(0)
    rows, rest = [[zero] * k for _ in range(k)], iter(packed[n:])
    for i in range(n):
        for j in range(i + 1):
            e = next(rest)
            rows[i][j], rows[j][i] = (e, e) if i == j else (e / 2, e / 2)
    functional = [*packed[:n], *[zero] * (k - n)]
    square = _matmul(_matmul(case.exact.sigma, rows), case.exact.sigma)
    return [_dot(row, functional) for row in case.exact.sigma], [[2 * e for e in row] for row in square]


def _normal_gradients(case: NormalCase, target: tuple[Vector, list[Vector]], part: dict[str, Any]) -> list[Any]:
    """The projected gradient and the one on the visible model towards a tangent vector; they must differ."""
    exact = case.exact
    whole = exact.tangent(part["coefficients"])
    exact.require_orthogonal(_minus(whole, target))
    own = exact.seen(exact.tangent(part["visible_coefficients"]))
    exact.require_orthogonal(exact.lift(_minus(own, exact.seen(target))))
    _require(exact.seen(whole) != own, "equal-gradients", "the two gradients are equal")
    return [exact.seen(whole), own]


def _judge_normal_conditions(case: NormalCase) -> list[str]:
    w = case.read(BOUNDS | {"truth": ...})
    useful = w["truth"] is True and case.scope == POINT
    _require(useful, "kind", "true conditions hold at a point; false ones are proved by ranks")
    r, r_v, _ = case.admissible(w)
    upright = case.exact.ranks()[2]
    _require(r == r_v + upright, "condition", f"condition (b) is false at the point: {r} < {r_v} + {upright}")
    return [f"the point is admissible; ranks {r} = {r_v} + {upright}, by elimination: T splits there (lemmas 3, 12)"]


def _judge_every_normal(case: NormalCase) -> list[str]:
    if case.slug == "gradient-alignment" and case.scope == POINT:
        ranks = case.admissible(case.read(BOUNDS))
        return [f"the point is admissible (ranks {ranks[0]}, {ranks[1]}), so lemmas 5, 12 and 13 apply"]
    case.read({})
    return ["normal distributions, so lemmas 5, 12 and 13 apply"]


def _judge_normal_nowhere(case: NormalCase) -> list[str]:
    g, hidden = case.g, case.g.k - case.g.seen
    minor = {"rows": [(range(hidden), range(g.k + 1))], "columns": [range(g.d)], "multiplier": g.polynomial}
    shape = {"null": ..., "annihilator": ..., "right": [[g.polynomial, g.k]], "minors": [minor]}
    w = case.read({**shape, "steps": ..., "multiplier": ..., "terms": ...})
    _require(g.precise or bool(w["annihilator"]), "annihilator", "an annihilator is needed, and missing")
    _require(len(w["right"]) in (0, g.k), "annihilator", "the matrix on the right has another shape")
    bound, visible = case.bounds(w | {"visible_null": []})[0], case.ranks()[1]
    k = _size(w["minors"], "rows", bound, visible)
    total: Polynomial = {}
    for m in w["minors"]:
        columns = []
        for n in m["columns"]:
            shifts, turns = g.vertical(w["annihilator"], [g.one if i == n else {} for i in range(g.d)])
            columns.append([_vertical_entry(shifts, turns, w["right"], a, s) for a, s in m["rows"]])
        total = _add(total, _mul(m["multiplier"], _determinant(g.one, columns)))
    Signs(g, w["steps"]).prove(total, w)
    return [
        f"generically rank J <= {bound} and rank J_V >= {visible}",
        f"at every point the vertical rank is at least {k}: a combination of minors is positive",
        "so T splits at no admissible point (lemmas 9, 12)",
    ]


def _vertical_entry(shifts: Rows, turns: Rows, right: Rows, a: int, s: int) -> Polynomial:
    """(R m)_a for s = 0, else (R S Q) in row a and column s - 1."""
    found: Polynomial = shifts[a][0] if not s else _combined(turns[a], right[s - 1]) if right else turns[a][s - 1]
    return found


def _equations(case: NormalCase, data: Any) -> list[tuple[str, str]]:
    """Verify that the model is a linear-Gaussian network with free coefficients and variances (lemma 14)."""
    g, place = case.g, {n: i for i, n in enumerate(case.g.names)}
    number = range(g.d)
    shape = {"coefficients": [(_name, _name, number)], "intercepts": [number], "variances": [number, g.k]}
    w = _read(data, shape, "equations")
    arrows = [(a, b) for a, b, _ in w["coefficients"]]
    _require(len(set(arrows)) == len(arrows), "not-a-network", "an arrow is listed twice")
    _require_acyclic(arrows, g.names)
    used = [*w["intercepts"], *w["variances"], *(n for _, _, n in w["coefficients"])]
    free = sorted(used) == list(number) and g.n == g.d and not any(g.exponential) and not g.precise
    _require(free and len(w["intercepts"]) in (0, g.k), "not-a-network", "the parameters are not those of a network")
    symbol = [next(p for p in _units(g) if g.gradient(p) == {n: g.one}) for n in number]
    parents: list[dict[int, Polynomial]] = [{} for _ in g.names]
    for a, b, n in w["coefficients"]:
        parents[place[b]][place[a]] = symbol[n]

    def residual(u: int, column: list[Polynomial]) -> Polynomial:
        total = column[u]
        for p, a in parents[u].items():
            total = _add(total, _mul(a, column[p]), -1)
        return total

    columns = [[residual(u, column) for u in range(g.k)] for column in g.matrix]
    rows = [[column[u] for column in columns] for u in range(g.k)]
    for u in range(g.k):
        b = _mul(symbol[w["intercepts"][u]], g.below) if w["intercepts"] else {}
        good = residual(u, g.mean) == b and all(
            residual(v, rows[u]) == (_mul(symbol[w["variances"][u]], g.below) if u == v else {}) for v in range(g.k)
        )
        _require(good, "not-a-network", f"mean and covariance are not those of the network, at {g.names[u]}")
    return arrows


def _units(g: Generators) -> Iterable[Polynomial]:
    return ({tuple(int(i == k) for i in range(g.n)): 1} for k in range(g.n))


def _judge_normal_graph(case: NormalCase) -> list[str]:
    cut = CUT if case.kind == "graph-cut" else {}
    w = case.read({**cut, "equations": ...})
    arrows = _equations(case, w["equations"])
    checked = [
        f"the linear-Gaussian network with free coefficients and variances and {_arrows_shown(arrows)} (lemma 14)"
    ]
    return [*checked, *_cut_of_graph(w, case.g, arrows)] if cut else checked


NORMAL_JUDGES: dict[str, Callable[[NormalCase], list[str]]] = {
    "null-vectors": _judge_normal_null_vectors,
    "not-cylindrical": _judge_normal_against,
    "minors": _judge_normal_against,
    "conditions": _judge_normal_conditions,
    "matrix-algebra": _judge_every_normal,
    "logarithms": _judge_every_normal,
    "local-equations": _judge_normal_graph,
    "graph-cut": _judge_normal_graph,
    "kernel": _judge_normal_kernel,
    "sign": _judge_normal_nowhere,
}


def _judge_normal(data: dict[str, Any]) -> tuple[Normal, list[str]]:
    case = NormalCase(data)
    _require(case.kind in NORMAL_JUDGES, "kind", "a witness for a table or a graph")
    return case.g, NORMAL_JUDGES[case.kind](case)


# Mixtures (lemma 15).


class Ratio:
    """A quotient of polynomials; 0 exactly where its numerator is."""

    __slots__ = ("den", "num")

    def __init__(self, num: Polynomial, den: Polynomial) -> None:
        self.num, self.den = num, den

    def __bool__(self) -> bool:
        return bool(self.num)

    def __add__(self, other: Ratio) -> Ratio:
        return self._plus(other, 1)

    def __sub__(self, other: Ratio) -> Ratio:
        return self._plus(other, -1)

    def _plus(self, other: Ratio, sign: int) -> Ratio:
        if self.den == other.den or not other.num:
            return Ratio(_add(self.num, other.num, sign), self.den)
        return Ratio(_add(_mul(self.num, other.den), _mul(other.num, self.den), sign), _mul(self.den, other.den))

    def __mul__(self, other: Ratio) -> Ratio:
        return Ratio(_mul(self.num, other.num), _mul(self.den, other.den))

    def __truediv__(self, other: Ratio) -> Ratio:
        return Ratio(_mul(self.num, other.den), _mul(self.den, other.num))


# The values of a family in a class, and the measure of its densities; a categorical variable has its probabilities.
CATEGORIES, CERTAIN, RATES = "categorical", "zero", ("erlang", "exponential")
LEAVES = {"erlang": 2, "exponential": 1, "gaussian": 2, "geometric": 1, "poisson": 1, CERTAIN: 0, CATEGORIES: 0}
MEASURES = ("erlang", "exponential", "gaussian"), ("geometric", "poisson", CERTAIN), (CATEGORIES,)


def _affine(family: str, x: list[Any], dx: list[Any]) -> list[Any]:
    """The derivative of the logarithm of a density, as an affine function of s: coefficients of 1, v (and v^2)."""
    if family == CERTAIN:
        return []
    zero = x[0] - x[0]
    if family == "gaussian":
        shift, turn = dx[0] / x[1], dx[1] / (x[1] * x[1] + x[1] * x[1])
        constant = x[0] * x[0] * turn - x[0] * shift - dx[1] / (x[1] + x[1])
        return [constant, shift - x[0] * (turn + turn), turn]
    if family == "poisson":
        return [zero - dx[0], dx[0] / x[0]]
    if family == "geometric":
        return [dx[0] / x[0], zero - dx[0] / (x[0] / x[0] - x[0])]
    return [x[0] * dx[1] / x[1], zero - dx[1]] if family == "erlang" else [dx[0] / x[0], zero - dx[0]]


class Mixture(Generators):
    """A mixture: in every class a weight, and the values of every visible variable's family."""

    inside = ", and weights, variances, rates and probabilities are positive there"

    def __init__(self, data: Any) -> None:
        own = ("domain", "generators", "parameters", *_constants(data))
        fields = _read(data, dict.fromkeys((*own, "classes", "leaves"), ...), "model")
        super().__init__({k: fields[k] for k in own})
        leaves: list[tuple[str, Any]] = _read(fields["leaves"], [(_name, ...)], "leaves")
        _names([name for name, _ in leaves], "leaves")
        _require_few(leaves, most=MAX_VARIABLES)
        quotient = (self.polynomial, self.polynomial)
        classes = _read(fields["classes"], [(quotient, [[quotient]])], "classes")
        if len(classes) < 2:
            raise Malformed("schema", "classes: two or more are expected")
        given = [q for weight, own in classes for q in (weight, *(q for leaf in own for q in leaf))]
        _require(all(den for _, den in given), "zero-denominator", "a denominator is 0")
        self.classes = [(Ratio(*weight), [[Ratio(*q) for q in leaf] for leaf in own]) for weight, own in classes]
        self.leaves = [(name, self._families(name, given)) for name, given in leaves]
        if any(len(self.leaves) != len(own) for _, own in self.classes):
            raise Malformed("schema", "classes: values for each of the leaves are expected")
        self.split = [i for i, (_, kinds) in enumerate(self.leaves) if CATEGORIES in kinds]
        self.smooth = [i for i in range(len(self.leaves)) if i not in self.split]
        if prod(len(self.classes[0][1][i]) for i in self.split) * len(self.classes) > MAX_CELLS:
            raise Malformed("limit", f"more than {MAX_CELLS} classes and states of categorical variables")
        self.shapes: dict[int, list[int]] = {}  # of leaves where they differ
        for i, (name, kinds) in enumerate(self.leaves):
            values = [own[i] for _, own in self.classes]
            for family, x in zip(kinds, values, strict=True):
                if len(x) != LEAVES[family] and not (family == CATEGORIES and len(x) == len(values[0]) > 1):
                    raise Malformed("schema", f"{name}: {LEAVES[family] or 'equally many'} values are expected")
            if CATEGORIES in kinds:
                _require(all(map(self._is_one, values)), "not-distribution", f"{name}: probabilities do not sum to 1")
            self._bases(name, i, [x[0] if f == "erlang" else None for f, x in zip(kinds, values, strict=True)])
        _require(self._is_one([w for w, _ in self.classes]), "not-distribution", "the weights do not sum to 1")
        _require(bool(self.smooth), "kind", "a model with a table")

    def _families(self, name: str, data: Any) -> list[str]:
        """The family of a variable in every class: one, or a list of them, with densities for the same measure."""
        kinds = [data] * len(self.classes) if isinstance(data, str) else _read(data, [_name, len(self.classes)], name)
        if any(family not in LEAVES for family in kinds):
            raise Malformed("schema", f"leaves: the families are {', '.join(LEAVES)}")
        same = any(set(kinds) <= set(measure) for measure in MEASURES)
        _require(same, "different-bases", f"{name}: the families of the classes are about different measures")
        return kinds

    def _bases(self, name: str, i: int, given: list[Any]) -> None:
        """Shapes are numbers; beyond the least one a density has a power of v, if they are integers."""
        kinds, one = self.leaves[i][1], Fraction(1)
        constant = not any(any(key) for x in given if x is not None for part in (x.num, x.den) for key in part)
        _require(constant, "different-bases", f"{name}: the shape is no number")
        shapes = [one if x is None else sum(x.num.values()) / Fraction(sum(x.den.values())) for x in given]
        if len({k for k, family in zip(shapes, kinds, strict=True) if family in RATES}) > 1:
            whole = all(k.denominator == 1 and 1 <= k <= MAX_SHAPE for k in shapes)
            _require(whole, "different-bases", f"{name}: shapes that differ are integers from 1 to {MAX_SHAPE}")
            self.shapes[i] = [int(k) for k in shapes]

    def _is_one(self, terms: list[Ratio]) -> bool:
        return not sum(terms[1:], terms[0]) - Ratio(self.one, self.one)

    def rate(self, q: Ratio, column: list[Polynomial]) -> Ratio:
        """The derivative of a quotient along a direction."""
        above: Polynomial = {}
        for part, other, sign in ((q.num, q.den, 1), (q.den, q.num, -1)):
            for i, p in self.gradient(part).items():
                above = _add(above, _mul(_mul(p, column[i]), other), sign) if column[i] else above
        return Ratio(above, _mul(q.den, q.den) if above else self.one)

    def directed(self, column: list[Polynomial]) -> list[tuple[Any, Any]]:
        """The derivatives of weights and values along a direction."""
        return [
            (self.rate(w, column), [[self.rate(q, column) for q in leaf] for leaf in own]) for w, own in self.classes
        ]

    def about(self, *, whole: bool) -> list[str]:  # noqa: ARG002  # the signature of all models
        """The mixture in readable form."""

        def shown(q: Ratio) -> str:
            return _quotient_shown(self.shown(q.num), self.shown(q.den))

        lines = [f"a mixture of {len(self.classes)} classes, visible {', '.join(_plain(n) for n, _ in self.leaves)}"]
        for h, (weight, own) in enumerate(self.classes, 1):
            laws = [
                f"{_plain(name)} ~ {kinds[h - 1]}({', '.join(map(shown, x))})"
                for (name, kinds), x in zip(self.leaves, own, strict=True)
            ]
            lines.append(f"  class {h}, weight {shown(weight)}: {', '.join(laws)}")
        return [*lines, *self.inequalities()]


Score: TypeAlias = dict[tuple[int, int], Any]  # coefficients of the powers e of the leaves i, at (i, e); (0, 0): of 1


def _cells(g: Mixture, classes: list[Any], moved: list[Any]) -> list[tuple[int, Any, Any, Score]]:
    """Class, states of the categorical variables, weight and score of every cell; numbers or quotients."""
    cells = []
    for h, ((weight, own), (rate, rates)) in enumerate(zip(classes, moved, strict=True)):
        score, base = Score(), rate / weight
        for i in g.smooth:
            for e, a in enumerate(_affine(g.leaves[i][1][h], own[i], rates[i])):
                base, score = (base, score | {(i, e): a}) if e else (base + a, score)
        for states in product(*(range(len(own[i])) for i in g.split)):
            chance, constant = weight, base
            for i, state in zip(g.split, states, strict=True):
                chance, constant = chance * own[i][state], constant + rates[i][state] / own[i][state]
            cells.append((h, states, chance, {(0, 0): constant, **score}))
    return cells


def _difference(g: Mixture, one: Any, other: Any) -> Score:
    """The difference of the scores of two cells wherever both can be: where a leaf is 0 for certain, it is 0."""
    (h, _, _, a), (k, _, _, b) = one, other
    apart = [key for key in {**a, **b} if not key[1] or CERTAIN not in (g.leaves[key[0]][1][c] for c in (h, k))]
    zero = a[0, 0] - a[0, 0]
    return {key: a.get(key, zero) - b.get(key, zero) for key in apart}


def _three(g: Mixture, classes: list[Any], moved: list[Any]) -> dict[str, Vector]:
    """What has to be 0 for a null vector of J, of J_V and of (I - C dpi) J."""

    def alike(h: int, k: int) -> bool:
        """Whether the densities of two classes differ by a power of v alone; the shape of an Erlang leaf is one."""
        for i in g.smooth:
            (a, x), (b, y) = ((g.leaves[i][1][c], classes[c][1][i]) for c in (h, k))
            x, y = (z[-1:] if f in RATES else z for f, z in ((a, x), (b, y)))
            if (a in RATES) != (b in RATES) or (a != b and a not in RATES):
                return False
            if any(p - q for p, q in zip(x, y, strict=True)):
                return False
        return True

    cells, nested = _cells(g, classes, moved), all(CERTAIN not in (g.leaves[i][1][0]) for i in g.smooth)
    kin = [next(k for k in range(h + 1) if alike(h, k)) for h in range(len(classes))]
    seen: dict[Any, Any] = {}
    upright: Vector = []
    earlier: dict[Any, list[Any]] = {}
    for cell in cells:
        h, states, chance, score = cell
        # Where the first class can be everywhere, to be like it is all; else every class is compared with all others.
        before = earlier.setdefault(states, [])
        for other in before[:1] if nested else before:
            upright += _difference(g, cell, other).values()
        before.append(cell)
        for i in (i for i in g.shapes if g.leaves[i][1][h] in RATES):
            for _ in range(g.shapes[i][h] - 1):
                chance = chance * classes[h][1][i][-1]  # r^(k - 1) (most - 1)! / (k - 1)!
            for j in range(g.shapes[i][h], max(g.shapes[i])):
                chance = _multiple(chance, j)
        for (i, e), a in score.items():
            powers = [own[h] + (e if n == i else 0) for n, own in g.shapes.items()]
            monomial = (*powers, *((i, e) if i not in g.shapes else ()))
            old = seen.get((kin[h], states, monomial))
            seen[kin[h], states, monomial] = chance * a if old is None else old + chance * a
    whole = [a for *_, score in cells for a in score.values()]
    return {"J": whole, "J_V": list(seen.values()), "vertical": upright}


def _multiple(x: Any, n: int) -> Any:
    return Ratio({key: n * c for key, c in x.num.items()}, x.den) if isinstance(x, Ratio) else n * x


def _mixture_at(g: Mixture, values: list[Fraction]) -> list[Rows]:
    """The rows of the three matrices at a point, one list for every parameter; it has to be inside the domain."""

    def number(q: Ratio) -> Fraction:
        below = _evaluate(q.den, values)
        _require(below != 0, "zero-denominator", "a denominator is 0 at the point")
        value: Fraction = _evaluate(q.num, values) / below
        return value

    classes = [(number(w), [[number(q) for q in leaf] for leaf in own]) for w, own in g.classes]
    positive = [w for w, _ in classes]
    for h, (_, own) in enumerate(classes):
        for (_, kinds), x in zip(g.leaves, own, strict=True):
            positive += x[1:] if kinds[h] == "gaussian" else x
            positive += [1 - x[0]] if kinds[h] == "geometric" else []
    inside = all(e > 0 for e in positive)
    _require(inside, "not-positive", "a weight, variance, rate or probability is not positive at the point")
    found: list[Rows] = [[], [], []]
    for i in range(g.d):
        unit = [g.one if i == j else {} for j in range(g.d)]
        moved = [(number(w), [[number(q) for q in leaf] for leaf in own]) for w, own in g.directed(unit)]
        for rows, own in zip(found, _three(g, classes, moved).values(), strict=True):
            rows.append(own)
    return found


def _mixture_nulls(g: Mixture, values: list[Fraction], of: str, columns: list[list[Polynomial]]) -> Rows:
    """Verify null vectors; their values at the point."""
    for k, column in enumerate(columns):
        good = not any(_three(g, g.classes, g.directed(column))[of])
        _require(good, "not-null-vector", f"vector {k + 1} is no null vector of {of}")
    return [[_evaluate(p, values) for p in column] for column in columns]


def _judge_mixture_nowhere(g: Mixture, w: dict[str, Any], ranks: list[int]) -> list[str]:
    """Minors of vertical scores, quotients whose numerators are given: none is 0 where its numerator is not."""
    bound = g.d - len(w["null"])
    k = _size(w["minors"], "rows", bound, ranks[1])
    total: Polynomial = {}
    for m in w["minors"]:
        columns, below = [], g.one
        for n in m["columns"]:
            cells = _cells(g, g.classes, g.directed([g.one if i == n else {} for i in range(g.d)]))
            entries = [_vertical_part(g, cells, *row) for row in m["rows"]]
            others = [e.den for i, e in enumerate(entries) if e and e.den not in [f.den for f in entries[:i] if f]]
            common = [
                _product(g.one, [e.num, *(den for den in others if den != e.den)] if e else [{}]) for e in entries
            ]
            columns.append(common)
            below = _product(below, others)
        num, den = m["value"]
        same = bool(den) and _mul(_determinant(g.one, columns), den) == _mul(num, below)
        _require(same, "minor", "a minor does not have the value that is stated")
        total = _add(total, _mul(m["multiplier"], num))
    Signs(g, w["steps"]).prove(total, w)
    return [
        f"generically rank J <= {bound} and rank J_V >= {ranks[1]}",
        f"at every point the vertical rank is at least {k}: a combination of minors is positive",
        "so T splits at no admissible point (lemmas 9, 15)",
    ]


def _vertical_part(g: Mixture, cells: list[Any], h: int, k: int, i: int, e: int) -> Ratio:
    """The coefficient at the power e of leaf i of the difference of scores of two cells over the same states."""
    if max(h, k) >= len(cells):
        raise Malformed("schema", "rows: no such cell")
    found = _difference(g, cells[h], cells[k])
    known = cells[h][1] == cells[k][1] and (i, e) in found
    _require(known, "different-fibres", "a row is no difference of scores in states where both classes can be")
    part: Ratio = found[i, e]
    return part


def _product(one: Polynomial, factors: Iterable[Polynomial]) -> Polynomial:
    for p in factors:
        one = _mul(one, p)
    return one


MIXTURE_WITNESSES = {
    "null-vectors": ("horizontal", "vertical", "null"),
    "minors": ("null", "visible_null"),
    "conditions": ("null", "visible_null"),
    "sign": ("null",),
    "matrix-algebra": (),
    "kernel": ("visible_null",),
}


def _judge_mixture(data: dict[str, Any]) -> tuple[Mixture, list[str]]:
    claim, kind = data["claim"], data["witness"]["kind"]
    g = Mixture(claim["model"])
    values = g.point(data["interior_point"])
    _require(kind in MIXTURE_WITNESSES, "kind", "a witness for a table, a graph or a normal distribution")
    _require_point(data, g, claim["scope"] == POINT or kind in ("minors", "conditions"))
    slug, algebra = claim["statement"], kind == "matrix-algebra"
    good = not algebra or slug in ("gradient-alignment", "missing-information", "submersion")
    _require(good, "kind", f"{slug} is not proved of all mixtures")
    bounded = algebra and slug == "gradient-alignment" and claim["scope"] == POINT
    names = ("null", "visible_null") if bounded else MIXTURE_WITNESSES[kind]
    names = () if kind == "kernel" and claim["scope"] == POINT else names
    shape: dict[str, Any] = {"kind": ..., **{name: [[g.polynomial, g.d]] for name in names}}
    shape |= {"truth": ...} if kind == "conditions" else {}
    if kind == "sign":
        minor = {
            "rows": [(range(MAX_CELLS), range(MAX_CELLS), range(MAX_VARIABLES), range(3))],
            "columns": [range(g.d)],
            "multiplier": g.polynomial,
            "value": (g.polynomial,) * 2,
        }
        shape |= {"minors": [minor], "steps": ..., "multiplier": ..., "terms": ...}
    w = _read(data["witness"], shape, "witness")
    _require_few(*(w[k] for k in names), most=g.d)
    matrices = _mixture_at(g, values)
    if kind == "null-vectors":
        pairs = (("vertical", "horizontal"), ("J_V", "vertical"), ("J", "null"))
        vectors = [v for of, name in pairs for v in _mixture_nulls(g, values, of, w[name])]
        _require(len(vectors) == g.d, "empty-witness" if not vectors else "ranks", f"{len(vectors)} vectors, not {g.d}")
        _require(_rank(vectors) == g.d, "singular", "[N_H N_V N_0] is singular at the interior point")
        if claim["statement"] == "cut":
            keys = (key for name in names for column in w[name] for p in column for key in p)
            _require(not any(any(key) for key in keys), "not-constant", "the vectors are not constant")
        return g, ["null vectors as identities, nonsingular at the interior point: T splits (lemmas 2, 15)"]
    if kind == "kernel":
        rows = [[0, *row] for row in zip(*matrices[1], strict=True)]
        if not names:
            return g, _stated(claim, *_determined(g, rows), "by elimination at the point")
        vectors = _mixture_nulls(g, values, "J_V", w["visible_null"])
        return g, _judge_columns(claim, g, w["visible_null"], vectors, (_rank(matrices[1]), g.d), rows)
    if algebra and not bounded:
        return g, ["a mixture with square integrable scores, so lemmas 5 and 15 apply"]
    ranks, most = [_rank(rows) for rows in matrices], []
    for of, name in zip(("J", "J_V"), names, strict=False):
        vectors = _mixture_nulls(g, values, of, w[name])
        independent = _rank(vectors) == len(vectors)
        _require(independent, "dependent-vectors", f"null vectors of {of} are linearly dependent at the point")
        most.append(g.d - len(vectors))
    if kind == "sign":
        return g, _judge_mixture_nowhere(g, w, ranks)
    _require(ranks[:2] == most, "not-admissible", f"the ranks of J and J_V are {ranks[:2]}, the bounds {most}")
    if algebra:
        return g, [f"the point is admissible (ranks {ranks[0]}, {ranks[1]}), so lemmas 5 and 15 apply"]
    splits = kind == "conditions"
    _require(not splits or (w["truth"] is True and claim["scope"] == POINT), "kind", "conditions are true at a point")
    good = (ranks[0] == ranks[1] + ranks[2]) == splits
    _require(good, "ranks", f"the ranks at the point are {ranks}: T {'does not split' if splits else 'splits'}")
    sign = "=" if splits else "<"
    return g, [f"the point is admissible, its ranks {ranks[0]} {sign} {ranks[1]} + {ranks[2]} (lemma 15)"]


JUDGES: dict[str, Callable[[Case], list[str]]] = {
    "null-vectors": _judge_null_vectors,
    "bounds": _judge_bounds,
    "not-cylindrical": _judge_against,
    "minors": _judge_against,
    "conditions": _judge_conditions,
    "matrix-algebra": _judge_every_table,
    "logarithms": _judge_every_table,
    "local-tables": _judge_local_tables,
    "graph-cut": _judge_graph_cut,
    "graph-obstruction": _judge_graph_obstruction,
    "log-linear-cut": _judge_log_linear_cut,
    "log-linear-obstruction": _judge_log_linear_obstruction,
    "ranks": _judge_ranks,
    "kernel": _judge_kernel,
    "sign": _judge_nowhere,
}
VERSIONS = ("matrix", 3), ("classes", 4), ("states", 2)
CERTIFICATE = dict.fromkeys(("claim", "format", "interior_point", "provenance", "sha256", "version", "witness"), ...)


def _bound(data: dict[str, Any], statement: str | None) -> str:
    """Verify that claim, hash, words and kind of witness belong together; the hash of the claim."""
    claim, witness = data["claim"], data["witness"]
    version = next((v for key, v in VERSIONS if isinstance(claim, dict) and _has(claim.get("model"), key)), 1)
    if data["format"] != "symelbo-certificate" or type(data["version"]) is not int or data["version"] != version:
        raise Malformed(
            "version",
            "not a symelbo certificate of version 1, 2 (listed states), 3 (normal distributions) or 4 (mixtures)",
        )
    slug, kind = (
        part.get(key) if isinstance(part, dict) else None for part, key in ((claim, "statement"), (witness, "kind"))
    )
    if slug not in list(STATEMENTS) or kind not in [known for known, _, _, _ in PROVES]:
        raise Malformed("schema", "unknown statement, or unknown kind of witness")
    keys = ["assumptions", "model", "point", "quantifier", "scope", "statement", "verdict"]
    keys += {"identity": ["left", "right"], "ranks": ["ranks"], **KERNEL, "positivity": ["expressions"]}.get(slug, [])
    verdict, scope = (_read(claim, dict.fromkeys(keys, ...), "claim")[key] for key in ("verdict", "scope"))
    digest = hashlib.sha256(_canonical(claim).encode()).hexdigest()
    _require(data["sha256"] == digest, "hash", "the SHA-256 is not that of the claim")
    demanded = statement is None or statement == digest
    _require(demanded, "statement", f"all 64 digits are demanded, and those of this claim are {digest}")
    assumptions, _, quantifier, _ = _words(claim["model"])[slug]
    same = claim["assumptions"] == assumptions and claim["quantifier"] == quantifier
    _require(same, "words", "the assumptions or the quantifier are not those of the statement")
    known = (kind, slug, verdict, scope) in list(PROVES)
    _require(known, "kind", f"{kind} does not prove: {slug} {verdict}, scope {scope}")
    return digest


def _claimed(claim: dict[str, Any], g: Generators, *, whole: bool) -> list[str]:
    """The expressions of a claim about expressions, and the domain of their generators."""
    names = g.shown_names
    if "expressions" in claim:
        lines = [f"  {_infix(names, tree)} > 0" for tree in claim["expressions"]]
    else:
        pairs = zip(claim["left"], claim["right"], strict=True)
        lines = [f"  {_infix(names, left)} = {_infix(names, right)}" for left, right in pairs]
    model = g.about(whole=whole) if isinstance(g, Table) else ["no table", *g.inequalities()]
    return [*model, f"  claimed of expressions in {', '.join(names) or 'no generators'}:", *lines]


def _judge_table(data: dict[str, Any]) -> tuple[Table, list[str]]:
    case = Case(data)
    _require(case.kind in JUDGES, "kind", "a witness for a graph")
    return case.table, JUDGES[case.kind](case)


KINDS: tuple[tuple[str, Callable[[dict[str, Any]], tuple[Any, list[str]]]], ...]
KINDS = ("arrows", _judge_graph), ("matrix", _judge_normal), ("classes", _judge_mixture)


def _judge(text: str, statement: str | None, *, whole: bool) -> Result:
    data = _read(_parse(text), CERTIFICATE)
    digest, claim = _bound(data, statement), data["claim"]
    model: Generators | Graph
    if claim["statement"] in ("identity", "positivity"):
        model, checked = _judge_expressions(data)
        about = _claimed(claim, model, whole=whole)
    else:
        model, checked = next((judge for key, judge in KINDS if _has(claim["model"], key)), _judge_table)(data)
        about = model.about(whole=whole)
    where = SCOPES.get(claim["scope"], "")
    if claim["point"] is not None:
        where += ": " + ", ".join(f"{n} = {v}" for n, v in zip(model.shown_names, claim["point"], strict=True))
    if not isinstance(model, Graph):
        if model.real:
            checked.append(f"the domain is not empty: the interior point lies in it{model.inside}")
        else:
            where += "; assumed: that the domain is not empty (the interior point is formal)"
    slug = claim["statement"]
    assumptions, conclusion, quantifier, _ = _words(claim["model"])[slug]
    report = (
        f"statement: {slug}: {conclusion}; {quantifier}",
        f"verdict: {claim['verdict']}, scope: {claim['scope']}{where}",
        f"model: {about[0]}",
        *about[1:],
        *(f"checked: {c}" for c in checked),
        *(f"hypothesis: {a}" for a in assumptions),
        "trusted: this checker, Python, its lemmas; not the witness, not the provenance",
    )
    return Result(0, "valid", f"{slug} {claim['verdict']}, scope {claim['scope']}", digest, report)


def check(text: str, statement: str | None = None, *, whole: bool = False) -> Result:
    """Judge the text of a certificate.

    ``statement``: the SHA-256 of its claim has to be this one, all 64 digits; ``whole``: report every row of a table.
    """
    _budget.left = MAX_WORK
    try:
        return _judge(text, statement, whole=whole)
    except (Rejected, Malformed) as error:
        reason, message = error.args
        return Result(1 if isinstance(error, Rejected) else 2, reason, message)
    except (RecursionError, MemoryError, OverflowError) as error:
        return Result(2, "limit", f"beyond the limits of this machine: {type(error).__name__}")
    except Exception as error:  # a judge that fails has accepted nothing
        return Result(2, "fault", f"the checker failed: {type(error).__name__}: {error}")


def reading(text: str) -> list[str]:
    """The functions of this file that judge a certificate, line by line: what there is to read for it."""
    codes: set[CodeType] = set()
    sys.setprofile(lambda frame, event, _: codes.add(frame.f_code) if event == "call" else None)
    try:
        check(text)
    finally:
        sys.setprofile(None)
    own = [code for code in codes if code.co_filename == check.__code__.co_filename]
    used = {k for code in own for k in range(code.co_firstlineno, max(k or 0 for *_, k in code.co_lines()) + 1)}
    with open(__file__, encoding="ascii") as file:
        lines = [f"{k:5}  {line.rstrip()}".rstrip() for k, line in enumerate(file, 1) if k in used and line.strip()]
    return [*lines, f"{len(lines)} lines judge this certificate"]


def main(argv: list[str] | None = None) -> int:
    """Check files; return 0 if all are valid, 1 if one is invalid, 2 if one is malformed or over the limits."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    read, whole = "--read" in arguments, "--table" in arguments
    arguments = [a for a in arguments if a not in ("--read", "--table")]
    statement = None
    if "--statement" in arguments:
        k = arguments.index("--statement")
        statement = arguments[k + 1].lower() if k + 1 < len(arguments) else ""
        del arguments[k : k + 2]
    if not arguments or statement == "" or any(a.startswith("-") for a in arguments):
        print("usage: checker.py [--statement SHA256] [--table] [--read] FILE...", file=sys.stderr)
        return 2
    worst = 0
    for path in arguments:
        try:
            with open(path, "rb") as file:
                text = file.read(MAX_BYTES + 1).decode("ascii")
            result = check(text, statement, whole=whole)
        except UnicodeDecodeError:
            result = Result(2, "canonical", "not canonical JSON: ASCII only")
        except (OSError, ValueError) as error:
            result = Result(2, "file", str(error))
        word = ("valid", "INVALID", "MALFORMED")[result.exit]
        lines = [f"{path}: {word}: {result.reason}: {result.message}" if result.exit else f"{path}: {word}"]
        lines += [f"sha256: {result.sha256}", *result.report] if result.accepted else []
        for line in lines:
            print(ascii(line)[1:-1])
        if read and result.accepted:
            print(*reading(text), sep="\n")
        worst = max(worst, result.exit)
    return worst


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        os._exit(141)
    except OSError as error:  # of the output: files that cannot be read are malformed
        os.write(2, f"the output cannot be written: {error.strerror}\n".encode())
        os._exit(2)
    sys.exit(code)
