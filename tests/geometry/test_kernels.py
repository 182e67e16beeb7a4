"""Null vectors of J_V: found in a few tables, verified there, and against the multiplied-out Jacobian."""

import math
import random

import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.errors import BudgetError
from symelbo.exact import Matrix
from symelbo.geometry import generic_ranks, generic_screen, geometry, is_kernel, kernel, ranks_at
from symelbo.geometry import kernels as module
from symelbo.geometry.local_kernels import is_local_null_vector, local_visible_kernel
from symelbo.geometry.screen import _products
from symelbo.models.tables import local_tables, product_tables

B1, B3 = sympy.symbols("b1 b3")


def random_network(nodes, seed):
    rng = random.Random(seed)
    names = [f"n{i}" for i in range(nodes)]
    edges = [(a, b) for j, b in enumerate(names) for a in rng.sample(names[:j], min(j, rng.choice((0, 1, 2))))]
    hidden = rng.sample(names, nodes // 3)
    return se.bayesian_network(edges, isolated=names, hidden=hidden)


def nullity(model):
    return len(model.parameters) - generic_screen(model).ranks().visible


def is_annihilated(model, vectors):
    """The independent check: the whole visible Jacobian, multiplied out."""
    return (geometry(model).visible_jacobian @ vectors).is_zero()


@pytest.mark.parametrize("length", [3, 4, 5])
def test_the_ends_of_a_hidden_markov_chain_account_for_all_null_vectors(length):
    model = se.hidden_markov_model(length)
    found = local_visible_kernel(model, nullity(model))
    assert found.ncols == 4
    assert found.T.rank() == 4
    assert is_annihilated(model, found)


@pytest.mark.parametrize("seed", range(12))
def test_in_random_networks_a_few_hidden_variables_account_for_all_null_vectors(seed):
    model = random_network(6 + seed % 3, seed)
    found = local_visible_kernel(model, nullity(model)) if nullity(model) else None
    if nullity(model):
        assert found is not None
        assert found.ncols == nullity(model)
        assert is_annihilated(model, found)


def test_local_tables_multiply_to_the_table():
    for model in (random_network(6, 1), se.restricted_boltzmann_machine(2, 2), se.model_b()):
        factors = sorted(f for t in local_tables(model) for f in t.factors)
        assert factors == list(range(len(model.factor_table.factors)))


@pytest.mark.parametrize(
    "model",
    [
        se.hidden_markov_model(4, homogeneous=True),
        se.hidden_markov_model(3, 3, homogeneous=True),
        se.naive_bayes(3).tie({"v2": "v1", "v3": "v1"}),
        se.log_linear([("a", "b", "c")], hidden=["c"]),
    ],
)
def test_tables_that_share_factors_multiply_to_the_table_too(model):
    names_of_all = [v.name for v in model.space.variables]
    digits = [dict(zip(names_of_all, row, strict=True)) for row in model.space.digits.tolist()]
    sizes = {v.name: len(v) for v in model.space.variables}
    whole = np.zeros_like(model.factor_table.exponents, dtype=np.int64)
    for names, rows in product_tables(model):
        assert len(rows) == math.prod(sizes[n] for n in names)
        assert (rows >= 0).all()
        for x, at in enumerate(digits):
            whole[x] += rows[int(np.ravel_multi_index([at[n] for n in names], [sizes[n] for n in names]))]
    assert (whole == model.factor_table.exponents).all()


def logs_along(model, vector):
    column = Matrix.column(model.field, vector)
    return (Matrix(model.field, model.log_derivatives, len(vector)) @ column).column_entries()


def test_a_direction_that_moves_the_visible_table_is_no_local_null_vector():
    model = se.hidden_markov_model(3)
    vectors = local_visible_kernel(model, 4)
    good = vectors.column_entries(0)
    assert is_local_null_vector(model, logs_along(model, good))
    for i, entry in enumerate(good):
        wrong = list(good)
        wrong[i] = entry + model.field.one
        column = Matrix.column(model.field, wrong)
        assert is_local_null_vector(model, logs_along(model, wrong)) == is_annihilated(model, column)
        assert is_kernel(model, column, "visible") == is_annihilated(model, column)


def test_what_holds_locally_is_what_the_whole_table_says(monkeypatch):
    for seed in range(6):
        model = random_network(6, seed)
        if nullity(model):
            vectors = kernel(model, "visible")
            assert is_kernel(model, vectors, "visible")
            monkeypatch.setattr(module, "is_local_null_vector", lambda *_: False)
            assert is_kernel(model, vectors, "visible")
            monkeypatch.undo()


def reparametrised(width):
    """Independence of a visible and a hidden pair, in parameters in which its null vectors are large polynomials."""
    model = se.bayesian_network([("v", "w"), ("h", "k")], hidden=["h", "k"])
    new = sympy.symbols("a b c d e f")
    values = {
        p: sympy.Rational(1, 4)
        + sum(new[(i + j) % 6] ** 2 * new[(i + 2 * j + 1) % 6] / sympy.Integer(4 * width + j) for j in range(width))
        for i, p in enumerate(model.parameters)
    }
    return model.reparametrise(values, new, [c for s in new for c in (s > 0, s < 1)])


@pytest.mark.parametrize("width", [2, 3, 4, pytest.param(5, marks=pytest.mark.slow)])
def test_a_cylindrical_model_whose_null_vectors_are_large_polynomials_is_proved(width):
    verdict = se.is_cylindrical(reparametrised(width))
    assert isinstance(verdict, se.Proved)
    assert verdict.scope == se.Where.EVERYWHERE
    assert verdict.certificate.witness["kind"] in ("null-vectors", "bounds")


def test_interpolation_finds_small_null_vectors_where_the_elimination_swells():
    edges = ["0-1", "0-3", "3-4", "3-5", "1-6", "4-6", "0-7", "5-7", "3-8", "2-8", "2-9", "3-10"]
    names = [f"n{i}" for i in range(12)]
    model = se.bayesian_network(
        [tuple(f"n{i}" for i in e.split("-")) for e in edges], isolated=names, hidden=["n1", "n3", "n8", "n9"]
    )
    with pytest.raises(BudgetError):
        module._difference_matrix(model, "vertical").nullspace()
    vectors = kernel(model, "vertical")
    assert vectors.ncols == 11
    assert is_kernel(model, vectors, "vertical")
    assert (module._difference_matrix(model, "vertical") @ vectors).is_zero()
    assert max(len(e.num) for row in vectors.rows for e in row) < 20


def test_known_generic_ranks_spare_the_elimination_at_points(monkeypatch):
    model = se.hidden_markov_model(3)
    generic = generic_ranks(model)
    point = model.point({p: f"{i + 1}/{2 * i + 5}" for i, p in enumerate(model.parameters)})
    found = ranks_at(model, point)
    at = geometry(model, point)
    assert found == generic
    assert found == (at.jacobian.rank(), at.visible_jacobian.rank(), at.vertical_jacobian.rank())


def test_null_vectors_of_a_table_with_different_coefficients_are_those_of_the_whole_table():
    """p(a) = (1/4 + b1/2, 1/2, 1/4 - b1/2): the weights are no products of factors with one coefficient."""
    model = se.bayesian_network([("a", "b")], states={"a": 3, "b": 2}, hidden=["a"]).on(
        {"a_0": "b1/2 + 1/4", "a_1": "1/2"}
    )
    assert len(set(model.factor_table.coefficients)) > 1
    found = kernel(model, "visible")
    derivatives = geometry(model).visible_jacobian
    assert found.ncols == 2
    assert (derivatives @ found).is_zero()
    assert is_kernel(model, found, "visible")
    # What the tables say when the coefficients 1/4, 1/2, 1/4 are left out.
    vector = [model.field.from_sympy(sympy.sympify(e, strict=True)) for e in (1, 2 * B3 - 4 * B1 - 1, 0)]
    wrong = Matrix.from_columns(model.field, [vector], 3)
    assert not (derivatives @ wrong).is_zero()
    assert not is_kernel(model, wrong, "visible")


@pytest.mark.parametrize(("largest", "entries"), [(1, 1), (3, 5), (1000, 3), (10**9, 2), (10**12, 7)])
def test_packed_products_vanish_exactly_where_all_products_do(largest, entries):
    rng = np.random.default_rng(entries)
    rows = rng.integers(-entries, entries + 1, (200, 6), dtype=np.int64)
    columns = [[int(c) for c in rng.integers(-largest, largest + 1, 6)] for _ in range(5)]
    columns.append([0, 0, 1, 0, 0, 0])
    rows[::3] = 0
    rows[1::3, 2] = 0
    exact = rows.astype(object) @ np.array(columns, dtype=object).T
    assert (_products(rows, columns).any(axis=1) == exact.any(axis=1)).all()
