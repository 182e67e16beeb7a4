"""Certificates as theorems for Coq 8.16: a self-contained file over Q, without axioms.

A file has a table of polynomials (types of states and parameters, weights, derivatives of the generators), a theory
that is the same in every file (derivatives, sums, horizontal and vertical vectors, gradients, ranks), and theorems:

* derivatives are derivatives, the probabilities sum to 1 and are positive at a point;
* cylindrical: T = (T n H) + (T n V) wherever the stated directions span T, and then for every q the gradient of
  D(q||.) seen in P(V) is the gradient of D(q_V||.) on the visible model;
* not cylindrical: T does not split at a rational point; the point is admissible: no regular point has larger ranks;
  for a stated q all solutions of the normal equations give two different vectors in P(V), whose coordinates are stated;
* locality: the Fisher metric of a Bayesian network is block diagonal over the rows of its tables, with known blocks;
* on demand, what the general theory (``proofs/theory``, on mathcomp) says of the model at the point, over any ordered
  field: S3 and S8, or that it does not split and S9; such a file is compiled with ``-R proofs/theory Symelbo``;
* identities: both sides are equal wherever their denominators are not 0, or different at a point.

Polynomial identities are proved by ``ring``, past :data:`RING_LIMIT` terms by reflection
over ``Ring_polynom``; identities with denominators by ``field``; numbers at a point by computation.  Each theorem with
hypotheses has a companion that satisfies them; each is followed by ``Print Assumptions``.  Compile by ``coqc FILE.v``.
"""

from symelbo.certificates.coq.cylinder import RING_LIMIT
from symelbo.certificates.coq.gate import coq_gate
from symelbo.certificates.coq.sources import STATE_LIMIT, coq_source

__all__ = ["RING_LIMIT", "STATE_LIMIT", "coq_gate", "coq_source"]
