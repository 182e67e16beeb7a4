"""M(b) from sympy input to G, G_V, Delta and the verdict, all written out: symelbo against sympy's DomainMatrix.

    python -m tests.benchmarks.spine

The reference works over QQ(theta) throughout and is given every advantage: polynomials are differentiated in the ring,
zeros are skipped, G is inverted by its blocks, W is written down from p_V (so that G_V is never inverted), and nothing
is ever factored or simplified.  Both sides start from the same table of sympy expressions and both are timed
as the best of several runs, each with a new model and nothing kept.  On our side what a person calls is timed: public
functions, the text of their matrices, the exact ranks that decide; and besides with the certificate of the verdict.
"""

import time

import sympy
from rich.console import Console
from rich.table import Table
from sympy.polys.matrices import DomainMatrix

import symelbo as se
from tests.translation import CUBE_B, PAPER_SPACE, TABLE_B, Y1, Y2, Z1, Z2, X

PARAMETERS = [X, Y1, Y2, Z1, Z2]
REPEATS = 5


def by_symelbo():
    """G, G_V, Delta and whether the model is cylindrical, as called and printed by a person."""
    model = se.Parametrization(PAPER_SPACE, TABLE_B, PARAMETERS, CUBE_B)
    matrices = se.fisher_metric(model), se.visible_fisher_metric(model), se.defect(model)
    assert all(map(str, matrices))
    return *matrices, se.ranks(model).cylindrical


def by_symelbo_with_certificate():
    """The same with a counterexample in small numbers and the judged certificate of the verdict."""
    model = se.Parametrization(PAPER_SPACE, TABLE_B, PARAMETERS, CUBE_B)
    matrices = se.fisher_metric(model), se.visible_fisher_metric(model), se.defect(model)
    assert all(map(str, matrices))
    return *matrices, isinstance(se.is_cylindrical(model), se.Proved)


def by_domain_matrix():
    """The same with sympy alone, over the fraction field QQ(theta)."""
    ring = sympy.QQ[tuple(PARAMETERS)]
    field = ring.get_field()
    polynomials = [ring.from_sympy(sympy.expand(TABLE_B[s])) for s in PAPER_SPACE.states]
    p = [field.from_sympy(ring.to_sympy(f)) for f in polynomials]
    J = [[field.convert_from(f.diff(g), ring) for g in ring.gens] for f in polynomials]
    fibres = [list(f) for f in PAPER_SPACE.fibration]
    p_v = [sum((p[x] for x in f), field.zero) for f in fibres]
    J_v = [[sum((J[x][i] for x in f), field.zero) for i in range(len(PARAMETERS))] for f in fibres]

    def gram(rows, weights):
        d = len(PARAMETERS)
        entries = [[field.zero] * d for _ in range(d)]
        for i in range(d):
            for j in range(i, d):
                total = field.zero
                for row, w in zip(rows, weights, strict=True):
                    if row[i] and row[j]:
                        total = total + row[i] * row[j] / w
                entries[i][j] = entries[j][i] = total
        return DomainMatrix(entries, (d, d), field)

    G, G_v = gram(J, p), gram(J_v, p_v)
    visible = DomainMatrix(J_v, (len(fibres), len(PARAMETERS)), field)
    assert visible.rank() == len(fibres) - 1
    U = visible * inverse_by_blocks(G, field) * visible.transpose()
    W = [[(p_v[v] if v == w else field.zero) - p_v[v] * p_v[w] for w in range(len(p_v))] for v in range(len(p_v))]
    delta = DomainMatrix(W, (len(p_v), len(p_v)), field) - U
    return G, G_v, delta, not any(any(row) for row in delta.to_list())


def by_domain_matrix_printed():
    """The same as a person sees it."""
    *matrices, cylindrical = by_domain_matrix()
    assert all(str(m.to_Matrix()) for m in matrices)
    return *matrices, cylindrical


def inverse_by_blocks(G, field):
    """The inverse of a diagonal matrix entry by entry, of any other by elimination."""
    d = G.shape[0]
    entries = G.to_list()
    if any(entries[i][j] for i in range(d) for j in range(d) if i != j):
        return G.to_field().inv()
    inverted = [[1 / entries[i][i] if i == j else field.zero for j in range(d)] for i in range(d)]
    return DomainMatrix(inverted, (d, d), field)


def best_times(runs, repeats=REPEATS):
    """The shortest of several runs of each, in seconds of processor time; they take turns, a busy moment hits all."""
    best = [float("inf")] * len(runs)
    for _ in range(repeats):
        for k, run in enumerate(runs):
            start = time.process_time()
            run()
            best[k] = min(best[k], time.process_time() - start)
    return best


def agree():
    """Whether both sides found the same matrices and the same verdict."""
    ours, theirs = by_symelbo(), by_domain_matrix()
    same = all(
        isinstance(se.check_equal(a, b.to_Matrix()), se.Proved) for a, b in zip(ours[:3], theirs[:3], strict=True)
    )
    return same and ours[3] is theirs[3] is False


def ratios():
    """How many times longer sympy's DomainMatrix takes, with its matrices printed and without.

    symelbo prints its own, and certifies the verdict.
    """
    runs = [by_symelbo_with_certificate, by_domain_matrix_printed, by_domain_matrix]
    ours, printed, plain = best_times(runs, 3)
    return printed / ours, plain / ours


def main():
    runs = {
        "symelbo, printed": by_symelbo,
        "symelbo, printed, with counterexample and certificate": by_symelbo_with_certificate,
        "sympy DomainMatrix over QQ(theta), not printed": by_domain_matrix,
        "sympy DomainMatrix over QQ(theta), printed": by_domain_matrix_printed,
    }
    times = dict(zip(runs, best_times(list(runs.values())), strict=True))
    table = Table(title="M(b): G, G_V, Delta and the verdict from sympy input")
    table.add_column("")
    table.add_column("best of 5", justify="right")
    table.add_column("times symelbo", justify="right")
    for name, seconds in times.items():
        table.add_row(name, f"{1000 * seconds:.1f} ms", f"{seconds / next(iter(times.values())):.1f}")
    Console().print(table)
    print("same matrices and verdict:", agree())


if __name__ == "__main__":
    main()
