"""Mixtures of exponential families: the theory's ranks, exact metrics, and which objectives keep their equality."""

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.geometry import generic_ranks, ranks_at
from symelbo.models import leaves

E = sympy.Symbol
BAYES = ((2, 1), (3, 1), (2, 2), (3, 3))


def naive(classes, leaves, variance):
    return {"family": "gaussian", "classes": classes, "leaves": leaves, "variance": variance}


@pytest.mark.parametrize(
    ("options", "ranks"),
    [
        ({"family": "gaussian"}, (3, 3, 2)),
        ({"family": "gaussian", "variance": "shared"}, (4, 4, 2)),
        ({"family": "gaussian", "variance": "free"}, (5, 5, 3)),
        ({"family": "poisson"}, (3, 3, 2)),
        ({"family": "poisson", "classes": 3}, (5, 5, 4)),
        ({"family": "exponential"}, (3, 3, 2)),
        ({"family": "geometric", "classes": 3}, (5, 5, 4)),
        *((naive(k, n, "free"), ((r := k - 1 + 2 * n * k), r, (k - 1) * (2 * n + 1))) for k, n in BAYES),
        *((naive(k, n, "shared"), ((r := k - 1 + n * k + n), r, (k - 1) * (n + 1))) for k, n in BAYES),
    ],
    ids=str,
)
def test_the_ranks_are_those_of_the_theory(options, ranks):
    M = se.exponential_mixture(**options)
    assert generic_ranks(M) == ranks
    dims = se.tangent_decomposition(M).dims
    assert tuple(dims) == (ranks[0] - ranks[2], 0, ranks[2])
    assert dims.horizontal == len(M.statistics)  # the exponential tilts


def test_the_metric_of_a_gaussian_mixture_and_its_horizontal_direction():
    M = se.exponential_mixture("gaussian")
    p, a, b = M.parameters
    assert se.fisher_metric(M) == sympy.diag(1 / (p * (1 - p)), p, 1 - p)
    (direction,) = [v.to_sympy() for v in [se.tangent_decomposition(M).horizontal_parameters]]
    scaled = direction / direction[1]
    assert sympy.simplify(scaled - sympy.Matrix([p * (1 - p) * (a - b), 1, 1])) == sympy.zeros(3, 1)


def test_the_metric_of_a_poisson_mixture():
    M = se.exponential_mixture("poisson")
    p, a, b = M.parameters
    assert se.fisher_metric(M) == sympy.diag(1 / (p * (1 - p)), p / a, (1 - p) / b)


@pytest.mark.parametrize("family", ["gaussian", "poisson", "exponential", "geometric"])
def test_the_mean_keeps_its_equality_and_the_second_moment_does_not(family):
    """T n H_p are the exponential tilts: with the natural statistic v the mean survives."""
    assert se.survives(se.objective(E("E(v)")), se.exponential_mixture(family))
    assert se.survives(se.objective(E("E(v)") ** 2), se.exponential_mixture(family, 3))


def test_in_a_gaussian_mixture_the_second_moment_survives_only_where_the_variance_may_move():
    """The gap of the E-step moves what it should not: L = E[v^2] fails for unit variances."""
    at = {"pi1": "1/2", "mu1": 1, "mu2": -1}
    for variance, kept in (("known", False), ("shared", True), ("free", True)):
        M = se.exponential_mixture("gaussian", variance=variance)
        assert se.survives(se.objective(E("E(v)")), M)
        assert se.survives(se.objective(E("E(v^2)")), M) == kept
    unit = se.exponential_mixture("gaussian")
    assert not se.survives(se.objective(E("E(v^2)")), unit, at)
    with pytest.raises(se.ExactnessError):
        se.survives(se.objective(E("S(v,v)")), unit, at)


def test_survival_of_objectives_is_the_kernel_of_the_defect_for_normal_distributions_too():
    leaves = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    kept = {name: se.survives(se.objective(E(name)), leaves) for name in ("S(a,a)", "S(b,a)", "S(b,b)")}
    assert kept == {"S(a,a)": True, "S(b,a)": False, "S(b,b)": True}


def test_points_where_classes_coincide_are_inadmissible():
    M = se.exponential_mixture("gaussian")
    apart, together = (M.point({"pi1": "1/2", "mu1": 1, "mu2": m}) for m in (2, 1))
    assert ranks_at(M, apart) == (3, 3, 2)
    assert ranks_at(M, together)[:2] == (3, 1)
    assert not se.is_admissible(M, {"pi1": "1/2", "mu1": 1, "mu2": 1})


@pytest.mark.parametrize("ask", [se.visible_fisher_metric, se.defect, se.missing_information], ids=lambda f: f.__name__)
def test_what_is_not_exact_is_refused_by_name(ask):
    with pytest.raises(se.ModelError, match="integral over 1/p_V and not exact"):
        ask(se.exponential_mixture("poisson"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "gamma"}, "family 'gamma' is unknown"),
        ({"family": "poisson", "variance": "free"}, "variance = 'free'"),
        ({"family": "gaussian", "classes": 1}, "classes = 1"),
        ({"family": "gaussian", "leaves": 0}, "leaves = 0"),
    ],
)
def test_other_mixtures_are_refused(options, message):
    with pytest.raises(se.ModelError, match=message):
        se.exponential_mixture(**options)


P, Q, A, B, C = sympy.symbols("p q a b c")
UNLIKE = {
    "gaussian": ([("gaussian", A, B), ("gaussian", 2 * A, C)], (4, 4, 3)),
    "half line": ([("gaussian", A, 1), ("exponential", B)], (3, 3, 2)),
    "Erlang, common rate": ([("erlang", 1, B), ("erlang", 2, B)], (2, 2, 1)),
    "Erlang, three": ([("exponential", B), ("erlang", 2, B), ("erlang", 4, B)], (3, 3, 2)),
    "Erlang, shape and density": ([("erlang", 1, A), ("erlang", 2, A), ("gaussian", B, C)], (5, 5, 4)),
    "counts": ([("poisson", A), ("geometric", B)], (3, 3, 2)),
    "zero inflation": ([("zero",), ("poisson", A)], (2, 2, 1)),
    "zeros in a mixture": ([("poisson", A), ("zero",), ("poisson", B)], (4, 4, 3)),
    "a geometric hurdle": ([("geometric", A), ("zero",)], (2, 2, 1)),
}


def density(family, x, v):
    """The density at one point, or at many, complex in x for derivatives without cancellation."""
    if not isinstance(v, np.ndarray):
        return leaves.density(family, x, sympy.Integer(v)) if leaves.SUPPORTS[family][0](sympy.Integer(v)) else 0
    factorials = np.array([float(sympy.factorial(k)) for k in range(120)])
    if family == "gaussian":
        return np.exp(-((v - x[0]) ** 2) / (2 * x[1])) / np.sqrt(2 * np.pi * x[1])
    if family == "zero":
        return (v == 0) * (1 + 0j)
    if family in ("poisson", "geometric"):
        return np.exp(-x[0]) * x[0] ** v / factorials if family == "poisson" else x[0] * (1 - x[0]) ** v
    k = int(x[0].real) if family == "erlang" else 1
    w = np.maximum(v, 0)
    return (v > 0) * x[-1] ** k * w ** (k - 1) * np.exp(-x[-1] * w) / float(sympy.factorial(k - 1))


@pytest.mark.parametrize("name", UNLIKE)
def test_ranks_and_metric_are_those_of_densities_at_many_points(name):
    """G, G_V and E[Cov(s|v)] by sums over points: their ranks are the three ranks, the first is the exact metric."""
    laws, ranks = UNLIKE[name]
    weights = [P, 1 - P] if len(laws) == 2 else [P, Q, 1 - P - Q]
    used = [x for x in (A, B, C) if any(x in sympy.sympify(y).free_symbols for law in laws for y in law[1:])]
    parameters = [*weights[:-1], *used]
    M = se.exponential_mixture([{"v": law} for law in laws], weights=weights, parameters=parameters)
    at = dict(zip(parameters, map(sympy.Rational, ("3/10", "1/4", "3/5", "4/5", "7/5")), strict=False))
    counts = {"poisson", "geometric", "zero"} & {law[0] for law in laws}
    v = np.arange(120) if counts else np.arange(24000) / 200 - 11.9975
    width = 1 if counts else v[1] - v[0]

    def joint(values):
        point = dict(zip(parameters, values, strict=True))
        number = [[complex(sympy.sympify(y).subs(point)) for y in law[1:]] for law in laws]
        return np.array([
            complex(w.subs(point)) * density(law[0], x, v) for w, law, x in zip(weights, laws, number, strict=True)
        ])  # fmt: skip

    p, tiny = joint(list(at.values())).real, sympy.I * sympy.Float("1e-20")
    moved = ([x + tiny if i == j else x for j, x in enumerate(at.values())] for i in range(len(at)))
    rates = np.array([joint(values).imag / 1e-20 for values in moved])
    inside = np.where(p > 1e-250, p, np.inf)
    whole = np.einsum("ihv,jhv->ij", rates / inside, rates)
    seen, total = rates.sum(axis=1), p.sum(axis=0)
    good = total > 1e-250
    visible = np.einsum("iv,jv->ij", seen[:, good] / total[good], seen[:, good])
    assert np.allclose(whole * width, np.array(se.fisher_metric(M, at), dtype=float), atol=1e-3)
    assert tuple(np.linalg.matrix_rank(m, tol=1e-9) for m in (whole, visible, whole - visible)) == ranks
    assert generic_ranks(M) == ranks_at(M, M.point(at)) == ranks


def test_the_elbo_moves_a_symmetric_gaussian_mixture_as_the_theory_says():
    """pi = 1/2, means (mu, -mu), p* at +-1, q(h|v) = 1/2: the direction of learning is (0, -mu, mu)."""
    M, mu = se.exponential_mixture("gaussian"), sympy.Rational(2, 3)
    at = {"pi1": "1/2", "mu1": mu, "mu2": -mu}
    q = {(h, v): "1/4" for h in (1, 2) for v in (1, -1)}
    assert list(-se.natural_gradient(se.divergence(q), M, at).parameters) == [0, -mu, mu]
    completed = -se.natural_gradient(se.data_divergence({1: "1/2", -1: "1/2"}), M, at).parameters
    expected = sympy.Matrix([0, sympy.tanh(mu) - mu, mu - sympy.tanh(mu)])
    assert (completed - expected).applyfunc(lambda e: sympy.simplify(e.rewrite(sympy.exp))) == sympy.zeros(3, 1)
    with pytest.raises(se.ModelError, match="the visible metric of a mixture is an integral"):
        se.natural_gradient(se.visible_divergence({0: 1}), M, at)


@pytest.mark.parametrize("name", UNLIKE)
def test_the_gradient_of_d_of_q_completed_is_the_derivative_of_the_evidence(name):
    """-G grad^M D(Q||.) = sum_v p*(v) d log p_V(v): with the density of what is seen written down."""
    laws, _ = UNLIKE[name]
    weights = [P, 1 - P] if len(laws) == 2 else [P, Q, 1 - P - Q]
    used = [x for x in (A, B, C) if any(x in sympy.sympify(y).free_symbols for law in laws for y in law[1:])]
    parameters = [*weights[:-1], *used]
    M = se.exponential_mixture([{"v": law} for law in laws], weights=weights, parameters=parameters)
    at = dict(zip(parameters, map(sympy.Rational, ("3/10", "1/4", "3/5", "4/5", "7/5")), strict=False))
    found = -se.natural_gradient(se.data_divergence({1: "1/3", 2: "2/3"}), M, at).parameters
    seen = {
        v: sum(
            w * density(law[0], [sympy.sympify(y) for y in law[1:]], v) for w, law in zip(weights, laws, strict=True)
        )
        for v in (1, 2)
    }
    logs = (sympy.log(seen[1]) + 2 * sympy.log(seen[2])) / 3
    slopes = sympy.Matrix([sympy.diff(logs, x).subs(at) for x in parameters])
    difference = se.fisher_metric(M, at) * found - slopes
    assert max(abs(sympy.N(e, 30)) for e in difference) < sympy.Float("1e-25")


@pytest.mark.parametrize(
    ("q", "message"),
    [
        ([1], "expected a mapping"),
        ({(3, 1): 1}, "class from 1 to 2"),
        ({(1, "1/2"): 1}, "not one of 0, 1, 2"),
        ({(1, 1): "1/2"}, "does not sum to 1"),
        ({(1, 1): 2, (2, 1): -1}, "is negative"),
        ({(1, 0.5): 1}, "0.5 is a floating-point number"),
    ],
)
def test_a_q_on_a_mixture_has_finite_support_and_is_exact(q, message):
    M = se.exponential_mixture("poisson")
    with pytest.raises(se.SymelboError, match=message):
        se.natural_gradient(se.divergence(q), M, {"pi1": "1/2", "r1": 1, "r2": 2})


def test_zero_inflation_has_an_exact_visible_metric_and_is_cylindrical_nowhere():
    M = se.zero_inflated_poisson()
    pi, r = M.parameters
    t = sympy.exp(-r)
    assert generic_ranks(M) == (2, 2, 1)
    inverse = [measure(M).inv() for measure in (se.visible_fisher_metric, se.fisher_metric)]
    e = sympy.Matrix([1, r / (1 - pi)])
    expected = (1 - pi) * t / (1 - t - r * t) * e * e.T  # positive: 1 - t - r t > 0 for r > 0
    assert (inverse[0] - inverse[1] - expected).applyfunc(sympy.simplify) == sympy.zeros(2)
    direction = se.tangent_decomposition(M).horizontal_parameters.to_sympy()
    assert sympy.simplify(direction[0] / (pi * (1 - pi)) + direction[1]) == 0
    assert ranks_at(M, M.point({"pi": "1/2", "r": 1})) == (2, 2, 1)
    # the visible metric against a sum over v, at pi = 0.3, r = 1.2
    p, lam = 0.3, 1.2
    total = np.zeros((2, 2))
    for v in range(60):
        pois = float(sympy.exp(-lam) * lam**v / sympy.factorial(v))
        mass = p * (v == 0) + (1 - p) * pois
        slope = np.array([(v == 0) - pois, (1 - p) * pois * (v / lam - 1)])
        total += np.outer(slope, slope) / mass
    values = {pi: sympy.Rational(3, 10), r: sympy.Rational(6, 5)}
    assert np.allclose(np.array(se.visible_fisher_metric(M).subs(values), dtype=float), total)


def test_where_v_tells_the_class_but_at_0_the_defect_of_means_is_exact():
    """A geometric leaf with zeros, and a categorical one beside it: G_V by sums over v, Delta from it."""
    M = se.exponential_mixture(
        [
            {"v": ("geometric", A), "c": ("categorical", B, 1 - B)},
            {"v": ("zero",), "c": ("categorical", C, 1 - C)},
        ],
        weights=[P, 1 - P],
        parameters=[P, A, B, C],
    )
    at = dict(zip((P, A, B, C), map(sympy.Rational, ("1/3", "1/2", "2/5", "3/4")), strict=True))
    total = sympy.zeros(4, 4)
    for label in (B, 1 - B):
        other = C if label == B else 1 - C
        for v in range(120):
            mass = P * label * A * (1 - A) ** v + ((1 - P) * other if v == 0 else 0)
            slope = sympy.Matrix([sympy.diff(mass, x) for x in (P, A, B, C)]).subs(at).evalf(30)
            total += slope * slope.T / mass.subs(at)
    difference = se.visible_fisher_metric(M, at) - total
    assert max(abs(e) for e in difference) < sympy.Rational(1, 10**20)
    assert sympy.Matrix(se.defect(M, at)).rank() == 1
    report = se.verify(M)
    assert [k for k, v in report.items() if isinstance(v, se.Proved)] == ["S1", "S2", "S4", "S9", "S12"]
