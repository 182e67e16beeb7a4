"""Every matrix of the geometry against the slow oracle, on random models of every kind."""

import itertools
from functools import cache

import mpmath
import pytest
import sympy

import symelbo as se
from symelbo.exact import evaluate_mod, residue, residues_of
from symelbo.geometry import geometry
from symelbo.verification.evaluation import is_affordable
from tests.oracle import KINDS, apply, is_positive_semidefinite, product, random_model, rank, transpose
from tests.translation import drawn_model, fractions_of, network_of, point_of, raw_model_b, vector_of

FEW = range(6)
MANY = range(6, 40)


@cache
def case(kind, seed):
    drawn, model = drawn_model(kind, seed)
    at = point_of(drawn, model)
    return drawn, model, at, drawn.oracle(at)


every_model = pytest.mark.parametrize(
    ("kind", "seed"),
    [pytest.param(k, s, marks=[] if s in FEW else pytest.mark.slow) for k in KINDS for s in (*FEW, *MANY)],
)
some_models = pytest.mark.parametrize(("kind", "seed"), [(k, s) for k in KINDS for s in range(3)])


@every_model
def test_generic_ranks_are_those_of_random_points(kind, seed):
    drawn, model, _, _ = case(kind, seed)
    assert tuple(se.ranks(model)) == tuple(drawn.generic_ranks)


@every_model
def test_ranks_and_dimensions_at_a_point_are_those_of_the_oracle(kind, seed):
    _, model, at, oracle = case(kind, seed)
    found = se.tangent_decomposition(model, at)
    assert tuple(se.ranks(model, at)) == tuple(found.ranks) == tuple(oracle.ranks)
    assert (found.dim, *found.dims) == tuple(oracle.dimensions)


@every_model
def test_metrics_cometrics_and_projections_at_a_point_are_those_of_the_oracle(kind, seed):
    _, model, at, oracle = case(kind, seed)
    assert fractions_of(se.jacobian(model, at)) == oracle.J
    assert fractions_of(se.fisher_metric(model, at)) == oracle.G
    assert fractions_of(se.visible_fisher_metric(model, at)) == oracle.G_V
    assert fractions_of(se.missing_information(model, at)) == oracle.missing_information
    assert fractions_of(se.defect(model, at)) == oracle.Delta
    here = geometry(model, model.point(at))
    assert fractions_of(here.projected_cometric.to_sympy()) == oracle.U
    assert fractions_of(here.visible_cometric.to_sympy()) == oracle.W
    assert fractions_of(se.tangent_projection(model, at)) == oracle.tangent_projection
    # The oracle projects onto H_p inside the tangent space of the simplex, we also lift vectors of another sum.
    tangents = transpose([*oracle.horizontal_basis, *oracle.vertical_basis])
    ours = product(fractions_of(se.horizontal_projection(model, at)), tangents)
    assert ours == product(oracle.horizontal_projection, tangents)


@every_model
def test_the_bases_are_horizontal_vertical_and_orthogonal_to_both(kind, seed):
    _, model, at, oracle = case(kind, seed)
    found = se.tangent_decomposition(model, at)
    horizontal, vertical, oblique = (
        [vector_of(A) for A in part] for part in (found.horizontal, found.vertical, found.oblique)
    )
    for A in vertical:
        assert not any(apply(oracle.dpi, A))
    for A in horizontal:
        assert apply(oracle.C, apply(oracle.dpi, A)) == A
    for A in oblique:
        assert not any(oracle.inner(A, B) for B in (*horizontal, *vertical))
    together = [*horizontal, *vertical, *oblique]
    assert len(together) == found.dim
    if together:
        assert rank([*together, *oracle.tangent_basis]) == rank(together) == found.dim


@every_model
def test_symbolic_bases_are_horizontal_vertical_and_of_the_generic_dimensions(kind, seed):
    drawn, model, at, oracle = case(kind, seed)
    found = se.tangent_decomposition(model)
    generic = drawn.generic_ranks
    assert found.dims.horizontal == generic.joint - generic.vertical
    assert found.dims.vertical == generic.joint - generic.visible
    assert found.dims.oblique == generic.visible + generic.vertical - generic.joint
    values = model.point(at).values
    J = oracle.J
    for columns, is_right in (
        (found.horizontal_parameters, lambda A: apply(oracle.C, apply(oracle.dpi, A)) == A),
        (found.vertical_parameters, lambda A: not any(apply(oracle.dpi, A))),
        (found.null_parameters, lambda A: not any(A)),
    ):
        for j in range(columns.ncols):
            c = [value[0] for value in fractions_of(columns.columns([j]).evaluate(values).to_sympy())]
            assert is_right(apply(J, c))


@some_models
def test_symbolic_results_evaluated_at_a_point_are_the_results_at_the_point(kind, seed):
    _, model, at, _ = case(kind, seed)
    if not is_affordable(model):
        pytest.skip("the symbolic matrices are large")
    point = model.point(at)
    symbolic, here = geometry(model), geometry(model, point)
    for name in ("jacobian", "metric", "visible_metric", "missing_information", "vertical_scores"):
        assert getattr(symbolic, name).evaluate(point.values) == getattr(here, name), name
    if se.is_admissible(model, point):
        for name in ("projected_cometric", "visible_cometric", "defect"):
            assert getattr(symbolic, name).evaluate(point.values) == getattr(here, name), name


@some_models
def test_sympy_output_field_arithmetic_residues_and_fifty_digits_agree(kind, seed):
    _, model, at, _ = case(kind, seed)
    if not is_affordable(model):
        pytest.skip("the symbolic matrices are large")
    point, p = model.point(at), model.prime
    entries = geometry(model).visible_metric
    if max(len(e.num) for row in entries.rows for e in row) > 200:
        pytest.skip("printing the factored entries takes seconds")
    printed = se.visible_fisher_metric(model)
    with mpmath.workdps(50):
        numbers = [mpmath.mpmathify(sympy.N(v, 50)) for v in point.substitution().values()]
    for i in range(entries.nrows):
        for j in range(i + 1):
            exact = entries[i, j].evaluate(point.values)
            assert evaluate_mod(entries[i, j], residues_of(point.values, p), p) == residue(exact, p)
            with mpmath.workdps(50):
                value = sympy.lambdify(model.parameters, printed[i, j], "mpmath")(*numbers)
                assert mpmath.almosteq(value, mpmath.mpf(int(exact.p)) / int(exact.q), mpmath.mpf(10) ** -40)


@some_models
def test_the_defect_is_symmetric_positive_semidefinite_and_of_rank_m(kind, seed):
    _, model, at, oracle = case(kind, seed)
    delta = fractions_of(se.defect(model, at))
    assert is_positive_semidefinite(delta)
    assert rank(delta) == oracle.ranks.visible + oracle.ranks.vertical - oracle.ranks.joint
    assert is_positive_semidefinite(fractions_of(se.missing_information(model, at)))


@pytest.mark.parametrize("seed", [*FEW, *(pytest.param(s, marks=pytest.mark.slow) for s in MANY)])
def test_a_network_from_its_graph_has_the_geometry_of_its_raw_table(seed):
    drawn = random_model("bayesian_network", seed)
    model, at = network_of(drawn)
    oracle = drawn.oracle()
    assert tuple(se.ranks(model)) == tuple(drawn.generic_ranks)
    order = [drawn.parameters.index(t) for t in _originals(drawn, model)]
    G = [[oracle.G[i][j] for j in order] for i in order]
    assert fractions_of(se.fisher_metric(model, at)) == G
    if drawn.n_visible and len(model.parameters) <= 7:
        values = model.point(at).values
        assert fractions_of(geometry(model).metric.evaluate(values).to_sympy()) == G
        inverse = geometry(model).metric_inverse.evaluate(values)
        assert (inverse @ geometry(model).metric.evaluate(values)).rank() == len(order)
    assert fractions_of(se.defect(model, at)) == oracle.Delta


def _originals(drawn, model):
    """The drawn parameters in the order of the model's: row by row, the nodes in order."""
    free = {(node, frozenset(at.items())): symbols for node, at, symbols in drawn.rows}
    for family in model.structure.families:
        for labels in itertools.product(*(drawn.variables[p] for p in family.parents)):
            yield from free[family.node, frozenset(zip(family.parents, labels, strict=True))]


def test_matrices_are_sympy_matrices_with_factored_entries():
    model = raw_model_b()
    G = se.fisher_metric(model)
    assert isinstance(G, sympy.MatrixBase)
    assert str(G[0, 0]) == "1/(x*(1 - x))"
    kappa = se.defect(model)[0, 0]
    assert kappa == sympy.factor(kappa).as_numer_denom()[0] or len(sympy.factor_list(kappa)[1]) == 1
    assert str(se.visible_fisher_metric(se.model_a())[1, 1]) == "1/(y*(1 - y))"
