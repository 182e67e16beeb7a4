"""The geometry of Gaussian models: theory's tables of ranks, exact defects, both forms, and independent integrals."""

import itertools
import math
import random
from fractions import Fraction

import networkx as nx
import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.exact import Matrix
from symelbo.geometry import coordinates, decompose, generic_ranks, generic_screen, ranks_at, score_space
from symelbo.graphs import MarkovCut, reveal

m, s, w, u, a, b = sympy.symbols("m s w u a b")
ONE = sympy.Integer(1)


def signal(parameters, mean=0, slope=ONE, prior=s, noise=w, level=0):
    """v = level + slope h + e, h ~ N(mean, prior), e ~ N(0, noise)."""
    sigma = [[slope**2 * prior + noise, slope * prior], [slope * prior, prior]]
    return se.Gaussian(["v", "h"], [level + slope * mean, mean], sigma, parameters, hidden=["h"])


def sum_of_two(parameters, means=(0, 0), variances=(s, w)):
    """v = h1 + h2; h2 = v - h1 is a function of the others and dropped."""
    total = sum(variances)
    return se.Gaussian(
        ["v", "h"],
        [sum(means), means[0]],
        [[total, variances[0]], [variances[0], variances[0]]],
        parameters,
        hidden=["h"],
    )


def items(n):
    return n + min(2 * n, n * (n + 1) // 2)


def free_factor(n):
    return se.linear_gaussian([("h", f"v{i}") for i in range(n)], hidden=["h"])


RANKS = [
    *((se.factor_analysis(n), (3 * n, items(n), n + 2)) for n in range(1, 6)),
    *((free_factor(n), (3 * n + 2, items(n), n + 2)) for n in range(1, 5)),
    (se.probabilistic_pca(3, 1), (7, 7, 5)),
    (se.probabilistic_pca(4, 2), (13, 12, 11)),
    (se.probabilistic_pca(2, 3), (9, 5, 9)),
    (signal([m, s, w], mean=m), (3, 2, 3)),
    (signal([s, w]), (2, 1, 2)),
    (signal([m, s], mean=m, noise=ONE), (2, 2, 2)),
    (signal([m, s, w, a, b], mean=m, slope=b, level=a), (5, 2, 3)),
    (signal([a, b, w], slope=b, level=a, prior=ONE), (3, 2, 3)),
    (sum_of_two([m, a, s, w], (m, a)), (4, 2, 3)),
    (sum_of_two([m, a], (m, a), (ONE, ONE)), (2, 1, 1)),
    (sum_of_two([s, w]), (2, 1, 2)),
    (se.linear_gaussian([("v1", "h"), ("v2", "h")], hidden=["h"]).fix({"b_v1_h": 1, "b_v2_h": 1, "m_h": 0}), (5, 4, 1)),
    (se.linear_dynamical_system(2), (5, 3, 4)),
    (se.linear_dynamical_system(2).fix({"c": 1}), (4, 3, 4)),
    (se.linear_dynamical_system(3), (5, 4, 5)),
    (se.linear_gaussian([("h1", "h2"), ("h1", "v1"), ("h2", "v2")], hidden=["h1", "h2"], means=False), (7, 3, 5)),
]


@pytest.mark.parametrize(("model", "ranks"), RANKS, ids=[repr(M)[:60] for M, _ in RANKS])
def test_the_ranks_are_those_of_the_theory(model, ranks):
    assert generic_ranks(model) == ranks
    joint, visible, vertical = ranks
    assert tuple(decompose(model).dims) == (joint - vertical, joint - visible, visible + vertical - joint)


@pytest.mark.parametrize("model", [M for M, _ in RANKS if len(M.parameters) < 13], ids=lambda M: repr(M)[:60])
def test_covariance_form_and_precision_form_agree(model):
    names = model.variables
    mean = [model.field.to_sympy(e) for e in model.mean]
    other = se.Gaussian(
        names, mean, precision=model.precision.to_sympy(), parameters=model.parameters, hidden=model.hidden
    )
    assert generic_ranks(other) == generic_ranks(model)
    values = [Fraction(k + 2, k + 3) for k in range(len(model.parameters))]
    point = dict(zip(model.parameters, values, strict=True))
    for measure in (se.fisher_metric, se.visible_fisher_metric, se.jacobian, se.defect, se.missing_information):
        assert measure(other, point) == measure(model, point), measure
    if len(model.parameters) < 8:
        assert se.fisher_metric(other) == se.fisher_metric(model)
        assert se.visible_fisher_metric(other) == se.visible_fisher_metric(model)


@pytest.mark.parametrize("model", [M for M, _ in RANKS if len(M.parameters) < 12], ids=lambda M: repr(M)[:60])
def test_the_identities_of_a_score_space_hold(model):
    at = score_space(model)
    assert (at.metric - at.visible_metric - at.missing_information).is_zero()
    assert at.metric == at.scores.T @ at.jacobian
    assert at.jacobian == at.dual(at.scores)
    assert at.visible_jacobian == at.visible_dual(at.visible_scores)
    assert (at.mean(at.lift(at.visible_scores)) - at.visible_scores).is_zero()
    assert (at.horizontal_lift(at.visible_jacobian) - at.dual(at.lift(at.visible_scores))).is_zero()
    assert at.marginal(at.jacobian) == at.visible_jacobian
    delta = at.defect
    assert delta == delta.T
    assert delta.rank() == generic_ranks(model).oblique
    assert (delta - (at.visible_jacobian @ at.visible_metric.generalised_inverse() @ at.visible_jacobian.T
                     - at.projected_cometric)).is_zero()  # fmt: skip


def only(n, entries):
    """A matrix that is 0 but at these places of Sigma."""
    place = {c: k for k, c in enumerate(coordinates(n))}
    found = sympy.zeros(len(place))
    for (i, j), e in entries.items():
        found[place[i], place[j]] = e
    return found


def test_the_exact_defects_of_two_leaves_a_chain_and_a_collider():
    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    wa, wb, wh, p = sympy.symbols("w_a w_b w_h b_a_h")
    assert se.defect(leaves) == only(2, {((1, 0), (1, 0)): wa * wb})
    chain = se.linear_gaussian([("a", "h"), ("h", "b")], hidden=["h"], means=False)
    assert sympy.cancel(se.defect(chain)[3, 3] - wa * wh * wb / (p**2 * wa + wh)) == 0
    collider = se.linear_gaussian([("h", "b"), ("c", "b")], hidden=["h"], means=False)  # coordinates bb, cb, cc
    alpha, beta, wc = sympy.symbols("b_h_b b_c_b w_c")
    e = sympy.Matrix([0, 0, 2 * beta, 1, 0])
    assert (se.defect(collider) - alpha**2 * wh * wc * e * e.T).expand() == sympy.zeros(5)
    assert ranks_at(collider, collider.point(dict.fromkeys(collider.parameters, 1))) == (5, 3, 3)
    on = ranks_at(collider, collider.point(dict.fromkeys(map(str, collider.parameters), 1) | {"b_h_b": 0}))
    assert on.cylindrical
    assert on[:2] == (5, 3)  # an admissible point of a model that is not cylindrical


def test_signal_plus_noise_has_the_defect_of_the_theory():
    assert se.defect(signal([s, w])) == sympy.diag(0, 4 * s * w)
    assert se.defect(signal([m, s, w], mean=m)) == sympy.diag(w, 4 * s * w)


def test_with_a_known_covariance_all_means_are_cylindrical():
    assert generic_ranks(sum_of_two([m, a], (m, a), (ONE, ONE))).cylindrical
    sigma = [[2, 1, 1], [1, 3, 1], [1, 1, 4]]
    M = se.Gaussian(["x", "y", "h"], [a, a + b, a * b], sigma, [a, b], hidden=["h"])
    assert not generic_ranks(M).cylindrical  # the false neighbour: means on a curved surface
    assert generic_ranks(se.Gaussian(["x", "y", "h"], [a, b, m], sigma, [a, b, m], hidden=["h"])).cylindrical


def test_random_networks_are_cylindrical_as_the_graph_says():
    rng = random.Random(4)
    seen = {True: 0, False: 0}
    for _ in range(150):
        n = rng.randint(2, 6)
        names = [f"x{i}" for i in range(n)]
        graph = nx.DiGraph()
        graph.add_nodes_from(names)
        graph.add_edges_from(e for e in itertools.combinations(names, 2) if rng.random() < 0.5)
        hidden = rng.sample(names, rng.randint(1, n - 1))
        expected = isinstance(reveal(graph, hidden), MarkovCut)
        M = se.linear_gaussian(graph, hidden=hidden, means=rng.random() < 0.5)
        assert generic_screen(M).ranks().cylindrical == expected, (graph.edges, hidden)
        seen[expected] += 1
    assert min(seen.values()) > 20


# Independent integrals: Gauss-Hermite quadrature is exact for the polynomials that occur.


def hermite(mean, covariance, degree=6):
    """Nodes and weights that integrate polynomials against N(mean, covariance)."""
    x, weights = np.polynomial.hermite_e.hermegauss(degree)
    root = np.linalg.cholesky(covariance)
    nodes = np.array(list(itertools.product(x, repeat=len(mean)))) @ root.T + mean
    mass = np.array([math.prod(t) for t in itertools.product(weights / weights.sum(), repeat=len(mean))])
    return nodes, mass


def log_density(x, mean, covariance):
    y = x - mean
    return -(np.einsum("ni,ij,nj->n", y, np.linalg.inv(covariance), y) + np.linalg.slogdet(covariance)[1]) / 2


@pytest.mark.parametrize(
    "model", [se.factor_analysis(2), free_factor(2), se.linear_dynamical_system(2), signal([m, s, w], mean=m)], ids=repr
)
def test_metric_and_conditional_expectation_agree_with_quadrature(model):
    values = [0.4 + 0.2 * k for k in range(len(model.parameters))]
    order = model.parameters
    f_mean = sympy.lambdify(order, sympy.Matrix([model.field.to_sympy(e) for e in model.mean]), "numpy")
    f_sigma = sympy.lambdify(order, model.covariance.to_sympy(), "numpy")

    def scores(x, part):
        columns = []
        for i in range(len(values)):
            sides = []
            for step in (1e-5, -1e-5):
                at = [v + step * (i == k) for k, v in enumerate(values)]
                mean, sigma = np.array(f_mean(*at), dtype=float).ravel(), np.array(f_sigma(*at), dtype=float)
                sides.append(log_density(x[:, part], mean[part], sigma[np.ix_(part, part)]))
            columns.append((sides[0] - sides[1]) / 2e-5)
        return np.array(columns)

    mean, sigma = np.array(f_mean(*values), dtype=float).ravel(), np.array(f_sigma(*values), dtype=float)
    nodes, mass = hermite(mean, sigma)
    everything, seen = list(range(len(mean))), list(range(model.n_visible))
    exact = {p: Fraction(v).limit_denominator(100) for p, v in zip(order, values, strict=True)}
    joint, visible = scores(nodes, everything), scores(nodes, seen)
    for measure, found in ((se.fisher_metric, joint), (se.visible_fisher_metric, visible)):
        assert np.allclose((found * mass) @ found.T, np.array(measure(model, exact), dtype=float), atol=1e-6)
    # E[s | v] is the score of the visible model, and its polynomial is the one that `mean` gives.
    at = score_space(model, model.point(exact))
    y = nodes[:, seen] - mean[seen]
    basis = [y[:, c[0]] if len(c) == 1 else y[:, c[0]] * y[:, c[1]] - sigma[c[0], c[1]] for c in coordinates(len(seen))]
    polynomial = np.array(at.mean(at.scores).to_sympy(), dtype=float).T @ np.array(basis)
    assert np.allclose(polynomial, visible, atol=1e-5)
    # For a fixed v, averaging the joint scores over h gives the same.
    slope = np.linalg.solve(sigma[np.ix_(seen, seen)], sigma[seen][:, len(seen) :]).T
    v = mean[seen] + 0.3
    rest = sigma[len(seen) :, len(seen) :] - slope @ sigma[seen][:, len(seen) :]
    hidden, weights = hermite(mean[len(seen) :] + slope @ (v - mean[seen]), rest)
    together = np.hstack([np.tile(v, (len(hidden), 1)), hidden])
    assert np.allclose(scores(together, everything) @ weights, scores(v[None], seen)[:, 0], atol=1e-5)


def test_a_symbolic_integral_gives_the_same_metric_for_two_variables():
    model = signal([s, w])
    v, h = sympy.symbols("v h", real=True)
    positive = {s: sympy.Symbol("s", positive=True), w: sympy.Symbol("w", positive=True)}
    p = (sympy.exp(-(h**2) / (2 * s) - (v - h) ** 2 / (2 * w)) / (2 * sympy.pi * sympy.sqrt(s * w))).subs(positive)
    score = [sympy.diff(sympy.log(p), e) for e in positive.values()]
    entry = sympy.integrate(
        sympy.integrate(sympy.expand(score[1] ** 2) * p, (v, -sympy.oo, sympy.oo)), (h, -sympy.oo, sympy.oo)
    )
    assert sympy.cancel(entry - se.fisher_metric(model)[1, 1].subs(positive)) == 0


def test_a_binned_table_approaches_the_gaussian_metric():
    """The discrete engine as a limit: v = h + e, both on the grid -4, ..., 4 with weights (2/3)^(h^2 + e^2)."""
    x, y = sympy.symbols("x y")  # -1/(2s) and -1/(2w)
    values = range(-4, 5)
    pairs = list(itertools.product(values, values))
    space = se.StateSpace({f"{h}:{e}": str(h + e) for h, e in pairs})
    table = {(f"{h}:{e}",): sympy.exp(x * h**2 + y * e**2) for h, e in pairs}
    binned = se.Parametrization(space, table, [x, y], weights=True)
    at = {sympy.exp(g): sympy.Rational(2, 3) for g in (x, y)}
    found = np.array(se.visible_fisher_metric(binned, at), dtype=float)
    variance = -1 / (2 * math.log(2 / 3))
    exact = np.array(se.visible_fisher_metric(signal([s, w]), {"s": 1, "w": 1}), dtype=float)  # scales as variance^-2
    assert np.allclose(found, 4 * variance**2 * exact, rtol=0.1)


def test_gradients_of_the_worked_counterexamples():
    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    at = dict.fromkeys(map(str, leaves.parameters), 1)
    q, p_star = (None, sympy.eye(3)), (None, sympy.eye(2))

    def learnt(gradient):
        return tuple(-gradient)[2:]

    third = sympy.Rational(8, 9)
    assert learnt(se.natural_gradient(se.divergence(q), leaves, at).projected) == (-1, -2, -1)
    data = se.natural_gradient(se.data_divergence(p_star), leaves, at)
    assert (learnt(data.projected), learnt(data.visible)) == ((-1, -third, -1), (-1, -1, -1))
    assert learnt(se.natural_gradient(se.visible_divergence(p_star), leaves, at).projected) == (-1, -1, -1)
    found = se.natural_gradient(se.objective(sympy.Symbol("S(b,a)")), leaves, at)
    assert (tuple(found.visible)[2:], tuple(found.projected)[2:]) == ((4, 5, 4), (4, 4, 4))
    noisy = signal([s, w])
    q = {"covariance": [[3, 1], [1, 1]]}
    point = {"s": 1, "w": 1}
    assert se.natural_gradient(se.divergence(q), noisy, point).projected[1] == -1
    data = se.natural_gradient(se.data_divergence((None, [[3]])), noisy, point)
    assert (data.projected[1], data.visible[1]) == (-sympy.Rational(1, 2), -1)


def test_float_data_are_decimals_where_that_is_said():
    moments = se.Moments.of_data([[0.1, 1], [0.3, 2.5]], decimals=True)
    assert moments == se.Moments.of_data([["1/10", 1], ["3/10", "5/2"]])


def test_a_covariance_goes_by_both_of_its_names():
    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    at = dict.fromkeys(map(str, leaves.parameters), 1)
    first, second = (se.natural_gradient(se.objective(sympy.Symbol(n)), leaves, at) for n in ("S(a,b)", "S(b,a)"))
    assert first == second
    with pytest.raises(se.ExactnessError, match=r"S\(a,h\) is no coordinate of what is seen"):
        se.natural_gradient(se.objective(sympy.Symbol("S(a,h)")), leaves, at)


def test_a_model_without_parameters_is_a_point():
    point = se.Gaussian(["v", "h"], None, [[2, 1], [1, 1]], [], hidden=["h"])
    assert generic_ranks(point) == (0, 0, 0)
    assert isinstance(se.is_cylindrical(point), se.Proved)


def test_the_gap_is_the_difference_and_q_enters_through_its_moments_alone():
    M = se.factor_analysis(2)
    at = dict(zip(M.parameters, [0, 1, 1, 2, 1, 2], strict=True))
    rows = [[0, 1, 2], [1, 1, 0], [2, 0, 1], [1, 2, 1]]
    moments = se.Moments.of_data(rows)
    gradients = [se.natural_gradient(f(q), M, at).tangent for f in (se.divergence, se.elbo) for q in (rows, moments)]
    assert gradients[0] == gradients[1] == -gradients[2] == -gradients[3]
    seen = [row[:2] for row in rows]
    named = {(v, w): moments.covariance[i][j] for i, v in enumerate(M.order) for j, w in enumerate(M.order)}
    by_name = se.divergence({"mean": dict(zip(M.order, moments.mean, strict=True)), "covariance": named})
    assert se.natural_gradient(by_name, M, at).tangent == gradients[0]
    gap = se.natural_gradient(se.variational_gap(rows), M, at).tangent
    assert gap == gradients[0] - se.natural_gradient(se.data_divergence(seen), M, at).tangent


def test_symbolic_moments_of_q_give_the_gradients_of_all_q():
    M = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"])
    at = {p: Fraction(k + 2, 3) for k, p in enumerate(M.parameters)}
    q = (sympy.symbols("m0:3"), sympy.Matrix(3, 3, lambda i, j: sympy.Symbol(f"s{min(i, j)}{max(i, j)}")))
    numbers = ((1, ONE / 2, -1), sympy.Matrix([[3, 1, 0], [1, 2, 1], [0, 1, 2]]))
    values = dict(zip([*q[0], *q[1]], [*numbers[0], *numbers[1]], strict=True))
    for kind, seen in ((se.divergence, 3), (se.variational_gap, 3), (se.data_divergence, 2), (se.evidence, 2)):
        symbolic, exact = (
            se.natural_gradient(kind((list(mean[:seen]), covariance[:seen, :seen])), M, at)
            for mean, covariance in (q, numbers)
        )
        for name in ("parameters", "tangent", "projected", "visible"):
            found, expected = getattr(symbolic, name), getattr(exact, name)
            assert (found is None and expected is None) or found.subs(values) == expected, (kind, name)
    # S5 over the field: on all normal distributions the gradient is q's moments minus the model's, by name.
    full = se.Gaussian(["v", "h"], None, [[s, b], [b, w]], [s, b, w], hidden=["h"])
    free = se.natural_gradient(se.divergence((None, q[1][:2, :2])), full).parameters
    assert (free - sympy.Matrix([s, b, w]) + sympy.Matrix(sympy.symbols("s00 s01 s11"))).expand() == sympy.zeros(3, 1)


def test_the_unconstrained_gradients_are_those_of_the_theory():
    """S5 on the full Gaussian family: -grad D(q||.) = (delta, Sigma_q + delta delta' - Sigma), of D(Q||.) its C."""
    cells = coordinates(2)
    names = [sympy.Symbol("t" + "".join(map(str, c))) for c in cells]
    t = dict(zip(cells, names, strict=True))
    full = se.Gaussian(["v", "h"], [t[0,], t[1,]], [[t[0, 0], t[1, 0]], [t[1, 0], t[1, 1]]], names, hidden=["h"])
    assert generic_ranks(full) == (5, 2, 3)
    at = full.point(dict(zip(names, [1, 0, 2, 1, 3], strict=True)))
    q = ([2, 1], [[1, 0], [0, 1]])
    direct = -se.natural_gradient(se.divergence(q), full, at).tangent
    assert list(direct) == [1, 1, 1 + 1 - 2, 0 + 1 - 1, 1 + 1 - 3]
    data = -se.natural_gradient(se.data_divergence(([2], [[1]])), full, at).tangent
    where = score_space(full, at)
    seen = Matrix.column(where.domain, [where.domain.constant(e) for e in (1, 0)])
    assert data == where.horizontal_lift(seen).to_sympy()
    assert not any((direct - data)[k] for k in (0, 2))  # their difference is vertical


@pytest.mark.parametrize(
    ("q", "message"),
    [
        ({"mean": [0, 0, 0]}, "no covariance"),
        ((None, [[1, 0], [0, 1]]), "expected a mean and a covariance of 3 variables, h, a, b"),
        ((None, sympy.diag(1, 1, -1)), "not positive semidefinite"),
        ((None, [[1, 2, 0], [0, 1, 0], [0, 0, 1]]), "not symmetric"),
        ((None, sympy.diag(1, 1, sympy.oo)), "no finite second moments"),
        ((None, [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]]), "0.5 is a floating-point number"),
        (
            [[0.1, 0, 0]],
            r"data, row 1: 0.1 is a floating-point number.*Rational\(1, 10\); Moments.of_data\(rows, dec",
        ),
        ([[float("nan"), 0, 0]], "nan is not a number; expected a rational number$"),
        ({(0, 0, 0): "1/2", (1, 1, 1): "1/2"}, "no covariance: a Gaussian model sees it through its first two moments"),
        (({"z": 1}, sympy.eye(3)), "unknown variable z"),
        ((None, {("h", "z"): 1}), r"\('h', 'z'\) is no pair of variables; known: h, a, b"),
        ([], "at least one"),
        ("normal", "no pair"),
    ],
)
def test_a_q_without_second_moments_is_refused(q, message):
    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    with pytest.raises(se.SymelboError, match=message):
        se.natural_gradient(se.divergence(q), leaves, dict.fromkeys(map(str, leaves.parameters), 1))


def test_what_needs_a_table_says_so():
    with pytest.raises(se.ModelError, match="needs the probabilities of all states"):
        se.probabilities(se.factor_analysis(2))


def test_principal_angles_of_signal_plus_noise_and_of_two_leaves():
    noisy = signal([s, w])
    assert se.principal_angles(noisy, {"s": 1, "w": 1}).oblique == ((sympy.Rational(1, 2), 1),)
    assert se.principal_angles(noisy, {"s": 2, "w": 1}).oblique == ((1 - sympy.Rational(4, 9), 1),)  # 1 - 2 s w/(s+w)^2
    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    found = se.principal_angles(leaves, dict.fromkeys(map(str, leaves.parameters), 1))
    assert len(found.oblique) == 1
    assert found.worst_objective is not None
    # 1 - c^2 is Delta relative to W, Delta = 1 at (ab, ab): the inverse of W = Sigma x Sigma has 5/9 there.
    assert found.oblique == ((1 - sympy.Rational(5, 9), 1),)


@pytest.mark.parametrize(
    "model",
    [signal([s, w]), signal([m, s, w], mean=m), se.linear_dynamical_system(2), free_factor(2), se.factor_analysis(1)],
    ids=repr,
)
def test_symbolic_angles_are_those_at_points(model):
    found = se.symbolic_angles(model)
    for values in ([1, 2, 3, 1, 2], [2, 1, 1, 3, 1]):
        at = {p: values[k % 5] for k, p in enumerate(model.parameters)}
        exact = se.principal_angles(model, at)
        assert sympy.nsimplify(found.sum.subs(at)) == sum(c * k for c, k in exact.oblique)
    if model.parameters == (s, w):
        assert sympy.cancel(found.sum - (1 - 2 * s * w / (s + w) ** 2)) == 0
    assert se.symbolic_angles(se.factor_analysis(3)) is None
