"""Every classical defective Segre and Veronese variety of at most 100 visible states: verdict and certificate.

    python -m tests.benchmarks.defective

Latent classes are secants of Segre varieties, counts of equal draws those of Veronese varieties, counts of two kinds of
draws those of Segre-Veronese varieties.  Defective are (Alexander, Hirschowitz 1995; Catalisano, Geramita, Gimigliano
2002, 2005; Abo, Ottaviani, Peterson 2009; Abo, Brambilla 2013):

* unbalanced Segre: leaves a_1, ..., a_k, c and prod a_i - sum (a_i - 1) < s < min(prod a_i, c) classes (tables of two
  leaves are the case k = 1);
* 3 x m x m, m odd, (3 m - 1) / 2 classes; 2 x 2 x m x m, 2 m - 1 classes; 3 x 4 x 4 with 5;
* quadrics in n variables, 1 < s < n; quartics in 3, 4, 5 variables with 5, 9, 14; cubics in 5 variables with 7;
* O(2, 2 k) on P^n x P^1, k (n + 1) < s < (k + 1)(n + 1).

A line for each: seconds of processor time from the model to a certificate that the independent checker has accepted.
"""

import sys
import time
from collections.abc import Iterator
from math import comb, prod

import symelbo as se
from symelbo import checker
from symelbo.geometry import generic_ranks
from tests.certificates.build import counts, latent_classes

MOST = 100


def leaves(product: int, least: int = 2) -> Iterator[tuple[int, ...]]:
    """Numbers of values in increasing order, with a product that is not larger."""
    for n in range(least, product + 1):
        yield (n,)
        yield from ((n, *more) for more in leaves(product // n, n))


def segre() -> Iterator[tuple[int, ...]]:
    """Classes, and values of the leaves."""
    yield from (((3 * m - 1) // 2, 3, m, m) for m in (3, 5))
    yield from ((2 * m - 1, 2, 2, m, m) for m in (2, 3, 4, 5))
    yield 5, 3, 4, 4
    for few in leaves(MOST // 2):
        total, least = prod(few), prod(few) - sum(n - 1 for n in few)
        for c in range(max(2, few[-1], least), MOST // total + 1):
            yield from ((s, *few, c) for s in range(max(least, 1) + 1, min(total, c)))


def veronese() -> Iterator[tuple[int, int, int]]:
    """Values, draws, and classes."""
    yield from ((n, 2, s) for n in range(3, MOST) if comb(n + 1, 2) <= MOST for s in range(2, n))
    yield from [(3, 4, 5), (4, 4, 9), (5, 4, 14), (5, 3, 7)]


def segre_veronese() -> Iterator[tuple[int, int, int]]:
    """Classes, n + 1 and k: two draws of one of n + 1 values, 2 k of one of two."""
    for k in range(1, MOST):
        for n in range(2, MOST):
            if comb(n + 1, 2) * (2 * k + 1) <= MOST:
                yield from ((s, n, k) for s in range(k * n + 1, (k + 1) * n))


def cases() -> Iterator[tuple[str, se.Parametrization]]:
    """Name and model."""
    yield from ((f"{s} classes, {k} draws of {n} values", counts(s, (n, k))) for n, k, s in veronese())
    for s, n, k in segre_veronese():
        yield f"{s} classes, 2 draws of {n} values and {2 * k} of 2", counts(s, (n, 2), (2, 2 * k))
    yield from ((f"{c[0]} classes, leaves {' x '.join(map(str, c[1:]))}", latent_classes(*c)) for c in segre())


def main() -> None:
    """Print the table."""
    se.is_cylindrical(latent_classes(2, 2, 2))  # what is imported when first used is not measured
    times = {}
    for name, model in cases():
        start = time.process_time()
        verdict = se.is_cylindrical(model)
        certificate = verdict.certificate.to_json() if isinstance(verdict, se.Refuted) else ""
        times[name] = time.process_time() - start
        accepted = bool(certificate) and checker.check(certificate).accepted
        found = generic_ranks(model).visible
        lost = min(len(model.parameters), model.space.n_visible - 1) - found
        states = f"{model.space.n_visible} visible states, dim M_V = {found}, {lost} less"
        said = f"{verdict.kind} {verdict.scope}, {'accepted' if accepted else 'NO CERTIFICATE'}"
        print(f"{name}: {states}; {said}; {times[name]:.2f} s", flush=True)
    longest = max(times, key=times.__getitem__)
    print(f"{len(times)} cases: median {sorted(times.values())[len(times) // 2]:.2f} s, longest {times[longest]:.2f} s")
    print(f"({longest}); {sum(t > 1 for t in times.values())} above 1 s")


if __name__ == "__main__":
    sys.exit(main())
