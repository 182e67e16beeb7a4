"""Verdicts on Gaussian models: the theory's counterexamples with their numbers, graphs, points, and the judge."""

import itertools
import random

import networkx as nx
import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.geometry import gaussian_scores

ONE = sympy.Integer(1)


def leaves():
    return se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)


def collider():
    return se.linear_gaussian([("h", "b"), ("c", "b")], hidden=["h"], means=False)


def test_two_forkof_a_hidden_cause_are_cylindrical_nowhere_with_the_numbers_of_the_theory():
    report = se.verify(leaves())
    assert not report.contradictions
    assert not report.undecided
    verdict = report["S3"]
    assert isinstance(verdict, se.Refuted)
    assert verdict.scope == se.Where.NOWHERE
    found = report.counterexample
    assert set(found.parameters.values()) == {1}
    assert found.q == se.Moments((0, 0, 0), ((1, 0, 0), (0, 1, 0), (0, 0, 1)), ("a", "b", "h"))
    assert tuple(found.projected_elbo_gradient.values()) == (0, 0, -1, -2, -1)
    assert tuple(found.visible_gradient.values()) == (0, 0, -1, -1, -1)
    assert tuple(map(str, found.visible_gradient)) == ("m(a)", "m(b)", "S(a,a)", "S(b,a)", "S(b,b)")
    assert [v for v in found.objective.values() if v] == [1]
    projected, own = found.objective_gradients
    assert projected != own
    assert isinstance(report["S8"], se.NotApplicable)
    assert isinstance(report["S9"], se.Proved)
    assert report["S9"].scope == se.Where.EVERYWHERE
    assert "covariance (1, 0, 0; 0, 1, 0; 0, 0, 1) of (a, b, h)" in str(found)


def test_a_collider_is_cylindrical_exactly_where_its_hidden_arrow_has_no_effect():
    at = dict.fromkeys(map(str, collider().parameters), 1)
    verdict = se.is_cylindrical(collider())
    assert isinstance(verdict, se.Refuted)
    assert str(verdict.scope) == "exactly on {b_h_b = 0}"
    assert "cylindrical exactly on {b_h_b = 0}" in se.verify(collider(), "S8").hypothesis
    locus = se.cylindrical_locus(collider())
    assert (locus.scope, locus.inadmissible) == (str(verdict.scope), ())
    assert isinstance(se.is_cylindrical(collider().on(locus)), se.Proved)
    assert isinstance(se.is_cylindrical(collider().fix({"b_h_b": 1})), se.Refuted)
    factor = se.is_cylindrical(se.factor_analysis(1))
    assert str(factor.scope) == "exactly on {l1 = 0}"
    assert isinstance(se.is_cylindrical(se.factor_analysis(1), at={"m1": 0, "l1": 0, "w1": 1}), se.Proved)
    assert isinstance(se.is_cylindrical(collider(), at={**at, "b_h_b": 0}), se.Proved)
    assert isinstance(se.is_cylindrical(collider(), at={**at, "b_c_b": 0}), se.Refuted)


def test_the_locus_of_a_gaussian_model_comes_with_its_inadmissible_points():
    for M, scope, inadmissible in (
        (se.factor_analysis(2), "nowhere", ["l1 = 0, l2 = 0"]),
        (se.factor_analysis(3), "nowhere", ["l1 = 0", "l2 = 0", "l3 = 0"]),
        (se.factor_analysis(2, 2), "nowhere", ["l1_1 = 0, l1_2 = 0, l2_1 = 0, l2_2 = 0"]),
        (se.probabilistic_pca(3, 1), "nowhere", ["W1 = 0, W2 = 0, W3 = 0"]),
        (se.linear_dynamical_system(2), "nowhere", ["c = 0"]),
        (se.linear_gaussian([("h", "v")], hidden=["h"]), "at every admissible point", []),
    ):
        locus = se.cylindrical_locus(M)
        assert (locus.scope, list(map(str, locus.inadmissible))) == (scope, inadmissible)
        for component in locus.inadmissible:
            assert not se.is_admissible(M, component.at())
        assert (locus.fails is None) == (locus.extent == "everywhere")


def test_the_moments_of_a_counterexample_name_their_variables_so_that_its_gradients_are_found_again():
    M = se.linear_gaussian([("h", "a"), ("h", "b"), ("b", "c")], hidden=["h"], means=False)
    found = se.verify(M).counterexample
    assert (M.order[0], found.q.variables) == ("h", ("a", "b", "c", "h"))
    for q, expected in ((found.q, found.projected_elbo_gradient), (found.optimal_q, found.optimal_gradient)):
        again = se.natural_gradient(se.divergence(q), M, found.parameters)
        assert list(-again.projected) == list(expected.values())
    seen = se.natural_gradient(se.visible_divergence(found.q), M, found.parameters)  # p* is the marginal of q
    assert list(-seen.projected) == list(found.visible_gradient.values())
    with pytest.raises(se.DomainError, match="no moments of d; there are those of a, b, c, h"):
        found.q.of(["d"])


def test_at_random_points_a_network_is_cylindrical_where_its_locus_says():
    rng = random.Random(5)
    edges = [("h", "b"), ("c", "b"), ("h", "k"), ("k", "c")]
    for M in (collider(), se.linear_gaussian(edges, hidden=["h", "k"], means=False), se.factor_analysis(1)):
        locus, generic = se.cylindrical_locus(M), se.ranks(M)
        for _ in range(40):
            values = [rng.choice([0, 0, 1, 2, -1]) for _ in M.parameters]
            at = {p: abs(v) or 1 if str(p).startswith("w") else v for p, v in zip(M.parameters, values, strict=True)}
            ranks = se.ranks(M, at)
            dropped = any(all(e.subs(at) == 0 for e in c.equations) for c in locus.inadmissible)
            assert dropped == (ranks[:2] != generic[:2]), at
            if not dropped:
                splits = any(all(e.subs(at) == 0 for e in c.equations) for c in locus.components)
                assert splits == ranks.cylindrical, at


@pytest.mark.parametrize(
    ("model", "cut"),
    [
        (se.linear_gaussian([("a", "h"), ("b", "h"), ("a", "b")], hidden=["h"]), True),
        (se.linear_gaussian([("h", "v")], hidden=["h"]), True),
        (se.Gaussian(["x", "y", "h"], sympy.symbols("a b m"), [[2, 1, 1], [1, 3, 1], [1, 1, 4]],
                     sympy.symbols("a b m"), hidden=["h"]), True),
    ],
    ids=repr,
)  # fmt: skip
def test_all_statements_on_cylindrical_models(model, cut):
    report = se.verify(model)
    assert isinstance(report["S3"], se.Proved)
    assert [k for k in ("S1", "S2", "S4", "S5", "S6", "S7", "S8", "S12") if not isinstance(report[k], se.Proved)] == []
    assert isinstance(report["S9"], se.NotApplicable)
    assert isinstance(report["S11"], se.Proved) == cut


def test_a_fixed_law_of_the_factor_is_no_network_although_its_graph_is_complete():
    free, fixed = se.linear_gaussian([("h", "v")], hidden=["h"]), se.factor_analysis(1)
    assert isinstance(se.is_cylindrical(free), se.Proved)
    assert isinstance(se.is_cylindrical(fixed), se.Refuted)
    assert isinstance(se.verify(fixed, "S10"), se.NotApplicable)
    assert isinstance(se.verify(free.fix({"w_h": 1}), "S10"), se.NotApplicable)


def test_hidden_neighbours_with_a_complete_boundary_in_a_concentration_graph():
    """Theorem 4: free K on a graph is cylindrical iff the boundary of each hidden component is complete."""
    for edges, hidden in (
        (["ab", "bh"], "h"),
        (["ah", "bh"], "h"),
        (["ab", "ah", "bh"], "h"),
        (["ah", "hk", "kb"], "hk"),
    ):
        names = sorted(set("".join(edges)))
        parameters = {frozenset(e): sympy.Symbol(f"k_{e}") for e in edges}
        parameters |= {frozenset(n): sympy.Symbol(f"k_{n}") for n in names}
        rows = [[parameters.get(frozenset(i + j), 0) for j in names] for i in names]
        M = se.Gaussian(names, precision=rows, parameters=sorted(parameters.values(), key=str), hidden=list(hidden))
        graph = nx.Graph([tuple(e) for e in edges])
        boundary = {n for h in hidden for n in graph[h]} - set(hidden)
        complete = all(graph.has_edge(*pair) for pair in itertools.combinations(boundary, 2))
        assert isinstance(se.is_cylindrical(M), se.Proved) == complete, edges


def test_random_networks_get_the_verdict_of_their_graph_with_an_accepted_certificate():
    rng = random.Random(11)
    kinds = set()
    for _ in range(12):
        names = [f"x{i}" for i in range(rng.randint(2, 4))]
        graph = nx.DiGraph()
        graph.add_nodes_from(names)
        graph.add_edges_from(e for e in itertools.combinations(names, 2) if rng.random() < 0.6)
        M = se.linear_gaussian(graph, hidden=rng.sample(names, rng.randint(1, len(names) - 1)))
        verdict = se.is_cylindrical(M)
        assert isinstance(verdict, se.Proved | se.Refuted), (M, graph.edges, verdict)
        kinds.add(type(verdict))
        assert checker.check(verdict.certificate.to_json()).accepted
    assert kinds == {se.Proved, se.Refuted}


@pytest.mark.parametrize(
    ("model", "oblique"),
    [(se.factor_analysis(20), 22), (se.probabilistic_pca(10, 3), 31), (se.linear_dynamical_system(8), 4)],
    ids=repr,
)
def test_large_models_are_refuted_with_an_accepted_certificate(model, oblique):
    verdict = se.is_cylindrical(model)
    assert isinstance(verdict, se.Refuted)
    assert verdict.scope == se.Where.NOWHERE
    assert verdict.counterexample.ranks.oblique == oblique
    assert checker.check(verdict.certificate.to_json()).accepted
    assert checker.check(verdict.extent_certificate.to_json()).accepted


def test_both_forms_of_a_model_get_the_same_verdict_and_numbers():
    M = se.linear_dynamical_system(3)
    other = se.Gaussian(
        M.variables, precision=M.precision.to_sympy(), parameters=M.parameters, hidden=M.hidden,
        domain=[p > 0 for p in M.parameters],
    )  # fmt: skip
    at = dict.fromkeys(map(str, M.parameters), 1)
    first, second = (se.is_cylindrical(model, at=at).counterexample for model in (M, other))
    assert first.visible_gradient == second.visible_gradient
    assert first.projected_elbo_gradient == second.projected_elbo_gradient


def test_an_inadmissible_point_is_refused():
    M = se.factor_analysis(3)
    at = {**dict.fromkeys(map(str, M.parameters), 1), "l1": 0, "l2": 0}
    with pytest.raises(se.DomainError, match="not admissible"):
        se.verify(M, at=at)


def test_an_exponential_parametrisation_is_decided_at_exact_points():
    t, w = sympy.symbols("t w")
    e = sympy.exp(t)
    M = se.Gaussian(["v", "h"], None, [[e + w, e], [e, e]], [t, w], hidden=["h"])
    verdict = se.is_cylindrical(M)
    assert isinstance(verdict, se.Refuted)
    assert isinstance(se.is_cylindrical(M, at={t: sympy.log(2), w: 1}), se.Refuted)
    mixed = se.Gaussian(["v", "h"], None, [[t * e + w, t * e], [t * e, t * e]], [t, w], hidden=["h"])
    assert isinstance(se.is_cylindrical(mixed), se.Refuted)


def test_a_budget_that_ends_forkthe_rest_undecided():
    report = se.verify(se.factor_analysis(20), budget=0.01)
    assert report.undecided


def test_the_em_step_of_factor_analysis_is_that_of_rubin_and_thayer():
    n = 3
    M = se.factor_analysis(n)
    l0, w0 = sympy.Matrix([1, 2, -1]), sympy.diag(1, 2, 3)
    S = sympy.Matrix([[4, 1, 0], [1, 5, -1], [0, -1, 3]])
    beta = l0.T * (l0 * l0.T + w0).inv()
    hh = (ONE - (beta * l0)[0]) + (beta * S * beta.T)[0]
    l1 = S * beta.T / hh
    w1 = [(S - l1 * beta * S)[i, i] for i in range(n)]
    at = dict(zip(M.parameters, [0] * n + [*l0] + [w0[i, i] for i in range(n)], strict=True))
    step = se.em_step(M, (None, S), at)
    assert list(step.em) == [0] * n + [*l1] + w1
    # At qhat the ELBO touches the evidence, and the M-step is where its gradient vanishes.
    q = (None, sympy.Matrix(sympy.BlockMatrix([[S, S * beta.T], [beta * S, sympy.Matrix([[hh]])]])))
    elbo = se.natural_gradient(se.elbo(q), M, at)
    assert step.start + elbo.parameters == step.natural
    assert elbo.tangent == se.natural_gradient(se.evidence((None, S)), M, at).tangent
    assert not any(se.natural_gradient(se.elbo(q), M, dict(zip(M.parameters, step.em, strict=True))).tangent)


@pytest.mark.parametrize(
    "model",
    [
        se.factor_analysis(3, 2),
        se.probabilistic_pca(3, 1),
        se.linear_dynamical_system(3),
        se.linear_dynamical_system(2).fix({"c": 1}),
        se.linear_gaussian([("h", "a"), ("h", "b"), ("a", "b")], hidden=["h"]),
    ],
    ids=repr,
)
def test_the_elbo_of_qhat_is_stationary_after_the_m_step(model):
    rng = random.Random(3)
    at = model.point({p: sympy.Rational(rng.randint(1, 5), rng.randint(1, 3)) for p in model.parameters})
    data = [[rng.randint(-3, 4) for _ in range(model.n_visible)] for _ in range(7)]
    where = gaussian_scores(model, at)
    second = where.second_moments(where.horizontal_lift(where.moments(data, visible=True))).to_sympy()
    place = [model.variables.index(v) for v in model.order]
    mean = sympy.Matrix([second[0, 1 + i] for i in place])
    qhat = se.Moments(tuple(mean), (second[1:, 1:].extract(place, place) - mean * mean.T).tolist())
    step = se.em_step(model, data, at)
    assert not any(
        se.natural_gradient(se.divergence(qhat), model, dict(zip(model.parameters, step.em, strict=True))).tangent
    )
    assert list(step.start + se.natural_gradient(se.evidence(data), model, at).parameters) == list(step.natural)


def test_an_m_step_without_a_closed_form_is_refused():
    fork = se.linear_gaussian([("h", "a"), ("h", "b")], hidden=["h"], means=False)
    at = dict.fromkeys(map(str, fork.parameters), 1)
    shared = fork.on("b_h_a = b_h_b")
    with pytest.raises(se.ModelError, match="coefficients are not shared by equations with different variances"):
        se.em_step(shared, (None, sympy.eye(2)), {k: 1 for k in at if k != "b_h_a"})
