"""Certificates as theorems for Coq 8.16.

A file on a model has its table of polynomials and the data of a certificate; its theorems apply the general theory
(``symelbo/theory``, on mathcomp), each to one computation with normal forms of polynomials or with rational numbers.
They hold over every ordered field:

* cylindrical: S3 and S8 at every positive point where the stated directions span T, or at one point;
* not cylindrical: at a rational point S3 and S8 fail, and S9; its ranks are the largest of all regular points; the two
  gradients of a stated q are what they are; where a minor is positive, S3 fails wherever rank J_V is generic;
* locality: the Fisher metric of a Bayesian network is block diagonal over the rows of its tables, with known blocks.

Files on expressions are self-contained over Q: equal wherever the denominators are not 0, or different at a point, by
``ring`` and ``field``, past ``LIMITS.coq_field_terms`` terms by reflection; positive, by sums of products of
known ones.

Each theorem with hypotheses has a companion that satisfies them; each is followed by ``Print Assumptions``.
"""

from symelbo.certificates.coq.gate import compile_theory, coq_gate
from symelbo.certificates.coq.sources import coq_source, theory_files

__all__ = ["compile_theory", "coq_gate", "coq_source", "theory_files"]
