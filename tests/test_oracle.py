"""The oracle against itself: the exact facts of theory.md (sections 1 to 5) on the paper's models and random ones."""

import itertools
import math
import random
from fractions import Fraction
from functools import cache

import mpmath
import networkx as nx
import pytest
import sympy

from tests.oracle import (
    DIGITS,
    KINDS,
    Oracle,
    RandomModel,
    apply,
    characteristic_polynomial,
    decimal,
    diagonal,
    divergence,
    dot,
    exponential_values,
    identity,
    intersection,
    inverse,
    is_positive_semidefinite,
    is_zero,
    normalised_values,
    nullspace,
    product,
    pseudo_inverse,
    random_bayesian_network,
    random_distribution,
    random_model,
    rank,
    ranks_of,
    rational,
    solve,
    subtract,
    transpose,
    values_from_table,
)

SEEDS = range(60)  # of every kind, for the equivalence of the seven conditions
FEW = range(8)  # of every kind, for the other identities

every_kind = pytest.mark.parametrize("kind", KINDS)


@cache
def model_of(kind: str, seed: int) -> RandomModel:
    if kind == "bayesian_network":
        return random_bayesian_network(seed, max_states=12, max_parameters=9)
    return random_model(kind, seed)


@cache
def oracle_of(kind: str, seed: int) -> Oracle:
    return model_of(kind, seed).oracle()


def negative(vector):
    return [-e for e in vector]


def difference(a, b):
    return [x - y for x, y in zip(a, b, strict=True)]


# ---- the paper's two models: visible y, z in the order 11, 10, 01, 00, then hidden x = 1, 0 ----------------------

x, y, z, y1, y2, z1, z2 = sympy.symbols("x y z y1 y2 z1 z2")
STATES = [(b, c, a) for a in "10" for b in "10" for c in "10"]


def bernoulli(label, t):
    return t if label == "1" else 1 - t


TABLE_A = {(b, c, a): bernoulli(a, x) * bernoulli(b, y) * bernoulli(c, z) for b, c, a in STATES}
TABLE_B = {
    (b, c, a): bernoulli(a, x) * bernoulli(b, y1 if a == "1" else y2) * bernoulli(c, z1 if a == "1" else z2)
    for b, c, a in STATES
}
POINTS_B = [
    (Fraction(1, 2), Fraction(1, 2), Fraction(1, 3), Fraction(1, 2), Fraction(1, 3)),
    (Fraction(1, 3), Fraction(2, 5), Fraction(3, 7), Fraction(1, 5), Fraction(5, 6)),
    (Fraction(9, 10), Fraction(1, 10), Fraction(1, 10), Fraction(1, 3), Fraction(3, 4)),  # y1 = y2: still admissible
    (Fraction(1, 7), Fraction(2, 3), Fraction(1, 9), Fraction(1, 4), Fraction(1, 4)),  # z1 = z2: still admissible
]


def model_a(*point):
    return Oracle.from_table(STATES, 2, TABLE_A, [x, y, z], dict(zip([x, y, z], point, strict=True)))


def model_b(*point):
    parameters = [x, y1, y2, z1, z2]
    return Oracle.from_table(STATES, 2, TABLE_B, parameters, dict(zip(parameters, point, strict=True)))


@pytest.mark.parametrize(
    "point", [(Fraction(1, 2), Fraction(1, 2), Fraction(1, 2)), (Fraction(1, 3), Fraction(2, 7), Fraction(4, 5))]
)
def test_model_a_is_cylindrical_with_ranks_3_2_1(point):
    o = model_a(*point)
    assert o.visible_states == [("1", "1"), ("1", "0"), ("0", "1"), ("0", "0")]
    assert o.ranks == (3, 2, 1)
    assert o.dimensions == (3, 2, 1, 0)
    assert is_zero(o.Delta)
    assert set(o.conditions.values()) == {True}


@pytest.mark.parametrize("point", POINTS_B)
def test_model_b_has_ranks_5_3_3_and_defect_kappa_e_e(point):
    o = model_b(*point)
    a, b1, b2, c1, c2 = point
    kappa = a * b1 * (1 - b1) * c1 * (1 - c1) + (1 - a) * b2 * (1 - b2) * c2 * (1 - c2)
    e = [1, -1, -1, 1]
    assert o.ranks == (5, 3, 3)
    assert o.dimensions == (5, 2, 2, 1)
    assert o.Delta == [[kappa * s * t for t in e] for s in e]
    assert set(o.conditions.values()) == {False}


def test_the_counterexample_in_small_numbers():
    o = model_b(*POINTS_B[0])
    q = [Fraction(1, 8)] * 8
    assert o.Delta[0][0] == Fraction(145, 2592)
    assert o.negative_gradient_q(q).projected == [Fraction(1, 18), Fraction(1, 36), Fraction(1, 36), Fraction(-1, 9)]
    assert o.negative_gradient_visible([Fraction(1, 4)] * 4).tangent == [
        Fraction(5, 72),
        Fraction(1, 72),
        Fraction(1, 72),
        Fraction(-7, 72),
    ]


def test_the_equality_survives_in_model_b_exactly_for_objectives_orthogonal_to_e():
    o = model_b(*POINTS_B[1])
    for covector, survives in (([2, 3, 5, 6], True), ([2, 3, 5, 7], False)):
        u = o.natural_gradient(o.pull_back(covector)).projected
        assert (u == o.visible_natural_gradient(covector).tangent) is survives


def test_model_b_is_inadmissible_exactly_where_y1_is_y2_and_z1_is_z2():
    grid = (Fraction(1, 4), Fraction(1, 2), Fraction(2, 3))
    for point in itertools.product((Fraction(1, 3),), grid, grid, grid, grid):
        o = model_b(*point)
        admissible = point[1] != point[2] or point[3] != point[4]
        assert (o.ranks.joint, o.ranks.visible) == (5, 3 if admissible else 2)
        # admissibility cannot be dropped: T splits at the inadmissible points
        assert o.condition_b is not admissible


def test_the_fisher_volume_of_model_b_is_a_product_of_betas():
    a, b1, b2, c1, c2 = POINTS_B[1]
    (*_, constant) = characteristic_polynomial(model_b(a, b1, b2, c1, c2).G)
    bernoullis = math.prod(t * (1 - t) for t in (b1, b2, c1, c2))
    assert -constant == a * (1 - a) / bernoullis  # det G; sqrt gives Beta(3/2,3/2) and four Beta(1/2,1/2)


# ---- linear algebra ---------------------------------------------------------------------------------------------


def random_matrix(rng, m, n, r):
    left = [[Fraction(rng.randint(-3, 3), rng.randint(1, 3)) for _ in range(r)] for _ in range(m)]
    return product(left, [[Fraction(rng.randint(-3, 3)) for _ in range(n)] for _ in range(r)])


@pytest.mark.parametrize("seed", FEW)
def test_linear_algebra_agrees_with_sympy(seed):
    rng = random.Random(seed)
    A = random_matrix(rng, rng.randint(2, 4), rng.randint(2, 4), rng.randint(1, 3))
    S = sympy.Matrix([[sympy.Rational(e.numerator, e.denominator) for e in row] for row in A])
    assert rank(A) == S.rank()
    assert len(nullspace(A)) == len(A[0]) - rank(A)
    assert all(not any(apply(A, v)) for v in nullspace(A))
    K = product(A, transpose(A))
    assert characteristic_polynomial(K) == [rational(c) for c in (S * S.T).charpoly().all_coeffs()]
    assert is_positive_semidefinite(K)
    assert not is_positive_semidefinite(subtract(K, diagonal([K[0][0] + 1] + [Fraction(0)] * (len(K) - 1))))
    x = [[Fraction(rng.randint(-3, 3))] for _ in A[0]]
    assert product(A, solve(A, product(A, x))) == product(A, x)


@pytest.mark.parametrize("seed", FEW)
def test_the_pseudo_inverse_satisfies_the_four_equations_of_penrose(seed):
    rng = random.Random(seed)
    A = random_matrix(rng, rng.randint(1, 4), rng.randint(1, 4), rng.randint(1, 3))
    P = pseudo_inverse(A)
    AP, PA = product(A, P), product(P, A)
    assert product(AP, A) == A
    assert product(PA, P) == P
    assert transpose(AP) == AP
    assert transpose(PA) == PA


def test_linear_algebra_at_the_edges():
    zero = [[Fraction(0), Fraction(0)]]
    assert pseudo_inverse(zero) == [[Fraction(0)], [Fraction(0)]]
    assert intersection([], [[Fraction(1)]]) == []
    assert intersection([[Fraction(1), Fraction(0)]], [[Fraction(0), Fraction(1)]]) == []
    assert rank(intersection(identity(3)[:2], identity(3)[1:])) == 1
    with pytest.raises(ArithmeticError):
        solve(zero, [[Fraction(1)]])
    with pytest.raises(ValueError, match="symmetric"):
        is_positive_semidefinite([[Fraction(1), Fraction(1)], [Fraction(0), Fraction(1)]])
    with pytest.raises(TypeError, match="exact"):
        rational(0.5)


# ---- the random models ------------------------------------------------------------------------------------------


@every_kind
def test_random_models_are_models_and_their_point_is_interior(kind):
    for seed in FEW:
        m, o = model_of(kind, seed), oracle_of(kind, seed)
        first, second = random_model(kind, seed), random_model(kind, seed)
        assert (first.table, first.point) == (second.table, second.point)
        assert all(relation.subs(m.point) == sympy.true for relation in m.domain)
        assert list(m.table) == m.states == list(o.states)
        assert set().union(*(e.free_symbols for e in m.table.values())) <= set(m.parameters)
        assert set(m.point) == set(m.parameters)
        assert m.visible
        assert m.hidden
        if not m.weights:  # Oracle has checked sum p = 1 at the point, this checks it as a polynomial
            assert sympy.cancel(sum(m.table.values())) == 1


def test_weights_normalised_tables_and_exponentials_give_the_same_values():
    for seed in FEW:
        m = model_of("rational", seed)
        Z = sum(m.table.values())
        table = {s: e / Z for s, e in m.table.items()}
        again = Oracle.from_table(m.states, m.n_visible, table, m.parameters, m.point)
        assert (again.p, again.J) == (oracle_of("rational", seed).p, oracle_of("rational", seed).J)
        for kind in ("exponential", "log_linear"):
            m = model_of(kind, seed)
            p, J = exponential_values(m.statistics, [m.exponentials[t] for t in m.parameters], m.base)
            assert (p, J) == (oracle_of(kind, seed).p, oracle_of(kind, seed).J)
            assert Oracle.from_values(p, J, m.states, m.n_visible).ranks == oracle_of(kind, seed).ranks


# ---- S4 and the defect ------------------------------------------------------------------------------------------


@every_kind
def test_the_seven_conditions_are_equivalent(kind):
    verdicts = {True: 0, False: 0}
    for seed in SEEDS:
        conditions = oracle_of(kind, seed).conditions
        assert len(set(conditions.values())) == 1, (kind, seed, conditions)
        verdicts[conditions["a"]] += 1
    assert verdicts[True] >= 3
    assert verdicts[False] >= 10 or kind == "cut"


@every_kind
def test_the_defect_is_nonnegative_of_rank_r_v_plus_r_vert_minus_r(kind):
    for seed in SEEDS:
        o = oracle_of(kind, seed)
        r, r_V, r_vert = o.ranks
        assert is_positive_semidefinite(o.Delta)
        assert rank(o.Delta) == r_V + r_vert - r == o.dimensions.oblique
        assert o.dimensions == (r, r - r_vert, r - r_V, r_V + r_vert - r)


@every_kind
def test_with_r_v_full_the_visible_gradient_needs_no_g_v(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        if o.ranks.visible == len(o.p_V) - 1:
            assert subtract(diagonal(o.p_V), [[a * b for b in o.p_V] for a in o.p_V]) == o.W


@every_kind
def test_tangent_quantities_do_not_depend_on_the_parametrisation(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        rng = random.Random(seed)
        d = len(o.J[0])
        redundant = [[*row, Fraction(rng.randint(-2, 2))] for row in identity(d)]
        other = Oracle.from_values(o.p, product(o.J, redundant), o.states, o.n_visible)
        assert (other.U, other.W, other.ranks) == (o.U, o.W, o.ranks)
        assert other.tangent_projection == o.tangent_projection


@every_kind
def test_generic_and_admissible_verdicts_agree(kind):
    for seed in FEW:
        m, o = model_of(kind, seed), oracle_of(kind, seed)
        generic = m.generic_ranks
        assert all(here <= there for here, there in zip(o.ranks, generic, strict=True))
        if m.is_admissible(o) and generic.joint == generic.visible + generic.vertical:
            assert o.is_cylindrical


def test_without_admissibility_pointwise_and_generic_verdicts_differ_both_ways():
    pairs = set()
    for seed in (15, 20, 48):  # two equal conditional rows in a mixture of two products
        m, o = model_of("mixture", seed), oracle_of("mixture", seed)
        generic = m.generic_ranks
        assert not m.is_admissible(o)
        pairs.add((o.is_cylindrical, generic.joint == generic.visible + generic.vertical))
    assert {(True, False), (False, True)} <= pairs


def test_the_rank_of_the_defect_can_drop_at_an_admissible_point():
    m, o = model_of("mixture", 8), oracle_of("mixture", 8)  # two values of c have the same likelihood ratio
    assert m.is_admissible(o)
    assert m.generic_ranks == (9, 5, 6)
    assert o.ranks == (9, 5, 5)
    assert rank(o.Delta) == 1


# ---- S1, S2, S5, S6: gradients and the submersion -----------------------------------------------------------------


@every_kind
def test_the_projected_gradient_never_opposes_the_visible_one(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        rng = random.Random(seed)
        for _ in range(3):
            covector = [Fraction(rng.randint(-3, 3)) for _ in o.p_V]
            gradient = o.natural_gradient(o.pull_back(covector))
            u, w = gradient.projected, o.visible_natural_gradient(covector).tangent
            assert o.visible_inner(u, w) == o.inner(gradient.tangent, gradient.tangent)
            assert any(gradient.tangent) == any(u) == any(w)
            assert u == apply(o.U, covector)
            assert w == apply(o.W, covector)


@every_kind
def test_u_is_b_w_with_the_squared_cosines_as_eigenvalues_and_kantorovich_bounds_the_angle(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        if not o.ranks.visible:
            continue
        # B = dpi (dpi|T)^*: in a basis of T_V, from U = B W
        basis = [list(column) for column in transpose(o.J_V)]
        basis = [basis[j] for j in range(len(basis)) if rank(basis[: j + 1]) > (rank(basis[:j]) if j else 0)]
        E = transpose(basis)
        gram = product(transpose(E), o.visible_metric, E)
        # w = E c has covector D_V w up to W, because W D_V is the projection onto T_V
        B = solve(E, product(o.U, o.visible_metric, E))
        assert product(o.W, o.visible_metric, E) == E
        self_adjoint = product(gram, B)
        assert transpose(self_adjoint) == self_adjoint
        n = len(basis)
        nonzero = characteristic_polynomial(o.pencil)
        assert nonzero[: n + 1] == characteristic_polynomial(B)
        assert not any(nonzero[n + 1 :])
        with mpmath.workdps(DIGITS):
            lower = mpmath.cholesky(mpmath.matrix([[decimal(e) for e in row] for row in gram]))
            inverse_lower = lower**-1
            symmetric = mpmath.matrix([[decimal(e) for e in row] for row in self_adjoint])
            smallest = min(mpmath.eigsy(inverse_lower * symmetric * inverse_lower.T, eigvals_only=True))
            bound = 2 * mpmath.sqrt(smallest) / (1 + smallest)
            rng = random.Random(seed)
            for _ in range(3):
                w = apply(E, [Fraction(rng.randint(-3, 3)) for _ in range(n)])
                u = apply(o.U, apply(o.visible_metric, w))
                if any(w):
                    squares = decimal(o.visible_inner(u, u)) * decimal(o.visible_inner(w, w))
                    assert decimal(o.visible_inner(u, w)) / mpmath.sqrt(squares) >= bound - mpmath.mpf(10) ** -40


@every_kind
def test_marginalisation_is_a_riemannian_submersion(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        rng = random.Random(seed)
        assert (len(o.horizontal_basis), len(o.vertical_basis)) == (len(o.p_V) - 1, len(o.p) - len(o.p_V))
        assert all(o.inner(a, b) == 0 for a in o.horizontal_basis for b in o.vertical_basis)
        # the projection is A -> p(h|v) (dpi A)(v) on T_p P; off it, p itself is removed
        expected = subtract(product(o.C, o.dpi), [[m] * len(o.p) for m in o.p])
        assert o.horizontal_projection == expected
        A = [Fraction(rng.randint(-3, 3)) for _ in o.p]
        A[0] -= sum(A)
        down = apply(o.dpi, A)
        slack = o.inner(A, A) - o.visible_inner(down, down)
        vertical_part = difference(A, apply(o.C, down))
        assert slack == o.inner(vertical_part, vertical_part)
        # scores: the projection is the conditional expectation
        score = [a / m for a, m in zip(A, o.p, strict=True)]
        conditional = [
            sum(o.p[k] * score[k] for k in block) / sum(o.p[k] for k in block)
            for block in ([k for k, t in enumerate(o.states) if t[: o.n_visible] == s[: o.n_visible]] for s in o.states)
        ]
        assert apply(o.horizontal_projection, A) == [m * e for m, e in zip(o.p, conditional, strict=True)]


@every_kind
def test_natural_gradients_represent_the_differential_and_have_minimum_norm_parameters(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        rng = random.Random(seed)
        covector = [Fraction(rng.randint(-3, 3)) for _ in o.p]
        c, tangent, projected = o.natural_gradient(covector)
        assert all(o.inner(tangent, column) == dot(covector, column) for column in transpose(o.J))
        assert apply(o.J, c) == tangent
        assert apply(o.J_V, c) == projected
        assert all(dot(c, null) == 0 for null in nullspace(o.G))
        assert nullspace(o.G) == nullspace(o.J)


@every_kind
def test_unconstrained_gradients_and_the_data_manifold(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        n = len(o.p)
        simplex = [[Fraction(int(i == j)) - Fraction(int(i == n - 1)) for j in range(n - 1)] for i in range(n)]
        full = Oracle.from_values(o.p, simplex, o.states, o.n_visible)
        assert full.is_cylindrical
        q = random_distribution(n, random.Random(seed))
        p_star = apply(o.dpi, q)
        lift = o.posterior_lift(p_star)
        assert apply(o.dpi, lift) == p_star
        assert full.negative_gradient_q(q).tangent == difference(q, o.p)
        assert full.negative_gradient_data(p_star).tangent == difference(lift, o.p)
        assert full.negative_gradient_visible(p_star).tangent == difference(p_star, o.p_V)
        assert full.negative_gradient_gap(q).tangent == difference(q, lift)
        # D(Q||.) and D(qhat||.) have the same differential at p, on any model
        assert o.negative_gradient_data(p_star) == o.negative_gradient_q(lift)
        with mpmath.workdps(DIGITS):
            assert abs(divergence(lift, o.p) - divergence(p_star, o.p_V)) < mpmath.mpf(10) ** -45


# ---- S7: identities with logarithms -------------------------------------------------------------------------------


@every_kind
def test_divergence_is_visible_divergence_plus_gap_and_the_elbo_bounds_the_evidence(kind):
    tiny = mpmath.mpf(10) ** -45
    for seed in range(4):
        o = oracle_of(kind, seed)
        q = random_distribution(len(o.p), random.Random(seed))
        q_V = apply(o.dpi, q)
        with mpmath.workdps(DIGITS):
            assert abs(divergence(q, o.p) - divergence(q_V, o.p_V) - o.gap(q)) < tiny
            slack = [o.log_evidence(v) - o.elbo(q, v) for v in range(len(q_V))]
            assert min(slack) > -tiny
            assert abs(mpmath.fsum(decimal(m) * s for m, s in zip(q_V, slack, strict=True)) - o.gap(q)) < tiny
            lift = o.posterior_lift(q_V)
            assert abs(o.gap(lift)) < tiny
            assert all(abs(o.elbo(lift, v) - o.log_evidence(v)) < tiny for v in range(len(q_V)))


# ---- S8, S9: the main theorem and its converse --------------------------------------------------------------------


@every_kind
def test_the_three_directions_of_learning_agree_exactly_on_cylindrical_models(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        q = random_distribution(len(o.p), random.Random(seed))
        p_star = apply(o.dpi, q)
        visible = o.negative_gradient_visible(p_star).tangent
        if o.is_cylindrical:
            assert o.negative_gradient_q(q).projected == visible
            assert o.negative_gradient_data(p_star).projected == visible
            continue
        # the converse, by construction: an l off the kernel of Delta ...
        violators = [e for e in identity(len(o.p_V)) if any(apply(o.Delta, e))]
        assert violators
        for e in violators:
            u, w = o.natural_gradient(o.pull_back(e)).projected, o.visible_natural_gradient(e).tangent
            assert difference(w, u) == apply(o.Delta, e)
        # ... and a q = p + epsilon B, B vertical, dpi proj_T B != 0: the visible gradient vanishes, the other does not
        B = next(B for B in o.vertical_basis if any(apply(o.dpi, apply(o.tangent_projection, B))))
        epsilon = min(m / abs(b) for m, b in zip(o.p, B, strict=True) if b) / 2
        q = [m + epsilon * b for m, b in zip(o.p, B, strict=True)]
        assert min(q) > 0
        assert apply(o.dpi, q) == o.p_V
        assert not any(o.negative_gradient_visible(o.p_V).tangent)
        assert any(o.negative_gradient_q(q).projected)


# ---- S10, S11: Bayesian networks, cuts, log-linear models ---------------------------------------------------------


def test_the_fisher_metric_of_a_bayesian_network_is_block_diagonal_with_categorical_blocks():
    for seed in SEEDS:
        m, o = model_of("bayesian_network", seed), oracle_of("bayesian_network", seed)
        names = list(m.variables)
        expected = [[Fraction(0)] * len(m.parameters) for _ in m.parameters]
        for _, parents, free in m.rows:
            mass = sum(
                e for s, e in zip(o.states, o.p, strict=True) if all(s[names.index(a)] == b for a, b in parents.items())
            )
            last = 1 - sum(rational(m.point[t]) for t in free)
            for s, t in itertools.product(free, repeat=2):
                i, j = m.parameters.index(s), m.parameters.index(t)
                expected[i][j] = mass * (1 / last + (1 / rational(m.point[t]) if s == t else 0))
        assert expected == o.G


def immoralities(edges):
    adjacent = {frozenset(e) for e in edges}
    return {
        (frozenset((a, c)), b)
        for (a, b), (c, d) in itertools.product(edges, repeat=2)
        if b == d and a != c and frozenset((a, c)) not in adjacent
    }


def has_equivalent_dag_without_arrows_from_hidden_to_visible(m):
    for flips in itertools.product((False, True), repeat=len(m.edges)):
        edges = [(b, a) if flip else (a, b) for flip, (a, b) in zip(flips, m.edges, strict=True)]
        if (
            not any(a in m.hidden and b in m.visible for a, b in edges)
            and nx.is_directed_acyclic_graph(nx.DiGraph(edges))
            and immoralities(edges) == immoralities(m.edges)
        ):
            return True
    return False


def is_collapsible(m):
    graph = nx.Graph([e for g in m.generators for e in itertools.combinations(g, 2)])
    graph.add_nodes_from(m.variables)
    boundaries = [
        {n for c in component for n in graph[c]} - set(m.hidden)
        for component in nx.connected_components(graph.subgraph(m.hidden))
    ]
    return all(not b or any(b <= set(g) for g in m.generators) for b in boundaries)


def test_cuts_are_cylindrical():
    assert all(oracle_of("cut", seed).is_cylindrical for seed in SEEDS)


@pytest.mark.parametrize(
    ("kind", "criterion"),
    [
        ("bayesian_network", has_equivalent_dag_without_arrows_from_hidden_to_visible),
        ("log_linear", is_collapsible),
    ],
)
def test_the_graphical_criteria_are_sufficient_and_on_these_samples_necessary(kind, criterion):
    for seed in SEEDS:
        m, o = model_of(kind, seed), oracle_of(kind, seed)
        if m.is_admissible(o):
            assert o.is_cylindrical == criterion(m), (kind, seed)


# ---- S12 and section 5 --------------------------------------------------------------------------------------------


@every_kind
def test_the_fisher_metric_is_the_visible_one_plus_the_missing_information(kind):
    for seed in FEW:
        o = oracle_of(kind, seed)
        assert subtract(o.G, o.G_V) == o.missing_information
        assert is_positive_semidefinite(o.G_V)
        assert is_positive_semidefinite(o.missing_information)


def test_the_cone_over_a_model_has_every_rank_but_the_vertical_one_higher_by_one():
    for seed in FEW:
        m, o = model_of("rational", seed), oracle_of("rational", seed)
        w, dw = values_from_table(m.states, m.table, m.parameters, m.point)
        cone = [[a, *row] for a, row in zip(w, dw, strict=True)]
        p, _ = normalised_values(w, dw)
        assert p == o.p
        joint, visible, vertical = ranks_of(m.states, m.n_visible, p, cone)
        assert (joint - 1, visible - 1, vertical) == o.ranks


@pytest.mark.parametrize("kind", ["exponential", "log_linear"])
def test_on_an_exponential_family_the_elbo_flow_is_linear_in_expectation_coordinates(kind):
    for seed in FEW:
        m, o = model_of(kind, seed), oracle_of(kind, seed)
        q = random_distribution(len(o.p), random.Random(seed))
        expectation = transpose([[Fraction(e) for e in row] for row in m.statistics])
        velocity = apply(expectation, o.negative_gradient_q(q).tangent)
        assert velocity == difference(apply(expectation, q), apply(expectation, o.p))


def test_the_gradient_of_a_bayesian_network_needs_no_elimination():
    o = oracle_of("bayesian_network", 3)
    assert product(o.J, inverse(o.G), transpose(o.J), o.metric) == o.tangent_projection
