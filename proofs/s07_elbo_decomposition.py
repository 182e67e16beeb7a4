"""S7, evidence = ELBO + gap.

Claim. For all p, q in P(X): D(q||p) = D(q_V||p_V) + GAP(q, p) with GAP = sum_v q_V(v) D(q(.|v) || p(.|v)), and
log p_V(v) - ELBO(q, p; v) = D(q(.|v) || p(.|v)).

Why. log q(h|v) = log q(v, h) - log q_V(v), and likewise for p: the coefficients of all logarithms agree.

Here the verdict compares those coefficients; a second look evaluates both sides to 50 digits at a random pair.

False neighbour. Without the weights q_V(v) in the gap the identity fails.
"""

import random

import mpmath

import symelbo as se


def divergence(q: list[mpmath.mpf], p: list[mpmath.mpf]) -> mpmath.mpf:
    """D(q||p), for positive vectors that need not be normalised."""
    return mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(q, p, strict=True))


def main() -> bool:
    """Check S7 as an identity and in numbers."""
    verdict = se.verify(se.model_b(), "S7")
    print(f"S7 on M(b): {verdict}")
    rng = random.Random(7)
    with mpmath.workdps(50):

        def draw() -> list[mpmath.mpf]:
            weights = [mpmath.mpf(rng.randint(1, 1000)) for _ in range(8)]
            return [w / mpmath.fsum(weights) for w in weights]

        p, q = draw(), draw()
        fibres = [range(2 * v, 2 * v + 2) for v in range(4)]
        p_v, q_v = ([mpmath.fsum(d[x] for x in f) for f in fibres] for d in (p, q))
        local = [divergence([q[x] / q_v[v] for x in f], [p[x] / p_v[v] for x in f]) for v, f in enumerate(fibres)]
        error = abs(divergence(q, p) - divergence(q_v, p_v) - mpmath.fdot(q_v, local))
        unweighted = abs(divergence(q, p) - divergence(q_v, p_v) - mpmath.fsum(local))
        print(f"difference of the two sides at 50 digits: {mpmath.nstr(error, 3)}")
        print(f"False neighbour, without weights: {mpmath.nstr(unweighted, 3)}")
        return isinstance(verdict, se.Proved) and error < mpmath.mpf(10) ** -45 and unweighted > 0.01


if __name__ == "__main__":
    raise SystemExit(se.run_proof(main, se.model_b(), "S7"))
