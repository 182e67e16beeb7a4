"""Symbolic results are sums over states whose values are those of exact arithmetic, for every family, at any size."""

import multiprocessing
import os
import signal
from fractions import Fraction
from functools import cache
from pathlib import Path

import mpmath
import numpy as np
import pytest
import sympy

import symelbo as se
from symelbo.exact.evaluation import evaluated
from symelbo.exact.names import Name, definitions, written_out
from symelbo.geometry import measures, ranks_at
from symelbo.models.points import Point

PUBLISHED = sorted((Path(__file__).parent.parent / "published").rglob("*.toml"))
OWN = {
    "M(a)": se.model_a,
    "M(b)": se.model_b,
    "naive Bayes 3": lambda: se.naive_bayes(3),
    "naive Bayes 4": lambda: se.naive_bayes(4),
    "naive Bayes 3, three classes": lambda: se.naive_bayes(3, 3),
    "hidden Markov 2": lambda: se.hidden_markov_model(2),
    "hidden Markov 3": lambda: se.hidden_markov_model(3),
    "RBM 3x1": lambda: se.restricted_boltzmann_machine(3, 1),
    "RBM 2x2": lambda: se.restricted_boltzmann_machine(2, 2),
    "RBM 4x1": lambda: se.restricted_boltzmann_machine(4, 1),
    "sigmoid 1-2": lambda: se.sigmoid_belief_network([("h", "a"), ("h", "b")], hidden=["h"]),
    "sigmoid 2-2": lambda: se.sigmoid_belief_network([(h, v) for h in "gh" for v in "ab"], hidden=["g", "h"]),
    "two causes": lambda: se.sigmoid_belief_network(
        [("g", "a"), ("g", "b"), ("h", "b"), ("h", "c")], hidden=["g", "h"]
    ),
    "log-linear": lambda: se.log_linear(
        [["a", "b", "h"], ["b", "c"], ["c", "h"]], states=dict.fromkeys("abch", 2), hidden=["h"]
    ),
    "simplex": lambda: se.full_simplex(se.SampleSpace(visible={"v": 4}, hidden={"h": 3})),
    "tree": lambda: se.bayesian_network([("h", "a"), ("h", "b"), ("a", "c"), ("b", "d")], hidden=["h"]),
    "two parts": lambda: se.bayesian_network([("h", "a"), ("h", "b"), ("g", "c"), ("g", "d")], hidden=["h", "g"]),
}
FAMILIES = OWN | {p.stem: lambda p=p: se.load_model(p) for p in PUBLISHED}
every_family = pytest.mark.parametrize("name", FAMILIES)
MATRICES = (se.fisher_metric, se.visible_fisher_metric, se.missing_information, se.defect)
PARTS = ("parameters", "tangent", "projected", "visible")
HERE = {"x": "1/2", "y1": "1/2", "z1": "1/2", "y2": "1/3", "z2": "1/3"}


@cache
def model_of(name):
    return FAMILIES[name]()


def somewhere(model):
    """An admissible point without any symmetry."""
    ranks = se.ranks(model)[:2]
    points = (Point(model.field, v) for v in model.domain.interior_points(seed=20))
    return next(p for p in points if ranks_at(model, p)[:2] == ranks)


def every_objective(model):
    """One objective of every kind: three on all states, three on what is seen."""
    q = [Fraction(k * k % 7 + 1) for k in range(model.space.n_states)]
    p_star = [Fraction(k * k % 5 + 1) for k in range(model.space.n_visible)]
    q = {s: w / sum(q) for s, w in zip(model.space.states, q, strict=True)}
    p_star = [w / sum(p_star) for w in p_star]
    on_all = [f(q) for f in (se.divergence, se.elbo, se.variational_gap)]
    return on_all + [f(p_star) for f in (se.data_divergence, se.evidence, se.visible_divergence)]


def objectives(model, name):
    """One objective of every kind; of a published model two, on all states and on what is seen, in turn."""
    every = every_objective(model)
    return every if name in OWN else every[list(FAMILIES).index(name) % 3 :: 3]


@every_family
def test_values_at_a_point_are_those_of_exact_arithmetic(name):
    model = model_of(name)
    at = somewhere(model)
    for quantity in MATRICES:
        assert quantity(model).at(at) == quantity(model, at), quantity.__name__


@every_family
def test_natural_gradients_at_a_point_are_those_of_exact_arithmetic(name):
    model = model_of(name)
    at = somewhere(model)
    for objective in objectives(model, name):
        found, exact = se.natural_gradient(objective, model), se.natural_gradient(objective, model, at)
        for part in PARTS:
            formula, value = getattr(found, part), getattr(exact, part)
            assert (formula is None) == (value is None)
            assert formula is None or formula.at(at) == value, (objective, part)


@pytest.mark.parametrize("name", ["M(b)", "naive Bayes 4", "hidden Markov 3", "RBM 3x1", "sigmoid 2-2", "tree"])
def test_fifty_digits_intervals_and_floating_point_numbers_agree_with_exact_values(name):
    model = model_of(name)
    at = somewhere(model)
    generators = model.field.generators
    numbers = [Fraction(int(v.p), int(v.q)) for v in at.values]
    for quantity in MATRICES:
        formula, exact = quantity(model), list(quantity(model, at))
        with mpmath.workdps(60):
            leaves = {g: mpmath.mpf(v.numerator) / v.denominator for g, v in zip(generators, numbers, strict=True)}
            digits = evaluated(formula, leaves, lambda e: mpmath.mpf(int(e.p)) / int(e.q))
            for value, number in zip(digits, exact, strict=True):
                assert abs(value - mpmath.mpf(int(number.p)) / int(number.q)) <= mpmath.mpf(10) ** -50 * (
                    1 + abs(value)
                )
        leaves = {g: mpmath.iv.mpf(v.numerator) / v.denominator for g, v in zip(generators, numbers, strict=True)}
        intervals = evaluated(formula, leaves, lambda e: mpmath.iv.mpf(int(e.p)) / int(e.q))
        assert all(mpmath.iv.mpf(int(n.p)) / int(n.q) in v for v, n in zip(intervals, exact, strict=True))
        theta = [float(mpmath.mpmathify(sympy.N(v))) for v in at.substitution().values()]
        values = formula.numpy()([theta, theta])
        assert values.shape == (2, *formula.shape)
        np.testing.assert_allclose(values[1].ravel(), np.array(exact, dtype=float), rtol=1e-6, atol=1e-9)


def test_sums_are_those_over_the_visible_states_and_grow_with_their_number():
    def symbols(model):
        value = se.visible_fisher_metric(model)
        return sum(len(str(e)) for e in [*value, *(d for _, d in value.definitions)])

    for n in (2, 3, 4, 5):
        model = se.naive_bayes(n)
        assert symbols(model) <= 80 * model.space.n_visible * len(model.parameters) ** 2
    assert len(str(se.visible_fisher_metric(se.model_b()))) < 7000
    assert len(str(se.missing_information(se.model_b()))) < 7000


# -- sympy users -------------------------------------------------------------------------------------------------------


@cache
def long():
    return se.visible_fisher_metric(se.naive_bayes(4))


def test_a_formula_is_a_matrix_of_sympy_whose_names_know_what_they_stand_for():
    value, model = long(), se.naive_bayes(4)
    at = {p: sympy.Rational(k + 1, k + 5) for k, p in enumerate(model.parameters)}
    exact = se.visible_fisher_metric(model, at)
    assert isinstance(value, sympy.MatrixBase)
    names = [name for name, _ in value.definitions]
    assert {"p(0,0,0,0)", "p(1,1,1,1)"} <= {n.name for n in names}
    assert value.at(at) == value.subs(at) == exact
    assert value[1, 1].subs(at) == exact[1, 1]
    assert value[:2, 1:3].at(at) == exact[:2, 1:3]
    assert value[0, 1:].T.at(at) == exact[0, 1:].T
    assert (value @ value)[0, 0].subs(at) == (exact @ exact)[0, 0]
    assert sympy.Matrix(value) == value
    assert value[0, 0].free_symbols == set(model.parameters)
    x = model.parameters[0]
    partly = value.subs({p: v for p, v in at.items() if p != x})
    assert partly.free_symbols == {x}
    assert partly.subs({x: at[x]}) == exact
    slope = value[1, 1].diff(x).subs(at)
    step = sympy.Rational(1, 10**30)
    ahead = value[1, 1].subs({**at, x: at[x] + step})
    assert abs((ahead - exact[1, 1]) / step - slope) < sympy.Rational(1, 10**9)
    with pytest.raises(se.DomainError, match="not that of a model"):
        (value + value).at(at)


def test_replacements_and_reduced_are_a_program_in_the_manner_of_sympy():
    value = long()
    replacements, (reduced,) = value.program
    known = set(se.naive_bayes(4).parameters)
    for name, definition in replacements:
        assert set(definition.atoms(sympy.Symbol)) <= known
        known.add(name)
    assert set(reduced.atoms(sympy.Symbol)) <= known
    assert "\nwhere\n" in repr(value)
    assert all(isinstance(name, Name) for name, _ in replacements)


def test_equal_definitions_are_one_name():
    x = sympy.Symbol("x")
    assert Name("p", 1 - x) is Name("p", 1 - x)
    assert Name("p", 1 - x) != Name("p", x)
    assert definitions([Name("q", Name("p", 1 - x) ** 2)]) == [
        (Name("p", 1 - x), 1 - x),
        (Name("q", Name("p", 1 - x) ** 2), Name("p", 1 - x) ** 2),
    ]
    assert isinstance(se.check_equal(Name("p", 1 - x) ** 2, 1 - 2 * x + x**2), se.Proved)


def test_other_forms_have_the_same_values():
    model = se.model_b()
    for quantity in MATRICES:
        structured = quantity(model, HERE)
        for form in ("factored", "expanded"):
            assert quantity(model, form=form).at(HERE) == structured
    q = sympy.symbols("q0:8")
    at = {**HERE, **{s: sympy.Rational(1, 8) for s in q}}
    for form in ("structured", "factored", "expanded"):
        assert se.natural_gradient(se.divergence(q), model, form=form).projected.at(at) == sympy.Matrix(
            [Fraction(-1, 18), Fraction(-1, 36), Fraction(-1, 36), Fraction(1, 9)]
        )
    for wrong in ("short", None):
        with pytest.raises(se.ModelError, match="'structured', 'factored', 'expanded'"):
            se.defect(model, form=wrong)


# -- symbolic q and p* -------------------------------------------------------------------------------------------------

Q, P = sympy.symbols("q0:8"), sympy.symbols("p0:4")


def test_the_gradient_of_the_data_divergence_is_the_formula_of_the_derivation():
    gradient = se.natural_gradient(se.data_divergence(P), se.model_b())
    assert [str(e) for e in gradient.projected] == [
        "kappa*lambda + p(1,1) - p0",
        "-kappa*lambda + p(1,0) - p1",
        "-kappa*lambda + p(0,1) - p2",
        "kappa*lambda + p(0,0) - p3",
    ]
    numbers = dict(zip(P, [0, 0, 1, 0], strict=True))
    exact = se.natural_gradient(se.data_divergence([0, 0, 1, 0]), se.model_b(), HERE)
    assert gradient.at({**HERE, **numbers}) == gradient.subs(numbers).at(HERE) == exact
    replacements, (_, _, projected, _) = gradient.program
    assert projected.subs(replacements[::-1]).subs(numbers | HERE) == exact.projected
    shown = {str(name): str(e) for name, e in gradient.definitions}
    assert shown["lambda"] == "p0/p(1,1) - p1/p(1,0) - p2/p(0,1) + p3/p(0,0)"
    assert shown["kappa"] == "x*y1*z1*(1 - y1)*(1 - z1) + y2*z2*(1 - x)*(1 - y2)*(1 - z2)"


@pytest.mark.parametrize("at", [HERE, dict.fromkeys(HERE, "1/3")], ids=["admissible", "not"])
@pytest.mark.parametrize("kind", ["divergence", "elbo", "variational_gap"])
def test_symbols_for_q_stand_for_its_numbers(kind, at):
    model, objective = se.model_b(), getattr(se, kind)
    numbers = [sympy.Rational(k + 1, 36) for k in range(8)]
    values = dict(zip(Q, numbers, strict=True))
    exact = se.natural_gradient(objective(numbers), model, at)
    here = se.natural_gradient(objective(Q), model, at)
    assert here.tangent.subs(values) == exact.tangent
    if at is HERE:
        assert se.natural_gradient(objective(Q), model).tangent.at({**at, **values}) == exact.tangent


def test_q_may_be_written_in_every_way_a_distribution_is():
    model = se.model_b()
    plain = se.natural_gradient(se.divergence(Q), model)
    space = model.space
    for q in (
        sympy.Matrix(Q), dict(zip(space.states, Q, strict=True)), np.array(Q, dtype=object),
        np.array(Q, dtype=object).reshape(2, 2, 2), [[list(Q[:2]), list(Q[2:4])], [list(Q[4:6]), list(Q[6:])]],
    ):  # fmt: skip
        assert se.natural_gradient(se.divergence(q), model) == plain
    point = se.natural_gradient(se.data_divergence(np.array([0, 0, 1, 0])), model, HERE)
    assert point == se.natural_gradient(se.data_divergence([0, 0, 1, 0]), model, HERE)
    a = sympy.Symbol("a")
    mixed = se.natural_gradient(se.data_divergence([a, 1 - a, 0, 0]), model)
    assert (
        mixed.projected.at({**HERE, a: 0})
        == se.natural_gradient(se.data_divergence([0, 1, 0, 0]), model, HERE).projected
    )
    assert mixed.projected.at(HERE).free_symbols == {a}


@pytest.mark.parametrize(
    ("q", "says"),
    [
        ([[1, 0], [0, 0]], ["shape (2, 2)", "(2, 2, 2)"]),
        ([Q[0], Q[0], Q[0], Q[0], *(1 - Q[0],) * 4], ["sums to 4, not to 1"]),
        ([sympy.Symbol("x"), *Q[1:]], ["the parameter x"]),
        ([0.5 * Q[0], *Q[1:]], ["0.5"]),
    ],
)
def test_what_cannot_be_a_distribution_is_refused(q, says):
    with pytest.raises((se.DomainError, se.ExactnessError)) as caught:
        se.natural_gradient(se.divergence(q), se.model_b())
    assert all(s in str(caught.value) for s in says), caught.value


# -- nothing hangs -----------------------------------------------------------------------------------------------------

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")


def hard_gradient(**options):
    return se.natural_gradient(se.data_divergence(sympy.symbols("p0:8")), se.hidden_markov_model(3), **options)


def hard_metric(**options):
    return se.visible_fisher_metric(se.hidden_markov_model(3), **options)


@forks
def test_one_fraction_for_everything_says_what_there_is_instead_before_its_budget_ends(monkeypatch):
    asked, within = [], measures.within_budget

    def hurried(budget, what, *others):
        asked.append(what)
        return within(budget if len(asked) == 1 else 1e-9, what, *others)  # the clock decides nothing

    monkeypatch.setattr(measures, "within_budget", hurried)
    with pytest.warns(UserWarning, match=r"form=\"structured\""), pytest.raises(se.BudgetError, match=r"1e-09 s ended"):
        hard_metric(form="factored", budget=300)
    assert len(asked) == 2


@forks
@pytest.mark.parametrize("quantity", [hard_metric, hard_gradient])
@pytest.mark.parametrize("form", ["factored", "expanded"])
def test_one_fraction_for_everything_is_announced_and_can_be_interrupted(quantity, form):
    def interrupt(*_):
        if said.list and multiprocessing.active_children():
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    def begin():
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
        with pytest.raises(KeyboardInterrupt):
            quantity(form=form, budget=300)

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.warns(UserWarning, match=r"common denominator .* form=\"structured\"") as said:
            begin()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert not multiprocessing.active_children(), "what was computing has ended"


SYMBOLIC = {
    "matrix of a table": lambda: se.defect(se.model_b()),
    "matrix of a Gaussian model": lambda: se.visible_fisher_metric(se.linear_gaussian([("h", "y")], hidden=["h"])),
    "gradient on a table": lambda: se.natural_gradient(se.divergence(sympy.symbols("q0:8")), se.model_b()),
    "gradient on a Gaussian model": lambda: se.natural_gradient(
        se.data_divergence({"mean": [1], "covariance": [[2]]}), se.linear_gaussian([("h", "y")], hidden=["h"])
    ),
    "closed form of the defect": lambda: se.defect_formula(se.model_b()),
    "tangent vectors": lambda: se.tangent_decomposition(se.model_b()).vertical[0],
    "dual view": lambda: (
        se.dual_view(se.ExponentialFamily(se.SampleSpace({"x": 2}, {"h": 2}), list(sympy.symbols("x h")))).covariance
    ),
}


@pytest.mark.parametrize("make", SYMBOLIC.values(), ids=list(SYMBOLIC))
def test_every_symbolic_result_has_names_values_substitutions_and_latex(make):
    found = make()
    shown = found.tangent if isinstance(found, se.NaturalGradient) else getattr(found, "X", found)
    at = {p: sympy.Rational(1, k + 2) for k, p in enumerate(shown.model.parameters)}
    values, substituted = shown.at(at), found.subs(at)
    substituted = getattr(substituted, "tangent", getattr(substituted, "X", substituted))
    assert [sympy.expand(a - written_out(b)) for a, b in zip(values, substituted, strict=True)] == [0] * len(values)
    assert found.at(at) is not None
    assert all(isinstance(name, sympy.Symbol) for name, _ in found.definitions)
    for shown in (found.latex(), sympy.latex(found)):
        assert shown.startswith(r"\begin{") or "matrix" in shown
        assert "mathtt" not in shown
