"""Section 6.4, the optional entry `conormal`: forms that vanish on the visible tangent space."""

from itertools import combinations
from math import comb

from flint import fmpq, fmpq_mat

from tests.second_checker.models import rank
from tests.second_checker.reading import demand, integer, items, keys, numbers


def forms(table, data):
    """The number of independent forms of all tensors together."""
    found = []
    for tensor in items(data):
        found += of_tensor(table, *keys(tensor, "koszul", "scale", "states"))
    demand(len(data) <= table.d, "schema")
    return rank(found, table.V)


def of_tensor(table, koszul, scale, states):
    scale = numbers(scale, table.V)
    demand(items(states) and items(states[0]) and items(states[0][0]), "schema")
    a, b, c = len(states), len(states[0]), len(states[0][0])
    p = integer(koszul, 0, min(6, a - 1))
    at = [[[integer(v, 0, table.V - 1) for v in items(row, c)] for row in items(slab, b)] for slab in states]
    H = exponents(table, scale, at)
    total = [sum((table.weight(*table.weights[x]) for x in fibre), fmpq(0)) for fibre in table.fibres]
    rows = [(S, j) for S in combinations(range(a), p) for j in range(b)]
    columns = [(S, k) for S in combinations(range(a), p + 1) for k in range(c)]
    entries = {}  # of F: the sign and the visible state, by row and column
    for m, (S, j) in enumerate(rows):
        for n, (bigger, k) in enumerate(columns):
            if set(S) < set(bigger):
                (i,) = set(bigger) - set(S)
                entries[m, n] = (-1) ** bigger.index(i), at[i][j][k]
    F = fmpq_mat(len(rows), len(columns))
    for (m, n), (sign, v) in entries.items():
        F[m, n] = sign * scale[v] * total[v]
    demand(F.rank() == H * comb(a - 1, p), "conormal")
    found = []
    for u in kernel(F.transpose()):
        for y in kernel(F):
            form = [fmpq(0)] * table.V
            for (m, n), (sign, v) in entries.items():
                if u[m] and y[n]:
                    form[v] += sign * scale[v] * u[m] * y[n]
            found.append(form)
    return found


def exponents(table, scale, at):
    """Each state above the entries is a product a_i b_j c_k; how many states each fibre has."""
    places = [(i, j, k) for i, slab in enumerate(at) for j, row in enumerate(slab) for k in range(len(row))]
    heights = {len(table.fibres[at[i][j][k]]) for i, j, k in places}
    demand(len(heights) == 1, "conormal")
    (H,) = heights
    for h in range(H):

        def entry(i, j, k, h=h):
            return table.weights[table.fibres[at[i][j][k]][h]]

        def powers(*several):
            total = {}
            for _, own in several:
                for f, e in own.items():
                    total[f] = total.get(f, 0) + e
            return {f: e for f, e in total.items() if e}

        demand(len({str(scale[at[i][j][k]] * entry(i, j, k)[0]) for i, j, k in places}) == 1, "conormal")
        corner = entry(0, 0, 0)
        for i, j, k in places:
            sides = powers(entry(i, 0, 0), entry(0, j, 0), entry(0, 0, k))
            demand(powers(entry(i, j, k), corner, corner) == sides, "conormal")
    return H


def kernel(matrix):
    """A basis of the null vectors."""
    reduced, size = matrix.rref()
    rows = reduced.tolist()[:size]
    pivots = [next(n for n, e in enumerate(row) if e) for row in rows]
    basis = []
    for free in sorted(set(range(matrix.ncols())) - set(pivots)):
        vector = [fmpq(0)] * matrix.ncols()
        vector[free] = fmpq(1)
        for row, pivot in zip(rows, pivots, strict=True):
            vector[pivot] = -row[free]
        basis.append(vector)
    return basis
