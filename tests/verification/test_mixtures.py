"""Verdicts on mixtures: what ranks decide, with accepted certificates; what is not exact is refused by name."""

import itertools
import random

import pytest
import sympy

import symelbo as se
from symelbo import checker
from symelbo.geometry import generic_ranks, ranks_at, score_space
from symelbo.models import files
from tests.certificates.mixed import mixtures

m, p, r, s = sympy.symbols("m p r s")
HALF = sympy.Rational(1, 2)


@pytest.fixture(scope="module")
def built():
    return mixtures()


def test_the_elbo_of_a_gaussian_mixture_moves_the_second_moment_as_the_theory_says():
    """grad^M E[v^2] = (pi (1 - pi) (mu1^2 - mu2^2), 2 mu1, 2 mu2) at pi = 1/2, mu = (1, -1)."""
    report = se.verify(se.exponential_mixture("gaussian"))
    assert not report.contradictions
    assert not report.undecided
    found = report.counterexample
    assert found.objective == "E(v^2)"
    assert list(found.gradient.values()) == [0, 2, -2]
    assert "not horizontal" in str(found)
    assert found.state == (1, 1)
    assert list(found.elbo.values()) == [HALF, 0, 0]
    kinds = {k: type(v) for k, v in report.items()}
    assert {k for k, v in kinds.items() if v is se.Proved} == {"S4", "S9"}
    assert kinds["S3"] is se.Refuted


@pytest.mark.parametrize("name", ["normal", "counts", "times", "doubled", "known", "inflated", "shapes", "unlike"])
def test_a_q_at_one_state_moves_the_mixture_otherwise_than_its_marginal(built, name):
    """S8 fails for it: the difference of the two gradients moves what is seen."""
    M = built[name]
    found = se.verify(M, "S3").counterexample
    gradients = [found.elbo, found.completed]
    difference = [sympy.N(gradients[0][p] - gradients[1][p], 30) for p in M.parameters]
    seen = score_space(M, found.point).visible_scores.to_sympy() * sympy.Matrix(difference)
    assert max(abs(e) for e in seen) > sympy.Rational(1, 1000)


def test_what_is_not_exact_is_not_applicable_by_name(built):
    report = se.verify(built["fixed"])
    assert "integral over 1/p_V" in report["S1"].hypothesis
    assert "integrals of log p_V" in report["S7"].hypothesis
    assert all("divides by p_V" in report[k].hypothesis for k in ("S2", "S5", "S6"))


def test_a_posterior_that_does_not_depend_on_the_parameters_is_cylindrical_and_its_neighbour_is_not(built):
    """Theorem T3: all eta distinct, cylindrical iff p(h|v) is constant; with known weights it is not."""
    verdict = se.is_cylindrical(built["fixed"])
    assert isinstance(verdict, se.Proved)
    assert isinstance(se.is_cylindrical(built["fixed"], {"m": 0}), se.Proved)
    assert isinstance(se.is_cylindrical(built["certain"]), se.Proved)
    assert isinstance(se.is_cylindrical(built["known"]), se.Refuted)
    posterior = sympy.exp(m) / (1 + sympy.exp(m)) * sympy.exp(-((sympy.Symbol("v") - m - 1) ** 2) / 2)
    other = 1 / (1 + sympy.exp(m)) * sympy.exp(-((sympy.Symbol("v") - m) ** 2) / 2)
    assert sympy.simplify(sympy.diff(sympy.log(posterior / other), m)) == 0


@pytest.mark.parametrize(
    "name", ["normal", "counts", "times", "doubled", "known", "split", "bent", "inflated", "shapes", "unlike"]
)
def test_mixtures_are_cylindrical_nowhere_where_minors_of_one_sign_show_it(built, name):
    verdict = se.is_cylindrical(built[name])
    assert str(verdict).startswith("Refuted at every admissible point")
    assert (
        checker.check(verdict.extent_certificate.to_json()).message == "cylindrical refuted, scope no-admissible-point"
    )


def test_a_mixture_whose_posterior_stands_still_at_one_mean_is_not_cylindrical_nowhere():
    """The false neighbour: log p(2|v) / p(1|v) = m^2 / 2 - m + v - 1/2 has the derivative m - 1."""
    e = sympy.exp(m**2 / 2)
    given = [{"v": ("gaussian", m, 1)}, {"v": ("gaussian", m + 1, 1)}]
    M = se.exponential_mixture(given, weights=[1 / (1 + e), e / (1 + e)], parameters=[m])
    verdict = se.is_cylindrical(M)
    assert isinstance(verdict, se.Refuted)
    assert verdict.extent_certificate is None
    assert ranks_at(M, M.point({"m": 1})) == (1, 1, 0)


@pytest.mark.parametrize("name", mixtures())
def test_every_verdict_has_a_certificate_that_prints_the_model_and_is_accepted(built, name):
    for verdict in se.verify(built[name]).verdicts:
        if isinstance(verdict, se.Proved | se.Refuted):
            result = checker.check(verdict.certificate.to_json())
            assert result.accepted
            assert any("~" in line for line in result.report)


def test_ranks_of_the_judge_are_those_of_the_engine_on_random_mixtures():
    rng, symbols = random.Random(3), sympy.symbols("x0:6")
    for _ in range(8):
        classes, kinds = rng.randint(2, 3), rng.sample(["poisson", "exponential", "geometric", "gaussian"], 2)
        weights = sympy.symbols(f"p0:{classes - 1}")
        given = []
        for h in range(classes):  # tied values, known ones, and one of its own in every class
            values = symbols[h], rng.choice([*symbols[3:], sympy.Rational(1, rng.randint(2, 5))])
            noise = rng.choice([symbols[5], 1])
            leaves = zip("uv", kinds, values, strict=True)
            given.append({v: (kind, x, *([noise] if kind == "gaussian" else [])) for v, kind, x in leaves})
        used = {x for own in given for leaf in own.values() for y in leaf[1:] for x in sympy.sympify(y).free_symbols}
        parameters = [*weights, *sorted(used, key=str)]
        M = se.exponential_mixture(given, weights=[*weights, 1 - sum(weights)], parameters=parameters)
        verdict = se.is_cylindrical(M)
        assert isinstance(verdict, se.Proved if generic_ranks(M).cylindrical else se.Refuted)
        assert checker.check(verdict.certificate.to_json()).accepted


def test_a_categorical_leaf_beside_a_poisson_leaf_adds_to_what_is_vertical(built):
    """Stacked by its states: the log-odds of the classes have a slope and one intercept for each state."""
    assert tuple(generic_ranks(built["counts"])) == (5, 5, 3)
    with pytest.raises(se.DomainError, match=r"not at a state \(class from 1 to 2, v, c\)"):
        se.natural_gradient(se.divergence({(1, 0): 1}), built["counts"], dict.fromkeys("pab", HALF) | {"r": 1, "s": 2})
    q = {(1, 0, 1): HALF, (2, 3, 2): HALF}
    at = dict.fromkeys("pab", HALF) | {"r": 1, "s": 2}
    gradient = -se.natural_gradient(se.divergence(q), built["counts"], at).parameters
    # E_q[s] of every parameter over the diagonal metric, by hand
    assert list(gradient) == [0, HALF, -HALF, -1, 1]


def test_what_is_seen_does_not_tell_two_classes_with_one_mean_apart(built):
    """Poisson means r, r and s with a categorical leaf: their shares are seen as one, with one categorical law."""
    found = se.identifiability(built["split"])
    assert [str(x) for x in found.identifiable] == ["c", "r", "s"]
    assert (found.visible_dimension, len(found.directions)) == (5, 2)
    assert checker.check(found.certificate.to_json()).accepted
    at = se.identifiability(se.exponential_mixture("gaussian"), {"pi1": HALF, "mu1": 1, "mu2": 1})
    assert (at.visible_dimension, at.identifiable, at.certificate.scope) == (1, (), "point")
    assert at.as_dict()["missing"] is None
    assert set(se.identifiability(se.zero_inflated_poisson(), {"pi": HALF, "r": 1}).missing) == {*sympy.symbols("pi r")}


def test_points_where_classes_merge_are_refused():
    with pytest.raises(se.DomainError, match="not admissible"):
        se.is_cylindrical(se.exponential_mixture("poisson"), {"pi1": HALF, "r1": 1, "r2": 1})


POISSON = [{"v": ("poisson", r)}, {"v": ("poisson", s)}]


@pytest.mark.parametrize(
    ("classes", "weights", "message"),
    [
        ([POISSON[0]] * 2, [p, 1 - p], "classes 1 and 2 coincide"),
        (POISSON, [p, p], "do not sum to 1"),
        (POISSON, [p], "2 classes(,| with) 1 weights"),
        (POISSON, [p, sympy.Float("0.5")], "floating-point"),
        ([{"v": ("erlang", 1, r)}, {"v": ("erlang", sympy.Rational(3, 2), r)}], [p, 1 - p], "have to be integers"),
        ([{"v": ("erlang", s, r)}, {"v": ("erlang", 2, r)}], [p, 1 - p], "shape s has to be a number"),
        ([{"v": ("erlang", 1, r)}, {"v": ("exponential", r)}], [p, 1 - p], "classes 1 and 2 coincide"),
        ([{"v": ("poisson", r)}, {"v": ("gaussian", s, 1)}], [p, 1 - p], "no densities for one measure"),
        ([{"v": ("zero",)}, {"v": ("zero",)}], [p, 1 - p], "0 in all classes"),
        ([{"v": ("zero", 1)}, {"v": ("poisson", r)}], [p, 1 - p], "class 1: expected zero, got 1 values"),
        ([{"v": ("poisson", r)}, {"u": ("poisson", s)}], [p, 1 - p], "the same visible variables"),
        ([{"v": ("cauchy", r)}, {"v": ("cauchy", s)}], [p, 1 - p], "'cauchy' is unknown"),
        ([{"v": ("gaussian", r)}, {"v": ("gaussian", s)}], [p, 1 - p], "expected gaussian, mean, variance"),
        ([{"v": ("gaussian", r, 1)}, {"v": ("gaussian", s, -1)}], [p, 1 - p], "have to be positive"),
        ([{"c": ("categorical", r, 1 - r)}, {"c": ("categorical", s, 1 - s)}], [p, 1 - p], "a model with a table"),
        ([{"v": ("poisson", r), "c": ("categorical", r, s)}] * 2, [p, 1 - p], "coincide|do not sum to 1"),
    ],
)
def test_other_mixtures_are_refused_with_what_would_be_right(classes, weights, message):
    with pytest.raises(se.SymelboError, match=message):
        se.exponential_mixture(classes, weights=weights, parameters=[p, r, s])


FILE = """
[model]
kind = "exponential-mixture"
parameters = ["p", "r", "s"]
weights = ["p", "1 - p"]
classes = [{v = ["poisson", "r"]}, {v = ["poisson", "s"]}]
"""


def test_model_files_of_both_kinds_are_read():
    short = '[model]\nkind = "exponential-mixture"\nfamily = "poisson"\nclasses = 3\n'
    assert len(files.model_from_text(short).components) == 3
    assert tuple(generic_ranks(files.model_from_text(FILE))) == (3, 3, 2)


def test_files_have_known_constants_other_families_in_other_classes_and_changes():
    text = """
    [model]
    kind = "exponential-mixture"
    parameters = ["p", "a", "b", "x", "y"]
    constants = ["w"]
    weights = ["p", "1 - p"]
    classes = [
      {c = ["categorical", "a", "1 - a"], x = ["gaussian", "x", "w"], t = ["exponential", "1"], n = ["zero"]},
      {c = ["categorical", "b", "1 - b"], x = ["gaussian", "y", "w"], t = ["erlang", 2, "1"], n = ["poisson", 2]},
    ]
    domain = ["x < y"]
    tie = {b = "a"}
    """
    M = files.model_from_text(text)
    assert (M.parameters, M.constants) == (sympy.symbols("p a x y"), (se.known("w"),))
    assert tuple(generic_ranks(M)) == (4, 4, 2)  # nothing of the score of a depends on the class
    assert "t ~ erlang(2, 1)" in str(M.describe())
    assert str(M.fix({"w": "1/2"}).domain).startswith("-x + y > 0, p > 0")


def test_what_is_known_is_not_estimated(built):
    """Poisson means r and k r: with k known the log-odds are (1 - k) r + v log k, a constant for every r."""
    generic, special = (se.is_cylindrical(M) for M in (built["multiple"], built["multiple"].fix({"k": 3})))
    assert str(generic.scope) == str(special.scope) == "nowhere"
    assert tuple(generic_ranks(built["multiple"])) == (2, 2, 1)
    estimated = built["multiple"].reparametrise({"k": s}, [p, r, s])
    assert tuple(generic_ranks(estimated)) == (3, 3, 2)
    with pytest.raises(se.ModelError, match="classes 1 and 2 coincide"):
        built["multiple"].fix({"k": 1})
    with pytest.raises(se.ModelError, match="needs positive weights"):
        built["multiple"].fix({"k": -1})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"p", "1 - p"', "0.5, 0.5", "not exact"),
        ('["poisson", "r"]', '"poisson"', "class 1: expected a family"),
        ("weights", "# ", "weights"),
        ("parameters", 'family = "poisson"\nparameters', "no ..parameters., .weights.."),
    ],
)
def test_mistakes_in_model_files_are_named(old, new, message):
    with pytest.raises(se.SymelboError, match=message):
        files.model_from_text(FILE.replace(old, new, 1))


def test_binning_the_visible_variable_gives_the_ranks_that_are_seen_and_the_metric_in_the_limit():
    """The discrete engine as a limit: a geometric mixture on 0 .. n - 2, the rest in one bin (its score not affine)."""
    r1, r2, n = *sympy.symbols("r1 r2"), 14
    table = {}
    for h, (weight, rate) in enumerate([(p, r1), (1 - p, r2)], 1):
        for v in range(n):
            table[v, h] = weight * (rate * (1 - rate) ** v if v < n - 1 else (1 - rate) ** v)
    space = se.SampleSpace(visible={"v": list(range(n))}, hidden={"h": [1, 2]})
    cube = [x > 0 for x in (p, r1, r2)] + [x < 1 for x in (p, r1, r2)]
    binned = se.Parametrization(space, table, [p, r1, r2], domain=cube)
    at = {p: HALF, r1: sympy.Rational(3, 4), r2: HALF}
    assert tuple(se.ranks(binned, at))[:2] == tuple(generic_ranks(se.exponential_mixture("geometric")))[:2]
    mixture = se.exponential_mixture("geometric")
    exact = se.fisher_metric(mixture, dict(zip(mixture.parameters, at.values(), strict=True)))
    difference = se.fisher_metric(binned, at) - exact
    assert 0 < max(abs(x) for x in difference) < sympy.Rational(1, 500)
    assert all(x == 0 for i, j in itertools.permutations(range(3), 2) for x in [difference[i, j]])
